"""The tanh RNN agrees with torch.nn.RNN to twelve digits, and has the properties of a recurrence."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import RNNParams, count_rnn_parameters, init_rnn, rnn_forward, rnn_step

size = st.integers(1, 7)
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


def draw(seed, T, B, I, H, scale=1.0):
    """(xs, h0, p) with nothing at zero."""
    rng = np.random.default_rng(seed)
    p = RNNParams(*(rng.normal(0, scale, a.shape) for a in init_rnn(I, H, rng)))
    return rng.normal(size=(T, B, I)), rng.uniform(-1, 1, (B, H)), p


def as_torch(p):
    """torch.nn.RNN with the parameters `p`, float64."""
    H, I = p.W_ih.shape
    module = torch.nn.RNN(I, H, dtype=torch.float64)
    with torch.no_grad():
        for name, array in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), p, strict=True):
            getattr(module, name).copy_(torch.from_numpy(array))
    return module


@many
@given(seed, size, size, size, size)
def test_forward_is_torch_rnn(seed, T, B, I, H):
    xs, h0, p = draw(seed, T, B, I, H)
    with torch.no_grad():
        hs, last = as_torch(p)(torch.from_numpy(xs), torch.from_numpy(h0)[None])
    np.testing.assert_allclose(rnn_forward(xs, h0, p), hs.numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(rnn_forward(xs, h0, p)[-1], last.numpy()[0], rtol=0, atol=1e-12)


def test_forward_is_torch_rnn_at_a_working_size():
    xs, h0, p = draw(0, 200, 16, 24, 64, scale=0.1)
    with torch.no_grad():
        hs, _ = as_torch(p)(torch.from_numpy(xs), torch.from_numpy(h0)[None])
    np.testing.assert_allclose(rnn_forward(xs, h0, p), hs.numpy(), rtol=0, atol=1e-12)


@many
@given(seed, size, size, size)
def test_a_step_is_the_sum_that_its_docstring_writes(seed, B, I, H):
    (x,), h, p = draw(seed, 1, B, I, H)
    h_new = rnn_step(x, h, p)
    for b in range(B):
        for i in range(H):
            a = sum(p.W_ih[i, k] * x[b, k] for k in range(I)) + p.b_ih[i]
            a += sum(p.W_hh[i, j] * h[b, j] for j in range(H)) + p.b_hh[i]
            assert h_new[b, i] == pytest.approx(np.tanh(a), rel=1e-10, abs=1e-12)


@many
@given(seed, size, size, size, size)
def test_states_lie_within_one_and_inputs_are_left_alone(seed, T, B, I, H):
    xs, h0, p = draw(seed, T, B, I, H, scale=5)
    copies = xs.copy(), h0.copy(), *(a.copy() for a in p)
    hs = rnn_forward(xs, h0, p)
    assert hs.shape == (T, B, H) and (np.abs(hs) <= 1).all()
    for array, copy in zip((xs, h0, *p), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@many
@given(seed, st.integers(2, 7), size, size, size, st.data())
def test_a_longer_sequence_continues_a_shorter_one(seed, T, B, I, H, data):
    xs, h0, p = draw(seed, T, B, I, H)
    cut = data.draw(st.integers(1, T - 1))
    first = rnn_forward(xs[:cut], h0, p)
    both = np.concatenate([first, rnn_forward(xs[cut:], first[-1], p)])
    np.testing.assert_array_equal(rnn_forward(xs, h0, p), both)


@many
@given(seed, size, st.integers(2, 7), size, size)
def test_sequences_of_a_batch_do_not_influence_each_other(seed, T, B, I, H):
    xs, h0, p = draw(seed, T, B, I, H)
    one_by_one = [rnn_forward(xs[:, b : b + 1], h0[b : b + 1], p)[:, 0] for b in range(B)]
    np.testing.assert_allclose(rnn_forward(xs, h0, p), np.stack(one_by_one, axis=1), rtol=0, atol=1e-12)


def test_a_reversed_sequence_ends_in_another_state():
    xs, h0, p = draw(0, 6, 2, 3, 4, scale=0.5)
    assert np.abs(rnn_forward(xs, h0, p)[-1] - rnn_forward(xs[::-1], h0, p)[-1]).max() > 0.01


def test_one_step_is_a_sequence_of_one():
    xs, h0, p = draw(0, 1, 2, 3, 4)
    np.testing.assert_array_equal(rnn_forward(xs, h0, p)[0], rnn_step(xs[0], h0, p))


@many
@given(size, size, seed)
def test_the_count_is_that_of_torch_and_of_what_is_drawn(I, H, seed):
    p = init_rnn(I, H, np.random.default_rng(seed))
    assert count_rnn_parameters(I, H) == sum(a.size for a in p)
    assert count_rnn_parameters(I, H) == sum(a.numel() for a in torch.nn.RNN(I, H).parameters())


def test_parameters_are_drawn_as_torch_draws_them():
    """Uniform in ±1/√H: the spread of many draws is that of the distribution, and the same seed draws the same."""
    H = 25
    p = init_rnn(400, H, np.random.default_rng(0))
    assert p.W_ih.shape == (H, 400) and p.W_hh.shape == (H, H) and p.b_ih.shape == p.b_hh.shape == (H,)
    for array in p:
        assert np.abs(array).max() <= 1 / np.sqrt(H)
    assert p.W_ih.std() == pytest.approx(1 / np.sqrt(3 * H), rel=0.02)
    assert p.W_ih.mean() == pytest.approx(0, abs=0.01)
    np.testing.assert_array_equal(p.W_hh, init_rnn(400, H, np.random.default_rng(0)).W_hh)


XS, H0, P = draw(0, 5, 2, 3, 4)
BAD = [
    ({"x": XS}, r"x has shape \(5, 2, 3\), but should have 2 axes, \(B, I\)"),
    ({"x": XS[0].tolist()}, "x is a list, but should be a NumPy array"),
    ({"x": XS[0].astype(int)}, r"x holds int64, but should hold floats: try x\.astype\(float\)"),
    ({"x": XS[0] * np.nan}, "x holds NaN or infinity, but should hold finite numbers"),
    ({"h": H0[:1]}, r"h has shape \(1, 4\), but its B should be 2, as in x"),
    ({"h": H0[:, :3]}, r"p\.W_ih has shape \(4, 3\), but its H should be 3, as in h"),
    ({"h": H0.T}, r"h has shape \(4, 2\), but its B should be 2, as in x"),
    ({"x": np.ones((0, 3)), "h": np.ones((0, 4))}, r"x has shape \(0, 3\): axis B is empty, but should hold at least"),
    ({"p": P._replace(W_ih=P.W_ih.T)}, r"p\.W_ih has shape \(3, 4\), but its H should be 4, as in h"),
    ({"p": P._replace(W_hh=P.W_hh[:, :2])}, r"p\.W_hh has shape \(4, 2\), but its H should be 4, as in h"),
    ({"p": P._replace(b_ih=P.b_ih[:, None])}, r"p\.b_ih has shape \(4, 1\), but should have 1 axis, \(H\)"),
    ({"p": P._replace(b_hh=None)}, r"p\.b_hh is a NoneType, but should be a NumPy array"),
    ({"p": tuple(P)}, r"p is a tuple, but should be RNNParams\(W_ih, W_hh, b_ih, b_hh\)"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_step_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        rnn_step(**{"x": XS[0], "h": H0, "p": P} | bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"xs": XS[0]}, r"xs has shape \(2, 3\), but should have 3 axes, \(T, B, I\)"),
        ({"xs": XS[:0]}, r"xs has shape \(0, 2, 3\): axis T is empty, but should hold at least one"),
        ({"xs": XS.swapaxes(0, 1)}, r"h0 has shape \(2, 4\), but its B should be 5, as in xs"),
        ({"h0": H0[None]}, r"h0 has shape \(1, 2, 4\), but should have 2 axes, \(B, H\)"),
        ({"h0": np.inf + H0}, "h0 holds NaN or infinity, but should hold finite numbers"),
        ({"p": list(P)}, r"p is a list, but should be RNNParams\(W_ih, W_hh, b_ih, b_hh\)"),
    ],
)
def test_forward_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        rnn_forward(**{"xs": XS, "h0": H0, "p": P} | bad)


@pytest.mark.parametrize("value", [0, -1, 2.5, 2.0, True, None, "3"])
@pytest.mark.parametrize("name", ["I", "H"])
@pytest.mark.parametrize("call", [count_rnn_parameters, lambda I, H: init_rnn(I, H, np.random.default_rng(0))])
def test_a_size_that_is_none_is_refused(call, name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value!r}, but should be an integer of at least 1"):
        call(**{"I": 2, "H": 3} | {name: value})
