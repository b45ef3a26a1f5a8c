"""Lesson 00: memory as an exponential moving average, and how long it lasts."""

import numpy as np

import gru_ref
from grader.exercise import Exercise

LESSON = "00_start_here"


def draw_sequence(rng):
    """Arguments (xs, z) that one can follow by hand; no 0 at first, and no z near ½, where z and 1 − z are alike."""
    xs = rng.normal(0, 3, rng.integers(4, 7)).round(1)
    xs[0] += np.copysign(1, xs[0])
    xs[xs == 0] = 0.5
    return xs, float(rng.choice([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]))


# -------------------------------------------------------------------------------------------------------------- ema

ema = Exercise(
    reference=gru_ref.ema,
    inputs=draw_sequence,
    axes="T",
    edges=(
        (np.array([3.0, -1.0, 4.0]), 0.0),
        (np.array([3.0, -1.0, 4.0]), 1.0),
        (np.array([2.5]), 0.8),
    ),
    hints=(
        "You need one number that survives from step to step. Call it h. What is it worth before the first reading?",
        "Walk through the sequence with `for x in xs:`. In each round h gets a new value, made of the old h and of x.",
        "Begin with `h = 0.0` and an empty list. In the loop, blend h with x, then append h to the list. "
        "After the loop, return `np.array(the_list)`.",
    ),
)


@ema.mistake
def gate_exchanged(xs, z):
    """z and 1 − z are exchanged

    This is exactly what you get when the new reading is multiplied by z. Here z is the fraction of the memory that is
    kept. Which of the two factors stands before h, and which before x?
    """
    h = 0.0
    hs = np.zeros(len(xs))
    for t in range(len(xs)):
        h = (1 - z) * h + z * xs[t]
        hs[t] = h
    return hs


@ema.mistake
def starts_from_the_first_reading(xs, z):
    """The memory starts from the first reading, not from 0

    Your first entry is xs[0] itself. Many libraries begin so, but here the memory is empty at first, h = 0, and after
    one step it holds (1 − z) · xs[0].
    """
    h = xs[0]
    hs = []
    for x in xs:
        h = z * h + (1 - z) * x
        hs.append(h)
    return np.array(hs)


@ema.mistake
def weights_add_up_to_one(xs, z):
    """This is the average with its weights scaled to add up to 1

    Each entry is the right one, divided by 1 − zᵗ after t readings. Some libraries do that to make up for the empty
    start. Here the memory simply starts empty: nothing is divided.
    """
    h = 0.0
    hs = []
    for t, x in enumerate(xs):
        h = z * h + (1 - z) * x
        hs.append(h / (1 - z ** (t + 1)) if z < 1 else h)
    return np.array(hs)


@ema.mistake
def memory_before_the_step(xs, z):
    """Each memory is noted before its reading arrives

    Your first entry is the empty memory, and the last reading is never seen. Update h first, then note it.
    """
    h = 0.0
    hs = []
    for x in xs:
        hs.append(h)
        h = z * h + (1 - z) * x
    return np.array(hs)


@ema.mistake
def empty_memory_included(xs, z):
    """The empty memory from before the first step is among the results

    There is one entry too many, the 0 at the front. The task asks for one entry for each reading, noted after it.
    """
    hs = [0.0]
    for x in xs:
        hs.append(z * hs[-1] + (1 - z) * x)
    return np.array(hs)


@ema.mistake
def only_the_last_memory(xs, z):
    """Only the last memory is returned

    The task asks for the memory after each step: (T,) numbers. Collect them on the way.
    """
    h = 0.0
    for x in xs:
        h = z * h + (1 - z) * x
    return h


@ema.mistake
def returns_inside_the_loop(xs, z):
    """It stops after the first reading

    A `return` inside the loop ends the function in the first round. Move it to the left, so that it comes after the loop.
    """
    h = 0.0
    hs = []
    for x in xs:
        h = z * h + (1 - z) * x
        hs.append(h)
        return np.array(hs)


@ema.mistake
def reading_not_scaled(xs, z):
    """The reading is not multiplied by 1 − z

    This is h ← z·h + x. Such a sum grows beyond every reading: it is no average. The two fractions must add up to 1.
    """
    h = 0.0
    hs = []
    for x in xs:
        h = z * h + x
        hs.append(h)
    return np.array(hs)


@ema.mistake
def memory_not_scaled(xs, z):
    """The memory is not multiplied by z

    This is h ← h + (1 − z)·x, which never forgets: a running sum. The old h must shrink by the factor z.
    """
    return np.cumsum((1 - z) * xs)


@ema.mistake
def brackets_missing(xs, z):
    """The brackets around 1 − z are missing

    Python multiplies before it adds, so `z * h + 1 - z * x` means (z·h) + 1 − (z·x). Put 1 − z in brackets.
    """
    h = 0.0
    hs = []
    for x in xs:
        h = z * h + 1 - z * x
        hs.append(h)
    return np.array(hs)


@ema.mistake
def plain_average(xs, z):
    """This is the plain average of all readings so far

    There every reading weighs the same, and z plays no part. Here a reading fades by the factor z at each later step.
    """
    return np.cumsum(xs) / np.arange(1, len(xs) + 1)


@ema.mistake
def memory_never_updated(xs, z):
    """The memory stays 0 all the time

    This is (1 − z)·x at every step. The new value has to go back into h, so that the next round begins from it.
    """
    h = 0.0
    hs = []
    for x in xs:
        h_new = z * h + (1 - z) * x
        hs.append(h_new)
    return np.array(hs)


@ema.mistake
def previous_reading_for_the_memory(xs, z):
    """It blends each reading with the reading before it, not with the memory

    This is z·xs[t − 1] + (1 − z)·xs[t], which sees two readings and forgets the rest. The memory is what came out of
    the step before.
    """
    hs = (1 - z) * xs
    hs[1:] += z * xs[:-1]
    return hs


@ema.mistake
def reads_backwards(xs, z):
    """The sequence is read from its end

    The last reading comes first here. Time runs from index 0 on.
    """
    h = 0.0
    hs = []
    for x in xs[::-1]:
        h = z * h + (1 - z) * x
        hs.append(h)
    return np.array(hs)


@ema.mistake
def overwrites_the_readings(xs, z):
    """The numbers are right, but they are written into xs

    `hs = xs` makes no copy: it is a second name for the caller's array, and the readings are lost. Start from a new
    array, `np.empty_like(xs)`, or from a list.
    """
    h = 0.0
    for t in range(len(xs)):
        h = z * h + (1 - z) * xs[t]
        xs[t] = h
    return xs


@ema.slips(
    ("gate_exchanged", "reading_not_scaled", "brackets_missing"),
    ("starts_from_the_first_reading", "weights_add_up_to_one"),
    ("memory_before_the_step", "empty_memory_included", "only_the_last_memory"),
)
def several_slips(slip, xs, z):
    old, new = (1 - z, z) if slip("gate_exchanged") else (z, 1 - z)
    hs = [xs[0] if slip("starts_from_the_first_reading") else 0.0]
    for x in xs:
        fresh = x if slip("reading_not_scaled") else 1 - z * x if slip("brackets_missing") else new * x
        hs.append(old * hs[-1] + fresh)
    if slip("weights_add_up_to_one"):
        hs = [h / (1 - old**t) if t and old < 1 else h for t, h in enumerate(hs)]
    if slip("only_the_last_memory"):
        return hs[-1]
    if slip("empty_memory_included"):
        return np.array(hs)
    return np.array(hs[:-1] if slip("memory_before_the_step") else hs[1:])


@ema.law
def keeps_everything_at_one(f, rng):
    """z = 1 keeps the empty memory for ever

    With z = 1 nothing is ever written: all entries are 0.
    """
    xs, _ = draw_sequence(rng)
    return np.allclose(f(xs, 1.0), 0)


@ema.law
def keeps_nothing_at_zero(f, rng):
    """z = 0 copies the signal

    With z = 0 each reading replaces the memory.
    """
    xs, _ = draw_sequence(rng)
    return np.allclose(f(xs, 0.0), xs)


@ema.law
def approaches_a_constant(f, rng):
    """of a constant signal c, the fraction 1 − zᵗ is reached after t steps

    Each step closes the same fraction of the gap that is left.
    """
    _, z = draw_sequence(rng)
    t = np.arange(1, 13)
    return np.allclose(f(np.full(12, 2.5), z), 2.5 * (1 - z**t))


@ema.law
def does_not_look_ahead(f, rng):
    """a memory does not depend on readings still to come

    Changing the last reading leaves all earlier entries as they were.
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
    inputs=lambda rng: (float(rng.choice([0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 0.95])),),
    edges=((0.001,), (0.5,), (0.9999,)),
    refusals=(
        (0.0,),
        (1.0,),
        (-0.5,),
        (1.5,),
        lambda rng: (rng.uniform(1.05, 9),),
        lambda rng: (rng.uniform(-9, -0.05),),
    ),
    hints=(
        "After k steps the fraction z to the power k is left. Write down the equation that says: this is one half.",
        "A logarithm brings k down from the exponent: ln zᵏ = k · ln z. In NumPy, ln is `np.log`.",
        "First refuse: `if not 0 < z < 1: raise ValueError(…)`, with a sentence of yours. Then solve k · ln z = ln ½ for k.",
    ),
)


@half_life.mistake
def reciprocal(z):
    """The fraction is upside down

    This is ln z / ln ½, the number of halvings in one step. The task asks for the number of steps for one halving.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(z) / np.log(0.5)


@half_life.mistake
def complement_of_z(z):
    """This is the half-life of 1 − z

    z is the fraction that is kept at each step. After k steps zᵏ is left, not (1 − z)ᵏ.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(0.5) / np.log(1 - z)


@half_life.mistake
def sign_lost(z):
    """It is negative: a sign is lost

    ln ½ is below 0, just as ln z is, and their quotient is positive. This is ln 2 / ln z.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(2) / np.log(z)


@half_life.mistake
def time_constant_instead(z):
    """This is the time constant, not the half-life

    −1 / ln z steps leave the fraction 1/e, about 0.37. The task asks where ½ is left.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return -1 / np.log(z)


@half_life.mistake
def straight_line(z):
    """This takes the memory to fall in a straight line

    ½ / (1 − z) would be right if every step took away the same amount. It takes away the same fraction of what is
    left, so the fall slows down.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return 0.5 / (1 - z)


@half_life.mistake
def quotient_without_logarithms(z):
    """The logarithms are missing

    This is ½ / z, which would solve k · z = ½: a product. The equation is zᵏ = ½: a power.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return 0.5 / z


@half_life.mistake
def one_step_too_many(z):
    """It is one step too many

    This is the right number plus 1. After 0 steps the memory is whole: the count begins at 0.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(0.5) / np.log(z) + 1


@half_life.mistake(
    when=lambda args, k: k == np.round(k) and abs(k - gru_ref.half_life(*args)) <= 1  # up, down or to the nearest
)
def rounded(z):
    """It is rounded to a whole number

    Counting steps one by one, or rounding, gives a whole number. The equation zᵏ = ½ has a solution between the whole
    numbers: return it as it is.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.ceil(np.log(0.5) / np.log(z))


@half_life.mistake
def nothing_refused(z):
    """The formula is right, but z = 0 and z = 1 slip through

    With z = 0 nothing is kept, with z = 1 nothing is ever lost: neither has a half-life, and the formula returns a
    number that means nothing. Test z before you compute, and `raise ValueError("…")`.
    """
    with np.errstate(all="ignore"):
        return np.log(0.5) / np.log(z)


@half_life.mistake
def ends_not_refused(z):
    """The formula is right, and outside is refused, but not the ends 0 and 1

    0 and 1 themselves have no half-life either: nothing is kept, or nothing is ever lost. Is there a `<` where `<=`
    should be, or the other way round?
    """
    if z < 0 or z > 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    with np.errstate(all="ignore"):
        return np.log(0.5) / np.log(z)


@half_life.law
def leaves_one_half(f, rng):
    """after half_life(z) steps, one half is left

    Put your result into the equation it solves: z to the power k should be 0.5.
    """
    z = rng.uniform(0.05, 0.95)
    return np.isclose(z ** f(z), 0.5)


@half_life.law
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
