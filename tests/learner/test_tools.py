"""What a learner sees when calling check, hint, progress and show, in plain Python and in a notebook."""

import json
import subprocess
import sys

import nbformat
import pytest
import torch

import grader
import gru_ref
from grader.base.errors import CheckFailed
from grader.checking.verdict import VERDICT_MIME
from grader.learner import progress_log
from grader.notebook.execution import run_notebook
from tests.support import answers


def named(fn, name="update_gate"):
    """The answer `fn` under the exercise's name."""

    def answer(x, h, p):
        return fn(x, h, p)

    answer.__name__ = name
    return answer


def test_a_right_answer_is_said_to_be_right(capsys):
    assert grader.check(named(answers.right)) is None
    assert capsys.readouterr().out.startswith("✓ update_gate is right")
    assert progress_log.records()["update_gate"].passed


def test_a_wrong_answer_raises_an_assertion_error_without_a_reason_of_ours_hidden(capsys):
    with pytest.raises(AssertionError, match="update_gate returns nothing, None") as raised:
        grader.check(named(answers.returns_nothing))
    assert raised.value.__cause__ is None
    assert "Did you forget return?" in capsys.readouterr().out
    record = progress_log.records()["update_gate"]
    assert (record.checks, record.passed) == (1, False)


def test_a_trial_under_another_name_is_judged_but_not_noted(capsys):
    with pytest.raises(CheckFailed, match="update_gate returns nothing"):
        grader.check(answers.returns_nothing, exercise="update_gate")
    grader.check(answers.right, exercise="update_gate")
    assert "✓ update_gate is right" in capsys.readouterr().out
    assert progress_log.records() == {}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("update_gate", "Write check(update_gate)"),
        (3, "takes a function, but got int"),
        (None, "takes a function, but got NoneType"),
        (lambda x, h, p: x, "a lambda has none"),
        (named(answers.right, "update_gat"), "did you mean 'update_gate'"),
        (gru_ref.update_gate, "the course's own function here, not yours"),
    ],
)
def test_check_of_something_that_is_no_answer(answer, says, capsys):
    with pytest.raises(CheckFailed):
        grader.check(answer)
    assert says in capsys.readouterr().out
    assert progress_log.records() == {}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: gru_ref.GRUCell, "the course's own class here, not yours"),
        (lambda: torch.nn.GRUCell, "PyTorch's own class here, not yours"),
        (lambda: torch.nn.Linear(2, 3), "'Linear'"),
    ],
)
def test_check_of_a_class_or_an_object_that_is_no_answer(answer, says, capsys):
    test_check_of_something_that_is_no_answer(answer(), says, capsys)


def test_hints_come_one_at_a_time(capsys):
    for count in (1, 2, 3, 3):
        grader.hint("update_gate")
        shown = capsys.readouterr().out
        assert shown.startswith(f"Hint {count} of 3")
        assert f"{count}. " in shown
        assert f"{count + 1}. " not in shown
    assert progress_log.records()["update_gate"].hints == 3


def test_after_the_last_hint_stands_how_to_see_the_solution(capsys, monkeypatch):
    for count in (1, 2, 3):
        grader.hint("update_gate")
        assert ('solution("update_gate")' in capsys.readouterr().out) == (count == 3)
    monkeypatch.setattr("grader.learner.tools.at_hand", lambda name: False)
    grader.hint("update_gate")
    assert "solution" not in capsys.readouterr().out


def test_a_solution_is_shown_by_function_and_by_name_and_noted(capsys):
    for answer in (named(answers.right), "update_gate"):
        grader.solution(answer)
        shown = capsys.readouterr().out
        assert "def update_gate(x, h, p):" in shown and "p.W_iz" in shown and "03_gates" in shown
        assert "SOLUTION" not in shown
    record = progress_log.records()["update_gate"]
    assert record.solution and not record.passed and not record.checks


def test_a_question_in_words_has_a_model_answer_and_its_rubric(capsys):
    grader.solution("one_gate_is_not_enough")
    shown = capsys.readouterr().out
    assert "One number sets both" in shown and "- 1 point: " in shown
    assert "SOLUTION" not in shown and "For 2 points" not in shown
    assert progress_log.records()["one_gate_is_not_enough"].solution


@pytest.mark.parametrize(("name", "says"), [("update_gat", "did you mean 'update_gate'"), (3, "called '3'")])
def test_a_solution_of_nothing_is_none(name, says, capsys):
    grader.solution(name)
    assert says in capsys.readouterr().out
    assert progress_log.records() == {}


def test_a_grading_run_shows_no_solution(capsys, monkeypatch):
    for variable in ("NBGRADER_EXECUTION", "GRU_COURSE_GRADING"):
        with monkeypatch.context() as context:
            context.setenv(variable, "1")
            grader.solution("update_gate")
        assert capsys.readouterr().out == "Solutions are for learning: grading shows none.\n"
    assert not progress_log.progress_file().exists()


def test_where_the_solutions_were_left_out_that_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grader.base.paths.__file__", str(tmp_path / "grader" / "base" / "paths.py"))
    grader.solution("update_gate")
    shown = capsys.readouterr().out
    assert "not on this computer" in shown and "ask your instructor" in shown
    assert progress_log.records() == {}


def test_a_hint_for_an_unknown_name_suggests_a_known_one(capsys):
    grader.hint("update_gat")
    assert "did you mean 'update_gate'" in capsys.readouterr().out


def test_progress_draws_the_map(capsys):
    grader.check(named(answers.right))
    with pytest.raises(CheckFailed):
        grader.check(named(answers.returns_nothing, "reset_gate"))
    grader.hint("reset_gate")
    grader.solution("gate")
    capsys.readouterr()
    grader.progress()
    headline, *lines = capsys.readouterr().out.splitlines()
    assert "✓ update_gate" in "\n".join(lines)
    assert "◐ reset_gate (1 hint)" in "\n".join(lines)
    assert "○ sigmoid" in "\n".join(lines)
    assert "○ gate (solution seen)" in "\n".join(lines)
    assert "2 of 8" in next(line for line in lines if line.startswith("03_gates"))
    assert headline.startswith("1 of ") and "· 2 of " in headline and "points for exercises · " in headline
    assert lines[-1].startswith("Next: ema in lesson 00_start_here")


def test_who_fails_after_a_success_has_not_solved_it_now(capsys):
    grader.check(named(answers.right))
    with pytest.raises(CheckFailed):
        grader.check(named(answers.returns_nothing))
    capsys.readouterr()
    grader.progress()
    shown = capsys.readouterr().out
    assert "↺ update_gate" in shown and "✓" not in shown and "solved before; the last try failed" in shown
    assert shown.startswith("0 of ") and "0 of 8" in shown
    grader.check(named(answers.right))
    capsys.readouterr()
    grader.progress()
    shown = capsys.readouterr().out
    assert "✓ update_gate" in shown and "↺" not in shown


def test_an_untouched_cell_that_is_run_again_undoes_nothing(capsys):
    """As after a lesson was started again: to run the stub's check is no try."""

    def update_gate(x, h, p):
        raise NotImplementedError("update_gate is yours to write.")

    grader.check(named(answers.right))
    with pytest.raises(CheckFailed):
        grader.check(update_gate)
    assert progress_log.records()["update_gate"].solved


def test_nothing_is_recorded_while_grading(monkeypatch, capsys):
    for variable in ("NBGRADER_EXECUTION", "GRU_COURSE_GRADING"):
        with monkeypatch.context() as context:
            context.setenv(variable, "1")
            grader.check(named(answers.right))
            grader.hint("update_gate")
    assert not progress_log.progress_file().exists()


def test_a_damaged_progress_file_costs_only_the_damaged_lines():
    progress_log.record_hint("gate")
    with progress_log.progress_file().open("a") as f:
        f.write('\n[]\n{}\n{"exercise": "gate", "event": "check"}\n{"exercise": "gate", "ev')
    progress_log.record_hint("gate")
    assert progress_log.records()["gate"].hints == 2


@pytest.mark.parametrize("line", ['{"exercise": [], "event": "check"}', '{"exercise": "gate", "event": {}}', "\udcff"])
def test_a_line_that_is_none_costs_nothing_else(line):
    progress_log.record_hint("gate")
    with progress_log.progress_file().open("ab") as f:
        f.write(b"\n" + line.encode("utf-8", "surrogateescape"))
    assert progress_log.records()["gate"].hints == 1


@pytest.fixture
def blocked(monkeypatch, tmp_path):
    """A place for progress where nothing can be written."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(progress_log, "progress_file", lambda: tmp_path / "file" / "progress.jsonl")
    monkeypatch.setattr(progress_log, "_unwritten", [])
    monkeypatch.setattr(progress_log, "_troubles", [])


def test_progress_that_cannot_be_written_does_not_stop_a_check_and_is_told_once(blocked, capsys):
    grader.check(named(answers.right))
    shown = capsys.readouterr().out
    assert "is right" in shown
    assert "Your progress is not being saved" in shown and "progress.jsonl" in shown
    grader.check(named(answers.right))
    shown = capsys.readouterr().out
    assert "is right" in shown and "not being saved" not in shown


def test_progress_that_cannot_be_written_counts_until_the_kernel_ends(blocked, capsys):
    for count in (1, 2):
        grader.hint("update_gate")
        assert f"Hint {count} of 3" in capsys.readouterr().out
    grader.check(named(answers.right))
    assert progress_log.records()["update_gate"].solved


def test_plain_python_prints_no_traceback_of_ours(tmp_path):
    script = tmp_path / "answer.py"
    script.write_text(
        "from grader import check\ndef update_gate(x, h, p):\n    return x @ p.W_zi\ncheck(update_gate)\n"
    )
    environment = {"GRU_COURSE_GRADING": "1", "PATH": ""}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "line 3: return x @ p.W_zi" in done.stdout
    assert done.stderr.strip() == "update_gate stopped with an error"


CELLS = [
    "from grader import check, hint, progress, show",
    "check(update_gate)",
    "def update_gate(x, h, p):\n    return 1 / (1 + 2 ** -(x @ p.W_iz.T))",
    "check(update_gate)",
    "def update_gate(x, h, p):\n    q = x @ p.W_iz\n    return q",
    "check(update_gate)",
    "from grader.exercises import find\nfind('update_gate').seconds = 0.5\n\n\ndef update_gate(x, h, p):\n    while True:\n        pass",
    "check(update_gate)",
    "1 + 1",
    "hint('update_gate')",
    "progress()",
    "import matplotlib.pyplot as plt\nshow(plt.figure(), alt='A \"blank\" page')",
    "nothing_of_ours",
    "solution('update_gate')",
]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    run = run_notebook(nb, tmp_path_factory.mktemp("nb"), env={"GRU_COURSE_GRADING": "1"})
    assert run.state == "finished"
    return [cell.outputs for cell in run.notebook.cells]


def test_in_a_notebook_a_missing_answer_is_explained(notebook):
    card, error = notebook[1]
    assert "does not exist yet" in card.data["text/plain"]
    assert error.ename == "NameError"
    (unrelated,) = notebook[12]
    assert unrelated.ename == "NameError"


def test_in_a_notebook_a_grading_run_shows_nobodys_map(notebook):
    (card,) = notebook[10]
    assert card.data["text/plain"].startswith("0 of ") and "points" not in card.data["text/plain"]
    assert "<a href" not in card.data["text/html"]


def test_in_a_notebook_a_missing_tool_is_explained(notebook):
    card, error = notebook[13]
    assert "run from grader import solution" in card.data["text/plain"]
    assert error.ename == "NameError"


def test_in_a_notebook_a_verdict_is_a_card_and_one_line(notebook):
    card, error = notebook[3]
    assert "12 of 12 entries differ" in card.data["text/html"]
    assert "<svg" in card.data["text/html"]
    assert "var(--jp-content-font-color1" in card.data["text/html"]
    assert card.data[VERDICT_MIME]["exercise"] == "update_gate"
    json.dumps(card.data[VERDICT_MIME])
    assert error.ename == "CheckFailed"
    assert (
        len(error.traceback) == 1 and "update_gate has the right shape, but not the right values" in error.traceback[0]
    )


def test_in_a_notebook_an_error_shows_the_line_and_the_shapes(notebook):
    text = notebook[5][0].data["text/plain"]
    assert "p.W_iz is not transposed" in text
    assert "line 2: q = x @ p.W_iz" in text
    assert "shapes here: x (3, 2), p.W_iz (4, 2)" in text


def test_in_a_notebook_an_endless_loop_ends_and_the_kernel_lives(notebook):
    assert "did not finish within 0.5 seconds" in notebook[7][0].data["text/plain"]
    assert notebook[8][0].data["text/plain"] == "2"


def test_in_a_notebook_figures_carry_their_alternative_text(notebook):
    (figure,) = notebook[11]
    assert 'alt="A &quot;blank&quot; page"' in figure.data["text/html"]
    assert figure.data["text/plain"] == 'A "blank" page'
