"""Lesson 18: windows, folds by rolling origin, scaling, skill, the loss of a quantile, and coverage."""

from itertools import pairwise
from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import lay_out_folds
from grader.exercises.causality import sees_no_future
from grader.exercises.exercise import Broken, Exercise

LESSON = "18_forecasting"
MISTAKES = Path(__file__).with_name(LESSON)


# ---------------------------------------------------------------------------------------------------------- windows


def draw_series(rng, n):
    """A series that wanders, and has a level far from 0: no two values are alike."""
    return 20 + np.cumsum(rng.normal(0.3, 2, n))


def draw_cut(rng):
    """Arguments (series, n_in, horizon): the sizes differ, and so does the number of pairs."""
    n_in, horizon = (int(k) for k in rng.permutation([2, 3, 4, 5])[:2])
    N = int(rng.integers(6, 9))
    return draw_series(rng, N + n_in + horizon - 1), n_in, horizon


def settled_cut(seed, N, n_in, horizon):
    return draw_series(np.random.default_rng(seed), N + n_in + horizon - 1), n_in, horizon


windows = Exercise(
    reference=gru_ref.windows,
    known=MISTAKES / "windows.md",
    inputs=draw_cut,
    parts={"inputs": "N n_in", "targets": "N horizon"},
    edges=(
        (np.arange(1.0, 8.0), 3, 2),  # to work by hand
        settled_cut(1, 7, 4, 1),
        settled_cut(2, 6, 1, 3),
        settled_cut(3, 1, 3, 4),  # just one pair
        settled_cut(4, 9, 1, 1),
    ),
    refusals=(
        (np.arange(1.0, 5.0), 3, 2),
        lambda rng: (draw_series(rng, 6), 4, 3),
        lambda rng: (draw_series(rng, 3), 5, 2),
    ),
    hints=(
        "Pair k begins at value k: its inputs are `series[k : k + n_in]`, and its targets are the `horizon` values after them.",
        "How many pairs are there? The last one ends with the last value. Work it out for a series of n_in + horizon values, "
        "which holds exactly one pair, and for one value more.",
        "`np.stack` of a list of slices makes one array, a row for each pair; do it once for the inputs and once for the "
        "targets, and return the two. Before all that, refuse a series that is too short.",
    ),
)


@windows.recognises
def rows_in_another_order(args, result):
    """Whether the pairs are right, but drawn in another order; one pair has only one order."""
    series, n_in, horizon = args
    if not (isinstance(result, tuple) and len(result) == 2 and all(isinstance(part, np.ndarray) for part in result)):
        return False
    starts = np.arange(len(series) - n_in - horizon + 1)
    right = series[starts[:, None] + np.arange(n_in + horizon)]
    if result[0].shape != (len(starts), n_in) or result[1].shape != (len(starts), horizon):
        return False
    got = np.concatenate(result, axis=1)
    in_order = np.array_equal(got, right)
    return np.array_equal(got[np.lexsort(got.T)], right[np.lexsort(right.T)]) and (len(starts) < 6 or not in_order)


@windows.property
def no_target_is_seen(f, rng):
    """no window of inputs holds a value of its targets, or a later one

    Replace everything from the first target of a pair on: its inputs must stay as they are.
    """
    series, n_in, horizon = draw_cut(rng)
    return sees_no_future(lambda s: f(s, n_in, horizon)[0], series, rng, seen=lambda k: k + n_in)


@windows.property
def targets_follow_at_once(f, rng):
    """the first target of a pair is the last input of the next pair

    Nothing lies between inputs and targets, and each pair begins one value after the one before it.
    """
    inputs, targets = f(*draw_cut(rng))
    return np.array_equal(targets[:-1, 0], inputs[1:, -1])


@windows.property
def nothing_is_rescaled(f, rng):
    """every value comes out as it went in

    A series that is 10 times as large gives inputs and targets that are 10 times as large. Scaling is another step.
    """
    series, n_in, horizon = draw_cut(rng)
    return all(
        np.allclose(ten, 10 * one)
        for ten, one in zip(f(10 * series, n_in, horizon), f(series, n_in, horizon), strict=True)
    )


@windows.also_right
def by_places(series, n_in, horizon):
    N = len(series) - (n_in + horizon) + 1
    if N <= 0:
        raise ValueError("too short")
    places = np.arange(N)[:, None]
    return series[places + np.arange(n_in)], series[places + n_in + np.arange(horizon)]


@windows.also_right
def by_filling(series, n_in, horizon):
    if len(series) < n_in + horizon:
        raise ValueError(f"{len(series)} values are too few")
    count = len(series) - n_in - horizon + 1
    inputs, targets = np.empty((count, n_in)), np.empty((count, horizon))
    for k in range(count):
        for j in range(n_in):
            inputs[k, j] = series[k + j]
        for j in range(horizon):
            targets[k, j] = series[k + n_in + j]
    return inputs, targets


# --------------------------------------------------------------------------------------------------- rolling_origin


def draw_folds(rng):
    """Arguments (n, first, horizon, step), all different: three to five folds, and values left over at the end."""
    first, horizon, step = (int(k) for k in rng.permutation([3, 4, 5, 6])[:3])
    n = first + horizon + step * int(rng.integers(2, 5)) + int(rng.integers(1, step))
    return n, first, horizon, step


rolling_origin = Exercise(
    reference=gru_ref.rolling_origin,
    known=MISTAKES / "rolling_origin.md",
    inputs=draw_folds,
    use=lay_out_folds,
    parts={"training": "places", "test": "places"},  # of each fold in the list
    edges=(
        (10, 4, 2, 3),  # to work by hand
        (12, 4, 2, 3),  # the last test part ends with the series
        (9, 5, 4, 2),  # one fold
        (8, 3, 1, 1),
        (14, 2, 3, 5),  # values between the test parts
        (11, 1, 2, 4),
    ),
    refusals=(
        (8, 6, 3, 1),
        lambda rng: (int(rng.integers(5, 9)), 9, 2, 1),
    ),
    hints=(
        "The origins are first, first + step, first + 2 · step, … For each, training is everything before the origin, and the "
        "test is the `horizon` places from the origin on.",
        "Which is the last origin? Its test part, origin to origin + horizon − 1, must lie within 0 to n − 1. Work it out for "
        "n = first + horizon, which has exactly one fold.",
        "`range(first, n - horizon + 1, step)` are the origins. `np.arange(origin)` and `np.arange(origin, origin + horizon)` "
        "are the two parts. Refuse if not even the first fold fits.",
    ),
)


@rolling_origin.property
def no_look_ahead(f, rng):
    """no place in a training part lies at or after the first place of its test part

    What a forecast is made of must be known when it is made.
    """
    for training, test in f(*draw_folds(rng)):
        if training.max() >= test.min():
            return Broken(
                ("yours", f"training up to place {training.max()}, test from place {test.min()} on"),
                ("expected", f"training up to place {test.min() - 1}"),
            )
    return True


@rolling_origin.property
def all_that_is_known_is_used(f, rng):
    """every training part holds all places before its test part

    It begins with place 0 and ends just before the origin. So it grows from fold to fold.
    """
    return all(np.array_equal(training, np.arange(test.min())) for training, test in f(*draw_folds(rng)))


@rolling_origin.property
def a_longer_series_adds_folds(f, rng):
    """a longer series has the same folds, and perhaps more at the end

    What comes later changes nothing about earlier folds.
    """
    n, first, horizon, step = draw_folds(rng)
    short, long = f(n, first, horizon, step), f(n + step, first, horizon, step)
    same = all(np.array_equal(a, b) for x, y in zip(short, long, strict=False) for a, b in zip(x, y, strict=True))
    return same and len(long) == len(short) + 1


@rolling_origin.property
def with_a_step_of_the_horizon_each_place_is_tested_once(f, rng):
    """with step = horizon, test parts follow one another without a gap and without an overlap

    Laid end to end they are first, first + 1, and so on.
    """
    n, first, horizon, _ = draw_folds(rng)
    tested = np.concatenate([test for _, test in f(n, first, horizon, horizon)])
    return np.array_equal(tested, first + np.arange(len(tested)))


@rolling_origin.also_right
def as_a_generator(n, first, horizon, step):
    if n < first + horizon:
        raise ValueError("no fold fits")
    origin = first
    while origin + horizon <= n:
        yield range(origin), range(origin, origin + horizon)
        origin += step


@rolling_origin.also_right
def by_counting(n, first, horizon, step):
    count = (n - first - horizon) // step + 1
    if count < 1:
        raise ValueError("not one fold")
    places = np.arange(n)
    folds = []
    for k in range(count):
        o = first + k * step
        folds.append((places[:o], places[o : o + horizon]))
    return folds


@rolling_origin.also_right
def as_lists(n, first, horizon, step):
    folds = [(list(range(o)), list(range(o, o + horizon))) for o in range(first, n, step) if o + horizon <= n]
    if not folds:
        raise ValueError(f"{n} values are too few")
    return folds


# ------------------------------------------------------------------------------------------------------ standardise


def draw_drifting(rng):
    """Arguments (series, n_train): what comes after the training part has another level and another spread."""
    n_train, n_test = int(rng.integers(7, 10)), int(rng.integers(4, 7))
    training, test = rng.normal(30, 3, n_train), rng.normal(48, 8, n_test)
    return np.concatenate([training, test]), n_train


standardise = Exercise(
    reference=gru_ref.standardise,
    known=MISTAKES / "standardise.md",
    inputs=draw_drifting,
    parts={"scaled": "n", "mean": "", "deviation": ""},
    edges=(
        (np.array([1.0, 3.0, 9.0]), 2),  # to work by hand
        (np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), 8),  # nothing left for the test
        (np.array([-1.0, 1.0, 250.0, -40.0]), 2),
        (np.array([0.0003, 0.0001, 0.0006, -0.0002, 0.0004]), 4),  # small values are no constant
    ),
    refusals=(
        (np.array([5.0, 5.0, 5.0, 8.0]), 3),
        (np.array([1.0, 2.0, 3.0]), 4),
        lambda rng: (np.concatenate([np.full(4, float(rng.integers(1, 5))), rng.normal(0, 1, 3)]), 4),
    ),
    hints=(
        "Mean and standard deviation are those of `series[:n_train]` alone. What comes later is not known yet.",
        "With them, scale the *whole* series: the test part is subtracted and divided by the same two numbers. NumPy's "
        "`.std()` divides by n_train, as the task asks.",
        "Return three things: the scaled series, the mean and the deviation. Refuse an n_train that is larger than the series, "
        "and a training part that is constant: its deviation is 0.",
    ),
)


@standardise.recognises
def a_small_number_is_added(args, result):
    """Whether the series is divided by its deviation and a small number, whichever."""
    series, n_train = args
    scaled, *others = result
    mean, deviation = series[:n_train].mean(), series[:n_train].std()
    if not np.allclose(others, [mean, deviation], rtol=1e-9, atol=0):
        return False
    farthest = np.argmax(np.abs(series - mean))
    added = (series - mean)[farthest] / scaled[farthest] - deviation
    return 0 < added < 0.01 and np.allclose(scaled * (deviation + added), series - mean, rtol=1e-6, atol=1e-9)


@standardise.property
def the_test_part_changes_nothing(f, rng):
    """values that come later change nothing about earlier ones, nor about mean and deviation

    Replace the test part by anything: the scaled training part must stay as it is.
    """
    series, n_train = draw_drifting(rng)
    return sees_no_future(lambda s: f(s, n_train)[0], series, rng, seen=lambda k: max(n_train, k + 1))


@standardise.property
def the_training_part_is_standard(f, rng):
    """the scaled training part has the mean 0 and the standard deviation 1

    The test part need not.
    """
    series, n_train = draw_drifting(rng)
    training = f(series, n_train)[0][:n_train]
    return np.isclose(training.mean(), 0, atol=1e-7) and np.isclose(training.std(), 1)


@standardise.property
def scaling_back_gives_the_series(f, rng):
    """scaled × deviation + mean is the series again

    That is how forecasts come back into their unit.
    """
    series, n_train = draw_drifting(rng)
    scaled, mean, deviation = f(series.copy(), n_train)
    return np.shape(scaled) == series.shape and np.allclose(scaled * deviation + mean, series)


@standardise.also_right
def by_sums(series, n_train):
    if n_train > len(series):
        raise ValueError("training is longer than the series")
    mean = sum(series[:n_train]) / n_train
    variance = sum((value - mean) ** 2 for value in series[:n_train]) / n_train
    if variance == 0:
        raise ValueError("constant")
    return np.array([(value - mean) / variance**0.5 for value in series]), mean, variance**0.5


@standardise.also_right
def with_a_scaler(series, n_train):
    from sklearn.preprocessing import StandardScaler

    if n_train > series.size or np.ptp(series[:n_train]) == 0:
        raise ValueError("nothing to scale by")
    scaler = StandardScaler().fit(series[:n_train, None])
    return scaler.transform(series[:, None])[:, 0], scaler.mean_[0], scaler.scale_[0]


# ------------------------------------------------------------------------------------------------------------ skill


def draw_errors(rng, shape=None):
    """Arguments (errors, baseline_errors): biased, of both signs, with rows of very different size."""
    shape = shape or [(6, 3), (4, 5), (9,)][int(rng.integers(3))]
    large = rng.uniform(0.3, 3, (shape[0],) + (1,) * (len(shape) - 1))
    return rng.normal(0.4, 1, shape) * large, rng.normal(-0.8, 1.7, shape) * large[::-1]


skill = Exercise(
    reference=gru_ref.skill,
    known=MISTAKES / "skill.md",
    inputs=draw_errors,
    edges=(
        (np.array([1.0, -1.0]), np.array([2.0, -2.0])),  # to work by hand
        (np.array([3.0, 0.0, -4.0]), np.array([1.0, 2.0, -1.0])),  # worse than the baseline
        (np.array([0.0, 0.0, 0.0]), np.array([1.0, -2.0, 0.5])),
        (np.array([0.0, 1.5, -0.5]), np.array([0.0, 2.0, 1.0])),
        draw_errors(np.random.default_rng(1), (5, 4)),
    ),
    refusals=(
        (np.array([1.0, 2.0]), np.array([0.0, 0.0])),
        (np.array([1.0, 2.0, 3.0]), np.array([1.0])),
        lambda rng: (rng.normal(0, 1, (3, 2)), rng.normal(0, 1, (2, 3))),
        lambda rng: (rng.normal(0, 1, (3, 2)), rng.normal(0, 1, 2)),
        lambda rng: (rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2))),  # of the same length
    ),
    quiet=True,
    hints=(
        "Mean squared error of the forecast, mean squared error of the baseline, each over all values: one number each.",
        "Their ratio says which part of the baseline's error is left. Skill is the part that is saved.",
        "A negative skill is an answer: do not cut it off. Refuse errors of different shapes *before* NumPy broadcasts them, and "
        "a baseline without any error, since you would divide by 0.",
    ),
)


@skill.property
def the_baseline_has_no_skill(f, rng):
    """a forecast that is as good as the baseline has the skill 0, and a perfect one has 1

    That is what the scale means.
    """
    _, baseline = draw_errors(rng)
    return abs(f(baseline, baseline)) < 1e-9 and np.isclose(f(0 * baseline, baseline), 1)


@skill.property
def half_the_errors_save_three_quarters(f, rng):
    """errors half as large have the skill ¾, and errors twice as large have −3

    Errors are squared, so half of each is a quarter of their mean square.
    """
    _, baseline = draw_errors(rng)
    return np.isclose(f(baseline / 2, baseline), 0.75) and np.isclose(f(2 * baseline, baseline), -3)


@skill.property
def the_unit_does_not_matter(f, rng):
    """in another unit the skill is the same

    Degrees or hundredths of degrees: both errors are multiplied by the same number.
    """
    errors, baseline = draw_errors(rng)
    return np.isclose(f(100 * errors, 100 * baseline), f(errors, baseline))


@skill.also_right
def by_sums_of_squares(errors, baseline_errors):
    if errors.shape != baseline_errors.shape or not baseline_errors.any():
        raise ValueError("not comparable")
    a, b = (sum(e * e for e in part.ravel().tolist()) for part in (errors, baseline_errors))
    return (b - a) / b


@skill.also_right
def by_norms(errors, baseline_errors):
    if np.shape(errors) != np.shape(baseline_errors):
        raise ValueError("other shapes")
    of_baseline = np.linalg.norm(baseline_errors)
    if of_baseline == 0:
        raise ValueError("a perfect baseline")
    return 1 - (np.linalg.norm(errors) / of_baseline) ** 2


# ---------------------------------------------------------------------------------------------------- quantile_loss


def draw_quantile(rng, shape=None):
    """Arguments (y, predicted, q): errors of both signs, q not ½."""
    shape = shape or [(7,), (5, 3), (4, 6)][int(rng.integers(3))]
    y = rng.normal(10, 3, shape)
    return y, y + rng.normal(0.7, 2, shape), float(rng.choice([0.05, 0.1, 0.25, 0.75, 0.9]))


quantile_loss = Exercise(
    reference=gru_ref.quantile_loss,
    known=MISTAKES / "quantile_loss.md",
    inputs=draw_quantile,
    edges=(
        (np.array([10.0]), np.array([8.0]), 0.9),  # to work by hand
        (np.array([8.0]), np.array([10.0]), 0.9),
        (np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 2.0]), 0.5),
        (np.array([3.0, 1.0]), np.array([1.0, 4.0]), 0.2),  # a low quantile, whatever is drawn
        (*draw_quantile(np.random.default_rng(1), (3, 4))[:2], 0.95),
    ),
    refusals=(
        (np.array([1.0, 2.0]), np.array([1.0, 3.0]), 0.0),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0]), 1.0),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0]), 90.0),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0]), -0.5),
        (np.array([1.0, 2.0, 3.0]), np.array([2.0]), 0.5),
        lambda rng: (rng.normal(0, 1, 4), rng.normal(0, 1, (4, 1)), 0.5),  # as many values
    ),
    hints=(
        "Let d be y − predicted. Where d is above 0, the forecast was too low, and the loss is q · d.",
        "Where d is below 0, the loss is (1 − q) · (−d): also positive. `np.where` chooses, or you take the larger one of q · d "
        "and (q − 1) · d, since exactly one of them is positive.",
        "The result is one number: the mean over all entries, with no factor of 2. Refuse a q outside of 0 and 1, both ends "
        "excluded, and arrays of different shapes.",
    ),
)


@quantile_loss.property
def the_quantile_has_the_least_loss(f, rng):
    """of all constant forecasts, the q-quantile of the data has the least loss

    For q = 0.9, nine in ten values should lie below the best forecast. Try many constants, and look where the loss is least.
    """
    y, q = rng.normal(0, 1, 399), float(rng.choice([0.1, 0.25, 0.75, 0.9]))
    tried = np.linspace(-2.5, 2.5, 101)
    best = tried[np.argmin([f(y, np.full_like(y, constant), q) for constant in tried])]
    below = float(np.mean(y <= best))
    return abs(below - q) < 0.06 or Broken(
        ("yours", f"for q = {q:g} it is least at a forecast with {100 * below:.0f}% of the values below it"),
        ("expected", f"about {100 * q:g}%"),
    )


@quantile_loss.property
def both_quantiles_together_are_the_absolute_error(f, rng):
    """the losses for q and for 1 − q add up to the mean absolute error

    What one of them weighs by q, the other weighs by 1 − q.
    """
    y, predicted, q = draw_quantile(rng)
    return np.isclose(f(y, predicted, q) + f(y, predicted, 1 - q), np.abs(y - predicted).mean())


@quantile_loss.property
def a_perfect_forecast_costs_nothing(f, rng):
    """a forecast without an error costs nothing, and every error costs something

    No loss is below 0.
    """
    y, predicted, q = draw_quantile(rng)
    return abs(f(y, y.copy(), q)) < 1e-12 and f(y, predicted, q) > 0


@quantile_loss.also_right
def by_where(y, predicted, q):
    if not 0 < q < 1 or y.shape != predicted.shape:
        raise ValueError("no quantile")
    return np.where(y >= predicted, q * (y - predicted), (1 - q) * (predicted - y)).mean()


@quantile_loss.also_right
def by_the_absolute_error(y, predicted, q):
    if q <= 0 or q >= 1:
        raise ValueError(f"q = {q}")
    if np.shape(y) != np.shape(predicted):
        raise ValueError("shapes")
    d = y - predicted
    return float((np.abs(d) / 2 + (q - 0.5) * d).sum() / d.size)


# --------------------------------------------------------------------------------------------------------- coverage


def draw_intervals(rng, shape=None):
    """Arguments (y, low, high): some values below, some above, more above, and some exactly at an end."""
    shape = shape or [(12,), (6, 4), (5, 7)][int(rng.integers(3))]
    y = rng.normal(10, 3, shape)
    low, high = y - rng.uniform(0.5, 2, shape), y + rng.uniform(0.5, 3, shape)
    flat_y, flat_low, flat_high = y.ravel(), low.ravel(), high.ravel()
    places = rng.permutation(y.size)
    flat_y[places[:1]] = flat_low[places[:1]] - 0.7
    flat_y[places[1:4]] = flat_high[places[1:4]] + 0.4
    flat_y[places[4]] = flat_low[places[4]]
    flat_y[places[5:7]] = flat_high[places[5:7]]
    return y, low, high


coverage = Exercise(
    reference=gru_ref.coverage,
    known=MISTAKES / "coverage.md",
    inputs=draw_intervals,
    edges=(
        (np.array([1.0, 2.0, 3.0, 9.0]), np.array([0.0, 2.0, 4.0, 4.0]), np.array([2.0, 3.0, 5.0, 8.0])),  # by hand
        (np.array([4.0, 4.0]), np.array([4.0, 5.0]), np.array([4.0, 6.0])),
        (np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([5.0, 5.0])),
        (np.array([7.0, -2.0, 9.0]), np.array([0.0, 0.0, 1.0]), np.array([5.0, 5.0, 5.0])),
        draw_intervals(np.random.default_rng(1), (4, 6)),
    ),
    refusals=(
        (np.array([1.0, 2.0]), np.array([0.0, 4.0]), np.array([3.0, 1.0])),
        (np.array([1.0, 2.0, 3.0]), np.array([0.0]), np.array([3.0])),
        lambda rng: (rng.normal(0, 1, (4, 3)), np.full(3, -1.0), np.full(3, 1.0)),
        lambda rng: (rng.normal(0, 1, 5), np.full(5, 1.0), np.full(5, -1.0)),
        lambda rng: (rng.normal(0, 1, 4), np.full(4, -1.0), np.full((4, 1), 1.0)),  # as many values
        lambda rng: (rng.normal(0, 1, 4), np.full((4, 1), -1.0), np.full(4, 1.0)),
    ),
    hints=(
        "A value is covered if it is at least its low end and at most its high end: ends included.",
        "`(low <= y) & (y <= high)` is an array of booleans. Mind the brackets: `&` binds more tightly than `<=`.",
        "The mean of booleans is their share. Refuse arrays of different shapes, and a low end above its high end, with "
        "`(low > high).any()`.",
    ),
)


@coverage.property
def wider_covers_no_less(f, rng):
    """wider intervals never cover less, and very wide ones cover everything

    Move both ends outwards.
    """
    y, low, high = draw_intervals(rng)
    shares = [f(y, low - more, high + more) for more in (0.0, 0.5, 1.0, 100.0)]
    return all(a <= b for a, b in pairwise(shares)) and shares[-1] == 1


@coverage.property
def upside_down_is_the_same(f, rng):
    """with all signs turned, and the ends exchanged, the share is the same

    A value at the low end counts as much as one at the high end.
    """
    y, low, high = draw_intervals(rng)
    return np.isclose(f(-y, -high, -low), f(y, low, high))


@coverage.property
def a_point_that_is_hit_is_covered(f, rng):
    """an interval that is a single point covers the value that hits it

    Its low and its high end are the same, and both are included.
    """
    y, *_ = draw_intervals(rng)
    return f(y, y.copy(), y.copy()) == 1 and f(y, y + 1, y + 1) == 0


@coverage.also_right
def by_counting_misses(y, low, high):
    if y.shape != low.shape or y.shape != high.shape or (high < low).any():
        raise ValueError("no intervals")
    missed = np.count_nonzero(y < low) + np.count_nonzero(y > high)
    return 1 - missed / y.size


@coverage.also_right
def by_a_loop(y, low, high):
    if not y.shape == low.shape == high.shape:
        raise ValueError("shapes differ")
    inside = 0
    for value, a, b in zip(y.ravel(), low.ravel(), high.ravel(), strict=True):
        if a > b:
            raise ValueError(f"{a} is above {b}")
        inside += a <= value <= b
    return float(inside / y.size)
