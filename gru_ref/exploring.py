"""Read a text that somebody types, watch the gates, and change one of them. Introduced in lesson 19."""

import re
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.special import log_softmax

from gru_ref.inside import ablate
from gru_ref.traces import Traces, gate_traces
from gru_ref.trained import trained_language_model

TAUGHT_IN = {"*": 19}  # it uses the exercises of lesson 19

LONGEST = 200  # characters: more cannot be read in a picture
SHOWN = 5  # likely characters


class Reading(NamedTuple):
    """What a network made of a text of T characters.

    traces: Traces of (T, H) arrays; bits (T − 1,), of each character but the first, from the ones before it; likely: list of
    (character, probability), the likeliest that may come after the text; unknown: str, characters that the network does not know, each once.
    """

    traces: Traces
    bits: ndarray
    likely: list
    unknown: str


def read_typed(text, gate=None, value=None, units=None):
    """Let lesson 13's trained language model read a text, with one of its gates fixed or none.

    Parameters
    ----------
    text : str of 2 to 200 characters. What the network does not know is read as □
    gate : None, "r" or "z"
    value : number from 0 to 1, what the gate is fixed at
    units : sequence of integers from 0 to 127, whose gate is fixed; all if None

    Returns
    -------
    reading : Reading

    Raises
    ------
    ValueError
        If the text is empty, too short or too long, or as `ablate`. The message tells somebody who typed it what to do.
    """
    if not isinstance(text, str) or not text:
        raise ValueError("There is no text yet: type at least two characters")
    if len(text) < 2:
        raise ValueError("The text has one character, and the network predicts the next one: type at least two")
    if len(text) > LONGEST:
        raise ValueError(f"The text has {len(text)} characters, and at most {LONGEST} fit into the picture: shorten it")
    p, characters, _ = trained_language_model()
    ((cell,),) = p.network
    if gate is not None:
        cell = ablate(cell, gate, value, units=units)
    ids = characters.ids(text)
    run = gate_traces(p.embedding[ids][:, None], cell)
    traces = Traces(*(part[:, 0].astype(np.float64) for part in run))
    scores = log_softmax(traces.hs @ p.W.T + p.b, axis=1)
    bits = -scores[np.arange(len(ids) - 1), ids[1:]] / np.log(2)
    best = np.argsort(-scores[-1])[:SHOWN]
    likely = [(characters.symbols[k], float(np.exp(scores[-1, k]))) for k in best]
    unknown = "".join(dict.fromkeys(c for c in text if c not in characters.symbols[1:]))
    return Reading(traces, bits, likely, unknown)


def read_units(typed, H):
    """The units that somebody typed, such as "42, 7 10-12".

    Parameters
    ----------
    typed : str of integers from 0 to H − 1, or ranges of them, with commas or blanks between
    H : int, hidden units

    Returns
    -------
    units : list of at most 16 integers, each once, in the order typed

    Raises
    ------
    ValueError
        If it is something else. The message tells somebody who typed it what to do.
    """
    if not re.fullmatch(r"\s*\d+(-\d+)?([\s,]+\d+(-\d+)?)*[\s,]*", typed, re.ASCII):
        raise ValueError(f"{typed!r} is no list of units: type numbers such as 42, 7 or ranges such as 10-12")
    units = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", typed):
        low, high = int(first), int(last or first)
        if high >= H or low > high:
            raise ValueError(f"{first}{'-' * bool(last)}{last} names no units: they are numbered from 0 to {H - 1}")
        units += range(low, high + 1)
    units = list(dict.fromkeys(units))
    if len(units) > 16:
        raise ValueError(f"{len(units)} units are too many for the picture: name at most 16")
    return units
