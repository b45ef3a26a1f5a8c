"""What a class wrote in a lesson, as much of it as is compared: each text once, with the students who wrote it."""

from collections import defaultdict

from grader.classroom.fingerprints import LONGEST, too_long

LEAST_ROOM, ROOM_EACH = 500_000, 1_000  # characters compared in a class: at least, and for each answer
LEAST_EACH = 100  # characters that a text counts as, at least: so the number of texts is bounded too
SLACK = 1.25  # how much more than is compared may be held until the longest are dropped
TOO_MUCH = f"there is too much: at most {LONGEST:,} characters are compared"
CLASS_TOO_MUCH = "the class wrote more than can be compared, so the longest answers are left out"


class Texts:
    """What students wrote, in bounded memory. If a class wrote too much, its longest texts are left out.

    Parameters
    ----------
    exercises : names, in the lesson's order
    students : how many may come
    """

    def __init__(self, exercises, students):
        self.exercises = list(exercises)
        self.room = max(LEAST_ROOM, ROOM_EACH * students * len(self.exercises))
        self._places = {name: place for place, name in enumerate(self.exercises)}
        self._students, self._held, self._size = {}, defaultdict(list), 0
        self._first_out, self._reasons = None, {}

    def add(self, student, exercise, sources):
        """Take the sources, an iterable of str, that a student wrote for an exercise. Each student has one call for each."""
        place, written = self._places[exercise], 0
        for source in sorted(set(sources), key=lambda source: (len(source), source)):
            number = self._students.setdefault(student, len(self._students))
            written += _size(source)
            key = len(source), place, source
            if len(source) > LONGEST:
                self._tell(number, key, too_long(source))
            elif written > LONGEST:  # so that nobody uses up the others' room
                self._tell(number, key, TOO_MUCH)
            elif self._first_out and key >= self._first_out:
                self._tell(number, key, CLASS_TOO_MUCH)
            else:
                self._size += 0 if key in self._held else _size(source)
                self._held[key].append(number)
        if self._size > SLACK * self.room:
            self._drop()

    def close(self):
        """No more is to come.

        Returns
        -------
        names : list of str, the students in order
        texts : list of (place of the exercise, text, places in `names` of those who wrote it), the shortest text first
        """
        self._drop()
        names = sorted(self._students)
        place = {self._students[name]: n for n, name in enumerate(names)}
        held = sorted(self._held)
        self._reasons = {(place[number], exercise): why for (number, exercise), why in self._reasons.items()}
        return names, [(key[1], key[2], sorted(place[number] for number in self._held.pop(key))) for key in held]

    def tell(self, students, exercise, text, why):
        """After `close`: say why a text is missing, or only partly there. The shortest text's reason is kept."""
        for student in students:
            self._tell(student, (len(text), exercise, text), why)

    @property
    def reasons(self):
        """After `close`: what is missing, as a list of (place of the student, place of the exercise, why)."""
        return [(*where, why) for where, (_, why) in sorted(self._reasons.items())]

    def _tell(self, student, key, why):
        length, exercise, _ = key
        known = self._reasons.get((student, exercise))
        if known is None or length < known[0]:
            self._reasons[student, exercise] = length, why

    def _drop(self):
        """Drop the longest texts if there are more than there is room for. What follows can only displace more."""
        size = 0
        for key in sorted(self._held):
            size += _size(key[2])
            if size > self.room:
                self._first_out = min(key, self._first_out or key)
                for student in self._held.pop(key):
                    self._tell(student, key, CLASS_TOO_MUCH)
        self._size = sum(_size(source) for *_, source in self._held)


def _size(source):
    return max(len(source), LEAST_EACH)
