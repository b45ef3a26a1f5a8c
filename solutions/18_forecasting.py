# %% [markdown] slide="new"
# # 18 · Forecasting
#
# **When does a GRU not pay?**
#
# - **Goals**: test a forecast so that it cannot see the future; measure it against forecasts that cost nothing; let a network
#   answer with a number, a sequence or a distribution; check whether an interval of 90% holds 90%; draw a forecast of your own.
# - **Time**: 100 minutes.
# - **Before you start**: PyTorch's loop (lesson 11), intervals over seeds (lesson 12), Wilson's interval (lesson 14).
#
# **The result first.** An **autoregression**, a weighted sum of the last few values, beats the GRU on two of three series. On
# sunspots its error is 31.5, and that of the best of three GRUs 38.1. On CO₂ it is 0.62 against 0.68 ppm. On El Niño a GRU is
# ahead by 3%, for each of ten seeds; but it owes this to a single year. On sunspots the GRU's intervals of 90% hold only 71% of what
# happens, those of the autoregression 84%. And with a common mistake in the test, **the GRU looks as good as the
# autoregression**.

# %%
import tempfile
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import ndtri

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import plotting
from gru_ref.forecasters import QUANTILES, Forecaster, fit_forecaster, forecast

# %% [markdown] slide="new" brief="The carbon dioxide in the air of Hawaii, month by month, and a forecast of each month." ask="Look at the left picture first: can you see where the forecast is wrong?"
# ## A forecast that looks perfect
#
# Here is the carbon dioxide in the air of Hawaii, month by month (in parts per million, ppm), and a forecast of each month.
# Look at the left picture first: can you see where the forecast is wrong?

# %% slide="more figure"
air = gru_ref.co2()
one_late = np.append(air.values[0], air.values[:-1])
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.2))
plotting.plot_late_forecast(axes, air.times, air.values, one_late, air.unit, 30)
show(fig, "late_forecast")

# %% [markdown] slide="new" ask="**Predict** the correlation of forecast and truth. What kind of model might this be?"
# > **Claim.** The forecast follows the truth so closely that the model must have understood the series.
# >
# > *Source:* our own question; those who ask are linked below.
#
# *What would show it:* its errors are smaller than those of a forecast that understands nothing. **Predict** the correlation of
# forecast and truth.

# %%
predict("correlation_of_the_forecast", ...)  # a number up to 1

# %% slide="more text"
together = np.corrcoef(one_late[1:], air.values[1:])[0, 1]
print(f"correlation {together:.4f}")
print("the forecast of each month:", one_late[1:5].round(1), "…")
print("what happened before it:   ", air.values[:4].round(1), "…")
outcome("correlation_of_the_forecast", round(float(together), 4))

# %% [markdown] slide="more" brief="> **Verdict.** Wrong. The forecast *is* the last value, drawn one step late: **persistence**. A correlation, or a picture, says nothing until persistence stands beside it."
# > **Verdict.** Wrong. The forecast *is* the last value, drawn one step late, as the right picture shows. It is called
# > **persistence**, and it follows any series closely that changes slowly. Networks that learn nothing more are
# > reported by [puzzled readers](https://github.com/bquast/rnn/issues/17) and by
# > [annoyed ones](https://github.com/bharatpurohit97/StockPrediction/issues/2). A correlation, or a picture, says nothing until
# > persistence stands beside it.

# %% [markdown] slide="new" brief="| series | step | cycle | test |\n| --- | --- | --- | --- |\n| sunspots, since 1700 | year | 11 years, about | the last 59 years |\n| El Niño: the sea off Peru | month | 12 months | the last 15 years |\n| CO₂ in the air of Hawaii | month | 12 months | the last 10 years |\n\n12 steps ahead, from each origin in the test." ask="Which of the three will be hardest to forecast a whole cycle ahead?"
# ## Three series
#
# | series | step | cycle | test | models are given |
# | --- | --- | --- | --- | --- |
# | sunspots, counted since 1700 | year | 11 years, about | the last 59 years | the series as it is |
# | El Niño: temperature of the sea off Peru | month | 12 months | the last 15 years | *anomalies*: the difference from the month's mean in training |
# | CO₂ in the air of Hawaii | month | 12 months | the last 10 years | the *change over a cycle*: the difference from 12 months before |
#
# (All three come with the package statsmodels; they are in the public domain. `gru_ref` reads the files without importing it.)
#
# Why do models not get each series as it is? The season of the sea and the trend of the air are known in advance. Models
# forecast the rest, and all of them get the same values. This does not change the error of a forecast: we know a year ahead what
# we took away, and add it again.
#
# We forecast 12 steps from each origin in the test, with models that are fitted to the training part alone.

# %%
HORIZON, N_IN = 12, 24  # steps ahead, and values that a model may look at
ways = (
    (gru_ref.sunspots(), 59, "as it is"),
    (gru_ref.el_nino(), 180, "anomalies"),
    (air, 120, "change over a cycle"),
)
series = [one for one, _, _ in ways]
data = {one.name: gru_ref.prepare(one, test, how) for one, test, how in ways}
fig, axes = plt.subplots(3, 1, figsize=(7.6, 5.4), layout="constrained")
plotting.plot_test_parts(
    axes, series, [len(one.values) - test for one, test, _ in ways]
)
show(fig, "test_parts")

# %% [markdown] slide="new" brief="$$\\underbrace{x_k, \\dots, x_{k + n_\\text{in} - 1}}_{\\text{inputs}} \\quad \\underbrace{x_{k + n_\\text{in}}, \\dots, x_{k + n_\\text{in} + \\text{horizon} - 1}}_{\\text{targets}}$$" ask="The series 1, 2, …, 7 with `n_in` 3 and `horizon` 2. **Predict** how many pairs it has, and the targets of the last one."
# ## Windows
#
# A model sees a **window** of `n_in` values and is asked for the `horizon` values that follow. Pair k begins with value k:
#
# $$\underbrace{x_k, \dots, x_{k + n_\text{in} - 1}}_{\text{inputs}} \quad \underbrace{x_{k + n_\text{in}}, \dots, x_{k +
# n_\text{in} + \text{horizon} - 1}}_{\text{targets}}$$
#
# **Predict** how many pairs a series of 7 values has with `n_in` 3 and `horizon` 2, and the targets of the last one, if the
# series is 1, 2, …, 7.

# %%
predict("pairs_and_last_targets", [..., ..., ...])  # number of pairs, two targets

# %% slide="more text"
short = list(range(1, 8))
pairs = [
    (short[k : k + 3], short[k + 3 : k + 5]) for k in range(len(short) - 3 - 2 + 1)
]
print(*pairs, sep="\n")
outcome("pairs_and_last_targets", [len(pairs), *pairs[-1][1]])

# %% [markdown] slide="new"
# ## Your turn: `windows` · medium
#
# Write `windows(series, n_in, horizon)`. It returns two arrays:
#
# | returned | what | shape |
# | --- | --- | --- |
# | `inputs` | what a model sees, in order of time | `(N, n_in)` |
# | `targets` | *all* of the `horizon` values that follow | `(N, horizon)` |
#
# Only pairs that are complete count, and no value is changed. Refuse a series that is too short for one pair: raise a
# `ValueError`. Stuck? `hint(windows)`.


# %% solution="windows" slide="more"
def windows(series, n_in, horizon):
    """A series (n,) in pairs: inputs (N, n_in), then targets (N, horizon)."""
    ### BEGIN SOLUTION
    N = len(series) - n_in - horizon + 1
    if N < 1:
        raise ValueError(f"{len(series)} values are too few for one pair")
    inputs = np.stack([series[k : k + n_in] for k in range(N)])
    targets = np.stack([series[k + n_in : k + n_in + horizon] for k in range(N)])
    return inputs, targets
    ### END SOLUTION


# %% check="windows" points=2
check(windows)

# %% [markdown] slide="new" brief="## Your turn: `rolling_origin` · medium\n\nAt an **origin**, everything before it is known, and what follows is to be forecast. Then the origin moves on.\n\nWrite `rolling_origin(n, first, horizon, step)`: a list of pairs `(training, test)`.\n\n- The first origin is place `first`, and each one lies `step` places after the one before it.\n- Training is everything before the origin; the test is the `horizon` places from the origin on.\n- A fold that does not fit is left out."
# ## Rolling origin
#
# In other lessons we drew test examples at random. Here that would be a mistake: a window drawn for the test lies between
# training windows that contain its targets. Time has a direction, so the test keeps to it. At an **origin**, everything before
# it is known, and what follows is to be forecast. Then the origin moves on, as it does for a forecaster who goes to work each
# morning.
#
# Windows make it easy to get one thing wrong. A *test window's inputs* may reach back into training: at the origin they are
# known. A *training window's targets* must not reach into the test.
#
# ## Your turn: `rolling_origin` · medium
#
# Write `rolling_origin(n, first, horizon, step)` for a series of n values: a list of pairs `(training, test)`, two arrays
# (or lists, or ranges) of places in the series.
#
# - The first origin is place `first`, and each one lies `step` places after the one before it.
# - Training is everything before the origin, from place 0 on. So it grows.
# - The test is the `horizon` places from the origin on. If they do not all fit, the fold is left out.
# - If not even the first fold fits, raise a `ValueError`.
#
# Stuck? `hint(rolling_origin)`.


# %% solution="rolling_origin" slide="more"
def rolling_origin(n, first, horizon, step):
    """Folds of n places: a list of pairs (training, test), arrays of integers."""
    ### BEGIN SOLUTION
    if first + horizon > n:
        raise ValueError(f"{n} places are too few for the first fold")
    origins = range(first, n - horizon + 1, step)
    return [(np.arange(o), np.arange(o, o + horizon)) for o in origins]
    ### END SOLUTION


# %% check="rolling_origin" points=2
check(rolling_origin)

# %% [markdown] slide="new" brief="Rows are folds: squares for training, circles for the test." ask="Which places are never tested?"
# Look at where each fold's training ends, and where its test begins. Which places are never tested?

# %% slide="more figure"
cut_up, folds_of = own(windows), own(rolling_origin)
fig, ax = plt.subplots(figsize=(7.4, 2.4))
plotting.plot_folds(ax, folds_of(24, 9, 4, 3), 24)
show(fig, "folds")

# %% [markdown] slide="new" brief="Subtract the mean, divide by the standard deviation. *Whose* mean? **The test is not known yet.**"
# ## Scale by what is known
#
# A network likes values around 0 with a spread of about 1, so one subtracts the mean and divides by the standard deviation.
# *Whose* mean? The test is not known yet, so its values must not be in it. A scaler fitted to everything is the best known leak
# in forecasting. A reader even found it in [a library's own examples](https://github.com/unit8co/darts/issues/573).
#
# **Predict**: CO₂ is scaled so that its *training* part has the mean 0 and the standard deviation 1. The trend goes on. What is
# the mean of the scaled *test* part?

# %%
predict("mean_of_the_scaled_test", ...)

# %% slide="more text"
before_test, in_test = air.values[:-120], air.values[-120:]
scaled_test = (in_test - before_test.mean()) / before_test.std()
print(f"training {before_test.mean():.1f} ± {before_test.std():.1f} ppm")
print(f"test     {in_test.mean():.1f} ppm, scaled {scaled_test.mean():.2f}")
outcome("mean_of_the_scaled_test", round(float(scaled_test.mean()), 2))

# %% [markdown] slide="new"
# ## Your turn: `standardise` · easy
#
# Write `standardise(series, n_train)`. It returns three things: the whole series scaled, `(n,)`, and the mean and the standard
# deviation it was scaled by, both of the first `n_train` values alone. (The deviation divides by `n_train`: NumPy's default.)
# Refuse an `n_train` above n, and a training part that is constant. Stuck? `hint(standardise)`.


# %% solution="standardise" slide="more"
def standardise(series, n_train):
    """Scale (n,) by its first n_train values: scaled (n,), mean, deviation."""
    ### BEGIN SOLUTION
    if n_train > len(series):
        raise ValueError(f"n_train is {n_train}, but there are {len(series)} values")
    training = series[:n_train]
    if np.ptp(training) == 0:
        raise ValueError("the training part is constant: its deviation is 0")
    mean, deviation = training.mean(), training.std()
    return (series - mean) / deviation, mean, deviation
    ### END SOLUTION


# %% check="standardise" points=1
check(standardise)

# %% [markdown] slide="new" brief="- **Persistence**: the last value stays.\n- **The cycle before**: the value a cycle ago comes again.\n- **Climatology**: the mean at this time of the cycle, over the training part." ask="For each series, which of the three would you choose: sunspots, El Niño, CO₂?"
# ## What costs nothing
#
# Three forecasts need no training, or hardly any:
#
# - **Persistence**: the last value stays. (That is the last of the values that models get: for El Niño the last *anomaly*, for CO₂
#   the last change.)
# - **The cycle before**: the value a cycle ago comes again.
# - **Climatology**: the mean at this time of the cycle, over the training part.
#
# We measure the root mean squared error (RMSE) over all origins in the test and all of the 12 steps. Before you run the next two
# cells, say for each series which of the three you would choose.


# %%
def in_the_test(name):
    """Pairs (N, 24), (N, 12) of what models are given: targets in the test."""
    one = data[name]
    return tuple(part[one.first - N_IN :] for part in cut_up(one.values, N_IN, HORIZON))


def simple_errors(name):
    """Errors (N, 12) of the forecasts that cost nothing: a dict by name."""
    one, (inputs, targets) = data[name], in_the_test(name)
    # A cycle, and what is usual, are those of the series itself.
    past, truth = (
        part[one.first - N_IN :]
        for part in cut_up(one.values + one.known, N_IN, HORIZON)
    )
    origins = one.first + np.arange(len(inputs))
    usual = gru_ref.climatology(
        (one.values + one.known)[: one.first],
        origins[:, None] + np.arange(HORIZON),
        one.series.period if one.series.period == 12 else 1,  # no two solar cycles
    )
    return {
        "persistence": gru_ref.persistence(inputs, HORIZON) - targets,
        "cycle before": gru_ref.persistence(past, HORIZON, one.series.period) - truth,
        "climatology": usual - truth,
    }


def rmse(errors):
    return float(np.sqrt(np.mean(errors**2)))


# %% slide="more text"
simple = {name: simple_errors(name) for name in data}
for name, errors_of in simple.items():
    said = (f"{model} {rmse(errors):.2f}" for model, errors in errors_of.items())
    print(f"{name:9} {', '.join(said)}  ({data[name].series.unit})")

# %% [markdown] slide="more" brief="Each of the three wins once: compute all three, and compare with the best of them."
# Each of the three wins once: the cycle before on sunspots, climatology on El Niño, persistence on CO₂. On CO₂, climatology misses by
# 31 ppm, since the mean of the training part knows nothing of the trend. So no baseline is strong by its name alone: compute all
# three, and compare with the best of them.

# %% [markdown]
# ## Your turn: `skill` · easy
#
# An RMSE of 1.3 °C: is that good? A number by itself does not say. **Skill** compares with a baseline. It is the part of the
# baseline's mean squared error that a forecast saves:
#
# $$1 - \frac{\text{mean squared error of the forecast}}{\text{mean squared error of the baseline}}$$
#
# 1 is perfect, 0 is as good as the baseline, and below 0 you should use the baseline. Write `skill(errors, baseline_errors)` for
# two arrays of one shape. Refuse different shapes, and a baseline without any error. Stuck? `hint(skill)`.


# %% solution="skill"
def skill(errors, baseline_errors):
    """Share of the baseline's mean squared error that is saved: a float up to 1."""
    ### BEGIN SOLUTION
    if errors.shape != baseline_errors.shape:
        raise ValueError(f"shapes {errors.shape} and {baseline_errors.shape} differ")
    baseline = np.mean(baseline_errors**2)
    if baseline == 0:
        raise ValueError("the baseline makes no error")
    return 1 - np.mean(errors**2) / baseline
    ### END SOLUTION


# %% check="skill" points=1
check(skill)

# %% [markdown] slide="new" brief="An **autoregression** AR(p), as George Udny Yule had it in 1927, for sunspots:\n\n$$\\hat x_t = a + w_1 x_{t-1} + w_2 x_{t-2} + \\dots + w_p x_{t-p}$$\n\nIt has p + 1 parameters, from least squares. The order is chosen on the *training* part."
# ## The strong baseline: autoregression
#
# An **autoregression** of order p, AR(p), forecasts the next value as a weighted sum of the last p:
#
# $$\hat x_t = a + w_1 x_{t-1} + w_2 x_{t-2} + \dots + w_p x_{t-p}$$
#
# The weights come from least squares. George Udny Yule did this in 1927, for sunspots. Further steps are forecast by reading each
# forecast as if it had happened. It has p + 1 parameters, and is fitted within a thousandth of a second.
#
# The order is a choice, and a choice made by the test is a leak. So `gru_ref.choose_order` fits each order to the first four
# fifths of the *training* part, and takes the one that forecasts the last fifth best, 1 to 12 steps ahead. **Predict** the order for
# the sunspots, whose cycle has about 11 years.

# %%
predict("order_for_sunspots", ...)

# %% slide="more text" lines="2-4"
rolled = own(skill)
models, ar_errors = {}, {}
for name, one in data.items():
    training = one.values[: one.first]
    order = gru_ref.choose_order(training, N_IN, int(0.8 * one.first), HORIZON)
    models[name] = gru_ref.fit_ar(training, order)
    inputs, targets = in_the_test(name)
    ar_errors[name] = gru_ref.forecast_ar(models[name], inputs, HORIZON) - targets
    by_rmse = {model: rmse(errors) for model, errors in simple[name].items()}
    best = min(by_rmse, key=by_rmse.get)
    print(
        f"{name:9} AR({order}): RMSE {rmse(ar_errors[name]):.3f} {one.series.unit};",
        f"skill against {best}: {rolled(ar_errors[name], simple[name][best]):.2f}",
    )
outcome("order_for_sunspots", len(models["sunspots"].weights))

# %% [markdown] slide="new" brief="Two forecasts from the same AR, from 1950 on: one made in 1949 for all 59 years; the other for the *next* year, 59 times, told the truth after each."
# ## One step ahead, sold as many
#
# Here is a trick that you will meet. "We forecast 59 years, and the curve fits." Both forecasts below come from the same AR, and
# both begin in 1950. One is made in 1949 for all 59 years. The other forecasts only the *next* year, 59 times, and is told
# the truth after each. **Predict** the RMSE of both.

# %%
predict("one_origin_and_one_step", [..., ...])

# %% slide="more figure"
sun = data["sunspots"]
known_by_1949, later = sun.values[: sun.first], sun.values[sun.first :]
at_once = gru_ref.forecast_ar(models["sunspots"], known_by_1949, len(later))
told = [
    gru_ref.forecast_ar(models["sunspots"], sun.values[training], 1)[0]
    for training, _ in folds_of(len(sun.values), sun.first, 1, 1)
]
fig, ax = plt.subplots(figsize=(8.2, 3.2))
years = sun.series.times
plotting.plot_forecasts(
    ax,
    years[180:],
    sun.values[180:],
    {
        "59 years at once": (years[sun.first :], at_once),
        "one year, 59 times": (years[sun.first :], told),
    },
    "sunspots",
)
show(fig, "one_step_told_as_many")
both = [rmse(np.array(made) - later) for made in (at_once, told)]
print("59 years at once {:.1f}, one year 59 times {:.1f}".format(*both))
outcome("one_origin_and_one_step", [round(e, 1) for e in both])

# %% [markdown]
# Made at once, the forecast even stays in step, but its waves are too low and become lower: how strong the next cycles are is
# not known in 1949. Its error is twice as large. The other curve was told the truth 58 times. Both are honest if we say
# which one we show. Always ask *how far ahead*, and what was known at that time.

# %% [markdown] slide="new" brief="The quantiles 0.05 and 0.95 are the ends of an interval of 90%. A lopsided loss trains a network to output one:\n\n$$\\text{loss} = \\begin{cases} q\\,(y - p) & \\text{if } y \\ge p \\\\ (1 - q)\\,(p - y) & \\text{if } y < p \\end{cases}$$" ask="$q = 0.9$, and $y$ is 10. **Predict** the losses of the forecasts 8 and 12."
# ## The loss of a quantile
#
# A single number does not say how sure a forecast is. A **quantile** does: with probability q, what happens lies
# below it. The quantiles 0.05 and 0.95 are the ends of an interval of 90%.
#
# How do we train a network to output one? With a lopsided loss. Let y be what happens, and p the forecast:
#
# $$\text{loss} = \begin{cases} q\,(y - p) & \text{if } y \ge p \\ (1 - q)\,(p - y) & \text{if } y < p \end{cases}$$
#
# For q = 0.9, being too low costs nine times as much as being too high. So the best forecast is one that is too low only one
# time in ten. **Predict** the losses for q = 0.9 if y is 10: of the forecast 8, and of the forecast 12.

# %%
predict("losses_of_8_and_12", [..., ...])

# %% slide="more text"
y, q = 10, 0.9
two_losses = [round(q * (y - p) if y >= p else (1 - q) * (p - y), 6) for p in (8, 12)]
print("forecast 8: {}, forecast 12: {}".format(*two_losses))
outcome("losses_of_8_and_12", two_losses)

# %% [markdown] slide="new"
# ## Your turn: `quantile_loss` · medium
#
# Write `quantile_loss(y, predicted, q)` for two arrays of one shape and one q: the *mean* of this loss over all entries, a single
# number. (Some programs double it, so that q = ½ gives the mean absolute error. Ours does not.) Refuse a q that does not lie between
# 0 and 1, both excluded, and arrays of different shapes. Stuck? `hint(quantile_loss)`.


# %% solution="quantile_loss" slide="more"
def quantile_loss(y, predicted, q):
    """Mean loss of forecasts of the q-quantile: two arrays → float."""
    ### BEGIN SOLUTION
    if y.shape != predicted.shape:
        raise ValueError(f"shapes {y.shape} and {predicted.shape} differ")
    if not 0 < q < 1:
        raise ValueError(f"q is {q}, but should lie between 0 and 1")
    above = y - predicted
    return np.mean(np.where(above >= 0, q * above, (q - 1) * above))
    ### END SOLUTION


# %% check="quantile_loss" points=1
check(quantile_loss)

# %% [markdown]
# ## Your turn: `coverage` · easy
#
# An interval of 90% makes a promise that can be tested: nine times in ten, what happens lies in it. Write `coverage(y, low,
# high)`: the share of the values of `y` that lie between their `low` and their `high`, **ends included**. All three have one
# shape; refuse other shapes, and a low end above its high end. Stuck? `hint(coverage)`.


# %% solution="coverage"
def coverage(y, low, high):
    """Share of y that lies in its interval: three arrays → float."""
    ### BEGIN SOLUTION
    if not y.shape == low.shape == high.shape:
        raise ValueError(f"shapes {y.shape}, {low.shape} and {high.shape} differ")
    if (low > high).any():
        raise ValueError("a low end lies above its high end")
    return np.mean((low <= y) & (y <= high))
    ### END SOLUTION


# %% check="coverage" points=1
check(coverage)

# %% [markdown] slide="new" brief="> **Claim.** A GRU can output a single number, a sequence of numbers, or a distribution.\n\nA GRU with 16 units reads the window of 24 values; only the last layer differs. Four forecasts from 1996, a minimum of the sun." ask="**Predict** which is nearest to the truth: number, sequence, quantiles, or the AR?"
# ## A GRU with three outputs
#
# > **Claim.** A GRU can output a single number, a sequence of numbers, or a distribution.
# >
# > *Source:* a popular article.
#
# *What would show it:* three networks that differ in nothing but their last layer. A GRU with 16 units reads the window of 24
# values. A linear layer reads its last state, and makes
#
# - one number: the next value. Further ones are forecast by reading it as if it had happened, as the AR does;
# - a sequence of 12 numbers, trained with the mean squared error of all of them;
# - a distribution: five quantiles for each of 12 steps, trained with the mean of the five quantile losses.
#
# Each forecast is added to the window's last value, so an untrained network is close to persistence. Training is on the first
# four fifths of the training part. The last fifth says which epoch was best. Watch the three trainings.

# %%
scaled, mean, deviation = own(standardise)(sun.values, sun.first)
windows_in, windows_ahead = cut_up(scaled, N_IN, HORIZON)
border = int(0.8 * sun.first)
fitting = slice(0, border - N_IN - HORIZON + 1)  # no target after the border
held_out = slice(border - N_IN, sun.first - N_IN - HORIZON + 1)
tested = slice(sun.first - N_IN, None)

# %%
networks, made = {}, {}
epochs = steps(30, quick=1)
for output in ("number", "sequence", "quantiles"):
    torch.manual_seed(0)
    networks[output] = Forecaster(16, HORIZON, output)
    fitted = fit_forecaster(
        networks[output],
        (windows_in[fitting], windows_ahead[fitting]),
        (windows_in[held_out], windows_ahead[held_out]),
        epochs,
        1e-2,
        np.random.default_rng(0),
        label=f"{output:9}",
    )
    made[output] = mean + deviation * forecast(networks[output], windows_in[tested])
    print(f"{output:9} best epoch {fitted.epochs}, forecasts {made[output].shape}")

# %% [markdown]
# Here are their forecasts from one origin, 1996, at a minimum of the sun. The AR's stand beside them. Before you look,
# **predict** which of the four is nearest to the truth over these 12 years.

# %%
predict("nearest_from_1996", ...)  # "number", "sequence", "quantiles" or "AR"

# %% slide="new figure"
row = 1996 - 1950
ahead = years[sun.first :][row : row + HORIZON]
truth = later[row : row + HORIZON]
four = {
    "number": made["number"][row],
    "sequence": made["sequence"][row],
    "quantiles": made["quantiles"][row, :, 2],
    "AR": gru_ref.forecast_ar(
        models["sunspots"], sun.values[: sun.first + row], HORIZON
    ),
}
fig, ax = plt.subplots(figsize=(8.2, 3.2))
plotting.plot_forecasts(
    ax,
    years[265:],
    sun.values[265:],
    {k: (ahead, v) for k, v in four.items()},
    "sunspots",
)
show(fig, "three_outputs")
from_1996 = {name: rmse(values - truth) for name, values in four.items()}
print({name: round(error, 1) for name, error in from_1996.items()})
outcome("nearest_from_1996", min(from_1996, key=from_1996.get))

# %% [markdown] slide="more" brief="> **Verdict.** True, and nothing in it is special to GRUs: an AR gives all three, too."
# > **Verdict.** True. One network, three last layers and losses. Nothing in the GRU itself changes, and nothing in the claim is
# > special to GRUs: an AR gives a number, a sequence and a distribution, too. And one origin says little about who is best.

# %% [markdown] slide="new" ask="Ten seeds on each series. **Predict** which output of the GRU has the lowest RMSE on the sunspots. Is it below the AR's 31.5?"
# ## Who wins?
#
# > **Claim.** A GRU learns what a linear model cannot, so it forecasts better.
# >
# > *Source:* of the LSTM, for one, this [comparison with ARIMA](https://www.scitepress.org/publishedPapers/2024/135162/pdf/index.html).
#
# *What would show it:* its RMSE over the whole test is lower than the AR's. We recorded each output with ten seeds on each series.
# Here, once the best epoch is known, the network is trained again on the *whole* training part, as the AR is. (We chose among two
# sizes and two learning rates by the held-out fifth of training.) All models see the same 24 values and forecast from the same
# origins. You know already how the AR fares. **Predict** which output of the GRU has the lowest RMSE on the sunspots.

# %%
predict("best_output_on_sunspots", ...)  # "number", "sequence" or "quantiles"

# %% slide="more text" lines="1-8"
by_network = gru_ref.recorded("forecasts")
outputs = ("number", "sequence", "quantiles")
rmse_on_sunspots = {}
for name, one in data.items():
    of_ar = rmse(ar_errors[name])
    print(f"{name} ({one.series.unit}): AR {of_ar:.3f}; GRU, and GRU minus AR:")
    for output in outputs:
        of_gru = by_network[f"{output}, {name}, all"].values[:, -1]
        mean_difference, (low, high), verdict = gru_ref.compare(
            of_gru, np.full(len(of_gru), of_ar)
        )
        ahead_is = {"a": "AR ahead", "b": "GRU ahead", "tie": "tie"}[verdict]
        if name == "sunspots":
            rmse_on_sunspots[output] = of_gru.mean()
        print(
            f"    {output:9} {of_gru.mean():7.3f}   {mean_difference:6.3f},",
            f"from {low:6.3f} to {high:6.3f}: {ahead_is}",
        )
outcome("best_output_on_sunspots", min(rmse_on_sunspots, key=rmse_on_sunspots.get))

# %% [markdown]
# Does it depend on how far ahead we look? In the next figure, look for the steps at which the GRU is hardly better than persistence,
# and for those at which the AR loses its lead. The bars of the GRU are intervals of 95% over ten seeds.

# %% slide="new figure"
ahead_steps = (1, 3, 6, 12)
columns = [step - 1 for step in ahead_steps]
fig, axes = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
for ax, (name, one) in zip(axes, data.items(), strict=True):
    curves = {
        "persistence": np.sqrt(np.mean(simple[name]["persistence"] ** 2, axis=0))[
            columns
        ],
        "AR": np.sqrt(np.mean(ar_errors[name] ** 2, axis=0))[columns],
        "GRU, sequence": np.stack(
            [by_network[f"sequence, {name}, {s}"].values[:, -1] for s in ahead_steps],
            axis=1,
        ),
    }
    plotting.plot_errors_by_step(ax, ahead_steps, curves, one.series.unit)
    ax.set_title(name)
axes[1].legend(loc="lower right")
show(fig, "errors_by_step")

# %% [markdown] slide="more" brief="> **Verdict.** Wrong on two of three series, and hardly right on the third."
# > **Verdict.** Wrong on two of three series, and hardly right on the third. On sunspots and on CO₂ every one of the three GRUs is
# > behind the AR, with intervals clear of 0. On CO₂ the GRU is hardly better than persistence up to 3 steps ahead. On El Niño the GRU
# > with a sequence is ahead by 0.036 °C, or 3%, and the two others tie. One reason may be how little there is to learn from: 250
# > years of sunspots make some 200 windows, which overlap. A linear model with a dozen weights has less to get wrong. Far ahead,
# > nobody gains much on El Niño: 12 months ahead the lowest error is 1.26 °C, and climatology has 1.29.

# %% [markdown] slide="new" brief="Seeds answer the question “would another training do as well?” They do not answer “would another *time* do as well?”" ask="14 blocks of 12 origins on El Niño, where the GRU with a sequence was ahead with all ten seeds. **Predict** in how many blocks it is ahead."
# ## An interval over what?
#
# The interval of the El Niño result is narrow: ten seeds agree. But all of them were tested on the same 15 years. Seeds answer
# the question "would another training do as well?" They do not answer "would another *time* do as well?"
#
# So take blocks of 12 origins in a row, 14 of them for El Niño, and compare block by block: the mean squared error of the GRU,
# averaged over six seeds, against that of the AR. **Predict** in how many of the 14 blocks the GRU is ahead.

# %%
predict("blocks_won_on_el_nino", ...)  # of 14

# %% slide="more text" lines="2-3"
by_block = gru_ref.recorded("forecast_blocks")
blocks_won = {}
for name, count in (("sunspots", 4), ("El Niño", 14), ("CO₂", 9)):
    of_ar = np.array(
        [
            np.mean(ar_errors[name][HORIZON * k : HORIZON * (k + 1)] ** 2)
            for k in range(count)
        ]
    )
    of_gru = np.array(
        [by_block[f"{name}, block {k}"].values[:, -1].mean() for k in range(count)]
    )
    blocks_won[name] = int(np.sum(of_gru < of_ar))
    mean_difference, (low, high), verdict = gru_ref.compare(of_gru, of_ar)
    ahead_is = {"a": "AR ahead", "b": "GRU ahead", "tie": "tie"}[verdict]
    print(
        f"{name:9} GRU ahead in {blocks_won[name]} of {count}; mean squared error, GRU",
        f"minus AR: {mean_difference:.3f}, from {low:.3f} to {high:.3f}: {ahead_is}",
    )
    if name == "El Niño":
        print(" " * 9, "block by block:", *(of_gru - of_ar).round(1))
outcome("blocks_won_on_el_nino", blocks_won["El Niño"])

# %% [markdown] slide="more" brief="It is ahead on the whole only by the forecasts made in 1997, when the strongest El Niño of the test began. **One series is one sample of time.**"
# In 6 of 14, and it is ahead on the whole only by the second of them: by the forecasts made in 1997, when the strongest El Niño
# of the test began. Without this one block the AR would be ahead. (A "tie" here means that another 15 years may well turn it
# round.)
#
# The same question put to the other two series: on sunspots the AR is ahead in each of four blocks, and on CO₂ in 7 of 9. That
# points to the AR. But four blocks, or nine, are few, and their intervals hold 0 as well. One series is *one* sample of time,
# however many seeds one takes.

# %% [markdown] slide="new" ask="**Predict** how often intervals of 90% hold the truth on El Niño: the GRU's, and the AR's."
# ## Does 90% hold 90%?
#
# > **Claim.** An interval of 90% holds what happens nine times in ten.
# >
# > *Source:* our own question.
#
# *What would show it:* coverage in the test, near 0.9. The AR computes how sure it is: if the model is true and its
# noise is normal, the error h steps ahead has a standard deviation that follows from the weights (`gru_ref.ar_deviations`). The GRU
# outputs its quantiles. Coverage one step ahead comes with Wilson's interval (lesson 14), since errors of single steps hardly
# depend on one another. (Errors of 12 steps from neighbouring origins do, so no interval is printed for all steps together.)
# **Predict** the coverage of the GRU's intervals on El Niño, over all steps. (That on the sunspots, 71%, you know from the first page.)

# %%
predict("gru_covers_on_el_nino", ...)  # a share; 0.9 is promised

# %% slide="more text" lines="2-8"
covered = own(coverage)
intervals = gru_ref.recorded("forecast_intervals")
shares = {}  # one step ahead, and over all steps
for name in data:
    half = ndtri(0.95) * gru_ref.ar_deviations(models[name], HORIZON)
    half = half + 0 * ar_errors[name]  # the same for each origin
    shares[name, "AR"] = (
        covered(ar_errors[name][:, 0], -half[:, 0], half[:, 0]),
        covered(ar_errors[name], -half, half),
    )
    shares[name, "GRU"] = tuple(
        intervals[f"{name}, 90% {s}"].values[:, -1].mean() for s in ("1", "all")
    )
print("promised 0.9        one step ahead                   all steps")
for (name, model), (first_step, in_all) in shares.items():
    n = len(ar_errors[name])
    low, high = gru_ref.accuracy_interval(round(first_step * n), n)
    said = "as promised" if low <= 0.9 <= high else "NOT as promised"
    print(
        f"{name:9} {model:4} {first_step:.3f}, {low:.2f} to {high:.2f}: {said:15}",
        f"{in_all:9.3f}",
    )
outcome("gru_covers_on_el_nino", round(float(shares["El Niño", "GRU"][1]), 3))

# %% [markdown]
# A wide interval covers much and says little. The quantile loss counts both: it grows with the width, and with every miss. Here is the
# mean loss of the five quantiles, by your function for the AR, and recorded for the GRU. Lower is better.

# %%
lopsided = own(quantile_loss)
for name in data:
    spread = gru_ref.ar_deviations(models[name], HORIZON)
    of_ar = np.mean(
        [
            lopsided(-ar_errors[name], ndtri(q) * spread + 0 * ar_errors[name], q)
            for q in QUANTILES
        ]
    )
    of_gru = intervals[f"{name}, loss"].values[:, -1]
    mean_difference, (low, high), verdict = gru_ref.compare(
        of_gru, np.full(len(of_gru), of_ar)
    )
    ahead_is = {"a": "AR ahead", "b": "GRU ahead", "tie": "tie"}[verdict]
    print(
        f"{name:9} AR {of_ar:.3f}, GRU {of_gru.mean():.3f}, GRU minus AR",
        f"{mean_difference:.3f}, from {low:.3f} to {high:.3f}: {ahead_is}",
    )

# %% [markdown]
# > **Verdict.** Not to be taken on trust. On sunspots the GRU's intervals hold 71% over all steps, and 68% one step ahead: far too
# > few. The AR's hold 84%. The test has the highest solar cycles since 1700, so both have seen less than what came. On El Niño the GRU's
# > are too narrow one step ahead (78%), and the AR's (86%) are within what chance allows. On CO₂ both keep the promise one
# > step ahead; over all steps, the AR's hold 87%, and the GRU's 82%. And the quantile loss, which is what the GRU was *trained* on, is lower for the
# > AR on sunspots and CO₂, and a tie on El Niño. (One reason for the AR's gap: its formula takes the weights as exact.)

# %% [markdown] slide="new" brief="> **Claim.** How one splits and scales is a detail.\n\n- **scaled by everything**: the test included\n- **best epoch on the test**\n- **shuffled windows**: cut, shuffled, and then split" ask="**Predict** which of the leaks raises the skill on sunspots most."
# ## What leaks are worth
#
# > **Claim.** How one splits and scales is a detail. The network has to forecast all the same.
# >
# > *Source:* our own question.
#
# *What would show it:* with a leak, the numbers stay as they were. We recorded the network that outputs a sequence, with ten seeds
# for each leak. The number is the skill against "the cycle before", over all steps:
#
# - **scaled by everything**: mean and deviation of the whole series, test included;
# - **best epoch on the test**: training stops when the *test* error is least;
# - **shuffled windows**: windows are cut, shuffled, and then split into training and test.
#
# For CO₂ the network gets the series *as it is*, with its trend: here a scaler can give something away. **Predict** which of the
# leaks raises the skill on sunspots most.

# %%
predict("largest_leak", ...)  # "scaled", "best" or "shuffled"

# %%
leaks = gru_ref.recorded("forecast_leaks")
kinds = ("scaled by everything", "best epoch on the test", "shuffled windows")
gained = {}
for name in ("sunspots", "CO₂ as it is"):
    honest = leaks[f"{name}, none"].values[:, -1]
    print(f"{name}: honest skill {honest.mean():.3f}; with a leak, and the difference:")
    for kind in kinds:
        leaking = leaks[f"{name}, {kind}"].values[:, -1]
        gain, (low, high), _ = gru_ref.compare(leaking, honest)
        gained[name, kind] = gain
        print(
            f"    {kind:23} {leaking.mean():6.3f}  {gain:6.3f},",
            f"from {low:6.3f} to {high:6.3f}",
        )
print(f"CO₂, change over a cycle: {leaks['CO₂, none'].values[:, -1].mean():.3f}")
largest = max(kinds, key=lambda kind: gained["sunspots", kind])
outcome("largest_leak", largest.split()[0])

# %% [markdown] slide="more"
# > **Verdict.** Wrong. Shuffled windows lift the skill on sunspots from −0.05 to 0.33, which is what the AR reaches honestly. On
# > CO₂ as it is, they lift it from −0.06 to 0.69. A test window then lies between training windows that hold its targets. (The
# > shuffled test has other windows; the baseline is measured on the same ones.) The best epoch on the test is worth 0.05 on
# > sunspots, and 0.43 on CO₂, where the network drifts away with the trend unless somebody stops it in time. A scaler
# > fitted to everything is worth 0.015 on sunspots, and on CO₂ ten seeds cannot tell. So that leak is small *here*; nobody knows
# > in advance how large it is. And the honest way to treat a trend, the change over a cycle, is worth more than any leak but one.

# %% [markdown]
# ## A forecast of your own
#
# `gru_ref.fan(series, horizon)` forecasts beyond the end of a series, by an AR whose order is chosen on its last fifth. For a
# series with a season or a trend add `"change over a cycle"`. Change the series or the horizon, and run the cell again.

# %%
chosen, how = gru_ref.co2(), "change over a cycle"

made_fan = gru_ref.fan(chosen, 12, how)
shown = slice(-60, None)
fig, ax = plt.subplots(figsize=(8.2, 3.2))
plotting.plot_fan(
    ax,
    chosen.times[shown],
    chosen.values[shown],
    made_fan.times,
    made_fan.quantiles,
    chosen.unit,
)
show(fig, "own_forecast")
low, _, middle, _, high = made_fan.quantiles[-1]
print(
    f"{chosen.name}, AR({made_fan.order}), 12 steps ahead: {middle:.1f} {chosen.unit},",
    f"90% from {low:.1f} to {high:.1f}",
)

# %% [markdown]
# **Your own file**: a text file with one value a line, or with lines `date,value`, dates as 2024, 2024-05 or 2024-05-31.
# `gru_ref.read_series(path, period, unit)` reads it. If a line cannot be read, dates are not in order, or there is a gap, the
# message names the line. The cell below writes such a file, and one with a mistake in it. Write your own path where the cell says so.

# %%
folder = Path(tempfile.mkdtemp())
own_file = folder / "own.csv"
rng = np.random.default_rng(1)
made_up = 15 - 9 * np.cos(np.arange(96) * np.pi / 6) + rng.normal(0, 1.5, 96)
lines = [f"{2017 + k // 12}-{1 + k % 12},{v:.1f}" for k, v in enumerate(made_up)]
own_file.write_text("month,degrees\n" + "\n".join(lines))
lines[40] = lines[40].replace(".", ",")
(folder / "bad.csv").write_text("\n".join(lines))

# own_file = "my_series.csv"  # your own: its path, from the folder of this notebook
own_series = gru_ref.read_series(own_file, period=12, unit="°C")
own_fan = gru_ref.fan(own_series, 12, "change over a cycle")
fig, ax = plt.subplots(figsize=(8.2, 3.2))
plotting.plot_fan(
    ax,
    own_series.times,
    own_series.values,
    own_fan.times,
    own_fan.quantiles,
    own_series.unit,
)
show(fig, "own_file")
try:
    gru_ref.read_series(folder / "bad.csv", period=12)
except ValueError as error:
    print(textwrap.fill(str(error).replace(str(folder), "…"), 88))

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="a_perfect_picture" points=2 slide="new"
# **For 2 points.** A start-up shows you a slide: "Our GRU forecasts the electricity demand of a city for the next week, hour by
# hour. We cut three years into windows of 168 + 168 hours, drew 20% of them at random for the test, and scaled everything to
# between 0 and 1. Correlation of forecast and truth in the test: 0.97."
#
# Name two things in how they *tested* that flatter the number, and how you would do it instead. Then name the comparison that is missing, and
# say what it should be for electricity demand.
#
# ### BEGIN SOLUTION
# The test: windows overlap, so those drawn at random have their targets in training windows; split by time, with no training target
# after the first origin, and roll the origin. Scaling by everything uses least and largest values of the test; use those of
# training. Also good: the best epoch or size may have been chosen on the test; correlation ignores a wrong level or scale,
# so report RMSE or skill; one city and one period.
#
# The comparison: demand repeats by day and by week, so almost any forecast correlates with it. The same hour a week before (and an AR
# or a linear regression on the same hours of earlier days) should stand beside it, as skill. If the GRU does not beat it, the 0.97
# is the week's.
#
# **Rubric**
#
# - 1 point: two flaws of the test (random overlapping windows, scaling by everything, choice on the test, correlation), each with a remedy
# - 1 point: a seasonal baseline, the same hour a week (or a day) before, and why correlation is high without any skill
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A picture, or a correlation, in which the forecast follows the truth proves nothing: **persistence** does the same. Report
#   **skill** against the best simple forecast, and say how far ahead.
# - **Roll the origin.** Training is what lies before it. Inputs of test windows may reach back into training; targets of training
#   windows may not reach into the test. Scale, choose orders and stop training by the training part alone.
# - An AR beat the GRU on sunspots and CO₂. On El Niño a GRU was 3% ahead over ten seeds, by one year out of 14.
# - An interval over seeds is not an interval over time.
# - A GRU outputs a number, a sequence or a distribution; so does an AR. **Quantiles** are trained by a lopsided loss, and their
#   promise is tested by **coverage**: 90% were 71% on sunspots.
# - Of three leaks, shuffled windows flattered the GRU most.

# %% [markdown]
# ## Go further · open
#
# Does the mean of several networks do better than one?
#
# - **Find out** the RMSE on the sunspots' test of the *mean* of the forecasts of ten networks, seeds 0 to 9, beside the mean of their
#   ten RMSEs and beside the AR's. Ten trainings take less than a minute.
# - **Try first** on the held-out fifth of training, so that you do not choose by the test.
# - **You know** when you have five such groups of ten, each with seeds of its own, and an interval of the difference that does
#   not contain 0.

# %% [markdown]
# ## Test yourself
#
# **1.** A series has 100 values. How many folds does `rolling_origin(100, 60, 12, 12)` have, and which places are never tested?
#
# <details><summary>Answer</summary>
#
# Origins 60, 72, 84; the next one, 96, would need places up to 107. Three folds. Places 0 to 59 are only training, and 96 to 99
# are left over.
#
# </details>
#
# **2.** A forecast of rain always says the mean of the training part. Its skill against persistence is 0.45. Has it
# understood the weather?
#
# <details><summary>Answer</summary>
#
# No. If values are independent of one another with variance v, the mean has a mean squared error of about v, and persistence of 2v:
# a skill of ½ for knowing nothing. Skill is always against *something*: take the best of the simple forecasts.
#
# </details>
#
# **3.** The 0.9-quantile of a forecast is exceeded in 25 of 100 cases. Is the quantile too low or too high, and on which side does the loss
# push it?
#
# <details><summary>Answer</summary>
#
# Too low: it should be exceeded in 10 cases. Moved up by a little ε, the loss falls by 0.9 ε in the 25 cases, and rises by 0.1 ε in the
# 75: by 22.5 ε against 7.5 ε. So the loss pushes it up, until 10% are above.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - George Udny Yule (1927), *On a method of investigating periodicities in disturbed series, with special reference to Wolfer's
#   sunspot numbers*, Philosophical Transactions of the Royal Society A 226: a year's number from the two before it.
# - Leonard Tashman (2000), *Out-of-sample tests of forecasting accuracy: an analysis and review*, International Journal of
#   Forecasting 16: rolling origin.
# - Roger Koenker and Gilbert Bassett (1978), *Regression quantiles*, Econometrica 46: the lopsided loss.
# - Hansika Hewamalage, Christoph Bergmeir and Kasun Bandara (2019), *Recurrent neural networks for time series forecasting:
#   current status and future directions*, [arXiv:1909.00590](https://arxiv.org/abs/1909.00590): many series, many networks, and
#   "no silver bullets".

# %%
progress()
