"""The losses agree with PyTorch's, value and gradient, and do not overflow; bad input raises an error."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import mean_squared_error, softmax_cross_entropy

size = st.integers(1, 6)
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=80, deadline=None)


def draw(seed, T, B, C, scale=3.0):
    """(logits, targets, mask) of sequences, with at least one step that counts."""
    rng = np.random.default_rng(seed)
    mask = rng.random((T, B)) < 0.6
    mask[rng.integers(T), rng.integers(B)] = True
    return rng.normal(0, scale, (T, B, C)), rng.integers(0, C, (T, B)), mask


def by_torch(loss, outputs, targets, mask):
    """PyTorch's mean over the steps that count, and its gradient."""
    outputs = torch.from_numpy(outputs).requires_grad_()
    value = loss(outputs[torch.from_numpy(mask)], torch.from_numpy(targets)[torch.from_numpy(mask)])
    value.backward()
    return value.item(), outputs.grad.numpy()


@many
@given(seed, size, size, st.integers(2, 6))
def test_cross_entropy_is_torchs(seed, T, B, C):
    logits, targets, mask = draw(seed, T, B, C)
    loss, dlogits = softmax_cross_entropy(logits, targets, mask)
    wanted, gradient = by_torch(torch.nn.functional.cross_entropy, logits, targets, mask)
    assert loss == pytest.approx(wanted, abs=1e-12)
    np.testing.assert_allclose(dlogits, gradient, rtol=0, atol=1e-12)


@many
@given(seed, size, size, size)
def test_squared_error_is_torchs(seed, T, B, O):
    predictions, _, mask = draw(seed, T, B, O)
    targets = np.random.default_rng(seed + 1).normal(size=predictions.shape)
    loss, dpredictions = mean_squared_error(predictions, targets, mask)
    wanted, gradient = by_torch(torch.nn.functional.mse_loss, predictions, targets, mask)
    assert loss == pytest.approx(wanted, abs=1e-12)
    np.testing.assert_allclose(dpredictions, gradient, rtol=0, atol=1e-12)


@many
@given(seed, size, st.integers(2, 6))
def test_a_batch_without_time_axis_and_without_mask(seed, B, C):
    logits, targets, _ = draw(seed, 1, B, C)
    whole = softmax_cross_entropy(logits, targets)
    flat = softmax_cross_entropy(logits[0], targets[0])
    assert flat[0] == whole[0]
    np.testing.assert_array_equal(flat[1], whole[1][0])
    masked = softmax_cross_entropy(logits, targets, np.ones((1, B), bool))
    np.testing.assert_array_equal(masked[1], whole[1])


@many
@given(seed, size, size, st.integers(2, 6), st.floats(-1e4, 1e4))
def test_adding_a_number_to_all_logits_changes_nothing(seed, T, B, C, shift):
    logits, targets, mask = draw(seed, T, B, C)
    loss, dlogits = softmax_cross_entropy(logits, targets, mask)
    moved, dmoved = softmax_cross_entropy(logits + shift, targets, mask)
    assert moved == pytest.approx(loss, abs=1e-9)
    np.testing.assert_allclose(dmoved, dlogits, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_huge_logits_give_finite_losses_without_a_warning(dtype):
    logits = np.array([[1000.0, -1000.0, 0.0], [-1e30, 1e30, 0.0]], dtype)
    loss, dlogits = softmax_cross_entropy(logits, np.array([1, 1]))
    assert loss == 1000 and dlogits.dtype == dtype
    np.testing.assert_array_equal(dlogits, np.array([[0.5, -0.5, 0], [0, 0, 0]], dtype))


@pytest.mark.parametrize("loss", [softmax_cross_entropy, mean_squared_error])
def test_padding_changes_nothing_and_receives_no_gradient(loss):
    logits, targets, mask = draw(0, 5, 3, 4)
    if loss is mean_squared_error:
        targets = logits[::-1].copy()
    value, gradient = loss(logits, targets, mask)
    other = np.where(mask[..., None], logits, 77.0)
    strange = np.where(mask if targets.ndim == 2 else mask[..., None], targets, -100)
    again, dagain = loss(other, strange, mask)
    assert again == value
    np.testing.assert_array_equal(dagain, gradient)
    assert not gradient[~mask].any()


def test_types_are_kept_and_inputs_left_alone():
    logits, targets, mask = draw(0, 5, 3, 4)
    copies = logits.copy(), targets.copy(), mask.copy()
    softmax_cross_entropy(logits, targets, mask)
    for array, copy in zip((logits, targets, mask), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    small = logits.astype(np.float32)
    for loss, wanted in ((softmax_cross_entropy, targets), (mean_squared_error, small * 0)):
        value, gradient = loss(small, wanted, mask)
        assert isinstance(value, float) and gradient.dtype == np.float32


LOGITS, TARGETS, MASK = draw(0, 5, 3, 4)
BAD = [
    ((LOGITS[0, 0], TARGETS), r"logits has shape \(4,\), but should be \(B, C\) or \(T, B, C\)"),
    ((LOGITS.tolist(), TARGETS), "logits is a list, but should be a NumPy array"),
    ((LOGITS.astype(int), TARGETS), "logits holds int64, but should hold floats"),
    ((LOGITS * np.nan, TARGETS), "logits holds NaN or infinity, but should hold finite numbers"),
    ((LOGITS[:, :0], TARGETS[:, :0]), r"logits has shape \(5, 0, 4\): axis B is empty"),
    ((LOGITS, TARGETS[:4]), r"targets has shape \(4, 3\), but should have shape \(5, 3\)"),
    ((LOGITS, TARGETS.astype(float)), "targets holds float64, but should be an array of integers"),
    ((LOGITS, list(TARGETS)), "targets is a list, but should be an array of integers"),
    ((LOGITS, TARGETS + 4), r"targets holds \d, but a class should be between 0 and 3"),
    ((LOGITS, TARGETS - 4), r"targets holds -\d, but a class should be between 0 and 3"),
    ((LOGITS, TARGETS, MASK.astype(float)), "mask holds float64, but should be an array of booleans"),
    ((LOGITS, TARGETS, MASK.tolist()), "mask is a list, but should be an array of booleans"),
    ((LOGITS, TARGETS, MASK[:4]), r"mask has shape \(4, 3\), but should have shape \(5, 3\)"),
    ((LOGITS, TARGETS, ~MASK & False), "mask counts no step, but a mean needs at least one"),
]


@pytest.mark.parametrize(("args", "message"), BAD)
def test_cross_entropy_refuses(args, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        softmax_cross_entropy(*args)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((LOGITS[0, 0], LOGITS[0, 0]), r"predictions has shape \(4,\), but should be \(B, O\) or \(T, B, O\)"),
        ((LOGITS, LOGITS[:4]), r"targets has shape \(4, 3, 4\), but its T should be 5, as in predictions"),
        ((LOGITS, TARGETS), "targets holds int64, but should hold floats"),
        ((LOGITS, LOGITS * np.inf), "targets holds NaN or infinity"),
        ((LOGITS, LOGITS, MASK & False), "mask counts no step"),
        ((LOGITS, LOGITS, MASK[:, :1]), r"mask has shape \(5, 1\), but should have shape \(5, 3\)"),
    ],
)
def test_squared_error_refuses(args, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        mean_squared_error(*args)
