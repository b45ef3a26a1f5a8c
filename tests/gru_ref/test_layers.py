"""Layers equal PyTorch's, forward and backward, stacked, bidirectional and padded; and they have their properties."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import gru_step, gru_step_reset_before, lstm_step, rnn_step
from gru_ref.layers import LAYERS, init_network, layer_backward, layer_forward, network_backward, network_forward
from gru_ref.trees import astype, leaves
from tests.support.peers import named, torch_layers

each_kind = pytest.mark.parametrize("kind", LAYERS)
sizes = st.integers(1, 5)


def draw(kind, seed, T=6, B=4, I=3, H=5, dtype=np.float64):
    """A batch of sequences, their lengths, parameters and a state; biases and states are not zero."""
    rng = np.random.default_rng(seed)
    p = astype(LAYERS[kind].init(I, H, rng), dtype)
    lengths = rng.integers(1, T + 1, B)
    xs = rng.normal(0, 1, (T, B, I)).astype(dtype)
    h, c = rng.uniform(-0.9, 0.9, (2, B, H)).astype(dtype)
    return xs, p, (h, c) if kind == "lstm" else h, lengths


def packed(module, xs, lengths):
    """The padded output of a PyTorch layer on a packed batch."""
    sequence = torch.nn.utils.rnn.pack_padded_sequence(xs, torch.tensor(lengths), enforce_sorted=False)
    return torch.nn.utils.rnn.pad_packed_sequence(module(sequence)[0], total_length=len(xs))[0]


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@settings(max_examples=25, deadline=None)
@given(
    T=sizes, B=sizes, I=sizes, H=sizes, layers=st.integers(1, 3), both=st.booleans(), double=st.booleans(), seed=sizes
)
def test_networks_equal_pytorch_on_packed_batches(kind, T, B, I, H, layers, both, double, seed):
    dtype, tolerance = (np.float64, 1e-12) if double else (np.float32, 1e-5)
    xs, _, _, lengths = draw(kind, seed, T, B, I, H, dtype)
    network = astype(init_network(kind, I, H, np.random.default_rng(seed), layers, both), dtype)
    theirs, x = torch_layers(kind, network), torch.tensor(xs, requires_grad=True)
    output = packed(theirs, x, lengths)
    hs, _, tape = network_forward(kind, xs, network, lengths)
    real = (np.arange(T)[:, None] < lengths)[:, :, None]
    np.testing.assert_allclose(hs * real, output.detach().numpy(), rtol=0, atol=tolerance)

    dhs = np.random.default_rng(seed).normal(0, 1, hs.shape).astype(dtype) * real
    (output * torch.tensor(dhs)).sum().backward()
    dxs, grads = network_backward(dhs, tape)
    np.testing.assert_allclose(dxs, x.grad.numpy(), rtol=tolerance, atol=tolerance)
    for name, grad in named(grads).items():
        np.testing.assert_allclose(grad, getattr(theirs, name).grad.numpy(), rtol=20 * tolerance, atol=20 * tolerance)
    assert {a.dtype for a in (hs, dxs, *leaves(grads))} == {np.dtype(dtype)}


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_final_state_and_its_gradient_equal_pytorch(kind):
    xs, p, state, _ = draw(kind, 1)
    theirs = torch_layers(kind, [(p,)])
    start = [torch.tensor(s, requires_grad=True) for s in (state if kind == "lstm" else (state,))]
    _, final = theirs(torch.tensor(xs), tuple(s[None] for s in start) if kind == "lstm" else start[0][None])
    hs, mine, tape = layer_forward(kind, xs, p, state)
    finals = [f[0] for f in (final if kind == "lstm" else (final,))]
    weights = np.random.default_rng(2).normal(0, 1, (len(finals), *hs[0].shape))
    sum((f * torch.tensor(w)).sum() for f, w in zip(finals, weights, strict=True)).backward()
    dstate = tuple(weights) if kind == "lstm" else weights[0]
    _, dstate0, _ = layer_backward(np.zeros_like(hs), tape, dstate)
    for a, b in zip(mine if kind == "lstm" else (mine,), finals, strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=0, atol=1e-12)
    for a, b in zip(dstate0 if kind == "lstm" else (dstate0,), start, strict=True):
        np.testing.assert_allclose(a, b.grad.numpy(), rtol=0, atol=1e-12)


STEPS = {"rnn": rnn_step, "gru": gru_step, "gru_reset_before": gru_step_reset_before}


@each_kind
def test_a_layer_is_its_step_again_and_again(kind):
    xs, p, state, _ = draw(kind, 3)
    hs, final, _ = layer_forward(kind, xs, p, state)
    for t, x in enumerate(xs):
        state = lstm_step(x, *state, p) if kind == "lstm" else STEPS[kind](x, state, p)
        np.testing.assert_allclose(hs[t], state[0] if kind == "lstm" else state, rtol=0, atol=1e-14)
    np.testing.assert_allclose(final, state, rtol=0, atol=1e-14)


@each_kind
@pytest.mark.parametrize("padded", [False, True])
def test_gradients_match_central_differences(kind, padded):
    xs, p, state, lengths = draw(kind, 4, T=4, B=2, I=2, H=3)
    lengths = lengths if padded else None
    rng = np.random.default_rng(5)
    weights, final_weights = rng.normal(0, 1, (4, 2, 3)), rng.normal(0, 1, np.shape(state))

    def loss(tree):
        xs, p, state = tree
        hs, final, _ = layer_forward(kind, xs, p, state, lengths)
        return (hs * weights).sum() + (np.asarray(final) * final_weights).sum()

    tape = layer_forward(kind, xs, p, state, lengths)[2]
    dfinal = tuple(final_weights) if kind == "lstm" else final_weights
    dxs, dstate, grads = layer_backward(weights, tape, dfinal)
    tree, step = (xs, p, state), 1e-6
    for array, grad in zip(leaves(tree), leaves((dxs, grads, dstate)), strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above = loss(tree)
            array[index] = kept - step
            below = loss(tree)
            array[index] = kept
            assert grad[index] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-8)


@each_kind
@settings(max_examples=15, deadline=None)
@given(extra=st.integers(1, 4), seed=st.integers(0, 9))
def test_padding_changes_nothing(kind, extra, seed):
    xs, p, state, lengths = draw(kind, seed)
    padding = np.random.default_rng(seed).normal(0, 9, (extra, *xs.shape[1:]))
    hs, final, tape = layer_forward(kind, xs, p, state, lengths)
    longer, same, longer_tape = layer_forward(kind, np.concatenate([xs, padding]), p, state, lengths)
    np.testing.assert_array_equal(longer[: len(xs)], hs)
    np.testing.assert_array_equal(same, final)
    dhs = np.random.default_rng(seed + 1).normal(0, 1, hs.shape)
    dxs, _, grads = layer_backward(dhs, tape)
    dlonger, _, same_grads = layer_backward(np.concatenate([dhs, 0 * longer[len(xs) :]]), longer_tape)
    assert not dlonger[len(xs) :].any()
    np.testing.assert_allclose(dlonger[: len(xs)], dxs, rtol=0, atol=1e-13)
    for a, b in zip(same_grads, grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)


@each_kind
def test_a_row_of_the_batch_never_influences_another(kind):
    xs, p, state, lengths = draw(kind, 6)
    before, _, tape = layer_forward(kind, xs, p, state, lengths)
    dhs = np.zeros_like(before)
    dhs[:, 0] = 1
    dxs, _, _ = layer_backward(dhs, tape)
    assert dxs[:, 0].any() and not dxs[:, 1:].any()
    xs[:, 0] += 1
    after = layer_forward(kind, xs, p, state, lengths)[0]
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])


@each_kind
def test_long_sequences_are_worked_in_several_blocks_with_the_same_result(kind, monkeypatch):
    xs, p, state, lengths = draw(kind, 7, T=11)
    dhs = np.random.default_rng(0).normal(0, 1, (11, 4, 5))

    def gradients():
        tape = layer_forward(kind, xs, p, state, lengths)[2]
        return leaves(layer_backward(dhs, tape))

    whole = gradients()
    monkeypatch.setattr("gru_ref.kernels.BLOCK", 3 * 4 * 5)
    for a, b in zip(gradients(), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)


@each_kind
def test_the_callers_arrays_are_not_changed(kind):
    xs, p, state, lengths = draw(kind, 8)
    dhs = np.ones((*xs.shape[:2], 5))
    given_arrays = [*leaves((xs, p, state)), lengths, dhs]
    copies = [a.copy() for a in given_arrays]
    layer_backward(dhs, layer_forward(kind, xs, p, state, lengths)[2], state)
    for a, b in zip(given_arrays, copies, strict=True):
        np.testing.assert_array_equal(a, b)


@each_kind
def test_the_order_of_the_inputs_in_memory_does_not_matter(kind):
    xs, p, state, lengths = draw(kind, 11)
    dhs = np.random.default_rng(0).normal(0, 1, (6, 4, 5))
    plain = layer_backward(dhs, layer_forward(kind, xs, p, state, lengths)[2])
    xs, dhs = np.asfortranarray(xs), np.asfortranarray(dhs)
    odd = layer_backward(dhs, layer_forward(kind, xs, p, state, lengths)[2])
    for a, b in zip(leaves(odd), leaves(plain), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-14)


@pytest.mark.filterwarnings("error")
def test_large_sums_give_no_warning():
    xs, p, state, _ = draw("gru", 9)
    hs, _, _ = layer_forward("gru", 1e5 * xs, p, state)
    assert np.isfinite(hs).all() and (abs(hs) <= 1).all()


def kept_and_peak(T, B=8, I=2, H=32):
    xs, p, _, _ = draw("gru", 0, T, B, I, H, np.float32)
    tracemalloc.start()
    hs, _, tape = layer_forward("gru", xs, p)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    layer_backward(hs, tape)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sequence = T * B * H * 4
    return kept / sequence, peak / sequence


def test_a_gru_keeps_three_sequences_of_gates_beside_its_states_and_memory_grows_linearly():
    kept, peak = kept_and_peak(T=40_000)
    assert kept < 1 + 3 + 0.1  # the states, and r, z and n
    assert peak < kept + 0.3  # the inputs' gradients, and one block
    assert kept_and_peak(T=4_000)[0] == pytest.approx(kept, rel=0.02)


def refusal(call, *args):
    with pytest.raises(ValueError) as raised:
        call(*args)
    return str(raised.value)


def test_what_does_not_fit_is_named():
    xs, p, h0, lengths = draw("gru", 0)
    assert refusal(layer_forward, "gated", xs, p).startswith("kind is 'gated', but should be one of 'rnn', 'gru'")
    assert refusal(layer_forward, "rnn", xs, p).startswith("p is a GRUParams, but should be RNNParams(")
    assert refusal(layer_forward, "gru", xs, p, h0[:2]) == "state0 has shape (2, 5), but its B should be 4, as in xs"
    assert (
        refusal(layer_forward, "gru", xs.astype(np.float32), p)
        == "p.W_ir holds float64, but xs holds float32: all should hold the same"
    )
    assert (
        refusal(layer_forward, "gru", xs.astype(np.float16), p)
        == "xs holds float16, but should hold float32 or float64"
    )
    assert "lengths holds 0" in refusal(layer_forward, "gru", xs, p, h0, lengths * 0)
    assert "for an LSTM should be a pair of arrays (h, c)" in refusal(layer_forward, "lstm", *draw("lstm", 0)[:2], h0)
    _, _, tape = layer_forward("gru", xs, p)
    assert refusal(layer_backward, xs, tape) == "dhs has shape (6, 4, 3), but its H should be 5, as in hs"
    assert "layers is 0" in refusal(init_network, "gru", 3, 5, np.random.default_rng(0), 0)
    assert "a list with, for each layer, a tuple" in refusal(network_forward, "gru", xs, p)
