"""Receipts: what a mark was made with, so that it can be reproduced; and what changed since the mark before."""

import functools
import hashlib
import importlib.metadata
import importlib.util
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np

from grader.authoring.edition import solutions_digest
from grader.base.wording import counted
from gru_ref import sealing


@functools.cache
def versions():
    """What a mark depends on besides the submission: ``{"course": …, "python": …, "numpy": …}``.

    A digest of the course's code follows its version number, since a checkout may change without a new number. It is the
    same for an install without solutions that was made from this checkout, which has no exam questions: no mark depends on them.
    """
    code = hashlib.sha256()
    packages = [Path(importlib.util.find_spec(name).origin).parent for name in ("grader", "gru_ref")]
    for place in packages:
        for path in sorted(set(place.rglob("*.py")) - set(place.glob("exam/*.py"))):
            code.update(path.relative_to(place).as_posix().encode() + b"\0" + sealing.read_text(path).encode())
    code.update(solutions_digest().encode())
    number, _, _ = importlib.metadata.version("gru-course").partition("+")
    return {
        "course": f"{number}+{code.hexdigest()[:12]}",
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def receipt(key, limits, sandbox):
    """What a run's marks are made with, ready for JSON; `key` is a CourseKey."""
    return {"key": key.fingerprint, "limits": asdict(limits), "sandbox": sandbox, "versions": versions()}


def changes(before, now, otherwise="only the random inputs differ"):
    """The differences between two gradings of a student's lesson, and why, in words; empty if there are none.

    Parameters
    ----------
    before, now : dict, the journal's entries; `before` is empty if there was none
    otherwise : the reason to give if both were made in the same way
    """
    if not before:
        return ""
    found = []
    if before["state"] != now["state"]:
        found.append(f"{before['state']} before, {now['state']} now")
    if before.get("score", now["score"]) != now["score"]:
        found.append(f"{counted(before['score'], 'point')} before, {now['score']:g} now")
    for name in sorted({**before["verdicts"], **now["verdicts"]}):
        was, is_now = (_told(entry["verdicts"].get(name)) for entry in (before, now))
        if was != is_now:
            found.append(f"{name}: {was} before, {is_now} now")
    return f"{'; '.join(found)} (why: {_reasons(before, now) or otherwise})" if found else ""


def _told(verdict):
    if not verdict:
        return "not judged"
    return f"{verdict['state']}, {verdict['mistake']}" if verdict["mistake"] else verdict["state"]


def _reasons(before, now):
    def differ(*names):
        was, is_now = before, now
        for name in names:
            was, is_now = was.get(name) or {}, is_now.get(name) or {}
        return was != is_now

    reasons = {
        "another submission": differ("digest"),
        "alone or in a team": differ("team"),
        "another build of the lesson": differ("build"),
        "partial credit": differ("partial_credit"),
        "another version of the course": differ("receipt", "versions", "course"),
        "another Python or NumPy": differ("receipt", "versions", "python") or differ("receipt", "versions", "numpy"),
        "other limits": differ("receipt", "limits"),
        "with or without a sandbox": differ("receipt", "sandbox"),
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)
