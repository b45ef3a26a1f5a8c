"""Wilson's interval is SciPy's, and holds the truth in about 95 of 100 experiments."""

import numpy as np
import pytest
from scipy import stats

from gru_ref import accuracy_interval


@pytest.mark.parametrize("n", [1, 2, 7, 40, 1000])
def test_it_is_scipys(n):
    for correct in {0, 1, n // 2, n - 1, n}:
        theirs = stats.binomtest(correct, n).proportion_ci(0.95, method="wilson")
        assert np.allclose(accuracy_interval(correct, n), (theirs.low, theirs.high), rtol=0, atol=1e-12)


def test_the_measured_share_lies_in_it_and_it_never_leaves_0_to_1():
    for n in range(1, 30):
        for correct in range(n + 1):
            low, high = accuracy_interval(correct, n)
            assert 0 <= low <= correct / n <= high <= 1 and high - low > 0


def test_its_ends_are_where_the_share_is_z_standard_errors_away():
    for end in accuracy_interval(33, 40):
        assert abs(33 / 40 - end) / np.sqrt(end * (1 - end) / 40) == pytest.approx(1.959964, abs=1e-6)


def test_it_holds_the_truth_in_about_95_of_100_experiments():
    ends = np.array([accuracy_interval(k, 40) for k in range(41)]).T
    held = [
        ((ends[0] <= q) & (q <= ends[1])) @ stats.binom.pmf(np.arange(41), 40, q) for q in np.linspace(0.05, 0.98, 100)
    ]
    assert 0.94 < np.mean(held) < 0.965 and min(held) > 0.85


@pytest.mark.parametrize(("correct", "n", "message"), [
    (1, 0, "n is 0"), (1, 2.0, "n is 2.0"), (3, 2, "correct is 3, but should be an integer from 0 to 2"),
    (-1, 2, "correct is -1"), (0.5, 2, "correct is 0.5"), (True, 2, "correct is True"),
])  # fmt: skip
def test_what_is_no_share_is_refused(correct, n, message):
    with pytest.raises(ValueError, match=message):
        accuracy_interval(correct, n)


def test_numpys_integers_will_do():
    assert accuracy_interval(np.int32(8), np.int64(10)) == accuracy_interval(8, 10)
