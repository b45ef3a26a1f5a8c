"""Steps that a mask leaves out, at the end, at the beginning or in the middle. Lesson 06.

Keras takes a mask that says for each step whether it is real. `gru_ref` only knows lengths: padding at the end. A
skipped step does not change the state, so both agree once the real steps are moved to the front.
"""

import numpy as np

from gru_ref.checks import check_arrays


def pack_masked(xs, mask):
    """Move each sequence's real steps to the front, in their order.

    Parameters
    ----------
    xs : (T, B, I) array, time first
    mask : (T, B) array of booleans, True where a step is real; each sequence has at least one

    Returns
    -------
    packed : (T, B, I) array: the real steps, then zeros
    lengths : (B,) array of integers, how many real steps each sequence has, for `gru_forward` and others

    Raises
    ------
    ValueError
        If a shape does not fit, or a sequence has no real step.

    Source: argument ``mask`` of ``keras.layers.GRU``, Keras 3.
    """
    sizes = check_arrays(xs=(xs, "T B I"))
    _check_mask(mask, sizes["T"], sizes["B"])
    lengths = mask.sum(axis=0)
    order = np.argsort(~mask, axis=0, kind="stable")  # real steps first, each kind in its order
    packed = np.take_along_axis(xs, order[:, :, None], axis=0)
    packed[np.arange(sizes["T"])[:, None] >= lengths] = 0
    return packed, lengths


def unpack_masked(hs, mask, first):
    """Move the states of packed sequences back to their steps; a skipped step shows the state before it.

    Parameters
    ----------
    hs : (T, B, H) array, states of what `pack_masked` returned
    mask : (T, B) array of booleans, the same
    first : (B, H) array, the state to show before a sequence's first real step: its initial state (Keras on NumPy and
        JAX), or zeros (Keras on PyTorch and TensorFlow, for any initial state)

    Returns
    -------
    spread : (T, B, H) array

    Raises
    ------
    ValueError
        If a shape does not fit, or a sequence has no real step.

    Source: argument ``mask`` of ``keras.layers.GRU``, Keras 3.15.1, run with each of its backends.
    """
    sizes = check_arrays(hs=(hs, "T B H"), first=(first, "B H"))
    _check_mask(mask, sizes["T"], sizes["B"])
    read = np.cumsum(mask, axis=0)  # how many real steps each sequence has read
    shown = np.concatenate([first[None].astype(hs.dtype), hs])
    return np.take_along_axis(shown, read[:, :, None], axis=0)


def _check_mask(mask, T, B):
    if not isinstance(mask, np.ndarray) or mask.dtype != bool:
        got = f"an array of {mask.dtype}" if isinstance(mask, np.ndarray) else f"a {type(mask).__name__}"
        raise ValueError(f"mask is {got}, but should be a NumPy array of booleans")
    if mask.shape != (T, B):
        raise ValueError(
            f"mask has shape {mask.shape}, but should be ({T}, {B}): one entry for each step of each sequence, time first"
        )
    for b in np.flatnonzero(~mask.any(axis=0)):
        raise ValueError(
            f"mask has no real step in sequence {b}, but should have at least one: leave that sequence out"
        )
