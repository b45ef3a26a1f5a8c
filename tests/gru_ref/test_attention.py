"""Attention is PyTorch's, and padding has no part in it."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref.attention import attend

seed = st.integers(0, 2**32 - 1)
size = st.integers(1, 6)
many = settings(max_examples=80, deadline=None)


def draw(seed, T, B, H):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (B, H)), rng.normal(0, 1, (T, B, H)), rng.integers(1, T + 1, B)


@many
@given(seed, size, size, size)
def test_context_is_that_of_torch(seed, T, B, H):
    query, keys, lengths = draw(seed, T, B, H)
    mask = torch.from_numpy(np.arange(T) < lengths[:, None])[:, None]  # (B, 1, T)
    rows = torch.from_numpy(keys).transpose(0, 1)
    expected = torch.nn.functional.scaled_dot_product_attention(
        torch.from_numpy(query)[:, None], rows, rows, mask, scale=1.0
    )
    context, weights = attend(query, keys, lengths)
    np.testing.assert_allclose(context, expected[:, 0].numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.einsum("tb,tbh->bh", weights, keys), context, atol=1e-12)


@many
@given(seed, size, size, size)
def test_weights_add_up_to_one_and_padding_has_none(seed, T, B, H):
    query, keys, lengths = draw(seed, T, B, H)
    weights = attend(query, keys, lengths)[1]
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    np.testing.assert_array_equal(weights == 0, np.arange(T)[:, None] >= lengths)


@many
@given(seed, size, size, size)
def test_a_sequence_alone_and_beside_longer_ones_is_weighted_alike(seed, T, B, H):
    query, keys, lengths = draw(seed, T, B, H)
    keys[np.arange(T)[:, None] >= lengths] = 1e6  # whatever stands in the padding
    context, weights = attend(query, keys, lengths)
    for b, n in enumerate(lengths):
        alone = attend(query[[b]], keys[:n, [b]], lengths[[b]])
        np.testing.assert_allclose(context[b], alone[0][0], rtol=1e-12)
        np.testing.assert_allclose(weights[:n, b], alone[1][:, 0], rtol=1e-12)


def test_large_scores_do_not_overflow():
    with np.errstate(over="raise", invalid="raise"):
        context, weights = attend(np.full((1, 2), 1e3), np.array([[[1.0, 1]], [[2, 2]]]), np.array([2]))
    assert context == pytest.approx(2) and weights[1, 0] == 1
