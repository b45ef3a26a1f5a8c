"""nbgrader's gradebook: marks go in through nbgrader's own preprocessors, and are read back from it."""

import contextlib
import hashlib
import json
import logging
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy.exc import SAWarning

from grader.authoring import put_environment_on_path

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds about one hand-in. `score` has the late penalty taken off; `state` is a digest of it all."""

    score: float
    max_score: float
    needs_manual_grade: bool
    seconds_late: float
    late_penalty: float
    state: str


def create(db_url):
    """Create the gradebook, whole or not at all, if there is none yet."""
    put_environment_on_path()
    path = Path(db_url.removeprefix(_SQLITE))
    if not db_url.startswith(_SQLITE) or path.exists():
        return
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    Gradebook(f"{_SQLITE}{temporary}").close()
    os.replace(temporary, path)


def holds(db_url, lesson):
    """Whether a lesson was entered."""
    with Gradebook(db_url) as gb, contextlib.suppress(MissingEntry):
        gb.find_notebook(lesson, lesson)
        return True
    return False


def set_due(db_url, lesson, due):
    """Set a lesson's due time, a datetime in UTC without a time zone."""
    with Gradebook(db_url) as gb:
        gb.update_or_create_assignment(lesson, duedate=due)


def resources(db_url, student, lesson):
    """What nbgrader's preprocessors want to know about the notebook that they work on."""
    return {
        "nbgrader": {"notebook": lesson, "assignment": lesson, "student": student, "db_url": db_url},
        "unique_key": lesson,
    }


def record(folder, student, lesson, submitted, notebook, by_hand):
    """Enter an executed notebook's marks.

    Parameters
    ----------
    folder : ClassFolder
    submitted : datetime, UTC without a time zone
    by_hand : what `grades_by_hand` gave, where this very hand-in had been marked before: nbgrader alone would ask for
        a second look at each mark given by hand
    """
    with Gradebook(folder.db_url) as gb, warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SAWarning
        )  # nbgrader 0.9 adds a submission in an order that SQLAlchemy 2 dislikes
        try:
            gb.find_student(student)
        except MissingEntry:
            first, _, last = student.rpartition(" ")
            gb.add_student(student, **({"first_name": first, "last_name": last} if first else {}))
        gb.update_or_create_submission(lesson, student, timestamp=submitted)
    _quietly(SaveAutoGrades, folder).preprocess(notebook, resources(folder.db_url, student, lesson))
    if by_hand:
        with Gradebook(folder.db_url) as gb:
            for grade in gb.find_submission_notebook(lesson, lesson, student).grades:
                if grade.name in by_hand:
                    grade.needs_manual_grade = by_hand[grade.name]
            gb.db.commit()


def settle(folder, student, lesson, submitted):
    """Bring time and late penalty up to date; the Mark. None if the gradebook has no such hand-in."""
    with Gradebook(folder.db_url) as gb:
        try:
            submission = gb.find_submission(lesson, student)
        except MissingEntry:
            return None
        if submission.timestamp != submitted:
            submission.timestamp = submitted
            gb.db.commit()
        mark = _mark(gb, student, lesson)
    if mark.seconds_late or mark.late_penalty:
        plugin = _quietly(AssignLatePenalties, folder)
        plugin.preprocess(nbformat.v4.new_notebook(), resources(folder.db_url, student, lesson))
        with Gradebook(folder.db_url) as gb:
            mark = _mark(gb, student, lesson)
    return mark


def _mark(gb, student, lesson):
    submission = gb.find_submission(lesson, student)
    notebook = gb.find_submission_notebook(lesson, lesson, student)
    penalty = notebook.late_submission_penalty or 0.0
    everything = {
        "grades": sorted((g.name, g.score, g.max_score, g.needs_manual_grade) for g in notebook.grades),
        "comments": sorted((c.name, c.comment) for c in notebook.comments),
        "penalty": penalty,
    }
    return Mark(
        notebook.score - penalty,
        notebook.max_score,
        notebook.needs_manual_grade,
        submission.total_seconds_late,
        penalty,
        hashlib.sha256(json.dumps(everything).encode()).hexdigest()[:16],
    )


def grades_by_hand(db_url, student, lesson):
    """The cells that a person has marked, and whether each needs another look: ``{"why": False}``."""
    with Gradebook(db_url) as gb:
        try:
            grades = gb.find_submission_notebook(lesson, lesson, student).grades
        except MissingEntry:
            return {}
        return {g.name: g.needs_manual_grade for g in grades if g.manual_score is not None}


def _quietly(preprocessor, folder):
    made = preprocessor(config=folder.config)
    made.log = logging.getLogger("grader.nbgrader")
    made.log.setLevel(logging.ERROR)
    return made
