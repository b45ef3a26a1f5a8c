"""If the course's own code fails during a job, the worker tries again, and makes up no mark."""

import contextlib
import os
import signal
import subprocess
import sys

import nbformat
import pytest

from grader.base.errors import GraderFault
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.checking.cases import prepare
from grader.classroom import attempts, judging
from grader.classroom.assignment import Assignment
from grader.classroom.jobs import Failed, Job, Judged, WarmUp
from grader.exercises import bank
from grader.judge import sandbox, selfcheck
from grader.judge.sandbox import WarmDied
from tests.support.attempting import attempt


@pytest.fixture
def taken(monkeypatch, tmp_path):
    """Lessons are taken at once, and `judge` may be anything: a function of a job and of the number of the attempt."""
    dropped = []
    monkeypatch.setattr(attempts._lessons, "using", lambda *place: contextlib.nullcontext())
    monkeypatch.setattr(attempts._lessons, "drop", lambda place, ready: dropped.append(place))
    marks = tmp_path / "attempts"

    def judging(judge):
        def counted(job, warm):
            with marks.open("a") as file:
                file.write("x")
            return judge(len(marks.read_text()))

        monkeypatch.setattr(attempts, "judge", counted)
        found = attempt(
            Job("Ada", Assignment("03_gates", nbformat.v4.new_notebook(), {}, "b"), {}, None, "", {}, b"", Limits())
        )
        return found, len(marks.read_text()) if marks.exists() else 0, dropped

    return judging


GRADED = Judged("graded", "", b"{}", {"gate": {"state": "passed", "mistake": None}}, {"check_gate": 2.0}, ("own",), 0.1)


def raising(error):
    raise error


def test_what_was_found_comes_back_whole(taken):
    assert taken(lambda attempt: GRADED) == (GRADED, 1, [])


@pytest.mark.parametrize("error", [GraderFault("no"), MemoryError("no room"), ImportError("half way"), OSError("gone")])
def test_a_fault_of_the_grader_is_tried_once_more_and_then_said_to_have_failed(taken, error):
    found, attempts, _ = taken(lambda attempt: raising(error))
    assert isinstance(found, Failed) and type(error).__name__ in found.reason and "Traceback" in found.report
    assert attempts == 2


def test_a_fault_that_does_not_come_back_costs_nothing(taken):
    assert taken(lambda attempt: GRADED if attempt > 1 else raising(MemoryError()))[:2] == (GRADED, 2)


def test_a_warm_process_that_died_is_replaced(taken):
    found, attempts, dropped = taken(lambda attempt: GRADED if attempt > 1 else raising(WarmDied("killed")))
    assert (found, attempts, len(dropped)) == (GRADED, 2, 1)


@pytest.mark.parametrize("end", [lambda: os._exit(7), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_judge_whose_process_ends_is_replaced_once(taken, end):
    assert taken(lambda attempt: GRADED if attempt > 1 else end())[:2] == (GRADED, 2)
    found, *_ = taken(lambda attempt: end())
    assert isinstance(found, Failed) and "the process that judged it ended" in found.reason


def test_a_lesson_that_cannot_be_judged_here_is_said_and_judges_nobody(monkeypatch):
    def broken(lesson):
        raise GraderFault("the judge of `gate` does not work")

    monkeypatch.setattr(attempts, "_lessons", attempts._Lessons())
    monkeypatch.setattr(attempts, "check_exercises", broken)
    monkeypatch.setattr(attempts, "judge", lambda job, warm: GRADED)
    lesson = Assignment("03_gates", nbformat.v4.new_notebook(), {}, "b")
    found = attempt(Job("Ada", lesson, {}, None, "", {}, b"", Limits(), sandbox=False))
    assert isinstance(found, Failed) and "the judge of `gate` does not work" in found.reason


# ------------------------------------------------------------------------------------------------------- the self-check


# A third of them is tried by `make test`, all by `make system`; test_bank tries each exercise in more ways.
@pytest.mark.parametrize(
    "lesson",
    [pytest.param(name, marks=[pytest.mark.system] if number % 3 else []) for number, name in enumerate(bank())],
)
def test_judges_know_right_from_wrong(lesson):
    selfcheck.check_exercises(lesson)


@pytest.mark.parametrize(
    ("passes", "told"),
    [
        ((False, False, False), "its own reference is wrong"),
        ((True, True, False), "refuses everything is right"),
        ((True, False, True), "returns nothing is right"),
    ],
)
def test_a_judge_that_does_not_is_found_out(monkeypatch, passes, told):
    given = iter(passes)

    class Found:
        @property
        def passed(self):
            return next(given)

    monkeypatch.setattr(selfcheck, "examine", lambda *args, **how: Found())
    with pytest.raises(GraderFault, match=told):
        selfcheck.check_exercises("03_gates")


@pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))
def test_a_rehearsal_that_does_not_pass_is_found_out(monkeypatch):
    solved = selfcheck.source("03_gates").notebook()
    cell = next(c for c in solved.cells if c.source.startswith("def update_gate"))
    cell.source = cell.source.replace("p.W_iz", "p.W_ir")
    monkeypatch.setattr(selfcheck, "source", lambda lesson: type("Source", (), {"notebook": lambda self: solved})())
    with pytest.raises(GraderFault, match="the course's own solution of 03_gates does not pass here: `update_gate`"):
        attempts._Lessons()._made("03_gates", Limits(), True)  # not the process's own, which may have it already


IMPORTS = """
import asyncio
import sys
from grader.checking.cases import own_outcome, prepare
from grader.classroom.fresh_process import in_fresh_process
from grader.checking.diagnosis import examine
from grader.exercises.exercise import source_of
from grader.exercises import bank
from grader.judge.selfcheck import check_exercises

def imported_after_the_self_check(lesson):
    check_exercises(lesson)
    before = set(sys.modules)
    for exercise in bank()[lesson].values():
        examine(exercise, lambda *a, **k: 1.0, naming=False)
        args = prepare(exercise, 1).arguments[0]
        for mistake in exercise.mistakes.values():
            if lesson >= "11" or "import" in mistake.source:
                own_outcome(exercise, mistake.fn, args)
    return sorted(set(sys.modules) - before)

async def imported_late():
    return {lesson: new for lesson in bank() if (new := await in_fresh_process(imported_after_the_self_check, lesson))}

print(asyncio.run(imported_late()))
"""


WHOLE = """
import asyncio, sys
from grader.classroom import attempts
from grader.classroom.fresh_process import in_fresh_process
from grader.classroom.judging import judge
from tests.support.witnesses import job

def imported(wanted, ready):
    before = set(sys.modules)
    state = judge(wanted, ready).state
    return state, sorted(set(sys.modules) - before)

wanted = job("03_gates", True, sandbox=False)
attempts._read_once(wanted.lesson)
with attempts._lessons.using(*attempts._place(wanted)) as ready:
    print(*asyncio.run(in_fresh_process(imported, wanted, ready)))
attempts.put_away()
"""


@pytest.mark.system
def test_a_submissions_own_process_imports_nothing():
    """Each of them would import it again."""
    done = subprocess.run([sys.executable, "-c", WHOLE], cwd=course_root(), capture_output=True, text=True)
    assert done.stdout == "repaired []\n", done.stdout + done.stderr


def test_a_lesson_that_cannot_be_read_beforehand_is_judged_all_the_same(taken, monkeypatch):
    monkeypatch.setattr(attempts, "_read", set())
    monkeypatch.setattr(attempts, "get_ready", lambda lesson: raising(ValueError("no")))
    assert taken(lambda attempt: GRADED) == (GRADED, 1, [])


@pytest.mark.system
def test_after_the_self_check_judging_imports_nothing():
    """Else an import could happen while a submission's limits hold, and end half way."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.stdout == "{}\n", done.stdout + done.stderr


def test_what_a_verdict_is_reached_with_is_known_before_the_submission_is_read(monkeypatch):
    order = []
    monkeypatch.setattr(
        judging, "parse_notebook", lambda data: order.append("read") or raising(judging.Unreadable("no"))
    )
    monkeypatch.setattr("grader.judge.checks.prepare", lambda *given: order.append("prepared") or prepare(*given))
    lesson = Assignment("03_gates", nbformat.v4.new_notebook(), {}, "b")
    found = judging.judge(Job("Ada", lesson, {}, b"{}", "", {}, b"key", Limits()), None)
    assert found.state == "unreadable"
    assert order == ["prepared"] * len(bank()["03_gates"]) + ["read"]


def test_getting_ready_says_nothing(monkeypatch):
    monkeypatch.setattr(attempts._lessons, "_made", lambda *place: raising(GraderFault("no")))
    attempts.warm_up(WarmUp("03_gates", Limits(), True))


class Kept:
    """What stands for a lesson that is ready, and notes in a list when it is ended."""

    def __init__(self, place, closed):
        self.kept = attempts._Kept(place, lambda: closed.append(place))


def test_a_lesson_in_use_is_kept_and_the_longest_unused_one_ends(monkeypatch):
    closed, lessons = [], attempts._Lessons()
    monkeypatch.setattr(lessons, "_made", lambda *place: Kept(place[0], closed).kept)
    monkeypatch.setattr(attempts, "MOST_WARM", 2)
    with lessons.using("a", 1, True) as first:
        for lesson in "bcd":
            with lessons.using(lesson, 1, True):
                pass
        assert first == "a" and closed == ["b", "c"]
    with lessons.using("e", 1, True):
        assert closed == ["b", "c", "a"]
    lessons.clear()
    assert closed == ["b", "c", "a", "e", "d"]


def test_only_the_warm_process_that_died_is_dropped_and_not_the_one_that_replaced_it(monkeypatch):
    closed, lessons, made = [], attempts._Lessons(), iter(["first", "second"])
    monkeypatch.setattr(lessons, "_made", lambda *place: Kept(next(made), closed).kept)
    with lessons.using("a", 1, True) as old, lessons.using("a", 1, True) as same:
        lessons.drop(("a", 1, True), old)
        with lessons.using("a", 1, True) as new:
            lessons.drop(("a", 1, True), same)
            assert (old, same, new, closed) == ("first", "first", "second", ["first"])
