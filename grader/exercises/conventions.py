"""Lesson 06: one GRU in other conventions, the reset before the product, and when both resets are the same."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_params, draw_step
from grader.exercises.exercise import THIN_STEPS, Exercise, thin

LESSON = "06_conventions"
MISTAKES = Path(__file__).with_name(LESSON)


THIN = ((1, 3), (4, 1), (1, 1))  # sizes (I, H)


def draw_p(rng, sizes=None):
    """Parameters (p,) with I and H different, or these `sizes`."""
    I, H = sizes or rng.permutation([2, 3, 4, 5])[:2]
    return (draw_params(rng, I, H),)


def draw_concatenated(rng):
    """Arguments (W, H, order), with I and H different."""
    I, H = (int(n) for n in rng.permutation([2, 3, 4, 5])[:2])
    return rng.normal(0, 1, (H, H + I)), H, str(rng.choice(["hx", "xh"]))


def draw_packed(rng, sizes=None):
    """PyTorch's four arrays, with I and H different, or these `sizes`."""
    return tuple(gru_ref.to_torch(*draw_p(rng, sizes)))


# -------------------------------------------------------------------------------------------------- flip_update_gate

flip_update_gate = Exercise(
    reference=gru_ref.flip_update_gate,
    known=MISTAKES / "flip_update_gate.md",
    inputs=draw_p,
    edges=thin(draw_p, THIN),
    hints=(
        "The gate is σ(a), and the other convention needs 1 − σ(a). For which sum is that the σ? Lesson 03 has the "
        "rule: 1 − σ(a) = σ(−a).",
        "a is a sum of four parts: input weights, state weights, two biases. When is the whole sum negated?",
        "`p._replace(W_iz=…, …)` makes a new GRUParams with some fields changed. Four of the twelve fields end in z.",
    ),
)


@flip_update_gate.property
def makes_the_gate_its_complement(f, rng):
    """with the flipped parameters, the update gate is 1 − z

    So what was kept is now written, and what was written is now kept.
    """
    x, h, p = draw_step(rng)
    return np.allclose(gru_ref.update_gate(x, h, f(p)), 1 - gru_ref.update_gate(x, h, p))


@flip_update_gate.property
def leaves_the_rest_alone(f, rng):
    """reset gate and candidate stay the same

    The two conventions differ only in z.
    """
    x, h, p = draw_step(rng)
    q, r = f(p), gru_ref.reset_gate(x, h, p)
    same_reset = np.allclose(gru_ref.reset_gate(x, h, q), r)
    return same_reset and np.allclose(gru_ref.candidate(x, h, r, q), gru_ref.candidate(x, h, r, p))


@flip_update_gate.property
def is_an_involution(f, rng):
    """flipping twice gives the original parameters

    1 − (1 − z) is z.
    """
    (p,) = draw_p(rng)
    return all(np.allclose(a, b) for a, b in zip(f(f(p)), p, strict=True))


@flip_update_gate.also_right
def by_name(p):
    return p._replace(**{name: -getattr(p, name) for name in p._fields if name.endswith("z")})


@flip_update_gate.also_right
def field_by_field(p):
    q = []
    for name, array in zip(p._fields, p, strict=True):
        q.append(array * (-1 if name[-1] == "z" else 1))
    return gru_ref.GRUParams(*q)


# ------------------------------------------------------------------------------------------------ split_concatenated

_EDGES = np.random.default_rng(6)

split_concatenated = Exercise(
    reference=gru_ref.split_concatenated,
    known=MISTAKES / "split_concatenated.md",
    inputs=draw_concatenated,
    parts={"W_x": "H I", "W_h": "H H"},
    edges=(
        (_EDGES.normal(0, 1, (3, 8)), 3, "hx"),
        (_EDGES.normal(0, 1, (3, 8)), 3, "xh"),
        (_EDGES.normal(0, 1, (5, 7)), 5, "hx"),
        (_EDGES.normal(0, 1, (5, 7)), 5, "xh"),
        (_EDGES.normal(0, 1, (3, 4)), 3, "hx"),
        (_EDGES.normal(0, 1, (1, 4)), 1, "xh"),
        (_EDGES.normal(0, 1, (1, 2)), 1, "hx"),
    ),
    refusals=(
        (_EDGES.normal(0, 1, (3, 7)), 3, "rz"),
        (_EDGES.normal(0, 1, (3, 7)), 3, "h"),
        (_EDGES.normal(0, 1, (3, 7)), 3, "HX"),
        (_EDGES.normal(0, 1, (3, 7)), 3, "hxh"),
    ),
    hints=(
        "W has one *column* for each number that it reads: H of them read the state, the others the input. `order` says "
        "which of them come first.",
        'With "hx" the first H columns are W_h. With "xh" the *last* H columns are: how many come before them?',
        "Cut at column H, or at column `W.shape[1] - H`. For every other order `raise ValueError(…)`, before you cut.",
    ),
)


@split_concatenated.recognises
def rows_cut(args, parts):
    return all(part.shape[1] == args[0].shape[1] for part in parts)


@split_concatenated.property
def gives_the_same_sum(f, rng):
    """W_x x + W_h h is W times the long vector

    Splitting changes how it is written, but not the result.
    """
    W, H, order = draw_concatenated(rng)
    x, h = rng.normal(0, 1, (4, W.shape[1] - H)), rng.normal(0, 1, (4, H))
    W_x, W_h = f(W, H, order)
    return np.allclose(x @ W_x.T + h @ W_h.T, np.concatenate([h, x] if order == "hx" else [x, h], axis=1) @ W.T)


@split_concatenated.property
def turns_round_with_the_order(f, rng):
    """for [x, h] it gives the same as for [h, x], once the columns are moved

    The two conventions differ only in the order of the columns.
    """
    W, H, _ = draw_concatenated(rng)
    moved = np.concatenate([W[:, H:], W[:, :H]], axis=1)
    return all(np.allclose(a, b) for a, b in zip(f(W, H, "hx"), f(moved, H, "xh"), strict=True))


@split_concatenated.also_right
def by_split(W, H, order):
    if order == "hx":
        W_h, W_x = np.split(W, [H], axis=1)
    elif order == "xh":
        W_x, W_h = np.split(W, [-H], axis=1)
    else:
        raise ValueError(f"no order called {order}")
    return W_x, W_h


@split_concatenated.also_right
def by_dictionary(W, H, order):
    columns = W.shape[1]
    cuts = {"hx": (slice(H, None), slice(0, H)), "xh": (slice(0, columns - H), slice(columns - H, None))}
    if order not in cuts:
        raise ValueError("order is hx or xh")
    for_x, for_h = cuts[order]
    return W[:, for_x], W[:, for_h]


# --------------------------------------------------------------------------------------------- gru_step_reset_before

gru_step_reset_before = Exercise(
    reference=gru_ref.gru_step_reset_before,
    known=MISTAKES / "gru_step_reset_before.md",
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hidden=(gru_ref.layers.layer_forward,),
    hints=(
        "Gates and blend are those of lesson 05, and you may call `gru_ref.reset_gate`, `update_gate` and `blend`. Only "
        "the candidate is new.",
        "The reset acts on the state *before* W_hn reads it: what W_hn reads is r ⊙ h.",
        "n = tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn). And what is blended with n is h itself, not r ⊙ h.",
    ),
)


def always_reset(p, opened):
    """`p` with a reset gate that is 0, or 1, for any input."""
    bias = np.full_like(p.b_ir, 50.0 if opened else -50.0)
    return p._replace(W_ir=0 * p.W_ir, W_hr=0 * p.W_hr, b_ir=bias, b_hr=0 * p.b_hr)


@gru_step_reset_before.property
def is_pytorchs_step_with_open_resets(f, rng):
    """with r = 1 it is PyTorch's step

    If nothing is held back, it does not matter where the gate is.
    """
    x, h, p = draw_step(rng)
    p = always_reset(p, True)
    return np.allclose(f(x, h, p), gru_ref.gru_step(x, h, p))


@gru_step_reset_before.property
def counts_its_biases_alike(f, rng):
    """moving b_hn over to b_in changes nothing

    No gate is between the two here, so only their sum counts. (With the reset after the product it does change.)
    """
    x, h, p = draw_step(rng)
    moved = p._replace(b_in=p.b_in + p.b_hn, b_hn=0 * p.b_hn)
    return np.allclose(f(x, h, p), f(x, h, moved))


@gru_step_reset_before.property
def hides_a_unit_from_all_others(f, rng):
    """no candidate sees a unit whose reset gate is closed

    Then a different old value of that unit changes the new state only through its own z and through the gates; here the
    gates read nothing.
    """
    x, h, p = draw_step(rng)
    p = always_reset(p, True)
    p = p._replace(W_hz=0 * p.W_hz, b_ir=np.where(np.arange(len(p.b_ir)) == 0, -50.0, p.b_ir))
    other = h.copy()
    other[:, 0] = -h[:, 0]
    return np.allclose(f(x, h, p)[:, 1:], f(x, other, p)[:, 1:])


@gru_step_reset_before.also_right
def by_concatenation(x, h, p):
    both = np.concatenate([h, x], axis=1)

    def gate(W_h, W_x, b):
        return 1 / (1 + np.exp(-(both @ np.concatenate([W_h, W_x], axis=1).T + b)))

    r, z = gate(p.W_hr, p.W_ir, p.b_ir + p.b_hr), gate(p.W_hz, p.W_iz, p.b_iz + p.b_hz)
    read = np.concatenate([r * h, x], axis=1)
    n = np.tanh(read @ np.concatenate([p.W_hn, p.W_in], axis=1).T + (p.b_in + p.b_hn))
    return n + z * (h - n)


@gru_step_reset_before.also_right
def row_by_row(x, h, p):
    rows = []
    for x_b, h_b in zip(x, h, strict=True):
        r = gru_ref.sigmoid(p.W_ir @ x_b + p.b_ir + p.W_hr @ h_b + p.b_hr)
        z = gru_ref.sigmoid(p.W_iz @ x_b + p.b_iz + p.W_hz @ h_b + p.b_hz)
        n = np.tanh(p.W_in @ x_b + p.b_in + p.W_hn @ np.diag(r) @ h_b + p.b_hn)
        rows.append((1 - z) * n + z * h_b)
    return np.array(rows)


# ---------------------------------------------------------------------------------------------------- are_equivalent


def some_case(rng, W_hn, b_hn, r):
    """Arguments (p, r) with the given `W_hn`, `b_hn` and `r`, and everything else drawn."""
    p = draw_params(rng, 2, len(r))
    return p._replace(W_hn=np.array(W_hn, float), b_hn=np.array(b_hn, float)), np.array(r, float)


def dense(rng, H):
    return draw_params(rng, 2, H).W_hn


def any_case(rng):
    """Arguments (p, r) in which each part may be special: W_hn sparse, b_hn with zeros, r with equal entries and ones."""
    H = int(rng.integers(3, 6))
    r = rng.choice([0.25, 0.75, 1.0] if rng.random() < 0.7 else [0.25, 1.0], H)
    same = r[:, None] == r
    W_hn = dense(rng, H) * (same if rng.random() < 0.7 else rng.random((H, H)) < 0.5)
    b_hn = rng.uniform(0.5, 1, H) * ((r == 1) if rng.random() < 0.7 else rng.random(H) < 0.3)
    return some_case(rng, W_hn, b_hn, r)


def fixed_cases(rng):
    distinct, equal, open_ = [0.2, 0.5, 0.9], [0.4, 0.4, 0.4], [1.0, 1.0, 1.0]
    W, b, none = dense(rng, 3), [0.3, -0.5, 0.8], [0.0, 0.0, 0.0]
    diagonal, linked = np.diag([0.5, -0.7, 0.9]), np.array([[0.5, 0.3, 0], [0.8, -0.4, 0], [0, 0, 0.6]])
    balanced = np.array([[0.3, 1.0, 0.0], [1.0, -0.2, 0.0], [0.0, 0.0, 0.4]])  # its differences add up to 0
    cancelling = np.array([[0.3, 0.7, -0.3], [0.0, 0.5, 0.0], [0.0, 0.0, 0.4]])  # at h = 1 they cancel
    one = np.array([[0.5, 0, 0], [0, 0.4, 0], [0.7, 0, 0.3]])
    return (
        (W, none, distinct),
        (diagonal, none, distinct),
        (diagonal, b, distinct),
        (W, none, equal),
        (W, b, equal),
        (W, b, open_),
        (W, b, distinct),
        (linked, none, [0.3, 0.3, 0.8]),
        (linked, none, [0.3, 0.8, 0.8]),
        (linked, [0.0, 0.0, 0.7], [0.3, 0.3, 1.0]),
        (diagonal, [0.0, 0.6, 0.0], [0.3, 1.0, 0.6]),
        (diagonal, [0.6, 0.0, 0.0], [0.3, 1.0, 0.6]),
        (balanced, none, [0.2, 0.6, 0.9]),
        (diagonal, [0.5, -0.5, 0.0], [0.4, 0.4, 0.9]),
        (cancelling, none, [0.2, 0.5, 0.9]),
        (diagonal, [0.0, 0.0, 0.7], [0.3, 0.5, 0.6]),
        (one, none, distinct),
        (one.T, none, distinct),
        ([[0, 0], [0.7, 0]], [0.0, 0.0], [1.0, 0.5]),
        ([[0, 0], [0.7, 0]], [0.0, 0.0], [0.5, 1.0]),
        (0 * W, none, distinct),
        (W, none, none),
        (W, b, none),
        ([[0.7]], [0.0], [0.3]),
        ([[0.7]], [0.4], [0.3]),
        # Small is not 0.
        ([[0.5, 1e-4, 0], [0, 0.4, 0], [0, 0, 0.3]], none, [0.5, 0.2, 0.9]),
        (diagonal, [0.0, 1e-4, 0.0], [0.2, 0.6, 1.0]),
        (1e-3 * W, none, distinct),
        (1e-3 * W, none, equal),
    )


def fixed_edges():
    rng = np.random.default_rng(60)
    return tuple(some_case(rng, *case) for case in fixed_cases(rng))


are_equivalent = Exercise(
    reference=gru_ref.are_equivalent,
    known=MISTAKES / "are_equivalent.md",
    inputs=any_case,
    by_value=False,  # its properties say in which of the cases it is wrong
    edges=fixed_edges(),
    hints=(
        "Write down what each candidate adds for unit i: after, it is r_i (Σⱼ W_hn[i, j] hⱼ + b_i); before, it is "
        "Σⱼ W_hn[i, j] r_j hⱼ + b_i. For which W_hn, b_hn and r is their difference 0 for *every* h?",
        "At h = 0 only the biases are left: that is one condition for each i. Then the factor of each hⱼ must be 0 by "
        "itself: one condition for each pair i, j.",
        "`r[:, None] - r` holds r_i − r_j for all pairs, (H, H). Multiply it by W_hn, entry by entry, and test whether all "
        "of it is 0; likewise `p.b_hn * (1 - r)`. `np.all(…)` makes one boolean out of many.",
    ),
)


@are_equivalent.property
def open_resets_make_no_difference(f, rng):
    """with r = 1 it is True for all W_hn and b_hn

    The place of a gate that holds nothing back does not matter.
    """
    return f(*some_case(rng, dense(rng, 4), rng.uniform(0.5, 1, 4), np.ones(4)))


@are_equivalent.property
def one_reset_for_all_makes_no_difference(f, rng):
    """with one reset for all units, and b_hn = 0, it is True

    A common factor can be taken out of the product. (If you compare computed numbers: `==` looks at
    their last digit, where rounding differs. `np.allclose` does not.)
    """
    return f(*some_case(rng, dense(rng, 4), np.zeros(4), np.full(4, rng.uniform(0.2, 0.8))))


@are_equivalent.property
def a_diagonal_makes_no_difference(f, rng):
    """with a diagonal W_hn, and b_hn = 0, it is True

    Then each unit reads only itself, and its own reset holds that back, before or after.
    """
    return f(*some_case(rng, np.diag(rng.uniform(0.5, 1, 4)), np.zeros(4), rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.property
def a_bias_makes_a_difference(f, rng):
    """a bias under a reset that is not 1 makes it False

    At h = 0, r_i b_i is added after the product, and b_i before it.
    """
    b_hn = rng.permutation([0.5, 0.0, 0.0, 0.0])
    return not f(*some_case(rng, np.eye(4), b_hn, rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.property
def a_link_makes_a_difference(f, rng):
    """a weight between two units whose resets differ makes it False

    One such weight is enough: take a state in which only the unit that is read is not 0.
    """
    W_hn = np.diag(rng.uniform(0.5, 1, 4))
    i, j = rng.permutation(4)[:2]
    W_hn[i, j] = 0.5
    return not f(*some_case(rng, W_hn, np.zeros(4), rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.property
def is_what_can_be_seen(f, rng):
    """it is True exactly if both candidates agree at h = 0 and at every state with a single 1

    Before tanh, both are affine functions of h, so if they agree at these states, they agree everywhere. The check tries
    matrices that link some units, some biases, and some resets equal or 1.
    """
    for p, r in (*are_equivalent.edges, *(any_case(rng) for _ in range(10))):
        states = np.concatenate([np.zeros((1, len(r))), np.eye(len(r))])
        after = r * (states @ p.W_hn.T + p.b_hn)
        before = (r * states) @ p.W_hn.T + p.b_hn
        if bool(f(p, r)) != np.allclose(after, before, atol=1e-12):
            return False
    return True


@are_equivalent.also_right
def by_trying(p, r):
    for h in [np.zeros_like(r), *np.eye(len(r))]:
        if not np.allclose(r * (p.W_hn @ h + p.b_hn), p.W_hn @ (r * h) + p.b_hn):
            return False
    return True


@are_equivalent.also_right
def by_matrices(p, r):
    D = np.diag(r)
    return np.allclose(D @ p.W_hn, p.W_hn @ D) and np.allclose(r * p.b_hn, p.b_hn)


@are_equivalent.also_right
def by_loops(p, r):
    for i in range(len(r)):
        if p.b_hn[i] != 0 and r[i] != 1:
            return False
        for j in range(len(r)):
            if p.W_hn[i, j] != 0 and r[i] != r[j]:
                return False
    return True


# ---------------------------------------------------------------------------------------------------- torch_to_keras

torch_to_keras = Exercise(
    reference=gru_ref.torch_to_keras,
    known=MISTAKES / "torch_to_keras.md",
    inputs=draw_packed,
    edges=thin(draw_packed, THIN),
    parts={"kernel": "I 3H", "recurrent_kernel": "H 3H", "bias": "2 3H"},
    hints=(
        "Three things differ: units are columns, so weights are transposed; the gates come in a different order; and "
        "both biases share one array.",
        "`r, z, n = np.split(weight_ih, 3)` takes PyTorch's blocks apart, along the first axis. Put them together in "
        "Keras's order with `np.concatenate([…])`, and transpose last. Do it once, in a small function, for all four.",
        "The bias has two rows, (2, 3H): the input's, then the state's, each in Keras's order. `np.stack([…])` puts one "
        "row below the other.",
    ),
)


@torch_to_keras.property
def takes_the_same_step(f, rng):
    """Keras's formula, with your arrays, takes PyTorch's step

    `matrix_x = x @ kernel + bias[0]` and `matrix_inner = h @ recurrent_kernel + bias[1]`, each split into z, r and h from
    left to right: this is how Keras reads them.
    """
    x, h, p = draw_step(rng)
    kernel, recurrent_kernel, bias = f(*gru_ref.to_torch(p))
    x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, axis=1)
    h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, axis=1)
    z, r = gru_ref.sigmoid(x_z + h_z), gru_ref.sigmoid(x_r + h_r)
    return np.allclose((1 - z) * np.tanh(x_h + r * h_h) + z * h, gru_ref.gru_step(x, h, p))


@torch_to_keras.property
def leads_to_the_place_it_came_from(f, rng):
    """converting back gives the original arrays

    Nothing is lost: Keras's arrays determine PyTorch's.
    """
    arrays = draw_packed(rng)
    back = gru_ref.to_torch(gru_ref.from_keras(*f(*arrays)))
    return all(np.allclose(a, b) for a, b in zip(back, arrays, strict=True))


@torch_to_keras.also_right
def by_index(weight_ih, weight_hh, bias_ih, bias_hh):
    H = weight_hh.shape[1]
    order = np.concatenate([np.arange(H, 2 * H), np.arange(H), np.arange(2 * H, 3 * H)])
    return weight_ih[order].T, weight_hh[order].T, np.array([bias_ih[order], bias_hh[order]])


@torch_to_keras.also_right
def by_slices(weight_ih, weight_hh, bias_ih, bias_hh):
    H = len(bias_hh) // 3

    def swap(a):
        return np.concatenate((a[..., H : 2 * H], a[..., :H], a[..., 2 * H :]), axis=-1)

    return swap(weight_ih.T), swap(weight_hh.T), np.vstack((swap(bias_ih), swap(bias_hh)))
