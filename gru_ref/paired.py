"""Compare two models by the examples of one test set, and allow for having compared often.

`compare` asks whether one way of *training* is better: its pairs are runs of the same seed. This module asks whether one
trained model is better than another on examples like those of the test set: its pairs are examples. An interval by examples
says nothing about another seed, and one by seeds says nothing about another test set.
"""

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.comparison import verdict

TAUGHT_IN = {"*": 12}  # fair comparisons: an exercise of lesson 12 asks for one of another kind


def compare_examples(a, b, rng, sizes=None, samples=10_000):
    """Compare two models by their scores on the same test examples; higher is better, so pass errors with a minus.

    The paired bootstrap: draw as many examples as there are, with replacement, each with both of its scores; the interval
    holds the middle 95% of the differences that this gives.

    Parameters
    ----------
    a, b : (N,) arrays of floats, each model's score of each example, N at least 2: 1.0 or 0.0 for right or wrong, or minus
        the edits of a sentence
    rng : numpy.random.Generator
    sizes : (N,) array of floats above 0, or None. The difference is Σ (a − b) / Σ sizes: with the tokens of each reference,
        it is that of two pooled error rates. None is the mean over examples
    samples : int, how often to draw

    Returns
    -------
    difference : float, Σ (a − b) / Σ sizes
    interval : (low, high), the 95% bootstrap interval of that, between percentiles
    verdict : "a" or "b", whichever is higher; "tie" if the interval holds 0

    Raises
    ------
    ValueError
        If a, b and sizes are not arrays of finite floats of one length, a size is not above 0, there are fewer than two
        examples, or samples is not an integer of at least 1.

    Source: Efron & Tibshirani (1993), *An Introduction to the Bootstrap*, section 13.3; on pooled rates of sentences, Bisani &
    Ney (2004), "Bootstrap estimates for confidence intervals in ASR performance evaluation".
    """
    N = check_arrays(a=(a, "N"), b=(b, "N"))["N"]
    sizes = np.ones(N) if sizes is None else sizes
    check_arrays(a=(a, "N"), sizes=(sizes, "N"))
    check_size("samples", samples)
    if N < 2:
        raise ValueError(f"a and b hold {N} example, but an interval should come from at least 2")
    if sizes.min() <= 0:
        raise ValueError(f"sizes holds {sizes.min()}, but every size should be above 0")
    differences = a - b
    drawn = (rng.integers(0, N, N) for _ in range(samples))
    low, high = np.percentile([differences[k].sum() / sizes[k].sum() for k in drawn], [2.5, 97.5]).tolist()
    difference = float(differences.sum() / sizes.sum())
    return difference, (low, high), verdict(difference, low, high)


def mcnemar(a, b):
    """Compare two classifiers by the examples of which one is right and the other wrong: McNemar's test, exact.

    If both are equally good, each of these examples is as likely to favour one as the other. p is the probability of a split
    at least as uneven as the one seen, under a fair coin.

    Parameters
    ----------
    a, b : (N,) arrays of booleans, whether each model is right about each example

    Returns
    -------
    only_a, only_b : int, examples that only this model got right
    p : float, two-sided; 1 if there is no such example

    Raises
    ------
    ValueError
        If a and b are not arrays of booleans of one length, with at least one example.

    Source: McNemar (1947), with the binomial distribution in place of its approximation.
    """
    for name, array in (("a", a), ("b", b)):
        if not isinstance(array, np.ndarray) or array.dtype != bool:
            got = f"holds {array.dtype}" if isinstance(array, np.ndarray) else f"is a {type(array).__name__}"
            raise ValueError(f"{name} {got}, but should be an array of booleans: right or wrong")
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(
            f"a has shape {a.shape} and b {b.shape}, but both should be (N,), with an entry for each example"
        )
    from scipy.special import bdtr  # late: it takes longer to import than all the rest of the package

    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return only_a, only_b, min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def holm(p_values):
    """Adjust the p values of M comparisons, so that all of them together err with at most the probability allowed for one.

    The k-th smallest of M is multiplied by M − k + 1; none may become smaller than one before it, nor larger than 1. Reject
    where the result is at most 0.05: the probability of a single wrong rejection among all is then at most 0.05, whatever the
    comparisons have to do with one another.

    Parameters
    ----------
    p_values : (M,) array of floats from 0 to 1

    Returns
    -------
    adjusted : (M,) array, in the same order

    Raises
    ------
    ValueError
        If p_values is not an (M,) array of floats from 0 to 1.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    M = check_arrays(p_values=(p_values, "M"))["M"]
    outside = p_values[(p_values < 0) | (p_values > 1)]
    if outside.size:
        raise ValueError(f"p_values holds {outside[0]}, but a probability should be from 0 to 1")
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(M)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p_values[order] * np.arange(M, 0, -1)))
    return adjusted
