"""The exercises of the course, and how they are checked and graded."""

from grader.base.former_names import keep_former_names
from grader.base.imports import skip_unused_grammars
from grader.base.quick import steps
from grader.base.threads import use_one_thread
from grader.learner.chorale_explorer import chorale_explorer
from grader.learner.stand_in import own
from grader.learner.text_explorer import text_explorer
from grader.learner.tools import check, hint, outcome, predict, progress, show, solution
from grader.learner.undefined import explain_undefined_exercises
from grader.learner.widgets import gate_explorer

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

skip_unused_grammars()
keep_former_names()
explain_undefined_exercises(tools=__all__)
use_one_thread()
