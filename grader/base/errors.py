"""Failures that are expected: their message alone tells the user what to do."""


class CourseError(Exception):
    """The command line prints its message, one sentence, and ends with exit code 1."""


class GraderFault(RuntimeError):
    """The course itself failed while it checked an answer, so there is no verdict: nothing is known about the answer."""

    def _render_traceback_(self):  # IPython calls this in place of printing a traceback
        return [f"\x1b[31m{self}\x1b[0m"]


class ClassError(CourseError):
    """A class cannot be graded; the message says what to do."""


class CheckFailed(AssertionError):
    """An answer is wrong. The message is the card's headline: the card has shown the rest."""

    def _render_traceback_(self):  # IPython calls this in place of printing a traceback
        return [f"\x1b[31m{self}\x1b[0m"]
