"""Each exercise is checked with sizes of 1, and with sizes above 2: no answer passes that gets an axis wrong only there."""

import dataclasses
import functools

import numpy as np
import pytest

from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.exercises import bank, find

EXERCISES = [exercise for lesson in bank().values() for exercise in lesson.values()]


def arrays_changed(change, value):
    """The same value with `change` made to each array in it."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {key: arrays_changed(change, v) for key, v in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*(arrays_changed(change, v) for v in value))
    if isinstance(value, (tuple, list)):
        return type(value)(arrays_changed(change, v) for v in value)
    return value


def arrays_in(value):
    found = []
    arrays_changed(found.append, value)
    return found


def with_results_changed(exercise, change):
    """The exercise, and its reference with `change` made to each array that it returns."""
    if not exercise.use:
        return exercise, functools.wraps(exercise.reference)(
            lambda *args: arrays_changed(change, exercise.reference(*args))
        )

    @functools.wraps(exercise.use)
    def use(answer, *args):
        result = exercise.used(answer)(*args)
        return result if answer is exercise.reference else arrays_changed(change, result)

    answer = functools.wraps(exercise.reference)(lambda *args: exercise.reference(*args))
    return dataclasses.replace(exercise, use=use), answer


@functools.cache
def returns_arrays(exercise):
    """Found while the tests run: to ask all exercises takes seconds, which whoever wants another test would wait for."""
    return any(arrays_in(outcome.value) for outcome in prepare(exercise).references)


@pytest.fixture(params=EXERCISES, ids=lambda e: e.name)
def exercise(request):
    if not returns_arrays(request.param):
        pytest.skip("returns no array")
    return request.param


def test_most_exercises_return_arrays():
    assert sum(map(returns_arrays, EXERCISES)) > 30


NEVER_1 = {
    "split_by_group",  # its result has an entry for each example, and two groups are two examples or more
    "standardise",  # a training part of one value has no deviation
    "witten_bell",  # an entry for each character, and there is nothing to predict if there is only one
}


def test_an_axis_of_length_1_that_gets_lost_is_named(exercise):
    if exercise.name in NEVER_1:
        return
    verdict = examine(*with_results_changed(exercise, np.squeeze))
    assert (verdict.stage, verdict.mistake) == ("kind and shape", "axis_of_length_1_lost"), verdict
    assert "axis of length 1" in verdict.headline and "squeeze" in verdict.next_step


def test_an_answer_that_computes_two_of_an_axis_fails(exercise):
    def two(a, axis):
        a = np.array(a)
        np.moveaxis(a, axis, 0)[2:] = 0
        return a

    for axis in (0, -1):
        answer = with_results_changed(exercise, functools.partial(two, axis=axis))
        assert examine(*answer, naming=False).state == "failed", f"axis {axis}"


def squeezed_on_the_way(x, h, p):
    gates = 1 / (1 + np.exp(-(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)))
    return np.concatenate([gates.squeeze()[None]]) if len(x) > 1 else gates.squeeze()[0, :]


def test_an_error_where_a_size_is_1_says_so():
    verdict = examine(find("update_gate"), lambda x, h, p: squeezed_on_the_way(x, h, p)[0])
    assert verdict.stage == "runs"
    assert any("`x` and `h` has an axis of length 1" in line for line in verdict.body)
