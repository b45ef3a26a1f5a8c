"""A class's gradebook on a real PostgreSQL server: grading, nbgrader's programs, and errors."""

import multiprocessing
import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import datetime
from urllib.parse import quote

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from grader.base.paths import course_root
from grader.classroom import database, forgetting, gradebook
from grader.classroom.database import DatabaseError
from grader.classroom.demo import DUE, make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from tests.support.plain import nbgrader
from tests.support.postgres_server import PASSWORD, USER, address, execute, programs, server

from tests.support.books import HandedIn, everything, mark_by_hand, record_by_nbgrader, settle_by_nbgrader  # isort: skip

pytestmark = [pytest.mark.system, pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed here")]
LESSON = "03_gates"


@pytest.fixture(scope="module")
def port():
    with server() as port:
        yield port


@pytest.fixture
def url(port, request):
    """The address of an empty database, password included."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    execute(port, f"create database {name}")
    return address(port, name)


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "class"
    make_class(course_root(), folder, 1, ["03"])
    return folder


@pytest.fixture
def folder(blank, tmp_path):
    shutil.copytree(blank, tmp_path / "class")
    return tmp_path / "class"


@pytest.fixture(scope="module")
def papers(blank):
    """Three submissions: nothing done, everything right, and one failed check."""
    pristine = nbformat.read(blank / "release" / LESSON / f"{LESSON}.ipynb", 4)
    found = []
    for number, student in enumerate(("Ada Lovelace", "李", 'Robert "Bobby" Tables\'; drop table student; --')):
        notebook = nbformat.from_dict(pristine)
        for cell in notebook.cells if number else ():
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("solution"):
                cell.source = "mine"
        checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade") and c.cell_type == "code"]
        for cell in checks[: (len(checks), 0, 1)[number]]:
            cell.outputs = [nbformat.v4.new_output("error", ename="CheckFailed", evalue="no", traceback=[])]
        found.append(HandedIn(student, LESSON, DUE.replace(year=2027), notebook))
    return found


def without_courses(content):
    return {table: rows for table, rows in content.items() if table != "course"}


def test_marks_on_postgresql_equal_nbgraders_on_sqlite(folder, papers, url, tmp_path):
    shutil.copytree(folder, tmp_path / "theirs")
    (tmp_path / "theirs" / "nbgrader_config.py").open("a").write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    (folder / "nbgrader_config.py").open("a").write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    theirs, ours = ClassFolder(tmp_path / "theirs"), ClassFolder(folder, url)
    for _ in range(2):
        with Book(ours) as book:
            for paper in papers:
                record_by_nbgrader(theirs.db_url, paper)
                settle_by_nbgrader(theirs.db_url, theirs.config, paper)
                book.record(paper.student, LESSON, paper.submitted, paper.notebook)
                mark, _ = book.settle(paper.student, LESSON, paper.submitted)
                assert mark.score == 0
                assert mark.seconds_late
        assert without_courses(everything(ours.db_url)) == without_courses(everything(theirs.db_url))
        for place in (ours, theirs):
            for paper in papers[1:]:
                mark_by_hand(place.db_url, paper)
    assert not all(re.search(r"penalty': (None|0\.0)}", row) for row in everything(ours.db_url)["submitted_notebook"])


def test_a_class_moves_with_all_its_marks(folder, papers, url):
    before = ClassFolder(folder)
    with Book(before) as book:
        for paper in papers:
            book.record(paper.student, LESSON, paper.submitted, paper.notebook)
    mark_by_hand(before.db_url, papers[0])
    with Book(before) as book:
        marks = book.marks()
    moved = ClassFolder(folder, url)
    assert without_courses(everything(moved.db_url)) == without_courses(everything(before.db_url))
    with Book(ClassFolder(folder)) as book:
        assert book.marks() == marks


def test_a_student_is_forgotten_as_nbgrader_removes_one(folder, papers, url, tmp_path):
    shutil.copytree(folder, tmp_path / "theirs")
    ours, theirs = ClassFolder(folder, url), ClassFolder(tmp_path / "theirs")
    for place in (ours, theirs):
        with Book(place) as book:
            for paper in papers:
                book.record(paper.student, LESSON, paper.submitted, paper.notebook)
    gone = papers[2].student
    assert not forgetting.find_traces(folder, gone).folders
    forgetting.forget(folder, gone)
    with Gradebook(theirs.db_url) as gb:
        gb.remove_student(gone)
    assert without_courses(everything(ours.db_url)) == without_courses(everything(theirs.db_url))
    assert gone not in str(everything(ours.db_url))


def test_the_password_lies_in_a_file_that_only_its_owner_can_read(folder, url):
    place = ClassFolder(folder, url)
    kept = folder / database.PASSWORD_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    secret = PASSWORD.replace("\\", r"\\").replace(":", r"\:")
    assert secret in kept.read_text()
    for path in folder.rglob("*"):
        if path.is_file() and path != kept:
            assert PASSWORD not in path.read_text(errors="replace")
            assert quote(PASSWORD, safe="") not in path.read_text(errors="replace")
    assert PASSWORD not in place.db_url
    folder.rename(folder.with_name("moved & renamed #1 %41"))
    with Book(ClassFolder(folder.with_name("moved & renamed #1 %41"))) as book:
        assert book.holds(LESSON)


def test_nbgraders_own_programs_work_on_it(folder, papers, url):
    place = ClassFolder(folder, url)
    with Book(place) as book:
        for paper in papers:
            book.record(paper.student, LESSON, paper.submitted, paper.notebook)
            book.settle(paper.student, LESSON)
        marks = book.marks()
    for paper in papers:
        home = place.autograded(paper.student, LESSON)
        home.mkdir(parents=True)
        nbformat.write(paper.notebook, home / f"{LESSON}.ipynb")
    api = NbGraderAPI(place.course)  # what the formgrader shows
    shown = {s["student"]: s["score"] for s in api.get_submissions(LESSON) if s["autograded"]}
    assert shown == {student: mark.score for (student, _), mark in marks.items()}
    assert len(api.get_notebook_submissions(LESSON, LESSON)) == len(papers)
    assert {s["id"] for s in api.get_students()} >= {paper.student for paper in papers}
    with Gradebook(place.db_url) as gb:
        assert len(gb.notebook_submission_dicts(LESSON, LESSON)) == len(papers)
    nbgrader((folder, "export", "--to", "out.csv"), (folder, "generate_assignment", LESSON, "--force"))
    assert sum(line.startswith(LESSON) for line in (folder / "out.csv").read_text().splitlines()) == len(papers)


def test_two_that_create_at_once_make_one_gradebook(url):
    code = "import sys; from grader.classroom.gradebook import create; create(sys.argv[1])"
    runs = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(3)]
    assert [run.communicate()[1] for run in runs] == [b""] * 3
    content = everything(str(database.normal(url).render_as_string(hide_password=False)))
    assert len(content["alembic_version"]) == 1
    assert len(content["course"]) == 2


def test_creation_is_whole_or_not_at_all(url, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "insert", lambda table: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            gradebook.create(url)
    gradebook.create(url)
    assert len(everything(database.normal(url).render_as_string(hide_password=False))["alembic_version"]) == 1


def mark_many(db_url, student, rounds):
    """Another program: marks by hand, one after another."""
    for number in range(rounds):
        with Gradebook(db_url) as gb:
            grade = min(gb.find_submission_notebook(LESSON, LESSON, student).grades, key=lambda g: g.name)
            grade.manual_score = number + 1
            gb.db.commit()


def test_marking_by_hand_while_grading_runs_loses_nothing(folder, papers, url):
    place, paper, rounds = ClassFolder(folder, url), papers[0], 15
    with Book(place) as book:
        book.record(paper.student, LESSON, paper.submitted, paper.notebook)
        marker = multiprocessing.get_context("spawn").Process(
            target=mark_many, args=(place.db_url, paper.student, rounds)
        )
        marker.start()
        count = 0
        while marker.is_alive():
            book.record(f"Student {count}", LESSON, paper.submitted, paper.notebook)
            book.record(paper.student, LESSON, paper.submitted, paper.notebook)
            count += 1
        assert marker.exitcode == 0
        assert len(book.marks()) == count + 1
    with Gradebook(place.db_url) as gb:
        grade = min(gb.find_submission_notebook(LESSON, LESSON, paper.student).grades, key=lambda g: g.name)
        assert (grade.manual_score, grade.auto_score) == (rounds, 0)


def test_a_connection_that_the_server_ends_is_made_again(folder, papers, url, port):
    with Book(ClassFolder(folder, url)) as book:
        book.record(papers[0].student, LESSON, papers[0].submitted, papers[0].notebook)
        execute(port, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        book.record(papers[1].student, LESSON, papers[1].submitted, papers[1].notebook)
        assert len(book.marks()) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("@127", "x@127"), "refuses the password of course, or requires one: give it in PGPASSWORD"),
        ((quote(PASSWORD, safe=""), ""), "refuses the password of course, or requires one"),
        (("/test_", "/no_"), r"has no database 'no_\d+': create it with createdb no_"),
        (("//course", "//nobody"), "refuses the password of nobody"),
        (("127.0.0.1:", "127.0.0.1:1"), "no PostgreSQL server answers|invalid port"),
    ],
)
def test_every_way_not_to_get_there_is_said_in_words(folder, url, change, message):
    before = (folder / "nbgrader_config.py").read_text()
    with pytest.raises(DatabaseError, match=message) as e:
        ClassFolder(folder, url.replace(*change))
    assert PASSWORD not in str(e.value)
    assert quote(PASSWORD, safe="") not in str(e.value)
    assert (folder / "nbgrader_config.py").read_text() == before


def test_a_user_who_may_not_make_tables_is_told_what_to_do(folder, url, port):
    execute(port, "create user guest password 'guest'")
    with pytest.raises(DatabaseError, match="guest may not create tables there"):
        ClassFolder(folder, url.replace(f"{USER}:{quote(PASSWORD, safe='')}", "guest:guest"))


def test_without_psycopg_it_says_how_to_get_it(tmp_path):
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')")
    code = "from grader.classroom.gradebook import create; create('postgresql://a@localhost/b')"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{course_root()}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "pip install -e '.[postgres]'" in done.stderr.splitlines()[-1]


def test_the_times_are_the_same(folder, papers, url):
    with Book(ClassFolder(folder, url)) as book:
        book.set_due(LESSON, datetime(2026, 3, 29, 2, 30))  # an hour that does not exist where clocks change
        book.record(papers[0].student, LESSON, datetime(2026, 3, 29, 3, 30, 0, 250_000), papers[0].notebook)
        assert book.settle(papers[0].student, LESSON)[0].seconds_late == 3600.25


def test_the_command_keeps_its_gradebook_there_and_exports_from_it(folder, url):
    def course(*arguments):
        command = [sys.executable, "-c", "from grader.cli import main; main()", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    assert "1 graded now" in course("grade", str(folder), "--workers", "1", "--db", url)
    assert "0 graded now, 1 graded before" in course("grade", str(folder), "--workers", "1")
    (folder / "gradebook.db").unlink()  # it stays as a copy of before, and nobody needs it
    assert "0 graded now, 1 graded before" in course("grade", str(folder), "--workers", "1")
    assert "1 student with marks is in" in course("export", str(folder), "--to", "canvas", "--ungraded")
    assert not (folder / "gradebook.db").exists()
