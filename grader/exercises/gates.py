"""Lesson 03: the logistic function, a gate, the reset and update gates."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_step
from grader.exercises.exercise import THIN_STEPS, Exercise, thin

LESSON = "03_gates"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_gate(rng, sizes=None):
    """Arguments (x, h, W, U, b_i, b_h) of one gate."""
    x, h, p = draw_step(rng, sizes)
    return x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr


# ---------------------------------------------------------------------------------------------------------------- σ

sigmoid = Exercise(
    reference=gru_ref.sigmoid,
    known=MISTAKES / "sigmoid.md",
    inputs=lambda rng: (rng.normal(0, 3, (4, 3)),),
    edges=(
        (np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0]),),
        *((np.linspace(-3, 4, size).reshape(shape),) for size, shape in ((4, (1, 4)), (6, (2, 1, 3)), (1, (1, 1)))),
    ),
    quiet=True,
    hints=(
        "The formula is 1 / (1 + e⁻ᵃ). It overflows if a is very negative. Which one is small there, e⁻ᵃ or eᵃ?",
        "Multiply numerator and denominator by eᵃ: eᵃ / (eᵃ + 1) is the same number, and suits negative a.",
        "With `e = np.exp(-np.abs(a))` nothing overflows. Use one formula for a ≥ 0 and one for a < 0; `np.where` picks.",
    ),
)


@sigmoid.property
def lies_between_0_and_1(f, rng):
    """every value lies in [0, 1], however large a is

    σ is a fraction.
    """
    s = f(rng.normal(0, 300, (5, 4)))
    return np.all((s >= 0) & (s <= 1))


@sigmoid.property
def acts_on_each_entry(f, rng):
    """the result for one entry depends only on that entry

    Try it with a single number, `np.array([a])`, and with that number among others.
    """
    a = rng.normal(0, 2, (2, 6))
    return np.allclose(f(a)[1, :3], f(a[1, :3]))


@sigmoid.property
def mirrors(f, rng):
    """1 − σ(a) = σ(−a)

    Opening a gate by a closes its mirror image by the same amount.
    """
    a = rng.normal(0, 4, (3, 5))
    return np.allclose(1 - f(a), f(-a))


@sigmoid.property
def rises(f, rng):
    """σ rises with a

    A larger a opens the gate further.
    """
    return np.all(np.diff(f(np.sort(rng.normal(0, 3, 9)))) > 0)


@sigmoid.also_right
def by_tanh(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


@sigmoid.also_right
def by_logaddexp(a):
    return np.exp(-np.logaddexp(0, -a))


@sigmoid.also_right
def by_masks(a):
    s = np.empty_like(a)
    s[a >= 0] = 1 / (1 + np.exp(-a[a >= 0]))
    s[a < 0] = np.exp(a[a < 0]) / (np.exp(a[a < 0]) + 1)
    return s


# ------------------------------------------------------------------------------------------------------------- gate

gate = Exercise(
    reference=gru_ref.gate,
    known=MISTAKES / "gate.md",
    inputs=draw_gate,
    edges=thin(draw_gate, THIN_STEPS),
    axes="B H",
    hints=(
        "Four terms are added, then squashed: one matrix product for x, one for h, and two biases.",
        "x is (B, I) and W is (H, I): the product (B, I) @ (I, H) needs `W.T`. The same for h and U.",
        "`gru_ref.sigmoid(… + b_i + … + b_h)`, with a product in place of each ….",
    ),
)


@gate.property
def is_a_fraction(f, rng):
    """every gate lies strictly between 0 and 1

    A gate is the fraction that passes. It may come close to 0 and to 1; it never reaches them.
    """
    g = f(*draw_gate(rng))
    return np.all((g > 0) & (g < 1))


@gate.property
def opens_with_a_large_bias(f, rng):
    """a bias of +50 opens every gate

    A bias as large as this decides, for any x and h.
    """
    x, h, W, U, b_i, b_h = draw_gate(rng)
    return np.all(f(x, h, W, U, np.full_like(b_i, 50), b_h) > 0.999)


@gate.property
def closes_with_a_large_negative_bias(f, rng):
    """a bias of −50 closes every gate

    A bias as large as this decides, for any x and h.
    """
    x, h, W, U, b_i, b_h = draw_gate(rng)
    return np.all(f(x, h, W, U, b_i, np.full_like(b_h, -50)) < 0.001)


@gate.property(broken_by=lambda x, h, W, U, b_i, b_h: gru_ref.gate(x - x.mean(axis=0), h, W, U, b_i, b_h))
def rows_are_independent(f, rng):
    """a row of the batch does not influence the others

    Each row is another example: leaving one out changes nothing for the rest.
    """
    x, h, *weights = draw_gate(rng)
    return np.allclose(f(x, h, *weights)[:1], f(x[:1], h[:1], *weights))


@gate.also_right
def by_einsum(x, h, W, U, b_i, b_h):
    return 1 / (1 + np.exp(-(np.einsum("bi,hi->bh", x, W) + np.einsum("bj,hj->bh", h, U) + (b_i + b_h))))


@gate.also_right
def by_concatenation(x, h, W, U, b_i, b_h):
    a = np.hstack([x, h]) @ np.hstack([W, U]).T + b_i + b_h
    return 0.5 * (1 + np.tanh(a / 2))


# ------------------------------------------------------------------------------------------- reset and update gates

reset_gate = Exercise(
    reference=gru_ref.reset_gate,
    known=MISTAKES / "reset_gate.md",
    calls=(gate, "x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr"),
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "You already have the formula: it is `gate`, called with the right parameters from p.",
        "The reset gate's parameters end in r: W_ir and W_hr, b_ir and b_hr.",
        "`return gru_ref.gate(x, h, p.W_ir, …)`: three more to go, in the order of gate's arguments.",
    ),
)


@reset_gate.property
def ignores_the_other_gates(f, rng):
    """only parameters that end in r matter

    Changing the update gate's parameters does not change the reset gate.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p), f(x, h, p._replace(W_iz=-p.W_iz, b_hz=p.b_hz + 3, W_hn=p.W_hn * 2)))


@reset_gate.also_right
def reset_in_full(x, h, p):
    return gru_ref.sigmoid((p.W_ir @ x.T).T + (p.W_hr @ h.T).T + (p.b_ir + p.b_hr))


update_gate = Exercise(
    reference=gru_ref.update_gate,
    known=MISTAKES / "update_gate.md",
    calls=(gate, "x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz"),
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "The update gate has the same form as the reset gate, but its own parameters.",
        "Its parameters end in z: W_iz and W_hz, b_iz and b_hz.",
        "Take your reset_gate and exchange the last letter of all four parameters.",
    ),
)


@update_gate.property
def only_its_own_parameters_matter(f, rng):
    """only parameters that end in z matter

    Changing the reset gate's parameters does not change the update gate.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p), f(x, h, p._replace(W_ir=-p.W_ir, W_hr=p.W_hr * 2, b_hr=p.b_hr + 3)))


@update_gate.also_right
def update_in_full(x, h, p):
    return gru_ref.sigmoid(np.concatenate([x, h], 1) @ np.concatenate([p.W_iz, p.W_hz], 1).T + p.b_hz + p.b_iz)
