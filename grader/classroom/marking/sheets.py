"""What a person who marks gets to see and to change: submissions by their codes, with the written answers to be marked.

With a marker's name, points and comments are that marker's own, and nobody else's are shown. Without one, they are the
gradebook's.
"""

import math
from dataclasses import dataclass, field

from grader.base.errors import ClassError
from grader.base.wording import counted
from grader.classroom.marking import agreeing
from grader.classroom.marking.answers import Answers
from grader.classroom.marking.codes import Codes
from grader.classroom.marking.marks import LONGEST_COMMENT, Mark, Markers

STATES = {
    "open": "to mark",
    "again": "look again",  # the student has submitted again since, or the question is worth less
    "marked": "marked",
    "blank": "no answer",
}
DIFFERING = ("differ", "by hand, before")


@dataclass(frozen=True)
class Shown:
    """An answer as its marker sees it: points or None, a comment, and a state, one of `STATES`.

    `others` are the Marks of markers, by name, where a person decides between them; otherwise there are none.
    """

    answer: object
    points: float | None
    comment: str
    state: str
    others: dict = field(default_factory=dict)

    def as_grade(self):
        """What nbgrader's page needs to know about the points, without the student."""
        return {
            "id": self.answer.grade, "name": self.answer.question, "notebook": self.answer.lesson,
            "assignment": self.answer.lesson, "auto_score": 0 if self.answer.blank else None, "manual_score": self.points,
            "extra_credit": None, "max_score": self.answer.max_points, "cell_type": self.answer.kind,
            "needs_manual_grade": self.state in ("open", "again"), "failed_tests": False, "seen": self.answer.digest,
        }  # fmt: skip

    def as_comment(self):
        """What nbgrader's page needs to know about the comment, without the student."""
        return {
            "id": self.answer.grade, "name": self.answer.question, "notebook": self.answer.lesson,
            "assignment": self.answer.lesson, "auto_comment": None, "manual_comment": self.comment or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A submission: its code, nbgrader's id of it, and its answers. `place` sorts it; `student` is never shown."""

    code: str
    lesson: str
    entry: str
    place: str
    student: str
    answers: tuple[Shown, ...]

    def has(self, *states):
        return any(shown.state in states for shown in self.answers)


class Sheets:
    """The submissions of a class, for one marker.

    Parameters
    ----------
    folder : ClassFolder
    marker : whose marks are shown and given; None for the gradebook's
    differing : only submissions on which markers differ, with what each of them gave

    Raises
    ------
    ClassError
        If nothing was graded, the marker's name cannot be one, or `differing` is given with a marker.
    """

    def __init__(self, folder, marker=None, differing=False):
        if marker is not None and differing:
            raise ClassError(
                "--marker and --differences exclude each other: a marker does not see what the others have given"
            )
        self.folder, self.differing = folder, differing
        self._markers = Markers(folder)
        self.marker = None if marker is None else self._markers.named(marker)
        self._codes, self.answers = Codes(folder), Answers(folder)

    def of(self, lesson=None, entry=None):
        """The Sheets of a lesson, or all, or one by nbgrader's id, in the marker's own order."""
        mine = self._markers.of(self.marker) if self.marker else {}
        open_ones = self._open_differences() if self.differing else {}
        rows = {}
        for answer in self.answers.of((lesson,) if lesson else (), entry):
            rows.setdefault(answer.entry, []).append(answer)
        sheets = []
        for answers in rows.values():
            student, name = answers[0].student, answers[0].lesson
            submission, code = self._codes.submission(student, name), self._codes.code(student, name)
            place = self._codes.place(student, name, self.marker or "")
            if self.differing:
                shown = [
                    self._differing(answer, submission, open_ones.get((code, answer.question))) for answer in answers
                ]
            elif self.marker:
                shown = [_by_marker(answer, mine.get((submission, answer.question), Mark())) for answer in answers]
            else:
                shown = [_in_gradebook(answer) for answer in answers]
            sheets.append(Sheet(code, name, answers[0].entry, place, student, tuple(shown)))
        return sorted(sheets, key=lambda sheet: (sheet.lesson, sheet.place))

    def listed(self, lesson=None):
        """The Sheets to go through: with differences, or all with an answer or points."""
        return [
            sheet for sheet in self.of(lesson)
            if (sheet.has("open", "again") if self.differing else not all(s.state == "blank" for s in sheet.answers))
        ]  # fmt: skip

    def give_points(self, grade, points, seen):
        """Give points for the answer whose points have this id in the gradebook; the answer as it is now.

        Parameters
        ----------
        grade : str
        points : float, text of one, or None to take them back
        seen : the digest of the submission that the marker saw

        Raises
        ------
        KeyError
            If there is no such answer.
        ClassError
            If the points are out of range.
        """
        answer = self._answer(grade)
        points = _points(points, answer)
        if self.marker:
            self._give("points", answer, points=points, seen=seen)
        elif self.differing and points is not None:
            code = self._codes.code(answer.student, answer.lesson)
            agreeing.decide(self.folder.root, code, points, answer.question)
        else:
            self.answers.write([(answer, {"points": points, "waiting": points is None and not answer.blank})])
        return self._shown(answer)

    def give_comment(self, grade, comment):
        """Write a comment, as `give_points` does points."""
        answer, comment = self._answer(grade), str(comment or "")[:LONGEST_COMMENT]
        if self.marker:
            self._give("comment", answer, comment=comment)
        else:
            self.answers.write([(answer, {"comment": comment or None})])
        return self._shown(answer)

    def _give(self, event, answer, **given):
        submission = self._codes.submission(answer.student, answer.lesson)
        place = {"submission": submission, "lesson": answer.lesson, "question": answer.question}
        self._markers.give(self.marker, event, **place, **given)

    def _answer(self, grade):
        found = self.answers.of(grade=grade)
        if not found:
            raise KeyError(grade)
        return found[0]

    def _shown(self, answer):
        (sheet,) = self.of(entry=answer.entry)
        return next(shown for shown in sheet.answers if shown.answer.question == answer.question)

    def _open_differences(self):
        outcome = agreeing.standing(self.folder)
        return {(r.code, r.question): r for r in outcome.of(*DIFFERING)} if outcome else {}

    def _differing(self, answer, submission, result):
        shown = _in_gradebook(answer)
        given = {name: self._markers.of(name).get((submission, answer.question)) for name in self._markers.names()}
        others = {name: mark for name, mark in given.items() if mark and mark.counts_for(answer)}
        state = "blank" if shown.state == "blank" else "open" if result else "marked"
        return Shown(answer, shown.points, shown.comment, state, others)


def _by_marker(answer, mark):
    if mark.points is None:
        state = "blank" if answer.blank else "open"
    else:
        state = "marked" if mark.counts_for(answer) else "again"
    return Shown(answer, mark.points, mark.comment, state)


def _in_gradebook(answer):
    if answer.waiting:
        state = "open" if answer.points is None else "again"
    else:
        state = "blank" if answer.blank and answer.points is None else "marked"
    return Shown(answer, answer.points, answer.comment, state)


def _points(points, answer):
    if points is None or points == "":
        return None
    try:
        value = float(points)
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(points, bool) or not 0 <= value <= answer.max_points:
        raise ClassError(
            f"{answer.question} is worth {counted(answer.max_points, 'point')}, so {points!r} cannot be given: give 0 to {answer.max_points:g}"
        )
    return value
