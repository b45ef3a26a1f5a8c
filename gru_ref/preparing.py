"""What a model is given of a series: the series itself, what is unusual in it, or its change over a cycle. Lesson 18."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.baselines import climatology
from gru_ref.checks import check_size
from gru_ref.series import Series

TAUGHT_IN = {"*": None}  # prepares data

WAYS = ("as it is", "anomalies", "change over a cycle")


class Prepared(NamedTuple):
    """A series as models forecast it: values + known = the series.

    series: Series, without a first cycle if that was needed for the change; values (n,); known (n,), what is known about each
    time at least a cycle before; first: int, how many values are for training.
    """

    series: Series
    values: ndarray
    known: ndarray
    first: int


def prepare(series, test, how):
    """Prepare a series for models that find it hard to learn a season or a trend. An error in the values is one in the series.

    Parameters
    ----------
    series : Series of n values
    test : int, how many values at the end are for the test: nothing is computed from these
    how : "as it is"; "anomalies", what differs from the training part's mean at this time of the cycle; or "change over a
        cycle", what differs from the value a cycle before. Forecasts may then go a cycle ahead, and no further

    Returns
    -------
    prepared : Prepared

    Raises
    ------
    ValueError
        If series is no Series, how is something else, or training would hold fewer values than two cycles.
    """
    check_series(series)
    check_size("test", test)
    n, period = len(series.values), series.period
    first = n - test
    if how not in WAYS:
        raise ValueError(f"how is {how!r}, but should be one of {', '.join(map(repr, WAYS))}")
    if first < 2 * period:
        raise ValueError(f"a test of {test} values leaves {first} for training, but two cycles are {2 * period}")
    if how == "as it is":
        known = np.zeros(n)
    elif how == "anomalies":
        known = climatology(series.values[:first], np.arange(n), period)
    else:
        known = series.values[:-period]
        series = series._replace(times=series.times[period:], values=series.values[period:])
        first -= period
    return Prepared(series, series.values - known, known, first)


def check_series(series):
    """Raise ValueError unless `series` is a Series."""
    if not isinstance(series, Series):
        raise ValueError(
            f"series is of the type {type(series).__name__}, but should be a Series, as read_series and sunspots return it"
        )
