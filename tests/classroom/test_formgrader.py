"""The formgrader really opens on a class's folder."""

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from jinja2 import Environment
from nbgrader.server_extensions.formgrader import handlers

from grader.base.paths import course_root
from grader.classroom.demo import make_class
from grader.classroom.formgrader_extension import Templates


@pytest.mark.system
def test_the_formgrader_answers(tmp_path):
    folder = tmp_path / "class"
    make_class(course_root(), folder, students=1, lessons=["03"])
    (folder / "autograded").mkdir()
    command = [
        sys.executable,
        "-u",
        "-c",
        "from grader.cli import main; main()",
        "formgrader",
        str(folder),
        "--no-browser",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address, token = re.search(r"(http\S+)/formgrader\?token=(\w+)", server.stdout.readline()).groups()
        request = urllib.request.Request(
            f"{address}/formgrader/manage_submissions/03_gates", headers={"Authorization": f"token {token}"}
        )
        page, end = "", time.monotonic() + 60
        while not page and time.monotonic() < end:
            try:
                page = urllib.request.urlopen(request, timeout=10).read().decode()
            except urllib.error.URLError:  # not up yet
                time.sleep(0.2)
        assert "Manage Submissions" in page
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    with pytest.raises(urllib.error.URLError):  # nothing goes on behind
        urllib.request.urlopen(request, timeout=10)


@pytest.mark.parametrize("name", sorted(p.name for p in Path(handlers.template_path).glob("*.tpl")))
def test_in_nbgraders_templates_what_stands_in_a_script_is_written_as_javascript(name):
    environment = Environment(loader=Templates(handlers.template_path), autoescape=True)
    source, *_ = environment.loader.get_source(environment, name)
    for script in re.findall(r"<script>(.*?)</script>", source, re.S):
        assert set(re.findall(r"\{\{ (.*?) \}\}", script)) == set(re.findall(r"\{\{ (\w+ \| tojson) \}\}", script))
