"""JupyterLab with the course's settings: the user's are neither used nor written, and no author's panel is shown."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from grader.authoring import building
from grader.authoring.lessons import NoSources, UnknownLesson
from grader.base.paths import course_root
from grader.exercises import bank
from grader.learner import lab


@pytest.fixture
def course(tmp_path):
    """A course of one lesson whose notebook is still to be built."""
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "solutions").mkdir()
    shutil.copy(course_root() / "solutions" / "03_gates.py", tmp_path / "solutions")
    return tmp_path


def test_missing_notebooks_are_built_and_those_there_are_left(course):
    built = []
    lab.build_missing(course, built.append)
    assert built == ["03_gates"]
    lab.notebook_path(course, "03_gates").write_text("my work")
    lab.build_missing(course, built.append)
    assert built == ["03_gates"]
    assert lab.notebook_path(course, "03_gates").read_text() == "my work"


def test_an_unknown_lesson_is_refused_before_anything_starts(course):
    with pytest.raises(UnknownLesson, match="03_gates"):
        lab.launch(course, "99")


def test_it_needs_no_sources_where_the_notebooks_are_there(course, monkeypatch):
    from jupyterlab.labapp import LabApp

    for name in bank():
        lab.notebook_path(course, name).parent.mkdir(parents=True)
        lab.notebook_path(course, name).touch()
    shutil.rmtree(course / "solutions")
    started = []
    monkeypatch.setattr(LabApp, "launch_instance", started.append)
    monkeypatch.setattr(building, "put_environment_on_path", lambda: None)
    monkeypatch.setattr(lab.os, "environ", dict(lab.os.environ))
    with pytest.raises(UnknownLesson, match="there are 00_start_here, "):
        lab.launch(course, "99")
    lab.launch(course, "05")
    assert "--LabApp.default_url=/lab/tree/notebooks/05_gru_cell/05_gru_cell.ipynb" in started[0]
    lab.notebook_path(course, "07_sequences").unlink()
    with pytest.raises(NoSources, match="the person who installed the course"):
        lab.launch(course, "05")


def test_further_arguments_come_last_so_that_they_overrule(course):
    assert lab.arguments(course, "03_gates", ["--no-browser"])[-1] == "--no-browser"


def test_root_is_allowed_only_to_root(course, monkeypatch):
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab.arguments(course, "03_gates")
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.arguments(course, "03_gates")
    monkeypatch.delattr(lab.os, "geteuid", raising=False)  # as on Windows
    assert "--allow-root" not in lab.arguments(course, "03_gates")


def test_it_starts_with_one_lesson_and_leaves_the_tabs_of_other_work_alone(course):
    (workspaces,) = [a.partition("=")[2] for a in lab.arguments(course, "03_gates") if "workspaces_dir" in a]
    assert workspaces == str(course / ".gru-course" / "workspaces")
    lab.start_clean(course)  # nothing there yet
    old, other = Path(workspaces, "default-37a8.jupyterlab-workspace"), Path(workspaces, "notes.txt")
    old.parent.mkdir(parents=True)
    old.touch()
    other.touch()
    lab.start_clean(course)
    assert not old.exists() and other.exists()


@pytest.mark.system
def test_the_server_hides_the_authors_panels_and_never_asks(course):
    old = course / ".gru-course" / "workspaces" / "default-37a8.jupyterlab-workspace"
    old.parent.mkdir(parents=True)
    old.touch()
    with served(course) as page:
        config = json.loads(page.split('id="jupyter-config-data"')[1].split(">", 1)[1].split("</script>")[0])
    hidden = {"assignment-list", "course-list", "create-assignment", "formgrader", "menu"}
    assert {f"@jupyter/nbgrader:{name}" for name in hidden} <= set(config["disabledExtensions"])
    assert "@jupyter/nbgrader:validate-assignment" not in config["disabledExtensions"]
    assert config["news"] == {"disabled": True}
    assert config["buildCheck"] is False
    assert config["serverRoot"] == str(course)
    assert not old.exists(), "the tabs of the day before"


class served:
    """`gru-course lab` on a course; gives the page it opens."""

    def __init__(self, course):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        more = ["--no-browser", f"--port={self.port}", "--IdentityProvider.token="]
        self.server = subprocess.Popen(
            [sys.executable, "-c", "from grader.cli import main; main()", "lab", "--lesson=03", "--", *more], cwd=course
        )

    def __enter__(self):
        end = time.monotonic() + 60
        while True:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/lab", timeout=5).read().decode()
            except OSError:
                assert self.server.poll() is None, "the server ended"
                assert time.monotonic() < end, "no answer within 60 s"
                time.sleep(0.1)

    def __exit__(self, *error):
        self.server.terminate()
        self.server.wait(timeout=20)
