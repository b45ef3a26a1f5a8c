"""Teams: one submission counts for all, marks given by hand too; nobody is taken for a copyist; forgetting one harms no other."""

import shutil

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.classroom import forgetting
from grader.classroom.class_report import _alike, graded_rows, render
from grader.classroom.exports import export
from grader.classroom.folder import ClassFolder
from grader.classroom.teams import Teams
from tests.support.classes import (
    ADA,
    BOB,
    CY,
    DEE,
    LATE,
    LATER,
    LESSON,
    ON_TIME,
    QUESTION,
    grade,
    grades_of,
    judged_with_words,
    small_class,
    submit,
)  # fmt: skip

NEW = "Eve Newcomer"  # of Cy's team, and submits nothing
TEAMS = f"team,student,lesson\nRed,{ADA},\nRed,{BOB},\nBlue,{CY},03\nBlue,{NEW},03\n"
# Long and odd enough that two who wrote it would be found.
ESSAY = " ".join(f"{first}{last}" for first in ["amok", "bird", "cold", "dusk"] for last in range(40))


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class with two teams, graded: Ada's and Bob's notebooks differ, and Bob's is the last."""
    path = small_class(tmp_path_factory.mktemp("teams") / "class")
    written(path / "teams.csv", TEAMS)
    rows, jobs = grade(path, judged_with_words())
    assert sorted(job.student for job in jobs) == [BOB, CY, DEE], "a team's is judged once"
    assert set(rows) == {ADA, BOB, CY, DEE, NEW}
    return path


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "class")


def mark(place, student, points, comment=None):
    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as book:
        given = book.find_grade(QUESTION, LESSON, LESSON, student)
        given.manual_score, given.needs_manual_grade = points, False
        if comment:
            book.find_comment(QUESTION, LESSON, LESSON, student).manual_comment = comment
        book.db.commit()


def run(*words):
    done = CliRunner().invoke(cli.app, list(map(str, words)))
    return done.exit_code, " ".join((done.output + str(done.exception or "")).split())


# ------------------------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    "text, told",
    [
        ("team,name\nRed,Ada\n", "line 1: it has a column 'name'"),
        ("team,student\nRed,\n", "line 2: its student is empty"),
        ("team,student\nRed,Ada\nBlue,Ada\n", "lines 2 and 3: Ada is in the teams Red and Blue for all lessons"),
        ("team,student\nRed,Ada\nRed,Ada\n", "lines 2 and 3: they say the same"),
        ("team,student\nRed,../Ada\n", "line 2: the student '../Ada' cannot be the name of a folder"),
        ("team,student\nAda,Bob\nRed,Ada\n", "lines 2 and 3: 'Ada' is a team and a student"),
        ("team,student,lesson\nRed,Ada,3x\n", "line 2: the course has no lesson '3x'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, told):
    with pytest.raises(ClassError, match=told):
        Teams.read(written(tmp_path / "teams.csv", text))


def test_a_line_for_a_lesson_goes_before_one_for_all(tmp_path):
    text = "team,student,lesson\nRed,Ada,\nRed,Bob,\nBlue,Ada,20\nBlue,Zoë,20\n"
    teams = Teams.read(written(tmp_path / "teams.csv", text))
    assert teams.of("Ada", LESSON).members == ("Ada", "Bob")
    assert teams.of("Ada", "20_capstone").members == ("Ada", "Zoë")
    assert teams.of("Bob", "20_capstone").members == ("Bob",)
    assert teams.of("Zoë", LESSON) is None and teams.at("Blue", LESSON) is None
    assert teams.at("Blue", "20_capstone") == teams.of("Zoë", "20_capstone"), "however the name's accent is written"


# ---------------------------------------------------------------------------------------------------------- its marks


def test_one_submission_counts_for_all(place):
    rows, jobs = grade(place)
    assert jobs == [], "nothing is judged again"
    assert rows[NEW].mark == rows[CY].mark and rows[NEW].team == "Blue" and rows[NEW].state == "graded"
    assert rows[NEW].reason == f"team Blue, submitted by {CY}"
    assert rows[ADA].mark == rows[BOB].mark and rows[ADA].state == "late", "it is Bob's that counts"
    assert f"of 2 different submissions the last one counts, and not {ADA}'s" in rows[ADA].reason
    assert rows[DEE].team == "" and grades_of(place)[NEW]["team"] == "Blue"
    assert {row.student: row.mark for row in graded_rows(place)} == {name: row.mark for name, row in rows.items()}
    page = (place / "feedback" / NEW / LESSON / f"{LESSON}.html").read_text()
    assert f"This is what {CY} says" in page and "for team Blue" in page


def test_what_a_person_marks_counts_for_all_and_may_differ_for_one(place):
    mark(place, NEW, 1.0, "Nearly.")  # a copy: whichever is marked first
    rows, _ = grade(place)
    assert [rows[name].mark.score for name in (CY, NEW)] == [9, 9]
    assert not rows[CY].mark.needs_manual_grade and rows[ADA].mark.needs_manual_grade
    assert "Nearly." in (place / "feedback" / CY / LESSON / f"{LESSON}.html").read_text()
    mark(place, NEW, 0.0)
    rows, _ = grade(place)
    assert [rows[name].mark.score for name in (CY, NEW)] == [9, 8], "this one's own"
    mark(place, CY, 2.0)
    rows, jobs = grade(place)
    assert [rows[name].mark.score for name in (CY, NEW)] == [10, 8] and jobs == []


def test_a_second_submission_asks_for_another_look_for_everybody(place):
    mark(place, CY, 2.0)
    grade(place)
    mark(place, NEW, 1.0)
    submit(place, NEW, LATER, "Something else.")
    rows, jobs = grade(place, judged_with_words(gate="failed"))
    assert [job.student for job in jobs] == [NEW]
    assert [rows[name].mark.score for name in (CY, NEW)] == [8, 7]
    assert rows[CY].mark.needs_manual_grade and rows[NEW].mark.needs_manual_grade
    assert rows[CY].changed == rows[NEW].changed != ""


def test_a_team_may_change(place):
    written(place / "teams.csv", TEAMS.replace(f"Blue,{NEW},03", f"Red,{NEW},03"))
    rows, jobs = grade(place)
    assert jobs == [] and rows[NEW].mark == rows[BOB].mark and rows[NEW].reason.startswith("submitted 10 h 1 min")
    written(place / "teams.csv", TEAMS.replace(f"Blue,{NEW},03\n", ""))
    rows, jobs = grade(place)
    assert NEW not in rows and jobs == []
    assert NEW not in {row.student for row in graded_rows(place)}, "it was the team's mark, and is no longer theirs"
    assert NEW not in export(ClassFolder(place), "canvas", place / "marks.csv", ungraded=True).written


def test_the_teams_own_folder_is_as_good_as_a_members(place):
    shutil.move(place / "submitted" / CY, place / "submitted" / "Blue")
    rows, jobs = grade(place)
    assert jobs == [] and rows[CY].reason == "team Blue, submitted in the team's folder" and "Blue" not in rows
    assert run("repeat", place, "--student", "Blue", "--lesson", "03")[1].startswith("'Blue' has no mark")
    assert "Blue" not in {line["student"] for line in grades_of(place).values()}


def test_the_same_notebook_twice_is_one_and_an_unknown_order_is_doubtful(place):
    submit(place, ADA, ON_TIME, "The same.")
    submit(place, BOB, LATE, "The same.")
    submit(place, CY, ON_TIME, "One thing.")
    submit(place, NEW, ON_TIME, "Another thing.")
    rows, _ = grade(place, judged_with_words())
    assert rows[BOB].state == "graded" and rows[BOB].mark.seconds_late == 0, "it was there when Ada submitted it"
    assert rows[BOB].reason == f"team Red, submitted by {ADA}; others submitted the same"
    assert (
        rows[CY].state == "unclear"
        and "it is not known which of the team's submissions is the last one" in rows[CY].reason
    )


def test_members_are_not_compared_with_each_other(place):
    for student, time in ((ADA, ON_TIME), (BOB, LATE), (CY, ON_TIME), (DEE, LATER)):
        submit(place, student, time, ESSAY if student in (ADA, BOB, DEE) else "Nothing like it.")
    rows, _ = grade(place, judged_with_words())
    (alike,) = _alike(ClassFolder(place), LESSON, list(rows.values()), print)
    assert alike.students == (ADA, DEE), "one of each team"
    page = render("class", list(rows.values()))
    assert "3 submitted" in page and "<b>Submissions of teams</b>: 03_gates: 2." in page


def test_exports_have_a_line_for_each_member(place):
    roster = "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade),Feedback comments\n"
    for number, name in enumerate((ADA, BOB, CY, DEE, NEW)):
        roster += f"Participant {number + 10},{name},{number}@uni.example,,,10.00,Yes,-,\n"
    written(place / "worksheet.csv", roster)
    out = export(
        ClassFolder(place), "moodle", place / "out.csv", [LESSON], roster=place / "worksheet.csv", ungraded=True
    )
    assert set(out.written) == {ADA, BOB, CY, DEE, NEW} and out.unknown == out.absent == []


def test_a_mark_can_be_repeated_for_any_member(place):
    before = (place / "journal.jsonl").read_text()
    written(place / "teams.csv", TEAMS.replace(f"Blue,{NEW},03\n", ""))
    code, told = run("repeat", place, "--student", NEW, "--lesson", "03")
    assert code == 1 and "is in no team, but the mark is that of team Blue" in told
    assert (place / "journal.jsonl").read_text() == before


# ------------------------------------------------------------------------------------------------------------ forgetting


def everything(place):
    return b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file()).decode("utf-8", "replace")


def test_forgetting_one_leaves_the_others_their_marks(place):
    written(place / "extensions.csv", f"student,days\n{BOB},3\n")
    mark(place, BOB, 2.0)
    before, _ = grade(place)
    assert before[ADA].mark.score == 10 and before[ADA].state == "graded"
    traces, left = forgetting.forget(place, BOB)
    assert any("stays, in the team's folder" in line for line in traces.ties.told_to_stay())
    assert "1 line of extensions.csv" in traces.told() and "1 line of teams.csv" in traces.told()
    after, jobs = grade(place)
    assert jobs == [] and BOB not in after and after[ADA].mark == before[ADA].mark
    assert left == ["truth.json"] or left == []
    # The answer itself is the team's, and says whose words it is.
    assert BOB not in everything(place).replace(f"This is what {BOB} says", "")


def test_with_the_last_member_the_team_goes(place, monkeypatch):
    monkeypatch.setattr(forgetting, "write_report", lambda path: None)
    shutil.move(place / "submitted" / CY, place / "submitted" / "Blue")
    grade(place)
    with pytest.raises(ClassError, match="'Blue' is a team: forget its members"):
        forgetting.find_traces(place, "Blue")
    forgetting.forget(place, NEW)
    assert grade(place)[0][CY].mark.score == 8
    traces, _ = forgetting.forget(place, CY)
    assert "submitted/Blue/, as the team has no other member" in traces.told()
    assert not (place / "submitted" / "Blue").exists()
    text = everything(place)
    assert "Blue" not in text and CY not in text and NEW not in text


# ------------------------------------------------------------------------------------------------- nbgrader's exchange


def test_each_member_has_their_own_secret_of_the_exchange_and_no_other(place):
    for student in (ADA, BOB, CY):
        (place / "submitted" / student / LESSON / "submission_secret.txt").write_text(f"secret of {student}")
    grade(place, judged_with_words())
    secrets = {
        student: path.read_text() if path.exists() else None
        for student in (ADA, BOB, CY, NEW)
        for path in [place / "feedback" / student / LESSON / "submission_secret.txt"]
    }
    nobodys = secrets.pop(NEW)
    assert secrets == {name: f"secret of {name}" for name in (ADA, BOB, CY)}
    assert nobodys and nobodys not in secrets.values(), "nbgrader stops without one, and would overwrite another's page"
    assert (place / "feedback" / NEW / LESSON / "timestamp.txt").exists()
