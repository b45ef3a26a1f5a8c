"""Results that are written together: whatever happens to one of them, or at any instant, all come to what they would alone."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook

from grader.base.paths import course_root
from grader.classroom.anything_new import anything_new
from grader.classroom.class_report import write_report
from grader.classroom.database import Database
from grader.classroom.demo import DUE, make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.grading import grade_class
from grader.classroom.jobs import Judged
from grader.classroom.journal import Journal
from grader.classroom.scheduler import Died, judge_in_batches
from grader.classroom.seeds import course_key
from grader.classroom.writing import Writer
from tests.support.books import everything
from tests.support.crews import Here, judge_of, nobody

LESSON = "03_gates"
STUDENTS = 4
PLUGIN = """
from nbgrader.plugins import BasePlugin


class Odd(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        if student_id == {student!r}:
            raise RuntimeError("the plugin broke")
        return 1.0


c.AssignLatePenalties.plugin_class = Odd
"""


class Together(Here):
    """All results are there at once, so that they are written in one batch."""

    ahead = STUDENTS


class Killed(BaseException):
    """Ends a run at once, as a kill does."""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A class that was not graded yet, with its key."""
    folder = tmp_path_factory.mktemp("class") / "class"
    make_class(course_root(), folder, STUDENTS, ["03"], seed=1)
    course_key(ClassFolder(folder))
    return folder


@pytest.fixture
def copy(fresh, tmp_path):
    """Makes copies of it."""

    def made(name):
        shutil.copytree(fresh, tmp_path / name)
        return tmp_path / name

    return made


def students(folder):
    return sorted(place.name for place in (folder / "submitted").iterdir())


def outcome(folder):
    """All that a run leaves behind, but for times."""
    entries = {}
    for line in (folder / "journal.jsonl").read_text().splitlines():
        entry = {k: v for k, v in json.loads(line).items() if k not in ("time", "fingerprint")}
        entries[entry["event"], entry.get("student"), entry.get("lesson")] = entry
    files = {
        path.relative_to(folder): path.read_bytes()
        for step in ("autograded", "feedback")
        for path in (folder / step).rglob("*")
        if path.is_file()
    }
    return everything(f"sqlite:///{folder}/gradebook.db"), entries, files


def grade(folder, crew, **how):
    return {row.student: row for row in grade_class(course_root(), folder, workers=crew, **how)}


# ------------------------------------------------------------------------------------------------------ one of several


def test_together_they_come_to_what_they_come_to_one_by_one(copy):
    alone, together = copy("alone"), copy("together")
    for folder, crew in ((alone, Here), (together, Together)):
        grade(folder, crew(judge_of("passed", gate="failed")))
    assert outcome(together) == outcome(alone)


def test_a_result_that_cannot_be_entered_costs_no_other_one_its_marks(copy):
    folder = copy("class")
    victim = students(folder)[1]

    def judge(job):
        found = judge_of("passed")(job)
        return found if job.student != victim else Judged(**{**vars(found), "scores": {"no_such_cell": 1.0}})

    rows = grade(folder, Together(judge))
    assert {student for student, row in rows.items() if row.state == "failed"} == {victim}
    assert "no_such_cell" in rows[victim].reason
    assert all(row.mark.score > 0 for student, row in rows.items() if student != victim)
    again = grade(folder, Together(judge_of("passed")))
    assert {student for student, row in again.items() if row.fresh} == {victim}
    assert again[victim].mark.score > 0


def test_an_instructors_plugin_that_fails_for_one_costs_no_other_one_its_marks(copy):
    folder = copy("class")
    victim = students(folder)[2]
    with (folder / "nbgrader_config.py").open("a") as f:
        f.write(PLUGIN.format(student=victim))
    long_ago = DUE.replace(year=DUE.year - 1)  # all are late
    for _ in ("judged", "graded before"):
        rows = grade(folder, Together(judge_of("passed")), due=long_ago)
        assert {student for student, row in rows.items() if row.state == "failed"} == {victim}
        assert {row.mark.late_penalty for student, row in rows.items() if student != victim} == {1.0}


def test_a_batch_is_one_transaction(copy, monkeypatch):
    folder, count = copy("class"), []
    transaction = Database.transaction
    monkeypatch.setattr(Database, "transaction", lambda self, work: count.append(1) or transaction(self, work))
    with Book(ClassFolder(folder)):
        opened = len(count)
    grade(folder, Here(judge_of("passed")))
    one_by_one = len(count) - opened
    other = copy("other")
    count.clear()
    grade(other, Together(judge_of("passed")))
    assert one_by_one - (len(count) - opened) >= STUDENTS - 1 - opened


# ----------------------------------------------------------------------------------------------------- at any instant


STEPS = [
    pytest.param(owner, name, after, marks=[pytest.mark.system] if after else [])
    for owner, name in ((Journal, "append_all"), (Writer, "_write_autograded"), (Book, "record_all"), (os, "replace"))
    for after in (False, True)
]


@pytest.mark.parametrize(("owner", "name", "after"), STEPS)
def test_a_run_killed_at_any_step_goes_on_to_the_same_end(copy, monkeypatch, owner, name, after):
    undisturbed, original = copy("undisturbed"), getattr(owner, name)
    grade(undisturbed, Together(judge_of("passed", gate="failed")))
    wanted, victim, finished = outcome(undisturbed), 0, False
    while not finished:
        victim, calls = victim + 1, []

        def killed(*args, calls=calls, victim=victim, **how):
            calls.append(1)
            found = original(*args, **how) if after or len(calls) != victim else None
            if len(calls) == victim:
                raise Killed
            return found

        folder = copy(f"killed {victim}")
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, killed)
            try:
                grade(folder, Together(judge_of("passed", gate="failed")))
                finished = True
            except Killed:
                pass
        grade(folder, Together(judge_of("passed", gate="failed")))
        assert outcome(folder) == wanted, f"{name}, call {victim}"
    assert victim > 1


# -------------------------------------------------------------------------------------------------------- the batches


class Scripted:
    """Workers whose results come when the script says so: a name, None for a wait that was too long, "name died"."""

    def __init__(self, script, ahead=3):
        self.script, self.ahead, self.tasks, self.patience = list(script), ahead, {}, []

    def send(self, task):
        self.tasks[task.tag] = task

    def receive(self, seconds=None):
        self.patience.append(seconds)
        name = self.script.pop(0)
        if name is None:
            assert seconds is not None, "nothing is waited for without end while there is something to write"
            return None, None
        name, _, died = name.partition(" ")
        return self.tasks[name], Died("it died") if died else name.upper()


def batches(crew, names, most, seconds=10.0):
    found = judge_in_batches(crew, ((name, None) for name in names), most, seconds)
    return ["".join(tag for tag, _ in batch) for batch in found]


def test_a_batch_is_what_comes_before_the_wait_is_over():
    assert batches(Scripted(["a", "b", None, "c", "d"], ahead=4), "abcd", 9) == ["ab", "cd"]
    assert batches(Scripted("cabd"), "abcd", 9) == ["cabd"]


def test_a_batch_has_no_more_than_it_should_and_the_last_one_does_not_wait():
    crew = Scripted("abcde")
    assert batches(crew, "abcde", 2) == ["ab", "cd", "e"]
    assert crew.patience[::2] == [None] * 3


def test_whoever_died_is_judged_again_while_others_are_written():
    assert batches(Scripted(["a", "b died", None, "c", "b died", "b"]), "abc", 9) == ["a", "c", "b"]


def test_without_patience_a_batch_is_one_result():
    assert batches(Scripted("abcd"), "abcd", 9, 0.0) == ["a", "b", "c", "d"]


# --------------------------------------------------------------------------------------------------------- not at all


def test_a_class_has_something_new_until_it_is_graded_to_the_end(copy):
    folder = copy("class")
    assert anything_new(folder)
    (folder / "grades.csv").write_text("")
    assert not anything_new(folder)
    place = folder / "submitted" / "Somebody Else" / LESSON
    shutil.copytree(folder / "submitted" / students(folder)[0] / LESSON, place)  # with its times, as from a download
    assert anything_new(folder)
    assert anything_new(folder / "no such folder")


def test_a_report_stays_as_it_is_until_it_has_more_to_say(copy):
    folder = copy("class")
    grade(folder, Together(judge_of("passed")))
    write_report(folder).write_text(first := write_report(folder).read_text().replace("Class report", "As it was"))
    rows = grade_class(course_root(), folder, workers=Here(nobody))
    assert write_report(folder, rows).read_text() == first, "nothing has changed, whoever asks"
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gb:
        gb.find_submission_notebook(LESSON, LESSON, students(folder)[0]).grades[0].extra_credit = 1
        gb.db.commit()
    second = write_report(folder).read_text()
    assert "As it was" not in second and second != first
    grade(folder, Together(judge_of("passed", gate="failed")), again=True)
    assert write_report(folder).read_text() != second
    assert "As it was" not in write_report(folder, now=datetime(2027, 1, 1, tzinfo=UTC)).read_text()


def test_grading_starts_no_program_for_the_gradebook(copy, monkeypatch):
    folder, started, popen = copy("class"), [], subprocess.Popen.__init__
    monkeypatch.setattr(
        subprocess.Popen,
        "__init__",
        lambda self, args, *more, **how: started.append(args) or popen(self, args, *more, **how),
    )
    for judge in (judge_of("passed"), nobody):
        grade(folder, Together(judge))
    assert not started


def test_a_page_that_is_written_again_later_is_the_same(copy):
    folder = copy("class")
    grade(folder, Together())  # a real judge: the answers are made into HTML there
    before = outcome(folder)
    shutil.rmtree(folder / "feedback")
    grade(folder, Together(nobody))
    assert outcome(folder) == before
