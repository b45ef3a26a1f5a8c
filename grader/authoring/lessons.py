"""Which lessons there are, and to which of them a notebook or a file's name belongs."""

import functools
import re
from pathlib import Path

from grader.base.errors import CourseError
from grader.base.paths import LESSONS, SOLUTIONS, is_without_solutions
from grader.exercises import bank


class NoSources(CourseError):
    """The lessons' sources are not here, or may not be read by this user."""


class UnknownLesson(CourseError):
    """No lesson has the name given."""


def find_sources(root, names=()):
    """Paths of the lessons' sources: all, or those whose name begins with one of `names` (``"03"``).

    In an install without solutions these are withheld from the sources: see `grader.authoring.withheld`.

    Raises
    ------
    NoSources
        If there is none that this user may see.
    UnknownLesson
        If a name fits none.
    """
    folder = Path(root) / (LESSONS if is_without_solutions(root) else SOLUTIONS)
    sources = {p.stem: p for p in sorted(folder.glob("[0-9][0-9]_*.py"))}
    if not sources:  # `glob` finds nothing in a folder that is closed to this user
        raise NoSources(
            "you may not read the lessons' sources here, so only the person who installed the course can use this command"
        )
    return [sources[name] for name in _beginning_so(names, sources)]


def lesson_names(root, names=()):
    """Names of the lessons, chosen as by `find_sources`; taken from the exercises if the sources may not be read.

    Raises
    ------
    UnknownLesson
        If a name fits none.
    """
    try:
        return [path.stem for path in find_sources(root, names)]
    except NoSources:
        return _beginning_so(names, bank())


def _beginning_so(names, lessons):
    for name in names:
        if not any(lesson.startswith(name) for lesson in lessons):
            raise UnknownLesson(f"no lesson begins with {name!r}; there are {', '.join(lessons)}")
    return [lesson for lesson in lessons if not names or lesson.startswith(tuple(names))]


def known_lessons(root):
    """The grade_ids of every lesson of the course: ``{"03_gates": {"sigmoid", "check_sigmoid", …}, …}``."""
    known = {}
    for path in find_sources(root):
        known[path.stem] = _marked(path.read_text(encoding="utf-8"))
    return known


@functools.lru_cache(maxsize=64)
def _marked(text):
    """The grade_ids in a lesson's source: a frozenset."""
    lines = re.findall(r"^# %%.*$", text, re.M)
    marks = [m for line in lines for m in re.findall(r'\b(solution|check|written)="(\w+)"', line)]
    return frozenset(f"check_{name}" if kind == "check" else name for kind, name in marks)


def lesson_of(ids, known):
    """The lesson that a notebook with these grade_ids belongs to, or None."""
    scores = {name: len(ids & marks) for name, marks in known.items()}
    best = max(scores, key=scores.get, default=None)
    return best if best and scores[best] else None


def lesson_named(text, known):
    """The lesson that a file's or folder's name mentions, or None: ``"Ada_03_gates (1).ipynb"``."""
    simple = re.sub(r"[\W_]+", "_", text.lower())
    return next((n for n in known if re.search(rf"(?:^|\D){re.escape(n.lower())}(?:_|\d|$)", simple)), None)


def in_order(lessons, order):
    """Lessons in a class's order: those in `order` first, then the others by their names."""
    places = {name: number for number, name in enumerate(order)}
    return sorted(lessons, key=lambda name: (places.get(name, len(places)), name))
