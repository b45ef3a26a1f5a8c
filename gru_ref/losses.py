"""Losses, which say how wrong a model is, and their gradients, which say where it should move. Lesson 10."""

import numpy as np

from gru_ref.checks import check_arrays

TAUGHT_IN = {"*": None}  # checks of arguments, and a loss that is not an exercise

AXES = {2: "B {}", 3: "T B {}"}


def softmax_cross_entropy(logits, targets, mask=None):
    """Mean cross-entropy of softmax(logits) against the true classes, and its gradient.

    loss    = mean over the steps that count of  ln Σ_c exp(logits[c]) − logits[target]
    dlogits = (softmax(logits) − one_hot(target)) / number of steps that count, and 0 elsewhere

    Parameters
    ----------
    logits : (B, C) or (T, B, C) array, unnormalised log probabilities, of any size: nothing overflows
    targets : (B,) or (T, B) array of integers from 0 to C − 1; ignored where the mask is False
    mask : array of booleans shaped like targets, True where a step counts; None counts every step

    Returns
    -------
    loss : float, nats per step that counts
    dlogits : array shaped like logits, of its type

    Raises
    ------
    ValueError
        If shapes do not fit, logits are not finite floats, targets are not classes, or the mask counts no step.

    Source: Goodfellow et al. (2016), *Deep Learning*, section 6.2.2.3; value of ``torch.nn.functional.cross_entropy``.
    """
    C = _check_outputs("logits", logits, "C")
    mask = _check_mask(mask, logits.shape[:-1])
    targets = _check_classes(targets, mask, C)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    true = targets[..., None]
    n = int(mask.sum())
    nats = (log_total - np.take_along_axis(shifted, true, axis=-1))[..., 0]
    dlogits = np.exp(shifted - log_total)
    np.put_along_axis(dlogits, true, np.take_along_axis(dlogits, true, axis=-1) - 1, axis=-1)
    dlogits[~mask] = 0
    return float(nats[mask].sum() / n), dlogits / n


def mean_squared_error(predictions, targets, mask=None):
    """Mean of the squared errors, and its gradient.

    loss         = mean over the entries that count of  (prediction − target)²
    dpredictions = 2 (prediction − target) / number of entries that count, and 0 elsewhere

    Parameters
    ----------
    predictions : (B, O) or (T, B, O) array
    targets : array shaped like predictions
    mask : (B,) or (T, B) array of booleans, True where a step counts; None counts every step

    Returns
    -------
    loss : float, in the square of the targets' unit
    dpredictions : array shaped like predictions, of their type

    Raises
    ------
    ValueError
        If shapes do not fit, an array does not hold finite floats, or the mask counts no step.
    """
    _check_outputs("predictions", predictions, "O")
    axes = AXES[predictions.ndim].format("O")
    check_arrays(predictions=(predictions, axes), targets=(targets, axes))
    mask = _check_mask(mask, predictions.shape[:-1])
    errors = np.where(mask[..., None], predictions - targets.astype(predictions.dtype), 0).astype(predictions.dtype)
    n = int(mask.sum()) * predictions.shape[-1]
    return float(np.sum(errors**2) / n), errors * (2 / n)


def _check_outputs(name, array, last):
    """Raise ValueError unless an array is (B, last) or (T, B, last); return its last size."""
    if isinstance(array, np.ndarray) and array.ndim not in AXES:
        raise ValueError(f"{name} has shape {array.shape}, but should be (B, {last}) or (T, B, {last})")
    return check_arrays(**{name: (array, AXES[getattr(array, "ndim", 2)].format(last))})[last]


def _check_mask(mask, shape):
    if mask is None:
        return np.ones(shape, bool)
    if not isinstance(mask, np.ndarray) or mask.dtype != bool:
        got = f"holds {mask.dtype}" if isinstance(mask, np.ndarray) else f"is a {type(mask).__name__}"
        raise ValueError(f"mask {got}, but should be an array of booleans")
    if mask.shape != shape:
        raise ValueError(f"mask has shape {mask.shape}, but should have shape {shape}, one entry for each step")
    if not mask.any():
        raise ValueError("mask counts no step, but a mean needs at least one")
    return mask


def _check_classes(targets, mask, C):
    """The targets, with 0 where they do not count, so that all entries are valid indices."""
    if not isinstance(targets, np.ndarray) or not np.issubdtype(targets.dtype, np.integer):
        got = f"holds {targets.dtype}" if isinstance(targets, np.ndarray) else f"is a {type(targets).__name__}"
        raise ValueError(f"targets {got}, but should be an array of integers, one class for each step")
    if targets.shape != mask.shape:
        raise ValueError(
            f"targets has shape {targets.shape}, but should have shape {mask.shape}, one class for each step"
        )
    wrong = mask & ((targets < 0) | (targets >= C))
    if wrong.any():
        raise ValueError(f"targets holds {targets[wrong][0]}, but a class should be between 0 and {C - 1}")
    return np.where(mask, targets, 0)
