"""The autoregression is statsmodels' own; its order is chosen without the test; its intervals hold what they promise."""

import numpy as np
import pytest

from gru_ref import AR, ar_deviations, choose_order, fit_ar, forecast_ar, sunspots

VALUES = sunspots().values


@pytest.fixture(scope="module")
def AutoReg():
    return pytest.importorskip("statsmodels.tsa.ar_model").AutoReg


@pytest.mark.parametrize(("p", "hold_back"), [(1, None), (9, None), (3, 12), (0, 5)])
def test_weights_and_forecasts_are_those_of_statsmodels(AutoReg, p, hold_back):
    ours, theirs = fit_ar(VALUES[:250], p, hold_back), AutoReg(VALUES[:250], p, hold_back=hold_back).fit()
    np.testing.assert_allclose([ours.intercept, *ours.weights], theirs.params, rtol=1e-8)
    used = 250 - (p if hold_back is None else hold_back)
    assert ours.deviation**2 == pytest.approx(theirs.sigma2 * used / (used - p - 1))
    np.testing.assert_allclose(forecast_ar(ours, VALUES[:250], 12), theirs.predict(250, 261), rtol=1e-8)


def test_deviations_are_those_of_statsmodels_beyond_the_end_of_the_sample(AutoReg):
    """Within it, ``dynamic=True`` gives all steps the width of one: see findings/."""
    theirs = AutoReg(VALUES[:250], 9).fit()
    said = theirs.get_prediction(250, 261).se_mean
    model = fit_ar(VALUES[:250], 9)._replace(deviation=float(np.sqrt(theirs.sigma2)))
    np.testing.assert_allclose(ar_deviations(model, 12), said, rtol=1e-8)


def test_several_histories_at_once_are_one_after_the_other():
    model = fit_ar(VALUES[:250], 4)
    rows = np.stack([VALUES[k : k + 20] for k in range(0, 60, 7)])
    together = forecast_ar(model, rows, 5)
    assert together.shape == (9, 5)
    np.testing.assert_allclose(together, [forecast_ar(model, row, 5) for row in rows])


def test_a_forecast_by_hand():
    model = AR(1.0, np.array([0.5, -0.25]), 2.0)
    assert forecast_ar(model, np.array([9.0, 4.0, 8.0]), 2).tolist() == [4.0, 1.0]  # 1 + 4 − 1, then 1 + 2 − 2
    # ψ is 1, 0.5, 0.5² − 0.25 = 0: the third step adds nothing
    np.testing.assert_allclose(ar_deviations(model, 3) / 2, [1, np.sqrt(1.25), np.sqrt(1.25)])


def simulated(n, seed):
    noise, values = np.random.default_rng(seed).normal(0, 1, n + 50), np.zeros(n + 50)
    for t in range(2, n + 50):
        values[t] = 2 + 1.2 * values[t - 1] - 0.6 * values[t - 2] + noise[t]
    return values[50:]


def test_the_order_of_a_known_series_is_found_nearly_and_its_intervals_cover_as_promised():
    values = simulated(6000, 0)
    model = fit_ar(values[:3000], 2)
    np.testing.assert_allclose(model.weights, [1.2, -0.6], atol=0.04)
    assert model.deviation == pytest.approx(1, abs=0.03)
    rows = np.lib.stride_tricks.sliding_window_view(values[3000:], 14)
    errors = forecast_ar(model, rows[:, :2], 12) - rows[:, 2:]
    inside = np.abs(errors) <= 1.645 * ar_deviations(model, 12)
    assert np.abs(inside.mean(axis=0) - 0.9).max() < 0.03
    assert choose_order(values[:3000], 6, 2400, 12) in (2, 3, 4)


def test_without_an_origin_no_order_is_chosen():
    with pytest.raises(ValueError, match=r"values holds 250, but first \+ horizon is 252"):
        choose_order(VALUES[:250], 24, 240, 12)


def test_a_constant_series_is_forecast_as_constant():
    model = fit_ar(np.full(30, 7.0), 2)
    np.testing.assert_allclose(forecast_ar(model, np.full(5, 7.0), 3), 7.0)
    assert model.deviation == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_ar(VALUES[:5], 3), r"values holds 5, but an AR\(3\) that holds back 3 needs at least 8"),
        (lambda: fit_ar(VALUES, -1), "p is -1, but should be an integer of at least 0"),
        (lambda: fit_ar(VALUES, 3, 2), "hold_back is 2, but should be at least p = 3"),
        (
            lambda: forecast_ar(fit_ar(VALUES, 3), VALUES[:2], 4),
            r"history holds 2 values, but an AR\(3\) looks at the last 3",
        ),
        (lambda: forecast_ar(fit_ar(VALUES, 3), VALUES, 0), "horizon is 0, but should be"),
        (lambda: ar_deviations(fit_ar(VALUES, 3), 1.5), "horizon is 1.5, but should be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
