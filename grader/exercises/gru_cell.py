"""Lesson 05: the complete GRU: its initial parameters, its step, and its number of parameters."""

import functools
import math
from collections import Counter
from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_step
from grader.exercises.exercise import THIN_STEPS, Exercise, thin
from gru_ref import GRUParams

LESSON = "05_gru_cell"
MISTAKES = Path(__file__).with_name(LESSON)

# --------------------------------------------------------------------------------------------------------- one step

gru_step = Exercise(
    reference=gru_ref.gru_step,
    known=MISTAKES / "gru_step.md",
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hidden=(gru_ref.gru_forward,),
    hints=(
        "Write the four lines one below the other, in the order of the table: r, z, n, and the blend. Each needs only what is above it.",
        "A gate is `gru_ref.sigmoid` of four terms: two products, two biases. In the candidate the two terms that belong to the past are in brackets, and r multiplies the bracket.",
        "In each line all names end in the line's letter: `p.W_ir`, `p.b_ir`, `p.W_hr`, `p.b_hr` for r. Products are `x @ ….T` and `h @ ….T`, gating is `*`. Leave h itself unchanged to the end.",
    ),
)


FAR = 60.0  # a bias that opens a gate, or closes it with a minus, for any other terms of the sum


@gru_step.property
def keeps_all_where_the_update_gate_is_open(f, rng):
    """with z = 1 the state stays the same

    A large bias b_iz opens the update gate. Then nothing is written, for any r and n.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p._replace(b_iz=p.b_iz + FAR)), h)


@gru_step.property
def forgets_all_where_both_gates_are_shut(f, rng):
    """with r = z = 0 the old state leaves no trace

    Then it is neither kept nor read: a different h gives the same result.
    """
    x, h, p = draw_step(rng)
    shut = p._replace(b_ir=p.b_ir - FAR, b_iz=p.b_iz - FAR)
    return np.allclose(f(x, h, shut), f(x, -h, shut))


@gru_step.property
def writes_the_candidate_where_the_update_gate_is_shut(f, rng):
    """with r = 1 and z = 0 it is a step of the tanh RNN

    The reset gate shows all of the past, and all of the candidate is written.
    """
    x, h, p = draw_step(rng)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, p._replace(b_ir=p.b_ir + FAR, b_iz=p.b_iz - FAR)), gru_ref.rnn_step(x, h, rnn))


@gru_step.property
def the_state_stays_between_minus_1_and_1(f, rng):
    """a state between −1 and 1 stays there

    It is a blend of candidate and old state, and both lie there. Large weights do not change that.
    """
    x, h, p = draw_step(rng)
    return np.all(np.abs(f(x, h, GRUParams(*(5 * a for a in p)))) <= 1)


@gru_step.property
def rows_of_the_batch_are_independent(f, rng):
    """a row of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p)[1:], f(x[1:], h[1:], p))


@gru_step.property
def units_have_no_order(f, rng):
    """listing the units in a different order gives the same states, in that order

    No unit comes before another: all of them read the same old state.
    """
    x, h, p = draw_step(rng)
    order = np.roll(np.arange(h.shape[1]), 1)
    listed = {name: getattr(p, name)[order] for name in p._fields}
    listed |= {name: listed[name][:, order] for name in ("W_hr", "W_hz", "W_hn")}
    return np.allclose(f(x, h, p)[:, order], f(x, h[:, order], GRUParams(**listed)))


@gru_step.also_right
def by_the_parts_of_lessons_03_and_04(x, h, p):
    n = gru_ref.candidate(x, h, gru_ref.reset_gate(x, h, p), p)
    return gru_ref.blend(gru_ref.update_gate(x, h, p), n, h)


@gru_step.also_right
def by_products_of_stacked_weights(x, h, p):
    H = h.shape[1]
    from_x = x @ np.concatenate([p.W_ir, p.W_iz, p.W_in]).T + np.concatenate([p.b_ir, p.b_iz, p.b_in])
    from_h = h @ np.concatenate([p.W_hr, p.W_hz, p.W_hn]).T + np.concatenate([p.b_hr, p.b_hz, p.b_hn])
    gates = 1 / (1 + np.exp(-from_x[:, : 2 * H] - from_h[:, : 2 * H]))
    r, z = np.split(gates, 2, axis=1)
    n = np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])
    return n + z * (h - n)


@gru_step.also_right
def row_by_row(x, h, p):
    rows = []
    for x_b, h_b in zip(x, h, strict=True):
        r = 1 / (1 + np.exp(-(p.W_ir @ x_b + p.b_ir + p.W_hr @ h_b + p.b_hr)))
        z = 1 / (1 + np.exp(-(p.W_iz @ x_b + p.b_iz + p.W_hz @ h_b + p.b_hz)))
        n = np.tanh(p.W_in @ x_b + p.b_in + r * (p.W_hn @ h_b + p.b_hn))
        rows.append((1 - z) * n + z * h_b)
    return np.array(rows)


# ------------------------------------------------------------------------------------------------ starting parameters


def draw_sizes_and_generator(rng):
    """Arguments (I, H, rng): I much smaller or much larger than H."""
    H = int(rng.integers(30, 40))
    I = int(rng.choice([rng.integers(4, 7), rng.integers(140, 180)]))
    return I, H, np.random.default_rng(rng.integers(2**32))


def all_entries(arrays):
    """The entries of all arrays, in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def matrices(p, reads=""):
    """The weights that read the input ("i") or the state ("h"), or both."""
    return [array for name, array in zip(p._fields, p, strict=True) if name.startswith(f"W_{reads}")]


def biases_of(p):
    """The six biases."""
    return [array for name, array in zip(p._fields, p, strict=True) if name.startswith("b_")]


def fills(arrays, bound):
    """Whether the entries of the arrays reach from −bound to bound, and no further."""
    entries = all_entries(arrays)
    return entries.min() < -0.9 * bound and 0.9 * bound < entries.max() and np.abs(entries).max() <= bound


def fitting_shapes(I, H):
    """The shapes of a GRU's twelve arrays, in their order."""
    return [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6


def shapes_of(p):
    """The shapes of what is in `p`."""
    return [np.shape(a) for a in p]


def is_fit(args, p):
    """Whether `p` is made of arrays of floats of the right shapes."""
    return (
        isinstance(p, GRUParams) and shapes_of(p) == fitting_shapes(*args[:2]) and all(a.dtype == np.float64 for a in p)
    )


def starts_with(args, p, seed):
    """Whether the first array is the first draw of a new generator with this seed."""
    I, H, _ = args
    return np.allclose(p.W_ir * np.sqrt(H), np.random.default_rng(seed).uniform(-1, 1, (H, I)))


def repeated(arrays):
    """Whether two arrays hold the same numbers, up to a common sign."""
    return any(
        a.shape == b.shape and np.ptp(a) > 0 and (np.array_equal(a, b) or np.array_equal(a, -b))
        for i, a in enumerate(arrays)
        for b in arrays[:i]
    )


init_gru = Exercise(
    reference=gru_ref.init_gru,
    known=MISTAKES / "init_gru.md",
    inputs=draw_sizes_and_generator,
    # In the first two, no bound can be mistaken for another.
    edges=tuple((I, H, np.random.default_rng(seed)) for seed, (I, H) in enumerate(((5, 36), (160, 33), (1, 35)), 1)),
    by_value=False,
    hints=(
        "Draw one array first, W_ir: `rng.uniform(low, high, shape)` takes the two ends, and the shape as a tuple. What are the ends, and what is the shape?",
        "There are three shapes: (H, I) for the three that read the input, (H, H) for the three that read the state, (H,) for six biases. Make a new draw for each of the twelve.",
        "`GRUParams(W_ir=…, W_iz=…, …)` takes them by name. Or put the shapes into a list, in the order of `GRUParams._fields`, and draw in a loop: `GRUParams(*arrays)`.",
    ),
)


@init_gru.recognises
def arrays_in_another_order(args, p):
    return (
        isinstance(p, GRUParams)
        and Counter(shapes_of(p)) == Counter(fitting_shapes(*args[:2]))
        and shapes_of(p) != fitting_shapes(*args[:2])
    )


@init_gru.recognises
def input_matrices_transposed(args, p):
    return isinstance(p, GRUParams) and all(np.shape(a) == (args[0], args[1]) for a in (p.W_ir, p.W_iz, p.W_in))


@init_gru.recognises
def biases_with_two_axes(args, p):
    return isinstance(p, GRUParams) and all(sorted(np.shape(b)) == [1, args[1]] for b in biases_of(p))


@init_gru.recognises
def input_biases_of_the_inputs_size(args, p):
    return isinstance(p, GRUParams) and all(np.shape(b) == (args[0],) for b in (p.b_ir, p.b_iz, p.b_in))


@init_gru.recognises
def all_zero(args, p):
    return not any(np.any(a) for a in p)


@init_gru.recognises
def one_number_for_each_array(args, p):
    return is_fit(args, p) and all(np.ptp(a) == 0 for a in p)


@init_gru.recognises
def all_rows_alike(args, p):
    return is_fit(args, p) and all(np.ptp(a, axis=0).max() == 0 for a in matrices(p)) and np.ptp(p.W_hr) > 0


@init_gru.recognises
def generator_of_its_own(args, p):
    return is_fit(args, p) and any(starts_with(args, p, s) for s in (0, 1, 2, 42, 123, 1234))


@init_gru.recognises
def drawn_once_for_several(args, p):
    return is_fit(args, p) and repeated(p)


@init_gru.recognises
def biases_zero(args, p):
    return is_fit(args, p) and not any(np.any(a) for a in biases_of(p)) and fills(matrices(p), 1 / np.sqrt(args[1]))


@init_gru.recognises
def bound_taken_for_the_lower_end(args, p):
    return is_fit(args, p) and all_entries(p).min() >= 0.999 / np.sqrt(args[1])


@init_gru.recognises
def none_is_negative(args, p):
    return is_fit(args, p) and 0 <= all_entries(p).min() < 0.1 / np.sqrt(args[1])


def is_normal(arrays):
    """Whether a few thousand entries follow a normal distribution around 0, in the middle and in the tails."""
    entries = np.sort(all_entries(arrays))
    entries /= np.sqrt(np.mean(entries**2))
    shares = (np.arange(len(entries)) + 0.5) / len(entries)
    normal = np.interp(entries, *normal_distribution())
    return np.abs(normal - shares).max() < 0.05 and np.mean(entries**4) > 2.6


@functools.cache
def normal_distribution():
    """Points, and the share of normal numbers below each of them."""
    points = np.linspace(-6, 6, 601)
    return points, np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in points])


@init_gru.recognises
def normal_for_uniform(args, p):
    return is_fit(args, p) and is_normal(matrices(p, "h"))


@init_gru.recognises
def bound_by_the_number_of_columns(args, p):
    return (
        is_fit(args, p)
        and fills(matrices(p, "i"), 1 / np.sqrt(args[0]))
        and fills(matrices(p, "h"), 1 / np.sqrt(args[1]))
    )


@init_gru.recognises
def bound_of_the_input_size(args, p):
    return is_fit(args, p) and fills(p, 1 / np.sqrt(args[0]))


@init_gru.recognises
def root_missing(args, p):
    return is_fit(args, p) and fills(p, 1 / args[1])


@init_gru.recognises
def bound_upside_down(args, p):
    return is_fit(args, p) and fills(p, np.sqrt(args[1]))


@init_gru.recognises
def bound_of_one(args, p):
    return is_fit(args, p) and fills(p, 1.0)


@init_gru.recognises
def half_the_bound(args, p):
    return is_fit(args, p) and fills(p, 0.5 / np.sqrt(args[1]))


@init_gru.recognises
def root_by_a_power_without_brackets(args, p):
    return is_fit(args, p) and any(fills(p, c / args[1]) for c in (0.5, 2.0))


def has_bounds_of_both_sizes(args, p, c):
    """Whether the matrices fill ±√(c / (rows + columns)), or all of them that of the first."""
    I, H, _ = args
    of_input, of_state = matrices(p, "i"), matrices(p, "h")
    return fills(of_input, np.sqrt(c / (I + H))) and any(fills(of_state, np.sqrt(c / n)) for n in (I + H, 2 * H))


@init_gru.recognises
def bound_of_both_sizes(args, p):
    return is_fit(args, p) and any(has_bounds_of_both_sizes(args, p, c) for c in (1.0, 2.0, 3.0, 6.0))


@init_gru.recognises
def not_centred(args, p):
    return is_fit(args, p) and abs(all_entries(p).mean()) > all_entries(p).std() / 2 and all_entries(p).min() < 0


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


@init_gru.property
def stays_within_the_bound(f, rng):
    """every number lies between −1/√H and 1/√H

    All twelve arrays have the same bound, whether the input is wider than the state or not.
    """
    return all(np.abs(all_entries(f(I, H, fresh(rng)))).max() <= 1 / np.sqrt(H) for I, H in [(3, 30), (30, 3)])


@init_gru.property
def spreads_evenly(f, rng):
    """all numbers between the bounds are equally likely

    This holds for matrices and biases. Look at the smallest and the largest of your numbers, times √H: they should be close to −1
    and 1. And sorted, the numbers should rise along a straight line.
    """
    I, H = 50, 100
    draws = [f(I, H, fresh(rng)) for _ in range(4)]

    def is_even(some):
        entries = all_entries(array for p in draws for array in some(p))
        share = (1 + np.sort(entries) * np.sqrt(H)) / 2
        count = len(share)
        distance = np.abs(share - (np.arange(count) + 0.5) / count).max()
        return distance < np.sqrt(15 / count)  # exceeded by chance less than once in 10¹² draws

    return is_even(lambda p: matrices(p, "i")) and is_even(lambda p: matrices(p, "h")) and is_even(biases_of)


@init_gru.property
def no_number_appears_twice(f, rng):
    """no number appears twice

    Units, gates and biases should all start differently: each number is a separate draw.
    """
    sizes = np.abs(all_entries(f(7, 11, fresh(rng))))
    return len(np.unique(sizes)) == len(sizes)


def one_draw_for_all(I, H, rng):
    shapes = fitting_shapes(I, H)
    sizes = [int(np.prod(shape)) for shape in shapes]
    u = (rng.random() + np.arange(sum(sizes)) * 0.6180339887498949) % 1
    parts = np.split((2 * u - 1) / np.sqrt(H), np.cumsum(sizes)[:-1])
    return GRUParams(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))


@init_gru.property(broken_by=one_draw_for_all)
def no_step_appears_twice(f, rng):
    """no difference between neighbours appears twice

    Each number is a separate draw, and not the one before it plus a fixed step.
    """
    steps = np.diff(all_entries(f(7, 11, fresh(rng))))
    return len(np.unique(steps.round(12))) > 0.9 * len(steps)


def sorted_draws(I, H, rng):
    b = 1 / np.sqrt(H)
    return GRUParams(*(np.sort(rng.uniform(-b, b, shape), axis=0) for shape in fitting_shapes(I, H)))


@init_gru.property(broken_by=sorted_draws)
def no_order_among_the_draws(f, rng):
    """from one entry to the next, the numbers rise about as often as they fall

    This holds along rows, columns and biases: a number's place says nothing about its size. Is something sorted, or
    evenly spaced?
    """
    p = f(40, 60, fresh(rng))
    groups = [(matrices(p), 0), (matrices(p), 1), (biases_of(p), 0)]
    shares = [np.mean(all_entries(np.diff(a, axis=axis) > 0 for a in arrays)) for arrays, axis in groups]
    # Over the 354 steps between biases the share has a standard deviation of 0.016, elsewhere less: 0.4 and 0.6 are 6.2 of these away.
    return all(0.4 < share < 0.6 for share in shares)


def draws_of_the_global_generator(I, H, rng):
    b = 1 / np.sqrt(H)
    return GRUParams(*(np.random.uniform(-b, b, shape) for shape in fitting_shapes(I, H)))


@init_gru.property(broken_by=draws_of_the_global_generator)
def repeats_with_the_same_seed(f, rng):
    """generators with the same seed give the same parameters

    Draw only from `rng`, not from `np.random.uniform`, `np.random.rand` or a generator of your own.
    """
    seed = rng.integers(2**32)
    first, second = (f(4, 5, np.random.default_rng(seed)) for _ in range(2))
    return np.allclose(all_entries(first), all_entries(second))


@init_gru.property
def follows_the_seed(f, rng):
    """generators with different seeds give different parameters

    If yours are the same each time, they don't come from `rng`.
    """
    return not np.isclose(all_entries(f(4, 5, fresh(rng))), all_entries(f(4, 5, fresh(rng)))).all()


@init_gru.also_right
def by_name(I, H, rng):
    b = H**-0.5

    def draw(*shape):
        return rng.uniform(low=-b, high=b, size=shape)

    return gru_ref.GRUParams(
        W_ir=draw(H, I), W_iz=draw(H, I), W_in=draw(H, I), W_hr=draw(H, H), W_hz=draw(H, H), W_hn=draw(H, H),
        b_ir=draw(H), b_iz=draw(H), b_in=draw(H), b_hr=draw(H), b_hz=draw(H), b_hn=draw(H),
    )  # fmt: skip


@init_gru.also_right
def by_parts_of_larger_draws(I, H, rng):
    def parts(*shape):
        return np.split((2 * rng.random((3 * shape[0], *shape[1:])) - 1) / np.sqrt(H), 3)

    return gru_ref.GRUParams(*parts(H, I), *parts(H, H), *parts(H), *parts(H))


# -------------------------------------------------------------------------------------------------- how many numbers


def draw_counts(rng):
    """Arguments (I, H, biases): sizes that differ, and 0, 1 or 2 bias vectors per gate."""
    I, H = rng.permutation(np.arange(3, 13))[:2]
    return int(I), int(H), int(rng.integers(0, 3))


count_gru_parameters = Exercise(
    reference=gru_ref.count_gru_parameters,
    known=MISTAKES / "count_gru_parameters.md",
    inputs=draw_counts,
    edges=((1, 1, 2), (3, 5, 0), (5, 3, 1), (300, 512, 2)),
    hints=(
        "Count one gate first: it has a matrix for the input, a matrix for the state, and `biases` vectors.",
        "A matrix (H, I) holds H · I numbers, one (H, H) holds H · H, a vector (H,) holds H. How many times does each occur in one gate?",
        "Reset, update and candidate each have the same number: put the sum for one of them in brackets, and multiply it by how many there are.",
    ),
)


@count_gru_parameters.property
def three_tanh_rnns(f, rng):
    """with two biases it is three times `gru_ref.count_rnn_parameters(I, H)`

    Reset, update and candidate each have the shapes of an RNN.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 2) == 3 * gru_ref.count_rnn_parameters(I, H)


@count_gru_parameters.property
def a_bias_more_costs_one_number_a_unit_and_gate(f, rng):
    """each further bias vector costs 3 H numbers

    One for each unit, in each of reset, update and candidate.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 1) - f(I, H, 0) == f(I, H, 2) - f(I, H, 1) == 3 * H


@count_gru_parameters.property
def counts_what_init_gru_draws(f, rng):
    """with two biases it is the number of entries in all arrays of `gru_ref.init_gru(I, H, rng)`

    Sum their sizes, and compare.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 2) == sum(a.size for a in gru_ref.init_gru(I, H, rng))


@count_gru_parameters.also_right
def factored(I, H, biases):
    return 3 * H * (I + H + biases)


@count_gru_parameters.also_right
def gate_by_gate(I, H, biases):
    count = 0
    for _ in "rzn":
        count += np.zeros((H, I)).size + np.zeros((H, H)).size + sum(np.zeros(H).size for _ in range(biases))
    return count
