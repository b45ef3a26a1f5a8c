"""Tell most known wrong answers from a learner's by a few numbers, without comparing all that they do in all cases.

A fingerprint is the form of what one call gave, and some of its numbers. Two outcomes whose fingerprints differ are never
alike in the sense of `grader.base.compare.alike`; two with the same fingerprint may be.
"""

from collections import OrderedDict
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from grader.base.compare import comparable, plain, type_of
from grader.checking.cases import own_result

NUMBERS = 16  # at most, of one array
ITEMS = 64  # at most, of one list, tuple or dict: more of them are only counted
SLACK = 1.01  # by which two numbers may be farther apart than the tolerance: rounding must not tell two that are alike apart
TABLES = 8  # at most, for one exercise


class Fingerprint(NamedTuple):
    """The `form` of an outcome, and some of its `numbers`; or the `error` in which it ended."""

    form: object = None
    numbers: tuple = ()
    error: BaseException | None = None


def fingerprint(outcome):
    """The Fingerprint of an Outcome."""
    if outcome.error is not None:
        return Fingerprint(error=outcome.error)
    numbers = []
    return Fingerprint(_form(outcome.value, numbers), tuple(numbers))


def may_be_alike(exercise, one, other):
    """Whether two outcomes with these fingerprints may be alike, by the exercise's tolerance."""
    if one.error is not None or other.error is not None:
        both = one.error, other.error
        return all(isinstance(error, ValueError) for error in both) or _same_error(*both)
    if one.form != other.form:
        return False
    rtol, atol = SLACK * exercise.rtol, SLACK * exercise.atol
    for a, b in zip(one.numbers, other.numbers, strict=True):
        if a != b and (abs(a - b) > atol + rtol * max(abs(a), abs(b)) or (a != a) != (b != b)):
            return False
    return True


def _same_error(one, other):
    return type(one) is type(other) and str(one) == str(other)


class Table:
    """The fingerprints of what known wrong answers do in one case. Each is called once, however often it is compared.

    Parameters
    ----------
    exercise : Exercise
    right : Fingerprint of the right result
    """

    def __init__(self, exercise, right):
        self._exercise, self.right, self._known = exercise, right, {}

    def may_be(self, wrong, args, seen):
        """Whether a wrong answer may give the same as the learner's.

        Parameters
        ----------
        wrong : a Mistake, or a CopiedLine; its `fn` is made and called only once
        args : the arguments of the case
        seen : Fingerprint of what the learner's answer gave
        """
        known = self._known.get(wrong.made_of)
        if known is None:
            known = self._known[wrong.made_of] = fingerprint(own_result(self._exercise, wrong.fn, args))
        return may_be_alike(self._exercise, known, seen)


def table(exercise, seed, number, right):
    """The Table of one case: that of an earlier check, if its case was the same.

    Parameters
    ----------
    exercise : Exercise
    seed, number : int, the seed of the check, and the case's number in it
    right : Outcome of the reference
    """
    kept = _TABLES.setdefault(exercise, OrderedDict())
    right = fingerprint(right)
    found = kept.pop((seed, number), None)
    # If the right result is another one now, the exercise or a function of the course has been changed.
    if found is None or not _equal(found.right, right):
        found = Table(exercise, right)
    kept[seed, number] = found
    if len(kept) > TABLES:
        kept.popitem(last=False)
    return found


_TABLES = WeakKeyDictionary()  # by exercise; each holds its last tables by seed and number


def _equal(one, other):
    if one.error is not None or other.error is not None:
        return _same_error(one.error, other.error)
    return one == other


def _form(value, numbers):
    """What `grader.base.compare.alike` demands to be equal in two results; some of their numbers are appended."""
    value = plain(value)
    kind = type_of(value)
    if kind in (bool, float):
        number = comparable(value)
        numbers.append(number.item() if isinstance(number, np.generic) else number)
        return kind
    if value is None:
        return None
    if isinstance(value, str):
        return kind, value
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biufc":
            numbers += value.ravel()[:: -(-value.size // NUMBERS) or 1].tolist()
        return kind, value.dtype, value.shape
    if isinstance(value, (list, tuple)):
        return kind, len(value), tuple(_form(item, numbers) for item in value[:ITEMS])
    if isinstance(value, dict):
        if len(value) > ITEMS or not all(isinstance(key, str) for key in value):  # whose order is not known
            return kind, frozenset(value)
        return kind, tuple((key, _form(value[key], numbers)) for key in sorted(value))
    return object()  # never alike, not even to itself
