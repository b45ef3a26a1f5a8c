"""Measure the one process that writes a class's results, and say what a large class takes: the part ``writer`` of ``make bench``.

A class is judged once. Then its results are written several times, in new copies of the class, by the writer alone: from
the files of a submission to the row of its mark, its messages to and from the worker included. What a large class takes
follows from a simulation of the scheduler's queue with the times measured here.
"""

import collections
import contextlib
import heapq
import importlib.util
import itertools
import pickle
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from classes import LESSON, lesson_times, postgres_server
from measuring import console
from rich.table import Table

from grader.base.paths import course_root
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.grading import MOST, SECONDS, grade_class
from grader.classroom.pool import Pool
from grader.classroom.seeds import course_key

WRITTEN = 400  # submissions
RUNS = 3
CLASS, LESSONS = 10_000, 20  # the class that is looked ahead to: students, and the last lessons
CORES = (2, 64, 256, 1000)


def writer(count=WRITTEN):
    """The writer alone, on SQLite and PostgreSQL; then a large class on many cores."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, "class")
        make_class(course_root(), place, count, [LESSON])
        course_key(ClassFolder(place))  # so that all copies draw the same inputs
        found, each = _judged(shutil.copytree(place, Path(name, "judged")))
        console.print(f"a worker, alone: {each * 1000:.0f} ms a submission of {LESSON}, its messages included")
        databases = ["SQLite"]
        if postgres_server.programs() and importlib.util.find_spec("psycopg"):
            databases.append("PostgreSQL")
        measured = {}
        for database in databases:
            for together in (MOST, 1):
                taken = []
                for run in range(RUNS):
                    copy = shutil.copytree(place, Path(name, f"{database} {together} {run}"))
                    with postgres_server.database() if database == "PostgreSQL" else contextlib.nullcontext() as url:
                        taken.append(_written(copy, url, found, together))
                wall, cpu = (statistics.median(times) for times in zip(*taken, strict=True))
                measured[database, together] = wall
                console.print(
                    f"the writer on {database}, {together} at a time: {wall * 1000:.1f} ms a submission, of it "
                    f"{cpu * 1000:.1f} ms of processor time (median of {RUNS})"
                )
    together, alone = measured["SQLite", MOST], measured["SQLite", 1]
    most = min(MOST, count)
    batch = (
        max(0.0, alone - together) * most / max(1, most - 1)
    )  # seconds for each batch, beside those for each submission
    console.print(f"so {batch * 1000:.1f} ms a batch, and {(alone - batch) * 1000:.1f} ms a submission\n")
    console.print("judging one submission of each lesson …")
    worker = [wall for wall, _ in list(lesson_times(1).values())[-LESSONS:]]
    overhead = each - statistics.median(judged.seconds for judged in map(pickle.loads, found.values()))
    table = Table("cores", "hours", "workers busy", "writer busy", "the limit")
    table.title = f"{CLASS:,} submissions of {LESSONS} lessons of {statistics.mean(worker):.2f} s each, simulated"
    for cores in CORES:
        services = itertools.chain.from_iterable([seconds + overhead for seconds in worker] for _ in range(CLASS))
        hours, workers, writing = simulate(cores, services, batch, alone - batch)
        limit = "the writer" if writing > workers else "the workers"
        table.add_row(str(cores), f"{hours / 3600:.2f}", f"{workers:.0%}", f"{writing:.0%}", limit)
    console.print(table)
    cores = (statistics.mean(worker) + overhead) / (batch / MOST + alone - batch)
    console.print(f"the writer becomes the limit at about {cores:.0f} cores\n")


class _Recorder:
    """A crew that keeps each result as it was sent, in `found`."""

    def __init__(self, crew):
        self.crew, self.ahead, self.found = crew, crew.ahead, {}
        self.sandbox_problem, self.warm_up, self.send = crew.sandbox_problem, crew.warm_up, crew.send

    def receive(self, seconds=None):
        task, found = self.crew.receive(seconds)
        if task:
            self.found[task.job.student] = pickle.dumps(found)
        return task, found


class _Player:
    """A crew that has every result at once: so the writer alone takes time. Messages cost what they cost a Pool."""

    def __init__(self, found, together):
        self.found, self.ahead, self.tasks = found, together, collections.deque()

    def sandbox_problem(self):
        return None

    def warm_up(self, wanted):
        pass

    def send(self, task):
        pickle.dumps(task.job)
        self.tasks.append(task)

    def receive(self, seconds=None):
        task = self.tasks.popleft()
        return task, pickle.loads(self.found[task.job.student])


def _judged(place):
    """The results of a class, pickled, by student; and the seconds of one worker for a submission, without its start."""
    begun = []
    with Pool(1) as pool:
        recorder = _Recorder(pool)
        rows = grade_class(course_root(), place, workers=recorder, on_row=lambda row: begun.append(time.perf_counter()))
    return recorder.found, (begun[-1] - begun[0]) / (len(rows) - 1)


def _written(place, url, found, together):
    """Wall and processor seconds of this process for each submission."""
    begun = []

    def on_start(count):
        begun.append((time.perf_counter(), time.process_time()))

    rows = grade_class(course_root(), place, db=url, workers=_Player(found, together), on_start=on_start)
    ended = time.perf_counter(), time.process_time()
    if any(row.state == "failed" for row in rows):
        raise AssertionError(f"some were not written: see {place}/failures.log")
    return [(end - start) / len(rows) for start, end in zip(begun[0], ended, strict=True)]


def simulate(cores, services, batch, each, most=MOST, patience=SECONDS):
    """The scheduler's queue, with one writer: each worker has one job and one more waiting, so none waits for a message.

    Parameters
    ----------
    cores : workers
    services : iterable of the seconds of a worker for each job
    batch, each : seconds of the writer for each batch, and for each job in it
    most, patience : as in `scheduler.judge_in_batches`

    Returns
    -------
    seconds : until everything is written
    workers, writer : the share of that time in which they work
    """
    services = iter(services)
    now = worked = wrote = 0.0
    idle, sent, running, results = cores, collections.deque(), [], collections.deque()
    under_way = 0

    def begin(moment, service):
        nonlocal worked
        worked += service
        heapq.heappush(running, moment + service)

    def until(moment):
        """Let the workers work."""
        nonlocal idle
        while running and running[0] <= moment:
            done = heapq.heappop(running)
            results.append(done)
            if sent:
                begin(done, sent.popleft())
            else:
                idle += 1

    def refill():
        nonlocal idle, under_way
        while under_way < 2 * cores and (service := next(services, None)) is not None:
            under_way += 1
            if idle:
                idle -= 1
                begin(now, service)
            else:
                sent.append(service)

    refill()
    while under_way:
        until(now)
        if not results:
            now = running[0]
            until(now)
        end, count = now + patience, 0
        while under_way and count < most:
            if not results and running[0] <= end:
                now = max(now, running[0])
                until(now)
            if not results:
                now = end
                break
            results.popleft()
            count, under_way = count + 1, under_way - 1
            if count < most:
                refill()
        took = batch + each * count
        now, wrote = now + took, wrote + took
        until(now)
        refill()
    return now, worked / (cores * now), wrote / now


PARTS = {"writer": writer}
