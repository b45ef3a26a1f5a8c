"""The package that a submission imports as `grader` while it is graded: the same names, without any answers."""

from grader.base.quick import steps
from grader.judge.guest.client import (
    check,
    chorale_explorer,
    gate_explorer,
    hint,
    outcome,
    own,
    predict,
    progress,
    show,
    solution,
    text_explorer,
)

__all__ = [
    "check",
    "chorale_explorer",
    "gate_explorer",
    "hint",
    "outcome",
    "own",
    "predict",
    "progress",
    "show",
    "solution",
    "steps",
    "text_explorer",
]
