"""Baselines by hand, and series prepared without a look at the test."""

import numpy as np
import pytest

from gru_ref import climatology, el_nino, persistence, prepare, sunspots

HISTORY = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 9.0]])


def test_the_last_value_stays_or_the_last_cycle_comes_again():
    assert persistence(HISTORY, 3).tolist() == [[4, 4, 4], [9, 9, 9]]
    assert persistence(HISTORY, 5, 3).tolist() == [[2, 3, 4, 2, 3], [6, 7, 9, 6, 7]]


def test_what_is_usual_is_the_mean_at_this_time_of_the_cycle():
    training = np.array([1.0, 10.0, 3.0, 20.0, 5.0])
    assert climatology(training, np.array([[5, 6], [7, 8]]), 2).tolist() == [[15, 3], [15, 3]]
    assert climatology(training, np.array([9]), 1).tolist() == [7.8]


@pytest.mark.parametrize("how", ["as it is", "anomalies", "change over a cycle"])
def test_prepared_values_and_what_is_known_are_the_series_and_the_test_changes_nothing_before_it(how):
    read = el_nino()
    changed = read._replace(values=np.concatenate([read.values[:552], np.full(180, 99.0)]))
    one, two = prepare(read, 180, how), prepare(changed, 180, how)
    np.testing.assert_allclose(one.values + one.known, read.values[-len(one.values) :])
    assert len(one.values) - one.first == 180 and len(one.series.times) == len(one.values)
    assert np.array_equal(one.values[: one.first], two.values[: two.first])
    assert np.array_equal(one.known[: one.first + 12], two.known[: two.first + 12])  # known a year ahead


def test_anomalies_have_no_season_left():
    prepared = prepare(el_nino(), 180, "anomalies")
    months = prepared.values[: prepared.first].reshape(-1, 12).mean(axis=0)
    np.testing.assert_allclose(months, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: persistence(HISTORY, 3, 5), "history holds 4 values, but a period is 5"),
        (lambda: persistence(HISTORY, 0), "horizon is 0, but should be"),
        (lambda: climatology(HISTORY[0], np.array([1]), 5), "training holds 4 values, but a period is 5"),
        (
            lambda: climatology(HISTORY[0], np.array([-1])),
            "places are from -1, but should be an array of integers of at least 0",
        ),
        (lambda: climatology(HISTORY[0], np.array([0.5])), "places are float64"),
        (lambda: prepare(sunspots(), 59, "logs"), "how is 'logs', but should be one of 'as it is'"),
        (lambda: prepare(sunspots(), 290, "as it is"), "a test of 290 values leaves 19 for training"),
        (lambda: prepare(sunspots(), 0, "as it is"), "test is 0, but should be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
