"""Windows, folds, scaling, skill, quantile loss and coverage agree with other libraries, and see no future."""

import numpy as np
import pytest
from sklearn import metrics, model_selection, preprocessing

from gru_ref import coverage, quantile_loss, rolling_origin, skill, standardise, windows

rng = np.random.default_rng(0)
SERIES = rng.normal(5, 2, 40).cumsum()


def test_windows_by_hand():
    inputs, targets = windows(np.arange(1.0, 8.0), 3, 2)
    assert inputs.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5]] and targets.tolist() == [[4, 5], [5, 6], [6, 7]]


def test_windows_own_their_values():
    series = SERIES.copy()
    inputs, targets = windows(series, 3, 2)
    inputs[:] = targets[:] = 0
    assert np.array_equal(series, SERIES)


def test_folds_are_those_of_scikit_learn():
    splitter = model_selection.TimeSeriesSplit(n_splits=4, test_size=5)
    for ours, theirs in zip(rolling_origin(40, 20, 5, 5), splitter.split(SERIES), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_fold_that_does_not_fit_is_left_out():
    folds = rolling_origin(10, 4, 2, 3)
    assert [(t.tolist(), s.tolist()) for t, s in folds] == [(list(range(4)), [4, 5]), (list(range(7)), [7, 8])]


def test_scaling_is_that_of_scikit_learn_fitted_to_the_training_part():
    scaled, mean, deviation = standardise(SERIES, 25)
    theirs = preprocessing.StandardScaler().fit(SERIES[:25, None])
    np.testing.assert_allclose(scaled, theirs.transform(SERIES[:, None])[:, 0], rtol=1e-12)
    assert (mean, deviation) == (pytest.approx(theirs.mean_[0]), pytest.approx(theirs.scale_[0]))


def test_skill_beside_the_mean_is_r_squared():
    predicted = SERIES + rng.normal(0, 3, 40)
    assert skill(predicted - SERIES, SERIES.mean() - SERIES) == pytest.approx(metrics.r2_score(SERIES, predicted))


@pytest.mark.parametrize("q", [0.05, 0.5, 0.9])
def test_quantile_loss_is_scikit_learns_pinball_loss(q):
    predicted = SERIES.reshape(8, 5) + rng.normal(0, 3, (8, 5))
    theirs = metrics.mean_pinball_loss(SERIES, predicted.ravel(), alpha=q)
    assert quantile_loss(SERIES.reshape(8, 5), predicted, q) == pytest.approx(theirs, rel=1e-12)


def test_coverage_counts_the_ends():
    y, low, high = np.array([1.0, 2.0, 3.0, 9.0]), np.array([0.0, 2.0, 4.0, 4.0]), np.array([2.0, 3.0, 5.0, 9.0])
    assert coverage(y, low, high) == 0.75


TWO, THREE = np.ones(2), np.ones(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: windows(TWO, 2, 1), "series holds 2 values, but one pair needs n_in . horizon = 3"),
        (lambda: windows(SERIES, 0, 1), "n_in is 0, but should be an integer of at least 1"),
        (lambda: windows(SERIES, 3, 2.0), "horizon is 2.0, but should be an integer"),
        (lambda: windows([1.0, 2.0], 1, 1), "series is a list, but should be a NumPy array"),
        (lambda: rolling_origin(5, 4, 2, 1), "n is 5, but the first fold needs first . horizon = 6 values"),
        (lambda: rolling_origin(5, 4, 1, 0), "step is 0, but should be"),
        (lambda: rolling_origin(True, 1, 1, 1), "n is True, but should be"),
        (lambda: standardise(THREE, 2), "the training part is 1 throughout"),
        (lambda: standardise(SERIES, 41), "n_train is 41, but series holds only 40"),
        (lambda: standardise(SERIES, 0), "n_train is 0, but should be"),
        (lambda: skill(TWO, THREE), r"baseline_errors has shape \(3,\), but should have that of errors, \(2,\)"),
        (lambda: skill(TWO, 0 * TWO), "baseline_errors are all 0"),
        (lambda: skill(TWO[:0], TWO[:0]), "is empty, but should hold at least one value"),
        (lambda: skill([1.0], TWO), "errors is a list"),
        (lambda: quantile_loss(TWO, TWO, 1), "q is 1, but should lie between 0 and 1"),
        (lambda: quantile_loss(TWO, TWO, "0.5"), "q is '0.5', but should be one number between 0 and 1"),
        (lambda: quantile_loss(TWO, TWO, np.array([0.1, 0.9])), r"q is array.*, but should be one number"),
        (lambda: quantile_loss(TWO, THREE, 0.5), r"predicted has shape \(3,\)"),
        (lambda: quantile_loss(np.array([1, 2]), TWO, 0.5), "y holds int64, but should hold floats"),
        (lambda: coverage(TWO, 3 * TWO, TWO), r"low is 3 and high 1 at \(0,\): are the ends swapped"),
        (lambda: coverage(TWO, TWO, np.array([2.0, np.nan])), "high holds NaN"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
