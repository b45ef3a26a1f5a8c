"""The long experiments of lesson 12, recorded: ``make experiments``.

Each run trains one model with one seed and appends its evaluations to ``gru_ref/results/<experiment>.csv``. Runs that
are recorded already are not made again, so that an interrupted recording goes on where it stopped; delete a file to
record it anew. Models of one seed are trained on the same batches, in the same order.
"""

import argparse
import csv
import functools
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gru_ref.comparison import match_budget
from gru_ref.gru import count_gru_parameters
from gru_ref.losses import mean_squared_error, softmax_cross_entropy
from gru_ref.model import Batch, init_model, model_forward, model_loss, model_loss_and_grads
from gru_ref.tasks import adding, copying, counted, counting
from gru_ref.training import minibatches, train
from gru_ref.trees import count

RESULTS = Path(__file__).resolve().parents[1] / "gru_ref" / "results"
COLUMNS = ("model", "kind", "H", "parameters", "seed", "step", "value", "seconds")


class Setting(NamedTuple):
    """One model of an experiment: its name, its kind, its hidden size, and the forget gate's bias where that is set."""

    name: str
    kind: str
    H: int
    forget_bias: float | None = None


class Task(NamedTuple):
    """One experiment: sizes, what to train on, what is measured, and who takes part.

    draw(rng) returns (next_batch, evaluate): a function that returns batches, and one of (p, kind) that returns a number.
    """

    I: int
    O: int
    loss: object
    draw: object
    steps: int
    every: int
    lr: float
    seeds: int
    settings: tuple


def adding_task(T, B=64):
    def draw(rng):
        held_out = adding(T, 512, np.random.default_rng(10_000), np.float32)
        return lambda: adding(T, B, rng, np.float32), lambda p, kind: model_loss(p, held_out, kind)

    return draw


def overfitting_task(T=20, N=40, B=20):
    """A fixed small training set. What is measured: the error on fresh sequences minus that on the training set."""

    def draw(rng):
        known, fresh = Batch(*adding(T, N, rng, np.float32)), adding(T, 1000, rng, np.float32)
        return minibatches(known, B, rng), lambda p, kind: model_loss(p, fresh, kind) - model_loss(p, known, kind)

    return draw


def copying_task(T, length, symbols, B=64):
    """What is measured: the share of remembered symbols that come out right."""
    options = {"symbols": symbols, "length": length}

    def draw(rng):
        held_out = copying(T, 256, np.random.default_rng(10_000), np.float32, **options)

        def accuracy(p, kind):
            said = model_forward(p, held_out.xs, kind, every_step=True).argmax(axis=-1)
            return float((said == held_out.targets)[-length:].mean())

        return lambda: Batch(*copying(T, B, rng, np.float32, **options)), accuracy

    return draw


def counting_task(longest, tried, B=32):
    """Train on n up to `longest`. What is measured: the largest n such that all n up to it are counted right."""

    def draw(rng):
        def next_batch():
            batch = counting(rng.integers(1, longest + 1, B), np.float32)
            return Batch(batch.xs, batch.targets, batch.lengths)

        def reach(p, kind):
            batch = counting(np.arange(1, tried + 1), np.float32)
            right = counted(model_forward(p, batch.xs, kind, batch.lengths, every_step=True), batch)
            return float(np.argmin(right)) if not right.all() else float(tried)

        return next_batch, reach

    return draw


def three_kinds(I, H, *more):
    """A GRU of size H, an RNN and an LSTM of its budget, and further settings."""
    H_rnn, _, H_lstm = match_budget(I, count_gru_parameters(I, H, 2))
    return (Setting("gru", "gru", H), Setting("lstm", "lstm", H_lstm), Setting("rnn", "rnn", H_rnn), *more)


def with_equal_size(I, H):
    """The three kinds at equal budget, and the LSTM at equal hidden size."""
    return three_kinds(I, H, Setting("lstm, equal size", "lstm", H))


def with_forget_bias(I, H):
    """An LSTM of the budget of a GRU of size H, whose forget gate begins with a bias of 1."""
    return Setting("lstm, forget bias 1", "lstm", match_budget(I, count_gru_parameters(I, H, 2))[2], 1.0)


TASKS = {
    "overfitting": Task(2, 1, mean_squared_error, overfitting_task(), 1500, 1500, 5e-3, 10, with_equal_size(2, 32)),
    "counting": Task(2, 3, softmax_cross_entropy, counting_task(10, 60), 4000, 4000, 1e-2, 10, with_equal_size(2, 8)),
    "adding_200": Task(2, 1, mean_squared_error, adding_task(200), 800, 50, 5e-3, 5, with_equal_size(2, 32)),
    "adding_600": Task(2, 1, mean_squared_error, adding_task(600), 1000, 50, 5e-3, 5, three_kinds(2, 32)),
    "copying": Task(6, 6, softmax_cross_entropy, copying_task(30, 5, 4), 1500, 100, 5e-3, 5, with_equal_size(6, 48)),
    "adding_600_forget_bias": Task(
        2, 1, mean_squared_error, adding_task(600), 1000, 50, 5e-3, 5, (with_forget_bias(2, 32),)
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"which to record, of {', '.join(TASKS)}; all by default")
    names = parser.parse_args().names or list(TASKS)
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        sys.exit(f"There is no experiment called {unknown[0]}. There are: {', '.join(TASKS)}")
    for name in names:
        for seed in range(TASKS[name].seeds):
            for setting in TASKS[name].settings:
                record(name, setting, seed)


def record(name, setting, seed):
    """Make one run, unless it is recorded, and append it to the experiment's file."""
    path = RESULTS / f"{name}.csv"
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            if any(row["model"] == setting.name and int(row["seed"]) == seed for row in csv.DictReader(file)):
                return
    rows = run(TASKS[name], setting, seed)
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{name}: {setting.name}, seed {seed}: {rows[-1][-2]:.4g} after {rows[-1][-1]:.0f} s", flush=True)


def run(task, setting, seed):
    """Train one model with one seed; return a row for each evaluation."""
    p = init_model(setting.kind, task.I, setting.H, task.O, np.random.default_rng([seed, 1]), dtype=np.float32)
    if setting.forget_bias is not None:
        ((cell,),) = p.network
        p = p._replace(
            network=[(cell._replace(b_if=np.full_like(cell.b_if, setting.forget_bias), b_hf=0 * cell.b_hf),)]
        )
    next_batch, evaluate = task.draw(np.random.default_rng([seed, 0]))
    start, rows = time.perf_counter(), []

    def note(p):
        value = evaluate(p, setting.kind)
        step = min(len(rows) * task.every, task.steps)
        rows.append(
            (setting.name, setting.kind, setting.H, count(p.network), seed, step, value, time.perf_counter() - start)
        )
        return value

    loss_and_grads = functools.partial(model_loss_and_grads, kind=setting.kind, loss=task.loss)
    train(loss_and_grads, p, next_batch, task.steps, task.lr, evaluate=note, every=task.every, progress=False)
    return [(*row[:6], float(f"{row[6]:.6g}"), round(row[7], 2)) for row in rows]


if __name__ == "__main__":
    main()
