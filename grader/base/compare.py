"""Strict comparison of results: form, type, shape, dtype and values, without broadcasting."""

import math
import numbers

import numpy as np

MOST_IN_ANOTHER_ORDER = 50


def kind_of(reference):
    """What a result, or a part of it, must be, read off the reference's.

    One of "array", "boolean", "integer", "number", "text", "None".
    """
    if isinstance(reference, np.ndarray):
        return "array"
    if reference is None or isinstance(reference, str):
        return "None" if reference is None else "text"
    if isinstance(reference, (bool, np.bool_)):
        return "boolean"
    return "integer" if isinstance(reference, numbers.Integral) else "number"


def plain(value):
    """A 0-dimensional array is as good as the number in it."""
    return value[()] if type(value) is np.ndarray and value.ndim == 0 else value


def alike(a, b, rtol, atol):
    """Whether two results have the same form, kinds, shapes, dtypes and values (NaN equals NaN)."""
    a, b = plain(a), plain(b)
    if type_of(a) is not type_of(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(alike(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k], rtol, atol) for k in a)
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape or _begin_differently(a, b, rtol, atol):
            return False
        return not wrong_entries(a, b, rtol, atol, equal_nan=True).any()
    if type_of(a) in (bool, float):  # not by NumPy: it would round a number to the float16 that it is compared with
        a, b = float(comparable(a)), float(comparable(b))
        return _near(a, b, rtol, atol, math.isfinite(b)) or (math.isnan(a) and math.isnan(b))
    return a is None or (isinstance(a, str) and a == b)


def _begin_differently(a, b, rtol, atol):
    """Whether the first numbers of two arrays clearly differ: most arrays that differ do so there, which is found at once."""
    if a.dtype.kind != "f" or not a.size:
        return False
    x, y = a.item(0), b.item(0)
    return abs(x - y) > 1.01 * (atol + rtol * abs(y))


def wrong_entries(got, wanted, rtol, atol, equal_nan=False):
    """Boolean array: where `got` is not `wanted`. Both are of the same kind and have the same shape."""
    got, wanted = np.asarray(comparable(got)), np.asarray(comparable(wanted))
    if wanted.dtype.kind not in "biufc":
        return np.asarray(got != wanted)
    if got.dtype != wanted.dtype or wanted.dtype.kind != "f":
        return ~np.isclose(got, wanted, rtol=rtol, atol=atol, equal_nan=equal_nan)
    with np.errstate(invalid="ignore"):
        near = _near(got, wanted, rtol, atol, np.isfinite(wanted))
    return ~(near | (np.isnan(got) & np.isnan(wanted)) if equal_nan else near)


def _near(got, wanted, rtol, atol, finite):
    """What `np.isclose` computes for floats, in half its time: a check compares hundreds of small arrays."""
    return (abs(got - wanted) <= atol + rtol * abs(wanted)) & finite | (got == wanted)


def _nearly(got, wanted, rtol, atol):
    """What `np.isclose` gives for numbers of any kind, and faster."""
    wanted = wanted if wanted.dtype.kind == "f" else wanted.astype(float)  # unsigned integers would wrap around
    with np.errstate(invalid="ignore"):
        return _near(got, wanted, rtol, atol, np.isfinite(wanted))


def pattern(got, wanted, axes, rtol, atol):
    """A sentence about how a wrong array relates to the right one, or None if nothing stands out."""

    def same(a, b):
        return a.shape == b.shape and bool(_nearly(a, b, max(rtol, 1e-6), max(atol, 1e-9)).all())

    if got.dtype.kind not in "iuf":
        return _where_right(wrong_entries(got, wanted, rtol, atol), axes)
    if got.size > 1 and np.ptp(got) == 0:
        return f"Every entry is {got.flat[0]:.6g}."
    if same(got, -wanted):
        return "Every entry has the opposite sign."
    if same(got, 1 - wanted):
        return "Every entry is 1 minus the right one."
    if same(np.abs(got), np.abs(wanted)) and (np.sign(got) != np.sign(wanted)).any():
        return "Every entry has the right size, but some have the wrong sign."
    if got.ndim >= 2 and got.shape[-1] == got.shape[-2] > 1:
        if same(got, np.swapaxes(wanted, -1, -2)):
            return "This is the transpose of the right matrix: rows and columns are exchanged."
        on_diagonal, wrong = np.eye(len(got.T), dtype=bool), wrong_entries(got, wanted, rtol, atol)
        if not wrong[..., ~on_diagonal].any():
            return "All entries off the diagonal are right, and those on it are wrong."
        if not wrong[..., on_diagonal].any() and wrong[..., ~on_diagonal].all():
            return "All entries on the diagonal are right, and those off it are wrong."
    if len(got) > 1 and same(got, wanted[::-1]):
        return "The entries are right, but in reversed order along the first axis."
    if len(got) > 2 and same(got[1:], wanted[:-1]):
        return "Everything comes one place too late along the first axis."
    if len(got) > 2 and same(got[:-1], wanted[1:]):
        return "Everything comes one place too early along the first axis."
    if reordered := _reordered(got, wanted, axes):
        return reordered
    if special := _only_few_values(got, wanted, axes) or _cut_off(got, wanted, same):
        return special
    with np.errstate(all="ignore"):
        off = np.abs(got / wanted - 1).max()
    if off < 1e-3:
        return f"Every entry is nearly right, to {off:.1g} of its size: is a small term wrong, or a number rounded?"
    factor = _common(np.divide, got, wanted)
    if factor is not None:
        return f"Every entry is {factor:.6g} times the right one."
    offset = _common(np.subtract, got, wanted)
    if offset is not None:
        return f"Every entry is the right one {'plus' if offset > 0 else 'minus'} {abs(offset):.6g}."
    return _where_right(wrong_entries(got, wanted, rtol, atol), axes) or _out_of_range(got, wanted, axes)


def numbers_pattern(got, wanted):
    """A sentence about how wrong numbers, one of each case, relate to the right ones, or None if nothing stands out."""
    got, wanted = (np.array([comparable(number) for number in numbers], float) for numbers in (got, wanted))
    if len(got) < 3 or not (np.isfinite(got).all() and np.isfinite(wanted).all()) or np.ptp(wanted) == 0:
        return None
    if np.ptp(got) == 0:
        return f"It is {got[0]:.6g} for all arguments."
    if np.allclose(got, -wanted):
        return "It has the opposite sign in every case."
    if np.allclose(got, 1 - wanted):
        return "It is 1 minus the right one in every case."
    with np.errstate(all="ignore"):
        if np.allclose(got, 1 / wanted):
            return "It is 1 divided by the right one in every case."
    counts = (got != 0) | (wanted != 0)
    factor = _common(np.divide, got[counts], wanted[counts])
    if factor is not None:
        if f"{factor:.6g}" == "1":
            return (
                "It is nearly right in every case, to 6 digits or more: is something computed in float32, or rounded?"
            )
        return f"It is {factor:.6g} times the right one in every case."
    offset = _common(np.subtract, got, wanted)
    if offset is not None:
        return f"It is {abs(offset):.6g} {'more' if offset > 0 else 'less'} than the right one in every case."
    in_integers = [np.allclose(numbers, np.round(numbers)) for numbers in (got, wanted)]
    if in_integers == [True, False] and np.abs(got - wanted).max() <= 1:
        return "It is rounded to an integer in every case."
    return None


_ROUNDED = ("an integer", "1 decimal", "2 decimals", "3 decimals", "4 decimals")


def _only_few_values(got, wanted, axes):
    """Entries that are 0 or 1, rounded, or repeated along an axis."""
    if ((got == 0) | (got == 1)).all() and not ((wanted == 0) | (wanted == 1)).all():
        return "Every entry is 0 or 1: is something rounded, or compared?"
    for decimals in range(len(_ROUNDED)):
        if (np.round(got, decimals) == got).all() and np.abs(got - wanted).max() <= 0.5001 * 10.0**-decimals:
            return f"Every entry is rounded to {_ROUNDED[decimals]}."
    for position, size in enumerate(got.shape):
        if size > 1 and not np.ptp(got, axis=position).any() and np.ptp(wanted, axis=position).any():
            return f"All {_words_for(axes, position)[1]} are equal: is something averaged, summed, or taken from the first one?"
    return None


def _cut_off(got, wanted, same):
    low, high = float(got.min()), float(got.max())
    below, above = (wanted < low - 1e-9).sum(), (wanted > high + 1e-9).sum()
    bounds = ([low] if below else []) + ([high] if above else [])
    likely = below + above > 1 or all(round(bound, 2) == bound for bound in bounds)
    if not bounds or not likely or not same(got, np.clip(wanted, low, high)):
        return None
    at = f"±{high:.6g}" if len(bounds) == 2 and low == -high else " and ".join(f"{bound:.6g}" for bound in bounds)
    return f"Entries are cut off at {at}: the others are right."


def _out_of_range(got, wanted, axes):
    """Entries that leave the range of gates, or of states; other results may lie in it by chance."""
    if axes.split()[-1:] != ["H"] or "H H" in axes:
        return None
    for low, high in ((0, 1), (-1, 1)):
        if ((wanted >= low) & (wanted <= high)).all():
            outside = int(((got < low) | (got > high)).sum())
            return f"{outside} of {got.size} entries lie outside the range from {low} to {high}." if outside else None
    return None


_AXES = {
    "T": ("step", "steps", "look at what is carried from one step to the next"),
    "B": ("row of the batch", "rows of the batch", ""),
    "H": ("unit", "units", "is something being overwritten while it is still needed?"),
}


def _words_for(axes, position):
    """An axis in words: one index of it, several of them, and advice."""
    name = axes.split()[position] if position < len(axes.split()) else f"axis {position}"
    return _AXES.get(name, (f"index along {name}", f"indices along {name}", ""))


def _reordered(got, wanted, axes):
    for position, size in enumerate(wanted.shape):
        if not 1 < size <= MOST_IN_ANOTHER_ORDER:
            continue
        a, b = (np.moveaxis(v, position, 0).reshape(size, -1) for v in (got, wanted))
        same = _nearly(a[:, None], b, 1e-6, 1e-9).all(axis=2)
        one_to_one = (same.sum(axis=0) == 1).all() and (same.sum(axis=1) == 1).all()
        if one_to_one and not same.diagonal().all():
            return f"The entries are right, but the {_words_for(axes, position)[1]} are in a different order."
    return None


def _where_right(wrong, axes):
    for position in range(min(wrong.ndim, len(axes.split()))):
        if wrong.shape[position] < 2:
            continue
        faulty = np.moveaxis(wrong, position, 0).reshape(wrong.shape[position], -1).any(axis=1)
        one, many, advice = _words_for(axes, position)
        size, right = len(faulty), int((~faulty).sum())
        if size > 2 and right == size - 1:
            where = {0: f"the first {one}", size - 1: f"the last {one}"}
            found = int(faulty.argmax())
            return f"Only {where.get(found, f'{one} {found}, counted from 0,')} is wrong."
        if right and faulty[right:].all():
            those = f"The first {one} is" if right == 1 else f"The first {right} {many} are"
            return f"{those} right and every later one is wrong{f': {advice}' * bool(advice)}."
        if right and faulty[: size - right].all():
            those = f"the last {one} is" if right == 1 else f"the last {right} {many} are"
            return f"Only {those} right."
    return None


def _common(relation, got, wanted):
    with np.errstate(all="ignore"):
        values = relation(got, wanted).ravel()
    if len(values) > 1 and np.isfinite(values).all() and np.ptp(values) <= 1e-6 * abs(values[0]):
        return float(values[0])
    return None


def comparable(value):
    """A number as NumPy can compare it: an integer that is too large for an array becomes a float, or infinity."""
    if not isinstance(value, int) or value.bit_length() < 64:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def type_of(value):
    """Its type; Python's and NumPy's booleans count as one, and so do all real numbers."""
    if isinstance(value, (bool, np.bool_)):
        return bool
    return float if isinstance(value, (int, float, np.integer, np.floating)) else type(value)
