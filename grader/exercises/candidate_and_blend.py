"""Lesson 04: the candidate, the blend with the old state, and how long a kept state lasts."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import OUTSIDE_0_TO_1, draw_step
from grader.exercises.exercise import THIN_STEPS, Exercise, thin

LESSON = "04_candidate_and_blend"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_candidate(rng, sizes=None):
    """Arguments (x, h, r, p) of one candidate; the gate is anything between 0 and 1."""
    x, h, p = draw_step(rng, sizes)
    return x, h, rng.uniform(0.05, 0.95, h.shape), p


def draw_blend(rng, sizes=None):
    """Arguments (z, n, h) of one blend: three arrays of the same shape, of unequal sides, and no gate near ½."""
    B, H = sizes or rng.permutation([2, 3, 4, 5])[:2]
    z = np.where(rng.random((B, H)) < 0.5, rng.uniform(0.05, 0.4, (B, H)), rng.uniform(0.6, 0.95, (B, H)))
    return z, rng.uniform(-0.9, 0.9, (B, H)), rng.uniform(-0.9, 0.9, (B, H))


# -------------------------------------------------------------------------------------------------------- candidate

candidate = Exercise(
    reference=gru_ref.candidate,
    known=MISTAKES / "candidate.md",
    inputs=draw_candidate,
    edges=thin(draw_candidate, THIN_STEPS),
    axes="B H",
    hints=(
        "It is almost a step of the tanh RNN: a part from the input, a part from the past, and tanh around both. "
        "Compute the two parts on separate lines.",
        "Everything that comes from the past, its bias included, goes in the bracket after r. Nothing else does.",
        "With `past = h @ p.W_hn.T + p.b_hn`, you only need to put together the input's part, r and tanh.",
    ),
)


@candidate.property
def ignores_the_past_without_reset(f, rng):
    """with r = 0 the past does not matter

    Then a different h, or a different b_hn, gives the same candidate.
    """
    x, h, r, p = draw_candidate(rng)
    shut = np.zeros_like(r)
    return np.allclose(f(x, h, shut, p), f(x, -h, shut, p._replace(b_hn=p.b_hn + 1)))


@candidate.property
def is_a_tanh_rnn_with_full_reset(f, rng):
    """with r = 1 it is a step of the tanh RNN

    Then the candidate sees all of the past: tanh(W_in x + b_in + W_hn h + b_hn).
    """
    x, h, r, p = draw_candidate(rng)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, np.ones_like(r), p), gru_ref.rnn_step(x, h, rnn))


@candidate.property
def each_unit_has_its_own_reset(f, rng):
    """closing the reset gate of one unit changes only the candidate of that unit

    r gates what a unit receives, not what the others read.
    """
    x, h, r, p = draw_candidate(rng)
    shut = r.copy()
    shut[:, 0] = 0
    before, after = f(x, h, r, p), f(x, h, shut, p)
    return np.allclose(before[:, 1:], after[:, 1:]) and not np.allclose(before[:, 0], after[:, 0])


@candidate.property
def lies_between_minus_1_and_1(f, rng):
    """every candidate lies between −1 and 1

    tanh ensures that, however large the input is.
    """
    x, h, r, p = draw_candidate(rng)
    return np.all(np.abs(f(20 * x, h, r, p)) <= 1)


@candidate.property
def changes_sign_with_everything(f, rng):
    """it is as often negative as positive

    With −x, −h and the opposite biases the candidate is the opposite one.
    """
    x, h, r, p = draw_candidate(rng)
    return np.allclose(f(-x, -h, r, p._replace(b_in=-p.b_in, b_hn=-p.b_hn)), -f(x, h, r, p))


@candidate.also_right
def by_einsum(x, h, r, p):
    past = np.einsum("bj,ij->bi", h, p.W_hn) + p.b_hn
    return np.tanh(np.einsum("bj,ij->bi", x, p.W_in) + p.b_in + np.multiply(past, r))


@candidate.also_right
def row_by_row(x, h, r, p):
    rows = []
    for x_b, h_b, r_b in zip(x, h, r, strict=True):
        a = p.W_in @ x_b + p.b_in + r_b * (p.W_hn @ h_b) + r_b * p.b_hn
        rows.append(2 / (1 + np.exp(-2 * a)) - 1)
    return np.stack(rows)


# ------------------------------------------------------------------------------------------------------------ blend

blend = Exercise(
    reference=gru_ref.blend,
    known=MISTAKES / "blend.md",
    inputs=draw_blend,
    edges=thin(draw_blend, ((1, 4), (5, 1), (1, 1))),
    axes="B H",
    hints=(
        "It is the line of lesson 00: keep a part of the memory, and fill up the rest with the new.",
        "z is the part of h that is kept. The rest, up to 1, goes to n.",
        "Two products and a sum: one holds z, the other `(1 - z)`, with its brackets.",
    ),
)


@blend.property
def keeps_at_one(f, rng):
    """z = 1 keeps the old state

    Then nothing is written, for any candidate.
    """
    z, n, h = draw_blend(rng)
    return np.allclose(f(np.ones_like(z), n, h), h)


@blend.property
def writes_at_zero(f, rng):
    """z = 0 writes the candidate

    Then nothing of the old state is left.
    """
    z, n, h = draw_blend(rng)
    return np.allclose(f(np.zeros_like(z), n, h), n)


@blend.property
def lies_between_both(f, rng):
    """the new state lies between candidate and old state

    Unit by unit: never below the smaller, never above the larger of the two.
    """
    z, n, h = draw_blend(rng)
    h_new = f(z, n, h)
    return np.all((h_new >= np.minimum(n, h) - 1e-12) & (h_new <= np.maximum(n, h) + 1e-12))


@blend.property
def has_two_names_for_one_thing(f, rng):
    """exchanging n and h, and z with 1 − z, changes nothing

    The blend treats both alike; only z says which one is "old".
    """
    z, n, h = draw_blend(rng)
    return np.allclose(f(z, n, h), f(1 - z, h, n))


@blend.also_right
def by_difference(z, n, h):
    return n + z * (h - n)


@blend.also_right
def unit_by_unit(z, n, h):
    h_new = np.empty_like(h)
    for index in np.ndindex(*h.shape):
        h_new[index] = np.dot([1 - z[index], z[index]], [n[index], h[index]])
    return h_new


# ---------------------------------------------------------------------------------------------------- time_constant

time_constant = Exercise(
    reference=gru_ref.time_constant,
    known=MISTAKES / "time_constant.md",
    inputs=lambda rng: (float(rng.choice([rng.uniform(0.1, 0.35), rng.uniform(0.65, 0.9)])),),
    edges=((0.01,), (0.5,), (0.9999,)),
    refusals=OUTSIDE_0_TO_1,
    hints=(
        "After k steps the fraction zᵏ is left. Write down the equation for this being 1/e.",
        "Take the natural logarithm of both sides. The logarithm of 1/e is −1, and ln zᵏ = k · ln z.",
        "First refuse: `if not 0 < z < 1: raise ValueError(…)`. Then solve k · ln z = −1 for k; ln is `np.log`.",
    ),
)


@time_constant.recognises
def rounded(args, k):
    return k == np.round(k) and abs(k - gru_ref.time_constant(*args)) <= 1  # up, down or to the nearest


@time_constant.property
def leaves_one_part_in_e(f, rng):
    """after time_constant(z) steps, 1/e is left

    Put your result into the equation it solves: z to the power k should be e⁻¹, about 0.368.
    """
    z = rng.uniform(0.05, 0.95)
    return np.isclose(z ** f(z), np.exp(-1))


@time_constant.property
def adds_rates(f, rng):
    """when two gates act one after the other, the rates 1/k add up

    One gate keeps y, the other z, and together they keep y·z. Their time constants add like parallel resistors.
    """
    y, z = rng.uniform(0.3, 0.95, 2)
    return np.isclose(1 / f(y * z), 1 / f(y) + 1 / f(z))


@time_constant.property
def is_close_to_the_rule_of_thumb(f, rng):
    """for z near 1 it is 1 / (1 − z) minus about one half

    This is the rule of thumb, and its error.
    """
    z = rng.uniform(0.999, 0.9999)
    return abs(f(z) - (1 / (1 - z) - 0.5)) < 0.01


@time_constant.also_right
def by_the_math_module(z):
    import math

    if z <= 0 or z >= 1:
        raise ValueError("no time constant outside (0, 1)")
    return 1 / math.log(1 / z)


@time_constant.also_right
def by_the_half_life(z):
    if not 0.0 < z < 1.0:
        raise ValueError(f"z = {z} keeps nothing, or everything")
    return (-1 / np.log2(z)) / np.log(2)
