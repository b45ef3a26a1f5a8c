"""A process for each submission: what it does to itself ends with it."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from grader.classroom import fresh_process
from grader.classroom.fresh_process import Ended, TookTooLong


def in_fresh_process(function, *args, **how):
    return asyncio.run(fresh_process.in_fresh_process(function, *args, **how))


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_a_function_returns_comes_back_from_a_process_that_is_gone():
    pid, value = in_fresh_process(lambda a: (os.getpid(), {"value": a}), 0.1)
    assert pid != os.getpid() and value == {"value": 0.1}
    assert not lives(pid)


def test_nothing_that_it_changes_outlives_it():
    def spoil():
        np.seterr(all="raise")
        sys.modules["half_imported"] = None
        os.environ["LEFT"] = "here"
        os.chdir("/")
        np.random.seed(1)
        return True

    before = (np.geterr(), os.getcwd(), np.random.get_state()[1].tobytes())
    assert in_fresh_process(spoil)
    assert before == (np.geterr(), os.getcwd(), np.random.get_state()[1].tobytes())
    assert "half_imported" not in sys.modules and "LEFT" not in os.environ


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "by SIGKILL"),
        (lambda: os._exit(3), "with exit code 3"),
        (lambda: 1 / 0, "with exit code 1"),
        (lambda: sys.exit(), "with exit code 1"),
    ],
)
def test_how_a_process_ended_that_had_no_result_is_said(end, how, capfd):
    with pytest.raises(Ended, match=f"ended {how}"):
        in_fresh_process(end)


def test_what_is_no_message_of_ours_is_no_result(monkeypatch):
    monkeypatch.setattr(fresh_process, "encode", lambda value: b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(Ended):
        in_fresh_process(lambda: 1)


def sleeping(place):
    place.write_text(str(os.getpid()))
    time.sleep(60)


def test_it_is_ended_when_its_time_is_up(tmp_path):
    with pytest.raises(TookTooLong, match="it took longer than 1 seconds"):
        in_fresh_process(sleeping, tmp_path / "pid", seconds=1)
    assert not lives(int((tmp_path / "pid").read_text()))


def test_it_is_ended_as_soon_as_nobody_wants_its_result(tmp_path):
    async def cancelled():
        task = asyncio.create_task(fresh_process.in_fresh_process(sleeping, tmp_path / "pid"))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert not lives(int((tmp_path / "pid").read_text()))


def test_several_run_at_once_and_each_gets_its_own_result(tmp_path):
    def meet(name):
        """Returns only when the others have come, too."""
        (tmp_path / name).touch()
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.001)
        return name

    async def together():
        return await asyncio.gather(*(fresh_process.in_fresh_process(meet, name, seconds=30) for name in "abc"))

    assert asyncio.run(together()) == list("abc")


def children():
    """Numbers of this process's children, those included that have ended and were not waited for."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_it_leaves_no_zombie_and_no_open_file():
    in_fresh_process(lambda: 1)  # the event loop's own files are open from now on
    before = len(os.listdir("/proc/self/fd")), children()
    for _ in range(5):
        in_fresh_process(lambda: 1)
        with pytest.raises(Ended):
            in_fresh_process(lambda: os._exit(1))
    assert (len(os.listdir("/proc/self/fd")), children()) == before
