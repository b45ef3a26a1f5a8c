"""Words become numbers: a vocabulary, and padded batches of word numbers. Lesson 14."""

from collections import Counter

import numpy as np

from gru_ref.checks import check_listed, check_size

TAUGHT_IN = {
    "*": 14,  # texts become batches
    "spelled": None,  # a helper that lesson 14 gives away itself
}

PAD, UNKNOWN = 0, 1  # numbers that belong to no word


def vocabulary(texts, min_count):
    """Number the words of some texts, the most frequent first.

    Parameters
    ----------
    texts : list of str, at least one; a word is what `str.split` gives
    min_count : int, how often a word must occur to get a number of its own

    Returns
    -------
    ids : dict from word to number, from 2 on: 0 is the padding, 1 stands for every word that is not in it

    Raises
    ------
    ValueError
        If texts is not a list of str with a word in each, or min_count is not an integer of at least 1.
    """
    _check_texts(texts)
    check_size("min_count", min_count)
    counts = Counter(word for text in texts for word in text.split())
    kept = [word for word, count in counts.most_common() if count >= min_count]
    return {word: number for number, word in enumerate(kept, UNKNOWN + 1)}


def encode_batch(texts, ids):
    """Write texts as one padded batch of word numbers.

    Parameters
    ----------
    texts : list of B str, with a word in each
    ids : dict from word to number, as `vocabulary` returns it

    Returns
    -------
    batch : (T, B) array of int64, time first, T the most words of a text; 1 for a word that ids does not have, 0 behind
        each text's end
    lengths : (B,) array of int64, the words of each text

    Raises
    ------
    ValueError
        If texts is not a list of str with a word in each, or ids is not a dict.
    """
    _check_texts(texts)
    if not isinstance(ids, dict):
        raise ValueError(f"ids is a {type(ids).__name__}, but should be a dict from word to number")
    rows = [[ids.get(word, UNKNOWN) for word in text.split()] for text in texts]
    lengths = np.array([len(row) for row in rows], np.int64)
    batch = np.full((lengths.max(), len(rows)), PAD, np.int64)
    for b, row in enumerate(rows):
        batch[: len(row), b] = row
    return batch, lengths


def spelled(word):
    """A word as a text of its letters, so that letters can be numbered like words: ``"joy"`` → ``"j o y"``."""
    return " ".join(word)


def _check_texts(texts):
    check_listed("texts", texts, "text")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"texts[{i}] is a {type(text).__name__}, but should be a str")
        if not text.split():
            raise ValueError(f"texts[{i}] is {text!r}, but should hold at least one word")
