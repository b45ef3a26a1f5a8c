"""Answers that share more unusual features than chance explains: worth a look by a person, and nothing more.

Short answers are similar by nature, so similarity alone proves nothing. Only *rare* features count: runs of code (without
names of variables, comments, docstrings, imports and formatting), wordings of comments and texts, names, numbers. What
occurs in the lesson or in one of the course's known answers, right or wrong, is left out, and so is what many in the
class wrote. The fewer others have a shared feature, the more it counts: −log₂ of their share, in bits.

What is compared is bounded, and with it time and memory: the characters of an answer (`fingerprints.LONGEST`), those of a
class (`compared_texts`), the features of a class (CHARACTERS_EACH). What is left out is named.
"""

import math
import warnings
from dataclasses import dataclass

from grader.classroom.compared_texts import CLASS_TOO_MUCH, Texts
from grader.classroom.fingerprints import KINDS, fingerprint, read_code, read_words
from grader.classroom.rare_features import BIT, RareFeatures

MARGIN = 25  # bits beyond what the number of pairs in the class explains
LEAST_SHARE = 0.25  # of all unusual features in the plainer of two students' answers
CHARACTERS_EACH = 4  # for each unusual feature of a student that is compared, on average; code has one in 5, words in 6
QUOTES, QUOTED = 4, 400  # lines that are quoted, and characters of each


@dataclass(frozen=True)
class Alike:
    """Students whose answers in one lesson share unusual features.

    `bits` says how unusual; `share` is the shared part of all unusual features in the plainer of the two closest answers;
    `exercises` says where, and `shared` quotes some of them.
    """

    lesson: str
    students: tuple[str, ...]
    exercises: tuple[str, ...]
    bits: float
    share: float
    shared: tuple[str, ...]


@dataclass(frozen=True)
class NotCompared:
    """An answer that was not compared, or only partly, and why."""

    student: str
    lesson: str
    exercise: str
    why: str


class Search:
    """The search for answers in one lesson that are worth comparing by eye.

    Two students are grouped if their shared rare features are worth at least ``2 log₂ n + MARGIN`` bits, for n students:
    the first term allows for the number of pairs, some of which are always similar by chance. A feature that a student
    uses in every exercise counts once: it is one habit.

    Parameters
    ----------
    lesson : its name
    exercises : their names, in order
    known : code that everyone could see, and the answers that the course knows
    students : how many may come, at most
    words : whether the answers are not code but texts, written in words

    Attributes
    ----------
    additions : after `groups`, how often what a feature is worth was added to what a pair of students shares
    """

    def __init__(self, lesson, exercises, known, students, words=False):
        self.lesson, self.additions = lesson, 0
        self._read = read_words if words else read_code
        self._texts = Texts(exercises, students)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._common = {fingerprint(feature) for text in known for feature in self._read(text)[0]}

    def add(self, student, exercise, sources):
        """Take what a student wrote for an exercise: several sources, if they wrote it in several cells."""
        self._texts.add(student, exercise, sources)

    def groups(self, on_skipped=lambda skipped: None):
        """Groups of students whose answers are worth comparing, when all are there.

        Parameters
        ----------
        on_skipped : called with a NotCompared for each answer that cannot be compared as a whole

        Returns
        -------
        groups : list of Alike, the strongest first
        """
        names, texts = self._texts.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's warnings about a learner's text
            rare = self._rare(len(names), texts)
            for student, exercise, why in self._texts.reasons:
                on_skipped(NotCompared(names[student], self.lesson, self._texts.exercises[exercise], why))
            least = (2 * math.log2(max(len(names), 2)) + MARGIN) * BIT
            groups = _Groups(len(names))
            for pair in rare.pairs(least, LEAST_SHARE):
                groups.join(*pair)
            self.additions = rare.additions
            found = groups.found()
            closest = {student for _, (_, *pair) in found for student in pair}
            written = {student: [] for student in closest}
            for exercise, text, students in texts:
                for student in closest.intersection(students):
                    written[student].append((exercise, text))
            alike = [self._alike(rare, names, group, best, written) for group, best in found]
        return sorted(alike, key=lambda group: (-group.bits, group.students))

    def _rare(self, students, texts):
        """Read the texts, the shortest first, until there are more features than can be compared."""
        rare, most = RareFeatures(students), self._texts.room // CHARACTERS_EACH
        for exercise, text, writers in texts:
            features, why = self._read(text) if rare.held < most else ({}, CLASS_TOO_MUCH)
            if why:
                self._texts.tell(writers, exercise, text, why)
            rare.add(writers, self._by_kind(features))
        rare.close()
        return rare

    def _by_kind(self, features):
        """The fingerprints of features that are not common knowledge, of each kind."""
        found = {kind: [] for kind in KINDS}
        for feature in features:
            made = fingerprint(feature)
            if made not in self._common:
                found[feature[0]].append(made)
        return list(found.values())

    def _alike(self, rare, names, group, best, written):
        """A group for the report, with what the closest two of it share."""
        value, first, second = best
        ones, others = (self._shown(written[student]) for student in (first, second))
        worth, exercises = {}, set()
        for feature, value_of_it in self._worth(rare, [feature for feature in ones if feature in others]):
            exercise, text = ones[feature]
            worth[text] = worth.get(text, 0) + value_of_it
            exercises |= {exercise, others[feature][0]}
        most = sorted(filter(None, worth), key=worth.get, reverse=True)[:QUOTES]
        return Alike(
            lesson=self.lesson,
            students=tuple(names[student] for student in group),
            exercises=tuple(name for place, name in enumerate(self._texts.exercises) if place in exercises),
            bits=value / BIT,
            share=value / min(rare.own[first], rare.own[second]),
            shared=tuple(text[:QUOTED] for text in worth if text in most),
        )

    def _shown(self, written):
        """The features of what a student wrote: ``{feature: (exercise, the text that shows it)}``."""
        shown = {}
        for exercise, source in written:
            shown |= {feature: (exercise, text) for feature, text in self._read(source)[0].items()}
        return shown

    @staticmethod
    def _worth(rare, features):
        """Those of the features that are rare, in order, each with what it is worth."""
        worth = {}
        for kind, letter in enumerate(KINDS):
            of_kind = [feature for feature in features if feature[0] == letter]
            values = rare.values(kind, [fingerprint(feature) for feature in of_kind])
            worth |= zip(of_kind, values.tolist(), strict=True)
        return [(feature, worth[feature]) for feature in features if worth[feature]]


class _Groups:
    """Students connected by pairs, by union and find (Tarjan, 1975), and the best pair of each."""

    def __init__(self, students):
        self._parent, self._best = list(range(students)), {}

    def join(self, first, second, value):
        self._best[first] = max(self._best.get(first, (0,)), (value, first, second))
        self._parent[self._root(first)] = self._root(second)

    def found(self):
        """A list of pairs: the students of a group, sorted; its closest two, as (value, student, student)."""
        groups, best = {}, {}
        for student in range(len(self._parent)):
            groups.setdefault(self._root(student), []).append(student)
        for first, pair in self._best.items():
            root = self._root(first)
            best[root] = max(best.get(root, (0,)), pair)
        return [(groups[root], pair) for root, pair in best.items()]

    def _root(self, student):
        while (parent := self._parent[student]) != student:
            self._parent[student] = self._parent[parent]  # half the way next time
            student = parent
        return student


def known_texts(exercises, taught):
    """Texts that do not count as similarity: a lesson's own code, and every known answer to its exercises.

    Parameters
    ----------
    exercises : iterable of Exercise
    taught : list of str, the code cells of the solved lesson
    """
    known = [source for e in exercises for source in e.sources]
    return [*taught, *known]
