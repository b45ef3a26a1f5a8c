"""Grading a class from end to end: states, marks, agreement with plain nbgrader, killed and continued."""

import csv
import html
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.classroom import grades
from grader.classroom.database import DatabaseError
from grader.classroom.demo import make_class
from grader.classroom.gradebook import Book
from grader.classroom.grading import STATES, Options, Row, duration, grade_class
from grader.classroom.journal import Journal
from grader.classroom.repeating import repeat
from grader.classroom.spreadsheets import spreadsheet_safe
from grader.exercises import find
from tests.support.crews import Here, judge_of, nobody
from tests.support.plain import nbgrader

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
def graded(demo, workers, tmp_path_factory):
    """The same class, graded: its folder and its rows by student."""
    folder = tmp_path_factory.mktemp("graded") / "demo"
    shutil.copytree(demo[0], folder)
    rows = grade_class(course_root(), folder, options=Options(LIMITS), workers=workers)
    grades.write_grades(folder / "grades.csv", rows)
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


def marks(folder):
    """Everything that the gradebook says about submissions."""
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gb:
        return {
            (n.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for n in gb.notebook_submissions(LESSON, LESSON)
            for g in n.grades
        }


def submitted(folder, student):
    return folder / "submitted" / student / LESSON / f"{LESSON}.ipynb"


# ------------------------------------------------------------------------------------------------------------ outcomes


def test_every_submission_comes_to_what_the_demo_foretold(demo, graded):
    _, rows = graded
    got = {s: (r.state, r.mark.score, r.mark.needs_manual_grade, r.mark.seconds_late) for s, r in rows.items()}
    wanted = {s: (t["state"], t["score"], t["needs_manual_grade"], t["late_seconds"]) for s, t in demo[1].items()}
    assert got == wanted
    assert {row.state for row in rows.values()} >= set(STATES) - {"failed", "out of memory", "unidentified"}


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
        text = html.unescape(re.sub(r"<[^>]*>", "", page))
        for exercise, verdict in row.verdicts.items():
            if verdict["mistake"]:
                assert find(exercise).mistakes[verdict["mistake"]].name.replace("`", "") in text


def test_grades_csv_is_whole_and_safe(graded):
    folder, rows = graded
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as f:
        lines = list(csv.DictReader(f))
    assert tuple(lines[0]) == grades.COLUMNS
    assert {line["student"].removeprefix("'") for line in lines} == set(rows)
    assert {"'=1+2", "'-Dash", "Ng, Mei", 'Robert "Bobby" Tables'} <= {line["student"] for line in lines}
    for line in lines:
        row = rows[line["student"].removeprefix("'")]
        assert (line["state"], float(line["score"])) == (row.state, row.mark.score)


FORMULAS = ["=1", "+1", "-1", "@a", " =1", "＝1", "＋1", "－1", "＠a", '"=1', "(=1", "\ufeff=1", "''=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_gets_into_a_spreadsheet_even_one_that_splits_at_semicolons(text):
    assert spreadsheet_safe(text) == "'" + text
    assert spreadsheet_safe(f"Ada;{text};b") == f"Ada;'{text};b"
    assert spreadsheet_safe(f"\t{text}\n{text}") == f"' {text} {text}"


@pytest.mark.parametrize("text", ["", "Ada", "Jean-Luc", "a = b", "5 points; 3 - 2 points", "x;", "Zoë (=O)", "３＋４"])
def test_a_text_that_begins_with_no_formula_stays_as_it_is(text):
    assert spreadsheet_safe(text) == text


def test_every_column_of_grades_csv_that_holds_a_text_is_safe(tmp_path):
    texts = dict.fromkeys(("student", "lesson", "state", "reason", "time_from", "changed"), "=1+2")
    row = Row(**texts, own_tests=("=1+2",), mark=None, submitted=datetime(2026, 11, 20), verdicts={}, fresh=True)
    grades.write_grades(tmp_path / "grades.csv", [row])
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as f:
        (line,) = csv.DictReader(f)
    assert {title for title, text in line.items() if text == "'=1+2"} == {*texts, "own_tests"}
    assert "=1+2" not in line.values()


def test_the_summary_counts(graded):
    console = Console(width=160, record=True, file=io.StringIO())
    for table in grades.summary(list(graded[1].values())):
        console.print(table)
    text = console.export_text()
    assert "unreadable" in text
    assert "sigmoid" in text
    assert "1 × " in text
    assert "These need a person" in text and "ran longer than 8 seconds" in text
    assert "Results that changed" not in text


def test_the_summary_lists_what_changed_and_is_short_for_any_class(graded):
    row = replace(graded[1]["-Dash"], changed="\x1b[2Jsigmoid: passed before, failed now")
    rows = [replace(row, student=f"student {n}", fresh=n % 2 == 0) for n in range(100)]
    console = Console(width=200, record=True, file=io.StringIO())
    for table in grades.summary(rows):
        console.print(table)
    text = console.export_text()
    assert "Results that changed: 12 of 50" in text
    assert text.count("failed now") == grades.SHOWN
    assert "\x1b" not in text


@pytest.mark.system
def test_marks_equal_plain_nbgrader(demo, graded, tmp_path):
    """References, other styles, mistakes and stubs; not the submissions in trouble, where nbgrader is wrong."""
    folder = tmp_path / "plain"
    shutil.copytree(demo[0], folder)
    honest = [s for s, t in demo[1].items() if "trouble" not in t][:3]
    for place in (folder / "submitted").iterdir():
        if place.name not in honest:
            shutil.rmtree(place)
    started = time.monotonic()
    nbgrader((folder, "autograde", LESSON))
    print(f"plain nbgrader: {(time.monotonic() - started) / len(honest):.2f} s a submission")
    plain, ours = marks(folder), marks(graded[0])
    assert {student for student, _ in plain} == set(honest)
    assert {key: ours[key] for key in plain} == plain
    assert len({score for score, _, _ in plain.values()}) > 1


# ----------------------------------------------------------------------------------------------------- again and again


def test_a_second_run_executes_and_changes_nothing(graded):
    folder, rows = graded
    before = marks(folder)
    again = grade_class(course_root(), folder, workers=Here(nobody))
    assert [r.fresh for r in again if r.fresh] == []
    assert {r.student: (r.state, r.reason, r.mark) for r in again} == {
        s: (r.state, r.reason, r.mark) for s, r in rows.items()
    }
    assert marks(folder) == before


@pytest.mark.system
def test_a_changed_submission_is_graded_again_and_marks_by_hand_survive(small_graded):
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
    before = [(small / "feedback" / student / LESSON / f"{LESSON}.html").read_text() for student in students]
    notebook = nbformat.read(submitted(small, students[0]), 4)
    notebook.cells.append(nbformat.v4.new_code_cell("1"))
    nbformat.write(notebook, submitted(small, students[0]))

    rows = grade_class(course_root(), small)
    assert [r.student for r in rows if r.fresh] == students[:1]
    assert marks(small)[students[0], written][1:] == (1, True)  # another look is needed
    pages = [(small / "feedback" / student / LESSON / f"{LESSON}.html") for student in students]
    assert [page.read_text() == old for page, old in zip(pages, before, strict=True)] == [False] * 3

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
    rows = grade_class(course_root(), small, due=datetime(2026, 1, 1), workers=Here(nobody))
    assert {r.state for r in rows} == {"late"}
    assert {r.mark.score for r in rows} == {0}
    assert any(r.mark.late_penalty for r in rows)
    rows = grade_class(course_root(), small, due=datetime(2027, 1, 1), workers=Here(nobody))
    assert {r.state for r in rows} == {"graded"}
    assert any(r.mark.score for r in rows)


def entries(folder, **wanted):
    """The journal's entries about finished gradings of a student, first to last."""
    lines = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
    return [e for e in lines if e["event"] == "marked" and e["done"] and e.items() >= wanted.items()]


# ------------------------------------------------------------------------------------------------ receipts and changes


def test_every_grading_draws_anew_and_leaves_its_receipt(small):
    crew = Here(judge_of("passed"))
    for _ in range(2):
        grade_class(course_root(), small, again=True, workers=crew)
    assert len({job.run_key for job in crew.jobs}) == len(crew.jobs) == 6
    for student in {job.student for job in crew.jobs}:
        first, second = entries(small, student=student)
        assert (first["run"], second["run"]) == (1, 2)
        assert first["receipt"] == second["receipt"]
        assert first["receipt"]["limits"]["notebook"] == Limits.notebook
        assert set(first["receipt"]["versions"]) == {"course", "python", "numpy"}
        assert second["changed"] == ""


def test_a_grading_that_was_killed_is_repeated_with_the_same_inputs(small):
    def judge(job):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_class(course_root(), small, workers=(killed := Here(judge)))
    grade_class(course_root(), small, workers=(again := Here(judge_of("passed"))))
    assert killed.jobs[0].run_key == again.jobs[0].run_key


def test_what_changed_is_said_with_the_reason_until_the_next_grading(small):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]

    def grade(judge, **how):
        (row,) = [r for r in grade_class(course_root(), small, workers=Here(judge), **how) if r.student == student]
        return row.changed

    assert grade(judge_of("passed")) == ""
    changed = grade(judge_of("passed", sigmoid="failed"), again=True)
    assert "sigmoid: passed before, failed now" in changed
    assert "points before" in changed
    assert "only the random inputs differ" in changed
    assert grade(nobody) == changed
    (submitted(small, student).parent / "more.txt").write_text("1")
    assert "another submission" in grade(judge_of("passed"))
    assert grade(judge_of("passed"), again=True) == ""


def test_partial_credit_is_another_way_to_grade(small):
    grade_class(course_root(), small, workers=Here(judge_of("failed")))
    for wanted in (True, False):
        options = Options(partial_credit=wanted)
        rows = grade_class(course_root(), small, options=options, workers=(crew := Here(judge_of("passed"))))
        assert all(row.fresh and ("partial credit" in row.changed) is wanted for row in rows)
        assert all(job.partial_credit is wanted for job in crew.jobs)
        rows = grade_class(course_root(), small, workers=Here(nobody))
        assert not any(row.fresh for row in rows), "the class stays with it"


def test_the_journal_says_where_there_was_no_sandbox(small):
    rows = grade_class(course_root(), small, options=Options(sandbox=False), workers=Here(judge_of("passed")))
    assert not any(row.sandbox for row in rows)
    assert not any(entry["receipt"]["sandbox"] for entry in entries(small))
    rows = grade_class(course_root(), small, workers=Here(nobody))
    assert not any(row.sandbox for row in rows)


def test_without_a_sandbox_nothing_is_graded_unless_told(small, monkeypatch):
    crew = Here(nobody)
    monkeypatch.setattr(crew, "sandbox_problem", lambda: "there is no bubblewrap: install it")
    with pytest.raises(ClassError, match="install it"):
        grade_class(course_root(), small, workers=crew)


def test_a_mark_can_be_repeated_and_nothing_is_written(small_graded):
    students = sorted(p.name for p in (small_graded / "submitted").iterdir())
    before = {p: p.read_bytes() for p in small_graded.rglob("*") if p.is_file()}
    found = repeat(course_root(), small_graded, students[0], LESSON)
    assert found.changed == "" and found.verdicts and found.run == 1
    found = repeat(course_root(), small_graded, students[0], LESSON, Here(judge_of("todo")))
    assert "before, todo now" in found.changed
    assert {p: p.read_bytes() for p in small_graded.rglob("*") if p.is_file()} == before


def test_what_is_not_as_it_was_cannot_be_repeated(small_graded):
    student = sorted(p.name for p in (small_graded / "submitted").iterdir())[0]
    with pytest.raises(ClassError, match="'nobody' has no mark"):
        repeat(course_root(), small_graded, "nobody", LESSON)
    submitted(small_graded, student).write_text("{}")
    with pytest.raises(ClassError, match="submission is not the one"):
        repeat(course_root(), small_graded, student, LESSON)


# -------------------------------------------------------------------------------------------------- one by one, alone


def test_an_error_of_ours_costs_one_submission_only_and_is_tried_again(small):
    students = sorted(p.name for p in (small / "submitted").iterdir())

    def judge(job):
        if len(crew.jobs) == 2:
            raise RuntimeError("the grader broke")
        return judge_of("passed")(job)

    crew = Here(judge)
    rows = grade_class(course_root(), small, workers=crew)
    assert [r.state == "failed" for r in rows] == [False, True, False]
    assert "the grader broke" in rows[1].reason
    assert "Traceback" in (small / "failures.log").read_text()
    grades.write_grades(small / "grades.csv", rows)
    rows = grade_class(course_root(), small, workers=crew)
    assert [r.student for r in rows if r.fresh] == [students[1]]


def test_a_gradebook_out_of_reach_ends_the_run_and_the_next_goes_on(small, monkeypatch):
    def lost(*args, **how):
        raise DatabaseError("no PostgreSQL server answers")

    with monkeypatch.context() as patched, pytest.raises(DatabaseError):
        patched.setattr(Book, "record_all", lost)
        grade_class(course_root(), small, workers=(crew := Here(judge_of("passed"))))
    assert len(crew.jobs) == 1
    assert not (small / "failures.log").exists()
    rows = grade_class(course_root(), small, workers=Here(judge_of("passed")))
    assert [row.state for row in rows if row.state == "failed"] == []


def test_a_full_disk_is_one_sentence(small, monkeypatch):
    def full(*args, **how):
        raise OSError(28, "No space left on device")

    def judge(job):
        monkeypatch.setattr(Journal, "append_all", full)
        return judge_of("passed")(job)

    with pytest.raises(ClassError, match="No space left on device"):
        grade_class(course_root(), small, workers=Here(judge))


def test_check_given_another_meaning_earns_nothing(small, workers):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]
    for place in (small / "submitted").iterdir():
        if place.name != student:
            shutil.rmtree(place)
    notebook = nbformat.read(small / "release" / LESSON / f"{LESSON}.ipynb", 4)
    first = next(i for i, c in enumerate(notebook.cells) if "nbgrader" in c.metadata)
    notebook.cells.insert(first, nbformat.v4.new_code_cell("def check(f):\n    pass"))
    nbformat.write(notebook, submitted(small, student))
    (row,) = grade_class(course_root(), small, options=Options(LIMITS), workers=workers)
    assert row.mark.score == 0
    assert {verdict["state"] for verdict in row.verdicts.values()} == {"todo"}, "the course's own check was called"


def test_a_lesson_that_the_course_does_not_have(small):
    place = small / "submitted" / "Ng, Mei"
    shutil.copytree(small / "submitted" / "-Dash" / LESSON, place / "99_none", dirs_exist_ok=True)
    rows = grade_class(course_root(), small, lessons=["99_none"], workers=Here(nobody))
    assert [(r.state, r.mark) for r in rows] == [("wrong lesson", None)]
    grades.write_grades(small / "grades.csv", rows)
    grades.summary(rows)


def test_side_files_lie_beside_the_notebook_and_a_time_is_pinned(small):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]
    place = submitted(small, student).parent
    (place / "mine.csv").write_text("1")
    (place / "secret").symlink_to("/etc/hostname")
    (place / "timestamp.txt").write_text("yesterday, I think")
    crew = Here(judge_of("passed"))
    rows = grade_class(course_root(), small, workers=crew)
    assert crew.jobs[0].files == {"mine.csv": b"1"}
    assert rows[0].time_from == "the file's own time"
    assert "was not a time" in rows[0].reason
    assert (small / "autograded" / student / LESSON / "mine.csv").read_text() == "1"
    assert grade_class(course_root(), small, workers=Here(nobody))[0].time_from == "the file's own time"


def test_a_linked_submission_ends_in_a_named_state_each_time(small, tmp_path):
    student = sorted(p.name for p in (small / "submitted").iterdir())[0]
    place = submitted(small, student).parent
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    for fresh in (True, False):
        row = next(r for r in grade_class(course_root(), small, workers=Here()) if r.student == student)
        assert (row.state, row.fresh, row.mark.score) == ("missing notebook", fresh, 0)
        assert "symbolic link" in row.reason


def test_grades_of_one_lesson_stand_among_those_of_the_others(tmp_path):
    folder = tmp_path / "class"
    make_class(course_root(), folder, students=2, lessons=["00", "03"])
    grade_class(course_root(), folder, workers=Here(judge_of("passed")))
    written = []
    for more in ([], ["--lesson", "03"]):
        assert CliRunner().invoke(cli.app, ["grade", str(folder), *more]).exit_code == 0
        written.append((folder / "grades.csv").read_text())
    assert written[0] == written[1] and written[0].count("00_start_here") == 2


def test_no_submissions_is_one_sentence(tmp_path):
    (tmp_path / "submitted").mkdir()
    with pytest.raises(ClassError, match="no submissions"):
        grade_class(course_root(), tmp_path)


def test_two_runs_at_once_are_refused(small):
    def judge(job):
        with pytest.raises(ClassError, match="another run"):
            grade_class(course_root(), small)
        return judge_of("passed")(job)

    assert len(grade_class(course_root(), small, workers=Here(judge))) == 3
    assert not (small / "failures.log").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grade", "nowhere"], "does not exist"),
        (["grade", ".", "--due", "tomorrow"], "is not a time"),
        (["grade", ".", "--lesson", "77"], "no lesson begins with"),
        (["formgrader", "nowhere"], "does not exist"),
        (["class", "demo", "."], "already exists"),
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


# ------------------------------------------------------------------------------------------------------ on the terminal


def command(*arguments):
    return [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)]


@pytest.mark.system
def test_without_a_sandbox_the_terminal_and_the_grades_say_so_loudly(small):
    done = subprocess.run(command("grade", small, "--no-sandbox", "--workers", 1), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("NO SANDBOX") == 2
    assert "Report: " in done.stdout and (small / "report.html").exists()
    with (small / "grades.csv").open(newline="") as f:
        assert {line["sandbox"] for line in csv.DictReader(f)} == {"NO"}


@pytest.mark.system
def test_control_c_ends_the_run_and_keeps_what_was_done(small, graded):
    run = subprocess.Popen(command("grade", small, "--workers", 1), stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not entries(small) and run.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    told, _ = run.communicate(timeout=60)
    done = len(entries(small))
    if run.returncode:  # it may have been done in that very moment
        assert run.returncode == 130 and "run the same command to continue" in told
    assert done
    rows = grade_class(course_root(), small)
    assert sum(not row.fresh for row in rows) == done
    assert marks(small) == {k: v for k, v in marks(graded[0]).items() if (small / "submitted" / k[0]).exists()}


@pytest.mark.system
def test_repeat_prints_what_came_out(small_graded):
    student = sorted(p.name for p in (small_graded / "submitted").iterdir())[1]
    done = subprocess.run(
        command("repeat", small_graded, "--student", student, "--lesson", "03"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The same result as then" in done.stdout and "`sigmoid`" in done.stdout
