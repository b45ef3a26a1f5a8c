"""Recurrent layers for training: whole padded batches, forward and backward, stacked and in both directions.

A layer is of one of four kinds: "rnn", "gru", "gru_reset_before" and "lstm". All arrays of one call have one
dtype, float32 or float64, and so do all results.
"""

from typing import NamedTuple

import numpy as np

from gru_ref import init, kernels
from gru_ref.checks import check_arrays, check_lengths, check_size
from gru_ref.padding import length_mask, reverse_padded
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

TAUGHT_IN = {
    "*": 7,  # runs whole sequences
    "layer_backward": 8,  # the way back through a sequence
    "network_backward": 8,  # the way back through a sequence
}


class Kind(NamedTuple):
    """What a layer needs to know about its cell: its parameters' type, how to draw them, and its two passes."""

    params: type
    init: object
    run: object
    backprop: object


LAYERS = {
    "rnn": Kind(RNNParams, init.init_rnn, kernels.run_rnn, kernels.backprop_rnn),
    "gru": Kind(GRUParams, init.init_gru, kernels.run_gru, kernels.backprop_gru),
    "gru_reset_before": Kind(GRUParams, init.init_gru, kernels.run_gru_reset_before, kernels.backprop_gru_reset_before),
    "lstm": Kind(LSTMParams, init.init_lstm, kernels.run_lstm, kernels.backprop_lstm),
}
DTYPES = np.dtype(np.float32), np.dtype(np.float64)


def layer_forward(kind, xs, p, state0=None, lengths=None):
    """Run one layer over a padded batch of sequences, and keep the values for its backward pass.

    Parameters
    ----------
    kind : "rnn", "gru", "gru_reset_before" or "lstm"
    xs : (T, B, I) array, inputs, time first
    p : RNNParams, GRUParams or LSTMParams, as the kind requires
    state0 : (B, H) array, the state before the first step; for the LSTM a pair (h0, c0); zeros if None
    lengths : (B,) array of integers between 1 and T, or None if all sequences have T steps

    Returns
    -------
    hs : (T, B, H) array; after a sequence's end its state no longer changes
    state : the final state, like state0
    tape : for `layer_backward`, to be used once; its memory grows linearly with T, for a GRU by 4BH floats per step, or
        by 6H + I + 1 if it is small, and there is one short sequence

    Raises
    ------
    ValueError
        If the kind is unknown, a shape or dtype does not fit the others, an array does not hold finite floats, or a
        length is not from 1 to T.

    Source: the equations of `gru_ref.rnn_step`, `gru_ref.gru_step`, `gru_ref.gru_step_reset_before` and
    `gru_ref.lstm_step`.
    """
    parts = find_kind(kind)
    parameters = axes_of(p, parts.params)
    named = {"xs": (xs, "T B I"), **_named_states(kind, "state0", state0), **parameters}
    sizes = check_arrays(**named)
    T, B, H = sizes["T"], sizes["B"], sizes["H"]
    _check_one_type(named)
    ended = None
    if lengths is not None:
        check_lengths(lengths, T, B)
        ended = ~length_mask(T, lengths)
    if state0 is None:
        zeros = np.zeros((B, H), xs.dtype)
        state0 = (zeros, zeros) if kind == "lstm" else zeros
    tape = parts.run(xs, state0, p, ended)
    h = tape.hs[-1].copy()
    return tape.hs[1:], (h, tape.cs[-1].copy()) if kind == "lstm" else h, tape


def layer_backward(dhs, tape, dstate=None):
    """Backpropagate through time, through one layer.

    Parameters
    ----------
    dhs : (T, B, H) array, the loss's derivative with respect to each of the layer's hs
    tape : what `layer_forward` returned; it is used up
    dstate : the loss's derivative with respect to the final state, like the state itself; zeros if None

    Returns
    -------
    dxs : (T, B, I) array
    dstate0 : like the state, the derivative with respect to the state before the first step
    grads : of the type of the parameters

    Raises
    ------
    ValueError
        If the shapes or types do not fit those of the forward pass.

    Source: chain rule; for the GRU `gru_ref.backward` has it step by step.
    """
    named = {"hs": (tape.hs[1:], "T B H"), "dhs": (dhs, "T B H"), **_named_states(tape.kind, "dstate", dstate)}
    check_arrays(**named)
    _check_one_type({"dhs": named["dhs"], **named})
    if dstate is None:
        zeros = np.zeros(dhs.shape[1:], dhs.dtype)
        dstate = (zeros, zeros.copy()) if tape.kind == "lstm" else zeros
    else:  # the passes work in place
        dstate = tuple(s.copy() for s in dstate) if tape.kind == "lstm" else dstate.copy()
    return LAYERS[tape.kind].backprop(dhs, tape, dstate)


def init_network(kind, I, H, rng, layers=1, bidirectional=False):
    """Draw the parameters of stacked layers, as PyTorch does: every entry uniform in ±1/√H.

    Parameters
    ----------
    kind : "rnn", "gru", "gru_reset_before" or "lstm"
    I, H : int, sizes of input and state
    rng : numpy.random.Generator
    layers : int
    bidirectional : bool; if so each layer also reads backwards, and the next one sees both directions' states

    Returns
    -------
    network : list, for each layer a tuple of its directions' parameters

    Raises
    ------
    ValueError
        If the kind is unknown, or a size or the number of layers is not an integer of at least 1.
    """
    check_size("layers", layers)
    directions = 2 if bidirectional else 1
    draw = find_kind(kind).init
    return [
        tuple(draw(I if layer == 0 else directions * H, H, rng) for _ in range(directions)) for layer in range(layers)
    ]


def network_forward(kind, xs, network, lengths=None, states0=None):
    """Run stacked layers, in one or both directions.

    Parameters
    ----------
    kind, xs, lengths : as in `layer_forward`
    network : list as `init_network` draws it
    states0 : list like the states that are returned, those before the first step; zeros if None. A text that is cut into
        chunks is read as a whole if each chunk begins with the states after the one before it.

    Returns
    -------
    hs : (T, B, H) or, in both directions, (T, B, 2H) array, the last layer's states; in the padding the forward ones
        no longer change, and the backward ones are those of the reversed sequence
    states : list like the network, of final states; a backward one is the state after reading the first step
    tape : for `network_backward`, to be used once

    Raises
    ------
    ValueError
        As in `layer_forward`, if a layer has neither one nor two directions, or states0 is not one for each of them.

    Source: ``torch.nn.GRU`` documentation (num_layers, bidirectional).
    """
    if not isinstance(network, (list, tuple)) or not all(isinstance(d, tuple) and len(d) in (1, 2) for d in network):
        raise ValueError("network should be a list with, for each layer, a tuple of one or two directions' parameters")
    if states0 is None:
        states0 = [(None,) * len(directions) for directions in network]
    elif not isinstance(states0, (list, tuple)) or not _fit(states0, network):
        raise ValueError("states0 should be a list with, for each layer, a tuple of one state for each direction")
    states, tapes = [], []
    for directions, starts in zip(network, states0, strict=True):
        runs = [
            layer_forward(kind, _turned(xs, lengths, d), p, start, lengths)
            for d, (p, start) in enumerate(zip(directions, starts, strict=True))
        ]
        xs = np.concatenate([_turned(hs, lengths, d) for d, (hs, _, _) in enumerate(runs)], axis=2)
        states.append(tuple(state for _, state, _ in runs))
        tapes.append(tuple(tape for _, _, tape in runs))
    return xs, states, (lengths, tapes)


def network_backward(dhs, tape):
    """Backpropagate through stacked layers.

    Parameters
    ----------
    dhs : array like the hs of `network_forward`, the loss's derivative with respect to them
    tape : what `network_forward` returned; it is used up

    Returns
    -------
    dxs : (T, B, I) array
    grads : list like the network

    Raises
    ------
    ValueError
        If the shapes or types do not fit those of the forward pass.
    """
    lengths, tapes = tape
    grads = []
    for directions in reversed(tapes):
        parts = np.split(dhs, len(directions), axis=2)
        runs = [layer_backward(_turned(part, lengths, d), directions[d]) for d, part in enumerate(parts)]
        dhs = sum(_turned(dxs, lengths, d) for d, (dxs, _, _) in enumerate(runs))
        grads.append(tuple(g for _, _, g in runs))
    return dhs, grads[::-1]


def find_kind(kind):
    """The Kind of that name. Raises ValueError, which lists the known ones."""
    if kind not in LAYERS:
        raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(map(repr, LAYERS))}")
    return LAYERS[kind]


def _turned(xs, lengths, direction):
    """The input of direction 0 or 1: the sequences as they are, or each one reversed within its length."""
    if direction == 0:
        return xs
    return np.ascontiguousarray(xs[::-1]) if lengths is None else reverse_padded(xs, lengths)


def _fit(states0, network):
    """Whether there is a tuple of states for each layer, with one state for each of its directions."""
    return len(states0) == len(network) and all(
        isinstance(starts, tuple) and len(starts) == len(directions)
        for starts, directions in zip(states0, network, strict=True)
    )


def _named_states(kind, name, state):
    """The state's arrays with the names of their axes, by their names in messages."""
    if state is None:
        return {}
    if kind != "lstm":
        return {name: (state, "B H")}
    if not isinstance(state, tuple) or len(state) != 2:
        raise ValueError(f"{name} is a {type(state).__name__}, but for an LSTM should be a pair of arrays (h, c)")
    return {f"{name}[{k}]": (part, "B H") for k, part in enumerate(state)}


def _check_one_type(named):
    (first, (array, _)), *others = named.items()
    wanted = array.dtype
    if wanted not in DTYPES:
        raise ValueError(f"{first} holds {wanted}, but should hold float32 or float64")
    for name, (array, _) in others:
        if array.dtype != wanted:
            raise ValueError(f"{name} holds {array.dtype}, but {first} holds {wanted}: all should hold the same")
