"""English words that people have rated: the lexicon of VADER. Introduced in lesson 14."""

import ast
import hashlib
import importlib.metadata
import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

TAUGHT_IN = {"*": None}  # reads data

PACKAGE, TESTED = "vaderSentiment", "3.3.2"
_NAME, _SIZE = "vader_lexicon.txt", 434_304  # bytes
_SHA256 = "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5"
_LETTERS = re.compile(r"[a-z]+")
RATERS = 10


class RatedWords(NamedTuple):
    """Words, each rated by ten people.

    words: list of N str, in the file's order; ratings (N, 10) integers from −4, very negative, to 4, very positive; the
    columns are not the same ten people for all words; source: str that says where the words come from.
    """

    words: list
    ratings: ndarray
    source: str


def vader_words(tested_only=True):
    """Read the words of letters alone in VADER's lexicon, with the ratings of ten people each.

    Parameters
    ----------
    tested_only : bool; False accepts another version of the file than the one that the course was tested with

    Returns
    -------
    words : RatedWords, 7,209 of them in the version that was tested. Of a word that stands there twice, the last counts.

    Raises
    ------
    ModuleNotFoundError
        If the package vaderSentiment is not installed.
    ValueError
        If its data has changed: another size or SHA-256 than was tested, or lines that cannot be read.

    Source: C.J. Hutto and E.E. Gilbert (2014), "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
    Media Text", ICWSM; package vaderSentiment 3.3.2, MIT licence. The lexicon leaves out words whose mean rating is 0, and
    those about which the raters disagreed much.
    """
    found = importlib.util.find_spec(PACKAGE)  # which does not import it: that would take in `requests`
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the package {PACKAGE}, which holds the rated words, is not installed: pip install {PACKAGE}=={TESTED}"
        )
    return read_rated(Path(found.submodule_search_locations[0], _NAME), tested_only)


def read_rated(path, tested_only=True):
    """Read RatedWords from a file such as VADER's lexicon; parameters and errors are those of `vader_words`."""
    way_out = f"pip install {PACKAGE}=={TESTED} installs what was tested"
    if not path.is_file():
        raise ValueError(f"{path} is missing, but should hold the rated words: {way_out}")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if tested_only and digest != _SHA256:
        raise ValueError(
            f"{path} has {len(data):,} bytes and the SHA-256 {digest[:12]}…, but was tested with {_SIZE:,} and "
            f"{_SHA256[:12]}…: {way_out}; vader_words(tested_only=False) reads it as it is, and other numbers will come out"
        )
    rated = {}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        word, ratings = _read_line(path, number, line)
        if _LETTERS.fullmatch(word):
            rated.pop(word, None)
            rated[word] = ratings
    if not rated:
        raise ValueError(f"{path} holds no word of letters alone: {way_out}")
    return RatedWords(list(rated), np.array(list(rated.values())), f"{PACKAGE} {_version()}, {path.name}")


def _read_line(path, number, line):
    """A line is a word, its mean rating, their standard deviation, and the ten ratings, with tabs between them."""
    try:
        word, _, _, ratings = line.split("\t")
        ratings = ast.literal_eval(ratings.strip())
        fits = len(ratings) == RATERS and all(type(r) is int for r in ratings)
    except (ValueError, SyntaxError, TypeError):
        fits = False
    if not fits:
        raise ValueError(
            f"{path}: line {number} is {line[:60]!r}, but should be a word, two numbers and a list of {RATERS} integers, "
            f"with tabs between them: pip install {PACKAGE}=={TESTED} installs what was tested"
        )
    return word, ratings


def _version():
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
