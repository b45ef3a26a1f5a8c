"""The long experiments of the lessons, recorded: ``make experiments``.

Each run trains one model with one seed and appends its evaluations to ``gru_ref/results/<experiment>.csv``; next to it,
``<experiment>.json`` says when, with which versions, on which machine, and with which settings. Recorded runs are not
repeated, so an interrupted recording continues where it stopped; delete both files to record it again. Models of one
seed are trained on the same batches, in the same order.

``--out DIR`` records into another folder, ``--seeds N`` only runs the first N seeds, and ``--compare`` then compares
the results with the course's own records. Training amplifies the last digits of a sum, which depend on the processor:
expect different numbers, but the same verdicts.
"""

import argparse
import csv
import datetime
import functools
import importlib.metadata
import json
import math
import os
import platform
import sys
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from forecasting import TASKS as FORECASTING
from language import TASKS as LANGUAGE
from measuring import openblas_core
from music import TASKS as MUSIC
from pronunciation import TASKS as PRONUNCIATION
from sentiment import TASKS as SENTIMENT
from speech import TASKS as SPEECH
from translation import TASKS as TRANSLATION
from vowels import TASKS as VOWELS

from grader.base.paths import course_root
from gru_ref.comparison import compare, match_budget
from gru_ref.gru import count_gru_parameters
from gru_ref.init import chrono_init, orthogonal_init
from gru_ref.losses import mean_squared_error, softmax_cross_entropy
from gru_ref.model import Batch, init_model, model_forward, model_loss, model_loss_and_grads
from gru_ref.recordings import RESULTS, recorded
from gru_ref.tasks import adding, copying, counted, counting
from gru_ref.training import minibatches, train
from gru_ref.trees import count

COLUMNS = ("model", "kind", "H", "parameters", "seed", "step", "value", "seconds")
COURSE_VERSION = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


class Setting(NamedTuple):
    """One model of an experiment: name, kind, hidden size; how it starts and its learning rate where these are set.

    start: "forget bias 1" (an LSTM's), "orthogonal" (all that reads the state) or "chrono" (memories up to T steps).
    """

    name: str
    kind: str
    H: int
    start: str | None = None
    lr: float | None = None


class Task(NamedTuple):
    """One experiment: what to train on and with which sizes, what is measured, and who takes part.

    draw(rng, **sizes) returns (next_batch, evaluate): a function that returns batches, and one of (p, kind) that
    returns a number.
    """

    draw: object
    sizes: dict
    I: int
    O: int
    loss: object
    steps: int
    every: int
    lr: float
    seeds: int
    settings: tuple
    packages: tuple = ()  # whose versions matter, beside NumPy's

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": self.draw.__name__.removeprefix("draw_"),
            **self.sizes,
            "loss": self.loss.__name__,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "steps": self.steps,
            "lr": self.lr,
            "type": "float32",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v is not None} for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed; return a row for each evaluation."""
        return run(self, setting, seed)


def draw_adding(rng, T, B, held_out=512):
    """What is measured: the error on sequences that are never trained on."""
    test = adding(T, held_out, np.random.default_rng(10_000), np.float32)
    return lambda: adding(T, B, rng, np.float32), lambda p, kind: model_loss(p, test, kind)


def draw_marked(rng, T, B, anywhere=False):
    """One number of T is marked, and wanted at the end. What is measured: the error where the *first* is marked."""

    def batch(rng, B, anywhere):
        where, rows = rng.integers(0, T, B) if anywhere else np.zeros(B, int), np.arange(B)
        xs = np.zeros((T, B, 2), np.float32)
        xs[:, :, 0] = rng.random((T, B))
        xs[where, rows, 1] = 1
        return xs, xs[where, rows, :1].copy()

    test = batch(np.random.default_rng(10_000), 500, False)
    return lambda: batch(rng, B, anywhere), lambda p, kind: model_loss(p, test, kind)


def draw_few(rng, T, N, B):
    """A fixed small training set. What is measured: the error on fresh sequences minus that on the training set."""
    known, fresh = Batch(*adding(T, N, rng, np.float32)), adding(T, 1000, rng, np.float32)
    return minibatches(known, B, rng), lambda p, kind: model_loss(p, fresh, kind) - model_loss(p, known, kind)


def draw_copying(rng, T, length, symbols, B):
    """What is measured: the share of remembered symbols that come out right."""
    options = {"symbols": symbols, "length": length}
    held_out = copying(T, 256, np.random.default_rng(10_000), np.float32, **options)

    def accuracy(p, kind):
        said = model_forward(p, held_out.xs, kind, every_step=True).argmax(axis=-1)
        return float((said == held_out.targets)[-length:].mean())

    return lambda: Batch(*copying(T, B, rng, np.float32, **options)), accuracy


def draw_counting(rng, longest, tried, B):
    """Train on n up to `longest`. What is measured: the largest n such that all n up to it are counted right."""

    def next_batch():
        batch = counting(rng.integers(1, longest + 1, B), np.float32)
        return Batch(batch.xs, batch.targets, batch.lengths)

    def reach(p, kind):
        batch = counting(np.arange(1, tried + 1), np.float32)
        right = counted(model_forward(p, batch.xs, kind, batch.lengths, every_step=True), batch)
        return float(np.argmin(right)) if not right.all() else float(tried)

    return next_batch, reach


def three_kinds(I, H, *more):
    """A GRU of size H, an RNN and an LSTM of its budget, and further settings."""
    H_rnn, _, H_lstm = match_budget(I, count_gru_parameters(I, H, 2))
    return (Setting("gru", "gru", H), Setting("lstm", "lstm", H_lstm), Setting("rnn", "rnn", H_rnn), *more)


def with_equal_size(I, H):
    """The three kinds at equal budget, and the LSTM at equal hidden size."""
    return three_kinds(I, H, Setting("lstm, equal size", "lstm", H))


def with_forget_bias(I, H):
    """An LSTM of the budget of a GRU of size H, whose forget gate begins with a bias of 1."""
    return Setting("lstm, forget bias 1", "lstm", match_budget(I, count_gru_parameters(I, H, 2))[2], "forget bias 1")


def at_every_rate(settings, rates):
    """Each of the settings with each learning rate, named ``gru, 0.01``."""
    return tuple(s._replace(name=f"{s.name}, {lr:g}", lr=lr) for s in settings for lr in rates)


def gru_and_lstm(I, H):
    """A GRU of size H, and the LSTM of its budget."""
    return three_kinds(I, H)[:2]


def two_sizes(small, large):
    """GRU and RNN of two hidden sizes, named ``gru 8``."""
    return tuple(Setting(f"{kind} {H}", kind, H) for kind in ("gru", "rnn") for H in (small, large))


def lesson_09(H):
    """The five starts that lesson 09 compares."""
    return (
        Setting("gru, chrono", "gru", H, "chrono"),
        Setting("rnn, orthogonal", "rnn", H, "orthogonal"),
        Setting("gru", "gru", H),
        Setting("lstm", "lstm", H),
        Setting("rnn", "rnn", H),
    )


RACE_RATES, SWEEP_RATES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1), (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
SQUARES, ENTROPY = mean_squared_error, softmax_cross_entropy
FEW, LONG = {"T": 20, "N": 40, "B": 20}, {"T": 600, "B": 64}
SHORT_COPY = {"T": 5, "length": 3, "symbols": 3, "B": 32}
COPY = {"T": 30, "length": 5, "symbols": 4, "B": 64}
COUNT = {"longest": 10, "tried": 60, "B": 32}
TASKS = {
    "race": Task(
        draw_adding,
        {"T": 10, "B": 32},
        2,
        1,
        SQUARES,
        600,
        25,
        1e-2,
        6,
        at_every_rate(with_equal_size(2, 12), RACE_RATES),
    ),
    "sweep": Task(
        draw_adding, {"T": 10, "B": 32}, 2, 1, SQUARES, 300, 300, 1e-2, 5, at_every_rate(two_sizes(8, 32), SWEEP_RATES)
    ),
    "marked_first": Task(draw_marked, {"T": 50, "B": 64}, 2, 1, SQUARES, 400, 400, 5e-3, 5, lesson_09(32)),
    "marked_anywhere": Task(
        draw_marked, {"T": 50, "B": 64, "anywhere": True}, 2, 1, SQUARES, 400, 400, 5e-3, 5, lesson_09(32)[2:3]
    ),
    "copying_short": Task(draw_copying, SHORT_COPY, 5, 5, ENTROPY, 300, 300, 1e-2, 40, gru_and_lstm(5, 16)),
    "overfitting": Task(draw_few, FEW, 2, 1, SQUARES, 1500, 1500, 5e-3, 10, with_equal_size(2, 32)),
    "counting": Task(draw_counting, COUNT, 2, 3, ENTROPY, 4000, 4000, 1e-2, 10, with_equal_size(2, 8)),
    "adding_200": Task(draw_adding, {"T": 200, "B": 64}, 2, 1, SQUARES, 800, 50, 5e-3, 5, with_equal_size(2, 32)),
    "adding_600": Task(draw_adding, LONG, 2, 1, SQUARES, 1000, 50, 5e-3, 5, three_kinds(2, 32)),
    "copying": Task(draw_copying, COPY, 6, 6, ENTROPY, 1500, 100, 5e-3, 5, with_equal_size(6, 48)),
    "adding_600_forget_bias": Task(draw_adding, LONG, 2, 1, SQUARES, 1000, 50, 5e-3, 5, (with_forget_bias(2, 32),)),
    **LANGUAGE,
    **SENTIMENT,
    **TRANSLATION,
    **PRONUNCIATION,
    **SPEECH,
    **VOWELS,
    **MUSIC,
    **FORECASTING,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"which to record, of {', '.join(TASKS)}; all by default")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="record into this folder")
    parser.add_argument("--seeds", type=int, metavar="N", help="the first N seeds alone")
    parser.add_argument("--compare", action="store_true", help="hold what is in DIR against the course's own records")
    wanted = parser.parse_args()
    names = wanted.names or list(TASKS)
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        sys.exit(f"There is no experiment called {unknown[0]}. The experiments are: {', '.join(TASKS)}")
    if wanted.compare and wanted.out.resolve() == RESULTS:
        sys.exit("--compare holds other records against the course's own: say with --out DIR where they are to lie")
    if wanted.seeds is not None and wanted.seeds < 1:
        sys.exit(f"--seeds is {wanted.seeds}, but should be at least 1")
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        for seed in range(min(wanted.seeds or TASKS[name].seeds, TASKS[name].seeds)):
            for setting in TASKS[name].settings:
                record(name, setting, seed, wanted.out)
        if wanted.compare:
            print(beside_the_records(name, wanted.out), flush=True)


def record(name, setting, seed, folder):
    """Make one run, unless it is recorded, append it to the experiment's table, and note the circumstances."""
    path = folder / f"{name}.csv"
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            if any(row["model"] == setting.name and int(row["seed"]) == seed for row in csv.DictReader(file)):
                return
    note_circumstances(name, folder)
    rows = TASKS[name].run(setting, seed)
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{name}: {setting.name}, seed {seed}: {rows[-1][-2]:.4g} after {rows[-1][-1]:.0f} s", flush=True)


def settings_of(name):
    """Everything that an experiment's runs depend on, as it is written next to them."""
    return TASKS[name].described()


def note_circumstances(name, folder):
    """Write down with which settings, when, with what and on what is recorded. Ends the program if settings differ."""
    path, now = folder / f"{name}.json", circumstances(name)
    about = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"settings": settings_of(name), "made": []}
    )
    if about["settings"] != settings_of(name):
        sys.exit(
            f"{path} says that {name} was recorded with other settings than TASKS has now. "
            f"Delete it and {name}.csv to record it again, or record elsewhere: --out DIR"
        )
    if now not in about["made"]:
        about["made"].append(now)
        path.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def circumstances(name):
    """Date, versions and processor of a recording of this experiment that is made now."""
    return {
        "date": datetime.date.today().isoformat(),
        "course": COURSE_VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{package: importlib.metadata.version(package) for package in TASKS[name].packages},
        "processor": f"{platform.machine()}, {os.cpu_count()} cores, BLAS code for {openblas_core() or 'it'}",
    }


def beside_the_records(name, folder):
    """A table: for each model the mean at the end, as recorded by the course and in `folder`, and the verdicts.

    Only the seeds that both have are compared. A verdict is that of `compare` between the first model and each other one;
    it is left out if there are fewer than two seeds.
    """
    ours, theirs = recorded(name), recorded(name, folder)
    lines = [f"{name:24} {'recorded':>12} {'recorded again':>12}   verdict against the first model"]
    first = next(iter(ours))
    seeds = np.intersect1d(ours[first].seeds, theirs[first].seeds)

    def ends(runs, model):
        return runs[model].values[np.isin(runs[model].seeds, seeds), -1]

    for model in ours:
        means = [ends(runs, model).mean() for runs in (ours, theirs)]
        said = ""
        if model != first and len(seeds) > 1:
            verdicts = [compare(ends(runs, model), ends(runs, first))[2] for runs in (ours, theirs)]
            names = {"a": "higher", "b": "lower", "tie": "a tie"}
            said = " / ".join(names[v] for v in verdicts) + ("" if verdicts[0] == verdicts[1] else "   (differs)")
        lines.append(f"{model:24} {means[0]:12.4g} {means[1]:12.4g}   {said}")
    return "\n".join([*lines, f"{len(seeds)} seeds", ""])


def run(task, setting, seed):
    """Train one model with one seed; return a row for each evaluation."""
    rng = np.random.default_rng([seed, 1])
    p = init_model(setting.kind, task.I, setting.H, task.O, rng, dtype=np.float32)
    ((cell,),) = p.network
    p = p._replace(network=[(started(cell, setting.start, task, rng),)])
    next_batch, evaluate = task.draw(np.random.default_rng([seed, 0]), **task.sizes)
    start, rows = time.perf_counter(), []

    def note(p):
        value = evaluate(p, setting.kind)
        step = min(len(rows) * task.every, task.steps)
        rows.append(
            (setting.name, setting.kind, setting.H, count(p.network), seed, step, value, time.perf_counter() - start)
        )
        return value

    loss_and_grads = functools.partial(model_loss_and_grads, kind=setting.kind, loss=task.loss)
    lr = task.lr if setting.lr is None else setting.lr
    try:
        train(loss_and_grads, p, next_batch, task.steps, lr, evaluate=note, every=task.every, progress=False)
    except FloatingPointError:  # the loss was no number any more: from here on it is worse than any
        evaluate = lambda *_: math.inf  # noqa: E731 (`note` asks for it)
        while rows[-1][5] < task.steps:
            note(p)
    return [(*row[:6], float(f"{row[6]:.6g}"), round(row[7], 2)) for row in rows]


def started(cell, start, task, rng):
    """A cell's parameters for one of the starts of `Setting`."""
    match start:
        case None:
            return cell
        case "forget bias 1":
            return cell._replace(b_if=np.ones_like(cell.b_if), b_hf=0 * cell.b_hf)
        case "orthogonal":
            return orthogonal_init(cell, 1.0, rng)
        case "chrono":
            return chrono_init(cell, task.sizes["T"], rng)
    raise ValueError(f"there is no start called {start!r}")


if __name__ == "__main__":
    main()
