"""Forgetting a student removes everything about them, and nothing about anybody else."""

import contextlib
import html
import json
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.classroom import database, forgetting
from grader.classroom.class_report import graded_rows, write_report
from grader.classroom.database import DatabaseError
from grader.classroom.exports import export
from grader.classroom.failures import log_failure
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.grades import write_grades
from grader.classroom.grading import Options, grade_class
from grader.classroom.intake.roll import Roll
from grader.classroom.journal import Journal
from grader.classroom.pool import Pool

LESSON = "03_gates"
ADA, OTHER = "Ada <Lovelace>, née Bÿron", "Ada"


def grade(path):
    with Pool(1) as pool:
        rows = grade_class(course_root(), path, options=Options(Limits(), sandbox=False), workers=pool)
    write_grades(path / "grades.csv", rows)
    write_report(path, rows)
    return rows


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three, blank notebooks, graded: quick to make."""
    path = tmp_path_factory.mktemp("x") / "class"
    for student in (ADA, OTHER, "Cy"):
        place = path / "submitted" / student / LESSON
        place.mkdir(parents=True)
        shutil.copy(course_root() / "notebooks" / LESSON / f"{LESSON}.ipynb", place)
    grade(path)
    folder = ClassFolder(path)
    for student in (ADA, OTHER):
        log_failure(folder.log, f"{student} {LESSON}", f"a report about {student}\nof two lines")
        folder.journal.append("failed", student=student, lesson=LESSON, reason="x")
        folder.journal.append("seen", student=student, lesson=LESSON, fingerprint="x")
    log_failure(folder.log, "Writing grades.csv", "another report")
    with Book(folder) as book:
        assert set(book.entered()) == {ADA, OTHER, "Cy"}
    return path


@pytest.fixture
def place(graded, tmp_path):
    return shutil.copytree(graded, tmp_path / "class")


def everything(path):
    """The bytes of all files, and the names of all files and folders."""
    files = [p for p in path.rglob("*")]
    return b"".join(p.read_bytes() for p in files if p.is_file()) + "".join(map(str, files)).encode()


def test_nothing_about_the_student_is_left_anywhere(place):
    for form in (ADA, html.escape(ADA), json.dumps(ADA)[1:-1]):
        assert form.encode() in everything(place), "else this test shows nothing"
    traces, left = forgetting.forget(place, ADA)
    assert left == []
    assert traces.lessons == (LESSON,) and len(traces.folders) == 3 and traces.grades == 1 and traces.failures > 1
    found = everything(place)
    for form in (ADA, html.escape(ADA), json.dumps(ADA)[1:-1], "Lovelace"):
        assert form.encode() not in found
    with sqlite3.connect(place / "gradebook.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute(
            "SELECT count(*) FROM grade WHERE notebook_id NOT IN (SELECT id FROM submitted_notebook)"
        ).fetchone() == (0,)


def test_all_about_everybody_else_stays(place):
    before = {row.student: row for row in graded_rows(place)}
    lines = (place / "journal.jsonl").read_text().splitlines()
    csv = (place / "grades.csv").read_text().splitlines()
    log = (place / "failures.log").read_text()
    forgetting.forget(place, ADA)
    after = {row.student: row for row in graded_rows(place)}
    assert after == {student: row for student, row in before.items() if student != ADA}
    kept = [line for line in lines if json.loads(line).get("student") != ADA]
    *journal, last = (place / "journal.jsonl").read_text().splitlines()
    assert journal == kept
    assert json.loads(last).keys() == {"event", "time", "lines"} and json.loads(last)["event"] == "forgotten"
    assert (place / "grades.csv").read_text().splitlines() == [line for line in csv if "Lovelace" not in line]
    rest = (place / "failures.log").read_text()
    assert (
        f"{OTHER} {LESSON}\na report about Ada\nof two lines\n" in rest
        and "another report" in rest
        and rest in log + rest
    )
    assert OTHER in (place / "report.html").read_text() and "Cy" in (place / "report.html").read_text()
    exported = export(ClassFolder(place), "canvas", place / "canvas.csv", failed_as_zero=True)
    assert sorted(exported.written) == [OTHER, "Cy"]
    assert not {ADA} & set(vars(Roll(ClassFolder(place)))["_owners"])


def test_the_next_run_goes_on_as_if_the_student_had_never_been_there(place):
    forgetting.forget(place, ADA)
    assert [(row.student, row.state, row.fresh) for row in grade(place)] == [
        (OTHER, "blank", False),
        ("Cy", "blank", False),
    ]


STEPS = {
    "report": ("report.html", Path, "unlink"),
    "grades": ("grades.csv", forgetting, "write_atomically"),
    "failures": ("failures.log", forgetting, "write_atomically"),
    "gradebook": ("", Book, "remove_student"),
    "submitted": (f"submitted/{ADA}", forgetting, "_remove"),
    "feedback": (f"feedback/{ADA}", forgetting, "_remove"),
    "journal's new line": ("", Journal, "append"),
    "journal": ("journal.jsonl", forgetting, "write_atomically"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("in_journal", [True, False])
def test_who_was_forgotten_in_part_is_forgotten_by_the_same_command(place, monkeypatch, step, in_journal):
    if not in_journal:
        kept = [line for line in (place / "journal.jsonl").open() if json.loads(line).get("student") != ADA]
        (place / "journal.jsonl").write_text("".join(kept))
    fails_at, owner, name = STEPS[step]
    whole = getattr(owner, name)

    def refuse(subject, *args, **kwargs):
        if not fails_at or subject == place / fails_at:
            raise OSError("no space left")
        return whole(subject, *args, **kwargs)

    with monkeypatch.context() as m:
        m.setattr(owner, name, refuse)
        if in_journal or step != "journal":
            with pytest.raises(
                ClassError, match=r"not everything about .* could be removed: no space left.* run the same"
            ):
                forgetting.forget(place, ADA)
    if in_journal or b"Lovelace" in everything(place):
        assert forgetting.forget(place, ADA)[1] == []
    assert b"Lovelace" not in everything(place)
    with pytest.raises(ClassError, match="has no student"):
        forgetting.find_traces(place, ADA)
    if in_journal:
        assert OTHER in (place / "report.html").read_text()


def test_a_report_that_cannot_be_written_anew_is_said_and_names_nobody_forgotten(place, monkeypatch):
    def refuse(path):
        raise OSError("no space left")

    monkeypatch.setattr(forgetting, "write_report", refuse)
    with pytest.raises(ClassError, match=r"everything about .* was removed, but .*no space left.*gru-course report"):
        forgetting.forget(place, ADA)
    assert b"Lovelace" not in everything(place)


def test_a_gradebook_that_another_program_keeps_is_said_and_done_the_next_time(place, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    remove = Book.remove_student

    def while_read(book, student):
        with contextlib.closing(sqlite3.connect(place / "gradebook.db")) as other, monkeypatch.context() as m:
            m.setattr(book._database, "transaction", lambda work: None)
            other.execute("BEGIN IMMEDIATE")
            remove(book, student)

    with monkeypatch.context() as m:
        m.setattr(Book, "remove_student", while_read)
        with pytest.raises(DatabaseError, match=r"still in the gradebook's file .*run again"):
            forgetting.forget(place, ADA)
    assert forgetting.forget(place, ADA)[1] == []
    assert b"Lovelace" not in everything(place)


def test_a_link_is_removed_and_not_what_it_leads_to(place, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (place / "submitted" / "Dan").symlink_to(outside)
    forgetting.forget(place, "Dan")
    assert (outside / "kept").exists() and not (place / "submitted" / "Dan").is_symlink()


@pytest.mark.parametrize("name", ["..", ".", "", "Bob", "ada", "submitted/Ada"])
def test_whom_the_class_does_not_know_is_an_error_that_names_who_is_meant(place, name):
    before = everything(place)
    with pytest.raises(ClassError, match=r"has no student .* Similar names: .*Ada"):
        forgetting.forget(place, name)
    assert everything(place) == before


def test_files_in_which_the_name_still_stands_are_said(place):
    (place / "my notes.txt").write_text(f"{ADA} was ill")
    assert forgetting.forget(place, ADA)[1] == ["my notes.txt"]
    assert (place / "my notes.txt").exists()


def test_a_name_is_looked_for_as_words_of_its_own(place):
    (place / "other.txt").write_text("Cynthia, Macy and Cypress")
    (place / "mine.txt").write_text("(Cy)")
    assert forgetting.forget(place, "Cy")[1] == ["mine.txt"]


def test_the_command_shows_what_there_is_and_asks(place):
    run = CliRunner()
    before = everything(place)
    asked = run.invoke(cli.app, ["class", "forget", str(place), "Cy"], input="n\n")
    assert asked.exit_code == 1 and "Nothing was removed" in asked.output and everything(place) == before
    for told in (
        "submitted/Cy/, with all",
        "autograded/Cy/",
        "feedback/Cy/",
        f"marks and comments of {LESSON}",
        "of journal.jsonl",
    ):
        assert told in asked.output
    done = run.invoke(cli.app, ["class", "forget", str(place), "Cy", "--yes"])
    assert done.exit_code == 0 and "Removed." in done.output
    assert "Cy" not in {row.student for row in graded_rows(place)}


def test_everybody_can_be_forgotten(place):
    for student in (ADA, OTHER, "Cy"):
        forgetting.forget(place, student)
    assert graded_rows(place) == [] and not (place / "report.html").exists()


# ---------------------------------------------------------------------------------- removed by hand, or by nbgrader itself


def remove_marks(path, student):
    with Book(ClassFolder(path)) as book:
        book.remove_student(student)


@pytest.mark.system
def test_whose_marks_were_removed_from_the_gradebook_is_graded_again(place):
    remove_marks(place, "Cy")
    rows = {row.student: row for row in grade(place)}
    assert (rows["Cy"].state, rows["Cy"].fresh) == ("blank", True) and rows["Cy"].mark.max_score > 0


def test_whose_marks_and_submission_are_gone_is_in_no_report(place):
    remove_marks(place, "Cy")
    shutil.rmtree(place / "submitted" / "Cy")
    assert "Cy" not in {row.student for row in graded_rows(place)}
    shutil.rmtree(place / "submitted" / OTHER)
    assert OTHER in {row.student for row in graded_rows(place)}, "the marks are there, so nothing is dropped"


def test_the_report_alone_lists_what_is_unidentified(place):
    notebook = nbformat.read(place / "submitted" / "Cy" / LESSON / f"{LESSON}.ipynb", 4)
    nbformat.write(notebook, place / "submitted" / "whose_03_gates.ipynb")
    (row,) = [row for row in graded_rows(place) if row.state == "unidentified"]
    assert (row.student, row.lesson, row.mark) == ("whose_03_gates.ipynb", LESSON, None)
    assert "whose_03_gates.ipynb" in write_report(place).read_text()
