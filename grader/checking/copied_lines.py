"""A line copied from another gate, with a name left unchanged: a mistake in any exercise with gates."""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import gru_ref
from grader.base.wording import listed
from grader.checking.parts import GATES
from grader.exercises.exercise import Exercise
from grader.exercises.general import NAME_LEFT_OVER

STEMS = ("W_i", "W_h", "b_i", "b_h")


@dataclass(frozen=True)
class CopiedLine:
    """A wrong answer; `key`, `name`, `advice`, `fn` and `made_of` are as those of an exercise's Mistake.

    It is the reference of `exercise`, called with parameters, the argument at `position`, of which some are `taken` from
    others' places: pairs of names, such as ``("W_hz", "W_hr")``.
    """

    exercise: Exercise
    position: int
    taken: tuple[tuple[str, str], ...]
    letters: tuple[str, ...]
    key = NAME_LEFT_OVER.key

    @property
    def name(self):
        return _told(dict(self.taken), self.letters)[0]

    @property
    def advice(self):
        return _told(dict(self.taken), self.letters)[1]

    @functools.cached_property
    def made_of(self):
        return self.position, self.taken

    def fn(self, *args):
        """The wrong answer."""
        p = args[self.position]
        p = p._replace(**{name: getattr(p, other) for name, other in self.taken})
        return self.exercise.reference(*args[: self.position], p, *args[self.position + 1 :])


def copied_lines(exercise, args) -> Iterator[CopiedLine]:
    """All answers that are right except that parameters of one gate stand in another's place, one by one.

    Parameters
    ----------
    exercise : Exercise
    args : the arguments of one call, which show where parameters of gates are handed over
    """
    for position, p in enumerate(args):
        if isinstance(p, (gru_ref.GRUParams, gru_ref.LSTMParams)):
            letters = tuple(name[-1] for name in p._fields[: len(p) // len(STEMS)])
            yield from _slips(exercise, position, letters)


@functools.lru_cache(64)
def _slips(exercise, position, letters):
    return tuple(CopiedLine(exercise, position, tuple(taken.items()), letters) for taken in _exchanges(letters))


def _exchanges(letters):
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
