"""An answer in an untrusted process: it is called over a channel, and each part of the reply is checked."""

import time

from grader.answer.calling import KEPT_CHARACTERS, PATIENCE, Outcome, Place
from grader.answer.outer_names import MOST as MOST_OUTSIDE
from grader.base.timing import WAITING, OutOfTime
from grader.checking.answers import Answer
from grader.judge.channel import BrokenOff, Closed
from grader.judge.codec import LONGEST_NAME, LONGEST_TEXT, MOST_RESULT, Malformed, TooLarge, decode

GRACE = 2.0  # seconds after its deadline for a remote answer to report that it ran out of time
MOST_WARNINGS, MOST_CHANGED = 20, 200
MOST_KEPT = 64_000_000  # bytes of results that one check keeps


class RemoteAnswer(Answer):
    """A function or class in an untrusted process at the other end of a channel.

    Parameters
    ----------
    channel : Channel
    description : Description
    exercise : Exercise

    Attributes
    ----------
    stuck : whether it did not even report in time that it ran out of time: then its process must be ended
    """

    def __init__(self, channel, description, exercise):
        self.signature, self.stuck = description.signature, False
        self._end, self._kept = time.monotonic() + PATIENCE * exercise.seconds, 0
        self._channel, self._names = channel, list(exercise.parameters)
        self._use = exercise.use.__name__ if exercise.use else None
        self._hidden = exercise.hidden_elsewhere  # the course's function is not there anyway

    def call(self, args, deadline):
        """The Outcome of one call, with a tuple of arguments.

        The other side reports how long the call computed; the total time of all calls is measured here.

        Raises
        ------
        BrokenOff
            If the other side was interrupted.
        Closed, Malformed
            If the other side is gone, or its reply is not valid.
        """
        outcome = self._no_time(deadline)
        if outcome:
            return outcome
        try:
            fields = self._asked("call", deadline, args=args)
        except TimeoutError:
            return self._got_stuck()
        return self._taken(fields, deadline)

    def call_each(self, arguments, deadline):
        """The Outcomes of several calls, up to the first that ran out of time; errors are as for `call`.

        The other side need not wait for this one between them: it sends each Outcome as soon as there is one.
        """
        outcome, outcomes = self._no_time(deadline), []
        if outcome:
            return [outcome]

        def take(fields):
            if len(outcomes) == len(arguments):
                raise Malformed("more outcomes than calls")
            outcomes.append(self._taken(fields, deadline))

        self._channel.serve["outcome"] = take
        try:
            self._asked("calls", deadline, arguments=arguments)
        except TimeoutError:
            return [*outcomes, self._got_stuck()]
        except TooLarge:  # all of them together
            return super().call_each(arguments, deadline)
        finally:
            del self._channel.serve["outcome"]
        if len(outcomes) < len(arguments) and not (outcomes and isinstance(outcomes[-1].error, OutOfTime)):
            raise Malformed("fewer outcomes than calls")
        return outcomes

    def _no_time(self, deadline):
        """The Outcome of a call for which there is no time left; None if there is some."""
        if deadline.remaining() <= 0 or self._patience() <= 0:
            return Outcome(error=OutOfTime(WAITING if deadline.remaining() > 0 else ""))
        return None

    def _patience(self):
        return self._end - time.monotonic()

    def _asked(self, kind, deadline, **what):
        patience = self._patience()
        try:
            with self._channel.lending():
                return self._channel.request(
                    kind, patience + GRACE, use=self._use, seconds=deadline.remaining(), patience=patience,
                    parameters=self._names, hidden=self._hidden, **what,
                )  # fmt: skip
        except (BrokenOff, Closed, Malformed, TimeoutError, TooLarge):
            raise
        except Exception as error:  # of the other side: not the answer, but its process failed
            raise BrokenOff(f"the call ended in {type(error).__name__}") from None

    def _got_stuck(self):
        self.stuck = True
        return Outcome(error=OutOfTime())

    def _taken(self, fields, deadline):
        deadline.spent += _duration(fields.get("seconds"))
        outcome = outcome_from(fields)
        self._kept += len(fields["value"])
        if self._kept > MOST_KEPT:
            raise Malformed("results too large to be kept")
        return outcome


def outcome_from(fields):
    """The Outcome that another process reports, each part checked; raises Malformed if it is not valid."""
    try:
        if len(fields["value"]) > MOST_RESULT:
            raise Malformed("a result too large")
        value, error = decode(fields["value"]), fields["error"]
        if not (error is None or isinstance(error, BaseException)):
            raise Malformed("not an error")
        return Outcome(
            value=value if error is None else None,
            error=error,
            place=_place_from(fields["place"]),
            warned=tuple((_text(message), _place_from(place)) for message, place in _some(fields["warned"])),
            printed=_text(fields["printed"], KEPT_CHARACTERS),
            printed_characters=_count(fields["printed_characters"]),
            changed=tuple(_text(name, LONGEST_NAME) for name in _some(fields["changed"], MOST_CHANGED)),
            refused=fields["refused"] is True and isinstance(error, ValueError),
            outside=tuple(_text(name, LONGEST_NAME) for name in _some(fields["outside"], MOST_OUTSIDE)),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise Malformed("no outcome of a call") from problem


def _place_from(parts):
    if parts is None:
        return None
    file, line, text, shapes = parts
    shapes = tuple((_text(name, LONGEST_NAME), tuple(_count(n) for n in _some(shape))) for name, shape in _some(shapes))
    return Place(_text(file), _count(line), _text(text), shapes)


def _text(value, longest=LONGEST_TEXT):
    if type(value) is not str or len(value) > longest:
        raise Malformed("expected a text of limited length")
    return value


def _count(value):
    if type(value) is not int or not 0 <= value < 2**62:
        raise Malformed("expected a count")
    return value


def _duration(value):
    if type(value) is not float or not 0 <= value < 1e6:
        raise Malformed("expected a duration")
    return value


def _some(values, most=MOST_WARNINGS):
    if type(values) not in (list, tuple) or len(values) > most:
        raise Malformed("expected a list of limited length")
    return values
