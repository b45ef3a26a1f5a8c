"""Forget a student: everything that a class's folder and gradebook hold about one person, and nothing about another.

First, everything is found and shown. Each step leaves a class that can be graded, and the records that identify the
student go last: a student who is only partly forgotten, after a kill, can be forgotten again.
"""

import contextlib
import csv
import difflib
import html
import io
import json
import re
import shutil
import unicodedata
from dataclasses import dataclass, replace
from urllib.parse import quote

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.base.wording import counted
from grader.classroom import gradebook
from grader.classroom.class_report import NAME, graded_rows, write_report
from grader.classroom.course_file import CourseFile
from grader.classroom.failures import one_line
from grader.classroom.folder import CONFIG_FILE, ClassFolder, existing_folder
from grader.classroom.gradebook import Book
from grader.classroom.grades import write_grades
from grader.classroom.leaving import Ties, hand_on, leave, named_in_files, ties_of
from grader.classroom.marking import forgetting as marking
from grader.classroom.marking.marks import FOLDER as MARKING
from grader.classroom.spreadsheets import spreadsheet_safe
from grader.classroom.teams import Teams

ABOUT = (
    "received",
    "marked",
    "seen",
    "settled",
    "shared",
    "set aside",
    "failed",
)  # the journal's lines that are about a student
LARGEST = 50_000_000  # bytes of a file that is searched for a name


@dataclass(frozen=True)
class Traces:
    """All traces of a student: folders, lessons in the gradebook, lines of the journal, grades.csv, failures.log and marking/,
    and what the instructor's own files say.
    """

    student: str
    folders: tuple
    in_gradebook: bool
    lessons: tuple[str, ...]
    journal: int
    grades: int
    failures: int
    ties: Ties
    marking: int = 0

    def told(self):
        """All of it in words, a list of str."""
        marks = f"the gradebook: marks and comments of {', '.join(self.lessons) or 'no lesson'}"
        lines = (
            (self.journal, "journal.jsonl"), (self.grades, "grades.csv"), (self.failures, "failures.log"),
            (self.marking, f"{MARKING}/, what markers gave"),
        )  # fmt: skip
        return [
            *(f"{path}/, with all that is in it" for path in self.folders),
            *([marks] if self.in_gradebook else []),
            *(f"{counted(count, 'line')} of {name}" for count, name in lines if count),
            *self.ties.told(),
        ]


def find_traces(path, student):
    """Find everything that a class holds about a student.

    Parameters
    ----------
    path : the class's folder
    student : the name of the folder in submitted/

    Returns
    -------
    traces : Traces

    Raises
    ------
    ClassError
        If the class has no student of that name; the message lists similar names.
    """
    folder = ClassFolder(existing_folder(path))
    with _book(folder) as book:
        marks = book.entered() if book else {}
        return _traces(folder, marks, student)


def forget(path, student):
    """Remove everything about a student.

    The journal keeps a line that says when a student was forgotten, without the name.

    Parameters
    ----------
    path, student : as in `find_traces`

    Returns
    -------
    traces : Traces, everything that was removed
    left : list of str, files of the class's folder that still contain the name

    Raises
    ------
    ClassError
        As `find_traces`; if another run is grading the class; if something could not be removed (the same call then removes
        the rest); or if only the report could not be rewritten.
    """
    folder = ClassFolder(existing_folder(path))
    with folder.locked(), _book(folder) as book:
        traces = _traces(folder, book.entered() if book else {}, student)
        name = traces.student
        try:
            (folder.root / NAME).unlink(missing_ok=True)  # the report names every student
            _rewrite(folder.grades, _without_grades, name)
            _rewrite(folder.log, _without_failures, name, _lessons_of(folder, traces))
            hand_on(folder, name, traces.ties)
            about = marking.submissions(folder, name)
            for path in marking.files(folder):
                _rewrite(path, marking.lines_without, about)
            if book:  # even without the student: an earlier attempt may have left data in the file
                book.remove_student(name)
            for place in traces.folders:
                _remove(folder.root / place)
            leave(folder, name, traces.ties)
            folder.journal.append("forgotten", lines=traces.journal)
            _rewrite(folder.journal.path, _without_journal, name)  # last: the next attempt finds the name in its lines
        except OSError as e:
            raise ClassError(
                f"not everything about {name!r} could be removed: {e}. Fix this, and run the same command again"
            ) from e
        _rewrite_report(folder, name, in_a_team=bool(traces.ties.kept))
        return traces, _still_named_in(folder, name)


# -------------------------------------------------------------------------------------------------------- what there is


@contextlib.contextmanager
def _book(folder):
    """The open gradebook, or None: a search must not create one."""
    if gradebook.exists(folder.db_url):
        with Book(folder) as book:
            yield book
    else:
        yield None


def _steps(folder):
    course = folder.course
    return course.submitted_directory, course.autograded_directory, course.feedback_directory


def _traces(folder, marks, wanted):
    held = {step: {place.name for place in _entries(folder.root / step)} for step in _steps(folder)}
    about = [entry for event in ABOUT for entry in folder.journal.entries(event)]
    known = set().union(*held.values(), marks, (e["student"] for e in about if isinstance(e.get("student"), str)))
    known |= named_in_files(folder)
    if Teams.read(folder.teams).is_team(wanted):
        raise ClassError(
            f"{wanted!r} is a team: forget its members, one after the other. With the last one, its submissions go, too"
        )
    same = [name for name in known if _nfc(name) == _nfc(wanted)]
    if not same:
        close = difflib.get_close_matches(wanted, known, n=5, cutoff=0.5) or sorted(known)[:5]
        hint = f" Similar names: {', '.join(close)}" if close else " It has no students"
        raise ClassError(f"this class has no student {wanted!r}: give the name as it is in grades.csv.{hint}")
    student = wanted if wanted in same else same[0]
    folders = tuple(f"{step}/{student}" for step, names in held.items() if student in names)
    lessons = tuple(sorted(marks.get(student, ())))
    journal = _lines_without(folder.journal.path, _without_journal, student)
    grades = _lines_without(folder.grades, _without_grades, student)
    found = Traces(student, folders, student in marks, lessons, journal, grades, 0, ties_of(folder, student))
    failures = _lines_without(folder.log, _without_failures, student, _lessons_of(folder, found))
    about = marking.submissions(folder, student)
    given = sum(_lines_without(path, marking.lines_without, about) for path in marking.files(folder))
    return replace(found, failures=failures, marking=given)


def _entries(place):
    return place.iterdir() if place.is_dir() else ()


def _lessons_of(folder, traces):
    """Names of the lessons that failures.log may mention together with the student."""
    failed = folder.journal.latest("failed", "student", "lesson")
    marked = folder.journal.latest("marked", "student", "lesson")
    return {*traces.lessons, *(lesson for student, lesson in (*failed, *marked) if student == traces.student)}


def _nfc(name):
    return unicodedata.normalize("NFC", name)


# ------------------------------------------------------------------------------------------------------- what is removed


def _rewrite_report(folder, forgotten, in_a_team):
    try:
        if in_a_team and folder.grades.exists():  # it says who submitted for the others
            write_grades(
                folder.grades,
                graded_rows(folder.root),
                CourseFile.read(folder.course_file, course_root()).order,
            )
        with contextlib.suppress(ClassError):  # without students there is no report
            write_report(folder.root)
    except OSError as e:
        raise ClassError(
            f"everything about {forgotten!r} was removed, but {NAME} could not be rewritten: {e}. Fix this, and run "
            f"gru-course report {folder.root}"
        ) from e


def _remove(place):
    if place.is_symlink():
        place.unlink()  # only the link: its target is not the class's
    elif place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _rewrite(path, without, *about):
    if path.exists():
        before = path.read_bytes()
        after = without(before, *about)
        if after != before:
            write_atomically(path, after)


def _lines_without(path, without, *about):
    """How many lines a file would lose."""
    if not path.exists():
        return 0
    before = path.read_bytes()
    return before.count(b"\n") - without(before, *about).count(b"\n")


def _without_journal(content, student):
    return b"".join(line for line in content.splitlines(keepends=True) if not _is_about(line, student))


def _is_about(line, student):
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and entry.get("event") in ABOUT and entry.get("student") == student


def _without_grades(content, student):
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except (
        UnicodeDecodeError,
        csv.Error,
    ):  # edited since by another program: `_still_named_in` reports it
        return content
    kept = [row for row in rows if row[:1] != [spreadsheet_safe(student)]]
    if len(kept) == len(rows):
        return content
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(kept)
    return text.getvalue().encode()


def _without_failures(content, student, lessons):
    """The log without the reports about a student: each begins with a time, the student and the lesson."""
    text = content.decode("utf-8", "replace")
    about = "|".join(re.escape(one_line(f"{student} {lesson}")) for lesson in lessons)
    if not about:
        return content
    parts = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )", text, flags=re.M)
    kept = [part for part in parts if not re.match(rf"\S+ \S+ (?:{about})(?::|$)", part, re.M)]
    return content if len(kept) == len(parts) else "".join(kept).encode()


def _still_named_in(folder, student):
    """Files of the class's folder that still contain the name as separate words, in any form in which we write it."""
    forms = {student, html.escape(student), quote(student), json.dumps(student)[1:-1]}
    words = b"|".join(re.escape(form.encode("utf-8", "surrogateescape")) for form in forms)
    pattern = re.compile(rb"(?<!\w)(?:" + words + rb")(?!\w)")
    files = (place for place in _entries(folder.root) if place.is_file() and place.stat().st_size < LARGEST)
    return sorted(place.name for place in files if place.name != CONFIG_FILE and pattern.search(place.read_bytes()))
