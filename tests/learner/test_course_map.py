"""The map of the course: every lesson's state from progress and saved notebooks, wherever these are."""

import json
import shutil

import pytest

from grader.authoring.source import POINTS_OF_A_LESSON
from grader.base.paths import course_root
from grader.base.wording import PLACEHOLDER
from grader.exercises import bank
from grader.learner import progress_log
from grader.learner.course_map import PARTS, course_map
from grader.learner.lab import notebook_path
from grader.learner.map_cards import rendered

LESSON = "03_gates"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one notebook, which is the working folder."""
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "solutions").mkdir()
    path = notebook_path(tmp_path, LESSON)
    path.parent.mkdir(parents=True)
    shutil.copy(notebook_path(course_root(), LESSON), path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lesson(name=LESSON):
    return next(found for found in course_map() if found.name == name)


def states(found):
    return {item.name: item.state for item in found.items}


def answer(path):
    """Answer the lesson's question, as an editor saves it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(PLACEHOLDER, "Because one keeps.")
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_every_lesson_gives_ten_points_with_its_questions():
    for found in course_map():
        assert sum(item.points for item in found.items) == POINTS_OF_A_LESSON
        assert [i.name for i in found.items if not i.is_question] == list(bank()[found.name])
        assert sum(i.is_question for i in found.items) >= 1


def test_points_are_earned_by_what_is_solved_now(course):
    progress_log.record_check(verdict("sigmoid", "passed"))
    progress_log.record_check(verdict("gate", "passed"))
    progress_log.record_check(verdict("gate", "failed"))
    progress_log.record_check(verdict("reset_gate", "failed"))
    found = lesson()
    assert states(found) | {"why_two_gates": "unwritten"} == {
        "sigmoid": "passed", "gate": "slipped", "reset_gate": "tried", "update_gate": "open", "why_two_gates": "unwritten",
    }  # fmt: skip
    assert (found.points("passed"), found.points()) == (2, 8)


class verdict:
    def __init__(self, exercise, state):
        self.exercise, self.state, self.mistake = exercise, state, None


def test_a_question_counts_as_answered_once_it_is_saved(course):
    assert states(lesson())["why_two_gates"] == "unwritten"
    answer(notebook_path(course, LESSON))
    assert states(lesson())["why_two_gates"] == "written"


def test_links_lead_from_the_working_folder_to_the_notebook(course, monkeypatch):
    assert lesson().link == f"notebooks/{LESSON}/{LESSON}.ipynb"
    assert lesson("04_candidate_and_blend").link is None
    beside = course / "notebooks" / "05 gru" / "x"
    beside.mkdir(parents=True)
    monkeypatch.chdir(beside)
    assert lesson().link == f"../../{LESSON}/{LESSON}.ipynb"


def test_a_class_has_its_notebooks_beside_each_other(tmp_path, monkeypatch):
    """As nbgrader fetches them; the course's own are somebody else's there."""
    here = tmp_path / "my gru" / LESSON
    here.mkdir(parents=True)
    shutil.copy(notebook_path(course_root(), LESSON), here)
    answer(here / f"{LESSON}.ipynb")
    monkeypatch.chdir(here)
    assert lesson().link == f"{LESSON}.ipynb"
    assert states(lesson())["why_two_gates"] == "written"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}, 3]}', '{"cells": [{"metadata": {"nbgrader": 3}}]}']
)
def test_a_damaged_notebook_costs_its_points_and_questions_alone(course, content):
    notebook_path(course, LESSON).write_text(content)
    assert states(lesson()) == dict.fromkeys(bank()[LESSON], "open")
    assert lesson().points() == 0


def test_a_grading_run_sees_nothing(course, monkeypatch):
    progress_log.record_check(verdict("sigmoid", "passed"))
    monkeypatch.setenv("GRU_COURSE_GRADING", "1")
    found = lesson()
    assert set(states(found).values()) == {"open"} and found.link is None


def test_each_name_leads_to_its_cell(course):
    found = lesson()
    html, _ = rendered([found])
    assert (
        html.count("<a href=") == 2 + len(found.items) + 1
    )  # the lesson, in its part and in full, its items, and what comes next
    assert f'<a href="notebooks/{LESSON}/{LESSON}.ipynb#cell-id=update_gate"' in html
    assert html.count("#cell-id=sigmoid") == 2
    assert "<a" not in rendered([lesson("04_candidate_and_blend")])[0]


def test_when_all_is_solved_that_is_said(course):
    for name in bank()[LESSON]:
        progress_log.record_check(verdict(name, "passed"))
    html, text = rendered([lesson()])
    assert text.splitlines()[-1] == "All solved. Well done!" and "Well done" in html
    assert text.startswith("4 of 4 exercises solved · 8 of 8 points for exercises · 0 of 1 questions answered")


def test_each_part_of_the_course_is_two_lines_however_much_is_begun(course):
    lessons = course_map()
    text = rendered(lessons)[1].splitlines()
    parts = list(dict.fromkeys(found.part for found in lessons))
    assert text[1 : 1 + 2 * len(parts) : 2] == parts
    shown = [word for line in text[2 : 2 + 2 * len(parts) : 2] for word in line.split() if word.isdigit()]
    assert shown == [found.name[:2] for found in lessons]
    assert max(map(len, text[: 1 + 2 * len(parts)])) <= 100
    assert [line[:2] for line in text[1 + 2 * len(parts) : -2]] == ["00"]  # what comes next, in full


def test_the_exercises_of_what_was_begun_are_open_and_those_of_other_lessons_folded_away(course):
    progress_log.record_check(verdict("sigmoid", "passed"))
    html, text = rendered(course_map())
    assert "◐ 03 2/8" in text
    assert "✓ sigmoid" in text and "candidate" not in text
    near, folded = html.split("<details>")
    assert "✓ sigmoid" in near and "○ ema" in near and "○ candidate" not in near
    assert "○ candidate" in folded and "sigmoid" not in folded


def test_the_parts_hold_all_lessons():
    assert {found.part for found in course_map()} <= set(PARTS)
    assert list(PARTS.values()) == sorted(PARTS.values()) and max(PARTS.values()) == 20
