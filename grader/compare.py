"""Strict comparison of results: type, shape, dtype and values, never broadcast."""

import numbers

import numpy as np


def kind_of(reference):
    """What a result must be, read off the reference's result: "array", "integer" or "number"."""
    if isinstance(reference, np.ndarray):
        return "array"
    return "integer" if isinstance(reference, numbers.Integral) else "number"


def alike(a, b, rtol, atol):
    """Whether two results are the same kind of thing with the same shape, dtype and values (NaN equals NaN)."""
    if type(a) is not type(b) and not (_is_number(a) and _is_number(b)):
        return False
    if isinstance(a, np.ndarray):
        return (
            a.dtype == b.dtype and a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
        )
    if _is_number(a):
        return bool(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(alike(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    return a is None


def wrong_entries(got, wanted, rtol, atol):
    """Boolean array: where `got` is not `wanted`. Both have the same shape."""
    return ~np.isclose(got, wanted, rtol=rtol, atol=atol)


def pattern(got, wanted, axes, rtol, atol):
    """A sentence about how a wrong array relates to the right one, or None if nothing stands out."""

    def same(a, b):
        return a.shape == b.shape and np.allclose(a, b, rtol=max(rtol, 1e-6), atol=max(atol, 1e-9))

    if same(got, -wanted):
        return "Every entry has the opposite sign."
    if same(got, 1 - wanted):
        return "Every entry is 1 minus the right one."
    if got.ndim >= 2 and got.shape[-1] == got.shape[-2] and same(got, np.swapaxes(wanted, -1, -2)):
        return "This is the transpose of the right matrix: rows and columns are exchanged."
    if len(got) > 1 and same(got, wanted[::-1]):
        return "The entries are right, but in reversed order along the first axis."
    if len(got) > 2 and same(got[1:], wanted[:-1]):
        return "Everything comes one place too late along the first axis."
    if len(got) > 2 and same(got[:-1], wanted[1:]):
        return "Everything comes one place too early along the first axis."
    factor = _common(np.divide, got, wanted)
    if factor is not None:
        return f"Every entry is {factor:.6g} times the right one."
    offset = _common(np.subtract, got, wanted)
    if offset is not None:
        return f"Every entry is the right one plus {offset:.6g}."
    return _where_right(wrong_entries(got, wanted, rtol, atol), axes)


_AXES = {"T": ("step", "look at what is carried from one step to the next"), "B": ("row of the batch", "")}
_AXES["H"] = ("unit", "is something being overwritten while it is still needed?")


def _where_right(wrong, axes):
    for position, axis in enumerate(axes.split()):
        if position >= wrong.ndim or wrong.shape[position] < 2:
            continue
        per_index = np.moveaxis(wrong, position, 0).reshape(wrong.shape[position], -1)
        name, advice = _AXES.get(axis, (f"index along {axis}", ""))
        advice = f": {advice}." if advice else "."
        if not per_index[0].any() and per_index[1:].any(axis=1).all():
            return f"The first {name} is right and every later one is wrong{advice}"
        if not per_index[-1].any() and per_index[:-1].any(axis=1).all():
            return f"Only the last {name} is right."
    return None


def _common(relation, got, wanted):
    with np.errstate(all="ignore"):
        values = relation(got, wanted).ravel()
    if len(values) > 1 and np.isfinite(values).all() and np.ptp(values) <= 1e-6 * abs(values[0]):
        return float(values[0])
    return None


def _is_number(a):
    return isinstance(a, (numbers.Real, np.bool_)) and not isinstance(a, np.ndarray)
