"""A notebook runs to its end or says why not; cells that did not run can never count as passed."""

import nbformat
import pytest

from grader.base.limits import Limits
from grader.notebook import execution
from grader.notebook.execution import run_notebook

STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass"


def run(tmp_path, *sources, limits=None, **options):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return run_notebook(nbformat.v4.new_notebook(cells=cells), tmp_path, limits, **options)


def errors(run):
    return [[o.ename for o in cell.outputs if o.output_type == "error"] for cell in run.notebook.cells]


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """One run with everything that is ordinary: the notebook given, its run, and what was told of each cell."""
    folder, told = tmp_path_factory.mktemp("run"), []
    (folder / "side.txt").write_text("beside")
    sources = ("1 / 0", "6 * 7", "import os; print(open('side.txt').read(), os.environ['GIVEN'])")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    limits = Limits(cell=60, notebook=60.5)
    done = run_notebook(
        notebook, folder, limits, env={"GIVEN": "yes"}, on_cell=lambda done, total: told.append((done, total))
    )
    return notebook, done, told


def test_an_error_does_not_stop_the_rest(ordinary):
    _, done, _ = ordinary
    assert (done.state, done.reason) == ("finished", "")
    assert errors(done) == [["ZeroDivisionError"], [], []]
    assert done.notebook.cells[1].outputs[0].data["text/plain"] == "42"


def test_it_runs_in_the_folder_and_the_environment_given(ordinary):
    _, done, _ = ordinary
    assert done.notebook.cells[2].outputs[0].text == "beside yes\n"


def test_the_notebook_given_is_not_changed(ordinary):
    notebook, *_ = ordinary
    assert [cell.outputs for cell in notebook.cells] == [[], [], []]


def test_a_cell_past_its_time_is_interrupted_and_the_rest_runs(tmp_path):
    done = run(tmp_path, "import time\nwhile True: time.sleep(0.01)", "2", limits=Limits(cell=1))
    assert done.state == "timed out"
    assert "code cell 1 ran longer than 1 seconds" in done.reason
    assert errors(done)[0][0] == "CellTimeoutError"
    assert errors(done)[1] == []


@pytest.mark.parametrize(("code", "why"), [("import os; os._exit(1)", "the kernel died"), (STUBBORN, "interrupted")])
def test_after_a_dead_kernel_no_cell_can_pass(tmp_path, monkeypatch, code, why):
    monkeypatch.setattr(execution, "ANSWERS_WITHIN", 2)
    done = run(tmp_path, code, "'never'", limits=Limits(cell=1))
    assert done.state == "crashed"
    assert why in done.reason
    assert errors(done)[1] == ["NotRun"]


def test_when_the_notebooks_time_is_up_no_cell_can_pass(tmp_path):
    done = run(tmp_path, "import time; time.sleep(1.5)", "'never'", limits=Limits(cell=10, notebook=1))
    assert done.state == "timed out"
    assert errors(done)[1] == ["NotRun"]


def test_what_is_left_of_the_notebooks_time_need_not_be_a_whole_number_of_seconds(ordinary):
    _, done, _ = ordinary  # in 60.5 seconds
    assert done.state == "finished"


def test_the_kernel_named_in_the_notebook_does_not_matter(ordinary):
    notebook, done, _ = ordinary
    assert notebook.metadata["kernelspec"]["name"] == "ir"
    assert done.notebook.cells[1].outputs[0].data["text/plain"] == "42"


def test_progress_is_reported_cell_by_cell(ordinary):
    *_, told = ordinary
    assert told == [(1, 3), (2, 3), (3, 3)]


ENDS_THE_KERNEL = {
    "exit()": "tries to end the whole program",
    "quit()": "tries to end the whole program",
    "import sys; sys.exit(1)": "tries to end the whole program",
    "while True:\n        try: sleep(30)\n        except: continue": "`except:` and `except BaseException:` catch everything",
    "sum(range(5 * 10**7))": "compiled code cannot be stopped",
}


def test_an_answer_that_would_end_the_kernel_or_never_ends_gets_a_message(tmp_path):
    cells = [
        "from pathlib import Path\nfrom time import sleep\nfrom grader import check\nfrom grader.base import timing\n"
        "from grader.exercises import find\nfrom grader.learner import progress_log\n"
        "progress_log.progress_file = lambda: Path('progress.jsonl')\n"
        "timing.LATE, find('half_life').seconds = 0.05, 0.1"
    ]
    for line in ENDS_THE_KERNEL:
        cells += [f"def half_life(z):\n    {line}\ncheck(half_life)", "'still here'"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    run = run_notebook(notebook, tmp_path)
    assert run.state == "finished"
    for says, checked, after in zip(
        ENDS_THE_KERNEL.values(), run.notebook.cells[1::2], run.notebook.cells[2::2], strict=True
    ):
        told = "".join(output.get("data", {}).get("text/plain", "") for output in checked.outputs)
        assert says.replace("`", "") in told
        assert after.outputs[0].data["text/plain"] == "'still here'"
