"""A synthetic language of judgements, in which only the order of the words tells good from bad. Introduced in lesson 14.

    sentence: clause, "but" or "although", clause        clause: the NOUN was [not] [really] ADJECTIVE

Behind "but" stands what counts, and before "although". The two adjectives of a sentence always disagree, and "not" turns
one round. So exchanging the two adjectives changes the verdict, and not one word: every bag of words occurs with both
labels, equally often, and whoever looks at the bag alone is right in exactly half of all cases.
"""

import itertools
import re
from typing import NamedTuple

import numpy as np

from gru_ref.checks import check_size
from gru_ref.labelled import Labelled

TAUGHT_IN = {"*": None}  # made-up data

NOUNS = ("plot", "acting", "music", "ending", "dialogue")
GOOD = ("good", "great", "lovely", "clever")
BAD = ("bad", "dull", "awful", "silly")
CONNECTIVES = ("but", "although")
CLASSES = ("negative", "positive")

_CLAUSE = rf"the ({'|'.join(NOUNS)}) was (not )?(really )?({'|'.join(GOOD + BAD)})"
_SENTENCE = re.compile(rf"{_CLAUSE} ({'|'.join(CONNECTIVES)}) {_CLAUSE}")


class _Clause(NamedTuple):
    noun: str
    negated: bool
    stressed: bool
    adjective: str

    def __str__(self):
        return f"the {self.noun} was {'not ' * self.negated}{'really ' * self.stressed}{self.adjective}"

    @property
    def is_good(self):
        return (self.adjective in GOOD) != self.negated


class _Sentence(NamedTuple):
    first: _Clause
    connective: str
    second: _Clause

    def __str__(self):
        return f"{self.first} {self.connective} {self.second}"

    @property
    def label(self):
        return int(self.second.is_good if self.connective == "but" else self.first.is_good)

    @property
    def opposite(self):
        """The same words, with the two adjectives exchanged."""
        first, second = self.first, self.second
        return self._replace(
            first=first._replace(adjective=second.adjective), second=second._replace(adjective=first.adjective)
        )


def all_sentences():
    """The whole language.

    Returns
    -------
    data : Labelled, 20,480 texts, each once, and their labels: 1 positive, 0 negative
    """
    texts, labels = [], []
    for nouns in itertools.permutations(NOUNS, 2):
        for good, bad in itertools.product(GOOD, BAD):
            for adjectives in ((good, bad), (bad, good)):
                for flags in itertools.product((False, True), repeat=4):
                    for connective in CONNECTIVES:
                        first, second = (
                            _Clause(noun, *flags[k : k + 2], adjective)
                            for noun, k, adjective in zip(nouns, (0, 2), adjectives, strict=True)
                        )
                        sentence = _Sentence(first, connective, second)
                        texts.append(str(sentence))
                        labels.append(sentence.label)
    return Labelled(texts, np.array(labels), CLASSES)


def draw_sentences(pairs, rng):
    """Draw pairs of sentences: the same words in another order, and opposite labels. No sentence is drawn twice.

    Parameters
    ----------
    pairs : int, at most 10,240, all that there are
    rng : numpy.random.Generator

    Returns
    -------
    data : Labelled; texts 2k and 2k + 1 are a pair, in random order. Of every part of whole pairs, whoever sees the bag
        of words alone is right in exactly half.

    Raises
    ------
    ValueError
        If pairs is not an integer from 1 to 10,240.
    """
    check_size("pairs", pairs)
    everything = all_sentences()
    known = [text for text, label in zip(everything.texts, everything.labels, strict=True) if label == 1]
    if pairs > len(known):
        raise ValueError(f"pairs is {pairs}, but the language has {len(known)}")
    texts, labels = [], []
    for k in rng.choice(len(known), pairs, replace=False):
        pair = [(known[k], 1), (opposite_of(known[k]), 0)]
        for text, label in pair[:: rng.choice([-1, 1])]:
            texts.append(text)
            labels.append(label)
    return Labelled(texts, np.array(labels), CLASSES)


def label_of(text):
    """The label of a sentence of the language, by its rules: 1 positive, 0 negative.

    Raises
    ------
    ValueError
        If the text is no sentence of the language.
    """
    return _read(text).label


def opposite_of(text):
    """The sentence of the same words whose label is the other one: with its two adjectives exchanged.

    Raises
    ------
    ValueError
        If the text is no sentence of the language.
    """
    return str(_read(text).opposite)


def _read(text):
    found = _SENTENCE.fullmatch(text)
    if found:
        clauses = [_Clause(n, bool(no), bool(r), a) for n, no, r, a in (found.groups()[:4], found.groups()[5:])]
        sentence = _Sentence(clauses[0], found[5], clauses[1])
        if clauses[0].noun != clauses[1].noun and (clauses[0].adjective in GOOD) != (clauses[1].adjective in GOOD):
            return sentence
    raise ValueError(
        f"text is {text!r}, but a sentence of this language looks like 'the plot was good but the music was not really "
        "dull': two different nouns, and a good and a bad adjective"
    )
