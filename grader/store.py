"""The learner's progress: one line of JSON for each check and hint, appended, so that nothing is ever lost."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.paths import NoCourse, course_root


@dataclass
class Record:
    """What is known of one exercise: checks made, whether one passed, hints shown, the mistakes named."""

    checks: int = 0
    passed: bool = False
    hints: int = 0
    mistakes: tuple[str, ...] = ()


def being_graded():
    """Whether a grading run, not a learner, executes this: nothing is recorded then."""
    return bool(os.environ.get("NBGRADER_EXECUTION") or os.environ.get("GRU_COURSE_GRADING"))


def progress_file():
    """Where progress is kept: one file a checkout, or in the home folder where a notebook was copied out of one."""
    try:
        return course_root() / ".gru-course" / "progress.jsonl"
    except NoCourse:
        return Path.home() / ".gru-course" / "progress.jsonl"


def record_check(verdict):
    """Note a verdict."""
    _append({"exercise": verdict.exercise, "event": "check", "state": verdict.state, "mistake": verdict.mistake})


def record_hint(name):
    """Note that one more hint was shown."""
    _append({"exercise": name, "event": "hint"})


def records():
    """All Records, by exercise name. A hand-in that is being graded must not show those of whoever grades it."""
    if being_graded():
        return {}
    found = {}
    for entry in _entries():
        record = found.setdefault(entry["exercise"], Record())
        if entry["event"] == "hint":
            record.hints += 1
        elif entry.get("state") != "todo":  # to run an untouched lesson is no attempt
            record.checks += 1
            record.passed = record.passed or entry.get("state") == "passed"
            mistake = entry.get("mistake")
            if mistake and mistake not in record.mistakes:
                record.mistakes += (mistake,)
    return found


def _entries():
    try:
        lines = progress_file().read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
            entry["exercise"], entry["event"]
        except (ValueError, KeyError, TypeError):  # a line cut short by a full disk or a kill costs only itself
            continue
        yield entry


def _append(entry):
    if being_graded():
        return
    entry["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        progress_file().parent.mkdir(exist_ok=True)
        with progress_file().open("a", encoding="utf-8") as f:
            f.write("\n" + json.dumps(entry))  # newline first: a line that was cut short does not spoil the next
    except OSError:  # a read-only folder: a check must still answer
        return
