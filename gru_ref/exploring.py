"""Read a text that somebody types, or a chorale, watch the gates, and change one of them. Introduced in lesson 19."""

import re
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.special import expit, log_softmax

from gru_ref.inside import ablate
from gru_ref.traces import Traces, gate_traces
from gru_ref.trained import trained_language_model

TAUGHT_IN = {"*": 19}  # it uses the exercises of lesson 19

LONGEST = 200  # characters: more cannot be read in a picture
SHOWN = 5  # likely characters
FRAMES = 64  # of a chorale, as many as can be read in a picture


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


class ChoraleReading(NamedTuple):
    """What a network made of the T first frames of a chorale, a quarter note each.

    name: str; roll (T, 88), of 0.0 and 1.0, what sounds; expected (T, 88), the probability of each key in each frame, given the
    frames before it; traces: Traces of (T, H) arrays, of the steps from which they are expected; bits (T,), of each frame.
    """

    name: str
    roll: ndarray
    expected: ndarray
    traces: Traces
    bits: ndarray


def read_chorale(number, gate=None, value=None, units=None):
    """Let lesson 17's trained network read a chorale whose tune it never met, with one of its gates fixed or none.

    Parameters
    ----------
    number : int, which of the chorales that were held out, from 0 on
    gate : None, "r" or "z"
    value : number from 0 to 1, what the gate is fixed at
    units : sequence of integers from 0 to 99, whose gate is fixed; all if None

    Returns
    -------
    reading : ChoraleReading of the first 64 frames, or fewer if there are no more

    Raises
    ------
    ValueError
        If there is no such chorale, or as `ablate`. The message tells somebody who typed it what to do.
    """
    # Late: these import torch, which takes a second or two.
    from gru_ref.chorales import bach_folder, read_score
    from gru_ref.music import piano_roll
    from gru_ref.music_models import QUARTER, trained_chorale_model
    from gru_ref.torch_models import to_params

    model, note = trained_chorale_model()
    names = note["test_names"]
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 0 <= number < len(names):
        raise ValueError(f"There is no chorale {number!r}: choose a number from 0 to {len(names) - 1}")
    p = to_params(model.layer)
    if gate is not None:
        p = ablate(p, gate, value, units=units)
    roll = piano_roll(read_score(bach_folder() / f"{names[number]}.mxl"), QUARTER)[:FRAMES]
    heard = np.concatenate([np.zeros_like(roll[:1]), roll[:-1]])  # a piece begins with silence
    run = gate_traces(heard[:, None].astype(p.b_ir.dtype), p)
    traces = Traces(*(part[:, 0].astype(np.float64) for part in run))
    W, b = (part.detach().double().numpy() for part in (model.out.weight, model.out.bias))
    logits = traces.hs @ W.T + b
    bits = (np.logaddexp(0, logits) - roll * logits).sum(axis=1) / np.log(2)
    return ChoraleReading(names[number], roll, expit(logits), traces, bits)


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
    if not isinstance(typed, str) or not re.fullmatch(r"\s*\d+(-\d+)?([\s,]+\d+(-\d+)?)*[\s,]*", typed, re.ASCII):
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
