"""Any submission is driven to its end, and its marks come only from the judge's verdicts."""

import copy
import re
import socket

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.limits import MB, Limits
from grader.base.paths import course_root
from grader.checking.verdict import VERDICT_MIME, Verdict
from grader.judge import sandbox
from grader.judge.checks import Checks
from grader.judge.descriptions import description_from
from grader.judge.image import build_image, preload
from grader.judge.marking import settle_check, settle_own_test
from grader.judge.sandbox import Warm
from grader.judge.session import not_executed, run_session
from grader.learner.lab import notebook_path
from grader.notebook.execution import run_notebook

LIMITS = Limits(cell=10, memory=1000 * MB)
SHORT = Limits(cell=1)
STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass"
EXIT = "import os; os._exit(1)"


class Verdicts:
    """In the place of Checks: an answer is right if its name is among `right`."""

    lesson = "03_gates"

    def __init__(self, *right):
        self.right, self.counting, self.receipts, self.closed = right, {}, ["receipt"], set()

    def attend(self, channel):
        """Nothing may be asked."""

    def handle_check(self, message, channel, cell):
        name = description_from(message.fields["answer"]).name
        state, headline = ("passed", f"`{name}` is right") if name in self.right else ("failed", f"`{name}` is wrong")
        verdict = Verdict(name, state, "values", headline)
        if cell.exercise == name:
            self.counting.setdefault(name, verdict)
        channel.reply(message, passed=verdict.passed, headline=headline)
        return verdict


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    build_image("03_gates", folder)
    return folder


@pytest.fixture(scope="module")
def warm(image):
    with Warm(image, ("numpy", "matplotlib.pyplot", "grader"), LIMITS, sandbox=False) as warm:
        yield warm


def test_cell(name, source):
    mark = {"grade": True, "solution": False, "locked": True, "points": 5, "grade_id": name, "schema_version": 3}
    return new_code_cell(source, metadata={"nbgrader": {**mark, "cell_type": "code", "task": False}}, id=name)


test_cell.__test__ = False


def check(exercise):
    return test_cell(f"check_{exercise}", f"check({exercise})")


def notebook(*cells):
    """A notebook of cells, or of their sources; the first imports `check`."""
    cells = [c if isinstance(c, dict) else new_code_cell(c, id=f"cell-{i}") for i, c in enumerate(cells)]
    return new_notebook(cells=[new_code_cell("from grader import check", id="first"), *cells])


@pytest.fixture
def run(warm):
    def run(*cells, right=(), limits=LIMITS, files=None):
        done = run_session(notebook(*cells), files or {}, Verdicts(*right), warm, limits)
        nbformat.validate(done.notebook)
        return done

    return run


def shown(done):
    """Of each cell but the first: texts, values, names of errors."""
    return [[_shown(o) for o in cell.outputs] for cell in done.notebook.cells[1:]]


def _shown(output):
    return output.get("text") or output.get("ename") or output.data["text/plain"]


def grade(done, name):
    """The points that plain nbgrader gives for a cell of the executed notebook."""
    return determine_grade(next(c for c in done.notebook.cells if c.id == name))[0]


# ------------------------------------------------------------------------------------------- with checks and walls


@pytest.mark.skipif(sandbox.problem() is not None, reason="no sandbox is possible on this machine")
def test_a_lesson_solved_and_not_solved_gets_its_marks(image):
    right = read_lesson(find_sources(course_root(), ["03"])[0]).notebook()
    blank = nbformat.read(notebook_path(course_root(), "03_gates"), as_version=4)
    with Warm(image, preload("03_gates"), LIMITS) as warm:
        solved = run_session(right, {}, Checks("03_gates", b"key"), warm, LIMITS)
        again = run_session(right, {}, Checks("03_gates", b"key"), warm, LIMITS)
        other = run_session(right, {}, Checks("03_gates", b"other"), warm, LIMITS)
        stubs = run_session(blank, {}, Checks("03_gates", b"key"), warm, LIMITS)
    names = ["sigmoid", "gate", "reset_gate", "update_gate"]
    assert (solved.state, solved.reason) == ("finished", "")
    assert {name: solved.verdicts[name]["state"] for name in names} == dict.fromkeys(names, "passed")
    assert {name: stubs.verdicts[name]["state"] for name in names} == dict.fromkeys(names, "todo")
    assert nbformat.writes(solved.notebook) == nbformat.writes(again.notebook)
    assert [r["seed"] for r in solved.receipts] == [r["seed"] for r in again.receipts]
    assert [r["seed"] for r in solved.receipts] != [r["seed"] for r in other.receipts]


def test_outputs_stand_in_the_order_of_a_notebook_that_was_run_by_jupyter(run, tmp_path):
    cells = [
        "print('a'); display(1); print('b')\n2",
        "for i in range(3): print(i)",
        "print('before'); 1 / 0",
        "import warnings\nprint('x'); 'value'",
        "display(1, 2); 3;",
        "from IPython.display import clear_output\nfor i in range(3):\n    clear_output(wait=True); print(i)",
        "print('kept'); clear_output(wait=True)",
        "_",
    ]
    ours = run(*cells)
    jupyters = run_notebook(new_notebook(cells=[new_code_cell("0"), *map(new_code_cell, cells)]), tmp_path)
    assert shown(ours) == shown(jupyters)
    last, jupyters_last = (done.notebook.cells[3].outputs[-1].traceback[-1] for done in (ours, jupyters))
    assert last == re.sub(r"\x1b\[[\d;]*m", "", jupyters_last)


# ------------------------------------------------------------------------------------------------------- running


def test_an_error_does_not_stop_the_rest(run):
    done = run("1 / 0", "6 * 7")
    assert (done.state, done.reason) == ("finished", "")
    assert shown(done) == [["ZeroDivisionError"], ["42"]]
    assert [c.execution_count for c in done.notebook.cells] == [1, 2, 3]


def test_the_notebook_given_is_not_changed(warm):
    given = notebook("1")
    before = copy.deepcopy(given)
    run_session(given, {}, Verdicts(), warm, LIMITS)
    assert given == before


def test_files_lie_beside(run):
    assert shown(run("open('data/a.csv').read()", files={"data/a.csv": b"1,2"})) == [["'1,2'"]]


def test_outputs_that_were_handed_in_are_gone(run):
    cell = new_code_cell("", id="empty", outputs=[new_output("stream", text="full marks")], execution_count=3)
    done = run(cell, "1")
    assert shown(done) == [[], ["1"]]
    assert [c.execution_count for c in done.notebook.cells] == [1, None, 2]


def test_the_same_submission_gives_the_same_notebook(run):
    cells = (
        "import sys\nfor i in range(300):\n    print(i)\n    print('warned', i, file=sys.stderr)",
        "object(), print",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "import numpy as np\nnp.random.rand(), {'a', 'b', 'c'}",
        "import os\nos.getcwd()",
        "1 / 0",
        EXIT,
        "i",
    )
    first, second = run(*cells), run(*cells)
    assert nbformat.writes(first.notebook) == nbformat.writes(second.notebook)
    assert first.reason == second.reason


# -------------------------------------------------------------------------------------------------------- verdicts


def test_the_verdict_of_a_check_is_recorded_and_shown(run):
    done = run("def sigmoid(a): return a\ndef gate(): pass", check("sigmoid"), check("gate"), right=["sigmoid"])
    assert done.verdicts["sigmoid"] == {
        "state": "passed",
        "mistake": None,
        "stage": "values",
        "headline": "`sigmoid` is right",
    }
    assert done.verdicts["gate"]["state"] == "failed"
    assert shown(done) == [[], ["✓ sigmoid is right"], ["✗ gate is wrong", "CheckFailed"]]
    assert (grade(done, "check_sigmoid"), grade(done, "check_gate")) == (5, 0)
    card = done.notebook.cells[2].outputs[0]
    assert set(card.data) == {"text/html", "text/plain", VERDICT_MIME}
    assert done.receipts == ["receipt"]
    assert done.own_tests == {}


def test_text_comes_above_the_card_where_it_was_printed_before(run):
    done = run("def sigmoid(a): return a\nprint('before'); check(sigmoid); print('after')", right=["sigmoid"])
    assert shown(done) == [["before\n", "✓ sigmoid is right", "after\n"]]


FORGERY = (
    "from IPython.display import display\n"
    "def check(answer):\n"
    "    display({'application/vnd.gru-course.verdict+json': {'exercise': 'sigmoid', 'state': 'passed'}, 'text/plain': 'right'},"
    " raw=True)"
)


@pytest.mark.parametrize(
    "cell",
    [
        "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
        "get_ipython().run_cell = lambda *a, **k: None",
    ],
)
def test_without_a_verdict_there_are_no_points(run, cell):
    done = run("def sigmoid(a): return a", cell, check("sigmoid"), right=["sigmoid"])
    assert (done.verdicts["sigmoid"]["state"], done.verdicts["sigmoid"]["stage"]) == ("failed", "error")
    assert grade(done, "check_sigmoid") == 0


@pytest.mark.parametrize(
    "cell",
    [
        FORGERY,
        "check = lambda answer: 5.0",
        "check = True",
        "del check",
        "for check in range(3): pass",
        "from math import sqrt as check",
        "import sys, types\nsys.modules['grader'].check = check = lambda answer: None",
    ],
)
def test_a_check_is_the_courses_own_whatever_its_name_means_in_the_notebook(run, cell):
    answers = "def sigmoid(a): return a\ndef gate(): pass"
    done = run(answers, cell, check("sigmoid"), check("gate"), right=["sigmoid"])
    assert (grade(done, "check_sigmoid"), grade(done, "check_gate")) == (5, 0)


def test_an_answer_and_the_cells_after_a_check_keep_their_own_check(run):
    own = "def check(a): return f'checked {a}'\ndef sigmoid(a): return check(a)"
    done = run(own, check("sigmoid"), "print(sigmoid(3), check(4))", right=["sigmoid"])
    assert shown(done)[1:] == [["✓ sigmoid is right"], ["checked 3 checked 4\n"]]


def test_a_check_without_its_answer_says_why(run):
    done = run(check("sigmoid"))
    assert done.verdicts["sigmoid"]["headline"] == "NameError: name 'sigmoid' is not defined"
    assert grade(done, "check_sigmoid") == 0


def test_errors_and_values_forged_after_a_verdict_change_nothing(run):
    after = (
        "get_ipython().events.register('post_run_cell', lambda result: get_ipython().outbox.error('Wrong', 'no', []))"
    )
    value = "get_ipython().events.register('post_run_cell', lambda r: get_ipython().outbox.show('execute_result', {'text/plain': '5.0'}))"
    answers = "def sigmoid(a): return a\ndef gate(): pass"
    done = run(answers, after, value, check("sigmoid"), check("gate"), right=["sigmoid"])
    assert (grade(done, "check_sigmoid"), grade(done, "check_gate")) == (5, 0)
    assert shown(done)[-2:] == [["✓ sigmoid is right"], ["✗ gate is wrong", "CheckFailed"]]


def test_a_warning_costs_no_marks(run):
    noisy = test_cell("check_sigmoid", "import sys; print('careful', file=sys.stderr); check(sigmoid)")
    done = run("def sigmoid(a): return a", noisy, right=["sigmoid"])
    assert grade(done, "check_sigmoid") == 5


# ----------------------------------------------------------------------------------------- the instructor's own tests


def test_a_check_without_code_has_no_verdict(run):
    assert grade(run(test_cell("check_sigmoid", "")), "check_sigmoid") == 0


@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("assert True", 5),
        ("assert False", 0),
        ("import sys; print('careful', file=sys.stderr)", 5),
        ("2.5", 2.5),
        ("import numpy as np; np.float64(2.5)", 2.5),
        ("float('nan')", 0),
        ("float('inf')", 0),
        ("-1", 0),
        ("7", 5),
        ("False", 0),
        ("'a text'", 5),
        ("raise ExceptionGroup('two', [ValueError()])", 0),
        ("get_ipython().outbox.show('execute_result', {'text/plain': '5'}); assert False", 0),
        ("import sys; sys.exit(0)", 0),
        (EXIT, 0),
    ],
)
def test_an_instructors_own_test_goes_by_nbgraders_rules(run, source, points):
    done = run(test_cell("test_mine", source))
    assert done.own_tests == {"test_mine": points}
    assert grade(done, "test_mine") == points
    assert done.verdicts == {}


def test_a_cells_own_value_stays_unless_it_could_be_read_as_points():
    value = new_output("execute_result", {"text/plain": "array(['a'])"}, execution_count=1)
    cell = test_cell("test_mine", "x")
    cell.outputs = [value]
    assert settle_own_test(cell, failed=False) == 5
    assert cell.outputs == []


def test_a_verdict_settles_what_stands_below():
    cell = check("sigmoid")
    cell.outputs = [new_output("error", ename="Forged", evalue="no", traceback=[])]
    settle_check(cell, Verdict("sigmoid", "passed", "all stages", "right"))
    assert determine_grade(cell)[0] == 5
    settle_check(cell, Verdict("sigmoid", "failed", "values", "`sigmoid` is wrong"))
    assert [(o.ename, o.evalue) for o in cell.outputs] == [("CheckFailed", "sigmoid is wrong")]
    assert determine_grade(cell)[0] == 0


def test_a_notebook_that_could_not_be_run_has_no_points():
    given = notebook(check("sigmoid"), test_cell("test_mine", "assert True"))
    done = not_executed(given, "the file is empty")
    assert [determine_grade(c)[0] for c in done.cells[1:]] == [0, 0]
    assert given.cells[1].outputs == []


# --------------------------------------------------------------------------------------------------- time and death


def test_a_cell_past_its_time_is_interrupted_and_the_rest_runs(run):
    done = run("x = 1", "while True: pass", "x", limits=SHORT)
    assert (done.state, done.reason) == ("timed out", "code cell 3 ran longer than 1 seconds")
    assert shown(done) == [[], ["CellTimeoutError"], ["1"]]


def test_a_cell_that_cannot_be_interrupted_is_ended_and_the_rest_runs(run):
    done = run("x = 1", STUBBORN, "x", limits=SHORT)
    assert done.state == "timed out"
    assert (
        done.reason
        == "code cell 3 ran longer than 1 seconds; 1 of the later cells ran after the earlier ones were run again"
    )
    assert shown(done)[1:] == [["CellTimeoutError"], ["1"]]


def test_endless_printing_ends(run):
    done = run("while True: print('x' * 100)", "2", limits=SHORT)
    assert done.state == "timed out"
    assert len(str(done.notebook.cells[1].outputs)) < 110_000
    assert shown(done)[1] == ["2"]


def test_when_the_notebooks_time_is_up_no_cell_can_pass(run):
    cells = ["import time; time.sleep(0.8)", "time.sleep(0.8)", check("sigmoid")]
    done = run("def sigmoid(a): return a", *cells, right=["sigmoid"], limits=Limits(cell=10, notebook=1))
    assert (done.state, shown(done)[-1]) == ("timed out", ["NotRun"])
    assert "the notebook's 1 seconds were up" in done.reason
    assert grade(done, "check_sigmoid") == 0


@pytest.mark.parametrize(
    "code", [EXIT, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "import ctypes; ctypes.string_at(0)"]
)
def test_a_cell_that_ends_its_process_costs_that_cell(run, code):
    answer = "def sigmoid(a): return a\nprint('once')"
    done = run(answer, code, check("sigmoid"), "6 * 7", right=["sigmoid"])
    assert done.state == "crashed"
    assert done.reason == (
        "code cell 3 ended the Python process; 2 of the later cells ran after the earlier ones were run again"
    )
    assert shown(done) == [["once\n"], ["DeadKernelError"], ["✓ sigmoid is right"], ["42"]]
    assert (done.verdicts["sigmoid"]["state"], grade(done, "check_sigmoid")) == ("passed", 5)


@pytest.mark.parametrize(
    ("reason", "state", "words"),
    [
        ("memory", "out of memory", "used more than 1000 MB of memory, and was ended"),
        ("cpu", "timed out", "used more than 300 seconds of processor time, and was ended"),
        ("processes", "crashed", "had more than 64 processes and threads, and was ended"),
        ("exited", "crashed", "ended the Python process"),
        ("killed", "crashed", "ended the Python process"),
    ],
)
def test_why_a_process_ended_is_said_in_words(reason, state, words):
    class Dead:
        def __init__(self):
            self.sock, other = socket.socketpair()
            other.close()

        def ended(self, timeout=None):
            return sandbox.End(reason, "", cpu_seconds=1.5)

        def kill(self):
            self.sock.close()

    class Warm:
        def fork(self, files=None):
            return Dead()

    done = run_session(notebook(), {}, Verdicts(), Warm(), LIMITS)
    assert (done.state, done.reason) == (state, f"code cell 1 {words}")
    assert done.cpu_seconds == 1.5


def test_replay_runs_what_ended_by_itself_and_no_check(run):
    cells = [
        "log = open('log', 'a'); log.write('a'); log.flush()",
        "partly = 1; raise ValueError",
        test_cell("check_sigmoid", "seen = True; check(sigmoid)"),
        EXIT,
        "partly, 'seen' in globals(), open('log').read()",
    ]
    done = run("def sigmoid(a): return a", *cells)
    assert shown(done)[-1] == ["(1, False, 'a')"]
    assert done.verdicts["sigmoid"]["headline"] == "`sigmoid` is wrong"


def test_an_answer_that_ends_its_process_fails_and_others_count(run):
    deadly = test_cell("check_gate", "gate()")
    done = run(
        "def sigmoid(a): return a\ndef gate():\n    import os; os._exit(0)", deadly, check("sigmoid"), right=["sigmoid"]
    )
    assert (grade(done, "check_gate"), grade(done, "check_sigmoid")) == (0, 5)
    assert done.verdicts["gate"]["headline"].startswith("DeadKernelError: code cell 3 ended the Python process")


def test_after_too_many_deaths_no_further_cell_is_run(run):
    done = run(*[EXIT] * 6, check("sigmoid"))
    assert shown(done) == [["DeadKernelError"]] * 4 + [["NotRun"]] * 3
    assert "4 cells had ended the Python process" in done.notebook.cells[-1].outputs[0].evalue


def test_a_cell_that_keeps_all_memory_costs_that_cell(run):
    done = run(
        "def sigmoid(a): return a",
        "import numpy as np\nkept = []\nwhile True:\n    kept.append(np.empty(5_000_000))",
        check("sigmoid"),
        right=["sigmoid"],
    )
    assert done.state == "out of memory"
    assert shown(done)[1][-1] == "OutOfMemory"
    assert grade(done, "check_sigmoid") == 5


def test_memory_that_is_free_again_costs_nothing(run):
    done = run("x = 1", "bytes(10**12)", "x")
    assert (done.state, shown(done)[1:]) == ("finished", [["MemoryError"], ["1"]])


def test_a_cell_that_the_replay_does_not_survive_is_left_out(run, tmp_path):
    trap = tmp_path / "was here"
    fickle = f"import os\nif os.path.exists({str(trap)!r}):\n    os._exit(1)\nopen({str(trap)!r}, 'w')"
    done = run("x = 1", fickle, EXIT, "x", limits=Limits(cell=5))
    assert shown(done)[3] == ["1"]
    assert "code cell 3, run again to restore the state, ended the Python process" in done.reason


def test_files_that_are_too_large_are_left_out(run):
    done = run("import os; os.listdir('.')", files={"film.mp4": bytes(LIMITS.disk + 1)})
    assert (done.state, shown(done)) == ("finished", [["[]"]])
    assert done.reason.startswith("run without the other files: the submitted files take")


# --------------------------------------------------------------------------------------------------------- protocol

SEND = "channel = get_ipython().outbox.channel\n"


@pytest.mark.parametrize(
    "source",
    [
        SEND + "channel.send('executed', index=99, status='ok', count=1)",
        SEND + "channel.send('verdict', passed=True)",
        SEND + "channel.send('check', answer=5)",
        SEND + "channel._sock.send(b'\\xff' * 100)",
        SEND + "channel._sock.send(b'\\x05\\0\\0\\0hello')",
        SEND
        + "while True: channel.send('output', output={'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 10_000})",
        SEND + "while True: channel.send('output', output=[])",
        SEND + "channel.send('output')\nwhile True: channel.send('output', output={'a' * 50_000: 1})",
    ],
)
def test_a_breach_of_protocol_ends_the_process_and_costs_its_cell(run, source):
    done = run("x = 1", source, "x")
    assert done.state == "crashed"
    assert "code cell 3 broke the protocol of the judge, and was ended" in done.reason
    assert (shown(done)[1][-1], shown(done)[2]) == ("DeadKernelError", ["1"])


def test_a_closed_channel_is_no_way_out(run):
    done = run("x = 1", SEND + "channel._sock.close()\nimport time; time.sleep(60)", "x")
    assert (done.state, shown(done)[2]) == ("crashed", ["1"])


def test_a_cell_that_says_too_early_that_it_has_ended_gains_nothing(run):
    early = SEND + "channel.send('executed', index=4, status='ok', count=4)"
    done = run("def sigmoid(a): return a", "x = 1", "import time\n" + early + "\ntime.sleep(0.2)", check("sigmoid"))
    assert grade(done, "check_sigmoid") == 0
