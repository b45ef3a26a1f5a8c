"""The CSV files that an LMS exports and imports: read with whatever separator it chose, and written back the same way."""

import csv
import io
import itertools
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom.lms.common import text_of_table
from grader.classroom.spreadsheets import spreadsheet_safe

NOTHING = "-"  # what Moodle writes for a time or a grade that does not exist: no formula
_HARMLESS = re.compile(r"(\w[\w@.+-]*)?|[+-]?[\d.,]+")  # logins, addresses and numbers, which the LMS reads as they are


@dataclass
class Sheet:
    """A table with a line of titles, and how its file is written. `above` are the lines before the titles."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    bom: bool = False
    above: list[list[str]] = field(default_factory=list)

    @classmethod
    def read(cls, path, above=0):
        """Read a file that an LMS exported: UTF-8 or UTF-16, separated by commas, semicolons or tabs.

        Parameters
        ----------
        path : the file
        above : how many lines stand before the titles

        Raises
        ------
        ClassError
            If the file cannot be read, or is not a table of students.
        """
        text, marked = text_of_table(path, "give the file as the LMS exported it, or save it so")
        beginning = (text.split("\n", above + 1)[above:] or [""])[0]
        delimiter = max(",;\t", key=lambda d: len(next(csv.reader([beginning], delimiter=d), ())))
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        before = list(itertools.islice(lines, above))
        rows = [row for row in lines if any(row)]
        if len(rows) < 2 or len(rows[0]) < 3:
            raise ClassError(f"{path} is no table of students: give the CSV file that the LMS exports")
        width = len(rows[0])
        rows = [(row + [""] * width)[:width] for row in rows]
        return cls([title.strip() for title in rows[0]], rows[1:], delimiter, marked, before)

    @property
    def decimal_sign(self):
        """A comma if a number in it is written like 7,50, otherwise a point."""
        return "," if any(re.fullmatch(r"\d+,\d+", cell) for row in self.rows for cell in row) else "."

    def column_of(self, lesson, title=None, start=0):
        """The column, `start` or a later one, that has this title or number; without either, the one that names the lesson.

        Raises
        ------
        ClassError
            If there is no such column, or several.
        """
        titles = dict(enumerate(self.header[start:], start))
        without_number = {i: re.sub(r"\s*\(\d+\)$", "", text) for i, text in titles.items()}
        if title:
            exact = [i for i, text in titles.items() if title in (text, without_number[i])]
            numbered = [i for i, text in titles.items() if title.isdigit() and text.endswith(f"({title})")]
            alike = [i for i in titles if _words_of(title) in (_words_of(titles[i]), _words_of(without_number[i]))]
            found = exact or numbered or alike
        else:
            found = [i for i, text in without_number.items() if f" {_words_of(lesson)} " in f" {_words_of(text)} "]
        if len(found) == 1:
            return found[0]
        what = f"is called {title!r}" if title else f"names the lesson {lesson}"
        problem = f"{len(found)} columns" if found else "no column"
        raise ClassError(
            f"{problem} of the LMS's file {what}: there are {', '.join(filter(None, titles.values()))}. Say which one it is"
        )

    def write(self, path, texts, verbatim=()):
        """Write it so that no spreadsheet finds a formula.

        Cells of the columns `texts` are always made safe, other cells only where they could be a formula, and those of
        the columns `verbatim` never.
        """
        text = io.StringIO()
        # All is quoted: a spreadsheet that splits at another sign must not find a formula in the middle of a field.
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerows([*self.above, self.header])
        for row in self.rows:
            kept = [i in verbatim or (i not in texts and _HARMLESS.fullmatch(cell)) for i, cell in enumerate(row)]
            writer.writerow(cell if keep else safe(cell) for cell, keep in zip(row, kept, strict=True))
        write_atomically(path, ("\ufeff" if self.bom else "") + text.getvalue())


def safe(cell):
    """The text of a cell that no spreadsheet takes for a formula."""
    return cell if cell == NOTHING else spreadsheet_safe(cell)


def points(value):
    """A mark with two decimals, as LMSs show marks; a half is rounded up."""
    return str(Decimal(repr(float(value))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def number(text):
    """The number in a cell, with a decimal point or comma; None if it is no number."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _words_of(text):
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
