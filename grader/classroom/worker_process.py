"""A worker: a process of its own that has one submission judged after the other, and that may be killed at any moment.

It reads none of them: a process that it forks for each does, and is gone with it.

``python -m grader.classroom.worker_process FD`` serves on the socket with that number until its other end is closed.
"""

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from grader.base import threads
from grader.base.errors import CourseError
from grader.base.paths import course_root
from grader.classroom.jobs import WarmUp
from grader.classroom.scheduler import Died

MEMORY = 8_000_000_000  # bytes of the worker's own, as a guard: a submission has its own limit
STARTS = 5  # attempts, before it is said that no worker can be started
START_SECONDS = 120
END_SECONDS = 10
READY = b"ready"

# One thread a worker, as there is a worker a core; and what hangs on the order of sets is the same in each.
_ENVIRONMENT = {
    **threads.ENVIRONMENT,
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    "CUDA_VISIBLE_DEVICES": "",  # PyTorch can be forked after a backward pass where there is no GPU alone
}


class NoWorker(CourseError):
    """No worker can be started; the message says why."""


class Worker:
    """A worker, seen from the one that has it. Its process is started by `start` or the first job, and again after a death.

    `stop` may be called by any thread, all else by one thread at a time.
    """

    def __init__(self):
        self._process = None
        self._wanted = True

    @property
    def pid(self):
        """The number of its process, or None."""
        return self._process and self._process.pid

    def start(self):
        """Start its process, and do not wait until it is ready."""
        with contextlib.suppress(OSError):  # the first job will tell
            self._process = self._process or _Process()

    def warm_up(self, wanted):
        """Have it get ready for its first jobs, of which it has none yet: a WarmUp. Nothing is waited for."""
        if self._process:
            with contextlib.suppress(OSError):
                self._process.connection.send(wanted)

    def judge(self, job):
        """Have a job judged.

        Returns
        -------
        found : Judged or Failed

        Raises
        ------
        Died
            If the process ended meanwhile, or had to be ended because it took far longer than the job's limits allow.
        NoWorker
            If none can be started.
        """
        self._send(pickle.dumps(job))
        seconds = backstop(job.limits)
        try:
            if self._process.connection.poll(seconds):
                return self._process.connection.recv()
            problem = f"a worker was ended after {seconds:.0f} seconds"
            self._end(0)
        except (EOFError, OSError):
            problem = f"a worker ended {self._end()}"
        raise Died(problem)

    def stop(self):
        """End its process at once, and whatever `judge` waits for with it. No other is started."""
        self._wanted = False
        if process := self._process:
            process.kill()

    def close(self):
        """Let its process end by itself; if it never had a job, at once."""
        if self._process:
            if not self._process.ready:
                self._process.kill()
            self._end(END_SECONDS)

    def _send(self, data):
        """Send to a process that takes it: one that died while it had nothing to do is replaced."""
        how = ""
        for _ in range(STARTS):
            try:
                self._process = self._process or _Process()
                self._process.wait_until_ready()
                if not self._wanted:
                    raise Died("a worker was stopped")
                self._process.connection.send_bytes(data)
                return
            except (EOFError, OSError) as e:
                how = self._end() if self._process else f"({e})"
        raise NoWorker(f"workers end as soon as they are started, {how}")

    def _end(self, seconds=1):
        process, self._process = self._process, None
        return process.end(seconds)


class _Process:
    """The process, our end of the socket to it, and the folder for all that it leaves behind."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gru-course-"))
        self.ready = False
        self.connection, theirs = Pipe()
        self._errors = (self.folder / "stderr").open("w+b")
        with theirs:
            self._popen = subprocess.Popen(
                # -P: what lies in a class's folder is not to be imported
                [sys.executable, "-P", "-m", __spec__.name, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_ENVIRONMENT, "TMPDIR": str(self.folder)},
                cwd=course_root(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,  # control-C is for the one who started it
            )
        self.pid, self.kill = self._popen.pid, self._popen.kill

    def wait_until_ready(self):
        if not self.ready:
            if not self.connection.poll(START_SECONDS) or self.connection.recv_bytes() != READY:
                raise EOFError
            self.ready = True

    def end(self, seconds):
        """Wait so long for its end, then bring it about; how it ended, in words."""
        self.connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)
        code = self._popen.poll()
        self.kill()
        self._popen.wait()
        with self._errors as f:
            f.seek(0)
            words = f.read().decode(errors="replace").strip().splitlines()
        shutil.rmtree(self.folder, ignore_errors=True)
        if code is None:
            return "only when it was killed"
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"{how}: {words[-1]}" if words else how


def backstop(limits):
    """Seconds after which a worker cannot be well: a submission's own limits have long ended it then, twice if need be."""
    return 2 * limits.notebook + 300


def serve(number):
    """Judge what comes in on a socket, until it is closed."""
    # jupytext does without its servers' parts, which would take longer to import than all else here.
    sys.modules.update(dict.fromkeys(("jupytext.sync_contentsmanager", "jupytext.async_contentsmanager")))
    from grader.classroom import attempts
    from grader.classroom.fresh_process import NobodyWaits

    _limit_memory()
    connection = Connection(number)
    # Whoever started this worker has enough, or is gone: no submission may go on.
    with contextlib.suppress(EOFError, OSError, NobodyWaits):
        connection.send_bytes(READY)
        while True:
            item = connection.recv()
            if isinstance(item, WarmUp):
                attempts.warm_up(item)
            else:
                connection.send(attempts.attempt(item, wanted_by=connection))
    signal.setitimer(signal.ITIMER_REAL, END_SECONDS / 2)  # if the rest does not end, the signal ends it
    with contextlib.suppress(Exception):
        attempts.put_away()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os._exit(0)


def _limit_memory():
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows, or limited already
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
