"""A time limit for somebody else's code, in this same process: an endless loop ends, the kernel stays alive."""

import contextlib
import ctypes
import functools
import math
import os
import signal
import sys
import threading
import time
from pathlib import Path

# The reasons that OutOfTime may give.
WAITING, IMPORTING = "it waited", "in the middle of an import"
IN_ONE_CALL, SWALLOWED = "in a single call", "it was swallowed before"
AGAIN, SOON = 0.5, 0.05  # seconds until it is raised again, and until the next look whether an import has ended
LATE = 1.0  # seconds after which Python has noticed that time is up, unless one call into compiled code took them
FORGIVEN = 3  # how often it may be swallowed; then it is raised wherever Python looks for signals


class OutOfTime(BaseException):
    """Raised inside code that ran too long. A BaseException, so that ``except Exception`` does not swallow it.

    Its text is `WAITING` if time passed without work, `IMPORTING` if a library may now be half loaded, `IN_ONE_CALL` if
    compiled code could not be stopped before it ended, `SWALLOWED` if it was caught several times, or empty.
    """


class _Undisturbed:
    """Within the body, in the main thread, `OutOfTime` and `KeyboardInterrupt` wait; the last one is raised at its end."""

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
    """A handler for SIGINT, which raises KeyboardInterrupt, except while code runs `undisturbed`."""
    undisturbed.ring(KeyboardInterrupt)


@contextlib.contextmanager
def time_limit(seconds, work=math.inf):
    """Raise OutOfTime in the body once its time is over, and again every half second if it is swallowed.

    On Unix an alarm signal interrupts both Python code and sleeping, and ends a loop that catches everything; an outer
    limit waits until an inner one ends. Elsewhere, and outside the main thread, the exception arrives between two
    Python instructions, so a single long call into C is not interrupted.

    Parameters
    ----------
    seconds : float, by the clock
    work : float, seconds that this thread may compute; other threads and waiting for the processor do not count. An
        import that is under way is not interrupted for that, and what it took is granted once more.
    """
    if sys.platform == "emscripten":
        limit = contextlib.nullcontext()
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(seconds, work)
    else:
        limit = _by_thread(seconds, work)
    with limit:
        yield


class _Clock:
    """Tells when the time of this thread is over.

    Parameters
    ----------
    seconds, work : as in `time_limit`
    worked : function that returns the seconds that the thread has computed
    imports : how many imports are already under way
    """

    def __init__(self, seconds, work, worked, imports):
        self._worked, self._work, self._imports = worked, work, imports
        self._end, self._end_of_work = time.monotonic() + seconds, worked() + work
        self._held = False
        self.rung = 0  # times that its OutOfTime was raised

    def look(self, frame):
        """When to look again, in seconds, and the OutOfTime that is due, or None. `frame` is what the thread runs."""
        left = self._end - time.monotonic()
        importing = _stack(frame)[0] > self._imports
        more = self._end_of_work - self._worked()
        if left <= 0:
            return AGAIN, OutOfTime(IMPORTING if importing else WAITING if more > 0 else self._in_one_call(more))
        if more > 0:
            return min(left, max(more, 0.001)), None
        if importing:
            self._held = True
            return min(left, SOON), None
        if self._held:
            self._held, self._end_of_work = False, self._worked() + self._work
            return min(left, self._work), None
        return AGAIN, OutOfTime(self._in_one_call(more))

    def _in_one_call(self, more):
        """Why time ran out without an earlier notice; `more` seconds are left, a negative number."""
        return IN_ONE_CALL if more < -LATE and not self.rung else ""


def _stack(frame):
    """How many imports are under way in a stack of frames, and how many frames are neither the grader's nor contextlib's."""
    imports = foreign = 0
    while frame:
        name = frame.f_code.co_filename
        imports += name == "<frozen importlib._bootstrap>"
        foreign += _is_foreign(name)
        frame = frame.f_back
    return imports, foreign


@functools.lru_cache(5000)
def _is_foreign(filename):
    return not filename.startswith((_OURS, contextlib.__file__))


def _is_ours(frame):
    """Whether a frame is the grader's, or is where contextlib leaves a context manager such as `time_limit`."""
    return frame.f_code.co_filename.startswith(_OURS) or frame.f_code is _LEAVING


_OURS = str(Path(__file__).resolve().parents[1]) + os.sep
_LEAVING = contextlib._GeneratorContextManager.__exit__.__code__
_RAISE_SIGNAL = getattr(ctypes.CDLL(None), "raise") if hasattr(signal, "setitimer") else None


@contextlib.contextmanager
def _by_signal(seconds, work=math.inf):
    imports, foreign = _stack(sys._getframe())
    clock = _Clock(seconds, work, time.thread_time, imports)

    def ring(signum, frame):
        wait, error = clock.look(frame)
        signal.setitimer(signal.ITIMER_REAL, wait)
        # If only our own code is left above the limit, the exception has come through, and only the cleanup is left.
        come_through = clock.rung >= FORGIVEN and _is_ours(frame) and _stack(frame)[1] <= foreign
        if not error or come_through:
            return
        clock.rung += 1
        if clock.rung < FORGIVEN:
            undisturbed.ring(error)
        elif not undisturbed.depth:
            # ``while True: try: … except: pass`` swallows it each time. So the next signal comes before this exception, and
            # Python notices it in the handler that swallows. A loop sends it, since after a call it would be noticed here.
            error = OutOfTime(SWALLOWED)
            for _ in map(_RAISE_SIGNAL, (signal.SIGALRM,)):
                raise error

    began, previous = time.monotonic(), signal.signal(signal.SIGALRM, ring)
    left, again = signal.setitimer(signal.ITIMER_REAL, max(min(seconds, work), 0.001))
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm may go off in the very line that stops it
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
            # An outer limit checks its own time when the alarm goes off, which may have been just before this one began.
            if left or getattr(previous, "__code__", None) is ring.__code__:
                signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001), again)


@contextlib.contextmanager
def _by_thread(seconds, work=math.inf):
    done = threading.Event()
    ident = threading.get_ident()
    clock = _Clock(seconds, work, _work_of(ident), _stack(sys._getframe())[0])

    def watch():
        wait = max(min(seconds, work), 0.001)
        while not done.wait(wait):
            wait, error = clock.look(sys._current_frames().get(ident))
            if error:  # only its class can be sent, not its text
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(OutOfTime))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _work_of(ident):
    """A function that returns the seconds that a thread has computed; where that is unknown, the whole process."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(ident)
    return lambda: time.clock_gettime(clock)
