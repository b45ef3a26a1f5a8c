"""The cases of one check: the arguments, and the reference's results for them."""

import contextlib
import io
from dataclasses import dataclass

import numpy as np

from grader.answer.calling import Deadline, Outcome, copied_arguments, is_refusal
from grader.base.errors import GraderFault
from grader.base.timing import OutOfTime
from grader.checking.answers import LocalAnswer

DRAWS = 3
SECONDS = 60.0  # for the course's own function, far more than any needs
# Errors of this process or machine, not of a function.
_OF_THE_MACHINE = (MemoryError, ImportError, OSError, SystemError, OutOfTime)


@dataclass(frozen=True)
class Cases:
    """The cases of one check.

    `arguments` are tuples, `references` the Outcomes of the reference for them. For the last `refused` of them there is no
    answer: the reference raises ValueError there, on purpose.
    """

    seed: int
    arguments: tuple
    references: tuple
    refused: int


def prepare(exercise, seed=None):
    """Draw the cases of one check, and compute the reference's results: random cases first, then the exercise's fixed ones.

    Parameters
    ----------
    exercise : Exercise
    seed : int, for the drawn inputs; the exercise's own by default

    Returns
    -------
    cases : Cases

    Raises
    ------
    GraderFault
        If inputs cannot be drawn, or the reference raises any error other than those of declared refusals.
    """
    seed = exercise.default_seed if seed is None else seed
    rng = np.random.default_rng(seed)
    try:
        arguments = (*(exercise.inputs(rng) for _ in range(DRAWS)), *exercise.edges)
        unanswerable = tuple(args(rng) if callable(args) else args for args in exercise.refusals)
    except Exception as error:
        raise GraderFault(f"the inputs of `{exercise.name}` cannot be drawn: {_told(error)}") from error
    right = _right(exercise, arguments)
    refused = [_refusal(exercise, args) for args in unanswerable]
    return Cases(seed, arguments + unanswerable, (*right, *refused), len(refused))


def reference_outcome(exercise, args):
    """The Outcome of the reference for a tuple of arguments that has an answer. Raises GraderFault if there is none."""
    return _right(exercise, [args])[0]


def _right(exercise, arguments):
    outcomes = _own_results(exercise, exercise.reference, arguments)
    for outcome in outcomes:
        if outcome.error is not None:
            raise _fault(exercise, "the reference", outcome.error)
    return outcomes


def own_result(exercise, fn, args):
    """The same as `own_outcome`, several times as fast, but an Outcome with a `value` does not say what else the call did.

    That is: whether it warned, printed, or changed its arguments.
    """
    return _own_results(exercise, fn, [args])[0]


def _own_results(exercise, fn, arguments):
    results, aside = [], io.StringIO()
    used = exercise.used(fn)
    try:
        with contextlib.redirect_stdout(aside), contextlib.redirect_stderr(aside), Deadline(SECONDS).running():
            for args in arguments:
                try:
                    results.append(Outcome(used(*copied_arguments(args))))
                except (Exception, SystemExit) as error:
                    results.append(_of_its_own(exercise, fn, Outcome(error=error, refused=is_refusal(error))))
    except OutOfTime as error:
        raise _fault(exercise, _what(exercise, fn), error) from error
    return results


def own_outcome(exercise, fn, args):
    """The Outcome of one of the course's own functions: the reference, or a known mistake, which may raise an error on purpose.

    Raises
    ------
    GraderFault
        If a fault of this process or machine ended it.
    """
    return _of_its_own(exercise, fn, LocalAnswer(fn, exercise).call(args, Deadline(SECONDS)))


def _of_its_own(exercise, fn, outcome):
    """The Outcome, unless a fault of this process or machine ended it."""
    if isinstance(outcome.error, _OF_THE_MACHINE):
        raise _fault(exercise, _what(exercise, fn), outcome.error)
    return outcome


def _what(exercise, fn):
    return "the reference" if fn is exercise.reference else "a known mistake"


def _refusal(exercise, args):
    outcome = own_result(exercise, exercise.reference, args)
    if not isinstance(outcome.error, ValueError):
        raise _fault(exercise, "the reference", outcome.error or "a result where there is no answer")
    return outcome


def _fault(exercise, what, error):
    return GraderFault(f"{what} of the exercise `{exercise.name}` ended in {_told(error)}")


def _told(error):
    return f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else error
