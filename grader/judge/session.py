"""Drive one submission, cell by cell, in an untrusted process; the result is a notebook ready for marking."""

import contextlib
import sys
import time
from dataclasses import dataclass

import nbformat

from grader.base.limits import MB
from grader.exercises import bank
from grader.judge.channel import Channel, Closed
from grader.judge.checks import Stuck
from grader.judge.codec import Malformed
from grader.judge.given import Given, Seen
from grader.judge.marking import is_test, settle_check, settle_own_test
from grader.judge.outputs import CellOutputs, Flood, error
from grader.notebook.names import GENERATORS
from grader.notebook.reading import grade_id

GRACE = 2.0  # seconds for an interrupted cell to end
MOST_DEATHS = 3  # after each of which a fresh process continues
MOST_MEMORY = 1000 * MB
LARGEST_NOTEBOOK = 4_000_000  # bytes of outputs
STATES = ("finished", "timed out", "out of memory", "crashed")  # each worse than the one before
NOT_RUN = "NotRun"
ERRORS = {"timed out": "CellTimeoutError", "out of memory": "OutOfMemory", "crashed": "DeadKernelError"}


@dataclass(frozen=True)
class Executed:
    """The result of a submission.

    `state` is one of STATES, and `reason` explains it. `verdicts` has for each exercise that the notebook checks the
    "state", "mistake", "stage" and "headline" of the verdict that counts. `own_tests` has the points of each test cell
    of the instructor's own, by grade_id: these are at nbgrader's level of trust. `cpu_seconds` is the time of the
    submission's processes, `peak_memory` the most bytes that they had at a time, an upper bound. `receipts` is what
    `checks` noted, to repeat them.
    """

    notebook: nbformat.NotebookNode
    state: str
    reason: str
    verdicts: dict
    own_tests: dict
    cpu_seconds: float
    peak_memory: int
    receipts: list


def run_session(notebook, files, checks, warm, limits, given=None):
    """Execute a repaired notebook, and judge it.

    If a cell ends its process, only that cell is lost: a fresh process runs the earlier cells again, without output, and
    continues with the next.

    Parameters
    ----------
    notebook : NotebookNode; it is not changed
    files : ``{relative path: bytes}``, the files next to it
    checks : grader.judge.checks.Checks of this submission
    warm : grader.judge.sandbox.Warm
    limits : grader.base.limits.Limits
    given : grader.judge.given.Given, the lesson's own cells that need not all be run; None: every cell is run

    Returns
    -------
    executed : Executed
    """
    with in_bounds():
        return _Session(notebook, files, checks, warm, limits, given).run()


def rehearse_session(notebook, checks, warm, limits):
    """Execute a notebook of the course's own; the result, and what there was to be seen of its cells.

    Returns
    -------
    executed : Executed
    given : grader.judge.given.Given
    """
    session = _Session(notebook, {}, checks, warm, limits, seen=[])
    executed = session.run()
    return executed, Given(session.seen)


@contextlib.contextmanager
def in_bounds():
    """On Linux, limits this process to one more GB of memory within the body, whatever a submission sends or asks."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource  # missing on Windows

    with open("/proc/self/statm", encoding="ascii") as file:
        data = int(file.read().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (soft, data + MOST_MEMORY) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def not_executed(notebook, reason):
    """A copy of `notebook` in which all test cells count as failed, because it could not be run."""
    copy = nbformat.from_dict(notebook)
    for cell in filter(is_test, copy.cells):
        cell.outputs.append(error("NotGraded", reason))
    return copy


@dataclass(frozen=True)
class _Cell:
    """A code cell: its number, how many have been run including it, and the exercise of the course that it checks."""

    node: nbformat.NotebookNode
    number: int
    count: int
    exercise: str | None


class _Stopped(Exception):
    """A cell had to be stopped: the resulting state, and what the cell did. Its process may or may not live on."""

    def __init__(self, state, what, alive=False):
        self.state, self.what, self.alive = state, what, alive


class _Session:
    def __init__(self, notebook, files, checks, warm, limits, given=None, seen=None):
        self.notebook = nbformat.from_dict(notebook)
        self.files, self.checks, self.warm, self.limits = files, checks, warm, limits
        self.end = time.monotonic() + limits.notebook
        self.state, self.reasons = "finished", []
        self.closed = ""  # why no further cell is run
        self.child = self.channel = None
        self.deaths = self.after_replay = 0
        self.lasting = []  # cells that a fresh process has to run again
        self.room = LARGEST_NOTEBOOK
        self.verdicts, self.own_tests = {}, {}
        self.cpu_seconds, self.peak_memory = 0.0, 0
        self.cells = list(self._cells())
        self.idle = given.idle([c.node for c in self.cells], [c.count for c in self.cells], files) if given else {}
        self.seen = seen  # of a rehearsal: (cell, Seen) of each code cell
        self.changes = None

    def run(self):
        try:
            for place, cell in enumerate(self.cells):
                if place in self.idle and not self.closed:
                    self._show(cell, *self.idle[place])
                else:
                    self._judge(cell)
        finally:
            self._end_process()
        if self.after_replay:
            self.reasons.append(f"{self.after_replay} of the later cells ran after the earlier ones were run again")
        return Executed(
            self.notebook,
            self.state,
            "; ".join(self.reasons),
            self.verdicts,
            self.own_tests,
            self.cpu_seconds,
            self.peak_memory,
            self.checks.receipts,
        )

    def _cells(self):
        """The code cells, as they look before they are run; empty cells are not run."""
        exercises = bank()[self.checks.lesson]
        count = 0
        for number, node in enumerate((c for c in self.notebook.cells if c.cell_type == "code"), 1):
            node.outputs, node.execution_count = [], None
            if node.source.strip() or is_test(node):
                count += 1
                checked = grade_id(node).removeprefix("check_") if is_test(node) else None
                yield _Cell(node, number, count, checked if checked in exercises else None)

    def _show(self, cell, outputs, used):
        """Attach the outputs of a cell that need not be run."""
        self.room -= used
        cell.node.outputs, cell.node.execution_count = nbformat.from_dict(outputs), cell.count

    def _judge(self, cell):
        """Run a cell, and attach its sanitized outputs."""
        outputs = CellOutputs(max(min(self.limits.output, self.room), 1_000), max(self.room, 0))
        failed = self._run(cell, outputs)
        self.room -= outputs.used
        cell.node.outputs, cell.node.execution_count = outputs.finished(cell.count), cell.count
        if self.seen is not None:
            status = "error" if failed else "ok"
            self.seen.append((cell.node, Seen(cell.node.outputs, outputs.used, status, self.changes)))
        if cell.exercise:
            self.checks.closed.add(cell.exercise)
            self.verdicts[cell.exercise] = settle_check(cell.node, self.checks.counting.get(cell.exercise))
        elif is_test(cell.node):
            self.own_tests[grade_id(cell.node)] = settle_own_test(cell.node, failed)

    def _run(self, cell, outputs):
        """Run a cell, in a fresh process if necessary; returns whether it failed."""
        if not self.closed and time.monotonic() > self.end:
            self._close("timed out", f"the notebook's {self.limits.notebook:g} seconds were up")
        while not self.closed and self.child is None:
            self._start_process()
        if self.closed:
            outputs.error(NOT_RUN, f"not run, because {self.closed}")
            return True
        self.after_replay += bool(self.deaths)
        try:
            status = self._execute(cell, outputs)
        except _Stopped as stopped:
            reason = f"code cell {cell.number} {stopped.what}"
            self._note(stopped.state, reason)
            outputs.error(ERRORS[stopped.state], reason)
            if not stopped.alive:
                self._bury()
            return True
        if not cell.exercise:
            self.lasting.append(cell)
        return status == "error"

    def _start_process(self):
        """Fork a process, and bring it to the state of the one before, without any cell that kills it this time."""
        try:
            self.child = self.warm.fork(self.files)
        except ValueError as error:  # they are too large, say
            self.reasons.append(f"run without the other files: {error}")
            self.files = {}
            self.child = self.warm.fork()
        self.channel = Channel(self.child.sock)
        self.checks.attend(self.channel)
        for cell in self.lasting:
            try:
                self._execute(cell, CellOutputs(0, 0), silent=True)
            except _Stopped as stopped:
                self._note(stopped.state, f"code cell {cell.number}, run again to restore the state, {stopped.what}")
                self.lasting.remove(cell)
                self._bury()
                if time.monotonic() > self.end:
                    self._close("timed out", f"the notebook's {self.limits.notebook:g} seconds were up")
                return

    def _bury(self):
        """A cell has ended its process: a fresh one continues, or none."""
        self._end_process()
        self.deaths += 1
        if self.deaths > MOST_DEATHS:
            self.closed = f"{self.deaths} cells had ended the Python process"

    def _end_process(self):
        if self.child:
            self.child.kill()
            end = self.child.ended()
            self.cpu_seconds += end.cpu_seconds
            self.peak_memory = max(self.peak_memory, end.peak_memory)
            self.child = self.channel = None

    def _execute(self, cell, outputs, silent=False):
        """Run one cell in the present process; returns how it ended, "ok" or "error". Raises _Stopped."""
        try:
            return self._run_in_time(cell, outputs, silent)
        except Stuck as stuck:
            outputs.card(stuck.verdict)
            raise _Stopped("timed out", "did not stop when the time of a check was up, and was ended") from None
        except Closed:
            raise _Stopped(*self._how_it_ended()) from None
        except (Malformed, Flood):
            raise _Stopped("crashed", "broke the protocol of the judge, and was ended") from None

    def _run_in_time(self, cell, outputs, silent):
        end = min(time.monotonic() + self.limits.cell, self.end)
        self.changes = None
        self.channel.serve["output"] = lambda fields: outputs.take(fields.get("output"))
        try:
            self.channel.send(
                "execute",
                end - time.monotonic(),
                index=cell.number,
                source=cell.node.source,
                silent=silent,
                checks=bool(cell.exercise),
                count=cell.count,
                watched=GENERATORS if self.seen is not None else (),
                room=outputs.room,
                picture_room=outputs.picture_room,
            )
            return self._wait(cell, outputs, end)
        except Stuck:
            raise
        except TimeoutError:
            what = f"ran longer than {self.limits.cell:g} seconds"
            if time.monotonic() >= self.end:
                what = f"was still running when the notebook's {self.limits.notebook:g} seconds were up"
        outputs.interrupted()
        self.child.interrupt()
        alive = False
        with contextlib.suppress(TimeoutError, Closed, Malformed, Flood, _Stopped):
            self._wait(cell, outputs, time.monotonic() + GRACE)
            alive = True
        raise _Stopped("timed out", what, alive)

    def _wait(self, cell, outputs, end):
        """Judge what a cell checks, until the cell has ended; this counts for the notebook's time, not for the cell's."""
        while True:
            message = self.channel.receive(end - time.monotonic())
            if message.kind == "executed" and message.fields.get("index") == cell.number:
                if message.fields.get("status") == "out of memory":
                    raise _Stopped("out of memory", "left no memory for the later cells, and was ended")
                self.changes = message.fields.get("seen")
                return message.fields.get("status")
            if message.kind != "check":
                raise Malformed(f"a message of kind {message.kind!r}")
            began = time.monotonic()
            outputs.card(self.checks.handle_check(message, self.channel, cell))
            end = min(end + time.monotonic() - began, max(end, self.end))

    def _how_it_ended(self):
        """The state, and what the last cell did, of a process that has ended by itself or exceeded a limit."""
        try:
            reason = self.child.ended(GRACE).reason
        except TimeoutError:  # it has closed the connection, but still runs
            reason = ""
        limits = self.limits
        if reason == "memory":
            return "out of memory", f"used more than {limits.memory // MB} MB of memory, and was ended"
        if reason == "cpu":
            return "timed out", f"used more than {limits.cpu:g} seconds of processor time, and was ended"
        if reason == "processes":
            return "crashed", f"had more than {limits.processes} processes and threads, and was ended"
        return "crashed", "ended the Python process"

    def _close(self, state, reason):
        """Run no further cell."""
        self.closed = reason
        self._note(state, reason)

    def _note(self, state, reason):
        """Note what went wrong; the worst event determines the state."""
        self.state = max(self.state, state, key=STATES.index)
        self.reasons.append(reason)
