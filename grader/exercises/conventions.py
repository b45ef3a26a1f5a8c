"""Lesson 06: one GRU in other conventions, the reset before the product, and when both resets are the same."""

import numpy as np

import gru_ref
from grader.drawing import draw_params, draw_step
from grader.exercise import THIN_STEPS, Exercise, thin

LESSON = "06_conventions"


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
    inputs=draw_p,
    edges=thin(draw_p, THIN),
    hints=(
        "The gate is σ(a), and the other convention wants 1 − σ(a). Which sum has that as its σ? The law stands in lesson "
        "03: 1 − σ(a) = σ(−a).",
        "a is a sum of four parts: input weights, state weights, two biases. When is the whole sum negated?",
        "`p._replace(W_iz=…, …)` makes a new GRUParams with some fields changed. Four fields of twelve end in z.",
    ),
)


@flip_update_gate.mistake
def nothing_changed(p):
    """This is p itself, unchanged

    `p._replace(…)` does not change p: it returns a new one. What it returns is the answer.
    """
    return p


@flip_update_gate.mistake
def reset_flipped(p):
    """This flips the reset gate

    All arrays that end in r are negated. The update gate's end in z.
    """
    return p._replace(W_ir=-p.W_ir, W_hr=-p.W_hr, b_ir=-p.b_ir, b_hr=-p.b_hr)


@flip_update_gate.mistake
def both_gates_flipped(p):
    """The reset gate is flipped, too

    Only the update gate's meaning differs. Leave all that ends in r or n as it is.
    """
    z = {"W_iz": -p.W_iz, "W_hz": -p.W_hz, "b_iz": -p.b_iz, "b_hz": -p.b_hz}
    return p._replace(W_ir=-p.W_ir, W_hr=-p.W_hr, b_ir=-p.b_ir, b_hr=-p.b_hr, **z)


@flip_update_gate.mistake
def all_negated(p):
    """All twelve arrays are negated

    That also turns the reset gate round, and the candidate. Which of the arrays make up z?
    """
    return type(p)(*(-a for a in p))


@flip_update_gate.mistake
def candidate_negated_too(p):
    """The candidate is negated, too

    z and 1 − z change places; n and h don't. Leave all that ends in n as it is.
    """
    z = {"W_iz": -p.W_iz, "W_hz": -p.W_hz, "b_iz": -p.b_iz, "b_hz": -p.b_hz}
    return p._replace(W_in=-p.W_in, W_hn=-p.W_hn, b_in=-p.b_in, b_hn=-p.b_hn, **z)


@flip_update_gate.mistake
def biases_forgotten(p):
    """The weights are negated, the biases are not

    σ(−(W x + b)) is σ(−W x − b): the minus reaches every part of the sum.
    """
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz)


@flip_update_gate.mistake
def weights_forgotten(p):
    """The biases are negated, the weights are not

    σ(−(W x + b)) is σ(−W x − b): the minus reaches every part of the sum.
    """
    return p._replace(b_iz=-p.b_iz, b_hz=-p.b_hz)


@flip_update_gate.mistake
def input_weights_forgotten(p):
    """W_iz is not negated

    The sum inside σ has four parts. This one comes from the input.
    """
    return p._replace(W_hz=-p.W_hz, b_iz=-p.b_iz, b_hz=-p.b_hz)


@flip_update_gate.mistake
def state_weights_forgotten(p):
    """W_hz is not negated

    The sum inside σ has four parts. This one comes from the state.
    """
    return p._replace(W_iz=-p.W_iz, b_iz=-p.b_iz, b_hz=-p.b_hz)


@flip_update_gate.mistake
def input_bias_forgotten(p):
    """b_iz is not negated

    The sum inside σ has four parts, and two of them are biases.
    """
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_hz=-p.b_hz)


@flip_update_gate.mistake
def state_bias_forgotten(p):
    """b_hz is not negated

    The sum inside σ has four parts, and two of them are biases.
    """
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=-p.b_iz)


@flip_update_gate.mistake
def only_the_inputs_weights(p):
    """Only W_iz is negated

    The sum inside σ has four parts: those of the input and of the state, weights and biases.
    """
    return p._replace(W_iz=-p.W_iz)


@flip_update_gate.mistake
def one_minus_each(p):
    """Each array of z became 1 minus itself

    It is the *gate* that becomes 1 − z. Its weights stand inside σ: what must happen to a sum a, for σ(a) to become
    1 − σ(a)?
    """
    return p._replace(W_iz=1 - p.W_iz, W_hz=1 - p.W_hz, b_iz=1 - p.b_iz, b_hz=1 - p.b_hz)


@flip_update_gate.mistake
def reset_and_update_exchanged(p):
    """The reset and the update gate have changed places

    Both conventions have the same two gates. Only what z multiplies differs.
    """
    r = {"W_ir": p.W_iz, "W_hr": p.W_hz, "b_ir": p.b_iz, "b_hr": p.b_hz}
    return p._replace(W_iz=p.W_ir, W_hz=p.W_hr, b_iz=p.b_ir, b_hz=p.b_hr, **r)


@flip_update_gate.mistake
def update_and_candidate_exchanged(p):
    """The arrays of z and n have changed places

    The formula's z and 1 − z change places, and not z and n. All of n stays as it is.
    """
    z = {"W_iz": p.W_in, "W_hz": p.W_hn, "b_iz": p.b_in, "b_hz": p.b_hn}
    return p._replace(W_in=p.W_iz, W_hn=p.W_hz, b_in=p.b_iz, b_hn=p.b_hz, **z)


@flip_update_gate.mistake
def biases_merged(p):
    """The gate is right, but one bias now holds both

    So the gate comes out as it should; but flipping twice would not give p back. Negate each where it stands.
    """
    both = -(p.b_iz + p.b_hz)
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=both, b_hz=np.zeros_like(both))


@flip_update_gate.mistake
def one_minus_the_biases(p):
    """The weights are right, but each bias became 1 minus itself

    Nothing has to be added: 1 − σ(a) is σ(−a). A bias is a part of a like any other.
    """
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=1 - p.b_iz, b_hz=1 - p.b_hz)


@flip_update_gate.mistake
def one_over_each(p):
    """Each array of z became 1 over itself

    Turned round is the gate, from z to 1 − z, and not the fraction. What must happen to a sum a, for σ(a) to become
    1 − σ(a)?
    """
    return p._replace(W_iz=1 / p.W_iz, W_hz=1 / p.W_hz, b_iz=1 / p.b_iz, b_hz=1 / p.b_hz)


@flip_update_gate.mistake
def gate_formula_on_the_arrays(p):
    """Each array of z became 1 − σ of itself

    The arrays stand inside σ, and the cell applies it to their sum. What must happen to that sum, for σ of it to become
    1 − σ(a)?
    """
    return p._replace(
        W_iz=1 / (1 + np.exp(p.W_iz)),
        W_hz=1 / (1 + np.exp(p.W_hz)),
        b_iz=1 / (1 + np.exp(p.b_iz)),
        b_hz=1 / (1 + np.exp(p.b_hz)),
    )


@flip_update_gate.mistake
def entries_reversed(p):
    """The entries of z's arrays stand in reversed order

    `np.flip` turns an array round in space: the last unit comes first. What is flipped here is the gate, from z to 1 − z.
    """
    return p._replace(W_iz=np.flip(p.W_iz), W_hz=np.flip(p.W_hz), b_iz=np.flip(p.b_iz), b_hz=np.flip(p.b_hz))


@flip_update_gate.mistake
def units_reversed(p):
    """The units of z stand in reversed order

    `[::-1]` puts the last unit first. What is flipped here is the gate, from z to 1 − z.
    """
    return p._replace(W_iz=p.W_iz[::-1], W_hz=p.W_hz[::-1], b_iz=p.b_iz[::-1], b_hz=p.b_hz[::-1])


@flip_update_gate.slips(
    ("input_weights_forgotten", "state_weights_forgotten"), ("input_bias_forgotten", "state_bias_forgotten")
)
def several_mistakes_at_once(slip, p):
    return p._replace(
        W_iz=p.W_iz if slip("input_weights_forgotten") else -p.W_iz,
        W_hz=p.W_hz if slip("state_weights_forgotten") else -p.W_hz,
        b_iz=p.b_iz if slip("input_bias_forgotten") else -p.b_iz,
        b_hz=p.b_hz if slip("state_bias_forgotten") else -p.b_hz,
    )


@flip_update_gate.law
def makes_the_gate_its_complement(f, rng):
    """with the flipped parameters, the update gate is 1 − z

    So what was kept is written, and what was written is kept.
    """
    x, h, p = draw_step(rng)
    return np.allclose(gru_ref.update_gate(x, h, f(p)), 1 - gru_ref.update_gate(x, h, p))


@flip_update_gate.law
def leaves_the_rest_alone(f, rng):
    """reset gate and candidate stay as they are

    The two conventions differ in z alone.
    """
    x, h, p = draw_step(rng)
    q, r = f(p), gru_ref.reset_gate(x, h, p)
    same_reset = np.allclose(gru_ref.reset_gate(x, h, q), r)
    return same_reset and np.allclose(gru_ref.candidate(x, h, r, q), gru_ref.candidate(x, h, r, p))


@flip_update_gate.law
def is_an_involution(f, rng):
    """flipped twice, the parameters are what they were

    1 − (1 − z) is z: there and back.
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
        "W has one *column* for each number that it reads: H of them read the state, the others the input. What `order` "
        "says is which come first.",
        'With "hx" the first H columns are W_h. With "xh" the *last* H columns are: how many stand before them?',
        "Cut at column H, or at column `W.shape[1] - H`. For every other order `raise ValueError(…)`, before you cut.",
    ),
)


@split_concatenated.mistake
def orders_exchanged(W, H, order):
    """The two orders are exchanged

    This treats "hx" as if the input's columns came first. The letters stand as the columns do: h, then x.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, H:], W[:, :H]) if order == "xh" else (W[:, :I], W[:, I:])


@split_concatenated.mistake
def always_state_first(W, H, order):
    """The state's columns are taken to come first, whatever `order` says

    That is right for "hx". With "xh" the input's columns come first.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    return W[:, H:], W[:, :H]


@split_concatenated.mistake
def always_input_first(W, H, order):
    """The input's columns are taken to come first, whatever `order` says

    That is right for "xh". With "hx" the state's columns come first.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    return W[:, :-H], W[:, -H:]


@split_concatenated.mistake
def cut_at_the_same_column(W, H, order):
    """With "xh" it is cut at column H

    There the input's columns come first, and there are not H of them. How many columns has W in all?
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    return (W[:, H:], W[:, :H]) if order == "hx" else (W[:, :H], W[:, H:])


@split_concatenated.mistake
def cut_at_the_inputs_size(W, H, order):
    """With "hx" it is cut at column I

    There the state's columns come first, and there are H of them.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, I:], W[:, :I]) if order == "hx" else (W[:, :I], W[:, I:])


@split_concatenated.mistake(when=lambda args, parts: all(part.shape[1] == args[0].shape[1] for part in parts))
def rows_cut(W, H, order):
    """The rows are cut, not the columns

    A row of W belongs to a unit, and there are H of them, all to be kept. What is read stands in the columns: `W[:, …]`.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    return (W[H:], W[:H]) if order == "hx" else (W[:-H], W[-H:])


@split_concatenated.mistake
def inputs_counted_by_rows(W, H, order):
    """With "xh" the cut is at `len(W) - H`, or `W.shape[0] - H`

    That counts rows, and there are just H of them. The inputs are the columns that are left: `W.shape[1]` counts columns.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = len(W) - H
    return (W[:, H:], W[:, :H]) if order == "hx" else (W[:, :I], W[:, I:])


@split_concatenated.mistake
def transposed(W, H, order):
    """Both parts are transposed

    Cut, and leave the parts as they are: (H, I) and (H, H), one row for each unit.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, H:].T, W[:, :H].T) if order == "hx" else (W[:, :I].T, W[:, I:].T)


@split_concatenated.mistake
def parts_exchanged(W, H, order):
    """Cut right, but returned in another order: W_h first

    Whoever calls it counts on the order `return W_x, W_h`, whatever stood first in W.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, :H], W[:, H:]) if order == "hx" else (W[:, I:], W[:, :I])


@split_concatenated.mistake
def returned_as_they_stand(W, H, order):
    """With "hx" the parts are returned in the order in which they stand

    W_x is returned first, whatever stood first in W.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, :H], W[:, H:]) if order == "hx" else (W[:, :I], W[:, I:])


@split_concatenated.mistake
def cut_at_the_other_size(W, H, order):
    """It is cut at column I where H columns come first, and at column H where I come first

    With "hx" the first H columns are W_h, with "xh" the first I are W_x, and I is `W.shape[1] - H`.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, I:], W[:, :I]) if order == "hx" else (W[:, :H], W[:, H:])


@split_concatenated.mistake
def every_second_column(W, H, order):
    """Columns are taken one here, one there

    [h, x] is one vector after the other: first all of h, then all of x.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    first = np.arange(H + I) % 2 == 0
    return (W[:, ~first], W[:, first]) if order == "hx" else (W[:, first], W[:, ~first])


@split_concatenated.mistake
def columns_reversed(W, H, order):
    """With "xh" the columns are read from right to left

    `[:, ::-1]` reverses h and x within, too. In [x, h] each of the two still runs from left to right.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    V = W if order == "hx" else W[:, ::-1]
    return V[:, H:], V[:, :H]


@split_concatenated.mistake
def one_column_short(W, H, order):
    """One column is lost where it is cut

    `:H` ends *before* column H, and `H:` begins with it: no `+ 1` is needed.
    """
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, H + 1 :], W[:, :H]) if order == "hx" else (W[:, :I], W[:, I + 1 :])


@split_concatenated.mistake
def nothing_refused(W, H, order):
    """The cut is right, but every other `order` counts as "xh"

    A typing error would pass unseen, and the network would be another one. Refuse with `raise ValueError("…")`.
    """
    I = W.shape[1] - H
    return (W[:, H:], W[:, :H]) if order == "hx" else (W[:, :I], W[:, I:])


@split_concatenated.mistake
def nothing_refused_with_state_first(W, H, order):
    """The cut is right, but every other `order` counts as "hx"

    A typing error would pass unseen, and the network would be another one. Refuse with `raise ValueError("…")`.
    """
    I = W.shape[1] - H
    return (W[:, :I], W[:, I:]) if order == "xh" else (W[:, H:], W[:, :H])


@split_concatenated.mistake
def first_letter_decides(W, H, order):
    """The cut is right, but only the first letter of `order` is looked at

    So "h" passes for "hx". Compare with the two orders that there are, and `raise ValueError("…")` for all else.
    """
    if order[0] not in "hx":
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, H:], W[:, :H]) if order[0] == "h" else (W[:, :I], W[:, I:])


@split_concatenated.law
def gives_the_same_sum(f, rng):
    """W_x x + W_h h is W times the long vector

    Splitting changes how it is written, and not what comes out.
    """
    W, H, order = draw_concatenated(rng)
    x, h = rng.normal(0, 1, (4, W.shape[1] - H)), rng.normal(0, 1, (4, H))
    W_x, W_h = f(W, H, order)
    return np.allclose(x @ W_x.T + h @ W_h.T, np.concatenate([h, x] if order == "hx" else [x, h], axis=1) @ W.T)


@split_concatenated.law
def turns_round_with_the_order(f, rng):
    """for [x, h] it is what it is for [h, x], once the columns are moved

    The two conventions differ in the order of columns, and in nothing else.
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
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hidden=(gru_ref.layers.layer_forward,),
    hints=(
        "Gates and blend are those of lesson 05, and `gru_ref.reset_gate`, `update_gate` and `blend` may be called. Only "
        "the candidate is new.",
        "The reset acts on the state *before* W_hn reads it: what W_hn reads is r ⊙ h.",
        "n = tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn). And what is blended with n is h as it came, not r ⊙ h.",
    ),
)


@gru_step_reset_before.mistake
def reset_after_the_product(x, h, p):
    """The reset acts after the product

    This is PyTorch's step, r ⊙ (W_hn h + b_hn). Here r comes first: it acts on h, before W_hn reads it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn)), h)


@gru_step_reset_before.mistake
def reset_after_the_product_but_not_on_the_bias(x, h, p):
    """The reset acts after the product, r ⊙ (W_hn h), with b_hn outside

    A third variant, which Apple's Core ML has. Here r acts on h, before W_hn reads it. (In Python a product with `@` is
    done before the `*` only if brackets say so.)
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T) + p.b_hn), h)


@gru_step_reset_before.mistake
def bias_inside_the_reset(x, h, p):
    """r acts on b_hn, too

    This is W_hn (r ⊙ h) + r ⊙ b_hn. Where the reset comes before the product, it acts on h alone.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + r * p.b_hn), h)


@gru_step_reset_before.mistake
def reset_before_and_after(x, h, p):
    """The reset acts twice, before the product and after it

    Once is enough: on h, before W_hn reads it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + r * ((r * h) @ p.W_hn.T + p.b_hn)), h)


@gru_step_reset_before.mistake
def reset_state_blended(x, h, p):
    """The state that is blended is r ⊙ h

    Only the candidate reads the state through the reset. Is h overwritten by `h = r * h`? The blend needs h as it came.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), r * h)


@gru_step_reset_before.mistake
def update_gate_reads_the_reset_state(x, h, p):
    """The update gate is computed from r ⊙ h

    Both gates read h as it came; only the candidate reads r ⊙ h. Compute both gates first.
    """
    r = gru_ref.reset_gate(x, h, p)
    z = gru_ref.update_gate(x, r * h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def state_overwritten_at_once(x, h, p):
    """From the reset on, everything reads r ⊙ h: update gate and blend, too

    `h = r * h` overwrites the state that is still needed. Give r ⊙ h a name of its own; only the candidate reads it.
    """
    h = gru_ref.reset_gate(x, h, p) * h
    z = gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def z_writes(x, h, p):
    """z and 1 − z are exchanged

    z multiplies the candidate. In this step, too, z is the part that is *kept*.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(1 - z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def gates_exchanged(x, h, p):
    """The reset and the update gate are exchanged

    r, with weights that end in r, stands before the state in the candidate; z blends.
    """
    z, r = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def update_in_place_of_reset(x, h, p):
    """The candidate reads z ⊙ h

    The update gate only blends. What the candidate reads is gated by r.
    """
    z = gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (z * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def state_bias_dropped(x, h, p):
    """b_hn is missing

    It stands outside the reset here, beside b_in; but it still counts.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T), h)


@gru_step_reset_before.mistake
def input_bias_dropped(x, h, p):
    """b_in is missing

    Both biases of the candidate count, here with equal right: no gate stands between them.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def candidates_biases_dropped(x, h, p):
    """The candidate has no bias

    Many articles leave the biases out. Here both count: b_in and b_hn.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + (r * h) @ p.W_hn.T), h)


@gru_step_reset_before.mistake
def bias_reset_with_the_state(x, h, p):
    """b_hn is added before the product

    This is W_hn (r ⊙ h + b_hn). A bias is added to what a product gives, not to what it reads.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h + p.b_hn) @ p.W_hn.T), h)


@gru_step_reset_before.mistake
def reset_ignored(x, h, p):
    """The reset gate is not used

    The candidate reads h whole. It should read r ⊙ h.
    """
    n = np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)
    return gru_ref.blend(gru_ref.update_gate(x, h, p), n, h)


@gru_step_reset_before.mistake
def one_minus_reset(x, h, p):
    """1 − r stands where r should

    In every convention of the GRU r is the part of the past that is *seen*.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + ((1 - r) * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def state_weights_not_transposed(x, h, p):
    """W_hn is not transposed

    It ends in `@ p.W_hn`, without the `.T`. W_hn is square, so no error warns you. Row i holds the weights of unit i.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn + p.b_hn), h)


@gru_step_reset_before.mistake
def sigmoid_for_tanh(x, h, p):
    """σ stands where tanh should

    Gates are squashed by σ, the candidate by tanh: it must be able to be negative.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, gru_ref.sigmoid(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def candidate_not_squashed(x, h, p):
    """The candidate is not squashed

    tanh is missing around its sum.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn, h)


@gru_step_reset_before.mistake
def candidate_returned(x, h, p):
    """This is the candidate, not the new state

    What is left is to blend n with h.
    """
    r = gru_ref.reset_gate(x, h, p)
    return np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)


@gru_step_reset_before.mistake
def state_overwritten_in_place(x, h, p):
    """`h *= r` changes the caller's state, and the blend needs h as it came

    `r * h` makes a new array, and leaves h alone. Give it a name of its own: only the candidate reads it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    h *= r
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def pytorchs_step_from_the_reset_state(x, h, p):
    """This is PyTorch's step, taken from r ⊙ h

    So the gates, too, read r ⊙ h, the blend keeps r ⊙ h, and inside that step the reset acts once more. Only what the
    candidate reads may be reset.
    """
    return gru_ref.gru_step(x, gru_ref.reset_gate(x, h, p) * h, p)


@gru_step_reset_before.mistake
def reset_on_the_input(x, h, p):
    """The reset acts on the input's part

    r decides how much of the *past* is seen. It stands before h, where W_hn reads it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(r * (x @ p.W_in.T) + p.b_in + h @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def reset_on_the_inputs_part_as_well(x, h, p):
    """r also acts on what the candidate reads from the input

    The reset holds back the past alone: W_in x + b_in stays as it is.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(r * (x @ p.W_in.T + p.b_in) + (r * h) @ p.W_hn.T + p.b_hn), h)


@gru_step_reset_before.mistake
def kept_part_forgotten(x, h, p):
    """The candidate is right, but it is not blended: z ⊙ h is missing

    This is (1 − z) ⊙ n alone. The kept part of h has to be added.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return (1 - z) * np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)


@gru_step_reset_before.mistake
def reset_twice_but_not_on_the_bias(x, h, p):
    """The reset acts twice, before the product and after it, with b_hn outside

    Once is enough: on h, before W_hn reads it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + r * ((r * h) @ p.W_hn.T) + p.b_hn), h)


@gru_step_reset_before.mistake
def input_bias_twice(x, h, p):
    """b_in is added twice, and b_hn is missing

    The candidate has two biases, b_in and b_hn. Is there an i in the place of an h?
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_in), h)


@gru_step_reset_before.mistake
def resets_weights_in_the_candidate(x, h, p):
    """The candidate reads the past with W_hr and b_hr, which belong to the reset gate

    The candidate's arrays end in n: W_hn and b_hn.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hr.T + p.b_hr), h)


@gru_step_reset_before.mistake
def resets_matrix_in_the_candidate(x, h, p):
    """The candidate reads the past with W_hr, which belongs to the reset gate

    The candidate's arrays end in n: W_hn reads r ⊙ h.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hr.T + p.b_hn), h)


@gru_step_reset_before.mistake
def halves_in_two_orders(x, h, p):
    """The long vector is [r ⊙ h, x], but the long matrix [W_in, W_hn]

    The columns that come first read what comes first. Put both together in the same order.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    long, W = np.concatenate([r * h, x], axis=1), np.concatenate([p.W_in, p.W_hn], axis=1)
    return gru_ref.blend(z, np.tanh(long @ W.T + p.b_in + p.b_hn), h)


@gru_step_reset_before.mistake
def biases_outside_tanh(x, h, p):
    """The candidate's biases are added outside tanh

    They belong to the sum that tanh squashes. Look at where its bracket closes.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(z, np.tanh(x @ p.W_in.T + (r * h) @ p.W_hn.T) + p.b_in + p.b_hn, h)


@gru_step_reset_before.mistake
def each_part_squashed(x, h, p):
    """tanh is applied to each part, before they are added

    First the sum of both, the input's part and the past's; then one tanh around it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in) + np.tanh((r * h) @ p.W_hn.T + p.b_hn)
    return gru_ref.blend(z, n, h)


@gru_step_reset_before.mistake
def blend_called_with_the_candidate_first(x, h, p):
    """z and n have changed places in the blend

    The arguments are `gru_ref.blend(z, n, h)`: first the gate, which says how the other two are mixed.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return gru_ref.blend(np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn), z, h)


@gru_step_reset_before.mistake
def state_added_whole(x, h, p):
    """h is added whole: this is (1 − z) ⊙ n + h

    Of h only the part z is kept: z ⊙ h.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return (1 - z) * np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn) + h


@gru_step_reset_before.slips(
    ("reset_after_the_product", "bias_inside_the_reset", "one_minus_reset", "reset_ignored"),
    ("z_writes", "reset_state_blended", "candidate_returned"),
    ("sigmoid_for_tanh", "candidate_not_squashed"),
    ("state_weights_not_transposed",),
    ("input_bias_dropped",),
)
def several_mistakes_in_a_step(slip, x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    U = p.W_hn if slip("state_weights_not_transposed") else p.W_hn.T
    if slip("reset_after_the_product"):
        past = r * (h @ U + p.b_hn)
    elif slip("bias_inside_the_reset"):
        past = (r * h) @ U + r * p.b_hn
    else:
        seen = h if slip("reset_ignored") else (1 - r) * h if slip("one_minus_reset") else r * h
        past = seen @ U + p.b_hn
    a = x @ p.W_in.T + (0 if slip("input_bias_dropped") else p.b_in) + past
    n = a if slip("candidate_not_squashed") else gru_ref.sigmoid(a) if slip("sigmoid_for_tanh") else np.tanh(a)
    if slip("candidate_returned"):
        return n
    return gru_ref.blend(1 - z if slip("z_writes") else z, n, r * h if slip("reset_state_blended") else h)


def always_reset(p, opened):
    """`p` with a reset gate that is 0, or 1, whatever it reads."""
    bias = np.full_like(p.b_ir, 50.0 if opened else -50.0)
    return p._replace(W_ir=0 * p.W_ir, W_hr=0 * p.W_hr, b_ir=bias, b_hr=0 * p.b_hr)


@gru_step_reset_before.law
def is_pytorchs_step_with_open_resets(f, rng):
    """with r = 1 it is PyTorch's step

    Where nothing is held back, it does not matter where the gate stands.
    """
    x, h, p = draw_step(rng)
    p = always_reset(p, True)
    return np.allclose(f(x, h, p), gru_ref.gru_step(x, h, p))


@gru_step_reset_before.law
def counts_its_biases_alike(f, rng):
    """moving b_hn over to b_in changes nothing

    No gate stands between the two here, so only their sum counts. (With the reset after the product it does change.)
    """
    x, h, p = draw_step(rng)
    moved = p._replace(b_in=p.b_in + p.b_hn, b_hn=0 * p.b_hn)
    return np.allclose(f(x, h, p), f(x, h, moved))


@gru_step_reset_before.law
def hides_a_unit_from_all_others(f, rng):
    """a unit whose reset is shut is seen by no candidate

    Then another old value of that unit moves the new state only by what its own z keeps, and by way of the gates; here
    the gates read nothing.
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
    """Arguments (p, r): what `W_hn`, `b_hn` and `r` say, and all else drawn."""
    p = draw_params(rng, 2, len(r))
    return p._replace(W_hn=np.array(W_hn, float), b_hn=np.array(b_hn, float)), np.array(r, float)


def dense(rng, H):
    return draw_params(rng, 2, H).W_hn


def any_case(rng):
    """Arguments (p, r) of which each part may be special: W_hn sparse, b_hn with zeros, r with equal entries and ones."""
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
    inputs=any_case,
    by_value=False,  # its laws say in which of the cases it is wrong
    edges=fixed_edges(),
    hints=(
        "Write down what either candidate adds for unit i: after, it is r_i (Σⱼ W_hn[i, j] hⱼ + b_i); before, it is "
        "Σⱼ W_hn[i, j] r_j hⱼ + b_i. For which W_hn, b_hn and r is their difference 0, *whatever* h is?",
        "At h = 0 only the biases are left: that is one condition for each i. Then the factor of each hⱼ has to vanish by "
        "itself: one condition for each pair i, j.",
        "`r[:, None] - r` holds r_i − r_j for all pairs, (H, H). Multiply it with W_hn, entry by entry, and ask whether all "
        "of it is 0; likewise `p.b_hn * (1 - r)`. `np.all(…)` makes one truth value of many.",
    ),
)


@are_equivalent.mistake
def bias_not_looked_at(p, r):
    """The bias is not looked at

    The weights are judged right. But after the product the reset acts on b_hn, too, and before it, it does not. At
    h = 0 that is all the difference there is.
    """
    return bool(np.all(p.W_hn * (r[:, None] - r) == 0))


@are_equivalent.mistake
def weights_not_looked_at(p, r):
    """Only the bias is looked at

    That settles h = 0. For other states the product with W_hn matters as well. (If you do compare products: do they
    differ at all? r has one axis, so `r.T` is r, `r - r.T` is 0, and `r * W_hn` is `W_hn * r`.)
    """
    return bool(np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def bias_must_be_zero(p, r):
    """Every b_hn that is not 0 counts as a difference

    The weights are judged right. But where r_i is 1, nothing is taken from b_hn[i], and it may be anything.
    """
    return bool(np.all(p.W_hn * (r[:, None] - r) == 0) and np.all(p.b_hn == 0))


@are_equivalent.mistake
def bias_times_reset(p, r):
    """The bias is multiplied by r, not by 1 − r

    After the product r_i b_i is added, before it b_i. What is the difference of the two?
    """
    return bool(np.all(p.W_hn * (r[:, None] - r) == 0) and np.all(p.b_hn * r == 0))


@are_equivalent.mistake
def only_diagonal_or_all_equal(p, r):
    """Only the two cases count that everybody names: a diagonal W_hn, or one reset for all units

    b_hn is judged right. But W_hn may link units whose resets are equal, though other units have others: look at each
    pair.
    """
    off = p.W_hn - np.diag(np.diag(p.W_hn))
    return bool((not off.any() or np.all(r == r[0])) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def only_known_cases_without_bias(p, r):
    """Only the two cases count that everybody names, a diagonal W_hn or one reset for all, and only without b_hn

    With r_i = 1 a b_hn[i] does no harm; and W_hn may link units whose resets are equal, though other units have others.
    """
    off = p.W_hn - np.diag(np.diag(p.W_hn))
    return bool((not off.any() or np.all(r == r[0])) and not p.b_hn.any())


@are_equivalent.mistake
def three_known_cases(p, r):
    """Only three cases count: r = 1; a diagonal W_hn without b_hn; one reset for all without b_hn

    Each of them is right, but there are more between them: some units may share a reset, and others, which they are not
    linked with, another; some may have r_i = 1 and a bias. Look at each pair, and at each bias.
    """
    off = p.W_hn - np.diag(np.diag(p.W_hn))
    return bool(np.all(r == 1) or (not p.b_hn.any() and (not off.any() or np.all(r == r[0]))))


@are_equivalent.mistake
def first_pair_only(p, r):
    """Only the first pair is looked at

    A `return` inside a loop ends the whole function. Return False at the first difference; True only after the loops.
    """
    return bool(p.b_hn[0] * (1 - r[0]) == 0)


@are_equivalent.mistake
def all_resets_must_be_equal(p, r):
    """A single different reset counts as a difference

    b_hn is judged right. But the resets of i and j need only be equal where W_hn[i, j] is not 0: a diagonal W_hn links
    nobody.
    """
    return bool(np.all(r == r[0]) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def weights_must_be_diagonal(p, r):
    """Every W_hn that is not diagonal counts as a difference

    b_hn is judged right. But W_hn[i, j] may be anything where r_i and r_j are equal.
    """
    off = p.W_hn - np.diag(np.diag(p.W_hn))
    return bool(not off.any() and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def all_resets_must_be_one(p, r):
    """Only r = 1 counts

    With fully open resets both are the same, indeed; but not only then. With b_hn = 0, a reset of ½ for all units leaves
    half of the same product.
    """
    return bool(np.all(r == 1))


@are_equivalent.mistake
def any_for_all(p, r):
    """One agreeing entry is enough for it

    `np.any(… == 0)` asks whether *one* is 0, and so does `np.all(…) == 0`. All have to be: where does the `== 0` belong?
    """
    return bool(np.any(p.W_hn * (r[:, None] - r) == 0) and np.any(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def or_for_and(p, r):
    """One of the two conditions is enough for it

    The weights' condition *and* the bias's have to hold.
    """
    return bool(np.all(p.W_hn * (r[:, None] - r) == 0) or np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def differences_added_up(p, r):
    """Differences are added up before they are compared with 0

    A sum can be 0 though its parts are not: +0.4 and −0.4. For *every* h means that each part has to be 0.
    """
    return bool(np.isclose(np.sum(p.W_hn * (r[:, None] - r)), 0) and np.isclose(np.sum(p.b_hn * (1 - r)), 0))


@are_equivalent.mistake
def tried_with_ones(p, r):
    """Only one state has been tried, h = 1 for all units

    There the differences of a row can cancel. They have to vanish for every state: try them one unit at a time.
    """
    h = np.ones_like(r)
    return bool(np.allclose(r * (p.W_hn @ h + p.b_hn), p.W_hn @ (r * h) + p.b_hn))


@are_equivalent.mistake
def without_resets_square(p, r):
    """W_hn[i, j] is multiplied by 1 − r_j

    Only the resets' *difference* counts: after the product r_i stands before W_hn[i, j] hⱼ, before it r_j does.
    """
    return bool(np.all(p.W_hn * (1 - r) == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def without_the_other_resets_square(p, r):
    """W_hn[i, j] is multiplied by 1 − r_i

    Only the resets' *difference* counts: after the product r_i stands before W_hn[i, j] hⱼ, before it r_j does.
    """
    return bool(np.all(p.W_hn * (1 - r[:, None]) == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def only_open_links(p, r):
    """A weight counts as a difference wherever one of its two resets is not 1

    b_hn is judged right. But W_hn[i, j] may be anything where r_i and r_j are *equal*: only their difference counts.
    """
    return bool(np.all(p.W_hn * (1 - r[:, None] * r) == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def only_a_diagonal_without_bias(p, r):
    """Only a diagonal W_hn without b_hn counts

    There are more cases. With r = 1, say, W_hn and b_hn may be anything. (If you compare two whole steps, as with
    `gru_ref.gru_step`: they compute gates of their own from p. The question is about the `r` that is given.)
    """
    return bool(not (p.W_hn - np.diag(np.diag(p.W_hn))).any() and not p.b_hn.any())


@are_equivalent.mistake
def only_open_or_a_diagonal_without_bias(p, r):
    """Only two cases count: r = 1, and a diagonal W_hn without b_hn

    Both are right, but there are more: W_hn may link units whose resets are equal, and where r_i is 1 there may be a bias.
    Look at each pair, and at each bias.
    """
    off = p.W_hn - np.diag(np.diag(p.W_hn))
    return bool(np.all(r == 1) or (not off.any() and not p.b_hn.any()))


@are_equivalent.mistake
def product_of_matrices(p, r):
    """`@` adds up where `*` is needed

    Each weight W_hn[i, j] has its own difference r_i − r_j: multiply entry by entry.
    """
    return bool(np.all(p.W_hn @ (r[:, None] - r) == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def neighbours_only(p, r):
    """Only neighbouring resets are compared

    `np.diff(r)` holds r₁ − r₀, r₂ − r₁ and so on. W_hn may link any two units: all pairs count.
    """
    W, d = p.W_hn, np.diff(r)
    linked = np.all(np.diag(W, 1) * d == 0) and np.all(np.diag(W, -1) * d == 0)
    return bool(linked and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def one_triangle_only(p, r):
    """Only one half of W_hn is looked at

    W_hn[i, j] and W_hn[j, i] are two numbers: unit i may read unit j, though j does not read i. Does j run over all
    units, or only up to i?
    """
    low = np.tril(p.W_hn) * (r[:, None] - r)
    return bool(np.all(low == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def other_triangle_only(p, r):
    """Only the upper half of W_hn is looked at

    W_hn[i, j] and W_hn[j, i] are two numbers: unit i may read unit j, though j does not read i. Does j run over all
    units, or only from i on?
    """
    high = np.triu(p.W_hn) * (r[:, None] - r)
    return bool(np.all(high == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def answer_turned_round(p, r):
    """True and False are exchanged

    The conditions are right. True says that both candidates agree for every state.
    """
    return not (np.all(p.W_hn * (r[:, None] - r) == 0) and np.all(p.b_hn * (1 - r) == 0))


@are_equivalent.mistake
def small_counts_as_none(p, r):
    """A weight or bias that is small counts as none

    The question is whether both agree for *every* state, and a small difference is one. A tolerance is for rounding: with
    numbers as large as these, 10⁻⁸ or less.
    """
    return bool(np.all(np.abs(p.b_hn * (1 - r)) < 0.01) and np.all(np.abs(p.W_hn * (r[:, None] - r)) < 0.01))


@are_equivalent.mistake
def always(p, r):
    """It says True always

    Two conditions have to be tested, one for W_hn and one for b_hn. Does the comparison end up with a thing and itself?
    Or does a loop return at its first pair, or keep only what its last pair says?
    """
    return True


@are_equivalent.mistake
def never(p, r):
    """It says False always

    There are cases where both agree: with r = 1, say, or with a diagonal W_hn and b_hn = 0.
    """
    return False


@are_equivalent.law
def open_resets_make_no_difference(f, rng):
    """with r = 1 it is True, whatever W_hn and b_hn are

    A gate that holds nothing back may stand where it will.
    """
    return f(*some_case(rng, dense(rng, 4), rng.uniform(0.5, 1, 4), np.ones(4)))


@are_equivalent.law
def one_reset_for_all_makes_no_difference(f, rng):
    """with one reset for all units, and b_hn = 0, it is True

    A number that is the same everywhere can be taken out of the product. (If you compare computed numbers: `==` looks at
    their last digit, where rounding differs. `np.allclose` does not.)
    """
    return f(*some_case(rng, dense(rng, 4), np.zeros(4), np.full(4, rng.uniform(0.2, 0.8))))


@are_equivalent.law
def a_diagonal_makes_no_difference(f, rng):
    """with a diagonal W_hn, and b_hn = 0, it is True

    Then each unit reads itself alone, and its own reset holds that back, before or after.
    """
    return f(*some_case(rng, np.diag(rng.uniform(0.5, 1, 4)), np.zeros(4), rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.law
def a_bias_makes_a_difference(f, rng):
    """a bias under a reset that is not 1 makes it False

    At h = 0, r_i b_i is added after the product, and b_i before it.
    """
    b_hn = rng.permutation([0.5, 0.0, 0.0, 0.0])
    return not f(*some_case(rng, np.eye(4), b_hn, rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.law
def a_link_makes_a_difference(f, rng):
    """a weight between two units whose resets differ makes it False

    One such weight is enough: take a state in which only the unit that is read is not 0.
    """
    W_hn = np.diag(rng.uniform(0.5, 1, 4))
    i, j = rng.permutation(4)[:2]
    W_hn[i, j] = 0.5
    return not f(*some_case(rng, W_hn, np.zeros(4), rng.permutation([0.1, 0.4, 0.7, 0.9])))


@are_equivalent.law
def is_what_can_be_seen(f, rng):
    """it is True just where both candidates agree at h = 0 and at every state with a single 1

    Both are straight-line functions of h before tanh, so where these agree, all do. It was tried with matrices that link
    some units, with some biases, and with some resets equal or 1.
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
    inputs=draw_packed,
    edges=thin(draw_packed, THIN),
    parts={"kernel": "I 3H", "recurrent_kernel": "H 3H", "bias": "2 3H"},
    hints=(
        "Three things differ: units stand in columns, so weights are transposed; the gates come in another order; and "
        "both biases share one array.",
        "`r, z, n = np.split(weight_ih, 3)` takes PyTorch's blocks apart, along the first axis. Put them together in "
        "Keras's order with `np.concatenate([…])`, and transpose last. Do it once, in a small function, for all four.",
        "The bias has two rows, (2, 3H): the input's, then the state's, each in Keras's order. `np.stack([…])` puts one "
        "row below the other.",
    ),
)


@torch_to_keras.mistake
def order_left(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are still in PyTorch's order r, z, n

    Keras takes the first block for z. No shape warns of it: reset and update gate have changed places, and everything
    still runs. (If you did move blocks: is your H taken from `weight_hh.shape[0]`? That is 3H.)
    """
    return weight_ih.T, weight_hh.T, np.stack([bias_ih, bias_hh])


@torch_to_keras.mistake
def order_of_the_biases_left(weight_ih, weight_hh, bias_ih, bias_hh):
    """The biases are still in the order r, z, n

    A bias belongs to its gate: it moves with it.
    """
    r, z, n = np.split(weight_ih, 3)
    s, y, m = np.split(weight_hh, 3)
    return np.concatenate([z, r, n]).T, np.concatenate([y, s, m]).T, np.stack([bias_ih, bias_hh])


@torch_to_keras.mistake
def order_of_the_second_bias_left(weight_ih, weight_hh, bias_ih, bias_hh):
    """All is right but the second row of the bias: it is still in the order r, z, n

    What is done for `bias_ih` has to be done for `bias_hh`.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), bias_hh])


@torch_to_keras.mistake
def update_gate_twice(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are z, z, n: the reset gate is lost

    Two slices of one array cannot be exchanged by `a, b = b, a`: they are views, so the first is overwritten before it
    is read. Put the blocks together anew, with `np.concatenate([…])`.
    """

    def ordered(array):
        _, z, n = np.split(array, 3)
        return np.concatenate([z, z, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def order_of_the_state_left(weight_ih, weight_hh, bias_ih, bias_hh):
    """What belongs to the state is still in the order r, z, n

    The kernel's blocks are in Keras's order, those of the recurrent kernel, and of the second bias, are not.
    """
    r, z, n = np.split(weight_ih, 3)
    s, y, m = np.split(bias_ih, 3)
    return np.concatenate([z, r, n]).T, weight_hh.T, np.stack([np.concatenate([y, s, m]), bias_hh])


@torch_to_keras.mistake
def order_of_the_weights_left(weight_ih, weight_hh, bias_ih, bias_hh):
    """The biases are right, but the weights are still in the order r, z, n

    Weights and biases of a gate move together.
    """
    r, z, n = np.split(bias_ih, 3)
    s, y, m = np.split(bias_hh, 3)
    return weight_ih.T, weight_hh.T, np.stack([np.concatenate([z, r, n]), np.concatenate([y, s, m])])


@torch_to_keras.mistake
def order_reversed(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are in the order n, z, r

    That is PyTorch's order backwards. Keras has z, r, h, and its h is PyTorch's n: which two change places?
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([n, z, r])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def order_rotated(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are in the order z, n, r

    Keras has z, r, h, and its h is PyTorch's n. So n stays last.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, n, r])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def order_rotated_the_other_way(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are in the order n, r, z

    Keras has z, r, h, and its h is PyTorch's n. So n stays last.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([n, r, z])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def reset_and_candidate_exchanged(weight_ih, weight_hh, bias_ih, bias_hh):
    """The gates are in the order r, n, z

    Keras has z, r, h, and its h is PyTorch's n. So n stays last.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([r, n, z])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def not_transposed(weight_ih, weight_hh, bias_ih, bias_hh):
    """The weights are not transposed

    PyTorch has a *row* for each unit of each gate, (3H, I). Keras has a *column* for it, (I, 3H).
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih), ordered(weight_hh), np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def blocks_below_each_other(weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block is transposed, and then they stand one below the other

    Keras's blocks stand *side by side*: transpose the whole at the end, or say `axis=1` to `np.concatenate`.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z.T, r.T, n.T])

    return ordered(weight_ih), ordered(weight_hh), np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def blocks_not_transposed(weight_ih, weight_hh, bias_ih, bias_hh):
    """The blocks stand side by side, but none of them is transposed

    This makes (H, 3I) of the kernel; and of the recurrent kernel, whose blocks are square, something of the right shape
    with wrong numbers. In Keras the first axis counts what is read.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n], axis=-1)

    return ordered(weight_ih), ordered(weight_hh), np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def state_not_transposed(weight_ih, weight_hh, bias_ih, bias_hh):
    """The blocks of the recurrent kernel are not transposed

    Each is square, so the shape is right all the same. The kernel is right: do the same with both.
    """

    def ordered(array, axis=0):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n], axis=axis)

    return ordered(weight_ih).T, ordered(weight_hh, axis=1), np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def reshaped(weight_ih, weight_hh, bias_ih, bias_hh):
    """`reshape` has been used where a transpose is needed

    It gives the right shape, but reads the numbers in their old order, row after row. `.T` exchanges rows and columns.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    kernel, recurrent_kernel = (ordered(W).reshape(W.shape[::-1]) for W in (weight_ih, weight_hh))
    return kernel, recurrent_kernel, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def biases_added(weight_ih, weight_hh, bias_ih, bias_hh):
    """The two biases are added up to one

    So it is with `reset_after=False`. With `reset_after=True` the reset stands between the candidate's two biases, and
    Keras keeps both rows: (2, 3H).
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, ordered(bias_ih + bias_hh)


@torch_to_keras.mistake
def biases_in_a_row(weight_ih, weight_hh, bias_ih, bias_hh):
    """The two biases stand one after the other, (6H,)

    So it is in ONNX and in cuDNN. Keras has one below the other: (2, 3H).
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.concatenate([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def biases_transposed(weight_ih, weight_hh, bias_ih, bias_hh):
    """The biases stand in columns, (3H, 2)

    Keras has two rows, (2, 3H): first the input's, then the state's.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)], axis=1)


@torch_to_keras.mistake
def biases_exchanged(weight_ih, weight_hh, bias_ih, bias_hh):
    """The state's bias is in the first row, the input's in the second

    For r and z it would not matter, since only their sum counts. But the candidate's second bias is reset.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_hh), ordered(bias_ih)])


@torch_to_keras.mistake
def biases_added_in_the_first_row(weight_ih, weight_hh, bias_ih, bias_hh):
    """The first row of the bias holds the sum of both, the second only zeros

    For r and z it would not matter, since only their sum counts. But the candidate's second bias is reset, and its first
    is not: keep both, each in its row.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    bias = np.stack([ordered(bias_ih + bias_hh), np.zeros_like(bias_hh)])
    return ordered(weight_ih).T, ordered(weight_hh).T, bias


@torch_to_keras.mistake
def second_bias_zero(weight_ih, weight_hh, bias_ih, bias_hh):
    """The second row of the bias holds only zeros

    It is the place of the state's bias, `bias_hh`, in Keras's order.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), np.zeros_like(bias_hh)])


@torch_to_keras.mistake
def inputs_bias_twice(weight_ih, weight_hh, bias_ih, bias_hh):
    """Both rows of the bias hold the input's, `bias_ih`

    The second row is the state's: `bias_hh`, in Keras's order.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_ih)])


@torch_to_keras.mistake
def only_the_kernel_ordered(weight_ih, weight_hh, bias_ih, bias_hh):
    """Only the kernel's blocks are in Keras's order

    Recurrent kernel and biases are still in the order r, z, n. All that belongs to a gate moves with it.
    """
    r, z, n = np.split(weight_ih, 3)
    return np.concatenate([z, r, n]).T, weight_hh.T, np.stack([bias_ih, bias_hh])


@torch_to_keras.mistake
def cut_by_the_inputs_size(weight_ih, weight_hh, bias_ih, bias_hh):
    """The blocks are cut every I rows

    A block has one row for each unit, so H of them. `weight_ih.shape[1]` is I, and `weight_hh.shape[1]` is H.
    """
    I = weight_ih.shape[1]

    def ordered(array):
        return np.concatenate([array[I : 2 * I], array[:I], array[2 * I :]])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def update_gate_flipped(weight_ih, weight_hh, bias_ih, bias_hh):
    """The update gate is negated

    PyTorch and Keras agree about z: it keeps, in both. Only order and shape differ.
    """

    def ordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([-z, r, n])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.mistake
def every_third_row(weight_ih, weight_hh, bias_ih, bias_hh):
    """Every third row is taken for a gate

    PyTorch's rows come in blocks: first all H of r, then all H of z, then all H of n.
    """

    def ordered(array):
        return np.concatenate([array[1::3], array[0::3], array[2::3]])

    return ordered(weight_ih).T, ordered(weight_hh).T, np.stack([ordered(bias_ih), ordered(bias_hh)])


@torch_to_keras.slips(
    ("order_left", "order_of_the_biases_left", "order_reversed"),
    ("not_transposed", "reshaped"),
    ("biases_added", "biases_in_a_row", "biases_transposed", "biases_exchanged"),
)
def several_mistakes_in_a_conversion(slip, weight_ih, weight_hh, bias_ih, bias_hh):
    def ordered(array, left=False):
        r, z, n = np.split(array, 3)
        return np.concatenate([n, z, r] if slip("order_reversed") else [r, z, n] if left else [z, r, n])

    def turned(W):
        W = ordered(W, slip("order_left"))
        return W if slip("not_transposed") else W.reshape(W.shape[::-1]) if slip("reshaped") else W.T

    left = slip("order_left") or slip("order_of_the_biases_left")
    i, h = ordered(bias_ih, left), ordered(bias_hh, left)
    if slip("biases_added"):
        bias = i + h
    elif slip("biases_in_a_row"):
        bias = np.concatenate([i, h])
    else:
        bias = np.stack([h, i] if slip("biases_exchanged") else [i, h], axis=int(slip("biases_transposed")))
    return turned(weight_ih), turned(weight_hh), bias


@torch_to_keras.law
def takes_the_same_step(f, rng):
    """Keras's formula, with your arrays, takes PyTorch's step

    `matrix_x = x @ kernel + bias[0]` and `matrix_inner = h @ recurrent_kernel + bias[1]`, each split into z, r and h from
    left to right: so Keras reads them.
    """
    x, h, p = draw_step(rng)
    kernel, recurrent_kernel, bias = f(*gru_ref.to_torch(p))
    x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, axis=1)
    h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, axis=1)
    z, r = gru_ref.sigmoid(x_z + h_z), gru_ref.sigmoid(x_r + h_r)
    return np.allclose((1 - z) * np.tanh(x_h + r * h_h) + z * h, gru_ref.gru_step(x, h, p))


@torch_to_keras.law
def leads_to_the_place_it_came_from(f, rng):
    """read back, it is what was given

    Nothing is lost: from Keras's arrays PyTorch's can be had again.
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
