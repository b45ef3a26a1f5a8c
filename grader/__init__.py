"""What is asked of a learner, and how it is judged."""

from grader.student import check, hint, progress, show
from grader.widgets import gate_explorer

__all__ = ["check", "gate_explorer", "hint", "progress", "show"]
