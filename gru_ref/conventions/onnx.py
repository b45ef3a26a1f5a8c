"""A GRU, LSTM or RNN as the inputs of ONNX's operators. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_blocks, count_gates, find_kind, inverse, kind_of, reordered, rows_of
from gru_ref.conventions.pytorch import TorchArrays, from_torch, to_torch
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

TAUGHT_IN = {"*": 6, "ORDER": 6}  # the order is half of an exercise

# Which of our blocks is at each place in ONNX: z, r, h from r, z, n; i, o, f, c from i, f, g, o.
ORDER = {RNNParams: (0,), GRUParams: (1, 0, 2), LSTMParams: (0, 3, 1, 2)}


class ONNXArrays(NamedTuple):
    """A layer as the inputs of ONNX's operators, k gates one below the other: GRU in the order z, r, h, LSTM in i, o, f, c.

    W (D, kH, I), R (D, kH, H), B (D, 2kH): first all biases of the input, then all of the state. D directions, 1 or 2.
    """

    W: ndarray
    R: ndarray
    B: ndarray


def to_onnx(*directions):
    """Write one GRU, LSTM or RNN, or two for both directions, as the inputs W, R and B of ONNX's operator of that name.

    Parameters
    ----------
    *directions : parameters of one cell, or of two: forward and backward; GRUParams, LSTMParams or RNNParams

    Returns
    -------
    arrays : ONNXArrays: W (D, kH, I), R (D, kH, H), B (D, 2kH), for D directions and k gates. A GRU's belong to the same
        cell as the parameters: run it with ``linear_before_reset=1`` for `gru_step`, 0 for `gru_step_reset_before`.

    Raises
    ------
    ValueError
        If there are not one or two directions, of one kind and the same sizes.

    Source: operators GRU, LSTM and RNN of the ONNX specification, onnx.ai/onnx/operators.
    """
    if len(directions) not in (1, 2):
        raise ValueError(f"got {len(directions)} directions, but should get 1 or 2")
    kind = kind_of(directions[0])
    sizes = [check_arrays(**axes_of(p, kind)) for p in directions]
    if sizes[0] != sizes[-1]:
        raise ValueError(f"the second direction has sizes {sizes[1]}, but should have those of the first, {sizes[0]}")
    packed = [TorchArrays(*(reordered(a, ORDER[kind]) for a in to_torch(p))) for p in directions]
    return ONNXArrays(
        np.stack([a.weight_ih for a in packed]),
        np.stack([a.weight_hh for a in packed]),
        np.stack([np.concatenate([a.bias_ih, a.bias_hh]) for a in packed]),
    )


def from_onnx(W, R, B=None, kind="gru"):
    """Read the inputs W, R and B of ONNX's operator GRU, LSTM or RNN.

    Parameters
    ----------
    W : (D, kH, I) array, gates in the order z, r, h, or i, o, f, c, for D directions
    R : (D, kH, H) array
    B : (D, 2kH) array; without it all biases are 0
    kind : "gru", "lstm" or "rnn", or GRUParams, LSTMParams or RNNParams

    Returns
    -------
    directions : tuple of D parameters, of what `kind` says; GRUParams are of `gru_step` if the operator has
        ``linear_before_reset=1``, of `gru_step_reset_before` if it has 0, its default. (An LSTM's input P, its peepholes,
        has no place in LSTMParams.)

    Raises
    ------
    ValueError
        If a shape does not fit the others, or `kind` is something else.

    Source: operators GRU, LSTM and RNN of the ONNX specification, onnx.ai/onnx/operators.
    """
    kind = find_kind(kind)
    gates, rows, both = count_gates(kind), rows_of(kind), rows_of(kind, 2)
    named = {"W": (W, f"D {rows} I"), "R": (R, f"D {rows} H")} | ({} if B is None else {"B": (B, f"D {both}")})
    sizes = check_arrays(**named)
    H = sizes["H"]
    check_blocks("R", R.shape, sizes[rows], gates, H)
    if sizes["D"] > 2:
        raise ValueError(f"W has shape {W.shape}, but its D should be 1 or 2, the number of directions")
    if sizes.get(both, 2 * gates * H) != 2 * gates * H:
        raise ValueError(f"B has shape {B.shape}, but its {both} should be {2 * gates * H}, for H = {H} as in R")
    biases = np.zeros((len(W), 2 * gates * H), R.dtype) if B is None else B
    back = inverse(ORDER[kind])
    return tuple(
        from_torch(kind, *(reordered(a, back) for a in (w, r, *np.split(b, 2))))
        for w, r, b in zip(W, R, biases, strict=True)
    )
