"""A line copied from another gate, with a name left unchanged: a mistake in any exercise with gates."""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import gru_ref
from grader.base.wording import listed
from grader.checking.parts import GATES
from grader.exercises.general import NAME_LEFT_OVER

STEMS = ("W_i", "W_h", "b_i", "b_h")


class CopiedLine(NamedTuple):
    """A wrong answer; `key`, `name` and `advice` are as those of an exercise's Mistake."""

    key: str
    name: str
    advice: str
    fn: Callable


def copied_lines(exercise, args) -> Iterator[CopiedLine]:
    """All answers that are right except that parameters of one gate stand in another's place, one by one.

    Each is the reference, called with parameters of which some have the wrong values.

    Parameters
    ----------
    exercise : Exercise
    args : the arguments of one call, which show where parameters of gates are handed over
    """
    for position, p in enumerate(args):
        if isinstance(p, (gru_ref.GRUParams, gru_ref.LSTMParams)):
            letters = [name[-1] for name in p._fields[: len(p) // len(STEMS)]]
            for taken in _slips(letters):
                yield CopiedLine(
                    NAME_LEFT_OVER.key, *_told(taken, letters), _with_parameters_taken(exercise, position, taken)
                )


def _slips(letters):
    """The exchanges: dicts of names, such as ``{"W_hz": "W_hr"}``, the likeliest first."""
    pairs = list(itertools.permutations(letters, 2))
    for count in range(1, len(STEMS) + 1):
        for kinds, (own, other) in itertools.product(itertools.combinations(STEMS, count), pairs):
            yield {kind + own: kind + other for kind in kinds}
    for letter in letters:
        yield {f"b_h{letter}": f"b_i{letter}"}
        yield {f"b_i{letter}": f"b_h{letter}"}
    for count in range(1, len(STEMS) + 1):  # one line, copied for all others
        for kinds, kept in itertools.product(itertools.combinations(STEMS, count), letters):
            yield {kind + own: kind + kept for own in letters if own != kept for kind in kinds}


def _told(taken, letters):
    """Title and advice."""
    owns, others = sorted({name[-1] for name in taken}), sorted({name[-1] for name in taken.values()})
    there = list(dict.fromkeys(taken.values()))
    title = f"{listed(there, 4)} {'stands' if len(there) == 1 else 'stand'} where {listed(taken, 16)} should"
    if owns == others:
        return title, "Each gate has two biases, one for each of its products: b_i… goes with W_i…, and b_h… with W_h…."
    if len(owns) > 1:
        return (
            title,
            f"Each of the {len(letters)} lines has its own parameters, marked by their last letter. Were lines copied?",
        )
    (own,) = owns
    if len(taken) == len(STEMS):
        return (
            title,
            f"All four are those of {GATES[others[0]]}. Was its line copied? {_first_upper(GATES[own])} has its own.",
        )
    return (
        title,
        f"The line of {GATES[own]} seems to be copied from that of {GATES[others[0]]}: all four names end in {own}.",
    )


def _first_upper(text):
    return text[0].upper() + text[1:]


def _with_parameters_taken(exercise, position, taken):
    def answer(*args):
        p = args[position]
        p = p._replace(**{name: getattr(p, other) for name, other in taken.items()})
        return exercise.reference(*args[:position], p, *args[position + 1 :])

    return answer
