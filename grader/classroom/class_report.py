"""The class report: one page that tells an instructor what the class did, what it got wrong, and what needs a person."""

import collections
import contextlib
import functools
import hashlib
import json
import os
import re
import statistics
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import jinja2
import numpy as np
from markupsafe import Markup
from nbgrader.api import Assignment, BaseCell, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from grader.authoring.lessons import in_order
from grader.base import theme
from grader.base.cards import inline
from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.base.wording import duration, visible
from grader.classroom.course_file import CourseFile
from grader.classroom.database import Database
from grader.classroom.extensions import deadlines_of
from grader.classroom.failures import one_line
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.grading import NEED_A_PERSON, STATES, gradings, outcome
from grader.classroom.items import FEWEST, TELLS_APART, Item, answered, items
from grader.classroom.marking import agreeing
from grader.classroom.receipts import versions as course_versions
from grader.classroom.rendering import harmless_text
from grader.classroom.sharing import all_shared, no_longer_counts, once
from grader.classroom.similarity import Alike, NotCompared, Search, known_texts
from grader.classroom.submissions import Submissions
from grader.classroom.teams import Teams
from grader.classroom.timestamps import TIMESTAMP
from grader.exercises import bank

NAME = "report.html"
LISTED = 12  # submissions of one kind that are named; the others are counted
SLIPS = 8  # mistakes of an exercise that are shown at once
SLOWEST = 8
OWN_CELLS = "cells of their own"
TO_SAY, COMMON = 6, 0.05  # mistakes for the next lecture: how many, and made by what share at least
_GRADED = GradeCell.__table__


@dataclass(frozen=True)
class Findings:
    """What a report is made from besides the rows.

    `due` are the lessons' due times, UTC; `written` is as `items.items` takes it; `waiting` holds, of each question with
    answers to mark, (lesson, question, points, number of answers); `marked_twice` is what several markers gave, an
    agreeing.Outcome, or None if nobody marks with --marker; `versions` are those of the course that judged;
    `handed_in` and `feedback` are folders beside the report; `order` are the lessons that come first.
    """

    due: dict = field(default_factory=dict)
    written: dict = field(default_factory=dict)
    waiting: tuple = ()
    alike: tuple[Alike, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()
    marked_twice: agreeing.Outcome | None = None
    versions: tuple[str, ...] = ()
    handed_in: str = "submitted"
    feedback: str = "feedback"
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class LessonPart:
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
    """Write a class's report.html. One that already says the same stays as it is.

    Parameters
    ----------
    path : the class's folder
    rows : list of grading.Row, one a submission; by default those of all that was graded so far
    now : datetime, UTC; if it is given, the report is written in any case

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
    order = CourseFile.read(folder.course_file, course_root()).order
    lessons = in_order({row.lesson for row in rows if row.mark}, order)
    due, written, _, waiting = _from_gradebook(folder)
    versions = {str(e["receipt"].get("versions", {}).get("course")) for e in entries.values() if "receipt" in e}
    findings = Findings(
        due=due,
        written=written,
        waiting=_in_order_of_their_cells(folder, _counted(waiting, rows)),
        marked_twice=agreeing.standing(folder),
        versions=tuple(sorted(versions)),
        handed_in=folder.course.submitted_directory,
        feedback=folder.course.feedback_directory,
        order=order,
    )
    report, made_of = folder.root / NAME, _digest(folder.root.name, rows, findings, entries)
    if now is not None or _made_of(report) != made_of:
        alike, not_compared = [], []
        for lesson in lessons:
            alike += _alike(folder, lesson, rows, not_compared.append)
        findings = replace(findings, alike=tuple(alike), not_compared=tuple(not_compared))
        write_atomically(report, render(folder.root.name, rows, findings, now, made_of))
    return report


def _digest(title, rows, findings, entries):
    """Changes whenever the report would; it may change without that.

    Which answers are alike is known only from the notebooks themselves, but these change only with the journal's `entries`.
    """
    everything = title, [replace(row, fresh=False) for row in rows], findings, entries, course_versions()
    return hashlib.sha256(repr(everything).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _made_of(report):
    """The `_digest` of what a report was made of, or None."""
    with contextlib.suppress(OSError), report.open(encoding="utf-8", errors="replace") as f:
        found = re.search(r'<meta name="made-of" content="(\w*)">', f.read(2000))
        return found and found[1]


def graded_rows(path):
    """What became of each submission so far, from journal and gradebook, and what is unidentified; nothing is graded.

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
    dropped = CourseFile.read(folder.course_file, course_root()).dropped
    with Book(folder, deadlines_of(folder)) as book:
        marks = book.marks()
    _, _, submitted, _ = _from_gradebook(folder)
    received = folder.journal.latest("received", "student", "lesson")
    submissions, teams = Submissions(folder, without=dropped), Teams.read(folder.teams)
    shared = all_shared(submissions, teams, {lesson for _, lesson in marks}) if teams else {}
    found = []
    for place, entry in sorted(entries.items()):
        handed_in = folder.submitted(*place).exists()
        # Whose marks and submission an instructor has both removed is gone; the journal alone still speaks of them.
        if (
            place[1] in dropped
            or not (place in marks or handed_in)
            or no_longer_counts(*place, entry, teams, handed_in)
        ):
            continue
        of = shared.get(place)
        source = (of.place, place[1]) if of else place
        time_from = received.get(source, {}).get("time_from", TIMESTAMP)
        found.append(outcome(*place, entry, marks.get(place), submitted.get(place), time_from, shared=of))
    unidentified = [
        outcome(one.name, one.lesson, {"state": "unidentified", "reason": one.reason, "receipt": {"sandbox": True}}, None, None)
        for one in submissions.unidentified
    ]  # fmt: skip
    return found + unidentified


def render(title, rows, findings=None, now=None, made_of=""):
    """The report as HTML; parameters as in `write_report` and `Findings`. `made_of` is to be found in it again."""
    findings = findings or Findings()
    alone = once(rows)  # a team's submission once
    made = items(alone, findings.written)
    lessons = [
        _lesson(name, rows, made, findings.due.get(name))
        for name in in_order({row.lesson for row in rows}, findings.order)
    ]
    lessons = [lesson for lesson in lessons if lesson]
    to_look_at = _to_look_at(alone)
    names = in_order(
        {row.lesson for row in rows if row.mark}, findings.order
    )  # any folder's name may stand where a lesson's should
    states = {state: _by_lesson(rows, lambda row, state=state: row.state == state) for state in STATES}
    others = {state: sum(counts[lesson] for lesson in counts.keys() - set(names)) for state, counts in states.items()}
    return _template().render(
        page_style=theme.page_style(),
        look_of=theme.STATES,
        title=title,
        now=now or datetime.now(UTC),
        made_of=made_of,
        versions=findings.versions,
        rows=rows,
        students=len({row.student for row in rows}),
        names=names,
        others=others,
        states={state: counts for state, counts in states.items() if counts},
        meanings=STATES,
        lessons=lessons,
        to_look_at=to_look_at,
        looks=len({(row.student, row.lesson) for found in to_look_at.values() for row in found}) + len(findings.alike),
        to_mark=_by_lesson(alone, lambda row: row.mark and row.mark.needs_manual_grade),
        waiting=_in_lessons_with_several(findings.waiting),
        without_sandbox=_by_lesson(rows, lambda row: row.verdicts and not row.sandbox),
        own_tests=sorted({(row.lesson, name) for row in rows for name in row.own_tests}),
        alike=findings.alike,
        not_compared=findings.not_compared,
        marked_twice=findings.marked_twice,
        to_say=_to_say(made),
        slowest=_slowest(alone),
        extended=_by_lesson(rows, lambda row: row.mark and row.mark.due),
        teams=_by_lesson(alone, lambda row: row.team),
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


def _in_lessons_with_several(waiting):
    """Those of the questions that wait whose lesson has another one: else the number of submissions says it all."""
    questions = collections.Counter(lesson for lesson, *_ in waiting)
    return [question for question in waiting if questions[question[0]] > 1]


def _to_look_at(rows):
    """Submissions that need a person, by why: ``{"crashed": [row, …], …, "changed": […]}``."""
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
    arrived = [(row.submitted - _due(row, due)).total_seconds() for row in once(rows) if row.submitted] if due else []
    if arrived:
        plots.append(_arrival_plot(name, arrived))
    spent = [_time_spent(row) for row in once(rows) if _time_spent(row)]
    measure = "CPU time" if any(row.cpu_seconds for row in rows) else "time"
    if spent:
        plots.append(_spent_plot(name, spent, measure))
    cpu = (
        f"They took {duration(sum(spent))} of {measure} in all, {statistics.median(spent):.2g} s in the median."
        if spent
        else ""
    )
    return LessonPart(
        name, len(once(rows)), len(answered(once(rows))), median, top, sum(mark.needs_manual_grade for mark in marks),
        sum(mark.seconds_late > 0 for mark in marks), tuple(plots),
        tuple(item for item in made if item.lesson == name), tuple(np.percentile(shares, [25, 50, 75])), cpu,
    )  # fmt: skip


def _due(row, due):
    """A student's own deadline."""
    return row.mark.due if row.mark and row.mark.due else due


def _marks_plot(name, scores, top, median):
    edges = np.arange(-0.5, top + 1) if top <= 30 else np.linspace(0, top, 21)
    counts = collections.Counter(round(score) for score in scores)
    told = ", ".join(f"{counts[mark]} with {mark}" for mark in sorted(counts))
    alt = f"Marks in {name}: {told}" if top <= 30 else f"Marks in {name}, n = {len(scores)}, median {median:g}"
    label = f"median {median:g}, n = {len(scores)}"
    return _plots().histogram(scores, edges, f"mark [points of {top:g}]", alt, median, label)


def _arrival_plot(name, seconds):
    """When submissions came. What lies beyond two weeks goes into the outermost bars."""
    unit, size = ("days", 86400) if max(map(abs, seconds)) > 3 * 86400 else ("hours", 3600)
    times = np.clip(np.array(seconds) / size, -14 * 86400 / size, 14 * 86400 / size)
    low, high = min(np.floor(times.min()), -1), max(np.ceil(times.max()), 1)
    step = max(1, int(np.ceil((high - low) / 28)))
    edges = np.arange(low - (low % step), high + step, step)  # one edge is the due time itself
    late = sum(s > 0 for s in seconds)
    alt = f"When {name} was submitted: {len(seconds) - late} in time, {late} late"
    label = "due time"
    return _plots().histogram(times, edges, f"submitted [{unit} after the deadline]", alt, 0, label)


def _spent_plot(name, spent, measure):
    edges = np.linspace(0, max(spent) * 1.0001, 21)
    median = statistics.median(spent)
    alt = f"{measure} that submissions of {name} took: median {median:.2g} s, longest {max(spent):.2g} s"
    return _plots().histogram(spent, edges, f"{measure} [s]", alt, median, f"median {median:.2g} s")


def _progress(lessons):
    if len(lessons) < 2:
        return ""
    alt = "; ".join(f"{lesson.name}: median {lesson.quartiles[1]:.0f}%" for lesson in lessons)
    names = [lesson.name[:2] for lesson in lessons]
    return _plots().progress(names, [lesson.quartiles for lesson in lessons], f"Marks over the lessons. {alt}")


# --------------------------------------------------------------------------------------------------------- the page


def _plots():
    from grader.classroom import class_plots  # late: a report that stays as it is needs no Matplotlib

    return class_plots


@functools.cache
def _template():
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("grader.classroom", ""),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=harmless_text,
    )  # fmt: skip
    environment.filters.update(said=_said, quoted=_quoted, number=_number)
    return environment.get_template("class_report.html.jinja")


def _quoted(name):
    """A file's name within an address: its bytes on disk, whether or not they are UTF-8."""
    try:
        return quote(os.fsencode(name))
    except UnicodeEncodeError:
        return quote(name, errors="replace")


def _said(text):
    """A message with its `code` and *emphasis* marked."""
    return Markup(inline(visible(text)))


def _number(value):
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


# ------------------------------------------------------------------------------------------- what the folder knows


def _entries(folder):
    """The journal's last word on each submission: ``{(student, lesson): entry}``."""
    _, entries = gradings(folder.journal)
    for place, entry in folder.journal.latest("failed", "student", "lesson").items():
        if place not in entries or entry["time"] > entries[place]["time"]:
            entries[place] = {**entry, "state": "failed"}
    return entries


def _from_gradebook(folder):
    """The lessons' due times; the share of its points that each answer marked by a person got; when submissions came; and of
    each answer that waits for a person, student, lesson, question and points.
    """
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
    waiting = (
        select(SubmittedAssignment.student_id, Assignment.name, BaseCell.name, _GRADED.c.max_score)
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(_GRADED, _GRADED.c.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Grade.needs_manual_grade, _GRADED.c.cell_type == "markdown", _GRADED.c.max_score > 0)
    )
    database = Database(folder.db_url)
    try:
        due, submitted, written, waiting = database.transaction(
            lambda db: [[tuple(row) for row in db.execute(query)] for query in (due, submitted, written, waiting)]
        )
    finally:
        database.close()
    shares = collections.defaultdict(dict)
    for student, lesson, cell, score, top in written:
        shares[student, lesson][cell] = score / top
    return dict(due), shares, {(student, lesson): time for student, lesson, time in submitted}, waiting


def _counted(waiting, rows):
    """How many answers to each question wait: (lesson, question, points, count). Of a team's, the first member's counts."""
    repeated = {(row.student, row.lesson) for row in rows if row.team} - {
        (row.student, row.lesson) for row in once(rows)
    }
    counts = collections.Counter(
        question
        for student, *question in waiting
        if (student, question[0]) not in repeated
        for question in [tuple(question)]
    )
    return [(*question, count) for question, count in counts.items()]


def _in_order_of_their_cells(folder, questions):
    """Questions, tuples of a lesson, a name and more, by lesson and then as the lesson asks them."""
    asked = {
        lesson: [cell.name for cell in _cells(folder.release / lesson / f"{lesson}.ipynb")]
        for lesson in {lesson for lesson, *_ in questions}
    }

    def place(question):
        lesson, name, *_ = question
        return lesson, asked[lesson].index(name) if name in asked[lesson] else len(asked[lesson]), name

    return tuple(sorted(questions, key=place))


def _alike(folder, lesson, rows, on_skipped):
    """Groups of students whose code, or whose answers in words, in a lesson are worth comparing: a list of Alike.

    Code in cells that are not the lesson's is compared too, as `OWN_CELLS`: an answer may call what is written there. Each
    notebook is read once, and only what is compared of it is kept.

    Parameters
    ----------
    folder : ClassFolder
    lesson : its name
    rows : list of grading.Row
    on_skipped : called with a NotCompared about what cannot be compared
    """
    exercises = bank().get(lesson, {})
    taught = [
        *_cells(folder.source / lesson / f"{lesson}.ipynb"),
        *_cells(folder.release / lesson / f"{lesson}.ipynb"),
    ]
    known_code = known_texts(exercises.values(), [cell.source for cell in taught if cell.kind == "code"])
    known_words = [cell.source for cell in taught if cell.kind == "markdown"]
    names, sources = {cell.name for cell in taught} - {None}, {cell.source for cell in taught}
    questions = {cell.name: None for cell in taught if cell.kind == "markdown" and cell.is_answer}
    rows = answered(row for row in once(rows) if row.lesson == lesson)
    code = Search(lesson, [*exercises, OWN_CELLS], known_code, len(rows))
    words = Search(lesson, questions, known_words, len(rows), words=True)
    for row in rows:
        path = folder.autograded(row.student, lesson) / f"{lesson}.ipynb"
        try:
            cells = _cells(path)
        except Exception as e:
            why = f"{path.name} in autograded/ cannot be read: {one_line(e)}"
            on_skipped(NotCompared(row.student, lesson, "", why))
            continue
        tried = {name for name, verdict in row.verdicts.items() if verdict["state"] != "todo"} & exercises.keys()
        own = [c.source for c in cells if c.kind == "code" and c.name not in names and c.source not in sources]
        code.add(row.student, OWN_CELLS, own)
        # If a notebook holds two cells of one name, the last one counts.
        answers = {cell.name: cell.source for cell in cells if cell.kind == "code" and cell.name in tried}
        for name, source in answers.items():
            code.add(row.student, name, [source])
        said = {
            c.name: c.source for c in cells if c.kind == "markdown" and c.name in questions and c.source not in sources
        }
        for name, source in said.items():
            words.add(row.student, name, [source])
    return [*code.groups(on_skipped), *words.groups(on_skipped)]


@dataclass(frozen=True)
class _Cell:
    """A cell of a notebook on disk; `name` is its grade_id or None, `is_answer` whether a learner writes there."""

    kind: str
    source: str
    name: str | None
    is_answer: bool


def _cells(path):
    """The cells of a notebook, a list of _Cell; none if there is no such file."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for cell in json.loads(content)["cells"]:
        mark = cell["metadata"].get("nbgrader") or {}
        found.append(
            _Cell(cell["cell_type"], "".join(cell["source"]), mark.get("grade_id"), bool(mark.get("solution")))
        )
    return found
