"""An answer as the examination sees it: what it is called with, and a way to call it, be it here or in another process."""

import contextlib
import functools
import time

from grader.calling import KEPT_CHARACTERS, PATIENCE, Outcome, Place, call
from grader.exercises import find
from grader.judge.channel import BrokenOff, Closed
from grader.judge.codec import LONGEST_NAME, LONGEST_TEXT, Malformed, decode
from grader.judge.inside.checking import MOST_RESULT, signature_of
from grader.outside import MOST as MOST_OUTSIDE
from grader.reach import out_of_reach
from grader.timing import WAITING, OutOfTime
from grader.verdict import Verdict

GRACE = 2.0  # seconds beyond its deadline that an answer elsewhere may take to say that it ran out of time
MOST_WARNINGS, MOST_CHANGED = 20, 200
MOST_KEPT = 64_000_000  # bytes of results that one check keeps


class LocalAnswer:
    """A function or class in this process.

    Parameters
    ----------
    fn : the function or class
    exercise : Exercise
    alone : whether it has to do without the reference, which is out of reach while it is called
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
        with self._reach(), self._around():
            return call(self._used, args, self._names, deadline)


class RemoteAnswer:
    """A function or class in a process at the other end of a channel, where nothing is to be trusted.

    Parameters
    ----------
    channel : Channel
    description : Description
    exercise : Exercise

    Attributes
    ----------
    stuck : whether it did not even say in time that it ran out of time: then its process must be ended
    """

    def __init__(self, channel, description, exercise):
        self.signature, self.stuck = description.signature, False
        self._end, self._kept = time.monotonic() + PATIENCE * exercise.seconds, 0
        self._channel, self._names = channel, list(exercise.parameters)
        self._use = exercise.use.__name__ if exercise.use else None
        self._hidden = exercise.hidden_elsewhere  # the course's own is not there anyway

    def call(self, args, deadline):
        """The Outcome of one call, with a tuple of arguments.

        How long the call computed is what the other side says; how long all calls took is measured here.

        Raises
        ------
        BrokenOff
            If the other side was interrupted.
        Closed, Malformed
            If the other side has gone, or its reply is none.
        """
        seconds, patience = deadline.remaining(), self._end - time.monotonic()
        if seconds <= 0 or patience <= 0:
            return Outcome(error=OutOfTime(WAITING if seconds > 0 else ""))
        try:
            with self._channel.lending():
                fields = self._channel.request(
                    "call", patience + GRACE, use=self._use, args=args, seconds=seconds, patience=patience,
                    parameters=self._names, hidden=self._hidden,
                )  # fmt: skip
        except TimeoutError:
            self.stuck = True
            return Outcome(error=OutOfTime())
        except (BrokenOff, Closed, Malformed):
            raise
        except Exception as error:  # of the other side: no answer, but its process, could not go on
            raise BrokenOff(f"the call ended in {type(error).__name__}") from None
        deadline.spent += _duration(fields.get("seconds"))
        outcome = outcome_from(fields)
        self._kept += len(fields["value"])
        if self._kept > MOST_KEPT:
            raise Malformed("results too large to be kept")
        return outcome


def outcome_from(fields):
    """The Outcome that another process tells of, each part checked; Malformed if it is none."""
    try:
        if len(fields["value"]) > MOST_RESULT:
            raise Malformed("a result too large")
        value, error = decode(fields["value"]), fields["error"]
        if not (error is None or isinstance(error, BaseException)):
            raise Malformed("an error that is none")
        return Outcome(
            value=value if error is None else None,
            error=error,
            place=_place_from(fields["place"]),
            warned=tuple((_text(message), _place_from(place)) for message, place in _some(fields["warned"])),
            printed=_text(fields["printed"], KEPT_CHARACTERS),
            printed_characters=_count(fields["printed_characters"]),
            changed=tuple(_text(name, LONGEST_NAME) for name in _some(fields["changed"], MOST_CHANGED)),
            refused=fields["refused"] is True and isinstance(error, ValueError),
            outside=tuple(_text(name, LONGEST_NAME) for name in _some(fields["outside"], MOST_OUTSIDE)),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise Malformed("no outcome of a call") from problem


def _place_from(parts):
    if parts is None:
        return None
    file, line, text, shapes = parts
    shapes = tuple((_text(name, LONGEST_NAME), tuple(_count(n) for n in _some(shape))) for name, shape in _some(shapes))
    return Place(_text(file), _count(line), _text(text), shapes)


def _text(value, longest=LONGEST_TEXT):
    if type(value) is not str or len(value) > longest:
        raise Malformed("a text is wanted, and not so long a one")
    return value


def _count(value):
    if type(value) is not int or not 0 <= value < 2**62:
        raise Malformed("a count is wanted")
    return value


def _duration(value):
    if type(value) is not float or not 0 <= value < 1e6:
        raise Malformed("a duration is wanted")
    return value


def _some(values, most=MOST_WARNINGS):
    if type(values) not in (list, tuple) or len(values) > most:
        raise Malformed("a list is wanted, and not so long a one")
    return values


_OWNERS = {"gru_ref": "the course's", "torch": "PyTorch's", "numpy": "NumPy's"}
_NAMELESS = {
    "<lambda>": "a `lambda` has none",
    "partial": "what `functools.partial` makes has none",
    "wrapper": "this one is called `wrapper`: the decorator above it has hidden its name",
}


def _owner(description):
    """Whose a function or class is that an import has put in the place of the learner's, or None."""
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
        advice = "Its name was imported over yours: run the cell in which you write it again."
    else:
        try:
            find(name)
        except LookupError as e:
            headline, advice = f"`{name}` is not an exercise", f"`check` goes by the function's name, and {e}"
            if name in _NAMELESS:
                headline = f"`check` goes by the function's name, and {_NAMELESS[name]}"
                advice = "Write `def`, the exercise's name and its arguments, `def sigmoid(a):` say, and `return` in the next line."
        else:
            if description.kind != "object":
                return None
            headline = f"`check` takes the class `{name}` itself, but got an object made of it"
            advice = f"Write `check({name})`, without further brackets."
    return Verdict(description.name or description.type, "failed", "is an answer", headline, next_step=advice)
