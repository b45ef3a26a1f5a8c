"""CTC agrees with PyTorch's to 1e-10 and with the sum over all paths; impossible targets get −∞, bad input an error."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref.ctc import ctc_collapse, ctc_log_likelihood, ctc_log_likelihoods

seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=100, deadline=None)


def draw_log_probs(rng, shape, scale=3.0, dtype=np.float64):
    logits = rng.normal(0, scale, shape).astype(dtype)
    return logits - np.logaddexp.reduce(logits, -1, keepdims=True)


def draw_batch(seed, T, B, C, S, dtype=np.float64):
    """Few classes, so that labels repeat; each row has lengths of its own, and some targets do not fit."""
    rng = np.random.default_rng(seed)
    blank = int(rng.integers(C))
    labels = np.delete(np.arange(C), blank)
    targets = rng.choice(labels, (S, B))
    lengths, target_lengths = rng.integers(1, T + 1, B), rng.integers(0, S + 1, B)
    targets[np.arange(S)[:, None] >= target_lengths] = -1  # padding
    return draw_log_probs(rng, (T, B, C), dtype=dtype), targets, lengths, target_lengths, blank


def by_torch(log_probs, targets, lengths, target_lengths, blank):
    loss = torch.nn.CTCLoss(blank=blank, reduction="none")
    tensors = map(torch.from_numpy, (log_probs, targets.T.copy(), lengths, target_lengths))
    return -loss(*tensors).numpy()


@many
@given(seed, st.integers(1, 30), st.integers(1, 5), st.integers(2, 5), st.integers(1, 12))
def test_likelihoods_of_a_batch_are_pytorchs(seed, T, B, C, S):
    batch = draw_batch(seed, T, B, C, S)
    np.testing.assert_allclose(ctc_log_likelihoods(*batch), by_torch(*batch), rtol=0, atol=1e-10)


@pytest.mark.parametrize(("T", "B", "C", "S"), [(100, 16, 12, 40), (1000, 3, 40, 200)])
def test_long_sequences_are_pytorchs_too(T, B, C, S):
    log_probs, targets, lengths, target_lengths, blank = draw_batch(7, T, B, C, S)
    lengths[0], target_lengths[0] = T, S
    targets[:, 0] = np.where(targets[:, 0] < 0, (blank + 1) % C, targets[:, 0])
    found = ctc_log_likelihoods(log_probs, targets, lengths, target_lengths, blank)
    assert np.isfinite(found).any()
    np.testing.assert_allclose(
        found, by_torch(log_probs, targets, lengths, target_lengths, blank), rtol=1e-13, atol=1e-10
    )


@many
@given(seed, st.integers(1, 30), st.integers(1, 5), st.integers(2, 5), st.integers(1, 12))
def test_each_row_of_a_batch_is_what_it_is_alone(seed, T, B, C, S):
    log_probs, targets, lengths, target_lengths, blank = batch = draw_batch(seed, T, B, C, S)
    alone = [ctc_log_likelihood(log_probs[: lengths[b], b], targets[: target_lengths[b], b], blank) for b in range(B)]
    np.testing.assert_allclose(ctc_log_likelihoods(*batch), alone, rtol=1e-14)


@many
@given(seed, st.integers(1, 6), st.integers(2, 3))
def test_the_likelihoods_of_all_targets_are_sums_over_all_paths(seed, T, C):
    rng = np.random.default_rng(seed)
    log_probs, blank = draw_log_probs(rng, (T, C)), int(rng.integers(C))
    totals = {}
    for path in itertools.product(range(C), repeat=T):
        labels = tuple(ctc_collapse(np.array(path), blank))
        totals[labels] = totals.get(labels, 0) + np.exp(log_probs[np.arange(T), path].sum())
    for labels, total in totals.items():
        assert ctc_log_likelihood(log_probs, np.array(labels, int), blank) == pytest.approx(np.log(total), abs=1e-10)
    assert sum(totals.values()) == pytest.approx(1)
    for labels in itertools.product(np.delete(np.arange(C), blank), repeat=T):
        expected = np.log(totals[labels]) if labels in totals else -np.inf
        assert ctc_log_likelihood(log_probs, np.array(labels), blank) == pytest.approx(expected, abs=1e-10)


def test_a_target_needs_a_frame_for_each_label_and_one_between_equal_ones():
    target = np.array([1, 2, 2, 3, 3, 3])  # 6 labels, 3 pairs of equal neighbours
    rng = np.random.default_rng(0)
    assert ctc_log_likelihood(draw_log_probs(rng, (8, 4)), target, 0) == -np.inf
    assert np.isfinite(ctc_log_likelihood(draw_log_probs(rng, (9, 4)), target, 0))


def test_nothing_underflows_where_a_network_is_sure_of_something_else():
    """Blanks of probability 1 − e⁻⁹⁰⁰: the only path of labels has e^(−900 · 40), far below the smallest float."""
    with np.errstate(all="raise"):
        T = 40
        log_probs = np.full((T, 3), -900.0)
        log_probs[:, 0] = 0
        log_probs[:, 2] = -1000
        target = np.tile([1, 2], T // 2)
        assert ctc_log_likelihood(log_probs, target, 0) == pytest.approx(-950 * T, abs=1e-6)


def test_an_empty_target_is_all_blanks():
    log_probs = draw_log_probs(np.random.default_rng(0), (5, 4))
    assert ctc_log_likelihood(log_probs, np.zeros(0, int), 3) == pytest.approx(log_probs[:, 3].sum(), abs=1e-12)


def test_the_gradient_by_finite_differences_is_pytorchs():
    """Behind log-softmax: PyTorch's gradient of its loss holds for log probabilities that stay normalised."""
    rng = np.random.default_rng(1)
    logits, target, eps = rng.normal(0, 1, (6, 4)), np.array([1, 3, 3]), 1e-6

    def likelihood(logits):
        return ctc_log_likelihood(torch.log_softmax(torch.from_numpy(logits), -1).numpy(), target, 0)

    differences = np.zeros_like(logits)
    for where in np.ndindex(*logits.shape):
        step = np.zeros_like(logits)
        step[where] = eps
        differences[where] = (likelihood(logits + step) - likelihood(logits - step)) / (2 * eps)
    x = torch.tensor(logits, requires_grad=True)
    lengths = torch.tensor([6]), torch.tensor([3])
    loss = torch.nn.functional.ctc_loss(
        x.log_softmax(-1)[:, None], torch.tensor(target)[None], *lengths, reduction="sum"
    )
    loss.backward()
    np.testing.assert_allclose(differences, -x.grad.numpy(), atol=1e-8)


def test_float32_and_small_integers_are_taken():
    log_probs, targets, lengths, target_lengths, blank = draw_batch(3, 200, 3, 4, 90, np.float32)
    small = targets.astype(np.int8), lengths.astype(np.uint8), target_lengths.astype(np.int8)
    found = ctc_log_likelihoods(log_probs, *small, blank)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, ctc_log_likelihoods(log_probs, targets, lengths, target_lengths, blank))


def test_arguments_stay_as_they_are():
    batch = draw_batch(5, 9, 3, 4, 4)
    before = [np.copy(part) for part in batch]
    ctc_log_likelihoods(*batch)
    assert all(np.array_equal(a, b) for a, b in zip(before, batch, strict=True))


@pytest.mark.parametrize(
    ("path", "blank", "labels"),
    [
        ([1, 1, 2, 2, 2], 0, [1, 2]),
        ([1, 0, 1], 0, [1, 1]),
        ([0, 0, 0], 0, []),
        ([3, 1, 1, 3, 3, 1, 2, 3], 3, [1, 1, 2]),
        ([0, 1, 0, 0], 2, [0, 1, 0]),
    ],
)
def test_repeats_are_merged_before_blanks_are_dropped(path, blank, labels):
    assert ctc_collapse(np.array(path), blank) == labels


LOG_PROBS = draw_log_probs(np.random.default_rng(0), (5, 4))


@pytest.mark.parametrize(
    ("log_probs", "target", "blank", "message"),
    [
        (
            LOG_PROBS + 1,
            [1],
            0,
            "the classes of a step probabilities that add up to 2.72, but they should add up to 1: take the log-softmax",
        ),
        (LOG_PROBS * 1000, [1], 0, "take the log-softmax of logits first"),
        (np.exp(LOG_PROBS), [1], 0, "take the log-softmax of logits first"),
        (LOG_PROBS, [1, 0], 0, "target holds 0, but its labels should be from 0 to 3, without the blank, 0"),
        (LOG_PROBS, [1, 4], 0, "target holds 4, but its labels should be from 0 to 3, without the blank, 0"),
        (LOG_PROBS, [-1], 0, "target holds -1, but its entries should be at least 0"),
        (LOG_PROBS, [1.0], 0, "target holds float64, but should hold integers"),
        (LOG_PROBS, [1], 4, "blank is 4, but should be an integer from 0 to 3"),
        (LOG_PROBS, [1], -1, "blank is -1, but should be an integer from 0 to 3"),
        (LOG_PROBS, [1], True, "blank is True, but should be an integer from 0 to 3"),
    ],
)
def test_what_has_no_likelihood_is_refused(log_probs, target, blank, message):
    with pytest.raises(ValueError) as raised:
        ctc_log_likelihood(log_probs, np.array(target), blank)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": np.ones((3, 3), int)}, "targets has shape (3, 3), but its B should be 2, as in log_probs"),
        ({"target_lengths": np.array([1, 4])}, "target_lengths holds 4, but its entries should be from 0 to 3"),
        ({"target_lengths": np.array([1, -1])}, "target_lengths holds -1, but its entries should be from 0 to 3"),
        ({"target_lengths": np.array([1])}, "target_lengths has shape (1,), but its B should be 2, as in log_probs"),
        ({"lengths": np.array([0, 5])}, "lengths holds 0, but should lie between 1 and 5"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(changes, message):
    batch = {
        "log_probs": np.stack([LOG_PROBS, LOG_PROBS], 1),
        "targets": np.ones((3, 2), int),
        "lengths": np.array([5, 4]),
        "target_lengths": np.array([3, 1]),
    }
    with pytest.raises(ValueError) as raised:
        ctc_log_likelihoods(**{**batch, **changes}, blank=0)
    assert message in str(raised.value)


def test_frames_behind_the_end_need_not_be_normalised():
    batch = np.stack([LOG_PROBS, LOG_PROBS], 1)
    padded = batch.copy()
    padded[3:, 1] = 0
    arguments = np.array([[1, 1], [2, 2]]), np.array([5, 3]), np.array([2, 2]), 0
    np.testing.assert_array_equal(ctc_log_likelihoods(padded, *arguments), ctc_log_likelihoods(batch, *arguments))
