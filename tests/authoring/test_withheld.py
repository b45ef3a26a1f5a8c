"""Lessons without their solutions: nothing of an answer is left, and the learner's notebook is the same to the byte."""

import ast

import nbformat
import pytest

from grader.authoring import building
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.authoring.withheld import NoSolutions, demand_solutions, is_withheld, solved, with_solutions_of, withhold
from grader.base.paths import course_root
from grader.exercises import bank
from tests.support.recogniser import found_in

SOURCES = find_sources(course_root())
each_source = pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
# The others' notebooks are compared in classroom/test_student_wheel.py.
TWO = [path for path in SOURCES if path.stem[:2] in ("03", "11")]


def bare(source, folder):
    path = folder / source.name
    path.write_text(withhold(source.read_text(encoding="utf-8")), encoding="utf-8")
    return path


@each_source
def test_nothing_of_an_answer_is_left(source):
    text = source.read_text(encoding="utf-8")
    assert "**Rubric**" in text
    left = withhold(text)
    assert is_withheld(left) and "**Rubric**" not in left
    assert not list(found_in(left, source.name))
    assert withhold(left) == left


def test_the_search_finds_what_was_not_withheld():
    text = next(path for path in SOURCES if path.stem == "03_gates").read_text(encoding="utf-8")
    found = list(found_in(text, "03_gates.py"))
    assert any("np.where(v0 >= 0, 1, v1)" in line or "np.where" in line for line in found)
    assert any("Keep:$z" in line for line in found), "a model answer in words"
    assert any("point" in line for line in found), "a rubric"


@pytest.mark.parametrize("source", TWO, ids=[path.stem for path in TWO])
def test_the_learners_notebook_is_the_same_to_the_byte(source, tmp_path):
    assert building.pristine(bare(source, tmp_path)) == building.pristine(source)


@each_source
def test_solved_it_has_a_right_answer_for_each_exercise(source, tmp_path):
    lesson = read_lesson(bare(source, tmp_path))
    filled = solved(lesson)
    answers = {cell.markers["solution"]: cell.text for cell in filled.cells if "solution" in cell.markers}
    assert list(answers) == list(bank()[source.stem])
    for name, text in answers.items():
        assert any(getattr(node, "name", None) == name for node in ast.parse(text).body)
        assert not is_withheld(text)
    whole = read_lesson(source)
    assert solved(whole).cells == whole.cells


def test_what_shows_solutions_says_that_there_are_none(tmp_path):
    demand_solutions(read_lesson(TWO[0]), "a reading copy")
    with pytest.raises(NoSolutions, match=r"a reading copy of 03_gates needs its solutions.*the course in full"):
        demand_solutions(read_lesson(bare(TWO[0], tmp_path)), "a reading copy")


def test_a_class_prepared_in_full_lends_its_solutions(tmp_path):
    whole, without = (read_lesson(path).notebook() for path in (TWO[0], bare(TWO[0], tmp_path)))
    changed = nbformat.from_dict(whole)
    changed.cells[-1].source = "# an instructor's own"
    filled = with_solutions_of(changed, without)
    assert [cell.source for cell in filled.cells] == [cell.source for cell in whole.cells]
