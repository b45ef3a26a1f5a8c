"""Workers on other machines, through Dask: the extra `cluster`."""

import contextlib
import logging
import pickle
import queue
import socket
import time
from concurrent.futures import CancelledError

from grader.base.errors import ClassError
from grader.classroom.jobs import failure
from grader.classroom.receipts import versions
from grader.classroom.scheduler import Died
from grader.classroom.worker_process import NoWorker, Worker
from grader.judge import sandbox

CONNECT_SECONDS = 20
RECOUNT_SECONDS = 5  # workers may come and go

_worker = Worker()  # of this process, if it is a Dask worker's


class Cluster:
    """A Dask cluster, used like a Pool.

    Each Dask worker has a worker process for all its threads, with a Pool's limits, which is replaced if it dies. If a Dask
    worker is lost, Dask gives its jobs to another.

    Parameters
    ----------
    address : the scheduler's, such as ``"tcp://10.0.0.1:8786"``
    """

    def __init__(self, address):
        self.address = address
        self._done, self._counted = queue.SimpleQueue(), (0, 0)

    def __enter__(self):
        """Connect.

        Raises
        ------
        ClassError
            If Dask is not installed, if there are no workers at the address, or if their versions differ from ours.
        """
        try:
            from distributed import Client
        except ImportError:
            raise ClassError("--cluster needs Dask: in the course's folder, pip install -e '.[cluster]'") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost and repeated tasks need no message
        try:
            self._client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as e:
            raise ClassError(f"no Dask scheduler answers at {self.address}: {e}") from None
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            self._client.close()
            raise ClassError(f"the Dask scheduler at {self.address} has no workers: start some first") from None
        with self._or_close():
            for place, theirs in self._everywhere(versions).items():
                _must_equal(theirs, versions(), place)
        return self

    def __exit__(self, kind, value, tb):
        self._client.close()

    @property
    def ahead(self):
        """How many jobs may be under way: two for each thread, so that no thread waits for us."""
        count, when = self._counted
        if time.monotonic() - when > RECOUNT_SECONDS:
            with self._told_if_lost():
                count = sum(self._client.nthreads().values())
            self._counted = count, time.monotonic()
        return 2 * max(1, count)

    def warm_up(self, wanted):
        """Nothing: Dask decides who gets a job."""

    def sandbox_problem(self):
        """Why some worker cannot have a sandbox, in words, or None."""
        found = self._everywhere(sandbox.problem).items()
        return next((f"on {place}: {problem}" for place, problem in found if problem), None)

    def send(self, task):
        """Have some worker judge a task."""
        with self._told_if_lost():
            future = self._client.submit(_judge_there, pickle.dumps(task.job), versions(), pure=False)
        future.add_done_callback(lambda future: self._done.put((task, future)))

    def receive(self, seconds=None):
        """Wait for the next task that is done.

        Returns
        -------
        task : Task
        found : Judged, Failed or Died; both are None if nothing is done after so many seconds

        Raises
        ------
        ClassError, NoWorker
            If the scheduler was lost, or a worker cannot do this.
        """
        try:
            task, future = self._done.get(timeout=seconds)
        except queue.Empty:
            return None, None
        with self._told_if_lost():
            error = future.exception()
            if isinstance(error, ClassError | NoWorker):
                raise error
            return task, failure(error) if error else future.result()

    def _everywhere(self, function):
        try:
            return self._client.run(function)
        except Exception as e:
            raise ClassError(
                f"the workers at {self.address} cannot run the course ({e}): install the same version there"
            ) from None

    @contextlib.contextmanager
    def _told_if_lost(self):
        try:
            yield
        except (OSError, CancelledError):
            raise ClassError(
                f"the Dask scheduler at {self.address} was lost: run the command again to continue"
            ) from None

    @contextlib.contextmanager
    def _or_close(self):
        try:
            yield
        except BaseException:
            self._client.close()
            raise


def _judge_there(data, wanted):
    """Run by Dask: judge a pickled job in the worker process of this Dask worker."""
    _must_equal(versions(), wanted, socket.gethostname())
    try:
        return _worker.judge(pickle.loads(data))
    except Died as e:
        return e


def _must_equal(theirs, ours, place):
    if theirs != ours:
        names = " and ".join(
            f"{name} {theirs.get(name)} there, {ours[name]} here" for name in ours if theirs.get(name) != ours[name]
        )
        raise ClassError(
            f"the worker {place} has other versions: {names}. Marks must not depend on the machine: install the same versions"
        )
