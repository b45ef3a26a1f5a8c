"""An answer as the check sees it: its signature, and a way to call it, here or in another process."""

import contextlib
import functools
from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from grader.answer.calling import call
from grader.answer.description import signature_of
from grader.answer.reach import out_of_reach
from grader.base.timing import OutOfTime
from grader.checking.verdict import Verdict
from grader.exercises import find


class Answer(ABC):
    """What the check knows about an answer: its `signature`, an inspect.Signature or None, and how to call it."""

    @abstractmethod
    def call(self, args, deadline):
        """The Outcome of one call, with a tuple of arguments, within a Deadline."""

    def call_each(self, arguments, deadline):
        """The Outcomes of several calls, one after the other: a list, which ends with the first that ran out of time."""
        return _until_out_of_time(self.call(args, deadline) for args in arguments)


class LocalAnswer(Answer):
    """A function or class in this process.

    Parameters
    ----------
    fn : the function or class
    exercise : Exercise
    alone : whether it must work without the reference, which is out of reach while it is called
    around : function that makes a context manager, entered while it is called
    """

    def __init__(self, fn, exercise, alone=False, around=contextlib.nullcontext):
        self._fn, self._used, self._names = fn, exercise.used(fn), exercise.parameters
        self._around = around
        self._reach = functools.partial(out_of_reach, *(exercise.reference, *exercise.hidden) if alone else ())

    @property
    def signature(self):
        """Its inspect.Signature, or None if it has none."""
        return signature_of(self._fn)

    def call(self, args, deadline):
        """The Outcome of one call, with a tuple of arguments."""
        return self.call_each([args], deadline)[0]

    def call_each(self, arguments, deadline):
        """The Outcomes of several calls. They share the settings, since changing those takes longer than most calls."""
        with self._reach(), self._around():
            return _until_out_of_time(call(self._used, args, self._names, deadline) for args in arguments)


def _until_out_of_time(outcomes):
    made = []
    for outcome in outcomes:
        made.append(outcome)
        if isinstance(outcome.error, OutOfTime):
            break
    return made


class WidenedAnswer(Answer):
    """An answer whose float16 and float32 results count as float64: for an exercise where each of them is right."""

    def __init__(self, answer):
        self._answer, self.signature = answer, answer.signature

    def call(self, args, deadline):
        """The Outcome of one call, its floats widened."""
        return _with_widened(self._answer.call(args, deadline))

    def call_each(self, arguments, deadline):
        """The Outcomes of several calls, their floats widened."""
        return list(map(_with_widened, self._answer.call_each(arguments, deadline)))


def _with_widened(outcome):
    return replace(outcome, value=_widened(outcome.value))


def _widened(value):
    """An array, or the arrays in a list or tuple, and no deeper: a list may even contain itself."""
    return type(value)(map(_widened_array, value)) if type(value) in (list, tuple) else _widened_array(value)


def _widened_array(value):
    narrow = isinstance(value, np.ndarray) and value.dtype in (np.float16, np.float32)
    return value.astype(np.float64) if narrow else value


_OWNERS = {"gru_ref": "the course's", "torch": "PyTorch's", "numpy": "NumPy's"}
_NAMELESS = {
    "<lambda>": "a `lambda` has none",
    "partial": "what `functools.partial` makes has none",
    "wrapper": "this one is called `wrapper`: the decorator above it has hidden its name",
}


def _owner(description):
    """Whose function or class an import has put in the place of the learner's, or None."""
    # What NumPy makes of the learner's function is still the learner's.
    return None if description.type == "vectorize" else _OWNERS.get(description.module.partition(".")[0])


def misuse(description, name):
    """A Verdict about `check` called with something that cannot be an answer, or None.

    Parameters
    ----------
    description : Description of what it was called with
    name : str, the exercise that this is meant to answer
    """
    if description.kind == "text":
        headline, advice = (
            "`check` takes the function itself, without quotes",
            f"Write `check({description.name})`.",
        )
    elif description.kind == "value":
        headline = f"`check` takes a function, but got {description.type}"
        advice = "Did a later line give the function's name to something else? Run the cell that defines it again."
    elif description.name and (owner := _owner(description)):
        headline = f"`{description.name}` is {owner} own {description.kind} here, not yours"
        advice = "An import has replaced yours: run the cell in which you define it again."
    else:
        try:
            find(name)
        except LookupError as e:
            headline, advice = f"`{name}` is not an exercise", f"`check` goes by the function's name, and {e}"
            if name in _NAMELESS:
                headline = f"`check` goes by the function's name, and {_NAMELESS[name]}"
                advice = "Write `def`, the exercise's name and its arguments, such as `def sigmoid(a):`, and `return` in the next line."
        else:
            if description.kind != "object":
                return None
            headline = f"`check` takes the class `{name}` itself, but got an object made of it"
            advice = f"Write `check({name})`, without further brackets."
    return Verdict(description.name or description.type, "failed", "is an answer", headline, next_step=advice)
