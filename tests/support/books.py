"""Gradebooks to compare: what nbgrader's own preprocessors write, and everything that one holds, without ids."""

import logging
import warnings
from dataclasses import dataclass
from datetime import datetime

import nbformat
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import parse_utc
from sqlalchemy import create_engine, select
from sqlalchemy.exc import SAWarning

from grader.base.paths import course_root
from grader.classroom.demo import make_class
from grader.notebook.execution import run_notebook
from grader.notebook.reading import grade_id

ENVIRONMENT = {"GRU_COURSE_GRADING": "1", "GRU_COURSE_QUICK": "1"}
TROUBLE = ("blank", "warns", "check deleted", "check doubled")


@dataclass(frozen=True)
class HandedIn:
    """A submission, executed: all that a gradebook is told of it."""

    student: str
    lesson: str
    submitted: datetime
    notebook: nbformat.NotebookNode


def executed_class(place):
    """A pretend class of two lessons, with the first one's broken submissions too: its folder, and a list of HandedIn."""
    lessons = ("03", "01")
    make_class(course_root(), place, 2, lessons, seed=3, trouble=True)
    found = []
    for path in sorted((place / "submitted").glob("*/*/*.ipynb")):
        student, lesson = path.parts[-3:-1]
        kind = student.removesuffix(" trouble")
        if kind == student or (kind in TROUBLE and lesson.startswith(lessons[0])):
            time = parse_utc((path.parent / "timestamp.txt").read_text().strip())
            found.append(HandedIn(student, lesson, time, without_examples(nbformat.read(path, 4))))
    execute_all([paper.notebook for paper in found], place)
    return found


def execute_all(notebooks, folder):
    """Execute notebooks in one kernel, which forgets all names before each of them: to start a kernel takes longest."""
    whole = nbformat.v4.new_notebook()
    for number, notebook in enumerate(notebooks):
        whole.cells.append(nbformat.v4.new_code_cell("get_ipython().reset()", id=f"reset-{number}"))
        whole.cells += [{**cell, "id": f"{number}-{place}"} for place, cell in enumerate(notebook.cells)]
    run = run_notebook(nbformat.from_dict(whole), folder, env=ENVIRONMENT)
    assert run.state == "finished", run.reason
    done = iter(run.notebook.cells)
    for notebook in notebooks:
        next(done)
        for cell in notebook.cells:
            executed = next(done)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = executed.outputs, executed.execution_count


def without_examples(notebook):
    """The notebook, of whose ordinary cells only the imports are left: no answer needs more, and it runs quickly."""
    for cell in notebook.cells:
        own = not cell.get("id", "").startswith("cell-")  # the learner's, and none of the course's
        if cell.cell_type == "code" and not (own or grade_id(cell) or "import gru_ref" in cell.source):
            cell.source = ""
    return notebook


# ------------------------------------------------------------------------------------------------- as nbgrader does it


def record_by_nbgrader(db_url, submission, submitted=None):
    """What ``nbgrader autograde`` writes about an executed notebook, but for the late penalty."""
    with Gradebook(db_url) as gb, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        try:
            gb.find_student(submission.student)
        except MissingEntry:
            first, _, last = submission.student.rpartition(" ")
            gb.add_student(submission.student, **({"first_name": first, "last_name": last} if first else {}))
        gb.update_or_create_submission(
            submission.lesson, submission.student, timestamp=submitted or submission.submitted
        )
    _quiet(SaveAutoGrades()).preprocess(submission.notebook, _resources(db_url, submission))


def settle_by_nbgrader(db_url, config, submission):
    """What ``nbgrader autograde`` writes about the late penalty."""
    _quiet(AssignLatePenalties(config=config)).preprocess(nbformat.v4.new_notebook(), _resources(db_url, submission))


def _resources(db_url, submission):
    names = {
        "notebook": submission.lesson,
        "assignment": submission.lesson,
        "student": submission.student,
        "db_url": db_url,
    }
    return {"nbgrader": names, "unique_key": submission.lesson}


def _quiet(preprocessor):
    preprocessor.log = logging.getLogger("grader.nbgrader")
    return preprocessor


def mark_by_hand(db_url, submission):
    """What a person does in the formgrader: points, extra points, a comment."""
    with Gradebook(db_url) as gb:
        paper = gb.find_submission_notebook(submission.lesson, submission.lesson, submission.student)
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
    parts += [names.get(v, v) for k, v in sorted(row.items()) if k.endswith("_id") and k != "lms_user_id"]
    return (table, *parts)
