"""What a fair forecast needs: windows, origins that roll, scaling, skill, the loss of a quantile, and coverage. Lesson 18."""

from numbers import Real

import numpy as np

from gru_ref.checks import check_arrays, check_between, check_floats, check_size

TAUGHT_IN = {"*": 18}  # the exercises of lesson 18


def windows(series, n_in, horizon):
    """Cut a series into pairs: `n_in` values in a row, and the `horizon` values that follow them.

    Parameters
    ----------
    series : (n,) array, in order of time
    n_in : int, how many values a forecast may see
    horizon : int, how many values it is asked for

    Returns
    -------
    inputs : (N, n_in) array, N = n − n_in − horizon + 1; row k begins with value k
    targets : (N, horizon) array; row k begins with value k + n_in

    Raises
    ------
    ValueError
        If series is not a vector of finite floats, a size is not an integer of at least 1, or the series is too short for
        one pair.
    """
    (n,) = check_arrays(series=(series, "n")).values()
    check_size("n_in", n_in)
    check_size("horizon", horizon)
    N = n - n_in - horizon + 1
    if N < 1:
        raise ValueError(f"series holds {n} values, but one pair needs n_in + horizon = {n_in + horizon}")
    rows = np.lib.stride_tricks.sliding_window_view(series, n_in + horizon)
    return rows[:, :n_in].copy(), rows[:, n_in:].copy()


def rolling_origin(n, first, horizon, step):
    """The folds of a test by rolling origin: everything before the origin may be used, what follows it is forecast.

    Parameters
    ----------
    n : int, values in the series
    first : int, how many values lie before the first origin
    horizon : int, how many values each test part holds
    step : int, from one origin to the next

    Returns
    -------
    folds : list of pairs (training, test) of arrays of integers, places in the series. Training is 0, 1, …, origin − 1, and
        grows; test is origin, …, origin + horizon − 1. A fold whose test part would not fit is left out.

    Raises
    ------
    ValueError
        If a number is not an integer of at least 1, or not even the first fold fits.

    Source: L.J. Tashman (2000), "Out-of-sample tests of forecasting accuracy: an analysis and review", International Journal
    of Forecasting 16.
    """
    for name, size in (("n", n), ("first", first), ("horizon", horizon), ("step", step)):
        check_size(name, size)
    if first + horizon > n:
        raise ValueError(f"n is {n}, but the first fold needs first + horizon = {first + horizon} values")
    return [(np.arange(o), np.arange(o, o + horizon)) for o in range(first, n - horizon + 1, step)]


def standardise(series, n_train):
    """Scale a series by the mean and the standard deviation of its training part, its first `n_train` values.

    Parameters
    ----------
    series : (n,) array, in order of time
    n_train : int, from 1 to n

    Returns
    -------
    scaled : (n,) array, (series − mean) / deviation: also what comes after the training part
    mean : float, of the training part
    deviation : float, the root of the training part's mean squared deviation from its mean (divided by n_train)

    Raises
    ------
    ValueError
        If series is not a vector of finite floats, n_train is not an integer from 1 to n, or the training part is constant.
    """
    (n,) = check_arrays(series=(series, "n")).values()
    check_size("n_train", n_train)
    if n_train > n:
        raise ValueError(f"n_train is {n_train}, but series holds only {n} values")
    training = series[:n_train]
    mean, deviation = float(training.mean()), float(training.std())
    if np.ptp(training) == 0 or deviation == 0:
        raise ValueError(
            f"the training part is {training[0]:g} throughout, so its deviation is 0: nothing to divide by"
        )
    return (series - mean) / deviation, mean, deviation


def skill(errors, baseline_errors):
    """How much of a baseline's mean squared error a forecast saves: 1 − MSE / MSE of the baseline.

    Parameters
    ----------
    errors, baseline_errors : arrays of one shape, forecast minus truth, for the same values

    Returns
    -------
    skill : float up to 1: 1 is perfect, 0 as good as the baseline, below 0 worse

    Raises
    ------
    ValueError
        If they are not arrays of finite floats of one shape, hold nothing, or the baseline makes no error at all.

    Source: A.H. Murphy (1988), "Skill scores based on the mean square error and their relationships to the correlation
    coefficient", Monthly Weather Review 116.
    """
    _check_alike(errors=errors, baseline_errors=baseline_errors)
    baseline = float(np.mean(np.square(baseline_errors)))
    if baseline == 0:
        raise ValueError("baseline_errors are all 0: no forecast can save a part of nothing")
    return 1 - float(np.mean(np.square(errors))) / baseline


def quantile_loss(y, predicted, q):
    """The mean loss of a forecast of a quantile, the pinball loss: q (y − p) where y is above p, (1 − q) (p − y) elsewhere.

    Parameters
    ----------
    y : array, what happened
    predicted : array of the same shape, the forecasts p
    q : float between 0 and 1, which quantile: y is to lie below p with probability q

    Returns
    -------
    loss : float of at least 0, in the unit of y; at q = ½ half the mean absolute error

    Raises
    ------
    ValueError
        If y and predicted are not arrays of finite floats of one shape, hold nothing, or q is not a number between 0 and 1.

    Source: R. Koenker and G. Bassett (1978), "Regression quantiles", Econometrica 46.
    """
    _check_alike(y=y, predicted=predicted)
    if not isinstance(q, Real):
        raise ValueError(f"q is {q!r}, but should be one number between 0 and 1")
    check_between("q", q, 0, 1)
    above = y - predicted
    return float(np.mean(np.maximum(q * above, (q - 1) * above)))


def coverage(y, low, high):
    """The share of what happened that lies in its interval, ends included.

    Parameters
    ----------
    y : array, what happened
    low, high : arrays of the same shape, the ends of the intervals, low ≤ high

    Returns
    -------
    share : float from 0 to 1

    Raises
    ------
    ValueError
        If they are not arrays of finite floats of one shape, hold nothing, or a low end lies above its high end.
    """
    _check_alike(y=y, low=low, high=high)
    if (low > high).any():
        where = tuple(int(i) for i in np.argwhere(low > high)[0])
        raise ValueError(f"low is {low[where]:g} and high {high[where]:g} at {where}: are the ends swapped?")
    return float(np.mean((low <= y) & (y <= high)))


def _check_alike(**arrays):
    (first, shape), *_ = ((name, getattr(array, "shape", None)) for name, array in arrays.items())
    for name, array in arrays.items():
        check_floats(name, array)
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, but should have that of {first}, {shape}")
    if not array.size:
        raise ValueError(f"{first} has shape {shape}: it is empty, but should hold at least one value")
