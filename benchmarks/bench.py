"""Measure what the course promises: ``make bench``. Medians of several runs; ratios come from one run of this script.

It measures the NumPy GRU and lesson 13's training step compared with ``torch.nn.GRU``, a check's latency, building a
lesson, running a solved lesson in full and shortened, CTC, edit distance and reading scores compared with other
libraries, a keystroke in the gate explorer, grading a class (see `classes`), its writer (see `writing`), and the search for
similar code (see `similar`).
Nothing here passes or fails. Name parts to measure only those: ``make bench ARGS="gru lessons"``, or ``"writer=60"``.
"""

import math
import os
import shutil
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import classes
import keystrokes
import nbformat
import numpy as np
import scores
import similar
import transcripts
import writing
from measuring import console, median, seconds
from rich.table import Table

from grader.authoring.building import build, put_environment_on_path
from grader.authoring.lessons import find_sources
from grader.base.cards import verdict_html, verdict_text
from grader.base.paths import course_root
from grader.checking.answers import LocalAnswer
from grader.checking.diagnosis import examine
from grader.exercises import bank
from grader.learner import widgets
from grader.notebook.execution import run_notebook
from gru_ref import (
    gru_backward,
    gru_forward_with_caches,
    init_gru,
    init_language_model,
    language_chunks,
    language_loss_and_grads,
    train,
)
from gru_ref.layers import layer_backward, layer_forward
from gru_ref.trees import astype

GRU_RUNS = 15
SHORT_RUNS = 20  # times as many for one sequence, which takes less than a millisecond
CHECK_RUNS = 7
LESSON_RUNS = 3


def gru():
    """Forward and backward of the course's GRU in NumPy, of lesson 8's steps and of PyTorch's GRU, in turns."""
    import torch  # late, as its threads would disturb what is measured without it

    console.print(
        f"one GRU layer, forward and backward, in ms: medians of {GRU_RUNS} runs, in turns, of {GRU_RUNS * SHORT_RUNS} "
        "for one sequence; NumPy is `gru_ref.layers`, by steps is `gru_ref.gru_backward`, also in NumPy"
    )
    line = "{:<13}{:<8}{:>8}{:>10}{:>14}{:>7}  {}".format
    console.print(line("T, B, I = H", "dtype", "NumPy", "by steps", "torch.nn.GRU", "ratio", "memory kept"))
    rng = np.random.default_rng(0)
    for T, B, H in ((20, 1, 16), (50, 16, 32), (100, 32, 128), (100, 64, 256)):
        for dtype in (np.float32, np.float64):
            xs, dhs = rng.normal(0, 1, (2, T, B, H)).astype(dtype)
            h0 = np.zeros((B, H), dtype)
            p, x = astype(init_gru(H, H, rng), dtype), torch.tensor(xs, requires_grad=True)
            layer, gradient = torch.nn.GRU(H, H).to(x.dtype), torch.tensor(dhs)

            def ours(xs=xs, dhs=dhs, p=p):
                layer_backward(dhs, layer_forward("gru", xs, p)[2])

            def by_steps(xs=xs, dhs=dhs, p=p, h0=h0):
                gru_backward(dhs, gru_forward_with_caches(xs, h0, p)[1], p)

            def theirs(x=x, layer=layer, gradient=gradient):
                x.grad = None
                layer.zero_grad()
                layer(x)[0].backward(gradient)

            runs = GRU_RUNS * (SHORT_RUNS if B == 1 else 1)
            turns = [(seconds(ours), seconds(by_steps), seconds(theirs)) for _ in range(runs + 1)][1:]
            mine, plain, other = (statistics.median(times) * 1000 for times in zip(*turns, strict=True))
            tape = layer_forward("gru", xs, p)[2]
            kept = sum(a.nbytes for a in (tape.hs, *(tape.one or (tape.gates,)))) / tape.hs[1:].nbytes
            sizes, times = f"{T}, {B}, {H}", (f"{ms:.{2 if B == 1 else 1}f}" for ms in (mine, plain, other))
            row = line(sizes, np.dtype(dtype).name, *times, f"{mine / other:.2f}", f"{kept:.1f} sequences")
            console.print(row, highlight=False)
    console.print()


def language():
    """A whole training step of lesson 13 in NumPy, beside forward and backward of ``torch.nn.GRU`` alone, in turns."""
    import torch

    T, B, V, E, H = 64, 32, 104, 32, 128
    rng = np.random.default_rng(0)
    p = init_language_model("gru", V, E, H, rng, dtype=np.float32)
    next_chunk = language_chunks(rng.integers(0, V, 100_000), T, B)
    layer, xs = torch.nn.GRU(E, H), torch.randn(T, B, E, requires_grad=True)

    def ours():
        train(language_loss_and_grads, p, next_chunk, 1, 1e-3, carry=True, progress=False)

    def theirs():
        hs, _ = layer(xs)
        hs.sum().backward()

    pairs = [(seconds(ours), seconds(theirs)) for _ in range(GRU_RUNS + 1)][1:]
    mine, other = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    console.print(
        f"lesson 13, T, B, V, E, H = {T}, {B}, {V}, {E}, {H}, float32: a training step {mine:.1f} ms, "
        f"torch.nn.GRU alone {other:.1f} ms, ratio {mine / other:.2f} (at most 1.2)\n"
    )


class Unrecognised(LocalAnswer):
    """A wrong answer that no known mistake explains, so that all of them are compared with it: the reference's, changed."""

    def __init__(self, exercise):
        super().__init__(exercise.reference, exercise)
        self._changed = changed if exercise.by_value else lambda value: "no array"  # which no recogniser expects

    def call_each(self, arguments, deadline):
        return [replace(o, value=self._changed(o.value)) for o in super().call_each(arguments, deadline)]


def changed(value):
    """A result with each of its numbers changed, by something that depends on the number."""
    if hasattr(value, "_fields"):
        return value._make(map(changed, value))
    if isinstance(value, (tuple, list)):
        return type(value)(map(changed, value))
    if isinstance(value, dict):
        return {key: changed(part) for key, part in value.items()}
    if isinstance(value, (np.ndarray, np.number)) and value.dtype.kind == "f":
        return 1.3 * value + np.sin(17 * value) + 0.3
    if isinstance(value, float):
        return 1.3 * value + math.sin(17 * value) + 0.3
    return f"{value}?" if isinstance(value, (bool, str)) else value if value is None else value + 3


def check_latency():
    """A check of a right answer, an unrecognised wrong one, and the slowest known mistake, for every exercise: judged and drawn."""
    table = Table("exercise", "right answer, ms", "unrecognised, ms", "its first time, ms", "slowest mistake, ms")
    table.title = f"check: median of {CHECK_RUNS}"
    everything = []
    for exercises in bank().values():
        for exercise in exercises.values():

            def check(answer, exercise=exercise):
                render(examine(exercise, answer))

            unknown = Unrecognised(exercise)
            verdict = examine(exercise, unknown, naming=False)  # imports what the exercise needs, compares nothing
            first = seconds(lambda check=check, unknown=unknown: check(unknown)) * 1000
            if verdict.passed or examine(exercise, unknown).mistake:
                raise AssertionError(f"the wrong answer to {exercise.name} is right, or recognised")
            right, wrong, *mistakes = (
                median(lambda check=check, answer=answer: check(answer), CHECK_RUNS) * 1000
                for answer in (exercise.reference, unknown, *(m.fn for m in exercise.mistakes.values()))
            )
            everything += [right, wrong, *mistakes]
            table.add_row(exercise.name, f"{right:.1f}", f"{wrong:.1f}", f"{first:.1f}", f"{max(mistakes):.1f}")
    console.print(table)
    console.print(f"all checks: median {statistics.median(everything):.1f} ms, slowest {max(everything):.1f} ms\n")


def render(verdict):
    """Both forms of a card, as `check` makes them."""
    return verdict_html(verdict), verdict_text(verdict)


def slider_latency():
    """Redrawing the picture of lesson 03's sliders."""
    bundle = widgets._bundle  # what one move of a slider makes and sends
    redraw = median(lambda: bundle(weight=1.0, bias=0.5, x=1.0), CHECK_RUNS) * 1000
    console.print(f"one move of a slider: {redraw:.0f} ms\n")


def lessons():
    """Building each lesson, and running it solved: in full, and shortened as for grading."""
    table = Table("lesson", "build, s", "in full, s", "shortened, s", title=f"lessons, solved: median of {LESSON_RUNS}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(course_root() / "solutions", folder / "solutions")
        for path in find_sources(folder):
            built = median(lambda n=path.stem: build(folder, [n], force=True), LESSON_RUNS)
            solved = nbformat.read(folder / "build" / "source" / path.stem / f"{path.stem}.ipynb", as_version=4)

            def run(quick, solved=solved):
                run_notebook(solved, folder, env={"GRU_COURSE_GRADING": "1", "GRU_COURSE_QUICK": quick})

            full, short = (median(lambda q=quick: run(q), LESSON_RUNS) for quick in ("0", "1"))
            table.add_row(path.stem, f"{built:.2f}", f"{full:.1f}", f"{short:.1f}")
    console.print(table)


PARTS = {
    "gru": gru,
    "language": language,
    "checks": check_latency,
    "sliders": slider_latency,
    "lessons": lessons,
    **transcripts.PARTS,
    **scores.PARTS,
    **keystrokes.PARTS,
    **classes.PARTS,
    **similar.PARTS,
    **writing.PARTS,
}


def main():
    """Run all measurements, or those that are named, some perhaps with a size: ``grading=1000``."""
    sized = {**classes.SIZED, **writing.PARTS}
    wanted = [name.partition("=") for name in sys.argv[1:]] or [(name, "", "") for name in PARTS]
    for name, given, size in wanted:
        if name not in PARTS:
            sys.exit(f"There is no part called {name!r}. The parts are: {', '.join(PARTS)}")
        if given and not (name in sized and size.isdecimal() and int(size)):
            sys.exit(f"{name}={size} is no size: give a number of submissions, to {' or '.join(sized)}")
    put_environment_on_path()
    console.print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    for name, _, size in wanted:
        PARTS[name](*([int(size)] if size else []))


if __name__ == "__main__":
    main()
