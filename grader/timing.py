"""A time limit for somebody else's code, in this very process: an endless loop ends, the kernel stays alive."""

import contextlib
import ctypes
import signal
import threading


class OutOfTime(BaseException):
    """Raised inside code that ran too long. A BaseException, so that ``except Exception`` does not swallow it."""


class _Undisturbed:
    """While this is entered, in the main thread, `OutOfTime` and `KeyboardInterrupt` wait; the last one comes at its end."""

    def __init__(self):
        self.depth, self.waiting = 0, None

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self.depth += 1

    def __exit__(self, *_):
        if self.depth and threading.current_thread() is threading.main_thread():
            self.depth -= 1
            if not self.depth and self.waiting:
                error, self.waiting = self.waiting, None
                raise error

    def ring(self, error):
        """Raise an exception, now or at the end."""
        if not self.depth:
            raise error
        self.waiting = error


undisturbed = _Undisturbed()


def interrupt(signum, frame):
    """A handler for SIGINT, which raises KeyboardInterrupt, but not in what is done `undisturbed`."""
    undisturbed.ring(KeyboardInterrupt)


@contextlib.contextmanager
def time_limit(seconds):
    """Raise OutOfTime in the body once `seconds` have passed, and again every half second if it is swallowed.

    On Unix an alarm signal interrupts Python code and sleeping alike. Elsewhere, and outside the main thread, the
    exception arrives between two Python instructions, so a single long call into C is not interrupted.
    """
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(seconds)
    else:
        limit = _by_thread(seconds)
    with limit:
        yield


@contextlib.contextmanager
def _by_signal(seconds):
    def ring(signum, frame):
        undisturbed.ring(OutOfTime)

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 0.5)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm may ring in the very line that stops it
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)


@contextlib.contextmanager
def _by_thread(seconds):
    done = threading.Event()
    target = ctypes.c_ulong(threading.get_ident())

    def watch():
        wait = max(seconds, 0.001)
        while not done.wait(wait):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(OutOfTime))
            wait = 0.5

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
