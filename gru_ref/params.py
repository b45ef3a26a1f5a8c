"""The learned numbers of a cell, as NamedTuples: a gradient has the same type, field by field."""

from typing import NamedTuple

from numpy import ndarray


class RNNParams(NamedTuple):
    """Parameters of a tanh RNN.

    W_ih (H, I), W_hh (H, H), b_ih (H,), b_hh (H,).
    The names and shapes are those of ``torch.nn.RNNCell``. Introduced in lesson 01.
    """

    W_ih: ndarray
    W_hh: ndarray
    b_ih: ndarray
    b_hh: ndarray


class GRUParams(NamedTuple):
    """Parameters of a GRU: for each of reset r, update z and candidate n, four arrays.

    W_i* (H, I) reads the input, W_h* (H, H) reads the state, b_i* and b_h* (H,) are the biases.
    The equations are those of ``torch.nn.GRU``. Introduced in lesson 03.
    """

    W_ir: ndarray
    W_iz: ndarray
    W_in: ndarray
    W_hr: ndarray
    W_hz: ndarray
    W_hn: ndarray
    b_ir: ndarray
    b_iz: ndarray
    b_in: ndarray
    b_hr: ndarray
    b_hz: ndarray
    b_hn: ndarray
