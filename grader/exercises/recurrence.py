"""Lesson 01: one step of a tanh recurrent network, a whole sequence, and the number of parameters."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from gru_ref import RNNParams

LESSON = "01_recurrence"
MISTAKES = Path(__file__).with_name(LESSON)


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
    known=MISTAKES / "rnn_step.md",
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hints=(
        "Four terms are added, then squashed: one matrix product for x, one for h, and two biases.",
        "x is (B, I) and W_ih is (H, I). A product (B, I) @ (I, H) needs the transpose, `p.W_ih.T`. The same for h.",
        "`np.tanh(… + p.b_ih + … + p.b_hh)`, with one product in place of each ….",
    ),
)


@rnn_step.property
def lies_between_minus_one_and_one(f, rng):
    """every state lies in [−1, 1], however large the input is

    tanh squashes.
    """
    x, h, p = draw_step(rng)
    return np.all(np.abs(f(100 * x, h, p)) <= 1)


@rnn_step.property(broken_by=lambda x, h, p: gru_ref.rnn_step(x - x.mean(axis=0), h, p))
def rows_are_independent(f, rng):
    """a row of the batch does not influence the others

    Each row is another example: leaving one out changes nothing for the rest.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p)[:1], f(x[:1], h[:1], p))


@rnn_step.property
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
    known=MISTAKES / "rnn_forward.md",
    inputs=draw_sequences,
    edges=thin(draw_sequences, THIN_RUNS),
    axes="T B H",
    hints=(
        "xs has time as its first axis, so `for x in xs:` gives you one step of the whole batch, (B, I), at a time.",
        "Two things change in the loop: the state h, which starts as h0, and a list that collects each new state.",
        "In the loop: `h = gru_ref.rnn_step(…)`, then append. After it, `np.stack` turns T arrays (B, H) into one (T, B, H).",
    ),
)


@rnn_forward.property
def a_longer_sequence_continues_a_shorter_one(f, rng):
    """reading two parts one after the other equals reading the whole

    Pass the last state of the first part to the second as its h0.
    """
    xs, h0, p = draw_sequences(rng)
    whole = f(xs, h0, p)
    return np.allclose(whole[2:], f(xs[2:], whole[1], p))


@rnn_forward.property(
    broken_by=lambda xs, h0, p: np.stack([gru_ref.rnn_step(xs.mean(axis=0), h0, p)] * len(xs)),
)
def order_matters(f, rng):
    """a reversed sequence ends in a different state

    A recurrent network is not a bag of inputs.
    """
    xs, h0, p = draw_sequences(rng)
    return not np.allclose(f(xs, h0, p)[-1], f(xs[::-1], h0, p)[-1])


@rnn_forward.property(broken_by=lambda xs, h0, p: gru_ref.rnn_forward(xs - xs.mean(axis=1, keepdims=True), h0, p))
def sequences_are_independent(f, rng):
    """a sequence of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    xs, h0, p = draw_sequences(rng)
    return np.allclose(f(xs, h0, p)[:, :1], f(xs[:, :1], h0[:1], p))


@rnn_forward.property
def does_not_look_ahead(f, rng):
    """a state does not depend on inputs still to come

    Changing the last input does not change any earlier state.
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
    known=MISTAKES / "count_rnn_parameters.md",
    inputs=draw_sizes,
    edges=((1, 1), (300, 512), (512, 300)),
    hints=(
        "The parameters are W_ih, W_hh, b_ih and b_hh. Write the shape of each next to it.",
        "A matrix of shape (a, b) holds a · b numbers, a vector of shape (a,) holds a.",
        "W_ih is (H, I), W_hh is (H, H), and there are two biases of shape (H,). Add up the four counts.",
    ),
)


@count_rnn_parameters.property
def one_more_input_costs_h_numbers(f, rng):
    """one more input costs H more parameters

    Every unit of the state needs one weight for it.
    """
    I, H = draw_sizes(rng)
    return f(I + 1, H) - f(I, H) == H


@count_rnn_parameters.property
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
