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
    """The `form` of an outcome, and some of its `numbers`; or the class and the text of the `error` in which it ended."""

    form: object = None
    numbers: tuple = ()
    error: tuple[type, str] | None = None


def fingerprint(outcome):
    """The Fingerprint of an Outcome."""
    if outcome.error is not None:
        return Fingerprint(error=(type(outcome.error), str(outcome.error)))
    numbers = []
    return Fingerprint(_form(outcome.value, numbers, [PARTS]), tuple(numbers))


class Table:
    """The fingerprints of what known wrong answers do in one case. Each is called once, however often it is compared.

    Parameters
    ----------
    right : Fingerprint of the right result
    """

    def __init__(self, right):
        self.right = right
        self._known = {}  # by `made_of` of each wrong answer
        self._by_form, self._arrays = {}, {}  # for each form those that have it, and their numbers as one array

    def comparison(self, exercise, args, seen):
        """A function that tells whether a wrong answer may give the same as the learner's in this case.

        It takes a Mistake, or a CopiedLine. The `fn` of each is made, and called, the first time that it is asked about.

        Parameters
        ----------
        exercise : Exercise
        args : the arguments of the case
        seen : Fingerprint of what the learner's answer gave
        """
        known, suspects = self._known, self._suspects(exercise, seen)

        def may_be(wrong):
            key = wrong.made_of
            if key in known:
                return key in suspects
            self._add(key, fingerprint(own_result(exercise, wrong.fn, args)))
            return _may_be_alike(exercise, known[key], seen)

        return may_be

    def _add(self, key, made):
        self._known[key] = made
        self._by_form.setdefault(_group_of(made), []).append(key)
        self._arrays.pop(_group_of(made), None)

    def _suspects(self, exercise, seen):
        """Of those that were called before, the ones that may give the same: a set of keys."""
        form = _group_of(seen)
        keys = self._by_form.get(form, [])
        if not keys or seen.error is not None:
            return {key for key in keys if _may_be_alike(exercise, self._known[key], seen)}
        if form not in self._arrays:
            self._arrays[form] = np.array([self._known[key].numbers for key in keys])
        near = _near(exercise, self._arrays[form], np.array(seen.numbers))
        return set(itertools.compress(keys, near.all(axis=1)))


def _group_of(made):
    """Only fingerprints of the same group may be alike."""
    return made.form if made.error is None else Exception


def _may_be_alike(exercise, one, other):
    """Whether two outcomes with these fingerprints may be alike, by the exercise's tolerance."""
    if one.error is not None and other.error is not None:
        return one.error == other.error or all(issubclass(kind, ValueError) for kind, _ in (one.error, other.error))
    if one.error is not None or other.error is not None or one.form != other.form:
        return False
    return bool(_near(exercise, np.array(one.numbers), np.array(other.numbers)).all())


def _near(exercise, a, b):
    with np.errstate(all="ignore"):
        tolerance = SLACK * (exercise.atol + exercise.rtol * np.maximum(np.abs(a), np.abs(b)))
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
    if found is None or found.right != right:
        found = Table(right)
    kept[seed, number] = found
    if len(kept) > TABLES:
        kept.popitem(last=False)
    return found


_TABLES = WeakKeyDictionary()  # by exercise; each holds its last tables by seed and number


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
