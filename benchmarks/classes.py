"""Measure the cost of grading a class: parts of ``make bench``.

``grading``: a class of 100, or another size, compared with plain ``nbgrader autograde``, with one and two workers, and
processor time per submission. ``everything``: the cost of a submission of each lesson. ``heaviest``: that of a lesson's
own solved notebook, every cell of it, with 1.5 GB of memory. ``memory``: that of a worker and its warm process over a
thousand submissions, or another number. ``gradebook``: only what enters marks there, beside as many others as its size says.
Processor times are those of the whole machine, so nothing else should run.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import nbformat
from measuring import console, seconds
from rich.table import Table

from grader.base.limits import MB, Limits
from grader.base.paths import course_root
from grader.classroom.demo import DUE, make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book, Executed
from grader.classroom.grading import MOST, grade_class
from grader.classroom.pool import Pool
from grader.exercises import bank
from grader.judge.checks import Checks
from grader.judge.image import build_image, preload
from grader.judge.sandbox import Warm
from grader.judge.session import run_session
from grader.judge.taught import source

sys.path.append(str(course_root()))
from tests.support import postgres_server
from tests.support.books import HandedIn, record_by_nbgrader, settle_by_nbgrader

LESSON = "03_gates"
STUDENTS = 100
RUNS = 3  # of ours
FEW, SAMPLE = 2, 20  # submissions that plain nbgrader, which takes seconds for each, grades twice and once
MANY = 1000  # submissions, to see whether memory grows
EACH = 2  # submissions of each lesson, and one more
WRITTEN = 400  # submissions, for the writer alone
MEMORY = 1500 * MB


def grading(students=STUDENTS):
    """A pretend class, graded by the course and, of a sample, by plain nbgrader: wall and the machine's processor time."""
    plain = [sys.executable, "-m", "nbgrader", "autograde", LESSON]
    ours = [sys.executable, "-c", "from grader.cli import main; main()", "grade", ".", "--workers"]
    table = Table("grader", "wall, s a submission", "times as fast as nbgrader", "processor, s a submission")
    table.title = f"grading {students} submissions of {LESSON}, starting the program included; ours: median of {RUNS}"
    with tempfile.TemporaryDirectory() as name:
        few, many = (_graded(Path(name, f"plain {size}"), size, plain) for size in (FEW, FEW + SAMPLE))
        # What starting the program takes is in both, so the difference is what the submissions between them take.
        wall, busy = (one + (students - FEW) * (two - one) / SAMPLE for one, two in zip(few, many, strict=True))
        found = {f"nbgrader autograde, from {FEW} and {FEW + SAMPLE} submissions": (wall, busy)}
        for workers in (1, 2):
            places = [Path(name, f"{workers} {run}") for run in range(RUNS)]
            times = [_graded(place, students, [*ours, str(workers)]) for place in places]
            found[f"gru-course grade, --workers {workers}"] = [statistics.median(t) for t in zip(*times, strict=True)]
        own = _cells_own(places[-1])
    for grader, (each, busy) in found.items():
        table.add_row(grader, f"{each / students:.3f}", f"{wall / each:.1f}", f"{busy / students:.3f}")
    console.print(table)
    _, one, two = found.values()
    console.print(f"the cells' own processor time: {own:.3f} s a submission; above it: {one[1] / students - own:.3f} s")
    console.print(f"from 1 to 2 workers: {one[0] / two[0]:.2f} times as fast\n")


def _graded(place, students, command):
    """A new class graded: the seconds it took, and those of all processors of this machine."""
    make_class(course_root(), place, students, [LESSON])
    busy = _busy()
    wall = seconds(lambda: subprocess.run(command, cwd=place, check=True, capture_output=True))
    return wall, _busy() - busy


def _busy():
    """Seconds that all processors of this machine have worked, for whomever."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def _cells_own(folder):
    """Processor seconds of a submission's process, less those of one in which no cell is run: the median of a class."""
    entries = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
    taken = [e["cpu_seconds"] for e in entries if e["event"] == "marked" and e.get("done")]
    image = folder / "image"
    build_image(LESSON, image)
    empty = []
    with Warm(image, preload(LESSON)) as warm:
        for _ in range(20):
            with warm.fork() as child:
                child.kill()
                empty.append(child.ended().cpu_seconds)
    return statistics.median(taken) - statistics.median(empty)


def everything():
    """What a submission of each lesson takes with one worker."""
    table = Table("lesson", "wall, s", "of it the cells, s", title=f"a submission, one worker: median of {EACH + 1}")
    for lesson, (wall, own) in lesson_times(EACH + 1).items():
        table.add_row(lesson, f"{wall:.2f}", f"{own:.2f}")
    console.print(table)


def lesson_times(students):
    """The seconds of a worker for a submission of each lesson, and its cells' own: ``{lesson: (wall, cells)}``, medians."""
    taken = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, Pool(1) as pool:
        make_class(course_root(), Path(name, "class"), students, [lesson[:2] for lesson in bank()])
        for row in grade_class(course_root(), Path(name, "class"), workers=pool):
            taken[row.lesson].append((row.seconds, row.cpu_seconds))
    return {lesson: [statistics.median(t) for t in zip(*times, strict=True)] for lesson, times in taken.items()}


def heaviest():
    """Each lesson's own solved notebook, every cell of it run, within the memory of `MEMORY`."""
    table = Table("lesson", "wall, s", "processor, s", "at most, MB", "state")
    table.title = f"the solved notebook, as a submission, alone, within {MEMORY // MB} MB"
    limits = Limits(memory=MEMORY)
    for lesson in bank():
        with tempfile.TemporaryDirectory() as image:
            build_image(lesson, image)
            with Warm(image, preload(lesson), limits) as warm:
                checks, begun = Checks(lesson, b"benchmark"), time.perf_counter()
                done = run_session(source(lesson).notebook(), {}, checks, warm, limits)
                wall = time.perf_counter() - begun
        passed = sum(verdict["state"] == "passed" for verdict in done.verdicts.values())
        state = f"{done.state}, {passed} of {len(bank()[lesson])} exercises passed"
        table.add_row(lesson, f"{wall:.2f}", f"{done.cpu_seconds:.2f}", f"{done.peak_memory / MB:.0f}", state)
    console.print(table)


def memory(students=MANY):
    """Memory of a worker and of its warm process while it judges a class: resident, and what it shares with no other."""
    columns = [f"{process}, {part}" for process in ("worker", "warm process") for part in ("resident", "private")]
    table = Table("submissions", *columns, title=f"MB of memory, {students} submissions of {LESSON}")
    shown = {max(1, students * part // 20) for part in (1, 5, 10, 15, 19)}
    with tempfile.TemporaryDirectory() as name:
        place, done = Path(name, "class"), 0
        make_class(course_root(), place, students, [LESSON])

        def on_row(row):
            nonlocal done
            done += 1
            if done in shown:
                worker = pool.workers[0].pid
                table.add_row(str(done), *(f"{part:.0f}" for pid in (worker, _warm(worker)) for part in _memory(pid)))

        with Pool() as pool:
            grade_class(course_root(), place, workers=pool, on_row=on_row)
    console.print(table)


def _memory(pid):
    """MB of a process in memory, and those that no other process shares; 0 if it has ended."""
    with contextlib.suppress(OSError):
        lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
        kept = {name: int(kilobytes) * 1024 / MB for name, kilobytes, *_ in lines}
        return kept["Rss:"], kept["Private_Clean:"] + kept["Private_Dirty:"]
    return 0, 0


def _warm(worker):
    """The process from which submissions are forked: bubblewrap starts it, below another process of its own."""
    outer = next(pid for pid in _children(worker) if Path(f"/proc/{pid}/comm").read_text() == "bwrap\n")
    (inner,) = _children(outer)
    (warm,) = _children(inner)
    return warm


def _children(pid):
    """The child processes of one, the oldest first."""
    children = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has ended
            children += map(int, (task / "children").read_text().split())
    return children


def gradebook(held=0):
    """The gradebook alone, on SQLite and PostgreSQL: how many submissions a second it can take at most.

    With `held`, ours holds so many others before.
    """
    table = Table("writer", "first, ms", "again, ms", "brought up to date, ms", "submissions a second")
    table.title = f"writing {WRITTEN} submissions of {LESSON} beside {held:,} others, nothing else running"
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        place = Path(name) / "class"
        make_class(course_root(), place, 1, [LESSON])
        notebook = nbformat.read(place / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
        few = [HandedIn(f"Student {n}", LESSON, DUE, notebook) for n in range(WRITTEN // 20)]

        def fresh(writer, url=None):
            return ClassFolder(shutil.copytree(place, Path(name) / writer), url)

        plain = fresh("nbgrader")

        def by_nbgrader():
            for paper in few:
                record_by_nbgrader(plain.db_url, paper)
                settle_by_nbgrader(plain.db_url, plain.config, paper)

        first, again = (seconds(by_nbgrader) / len(few) for _ in range(2))
        table.add_row("nbgrader, SQLite", f"{first * 1000:.1f}", f"{again * 1000:.1f}", "", f"{1 / first:.0f}")
        urls = {"ours, SQLite": f"sqlite:///{name}/ours.db"}
        if postgres_server.programs() and importlib.util.find_spec("psycopg"):
            urls["ours, PostgreSQL"] = stack.enter_context(postgres_server.database())
        for writer, url in urls.items():
            with Book(fresh(writer, url)) as book:

                def write(first=0, count=WRITTEN, book=book):
                    for start in range(first, first + count, MOST):
                        students = (f"Student {n}" for n in range(start, min(start + MOST, first + count)))
                        book.record_all([Executed(student, LESSON, DUE, notebook, {}, {}) for student in students])

                def settle(book=book):
                    for start in range(0, WRITTEN, MOST):
                        book.settle_all({(f"Student {n}", LESSON): DUE for n in range(start, start + MOST)})

                write(WRITTEN, held)

                first, again, settled = (seconds(work) / WRITTEN for work in (write, write, settle))
            taken = (f"{t * 1000:.1f}" for t in (first, again, settled))
            table.add_row(writer, *taken, f"{1 / first:.0f}")
    console.print(table)


SIZED = {"grading": grading, "memory": memory, "gradebook": gradebook}
PARTS = {**SIZED, "everything": everything, "heaviest": heaviest}
