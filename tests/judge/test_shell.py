"""The shell that runs a submission's cells sends the judge what a notebook would show, and no more."""

import re
import time
from pathlib import Path

import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.judge.channel import Channel
from grader.judge.guest.bounds import LONGEST_MESSAGE, LONGEST_TRACEBACK, MOST_OUTPUTS
from grader.judge.image import build_image
from grader.judge.sandbox import Warm


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    build_image("03_gates", folder)
    with Warm(folder, ("numpy", "matplotlib.pyplot", "grader"), Limits(), sandbox=False) as warm:
        yield warm


class Cells:
    """A submission's process, and what comes from it."""

    def __init__(self, child):
        self.child, self.channel, self.number = child, Channel(child.sock), 0

    def __call__(self, source, silent=False, room=10_000, picture_room=1_000_000, seconds=20):
        """Run a cell; what it puts out, and how it ended."""
        outputs, self.number = [], self.number + 1
        self.channel.serve["output"] = lambda fields: outputs.append(fields["output"])
        self.channel.send(
            "execute",
            index=self.number,
            source=source,
            silent=silent,
            count=self.number,
            room=room,
            picture_room=picture_room,
        )
        ended = self.channel.receive(seconds).fields
        assert ended["index"] == self.number
        return outputs, ended["status"]


@pytest.fixture
def cells(warm):
    with warm.fork() as child:
        yield Cells(child)


def shown(outputs):
    """Texts, values, and names of errors, in order."""
    return [o.get("text") or o.get("ename") or o["data"]["text/plain"] for o in outputs]


def test_printed_text_and_values_come_in_order(cells):
    outputs, status = cells("print('a'); print('b')\ndisplay(1)\nprint('c')\n2")
    assert shown(outputs) == ["a\nb\n", "1", "c\n", "2"]
    assert [o["output_type"] for o in outputs] == ["stream", "display_data", "stream", "execute_result"]
    assert status == "ok"


def test_what_a_cell_defines_is_there_for_the_next(cells):
    cells("x = 6")
    assert shown(cells("x * 7")[0]) == ["42"]
    assert shown(cells("_, In[1], Out[2]")[0]) == ["(42, 'x = 6', 42)"]


def test_a_semicolon_hides_a_value(cells):
    assert cells("6;") == ([], "ok")


def test_warnings_are_text_on_stderr(cells):
    (output,), status = cells("import numpy as np\nx = np.array([1.0]) / 0")
    assert (output["name"], status) == ("stderr", "ok")
    assert "RuntimeWarning: divide by zero" in output["text"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("def f(:", "SyntaxError"),
        ("  x = 1\ny = 2", "IndentationError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("exit()", "SystemExit"),
        ("quit", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("input('your name? ')", "EOFError"),
        ("from getpass import getpass; getpass()", "EOFError"),
        ("def f(): f()\nf()", "RecursionError"),
        ("import no_such_module", "ModuleNotFoundError"),
    ],
)
def test_an_error_ends_its_cell_alone(cells, source, name):
    outputs, status = cells(source)
    assert (shown(outputs)[-1], status) == (name, "error")
    assert shown(cells("'on'")[0]) == ["'on'"]


def test_input_says_what_to_do_instead(cells):
    (output,), _ = cells("input()")
    assert "give the value in the code" in output["evalue"]


def test_a_traceback_names_cell_and_line(cells):
    cells("def f():\n    return 1 / 0")
    (output,), _ = cells("f()")
    text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"]))
    assert "Cell In[2], line 1" in text
    assert "return 1 / 0" in text
    assert "interactiveshell.py" not in text


def test_of_an_endless_recursion_only_the_ends_are_shown(cells):
    (output,), _ = cells("def f(n): return f(n + 1)\nf(0)", room=1_000)
    assert sum(map(len, output["traceback"])) < LONGEST_TRACEBACK


def test_a_huge_error_is_shortened(cells):
    (output,), _ = cells("raise ValueError('x' * 10_000_000)")
    assert len(output["evalue"]) == LONGEST_MESSAGE
    assert sum(map(len, output["traceback"])) <= LONGEST_TRACEBACK + 100


def test_an_exception_group_is_an_error_too(cells):
    outputs, status = cells("raise ExceptionGroup('two', [ValueError(1), TypeError(2)])")
    assert status == "error"
    assert "ValueError: 1" in outputs[0]["text"]


# ------------------------------------------------------------------------------------------------------ limits


def test_endless_printing_is_cut_and_fills_no_memory(cells):
    outputs, _ = cells("for _ in range(200_000):\n    print('x' * 100)", room=1_000)
    assert sum(len(o["text"]) for o in outputs) == 1_001
    (peak,), _ = cells("import resource; resource.getrusage(resource.RUSAGE_SELF).ru_maxrss")
    assert int(peak["data"]["text/plain"]) < 400_000  # kB


def test_flushing_every_letter_is_no_flood(cells):
    outputs, _ = cells("for _ in range(5_000):\n    print('x', end='', flush=True)")
    assert "".join(o["text"] for o in outputs) == "x" * 5_000
    assert len(outputs) < 300


def test_of_endless_displays_few_are_sent(cells):
    outputs, _ = cells("for i in range(1_000):\n    display(i)")
    assert len(outputs) == MOST_OUTPUTS + 1


def test_a_display_that_is_cleared_again_and_again_shows_its_end(cells):
    source = "from IPython.display import clear_output\nfor i in range(200):\n    clear_output(wait=True); display(i)"
    assert shown([o for o in cells(source)[0] if "data" in o])[-1] == "199"


def test_pictures_have_their_room(cells):
    source = "import matplotlib.pyplot as plt\nfor i in range(3):\n    plt.plot([1, 2])\n    plt.show()"
    (first, *_), _ = cells(source)
    picture = first["data"]["image/png"]
    outputs, _ = cells(source, picture_room=2 * len(picture))
    assert ["image/png" in o["data"] for o in outputs] == [True, True, False]


def test_only_text_and_pictures_are_sent(cells):
    (output,), _ = cells("from IPython.display import HTML\nHTML('<script>alert(1)</script>')")
    assert output["data"] == {"text/plain": "<IPython.core.display.HTML object>"}
    assert cells("from IPython.display import Javascript\ndisplay({'text/html': 'x'}, raw=True)") == ([], "ok")


def test_a_silent_cell_sends_nothing(cells):
    assert cells("print('a'); display(1); x = 5; x", silent=True) == ([], "ok")
    assert shown(cells("x")[0]) == ["5"]


def test_between_cells_nothing_is_sent(cells):
    cells("import threading, time\ndef talk():\n    while True:\n        print('still here'); time.sleep(0.001)\n"
          "thread = threading.Thread(target=talk, daemon=True); thread.start()")  # fmt: skip
    time.sleep(0.05)
    assert "still here" in "".join(shown(cells("time.sleep(0.1)")[0]))


# ------------------------------------------------------------------------------------------------ IPython's ways


def test_an_open_figure_is_shown_as_in_a_notebook(cells):
    outputs, _ = cells("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2]);")
    assert [set(o["data"]) for o in outputs] == [{"image/png", "text/plain"}]
    assert cells("fig, ax = plt.subplots(); plt.close(fig)") == ([], "ok")


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("%matplotlib inline", []),
        ("%config InlineBackend.figure_format = 'retina'", []),
        ("%load_ext autoreload\n%autoreload 2", []),
        ("%precision 3\n2 / 3", ["0.667"]),
        ("len?", []),
        ("%%capture kept\nprint('hidden')", []),
        ("%%writefile notes.txt\nhello", ["Writing notes.txt\n"]),
        ("!echo hello; echo there >&2", ["hello\nthere\n"]),
        ("lines = !printf 'a\\nb'\nlines", ["['a', 'b']"]),
        ("%%bash\necho hello", ["hello\n"]),
        ("!cat", []),
        ("get_ipython().user_ns['__name__']", ["'__main__'"]),
        ("from IPython import get_ipython; get_ipython() is not None", ["True"]),
        ("import asyncio\nawait asyncio.sleep(0)\n3", ["3"]),
        ("from IPython.display import clear_output\nprint(1)", ["1\n"]),
    ],
)
def test_magic_does_no_harm(cells, source, wanted):
    outputs, status = cells(source)
    assert (shown(outputs), status) == (wanted, "ok")


ODD = [
    "", "\n", "x", "x = 1\n", "pwd", "\n\nx = 1\ny = 2", "  \nx = 1\ny = 2", "    x = 1\n    y = 2", "x = 1\n\n\n",
    ">>> x = 1\n>>> y = 2", ">>> for i in x:\n...     print(i)", "x = 1\n...\n", "In [1]: x = 1\n   ...: y = 2",
    "%%time\nx = 1", "x = 1\n%time x", "x = (1\n%2)", "y = !ls\nx = 1", "!ls\nx", "x?\ny", "x = 1;\ny = 2;",
    's = """\n%time\n!ls\n"""\nx = 1', 'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1', r"x = '\d'" + "\ny",
    "x =\ny = 1", "\x00\ny", "if x:\n  y\n\n\n# done",
]  # fmt: skip


@pytest.mark.parametrize("lesson", [None, *map(str, find_sources(course_root()))], ids=lambda p: Path(p or "odd").stem)
def test_a_cell_is_understood_as_by_ipython(cells, lesson):
    texts = [cell.text for cell in read_lesson(lesson).cells if cell.kind == "code"] if lesson else ODD
    outputs, status = cells(
        "import warnings\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = get_ipython()\n"
        f"for text in {texts!r}:\n"
        "    with warnings.catch_warnings(record=True) as warned:\n"
        "        warnings.simplefilter('always')\n"
        "        ours = shell.transform_cell(text)\n"
        "    assert not warned, warned\n"
        "    assert ours == InteractiveShell.transform_cell(shell, text), text\n"
    )
    assert (outputs, status) == ([], "ok")


def test_a_cell_may_wait(cells):
    cells("import asyncio\n\nasync def f():\n    await asyncio.sleep(0)\n    return 6")
    assert shown(cells("await f()")[0]) == ["6"]


def test_a_debugger_finds_nobody_and_ends(cells):
    cells("breakpoint()")
    cells("1 / 0")
    cells("%debug")
    assert shown(cells("'on'")[0]) == ["'on'"]


def test_what_is_written_past_python_goes_nowhere(cells):
    assert cells("import os\nos.write(1, b'x'); os.write(2, b'y');") == ([], "ok")


def test_an_interrupt_ends_a_command(cells):
    start = time.monotonic()
    cells.channel.send("execute", index=1, source="!sleep 30", silent=False, count=1, room=100, picture_room=0)
    time.sleep(0.3)
    cells.child.interrupt()
    while cells.channel.receive(10).kind != "executed":
        pass
    assert time.monotonic() - start < 10


def test_an_interrupt_between_cells_is_not_noticed(cells):
    cells("1")
    cells.child.interrupt()
    time.sleep(0.1)
    assert cells("2")[1] == "ok"


# ------------------------------------------------------------------------------------------- harm to oneself alone


@pytest.mark.parametrize(
    "source",
    [
        "import sys; sys.stdout = None",
        "import sys; sys.stdout.close(); sys.stderr.close()",
        "import builtins; builtins.print = builtins.repr = None",
        "get_ipython().input_transformers_post.append(lambda lines: 1 / 0)",
        "get_ipython().events.register('post_run_cell', lambda result: 1 / 0)",
        "get_ipython().set_custom_exc((Exception,), lambda *a, **k: 1 / 0)",
        "get_ipython().showtraceback = None",
        "get_ipython().display_formatter = None",
        "import threading\nfor _ in range(5): threading.Thread(target=print, args=('x',)).start()",
        "%reset -f",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "import sys; sys.modules.clear()",
        "class Odd:\n    def __repr__(self): raise SystemExit\nOdd()",
        "class Odd(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise Odd",
    ],
)
def test_a_broken_shell_still_tells_when_a_cell_ends(cells, source):
    cells(source)
    cells("1 / 0")
    cells("2")


def test_without_a_seed_each_run_draws_the_same(warm):
    def drawn():
        with warm.fork() as child:
            return Cells(child)("import random\nimport numpy as np\nrandom.random(), np.random.rand(), hash('a')")

    assert drawn() == drawn()


def test_a_process_that_a_submission_forks_cannot_speak_for_it(cells):
    outputs, status = cells(
        "import os\nif os.fork() == 0:\n    print('child')\n    os._exit(0)\nos.wait()\nprint('parent')"
    )
    assert (shown(outputs), status) == (["parent\n"], "ok")
    cells("os.fork()")
    assert shown(cells("'on'")[0]) == ["'on'"]
