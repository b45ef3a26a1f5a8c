"""One submission as a job for a worker, on this machine or another: what is sent there, and what comes back."""

import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.base.limits import Limits

if TYPE_CHECKING:  # the process that starts workers need not wait for this import
    from grader.classroom.assignment import Assignment

READY = b"ready"  # what a worker's process says as soon as it can take jobs


@dataclass(frozen=True)
class Job:
    """Everything needed to grade one submission; nothing on disk is read.

    `notebook` is the submitted file (None if there was none), `name` its name, `files` the other files, by relative path.
    `known` holds the grade_ids of each lesson of the course. `run_key` is the root of all its seeds. `note` says what was
    unusual about the files, `problem` why there is no notebook, if something could not be read.
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
    """The result: a named state with its reason, the executed notebook as a file, a verdict for each exercise.

    `scores` holds the points of the automatically graded cells, by grade_id. `own_tests` holds those among them that are
    the instructor's and not the course's. `shown` is what `shown_answers` makes of the answers; None if nobody has done that yet.
    """

    state: str
    reason: str
    notebook: bytes
    verdicts: dict = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    own_tests: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    shown: dict[str, str] | None = None


@dataclass(frozen=True)
class Failed:
    """No result, because the grader failed: the reason in a sentence, and a report for whoever fixes it."""

    reason: str
    report: str = ""


def failure(error):
    """The Failed for an exception."""
    report = "".join(traceback.format_exception(error))
    return Failed(f"the grader failed: {report.strip().splitlines()[-1][:200]}", report)
