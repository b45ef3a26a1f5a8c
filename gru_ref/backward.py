"""The GRU's gradients, written out step by step, following the derivation. Lesson 08.

`gru_ref.layers` computes the same, faster.
"""

import numbers
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.gates import _gate
from gru_ref.params import GRUParams, axes_of

TAUGHT_IN = {
    "*": 8,  # the backward pass, step by step
    "STEP": 8,  # the step of the central differences
    "gru_step_with_cache": 7,  # a GRU's step
    "_step_with_cache": 7,  # a GRU's step
    "gru_forward_with_caches": 7,  # a GRU's run
    "_axes_of_cache": None,  # checks an argument
    "_what": None,  # wording of a message
}

# The error of a central difference has two parts: step²·|f‴|/6, from the curvature, and ε·|f|/step, from rounding.
# Where f and its derivatives are of size 1 their sum is smallest near step = ε^⅓, with an error of about ε^⅔ = 4e-11.
STEP = float(np.cbrt(np.finfo(np.float64).eps))  # 6.1e-6


class GRUCache(NamedTuple):
    """The values that a GRU step keeps for its backward pass. Introduced in lesson 08.

    x (B, I) is the input, h (B, H) the state *before* the step, r, z and n (B, H) are reset, update and candidate,
    and q = W_hn h + b_hn (B, H) is the bracket that r multiplies.
    """

    x: ndarray
    h: ndarray
    r: ndarray
    z: ndarray
    n: ndarray
    q: ndarray


def numerical_gradient(f, a):
    """Gradient of a scalar function by central differences: slow, simple, and independent of any derivation.

    ∂f/∂a[i] ≈ (f(a + s·e_i) − f(a − s·e_i)) / 2s, with s = ε^⅓ · max(1, |a[i]|), about 6e-6

    Parameters
    ----------
    f : function of an array like a; returns one number
    a : float64 array of any shape, where the gradient is taken

    Returns
    -------
    gradient : array like a, in units of f per unit of a; for a smooth f good to about ten digits of max(|f|, |gradient|)

    Raises
    ------
    ValueError
        If a is not a float64 array of finite numbers, or f does not return one finite number.

    Source: Press et al., "Numerical Recipes", section 5.7 (the choice of the step).
    """
    if not isinstance(a, ndarray):
        raise ValueError(f"a is a {type(a).__name__}, but should be a NumPy array")
    if a.dtype != np.float64:
        raise ValueError(
            f"a holds {a.dtype}, but should hold float64: with fewer digits, rounding swallows the difference"
        )
    if not np.isfinite(a).all():
        raise ValueError("a holds NaN or infinity, but should hold finite numbers")
    gradient = np.empty_like(a)
    for index in np.ndindex(a.shape):
        step = STEP * max(1.0, abs(a[index]))
        above, below = a.copy(), a.copy()
        above[index] += step
        below[index] -= step
        apart = above[index] - below[index]  # not quite 2·step: the two points are rounded
        gradient[index] = (_number(f(above)) - _number(f(below))) / apart
    return gradient


def gru_step_with_cache(x, h, p):
    """Advance a GRU by one step, and keep the values for the backward pass.

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : GRUParams

    Returns
    -------
    h_new : (B, H) array, as `gru_step` returns it
    cache : GRUCache

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    return _step_with_cache(x, h, p)


def gru_forward_with_caches(xs, h0, p):
    """Run a GRU over a batch of sequences of equal length, and keep the values for the backward pass.

    Parameters
    ----------
    xs : (T, B, I) array, inputs, time first
    h0 : (B, H) array, state before the first step
    p : GRUParams

    Returns
    -------
    hs : (T, B, H) array; ``hs[t]`` is the state after reading ``xs[t]``
    caches : list of T GRUCaches, in time order; ``caches[t]`` belongs to the step that reads ``xs[t]``

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), **axes_of(p, GRUParams))
    h = h0
    hs, caches = [], []
    for x in xs:
        h, cache = _step_with_cache(x, h, p)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs), caches


def gru_step_backward(dh, cache, p):
    """Take the gradient of a loss back through one GRU step. The letter d stands for "gradient of the loss with respect to".

    From h_new = (1 − z) ⊙ n + z ⊙ h:

        dn = dh ⊙ (1 − z)
        dz = dh ⊙ (h − n)

    to the sums a_r, a_z, a_n inside σ and tanh, and to the bracket q = W_hn h + b_hn that r multiplies:

        da_n = dn ⊙ (1 − n²)
        da_r = da_n ⊙ q ⊙ r ⊙ (1 − r)
        da_z = dz ⊙ z ⊙ (1 − z)
        dq = da_n ⊙ r

    and to their terms, for each gate g in r, z, n:

        dW_ig = da_gᵀ x, db_ig = Σ da_g
        dW_hg = da_gᵀ h, db_hg = Σ da_g, with dq in place of da_n
        dx = da_r W_ir + da_z W_iz + da_n W_in
        dh_prev = dh ⊙ z + da_r W_hr + da_z W_hz + dq W_hn

    Sums run over the batch, since every row uses the same parameters.

    Parameters
    ----------
    dh : (B, H) array, gradient of the loss with respect to the *new* state
    cache : GRUCache, as `gru_step_with_cache` returns it
    p : GRUParams

    Returns
    -------
    dx : (B, I) array, gradient with respect to the input
    dh_prev : (B, H) array, gradient with respect to the old state
    grads : GRUParams, gradients with respect to the parameters, summed over the batch

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: chain rule; Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    check_arrays(dh=(dh, "B H"), **_axes_of_cache("cache", cache), **axes_of(p, GRUParams))
    return _step_backward(dh, cache, p)


def gru_backward(dhs, caches, p):
    """Take the gradient of a loss back through a whole GRU sequence: backpropagation through time.

    A state acts on the loss in two ways: directly, dhs[t], and through the next step, whose backward pass returns the
    second part. From the last step to the first, both are added and go through `gru_step_backward`, and the parameters'
    gradients of all steps are summed.

    Parameters
    ----------
    dhs : (T, B, H) array; ``dhs[t]`` is the loss's *direct* gradient with respect to ``hs[t]``, 0 if the loss does not use it
    caches : list of T GRUCaches, in time order, as `gru_forward_with_caches` returns it
    p : GRUParams

    Returns
    -------
    dxs : (T, B, I) array, gradient with respect to the inputs
    dh0 : (B, H) array, gradient with respect to the state before the first step
    grads : GRUParams, gradients with respect to the parameters, summed over batch and time

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    if not isinstance(caches, (list, tuple)) or isinstance(caches, GRUCache):
        raise ValueError(f"caches is a {type(caches).__name__}, but should be a list of GRUCaches, one for each step")
    named = {"dhs": (dhs, "T B H")}
    for t, cache in enumerate(caches):
        named |= _axes_of_cache(f"caches[{t}]", cache)
    sizes = check_arrays(**named, **axes_of(p, GRUParams))
    if len(caches) != sizes["T"]:
        raise ValueError(f"caches holds {len(caches)} steps, but should hold {sizes['T']}, as dhs does")
    carry = np.zeros_like(dhs[0])
    grads = GRUParams(*(np.zeros_like(a) for a in p))
    dxs = []
    for dh, cache in zip(reversed(dhs), reversed(caches), strict=True):
        dx, carry, of_step = _step_backward(dh + carry, cache, p)
        dxs.append(dx)
        grads = GRUParams(*(total + g for total, g in zip(grads, of_step, strict=True)))
    return np.stack(dxs[::-1]), carry, grads


def _step_with_cache(x, h, p):
    r = _gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)
    z = _gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    return (1 - z) * n + z * h, GRUCache(x, h, r, z, n, q)


def _step_backward(dh, cache, p):
    x, h, r, z, n, q = cache
    dn = dh * (1 - z)  # (B, H), like all others up to dx
    dz = dh * (h - n)
    da_n = dn * (1 - n**2)
    da_r = da_n * q * r * (1 - r)
    da_z = dz * z * (1 - z)
    dq = da_n * r
    grads = GRUParams(
        W_ir=da_r.T @ x, W_iz=da_z.T @ x, W_in=da_n.T @ x,  # (H, I)
        W_hr=da_r.T @ h, W_hz=da_z.T @ h, W_hn=dq.T @ h,  # (H, H)
        b_ir=da_r.sum(axis=0), b_iz=da_z.sum(axis=0), b_in=da_n.sum(axis=0),  # (H,)
        b_hr=da_r.sum(axis=0), b_hz=da_z.sum(axis=0), b_hn=dq.sum(axis=0),
    )  # fmt: skip
    dx = da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in  # (B, I)
    dh_prev = dh * z + da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn  # (B, H)
    return dx, dh_prev, grads


def _axes_of_cache(name, cache):
    if not isinstance(cache, GRUCache):
        raise ValueError(f"{name} is a {type(cache).__name__}, but should be GRUCache({', '.join(GRUCache._fields)})")
    return {
        f"{name}.{field}": (a, "B I" if field == "x" else "B H")
        for field, a in zip(GRUCache._fields, cache, strict=True)
    }


def _number(value):
    """A function's value as a float; ValueError unless it is one finite number."""
    if isinstance(value, ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise ValueError(f"f returned {_what(value)}, but should return one number")
    if not np.isfinite(value):
        raise ValueError(f"f returned {value}, but should return a finite number")
    return float(value)


def _what(value):
    return f"an array {value.shape}" if isinstance(value, ndarray) else f"a {type(value).__name__}"
