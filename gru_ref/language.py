"""What a language model of characters needs: streams of chunks, bits per character, and sampling. Lesson 13."""

import numpy as np

from gru_ref.checks import check_ids, check_size
from gru_ref.losses import softmax_cross_entropy

TAUGHT_IN = {"*": 13}  # the exercises of lesson 13


def streams(ids, T, B):
    """Cut a text into B streams, and these into chunks of T characters that are read one after the other.

    Each stream has L = (N − 1) // B characters, and stream b begins at character b L. Chunk k holds the characters k T to
    (k + 1) T − 1 of each stream, so that it goes on where chunk k − 1 ended. The target of a character is the one after it.

    Parameters
    ----------
    ids : (N,) array of integers, a text's characters
    T : int, characters in a chunk
    B : int, streams

    Returns
    -------
    inputs : (K, T, B) array, K = L // T chunks; what is left over at the end of a stream is dropped
    targets : (K, T, B) array, each the character after its input

    Raises
    ------
    ValueError
        If ids is not a vector of integers, a size is not an integer of at least 1, or the text is too short for a chunk.
    """
    check_ids("ids", ids, "N")
    check_size("T", T)
    check_size("B", B)
    L = (len(ids) - 1) // B
    K = L // T
    if K == 0:
        raise ValueError(f"ids holds {len(ids)} characters, but a chunk of {T} in {B} streams needs {T * B + 1}")
    inputs, targets = (part[: B * L].reshape(B, L)[:, : K * T] for part in (ids, ids[1:]))
    return tuple(part.reshape(B, K, T).transpose(1, 2, 0).copy() for part in (inputs, targets))


def bits_per_character(logits, targets):
    """Mean number of bits for a character: −log₂ of the probability that the model gave to what came.

    Parameters
    ----------
    logits : (N, V) or (T, B, V) array, scores before any softmax, of any size: nothing overflows
    targets : (N,) or (T, B) array of integers from 0 to V − 1, the characters that came

    Returns
    -------
    bits : float, at least 0; log₂ V for a model that finds all characters equally likely

    Raises
    ------
    ValueError
        If shapes do not fit, logits are not finite floats, or targets are no characters.

    Source: Shannon (1951), "Prediction and Entropy of Printed English".
    """
    return softmax_cross_entropy(logits, targets)[0] / float(np.log(2))


def sample(step, h, first, n, temperature, rng):
    """Let a model write: draw a character, give it to the model, and so on.

    Parameters
    ----------
    step : function of (character, h) that returns (logits (V,), h after it)
    h : whatever step takes, the state before the first character
    first : int, the character to begin with
    n : int, how many characters to draw
    temperature : float of at least 0; characters are drawn from softmax(logits / temperature). At 0 the most likely one is
        taken
    rng : numpy.random.Generator

    Returns
    -------
    drawn : list of n ints, without the first

    Raises
    ------
    ValueError
        If n is not an integer of at least 1, or the temperature is not a finite number of at least 0.
    """
    check_size("n", n)
    if isinstance(temperature, bool) or not np.isfinite(temperature) or temperature < 0:
        raise ValueError(f"temperature is {temperature!r}, but should be a finite number of at least 0")
    drawn, character = [], int(first)
    for _ in range(n):
        logits, h = step(character, h)
        if temperature == 0:
            character = int(np.argmax(logits))
        else:
            weights = np.exp((logits - logits.max()) / temperature)
            character = int(rng.choice(len(weights), p=weights / weights.sum()))
        drawn.append(character)
    return drawn
