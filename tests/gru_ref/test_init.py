"""Orthogonal weights: their singular values, their generator, and their uniform distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_ref import orthogonal

gains = st.floats(0.01, 100)
seeds = st.integers(0, 2**32 - 1)


@given(st.integers(1, 40), gains, seeds)
def test_every_direction_is_stretched_by_the_gain(H, gain, seed):
    W = orthogonal(H, gain, np.random.default_rng(seed))
    assert W.shape == (H, H) and W.dtype == np.float64
    np.testing.assert_allclose(W.T @ W / gain**2, np.eye(H), atol=1e-12)


@given(st.integers(1, 10), gains, seeds)
def test_the_generator_alone_decides(H, gain, seed):
    first, again = (orthogonal(H, gain, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_two_draws_from_one_generator_differ():
    rng = np.random.default_rng(0)
    assert not np.allclose(orthogonal(4, 1.0, rng), orthogonal(4, 1.0, rng))


def moments(draw, count=20_000):
    """Of many (3, 3) draws: mean of W, of tr(W)², of tr(W²), of tr(W)⁴, and the share with determinant above 0."""
    rng = np.random.default_rng(0)
    W = np.stack([draw(rng) for _ in range(count)])
    trace = np.trace(W, axis1=1, axis2=2)
    return (
        np.abs(W.mean(axis=0)).max(),
        (trace**2).mean(),
        np.trace(W @ W, axis1=1, axis2=2).mean(),
        (trace**4).mean(),
        (np.linalg.det(W) > 0).mean(),
    )


# Under the uniform (Haar) measure on O(3): E[W] = 0, E[tr(W)²] = E[tr(W²)] = 1, E[tr(W)⁴] = 3 (Diaconis and Shahshahani
# 1994), and both determinants are equally likely. The tolerances are above four standard errors of 20,000 draws.
UNIFORM, TOLERANCE = np.array([0, 1, 1, 3, 0.5]), np.array([0.02, 0.05, 0.06, 0.3, 0.015])


def test_all_orthogonal_matrices_are_equally_likely():
    assert (np.abs(moments(lambda rng: orthogonal(3, 1.0, rng)) - UNIFORM) < TOLERANCE).all()


@given(seeds)
def test_a_fixed_turn_before_or_after_changes_nothing_about_what_is_likely(seed):
    """What defines the uniform measure: one entry of a turned draw has the distribution of any other entry."""
    rng = np.random.default_rng(seed)
    turn = orthogonal(3, 1.0, rng)
    entries = np.array([(turn @ orthogonal(3, 1.0, rng))[0, 0] for _ in range(400)])
    # On the sphere in three dimensions one coordinate is uniform in (−1, 1) (Archimedes).
    gap = np.abs(np.sort(entries) - np.linspace(-1, 1, 400)).max() / 2
    assert gap < 0.15  # Kolmogorov and Smirnov: passed by chance alone with probability above 1 − 1e-7


@pytest.mark.parametrize(
    "unfair",
    [
        lambda rng: np.linalg.qr(rng.standard_normal((3, 3)))[0],
        lambda rng: np.linalg.svd(rng.standard_normal((3, 3)))[0],
        lambda rng: np.eye(3) - 2 * np.outer(v := (u := rng.standard_normal(3)) / np.linalg.norm(u), v),
    ],
    ids=["qr without signs", "left singular vectors", "one mirror"],
)
def test_the_test_of_fairness_notices_what_is_not_fair(unfair):
    assert (np.abs(moments(unfair) - UNIFORM) > TOLERANCE).any()


@pytest.mark.parametrize(
    ("H", "gain", "message"),
    [
        (0, 1.0, "H is 0, but should be an integer of at least 1"),
        (2.0, 1.0, r"H is 2\.0, but should be an integer of at least 1"),
        (3, 0.0, r"gain is 0\.0, but should be a finite number above 0"),
        (3, -1.0, r"gain is -1\.0, but should be a finite number above 0"),
        (3, np.inf, "gain is inf, but should be a finite number above 0"),
        (3, np.nan, "gain is nan, but should be a finite number above 0"),
        (3, "1", "gain is '1', but should be a finite number above 0"),
        (3, None, "gain is None, but should be a finite number above 0"),
        (3, np.ones(2), "gain is array.*, but should be a finite number above 0"),
    ],
)
def test_what_is_not_a_size_or_a_gain_is_refused(H, gain, message):
    with pytest.raises(ValueError, match=message):
        orthogonal(H, gain, np.random.default_rng(0))
