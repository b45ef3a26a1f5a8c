"""Build the notebooks: sources → solved notebooks in ``build/source``, learner's notebooks in ``notebooks/``."""

import copy
import io
import logging
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import compute_checksum, is_solution
from traitlets.config import Config

from grader.authoring.claims import write_map
from grader.authoring.lessons import find_sources
from grader.authoring.source import PLAIN_ID, read_lesson
from grader.base.errors import CourseError
from grader.base.wording import PLACEHOLDER
from grader.exercises import bank


class NotReleased(CourseError):
    """nbgrader could not make the learner's notebook."""


class NamedStubs(ClearSolutions):
    """nbgrader's ClearSolutions, with a stub that names the exercise and says how to get help."""

    text_stub = PLACEHOLDER

    def preprocess_cell(self, cell, resources, cell_index):
        """Replace a solution by its stub."""
        if is_solution(cell) and cell.cell_type == "code":
            name = cell.metadata.nbgrader["grade_id"]
            help = f". Stuck? Run hint({name})" if any(name in lesson for lesson in bank().values()) else ""
            stub = f'raise NotImplementedError("{name} is yours to write")'
            self.code_stub = {"python": f"# YOUR CODE HERE{help}\n{stub}"}
        return super().preprocess_cell(cell, resources, cell_index)


# nbgrader's own way from a solved notebook to a learner's, with our stubs.
PREPROCESSORS = [NamedStubs if p is ClearSolutions else p for p in GenerateAssignment.preprocessors.default_args[0]]


def build(root, names=(), force=False, on_lesson=lambda name: None):
    """Build lessons, and the map of all lessons' claims.

    Parameters
    ----------
    root : the course's folder
    names : lessons, by the beginning of their names; all by default
    force : replace a learner's notebook even if it holds work
    on_lesson : called with each lesson's name when it is done

    Returns
    -------
    kept : list of notebooks that were left alone because they hold a learner's work

    Raises
    ------
    SourceError
        If a source is wrong.
    """
    root = Path(root)
    kept = []
    for path in find_sources(root, names):
        lesson = read_lesson(path)
        write_source(lesson, root / "build" / "source")
        release(lesson.name, root / "build" / "source", root / "build" / "release")
        name = Path(lesson.name, f"{lesson.name}.ipynb")
        target = root / "notebooks" / name
        if target.exists() and not force and holds_work(target):
            kept.append(target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / "build" / "release" / name, target)
        on_lesson(lesson.name)
    write_map(root)
    return kept


def pristine(path):
    """The bytes of the learner's notebook, freshly built from the source at `path`; nothing else is written.

    Raises
    ------
    SourceError
        If the source is wrong.
    """
    lesson = read_lesson(path)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "release")
        write_source(lesson, source)
        release(lesson.name, source, target)
        return Path(target, lesson.name, f"{lesson.name}.ipynb").read_bytes()


def write_source(lesson, folder):
    """Write a lesson's solved notebook into ``folder/<lesson>/<lesson>.ipynb``, nbgrader's source layout."""
    return write_notebook(lesson.notebook(), Path(folder, lesson.name, f"{lesson.name}.ipynb"))


def write_notebook(notebook, target):
    """Write a notebook, in a folder that need not exist; returns the path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return target


def release(name, source, destination, db_url=None, config=None):
    """Make a learner's notebook by nbgrader's own pipeline.

    Parameters
    ----------
    name : the lesson
    source, destination : folders of solved and of learner's notebooks
    db_url : a gradebook to enter the lesson in; none by default
    config : nbgrader's; everything except the paths and the steps that make a learner's notebook is used

    Raises
    ------
    NotReleased
        If nbgrader refuses; the message is its own.
    """
    put_environment_on_path()
    config = copy.deepcopy(config) if config else Config()
    source, destination = Path(source).resolve(), Path(destination).resolve()
    config.CourseDirectory.root = str(source.parent)
    config.CourseDirectory.source_directory = str(source)
    config.CourseDirectory.release_directory = str(destination)
    config.CourseDirectory.assignment_id = name
    if db_url:
        config.CourseDirectory.db_url = db_url
    config.GenerateAssignment.no_database = db_url is None
    config.GenerateAssignment.force = True
    config.Exporter.optimistic_validation = True  # the notebook is validated behind the last step, and not behind each
    config.GenerateAssignment.preprocessors = [p for p in PREPROCESSORS if db_url or p.__name__ != "SaveCells"]
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    converter.log = logging.Logger("grader.nbgrader", logging.ERROR)
    told = io.StringIO()
    converter.log.addHandler(logging.StreamHandler(told))
    try:
        converter.start()
    except Exception as e:
        reason = re.search(r"^[\w.]*(?:Error|Exception): (.+)", told.getvalue(), re.M)
        raise NotReleased(reason[1] if reason else str(e)) from e


def holds_work(path):
    """Whether a learner has written or run something in the notebook at `path`, or added a cell to it."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception:  # not a notebook any more, so certainly somebody's work
        return True
    return any(
        cell.get("outputs")
        or (is_solution(cell) and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell))
        or not ("nbgrader" in cell.metadata or re.fullmatch(PLAIN_ID, cell.get("id", "")))
        for cell in notebook.cells
    )


def put_environment_on_path():
    """nbgrader calls ``alembic`` by name: make sure that this environment's programs are found."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
