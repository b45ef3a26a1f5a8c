"""A separate process for each submission, forked from one that never reads any, and ended with it."""

import contextlib
import os
import signal
from multiprocessing.connection import Pipe, wait

from grader.judge.codec import Malformed, decode, encode
from grader.judge.guest import kernel


class Ended(RuntimeError):
    """The process ended before it had a result. The message says how."""


class TookTooLong(RuntimeError):
    """The process was ended because its time was up."""


class NobodyWaits(RuntimeError):
    """Nobody waits for the result any more."""


def in_fresh_process(function, *args, wanted_by=None, seconds=None):
    """Call a function in a process that is forked for this, and ends with it.

    Parameters
    ----------
    function : called as ``function(*args)``; `grader.judge.codec.encode` must be able to write its result: the
        process may have handled hostile data, so no pickle is read from it
    wanted_by : Connection that is closed when nobody wants the result any more, or None
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
    NobodyWaits
        If `wanted_by` was closed; then the process was ended.
    """
    ours, theirs = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        _serve_once(theirs, function, args, unneeded=[end for end in (ours, wanted_by) if end])
    theirs.close()
    with ours:
        try:
            ready = wait([ours, *filter(None, [wanted_by])], seconds)
            if not ready:
                raise TookTooLong(f"it took longer than {seconds:.0f} seconds")
            if ours not in ready:
                raise NobodyWaits
            return decode(ours.recv_bytes())
        except (EOFError, OSError, Malformed):
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)  # if it had a result, it is ending anyway
            _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    raise Ended(f"the process that judged it ended {how}")


def _serve_once(connection, function, args, unneeded):
    """What the forked process does. Never returns."""
    status = 1
    try:
        with contextlib.suppress(OSError, AttributeError):  # not Linux
            kernel.die_with_parent()
        for end in unneeded:
            end.close()
        connection.send_bytes(encode(function(*args)))
        status = 0
    finally:
        os._exit(status)
