"""Export the marks of a class to a file that an LMS imports.

It is best to give the file that the LMS itself exported: it identifies each student by a number, and the marks go into the
right column of it. Without one, a file of the same shape is written from what the class's folder knows.
"""

from pathlib import Path

from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom.course_file import CourseFile
from grader.classroom.extensions import deadlines_of
from grader.classroom.gradebook import Book
from grader.classroom.grading import gradings
from grader.classroom.lms import TAKING_MARKS
from grader.classroom.lms.exporting import ClassMarks
from grader.classroom.sharing import no_longer_counts
from grader.classroom.teams import Teams
from grader.classroom.writing import NOT_RUN


def export(folder, lms, path, lessons=(), failed_as_zero=False, roster=None, columns=None, ungraded=False):
    """Write a class's marks, as its gradebook has them now.

    Parameters
    ----------
    folder : ClassFolder
    lms : one of `lms.TAKING_MARKS`
    path : the file to write
    lessons : names of lessons, all by default
    failed_as_zero : write 0 for submissions that could not be graded; by default they are left out
    roster, columns : as for the `write_marks` of the LMS's module
    ungraded : write also the marks of students with an answer that a person has yet to grade

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ClassError
        If nothing was graded yet, or the file to write is the roster; and what `write_marks` raises.
    """
    if roster and Path(roster).resolve() == Path(path).resolve():
        raise ClassError(f"{path} would be overwritten, and it is what the LMS exported: name another file with --out")
    given = _class_marks(folder, lms, lessons, failed_as_zero, ungraded)
    if not given.marks:
        what = f" of {', '.join(lessons)}" if lessons else ""
        raise ClassError(f"nothing{what} was graded in {folder.root} yet: run gru-course grade {folder.root} first")
    return TAKING_MARKS[lms].write_marks(path, given, roster, columns)


def _class_marks(folder, lms, lessons, failed_as_zero, ungraded):
    teams, course_file = Teams.read(folder.teams), CourseFile.read(folder.course_file, course_root())
    course_file.demand(lessons)
    with Book(folder, deadlines_of(folder)) as book:
        marks, people = book.marks(lessons), book.people()
    received = folder.journal.latest("received", "student", "lesson", where=lambda entry: "number" in entry)
    named = (entry for entry in received.values() if entry.get("lms", "folder") not in ("folder", "people"))
    _, graded = gradings(folder.journal)
    marks = {
        place: mark
        for place, mark in marks.items()
        if place[1] not in course_file.dropped
        and not no_longer_counts(*place, graded.get(place, {}), teams, folder.submitted(*place).exists())
    }
    return ClassMarks(
        marks,
        people,
        numbers={place: _number(entry, lms) for place, entry in received.items()},
        called={entry["student"]: entry["name"] for entry in named},
        comments={place: entry["reason"] for place, entry in graded.items()},
        failed=frozenset() if failed_as_zero else frozenset(_failed(marks, graded)),
        ungraded=ungraded,
        order=course_file.order,
    )


def _number(entry, lms):
    """The number that a submission came with, empty if another LMS gave it: there it belongs to somebody else."""
    return entry["number"] if entry.get("lms", lms) == lms and (entry["number"] or "").isdigit() else ""


def _failed(marks, graded):
    for place, mark in marks.items():
        if place in graded and graded[place]["state"] in NOT_RUN and not mark.score:
            yield place
