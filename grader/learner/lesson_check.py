"""Run a learner's notebook from top to bottom and report the state of each exercise."""

from dataclasses import dataclass
from pathlib import Path

import nbformat

from grader.authoring.building import NamedStubs
from grader.authoring.lessons import NoSources, find_sources, known_lessons, lesson_names, lesson_of
from grader.authoring.source import read_lesson
from grader.base.errors import CourseError
from grader.base.limits import Limits
from grader.checking.verdict import VERDICT_MIME
from grader.exercises import bank
from grader.learner.lab import notebook_path
from grader.notebook.execution import run_notebook
from grader.notebook.reading import Unreadable, grade_id, grade_ids, read_notebook


class CannotCheck(CourseError):
    """There is nothing to run: the notebook does not exist, or cannot be read."""


@dataclass(frozen=True)
class Row:
    """One exercise or written question.

    `state` of an exercise is "passed", "failed", "todo" or "missing" (its check gave no verdict), of a written question
    "written" or "unwritten". `remark` names the mistake or says what to do.
    """

    name: str
    points: int
    state: str
    remark: str = ""


@dataclass(frozen=True)
class Report:
    """A checked notebook. `trouble` says what ended the run early, if anything did."""

    lesson: str
    path: Path
    rows: tuple[Row, ...]
    trouble: str = ""

    @property
    def passed(self):
        """Whether every exercise is right. A person marks the written questions."""
        return not self.trouble and all(row.state in ("passed", "written", "unwritten") for row in self.rows)

    def points(self, *states):
        """Points of the exercises in these states; of all exercises by default."""
        states = states or ("passed", "failed", "todo", "missing")
        return sum(row.points for row in self.rows if row.state in states)


def check_lesson(root, what, limits=None, on_cell=lambda done, total: None):
    """Check a learner's notebook.

    Parameters
    ----------
    root : the course's folder
    what : a lesson ("03") or the path of a notebook. A lesson's run counts as the learner's own and enters the progress;
        any other notebook may be somebody else's, and does not.
    limits : execution.Limits
    on_cell : called with (code cells done, code cells in all)

    Raises
    ------
    UnknownLesson
        If `what` is neither a notebook nor the beginning of a lesson's name.
    CannotCheck
        If the notebook is missing, unreadable, or of no lesson.
    NoSources
        If the lesson's source may not be read, and its notebook in the course's folder is not there either.
    """
    own = not what.endswith(".ipynb")
    path = _notebook_of(root, what) if own else Path(what)
    notebook = _read(path)
    name = _lesson_in(root, notebook, path)
    asked = _asked(root, name)
    env = {} if own else {"GRU_COURSE_GRADING": "1"}
    run = run_notebook(notebook, path.parent, limits or Limits(), env, on_cell)
    return Report(name, path, tuple(_rows(asked, run)), "" if run.state == "finished" else run.reason)


def _notebook_of(root, what):
    name = lesson_names(root, [what])[0]
    path = notebook_path(root, name)
    if not path.exists():
        raise CannotCheck(f"{path} is missing: build it with gru-course build {name[:2]}")
    return path


def _read(path):
    try:
        return read_notebook(path)
    except FileNotFoundError:
        raise CannotCheck(f"there is no notebook {path}") from None
    except OSError as e:
        raise CannotCheck(f"{path} could not be opened: {e.strerror}") from None
    except Unreadable as e:
        raise CannotCheck(f"{path} could not be read: {e}") from None


def _lesson_in(root, notebook, path):
    try:
        known = known_lessons(root)
    except NoSources:
        known = {lesson: {*names, *(f"check_{name}" for name in names)} for lesson, names in bank().items()}
    name = lesson_of(grade_ids(notebook), known)
    if name is None:
        raise CannotCheck(f"{path} belongs to no lesson of this course: none of its cells is an exercise")
    return name


def _asked(root, name):
    """The items of a lesson: ("check" or "written", name, points) for each exercise and written question, in order."""
    try:
        (source,) = find_sources(root, [name])
    except NoSources:
        return _asked_in(notebook_path(root, name), bank()[name])
    marks = [cell.markers for cell in read_lesson(source).cells]
    return [(kind, m[kind], m.get("points")) for m in marks for kind in ("check", "written") if kind in m]


def _asked_in(path, exercises):
    """The same, from a notebook: a user who may not read the sources has the notebook that was handed out."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except (OSError, ValueError) as e:
        raise NoSources(
            f"neither the lesson's source nor {path} can be read: ask the person who installed the course"
        ) from e
    marked = {grade_id(cell): cell for cell in cells if grade_id(cell)}
    points = {name: cell.metadata.nbgrader.get("points", 0) for name, cell in marked.items()}
    written = [n for n, c in marked.items() if c.cell_type == "markdown" and c.metadata.nbgrader.get("solution")]
    return [
        *(("check", name, points.get(f"check_{name}", 0)) for name in exercises),
        *(("written", name, points[name]) for name in written),
    ]


def _rows(asked, run):
    """Rows in the lesson's order, including cells that the learner's notebook has lost."""
    verdicts, errors = {}, {}
    for cell in run.notebook.cells:
        for output in cell.get("outputs", []):
            verdict = output.get("data", {}).get(VERDICT_MIME)
            if verdict:
                verdicts[verdict["exercise"]] = verdict
            if output.output_type == "error":
                errors[grade_id(cell)] = f"{output.ename}: {output.evalue}"
    texts = {grade_id(cell): cell.source for cell in run.notebook.cells}
    for kind, name, points in asked:
        if kind == "check":
            yield _exercise_row(name, points, verdicts.get(name), f"check_{name}" in texts, errors.get(f"check_{name}"))
        else:
            answered = NamedStubs.text_stub not in texts.get(name, NamedStubs.text_stub)
            yield Row(name, points, "written" if answered else "unwritten")


def _exercise_row(name, points, verdict, has_cell, error):
    if verdict is None:
        nothing = f"The cell check({name}) no longer calls a check." if has_cell else f"The cell check({name}) is gone."
        return Row(name, points, "missing", error or nothing)
    remarks = {"passed": (), "todo": ("not written yet",), "failed": (verdict["headline"], verdict["next_step"])}
    return Row(name, points, verdict["state"], "\n".join(filter(None, remarks[verdict["state"]])))
