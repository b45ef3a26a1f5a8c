"""The course is found from any folder in it, and by where the package is; otherwise one sentence says what to do."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.base import paths


def test_it_is_found_from_below(tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    below = tmp_path / "notebooks" / "03_gates"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert paths.course_root() == tmp_path


def test_it_is_found_where_the_package_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (paths.course_root() / "solutions" / "03_gates.py").is_file()


def test_without_a_course_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "grader" / "base" / "paths.py"))
    with pytest.raises(paths.NoCourse, match="Change to the folder that you cloned"):
        paths.course_root()


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course's folder, its user's data folder beside it."""
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    (root / "nbgrader_config.py").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(root)
    return root


def elsewhere():
    return paths.platformdirs.user_data_path("gru-course", appauthor=False)


def test_what_belongs_to_the_user_lies_in_a_course_of_their_own(course):
    assert paths.own_folder() == course / ".gru-course"
    assert paths.own_folder(course / "solutions") == course / "solutions" / ".gru-course"


def test_in_somebody_elses_course_it_lies_with_the_users_data_even_where_all_can_write(course, monkeypatch):
    course.chmod(0o777)
    monkeypatch.setattr(os, "getuid", lambda: course.stat().st_uid + 1000, raising=False)
    assert paths.own_folder() == elsewhere()


def test_in_a_course_that_cannot_be_written_it_lies_with_the_users_data(course, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert paths.own_folder() == elsewhere()


def test_a_folder_that_somebody_else_made_there_is_left_to_them(course, monkeypatch):
    (course / ".gru-course").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path == course)
    assert paths.own_folder() == elsewhere()


def test_on_windows_the_permissions_alone_decide(course, monkeypatch):
    monkeypatch.delattr(os, "getuid", raising=False)
    assert paths.own_folder() == course / ".gru-course"


def test_without_a_course_it_lies_with_the_users_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "grader" / "base" / "paths.py"))
    assert paths.own_folder() == elsewhere()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_on_a_hub_a_student_keeps_progress_in_a_course_of_the_administrators(monkeypatch):
    """As with an editable install: the package lies in root's checkout, and a student may read it."""
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are shut for others
        root, data = Path(place, "course"), Path(place, "data")
        (root / "solutions").mkdir(parents=True)
        (root / "nbgrader_config.py").touch()
        data.mkdir()
        os.chmod(place, 0o755)
        os.chown(data, 12345, 12345)
        code = (
            "import grader.learner.progress_log, platformdirs.unix, os\n"  # a student need not be able to read this environment
            "os.setgid(12345); os.setuid(12345)\n"
            "grader.learner.progress_log.record_hint('gate')\n"
            "print(grader.learner.progress_log.trouble(), grader.learner.progress_log.records()['gate'].hints, grader.learner.progress_log.progress_file())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root, capture_output=True, text=True, env={**os.environ, "XDG_DATA_HOME": str(data)},
        )  # fmt: skip
        assert done.stdout.split() == ["1", str(data / "gru-course" / "progress.jsonl")], done.stderr
        assert not (root / ".gru-course").exists()
