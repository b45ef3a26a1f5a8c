"""Lesson 09: the Jacobian of a GRU step, its product over time, and an initialisation with long memories."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_params, draw_step
from grader.exercises.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin

LESSON = "09_memory"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_run(rng, sizes=None):
    """Arguments (xs, h0, p): what a GRU runs over, T, B, I and H all different, or these `sizes`."""
    T, B, I, H = sizes or (None, *rng.permutation([2, 3, 4]))
    return rng.normal(0, 1, (T or rng.integers(5, 7), B, I)), rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


def draw_start(rng, I=2):
    """Arguments (p, T_max, rng) of one initialisation; enough units to show their distribution."""
    H = int(rng.integers(200, 250))
    return draw_params(rng, I, H), int(rng.integers(12, 18)), fresh(rng)


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


# ----------------------------------------------------------------------------------------------------------- Jacobian

gru_jacobian = Exercise(
    reference=gru_ref.gru_jacobian,
    known=MISTAKES / "gru_jacobian.md",
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H H",
    hints=(
        "Compute r, z, q and n first, each (B, H). Then each path is one line: a factor of shape (B, H), and a matrix.",
        "Every factor belongs to a *row* of its matrix: give it a last axis of length 1, `[:, :, None]`. The kept path has no matrix: its z goes on a diagonal, `z[:, :, None] * np.eye(H)`.",
        "Three matrices, three factors. W_hz: `(h - n) * z * (1 - z)`. The other two share `(1 - z) * (1 - n**2)`; W_hn then has r, and W_hr has q and the slope of r.",
    ),
)


@gru_jacobian.property
def identity_where_all_is_kept(f, rng):
    """where z = 1, every Jacobian is the identity

    Then the step copies the state: each unit follows its own old value with slope 1, and nothing else. That is exact:
    differences of two steps only come close to it.
    """
    x, h, p = draw_step(rng)
    J = f(x, h, p._replace(b_iz=p.b_iz + 1000))
    return np.allclose(J, np.eye(h.shape[1]), rtol=0, atol=1e-14)


@gru_jacobian.recognises
def by_differences(args, J):
    return 1e-13 < np.abs(J - gru_ref.gru_jacobian(*args)).max() < 1e-4


@gru_jacobian.property
def a_tanh_rnns_where_all_is_written(f, rng):
    """where z = 0 and r = 1, it is the Jacobian of a tanh RNN

    Everything is written, and nothing is reset: only the candidate's own path is left, (1 − n²) W_hn.
    """
    x, h, p = draw_step(rng)
    p = p._replace(b_iz=p.b_iz - 1000, b_ir=p.b_ir + 1000)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, p), gru_ref.rnn_jacobian(gru_ref.rnn_step(x, h, rnn), rnn))


@gru_jacobian.property
def predicts_a_nudge(f, rng):
    """a small nudge of h changes h_new by J times the nudge

    That is what a Jacobian is. The nudge has length one millionth here.
    """
    x, h, p = draw_step(rng)
    nudge = rng.normal(0, 1, h.shape)
    nudge *= 1e-6 / np.linalg.norm(nudge)
    measured = (gru_ref.gru_step(x, h + nudge, p) - gru_ref.gru_step(x, h - nudge, p)) / 2
    return np.allclose(np.einsum("bij,bj->bi", f(x, h, p), nudge), measured, rtol=1e-4, atol=1e-11)


@gru_jacobian.property
def independent_of_the_other_rows(f, rng):
    """a row of the batch does not influence the others

    A different first row does not change any other matrix.
    """
    x, h, p = draw_step(rng)
    other = h.copy()
    other[0] = -h[0]
    return np.allclose(f(x, h, p)[1:], f(x, other, p)[1:]) and not np.allclose(f(x, h, p)[0], f(x, other, p)[0])


@gru_jacobian.also_right
def by_einsum(x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    inside = np.einsum("bi,ij->bij", r, p.W_hn) + np.einsum("bi,ij->bij", q * r * (1 - r), p.W_hr)
    J = np.einsum("bi,bij->bij", (1 - z) * (1 - n) * (1 + n), inside) + np.einsum(
        "bi,ij->bij", (h - n) * z * (1 - z), p.W_hz
    )
    J[:, range(h.shape[1]), range(h.shape[1])] += z
    return J


@gru_jacobian.also_right
def row_by_row_with_diagonal_matrices(x, h, p):
    matrices = []
    for x_b, h_b in zip(x, h, strict=True):
        r = gru_ref.sigmoid(p.W_ir @ x_b + p.b_ir + p.W_hr @ h_b + p.b_hr)
        z = gru_ref.sigmoid(p.W_iz @ x_b + p.b_iz + p.W_hz @ h_b + p.b_hz)
        q = p.W_hn @ h_b + p.b_hn
        n = np.tanh(p.W_in @ x_b + p.b_in + r * q)
        dr, dz = np.diag(r * (1 - r)) @ p.W_hr, np.diag(z * (1 - z)) @ p.W_hz
        dn = np.diag(1 - n * n) @ (np.diag(q) @ dr + np.diag(r) @ p.W_hn)
        matrices.append(np.diag(1 - z) @ dn - np.diag(n) @ dz + np.diag(z) + np.diag(h_b) @ dz)
    return np.array(matrices)


# ---------------------------------------------------------------------------------------------- the product over time

gradient_profile = Exercise(
    reference=gru_ref.gradient_profile,
    known=MISTAKES / "gradient_profile.md",
    inputs=draw_run,
    edges=(
        *thin(draw_run, THIN_RUNS),
        (np.array([[[0.5, -0.3]]]), np.array([[0.2, -0.6, 0.4]]), draw_params(np.random.default_rng(9), 2, 3)),
    ),
    axes="lag B",
    hints=(
        "First run forward and keep the T + 1 states, h0 among them. Then walk back from the end, and build up a product.",
        "The step that takes you to lag k reads `xs[T - k]`, and starts from the state at index `T - k` in the list.",
        "`product = product @ J`, older factors on the right, from `np.eye(H)`; then `np.linalg.norm(product, ord=2, axis=(1, 2))`.",
    ),
)


@gradient_profile.property
def one_at_lag_zero(f, rng):
    """lag 0 comes first, and is 1

    h_T depends on itself with slope 1.
    """
    xs, h0, p = draw_run(rng)
    return f(xs, h0, p).shape == (len(xs) + 1, len(h0)) and np.allclose(f(xs, h0, p)[0], 1)


@gradient_profile.property
def one_everywhere_where_all_is_kept(f, rng):
    """where z = 1 the norm is 1 at every lag

    The state is copied from step to step, and so is every nudge.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p._replace(b_iz=p.b_iz + 1000)), 1)


@gradient_profile.property
def a_shorter_run_gives_the_first_lags(f, rng):
    """the run's first input matters only for the largest lag

    Leave the first step out, and start from the state after it: all smaller lags stay the same.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p)[:-1], f(xs[1:], gru_ref.gru_step(xs[0], h0, p), p))


@gradient_profile.property
def never_above_the_product_of_the_norms(f, rng):
    """no norm exceeds the one at the previous lag times the norm of the added step

    A product stretches no more than its factors do, one after the other.
    """
    xs, h0, p = draw_run(rng)
    steps, h = [], h0
    for x in xs:
        steps.append(np.linalg.norm(gru_ref.gru_jacobian(x, h, p), ord=2, axis=(1, 2)))
        h = gru_ref.gru_step(x, h, p)
    norms = f(xs, h0, p)
    return np.all(norms[1:] <= norms[:-1] * np.array(steps[::-1]) * (1 + 1e-9))


@gradient_profile.property(
    broken_by=lambda xs, h0, p: np.repeat(gru_ref.gradient_profile(xs, h0, p)[:, :1], len(h0), axis=1)
)
def rows_of_the_batch_are_independent(f, rng):
    """a row of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p)[:, 1:], f(xs[:, 1:], h0[1:], p))


@gradient_profile.also_right
def each_product_from_scratch(xs, h0, p):
    hs = np.concatenate([h0[None], gru_ref.gru_forward(xs, h0, p)])
    rows = []
    for lag in range(len(xs) + 1):
        product = np.stack([np.eye(h0.shape[1])] * len(h0))
        for k in range(len(xs) - lag, len(xs)):
            product = gru_ref.gru_jacobian(xs[k], hs[k], p) @ product
        rows.append(np.linalg.svd(product, compute_uv=False)[:, 0])
    return np.array(rows)


@gradient_profile.also_right
def with_all_jacobians_first(xs, h0, p):
    h, jacobians = h0, []
    for x in xs:
        jacobians.append(gru_ref.gru_jacobian(x, h, p))
        h = gru_ref.gru_step(x, h, p)
    norms, product = [np.ones(len(h0))], 1
    for J in reversed(jacobians):
        product = J if isinstance(product, int) else np.einsum("bij,bjk->bik", product, J)
        norms.append(np.sqrt(np.linalg.eigvalsh(product @ product.transpose(0, 2, 1))[:, -1]))
    return np.stack(norms)


# ------------------------------------------------------------------------------------------------ a start with memory

chrono_init = Exercise(
    reference=gru_ref.chrono_init,
    known=MISTAKES / "chrono_init.md",
    inputs=draw_start,
    edges=thin(draw_start, (1,)),
    by_value=False,
    hints=(
        "Draw one u for each unit with `rng.uniform(low, high, H)`. H is the length of any bias: `len(p.b_iz)`.",
        "σ(ln u) is u / (1 + u), near 1 for large u. So b_iz is the logarithm of the draws, and b_hz is an array of zeros.",
        "A NamedTuple cannot be changed: `p._replace(b_iz=…, b_hz=…)` makes a new one, with all other fields as they were.",
    ),
)

UPDATE = ("b_iz", "b_hz")


def others_stay(p, q):
    """Whether all fields except the update gate's biases are the same in both."""
    return all(np.array_equal(a, b) for name, a, b in zip(p._fields, p, q, strict=True) if name not in UPDATE)


def from_draws(args, q):
    """The numbers u that b_iz was made from, if everything else is right; otherwise none."""
    p, _, _ = args
    fits = q.b_iz.shape == p.b_iz.shape and others_stay(p, q) and not np.any(q.b_hz)
    with np.errstate(over="ignore"):
        return np.exp(q.b_iz) if fits and np.ptp(q.b_iz) > 0 else np.full(1, np.nan)


@chrono_init.recognises
def nothing_changed(args, q):
    return all(np.array_equal(a, b) for a, b in zip(args[0], q, strict=True))


@chrono_init.recognises
def bias_alone(args, q):
    return isinstance(q, np.ndarray) and q.shape == args[0].b_iz.shape


@chrono_init.recognises
def reset_gates_bias(args, q):
    return (
        np.array_equal(q.b_iz, args[0].b_iz)
        and np.array_equal(q.b_hz, args[0].b_hz)
        and not np.array_equal(q.b_ir, args[0].b_ir)
    )


@chrono_init.recognises
def biases_alone(args, q):
    return isinstance(q, tuple) and len(q) == 2


@chrono_init.recognises
def matrix_zeroed(args, q):
    return not np.any(q.W_hz) and np.any(args[0].W_hz) and others_stay(args[0], q._replace(W_hz=args[0].W_hz))


@chrono_init.recognises
def other_fields_changed(args, q):
    return isinstance(q, gru_ref.GRUParams) and not others_stay(args[0], q)


@chrono_init.recognises
def biases_exchanged(args, q):
    return not np.any(q.b_iz) and np.any(q.b_hz)


@chrono_init.recognises
def old_state_bias_kept(args, q):
    return np.array_equal(q.b_hz, args[0].b_hz) and np.any(q.b_iz != args[0].b_iz)


@chrono_init.recognises
def both_biases_set(args, q):
    return np.any(q.b_hz) and np.any(q.b_iz)


@chrono_init.recognises
def one_value_for_all_units(args, q):
    return np.ptp(q.b_iz) == 0


@chrono_init.recognises
def sign_wrong(args, q):
    return np.all(from_draws(args, q) <= 1) and np.mean(q.b_iz) < -1


@chrono_init.recognises
def logarithm_missing(args, q):
    return np.all((q.b_iz >= 1) & (q.b_iz <= args[1] + 1)) and np.max(q.b_iz) > 0.8 * args[1]


@chrono_init.recognises
def gate_for_its_bias(args, q):
    return np.all((q.b_iz > 0.49) & (q.b_iz < 1)) and np.all(from_draws(args, q) > 1)


def share_below_the_middle(args, q):
    """The share of the biases that lie below half of ln(T_max − 1): about 0.2 if right, 0.5 if b_iz is uniform."""
    return np.mean(np.log(from_draws(args, q)) < np.log(args[1] - 1) / 2)


def spread(args, q, low, high):
    """Whether the draws fill the range from `low` to `high`, and don't leave it."""
    u = from_draws(args, q)
    near = 0.1 * (high - low)
    return low - 1e-9 <= u.min() < low + near and high - near < u.max() <= high + 1e-9


@chrono_init.recognises
def added_to_the_old_bias(args, q):
    return spread(args, q._replace(b_iz=q.b_iz - args[0].b_iz), 1, args[1] - 1)


@chrono_init.recognises
def nothing_drawn(args, q):
    return spread(args, q, 1, args[1] - 1) and np.ptp(np.diff(np.sort(from_draws(args, q)))) < 1e-9


@chrono_init.recognises
def binary_logarithm(args, q):
    return spread(args, q, 1, (args[1] - 1) ** np.log2(np.e))


@chrono_init.recognises
def from_2(args, q):
    return spread(args, q, 2, args[1] - 1)


@chrono_init.recognises
def whole_numbers(args, q):
    return spread(args, q, 1, args[1] - 1) and np.allclose(from_draws(args, q), np.round(from_draws(args, q)))


@chrono_init.recognises
def uniform_in_the_logarithm(args, q):
    return spread(args, q, 1, args[1] - 1) and 0.35 < share_below_the_middle(args, q) < 0.65


@chrono_init.recognises
def logarithm_taken_twice(args, q):
    return spread(args, q, 1, np.log(args[1] - 1)) and np.max(q.b_iz) < 1.5


@chrono_init.recognises
def common_logarithm(args, q):
    return spread(args, q, 1, (args[1] - 1) ** np.log10(np.e))


@chrono_init.recognises
def time_constant_for_u(args, q):
    return spread(args, q, 2, args[1])


def beyond(args, q):
    """Whether some draws are below 1, and whether some are above T_max − 1."""
    u = from_draws(args, q)
    return (u.min() < 1 - 1e-9, u.max() > args[1] - 1 + 1e-9) if u.max() <= args[1] + 1e-9 else None


@chrono_init.recognises
def up_to_T_max(args, q):
    return beyond(args, q) == (False, True)


def from_time_constants(args, q):
    """b_iz if u were taken as the exact time constant, −1 / ln z."""
    with np.errstate(divide="ignore"):
        return q._replace(b_iz=-np.log(-np.log(gru_ref.sigmoid(q.b_iz))))


@chrono_init.recognises
def exact_time_constants(args, q):
    return np.min(q.b_iz) < 0.2 and spread(args, from_time_constants(args, q), 1, args[1] - 1)


@chrono_init.recognises
def exponential_for_logarithm(args, q):
    return np.max(q.b_iz) > args[1] + 1 and np.all(q.b_iz > 2)


@chrono_init.recognises
def from_0(args, q):
    return beyond(args, q) == (True, False) and np.mean(q.b_iz) > 0


@chrono_init.recognises
def from_0_to_T_max(args, q):
    return beyond(args, q) == (True, True)


def small_start(rng, H=5):
    """Arguments p and T_max of a small initialisation."""
    return draw_params(rng, 2, H), float(rng.uniform(20, 200))


@chrono_init.property
def all_else_stays(f, rng):
    """all weights, and the biases of r and n, stay the same

    Only b_iz and b_hz belong to the update gate's bias.
    """
    p, T_max = small_start(rng)
    return others_stay(p, f(p, T_max, fresh(rng)))


@chrono_init.property
def one_bias_alone(f, rng):
    """b_hz is 0

    One of the two biases sets the memory, the other is not needed.
    """
    p, T_max = small_start(rng)
    return not np.any(f(p, T_max, fresh(rng)).b_hz)


@chrono_init.property
def memories_from_2_to_T_max(f, rng):
    """at rest, 1 / (1 − z) lies between 2 and T_max steps for every unit

    u lies in [1, T_max − 1], and 1 / (1 − z) = 1 + u.
    """
    p, _ = small_start(rng, H=300)
    for T_max in (3, 20.5, 50):
        q = f(p, T_max, fresh(rng))
        steps = 1 / (1 - gru_ref.sigmoid(q.b_iz + q.b_hz))
        if not np.all((steps > 2 - 1e-9) & (steps < T_max + 1e-6)):
            return False
    return True


@chrono_init.property
def reaches_both_ends(f, rng):
    """among 300 units, some have memories near 2 steps, and some near T_max

    u lies in [1, T_max − 1], including both ends. The check uses T_max = 3, where u lies between 1 and 2.
    """
    p, _ = small_start(rng, H=300)
    u = np.exp(f(p, 3, fresh(rng)).b_iz)
    return u.min() < 1.1 and u.max() > 1.9


def one_draw_for_all_units(p, T_max, rng):
    H = len(p.b_iz)
    u = 1 + (T_max - 2) * ((np.arange(H) / H + rng.random()) % 1)
    return p._replace(b_iz=np.log(u), b_hz=np.zeros(H))


@chrono_init.property(broken_by=one_draw_for_all_units)
def no_step_appears_twice(f, rng):
    """from one unit to the next, no difference in u appears twice

    Each unit's u is a separate draw, and not a point of an even grid.
    """
    p, _ = small_start(rng, H=300)
    steps = np.diff(np.sort(np.exp(f(p, 30, fresh(rng)).b_iz)))
    return len(np.unique(steps.round(9))) > 0.9 * len(steps)


@chrono_init.property
def spread_evenly(f, rng):
    """the lengths of the memories are spread evenly over their range

    Among 2000 units about a third should have a u in each third of [1, T_max − 1].
    """
    p, _ = small_start(rng, H=100)
    u = np.sort(np.exp([f(p, 101.0, fresh(rng)).b_iz for _ in range(20)]), axis=None)
    # Kolmogorov and Smirnov: a right answer exceeds this in fewer than one in 10⁹ checks.
    return np.abs((u - 1) / 99 - np.linspace(0, 1, 2000)).max() < 0.08


def sorted_memories(p, T_max, rng):
    u = np.sort(rng.uniform(1, T_max - 1, len(p.b_iz)))
    return p._replace(b_iz=np.log(u), b_hz=np.zeros(len(u)))


@chrono_init.property(broken_by=sorted_memories)
def no_order_among_the_units(f, rng):
    """from one unit to the next, the memories grow about as often as they shrink

    A unit's index says nothing about its memory. Is something sorted, or evenly spaced?
    """
    p, T_max = small_start(rng, H=100)
    rises = [np.diff(f(p, T_max, fresh(rng)).b_iz) > 0 for _ in range(10)]
    # The share has a standard deviation of 0.009: the limits are eleven of these away.
    return 0.4 < np.mean(rises) < 0.6


@chrono_init.property
def each_unit_has_its_own(f, rng):
    """no two units have the same memory

    u is any number in the interval, not one of a few.
    """
    p, T_max = small_start(rng, H=50)
    return len(np.unique(f(p, T_max, fresh(rng)).b_iz)) == 50


@chrono_init.property(broken_by=lambda p, T_max, rng: gru_ref.chrono_init(p, T_max, np.random.default_rng()))
def obeys_the_generator(f, rng):
    """the same generator gives the same parameters

    Every random number should come from `rng`, none from `np.random` or from a generator of your own.
    """
    (p, T_max), seed = small_start(rng), rng.integers(2**32)
    first, again = (f(p, T_max, np.random.default_rng(seed)) for _ in range(2))
    return np.allclose(first.b_iz, again.b_iz)


@chrono_init.property(broken_by=lambda p, T_max, rng: gru_ref.chrono_init(p, T_max, np.random.default_rng(0)))
def draws_anew(f, rng):
    """two generators with different seeds give different parameters

    With a generator of your own and a fixed seed, all draws are the same.
    """
    p, T_max = small_start(rng)
    return not np.allclose(f(p, T_max, fresh(rng)).b_iz, f(p, T_max, fresh(rng)).b_iz)


@chrono_init.also_right
def from_the_memory_wanted(p, T_max, rng):
    steps = 2 + (T_max - 2) * rng.random(p.b_iz.shape)
    z = 1 - 1 / steps
    return p._replace(b_hz=np.zeros(len(steps)), b_iz=np.log(z / (1 - z)))


@chrono_init.also_right
def field_by_field(p, T_max, rng):
    fields = p._asdict()
    fields["b_iz"] = np.array([np.log(rng.uniform(1, T_max - 1)) for _ in fields["b_iz"]])
    fields["b_hz"] = 0 * fields["b_hz"]
    return gru_ref.GRUParams(**fields)
