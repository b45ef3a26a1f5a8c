"""Lesson 04: the candidate, the blend with the old state, and how long a kept state lasts."""

import numpy as np

import gru_ref
from grader.drawing import draw_step
from grader.exercise import THIN_STEPS, Exercise, thin

LESSON = "04_candidate_and_blend"


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
    inputs=draw_candidate,
    edges=thin(draw_candidate, THIN_STEPS),
    axes="B H",
    hints=(
        "It is almost a step of the tanh RNN: a part from the input, a part from the past, and tanh around both. "
        "Compute the two parts on lines of their own.",
        "Everything that comes from the past, its bias included, stands in the bracket behind r. Nothing else does.",
        "With `past = h @ p.W_hn.T + p.b_hn`, only the input's part, r and tanh are left to put together.",
    ),
)


@candidate.mistake
def reset_before_the_product(x, h, r, p):
    """The reset acts before the matrix product

    This is exactly what you get with W_hn (r ⊙ h). Many articles do it so, and it is a different network. Here, as in
    PyTorch, the past is multiplied by W_hn first, and r takes its share of the product. (Python reads `r * h @ …` from
    left to right, so brackets may be all that is missing.)
    """
    return np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)


@candidate.mistake
def reset_before_the_product_and_on_the_bias(x, h, r, p):
    """The reset acts before the matrix product, and on the bias by itself

    This is W_hn (r ⊙ h) + r ⊙ b_hn. First the whole bracket, product and bias; then r, once. (Python reads `r * h @ …`
    from left to right, so brackets may be all that is missing.)
    """
    return np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + r * p.b_hn)


@candidate.mistake
def state_bias_outside_the_reset(x, h, r, p):
    """b_hn stands outside the reset

    The product is gated, but its bias is not. The bracket behind r holds both: look where it closes.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T) + p.b_hn)


@candidate.mistake
def reset_on_everything(x, h, r, p):
    """The reset acts on the input's part, too

    This is r times the whole sum. With r = 0 nothing would be left, not even the input. r gates the past alone.
    """
    return np.tanh(r * (x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def reset_on_the_input(x, h, r, p):
    """The reset acts on the input instead of the past

    r decides how much of the *past* is looked at. Here it stands before the part that comes from x.
    """
    return np.tanh(r * (x @ p.W_in.T + p.b_in) + h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def input_bias_inside_the_reset(x, h, r, p):
    """b_in stands inside the reset

    Only what belongs to the past is gated: the product with h, and b_hn. b_in belongs to the input.
    """
    return np.tanh(x @ p.W_in.T + r * (p.b_in + h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def reset_outside_tanh(x, h, r, p):
    """The reset acts after tanh, on the whole candidate

    This is r ⊙ tanh(…). With r = 0 the candidate would be 0, and the input lost. r belongs inside, before the past.
    """
    return r * np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def reset_added(x, h, r, p):
    """The reset gate is added, not multiplied

    A gate is a fraction: what it guards is *multiplied* by it.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r + h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def reset_ignored(x, h, r, p):
    """The reset gate is not used

    This is the candidate for r = 1 everywhere, a step of a plain tanh RNN. Where does r belong?
    """
    return np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def one_minus_reset(x, h, r, p):
    """1 − r stands where r should

    r is the fraction of the past that is *looked at*: r = 1 shows all of it. This is the result for the opposite gate.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + (1 - r) * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def sigmoid_for_tanh(x, h, r, p):
    """σ stands where tanh should

    The sum is right, but σ gives 0 to 1. A candidate is content, not a fraction: it must be able to be negative.
    """
    return gru_ref.sigmoid(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def not_squashed(x, h, r, p):
    """The sum is right, but it is not squashed

    tanh is missing. Without it a state could grow from step to step without end.
    """
    return x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def only_the_past_squashed(x, h, r, p):
    """tanh closes too early

    Only a part of the sum goes through tanh. Look at your brackets: tanh goes around everything.
    """
    return np.tanh(x @ p.W_in.T + p.b_in) + r * (h @ p.W_hn.T + p.b_hn)


@candidate.mistake
def squashed_term_by_term(x, h, r, p):
    """Each part is squashed by itself

    tanh(a) + tanh(b) is not tanh(a + b), and can leave (−1, 1). Add first, squash once.
    """
    return np.tanh(x @ p.W_in.T + p.b_in) + np.tanh(r * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def blended_already(x, h, r, p):
    """This is the new state, not the candidate

    Your candidate is right, and then it is blended with h. That is the next exercise: return what would be written.
    """
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return gru_ref.blend(gru_ref.update_gate(x, h, p), n, h)


@candidate.mistake
def weights_first(x, h, r, p):
    """The product is written as in the formula, W_in before x

    W_in x is for one input, a column. Here x holds a batch, one input in each *row*, (B, I): write `x @ p.W_in.T`. The
    same for h.
    """
    return np.tanh(p.W_in @ x + p.b_in + r * (p.W_hn @ h + p.b_hn))


@candidate.mistake
def state_weights_not_transposed(x, h, r, p):
    """W_hn is not transposed

    This is exactly what `h @ p.W_hn` gives. W_hn is square, so no error warns you. Row i holds the weights of unit i.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn + p.b_hn))


@candidate.mistake
def input_weights_not_transposed(x, h, r, p):
    """W_in is not transposed

    x is (B, I) and W_in is (H, I), so `x @ p.W_in` cannot work: the inner sizes are I and H.
    """
    return np.tanh(x @ p.W_in + p.b_in + r * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def matrix_product_with_the_reset(x, h, r, p):
    """r meets the past in a matrix product

    `@` sums over units. A gate acts unit by unit: `*`.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r @ (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def input_bias_dropped(x, h, r, p):
    """The bias b_in is missing

    This is exactly the result without b_in. It is added to the input's part, outside the reset.
    """
    return np.tanh(x @ p.W_in.T + r * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def state_bias_dropped(x, h, r, p):
    """The bias b_hn is missing

    This is exactly the result without b_hn. It is added to the past's part, inside the reset.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T))


@candidate.mistake
def biases_exchanged(x, h, r, p):
    """The two biases are exchanged

    In a gate only their sum counts. Here one of them is gated, and so it matters which: b_hn goes with h.
    """
    return np.tanh(x @ p.W_in.T + p.b_hn + r * (h @ p.W_hn.T + p.b_in))


@candidate.mistake
def update_gates_parameters(x, h, r, p):
    """These are the update gate's parameters

    They end in z. The candidate's end in n.
    """
    return np.tanh(x @ p.W_iz.T + p.b_iz + r * (h @ p.W_hz.T + p.b_hz))


@candidate.mistake
def reset_gates_parameters(x, h, r, p):
    """These are the reset gate's parameters

    They end in r. The reset gate has done its work already: r is handed to you. The candidate's parameters end in n.
    """
    return np.tanh(x @ p.W_ir.T + p.b_ir + r * (h @ p.W_hr.T + p.b_hr))


@candidate.mistake
def state_weights_of_the_reset_gate(x, h, r, p):
    """The state's weights are the reset gate's

    W_in is right, but the past meets W_hr. All four parameters end in n.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hr.T + p.b_hn))


@candidate.mistake
def reset_computed_again(x, h, r, p):
    """The r that is handed over is not used

    You compute the reset gate from x and h again. Here r is an argument: whoever calls you has chosen it.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + gru_ref.reset_gate(x, h, p) * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def input_ignored(x, h, r, p):
    """The input is not used

    This is made of the past alone. What comes in has to be in the candidate, or nothing new could ever be written.
    """
    return np.tanh(r * (h @ p.W_hn.T + p.b_hn))


@candidate.mistake
def state_added_directly(x, h, r, p):
    """The past enters without its weights

    This is r ⊙ h. The state goes through W_hn first: r gates the product.
    """
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h + p.b_hn))


@candidate.slips(
    ("reset_before_the_product", "reset_on_the_input", "one_minus_reset", "reset_ignored"),
    ("sigmoid_for_tanh", "not_squashed"),
    ("state_bias_dropped", "input_bias_dropped"),
    ("state_weights_not_transposed",),
)
def several_mistakes_at_once(slip, x, h, r, p):
    b_i = 0 if slip("input_bias_dropped") else p.b_in
    b_h = 0 if slip("state_bias_dropped") else p.b_hn
    U = p.W_hn if slip("state_weights_not_transposed") else p.W_hn.T
    if slip("one_minus_reset"):
        r = 1 - r
    new, past = x @ p.W_in.T + b_i, h @ U + b_h
    if slip("reset_before_the_product"):
        a = new + (r * h) @ U + b_h
    elif slip("reset_on_the_input"):
        a = r * new + past
    else:
        a = new + (past if slip("reset_ignored") else r * past)
    return a if slip("not_squashed") else gru_ref.sigmoid(a) if slip("sigmoid_for_tanh") else np.tanh(a)


@candidate.law
def ignores_the_past_without_reset(f, rng):
    """with r = 0 the past does not matter

    Another h gives the same candidate then, and so does another b_hn.
    """
    x, h, r, p = draw_candidate(rng)
    shut = np.zeros_like(r)
    return np.allclose(f(x, h, shut, p), f(x, -h, shut, p._replace(b_hn=p.b_hn + 1)))


@candidate.law
def is_a_tanh_rnn_with_full_reset(f, rng):
    """with r = 1 it is a step of the tanh RNN

    All of the past is looked at then: tanh(W_in x + b_in + W_hn h + b_hn).
    """
    x, h, r, p = draw_candidate(rng)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, np.ones_like(r), p), gru_ref.rnn_step(x, h, rnn))


@candidate.law
def each_unit_has_its_own_reset(f, rng):
    """shutting the reset of one unit changes the candidate of that unit alone

    r gates what a unit receives, not what the others read.
    """
    x, h, r, p = draw_candidate(rng)
    shut = r.copy()
    shut[:, 0] = 0
    before, after = f(x, h, r, p), f(x, h, shut, p)
    return np.allclose(before[:, 1:], after[:, 1:]) and not np.allclose(before[:, 0], after[:, 0])


@candidate.law
def lies_between_minus_1_and_1(f, rng):
    """every candidate lies between −1 and 1

    tanh sees to that, however large the input is.
    """
    x, h, r, p = draw_candidate(rng)
    return np.all(np.abs(f(20 * x, h, r, p)) <= 1)


@candidate.law
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
    inputs=draw_blend,
    edges=thin(draw_blend, ((1, 4), (5, 1), (1, 1))),
    axes="B H",
    hints=(
        "It is the line of lesson 00: keep a part of the memory, and fill up with the new.",
        "z is the part that is kept, of h. What is left to 1 goes to n.",
        "Two products and a sum: one holds z, the other `(1 - z)`, with its brackets.",
    ),
)


@blend.mistake
def gates_exchanged(z, n, h):
    """z and 1 − z are exchanged

    This is exactly what you get when z multiplies the candidate. Some articles mean it so: their z is the part that is
    *written*. Here, as in PyTorch, z is the part of the old state that is *kept*.
    """
    return z * n + (1 - z) * h


@blend.mistake
def brackets_forgotten(z, n, h):
    """The brackets around 1 − z are missing

    `1 - z * n` is 1 − (z·n): Python multiplies before it subtracts. Write `(1 - z)`.
    """
    return 1 - z * n + z * h


@blend.mistake
def candidate_not_weighted(z, n, h):
    """All of the candidate is written

    This is z ⊙ h + n. What is kept and what is written must add up to a whole; so it could leave the range of both.
    """
    return z * h + n


@blend.mistake
def state_not_weighted(z, n, h):
    """All of the old state is kept

    This is h + (1 − z) ⊙ n: the new comes on top, and nothing is ever forgotten. What is kept is the fraction z of h.
    """
    return h + (1 - z) * n


@blend.mistake
def state_forgotten(z, n, h):
    """The old state is missing

    This is (1 − z) ⊙ n alone. The kept part of h has to be added.
    """
    return (1 - z) * n


@blend.mistake
def candidate_forgotten(z, n, h):
    """The candidate is missing

    This is z ⊙ h alone: the state only ever shrinks. The part that is written has to be added.
    """
    return z * h


@blend.mistake
def subtracted(z, n, h):
    """One part is subtracted

    This is (1 − z) ⊙ n − z ⊙ h. The two parts are added: together they make up the new state.
    """
    return (1 - z) * n - z * h


@blend.mistake
def step_away_from_the_candidate(z, n, h):
    """The step goes away from the candidate

    This is h − (1 − z) ⊙ (n − h). A blend moves from h *towards* n: look at the sign, or at the order of both.
    """
    return h - (1 - z) * (n - h)


@blend.mistake
def difference_turned_round(z, n, h):
    """z − 1 stands where 1 − z should

    The part that is written is 1 − z, which is never negative.
    """
    return (z - 1) * n + z * h


@blend.mistake
def gate_squashed_again(z, n, h):
    """The gate is squashed once more

    You pass z through σ, but z *is* the gate: it has been squashed already, and lies between 0 and 1.
    """
    z = gru_ref.sigmoid(z)
    return (1 - z) * n + z * h


@blend.mistake
def candidate_squashed_again(z, n, h):
    """The candidate is squashed once more

    n has been through tanh already. Blend it as it comes.
    """
    return (1 - z) * np.tanh(n) + z * h


@blend.mistake
def matrix_product(z, n, h):
    """`@` stands where `*` should

    `@` is the matrix product, which sums over units. Each unit is blended by itself: `*`.
    """
    return (1 - z) @ n + z @ h


@blend.mistake
def half_and_half(z, n, h):
    """z is not used: this is the mean of both

    It is right for z = ½ alone. The gate decides how much of each.
    """
    return (n + h) / 2


@blend.mistake
def hard_choice(z, n, h):
    """This takes either the old or the new, whole

    A hard switch at z = ½ has slope 0, and could not be learned. Blend softly.
    """
    return np.where(z > 0.5, h, n)


@blend.mistake
def squashed_again(z, n, h):
    """The result is squashed once more

    This is tanh of the right answer. With z = 1 the state would shrink at every step; it should stay as it is.
    """
    return np.tanh((1 - z) * n + z * h)


@blend.mistake
def state_overwritten(z, n, h):
    """The numbers are right, but they are written into h

    `h *= z` changes the caller's own array. `z * h` makes a new one.
    """
    h *= z
    h += (1 - z) * n
    return h


@blend.law
def keeps_at_one(f, rng):
    """z = 1 keeps the old state

    Nothing is written then, whatever the candidate is.
    """
    z, n, h = draw_blend(rng)
    return np.allclose(f(np.ones_like(z), n, h), h)


@blend.law
def writes_at_zero(f, rng):
    """z = 0 writes the candidate

    Nothing of the old state is left then.
    """
    z, n, h = draw_blend(rng)
    return np.allclose(f(np.zeros_like(z), n, h), n)


@blend.law
def lies_between_both(f, rng):
    """the new state lies between candidate and old state

    Unit by unit: never below the smaller, never above the larger of the two.
    """
    z, n, h = draw_blend(rng)
    h_new = f(z, n, h)
    return np.all((h_new >= np.minimum(n, h) - 1e-12) & (h_new <= np.maximum(n, h) + 1e-12))


@blend.law
def has_two_names_for_one_thing(f, rng):
    """exchanging n and h, and z with 1 − z, changes nothing

    The blend treats both alike; only z tells which one is meant by "old".
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
    inputs=lambda rng: (float(rng.choice([rng.uniform(0.1, 0.35), rng.uniform(0.65, 0.9)])),),
    edges=((0.01,), (0.5,), (0.9999,)),
    refusals=(
        (0.0,),
        (1.0,),
        (-0.5,),
        (1.5,),
        lambda rng: (rng.uniform(1.05, 9),),
        lambda rng: (rng.uniform(-9, -0.05),),
    ),
    hints=(
        "After k steps the fraction zᵏ is left. Write down the equation that says: this is 1/e.",
        "Take the natural logarithm of both sides. That of 1/e is −1; and ln zᵏ = k · ln z.",
        "First refuse: `if not 0 < z < 1: raise ValueError(…)`. Then solve k · ln z = −1 for k; ln is `np.log`.",
    ),
)


@time_constant.mistake
def near_one_only(z):
    """This is the approximation 1 / (1 − z)

    It is good for z near 1, where ln z is close to z − 1: at z = 0.99 it is off by half a step. For smaller z it is off
    by a large part. The exact number has a logarithm in it.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return 1 / (1 - z)


@time_constant.mistake
def half_life_instead(z):
    """This is the half-life

    After so many steps one *half* is left. The time constant asks for 1/e, about 0.37, and so it is longer.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(0.5) / np.log(z)


@time_constant.mistake
def sign_lost(z):
    """It is negative: a sign is lost

    ln z is below 0 for z below 1, and so is ln 1/e = −1. Their quotient is positive.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return 1 / np.log(z)


@time_constant.mistake
def upside_down(z):
    """The fraction is upside down

    This is −ln z: how many e-folds fit into *one step*. The task asks how many steps make one e-fold.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return -np.log(z)


@time_constant.mistake
def decimal_logarithm(z):
    """The logarithm is the one to base 10

    With `np.log10` this is the time until 1/10 is left. To base e, the natural logarithm, is `np.log`.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return -1 / np.log10(z)


@time_constant.mistake
def complement_of_z(z):
    """This is the time constant of 1 − z

    z is the fraction that is *kept* at each step. After k steps zᵏ is left, not (1 − z)ᵏ.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return -1 / np.log(1 - z)


@time_constant.mistake
def exponential_for_logarithm(z):
    """An exponential stands where a logarithm should

    To bring k down from the exponent you need the inverse of e to the power: ln, which is `np.log`.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.exp(-z)


@time_constant.mistake
def ages_averaged(z):
    """This is the mean age of what is remembered, z / (1 − z)

    A useful number, one less than 1 / (1 − z). But the time constant is the solution of zᵏ = 1/e.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return z / (1 - z)


@time_constant.mistake(
    when=lambda args, k: k == np.round(k) and abs(k - gru_ref.time_constant(*args)) <= 1  # up, down or to the nearest
)
def rounded(z):
    """It is rounded to a whole number

    The equation zᵏ = 1/e has a solution between the whole numbers: return it as it is.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.ceil(-1 / np.log(z))


@time_constant.mistake
def nothing_refused(z):
    """The formula is right, but z = 0 and z = 1 slip through

    With z = 0 nothing is kept, with z = 1 nothing is ever lost: neither has a time constant. Test z before you compute,
    and `raise ValueError("…")`.
    """
    with np.errstate(all="ignore"):
        return -1 / np.log(z)


@time_constant.mistake
def ends_not_refused(z):
    """The formula is right, and outside is refused, but not the ends 0 and 1

    0 and 1 themselves have no time constant either. Is there a `<` where `<=` should be, or the other way round?
    """
    if z < 0 or z > 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    with np.errstate(all="ignore"):
        return -1 / np.log(z)


@time_constant.mistake
def part_left_rounded(z):
    """The part that is left is rounded to 0.37

    1/e is 0.3678…, and the rounding shows. Take the logarithm of 1/e itself: it is a whole number.
    """
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie between 0 and 1")
    return np.log(0.37) / np.log(z)


@time_constant.law
def leaves_one_part_in_e(f, rng):
    """after time_constant(z) steps, 1/e is left

    Put your result into the equation it solves: z to the power k should be e⁻¹, about 0.368.
    """
    z = rng.uniform(0.05, 0.95)
    return np.isclose(z ** f(z), np.exp(-1))


@time_constant.law
def adds_rates(f, rng):
    """when two gates act one after the other, the rates 1/k add up

    One gate keeps y, the other z, and together they keep y·z. Their time constants add like parallel resistors.
    """
    y, z = rng.uniform(0.3, 0.95, 2)
    return np.isclose(1 / f(y * z), 1 / f(y) + 1 / f(z))


@time_constant.law
def is_close_to_the_rule_of_thumb(f, rng):
    """for z near 1 it is 1 / (1 − z) less about one half

    That is the rule of thumb, and how far it is off.
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
