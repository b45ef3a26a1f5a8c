"""Say clearly what is wrong with an argument: its name, what it is, what it should be."""

from functools import lru_cache

import numpy as np

TAUGHT_IN = {"*": None}  # checks arguments

SMALL = 2**14  # entries of all arrays together, up to which copying them costs less than a call for each


def check_arrays(**named):
    """Check several arrays against named axes, binding each axis name to one size.

    Parameters
    ----------
    **named : pairs ``(array, axes)`` such as ``x=(x, "B I")``; the keyword is the name used in messages.
        An axis name binds to the first size it meets, so ``h=(h, "B H")`` must then agree about ``B``.

    Returns
    -------
    sizes : dict from axis name to size

    Raises
    ------
    ValueError
        If something is not a NumPy array of finite floating-point numbers, or has the wrong rank or sizes.
    """
    if not _are_finite_floats([array for array, _ in named.values()]):
        _check_in_turn(named)
    return dict(_sizes(tuple([(name, array.shape, axes) for name, (array, axes) in named.items()])))


def _are_finite_floats(arrays):
    """Whether all of them are, without saying which is not. Small arrays are looked at together, which is faster."""
    if not all([isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in arrays]):
        return False
    if len(arrays) > 1 and sum([array.size for array in arrays]) <= SMALL:
        arrays = [np.concatenate(arrays, axis=None)]
    return all([np.isfinite(array).all() for array in arrays])


def _check_in_turn(named):
    """Raise ValueError for the first array with something wrong: its kind, its entries or its shape."""
    shapes = ()
    for name, (array, axes) in named.items():
        check_floats(name, array)
        shapes += ((name, array.shape, axes),)
        _sizes(shapes)


@lru_cache(maxsize=512)
def _sizes(shapes):
    """The size of each axis, from triples of a name, a shape and its axes: they are the same at each step of a loop."""
    sizes, origin = {}, {}
    for name, shape, axes in shapes:
        axes = axes.split()
        if len(shape) != len(axes):
            count = "1 axis" if len(axes) == 1 else f"{len(axes)} axes"
            raise ValueError(f"{name} has shape {shape}, but should have {count}, ({', '.join(axes)})")
        for axis, size in zip(axes, shape, strict=True):
            if size == 0:
                raise ValueError(f"{name} has shape {shape}: axis {axis} is empty, but should hold at least one")
            if sizes.setdefault(axis, size) != size:
                if origin[axis] == name:
                    raise ValueError(f"{name} has shape {shape}, but should be square, ({', '.join(axes)})")
                raise ValueError(
                    f"{name} has shape {shape}, but its {axis} should be {sizes[axis]}, as in {origin[axis]}"
                )
            origin.setdefault(axis, name)
    return sizes


def check_floats(name, array):
    """Raise ValueError unless `array` is a NumPy array of finite floating-point numbers."""
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name} is a {type(array).__name__}, but should be a NumPy array")
    if array.dtype.kind != "f":
        # Complex numbers cannot become floats without silently losing their imaginary part.
        remedy = "" if np.iscomplexobj(array) else f": try {name}.astype(float)"
        raise ValueError(f"{name} holds {array.dtype}, but should hold floats{remedy}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity, but should hold finite numbers")


def check_between(name, value, low, high):
    """Raise ValueError unless every entry of `value` lies strictly between `low` and `high`."""
    if not np.all((np.asarray(value) > low) & (np.asarray(value) < high)):
        raise ValueError(f"{name} is {value}, but should lie between {low} and {high}, both excluded")


def check_size(name, value):
    """Raise ValueError unless `value` is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} is {value!r}, but should be an integer of at least 1")


def check_generator(rng):
    """Raise ValueError unless `rng` is a numpy.random.Generator."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng is a {type(rng).__name__}, but should be a numpy.random.Generator")


def check_listed(name, things, what):
    """Raise a ValueError unless `things` is a list or tuple of at least one; `what` says of what, such as "text"."""
    if not isinstance(things, (list, tuple)) or not things:
        got = "empty" if isinstance(things, (list, tuple)) else f"a {type(things).__name__}"
        raise ValueError(f"{name} is {got}, but should be a list of at least one {what}")


def check_lengths(lengths, T, B):
    """Raise ValueError unless `lengths` is an array of `B` integers between 1 and `T`, one for each sequence."""
    if not isinstance(lengths, np.ndarray):
        raise ValueError(f"lengths is a {type(lengths).__name__}, but should be a NumPy array")
    if not np.issubdtype(lengths.dtype, np.integer):
        raise ValueError(f"lengths holds {lengths.dtype}, but should hold integers: try lengths.astype(int)")
    if lengths.shape != (B,):
        raise ValueError(f"lengths has shape {lengths.shape}, but should be ({B},), one length for each sequence")
    outside = lengths[(lengths < 1) | (lengths > T)]
    if outside.size:
        raise ValueError(f"lengths holds {outside[0]}, but should lie between 1 and {T}, the number of steps")


def check_integers(name, array, axes, low=0, high=None):
    """Raise ValueError unless `array` is a NumPy array of integers from `low` to `high`, both included, with these axes.

    A limit of None is none. An array may be empty: what needs an entry says so itself.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name} is a {type(array).__name__}, but should be a NumPy array of integers")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} holds {array.dtype}, but should hold integers")
    axes = axes.split()
    if array.ndim != len(axes):
        raise ValueError(f"{name} has shape {array.shape}, but should have shape ({', '.join(axes)})")
    outside = array[(False if low is None else array < low) | (False if high is None else array > high)]
    if outside.size:
        wanted = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} holds {outside[0]}, but its entries should be {wanted}")


def check_index(name, value, high=None):
    """Raise ValueError unless `value` is an integer from 0 to `high`; `high` of None sets no upper limit."""
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not integer or value < 0 or (high is not None and value > high):
        wanted = "an integer of at least 0" if high is None else f"an integer from 0 to {high}"
        raise ValueError(f"{name} is {value!r}, but should be {wanted}")


def check_ids(name, ids, axes, V=None):
    """Raise ValueError unless `ids` is a non-empty array of integers with these axes, from 0 to V − 1 if V is given."""
    check_integers(name, ids, axes, None if V is None else 0, None if V is None else V - 1)
    if not ids.size:
        raise ValueError(f"{name} has shape {ids.shape}, but should hold at least one character")
