"""A prediction is made before the result is shown, and appears next to it; without one, everything still runs."""

import ast
import re

import numpy as np
import pytest

import grader
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base import predictions
from grader.base.paths import course_root
from grader.judge.guest import client

SOURCES = {path.stem: path for path in find_sources(course_root())}
each_lesson = pytest.mark.parametrize("lesson", SOURCES)


@pytest.fixture(autouse=True)
def no_guesses(monkeypatch):
    monkeypatch.setattr(predictions, "_guesses", {})


@pytest.mark.parametrize(
    ("guess", "came", "says"),
    [
        (7, 6.5788, "6.58 steps. You predicted 7."),
        (7.0, 7, "7 steps, as you predicted."),
        (0.33, 1 / 3, "0.333 steps. You predicted 0.33."),
        (0.333, np.float64(1 / 3), "0.333 steps, as you predicted."),
        (12345, 12345.4, "12,345 steps, as you predicted."),
        (float("inf"), 2, "2 steps. You predicted inf."),
        (999, 999.4, "999 steps, as you predicted."),
        (1000, 999.5, "1,000 steps, as you predicted."),
        (1000, 999.99, "1,000 steps, as you predicted."),
        (-1000, -999.7, "-1,000 steps, as you predicted."),
    ],
)
def test_numbers_are_compared_as_they_are_written(guess, came, says):
    predictions.note("half_life", guess)
    assert predictions.compare("half_life", came, " steps") == f"Half life: {says}"


@pytest.mark.parametrize(
    ("guess", "came", "says"),
    [
        ("Faster", "faster", "faster, as you predicted."),
        ([3, 2, 1], [4.0, 2.0, 1.0], "4, 2, 1. You predicted 3, 2, 1."),
        ((4, 2, 1), np.array([4.0, 2.0, 1.0]), "4, 2, 1, as you predicted."),
        (True, np.bool_(False), "no. You predicted yes."),
        ("a\nb", "c", "c. You predicted a b."),
        ("x" * 100, "c", f"c. You predicted {'x' * 59}…."),
        (None, "c", "c. You predicted None."),
    ],
)
def test_words_lists_and_truth_values(guess, came, says):
    predictions.note("q", guess)
    assert predictions.compare("q", came) == f"Q: {says}"


@pytest.mark.parametrize("guess", [..., [..., ...], [1, ...], (1, [2, ...])])
def test_with_dots_left_there_is_none_and_an_older_one_is_forgotten(guess):
    predictions.note("q", 1)
    assert predictions.note("q", guess) is None
    assert predictions.compare("q", 2) == "Q: 2. You made no prediction."


def test_a_learner_sees_it_noted_and_beside_the_result(capsys):
    grader.predict("q", ...)
    grader.predict("q", 7)
    grader.outcome("q", 6.6, " steps")
    assert capsys.readouterr().out.splitlines() == [
        "Q: no prediction yet. Replace the dots by yours, and run this cell again",
        "Q: your prediction is 7",
        "Q: 6.6 steps. You predicted 7.",
    ]


def test_while_grading_only_the_result_is_said(capsys):
    client.predict("q", 7)
    client.outcome("q", 6.6, " steps")
    assert capsys.readouterr().out == "Q: 6.6 steps. You predicted 7.\n"


def calls(lesson, name):
    """The calls of a function in a lesson's cells, with the number of each one's cell."""
    for number, cell in enumerate(read_lesson(SOURCES[lesson]).cells):
        if cell.kind == "code":
            for node in ast.walk(ast.parse(cell.text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield number, node


@each_lesson
def test_every_prediction_has_its_outcome_in_a_later_cell(lesson):
    asked = {call.args[0].value: number for number, call in calls(lesson, "predict")}
    told = {call.args[0].value: number for number, call in calls(lesson, "outcome")}
    assert len(asked) == len(list(calls(lesson, "predict"))), "a name twice"
    assert len(told) == len(list(calls(lesson, "outcome"))), "a name twice"
    assert asked.keys() == told.keys()
    assert [name for name in asked if asked[name] >= told[name]] == []


@each_lesson
def test_a_prediction_is_the_learners_and_an_outcome_is_computed(lesson):
    """Neither gives the answer away before the cell is run."""
    for _, call in calls(lesson, "predict"):
        assert re.fullmatch(r"\.\.\.|\[\.\.\.(, \.\.\.)*\]", ast.unparse(call.args[1])), ast.unparse(call)
    for _, call in calls(lesson, "outcome"):
        assert any(isinstance(node, ast.Name) for node in ast.walk(call.args[1])), ast.unparse(call)
