"""Memory with a gate that never changes: the exponential moving average. Lessons 00 and 04."""

import numpy as np

from gru_ref.checks import check_arrays, check_between

TAUGHT_IN = {"*": 4}  # a gate that never changes


def ema(xs, z):
    """Exponential moving average of a sequence, starting from an empty memory.

    h ← z · h + (1 − z) · x, from h = 0

    Parameters
    ----------
    xs : (T,) array, the sequence
    z : float in [0, 1], the fraction of the memory that is kept at each step

    Returns
    -------
    hs : (T,) array, the memory after each step, in the unit of xs

    Raises
    ------
    ValueError
        If xs is not one sequence of floats, or z lies outside [0, 1].
    """
    check_arrays(xs=(xs, "T"))
    if not 0 <= z <= 1:
        raise ValueError(f"z is {z}, but should lie in [0, 1]")
    h = 0.0
    hs = np.empty_like(xs)
    for t, x in enumerate(xs):
        h = z * h + (1 - z) * x
        hs[t] = h
    return hs


def half_life(z):
    """Number of steps after which a gate that keeps the fraction z has halved a memory.

    zᵏ = ½, so k = ln ½ / ln z

    Parameters
    ----------
    z : float or array, strictly between 0 and 1

    Returns
    -------
    k : like z, in steps; a real number, not rounded

    Raises
    ------
    ValueError
        If z is not strictly between 0 and 1: at 0 nothing is kept, at 1 nothing is ever lost.
    """
    check_between("z", z, 0, 1)
    return np.log(0.5) / np.log(z)


def time_constant(z):
    """Number of steps after which a gate that keeps the fraction z leaves 1/e of a memory.

    zᵏ = 1/e, so k = −1 / ln z, close to 1 / (1 − z) for z near 1

    Parameters
    ----------
    z : float or array, strictly between 0 and 1

    Returns
    -------
    k : like z, in steps; a real number, not rounded

    Raises
    ------
    ValueError
        If z is not strictly between 0 and 1: at 0 nothing is kept, at 1 nothing is ever lost.
    """
    check_between("z", z, 0, 1)
    return -1 / np.log(z)
