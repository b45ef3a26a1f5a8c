"""Compare models fairly: with equal budgets, several seeds, an interval and honest ties. Lesson 12."""

import numpy as np

from gru_ref.checks import check_arrays, check_size

TAUGHT_IN = {
    "*": 12,  # fair comparisons
    "BLOCKS": 12,  # blocks of weights of each cell
}

BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}  # of weights, (H, I) and (H, H) each


def match_budget(I, budget):
    """The largest hidden sizes that a budget of recurrent parameters allows.

    A cell of k blocks (tanh RNN 1, GRU 3, LSTM 4) with two bias vectors has k (HI + HH + 2H) parameters.

    Parameters
    ----------
    I : int, size of the input
    budget : int, the most recurrent parameters that a model may have

    Returns
    -------
    sizes : (H_rnn, H_gru, H_lstm), integers

    Raises
    ------
    ValueError
        If I or budget is not an integer of at least 1, or not even one unit fits the budget.

    Source: parameters listed in the documentation of ``torch.nn.RNN``, ``GRU`` and ``LSTM``; Chung et al. (2014),
    arXiv:1412.3555, compare models with equal numbers of parameters.
    """
    check_size("I", I)
    check_size("budget", budget)
    sizes = []
    for kind, k in BLOCKS.items():
        H = 0
        while k * (H + 1) * (I + H + 1 + 2) <= budget:
            H += 1
        if H == 0:
            raise ValueError(f"budget is {budget}, but one unit of the {kind} alone has {k * (I + 3)} parameters")
        sizes.append(H)
    return tuple(sizes)


def compare(a, b):
    """Compare two models by paired runs: the same seeds, the same data, higher is better.

    Parameters
    ----------
    a, b : (N,) arrays, one result for each run, N at least 2

    Returns
    -------
    difference : float, mean of a − b
    interval : (low, high), the 95% confidence interval of that mean, by Student's t with N − 1 degrees of freedom
    verdict : "a" or "b", whichever is higher; "tie" if the interval holds 0

    Raises
    ------
    ValueError
        If a and b are not arrays of finite floats of one length, or there are fewer than two runs.

    Source: Student (1908), "The probable error of a mean", for paired differences.
    """
    from scipy.special import stdtrit  # imported late: it takes longer than the whole rest of the package

    N = check_arrays(a=(a, "N"), b=(b, "N"))["N"]
    if N < 2:
        raise ValueError(f"a and b hold {N} run, but an interval needs at least 2")
    differences = a - b
    mean = float(differences.mean())
    half = float(stdtrit(N - 1, 0.975) * differences.std(ddof=1) / np.sqrt(N))
    low, high = mean - half, mean + half
    return mean, (low, high), verdict(mean, low, high)


def verdict(difference, low, high):
    """Which of a and b is higher, by their difference a − b and its interval: "a", "b", or "tie" if the interval holds 0."""
    return "tie" if low <= 0 <= high else "a" if difference > 0 else "b"
