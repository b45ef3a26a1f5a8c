"""Which of espeak-ng's voices are near copies of one another, by their files or by their sound. Lesson 16."""

from collections import Counter
from itertools import combinations

import numpy as np

from gru_ref.espeak import Request, speak, variants
from gru_ref.spoken import features_of
from gru_ref.warping import warping_distances

TAUGHT_IN = {"*": None}  # data

# No two files have between 67% and 69% of their settings in common, and no two voices a distance between 0.92 and 1.00. The
# median distance of a voice to itself, with its pitch raised from 50 to 60, is about 1.0.
SAME_LINES, SAME_SOUND = 0.68, 0.97
TEXT, SPEED, PITCH, LOUDNESS = "three one seven", 170, 50, 0.1
SILENT = ("name", "language", "gender")  # settings that change no sound


def families_of_voices(names):
    """The family of each voice: near copies, and near copies of near copies, are one family, whatever they are called.

    Two voices are near copies if `shared_lines` of their files is at least 0.68, or their distance in `sound_distances` is
    below 0.97. So ``en+Tweaky`` and ``en+Mr serious`` are one family, and ``en+f1`` and ``en+f3`` are two.

    Parameters
    ----------
    names : list of str, each of `voices`

    Returns
    -------
    families : list of str, the first voice in `names` of each one's family

    Raises
    ------
    ModuleNotFoundError, ValueError, RuntimeError
        As for `gru_ref.espeak.speak`.
    """
    distances, files = sound_distances(names), variants(tested_only=False)
    families = list(names)
    for i, j in combinations(range(len(names)), 2):
        lines = shared_lines(*(files.get(names[k], "") for k in (i, j)))  # "en" has no file
        if lines >= SAME_LINES or distances[i, j] < SAME_SOUND:
            families = [families[i] if family == families[j] else family for family in families]
    return families


def shared_lines(a, b):
    """The share of settings that two voices' files have in common, of those of the longer file: from 0 to 1.

    Comments do not count, nor do a voice's name, language and gender, which change no sound.
    """
    a, b = Counter(_settings(a)), Counter(_settings(b))
    return (a & b).total() / max(a.total(), b.total(), 1)


def sound_distances(names):
    """How different N voices sound when they say the same three digits, with the same speed, pitch and loudness.

    Returns
    -------
    distances : (N, N) array, symmetric: see `distances_to`
    """
    xs = [heard(wave) for wave in speak([Request(TEXT, name, SPEED, PITCH) for name in names])]
    distances = np.zeros((len(xs), len(xs)))
    for k in range(len(xs) - 1):
        distances[k, k + 1 :] = distances_to(xs[k], xs[k + 1 :])
    return distances + distances.T


def heard(wave):
    """The features (T, 48) of a clip, float64, whose loudness does not matter."""
    return features_of(LOUDNESS * wave / np.sqrt(np.mean(wave**2))).astype(np.float64)


def distances_to(x, others):
    """Dynamic time warping distances (N,) of features to N others, for each step of both clips."""
    return warping_distances(x, others) / (len(x) + np.array([len(other) for other in others]))


def _settings(text):
    lines = (" ".join(line.partition("//")[0].split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(SILENT)]
