"""One sequence through a small GRU: as PyTorch computes it, and as `gru_ref.kernels` computes it in a batch."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import kernels, one_sequence
from gru_ref.init import init_gru
from gru_ref.layers import layer_backward, layer_forward
from gru_ref.trees import astype, leaves
from tests.support.peers import named, torch_layers

sizes = st.integers(1, 9)
dtypes = st.sampled_from([(np.float64, 1e-12), (np.float32, 2e-5)])


def draw(T=6, I=3, H=5, dtype=np.float64, seed=0, B=1):
    """Inputs, parameters, a state, and the loss's gradients of the states and of the final one; nothing is zero."""
    rng = np.random.default_rng(seed)
    p = astype(init_gru(I, H, rng), dtype)
    arrays = (
        rng.normal(0, 1, (T, B, I)),
        rng.uniform(-1, 1, (B, H)),
        rng.normal(0, 1, (T, B, H)),
        rng.normal(0, 1, (B, H)),
    )
    xs, h0, dhs, dh = (a.astype(dtype) for a in arrays)
    return xs, p, h0, dhs, dh


def passes(xs, p, h0, dhs, dh):
    """All that a forward and a backward pass return, and the gates."""
    hs, h, tape = layer_forward("gru", xs, p, h0)
    gates = tape.gates.copy()
    return hs, h, gates, *layer_backward(dhs, tape, dh)


@pytest.fixture
def taken(monkeypatch):
    """The list of the shapes of xs for which the module was used."""
    shapes, run = [], one_sequence.run
    monkeypatch.setattr(one_sequence, "run", lambda xs, h0, p: shapes.append(xs.shape) or run(xs, h0, p))
    return shapes


@settings(max_examples=40, deadline=None)
@given(T=sizes, I=sizes, H=sizes, kind=dtypes, seed=sizes)
def test_one_sequence_equals_pytorch(T, I, H, kind, seed):
    dtype, tolerance = kind
    xs, p, h0, dhs, dh = draw(T, I, H, dtype, seed)
    theirs = torch_layers("gru", [(p,)])
    x, start = torch.tensor(xs, requires_grad=True), torch.tensor(h0[None], requires_grad=True)
    output, final = theirs(x, start)
    ((output * torch.tensor(dhs)).sum() + (final[0] * torch.tensor(dh)).sum()).backward()
    hs, h, _, dxs, dh0, grads = passes(xs, p, h0, dhs, dh)
    ours = {"hs": hs, "h": h[None], "dxs": dxs, "dh0": dh0[None], **named([(grads,)])}
    expected = {"hs": output.detach(), "h": final.detach(), "dxs": x.grad, "dh0": start.grad}
    expected |= {name: parameter.grad for name, parameter in theirs.named_parameters()}
    assert ours.keys() == expected.keys()
    for name, array in ours.items():
        np.testing.assert_allclose(array, expected[name].numpy(), rtol=tolerance, atol=tolerance, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(T=sizes, I=sizes, H=sizes, kind=dtypes, seed=sizes)
def test_one_sequence_equals_a_row_of_a_batch(T, I, H, kind, seed):
    dtype, tolerance = kind
    xs, p, h0, dhs, dh = draw(T, I, H, dtype, seed)
    twice = [np.concatenate((a, a), axis=-2) for a in (xs, h0, dhs, dh)]
    batch_xs, batch_h0, batch_dhs, batch_dh = twice
    *arrays, grads = passes(xs, p, h0, dhs, dh)
    *batches, sums = passes(batch_xs, p, batch_h0, batch_dhs, batch_dh)
    for array, batch in zip(arrays, batches, strict=True):
        for row in np.split(batch, 2, axis=-2):
            np.testing.assert_allclose(array, row, rtol=tolerance, atol=tolerance)
    for grad, both in zip(grads, sums, strict=True):
        np.testing.assert_allclose(2 * grad, both, rtol=tolerance, atol=2 * tolerance)
    assert {a.dtype for a in leaves((arrays, grads))} == {np.dtype(dtype)}


def test_gradients_match_central_differences(taken):
    xs, p, h0, dhs, dh = draw(T=4, I=2, H=3)

    def loss():
        hs, h, _ = layer_forward("gru", xs, p, h0)
        return (hs * dhs).sum() + (h * dh).sum()

    dxs, dh0, grads = layer_backward(dhs, layer_forward("gru", xs, p, h0)[2], dh)
    step = 1e-6
    for array, grad in zip(leaves((xs, p, h0)), leaves((dxs, grads, dh0)), strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above = loss()
            array[index] = kept - step
            below = loss()
            array[index] = kept
            assert grad[index] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-8)
    assert set(taken) == {(4, 2)}


def test_it_serves_one_short_sequence_without_padding_through_a_small_gru(taken, monkeypatch):
    passes(*draw(T=6, I=3, H=5))
    assert taken == [(6, 3)]
    passes(*draw(B=2))
    xs, p, h0, *_ = draw()
    layer_forward("gru", xs, p, h0, lengths=np.array([4]))
    layer_forward("gru_reset_before", xs, p, h0)
    passes(*draw(H=100))
    passes(*draw(I=1000))
    monkeypatch.setattr(kernels, "BLOCK", 6 * 5 - 1)
    passes(xs, p, h0, *draw()[3:])
    assert taken == [(6, 3)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e3, 1e5, -1e5])
def test_large_sums_give_no_warning_and_open_or_close_the_gates(dtype, scale):
    xs, p, h0, dhs, dh = draw(dtype=dtype)
    hs, _, gates, dxs, dh0, grads = passes(dtype(scale) * xs, p, h0, dhs, dh)
    assert all(np.isfinite(a).all() for a in leaves((hs, dxs, dh0, grads)))
    r, z, _ = gates
    assert ((gates[:2] >= 0) & (gates[:2] <= 1)).all()
    assert (r == 0).any() and (r == 1).any() and (z == 0).any() and (z == 1).any()


def test_the_callers_arrays_are_not_changed_and_their_order_in_memory_does_not_matter(taken):
    arrays = draw()
    copies = [a.copy() for a in leaves(arrays)]
    plain = passes(*arrays)
    for array, copy in zip(leaves(arrays), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    xs, p, h0, dhs, dh = arrays
    turned = type(p)(*(np.asfortranarray(a) for a in p))
    # Every second entry of a wider array: its entries do not lie side by side.
    xs, h0, dhs, dh = (np.repeat(a, 2, axis=-1)[..., ::2] for a in (xs, h0, dhs, dh))
    for a, b in zip(leaves(passes(xs, turned, h0, dhs, dh)), leaves(plain), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(taken) == 2


def test_every_result_has_memory_of_its_own_in_the_usual_order():
    hs, h, _, *results = passes(*draw())
    for a, b in combinations(leaves((hs, h, results)), 2):
        assert not np.shares_memory(a, b)
    assert all(a.flags.c_contiguous for a in leaves((hs, h, results)))
