"""Which version of a lesson a class is given: the course's, or the instructor's in ``source/<lesson>/``."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade, is_solution, is_task

from grader.authoring.withheld import with_solutions_of
from grader.base.errors import ClassError
from grader.base.wording import counted
from grader.classroom.course_file import Changes
from grader.judge.marking import is_test
from grader.notebook.reading import grade_id

NONE = Changes("")
MARKS = ("grade", "grade_id", "locked", "points", "solution", "task")


@dataclass(frozen=True)
class LessonSource:
    """A lesson's solved notebook, as a class has it.

    `notebook` is the class's, and `course_notebook` the course's; `own` says whether the instructor changed it, `outdated`
    whether the course's has changed since. `path` is where the class's is. `handed_out` is the class's with what the course
    file changes, as `by_file` says in words.
    """

    path: Path
    notebook: nbformat.NotebookNode
    course_notebook: nbformat.NotebookNode
    own: bool = False
    outdated: bool = False
    handed_out: nbformat.NotebookNode | None = None
    by_file: tuple[str, ...] = ()

    @classmethod
    def choose(cls, course_notebook, path, written, changes=NONE, put=None):
        """The instructor's notebook at `path` if there is one, else the course's.

        Parameters
        ----------
        course_notebook : NotebookNode
        path : Path
        written : the `fingerprint` of the course's notebook when it was last put there, None if it never was
        changes : course_file.Changes, what the class's course file says about the lesson
        put : the `fingerprint` of what was put there, with the course file's changes; `written` if there were none

        Raises
        ------
        ClassError
            If the instructor's file is not a notebook, or changes a check of the course; if the course file names an
            exercise that the lesson does not have.
        """
        changed, told = changes.apply(course_notebook)
        the_courses = cls(path, changed, course_notebook, handed_out=changed, by_file=told)
        if not path.exists():
            return the_courses
        try:
            notebook = nbformat.read(path, as_version=4)
            found = fingerprint(notebook)
        except Exception as e:
            raise ClassError(f"{path} is not a notebook: {e}. Fix it, or delete it to get the course's again") from e
        course_notebook = with_solutions_of(notebook, course_notebook)  # the class may have been prepared elsewhere
        course = fingerprint(course_notebook)
        if found in (written, put, course, fingerprint(changed)):
            return the_courses
        _demand_checks_as_they_were(path, notebook, course_notebook)
        handed_out, told = changes.apply(notebook)
        return cls(path, notebook, course_notebook, True, written not in (None, course), handed_out, told)

    def changes(self, hidden):
        """What the instructor changed, in words; empty if nothing.

        Parameters
        ----------
        hidden : grade_ids of the cells with hidden tests
        """
        if not self.own:
            return ()
        own, course = (_marked(notebook) for notebook in (self.notebook, self.course_notebook))
        told = [_told(cell, name in hidden) for name, cell in own.items() if name not in course]
        for name, cell in course.items():
            if name not in own:
                told.append(f"{name} is left out")
            elif _points(own[name]) != _points(cell):
                told.append(f"{name} gives {counted(_points(own[name]), 'point')}, not {_points(cell):g}")
        texts = {(cell.cell_type, cell.source.strip()) for cell in self.course_notebook.cells}
        others = sum(
            (cell.cell_type, cell.source.strip()) not in texts
            for cell in self.notebook.cells
            if grade_id(cell) in {None, *course}
        )
        if others:
            told.append(f"{others} other cell{'s differ' if others > 1 else ' differs'}")
        if self.outdated:
            told.append(
                "the course's own text has changed since: to get it, move the notebook away and make your changes again"
            )
        return tuple(told) or ("the order of its cells",)


def fingerprint(notebook):
    """A digest of a notebook's cells, without anything that JupyterLab changes when it runs and saves them."""
    cells = [
        (cell.cell_type, cell.source.strip(), {key: _mark(cell).get(key) for key in MARKS}, cell.get("attachments"))
        for cell in notebook.cells
        if cell.source.strip() or grade_id(cell)
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True, default=float).encode()).hexdigest()[:16]


def _demand_checks_as_they_were(path, notebook, course_notebook):
    """Only a check's verdict counts, so a test added to its cell would seem to count, but would not."""
    checks = {name: cell for name, cell in _marked(course_notebook).items() if is_test(cell)}
    for name, cell in _marked(notebook).items():
        if name in checks and (cell.source.strip() != checks[name].source.strip() or not is_test(cell)):
            raise ClassError(
                f"{path}: cell {name} is a check of the course, and was changed. Only its verdict counts: "
                f"put your own tests into a new cell after it, and make this one {checks[name].source!r} again"
            )


def _told(cell, hides_tests):
    name, points = grade_id(cell), counted(_points(cell), "point")
    if is_test(cell):
        hidden = ", with hidden tests" if hides_tests else ""
        return f"{name} is a test of your own, {points}{hidden}, at nbgrader's own level of trust"
    if is_task(cell) or is_grade(cell):
        return f"{name} is to be marked by hand, {points}"
    return f"{name} is {'an answer cell' if is_solution(cell) else 'a locked cell'} of your own"


def _marked(notebook):
    return {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}


def _mark(cell):
    mark = cell.metadata.get("nbgrader")
    mark = dict(mark) if isinstance(mark, dict) else {}
    return {**mark, "points": _points(cell)} if mark else {}


def _points(cell):
    points = cell.metadata.nbgrader.get("points")
    return float(points) if isinstance(points, int | float) else 0.0
