"""The tanh recurrent network: step, sequence, Jacobian. Lessons 01 and 02."""

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.params import RNNParams, axes_of

TAUGHT_IN = {
    "*": 2,  # the tanh RNN
    "_step": 1,  # its step
}


def rnn_step(x, h, p):
    """Advance a tanh RNN by one time step.

    h_new = tanh(W_ih x + b_ih + W_hh h + b_hh)

    Parameters
    ----------
    x : (B, I) array, input at this step
    h : (B, H) array, previous state
    p : RNNParams

    Returns
    -------
    h_new : (B, H) array, unitless, inside (−1, 1)

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: Elman (1990), "Finding structure in time"; equation of the ``torch.nn.RNNCell`` documentation.
    """
    check_arrays(x=(x, "B I"), h=(h, "B H"), **axes_of(p, RNNParams))
    return _step(x, h, p)


def rnn_forward(xs, h0, p):
    """Run a tanh RNN over a batch of sequences.

    Parameters
    ----------
    xs : (T, B, I) array, inputs, time first
    h0 : (B, H) array, state before the first step
    p : RNNParams

    Returns
    -------
    hs : (T, B, H) array; ``hs[t]`` is the state after reading ``xs[t]``

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: ``torch.nn.RNN`` documentation (one layer, one direction).
    """
    check_arrays(xs=(xs, "T B I"), h0=(h0, "B H"), **axes_of(p, RNNParams))
    h = h0
    hs = []
    for x in xs:
        h = _step(x, h, p)
        hs.append(h)
    return np.stack(hs)


def rnn_jacobian(h_new, p):
    """Derivative of an RNN step's result with respect to the state it started from.

    J[b, i, j] = ∂h_new[b, i] / ∂h[b, j] = (1 − h_new[b, i]²) · W_hh[i, j]

    Parameters
    ----------
    h_new : (B, H) array, the state *after* the step
    p : RNNParams

    Returns
    -------
    J : (B, H, H) array, unitless

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.

    Source: chain rule with tanh′(a) = 1 − tanh²(a); Pascanu et al. (2013), section 2.
    """
    check_arrays(h_new=(h_new, "B H"), **axes_of(p, RNNParams))
    return _jacobian(h_new, p)


def gradient_norms(hs, p):
    """How strongly the last state still depends on each earlier one: ‖∂h_T / ∂h_t‖₂.

    ∂h_T / ∂h_t = J_T · J_{T−1} · … · J_{t+1}, the newest Jacobian on the left.

    Parameters
    ----------
    hs : (T, B, H) array, the states of an RNN, as `rnn_forward` returns them
    p : RNNParams

    Returns
    -------
    norms : (T, B) array of spectral norms (largest singular values); the last row is 1

    Raises
    ------
    ValueError
        If a shape does not fit the others, or an array does not hold finite floats.
    OverflowError
        If the derivatives explode beyond the range of floats.

    Source: Pascanu et al. (2013), "On the difficulty of training recurrent neural networks", equation 5.
    """
    sizes = check_arrays(hs=(hs, "T B H"), **axes_of(p, RNNParams))
    T, B, H = sizes["T"], sizes["B"], sizes["H"]
    norms = np.ones((T, B))
    product = np.broadcast_to(np.eye(H), (B, H, H))
    for t in range(T - 2, -1, -1):
        with np.errstate(over="ignore", invalid="ignore"):
            product = product @ _jacobian(hs[t + 1], p)
        if not np.isfinite(product).all():
            raise OverflowError(f"∂h_T / ∂h_t exceeds the range of floats at a lag of {T - 1 - t} steps")
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


def count_rnn_parameters(I, H):
    """Number of parameters of a tanh RNN with two bias vectors: HI + HH + 2H.

    Parameters
    ----------
    I, H : int, sizes of input and state

    Returns
    -------
    count : int

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.
    """
    check_size("I", I)
    check_size("H", H)
    return H * I + H * H + 2 * H


def _step(x, h, p):
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh)


def _jacobian(h_new, p):
    return (1 - h_new**2)[:, :, None] * p.W_hh
