"""Pooled states: padding never counts, and PyTorch pools alike."""

import numpy as np
import pytest
import torch

from gru_ref import pool

rng = np.random.default_rng(0)
HS, LENGTHS = rng.normal(-1, 1, (6, 4, 3)), np.array([6, 1, 4, 2])


@pytest.mark.parametrize("how", ["last", "mean", "max"])
def test_each_text_is_pooled_as_if_it_were_alone(how):
    by_hand = {"last": lambda s: s[-1], "mean": lambda s: s.mean(axis=0), "max": lambda s: s.max(axis=0)}[how]
    expected = np.stack([by_hand(HS[:T, b]) for b, T in enumerate(LENGTHS)])
    assert np.allclose(pool(HS, LENGTHS, how), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("how", ["last", "mean", "max"])
def test_padding_never_counts_and_the_dtype_stays(how):
    spoilt = np.where((np.arange(6)[:, None] < LENGTHS)[:, :, None], HS, 1e9)
    assert np.array_equal(pool(HS, LENGTHS, how), pool(spoilt, LENGTHS, how))
    assert pool(HS.astype(np.float32), LENGTHS, how).dtype == np.float32


def test_pytorch_pools_its_packed_sequences_alike():
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(HS), torch.from_numpy(LENGTHS), enforce_sorted=False
    )
    zeros, lowest = (
        torch.nn.utils.rnn.pad_packed_sequence(packed, padding_value=value)[0] for value in (0.0, -torch.inf)
    )
    assert np.allclose(pool(HS, LENGTHS, "mean"), zeros.sum(dim=0) / torch.from_numpy(LENGTHS)[:, None])
    assert np.array_equal(pool(HS, LENGTHS, "max"), lowest.amax(dim=0).numpy())


def test_another_way_and_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="how is 'sum', but should be one of 'last', 'mean', 'max'"):
        pool(HS, LENGTHS, "sum")
    with pytest.raises(ValueError, match="lengths holds 7, but should lie between 1 and 6"):
        pool(HS, LENGTHS + 1, "last")
