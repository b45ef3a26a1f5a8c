"""The outcome of a check, as data. `grader.base.cards` decides how it looks."""

from dataclasses import dataclass

VERDICT_MIME = "application/vnd.gru-course.verdict+json"  # for a verdict in a notebook's output


@dataclass(frozen=True)
class Fault:
    """What one stage of a check found wrong. `place` is the Place of the learner's line; the rest is as in Verdict.

    `mistake` is set if the stage itself recognises the mistake, in any exercise.
    """

    stage: str
    headline: str
    body: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    place: object = None
    next_step: str = ""
    picture: str = ""
    mistake: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The result of a check.

    `state` is "passed", "failed" or "todo" (still the stub). `stage` says how far the answer got. `mistake` is the key
    of the known mistake that was recognised. Texts may mark `code` in backquotes. `picture` is an SVG, or empty.
    """

    exercise: str
    state: str
    stage: str
    headline: str
    body: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    code: str = ""
    next_step: str = ""
    notes: tuple[str, ...] = ()
    mistake: str | None = None
    picture: str = ""

    @property
    def passed(self):
        return self.state == "passed"

    def as_dict(self):
        """The verdict without its picture, ready for JSON."""
        return {name: value for name, value in vars(self).items() if name != "picture"}
