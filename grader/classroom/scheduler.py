"""Send jobs to workers, and receive the results: every job comes to an end, even if its workers die."""

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
    """Have all jobs judged, in any order.

    A job whose worker died is sent again. After two deaths it waits until nothing else is under way, and runs alone: then
    it has caused a third death itself.

    Parameters
    ----------
    workers : Pool or Cluster: `ahead`, how many jobs it takes at a time; `send(task)`; `receive()`, which waits and gives
        ``(task, Judged | Failed | Died)``
    jobs : iterable of (tag, Job), read only as fast as workers take them

    Yields
    ------
    (tag, Judged or Failed) as soon as it is known
    """
    tasks = (Task(tag, job) for tag, job in jobs)
    waiting, under_way = [], 0
    while True:
        while under_way < workers.ahead and (task := next(tasks, None)):
            workers.send(task)
            under_way += 1
        if not under_way:
            if not waiting:
                return
            workers.send(waiting.pop())
            under_way = 1
        task, found = workers.receive()
        under_way -= 1
        if not isinstance(found, Died):
            yield task.tag, found
            continue
        task.deaths.append(str(found))
        if len(task.deaths) == MOST_DEATHS:
            yield task.tag, Failed(f"its worker died {MOST_DEATHS} times: {'; '.join(dict.fromkeys(task.deaths))}")
        elif len(task.deaths) == MOST_DEATHS - 1:
            waiting.append(task)
        else:
            workers.send(task)
            under_way += 1
