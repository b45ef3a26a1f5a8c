"""A GRU as the inputs of ONNX's operator. Lesson 06."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_blocks, check_gru, exchange_r_and_z
from gru_ref.conventions.pytorch import TorchArrays, from_torch, to_torch
from gru_ref.params import GRUParams


class ONNXArrays(NamedTuple):
    """A GRU as the inputs of ONNX's operator GRU, gates one below the other in the order z, r, h.

    W (D, 3H, I), R (D, 3H, H), B (D, 6H): first all biases of the input, then all of the state. D directions, 1 or 2.
    """

    W: ndarray
    R: ndarray
    B: ndarray


def to_onnx(*directions):
    """Write a GRU as the inputs W, R and B of ONNX's operator GRU.

    Parameters
    ----------
    *directions : one GRUParams, or two: forward and backward

    Returns
    -------
    arrays : ONNXArrays: W (D, 3H, I), R (D, 3H, H), B (D, 6H), for D directions. They are of the same cell as the
        parameters: to be run with ``linear_before_reset=1`` for `gru_step`, 0 for `gru_step_reset_before`.

    Raises
    ------
    ValueError
        If there are not one or two directions, of the same sizes.

    Source: operator GRU of the ONNX specification, onnx.ai/onnx/operators/onnx__GRU.html.
    """
    if len(directions) not in (1, 2):
        raise ValueError(f"got {len(directions)} directions, but should get 1 or 2")
    sizes = [check_gru(p) for p in directions]
    if sizes[0] != sizes[-1]:
        raise ValueError(f"the second direction has sizes {sizes[1]}, but should have those of the first, {sizes[0]}")
    packed = [TorchArrays(*map(exchange_r_and_z, to_torch(p))) for p in directions]
    return ONNXArrays(
        np.stack([a.weight_ih for a in packed]),
        np.stack([a.weight_hh for a in packed]),
        np.stack([np.concatenate([a.bias_ih, a.bias_hh]) for a in packed]),
    )


def from_onnx(W, R, B=None):
    """Read the inputs W, R and B of ONNX's operator GRU.

    Parameters
    ----------
    W : (D, 3H, I) array, gates in the order z, r, h, for D directions
    R : (D, 3H, H) array
    B : (D, 6H) array; without it all biases are 0

    Returns
    -------
    directions : tuple of D GRUParams: of `gru_step` if the operator has ``linear_before_reset=1``, of
        `gru_step_reset_before` if it has 0, its default

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: operator GRU of the ONNX specification, onnx.ai/onnx/operators/onnx__GRU.html.
    """
    named = {"W": (W, "D 3H I"), "R": (R, "D 3H H")} | ({} if B is None else {"B": (B, "D 6H")})
    sizes = check_arrays(**named)
    H = sizes["H"]
    check_blocks("R", R.shape, sizes["3H"], 3, H)
    if sizes["D"] > 2:
        raise ValueError(f"W has shape {W.shape}, but its D should be 1 or 2, the number of directions")
    if sizes.get("6H", 6 * H) != 6 * H:
        raise ValueError(f"B has shape {B.shape}, but its 6H should be {6 * H}, for H = {H} as in R")
    biases = np.zeros((len(W), 6 * H), R.dtype) if B is None else B
    return tuple(
        from_torch(GRUParams, *map(exchange_r_and_z, (w, r, b[: 3 * H], b[3 * H :])))
        for w, r, b in zip(W, R, biases, strict=True)
    )
