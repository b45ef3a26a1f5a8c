"""How a gated cell's new state depends on its old one, over one step and over many. Lesson 09."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.gates import _sigmoid
from gru_ref.gru import gru_step
from gru_ref.lstm import lstm_step
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of
from gru_ref.rnn import rnn_jacobian, rnn_step

TAUGHT_IN = {
    "*": 9,  # derivatives of the step
    "lstm_jacobian": 12,  # computes an LSTM's step
}


def gru_jacobian(x, h, p):
    """Derivative of a GRU step's result with respect to the state it started from.

    With q = W_hn h + b_hn, and square brackets around a vector for a diagonal matrix:

    J = [z] + [(h − n) z (1 − z)] W_hz + [(1 − z)(1 − n²)] ([r] W_hn + [q r (1 − r)] W_hr)

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, the state *before* the step
    p : GRUParams

    Returns
    -------
    J : (B, H, H) array, J[b, i, j] = ∂h_new[b, i] / ∂h[b, j], unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: chain rule on the equations of the ``torch.nn.GRUCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    r = _sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = _sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    past = _rows(r) * p.W_hn + _rows(q * r * (1 - r)) * p.W_hr
    return _diagonal(z) + _rows((h - n) * z * (1 - z)) * p.W_hz + _rows((1 - z) * (1 - n**2)) * past


def gru_jacobian_reset_before(x, h, p):
    """The same for a GRU whose reset acts before the matrix product, n = tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn).

    J = [z] + [(h − n) z (1 − z)] W_hz + [(1 − z)(1 − n²)] W_hn ([r] + [h r (1 − r)] W_hr)

    Parameters, result and errors are those of `gru_jacobian`.

    Source: chain rule on the equations of Cho et al. (2014), section 2.3.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, GRUParams))
    r = _sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = _sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    past = p.W_hn @ (_diagonal(r) + _rows(h * r * (1 - r)) * p.W_hr)
    return _diagonal(z) + _rows((h - n) * z * (1 - z)) * p.W_hz + _rows((1 - z) * (1 - n**2)) * past


def lstm_jacobian(x, h, c, p):
    """Derivative of an LSTM step's result (h_new, c_new) with respect to (h, c), the state that it started from.

    The rows are h_new and then c_new, the columns h and then c. With s = o (1 − tanh² c_new):

    ∂c_new/∂h = [c f (1 − f)] W_hf + [g i (1 − i)] W_hi + [i (1 − g²)] W_hg,  ∂c_new/∂c = [f],
    ∂h_new/∂h = [tanh(c_new) o (1 − o)] W_ho + [s] ∂c_new/∂h,                 ∂h_new/∂c = [s f]

    Parameters
    ----------
    x : (B, I) array, input at this step
    h, c : (B, H) arrays, the state *before* the step
    p : LSTMParams

    Returns
    -------
    J : (B, 2H, 2H) array, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: chain rule on the equations of the ``torch.nn.LSTMCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), c=(c, "B H"), **axes_of(p, LSTMParams))
    i = _sigmoid(x @ p.W_ii.T + p.b_ii + h @ p.W_hi.T + p.b_hi)
    f = _sigmoid(x @ p.W_if.T + p.b_if + h @ p.W_hf.T + p.b_hf)
    g = np.tanh(x @ p.W_ig.T + p.b_ig + h @ p.W_hg.T + p.b_hg)
    o = _sigmoid(x @ p.W_io.T + p.b_io + h @ p.W_ho.T + p.b_ho)
    shown = np.tanh(f * c + i * g)
    slope = o * (1 - shown**2)
    c_by_h = (
        _rows(c * f * (1 - f)) * p.W_hf + _rows(g * i * (1 - i)) * p.W_hi + _rows(i * (1 - g**2)) * p.W_hg
    )  # fmt: skip
    h_by_h = _rows(shown * o * (1 - o)) * p.W_ho + _rows(slope) * c_by_h
    return np.block([[h_by_h, _diagonal(slope * f)], [c_by_h, _diagonal(f)]])


def gradient_profile(xs, h0, p):
    """How strongly the last state of a run depends on the state some steps earlier: ‖∂h_T / ∂h_{T−lag}‖₂ for each lag.

    ∂h_T / ∂h_{T−lag} = J_T · J_{T−1} · … · J_{T−lag+1}, the newest Jacobian on the left.

    Parameters
    ----------
    xs : (T, B, I) array
    h0 : (B, H) array, the state before the first input; for an LSTM the pair (h, c) of such arrays
    p : GRUParams, RNNParams or LSTMParams; an LSTM's state is h and c together, and so are its derivatives

    Returns
    -------
    norms : (T + 1, B) array of spectral norms by lag: first lag 0, which is 1, last lag T

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.
    OverflowError
        If the derivatives explode beyond the range of floats.
    """
    step, jacobian, width = _cell(p)
    lstm = isinstance(p, LSTMParams)
    if lstm and not (isinstance(h0, tuple) and len(h0) == 2):
        raise ValueError(f"h0 is a {type(h0).__name__}, but should be the pair (h, c) of an LSTM")
    state = dict(zip(("h0[0]", "h0[1]"), ((a, "B H") for a in h0), strict=True)) if lstm else {"h0": (h0, "B H")}
    sizes = check_arrays(xs=(xs, "T B I"), **state, **axes_of(p, type(p)))
    T, B, size = sizes["T"], sizes["B"], width * sizes["H"]
    states = [h0]
    for x in xs[:-1]:
        states.append(step(x, states[-1], p))
    norms = np.ones((T + 1, B), xs.dtype)
    product = np.broadcast_to(np.eye(size, dtype=xs.dtype), (B, size, size))
    for lag in range(1, T + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            product = product @ jacobian(xs[T - lag], states[T - lag], p)
        if not np.isfinite(product).all():
            raise OverflowError(f"∂h_T / ∂h_(T−lag) exceeds the range of floats at a lag of {lag} steps")
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


def _cell(p):
    """A cell's step and Jacobian as functions of (x, state, p), and the number of vectors in its state."""
    if isinstance(p, GRUParams):
        return gru_step, gru_jacobian, 1
    if isinstance(p, RNNParams):
        return rnn_step, lambda x, h, p: rnn_jacobian(rnn_step(x, h, p), p), 1
    if isinstance(p, LSTMParams):
        return lambda x, hc, p: lstm_step(x, *hc, p), lambda x, hc, p: lstm_jacobian(x, *hc, p), 2
    raise ValueError(f"p is a {type(p).__name__}, but should be GRUParams, RNNParams or LSTMParams")


def _rows(v):
    """Vectors (B, H) as (B, H, 1), so that each entry scales a row of a matrix."""
    return v[:, :, None]


def _diagonal(v):
    """Vectors (B, H) as diagonal matrices (B, H, H)."""
    return _rows(v) * np.eye(v.shape[1], dtype=v.dtype)
