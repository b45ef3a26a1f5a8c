"""Fingerprints never tell apart what a full comparison would call alike, and known wrong answers are called once per process."""

import dataclasses
import itertools

import numpy as np
import pytest

from grader.answer.calling import Outcome
from grader.base.compare import alike
from grader.checking import fingerprints
from grader.checking.cases import own_result, prepare
from grader.checking.copied_lines import copied_lines
from grader.checking.diagnosis import examine, look_alike
from grader.checking.fingerprints import Table, fingerprint
from grader.exercises import bank, find
from grader.exercises.exercise import Exercise
from grader.exercises.mistakes import compiled

ANY = Exercise(reference=abs, inputs=lambda rng: (rng.normal(),), hints=("", "", ""))


def may_be_alike(exercise, one, other):
    """What a table says, both when it has just called a wrong answer and when it has done so before."""
    table, wrong = Table(fingerprint(one)), Returns(one)
    seen = fingerprint(other)
    said = {table.comparison(exercise, (), seen)(wrong) for _ in range(2)}
    assert len(said) == 1
    return said.pop()


@dataclasses.dataclass(frozen=True, eq=False)
class Returns:
    """A wrong answer that ends in a given Outcome."""

    outcome: Outcome

    @property
    def made_of(self):
        return self

    def fn(self):
        if self.outcome.error is not None:
            raise self.outcome.error
        return self.outcome.value


inside_itself = [1.0]
inside_itself.append(inside_itself)
VALUES = [
    0.5, np.float32(0.5), np.array(0.5), 0.5 + 4e-8, 0.6, float("nan"), float("inf"), -float("inf"), 10**400, 10**18, 10**18 + 1,
    0, 1, True, np.bool_(True), None, "a", np.str_("a"), "b", 1j,
    [0.5, 1], (0.5, 1), [0.5, 1.0, 2], [], {}, {"a": 1.0, "b": 2}, {"b": 2, "a": 1.0}, {np.str_("b"): 2, "a": 1.0},
    {1: 2.0, "a": 3}, {"a": 3, 1.0: 2.0}, {"a": np.zeros(2)}, {"c": np.zeros(2)},
    np.zeros(3), np.zeros(3) + 1e-12, np.array([0, 0, np.nan]), np.array([0, np.nan, 0]), np.array([0, 0, np.inf]), np.zeros(3, int),
    np.zeros((3, 1)), np.zeros(100), np.append(np.zeros(99), 1), np.zeros(0), np.array(["a", "b"]), np.array([True, False]),
    np.array([1 + 1j, 2]), np.array([1 + 1j, 2 + 1e-12j]), np.arange(3, dtype=np.uint64), list(range(700)), list(range(701)),
    [np.zeros(2)] * 600, inside_itself, object(),
]  # fmt: skip


@pytest.mark.parametrize("one", [*VALUES[:-2], VALUES[-1]], ids=lambda value: type(value).__name__)
def test_what_is_alike_is_never_told_apart(one):
    for other in VALUES:
        if alike(one, other, ANY.rtol, ANY.atol):
            assert may_be_alike(ANY, Outcome(one), Outcome(other)), other
            assert may_be_alike(ANY, Outcome(other), Outcome(one)), other


def test_what_clearly_differs_is_told_apart():
    differing = [
        0.5,
        0.6,
        2,
        True,
        None,
        "a",
        "b",
        [0.5],
        (0.5,),
        np.zeros(3),
        np.ones(3),
        np.zeros(4),
        np.zeros(3, int),
    ]
    differing += [float("nan"), {"a": 0.5}, {"a": 0.6}, np.array([0, 0, 1.0]), object()]
    for one, other in itertools.permutations(differing, 2):
        assert not may_be_alike(ANY, Outcome(one), Outcome(other)), (one, other)


def test_a_list_that_contains_itself_has_a_fingerprint():
    assert may_be_alike(ANY, Outcome(inside_itself), Outcome(inside_itself))


def test_errors_are_told_apart_by_what_they_say_unless_both_refuse():
    same, words, kind = KeyError("a"), KeyError("b"), IndexError("a")
    assert may_be_alike(ANY, Outcome(error=same), Outcome(error=KeyError("a")))
    for other in (Outcome(error=words), Outcome(error=kind), Outcome(0.5)):
        assert not may_be_alike(ANY, Outcome(error=same), other)
        assert not may_be_alike(ANY, other, Outcome(error=same))
    assert may_be_alike(ANY, Outcome(error=ValueError("a")), Outcome(error=ValueError("b")))


@pytest.mark.parametrize(
    "exercise", [e for lesson in bank().values() for e in lesson.values()][::4], ids=lambda e: e.name
)
def test_in_the_cases_of_an_exercise_nothing_that_looks_alike_is_told_apart(exercise):
    (args, *_), wrong = prepare(exercise, 3).arguments, [m for m in exercise.mistakes.values() if not m.when]
    made = [own_result(exercise, mistake.fn, args) for mistake in wrong[:20]]
    tolerance = dataclasses.replace(ANY, rtol=exercise.rtol, atol=exercise.atol)
    for one, other in itertools.product(made, made):
        if look_alike(exercise, [one], [other]):
            assert may_be_alike(tolerance, one, other)


def wrong_gate():
    right = compiled(find("update_gate").answers[""], "update_gate")

    def update_gate(x, h, p):
        z = right(x, h, p)
        return z + 0.01 * np.sin(17 * z)

    return update_gate


def counted(monkeypatch):
    called = []

    def call(exercise, fn, args):
        called.append(fn)
        return own_result(exercise, fn, args)

    monkeypatch.setattr(fingerprints, "own_result", call)
    return called


def test_each_known_wrong_answer_is_called_once_in_a_process(monkeypatch):
    exercise, called = dataclasses.replace(find("update_gate")), counted(monkeypatch)
    verdict = examine(exercise, wrong_gate())
    assert (verdict.state, verdict.mistake) == ("failed", None)
    args = prepare(exercise).arguments[0]
    known = len(exercise.mistakes) + len(exercise.pairs) + len(list(copied_lines(exercise, args)))
    assert len(called) == known > 50
    assert examine(exercise, wrong_gate()) == verdict
    assert len(called) == known
    examine(exercise, wrong_gate(), seed=1)
    assert len(called) == 2 * known, "other cases, other results"


def test_what_is_known_of_a_case_is_forgotten_when_its_right_result_is_another_one(monkeypatch):
    exercise, called = dataclasses.replace(find("update_gate")), counted(monkeypatch)
    examine(exercise, wrong_gate())
    before, draw = len(called), exercise.inputs
    exercise.inputs = lambda rng: draw(np.random.default_rng(7))
    exercise.edges = ()
    mistake = next(iter(exercise.mistakes.values()))
    assert examine(exercise, mistake.fn).mistake == mistake.key
    assert len(called) > before


def test_only_the_last_cases_of_an_exercise_are_kept():
    exercise = dataclasses.replace(find("sigmoid"))
    for seed in range(3 * fingerprints.TABLES):
        fingerprints.table(exercise, seed, 0, Outcome(0.5))
    assert len(fingerprints._TABLES[exercise]) == fingerprints.TABLES
