"""English words that people have rated: the lexicon of VADER. Introduced in lesson 14."""

import ast
import re
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # reads data

VADER = Packaged("vaderSentiment", "3.3.2", "the rated words", "vader_words")
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
    return read_rated(VADER.folder() / _NAME, tested_only)


def read_rated(path, tested_only=True):
    """Read RatedWords from a file such as VADER's lexicon; parameters and errors are those of `vader_words`."""
    data = VADER.read(path, _SIZE, _SHA256, tested_only)
    rated = {}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        word, ratings = _read_line(path, number, line)
        if _LETTERS.fullmatch(word):
            rated.pop(word, None)
            rated[word] = ratings
    if not rated:
        raise ValueError(f"{path} holds no word of letters alone: {VADER.way_out}")
    return RatedWords(list(rated), np.array(list(rated.values())), f"{VADER.source}, {_NAME}")


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
            f"with tabs between them: {VADER.way_out}"
        )
    return word, ratings
