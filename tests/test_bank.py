"""Every exercise of the bank is put to the same tests; there is no list to keep by hand."""

import functools
import itertools

import numpy as np
import pytest

import gru_ref
from grader.calling import Deadline
from grader.diagnosis import cases, examine, look_alike, outcomes
from grader.exercise import source_of
from grader.exercises import bank
from grader.parts import Part, pairs_of

EXERCISES = [exercise for lesson in bank().values() for exercise in lesson.values()]
MISTAKES = [(e, m) for e in EXERCISES for m in e.mistakes.values()]
LAWS = [(e, law) for e in EXERCISES for law in e.laws.values()]
SEEDS = (None, 1, 2)

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.name}-{m.key}" for e, m in MISTAKES]
)
each_law = pytest.mark.parametrize(("exercise", "law"), LAWS, ids=[f"{e.name}-{law.key}" for e, law in LAWS])


def test_names_are_unique_across_lessons():
    names = [e.name for e in EXERCISES]
    assert len(names) == len(set(names))


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_passes(exercise, seed):
    assert examine(exercise, exercise.reference, seed).passed


@each_exercise
def test_right_answers_pass_whatever_is_drawn(exercise):
    """A law that a right answer breaks once in a hundred draws would cost somebody a mark."""
    right = [exercise.reference, *exercise.others]
    failed = {seed for seed in range(100, 200) if not examine(exercise, right[seed % len(right)], seed).passed}
    assert failed == set()


@each_exercise
def test_the_stub_is_not_a_pass(exercise):
    def stub(*args):
        raise NotImplementedError

    assert examine(exercise, stub).state == "todo"


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_right_answers_in_another_style_pass(exercise, seed):
    assert exercise.others, f"{exercise.name} declares no answer in another style"
    for other in exercise.others:
        verdict = examine(exercise, other, seed)
        assert verdict.passed, f"{other.__name__}: {verdict}"


@each_exercise
def test_the_parts_of_a_result_have_names(exercise):
    for outcome in outcomes(exercise, exercise.reference, cases(exercise, 0), Deadline(60)):
        result = Part("", outcome.value, exercise.declared)
        assert not [part.name for _, part in pairs_of(result, result) if "part 1" in part.name], "declare them: parts=…"


@each_exercise
def test_there_are_three_hints_and_enough_mistakes(exercise):
    assert len(exercise.hints) == 3
    assert all(hint.strip() for hint in exercise.hints)
    assert len(exercise.mistakes) >= 4


@each_mistake
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mistake_fails_and_is_named(exercise, mistake, seed):
    verdict = examine(exercise, mistake.fn, seed)
    assert verdict.state == "failed"
    assert verdict.mistake == mistake.key, f"taken for {verdict.mistake}: {verdict}"
    assert mistake.name in verdict.headline
    assert mistake.advice


@each_mistake
def test_a_mistake_can_be_written_out_as_a_learner_would(exercise, mistake):
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(source_of(mistake.fn, exercise.name), namespace)
    verdict = examine(exercise, namespace[exercise.name])
    assert verdict.mistake == mistake.key


@each_exercise
def test_right_answers_can_be_written_out_as_a_learner_would(exercise):
    """As pretend hand-ins are: with the names that a notebook has."""
    for other in exercise.others:
        namespace = {"np": np, "gru_ref": gru_ref}
        exec(source_of(other, exercise.name), namespace)
        verdict = examine(exercise, namespace[exercise.name])
        assert verdict.passed, f"{other.__name__}: {verdict}"


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_mistakes_look_alike(exercise, seed):
    """On the inputs used, any two outputs differ by far more than the tolerance that names them."""
    arguments = cases(exercise, exercise.default_seed if seed is None else seed)
    seen = {m.key: outcomes(exercise, m.fn, arguments, Deadline(60)) for m in exercise.mistakes.values() if not m.when}
    for (a, outcomes_a), (b, outcomes_b) in itertools.combinations(seen.items(), 2):
        assert not look_alike(exercise, outcomes_a, outcomes_b), f"{a} looks like {b}"


@each_exercise
def test_slips_are_the_mistakes_they_stand_for(exercise):
    arguments = cases(exercise, 0)

    def seen(fn):
        return outcomes(exercise, fn, arguments, Deadline(60))

    for keys in [(), *((key,) for group in exercise.slip_groups for key in group)]:
        declared = exercise.mistakes[keys[0]].fn if keys else exercise.reference
        made = functools.partial(exercise.with_slips, keys.__contains__) if exercise.with_slips else declared
        assert look_alike(exercise, seen(made), seen(declared)), keys


@pytest.mark.parametrize(
    ("exercise", "pair"),
    [(e, pair) for e in EXERCISES for pair in e.pairs()],
    ids=lambda x: x.name if hasattr(x, "name") else f"{x[0].key}+{x[1].key}",
)
def test_two_mistakes_at_once_are_both_named(exercise, pair):
    first, second, fn = pair
    verdict = examine(exercise, fn)
    assert verdict.mistake == f"{first.key}+{second.key}"
    assert first.name in verdict.headline and second.name in verdict.headline


@each_law
def test_a_law_holds_for_the_reference_and_is_broken_by_something(exercise, law):
    def broken(f):
        try:
            return not law.holds(exercise.used(f), np.random.default_rng(0))
        except Exception:  # an error is another stage's business: it does not show that the law can fail
            return False

    assert not broken(exercise.reference)
    suspects = [m.fn for m in exercise.mistakes.values()] + ([law.broken_by] if law.broken_by else [])
    assert any(broken(f) for f in suspects), "no mistake breaks this law: declare it with broken_by=…"


@pytest.mark.parametrize(
    ("exercise", "law"), [pair for pair in LAWS if pair[1].broken_by], ids=lambda x: getattr(x, "key", None) or x.name
)
def test_an_answer_that_breaks_a_law_fails(exercise, law):
    assert examine(exercise, law.broken_by).state == "failed"
