"""What happens to outputs between execution and marking."""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from grader import store
from grader.classroom import running
from grader.execution import Run
from grader.limits import Limits
from grader.student import VERDICT_MIME
from grader.verdict import Verdict

MARK = {"nbgrader": {"grade": True, "solution": False, "grade_id": "check_gate", "points": 2, "locked": True}}


def judged(*outputs, monkeypatch, metadata=MARK):
    """The outputs of a check cell, after a run that gave `outputs`."""
    cell = nbformat.v4.new_code_cell("check(gate)", metadata=metadata, outputs=list(outputs))
    seen = []

    def run_notebook(notebook, folder, limits, env):
        seen.append((Path(folder), env))
        for output in notebook.cells[0].outputs:
            if output.output_type == "stream":
                output.text = output.text.replace("WORK", str(folder))
        return Run(notebook, "finished")

    monkeypatch.setattr(running, "run_notebook", run_notebook)
    run = running.run_hand_in(nbformat.v4.new_notebook(cells=[cell]), {}, Limits())
    folder, env = seen[0]
    assert not folder.exists()
    assert env["NBGRADER_EXECUTION"] == "autograde"
    return run.notebook.cells[0].outputs


def verdict(state="passed", exercise="gate"):
    data = {VERDICT_MIME: Verdict(exercise, state, "values", "headline").as_dict(), "text/plain": "card"}
    return new_output("display_data", data)


def kinds(outputs):
    return [o.get("name") or o.get("ename") or o.output_type for o in outputs]


def test_a_warning_is_no_failure(monkeypatch):
    outputs = judged(new_output("stream", name="stderr", text="careful"), verdict(), monkeypatch=monkeypatch)
    assert kinds(outputs) == ["stdout", "display_data"]


def test_in_what_pieces_text_arrives_makes_no_difference(monkeypatch):
    pieces = [
        new_output("stream", name=name, text=text) for name, text in (("stdout", "a"), ("stderr", "w"), ("stdout", "b"))
    ]
    (output,) = judged(*pieces, monkeypatch=monkeypatch, metadata={})
    assert (output.name, output.text) == ("stdout", "abw")


@pytest.mark.parametrize("outputs", [[], [verdict("failed")], [verdict(exercise="other")]])
def test_without_a_passed_verdict_of_this_exercise_there_is_an_error(monkeypatch, outputs):
    assert kinds(judged(*outputs, monkeypatch=monkeypatch))[-1] == "NoVerdict"


def test_a_cells_value_is_no_score(monkeypatch):
    value = new_output("execute_result", {"text/plain": "0.5"}, execution_count=1)
    assert kinds(judged(value, verdict(), monkeypatch=monkeypatch)) == ["display_data"]


def test_an_ordinary_cell_keeps_its_value(monkeypatch):
    value = new_output("execute_result", {"text/plain": "0.5"}, execution_count=1)
    assert kinds(judged(value, monkeypatch=monkeypatch, metadata={})) == ["execute_result"]


def test_folders_of_this_machine_are_taken_out(monkeypatch):
    root = Path(running.__file__).parents[2]
    text = f"WORK/a.csv {root}/grader/x.py \x1b[32m{sys.prefix}/lib\x1b[0m '{Path.home()}' /tmp/ipykernel_1/2.py a/tmp/b 1/2"
    (output,) = judged(new_output("stream", name="stdout", text=text), monkeypatch=monkeypatch, metadata={})
    assert output.text == "./a.csv course/grader/x.py \x1b[32mpython/lib\x1b[0m '~' tmp/ipykernel_1/2.py a/tmp/b 1/2"


def test_endless_output_is_cut(monkeypatch):
    text = "x" * (running.LONGEST_STREAM + 1)
    (output,) = judged(new_output("stream", name="stdout", text=text), monkeypatch=monkeypatch, metadata={})
    assert output.text.endswith("… cut short …")


def test_the_graders_own_progress_is_not_shown(monkeypatch):
    store.record_hint("gate")
    assert store.records()
    for name, value in running.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert store.records() == {}
