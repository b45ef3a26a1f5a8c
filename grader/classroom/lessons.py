"""A class's lessons: built from their sources, entered in the gradebook, and told apart by their cells."""

import hashlib
import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass

import nbformat
from nbgrader.utils import compute_checksum

from grader import authoring, exercises
from grader.classroom.folder import ClassError
from grader.classroom.gradebook import Book
from grader.classroom.notebooks import grade_id
from grader.source import read_lesson


@dataclass(frozen=True)
class Lesson:
    """A lesson as a class was given it.

    `pristine` is the learner's notebook, `rubrics` maps a written answer's grade_id to what its points are given for,
    `build` identifies the lesson's text and exercises: what was graded with another build is graded again.
    """

    name: str
    pristine: nbformat.NotebookNode
    rubrics: dict
    build: str

    def with_rubrics(self, notebook):
        """A copy of `notebook` with a locked cell after each written answer, which tells the marker what to look for."""
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            if grade_id(cell) in self.rubrics:
                cells.append(_rubric_cell(grade_id(cell), self.rubrics[grade_id(cell)]))
        return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


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


def enter_lesson(folder, root, name):
    """Build a lesson and enter it in the class's gradebook, unless that was done before.

    Raises
    ------
    ClassError
        If the gradebook holds marks for other cells than the lesson has now.
    """
    source, build = _source(root, name)
    released = _released(folder, name)
    with Book(folder) as book:
        held = book.holds(name)
    if _entered(folder, name) != build or not released.exists() or not held:
        authoring.write_source(source, folder.source)
        try:
            authoring.release(name, folder.source, folder.release, folder.db_url)
        except Exception as e:
            raise ClassError(
                f"lesson {name} could not be entered in the gradebook: {e}. If its graded cells changed since the class "
                f"was first graded, grade in a new folder, or check out the version of the course that was handed out"
            ) from e
        folder.journal.append("entered", lesson=name, build=build)
    return _lesson(source, build, released)


def entered_lesson(folder, root, name):
    """A lesson that was entered; nothing is written.

    Raises
    ------
    ClassError
        If the course has another build of it by now.
    """
    source, build = _source(root, name)
    if _entered(folder, name) != build:
        raise ClassError(f"lesson {name} has changed since the class was graded: check out that version of the course")
    return _lesson(source, build, _released(folder, name))


def _source(root, name):
    source = read_lesson(next(p for p in authoring.find_sources(root) if p.stem == name))
    solved = nbformat.writes(source.notebook())
    return source, hashlib.sha256(solved.encode() + _exercises_text(name)).hexdigest()[:16]


def _released(folder, name):
    return folder.release / name / f"{name}.ipynb"


def _entered(folder, name):
    return folder.journal.latest("entered", "lesson").get((name,), {}).get("build")


def _lesson(source, build, released):
    rubrics = {c.markers["written"]: c.rubric for c in source.cells if "written" in c.markers}
    return Lesson(source.name, nbformat.read(released, as_version=4), rubrics, build)


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
