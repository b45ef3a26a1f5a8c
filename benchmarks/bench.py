"""Measure what the course promises: ``make bench``. Medians of several runs; ratios come from one run of this script.

What is measured: a check's latency, building a lesson, running a solved lesson, grading a submission beside plain
``nbgrader autograde``. Nothing here passes or fails.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from rich.console import Console
from rich.table import Table

from grader import widgets
from grader.authoring import build, find_sources, put_environment_on_path
from grader.cards import verdict_html, verdict_text
from grader.classroom.demo import make_class
from grader.diagnosis import examine
from grader.execution import run_notebook
from grader.exercises import bank
from grader.paths import course_root

CHECK_RUNS = 7
LESSON_RUNS = 3
STUDENTS = 10
LESSON = "03_gates"

console = Console()


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work, runs):
    """Median wall time of several calls, in seconds."""
    return statistics.median(seconds(work) for _ in range(runs))


def check_latency():
    """A check of a right answer, and of the slowest known mistake, for every exercise: judged and drawn."""
    table = Table("exercise", "right answer, ms", "slowest mistake, ms", title=f"check: median of {CHECK_RUNS}")
    everything = []
    for exercises in bank().values():
        for exercise in exercises.values():
            right, *wrong = (
                median(lambda fn=fn, e=exercise: render(examine(e, fn)), CHECK_RUNS) * 1000
                for fn in (exercise.reference, *(m.fn for m in exercise.mistakes.values()))
            )
            everything += [right, *wrong]
            table.add_row(exercise.name, f"{right:.1f}", f"{max(wrong):.1f}")
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


def lessons(folder):
    """Building each lesson, and running it solved, as a grading run and in full."""
    table = Table("lesson", "build, s", "solved, s", title=f"lessons: median of {LESSON_RUNS}")
    shutil.copytree(course_root() / "solutions", folder / "solutions")
    for path in find_sources(folder):
        built = median(lambda n=path.stem: build(folder, [n], force=True), LESSON_RUNS)
        solved = nbformat.read(folder / "build" / "source" / path.stem / f"{path.stem}.ipynb", as_version=4)
        ran = median(lambda nb=solved: run_notebook(nb, folder, env={"GRU_COURSE_GRADING": "1"}), LESSON_RUNS)
        table.add_row(path.stem, f"{built:.2f}", f"{ran:.1f}")
    console.print(table)


def grading(folder):
    """A pretend class, graded by the course and by plain nbgrader: seconds a hand-in, starting the program included."""
    table = Table("grader", "s a hand-in", "ratio", title=f"grading {STUDENTS} hand-ins of {LESSON}, one run")
    commands = {
        "gru-course grade": [sys.executable, "-c", "from grader.cli import main; main()", "grade", "."],
        "nbgrader autograde": [sys.executable, "-m", "nbgrader", "autograde", LESSON],
    }
    taken = {}
    for name, command in commands.items():
        place = folder / name.replace(" ", "-")
        make_class(course_root(), place, STUDENTS, [LESSON], seed=0)
        taken[name] = seconds(lambda c=command, p=place: subprocess.run(c, cwd=p, check=True, capture_output=True))
    for name, total in taken.items():
        table.add_row(name, f"{total / STUDENTS:.2f}", f"{total / taken['nbgrader autograde']:.2f}")
    console.print(table)


def main():
    """Run all measurements."""
    put_environment_on_path()
    console.print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    check_latency()
    slider_latency()
    with tempfile.TemporaryDirectory() as folder:
        lessons(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        grading(Path(folder))


if __name__ == "__main__":
    main()
