"""Autoregression, the strong baseline of lesson 18: the next value is a weighted sum of the last p, by least squares."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_index, check_size

TAUGHT_IN = {"*": None}  # a baseline, which no exercise asks for


class AR(NamedTuple):
    """An autoregression of order p: next = intercept + Σ_k weights[k] · (the value k + 1 steps back) + noise.

    intercept: float; weights (p,), newest first; deviation: float, the noise's standard deviation, in the series' unit.
    """

    intercept: float
    weights: ndarray
    deviation: float


def fit_ar(values, p, hold_back=None):
    """Fit an autoregression by least squares.

    Parameters
    ----------
    values : (n,) array, in order of time
    p : int of at least 0, the order
    hold_back : int from p on, how many first values are only used as past ones; p by default. Give all orders the same one to
        compare them: then they explain the same values

    Returns
    -------
    model : AR; its deviation divides by the number of explained values minus p + 1

    Raises
    ------
    ValueError
        If values is not a vector of finite floats, p or hold_back does not fit, or there are too few values.

    Source: ordinary least squares, as in statsmodels' ``AutoReg(values, p, hold_back=hold_back)``.
    """
    design, explained = _equations(values, p, hold_back)
    solution, *_ = np.linalg.lstsq(design, explained, rcond=None)
    residuals = explained - design @ solution
    deviation = float(np.sqrt(residuals @ residuals / (len(explained) - p - 1)))
    return AR(float(solution[0]), solution[1:], deviation)


def choose_order(values, most, first, horizon):
    """The order up to `most` that forecasts best *within* these values, which should be training values alone.

    Each order is fitted to the first `first` values, holds back `most` of them, and forecasts 1 to `horizon` steps from every
    origin that follows. The order with the least mean squared error over all of them is chosen.

    Parameters
    ----------
    values : (n,) array, in order of time
    most : int, the largest order
    first : int, how many values the orders are fitted to
    horizon : int

    Returns
    -------
    p : int from 0 to most

    Raises
    ------
    ValueError
        As for `fit_ar`, or if no origin is left after `first`.
    """
    (n,) = check_arrays(values=(values, "n")).values()
    for name, size in (("most", most), ("first", first), ("horizon", horizon)):
        check_size(name, size)
    if first + horizon > n:
        raise ValueError(
            f"values holds {n}, but first + horizon is {first + horizon}: no origin is left to compare orders"
        )
    rows = np.lib.stride_tricks.sliding_window_view(values, most + horizon)[first - most :]
    history, truth = rows[:, :most], rows[:, most:]
    errors = [
        np.mean((forecast_ar(fit_ar(values[:first], p, most), history, horizon) - truth) ** 2) for p in range(most + 1)
    ]
    return int(np.argmin(errors))


def forecast_ar(model, history, horizon):
    """Forecast by feeding each forecast back as if it had happened.

    Parameters
    ----------
    model : AR of order p
    history : (n,) or (N, n) array, N histories, each in order of time and with at least p values
    horizon : int

    Returns
    -------
    forecasts : (horizon,) or (N, horizon) array

    Raises
    ------
    ValueError
        If model is no AR, history does not hold finite floats or is shorter than p, or horizon is not an integer of at least 1.
    """
    p = _order(model)
    rows = history[None] if getattr(history, "ndim", 0) == 1 else history
    n = check_arrays(history=(rows, "N n"))["n"]
    check_size("horizon", horizon)
    if n < p:
        raise ValueError(f"history holds {n} values, but an AR({p}) looks at the last {p}")
    known = np.concatenate([rows[:, n - p :], np.empty((len(rows), horizon))], axis=1)
    for t in range(p, p + horizon):
        known[:, t] = model.intercept + known[:, t - p : t][:, ::-1] @ model.weights
    return known[0, p:] if history.ndim == 1 else known[:, p:]


def ar_deviations(model, horizon):
    """The standard deviation of a forecast's error 1, 2, …, horizon steps ahead, if the model is true.

    A forecast h steps ahead misses the noise of h steps. What came k steps earlier has the weight ψ_k by now: ψ_0 = 1,
    ψ_k = Σ_j weights[j] ψ_{k−1−j}. So the variance is deviation² (ψ_0² + … + ψ_{h−1}²).

    Parameters
    ----------
    model : AR
    horizon : int

    Returns
    -------
    deviations : (horizon,) array, in the series' unit, never decreasing

    Raises
    ------
    ValueError
        If model is no AR, or horizon is not an integer of at least 1.

    Source: the weights ψ are those of statsmodels' ``arma2ma``, the deviations those of its ``AutoReg`` beyond the end of the
    sample. That the weights are estimates is left out, so intervals of short series are a little too narrow.
    """
    check_size("horizon", horizon)
    p = _order(model)
    psi = np.zeros(p + horizon)
    psi[p] = 1.0
    for k in range(p + 1, p + horizon):
        psi[k] = psi[k - p : k][::-1] @ model.weights
    return model.deviation * np.sqrt(np.cumsum(psi[p:] ** 2))


def _order(model):
    """The order of a model, if that is an AR with finite weights."""
    if not isinstance(model, AR):
        raise ValueError(f"model is a {type(model).__name__}, but should be an AR, as fit_ar returns it")
    if getattr(model.weights, "size", 1):  # an AR(0) has none
        check_arrays(weights=(model.weights, "p"))
    return len(model.weights)


def _equations(values, p, hold_back):
    """The matrix of a constant and the p values before each, and the values that these are to explain."""
    (n,) = check_arrays(values=(values, "n")).values()
    check_index("p", p)
    hold_back = p if hold_back is None else hold_back
    check_index("hold_back", hold_back)
    if hold_back < p:
        raise ValueError(f"hold_back is {hold_back}, but should be at least p = {p}")
    if n - hold_back < p + 2:
        raise ValueError(
            f"values holds {n}, but an AR({p}) that holds back {hold_back} needs at least {hold_back + p + 2}"
        )
    past = [values[hold_back - k : n - k] for k in range(1, p + 1)]
    return np.stack([np.ones(n - hold_back), *past], axis=1), values[hold_back:]
