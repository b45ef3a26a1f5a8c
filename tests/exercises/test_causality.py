"""The property "no value from the future is used" holds where it should, and each way to look ahead breaks it."""

import numpy as np
import pytest

import gru_ref
from grader.exercises.causality import sees_no_future

SERIES = np.random.default_rng(0).normal(3, 1, 30)


def moving_average(x, width=4):
    return np.array([x[max(0, k - width + 1) : k + 1].mean() for k in range(len(x))])


ONWARD = {
    "a running mean": lambda x: np.cumsum(x) / np.arange(1, len(x) + 1),
    "a running maximum": np.maximum.accumulate,
    "a moving average": moving_average,
    "scaled by the past": lambda x: (x - moving_average(x)) / (1e-3 + np.abs(moving_average(x))),
    "float32": lambda x: np.cumsum(x.astype(np.float32)),
}
AHEAD = {
    "scaled by the mean of all": lambda x: x - x.mean(),
    "scaled by the largest of all": lambda x: x / np.abs(x).max(),
    "ranks among all": lambda x: np.argsort(np.argsort(x)).astype(float),
    "a centred average": lambda x: np.convolve(x, np.ones(3) / 3, "same"),
    "one step ahead": lambda x: np.append(x[1:], 0),
    "another length": lambda x: x[x > x.mean()],
}


@pytest.mark.parametrize("name", ONWARD)
def test_what_reads_onward_passes(name):
    assert all(sees_no_future(ONWARD[name], SERIES, np.random.default_rng(seed), lambda k: k + 1) for seed in range(20))


@pytest.mark.parametrize("name", AHEAD)
def test_what_looks_ahead_is_found_whatever_is_drawn(name):
    assert not any(
        sees_no_future(AHEAD[name], SERIES, np.random.default_rng(seed), lambda k: k + 1) for seed in range(20)
    )


def test_a_forecast_may_not_see_the_value_that_it_forecasts():
    persistence = lambda x: np.append(0, x[:-1])  # noqa: E731
    assert sees_no_future(persistence, SERIES, np.random.default_rng(0), lambda k: k)
    assert not sees_no_future(lambda x: x, SERIES, np.random.default_rng(0), lambda k: k)


def test_a_gru_reads_onward_and_a_bidirectional_one_does_not():
    rng = np.random.default_rng(0)
    xs, p = rng.normal(0, 1, (8, 1, 3)), gru_ref.init_gru(3, 4, rng)
    assert sees_no_future(lambda a: gru_ref.gru_forward(a, np.zeros((1, 4)), p), xs, rng, lambda t: t + 1)
    lengths = np.array([8])
    assert not sees_no_future(lambda a: gru_ref.bidirectional(a, p, p, lengths), xs, rng, lambda t: t + 1)


def test_the_callers_series_stays_and_a_series_that_tries_nothing_is_refused():
    before = SERIES.copy()

    def in_place(x):
        x += 1
        return x

    sees_no_future(in_place, SERIES, np.random.default_rng(0), lambda k: k + 1)
    np.testing.assert_array_equal(SERIES, before)
    with pytest.raises(ValueError, match="each of the 30 entries may depend on all 30 values"):
        sees_no_future(np.cumsum, SERIES, np.random.default_rng(0), lambda k: 30)
