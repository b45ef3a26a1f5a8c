"""The checks of a submission: what counts, what is reported, what may be asked; and no answer harms the judge."""

import contextlib
import random
import socket
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import gru_ref
from grader.answer.description import described
from grader.base.errors import GraderFault
from grader.checking import diagnosis
from grader.checking.diagnosis import examine
from grader.exercises import bank, find
from grader.exercises.exercise import source_of
from grader.judge import checks as checking
from grader.judge import remote_answer as judged
from grader.judge.channel import Channel, Closed, Message
from grader.judge.checks import Checks, Stuck
from grader.judge.codec import Malformed, encode
from grader.judge.descriptions import fields_of
from grader.judge.session import in_bounds
from tests.support.submission_process import SubmissionProcess

LESSON, KEY = "03_gates", b"the root of all seeds"
RIGHT = source_of(find("update_gate").others[0], "update_gate")
HALF = RIGHT.replace("return ", "return 0.5 * ")
CHECK = "\ncheck(update_gate)"


def cell(exercise=None, number=1):
    return SimpleNamespace(number=number, exercise=exercise)


@pytest.fixture(scope="module")
def process():
    submission = SubmissionProcess()
    yield submission
    submission.close()


class Judge:
    """Drives a submission's process as a session does, and keeps what the process was told."""

    def __init__(self, process, lesson=LESSON, key=KEY):
        self.process, self.checks = process, Checks(lesson, key)
        self.checks.attend(process.channel)

    def run(self, source, exercise=None, number=1):
        """Run a cell; returns the verdicts of its checks, and the error that it ended in."""
        verdicts, message = [], self.process.execute(source)
        while message.kind == "check":
            verdicts.append(self.checks.handle_check(message, self.process.channel, cell(exercise, number)))
            message = self.process.channel.receive(60)
        return verdicts, message.fields["error"]


@pytest.fixture
def judge(process):
    return Judge(process)


# ------------------------------------------------------------------------------------------------------ what counts


def test_the_first_check_in_its_own_cell_counts(judge):
    judge.run(RIGHT + CHECK)
    assert judge.checks.counting == {}
    verdicts, error = judge.run(HALF + CHECK + "\n", "update_gate", number=2)
    assert type(error).__name__ == "CheckFailed" and str(error) == verdicts[0].headline.replace("`", "")
    judge.run(RIGHT + CHECK, "update_gate", number=3)
    assert judge.checks.counting == {"update_gate": verdicts[0]}
    assert [receipt["cell"] for receipt in judge.checks.receipts] == [2]


def test_a_check_of_another_exercise_does_not_count(judge):
    judge.run(source_of(find("reset_gate").others[0], "reset_gate") + "\ncheck(reset_gate)", "update_gate")
    assert judge.checks.counting == {}
    judge.run(RIGHT + CHECK, "update_gate")
    assert judge.checks.counting["update_gate"].passed


@pytest.mark.parametrize(
    "name", [name for lesson, names in bank().items() for name in list(names)[:1] if lesson != LESSON]
)
def test_only_the_lessons_own_exercises_are_judged(judge, name, monkeypatch):
    """Whatever is right: what another lesson's judge would need is never imported for it."""
    monkeypatch.setattr(checking, "examine", lambda *args, **more: pytest.fail("it was judged"))
    wrong = f"def {name}(*args, **kwargs):\n    raise ValueError('no')\ncheck({name})"
    (verdict,), error = judge.run(wrong, "update_gate")
    assert f"`{name}` belongs to lesson" in verdict.headline and not verdict.passed
    assert type(error).__name__ == "CheckFailed"
    assert judge.checks.counting == {}


def test_a_check_within_a_check_breaks_the_protocol():
    """What checks are asked for while one is under way could wait in any number."""
    process = SubmissionProcess()
    forged = """
def update_gate(x, h, p):
    from grader.judge.guest import asking
    asking.channel().send("check", answer=None)
    return h
"""
    with pytest.raises(Malformed, match="a check within a check"):
        Judge(process).run(forged + CHECK)
    process.kill()


def test_what_a_check_keeps_of_results_is_bounded_and_counts_against_the_answer(monkeypatch):
    monkeypatch.setattr(judged, "MOST_KEPT", 1_000_000)
    process = SubmissionProcess()
    with pytest.raises(Malformed, match="too large to be kept"):
        Judge(process).run("def update_gate(x, h, p):\n    return np.zeros(100_000)" + CHECK)
    process.kill()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("check('update_gate')", "without quotes"),
        ("check(3)", "takes a function, but got int"),
        ("check(gru_ref.update_gate)", "the course's own function"),
        ("check(lambda x, h, p: x)", "a `lambda` has none"),
    ],
)
def test_a_check_of_what_is_no_answer_counts_as_failed(judge, source, says):
    (verdict,), error = judge.run(source, "update_gate")
    assert says in verdict.headline and judge.checks.counting == {"update_gate": verdict}
    assert not verdict.passed and str(error) == verdict.headline.replace("`", "")


def test_a_receipt_repeats_the_verdict(judge):
    (verdict,), _ = judge.run(HALF + CHECK, "update_gate", number=4)
    (receipt,) = judge.checks.receipts
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(HALF, namespace)
    again = examine(find("update_gate"), namespace["update_gate"], receipt["seed"])
    assert receipt["exercise"] == "update_gate" and again == verdict


def seeds(process, key, checks):
    """The seeds of checks made in these (cells, exercises that count there)."""
    judge, drawn = Judge(process, key=key), []
    keep = checking.examine
    checking.examine = lambda exercise, answer, cases: drawn.append(cases.seed) or keep(exercise, answer, cases=cases)
    try:
        for number in checks:
            judge.run(RIGHT + CHECK, number=number)
    finally:
        checking.examine = keep
    return drawn


def test_each_check_has_inputs_of_its_own_and_the_same_ones_again(process):
    first = seeds(process, KEY, [1, 1, 2])
    assert len(set(first)) == 3
    assert seeds(process, KEY, [1, 1, 2]) == first
    assert not set(seeds(process, b"another", [1, 1, 2])) & set(first)
    assert all(type(seed) is int and 0 <= seed < 2**64 for seed in first)


def test_checks_are_counted_but_the_one_for_the_mark_is_made(judge, monkeypatch):
    monkeypatch.setattr(checking, "MOST_CHECKS", 2)
    verdicts = [judge.run(RIGHT + CHECK)[0][0] for _ in range(3)]
    assert [v.passed for v in verdicts] == [True, True, False]
    assert "has already made 2 checks" in verdicts[2].headline
    assert judge.run(RIGHT + CHECK, "update_gate")[0][0].passed


# ------------------------------------------------------------------------------------------------------ what is told


def test_only_the_headline_is_told(judge, monkeypatch):
    told = []
    reply = judge.process.channel.reply
    monkeypatch.setattr(
        judge.process.channel, "reply", lambda m, t, **fields: told.append(fields) or reply(m, t, **fields)
    )
    (verdict,), _ = judge.run(HALF + CHECK)
    assert verdict.facts and verdict.body
    assert told == [{"passed": False, "headline": verdict.headline}]


def test_texts_of_the_answers_are_short_and_plain(judge):
    names = "{'\\x1b[31m' + 'k' * 90 + str(i): 1 for i in range(5000)}"
    (verdict,), _ = judge.run(f"def update_gate(x, h, p):\n    print('\\x1b[2J\\u202e')\n    return {names}" + CHECK)
    for text in [verdict.headline, *verdict.body, *verdict.notes, *(t for fact in verdict.facts for t in fact)]:
        assert len(text) <= checking.LONGEST_TEXT
        assert "\x1b" not in text and "\u202e" not in text
    assert "printed" in "".join(verdict.notes)


# -------------------------------------------------------------------------------------------------------- bad answers


def test_an_interrupted_check_has_failed_and_counts(judge):
    (verdict,), error = judge.run("def update_gate(x, h, p):\n    raise KeyboardInterrupt" + CHECK, "update_gate")
    assert (verdict.state, verdict.headline) == ("failed", "`update_gate` was interrupted while it was being checked")
    assert judge.checks.counting == {"update_gate": verdict} and isinstance(error, KeyboardInterrupt)
    assert judge.run(RIGHT + CHECK)[0][0].passed, "the channel is in step"


def test_an_answer_that_checks_itself_has_failed(judge):
    (verdict,), _ = judge.run("def update_gate(x, h, p):\n    check(update_gate)" + CHECK)
    assert "an answer cannot check itself" in verdict.body[0]
    assert judge.run(RIGHT + CHECK)[0][0].passed


def test_an_answer_that_ends_its_process_is_gone():
    judge = Judge(SubmissionProcess())
    with pytest.raises(Closed):
        judge.run("import os\ndef update_gate(x, h, p):\n    os._exit(0)" + CHECK, "update_gate")
    judge.process.close()


def test_an_answer_that_cannot_be_stopped_has_failed_and_its_process_is_to_be_ended(monkeypatch):
    monkeypatch.setattr(judged, "GRACE", 0.2)
    monkeypatch.setattr(find("update_gate"), "seconds", 0.05)
    judge = Judge(SubmissionProcess())
    with pytest.raises(Stuck) as raised:
        judge.run(
            "import itertools\ndef update_gate(x, h, p):\n    return sum(itertools.repeat(0))" + CHECK, "update_gate"
        )
    assert raised.value.verdict == judge.checks.counting["update_gate"]
    assert "did not finish within 0.05 seconds" in raised.value.verdict.headline
    judge.process.kill()


def test_what_the_judge_cannot_judge_has_failed(judge, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(diagnosis, "judge_result", broken)
    (verdict,), _ = judge.run(RIGHT + CHECK, "update_gate")
    assert verdict.headline == "`update_gate` returns something that cannot be checked"
    assert judge.checks.counting == {"update_gate": verdict}


@pytest.mark.parametrize(
    "fields",
    [{}, {"answer": None}, {"answer": {"kind": "function"}}, {"exercise": 3}, {"exercise": "x" * 1000}, {"exercise": ["x"]}],
    ids=repr,
)  # fmt: skip
def test_a_check_that_is_none_is_malformed(judge, fields):
    good = {"answer": fields_of(described(lambda x: x)), "exercise": None}
    with pytest.raises(Malformed):
        judge.checks.handle_check(
            Message("check", {**good, **fields} if fields else {}, 0), judge.process.channel, cell()
        )


@pytest.mark.parametrize(
    "value", ["2**80", "-2**1020", "2**5000", "'x' * 10**6", "[[]]", "{1: {2: 3}}", "1j", "Exception()"]
)
def test_odd_values_do_the_judge_no_harm(judge, value):
    (verdict,), _ = judge.run(f"def count_rnn_parameters(I, H):\n    return {value}\ncheck(count_rnn_parameters)")
    assert not verdict.passed and "cannot be checked" not in verdict.headline


class Hostile:
    """The other end of a channel, in a thread, which replies to everything by chance."""

    def __init__(self, seed, good=None):
        ours, theirs = socket.socketpair()
        self.channel, self.chance = Channel(ours), random.Random(seed)
        self.good = self.chance.choice([0, 0.8, 0.95]) if good is None else good  # so many of its outcomes are outcomes
        self.thread = threading.Thread(target=self.run, args=(Channel(theirs),))
        self.thread.start()

    def run(self, there):
        there._thread = threading.get_ident()
        kinds = ["check", "call", "ask", "callback", "output", "executed", "verdict"]
        names = ["answer", "name", "args", "kwargs", "function", "value", "error", "exercise", "seconds", "place"]
        good = {"value": encode(np.zeros((3, 4))), "error": None, "place": None, "warned": [], "printed": ""}
        good |= {"printed_characters": 0, "changed": [], "refused": False, "outside": [], "seconds": 0.1}

        def anything():
            return self.chance.choice(
                [None, True, -1, 1e9, "x", b"y", (), {"a": 1}, np.ones(3), ValueError("z"), len, [1, "2"]]
            )

        def outcome(fields):
            if self.chance.random() < self.good:
                return good
            for _ in range(self.chance.randrange(4)):
                things = {name: anything() for name in self.chance.sample(names, 3)}
                there._send(self.chance.choice(kinds), self.chance.choice([None, 1, 7]), None, things)
            if self.chance.random() < 0.1:
                raise self.chance.choice([ValueError, KeyboardInterrupt, TimeoutError])("x")
            changed = {name: anything() for name in self.chance.sample(sorted(good), self.chance.randrange(3))}
            return {**good, **changed}

        def outcomes(fields):
            calls = len(fields["arguments"])
            for _ in range(calls if self.chance.random() < self.good else self.chance.randrange(calls + 2)):
                there.send("outcome", **outcome(fields))
            return {}

        there.serve |= {"call": outcome, "calls": outcomes}
        with contextlib.suppress(Closed, KeyboardInterrupt, TimeoutError), contextlib.closing(there):
            while True:
                there.receive(5)

    def close(self):
        self.channel.close()
        self.thread.join()


def check_hostile(seed, monkeypatch, **more):
    """The Verdict on an answer whose process replies by chance."""
    monkeypatch.setattr(judged, "GRACE", 0.2)
    monkeypatch.setattr(find("update_gate"), "seconds", 0.5)
    hostile, checks = Hostile(seed, **more), Checks(LESSON, KEY)
    checks.attend(hostile.channel)
    hostile.channel.serve["output"] = lambda fields: None
    message = Message("check", {"answer": fields_of(described(update_gate)), "exercise": None}, 0)
    try:
        return checks.handle_check(message, hostile.channel, cell("update_gate"))
    finally:
        hostile.close()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_replied_to_the_judge_it_goes_on(seed, monkeypatch):
    with contextlib.suppress(Closed, Malformed, Stuck):
        assert not check_hostile(seed, monkeypatch).passed


def test_without_chance_the_same_replies_are_outcomes_that_are_judged(monkeypatch):
    assert "returns array (3, 4) float64" in check_hostile(0, monkeypatch, good=1).headline


def update_gate(x, h, p):
    """Described, and never called."""


# ------------------------------------------------------------------------------------------------------- what is asked

GATE = "gru_ref.gates.gate"
ASKS = f"def update_gate(x, h, p):\n    return ask({GATE!r}, (x, h, p.W_iz, p.W_hz), {{'b_i': p.b_iz, 'b_h': p.b_hz}})"


def test_an_answer_may_ask_for_what_the_known_answers_use(judge):
    # Not judged yet: `gate` may have been moved behind.
    assert judge.run(ASKS + CHECK, "update_gate")[0][0].passed


def test_what_answers_an_exercise_may_be_asked_only_once_that_is_judged(judge):
    table = "table = {(i, H): ask('gru_ref.gru.count_gru_parameters', (i, H, 1), {}) for i in range(1, 9) for H in range(1, 9)}"
    judge.checks.lesson = "05_gru_cell"
    judge.checks.closed = {"gru_step", "init_gru"}
    error = judge.run(table)[1]
    assert "not available before `count_gru_parameters` has been checked" in str(error)
    judge.checks.closed = {"count_gru_parameters"}
    assert judge.run(table)[1] is None


def test_what_a_later_exercise_does_not_use_may_not_be_asked_in_its_check_either(process):
    judge = Judge(process, "12_gru_vs_lstm")
    asks = "def compare(a, b):\n    return ask('gru_ref.comparison.match_budget', (2, 100), {})"
    (verdict,), _ = judge.run(asks + CHECK.replace("update_gate", "compare"))
    assert "not available before `match_budget` has been checked" in verdict.body[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gru_ref.gates.update_gate", "this is the one that the exercise asks you to write"),
        ("gru_ref.gru.gru_step", "gru_ref.gru_step is not available while lesson 03 is graded"),
    ],
)
def test_an_answer_may_not_ask_for_what_answers_the_exercise(judge, name, words):
    (verdict,), _ = judge.run(f"def update_gate(x, h, p):\n    return ask({name!r}, (x, h, p), {{}})" + CHECK)
    assert verdict.stage == "runs" and words in verdict.body[0]


def test_the_hidden_functions_of_an_exercise_are_as_far_as_its_reference(process):
    judge = Judge(process, "08_backpropagation")
    name = "gru_ref.backward.gru_backward"
    (verdict,), _ = judge.run(f"def gru_step_backward(dh, cache, p):\n    return ask({name!r}, (dh, [cache], p), {{}})\ncheck(gru_step_backward)")  # fmt: skip
    assert "this is the one that the exercise asks you to write" in verdict.body[0]


def test_pytorchs_own_classes_are_no_answer(process):
    pytest.importorskip("torch")
    judge = Judge(process, "11_pytorch")
    (verdict,), _ = judge.run("import torch\n\n\nclass GRUCell(torch.nn.GRUCell):\n    pass\n\n\ncheck(GRUCell)")
    assert "this is the one that the exercise asks you to write" in verdict.body[0]


def test_where_properties_alone_decide_an_answer_must_not_leave_them_empty(process):
    """The first calls are judged by their form, and of nothing at all each property would hold."""
    source = """
calls = []


def orthogonal(H, gain, rng):
    calls.append(H)
    return np.eye(H) if len(calls) < 5 else np.zeros((0, 0))
"""
    (verdict,), _ = Judge(process, "02_vanishing").run(source + "\n\ncheck(orthogonal)")
    assert (verdict.state, verdict.stage) == ("failed", "kind and shape")


def test_outside_a_check_a_cell_may_ask_for_what_the_lesson_uses(judge):
    assert judge.run("assert ask('gru_ref.gates.sigmoid', (np.zeros(2),), {}).tolist() == [0.5, 0.5]")[1] is None
    error = judge.run("ask('gru_ref.gru.gru_step', (1, 2, 3), {})")[1]
    assert isinstance(error, PermissionError) and "lesson 03 is graded" in str(error)
    with pytest.raises(Malformed):
        judge.checks.handle_ask({"question": encode(("os.system", ("true",), {}))})


@pytest.mark.parametrize("lesson", bank())
def test_no_answer_may_ask_for_its_reference(process, lesson):
    judge = Judge(process, lesson)
    for exercise in bank()[lesson].values():
        judge.checks._checked = exercise
        for fn in (exercise.reference, *exercise.hidden):
            with pytest.raises((PermissionError, Malformed)):
                judge.checks._askable(checking.full_name(fn))


def test_errors_of_what_was_asked_are_raised_in_the_same_words(judge):
    error = judge.run("ask('gru_ref.init.init_gru', (2, -3, np.random.default_rng(0)), {})")[1]
    assert (type(error), str(error)) == (ValueError, "H is -3, but should be an integer of at least 1")


def test_what_was_asked_may_print_draw_and_call_back(process):
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    source = (
        "rng = np.random.default_rng(3)\n"
        "start = rng.bit_generator.state\n"
        "seen = []\n"
        "def f(a):\n"
        "    seen.append(ask('gru_ref.backward.numerical_gradient', (lambda b: float(b @ b), a), {}))\n"
        "    return float((a**2).sum())\n"
        "g = ask('gru_ref.backward.numerical_gradient', (f, np.ones(2)), {})\n"
        "assert np.allclose(g, 2) and len(seen) == 4 and np.allclose(seen, 2, rtol=1e-3)\n"
    )
    assert judge.run(source)[1] is None


def test_an_error_in_a_function_of_the_submission_comes_back(process):
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    error = judge.run("ask('gru_ref.backward.numerical_gradient', (lambda a: 1 / 0, np.ones(2)), {})")[1]
    assert (type(error), str(error)) == (ZeroDivisionError, "division by zero")


def test_what_was_asked_has_limits(judge, monkeypatch):
    monkeypatch.setattr(checking, "ASK_SECONDS", 0.2)

    def endless(x):
        while True:
            pass

    def greedy(x):
        return np.zeros(10**9)

    for function, kind in ((endless, TimeoutError), (greedy, MemoryError)):
        monkeypatch.setattr(judge.checks, "_askable", lambda name, function=function: function)
        with in_bounds():
            error = judge.run("ask('gru_ref.gates.sigmoid', (np.full(2, 0.346),), {})")[1]
        assert isinstance(error, kind), error
    monkeypatch.undo()
    judge.run("ask('gru_ref.gates.sigmoid', (np.zeros(2),), {})")


@pytest.mark.parametrize("kind", [ImportError, ModuleNotFoundError, SystemError])
def test_a_library_that_fails_here_is_the_judges_fault_and_one_that_fails_there_is_not(monkeypatch, kind):
    def broken(x):
        raise kind("half way")

    process = SubmissionProcess()
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    lent = (
        f"def f(a):\n    raise {kind.__name__}('no')\nask('gru_ref.backward.numerical_gradient', (f, np.ones(2)), {{}})"
    )
    assert type(judge.run(lent)[1]) is kind
    monkeypatch.setattr(judge.checks, "_askable", lambda name: broken)
    with pytest.raises(GraderFault, match="half way"):
        judge.run("ask('gru_ref.gates.sigmoid', (np.full(2, 0.347),), {})")
    process.kill()


def test_who_never_comes_back_from_a_callback_is_left_there(process, monkeypatch):
    """The judge waits for the submission's function within what it was asked: no longer than it would compute."""
    monkeypatch.setattr(checking, "ASK_SECONDS", 0.3)
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    source = (
        "import time\nask('gru_ref.backward.numerical_gradient', (lambda a: time.sleep(0.6) or 0.0, np.ones(2)), {})"
    )
    assert isinstance(judge.run(source)[1], TimeoutError)
    assert judge.run("x = 1")[1] is None


GOOD = ("gru_ref.gates.sigmoid", (np.zeros(2),), {})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"question": None},
        {"question": b""},
        {"question": encode(GOOD) + b"1"},
        {"question": encode(list(GOOD))},
        {"question": encode(GOOD[:2])},
        {"question": encode((3, *GOOD[1:]))},
        {"question": encode((["x"], *GOOD[1:]))},
        {"question": encode((GOOD[0], [1], {}))},
        {"question": encode((GOOD[0], None, {}))},
        {"question": encode((GOOD[0], (1,), ()))},
        {"question": encode(("gru_ref.nothing", (1,), {}))},
    ],
    ids=repr,
)
def test_a_question_that_is_none_is_malformed(judge, fields):
    with pytest.raises(Malformed):
        judge.checks.handle_ask(fields)
    assert judge.checks.handle_ask({"question": encode(GOOD)})["answer"]


def test_what_was_asked_before_is_not_computed_again(judge, monkeypatch):
    calls = []
    function = judge.checks._askable(GOOD[0])
    monkeypatch.setattr(judge.checks, "_askable", lambda name: lambda *args: calls.append(args) or function(*args))
    source = (
        "assert [ask('gru_ref.gates.sigmoid', (np.full(2, 0.{0}),), {{}})[0] for _ in range(3)] "
        "== 3 * [1 / (1 + np.exp(-0.{0}))]"
    )
    assert judge.run(source.format(347))[1] is None and len(calls) == 1
    assert judge.run(source.format(348))[1] is None and len(calls) == 2


def test_what_was_asked_before_must_still_be_allowed(process):
    judge = Judge(process, "12_gru_vs_lstm")
    ask = "ask('gru_ref.comparison.match_budget', (2, 100), {})"
    judge.checks.closed = {"count_gru_parameters", "match_budget"}
    assert judge.run(ask)[1] is None
    judge.checks.closed = {"count_gru_parameters"}
    assert isinstance(judge.run(ask)[1], PermissionError)


def test_what_hands_functions_over_is_computed_each_time(process):
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    slope_of = "ask('gru_ref.backward.numerical_gradient', (lambda a: {} * float(a[0]), np.ones(1)), {{}})"
    source = f"assert {slope_of}.round() == {{}}"
    for slope in (3, 4):
        assert judge.run(source.format(slope, slope))[1] is None


def test_a_check_leaves_no_function_lent(process):
    judge = Judge(process, "08_backpropagation")
    judge.checks.closed = set(bank()[judge.checks.lesson])
    right = source_of(find("numerical_gradient").others[0], "numerical_gradient")
    (verdict,), _ = judge.run(right + "\ncheck(numerical_gradient)")
    assert verdict.passed
    assert not judge.process.channel._lent
