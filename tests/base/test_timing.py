"""A time limit ends endless code, by the alarm and by the thread, and leaves nothing behind."""

import contextlib
import importlib
import signal
import sys
import threading
import time

import pytest

from grader.answer.calling import copied_arguments
from grader.base import timing
from grader.base.timing import IMPORTING, IN_ONE_CALL, SWALLOWED, WAITING, OutOfTime, _by_thread, time_limit


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


def swallows_while_it_works():
    while True:
        try:
            spin()
        except:  # noqa: E722
            continue


def swallows_while_it_sleeps():
    while True:
        try:
            time.sleep(30)
        except BaseException:
            continue


def swallows_within_what_swallows():
    while True:
        try:
            swallows_while_it_sleeps()
        except BaseException as error:
            str(error)


def spin_for_a_while():
    """What should be ended, but ends by itself if nothing ends it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        pass


def swallows_by_suppress():
    for _ in range(5):
        with contextlib.suppress(BaseException):
            spin_for_a_while()


def swallows_within_suppress():
    for _ in range(5):
        with contextlib.suppress(BaseException), contextlib.suppress(BaseException):
            swallows_by_suppress()


@contextlib.contextmanager
def swallowing():
    try:
        yield
    except BaseException:
        return


def swallows_by_a_manager_of_its_own():
    for _ in range(5):
        with swallowing():
            spin_for_a_while()


def swallows_by_a_stack_of_managers():
    for _ in range(5):
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(BaseException))
            spin_for_a_while()


def swallows_what_ends_the_graders_code():
    for _ in range(5):
        with contextlib.suppress(BaseException):
            copied_many_times(list(range(2_000)))


def copied_many_times(value):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        copied_arguments(value)


def returns_after_having_swallowed():
    for _ in range(10):
        try:
            spin()
        except BaseException:
            continue


@pytest.fixture
def raised_again_soon(monkeypatch):
    """What is swallowed is raised again after a tenth of a second."""
    monkeypatch.setattr(timing, "AGAIN", 0.1)


@pytest.mark.parametrize(
    "loop",
    [
        swallows_while_it_works,
        swallows_while_it_sleeps,
        swallows_within_what_swallows,
        swallows_by_suppress,
        swallows_within_suppress,
        swallows_by_a_manager_of_its_own,
        swallows_by_a_stack_of_managers,
        swallows_what_ends_the_graders_code,
        returns_after_having_swallowed,
    ],
)
def test_a_loop_that_catches_everything_is_ended(loop, raised_again_soon):
    with pytest.raises(OutOfTime, match=SWALLOWED), time_limit(0.1):
        loop()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    time.sleep(0)  # whatever is still pending would be raised here


def test_a_loop_in_the_very_body_that_suppresses_everything_is_ended(raised_again_soon):
    with pytest.raises(OutOfTime, match=SWALLOWED), time_limit(0.1):
        for _ in range(5):
            with contextlib.suppress(BaseException):
                spin_for_a_while()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_single_call_that_cannot_be_stopped_is_told_apart(monkeypatch):
    monkeypatch.setattr(timing, "LATE", 0.02)
    with pytest.raises(OutOfTime, match=IN_ONE_CALL), time_limit(60, work=0.01):
        sum(range(10**7))
    with pytest.raises(OutOfTime, match=r"^$"), time_limit(60, work=0.01):
        spin()


def test_nothing_is_left_behind():
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(5):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize("limit", [time_limit, _by_thread])
def test_a_limit_within_a_limit_leaves_the_outer_one_at_work(limit):
    with pytest.raises(OutOfTime), limit(60, work=0.15):
        with limit(60, work=0.05):
            pass
        spin_for_a_while()
    with pytest.raises(OutOfTime), limit(60, work=0.15):
        with pytest.raises(OutOfTime), limit(60, work=0.05):
            spin_for_a_while()
        spin_for_a_while()


def test_the_outer_limit_rings_later_if_its_time_was_up_within_the_inner_one():
    with pytest.raises(OutOfTime), time_limit(0.1):
        with time_limit(20):
            time.sleep(0.3)
        spin_for_a_while()


def test_an_outer_limit_may_have_rung_in_the_very_moment_in_which_the_inner_one_begins():
    with pytest.raises(OutOfTime), time_limit(0.1):
        signal.setitimer(signal.ITIMER_REAL, 0)  # as it is once it has rung
        with time_limit(20):
            pass
        spin_for_a_while()


def test_somebody_elses_alarm_rings_when_it_would_have_rung():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 100, 50)
        with time_limit(20):
            pass
        left, again = signal.setitimer(signal.ITIMER_REAL, 0.5)
        assert 0 < left <= 100 and again == 50
        with time_limit(20):
            time.sleep(0.6)
        until = time.monotonic() + 20
        while not rung and time.monotonic() < until:
            time.sleep(0.01)
        assert rung == [True]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def work(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_waiting_does_not_count_as_work():
    with time_limit(20, work=0.2):
        time.sleep(0.4)
        work(0.05)


@pytest.mark.parametrize("limit", [time_limit, _by_thread])
def test_work_is_ended_long_before_the_clock_ends_it(limit):
    began = time.thread_time()
    with pytest.raises(OutOfTime) as caught, limit(60, work=0.2):
        spin()
    assert 0.2 <= time.thread_time() - began < 2
    assert str(caught.value) == ""


def test_the_clock_ends_what_only_waits_and_says_so():
    with pytest.raises(OutOfTime) as caught, time_limit(0.2, work=0.2):
        time.sleep(30)
    assert str(caught.value) == WAITING


@pytest.fixture
def slow_module(tmp_path, monkeypatch):
    """Writes a module that computes so many seconds while it is imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, seconds):
        (tmp_path / f"{name}.py").write_text(
            f"import time\nuntil = time.thread_time() + {seconds}\nwhile time.thread_time() < until: pass\nwhole = True"
        )
        return name

    yield write
    for name in ("slow_once", "slow_for_ever"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("limit", [time_limit, _by_thread])
def test_an_import_is_not_interrupted_and_what_comes_after_it_has_its_time(limit, slow_module):
    with limit(60, work=0.1):
        module = importlib.import_module(slow_module("slow_once", 0.2))
        work(0.05)
    assert module.whole
    with pytest.raises(OutOfTime), limit(60, work=0.1):
        sys.modules.pop("slow_once")
        importlib.import_module("slow_once")
        spin()


def test_the_clock_ends_an_import_and_says_so(slow_module):
    with pytest.raises(OutOfTime) as caught, time_limit(0.3, work=0.1):
        importlib.import_module(slow_module("slow_for_ever", 60))
    assert str(caught.value) == IMPORTING


def test_imports_around_the_limit_do_not_protect_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "limited_module.py").write_text(
        "from grader.base.timing import OutOfTime, time_limit\n"
        "ended = False\n"
        "try:\n"
        "    with time_limit(60, work=0.1):\n"
        "        while True: pass\n"
        "except OutOfTime:\n"
        "    ended = True\n"
    )
    assert importlib.import_module("limited_module").ended


def test_in_a_browser_nothing_is_limited_and_no_thread_is_begun(monkeypatch):
    """Pyodide cannot begin threads, and delivers no signals: without this, no check would run there."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(threading.Thread, "start", lambda self: pytest.fail("a thread was begun"))
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(0.01):
        time.sleep(0.05)
        assert signal.getsignal(signal.SIGALRM) == before
