"""Every exercise of the bank passes the same tests; there is no list to maintain by hand.

One test covers all the mistakes of an exercise, and reports for each that fails what was seen.
"""

import inspect
import itertools

import numpy as np
import pytest

import gru_ref
from grader.answer.description import signature_of
from grader.checking import diagnosis
from grader.checking.answers import Answer, LocalAnswer
from grader.checking.cases import own_outcome, prepare
from grader.checking.diagnosis import examine, look_alike
from grader.checking.parts import Part, pairs_of
from grader.exercises import bank
from grader.exercises.exercise import source_of
from grader.exercises.mistakes import compiled

EXERCISES = [exercise for lesson in bank().values() for exercise in lesson.values()]
BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
OTHER_SEEDS = (1,)  # beside the exercise's own, None, which a learner's check uses


@pytest.fixture(scope="module", params=EXERCISES, ids=lambda e: e.name)
def exercise(request):
    return request.param


@pytest.fixture(scope="module")
def called(exercise):
    """What is known of an exercise is called once with the same arguments: the Outcomes, by function and arguments."""
    called = {}

    def call_once(of, fn, args):
        if (fn, id(args)) not in called:
            called[fn, id(args)] = own_outcome(of, fn, args), args  # which are kept, and so is their id
        return called[fn, id(args)][0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(diagnosis, "own_outcome", call_once)
        yield called


@pytest.fixture(scope="module")
def cases(exercise, called):
    """The cases of its checks, by seed."""
    return {seed: prepare(exercise, seed) for seed in (None, *OTHER_SEEDS)}


class Remembered(Answer):
    """What is known of an exercise as an answer to it: it is called once, for the answer and for what it is compared with."""

    def __init__(self, exercise, fn):
        self._exercise, self._fn, self.signature = exercise, fn, signature_of(fn)

    def call(self, args, deadline):
        return diagnosis.own_outcome(self._exercise, self._fn, args)


class WrittenOut(LocalAnswer):
    """A mistake as a learner would write it, without the reference. What it does in the cases is what is known of it.

    So it is called again in the easiest case alone, for its fingerprint: there it must do the same.
    """

    def __init__(self, exercise, mistake, cases, called):
        super().__init__(compiled(mistake.source, exercise.name), exercise, alone=True)
        self._known, self._arguments, self._called, self.outcomes = mistake.fn, cases.arguments, called, []

    def call_each(self, arguments, deadline):
        outcomes = super().call_each(arguments, deadline)
        if arguments is self._arguments:
            self.outcomes = outcomes
            for args, outcome in zip(arguments, outcomes, strict=False):  # it may have run out of time
                self._called[self._known, id(args)] = outcome, args
        return outcomes


def examine_plainly(exercise, fn, seed=None, **more):
    """The Verdict without a notebook's settings around each call: here they are the course's, and putting them takes longer."""
    return examine(exercise, LocalAnswer(fn, exercise), seed, **more)


def outcomes(exercise, fn, cases):
    return [diagnosis.own_outcome(exercise, fn, args) for args in cases.arguments]


def put_each(things, check):
    """Put each of the things, a dict by name, to the check, and tell what was seen of all that fail it."""
    failed = []
    for name, thing in things.items():
        try:
            check(thing)
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__}: {error}")
    if failed:
        pytest.fail("\n\n".join([f"{len(failed)} of {len(things)} fail", *failed]), pytrace=False)


def test_names_are_unique_across_lessons():
    names = [e.name for e in EXERCISES]
    assert len(names) == len(set(names))


# ---------------------------------------------------------------------------------------------------- right answers


def test_the_reference_passes(exercise, cases):
    assert examine(exercise, exercise.reference, cases=cases[None]).passed


def pass_whatever_is_drawn(exercise, seeds):
    """A property that a right answer breaks once in a hundred draws would cost somebody a mark."""
    right = [exercise.reference, *exercise.others]
    failed = {seed for seed in seeds if not examine_plainly(exercise, right[seed % len(right)], seed).passed}
    assert failed == set()


def test_right_answers_pass_whatever_is_drawn(exercise):
    pass_whatever_is_drawn(exercise, range(100, 102))


@pytest.mark.exhaustive
def test_right_answers_pass_in_a_hundred_draws(exercise):
    pass_whatever_is_drawn(exercise, range(100, 200))


def test_the_stub_is_not_a_pass():
    def stub(*args):
        raise NotImplementedError

    def check(exercise):
        assert examine(exercise, stub).state == "todo"

    put_each(BY_NAME, check)


def test_right_answers_in_another_style_pass(exercise, cases):
    """Written out as in a notebook or a submission: with the names that those have."""

    def check(other):
        verdict = examine_plainly(exercise, written_out(exercise, other), cases=cases[None])
        assert verdict.passed, verdict

    assert exercise.others, f"{exercise.name} declares no answer in another style"
    put_each({other.__name__: other for other in exercise.others}, check)


def test_right_answers_that_are_edited_to_make_mistakes_pass(exercise, cases):
    def check(answer):
        verdict = examine_plainly(exercise, answer, cases=cases[None])
        assert verdict.passed, verdict

    answers = {style: compiled(source, exercise.name) for style, source in exercise.answers.items()}
    assert answers
    put_each(answers, check)


def test_the_reference_does_not_pass_when_it_is_called(exercise, cases):
    def answer(*args):
        return exercise.reference(*args)

    answer.__signature__ = inspect.signature(exercise.reference)
    assert examine(exercise, answer, alone=True, cases=cases[None]).state == "failed"


def written_out(exercise, fn):
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(source_of(fn, exercise.name), namespace)
    return namespace[exercise.name]


def test_the_parts_of_a_result_have_names(exercise, cases):
    for outcome in outcomes(exercise, exercise.reference, cases[None]):
        result = Part("", outcome.value, exercise.declared)
        assert not [part.name for _, part in pairs_of(result, result) if "part 1" in part.name], "declare them: parts=…"


def test_there_are_three_hints_and_enough_mistakes():
    def check(exercise):
        assert len(exercise.hints) == 3
        assert all(hint.strip() for hint in exercise.hints)
        assert len(exercise.mistakes) >= 4

    put_each(BY_NAME, check)


# --------------------------------------------------------------------------------------------------------- mistakes


def test_mistakes_fail_and_are_named(exercise, cases, called):
    """Written out as a learner would, in full: they do not lean on the reference."""

    def check(mistake):
        answer = WrittenOut(exercise, mistake, cases[None], called)
        verdict = examine(exercise, answer, cases=cases[None])
        assert_named(verdict, mistake)
        assert not [o.error for o in answer.outcomes if isinstance(o.error, PermissionError)]
        assert mistake.name in verdict.headline
        assert mistake.advice

    put_each(exercise.mistakes, check)


def test_mistakes_are_named_whatever_is_drawn(exercise, cases):
    """Every third of them with one other draw; `make exhaustive` tries all with many."""
    sample = dict(itertools.islice(exercise.mistakes.items(), 0, None, 3))
    drawn = dict(zip(sample, itertools.cycle(OTHER_SEEDS), strict=False))

    def check(mistake):
        verdict = examine(exercise, Remembered(exercise, mistake.fn), cases=cases[drawn[mistake.key]])
        assert_named(verdict, mistake)

    put_each(sample, check)


@pytest.mark.exhaustive
def test_mistakes_are_named_in_twenty_draws(exercise):
    def check(trial):
        mistake, cases = trial
        assert_named(examine(exercise, mistake.fn, cases=cases), mistake)

    drawn = [prepare(exercise, seed) for seed in range(1, 21)]
    mistakes = exercise.mistakes.values()
    put_each({f"{m.key}, drawn from {cases.seed}": (m, cases) for cases in drawn for m in mistakes}, check)


def assert_named(verdict, mistake):
    assert verdict.state == "failed"
    assert verdict.mistake == mistake.key, f"taken for {verdict.mistake}: {verdict.headline}"


def test_no_two_mistakes_look_alike(exercise, cases):
    """On the inputs used, any two outputs differ by far more than the tolerance that names them."""

    def check(drawn):
        seen = {m.key: outcomes(exercise, m.fn, drawn) for m in exercise.mistakes.values() if not m.when}
        pairs = itertools.combinations(seen.items(), 2)
        assert not [f"{a} looks like {b}" for (a, of_a), (b, of_b) in pairs if look_alike(exercise, of_a, of_b)]

    put_each(cases, check)


def test_two_mistakes_at_once_are_both_named(exercise, cases):
    def check(pair):
        first, second, both = pair
        verdict = examine(exercise, Remembered(exercise, both.fn), cases=cases[None])
        assert verdict.mistake == both.key, f"taken for {verdict.mistake}: {verdict.headline}"
        assert first.name in verdict.headline and second.name in verdict.headline

    put_each({pair[2].key: pair for pair in exercise.pairs}, check)


# ------------------------------------------------------------------------------------------------------- properties


def test_a_property_holds_for_the_reference_and_is_broken_by_something(exercise):
    def check(prop):
        def broken(f):
            try:
                return not prop.holds(exercise.used(f), np.random.default_rng(0))
            except Exception:  # an error is another stage's business: it does not show that the property can fail
                return False

        assert not broken(exercise.reference)
        suspects = [m.fn for m in exercise.mistakes.values()] + ([prop.broken_by] if prop.broken_by else [])
        assert any(broken(f) for f in suspects), "no mistake breaks this property: declare it with broken_by=…"

    put_each(exercise.properties, check)


def test_an_answer_that_breaks_a_property_fails(exercise, cases):
    def check(prop):
        assert examine(exercise, prop.broken_by, cases=cases[None]).state == "failed"

    put_each({key: prop for key, prop in exercise.properties.items() if prop.broken_by}, check)
