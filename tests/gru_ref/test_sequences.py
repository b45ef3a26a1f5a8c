"""Both directions agree with torch.nn.GRU on packed sequences; a readout uses only a sequence's own steps."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import GRUParams, bidirectional, gru_forward, init_gru, length_mask, readout, reverse_padded

size = st.integers(1, 6)
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


def draw(seed, T, B, I, H, dtype=np.float64):
    """(xs, p_forward, p_backward, lengths) with nothing at zero, in the padding either."""
    rng = np.random.default_rng(seed)
    p, q = (GRUParams(*(rng.normal(0, 0.8, a.shape).astype(dtype) for a in init_gru(I, H, rng))) for _ in range(2))
    return rng.normal(size=(T, B, I)).astype(dtype), p, q, rng.integers(1, T + 1, B)


def as_torch(p, q, dtype=None):
    """A bidirectional torch.nn.GRU with the parameters p forwards and q backwards."""
    module = torch.nn.GRU(p.W_ir.shape[1], len(p.W_ir), bidirectional=True, dtype=dtype or torch.float64)
    with torch.no_grad():
        for suffix, a in (("", p), ("_reverse", q)):
            getattr(module, f"weight_ih_l0{suffix}").copy_(torch.from_numpy(np.concatenate(a[0:3])))
            getattr(module, f"weight_hh_l0{suffix}").copy_(torch.from_numpy(np.concatenate(a[3:6])))
            getattr(module, f"bias_ih_l0{suffix}").copy_(torch.from_numpy(np.concatenate(a[6:9])))
            getattr(module, f"bias_hh_l0{suffix}").copy_(torch.from_numpy(np.concatenate(a[9:12])))
    return module


def torch_packed(module, xs, lengths):
    """Padded output and final states of a torch module on the packed batch."""
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.from_numpy(xs), lengths, enforce_sorted=False)
    with torch.no_grad():
        output, last = module(packed)
    return torch.nn.utils.rnn.pad_packed_sequence(output, total_length=len(xs))[0].numpy(), last.numpy()


@many
@given(seed, size, size, size, size)
def test_both_directions_are_torch_gru_on_packed_sequences(seed, T, B, I, H):
    xs, p, q, lengths = draw(seed, T, B, I, H)
    output, last = torch_packed(as_torch(p, q), xs, lengths)
    hs = bidirectional(xs, p, q, lengths)
    np.testing.assert_allclose(hs, output, rtol=0, atol=1e-12)
    np.testing.assert_allclose(hs[lengths - 1, np.arange(B), :H], last[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(hs[0, :, H:], last[1], rtol=0, atol=1e-12)


def test_float32_in_is_float32_out():
    xs, p, q, lengths = draw(0, 7, 4, 3, 5, np.float32)
    hs = bidirectional(xs, p, q, lengths)
    assert hs.dtype == np.float32
    np.testing.assert_allclose(hs, torch_packed(as_torch(p, q, torch.float32), xs, lengths)[0], rtol=0, atol=1e-5)
    W, b = p.W_hr[:2], p.b_ir[:2]
    for kind in ("value", "class", "steps"):
        assert readout(hs[:, :, :5], lengths, W, b, kind).dtype == np.float32


@many
@given(seed, size, size, size, size, st.integers(1, 4))
def test_what_stands_in_the_padding_does_not_matter(seed, T, B, I, H, more):
    xs, p, q, lengths = draw(seed, T, B, I, H)
    rng = np.random.default_rng(seed)
    outside = ~length_mask(T, lengths)
    other = np.where(outside[:, :, None], rng.normal(size=xs.shape), xs)
    longer = np.concatenate([other, rng.normal(size=(more, B, I))])
    hs = bidirectional(xs, p, q, lengths)
    np.testing.assert_array_equal(hs[outside], 0)
    np.testing.assert_allclose(bidirectional(longer, p, q, lengths)[:T], hs, rtol=0, atol=1e-14)
    W, b = rng.normal(size=(3, 2 * H)), rng.normal(size=3)
    filled = np.where(outside[:, :, None], 9.0, hs)
    for kind in ("value", "class", "steps"):
        np.testing.assert_allclose(readout(filled, lengths, W, b, kind), readout(hs, lengths, W, b, kind), atol=1e-14)


@many
@given(seed, size, size, size, size)
def test_reading_the_reversed_batch_exchanges_the_directions(seed, T, B, I, H):
    xs, p, q, lengths = draw(seed, T, B, I, H)
    there = bidirectional(xs, p, q, lengths)
    back = reverse_padded(bidirectional(reverse_padded(xs, lengths), q, p, lengths), lengths)
    np.testing.assert_allclose(np.concatenate([back[:, :, H:], back[:, :, :H]], axis=2), there, rtol=0, atol=1e-14)


@many
@given(seed, size, size, size)
def test_reversing_twice_changes_nothing_and_padding_stays(seed, T, B, I):
    xs, _, _, lengths = draw(seed, T, B, I, 1)
    turned = reverse_padded(xs, lengths)
    np.testing.assert_array_equal(reverse_padded(turned, lengths), xs)
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(turned[:n, b], xs[:n, b][::-1])
        np.testing.assert_array_equal(turned[n:, b], xs[n:, b])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_lengths_may_be_any_kind_of_whole_number(dtype):
    xs, p, q, lengths = draw(4, 5, 3, 2, 4)
    narrow = lengths.astype(dtype)
    np.testing.assert_array_equal(reverse_padded(xs, narrow), reverse_padded(xs, lengths))
    hs = bidirectional(xs, p, q, lengths)
    np.testing.assert_array_equal(bidirectional(xs, p, q, narrow), hs)
    for kind in ("value", "class", "steps"):
        answers = (readout(hs[:, :, :4], n, p.W_hr, p.b_hr, kind) for n in (narrow, lengths))
        np.testing.assert_array_equal(*answers)


@many
@given(seed, size, size, size, size, size)
def test_a_readout_is_a_linear_map_of_the_states_it_should_see(seed, T, B, I, H, O):
    xs, p, _, lengths = draw(seed, T, B, I, H)
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(O, H)), rng.normal(size=O)
    hs = gru_forward(xs, np.zeros((B, H)), p, lengths)
    value, steps = (readout(hs, lengths, W, b, kind) for kind in ("value", "steps"))
    np.testing.assert_allclose(value, hs[-1] @ W.T + b, rtol=0, atol=1e-12)
    for row, n in enumerate(lengths):
        np.testing.assert_allclose(steps[n - 1, row], value[row], rtol=0, atol=1e-12)
        np.testing.assert_array_equal(steps[n:, row], 0)
    logits = torch.from_numpy(value)
    np.testing.assert_allclose(readout(hs, lengths, W, b, "class"), torch.softmax(logits, 1).numpy(), atol=1e-12)


def test_probabilities_do_not_overflow():
    xs, p, _, lengths = draw(3, 4, 3, 2, 5)
    hs = gru_forward(xs, np.zeros((3, 5)), p, lengths)
    W = 1e5 * p.W_ir.repeat(3, axis=1)[:4, :5]
    with np.errstate(all="raise", under="ignore"):
        probabilities = readout(hs, lengths, W, np.zeros(4), "class")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_arguments_are_left_alone():
    xs, p, q, lengths = draw(1, 5, 3, 2, 4)
    copies = xs.copy(), lengths.copy(), [a.copy() for a in (*p, *q)]
    hs = bidirectional(xs, p, q, lengths)
    kept = hs.copy()
    for kind in ("value", "class", "steps"):
        readout(hs[:, :, :4], lengths, p.W_hr, p.b_hr, kind)
    np.testing.assert_array_equal(xs, copies[0])
    np.testing.assert_array_equal(lengths, copies[1])
    np.testing.assert_array_equal(hs, kept)
    for array, copy in zip((*p, *q), copies[2], strict=True):
        np.testing.assert_array_equal(array, copy)


XS, P, Q, LENGTHS = draw(2, 5, 3, 2, 4)
HS, W, B = gru_forward(XS, np.zeros((3, 4)), P, LENGTHS), np.ones((6, 4)), np.ones(6)
SMALL = init_gru(2, 3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "args", "message"),
    [
        (length_mask, (0, LENGTHS), "T is 0, but should be an integer of at least 1"),
        (length_mask, (5, LENGTHS + 5), "but should lie between 1 and 5, the number of steps"),
        (length_mask, (5, LENGTHS[None]), "lengths has shape (1, 3)"),
        (reverse_padded, (XS[0], LENGTHS), "xs has shape (3, 2), but should have 3 axes, (T, B, I)"),
        (reverse_padded, (XS.astype(int), LENGTHS), "xs holds int64, but should hold floats: try xs.astype(float)"),
        (reverse_padded, (XS * np.nan, LENGTHS), "xs holds NaN or infinity, but should hold finite numbers"),
        (reverse_padded, (XS, LENGTHS * 0), "lengths holds 0, but should lie between 1 and 5, the number of steps"),
        (reverse_padded, (XS, LENGTHS[:2]), "lengths has shape (2,), but should be (3,), one length for each sequence"),
        (bidirectional, (XS[0], P, Q, LENGTHS), "xs has shape (3, 2), but should have 3 axes, (T, B, I)"),
        (bidirectional, (XS[:, :0], P, Q, LENGTHS), "xs has shape (5, 0, 2): axis B is empty"),
        (bidirectional, (XS, P, SMALL, LENGTHS), "p_backward.W_ir has shape (3, 2), but its H should be 4"),
        (bidirectional, (XS, P._replace(b_hn=B), Q, LENGTHS), "p_forward.b_hn has shape (6,), but its H should be 4"),
        (bidirectional, (XS, tuple(P), Q, LENGTHS), "p_forward is a tuple, but should be GRUParams"),
        (bidirectional, (XS, P, None, LENGTHS), "p_backward is a NoneType, but should be GRUParams"),
        (bidirectional, (XS, P, Q, None), "lengths is a NoneType, but should be a NumPy array"),
        (bidirectional, (XS, P, Q, LENGTHS + 9), "but should lie between 1 and 5, the number of steps"),
        (readout, (HS[0], LENGTHS, W, B, "value"), "hs has shape (3, 4), but should have 3 axes, (T, B, H)"),
        (readout, (HS, LENGTHS, W.T, B, "value"), "W has shape (4, 6), but its H should be 4, as in hs"),
        (readout, (HS, LENGTHS, W, B[:2], "value"), "b has shape (2,), but its O should be 6, as in W"),
        (readout, (HS, LENGTHS, W.astype(int), B, "value"), "W holds int64, but should hold floats"),
        (readout, (HS, LENGTHS - 9, W, B, "value"), "but should lie between 1 and 5, the number of steps"),
        (readout, (HS, LENGTHS, W, B, "last"), "kind is 'last', but should be one of value, class, steps"),
        (readout, (HS, LENGTHS, W, B, None), "kind is None, but should be one of value, class, steps"),
    ],
)
def test_what_does_not_fit_is_refused(call, args, message):
    with pytest.raises(ValueError) as raised:
        call(*args)
    assert message in str(raised.value)
