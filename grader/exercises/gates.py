"""Lesson 03: the logistic function, a gate, the reset and update gates."""

import numpy as np

import gru_ref
from grader.drawing import draw_step
from grader.exercise import THIN_STEPS, Exercise, thin

LESSON = "03_gates"


def draw_gate(rng, sizes=None):
    """Arguments (x, h, W, U, b_i, b_h) of one gate."""
    x, h, p = draw_step(rng, sizes)
    return x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr


# ---------------------------------------------------------------------------------------------------------------- σ

sigmoid = Exercise(
    reference=gru_ref.sigmoid,
    inputs=lambda rng: (rng.normal(0, 3, (4, 3)),),
    edges=(
        (np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0]),),
        *((np.linspace(-3, 4, size).reshape(shape),) for size, shape in ((4, (1, 4)), (6, (2, 1, 3)), (1, (1, 1)))),
    ),
    quiet=True,
    hints=(
        "The formula is 1 / (1 + e⁻ᵃ). It overflows when a is very negative. Which is small there, e⁻ᵃ or eᵃ?",
        "Multiply numerator and denominator by eᵃ: eᵃ / (eᵃ + 1) is the same number, and fits negative a.",
        "With `e = np.exp(-np.abs(a))` nothing overflows. One formula for a ≥ 0 and one for a < 0; `np.where` picks.",
    ),
)


@sigmoid.mistake
def overflows_for_negative_numbers(a):
    """The values are right, but it overflows for large negative a

    For a = −1000, `np.exp(-a)` is e¹⁰⁰⁰, more than a float can hold. The result happens to come out right, with a
    warning. For negative a use the form with eᵃ, which is tiny there. (`np.where` alone does not help: it computes both
    of its branches for every entry, and only then picks.)
    """
    return 1 / (1 + np.exp(-a))


@sigmoid.mistake
def overflows_for_positive_numbers(a):
    """It gives NaN for large positive a

    eᵃ / (1 + eᵃ) is right for negative a, but at a = 1000 it is ∞ / ∞, which is NaN. For positive a use 1 / (1 + e⁻ᵃ).
    """
    return np.exp(a) / (1 + np.exp(a))


@sigmoid.mistake
def minus_forgotten(a):
    """It falls where it should rise

    This is exactly σ(−a). Is the minus sign in the exponent missing, or are two forms exchanged, the one for a ≥ 0 and
    the one for a < 0?
    """
    return np.where(a < 0, 1, np.exp(-np.abs(a))) / (1 + np.exp(-np.abs(a)))


@sigmoid.mistake
def same_for_both_signs(a):
    """It gives the same for a and −a

    This is σ(|a|). `np.abs` keeps the exponential small, but then a negative a needs a numerator of its own.
    """
    return 1 / (1 + np.exp(-np.abs(a)))


@sigmoid.mistake
def hard_switch(a):
    """This is a hard switch: it knows only 0 and 1

    Its slope is 0, so nothing could ever be learned through it. σ rises smoothly.
    """
    return np.where(a > 0, 1.0, 0.0)


@sigmoid.mistake
def brackets_forgotten(a):
    """The brackets around the denominator are missing

    Python divides before it adds: `1 / 1 + np.exp(-a)` is 1 + e⁻ᵃ, always above 1. Put the denominator in brackets.
    """
    return 1 / 1 + np.exp(-a)


@sigmoid.mistake
def softmax_instead(a):
    """This is a softmax: the entries share one whole

    Here the numbers add up to 1, so opening one would close the others. Each gate decides for itself: the result for
    one entry depends on that entry alone.
    """
    e = np.exp(a - a.max())
    return e / e.sum()


@sigmoid.mistake
def slope_instead(a):
    """This is the slope of σ, not σ

    σ(a)(1 − σ(a)) is how fast σ rises. It is needed when a network learns; here σ itself is wanted.
    """
    e = np.exp(-np.abs(a))
    return e / (1 + e) ** 2


@sigmoid.mistake
def tanh_instead(a):
    """This is tanh, not σ

    tanh runs from −1 to 1. A gate is a fraction, from 0 to 1.
    """
    return np.tanh(a)


@sigmoid.mistake
def argument_not_halved(a):
    """This is σ(2a): twice too steep

    σ(a) = ½ (1 + tanh(a / 2)). With tanh(a) the curve is twice as steep.
    """
    return 0.5 * (1 + np.tanh(a))


@sigmoid.mistake
def clipped_line(a):
    """This is a straight line clipped to [0, 1], not the logistic curve

    Clipping gives slope 0 outside, and a gate with slope 0 can no longer learn. σ never quite reaches 0 or 1.
    """
    return np.clip(0.5 + a / 4, 0, 1)


@sigmoid.mistake
def argument_clipped(a):
    """The argument is clipped, and so the far ends are wrong

    `np.clip(a, -20, 20)` stops the overflow, but then σ(−40) comes out as σ(−20): 2·10⁻⁹ instead of 4·10⁻¹⁸. Choose
    the form of the formula by the sign of a instead; then nothing needs to be clipped.
    """
    return 1 / (1 + np.exp(-np.clip(a, -20, 20)))


@sigmoid.law
def lies_between_0_and_1(f, rng):
    """every value lies in [0, 1], however large a is

    σ is a fraction.
    """
    s = f(rng.normal(0, 300, (5, 4)))
    return np.all((s >= 0) & (s <= 1))


@sigmoid.law
def acts_on_each_entry(f, rng):
    """the result for one entry depends on that entry alone

    Try it with a single number, `np.array([a])`, and with that number among others.
    """
    a = rng.normal(0, 2, (2, 6))
    return np.allclose(f(a)[1, :3], f(a[1, :3]))


@sigmoid.law
def mirrors(f, rng):
    """1 − σ(a) = σ(−a)

    Opening a gate by a closes its mirror image by as much.
    """
    a = rng.normal(0, 4, (3, 5))
    return np.allclose(1 - f(a), f(-a))


@sigmoid.law
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
    inputs=draw_gate,
    edges=thin(draw_gate, THIN_STEPS),
    axes="B H",
    hints=(
        "Four terms are added, then squashed: one matrix product for x, one for h, and two biases.",
        "x is (B, I) and W is (H, I): the product (B, I) @ (I, H) needs `W.T`. The same for h and U.",
        "`gru_ref.sigmoid(… + b_i + … + b_h)`, with a product in place of each ….",
    ),
)


@gate.mistake
def tanh_for_sigmoid(x, h, W, U, b_i, b_h):
    """tanh stands where σ should

    This is tanh of the right sum, which runs from −1 to 1. A gate is a fraction, from 0 to 1: squash with σ.
    """
    return np.tanh(x @ W.T + b_i + h @ U.T + b_h)


@gate.mistake
def not_squashed(x, h, W, U, b_i, b_h):
    """The sum is right, but it is not squashed

    A gate must lie between 0 and 1: pass the sum through σ.
    """
    return x @ W.T + b_i + h @ U.T + b_h


@gate.mistake
def state_weights_not_transposed(x, h, W, U, b_i, b_h):
    """U is not transposed

    This is exactly what `h @ U` gives. U is square, so no error warns you. Row i of U holds the weights of unit i, so
    the product is `h @ U.T`.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U + b_h)


@gate.mistake
def input_weights_not_transposed(x, h, W, U, b_i, b_h):
    """W is not transposed

    x is (B, I) and W is (H, I), so `x @ W` cannot work: the inner sizes are I and H. Use `x @ W.T`.
    """
    return gru_ref.sigmoid(x @ W + b_i + h @ U.T + b_h)


@gate.mistake
def weights_first(x, h, W, U, b_i, b_h):
    """The product is written as in the formula, W before x

    W x is for one input, a column. Here x holds a whole batch, one input in each *row*, (B, I): the product with
    W (H, I) becomes `x @ W.T`, (B, H). The same for h and U.
    """
    return gru_ref.sigmoid(W @ x + b_i + U @ h + b_h)


@gate.mistake
def elementwise_product(x, h, W, U, b_i, b_h):
    """`*` stands where `@` should

    `*` multiplies entry by entry, so both sides need the same shape. A unit takes a weighted *sum* of the inputs: that
    is the matrix product, `@`.
    """
    return gru_ref.sigmoid(x * W + b_i + h * U + b_h)


@gate.mistake
def elementwise_product_of_the_transpose(x, h, W, U, b_i, b_h):
    """`*` stands where `@` should

    W is transposed already; what is missing is the matrix product. `*` multiplies entry by entry, `@` sums over the
    inputs.
    """
    return gru_ref.sigmoid(x * W.T + b_i + h * U.T + b_h)


@gate.mistake
def input_bias_dropped(x, h, W, U, b_i, b_h):
    """The bias b_i is missing

    This is exactly the result without b_i. Both biases are added.
    """
    return gru_ref.sigmoid(x @ W.T + h @ U.T + b_h)


@gate.mistake
def state_bias_dropped(x, h, W, U, b_i, b_h):
    """The bias b_h is missing

    This is exactly the result without b_h. Both biases are added.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T)


@gate.mistake
def both_biases_dropped(x, h, W, U, b_i, b_h):
    """Both biases are missing

    Without a bias a gate is always half open at x = h = 0. Add b_i and b_h.
    """
    return gru_ref.sigmoid(x @ W.T + h @ U.T)


@gate.mistake
def input_bias_twice(x, h, W, U, b_i, b_h):
    """b_i is counted twice, and b_h not at all

    Look at the two biases in your sum: they are both b_i.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_i)


@gate.mistake
def state_bias_twice(x, h, W, U, b_i, b_h):
    """b_h is counted twice, and b_i not at all

    Look at the two biases in your sum: they are both b_h.
    """
    return gru_ref.sigmoid(x @ W.T + b_h + h @ U.T + b_h)


@gate.mistake
def biases_subtracted(x, h, W, U, b_i, b_h):
    """The biases are subtracted

    This is the result with −b_i and −b_h. A positive bias should open the gate: add them.
    """
    return gru_ref.sigmoid(x @ W.T - b_i + h @ U.T - b_h)


@gate.mistake
def input_ignored(x, h, W, U, b_i, b_h):
    """The input is not used

    This is a gate that sees the state alone, and so decides without looking at what has come in: add `x @ W.T`.
    """
    return gru_ref.sigmoid(h @ U.T + b_i + b_h)


@gate.mistake
def input_and_state_exchanged(x, h, W, U, b_i, b_h):
    """x and h are exchanged

    W reads the input and U the state. Here h meets W, and their sizes do not fit.
    """
    return gru_ref.sigmoid(h @ W.T + b_i + x @ U.T + b_h)


@gate.mistake
def state_ignored(x, h, W, U, b_i, b_h):
    """The state is not used

    This is a gate that sees the input alone. What is worth keeping depends on what is there: add `h @ U.T`.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + b_h)


@gate.mistake
def already_applied(x, h, W, U, b_i, b_h):
    """This is the gated state, g ⊙ h, not the gate

    Your gate is right, and then it is multiplied by h. Return the fraction itself: what it guards comes later.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h) * h


@gate.mistake
def squashed_term_by_term(x, h, W, U, b_i, b_h):
    """Each term is squashed by itself

    σ(a) + σ(b) is not σ(a + b), and can exceed 1. Add first, squash once.
    """
    return gru_ref.sigmoid(x @ W.T + b_i) + gru_ref.sigmoid(h @ U.T + b_h)


@gate.mistake
def bracket_closed_too_early(x, h, W, U, b_i, b_h):
    """The bracket of σ is closed too early: b_h is added afterwards

    Then the result can leave the range from 0 to 1. All four terms belong inside.
    """
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T) + b_h


@gate.mistake
def rounded(x, h, W, U, b_i, b_h):
    """The gate is rounded: it knows only 0 and 1

    `np.round`, `> 0` and `> 0.5` make a switch, whose slope is 0: nothing could be learned through it. A gate may be half
    open.
    """
    return np.round(gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h))


@gate.mistake
def clipped(x, h, W, U, b_i, b_h):
    """The sum is cut off at 0 and 1, not squashed

    `np.clip` has slope 0 outside, so a gate that is shut could never learn to open. σ rises everywhere.
    """
    return np.clip(x @ W.T + b_i + h @ U.T + b_h, 0, 1)


@gate.mistake
def softmax_over_the_units(x, h, W, U, b_i, b_h):
    """This is a softmax: the units share one whole

    The entries of a row add up to 1 here, so one gate could open only if others close. Each unit decides for itself: σ.
    """
    a = x @ W.T + b_i + h @ U.T + b_h
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@gate.slips(
    ("tanh_for_sigmoid", "not_squashed"),
    ("state_weights_not_transposed", "state_ignored"),
    ("input_bias_dropped", "state_bias_dropped", "both_biases_dropped", "input_bias_twice", "state_bias_twice"),
)
def several_mistakes_at_once(slip, x, h, W, U, b_i, b_h):
    bias_i = (
        b_h if slip("state_bias_twice") else 0 if slip("input_bias_dropped") or slip("both_biases_dropped") else b_i
    )
    bias_h = (
        b_i if slip("input_bias_twice") else 0 if slip("state_bias_dropped") or slip("both_biases_dropped") else b_h
    )
    past = 0 if slip("state_ignored") else h @ (U if slip("state_weights_not_transposed") else U.T)
    a = x @ W.T + bias_i + past + bias_h
    return a if slip("not_squashed") else np.tanh(a) if slip("tanh_for_sigmoid") else gru_ref.sigmoid(a)


@gate.law
def is_a_fraction(f, rng):
    """every gate lies strictly between 0 and 1

    A gate is the fraction that passes. It may come close to 0 and to 1; it never reaches them.
    """
    g = f(*draw_gate(rng))
    return np.all((g > 0) & (g < 1))


@gate.law
def opens_with_a_large_bias(f, rng):
    """a bias of +50 opens every gate

    Whatever x and h are, the bias decides when it is large.
    """
    x, h, W, U, b_i, b_h = draw_gate(rng)
    return np.all(f(x, h, W, U, np.full_like(b_i, 50), b_h) > 0.999)


@gate.law
def closes_with_a_large_negative_bias(f, rng):
    """a bias of −50 closes every gate

    Whatever x and h are, the bias decides when it is large.
    """
    x, h, W, U, b_i, b_h = draw_gate(rng)
    return np.all(f(x, h, W, U, b_i, np.full_like(b_h, -50)) < 0.001)


@gate.law(broken_by=lambda x, h, W, U, b_i, b_h: gru_ref.gate(x - x.mean(axis=0), h, W, U, b_i, b_h))
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
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "You have the formula already: it is `gate`, with the right parameters of p handed in.",
        "The reset gate's parameters end in r: W_ir and W_hr, b_ir and b_hr.",
        "`return gru_ref.gate(x, h, p.W_ir, …)`: three more to go, in the order of gate's arguments.",
    ),
)
reset_gate.inherit(gate, "x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr")


@reset_gate.mistake
def update_gates_parameters(x, h, p):
    """This is the update gate

    All its parameters end in z. The reset gate's end in r.
    """
    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)


@reset_gate.mistake
def candidates_parameters(x, h, p):
    """These are the candidate's parameters

    They end in n. The reset gate's end in r.
    """
    return gru_ref.gate(x, h, p.W_in, p.W_hn, p.b_in, p.b_hn)


@reset_gate.mistake
def biases_of_the_update_gate(x, h, p):
    """The weights are the reset gate's, but the biases are the update gate's

    Look at the last letter of each parameter: b_ir and b_hr belong here.
    """
    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_iz, p.b_hz)


@reset_gate.mistake
def state_weights_of_the_update_gate(x, h, p):
    """The state's weights are the update gate's

    p.W_ir is right, but beside it stands p.W_hz. All four parameters end in r.
    """
    return gru_ref.gate(x, h, p.W_ir, p.W_hz, p.b_ir, p.b_hr)


@reset_gate.mistake
def one_minus_gate(x, h, p):
    """This is 1 − r

    r itself is σ(…). Where 1 minus a gate is needed, the formula that uses the gate says so.
    """
    return 1 - gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)


@reset_gate.mistake
def input_and_state_handed_over_exchanged(x, h, p):
    """x and h are handed over in the wrong order

    `gate` takes the input first and the state second: `gru_ref.gate(x, h, …)`.
    """
    return gru_ref.gate(h, x, p.W_ir, p.W_hr, p.b_ir, p.b_hr)


@reset_gate.mistake
def weights_handed_over_exchanged(x, h, p):
    """The two weight matrices are handed over in the wrong order

    `gate` takes the weights of the input first, W_i…, and then those of the state, W_h….
    """
    return gru_ref.gate(x, h, p.W_hr, p.W_ir, p.b_ir, p.b_hr)


@reset_gate.law
def ignores_the_other_gates(f, rng):
    """only parameters that end in r matter

    Changing the update gate's parameters leaves the reset gate as it is.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p), f(x, h, p._replace(W_iz=-p.W_iz, b_hz=p.b_hz + 3, W_hn=p.W_hn * 2)))


@reset_gate.also_right
def reset_in_full(x, h, p):
    return gru_ref.sigmoid((p.W_ir @ x.T).T + (p.W_hr @ h.T).T + (p.b_ir + p.b_hr))


update_gate = Exercise(
    reference=gru_ref.update_gate,
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "The update gate has the same form as the reset gate, and parameters of its own.",
        "Its parameters end in z: W_iz and W_hz, b_iz and b_hz.",
        "Take your reset_gate and exchange the last letter of all four parameters.",
    ),
)
update_gate.inherit(gate, "x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz")


@update_gate.mistake
def reset_gates_parameters(x, h, p):
    """This is the reset gate

    All its parameters end in r. The update gate's end in z.
    """
    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)


@update_gate.mistake
def state_weights_of_the_reset_gate(x, h, p):
    """The state's weights are the reset gate's

    W_iz is right, but beside it stands W_hr. All four parameters end in z.
    """
    return gru_ref.gate(x, h, p.W_iz, p.W_hr, p.b_iz, p.b_hz)


@update_gate.mistake
def biases_of_the_reset_gate(x, h, p):
    """The weights are the update gate's, but the biases are the reset gate's

    Look at the last letter of each parameter: b_iz and b_hz belong here.
    """
    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_ir, p.b_hr)


@update_gate.mistake
def the_other_convention(x, h, p):
    """This is 1 − z

    Some articles let z be the part that is *written*; theirs is 1 minus ours. In this course, as in PyTorch, z is the
    part that is *kept*, and z = σ(…) as it stands.
    """
    return 1 - gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)


@update_gate.mistake
def state_handed_over_first(x, h, p):
    """x and h are handed over in the wrong order

    `gate` takes the input first and the state second: `gru_ref.gate(x, h, …)`.
    """
    return gru_ref.gate(h, x, p.W_iz, p.W_hz, p.b_iz, p.b_hz)


@update_gate.mistake
def state_weights_handed_over_first(x, h, p):
    """The two weight matrices are handed over in the wrong order

    `gate` takes the weights of the input first, W_i…, and then those of the state, W_h….
    """
    return gru_ref.gate(x, h, p.W_hz, p.W_iz, p.b_iz, p.b_hz)


@update_gate.mistake
def state_reset_first(x, h, p):
    """The state is multiplied by the reset gate first

    Both gates read the state as it is. The reset gate acts in the candidate alone (lesson 04).
    """
    return gru_ref.gate(x, gru_ref.reset_gate(x, h, p) * h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)


@update_gate.law
def only_its_own_parameters_matter(f, rng):
    """only parameters that end in z matter

    Changing the reset gate's parameters leaves the update gate as it is.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p), f(x, h, p._replace(W_ir=-p.W_ir, W_hr=p.W_hr * 2, b_hr=p.b_hr + 3)))


@update_gate.also_right
def update_in_full(x, h, p):
    return gru_ref.sigmoid(np.concatenate([x, h], 1) @ np.concatenate([p.W_iz, p.W_hz], 1).T + p.b_hz + p.b_iz)
