"""What a worker does with a job."""

import collections
import contextlib
import json
import re
import tempfile
import time
from dataclasses import replace

import nbformat

from grader.classroom.jobs import Judged, failure
from grader.classroom.lesson import lesson_of
from grader.classroom.notebooks import Unreadable, grade_id, grade_ids, parse_notebook
from grader.classroom.partial import share
from grader.classroom.repair import repair
from grader.judge.checks import Checks
from grader.judge.image import build_image, preload
from grader.judge.marking import is_test
from grader.judge.sandbox import SandboxError, Warm, WarmDied
from grader.judge.session import not_executed, run_session

MOST_WARM = 2  # lessons, whose warm processes a worker keeps


def attempt(job):
    """Judge a job; whatever happens here, a Judged or a Failed comes back."""
    try:
        return judge(job)
    except Exception as e:
        return failure(e)


def judge(job):
    """Judge a job.

    Returns
    -------
    judged : Judged; for the same job always the same, whichever worker does it, but for the times

    Raises
    ------
    SandboxError
        If there can be no sandbox.
    """
    started = time.monotonic()
    judged = _judge(job)
    return replace(judged, seconds=round(time.monotonic() - started, 2))


def _judge(job):
    if job.problem:
        return _not_graded(job, "unreadable", job.problem)
    if job.notebook is None:
        names = ", ".join(job.files) or "nothing at all"
        return _not_graded(job, "missing notebook", f"there is no notebook in the hand-in, but {names}")
    try:
        notebook = parse_notebook(job.notebook)
    except Unreadable as e:
        return _not_graded(job, "unreadable", str(e))
    belongs, name = lesson_of(grade_ids(notebook), job.known), job.lesson.name
    if belongs not in (None, name):
        return _not_graded(job, "wrong lesson", f"it was handed in as {name}, but its cells are those of {belongs}")
    repaired = repair(notebook, job.lesson.pristine)
    if belongs is None and repaired.blank:
        return _not_graded(job, "wrong lesson", f"nothing in the notebook belongs to {name}")
    executed = _execute(job, job.lesson.with_hidden_tests(repaired.notebook))
    state, reasons = executed.state, (executed.reason, *repaired.changes)
    if state == "finished" and repaired.blank:
        state, reasons = "blank", ("no answer was given", *reasons)
    elif state == "finished":
        state = "repaired" if repaired.changes else "graded"
    return _judged(
        job, state, reasons, executed.notebook, verdicts=executed.verdicts, scores=_scores(job, executed),
        own_tests=tuple(executed.own_tests), cpu_seconds=round(executed.cpu_seconds, 2),
    )  # fmt: skip


def _not_graded(job, state, reason):
    notebook = not_executed(job.lesson.pristine, reason)
    scores = {grade_id(cell): 0.0 for cell in filter(is_test, notebook.cells)}
    return _judged(job, state, (reason,), notebook, scores=scores)


def _judged(job, state, reasons, notebook, **found):
    """The Judged; its notebook begins with what is to be said about the hand-in, and has the rubrics for the marker."""
    reason = "; ".join(filter(None, (*reasons, job.note)))
    notebook = job.lesson.with_rubrics(notebook)
    if reason:
        plain = re.sub(
            r"[\\`*_\[\]<>&$~|]", lambda m: f"&#{ord(m[0])};", reason
        )  # it may quote the learner's file names
        about = nbformat.v4.new_markdown_cell(f"**About this hand-in: {state}.** {plain}.", id="about-this-hand-in")
        notebook.cells.insert(0, about)
    return Judged(state, reason, json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace"), **found)


def _execute(job, notebook):
    """Run the session; once more with a fresh warm process if something ended that of this lesson."""
    try:
        return _session(job, notebook)
    except (SandboxError, WarmDied):
        _warm.drop(_place(job))
        return _session(job, notebook)


def _session(job, notebook):
    checks = Checks(job.lesson.name, job.run_key)
    return run_session(notebook, job.files, checks, _warm.get(_place(job)), job.limits)


def _scores(job, executed):
    scores = dict(executed.own_tests)
    for cell in filter(is_test, executed.notebook.cells):
        verdict = executed.verdicts.get(grade_id(cell).removeprefix("check_"))
        if verdict and grade_id(cell) not in scores:
            part = share(verdict) if job.partial_credit else verdict["state"] == "passed"
            scores[grade_id(cell)] = round(part * cell.metadata.nbgrader.points, 2)
    return scores


def warm_up(wanted):
    """Get ready for hand-ins of a lesson: a WarmUp. Whatever is in the way, the first job will tell."""
    with contextlib.suppress(Exception):
        _warm.get((wanted.lesson, wanted.limits, wanted.sandbox))


def put_away():
    """End what was kept ready for further jobs."""
    _warm.clear()


def _place(job):
    return job.lesson.name, job.limits, job.sandbox


class _WarmProcesses:
    """The warm processes of this worker: those of the lessons that were used last, each on an image of its own."""

    def __init__(self):
        self._kept = collections.OrderedDict()

    def get(self, place):
        """The warm process for a lesson, limits and a sandbox or not; started if there is none."""
        if place not in self._kept:
            while len(self._kept) >= MOST_WARM:
                self.drop(next(iter(self._kept)))
            lesson, limits, sandbox = place
            with contextlib.ExitStack() as stack:
                image = stack.enter_context(tempfile.TemporaryDirectory(prefix="gru-course-image-"))
                build_image(lesson, image)
                warm = stack.enter_context(Warm(image, preload(lesson), limits, sandbox))
                self._kept[place] = warm, stack.pop_all()
        self._kept.move_to_end(place)
        return self._kept[place][0]

    def drop(self, place):
        """End one, if there is one, and remove its image."""
        if kept := self._kept.pop(place, None):
            kept[1].close()

    def clear(self):
        """End all."""
        while self._kept:
            self.drop(next(iter(self._kept)))


_warm = _WarmProcesses()
