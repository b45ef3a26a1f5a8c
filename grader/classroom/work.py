"""One hand-in as work for a worker, on this machine or another: what goes there, what is done, and what comes back."""

import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.utils import determine_grade, is_grade

from grader.classroom import notebooks, running
from grader.classroom.lessons import Lesson, lesson_of
from grader.classroom.notebooks import grade_id
from grader.classroom.repair import repair
from grader.limits import Limits


@dataclass(frozen=True)
class Job:
    """Everything needed to grade one hand-in; nothing on disk is read.

    `notebook` is the file handed in (None if there was none), `name` what it was called, `files` those beside it, by
    relative path. `known` are the grade_ids of each lesson of the course. `run_key` is the root of all its seeds.
    """

    student: str
    lesson: Lesson
    known: dict[str, set[str]]
    notebook: bytes | None
    name: str
    files: dict[str, bytes]
    run_key: bytes
    limits: Limits
    sandbox: bool = True
    partial_credit: bool = False


@dataclass(frozen=True)
class Judged:
    """What became of it: a named state with its reasons, the executed notebook, a verdict for each exercise.

    `scores` are the points of the cells that are graded automatically, by grade_id. `own_tests` are those of them that
    are not the course's but the instructor's.
    """

    state: str
    reasons: tuple[str, ...]
    notebook: nbformat.NotebookNode
    verdicts: dict = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    own_tests: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """No judgement, by a fault of the grader: the reason in a sentence, and a report for whoever mends it."""

    reason: str
    report: str = ""


def attempt(job):
    """Judge a job; whatever happens here, a Judged or a Failed comes back."""
    try:
        return judge(job)
    except Exception as e:
        return failure(e)


def failure(error):
    """The Failed for an exception."""
    report = "".join(traceback.format_exception(error))
    return Failed(f"the grader failed: {report.strip().splitlines()[-1][:200]}", report)


def judge(job):
    """Judge a job.

    Returns
    -------
    judged : Judged; of the same job always the same one but for its times, whichever worker does it
    """
    started = time.monotonic()

    def not_graded(state, reason):
        notebook = running.not_executed(job.lesson.pristine, reason)
        return Judged(state, (reason,), notebook, scores=_scores(notebook))

    if job.notebook is None:
        names = ", ".join(job.files) or "nothing at all"
        return not_graded("missing notebook", f"there is no notebook in the hand-in, but {names}")
    try:
        notebook = notebooks.parse_notebook(job.notebook)
    except notebooks.Unreadable as e:
        return not_graded("unreadable", str(e))
    belongs = lesson_of(notebooks.grade_ids(notebook), job.known)
    if belongs not in (None, job.lesson.name):
        return not_graded(
            "wrong lesson", f"it was handed in as {job.lesson.name}, but its cells are those of {belongs}"
        )
    repaired = repair(notebook, job.lesson.pristine)
    if belongs is None and repaired.blank:
        return not_graded("wrong lesson", f"nothing in the notebook belongs to {job.lesson.name}")
    run = _run(job, repaired.notebook)
    state, reasons = run.state, [run.reason, *repaired.changes]
    if run.state == "finished" and repaired.blank:
        state, reasons = "blank", ["no answer was given", *reasons]
    elif run.state == "finished":
        state = "repaired" if repaired.changes else "graded"
    seconds = round(time.monotonic() - started, 2)
    verdicts = running.verdicts(run.notebook)
    return Judged(state, tuple(filter(None, reasons)), run.notebook, verdicts, _scores(run.notebook), seconds=seconds)


def _scores(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and is_grade(cell)]
    return {grade_id(cell): determine_grade(cell)[0] for cell in cells}


def sandbox_problem():
    """Why there can be no sandbox on this machine, in words with the way out, or None."""
    return None


def put_away():
    """End what was kept ready for further jobs."""


def _run(job, notebook):
    with tempfile.TemporaryDirectory(prefix="gru-course-") as folder:
        for name, data in job.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return running.run_hand_in(notebook, {Path(name): Path(folder, name) for name in job.files}, job.limits)
