"""The checks of one submission: new inputs for each, the verdict, and what the answer may ask the judge meanwhile."""

import collections
import contextlib
import hmac
import importlib
import io
import logging
import warnings
from dataclasses import fields as fields_of
from dataclasses import replace

from grader.answer.reach import refuse
from grader.base.errors import GraderFault
from grader.base.timing import OutOfTime, time_limit
from grader.base.wording import visible
from grader.checking.answers import misuse
from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.checking.verdict import Verdict
from grader.exercises import bank, find, lesson_of
from grader.judge.channel import BrokenOff, Closed
from grader.judge.codec import LONGEST_NAME, LONGEST_TEXT, Malformed, decode, encode
from grader.judge.course_package import spelled
from grader.judge.descriptions import description_from
from grader.judge.guest.asking import generators
from grader.judge.memory import Memory
from grader.judge.remote_answer import RemoteAnswer
from grader.judge.taught import allowed, full_name, hidden, judged_first, refusal, uses

MOST_CHECKS = 300
ASK_SECONDS = 10.0
REPLY_SECONDS = 5.0  # for a process to receive its verdict
MOST_PRINTED = 2000  # characters
MOST_ROWS = 50  # in a verdict's body, facts or notes


class Stuck(TimeoutError):
    """An answer did not stop when its time was up, and its process did not report it. `verdict` is the resulting Verdict."""

    def __init__(self, verdict):
        super().__init__(verdict.headline)
        self.verdict = verdict


class Checks:
    """Judges what a submission checks, and notes which verdicts count.

    The inputs and right results for the verdicts that count are made here before anything of the submission is read, so
    the submission cannot influence them.

    Parameters
    ----------
    lesson : str, such as ``"03_gates"``; only its own exercises are judged
    run_key : bytes, the root of all its seeds

    Attributes
    ----------
    counting : dict, from each exercise to the Verdict that counts: the first one reached in the cell that checks it
    receipts : list of dicts, with the seed of each verdict that counts
    closed : set of exercises whose verdict is settled

    Raises
    ------
    GraderFault
        If a reference fails; the methods raise it, too, if any of the course's own code fails.
    """

    def __init__(self, lesson, run_key):
        self.lesson, self.counting, self.receipts, self.closed = lesson, {}, [], set()
        self._key = run_key
        self._made = 0  # checks, by all processes of this submission
        self._ordinals = collections.Counter()
        self._checked, self._counts = None, False  # the exercise of the check in progress; whether that counts
        self._channel, self._limited = None, False
        self._prepared = {name: prepare(exercise, self._seed(name)) for name, exercise in bank()[lesson].items()}

    def attend(self, channel):
        """Serve the requests of the submission's process over a new channel, whenever this side waits."""
        self._channel, self._limited = channel, False
        channel.serve["ask"] = self.handle_ask
        channel.within = self._limits

    def handle_check(self, message, channel, cell):
        """Judge the answer that a message of kind "check" describes, and tell the other side whether it passed.

        Parameters
        ----------
        message : Message
        channel : Channel that it came over, and over which the answer is called
        cell : the cell that is running: its ``number``, and the ``exercise`` that it checks or None

        Returns
        -------
        verdict : Verdict; the process only gets its headline

        Raises
        ------
        Malformed
            If the message is not a valid one.
        Stuck
            If the process must be ended.
        Closed
            If it has gone.
        TimeoutError
            If it does not receive its verdict in time.
        """
        description = description_from(message.fields.get("answer"))
        name = message.fields.get("exercise") or description.called
        if type(name) is not str or len(name) > LONGEST_NAME:
            raise Malformed("the name of an exercise")
        wrong_use = misuse(description, name)
        counts = bool(cell.exercise) and cell.exercise not in self.counting
        counts = counts and (name == cell.exercise or wrong_use is not None)
        self._made += 1
        self._ordinals[cell.number] += 1
        answer = None
        if wrong_use:
            verdict = wrong_use
        elif name not in self._prepared:
            verdict = _failed(
                name, f"`{name}` belongs to lesson {lesson_of(name)}, and is not checked in {self.lesson}"
            )
        elif self._made > MOST_CHECKS and not counts:
            verdict = _failed(name, f"`{name}` is not checked: this notebook has already made {MOST_CHECKS} checks")
        else:
            answer = RemoteAnswer(channel, description, find(name))
            if counts:
                cases = self._prepared[name]
                self.receipts.append({"exercise": name, "cell": cell.number, "seed": cases.seed})
            else:
                cases = prepare(find(name), self._seed(name, cell.number, self._ordinals[cell.number]))
            self._counts = counts
            verdict = self._examine(find(name), answer, cases)
        verdict = _bounded(verdict)
        if counts:
            self.counting[cell.exercise] = verdict
        if answer and answer.stuck:
            raise Stuck(verdict)
        channel.reply(message, REPLY_SECONDS, passed=verdict.passed, headline=verdict.headline)
        return verdict

    def handle_ask(self, fields):
        """Evaluate a function of gru_ref that is hidden from the submission, if it is allowed now.

        Parameters
        ----------
        fields : dict: the ``question``, which is (the function's full name, args, kwargs), encoded

        Returns
        -------
        fields : dict: the ``answer``, which is a dict of the ``value``, the states of the ``generators`` among the
            arguments and what was ``printed``, encoded

        Raises
        ------
        PermissionError
            If it is not allowed.
        TimeoutError
            If it takes longer than 10 seconds, or than there is time to wait.
        Exception
            What the function raised.
        """
        question = fields.get("question")
        if type(question) is not bytes:
            raise Malformed("no question")
        if not self._checked and (known := _memory.recall(question)):
            name, answer = known
            self._askable(name)
            return {"answer": answer}
        theirs = _Theirs(self._channel.borrow)
        asked = decode(question, theirs.borrow)
        if type(asked) is not tuple or [type(part) for part in asked] != [str, tuple, dict]:
            raise Malformed("no question")
        name, args, kwargs = asked
        answer = self._computed(self._askable(name), args, kwargs, theirs.errors)
        try:
            data = encode(answer, _no_function)
        except _Lent:
            return {"answer": encode(answer, self._channel.lend)}
        if not self._checked and not theirs.borrowed:
            _memory.keep(question, name, data)
        return {"answer": data}

    def _computed(self, function, args, kwargs, errors_of_theirs):
        printed = io.StringIO()
        with self._limits(), contextlib.redirect_stdout(printed):
            try:
                value = function(*args, **kwargs)
            except (ImportError, SystemError) as error:  # of this process; any other error comes from the arguments
                if any(error is known for known in errors_of_theirs):
                    raise
                raise GraderFault(f"{function.__name__} ended in {type(error).__name__}: {error}") from error
        states = [generator.bit_generator.state for generator in generators((args, kwargs))]
        return {"value": value, "generators": states, "printed": printed.getvalue()[:MOST_PRINTED]}

    def _seed(self, *parts):
        digest = hmac.digest(self._key, ":".join(map(str, parts)).encode(), "sha256")
        return int.from_bytes(digest[:8], "big")

    def _examine(self, exercise, answer, cases):
        self._checked = exercise
        self._channel.serve["check"] = _one_at_a_time
        try:
            return examine(exercise, answer, cases=cases)
        except BrokenOff:
            return _failed(exercise.name, f"`{exercise.name}` was interrupted while it was being checked")
        except (Closed, Malformed, GraderFault):
            raise
        except Exception as error:  # caused by the answer's result, which may be anything: the other checks must go on
            _log.warning("the check of %s ended in %s", exercise.name, type(error).__name__)
            return _failed(exercise.name, f"`{exercise.name}` returns something that cannot be checked")
        finally:
            self._checked, self._counts = None, False
            del self._channel.serve["check"]

    def _askable(self, name):
        exercise = self._checked
        own = exercise is not None and exercise.name in bank()[self.lesson]
        # An answer may have been moved after one that needs it; a learner's own trial must not be used to tabulate a function.
        needed = uses(self.lesson, exercise.name) if own and self._counts else ()
        if name in (allowed(self.lesson, exercise.name) if own else allowed(self.lesson)):
            first = judged_first(self.lesson, name)
            if first and first not in self.closed and name not in needed:
                raise PermissionError(f"{spelled(name)} is not available before `{first}` has been checked")
            module, _, function = name.rpartition(".")
            return getattr(importlib.import_module(module), function)
        if exercise and name in {full_name(fn) for fn in (exercise.reference, *exercise.hidden)}:
            refuse()
        if name not in hidden(self.lesson):
            raise Malformed("a question about something that is not hidden")
        raise PermissionError(refusal(name, self.lesson))

    @contextlib.contextmanager
    def _limits(self):
        """A time limit for computing on the other side's behalf; nested uses share the outer limit."""
        if self._limited:
            yield
            return
        self._limited = True
        seconds = min(ASK_SECONDS, self._channel.remaining())
        try:
            with warnings.catch_warnings(), time_limit(seconds):
                warnings.simplefilter("ignore")
                yield
        except OutOfTime:
            raise TimeoutError(f"this took longer than {max(seconds, 0):g} seconds") from None
        finally:
            self._limited = False


_log = logging.getLogger(__name__)
_memory = Memory()  # of this process, which judges one submission; earlier entries come from rehearsals


def _one_at_a_time(fields):
    raise Malformed("a check within a check")


class _Theirs:
    """The functions that were borrowed for one question, and the errors that they raised."""

    def __init__(self, borrow):
        self._borrow, self.borrowed, self.errors = borrow, False, []

    def borrow(self, number):
        function, self.borrowed = self._borrow(number), True

        def theirs(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except Exception as error:
                self.errors.append(error)
                raise

        return theirs


class _Lent(Exception):
    """A value holds a function."""


def _no_function(function):
    raise _Lent


def _failed(name, headline):
    return Verdict(name, "failed", "is judged", headline)


def _bounded(value):
    """A verdict, or part of one, with its texts from outside cut to a bounded length and made safe to show."""
    if isinstance(value, Verdict):
        return replace(
            value, **{f.name: _bounded(getattr(value, f.name)) for f in fields_of(value) if f.name != "picture"}
        )
    if isinstance(value, tuple):
        return tuple(map(_bounded, value[:MOST_ROWS]))
    return visible(value[:LONGEST_TEXT]) if isinstance(value, str) else value
