"""A class's lessons: built from their sources, with the instructor's changes, and entered in the gradebook."""

import contextlib
import hashlib
import tempfile
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade, is_task

from grader import exercises
from grader.authoring import building
from grader.authoring.lessons import find_sources
from grader.authoring.links import for_a_class
from grader.authoring.source import read_lesson, rubric_in
from grader.base.errors import ClassError
from grader.base.files import copy_files, plain_files
from grader.base.wording import counted
from grader.classroom.assignment import Assignment
from grader.classroom.course_file import CourseFile
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.own_source import LessonSource, fingerprint
from grader.notebook.reading import grade_id, grade_ids
from gru_ref import sealing


def prepare_class(root, path, lessons=()):
    """Make the notebooks of lessons: ``source/<lesson>/`` for the instructor, ``release/<lesson>/`` for the class.

    Parameters
    ----------
    root : the course's folder
    path : the class's folder; it is created if it does not exist
    lessons : lessons, by the beginning of their names; all by default

    Returns
    -------
    folder : ClassFolder
    prepared : list of Assignment

    Raises
    ------
    ClassError
        If a lesson cannot be entered in the gradebook.
    """
    names = [source.stem for source in find_sources(root, lessons)]
    Path(path).mkdir(parents=True, exist_ok=True)
    folder = ClassFolder(path)
    course_file = CourseFile.read(folder.course_file, root)
    if lessons:
        course_file.demand(names)
    with folder.locked():
        return folder, [enter_lesson(folder, root, name, course_file) for name in course_file.kept(names)]


def enter_lesson(folder, root, name, course_file=None):
    """Enter a lesson in the class's gradebook, and make the notebook to hand out, unless that was done before.

    It is made from the class's own ``source/<lesson>/``, where the instructor may change it, and what the class's course file
    says about it.

    Raises
    ------
    ClassError
        If the gradebook holds marks for different cells from the lesson's now, or the instructor's notebook or the course
        file cannot be used.
    """
    source, build = _source(folder, root, name, course_file)
    before = _entered(folder, name)
    with Book(folder) as book:
        held = book.holds(name)
        points = book.points(name) if held else {}
    if before.get("build") != build or not _released(folder, name).exists() or not held:
        if not source.own:
            building.write_notebook(source.notebook, source.path)
        try:
            with _to_release_from(folder, name, source) as place:
                building.release(name, place, folder.release, folder.db_url, folder.config)
        except building.NotReleased as e:
            raise ClassError(
                f"lesson {name} cannot be entered in the gradebook: {_reason(folder, name, source, e)}"
            ) from e
        course, cells = fingerprint(source.course_notebook), sorted(grade_ids(source.notebook))
        by_file = {"put": fingerprint(source.handed_out)} if source.by_file else {}
        folder.journal.append("entered", lesson=name, build=build, course=course, cells=cells, **by_file)
        if by_file or "put" in before:
            with Book(folder) as book:
                now = book.points(name)
                book.look_again(name, [cell for cell, most in now.items() if cell in points and points[cell] != most])
    return _lesson(folder, name, source, build)


@contextlib.contextmanager
def _to_release_from(folder, name, source):
    """The folder of solved notebooks from which to make the learner's: not the instructor's if the course file changes theirs."""
    if not (source.own and source.by_file):
        yield folder.source
        return
    with tempfile.TemporaryDirectory(prefix="gru-course-source-") as place:
        copy_files(plain_files(folder.source / name), Path(place, name))
        building.write_notebook(source.handed_out, Path(place, name, f"{name}.ipynb"))
        yield place


def entered_lesson(folder, root, name):
    """A lesson that was entered before; nothing is written.

    Raises
    ------
    ClassError
        If its build has changed.
    """
    source, build = _source(folder, root, name)
    if _entered(folder, name).get("build") != build:
        raise ClassError(
            f"lesson {name} has changed since the class was graded: check out that version of the course, and put "
            f"{source.path} back as it was"
        )
    return _lesson(folder, name, source, build)


def lesson_files(folder, name):
    """The files next to a lesson's source, which every learner gets: ``{relative path: bytes}``."""
    files = plain_files(folder.source / name)
    return {relative.as_posix(): path.read_bytes() for relative, path in files.items() if path.suffix != ".ipynb"}


def _source(folder, root, name, course_file=None):
    """The LessonSource, and the identifier of this build of the lesson."""
    course_file = course_file or CourseFile.read(folder.course_file, root)
    solved = read_lesson(next(p for p in find_sources(root) if p.stem == name)).notebook()
    for cell in solved.cells:
        if cell.cell_type == "markdown":
            cell.source = for_a_class(cell.source)
    path = folder.source / name / f"{name}.ipynb"
    entered = _entered(folder, name)
    source = LessonSource.choose(solved, path, entered.get("course"), course_file.of(name), entered.get("put"))
    build = hashlib.sha256(fingerprint(source.handed_out).encode() + _exercises_text(name))
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
        return f"{error}. Fix {source.path}"
    changes = [
        f"{', '.join(sorted(cells))} {what}"
        for what, cells in (("added", now - before), ("gone", before - now))
        if cells
    ]
    return (
        f"it holds marks, so nbgrader does not allow cells to be added or removed ({'; '.join(changes) or 'other cells'}). "
        f"Put {source.path} back as it was, or grade in a new folder"
    )


def _lesson(folder, name, source, build):
    pristine = nbformat.read(_released(folder, name), as_version=4)
    with Book(folder) as book:
        whole = book.locked_cells(name)
    handed_out = {grade_id(cell): cell.source for cell in pristine.cells}
    tests = {cell: text for cell, text in whole.items() if text != handed_out.get(cell, text)}
    rubrics = _rubrics(source)
    without_points = {
        grade_id(c) for c in source.handed_out.cells if (is_grade(c) or is_task(c)) and not c.metadata.nbgrader.points
    }
    dropped = frozenset(without_points) if source.by_file else frozenset()
    return Assignment(name, pristine, rubrics, build, tests, source.changes(tests), source.by_file, dropped)


def _rubrics(source):
    """The rubrics of a lesson's written answers, by grade_id; each says so if the answer has other points in this class."""
    of_course, here = (
        {grade_id(c): c.metadata.nbgrader.points for c in notebook.cells if is_grade(c)}
        for notebook in (source.course_notebook, source.handed_out)
    )
    rubrics = {}
    for cell in source.notebook.cells:
        name, rubric = grade_id(cell), rubric_in(cell.source) if cell.cell_type == "markdown" else ""
        if name and rubric:
            before, now = of_course.get(name), here.get(name)
            other = before and now and before != now
            note = f"*Written for {counted(before, 'point')}; here the answer gives {now:g}.*\n\n" if other else ""
            rubrics[name] = note + rubric
    return rubrics


def _exercises_text(lesson):
    return "".join(map(sealing.read_text, exercises.files_of(lesson))).encode()
