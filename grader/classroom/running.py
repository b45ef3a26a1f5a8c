"""Run a hand-in, and make its outputs fit for marking: the one place where a class's code is executed."""

import itertools
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

import nbformat
from nbgrader.preprocessors import LimitOutput
from nbgrader.utils import is_grade, is_solution

from grader.classroom.files import copy_files
from grader.classroom.notebooks import grade_id
from grader.execution import Run, run_notebook
from grader.student import VERDICT_MIME

ENVIRONMENT = {"GRU_COURSE_GRADING": "1", "NBGRADER_EXECUTION": "autograde", "GRU_COURSE_QUICK": "1"}
LONGEST_STREAM = 100_000  # characters


def run_hand_in(notebook, files, limits):
    """Execute a repaired notebook in a working folder of its own.

    Parameters
    ----------
    notebook : NotebookNode
    files : ``{relative path: file}`` that lie beside it
    limits : grader.execution.Limits

    Returns
    -------
    run : Run, its notebook ready for `gradebook.record`
    """
    work = tempfile.mkdtemp(prefix="gru-course-")
    try:
        copy_files(files, work)
        run = run_notebook(notebook, work, limits, ENVIRONMENT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for cell in run.notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            _make_markable(cell)
    finished = _without_paths(run.notebook, work)
    LimitOutput().preprocess(finished, {})
    return Run(finished, run.state, run.reason)


def verdicts(notebook):
    """The verdict of each check: ``{"gate": {"state": "failed", "mistake": "tanh_for_sigmoid", …}, …}``."""
    found = {}
    for cell in notebook.cells:
        if is_grade(cell) and not is_solution(cell):
            exercise = grade_id(cell).removeprefix("check_")
            verdict = _verdict(cell, exercise)
            if verdict:
                found[exercise] = {key: verdict.get(key) for key in ("state", "mistake", "stage", "headline")}
            else:
                found[exercise] = {"state": "failed", "mistake": None, "stage": "error", "headline": _error(cell)}
    return found


def not_executed(notebook, reason):
    """A copy of `notebook` whose checks all count as failed, because it could not be run."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code" and is_grade(cell):
            _add_error(cell, "NotGraded", reason)
    return copy


def _make_markable(cell):
    cell.outputs = _one_stream(cell.outputs)
    if not is_grade(cell):
        return
    # Only an error or its absence may count, not a number that happens to be a cell's value.
    cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
    exercise = grade_id(cell).removeprefix("check_")
    verdict = _verdict(cell, exercise)
    failed = any(o.output_type == "error" for o in cell.outputs)
    if not failed and (verdict is None or verdict.get("state") != "passed"):
        _add_error(cell, "NoVerdict", "check gave no verdict here: was `check` itself given another meaning?")


def _one_stream(outputs):
    """What was printed in one go as one output on stdout, warnings last.

    nbgrader gives 0 for a check cell with any text on stderr, a NumPy warning say. And in what pieces stdout and stderr
    arrive is chance: put together, the same hand-in gives the same notebook each time.
    """
    together = []
    for is_stream, group in itertools.groupby(outputs, lambda o: o.output_type == "stream"):
        if not is_stream:
            together += group
            continue
        text = "".join(o.text for o in sorted(group, key=lambda o: o.name == "stderr"))
        if len(text) > LONGEST_STREAM:
            text = text[:LONGEST_STREAM] + "\n… cut short …"
        together.append(nbformat.v4.new_output("stream", name="stdout", text=text))
    return together


def _verdict(cell, exercise):
    bundles = [o.data.get(VERDICT_MIME) for o in cell.outputs if "data" in o]
    found = [v for v in bundles if isinstance(v, dict) and v.get("exercise") == exercise]
    return found[-1] if found else None


def _error(cell):
    return next((f"{o.ename}: {o.evalue}"[:200] for o in cell.outputs if o.output_type == "error"), "no verdict")


def _add_error(cell, name, message):
    cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"]))


def _without_paths(notebook, work):
    """Take this machine's folders out of all outputs: feedback goes to learners."""
    places = {
        os.path.realpath(work): ".",
        work: ".",
        sysconfig.get_paths()["purelib"]: "site-packages",
        sys.prefix: "python",
        sys.base_prefix: "python",
        str(Path(__file__).resolve().parents[2]): "course",
        str(Path.home()): "~",
        tempfile.gettempdir(): "tmp",
    }
    places |= {os.path.realpath(place): name for place, name in places.items()}
    order = sorted((p for p in places if len(p) > 1), key=len, reverse=True)
    known = "|".join(map(re.escape, order))
    # A path begins where no word goes on, or behind the code of a colour.
    pattern = re.compile(rf"(\x1b\[[\d;]*m|(?<![\w.~]))({known})(?=[/\\\s'\":)\x1b]|$)")

    def clean(value):
        if isinstance(value, str):
            return pattern.sub(lambda m: m[1] + places[m[2]], value)
        if isinstance(value, dict):
            return type(value)({k: clean(v) for k, v in value.items()})
        return [clean(v) for v in value] if isinstance(value, list) else value

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(clean(output)) for output in cell.outputs]
    return notebook
