"""Call a learner's function once and note everything that happens. Nothing here knows the right answer."""

import contextlib
import copy
import dis
import io
import linecache
import os
import sys
import sysconfig
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.answer.outer_names import taken_from_outside
from grader.base.tensors import is_tensor
from grader.base.timing import time_limit

KEPT_CHARACTERS = 400
PATIENCE = 8  # a call may take this many times its computing time by the clock: on a busy machine it waits for its turn


@dataclass(frozen=True)
class Place:
    """A line of the learner's code: file, number, text, and the shapes of the arrays in reach there."""

    file: str
    line: int
    text: str
    shapes: tuple[tuple[str, tuple], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What one call did. `value` is the result if `error` is None.

    `error` is the exception, `place` the learner's line where it arose, `warned` the (message, place) of each NumPy or
    Python warning, `printed` the beginning of what was printed and `printed_characters` how much it was in total,
    `changed` the arguments that the call modified. `refused` says whether it ended in a ``raise ValueError`` of the
    function's own, not of a library that it calls. `outside` holds the names that it took from the notebook.
    """

    value: object = None
    error: BaseException | None = None
    place: Place | None = None
    warned: tuple[tuple[str, Place], ...] = ()
    printed: str = ""
    printed_characters: int = 0
    changed: tuple[str, ...] = ()
    refused: bool = False
    outside: tuple[str, ...] = ()


class Deadline:
    """A time budget shared by several calls, from which each takes what it needs.

    Parameters
    ----------
    seconds : float, how long the calls may compute
    patience : float, seconds that may pass by the clock; `PATIENCE` times as many by default
    """

    def __init__(self, seconds, patience=None):
        self.seconds, self.patience = seconds, PATIENCE * seconds if patience is None else patience
        self.spent = self.passed = 0.0

    def remaining(self):
        """Seconds that are left to compute."""
        return self.seconds - self.spent

    def running(self):
        """A context manager: within the body the time runs, and OutOfTime is raised when it is over."""
        return _Running(self)


class _Running:
    """See `Deadline.running`. A class, since each call needs one, and a generator would take longer."""

    def __init__(self, deadline):
        self._deadline = deadline

    def __enter__(self):
        deadline = self._deadline
        self._worked, self._began = time.thread_time(), time.monotonic()
        self._limit = time_limit(deadline.patience - deadline.passed, deadline.remaining())
        self._limit.__enter__()

    def __exit__(self, *raised):
        try:
            return self._limit.__exit__(*raised)
        finally:
            self._deadline.spent += time.thread_time() - self._worked
            self._deadline.passed += time.monotonic() - self._began


def call(fn, args, names, deadline):
    """Call `fn` on a copy of `args` and return the Outcome.

    Parameters
    ----------
    fn : the learner's function
    args : tuple of arguments; never changed
    names : the arguments' names, for `Outcome.changed`
    deadline : Deadline; after it, the call is stopped with OutOfTime as its error. Its time is added to `spent`
    """
    before, args = args, copied_arguments(args)
    printed = _Beginning()
    value = error = place = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                with _exits_by_an_error(), deadline.running():
                    value = _copied(fn(*args))
            except KeyboardInterrupt:
                raise
            except (
                BaseException
            ) as e:  # also SystemExit and OutOfTime: nothing that a learner writes may end the kernel
                error, place = e, learners_place(e)
    changed = tuple(c for triple in zip(names, before, args, strict=False) for c in _changed(*triple))
    warned = tuple((str(w.message), _place(w.filename, w.lineno)) for w in caught)
    return Outcome(
        value,
        error,
        place,
        warned,
        printed.getvalue(),
        printed.characters,
        changed,
        is_refusal(error),
        taken_from_outside(fn),
    )


@contextlib.contextmanager
def _exits_by_an_error():
    """In a notebook `exit()` and `quit()` tell the kernel to end: within the body they raise SystemExit, as elsewhere.

    Code that ends the process at once, such as `os._exit` or a crash in compiled code, still ends the kernel.
    """
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if not shell:
        yield
        return

    def ask_exit():
        raise SystemExit

    around = vars(shell).get("ask_exit")  # set by an outer call, if an answer uses `own` or `check`
    shell.ask_exit = ask_exit
    try:
        yield
    finally:
        if around:
            shell.ask_exit = around
        else:
            del shell.ask_exit


def learners_place(error):
    """The innermost line of the learner's own code in an exception's traceback, or None."""
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _place(frame.f_code.co_filename, line)
    ]
    if not frames:
        return None
    frame, line = frames[-1]
    return _place(frame.f_code.co_filename, line, tuple(_shapes(frame.f_locals)))


def is_refusal(error):
    """Whether an exception was raised by a ``raise ValueError`` of the called function's own."""
    if not isinstance(error, ValueError):
        return False
    step = error.__traceback__
    while step.tb_next:
        step = step.tb_next
    code = step.tb_frame.f_code
    return not code.co_filename.startswith(_LIBRARIES) and code.co_code[step.tb_lasti] == _RAISE


def _place(file, line, shapes=()):
    """The Place, or None if this file is not one of the learner's."""
    if file.startswith(_NOT_THE_LEARNERS):
        return None
    return Place(file, line, linecache.getline(file, line).strip(), shapes)


class _Beginning(io.StringIO):
    """Keeps the beginning of what is written, and counts the rest."""

    characters = 0

    def write(self, text):
        room = max(KEPT_CHARACTERS - self.characters, 0)
        self.characters += len(text)
        super().write(text[:room])
        return len(text)


_RAISE = dis.opmap["RAISE_VARARGS"]
_HERE = Path(__file__).resolve().parents[1]
_LIBRARIES = (
    str(_HERE.parent / "gru_ref") + os.sep,
    str(_HERE / "answer") + os.sep,  # whose uses raise errors of their own about an answer
    str(_HERE / "judge") + os.sep,  # which passes on what a function elsewhere has raised
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    sysconfig.get_path("platlib"),
    "<frozen",
    "<__array_function__",
    "numpy/",  # compiled modules name their source relative to where they were built, as in numpy/random/_generator.pyx
)
_NOT_THE_LEARNERS = (str(_HERE) + os.sep, *_LIBRARIES)


def copied_arguments(value, memo=None):
    """The same as `copy.deepcopy`, several times as fast for trees of arrays, which most arguments are."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    if type(value) is np.ndarray and not value.dtype.hasobject:
        copied = value.copy(order="K")
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        copied = value._make(copied_arguments(part, memo) for part in value)
    elif type(value) in (tuple, list):
        copied = type(value)(copied_arguments(part, memo) for part in value)
    else:
        return copy.deepcopy(value, memo)
    memo[id(value)] = copied
    return copied


def _copied(value):
    """A copy, so that later code cannot change a result already returned; what cannot be copied is returned as it is."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a generator, say, or an object that refuses
        return value


def _shapes(variables):
    for name, value in variables.items():
        if isinstance(value, np.ndarray) or is_tensor(value):
            yield name, tuple(value.shape)
        elif "_parameters" in getattr(value, "__dict__", ()):  # a module of PyTorch
            yield from _shapes({f"{name}.{f}": v for f, v in value._parameters.items()})
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            yield from _shapes({f"{name}.{f}": v for f, v in zip(value._fields, value, strict=True)})


def _changed(name, old, new):
    """Names of what differs between `old` and `new`: arrays, numbers, words, and tuples, lists and dicts of them."""
    if isinstance(old, np.ndarray):
        return [] if _same(old, new) else [name]
    if type(old) is not type(new):
        return [name]
    if isinstance(old, _PLAIN):
        return [] if old is new or old == new else [name]
    if isinstance(old, list) and all(isinstance(item, _PLAIN) for item in old):
        # What a call puts in their place may be anything, and have its own idea of what is equal.
        return [] if list(map(type, old)) == list(map(type, new)) and old == new else [name]
    if isinstance(old, dict):
        if old.keys() != new.keys():
            return [name]
        parts = [(f"{name}[{key!r}]", old[key], new[key]) for key in old]
    elif isinstance(old, (tuple, list)):
        if len(old) != len(new):
            return [name]
        dots = [f".{f}" for f in old._fields] if hasattr(old, "_fields") else [f"[{i}]" for i in range(len(old))]
        parts = [(name + dot, a, b) for dot, a, b in zip(dots, old, new, strict=True)]
    else:
        return []
    changed = [c for part in parts for c in _changed(*part)]
    return [name] if len(parts) > 1 and changed == [inner for inner, _, _ in parts] else changed


_PLAIN = (str, int, float, bool)


def _same(old, new):
    if not isinstance(new, np.ndarray) or old.dtype != new.dtype:
        return False
    if old.shape == new.shape and old.tobytes() == new.tobytes():  # nearly always true, and the fastest test
        return True
    return np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
