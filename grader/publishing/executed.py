"""Solved lessons with all their outputs. Each is run once, and then again only if something that it uses has changed."""

import hashlib
import importlib.metadata
import platform
from pathlib import Path

import nbformat
from filelock import FileLock

from grader.authoring.source import read_lesson
from grader.authoring.withheld import demand_solutions
from grader.base.errors import CourseError
from grader.base.files import write_atomically
from grader.notebook.execution import run_notebook

# What a lesson's outputs depend on, besides its source.
CODE = (
    "gru_ref",
    "grader/__init__.py",
    "grader/base",
    "grader/answer",
    "grader/exercises",
    "grader/checking",
    "grader/figures",
    "grader/learner",
)
PACKAGES = ("numpy", "torch", "matplotlib", "scipy", "scikit-learn", "ipywidgets", "ipykernel")


class LessonFailed(CourseError):
    """A solved lesson did not run to its end without an error."""


def executed(root, path):
    """The solved lesson at `path`, executed in full; its cells are those of ``read_lesson(path)``, in the same order.

    The result is kept in ``build/executed/``. Several processes may ask for the same lesson: one runs it, and the others wait.

    Parameters
    ----------
    root : the course's folder
    path : the lesson's source

    Returns
    -------
    notebook : NotebookNode

    Raises
    ------
    LessonFailed
        If a cell ends in an error; names the lesson, the source's line and the error.
    NoSolutions
        If this install of the course has none.
    """
    folder = Path(root) / "build" / "executed"
    folder.mkdir(parents=True, exist_ok=True)
    lesson = read_lesson(path)
    demand_solutions(lesson, "an executed copy")
    kept = folder / f"{path.stem}-{_state(root, lesson)}.ipynb"
    with FileLock(folder / f"{path.stem}.lock"):
        if not kept.is_file():
            write_atomically(kept, nbformat.writes(_run(lesson, folder)))
            for old in set(folder.glob(f"{path.stem}-*.ipynb")) - {kept}:
                old.unlink()
        return nbformat.read(kept, as_version=4)


def _run(lesson, folder):
    run = run_notebook(lesson.notebook(), folder, env={"GRU_COURSE_GRADING": "1"})
    for cell, source in zip(run.notebook.cells, lesson.cells, strict=True):
        error = next((o for o in cell.get("outputs", []) if o.output_type == "error"), None)
        if error and not source.markers.get("raises"):
            raise LessonFailed(f"{lesson.path}:{source.line}: {error.ename}: {error.evalue}")
    return run.notebook


def _state(root, lesson):
    """What the lesson's outputs depend on, as a short hash."""
    cells = [
        (cell.kind, cell.text, cell.markers.get("raises")) for cell in lesson.cells
    ]  # other markers change no output
    versions = [platform.python_version(), *map(importlib.metadata.version, PACKAGES)]
    state = hashlib.sha256(repr([versions, cells]).encode())
    files = []
    for place in (Path(root) / name for name in CODE):
        files += (
            [place] if place.is_file() else [p for p in sorted(place.rglob("*")) if p.is_file() and p.suffix != ".pyc"]
        )
    for file in files:
        state.update(f"{file.relative_to(root)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()[:16]
