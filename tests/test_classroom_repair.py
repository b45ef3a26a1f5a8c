"""Repairing hand-ins: nothing changes in an honest one, and whatever is broken comes back."""

import copy

import nbformat
import pytest

from grader.classroom.notebooks import grade_id
from grader.classroom.repair import defines, repair


def mark(grade, solution, name, points=None):
    found = {"grade": grade, "solution": solution, "locked": not solution, "grade_id": name, "schema_version": 3}
    return {"nbgrader": {**found, "task": False, **({"points": points} if points else {})}}


def code(text, id, metadata=None):
    return nbformat.v4.new_code_cell(text, id=id, metadata=metadata or {})


@pytest.fixture
def pristine():
    stub = "def {0}(x):\n    raise NotImplementedError"
    cells = [
        nbformat.v4.new_markdown_cell("# Lesson", id="cell-00"),
        code("from grader import check", "cell-01"),
        code(stub.format("double"), "double", mark(False, True, "double")),
        code("check(double)", "check_double", mark(True, False, "check_double", 2)),
        code(stub.format("triple"), "triple", mark(False, True, "triple")),
        code("check(triple)", "check_triple", mark(True, False, "check_triple", 3)),
        nbformat.v4.new_markdown_cell("Why? *Answer*", id="why", metadata=mark(True, True, "why", 1)),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def honest(pristine):
    """Answered, with an edited example and a cell of the learner's own."""
    notebook = copy.deepcopy(pristine)
    notebook.cells[1].source += "\nimport math"
    cell(notebook, "double").source = "def double(x):\n    return 2 * x"
    cell(notebook, "triple").source = "def triple(x):\n    return 3 * x"
    cell(notebook, "why").source = "Why? Because."
    notebook.cells.insert(3, code("double(4)", "mine"))
    return notebook


def cell(notebook, name):
    return next(c for c in notebook.cells if grade_id(c) == name)


def order(notebook):
    return [grade_id(c) or c.source for c in notebook.cells]


def sources(notebook):
    return [c.source for c in notebook.cells]


def test_an_honest_notebook_is_left_as_it_is(honest, pristine):
    repaired = repair(honest, pristine)
    assert repaired.changes == ()
    assert not repaired.blank
    assert repaired.notebook.cells == honest.cells


def test_the_untouched_notebook_is_blank(pristine):
    repaired = repair(pristine, pristine)
    assert repaired.blank
    assert repaired.changes == ()


@pytest.mark.parametrize("name", ["check_double", "check_triple"])
def test_a_deleted_check_comes_back_behind_its_answer(honest, pristine, name):
    honest.cells.remove(cell(honest, name))
    repaired = repair(honest, pristine)
    names = order(repaired.notebook)
    assert names.index(name) == names.index(name.removeprefix("check_")) + 1
    assert cell(repaired.notebook, name) == cell(pristine, name)
    assert repaired.changes == (f"the locked cell {name} was missing",)


def test_a_doubled_check_stands_once(honest, pristine):
    honest.cells.insert(5, copy.deepcopy(cell(honest, "check_double")))
    repaired = repair(honest, pristine)
    assert order(repaired.notebook).count("check_double") == 1
    assert "2 times" in repaired.changes[0]


def test_the_last_edited_copy_of_an_answer_counts_and_its_check_follows_it(honest, pristine):
    better = copy.deepcopy(cell(honest, "double"))
    better.source = "def double(x):\n    return x + x"
    untouched = copy.deepcopy(cell(pristine, "double"))
    honest.cells += [better, untouched]
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "double").source == better.source
    assert untouched.source not in sources(repaired.notebook)  # it would undo the answer
    names = order(repaired.notebook)
    assert names.index("check_double") > names.index("double")
    assert "def double(x):\n    return 2 * x" in names  # the earlier try stays, as an ordinary cell


def test_an_answer_written_elsewhere_takes_the_deleted_cells_place(honest, pristine):
    answer = cell(honest, "triple")
    honest.cells.remove(answer)
    honest.cells.append(code(answer.source, "elsewhere"))
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple").source == answer.source
    assert order(repaired.notebook)[-2:] == ["triple", "check_triple"]


def test_one_cell_with_every_answer(honest, pristine):
    both = "\n\n\n".join(cell(honest, name).source for name in ("double", "triple"))
    honest.cells = [c for c in honest.cells if grade_id(c) not in ("double", "triple", "check_double", "check_triple")]
    honest.cells.append(code(both, "all"))
    repaired = repair(honest, pristine)
    after = sources(repaired.notebook)
    assert after.count(both) == 1
    assert {"check(double)", "check(triple)"} <= set(after[after.index(both) + 1 :])
    assert not any("NotImplementedError" in source for source in after)


def test_an_answer_that_is_nowhere_comes_back_as_its_stub(honest, pristine):
    honest.cells.remove(cell(honest, "triple"))
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple") == cell(pristine, "triple")
    names = order(repaired.notebook)
    assert names.index("triple") < names.index("check_triple")


def test_locked_cells_are_restored(honest, pristine):
    check = cell(honest, "check_double")
    check.source = "pass"
    check.metadata.nbgrader.points = 100
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "check_double") == cell(pristine, "check_double")
    assert repaired.changes == ("the locked cell check_double was edited",)


def test_a_changed_cell_type_is_restored_with_its_text(honest, pristine):
    number = honest.cells.index(cell(honest, "why"))
    honest.cells[number] = code("Because.", "why", cell(honest, "why").metadata)
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "why").cell_type == "markdown"
    assert cell(repaired.notebook, "why").source == "Because."


def test_stripped_metadata_are_recovered(honest, pristine):
    for c in honest.cells:
        c.metadata.pop("nbgrader", None)
    repaired = repair(honest, pristine)
    assert [grade_id(c) for c in repaired.notebook.cells] == [
        None, None, "double", None, "check_double", "triple", "check_triple", "why",
    ]  # fmt: skip
    assert cell(repaired.notebook, "triple").source == "def triple(x):\n    return 3 * x"


def test_stripped_metadata_and_ids_are_recovered(honest, pristine):
    for number, c in enumerate(honest.cells):
        c.metadata.pop("nbgrader", None)
        c.id = f"new-{number}"
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple").source == "def triple(x):\n    return 3 * x"
    assert cell(repaired.notebook, "check_triple")
    assert order(repaired.notebook).index("check_triple") > order(repaired.notebook).index("triple")


def test_deleted_imports_come_back(honest, pristine):
    del honest.cells[1]
    repaired = repair(honest, pristine)
    assert sources(repaired.notebook)[1] == "from grader import check"


def test_foreign_marks_are_dropped_and_ids_are_unique(honest, pristine):
    honest.cells.append(code("1", "mine", mark(True, False, "of_another_lesson", 50)))
    repaired = repair(honest, pristine)
    assert {grade_id(c) for c in repaired.notebook.cells} == {grade_id(c) for c in pristine.cells}
    ids = [c.id for c in repaired.notebook.cells]
    assert len(set(ids)) == len(ids)
    nbformat.validate(repaired.notebook)


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("def f(x):\n    return x", True),
        ("f = lambda x: x", True),
        ("a, f = 1, 2", True),
        ("class f:\n    pass", True),
        ("%timeit 1\ndef f(x): return x", True),
        ("def g(x):\n    f = 1", False),
        ("print(f(1))", False),
        ("f(1) == 2", False),
    ],
)
def test_what_defines_a_function(text, yes):
    assert defines(code(text, "x"), "f") is yes
