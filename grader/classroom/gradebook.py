"""nbgrader's gradebook, in few statements and one commit for many submissions: we write what its preprocessors would."""

import collections
import contextlib
import functools
import hashlib
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import nbgrader
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Base,
    BaseCell,
    Comment,
    Course,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import Boolean, bindparam, delete, func, insert, inspect, or_, select, text, update
from sqlalchemy.exc import DBAPIError

from grader.classroom.database import Database, DatabaseError, normal

COURSE = "default_course"  # nbgrader's name for a course without one
NAMELESS = ""  # and for such a notebook: PostgreSQL, unlike SQLite, requires the row
NO_RESPONSE = "No response."  # nbgrader's own words
BATCH = 200  # submissions in one transaction, where many are read
_AS_IT_IS = object()  # a time of submission that must not change; None is an unknown one
_CREATING = 0x677275  # PostgreSQL's advisory lock while tables are created; any number will do

_log = logging.getLogger("grader.nbgrader")
_log.setLevel(logging.ERROR)

_graded, _tasks, _cells = GradeCell.__table__, TaskCell.__table__, BaseCell.__table__
_grades, _comments = Grade.__table__, Comment.__table__
# A score is a sum over rows that nbgrader 0.9.6 has no index for: to read one would take longer the larger a class is.
_INDEXED = "notebook_id"
_INDEXES = {f"ix_{table.name}_{_INDEXED}": table.name for table in (_grades, _comments, _cells)}


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds about one submission. `score` is after the late penalty; `state` is a digest of everything.

    `due` is the student's own deadline, UTC without a time zone, if an extension has made it later, by `extension`.
    """

    score: float
    max_score: float
    needs_manual_grade: bool
    seconds_late: float
    late_penalty: float
    state: str
    due: datetime | None = None
    extension: timedelta | None = None


@dataclass(frozen=True)
class Given:
    """What the gradebook holds about one cell of a submission. Points are None if it can only have a comment.

    `waiting` says whether a person still has to mark it.
    """

    points: float | None = None
    max_points: float | None = None
    waiting: bool = False
    comment: str = ""


@dataclass(frozen=True)
class Executed:
    """A submission to be entered.

    `submitted` is UTC without a time zone. `notebook` was executed: graded cells that `scores` does not name are read by
    nbgrader's own rules. `scores` are the judge's points by grade_id, each from 0 to the cell's. `by_hand` is what
    `grades_by_hand` says of this very submission, if it was marked before: nbgrader alone would ask for a second look at
    each mark given by hand.
    """

    student: str
    lesson: str
    submitted: datetime | None
    notebook: NotebookNode
    scores: dict
    by_hand: dict


@dataclass(frozen=True)
class Person:
    """What the gradebook knows about a student, for an LMS to find them. Every field may be empty."""

    first_name: str
    last_name: str
    email: str
    lms_user_id: str


@dataclass(frozen=True)
class _Cells:
    """The cells of a notebook: database ids by grade_id, for cells with points (and how many) and for those with a comment."""

    graded: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    commented: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Lesson:
    """An assignment's id, the id of the notebook that is graded, and the cells of all its notebooks, by notebook id."""

    id: str
    notebook: str
    notebooks: dict

    @property
    def cells(self):
        return self.notebooks[self.notebook]


class Book:
    """A class's gradebook, open for a whole run. It is created, completely or not at all, if there is none yet.

    Other programs, such as the formgrader, may write to it meanwhile: we wait for their locks, and keep what they write.

    Parameters
    ----------
    folder : ClassFolder, or another object with nbgrader's `db_url` and `config`
    deadlines : extensions.Deadlines, which the gradebook is made to agree with; None to keep those that it has

    Raises
    ------
    DatabaseError
        If its database cannot be reached; all methods raise it, too.
    """

    def __init__(self, folder, deadlines=None):
        self._database = Database(folder.db_url)
        self._deadlines = deadlines
        self._config = folder.config
        self._lessons = {}
        self._stateless = None
        try:
            _create(self._database)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self._database.close()

    # ---------------------------------------------------------------------------------------------------- lessons

    def holds(self, lesson):
        """Whether a lesson was entered."""
        return self._database.transaction(lambda db: _find_lesson(db, lesson)) is not None

    def locked_cells(self, lesson):
        """The text of each locked cell of a lesson's notebook, including hidden tests: ``{grade_id: text}``."""
        query = (
            select(SourceCell.name, SourceCell.source)
            .join(Notebook, Notebook.id == SourceCell.notebook_id)
            .join(Assignment, Assignment.id == Notebook.assignment_id)
            .where(Assignment.name == lesson, Notebook.name == lesson, SourceCell.locked)
        )
        return self._database.transaction(lambda db: dict(tuple(row) for row in db.execute(query)))

    def points(self, lesson):
        """The points of a lesson's cells: ``{grade_id: points}``."""
        return dict(self._database.transaction(lambda db: _find_lesson(db, lesson)).cells.points)

    def look_again(self, lesson, cells):
        """Have a person look again at the marks that were given by hand to these cells of a lesson."""
        marked = [self._lesson(lesson).cells.graded[name] for name in cells]
        statement = update(_grades).where(_grades.c.cell_id.in_(marked), _grades.c.manual_score.is_not(None))
        self._database.transaction(lambda db: db.execute(statement.values(needs_manual_grade=True)) and None)

    def set_aside(self, student, lesson, cells, keep):
        """Remove the marks that were given by hand to these cells of a submission.

        Parameters
        ----------
        student, lesson : str
        cells : grade_ids
        keep : called with ``{grade_id: [points, extra credit]}``, if there are any, before they are gone
        """

        found = self._lesson(lesson)

        def work(db):
            of_submission = _grades.c.notebook_id == _entry(db, found, student)
            query = (
                select(_cells.c.name, _grades.c.manual_score, _grades.c.extra_credit)
                .join(_cells, _cells.c.id == _grades.c.cell_id)
                .where(of_submission, _grades.c.manual_score.is_not(None))
            )
            marked = {name: [score, extra] for name, score, extra in db.execute(query) if name in cells}
            if marked:
                keep(marked)
                these = _grades.c.cell_id.in_([found.cells.graded[name] for name in marked])
                db.execute(update(_grades).where(of_submission, these).values(manual_score=None, extra_credit=None))

        self._database.transaction(work)

    def bring_back(self, student, lesson, marks):
        """Enter again what `set_aside` has removed, where nobody has marked since; a person should look at it."""
        found = self._lesson(lesson)

        def work(db):
            entry = _entry(db, found, student)
            for name, (score, extra) in marks.items():
                db.execute(
                    update(_grades)
                    .where(_grades.c.cell_id == found.cells.graded[name], _grades.c.notebook_id == entry)
                    .where(_grades.c.manual_score.is_(None))
                    .values(manual_score=score, extra_credit=extra, needs_manual_grade=True)
                )

        self._database.transaction(work)

    def set_due(self, lesson, due):
        """Set a lesson's deadline, a datetime in UTC without a time zone."""

        def work(db):
            changed = db.execute(update(Assignment).where(Assignment.name == lesson).values(duedate=due))
            if not changed.rowcount:
                db.execute(insert(Assignment).values(name=lesson, duedate=due, course_id=COURSE))

        self._database.transaction(work)

    def deadlines(self, lesson):
        """A lesson's deadline, or None, and the later ones of students with an extension, by student: in UTC without a time zone."""

        def work(db):
            due = db.execute(select(Assignment.duedate).where(Assignment.name == lesson)).scalar()
            query = (
                select(SubmittedAssignment.student_id, SubmittedAssignment.extension)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == lesson, SubmittedAssignment.extension.is_not(None))
            )
            return due, {student: due + extension for student, extension in db.execute(query) if due and extension}

        return self._database.transaction(work)

    # --------------------------------------------------------------------------------------------------- submissions

    def record(self, student, lesson, submitted, notebook, scores=None, by_hand=None):
        """Enter one submission, an `Executed` of these fields; returns its mark and what is given, as of `settle`."""
        return self.record_all([Executed(student, lesson, submitted, notebook, scores or {}, by_hand or {})])[
            student, lesson
        ]

    def record_all(self, executed):
        """Enter the marks of submissions, all or none, as nbgrader's SaveAutoGrades does, and settle them.

        Marks given by hand are kept.

        Parameters
        ----------
        executed : list of Executed, of different students or lessons

        Returns
        -------
        settled : as of `settle_all`

        Raises
        ------
        ValueError
            If a score is out of range, or for a cell that the lesson does not have.
        """
        by_lesson = collections.defaultdict(list)
        for one in executed:
            cells = self._lesson(one.lesson).cells
            by_lesson[one.lesson].append((one, *_read(cells, one.notebook, one.scores)))

        def work(db):
            _enter_students(db, {one.student for one in executed})
            rows, entries = collections.defaultdict(list), []
            for lesson, read in by_lesson.items():
                found = self._lesson(lesson)
                times = {one.student: one.submitted for one, _, _ in read}
                entered = _enter_submissions(db, found, times)
                entries += entered.values()
                for one, marks, comments in read:
                    looks = ({"cell": found.cells.graded[name], "look": look} for name, look in one.by_hand.items())
                    for statement, values in ((_SET_GRADES, marks), (_SET_COMMENTS, comments), (_SET_LOOKED_AT, looks)):
                        rows[statement] += [{"entry": entered[one.student], **value} for value in values]
            for statement, values in rows.items():
                if values:
                    db.connection().execute(statement, values)
            return self._settled(db, db.execute(_SOME, {"entries": entries}).all())

        return self._database.transaction(work)

    def settle(self, student, lesson, submitted=_AS_IT_IS):
        """Bring time and late penalty up to date, with nbgrader's plugin.

        Parameters
        ----------
        student, lesson : str
        submitted : datetime, UTC without a time zone, None if it is unknown; by default the gradebook's

        Returns
        -------
        mark : Mark, or None if the gradebook has no such submission
        given : ``{grade_id: Given}``, points and comments
        """
        return self.settle_all({(student, lesson): submitted}).get((student, lesson), (None, {}))

    def settle_all(self, times):
        """`settle` for many submissions in one transaction.

        Parameters
        ----------
        times : ``{(student, lesson): submitted}``

        Returns
        -------
        settled : ``{(student, lesson): (Mark, given)}``, of those that the gradebook has
        """
        return self._database.transaction(lambda db: self._settled(db, _rows_of(db, times), times))

    def share(self, first, others, lesson, submitted, before, is_another):
        """Give the members of a team what the first of them has, and settle all.

        A mark or comment that a person gave to one member counts for all who had none; given later to another one than the
        first, it is that student's own, and stays.

        Parameters
        ----------
        first, others : a student, who has an entry, and the other members
        lesson : str
        submitted : datetime, UTC without a time zone, or None
        before : ``{student: {"base": base, "is_model": bool}}``, what each shared when this was last called, and whether they
            were the model then; one who is not in it gets everything
        is_another : whether the submission is another one than then: a person should look again at what was given by hand

        Returns
        -------
        settled : ``{student: (Mark, given)}`` as of `settle`
        base : what they share now, marks and comments by hand: ``{"grades": {cell: [points, extra]}, "comments": {cell: text}}``
        model : the member whose marks by hand the others get
        """
        found = self._lesson(lesson)

        def work(db):
            _enter_students(db, set(others))
            entries = _enter_submissions(db, found, dict.fromkeys((first, *others), submitted))
            # The first one may be another than before, with a mark of their own that is not the team's.
            model = next((s for s in before if before[s]["is_model"]), None if first in before else first)
            who, base, alone = (entries, first, model), {}, set()
            for part, which, again in (
                ("grades", _BY_HAND_GRADES, is_another),
                ("comments", _BY_HAND_COMMENTS, False),
            ):
                then = {student: shared["base"].get(part, {}) for student, shared in before.items()}
                base[part], different = _share(db, which, *who, then, again)
                alone |= different
            model = model or next((student for student in entries if student not in alone), first)
            times = {(student, lesson): submitted for student in entries}
            settled = self._settled(db, _rows_of(db, times), times)
            return {student: settled[student, lesson] for student in entries}, base, model

        return self._database.transaction(work)

    def due(self):
        """The deadlines of the lessons: ``{lesson: datetime}``, UTC without a time zone."""
        query = select(Assignment.name, Assignment.duedate).where(Assignment.duedate.is_not(None))
        return self._database.transaction(lambda db: dict(tuple(row) for row in db.execute(query)))

    def grades_by_hand(self, places):
        """The cells that a person has marked, and whether each needs another look.

        Parameters
        ----------
        places : (student, lesson) each

        Returns
        -------
        marked : ``{(student, lesson): {"why": False}}``, of those with such a cell
        """

        def work(db):
            rows = _rows_of(db, places)
            entries = {row.entry: (row.student, row.lesson) for row in rows}
            marked = collections.defaultdict(dict)
            for entry, name, look in db.execute(_BY_HAND, {"entries": list(entries)}):
                marked[entries[entry]][name] = look
            return dict(marked)

        return self._database.transaction(work) if places else {}

    # -------------------------------------------------------------------------------------------------- the class

    def marks(self, lessons=()):
        """All marks, brought up to date: ``{(student, lesson): Mark}``.

        Parameters
        ----------
        lessons : names of lessons, all by default
        """
        query = _SUBMISSIONS.with_only_columns(SubmittedNotebook.id).order_by(
            Assignment.name, SubmittedAssignment.student_id
        )
        if lessons:
            query = query.where(Assignment.name.in_(lessons))
        entries = self._database.transaction(lambda db: db.execute(query).scalars().all())
        marks = {}
        for start in range(0, len(entries), BATCH):
            some = {"entries": entries[start : start + BATCH]}
            settled = self._database.transaction(lambda db, some=some: self._settled(db, db.execute(_SOME, some).all()))
            marks |= {place: mark for place, (mark, _) in settled.items()}
        return marks

    def people(self):
        """What is known about each student: ``{student: Person}``."""
        query = select(Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
        rows = self._database.transaction(lambda db: db.execute(query).all())
        return {student: Person(*(value or "" for value in known)) for student, *known in rows}

    def entered(self):
        """The lessons that each student has submitted, if they are entered: ``{student: {lesson, …}}``."""
        query = (
            select(Student.id, Assignment.name)
            .outerjoin(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
            .outerjoin(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        )
        found = collections.defaultdict(set)
        for student, lesson in self._database.transaction(lambda db: db.execute(query).all()):
            found[student].update({lesson} - {None})
        return dict(found)

    def remove_student(self, student):
        """Remove a student with all submissions, marks and comments. The data does not stay in SQLite's file either."""
        submissions = select(SubmittedAssignment.id).where(SubmittedAssignment.student_id == student)
        entries = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id.in_(submissions))

        def work(db):
            for statement in (
                delete(_grades).where(_grades.c.notebook_id.in_(entries)),
                delete(_comments).where(_comments.c.notebook_id.in_(entries)),
                delete(SubmittedNotebook.__table__).where(SubmittedNotebook.__table__.c.assignment_id.in_(submissions)),
                delete(SubmittedAssignment.__table__).where(SubmittedAssignment.__table__.c.student_id == student),
                delete(Student.__table__).where(Student.__table__.c.id == student),
            ):
                db.connection().execute(statement)

        self._database.transaction(work)
        self._database.compact()

    def _lesson(self, name):
        """A lesson's cells; read once, since nbgrader lets nobody change them once there are submissions."""
        if name not in self._lessons:
            found = self._database.transaction(lambda db: _find_lesson(db, name))
            if found is None:
                raise ValueError(f"the gradebook has no lesson {name}: enter it first")
            self._lessons[name] = found
        return self._lessons[name]

    def _settled(self, db, rows, times=None):
        """Bring time and late penalty of submissions up to date: ``{(student, lesson): (Mark, given)}``."""
        entries = {"entries": [row.entry for row in rows]}
        grades, comments = _grouped(db.execute(_GRADES, entries)), _grouped(db.execute(_COMMENTS, entries))
        settled = {}
        for row in rows:
            time = (times or {}).get((row.student, row.lesson), _AS_IT_IS)
            time = row.timestamp if time is _AS_IT_IS else time
            if row.timestamp != time:
                changed = update(SubmittedAssignment).where(SubmittedAssignment.id == row.submission)
                db.execute(changed.values(timestamp=time))
            extension = row.extension
            if self._deadlines is not None:
                extension = self._deadlines.extension(row.student, row.lesson, row.duedate)
                if row.extension != extension:
                    changed = update(SubmittedAssignment).where(SubmittedAssignment.id == row.submission)
                    db.execute(changed.values(extension=extension))
            late = _seconds_late(time, row.duedate, extension)
            penalty = self._penalty(row.student, row.score, late)
            if penalty != row.penalty:
                changed = update(SubmittedNotebook).where(SubmittedNotebook.id == row.entry)
                db.execute(changed.values(late_submission_penalty=penalty))
            penalty = penalty or 0.0
            everything = {
                "grades": grades.get(row.entry, []),
                "comments": comments.get(row.entry, []),
                "penalty": penalty,
            }
            longer = ()
            if self._deadlines is not None and extension:
                longer = row.duedate + extension, extension
                everything["due"] = longer[0].isoformat()
            state = hashlib.sha256(json.dumps(everything).encode()).hexdigest()[:16]
            mark = Mark(row.score - penalty, row.max_score, bool(row.needs_manual_grade), late, penalty, state, *longer)
            settled[row.student, row.lesson] = mark, _given(everything["grades"], everything["comments"])
        return settled

    def _penalty(self, student, score, late):
        """What nbgrader's AssignLatePenalties would write: the result of an instructor's own plugin, clipped to the valid range."""
        if not late:
            return None
        assigning = self._assigning()
        penalty = assigning.plugin_inst.late_submission_penalty(student, score, late)
        return None if penalty is None else assigning._check_late_penalty(SimpleNamespace(score=score), penalty)

    def _assigning(self):
        """nbgrader's AssignLatePenalties, ready: one for all if its plugin is nbgrader's own, which remembers nothing."""
        if self._stateless:
            return self._stateless
        made = AssignLatePenalties(config=self._config)
        made.log = _log
        made.init_plugin()
        if type(made.plugin_inst) is LateSubmissionPlugin:
            self._stateless = made
        return made


# ------------------------------------------------------------------------------------------------------- statements

_OF_ENTRY = _grades.c.notebook_id == bindparam("entry"), _grades.c.cell_id == bindparam("cell")
# The statement itself looks up whether a person has marked it: they may be doing so at this moment.
_SET_GRADES = (
    update(_grades)
    .where(*_OF_ENTRY)
    .values(
        auto_score=bindparam("score"),
        needs_manual_grade=or_(_grades.c.manual_score.is_not(None), bindparam("look", type_=Boolean)),
    )
)
_SET_LOOKED_AT = update(_grades).where(*_OF_ENTRY).values(needs_manual_grade=bindparam("look", type_=Boolean))
_SET_COMMENTS = (
    update(_comments)
    .where(_comments.c.notebook_id == bindparam("entry"), _comments.c.cell_id == bindparam("cell"))
    .values(auto_comment=bindparam("comment"))
)
_SUBMISSIONS = (
    select(
        SubmittedAssignment.student_id.label("student"),
        Assignment.name.label("lesson"),
        SubmittedAssignment.id.label("submission"),
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Assignment.duedate,
        SubmittedNotebook.id.label("entry"),
        SubmittedNotebook.score.label("score"),
        SubmittedNotebook.max_score.label("max_score"),
        SubmittedNotebook.needs_manual_grade.label("needs_manual_grade"),
        SubmittedNotebook.late_submission_penalty.label("penalty"),
    )
    .select_from(SubmittedNotebook)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .where(Notebook.name == Assignment.name)
)
_OF_LESSON = _SUBMISSIONS.where(
    Assignment.name == bindparam("lesson"),
    SubmittedAssignment.student_id.in_(bindparam("students", expanding=True)),
)
_SOME = _SUBMISSIONS.where(SubmittedNotebook.id.in_(bindparam("entries", expanding=True)))
_GRADES = (
    select(Grade.notebook_id, _cells.c.name, Grade.score, Grade.max_score, Grade.needs_manual_grade)
    .select_from(Grade)
    .join(_cells, _cells.c.id == Grade.cell_id)
    .where(Grade.notebook_id.in_(bindparam("entries", expanding=True)))
)
_BY_HAND = (
    select(Grade.notebook_id, _cells.c.name, Grade.needs_manual_grade)
    .select_from(Grade)
    .join(_cells, _cells.c.id == Grade.cell_id)
    .where(Grade.notebook_id.in_(bindparam("entries", expanding=True)), Grade.manual_score.is_not(None))
)
_COMMENTS = (
    select(Comment.notebook_id, _cells.c.name, Comment.comment)
    .select_from(Comment)
    .join(_cells, _cells.c.id == Comment.cell_id)
    .where(Comment.notebook_id.in_(bindparam("entries", expanding=True)))
)


# What a person can give, what comes with it, for _share: a table, columns by hand, columns that follow.
_BY_HAND_GRADES = _grades, ("manual_score", "extra_credit"), ("auto_score", "needs_manual_grade")
_BY_HAND_COMMENTS = _comments, ("manual_comment",), ("auto_comment",)


def _share(db, which, entries, first, model, before, is_another):
    """Give to all entries of a team, by student, what the first one was judged to have, and what a person gave the model.

    Without a model, what a person gave stays as it was. Returns what the team shares of it, by cell, and the students who have
    something else.
    """
    table, by_hand, others = which
    columns = [table.c[name] for name in (*by_hand, *others)]
    query = (
        select(table.c.notebook_id, table.c.cell_id, _cells.c.name, *columns)
        .join(_cells, _cells.c.id == table.c.cell_id)
        .where(table.c.notebook_id.in_(entries.values()))
    )
    held = collections.defaultdict(dict)
    for entry, cell, name, *values in db.execute(query):
        held[entry][name] = cell, tuple(values[: len(by_hand)]), tuple(values[len(by_hand) :])
    base, alone, nothing = {}, set(), (None,) * len(by_hand)
    for name, (cell, _, (judged, *look)) in held[entries[first]].items():
        then = {student: tuple(shared.get(name, nothing)) for student, shared in before.items()}
        given = held[entries[model]][name][1] if model else then.get(first, nothing)
        giver = model
        if given == nothing and nothing in then.values():  # whoever is marked first counts for all
            marked = (s for s in entries if then.get(s) == nothing and held[entries[s]][name][1] != nothing)
            giver = next(marked, model)
            given = held[entries[giver]][name][1] if giver else given
        if given != nothing and giver and giver != first:
            look = [is_another or waits for waits in held[entries[giver]][name][2][1:]]
        base[name] = list(given)
        for student, entry in entries.items():
            _, own, (own_judged, *own_look) = held[entry][name]
            wanted = given, judged, look
            if student not in (model, giver) and student in then and own not in (then[student], given):
                wanted = own, judged, [is_another or waits for waits in own_look]  # given to this member alone
                alone.add(student)
            if (own, own_judged, own_look) != wanted:
                values = dict(zip((*by_hand, *others), (*wanted[0], wanted[1], *wanted[2]), strict=True))
                db.execute(update(table).where(table.c.notebook_id == entry, table.c.cell_id == cell).values(**values))
    return {name: given for name, given in base.items() if any(value is not None for value in given)}, alone


def _given(grades, comments):
    comments = {name: comment or "" for name, comment in comments}
    grades = {name: grade for name, *grade in grades}
    return {
        name: Given(*grades.get(name, (None, None, False)), comments.get(name, "")) for name in {**comments, **grades}
    }


def _grouped(rows):
    """Rows by their first column, each group sorted."""
    groups = collections.defaultdict(list)
    for key, *row in rows:
        groups[key].append(tuple(row))
    return {key: sorted(group) for key, group in groups.items()}


def _create(database):
    """Create the tables as nbgrader's Gradebook does, with the mark of their version, and the indexes that it lacks."""

    def exists(db):
        tables = inspect(db.connection())
        if tables.has_table(Assignment.__tablename__):
            return True
        if tables.has_table("alembic_version"):
            shown = database.url.render_as_string()
            raise DatabaseError(f"{shown} belongs to another program: give the gradebook an empty database of its own")
        return False

    def make(db):
        if postgresql:
            db.execute(select(func.pg_advisory_xact_lock(_CREATING)))
        if not exists(db):  # another run may have created them meanwhile
            Base.metadata.create_all(db.connection())
            db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            db.execute(text("INSERT INTO alembic_version (version_num) VALUES (:version)"), {"version": version})
            for course in (COURSE, NAMELESS) if postgresql else (COURSE,):
                db.execute(insert(Course).values(id=course))

    def add_indexes(db):
        tables = inspect(db.connection())
        for index, table in _INDEXES.items():
            if not tables.has_index(table, index):  # asked first, since IF NOT EXISTS would wait for those who write
                db.execute(text(f"CREATE INDEX {index} ON {table} ({_INDEXED})"))

    postgresql = database.url.get_backend_name() == "postgresql"
    if not database.transaction(exists):
        version = _version_of_the_tables()
        database.transaction(make)
    with contextlib.suppress(DatabaseError, DBAPIError):  # they only save time, and only the tables' owner may add them
        database.transaction(add_indexes)


@functools.cache
def _version_of_the_tables():
    """The result of nbgrader's `get_alembic_version`, which starts a program and takes a hundred times as long."""
    from alembic.script import ScriptDirectory  # late: only a new gradebook needs it

    return ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head()


def create(db_url):
    """Create the gradebook at an address, completely or not at all, if there is none yet."""
    with contextlib.closing(Database(db_url)) as database:
        _create(database)


def copy(old_url, new_url):
    """Copy a gradebook to another database, completely or not at all, unless that already holds lessons."""
    with contextlib.closing(Database(new_url)) as new:
        _create(new)
        if new.transaction(lambda db: db.execute(select(Assignment.id).limit(1)).first()) or not exists(old_url):
            return
        with contextlib.closing(Database(old_url)) as old:
            old.transaction(lambda reading: new.transaction(lambda writing: _copy_rows(reading, writing)))


def exists(db_url):
    """Whether there is a gradebook at an address."""
    url = normal(db_url)
    if url.get_backend_name() == "sqlite":
        return Path(url.database).exists()
    with contextlib.closing(Database(db_url)) as database:
        return database.transaction(lambda db: inspect(db.connection()).has_table(Assignment.__tablename__))


def _copy_rows(reading, writing):
    has = set(writing.execute(select(Course.id)).scalars())
    for table in Base.metadata.sorted_tables:
        for rows in reading.execute(select(table)).mappings().partitions(10_000):
            new = [dict(row) for row in rows if table is not Course.__table__ or row["id"] not in has]
            if new:
                writing.connection().execute(insert(table), new)


def _find_lesson(db, name):
    rows = db.execute(
        select(Assignment.id, Notebook.id, Notebook.name).join(Notebook, Notebook.assignment_id == Assignment.id)
        .where(Assignment.name == name)
    ).all()  # fmt: skip
    own = [notebook for _, notebook, title in rows if title == name]
    if not own:
        return None
    notebooks = {notebook: _Cells() for _, notebook, _ in rows}
    query = (
        select(_cells, func.coalesce(_graded.c.max_score, _tasks.c.max_score).label("points"))
        .outerjoin(_graded, _graded.c.id == _cells.c.id)
        .outerjoin(_tasks, _tasks.c.id == _cells.c.id)
        .where(_cells.c.notebook_id.in_(notebooks))
    )
    for cell in db.execute(query):
        cells = notebooks[cell.notebook_id]
        if cell.type in (GradeCell.__name__, TaskCell.__name__):
            cells.graded[cell.name], cells.points[cell.name] = cell.id, cell.points
        if cell.type in (SolutionCell.__name__, TaskCell.__name__):
            cells.commented[cell.name] = cell.id
    return _Lesson(rows[0][0], own[0], notebooks)


def _read(cells, notebook, scores):
    """The automatic marks and comments of an executed notebook, as rows for the statements above."""
    marks, comments = {}, {}
    for name, score in scores.items():
        if name not in cells.graded:
            raise ValueError(
                f"there is a score for {name}, but the lesson's graded cells are {', '.join(cells.graded)}"
            )
        if not 0 <= score <= cells.points[name]:
            raise ValueError(f"the score of {name} is {score}, but should be between 0 and {cells.points[name]:g}")
        marks[name] = score, False
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if is_grade(cell) and name not in scores:
            marks[name] = _by_nbgrader(cell)
        if is_solution(cell) or is_task(cell):
            same = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
            comments[name] = NO_RESPONSE if same else None
    unknown = [*(marks.keys() - cells.graded.keys()), *(comments.keys() - cells.commented.keys())]
    if unknown:
        raise ValueError(f"the notebook has a graded cell {unknown[0]!r}, which the lesson does not have")
    return (
        [{"cell": cells.graded[name], "score": score, "look": look} for name, (score, look) in marks.items()],
        [{"cell": cells.commented[name], "comment": comment} for name, comment in comments.items()],
    )


def _by_nbgrader(cell):
    """A cell's score, and whether a person should look: always if there is no score."""
    try:
        score, _ = determine_grade(cell, _log)
    except ValueError:  # the cell's value claims more than its points
        return 0.0, True
    return score, score is None


def _enter_students(db, students):
    there = set(db.execute(select(Student.id).where(Student.id.in_(students))).scalars())
    rows = []
    for student in sorted(students - there):
        first, _, last = student.rpartition(" ")
        named = {"first_name": first, "last_name": last} if first else {"first_name": None, "last_name": None}
        rows.append({"id": student, **named})
    if rows:
        db.connection().execute(insert(Student.__table__), rows)


def _enter_submissions(db, lesson, times):
    """The ids of submissions' notebooks, ``{student: id}``: their rows are created, as by nbgrader, or get their times.

    Parameters
    ----------
    lesson : _Lesson
    times : ``{student: submitted}``
    """
    there = db.execute(
        select(SubmittedAssignment.student_id, SubmittedAssignment.id, SubmittedAssignment.timestamp, SubmittedNotebook.id.label("entry"))
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .where(SubmittedAssignment.assignment_id == lesson.id, SubmittedAssignment.student_id.in_(times))
        .where(SubmittedNotebook.notebook_id == lesson.notebook)
    ).all()  # fmt: skip
    found = {row.student_id: row.entry for row in there}
    for row in there:
        time = times[row.student_id]
        if row.timestamp != time:
            db.execute(update(SubmittedAssignment).where(SubmittedAssignment.id == row.id).values(timestamp=time))
    made = {model: [] for model in (SubmittedAssignment, SubmittedNotebook, Grade, Comment)}
    for student in [student for student in times if student not in found]:
        submission, entries = new_uuid(), {notebook: new_uuid() for notebook in lesson.notebooks}
        made[SubmittedAssignment].append(
            {"id": submission, "assignment_id": lesson.id, "student_id": student, "timestamp": times[student]}
        )
        made[SubmittedNotebook] += [
            {"id": entry, "assignment_id": submission, "notebook_id": notebook} for notebook, entry in entries.items()
        ]
        made[Grade] += _rows_for(entries, lesson, "graded")
        made[Comment] += _rows_for(entries, lesson, "commented")
        found[student] = entries[lesson.notebook]
    for model, rows in made.items():
        if rows:
            db.connection().execute(insert(model.__table__), rows)
    return found


def _rows_of(db, places):
    """The rows of `_SUBMISSIONS` at places (student, lesson)."""
    by_lesson = collections.defaultdict(list)
    for student, lesson in places:
        by_lesson[lesson].append(student)
    found = ({"lesson": lesson, "students": students} for lesson, students in by_lesson.items())
    return [row for which in found for row in db.execute(_OF_LESSON, which)]


def _entry(db, lesson, student):
    """The id of a student's notebook in a lesson, or None."""
    return db.execute(
        select(SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .where(SubmittedAssignment.student_id == student, SubmittedNotebook.notebook_id == lesson.notebook)
    ).scalar_one_or_none()


def _rows_for(entries, lesson, kind):
    return [
        {"notebook_id": entries[notebook], "cell_id": cell}
        for notebook, cells in lesson.notebooks.items()
        for cell in getattr(cells, kind).values()
    ]


def _seconds_late(submitted, due, extension):
    """nbgrader's total_seconds_late."""
    if submitted is None or due is None:
        return 0.0
    return max(0.0, (submitted - due - (extension or due - due)).total_seconds())
