"""Honest work gets the same marks in the sandbox as from plain nbgrader, and its mistakes are named there, too."""

import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.authoring.building import put_environment_on_path
from grader.authoring.lessons import known_lessons
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import Options, grade_class
from grader.classroom.jobs import Job
from grader.classroom.pool import Pool, cores
from grader.classroom.scheduler import judge_all
from grader.exercises import bank
from grader.judge import sandbox
from grader.notebook.reading import grade_id
from tests.support import honest

ODD_LESSON = "03_gates"
FULL, OF_THE_CAPSTONE = 8, 2  # what the checks of a lesson are worth together; most of the last one is marked by hand
LIMITS = Limits(cell=200, notebook=900)  # on a busy machine nothing is to run out of time
# The exhaustive test judges so many of a lesson's submissions, drawn by lot; with GRU_COURSE_ROUNDS=all each of them.
ROUNDS = os.environ.get("GRU_COURSE_ROUNDS", "20")

pytestmark = [pytest.mark.system, pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))]

# `make test` grades these alone: one of functions, one of sequences and tuples, one of classes and tensors.
QUICK = ("03_gates", "07_sequences", "11_pytorch")

every_lesson = pytest.mark.parametrize("lesson", bank())
each_lesson = pytest.mark.parametrize(
    "lesson", [pytest.param(name, marks=[pytest.mark.exhaustive] * (name not in QUICK)) for name in bank()]
)
each_oddity = pytest.mark.parametrize("name", honest.ODD)


@pytest.fixture(scope="module")
def lessons(request):
    """The lessons that the tests of this run look at."""
    here = [item.callspec.params for item in request.session.items if item.path == request.path]
    return [lesson for lesson in bank() if lesson in {params.get("lesson", ODD_LESSON) for params in here}]


@pytest.fixture(scope="module")
def handed_in(lessons, tmp_path_factory):
    """A class, not graded yet: its folder, and what each exercise should come to, by student and lesson."""
    root, expected = tmp_path_factory.mktemp("honest") / "class", {}
    root.mkdir()
    folder = ClassFolder(root)
    for lesson in lessons:
        desk = honest.Desk(folder, lesson)
        papers = {"solved": desk.solved(), "untouched": desk.untouched(), "others": desk.others()}
        papers |= {f"mistaken {number}": desk.mistaken(number) for number in range(2)}
        for student, paper in papers.items():
            expected[student, lesson] = paper.expected
            desk.submission(student, nbformat.writes(paper.notebook))
        for student, odd in honest.ODD.items() if lesson == ODD_LESSON else ():
            content, expected[student, lesson] = odd.written(desk)
            desk.submission(student, content, odd.files)
    return root, expected


@pytest.fixture(scope="module")
def graded(lessons, handed_in, tmp_path_factory):
    """The class graded by the course: its gradebook's marks, its rows by student and lesson, and its folder."""
    root = shutil.copytree(handed_in[0], tmp_path_factory.mktemp("graded") / "class")
    rows = grade_class(course_root(), root, options=Options(LIMITS))
    return marks(root, *lessons), {(row.student, row.lesson): row for row in rows}, root


def marks(root, *lessons):
    """All that the gradebook holds: the scores of each cell, by student, lesson and the cell's name."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gb:
        return {
            (n.student.id, lesson, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for lesson in lessons
            for n in gb.notebook_submissions(lesson, lesson)
            for g in n.grades
        }


def found(row):
    """What a row says of each exercise, in a Paper's words: the mistake, and whether it is right."""
    return {name: (verdict["state"] == "passed", verdict["mistake"]) for name, verdict in row.verdicts.items()}


def wanted(expected):
    return {name: (entry["score"] > 0, entry["mistake"]) for name, entry in expected.items()}


@each_lesson
def test_a_solved_lesson_has_all_marks_and_an_untouched_one_none(lesson, handed_in, graded):
    _, expected = handed_in
    rows = graded[1]
    solved, untouched = rows["solved", lesson], rows["untouched", lesson]
    full = sum(entry["score"] for entry in expected["solved", lesson].values())
    assert (solved.state, solved.reason, solved.mark.score) == ("graded", "", full)
    assert (untouched.state, untouched.mark.score) == ("blank", 0)
    assert {verdict["state"] for verdict in untouched.verdicts.values()} == {"todo"}
    assert full == (OF_THE_CAPSTONE if lesson == "20_capstone" else FULL)
    failed = failed_cells(graded[2] / "autograded", lesson)
    if lesson == "11_pytorch":  # whose own classes cannot be there
        failed = [text for text in failed if not any(line in text for line in honest.WITHOUT_THE_CLASSES)]
    assert failed == meant_to_fail(handed_in[0] / "submitted", lesson)


def failed_cells(folder, lesson):
    cells = nbformat.read(folder / "solved" / lesson / f"{lesson}.ipynb", as_version=4).cells
    return [c.source for c in cells if any(o.output_type == "error" for o in c.get("outputs", ()))]


def meant_to_fail(folder, lesson):
    cells = nbformat.read(folder / "solved" / lesson / f"{lesson}.ipynb", as_version=4).cells
    return [c.source for c in cells if "raises-exception" in c.metadata.get("tags", ()) and not grade_id(c)]


@each_lesson
@pytest.mark.parametrize("student", ["others", "mistaken 0", "mistaken 1"])
def test_other_right_answers_pass_and_mistakes_are_named(lesson, student, handed_in, graded):
    _, expected = handed_in
    row = graded[1][student, lesson]
    assert (row.state, row.reason) == ("graded", "")
    assert found(row) == wanted(expected[student, lesson])
    assert row.mark.score == sum(entry["score"] for entry in expected[student, lesson].values())


@each_oddity
def test_an_odd_submission_has_its_marks(name, handed_in, graded):
    row = graded[1][name, ODD_LESSON]
    scores = {
        cell.removeprefix("check_"): score for (student, _, cell), (score, *_) in graded[0].items() if student == name
    }
    assert {e: scores[e] for e in bank()[ODD_LESSON]} == {
        e: entry["score"] for e, entry in handed_in[1][name, ODD_LESSON].items()
    }, row.verdicts
    assert (row.state, row.reason) == ("graded", "")


# ----------------------------------------------------------------------------------------------- beside plain nbgrader


@pytest.fixture(scope="module")
def plain(lessons, handed_in, tmp_path_factory):
    """The same class graded by plain nbgrader, each lesson in a folder of its own: the gradebook's marks, or the error."""
    put_environment_on_path()
    environment = {**os.environ, "GRU_COURSE_QUICK": "1", "OMP_NUM_THREADS": "1"}  # training cells as short as ours

    def autograde(lesson):
        root = shutil.copytree(handed_in[0], tmp_path_factory.mktemp("plain") / "class")
        command = [sys.executable, "-m", "nbgrader", "autograde", lesson, "--ExecutePreprocessor.timeout=300"]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        return marks(root, lesson), done.stderr[-4000:] if done.returncode else ""

    with ThreadPoolExecutor(cores()) as pool:
        return dict(zip(lessons, pool.map(autograde, lessons), strict=True))


# An untouched question whose lines end as on Windows: plain nbgrader takes it for an answer that a person has to mark.
DIFFERENT = {("Windows", ODD_LESSON, "why_two_gates")}


@pytest.mark.exhaustive
@every_lesson
def test_plain_nbgrader_gives_the_same_marks(lesson, handed_in, graded, plain):
    """Solved, untouched, other right answers, two rounds of mistakes, and in lesson 03 the odd ones."""
    theirs, error = plain[lesson]
    ours = {key: mark for key, mark in graded[0].items() if key[1] == lesson}
    assert not error
    assert {key for key in theirs | ours if theirs.get(key) != ours.get(key)} == DIFFERENT & ours.keys()
    assert {student for student, _, _ in theirs} == {student for student, of in handed_in[1] if of == lesson}


# ------------------------------------------------------------------------------------------------ every known answer


@pytest.fixture(scope="module")
def crew():
    with Pool() as pool:
        yield pool


@pytest.mark.exhaustive
@every_lesson
def test_every_known_answer_is_judged_as_the_bank_says(lesson, crew, tmp_path):
    """One submission holds one answer to each exercise; of the lesson's ordinary cells only the imports are left."""
    desk = honest.Desk(ClassFolder(tmp_path), lesson)
    papers = list(enumerate(desk.rounds()))
    if ROUNDS != "all":
        papers = random.Random(lesson).sample(papers, min(int(ROUNDS), len(papers)))
    known, limits = known_lessons(course_root()), Options(LIMITS).limits
    jobs = (
        (
            paper,
            Job("Ada", desk.lesson, known, nbformat.writes(paper.notebook).encode(), "", {}, bytes([n] * 32), limits),
        )
        for n, paper in papers
    )
    differ = {}
    for paper, judged in judge_all(crew, jobs):
        for name, entry in paper.expected.items():
            verdict = judged.verdicts[name]
            state = "passed" if entry["score"] else "failed" if entry["mistake"] else "todo"
            if (verdict["state"], verdict["mistake"]) != (state, entry["mistake"]):
                differ[name, entry["mistake"]] = verdict
    assert differ == {}
