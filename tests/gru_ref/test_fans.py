"""A fan begins where the series ends, has the probabilities that it names, and refuses what it cannot forecast."""

import numpy as np
import pytest
from scipy import stats

from gru_ref import Series, ar_deviations, co2, fan, fans, fit_ar, forecast_ar, prepare, sunspots


def test_a_fan_is_the_autoregression_s_forecast_with_normal_intervals():
    read = sunspots()
    made = fan(read, 12)
    assert made.times.tolist() == list(range(2009, 2021)) and made.quantiles.shape == (12, 5)
    model = fit_ar(read.values, made.order)
    middle, deviations = forecast_ar(model, read.values, 12), ar_deviations(model, 12)
    for k, q in enumerate(fans.QUANTILES):
        np.testing.assert_allclose(made.quantiles[:, k], stats.norm.ppf(q, middle, deviations))


def test_the_season_and_the_trend_go_on():
    read = co2()
    made = fan(read, 12, "change over a cycle")
    rise = made.quantiles[:, 2] - read.values[-12:]
    assert (rise > 0.5).all() and (rise < 3).all()  # ppm a year
    assert made.times[0] == pytest.approx(2002)


WAVE = Series("wave", np.arange(60.0), np.sin(np.arange(60.0)), 6, "V", "made")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fan(WAVE._replace(values=WAVE.values[:39]), 3), "series holds 39 values, but should hold at least 40"),
        (lambda: fan(WAVE.values, 3), "series is of the type ndarray, but should be a Series"),
        (lambda: prepare(WAVE.values, 3, "as it is"), "series is of the type ndarray, but should be a Series"),
        (lambda: fan(WAVE, 13), "horizon is 13, but should be at most 12"),
        (lambda: fan(WAVE, 7, "change over a cycle"), "horizon is 7, but should be at most 6"),
        (lambda: fan(WAVE, 3, "anomalies"), "how is 'anomalies', but should be 'as it is' or"),
        (lambda: fan(WAVE, 0), "horizon is 0, but should be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
