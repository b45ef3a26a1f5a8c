"""A class's lessons: built from their sources, with what the instructor changed, and entered in the gradebook."""

import copy
import hashlib
import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.utils import compute_checksum

from grader import authoring, exercises
from grader.classroom.files import plain_files
from grader.classroom.folder import ClassError, ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.notebooks import grade_id, grade_ids
from grader.classroom.own_source import LessonSource, fingerprint
from grader.source import read_lesson, rubric_in


@dataclass(frozen=True)
class Lesson:
    """A lesson as a class was given it.

    `pristine` is the learner's notebook, `rubrics` maps a written answer's grade_id to what its points are given for,
    `build` identifies the lesson's text and exercises: what was graded with another build is graded again. `tests` are
    the locked cells whose hidden tests the learner's notebook lacks, whole, by grade_id. `own` says in words what the
    instructor changed.
    """

    name: str
    pristine: nbformat.NotebookNode
    rubrics: dict
    build: str
    tests: dict = field(default_factory=dict)
    own: tuple[str, ...] = ()

    def with_hidden_tests(self, notebook):
        """A copy of `notebook` with the hidden tests put back, as nbgrader's autograde does."""
        whole = copy.deepcopy(notebook)
        for cell in whole.cells:
            if grade_id(cell) in self.tests:
                cell.source = self.tests[grade_id(cell)]
        return whole

    def with_rubrics(self, notebook):
        """A copy of `notebook` with a locked cell after each written answer, which tells the marker what to look for."""
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            if grade_id(cell) in self.rubrics:
                cells.append(_rubric_cell(grade_id(cell), self.rubrics[grade_id(cell)]))
        return nbformat.NotebookNode({**notebook, "cells": cells})


def known_lessons(root):
    """The grade_ids of every lesson of the course: ``{"03_gates": {"sigmoid", "check_sigmoid", …}, …}``."""
    known = {}
    for path in authoring.find_sources(root):
        lines = re.findall(r"^# %%.*$", path.read_text(encoding="utf-8"), re.M)
        marks = [m for line in lines for m in re.findall(r'\b(solution|check|written)="(\w+)"', line)]
        known[path.stem] = {f"check_{name}" if kind == "check" else name for kind, name in marks}
    return known


def lesson_of(ids, known):
    """The lesson that a notebook with these grade_ids belongs to, or None."""
    scores = {name: len(ids & marks) for name, marks in known.items()}
    best = max(scores, key=scores.get, default=None)
    return best if best and scores[best] else None


def lesson_named(text, known):
    """The lesson that a file's or folder's name speaks of, or None: ``"Ada_03_gates (1).ipynb"``."""
    simple = re.sub(r"[\W_]+", "_", text.lower())
    return next((n for n in known if re.search(rf"(?:^|\D){re.escape(n.lower())}(?:_|\d|$)", simple)), None)


def prepare_class(root, path, lessons=()):
    """Make what is handed out of lessons: ``source/<lesson>/`` for the instructor, ``release/<lesson>/`` for the class.

    Parameters
    ----------
    root : the course's folder
    path : the class's folder; it is made if there is none
    lessons : lessons, by the beginning of their names; all by default

    Returns
    -------
    folder : ClassFolder
    prepared : list of Lesson

    Raises
    ------
    ClassError
        If a lesson cannot be entered in the gradebook.
    """
    names = [source.stem for source in authoring.find_sources(root, lessons)]
    Path(path).mkdir(parents=True, exist_ok=True)
    folder = ClassFolder(path)
    with folder.locked():
        return folder, [enter_lesson(folder, root, name) for name in names]


def enter_lesson(folder, root, name):
    """Enter a lesson in the class's gradebook, and make what is handed out, unless that was done before.

    It is made from the class's own ``source/<lesson>/``, where the instructor may change it.

    Raises
    ------
    ClassError
        If the gradebook holds marks for other cells than the lesson has now, or the instructor's notebook cannot be used.
    """
    source, build = _source(folder, root, name)
    with Book(folder) as book:
        held = book.holds(name)
    if _entered(folder, name).get("build") != build or not _released(folder, name).exists() or not held:
        if not source.own:
            authoring.write_notebook(source.notebook, source.path)
        try:
            authoring.release(name, folder.source, folder.release, folder.db_url, folder.config)
        except authoring.NotReleased as e:
            raise ClassError(
                f"lesson {name} cannot be entered in the gradebook: {_reason(folder, name, source, e)}"
            ) from e
        course, cells = fingerprint(source.course_notebook), sorted(grade_ids(source.notebook))
        folder.journal.append("entered", lesson=name, build=build, course=course, cells=cells)
    return _lesson(folder, name, source, build)


def entered_lesson(folder, root, name):
    """A lesson that was entered; nothing is written.

    Raises
    ------
    ClassError
        If there is another build of it by now.
    """
    source, build = _source(folder, root, name)
    if _entered(folder, name).get("build") != build:
        raise ClassError(
            f"lesson {name} has changed since the class was graded: check out that version of the course, and put "
            f"{source.path} back as it was"
        )
    return _lesson(folder, name, source, build)


def lesson_files(folder, name):
    """What lies beside a lesson's source, for every learner to have: ``{relative path: bytes}``."""
    files = plain_files(folder.source / name)
    return {relative.as_posix(): path.read_bytes() for relative, path in files.items() if path.suffix != ".ipynb"}


def _source(folder, root, name):
    """The LessonSource, and what identifies this build of the lesson."""
    solved = read_lesson(next(p for p in authoring.find_sources(root) if p.stem == name)).notebook()
    path = folder.source / name / f"{name}.ipynb"
    source = LessonSource.choose(solved, path, _entered(folder, name).get("course"))
    build = hashlib.sha256(fingerprint(source.notebook).encode() + _exercises_text(name))
    for relative, data in lesson_files(folder, name).items():
        build.update(f"{relative}\0".encode() + hashlib.sha256(data).digest())
    return source, build.hexdigest()[:16]


def _released(folder, name):
    return folder.release / name / f"{name}.ipynb"


def _entered(folder, name):
    return folder.journal.latest("entered", "lesson").get((name,), {})


def _reason(folder, name, source, error):
    """Why nbgrader refused a lesson, and what to do."""
    before, now = set(_entered(folder, name).get("cells", ())), grade_ids(source.notebook)
    if "Cannot add or remove cells" not in str(error):
        return f"{error}. Mend {source.path}"
    changes = [
        f"{', '.join(sorted(cells))} {what}"
        for what, cells in (("added", now - before), ("gone", before - now))
        if cells
    ]
    return (
        f"it holds marks, and nbgrader lets no cells come or go then ({'; '.join(changes) or 'other cells'}). "
        f"Put {source.path} back as it was, or grade in a new folder"
    )


def _lesson(folder, name, source, build):
    pristine = nbformat.read(_released(folder, name), as_version=4)
    with Book(folder) as book:
        whole = book.locked_cells(name)
    handed_out = {grade_id(cell): cell.source for cell in pristine.cells}
    tests = {cell: text for cell, text in whole.items() if text != handed_out.get(cell, text)}
    rubrics = {grade_id(c): rubric_in(c.source) for c in source.notebook.cells if c.cell_type == "markdown"}
    rubrics = {cell: rubric for cell, rubric in rubrics.items() if cell and rubric}
    return Lesson(name, pristine, rubrics, build, tests, source.changes(tests))


def _exercises_text(lesson):
    modules = [
        importlib.import_module(f"{exercises.__name__}.{m.name}") for m in pkgutil.iter_modules(exercises.__path__)
    ]
    return "".join(inspect.getsource(m) for m in modules if lesson == m.LESSON).encode()


def _rubric_cell(name, rubric):
    mark = {
        "cell_type": "markdown",
        "grade": False,
        "grade_id": f"rubric_{name}",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    cell = nbformat.v4.new_markdown_cell(
        f"**What the points of this answer are given for**\n\n{rubric}",
        metadata={"nbgrader": mark, "deletable": False, "editable": False},
        id=f"rubric_{name}"[:64],
    )
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return cell
