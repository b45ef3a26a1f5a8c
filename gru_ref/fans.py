"""A forecast with intervals beyond the end of a series, by the autoregression of lesson 18."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.autoregression import ar_deviations, choose_order, fit_ar, forecast_ar
from gru_ref.checks import check_size
from gru_ref.preparing import check_series, prepare

TAUGHT_IN = {"*": None}  # a baseline's forecast, which no exercise asks for

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_Z = np.array([NormalDist().inv_cdf(q) for q in QUANTILES])  # of a normal variable with mean 0 and deviation 1
MOST = 24  # the largest order that is tried, if the series is long enough


class Fan(NamedTuple):
    """A forecast: times (horizon,), quantiles (horizon, 5) in the series' unit, for QUANTILES; order: int, of the AR."""

    times: ndarray
    quantiles: ndarray
    order: int


def fan(series, horizon, how="as it is"):
    """Forecast what comes after the end of a series, with intervals of 50% and 90%.

    The order of the autoregression is the one that forecasts the last fifth best from the first four. It is then fitted to
    the whole series. Intervals are normal, and leave out that the weights are estimates.

    Parameters
    ----------
    series : Series of at least 40 values
    horizon : int, steps to forecast, from 1 to a fifth of the series; at most a period for "change over a cycle"
    how : "as it is", or "change over a cycle" for a series with a season or a trend

    Returns
    -------
    fan : Fan

    Raises
    ------
    ValueError
        If series is no Series or too short, or horizon or how does not fit.
    """
    check_series(series)
    check_size("horizon", horizon)
    n, period = len(series.values), series.period
    if n < 40:
        raise ValueError(f"series holds {n} values, but should hold at least 40 for an order to be chosen")
    if how not in ("as it is", "change over a cycle"):
        raise ValueError(f"how is {how!r}, but should be 'as it is' or 'change over a cycle'")
    values = prepare(series, 1, how).values
    limit = min(len(values) // 5, period if how == "change over a cycle" else n)
    if horizon > limit:
        raise ValueError(f"horizon is {horizon}, but should be at most {limit} for this series")
    first = int(0.8 * len(values))
    order = choose_order(values, min(MOST, first // 3), first, horizon)
    model = fit_ar(values, order)
    known = series.values[n - period :][:horizon] if how == "change over a cycle" else np.zeros(horizon)
    middle, deviations = forecast_ar(model, values, horizon) + known, ar_deviations(model, horizon)
    step = float(np.median(np.diff(series.times)))
    times = series.times[-1] + step * np.arange(1, horizon + 1)
    return Fan(times, middle[:, None] + deviations[:, None] * _Z, order)
