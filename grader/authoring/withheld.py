"""Lessons without their solutions: what an install without solutions has as their sources, and what is done where one is needed.

A source with its solutions withheld gives the same learner's notebook, to the byte. Where the judge needs a solved lesson, to
try itself on, the exercises' own right answers take the solutions' places.
"""

import re
from dataclasses import replace

from grader.base.errors import CourseError
from grader.exercises import bank

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
WITHHELD = "withheld: this install of the course has no solutions"
# In a function's body, or in words: in a source these are behind "# ", in a notebook's cell they are not.
_REGION = re.compile(rf"^(?P<indent>(?:# | *)){BEGIN}\n.*?^(?P=indent){END}$", re.M | re.S)


class NoSolutions(CourseError):
    """Something needs the solutions, and this install of the course has none."""


def withhold(text):
    """A lesson's source, or a cell of it, with a remark in the place of each solution, model answer and rubric."""
    return _REGION.sub(_remark, text)


def is_withheld(text):
    """Whether a source or a cell has lost its solutions."""
    return WITHHELD in text


def demand_solutions(lesson, what):
    """Make sure that a Lesson has its solutions.

    Raises
    ------
    NoSolutions
        If they are withheld; `what`, such as "the book", needs them.
    """
    if any(is_withheld(cell.text) for cell in lesson.cells):
        raise NoSolutions(
            f"{what} of {lesson.name} needs its solutions, and this install of the course has none: make it with the "
            "course in full, from the folder that holds solutions/"
        )


def solved(lesson):
    """The Lesson with solutions that pass its checks: its own, or the exercises' right answers if those are withheld."""
    return replace(lesson, cells=tuple(_solved(cell, lesson.name) for cell in lesson.cells))


def with_solutions_of(other, notebook):
    """A solved notebook in which each cell that lost its solution is replaced by the same cell of another one, if that has it.

    Parameters
    ----------
    other, notebook : NotebookNode; `notebook` is changed, and returned
    """
    there = {withhold(cell.source).strip(): cell.source for cell in other.cells}
    for cell in notebook.cells:
        if is_withheld(cell.source):
            cell.source = there.get(cell.source.strip(), cell.source)
    return notebook


def _remark(region):
    indent = region["indent"]
    remark = f'raise NotImplementedError("{WITHHELD}")' if indent.isspace() else f"*{WITHHELD}*"
    return f"{indent}{BEGIN}\n{indent}{remark}\n{indent}{END}"


def _solved(cell, lesson):
    name = cell.markers.get("solution")
    if name is None or not is_withheld(cell.text):
        return cell
    return replace(cell, text=next(iter(bank()[lesson][name].answers.values())))
