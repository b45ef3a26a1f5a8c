"""What each marker has given: one file a marker, ``marking/marks/<name>.jsonl``, to which lines are only added.

A line holds points or a comment, for which submission and question, when, and which version of the submission was seen. It
names no student: see `codes`. Files of copies of a class can be joined, since the time of a line decides, not its place.
"""

import math
import re
import unicodedata
from dataclasses import dataclass

from grader.base.errors import ClassError
from grader.classroom.journal import Journal
from grader.classroom.names import folded, safe_name

FOLDER = "marking"
LONGEST_NAME = 40
LONGEST_COMMENT = 20_000


@dataclass(frozen=True)
class Mark:
    """What a marker has given an answer: points or None, a comment, and the digest of the submission that they saw."""

    points: float | None = None
    comment: str = ""
    seen: str = ""

    def counts_for(self, answer):
        """Whether it has points that this Answer can get, for this version of the submission."""
        return self.points is not None and self.seen == answer.digest and self.points <= answer.max_points


class Markers:
    """The markers of a class, and what they have given.

    Parameters
    ----------
    folder : ClassFolder
    """

    def __init__(self, folder):
        self._root, self._place = folder.root, folder.root / FOLDER / "marks"

    def names(self):
        """Everybody who has marked, a sorted list."""
        return sorted(path.stem for path in self._place.glob("*.jsonl"))

    def named(self, name):
        """A marker's name, checked: it becomes the name of a file.

        Raises
        ------
        ClassError
            If it cannot be a name, or differs from a marker's only in capitals or accents' form.
        """
        name = unicodedata.normalize("NFC", name)
        if not re.fullmatch(r"\w(?:[\w .@+'-]*\w)?", name) or len(name) > LONGEST_NAME or safe_name(name) != name:
            raise ClassError(
                f"{name!r} cannot be a marker's name: give letters and digits, within it also blanks and . @ + ' - _, "
                f"{LONGEST_NAME} characters at most, such as alice"
            )
        for other in self.names():
            if other != name and folded(other) == folded(name):
                raise ClassError(f"this class has a marker {other!r}: give the name exactly like that, or another one")
        return name

    def known(self, name):
        """As `named`, of somebody who has marked in this class.

        Raises
        ------
        ClassError
            If nobody of that name has.
        """
        name, names = self.named(name), self.names()
        if name not in names:
            told = f"its markers are {', '.join(names)}" if names else "nobody has marked in it with --marker yet"
            raise ClassError(f"{name!r} has not marked in {self._root}: {told}")
        return name

    def give(self, name, event, **entry):
        """Add a line to a marker's file: `event` is "points" or "comment"."""
        self._place.mkdir(parents=True, exist_ok=True)
        self.journal(name).append(event, **entry)

    def journal(self, name):
        return Journal(self._place / f"{name}.jsonl")

    def of(self, name):
        """The last points and comment for each answer: ``{(submission, question): Mark}``."""
        lines = [(e["time"], "points", e) for e in self.journal(name).entries("points") if _is_points(e)]
        lines += [(e["time"], "comment", e) for e in self.journal(name).entries("comment") if _is_comment(e)]
        found = {}
        for _, kind, e in sorted(lines, key=lambda line: line[0]):  # stable: within a second, the file's order
            place = e["submission"], e["question"]
            before = found.get(place, Mark())
            found[place] = (
                Mark(e["points"], before.comment, e["seen"]) if kind == "points"
                else Mark(before.points, e["comment"], before.seen)
            )  # fmt: skip
        return found

    def files(self):
        return sorted(self._place.glob("*.jsonl"))


def _has(entry, *names):
    return all(isinstance(entry.get(name), str) for name in ("time", "submission", "question", *names))


def _is_points(entry):
    points = entry.get("points")
    given = isinstance(points, (int, float)) and not isinstance(points, bool) and math.isfinite(points) and points >= 0
    return _has(entry, "seen") and (points is None or given)


def _is_comment(entry):
    return _has(entry, "comment")
