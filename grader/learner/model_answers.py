"""The course's own answers to exercises and to written questions, read from the lessons' sources."""

import difflib
import re
from dataclasses import dataclass

from grader.authoring.lessons import find_sources
from grader.base.errors import CourseError
from grader.base.paths import course_root
from grader.exercises import bank

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
        If nothing has that name, or the course's ``solutions/`` are not here, or may not be read.
    """
    sources = _sources()
    lessons = {exercise: lesson for lesson, exercises in bank().items() for exercise in exercises}
    lessons |= {written: lesson for lesson, text in sources.items() for written in _WRITTEN.findall(text)}
    if name not in lessons:
        close = difflib.get_close_matches(name, lessons, n=1)
        raise NoModelAnswer(
            f"there is no exercise or question called {name!r}" + (f": did you mean {close[0]!r}?" if close else "")
        )
    lesson = lessons[name]
    if lesson not in sources:
        raise NoModelAnswer(_NOT_HERE)
    from grader.authoring.source import read_lesson  # takes seconds to import, so only if there is a solution to show

    (path,) = find_sources(course_root(), [lesson])
    for cell in read_lesson(path).cells:
        if cell.markers.get("solution") == name:
            return ModelAnswer(name, lesson, _code(cell.text), written=False)
        if cell.markers.get("written") == name:
            return ModelAnswer(name, lesson, _words(cell.text), written=True)
    raise NoModelAnswer(f"{path} holds no solution of {name!r}")


def at_hand():
    """Whether this computer has the solutions. An instructor may leave them out."""
    return bool(_sources())


_NOT_HERE = (
    "the solutions are not on this computer, or you may not read them: they belong in the folder solutions/ of the "
    "course, which was left out when the course was installed. In a class, ask your instructor"
)


def _sources():
    """The texts of the lessons' sources, by lesson, if they can be read."""
    texts = {}
    try:
        paths = find_sources(course_root())
    except (CourseError, OSError):
        return texts
    for path in paths:
        try:
            texts[path.stem] = path.read_text(encoding="utf-8")
        except OSError:
            continue
    return texts


def _code(text):
    return "\n".join(line for line in text.splitlines() if line.strip() not in (_BEGIN, _END)).strip("\n")


def _words(text):
    """The Markdown of a written cell's solution, each paragraph and each point of a list on one line."""
    lines = text.partition(_BEGIN)[2].partition(_END)[0].strip("\n").splitlines()
    return re.sub(r"(?<=\S)\n(?=\S)(?!- )", " ", "\n".join(line.strip() for line in lines))
