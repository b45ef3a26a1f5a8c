"""Test whether a judge can tell right from wrong in a lesson, before it judges any submission.

This also imports everything that the lesson's exercises need, and answers the questions of the lesson's own cells, so
that neither takes time from a submission's limits.
"""

import ast
import importlib
from dataclasses import replace

from grader.base.errors import GraderFault
from grader.base.limits import Limits
from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.exercises import bank
from grader.judge.checks import Checks
from grader.judge.image import imported_modules
from grader.judge.session import rehearse_session
from grader.judge.taught import source


def check_exercises(lesson):
    """Judge three answers to each exercise: a right one, one that refuses everything, and one that returns nothing.

    Parameters
    ----------
    lesson : str, such as ``"03_gates"``

    Raises
    ------
    GraderFault
        If one of them gets the wrong verdict.
    """
    for exercise in bank()[lesson].values():
        _get_mistakes_ready(exercise)
        cases = prepare(exercise)
        for answer, is_right in ((exercise.reference, True), (_refuses, False), (_returns_nothing, False)):
            if examine(exercise, answer, cases=cases, naming=False).passed != is_right:
                what = "its own reference is wrong" if is_right else f"an answer that {answer.__doc__} is right"
                raise GraderFault(f"the judge of `{exercise.name}` does not work: it finds that {what}")


def rehearse(lesson, warm, limits):
    """Judge the lesson's own solutions, in the sandbox, as a submission; see what the lesson's own cells do and show.

    Parameters
    ----------
    lesson : str
    warm : grader.judge.sandbox.Warm
    limits : grader.base.limits.Limits; the usual times are enough

    Returns
    -------
    given : grader.judge.given.Given, of the lesson's own cells

    Raises
    ------
    GraderFault
        If one of them does not pass.
    """
    limits = replace(limits, cell=max(limits.cell, Limits.cell), notebook=max(limits.notebook, Limits.notebook))
    done, given = rehearse_session(source(lesson).notebook(), Checks(lesson, b"rehearsal"), warm, limits)
    wrong = {name: v["headline"] for name, v in done.verdicts.items() if v["state"] != "passed"}
    if wrong or done.verdicts.keys() != bank()[lesson].keys():
        why = "; ".join(filter(None, (done.reason, *wrong.values()))) or "not all of its exercises were checked"
        raise GraderFault(f"the course's own solution of {lesson} does not pass here: {why}")
    return given


def _get_mistakes_ready(exercise):
    """Only wrong answers need the known mistakes: compile them now, and import what they import."""
    for mistake in (*exercise.mistakes.values(), *(both for *_, both in exercise.pairs)):
        mistake.fn  # noqa: B018
        for node in ast.walk(ast.parse(mistake.source)):
            for name in imported_modules(node):
                importlib.import_module(name)


def _refuses(*args, **kwargs):
    """refuses everything"""
    raise ValueError("refused")


def _returns_nothing(*args, **kwargs):
    """returns nothing"""
