"""The class report: one page that tells an instructor what the class did, what it got wrong, and what needs a person."""

import collections
import functools
import json
import statistics
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import jinja2
import numpy as np
from markupsafe import Markup
from nbgrader.api import Assignment, BaseCell, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from grader.cards import inline
from grader.classroom import class_plots
from grader.classroom.database import Database
from grader.classroom.files import write_atomically
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.grading import NEED_A_PERSON, STATES, outcome
from grader.classroom.items import FEWEST, TELLS_APART, Item, answered, items
from grader.classroom.similarity import Alike, find_alike, known_texts
from grader.classroom.timestamps import TIMESTAMP
from grader.errors import ClassError
from grader.exercises import bank
from grader.wording import duration, visible

NAME = "report.html"
LISTED = 12  # hand-ins of one kind that are named; the others are counted
SLIPS = 8  # mistakes of an exercise that are shown at once
SLOWEST = 8
TO_SAY, COMMON = 6, 0.05  # mistakes for the next lecture: how many, and made by what share at least
_GRADED = GradeCell.__table__


@dataclass(frozen=True)
class Findings:
    """What a report is made from besides the rows.

    `due` are the lessons' due times, UTC; `written` is as `items.items` takes it; `versions` are those of the course that
    judged; `handed_in` and `feedback` are folders beside the report.
    """

    due: dict = field(default_factory=dict)
    written: dict = field(default_factory=dict)
    alike: tuple[Alike, ...] = ()
    versions: tuple[str, ...] = ()
    handed_in: str = "submitted"
    feedback: str = "feedback"


@dataclass(frozen=True)
class Lesson:
    """One lesson's part of the report: texts and plots, ready to be shown."""

    name: str
    handed_in: int
    answered: int
    median: float
    top: float
    waiting: int
    late: int
    plots: tuple[Markup, ...]
    items: tuple[Item, ...]
    quartiles: tuple[float, float, float]  # % of the points
    cpu: str


def write_report(path, rows=None, now=None):
    """Write a class's report.html.

    Parameters
    ----------
    path : the class's folder
    rows : list of grading.Row, one a hand-in; by default those of all that was graded so far
    now : datetime, UTC

    Returns
    -------
    report : Path, of the page

    Raises
    ------
    ClassError
        If nothing was graded there.
    """
    folder = ClassFolder(path)
    entries = _entries(folder)
    rows = graded_rows(path) if rows is None else rows
    if not rows:
        raise ClassError(f"nothing was graded in {folder.root}: first, gru-course grade {folder.root}")
    lessons = sorted({row.lesson for row in rows if row.mark})
    due, written, _ = _from_gradebook(folder)
    alike = [group for lesson in lessons for group in find_alike(lesson, *_answers(folder, lesson, rows))]
    versions = {entry["receipt"]["versions"]["course"] for entry in entries.values() if "receipt" in entry}
    findings = Findings(
        due,
        written,
        tuple(alike),
        tuple(sorted(versions)),
        folder.course.submitted_directory,
        folder.course.feedback_directory,
    )
    html = render(folder.root.name, rows, findings, now)
    write_atomically(folder.root / NAME, html)
    return folder.root / NAME


def graded_rows(path):
    """What became of each hand-in so far, from journal and gradebook; nothing is graded.

    Parameters
    ----------
    path : the class's folder

    Returns
    -------
    rows : list of grading.Row, by student and lesson
    """
    folder = ClassFolder(path)
    entries = _entries(folder)
    if not entries:
        return []
    with Book(folder) as book:
        marks = book.marks()
    *_, submitted = _from_gradebook(folder)
    received = folder.journal.latest("received", "student", "lesson")
    return [
        outcome(
            *place, entry, marks.get(place), submitted.get(place), received.get(place, {}).get("time_from", TIMESTAMP)
        )
        for place, entry in sorted(entries.items())
    ]


def render(title, rows, findings=None, now=None):
    """The report as HTML; parameters as in `write_report` and `Findings`."""
    findings = findings or Findings()
    made = items(rows, findings.written)
    lessons = [_lesson(name, rows, made, findings.due.get(name)) for name in sorted({row.lesson for row in rows})]
    lessons = [lesson for lesson in lessons if lesson]
    to_look_at = _to_look_at(rows)
    states = {state: _by_lesson(rows, lambda row, state=state: row.state == state) for state in STATES}
    return _template().render(
        title=title,
        now=now or datetime.now(UTC),
        versions=findings.versions,
        rows=rows,
        students=len({row.student for row in rows}),
        names=sorted({row.lesson for row in rows}),
        states={state: counts for state, counts in states.items() if counts},
        meanings=STATES,
        lessons=lessons,
        to_look_at=to_look_at,
        looks=len({(row.student, row.lesson) for found in to_look_at.values() for row in found}) + len(findings.alike),
        to_mark=_by_lesson(rows, lambda row: row.mark and row.mark.needs_manual_grade),
        without_sandbox=_by_lesson(rows, lambda row: row.verdicts and not row.sandbox),
        own_tests=sorted({(row.lesson, name) for row in rows for name in row.own_tests}),
        alike=findings.alike,
        to_say=_to_say(made),
        slowest=_slowest(rows),
        progress=_progress(lessons),
        handed_in=findings.handed_in,
        feedback=findings.feedback,
        listed=LISTED,
        most_slips=SLIPS,
        fewest=FEWEST,
        tells_apart=TELLS_APART,
    )


# ------------------------------------------------------------------------------------------------ what the page says


def _by_lesson(rows, holds):
    return collections.Counter(row.lesson for row in rows if holds(row))


def _to_look_at(rows):
    """Hand-ins that need a person, by why: ``{"crashed": [row, …], …, "changed": […]}``."""
    kinds = {state: [row for row in rows if row.state == state] for state in NEED_A_PERSON}
    kinds["changed"] = [row for row in rows if row.changed]
    return {kind: found for kind, found in kinds.items() if found}


def _to_say(made):
    """The most common known mistakes, as pairs (item, slip)."""
    known = [(item, slip) for item in made for slip in item.slips if slip.advice]
    found = [(item, slip) for item, slip in known if slip.count > 1 and slip.count >= COMMON * item.n]
    return sorted(found, key=lambda pair: -pair[1].count / pair[0].n)[:TO_SAY]


def _slowest(rows):
    return sorted((row for row in rows if _time_spent(row)), key=_time_spent, reverse=True)[:SLOWEST]


def _time_spent(row):
    return row.cpu_seconds or row.seconds


def _lesson(name, rows, made, due):
    rows = [row for row in rows if row.lesson == name]
    marks = [row.mark for row in rows if row.mark]
    if not marks:
        return None
    scores, top = [mark.score for mark in marks], max(mark.max_score for mark in marks)
    shares = [100 * mark.score / mark.max_score if mark.max_score else 0.0 for mark in marks]
    median = statistics.median(scores)
    plots = [_marks_plot(name, scores, top, median)]
    arrived = [(row.submitted - due).total_seconds() for row in rows if row.submitted] if due else []
    if arrived:
        plots.append(_arrival_plot(name, arrived))
    spent = [_time_spent(row) for row in rows if _time_spent(row)]
    measure = "CPU time" if any(row.cpu_seconds for row in rows) else "time"
    if spent:
        plots.append(_spent_plot(name, spent, measure))
    cpu = (
        f"They took {duration(sum(spent))} of {measure} in all, {statistics.median(spent):.2g} s in the median."
        if spent
        else ""
    )
    return Lesson(
        name, len(rows), len(answered(rows)), median, top, sum(mark.needs_manual_grade for mark in marks),
        sum(mark.seconds_late > 0 for mark in marks), tuple(plots),
        tuple(item for item in made if item.lesson == name), tuple(np.percentile(shares, [25, 50, 75])), cpu,
    )  # fmt: skip


def _marks_plot(name, scores, top, median):
    edges = np.arange(-0.5, top + 1) if top <= 30 else np.linspace(0, top, 21)
    counts = collections.Counter(round(score) for score in scores)
    told = ", ".join(f"{counts[mark]} with {mark}" for mark in sorted(counts))
    alt = f"Marks in {name}: {told}" if top <= 30 else f"Marks in {name}, n = {len(scores)}, median {median:g}"
    label = f"median {median:g}, n = {len(scores)}"
    return class_plots.histogram(scores, edges, f"mark [points of {top:g}]", alt, median, label)


def _arrival_plot(name, seconds):
    """When hand-ins came. What lies beyond two weeks goes into the outermost bars."""
    unit, size = ("days", 86400) if max(map(abs, seconds)) > 3 * 86400 else ("hours", 3600)
    times = np.clip(np.array(seconds) / size, -14 * 86400 / size, 14 * 86400 / size)
    low, high = min(np.floor(times.min()), -1), max(np.ceil(times.max()), 1)
    step = max(1, int(np.ceil((high - low) / 28)))
    edges = np.arange(low - (low % step), high + step, step)  # one edge is the due time itself
    late = sum(s > 0 for s in seconds)
    alt = f"When {name} was handed in: {len(seconds) - late} in time, {late} late"
    label = "due time"
    return class_plots.histogram(times, edges, f"handed in [{unit} after the due time]", alt, 0, label)


def _spent_plot(name, spent, measure):
    edges = np.linspace(0, max(spent) * 1.0001, 21)
    median = statistics.median(spent)
    alt = f"{measure} that hand-ins of {name} took: median {median:.2g} s, longest {max(spent):.2g} s"
    return class_plots.histogram(spent, edges, f"{measure} [s]", alt, median, f"median {median:.2g} s")


def _progress(lessons):
    if len(lessons) < 2:
        return ""
    alt = "; ".join(f"{lesson.name}: median {lesson.quartiles[1]:.0f}%" for lesson in lessons)
    names = [lesson.name[:2] for lesson in lessons]
    return class_plots.progress(names, [lesson.quartiles for lesson in lessons], f"Marks over the lessons. {alt}")


# --------------------------------------------------------------------------------------------------------- the page


@functools.cache
def _template():
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("grader.classroom", ""),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters.update(said=_said, visible=visible, quoted=quote, number=_number)
    return environment.get_template("class_report.html.jinja")


def _said(text):
    """A message with its `code` and *emphasis* marked."""
    return Markup(inline(visible(text)))


def _number(value):
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


# ------------------------------------------------------------------------------------------- what the folder knows


def _entries(folder):
    """The journal's last word on each hand-in: ``{(student, lesson): entry}``."""
    entries = folder.journal.latest("marked", "student", "lesson", where=lambda entry: entry["done"])
    for place, entry in folder.journal.latest("failed", "student", "lesson").items():
        if place not in entries or entry["time"] > entries[place]["time"]:
            entries[place] = {**entry, "state": "failed"}
    return entries


def _from_gradebook(folder):
    """The lessons' due times; the share of its points that each answer marked by a person got; when hand-ins came."""
    due = select(Assignment.name, Assignment.duedate).where(Assignment.duedate.is_not(None))
    submitted = select(SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.timestamp).join(
        Assignment, Assignment.id == SubmittedAssignment.assignment_id
    )
    written = (
        select(SubmittedAssignment.student_id, Assignment.name, BaseCell.name, Grade.manual_score, _GRADED.c.max_score)
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(_GRADED, _GRADED.c.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Grade.manual_score.is_not(None), _GRADED.c.cell_type == "markdown", _GRADED.c.max_score > 0)
    )
    database = Database(folder.db_url)
    try:
        due, submitted, written = database.transaction(
            lambda db: [[tuple(row) for row in db.execute(query)] for query in (due, submitted, written)]
        )
    finally:
        database.close()
    shares = collections.defaultdict(dict)
    for student, lesson, cell, score, top in written:
        shares[student, lesson][cell] = score / top
    return dict(due), shares, {(student, lesson): time for student, lesson, time in submitted}


def _answers(folder, lesson, rows):
    """A lesson's answers, ``{exercise: {student: source}}``, and the texts that everyone knew."""
    exercises = bank().get(lesson, {})
    answers = {name: {} for name in exercises}
    for row in answered(row for row in rows if row.lesson == lesson):
        cells = _sources(folder.autograded(row.student, lesson) / f"{lesson}.ipynb")
        for name, verdict in row.verdicts.items():
            if name in answers and verdict["state"] != "todo" and name in cells:
                answers[name][row.student] = cells[name]
    taught = _sources(folder.source / lesson / f"{lesson}.ipynb")
    return answers, known_texts(exercises.values(), taught.values())


def _sources(path):
    """The code of a notebook that the grader wrote: by grade_id, or else by number."""
    try:
        cells = json.loads(Path(path).read_bytes())["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    texts = ["".join(cell["source"]) for cell in code]
    names = [(cell["metadata"].get("nbgrader") or {}).get("grade_id", n) for n, cell in enumerate(code)]
    return dict(zip(names, texts, strict=True))
