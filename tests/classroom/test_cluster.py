"""The same grading on a Dask cluster: a local one, of real processes."""

import contextlib
import os
import signal
import sys
from dataclasses import replace

import pytest

from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import cluster
from grader.classroom.cluster import Cluster
from grader.classroom.demo import make_class
from grader.classroom.grading import grade_class
from grader.classroom.jobs import Failed
from grader.classroom.receipts import versions
from grader.classroom.scheduler import judge_all
from tests.classroom.test_pool import job

pytestmark = pytest.mark.system

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler with two workers, each of two threads and watched by a nanny that replaces it."""
    os.environ["DASK_TEMPORARY_DIRECTORY"] = str(tmp_path_factory.mktemp("dask"))
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=2,
        processes=True,
        dashboard_address=":0",
        local_directory=tmp_path_factory.mktemp("dask"),
    ) as made:
        yield made


def many(count, **how):
    return ((n, job(str(n), **how)) for n in range(count))


def test_a_cluster_judges_as_a_pool_does(scheduler):
    with Cluster(scheduler.scheduler_address) as crew:
        assert crew.ahead == 8
        found = dict(judge_all(crew, many(20)))
    assert len(found) == 20 and {f.state for f in found.values()} == {"missing notebook"}


def test_a_worker_lost_in_mid_batch_loses_nothing(scheduler):
    with Cluster(scheduler.scheduler_address) as crew:
        jobs, found = judge_all(crew, many(40)), {}
        pids = list(crew._client.run(os.getpid).values())
        for tag, judged in jobs:
            found[tag] = judged.state
            if len(found) == 5:
                os.kill(pids[0], signal.SIGKILL)
    assert found == dict.fromkeys(range(40), "missing notebook")


def test_a_class_graded_on_a_cluster_that_loses_a_worker_comes_to_what_was_foretold(scheduler, tmp_path):
    truth = make_class(course_root(), tmp_path / "class", students=6, lessons=["03"], seed=4)["students"]
    killed = []

    def on_row(row):
        if not killed:
            killed.append(crew._client.run(os.getpid).popitem()[1])
            os.kill(killed[0], signal.SIGKILL)

    with Cluster(scheduler.scheduler_address) as crew:
        rows = grade_class(course_root(), tmp_path / "class", workers=crew, on_row=on_row)
    assert killed
    assert {(r.student, r.state, r.mark.score) for r in rows} == {
        (student, lessons["03_gates"]["state"], lessons["03_gates"]["score"]) for student, lessons in truth.items()
    }


def test_an_error_of_ours_costs_one_job(scheduler):
    odd = replace(job("odd"), lesson=None)
    with Cluster(scheduler.scheduler_address) as crew:
        found = dict(judge_all(crew, [(0, odd), (1, job("even"))]))
    assert isinstance(found[0], Failed) and "Traceback" in found[0].report
    assert found[1].state == "missing notebook"


def test_workers_of_another_version_are_refused(scheduler, monkeypatch):
    theirs = {**versions(), "numpy": "0.1"}
    monkeypatch.setattr(Cluster, "_everywhere", lambda self, function: {"tcp://a": versions(), "tcp://b": theirs})
    with pytest.raises(ClassError, match=r"tcp://b has other versions: numpy 0\.1 there"):
        Cluster(scheduler.scheduler_address).__enter__()


def test_a_worker_that_joins_later_is_asked_for_its_version_too():
    with pytest.raises(ClassError, match="other versions"):
        cluster._judge_there(b"", {"course": "0.0.1", "python": "3", "numpy": "2"})


def test_a_sandbox_is_asked_for_where_the_work_is_done(scheduler, monkeypatch):
    with Cluster(scheduler.scheduler_address) as crew:
        assert crew.sandbox_problem() is None
        monkeypatch.setattr(crew, "_everywhere", lambda function: {"a": None, "b": "no bubblewrap"})
        assert crew.sandbox_problem() == "on b: no bubblewrap"


def test_nobody_at_the_address_is_one_sentence(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(ClassError, match="no Dask scheduler answers at tcp"),
        Cluster("tcp://127.0.0.1:1"),
    ):
        pass


def test_a_scheduler_without_workers_is_one_sentence(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    empty = distributed.LocalCluster(n_workers=0, dashboard_address=":0")
    with empty, pytest.raises(ClassError, match="has no workers"), Cluster(empty.scheduler_address):
        pass


def test_a_scheduler_that_is_lost_ends_the_run(monkeypatch):
    monkeypatch.setattr(cluster, "RECOUNT_SECONDS", 1)
    impatient = dask.config.set(
        {"distributed.comm.timeouts.connect": "2s", "distributed.client.scheduler-info-interval": "1s"}
    )
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3)
    lost = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0")
    with (
        impatient,
        contextlib.ExitStack() as ending,
        pytest.raises(ClassError, match="run the command again to continue"),
    ):
        crew = ending.enter_context(Cluster(lost.scheduler_address))
        for n, _ in judge_all(crew, many(1000)):
            if n == 0:
                lost.close()


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClassError, match=r"pip install -e '\.\[cluster\]'"), Cluster("tcp://127.0.0.1:1"):
        pass
