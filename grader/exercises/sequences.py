"""Lesson 07: a whole padded batch, both directions, and readouts from the states."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_params
from grader.exercises.exercise import THIN_RUNS, Exercise, thin

LESSON = "07_sequences"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_sizes(rng):
    """(T, B, I, H), all different; T is the largest."""
    return (int(rng.integers(6, 8)), *(int(n) for n in rng.permutation([2, 3, 4, 5])[:3]))


def draw_lengths(rng, T, B):
    """Lengths (B,), all different and none 1; one sequence has all T steps."""
    return rng.permutation(np.append(rng.choice(np.arange(2, T), B - 1, replace=False), T))


def draw_padded(rng, sizes=None):
    """Arguments (xs, h0, p, lengths) of a batch; the padding is filled with numbers that mean nothing."""
    T, B, I, H = sizes or draw_sizes(rng)
    xs, h0 = rng.normal(0, 1, (T, B, I)), rng.uniform(-0.9, 0.9, (B, H))
    return xs, h0, draw_params(rng, I, H), thin_lengths(T, B) if sizes else draw_lengths(rng, T, B)


def thin_lengths(T, B):
    """Lengths (B,) that decrease from T; none is below 1."""
    return np.maximum(T - np.arange(B), 1)


def edge_cases(rng):
    """A batch without lengths; and one with a silent step, zeros in the padding, and padding after the longest."""
    xs, h0, p, _ = draw_padded(rng)
    zs, g0, q, lengths = draw_padded(rng)
    zs = np.where(gru_ref.length_mask(len(zs), lengths - 1)[:, :, None], zs, 0.0)
    zs[0] = 0.0
    return (xs, h0, p, None), (zs, g0, q, lengths - 1)


# ------------------------------------------------------------------------------------------------------ gru_forward

gru_forward = Exercise(
    reference=gru_ref.gru_forward,
    known=MISTAKES / "gru_forward.md",
    inputs=draw_padded,
    axes="T B H",
    edges=(*edge_cases(np.random.default_rng(7)), *thin(draw_padded, THIN_RUNS)),
    branch=lambda xs, h0, p, lengths: lengths is None,
    hints=(
        "Begin without lengths: the state starts as h0, `for x in xs` gives you one step of the whole batch, each new "
        "state is collected, and `np.stack` turns the list into (T, B, H).",
        "Then the mask. At step t sequence b is still running if `t < lengths[b]`. With one more axis at its end, (B, 1), "
        "the mask chooses for all H units: the new state, or the old one.",
        "In the loop: take the step, but don't call its result h yet. `np.where(mask, …, …)` chooses between it and h; "
        "that is the h to collect and to carry. For lengths=None think of every sequence as T steps long.",
    ),
)


@gru_forward.property
def appended_padding_changes_nothing(f, rng):
    """appending padding changes nothing

    With any amount of padding, the states of the sequences stay the same, and so do the final ones.
    """
    xs, h0, p, lengths = draw_padded(rng)
    hs = f(xs, h0, p, lengths)
    longer = f(np.concatenate([xs, rng.normal(0, 1, (3, *xs.shape[1:]))]), h0, p, lengths)
    return np.allclose(longer[: len(xs)], hs) and np.allclose(longer[-1], hs[-1])


@gru_forward.property
def padding_is_never_read(f, rng):
    """the padding does not matter

    Different numbers there give the same states.
    """
    xs, h0, p, lengths = draw_padded(rng)
    inside = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    return np.allclose(f(xs, h0, p, lengths), f(np.where(inside, xs, 5.0), h0, p, lengths))


@gru_forward.property
def stands_still_after_the_end(f, rng):
    """after its end the state of a sequence does not change

    hs[-1] holds every sequence's final state, that of its own last step.
    """
    xs, h0, p, lengths = draw_padded(rng)
    hs = f(xs, h0, p, lengths)
    return np.allclose(hs[-1], hs[lengths - 1, np.arange(len(lengths))])


@gru_forward.property
def a_sequence_is_the_same_alone(f, rng):
    """a sequence gives the same states alone, without padding, as in the batch

    The other sequences in the batch, and their lengths, do not matter.
    """
    xs, h0, p, lengths = draw_padded(rng)
    b, n = int(lengths.argmin()), int(lengths.min())
    return np.allclose(f(xs, h0, p, lengths)[:n, b], f(xs[:n, b : b + 1], h0[b : b + 1], p)[:, 0])


@gru_forward.property
def no_lengths_means_all_steps(f, rng):
    """without lengths every sequence has T steps

    lengths=None and an array of T for each sequence are the same.
    """
    xs, h0, p, lengths = draw_padded(rng)
    return np.allclose(f(xs, h0, p), f(xs, h0, p, np.full_like(lengths, len(xs))))


@gru_forward.property
def two_parts_make_a_whole(f, rng):
    """reading two parts one after the other equals reading the whole

    Pass the last state of the first part to the second as its h0.
    """
    xs, h0, p, _ = draw_padded(rng)
    whole = f(xs, h0, p)
    return np.allclose(whole[2:], f(xs[2:], whole[1], p))


@gru_forward.also_right
def by_arithmetic(xs, h0, p, lengths=None):
    T, B, _ = xs.shape
    mask = np.ones((T, B, 1)) if lengths is None else gru_ref.length_mask(T, lengths)[:, :, None].astype(float)
    hs = np.empty((T, *h0.shape))
    h = h0
    for t in range(T):
        h = hs[t] = mask[t] * gru_ref.gru_step(xs[t], h, p) + (1 - mask[t]) * h
    return hs


@gru_forward.also_right
def sequence_by_sequence(xs, h0, p, lengths=None):
    T, B, _ = xs.shape
    columns = []
    for b in range(B):
        h, states = h0[b][None], []
        for t in range(T):
            if lengths is None or t < lengths[b]:
                h = gru_ref.gru_step(xs[t, b][None], h, p)
            states.append(h[0])
        columns.append(states)
    return np.array(columns).transpose(1, 0, 2)


@gru_forward.also_right
def only_those_that_run(xs, h0, p, lengths=None):
    if lengths is None:
        lengths = [len(xs)] * len(h0)
    h = h0.copy()
    hs = []
    for t, x in enumerate(xs):
        on = np.array([n > t for n in lengths])
        if on.any():
            h[on] = gru_ref.gru_step(x[on], h[on], p)
        hs.append(h.copy())
    return np.stack(hs)


# --------------------------------------------------------------------------------------------------- reverse_padded


def draw_reversal(rng, sizes=None):
    """Arguments (xs, lengths); the padding is filled with numbers that mean nothing."""
    xs, _, _, lengths = draw_padded(rng, sizes)
    return xs, lengths


def reversal_edges(rng):
    """A batch whose sequences end before T, the first of them after a single step; and sizes of 1."""
    xs, lengths = draw_reversal(rng)
    lengths = lengths - 1
    lengths[0] = 1
    return (xs, lengths), *thin(draw_reversal, THIN_RUNS)


reverse_padded = Exercise(
    reference=gru_ref.reverse_padded,
    known=MISTAKES / "reverse_padded.md",
    inputs=draw_reversal,
    axes="T B I",
    edges=reversal_edges(np.random.default_rng(7)),
    hints=(
        "Take one sequence by itself. In column b only the first lengths[b] entries are reversed.",
        "Begin with a copy of xs, so that the padding is right already. Then go through the batch and overwrite what is "
        "reversed.",
        "With `n = lengths[b]`: the first n entries of column b are `xs[:n, b]`, and `[::-1]` after it reverses them.",
    ),
)


@reverse_padded.recognises
def is_turned_in_other_padding(args, result):
    """Whether each sequence is reversed, but the padding has changed."""
    xs, lengths = args
    return (
        np.shape(result) == xs.shape
        and all(np.array_equal(result[:n, b], xs[:n, b][::-1]) for b, n in enumerate(lengths))
        and not all(np.array_equal(result[n:, b], xs[n:, b]) for b, n in enumerate(lengths))
    )


@reverse_padded.property
def twice_is_the_identity(f, rng):
    """reversing twice changes nothing

    So nothing may get lost, in the padding either.
    """
    xs, lengths = draw_reversal(rng)
    return np.allclose(f(f(xs, lengths), lengths), xs)


@reverse_padded.property
def padding_stays(f, rng):
    """the padding stays where it is

    Beyond its length a sequence is not touched.
    """
    xs, lengths = draw_reversal(rng)
    outside = ~gru_ref.length_mask(len(xs), lengths)
    return np.allclose(f(xs, lengths)[outside], xs[outside])


@reverse_padded.property
def full_lengths_turn_everything(f, rng):
    """without padding, it is xs[::-1]

    With all lengths T, the whole batch is reversed in time.
    """
    xs, lengths = draw_reversal(rng)
    return np.allclose(f(xs, np.full_like(lengths, len(xs))), xs[::-1])


@reverse_padded.property
def begins_with_the_last_entry(f, rng):
    """each sequence begins with its former last entry

    That was at lengths[b] − 1.
    """
    xs, lengths = draw_reversal(rng)
    return np.allclose(f(xs, lengths)[0], xs[lengths - 1, np.arange(len(lengths))])


@reverse_padded.also_right
def by_a_table_of_places(xs, lengths):
    t = np.arange(len(xs))[:, None]
    return np.take_along_axis(xs, np.where(t < lengths, lengths - 1 - t, t)[:, :, None], axis=0)


@reverse_padded.also_right
def column_by_column(xs, lengths):
    columns = [np.concatenate([np.flip(xs[:n, b], axis=0), xs[n:, b]]) for b, n in enumerate(lengths)]
    return np.stack(columns, axis=1)


@reverse_padded.also_right
def place_by_place(xs, lengths):
    out = np.copy(xs)
    for b in range(xs.shape[1]):
        for t in range(lengths[b]):
            out[t, b] = xs[lengths[b] - 1 - t, b]
    return out


# ---------------------------------------------------------------------------------------------------- bidirectional


def draw_both(rng, sizes=None):
    """Arguments (xs, p_forward, p_backward, lengths)."""
    xs, h0, p_forward, lengths = draw_padded(rng, sizes)
    return xs, p_forward, draw_params(rng, xs.shape[2], h0.shape[1]), lengths


def short_of_the_end(rng):
    """Such arguments, padded beyond the longest sequence."""
    xs, p_forward, p_backward, lengths = draw_both(rng)
    return xs, p_forward, p_backward, lengths - 1


bidirectional = Exercise(
    reference=gru_ref.bidirectional,
    known=MISTAKES / "bidirectional.md",
    inputs=draw_both,
    axes="T B 2H",
    edges=(short_of_the_end(np.random.default_rng(7)), *thin(draw_both, THIN_RUNS)),
    hints=(
        "Two runs of `gru_ref.gru_forward`, each from zeros of shape (B, H): one over xs, one over the reversed batch. H is "
        "the number of rows of any weight matrix.",
        "The backward states come in reading order: the first is that of the last step. Reverse them, with the same "
        "function, so that both halves belong to the same step.",
        "Join both along the last axis. Last, multiply by the mask, which needs a third axis: "
        "`gru_ref.length_mask(T, lengths)[:, :, None]`.",
    ),
)


@bidirectional.property
def padding_is_zero(f, rng):
    """it is zero in the padding

    So is PyTorch's padded output.
    """
    xs, p_forward, p_backward, lengths = draw_both(rng)
    return not f(xs, p_forward, p_backward, lengths)[~gru_ref.length_mask(len(xs), lengths)].any()


@bidirectional.property
def forward_half_does_not_look_ahead(f, rng):
    """a different last input changes only the last forward state, but all backward ones

    The forward half has read the inputs up to a step, the backward half those from the step on.
    """
    xs, p_forward, p_backward, _ = draw_both(rng)
    lengths, H = np.full(xs.shape[1], len(xs)), len(p_forward.W_hr)
    other = xs.copy()
    other[-1] += 1
    changed = ~np.isclose(f(xs, p_forward, p_backward, lengths), f(other, p_forward, p_backward, lengths), 0, 0)
    return not changed[:-1, :, :H].any() and changed[:, :, H:].any(axis=2).all()


@bidirectional.property
def turning_the_batch_exchanges_the_halves(f, rng):
    """reading the reversed batch with exchanged parameters gives the same, reversed, with its halves exchanged

    Forward for one is backward for the other.
    """
    xs, p_forward, p_backward, lengths = draw_both(rng)
    H = len(p_forward.W_hr)
    turned = f(gru_ref.reverse_padded(xs, lengths), p_backward, p_forward, lengths)
    turned = gru_ref.reverse_padded(turned, lengths)
    return np.allclose(np.concatenate([turned[..., H:], turned[..., :H]], 2), f(xs, p_forward, p_backward, lengths))


@bidirectional.property
def appended_padding_changes_nothing_here(f, rng):
    """appending padding changes nothing

    The backward direction begins at each sequence's own last step, at whatever step the batch ends.
    """
    xs, p_forward, p_backward, lengths = draw_both(rng)
    longer = np.concatenate([xs, rng.normal(0, 1, (2, *xs.shape[1:]))])
    return np.allclose(f(longer, p_forward, p_backward, lengths)[: len(xs)], f(xs, p_forward, p_backward, lengths))


@bidirectional.also_right
def without_telling_the_lengths(xs, p_forward, p_backward, lengths):
    T, B, _ = xs.shape
    h0 = np.zeros((B, p_forward.W_hr.shape[0]))
    out = np.zeros((T, B, 2 * h0.shape[1]))
    there = gru_ref.gru_forward(xs, h0, p_forward)
    back = gru_ref.reverse_padded(gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward), lengths)
    inside = gru_ref.length_mask(T, lengths)
    out[inside] = np.concatenate([there, back], axis=-1)[inside]
    return out


@bidirectional.also_right
def one_sequence_after_another(xs, p_forward, p_backward, lengths):
    H = len(p_forward.b_hr)
    out = np.zeros((*xs.shape[:2], 2 * H))
    for b, n in enumerate(lengths):
        x = xs[:n, b : b + 1]
        out[:n, b, :H] = gru_ref.gru_forward(x, np.zeros((1, H)), p_forward)[:, 0]
        out[:n, b, H:] = gru_ref.gru_forward(x[::-1].copy(), np.zeros((1, H)), p_backward)[::-1, 0]
    return out


# ---------------------------------------------------------------------------------------------------------- readout


def draw_readout(rng, kind=None, sizes=None):
    """Arguments (hs, lengths, W, b, kind); the padding is meaningless."""
    T, B, O, H = sizes or draw_sizes(rng)
    kind = kind or str(rng.choice(["value", "class", "steps"]))
    hs, lengths = rng.uniform(-0.9, 0.9, (T, B, H)), thin_lengths(T, B) if sizes else draw_lengths(rng, T, B)
    return hs, lengths, rng.normal(0, 1, (O, H)), rng.normal(0, 1, O), kind


def readout_edges(rng):
    """One of each kind, padded beyond the longest sequence; one whose exponentials would overflow; and sizes of 1."""
    hs, lengths, W, b, kind = draw_readout(rng, "class")
    large = hs, lengths - 1, 2000 * W, b, kind
    kinds = (draw_readout(rng, kind) for kind in ("value", "class", "steps"))
    thin_ones = (draw_readout(rng, kind, sizes) for kind in ("value", "class", "steps") for sizes in THIN_RUNS)
    return (*((hs, lengths - 1, W, b, kind) for hs, lengths, W, b, kind in kinds), large, *thin_ones)


readout = Exercise(
    reference=gru_ref.readout,
    known=MISTAKES / "readout.md",
    inputs=draw_readout,
    edges=readout_edges(np.random.default_rng(2)),
    branch=lambda hs, lengths, W, b, kind: kind,
    hints=(
        'All three kinds share one linear map: `… @ W.T + b`. For "steps" it takes all of hs, for the other two each '
        "sequence's own last state, (B, H).",
        "The last state of sequence b is `hs[lengths[b] - 1, b]`. Two arrays as indices pick one entry each: "
        "`hs[lengths - 1, np.arange(B)]`.",
        '"class": subtract the largest number of each row before `np.exp`, then divide each row by its own sum; '
        '`axis=1, keepdims=True` for both. "steps": the mask comes last, after the bias.',
    ),
)


@readout.property
def padding_does_not_matter(f, rng):
    """the padding of hs does not matter

    Different numbers there give the same answer, for all three kinds.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    other = np.where(gru_ref.length_mask(len(hs), lengths)[:, :, None], hs, 0.0)
    return all(np.allclose(f(hs, lengths, W, b, k), f(other, lengths, W, b, k)) for k in ("value", "class", "steps"))


@readout.property
def probabilities_add_up_to_one(f, rng):
    """the probabilities of a row are positive and add up to 1

    One row is one sequence; its classes exclude one another.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    answer = f(hs, lengths, W, b, "class")
    return np.all(answer > 0) and np.allclose(answer.sum(axis=1), 1)


@readout.property
def a_common_shift_changes_no_probability(f, rng):
    """adding the same number to all biases changes no probability

    A softmax depends only on differences, so a large common number may be subtracted.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    return np.allclose(f(hs, lengths, W, b, "class"), f(hs, lengths, W, b + 1000, "class"))


@readout.property
def a_value_is_that_of_its_last_step(f, rng):
    """ "value" equals "steps" at each sequence's last step

    The two differ only in the steps that they read.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    steps = f(hs, lengths, W, b, "steps")
    return np.allclose(f(hs, lengths, W, b, "value"), steps[lengths - 1, np.arange(len(lengths))])


@readout.also_right
def in_branches(hs, lengths, W, b, kind):
    T, B, _ = hs.shape
    if kind == "steps":
        out = np.zeros((T, B, len(b)))
        for i, n in enumerate(lengths):
            out[:n, i] = hs[:n, i] @ W.T + b
        return out
    last = np.stack([hs[n - 1, i] for i, n in enumerate(lengths)])
    a = np.einsum("bh,oh->bo", last, W) + b
    if kind == "class":
        a = np.exp(a - np.max(a, axis=-1)[:, None])
        a = a / np.sum(a, axis=-1)[:, None]
    return a


@readout.also_right
def all_steps_first(hs, lengths, W, b, kind):
    a = hs @ W.T + b
    mask = gru_ref.length_mask(len(hs), lengths)
    if kind == "steps":
        return np.where(mask[..., None], a, 0.0)
    last = np.take_along_axis(a, (lengths - 1)[None, :, None], axis=0)[0]
    if kind == "value":
        return last
    shifted = last - last.max(axis=1, keepdims=True)
    return np.exp(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
