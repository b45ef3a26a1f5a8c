#!/usr/bin/env bash
# nbgrader 0.9.6: the formgrader hides students' names from the eye, and sends them all the same.
#
# The pages on which answers are marked say "Submission #1", beside an eye that shows the name. The name and the student's
# folder are in the page all the same, hidden by a style sheet, and the browser shows the folder when the mouse rests on
# "Submission #1". The data that the page loads hold the student's id with every mark, and those of the list hold the
# first and the last name.
#
# Seen: each of the three contains "Lovelace".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6
cd "$work"
export PATH="$work/venv/bin:$PATH" JUPYTER_CONFIG_DIR="$work/config" JUPYTER_DATA_DIR="$work/data" HOME="$work"
python - <<'PY'
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

place = Path("autograded/Ada Lovelace/ps1")
place.mkdir(parents=True)
mark = {"grade": True, "solution": True, "locked": False, "grade_id": "why", "points": 2, "schema_version": 3}
cell = nbformat.v4.new_markdown_cell("Because.", metadata={"nbgrader": {**mark, "cell_type": "markdown"}})
nbformat.write(nbformat.v4.new_notebook(cells=[cell]), place / "p1.ipynb")
with Gradebook("sqlite:///gradebook.db") as book:
    book.add_assignment("ps1")
    book.add_notebook("p1", "ps1")
    book.add_grade_cell("why", "p1", "ps1", max_score=2, cell_type="markdown")
    book.add_solution_cell("why", "p1", "ps1")
    book.add_student("Ada Lovelace", first_name="Ada", last_name="Lovelace")
    entry = book.add_submission("ps1", "Ada Lovelace").notebooks[0].id
Path("nbgrader_config.py").write_text(
    "c = get_config()\nimport os\nc.CourseDirectory.root = os.path.abspath('.')\n"
)
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
command = [sys.executable, "-m", "jupyter_server", f"--ServerApp.port={port}", "--ServerApp.open_browser=False"]
command += ["--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True", "--IdentityProvider.token=t"]
command += ["--ServerApp.allow_root=True", "--ServerApp.log_level=ERROR"]
server = subprocess.Popen(command)
found = {}
try:
    for what, path in {
        "the page": f"submissions/{entry}/",
        "its data": f"api/grades?submission_id={entry}",
        "the list's data": "api/submitted_notebooks/ps1/p1",
    }.items():
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/formgrader/{path}", headers={"Authorization": "token t"}
        )
        for _ in range(100):
            try:
                text = urllib.request.urlopen(request, timeout=30).read().decode()
                break
            except OSError:
                time.sleep(0.3)
        found[what] = "Lovelace" in text
        print(f"{what}: {text.count('Lovelace')} times Lovelace")
finally:
    server.terminate()
    server.wait(30)
if not all(found.values()):
    sys.exit("nbgrader behaves differently now")
PY
