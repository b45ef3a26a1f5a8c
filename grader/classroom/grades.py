"""The results of a run: grades.csv for a spreadsheet, tables for the terminal."""

import collections
import csv
import io
import statistics

from rich.table import Table
from rich.text import Text

from grader.authoring.lessons import in_order
from grader.base.files import write_atomically
from grader.base.wording import visible
from grader.classroom.grading import NEED_A_PERSON, STATES
from grader.classroom.items import items
from grader.classroom.sharing import once
from grader.classroom.spreadsheets import spreadsheet_safe

COLUMNS = (
    "student", "lesson", "state", "score", "max_score", "needs_manual_grade", "late_seconds", "late_penalty",
    "submitted_utc", "time_from", "reason", "sandbox", "cpu_seconds", "seconds", "own_tests", "changed",
)  # fmt: skip
TEAM = "team"  # one more column, in a class with teams
SHOWN = 12  # exercises or submissions in the terminal; report.html and grades.csv have them all


def write_grades(path, rows, order=()):
    """Write grades.csv: one line for each student and lesson, safe to open in a spreadsheet; lessons in `order` come first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    in_teams = any(row.team for row in rows)
    writer.writerow((*COLUMNS, TEAM) if in_teams else COLUMNS)
    lessons = in_order({row.lesson for row in rows}, order)
    for row in sorted(rows, key=lambda r: (r.student, lessons.index(r.lesson))):
        m = row.mark
        marks = (m.score, m.max_score, m.needs_manual_grade, round(m.seconds_late), m.late_penalty) if m else [""] * 5
        submitted = row.submitted.isoformat(timespec="seconds") if row.submitted else ""
        fields = (
            row.student, row.lesson, row.state, *marks, submitted, row.time_from, row.reason, "yes" if row.sandbox else "NO",
            row.cpu_seconds, row.seconds, " ".join(row.own_tests), row.changed, *([row.team] if in_teams else []),
        )  # fmt: skip
        writer.writerow([spreadsheet_safe(value) if isinstance(value, str) else value for value in fields])
    write_atomically(path, text.getvalue())


def summary(rows):
    """Tables of a run, short enough for a class of any size.

    Returns
    -------
    tables : list of rich tables: states, marks, exercises; if there are any, submissions that need a person, and those
        whose result differs from the last grading
    """
    alone = once(rows)  # a team's submission once
    needy = [(row, row.reason) for row in alone if row.state in NEED_A_PERSON]
    changed = [(row, row.changed) for row in alone if row.fresh and row.changed]
    lists = (
        _listed("These need a person", "why", needy),
        _listed("Results that changed", "what and why", changed),
    )
    return [_states(rows), _marks(rows), _exercises(alone), *filter(None, lists)]


def _lessons(rows):
    return sorted({r.lesson for r in rows if r.mark})


def _states(rows):
    table = Table("state", "submissions", "meaning", title="States", title_justify="left")
    counts = collections.Counter(r.state for r in rows)
    for state, meaning in STATES.items():
        if counts[state]:
            table.add_row(state, str(counts[state]), meaning)
    return table


def _listed(title, heading, found):
    """A table of some submissions, the first ones; None if there are none."""
    if not found:
        return None
    title = title if len(found) <= SHOWN else f"{title}: {SHOWN} of {len(found)} (grades.csv lists all)"
    table = Table("student", "lesson", "state", heading, title=title, title_justify="left")
    for row, words in sorted(found, key=lambda pair: (pair[0].lesson, pair[0].student))[:SHOWN]:
        table.add_row(_plain(row.student), _plain(row.lesson), row.state, _plain(words))
    return table


def _plain(text):
    """A text for a table's cell: no markup, no control characters, on one line."""
    return Text(" ".join(visible(text).split()))


def _marks(rows):
    """One line for each lesson; a row of blocks shows how many submissions have each integer mark."""
    table = Table(
        "lesson", "submissions", "median", "marks, 0 to full", "to be marked", title="Marks", title_justify="left"
    )
    for lesson in _lessons(rows):
        marks = [r.mark for r in rows if r.lesson == lesson and r.mark]
        scores, top = [m.score for m in marks], max(m.max_score for m in marks)
        middle = f"{statistics.median(scores):g} of {top:g}"
        waiting = str(sum(m.needs_manual_grade for m in marks))
        table.add_row(_plain(lesson), str(len(marks)), middle, _blocks(scores, top), waiting)
    return table


def _blocks(scores, top):
    counts = collections.Counter(max(0, round(score)) for score in scores)
    heights = [-(-8 * counts[mark] // max(counts.values())) for mark in range(round(top) + 1)]
    return "".join("·▁▂▃▄▅▆▇█"[height] for height in heights)


def _exercises(rows):
    """The exercises that fewest passed, in the course's order, each with its most common mistake."""
    found = [item for item in items(rows) if item.n]
    hardest = sorted(found, key=lambda item: item.share)[:SHOWN]
    title = "Exercises" if len(found) <= SHOWN else f"The {SHOWN} of {len(found)} exercises that fewest passed"
    table = Table("lesson", "exercise", "passed", "most common mistake", title=title, title_justify="left")
    for item in [item for item in found if item in hardest]:
        wrong = [(slip.count, slip.name) for slip in item.slips[:1]] + [(item.todo, "not written")]
        count, what = max(wrong, key=lambda pair: pair[0])
        most = _plain(f"{count} × {what}" if count else "")
        table.add_row(_plain(item.lesson), _plain(item.name), f"{item.passed} of {item.n}", most)
    return table
