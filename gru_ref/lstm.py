"""The long short-term memory: step and sequence. Lesson 12."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.gates import _sigmoid
from gru_ref.layers import layer_forward
from gru_ref.params import LSTMParams, axes_of

TAUGHT_IN = {"*": 12}  # the LSTM


def lstm_step(x, h, c, p):
    """Advance an LSTM by one time step.

    i, f, o = σ(W_i x + b_i + W_h h + b_h), each with its own parameters
    g = tanh(W_ig x + b_ig + W_hg h + b_hg)
    c_new = f ⊙ c + i ⊙ g
    h_new = o ⊙ tanh(c_new)

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    c : (B, H) array, previous cell state
    p : LSTMParams

    Returns
    -------
    h_new, c_new : (B, H) arrays, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.LSTMCell`` documentation. The forget gate is that of Gers et al. (2000).
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), c=(c, "B H"), **axes_of(p, LSTMParams))
    i = _sigmoid(x @ p.W_ii.T + p.b_ii + h @ p.W_hi.T + p.b_hi)
    f = _sigmoid(x @ p.W_if.T + p.b_if + h @ p.W_hf.T + p.b_hf)
    g = np.tanh(x @ p.W_ig.T + p.b_ig + h @ p.W_hg.T + p.b_hg)
    o = _sigmoid(x @ p.W_io.T + p.b_io + h @ p.W_ho.T + p.b_ho)
    c_new = f * c + i * g
    return o * np.tanh(c_new), c_new


def lstm_forward(xs, h0, c0, p, lengths=None):
    """Run an LSTM over a batch of sequences, which may differ in length.

    After a sequence's end both its states no longer change, as in `gru_ref.gru_forward`.

    Parameters
    ----------
    xs : (T, B, I) array, inputs, time first
    h0, c0 : (B, H) arrays, states before the first step
    p : LSTMParams
    lengths : (B,) array of integers between 1 and T, or None if all sequences have T steps

    Returns
    -------
    hs, cs : (T, B, H) arrays of the states after each step

    Raises
    ------
    ValueError
        If a shape does not fit the others, an array does not hold finite floats, or a length is not from 1 to T.

    Source: ``torch.nn.LSTM`` documentation (one layer, one direction).
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), c0=(c0, "B H"), **axes_of(p, LSTMParams))
    hs, _, tape = layer_forward("lstm", xs, p, (h0, c0), lengths)
    return hs, tape.cs[1:]
