"""Every lesson, solved and unsolved, runs from its first cell to its last; there is no list to maintain by hand."""

import ast
import dis
import re
import tomllib
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from functools import cache
from types import CodeType

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.authoring.lessons import find_sources
from grader.authoring.source import OF_SLIDES, read_lesson
from grader.base.paths import course_root
from grader.checking.verdict import VERDICT_MIME
from grader.exercises import bank
from grader.notebook.execution import run_notebook

SOURCES = {path.stem: path for path in find_sources(course_root())}
GRADING = {"GRU_COURSE_GRADING": "1", "GRU_COURSE_QUICK": "1"}

# Each takes about four seconds or more, alone on a machine, and is run by `make system`.
LONG = {
    "02_vanishing", "06_conventions", "07_sequences", "08_backpropagation", "09_memory", "10_training", "11_pytorch",
    "12_gru_vs_lstm", "13_language_model", "14_sentiment", "15_translation", "16_speech", "17_music", "18_forecasting",
    "19_inside_the_gates",
}  # fmt: skip

each_lesson = pytest.mark.parametrize("name", SOURCES)
each_lesson_run = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.system] if name in LONG else []) for name in SOURCES]
)


@pytest.fixture(scope="module")
def fonts_listed():
    """On a fresh machine, Matplotlib lists the fonts first, and says so on stderr: not in a lesson."""
    import matplotlib.font_manager  # noqa: F401


@pytest.fixture(scope="module")
def executed(tmp_path_factory, fonts_listed):
    """Executes each lesson once: solved, from its source, and behind that the learner's answer and check cells, unsolved.

    Gives the Run, and its code cells in these two parts.
    """

    def run(name):
        notebook = read_lesson(SOURCES[name]).notebook()
        solved = len(notebook.cells)
        notebook.cells += [cell for cell in learners(name).cells if "nbgrader" in cell.metadata]
        for cell in notebook.cells[solved:]:
            cell.id = f"{UNSOLVED}{cell.id}"
        run = execute(notebook, tmp_path_factory.mktemp(name))
        return run, code_cells(run.notebook.cells[:solved]), code_cells(run.notebook.cells[solved:])

    return cache(run)


UNSOLVED = "unsolved-"


def learners(name):
    return nbformat.read(course_root() / "notebooks" / name / f"{name}.ipynb", as_version=4)


def execute(notebook, folder):
    return run_notebook(notebook, folder, env=GRADING)


def code_cells(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def outputs(cells, kind=None):
    return [o for c in cells for o in c.outputs if kind in (None, o.output_type)]


def failing_cells(cells):
    """Ids of the cells that ended in an error, but for ordinary ones that are meant to."""
    return [
        cell.id
        for cell in cells
        if not ("raises-exception" in cell.metadata.get("tags", []) and "nbgrader" not in cell.metadata)
        and any(o.output_type == "error" for o in cell.outputs)
    ]


def test_every_lesson_has_exercises_and_every_exercise_a_lesson():
    assert list(bank()) == list(SOURCES)


@each_lesson_run
def test_a_solved_lesson_runs_and_passes_every_check(executed, name):
    run, solved, _ = executed(name)
    assert run.state == "finished", run.reason
    assert failing_cells(solved) == []
    verdicts = [o.data[VERDICT_MIME] for o in outputs(solved, "display_data") if VERDICT_MIME in o.data]
    assert {v["exercise"] for v in verdicts if v["state"] == "passed"} == set(bank()[name])


@each_lesson_run
def test_unsolved_the_checks_fail(executed, name):
    _, _, unsolved = executed(name)
    assert failing_cells(unsolved) == [f"{UNSOLVED}check_{exercise}" for exercise in bank()[name]]


@each_lesson
def test_no_other_cell_needs_an_answer(name):
    """So they run in an unsolved lesson as they do in a solved one. ``own(answer)`` gives one in any case."""
    others = [cell for cell in code_cells(learners(name).cells) if "nbgrader" not in cell.metadata]
    assert {cell.id: needed for cell in others if (needed := names_read(cell.source) & set(bank()[name]))} == {}


def names_read(source):
    """The global names that a cell's code reads, in its functions and classes too; not those it hands to `own` alone."""
    tree = _WithoutOwn().visit(ast.parse(TransformerManager().transform_cell(source)))
    found, waiting = set(), [compile(tree, "cell", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT)]
    while waiting:
        part = waiting.pop()
        found |= {step.argval for step in dis.get_instructions(part) if step.opname in ("LOAD_NAME", "LOAD_GLOBAL")}
        waiting += [inner for inner in part.co_consts if isinstance(inner, CodeType)]
    return found


class _WithoutOwn(ast.NodeTransformer):
    def visit_Call(self, node):
        if ast.unparse(node.func) == "own":
            return node.func
        return self.generic_visit(node)


def test_the_search_for_answers_that_a_cell_needs_finds_them():
    assert names_read("step = own(gru_step)") == {"own"}
    assert names_read("print(own(gru_step)(x), gru_step)") == {"print", "own", "x", "gru_step"}
    assert names_read("def f(x):\n    return own(gate), sigmoid(x)") == {"own", "sigmoid"}


@pytest.mark.exhaustive
@each_lesson
def test_an_unsolved_lesson_runs_and_fails_in_its_checks_alone(name, tmp_path):
    run = execute(learners(name), tmp_path)
    assert run.state == "finished", run.reason
    assert failing_cells(code_cells(run.notebook.cells)) == [f"check_{exercise}" for exercise in bank()[name]]


@each_lesson_run
def test_nothing_is_written_to_stderr(executed, name):
    _, solved, _ = executed(name)
    assert [o.text for o in outputs(solved, "stream") if o.name == "stderr"] == []


@each_lesson_run
def test_every_figure_says_in_words_what_it_shows(executed, name):
    _, solved, _ = executed(name)
    shown = outputs(solved, "display_data") + outputs(solved, "execute_result")
    images = [img for o in shown for img in re.findall(r"<img[^>]*>", o.data.get("text/html", ""))]
    assert images
    assert all(re.search(r'alt="[^"]{20,}"', img) for img in images)
    assert not [o for o in shown if "image/png" in o.data and "<img" not in o.data.get("text/html", "")]


@each_lesson
def test_every_column_of_a_table_has_a_heading(name):
    """Else somebody who listens to a table hears cells without knowing what they are."""
    prose = "\n".join(cell.text for cell in read_lesson(SOURCES[name]).cells if cell.kind == "markdown")
    heads = re.findall(r"^(\|.*\|)\n\|[-:| ]+\|$", prose, re.M)
    assert [head for head in heads if re.search(r"\|\s*\|", head)] == []


RUFF = tomllib.loads((course_root() / "solutions" / "ruff.toml").read_text(encoding="utf-8"))


@each_lesson
def test_no_line_of_code_scrolls_sideways(name):
    cells = code_cells([*read_lesson(SOURCES[name]).notebook().cells, *learners(name).cells])
    lines = [line for cell in cells for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > RUFF["line-length"]] == []


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


def headings(name):
    """A lesson's headings, in their order: (level, text)."""
    cells = [cell for cell in read_lesson(SOURCES[name]).cells if cell.kind == "markdown"]
    return [(len(m[1]), m[2]) for cell in cells for m in re.finditer(r"^(#+) (.+)$", cell.text, re.M)]


@each_lesson
def test_each_exercise_is_said_to_be_easy_medium_or_hard(name):
    marked = {}
    for _, text in headings(name):
        if text.startswith("Your turn"):
            said = re.fullmatch(r"Your turn: (`\w+`(?: and `\w+`)*) · (easy|medium|hard)", text)
            assert said, f"{text!r} should be like 'Your turn: `gate` · medium'"
            marked |= dict.fromkeys(re.findall(r"\w+(?=`)", said[1]), said[2])
    assert list(marked) == list(bank()[name])


@each_lesson
def test_one_open_task_without_points_stands_before_the_last_questions(name):
    texts = [text for _, text in headings(name)]
    assert texts.count("Go further · open") == 1
    assert texts.index("Go further · open") < texts.index("Test yourself")
    task = next(c.text for c in read_lesson(SOURCES[name]).cells if "## Go further · open" in c.text)
    assert len(task.split()) > 60, "what to find out, what to try first, how one would know"


MINUTES_OF = {"easy": 6, "medium": 10, "hard": 15}


def minutes_needed(name):
    """Minutes for the main path and for the parts marked deeper, for somebody who does the exercises."""
    needed, deeper = {False: 0.0, True: 0.0}, 0  # deeper: the level of the heading that began such a part, or 0
    for cell in read_lesson(SOURCES[name]).cells:
        if cell.kind == "markdown":
            for level, text in re.findall(r"^(#+) (.+)$", cell.text, re.M):
                if deeper and (len(level) < deeper or text in ("Go further · open", "Test yourself")):
                    deeper = 0
                elif deeper == len(level) or not deeper:
                    deeper = len(level) if "deeper, may be skipped" in text.lower() else 0
                if said := re.fullmatch(r"Your turn: (.+) · (\w+)", text):
                    needed[deeper > 0] += MINUTES_OF[said[2]] * said[1].count("`") / 2
            asked = cell.text.partition("### BEGIN SOLUTION")[0]
            needed[deeper > 0] += len(re.findall(r"[^\W\d_]+", asked)) / 150 + 6 * bool(cell.rubric)
        elif not re.match(r"import |predict\(|progress\(\)", cell.text) and not set(cell.markers) - set(OF_SLIDES):
            needed[deeper > 0] += 1
    return needed[False], needed[True]


@each_lesson
def test_the_minutes_are_honest(name):
    line = re.search(r"^- \*\*Time\*\*: (.+?)(?=^- |\Z)", read_lesson(SOURCES[name]).cells[0].text, re.M | re.S)[1]
    main, deeper = [int(n) for n in [*re.findall(r"(\d+) (?:minutes|more)", line), 0][:2]]
    needed, more = minutes_needed(name)
    assert main == pytest.approx(needed, rel=0.25), f"about {needed:.0f} minutes"
    assert deeper == pytest.approx(more, abs=10), f"about {more:.0f} minutes for the parts marked deeper"


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
