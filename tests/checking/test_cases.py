"""A failure of the course's own code never becomes a verdict about an answer."""

import dataclasses
import time

import numpy as np
import pytest

from grader.base.errors import GraderFault
from grader.base.timing import OutOfTime
from grader.checking import cases
from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.exercises import bank, find
from grader.exercises.exercise import Property
from grader.learner import tools

HALF_LIFE = find("half_life")
ERRORS = (
    MemoryError("no room"),
    ImportError("half way"),
    ValueError("wrong"),
    TypeError("odd"),
    OutOfTime(),
    SystemExit(),
)


def raising(error):
    def broken(*args, **kwargs):
        raise error

    return broken


def changed(**what):
    """The exercise with something of it broken; a reference keeps its name."""
    if "reference" in what:
        what["reference"].__name__ = HALF_LIFE.name
    return dataclasses.replace(HALF_LIFE, **what)


def right(z):
    return HALF_LIFE.reference(z)


def refuses_all(z):
    raise ValueError("no")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("answer", [right, refuses_all, raising(MemoryError())])
def test_a_reference_that_fails_gives_no_verdict(error, answer):
    with pytest.raises(GraderFault, match=f"the reference of the exercise `half_life` ended in {type(error).__name__}"):
        examine(changed(reference=raising(error)), answer)


@pytest.mark.parametrize("error", [e for e in ERRORS if not isinstance(e, ValueError)], ids=lambda e: type(e).__name__)
def test_only_a_value_error_is_a_refusal(error):
    def broken(z):
        if not 0 < z < 1:
            raise error
        return HALF_LIFE.reference(z)

    with pytest.raises(GraderFault):
        examine(changed(reference=broken), refuses_all)


def test_a_reference_that_answers_where_it_is_declared_to_refuse_gives_no_verdict():
    with pytest.raises(GraderFault, match="a result where there is no answer"):
        examine(changed(reference=lambda z: 1.0), right)


def test_a_reference_that_refuses_what_is_not_declared_gives_no_verdict():
    with pytest.raises(GraderFault, match="ValueError"):
        examine(changed(edges=((2.0,),)), refuses_all)


@pytest.mark.parametrize("error", [MemoryError(), ImportError(), KeyError("T")], ids=lambda e: type(e).__name__)
def test_inputs_that_cannot_be_drawn_give_no_verdict(error):
    with pytest.raises(GraderFault, match="the inputs of `half_life` cannot be drawn"):
        examine(changed(inputs=raising(error)), right)


def with_property(holds):
    return changed(properties={"property": Property("property", "it holds", "Look again.", holds)})


@pytest.mark.parametrize("error", [MemoryError(), ImportError(), KeyError("T")], ids=lambda e: type(e).__name__)
def test_a_property_that_fails_by_itself_gives_no_verdict(error):
    with pytest.raises(GraderFault):
        examine(with_property(raising(error)), right)


def test_a_property_that_fails_on_what_the_answer_returns_is_broken_by_it():
    def wrong_at_the_property(z):
        return 7.0 if z == 0.5 else HALF_LIFE.reference(z)

    def only_the_right_one(f, rng):
        rng.random()
        if f(0.5) == 7.0:
            raise RuntimeError("cannot work with 7")
        return True

    exercise = with_property(only_the_right_one)
    assert examine(exercise, right).passed
    exercise.edges = ()
    assert examine(exercise, wrong_at_the_property).stage == "laws"


def test_properties_draw_with_the_seed_of_the_check():
    drawn = []

    def notes_what_it_draws(f, rng):
        drawn.append(rng.random())
        return True

    for seed in (1, 1, 2):
        assert examine(with_property(notes_what_it_draws), right, seed).passed
    first, again, other = drawn
    assert first == again != other


@pytest.mark.parametrize("error", [MemoryError("no room"), ImportError("half way")], ids=lambda e: type(e).__name__)
def test_a_known_mistake_that_the_machine_fails_gives_no_verdict(error):
    known = mistake(f"def half_life(z):\n    raise {type(error).__name__}('no room')\n")
    with pytest.raises(GraderFault):
        examine(changed(known=known), lambda z: 3.0)


def test_what_a_predicate_makes_of_an_odd_result_is_no_fault_of_the_course():
    def when(z, result):
        return (np.zeros(10**6, "U1") == np.array(result)).any()  # by broadcasting, 10**6 times as large

    known = mistake("def half_life(z):\n    return 0.0\n", " when=when")
    verdict = examine(changed(known=known, recognisers={"when": when}), lambda z: "x" * 10**7)
    assert (verdict.state, verdict.mistake) == ("failed", None)


def test_a_known_mistake_may_end_in_an_error_of_its_own():
    known = mistake("def half_life(z):\n    return 1 / 0\n")
    assert examine(changed(known=known), lambda z: 1 / 0).mistake == "broken"


def mistake(source, more=""):
    return f"### It is broken {{#broken{more}}}\n\nLook again.\n\n```python\n{source}```\n"


def test_an_answer_may_end_in_any_error_and_gets_its_verdict():
    for error in ERRORS:
        assert examine(HALF_LIFE, raising(error)).state == "failed"


def test_memory_that_runs_out_while_judging_gives_no_verdict(monkeypatch):
    from grader.checking import diagnosis

    monkeypatch.setattr(diagnosis, "judge_result", raising(MemoryError("no room")))
    with pytest.raises(GraderFault, match="the check of `half_life` ended in MemoryError"):
        examine(HALF_LIFE, right)


def test_a_reference_that_never_ends_gives_no_verdict(monkeypatch):
    monkeypatch.setattr(cases, "SECONDS", 0.05)
    with pytest.raises(GraderFault, match="OutOfTime"):
        prepare(changed(reference=lambda z: time.sleep(60)))


def test_a_learner_is_told_that_it_is_no_fault_of_theirs_and_nothing_is_noted(monkeypatch, capsys):
    monkeypatch.setattr(tools, "find", lambda name: changed(reference=raising(MemoryError("no room"))))

    def half_life(z):
        return right(z)

    with pytest.raises(GraderFault):
        tools.check(half_life)
    told = capsys.readouterr().out
    assert "half_life could not be checked" in told
    assert "says nothing about your answer" in told and "Restart the kernel" in told
    assert tools.progress_log.records() == {}


@pytest.mark.parametrize("exercise", [e for lesson in bank().values() for e in lesson.values()], ids=lambda e: e.name)
def test_what_must_be_refused_is_declared_and_nothing_else_is_refused(exercise):
    found = prepare(exercise, 5)
    assert found.refused == len(exercise.refusals)
    assert len(found.arguments) == len(found.references) == cases.DRAWS + len(exercise.edges) + found.refused
    errors = [outcome.error is not None for outcome in found.references]
    assert errors == [False] * (len(errors) - found.refused) + [True] * found.refused


def test_the_same_seed_draws_the_same_cases():
    one, same, other = (prepare(find("update_gate"), seed) for seed in (1, 1, 2))
    np.testing.assert_equal(one.arguments, same.arguments)
    assert not np.array_equal(one.arguments[0][0], other.arguments[0][0])
