"""Sizes use up their budget without exceeding it, and verdicts follow the interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gru_ref.comparison import compare, match_budget
from gru_ref.layers import LAYERS
from gru_ref.trees import count


@given(I=st.integers(1, 40), budget=st.integers(200, 60_000))
def test_a_budget_is_kept_and_one_unit_more_would_break_it(I, budget):
    rng = np.random.default_rng(0)
    for kind, H in zip(("rnn", "gru", "lstm"), match_budget(I, budget), strict=True):
        assert count(LAYERS[kind].init(I, H, rng)) <= budget < count(LAYERS[kind].init(I, H + 1, rng))


def test_a_budget_that_is_too_small_says_for_whom():
    with pytest.raises(ValueError, match="budget is 15, but one unit of the lstm alone has 16 parameters"):
        match_budget(1, 15)


@given(seed=st.integers(0, 1000), N=st.integers(2, 12), shift=st.floats(-2, 2))
def test_the_interval_is_that_of_the_paired_t_test(seed, N, shift):
    a, b = np.random.default_rng(seed).normal(0, 1, (2, N))
    mean, (low, high), verdict = compare(a + shift, b)
    test = stats.ttest_rel(a + shift, b)
    np.testing.assert_allclose((low, high), test.confidence_interval(0.95), rtol=1e-9, atol=1e-12)
    assert mean == pytest.approx((low + high) / 2)
    assert (verdict == "tie") == (test.pvalue >= 0.05)
    assert verdict in ("tie", "a" if mean > 0 else "b")


def test_equal_runs_are_a_tie_and_a_constant_lead_is_none():
    a = np.array([0.5, 0.7, 0.9])
    assert compare(a, a) == (0.0, (0.0, 0.0), "tie")
    assert compare(a + 1, a)[2] == "a" and compare(a, a + 1)[2] == "b"


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.ones(1), np.ones(1), "a and b hold 1 run, but an interval needs at least 2"),
        (np.ones(3), np.ones(2), "b has shape (2,), but its N should be 3, as in a"),
        ([1.0, 2.0], np.ones(2), "a is a list, but should be a NumPy array"),
        (np.array([1.0, np.nan]), np.ones(2), "a holds NaN or infinity, but should hold finite numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, b, message):
    with pytest.raises(ValueError) as raised:
        compare(a, b)
    assert str(raised.value) == message
