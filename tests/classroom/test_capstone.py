"""Lesson 20 in a class: it is handed out and taken back like any other, and what waits for a person is listed by question."""

from dataclasses import replace

import nbformat
import pytest

from grader.base.paths import course_root
from grader.base.wording import PLACEHOLDER
from grader.classroom.class_report import Findings, render, write_report
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import grade_class
from grader.classroom.preparation import prepare_class
from grader.notebook.reading import grade_id
from tests.support.crews import Here, judge_of

LESSON = "20_capstone"
QUESTIONS = {"my_plan": 2, "my_experiment": 2, "my_verdict": 3, "my_review": 1}


def judge(job):
    """Every report passes, no code is run, and the answers in words are as they were written."""
    submitted = nbformat.reads(job.notebook.decode(), 4)
    notebook = job.lesson.with_rubrics(submitted)
    return replace(judge_of("passed")(job), notebook=nbformat.writes(notebook).encode())


def cells(path):
    return {grade_id(cell): cell for cell in nbformat.read(path, 4).cells}


def test_what_is_handed_out_asks_and_gives_nothing_away(tmp_path):
    prepare_class(course_root(), tmp_path / "class", ["20"])
    found = cells(tmp_path / "class" / "release" / LESSON / f"{LESSON}.ipynb")
    assert {name: found[name].metadata.nbgrader.points for name in QUESTIONS} == QUESTIONS
    assert found["check_report"].metadata.nbgrader.points == 10 - sum(QUESTIONS.values())
    assert "NotImplementedError" in found["report"].source and "0.9861" not in found["report"].source
    assert all(PLACEHOLDER in found[name].source and "Rubric" not in found[name].source for name in QUESTIONS)


def test_what_is_handed_out_names_the_map_of_claims_without_a_link_that_leads_nowhere(tmp_path):
    prepare_class(course_root(), tmp_path / "class", ["20"])
    for folder in ("source", "release"):
        notebook = nbformat.read(tmp_path / "class" / folder / LESSON / f"{LESSON}.ipynb", 4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert "map of claims (`docs/claims.md` in the course's folder)" in text
        assert "](../../docs" not in text


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The folder of a class of three."""
    folder = tmp_path_factory.mktemp("capstone") / "class"
    make_class(course_root(), folder, 3, ["20"])
    grade_class(course_root(), folder, workers=Here(judge))
    return folder


def test_the_report_lists_what_waits_for_a_person_by_question(graded):
    page = write_report(graded).read_text(encoding="utf-8")
    asked = [f'<td><code>{name}</code></td><td class="n">{points}</td>' for name, points in QUESTIONS.items()]
    assert sorted(asked, key=page.index) == asked, "each is there, and they stand as in the lesson"


def test_whoever_marks_sees_the_rubric_of_each_question(graded):
    autograded = sorted((ClassFolder(graded).root / "autograded").glob(f"*/{LESSON}/{LESSON}.ipynb"))
    assert len(autograded) == 3
    for name, points in QUESTIONS.items():
        rubric = cells(autograded[0])[f"rubric_{name}"].source
        assert rubric.count("- 1 point: ") == points


def test_a_lesson_with_one_question_needs_no_list():
    waiting = (("03_gates", "why_two_gates", 2.0, 5), (LESSON, "my_plan", 2.0, 3), (LESSON, "my_review", 1.0, 4))
    page = render("class", [], Findings(waiting=waiting))
    assert "why_two_gates" not in page
    assert "my_plan" in page and "my_review" in page
