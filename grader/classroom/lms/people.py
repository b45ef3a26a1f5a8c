"""What the instructor says: a CSV file that maps files or folders of a download to students, and overrides everything."""

import csv
import io
import itertools
from datetime import datetime

from grader.base.errors import ClassError
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.lms.common import UNKNOWN, Owned, Person, in_utc, text_of_table

_FILE = ("file", "folder")


def read_table(path, what):
    """The rows of a CSV file as dicts, by titles in lower case.

    Raises
    ------
    ClassError
        If it cannot be read.
    """
    text, _ = text_of_table(path, "save it so", what)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as e:
        raise ClassError(f"{what} {path} is no CSV file: {e}") from None
    if len(rows) < 2:
        raise ClassError(
            f"{what} {path} is empty: it should have a line of titles, and below it a line for each student"
        )
    titles = [title.strip() for title in rows[0]]
    return [dict(zip(titles, (cell.strip() for cell in row), strict=False)) for row in rows[1:]]


def parse_time(text, what):
    """A time of a CSV file, in UTC; without an offset it is this machine's.

    Raises
    ------
    ClassError
        If it is none.
    """
    try:
        return in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ClassError(
            f"{what}: {text!r} is no time: write it like 2026-12-01T23:59, or 2026-12-01T23:59+01:00"
        ) from None


def read_people(path):
    """What ``--people`` says: ``{path in the download: (student, time or None)}``.

    Raises
    ------
    ClassError
        If the file cannot be read, has other columns, or names one path twice.
    """
    said = {}
    for row in read_table(path, "--people"):
        low = {title.casefold(): cell for title, cell in row.items()}
        file = next((low[title] for title in _FILE if low.get(title)), "")
        student = low.get("student", "")
        if not file or not student:
            raise ClassError(
                f"--people {path}: a line without a file or without a student. It should have the columns file (or folder) "
                f"and student, and may have time; it has {', '.join(row)}"
            )
        place = tuple(part for part in file.replace("\\", "/").split("/") if part not in ("", "."))
        time = parse_time(low["time"], f"--people {path}") if low.get("time") else None
        if said.setdefault(place, (student, time)) != (student, time):
            raise ClassError(f"--people {path} gives {file} to {said[place][0]} and to {student}")
    return said


def sort(files, said, into):
    """Give the files that `said` speaks of to those whom it names; the other files.

    A path may begin at any folder that all notebooks share, but at none below: that could be a student's own.
    """
    used, rest = set(), []
    work = [file.parts[:-1] for file in files if notebook_stem(file.parts[-1]) is not None or is_zip(file.parts[-1])]
    shared = sum(1 for _ in itertools.takewhile(lambda level: len(set(level)) == 1, zip(*work, strict=False)))
    for file in files:
        found = _found(file.parts, said, shared)
        if found is None:
            rest.append(file)
            continue
        place, below = found
        used.add(place)
        student, time = said[place]
        person = Person("people", student, "", True, student)
        told = "given with --people" if time else UNKNOWN
        into.owned.append(Owned(file, person, below or file.parts[-1:], (), False, time, told))
    unused = ["/".join(place) for place in said if place not in used]
    if unused:
        into.notes.append(f"--people speaks of what is not in the download: {', '.join(unused)}")
    return rest


def _found(parts, said, shared):
    """The longest path in `said` that is this file or a folder above it, and what lies below; None if there is none.

    `shared` of its folders may be left out in `said`.
    """
    for end in range(len(parts), 0, -1):
        for start in range(min(end, shared + 1)):
            if parts[start:end] in said:
                return parts[start:end], parts[end:]
    return None
