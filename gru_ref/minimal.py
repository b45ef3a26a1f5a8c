"""Smaller relatives of the GRU: the minimal gated unit, and minGRU with its parallel scan. Extras of lesson 12."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.gates import _sigmoid

TAUGHT_IN = {"*": 11}  # the end of lesson 12 shows it, without an exercise


class MGUParams(NamedTuple):
    """Parameters of a minimal gated unit: W_i* (H, I), W_h* (H, H), b_* (H,), for the gate f and the candidate n."""

    W_if: ndarray
    W_in: ndarray
    W_hf: ndarray
    W_hn: ndarray
    b_f: ndarray
    b_n: ndarray


class MinGRUParams(NamedTuple):
    """Parameters of a minGRU: W_* (H, I), b_* (H,), for the gate z and the candidate n. Nothing reads the state."""

    W_z: ndarray
    W_n: ndarray
    b_z: ndarray
    b_n: ndarray


def mgu_step(x, h, p):
    """Advance a minimal gated unit by one time step: one gate does the work of reset and update.

    f = σ(W_if x + W_hf h + b_f)
    n = tanh(W_in x + W_hn (f ⊙ h) + b_n)
    h_new = (1 − f) ⊙ h + f ⊙ n

    Here f *writes*, as in the paper. Negating its parameters does not give the unit in which f keeps, since f also
    resets: between those two there is no exact conversion.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : MGUParams

    Returns
    -------
    h_new : (B, H) array, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Zhou et al. (2016), "Minimal gated unit for recurrent neural networks", arXiv:1603.09420.
    """
    axes = {"W_i": "H I", "W_h": "H H", "b_f": "H", "b_n": "H"}
    check_arrays(x=(x, "B I"), h=(h, "B H"), **_named(p, MGUParams, axes))
    f = _sigmoid(x @ p.W_if.T + h @ p.W_hf.T + p.b_f)
    n = np.tanh(x @ p.W_in.T + (f * h) @ p.W_hn.T + p.b_n)
    return (1 - f) * h + f * n


def min_gru_step(x, h, p):
    """Advance a minGRU by one time step.

    z = σ(W_z x + b_z)
    n = W_n x + b_n
    h_new = (1 − z) ⊙ h + z ⊙ n

    Neither z nor n depends on the state, so a whole sequence can be read at once: `min_gru_scan`. z writes.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : MinGRUParams

    Returns
    -------
    h_new : (B, H) array, unitless, not bounded

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Feng et al. (2024), "Were RNNs all we needed?", arXiv:2410.01201, section 3.1.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **_named(p, MinGRUParams, _MIN_AXES))
    z = _sigmoid(x @ p.W_z.T + p.b_z)
    return (1 - z) * h + z * (x @ p.W_n.T + p.b_n)


def min_gru_scan(xs, h0, p):
    """Run a minGRU over a batch of sequences by a parallel scan: about log₂ T passes over whole arrays, not T steps.

    A step maps h to a ⊙ h + b, with a = 1 − z and b = z ⊙ n. Two such maps in a row are one: first (a, b) and then
    (a′, b′) is (a′ a, a′ b + b′). Each pass joins every step's map with that of the steps before it, over a distance
    that doubles from pass to pass.

    Parameters
    ----------
    xs : (T, B, I) array, inputs, time first
    h0 : (B, H) array, state before the first step
    p : MinGRUParams

    Returns
    -------
    hs : (T, B, H) array, the state after each step

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Hillis & Steele (1986), "Data parallel algorithms"; Feng et al. (2024), arXiv:2410.01201, section 3.1.
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), **_named(p, MinGRUParams, _MIN_AXES))
    z = _sigmoid(xs @ p.W_z.T + p.b_z)
    a, b = 1 - z, z * (xs @ p.W_n.T + p.b_n)
    distance = 1
    while distance < len(xs):
        b = np.concatenate([b[:distance], a[distance:] * b[:-distance] + b[distance:]])
        a = np.concatenate([a[:distance], a[distance:] * a[:-distance]])
        distance *= 2
    return a * h0 + b


def min_gru_log_scan(xs, h0, p):
    """Run the minGRU with positive states by a parallel scan of logarithms, where products of many gates cannot underflow.

    The candidate is n = g(W_n x + b_n) with g(a) = a + ½ for a ≥ 0 and σ(a) below, so that all states are positive:
    log h_t = A_t + logcumsumexp(log b − A)_t, where A is the running sum of log a.

    Parameters, result and errors are those of `min_gru_scan`; h0 has to be positive. It enters as log h0. (Code that
    also applies g to h0 does not agree with its own step-by-step form.)

    Source: Feng et al. (2024), arXiv:2410.01201, appendix B.
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), **_named(p, MinGRUParams, _MIN_AXES))
    if (h0 <= 0).any():
        raise ValueError(f"h0 holds {h0.min():.6g}, but should be positive: the scan works with its logarithm")
    k, a = xs @ p.W_z.T + p.b_z, xs @ p.W_n.T + p.b_n
    log_kept = -np.logaddexp(0, k)  # log(1 − z)
    log_candidate = np.where(a >= 0, np.log(np.maximum(a, 0) + 0.5), -np.logaddexp(0, -a))
    log_written = log_candidate - np.logaddexp(0, -k)
    A = np.cumsum(log_kept, axis=0)
    log_values = np.concatenate([np.log(h0)[None], log_written - A])
    return np.exp(A + np.logaddexp.accumulate(log_values, axis=0)[1:])


_MIN_AXES = {"W_z": "H I", "W_n": "H I", "b_z": "H", "b_n": "H"}


def _named(p, kind, axes):
    if not isinstance(p, kind):
        raise ValueError(f"p is a {type(p).__name__}, but should be {kind.__name__}({', '.join(kind._fields)})")
    return {f"p.{name}": (array, axes[name[:3]]) for name, array in zip(kind._fields, p, strict=True)}
