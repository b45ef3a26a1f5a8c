"""What a marker sees beside an answer in words: the rubric, and the question if the learner removed it."""

import copy

import pytest

from grader.base.paths import course_root
from grader.base.wording import PLACEHOLDER
from grader.classroom.preparation import prepare_class
from grader.notebook.reading import grade_id
from tests.support.classes import LESSON, QUESTION

CAPSTONE = "20_capstone"


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """Lessons 03 and 20 of a class that gives other points for one answer."""
    place = tmp_path_factory.mktemp("class")
    (place / "course.toml").write_text(f"[lessons.03]\npoints = {{ {QUESTION} = 5 }}\n")
    _, made = prepare_class(course_root(), place, ["03", "20"])
    return {lesson.name: lesson for lesson in made}


def shown(lesson, name, answered):
    """The cell below an answer, where `answered` makes the learner's cell from the lesson's."""
    notebook = copy.deepcopy(lesson.pristine)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == name)
    cell.source = answered(cell.source)
    cells = lesson.with_rubrics(notebook).cells
    return next(cell.source for cell in cells if grade_id(cell) == f"rubric_{name}")


@pytest.mark.parametrize("lesson, name", [(LESSON, QUESTION), (CAPSTONE, "my_plan"), (CAPSTONE, "my_verdict")])
def test_a_question_that_the_learner_removed_is_shown_to_the_marker(lessons, lesson, name):
    asked = next(cell.source for cell in lessons[lesson].pristine.cells if grade_id(cell) == name)
    assert PLACEHOLDER in asked
    below = shown(lessons[lesson], name, lambda text: "Because there are two decisions.")
    for part in asked.split(PLACEHOLDER):
        assert part.strip() in below
    kept = shown(lessons[lesson], name, lambda text: text.replace(PLACEHOLDER, "Because there are two decisions."))
    assert "The question was" not in kept and "What the points" in kept


def test_a_rubric_says_that_it_was_written_for_other_points(lessons):
    note = "*Written for 2 points; here the answer gives 5.*"
    assert note in lessons[LESSON].rubrics[QUESTION]
    assert not any("*Written for" in rubric for rubric in lessons[CAPSTONE].rubrics.values())
