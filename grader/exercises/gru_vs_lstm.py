"""Lesson 12: the LSTM's step, sizes for equal budgets, and a fair comparison of two models."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.exercise import THIN_STEPS, Exercise, thin
from gru_ref import LSTMParams

LESSON = "12_gru_vs_lstm"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_lstm_step(rng, sizes=None):
    """Arguments (x, h, c, p) of one step; B, I and H all different, and a cell state that reaches beyond ±1."""
    B, I, H = sizes or rng.permutation([2, 3, 4, 5])[:3]
    p = LSTMParams(*(rng.normal(0, 0.8, np.shape(a)) for a in gru_ref.init_lstm(I, H, rng)))
    return rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H)), rng.normal(0, 1.5, (B, H)), p


# -------------------------------------------------------------------------------------------------------- LSTM step

lstm_step = Exercise(
    reference=gru_ref.lstm_step,
    known=MISTAKES / "lstm_step.md",
    inputs=draw_lstm_step,
    edges=thin(draw_lstm_step, THIN_STEPS),
    parts={"h_new": "B H", "c_new": "B H"},
    hidden=(gru_ref.lstm_forward,),
    hints=(
        "Write the six lines one below the other, in the order of the equations. The first four are gates and a candidate: you know how to build those.",
        "Only i, f and o are gates, with `gru_ref.sigmoid`; g is a candidate, with `np.tanh`. The old c appears in only one line, the fifth.",
        "The last line uses the *new* cell: put it through `np.tanh`, and multiply it by the output gate. Then `return h_new, c_new`, in this order.",
    ),
)


def with_biases(p, **biases):
    """`p` with weights and biases of some of its parts replaced: no weights, and one bias for all units."""
    zeros = {}
    for letter, value in biases.items():
        for name in ("W_i", "W_h", "b_i", "b_h"):
            array = getattr(p, name + letter)
            zeros[name + letter] = np.full_like(array, value if name == "b_i" else 0.0)
    return p._replace(**zeros)


@lstm_step.property
def keeps_the_cell(f, rng):
    """with f = 1 and i = 0 the cell stays as it is

    This holds for entries of any size: nothing squashes the stored values.
    """
    x, h, c, p = draw_lstm_step(rng)
    return np.allclose(f(x, h, 5 * c, with_biases(p, f=50.0, i=-50.0))[1], 5 * c)


@lstm_step.property
def counts_without_end(f, rng):
    """with f = i = 1 and g = 1 the cell grows by 1 at every step

    That is how an LSTM counts. A GRU's state can never leave the range of its candidates.
    """
    x, h, c, p = draw_lstm_step(rng)
    p = with_biases(p, f=50.0, i=50.0, g=50.0)
    for _ in range(3):
        h, c_new = f(x, h, c, p)
        if not np.allclose(c_new, c + 1):
            return False
        c = c_new
    return True


@lstm_step.property
def shows_nothing_with_the_output_shut(f, rng):
    """with o = 0 the state is 0, and the cell is as with o = 1

    The output gate hides the cell. It does not change it.
    """
    x, h, c, p = draw_lstm_step(rng)
    (h_shut, c_shut), (_, c_open) = (f(x, h, c, with_biases(p, o=bias)) for bias in (-50.0, 50.0))
    return np.allclose(h_shut, 0) and np.allclose(c_shut, c_open)


@lstm_step.property
def shows_at_most_1(f, rng):
    """the state lies between −1 and 1, even where the cell does not

    tanh ensures that.
    """
    x, h, c, p = draw_lstm_step(rng)
    h_new, c_new = f(x, h, 20 * c, p)
    return np.all(np.abs(h_new) <= 1) and np.abs(c_new).max() > 1


@lstm_step.also_right
def by_einsum(x, h, c, p):
    sums = [
        np.einsum("bj,ij->bi", x, W) + np.einsum("bj,ij->bi", h, U) + b + d
        for W, U, b, d in zip(p[:4], p[4:8], p[8:12], p[12:], strict=True)
    ]
    i, f, o = (1 / (1 + np.exp(-sums[k])) for k in (0, 1, 3))
    cell = np.add(f * c, i * np.tanh(sums[2]))
    return np.tanh(cell) * o, cell


@lstm_step.also_right
def by_one_product(x, h, c, p):
    weights = np.hstack([np.vstack(p[:4]), np.vstack(p[4:8])])
    a = np.hstack([x, h]) @ weights.T + np.concatenate(p[8:12]) + np.concatenate(p[12:])
    i, f, g, o = np.split(a, 4, axis=1)
    c = gru_ref.sigmoid(f) * c + gru_ref.sigmoid(i) * np.tanh(g)
    return gru_ref.sigmoid(o) * np.tanh(c), c


# ----------------------------------------------------------------------------------------------------- equal budgets


def draw_budget(rng):
    """Arguments (I, budget): exactly one of the three models' size, to distinguish "at most" from "less than"."""
    I, H = rng.permutation(np.arange(8, 25))[:2]
    return int(I), int(rng.choice([1, 3, 4]) * H * (I + H + 2))


match_budget = Exercise(
    reference=gru_ref.match_budget,
    known=MISTAKES / "match_budget.md",
    inputs=draw_budget,
    parts={"H_rnn": "", "H_gru": "", "H_lstm": ""},
    edges=(
        (2, 3456),
        (10, 1000),
        (6, 174),
        (4, 544),
        (5, 1 * 9 * 16),
        (3, 3 * 7 * 12),
        (4, 4 * 6 * 12),
        (20, 168_400),
        (7, 1_000_000),
        (6, 3 * 10 * 18 - 1),
    ),
    refusals=((1, 15), (5, 31), lambda rng: (int(rng.integers(8, 30)), 40)),  # an LSTM needs at least 4 · (I + 3)
    hints=(
        "First count: what is in one of the k blocks? A matrix (H, I), a matrix (H, H), and two bias vectors (H,).",
        "Then search: begin with a small H, and increase it as long as one *more* unit stays within the budget. Using the budget exactly is allowed.",
        "Do that for k = 1, 3 and 4, in this order: a function of k, or a loop over `(1, 3, 4)`. If not even H = 1 fits, `raise ValueError(…)`.",
    ),
)


@match_budget.recognises
def is_capped(args, sizes):
    """Whether all wrong sizes are the same number, below the right ones, and the largest budget shows it."""
    pairs = list(zip(sizes, gru_ref.match_budget(*args), strict=True))
    wrong = {mine for mine, right in pairs if mine != right}
    enough = len(wrong) == 1 if args[1] >= 1_000_000 else len(wrong) <= 1
    return type(sizes) is tuple and enough and all(mine <= right for mine, right in pairs)


@match_budget.property
def one_unit_more_breaks_the_budget(f, rng):
    """the budget is kept, and one more unit would exceed it

    Count for yourself: with k blocks, k (H I + H H + 2 H).
    """
    I, budget = int(rng.integers(1, 40)), int(rng.integers(500, 60_000))
    return all(
        k * H * (I + H + 2) <= budget < k * (H + 1) * (I + H + 3) for k, H in zip((1, 3, 4), f(I, budget), strict=True)
    )


@match_budget.property
def fits_the_courses_own_cells(f, rng):
    """the sizes are right for the parameters that `gru_ref.init_gru` draws

    Sum the sizes of all its arrays, for your H and for H + 1.
    """
    I, budget = int(rng.integers(1, 12)), int(rng.integers(300, 3000))
    H = f(I, budget)[1]
    small, large = (sum(a.size for a in gru_ref.init_gru(I, units, rng)) for units in (H, H + 1))
    return small <= budget < large


@match_budget.also_right
def by_formula(I, budget):
    if budget < 4 * (I + 3):
        raise ValueError("not even one unit of each fits")
    return tuple(int((np.sqrt((I + 2) ** 2 + 4 * budget / k) - I - 2) / 2) for k in (1, 3, 4))


@match_budget.also_right
def by_counting_down(I, budget):
    def size(k):
        H = int(budget**0.5) + 1
        while H and k * (H * I + H**2 + 2 * H) > budget:
            H = H - 1
        if not H:
            raise ValueError("too small")
        return H

    return size(1), size(3), size(4)


# -------------------------------------------------------------------------------------------------- a fair comparison


def draw_runs(rng, lead=None, N=None):
    """Arguments (a, b): paired results. The effect of the seed on both is large, that of the model is small."""
    N = rng.integers(4, 9) if N is None else N
    lead = rng.choice([-0.15, 0.0, 0.15]) if lead is None else lead
    seeds, (mine, theirs) = rng.normal(0.6, 0.3, N), rng.normal(0, 0.05, (2, N))
    return seeds + lead + mine, seeds + theirs


def settled_runs(seed, lead, N):
    return draw_runs(np.random.default_rng(seed), lead, N)


NO_SPREAD = (  # the interval is a single number, and 0 in the first
    (np.array([0.5, 0.75, 0.25]), np.array([0.5, 0.75, 0.25])),
    (np.array([0.75, 1.0, 0.5]), np.array([0.5, 0.75, 0.25])),
    (np.array([0.5, 0.75]), np.array([0.75, 1.0])),
)


compare = Exercise(
    reference=gru_ref.compare,
    known=MISTAKES / "compare.md",
    inputs=draw_runs,
    parts={"difference": "", "interval": {"low": "", "high": ""}, "verdict": ""},
    edges=(
        settled_runs(0, 0.2, 6),
        settled_runs(1, -0.2, 5),
        settled_runs(2, 0.03, 7),
        settled_runs(3, 0.1, 2),
        settled_runs(4, 2.0, 6),
        (np.array([0.51, 0.72, 0.63, 0.1]), np.array([0.5, 0.7, 0.6, 0.9])),
        (np.array([0.5, 0.7, 0.6, 0.9]), np.array([0.51, 0.72, 0.63, 0.1])),
        *NO_SPREAD,
    ),
    refusals=(
        (np.array([0.5]), np.array([0.4])),
        (np.array([0.5, 0.7, 0.9]), np.array([0.4])),
        (np.array([0.5, 0.7, 0.9, 0.6]), np.array([0.4, 0.8, 0.7])),
    ),
    hints=(
        "The runs are paired: make one array of N differences first, a − b, and forget a and b.",
        "For the differences you need the mean, the standard deviation with `ddof=1`, and N. The standard error is the standard deviation divided by √N.",
        "Half the interval is t times the standard error, and t is `scipy.stats.t.ppf(0.975, N - 1)`: 2.5% are left out on either side. Return floats, and the interval as a tuple.",
    ),
)

SE, T_VALUE = "d.std(ddof=1) / np.sqrt(N)", "stdtrit(N - 1, 0.975)"


def where_runs_differ(recognised):
    """The same predicate, but true if there is no spread: there all intervals are the same number."""
    return lambda args, result: np.ptp(args[0] - args[1]) == 0 or recognised(args, result)


def half_in_standard_errors(args, result):
    """Half of the interval around the right mean, in standard errors; fails if the interval lies elsewhere."""
    d = args[0] - args[1]
    mean, (low, high), _ = result
    error = d.std(ddof=1) / np.sqrt(len(d))
    if not (np.isclose(mean, d.mean()) and np.isclose((low + high) / 2, mean)):
        raise ValueError("another interval")
    return (high - low) / 2 / error


def is_that_of_the_normal(args, result):
    return abs(half_in_standard_errors(args, result) - 1.96) < 1e-3


@compare.recognises
def normal_for_student(args, result):
    return where_runs_differ(is_that_of_the_normal)(args, result)


def is_that_of_the_normal_without_ddof(args, result):
    N = len(args[0])
    return abs(half_in_standard_errors(args, result) * np.sqrt(N / (N - 1)) - 1.96) < 1e-3


@compare.recognises
def normal_for_student_and_ddof_forgotten(args, result):
    return where_runs_differ(is_that_of_the_normal_without_ddof)(args, result)


def has_no_ends(args, result):
    mean, (low, high), _ = result
    return np.isclose(mean, np.mean(args[0] - args[1])) and not np.isfinite([low, high]).any()


@compare.recognises
def t_is_not_a_number(args, result):
    return where_runs_differ(has_no_ends)(args, result)


@compare.property
def only_differences_count(f, rng):
    """a seed's common effect on both models changes nothing

    Add any number to run k of a *and* of b: neither the interval nor the verdict may change.
    """
    a, b = draw_runs(rng)
    luck = rng.normal(0, 5, len(a))
    (m1, i1, v1), (m2, i2, v2) = f(a, b), f(a + luck, b + luck)
    return np.isclose(m1, m2) and np.allclose(i1, i2) and v1 == v2


@compare.property
def is_turned_round_with_its_arguments(f, rng):
    """exchanging a and b reverses everything

    The mean changes its sign, the interval is mirrored at 0, and the other model wins.
    """
    a, b = draw_runs(rng)
    (m1, (low, high), v1), (m2, i2, v2) = f(a, b), f(b, a)
    return np.isclose(m1, -m2) and np.allclose(i2, (-high, -low)) and {"a": "b", "b": "a", "tie": "tie"}[v1] == v2


@compare.property
def has_no_unit_of_its_own(f, rng):
    """results in per cent give a hundred times the interval, and the same verdict

    Scaling both by 100 scales mean and interval by 100.
    """
    a, b = draw_runs(rng)
    (m1, i1, v1), (m2, i2, v2) = f(a, b), f(100 * a, 100 * b)
    return np.isclose(100 * m1, m2) and np.allclose(100 * np.array(i1), i2) and v1 == v2


@compare.property
def holds_the_truth_in_95_of_100(f, rng):
    """95% of many intervals contain the true difference

    Draw 5 runs whose true mean difference you know, a few hundred times, and count how often the interval contains it.
    """
    drawn = rng.normal(0.3, 1, (300, 5))
    held = sum(low <= 0.3 <= high for _, (low, high), _ in (f(d, np.zeros(5)) for d in drawn))
    return 260 <= held < 300


# SciPy is imported late: it takes longer to import than all exercises together.


@compare.also_right
def by_scipy(a, b):
    from scipy import stats

    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.size < 2:
        raise ValueError("not paired")
    interval = stats.ttest_rel(a, b).confidence_interval()
    verdict = "a" if interval.low > 0 else "b" if interval.high < 0 else "tie"
    return float(np.mean(a - b)), (float(interval.low), float(interval.high)), verdict


@compare.also_right
def by_the_interval_of_t(a, b):
    from scipy import stats

    if len(a) != len(b) or len(a) == 1:
        raise ValueError("no pairs")
    d = a - b
    low = high = d.mean()
    if np.ptp(d) > 0:
        low, high = stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))
    return d.mean(), (low, high), "a" if low > 0 else "b" if high < 0 else "tie"


@compare.also_right
def by_hand(a, b):
    from scipy.special import stdtrit

    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs against {len(b)}")
    if len(a) == 1:
        raise ValueError("one run")
    n = len(a)
    differences = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    half = stdtrit(n - 1, 0.975) * np.sqrt(variance / n)
    if mean - half > 0:
        return mean, (mean - half, mean + half), "a"
    return mean, (mean - half, mean + half), "b" if mean + half < 0 else "tie"


@compare.also_right
def with_the_other_deviation(a, b):
    from scipy import stats

    if a.shape != b.shape or len(a) < 2:
        raise ValueError("no pairs")
    d = a - b
    half = stats.t.ppf(0.975, len(a) - 1) * d.std() / np.sqrt(len(a) - 1)
    mean = float(d.mean())
    return mean, (mean - half, mean + half), ["tie", "a", "b"][int(np.sign(mean)) * int(abs(mean) > half)]
