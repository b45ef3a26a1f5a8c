"""Sentences as numbers, for a network that reads one and writes another. Introduced in lesson 15."""

import numpy as np

from gru_ref.checks import check_listed

TAUGHT_IN = {"*": None}  # data

PAD, START, END = 0, 1, 2  # numbers that belong to no token: padding, and the marks of a sentence's start and end


class Tokens:
    """The tokens of one language, numbered from 3 on in alphabetical order: 0 is padding, 1 the start mark, 2 the end mark.

    Parameters
    ----------
    sentences : list of sentences, each a list or tuple of str

    Raises
    ------
    ValueError
        If sentences is not such a list, or holds no token at all.
    """

    def __init__(self, sentences):
        _check_sentences(sentences)
        self.tokens = tuple(sorted({token for sentence in sentences for token in sentence}))
        if not self.tokens:
            raise ValueError("sentences holds no token at all, but should hold at least one")
        self.numbers = {token: number for number, token in enumerate(self.tokens, END + 1)}

    def __len__(self):
        """How many numbers there are, the padding and both marks counted."""
        return len(self.tokens) + END + 1

    def encode(self, sentences):
        """Write sentences as one padded batch of numbers, each closed by the end mark.

        Parameters
        ----------
        sentences : list of B sentences, each a list or tuple of str; a sentence may be empty

        Returns
        -------
        batch : (T, B) array of int64, time first; 0 behind each end mark
        lengths : (B,) array of int64, tokens of each sentence, its end mark counted

        Raises
        ------
        ValueError
            If sentences is not such a list, or has a token that is not known.
        """
        _check_sentences(sentences)
        unknown = {token for sentence in sentences for token in sentence} - self.numbers.keys()
        if unknown:
            raise ValueError(
                f"{min(unknown)!r} is not one of the {len(self.tokens)} known tokens: "
                f"{', '.join(self.tokens[:40])}{', …' if len(self.tokens) > 40 else ''}"
            )
        lengths = np.array([len(sentence) + 1 for sentence in sentences], np.int64)
        batch = np.full((lengths.max(), len(sentences)), PAD, np.int64)
        for b, sentence in enumerate(sentences):
            batch[: lengths[b], b] = [*(self.numbers[token] for token in sentence), END]
        return batch, lengths

    def decode(self, numbers):
        """The tokens of some numbers, a list of int; padding and marks are written as ``<pad>``, ``<start>``, ``<end>``.

        Raises a ValueError if a number belongs to nothing.
        """
        names = ("<pad>", "<start>", "<end>", *self.tokens)
        for number in numbers:
            if not isinstance(number, (int, np.integer)) or not 0 <= number < len(names):
                raise ValueError(f"{number!r} is no token's number: they are integers from 0 to {len(names) - 1}")
        return [names[number] for number in numbers]


def _check_sentences(sentences):
    check_listed("sentences", sentences, "sentence")
    for i, sentence in enumerate(sentences):
        if not isinstance(sentence, (list, tuple)) or not all(isinstance(token, str) for token in sentence):
            raise ValueError(f"sentences[{i}] is {sentence!r}, but should be a list of str, a token each")
