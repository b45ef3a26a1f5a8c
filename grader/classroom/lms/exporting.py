"""What every LMS's import file needs: the marks of a class, the LMS's own file to write them into, and what came of it."""

import collections
from dataclasses import dataclass, field
from pathlib import Path

from grader.authoring.lessons import in_order
from grader.base.errors import ClassError
from grader.base.wording import counted
from grader.classroom.lms.matching import Keys, match, name_and_number
from grader.classroom.lms.sheets import points

_EXCUSED_CELLS = ("ex", "n/a")  # Canvas's for a student who is excused, or does not have the assignment: they stay
FEW = 2  # students who may all be namesakes of others; a whole class that is not found is in another file
FAILED, WAITING, EXCUSED, CUT, WRITTEN = "failed", "waiting", "excused", "cut", "written"


@dataclass(frozen=True)
class ClassMarks:
    """The marks of a class, and what we know about its students.

    Parameters
    ----------
    marks : ``{(student, lesson): Mark}``, as `Book.marks` gives them: late penalties are deducted
    people : ``{student: Person}``, as `Book.people` gives them
    numbers : ``{(student, lesson): number}``, as text, from the LMS's export of submissions
    called : ``{student: name}`` from an LMS's export of submissions; by default the folder's name holds the name
    comments : ``{(student, lesson): text}``
    failed : (student, lesson) of submissions that could not be graded: they are left out
    ungraded : whether to write also the marks of students with an answer that a person has yet to grade
    order : lessons that come before the others
    """

    marks: dict
    people: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    called: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)
    failed: frozenset = frozenset()
    ungraded: bool = False
    order: tuple[str, ...] = ()

    @property
    def lessons(self):
        return in_order({lesson for _, lesson in self.marks}, self.order)

    @property
    def students(self):
        return list(dict.fromkeys(student for student, _ in self.marks))

    def name_and_number(self, student):
        """A student's name and their number in the LMS, empty if we do not know it."""
        name, number = name_and_number(student)
        number = next((self.numbers[student, i] for i in self.lessons if self.numbers.get((student, i))), number)
        return name, (self.people[student].lms_user_id if student in self.people else "") or number


@dataclass
class Outcome:
    """What came of an export.

    `written` are the students who have a mark in the file; `unknown` submitted, but no line of the LMS's file is
    certainly theirs; `absent` have a line there, but submitted nothing; `waiting` and `failed` were left out, because an
    answer has yet to be graded or the submission could not be graded. `cut` are students of `written` who have more than
    full marks, which the LMS refuses: the file holds full marks. `notes` are further remarks.
    """

    path: Path
    written: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def sentences(self):
        """All of it in sentences, a list of str."""
        said = [
            f"{counted(len(self.written), 'student')} with marks {'is' if len(self.written) == 1 else 'are'} in {self.path}"
        ]
        for names, what in (
            (self.waiting, "left out, as an answer waits to be marked"),
            (self.failed, "left out, as their submission could not be graded (--failed-as-zero writes 0)"),
            (self.unknown, "submitted, but not found in the LMS's file"),
            (self.absent, "in the LMS's file, but without a submission"),
        ):
            said += [f"{len(names)} {what}: {', '.join(sorted(names))}"] if names else []
        return said + self.notes


@dataclass
class Target:
    """The students' lines of an LMS's file, and where in them the marks belong.

    Parameters
    ----------
    rows : the rows of students, which are filled in place
    keys : what identifies the student of each row
    columns : ``{lesson: column}``
    full_marks : ``{lesson: points}`` that the LMS gives; None where its file does not say
    decimal_sign : the one that the file uses
    capped : whether the LMS refuses more than full marks
    """

    rows: list[list[str]]
    keys: list[Keys]
    columns: dict[str, int]
    full_marks: dict[str, float | None]
    decimal_sign: str = "."
    capped: bool = False

    def full(self, lesson, mark):
        """The LMS's full marks, or ours where its file does not say."""
        return self.full_marks[lesson] or mark.max_score

    def enter(self, line, lesson, mark):
        """Write a mark into a line, scaled to the LMS's full marks; what happened: WRITTEN, CUT or EXCUSED."""
        row, column, full = self.rows[line], self.columns[lesson], self.full(lesson, mark)
        if row[column].strip().casefold() in _EXCUSED_CELLS:
            return EXCUSED
        score = mark.score * full / mark.max_score if mark.max_score else mark.score
        is_cut = self.capped and score > full
        row[column] = points(full if is_cut else score).replace(".", self.decimal_sign)
        return CUT if is_cut else WRITTEN


def fill(target, given, path):
    """Write the marks of a class into the lines of an LMS's file, scaled to its full marks.

    Parameters
    ----------
    target : Target
    given : ClassMarks
    path : the file that the caller will write

    Returns
    -------
    rows : the rows that have a mark now
    outcome : Outcome; its `written` are the students of those rows, in the same order

    Raises
    ------
    ClassError
        If nobody with a mark is in the file.
    """
    found = match(target.keys, given)
    students, scaled = collections.defaultdict(set), {}
    for (student, lesson), mark in given.marks.items():
        if student not in found:
            continue
        if (student, lesson) in given.failed:
            happened = FAILED
        elif mark.needs_manual_grade and not given.ungraded:
            happened = WAITING
        else:
            happened = target.enter(found[student], lesson, mark)
        students[happened].add(student)
        if happened in (WRITTEN, CUT) and target.full(lesson, mark) != mark.max_score:
            scaled[lesson] = (mark.max_score, target.full(lesson, mark))
    written = sorted(students[WRITTEN] | students[CUT], key=found.get)
    outcome = Outcome(
        Path(path),
        written,
        unknown=[student for student in given.students if student not in found],
        absent=[key.shown for line, key in enumerate(target.keys) if line not in found.values()],
        waiting=sorted(students[WAITING]),
        failed=sorted(students[FAILED]),
        cut=sorted(students[CUT]),
        notes=_notes(scaled, students[EXCUSED]),
    )
    if len(given.students) > FEW and not found:
        raise ClassError(
            f"none of the {len(given.students)} students with marks is in the LMS's file, so nothing was written: is it the "
            "file of this course, as this LMS exports it?"
        )
    return [target.rows[found[student]] for student in written], outcome


def _notes(scaled, excused):
    notes = [
        f"the marks of {lesson} were scaled from {ours:g} to the LMS's {counted(theirs, 'point')}"
        for lesson, (ours, theirs) in sorted(scaled.items())
    ]
    if excused:
        notes.append(f"excused in the LMS, and left so: {', '.join(sorted(excused))}")
    return notes
