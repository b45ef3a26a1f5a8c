"""A worker, as its owner sees it: a separate process that has submissions judged, and that may be killed at any time.

`grader.classroom.job_server` says what it does. It can judge several submissions at once, so one does for several cores.
"""

import contextlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from multiprocessing.connection import Pipe
from pathlib import Path

from grader.base import threads
from grader.base.errors import CourseError
from grader.base.paths import course_root
from grader.classroom.jobs import READY
from grader.classroom.scheduler import Died

STARTS = 5  # attempts before we report that no worker can be started
START_SECONDS = 120
END_SECONDS = 10

# One thread for each submission, since one is judged on each core; the order of sets is the same in all of them.
_ENVIRONMENT = {
    **threads.ENVIRONMENT,
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    "CUDA_VISIBLE_DEVICES": "",  # PyTorch can be forked after a backward pass only without a GPU
}


class NoWorker(CourseError):
    """No worker can be started; the message says why."""


class Worker:
    """A worker. `start` or the first job starts its process; after a death, a new one is started.

    Any thread may call anything: each job that is judged at the same time needs a thread that waits for it.
    """

    def __init__(self):
        self._process = None
        self._wanted = True
        self._lock = threading.Lock()  # of those who start a process

    @property
    def pid(self):
        """The number of its process, or None if none is running."""
        return self._process.pid if self._process and self._process.ended is None else None

    def start(self):
        """Start its process, without waiting until it is ready."""
        with contextlib.suppress(OSError), self._lock:  # the first job will report it
            self._living()

    def warm_up(self, wanted):
        """Have it get ready for its first jobs: a WarmUp. This does not wait."""
        if self._process:
            with contextlib.suppress(OSError), self._process.connect() as connection:
                connection.send(wanted)

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
        process, connection = self._send(pickle.dumps(job))
        seconds = backstop(job.limits)
        with connection:
            try:
                if connection.poll(seconds):
                    return connection.recv()
                problem = f"a worker was ended after {seconds:.0f} seconds"
                process.end(0)
            except (EOFError, OSError):
                problem = f"a worker ended {process.end(1)}"
        raise Died(problem)

    def stop(self):
        """End its process at once, and with it anything that `judge` waits for. No new one is started."""
        self._wanted = False
        if process := self._process:
            process.kill()

    def close(self):
        """Let its process end by itself; end it at once if it never had a job."""
        if process := self._process:
            if not process.ready:
                process.kill()
            process.end(END_SECONDS)

    def _send(self, data):
        """Send to a living process, over a connection that is made for this: one that died while it was idle is replaced."""
        how = ""
        for _ in range(STARTS):
            process = None
            try:
                with self._lock:
                    process = self._living()
                    process.wait_until_ready()
                if not self._wanted:
                    raise Died("a worker was stopped")
                connection = process.connect()
                connection.send_bytes(data)
                return process, connection
            except (EOFError, OSError) as e:
                how = process.end(1) if process else f"({e})"
        raise NoWorker(f"workers end as soon as they are started, {how}")

    def _living(self):
        """Its process; a new one if there is none. For who has the lock."""
        if self._process is None or self._process.ended:
            self._process = _Process()
        return self._process


class _Process:
    """The process, our end of the socket to it, and the folder for everything that it leaves behind.

    `ended` says in words how it ended, once that is known.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gru-course-"))
        self.ready, self.ended = False, None
        self._lock = threading.Lock()  # of those who end it
        self._control, theirs = socket.socketpair()
        self._errors = (self.folder / "stderr").open("w+b")
        with theirs:
            self._popen = subprocess.Popen(
                # -P: files in a class's folder must not be imported
                [sys.executable, "-P", "-m", "grader.classroom.job_server", str(theirs.fileno())],
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
            self._control.settimeout(START_SECONDS)
            if self._control.recv(len(READY)) != READY:
                raise EOFError
            self._control.settimeout(None)
            self.ready = True

    def connect(self):
        """A new Connection to it, for one job."""
        ours, theirs = Pipe()
        with theirs:
            socket.send_fds(self._control, [b"j"], [theirs.fileno()])
        return ours

    def end(self, seconds):
        """Wait this long for its end, then end it; returns in words how it ended."""
        with self._lock:
            self.ended = self.ended or self._ended_within(seconds)
        return self.ended

    def _ended_within(self, seconds):
        self._control.close()
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
