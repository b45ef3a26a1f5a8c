"""Canvas: its "Download Submissions", and the file of marks for Grades → Import.

A file of the download is called ``lovelaceada_LATE_12345_67890_03_gates-1.ipynb``: name, user's number, file's number. A text
or a link that was entered is ``lovelaceada_12345_text.html``; in anonymous assignments the name is ``anon_Qr3xZ``, with LATE
before it. A user's number is the same in all assignments. Name and file name are free text: a name that can be read in
more than one way belongs to nobody.

Sources, all in https://github.com/instructure/canvas-lms/blob/master/lib/: content_zipper.rb, `get_filename` and what it
calls; gradebook_importer.rb and gradebook_exporter.rb.
"""

import itertools
import re

from grader.base.errors import ClassError
from grader.classroom.lms.common import Owned, Person, Unidentified
from grader.classroom.lms.exporting import Target, fill
from grader.classroom.lms.matching import Keys
from grader.classroom.lms.sheets import Sheet, number, points
from grader.classroom.lms.versions import version

NAME = "Canvas"
ROSTER = "Canvas's gradebook"
COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "    Points Possible"  # with the blanks that Canvas itself writes

_NUMBERS = re.compile(r"(?=_(?P<number>0|[1-9]\d*)_(?P<file>0|[1-9]\d*)_(?P<rest>.+))", re.S)  # at each place
_TEXT = re.compile(r"(?s)(?P<name>.+)_(?P<number>0|[1-9]\d*)_(?P<rest>(?:text|link)\.html)")
_ANONYMOUS = re.compile(
    r"(?s)(?P<early>LATE_)?anon_(?P<number>[A-Za-z0-9]+)(?P<late>_LATE)?_(?:(?P<file>\d+)_(?P<rest>.+)|(?P<text>(?:text|link)\.html))"
)
_LATE = "_LATE"
MOST_READINGS = 3  # that are looked for, and told


# ----------------------------------------------------------------------------------------------------------- downloads


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Canvas."""
    return not is_folder and bool(_ANONYMOUS.fullmatch(part) or next(_readings(part, ()), None))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    own = [fits(file.parts[0], len(file.parts) > 1) for file in files]
    all_anonymous = all(_ANONYMOUS.fullmatch(file.parts[0]) for file, is_own in zip(files, own, strict=True) if is_own)
    for file, is_own in zip(files, own, strict=True):
        if not is_own:
            yield file
            continue
        match = _ANONYMOUS.fullmatch(file.parts[0])
        found = list(itertools.islice(_readings(file.parts[0], known), MOST_READINGS))
        if match and (all_anonymous or not found):
            who, late = f"anon_{match['number']}", match["early"] or match["late"]
            person = Person("canvas", who, match["number"], shown=who)
            into.owned.append(_owned(file, person, match["rest"] or match["text"], match["file"], late))
        elif match or len(found) != 1:
            ways = [f"{who!r} with the number {number}" for who, _, number, _, _ in found]
            ways += [f"the anonymous {match['number']}"] if match else []
            into.unidentified.append(
                Unidentified((file,), f"its name can be read as that of {' or '.join(ways) or 'nobody'}")
            )
        else:
            ((who, late, number, number_of_file, rest),) = found
            person = Person("canvas", who, number, True, f"{who}_{number}")
            into.owned.append(_owned(file, person, rest, number_of_file, late))


def _owned(file, person, rest, number, late):
    return Owned(file, person, (rest,), (version(rest)[1], int(number or 0)), bool(late))


def _readings(name, known):
    """Yields all (name, LATE or not, number, file's number or None, file's name) that a file's name can mean.

    Canvas writes no number with a zero before it, and the number that a lesson's own name begins with is none of Canvas's.
    """
    for match in _NUMBERS.finditer(name, 1):
        of_lesson = name[match.start("file") :].casefold()
        if not any(of_lesson.startswith(lesson.casefold()) for lesson in known):
            who, late = _without_late(name[: match.start()])
            yield who, late, match["number"], match["file"], match["rest"]
    match = _TEXT.fullmatch(name)
    if match:
        who, late = _without_late(match["name"])
        yield who, late, match["number"], None, match["rest"]


def _without_late(name):
    return (name.removesuffix(_LATE), True) if name.endswith(_LATE) and name != _LATE else (name, False)


# --------------------------------------------------------------------------------------------------------------- marks


def write_marks(path, given, roster=None, columns=None):
    """Write the marks of a class for Canvas: Grades → Import.

    From a roster, the file takes the lines of all students who have a mark, and only the columns that identify them and
    those of the lessons: what was entered in Canvas meanwhile for others is never overwritten. Marks are scaled to the
    assignment's points.

    Parameters
    ----------
    path : the file to write, UTF-8
    given : ClassMarks
    roster : the gradebook that Canvas exported, a CSV file; without it, students are identified by their folders' names
    columns : ``{lesson: title}`` of Canvas's assignments, or their numbers, where the title does not name the lesson

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ClassError
        If the roster is not a gradebook of Canvas's, or has no column for a lesson.
    """
    sheet = Sheet.read(roster) if roster else _new_sheet(given)
    width = _identifying_columns(sheet, roster)
    places = {lesson: sheet.column_of(lesson, (columns or {}).get(lesson), width) for lesson in given.lessons}
    heads, rows = [], []
    for row in sheet.rows:
        (heads if _is_head(row) else rows).append(row)
    top = next((row for row in heads if "Points Possible" in row[0]), None)
    full_marks = {lesson: number(top[place]) if top else None for lesson, place in places.items()}
    names = 2 if sheet.header[0] == "LastName" else 1
    own = sheet.header.index("ID")
    keys = [Keys(row[names : width - 1], [" ".join(row[names - 1 :: -1])], numbers=[row[own]]) for row in rows]
    filled, outcome = fill(Target(rows, keys, places, full_marks, sheet.decimal_sign), given, path)
    kept = [*range(width), *sorted(places.values())]
    sheet.rows = [[row[i] for i in kept] for row in heads + filled]
    sheet.header = [sheet.header[i] for i in kept]
    sheet.write(path, texts=range(names))
    return outcome


def _identifying_columns(sheet, roster):
    """How many columns identify a student: up to Section, which Canvas requires."""
    is_titled = sheet.header[0] == "LastName" or "Student" in sheet.header[0]
    if not is_titled or "ID" not in sheet.header or "Section" not in sheet.header:
        raise ClassError(
            f"{roster} is no gradebook of Canvas's: it should begin with {', '.join(COLUMNS)}, but begins with "
            f"{', '.join(sheet.header[:5])}. In Canvas: Grades, Export, Export Entire Gradebook"
        )
    return sheet.header.index("Section") + 1


def _is_head(row):
    """Whether a line is not a student's, but tells the points, or how marks are posted."""
    return "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row)


def _new_sheet(given):
    """A gradebook as Canvas exports it, from what the class's folder knows."""
    tops = [
        max(mark.max_score for (_, name), mark in given.marks.items() if name == lesson) for lesson in given.lessons
    ]
    rows = [[POINTS, *[""] * 4, *map(points, tops)]]
    for student in given.students:
        name, own = given.name_and_number(student)
        login = "" if own or " " in student else student
        rows.append([name, own, "", login, "", *[""] * len(given.lessons)])
    return Sheet([*COLUMNS, *given.lessons], rows)
