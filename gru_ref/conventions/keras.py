"""A GRU as Keras lists its weights. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_blocks, check_gru, exchange_r_and_z
from gru_ref.conventions.pytorch import from_torch, to_torch
from gru_ref.params import GRUParams


class KerasArrays(NamedTuple):
    """A GRU as ``keras.layers.GRU.get_weights()`` lists it, gates side by side in the order z, r, h.

    kernel (I, 3H), recurrent_kernel (H, 3H); bias (2, 3H) with ``reset_after=True``, else (3H,).
    """

    kernel: ndarray
    recurrent_kernel: ndarray
    bias: ndarray


def torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    """From PyTorch's GRU to that of Keras with ``reset_after=True``: transposed, and gates in another order.

    Parameters
    ----------
    weight_ih : (3H, I) array, gates in the order r, z, n
    weight_hh : (3H, H) array
    bias_ih, bias_hh : (3H,) arrays

    Returns
    -------
    kernel, recurrent_kernel, bias : (I, 3H), (H, 3H) and (2, 3H) arrays, gates in the order z, r, h

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3; github.com/keras-team/keras/issues/8720.
    """
    named = {"weight_ih": (weight_ih, "3H I"), "weight_hh": (weight_hh, "3H H")}
    named |= {"bias_ih": (bias_ih, "3H"), "bias_hh": (bias_hh, "3H")}
    H = check_arrays(**named)["H"]
    check_blocks("weight_hh", weight_hh.shape, len(weight_hh), 3, H)
    kernel, recurrent_kernel = exchange_r_and_z(weight_ih).T.copy(), exchange_r_and_z(weight_hh).T.copy()
    return kernel, recurrent_kernel, np.stack([exchange_r_and_z(bias_ih), exchange_r_and_z(bias_hh)])


def to_keras(p, reset_after=True):
    """Write a GRU as Keras does.

    Parameters
    ----------
    p : GRUParams: of `gru_step` if `reset_after`, of `gru_step_reset_before` if not (`move_reset` tells them apart)
    reset_after : bool, as in ``keras.layers.GRU``

    Returns
    -------
    arrays : KerasArrays: kernel (I, 3H), recurrent_kernel (H, 3H), bias (2, 3H), or (3H,) if not `reset_after`. The
        latter has one bias for each gate, the sum of ours: before the product no reset stands between the two.

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3.
    """
    _check_flag("reset_after", reset_after)
    check_gru(p)
    arrays = KerasArrays(*torch_to_keras(*to_torch(p)))
    return arrays if reset_after else arrays._replace(bias=arrays.bias.sum(axis=0))


def from_keras(kernel, recurrent_kernel, bias=None, reset_after=True):
    """Read a GRU of Keras.

    Parameters
    ----------
    kernel : (I, 3H) array, gates in the order z, r, h
    recurrent_kernel : (H, 3H) array
    bias : (2, 3H) array if `reset_after`, else (3H,); without it, as with ``use_bias=False``, all biases are 0
    reset_after : bool, as in ``keras.layers.GRU``

    Returns
    -------
    p : GRUParams: of `gru_step` if `reset_after`, of `gru_step_reset_before` if not. From a single bias all b_h* are 0;
        only their sums with b_i* matter there.

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3.
    """
    _check_flag("reset_after", reset_after)
    named = {"kernel": (kernel, "I 3H"), "recurrent_kernel": (recurrent_kernel, "H 3H")}
    if bias is not None:
        named["bias"] = (bias, "2 3H" if reset_after else "3H")
    sizes = check_arrays(**named)
    check_blocks("recurrent_kernel", recurrent_kernel.shape, sizes["3H"], 3, sizes["H"])
    if sizes.get("2", 2) != 2:
        raise ValueError(
            f"bias has shape {bias.shape}, but should be (2, 3H): one row for the input, one for the state"
        )
    zeros = np.zeros(3 * sizes["H"], recurrent_kernel.dtype)
    if bias is None:
        bias_ih, bias_hh = zeros, zeros
    else:
        bias_ih, bias_hh = bias if reset_after else (bias, zeros)
    return from_torch(GRUParams, *map(exchange_r_and_z, (kernel.T, recurrent_kernel.T, bias_ih, bias_hh)))


def _check_flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} is {value!r}, but should be True or False")
