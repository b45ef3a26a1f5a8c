"""Workers on this machine: all jobs come to an end, even if workers die."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from grader.base.limits import Limits
from grader.classroom import pool, worker_process
from grader.classroom.assignment import Assignment
from grader.classroom.jobs import Failed, Job
from grader.classroom.pool import Pool
from grader.classroom.scheduler import Died, judge_all


def job(name, **limits):
    """A job that a worker is done with at once: there is no notebook in it."""
    lesson = Assignment("03_gates", nbformat.v4.new_notebook(), {}, "build")
    return Job(name, lesson, {}, None, "", {}, b"key", Limits(**limits))


class Scripted:
    """Workers that die over the jobs that are named, so many times; `order` is who was sent."""

    ahead = 3

    def __init__(self, **deaths):
        self.deaths, self.order, self.tasks, self.alone = deaths, [], [], []

    def send(self, task):
        self.order.append(task.tag)
        self.tasks.append(task)

    def receive(self):
        self.alone.append(len(self.tasks) == 1)
        task = self.tasks.pop(0)
        if self.deaths.get(task.tag, 0) > len(task.deaths):
            return task, Died("a worker ended by SIGKILL")
        return task, task.tag.upper()


def outcome(crew, names):
    return dict(judge_all(crew, ((name, None) for name in names)))


def test_all_jobs_come_back_whatever_their_order():
    assert outcome(Scripted(), "abcdefg") == {name: name.upper() for name in "abcdefg"}


def test_jobs_are_read_only_as_fast_as_they_are_taken():
    read = []
    results = judge_all(Scripted(), ((read.append(n) or n, None) for n in "abcdefg"))
    next(results)
    assert read == list("abc")


def test_a_job_whose_worker_died_is_sent_again():
    crew = Scripted(b=1)
    assert outcome(crew, "abc")["b"] == "B"
    assert crew.order.count("b") == 2


def test_after_two_deaths_a_job_runs_alone():
    crew = Scripted(a=2)
    assert outcome(crew, "abcdefg")["a"] == "A"
    assert crew.order[-1] == "a" and crew.alone[-1]


def test_after_three_deaths_a_job_has_failed():
    found = outcome(Scripted(a=9, e=9), "abcdefg")
    assert found["a"] == found["e"] == Failed("its worker died 3 times: a worker ended by SIGKILL")
    assert sum(isinstance(f, Failed) for f in found.values()) == 2


@pytest.fixture(scope="module")
def crew():
    with Pool(2) as made:
        yield made


@pytest.mark.system
def test_real_workers_judge(crew):
    found = dict(judge_all(crew, ((str(n), job(str(n))) for n in range(10))))
    assert {f.state for f in found.values()} == {"missing notebook"} and len(found) == 10


@pytest.mark.system
def test_a_worker_killed_with_nothing_to_do_is_no_death(crew):
    dict(judge_all(crew, ((n, job("x")) for n in range(4))))
    for w in crew.workers:
        if w.pid:
            os.kill(w.pid, signal.SIGKILL)
    tasks = [pool_task for pool_task in _sent(crew, 4)]
    assert [task.deaths for task in tasks] == [[]] * 4


def _sent(crew, count):
    from grader.classroom.scheduler import Task

    for n in range(count):
        crew.send(Task(n, job("x")))
    return [crew.receive()[0] for _ in range(count)]


@pytest.mark.system
def test_a_job_that_cannot_be_sent_costs_only_itself(crew):
    odd = job("x", cell=threading.Lock())
    found = dict(judge_all(crew, [("odd", odd), ("even", job("y"))]))
    assert isinstance(found["odd"], Failed) and "pickle" in found["odd"].reason
    assert found["even"].state == "missing notebook"


@pytest.mark.system
def test_an_error_of_ours_comes_back_as_a_failure_with_its_traceback(crew):
    ((_, found),) = judge_all(crew, [("x", Job("x", None, {}, None, "", {}, b"", Limits()))])
    assert isinstance(found, Failed) and "Traceback" in found.report


def slow_worker(monkeypatch, seconds):
    """A worker that takes its time for each job, and leaves a file to say that it has begun."""
    code = (
        "import asyncio, os, sys; from pathlib import Path; from grader.classroom import attempts, job_server\n"
        "async def attempt(job):\n"
        "    Path(os.environ['TMPDIR'], f'begun {job.student}').touch()\n"
        f"    await asyncio.sleep({seconds})\n"
        "attempts.attempt = attempt\n"
        "job_server.serve(int(sys.argv[1]))"
    )
    real = subprocess.Popen
    monkeypatch.setattr(
        worker_process.subprocess,
        "Popen",
        lambda command, **how: real([sys.executable, "-c", code, command[-1]], **how),
    )
    return worker_process.Worker()


def test_a_worker_that_takes_far_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(worker_process, "backstop", lambda limits: 0.2)
    slow = slow_worker(monkeypatch, 60)
    with pytest.raises(Died, match="ended after 0 seconds"):
        slow.judge(job("x"))
    assert slow.pid is None


def test_a_worker_that_is_killed_says_so_and_leaves_no_file(monkeypatch):
    slow = slow_worker(monkeypatch, 60)
    folders = []

    def kill():
        folders.append(_eventually(lambda: _begun(slow)))
        os.kill(slow.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(Died, match="ended by SIGKILL"):
        slow.judge(job("x"))
    assert folders[0] and not os.path.exists(folders[0])


def test_a_pool_that_is_left_by_an_error_ends_at_once(monkeypatch):
    slow_worker(monkeypatch, 60)
    with pytest.raises(KeyboardInterrupt), Pool(2) as crew:
        jobs = judge_all(crew, ((n, job(str(n))) for n in range(9)))
        threading.Thread(target=lambda: next(jobs), daemon=True).start()
        (worker,) = crew.workers
        _eventually(lambda: _begun(worker) and len(list(_begun(worker).glob("begun *"))) == 2)
        pids = [worker.pid]
        raise KeyboardInterrupt
    assert not any(_lives(pid) for pid in pids)


@pytest.mark.system
def test_workers_end_with_the_one_who_has_them():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.classroom.test_pool import job\nfrom grader.classroom.worker_process import Worker\n"
        "w = Worker(); w.judge(job('x')); print(w.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, Path(__file__).parents[2]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        pid = int(owner.stdout.readline())
        assert _lives(pid)
        owner.kill()
    assert _eventually(lambda: not _lives(pid))


def test_workers_that_cannot_start_are_told_of_with_their_last_words(monkeypatch):
    real = subprocess.Popen
    broken = [sys.executable, "-c", "raise SystemExit('no numpy here')"]
    monkeypatch.setattr(worker_process.subprocess, "Popen", lambda command, **how: real(broken, **how))
    with pytest.raises(worker_process.NoWorker, match="exit code 1: no numpy here"), Pool(1) as crew:
        list(judge_all(crew, [(0, job("x"))]))


def test_a_worker_imports_nothing_from_a_class_folder(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('a submission was imported')")
    monkeypatch.chdir(tmp_path)
    alone = worker_process.Worker()
    try:
        assert alone.judge(job("x")).state == "missing notebook"
    finally:
        alone.close()


def test_a_worker_judges_several_submissions_at_once(monkeypatch):
    slow, found = slow_worker(monkeypatch, 60), []

    def judge(name):
        with pytest.raises(Died) as death:
            slow.judge(job(name))
        found.append(str(death.value))

    threads = [threading.Thread(target=judge, args=[name]) for name in "abc"]
    for thread in threads:
        thread.start()
    assert _eventually(lambda: _begun(slow) and len(list(_begun(slow).glob("begun *"))) == 3)
    os.kill(slow.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert found == ["a worker ended by SIGKILL"] * 3


def test_many_cores_get_several_workers():
    assert [len(Pool(count).workers) for count in (1, 2, 8, 9, 64)] == [1, 1, 1, 2, 8]


def test_a_container_of_two_cores_gets_two_workers(monkeypatch):
    monkeypatch.setattr(pool.os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(pool.Path, "read_text", lambda path: "200000 100000\n")
    assert pool.cores() == 2
    monkeypatch.setattr(pool.Path, "read_text", lambda path: "max 100000\n")
    assert pool.cores() == 64


def _begun(slow):
    """The folder of a slow worker's process, once it is busy."""
    folder = slow._process and slow._process.folder
    return folder and any(folder.glob("begun *")) and folder


def _lives(pid):
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    return False


def _eventually(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return found
