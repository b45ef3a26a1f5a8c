"""A mistake told as a change to a right answer is made, named and written out like any other."""

import numpy as np
import pytest

import gru_ref
from grader.diagnosis import examine
from grader.exercise import Exercise, source_of
from grader.rewritten import Rewritten

RIGHT = """
def half_life(z):
    if not 0 < z < 1:
        raise ValueError("z should lie between 0 and 1")
    return np.log(0.5) / np.log(z)
"""


@pytest.fixture
def exercise():
    return Exercise(reference=gru_ref.half_life, inputs=lambda rng: (rng.uniform(0.1, 0.9),), hints=("", "", ""))


def doubled():
    """Twice as long

    Wrong on purpose.
    """
    return [("np.log(0.5)", "2 * np.log(0.5)")]


def negative():
    """The sign is lost"""
    return [("return ", "return -")]


def test_a_change_becomes_a_mistake_with_its_name_and_its_source(exercise):
    fn = Rewritten(exercise, RIGHT)(doubled)
    assert exercise.mistakes["doubled"].name == "Twice as long"
    assert "2 * np.log(0.5)" in source_of(fn, "half_life")
    assert examine(exercise, fn).mistake == "doubled"
    assert np.isclose(fn(0.5), 2)


def test_two_changes_at_once_are_both_named(exercise):
    wrong = Rewritten(exercise, RIGHT)
    wrong(doubled), wrong(negative)
    wrong.slips(("doubled",), ("negative",))
    assert examine(exercise, wrong.with_all(["doubled", "negative"])).mistake == "doubled+negative"


@pytest.mark.parametrize(("old", "times"), [("np.exp", 0), ("np.log", 2)])
def test_a_change_that_does_not_fit_in_one_place_is_refused(exercise, old, times):
    def misplaced():
        """Nowhere, or twice"""
        return [(old, "np.sin")]

    with pytest.raises(ValueError, match=f"'{old}' stands {times} times in the answer to half_life"):
        Rewritten(exercise, RIGHT)(misplaced)
