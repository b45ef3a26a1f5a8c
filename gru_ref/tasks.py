"""Synthetic tasks: adding, copying and counting. For each, the score of a model without memory is known.

Introduced in lessons 10 and 12.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_floats, check_size

TAUGHT_IN = {"*": None}  # data to train on

ADDING_BASELINE = 1 / 6  # mean squared error of the best constant: 2 · Var(U(0, 1)) = 2 / 12


def adding(T, B, rng, dtype=np.float64):
    """The adding problem: T numbers, two of them marked; the target is the sum of the two.

    Parameters
    ----------
    T : int, steps, at least 2
    B : int, sequences
    rng : numpy.random.Generator
    dtype : floating-point type of the result

    Returns
    -------
    xs : (T, B, 2) array: numbers uniform in [0, 1), and the marks, 1 at two steps: one in each half of the sequence
    targets : (B, 1) array: the sum of the two marked numbers

    The best answer that ignores the sequence is always 1. Its mean squared error is the variance of a sum of
    two independent uniform numbers, exactly 1/6 = `ADDING_BASELINE`.

    Raises
    ------
    ValueError
        If B is not an integer of at least 1, or T of at least 2.

    Source: Hochreiter & Schmidhuber (1997), experiment 4, with one mark in each half as in Arjovsky et al. (2016),
    arXiv:1511.06464. The code of Bai et al. (2018), locuslab/TCN, marks any two different steps.
    """
    check_size("T", T)
    check_size("B", B)
    if T < 2:
        raise ValueError(f"T is {T}, but two marks need at least 2 steps")
    xs = np.zeros((T, B, 2), dtype)
    xs[:, :, 0] = rng.random((T, B))
    rows = np.arange(B)
    first, second = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B)
    xs[first, rows, 1] = xs[second, rows, 1] = 1
    targets = xs[first, rows, 0] + xs[second, rows, 0]
    return xs, targets[:, None]


class Copying(NamedTuple):
    """A batch of the copying task: xs (T + 2·length, B, symbols + 2) one-hot, targets (T + 2·length, B) classes."""

    xs: ndarray
    targets: ndarray


def copying(T, B, rng, dtype=np.float64, *, symbols=8, length=10):
    """The copying task: read some symbols, wait, and write them down on a signal.

    Class 0 is the blank, 1 to `symbols` are the symbols, `symbols + 1` says "now". A sequence is `length` symbols drawn
    at random, T − 1 blanks, "now", and `length` blanks. The targets are T + `length` blanks, and then the symbols.

    Parameters
    ----------
    T : int, steps from the last symbol to the "now"
    B : int, sequences
    rng : numpy.random.Generator
    dtype : floating-point type of xs
    symbols, length : int, how many different symbols, and how many of them to remember

    Returns
    -------
    batch : Copying; xs (T + 2·length, B, symbols + 2) one-hot, targets (T + 2·length, B) integers

    Without memory, the best answer is "blank" until the signal, then each symbol with equal probability: `copying_baseline`.

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.

    Source: Hochreiter & Schmidhuber (1997), in the form of Arjovsky et al. (2016), section 4.1, and Bai et al. (2018).
    """
    for name, size in (("T", T), ("B", B), ("symbols", symbols), ("length", length)):
        check_size(name, size)
    read = np.zeros((T + 2 * length, B), int)
    read[:length] = rng.integers(1, symbols + 1, (length, B))
    read[length + T - 1] = symbols + 1
    targets = np.zeros_like(read)
    targets[-length:] = read[:length]
    return Copying(np.eye(symbols + 2, dtype=dtype)[read], targets)


def copying_baseline(T, *, symbols=8, length=10):
    """Cross-entropy of the copying task without memory, in nats per step: length · ln(symbols) / (T + 2·length)."""
    for name, size in (("T", T), ("symbols", symbols), ("length", length)):
        check_size(name, size)
    return length * np.log(symbols) / (T + 2 * length)


class Counting(NamedTuple):
    """A batch of the counting task aⁿbⁿ, padded with zeros: T is twice the largest n.

    xs (T, B, 2) one-hot a or b, targets (T, B) the next symbol: 0 for a, 1 for b, 2 for the end, lengths (B,) = 2n,
    determined (T, B) booleans: where the next symbol follows from what was read.
    """

    xs: ndarray
    targets: ndarray
    lengths: ndarray
    determined: ndarray


def counting(ns, dtype=np.float64):
    """The language aⁿbⁿ, read symbol by symbol: which symbol comes next?

    During the a's, the next symbol may be another a or the first b. From the first b on everything is determined: n − 1
    more b's, and then the end. To get that right, a model must have counted.

    Parameters
    ----------
    ns : (B,) array of integers of at least 1, one n for each string
    dtype : floating-point type of xs

    Returns
    -------
    batch : Counting

    A string counts as learned if *every* determined step is predicted right: `counted`. Among the determined steps of
    aⁿbⁿ, "always b" is right at all but the last, so a mean over steps says little.

    Raises
    ------
    ValueError
        If ns is not a (B,) array of integers of at least 1.

    Source: Gers & Schmidhuber (2001), "LSTM recurrent networks learn simple context-free and context-sensitive
    languages"; evaluated on the determined part as in Joulin & Mikolov (2015), arXiv:1503.01007.
    """
    if not isinstance(ns, np.ndarray) or ns.ndim != 1 or not np.issubdtype(ns.dtype, np.integer) or ns.size == 0:
        got = f"{ns.dtype} of shape {ns.shape}" if isinstance(ns, np.ndarray) else f"a {type(ns).__name__}"
        raise ValueError(f"ns is {got}, but should be a (B,) array of integers, one n for each string")
    if ns.min() < 1:
        raise ValueError(f"ns holds {ns.min()}, but n should be at least 1")
    steps = np.arange(2 * ns.max())[:, None]
    inside = steps < 2 * ns
    xs = np.stack([steps < ns, (steps >= ns) & inside], axis=-1).astype(dtype)
    targets = np.select([steps + 1 < ns, steps + 1 < 2 * ns, inside], [0, 1, 2], 0)
    return Counting(xs, targets, 2 * ns, (steps >= ns) & inside)


def counted(logits, batch):
    """Which strings of a counting batch are predicted right at every determined step.

    Parameters
    ----------
    logits : (T, B, 3) array, the model's outputs for `batch.xs`; the largest is its prediction
    batch : Counting

    Returns
    -------
    success : (B,) array of booleans

    Raises
    ------
    ValueError
        If the logits are not finite floats of the batch's shape.
    """
    if not isinstance(batch, Counting):
        raise ValueError(f"batch is a {type(batch).__name__}, but should be what `counting` returns")
    check_floats("logits", logits)
    if logits.shape != (*batch.targets.shape, 3):
        raise ValueError(f"logits has shape {logits.shape}, but should have {(*batch.targets.shape, 3)}")
    return ((logits.argmax(axis=-1) == batch.targets) | ~batch.determined).all(axis=0)
