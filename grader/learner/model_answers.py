"""The course's own answers to exercises and to written questions, read from the lessons' sources.

Where the course has no solutions, or they are closed to its user, an instructor may have released those of some lessons: a
release is the lesson's source, in a folder that all can read, or that the student was sent.
"""

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.edition import edition
from grader.authoring.lessons import find_sources
from grader.authoring.withheld import is_withheld
from grader.base.errors import CourseError
from grader.base.paths import course_root, is_without_solutions, learners_folder, packaged_course
from grader.exercises import bank, lesson_of

RELEASED = "released"  # the folder of releases, in a class's folder as in a learner's
_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"
_WRITTEN = re.compile(r'^# %% \[markdown\].* written="(\w+)"', re.M)


class NoModelAnswer(CourseError):
    """There is no such answer, or it is not on this computer."""


@dataclass(frozen=True)
class ModelAnswer:
    """One answer: Python, or Markdown with its rubric if it is `written`."""

    name: str
    lesson: str
    text: str
    written: bool


def model_answer(name):
    """The course's own answer to an exercise or a written question.

    Parameters
    ----------
    name : str, such as ``"update_gate"`` or ``"one_gate_is_not_enough"``

    Raises
    ------
    NoModelAnswer
        If nothing has that name, or the lesson's solutions are not here, or may not be read.
    """
    sources = _sources()
    lessons = {exercise: lesson for lesson, exercises in bank().items() for exercise in exercises}
    for found in (_lessons_sources(), sources):  # the lessons' sources have the questions even without their answers
        lessons |= {w: lesson for lesson, path in found.items() for w in _WRITTEN.findall(_text(path))}
    if name not in lessons:
        close = difflib.get_close_matches(name, lessons, n=1)
        raise NoModelAnswer(
            f"there is no exercise or question called {name!r}" + (f": did you mean {close[0]!r}?" if close else "")
        )
    lesson = lessons[name]
    if lesson not in sources:
        raise NoModelAnswer(_why_not(lesson))
    from grader.authoring.source import (
        SourceError,
        read_cells,
    )  # takes seconds to import, so only if there is one to show

    path = sources[lesson]
    try:
        cells = read_cells(path)
    except SourceError as e:
        raise NoModelAnswer(f"{path} is not the source of a lesson, so it holds no solutions: {e}") from e
    for cell in cells:
        if cell.markers.get("solution") == name:
            return ModelAnswer(name, lesson, _code(cell.text), written=False)
        if cell.markers.get("written") == name:
            return ModelAnswer(name, lesson, _words(cell.text), written=True)
    raise NoModelAnswer(f"{path} holds no solution of {name!r}")


def at_hand(name):
    """Whether this computer has the solution of the exercise `name`. An instructor may leave out solutions."""
    return lesson_of(name) in _sources()


def release_folders():
    """The folders in which a released lesson is looked for, in this order; they need not exist.

    These are ``GRU_COURSE_SOLUTIONS`` in the environment, the folder that the install without solutions was made for, and
    ``released/`` in the course's folder.
    """
    root = _root()
    named = [os.environ.get("GRU_COURSE_SOLUTIONS"), root and edition(root).get("released"), root and root / RELEASED]
    return [Path(folder) for folder in named if folder]


_NOT_HERE = (
    "the solutions are not on this computer, or you may not read them: they belong in the folder solutions/ of the "
    "course, which was left out when the course was installed. In a class, ask your instructor"
)


_NOT_RELEASED = (
    "the solutions of lesson {number} have not been released. Your instructor decides when they are; if you were sent the file "
    "{lesson}.py, put it into {folder}"
)


def _why_not(lesson):
    root = _root()
    if not (root and is_without_solutions(root)):
        return _NOT_HERE
    own = (learners_folder() if root == packaged_course() else root) / RELEASED
    return _NOT_RELEASED.format(number=lesson[:2], lesson=lesson, folder=own)


def _root():
    try:
        return course_root()
    except CourseError:
        return None


def _sources():
    """The paths of the sources with solutions that can be read, by lesson: the course's, or those that were released."""
    root = _root()
    own = {} if root and is_without_solutions(root) else _lessons_sources()
    released = {lesson: folder / f"{lesson}.py" for folder in reversed(release_folders()) for lesson in bank()}
    texts = {lesson: (path, _text(path)) for lesson, path in {**released, **own}.items()}
    return {lesson: path for lesson, (path, text) in texts.items() if text and not is_withheld(text)}


def _lessons_sources():
    """The paths of the lessons' sources, by lesson, with or without solutions."""
    try:
        return {path.stem: path for path in find_sources(course_root())}
    except (CourseError, OSError):
        return {}


def _text(path):
    """The text of a source; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _code(text):
    return "\n".join(line for line in text.splitlines() if line.strip() not in (_BEGIN, _END)).strip("\n")


def _words(text):
    """The Markdown of a written cell's solution, each paragraph and each point of a list on one line."""
    lines = text.partition(_BEGIN)[2].partition(_END)[0].strip("\n").splitlines()
    return re.sub(r"(?<=\S)\n(?=\S)(?!- )", " ", "\n".join(line.strip() for line in lines))
