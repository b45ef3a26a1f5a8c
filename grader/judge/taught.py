"""Which parts of `gru_ref` are hidden while a lesson is graded, and which of them the judge may evaluate.

While lesson N is graded, everything that lesson N or a later one teaches is hidden. An exercise's reference is hidden up
to its own lesson. For everything else its module says in `TAUGHT_IN` up to which lesson it would give an answer away; what
no module declares is hidden in every lesson. Classes that only hold data are always available, and so are constants that
are not named there.
"""

import ast
import itertools
import math
from functools import cache

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.authoring.withheld import solved
from grader.base.paths import course_root
from grader.exercises import bank
from grader.judge.codec import MORE_THAN_NUMPY
from grader.judge.course_package import (
    PACKAGE,
    defined_by,
    definitions,
    imported,
    is_data,
    look_up,
    modules,
    reached,
    spelled,
    used,
)

NEVER, ALWAYS = -1, math.inf
DECLARATION = "TAUGHT_IN"


@cache
def hidden_up_to(name):
    """The number of the last lesson in whose sandbox `name`, ``"gru_ref.gates.gate"``, is hidden.

    -1 if it is hidden in none; infinite if nothing declares it.
    """
    if name in _references():
        return _references()[name]
    module, _, own = name.rpartition(".")
    declared = declarations(module)
    if own in declared or (_is_code(definitions()[name]) and "*" in declared):
        lesson = declared.get(own, declared.get("*"))
        return NEVER if lesson is None else lesson
    return ALWAYS if _is_code(definitions()[name]) else NEVER


@cache
def declarations(module):
    """A module's `TAUGHT_IN` in `gru_ref`: the last lesson that hides each name, or None for a helper that gives no answer
    away; ``"*"`` is for all its functions and classes that are not named. A module without one inherits its package's; the
    result is empty if there is none either.
    """
    for node in modules()[module].body:
        if defined_by(node) == [DECLARATION]:
            return ast.literal_eval(node.value)
    package = module.rpartition(".")[0]
    return declarations(package) if package not in ("", PACKAGE) else {}


@cache
def hidden(lesson):
    """Full names of what is hidden while a lesson, ``"03_gates"``, is graded: functions, classes and some constants."""
    return frozenset(name for name in definitions() if hidden_up_to(name) >= number(lesson))


@cache
def allowed(lesson, exercise=None):
    """Full names of the hidden functions that a submission may ask the judge to evaluate.

    Parameters
    ----------
    lesson : str, such as ``"03_gates"``
    exercise : str or None, the exercise that is being checked; outside of a check None

    Returns
    -------
    names : frozenset: outside a check, what the lesson's own cells need; within one, what the lesson built before this
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
    scope = (PACKAGE, *_scope(lesson))
    sources = (text for text in bank()[lesson][exercise].sources if any(name in text for name in scope))
    trees = [*map(ast.parse, sources), solution(lesson, exercise)]
    names = frozenset().union(*(used(tree, _scope(lesson) | imported(tree)) for tree in trees))
    return frozenset(filter(_can_be_asked, (names & hidden(lesson)) - _answering(lesson, exercise)))


@cache
def answers_of(lesson):
    """Which of a lesson's exercises a function answers, by the function's full name."""
    return {full_name(fn): name for name, e in bank()[lesson].items() for fn in (*e.hidden, e.reference)}


@cache
def judged_first(lesson, name):
    """The exercise that must have been judged before a function that answers it may be called; None if there is none.

    An earlier call could tabulate its results, and look the answer up. Functions that the lesson's own cells show before
    the exercise cannot be withheld, nor those that another exercise's known answers use while that is checked, since an
    answer may have been moved after it.
    """
    exercise = answers_of(lesson).get(name)
    return None if exercise is None or name in _shown_before(lesson, exercise) else exercise


def refusal(name, lesson):
    """The message for code that calls a hidden function that may not be called."""
    return (
        f"{spelled(name)} is not available while lesson {number(lesson):02} is graded: grading leaves out what this or a "
        "later lesson teaches. Use your own functions, or those of earlier lessons"
    )


def number(lesson):
    """The number at the beginning of a lesson's name."""
    return int(lesson.partition("_")[0])


def code_cells(lesson):
    """The lesson's code cells, solved, as syntax trees."""
    return [ast.parse(cell.text) for cell in source(lesson).cells if cell.kind == "code"]


@cache
def source(lesson):
    """The lesson as its author wrote it; without the author's solutions, with the exercises' right answers."""
    (path,) = find_sources(course_root(), [lesson])
    return solved(read_lesson(path))


@cache
def _scope(lesson):
    """The full names behind the names that a lesson's cells import."""
    return {name: full for tree in code_cells(lesson) for name, full in imported(tree).items()}


def _used_in_cells(lesson):
    return frozenset().union(*(_used_by(tree, lesson) for tree in code_cells(lesson)))


def _used_by(tree, lesson):
    """What of `gru_ref` a cell uses, also by ``own(gate)``, which gives the course's function in a sandbox."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "own")
    answers = {ast.unparse(node.args[0]) for node in calls if node.args} & set(bank()[lesson])
    return used(tree, _scope(lesson)) | {full_name(bank()[lesson][name].reference) for name in answers}


def _shown_before(lesson, exercise):
    """The definitions that the lesson's cells run before this exercise is checked."""
    cells = itertools.takewhile(lambda cell: cell.markers.get("check") != exercise, source(lesson).cells)
    shown = (_used_by(ast.parse(cell.text), lesson) for cell in cells if cell.kind == "code")
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
    """The full name of a function or class, by where it is defined; also of a `Late` one, without importing it."""
    module = vars(fn).get("_module", fn.__module__)
    return (look_up(PACKAGE, fn.__name__) if module == PACKAGE else None) or f"{module}.{fn.__name__}"


def _is_code(node):
    return isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ClassDef) and not is_data(node))


def _can_be_asked(name):
    """Arrays and numbers can be sent; tensors and modules cannot, and nobody asks for a constant."""
    return isinstance(definitions()[name], ast.FunctionDef) and name.split(".")[1] not in MORE_THAN_NUMPY
