"""Padded batches: which steps are real, and each sequence read from its end. Lesson 07."""

import numpy as np

from gru_ref.checks import check_floats, check_lengths, check_size

TAUGHT_IN = {
    "*": 7,  # padded batches
    "length_mask": None,  # a helper that lesson 07 gives away itself
}


def length_mask(T, lengths):
    """Which steps of a padded batch are real.

    Parameters
    ----------
    T : int, steps of the batch
    lengths : (B,) array of integers between 1 and T

    Returns
    -------
    mask : (T, B) array of booleans, True inside each sequence, False in its padding

    Raises
    ------
    ValueError
        If T is not an integer of at least 1, or a length is not from 1 to T.
    """
    check_size("T", T)
    if np.size(lengths) == 0:
        raise ValueError("lengths is empty, but should hold at least one length")
    check_lengths(lengths, T, np.shape(lengths)[0] if np.ndim(lengths) else 1)
    return np.arange(T)[:, None] < lengths


def reverse_padded(xs, lengths):
    """Reverse each sequence of a padded batch within its own length; the padding stays where it is.

    Parameters
    ----------
    xs : (T, B, I) array, time first
    lengths : (B,) array of integers between 1 and T

    Returns
    -------
    reversed : (T, B, I) array; reversing it again gives xs

    Raises
    ------
    ValueError
        If xs is not an array of finite floats with three axes, or a length is not from 1 to T.

    Source: what ``torch.nn.GRU`` with ``bidirectional=True`` does to packed sequences.
    """
    check_floats("xs", xs)
    if xs.ndim != 3:
        raise ValueError(f"xs has shape {xs.shape}, but should have 3 axes, (T, B, I)")
    T, B, _ = xs.shape
    check_lengths(lengths, T, B)
    steps = np.arange(T)[:, None]
    return xs[np.where(steps < lengths, lengths.astype(np.intp) - 1 - steps, steps), np.arange(B)]
