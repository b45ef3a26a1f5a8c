"""Lesson 01: one step of a tanh recurrent network, a whole sequence, and how many numbers it learns."""

import numpy as np

import gru_ref
from grader.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from gru_ref import RNNParams

LESSON = "01_recurrence"


def draw_params(rng, I, H):
    """RNN parameters with nothing at zero and nothing small, so that no mistake can hide."""
    return RNNParams(*(rng.normal(0, 0.8, np.shape(a)) for a in gru_ref.init_rnn(I, H, rng)))


def draw_step(rng, sizes=None):
    """Arguments (x, h, p) of one step; B, I and H all different, or these `sizes`."""
    B, I, H = sizes or rng.permutation([2, 3, 4, 5])[:3]
    return rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


def draw_sizes_of_sequences(rng):
    """(T, B, I, H), all different."""
    T, B, I, H = rng.permutation([3, 4, 5, 6, 2])[:4]
    T = max(T, 3)
    return T, *(7 if size == T else size for size in (B, I, H))


def draw_sequences(rng, sizes=None):
    """Arguments (xs, h0, p) of a batch of sequences; T, B, I and H all different, or these `sizes`."""
    T, B, I, H = sizes or draw_sizes_of_sequences(rng)
    return rng.normal(0, 1, (T, B, I)), rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


# --------------------------------------------------------------------------------------------------------- one step

rnn_step = Exercise(
    reference=gru_ref.rnn_step,
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "Four terms are added, then squashed: one matrix product for x, one for h, and two biases.",
        "x is (B, I) and W_ih is (H, I). A product (B, I) @ (I, H) needs the transpose, `p.W_ih.T`. The same for h.",
        "`np.tanh(… + p.b_ih + … + p.b_hh)`, with one product in place of each ….",
    ),
)


@rnn_step.mistake
def state_weights_not_transposed(x, h, p):
    """W_hh is not transposed

    This is exactly what `h @ p.W_hh` gives. W_hh is square, so no error warns you. Row i of W_hh holds the weights of
    unit i, and with one example in each row of h they meet in `h @ p.W_hh.T`.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh + p.b_hh)


@rnn_step.mistake
def input_weights_not_transposed(x, h, p):
    """W_ih is not transposed

    x is (B, I) and W_ih is (H, I), so `x @ p.W_ih` cannot work: the inner sizes are I and H. Which turn of W_ih has I in
    front?
    """
    return np.tanh(x @ p.W_ih + p.b_ih + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def weights_before_the_batch(x, h, p):
    """The weights stand on the left, as in the formula for a single column

    On paper, W_ih x multiplies one column vector. Here each row of x is an example, and `p.W_ih @ x` has inner sizes
    that do not fit. Put the batch on the left and the transposed weights on the right.
    """
    return np.tanh(p.W_ih @ x + p.b_ih + p.W_hh @ h + p.b_hh)


@rnn_step.mistake
def input_bias_dropped(x, h, p):
    """The bias b_ih is missing

    This is exactly the result without b_ih. Both biases are added.
    """
    return np.tanh(x @ p.W_ih.T + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def state_bias_dropped(x, h, p):
    """The bias b_hh is missing

    This is exactly the result without b_hh. Both biases are added.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T)


@rnn_step.mistake
def both_biases_dropped(x, h, p):
    """Both biases are missing

    Without them a silent input and an empty state always give 0. Add b_ih and b_hh.
    """
    return np.tanh(x @ p.W_ih.T + h @ p.W_hh.T)


@rnn_step.mistake
def input_bias_twice(x, h, p):
    """b_ih is counted twice, and b_hh not at all

    Look at the two biases in your sum: they are the same one.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_ih)


@rnn_step.mistake
def state_bias_twice(x, h, p):
    """b_hh is counted twice, and b_ih not at all

    Look at the two biases in your sum: they are the same one.
    """
    return np.tanh(x @ p.W_ih.T + p.b_hh + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def not_squashed(x, h, p):
    """The sum is right, but it is not squashed

    Without tanh the state can grow without limit from step to step. Pass the whole sum through tanh.
    """
    return x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh


@rnn_step.mistake
def logistic_for_tanh(x, h, p):
    """The logistic function σ stands where tanh should

    Your values lie between 0 and 1. tanh runs from −1 to 1, so a unit can say no as well as yes.
    """
    return gru_ref.sigmoid(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def tan_for_tanh(x, h, p):
    """This is tan, not tanh

    The tangent of a triangle jumps to ±∞. The one that squashes is the hyperbolic tangent, with an h at its end.
    """
    return np.tan(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def squashed_term_by_term(x, h, p):
    """Input and state are squashed each by itself

    tanh(a) + tanh(b) is not tanh(a + b), and can leave (−1, 1). Add first, squash once.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih) + np.tanh(h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def bracket_closed_too_early(x, h, p):
    """The bracket of tanh closes before the last term

    The last bias is added after the squashing, so the result can leave (−1, 1). All four terms belong inside.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T) + p.b_hh


@rnn_step.mistake
def state_ignored(x, h, p):
    """The state is not used

    This depends on the input alone: a network without memory. Add what the weights W_hh make of h.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + p.b_hh)


@rnn_step.mistake
def input_ignored(x, h, p):
    """The input is not used

    This depends on the state alone: a network that hears nothing. Add what the weights W_ih make of x.
    """
    return np.tanh(h @ p.W_hh.T + p.b_ih + p.b_hh)


@rnn_step.mistake
def state_added_unweighted(x, h, p):
    """h is added as it is, without its weights

    The state reaches the next step through the matrix W_hh, so that every unit can listen to every other.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih + h + p.b_hh)


@rnn_step.mistake
def old_state_kept(x, h, p):
    """The old state is added to the new one

    This is h + tanh(…). The new state of a tanh RNN is tanh(…) alone; h is at work inside. (A way past the squashing
    is just what gates will bring.)
    """
    return h + np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def input_and_state_exchanged(x, h, p):
    """h meets W_ih, the weights of the input

    W_ih reads the input and W_hh the state, and here their sizes do not fit. Are x and h exchanged, or does W_ih stand
    in both places?
    """
    return np.tanh(h @ p.W_ih.T + p.b_ih + x @ p.W_hh.T + p.b_hh)


@rnn_step.mistake
def rectified(x, h, p):
    """The sum is rectified (ReLU) instead of squashed by tanh

    Everything below 0 is cut off, and nothing bounds it above. A state of this RNN lies between −1 and 1.
    """
    return np.maximum(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh, 0)


@rnn_step.mistake
def state_subtracted(x, h, p):
    """The part from the state is subtracted

    All terms are added; whether the state pushes up or down is up to the signs in p.W_hh.
    """
    return np.tanh(x @ p.W_ih.T + p.b_ih - (h @ p.W_hh.T + p.b_hh))


@rnn_step.slips(
    ("not_squashed", "logistic_for_tanh"),
    ("state_weights_not_transposed", "state_ignored", "state_added_unweighted"),
    ("input_bias_dropped", "state_bias_dropped", "both_biases_dropped", "input_bias_twice", "state_bias_twice"),
)
def several_slips_in_a_step(slip, x, h, p):
    b_ih = 0 if slip("input_bias_dropped") or slip("both_biases_dropped") else p.b_ih
    b_hh = 0 if slip("state_bias_dropped") or slip("both_biases_dropped") else p.b_hh
    biases = 2 * b_ih if slip("input_bias_twice") else 2 * b_hh if slip("state_bias_twice") else b_ih + b_hh
    past = h if slip("state_added_unweighted") else h @ (p.W_hh if slip("state_weights_not_transposed") else p.W_hh.T)
    a = x @ p.W_ih.T + biases + (0 if slip("state_ignored") else past)
    return a if slip("not_squashed") else gru_ref.sigmoid(a) if slip("logistic_for_tanh") else np.tanh(a)


@rnn_step.law
def lies_between_minus_one_and_one(f, rng):
    """every state lies in [−1, 1], however large the input is

    tanh squashes.
    """
    x, h, p = draw_step(rng)
    return np.all(np.abs(f(100 * x, h, p)) <= 1)


@rnn_step.law(broken_by=lambda x, h, p: gru_ref.rnn_step(x - x.mean(axis=0), h, p))
def rows_are_independent(f, rng):
    """a row of the batch does not influence the others

    Each row is another example: leaving one out changes nothing for the rest.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p)[:1], f(x[:1], h[:1], p))


@rnn_step.law
def is_odd_without_biases(f, rng):
    """without biases, −x and −h give minus the new state

    A sum changes its sign with its terms, and tanh is odd.
    """
    x, h, p = draw_step(rng)
    p = p._replace(b_ih=np.zeros_like(p.b_ih), b_hh=np.zeros_like(p.b_hh))
    return np.allclose(f(-x, -h, p), -f(x, h, p))


@rnn_step.also_right
def by_einsum(x, h, p):
    return np.tanh(np.einsum("bi,hi->bh", x, p.W_ih) + np.einsum("bj,hj->bh", h, p.W_hh) + (p.b_ih + p.b_hh))


@rnn_step.also_right
def by_columns(x, h, p):
    a = p.W_ih @ x.T + p.b_ih[:, None] + p.W_hh @ h.T + p.b_hh[:, None]
    return np.tanh(a).T


@rnn_step.also_right
def by_concatenation(x, h, p):
    return np.tanh(np.hstack([x, h]) @ np.hstack([p.W_ih, p.W_hh]).T + p.b_hh + p.b_ih)


# ---------------------------------------------------------------------------------------------------- a whole sequence

rnn_forward = Exercise(
    reference=gru_ref.rnn_forward,
    inputs=draw_sequences,
    edges=thin(draw_sequences, THIN_RUNS),
    axes="T B H",
    hints=(
        "xs has time as its first axis, so `for x in xs:` hands you one step of the whole batch, (B, I), at a time.",
        "Two things change in the loop: the state h, which starts as h0, and a list that collects each new state.",
        "In the loop: `h = gru_ref.rnn_step(…)`, then append. After it, `np.stack` turns T arrays (B, H) into one (T, B, H).",
    ),
)


@rnn_forward.mistake
def starts_each_step_from_h0(xs, h0, p):
    """Every step starts from h0

    The first step is right; after it, nothing is remembered. The state that comes out of one step must go into the next.
    """
    return np.stack([gru_ref.rnn_step(x, h0, p) for x in xs])


@rnn_forward.mistake
def state_never_changes(xs, h0, p):
    """Every step shows h0: the new state is lost

    A step returns the new state and leaves h as it is. Give the name h to what it returns.
    """
    hs = []
    for x in xs:
        gru_ref.rnn_step(x, h0, p)
        hs.append(h0)
    return np.stack(hs)


@rnn_forward.mistake
def input_of_the_step_before(xs, h0, p):
    """Each step reads the input before its own

    This is what `xs[t - 1]` gives. At t = 0 that is even xs[-1], the last input: Python counts −1 from the end.
    """
    h = h0
    hs = []
    for t in range(len(xs)):
        h = gru_ref.rnn_step(xs[t - 1], h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def h0_first_and_last_missing(xs, h0, p):
    """Each state is noted before its step: h0 comes first, and the last state is missing

    hs[t] should be the state after reading xs[t]. Take the step first, then append.
    """
    h = h0
    hs = []
    for x in xs:
        hs.append(h)
        h = gru_ref.rnn_step(x, h, p)
    return np.stack(hs)


@rnn_forward.mistake
def h0_in_the_first_place(xs, h0, p):
    """hs[0] is h0, and the first input is never read

    hs[0] should be the state *after* reading xs[0]. Take a step at t = 0 too: it starts from h0.
    """
    hs = [h0]
    for x in xs[1:]:
        hs.append(gru_ref.rnn_step(x, hs[-1], p))
    return np.stack(hs)


@rnn_forward.mistake
def h0_included(xs, h0, p):
    """h0 stands in front of the results

    There is one entry too many along time. h0 belongs to the caller already; wanted is one state for each input.
    """
    hs = [h0]
    for x in xs:
        hs.append(gru_ref.rnn_step(x, hs[-1], p))
    return np.stack(hs)


@rnn_forward.mistake
def only_the_last_state(xs, h0, p):
    """Only the last state is returned

    It is right, but wanted is the state after each step, (T, B, H). Collect them on the way.
    """
    h = h0
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
    return h


@rnn_forward.mistake
def returns_inside_the_loop(xs, h0, p):
    """It stops after the first step

    A `return` inside the loop ends the function in its first round. Move it to the left, after the loop.
    """
    h = h0
    hs = []
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
        return np.stack(hs)


@rnn_forward.mistake
def reads_backwards(xs, h0, p):
    """The sequence is read from its end

    The last input comes first here. Time runs from index 0 on. (Reading both ways is lesson 07.)
    """
    h = h0
    hs = []
    for x in xs[::-1]:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def reads_backwards_and_reorders(xs, h0, p):
    """The sequence is read from its end, and the states put back in order

    That is the backward half of a bidirectional network (lesson 07). Here hs[t] may only depend on xs[0] to xs[t].
    """
    h = h0
    hs = []
    for x in xs[::-1]:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs[::-1])


@rnn_forward.mistake
def one_array_for_all_states(xs, h0, p):
    """Every step shows the last state

    Your list holds the same array T times: `h[:] = …` writes into it, and all entries change together. Give the name h
    to a new array at each step, `h = …`.
    """
    h = h0.copy()
    hs = []
    for x in xs:
        h[:] = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def one_array_for_all_and_h0(xs, h0, p):
    """Every step shows the last state, and h0 is overwritten with it

    `h = h0` makes no copy: h, h0 and all entries of your list are one array, and `h[:] = …` writes into it. Give the
    name h to a new array at each step, `h = …`.
    """
    h = h0
    hs = []
    for x in xs:
        h[:] = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def h0_overwritten(xs, h0, p):
    """The states are right, but the caller's h0 is overwritten

    `h = h0` makes no copy: it is a second name for the same array, and `h[:] = …` writes into it. Give the name h to a
    new array at each step, `h = …`.
    """
    h = h0
    hs = np.empty((len(xs), *h0.shape))
    for t, x in enumerate(xs):
        h[:] = gru_ref.rnn_step(x, h, p)
        hs[t] = h
    return hs


@rnn_forward.mistake
def h0_ignored(xs, h0, p):
    """h0 is ignored: it starts from zeros

    Often h0 is zero, and nobody notices. But a caller who continues a sequence hands you its last state.
    """
    h = np.zeros_like(h0)
    hs = []
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def loops_over_the_batch(xs, h0, p):
    """The loop runs over the batch instead of time

    xs is (T, B, I). `xs[:, b]` is all of one sequence, not one step of all: its T rows do not fit the B rows of h. One
    step is `xs[t]`.
    """
    h = h0
    hs = []
    for b in range(xs.shape[1]):
        h = gru_ref.rnn_step(xs[:, b], h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def batch_first(xs, h0, p):
    """The states are right, but the batch comes first

    You have (B, T, H), wanted is (T, B, H). At `np.stack` the new axis is time, and it goes in front: axis 0.
    """
    h = h0
    hs = []
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs, axis=1)


@rnn_forward.mistake
def concatenated(xs, h0, p):
    """The states are joined along the batch instead of stacked along time

    `np.concatenate` and `np.vstack` lengthen an axis that is there: (T·B, H). Time needs an axis of its own.
    """
    h = h0
    hs = []
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.concatenate(hs)


@rnn_forward.mistake
def first_input_at_every_step(xs, h0, p):
    """Every step reads the first input

    The index of xs does not move: this is what `xs[0]` in the loop gives.
    """
    h = h0
    hs = []
    for _ in xs:
        h = gru_ref.rnn_step(xs[0], h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def last_step_missing(xs, h0, p):
    """The last step is missing

    The states that are there are right. `range(T)` already ends at T − 1; `range(T - 1)` ends one step too early.
    """
    h = h0
    hs = []
    for t in range(len(xs) - 1):
        h = gru_ref.rnn_step(xs[t], h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.mistake
def first_input_skipped(xs, h0, p):
    """The first input is never read

    Your loop begins with xs[1]. In Python, the first step is xs[0].
    """
    h = h0
    hs = []
    for x in xs[1:]:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@rnn_forward.slips(
    ("h0_ignored",),
    ("reads_backwards", "first_input_skipped"),
    ("h0_first_and_last_missing", "only_the_last_state", "batch_first", "concatenated"),
)
def several_slips_in_a_sequence(slip, xs, h0, p):
    hs = [np.zeros_like(h0) if slip("h0_ignored") else h0]
    if slip("reads_backwards"):
        xs = xs[::-1]
    for x in xs[1 if slip("first_input_skipped") else 0 :]:
        hs.append(gru_ref.rnn_step(x, hs[-1], p))
    if slip("only_the_last_state"):
        return hs[-1]
    if slip("h0_first_and_last_missing"):
        return np.stack(hs[:-1])
    if slip("concatenated"):
        return np.concatenate(hs[1:])
    return np.stack(hs[1:], axis=1 if slip("batch_first") else 0)


@rnn_forward.law
def a_longer_sequence_continues_a_shorter_one(f, rng):
    """reading two parts one after the other is reading the whole

    Hand the last state of the first part to the second as its h0.
    """
    xs, h0, p = draw_sequences(rng)
    whole = f(xs, h0, p)
    return np.allclose(whole[2:], f(xs[2:], whole[1], p))


@rnn_forward.law(
    broken_by=lambda xs, h0, p: np.stack([gru_ref.rnn_step(xs.mean(axis=0), h0, p)] * len(xs)),
)
def order_matters(f, rng):
    """a reversed sequence ends in another state

    A recurrent network is no bag of inputs.
    """
    xs, h0, p = draw_sequences(rng)
    return not np.allclose(f(xs, h0, p)[-1], f(xs[::-1], h0, p)[-1])


@rnn_forward.law(broken_by=lambda xs, h0, p: gru_ref.rnn_forward(xs - xs.mean(axis=1, keepdims=True), h0, p))
def sequences_are_independent(f, rng):
    """a sequence of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    xs, h0, p = draw_sequences(rng)
    return np.allclose(f(xs, h0, p)[:, :1], f(xs[:, :1], h0[:1], p))


@rnn_forward.law
def does_not_look_ahead(f, rng):
    """a state does not depend on inputs still to come

    Changing the last input leaves all earlier states as they were.
    """
    xs, h0, p = draw_sequences(rng)
    changed = xs.copy()
    changed[-1] += 1
    return np.allclose(f(xs, h0, p)[:-1], f(changed, h0, p)[:-1])


@rnn_forward.also_right
def by_index(xs, h0, p):
    T, B, _ = xs.shape
    hs = np.empty((T, B, len(p.W_hh)))
    for t in range(T):
        hs[t] = gru_ref.rnn_step(xs[t], hs[t - 1] if t else h0, p)
    return hs


@rnn_forward.also_right
def input_products_at_once(xs, h0, p):
    a = xs @ p.W_ih.T + (p.b_ih + p.b_hh)
    hs = [h0]
    for a_t in a:
        hs.append(np.tanh(a_t + hs[-1] @ p.W_hh.T))
    return np.array(hs[1:])


# ------------------------------------------------------------------------------------------------------- parameters


def draw_sizes(rng):
    """Arguments (I, H), different and larger than 2."""
    I, H = rng.choice(np.arange(3, 40), 2, replace=False)
    return int(I), int(H)


count_rnn_parameters = Exercise(
    reference=gru_ref.count_rnn_parameters,
    inputs=draw_sizes,
    edges=((1, 1), (300, 512), (512, 300)),
    hints=(
        "The parameters are W_ih, W_hh, b_ih and b_hh. Write the shape of each beside it.",
        "A matrix of shape (a, b) holds a · b numbers, a vector of shape (a,) holds a.",
        "W_ih is (H, I), W_hh is (H, H), and there are two biases of shape (H,). Add up the four counts.",
    ),
)


@count_rnn_parameters.mistake
def one_bias(I, H):
    """Only one bias is counted

    This would be right for libraries that fold the two biases into one. PyTorch's RNN, and ours, has b_ih and b_hh.
    """
    return H * I + H * H + H


@count_rnn_parameters.mistake
def no_bias(I, H):
    """The biases are not counted

    The two matrices are right. b_ih and b_hh are learned as well.
    """
    return H * I + H * H


@count_rnn_parameters.mistake
def state_weights_missing(I, H):
    """W_hh is not counted

    That is a network without recurrence. The weights from state to state have a number for each pair of units.
    """
    return H * I + 2 * H


@count_rnn_parameters.mistake
def sizes_exchanged(I, H):
    """I and H are exchanged

    The state has H units: W_hh is (H, H) and a bias is (H,). Yours counts as if they had the size of the input.
    """
    return I * H + I * I + 2 * I


@count_rnn_parameters.mistake
def bias_of_the_inputs_size(I, H):
    """One bias is counted with I numbers

    b_ih is added to the product W_ih x, which has H entries. So it has H numbers too.
    """
    return H * I + H * H + I + H


@count_rnn_parameters.mistake
def input_square(I, H):
    """W_ih is counted as if it were square

    W_ih leads from the input to the state: its shape is (H, I).
    """
    return I * I + H * H + 2 * H


@count_rnn_parameters.mistake
def state_weights_as_a_vector(I, H):
    """W_hh is counted with H numbers

    With H numbers each unit would hear only itself. W_hh is a matrix, (H, H): each unit hears all.
    """
    return H * I + H + 2 * H


@count_rnn_parameters.mistake
def caret_for_power(I, H):
    """In Python, ^ is not a power

    `H^2` combines the bits of two numbers, and Python does the sums on either side first. A square is `H**2` or `H * H`.
    """
    return H * I + H ^ 2 + 2 * H


@count_rnn_parameters.mistake
def biases_as_single_numbers(I, H):
    """Each bias is counted as a single number

    b_ih and b_hh are vectors: every unit has one of its own.
    """
    return H * I + H * H + 2


@count_rnn_parameters.mistake
def all_sizes_multiplied(I, H):
    """The sizes of the two matrices are multiplied with each other

    A matrix of shape (a, b) holds a · b numbers. Two matrices hold the sum of theirs.
    """
    return (H * I) * (H * H) + 2 * H


@count_rnn_parameters.mistake
def state_counted(I, H):
    """The state h is counted among the parameters

    This is H too many. The state is computed anew for each sequence; parameters are what is learned and stays.
    """
    return H * I + H * H + 3 * H


@count_rnn_parameters.mistake
def three_times(I, H):
    """This is three times the right count: that of a GRU

    A plain RNN has one matrix for the input, one for the state and two biases. Three of each come with the gates.
    """
    return 3 * (H * I + H * H + 2 * H)


@count_rnn_parameters.mistake
def biases_as_long_as_the_input(I, H):
    """The biases are counted with I numbers each

    A bias is added to the sum of each unit, and there are H units.
    """
    return H * I + H * H + 2 * I


@count_rnn_parameters.law
def one_more_input_costs_h_numbers(f, rng):
    """one more input costs H more numbers

    Every unit of the state needs one weight for it.
    """
    I, H = draw_sizes(rng)
    return f(I + 1, H) - f(I, H) == H


@count_rnn_parameters.law
def counts_what_init_rnn_draws(f, rng):
    """it is the number of entries in all the arrays of `gru_ref.init_rnn(I, H, rng)`

    Sum their sizes, and compare.
    """
    I, H = draw_sizes(rng)
    return f(I, H) == sum(a.size for a in gru_ref.init_rnn(I, H, rng))


@count_rnn_parameters.also_right
def factored(I, H):
    return H * (I + H + 2)


@count_rnn_parameters.also_right
def by_counting(I, H):
    return sum(a.size for a in gru_ref.init_rnn(I, H, np.random.default_rng(0)))
