"""The gradebook equals the one that nbgrader's own preprocessors write, even with interruptions."""

import io
import multiprocessing
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta

import alembic.command
import alembic.config
import nbformat
import nbgrader.api
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event, make_url

from grader.classroom import database, gradebook
from grader.classroom.database import DatabaseError
from grader.classroom.demo import DUE
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book, Executed, Mark
from grader.classroom.grading import MOST
from tests.support.books import everything, executed_class, mark_by_hand, record_by_nbgrader, settle_by_nbgrader

LESSON = "03_gates"
OWN_PLUGIN = """
from nbgrader.plugins import BasePlugin


class OnePointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {points}


c.AssignLatePenalties.plugin_class = OnePointAnHour
"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A class of two lessons, nothing in its gradebook yet, and what was handed in, executed."""
    folder = tmp_path_factory.mktemp("class") / "class"
    return folder, executed_class(folder)


@pytest.fixture
def papers(handed_in):
    return handed_in[1]


@pytest.fixture
def folders(handed_in, tmp_path):
    """The class's folder twice: for nbgrader, and for us."""
    for name in ("nbgrader", "ours"):
        shutil.copytree(handed_in[0], tmp_path / name)
    return ClassFolder(tmp_path / "nbgrader"), ClassFolder(tmp_path / "ours")


@pytest.fixture
def folder(folders):
    return folders[1]


def configured(folder, text):
    path = folder.root / "nbgrader_config.py"
    path.write_text(path.read_text() + text)
    return ClassFolder(folder.root)


def grade_both(folders, papers, submitted=None):
    """Enter everything in both gradebooks."""
    theirs, ours = folders
    for paper in papers:
        record_by_nbgrader(theirs.db_url, paper, submitted)
        settle_by_nbgrader(theirs.db_url, theirs.config, paper)
    with Book(ours) as book:
        for paper in papers:
            book.record(paper.student, paper.lesson, submitted or paper.submitted, paper.notebook)
            book.settle(paper.student, paper.lesson, submitted or paper.submitted)


def record(folder, paper, **more):
    with Book(folder) as book:
        recorded = book.record(paper.student, paper.lesson, paper.submitted, paper.notebook, **more)
        assert recorded == book.settle(paper.student, paper.lesson, paper.submitted)
        return recorded[0]


def paper_of(folder, paper):
    """nbgrader's view of a submission: its scores."""
    with Gradebook(folder.db_url) as gb:
        found = gb.find_submission_notebook(paper.lesson, paper.lesson, paper.student)
        return {g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade) for g in found.grades}


# --------------------------------------------------------------------------------------------- the same as nbgrader's


@pytest.mark.system
def test_every_table_equals_nbgraders_from_the_first_submission_to_the_regrading_of_late_ones(folders, papers):
    theirs, ours = folders
    assert everything(ours.db_url) == everything(theirs.db_url)
    grade_both(folders, papers)
    first = everything(ours.db_url)
    assert first == everything(theirs.db_url)
    assert len(first["submitted_notebook"]) == len(papers)
    assert any("No response." in row for row in first["comment"])

    for folder in folders:
        for paper in papers[::2]:
            mark_by_hand(folder.db_url, paper)
    assert everything(ours.db_url) == everything(theirs.db_url)
    grade_both(folders, papers, submitted=DUE + timedelta(hours=5))
    again = everything(ours.db_url)
    assert again == everything(theirs.db_url)
    for kept in ("'manual_score': 0.5", "'extra_credit': 1.5"):
        assert any(kept in row for row in again["grade"])
    assert any("Well said" in row for row in again["comment"])


@pytest.mark.system
@pytest.mark.parametrize(
    "text",
    [
        "c.LateSubmissionPlugin.penalty_method = 'zero'\n",
        OWN_PLUGIN.format(points="total_seconds_late / 3600"),
        OWN_PLUGIN.format(points="score + 100"),
        OWN_PLUGIN.format(points="-5"),
        OWN_PLUGIN.format(points="None"),
        OWN_PLUGIN.format(points="len(student_id) / 10 + 0.1 * score"),
    ],
)
def test_late_penalties_equal_nbgraders_and_go_when_the_time_is_moved(folders, papers, text):
    folders = [configured(folder, text) for folder in folders]
    theirs, ours = folders
    papers = [p for p in papers if p.lesson == LESSON][:3]
    grade_both(folders, papers, submitted=DUE + timedelta(hours=3))
    assert everything(ours.db_url) == everything(theirs.db_url)
    with Gradebook(theirs.db_url) as gb, Book(ours) as book:
        gb.update_or_create_assignment(LESSON, duedate=DUE + timedelta(days=9))
        book.set_due(LESSON, DUE + timedelta(days=9))
    grade_both(folders, papers, submitted=DUE + timedelta(hours=3))
    assert everything(ours.db_url) == everything(theirs.db_url)


def test_an_extension_counts(folder, papers):
    paper = papers[0]
    record(folder, paper)
    with Gradebook(folder.db_url) as gb:
        gb.grant_extension(paper.lesson, paper.student, hours=2)
        gb.find_submission(paper.lesson, paper.student).timestamp = DUE + timedelta(hours=3)
        gb.db.commit()
        wanted = gb.find_submission(paper.lesson, paper.student).total_seconds_late
    with Book(folder) as book:
        assert book.settle(paper.student, paper.lesson)[0].seconds_late == wanted == 3600


def test_a_time_that_turns_out_to_be_unknown_makes_nobody_late(folder, papers):
    with Book(folder) as book:
        paper = papers[0]
        book.record(paper.student, paper.lesson, DUE + timedelta(hours=1), paper.notebook)
        book.set_due(paper.lesson, DUE)
        assert book.settle(paper.student, paper.lesson)[0].seconds_late == 3600
        assert book.settle(paper.student, paper.lesson, None)[0].seconds_late == 0
        assert book.settle(paper.student, paper.lesson)[0].seconds_late == 0


def here(words):
    """What Alembic's program prints, in this process, which has already imported what takes long."""
    told, (_, _, settings, command) = io.StringIO(), words
    getattr(alembic.command, command)(alembic.config.Config(settings, stdout=told))
    return told.getvalue().encode()


@pytest.fixture
def alembic_here(monkeypatch):
    """Where nbgrader starts a program to ask for the tables' version, it is asked in this process."""
    monkeypatch.setattr(nbgrader.api.sp, "check_output", here)


@pytest.mark.usefixtures("alembic_here")
def test_a_new_gradebook_is_what_nbgrader_makes(folder, tmp_path):
    Gradebook(f"sqlite:///{tmp_path}/theirs.db").close()
    gradebook.create(f"sqlite:///{tmp_path}/ours.db")
    assert everything(f"sqlite:///{tmp_path}/ours.db") == everything(f"sqlite:///{tmp_path}/theirs.db")
    ours, theirs = (
        sqlite3.connect(tmp_path / name).execute("select type, name, sql from sqlite_master order by name").fetchall()
        for name in ("ours.db", "theirs.db")
    )
    assert [entry for entry in ours if entry[1] not in gradebook._INDEXES] == theirs
    assert {(kind, name) for kind, name, _ in set(ours) - set(theirs)} == {
        ("index", name) for name in gradebook._INDEXES
    }


@pytest.mark.usefixtures("alembic_here")
def test_a_gradebook_that_nbgrader_made_gets_the_indexes_that_it_lacks_and_may_refuse_them(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/theirs.db"
    Gradebook(url).close()
    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "_INDEXED", "no_such_column")
        gradebook.create(url)  # as if it were somebody else's
    indexes = "select name from sqlite_master where type = 'index' and sql is not null"
    assert sqlite3.connect(tmp_path / "theirs.db").execute(indexes).fetchall() == []
    for _ in range(2):
        gradebook.create(url)
        found = sqlite3.connect(tmp_path / "theirs.db").execute(indexes).fetchall()
        assert {name for (name,) in found} == set(gradebook._INDEXES)


def test_no_statement_reads_the_whole_class(folder, papers):
    """Otherwise each submission of a large class would take longer than the one before."""
    statements = []
    paper = next(p for p in papers if p.lesson == LESSON)
    several = [Executed(f"Student {n}", LESSON, paper.submitted, paper.notebook, {}, {}) for n in range(3)]
    with Book(folder) as book:
        listen = lambda c, cursor, statement, parameters, *rest: statements.append((statement, parameters))  # noqa: E731
        event.listen(book._database._engine, "before_cursor_execute", listen)
        for _ in range(2):
            book.record_all(several)
        book.settle_all(dict.fromkeys([(one.student, LESSON) for one in several], paper.submitted))
        book.grades_by_hand([("Student 1", LESSON)])
    plan = sqlite3.connect(make_url(folder.db_url).database)
    grows = {"student", "submitted_assignment", "submitted_notebook", "grade", "comment"}
    told = [
        (row[3], statement)
        for statement, parameters in statements
        if not isinstance(parameters, list)
        for row in plan.execute(f"explain query plan {statement}", parameters)
    ]
    assert {table for step, _ in told for table in grows if re.match(rf"SEARCH {table}\b", step)} == grows
    assert [
        (step, statement) for step, statement in told if step.split()[0] == "SCAN" and step.split()[1] in grows
    ] == []


def test_a_gradebook_whose_creation_was_killed_is_made_whole(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/new.db"
    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "insert", lambda table: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            gradebook.create(url)
    assert sqlite3.connect(tmp_path / "new.db").execute("select count(*) from sqlite_master").fetchone() == (0,)
    gradebook.create(url)
    assert everything(url)["course"] == ["{'id': 'default_course'}"]


# ------------------------------------------------------------------------------------------------- scores from the judge


def checks_of(paper):
    cells = (c for c in paper.notebook.cells if c.metadata.get("nbgrader", {}).get("grade"))
    return {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in cells if c.cell_type == "code"}


def test_scores_from_the_judge_count_whatever_the_cells_say(folder, papers):
    paper = papers[0]
    points = checks_of(paper)
    scores = {name: worth / 4 for name, worth in points.items()}
    mark = record(folder, paper, scores=scores)
    kept = paper_of(folder, paper)
    assert {name: kept[name][0] for name in scores} == scores
    assert {name: kept[name][3] for name in scores} == dict.fromkeys(scores, False)
    assert mark.score == sum(scores.values())
    written = {name: value for name, value in kept.items() if name not in scores}
    assert written
    assert all(auto in (None, 0) for auto, *_ in written.values())


@pytest.mark.parametrize("score", [-0.5, 1000, float("nan"), float("inf")])
def test_a_score_out_of_range_is_refused_and_nothing_is_written(folder, papers, score):
    before = everything(folder.db_url)
    name = next(iter(checks_of(papers[0])))
    with pytest.raises(ValueError, match=rf"score of {name} is .*, but should be between 0 and"):
        record(folder, papers[0], scores={name: score})
    with pytest.raises(ValueError, match="graded cells are"):
        record(folder, papers[0], scores={"no_such_cell": 1})
    assert everything(folder.db_url) == before


def test_a_test_cell_that_claims_more_than_its_points_earns_nothing_and_waits_for_a_person(folder, papers):
    notebook = nbformat.from_dict(papers[0].notebook)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade") and c.cell_type == "code")
    cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "inf"})]
    with Book(folder) as book:
        book.record(papers[0].student, papers[0].lesson, papers[0].submitted, notebook)
    assert paper_of(folder, papers[0])[cell.metadata.nbgrader.grade_id] == (0, None, None, True)


def test_marks_by_hand_of_the_very_same_submission_need_no_second_look(folder, papers):
    paper = papers[0]
    record(folder, paper)
    mark_by_hand(folder.db_url, paper)
    before = everything(folder.db_url)
    with Book(folder) as book:
        by_hand = book.grades_by_hand([(paper.student, paper.lesson)])[paper.student, paper.lesson]
    assert set(by_hand.values()) == {False}
    assert len(by_hand) > 1
    record(folder, paper, by_hand=by_hand)
    assert everything(folder.db_url) == before
    record(folder, paper)
    assert {name: kept[3] for name, kept in paper_of(folder, paper).items() if name in by_hand} == dict.fromkeys(
        by_hand, True
    )


# ---------------------------------------------------------------------------------------------------------- the mark


def test_the_marks_state_is_new_whenever_feedback_would_be(folder, papers):
    paper = papers[0]
    states = [record(folder, paper).state]
    assert record(folder, paper).state == states[0]
    steps = (
        lambda g: setattr(g.grades[0], "extra_credit", 1),
        lambda g: setattr(g.comments[0], "manual_comment", "!"),
        lambda g: setattr(g.grades[0], "needs_manual_grade", True),
        lambda g: setattr(g, "late_submission_penalty", 1),
    )
    for step in steps:
        with Gradebook(folder.db_url) as gb, Book(folder) as book:
            step(gb.find_submission_notebook(paper.lesson, paper.lesson, paper.student))
            gb.db.commit()
            if step is steps[-1]:  # it is settled only for who is late
                book.set_due(paper.lesson, paper.submitted - timedelta(hours=1))
                configured(folder, "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
        with Book(ClassFolder(folder.root)) as book:
            states.append(book.settle(paper.student, paper.lesson, paper.submitted)[0].state)
    assert len(set(states)) == len(states)


def test_what_the_gradebook_does_not_have(folder):
    with Book(folder) as book:
        assert book.settle("Nobody", LESSON, datetime(2026, 1, 1)) == (None, {})
        assert book.grades_by_hand([("Nobody", LESSON)]) == {}
        assert book.marks() == {}
        assert book.holds(LESSON)
        assert not book.holds("99_none")
        with pytest.raises(ValueError, match="has no lesson 99_none"):
            book.record("Ada", "99_none", datetime(2026, 1, 1), nbformat.v4.new_notebook())
        book.set_due("98_new", DUE)
    with Gradebook(folder.db_url) as gb:
        assert gb.find_assignment("98_new").duedate == DUE


def test_marks_and_people_of_the_class(folder, papers):
    wanted = {(p.student, p.lesson): record(folder, p) for p in papers}
    with Gradebook(folder.db_url) as gb:
        gb.update_or_create_student(papers[0].student, email="a@example.org", lms_user_id="77")
    with Book(folder) as book:
        assert book.marks() == wanted
        assert set(book.marks([LESSON])) == {key for key in wanted if key[1] == LESSON}
        assert isinstance(next(iter(wanted.values())), Mark)
        people = book.people()
        assert set(people) == {p.student for p in papers}
        assert (people[papers[0].student].email, people[papers[0].student].lms_user_id) == ("a@example.org", "77")


def test_one_run_over_two_lessons_keeps_the_marks_of_both(folder, papers):
    with Book(folder) as book:
        for paper in papers:
            book.record(paper.student, paper.lesson, paper.submitted, paper.notebook)
        settled = {(p.student, p.lesson): book.settle(p.student, p.lesson, p.submitted)[0] for p in papers}
    assert len({lesson for _, lesson in settled}) == 2
    assert any(mark.score > 0 for mark in settled.values())
    with Book(folder) as book:
        assert book.marks() == settled


def test_a_submission_takes_few_statements_and_one_commit(folder, papers):
    statements, commits = [], []
    papers = [p for p in papers if p.lesson == LESSON]
    with Book(folder) as book:
        engine = book._database._engine
        book.holds(LESSON)
        event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement))
        event.listen(engine, "commit", lambda c: commits.append(1))
        book.record(papers[0].student, LESSON, papers[0].submitted, papers[0].notebook)
        first = len(statements)
        book.record(papers[1].student, LESSON, papers[1].submitted, papers[1].notebook)
    assert len(commits) == 3  # the first one reads the lesson's cells
    assert len(statements) - first <= 14


# ------------------------------------------------------------------------------------------------------ others at work


def formgrader_at_work(db_url, student, stop, problems, done):
    """Another program: marks by hand, one after another, as the formgrader does it."""
    count = 0
    while not stop.is_set():
        try:
            with Gradebook(db_url) as gb:
                grade = min(gb.find_submission_notebook(LESSON, LESSON, student).grades, key=lambda g: g.name)
                grade.manual_score = count + 1
                gb.db.commit()
                count = done.value = count + 1
        except Exception as e:
            problems.put(f"{type(e).__name__}: {e}")


@pytest.mark.system
@pytest.mark.parametrize(("together", "times"), [(1, 50), (MOST, 10)])
def test_marking_by_hand_while_grading_runs_loses_nothing(folder, papers, together, times):
    paper = next(p for p in papers if p.lesson == LESSON)
    record(folder, paper)
    spawn = multiprocessing.get_context("spawn")
    stop, problems, done = spawn.Event(), spawn.Queue(), spawn.Value("i", 0)
    marker = spawn.Process(target=formgrader_at_work, args=(folder.db_url, paper.student, stop, problems, done))
    marker.start()
    with Book(folder) as book:
        end, count = time.monotonic() + 120, 0
        while (count < times * together or done.value < 20) and time.monotonic() < end:
            students = (f"Student {n}" for n in range(count, count + together))
            book.record_all([Executed(s, LESSON, paper.submitted, paper.notebook, {}, {}) for s in students])
            book.record(paper.student, LESSON, paper.submitted, paper.notebook)
            count += together
    stop.set()
    marker.join(60)
    assert marker.exitcode == 0
    assert problems.empty(), problems.get()
    assert done.value >= 20
    name, kept = min(paper_of(folder, paper).items())
    assert kept[1] == done.value, name
    with Book(folder) as book:
        assert len(book.marks([LESSON])) == len({f"Student {n}" for n in range(count)} | {paper.student})


def test_many_submissions_take_no_more_statements_than_one_and_one_commit(folder, papers):
    statements, commits = [], []
    paper = next(p for p in papers if p.lesson == LESSON)
    with Book(folder) as book:
        book.record(paper.student, LESSON, paper.submitted, paper.notebook)
        engine = book._database._engine
        event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement))
        event.listen(engine, "commit", lambda c: commits.append(1))
        settled = book.record_all(
            [Executed(f"Student {n}", LESSON, paper.submitted, paper.notebook, {}, {}) for n in range(MOST)]
        )
        assert len(settled) == MOST and len(commits) == 1 and len(statements) <= 14
        statements.clear()
        assert book.settle_all(dict.fromkeys(settled, paper.submitted)) == settled
        assert len(commits) == 2 and len(statements) <= 4


def test_a_lock_is_waited_for_and_a_lasting_one_is_said_in_words(folder, papers, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(database, "PAUSES", (0.05,) * 3)
    other = sqlite3.connect(folder.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    with Book(folder) as book:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="stays locked because another program is writing to it"):
            book.record(papers[0].student, papers[0].lesson, papers[0].submitted, papers[0].notebook)
        threading.Timer(0.12, lambda: other.execute("COMMIT")).start()
        book.record(papers[0].student, papers[0].lesson, papers[0].submitted, papers[0].notebook)
        assert book.settle(papers[0].student, papers[0].lesson)[0]


@pytest.mark.system
def test_two_that_create_at_once_make_one_gradebook(tmp_path):
    code = f"from grader.classroom.gradebook import create; create('sqlite:///{tmp_path}/gradebook.db')"
    runs = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [run.communicate()[1] for run in runs] == [b""] * 3
    assert everything(f"sqlite:///{tmp_path}/gradebook.db")["course"] == ["{'id': 'default_course'}"]


# -------------------------------------------------------------------------------------------------- another database


def test_another_database_is_remembered_and_gets_what_was_there(folder, papers, tmp_path):
    record(folder, papers[0])
    mark_by_hand(folder.db_url, papers[0])
    before, config = everything(folder.db_url), (folder.root / "nbgrader_config.py").read_text()
    for name in ("other.db", "another one.db"):
        moved = ClassFolder(folder.root, f"sqlite:///{tmp_path}/{name}")
        assert moved.db_url == f"sqlite:///{tmp_path}/{name}"
        assert everything(moved.db_url) == before
        assert ClassFolder(folder.root).db_url == moved.db_url
    assert (folder.root / "nbgrader_config.py").read_text().startswith(config.rstrip())
    assert (folder.root / "nbgrader_config.py").read_text().count("db_url") == 1
    mark_by_hand(moved.db_url, papers[0])
    kept = everything(moved.db_url)
    assert everything(ClassFolder(folder.root, moved.db_url).db_url) == kept


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://ada:secret@host/db", "cannot hold a gradebook: give postgresql"),
        ("nonsense", "cannot hold a gradebook"),
        ("sqlite:////no/such/folder/x.db", "cannot be used: unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_used_changes_nothing(folder, url, message):
    before = (folder.root / "nbgrader_config.py").read_text()
    with pytest.raises(DatabaseError, match=message) as e:
        ClassFolder(folder.root, url)
    assert "secret" not in str(e.value)
    assert (folder.root / "nbgrader_config.py").read_text() == before


def test_a_file_that_is_no_gradebook(tmp_path):
    (tmp_path / "text.db").write_text("This is not a database. " * 50)
    with pytest.raises(DatabaseError, match="is not a database"):
        gradebook.create(f"sqlite:///{tmp_path}/text.db")
    sqlite3.connect(tmp_path / "other.db").execute("create table alembic_version (x)").connection.commit()
    with pytest.raises(DatabaseError, match="belongs to another program"):
        gradebook.create(f"sqlite:///{tmp_path}/other.db")
