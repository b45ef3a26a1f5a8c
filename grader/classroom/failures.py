"""Failures on our side: a line for the user, and all details in the class's failures.log for whoever fixes it."""

import contextlib
import traceback
from datetime import UTC, datetime

from grader.base.wording import visible


def log_failure(log, what, report):
    """Add a report to the log, a text of any content.

    Parameters
    ----------
    log : Path, the class's failures.log
    what : str, the student or thing that it concerns
    report : str, such as a traceback
    """
    with log.open("a", encoding="utf-8", errors="replace") as f:
        f.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {one_line(what)}\n{visible(report)}\n")


def one_line(error):
    """An error, or another text, on one short line: ``"OSError: [Errno 28] No space left on device"``."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else error
    return " ".join(visible(text).split())[:200]


class LastSteps:
    """The steps after the marks are entered, each independent: if one fails, the others are still done.

    Parameters
    ----------
    log : Path, the class's failures.log
    say : called with a line about each failed step
    """

    def __init__(self, log, say):
        self.log, self.say, self.failed = log, say, False

    @contextlib.contextmanager
    def step(self, what):
        """Guard one step; `what` names it, such as "Writing grades.csv"."""
        try:
            yield
        except Exception as e:
            with contextlib.suppress(OSError):  # the disk may be full: report it anyway
                log_failure(self.log, what, "".join(traceback.format_exception(e)))
            self.tell(f"{what} failed ({one_line(e)})")

    def tell(self, problem):
        """Say what failed, and what to do."""
        self.failed = True
        self.say(
            f"{problem}. The marks are safe in the gradebook; {self.log.name} has the details. Run the same command again "
            "to try this once more, and please report it if it fails again"
        )
