"""Forecasts that need no training: the last value, the last cycle, and what is usual. Introduced in lesson 18."""

import numpy as np

from gru_ref.checks import check_arrays, check_size

TAUGHT_IN = {"*": None}  # baselines, which no exercise asks for


def persistence(history, horizon, period=1):
    """Forecast that the last value stays, or with a period above 1 that the last cycle comes again.

    Parameters
    ----------
    history : (N, n) array, N histories, each in order of time; n at least the period
    horizon : int
    period : int, steps in a cycle

    Returns
    -------
    forecasts : (N, horizon) array

    Raises
    ------
    ValueError
        If history does not hold finite floats or is shorter than a period, or a size is not an integer of at least 1.
    """
    n = check_arrays(history=(history, "N n"))["n"]
    check_size("horizon", horizon)
    check_size("period", period)
    if n < period:
        raise ValueError(f"history holds {n} values, but a period is {period}")
    return history[:, n - period + np.arange(horizon) % period]


def climatology(training, places, period=1):
    """What is usual at a time of the cycle: the mean of the training values there. With period 1, the mean of them all.

    Parameters
    ----------
    training : (n,) array, the first n values of the series
    places : (…) array of integers, the places in the series to forecast
    period : int, steps in a cycle, at most n

    Returns
    -------
    forecasts : array with the shape of places

    Raises
    ------
    ValueError
        If training is not a vector of finite floats, shorter than a period, or places are not an array of integers of at
        least 0.
    """
    (n,) = check_arrays(training=(training, "n")).values()
    check_size("period", period)
    if n < period:
        raise ValueError(f"training holds {n} values, but a period is {period}")
    integers = isinstance(places, np.ndarray) and places.dtype.kind in "iu"
    if not integers or (places < 0).any():
        got = f"from {places.min()}" if integers else getattr(places, "dtype", f"a {type(places).__name__}")
        raise ValueError(f"places are {got}, but should be an array of integers of at least 0")
    usual = np.array([training[k::period].mean() for k in range(period)])
    return usual[places % period]
