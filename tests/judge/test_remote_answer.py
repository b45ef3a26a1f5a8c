"""An answer in another process gets the same verdict as here, to the letter."""

import contextlib
import dataclasses
import functools
import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gru_ref
from grader.answer.calling import Deadline, Outcome, Place, call
from grader.answer.description import described
from grader.base.timing import OutOfTime
from grader.checking.answers import misuse
from grader.checking.cases import DRAWS
from grader.checking.diagnosis import examine
from grader.exercises import bank, find
from grader.exercises.exercise import source_of
from grader.judge import remote_answer as judged
from grader.judge.channel import BrokenOff, Closed
from grader.judge.codec import Malformed, decode, encode
from grader.judge.descriptions import description_from, fields_of
from grader.judge.guest import client
from grader.judge.remote_answer import RemoteAnswer, outcome_from
from tests.support import answers
from tests.support.submission_process import SubmissionProcess

EXERCISES = [exercise for lesson in bank().values() for exercise in lesson.values()]
# A third of them is tried by `make test`, all by `make system`.
EACH = [
    pytest.param(exercise, id=exercise.name, marks=[pytest.mark.system] if number % 3 else [])
    for number, exercise in enumerate(EXERCISES)
]
SOME = 1  # mistakes of each exercise; test_bank tries them all, here
UPDATE_GATE = find("update_gate")
ODD = [name for name, value in vars(answers).items() if inspect.isfunction(value)]


@pytest.fixture(scope="module")
def submission():
    submission = SubmissionProcess()
    yield submission
    submission.close()


def elsewhere(submission, exercise, source, seed):
    """The verdict on an answer that lives in the submission's process."""
    message = submission.execute(f"{source}\ncheck({exercise.name}, {exercise.name!r})")
    assert message.kind == "check", message
    answer = RemoteAnswer(submission.channel, description_from(message.fields["answer"]), exercise)
    verdict = examine(exercise, answer, seed)
    submission.channel.reply(message, passed=verdict.passed, headline=verdict.headline)
    error = submission.channel.receive(60).fields["error"]
    assert str(error) == ("None" if verdict.passed else verdict.headline.replace("`", ""))
    return verdict


def here(exercise, source, seed):
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(source, namespace)
    return examine(exercise, namespace[exercise.name], seed)


def some_answers(exercise):
    """Sources: those right in another style, the stub, and some of the mistakes, spread over the list."""
    stub = f"def {exercise.name}{{}}:\n    raise NotImplementedError('{exercise.name} is yours to write.')"
    header = str(exercise.signature)
    wrong = [m.source for m in exercise.mistakes.values()][:: max(1, len(exercise.mistakes) // SOME)]
    return [stub.format(header), *(source_of(fn, exercise.name) for fn in exercise.others), *wrong]


@pytest.mark.parametrize("exercise", EACH)
def test_an_answer_elsewhere_gets_the_same_verdict(exercise, submission):
    for seed, source in enumerate(some_answers(exercise)):
        assert elsewhere(submission, exercise, source, seed) == here(exercise, source, seed), source


@pytest.mark.parametrize("name", ODD)
def test_so_does_a_very_bad_answer(name, submission):
    exercise = dataclasses.replace(UPDATE_GATE, seconds=0.1 if "for_ever" in name or "swallows" in name else 5)
    source = f"{Path(answers.__file__).read_text()}\nupdate_gate = {name}"
    assert elsewhere(submission, exercise, source, 1) == here(exercise, source, 1)


WITHOUT_SIGNATURE = "update_gate = __import__('operator').itemgetter(0)"
DEFAULTS = "def update_gate(x, h, p={'a': 1}, *more, scale=np.ones(2), **rest):\n    return np.zeros((3, 4))"
ORDER = "def update_gate(h, x, p):\n    return x"
OWN_ERROR = "class Own(ValueError):\n    pass\n\ndef update_gate(x, h, p):\n    raise Own('no')"
A_CLASS = "class update_gate:\n    def __init__(self, x, h, p):\n        pass"
A_PARTIAL = "import functools\nupdate_gate = functools.partial(lambda x, h, p, q: x @ p.W_iz.T, q=1)"
TOO_LARGE = "def update_gate(x, h, p):\n    return [0] * 200_000"
NAMED = "import collections\ndef update_gate(x, h, p):\n    return collections.namedtuple('GRUParams', 'a b')(1, 2)"


@pytest.mark.parametrize("source", [WITHOUT_SIGNATURE, DEFAULTS, ORDER, OWN_ERROR, A_CLASS, A_PARTIAL, NAMED])
def test_so_does_an_odd_answer(source, submission):
    assert elsewhere(submission, UPDATE_GATE, source, 1) == here(UPDATE_GATE, source, 1)


def test_a_result_too_large_to_be_handed_over_is_told_so(submission):
    verdict = elsewhere(submission, UPDATE_GATE, TOO_LARGE, 1)
    assert (verdict.stage, verdict.state) == ("kind and shape", "failed")
    assert "too large" in verdict.headline


def test_a_refusal_elsewhere_is_recognised_in_whatever_words(submission):
    exercise = find("half_life")
    source = source_of(exercise.reference, "half_life")
    assert "raise ValueError" not in source, "its checks are gru_ref's, not its own"
    own = "def half_life(z):\n    if z > 0.1:\n        raise ValueError('my own words')\n    return np.log(0.5) / np.log(z)"
    assert elsewhere(submission, exercise, own, 1) == here(exercise, own, 1)


def test_a_right_answer_that_fails_in_a_property_is_none_of_the_mistakes(submission):
    """Refusing nothing is a mistake, and not what is wrong here."""
    exercise = find("half_life")
    count = len(exercise.edges) + len(exercise.refusals) + DRAWS + 1  # the first case is asked again
    source = (
        "calls = []\n"
        "def half_life(z):\n"
        "    calls.append(z)\n"
        f"    if len(calls) > {count}:\n        raise RuntimeError\n"
        "    return gru_ref.half_life(z)\n"
    )
    for verdict in (elsewhere(submission, exercise, source, 1), here(exercise, source, 1)):
        assert (verdict.stage, verdict.mistake) == ("runs", None)


# ------------------------------------------------------------------------------------------------------------- time


def remote(submission, source, exercise=UPDATE_GATE):
    message = submission.execute(f"{source}\ncheck({exercise.name})")
    return RemoteAnswer(submission.channel, description_from(message.fields["answer"]), exercise), message


ARGUMENTS = UPDATE_GATE.inputs(np.random.default_rng(0))


def test_only_the_seconds_in_which_the_answer_computes_count(submission):
    source = "import time\ndef update_gate(x, h, p):\n    time.sleep(0.2)\n    while time.thread_time() < until: pass"
    answer, message = remote(submission, f"{source}\nuntil = time.thread_time() + 0.1")
    deadline = Deadline(5)
    answer.call(ARGUMENTS, deadline)
    assert 0.09 <= deadline.spent < 0.2
    submission.channel.reply(message, passed=True, headline="")
    submission.channel.receive(10)


def test_whoever_says_that_no_time_has_passed_is_called_for_so_long_and_no_longer(submission, monkeypatch):
    monkeypatch.setattr(judged, "PATIENCE", 0)
    answer, message = remote(submission, "def update_gate(x, h, p):\n    pass")
    assert isinstance(answer.call(ARGUMENTS, Deadline(5)).error, OutOfTime)
    assert not answer.stuck
    submission.channel.reply(message, passed=True, headline="")
    submission.channel.receive(10)


def test_who_cannot_be_stopped_is_stuck(monkeypatch):
    monkeypatch.setattr(judged, "GRACE", 0.2)
    submission = SubmissionProcess()
    try:
        endless = "import itertools\ndef update_gate(x, h, p):\n    return sum(itertools.repeat(0))"
        exercise = dataclasses.replace(UPDATE_GATE, seconds=0.05)
        answer, _ = remote(submission, endless, exercise)
        verdict = examine(exercise, answer, 1)
        assert answer.stuck
        assert verdict.headline == "`update_gate` did not finish within 0.05 seconds"
    finally:
        submission.kill()


def test_an_interrupt_breaks_the_call_off_and_nothing_else(submission):
    answer, message = remote(submission, "def update_gate(x, h, p):\n    raise KeyboardInterrupt")
    with pytest.raises(BrokenOff):
        answer.call(ARGUMENTS, Deadline(5))
    with pytest.raises(BrokenOff, match="RuntimeError"):  # there is no check any more
        answer.call(ARGUMENTS, Deadline(5))
    assert isinstance(submission.channel.receive(10).fields["error"], KeyboardInterrupt)
    submission.channel.reply(message, passed=True, headline="")  # to nobody
    assert here(UPDATE_GATE, source_of(answers.right, "update_gate"), 1).passed
    assert elsewhere(submission, UPDATE_GATE, source_of(answers.right, "update_gate"), 1).passed


def test_who_goes_away_is_gone():
    submission = SubmissionProcess()
    answer, _ = remote(submission, "import os\ndef update_gate(x, h, p):\n    os._exit(0)")
    with pytest.raises(Closed):
        answer.call(ARGUMENTS, Deadline(5))
    submission.close()


# ------------------------------------------------------------------------------------------- what is told of a call


PLACE = ("cell 3", 7, "return x @ p.W", [("x", [3, 4])])
FIELDS = {
    "value": encode(1.0),
    "error": None,
    "place": PLACE,
    "warned": [("beware", PLACE), ("numpy's", None)],
    "printed": "spam",
    "printed_characters": 4,
    "changed": ["p.W_iz"],
    "refused": False,
    "outside": ["B"],
}


def test_an_outcome_arrives():
    place = Place("cell 3", 7, "return x @ p.W", (("x", (3, 4)),))
    warned = (("beware", place), ("numpy's", None))
    assert outcome_from(FIELDS) == Outcome(1.0, None, place, warned, "spam", 4, ("p.W_iz",), False, ("B",))


def test_what_the_client_tells_is_what_the_judge_reads():
    def update_gate(x, h, p):
        print("spam")
        h += 1
        np.log(-(x**2))
        raise ValueError("mine")

    called = {
        "use": None,
        "args": ARGUMENTS,
        "parameters": ["x", "h", "p"],
        "seconds": 5.0,
        "patience": 9.0,
        "hidden": [],
    }
    told = client._call(update_gate, called)
    wanted = call(update_gate, ARGUMENTS, ("x", "h", "p"), Deadline(5))
    got = outcome_from(decode(encode(told)))
    assert wanted.refused and wanted.changed == ("h",) and wanted.warned and wanted.place
    assert dataclasses.replace(got, error=None) == dataclasses.replace(wanted, error=None)
    assert (type(got.error), str(got.error)) == (ValueError, "mine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": b"no value"},
        {"value": 1.0},
        {"error": "ValueError"},
        {"place": 3},
        {"place": ("file", -1, "text", [])},
        {"place": ("file", 1, "x" * 9999, [])},
        {"place": ("file", 1, "text", [("x", ["3"])])},
        {"place": ("file", 1, "text", [("x", [3])] * 99)},
        {"warned": [("message",)]},
        {"warned": [("message", None)] * 99},
        {"printed": "x" * 401},
        {"printed": None},
        {"printed_characters": -1},
        {"printed_characters": 2**200},
        {"changed": "abc"},
        {"changed": [1]},
        {"changed": ["a"] * 999},
    ],
    ids=repr,
)
def test_an_outcome_that_is_none_is_malformed(wrong):
    with pytest.raises(Malformed):
        outcome_from({**FIELDS, **wrong})


@pytest.mark.parametrize("missing", FIELDS)
def test_an_outcome_is_told_whole(missing):
    with pytest.raises(Malformed):
        outcome_from({name: value for name, value in FIELDS.items() if name != missing})


@given(
    st.sampled_from(sorted(FIELDS)),
    st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=5),
)
@settings(deadline=None)
def test_whatever_is_told_nothing_but_malformed_is_raised(name, value):
    with contextlib.suppress(Malformed):
        assert isinstance(outcome_from({**FIELDS, name: value}), Outcome)


def test_whoever_says_that_it_refused_has_raised_a_value_error():
    assert not outcome_from({**FIELDS, "refused": True}).refused
    assert not outcome_from({**FIELDS, "refused": True, "error": TypeError()}).refused
    assert outcome_from({**FIELDS, "refused": True, "error": ValueError()}).refused


def test_an_error_leaves_no_value():
    assert outcome_from({**FIELDS, "error": TypeError()}).value is None


# --------------------------------------------------------------------------------------------- what is told of answers


@pytest.mark.parametrize(
    "answer",
    ["update_gate", 3, None, lambda x: x, gru_ref.update_gate, "gru_ref.GRUCell", answers.AgreesWithAll, answers.right, len, np.add],
    ids=lambda answer: getattr(answer, "__name__", str(answer)),
)  # fmt: skip
def test_an_answer_is_described_to_the_judge_as_it_is_here(answer):
    mine = described(gru_ref.GRUCell if answer == "gru_ref.GRUCell" else answer)
    told = description_from(decode(encode(fields_of(mine))))
    assert (told.kind, told.name, told.module, told.type) == (mine.kind, mine.name, mine.module, mine.type)
    assert str(told.signature) == str(mine.signature)
    assert misuse(told, told.called) == misuse(mine, mine.called)


GOOD = fields_of(described(answers.right))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {**GOOD, "more": 1},
        {**GOOD, "kind": "robot"},
        {**GOOD, "name": 3},
        {**GOOD, "name": "x" * 1000},
        {**GOOD, "module": "\x1b[31m"},
        {**GOOD, "signature": "(x, h, p)"},
        {**GOOD, "signature": [("x", 1, None)] * 99},
        {**GOOD, "signature": [("x", 1, None)] * 2},
        {**GOOD, "signature": [("x", 99, None)]},
        {**GOOD, "signature": [("not a name", 1, None)]},
        {**GOOD, "signature": [("x", 1)]},
        {**GOOD, "signature": [("x", 1, 3)]},
        {**GOOD, "signature": [("x", 1, "1"), ("h", 1, None)]},
    ],
    ids=repr,
)
def test_a_description_that_is_none_is_malformed(wrong):
    with pytest.raises(Malformed):
        description_from(wrong)


@np.vectorize
def sigmoid(a):
    return 1 / (1 + np.exp(-a)) if a >= 0 else np.exp(a) / (1 + np.exp(a))


def test_a_function_that_numpy_has_vectorized_is_still_the_learners():
    assert misuse(described(sigmoid), "sigmoid") is None
    assert examine(find("sigmoid"), sigmoid).passed


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda a: a, "a `lambda` has none"),
        (np.vectorize(lambda a: a), "a `lambda` has none"),
        (functools.partial(max, 1), "`functools.partial` makes has none"),
    ],
)
def test_what_has_no_name_is_told_to_be_written_with_def(answer, says):
    description = described(answer)
    verdict = misuse(description, description.called)
    assert says in verdict.headline
    assert "`def sigmoid(a):`" in verdict.next_step


def test_what_a_decorator_has_hidden_is_told_so():
    def wrapper(*args):
        return args

    assert "decorator" in misuse(described(wrapper), "wrapper").headline
