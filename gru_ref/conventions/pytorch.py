"""A cell's parameters as PyTorch packs them. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import KINDS, blocks, both_biases, check_blocks
from gru_ref.params import axes_of


class TorchArrays(NamedTuple):
    """Parameters as PyTorch packs them, k gates one below the other: 1 for an RNN, 3 for a GRU, 4 for an LSTM.

    weight_ih (kH, I), weight_hh (kH, H), bias_ih and bias_hh (kH,). Gates in the order r, z, n, or i, f, g, o.
    """

    weight_ih: ndarray
    weight_hh: ndarray
    bias_ih: ndarray
    bias_hh: ndarray


def to_torch(p):
    """Pack parameters as PyTorch does.

    Parameters
    ----------
    p : RNNParams, GRUParams or LSTMParams

    Returns
    -------
    arrays : TorchArrays: weight_ih (kH, I), weight_hh (kH, H), bias_ih (kH,), bias_hh (kH,), for k gates

    Raises
    ------
    ValueError
        If `p` is something else, or a shape does not fit the others.

    Source: variables listed in the ``torch.nn.RNNCell``, ``GRUCell`` and ``LSTMCell`` documentation.
    """
    if not isinstance(p, tuple(KINDS.values())):
        wanted = ", ".join(kind.__name__ for kind in KINDS.values())
        raise ValueError(f"p is a {type(p).__name__}, but should be one of {wanted}")
    check_arrays(**axes_of(p, type(p)))
    gates = len(p) // 4
    return TorchArrays(*(np.concatenate(p[k : k + gates]) for k in range(0, len(p), gates)))


def from_torch(kind, weight_ih, weight_hh, bias_ih=None, bias_hh=None):
    """Unpack PyTorch's arrays.

    Parameters
    ----------
    kind : RNNParams, GRUParams or LSTMParams; or their names "rnn", "gru", "lstm"
    weight_ih : (kH, I) array
    weight_hh : (kH, H) array
    bias_ih, bias_hh : (kH,) arrays; without them, as with PyTorch's ``bias=False``, all biases are 0

    Returns
    -------
    p : what `kind` says

    Raises
    ------
    ValueError
        If `kind` is something else, or a shape does not fit the others.

    Source: variables listed in the ``torch.nn.RNNCell``, ``GRUCell`` and ``LSTMCell`` documentation.
    """
    kind = KINDS.get(kind, kind) if isinstance(kind, str) else kind
    if kind not in KINDS.values():
        raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(map(repr, KINDS))}")
    gates = len(kind._fields) // 4
    rows = f"{gates}H" if gates > 1 else "H"
    named = {"weight_ih": (weight_ih, f"{rows} I"), "weight_hh": (weight_hh, f"{rows} H")}
    named |= both_biases(rows, bias_ih=bias_ih, bias_hh=bias_hh)
    H = check_arrays(**named)["H"]
    check_blocks("weight_hh", weight_hh.shape, len(weight_hh), gates, H)
    zeros = np.zeros(len(weight_hh), weight_hh.dtype)
    biases = (zeros, zeros) if bias_ih is None else (bias_ih, bias_hh)
    return kind(*(block for array in (weight_ih, weight_hh, *biases) for block in blocks(array, gates)))
