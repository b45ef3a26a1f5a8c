"""The recorded experiments of lesson 18: forecasts by a GRU with three outputs, their intervals, and what leaks are worth.

A GRU is trained on the first four fifths of a series' training part; the last fifth says after how many epochs to stop.
Then it is trained again on the whole training part, for as many epochs, and forecasts from every origin in the test.
The seed draws the network's start and the order of the windows; the series and its test are the same for all seeds.
"""

import functools
import time
from typing import NamedTuple

import numpy as np
import torch

from gru_ref.baselines import persistence
from gru_ref.forecasters import QUANTILES, Forecaster, fit_forecaster, forecast
from gru_ref.forecasting import coverage, quantile_loss, skill, standardise, windows
from gru_ref.preparing import prepare
from gru_ref.series import FILES, TESTED, co2, el_nino, sunspots

N_IN, HORIZON, H, LR, B = 24, 12, 16, 1e-2, 32
SERIES = {  # how to read it, values in the test, how it is prepared, epochs
    "sunspots": (sunspots, 59, "as it is", 40),
    "El Niño": (el_nino, 180, "anomalies", 30),
    "CO₂": (co2, 120, "change over a cycle", 30),
    "CO₂ as it is": (co2, 120, "as it is", 30),
}
LEAKS = ("none", "scaled by everything", "best epoch on the test", "shuffled windows")


class ForecastSetting(NamedTuple):
    """One model, and one thing that is measured of its forecasts.

    series: a key of SERIES; output: of the Forecaster; report: a key of REPORTS; leak: one of LEAKS.
    """

    name: str
    series: str
    output: str
    report: str
    leak: str = "none"
    kind: str = "gru"
    H: int = H


class Forecasts(NamedTuple):
    """Forecasts in the series' unit: made (N, 12) or (N, 12, 5), truth (N, 12), baseline (N, 12): the cycle before comes again."""

    made: np.ndarray
    truth: np.ndarray
    baseline: np.ndarray
    parameters: int
    seconds: float


class ForecastTask(NamedTuple):
    """One experiment: what the numbers are, how many seeds there are, and who takes part."""

    value: str
    seeds: int
    settings: tuple
    steps: int = 1  # evaluated once, at the end
    packages: tuple = ("torch",)

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        taking_part = dict.fromkeys(s.series for s in self.settings)
        return {
            "task": "forecasting",
            "value": self.value,
            "data": f"statsmodels {TESTED}",
            "files, SHA-256": {name: sha256 for name, (_, sha256) in FILES.items()},
            "series": {
                name: dict(zip(("test", "how", "epochs at most"), SERIES[name][1:], strict=True))
                for name in taking_part
            },
            "values that a window holds": N_IN,
            "horizon": HORIZON,
            "quantiles": list(QUANTILES),
            "B": B,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "schedule": "down to 0 along half a cosine",
            "lr": LR,
            "type": "float32",
            "models": {s.name: {k: v for k, v in s._asdict().items() if k != "name"} for s in self.settings},
        }

    def run(self, setting, seed):
        """Train one model with one seed, unless this process has; return one row: what the setting's report measures."""
        made = forecasts(setting.series, setting.output, setting.leak, seed)
        value = REPORTS[setting.report](made)
        return [
            (setting.name, "gru", setting.H, made.parameters, seed, self.steps, round(value, 6), round(made.seconds, 2))
        ]


@functools.cache
def forecasts(name, output, leak, seed):
    """The Forecasts of one trained network."""
    torch.set_num_threads(1)
    read, test, how, epochs = SERIES[name]
    prepared = prepare(read(), test, how)
    first, n = prepared.first, len(prepared.values)
    scaled, _, deviation = standardise(prepared.values, n if leak == "scaled by everything" else first)
    inputs, targets = windows(scaled, N_IN, HORIZON)
    fitting, held_out, training, tested = split(len(inputs), first, leak, seed)
    start = time.process_time()

    def trained(rows, watched, epochs):
        torch.manual_seed(seed)
        model = Forecaster(H, HORIZON, output)
        watched = None if watched is None else (inputs[watched], targets[watched])
        rng = np.random.default_rng([seed, 1])
        return model, fit_forecaster(model, (inputs[rows], targets[rows]), watched, epochs, LR, rng, B, show=False)

    if leak == "best epoch on the test":
        model, _ = trained(training, tested, epochs)
    else:
        model, _ = trained(training, None, trained(fitting, held_out, epochs)[1].epochs)
    before = persistence(inputs[tested], HORIZON, prepared.series.period)
    parts = (forecast(model, inputs[tested]), targets[tested], before)
    parameters = sum(p.numel() for p in model.parameters())
    return Forecasts(*(deviation * part for part in parts), parameters, time.process_time() - start)


def split(N, first, leak, seed):
    """Rows of the N windows: to fit, held out, both together, and for the test. Honest ones share no *target* across a border."""
    rows, border = np.arange(N), int(0.8 * first)
    training, tested = rows[: first - N_IN - HORIZON + 1], rows[first - N_IN :]
    fitting, held_out = rows[: border - N_IN - HORIZON + 1], rows[border - N_IN : len(training)]
    if leak == "shuffled windows":
        drawn = np.random.default_rng([seed, 2]).permutation(N)
        tested, training = np.split(drawn, [len(tested)])
        held_out, fitting = np.split(training, [len(held_out)])
    return fitting, held_out, training, tested


def middle(f):
    """The forecasts themselves, or the middle quantile."""
    return f.made[..., len(QUANTILES) // 2] if f.made.ndim == 3 else f.made


def root_mean_square(steps):
    return lambda f: float(np.sqrt(np.mean((middle(f) - f.truth)[:, steps] ** 2)))


def covered(low, steps):
    """Share of the truth between quantile number `low` and the one as far from the other end."""
    return lambda f: coverage(f.truth[:, steps], f.made[:, steps, low], f.made[:, steps, len(QUANTILES) - 1 - low])


def mean_quantile_loss(f):
    return float(np.mean([quantile_loss(f.truth, f.made[..., k].copy(), q) for k, q in enumerate(QUANTILES)]))


def block_error(k):
    """The mean squared error of forecasts from the origins of block k: 12 of them in a row, steps 1 to 12."""
    return lambda f: float(np.mean((middle(f) - f.truth)[HORIZON * k : HORIZON * (k + 1)] ** 2))


STEPS = {"1": slice(0, 1), "3": slice(2, 3), "6": slice(5, 6), "12": slice(11, 12), "all": slice(None)}
REPORTS = {
    **{f"RMSE {name}": root_mean_square(steps) for name, steps in STEPS.items()},
    **{f"{p}% {name}": covered(k, steps) for k, p in ((0, 90), (1, 50)) for name, steps in STEPS.items()},
    **{f"MSE block {k}": block_error(k) for k in range(14)},
    "loss": mean_quantile_loss,
    "skill": lambda f: skill(middle(f) - f.truth, f.baseline - f.truth),
}
MEASURED = tuple(SERIES)[:3]
BLOCKS = {"sunspots": 4, "El Niño": 14, "CO₂": 9}  # of 12 origins, in the test
TASKS = {
    "forecasts": ForecastTask(
        "root mean squared error in the series' unit, so many steps ahead, or over all of 1 to 12",
        10,
        tuple(
            ForecastSetting(f"{output}, {series}, {steps}", series, output, f"RMSE {steps}")
            for series in MEASURED
            for output in ("number", "sequence", "quantiles")
            for steps in STEPS
        ),
    ),
    "forecast_intervals": ForecastTask(
        "share of the truth in the interval, or mean loss of five quantiles in the series' unit",
        10,
        tuple(
            ForecastSetting(f"{series}, {report}", series, "quantiles", report)
            for series in MEASURED
            for report in ("90% 1", "90% 12", "90% all", "50% 1", "50% all", "loss")
        ),
    ),
    "forecast_blocks": ForecastTask(
        "mean squared error of forecasts from 12 origins in a row",
        6,
        tuple(
            ForecastSetting(f"{series}, block {k}", series, "sequence", f"MSE block {k}")
            for series in MEASURED
            for k in range(BLOCKS[series])
        ),
    ),
    "forecast_leaks": ForecastTask(
        "skill against the cycle before, steps 1 to 12",
        10,
        (
            *(ForecastSetting(f"sunspots, {leak}", "sunspots", "sequence", "skill", leak) for leak in LEAKS),
            *(ForecastSetting(f"CO₂ as it is, {leak}", "CO₂ as it is", "sequence", "skill", leak) for leak in LEAKS),
            ForecastSetting("CO₂, none", "CO₂", "sequence", "skill"),
        ),
    ),
}
