"""What a submission calls while it is graded: check, hint, outcome, predict, progress, show, solution. The judge decides."""

import contextlib
import functools
import importlib
import sys

from grader import figures
from grader.answer import uses
from grader.answer.calling import Deadline, call
from grader.answer.description import described
from grader.answer.reach import out_of_reach
from grader.base import predictions
from grader.base.errors import CheckFailed
from grader.base.timing import OutOfTime
from grader.judge.codec import LONGEST_TEXT, MOST_RESULT, TooLarge, cut, encode, shared_types
from grader.judge.descriptions import fields_of
from grader.judge.guest import asking

MOST_WARNINGS, MOST_SHAPES, MOST_CHANGED = 20, 20, 200

shared_types()  # loaded now, so that no submission waits for it
figures.texts()


def check(answer, exercise=None):
    """Have an answer checked: the judge calls it, and says whether it is right.

    Parameters
    ----------
    answer : a function or class; its name says which exercise it answers
    exercise : str, the exercise, for a function with another name

    Raises
    ------
    CheckFailed
        If the answer is not right (an AssertionError, so that nbgrader counts it).
    """
    sys.stdout.flush()  # earlier output goes above the card
    channel = asking.channel()
    if channel.serve["call"] is not asking.nothing_to_call:
        raise RuntimeError("an answer cannot check itself")
    channel.serve["call"] = functools.partial(_call, answer)
    channel.serve["calls"] = functools.partial(_call_each, answer, channel)
    try:
        name = None if exercise is None else cut(exercise)
        verdict = channel.request("check", answer=fields_of(described(answer)), exercise=name)
    finally:
        channel.serve["call"] = channel.serve["calls"] = asking.nothing_to_call
    if not verdict["passed"]:
        raise CheckFailed(verdict["headline"].replace("`", ""))


def hint(answer):
    """Print that there are no hints now."""
    print("Hints are for learning: grading shows none.")


def solution(answer):
    """Print that there are no solutions now."""
    print("Solutions are for learning: grading shows none.")


def progress():
    """Print that there is no map now."""
    print("The map of the course is for learning: grading shows none.")


def show(fig, name=None, *, alt=None):
    """Print what a figure shows, and close it; it is not drawn, since marks need no pictures.

    Raises
    ------
    ValueError
        If no lesson has a figure of that name, or `alt` is empty.
    """
    text = figures.text_for(name, alt)
    import matplotlib.pyplot as plt

    plt.close(fig)
    print(text)


def predict(name, guess):
    """Note a prediction, without any output."""
    predictions.note(name, guess)


def outcome(name, came, unit=""):
    """Print the result, and what was predicted."""
    print(predictions.compare(name, came, unit))


def own(answer):
    """The course's function of that name: a cell that only uses an answer gives no marks, and the answer may be wrong."""
    name = described(answer).called
    course = importlib.import_module("gru_ref")
    if not hasattr(course, name):
        raise ValueError(f"{cut(name)} is not the name of an exercise")
    return getattr(course, name)


def gate_explorer():
    """Does nothing: nobody uses an interactive figure while a notebook is graded."""


def text_explorer(**start):
    """Does nothing, as `gate_explorer`."""


def chorale_explorer(**start):
    """Does nothing, as `gate_explorer`."""


def _call(answer, fields):
    """Serve the judge's request to call the answer; returns the Outcome in a form that can be sent."""
    (outcome,) = _outcomes(answer, fields, [fields["args"]])
    return outcome


def _call_each(answer, channel, fields):
    """Serve the judge's request to call the answer several times: each Outcome is sent at once, until one has no more time."""
    for outcome in _outcomes(answer, fields, fields["arguments"]):
        channel.send("outcome", **outcome)
        if isinstance(outcome["error"], OutOfTime):
            break
    return {}


def _outcomes(answer, fields, arguments):
    use = getattr(uses, fields["use"]) if fields["use"] else None
    deadline = Deadline(fields["seconds"], fields["patience"])
    # This only reports what is no answer: code that wants to cheat can undo it.
    with out_of_reach(*(getattr(importlib.import_module(module), name) for module, name in fields["hidden"])):
        used = uses.used(use, answer)
        for args in arguments:
            before = deadline.spent
            outcome = call(used, args, fields["parameters"], deadline)
            yield _in_fields(outcome, deadline.spent - before)


def _in_fields(outcome, seconds):
    return {
        "value": _result(outcome.value),
        "error": outcome.error,
        "place": _place(outcome.place),
        "warned": [(message[:LONGEST_TEXT], _place(place)) for message, place in outcome.warned[:MOST_WARNINGS]],
        "printed": outcome.printed,
        "printed_characters": outcome.printed_characters,
        "changed": [cut(name) for name in outcome.changed[:MOST_CHANGED]],
        "refused": outcome.refused,
        "outside": list(outcome.outside),
        "seconds": seconds,
    }


def _result(value):
    """A value as bytes; for one that is too large, only this fact."""
    with contextlib.suppress(TooLarge):
        data = encode(value)
        if len(data) <= MOST_RESULT:
            return data
    return encode(type("result too large to be sent", (), {})())


def _place(place):
    """A Place in a form that can be sent, or None."""
    if place is None:
        return None
    shapes = [(cut(name), list(shape)) for name, shape in place.shapes[:MOST_SHAPES]]
    return place.file[-LONGEST_TEXT:], place.line, place.text[:LONGEST_TEXT], shapes
