"""Every lesson, solved and unsolved, runs from its first cell to its last; there is no list to keep by hand."""

import re
import tomllib

import matplotlib.font_manager  # noqa: F401 (on a fresh machine it lists the fonts first, and says so on stderr)
import nbformat
import pytest

from grader.execution import run_notebook
from grader.exercises import bank
from grader.paths import course_root, find_sources
from grader.source import read_lesson
from grader.student import VERDICT_MIME

SOURCES = {path.stem: path for path in find_sources(course_root())}
GRADING = {"GRU_COURSE_GRADING": "1", "GRU_COURSE_QUICK": "1"}

each_lesson = pytest.mark.parametrize("name", SOURCES)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Executes notebooks once each: the solved one from its source, the learner's from ``notebooks/``."""
    runs = {}

    def run(name, kind):
        if (name, kind) not in runs:
            if kind == "solved":
                notebook = read_lesson(SOURCES[name]).notebook()
            else:
                notebook = nbformat.read(course_root() / "notebooks" / name / f"{name}.ipynb", as_version=4)
            runs[name, kind] = run_notebook(notebook, tmp_path_factory.mktemp(f"{name}-{kind}"), env=GRADING)
        return runs[name, kind]

    return run


def outputs(run, kind=None):
    return [o for c in run.notebook.cells if c.cell_type == "code" for o in c.outputs if kind in (None, o.output_type)]


def failing_cells(run):
    return [
        cell.id
        for cell in run.notebook.cells
        if cell.cell_type == "code"
        and "raises-exception" not in cell.metadata.get("tags", [])
        and any(o.output_type == "error" for o in cell.outputs)
    ]


def test_every_lesson_has_exercises_and_every_exercise_a_lesson():
    assert list(bank()) == list(SOURCES)


@each_lesson
def test_a_solved_lesson_runs_and_passes_every_check(executed, name):
    run = executed(name, "solved")
    assert run.state == "finished", run.reason
    assert failing_cells(run) == []
    verdicts = [o.data[VERDICT_MIME] for o in outputs(run, "display_data") if VERDICT_MIME in o.data]
    assert {v["exercise"] for v in verdicts if v["state"] == "passed"} == set(bank()[name])


@each_lesson
def test_an_unsolved_lesson_runs_and_fails_in_its_checks_alone(executed, name):
    run = executed(name, "learner's")
    assert run.state == "finished", run.reason
    assert failing_cells(run) == [f"check_{exercise}" for exercise in bank()[name]]


@each_lesson
def test_nothing_is_written_to_stderr(executed, name):
    assert [o.text for o in outputs(executed(name, "solved"), "stream") if o.name == "stderr"] == []


@each_lesson
def test_every_figure_says_in_words_what_it_shows(executed, name):
    shown = outputs(executed(name, "solved"), "display_data") + outputs(executed(name, "solved"), "execute_result")
    images = [img for o in shown for img in re.findall(r"<img[^>]*>", o.data.get("text/html", ""))]
    assert images
    assert all(re.search(r'alt="[^"]{20,}"', img) for img in images)
    assert not [o for o in shown if "image/png" in o.data and "<img" not in o.data.get("text/html", "")]


@each_lesson
def test_a_lesson_has_all_its_parts(name):
    lesson = read_lesson(SOURCES[name])
    prose = "\n".join(cell.text for cell in lesson.cells if cell.kind == "markdown")
    assert prose.count("<details>") >= 3, "three questions to test yourself"
    assert "minutes" in prose
    assert any(cell.rubric for cell in lesson.cells), "a written question with its rubric"
    if name != "00_start_here":
        assert prose.count("> **Claim") >= 1 and prose.count("> **Verdict") >= 1
    code = [cell.text for cell in lesson.cells if cell.kind == "code"]
    assert any("progress()" in text for text in code[-3:])
    assert max(len(text.splitlines()) for text in code) <= 30


@each_lesson
def test_a_rubric_gives_every_point_of_its_question(name):
    for cell in read_lesson(SOURCES[name]).cells:
        if cell.rubric:
            given = sum(int(n) for n in re.findall(r"^- (\d+) points?:", cell.rubric, re.M))
            assert given == cell.markers["points"], f"line {cell.line}"


def test_lesson_00_asks_for_the_versions_that_the_package_asks_for():
    lesson = read_lesson(SOURCES["00_start_here"])
    text = next(cell.text for cell in lesson.cells if "needed = {" in cell.text)
    asked = {k: tuple(map(int, v.split(", "))) for k, v in re.findall(r'"(\w+)": \((\d+, \d+)\)', text)}
    project = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"Python": project["requires-python"]}
    for name, package in (("NumPy", "numpy"), ("PyTorch", "torch")):
        wanted[name] = next(d for d in project["dependencies"] if re.match(rf"{package}\b", d))
    assert asked == {name: tuple(map(int, re.search(r"(\d+)\.(\d+)", w).groups())) for name, w in wanted.items()}
