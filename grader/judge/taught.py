"""What of `gru_ref` is out of reach while a lesson is graded, and what of it may be asked of the judge.

While lesson N is graded, everything is hidden that lesson N or a later one teaches. An exercise's reference is hidden up
to its own lesson; of everything else `DECLARED` says up to which lesson it would give an answer away.
"""

import ast
import itertools
from functools import cache

from grader.exercise import source_of
from grader.exercises import bank
from grader.judge.course_package import (
    PACKAGE,
    definitions,
    imported,
    is_data,
    look_up,
    reached,
    spelled,
    used,
)
from grader.paths import course_root, find_sources
from grader.source import read_lesson

NEVER = -1

# Up to which lesson a module's functions are hidden, and why; below a module, what of it differs. Classes that only hold
# data are always there, and so are constants that are not named here.
DECLARED = {
    "backward": (8, "the way back, step by step"),
    "backward.STEP": (8, "the step of the central differences"),
    "backward.gru_step_with_cache": (7, "a GRU's step"),
    "backward._step_with_cache": (7, "a GRU's step"),
    "backward.gru_forward_with_caches": (7, "a GRU's run"),
    "backward._axes_of_cache": (NEVER, "checks an argument"),
    "backward._what": (NEVER, "words of a message"),
    "checks": (NEVER, "checks arguments"),
    "comparison": (12, "fair comparisons"),
    "comparison.BLOCKS": (12, "blocks of weights of each cell"),
    "conventions": (6, "conversions are built of one another, and of the lesson's exercises"),
    "gates": (4, "parts of the step"),
    "gates._gate": (3, "a gate"),
    "gates._sigmoid": (3, "the logistic function"),
    "gru": (7, "the step and the run"),
    "gru._reset_and_update": (5, "two gates, as the step has them"),
    "init": (5, "how weights are drawn"),
    "init.orthogonal_init": (2, "orthogonal weights"),
    "init._checked": (NEVER, "checks an argument"),
    "jacobian": (9, "derivatives of the step"),
    "jacobian.lstm_jacobian": (12, "computes an LSTM's step"),
    "kernels": (7, "runs whole sequences"),
    "kernels.backprop_rnn": (8, "the way back through a sequence"),
    "kernels.backprop_gru": (8, "the way back through a sequence"),
    "kernels.backprop_gru_reset_before": (8, "the way back through a sequence"),
    "kernels._Gradients": (8, "the parameters' gradients"),
    "kernels.run_lstm": (12, "an LSTM's step"),
    "kernels.backprop_lstm": (12, "the way back through an LSTM's step"),
    "layers": (7, "runs whole sequences"),
    "layers.layer_backward": (8, "the way back through a sequence"),
    "layers.network_backward": (8, "the way back through a sequence"),
    "losses": (NEVER, "checks arguments, and a loss that is no exercise"),
    "lstm": (12, "the LSTM"),
    "memory": (4, "a gate that never changes"),
    "minimal": (11, "the end of lesson 12 shows it, and asks nothing of it"),
    "model": (8, "runs layers, and goes back through them"),
    "optim": (NEVER, "no exercise's answer"),
    "optim.global_norm": (10, "half of the clipping"),
    "padding": (7, "padded batches"),
    "padding.length_mask": (NEVER, "a helper that lesson 07 gives away itself"),
    "params": (NEVER, "data"),
    "peers": (12, "other people's GRUs: marks need none of them, and they take long to import"),
    "progress": (NEVER, "a progress line"),
    "recordings": (NEVER, "recorded runs"),
    "rnn": (2, "the tanh RNN"),
    "rnn._step": (1, "its step"),
    "sequences": (7, "both directions, readouts"),
    "sequences._axes": (NEVER, "checks arguments"),
    "tasks": (NEVER, "data to train on"),
    "text": (NEVER, "a network trained beforehand: weights"),
    "torch_models": (11, "the GRU in PyTorch"),
    "torch_models.accuracy": (10, "lesson 11 uses it, and asks nothing of it"),
    "torch_models.device": (10, "lesson 11 uses it, and asks nothing of it"),
    "torch_models.seeded": (10, "lesson 11 uses it, and asks nothing of it"),
    "training": (NEVER, "the loop around the step"),
    "training._step": (10, "the step of the training"),
    "trees": (NEVER, "trees of arrays"),
}  # fmt: skip


@cache
def hidden_up_to(name):
    """The number of the last lesson in whose sandbox `name`, ``"gru_ref.gates.gate"``, is hidden; -1 if in none.

    Raises
    ------
    LookupError
        If neither an exercise nor `DECLARED` says anything about it.
    """
    node, inside = definitions()[name], name.removeprefix(f"{PACKAGE}.")
    if name in _references():
        return _references()[name]
    if inside in DECLARED:
        return DECLARED[inside][0]
    module = inside.partition(".")[0]
    if module not in DECLARED:
        raise LookupError(f"nothing says up to which lesson {name} is hidden: declare it in {__name__}.DECLARED")
    return DECLARED[module][0] if _is_code(node) else NEVER


@cache
def hidden(lesson):
    """Full names of what is hidden while a lesson, ``"03_gates"``, is graded: functions, classes and some constants."""
    return frozenset(name for name in definitions() if hidden_up_to(name) >= number(lesson))


@cache
def allowed(lesson, exercise=None):
    """Full names of the hidden functions that a hand-in may ask the judge to evaluate.

    Parameters
    ----------
    lesson : str, such as ``"03_gates"``
    exercise : str or None, the exercise that is being checked; outside of a check None

    Returns
    -------
    names : frozenset: outside of a check what the lesson's own cells need; within one what the lesson built before this
        exercise, and what its known answers, right and wrong, use, but nothing that answers it
    """
    if exercise is None:
        return frozenset(filter(_can_be_asked, reached(_used_in_cells(lesson), unless=hidden(lesson)) & hidden(lesson)))
    before = itertools.takewhile(lambda earlier: earlier != exercise, bank()[lesson])
    built = {full_name(bank()[lesson][earlier].reference) for earlier in before}
    return uses(lesson, exercise) | frozenset(
        filter(_can_be_asked, (built & hidden(lesson)) - _answering(lesson, exercise))
    )


@cache
def uses(lesson, exercise):
    """Full names of the hidden functions that an exercise's known answers use, but nothing that answers it."""
    asked = bank()[lesson][exercise]
    texts = [source_of(fn, exercise) for fn in (*asked.others, *(m.fn for m in asked.mistakes.values()))]
    trees = [*map(ast.parse, texts), solution(lesson, exercise)]
    names = frozenset().union(*(used(tree, _scope(lesson) | imported(tree)) for tree in trees))
    return frozenset(filter(_can_be_asked, (names & hidden(lesson)) - _answering(lesson, exercise)))


@cache
def answers_of(lesson):
    """Which of a lesson's exercises a function answers, by the function's full name."""
    return {full_name(fn): name for name, e in bank()[lesson].items() for fn in (*e.hidden, e.reference)}


@cache
def judged_first(lesson, name):
    """The exercise that must have been judged before a function that answers it may be asked; None if there is none.

    Whoever could ask sooner could make a table of what it returns, and look the answer up. What the lesson's own cells
    show before its exercise cannot be kept back; nor what another exercise's known answers use while that is checked, as
    an answer may have been moved behind it.
    """
    exercise = answers_of(lesson).get(name)
    return None if exercise is None or name in _shown_before(lesson, exercise) else exercise


def refusal(name, lesson):
    """What is said to somebody who calls a hidden function that may not be asked."""
    return (
        f"{spelled(name)} is not here while lesson {number(lesson):02} is graded: a lesson is graded without what it or a "
        "later one teaches. Use what you wrote yourself, or what earlier lessons built"
    )


def number(lesson):
    """The number at the beginning of a lesson's name."""
    return int(lesson.partition("_")[0])


def code_cells(lesson):
    """The lesson's code cells, solved, as syntax trees."""
    return [ast.parse(cell.text) for cell in source(lesson).cells if cell.kind == "code"]


@cache
def source(lesson):
    """The lesson as its author wrote it."""
    (path,) = find_sources(course_root(), [lesson])
    return read_lesson(path)


@cache
def _scope(lesson):
    """What the names that a lesson's cells import stand for."""
    return {name: full for tree in code_cells(lesson) for name, full in imported(tree).items()}


def _used_in_cells(lesson):
    return frozenset().union(*(used(tree, _scope(lesson)) for tree in code_cells(lesson)))


def _shown_before(lesson, exercise):
    """What the lesson's cells run before this exercise is checked."""
    cells = itertools.takewhile(lambda cell: cell.markers.get("check") != exercise, source(lesson).cells)
    shown = (used(ast.parse(cell.text), _scope(lesson)) for cell in cells if cell.kind == "code")
    return reached(frozenset().union(*shown), unless=hidden(lesson))


def solution(lesson, exercise):
    """The syntax tree of the cell that solves an exercise."""
    return next(ast.parse(c.text) for c in source(lesson).cells if c.markers.get("solution") == exercise)


@cache
def _references():
    """The lesson's number of each exercise's reference."""
    return {full_name(e.reference): number(lesson) for lesson, exercises in bank().items() for e in exercises.values()}


def _answering(lesson, exercise):
    asked = bank()[lesson][exercise]
    return {full_name(fn) for fn in (asked.reference, *asked.hidden)}


def full_name(fn):
    """The full name of a function or class, by where it is defined; of a `Late` one, too, which is not imported for it."""
    module = vars(fn).get("_module", fn.__module__)
    return (look_up(PACKAGE, fn.__name__) if module == PACKAGE else None) or f"{module}.{fn.__name__}"


def _is_code(node):
    return isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ClassDef) and not is_data(node))


def _can_be_asked(name):
    """Arrays and numbers can be sent; tensors and modules can not, and nobody asks for a constant."""
    return isinstance(definitions()[name], ast.FunctionDef) and not name.startswith(
        (f"{PACKAGE}.torch_models.", f"{PACKAGE}.peers.")
    )
