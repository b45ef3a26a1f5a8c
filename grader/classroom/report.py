"""The outcome of a run: grades.csv for a spreadsheet, tables for the terminal."""

import collections
import csv
import io
import statistics

from rich.table import Table

from grader.classroom.files import write_atomically
from grader.classroom.grading import STATES
from grader.exercises import find

COLUMNS = (
    "student", "lesson", "state", "score", "max_score", "needs_manual_grade", "late_seconds", "late_penalty",
    "submitted_utc", "time_from", "reason",
)  # fmt: skip


def write_grades(path, rows):
    """Write grades.csv: one line a student and lesson, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda r: (r.student, r.lesson)):
        m = row.mark
        marks = (m.score, m.max_score, m.needs_manual_grade, round(m.seconds_late), m.late_penalty) if m else [""] * 5
        times = (row.submitted.isoformat(timespec="seconds"), row.time_from)
        student, reason = spreadsheet_safe(row.student), spreadsheet_safe(row.reason)
        writer.writerow((student, row.lesson, row.state, *marks, *times, reason))
    write_atomically(path, text.getvalue())


def spreadsheet_safe(text):
    """A text that no spreadsheet takes for a formula: an apostrophe goes before what could begin one."""
    text = " ".join(text.split("\n"))
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def summary(rows):
    """Tables of a run.

    Returns
    -------
    tables : list of rich tables: states, marks, exercises
    """
    return [_states(rows), _marks(rows), _exercises(rows)]


def _lessons(rows):
    return sorted({r.lesson for r in rows if r.mark})


def _states(rows):
    table = Table("state", "hand-ins", "meaning", title="States", title_justify="left")
    counts = collections.Counter(r.state for r in rows)
    for state, meaning in STATES.items():
        if counts[state]:
            table.add_row(state, str(counts[state]), meaning)
    return table


def _marks(rows):
    """One line a lesson; how many hand-ins have each whole mark is drawn as a row of blocks."""
    table = Table(
        "lesson", "hand-ins", "median", "marks, 0 to full", "to be marked", title="Marks", title_justify="left"
    )
    for lesson in _lessons(rows):
        marks = [r.mark for r in rows if r.lesson == lesson and r.mark]
        scores, top = [m.score for m in marks], max(m.max_score for m in marks)
        middle = f"{statistics.median(scores):g} of {top:g}"
        waiting = str(sum(m.needs_manual_grade for m in marks))
        table.add_row(lesson, str(len(marks)), middle, _blocks(scores, top), waiting)
    return table


def _blocks(scores, top):
    counts = collections.Counter(max(0, round(score)) for score in scores)
    heights = [-(-8 * counts[mark] // max(counts.values())) for mark in range(round(top) + 1)]
    return "".join("·▁▂▃▄▅▆▇█"[height] for height in heights)


def _exercises(rows):
    table = Table("lesson", "exercise", "passed", "most common mistakes", title="Exercises", title_justify="left")
    for lesson in _lessons(rows):
        handed = [r.verdicts for r in rows if r.lesson == lesson and r.verdicts]
        for exercise in handed[0] if handed else ():
            verdicts = [v[exercise] for v in handed if exercise in v]
            passed = sum(v["state"] == "passed" for v in verdicts)
            table.add_row(lesson, exercise, f"{passed} of {len(verdicts)}", "\n".join(_mistakes(exercise, verdicts)))
    return table


def _mistakes(exercise, verdicts):
    known = find(exercise).mistakes
    named = [v["mistake"] for v in verdicts if v["mistake"] in known]
    counts = collections.Counter(known[key].name for key in named)
    lines = [f"{count} × {name}" for name, count in counts.most_common(3)]
    todo = sum(v["state"] == "todo" for v in verdicts)
    other = sum(v["state"] == "failed" for v in verdicts) - len(named)
    lines += [f"{todo} × not written"] if todo else []
    return lines + ([f"{other} × something else"] if other else [])
