"""What a report of an experiment says, and what follows from its numbers; lesson 20.

It is read from the text that `grader.answer.uses.as_text` makes of it. Nothing here judges the claim, only the form.
"""

import json
import math
import sys
from typing import NamedTuple

import numpy as np

import gru_ref
from grader.base.wording import counted

PARTS = ("claim", "measure", "better", "baseline", "gru", "interval", "verdict")
DIRECTIONS, VERDICTS = ("higher", "lower"), ("gru", "baseline", "tie")
FEWEST_SEEDS = 5
# Of the interval's width, since reports round their numbers: to accept an interval, and to tell by which mistake it was made.
# Of five seeds, 1.96 in place of Student's t makes 15% less.
ROUNDING, ROUNDING_OF_A_MISTAKE = 0.03, 0.02


class Foreign(str):
    """Stands for a value that a report cannot hold: the name of its class, or for a key what it looks like."""


class Paired(NamedTuple):
    """The runs of both sides, (N,) arrays; entry k of one has the seed of entry k of the other."""

    gru: np.ndarray
    baseline: np.ndarray

    @property
    def differences(self):
        return self.gru - self.baseline


def read(text):
    """What `report()` returned: dicts, lists, numbers and texts as Python's own, and `Foreign` for anything else.

    An integer beyond the range of floats becomes infinity.
    """
    return _read(json.loads(text)["returned"])


def names_from_outside(text):
    """The names of data that `report` takes from the notebook around it, a list."""
    return json.loads(text)["outside"]


def _read(tree):
    if isinstance(tree, list):
        return [_read(part) for part in tree]
    if isinstance(tree, int) and abs(tree) > sys.float_info.max:
        return math.inf if tree > 0 else -math.inf
    if not isinstance(tree, dict):
        return tree
    if "other" in tree:
        return Foreign(tree["other"])
    return {_key(key): _read(value) for key, value in tree["pairs"]}


def _key(key):
    key = _read(key)
    return key if isinstance(key, (int, float, str)) or key is None else Foreign(tuple(key))


def part(report, name):
    """A part of a report; None if there is no such part, or no report."""
    return report.get(name) if isinstance(report, dict) else None


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_text(value):
    return isinstance(value, str) and not isinstance(value, Foreign)


def is_words(value):
    """Whether this is a text that says something: three letters or more, and no placeholder."""
    return (
        is_text(value)
        and sum(map(str.isalpha, value)) > 2
        and value.strip(" .…!?:").lower() not in ("todo", "tbd", "xxx")
    )


def runs(report, side):
    """A side's runs: a dict from integers, the seeds, to numbers; None if they are anything else, or there are none."""
    by_seed = part(report, side)
    return by_seed if by_seed and what_is_wrong(by_seed) is None else None


def what_is_wrong(side):
    """In words, the first thing that is wrong with a side's runs; None if it is a dict from integers to numbers."""
    if not isinstance(side, dict):
        return f"it is {_seeds(side)}, not a dict"
    for seed, run in side.items():
        if not is_number(seed) or not float(seed).is_integer():
            return f"the seed {_shown(seed)} is not an integer"
        if not is_number(run):
            return f"the run of seed {seed} is {_shown(run)}, not a number"
    return None


def _shown(value):
    if isinstance(value, Foreign):
        return f"of type {value}" if value.isidentifier() else str(value)[:80]
    return repr(value)[:80]


def paired(report):
    """Both sides' runs in the order of their seeds, a `Paired`; None if these differ, are fewer than two, or a run is not finite."""
    gru, baseline = runs(report, "gru"), runs(report, "baseline")
    if not gru or not baseline or gru.keys() != baseline.keys() or len(gru) < 2:
        return None
    values = Paired(*(np.array([side[seed] for seed in sorted(gru)], float) for side in (gru, baseline)))
    return values if np.isfinite(values).all() else None


def interval(report):
    """The two ends of the reported interval; None if it is not a pair of finite numbers."""
    ends = part(report, "interval")
    if isinstance(ends, list) and len(ends) == 2 and all(is_number(end) and math.isfinite(end) for end in ends):
        return tuple(map(float, ends))
    return None


def right_interval(values):
    """The 95% interval of the mean difference GRU − baseline, as lesson 12 has it."""
    return gru_ref.compare(values.gru, values.baseline)[1]


def is_about(ends, wanted, rounding=ROUNDING):
    """Whether an interval is this one, up to rounding."""
    if ends is None:
        return False
    leeway = rounding * abs(wanted[1] - wanted[0]) + 1e-6 * max(map(abs, wanted))
    return all(abs(end - right) <= leeway for end, right in zip(ends, wanted, strict=True))


def around(values, factor, ddof=1):
    """The interval mean ± factor · standard deviation of some numbers."""
    half = factor * values.std(ddof=ddof)
    return float(values.mean() - half), float(values.mean() + half)


def ahead(report):
    """Who is ahead by the runs and by `better`: "gru", "baseline" or "tie"; None if the report does not say enough."""
    values, better = paired(report), part(report, "better")
    if values is None or better not in DIRECTIONS:
        return None
    low, high = right_interval(values)
    if low <= 0 <= high:
        return "tie"
    return "gru" if (low > 0) == (better == "higher") else "baseline"


def in_short(report):
    """A report in a line, for messages: how many seeds each side has, the interval and the verdict."""
    if not isinstance(report, dict):
        return "None" if report is None else f"a {_kind(report)}"
    seeds = [f"{side}: {_seeds(part(report, side))}" for side in ("baseline", "gru")]
    return ", ".join(
        [*seeds, *(f"{name}: {_written(part(report, name))}" for name in ("better", "interval", "verdict"))]
    )


def _seeds(by_seed):
    if isinstance(by_seed, dict):
        return counted(len(by_seed), "seed")
    return "missing" if by_seed is None else f"a {_kind(by_seed)}"


def _written(value):
    if isinstance(value, list) and all(map(is_number, value)):
        return f"({', '.join(f'{number:.4g}' for number in value)})"
    return "missing" if value is None else str(value)[:80]


def _kind(value):
    if isinstance(value, Foreign):
        return str(value)
    return {"str": "text", "list": "list", "bool": "boolean"}.get(type(value).__name__, "number")
