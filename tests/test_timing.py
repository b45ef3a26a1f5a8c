"""A time limit ends what would never end, by the alarm and by the thread, and leaves nothing behind."""

import contextlib
import signal
import threading
import time

import pytest

from grader.timing import OutOfTime, _by_thread, time_limit


def spin():
    while True:
        pass


@pytest.mark.parametrize("limit", [time_limit, _by_thread])
def test_an_endless_loop_is_ended(limit):
    with pytest.raises(OutOfTime), limit(0.2):
        spin()


def test_it_works_outside_the_main_thread_too():
    ended = []

    def work():
        try:
            with time_limit(0.2):
                spin()
        except OutOfTime:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert ended == [True]


def test_sleeping_is_ended():
    with pytest.raises(OutOfTime), time_limit(0.2):
        time.sleep(30)


def test_swallowing_it_once_does_not_help():
    with pytest.raises(OutOfTime), time_limit(0.1):
        with contextlib.suppress(BaseException):
            spin()
        spin()


def test_nothing_is_left_behind():
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(5):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before
