"""One submission as work for a worker, on this machine or another: what goes there, and what comes back."""

import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.base.limits import Limits

if TYPE_CHECKING:  # a worker is started by those who need not wait for this
    from grader.classroom.assignment import Assignment


@dataclass(frozen=True)
class Job:
    """Everything needed to grade one submission; nothing on disk is read.

    `notebook` is the file handed in (None if there was none), `name` what it was called, `files` those beside it, by
    relative path. `known` are the grade_ids of each lesson of the course. `run_key` is the root of all its seeds. `note`
    is what was odd about the files, `problem` why there is no notebook, where something could not be read.
    """

    student: str
    lesson: "Assignment"
    known: dict[str, set[str]]
    notebook: bytes | None
    name: str
    files: dict[str, bytes]
    run_key: bytes
    limits: Limits
    sandbox: bool = True
    partial_credit: bool = False
    note: str = ""
    problem: str = ""


@dataclass(frozen=True)
class WarmUp:
    """What a worker is told before its first Job, so that it can get ready for it: the lesson's name, and as in the Job."""

    lesson: str
    limits: Limits
    sandbox: bool


@dataclass(frozen=True)
class Judged:
    """What became of it: a named state with its reason, the executed notebook as a file, a verdict for each exercise.

    `scores` are the points of the cells that are graded automatically, by grade_id. `own_tests` are those of them that
    are not the course's but the instructor's.
    """

    state: str
    reason: str
    notebook: bytes
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


def failure(error):
    """The Failed for an exception."""
    report = "".join(traceback.format_exception(error))
    return Failed(f"the grader failed: {report.strip().splitlines()[-1][:200]}", report)
