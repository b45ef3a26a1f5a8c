"""Workers on this machine."""

import contextlib
import math
import os
import queue
import threading
from pathlib import Path

from grader.base.errors import ClassError
from grader.classroom.jobs import failure
from grader.classroom.scheduler import Died
from grader.classroom.worker_process import NoWorker, Worker
from grader.judge import sandbox

AT_A_TIME = 8  # jobs of one worker: forking for many more would take all of its time


class Pool:
    """Workers for a number of jobs at the same time. For a `with` statement; see `scheduler.judge_all`.

    Parameters
    ----------
    count : int, how many jobs, `cores()` by default
    early : whether workers start at once; otherwise each starts with its first job
    """

    def __init__(self, count=None, early=True):
        count = count or cores()
        self._early = early
        self.workers = [Worker() for _ in range(math.ceil(count / AT_A_TIME))]
        self.ahead = 2 * count  # so that no core waits while results are written
        self._todo, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._tend, args=(self.workers[n % len(self.workers)],), daemon=True)
            for n in range(count)
        ]

    def __enter__(self):
        if not hasattr(os, "fork"):
            raise ClassError("grading needs Linux or macOS: on Windows, grade in WSL or in a container")
        for worker in self.workers if self._early else ():
            worker.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, value, tb):
        for worker in self.workers if kind else ():
            worker.stop()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        for worker in self.workers:
            worker.close()

    def sandbox_problem(self):
        """Why no sandbox is possible here, in words, or None."""
        return sandbox.problem()

    def warm_up(self, wanted):
        """Have the workers get ready, before there is any task: a WarmUp."""
        for worker in self.workers:
            worker.warm_up(wanted)

    def send(self, task):
        """Have a task judged as soon as a thread is free."""
        self._todo.put(task)

    def receive(self, seconds=None):
        """Wait for the next task that is done.

        Returns
        -------
        task : Task
        found : Judged, Failed or Died; both are None if nothing is done after so many seconds

        Raises
        ------
        NoWorker
            If workers cannot be started.
        """
        try:
            task, found = self._done.get(timeout=seconds)
        except queue.Empty:
            return None, None
        if isinstance(found, NoWorker):
            raise found
        return task, found

    def _tend(self, worker):
        while task := self._todo.get():
            try:
                found = worker.judge(task.job)
            except (Died, NoWorker) as e:
                found = e
            except Exception as e:  # an object that cannot be sent there or back affects only this job
                found = failure(e)
            self._done.put((task, found))


def cores():
    """How many cores this process may use: those it is bound to, and at most those of its container."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        count = min(count, max(1, int(quota) // int(period)))
    return count
