"""Moodle: its "Download all submissions", and the file of marks for an assignment's "Upload grading worksheet", or for
Grades → Import → CSV file.

The download holds ``Ada Lovelace_12345_assignsubmission_file_/03_gates.ipynb``, or all that in one name. The number is that
of a participant in this assignment, or of a team: in the next assignment it is another one. Online texts are folders of
their own, ``…_assignsubmission_onlinetext_/onlinetext.html``. Moodle writes an underscore in a name as a blank, so a file's
name contains the pattern only once, unless the student's own file name contains it, too.

Sources, all in https://github.com/moodle/moodle/blob/main/mod/assign/: classes/downloader.php,
feedback/offline/importgradeslib.php and gradingtable.php; and https://docs.moodle.org/en/Grade_import.
"""

import html
import re

from grader.base.errors import ClassError
from grader.classroom.lms.common import Owned, Person, Unidentified
from grader.classroom.lms.exporting import Target, fill
from grader.classroom.lms.matching import Keys
from grader.classroom.lms.sheets import NOTHING, Sheet, number, points, safe

NAME = "Moodle"
ROSTER = "Moodle's grading worksheet or grades"
COMMENTS = "Feedback comments"
COLUMNS = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
    "Last modified (grade)", COMMENTS,
)  # fmt: skip
PARTICIPANT = "Participant "
_IN_A_NAME = re.compile(r"_(\d+)_assignsubmission_[a-z]+_")


# ----------------------------------------------------------------------------------------------------------- downloads


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Moodle."""
    return bool(_folder(part) if is_folder else _IN_A_NAME.search(part, 1))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    for file in files:
        top, *rest = file.parts
        if rest:
            person, path = _folder(top), tuple(rest)
        else:
            found = list(_IN_A_NAME.finditer(top, 1))
            if len(found) > 1:
                into.unidentified.append(
                    Unidentified((file,), "its name has Moodle's pattern twice, so it could be two people's")
                )
                continue
            person, path = None, ()
            if found:
                person, path = _person(top[: found[0].start()], found[0][1]), (top[found[0].end() :] or top,)
        if person:
            into.owned.append(Owned(file, person, path))
        else:
            yield file


def _folder(part):
    """The Person of a folder. The end of its name counts, because a person's name may contain anything."""
    match = re.fullmatch(r"(?s)(.+)_(\d+)_assignsubmission_[a-z]+_?", part)
    if match:
        return _person(match[1], match[2])
    match = re.fullmatch(r"(?s)(.+)_assignsubmission_[a-z]+_?", part)  # a team without a number
    return _person(match[1], "") if match else None


def _person(name, number):
    return Person("moodle", name, number, shown=name)


# --------------------------------------------------------------------------------------------------------------- marks


def write_marks(path, given, roster=None, columns=None):
    """Write the marks of a class for Moodle: an assignment's "Upload grading worksheet", or Grades → Import → CSV file.

    Moodle identifies who submitted by a number that is another one in each assignment: several lessons need a worksheet
    each. Marks are scaled to the assignment's maximum, and cut to it, because Moodle refuses higher ones. The worksheet
    also receives comments, where it has none yet.

    Parameters
    ----------
    path : the file to write, UTF-8
    given : ClassMarks
    roster : the assignment's grading worksheet, or the course's exported grades (plain text), as a CSV file
    columns : ``{lesson: title}`` where the title does not name the lesson, or Moodle's language is not English

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ClassError
        If the roster is neither, or has no column for a lesson; without a roster, if no submission has Moodle's number.
    """
    sheet = Sheet.read(roster) if roster else _new_worksheet(given)
    is_worksheet = bool(sheet.rows) and all(re.search(r"\D\d+$", row[0]) for row in sheet.rows)
    target = (_of_worksheet if is_worksheet else _of_course)(sheet, given, columns or {})
    sheet.rows, outcome = fill(target, given, path)
    verbatim = ()
    if is_worksheet and COMMENTS in sheet.header:
        verbatim = (sheet.header.index(COMMENTS),)
        for row, student in zip(sheet.rows, outcome.written, strict=True):
            comment = given.comments.get((student, given.lessons[0]), "")
            row[verbatim[0]] = row[verbatim[0]] or html.escape(safe(comment))
    sheet.write(path, texts=(1,) if is_worksheet else (0, 1), verbatim=verbatim)
    outcome.notes += _notes(given, outcome, roster, is_worksheet)
    return outcome


def _of_worksheet(sheet, given, columns):
    """The Target in an assignment's grading worksheet; beside the grade stands the assignment's maximum."""
    if len(given.lessons) > 1:
        raise ClassError(
            f"a grading worksheet is for one lesson, but there are marks of {', '.join(given.lessons)}: choose one"
        )
    (lesson,) = given.lessons
    place = sheet.column_of(lesson, columns.get(lesson) or "Grade")
    full = max((number(row[place + 1]) or 0 for row in sheet.rows), default=0) or None
    keys = []
    for row in sheet.rows:
        # In anonymous marking the file names say no more than the word before the number, in Moodle's language.
        own, anonymous = re.search(r"\d+$", row[0])[0], re.sub(r"\s*\d+$", "", row[0])
        keys.append(Keys([own, *_without(row, {place, place + 1})], [row[1]], [row[1], anonymous], [own]))
    return Target(sheet.rows, keys, {lesson: place}, {lesson: full}, sheet.decimal_sign, capped=True)


def _of_course(sheet, given, columns):
    """The Target in a course's exported grades, which do not tell full marks."""
    places = {lesson: sheet.column_of(lesson, columns.get(lesson)) for lesson in given.lessons}
    keys = [Keys(_without(row, {*places.values()}), [f"{row[0]} {row[1]}"]) for row in sheet.rows]
    return Target(sheet.rows, keys, places, dict.fromkeys(places), sheet.decimal_sign, capped=True)


def _without(row, graded):
    """All cells but those with marks: each may identify the student, whatever the titles are in Moodle's language."""
    return [cell for i, cell in enumerate(row) if i not in graded]


def _new_worksheet(given):
    """A grading worksheet as Moodle exports it, from what the class's folder knows."""
    rows = []
    for (student, _), mark in given.marks.items():
        name, own = given.name_and_number(student)
        if own:
            email = given.people[student].email if student in given.people else ""
            rows.append([PARTICIPANT + own, name, email, "", "", points(mark.max_score), "Yes", NOTHING, ""])
    if not rows:
        raise ClassError(
            "Moodle tells students apart by its own numbers, and no submission here has one: give the assignment's worksheet "
            "(in Moodle: View all submissions, Download grading worksheet)"
        )
    return Sheet(list(COLUMNS), rows, bom=True)


def _notes(given, outcome, roster, is_worksheet):
    notes = []
    if outcome.cut:
        notes.append(f"more than full marks, which Moodle does not take, were cut to them: {', '.join(outcome.cut)}")
    if not roster:
        notes.append("the numbers are taken for participants': for submissions of teams give Moodle's worksheet")
    if not is_worksheet:
        tops = sorted({f"{mark.max_score:g}" for mark in given.marks.values()})
        notes.append(f"Moodle's file does not tell its full marks: ours are {' and '.join(tops)} points")
    return notes
