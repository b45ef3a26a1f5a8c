"""A notebook's settings of Python, NumPy and PyTorch reach its own function, but nothing of the course's."""

import contextlib
import random
import sys
import warnings

import numpy as np
import pytest
import torch

from grader.base.settings import CourseSettings, torch_settings
from grader.checking.diagnosis import examine
from grader.exercises import find


def state():
    """All that a notebook may have set."""
    return {
        "errors": np.geterr(),
        "printing": np.get_printoptions(),
        "filters": warnings.filters and warnings.filters[0][0],
        "recursion": sys.getrecursionlimit(),
        "random": random.getstate(),
        "numpy's random": str(np.random.get_state()),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "torch's random": torch.get_rng_state().tolist(),
    }


@contextlib.contextmanager
def put(get, set_, value):
    before = get()
    set_(value)
    try:
        yield
    finally:
        set_(before)


@contextlib.contextmanager
def as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


ODD = {
    "errors": lambda: np.errstate(all="raise"),
    "silence": lambda: np.errstate(all="ignore"),
    "printing": lambda: np.printoptions(precision=2, threshold=2, formatter={"float": lambda x: "?"}),
    "filters": as_errors,
    "recursion": lambda: put(sys.getrecursionlimit, sys.setrecursionlimit, 500),
    "dtype": lambda: put(torch.get_default_dtype, torch.set_default_dtype, torch.float16),
    "default device": lambda: put(torch.get_default_device, torch.set_default_device, "meta"),
    "device": lambda: torch.device("meta"),
    "no gradients": lambda: torch.no_grad(),
    "inference": lambda: torch.inference_mode(),
    "deterministic": lambda: put(torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms, True),
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
}
each_oddity = pytest.mark.parametrize("odd", ODD.values(), ids=ODD)


@each_oddity
def test_the_course_has_its_own_settings_and_leaves_the_learners_as_they_were(odd):
    for _ in range(2):  # what is imported late, the first time, adds filters of its own
        with CourseSettings():
            own = state()
    with odd():
        before = state()
        with CourseSettings() as settings:
            same = {key for key, value in state().items() if value == own[key]}
            assert same >= own.keys() - {"random", "numpy's random", "torch's random", "recursion"}
            assert sys.getrecursionlimit() >= 1000
            with settings.left():
                assert state() == before
            np.random.random(), random.random(), torch.rand(1)
        assert state() == before


def test_what_the_learners_function_sets_stays_set():
    with np.errstate(), CourseSettings() as settings:
        with settings.left():
            np.seterr(over="raise")
        assert np.geterr()["over"] == "warn"
        settings.__exit__()
        assert np.geterr()["over"] == "raise"
        settings.__enter__()


def test_an_error_puts_everything_back():
    before = state()
    with pytest.raises(KeyError), CourseSettings():
        raise KeyError
    assert state() == before


@each_oddity
@pytest.mark.parametrize("name", ["sigmoid", "gru_step", "GRUCell", "collate"])
def test_the_reference_is_right_and_a_mistake_is_named_whatever_is_set(odd, name):
    exercise = find(name)
    key, mistake = next(iter(exercise.mistakes.items()))
    with odd():
        before = state()
        right, wrong = examine(exercise, exercise.others[0]), examine(exercise, mistake.fn)
        assert state() == before
    assert right.passed, right
    if name != "sigmoid":  # whose first mistake is a warning, which may be switched off
        assert wrong.mistake == key


def sigmoid(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


def test_the_learners_function_meets_the_learners_settings_and_the_message_says_so():
    assert examine(find("sigmoid"), sigmoid).passed
    with np.errstate(all="raise"):
        verdict = examine(find("sigmoid"), sigmoid)
    assert "FloatingPointError" in verdict.body[0]
    assert "np.seterr" in verdict.next_step


def test_a_message_prints_numbers_in_full_whatever_is_set():
    with np.printoptions(formatter={"float": lambda x: "?"}):
        verdict = examine(find("ema"), lambda xs, z: xs + 1)
    assert "?" not in str(verdict.facts)


def test_settings_cost_nothing_where_torch_is_not_there(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    with torch_settings():
        assert "torch" not in sys.modules
