"""Tables that an instructor keeps by hand in the class's folder, as CSV files: read with their lines, written back whole.

A spreadsheet may have written the file: with a mark at its beginning, with semicolons, with capitals in its titles. A name that
a spreadsheet would take for a formula is written with an apostrophe before it, and read without.
"""

import csv
import difflib
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom.lms.common import text_of_table
from grader.classroom.spreadsheets import spreadsheet_safe

SHOWN = 8  # names in a message


@dataclass(frozen=True)
class Line:
    """A line of a table: its number in the file, and its cells by title; a cell that is not there is empty."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, title):
        return self.cells.get(title, "")


@dataclass(frozen=True)
class Table:
    """A table: its columns' titles, its lines, the sign between cells, and whether the file begins with UTF-8's mark."""

    titles: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    delimiter: str = ","
    marked: bool = False

    def write(self, path, rows):
        """Write a table like this one, with other rows: dicts by title."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        writer.writerow(self.titles)
        writer.writerows([spreadsheet_safe(row.get(title, "")) for title in self.titles] for row in rows)
        write_atomically(path, ("\ufeff" if self.marked else "") + text.getvalue())


def read_table(path, columns, needed):
    """The table at a path; an empty one with all `columns` if there is no such file.

    Parameters
    ----------
    path : the file
    columns : titles that it may have
    needed : those that it must have, and that no line may leave empty

    Raises
    ------
    ClassError
        If it cannot be read, has other titles, or leaves out what is needed; the message names the file and the line.
    """
    path = Path(path)
    if not path.exists():
        return Table(tuple(columns))
    text, marked = text_of_table(path, "save it as CSV in UTF-8")
    if not text.strip():
        raise ClassError(f"{path} is empty: its first line should be {','.join(columns)}")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as e:
        raise ClassError(f"{path}, line {reader.line_num}: it is not a line of a CSV file ({e})") from None
    rows = [(number, row) for number, row in rows if any(row)]
    number, titles = rows[0][0], [title.casefold() for title in rows[0][1]]
    while titles and not titles[-1]:
        titles.pop()
    for title in titles:
        if title not in columns:
            raise ClassError(
                f"{path}, line {number}: it has a column {title!r}, but the columns are {', '.join(columns)}"
                f"{did_you_mean(title, columns)}"
            )
    if len({*titles}) < len(titles):
        raise ClassError(f"{path}, line {number}: it has two columns with the same title: {', '.join(titles)}")
    for title in needed:
        if title not in titles:
            raise ClassError(
                f"{path}, line {number}: it has no column {title!r}: its first line should be {','.join(columns)}"
            )
    lines = tuple(_line(path, number, row, titles, needed) for number, row in rows[1:])
    return Table(tuple(titles), lines, delimiter, marked)


def _line(path, number, row, titles, needed):
    if any(row[len(titles) :]):
        raise ClassError(
            f"{path}, line {number}: it has {len(row)} cells, but there are {len(titles)} columns ({', '.join(titles)}). A name "
            f'with a comma in it needs quotes: "Ng, Mei"'
        )
    cells = {title: _plain(cell) for title, cell in zip(titles, row, strict=False)}
    for title in needed:
        if not cells.get(title):
            raise ClassError(f"{path}, line {number}: its {title} is empty")
    return Line(number, cells)


def _plain(cell):
    """A cell without the apostrophes that `spreadsheet_safe` has put into it."""
    without = cell.removeprefix("'").replace(";'", ";")
    return without if without != cell and spreadsheet_safe(without) == cell else cell


def same_name(name):
    """A form of a name that is equal for all ways to write it in Unicode, as some disks change them."""
    return unicodedata.normalize("NFC", name)


def did_you_mean(wanted, known):
    """The end of a sentence: `: did you mean 03_gates?`, or a full stop if no known name is near."""
    close = near(wanted, known)
    return f": did you mean {' or '.join(close)}?" if close else "."


def near(wanted, known):
    """The names that are most like the one wanted, none if none is like it."""
    by_form = {name.casefold(): name for name in sorted(known)}
    return [by_form[form] for form in difflib.get_close_matches(wanted.casefold(), by_form, n=2, cutoff=0.6)]


def the_lesson(text, lessons, place):
    """The name of the lesson that a file calls ``03`` or ``03_gates``.

    Parameters
    ----------
    text : as the file writes it; a spreadsheet may have made 3 of 03
    lessons : names of all lessons
    place : how the message begins

    Raises
    ------
    ClassError
        If there is no such lesson.
    """
    wanted = f"{int(text):02}" if text.isdecimal() and text.isascii() else text
    found = [name for name in lessons if name == wanted or name.split("_")[0] == wanted]
    if not found:
        raise ClassError(
            f"{place}: the course has no lesson {text!r}{did_you_mean(text, lessons)} Its lessons are {', '.join(lessons)}"
        )
    return found[0]
