"""Ways to draw weights before training. Lessons 01 to 03, 09 and 12."""

import numbers

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

TAUGHT_IN = {
    "*": 5,  # how weights are drawn
    "orthogonal_init": 2,  # orthogonal weights
    "_checked": None,  # checks an argument
}


def orthogonal(H, gain, rng):
    """Draw an orthogonal (H, H) matrix, uniformly over all of them, and scale it by `gain`.

    Parameters
    ----------
    H : int, size
    gain : float above 0; every singular value of the result
    rng : numpy.random.Generator

    Returns
    -------
    W : (H, H) array with WᵀW = gain² times the identity

    Raises
    ------
    ValueError
        If H is not an integer of at least 1, or gain is not a finite number above 0.

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
        If a size is not an integer of at least 1.

    Source: ``torch.nn.RNN`` documentation.
    """
    return RNNParams(*_uniform(I, H, rng, gates=1))


def init_gru(I, H, rng):
    """Draw GRU parameters as PyTorch does: every entry uniform in ±1/√H.

    Parameters, result and errors are those of `init_rnn`, but for the type, GRUParams.

    Source: ``torch.nn.GRU`` documentation.
    """
    return GRUParams(*_uniform(I, H, rng, gates=3))


def init_lstm(I, H, rng):
    """Draw LSTM parameters as PyTorch does: every entry uniform in ±1/√H.

    Parameters, result and errors are those of `init_rnn`, but for the type, LSTMParams.

    Source: ``torch.nn.LSTM`` documentation.
    """
    return LSTMParams(*_uniform(I, H, rng, gates=4))


def orthogonal_init(p, gain, rng):
    """Replace every matrix that reads the state by an orthogonal one, times `gain`. Everything else stays.

    Each gate's (H, H) block is orthogonal by itself. (Keras draws one orthogonal matrix for all gates' stacked blocks;
    its single blocks are not orthogonal.)

    Parameters
    ----------
    p : RNNParams, GRUParams or LSTMParams
    gain : float above 0; every singular value of each new block
    rng : numpy.random.Generator

    Returns
    -------
    p : new parameters of the same type; the arrays that stay are shared with the old ones

    Raises
    ------
    ValueError
        If p is something else, a shape does not fit the others, or gain is not a finite number above 0.

    Source: Saxe et al. (2014), arXiv:1312.6120; see `orthogonal`.
    """
    H = _checked(p, RNNParams, GRUParams, LSTMParams)["H"]
    blocks = {name: array.dtype for name, array in zip(p._fields, p, strict=True) if name.startswith("W_h")}
    return p._replace(**{name: orthogonal(H, gain, rng).astype(dtype) for name, dtype in blocks.items()})


def chrono_init(p, T_max, rng):
    """Let each unit start with a memory of its own length, up to about `T_max` steps. Everything else stays.

    For each unit u is drawn uniformly from [1, T_max − 1]. At rest a gate with bias ln u keeps u / (1 + u) at each
    step, so 1 / (1 − z) = 1 + u lies between 2 and T_max steps.

    GRU (z keeps):  b_iz = ln u, b_hz = 0
    LSTM:           b_if = ln u, b_ii = −ln u, b_hf = b_hi = 0

    Parameters
    ----------
    p : GRUParams or LSTMParams
    T_max : number of at least 2, the longest desired memory, in steps
    rng : numpy.random.Generator

    Returns
    -------
    p : new parameters of the same type; the arrays that stay are shared with the old ones

    Raises
    ------
    ValueError
        If p is something else, a shape does not fit the others, or T_max is not a finite number of at least 2.

    Source: Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", arXiv:1804.11188.
    """
    H = _checked(p, GRUParams, LSTMParams)["H"]
    if isinstance(T_max, bool) or not isinstance(T_max, numbers.Real) or not (np.isfinite(T_max) and T_max >= 2):
        raise ValueError(f"T_max is {T_max!r}, but should be a finite number of at least 2")
    bias = np.log(rng.uniform(1, T_max - 1, H)).astype(p[0].dtype)
    if isinstance(p, GRUParams):
        return p._replace(b_iz=bias, b_hz=np.zeros_like(bias))
    return p._replace(b_if=bias, b_ii=-bias, b_hf=np.zeros_like(bias), b_hi=np.zeros_like(bias))


def _checked(p, *kinds):
    if not isinstance(p, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"p is a {type(p).__name__}, but should be {wanted}")
    return check_arrays(**axes_of(p, type(p)))


def _uniform(I, H, rng, gates):
    check_size("I", I)
    check_size("H", H)
    bound = 1 / np.sqrt(H)
    shapes = [(H, I)] * gates + [(H, H)] * gates + [(H,)] * 2 * gates
    return (rng.uniform(-bound, bound, shape) for shape in shapes)
