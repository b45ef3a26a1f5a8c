"""What of `gru_ref` is out of reach while a lesson is graded, and what of it may be asked of the judge.

While lesson N is graded, everything is hidden that lesson N or a later one teaches. An exercise's reference is hidden up
to its own lesson. Of everything else its module says in `TAUGHT_IN` up to which lesson it would give an answer away; what no
module declares is hidden in every lesson. Classes that only hold data are always there, and so are constants that are not
named there.
"""

import ast
import itertools
import math
from functools import cache

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.exercises import bank
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
    """What a module of `gru_ref` says in its `TAUGHT_IN`: the last lesson that hides each name, or None for a helper that
    gives no answer away; under ``"*"`` that of all its functions and classes that are not named. A module in a package that
    says nothing itself has what the package says; it is empty if that says nothing either.
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
    trees = [*map(ast.parse, asked.sources), solution(lesson, exercise)]
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
