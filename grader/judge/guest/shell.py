"""Run the cells of a submission, inside the sandbox: an IPython shell that sends its outputs to the judge.

If a submission's code manipulates this process, it harms only itself: the judge trusts nothing that comes from here.
"""

import ast
import base64
import builtins
import collections
import contextlib
import getpass
import io
import re
import resource
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
from IPython.core import page
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from grader.base.timing import interrupt
from grader.judge.guest import asking
from grader.judge.guest.bounds import (
    LARGEST_PICTURE,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_CLEARINGS,
    MOST_ERRORS,
    MOST_OUTPUTS,
    shortened,
)
from grader.judge.guest.client import check
from grader.judge.guest.observing import Observer

PICTURES = ("image/png", "image/jpeg")
_PIECE = 8_192  # characters of text that are sent at a time
_SHOWN_STEPS = 15  # at each end of a long traceback
_MOST_FLUSHES = 200  # in one cell: code may flush letter by letter


def prepare():
    """Make the shell, once, in the process that the submissions' processes are forked from.

    Nothing is written to a file, and no thread is started.

    Returns
    -------
    shell : Shell
    """
    if Shell.initialized():
        return Shell.instance()
    config = Config(HistoryManager={"enabled": False, "hist_file": ":memory:"})
    shell = Shell.instance(
        config=config, colors="nocolor"
    )  # colouring a traceback takes longer than everything else about it
    shell.set_hook("show_in_pager", page.as_hook(lambda *args, **kwargs: None))  # `name?` shows nothing here
    shell.enable_matplotlib("inline")  # as in a notebook: a figure left open is shown
    _load_what_comes_late(shell)
    return shell


def _load_what_comes_late(shell):
    """IPython imports many modules at first use: do it here, not in every submission."""
    shell.run_cell("[].pop()")
    shell.display_formatter.format(np.zeros(1))
    del sys.last_type, sys.last_value, sys.last_traceback


def run(sock):
    """Run the cells that come over a socket until it is closed: what a submission's process does.

    Parameters
    ----------
    sock : socket.socket, connected to the judge
    """
    shell = prepare()
    channel = shell.outbox.channel = asking.connect(sock)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout, sys.stderr = _Stream("stdout", shell.outbox), _Stream("stderr", shell.outbox)
    builtins.input = getpass.getpass = _no_input
    warnings.filterwarnings("ignore", "To exit: use")  # IPython's advice, useless in a submission
    np.random.seed(0)  # the same in each run
    while True:
        shell.execute(**channel.receive().fields)


class Outbox:
    """A cell's output, on its way to the judge. Beyond the cell's limits, the rest is dropped.

    `channel` sends it. Between cells, nothing is sent: a thread may still be printing.
    """

    def __init__(self):
        self.channel = None
        self._lock = threading.RLock()
        self._close()

    def open(self, room, picture_room, silent):
        """A cell begins: `room` is how many characters it may print and show, `picture_room` how many bytes of pictures."""
        with self._lock:
            self._room, self._picture_room = room, picture_room
            self._is_open = not silent

    def close(self):
        """The cell has ended."""
        with self._lock:
            self._send_printed()
            self._close()

    def _close(self):
        self._is_open = False
        self._room = self._picture_room = 0
        self._count = collections.Counter()
        self._printed, self._waiting = {"stdout": [], "stderr": []}, 0
        self._flushed = 0

    def write(self, name, text):
        """Take printed text; it is sent in larger pieces."""
        with self._lock:
            if not self._is_open or self._room < 0:
                return
            text = self._fitting(text)
            self._printed[name].append(text)
            self._waiting += len(text)
            if self._waiting > _PIECE:
                self._send_printed()

    def flush(self):
        """Send the printed text now, so that the next output comes after it."""
        with self._lock:
            self._flushed += 1
            if self._flushed <= _MOST_FLUSHES:
                self._send_printed()

    def show(self, kind, data):
        """Send displayed output: only the text and pictures of the bundle `data`."""
        with self._lock:
            if not self._may(kind):
                return
            kept = {}
            for mime in PICTURES:
                picture = data.get(mime)
                picture = base64.b64encode(picture).decode() if isinstance(picture, bytes) else picture
                if isinstance(picture, str) and len(picture) <= min(self._picture_room, 1.4 * LARGEST_PICTURE):
                    self._picture_room -= len(picture)
                    kept[mime] = picture
            if "text/plain" in data and self._room >= 0:
                kept["text/plain"] = self._fitting(str(data["text/plain"]))
            if kept:
                self._send({"output_type": kind, "data": kept})

    def error(self, name, message, traceback):
        """Send an error."""
        with self._lock:
            if self._may("error", MOST_ERRORS):
                error = {
                    "ename": name[:LONGEST_NAME],
                    "evalue": message[:LONGEST_MESSAGE],
                    "traceback": shortened(traceback),
                }
                self._send({"output_type": "error", **error})

    def clear(self, wait):
        """Ask for the outputs so far to be removed, now or at the next output."""
        with self._lock:
            if self._may("clear_output", MOST_CLEARINGS):
                for kind in ("display_data", "execute_result"):
                    self._count[kind] = 0
                self._send({"output_type": "clear_output", "wait": bool(wait)})

    def _send_printed(self):
        printed, self._printed, self._waiting = self._printed, {"stdout": [], "stderr": []}, 0
        for name, texts in printed.items():
            if texts:
                self._send({"output_type": "stream", "name": name, "text": "".join(texts)})

    def _may(self, kind, most=MOST_OUTPUTS):
        if not self._is_open:
            return False
        self._send_printed()
        self._count[kind] += 1
        return self._count[kind] <= most + 1  # one too many tells the judge that there were more

    def _fitting(self, text):
        text = "".join(text[: self._room + 1])
        self._room -= len(text)
        return text

    def _send(self, output):
        self.channel.send("output", output=output)


_OURS = "_check_of_the_course"


class _Renaming(ast.NodeTransformer):
    def visit_Name(self, node):
        return ast.copy_location(ast.Name(_OURS, node.ctx), node) if node.id == "check" else node


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **options):
        if not options.get("update"):
            self.shell.outbox.show("display_data", data)

    def clear_output(self, wait=False):
        self.shell.outbox.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.outbox.show("execute_result", format_dict)

    def finish_displayhook(self):
        self._is_active = False


class Shell(InteractiveShell):
    """An InteractiveShell whose outputs go into its `outbox`."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def __init__(self, *args, **kwargs):
        self.outbox = Outbox()
        self._observer = None
        super().__init__(*args, **kwargs)

    def execute(self, index, source, silent, count, room, picture_room, checks=False, watched=()):
        """Run one cell from the judge, and report how it ended: "ok", "error" or "out of memory".

        A cell that `checks` an exercise calls the course's own check, even if the submission redefines that name.
        In a rehearsal, `watched` names the random generators, and what the cell has changed is reported, too.
        """
        if watched and not self._observer:
            self._observer = Observer(self.user_ns, watched)
        self.outbox.open(room, picture_room, silent)
        self.execution_count = count
        status = "error"
        signal.signal(signal.SIGINT, interrupt)
        try:
            with self._check_of_the_course() if checks else contextlib.nullcontext():
                result = self.run_cell(source, store_history=True)
            status = "ok" if result.success else "error"
            if isinstance(result.error_in_exec, MemoryError) and not _memory_is_left():
                status = "out of memory"
        except BaseException:  # raised by a hook of the submission's, or by a late interrupt
            with contextlib.suppress(BaseException):
                self.showtraceback()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.outbox.close()
        seen = self._observer.look() if watched else None
        self.outbox.channel.send("executed", index=index, status=status, count=count, seen=seen)

    @contextlib.contextmanager
    def _check_of_the_course(self):
        """Within the body, `check` in a cell is the course's own. In an answer that the cell calls, it stays the learner's."""
        renaming = _Renaming()
        self.ast_transformers.append(renaming)
        self.user_ns[_OURS] = check
        try:
            yield
        finally:
            self.user_ns.pop(_OURS, None)
            self.ast_transformers = [other for other in self.ast_transformers if other is not renaming]

    def transform_cell(self, raw_cell):
        """The cell as Python. A cell that is Python already is not searched for IPython's commands word by word."""
        # A single word may be a command, such as pwd; blank lines and indents at the beginning are IPython's to remove.
        plain = "\n" in raw_cell.strip() and not raw_cell[0].isspace() and not _PROMPT.search(raw_cell)
        plain = plain or _CHECK.fullmatch(raw_cell)
        if plain and not self.input_transformers_post and _is_python(raw_cell):
            return raw_cell if raw_cell.endswith("\n") else f"{raw_cell}\n"
        return super().transform_cell(raw_cell)

    def should_run_async(self, raw_cell, **more):
        """Whether a cell uses await. IPython compiles each cell just to find out."""
        return ("await" in raw_cell or "async" in raw_cell) and super().should_run_async(raw_cell, **more)

    def init_ipython_dir(self, ipython_dir):
        """No folder: nothing of IPython's own is kept."""

    def init_profile_dir(self, profile_dir):
        """No folder either."""

    def enable_gui(self, gui=None):
        """There are no windows: inline figures need none."""

    def ask_exit(self):
        """`exit` ends the cell that calls it."""
        raise SystemExit

    def system(self, command):
        """Run ``!command``: its output goes to the cell, and its input is empty."""
        process = subprocess.Popen(
            self.var_expand(command, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with process:
            try:
                while piece := process.stdout.read(_PIECE):
                    sys.stdout.write(piece)
            except BaseException:
                process.kill()
                raise
        self.user_ns["_exit_code"] = process.returncode

    @contextlib.contextmanager
    def _tee(self, channel):
        """IPython would keep everything that is printed."""
        yield

    def _get_exc_info(self, exc_tuple=None):
        kind, error, traceback = super()._get_exc_info(exc_tuple)
        _leave_out_the_middle(traceback)
        return kind, error, traceback

    def _showtraceback(self, etype, evalue, stb):
        self.outbox.error(str(etype.__name__), str(evalue), [str(line) for line in stb])


class _Stream(io.TextIOBase):
    """sys.stdout and sys.stderr of a submission."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name, outbox):
        self.name, self._outbox = f"<{name}>", outbox
        self._channel = name

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not {type(text).__name__}")
        self._outbox.write(self._channel, text)
        return len(text)

    def flush(self):
        self._outbox.flush()

    def close(self):
        """It stays open."""


_CHECK = re.compile(r"check\(\w+\)\n?")  # as the course's own cells check an answer
# Prompts that IPython removes from the beginning of lines: >>>, In [1]: and the dots that follow them.
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|In \[)", re.M)


def _is_python(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
    return True


def _leave_out_the_middle(traceback):
    """In an endless recursion, IPython would look up each line a thousand times."""
    steps = []
    while traceback:
        steps.append(traceback)
        traceback = traceback.tb_next
    if len(steps) > 2 * _SHOWN_STEPS:
        steps[_SHOWN_STEPS - 1].tb_next = steps[-_SHOWN_STEPS]


def _memory_is_left():
    """Whether a fair share of the memory that this process may use is still available."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        return allowed == resource.RLIM_INFINITY or np.empty(allowed // 8, np.uint8).size > 0
    except MemoryError:
        return False


def _no_input(*args, **kwargs):
    raise EOFError("input() has nobody to ask while a submission is graded: give the value in the code")
