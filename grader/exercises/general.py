"""Mistakes that can be made in any exercise, and that a stage of the check recognises by itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GeneralMistake:
    """A mistake that belongs to no single exercise; `key`, `name` and `advice` are as those of an exercise's Mistake."""

    key: str
    name: str
    why: str
    next_step: str

    @property
    def advice(self):
        return f"{self.why} {self.next_step}"


AXIS_LOST = GeneralMistake(
    "axis_of_length_1_lost",
    "This loses an axis of length 1",
    "One row is still a batch, and one step is still a sequence.",
    "`np.squeeze(a)` and `a.squeeze()` remove every axis of length 1: leave them out, or name the one axis that you mean, "
    "`axis=…`. With `reshape` write all sizes, `(B, H)`.",
)
REMEMBERS = GeneralMistake(
    "remembers_earlier_calls",
    "This gives a different result when it is called again with the same arguments",
    "The first call was right. Something is left over from it: a default such as `hs=[]` is made once and serves every later "
    "call, and a global name, or an attribute of `self`, keeps what the last call put there.",
    "Create lists and arrays inside the function. A default may be `None`.",
)
TAKEN_FROM_OUTSIDE = GeneralMistake(
    "taken_from_outside",
    "A size or an array is taken from the notebook, not from the arguments",
    "The function reads a name that it does not set itself, so its value is what some other cell has left there.",
    "Take every size from the arguments, such as `B, H = h.shape`.",
)
NAME_LEFT_OVER = GeneralMistake(
    "name_left_over",
    "A parameter of one gate is used where another gate's should be",
    "Lines for several gates are easily copied, and then a name keeps the old gate's last letter.",
    "Compare the last letter of every parameter in the line with the gate that the line computes.",
)
GENERAL = {mistake.key: mistake for mistake in (AXIS_LOST, REMEMBERS, TAKEN_FROM_OUTSIDE, NAME_LEFT_OVER)}


def known_mistakes(exercise):
    """Every mistake that a verdict on an exercise can name, by key: its own and the general ones.

    Parameters
    ----------
    exercise : Exercise, or None for one that the course no longer has
    """
    return {**GENERAL, **(exercise.mistakes if exercise else {})}
