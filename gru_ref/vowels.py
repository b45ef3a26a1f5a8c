"""Japanese vowels: real speech of nine speakers, read from the package sktime's files without importing it. Lesson 16.

sktime is not among the course's requirements: for these two files of 1.1 MB it would bring along pandas, and forbid newer
versions of NumPy and scikit-learn. ``pip install -e ".[vowels]"`` installs it.
"""

import hashlib
import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

TAUGHT_IN = {"*": None}  # data

PACKAGE, TESTED = "sktime", "1.2.0"
SHA_256 = {
    "JapaneseVowels_TRAIN.ts": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "JapaneseVowels_TEST.ts": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}
SPEAKERS, COEFFICIENTS = 9, 12
WAY_OUT = f"pip install {PACKAGE}=={TESTED} installs what was tested"


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
    found = importlib.util.find_spec(PACKAGE)  # which does not import it
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the package {PACKAGE}, which holds the Japanese vowels, is not installed: pip install {PACKAGE}=={TESTED}",
            name=PACKAGE,
        )
    folder = Path(found.submodule_search_locations[0], "datasets", "data", "JapaneseVowels")
    return tuple(read_vowels(folder / name, tested_only) for name in SHA_256)


def read_vowels(path, tested_only=True):
    """Read Vowels from a file of the form .ts; parameters and errors are those of `japanese_vowels`."""
    if not path.is_file():
        raise ValueError(f"{path} is missing, but should hold Japanese vowels: {WAY_OUT}")
    data = path.read_bytes().replace(b"\r\n", b"\n")
    digest = hashlib.sha256(data).hexdigest()
    if tested_only and digest != SHA_256.get(path.name):
        raise ValueError(
            f"{path} has {len(data):,} bytes and the SHA-256 {digest[:12]}…, but was tested with "
            f"{SHA_256.get(path.name, 'another name')[:12]}…: {WAY_OUT}; japanese_vowels(tested_only=False) reads it as it is"
        )
    xs, speakers, in_data = [], [], False
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        if in_data and line.strip():
            x, speaker = _read_line(path, number, line)
            xs.append(x)
            speakers.append(speaker)
        in_data = in_data or line.strip().lower() == "@data"
    if not xs:
        raise ValueError(f"{path} holds no utterance after a line @data, but should hold at least one: {WAY_OUT}")
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
            f"their numbers, and a speaker from 1 to {SPEAKERS}, with colons between them: {WAY_OUT}"
        )
    return x, k
