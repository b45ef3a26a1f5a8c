"""The course file: a wrong one is explained, and a right one is obeyed from handing out to exporting."""

import re
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from grader import cli
from grader.authoring.lessons import find_sources, in_order
from grader.authoring.source import read_lesson
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom.class_report import graded_rows, write_report
from grader.classroom.course_file import CourseFile, as_handed_out_now
from grader.classroom.exports import export
from grader.classroom.folder import ClassFolder
from grader.classroom.journal import Journal
from grader.classroom.preparation import prepare_class
from grader.notebook.reading import grade_id
from tests.support.classes import ADA, BOB, CY, DEE, LESSON, QUESTION, grade, judged_with_words, small_class

HALF = """\
drop = ["00"]
order = ["04", "03"]

[lessons.03]
drop = ["gate", "why_two_gates"]
points = { sigmoid = 4 }
"""


def read(path, text):
    path.write_text(text, encoding="utf-8")
    return CourseFile.read(path, course_root())


@pytest.fixture(scope="module")
def solved():
    return read_lesson(find_sources(course_root(), ["03"])[0]).notebook()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class that was graded before there was a course file, with Ada's answer marked by hand."""
    path = small_class(tmp_path_factory.mktemp("course") / "class")
    grade(path, judged_with_words())
    with Gradebook(f"sqlite:///{path / 'gradebook.db'}") as book:
        given = book.find_grade(QUESTION, LESSON, LESSON, ADA)
        given.manual_score, given.needs_manual_grade = 2.0, False
        book.db.commit()
    return path


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "class")


def run(*words):
    done = CliRunner().invoke(cli.app, list(map(str, words)))
    return done.exit_code, " ".join((done.output + str(done.exception or "")).split())


# ------------------------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    "text, told",
    [
        ("drop = = 1", "is not a TOML file: .*line 1"),
        ("dorp = []", "there is no key 'dorp': did you mean drop.* The keys are drop, order, lessons"),
        ('drop = "03"', "drop is the text '03', but should be a list of lessons, such as"),
        ("drop = [3]", "drop is a list with the integer 3, but should be"),
        ('drop = ["77"]', "drop: the course has no lesson '77'"),
        ('drop = ["03_gate"]', "drop: the course has no lesson '03_gate': did you mean 03_gates"),
        ('drop = ["03", "03_gates"]', "drop names 03_gates twice"),
        ('drop = ["03"]\norder = ["03"]', "order names 03_gates, which drop leaves out"),
        ("lessons = 3", "lessons is the integer 3, but should be a table"),
        ("[lessons.03]\npoint = 3", "lessons.03: there is no key 'point': did you mean points"),
        ('[lessons.03]\ndrop = ["gate", 3]', "lessons.03.drop is a list with the integer 3"),
        ('[lessons.03]\npoints = { gate = "3" }', "lessons.03.points.gate is the text '3', but should be a number of points"),
        ("[lessons.03]\npoints = { gate = true }", "lessons.03.points.gate is True, a boolean"),
        ("[lessons.03]\npoints = { gate = 0 }", "is 0, but should be more than 0 .* name it in lessons.03.drop"),
        ("[lessons.03]\npoints = { gate = nan }", "points.gate is the number nan"),
        ('[lessons.03]\ndrop = ["gate"]\npoints = { gate = 1 }', "gate is in drop and in points"),
        ("[lessons.03]\n[lessons.03_gates]", "lessons.03 and lessons.03_gates are the same lesson"),
        ("[lessons.77]", "lessons: the course has no lesson '77'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_explained(tmp_path, text, told):
    with pytest.raises(ClassError, match=f"^{re.escape(str(tmp_path))}.*{told}"):
        read(tmp_path / "course.toml", text)


@pytest.mark.parametrize(
    "text, told",
    [
        ('drop = ["gaet"]', "lessons.03.drop: the lesson has no exercise 'gaet': did you mean gate.* It has sigmoid, gate,"),
        ("points = { check_gate = 1 }", "lessons.03.points: the lesson has no exercise 'check_gate'"),
        ('drop = ["sigmoid", "gate", "reset_gate", "update_gate", "why_two_gates"]', "leaves no exercise with points"),
    ],
)  # fmt: skip
def test_a_wrong_exercise_is_explained(tmp_path, solved, text, told):
    found = read(tmp_path / "course.toml", f"[lessons.03]\n{text}")
    with pytest.raises(ClassError, match=told):
        found.of(LESSON).apply(solved)


def test_all_lessons_cannot_be_dropped_and_an_empty_file_changes_nothing(tmp_path, solved):
    every = [path.stem for path in find_sources(course_root())]
    with pytest.raises(ClassError, match="leaves no lesson"):
        read(tmp_path / "course.toml", f"drop = {every}")
    found = read(tmp_path / "course.toml", "")
    assert found.kept(every) == every and found.of(LESSON).apply(solved) == (solved, ())


def test_lessons_in_their_order():
    assert in_order(["00", "01", "02", "03"], ("03", "01")) == ["03", "01", "00", "02"]


def test_what_changes_in_a_notebook(tmp_path, solved):
    found = read(tmp_path / "course.toml", HALF)
    changed, told = found.of(LESSON).apply(solved)
    assert told == (
        "sigmoid gives 4 points, not 2",
        "gate is optional, without points",
        "why_two_gates is optional, without points",
    )
    points = {
        grade_id(c): c.metadata.nbgrader.points for c in changed.cells if c.metadata.get("nbgrader", {}).get("grade")
    }
    assert points == {"check_sigmoid": 4, "check_gate": 0, "check_reset_gate": 2, "check_update_gate": 2, QUESTION: 0}
    same = [(grade_id(cell), cell.source) for cell in solved.cells if grade_id(cell) not in (None, QUESTION)]
    assert same == [(grade_id(cell), cell.source) for cell in changed.cells if grade_id(cell) not in (None, QUESTION)]
    text = "\n".join(cell.source for cell in changed.cells)
    assert (
        "*In this class, `sigmoid` gives 4 points.*" in text
        and "*In this class, `gate` is optional: it gives no points.*" in text
    )
    assert "**Without points.** Why does" in text and "**For 2 points" not in text


def test_every_question_in_words_says_its_points_where_a_course_file_can_change_it():
    questions = []
    for path in find_sources(course_root()):
        questions += re.findall(r'written="\w+" points=(\d)[^\n]*\n# (.{20})', path.read_text(encoding="utf-8"))
    assert len(questions) > 20
    for points, text in questions:
        assert re.match(rf"\*\*For {points} points?\b", text), text


def test_other_points_in_the_text_are_no_answer(tmp_path, solved):
    changed, _ = read(tmp_path / "course.toml", HALF).of(LESSON).apply(solved)
    for before, after in ((solved, changed), (changed, solved)):
        theirs = nbformat.from_dict(before)
        as_handed_out_now(theirs, after)
        texts = [next(c.source for c in n.cells if grade_id(c) == QUESTION) for n in (theirs, after)]
        assert texts[0] == texts[1]


# --------------------------------------------------------------------------------------------------------- a whole class


def test_only_the_lessons_that_there_are_are_handed_out(tmp_path):
    place = tmp_path / "class"
    place.mkdir()
    (place / "course.toml").write_text('drop = ["00"]\norder = ["04"]\n')
    _, made = prepare_class(course_root(), place, ["03", "04"])
    assert [lesson.name for lesson in made] == ["04_candidate_and_blend", LESSON]
    code, told = run("class", "prepare", place, "--lesson", "00")
    assert code == 1 and "drop leaves out lesson 00_start_here: remove it there to have it back" in told
    assert sorted(path.name for path in (place / "release").iterdir()) == [LESSON, "04_candidate_and_blend"]


def test_it_may_change_after_grading_and_back(place):
    before, _ = grade(place)
    (place / "course.toml").write_text(HALF)
    rows, jobs = grade(place, judged_with_words())
    assert sorted(job.student for job in jobs) == [ADA, BOB, CY, DEE]
    assert [(row.mark.score, row.mark.max_score, row.mark.needs_manual_grade) for row in rows.values()] == [
        (8, 8, False)
    ] * 4
    assert max(row.mark.max_score for row in graded_rows(place)) == 8
    assert "8.00" in _exported(place)
    page = (place / "feedback" / ADA / LESSON / f"{LESSON}.html").read_text()
    assert "no points" in page and "8</span>" in page and "of 8 points" in page
    (place / "course.toml").write_text("[lessons.03]\npoints = { why_two_gates = 3 }")
    rows, _ = grade(place, judged_with_words())
    assert (rows[ADA].mark.score, rows[ADA].mark.max_score) == (10, 11), "the mark given by hand is there again"
    assert rows[ADA].mark.needs_manual_grade, "but it was of 2 points, not of 3"
    (place / "course.toml").unlink()
    rows, _ = grade(place, judged_with_words())
    assert (rows[ADA].mark.score, rows[ADA].mark.max_score) == (before[ADA].mark.score, 10)


@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_while_it_sets_a_mark_aside_loses_nothing(place, monkeypatch, after):
    class Killed(BaseException):
        pass

    def append(self, event, **entry):
        if event != "set aside" or after:
            self.append_all(event, [entry])
        if event == "set aside":
            raise Killed

    before, _ = grade(place)
    (place / "course.toml").write_text(HALF)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Journal, "append", append)
        grade(place, judged_with_words())
    assert grade(place, judged_with_words())[0][ADA].mark.score == 8
    (place / "course.toml").unlink()
    assert grade(place, judged_with_words())[0][ADA].mark.score == before[ADA].mark.score


def _exported(place):
    export(ClassFolder(place), "canvas", place / "marks.csv", ungraded=True)
    return (place / "marks.csv").read_text()


def test_a_lesson_that_is_dropped_later_has_no_marks_any_more(place):
    (place / "course.toml").write_text('drop = ["03"]')
    told = []
    with pytest.raises(ClassError, match="there are no submissions"):
        grade(place, on_note=told.append)
    assert told == [f"{LESSON}: course.toml drops this lesson, so its 4 submissions are left out"]
    assert graded_rows(place) == []
    with pytest.raises(ClassError, match="nothing was graded"):
        _exported(place)
    with pytest.raises(ClassError, match="nothing was graded"):
        write_report(place)
    (place / "course.toml").unlink()
    assert grade(place)[0][ADA].mark.score == 10, "nothing was lost"


def test_it_has_the_last_word_on_a_notebook_of_your_own(place):
    source = place / "source" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(source, 4)
    notebook.cells[0].source += "\n\nWelcome to my class."
    nbformat.write(notebook, source)
    own = source.read_bytes()
    (place / "course.toml").write_text("[lessons.03]\npoints = { sigmoid = 5 }")
    code, told = run("class", "prepare", place, "--lesson", "03")
    assert code == 0 and "uses your own source" in told
    assert "as course.toml says, sigmoid gives 5 points, not 2" in told
    assert source.read_bytes() == own, "your file stays as it is"
    handed_out = (place / "release" / LESSON / f"{LESSON}.ipynb").read_text()
    assert "Welcome to my class." in handed_out and "`sigmoid` gives 5 points" in handed_out
    assert grade(place, judged_with_words())[0][ADA].mark.max_score == 13


def test_what_the_course_put_there_is_not_taken_for_your_own(place):
    for text in (HALF, ""):
        (place / "course.toml").write_text(text)
        _, (lesson,) = prepare_class(course_root(), place, ["03"])
        assert lesson.own == () and bool(lesson.by_file) == bool(text)


def test_the_command_shows_what_it_changes(tmp_path):
    place = tmp_path / "class"
    (place / "submitted").mkdir(parents=True)
    (place / "course.toml").write_text(HALF)
    told = run("class", "course", place)[1]
    assert "sigmoid 4 (not 2)" in told and "Left out: 00_start_here" in told
    (place / "course.toml").write_text("drop = 3")
    assert run("class", "course", place)[0] == 1
