"""A GRU, LSTM or RNN as Keras lists its weights. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import (
    check_blocks,
    check_flag,
    count_gates,
    find_kind,
    inverse,
    kind_of,
    reordered,
    rows_of,
)
from gru_ref.conventions.pytorch import from_torch, to_torch
from gru_ref.params import GRUParams, LSTMParams, RNNParams

TAUGHT_IN = {"*": 6, "ORDER": 6}  # the order is half of an exercise

# Which of our blocks is at each place in Keras: z, r, h from r, z, n; i, f, c, o from i, f, g, o.
ORDER = {RNNParams: (0,), GRUParams: (1, 0, 2), LSTMParams: (0, 1, 2, 3)}


class KerasArrays(NamedTuple):
    """A layer as its ``get_weights()`` lists it, k gates side by side: a GRU's in the order z, r, h, an LSTM's i, f, c, o.

    kernel (I, kH), recurrent_kernel (H, kH); bias (kH,), but (2, 3H) for a GRU with ``reset_after=True``.
    """

    kernel: ndarray
    recurrent_kernel: ndarray
    bias: ndarray


def torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    """From PyTorch's GRU to that of Keras with ``reset_after=True``: transposed, and gates in a different order.

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
    return tuple(_turned(GRUParams, weight_ih, weight_hh, bias_ih, bias_hh))


def to_keras(p, reset_after=True):
    """Write a GRU, LSTM or RNN as Keras does.

    Parameters
    ----------
    p : GRUParams: of `gru_step` if `reset_after`, of `gru_step_reset_before` if not (`move_reset` explains the difference);
        LSTMParams or RNNParams, for ``keras.layers.LSTM`` and ``SimpleRNN``
    reset_after : bool, as in ``keras.layers.GRU``; no other kind has a reset

    Returns
    -------
    arrays : KerasArrays: kernel (I, kH), recurrent_kernel (H, kH), bias (2, 3H) for a GRU if `reset_after`, else (kH,).
        The latter has one bias for each gate, the sum of our two: no reset acts between them.

    Raises
    ------
    ValueError
        If `p` is something else, a shape does not fit the others, or `reset_after` is False and `p` is not a GRU's.

    Source: ``build`` and ``call`` of ``GRUCell``, ``LSTMCell`` and ``SimpleRNNCell`` of Keras 3.
    """
    kind = kind_of(p)
    _check_reset(kind, reset_after)
    arrays = KerasArrays(*_turned(kind, *to_torch(p)))
    return arrays if _has_two_biases(kind, reset_after) else arrays._replace(bias=arrays.bias.sum(axis=0))


def from_keras(kernel, recurrent_kernel, bias=None, reset_after=True, kind="gru"):
    """Read a GRU, LSTM or SimpleRNN of Keras.

    Parameters
    ----------
    kernel : (I, kH) array, gates in the order z, r, h, or i, f, c, o
    recurrent_kernel : (H, kH) array
    bias : (kH,) array, but (2, 3H) for a GRU if `reset_after`; without it, as with ``use_bias=False``, all biases are 0
    reset_after : bool, as in ``keras.layers.GRU``; no other kind has a reset
    kind : "gru", "lstm" or "rnn", or GRUParams, LSTMParams or RNNParams

    Returns
    -------
    p : what `kind` says; GRUParams of `gru_step` if `reset_after`, of `gru_step_reset_before` if not. From a single bias
        all b_h* are 0; only their sums with b_i* matter there.

    Raises
    ------
    ValueError
        If a shape does not fit the others, `kind` is something else, or `reset_after` is False and it is not a GRU.

    Source: ``build`` and ``call`` of ``GRUCell``, ``LSTMCell`` and ``SimpleRNNCell`` of Keras 3.
    """
    kind = find_kind(kind)
    _check_reset(kind, reset_after)
    rows, two = rows_of(kind), _has_two_biases(kind, reset_after)
    named = {"kernel": (kernel, f"I {rows}"), "recurrent_kernel": (recurrent_kernel, f"H {rows}")}
    if bias is not None:
        named["bias"] = (bias, f"2 {rows}" if two else rows)
    sizes = check_arrays(**named)
    check_blocks("recurrent_kernel", recurrent_kernel.shape, sizes[rows], count_gates(kind), sizes["H"])
    if sizes.get("2", 2) != 2:
        raise ValueError(
            f"bias has shape {bias.shape}, but should be (2, 3H): one row for the input, one for the state"
        )
    zeros = np.zeros(sizes[rows], recurrent_kernel.dtype)
    if bias is None:
        bias_ih, bias_hh = zeros, zeros
    else:
        bias_ih, bias_hh = bias if two else (bias, zeros)
    back = inverse(ORDER[kind])
    return from_torch(kind, *(reordered(a, back) for a in (kernel.T, recurrent_kernel.T, bias_ih, bias_hh)))


def _turned(kind, weight_ih, weight_hh, bias_ih, bias_hh):
    """PyTorch's arrays in Keras's order, with units in columns, and both biases one below the other."""
    order = ORDER[kind]
    yield from (reordered(W, order).T.copy() for W in (weight_ih, weight_hh))
    yield np.stack([reordered(b, order) for b in (bias_ih, bias_hh)])


def _has_two_biases(kind, reset_after):
    return kind is GRUParams and reset_after


def _check_reset(kind, reset_after):
    check_flag("reset_after", reset_after)
    if kind is not GRUParams and not reset_after:
        raise ValueError(f"reset_after is {reset_after}, but should be left out: {kind.__name__} have no reset gate")
