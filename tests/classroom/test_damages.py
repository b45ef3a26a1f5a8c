"""A damaged submission is graded as far as possible, and a person is asked wherever the damage may cost points."""

import copy

import nbformat
import pytest

from grader.authoring.building import write_notebook
from grader.base.paths import course_root
from grader.classroom.grading import NEED_A_PERSON, grade_class
from grader.classroom.preparation import prepare_class
from grader.judge import sandbox
from grader.notebook.reading import grade_id

pytestmark = pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))

LESSON, OTHER, QUESTION = "03_gates", "04_candidate_and_blend", "why_two_gates"
FULL = 8
ANSWERS = {
    "sigmoid": "def sigmoid(a):\n    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1, e) / (1 + e)",
    "gate": "def gate(x, h, W, U, b_i, b_h):\n    return sigmoid(x @ W.T + b_i + h @ U.T + b_h)",
    "reset_gate": "def reset_gate(x, h, p):\n    return gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)",
    "update_gate": "def update_gate(x, h, p):\n    return gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)",
}


def code(source, id="mine"):
    return nbformat.v4.new_code_cell(source, id=id)


def at(notebook, name):
    return next(n for n, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def put(source, before):
    """A cell of the student's own before a marked one."""
    return lambda notebook, _: notebook.cells.insert(at(notebook, before), code(source))


def answer(name, source):
    def change(notebook, _):
        notebook.cells[at(notebook, name)].source = source

    return change


def words_below(notebook, _):
    notebook.cells.insert(at(notebook, QUESTION) + 1, nbformat.v4.new_markdown_cell("One reads, one keeps.", id="mine"))


def both_lessons(notebook, other):
    for number, cell in enumerate(other.cells):
        cell.id = f"other-{number}"
    notebook.cells += other.cells


def the_other_lesson(notebook, other):
    notebook.cells = [
        *other.cells,
        notebook.cells[at(notebook, "sigmoid")],
        notebook.cells[at(notebook, "check_sigmoid")],
    ]


def answers_alone(notebook, _):
    notebook.cells = [code("\n\n\n".join(ANSWERS.values()))]


def one_answer(notebook, _):
    notebook.cells = [code("import numpy as np"), code(ANSWERS["sigmoid"], "mine-2")]


def last_years_marks(notebook, _):
    for number, cell in enumerate(notebook.cells):
        cell.id = f"old-{number}"
        if grade_id(cell):
            cell.metadata.nbgrader.grade_id += "_2019"


# What was done: the state, the points, and what the reason says.
DAMAGES = {
    "nothing": (lambda notebook, other: None, "graded", FULL, ""),
    "own check": (put("def check(f):\n    print(f)", "sigmoid"), "graded", FULL, ""),
    "check is a number": (put("check = 3", "check_gate"), "graded", FULL, ""),
    "no check": (put("del check", "check_sigmoid"), "graded", FULL, ""),
    "a check in the answer": (answer("gate", ANSWERS["gate"] + "\n\ndef check(*a):\n    pass"), "graded", FULL, ""),
    "no Python": (
        answer("update_gate", "def update_gate(x, h, p)\n    return 0"),
        "unclear",
        6,
        "update_gate: SyntaxError in its answer",
    ),
    "an alias": (answer("update_gate", "update_gate = reset_gate"), "unclear", 6, "judged no answer of that name"),
    "a name used again": (put("update_gate = 3", "check_update_gate"), "unclear", 6, "defines update_gate again"),
    "words below": (words_below, "repaired", FULL, "text below the question"),
    "two lessons": (both_lessons, "repaired", FULL, f"belong to {OTHER}"),
    "the other lesson": (the_other_lesson, "wrong lesson", 0, f"those of {OTHER}"),
    "answers alone": (answers_alone, "repaired", FULL, f"only the answers of {LESSON}"),
    "one answer": (one_answer, "wrong lesson", 0, "too little"),
    "last year's marks": (last_years_marks, "repaired", FULL, f"the marks of cell {QUESTION} were missing"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of which each student's notebook has one damage: its rows by student."""
    folder = tmp_path_factory.mktemp("damages") / "class"
    prepare_class(course_root(), folder, [LESSON[:2], OTHER[:2]])
    pristine, other = (nbformat.read(folder / "release" / name / f"{name}.ipynb", 4) for name in (LESSON, OTHER))
    for student, (damage, *_) in DAMAGES.items():
        notebook = copy.deepcopy(pristine)
        for name, text in ANSWERS.items():
            notebook.cells[at(notebook, name)].source = text
        damage(notebook, copy.deepcopy(other))
        write_notebook(notebook, folder / "submitted" / student / LESSON / f"{LESSON}.ipynb")
    return {row.student: row for row in grade_class(course_root(), folder)}


@pytest.mark.parametrize("student", DAMAGES)
def test_a_damaged_notebook_has_its_state_its_points_and_a_reason(graded, student):
    _, state, points, reason = DAMAGES[student]
    row = graded[student]
    assert (row.state, row.mark.score) == (state, points), row.reason
    assert reason in row.reason
    assert row.mark.score == FULL or row.state in NEED_A_PERSON
    assert row.mark.needs_manual_grade == (student == "words below")
