"""The parameters of a cell, as NamedTuples; a gradient has the same type, field by field."""

from functools import cache
from typing import NamedTuple

from numpy import ndarray

TAUGHT_IN = {"*": None}  # data


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


class LSTMParams(NamedTuple):
    """Parameters of an LSTM: for each of input gate i, forget gate f, candidate g and output gate o, four arrays.

    W_i* (H, I) reads the input, W_h* (H, H) reads the state, b_i* and b_h* (H,) are the biases.
    The equations are those of ``torch.nn.LSTM``. Introduced in lesson 12.
    """

    W_ii: ndarray
    W_if: ndarray
    W_ig: ndarray
    W_io: ndarray
    W_hi: ndarray
    W_hf: ndarray
    W_hg: ndarray
    W_ho: ndarray
    b_ii: ndarray
    b_if: ndarray
    b_ig: ndarray
    b_io: ndarray
    b_hi: ndarray
    b_hf: ndarray
    b_hg: ndarray
    b_ho: ndarray


def axes_of(p, kind):
    """The arrays of `p` with the names of their axes, as `gru_ref.checks.check_arrays` takes them.

    Parameters
    ----------
    p : the object to check
    kind : RNNParams, GRUParams or LSTMParams, its expected type

    Returns
    -------
    named : dict such as ``{"p.W_ih": (array, "H I"), …}``

    Raises
    ------
    ValueError
        If `p` is of another type.
    """
    if not isinstance(p, kind):
        raise ValueError(f"p is a {type(p).__name__}, but should be {kind.__name__}({', '.join(kind._fields)})")
    return {name: (array, axes) for array, (name, axes) in zip(p, _named_axes(kind), strict=True)}


@cache
def _named_axes(kind):
    """The names of a cell's parameters in messages, and of their axes."""
    axes = {"W_i": "H I", "W_h": "H H", "b_i": "H", "b_h": "H"}
    return [(f"p.{name}", axes[name[:3]]) for name in kind._fields]
