"""The complete gated recurrent unit: step, sequence, count. Lessons 05 to 07."""

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.gates import _sigmoid
from gru_ref.layers import layer_forward
from gru_ref.params import GRUParams, axes_of

TAUGHT_IN = {
    "*": 7,  # the step and the run
    "_reset_and_update": 5,  # two gates, as the step has them
}


def gru_step(x, h, p):
    """Advance a GRU by one time step.

    r = σ(W_ir x + b_ir + W_hr h + b_hr)
    z = σ(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))
    h_new = (1 − z) ⊙ n + z ⊙ h

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : GRUParams

    Returns
    -------
    h_new : (B, H) array, unitless, inside (−1, 1) if h is

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.GRUCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    r, z = _reset_and_update(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


def gru_step_reset_before(x, h, p):
    """Advance by one step a GRU whose reset acts before the matrix product, and not on b_hn.

    The gates and the new state are those of `gru_step`, but
    n = tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn)

    Parameters, result and errors are those of `gru_step`.

    Source: Cho et al. (2014), arXiv:1406.1078, section 2.3 (without biases, and with z as here: z keeps).
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    r, z = _reset_and_update(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


def gru_forward(xs, h0, p, lengths=None):
    """Run a GRU over a batch of sequences, which may differ in length.

    In its padding a sequence's state does not change: h ← m ⊙ h_new + (1 − m) ⊙ h, with m = 1 inside the
    sequence and 0 after its end. So ``hs[-1]`` is every sequence's final state.

    Parameters
    ----------
    xs : (T, B, I) array, inputs, time first
    h0 : (B, H) array, state before the first step
    p : GRUParams
    lengths : (B,) array of integers between 1 and T, or None if all sequences have T steps

    Returns
    -------
    hs : (T, B, H) array; ``hs[t]`` is the state after reading ``xs[t]``

    Raises
    ------
    ValueError
        If a shape does not fit the others, an array does not hold finite floats, or a length is not from 1 to T.

    Source: ``torch.nn.GRU`` documentation (one layer, one direction); in the padding PyTorch's unpacked output is 0.
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), **axes_of(p, GRUParams))
    return layer_forward("gru", xs, p, h0, lengths)[0]


def count_gru_parameters(I, H, biases):
    """Number of parameters of a GRU: 3 (HI + HH + biases · H).

    Parameters
    ----------
    I, H : int, sizes of input and state
    biases : 0, 1 or 2, bias vectors in each of reset, update and candidate

    Returns
    -------
    count : int

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1, or `biases` is not 0, 1 or 2.

    Source: parameters listed in the ``torch.nn.GRU`` documentation (two bias vectors).
    """
    check_size("I", I)
    check_size("H", H)
    if isinstance(biases, bool) or biases not in (0, 1, 2):
        raise ValueError(f"biases is {biases!r}, but should be 0, 1 or 2")
    return 3 * (H * I + H * H + int(biases) * H)


def _reset_and_update(x, h, p):
    r = _sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = _sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    return r, z
