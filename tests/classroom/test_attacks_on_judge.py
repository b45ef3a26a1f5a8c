"""Attacks on the judge's own process, in several lessons: they gain nothing, and harm no later submission."""

import json

import nbformat
import pytest

from grader.authoring.lessons import known_lessons
from grader.base.limits import MB, Limits
from grader.base.paths import course_root
from grader.classroom import attempts, pool
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import STATES, Options, grade_class
from grader.classroom.jobs import Job
from grader.exercises import bank
from grader.judge import sandbox
from tests.support import attacks_on_judge
from tests.support.attempting import attempt
from tests.support.honest import Desk
from tests.support.witnesses import WitnessedWorker, faults

ATTACKS = attacks_on_judge.ATTACKS
LESSONS = sorted({attack.lesson for attack in ATTACKS.values()})
LIMITS = Limits(cell=15, notebook=100, cpu=60, memory=1200 * MB, disk=100 * MB)

pytestmark = [pytest.mark.system, pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))]


def attacked(desk, attack):
    """A Paper of the lesson with a hostile cell, and wrong answers."""
    paper = desk.untouched()
    for name, exercise in desk.exercises.items():
        head = f"class {name}:\n    def __init__" if exercise.use and name[0].isupper() else f"def {name}"
        paper.answer(name, f"{head}(*args, **kwargs):\n    {attack.answer}\n", False)
    cells = paper.notebook.cells
    place = next(i for i, c in enumerate(cells) if "import gru_ref" in c.source or "from gru_ref" in c.source)
    cells.insert(place + 1, nbformat.v4.new_code_cell(attack.cell, id="hostile"))
    return paper


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class graded twice; rows by run and student."""
    root = tmp_path_factory.mktemp("judge") / "class"
    root.mkdir()
    folder = ClassFolder(root)
    desks = {name: Desk(folder, name) for name in LESSONS}
    for name, attack in ATTACKS.items():
        desks[attack.lesson].submission(name, json.dumps(attacked(desks[attack.lesson], attack).notebook))
    for name, desk in desks.items():
        desk.submission(f"honest {name}", json.dumps(desk.solved().notebook))
    runs = []
    for again in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "Worker", WitnessedWorker if not again else pool.Worker)
            crew = pool.Pool(2)
        with crew:
            rows = grade_class(course_root(), root, options=Options(limits=LIMITS), workers=crew, again=again)
        runs.append({row.student: row for row in rows})
    return runs


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_gained_in_either_run(graded, name):
    for rows in graded:
        row = rows[name]
        assert row.state in STATES and row.state != "failed", row.reason
        assert row.mark.score == 0, (row.state, row.reason, row.verdicts)
        assert not any(v["state"] == "passed" for v in row.verdicts.values())


@pytest.mark.parametrize("lesson", LESSONS)
def test_honest_work_among_them_keeps_its_marks_in_both_runs(graded, lesson):
    for rows in graded:
        row = rows[f"honest {lesson}"]
        assert row.state == "graded" and all(v["state"] == "passed" for v in row.verdicts.values())
    assert graded[1][f"honest {lesson}"].changed == ""


def test_after_each_the_same_worker_gives_right_answers_all_marks_and_empty_ones_none(graded):
    told = {student: WitnessedWorker.seen[student] for student in graded[0]}
    assert {student: found for student, (found, _) in told.items() if found} == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ATTACKS)
def test_after_each_one_worker_judges_every_lesson_right(name, tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_WARM", len(bank()) + 1)
    desk = Desk(ClassFolder(tmp_path), ATTACKS[name].lesson)
    data = json.dumps(attacked(desk, ATTACKS[name]).notebook).encode()
    known = known_lessons(course_root())
    job = Job("hostile", desk.lesson, known, data, f"{desk.name}.ipynb", {}, b"key", LIMITS)
    attempt(job)
    assert [fault for lesson in bank() for fault in faults(attempt, lesson, limits=LIMITS)] == []
