"""Whether a lesson's own cells are left out or run, a submission's notebook and its verdicts come out the same."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from grader.base.limits import MB, Limits
from grader.judge import sandbox
from grader.judge.checks import Checks
from grader.judge.image import build_image, preload
from grader.judge.sandbox import Warm
from grader.judge.selfcheck import rehearse
from grader.judge.session import run_session
from grader.judge.taught import source
from grader.notebook.reading import grade_id

LESSON = "03_gates"
LIMITS = Limits(cell=60, memory=1000 * MB)

pytestmark = [pytest.mark.system, pytest.mark.skipif(sandbox.problem() is not None, reason=str(sandbox.problem()))]


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    image = tmp_path_factory.mktemp("image")
    build_image(LESSON, image)
    with Warm(image, preload(LESSON), LIMITS) as warm:
        yield warm, rehearse(LESSON, warm, LIMITS)


@pytest.fixture
def notebook():
    return source(LESSON).notebook()


def answer(notebook, text, name="sigmoid"):
    next(cell for cell in notebook.cells if grade_id(cell) == name).source = text


def insert(notebook, text, before="def distance(memory)"):
    place = next(n for n, cell in enumerate(notebook.cells) if before in cell.source)
    notebook.cells.insert(place, new_code_cell(text))


def change(old, new):
    def changed(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code" and not grade_id(cell):
                cell.source = cell.source.replace(old, new)

    return changed


def remove(text):
    def removed(notebook):
        notebook.cells = [cell for cell in notebook.cells if text not in cell.source]

    return removed


SIGMOID = "def sigmoid(a):\n    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1, e) / (1 + e)"
DEEDS = {
    "nothing": lambda n: None,
    "a prediction": change('predict("gated", [..., ..., ...])', 'predict("gated", [0.9, -0.2, 0])'),
    "all predictions": change("...", "1"),
    "a right prediction, in words": change('predict("sum_by_hand", ...)', "predict('sum_by_hand', '1')"),
    "half a prediction": change('predict("gated", [..., ..., ...])', 'predict("gated", [0.9, ..., 0])'),
    "a long prediction": change('predict("gated", [..., ..., ...])', 'predict("gated", ["<b>\\x1b[31m" * 40] * 300)'),
    "a huge prediction": change('predict("gated", [..., ..., ...])', f'predict("gated", {"9" * 4000})'),
    "a computed prediction": change('predict("gated", [..., ..., ...])', 'predict("gated", 3 * 3)'),
    "a prediction by name": change('predict("gated", [..., ..., ...])', 'name = "gated"\npredict(name, 3)'),
    "two predictions": change('predict("gated", [..., ..., ...])', 'predict("gated", 1)\npredict("gated", 0.9)'),
    "no place for a prediction": remove('predict("gated"'),
    "a prediction too late": lambda n: n.cells.append(new_code_cell('predict("gated", 4)\npredict("between", 1)')),
    "an outcome of one's own": lambda n: n.cells.append(new_code_cell('outcome("gated", 4)')),
    "a value is changed in place": lambda n: insert(n, "readings[:] = 1"),
    "a value is sorted": lambda n: insert(n, "readings.sort()"),
    "numbers are drawn": lambda n: insert(n, "print(rng.normal())"),
    "a name is given to something else": lambda n: insert(n, "lamp = lamp[::-1]"),
    "a name is deleted": lambda n: insert(n, "del readings"),
    "an answer reads a name of the notebook": lambda n: answer(n, "def sigmoid(a):\n    return a * 0 + v[0]"),
    "an answer reads a name that comes later": lambda n: answer(n, "def sigmoid(a):\n    return a * W.sum()"),
    "an answer changes what it reads": lambda n: answer(n, f"{SIGMOID} + 0 * v.put(0, 7).__class__.__call__"),
    "an answer changes a list of the notebook": lambda n: (
        answer(n, f"g[0] = 5\n{SIGMOID}"),
        insert(n, "print(g)"),
    ),
    "a function replaces a global": lambda n: answer(n, "def sigmoid(a):\n    global v\n    v = a\n    return a"),
    "a module is patched": lambda n: answer(n, f"np.sqrt = lambda x: 7\n{SIGMOID}"),
    "a module is patched by another name": lambda n: answer(n, f"q = np\nq.mean = lambda *a, **k: 7\n{SIGMOID}"),
    "the course is patched": lambda n: answer(n, f"gru_ref.gate = None\n{SIGMOID}"),
    "globals": lambda n: answer(n, "globals()['g'] = 3\n" + SIGMOID),
    "check is redefined": lambda n: insert(n, "def check(f):\n    print('right')", "def gate("),
    "print is redefined": lambda n: insert(n, "def print(*a):\n    pass"),
    "NumPy's settings": lambda n: insert(n, "np.set_printoptions(precision=2)"),
    "a magic": lambda n: insert(n, "%precision 2"),
    "an error": lambda n: insert(n, "1 / 0"),
    "no Python": lambda n: answer(n, "def sigmoid(a)\n    return a"),
    "a given cell is changed": change("rng = np.random.default_rng(0)", "rng = np.random.default_rng(1)"),
    "a given cell is gone": remove("rng = np.random.default_rng(0)"),
    "the imports are gone": remove("import matplotlib.pyplot"),
    "cells in another order": lambda n: n.cells.reverse(),
    "a given cell twice": lambda n: n.cells.extend(n.cells[3:8]),
    "the process is ended": lambda n: insert(n, "import os; os._exit(1)"),
    "a figure is left open": lambda n: insert(n, "plt.plot([1, 2])"),
    "an earlier output": lambda n: insert(n, "print(_)"),
    "a helper with a given name": lambda n: answer(n, f"def distance(m):\n    return 0\n\n\n{SIGMOID}"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_result_is_the_same(deed, notebook, ready):
    warm, given = ready
    DEEDS[deed](notebook)
    every, few = (run_session(notebook, {}, Checks(LESSON, b"key"), warm, LIMITS, g) for g in (None, given))
    assert few.verdicts == every.verdicts
    assert (few.state, few.receipts) == (every.state, every.receipts)
    for cell, other in zip(few.notebook.cells, every.notebook.cells, strict=True):
        assert cell == other


def test_what_one_submission_does_does_not_show_in_the_next(notebook, ready):
    warm, given = ready
    clean = nbformat.from_dict(notebook)

    def result(of):
        done = run_session(of, {}, Checks(LESSON, b"key"), warm, LIMITS, given)
        return done.verdicts, done.notebook

    before = result(clean)
    for deed in ("a module is patched", "a value is changed in place", "check is redefined", "globals"):
        hostile = nbformat.from_dict(notebook)
        DEEDS[deed](hostile)
        for cell in result(hostile)[1].cells:  # a judge's own process ends with its submission; here it is the same
            for output in cell.get("outputs", ()):
                output["text"] = output["data"] = "changed"
    assert result(clean) == before


def test_in_an_honest_notebook_most_of_the_lessons_cells_are_left_out(notebook, ready):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    idle = ready[1].idle(cells, range(1, len(cells) + 1))
    own = [n for n, cell in enumerate(cells) if not grade_id(cell)]
    assert set(own) - set(idle) == {0}  # the imports
