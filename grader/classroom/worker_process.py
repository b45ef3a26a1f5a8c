"""A worker: a separate process that has one submission judged after the other, and that may be killed at any time.

It does not read them: it forks a process for each, which ends with it.

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
STARTS = 5  # attempts before we report that no worker can be started
START_SECONDS = 120
END_SECONDS = 10
READY = b"ready"

# One thread for each worker, since there is a worker for each core; the order of sets is the same in all of them.
_ENVIRONMENT = {
    **threads.ENVIRONMENT,
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    "CUDA_VISIBLE_DEVICES": "",  # PyTorch can be forked after a backward pass only without a GPU
}


class NoWorker(CourseError):
    """No worker can be started; the message says why."""


class Worker:
    """A worker, as its owner sees it. `start` or the first job starts its process; after a death, a new one is started.

    Any thread may call `stop`, one thread at a time everything else.
    """

    def __init__(self):
        self._process = None
        self._wanted = True

    @property
    def pid(self):
        """The number of its process, or None."""
        return self._process and self._process.pid

    def start(self):
        """Start its process, without waiting until it is ready."""
        with contextlib.suppress(OSError):  # the first job will report it
            self._process = self._process or _Process()

    def warm_up(self, wanted):
        """Have it get ready for its first jobs: a WarmUp. This does not wait."""
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
        """End its process at once, and with it anything that `judge` waits for. No new one is started."""
        self._wanted = False
        if process := self._process:
            process.kill()

    def close(self):
        """Let its process end by itself; end it at once if it never had a job."""
        if self._process:
            if not self._process.ready:
                self._process.kill()
            self._end(END_SECONDS)

    def _send(self, data):
        """Send to a living process: one that died while it was idle is replaced."""
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
    """The process, our end of the socket to it, and the folder for everything that it leaves behind."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gru-course-"))
        self.ready = False
        self.connection, theirs = Pipe()
        self._errors = (self.folder / "stderr").open("w+b")
        with theirs:
            self._popen = subprocess.Popen(
                # -P: files in a class's folder must not be imported
                [sys.executable, "-P", "-m", __spec__.name, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_ENVIRONMENT, "TMPDIR": str(self.folder)},
                cwd=course_root(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,  # Ctrl-C is for the process that started it
            )
        self.pid, self.kill = self._popen.pid, self._popen.kill

    def wait_until_ready(self):
        if not self.ready:
            if not self.connection.poll(START_SECONDS) or self.connection.recv_bytes() != READY:
                raise EOFError
            self.ready = True

    def end(self, seconds):
        """Wait this long for its end, then end it; returns in words how it ended."""
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
    """Seconds after which a worker must be broken: a submission's own limits would have ended it long before, even twice."""
    return 2 * limits.notebook + 300


def serve(number):
    """Judge the jobs from a socket, until it is closed."""
    # jupytext does not need its servers' parts, which would take longer to import than everything else here.
    sys.modules.update(dict.fromkeys(("jupytext.sync_contentsmanager", "jupytext.async_contentsmanager")))
    from grader.classroom import attempts
    from grader.classroom.fresh_process import NobodyWaits

    _limit_memory()
    connection = Connection(number)
    # The process that started this worker has stopped it, or is gone: no submission may continue.
    with contextlib.suppress(EOFError, OSError, NobodyWaits):
        connection.send_bytes(READY)
        while True:
            item = connection.recv()
            if isinstance(item, WarmUp):
                attempts.warm_up(item)
            else:
                connection.send(attempts.attempt(item, wanted_by=connection))
    signal.setitimer(signal.ITIMER_REAL, END_SECONDS / 2)  # if the rest does not end by itself, the signal ends it
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
