"""Spoken digits: strings of digits by many voices, as log-mel features and labels, and splits by voice. Lesson 16."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.audio import frames, log_mel, mel_filters
from gru_ref.checks import check_arrays, check_size
from gru_ref.espeak import RATE, Request, speak

TAUGHT_IN = {"*": None}  # data

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BLANK = 10  # the class of CTC's blank, after the ten digits
SIZE, HOP, BANDS = 330, 220, 24  # frames of 30 ms, one every 20 ms
MERGED = 2  # frames that make one step of a network, so that it has half as many
INPUTS = MERGED * BANDS
SHORTEST, LONGEST = 2, 5  # digits
SPEEDS, PITCHES = (130, 240), (30, 70)
MOST_SILENCE = 0.3  # seconds, at either end of a clip
HISS = 1e-3  # of the quietest noise in a clip, its standard deviation: recordings are never silent


class Spoken(NamedTuple):
    """N clips of spoken digits: waves, list of (samples,) arrays; digits, list of lists of int; voices, list of str."""

    waves: list
    digits: list
    voices: list


class Features(NamedTuple):
    """A padded batch: xs (T, B, I), lengths (B,); targets (S, B), target_lengths (B,), all of them time first."""

    xs: ndarray
    lengths: ndarray
    targets: ndarray
    target_lengths: ndarray


def draw_spoken(n, voices, rng):
    """Let voices say random strings of 2 to 5 digits, each with a speed, a pitch, a loudness and a silence of its own.

    Parameters
    ----------
    n : int, clips
    voices : list of str, each equally likely
    rng : numpy.random.Generator

    Returns
    -------
    spoken : Spoken, at `gru_ref.espeak.RATE` samples per second

    Raises
    ------
    ModuleNotFoundError, ValueError, RuntimeError
        As for `gru_ref.espeak.speak`; and ValueError if n is not an integer of at least 1, or there is no voice.
    """
    check_size("n", n)
    if not voices:
        raise ValueError("voices is empty, but should hold at least one")
    digits = [rng.integers(0, 10, rng.integers(SHORTEST, LONGEST + 1)).tolist() for _ in range(n)]
    said = [voices[k] for k in rng.integers(0, len(voices), n)]
    requests = [
        Request(" ".join(WORDS[d] for d in some), voice, int(rng.integers(*SPEEDS)), int(rng.integers(*PITCHES)))
        for some, voice in zip(digits, said, strict=True)
    ]
    return Spoken([_recorded(wave, rng) for wave in speak(requests)], digits, said)


def _recorded(wave, rng):
    """A clip as if from a microphone: silence before and after it, another loudness, a little noise."""
    before, after = rng.integers(0, round(MOST_SILENCE * RATE), 2)
    loud = rng.uniform(0.3, 1.0) * np.pad(wave, (before, after))
    return loud + rng.normal(0, HISS, len(loud))


def with_noise(wave, decibels, rng):
    """Add white noise.

    Parameters
    ----------
    wave : (N,) array
    decibels : float, how far the mean power of the whole wave lies above that of the noise: 0 is as loud as the voice
    rng : numpy.random.Generator

    Returns
    -------
    noisy : (N,) array

    Raises
    ------
    ValueError
        If wave is not an (N,) array of finite floats, or decibels is not a finite number.
    """
    check_arrays(wave=(wave, "N"))
    if isinstance(decibels, (bool, str)) or not (np.isscalar(decibels) and np.isfinite(decibels)):
        raise ValueError(f"decibels is {decibels!r}, but should be a finite number")
    return wave + rng.normal(0, np.sqrt(np.mean(wave**2)) * 10 ** (-decibels / 20), len(wave))


def features_of(wave):
    """What the course's networks read of a wave at `gru_ref.espeak.RATE`: log-mel energies, scaled by two constants.

    The constants are the same for all clips, so that a network can also read a wave while it comes in. Two frames make one
    step, every 40 ms.

    Parameters
    ----------
    wave : (N,) array of samples, at least two frames, which is 550

    Returns
    -------
    xs : (T, 48) array of float32; a last frame without a second one is left out

    Raises
    ------
    ValueError
        If wave is not an (N,) array of finite floats with at least 550 samples.
    """
    shortest = SIZE + (MERGED - 1) * HOP
    check_arrays(wave=(wave, "N"))
    if shortest > len(wave):
        raise ValueError(
            f"wave holds {len(wave)} samples, but should hold at least {shortest}, {shortest / RATE:.2f} s at {RATE} samples per "
            "second: two frames, which make one step"
        )
    energies = log_mel(frames(wave, SIZE, HOP), mel_filters(BANDS, SIZE, RATE))
    steps = energies[: len(energies) - len(energies) % MERGED].reshape(-1, INPUTS)
    return ((steps + 3) / 4).astype(np.float32)


def batch_of(waves, digits):
    """Features and labels of clips, padded to the longest.

    Parameters
    ----------
    waves : list of B (N,) arrays
    digits : list of B lists of int

    Returns
    -------
    batch : Features, zeros in the padding

    Raises
    ------
    ValueError
        If there is no wave, or one has fewer than 550 samples, or digits holds another number of lists than waves.
    """
    if not waves or len(waves) != len(digits):
        raise ValueError(
            f"waves holds {len(waves)} clips and digits {len(digits)} lists, but there should be as many of one as of the other, "
            "and at least 1"
        )
    xs = [features_of(wave) for wave in waves]
    lengths, target_lengths = np.array([len(x) for x in xs]), np.array([len(d) for d in digits])
    padded = np.zeros((lengths.max(), len(xs), INPUTS), np.float32)
    targets = np.zeros((max(target_lengths.max(), 1), len(xs)), np.int64)
    for b, (x, d) in enumerate(zip(xs, digits, strict=True)):
        padded[: len(x), b], targets[: len(d), b] = x, d
    return Features(padded, lengths, targets, target_lengths)
