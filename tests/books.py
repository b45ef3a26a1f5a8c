"""Gradebooks to compare: what nbgrader's own preprocessors write, and everything that one holds, without ids."""

import logging
import shutil
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy import create_engine, select
from sqlalchemy.exc import SAWarning

from grader.authoring import release
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import grade_class
from grader.limits import Limits
from grader.paths import course_root

TROUBLE = ("blank trouble", "answer moved trouble", "no notebook trouble", "warns trouble")


@dataclass(frozen=True)
class HandedIn:
    """A hand-in, executed: all that a gradebook is told of it."""

    student: str
    lesson: str
    submitted: datetime
    notebook: nbformat.NotebookNode


def executed_class(place, lessons=("03",), students=3):
    """A pretend class, its hand-ins executed as `gru-course grade` does it: its folder before, and a list of HandedIn."""
    blank, graded = place / "blank", place / "graded"
    make_class(course_root(), blank, students, lessons, seed=3, trouble=True)
    for student in (blank / "submitted").iterdir():
        if student.name.endswith(" trouble") and student.name not in TROUBLE:
            shutil.rmtree(student)
    shutil.copytree(blank, graded)
    rows = grade_class(course_root(), graded, limits=Limits(cell=20))
    folder = ClassFolder(graded)
    found = []
    for row in rows:
        path = folder.autograded(row.student, row.lesson) / f"{row.lesson}.ipynb"
        found.append(HandedIn(row.student, row.lesson, row.submitted, nbformat.read(path, as_version=4)))
    return blank, found


def entered(folder, db_url, lessons):
    """Enter a class's lessons in another gradebook."""
    for lesson in lessons:
        release(lesson, folder / "source", folder.parent / "released-again", db_url)


# ------------------------------------------------------------------------------------------------- as nbgrader does it


def record_by_nbgrader(db_url, hand_in, submitted=None):
    """What ``nbgrader autograde`` writes about an executed notebook, but for the late penalty."""
    with Gradebook(db_url) as gb, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        try:
            gb.find_student(hand_in.student)
        except MissingEntry:
            first, _, last = hand_in.student.rpartition(" ")
            gb.add_student(hand_in.student, **({"first_name": first, "last_name": last} if first else {}))
        gb.update_or_create_submission(hand_in.lesson, hand_in.student, timestamp=submitted or hand_in.submitted)
    _quiet(SaveAutoGrades()).preprocess(hand_in.notebook, _resources(db_url, hand_in))


def settle_by_nbgrader(db_url, config, hand_in):
    """What ``nbgrader autograde`` writes about the late penalty."""
    _quiet(AssignLatePenalties(config=config)).preprocess(nbformat.v4.new_notebook(), _resources(db_url, hand_in))


def _resources(db_url, hand_in):
    names = {"notebook": hand_in.lesson, "assignment": hand_in.lesson, "student": hand_in.student, "db_url": db_url}
    return {"nbgrader": names, "unique_key": hand_in.lesson}


def _quiet(preprocessor):
    preprocessor.log = logging.getLogger("grader.nbgrader")
    return preprocessor


def mark_by_hand(db_url, hand_in):
    """What a person does in the formgrader: points, extra points, a comment."""
    with Gradebook(db_url) as gb:
        paper = gb.find_submission_notebook(hand_in.lesson, hand_in.lesson, hand_in.student)
        grades = sorted(paper.grades, key=lambda g: g.name)
        written = [g for g in grades if g.cell.cell_type == "markdown"]
        for grade in (*written, grades[0]):
            grade.manual_score, grade.needs_manual_grade = 0.5, False
        grades[-1].extra_credit = 1.5
        comment = min(paper.comments, key=lambda c: c.name)
        comment.manual_comment = "Well said — “σ” it is."
        gb.db.commit()


# --------------------------------------------------------------------------------------------------------- to compare


def everything(db_url):
    """All that a gradebook holds: its tables' rows, sorted, each id replaced by the names that it stands for."""
    engine = create_engine(db_url)
    with engine.connect() as connection:
        tables = {
            t.name: [dict(r._mapping) for r in connection.execute(select(t))] for t in Base.metadata.sorted_tables
        }
        version = connection.exec_driver_sql("select version_num from alembic_version").scalars().all()
    engine.dispose()
    names = {}
    for _ in range(len(tables)):  # until every name is spelt out
        for table, rows in tables.items():
            for row in rows:
                if "id" in row:
                    names[row["id"]] = _name(table, row, names)
    content = {
        table: sorted(
            repr({k: names.get(v, v) if k == "id" or k.endswith("_id") else v for k, v in row.items()}) for row in rows
        )
        for table, rows in tables.items()
    }
    return {**content, "alembic_version": version}


def _name(table, row, names):
    if table in ("student", "course"):
        return row["id"]
    if table in ("grade_cells", "solution_cells", "task_cells"):
        return names.get(row["id"])
    parts = [row[k] for k in ("name", "type") if k in row]
    parts += [names.get(v) for k, v in sorted(row.items()) if k.endswith("_id") and k != "lms_user_id"]
    return (table, *parts)


def remade(blank, place):
    """A copy of a class's folder, as ClassFolder."""
    shutil.copytree(blank, Path(place))
    return ClassFolder(place)
