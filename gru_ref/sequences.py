"""From a layer to answers: both directions, and readouts from the states. Lesson 07."""

import numpy as np

from gru_ref.checks import check_arrays, check_lengths
from gru_ref.gru import gru_forward
from gru_ref.padding import length_mask, reverse_padded
from gru_ref.params import GRUParams, axes_of

TAUGHT_IN = {
    "*": 7,  # both directions, readouts
    "_axes": None,  # checks arguments
}

READOUTS = ("value", "class", "steps")


def bidirectional(xs, p_forward, p_backward, lengths):
    """Read a padded batch in both directions with two GRUs, from zero states.

    Parameters
    ----------
    xs : (T, B, I) array, time first
    p_forward, p_backward : GRUParams of equal sizes
    lengths : (B,) array of integers from 1 to T, in steps

    Returns
    -------
    hs : (T, B, 2H) array, zero in the padding. In the first H entries the forward state, which has read
        ``xs[0]`` to ``xs[t]``; in the last H the backward state, which has read ``xs[lengths[b] − 1]`` down to ``xs[t]``

    Raises
    ------
    ValueError
        If a shape does not fit the others, an array does not hold finite floats, or a length is not between 1 and T.

    Source: ``torch.nn.GRU`` documentation, ``bidirectional=True``, on a packed sequence.
    """
    directions = {"p_forward": p_forward, "p_backward": p_backward}
    sizes = check_arrays(xs=(xs, "T B I"), **{k: v for name, p in directions.items() for k, v in _axes(name, p)})
    check_lengths(lengths, sizes["T"], sizes["B"])
    h0 = np.zeros((sizes["B"], sizes["H"]), xs.dtype)
    forward = gru_forward(xs, h0, p_forward)
    backward = reverse_padded(gru_forward(reverse_padded(xs, lengths), h0, p_backward), lengths)
    mask = length_mask(sizes["T"], lengths)[:, :, None]
    return np.where(mask, np.concatenate([forward, backward], axis=2), np.zeros((), forward.dtype))


def readout(hs, lengths, W, b, kind):
    """Read an answer off the states: a linear map, with the steps before or after it that the kind of answer needs.

    Parameters
    ----------
    hs : (T, B, H) array of states, time first; the padding does not matter
    lengths : (B,) array of integers from 1 to T, in steps
    W : (O, H) array
    b : (O,) array
    kind : "value", "class" or "steps"

    Returns
    -------
    answer : for "value" (B, O), ``W h + b`` of each sequence's own last state; for "class" (B, O), the softmax of that,
        probabilities that add up to 1 in each row; for "steps" (T, B, O), ``W h + b`` at each step, zero in the padding

    Raises
    ------
    ValueError
        If a shape does not fit the others, an array does not hold finite floats, a length is not between 1 and T, or
        the kind is not one of the three.
    """
    T, B, *_ = check_arrays(hs=(hs, "T B H"), W=(W, "O H"), b=(b, "O")).values()
    check_lengths(lengths, T, B)
    if not isinstance(kind, str) or kind not in READOUTS:
        raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(READOUTS)}")
    if kind == "steps":
        values = hs @ W.T + b
        return np.where(length_mask(T, lengths)[:, :, None], values, np.zeros((), values.dtype))
    values = hs[lengths - 1, np.arange(B)] @ W.T + b
    if kind == "value":
        return values
    e = np.exp(values - values.max(axis=1, keepdims=True))  # at most 1: it cannot overflow
    return e / e.sum(axis=1, keepdims=True)


def _axes(name, p):
    """Pairs (name, (array, axes)) of the parameters that the caller calls `name`."""
    if not isinstance(p, GRUParams):
        raise ValueError(f"{name} is a {type(p).__name__}, but should be GRUParams")
    return [(name + field[1:], named) for field, named in axes_of(p, GRUParams).items()]
