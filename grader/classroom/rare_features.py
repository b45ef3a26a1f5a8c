"""Which students share features that hardly anyone else has: exactly, in time linear in what the class wrote.

An inverted index says who has each feature. What many have is dropped from it (a cut by document frequency), so each feature
left makes only few pairs; what a pair shares is added up for one block of students after another. This is the way of Bayardo,
Ma and Srikant, "Scaling up all pairs similarity search", WWW 2007. Nothing is sampled or estimated, unlike with MinHash.
"""

import numpy as np

from grader.classroom.fingerprints import KINDS, RUN, SIZE, WORDS

MANY, MANY_OF = 20, 10  # what more than 20, or one in 10, wrote probably came from a lecture, a book or an assistant
# Runs overlap, so each unusual item is in as many runs as a run is long. Names and numbers easily agree by chance.
WEIGHTS = {"c": 1 / RUN, "w": 1 / WORDS, "n": 1 / 2, "#": 1 / 2}
BIT = 2**32  # values are integers in units of 1 / BIT bits, so that a sum does not depend on its order
PARTS = 16  # by which the fingerprints are sorted, one after another, to save memory
_MANY = -1  # stands for the writers of a text that more wrote than count: none of its features is rare
BLOCK = 500_000  # additions of a feature's value to a pair's that are made at once


class RareFeatures:
    """The rare features of a class.

    A feature's value is −log₂ of the share of the others who have it, where one of those is assumed to have it by chance.

    Parameters
    ----------
    students : how many there are; they are numbered from 0

    Attributes
    ----------
    held : how many pairs (student, feature) are held so far
    additions : how often `pairs` added a feature's value to a pair's
    own : after `close`, an array of int64: the value of all rare features of each student
    """

    def __init__(self, students):
        self.students, self.held, self.additions = students, 0, 0
        self._most = min(MANY, max(4, students // MANY_OF))
        others = np.maximum(np.arange(self._most + 1) - 1, 1) / max(students - 1, 1)
        self._values = np.rint(-np.outer([WEIGHTS[kind] for kind in KINDS], np.log2(others)) * BIT).astype(np.int64)
        self._found = [bytearray() for _ in KINDS]  # the fingerprints of each kind, text by text
        self._counts = [[] for _ in KINDS]  # how many of each kind a text has
        self._writers = []  # of each text

    def add(self, writers, fingerprints):
        """Take a text's features.

        Parameters
        ----------
        writers : the students who wrote the text, as sorted integers
        fingerprints : for each kind in KINDS, a list of fingerprints
        """
        if len(writers) > self._most:
            writers = [_MANY]
        self._writers.append(writers)
        for found, counts, new in zip(self._found, self._counts, fingerprints, strict=True):
            found += b"".join(new)
            counts.append(len(new))
            self.held += len(writers) * len(new)

    def close(self):
        """No more is to come: keep what is rare."""
        self.own = np.zeros(self.students, np.int64)
        numbers = np.array([len(writers) for writers in self._writers], np.int32)
        writers = np.array([student for writers in self._writers for student in writers], np.int32)
        begins = np.cumsum(numbers) - numbers
        self._rare, having = [], []
        for kind in range(len(KINDS)):
            found = np.frombuffer(self._found[kind], f"<u{SIZE}")
            texts = np.repeat(np.arange(len(numbers), dtype=np.int32), np.array(self._counts[kind], np.int64))
            highest = found.view(np.uint8)[SIZE - 1 :: SIZE]
            rare = []
            for part in range(PARTS):
                chosen = np.flatnonzero(highest // (256 // PARTS) == part)
                fingerprints, whose = found[chosen], texts[chosen]
                each = numbers[whose]
                students = writers[np.repeat(begins[whose], each) + _counted(each)]
                rare.append(self._keep_rare(kind, np.repeat(fingerprints, each), students, having))
            self._rare.append([np.concatenate(column) for column in zip(*rare, strict=True)])
            self._found[kind] = None
        self._having, self._later, self._value_of = (np.concatenate(column) for column in zip(*having, strict=True))

    def _keep_rare(self, kind, fingerprints, students, having):
        """Note who shares the rare ones among some fingerprints.

        Returns
        -------
        rare : the fingerprints of rare features that at least two have, sorted
        sizes : by how many each is had
        """
        order = np.lexsort((students, fingerprints))
        fingerprints, students = fingerprints[order], students[order]
        begins = _changes(fingerprints)
        once = begins | _changes(students)  # a feature that a student uses in every exercise counts once
        fingerprints, students, begins = fingerprints[once], students[once], np.flatnonzero(begins[once])
        sizes = np.diff(np.append(begins, len(students)))
        by_many = students[begins] == _MANY
        size = np.repeat(sizes, sizes)
        rare = np.repeat((sizes <= self._most) & ~by_many, sizes)
        np.add.at(self.own, students[rare], self._values[kind, size[rare]])
        shared = (sizes > 1) & (sizes <= self._most) & ~by_many
        later = size - 1 - _counted(sizes)  # how many come after it among those who have the same feature
        chosen = np.repeat(shared, sizes)
        row = kind * (self._most + 1) + size
        having.append((students[chosen], later[chosen].astype(np.uint8), row[chosen].astype(np.uint8)))
        return fingerprints[begins[shared]], sizes[shared].astype(np.uint8)

    def values(self, kind, fingerprints):
        """What features of one kind are worth: an array of integers; 0 for what only one has, or too many."""
        rare, sizes = self._rare[kind]
        asked = np.frombuffer(b"".join(fingerprints), f"<u{SIZE}")
        if not len(rare):
            return np.zeros(len(asked), np.int64)
        at = np.minimum(np.searchsorted(rare, asked), len(rare) - 1)
        return np.where(rare[at] == asked, self._values[kind, sizes[at]], 0)

    def pairs(self, least, least_share):
        """Pairs of students who share enough.

        Parameters
        ----------
        least : the value that they share, at least
        least_share : of all that the one with fewer has

        Yields
        ------
        first, second, value : integers; first < second
        """
        values, order = self._values.ravel(), np.argsort(self._having, kind="stable").astype(np.int32)
        ends = np.cumsum(np.bincount(self._having, minlength=self.students))
        work = np.bincount(self._having, weights=self._later, minlength=self.students).astype(np.int64)
        self.additions += int(work.sum())
        for start, stop in _blocks(work):
            having = order[ends[start - 1] if start else 0 : ends[stop - 1]]
            later = self._later[having]
            one = np.repeat(having, later)
            other = self._having[one + 1 + _counted(later)]
            pair = (self._having[one] - start).astype(np.int64) * self.students + other
            order_of_pairs = np.argsort(pair, kind="stable")
            pair = pair[order_of_pairs]
            begins = np.flatnonzero(_changes(pair))
            value = np.add.reduceat(values[self._value_of[one]][order_of_pairs], begins)
            first, second = np.divmod(pair[begins], self.students)
            first += start
            enough = (value >= least) & (value >= least_share * np.minimum(self.own[first], self.own[second]))
            yield from zip(*(column[enough].tolist() for column in (first, second, value)), strict=True)


def _changes(values):
    """Where a value differs from the one before it; the first one does."""
    changes = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _counted(sizes):
    """0, 1, …, size − 1 for each of the sizes, one after another: an array."""
    ends = np.cumsum(sizes, dtype=np.int64)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def _blocks(work):
    """Ranges (start, stop) of students whose work together is about BLOCK at most; a single one may have more."""
    start, total = 0, 0
    for student, one in enumerate(work.tolist()):
        if total and total + one > BLOCK:
            yield start, student
            start, total = student, 0
        total += one
    if total:
        yield start, len(work)
