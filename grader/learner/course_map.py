"""A learner's progress in every lesson, from the progress file and the saved notebooks."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from grader.base.paths import NoCourse, belongs_to_user, course_root
from grader.base.wording import PLACEHOLDER
from grader.exercises import bank
from grader.learner import progress_log

DONE = ("passed", "written")
# The parts of the course, and the number of each one's last lesson.
PARTS = {
    "I · From memory to gates": 6,
    "II · From a cell to a trained network": 10,
    "III · PyTorch, and the comparison": 12,
    "IV · Applications": 19,
    "V · A claim of your own": 20,
}


@dataclass(frozen=True)
class Item:
    """An exercise or a question in words.

    `state` of an exercise is "passed", "slipped" (it was solved, but the last check failed), "tried" or "open"; of a
    question "written" or "unwritten". `points` is None if not known. `hints` were shown, and `solution` says whether the
    solution was.
    """

    name: str
    state: str
    points: int | None = None
    hints: int = 0
    solution: bool = False

    @property
    def is_question(self):
        return self.state in ("written", "unwritten")


@dataclass(frozen=True)
class LessonMap:
    """A lesson, its Items, and the address of its notebook relative to the working folder; None if there is none."""

    name: str
    items: tuple[Item, ...]
    link: str | None

    @property
    def state(self):
        """ "passed" if all is solved and answered, "open" if nothing was begun, "tried" otherwise."""
        if all(item.state in DONE for item in self.items):
            return "passed"
        return "open" if all(item.state in ("open", "unwritten") for item in self.items) else "tried"

    @property
    def part(self):
        """The title of the part of the course that it belongs to."""
        return next(title for title, last in PARTS.items() if int(self.name[:2]) <= last)

    def points(self, *states):
        """Points of the exercises in these states, of all by default."""
        return sum(i.points or 0 for i in self.items if not i.is_question and (not states or i.state in states))


def course_map():
    """The LessonMap of every lesson, in order.

    Points and questions are read from the notebooks as they were saved: those next to the working folder, as in a class,
    or else those of the user's own course. A grading run does not see them, nor anybody's progress.
    """
    known = progress_log.records()
    return tuple(_lesson(name, exercises, known) for name, exercises in bank().items())


def _lesson(name, exercises, known):
    path, link = (None, None) if progress_log.being_graded() else _notebook(name)
    marks = _marks(path) if path else {}
    items = [
        _item(exercise, _state(known.get(exercise)), marks.get(f"check_{exercise}"), known) for exercise in exercises
    ]
    for question, cell in marks.items():
        if cell.get("cell_type") == "markdown" and cell["metadata"]["nbgrader"].get("solution"):
            state = "unwritten" if PLACEHOLDER in "".join(cell.get("source", "")) else "written"
            items.append(_item(question, state, cell, known))
    return LessonMap(name, tuple(items), link)


def _item(name, state, cell, known):
    points = cell["metadata"]["nbgrader"].get("points") if cell else None
    record = known.get(name, progress_log.Record())
    return Item(name, state, points if isinstance(points, int) else None, record.hints, record.solution)


def _state(record):
    if record is None or not record.checks:
        return "open"
    return "passed" if record.solved else "slipped" if record.passed else "tried"


def _notebook(lesson):
    """A lesson's notebook and its address, either of them None. No address leads out of a course's folder."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted
        return None, None
    beside = here.parent / lesson / f"{lesson}.ipynb"
    if beside.is_file():
        return beside, _address(beside)
    try:
        root = course_root()
    except NoCourse:
        return None, None
    path = root / "notebooks" / lesson / f"{lesson}.ipynb"
    if not (path.is_file() and belongs_to_user(root)):
        return None, None
    return path, _address(path) if here.resolve().is_relative_to(root) else None


def _address(path):
    return quote(Path(os.path.relpath(path)).as_posix())


def _marks(path):
    """The marked cells of the notebook at `path`, by their grade_id; none if it cannot be read. nbformat takes seconds."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        marked = [(cell["metadata"].get("nbgrader"), cell) for cell in cells]
        return {mark["grade_id"]: cell for mark, cell in marked if isinstance(mark, dict) and "grade_id" in mark}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
