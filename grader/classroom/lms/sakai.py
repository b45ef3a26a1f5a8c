"""Sakai: its "Download All", and the grades.csv in it that "Upload All" reads.

The download holds a folder with the assignment's title, in it ``grades.csv`` and a folder for each student: sort name and,
in parentheses, the user name, ``Lovelace, Ada(adal)/``. In a student's folder are ``timestamp.txt``, with the time in UTC,
``comments.txt``, texts in HTML, and the folder ``Submission attachment(s)``, whose name depends on the site's language. Sakai
adds a comma to a sort name that has none. A user name is the same in all assignments.

grades.csv begins with the title and an empty line. Its columns, whatever the language: display name, user name, last
name, first name, grade, time, late. "Upload All" takes the grade of the line with that user name, and all lines may be
missing. It does not say what full marks are.

Sources, both in https://github.com/sakaiproject/sakai/blob/master/assignment/: AssignmentServiceImpl.java, `zipSubmissions`,
and AssignmentAction.java, `uploadAll_parseZipFile`.
"""

import re
from datetime import datetime

from grader.base.errors import ClassError
from grader.classroom.lms.common import UNKNOWN, Owned, Person, Unidentified, in_utc
from grader.classroom.lms.exporting import Target, fill
from grader.classroom.lms.matching import Keys
from grader.classroom.lms.sheets import Sheet

NAME = "Sakai"
ROSTER = "Sakai's grades.csv"
_ENTRY = re.compile(r"(?s)(?P<name>.*,(?:.*\S)?)\((?P<user>[^()]+)\)")
_SEVERAL = re.compile(r"\([^()]+\); ")
TIMESTAMP = "timestamp.txt"
_GRADES = (("grades.csv",), ("grades.xls",))
_NOT_THE_STUDENTS = (TIMESTAMP, "comments.txt", "feedbackText.html", "Feedback Attachment(s)")
USER, GRADE = 1, 4  # columns of grades.csv


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Sakai."""
    return is_folder and bool(_ENTRY.fullmatch(part))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    times = {file.parts[0]: _time(file) for file in files if file.parts[1:] == (TIMESTAMP,)}
    for file in files:
        top, *rest = file.parts
        entry = _ENTRY.fullmatch(top) if rest else None
        if not entry:
            if file.parts not in _GRADES:
                yield file
        elif _SEVERAL.search(top):
            into.unidentified.append(Unidentified((file,), f"{top} names several people"))
        elif rest[0] not in _NOT_THE_STUDENTS:
            person = Person("sakai", entry["name"], entry["user"], True, entry["user"])
            time = times.get(top)
            told = f"Sakai's {TIMESTAMP}" if time else UNKNOWN
            into.owned.append(Owned(file, person, tuple(rest[1:] or rest), (), False, time, told))


def _time(file):
    """The time in UTC; None if the file cannot be read, or holds no time with a zone."""
    try:
        time = datetime.fromisoformat(file.read(100).decode().strip())
    except Exception:  # whatever is wrong with it, the submission counts without a time
        return None
    return in_utc(time) if time.tzinfo else None


def write_marks(path, given, roster=None, columns=None):
    """Write the marks of a class into the grades.csv of an assignment, for "Upload All".

    Sakai reads it from a zip: put it into the folder that was downloaded, in place of the old one, and zip that folder.

    Parameters
    ----------
    path : the file to write, UTF-8
    given : ClassMarks, of one lesson
    roster : the grades.csv of the download
    columns : ``{lesson: title}`` of the column with the grades; by default its fifth column, which Sakai reads

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ClassError
        If there is no roster, it is not Sakai's, or there are marks of several lessons.
    """
    if not roster:
        raise ClassError("Sakai needs its own grades.csv: give the one of the assignment's Download All with --from")
    if len(given.lessons) > 1:
        raise ClassError(
            f"a grades.csv is for one lesson, but there are marks of {', '.join(given.lessons)}: choose one"
        )
    sheet = Sheet.read(roster, above=2)
    if len(sheet.header) <= GRADE:
        raise ClassError(
            f"{roster} is not Sakai's grades.csv: its third line should have the titles Display ID, ID, Last Name, First "
            f"Name, grade, but has {', '.join(sheet.header)}. In Sakai: Download All, with the grade file as CSV"
        )
    (lesson,) = given.lessons
    title = (columns or {}).get(lesson)
    places = {lesson: sheet.column_of(lesson, title) if title else GRADE}
    keys = [Keys([row[USER]], [f"{row[2]}, {row[3]}"]) for row in sheet.rows]
    sheet.rows, outcome = fill(Target(sheet.rows, keys, places, {lesson: None}, sheet.decimal_sign), given, path)
    sheet.write(path, texts=(2, 3))
    tops = sorted({f"{mark.max_score:g}" for mark in given.marks.values()})
    outcome.notes.append(f"Sakai's file does not say what full marks are: ours are {' and '.join(tops)} points")
    return outcome
