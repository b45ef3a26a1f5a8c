"""Dynamic time warping equals a search through all ways on small cases; what does not fit is refused."""

import numpy as np
import pytest

from gru_ref import nearest_by_warping, warping_distances


def cheapest(a, b, i=0, j=0):
    """The least cost of all ways from the pair (i, j) to the last one, one way after the other."""
    here = ((a[i] - b[j]) ** 2).sum()
    onward = [(i + 1, j), (i, j + 1), (i + 1, j + 1)]
    ways = [cheapest(a, b, *pair) for pair in onward if pair[0] < len(a) and pair[1] < len(b)]
    return here + min(ways, default=0)


def test_distances_are_those_of_the_cheapest_way():
    rng = np.random.default_rng(0)
    x, others = rng.normal(0, 1, (4, 2)), [rng.normal(0, 1, (T, 2)) for T in (1, 5, 3, 4)]
    np.testing.assert_allclose(warping_distances(x, others), [cheapest(x, other) for other in others])


def test_repeated_steps_cost_nothing_and_the_nearest_gives_its_label():
    rng = np.random.default_rng(1)
    known = [rng.normal(0, 1, (T, 3)) for T in (5, 3, 6)]
    slower = [np.repeat(x, rng.integers(1, 4, len(x)), axis=0) for x in known]
    for k, x in enumerate(slower):
        assert warping_distances(x, known)[k] == 0
    assert nearest_by_warping(slower, known, np.array([4, 7, 4])).tolist() == [4, 7, 4]


@pytest.mark.parametrize(
    ("x", "others", "message"),
    [
        (np.ones(3), [np.ones((2, 1))], "x has shape"),
        (np.ones((2, 1)), [], r"others is \[\], but should be a list"),
        (np.ones((2, 1)), [np.ones((2, 2))], r"others\[0\] has shape \(2, 2\), but its I should be 1"),
        (np.full((2, 1), np.nan), [np.ones((2, 1))], "x holds NaN"),
    ],
)
def test_what_does_not_fit_is_refused(x, others, message):
    with pytest.raises(ValueError, match=message):
        warping_distances(x, others)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="labels holds 2, but should hold 1"):
        nearest_by_warping([np.ones((2, 1))], [np.ones((2, 1))], np.array([0, 1]))
