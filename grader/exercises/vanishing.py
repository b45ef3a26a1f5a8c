"""Lesson 02: the Jacobian of an RNN step, its product over time, and orthogonal weights."""

import copy

import numpy as np

import gru_ref
from grader.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from gru_ref import RNNParams

LESSON = "02_vanishing"


def draw_params(rng, I, H):
    """RNN parameters with nothing at zero and nothing small, so that no mistake can hide."""
    return RNNParams(*(rng.normal(0, 0.8, np.shape(a)) for a in gru_ref.init_rnn(I, H, rng)))


def draw_state(rng, sizes=None):
    """Arguments (h_new, p) of one Jacobian; B, I and H all different, or these `sizes`."""
    B, I, H = sizes or rng.permutation([2, 3, 4, 5])[:3]
    return rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


def draw_run(rng, sizes=None):
    """Arguments (hs, p): a run of an RNN, T, B, I and H all different, or these `sizes`."""
    T, B, I, H = sizes or (None, *rng.permutation([2, 3, 4]))
    p = draw_params(rng, I, H)
    xs = rng.normal(0, 1, (T or rng.integers(5, 8), B, I))
    return gru_ref.rnn_forward(xs, rng.uniform(-0.9, 0.9, (B, H)), p), p


# --------------------------------------------------------------------------------------------------------- Jacobian

rnn_jacobian = Exercise(
    reference=gru_ref.rnn_jacobian,
    inputs=draw_state,
    edges=thin(draw_state, THIN_STEPS),
    axes="B H H",
    hints=(
        "Two factors meet in J[b, i, j]: the weight from unit j to unit i, and the slope of unit i in row b.",
        "The slopes are `1 - h_new**2`, shape (B, H). Each belongs to one *row* i of the weights.",
        "Give the slopes a last axis of length 1, `[:, :, None]`, shape (B, H, 1). NumPy then repeats them along j.",
    ),
)


@rnn_jacobian.mistake
def slopes_on_the_columns(h_new, p):
    """The slopes scale the columns of W_hh instead of its rows

    This is exactly W_hh[i, j] · (1 − h_new[j]²). The slope belongs to the unit that *answers*, which is i. With
    `slopes[:, None, :]`, or with no new axis in a loop, NumPy lines the slopes up with j.
    """
    return (1 - h_new**2)[:, None, :] * p.W_hh


@rnn_jacobian.mistake
def weights_transposed(h_new, p):
    """W_hh is transposed

    The slopes sit at the right place, beside W_hh[j, i]. In the forward step a transpose is needed because the batch
    stands on the left; here the entry from j to i is W_hh[i, j] as it stands.
    """
    return (1 - h_new**2)[:, :, None] * p.W_hh.T


@rnn_jacobian.mistake
def jacobian_transposed(h_new, p):
    """This is the Jacobian transposed

    Each matrix has rows and columns exchanged: yours holds ∂h_new[j] / ∂h[i]. The first index after b is the unit that
    answers, the second the unit that was nudged.
    """
    return (1 - h_new**2)[:, None, :] * p.W_hh.T


@rnn_jacobian.mistake
def slopes_missing(h_new, p):
    """The slope of tanh is missing

    Every matrix is W_hh itself. That is the Jacobian of the sum before the squashing; the chain rule multiplies it by
    tanh's own slope.
    """
    return np.zeros_like(h_new)[:, :, None] + p.W_hh


@rnn_jacobian.mistake
def squashed_twice(h_new, p):
    """tanh is applied to the new state once more

    This is exactly what you get with 1 − tanh²(h_new). h_new is already a tanh: the slope is 1 minus its square.
    """
    return (1 - np.tanh(h_new) ** 2)[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def square_missing(h_new, p):
    """The square is missing in 1 − h_new²

    With 1 − h_new the slope would exceed 1 for a negative state. tanh' = 1 − tanh².
    """
    return (1 - h_new)[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def square_of_the_difference(h_new, p):
    """This is (1 − h_new)² where 1 − h_new² should be

    Only the state is squared, not the difference: mind the brackets.
    """
    return ((1 - h_new) ** 2)[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def logistic_slope(h_new, p):
    """This is the slope of the logistic function, not of tanh

    h · (1 − h) belongs to σ. For tanh it is 1 − h².
    """
    return (h_new * (1 - h_new))[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def plus_for_minus(h_new, p):
    """A plus stands where the minus should: 1 + h_new²

    A slope of tanh never exceeds 1.
    """
    return (1 + h_new**2)[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def one_missing(h_new, p):
    """The 1 is missing: this is h_new² · W_hh

    At rest, h_new = 0, the slope is 1, not 0.
    """
    return (h_new**2)[:, :, None] * p.W_hh


@rnn_jacobian.mistake
def summed_by_a_matrix_product(h_new, p):
    """The slopes are multiplied into W_hh with @, which sums over i

    The result is (B, H): a matrix product adds up what should stay apart. Multiply entry by entry, with `*`, after
    giving the slopes a third axis.
    """
    return (1 - h_new**2) @ p.W_hh


@rnn_jacobian.mistake
def batch_on_the_rows(h_new, p):
    """Slopes (B, H) meet weights (H, H) without a new axis

    NumPy tries to line B up with H and cannot. There is one matrix for each row of the batch: the slopes need a third
    axis before they are multiplied.
    """
    return (1 - h_new**2) * p.W_hh


@rnn_jacobian.mistake
def first_row_only(h_new, p):
    """Only the first row of the batch is used

    This is the right (H, H) matrix of row 0. Every row of the batch has its own: the result is (B, H, H).
    """
    return np.diag(1 - h_new[0] ** 2) @ p.W_hh


@rnn_jacobian.mistake
def input_weights(h_new, p):
    """These are the weights of the input, W_ih

    The question is how h_new answers to the old *state*, which enters by W_hh. With W_ih you get ∂h_new / ∂x.
    """
    return (1 - h_new**2)[:, :, None] * p.W_ih


@rnn_jacobian.mistake
def new_axis_in_front(h_new, p):
    """The new axis of the slopes stands in front

    `slopes[None, :, :]` is (1, B, H), and B meets the rows of W_hh. The batch must stay in front, and the slopes of
    its units must line up with the *rows* of W_hh: the new axis belongs at the end.
    """
    return (1 - h_new**2)[None, :, :] * p.W_hh


@rnn_jacobian.mistake
def weights_missing(h_new, p):
    """The weights are missing: these are the slopes alone, on a diagonal

    That is ∂h_new / ∂a, how a unit answers to its own sum. The sum in turn answers to the old state by W_hh.
    """
    return (1 - h_new**2)[:, :, None] * np.eye(h_new.shape[1])


@rnn_jacobian.mistake
def state_taken_for_the_old_one(h_new, p):
    """The slopes are those of one step further

    You advance h_new by W_hh and the bias b_hh, and take the slope there. But h_new *is* the state after the step: its
    slope is 1 minus its own square.
    """
    return (1 - np.tanh(h_new @ p.W_hh.T + p.b_hh) ** 2)[:, :, None] * p.W_hh


@rnn_jacobian.slips(
    ("squashed_twice", "square_missing", "square_of_the_difference", "logistic_slope", "plus_for_minus", "one_missing"),
    ("slopes_on_the_columns", "weights_transposed", "jacobian_transposed"),
)
def several_slips_in_a_jacobian(slip, h_new, p):
    slopes = (
        1 - np.tanh(h_new) ** 2 if slip("squashed_twice")
        else 1 - h_new if slip("square_missing")
        else (1 - h_new) ** 2 if slip("square_of_the_difference")
        else h_new * (1 - h_new) if slip("logistic_slope")
        else 1 + h_new**2 if slip("plus_for_minus")
        else h_new**2 if slip("one_missing")
        else 1 - h_new**2
    )  # fmt: skip
    on_columns = slip("slopes_on_the_columns") or slip("jacobian_transposed")
    transposed = slip("weights_transposed") or slip("jacobian_transposed")
    return (slopes[:, None, :] if on_columns else slopes[:, :, None]) * (p.W_hh.T if transposed else p.W_hh)


@rnn_jacobian.mistake
def diagonal_alone(h_new, p):
    """Only the diagonal is left

    `*` with a diagonal matrix multiplies entry by entry, and off the diagonal with 0. Use `@` there, or no diagonal
    matrix at all: a new axis makes each slope meet its row.
    """
    return (1 - h_new**2)[:, :, None] * np.eye(h_new.shape[1]) * p.W_hh


@rnn_jacobian.law
def is_the_weights_at_rest(f, rng):
    """at rest, h_new = 0, every Jacobian is W_hh

    There the slope of tanh is 1.
    """
    h_new, p = draw_state(rng)
    J = f(np.zeros_like(h_new), p)
    return J.shape == (*h_new.shape, h_new.shape[1]) and np.allclose(J, p.W_hh)


@rnn_jacobian.law
def closes_when_saturated(f, rng):
    """a saturated state, h_new = ±1, lets nothing through

    There the slope of tanh is 0.
    """
    h_new, p = draw_state(rng)
    return np.allclose(f(np.sign(h_new), p), 0)


@rnn_jacobian.law
def a_unit_scales_its_own_row(f, rng):
    """changing the state of unit i changes row i of the Jacobian alone

    The slope belongs to the unit that answers.
    """
    h_new, p = draw_state(rng)
    h_new[:, 0] = 0.1
    other = h_new.copy()
    other[:, 0] = 0.9
    changed = ~np.isclose(f(h_new, p), f(other, p))
    return changed[:, 0].all() and not changed[:, 1:].any()


@rnn_jacobian.also_right
def by_einsum(h_new, p):
    return np.einsum("bi,ij->bij", (1 - h_new) * (1 + h_new), p.W_hh)


@rnn_jacobian.also_right
def by_diagonal_matrices(h_new, p):
    return np.stack([np.diag(1 - h * h) @ p.W_hh for h in h_new])


# ---------------------------------------------------------------------------------------------- the product over time

gradient_norms = Exercise(
    reference=gru_ref.gradient_norms,
    inputs=draw_run,
    edges=(
        *thin(draw_run, THIN_RUNS),
        (np.array([[[0.5, -0.3, 0.2]]]), RNNParams(np.ones((3, 2)), 0.5 * np.eye(3) + 0.2, np.ones(3), np.ones(3))),
    ),
    axes="T B",
    hints=(
        "Walk backward: the product for t is the product for t + 1, with one more factor. Start from the identity, which belongs to the last state.",
        "The factor that leads from h_t to h_{t+1} is built from the state it ends in: `gru_ref.rnn_jacobian(hs[t + 1], p)`.",
        "The newest factor stays on the left, so the older one joins on the right: `product = product @ J`. Then its norm.",
    ),
)


@gradient_norms.mistake
def newest_on_the_right(hs, p):
    """The factors are multiplied in the wrong order

    This is exactly what you get with the newest Jacobian on the right. The chain rule puts it on the left: walking
    backward in time, each new factor is older, and joins on the right.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = gru_ref.rnn_jacobian(hs[t + 1], p) @ product
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def jacobian_of_the_step_before(hs, p):
    """Each Jacobian is built from the state that its step starts in

    The factor that leads from h_t to h_{t+1} needs the slopes at h_{t+1}, the state it ends in. Yours uses hs[t] there.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def one_factor_too_many(hs, p):
    """There is one factor too many: the last row is not 1

    Row t holds the product for t − 1. For the last state there is no step in between, so no factor: its norm is 1.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 1, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def frobenius_norm(hs, p):
    """This is the Frobenius norm, not the spectral norm

    Without `ord=2`, `np.linalg.norm` takes the root of the sum of all squares: the identity gets √H, not 1. The task asks
    for the largest stretch of any one direction.
    """
    T, B, H = hs.shape
    norms, product = np.zeros((T, B)), np.broadcast_to(np.eye(H), (B, H, H))
    norms[-1] = np.linalg.norm(product, axis=(1, 2))
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, axis=(1, 2))
    return norms


@gradient_norms.mistake
def frobenius_norm_below_a_row_of_ones(hs, p):
    """All rows but the last are Frobenius norms

    Without `ord=2`, `np.linalg.norm` takes the root of the sum of all squares. The task asks for the spectral norm, the largest
    stretch of any one direction.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, axis=(1, 2))
    return norms


@gradient_norms.mistake
def axes_of_the_norm_missing(hs, p):
    """The norm is taken of a whole stack of matrices

    The product is (B, H, H), three axes, and `np.linalg.norm` with `ord=2` wants to know which two make the matrix:
    `axis=(1, 2)`.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2)
    return norms


@gradient_norms.mistake
def spectral_radius(hs, p):
    """This is the spectral radius, not the spectral norm

    The largest |eigenvalue| speaks of directions that do not turn. The largest stretch is the largest *singular value*.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.abs(np.linalg.eigvals(product)).max(axis=-1)
    return norms


@gradient_norms.mistake
def product_of_norms(hs, p):
    """The norms are multiplied, not the matrices

    This is the upper bound ∏ ‖J‖. It would be right only if each factor stretched most where the one before it did.
    Multiply the matrices first, and take the norm of the product.
    """
    T, B, _ = hs.shape
    norms = np.ones((T, B))
    for t in range(T - 2, -1, -1):
        norms[t] = norms[t + 1] * np.linalg.norm(gru_ref.rnn_jacobian(hs[t + 1], p), ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def no_product(hs, p):
    """Each row holds the norm of one Jacobian alone

    Nothing is carried from one turn of the loop to the next. ∂h_T / ∂h_t is the product of all the Jacobians in between.
    """
    T, B, _ = hs.shape
    norms = np.ones((T, B))
    for t in range(T - 2, -1, -1):
        norms[t] = np.linalg.norm(gru_ref.rnn_jacobian(hs[t + 1], p), ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def multiplied_entry_by_entry(hs, p):
    """The Jacobians are multiplied entry by entry

    `*` multiplies entries that stand at the same place. A chain of dependences is a matrix product, `@`.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.ones((H, H))
    for t in range(T - 2, -1, -1):
        product = product * gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def off_diagonal_lost(hs, p):
    """The Jacobians are multiplied entry by entry, starting from the identity

    After the first `*` with the identity only the diagonal is left. A chain of dependences is a matrix product, `@`.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product * gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def from_the_first_state(hs, p):
    """These are the derivatives ∂h_t / ∂h_0 of every state after the first

    You walk forward, and your first row is 1. The task asks how the *last* state depends on each earlier one, so the last row
    is 1.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(1, T):
        product = gru_ref.rnn_jacobian(hs[t], p) @ product
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def by_lag(hs, p):
    """The rows are in order of lag, the newest first

    All norms are right, but row 0 belongs to the last state. Row t belongs to state t: turn them round.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for lag in range(1, T):
        product = product @ gru_ref.rnn_jacobian(hs[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def last_row_left_at_zero(hs, p):
    """The last row is 0 instead of 1

    The loop never writes it, and it was made with zeros. h_T depends on itself with slope 1.
    """
    T, B, H = hs.shape
    norms, product = np.zeros((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def weights_without_slopes(hs, p):
    """The slopes are missing: these are the norms of powers of W_hh

    That is the network at rest. In use, every factor is a Jacobian with the slopes of its own step.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ p.W_hh
        norms[t] = np.linalg.norm(product, ord=2)
    return norms


@gradient_norms.mistake
def loop_runs_forward(hs, p):
    """The loop runs forward in time, and so each row holds the product of the wrong steps

    Your row t holds the factors of all steps *up to* t. It needs those *after* t: start at the last state and walk back.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def first_row_not_reached(hs, p):
    """The loop stops one step too early: row 0 is never written

    `range(T - 2, 0, -1)` ends at 1, because a range leaves out its end. To reach 0, let it end at −1.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, 0, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def last_row_missing(hs, p):
    """The row of the last state is missing

    You return T − 1 rows, one for each step in between. The last state has a row too: it depends on itself with slope 1.
    """
    norms, product = [], np.eye(hs.shape[2])
    for h_new in hs[:0:-1]:
        product = product @ gru_ref.rnn_jacobian(h_new, p)
        norms.append(np.linalg.norm(product, ord=2, axis=(1, 2)))
    return np.array(norms[::-1])


@gradient_norms.mistake
def the_same_jacobian_throughout(hs, p):
    """Every factor is the Jacobian of the last step

    Nothing in the factor changes from one turn of the loop to the next. Each step has slopes of its own.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[-1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_norms.mistake
def root_missing(hs, p):
    """These are the squares of the norms

    The largest eigenvalue of M Mᵀ is the *square* of the largest singular value of M.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2)) ** 2
    return norms


@gradient_norms.mistake
def largest_column_sum(hs, p):
    """This is the largest sum of a column, not the spectral norm

    `ord=1` adds up the sizes in each column. The largest stretch of any direction is `ord=2`.
    """
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=1, axis=(1, 2))
    return norms


@gradient_norms.slips(
    ("newest_on_the_right",),
    ("jacobian_of_the_step_before",),
    ("frobenius_norm_below_a_row_of_ones", "spectral_radius"),
    ("by_lag", "last_row_left_at_zero"),
)
def several_slips_in_a_product(slip, hs, p):
    T, B, H = hs.shape
    norms, product = np.ones((T, B)), np.broadcast_to(np.eye(H), (B, H, H))
    if slip("last_row_left_at_zero"):
        norms[-1] = 0
    for t in range(T - 2, -1, -1):
        J = gru_ref.rnn_jacobian(hs[t if slip("jacobian_of_the_step_before") else t + 1], p)
        product = J @ product if slip("newest_on_the_right") else product @ J
        norms[t] = (
            np.linalg.norm(product, axis=(1, 2)) if slip("frobenius_norm_below_a_row_of_ones")
            else np.abs(np.linalg.eigvals(product)).max(axis=-1) if slip("spectral_radius")
            else np.linalg.norm(product, ord=2, axis=(1, 2))
        )  # fmt: skip
    return norms[::-1].copy() if slip("by_lag") else norms


@gradient_norms.mistake
def upper_bound(hs, p):
    """This is the upper bound, σ_max to the power of the lag

    It holds for any run of this network. The task asks what *this* run really does: multiply its Jacobians.
    """
    lags = np.arange(len(hs))[::-1]
    return np.linalg.norm(p.W_hh, ord=2) ** np.repeat(lags[:, None], hs.shape[1], axis=1)


@gradient_norms.mistake
def smallest_stretch(hs, p):
    """This is the smallest stretch, not the largest

    With `ord=-2` the norm is the smallest singular value. The spectral norm is the largest: `ord=2`.
    """
    T, B, H = hs.shape
    product = np.broadcast_to(np.eye(H), (B, H, H))
    norms = np.ones((T, B))
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=-2, axis=(1, 2))
    return norms


@gradient_norms.law
def one_at_lag_zero(f, rng):
    """the last row is 1

    h_T depends on itself with slope 1.
    """
    return np.allclose(f(*draw_run(rng))[-1], 1)


@gradient_norms.law
def powers_at_rest(f, rng):
    """at rest, the norms are those of the powers of W_hh

    With every state at 0, all slopes are 1.
    """
    hs, p = draw_run(rng)
    powers = [np.linalg.norm(np.linalg.matrix_power(p.W_hh, len(hs) - 1 - t), ord=2) for t in range(len(hs))]
    return np.allclose(f(np.zeros_like(hs), p), np.array(powers)[:, None])


@gradient_norms.law
def stays_below_the_bound(f, rng):
    """no norm exceeds σ_max(W_hh) to the power of the lag

    A product stretches no more than its factors do, one after the other.
    """
    hs, p = draw_run(rng)
    lags = np.arange(len(hs))[::-1]
    return np.all(f(hs, p) <= np.linalg.norm(p.W_hh, ord=2) ** lags[:, None] * (1 + 1e-9))


@gradient_norms.law(broken_by=lambda hs, p: np.broadcast_to(gru_ref.gradient_norms(hs, p)[:, :1], hs.shape[:2]).copy())
def rows_of_the_batch_are_independent(f, rng):
    """a row of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    hs, p = draw_run(rng)
    return np.allclose(f(hs, p)[:, 1:], f(hs[:, 1:], p))


@gradient_norms.also_right
def row_by_row(hs, p):
    T, B, H = hs.shape
    norms = np.zeros((T, B))
    for b in range(B):
        for t in range(T):
            product = np.eye(H)
            for k in range(t + 1, T):
                product = np.diag(1 - hs[k, b] ** 2) @ p.W_hh @ product
            norms[t, b] = np.linalg.svd(product, compute_uv=False)[0]
    return norms


@gradient_norms.also_right
def by_transposes(hs, p):
    product = np.stack([np.eye(hs.shape[2])] * hs.shape[1])
    norms = [np.ones(hs.shape[1])]
    for h_new in hs[:0:-1]:
        product = p.W_hh.T @ ((1 - h_new**2)[:, :, None] * product)
        norms.append(np.sqrt(np.linalg.eigvalsh(product @ product.transpose(0, 2, 1))[:, -1]))
    return np.array(norms[::-1])


# ------------------------------------------------------------------------------------------------- orthogonal weights

orthogonal = Exercise(
    reference=gru_ref.orthogonal,
    inputs=lambda rng: (
        int(rng.integers(3, 7)),
        float(rng.uniform(1.2, 2.5)),
        np.random.default_rng(rng.integers(2**32)),
    ),
    edges=((1, 0.5, np.random.default_rng(1)),),
    axes="H H",
    by_value=False,
    hints=(
        "Draw an (H, H) matrix of standard normal numbers from `rng`, and split it with `np.linalg.qr`.",
        "Q is orthogonal, but its signs follow the routine's habit. The signs of R's diagonal, `np.sign(np.diag(R))`, undo it.",
        "Each of these signs belongs to a *column* of Q. NumPy lines a vector (H,) up with the columns when it multiplies.",
    ),
)


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


def is_scaled_orthogonal(W, size):
    """Whether WᵀW = size² times the identity."""
    return np.allclose(W.T @ W, size**2 * np.eye(len(W)), atol=1e-9)


@orthogonal.mistake(when=lambda args, W: isinstance(W, tuple))
def all_factors(H, gain, rng):
    """All factors come back, not the orthogonal one alone

    `np.linalg.qr` returns two matrices. Unpack them, `Q, R = …`, and return what you make of them.
    """
    return np.linalg.qr(rng.standard_normal((H, H)))


@orthogonal.mistake
def shape_in_two_arguments(H, gain, rng):
    """The shape is handed over as two arguments

    A generator takes a shape as one tuple, `(H, H)` with brackets of its own. NumPy took the second H for a data type.
    """
    return gain * rng.standard_normal(H, H)


@orthogonal.mistake(when=lambda args, W: is_scaled_orthogonal(W, 1) and not np.isclose(args[1], 1))
def gain_forgotten(H, gain, rng):
    """It is orthogonal, but the gain is missing

    Every singular value is 1. Multiply the matrix by `gain`.
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return Q * np.sign(np.diag(R))


@orthogonal.mistake(when=lambda args, W: is_scaled_orthogonal(W, np.sqrt(args[1])))
def gain_under_a_root(H, gain, rng):
    """The gain enters as its square root

    Every singular value is √gain. WᵀW is gain² times the identity, so W itself carries gain.
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return np.sqrt(gain) * Q * np.sign(np.diag(R))


@orthogonal.mistake(when=lambda args, W: is_scaled_orthogonal(W, args[1] ** 2))
def gain_squared(H, gain, rng):
    """The gain is squared

    Every singular value is gain². It is WᵀW that is gain² times the identity; W itself carries gain.
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain**2 * Q * np.sign(np.diag(R))


def drawn_first(args):
    """The first (H, H) matrix of standard normal numbers that the generator in `args` gives."""
    H, _, rng = args
    return copy.deepcopy(rng).standard_normal((H, H))


def qr_of_fractions(args):
    """Q and R of the first (H, H) matrix of numbers between 0 and 1 that the generator in `args` gives."""
    H, _, rng = args
    return np.linalg.qr(copy.deepcopy(rng).random((H, H)))


@orthogonal.mistake(when=lambda args, W: np.allclose(W, args[1] * np.linalg.qr(drawn_first(args))[0]))
def signs_left_to_the_routine(H, gain, rng):
    """It is orthogonal, but the signs are left to the QR routine

    Every draw is orthogonal, yet not all matrices are equally likely: the top left entry is never positive, for one.
    Use the signs of R's diagonal to undo the routine's habit.
    """
    return gain * np.linalg.qr(rng.standard_normal((H, H)))[0]


@orthogonal.mistake(when=lambda args, W: np.allclose(np.abs(W), args[1] * np.abs(qr_of_fractions(args)[0])))
def numbers_from_one_side(H, gain, rng):
    """It is orthogonal, but the numbers it was made from are all above 0

    Numbers drawn between 0 and 1 point to one side, and so does the first column. Draw numbers that favour no direction:
    standard normal ones.
    """
    Q, R = np.linalg.qr(rng.random((H, H)))
    return gain * Q * np.sign(np.diag(R))


@orthogonal.mistake(when=lambda args, W: np.allclose(W, args[1] * np.linalg.svd(drawn_first(args))[0]))
def left_singular_vectors(H, gain, rng):
    """These are the left singular vectors, with the signs that the routine likes

    U of an SVD is orthogonal, but the routine's choice of signs makes some matrices likelier. The product U @ Vt of both
    outer factors is fair, for there the choice cancels.
    """
    return gain * np.linalg.svd(rng.standard_normal((H, H)))[0]


@orthogonal.mistake(when=lambda args, W: np.allclose(np.abs(W), np.abs(args[1] * np.linalg.qr(drawn_first(args))[1])))
def triangular_factor(H, gain, rng):
    """This is R, the triangular factor

    `np.linalg.qr` returns Q first, then R. Q is the orthogonal one.
    """
    return gain * np.linalg.qr(rng.standard_normal((H, H)))[1]


def matches_qr(args, W, make):
    """Whether W is what ``make(Q, R)`` gives, times gain, for the first matrix drawn."""
    return np.allclose(W, args[1] * make(*np.linalg.qr(drawn_first(args))))


@orthogonal.mistake(when=lambda args, W: matches_qr(args, W, lambda Q, R: Q * np.sign(R)))
def signs_of_all_of_r(H, gain, rng):
    """The signs are those of all of R, not of its diagonal

    R is (H, H), so every entry of Q gets a sign of its own, and those below the diagonal become 0. Only whole columns
    may be flipped: take the diagonal, `np.diag(R)`, first.
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.sign(R)


@orthogonal.mistake(when=lambda args, W: matches_qr(args, W, lambda Q, R: Q * np.diag(R)))
def diagonal_for_its_signs(H, gain, rng):
    """The columns are multiplied by R's diagonal itself, not by its signs

    That gives each column another length. Only the signs should be undone: `np.sign` is missing.
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.diag(R)


@orthogonal.mistake(when=lambda args, W: len(W) == 1 or is_normalised_only(W, args[1]))
def columns_normalised(H, gain, rng):
    """The columns have the right length, but are not at right angles

    Making the length of each column gain does not change its angle to the others. WᵀW must be gain² times the identity, with zeros
    beside the diagonal too.
    """
    A = rng.standard_normal((H, H))
    return gain * A / np.linalg.norm(A, axis=0)


def is_normalised_only(W, size):
    """Whether the columns have length `size` without being at right angles."""
    return np.allclose(np.linalg.norm(W, axis=0), size) and not is_scaled_orthogonal(W, size)


@orthogonal.mistake(when=lambda args, W: len(W) == 1 or not is_scaled_orthogonal(W / np.linalg.norm(W[:, 0]), 1))
def not_orthogonal(H, gain, rng):
    """The columns are not at right angles, or not equally long

    Compare `W.T @ W` with gain² times the identity. Random numbers alone, however scaled, don't make it so; something must turn the
    columns to right angles. And of what may be done afterwards, only flipping whole columns or rows and one factor for
    all entries leave it so.
    """
    return gain * rng.standard_normal((H, H)) / np.sqrt(H)


@orthogonal.law
def turns_and_scales(f, rng):
    """WᵀW = gain² times the identity, whatever the size and the gain

    Every direction is stretched by exactly gain.
    """
    for H, gain in [(1, 0.7), (2, 1.9), (5, 1.0), (9, 0.3)]:
        if not is_scaled_orthogonal(f(H, gain, fresh(rng)), gain):
            return False
    return True


@orthogonal.law(broken_by=lambda H, gain, rng: gru_ref.orthogonal(H, gain, np.random.default_rng()))
def obeys_the_generator(f, rng):
    """the same generator gives the same matrix

    Every random number should come from `rng`, none from `np.random` or from a generator of your own.
    """
    seed = rng.integers(2**32)
    return np.allclose(f(4, 1.5, np.random.default_rng(seed)), f(4, 1.5, np.random.default_rng(seed)))


@orthogonal.law(broken_by=lambda H, gain, rng: gru_ref.orthogonal(H, gain, np.random.default_rng(0)))
def draws_anew(f, rng):
    """two generators with different seeds give different matrices

    Every random number should come from `rng`: with a generator of your own and a fixed seed, all draws are the same.
    """
    return not np.allclose(f(4, 1.5, fresh(rng)), f(4, 1.5, fresh(rng)))


@orthogonal.law
def turns_and_mirrors(f, rng):
    """about half of all draws turn (determinant above 0), the others mirror (below 0)

    Uniform over *all* orthogonal matrices means both kinds. Of 100 draws, between 19 and 81 should turn.
    """
    # By chance a fair answer is outside in fewer than one of 10⁹ checks (binomial).
    return 19 <= sum(np.linalg.det(f(3, 1.0, fresh(rng))) > 0 for _ in range(100)) <= 81


def fourth_moments(draws):
    """Mean fourth power of the first columns' entries, of the first rows', and of all, each as a multiple of what
    uniformly drawn orthogonal matrices have: draws (N, H, H) → three numbers."""
    H = draws.shape[-1]
    return [np.mean(v**4) / np.mean(v**2) ** 2 * (H + 2) / (3 * H) for v in (draws[:, :, 0], draws[:, 0], draws)]


@orthogonal.law
def spreads_over_all_entries(f, rng):
    """a column of a large matrix points in any direction, and none is likelier

    The entries of a direction drawn uniformly scatter like normal numbers: their mean fourth power is 3 / (H (H + 2)) for
    gain 1. Where one entry holds most of a column, as in a permutation or a single reflection, it is far above that;
    where the column comes from numbers between two bounds, such as `rng.uniform(-1, 1)`, it is below.
    """
    # Fair draws scatter about 1 by 0.039: by chance one is outside in fewer than one of 10⁹ checks.
    draws = np.stack([f(100, 1.5, fresh(rng)) for _ in range(16)])
    return all(0.76 < moment < 1.35 for moment in fourth_moments(draws))


def is_qr_of(args, W, source):
    """Whether W is, but for signs, gain times Q of a matrix that ``source(rng, shape)`` draws first."""
    H, gain, rng = args
    Q, _ = np.linalg.qr(source(copy.deepcopy(rng), (H, H)))
    return np.allclose(np.abs(W), gain * np.abs(Q))


@orthogonal.mistake(when=lambda args, W: is_qr_of(args, W, lambda rng, shape: rng.uniform(-1, 1, shape)))
def numbers_between_two_bounds(H, gain, rng):
    """It is orthogonal, but the numbers it was made from are uniform, not normal

    Numbers between −1 and 1 fill a cube, whose corners are farther away than its faces: columns towards the corners are
    likelier. Only normal numbers favour no direction, `rng.standard_normal`.
    """
    Q, R = np.linalg.qr(rng.uniform(-1, 1, (H, H)))
    return gain * Q * np.sign(np.diag(R))


@orthogonal.mistake(when=lambda args, W: np.isclose(np.sort(np.abs(W), axis=0)[-1], args[1]).all())
def signed_permutation(H, gain, rng):
    """It is a permutation, with signs or without: nearly all orthogonal matrices are left out

    Each column has one entry of ±gain and zeros. Uniform means that every direction is equally likely: orthogonalise a
    matrix of normal numbers, by QR.
    """
    return gain * np.eye(H)[rng.permutation(H)] * rng.choice([-1, 1], H)


def mean_products_of_squares(H):
    """The mean of W_ij² W_kl² over all orthogonal matrices, for each pair of entries: (H², H²)."""
    row, column = np.divmod(np.arange(H * H), H)
    same = (row[:, None] == row) * 1 + (column[:, None] == column)
    return np.choose(same, [(H + 1) / (H * (H - 1) * (H + 2)), 1 / (H * (H + 2)), 3 / (H * (H + 2))])


@orthogonal.law(broken_by=lambda H, gain, rng: gain * np.eye(H)[rng.permutation(H)])
def favours_nothing(f, rng):
    """no entry is large on average, and no two entries tend to have the same sign or to be large together

    Of 400 draws, the mean of each entry and of each product of two entries should be near 0, that of each square near 1/H.
    Is something left of a routine's habit of choosing signs? Flipping all columns *together* is not enough, and neither
    is shuffling rows.
    """
    draws = np.stack([f(3, 1.0, fresh(rng)).ravel() for _ in range(400)])
    products = draws.T @ draws / 400 - np.eye(9) / 3
    squares = (draws**2).T @ draws**2 / 400 - mean_products_of_squares(3)
    # Chernoff's bound: by chance a fair answer is outside in fewer than one of 10⁹ checks, all limits taken together.
    return (
        np.abs(draws.mean(axis=0)).max() < 0.23
        and np.abs(products).max() < 0.135
        and np.abs(np.diag(products)).max() < 0.115
        and np.abs(squares).max() < 0.115
    )


@orthogonal.also_right
def by_polar_factor(H, gain, rng):
    U, _, Vt = np.linalg.svd(rng.normal(size=(H, H)))
    return gain * (U @ Vt)


@orthogonal.also_right
def by_gram_schmidt(H, gain, rng):
    W = np.zeros((H, H))
    for i in range(H):
        w = rng.standard_normal(H)
        for _ in range(2):
            w = w - W[:, :i] @ (W[:, :i].T @ w)
        W[:, i] = w / np.linalg.norm(w)
    return gain * W
