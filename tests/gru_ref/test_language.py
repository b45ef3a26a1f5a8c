"""Streams go on, bits are those of PyTorch, and what is sampled follows the probabilities that were asked for."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gru_ref.language import bits_per_character, sample, streams

sizes = st.integers(1, 6)


@settings(deadline=None)
@given(T=sizes, B=sizes, more=st.integers(1, 40))
def test_streams_go_on_from_chunk_to_chunk_and_targets_are_one_ahead(T, B, more):
    ids = np.arange(T * B + more)
    inputs, targets = streams(ids, T, B)
    assert inputs.shape == targets.shape == (((len(ids) - 1) // B) // T, T, B)
    rows = inputs.reshape(-1, B).T
    assert (np.diff(rows, axis=1) == 1).all() and (targets == inputs + 1).all()
    assert len(np.unique(inputs)) == inputs.size
    assert len(ids) - 1 - inputs.size < T * B + B


@pytest.mark.parametrize(
    ("ids", "T", "B", "says"),
    [
        (np.arange(6), 3, 2, "ids holds 6 characters, but a chunk of 3 in 2 streams needs 7"),
        (np.zeros(9), 1, 1, "ids holds float64, but should hold integers"),
        ([1, 2, 3], 1, 1, "ids is a list, but should be a NumPy array"),
        (np.zeros((3, 3), int), 1, 1, r"ids has shape \(3, 3\), but should have shape \(N\)"),
        (np.arange(9), 0, 1, "T is 0, but should be an integer"),
        (np.arange(9), 1, 2.0, r"B is 2\.0, but should be an integer"),
    ],
)
def test_what_cannot_be_cut_into_streams_is_refused(ids, T, B, says):
    with pytest.raises(ValueError, match=says):
        streams(ids, T, B)


def test_bits_equal_pytorchs_nats_over_ln_2():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(0, 3, (7, 3, 11)), rng.integers(0, 11, (7, 3))
    nats = torch.nn.functional.cross_entropy(torch.tensor(logits).reshape(-1, 11), torch.tensor(targets).ravel())
    assert bits_per_character(logits, targets) == pytest.approx(nats.item() / np.log(2), abs=1e-12)
    assert bits_per_character(logits[0] + 1e4, targets[0]) == pytest.approx(bits_per_character(logits[0], targets[0]))
    assert bits_per_character(np.zeros((5, 8)), np.arange(5)) == 3.0
    assert bits_per_character(1000 * np.eye(4), np.arange(4)) == 0.0


def chain(character, h):
    """Logits that depend on the character and on how many came before it; far apart, so that nothing is left to chance."""
    logits = np.full(5, -500.0)
    logits[(2 * character + h) % 5] = 500.0
    return logits, h + 1


@pytest.mark.parametrize("temperature", [0, 0.5, 1.0])
def test_each_character_is_given_to_the_model_with_the_state_after_the_one_before(temperature):
    drawn = sample(chain, 0, 3, 6, temperature, np.random.default_rng(0))
    wanted, character = [], 3
    for k in range(6):
        character = (2 * character + k) % 5
        wanted.append(character)
    assert drawn == wanted and all(type(c) is int for c in drawn)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_frequencies_follow_softmax_of_logits_over_temperature(temperature):
    logits = np.array([1.0, 0.0, -1.0, 0.5, 1001.0]) - np.array([0, 0, 0, 0, 1000.0])
    weights = np.exp(logits / temperature)
    drawn = sample(lambda c, h: (logits + 1e4, h), None, 0, 20_000, temperature, np.random.default_rng(1))
    counts = np.bincount(drawn, minlength=5)
    assert stats.chisquare(counts, 20_000 * weights / weights.sum()).pvalue > 1e-4


def test_the_same_seed_writes_the_same():
    step = lambda c, h: (np.arange(6.0) * (c + 1) % 3, h)  # noqa: E731
    one, two, other = (sample(step, None, 0, 50, 1.0, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one == two != other


@pytest.mark.parametrize("temperature", [-1.0, np.nan, np.inf, True])
def test_no_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match=r"temperature is .*, but should be a finite number of at least 0"):
        sample(chain, 0, 0, 3, temperature, np.random.default_rng(0))


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="n is 0, but should be an integer of at least 1"):
        sample(chain, 0, 0, 0, 1.0, np.random.default_rng(0))
