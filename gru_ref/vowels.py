"""Japanese vowels: real speech of nine speakers, read from the package sktime's files without importing it. Lesson 16.

sktime is not among the course's requirements: for these two files of 1.1 MB it would bring along pandas, and forbid newer
versions of NumPy and scikit-learn. ``pip install -e ".[vowels]"`` installs it.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # data

SKTIME = Packaged("sktime", "1.2.0", "the Japanese vowels", "japanese_vowels")
TRAINING = ("JapaneseVowels_TRAIN.ts", 487_971, "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd")
TEST = ("JapaneseVowels_TEST.ts", 649_132, "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462")
SPEAKERS, COEFFICIENTS = 9, 12


class Vowels(NamedTuple):
    """Utterances: xs, list of N (T, 12) arrays, cepstral coefficients by frame; speakers (N,) integers from 0 to 8."""

    xs: list
    speakers: ndarray


def japanese_vowels(tested_only=True):
    """Read the utterances of two Japanese vowels, one after the other, by nine male speakers.

    Parameters
    ----------
    tested_only : bool; False accepts other versions of the files than those that the course was tested with

    Returns
    -------
    training, test : Vowels; 270 utterances, 30 of each speaker, and 370, between 24 and 88 of each, spoken on other occasions

    Raises
    ------
    ModuleNotFoundError
        If the package sktime is not installed.
    ValueError
        If a file is missing, has changed, or cannot be read.

    Source: M. Kudo, J. Toyama and M. Shimbo (1999), "Multidimensional curve classification using passing-through regions",
    Pattern Recognition Letters 20; UCI Machine Learning Repository, which asks for the donors' permission for commercial use;
    package sktime 1.2.0, BSD licence.
    """
    folder = SKTIME.folder() / "datasets" / "data" / "JapaneseVowels"
    return tuple(read_vowels(folder / name, size, sha256, tested_only) for name, size, sha256 in (TRAINING, TEST))


def read_vowels(path, size, sha256, tested_only=True):
    """Read Vowels from a file of the form .ts; size and sha256 are those of `Packaged.read`, errors of `japanese_vowels`."""
    data = SKTIME.read(path, size, sha256, tested_only)
    xs, speakers, in_data = [], [], False
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        if in_data and line.strip():
            x, speaker = _read_line(path, number, line)
            xs.append(x)
            speakers.append(speaker)
        in_data = in_data or line.strip().lower() == "@data"
    if not xs:
        raise ValueError(
            f"{path} holds no utterance after a line @data, but should hold at least one: {SKTIME.way_out}"
        )
    return Vowels(xs, np.array(speakers))


def _read_line(path, number, line):
    """Twelve series parted by colons, and the speaker, from 1 to 9."""
    *series, speaker = line.split(":")
    try:
        x = np.array([[float(value) for value in one.split(",")] for one in series]).T
        k = int(speaker) - 1
    except ValueError:
        x, k = np.empty(0), -1
    if x.ndim != 2 or x.shape[1] != COEFFICIENTS or not np.isfinite(x).all() or not 0 <= k < SPEAKERS:
        raise ValueError(
            f"{path}: line {number} is {line[:40]!r}…, but should be {COEFFICIENTS} series of equal length, with commas between "
            f"their numbers, and a speaker from 1 to {SPEAKERS}, with colons between them: {SKTIME.way_out}"
        )
    return x, k
