"""What is asked of a learner, and how it is judged."""

from grader.quick import steps
from grader.student import check, hint, outcome, predict, progress, show
from grader.threads import use_one_thread
from grader.undefined import explain_undefined_exercises
from grader.widgets import gate_explorer

explain_undefined_exercises()
use_one_thread()

__all__ = ["check", "gate_explorer", "hint", "outcome", "predict", "progress", "show", "steps"]
