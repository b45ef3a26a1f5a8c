"""Ways to draw weights before training. Lesson 02."""

import numbers

import numpy as np

from gru_ref.checks import check_size


def orthogonal(H, gain, rng):
    """Draw an orthogonal (H, H) matrix, uniformly over all of them, and scale it by `gain`.

    Parameters
    ----------
    H : int, size
    gain : float above 0; every singular value of the result
    rng : numpy.random.Generator

    Returns
    -------
    W : (H, H) array with WᵀW = gain² · I

    Raises
    ------
    ValueError
        If H is not a whole number of at least 1, or gain is not a finite number above 0.

    Source: Saxe et al. (2014), arXiv:1312.6120;
    uniform by the sign correction of Mezzadri (2007), arXiv:math-ph/0609050.
    """
    check_size("H", H)
    if not isinstance(gain, numbers.Real) or not (np.isfinite(gain) and gain > 0):
        raise ValueError(f"gain is {gain!r}, but should be a finite number above 0")
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.sign(np.diag(R))
