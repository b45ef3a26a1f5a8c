"""A hostile class: every attack of `tests/support/attacks.py`, graded in one run among honest submissions."""

import dataclasses
import json
import os
import socket
import threading
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.authoring.source import read_lesson
from grader.base.files import write_atomically
from grader.base.limits import MB, Limits
from grader.base.paths import course_root
from grader.classroom import pool
from grader.classroom.demo import Paper
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import STATES, Options, grade_class
from grader.classroom.preparation import enter_lesson
from grader.exercises import bank
from grader.judge import sandbox
from grader.notebook.reading import grade_id
from tests.support import attacks
from tests.support.witnesses import WellTravelledWorker

LESSON = "03_gates"
LIMITS = Limits(cell=4, notebook=25, cpu=25, memory=900 * MB, disk=100 * MB)
HONEST = ("Aaron honest", "Mia honest", "Zoe honest")
FULL = 8  # what the four checks are worth together

pytestmark = [pytest.mark.system, pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))]


class Listener:
    """Something on this machine that no submission may reach: TCP, an abstract and a named Unix socket; counts who came."""

    def __init__(self, folder):
        self.came, self.path = [], str(folder / "listener")
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        unix = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for s, address in zip(unix, ("\0gru-course-test", self.path), strict=True):
            s.bind(address)
            s.listen()
        for s in (tcp, *unix):
            threading.Thread(target=self._accept, args=(s,), daemon=True).start()

    def _accept(self, s):
        while True:
            self.came.append(s.accept()[1])


@dataclasses.dataclass
class Graded:
    folder: Path
    rows: dict
    listener: Listener

    def outputs(self, student):
        notebook = nbformat.read(self.folder / "autograded" / student / LESSON / f"{LESSON}.ipynb", as_version=4)
        return json.dumps([c.get("outputs") for c in notebook.cells], ensure_ascii=False)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile") / "class"
    root.mkdir()
    listener = Listener(root.parent)
    folder = ClassFolder(root)
    lesson = enter_lesson(folder, course_root(), LESSON)
    source = read_lesson(course_root() / "solutions" / f"{LESSON}.py")
    right = {c.markers["solution"]: c.text for c in source.cells if "solution" in c.markers}
    points = {f"check_{c.markers['check']}": c.markers["points"] for c in source.cells if "check" in c.markers}

    def submission(student, answers, cell=None, after=None, files=(), forge=None):
        paper = Paper(lesson.pristine, points)
        for name, text in answers.items():
            paper.answer(name, text, False)
        if cell:
            cells = paper.notebook.cells
            place = next(
                i for i, c in enumerate(cells) if (grade_id(c) == after if after else "import gru_ref" in c.source)
            )
            cells.insert(place + 1, nbformat.v4.new_code_cell(cell, id="hostile"))
        if forge:
            forge(paper)
        place = folder.submitted(student, LESSON)
        write_atomically(place / f"{LESSON}.ipynb", json.dumps(paper.notebook))
        for name, content in dict(files).items():
            write_atomically(place / name, content)

    for student in HONEST:
        submission(student, right)
    for name, attack in attacks.GAIN.items():
        submission(f"gain {name}", attack.answers, attack.cell or None, files=attack.files)
    for name, attack in attacks.HARM.items():
        cell = attack.cell.replace("{port}", str(listener.port)).replace("{socket}", listener.path)
        submission(f"harm {name}", right, cell, after="check_gate")
    for name, forge in attacks.FORGED.items():
        submission(f"forged {name}", {}, forge=forge)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "Worker", WellTravelledWorker)
        crew = pool.Pool(2)
    with crew:
        rows = grade_class(course_root(), root, options=Options(limits=LIMITS), workers=crew)
    return Graded(root, {row.student: row for row in rows}, listener)


def test_after_each_attack_the_same_worker_gives_right_answers_all_marks_and_empty_ones_none(graded):
    assert set(WellTravelledWorker.seen) == set(graded.rows)
    assert {student: faults for student, (faults, _) in WellTravelledWorker.seen.items() if faults} == {}
    assert {name for _, lessons in WellTravelledWorker.seen.values() for name in lessons} == set(bank())


@pytest.mark.parametrize("student", HONEST)
def test_honest_work_among_attackers_keeps_its_marks(graded, student):
    row = graded.rows[student]
    assert (row.state, row.mark.score) == ("graded", FULL)


@pytest.mark.parametrize("name", attacks.GAIN)
def test_no_mark_is_gained(graded, name):
    row = graded.rows[f"gain {name}"]
    assert row.mark.score == 0
    assert row.state in (*attacks.GAIN[name].states, "blank")
    assert not any(v["state"] == "passed" for v in row.verdicts.values())


@pytest.mark.parametrize("name", attacks.HARM)
def test_a_hostile_cell_costs_nothing_but_itself(graded, name):
    row = graded.rows[f"harm {name}"]
    assert row.state in attacks.HARM[name].states, row.reason
    assert row.mark.score == FULL, row.reason
    assert row.state == "graded" or row.reason
    outputs = graded.outputs(row.student)
    assert "REACHED" not in outputs
    assert "LEFT" not in outputs


@pytest.mark.parametrize("name", attacks.FORGED)
def test_a_forged_notebook_gets_no_mark(graded, name):
    row = graded.rows[f"forged {name}"]
    assert row.mark.score == 0
    assert row.mark.max_score == 10
    assert row.state in STATES


def test_everybody_ends_in_a_named_state(graded):
    assert {row.state for row in graded.rows.values()} <= set(STATES) - {"failed"}
    assert len(graded.rows) == len(HONEST) + len(attacks.GAIN) + len(attacks.HARM) + len(attacks.FORGED)


def test_the_gradebook_holds_nothing_that_was_not_judged(graded):
    with Gradebook(f"sqlite:///{graded.folder}/gradebook.db") as gb:
        assert {s.id for s in gb.students} == set(graded.rows)
        assert not [
            g for s in gb.students for n in s.submissions for b in n.notebooks for g in b.grades if g.extra_credit
        ]
        for student, row in graded.rows.items():
            assert gb.find_submission(LESSON, student).score == row.mark.score


def test_nobody_reached_the_network(graded):
    assert graded.listener.came == []


def test_nothing_of_the_course_was_to_be_seen(graded):
    key = (graded.folder / "course.key").read_text().strip()
    for student in graded.rows:
        outputs = graded.outputs(student)
        for secret in (key, str(graded.folder), str(course_root()), "truth.json", "journal.jsonl", "W_iz, p.W_hz"):
            assert secret not in outputs, student


def test_outputs_hold_no_code_for_a_browser_or_terminal(graded):
    outputs = graded.outputs("harm escape codes and pages among the outputs")
    for trace in ("__pwned = 1</script>", "<svg", "javascript:", "\\u001b]", "\\u001b[2J", "\\u202e", "\\ud800"):
        assert trace not in outputs


def test_no_process_is_left(graded):
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        assert b"HAUNTING" not in command


def test_no_file_is_left(graded):
    for place in ("/tmp/haunted", "/tmp/a", "/dev/shm/a", "/tmp/f1"):
        assert not os.path.exists(place)
