"""Marks in the shapes that Canvas and Moodle import.

Best is to give the file that the LMS itself exported: it knows each student by a number, and the marks go into the right
column of it. Without one, a file of the same shape is written from what the submissions' names tell.

Sources of the shapes: for Canvas the importer and exporter themselves,
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb and gradebook_exporter.rb beside it; for
Moodle https://github.com/moodle/moodle/blob/main/mod/assign/feedback/offline/importgradeslib.php, mod/assign/gradingtable.php
there, and https://docs.moodle.org/en/Grade_import.
"""

import collections
import csv
import html
import io
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom.gradebook import Book
from grader.classroom.grades import spreadsheet_safe
from grader.classroom.grading import NOT_RUN, gradings

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
CANVAS_POINTS = "    Points Possible"  # with the blanks that Canvas itself writes
COMMENTS = "Feedback comments"
MOODLE_COLUMNS = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
    "Last modified (grade)", COMMENTS,
)  # fmt: skip
PARTICIPANT = "Participant "
NEVER = "-"  # Moodle's word for a time that never was
_HARMLESS = re.compile(r"(\w[\w@.+-]*)?|[+-]?[\d.,]+")  # logins, addresses and numbers, which the LMS reads as they are
_HELD = ("ex", "n/a")  # what Canvas writes for who is excused, or does not have the assignment: it stays


@dataclass
class Export:
    """What became of an export.

    `written` students got a mark in the file; `unknown` handed in, but the LMS's file has no line that is surely theirs;
    `absent` have a line there, but handed in nothing; `waiting` were left out, as an answer of theirs is still to be
    marked. `notes` says what else should be known.
    """

    path: Path
    written: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    absent: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def told(self):
        """All of it in sentences, a list of str."""
        said = [f"{len(self.written)} students with marks are in {self.path}"]
        for names, what in (
            (self.waiting, "left out, as an answer waits to be marked"),
            (self.failed, "left out, as their submission could not be graded (--failed-as-zero writes 0)"),
            (self.unknown, "handed in, but not found in the LMS's file"),
            (self.absent, "in the LMS's file, but without a submission"),
        ):
            said += [f"{len(names)} {what}: {', '.join(sorted(names))}"] if names else []
        return said + self.notes


def write_canvas(
    path, marks, people=None, numbers=None, roster=None, columns=None, ungraded=False, failed=(), called=None
):
    """Write marks for Canvas: Grades → Import.

    With a roster, the file holds Canvas's own lines of all who have a mark, of its columns only those that tell who it is
    and the lessons': what was entered in Canvas meanwhile for others is never overwritten. Marks are scaled to the
    assignment's points.

    Parameters
    ----------
    path : the file to write, UTF-8
    marks : ``{(student, lesson): Mark}``, as `Book.marks` gives them: late penalties are taken off
    people : ``{student: Person}``, as `Book.people` gives it
    numbers : ``{(student, lesson): number}`` that the LMS's export of submissions gave, as text
    roster : the gradebook that Canvas exported, a CSV file
    columns : ``{lesson: title}`` of Canvas's assignments, or their numbers, where the title does not name the lesson
    ungraded : also those of whom an answer is still to be marked
    failed : (student, lesson) of submissions that could not be graded: they are left out
    called : ``{student: name}`` as an LMS's export of submissions gave it; by default the folder's name tells

    Returns
    -------
    export : Export

    Raises
    ------
    ClassError
        If the roster is no gradebook of Canvas's, or has no column for a lesson.
    """
    lessons = sorted({lesson for _, lesson in marks})
    sheet = _Sheet.read(roster) if roster else _canvas_sheet(marks, people or {}, numbers or {}, lessons)
    width = _canvas_width(sheet, roster)
    titles = dict(enumerate(sheet.header[width:], width))
    places = {lesson: _place(lesson, titles, (columns or {}).get(lesson), path) for lesson in lessons}
    names = 2 if sheet.header[0] == "LastName" else 1
    lines, first = [], []
    for row in sheet.rows:
        (first if _is_canvas_head(row) else lines).append(row)
    top = next((row for row in first if "Points Possible" in row[0]), None)
    full = {lesson: _number(top[place]) if top else None for lesson, place in places.items()}
    own = sheet.header.index("ID")
    keys = [_Keys(row[names : width - 1], [" ".join(row[names - 1 :: -1])], numbers=[row[own]]) for row in lines]
    who = people or {}, numbers or {}, called or {}
    filled, export = _fill(sheet, lines, keys, marks, who, places, full, ungraded, failed, path)
    kept = [*range(width), *sorted(places.values())]
    sheet.rows = [[row[i] for i in kept] for row in first + filled]
    sheet.header = [sheet.header[i] for i in kept]
    sheet.write(path, texts=range(names))
    return export


def write_moodle(
    path,
    marks,
    people=None,
    numbers=None,
    roster=None,
    columns=None,
    ungraded=False,
    failed=(),
    comments=None,
    called=None,
):
    """Write marks for Moodle: an assignment's "Upload grading worksheet", or Grades → Import → CSV file.

    Moodle knows who hands in by a number that is another one in each assignment: of several lessons, a worksheet each is
    needed. Marks are scaled to the assignment's maximum, and none is above it, as Moodle takes none that is.

    Parameters
    ----------
    path, marks, people, numbers, ungraded, failed, called : as in `write_canvas`
    roster : the assignment's grading worksheet, or the course's exported grades (plain text), as a CSV file
    columns : ``{lesson: title}`` where the title does not name the lesson, or Moodle speaks another language than English
    comments : ``{(student, lesson): text}`` for the worksheet's feedback comments, where there are none yet

    Returns
    -------
    export : Export

    Raises
    ------
    ClassError
        If the roster is neither, or has no column for a lesson; without a roster, if no submission has Moodle's number.
    """
    lessons = sorted({lesson for _, lesson in marks})
    sheet = _Sheet.read(roster) if roster else _moodle_sheet(marks, people or {}, numbers or {}, lessons)
    worksheet = bool(sheet.rows) and all(re.search(r"\D\d+$", row[0]) for row in sheet.rows)
    if worksheet and len(lessons) > 1:
        raise ClassError(
            f"a grading worksheet is for one lesson, but there are marks of {', '.join(lessons)}: choose one"
        )
    titles = dict(enumerate(sheet.header))
    places = {
        lesson: _place(lesson, titles, (columns or {}).get(lesson) or ("Grade" if worksheet else None), path)
        for lesson in lessons
    }
    full = {lesson: None for lesson in lessons}
    if worksheet:
        place = places[lessons[0]]
        full[lessons[0]] = max((_number(row[place + 1]) or 0 for row in sheet.rows), default=0) or None
    graded = {*places.values(), *(p + 1 for p in places.values() if worksheet)}
    keys = [_moodle_keys(row, worksheet, graded) for row in sheet.rows]
    who = people or {}, numbers or {}, called or {}
    filled, export = _fill(sheet, sheet.rows, keys, marks, who, places, full, ungraded, failed, path, capped=True)
    verbatim = ()
    if worksheet and COMMENTS in sheet.header:
        verbatim = (sheet.header.index(COMMENTS),)
        for row, student in zip(filled, export.written, strict=True):
            comment = (comments or {}).get((student, lessons[0]), "")
            row[verbatim[0]] = row[verbatim[0]] or html.escape(spreadsheet_safe(comment))
    if not roster:
        export.notes.append("the numbers are taken for participants': for submissions of teams give Moodle's worksheet")
    if not worksheet:
        tops = sorted({f"{mark.max_score:g}" for mark in marks.values()})
        export.notes.append(f"Moodle's file does not tell its full marks: ours are {' and '.join(tops)} points")
    sheet.rows = filled
    sheet.write(path, texts=(1,) if worksheet else (0, 1), verbatim=verbatim)
    return export


def export(folder, lms, path, lessons=(), failed_as_zero=False, **how):
    """Write a class's marks, as its gradebook has them now.

    Parameters
    ----------
    folder : ClassFolder
    lms : "canvas" or "moodle"
    path : the file to write
    lessons : names of lessons, all by default
    failed_as_zero : write 0 for submissions that could not be graded; else they are left out
    how : `roster`, `columns` and `ungraded` of `write_canvas` and `write_moodle`

    Raises
    ------
    ClassError
        If nothing was graded yet; and what those raise.
    """
    roster = how.get("roster")
    if roster and Path(roster).resolve() == Path(path).resolve():
        raise ClassError(f"{path} would be overwritten, and it is what the LMS exported: name another file with --out")
    with Book(folder) as book:
        marks, people = book.marks(lessons), book.people()
    if not marks:
        what = f" of {', '.join(lessons)}" if lessons else ""
        raise ClassError(f"nothing{what} was graded in {folder.root} yet: run gru-course grade {folder.root} first")
    # A number tells somebody only where it came from.
    received = folder.journal.latest("received", "student", "lesson", where=lambda entry: "number" in entry)
    numbers = {
        place: entry["number"] if entry.get("lms", lms) == lms and (entry["number"] or "").isdigit() else ""
        for place, entry in received.items()
    }
    named = (e for e in received.values() if e.get("lms", "folder") not in ("folder", "people"))
    how["called"] = {entry["student"]: entry["name"] for entry in named}
    _, graded = gradings(folder.journal)
    if not failed_as_zero:
        how["failed"] = {
            place
            for place, mark in marks.items()
            if place in graded and graded[place]["state"] in NOT_RUN and not mark.score
        }
    if lms == "canvas":
        return write_canvas(path, marks, people, numbers, **how)
    comments = {place: entry["reason"] for place, entry in graded.items()}
    return write_moodle(path, marks, people, numbers, comments=comments, **how)


# ------------------------------------------------------------------------------------------------------------- sheets


@dataclass
class _Sheet:
    """A table in a text file, and how that was written."""

    header: list
    rows: list
    delimiter: str = ","
    bom: bool = False

    @classmethod
    def read(cls, path):
        try:
            data = Path(path).read_bytes()
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except OSError as e:
            raise ClassError(f"{path} cannot be read: {e.strerror}") from None
        except UnicodeDecodeError:
            raise ClassError(f"{path} is not in UTF-8: give the file as the LMS exported it, or save it so") from None
        beginning = text.partition("\n")[0]
        delimiter = max(",;\t", key=lambda d: len(next(csv.reader([beginning], delimiter=d), ())))
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
        if len(rows) < 2 or len(rows[0]) < 3:
            raise ClassError(f"{path} is no table of students: give the CSV file that the LMS exports")
        width = len(rows[0])
        rows = [(row + [""] * width)[:width] for row in rows]
        return cls([title.strip() for title in rows[0]], rows[1:], delimiter, data.startswith(b"\xef\xbb\xbf"))

    def write(self, path, texts, verbatim=()):
        """Write it, safe for spreadsheets: the columns `texts` always, others but `verbatim` where a formula is possible."""
        text = io.StringIO()
        # All is quoted: a spreadsheet that splits at another sign must not find a formula in the middle of a field.
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerow(self.header)
        for row in self.rows:
            safe = [i in verbatim or (i not in texts and _HARMLESS.fullmatch(c)) for i, c in enumerate(row)]
            writer.writerow(cell if is_safe else _safe(cell) for cell, is_safe in zip(row, safe, strict=True))
        write_atomically(path, ("\ufeff" if self.bom else "") + text.getvalue())


def _safe(cell):
    return cell if cell in (NEVER, CANVAS_POINTS) else spreadsheet_safe(cell)


def _canvas_width(sheet, roster):
    """How many columns tell who it is: up to Section, which Canvas demands."""
    titled = sheet.header[0] == "LastName" or "Student" in sheet.header[0]
    if not titled or "ID" not in sheet.header or "Section" not in sheet.header:
        raise ClassError(
            f"{roster} is no gradebook of Canvas's: it should begin with {', '.join(CANVAS_COLUMNS)}, but begins with "
            f"{', '.join(sheet.header[:5])}. In Canvas: Grades, Export, Export Entire Gradebook"
        )
    return sheet.header.index("Section") + 1


def _is_canvas_head(row):
    """Whether it is no student's line: the points, or how marks are posted."""
    return "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row)


def _canvas_sheet(marks, people, numbers, lessons):
    tops = {lesson: max(m.max_score for (_, name), m in marks.items() if name == lesson) for lesson in lessons}
    rows = [[CANVAS_POINTS, *[""] * 4, *(_points(top) for top in tops.values())]]
    for student in dict.fromkeys(student for student, _ in marks):
        name, number = _name_and_number(student, people, numbers, lessons)
        login = "" if number or " " in student else student
        rows.append([name, number, "", login, "", *[""] * len(lessons)])
    return _Sheet([*CANVAS_COLUMNS, *lessons], rows)


def _moodle_sheet(marks, people, numbers, lessons):
    rows = []
    for (student, _), mark in marks.items():
        name, number = _name_and_number(student, people, numbers, lessons)
        if number:
            email = people[student].email if student in people else ""
            rows.append([PARTICIPANT + number, name, email, "", "", _points(mark.max_score), "Yes", NEVER, ""])
    if not rows:
        raise ClassError(
            "Moodle tells students apart by its own numbers, and no submission here has one: give the assignment's worksheet "
            "(in Moodle: View all submissions, Download grading worksheet)"
        )
    return _Sheet(list(MOODLE_COLUMNS), rows, bom=True)


def _name_and_number(student, people, numbers, lessons):
    person = people.get(student)
    name, number = _split(student)
    number = next((numbers[student, lesson] for lesson in lessons if numbers.get((student, lesson))), number)
    return name, (person.lms_user_id if person else "") or number


def _moodle_keys(row, worksheet, graded):
    """All cells may tell who it is, whatever the titles say in Moodle's language, but those with marks."""
    others = [cell for i, cell in enumerate(row) if i not in graded]
    if worksheet:
        # In anonymous marking the file names say no more than the word before the number, in Moodle's language.
        number, anonymous = re.search(r"\d+$", row[0])[0], re.sub(r"\s*\d+$", "", row[0])
        return _Keys([number, *others], [row[1]], [row[1], anonymous], [number])
    return _Keys(others, [f"{row[0]} {row[1]}"])


def _place(lesson, titles, wanted, path):
    """The column of a lesson: the one that was asked for, or the one whose title names it."""
    without_number = {i: re.sub(r"\s*\(\d+\)$", "", title) for i, title in titles.items()}
    if wanted:
        exact = [i for i, title in titles.items() if wanted in (title, without_number[i])]
        numbered = [i for i, title in titles.items() if wanted.isdigit() and title.endswith(f"({wanted})")]
        alike = [i for i in titles if _simple(wanted) in (_simple(titles[i]), _simple(without_number[i]))]
        found = exact or numbered or alike
    else:
        found = [i for i, title in without_number.items() if f" {_simple(lesson)} " in f" {_simple(title)} "]
    if len(found) == 1:
        return found[0]
    what = f"is called {wanted!r}" if wanted else f"names the lesson {lesson}"
    problem = f"{len(found)} columns" if found else "no column"
    raise ClassError(
        f"{problem} of the LMS's file {what}: there are {', '.join(filter(None, titles.values()))}. Say which one it is"
    )


# ----------------------------------------------------------------------------------------------------------- who is who


class _Keys:
    """What tells whose line it is: identifiers, and names.

    `numbers` are those that the LMS itself gave, all identifiers by default: a university's own may be the same as
    another student's. `told_with` are the names of which one must go with a number, as Moodle has the same numbers for
    teams; None if the number alone is enough.
    """

    def __init__(self, identifiers, names, told_with=None, numbers=None):
        self.told_with = None if told_with is None else {"".join(_letters(text)) for text in told_with}
        self.identifiers = {_simple_key(text) for text in identifiers} - {""}
        self.numbers = self.identifiers if numbers is None else {_simple_key(text) for text in numbers} - {""}
        self.names = {_words(text) for text in names} - {()}
        self.run_together = {"".join(_letters(text)) for text in names} - {""}
        self.shown = names[0]


@dataclass(frozen=True)
class _Known:
    """What is known of a student: the folder's name, the gradebook's Person or None, and what an LMS calls them.

    `numbers` are those that an LMS gave; None if none did, and then the folder's name may hold one.
    """

    folder: str
    person: object
    name: str
    numbers: set | None


def _match(keys, students, people, numbers, called, lessons):
    """The line of each student, and the students without: by identifier first, then by name, and only where it is sure."""
    found, free, known = {}, dict(enumerate(keys)), {}
    for student in students:
        given = {numbers[student, lesson] for lesson in lessons if (student, lesson) in numbers}
        known[student] = _Known(student, people.get(student), called.get(student) or _split(student)[0], given or None)
    for told in (_told_by_identifier, _told_by_number, _told_by_name, _told_by_run_together):
        claims = collections.defaultdict(list)
        for student in students:
            if student not in found:
                lines = [i for i, key in free.items() if told(known[student], key)]
                if len(lines) == 1:
                    claims[lines[0]].append(student)
        for line, claimants in claims.items():
            if len(claimants) == 1:
                found[claimants[0]] = line
                del free[line]
    return found


def _told_by_identifier(known, key):
    told = (known.folder, known.person.lms_user_id, known.person.email) if known.person else (known.folder,)
    return bool({_simple_key(text) for text in told} - {""} & key.identifiers)


def _told_by_number(known, key):
    if key.told_with is not None and "".join(_letters(known.name)) not in key.told_with:
        return False
    if known.numbers is None:
        return bool({_split(known.folder)[1]} - {""} & key.identifiers)
    return bool(known.numbers - {""} & key.numbers)


def _told_by_name(known, key):
    person = known.person
    told = {_words(known.name)} | ({_words(f"{person.first_name} {person.last_name}")} if person else set())
    return bool(told - {()} & key.names)


def _told_by_run_together(known, key):
    return "".join(_letters(known.name)) in key.run_together


def _split(student):
    """A student's name and the LMS's number in it, as `intake` makes them: ``lovelaceada_12345``, ``Ada Lovelace (12345)``."""
    match = re.fullmatch(r"(.+?)(?:_(\d+)| \((\d+)\))", student)
    return (match[1], match[2] or match[3]) if match else (student, "")


def _simple(text):
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _simple_key(text):
    return unicodedata.normalize("NFKC", text).casefold().strip().lstrip("'")


def _letters(text):
    """A name's letters and digits in order, without accents: ``"Žák, Ève"`` gives z a k e v e."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return [c for c in plain if c.isalnum()]


def _words(text):
    """A name's words in no order, without accents: "Lovelace, Ada" and "Ada Lovelace" are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(sorted(re.findall(r"[^\W_]+", plain)))


# --------------------------------------------------------------------------------------------------------------- marks


def _fill(sheet, lines, keys, marks, who, places, full, ungraded, failed, path, capped=False):
    """Write the marks into `lines`; those that got one, and the Export. `who` is what `_match` needs to know of students."""
    export = Export(Path(path))
    students = list(dict.fromkeys(student for student, _ in marks))
    found = _match(keys, students, *who, sorted(places))
    comma = any(re.fullmatch(r"\d+,\d+", cell) for row in sheet.rows for cell in row)
    waiting, left, held, cut, scaled, written = set(), set(), set(), set(), {}, {}
    for (student, lesson), mark in marks.items():
        if student not in found:
            continue
        if (student, lesson) in failed:
            left.add(student)
            continue
        if mark.needs_manual_grade and not ungraded:
            waiting.add(student)
            continue
        row, top = lines[found[student]], full[lesson] or mark.max_score
        if row[places[lesson]].strip().casefold() in _HELD:
            held.add(student)
            continue
        if top != mark.max_score:
            scaled[lesson] = (mark.max_score, top)
        score = mark.score * top / mark.max_score if mark.max_score else mark.score
        if capped and score > top:
            cut.add(student)
            score = top
        row[places[lesson]] = _points(score).replace(".", "," if comma else ".")
        written[found[student]] = student
    export.written = [written[line] for line in sorted(written)]
    export.unknown = [student for student in students if student not in found]
    export.waiting, export.failed = sorted(waiting), sorted(left)
    export.absent = [key.shown for line, key in enumerate(keys) if line not in found.values()]
    for lesson, (ours, theirs) in sorted(scaled.items()):
        export.notes.append(f"the marks of {lesson} were scaled from {ours:g} to the LMS's {theirs:g} points")
    if held:
        export.notes.append(f"excused in the LMS, and left so: {', '.join(sorted(held))}")
    if cut:
        export.notes.append(
            f"more than full marks, which Moodle does not take, were cut to them: {', '.join(sorted(cut))}"
        )
    return [lines[line] for line in sorted(written)], export


def _points(value):
    """Two decimals, as both LMSs show marks; a half goes up."""
    return str(Decimal(repr(float(value))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _number(text):
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
