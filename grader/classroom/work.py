"""One hand-in as work for a worker, on this machine or another: what goes there, and what comes back."""

from dataclasses import dataclass, field

import nbformat

from grader.classroom.lessons import Lesson
from grader.limits import Limits


@dataclass(frozen=True)
class Job:
    """Everything needed to grade one hand-in; nothing on disk is read.

    `notebook` is the file handed in (None if there was none), `name` what it was called, `files` those beside it, by
    relative path. `run_key` is the root of all its seeds.
    """

    student: str
    lesson: Lesson
    notebook: bytes | None
    name: str
    files: dict[str, bytes]
    run_key: bytes
    limits: Limits
    sandbox: bool = True


@dataclass(frozen=True)
class Judged:
    """What became of it: a named state with its reasons, the executed notebook, a verdict for each exercise.

    `own_tests` are the grade_ids of test cells that are not the course's but the instructor's.
    """

    state: str
    reasons: tuple[str, ...]
    notebook: nbformat.NotebookNode
    verdicts: dict = field(default_factory=dict)
    own_tests: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
