"""Grading a class from end to end: states, marks, the same as plain nbgrader, killed and taken up again."""

import csv
import io
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from grader import cli
from grader.authoring import put_environment_on_path
from grader.classroom import report
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassError
from grader.classroom.grading import STATES, duration, grade_class
from grader.execution import Run
from grader.limits import Limits
from grader.paths import course_root

LESSON = "03_gates"
# For an endless loop; enough for the first cell's imports on a busy machine.
LIMITS = Limits(cell=8)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A pretend class, not graded yet: its folder and its truth."""
    folder = tmp_path_factory.mktemp("class") / "demo"
    truth = make_class(course_root(), folder, students=4, lessons=["03"], seed=0, trouble=True)
    return folder, {student: lessons[LESSON] for student, lessons in truth["students"].items()}


@pytest.fixture(scope="module")
def graded(demo, tmp_path_factory):
    """The same class, graded: its folder and its rows by student."""
    folder = tmp_path_factory.mktemp("graded") / "demo"
    shutil.copytree(demo[0], folder)
    rows = grade_class(course_root(), folder, limits=LIMITS)
    report.write_grades(folder / "grades.csv", rows)
    return folder, {row.student: row for row in rows}


@pytest.fixture
def small(demo, tmp_path):
    """A class of three students, not graded yet."""
    return three_of(demo[0], tmp_path / "small")


@pytest.fixture
def small_graded(graded, tmp_path):
    """The same three, graded."""
    return three_of(graded[0], tmp_path / "small")


def three_of(folder, target):
    shutil.copytree(folder, target)
    for place in sorted((target / "submitted").iterdir())[3:]:
        shutil.rmtree(place)
    return target


def no_run(notebook, files, limits):
    raise AssertionError("nothing should be executed here")


def marks(folder):
    """Everything that the gradebook says about hand-ins."""
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gb:
        return {
            (n.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for n in gb.notebook_submissions(LESSON, LESSON)
            for g in n.grades
        }


def submitted(folder, student):
    return folder / "submitted" / student / LESSON / f"{LESSON}.ipynb"


# ------------------------------------------------------------------------------------------------------------ outcomes


def test_every_hand_in_comes_to_what_the_demo_foretold(demo, graded):
    _, rows = graded
    got = {s: (r.state, r.mark.score, r.mark.needs_manual_grade, r.mark.seconds_late) for s, r in rows.items()}
    wanted = {s: (t["state"], t["score"], t["needs_manual_grade"], t["late_seconds"]) for s, t in demo[1].items()}
    assert got == wanted
    assert {row.state for row in rows.values()} >= set(STATES) - {"failed"}


def test_every_mistake_is_named(demo, graded):
    named = 0
    for student, truth in demo[1].items():
        for exercise, expected in truth.get("exercises", {}).items():
            assert graded[1][student].verdicts[exercise]["mistake"] == expected["mistake"]
            named += expected["mistake"] is not None
    assert named


def test_every_state_but_the_good_one_has_its_reason(graded):
    for row in graded[1].values():
        assert row.reason or row.state == "graded"
        assert "\n" not in row.reason
    assert "cut short" in graded[1]["truncated trouble"].reason
    assert "(1).ipynb" in graded[1]["renamed trouble"].reason


def test_a_warning_costs_nothing_and_stays_visible(graded):
    folder, _ = graded
    notebook = nbformat.read(folder / "autograded" / "warns trouble" / LESSON / f"{LESSON}.ipynb", 4)
    assert "a warning" in str(notebook.cells)


def test_the_marker_sees_the_rubric_behind_the_answer(graded):
    folder, _ = graded
    for place in (folder / "autograded").iterdir():
        cells = nbformat.read(place / LESSON / f"{LESSON}.ipynb", 4).cells
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in cells]
        rubrics = [n for n in names if n and n.startswith("rubric_")]
        assert rubrics
        assert all(names[names.index(n) - 1] == n.removeprefix("rubric_") for n in rubrics)


def test_feedback_names_the_mistake_and_no_folder_of_this_machine(demo, graded):
    folder, rows = graded
    for student, row in rows.items():
        page = (folder / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
        page = re.sub(r"data:[^\"')]*", "", page)
        for place in (course_root(), folder, sys.prefix, sys.base_prefix, "/tmp/"):
            assert str(place) not in page, student
        for verdict in row.verdicts.values():
            if verdict["mistake"]:
                assert verdict["headline"].replace("`", "") in re.sub(r"<[^>]*>|`", "", page)


def test_grades_csv_is_whole_and_safe(graded):
    folder, rows = graded
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as f:
        lines = list(csv.DictReader(f))
    assert tuple(lines[0]) == report.COLUMNS
    assert {line["student"].removeprefix("'") for line in lines} == set(rows)
    assert {"'=1+2", "'-Dash", "Ng, Mei", 'Robert "Bobby" Tables'} <= {line["student"] for line in lines}
    for line in lines:
        row = rows[line["student"].removeprefix("'")]
        assert (line["state"], float(line["score"])) == (row.state, row.mark.score)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1"])
def test_no_formula_gets_into_a_spreadsheet(text):
    assert report.spreadsheet_safe(text) == "'" + text


def test_the_summary_counts(graded):
    console = Console(width=160, record=True, file=io.StringIO())
    for table in report.summary(list(graded[1].values())):
        console.print(table)
    text = console.export_text()
    assert "unreadable" in text
    assert "sigmoid" in text
    assert "1 × " in text


def test_marks_equal_plain_nbgrader(demo, graded, tmp_path):
    """References, other styles, mistakes and stubs; not the hand-ins in trouble, where nbgrader is wrong."""
    folder = tmp_path / "plain"
    shutil.copytree(demo[0], folder)
    honest = [s for s, t in demo[1].items() if "trouble" not in t][:3]
    for place in (folder / "submitted").iterdir():
        if place.name not in honest:
            shutil.rmtree(place)
    put_environment_on_path()
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", LESSON], cwd=folder, capture_output=True, text=True
    )
    print(f"plain nbgrader: {(time.monotonic() - started) / len(honest):.2f} s a submission")
    assert done.returncode == 0, done.stderr
    plain, ours = marks(folder), marks(graded[0])
    assert {student for student, _ in plain} == set(honest)
    assert {key: ours[key] for key in plain} == plain
    assert len({score for score, _, _ in plain.values()}) > 1


# ----------------------------------------------------------------------------------------------------- again and again


def test_a_second_run_executes_and_changes_nothing(graded):
    folder, rows = graded
    before = marks(folder)
    again = grade_class(course_root(), folder, run=no_run)
    assert [r.fresh for r in again if r.fresh] == []
    assert {r.student: (r.state, r.reason, r.mark) for r in again} == {
        s: (r.state, r.reason, r.mark) for s, r in rows.items()
    }
    assert marks(folder) == before


def test_a_changed_hand_in_is_graded_again_and_marks_by_hand_survive(small_graded):
    small = small_graded
    students = sorted(p.name for p in (small / "submitted").iterdir())
    with Gradebook(f"sqlite:///{small}/gradebook.db") as gb:
        for student in students:
            grade = next(
                g for g in gb.find_submission_notebook(LESSON, LESSON, student).grades if g.cell.cell_type == "markdown"
            )
            grade.manual_score, grade.needs_manual_grade = 1, False
        gb.db.commit()
        written = grade.name
    notebook = nbformat.read(submitted(small, students[0]), 4)
    notebook.cells.append(nbformat.v4.new_code_cell("1"))
    nbformat.write(notebook, submitted(small, students[0]))

    rows = grade_class(course_root(), small)
    assert [r.student for r in rows if r.fresh] == students[:1]
    assert marks(small)[students[0], written][1:] == (1, True)  # another look is needed
    assert "Score: 1.0 / " in (small / "feedback" / students[1] / LESSON / f"{LESSON}.html").read_text()

    shutil.rmtree(small / "submitted" / students[2])
    before = marks(small)
    rows = grade_class(course_root(), small, again=True)
    assert all(r.fresh for r in rows)
    assert marks(small) == before


def test_a_new_due_time_needs_no_execution(small_graded):
    small = small_graded
    (small / "nbgrader_config.py").write_text(
        (small / "nbgrader_config.py").read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    rows = grade_class(course_root(), small, due=datetime(2026, 1, 1), run=no_run)
    assert {r.state for r in rows} == {"late"}
    assert {r.mark.score for r in rows} == {0}
    assert any(r.mark.late_penalty for r in rows)
    rows = grade_class(course_root(), small, due=datetime(2027, 1, 1), run=no_run)
    assert {r.state for r in rows} == {"graded"}
    assert any(r.mark.score for r in rows)


def test_killed_and_run_again_equals_an_undisturbed_run(small, graded):
    command = [sys.executable, "-c", "from grader.cli import main; main()", "grade", str(small)]
    journal = small / "journal.jsonl"
    for seen in (1, 2):  # once while the second hand-in is graded, and once while the third is
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while journal.read_text().count('"done": false') < seen and run.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert marks(small) == {k: v for k, v in marks(graded[0]).items() if (small / "submitted" / k[0]).exists()}
    for place in sorted((small / "submitted").iterdir()):
        for step, ending in (("autograded", "ipynb"), ("feedback", "html")):
            mine, whole = (
                (f / step / place.name / LESSON / f"{LESSON}.{ending}").read_text() for f in (small, graded[0])
            )
            assert _without_noise(mine) == _without_noise(whole)
    lines = {line for line in (graded[0] / "grades.csv").read_text().splitlines() if "trouble" not in line}
    assert set((small / "grades.csv").read_text().splitlines()) <= lines
    assert not list(small.glob(".building-*"))


def _without_noise(text):
    """Without object addresses, process numbers and the bytes of pictures."""
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+|data:image[^\"\\]*|\"image/png\": \"[^\"]*", "", text)


# -------------------------------------------------------------------------------------------------- one by one, alone


def test_an_error_of_ours_costs_one_hand_in_only_and_is_tried_again(small):
    students = sorted(p.name for p in (small / "submitted").iterdir())

    def run(notebook, files, limits):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the grader broke")
        return Run(notebook, "finished")

    calls = []
    rows = grade_class(course_root(), small, run=run)
    assert [r.state == "failed" for r in rows] == [False, True, False]
    assert "the grader broke" in rows[1].reason
    assert "Traceback" in (small / "failures.log").read_text()
    report.write_grades(small / "grades.csv", rows)
    rows = grade_class(course_root(), small, run=run)
    assert [r.student for r in rows if r.fresh] == [students[1]]


def test_check_given_another_meaning_earns_nothing(small):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]
    for place in (small / "submitted").iterdir():
        if place.name != student:
            shutil.rmtree(place)
    notebook = nbformat.read(small / "release" / LESSON / f"{LESSON}.ipynb", 4)
    first = next(i for i, c in enumerate(notebook.cells) if "nbgrader" in c.metadata)
    notebook.cells.insert(first, nbformat.v4.new_code_cell("def check(f):\n    pass"))
    nbformat.write(notebook, submitted(small, student))
    (row,) = grade_class(course_root(), small)
    assert row.mark.score == 0
    assert "NoVerdict" in str(row.verdicts)


def test_a_lesson_that_the_course_does_not_have(small):
    place = small / "submitted" / "Ng, Mei"
    shutil.copytree(small / "submitted" / "-Dash" / LESSON, place / "99_none", dirs_exist_ok=True)
    rows = grade_class(course_root(), small, lessons=["99_none"], run=no_run)
    assert [(r.state, r.mark) for r in rows] == [("wrong lesson", None)]
    report.write_grades(small / "grades.csv", rows)
    report.summary(rows)


def test_side_files_lie_beside_the_notebook_and_a_time_is_pinned(small):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]
    place = submitted(small, student).parent
    (place / "mine.csv").write_text("1")
    (place / "secret").symlink_to("/etc/hostname")
    (place / "timestamp.txt").write_text("yesterday, I think")
    seen = []

    def run(notebook, files, limits):
        seen.append({str(name) for name in files})
        return Run(notebook, "finished")

    rows = grade_class(course_root(), small, run=run)
    assert seen[0] == {"mine.csv"}
    assert rows[0].time_from == "the file's own time"
    assert "was no time" in rows[0].reason
    assert (small / "autograded" / student / LESSON / "mine.csv").read_text() == "1"
    assert grade_class(course_root(), small, run=no_run)[0].time_from == "the file's own time"


def test_no_hand_ins_is_one_sentence(tmp_path):
    (tmp_path / "submitted").mkdir()
    with pytest.raises(ClassError, match="no hand-ins"):
        grade_class(course_root(), tmp_path)


def test_two_runs_at_once_are_refused(small):
    def run(notebook, files, limits):
        with pytest.raises(ClassError, match="another run"):
            grade_class(course_root(), small)
        return Run(notebook, "finished")

    assert len(grade_class(course_root(), small, run=run)) == 3
    assert not (small / "failures.log").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grade", "nowhere"], "does not exist"),
        (["grade", ".", "--due", "tomorrow"], "is no time"),
        (["grade", ".", "--lesson", "77"], "no lesson begins with"),
        (["formgrader", "nowhere"], "does not exist"),
        (["class", "demo", "."], "exists already"),
    ],
)
def test_the_command_line_ends_in_one_sentence(arguments, message, monkeypatch, capsys, tmp_path):
    (tmp_path / "file.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["gru-course", *arguments])
    with pytest.raises(SystemExit) as e:
        cli.main()
    assert e.value.code == 1
    error = " ".join(capsys.readouterr().err.split())
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("seconds", "words"), [(20, "20 s"), (600, "10 min"), (7500, "2 h 5 min"), (200_000, "2 d 7 h")]
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_the_same_seed_makes_the_same_class_and_another_seed_another(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        make_class(course_root(), tmp_path / name, students=3, lessons=["03"], seed=seed, trouble=True)
    a, b, c = (
        {p.relative_to(f): p.read_bytes() for p in (f / "submitted").rglob("*.*")}
        for f in map(tmp_path.joinpath, "abc")
    )
    assert a == b
    assert a != c
    assert (tmp_path / "a" / "truth.json").read_text() == (tmp_path / "b" / "truth.json").read_text()
