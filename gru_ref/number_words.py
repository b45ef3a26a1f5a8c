"""Numbers in words, French and English: the sentences that lesson 15 translates."""

import hashlib
import re
from typing import NamedTuple

import numpy as np

from gru_ref.checks import check_integers, check_size
from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # data

NUM2WORDS = Packaged("num2words", "0.5.14", "numbers in words", "number_pairs")
MOST_WORDS = 8  # of a French number that is trained on
LARGEST = 999_999
MOST_DRAWN = 100_000
_SAMPLE = (*range(0, 101), 180, 200, 201, 999, 1000, 1001, 1100, 71_000, 80_000, 80_080, 200_000, 700_071, LARGEST)
_SHA256 = "4ef4ae10d7651c21b53f7dd50191d152ac27deeb289cfc2cae29806c7ce0e975"


def number_pairs(numbers, tested_only=True):
    """Numbers as pairs of sentences: in French, and in English.

    Parameters
    ----------
    numbers : (N,) array of integers from 0 to 999,999
    tested_only : bool; False accepts other words than those that the course was tested with

    Returns
    -------
    french, english : two lists of N sentences, each a list of words: 81 is ``["quatre", "vingt", "un"]`` and ``["eighty",
        "one"]``. Hyphens and commas are left out.

    Raises
    ------
    ModuleNotFoundError
        If the package num2words is not installed.
    ValueError
        If numbers is not such an array, or the package writes some of them otherwise than the tested version did.

    Source: package num2words 0.5.14, LGPL, languages ``fr`` and ``en``. Its ``fr_BE`` and ``fr_CH`` are not used: they write
    "deux cents un", for instance.
    """
    if isinstance(numbers, np.ndarray) and numbers.size and not np.issubdtype(numbers.dtype, np.integer):
        outside = numbers.ravel()  # no dtype's name tells what is wrong with "twelve" or None
    else:
        check_integers("numbers", numbers, "N", None)
        outside = numbers[(numbers < 0) | (numbers > LARGEST)]
    if outside.size:
        raise ValueError(f"numbers holds {outside.tolist()[0]!r}, but should hold integers from 0 to {LARGEST:,}")
    try:
        from num2words import num2words
    except ModuleNotFoundError:
        raise NUM2WORDS.missing() from None

    def written(number, language):
        return re.findall(r"\w+", num2words(int(number), lang=language))

    if tested_only:
        said = " ".join(word for number in _SAMPLE for lang in ("fr", "en") for word in written(number, lang))
        if hashlib.sha256(said.encode()).hexdigest() != _SHA256:
            raise ValueError(
                f"{NUM2WORDS.source} writes some numbers otherwise than version {NUM2WORDS.tested}, which was tested: "
                f"{NUM2WORDS.install}; number_pairs(numbers, tested_only=False) takes them as they are"
            )
    return tuple([written(number, language) for number in numbers] for language in ("fr", "en"))


class Pairs(NamedTuple):
    """N sentences and their translations: sources and targets, two lists of N lists of str."""

    sources: list
    targets: list


class NumberTask(NamedTuple):
    """Three sets of Pairs, French and English, without a number in common: to train on; to test on; and longer ones."""

    training: Pairs
    held_out: Pairs
    longer: Pairs


def draw_numbers(count, rng):
    """Draw different numbers from 0 to 999,999, of one digit to six, each number of digits equally likely while it lasts.

    Parameters
    ----------
    count : int, at most 100,000
    rng : numpy.random.Generator

    Returns
    -------
    numbers : (count,) array of int64

    Raises
    ------
    ValueError
        If count is not an integer from 1 to 100,000.
    """
    check_size("count", count)
    if count > MOST_DRAWN:
        raise ValueError(f"count is {count}, but should be at most {MOST_DRAWN:,}")
    numbers = np.empty(0, np.int64)
    while len(numbers) < count:
        digits = rng.integers(1, 7, count)
        drawn = np.concatenate([numbers, rng.integers(np.where(digits == 1, 0, 10 ** (digits - 1)), 10**digits)])
        numbers = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return numbers[:count]


def number_task(rng, training=3000, held_out=600, longer=600):
    """Draw numbers, and split them by how many words they have in French: up to 8, or more.

    Parameters
    ----------
    rng : numpy.random.Generator
    training, held_out, longer : int, how many pairs of each; the first two have up to 8 French words, the third more

    Returns
    -------
    task : NumberTask

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1, or there are not that many numbers for it; also as `number_pairs`.
    ModuleNotFoundError
        As `number_pairs`.
    """
    for name, size in (("training", training), ("held_out", held_out), ("longer", longer)):
        check_size(name, size)
    count = int(max(1.4 * (training + held_out), 6 * longer)) + 200  # about a quarter of all are longer
    if count > MOST_DRAWN:
        raise ValueError(
            f"training, held_out and longer are {training:,}, {held_out:,} and {longer:,}: {count:,} numbers would have to be "
            f"drawn, but {MOST_DRAWN:,} is the most. Take fewer pairs"
        )
    pairs = number_pairs(draw_numbers(count, rng))
    long = np.array([len(source) > MOST_WORDS for source in pairs[0]])
    where = np.flatnonzero(~long), np.flatnonzero(long)
    if len(where[0]) < training + held_out or len(where[1]) < longer:
        raise ValueError(
            f"of {count:,} numbers that were drawn, {len(where[0]):,} have up to {MOST_WORDS} French words and "
            f"{len(where[1]):,} have more, but training and held_out need {training + held_out:,}, and longer {longer:,}. "
            "Take fewer pairs: there are few short numbers, and the more are drawn, the more of them are long"
        )
    parts = where[0][:training], where[0][training:][:held_out], where[1][:longer]
    return NumberTask(*(Pairs(*([side[i] for i in part] for side in pairs)) for part in parts))
