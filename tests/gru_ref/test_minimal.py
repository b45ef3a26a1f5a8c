"""Scans agree with single steps, and the smaller relatives with their papers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import GRUParams, gru_step_reset_before, sigmoid
from gru_ref.minimal import MGUParams, MinGRUParams, mgu_step, min_gru_log_scan, min_gru_scan, min_gru_step

sizes = st.integers(1, 5)


def draw(seed, T=9, B=3, I=2, H=4):
    rng = np.random.default_rng(seed)
    p = MinGRUParams(*rng.normal(0, 1, (2, H, I)), *rng.normal(0, 1, (2, H)))
    return rng.normal(0, 1, (T, B, I)), rng.uniform(0.1, 2, (B, H)), p


@settings(max_examples=50, deadline=None)
@given(T=st.integers(1, 40), B=sizes, I=sizes, H=sizes, seed=sizes)
def test_the_scan_gives_what_the_steps_give(T, B, I, H, seed):
    xs, h, p = draw(seed, T, B, I, H)
    hs = min_gru_scan(xs, h, p)
    for t, x in enumerate(xs):
        h = min_gru_step(x, h, p)
        np.testing.assert_allclose(hs[t], h, rtol=0, atol=1e-12)


def positive_steps(xs, h, p):
    """Step by step, with the candidate's g written as the paper's appendix does."""
    for x in xs:
        z, a = sigmoid(x @ p.W_z.T + p.b_z), x @ p.W_n.T + p.b_n
        h = (1 - z) * h + z * np.where(a >= 0, a + 0.5, sigmoid(a))
        yield h


@settings(max_examples=50, deadline=None)
@given(T=st.integers(1, 40), seed=st.integers(0, 50))
def test_the_scan_of_logarithms_gives_what_positive_steps_give(T, seed):
    xs, h0, p = draw(seed, T)
    np.testing.assert_allclose(min_gru_log_scan(xs, h0, p), list(positive_steps(xs, h0, p)), rtol=1e-12, atol=1e-13)


def test_a_start_put_through_g_would_be_another_network():
    xs, h0, p = draw(0)
    trap = np.where(h0 >= 0, h0 + 0.5, sigmoid(h0))
    assert np.abs(min_gru_log_scan(xs, trap, p) - list(positive_steps(xs, h0, p))).max() > 0.1


def test_thousands_of_shut_gates_do_not_underflow_the_scan_of_logarithms():
    xs, h0, p = draw(1, T=5000)
    p = p._replace(b_z=np.full(4, 8.0))  # nearly everything is overwritten at each step
    hs = min_gru_log_scan(xs, h0, p)
    np.testing.assert_allclose(hs, list(positive_steps(xs, h0, p)), rtol=1e-9)


def test_a_start_without_a_logarithm_is_refused():
    xs, h0, p = draw(2)
    with pytest.raises(ValueError, match="h0 holds 0, but should be positive"):
        min_gru_log_scan(xs, 0 * h0, p)


def test_a_minimal_gated_unit_is_a_gru_whose_gates_are_one():
    """With z = 1 − f, which is negated parameters, and r = f."""
    rng = np.random.default_rng(3)
    p = MGUParams(*rng.normal(0, 1, (2, 4, 3)), *rng.normal(0, 1, (2, 4, 4)), *rng.normal(0, 1, (2, 4)))
    x, h, zero = rng.normal(0, 1, (2, 3)), rng.uniform(-1, 1, (2, 4)), np.zeros(4)
    gru = GRUParams(p.W_if, -p.W_if, p.W_in, p.W_hf, -p.W_hf, p.W_hn, p.b_f, -p.b_f, p.b_n, zero, zero, zero)
    np.testing.assert_allclose(mgu_step(x, h, p), gru_step_reset_before(x, h, gru), rtol=0, atol=1e-15)
    with pytest.raises(ValueError, match=r"p is a GRUParams, but should be MGUParams\(W_if"):
        mgu_step(x, h, gru)
