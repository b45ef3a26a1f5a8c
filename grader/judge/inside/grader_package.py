"""What a submission imports as `grader` while it is graded: the same names, and nothing that knows an answer."""

from grader.judge.inside.client import check, gate_explorer, hint, outcome, own, predict, progress, show, solution
from grader.quick import steps

__all__ = ["check", "gate_explorer", "hint", "outcome", "own", "predict", "progress", "show", "solution", "steps"]
