"""Watch a GRU while it reads: its gates at every step, and how long what it has read stays in each unit. Lesson 19."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_generator, check_ids, check_size
from gru_ref.layers import layer_forward

TAUGHT_IN = {"*": 18}  # lesson 19 uses them, and asks nothing of them


class Traces(NamedTuple):
    """States hs and gates rs and zs of a run, all (T, B, H); in the padding hs stands still and zs is 1."""

    hs: ndarray
    rs: ndarray
    zs: ndarray


def gate_traces(xs, p, h0=None, lengths=None):
    """Run a GRU and keep its gates.

    Parameters
    ----------
    xs : (T, B, I) array, time first
    p : GRUParams of the same dtype
    h0 : (B, H) array, the state before the first step; zeros if None
    lengths : (B,) array of integers between 1 and T, or None

    Returns
    -------
    traces : Traces

    Raises
    ------
    ValueError
        As `gru_ref.layers.layer_forward`.
    """
    if h0 is not None:
        check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"))
    hs, _, tape = layer_forward("gru", xs, p, h0, lengths)
    return Traces(hs, tape.gates[0], tape.gates[1])


def differences_left(histories, others, futures, p):
    """How much of a difference in the past is left in each unit, k steps after the past ended.

    Two runs read different histories and then the same future. At each step the mean square of their difference is divided
    by what it was when the future began.

    Parameters
    ----------
    histories, others : (T, B, I) arrays, two pasts of each sequence
    futures : (K, B, I) array, what both read after that
    p : GRUParams

    Returns
    -------
    left : (K + 1, H) array, 1 in its first row

    Raises
    ------
    ValueError
        If shapes do not fit, or both pasts leave some unit in the same state.
    """
    check_arrays(histories=(histories, "T B I"), others=(others, "T B I"), futures=(futures, "K B I"))
    ends = []
    for past in (histories, others):
        hs, _, _ = layer_forward("gru", np.concatenate([past, futures]), p)
        ends.append(hs[len(past) - 1 :].astype(np.float64))
    squares = ((ends[0] - ends[1]) ** 2).mean(axis=1)
    if not squares[0].all():
        raise ValueError(
            f"histories and others leave unit {int(np.argmin(squares[0]))} in the same state, but should differ"
        )
    return squares / squares[0]


def measured_lags(left):
    """After how many steps half of the difference is left in each unit, between two steps by a straight line.

    Parameters
    ----------
    left : (K + 1, H) array, as `differences_left` returns it

    Returns
    -------
    lags : (H,) array, in steps, above 0; K for a unit that has more than half left at the end

    Raises
    ------
    ValueError
        If left is no such array, or does not begin with 1.
    """
    check_arrays(left=(left, "K H"))
    if len(left) < 2 or not np.allclose(left[0], 1):
        raise ValueError("left should have a row of ones first, and at least one row after it")
    below = left < 0.5
    found = below.any(axis=0)
    k = np.where(found, below.argmax(axis=0), len(left) - 1)
    units = np.arange(left.shape[1])
    before, after = left[k - 1, units], left[k, units]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = k - 1 + (before - 0.5) / (before - after)
    return np.where(found, crossing, len(left) - 1.0)


def text_lags(embedding, p, ids, N=200, past=100, K=100, seed=0):
    """Measured lags of a GRU that reads text: two random pasts of `past` characters each, then the same K characters.

    Parameters
    ----------
    embedding : (V, I) array, what the GRU reads for each character
    p : GRUParams
    ids : (M,) array of integers from 0 to V − 1, a text
    N : int, how many futures
    past, K : int, characters
    seed : int, which places of the text

    Returns
    -------
    lags : (H,) array, in characters, as `measured_lags` gives them

    Raises
    ------
    ValueError
        If the text is too short, a size is not an integer of at least 1, or as `differences_left`.
    """
    check_ids("ids", ids, "M", check_arrays(embedding=(embedding, "V I"))["V"])
    rng = np.random.default_rng(seed)
    texts, others = text_windows(ids, N, past + K, rng), text_windows(ids, N, past, rng)
    left = differences_left(embedding[texts[:past]], embedding[others], embedding[texts[past:]], p)
    return measured_lags(left)


def text_windows(ids, count, length, rng):
    """Random windows of a text.

    Parameters
    ----------
    ids : (M,) array of integers
    count, length : int, how many, and how long; length below M
    rng : numpy.random.Generator

    Returns
    -------
    windows : (length, count) array, time first

    Raises
    ------
    ValueError
        If ids is no vector of integers, a size is not an integer of at least 1, rng is no Generator, or the text is too short.
    """
    check_ids("ids", ids, "M")
    check_size("count", count)
    check_size("length", length)
    check_generator(rng)
    if len(ids) <= length:
        raise ValueError(f"ids holds {len(ids)} characters, but should hold more than {length}, the length of a window")
    starts = rng.integers(0, len(ids) - length, count)
    return np.stack([ids[start : start + length] for start in starts], axis=1)
