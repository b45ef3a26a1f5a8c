"""nbgrader's own programs, without the course's."""

import json
import subprocess
import sys

from grader.authoring.building import put_environment_on_path

# Their imports take much longer than most of them run: so each is a copy of a process that has done these.
EACH = """
import json, os, sys
from nbgrader.apps.nbgraderapp import main

for folder, *words in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.argv = ["nbgrader", *words]
        sys.exit(main())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        sys.exit(code)
"""


def nbgrader(*programs):
    """Run ``nbgrader WORDS`` in a folder for each ``(folder, *words)``, one after another; an error fails the test."""
    put_environment_on_path()
    programs = json.dumps([[str(folder), *words] for folder, *words in programs])
    done = subprocess.run([sys.executable, "-c", EACH, programs], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
