"""A language model of characters: an embedding, recurrent layers, and a score for each character. Lesson 13."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_floats, check_ids, check_size
from gru_ref.language import streams
from gru_ref.layers import init_network, network_backward, network_forward
from gru_ref.losses import softmax_cross_entropy
from gru_ref.trees import astype, leaves

NATS_PER_BIT = float(np.log(2))
TAUGHT_IN = {"*": None}  # the model, of which no exercise of lesson 13 asks anything


class LanguageModel(NamedTuple):
    """Parameters of a language model: a tree, as is its gradient.

    embedding (V, E): row k is what the network reads for character k; network: list as `init_network` draws it;
    W (V, H), b (V,): the score of each character that may come next is W h + b.
    """

    embedding: ndarray
    network: list
    W: ndarray
    b: ndarray


class Chunk(NamedTuple):
    """T characters of B streams, the characters after them, and whether the streams begin here. All (T, B) but the last."""

    inputs: ndarray
    targets: ndarray
    first: bool


def init_language_model(kind, V, E, H, rng, layers=1, dtype=np.float64):
    """Draw a language model: the embedding normal, of standard deviation 1, all else uniform in ±1/√H, as PyTorch does.

    Parameters
    ----------
    kind : "rnn", "gru", "gru_reset_before" or "lstm"
    V, E, H : int, number of characters, size of an embedding and of the state
    rng : numpy.random.Generator
    layers : int
    dtype : np.float64 or np.float32

    Returns
    -------
    p : LanguageModel

    Raises
    ------
    ValueError
        If the kind is unknown, or a size or the number of layers is not an integer of at least 1.
    """
    for name, size in (("V", V), ("E", E)):
        check_size(name, size)
    network = init_network(kind, E, H, rng, layers)
    root = np.sqrt(H)
    bound = 1 / root
    return astype(
        LanguageModel(
            rng.normal(0, 1, (V, E)), network, rng.uniform(-bound, bound, (V, H)), rng.uniform(-bound, bound, V)
        ),
        dtype,
    )


def language_forward(p, ids, states=None, kind="gru"):
    """Read characters, and score at each step which one comes next.

    Parameters
    ----------
    p : LanguageModel
    ids : (T, B) array of integers from 0 to V − 1
    states : as they were returned for the characters before; None at the start of a text
    kind : the recurrent layers' kind, as for `init_language_model`

    Returns
    -------
    logits : (T, B, V) array
    states : for the characters after these

    Raises
    ------
    ValueError
        If p is not a LanguageModel, ids are no characters, or a shape or type does not fit the others.
    """
    hs, states, _ = _read(p, ids, states, kind)
    return hs @ p.W.T + p.b, states


def language_loss_and_grads(p, chunk, states=None, kind="gru"):
    """The loss of a language model on a chunk, its gradient, and the states after it: for ``train(…, carry=True)``.

    The gradient is that of this chunk alone: the states that it begins with are taken for constants (truncated
    backpropagation through time).

    Parameters
    ----------
    p : LanguageModel
    chunk : Chunk
    states, kind : as in `language_forward`

    Returns
    -------
    loss : float, nats for a character
    grads : LanguageModel
    states : as in `language_forward`

    Raises
    ------
    ValueError
        As `language_forward`, or if targets are no characters.

    Source: chain rule; the gradient of an embedding's row is the sum over all places at which its character was read.
    """
    hs, states, tape = _read(p, chunk.inputs, states, kind, "inputs")
    loss, dlogits = softmax_cross_entropy(hs @ p.W.T + p.b, chunk.targets)
    dxs, network = network_backward(dlogits @ p.W, tape)
    V, H = p.W.shape
    flat = dlogits.reshape(-1, V)
    # One-hot times a matrix is faster than np.add.at, which adds one row after the other.
    read = (np.arange(V)[:, None] == chunk.inputs.ravel()).astype(dxs.dtype)
    embedding = read @ dxs.reshape(-1, dxs.shape[-1])
    return loss, LanguageModel(embedding, network, flat.T @ hs.reshape(-1, H), flat.sum(axis=0)), states


def language_chunks(ids, T, B):
    """Chunks of a text without end: after the last one it begins again, which the chunk's `first` says.

    Parameters
    ----------
    ids, T, B : as for `streams`

    Returns
    -------
    next_chunk : function without arguments that returns a Chunk, for `train`

    Raises
    ------
    ValueError
        As `streams`.
    """
    inputs, targets = streams(ids, T, B)

    def chunks():
        while True:
            for k in range(len(inputs)):
                yield Chunk(inputs[k], targets[k], k == 0)

    return chunks().__next__


def language_bits(p, ids, kind="gru", T=100, B=16, carry=True):
    """Bits per character of a language model on a text.

    Parameters
    ----------
    p : LanguageModel
    ids : (N,) array of integers
    kind : as in `language_forward`
    T : int, characters in a chunk. With carried states it only decides how much memory is needed
    B : int, the text is read in so many streams at once, each from states of zero; up to B characters at its end are not read
    carry : bool; if not, each chunk begins with states of zero

    Returns
    -------
    bits : float

    Raises
    ------
    ValueError
        If ids is not a vector of more than B integers from 0 to V − 1, a size is not an integer of at least 1, or as
        `language_forward`.
    """
    check_ids("ids", ids, "N")
    check_size("T", T)
    check_size("B", B)
    places = len(ids) - 1
    L = places // B
    if L == 0:
        raise ValueError(f"ids holds {len(ids)} characters, but should hold more than B, which is {B}")
    inputs, targets = (part[: B * L].reshape(B, L).T for part in (ids, ids[1:]))
    nats, states = 0.0, None
    for t in range(0, L, T):
        logits, states = language_forward(p, inputs[t : t + T], states if carry else None, kind)
        nats += softmax_cross_entropy(logits, targets[t : t + T])[0] * len(logits)
    return float(nats / L / NATS_PER_BIT)


def bits_by_known(p, ids, known, kind="gru", history=160, N=500, seed=0):
    """Bits for a character where only the last k characters before it stand in their order.

    A window of `history` characters comes before each of N places of the text. All but the last k of a window are
    shuffled: the model still sees which characters they are, but no words.

    Parameters
    ----------
    p : LanguageModel
    ids : (M,) array of integers, M above `history`
    known : sequence of ints from 0 to `history`, the numbers k
    kind : as in `language_forward`
    history : int, characters before each place
    N : int, places; the same for each k
    seed : int, which places, and how windows are shuffled

    Returns
    -------
    bits : (len(known), N) array, of each place

    Raises
    ------
    ValueError
        If ids is too short, or a k is out of range; or as `language_forward`.
    """
    check_ids("ids", ids, "N")
    check_size("history", history)
    check_size("N", N)
    if len(ids) <= history:
        raise ValueError(f"ids holds {len(ids)} characters, but should hold more than history, which is {history}")
    if min(known) < 0 or max(known) > history:
        raise ValueError(f"known is {list(known)}, but each should be from 0 to {history}, the history")
    rng = np.random.default_rng(seed)
    places = rng.integers(history, len(ids), N)
    windows = np.stack([ids[place - history : place] for place in places])
    bits = []
    for k in known:
        older, last = np.split(windows, [history - k], axis=1)
        window = np.concatenate([rng.permuted(older, axis=1), last], axis=1)
        logits, _ = language_forward(p, window.T, None, kind)
        nats = np.logaddexp.reduce(logits[-1], axis=1) - logits[-1, np.arange(N), ids[places]]
        bits.append(nats / NATS_PER_BIT)
    return np.array(bits)


def language_step(p, kind="gru"):
    """A function for `sample`: ``step(character, states)`` → (logits (V,), states), states None before the first."""

    def step(character, states):
        logits, states = language_forward(p, np.array([[character]]), states, kind)
        return logits[0, 0], states

    return step


def _read(p, ids, states, kind, name="ids"):
    """The last layer's hs (T, B, H), the states after them, and the tape of the backward pass."""
    if not isinstance(p, LanguageModel):
        raise ValueError(f"p is a {type(p).__name__}, but should be a LanguageModel(embedding, network, W, b)")
    V = check_arrays(**{"p.embedding": (p.embedding, "V E"), "p.W": (p.W, "V H"), "p.b": (p.b, "V")})["V"]
    check_ids(name, ids, "T B", V)
    for part in ("W", "b"):
        if getattr(p, part).dtype != p.embedding.dtype:
            raise ValueError(
                f"p.{part} holds {getattr(p, part).dtype}, but p.embedding holds {p.embedding.dtype}: "
                "all should hold the same"
            )
    _check_states(states, ids.shape[1])
    hs, states, tape = network_forward(kind, p.embedding[ids], p.network, None, states)
    check_arrays(hs=(hs, "T B H"), **{"p.W": (p.W, "V H")})
    return hs, states, tape


def _check_states(states, B):
    """Raise ValueError if states hold an array that is none of B states."""
    for k, state in enumerate(leaves(states) if states is not None else ()):
        check_floats(f"states, array {k},", state)
        if state.ndim != 2 or state.shape[0] != B:
            raise ValueError(
                f"states, array {k}, has shape {state.shape}, but should be ({B}, H), one row for each stream"
            )
