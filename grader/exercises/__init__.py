"""The bank of exercises: every module with a ``LESSON`` is one lesson, and every Exercise in it counts.

The exercises' names are read from the modules' text. A lesson's module is imported when one of its exercises is needed.
"""

import difflib
import importlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gru_ref import sealing

_LESSON = re.compile(r'^LESSON = "(\w+)"$', re.M)
_EXERCISE = re.compile(r"^(\w+) = Exercise\($", re.M)


class Exercises(Mapping):
    """The exercises of one lesson by name, in the order of their declarations; `module` is their module's name."""

    def __init__(self, module, names):
        self.module, self._names = module, names

    def __getitem__(self, name):
        if name not in self._names:
            raise KeyError(name)
        return getattr(importlib.import_module(f"{__name__}.{self.module}"), name)

    def __contains__(self, name):
        return name in self._names

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)


@cache
def bank():
    """All exercises by lesson, both in order: ``{"03_gates": {"sigmoid": Exercise, …}, …}``."""
    lessons = {}
    for path in Path(__file__).parent.glob("*.py"):
        text = sealing.read_text(path)
        for lesson in _LESSON.findall(text):
            lessons[lesson] = Exercises(path.stem, tuple(_EXERCISE.findall(text)))
    return dict(sorted(lessons.items()))


def files_of(lesson):
    """The files that declare a lesson's exercises: its module, and the known mistakes of each exercise.

    They may be sealed: `gru_ref.sealing.read_text` reads them.
    """
    folder = Path(__file__).parent
    return [folder / f"{bank()[lesson].module}.py", *sealing.files(folder / lesson, "*.md")]


def find(name):
    """The exercise called `name`.

    Raises
    ------
    LookupError
        If there is none; the message suggests close names.
    """
    names = [name for exercises in bank().values() for name in exercises]
    if name in names:
        return bank()[lesson_of(name)][name]
    close = difflib.get_close_matches(name, names, n=1)
    raise LookupError(f"there is no exercise called {name!r}" + (f": did you mean {close[0]!r}?" if close else ""))


def lesson_of(name):
    """The lesson that holds the exercise `name`."""
    return next(lesson for lesson, exercises in bank().items() if name in exercises)
