"""Ways to draw weights before training. Lessons 01 to 03."""

import numbers

import numpy as np

from gru_ref.checks import check_size
from gru_ref.params import GRUParams, RNNParams


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


def init_rnn(I, H, rng):
    """Draw RNN parameters as PyTorch does: every entry uniform in ±1/√H.

    Parameters
    ----------
    I, H : int, sizes of input and state
    rng : numpy.random.Generator

    Returns
    -------
    p : RNNParams

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1.

    Source: ``torch.nn.RNN`` documentation.
    """
    return RNNParams(*_uniform(I, H, rng, gates=1))


def init_gru(I, H, rng):
    """Draw GRU parameters as PyTorch does: every entry uniform in ±1/√H.

    Parameters, result and errors are those of `init_rnn`, but for the type, GRUParams.

    Source: ``torch.nn.GRU`` documentation.
    """
    return GRUParams(*_uniform(I, H, rng, gates=3))


def _uniform(I, H, rng, gates):
    check_size("I", I)
    check_size("H", H)
    bound = 1 / np.sqrt(H)
    shapes = [(H, I)] * gates + [(H, H)] * gates + [(H,)] * 2 * gates
    return (rng.uniform(-bound, bound, shape) for shape in shapes)
