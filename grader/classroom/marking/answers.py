"""The written answers in a class's gradebook: read them, and write the points that count."""

from dataclasses import dataclass

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import and_, case, func, select, update
from sqlalchemy.orm import aliased

from grader.classroom.database import Database
from grader.classroom.grading import gradings


@dataclass(frozen=True)
class Answer:
    """A written answer, or task, of a submission.

    `entry`, `grade` and `note` are nbgrader's ids of the notebook, of the points and of the comment (None: it takes none).
    `points` and `comment` are those that a person gave, as the gradebook has them; `waiting` says whether it still asks for
    a person. `blank` means that nothing was written. `digest` identifies the version of the submission.
    """

    student: str
    lesson: str
    question: str
    entry: str
    grade: str
    note: str | None
    kind: str
    max_points: float
    points: float | None
    waiting: bool
    blank: bool
    comment: str
    digest: str


class Answers:
    """The written answers of a class; one connection to its gradebook is kept.

    Parameters
    ----------
    folder : ClassFolder

    Raises
    ------
    DatabaseError
        If the gradebook cannot be reached; all methods raise it, too.
    """

    def __init__(self, folder):
        self._journal, self._database, self._read = folder.journal, Database(folder.db_url), (None, {})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self._database.close()

    def of(self, lessons=(), entry=None, grade=None):
        """Answers, by lesson and student and in the order of their questions' names.

        Parameters
        ----------
        lessons : names of lessons, all by default
        entry, grade : only those with these ids
        """
        query = _ANSWERS
        if lessons:
            query = query.where(Assignment.name.in_(lessons))
        for column, wanted in ((SubmittedNotebook.id, entry), (Grade.id, grade)):
            query = query if wanted is None else query.where(column == wanted)
        rows, digests = self._database.transaction(lambda db: db.execute(query).all()), self._digests()
        return [
            Answer(
                row.student, row.lesson, row.question, row.entry, row.grade, row.note, row.kind or "task", row.max_points or 0.0,
                row.points, bool(row.waiting), row.automatic is not None, row.comment or "",
                digests.get((row.student, row.lesson), ""),
            )
            for row in rows
        ]  # fmt: skip

    def names(self, student):
        """What the gradebook knows a student by: names, address, number, a list of str."""
        query = select(Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
        rows = self._database.transaction(lambda db: db.execute(query.where(Student.id == student)).all())
        known = [["" if value is None else str(value) for value in row] for row in rows]
        return [
            name
            for first, last, *rest in known
            for name in (f"{first} {last}", f"{last} {first}", *rest)
            if name.strip()
        ]

    def write(self, changes):
        """Write to the gradebook, all or nothing.

        Parameters
        ----------
        changes : list of (Answer, fields): fields of the answer by name, of "points", "waiting", "comment"
        """

        def work(db):
            for answer, fields in changes:
                columns = {_GRADES[name]: value for name, value in fields.items() if name in _GRADES}
                if columns:
                    db.execute(update(Grade).where(Grade.id == answer.grade).values(columns))
                if "comment" in fields and answer.note is not None:
                    db.execute(
                        update(Comment).where(Comment.id == answer.note).values(manual_comment=fields["comment"])
                    )

        self._database.transaction(work)

    def _digests(self):
        """The version of each submission that was graded last; the journal is read again only if it has changed."""
        try:
            status = self._journal.path.stat()
            stamp = status.st_mtime_ns, status.st_size
        except FileNotFoundError:
            stamp = None
        if self._read[0] != stamp:
            _, finished = gradings(self._journal)
            self._read = stamp, {place: entry["digest"] for place, entry in finished.items()}
        return self._read[1]


_GRADES = {"points": Grade.manual_score, "waiting": Grade.needs_manual_grade}
_graded, _tasks, _solution = GradeCell.__table__, TaskCell.__table__, aliased(BaseCell.__table__)
_cell = BaseCell.__table__
# Where a comment belongs: a task's own cell; of an answer, the solution cell beside the cell with the points.
_commented = case((_cell.c.type == TaskCell.__name__, _cell.c.id), else_=_solution.c.id)
_ANSWERS = (
    select(
        SubmittedAssignment.student_id.label("student"),
        Assignment.name.label("lesson"),
        _cell.c.name.label("question"),
        SubmittedNotebook.id.label("entry"),
        Grade.id.label("grade"),
        Comment.id.label("note"),
        _graded.c.cell_type.label("kind"),
        func.coalesce(_graded.c.max_score, _tasks.c.max_score).label("max_points"),
        Grade.manual_score.label("points"),
        Grade.needs_manual_grade.label("waiting"),
        Grade.auto_score.label("automatic"),
        Comment.manual_comment.label("comment"),
    )
    .select_from(Grade)
    .join(_cell, _cell.c.id == Grade.cell_id)
    .outerjoin(_graded, _graded.c.id == _cell.c.id)
    .outerjoin(_tasks, _tasks.c.id == _cell.c.id)
    .outerjoin(
        _solution,
        and_(
            _solution.c.notebook_id == _cell.c.notebook_id,
            _solution.c.name == _cell.c.name,
            _solution.c.type == SolutionCell.__name__,
        ),
    )
    .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .outerjoin(Comment, and_(Comment.notebook_id == SubmittedNotebook.id, Comment.cell_id == _commented))
    .where(Notebook.name == Assignment.name, _commented.is_not(None))
    .order_by(Assignment.name, SubmittedAssignment.student_id, _cell.c.name)
)
