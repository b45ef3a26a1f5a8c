"""The course is found from any folder in it, and by where the package lies; otherwise one sentence says what to do."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader import paths
from grader.exercises import bank


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
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "grader" / "paths.py"))
    with pytest.raises(paths.NoCourse, match="Change into the folder that you cloned"):
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
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "grader" / "paths.py"))
    assert paths.own_folder() == elsewhere()


def test_without_sources_lessons_have_their_names_and_one_sentence_says_who_has_them(course):
    assert paths.lesson_names(course) == list(bank())
    assert paths.lesson_names(course, ["03", "00"]) == ["00_start_here", "03_gates"]
    with pytest.raises(paths.UnknownLesson, match="no lesson begins with '99'; there are 00_start_here, "):
        paths.lesson_names(course, ["99"])
    for names in ((), ["03"]):
        with pytest.raises(paths.NoSources, match="only for whoever installed the course"):
            paths.find_sources(course, names)


def test_where_there_are_sources_they_name_the_lessons(course):
    (course / "solutions" / "77_new.py").touch()
    assert paths.lesson_names(course) == paths.lesson_names(course, ["77"]) == ["77_new"]


only_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else"
)


@only_root
def test_sources_shut_for_others_are_none_to_them():
    """As the instructors' guide advises: chmod -R go-rwx solutions."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "course")
        (root / "solutions").mkdir(parents=True)
        (root / "solutions" / "03_gates.py").write_text("# %%")
        os.chmod(place, 0o755)
        subprocess.run(["chmod", "-R", "go-rwx", root / "solutions"], check=True)
        code = (
            "import grader.exercises, os\n"
            "from grader.paths import NoSources, find_sources, lesson_names\n"
            "grader.exercises.bank()\n"  # kept: a student need not be able to read this environment
            "os.setgid(12345); os.setuid(12345)\n"
            "print(lesson_names('.', ['05']))\n"
            "try:\n    find_sources('.', ['03'])\n"
            "except NoSources as e:\n    print(e)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
        names, says = done.stdout.splitlines() or [done.stderr, ""]
        assert names == "['05_gru_cell']" and "may not be read here" in says


@only_root
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
            "import grader.store, platformdirs.unix, os\n"  # a student need not be able to read this environment
            "os.setgid(12345); os.setuid(12345)\n"
            "grader.store.record_hint('gate')\n"
            "print(grader.store.trouble(), grader.store.records()['gate'].hints, grader.store.progress_file())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root, capture_output=True, text=True, env={**os.environ, "XDG_DATA_HOME": str(data)},
        )  # fmt: skip
        assert done.stdout.split() == ["1", str(data / "gru-course" / "progress.jsonl")], done.stderr
        assert not (root / ".gru-course").exists()
