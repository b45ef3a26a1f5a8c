"""Item analysis of a class: who passed each exercise, which mistakes were made, how well it discriminates."""

import collections
import math
from dataclasses import dataclass

import numpy as np

from grader.exercises import bank
from grader.exercises.general import known_mistakes

TELLS_APART = 0.3  # from this item–rest correlation on, by custom
FEWEST = 10  # submissions needed for a meaningful correlation
# An unnamed mistake, by the stage of the check that found it.
STAGES = {
    "arguments": "takes the wrong arguments",
    "runs": "stops with an error, or never ends",
    "leaves its inputs alone": "changes what it is given",
    "kind and shape": "returns the wrong kind or shape",
    "finite": "returns NaN or infinity",
    "values": "gives wrong values, by no known mistake",
    "refuses what is not defined": "does not refuse what has no answer",
    "without a warning": "is right, but makes NumPy warn",
    "laws": "violates a property",
    "error": "came to no verdict: its cell, or the process, ended early",
}


@dataclass(frozen=True)
class Slip:
    """A mistake and how many submissions made it. `name` may mark `code`; `advice` is empty if it is no known mistake."""

    count: int
    name: str
    advice: str = ""


@dataclass(frozen=True)
class Item:
    """One exercise, or one answer in words, over a class.

    `n` submissions held some answer to the lesson; `passed` of them passed here, `todo` did not write this one. `share` is
    the proportion passed, or the mean share of the points for an answer in words. `discrimination` is the item–rest
    correlation and `interval` its approximate 95% confidence interval; if there is none, `why_not` says why.
    """

    lesson: str
    name: str
    n: int
    passed: int
    todo: int
    slips: tuple[Slip, ...]
    share: float
    discrimination: float | None
    interval: tuple[float, float] | None
    why_not: str
    written: bool = False

    @property
    def tried(self):
        return self.n - self.todo

    @property
    def doubtful(self):
        """Whether it hardly discriminates between learners, even allowing for sampling error."""
        return self.interval is not None and self.interval[1] < TELLS_APART


def answered(rows):
    """The submissions that could be run and held some answer: all statistics are about these."""
    return [row for row in rows if row.verdicts and row.state != "blank"]


def items(rows, written=None):
    """Every exercise of every submitted lesson, in the course's order.

    The item–rest correlation is that between passing (1 or 0: point-biserial), or the share of an answer's points, and
    the number of the lesson's other exercises passed.

    Parameters
    ----------
    rows : iterable of grading.Row
    written : ``{(student, lesson): {cell: share of its points}}``, answers in words that a person has marked
    """
    found = []
    for lesson in sorted({row.lesson for row in rows}):
        handed = answered(row for row in rows if row.lesson == lesson)
        present = {name for row in handed for name in row.verdicts}
        in_bank = [name for name in bank().get(lesson, ()) if name in present]
        names = in_bank + sorted(present - set(in_bank))
        passed = np.array([[_state(row, name) == "passed" for name in names] for row in handed], float)
        for column, name in enumerate(names):
            verdicts = [row.verdicts[name] for row in handed if name in row.verdicts]
            rest = np.delete(passed, column, axis=1).sum(1) if len(names) > 1 else None
            found.append(_item(lesson, name, verdicts, passed[:, column], rest))
        found += _written(lesson, handed, passed, written or {})
    return found


def slips(lesson, name, verdicts):
    """The mistakes in an exercise's verdicts, most common first; two made at once count for each of them."""
    known = known_mistakes(bank().get(lesson, {}).get(name))
    named, unnamed = collections.Counter(), collections.Counter()
    for verdict in verdicts:
        if verdict["state"] != "failed":
            continue
        keys = [key for key in str(verdict["mistake"]).split("+") if key in known]
        named.update(keys)
        unnamed.update([] if keys else [STAGES.get(str(verdict["stage"]), STAGES["values"])])
    made = [Slip(count, known[key].name, known[key].advice) for key, count in named.items()]
    made += [Slip(count, text) for text, count in unnamed.items()]
    return tuple(sorted(made, key=lambda slip: (-slip.count, not slip.advice, slip.name)))


def correlation(item, rest):
    """The correlation of two columns: (value, (low, high), ""), or (None, None, why there is none).

    The interval is Fisher's, with n − 3; for an item that is 0 or 1 it is a rough approximation.
    """
    if rest is None:
        return None, None, "no other exercise to compare with"
    if len(item) < FEWEST:
        return None, None, f"too few: {len(item)} of at least {FEWEST} submissions"
    if np.ptp(item) == 0:
        return None, None, {1: "everyone passed", 0: "nobody passed"}.get(float(item[0]), "all alike")
    if np.ptp(rest) == 0:
        return None, None, "all scored the same on the rest"
    r = float(np.corrcoef(item, rest)[0, 1])
    centre, half = math.atanh(min(max(r, -0.9999), 0.9999)), 1.96 / math.sqrt(len(item) - 3)
    return r, (math.tanh(centre - half), math.tanh(centre + half)), ""


def _state(row, name):
    return row.verdicts.get(name, {}).get("state")


def _item(lesson, name, verdicts, passed, rest):
    states = collections.Counter(verdict["state"] for verdict in verdicts)
    # A submission without a verdict here, since the process ended before, counts as not having written it.
    todo = len(passed) - states["passed"] - states["failed"]
    return Item(
        lesson, name, len(passed), states["passed"], todo, slips(lesson, name, verdicts),
        float(passed.mean()), *correlation(passed, rest),
    )  # fmt: skip


def _written(lesson, handed, passed, written):
    marked = [written.get((row.student, lesson), {}) for row in handed]
    for name in sorted({cell for cells in marked for cell in cells}):
        rows = [i for i, cells in enumerate(marked) if name in cells]
        shares = np.array([marked[i][name] for i in rows], float)
        rest = passed[rows].sum(1) if passed.shape[1] else None
        full = int((shares >= 1).sum())
        yield Item(lesson, name, len(rows), full, 0, (), float(shares.mean()), *correlation(shares, rest), written=True)
