"""The steps after the marks are entered: independent of each other, for any submission, and readable by nobody else."""

import csv
import os
import shutil
import stat

import pytest
from typer.testing import CliRunner

from grader import cli
from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.classroom import class_report, grades, page_writer, pool
from grader.classroom.demo import make_class
from grader.classroom.feedback import FeedbackPages
from grader.classroom.grading import grade_class
from grader.classroom.submissions import TIMESTAMP
from tests.support.crews import Here, judge_of

LESSON = "03_gates"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class of two lessons, not graded yet."""
    place = tmp_path_factory.mktemp("class") / "class"
    make_class(course_root(), place, students=2, lessons=["03", "01"])
    return place


@pytest.fixture
def folder(made, tmp_path):
    """A copy of it, with one lesson's submissions."""
    shutil.copytree(made, tmp_path / "class", ignore=shutil.ignore_patterns("01_recurrence"))
    return tmp_path / "class"


@pytest.fixture
def grade(monkeypatch):
    """Runs ``gru-course grade``, with a judge who lets everything pass."""
    monkeypatch.setattr(pool, "Pool", lambda workers=None, early=True: Here(judge_of()))

    def run(folder, *options):
        return CliRunner().invoke(cli.app, ["grade", str(folder), *options])

    return run


def fail(*args, **kwargs):
    raise RuntimeError("something odd\n in a submission \ud800 \x1b[31m")


# ------------------------------------------------------------------------------------------------ each by itself


@pytest.mark.parametrize(
    ("owner", "name", "lost", "told"),
    [
        (grades, "write_grades", "grades.csv", "Writing grades.csv failed"),
        (grades, "summary", None, "Showing the summary failed"),
        (class_report, "write_report", "report.html", "Writing report.html failed"),
        (FeedbackPages, "page", None, "No page of feedback could be written for"),
    ],
)
def test_if_one_of_the_last_steps_fails_the_others_are_made(folder, grade, monkeypatch, owner, name, lost, told):
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fail)
        done = grade(folder)
    assert done.exit_code == 1
    assert done.output.count(told) == 1 and "RuntimeError: something odd in a submission" in done.output
    assert "Run the same command again" in done.output and "Traceback" not in done.output
    log = (folder / "failures.log").read_text(encoding="utf-8")
    assert "Traceback" in log and "something odd" in log and "\x1b" not in log
    pages = sorted(str(p.relative_to(folder)) for p in folder.glob("feedback/*/*/*.html"))
    made = {"grades.csv": (folder / "grades.csv").exists(), "report.html": (folder / "report.html").exists()}
    assert made == {file: file != lost for file in made}
    assert len(pages) == (0 if owner is FeedbackPages else 2)
    assert ("Exercises" in done.output) == (name != "summary")
    again = grade(folder)
    assert again.exit_code == 0, again.output
    assert "0 graded now, 2 graded before" in again.output
    assert len(list(folder.glob("feedback/*/*/*.html"))) == 2
    assert (folder / "grades.csv").exists() and (folder / "report.html").exists()


def test_a_submission_whose_page_fails_keeps_its_state_and_its_marks(folder, monkeypatch):
    page, victim = FeedbackPages.page, sorted(p.name for p in (folder / "submitted").iterdir())[1]

    def odd(self, notebook, lesson, student, *others):
        return fail() if student == victim else page(self, notebook, lesson, student, *others)

    with monkeypatch.context() as broken:
        broken.setattr(FeedbackPages, "page", odd)
        rows = {row.student: row for row in grade_class(course_root(), folder, workers=Here(judge_of()))}
    assert {row.no_page != "" for row in rows.values()} == {True, False}
    assert rows[victim].no_page.startswith("RuntimeError")
    assert rows[victim].state in ("graded", "late") and rows[victim].mark.score > 0
    assert victim in (folder / "failures.log").read_text()
    assert not list((folder / "feedback").glob(f"{victim}/*/*.html"))
    after = {row.student: row for row in grade_class(course_root(), folder, workers=Here(fail))}
    assert [row.fresh for row in after.values()] == [False] * 2
    assert after[victim].no_page == "" and after[victim].mark == rows[victim].mark
    assert (folder / "feedback" / victim / LESSON / f"{LESSON}.html").exists()


def test_grades_of_other_lessons_are_never_lost_with_what_cannot_be_read(made, folder, grade, monkeypatch):
    shutil.copytree(made, folder, dirs_exist_ok=True)
    assert grade(folder).exit_code == 0
    before = (folder / "grades.csv").read_text()
    monkeypatch.setattr(class_report, "graded_rows", fail)
    assert grade(folder, "--lesson", "03").exit_code == 1
    assert (folder / "grades.csv").read_text() == before
    with (folder / "grades.csv").open(newline="") as f:
        assert {line["lesson"] for line in csv.DictReader(f)} == {LESSON, "01_recurrence"}


# ----------------------------------------------------------------------------------------------- readable by nobody else


@pytest.fixture
def under():
    """Sets this process's umask."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_all_that_grading_writes_obeys_the_umask(folder, grade, under, monkeypatch, umask):
    under(umask)
    for begun in ("gradebook.db", "journal.jsonl"):
        (folder / begun).unlink()
    monkeypatch.setattr(grades, "summary", fail)  # so that there is a log
    assert grade(folder).exit_code == 1
    done = CliRunner().invoke(cli.app, ["export", str(folder), "--to", "canvas", "--ungraded"])
    assert done.exit_code == 0, done.output
    files = ("gradebook.db", "journal.jsonl", "failures.log", "grades.csv", "report.html", "marks-for-canvas.csv")
    written = [folder / name for name in files]
    for step in ("feedback", "autograded"):
        written += [folder / step, *(folder / step).rglob("*")]
    for path in written:
        whole = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == whole & ~umask, path
    assert stat.S_IMODE((folder / "course.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_a_file_that_exists_keeps_the_permissions_that_somebody_gave_it(tmp_path, mode):
    path = tmp_path / "grades.csv"
    write_atomically(path, "old")
    path.chmod(mode)
    write_atomically(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", mode)


def test_a_secret_is_closed_even_if_it_was_open(tmp_path):
    path = tmp_path / "course.key"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, "new", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_page_that_goes_back_through_nbgraders_exchange_can_be_read_there_but_its_folder_stays_closed(folder, under):
    student = sorted(p.name for p in (folder / "submitted").iterdir())[0]
    (folder / "submitted" / student / LESSON / page_writer.SECRET).write_text("secret")
    under(0o077)
    grade_class(course_root(), folder, workers=Here(judge_of()))
    pages = {path.parents[1].name: path for path in (folder / "feedback").glob("*/*/*.html")}
    assert stat.S_IMODE(pages[student].stat().st_mode) == 0o644, "nbgrader copies it with its permissions"
    assert {stat.S_IMODE(p.stat().st_mode) for name, p in pages.items() if name != student} == {0o600}
    assert {stat.S_IMODE(p.parent.stat().st_mode) for p in pages.values()} == {0o700}
    assert stat.S_IMODE(pages[student].with_name(page_writer.SECRET).stat().st_mode) == 0o600
    assert stat.S_IMODE(pages[student].with_name(TIMESTAMP).stat().st_mode) == 0o600
