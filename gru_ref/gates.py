"""The parts of a GRU: logistic function, gates, candidate, blend. Lessons 03 and 04."""

import numpy as np

from gru_ref.checks import check_arrays, check_floats
from gru_ref.params import GRUParams, axes_of

TAUGHT_IN = {
    "*": 4,  # parts of the step
    "_gate": 3,  # a gate
    "_sigmoid": 3,  # the logistic function
}


def sigmoid(a):
    """Logistic function σ(a) = 1 / (1 + e⁻ᵃ), without overflow for any finite a.

    Parameters
    ----------
    a : array of any shape

    Returns
    -------
    s : array like a, between 0 and 1, unitless

    Raises
    ------
    ValueError
        If a is not an array of finite floats.
    """
    check_floats("a", a)
    return _sigmoid(a)


def gate(x, h, W, U, b_i, b_h):
    """A gate: a soft switch for each unit, computed from input and state.

    σ(W x + b_i + U h + b_h)

    Parameters
    ----------
    x : (B, I) array, input
    h : (B, H) array, state
    W : (H, I) array, weights of the input
    U : (H, H) array, weights of the state
    b_i, b_h : (H,) arrays, biases

    Returns
    -------
    g : (B, H) array, between 0 (closed) and 1 (open), unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.GRUCell`` documentation, first two equations.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), W=(W, "H I"), U=(U, "H H"), b_i=(b_i, "H"), b_h=(b_h, "H"))
    return _gate(x, h, W, U, b_i, b_h)


def reset_gate(x, h, p):
    """Reset gate r = σ(W_ir x + b_ir + W_hr h + b_hr): how much of the past the candidate sees.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : GRUParams

    Returns
    -------
    r : (B, H) array, between 0 and 1, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Cho et al. (2014), section 2.3; ``torch.nn.GRUCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    return _gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)


def update_gate(x, h, p):
    """Update gate z = σ(W_iz x + b_iz + W_hz h + b_hz): how much of the old state is kept.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : GRUParams

    Returns
    -------
    z : (B, H) array, between 0 and 1, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Cho et al. (2014), section 2.3; ``torch.nn.GRUCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    return _gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)


def candidate(x, h, r, p):
    """Candidate n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn)): what the step would write.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    r : (B, H) array, the reset gate
    p : GRUParams

    Returns
    -------
    n : (B, H) array, inside (−1, 1), unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.GRUCell`` documentation. The reset acts *after* the matrix product, on b_hn too;
    in Cho et al. (2014), section 2.3, it acts before.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), r=(r, "B H"), **axes_of(p, GRUParams))
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))


def blend(z, n, h):
    """New state h_new = (1 − z) ⊙ n + z ⊙ h: between candidate and old state, unit by unit.

    Parameters
    ----------
    z : (B, H) array, the update gate, between 0 (write) and 1 (keep)
    n : (B, H) array, the candidate
    h : (B, H) array, the old state

    Returns
    -------
    h_new : (B, H) array, unitless; each entry lies between those of n and h

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.GRUCell`` documentation, last equation (z keeps).
    """
    check_arrays(z=(z, "B H"), n=(n, "B H"), h=(h, "B H"))
    return (1 - z) * n + z * h


def _gate(x, h, W, U, b_i, b_h):
    return _sigmoid(x @ W.T + b_i + h @ U.T + b_h)


def _sigmoid(a):
    # e^-|a| never overflows, and either branch is exact to the last digit for its sign.
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)
