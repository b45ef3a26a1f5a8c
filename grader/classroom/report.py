"""The outcome of a run: grades.csv for a spreadsheet, tables for the terminal."""

import collections
import csv
import io

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
    return [_states(rows), *(_marks(rows, lesson) for lesson in _lessons(rows)), _exercises(rows)]


def _lessons(rows):
    return sorted({r.lesson for r in rows if r.mark})


def _states(rows):
    table = Table("state", "hand-ins", "meaning", title="States", title_justify="left")
    counts = collections.Counter(r.state for r in rows)
    for state, meaning in STATES.items():
        if counts[state]:
            table.add_row(state, str(counts[state]), meaning)
    return table


def _marks(rows, lesson):
    """How many hand-ins have each mark, as a bar chart of text."""
    marks = [r.mark for r in rows if r.lesson == lesson and r.mark]
    top = max(m.max_score for m in marks)
    waiting = sum(m.needs_manual_grade for m in marks)
    counts = collections.Counter(max(0, round(m.score)) for m in marks)
    title = f"Marks of {lesson}, out of {top:g}; {waiting} wait for a marker"
    table = Table("mark", "hand-ins", "", title=title, title_justify="left")
    widest = max(counts.values())
    for mark in range(round(top), -1, -1):
        table.add_row(str(mark), str(counts[mark]), "█" * round(30 * counts[mark] / widest))
    return table


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
