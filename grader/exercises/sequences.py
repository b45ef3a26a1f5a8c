"""Lesson 07: a whole padded batch, both directions, and what is read off the states."""

import numpy as np

import gru_ref
from grader.drawing import draw_params
from grader.exercise import THIN_RUNS, Exercise, thin

LESSON = "07_sequences"


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
    """Lengths (B,) that fall from T; none is below 1."""
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
    inputs=draw_padded,
    axes="T B H",
    edges=(*edge_cases(np.random.default_rng(7)), *thin(draw_padded, THIN_RUNS)),
    branch=lambda xs, h0, p, lengths: lengths is None,
    hints=(
        "Begin without lengths: the state starts as h0, `for x in xs` hands you one step of the whole batch, each new "
        "state is collected, and `np.stack` makes (T, B, H) of the list.",
        "Then the mask. At step t sequence b is still running if `t < lengths[b]`. With one more axis at its end, (B, 1), "
        "the mask chooses for all H units: the state of the step, or the state as it was.",
        "In the loop: take the step, but don't call its result h yet. `np.where(mask, …, …)` chooses between it and h; "
        "that is the h to collect and to carry. For lengths=None think of every sequence as T steps long.",
    ),
)


@gru_forward.mistake
def lengths_ignored(xs, h0, p, lengths=None):
    """The padding is read as if it were input

    This is the result without lengths. After its end a sequence's state should stand still; yours reads on.
    """
    h, hs = h0, []
    for x in xs:
        h = gru_ref.gru_step(x, h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def zero_in_the_padding(xs, h0, p, lengths=None):
    """The states are zero in the padding

    PyTorch's padded output looks so. Here a state *stands still* after its sequence's end: what the mask does not let
    in is filled up with the old state, not with nothing.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = gru_ref.gru_step(xs[t], h, p) * (t < lengths)[:, None]
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def mask_inverted(xs, h0, p, lengths=None):
    """The mask is the wrong way round

    Within its length a sequence stands still, and in the padding it moves. Where `t < lengths` the *new* state counts.
    (In `np.where(mask, a, b)`, a stands where the mask is True.)
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], h, gru_ref.gru_step(xs[t], h, p))
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def one_step_too_many(xs, h0, p, lengths=None):
    """Each sequence takes one step too many

    This is what `t <= lengths` gives: the first entry of the padding is read. A sequence of n steps has the steps 0 to
    n − 1.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t <= lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def one_step_too_few(xs, h0, p, lengths=None):
    """Each sequence stops one step too early

    This is what `t < lengths - 1` gives: the last input of each sequence is never read. A sequence of n steps has the
    steps 0 to n − 1.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths - 1)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def back_to_h0_in_the_padding(xs, h0, p, lengths=None):
    """In the padding the state goes back to h0

    It should stand still where its sequence *ended*, not where it began. What does the mask choose from?
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h0)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def state_masked_but_not_collected(xs, h0, p, lengths=None):
    """The mask acts on what is carried, but not on what is collected

    The state that goes into the next step stands still, and yet `hs` shows the step's result. Collect the state *after*
    the mask has chosen.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        new = gru_ref.gru_step(xs[t], h, p)
        hs.append(new)
        h = np.where((t < lengths)[:, None], new, h)
    return np.stack(hs)


@gru_forward.mistake
def padding_set_to_zero_and_read(xs, h0, p, lengths=None):
    """The inputs are masked, but the steps are still taken

    Zeros in the padding are read like any other input: the biases and the state itself keep the state moving. It is
    the *state* that has to stand still.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = gru_ref.gru_step(xs[t] * (t < lengths)[:, None], h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def mask_guessed_from_zeros(xs, h0, p, lengths=None):
    """The mask is guessed from the inputs: a step of zeros is taken for padding

    Real inputs may be zero (silence), and padding may hold anything. What belongs to a sequence is said by `lengths`
    alone.
    """
    h, hs = h0, []
    for x in xs:
        h = np.where((x != 0).any(axis=1)[:, None], gru_ref.gru_step(x, h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def all_stop_at_the_shortest(xs, h0, p, lengths=None):
    """When the shortest sequence ends, all stand still

    Each sequence has its own end. The mask is (B,), one for each sequence, and not one for the batch.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = gru_ref.gru_step(xs[t], h, p) if t < lengths.min() else h
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def all_run_to_the_longest(xs, h0, p, lengths=None):
    """All sequences run on until the longest ends

    Each sequence has its own end. The mask is (B,), one for each sequence, and not one for the batch.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = gru_ref.gru_step(xs[t], h, p) if t < lengths.max() else h
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def ends_with_the_longest(xs, h0, p, lengths=None):
    """The result ends with the longest sequence, but xs may go on

    A batch may be padded beyond its longest sequence. There is one state for each of the T entries of xs.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(lengths.max()):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def ends_with_the_shortest(xs, h0, p, lengths=None):
    """The result ends with the shortest sequence

    The longer ones still have steps to read. There is one state for each of the T entries of xs.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(lengths.min()):
        h = gru_ref.gru_step(xs[t], h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def stops_at_the_empty_batch(xs, h0, p, lengths=None):
    """When all sequences have ended, a step is taken with nobody in it

    Picking out the sequences that still run is a fine idea. But a batch may be padded beyond its longest sequence, and
    then none is left: `gru_step` refuses an empty batch. What should happen at such a step?
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0.copy(), []
    for t in range(T):
        on = t < lengths
        h[on] = gru_ref.gru_step(xs[t, on], h[on], p)
        hs.append(h.copy())
    return np.stack(hs)


@gru_forward.mistake
def mask_without_an_axis_for_the_units(xs, h0, p, lengths=None):
    """The mask has no axis for the units

    `t < lengths` is (B,), and the state is (B, H). NumPy lines shapes up from their ends, so B would meet H. Give the
    mask a second axis of size 1: `mask[:, None]`.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where(t < lengths, gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def multiplied_without_an_axis_for_the_units(xs, h0, p, lengths=None):
    """The mask is multiplied, but has no axis for the units

    `t < lengths` is (B,), and the state is (B, H). NumPy lines shapes up from their ends, so B would meet H. Give the
    mask a second axis of size 1: `mask[:, None]`.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        m = (t < lengths).astype(float)
        h = m * gru_ref.gru_step(xs[t], h, p) + (1 - m) * h
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def none_compared_with_a_number(xs, h0, p, lengths=None):
    """lengths=None is not handled

    Without lengths every sequence has T steps, but your code compares steps with None. Ask `lengths is None` before
    the loop, and put lengths in its place that mean the same.
    """
    h, hs = h0, []
    for t in range(len(xs)):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def no_step_without_lengths(xs, h0, p, lengths=None):
    """Without lengths the state never moves

    With lengths all is right. For lengths=None the mask is skipped, and the step's result with it: h stays h0. What
    becomes of the new state then?
    """
    h, hs = h0, []
    for t in range(len(xs)):
        new = gru_ref.gru_step(xs[t], h, p)
        if lengths is not None:
            h = np.where((t < lengths)[:, None], new, h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def none_gone_through(xs, h0, p, lengths=None):
    """lengths=None is gone through like an array

    Without lengths every sequence has T steps; in None there is nothing to go through, and no maximum. Ask `lengths is
    None` first, and put lengths in its place that mean the same.
    """
    h, hs = h0, []
    for x in xs:
        h = gru_ref.gru_step(x, h, p)
        hs.append(h)
    hs = np.stack(hs)
    for b, n in enumerate(lengths):
        hs[n:, b] = hs[n - 1, b]
    return hs


@gru_forward.mistake
def arguments_of_length_mask_exchanged(xs, h0, p, lengths=None):
    """`length_mask` gets its arguments in the wrong order

    It is `length_mask(T, lengths)`: first the number of steps, then one length for each sequence.
    """
    return gru_ref.length_mask(np.full(len(h0), len(xs)) if lengths is None else lengths, len(xs))


@gru_forward.mistake
def an_array_for_the_number_of_steps(xs, h0, p, lengths=None):
    """An array stands where one whole number should

    `range` and the end of a slice want one number, and lengths holds one for each sequence. Time runs over all T steps of
    xs; who is still running is the mask's business.
    """
    if lengths is None:
        lengths = np.full(xs.shape[1], len(xs))
    h, hs = h0, []
    for t in range(lengths):
        h = gru_ref.gru_step(xs[t], h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def h0_in_the_first_place(xs, h0, p, lengths=None):
    """hs[0] is h0, and the first input is never read

    hs[0] is the state *after* the first input. Before the loop h is h0; the loop begins at step 0.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    hs = [h0]
    for t in range(1, T):
        hs.append(np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], hs[-1], p), hs[-1]))
    return np.stack(hs)


@gru_forward.mistake
def none_asked_for_an_entry(xs, h0, p, lengths=None):
    """lengths=None is asked for the length of a sequence

    Without lengths every sequence has T steps, and `lengths[b]` finds no array. Ask `lengths is None` first, and put
    lengths in its place that mean the same.
    """
    hs = np.zeros((len(xs), *h0.shape))
    for b in range(xs.shape[1]):
        h = h0[b : b + 1]
        for t in range(len(xs)):
            if t < lengths[b]:
                h = gru_ref.gru_step(xs[t, b : b + 1], h, p)
            hs[t, b] = h[0]
    return hs


@gru_forward.mistake
def none_handed_to_length_mask(xs, h0, p, lengths=None):
    """`length_mask` is called with lengths=None

    Without lengths every sequence has T steps. Ask `lengths is None` first: then no mask is needed, or one for lengths
    of T each.
    """
    mask = gru_ref.length_mask(len(xs), lengths)
    h, hs = h0, []
    for x, m in zip(xs, mask, strict=True):
        h = np.where(m[:, None], gru_ref.gru_step(x, h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def truth_of_an_array(xs, h0, p, lengths=None):
    """An `if` asks for the truth of a whole array

    An array of several numbers is neither true nor false. Whether there are lengths at all is asked by `lengths is None`;
    `if lengths:` and `lengths == None` ask its entries. And at step t some sequences still run and others have ended: for
    that, `np.where` chooses sequence by sequence.
    """
    T, B, _ = xs.shape
    if not lengths:
        lengths = np.full(B, T)
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def lengths_made_a_list(xs, h0, p, lengths=None):
    """For lengths=None a list stands in for the lengths

    A number cannot be compared with a whole list; with an array it can, entry by entry. Make an array: `np.full(B, T)`.
    """
    lengths = [len(xs)] * len(h0) if lengths is None else lengths
    h, hs = h0, []
    for t in range(len(xs)):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def state_leaks_between_sequences(xs, h0, p, lengths=None):
    """Each sequence starts from where the one before it in the batch has ended

    The sequences of a batch have nothing to do with one another. In your loop over the batch, start each from its own
    row of h0.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    hs = np.zeros((T, *h0.shape))
    h = h0[:1]
    for b in range(B):
        for t in range(T):
            if t < lengths[b]:
                h = gru_ref.gru_step(xs[t, b : b + 1], h, p)
            hs[t, b] = h[0]
    return hs


@gru_forward.mistake
def every_sequence_starts_from_the_first_row(xs, h0, p, lengths=None):
    """Every sequence starts from the first row of h0

    h0 is (B, H): sequence b has its own row b.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = np.repeat(h0[:1], B, axis=0), []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def loops_over_the_batch(xs, h0, p, lengths=None):
    """The loop runs over the batch instead of time

    xs is (T, B, I). `xs[:, b]` is all of one sequence, not one step of all: its T rows do not fit the B rows of h. One
    step is `xs[t]`.
    """
    h, hs = h0, []
    for b in range(xs.shape[1]):
        h = gru_ref.gru_step(xs[:, b], h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def h0_ignored(xs, h0, p, lengths=None):
    """h0 is ignored: it starts from zeros

    Often h0 is zero, and nobody notices. But a caller who continues a sequence hands you its last state.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = np.zeros_like(h0), []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def starts_each_step_from_h0(xs, h0, p, lengths=None):
    """Every step starts from h0

    The first step is right; after it, nothing is remembered. The state that comes out of one step must go into the next.
    """
    return np.stack([gru_ref.gru_step(x, h0, p) for x in xs])


@gru_forward.mistake
def starts_each_step_from_h0_and_masks(xs, h0, p, lengths=None):
    """Every step starts from h0, though the mask is right

    The state that comes out of one step must go into the next. Is h0 written where h should be?
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h0, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def noted_before_the_step(xs, h0, p, lengths=None):
    """Each state is noted before its step: h0 comes first, and the last state is missing

    hs[t] should be the state after reading xs[t]. Take the step first, then collect.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        hs.append(h)
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
    return np.stack(hs)


@gru_forward.mistake
def h0_included(xs, h0, p, lengths=None):
    """h0 stands in front of the results

    There is one entry too many along time. h0 belongs to the caller already; wanted is one state for each input.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    hs = [h0]
    for t in range(T):
        hs.append(np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], hs[-1], p), hs[-1]))
    return np.stack(hs)


@gru_forward.mistake
def only_the_final_states(xs, h0, p, lengths=None):
    """Only the final states are returned

    They are right, but wanted is the state after each step, (T, B, H). Collect them on the way.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h = h0
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
    return h


@gru_forward.mistake
def returns_inside_the_loop(xs, h0, p, lengths=None):
    """It stops after the first step

    A `return` inside the loop ends the function in its first round. Move it to the left, after the loop.
    """
    return np.stack([gru_ref.gru_step(xs[0], h0, p)])


@gru_forward.mistake
def batch_first(xs, h0, p, lengths=None):
    """The states are right, but the batch comes first

    You have (B, T, H), wanted is (T, B, H). At `np.stack` the new axis is time, and it goes in front: axis 0.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs, axis=1)


@gru_forward.mistake
def concatenated(xs, h0, p, lengths=None):
    """The states are joined along the batch instead of stacked along time

    `np.concatenate` and `np.vstack` lengthen an axis that is there: (T·B, H). Time needs an axis of its own.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.concatenate(hs)


@gru_forward.mistake
def reads_backwards(xs, h0, p, lengths=None):
    """The sequence is read from its end

    The last entry of xs comes first here. Time runs from index 0 on; reading backwards is the next exercise.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[T - 1 - t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def input_of_the_step_before(xs, h0, p, lengths=None):
    """Each step reads the input before its own

    This is what `xs[t - 1]` gives. At t = 0 that is even xs[-1], the last input: Python counts −1 from the end.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t - 1], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def first_input_at_every_step(xs, h0, p, lengths=None):
    """Every step reads the first input

    The index of xs does not move: this is what `xs[0]` in the loop gives.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[0], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def arguments_of_the_step_exchanged(xs, h0, p, lengths=None):
    """The step gets its arguments in the wrong order

    It is `gru_step(x, h, p)`: the input first, then the state.
    """
    h, hs = h0, []
    for x in xs:
        h = gru_ref.gru_step(h, x, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def whole_sequence_in_one_step(xs, h0, p, lengths=None):
    """All of xs is handed to a single step

    `gru_step` takes one step of the batch, (B, I). xs is (T, B, I): go through it step by step.
    """
    return gru_ref.gru_step(xs, h0, p)


@gru_forward.mistake
def one_array_for_all_states(xs, h0, p, lengths=None):
    """Every step shows the last state

    Your list holds the same array T times: `h[...] = …` writes into it, and all entries change together. Give the name
    h to a new array at each step, or collect `h.copy()`.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0.copy(), []
    for t in range(T):
        h[...] = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def h0_overwritten(xs, h0, p, lengths=None):
    """The states are right, but the caller's h0 is overwritten

    `h = h0` makes no copy: it is a second name for the same array, and `h[...] = …` writes into it. Give the name h to
    a new array at each step, or begin with `h0.copy()`.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, np.empty((T, *h0.shape))
    for t in range(T):
        h[...] = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs[t] = h
    return hs


@gru_forward.mistake
def one_array_for_all_and_h0_overwritten(xs, h0, p, lengths=None):
    """Every step shows the last state, and h0 is overwritten with it

    `h = h0` makes no copy: h, h0 and all entries of your list are one array, and `h[...] = …` writes into it. Give the
    name h to a new array at each step.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h[...] = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def stands_still_one_place_too_late(xs, h0, p, lengths=None):
    """The padding is filled with the state after one step too many

    All steps were taken first, and each padding filled afterwards. A good way; but `hs[n]` has read the first entry of
    the padding, and for the longest sequence there is none. A sequence of n steps ends with the step n − 1.
    """
    h, hs = h0, []
    for x in xs:
        h = gru_ref.gru_step(x, h, p)
        hs.append(h)
    hs = np.stack(hs)
    if lengths is not None:
        for b, n in enumerate(lengths):
            hs[n:, b] = hs[n, b]
    return hs


@gru_forward.mistake
def one_decision_for_the_batch(xs, h0, p, lengths=None):
    """`if t < lengths:` wants one decision for the whole batch

    At step t some sequences still run and others have ended. An `if` knows only one True or False; `np.where` chooses
    for each sequence.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        if t < lengths:
            h = gru_ref.gru_step(xs[t], h, p)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def one_number_for_all_lengths(xs, h0, p, lengths=None):
    """For lengths=None a single number stands for all lengths

    Then `t < lengths` is one True or False, and has no axes. Make an array of B lengths, each of them T: `np.full`.
    """
    T = len(xs)
    lengths = T if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def single_sequence_without_its_batch(xs, h0, p, lengths=None):
    """A single sequence is handed to the step without an axis for the batch

    `xs[t, b]` is (I,), and the step wants (B, I). All sequences can take their step together: `xs[t]`. (One alone would be
    a batch of one, `xs[t, b : b + 1]`.)
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    hs = np.zeros((T, *h0.shape))
    for b in range(B):
        h = h0[b]
        for t in range(lengths[b]):
            h = gru_ref.gru_step(xs[t, b], h, p)
            hs[t, b] = h
    return hs


@gru_forward.mistake
def state_never_carried_on(xs, h0, p, lengths=None):
    """The state is never carried on: each step starts from h0, and the padding shows h0

    What the mask has chosen is collected, but h stays what it was. Give it the name h, before the next step is taken.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    return np.stack([np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h0, p), h0) for t in range(T)])


@gru_forward.mistake
def length_of_the_step(xs, h0, p, lengths=None):
    """lengths is asked for entry t

    Its entries belong to the sequences, not to the steps: `lengths[t]` is the length of sequence t. Compare t with all
    of them.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where(t < lengths[t], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def column_of_the_mask(xs, h0, p, lengths=None):
    """The mask of a step has an entry for each step, not for each sequence

    If it comes from `length_mask`, that is (T, B), time first like xs: step t is its row t, `mask[t]`. If it comes from
    lengths that you made for lengths=None: B lengths, each of them T, are `np.full(B, T)`.
    """
    T, B, _ = xs.shape
    mask = gru_ref.length_mask(T, np.full(B, T) if lengths is None else lengths)
    h, hs = h0, []
    for t in range(T):
        h = np.where(mask[:, t][:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def padding_filled_from_the_end(xs, h0, p, lengths=None):
    """The padding is filled with the state at the end of the array

    All steps were taken first, and each padding filled afterwards with `hs[-1]`. That has read all the padding. A sequence
    of n steps ends with the step n − 1.
    """
    h, hs = h0, []
    for x in xs:
        h = gru_ref.gru_step(x, h, p)
        hs.append(h)
    hs = np.stack(hs)
    if lengths is not None:
        for b, n in enumerate(lengths):
            hs[n:, b] = hs[-1, b]
    return hs


@gru_forward.mistake
def old_state_added_in_full(xs, h0, p, lengths=None):
    """The old state is added everywhere, not only in the padding

    This is m ⊙ h_new + h. The two parts must add up to a whole: the old state counts where the mask is 0.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = (t < lengths)[:, None] * gru_ref.gru_step(xs[t], h, p) + h
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def steps_counted_by_the_batch(xs, h0, p, lengths=None):
    """There are as many steps as sequences

    The loop runs B times. xs is (T, B, I), time first: the number of steps is `len(xs)`.
    """
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(B):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.mistake
def sizes_read_batch_first(xs, h0, p, lengths=None):
    """The sizes of xs are read in the wrong order

    It is `T, B, I = xs.shape`, time first. Your loop takes as many steps as there are sequences.
    """
    B, T, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


@gru_forward.slips(
    ("h0_ignored",),
    ("lengths_ignored", "mask_inverted", "one_step_too_many", "one_step_too_few", "padding_set_to_zero_and_read"),
    ("noted_before_the_step", "only_the_final_states", "batch_first", "concatenated"),
)
def several_slips_in_a_batch(slip, xs, h0, p, lengths=None):
    T, B, _ = xs.shape
    lengths = np.full(B, T) if lengths is None else lengths
    until = lengths + slip("one_step_too_many") - slip("one_step_too_few")
    h, hs = (np.zeros_like(h0) if slip("h0_ignored") else h0), []
    for t in range(T):
        hs.append(h)
        m = (t < until)[:, None] != slip("mask_inverted")
        x = xs[t] * m if slip("padding_set_to_zero_and_read") else xs[t]
        m = m | slip("padding_set_to_zero_and_read") | slip("lengths_ignored")
        h = np.where(m, gru_ref.gru_step(x, h, p), h)
    if slip("only_the_final_states"):
        return h
    hs = hs if slip("noted_before_the_step") else [*hs[1:], h]
    return np.concatenate(hs) if slip("concatenated") else np.stack(hs, axis=int(slip("batch_first")))


@gru_forward.law
def appended_padding_changes_nothing(f, rng):
    """appending padding changes nothing

    However long the batch is padded, the states of the sequences stay as they were, and so do the final ones.
    """
    xs, h0, p, lengths = draw_padded(rng)
    hs = f(xs, h0, p, lengths)
    longer = f(np.concatenate([xs, rng.normal(0, 1, (3, *xs.shape[1:]))]), h0, p, lengths)
    return np.allclose(longer[: len(xs)], hs) and np.allclose(longer[-1], hs[-1])


@gru_forward.law
def padding_is_never_read(f, rng):
    """what stands in the padding does not matter

    Other numbers there, the same states.
    """
    xs, h0, p, lengths = draw_padded(rng)
    inside = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    return np.allclose(f(xs, h0, p, lengths), f(np.where(inside, xs, 5.0), h0, p, lengths))


@gru_forward.law
def stands_still_after_the_end(f, rng):
    """after its end the state of a sequence stands still

    hs[-1] holds every sequence's final state, that of its own last step.
    """
    xs, h0, p, lengths = draw_padded(rng)
    hs = f(xs, h0, p, lengths)
    return np.allclose(hs[-1], hs[lengths - 1, np.arange(len(lengths))])


@gru_forward.law
def a_sequence_is_the_same_alone(f, rng):
    """a sequence gives the same states alone, without padding, as in the batch

    Who else is in the batch does not matter, nor how long the others are.
    """
    xs, h0, p, lengths = draw_padded(rng)
    b, n = int(lengths.argmin()), int(lengths.min())
    return np.allclose(f(xs, h0, p, lengths)[:n, b], f(xs[:n, b : b + 1], h0[b : b + 1], p)[:, 0])


@gru_forward.law
def no_lengths_means_all_steps(f, rng):
    """without lengths every sequence has T steps

    lengths=None and an array of T for each sequence are the same.
    """
    xs, h0, p, lengths = draw_padded(rng)
    return np.allclose(f(xs, h0, p), f(xs, h0, p, np.full_like(lengths, len(xs))))


@gru_forward.law
def two_parts_make_a_whole(f, rng):
    """reading two parts one after the other is reading the whole

    Hand the last state of the first part to the second as its h0.
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
    """A batch whose sequences end before T, one of them after a single step; and sizes of 1."""
    xs, lengths = draw_reversal(rng)
    lengths = lengths - 1
    lengths[lengths.argmin()] = 1
    return (xs, lengths), *thin(draw_reversal, THIN_RUNS)


reverse_padded = Exercise(
    reference=gru_ref.reverse_padded,
    inputs=draw_reversal,
    axes="T B I",
    edges=reversal_edges(np.random.default_rng(7)),
    hints=(
        "Take one sequence by itself. Of column b only the first lengths[b] entries are turned round.",
        "Begin with a copy of xs, so that the padding is right already. Then go through the batch and overwrite what is "
        "turned.",
        "With `n = lengths[b]`: the first n entries of column b are `xs[:n, b]`, and `[::-1]` behind it turns them.",
    ),
)


@reverse_padded.mistake
def padding_reversed_too(xs, lengths):
    """The padding is turned round together with the sequence

    This is `xs[::-1]`: the padding comes first now, and a network would begin by reading it. Turn only the first
    `lengths[b]` entries of sequence b.
    """
    return xs[::-1].copy()


@reverse_padded.mistake
def unchanged(xs, lengths):
    """Nothing is turned

    `a[::-1]` gives a new view and leaves a as it is; written alone on a line it does nothing. Writing into a copy that is
    not returned does nothing either. And where entries are exchanged in pairs, a loop over all n of them exchanges each
    pair twice.
    """
    return xs.copy()


@reverse_padded.mistake
def batch_reversed(xs, lengths):
    """The batch is turned round, not time

    Time is the first axis: `xs[:, ::-1]` exchanges sequences with one another.
    """
    return xs[:, ::-1].copy()


@reverse_padded.mistake
def inputs_reversed(xs, lengths):
    """The numbers of each input are turned round, not time

    Time is the first axis. `xs[..., ::-1]` turns the last one.
    """
    return xs[..., ::-1].copy()


@reverse_padded.mistake
def inputs_of_each_sequence_reversed(xs, lengths):
    """Within each length the numbers of the inputs are turned round, not time

    The lengths are right. But in `a[:, ::-1]` it is the second axis of a that turns; of one sequence, (n, I), time is
    the first.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[:n, b, ::-1]
    return out


@reverse_padded.mistake
def everything_reversed(xs, lengths):
    """All three axes are turned round

    `np.flip(xs)` without an axis turns every one. Only time is to be turned, and only within each length.
    """
    return np.flip(xs).copy()


@reverse_padded.mistake
def one_length_for_all(xs, lengths):
    """All sequences are turned within the length of the first

    Sequence b has its own length, `lengths[b]`.
    """
    n = lengths[0]
    return np.concatenate([xs[:n][::-1], xs[n:]])


@reverse_padded.mistake
def shortest_length_for_all(xs, lengths):
    """All sequences are turned within the shortest length

    Sequence b has its own length, `lengths[b]`.
    """
    n = lengths.min()
    return np.concatenate([xs[:n][::-1], xs[n:]])


@reverse_padded.mistake
def longest_length_for_all(xs, lengths):
    """All sequences are turned within the longest length

    Sequence b has its own length, `lengths[b]`; the shorter ones get their padding in front.
    """
    n = lengths.max()
    return np.concatenate([xs[:n][::-1], xs[n:]])


@reverse_padded.mistake
def last_entry_left_out(xs, lengths):
    """The last entry of each sequence stays where it is

    One entry too few is turned: `[:n - 1]` ends before entry n − 1. A slice `[:n]` holds n entries already.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[: n - 1, b] = xs[: n - 1, b][::-1]
    return out


@reverse_padded.mistake
def first_entry_left_out(xs, lengths):
    """The first entry of each sequence stays where it is

    The turned part begins at entry 1. In Python the first entry is 0.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[1:n, b] = xs[1:n, b][::-1]
    return out


@reverse_padded.mistake
def one_entry_too_many(xs, lengths):
    """One entry of the padding is turned with each sequence

    A slice `[:n + 1]` holds n + 1 entries. A sequence of n steps has the entries 0 to n − 1.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[: n + 1, b] = xs[: n + 1, b][::-1]
    return out


@reverse_padded.mistake
def index_off_by_one(xs, lengths):
    """The last entry of a sequence is looked for one place too late

    A sequence of n steps ends at index n − 1, so what comes to place t stood at n − 1 − t. With n − t the index goes
    into the padding, and beyond the array for the longest sequence.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            out[t, b] = xs[n - t, b]
    return out


@reverse_padded.mistake
def slice_stops_before_the_first(xs, lengths):
    """The slice stops before entry 0

    In `a[n - 1:0:-1]` the end, 0, is not included, so one entry is missing. Going backwards to the very beginning is
    written without an end.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[n - 1 : 0 : -1, b]
    return out


@reverse_padded.mistake
def slice_from_the_length(xs, lengths):
    """The slice begins in the padding and stops before entry 0

    A sequence of n steps ends at index n − 1, so going backwards begins there, not at n; and an end of 0 is not
    included.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[n:0:-1, b]
    return out


@reverse_padded.mistake
def slice_begins_in_the_padding(xs, lengths):
    """The slice begins one entry too late, in the padding

    A sequence of n steps ends at index n − 1. `a[n::-1]` begins at n, and so holds one entry too many.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[n::-1, b]
    return out


@reverse_padded.mistake
def negative_indices(xs, lengths):
    """The sequences are turned, but so is the padding, by itself

    In the padding lengths − 1 − t is negative, and Python counts a negative index from the end. The padding should stay
    where it is: entry t there comes from place t.
    """
    t = np.arange(len(xs))[:, None]
    return xs[lengths - 1 - t, np.arange(xs.shape[1])]


@reverse_padded.mistake
def first_entry_repeated(xs, lengths):
    """The sequences are turned, but the padding is filled with their first entry

    An index cut off at 0 points to entry 0 throughout the padding. There entry t should come from place t.
    """
    t = np.arange(len(xs))[:, None]
    return xs[np.maximum(lengths - 1 - t, 0), np.arange(xs.shape[1])]


@reverse_padded.mistake
def padding_zeroed(xs, lengths):
    """The sequences are turned, but the padding is zero now

    It should stay as it was. Then turning twice changes nothing. Begin with a copy of xs, not with zeros.
    """
    out = np.zeros_like(xs)
    for b, n in enumerate(lengths):
        out[:n, b] = xs[:n, b][::-1]
    return out


@reverse_padded.mistake
def padding_in_front(xs, lengths):
    """The sequences are turned, but the padding stands in front of them

    A sequence should still begin at entry 0, and its padding follow.
    """
    out = np.empty_like(xs)
    for b, n in enumerate(lengths):
        out[:, b] = np.concatenate([xs[n:, b], xs[:n, b][::-1]])
    return out


@reverse_padded.mistake
def xs_overwritten(xs, lengths):
    """The result is right, but the caller's xs is overwritten

    Writing into xs changes the array of whoever called you, and `out = xs` is only a second name for it. Begin with
    `xs.copy()`.
    """
    for b, n in enumerate(lengths):
        xs[:n, b] = xs[:n, b][::-1].copy()
    return xs


@reverse_padded.mistake
def overwritten_while_it_is_read(xs, lengths):
    """The second half of each sequence is its first half again

    Entries are overwritten before they are read, and they belong to the caller as well. Read from xs, and write into a
    copy.
    """
    for b, n in enumerate(lengths):
        for t in range(n):
            xs[t, b] = xs[n - 1 - t, b]
    return xs


@reverse_padded.mistake
def copy_overwritten_while_it_is_read(xs, lengths):
    """The second half of each sequence is its first half again, turned

    You read from the array that you write into, and what is read there late has been overwritten before. Read from xs.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            out[t, b] = out[n - 1 - t, b]
    return out


@reverse_padded.mistake
def sequence_and_time_exchanged(xs, lengths):
    """The first index is taken for the sequence

    xs is (T, B, I), time first: sequence b is the column `xs[:, b]`, not `xs[b]`.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[b, :n] = xs[b, :n][::-1]
    return out


@reverse_padded.mistake
def cut_by_an_array(xs, lengths):
    """A slice cannot end at several places at once

    `xs[:lengths]` would need one whole number, and lengths holds one for each sequence. Go through the batch, or
    compute for each place the index it comes from.
    """
    return xs[:lengths][::-1]


@reverse_padded.mistake
def cut_after_turning(xs, lengths):
    """Everything is turned first, and cut after: the sequences begin with their padding

    `xs[::-1][:n]` holds the last n entries of the whole array. Cut first, to the first n, and turn those.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[::-1][:n, b]
    return out


@reverse_padded.mistake
def written_to_the_end(xs, lengths):
    """The turned sequences are written to the end of the array

    `[-n:]` are the last n places. A sequence begins at place 0, and its padding comes after it.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[-n:, b] = xs[:n, b][::-1]
    return out


@reverse_padded.mistake
def each_sequence_flipped_on_all_axes(xs, lengths):
    """Within each length the inputs are turned round, too

    `np.flip` without an axis turns all of them: time, and the numbers of each input. Only time, the first axis, is meant.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = np.flip(xs[:n, b])
    return out


@reverse_padded.mistake
def whole_batch_turned_for_each_length(xs, lengths):
    """For each length the whole batch is turned

    In your loop each length acts on all sequences, one after the other. Length n belongs to one sequence: take that
    column alone.
    """
    out = xs.copy()
    for n in lengths:
        out[:n] = out[:n][::-1].copy()
    return out


@reverse_padded.mistake
def slice_that_ends_at_minus_one(xs, lengths):
    """The slice is empty

    In `a[n - 1 : -1 : -1]` the end −1 means the last entry, not the place before entry 0. To cut first and turn then is
    simpler: `[:n]`, and `[::-1]` behind it.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = xs[n - 1 : -1 : -1, b]
    return out


@reverse_padded.mistake
def whole_batch_cut_at_each_length(xs, lengths):
    """Each length acts on the whole batch

    In your loop a length turns all sequences, and the next one writes over it. Length n belongs to one sequence: take that
    column alone.
    """
    out = xs.copy()
    for n in lengths:
        out[:n] = xs[:n][::-1]
    return out


@reverse_padded.mistake
def turned_as_one_list(xs, lengths):
    """All sequences are turned together, as one list

    `xs[mask]` puts the entries of all sequences in one list, step by step. Turned, the last sequence's entries stand where
    the first one's should. Turn each sequence by itself.
    """
    out = xs.copy()
    mask = gru_ref.length_mask(len(xs), lengths)
    out[mask] = xs[mask][::-1]
    return out


@reverse_padded.mistake
def lengths_taken_for_indices(xs, lengths):
    """The loop takes the lengths for numbers of sequences

    `for b in lengths` gives the lengths themselves. `enumerate(lengths)` gives both: the number of the sequence, and its
    length.
    """
    out = xs.copy()
    for b in lengths:
        out[: lengths[b], b] = xs[: lengths[b], b][::-1]
    return out


@reverse_padded.mistake
def places_without_their_sequence(xs, lengths):
    """Each place fetches a whole step of the batch

    One array of indices on the first axis takes all sequences with it: (T, B, B, I). Each place goes with one sequence,
    so the second axis needs an index as well.
    """
    t = np.arange(len(xs))[:, None]
    return xs[np.where(t < lengths, lengths - 1 - t, t)]


@reverse_padded.mistake
def turned_with_the_batch_first(xs, lengths):
    """The sequences are turned, but the batch comes first

    You have (B, T, I), wanted is (T, B, I), as xs is. `np.stack` can put the new axis in second place.
    """
    return np.stack([np.concatenate([xs[:n, b][::-1], xs[n:, b]]) for b, n in enumerate(lengths)])


@reverse_padded.mistake
def sequences_without_padding_stacked(xs, lengths):
    """The turned sequences differ in length, and cannot be stacked

    The padding is part of the result, too. Begin with a copy of xs and overwrite what is turned.
    """
    return np.stack([xs[:n, b][::-1] for b, n in enumerate(lengths)], axis=1)


@reverse_padded.mistake
def reversed_like_a_list(xs, lengths):
    """An array has no method `reverse`

    Lists have one. An array is turned by a slice, `a[::-1]`, or by `np.flip` with its axis.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b].reverse()
    return out


@reverse_padded.mistake
def iterator_in_place_of_an_array(xs, lengths):
    """`reversed` makes no array

    It makes an iterator, for loops. An array is turned by a slice, `a[::-1]`, or by `np.flip` with its axis.
    """
    out = xs.copy()
    for b, n in enumerate(lengths):
        out[:n, b] = reversed(xs[:n, b])
    return out


@reverse_padded.mistake
def list_of_sequences(xs, lengths):
    """This is a list of turned sequences, without their padding

    The task asks for one array like xs, with the padding where it was. Begin with a copy of xs and overwrite what is turned.
    """
    return [xs[:n, b][::-1] for b, n in enumerate(lengths)]


def is_turned_in_other_padding(args, result):
    """Whether each sequence is turned, but the padding is not what it was."""
    xs, lengths = args
    return (
        np.shape(result) == xs.shape
        and all(np.array_equal(result[:n, b], xs[:n, b][::-1]) for b, n in enumerate(lengths))
        and not all(np.array_equal(result[n:, b], xs[n:, b]) for b, n in enumerate(lengths))
    )


@reverse_padded.mistake(when=is_turned_in_other_padding)
def padding_of_another_kind(xs, lengths):
    """The sequences are turned, but the padding holds other numbers than before

    It should stay as it was. An array from `np.empty` or `np.empty_like` holds whatever was in the memory: begin with a
    copy of xs.
    """
    out = np.full_like(xs, 7.0)
    for b, n in enumerate(lengths):
        out[:n, b] = xs[:n, b][::-1]
    return out


@reverse_padded.slips(
    ("padding_zeroed",),
    ("sequence_and_time_exchanged", "inputs_of_each_sequence_reversed", "one_entry_too_many", "last_entry_left_out"),
)
def several_slips_in_turning(slip, xs, lengths):
    out = np.zeros_like(xs) if slip("padding_zeroed") else xs.copy()
    for b, n in enumerate(lengths):
        n = n + slip("one_entry_too_many") - slip("last_entry_left_out")
        if slip("sequence_and_time_exchanged"):
            out[b, :n] = xs[b, :n][::-1]
        elif slip("inputs_of_each_sequence_reversed"):
            out[:n, b] = xs[:n, b, ::-1]
        else:
            out[:n, b] = xs[:n, b][::-1]
    return out


@reverse_padded.law
def twice_is_the_identity(f, rng):
    """turning twice changes nothing

    So nothing may get lost, in the padding either.
    """
    xs, lengths = draw_reversal(rng)
    return np.allclose(f(f(xs, lengths), lengths), xs)


@reverse_padded.law
def padding_stays(f, rng):
    """the padding stays where it is

    Beyond its length a sequence is not touched.
    """
    xs, lengths = draw_reversal(rng)
    outside = ~gru_ref.length_mask(len(xs), lengths)
    return np.allclose(f(xs, lengths)[outside], xs[outside])


@reverse_padded.law
def full_lengths_turn_everything(f, rng):
    """where nothing is padded, it is xs[::-1]

    With all lengths T, the whole batch is turned round in time.
    """
    xs, lengths = draw_reversal(rng)
    return np.allclose(f(xs, np.full_like(lengths, len(xs))), xs[::-1])


@reverse_padded.law
def begins_with_the_last_entry(f, rng):
    """each sequence begins with what was its last entry

    That stood at lengths[b] − 1.
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
    inputs=draw_both,
    axes="T B 2H",
    edges=(short_of_the_end(np.random.default_rng(7)), *thin(draw_both, THIN_RUNS)),
    hints=(
        "Two runs of `gru_ref.gru_forward`, each from zeros of shape (B, H): one over xs, one over the turned batch. H is "
        "the number of rows of any weight matrix.",
        "The backward states come in reading order: its first is that of the last step. Turn them back, with the same "
        "function, so that both halves speak of the same step.",
        "Join both along the last axis. Last, multiply by the mask, which needs a third axis: "
        "`gru_ref.length_mask(T, lengths)[:, :, None]`.",
    ),
)


@bidirectional.mistake
def backward_states_not_turned_back(xs, p_forward, p_backward, lengths):
    """The backward states stand in reading order

    Backwards the last step is read first, so its state comes first. At place t should stand the state of step t: turn
    the states back.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def padding_read_first(xs, p_forward, p_backward, lengths):
    """The backward direction reads the padding first

    This is `xs[::-1]`, and `[::-1]` again for the states. For a short sequence that begins with its padding. Each
    sequence has to be turned within its own length, which is what `reverse_padded` is for.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward)
    backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, p_backward)[::-1]
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def padding_read_first_within_the_lengths(xs, p_forward, p_backward, lengths):
    """The backward direction reads the padding first, and stops after `lengths` entries of it

    After `xs[::-1]` the padding stands in front, and `gru_forward` reads the first `lengths[b]` entries: padding, and
    not all of the sequence. Turn each sequence within its own length: `reverse_padded`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, p_backward, lengths)[::-1]
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def states_turned_back_with_their_padding(xs, p_forward, p_backward, lengths):
    """The inputs are turned within their lengths, but the states with all their padding

    `[::-1]` brings the padding to the front. Turn the states back as you turned the inputs: `reverse_padded`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)[::-1]
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def inputs_turned_with_their_padding(xs, p_forward, p_backward, lengths):
    """The states are turned back within their lengths, but the inputs with all their padding

    `xs[::-1]` brings the padding to the front, and the backward direction reads it. Turn the inputs as you turn the
    states: `reverse_padded`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, p_backward, lengths)
    backward = gru_ref.reverse_padded(backward, lengths)
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def both_read_forwards(xs, p_forward, p_backward, lengths):
    """Both directions read forwards

    The second half is a forward run with p_backward. Its input has to be turned first, and its states back after.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    runs = [gru_ref.gru_forward(xs, h0, p, lengths) for p in (p_forward, p_backward)]
    return np.concatenate(runs, axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def states_turned_instead_of_inputs(xs, p_forward, p_backward, lengths):
    """The states are turned, but the inputs are not

    The second half was computed reading forwards, and then shown in the opposite order. Turn the *inputs* before the
    run, and the states back after it.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.reverse_padded(gru_ref.gru_forward(xs, h0, p_backward, lengths), lengths)
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def forward_parameters_for_both(xs, p_forward, p_backward, lengths):
    """Both directions use p_forward

    The backward direction is a network of its own, with its own parameters, p_backward.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_forward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def parameters_exchanged(xs, p_forward, p_backward, lengths):
    """The parameters are exchanged

    p_forward reads backwards here, and p_backward forwards.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_backward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_forward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def backward_half_first(xs, p_forward, p_backward, lengths):
    """The backward half comes first

    Both halves are right, in the wrong order: forward first, then backward.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([gru_ref.reverse_padded(backward, lengths), forward], axis=2)
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def states_stand_still_in_the_padding(xs, p_forward, p_backward, lengths):
    """The result is not zero in the padding: the states stand still

    `gru_forward` lets a state stand still after the end. For both directions together there is no such end to stand at,
    and the result is zero there, as PyTorch's: multiply by the mask, or choose with it.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)


@bidirectional.mistake
def not_zero_and_read_on(xs, p_forward, p_backward, lengths):
    """The result is not zero in the padding: the states read on

    Neither run was told the lengths. That does no harm to the steps themselves, where the padding comes last in both
    directions. But the result should be zero there: multiply by the mask, or choose with it.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward)
    return np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)


@bidirectional.mistake
def only_the_forward_half_masked(xs, p_forward, p_backward, lengths):
    """Only the forward half is zero in the padding

    The mask belongs on both halves: join them first, then multiply.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths) * gru_ref.length_mask(len(xs), lengths)[:, :, None]
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)


@bidirectional.mistake
def only_the_backward_half_masked(xs, p_forward, p_backward, lengths):
    """Only the backward half is zero in the padding

    The mask belongs on both halves: join them first, then multiply.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    backward = gru_ref.reverse_padded(backward, lengths) * gru_ref.length_mask(len(xs), lengths)[:, :, None]
    return np.concatenate([forward, backward], axis=2)


@bidirectional.mistake
def halves_added(xs, p_forward, p_backward, lengths):
    """The two halves are added

    Some libraries offer that, too. Here both are kept side by side, (T, B, 2H): join them along the last axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return (forward + gru_ref.reverse_padded(backward, lengths)) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def halves_joined_along_time(xs, p_forward, p_backward, lengths):
    """The two halves are joined along time

    `np.concatenate` joins along axis 0, unless told otherwise: (2T, B, H). The task asks for (T, B, 2H).
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward * m, gru_ref.reverse_padded(backward, lengths) * m])


@bidirectional.mistake
def joined_along_time_and_masked(xs, p_forward, p_backward, lengths):
    """The two halves are joined along time, and the mask does not fit

    `np.concatenate` joins along axis 0, unless told otherwise: (2T, B, H). The task asks for (T, B, 2H), the last axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)])
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def joined_along_the_batch_and_masked(xs, p_forward, p_backward, lengths):
    """The two halves are joined along the batch, and the mask does not fit

    That is (T, 2B, H), as if there were twice as many sequences; `np.hstack` does so, too. The task asks for (T, B, 2H), the last
    axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.hstack([forward, gru_ref.reverse_padded(backward, lengths)])
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def mask_of_the_longest_length(xs, p_forward, p_backward, lengths):
    """The mask ends with the longest sequence, but xs may go on

    A batch may be padded beyond its longest sequence. The mask needs a row for each of the T entries of xs.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(lengths.max(), lengths)[:, :, None]


@bidirectional.mistake
def padding_cut_out(xs, p_forward, p_backward, lengths):
    """The padding is cut out, and time and batch are one axis now

    `hs[mask]` keeps the True entries in one long list. The result should still be (T, B, 2H), with zeros in the padding.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both[gru_ref.length_mask(len(xs), lengths)]


@bidirectional.mistake
def both_halves_turned_back(xs, p_forward, p_backward, lengths):
    """Both halves are turned back, the forward one, too

    The forward states stand in the right order already. Turn the backward ones alone, before the halves are joined.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = gru_ref.reverse_padded(np.concatenate([forward, backward], axis=2), lengths)
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def states_that_read_on_turned_with_their_padding(xs, p_forward, p_backward, lengths):
    """The backward states are turned back with all their padding

    The inputs are turned within their lengths, but `[::-1]` on the states brings the padding to the front. Turn the states
    back as you turned the inputs: `reverse_padded`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward)[::-1]
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def halves_joined_along_the_batch(xs, p_forward, p_backward, lengths):
    """The two halves are joined along the batch

    That is (T, 2B, H), as if there were twice as many sequences. The task asks for (T, B, 2H): the units are the last axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward * m, gru_ref.reverse_padded(backward, lengths) * m], axis=1)


@bidirectional.mistake
def halves_stacked(xs, p_forward, p_backward, lengths):
    """The two halves are stacked on an axis of their own

    `np.stack` makes a new axis. The task asks for (T, B, 2H): lengthen the last one, with `np.concatenate` and its axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.stack([forward * m, gru_ref.reverse_padded(backward, lengths) * m])


@bidirectional.mistake
def halves_as_a_pair(xs, p_forward, p_backward, lengths):
    """The two halves are returned as a pair

    Join them to one array, (T, B, 2H), along the last axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return forward * m, gru_ref.reverse_padded(backward, lengths) * m


@bidirectional.mistake
def starts_where_the_forward_run_ended(xs, p_forward, p_backward, lengths):
    """The backward direction starts from the forward direction's final state

    The two are independent of each other. Both start from zeros.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), forward[-1].copy(), p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def backward_run_over_the_forward_states(xs, p_forward, p_backward, lengths):
    """The backward direction reads the forward states instead of the inputs

    That would be a second layer. Both directions read xs.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(forward, lengths), h0, p_backward, lengths)
    return np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)


@bidirectional.mistake
def h0_without_a_batch(xs, p_forward, p_backward, lengths):
    """The starting state has no axis for the batch

    `gru_forward` wants h0 as (B, H), one row for each sequence, when it is all zeros, too.
    """
    h0 = np.zeros(len(p_forward.W_hr))
    return gru_ref.gru_forward(xs, h0, p_forward, lengths)


@bidirectional.mistake
def h0_of_the_inputs_size(xs, p_forward, p_backward, lengths):
    """The starting state has as many units as the input

    H is the number of units: read it off the parameters, such as `len(p_forward.W_hr)`, not off xs.
    """
    h0 = np.zeros(xs.shape[1:])
    return gru_ref.gru_forward(xs, h0, p_forward, lengths)


@bidirectional.mistake
def h0_for_both_directions(xs, p_forward, p_backward, lengths):
    """The starting state has 2H units

    Each direction is a network of H units with a starting state of its own, (B, H). 2H are there only when the two are
    joined.
    """
    h0 = np.zeros((xs.shape[1], 2 * len(p_forward.W_hr)))
    return gru_ref.gru_forward(xs, h0, p_forward, lengths)


@bidirectional.mistake
def h0_of_the_number_of_arrays(xs, p_forward, p_backward, lengths):
    """The starting state has 12 units

    `len(p_forward)` counts the arrays of a GRUParams. H is the number of rows of one of them.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward)))
    return gru_ref.gru_forward(xs, h0, p_forward, lengths)


@bidirectional.mistake
def no_starting_state(xs, p_forward, p_backward, lengths):
    """h0 is None

    `gru_forward` wants a starting state: zeros of shape (B, H).
    """
    return gru_ref.gru_forward(xs, None, p_forward, lengths)


@bidirectional.mistake
def joined_and_masked_without_an_axis(xs, p_forward, p_backward, lengths):
    """The mask has no axis for the units

    It is (T, B), and the states are (T, B, 2H). NumPy lines shapes up from their ends. Give the mask a third axis of
    size 1: `mask[:, :, None]`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(len(xs), lengths)


@bidirectional.mistake
def units_turned_back(xs, p_forward, p_backward, lengths):
    """The units of the backward half are turned round, not its steps

    `[..., ::-1]` turns the last axis. It is time that has to be turned back, the first one, within each length.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)[..., ::-1]
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def turned_with_the_padding_and_not_back(xs, p_forward, p_backward, lengths):
    """The backward direction reads the padding first, and its states are not turned back

    Two things at once: `xs[::-1]` puts the padding in front, where `reverse_padded` would leave it behind; and the states
    come in reading order, the last step first.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward)
    backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, p_backward)
    return np.concatenate([forward, backward], axis=2) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def zeros_read_first(xs, p_forward, p_backward, lengths):
    """The padding is set to zero, and the backward direction reads these zeros first

    Zeros are read like any input: the state that meets the sequence's last step is no longer zero. Turn each sequence
    within its own length: `reverse_padded`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    forward = gru_ref.gru_forward(xs * m, h0, p_forward)
    backward = gru_ref.gru_forward(np.ascontiguousarray((xs * m)[::-1]), h0, p_backward)[::-1]
    return np.concatenate([forward, backward], axis=2) * m


@bidirectional.mistake
def padding_read_first_within_the_lengths_and_not_zero(xs, p_forward, p_backward, lengths):
    """The backward direction reads the padding first, and the result is not zero in the padding

    After `xs[::-1]` the padding stands in front, and `gru_forward` reads the first `lengths[b]` entries: padding, and
    not all of the sequence. Turn each sequence within its own length: `reverse_padded`. And at the end the mask is missing.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, p_backward, lengths)[::-1]
    return np.concatenate([forward, backward], axis=2)


@bidirectional.mistake
def number_for_h0(xs, p_forward, p_backward, lengths):
    """h0 is a number

    `gru_forward` wants an array of shape (B, H), one row for each sequence, when it is all zeros, too.
    """
    return gru_ref.gru_forward(xs, 0, p_forward, lengths)


@bidirectional.mistake
def mask_inverted_for_both(xs, p_forward, p_backward, lengths):
    """The sequences are zero, and the padding is not

    The mask is the wrong way round: it should be True within each length.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * ~gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def only_the_backward_half(xs, p_forward, p_backward, lengths):
    """Only the backward half is returned

    It is right. The task asks for both halves side by side, (T, B, 2H), the forward states first.
    """
    h0 = np.zeros((xs.shape[1], len(p_backward.W_hr)))
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return gru_ref.reverse_padded(backward, lengths) * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def final_states_only(xs, p_forward, p_backward, lengths):
    """Only the final states of both directions are returned

    They are right, and good for an answer about the whole sequence. The task asks for the states at every step, (T, B, 2H).
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate([forward[-1], backward[-1]], axis=1)


@bidirectional.mistake
def halves_averaged(xs, p_forward, p_backward, lengths):
    """The two halves are averaged

    Some libraries offer that, too. Here both are kept side by side, (T, B, 2H): join them along the last axis.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    both = (forward + gru_ref.reverse_padded(backward, lengths)) / 2
    return both * gru_ref.length_mask(len(xs), lengths)[:, :, None]


@bidirectional.mistake
def halves_not_in_a_list(xs, p_forward, p_backward, lengths):
    """`np.concatenate` is given two arrays instead of a list of two

    It takes the second for its axis. Both go into one list: `np.concatenate([a, b], axis=…)`.
    """
    h0 = np.zeros((xs.shape[1], len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths)
    return np.concatenate(forward, backward, axis=2)


@bidirectional.mistake
def arguments_of_gru_forward_exchanged(xs, p_forward, p_backward, lengths):
    """`gru_forward` does not get its arguments in its order

    It is `gru_forward(xs, h0, p, lengths)`: after the inputs the starting state, then the parameters. The starting state
    cannot be left out.
    """
    return gru_ref.gru_forward(xs, p_forward, np.zeros((xs.shape[1], len(p_forward.W_hr))), lengths)


@bidirectional.mistake
def arguments_of_reverse_padded_exchanged(xs, p_forward, p_backward, lengths):
    """`reverse_padded` gets its arguments in the wrong order

    It is `reverse_padded(xs, lengths)`: first what is turned, then the lengths.
    """
    return gru_ref.reverse_padded(lengths, xs)


@bidirectional.mistake
def arguments_of_length_mask_exchanged_here(xs, p_forward, p_backward, lengths):
    """`length_mask` gets its arguments in the wrong order

    It is `length_mask(T, lengths)`: first the number of steps, then one length for each sequence.
    """
    return gru_ref.length_mask(lengths, len(xs))


@bidirectional.mistake
def h0_with_a_row_for_each_step(xs, p_forward, p_backward, lengths):
    """The starting state has a row for each step, not for each sequence

    h0 is (B, H). xs is (T, B, I), time first: B is its second size.
    """
    h0 = np.zeros((xs.shape[0], len(p_forward.W_hr)))
    return gru_ref.gru_forward(xs, h0, p_forward, lengths)


@bidirectional.slips(
    ("backward_states_not_turned_back", "both_read_forwards", "padding_read_first"),
    ("forward_parameters_for_both", "parameters_exchanged"),
    ("states_stand_still_in_the_padding", "not_zero_and_read_on", "halves_added", "halves_joined_along_time"),
)
def several_slips_in_both_directions(slip, xs, p_forward, p_backward, lengths):
    p, q = (p_backward, p_forward) if slip("parameters_exchanged") else (p_forward, p_backward)
    q = p_forward if slip("forward_parameters_for_both") else q
    h0 = np.zeros((xs.shape[1], len(p.W_hr)))
    m = gru_ref.length_mask(len(xs), lengths)[:, :, None]
    m = m | slip("states_stand_still_in_the_padding") | slip("not_zero_and_read_on")
    told = None if slip("not_zero_and_read_on") else lengths
    forward = gru_ref.gru_forward(xs, h0, p, told)
    if slip("both_read_forwards"):
        backward = gru_ref.gru_forward(xs, h0, q, told)
    elif slip("padding_read_first"):
        backward = gru_ref.gru_forward(np.ascontiguousarray(xs[::-1]), h0, q)[::-1]
    else:
        backward = gru_ref.gru_forward(gru_ref.reverse_padded(xs, lengths), h0, q, told)
        if not slip("backward_states_not_turned_back"):
            backward = gru_ref.reverse_padded(backward, lengths)
    halves = [forward * m, backward * m]
    if slip("halves_added"):
        return sum(halves)
    return np.concatenate(halves, axis=0 if slip("halves_joined_along_time") else 2)


@bidirectional.law
def padding_is_zero(f, rng):
    """it is zero in the padding

    As PyTorch's padded output is.
    """
    xs, p_forward, p_backward, lengths = draw_both(rng)
    return not f(xs, p_forward, p_backward, lengths)[~gru_ref.length_mask(len(xs), lengths)].any()


@bidirectional.law
def forward_half_does_not_look_ahead(f, rng):
    """another last input changes only the last forward state, but all backward ones

    The forward half knows what came before a step, the backward half what comes after it.
    """
    xs, p_forward, p_backward, _ = draw_both(rng)
    lengths, H = np.full(xs.shape[1], len(xs)), len(p_forward.W_hr)
    other = xs.copy()
    other[-1] += 1
    changed = ~np.isclose(f(xs, p_forward, p_backward, lengths), f(other, p_forward, p_backward, lengths), 0, 0)
    return not changed[:-1, :, :H].any() and changed[:, :, H:].any(axis=2).all()


@bidirectional.law
def turning_the_batch_exchanges_the_halves(f, rng):
    """reading the turned batch with exchanged parameters gives the same, turned, with its halves exchanged

    What is forwards for one is backwards for the other.
    """
    xs, p_forward, p_backward, lengths = draw_both(rng)
    H = len(p_forward.W_hr)
    turned = f(gru_ref.reverse_padded(xs, lengths), p_backward, p_forward, lengths)
    turned = gru_ref.reverse_padded(turned, lengths)
    return np.allclose(np.concatenate([turned[..., H:], turned[..., :H]], 2), f(xs, p_forward, p_backward, lengths))


@bidirectional.law
def appended_padding_changes_nothing_here(f, rng):
    """appending padding changes nothing

    The backward direction begins at each sequence's own last step, wherever the batch ends.
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
    """Arguments (hs, lengths, W, b, kind); what stands in the padding means nothing."""
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
    inputs=draw_readout,
    edges=readout_edges(np.random.default_rng(2)),
    branch=lambda hs, lengths, W, b, kind: kind,
    hints=(
        'All three kinds share one linear map: `… @ W.T + b`. For "steps" it takes all of hs, for the other two each '
        "sequence's own last state, (B, H).",
        "The last state of sequence b stands at `hs[lengths[b] - 1, b]`. Two arrays as indices pick one entry each: "
        "`hs[lengths - 1, np.arange(B)]`.",
        '"class": take the largest number off each row before `np.exp`, then divide each row by its own sum; '
        '`axis=1, keepdims=True` for both. "steps": the mask comes last, after the bias.',
    ),
)


@readout.mistake
def last_entry_for_all(hs, lengths, W, b, kind):
    """The answer is read at hs[-1], where most sequences have ended

    It happens to be right where states stand still in the padding. But hs may as well be zero there, as PyTorch's output
    is, and here it holds numbers without meaning. Each sequence has its own last step.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[-1] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def one_step_too_late(hs, lengths, W, b, kind):
    """The last state is looked for one place too late

    A sequence of n steps ends at index n − 1. At n its padding begins, and for the longest the array is at its end.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def one_step_too_early(hs, lengths, W, b, kind):
    """The last state is looked for one place too early

    A sequence of n steps ends at index n − 1, not n − 2.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 2, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def first_state(hs, lengths, W, b, kind):
    """The answer is read off the first state

    That has read one input only. The final state has read all of its sequence.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[0] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def rows_of_all_lengths(hs, lengths, W, b, kind):
    """hs[lengths - 1] takes whole rows of the batch

    For each length that is a step of *all* sequences: (B, B, H). Each length goes with one sequence, so the second axis
    needs an index as well.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def longest_length_for_all_answers(hs, lengths, W, b, kind):
    """All answers are read at the end of the longest sequence

    The shorter ones have ended before. Each sequence has its own last step.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths.max() - 1] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mean_over_time(hs, lengths, W, b, kind):
    """The answer is read off the mean of the states over all steps, padding included

    A mean over a sequence's own steps is a good choice for some tasks. Here the *final* state is asked for.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs.mean(axis=0) @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mean_over_the_sequence(hs, lengths, W, b, kind):
    """The answer is read off the mean of the sequence's states

    That is a good choice for some tasks, and your mean leaves out the padding. Here the *final* state is asked for.
    """
    m = gru_ref.length_mask(len(hs), lengths)[:, :, None]
    if kind == "steps":
        return (hs @ W.T + b) * m
    a = (hs * m).sum(axis=0) / lengths[:, None] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def weights_not_transposed(hs, lengths, W, b, kind):
    """W is not transposed

    A state is a row of H numbers, and W is (O, H). `h @ W` cannot work: the inner sizes are H and O.
    """
    return hs[lengths - 1, np.arange(len(lengths))] @ W + b


@readout.mistake
def weights_first(hs, lengths, W, b, kind):
    """The product is written as in the formula, W before h

    W h is for one state, a column. Here the last states are rows, (B, H): write `h @ W.T`.
    """
    return W @ hs[lengths - 1, np.arange(len(lengths))] + b


@readout.mistake
def bias_missing(hs, lengths, W, b, kind):
    """The bias b is missing

    This is exactly the result without b. It is added to each of the O outputs. (Does a loop of yours use the name b for
    something else?)
    """
    a = hs @ W.T
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def bias_shadowed_by_the_loop(hs, lengths, W, b, kind):
    """b is not the bias any more, but the number of a sequence

    Your loop gives the name b to something else, and from then on `+ b` adds that. Give the loop another name.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = np.stack([hs[n - 1, b] @ W.T + b for b, n in enumerate(lengths)])
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def steps_counted_for_sequences(hs, lengths, W, b, kind):
    """The second index counts the steps, not the sequences

    `len(hs)` is T. The two arrays of indices pick one entry for each pair, so both have B numbers: each sequence's last
    step, and its place in the batch.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(hs))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def else_of_the_second_question_alone(hs, lengths, W, b, kind):
    """For "value" the answer is overwritten by that for "steps"

    Two questions one after the other are both asked: an `else` belongs to the second one alone, and "value" goes through it,
    too. Write `elif`, or `return` each answer at once.
    """
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    if kind == "value":
        answer = a
    if kind == "class":
        e = np.exp(a - a.max(axis=1, keepdims=True))
        answer = e / e.sum(axis=1, keepdims=True)
    else:
        answer = (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    return answer


@readout.mistake
def shifted_rows_divided_by_sums_over_the_batch(hs, lengths, W, b, kind):
    """For "class" the maximum is that of each row, but the sum runs over the batch

    Python's `sum` adds rows, as axis=0 does. It is the O numbers of one sequence, a row, that share 1 between them: take
    the sum along axis 1, with keepdims=True.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / sum(e)


@readout.mistake
def only_the_bias_masked(hs, lengths, W, b, kind):
    """For "steps" the mask meets the bias alone

    Python multiplies before it adds. The whole sum belongs in brackets, before it is masked.
    """
    if kind == "steps":
        return hs @ W.T + b * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def cut_by_all_lengths(hs, lengths, W, b, kind):
    """A slice cannot end at several places at once

    `hs[:lengths]` would need one whole number, and lengths holds one for each sequence. Two arrays as indices pick one
    entry for each pair.
    """
    return hs[: lengths - 1] @ W.T + b


@readout.mistake
def last_entry_of_states_set_to_zero(hs, lengths, W, b, kind):
    """The states are set to zero in the padding, and read there

    At the last entry most sequences have ended: W h is 0 there, and the answer is nothing but the bias b. (For "steps" the
    same leaves b in the padding.) Each sequence has its own last step.
    """
    a = (hs * gru_ref.length_mask(len(hs), lengths)[:, :, None]) @ W.T + b
    if kind == "steps":
        return a
    a = a[-1]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def maximum_taken_off_values(hs, lengths, W, b, kind):
    """For "value" the largest number of each row is taken off

    That belongs to the softmax, which sees differences alone. A value changes by it: take it off for "class" only.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    a = a - a.max(axis=1, keepdims=True)
    return a if kind == "value" else np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


@readout.mistake
def divided_by_the_maximum(hs, lengths, W, b, kind):
    """For "class" each row is divided by its largest number

    A softmax stays the same where a number is *added* to a row or taken off. A factor changes it.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a / a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def maximum_taken_off_above_the_line_only(hs, lengths, W, b, kind):
    """For "class" the maximum is taken off above the fraction's line, but not below

    Both must be made of the same exponentials, or the row does not add up to 1. Give the shifted numbers a name, and use it
    twice.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / np.exp(a).sum(axis=1, keepdims=True)


@readout.mistake
def steps_not_masked(hs, lengths, W, b, kind):
    """For "steps" the padding is not zero

    After a sequence's end there is nothing to answer. Multiply by the mask, with an axis for the outputs, or choose
    with it.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def masked_before_the_bias(hs, lengths, W, b, kind):
    """For "steps" the padding holds the bias b, not zero

    The states were masked, but then the linear map added b to them. The mask comes last.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return (hs * gru_ref.length_mask(len(hs), lengths)[:, :, None]) @ W.T + b
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mask_inverted_for_steps(hs, lengths, W, b, kind):
    """For "steps" the sequence is zero, and the padding is not

    The mask is the wrong way round: it should be True within each length.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * ~gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mask_one_step_too_short(hs, lengths, W, b, kind):
    """For "steps" the last step of each sequence is zero, too

    A sequence of n steps has the steps 0 to n − 1: its mask is True where t < n.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * (np.arange(len(hs))[:, None] < lengths - 1)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mask_one_step_too_long(hs, lengths, W, b, kind):
    """For "steps" the first entry of the padding is not zero

    A sequence of n steps has the steps 0 to n − 1: its mask is True where t < n, not t <= n.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * (np.arange(len(hs))[:, None] <= lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mask_without_an_axis_for_the_outputs(hs, lengths, W, b, kind):
    """For "steps" the mask has no axis for the outputs

    It is (T, B), and the outputs are (T, B, O). NumPy lines shapes up from their ends. Give the mask a third axis of
    size 1: `mask[:, :, None]`.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def softmax_at_each_step(hs, lengths, W, b, kind):
    """For "steps" there is a softmax

    Only "class" asks for probabilities. "steps" is the plain linear map at each step, zero in the padding.
    """
    a = hs @ W.T + b
    if kind != "steps":
        a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    if kind == "steps":
        return e / e.sum(axis=-1, keepdims=True) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    return a if kind == "value" else e / e.sum(axis=-1, keepdims=True)


@readout.mistake
def softmax_for_values(hs, lengths, W, b, kind):
    """For "value" there is a softmax

    Only "class" asks for probabilities. "value" is the plain linear map of the last state.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@readout.mistake
def no_softmax(hs, lengths, W, b, kind):
    """For "class" the softmax is missing

    These are the sums, any numbers. Probabilities are positive, and add up to 1 in each row.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    return a[lengths - 1, np.arange(len(lengths))]


@readout.mistake
def softmax_over_the_batch(hs, lengths, W, b, kind):
    """For "class" the softmax runs over the batch

    The columns add up to 1 here. It is the O numbers of one sequence, a row, that share 1 between them: axis 1.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=0))
    return a if kind == "value" else e / e.sum(axis=0)


@readout.mistake
def softmax_over_everything(hs, lengths, W, b, kind):
    """For "class" all sequences share one sum

    The whole array adds up to 1 here. Each row should: give `sum` the axis of the outputs, and keep that axis.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max())
    return a if kind == "value" else e / e.sum()


@readout.mistake
def softmax_over_time(hs, lengths, W, b, kind):
    """For "class" the softmax runs over time

    It is taken over all steps first, and the last one picked out after. It is the O numbers of one state that share 1
    between them. Pick the state first.
    """
    a = hs @ W.T + b
    last = lengths - 1, np.arange(len(lengths))
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    e = np.exp(a - a.max(axis=0))
    return a[last] if kind == "value" else (e / e.sum(axis=0))[last]


@readout.mistake
def exponentials_overflow(hs, lengths, W, b, kind):
    """For "class" the exponentials overflow

    e¹⁰⁰⁰ is more than a float can hold, and ∞ / ∞ is NaN. A softmax does not change when the same number is taken off
    all entries of a row; which number makes every exponential at most 1?
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a)
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def one_maximum_for_all(hs, lengths, W, b, kind):
    """For "class" one maximum is taken off all rows

    In a row far below that maximum all exponentials become 0, and 0 / 0 is NaN. Each row has its own maximum.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max())
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def maximum_of_each_column(hs, lengths, W, b, kind):
    """For "class" the maximum of each column is taken off

    A softmax stays the same only if all entries of a *row* lose the same number. Take the maximum along axis 1.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=0))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def axis_of_a_row_lost(hs, lengths, W, b, kind):
    """For "class" the maximum or the sum of each row has lost its axis

    `a.max(axis=1)` and `a.sum(axis=1)` are (B,), and a is (B, O): B would meet O. With `keepdims=True` they stay (B, 1)
    and meet each row.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    return a if kind == "value" else np.exp(a - a.max(axis=1))


@readout.mistake
def not_normalised(hs, lengths, W, b, kind):
    """For "class" the exponentials are not divided by their sum

    They are positive, but do not add up to 1.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    return a if kind == "value" else np.exp(a - a.max(axis=1, keepdims=True))


@readout.mistake
def normalised_without_exponentials(hs, lengths, W, b, kind):
    """For "class" the sums are divided by their sum, without exponentials

    They may be negative, and so would be the probabilities. `np.exp` makes them positive first.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    return a if kind == "value" else a / a.sum(axis=1, keepdims=True)


@readout.mistake
def sigmoid_for_softmax(hs, lengths, W, b, kind):
    """For "class" σ stands where softmax should

    σ answers for each class by itself. Here the classes exclude one another: their probabilities add up to 1.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    return a if kind == "value" else gru_ref.sigmoid(a)


@readout.mistake
def logarithms(hs, lengths, W, b, kind):
    """For "class" these are the logarithms of the probabilities

    Useful for a loss (lesson 10). Here the probabilities themselves are wanted.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    shifted = a - a.max(axis=1, keepdims=True)
    return a if kind == "value" else shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@readout.mistake
def most_likely_class(hs, lengths, W, b, kind):
    """For "class" this is the number of the most likely class

    `argmax` comes after. Here the probabilities of all classes are wanted, (B, O).
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    return a if kind == "value" else a.argmax(axis=1)


@readout.mistake
def class_at_each_step(hs, lengths, W, b, kind):
    """For "class" there are probabilities at every step

    One answer is wanted for each sequence, (B, O), from its last state.
    """
    a = hs @ W.T + b
    e = np.exp(a - a.max(axis=2, keepdims=True))
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    return a[lengths - 1, np.arange(len(lengths))] if kind == "value" else e / e.sum(axis=2, keepdims=True)


@readout.mistake
def squashed(hs, lengths, W, b, kind):
    """For "value" the result goes through tanh

    A value may be any number, 20 °C or −3 V. The state has been through tanh already; the readout is linear.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return np.tanh(a) if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def batch_first_for_steps(hs, lengths, W, b, kind):
    """For "steps" the batch comes first

    You have (B, T, O), wanted is (T, B, O), time first as in hs.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return (a * gru_ref.length_mask(len(hs), lengths)[:, :, None]).transpose(1, 0, 2)
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def one_answer_for_steps(hs, lengths, W, b, kind):
    """For "steps" there is one answer for each sequence only

    "steps" asks at every step: the linear map of all of hs, (T, B, O), zero in the padding.
    """
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) if kind == "class" else a


@readout.mistake
def flattened_by_the_mask(hs, lengths, W, b, kind):
    """For "steps" the padding is cut out, and time and batch are one axis now

    `a[mask]` keeps the True entries in one long list. The result should still be (T, B, O), with zeros in the padding.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return a[gru_ref.length_mask(len(hs), lengths)]
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def nan_in_the_padding(hs, lengths, W, b, kind):
    """For "steps" the padding is NaN, not zero

    NaN says "no number", and spreads into every sum. The contract here is zero.
    """
    a = hs @ W.T + b
    if kind == "steps":
        return np.where(gru_ref.length_mask(len(hs), lengths)[:, :, None], a, np.nan)
    a = a[lengths - 1, np.arange(len(lengths))]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def zero_at_the_last_entry(hs, lengths, W, b, kind):
    """The answer is read at the last entry, after the padding was set to zero

    There most sequences have ended, and nothing is left. Each sequence has its own last step.
    """
    a = (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    if kind == "steps":
        return a
    a = a[-1]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def sum_over_the_sequence(hs, lengths, W, b, kind):
    """The answer is read off the sum of the sequence's states

    Your sum leaves out the padding, but it grows with the length. Here the *final* state is asked for.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = (hs * gru_ref.length_mask(len(hs), lengths)[:, :, None]).sum(axis=0) @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def sum_over_time(hs, lengths, W, b, kind):
    """The answer is read off the sum of the states over all steps, padding included

    Here the *final* state is asked for, that of each sequence's own last step.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs.sum(axis=0) @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def largest_over_time(hs, lengths, W, b, kind):
    """The answer is read off the largest value of each unit over all steps, padding included

    Here the *final* state is asked for, that of each sequence's own last step.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs.max(axis=0) @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def indices_exchanged(hs, lengths, W, b, kind):
    """The two indices of the last states are exchanged

    hs is (T, B, H), time first: the step comes first, then the sequence.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[np.arange(len(lengths)), lengths - 1] @ W.T + b
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def kind_ignored(hs, lengths, W, b, kind):
    """All three kinds get the same answer, that of "value"

    "class" wants a softmax of it, and "steps" the linear map at every step. Ask for the kind: `if kind == …`.
    """
    return hs[lengths - 1, np.arange(len(lengths))] @ W.T + b


@readout.mistake
def linear_map_at_every_step(hs, lengths, W, b, kind):
    """All three kinds get the linear map at every step

    "value" and "class" want one answer for each sequence, from its last state. Ask for the kind: `if kind == …`.
    """
    return hs @ W.T + b


@readout.mistake
def masked_linear_map_at_every_step(hs, lengths, W, b, kind):
    """All three kinds get what "steps" wants

    "value" and "class" want one answer for each sequence, from its last state. Ask for the kind: `if kind == …`.
    """
    return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]


@readout.mistake
def softmax_of_the_negative(hs, lengths, W, b, kind):
    """For "class" the exponents have the wrong sign

    The class with the largest number should get the largest probability. Take the maximum off a, not a off the maximum.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(-a + a.min(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def smallest_taken_off(hs, lengths, W, b, kind):
    """For "class" the smallest number of each row is taken off, and the exponentials overflow

    Then the largest exponent may still be in the hundreds. Which number, taken off, makes every exponential at most 1?
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.min(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def mean_taken_off(hs, lengths, W, b, kind):
    """For "class" the mean of each row is taken off, and the exponentials overflow

    Then the largest exponent may still be in the hundreds. Which number, taken off, makes every exponential at most 1?
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    e = np.exp(a - a.mean(axis=1, keepdims=True))
    return a if kind == "value" else e / e.sum(axis=1, keepdims=True)


@readout.mistake
def softmax_over_the_batch_that_overflows(hs, lengths, W, b, kind):
    """For "class" the softmax runs over the batch, and overflows

    The columns add up to 1 here (Python's `sum` adds rows, as axis=0 does). It is the O numbers of one sequence, a row, that
    share 1 between them: axis 1. And take the largest number off each row first, or e¹⁰⁰⁰ leaves the range of floats.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    return a if kind == "value" else np.exp(a) / np.exp(a).sum(axis=0)


@readout.mistake
def softmax_over_everything_that_overflows(hs, lengths, W, b, kind):
    """For "class" all sequences share one sum, and it overflows

    The whole array adds up to 1 here. Each row should: give `sum` the axis of the outputs, and keep that axis. And take the
    largest number off each row first, or e¹⁰⁰⁰ leaves the range of floats.
    """
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    return a if kind == "value" else np.exp(a) / np.exp(a).sum()


@readout.slips(
    ("last_entry_for_all", "one_step_too_late", "one_step_too_early", "first_state", "rows_of_all_lengths"),
    ("bias_missing",),
    (
        "no_softmax",
        "softmax_over_the_batch",
        "softmax_over_everything",
        "exponentials_overflow",
        "softmax_over_the_batch_that_overflows",
        "softmax_over_everything_that_overflows",
    ),
)
def several_slips_in_a_readout(slip, hs, lengths, W, b, kind):
    B = len(lengths)
    b = 0 if slip("bias_missing") else b
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    at = lengths - 1 - slip("one_step_too_early") + slip("one_step_too_late")
    at = np.full(B, -1) if slip("last_entry_for_all") else np.zeros(B, int) if slip("first_state") else at
    a = (hs[at] if slip("rows_of_all_lengths") else hs[at, np.arange(B)]) @ W.T + b
    if kind == "value" or slip("no_softmax"):
        return a
    batch = slip("softmax_over_the_batch") or slip("softmax_over_the_batch_that_overflows")
    everything = slip("softmax_over_everything") or slip("softmax_over_everything_that_overflows")
    axis = 0 if batch else None if everything else 1
    if not (
        slip("exponentials_overflow") or slip(f"softmax_over_{'the_batch' if batch else 'everything'}_that_overflows")
    ):
        a = a - a.max(axis=axis, keepdims=True)
    e = np.exp(a)
    return e / e.sum(axis=axis, keepdims=True)


@readout.law
def padding_does_not_matter(f, rng):
    """what stands in the padding of hs does not matter

    Other numbers there, the same answer, for all three kinds.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    other = np.where(gru_ref.length_mask(len(hs), lengths)[:, :, None], hs, 0.0)
    return all(np.allclose(f(hs, lengths, W, b, k), f(other, lengths, W, b, k)) for k in ("value", "class", "steps"))


@readout.law
def probabilities_add_up_to_one(f, rng):
    """the probabilities of a row are positive and add up to 1

    One row is one sequence; its classes exclude one another.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    answer = f(hs, lengths, W, b, "class")
    return np.all(answer > 0) and np.allclose(answer.sum(axis=1), 1)


@readout.law
def a_common_shift_changes_no_probability(f, rng):
    """adding the same number to all biases changes no probability

    A softmax sees differences alone; so a large number common to all may be taken off.
    """
    hs, lengths, W, b, _ = draw_readout(rng)
    return np.allclose(f(hs, lengths, W, b, "class"), f(hs, lengths, W, b + 1000, "class"))


@readout.law
def a_value_is_that_of_its_last_step(f, rng):
    """ "value" is what "steps" says at each sequence's last step

    The two differ only in where they look.
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
