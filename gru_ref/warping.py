"""Dynamic time warping: how far apart two sequences are if each may be stretched. Lesson 16."""

import numpy as np

from gru_ref.checks import check_arrays

TAUGHT_IN = {"*": None}  # a baseline


def warping_distances(x, others):
    """Dynamic time warping distances of one sequence to many.

    The cost of a pair of steps is the squared Euclidean distance. D[i, j] = cost[i, j] + min(D[i−1, j], D[i, j−1],
    D[i−1, j−1]); the distance is D at the last pair, without a root. All sequences advance together.

    Parameters
    ----------
    x : (T, I) array
    others : list of N (T_k, I) arrays

    Returns
    -------
    distances : (N,) array, 0 for a sequence that x becomes by repeating steps

    Raises
    ------
    ValueError
        If these are not such arrays of finite floats with at least one step, or others is empty.

    Source: Sakoe & Chiba (1978), "Dynamic programming algorithm optimization for spoken word recognition", without a window.
    """
    I = check_arrays(x=(x, "T I"))["I"]
    if not isinstance(others, (list, tuple)) or not others:
        raise ValueError(f"others is {others!r}, but should be a list of at least one array")
    for k, other in enumerate(others):
        check_arrays(**{f"others[{k}]": (other, "T I")})
        if other.shape[1] != I:
            raise ValueError(f"others[{k}] has shape {other.shape}, but its I should be {I}, as in x")
    lengths = np.array([len(other) for other in others])
    longest = lengths.max()
    padded = np.zeros((longest, len(others), I))
    for k, other in enumerate(others):
        padded[: len(other), k] = other
    rows = np.full((longest + 1, len(others)), np.inf)
    rows[0] = 0
    for step in x:
        cost = ((padded - step) ** 2).sum(axis=2)
        new = np.full_like(rows, np.inf)
        for j in range(longest):
            new[j + 1] = cost[j] + np.minimum(np.minimum(rows[j + 1], rows[j]), new[j])
        rows = new
    return rows[lengths, np.arange(len(others))]


def nearest_by_warping(xs, known, labels):
    """Classify sequences by the label of the most similar known one, by dynamic time warping.

    Parameters
    ----------
    xs : list of (T, I) arrays
    known : list of N (T_k, I) arrays
    labels : (N,) array

    Returns
    -------
    guesses : array of one label for each of xs

    Raises
    ------
    ValueError
        As for `warping_distances`, or if labels has another length than known.
    """
    if len(labels) != len(known):
        raise ValueError(f"labels holds {len(labels)}, but should hold {len(known)}, one for each known sequence")
    return np.asarray(labels)[[warping_distances(x, known).argmin() for x in xs]]
