"""Many states become one: the last, the mean, or the maximum of the real ones. Lesson 14."""

import numpy as np

from gru_ref.checks import check_arrays, check_lengths
from gru_ref.padding import length_mask

TAUGHT_IN = {"*": 14}  # pooling

HOW = ("last", "mean", "max")


def pool(hs, lengths, how):
    """Summarise the states of each sequence in one vector. What stands in the padding never counts.

    Parameters
    ----------
    hs : (T, B, H) array, states, time first
    lengths : (B,) array of integers between 1 and T
    how : "last", the state after the last real step; "mean" or "max" over the real steps, for each unit by itself

    Returns
    -------
    pooled : (B, H) array

    Raises
    ------
    ValueError
        If hs is not a (T, B, H) array of finite floats, a length is not from 1 to T, or there is no such `how`.
    """
    sizes = check_arrays(hs=(hs, "T B H"))
    T, B = sizes["T"], sizes["B"]
    check_lengths(lengths, T, B)
    if how not in HOW:
        raise ValueError(f"how is {how!r}, but should be one of {', '.join(map(repr, HOW))}")
    real = length_mask(T, lengths)[:, :, None]
    if how == "last":
        return hs[lengths.astype(np.intp) - 1, np.arange(B)]
    if how == "mean":
        return np.where(real, hs, 0).sum(axis=0) / lengths[:, None].astype(hs.dtype)
    return np.where(real, hs, -np.inf).max(axis=0)
