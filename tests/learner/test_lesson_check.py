"""A learner's notebook, run from outside: every exercise gets its verdict, and every problem one sentence."""

import shutil

import nbformat
import pytest

from grader.authoring.building import NamedStubs, build
from grader.authoring.lessons import NoSources, UnknownLesson
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.exercises import bank
from grader.learner import progress_log
from grader.learner.lab import notebook_path
from grader.learner.lesson_check import CannotCheck, check_lesson

LESSON = "03_gates"
WRONG = "def update_gate(x, h, p):\n    return gru_ref.reset_gate(x, h, p)"
RIGHT = "def reset_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    (root / "nbgrader_config.py").touch()
    (root / "solutions").mkdir()
    shutil.copy(course_root() / "solutions" / f"{LESSON}.py", root / "solutions")
    build(root)
    return root


@pytest.fixture
def course(built, tmp_path):
    return shutil.copytree(built, tmp_path / "course")


def write(course, change):
    """Change the learner's notebook: `change` gets its cells by id, and the notebook."""
    path = notebook_path(course, LESSON)
    notebook = nbformat.read(path, as_version=4)
    change({cell.id: cell for cell in notebook.cells}, notebook)
    nbformat.write(notebook, path)
    return path


def keep_only_the_exercises(cells, notebook):
    """Without the lesson's own examples a run is quick."""
    notebook.cells = [c for c in notebook.cells if "nbgrader" in c.metadata or c.source.startswith("import")]


def rows(report):
    return {row.name: row for row in report.rows}


def test_each_exercise_gets_its_verdict_and_the_first_failure_does_not_end_the_run(course, monkeypatch):
    def change(cells, notebook):
        keep_only_the_exercises(cells, notebook)
        cells["reset_gate"].source = RIGHT
        cells["update_gate"].source = WRONG
        cells["gate"].source = "def gate(x:"
        notebook.cells.remove(cells["check_sigmoid"])
        cells["why_two_gates"].source = "Because one gate cannot do both."

    write(course, change)
    done = []
    report = check_lesson(course, "03", on_cell=lambda *of: done.append(of))
    found = rows(report)
    assert list(found) == [*bank()[LESSON], "why_two_gates"]
    assert found["reset_gate"].state == "passed"
    assert found["update_gate"].state == "failed" and "This is the reset gate" in found["update_gate"].remark
    assert found["gate"].state == "missing" and "gate" in found["gate"].remark
    assert found["sigmoid"].state == "missing" and "is gone" in found["sigmoid"].remark
    assert found["why_two_gates"].state == "written"
    assert (report.points("passed"), report.points(), report.passed) == (2, 8, False)
    assert done[-1][0] == done[-1][1] == len(done)


def test_a_lessons_own_notebook_enters_the_progress_and_another_does_not(course, monkeypatch):
    def change(cells, notebook):
        keep_only_the_exercises(cells, notebook)
        cells["reset_gate"].source = RIGHT

    path = write(course, change)
    monkeypatch.setattr(progress_log, "progress_file", lambda: course / ".gru-course" / "progress.jsonl")
    assert rows(check_lesson(course, str(path)))["reset_gate"].state == "passed"
    assert not progress_log.records()
    check_lesson(course, "03")
    assert progress_log.records()["reset_gate"].passed
    assert progress_log.records().get("gate", progress_log.Record()).checks == 0, "a stub is no attempt"


def test_the_unanswered_lesson_is_to_do_and_checking_changes_nothing_in_the_notebook(course):
    before = write(course, keep_only_the_exercises).read_bytes()
    found = rows(check_lesson(course, "03"))
    assert notebook_path(course, LESSON).read_bytes() == before
    assert {found[name].state for name in bank()[LESSON]} == {"todo"}
    assert found["why_two_gates"].state == "unwritten"
    assert NamedStubs.text_stub in notebook_path(course, LESSON).read_text(encoding="utf-8")


@pytest.mark.system
def test_a_lesson_is_checked_without_its_source_and_whatever_the_notebook_has_lost(course, tmp_path, monkeypatch):
    def change(cells, notebook):
        keep_only_the_exercises(cells, notebook)
        notebook.cells.remove(cells["check_sigmoid"])
        notebook.cells.remove(cells["why_two_gates"])

    handed_out = notebook_path(course, LESSON).read_bytes()
    mine = tmp_path / "mine.ipynb"
    mine.write_bytes(write(course, change).read_bytes())
    told = check_lesson(course, str(mine)).rows
    assert told[0].state == "missing" and told[-1].name == "why_two_gates"
    shutil.rmtree(course / "solutions")
    monkeypatch.setenv("GRU_COURSE_GRADING", "1")  # the kernel takes the whole course for its own now, and its progress
    report = check_lesson(course, "03")
    assert list(rows(report)) == [*bank()[LESSON]] and rows(report)["sigmoid"].state == "missing" and not report.passed
    notebook_path(course, LESSON).write_bytes(handed_out)
    assert check_lesson(course, str(mine)).rows == told
    with pytest.raises(UnknownLesson, match="there are 00_start_here, "):
        check_lesson(course, "99")
    notebook_path(course, LESSON).unlink()
    with pytest.raises(NoSources, match="the person who installed the course"):
        check_lesson(course, str(mine))


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("import os\nos._exit(1)", "died"), ("while True: pass", "longer than 2 seconds")],
)
def test_a_kernel_that_dies_or_hangs_is_told(course, code, trouble):
    def change(cells, notebook):
        keep_only_the_exercises(cells, notebook)
        cells["update_gate"].source = code

    write(course, change)
    report = check_lesson(course, "03", Limits(cell=2, notebook=60))
    assert trouble in report.trouble
    assert not report.passed
    assert rows(report)["sigmoid"].state == "todo", "what ran before counts"
    assert rows(report)["update_gate"].state == "missing"


def test_an_unknown_lesson_and_a_missing_notebook_get_one_sentence(course):
    with pytest.raises(UnknownLesson, match="no lesson begins with '99'"):
        check_lesson(course, "99")
    notebook_path(course, LESSON).unlink()
    with pytest.raises(CannotCheck, match="build it with gru-course build 03"):
        check_lesson(course, "03")
    with pytest.raises(CannotCheck, match="there is no notebook"):
        check_lesson(course, "nowhere.ipynb")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[: len(data) // 2], "cut short"),
        (lambda data: data.replace(b'"cells"', b'"caf\xe9"'), "not UTF-8"),
        (lambda data: b"", "empty"),
        (lambda data: b"<html></html>", "web page"),
        (lambda data: b'{"cells": []}', "belongs to no lesson"),
    ],
)
def test_an_unreadable_notebook_gets_its_reason(course, spoil, reason):
    path = notebook_path(course, LESSON)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(CannotCheck, match=reason):
        check_lesson(course, "03")


def test_a_folder_named_like_a_notebook_gets_one_sentence(course):
    (course / "x.ipynb").mkdir()
    with pytest.raises(CannotCheck, match="could not be opened"):
        check_lesson(course, str(course / "x.ipynb"))
