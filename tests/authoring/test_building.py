"""Building: stubs help, nothing leaks, rebuilding changes nothing, and a learner's work is never overwritten."""

import shutil

import nbformat
import pytest

from grader.authoring.building import build, holds_work
from grader.authoring.lessons import UnknownLesson, find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root

LESSON = "03_gates"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one lesson, built."""
    root = tmp_path_factory.mktemp("course")
    (root / "solutions").mkdir()
    shutil.copy(course_root() / "solutions" / f"{LESSON}.py", root / "solutions")
    assert build(root) == []
    return root


def notebook_path(root):
    return root / "notebooks" / LESSON / f"{LESSON}.ipynb"


def test_a_rebuild_is_identical_to_the_byte(course):
    before = notebook_path(course).read_bytes()
    build(course)
    assert notebook_path(course).read_bytes() == before


def test_a_stub_names_the_exercise_and_how_to_get_help(course):
    cells = {cell.id: cell for cell in nbformat.read(notebook_path(course), as_version=4).cells}
    stub = cells["update_gate"].source
    assert "    # YOUR CODE HERE. Stuck? Run hint(update_gate)\n" in stub
    assert '    raise NotImplementedError("update_gate is yours to write")' in stub
    assert "def update_gate(x, h, p):" in stub


def test_no_solution_and_no_rubric_reaches_the_learner(course):
    text = notebook_path(course).read_text(encoding="utf-8")
    lesson = read_lesson(course / "solutions" / f"{LESSON}.py")
    for secret in (
        "BEGIN SOLUTION",
        "END SOLUTION",
        "**Rubric**",
        *(cell.rubric for cell in lesson.cells if cell.rubric),
    ):
        assert secret not in text


def test_check_cells_are_locked_and_the_points_are_ten(course):
    notebook = nbformat.read(notebook_path(course), as_version=4)
    grades = [c.metadata.nbgrader for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert sum(g.points for g in grades) == 10
    assert all(g.locked for g in grades if not g.solution)
    assert all(c.metadata.editable is False for c in notebook.cells if c.id.startswith("check_"))


def test_a_notebook_with_a_learners_work_is_left_alone(course, tmp_path):
    shutil.copytree(course, tmp_path / "c")
    path = notebook_path(tmp_path / "c")
    notebook = nbformat.read(path, as_version=4)
    next(c for c in notebook.cells if c.id == "sigmoid").source = "def sigmoid(a):\n    return a"
    nbformat.write(notebook, path)
    mine = path.read_bytes()
    assert build(tmp_path / "c") == [path]
    assert path.read_bytes() == mine
    assert build(tmp_path / "c", force=True) == []
    assert path.read_bytes() == notebook_path(course).read_bytes()


def test_what_counts_as_work(course, tmp_path):
    path = tmp_path / "n.ipynb"
    shutil.copy(notebook_path(course), path)
    assert not holds_work(path)
    path.write_text("{broken")
    assert holds_work(path)


def test_a_cell_of_the_learners_own_is_work_too(course):
    path = notebook_path(course)
    before = path.read_bytes()
    assert not holds_work(path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("my notes"))
    nbformat.write(notebook, path)
    assert holds_work(path)
    assert build(course) == [path]
    path.write_bytes(before)


def test_an_unknown_lesson_is_named(course):
    with pytest.raises(UnknownLesson, match="no lesson begins with '77'; there are 03_gates"):
        find_sources(course, ["77"])
