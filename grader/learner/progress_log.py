"""The learner's progress: one appended line of JSON for each check, hint and solution, so that nothing is lost."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from grader.base.paths import own_folder

_unwritten, _troubles = [], []  # entries that could not be written in this process; the reasons, to be shown


@dataclass
class Record:
    """The record of one exercise or written question.

    `checks` counts the checks; `passed` says whether one of them passed, and `slipped` whether the last one failed after
    that. `hints` counts the hints shown, and `mistakes` holds those named. `solution` says whether the solution was shown.
    """

    checks: int = 0
    passed: bool = False
    slipped: bool = False
    hints: int = 0
    mistakes: tuple[str, ...] = ()
    solution: bool = False

    @property
    def solved(self):
        """Whether the last check passed."""
        return self.passed and not self.slipped


def being_graded():
    """Whether a grading run, not a learner, executes this: nothing is recorded then."""
    return bool(os.environ.get("NBGRADER_EXECUTION") or os.environ.get("GRU_COURSE_GRADING"))


def progress_file():
    """Where progress is kept: see `grader.base.paths.own_folder`."""
    return own_folder() / "progress.jsonl"


def record_check(verdict):
    """Note a verdict."""
    _append({"exercise": verdict.exercise, "event": "check", "state": verdict.state, "mistake": verdict.mistake})


def record_hint(name):
    """Note that one more hint was shown."""
    _append({"exercise": name, "event": "hint"})


def record_solution(name):
    """Note that the solution of an exercise or a written question was shown."""
    _append({"exercise": name, "event": "solution"})


def trouble():
    """Why progress could not be written, file and reason: reported once in a process, empty afterwards."""
    return _troubles.pop() if _troubles else ""


def records():
    """All Records, by exercise name. A submission that is being graded must not show the records of the person who grades it."""
    if being_graded():
        return {}
    found = {}
    for entry in _entries():
        record = found.setdefault(entry["exercise"], Record())
        if entry["event"] == "hint":
            record.hints += 1
        elif entry["event"] == "solution":
            record.solution = True
        elif entry.get("state") != "todo":  # running an untouched lesson is no attempt
            record.checks += 1
            passed = entry.get("state") == "passed"
            record.slipped = record.passed and not passed
            record.passed = record.passed or passed
            mistake = entry.get("mistake")
            if mistake and mistake not in record.mistakes:
                record.mistakes += (mistake,)
    return found


def _entries():
    try:
        lines = progress_file().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        try:
            entry = json.loads(line)
            known = isinstance(entry["exercise"], str) and isinstance(entry["event"], str)
        except (ValueError, KeyError, TypeError):  # a line cut short by a full disk or a kill is skipped
            continue
        if known:
            yield entry
    yield from _unwritten


def _append(entry):
    if being_graded():
        return
    entry["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    file = "the progress file"
    try:
        file = progress_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as f:
            f.write("\n" + json.dumps(entry))  # newline first: a line that was cut short does not spoil the next
    except OSError as e:  # a full disk: a check must still answer
        if not _unwritten:
            _troubles.append(f"{file}: {e.strerror or e}")
        _unwritten.append(entry)
