"""How far to trust an accuracy that was counted on n test examples. Lesson 14."""

import math

from gru_ref.checks import check_index, check_size

TAUGHT_IN = {
    "*": 14,  # the interval of a share
    "Z_95": 14,  # the normal quantile it needs
}

Z_95 = 1.959963984540054  # 2.5% of a standard normal variable lie above


def accuracy_interval(correct, n):
    """The 95% interval of an accuracy: where the true one may lie if `correct` of `n` examples came out right.

    With p = correct / n and z = 1.96 it is (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n): all shares from which p
    is no more than z standard errors away, the error being that of the *true* share.

    Parameters
    ----------
    correct : int, from 0 to n
    n : int, at least 1; examples that do not depend on one another

    Returns
    -------
    low, high : floats from 0 to 1

    Raises
    ------
    ValueError
        If n is not an integer of at least 1, or correct not one from 0 to n.

    Source: E.B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    check_size("n", n)
    check_index("correct", correct, int(n))
    p, z2 = int(correct) / int(n), Z_95**2 / int(n)
    middle, half = p + z2 / 2, math.sqrt(z2 * p * (1 - p) + z2**2 / 4)
    low, high = (middle - half) / (1 + z2), (middle + half) / (1 + z2)
    return max(0.0, min(low, p)), min(1.0, max(high, p))  # where p is 0 or 1, rounding may lead past it
