"""The parts of a GRU: their properties, their agreement with PyTorch's cell, and their errors."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import gru_ref
from gru_ref import GRUParams

finite = st.floats(-1e6, 1e6)
sizes = st.integers(1, 7)
seeds = st.integers(0, 2**32 - 1)


def draw(seed, B, I, H):
    """A step's arguments (x, h, p); parameters large enough to open and shut gates."""
    rng = np.random.default_rng(seed)
    p = GRUParams(*(3 * a for a in gru_ref.init_gru(I, H, rng)))
    return rng.normal(0, 1, (B, I)), rng.uniform(-1, 1, (B, H)), p


def step(x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, gru_ref.candidate(x, h, r, p), h)


# ---------------------------------------------------------------------------------------------------------------- σ


def test_sigmoid_is_stable_far_out_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        s = gru_ref.sigmoid(np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0]))
    np.testing.assert_allclose(s, [0, np.exp(-40), 0.5, 1, 1], rtol=1e-14)


def test_sigmoid_takes_any_finite_float_and_any_shape():
    largest = np.finfo(float).max
    np.testing.assert_array_equal(gru_ref.sigmoid(np.array([-largest, largest])), [0, 1])
    assert gru_ref.sigmoid(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert gru_ref.sigmoid(np.float32([0.3])).dtype == np.float32


@given(arrays(float, array_shapes(max_dims=3, max_side=4), elements=finite))
def test_sigmoid_is_a_fraction_and_mirrors(a):
    s = gru_ref.sigmoid(a)
    assert np.all((s >= 0) & (s <= 1))
    np.testing.assert_allclose(1 - s, gru_ref.sigmoid(-a), atol=1e-15)


@given(finite, finite)
def test_sigmoid_never_falls(a, b):
    low, high = gru_ref.sigmoid(np.sort([a, b]))
    assert low <= high


# ------------------------------------------------------------------------------------------------- the whole of a GRU


@given(seeds, sizes, sizes, sizes)
def test_put_together_they_are_pytorchs_cell(seed, B, I, H):
    x, h, p = draw(seed, B, I, H)
    cell = torch.nn.GRUCell(I, H, dtype=torch.float64)
    packed = {
        "weight_ih": [p.W_ir, p.W_iz, p.W_in],
        "weight_hh": [p.W_hr, p.W_hz, p.W_hn],
        "bias_ih": [p.b_ir, p.b_iz, p.b_in],
        "bias_hh": [p.b_hr, p.b_hz, p.b_hn],
    }
    cell.load_state_dict({name: torch.from_numpy(np.concatenate(parts)) for name, parts in packed.items()})
    wanted = cell(torch.from_numpy(x), torch.from_numpy(h)).detach().numpy()
    np.testing.assert_allclose(step(x, h, p), wanted, rtol=0, atol=1e-12)


@given(seeds, sizes, sizes, sizes)
def test_a_step_leaves_its_arguments_alone_and_the_state_in_range(seed, B, I, H):
    x, h, p = draw(seed, B, I, H)
    copies = [a.copy() for a in (x, h, *p)]
    assert np.all(np.abs(step(x, h, p)) <= 1)
    for before, after in zip(copies, (x, h, *p), strict=True):
        np.testing.assert_array_equal(before, after)


# ------------------------------------------------------------------------------------------------------- properties


@given(seeds, sizes, sizes, sizes)
def test_a_gate_is_open_or_shut_where_its_bias_is_large(seed, B, I, H):
    x, h, p = draw(seed, B, I, H)
    weights = p.W_iz / 10, p.W_hz / 10
    assert np.all(gru_ref.gate(x, h, *weights, p.b_iz, np.full(H, 60.0)) > 0.999)
    assert np.all(gru_ref.gate(x, h, *weights, p.b_iz, np.full(H, -60.0)) < 0.001)


@given(seeds, sizes, sizes, sizes)
def test_of_a_gates_two_biases_only_the_sum_counts(seed, B, I, H):
    x, h, p = draw(seed, B, I, H)
    moved = p._replace(b_ir=p.b_ir + p.b_hr, b_hr=np.zeros(H), b_iz=np.zeros(H), b_hz=p.b_iz + p.b_hz)
    np.testing.assert_allclose(gru_ref.reset_gate(x, h, moved), gru_ref.reset_gate(x, h, p), atol=1e-14)
    np.testing.assert_allclose(gru_ref.update_gate(x, h, moved), gru_ref.update_gate(x, h, p), atol=1e-14)


def test_of_the_candidates_two_biases_each_counts():
    x, h, p = draw(0, 2, 3, 4)
    moved = p._replace(b_in=p.b_in + p.b_hn, b_hn=np.zeros(4))
    r = np.full((2, 4), 0.3)
    assert np.abs(gru_ref.candidate(x, h, r, moved) - gru_ref.candidate(x, h, r, p)).max() > 0.01


@given(seeds, sizes, sizes, sizes)
def test_without_reset_the_candidate_ignores_the_past_and_with_it_is_a_tanh_rnn(seed, B, I, H):
    x, h, p = draw(seed, B, I, H)
    shut, open_ = np.zeros((B, H)), np.ones((B, H))
    np.testing.assert_array_equal(gru_ref.candidate(x, h, shut, p), gru_ref.candidate(x, -h, shut, p))
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    np.testing.assert_allclose(gru_ref.candidate(x, h, open_, p), gru_ref.rnn_step(x, h, rnn), atol=1e-14)


@given(seeds, sizes, sizes)
def test_a_blend_keeps_at_one_writes_at_zero_and_lies_between(seed, B, H):
    z, n, h = np.random.default_rng(seed).uniform(0, 1, (3, B, H)) * [[[1]], [[2]], [[-2]]]
    np.testing.assert_array_equal(gru_ref.blend(np.ones((B, H)), n, h), h)
    np.testing.assert_array_equal(gru_ref.blend(np.zeros((B, H)), n, h), n)
    h_new = gru_ref.blend(z, n, h)
    assert np.all((h_new >= np.minimum(n, h) - 1e-15) & (h_new <= np.maximum(n, h) + 1e-15))


# ---------------------------------------------------------------------------------------------------- what is refused

X, H_, P = draw(0, 2, 3, 4)
R = np.full((2, 4), 0.5)
GATE = (P.W_ir, P.W_hr, P.b_ir, P.b_hr)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gru_ref.sigmoid(0.5), "a is a float, but should be a NumPy array"),
        (lambda: gru_ref.sigmoid(np.arange(3)), "a holds int64, but should hold floats"),
        (lambda: gru_ref.sigmoid(np.array([np.inf])), "a holds NaN or infinity, but should hold finite numbers"),
        (lambda: gru_ref.gate(X[0], H_, *GATE), r"x has shape \(3,\), but should have 2 axes, \(B, I\)"),
        (lambda: gru_ref.gate(X, H_[:1], *GATE), r"h has shape \(1, 4\), but its B should be 2, as in x"),
        (lambda: gru_ref.gate(X, H_, P.W_ir.T, *GATE[1:]), r"W has shape \(3, 4\), but its H should be 4, as in h"),
        (lambda: gru_ref.gate(X, H_, P.W_ir, P.W_hr[:, :3], *GATE[2:]), r"U has shape \(4, 3\), but .*4"),
        (lambda: gru_ref.gate(X, H_, *GATE[:3], P.b_hr[:3]), r"b_h has shape \(3,\), but its H should be 4, as in h"),
        (lambda: gru_ref.gate(X[:0], H_[:0], *GATE), r"x has shape \(0, 3\): axis B is empty, but should hold"),
        (lambda: gru_ref.reset_gate(X, H_, tuple(P)), "p is a tuple, but should be GRUParams"),
        (lambda: gru_ref.update_gate(X, H_, None), "p is a NoneType, but should be GRUParams"),
        (lambda: gru_ref.candidate(X, H_, R[:, :3], P), r"r has shape \(2, 3\), but its H should be 4, as in h"),
        (lambda: gru_ref.candidate(X, H_, 0.5, P), "r is a float, but should be a NumPy array"),
        (lambda: gru_ref.candidate(X, H_, R, P._replace(b_hn=P.b_hn[:1])), r"p.b_hn has shape \(1,\), but its H .* 4"),
        (lambda: gru_ref.blend(R, H_[:, :1], H_), r"n has shape \(2, 1\), but its H should be 4, as in z"),
        (lambda: gru_ref.blend(R, H_, H_ * np.nan), "h holds NaN or infinity, but should hold finite numbers"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_with_what_was_got_and_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
