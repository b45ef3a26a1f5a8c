"""Failures that are expected: their message alone tells the user what to do."""


class CourseError(Exception):
    """The command line prints its message, one sentence, and ends with exit code 1."""


class ClassError(CourseError):
    """A class cannot be graded; the message says what to do."""
