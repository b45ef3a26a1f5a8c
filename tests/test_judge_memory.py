"""What was asked before is computed once, and nothing else is taken for it."""

import time

import numpy as np
import pytest

from grader.judge import memory
from grader.judge.memory import Memory


@pytest.fixture
def asked():
    """A way to ask a memory of functions that have been slow: gives the answer, and how often it was computed so far."""
    remembered, calls, known = Memory(), [], set()

    def ask(question, answer="answer", seconds=0.02):
        name, *arguments = question
        if name not in known:
            known.add(name)
            remembered.recall(name, None, lambda: time.sleep(0.02))

        def compute():
            calls.append(question)
            time.sleep(seconds)
            return answer

        return remembered.recall(name, arguments, compute), len(calls)

    return ask


def test_a_question_is_computed_once(asked):
    question = ("gru_ref.rnn.rnn_step", (np.arange(3.0), 2), {})
    assert asked(question) == ("answer", 1)
    assert asked((question[0], (np.arange(3.0), 2), {}), "another") == ("answer", 1)


@pytest.mark.parametrize(
    "other",
    [
        ("g", (np.arange(3.0),), {}),
        ("f", (np.arange(3),), {}),
        ("f", (np.arange(3.0).reshape(3, 1),), {}),
        ("f", (), {"x": np.arange(3.0)}),
        ("f", (np.arange(3.0), np.random.default_rng(0)), {}),
    ],
)
def test_another_question_is_another(asked, other):
    asked(("f", (np.arange(3.0),), {}))
    assert asked(other, "another") == ("another", 2)


def test_a_generator_asks_by_its_state(asked):
    rng = np.random.default_rng(0)
    asked(("f", (rng,), {}))
    assert asked(("f", (np.random.default_rng(0),), {}))[1] == 1
    rng.random()
    assert asked(("f", (rng,), {}))[1] == 2


def test_functions_and_quick_answers_are_not_remembered(asked):
    for count in (1, 2):
        assert asked(("f", (len,), {}))[1] == 2 * count - 1
        assert asked(("f", (1,), {}), seconds=0)[1] == 2 * count


def test_an_error_is_not_remembered():
    def fail():
        raise ValueError

    remembered = Memory()
    with pytest.raises(ValueError):
        remembered.recall("f", (), fail)
    assert remembered.recall("f", (), lambda: 1) == 1


def test_nothing_is_remembered_before_a_function_was_slow():
    remembered, answers = Memory(), iter("abc")

    def slowly():
        time.sleep(0.02)
        return next(answers)

    assert [remembered.recall("f", (1,), slowly) for _ in range(3)] == ["a", "b", "b"]


def test_what_was_used_least_lately_is_forgotten(asked, monkeypatch):
    monkeypatch.setattr(memory, "MOST_BYTES", 20_000)
    for name in ("a", "b", "a", "c"):
        asked((name,), np.zeros(1000))
    assert asked(("a",))[1] == 3
    assert asked(("b",))[1] == 4
