"""The bank of exercises: every module here is one lesson, found by its ``LESSON``; every Exercise in it counts."""

import difflib
import importlib
import pkgutil
from functools import cache

from grader.exercise import Exercise


@cache
def bank():
    """All exercises by lesson, both in order: ``{"03_gates": {"sigmoid": Exercise, …}, …}``."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    lessons = {}
    for module in sorted(modules, key=lambda m: m.LESSON):
        exercises = [value for value in vars(module).values() if isinstance(value, Exercise)]
        lessons[module.LESSON] = {e.name: e for e in exercises}
    return lessons


def find(name):
    """The exercise called `name`.

    Raises
    ------
    LookupError
        If there is none; the message suggests close names.
    """
    everything = {name: exercise for lesson in bank().values() for name, exercise in lesson.items()}
    if name in everything:
        return everything[name]
    close = difflib.get_close_matches(name, everything, n=1)
    raise LookupError(f"there is no exercise called {name!r}" + (f": did you mean {close[0]!r}?" if close else ""))


def lesson_of(name):
    """The lesson that holds the exercise `name`."""
    return next(lesson for lesson, exercises in bank().items() if name in exercises)
