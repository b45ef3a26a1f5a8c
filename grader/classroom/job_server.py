"""What a worker's process does: it has the jobs judged that come to it, several at once.

It reads no submission: it forks a process for each, which ends with it.

``python -m grader.classroom.job_server FD`` serves until the other end of the socket with that number is closed. Over that
socket it is sent a connection for each job, and the result goes back over the same connection.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from multiprocessing.connection import Connection

from grader.classroom.jobs import READY, WarmUp

MEMORY = 8_000_000_000  # bytes of the worker's own, as a guard: a submission has its own limit
LAST_SECONDS = 5  # for the end


def serve(number):
    """Judge what comes over a socket, until that is closed."""
    # jupytext does not need its servers' parts, which would take longer to import than everything else here.
    sys.modules.update(dict.fromkeys(("jupytext.sync_contentsmanager", "jupytext.async_contentsmanager")))
    from grader.classroom import attempts

    _limit_memory()
    control = socket.socket(fileno=number)
    with contextlib.suppress(OSError):
        control.sendall(READY)
        asyncio.new_event_loop().run_until_complete(_serve(control, attempts))
    signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)  # if the rest does not end by itself, the signal ends it
    with contextlib.suppress(Exception):
        attempts.put_away()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os._exit(0)


async def _serve(control, attempts):
    loop, closed, tasks = asyncio.get_running_loop(), asyncio.Event(), set()

    def take():
        data, numbers, _, _ = socket.recv_fds(control, 1, 1)
        if not data:
            loop.remove_reader(control)
            closed.set()
        for number in numbers:
            task = loop.create_task(_answer(Connection(number), attempts))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    loop.add_reader(control, take)
    await closed.wait()
    # The process that started this one has stopped it, or is gone: no submission may continue.
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(connection, attempts):
    with contextlib.suppress(EOFError, OSError), connection:
        item = connection.recv()
        if isinstance(item, WarmUp):
            attempts.warm_up(item)
        else:
            connection.send(await attempts.attempt(item))


def _limit_memory():
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows, or limited already
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
