"""Extensions: read from a file that people edit, obeyed everywhere, and out of a submission's reach."""

import shutil
import time
from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.classroom.class_report import graded_rows
from grader.classroom.demo import DUE
from grader.classroom.exports import export
from grader.classroom.extensions import Deadlines, deadlines_of, extend, read_extensions, withdraw
from grader.classroom.folder import ClassFolder
from grader.classroom.teams import Teams
from tests.support.classes import ADA, BOB, CY, DEE, LESSON, grade, grades_of, judged_with_words, small_class

ZERO = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A graded class: Bob is late by 10 hours, Dee by 34, and lateness costs everything."""
    path = small_class(tmp_path_factory.mktemp("extensions") / "class")
    config = path / "nbgrader_config.py"
    config.write_text(config.read_text() + ZERO)
    grade(path, judged_with_words())
    return path


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "class")


@pytest.fixture
def in_berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "is empty: its first line should be student,lesson,until,days,why"),
        ("student,untill\nAda,x\n", "line 1: it has a column 'untill', .* did you mean until"),
        ("lesson,days\n03,7\n", "line 1: it has no column 'student'"),
        ("student,days,days\nAda,7,7\n", "line 1: it has two columns with the same title"),
        ("student,days\n\nAda,0\n", "line 3: days is '0', but should be a number of days, an integer from 1 to 366"),
        ("student,days\nAda,7.5\n", "line 2: days is '7.5'"),
        ("student,until\nAda,8.12.2026\n", "line 2: until is '8.12.2026', but should be a time such as 2026-12-08T23:59"),
        ("student,until,days\nAda,2026-12-08,7\n", "line 2: it should have a time in until or a number in days, and has both"),
        ("student,until,days\nAda,,\n", "line 2: .* and has neither"),
        ("student,days\n,7\n", "line 2: its student is empty"),
        ("student,lesson,days\nAda,77,7\n", "line 2: the course has no lesson '77'"),
        ("student,lesson,days\nAda,03_gate,7\n", "line 2: the course has no lesson '03_gate': did you mean 03_gates"),
        ("student,days\nNg, Mei,7\n", "line 2: it has 3 cells, but there are 2 columns"),
        ("student,days\nAda,7\nBob,7\nAda,8\n", "lines 2 and 4: both give Ada an extension for all lessons"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path, text, told):
    with pytest.raises(ClassError, match=told):
        read_extensions(written(tmp_path / "extensions.csv", text))


def test_a_spreadsheets_file_is_read(tmp_path):
    text = '\ufeffStudent;Lesson;Until;Days;Why\r\n\'=1+2;3;;7;\r\n"Ng, Mei";;2026-12-08;;ill\r\n;;;;\r\n'
    formula, mei = read_extensions(written(tmp_path / "extensions.csv", text))
    assert (formula.student, formula.lesson, formula.days) == ("=1+2", LESSON, 7)
    assert (mei.student, mei.lesson) == ("Ng, Mei", "")


def deadlines(tmp_path, text, teams=""):
    found = Teams.read(written(tmp_path / "teams.csv", teams)) if teams else Teams()
    return Deadlines(read_extensions(written(tmp_path / "extensions.csv", text)), found)


def test_the_most_generous_line_counts_and_none_makes_a_deadline_earlier(tmp_path):
    text = "student,lesson,until,days\nAda,,,2\nAda,03,2026-12-09T23:59+00:00,\nBob,,2026-11-01T00:00+00:00,\n"
    found = deadlines(tmp_path, text)
    assert found.extension("Ada", LESSON, DUE) == timedelta(days=8)
    assert found.extension("Ada", "04_candidate_and_blend", DUE) == timedelta(days=2)
    assert found.extension("Bob", LESSON, DUE) is None
    assert found.extension("Cy", LESSON, DUE) is None
    assert found.extension("Ada", LESSON, None) is None, "there is no deadline to extend"


def test_days_are_the_calendars_and_a_date_lasts_until_its_end(tmp_path, in_berlin):
    found = deadlines(tmp_path, "student,until,days\nAda,,7\nBob,2026-10-30,\n")
    due = datetime(2026, 10, 23, 21, 59)  # 23:59 in Berlin, two days before the clocks go back
    assert found.extension("Ada", LESSON, due) == timedelta(days=7, hours=1)
    assert found.extension("Bob", LESSON, due) == timedelta(days=7, hours=1, seconds=59)


def test_a_team_has_the_latest_deadline_of_its_members(tmp_path):
    teams = "team,student\nRed,Ada\nRed,Bob\nBlue,Cy\n"
    found = deadlines(tmp_path, "student,days\nAda,2\nBlue,3\n", teams)
    days = [found.extension(name, LESSON, DUE).days for name in ("Ada", "Bob", "Cy")]
    assert days == [2, 2, 3], "an extension may name a team, too"


def test_the_commands_change_their_line_alone(tmp_path):
    (tmp_path / "submitted").mkdir()
    folder = ClassFolder(tmp_path)
    written(folder.extensions, "why,student,days\nill,Zoë,3\n")
    extend(folder, "=1+2", LESSON, "", "7", "a, b")
    given, before = extend(folder, "=1+2", LESSON, "2026-12-09", "", "")
    assert (before.days, given.days) == (7, None)
    text = folder.extensions.read_text(encoding="utf-8")
    assert text == "why,student,days,lesson,until\nill,Zoë,3,,\n,'=1+2,,03_gates,2026-12-09\n"
    with pytest.raises(ClassError, match="no extension for all lessons, only one for 03_gates"):
        withdraw(folder, "=1+2")
    withdraw(folder, "=1+2", LESSON)
    assert [one.student for one in read_extensions(folder.extensions)] == ["Zoë"]


# --------------------------------------------------------------------------------------------------------- a whole class


def run(*words):
    done = CliRunner().invoke(cli.app, list(map(str, words)))
    return done.exit_code, " ".join((done.output + str(done.exception or "")).split())


def test_it_is_obeyed_everywhere_and_nothing_is_judged_again(place):
    rows, _ = grade(place)
    assert (rows[BOB].state, rows[BOB].mark.score, rows[BOB].mark.late_penalty) == ("late", 0, 8)
    code, told = run("class", "extend", place, BOB, "--lesson", "03", "--days", "1", "--why", "ill")
    assert code == 0 and f"{BOB} has 1 day more for {LESSON}" in told
    rows, jobs = grade(place)
    assert jobs == []
    assert (rows[BOB].state, rows[BOB].mark.score, rows[BOB].mark.seconds_late) == ("graded", 8, 0)
    assert rows[BOB].reason.startswith("on time, because of an extension until 2026-12-02")
    assert (rows[DEE].state, rows[DEE].mark.score) == ("late", 0), "nobody else's deadline is another one"
    assert rows[ADA].reason == ""
    page = (place / "feedback" / BOB / LESSON / f"{LESSON}.html").read_text()
    assert "after the" not in page and "ill" not in page.split("<body>")[1].split("Your answers")[0].split()
    assert {row.student: row for row in graded_rows(place)}[BOB] == rows[BOB].__class__(
        **{**vars(rows[BOB]), "fresh": False}
    )
    out = export(ClassFolder(place), "canvas", place / "marks.csv", ungraded=True)
    assert BOB in out.written
    line = next(line for line in (place / "marks.csv").read_text().splitlines() if "Bob" in line)
    assert line.endswith('"8.00"')
    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as book:
        entry = book.find_submission(LESSON, BOB)
        assert (entry.extension, entry.total_seconds_late, entry.late_submission_penalty) == (timedelta(days=1), 0, 0)
    assert run("class", "extend", place, BOB, "--lesson", "03", "--withdraw")[0] == 0
    rows, _ = grade(place)
    assert (rows[BOB].state, rows[BOB].mark.score) == ("late", 0)


def test_who_is_late_even_so_is_told_by_how_much(place):
    run("class", "extend", place, DEE, "--lesson", "03", "--days", "1")
    rows, _ = grade(place)
    assert rows[DEE].reason.startswith("submitted 10 h 1 min after the extended deadline, 2026-12-02")
    assert (
        "10 h 1 min after the extended due time" in (place / "feedback" / DEE / LESSON / f"{LESSON}.html").read_text()
    )


def test_a_class_without_the_file_keeps_what_nbgrader_granted(place):
    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as book:
        book.grant_extension(LESSON, BOB, days=1)
    rows, _ = grade(place)
    assert (rows[BOB].mark.score, rows[BOB].mark.due, rows[BOB].reason) == (8, None, "")
    written(place / "extensions.csv", "student,days\nDee Dee,7\n")
    rows, _ = grade(place)
    assert (rows[BOB].mark.score, rows[DEE].mark.score) == (0, 8), "now the file says it all"
    (place / "extensions.csv").unlink()
    assert grade(place)[0][DEE].mark.score == 0


def test_nothing_that_is_submitted_is_read_as_an_instructors_file(place):
    for name, text in (
        ("extensions.csv", "student,days\nCy Young,7\n"),
        ("teams.csv", "team,student\nRed,Cy Young\nRed,Ada Lovelace\n"),
        ("course.toml", "drop = ['03']\n"),
    ):
        for below in ("", CY, f"{CY}/{LESSON}"):
            written(place / "submitted" / below / name, text)
        (place / "submitted" / CY / LESSON / f"..{name}").write_text(text)
    rows, jobs = grade(place, judged_with_words())
    assert [job.student for job in jobs] == [CY], "whose files are other ones now"
    assert rows[CY].team == "" and rows[CY].mark.due is None and set(rows) == {ADA, BOB, CY, DEE}
    assert not ClassFolder(place).extensions.exists() and deadlines_of(ClassFolder(place)) is None


@pytest.mark.parametrize(
    "words, told",
    [
        ((BOB,), "give either --until or --days"),
        ((BOB, "--days", "7", "--until", "2026-12-09"), "this has both"),
        ((BOB, "--days", "x"), "--days is 'x'"),
        ((BOB, "--days", "7", "--lesson", "0"), "--lesson 0 fits"),
        ((BOB, "--days", "7", "--lesson", "77"), "no lesson begins with '77'"),
        ((BOB, "--days", "7", "--withdraw"), "leave out --until, --days and --why"),
        ((BOB, "--withdraw"), "none at all"),
    ],
)  # fmt: skip
def test_a_wrong_command_changes_nothing(place, words, told):
    code, said = run("class", "extend", place, *words)
    assert code == 1 and told in said
    assert not (place / "extensions.csv").exists()


def test_a_name_that_is_nearly_somebodys_is_pointed_out(place):
    _, said = run("class", "extend", place, "Bob Onest", "--days", "7")
    assert "nobody called Bob Onest has submitted anything; similar names: Bob Honest" in said
    told = []
    grade(place, on_note=told.append)
    assert told == ["extensions.csv, line 2: nobody called Bob Onest has submitted anything; similar names: Bob Honest"]
    assert "similar" not in run("class", "extend", place, "Somebody Else", "--days", "7")[1]


def test_the_list_shows_what_there_is(place):
    assert "No extensions" in run("class", "extensions", place)[1]
    run("class", "extend", place, BOB, "--days", "7", "--why", "ill")
    said = run("class", "extensions", place)[1]
    assert BOB in said and "7 days more" in said and "2026-12-08" in said and "ill" in said


def test_grades_csv_has_no_other_columns(place):
    before = (place / "grades.csv").read_text().splitlines()[0]
    run("class", "extend", place, BOB, "--days", "7")
    grade(place)
    assert (place / "grades.csv").read_text().splitlines()[0] == before and "team" not in grades_of(place)[BOB]
