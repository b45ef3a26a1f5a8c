"""Comparisons by example cover what they say they cover; McNemar's p and Holm's are other people's."""

import gc

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from gru_ref.comparison import compare
from gru_ref.paired import compare_examples, holm, mcnemar

seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=100, deadline=None)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("pooled", [False, True])
def test_the_interval_is_scipys_paired_bootstrap(pooled):
    draw = rng(1)
    a, b = draw.poisson(2, (2, 200)).astype(float)
    sizes = draw.integers(1, 9, 200).astype(float) if pooled else None
    weights = np.ones(200) if sizes is None else sizes
    difference, interval, _ = compare_examples(a, b, rng(2), sizes)

    def statistic(a, b, weights, axis):
        return (a - b).sum(axis) / weights.sum(axis)

    theirs = stats.bootstrap(
        (a, b, weights), statistic, paired=True, method="percentile", n_resamples=10_000, vectorized=True, rng=rng(3)
    )
    assert difference == pytest.approx((a.sum() - b.sum()) / weights.sum())
    np.testing.assert_allclose(interval, theirs.confidence_interval, atol=0.05 * (interval[1] - interval[0]))


def test_95_of_100_intervals_hold_the_truth():
    """200 test sets: 190 intervals are expected to hold it. Outside of 176 to 199 a right interval falls once in 10,000."""
    inside = 0
    for k in range(200):
        draw = rng(k)
        a, b = draw.random((2, 100)) < np.array([[0.8], [0.7]])
        _, (low, high), _ = compare_examples(a.astype(float), b.astype(float), draw, samples=1000)
        inside += low <= 0.1 <= high
    assert 176 <= inside <= 199


def test_many_examples_give_the_interval_that_student_would_give():
    a, b = rng(4).normal([[0.1], [0]], 1, (2, 2000))
    mean, interval, verdict = compare_examples(a, b, rng(5))
    assert (mean, verdict) == (pytest.approx(compare(a, b)[0]), compare(a, b)[2])
    np.testing.assert_allclose(interval, compare(a, b)[1], atol=0.005)


def test_verdicts_follow_the_interval():
    a = rng(6).normal(0, 1, 50)
    assert compare_examples(a, a, rng()) == (0.0, (0.0, 0.0), "tie")
    assert compare_examples(a + 1, a, rng())[2] == "a" and compare_examples(a, a + 1, rng())[2] == "b"


def test_pooled_rates_weigh_by_tokens():
    """Minus the edits, and the tokens of each sentence: the difference of two error rates."""
    a, b, tokens = -np.array([1.0, 0.0]), -np.array([0.0, 0.0]), np.array([1.0, 9.0])
    assert compare_examples(a, b, rng(), tokens)[0] == pytest.approx(-0.1)
    assert compare_examples(a, b, rng())[0] == pytest.approx(-0.5)


@many
@given(seed, st.integers(1, 60), st.floats(0, 1))
def test_mcnemars_p_is_that_of_a_fair_coin(seed, N, share):
    a, b = rng(seed).random((2, N)) < np.array([[share], [0.5]])
    only_a, only_b, p = mcnemar(a, b)
    assert (only_a, only_b) == (sum(x and not y for x, y in zip(a, b)), sum(y and not x for x, y in zip(a, b)))  # noqa: B905
    expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1
    assert p == pytest.approx(expected, abs=1e-12)


@many
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.2))
def test_holm_rejects_what_his_procedure_rejects(p_values, level):
    """Smallest first, each against level / (comparisons left); stop at the first that is not rejected."""
    adjusted, left = holm(np.array(p_values)), len(p_values)
    rejected = np.zeros(left, bool)
    for k in np.argsort(p_values, kind="stable"):
        if p_values[k] * left > level:
            break
        rejected[k], left = True, left - 1
    np.testing.assert_array_equal(adjusted <= level, rejected)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_adjusted_values_are_those_of_statsmodels(count, monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda: 0)  # which it does at every call
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is not installed")
    p_values = rng().random(count) ** 3
    np.testing.assert_allclose(holm(p_values), multitest.multipletests(p_values, method="holm")[1], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: compare_examples(np.ones(1), np.ones(1), rng()),
            "a and b hold 1 example, but an interval should come",
        ),
        (lambda: compare_examples(np.ones(3), np.ones(2), rng()), "b has shape (2,), but its N should be 3, as in a"),
        (
            lambda: compare_examples(np.ones(3), np.ones(3), rng(), np.array([1.0, 0, 2])),
            "sizes holds 0.0, but every size",
        ),
        (lambda: compare_examples(np.ones(3), np.ones(3), rng(), samples=0), "samples is 0, but should be"),
        (lambda: mcnemar(np.ones(3), np.ones(3, bool)), "a holds float64, but should be an array of booleans"),
        (lambda: mcnemar(np.ones(3, bool), np.ones(2, bool)), "a has shape (3,) and b (2,), but both should be (N,)"),
        (lambda: holm(np.array([0.1, 1.5])), "p_values holds 1.5, but a probability should be from 0 to 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message):
    with pytest.raises(ValueError) as raised:
        call()
    assert message in str(raised.value)
