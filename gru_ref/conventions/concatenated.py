"""A GRU in the form used in many articles: one matrix per gate, which reads state and input as one vector. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_floats, check_size
from gru_ref.conventions.blocks import check_gru
from gru_ref.params import GRUParams

ORDERS = ("hx", "xh")


class Concatenated(NamedTuple):
    """A GRU in the form used in many articles: one matrix for each gate, which reads state and input as one long vector.

    W_r, W_z, W_n (H, H + I), b_r, b_z, b_n (H,). The arrays do not show whether [h, x] or [x, h] is read.
    """

    W_r: ndarray
    W_z: ndarray
    W_n: ndarray
    b_r: ndarray
    b_z: ndarray
    b_n: ndarray


def split_concatenated(W, H, order):
    """Take one gate's concatenated matrix apart: W [h, x] = W_h h + W_x x.

    Parameters
    ----------
    W : (H, H + I) array
    H : int, size of the state
    order : "hx" if the state's columns come first, "xh" if the input's do

    Returns
    -------
    W_x, W_h : (H, I) and (H, H) arrays

    Raises
    ------
    ValueError
        If W does not have H rows and more than H columns, or `order` is something else.

    Source: the concatenated form is that of many articles ([h, x]) and of TensorFlow's ``GRUBlockCell`` ([x, h]).
    """
    check_size("H", H)
    check_floats("W", W)
    _check_order(order)
    if W.ndim != 2 or len(W) != H or W.shape[1] <= H:
        raise ValueError(f"W has shape {W.shape}, but should be (H, H + I), with H = {H} and at least one input")
    I = W.shape[1] - H
    return (W[:, H:].copy(), W[:, :H].copy()) if order == "hx" else (W[:, :I].copy(), W[:, I:].copy())


def to_concatenated(p, order="hx"):
    """Write a GRU in the concatenated form: r = σ(W_r [h, x] + b_r), z likewise, n = tanh(W_n [r ⊙ h, x] + b_n).

    Parameters
    ----------
    p : GRUParams, of `gru_step_reset_before`: one product reads the concatenated vector, so the reset must come
        before it (from `gru_step`: see `move_reset`). If z should write, use `flip_update_gate` first.
    order : "hx" or "xh", which columns come first

    Returns
    -------
    arrays : Concatenated: W_r, W_z, W_n (H, H + I) and b_r, b_z, b_n (H,), sums of two of our biases each

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, a shape does not fit the others, or `order` is something else.
    """
    _check_order(order)
    check_gru(p)
    pairs = ((p.W_ir, p.W_hr), (p.W_iz, p.W_hz), (p.W_in, p.W_hn))
    joined = (np.concatenate([h, x] if order == "hx" else [x, h], axis=1) for x, h in pairs)
    return Concatenated(*joined, p.b_ir + p.b_hr, p.b_iz + p.b_hz, p.b_in + p.b_hn)


def from_concatenated(arrays, order="hx"):
    """Read a GRU in the concatenated form.

    Parameters
    ----------
    arrays : Concatenated: W_r, W_z, W_n (H, H + I), b_r, b_z, b_n (H,)
    order : "hx" or "xh", which columns come first

    Returns
    -------
    p : GRUParams, of `gru_step_reset_before`; all b_h* are 0, since only their sums with b_i* matter

    Raises
    ------
    ValueError
        If a shape does not fit the others, or `order` is something else.
    """
    if not isinstance(arrays, Concatenated):
        wanted = ", ".join(Concatenated._fields)
        raise ValueError(f"arrays is a {type(arrays).__name__}, but should be Concatenated({wanted})")
    axes = {"W": "H H+I", "b": "H"}
    H = check_arrays(**{f"arrays.{n}": (a, axes[n[0]]) for n, a in arrays._asdict().items()})["H"]
    split = [split_concatenated(W, H, order) for W in arrays[:3]]
    return GRUParams(
        *(W_x for W_x, _ in split),
        *(W_h for _, W_h in split),
        *(b.copy() for b in arrays[3:]),
        *(np.zeros_like(b) for b in arrays[3:]),
    )


def _check_order(order):
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}, but should be {' or '.join(map(repr, ORDERS))}")
