"""The RNN's Jacobian and its products, against central differences, torch and their bounds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import RNNParams, gradient_norms, init_rnn, orthogonal, rnn_forward, rnn_jacobian, rnn_step

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)


def draw(T, B, I, H, seed):
    rng = np.random.default_rng(seed)
    p = RNNParams(*(rng.normal(0, 0.8, a.shape) for a in init_rnn(I, H, rng)))
    return rng.normal(0, 1, (T, B, I)), rng.uniform(-0.9, 0.9, (B, H)), p


def by_torch(xs, h0, p):
    """∂h_T / ∂h_0 for each row of the batch, (B, H, H), by torch's own cell and its reverse-mode differentiation."""
    I, H = xs.shape[2], h0.shape[1]
    cell = torch.nn.RNNCell(I, H, dtype=torch.float64)
    cell.load_state_dict(dict(zip(["weight_ih", "weight_hh", "bias_ih", "bias_hh"], map(torch.tensor, p), strict=True)))

    def last_state(h, xs_of_row):
        for x in xs_of_row:
            h = cell(x, h)
        return h

    rows = zip(torch.tensor(h0), torch.tensor(xs).unbind(1), strict=True)
    return np.stack([torch.func.jacrev(last_state)(h, x).detach().numpy() for h, x in rows])


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None)
def test_the_jacobian_is_that_of_central_differences(B, I, H, seed):
    xs, h, p = draw(1, B, I, H, seed)
    J = rnn_jacobian(rnn_step(xs[0], h, p), p)
    eps = 1e-5
    for j in range(H):
        nudge = eps * np.eye(H)[j]
        column = (rnn_step(xs[0], h + nudge, p) - rnn_step(xs[0], h - nudge, p)) / (2 * eps)
        np.testing.assert_allclose(J[:, :, j], column, rtol=0, atol=1e-8)


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None, max_examples=30)
def test_the_jacobian_is_that_of_torch(B, I, H, seed):
    xs, h, p = draw(1, B, I, H, seed)
    J = rnn_jacobian(rnn_step(xs[0], h, p), p)
    assert J.shape == (B, H, H)
    np.testing.assert_allclose(J, by_torch(xs, h, p), rtol=0, atol=1e-12)


@given(sizes, sizes, sizes, sizes, seeds)
@settings(deadline=None, max_examples=30)
def test_the_norms_are_those_of_torch_at_every_lag(T, B, I, H, seed):
    xs, h0, p = draw(T, B, I, H, seed)
    hs = rnn_forward(xs, h0, p)
    norms = gradient_norms(hs, p)
    assert norms.shape == (T, B)
    np.testing.assert_array_equal(norms[-1], 1)
    for t in range(T - 1):
        wanted = np.linalg.norm(by_torch(xs[t + 1 :], hs[t], p), ord=2, axis=(1, 2))
        np.testing.assert_allclose(norms[t], wanted, rtol=1e-9, atol=1e-14)


@given(st.integers(2, 20), sizes, sizes, sizes, seeds)
@settings(deadline=None)
def test_no_norm_exceeds_the_largest_singular_value_to_the_power_of_the_lag(T, B, I, H, seed):
    xs, h0, p = draw(T, B, I, H, seed)
    bound = np.linalg.norm(p.W_hh, ord=2) ** np.arange(T)[::-1]
    assert (gradient_norms(rnn_forward(xs, h0, p), p) <= bound[:, None] * (1 + 1e-9)).all()


@given(st.integers(1, 60), sizes, st.floats(0.5, 2), seeds)
def test_an_orthogonal_network_at_rest_keeps_every_norm_at_the_gain_to_the_power_of_the_lag(T, H, gain, seed):
    _, _, p = draw(1, 1, 2, H, seed)
    p = p._replace(W_hh=orthogonal(H, gain, np.random.default_rng(seed)))
    np.testing.assert_allclose(gradient_norms(np.zeros((T, 1, H)), p)[:, 0], gain ** np.arange(T)[::-1], rtol=1e-9)


def test_the_arguments_are_left_alone():
    xs, h0, p = draw(5, 2, 3, 4, 0)
    hs = rnn_forward(xs, h0, p)
    before = [a.copy() for a in (hs, *p)]
    rnn_jacobian(hs[-1], p)
    gradient_norms(hs, p)
    for old, new in zip(before, (hs, *p), strict=True):
        np.testing.assert_array_equal(old, new)


def test_an_explosion_beyond_floats_is_an_error_that_says_at_which_lag():
    p = RNNParams(np.ones((2, 1)), 100 * np.eye(2), np.zeros(2), np.zeros(2))
    assert gradient_norms(np.zeros((154, 1, 2)), p)[0, 0] == pytest.approx(1e306)
    with pytest.raises(OverflowError, match=r"∂h_T / ∂h_t exceeds the range of floats at a lag of 155 steps"):
        gradient_norms(np.zeros((200, 1, 2)), p)


_, STATE, PARAMS = draw(1, 2, 3, 4, 0)


@pytest.mark.parametrize(
    ("h_new", "p", "message"),
    [
        (STATE.tolist(), PARAMS, "h_new is a list, but should be a NumPy array"),
        (STATE[0], PARAMS, r"h_new has shape \(4,\), but should have 2 axes, \(B, H\)"),
        (STATE > 0, PARAMS, "h_new holds bool, but should hold floats"),
        (np.full_like(STATE, np.nan), PARAMS, "h_new holds NaN or infinity, but should hold finite numbers"),
        (STATE[:, :3], PARAMS, r"p\.W_ih has shape \(4, 3\), but its H should be 3, as in h_new"),
        (STATE, tuple(PARAMS), r"p is a tuple, but should be RNNParams\(W_ih, W_hh, b_ih, b_hh\)"),
        (STATE, PARAMS._replace(W_hh=np.ones((4, 3))), r"p\.W_hh has shape \(4, 3\), but "),
    ],
)
def test_a_jacobian_says_which_argument_it_cannot_take(h_new, p, message):
    with pytest.raises(ValueError, match=message):
        rnn_jacobian(h_new, p)


@pytest.mark.parametrize(
    ("hs", "p", "message"),
    [
        (STATE, PARAMS, r"hs has shape \(2, 4\), but should have 3 axes, \(T, B, H\)"),
        (np.empty((0, 2, 4)), PARAMS, r"hs has shape \(0, 2, 4\): axis T is empty, but should hold at least one"),
        (np.full((3, 2, 4), np.inf), PARAMS, "hs holds NaN or infinity"),
        (np.zeros((3, 2, 5)), PARAMS, r"p\.W_ih has shape \(4, 3\), but its H should be 5, as in hs"),
        (np.zeros((3, 2, 4)), PARAMS.W_hh, "p is a ndarray, but should be RNNParams"),
    ],
)
def test_norms_say_which_argument_they_cannot_take(hs, p, message):
    with pytest.raises(ValueError, match=message):
        gradient_norms(hs, p)
