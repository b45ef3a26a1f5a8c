"""Gates of a run, and how long a difference in the past is seen."""

import numpy as np
import pytest

import gru_ref
from gru_ref.traces import differences_left, gate_traces, measured_lags, text_lags, text_windows

rng = np.random.default_rng(0)
P = gru_ref.init_gru(2, 3, rng)
XS = rng.normal(0, 1, (7, 4, 2))


def test_the_traces_are_those_of_single_steps():
    h = rng.normal(0, 0.5, (4, 3))
    traces = gate_traces(XS, P, h)
    for x, h_new, r, z in zip(XS, *traces, strict=True):
        np.testing.assert_allclose(r, gru_ref.reset_gate(x, h, P))
        np.testing.assert_allclose(z, gru_ref.update_gate(x, h, P))
        h = gru_ref.gru_step(x, h, P)
        np.testing.assert_allclose(h_new, h)


def test_without_candidate_and_gates_that_move_the_lag_is_known():
    """With z fixed and a candidate that does not read the state, squares fall by z² a step: half is left after half a half-life."""
    p = P._replace(W_hn=0 * P.W_hn, b_hn=0 * P.b_hn)
    p = gru_ref.ablate(p, "z", np.array([0.5, 0.9, 0.99]))
    left = differences_left(XS, XS[::-1], rng.normal(0, 1, (60, 4, 2)), p)
    np.testing.assert_allclose(left, np.array([0.5, 0.9, 0.99]) ** (2 * np.arange(61)[:, None]), atol=1e-12)
    np.testing.assert_allclose(measured_lags(left), gru_ref.half_life(np.array([0.5, 0.9, 0.99])) / 2, rtol=0.4)


def test_a_lag_lies_on_the_line_between_two_steps():
    left = np.array([[1.0, 1.0, 1.0], [0.75, 0.3, 1.0], [0.25, 0.1, 1.0]])
    np.testing.assert_allclose(measured_lags(left), [1.5, 0.5 / 0.7, 2])


def test_pasts_that_do_not_differ_are_refused():
    with pytest.raises(ValueError, match="should differ"):
        differences_left(XS, XS, XS, P)


@pytest.mark.parametrize("left", [np.ones((1, 2)), np.full((3, 2), 0.5)])
def test_lags_need_a_beginning_and_a_step(left):
    with pytest.raises(ValueError, match="a row of ones first"):
        measured_lags(left)


def test_lags_of_a_text_have_a_unit_each():
    ids, embedding = rng.integers(0, 5, 60), rng.normal(0, 1, (5, 2))
    lags = text_lags(embedding, P, ids, N=6, past=10, K=8)
    assert lags.shape == (3,)
    assert (lags > 0).all()
    np.testing.assert_array_equal(lags, text_lags(embedding, P, ids, N=6, past=10, K=8))


def test_windows_are_pieces_of_the_text():
    windows = text_windows(np.arange(20), 5, 4, rng)
    assert windows.shape == (4, 5)
    assert (np.diff(windows, axis=0) == 1).all()
    with pytest.raises(ValueError, match="more than 20"):
        text_windows(np.arange(20), 5, 20, rng)
    with pytest.raises(ValueError, match="rng is a int, but should be a numpy"):
        text_windows(np.arange(20), 5, 4, 0)
