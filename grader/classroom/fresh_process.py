"""A separate process for each submission, forked from one that never reads any, and ended with it."""

import asyncio
import contextlib
import os
import signal
from multiprocessing.connection import Pipe

from grader.judge.codec import Malformed, decode, encode
from grader.judge.guest import kernel


class Ended(RuntimeError):
    """The process ended before it had a result. The message says how."""


class TookTooLong(RuntimeError):
    """The process was ended because its time was up."""


async def in_fresh_process(function, *args, seconds=None):
    """Call a function in a process that is forked for this, and ends with it; also if this is cancelled.

    Parameters
    ----------
    function : called as ``function(*args)``; `grader.judge.codec.encode` must be able to write its result: the
        process may have handled hostile data, so no pickle is read from it
    seconds : how long it may take in total; None for no limit

    Returns
    -------
    result : what the function returned

    Raises
    ------
    Ended
        If the process ended by itself, or was killed.
    TookTooLong
        If its time was up; then it was ended.
    """
    ours, theirs = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        ours.close()
        _serve_once(theirs, function, args)
    theirs.close()
    with ours:
        try:
            async with asyncio.timeout(seconds):
                await _readable(ours)
            return decode(ours.recv_bytes())
        except TimeoutError:
            raise TookTooLong(f"it took longer than {seconds:.0f} seconds") from None
        except (EOFError, OSError, Malformed):
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)  # if it had a result, it is ending anyway
            _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    raise Ended(f"the process that judged it ended {how}")


async def _readable(connection):
    """Wait until there is something to read from a connection, or its other end is closed."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection.fileno(), readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection.fileno())


def _serve_once(connection, function, args):
    """What the forked process does. Never returns."""
    status = 1
    try:
        with contextlib.suppress(OSError, AttributeError):  # not Linux
            kernel.die_with_parent()
        connection.send_bytes(encode(function(*args)))
        status = 0
    finally:
        os._exit(status)
