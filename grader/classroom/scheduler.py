"""Send jobs to workers, and receive the results: every job comes to an end, even if its workers die."""

import time
from dataclasses import dataclass, field
from typing import Any

from grader.classroom.jobs import Failed, Job

MOST_DEATHS = 3


class Died(Exception):
    """A worker ended while it had a job. The message says how."""


@dataclass(eq=False)
class Task:
    """A job on its way; `tag` is returned to its sender, `deaths` says how it lost its workers so far."""

    tag: Any
    job: Job
    deaths: list = field(default_factory=list)


def judge_all(workers, jobs):
    """`judge_in_batches`, one at a time: yields (tag, Judged or Failed) as soon as it is known."""
    for batch in judge_in_batches(workers, jobs, most=1):
        yield from batch


def judge_in_batches(workers, jobs, most, seconds=0.0):
    """Have all jobs judged, in any order.

    A job whose worker died is sent again. After two deaths it waits until nothing else is under way, and runs alone: then
    it has caused a third death itself.

    Parameters
    ----------
    workers : Pool or Cluster: `ahead`, how many jobs it takes at a time; `send(task)`; `receive()`, which waits and gives
        ``(task, Judged | Failed | Died)``, or with a number of seconds ``(None, None)`` if there is nothing after them
    jobs : iterable of (tag, Job), read only as fast as workers take them
    most : how many results to wait for, at most
    seconds : how long to wait for further ones; not at all if nothing is under way

    Yields
    ------
    batch : list of (tag, Judged or Failed), never empty
    """
    tasks = (Task(tag, job) for tag, job in jobs)
    waiting, under_way, batch, end = [], 0, [], 0.0
    while True:
        while under_way < workers.ahead and (task := next(tasks, None)):
            workers.send(task)
            under_way += 1
        if not under_way:
            if not waiting:
                return
            workers.send(waiting.pop())
            under_way = 1
        task, found = workers.receive(max(0.0, end - time.monotonic())) if batch else workers.receive()
        if task:
            under_way -= 1
        if isinstance(found, Died):
            task.deaths.append(str(found))
            if len(task.deaths) == MOST_DEATHS - 1:
                waiting.append(task)
            elif len(task.deaths) < MOST_DEATHS:
                workers.send(task)
                under_way += 1
            died = f"its worker died {MOST_DEATHS} times: {'; '.join(dict.fromkeys(task.deaths))}"
            found = Failed(died) if len(task.deaths) == MOST_DEATHS else None
        if found is not None:
            end = end if batch else time.monotonic() + seconds
            batch.append((task.tag, found))
        if batch and (len(batch) >= most or not under_way or not task or time.monotonic() >= end):
            yield batch
            batch = []
