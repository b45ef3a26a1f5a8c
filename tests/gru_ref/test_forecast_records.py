"""The records of lesson 18 say what the lesson says, beside the autoregression that is fitted anew here."""

import numpy as np
import pytest

from gru_ref import (
    choose_order,
    co2,
    compare,
    el_nino,
    fit_ar,
    forecast_ar,
    prepare,
    recorded,
    skill,
    sunspots,
    windows,
)

WAYS = {
    "sunspots": (sunspots, 59, "as it is"),
    "El Niño": (el_nino, 180, "anomalies"),
    "CO₂": (co2, 120, "change over a cycle"),
}


def errors_of_ar(name):
    read, test, how = WAYS[name]
    one = prepare(read(), test, how)
    order = choose_order(one.values[: one.first], 24, int(0.8 * one.first), 12)
    inputs, targets = (part[one.first - 24 :] for part in windows(one.values, 24, 12))
    return forecast_ar(fit_ar(one.values[: one.first], order), inputs, 12) - targets


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [("sunspots", ["a", "a", "a"]), ("El Niño", ["tie", "b", "tie"]), ("CO₂", ["a", "a", "a"])],
)
def test_the_autoregression_is_ahead_on_two_of_three_series(name, verdicts):
    rmse = np.sqrt(np.mean(errors_of_ar(name) ** 2))
    runs = [
        recorded("forecasts")[f"{output}, {name}, all"].values[:, -1] for output in ("number", "sequence", "quantiles")
    ]
    assert [compare(run, np.full(len(run), rmse))[2] for run in runs] == verdicts


@pytest.mark.parametrize(("name", "count", "won"), [("sunspots", 4, 0), ("El Niño", 14, 6), ("CO₂", 9, 2)])
def test_over_blocks_of_time_nothing_is_beyond_doubt(name, count, won):
    of_ar = np.array([np.mean(errors_of_ar(name)[12 * k : 12 * k + 12] ** 2) for k in range(count)])
    of_gru = np.array([recorded("forecast_blocks")[f"{name}, block {k}"].values[:, -1].mean() for k in range(count)])
    assert (of_gru < of_ar).sum() == won and compare(of_gru, of_ar)[2] == "tie"
    if name == "El Niño":
        others = np.arange(count) != 1  # without the origins of 1997
        assert of_gru.mean() < of_ar.mean() and of_gru[others].mean() > of_ar[others].mean()


def test_shuffled_windows_lend_a_gru_the_skill_that_an_autoregression_has():
    leaks = {name: runs.values[:, -1] for name, runs in recorded("forecast_leaks").items()}
    errors = errors_of_ar("sunspots")
    values = sunspots().values
    rows = np.arange(250, 298)[:, None] + np.arange(12)
    before = np.where(np.arange(12) < 11, values[rows - 11], values[rows - 22]) - values[rows]
    assert skill(errors, before) == pytest.approx(0.33, abs=0.01)
    assert compare(leaks["sunspots, shuffled windows"], leaks["sunspots, none"])[2] == "a"
    assert leaks["sunspots, shuffled windows"].mean() > 0.3 > 0.02 > leaks["sunspots, none"].mean()
