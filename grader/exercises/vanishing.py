"""Lesson 02: the Jacobian of an RNN step, its product over time, and orthogonal weights."""

import copy
from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from gru_ref import RNNParams

LESSON = "02_vanishing"
MISTAKES = Path(__file__).with_name(LESSON)


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
    known=MISTAKES / "rnn_jacobian.md",
    inputs=draw_state,
    edges=thin(draw_state, THIN_STEPS),
    axes="B H H",
    hints=(
        "J[b, i, j] has two factors: the weight from unit j to unit i, and the slope of unit i in row b.",
        "The slopes are `1 - h_new**2`, shape (B, H). Each belongs to one *row* i of the weights.",
        "Give the slopes a last axis of length 1, `[:, :, None]`, shape (B, H, 1). NumPy then repeats them along j.",
    ),
)


@rnn_jacobian.property
def is_the_weights_at_rest(f, rng):
    """at rest, h_new = 0, every Jacobian is W_hh

    There the slope of tanh is 1.
    """
    h_new, p = draw_state(rng)
    J = f(np.zeros_like(h_new), p)
    return J.shape == (*h_new.shape, h_new.shape[1]) and np.allclose(J, p.W_hh)


@rnn_jacobian.property
def closes_when_saturated(f, rng):
    """a saturated state, h_new = ±1, lets nothing through

    There the slope of tanh is 0.
    """
    h_new, p = draw_state(rng)
    return np.allclose(f(np.sign(h_new), p), 0)


@rnn_jacobian.property
def a_unit_scales_its_own_row(f, rng):
    """changing the state of unit i changes only row i of the Jacobian

    The slope belongs to the unit whose state is differentiated.
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
    known=MISTAKES / "gradient_norms.md",
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


@gradient_norms.property
def one_at_lag_zero(f, rng):
    """the last row is 1

    h_T depends on itself with slope 1.
    """
    return np.allclose(f(*draw_run(rng))[-1], 1)


@gradient_norms.property
def powers_at_rest(f, rng):
    """at rest, the norms are those of the powers of W_hh

    With every state at 0, all slopes are 1.
    """
    hs, p = draw_run(rng)
    powers = [np.linalg.norm(np.linalg.matrix_power(p.W_hh, len(hs) - 1 - t), ord=2) for t in range(len(hs))]
    return np.allclose(f(np.zeros_like(hs), p), np.array(powers)[:, None])


@gradient_norms.property
def stays_below_the_bound(f, rng):
    """no norm exceeds σ_max(W_hh) to the power of the lag

    A product stretches no more than its factors do, one after the other.
    """
    hs, p = draw_run(rng)
    lags = np.arange(len(hs))[::-1]
    return np.all(f(hs, p) <= np.linalg.norm(p.W_hh, ord=2) ** lags[:, None] * (1 + 1e-9))


@gradient_norms.property(
    broken_by=lambda hs, p: np.broadcast_to(gru_ref.gradient_norms(hs, p)[:, :1], hs.shape[:2]).copy()
)
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
    known=MISTAKES / "orthogonal.md",
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
        "Q is orthogonal, but its signs depend on the routine. The signs of R's diagonal, `np.sign(np.diag(R))`, correct that.",
        "Each of these signs belongs to a *column* of Q. NumPy lines a vector (H,) up with the columns when it multiplies.",
    ),
)


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


def is_scaled_orthogonal(W, size):
    """Whether WᵀW = size² times the identity."""
    return np.allclose(W.T @ W, size**2 * np.eye(len(W)), atol=1e-9)


@orthogonal.recognises
def all_factors(args, W):
    return isinstance(W, tuple)


@orthogonal.recognises
def gain_forgotten(args, W):
    return is_scaled_orthogonal(W, 1) and not np.isclose(args[1], 1)


@orthogonal.recognises
def gain_under_a_root(args, W):
    return is_scaled_orthogonal(W, np.sqrt(args[1]))


@orthogonal.recognises
def gain_squared(args, W):
    return is_scaled_orthogonal(W, args[1] ** 2)


def drawn_first(args):
    """The first (H, H) matrix of standard normal numbers from the generator in `args`."""
    H, _, rng = args
    return copy.deepcopy(rng).standard_normal((H, H))


def qr_of_fractions(args):
    """Q and R of the first (H, H) matrix of numbers between 0 and 1 from the generator in `args`."""
    H, _, rng = args
    return np.linalg.qr(copy.deepcopy(rng).random((H, H)))


@orthogonal.recognises
def signs_left_to_the_routine(args, W):
    return np.allclose(W, args[1] * np.linalg.qr(drawn_first(args))[0])


@orthogonal.recognises
def numbers_from_one_side(args, W):
    return np.allclose(np.abs(W), args[1] * np.abs(qr_of_fractions(args)[0]))


@orthogonal.recognises
def left_singular_vectors(args, W):
    return np.allclose(W, args[1] * np.linalg.svd(drawn_first(args))[0])


@orthogonal.recognises
def triangular_factor(args, W):
    return np.allclose(np.abs(W), np.abs(args[1] * np.linalg.qr(drawn_first(args))[1]))


def matches_qr(args, W, make):
    """Whether W is ``make(Q, R)`` times gain, for the first matrix drawn."""
    return np.allclose(W, args[1] * make(*np.linalg.qr(drawn_first(args))))


@orthogonal.recognises
def signs_of_all_of_r(args, W):
    return matches_qr(args, W, lambda Q, R: Q * np.sign(R))


@orthogonal.recognises
def diagonal_for_its_signs(args, W):
    return matches_qr(args, W, lambda Q, R: Q * np.diag(R))


@orthogonal.recognises
def columns_normalised(args, W):
    return len(W) == 1 or is_normalised_only(W, args[1])


def is_normalised_only(W, size):
    """Whether the columns have length `size` but are not orthogonal."""
    return np.allclose(np.linalg.norm(W, axis=0), size) and not is_scaled_orthogonal(W, size)


@orthogonal.recognises
def not_orthogonal(args, W):
    return len(W) == 1 or not is_scaled_orthogonal(W / np.linalg.norm(W[:, 0]), 1)


@orthogonal.property
def turns_and_scales(f, rng):
    """WᵀW = gain² times the identity, for every size and gain

    Every direction is stretched by exactly gain.
    """
    for H, gain in [(1, 0.7), (2, 1.9), (5, 1.0), (9, 0.3)]:
        if not is_scaled_orthogonal(f(H, gain, fresh(rng)), gain):
            return False
    return True


@orthogonal.property(broken_by=lambda H, gain, rng: gru_ref.orthogonal(H, gain, np.random.default_rng()))
def obeys_the_generator(f, rng):
    """the same generator gives the same matrix

    Every random number should come from `rng`, none from `np.random` or from a generator of your own.
    """
    seed = rng.integers(2**32)
    return np.allclose(f(4, 1.5, np.random.default_rng(seed)), f(4, 1.5, np.random.default_rng(seed)))


@orthogonal.property(broken_by=lambda H, gain, rng: gru_ref.orthogonal(H, gain, np.random.default_rng(0)))
def draws_anew(f, rng):
    """two generators with different seeds give different matrices

    Every random number should come from `rng`: with a generator of your own and a fixed seed, all draws are the same.
    """
    return not np.allclose(f(4, 1.5, fresh(rng)), f(4, 1.5, fresh(rng)))


@orthogonal.property
def turns_and_mirrors(f, rng):
    """about half of all draws are rotations (determinant above 0), the others reflections (below 0)

    Uniform over *all* orthogonal matrices means both kinds. Among 100 draws, between 19 and 81 should be rotations.
    """
    # By chance a right answer is outside in fewer than one in 10⁹ checks (binomial).
    return 19 <= sum(np.linalg.det(f(3, 1.0, fresh(rng))) > 0 for _ in range(100)) <= 81


def fourth_moments(draws):
    """Mean fourth power of the first columns' entries, of the first rows', and of all, each as a multiple of what
    uniformly drawn orthogonal matrices have: draws (N, H, H) → three numbers."""
    H = draws.shape[-1]
    return [np.mean(v**4) / np.mean(v**2) ** 2 * (H + 2) / (3 * H) for v in (draws[:, :, 0], draws[:, 0], draws)]


@orthogonal.property
def spreads_over_all_entries(f, rng):
    """all directions of a column of a large matrix are equally likely

    The entries of a uniformly drawn direction are nearly normal: their mean fourth power is 3 / (H (H + 2)) for gain 1. If
    one entry holds most of a column, as in a permutation or a single reflection, it is far above that; if the column comes
    from numbers between two bounds, such as `rng.uniform(-1, 1)`, it is below.
    """
    # Right draws have a standard deviation of 0.039 around 1: by chance one is outside in fewer than one in 10⁹ checks.
    draws = np.stack([f(100, 1.5, fresh(rng)) for _ in range(16)])
    return all(0.76 < moment < 1.35 for moment in fourth_moments(draws))


def is_qr_of(args, W, source):
    """Whether W is, up to signs, gain times Q of the first matrix drawn by ``source(rng, shape)``."""
    H, gain, rng = args
    Q, _ = np.linalg.qr(source(copy.deepcopy(rng), (H, H)))
    return np.allclose(np.abs(W), gain * np.abs(Q))


@orthogonal.recognises
def numbers_between_two_bounds(args, W):
    return is_qr_of(args, W, lambda rng, shape: rng.uniform(-1, 1, shape))


@orthogonal.recognises
def signed_permutation(args, W):
    return np.isclose(np.sort(np.abs(W), axis=0)[-1], args[1]).all()


def mean_products_of_squares(H):
    """The mean of W_ij² W_kl² over all orthogonal matrices, for each pair of entries: (H², H²)."""
    row, column = np.divmod(np.arange(H * H), H)
    same = (row[:, None] == row) * 1 + (column[:, None] == column)
    return np.choose(same, [(H + 1) / (H * (H - 1) * (H + 2)), 1 / (H * (H + 2)), 3 / (H * (H + 2))])


@orthogonal.property(broken_by=lambda H, gain, rng: gain * np.eye(H)[rng.permutation(H)])
def favours_nothing(f, rng):
    """no entry is large on average, and no two entries tend to have the same sign or to be large together

    Over 400 draws, the mean of each entry and of each product of two entries should be near 0, that of each square near
    1/H. Do the signs still depend on the routine? Flipping all columns *together* is not enough, and neither is shuffling
    rows.
    """
    draws = np.stack([f(3, 1.0, fresh(rng)).ravel() for _ in range(400)])
    products = draws.T @ draws / 400 - np.eye(9) / 3
    squares = (draws**2).T @ draws**2 / 400 - mean_products_of_squares(3)
    # Chernoff's bound: by chance a right answer is outside in fewer than one in 10⁹ checks, over all limits together.
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
