"""Lesson 00: memory as an exponential moving average, and how long it lasts."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import OUTSIDE_0_TO_1
from grader.exercises.exercise import Exercise

LESSON = "00_start_here"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_sequence(rng):
    """Arguments (xs, z) to follow by hand; the first is not 0, and z is not near ½, where z and 1 − z are alike."""
    xs = rng.normal(0, 3, rng.integers(4, 7)).round(1)
    xs[0] += np.copysign(1, xs[0])
    xs[xs == 0] = 0.5
    return xs, float(rng.choice([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]))


# -------------------------------------------------------------------------------------------------------------- ema

ema = Exercise(
    reference=gru_ref.ema,
    known=MISTAKES / "ema.md",
    inputs=draw_sequence,
    axes="T",
    edges=(
        (np.array([3.0, -1.0, 4.0]), 0.0),
        (np.array([3.0, -1.0, 4.0]), 1.0),
        (np.array([2.5]), 0.8),
    ),
    hints=(
        "You need one number that survives from step to step. Call it h. What is its value before the first reading?",
        "Walk through the sequence with `for x in xs:`. In each round h gets a new value, made from the old h and x.",
        "Begin with `h = 0.0` and an empty list. In the loop, blend h with x, then append h to the list. "
        "After the loop, return `np.array(the_list)`.",
    ),
)


@ema.property
def keeps_everything_at_one(f, rng):
    """z = 1 keeps the empty memory forever

    With z = 1 nothing is ever written: all entries are 0.
    """
    xs, _ = draw_sequence(rng)
    return np.allclose(f(xs, 1.0), 0)


@ema.property
def keeps_nothing_at_zero(f, rng):
    """z = 0 copies the signal

    With z = 0 each reading replaces the memory.
    """
    xs, _ = draw_sequence(rng)
    return np.allclose(f(xs, 0.0), xs)


@ema.property
def approaches_a_constant(f, rng):
    """the fraction 1 − zᵗ of a constant signal c is reached after t steps

    Each step closes the same fraction of the gap that is left.
    """
    _, z = draw_sequence(rng)
    t = np.arange(1, 13)
    return np.allclose(f(np.full(12, 2.5), z), 2.5 * (1 - z**t))


@ema.property
def does_not_look_ahead(f, rng):
    """a memory does not depend on readings still to come

    Changing the last reading does not change any earlier entry.
    """
    xs, z = draw_sequence(rng)
    changed = xs.copy()
    changed[-1] += 1
    return np.allclose(f(xs, z)[:-1], f(changed, z)[:-1])


@ema.also_right
def by_difference(xs, z):
    h, hs = 0.0, []
    for x in xs:
        h += (1 - z) * (x - h)
        hs.append(h)
    return np.array(hs)


@ema.also_right
def by_weights(xs, z):
    age = np.subtract.outer(np.arange(len(xs)), np.arange(len(xs)))
    return np.where(age >= 0, (1 - z) * z ** np.maximum(age, 0), 0) @ xs


# -------------------------------------------------------------------------------------------------------- half_life

half_life = Exercise(
    reference=gru_ref.half_life,
    known=MISTAKES / "half_life.md",
    inputs=lambda rng: (float(rng.choice([0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 0.95])),),
    edges=((0.001,), (0.5,), (0.9999,)),
    refusals=OUTSIDE_0_TO_1,
    hints=(
        "After k steps the fraction z to the power k is left. Write down the equation for this being one half.",
        "A logarithm brings k down from the exponent: ln zᵏ = k · ln z. In NumPy, ln is `np.log`.",
        "First refuse: `if not 0 < z < 1: raise ValueError(…)`, with a sentence of your own. Then solve k · ln z = ln ½ for k.",
    ),
)


@half_life.recognises
def rounded(args, k):
    return k == np.round(k) and abs(k - gru_ref.half_life(*args)) <= 1  # up, down or to the nearest


@half_life.property
def leaves_one_half(f, rng):
    """after half_life(z) steps, one half is left

    Put your result into the equation it solves: z to the power k should be 0.5.
    """
    z = rng.uniform(0.05, 0.95)
    return np.isclose(z ** f(z), 0.5)


@half_life.property
def doubles_with_the_root(f, rng):
    """keeping √z at each step lasts twice as long as keeping z

    Two steps with √z keep as much as one step with z.
    """
    z = rng.uniform(0.05, 0.95)
    return np.isclose(f(np.sqrt(z)), 2 * f(z))


@half_life.also_right
def by_base_two(z):
    if z <= 0 or z >= 1:
        raise ValueError("z must lie strictly between 0 and 1")
    return -1 / np.log2(z)


@half_life.also_right
def by_the_math_module(z):
    import math

    if not 0 < z < 1:
        raise ValueError(f"no half-life for z = {z}")
    return math.log(2) / -math.log(z)
