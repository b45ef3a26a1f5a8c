"""Lessons are found by their sources; if those may not be read, by their exercises, with a message about who may read them."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.authoring import lessons
from grader.exercises import bank


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solutions").mkdir()
    return tmp_path


def test_without_sources_lessons_have_their_names_and_one_sentence_says_who_has_them(course):
    assert lessons.lesson_names(course) == list(bank())
    assert lessons.lesson_names(course, ["03", "00"]) == ["00_start_here", "03_gates"]
    with pytest.raises(lessons.UnknownLesson, match="no lesson begins with '99'; there are 00_start_here, "):
        lessons.lesson_names(course, ["99"])
    for names in ((), ["03"]):
        with pytest.raises(lessons.NoSources, match="only the person who installed the course"):
            lessons.find_sources(course, names)


def test_where_there_are_sources_they_name_the_lessons(course):
    (course / "solutions" / "77_new.py").touch()
    assert lessons.lesson_names(course) == lessons.lesson_names(course, ["77"]) == ["77_new"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
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
            "from grader.authoring.lessons import NoSources, find_sources, lesson_names\n"
            "grader.exercises.bank()\n"  # kept: a student need not be able to read this environment
            "os.setgid(12345); os.setuid(12345)\n"
            "print(lesson_names('.', ['05']))\n"
            "try:\n    find_sources('.', ['03'])\n"
            "except NoSources as e:\n    print(e)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
        names, says = done.stdout.splitlines() or [done.stderr, ""]
        assert names == "['05_gru_cell']" and "you may not read" in says
