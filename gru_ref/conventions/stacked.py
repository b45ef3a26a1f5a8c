"""A GRU with one bias for r and for z, two for n, and gates stacked: as Equinox, MLX and ncnn have it. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import both_biases, check_blocks, check_gru
from gru_ref.conventions.pytorch import from_torch, to_torch
from gru_ref.params import GRUParams


class Stacked(NamedTuple):
    """A GRU with as many biases as it needs: gates stacked in the order r, z, n, and a separate b_hn.

    weight_ih (3H, I), weight_hh (3H, H), bias (3H,), bias_n (H,). These are Equinox's names; MLX names them Wx, Wh, b, bhn;
    ncnn takes the same numbers, both biases as one array (4, H).
    """

    weight_ih: ndarray
    weight_hh: ndarray
    bias: ndarray
    bias_n: ndarray


def to_stacked(p):
    """Write a GRU as Equinox, MLX and ncnn do.

    Parameters
    ----------
    p : GRUParams, of `gru_step`

    Returns
    -------
    arrays : Stacked: weight_ih (3H, I), weight_hh (3H, H), bias (3H,), bias_n (H,), copies. The biases of r and of z are
        sums of ours; that of n is b_in, and bias_n is b_hn, which the reset acts on

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.

    Source: ``equinox.nn.GRUCell`` (0.13.8), ``mlx.nn.GRU`` (0.32), layer GRU of ncnn (1.0.20261020).
    """
    check_gru(p)
    packed = to_torch(p)
    return Stacked(
        packed.weight_ih,
        packed.weight_hh,
        np.concatenate([p.b_ir + p.b_hr, p.b_iz + p.b_hz, p.b_in]),
        p.b_hn.copy(),
    )


def from_stacked(weight_ih, weight_hh, bias=None, bias_n=None):
    """Read a GRU of Equinox, MLX or ncnn.

    Parameters
    ----------
    weight_ih : (3H, I) array, gates in the order r, z, n
    weight_hh : (3H, H) array
    bias : (3H,) array
    bias_n : (H,) array, the candidate's second bias; without both, as with ``use_bias=False``, all biases are 0

    Returns
    -------
    p : GRUParams, of `gru_step`; b_hr and b_hz are 0, since only their sums with b_ir and b_iz matter

    Raises
    ------
    ValueError
        If a shape does not fit the others, or one of the two biases is missing.

    Source: ``equinox.nn.GRUCell`` (0.13.8), ``mlx.nn.GRU`` (0.32), layer GRU of ncnn (1.0.20261020).
    """
    given = both_biases("", bias=bias, bias_n=bias_n)
    axes = {"bias": "3H", "bias_n": "H"}
    named = {"weight_ih": (weight_ih, "3H I"), "weight_hh": (weight_hh, "3H H")}
    H = check_arrays(**named, **{name: (array, axes[name]) for name, (array, _) in given.items()})["H"]
    check_blocks("weight_hh", weight_hh.shape, len(weight_hh), 3, H)
    if bias is None:
        return from_torch(GRUParams, weight_ih, weight_hh)
    bias_hh = np.concatenate([np.zeros(2 * H, bias_n.dtype), bias_n])
    return from_torch(GRUParams, weight_ih, weight_hh, bias, bias_hh)
