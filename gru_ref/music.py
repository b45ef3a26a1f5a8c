"""Music as a piano roll: which keys sound in each frame. Lesson 17."""

import math

import numpy as np

from gru_ref.checks import check_arrays, check_generator, check_size
from gru_ref.notes import KEYS, LOWEST, checked_notes

TAUGHT_IN = {"*": 17}


def piano_roll(parts, step):
    """Which keys of a piano are down at the beginning of each frame.

    Parameters
    ----------
    parts : list of voices, each a list of notes (start, length, pitch): start and length in sixteenths, pitch a MIDI number
    step : int, sixteenths from the beginning of a frame to that of the next: 4 for a frame per quarter note

    Returns
    -------
    roll : (T, 88) array of 0.0 and 1.0. Row t is what sounds at sixteenth t · step: notes with start ≤ t · step < start +
        length. Column k is the key with the MIDI number 21 + k; two voices on one key are one 1. T is as small as it can be
        while no note ends after sixteenth T · step

    Raises
    ------
    ValueError
        If step is not an integer of at least 1, a note's pitch is not an integer from 21 to 108, it starts before 0 or has a
        length of 0 or less, something is no note, or there is no note at all.
    """
    check_size("step", step)
    notes = checked_notes(parts)
    roll = np.zeros((math.ceil(max(start + length for start, length, _ in notes) / step), KEYS))
    for start, length, pitch in notes:
        roll[math.ceil(start / step) : math.ceil((start + length) / step), pitch - LOWEST] = 1.0
    return roll


def transpose(roll, semitones):
    """Move music up or down by semitones.

    Parameters
    ----------
    roll : (T, 88) array of 0.0 and 1.0
    semitones : int, how many keys to move to the right; negative to the left

    Returns
    -------
    moved : (T, 88) array, a new one

    Raises
    ------
    ValueError
        If a note would leave the keyboard, semitones is not an integer, or roll is no such array.
    """
    K = check_arrays(roll=(roll, "T K"))["K"]
    if isinstance(semitones, bool) or not isinstance(semitones, (int, np.integer)):
        raise ValueError(f"semitones is {semitones!r}, but should be an integer")
    low, high = max(semitones, 0), min(K + semitones, K)  # where what stays on the keyboard comes to lie
    moved = np.zeros_like(roll)
    if low < high:
        moved[:, low:high] = roll[:, low - semitones : high - semitones]
    if np.count_nonzero(moved) < np.count_nonzero(roll):
        keys = np.flatnonzero(roll.any(axis=0))
        raise ValueError(
            f"semitones is {semitones}, but the notes lie on the keys {keys[0]} to {keys[-1]} of 0 to {K - 1}: it should be from "
            f"{-keys[0]} to {K - 1 - keys[-1]}, or a note would leave the keyboard"
        )
    return moved


def frame_nll(logits, roll, mask):
    """Negative log likelihood of a frame, in nats: summed over its notes, averaged over the real frames of the batch.

    Each key is on with the probability σ(logit), independently of the others.

    Parameters
    ----------
    logits : (T, B, K) array, for each frame of each piece and each of K keys
    roll : (T, B, K) array of 0.0 and 1.0, the frames that really came
    mask : (T, B) array, 1.0 where there is a frame and 0.0 in the padding; what stands in the padding has no influence

    Returns
    -------
    nll : float, nats per frame

    Raises
    ------
    ValueError
        If the shapes do not fit, an array does not hold finite floats, roll or mask holds other numbers than 0.0 and 1.0, or
        the mask has no 1.

    Source: Boulanger-Lewandowski, Bengio and Vincent (2012), ICML; −ln σ(a) = softplus(−a), which never overflows.
    """
    check_arrays(logits=(logits, "T B K"), roll=(roll, "T B K"), mask=(mask, "T B"))
    for name, array in (("roll", roll), ("mask", mask)):
        other = array[(array != 0) & (array != 1)]
        if other.size:
            raise ValueError(f"{name} holds {other[0]:.6g}, but should hold 0.0 and 1.0 alone")
    if not mask.any():
        raise ValueError(
            "mask holds no 1, but should mark at least one real frame: the mean of no frames is not defined"
        )
    nats = np.logaddexp(0, logits) - roll * logits  # −ln σ(a) where the key is on, −ln(1 − σ(a)) where it is off
    return float((nats.sum(axis=2) * mask).sum() / mask.sum())


def sample_frame(logits, temperature, rng):
    """Draw a frame: each key on or off, independently of the others.

    Parameters
    ----------
    logits : (K,) array
    temperature : float of at least 0; the probability of a key is σ(logit / temperature). At 0 a key is on if its logit is
        above 0, and nothing is drawn
    rng : numpy.random.Generator

    Returns
    -------
    frame : (K,) array of 0.0 and 1.0

    Raises
    ------
    ValueError
        If logits is no such array of finite floats, temperature is not a finite number of at least 0, or rng is no Generator.
    """
    K = check_arrays(logits=(logits, "K"))["K"]
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float, np.number)):
        raise ValueError(f"temperature is {temperature!r}, but should be a number of at least 0")
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature is {temperature!r}, but should be a finite number of at least 0")
    check_generator(rng)
    if temperature == 0:
        return (logits > 0).astype(float)
    with np.errstate(over="ignore"):  # e^1000 is infinite, and the probability 0, as it should be
        return (rng.random(K) < 1 / (1 + np.exp(-logits / temperature))).astype(float)
