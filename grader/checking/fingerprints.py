"""Tell most known wrong answers from a learner's by a few numbers, without comparing all that they do in all cases.

A fingerprint is the form of what one call gave, and some of its numbers. Two outcomes whose fingerprints differ are never
alike in the sense of `grader.base.compare.alike`; two with the same fingerprint may be.
"""

import itertools
from collections import OrderedDict
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from grader.base.compare import comparable, plain, type_of
from grader.checking.cases import own_result

NUMBERS = 16  # at most, of one array
PARTS, DEPTH = 500, 20  # at most, of a result
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
    return Fingerprint(_form(outcome.value, numbers, [PARTS]), tuple(numbers))


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
        self._exercise, self.right = exercise, right
        self._known = {}  # by `made_of` of each wrong answer
        self._by_form, self._arrays = {}, {}  # for each form those that have it, and their numbers as one array

    def comparison(self, args, seen):
        """A function that tells whether a wrong answer may give the same as the learner's in this case.

        It takes a Mistake, or a CopiedLine. The `fn` of each is made, and called, the first time that it is asked about.

        Parameters
        ----------
        args : the arguments of the case
        seen : Fingerprint of what the learner's answer gave
        """
        known, suspects = self._known, self._suspects(seen)

        def may_be(wrong):
            key = wrong.made_of
            if key in known:
                return key in suspects
            self._add(key, fingerprint(own_result(self._exercise, wrong.fn, args)))
            return self._may_be_alike(known[key], seen)

        return may_be

    def _add(self, key, made):
        self._known[key] = made
        self._by_form.setdefault(self._form_of(made), []).append(key)
        self._arrays.pop(self._form_of(made), None)

    def _form_of(self, made):
        return made.form if made.error is None else Exception

    def _suspects(self, seen):
        """Of those that were called before, the ones that may give the same: a set of keys."""
        form = self._form_of(seen)
        keys = self._by_form.get(form, [])
        if not keys or seen.error is not None:
            return {key for key in keys if self._may_be_alike(self._known[key], seen)}
        if form not in self._arrays:
            self._arrays[form] = np.array([self._known[key].numbers for key in keys])
        near = self._near(self._arrays[form], np.array(seen.numbers))
        return set(itertools.compress(keys, near.all(axis=1)))

    def _may_be_alike(self, one, other):
        """Whether two outcomes with these fingerprints may be alike, by the exercise's tolerance."""
        if one.error is not None or other.error is not None:
            both = one.error, other.error
            return all(isinstance(error, ValueError) for error in both) or _same_error(*both)
        return one.form == other.form and bool(self._near(np.array(one.numbers), np.array(other.numbers)).all())

    def _near(self, a, b):
        with np.errstate(all="ignore"):
            tolerance = SLACK * (self._exercise.atol + self._exercise.rtol * np.maximum(np.abs(a), np.abs(b)))
            far = np.abs(a - b) > tolerance  # never so with NaN or infinity
        return ~far & (np.isnan(a) == np.isnan(b))


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


def _form(value, numbers, left, depth=0):
    """What `grader.base.compare.alike` demands to be equal in two results; some of their numbers are appended.

    `left` holds how many parts are still looked at, and those that are too deep are not: a list may even contain itself.
    """
    left[0] -= 1
    if left[0] < 0 or depth > DEPTH:
        return ...
    value = plain(value)
    kind = type_of(value)
    if kind in (bool, float):
        numbers.append(float(comparable(value)))
        return kind
    if value is None:
        return None
    if isinstance(value, str):
        return kind, value
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biufc":
            some = value.ravel()[:: -(-value.size // NUMBERS) or 1]
            numbers += some.tolist() if some.dtype.kind == "c" else some.astype(float).tolist()
        return kind, value.dtype, value.shape
    if isinstance(value, (list, tuple)):
        return kind, len(value), tuple(_form(item, numbers, left, depth + 1) for item in value[:PARTS])
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):  # whose order is not known
            return kind, frozenset(value)
        return kind, tuple((key, _form(value[key], numbers, left, depth + 1)) for key in sorted(value))
    return object()  # never alike, not even to itself
