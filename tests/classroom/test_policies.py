"""A class of 30 with extensions, teams and a course file, from handing out to exporting: the guide's commands, as written."""

import csv
import json
import shutil

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from grader import cli
from tests.support.classes import LESSON, QUESTION, grades_of

pytestmark = pytest.mark.system

COURSE = '[lessons.03]\ndrop = ["update_gate"]\npoints = { sigmoid = 3, why_two_gates = 1 }\n'


def run(*words, into=None):
    done = CliRunner().invoke(cli.app, list(map(str, words)), input=into)
    told = " ".join((done.output + str(done.exception or "")).split())
    assert done.exit_code == 0, told
    return told


def expected(paper, points):
    return sum(points[name] for name, found in paper["exercises"].items() if found["score"])


def test_a_class_of_30(tmp_path):
    path = tmp_path / "class"
    run("class", "demo", path, "--students", "30")
    truth = json.loads((path / "truth.json").read_text())["students"]
    papers = {student: lessons[LESSON] for student, lessons in truth.items()}
    config = path / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    points = {"sigmoid": 3, "gate": 2, "reset_gate": 2, "update_gate": 0}

    # The course file, before anything is handed out.
    (path / "course.toml").write_text(COURSE)
    told = run("class", "prepare", path, "--lesson", "03")
    assert "as course.toml says, sigmoid gives 3 points, not 2; update_gate is optional, without points" in told

    # Extensions: a late student of each kind, and one who needs none.
    late = [student for student, paper in papers.items() if paper["state"] == "late"]
    by_minutes = next(student for student in late if papers[student]["late_seconds"] == 600)
    by_days = next(student for student in late if papers[student]["late_seconds"] == 200_000)
    run("class", "extend", path, by_minutes, "--lesson", "03", "--until", "2026-12-02T12:00+00:00", "--why", "ill")
    run("class", "extend", path, by_days, "--days", "7")

    # Teams: of one the first member's folder is all there is; in the other two have submitted, the last one late.
    on_time = [student for student in papers if student not in late]
    alone, absent, early, tardy = *on_time[:3], next(s for s in late if s not in (by_minutes, by_days))
    shutil.rmtree(path / "submitted" / absent)
    with (path / "teams.csv").open("w", newline="", encoding="utf-8") as f:
        lines = [("Red", alone), ("Red", absent), ("Red", "Nobody Yet"), ("Blue", early), ("Blue", tardy)]
        csv.writer(f).writerows([("team", "student"), *lines])
    assert "team Red, submitted by" in run("class", "teams", path)

    told = run("grade", path)
    assert "28 graded" not in told and "31 graded now" in told
    lines = grades_of(path)
    shown = {(f"'{name}" if name[0] in "=-@" else name): name for name in papers}
    for name, line in lines.items():
        student = shown.get(name, name)
        counted = {absent: alone, "Nobody Yet": alone, early: tardy}.get(student, student)
        is_late = counted in late and counted not in (by_minutes, by_days)
        assert line["max_score"] == "8.0"
        assert float(line["score"]) == (0 if is_late else expected(papers[counted], points)), student
        assert line["team"] == {alone: "Red", absent: "Red", "Nobody Yet": "Red", early: "Blue", tardy: "Blue"}.get(
            student, ""
        )
    assert lines[next(shown for shown in (by_minutes, f"'{by_minutes}") if shown in lines)]["state"] == "graded"
    before = {name: line["score"] for name, line in lines.items()}

    # A question is marked once for a team.
    with Gradebook(f"sqlite:///{path / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(LESSON):
            if submission.needs_manual_grade and submission.student.id not in (absent, "Nobody Yet", early):
                given = book.find_grade(QUESTION, LESSON, LESSON, submission.student.id)
                given.manual_score, given.needs_manual_grade = 1.0, False
        book.db.commit()
    told = run("grade", path)
    assert "0 graded now, 31 graded before" in told
    lines = grades_of(path)
    assert {line["needs_manual_grade"] for line in lines.values()} == {"False"}
    waited = papers[alone]["needs_manual_grade"]
    assert float(lines["Nobody Yet"]["score"]) == float(before["Nobody Yet"]) + waited

    # Out to Canvas and Moodle, a line for each member.
    run("export", path, "--to", "canvas")
    with (path / "marks-for-canvas.csv").open(newline="", encoding="utf-8-sig") as f:
        assert "Nobody Yet" in {row[0] for row in csv.reader(f)}
    with (path / "worksheet.csv").open("w", newline="", encoding="utf-8") as f:
        sheet = csv.writer(f)
        sheet.writerow(
            ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Feedback comments"]
        )
        for number, student in enumerate([*papers, "Nobody Yet"]):
            sheet.writerow([f"Participant {number + 100}", student, f"{number}@uni.example", "", "", "100.00", ""])
    told = run("export", path, "--to", "moodle", "--from", path / "worksheet.csv", "--lesson", "03")
    assert "31 students with marks" in told and "scaled from 8 to the LMS's 100 points" in told

    # One member leaves; another student's mark can still be repeated, and nothing is run again.
    run("class", "forget", path, alone, "--yes")
    told = run("grade", path)
    assert "0 graded now, 30 graded before" in told
    assert grades_of(path)["Nobody Yet"]["score"] == lines["Nobody Yet"]["score"]
    assert "The same result as then" in run("repeat", path, "--student", "Nobody Yet", "--lesson", "03")
    assert (
        "Extensions" in (path / "report.html").read_text()
        and "Submissions of teams" in (path / "report.html").read_text()
    )
