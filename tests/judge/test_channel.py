"""Two ends of a channel: one stays in step, whatever the other does and whenever it is interrupted."""

import contextlib
import functools
import os
import signal
import socket
import struct
import threading
import time

import numpy as np
import pytest

import gru_ref
from grader.base import timing
from grader.base.timing import OutOfTime, time_limit
from grader.judge import channel as channels
from grader.judge.channel import BrokenOff, Channel, Closed
from grader.judge.codec import Malformed, TooLarge, decode, encode
from grader.judge.guest import asking


@pytest.fixture
def pair():
    """``pair(run)``: this end of a channel; in another thread, ``run(channel)`` has the other one."""
    with contextlib.ExitStack() as stack:

        def start(run):
            ours, theirs = socket.socketpair()
            failed = []

            def other_side():
                there = Channel(theirs)
                with contextlib.closing(there):
                    try:
                        run(there)
                    except Closed:
                        pass
                    except BaseException as error:
                        failed.append(error)

            thread = threading.Thread(target=other_side)
            thread.start()
            here = Channel(ours)

            def end():
                here.close()
                thread.join(20)
                assert not thread.is_alive() and not failed, failed

            stack.callback(end)
            return here

        yield start


def raw(data, gone=False):
    """A channel whose other side has sent these bytes and says no more, or has gone."""
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    if gone:
        theirs.close()
    here = Channel(ours)
    here.other_side = theirs  # or it would be closed now
    return here


def frame(value):
    data = encode(value)
    return struct.pack("<I", len(data)) + data


def serving(**handlers):
    """What a side does that only serves."""

    def run(channel):
        channel.serve |= handlers
        channel.receive()

    return run


def test_messages_arrive_in_order(pair):
    def run(channel):
        for i in range(100):
            channel.send("number", i=i, square=np.array([i * i]))
        channel.receive()

    here = pair(run)
    for i in range(100):
        message = here.receive(5)
        assert (message.kind, message.fields["i"], message.fields["square"][0]) == ("number", i, i * i)


def test_a_request_brings_its_reply(pair):
    here = pair(serving(double=lambda fields: {"value": 2 * fields["a"]}))
    assert here.request("double", a=21) == {"value": 42}


def test_a_request_may_be_served_by_hand(pair):
    def run(channel):
        with pytest.raises(LookupError, match="no such thing"):
            channel.request("look", what="thing")
        assert channel.request("look", what="other") == {"found": 1}
        channel.receive()

    here = pair(run)
    message = here.receive(5)
    here.refuse(message, LookupError("no such thing"))
    here.reply(here.receive(5), found=1)


def test_errors_of_the_other_side_are_raised_here(pair):
    def fails(fields):
        raise ValueError("H is -2")

    here = pair(serving(fail=fails))
    for _ in range(2):
        with pytest.raises(ValueError, match="H is -2"):
            here.request("fail")


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, OutOfTime])
def test_what_ends_the_other_side_ends_nothing_here(kind):
    error = kind()
    here = raw(frame(("error", None, 0, {"error": error})))
    with pytest.raises(BrokenOff, match=kind.__name__):
        here.request("anything")


def test_functions_are_called_where_they_live(pair):
    here = pair(serving(gradient=lambda f: {"value": gru_ref.numerical_gradient(f["f"], f["a"])}))
    seen = []

    def loss(a):
        seen.append(a)
        return float((a**2).sum())

    np.testing.assert_allclose(here.request("gradient", f=loss, a=np.ones(3))["value"], 2 * np.ones(3))
    assert len(seen) == 6 and all(type(a) is np.ndarray for a in seen)


def test_a_function_from_the_other_side_lasts_until_it_is_taken_back(pair):
    def run(channel):
        counter = iter(range(100))
        channel.serve["counter"] = lambda fields: {"next": lambda: next(counter)}
        with channel.lending():
            channel.receive()
        channel.receive()

    here = pair(run)
    count = here.request("counter")["next"]
    assert [count(), count()] == [0, 1]
    here.send("enough")
    with pytest.raises(LookupError, match="lent"):
        count()


def test_requests_within_requests(pair):
    """One asks, is asked meanwhile, and asks again before it replies."""

    def run(channel):
        def countdown(fields):
            n = fields["n"]
            return {"steps": [n, *(channel.request("countdown", n=n - 1)["steps"] if n else [])]}

        channel.serve["countdown"] = countdown
        channel.receive()

    here = pair(run)

    def countdown(fields):
        n = fields["n"]
        return {"steps": [n, *(here.request("countdown", n=n - 1)["steps"] if n else [])]}

    here.serve["countdown"] = countdown
    assert here.request("countdown", n=9)["steps"] == list(range(9, -1, -1))
    with pytest.raises(RecursionError):
        here.request("countdown", n=100)
    assert here.request("countdown", n=2)["steps"] == [2, 1, 0]


def test_what_is_no_reply_is_kept_for_later(pair):
    def run(channel):
        message = channel.receive()
        channel.send("executed", index=3)
        channel.reply(message, value=1)
        channel.receive()

    here = pair(run)
    assert here.request("call")["value"] == 1
    assert here.receive(5).fields == {"index": 3}


def test_both_may_send_more_than_the_socket_holds_at_once(pair):
    large = np.zeros(2_000_000)

    def run(channel):
        channel.serve["swap"] = lambda fields: {"back": large}
        channel.send("large", data=large)
        channel.receive()

    here, came = pair(run), []
    here.serve["large"] = came.append
    assert here.request("swap", data=large)["back"].shape == large.shape
    assert came[0]["data"].shape == large.shape


@pytest.mark.parametrize(("count", "size"), [(2, 600_000), (17, 10)])
def test_what_waits_where_a_reply_is_due_is_bounded_in_number_and_in_bytes(pair, count, size):
    def run(channel):
        request = channel.receive()
        for _ in range(count):
            channel.send("check", answer=b"x" * size)
        channel.reply(request)
        channel.receive()

    here = pair(run)
    with pytest.raises(Malformed, match="where a reply is due"):
        here.request("call", 5)


def test_what_waits_within_the_bounds_is_received_later(pair):
    def run(channel):
        request = channel.receive()
        for number in range(16):
            channel.send("said", number=number)
        channel.reply(request)
        channel.receive()

    here = pair(run)
    here.request("call", 5)
    assert [here.receive(5).fields["number"] for _ in range(16)] == list(range(16))


def test_all_threads_may_send_and_one_may_wait(pair):
    def run(channel):
        def chatter(number):
            for i in range(50):
                channel.send("said", who=number, i=i, much=b"x" * 5000)

        threads = [threading.Thread(target=chatter, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for i in range(50):
            assert channel.request("echo", i=i) == {"i": i}
        for thread in threads:
            thread.join()
        channel.send("done")
        channel.receive()

    here = pair(run)
    here.serve["echo"] = lambda fields: fields
    said = []
    while (message := here.receive(10)).kind == "said":
        said.append((message.fields["who"], message.fields["i"]))
    assert sorted(said) == [(n, i) for n in range(4) for i in range(50)]
    assert [i for who, i in said if who == 2] == list(range(50))
    waited = []

    def wait():
        with pytest.raises(RuntimeError, match="only the thread"):
            here.receive(1)
        waited.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert waited


def test_a_forked_process_has_no_part_in_it(pair):
    here = pair(serving(echo=lambda fields: fields))
    process = here._process
    here._process = -1
    for attempt in (lambda: here.send("x"), lambda: here.receive(1)):
        with pytest.raises(Closed, match="process"):
            attempt()
    here._process = process
    assert here.request("echo", a=1) == {"a": 1}


# ------------------------------------------------------------------------------------------------------------ time


def test_waiting_ends(pair):
    here = pair(lambda channel: [channel.receive() for _ in range(9)])
    for wait in (lambda: here.receive(0.05), lambda: here.request("sleep", 0.05), lambda: here.receive(-1)):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            wait()
        assert time.monotonic() - began < 5


def test_who_does_not_read_holds_nobody_up():
    ours, theirs = socket.socketpair()
    here = Channel(ours)
    with theirs, pytest.raises(TimeoutError):
        here.send("large", 0.1, data=np.zeros(2_000_000))


def test_the_wait_within_a_wait_ends_with_it(pair):
    """The other side asks for what needs its own help, and never gives it."""

    def run(channel):
        channel.send("ready")
        channel.serve["help"] = lambda fields: time.sleep(0.6) or {}
        with contextlib.suppress(TimeoutError):
            channel.request("work")
        channel.receive()

    here = pair(run)
    here.serve["work"] = lambda fields: here.request("help")
    assert here.receive(5).kind == "ready"
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        here.receive(0.2)
    assert time.monotonic() - began < 0.55
    assert here.remaining() == float("inf")


def test_a_time_limit_may_end_any_wait_and_both_stay_in_step(pair):
    """The alarm rings anywhere: while bytes go, while they come, while a callback runs."""
    here = pair(serving(echo=lambda fields: {"data": fields["data"], "more": fields["f"](1)}))
    data = np.arange(100_000.0)
    cut_off = 0
    for i in range(60):
        try:
            with time_limit(0.0003 * i):
                here.request("echo", data=data, f=lambda a: a)
        except OutOfTime:
            cut_off += 1
        if i % 10 == 9:  # those that were cut off wait within each other, and on a slow machine too many would
            here.request("echo", data=data, f=lambda a: a)
    assert cut_off
    reply = here.request("echo", data=data, f=lambda a: a + 1)
    np.testing.assert_array_equal(reply["data"], data)
    assert reply["more"] == 2


def test_an_interrupt_while_serving_is_told_and_goes_on_here(pair):
    def run(channel):
        with pytest.raises(BrokenOff):
            channel.request("work")
        assert channel.request("again") == {"a": 1}
        channel.send("done")
        channel.receive()

    here = pair(run)

    def interrupted(fields):
        raise KeyboardInterrupt

    here.serve |= {"work": interrupted, "again": lambda fields: {"a": 1}}
    with pytest.raises(KeyboardInterrupt):
        here.receive(5)
    assert here.receive(5).kind == "done"


# --------------------------------------------------------------------------------------------------------- hostility


def test_an_end_without_a_word():
    with pytest.raises(Closed):
        raw(b"", gone=True).receive(5)
    with pytest.raises(Closed):
        raw(frame(("a", None, None, {}))[:-1], gone=True).receive(5)
    here = raw(b"", gone=True)
    with pytest.raises(Closed):
        for _ in range(3):
            here.send("large", data=np.zeros(100_000))


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<I", 2**32 - 1),
        struct.pack("<I", 3) + b"abc",
        frame(1),
        frame(("kind", None, None)),
        frame((1, None, None, {})),
        frame(("kind", "1", None, {})),
        frame(("kind", -1, None, {})),
        frame(("kind", None, None, [])),
        frame(("kind", None, None, {1: 2})),
        frame(("kind", True, None, {})),
        frame(("verdict", None, 3, {"passed": True})),
        frame(("callback", 0, None, {"function": 0})),
        frame(("callback", 0, None, {"function": 0, "args": [1], "kwargs": {}})),
    ],
)
def test_what_is_no_message_is_malformed(data):
    with pytest.raises(Malformed):
        raw(data).receive(5)


def test_replies_that_nobody_waits_for_are_nothing():
    here = raw(frame(("value", None, 12, {"value": 1})) + frame(("hello", None, None, {})))
    assert here.receive(5).kind == "hello"


def test_a_forged_reply_without_an_error_is_an_interruption():
    with pytest.raises(BrokenOff):
        raw(frame(("error", None, 0, {"error": "no exception"}))).request("x")


def test_a_flood_where_a_reply_is_due_is_malformed():
    with pytest.raises(Malformed, match="where a reply is due"):
        raw(frame(("spam", None, None, {})) * 100).request("x", 5)


def test_more_than_can_be_read_is_malformed(monkeypatch):
    monkeypatch.setattr(channels, "_MOST_UNREAD", 100_000)
    ours, theirs = socket.socketpair()
    here = Channel(ours)

    def flood():
        with contextlib.suppress(OSError):
            while True:
                theirs.sendall(b"\xff\xff\xff\x00" + bytes(10_000))

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        with pytest.raises(Malformed):
            here.send("large", 5, data=np.zeros(5_000_000))
            here.receive(5)
    finally:
        here.close()
        theirs.shutdown(socket.SHUT_RDWR)
        thread.join()
        theirs.close()


def test_functions_that_were_never_lent_are_not_there(pair):
    def run(channel):
        for number in (0, 5, None, "os.system", True):
            with pytest.raises((LookupError, TypeError)):
                channel.request("callback", function=number, args=(), kwargs={})
        channel.send("done")
        channel.receive()

    here = pair(run)
    assert here.receive(5).kind == "done"


def test_functions_lent_are_called_within_limits(pair):
    entered = []

    @contextlib.contextmanager
    def within():
        entered.append(True)
        yield

    here = pair(serving(apply=lambda fields: {"value": fields["f"](2)}))
    here.within = within
    assert here.request("apply", f=lambda a: a * 2)["value"] == 4
    assert entered == [True]


def test_too_large_a_message_leaves_the_channel_as_it_was(pair):
    here = pair(serving(echo=lambda fields: fields, large=lambda fields: {"data": np.zeros(9_000_000)}))
    with pytest.raises(TooLarge):
        here.send("large", data=np.zeros(9_000_000))
    with pytest.raises(ValueError, match="MB"):
        here.request("large")
    assert here.request("echo", a=1) == {"a": 1}


# ------------------------------------------------------------------------------------------------------------ asking


def judge(fields, lend):
    """Evaluate what is asked, as a judge does."""
    name, args, kwargs = decode(fields["question"])
    name = name.rpartition(".")[2]
    value = getattr(gru_ref, name)(*args, **kwargs)
    states = [g.bit_generator.state for g in asking.generators((args, kwargs))]
    return {"answer": encode({"value": value, "generators": states, "printed": f"{name} was here\n"}, lend)}


def test_asking_is_calling(pair, monkeypatch, capsys):
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(asking, "_channel", None)
    with pytest.raises(RuntimeError, match="no judge"):
        asking.ask("gru_ref.gates.sigmoid", (np.zeros(2),), {})

    def other_side():
        with contextlib.closing(Channel(theirs)) as channel:
            channel.serve["ask"] = functools.partial(judge, lend=channel.lend)
            with contextlib.suppress(Closed):
                channel.receive()

    thread = threading.Thread(target=other_side)
    thread.start()
    asking.connect(ours)
    try:
        rng, expected = np.random.default_rng(4), np.random.default_rng(4)
        got = asking.ask("gru_ref.init.init_gru", (2, 3, rng), {})
        wanted = gru_ref.init_gru(2, 3, expected)
        assert type(got) is gru_ref.GRUParams
        np.testing.assert_array_equal(got.W_hn, wanted.W_hn)
        assert rng.normal() == expected.normal(), "the generator goes on from there"
        assert capsys.readouterr().out == "init_gru was here\n"
        with pytest.raises(ValueError, match="H is -3, but should be an integer") as raised:
            asking.ask("gru_ref.init.init_gru", (2, -3, rng), {})
        assert type(raised.value) is ValueError
        batches = asking.ask(
            "gru_ref.training.minibatches", (gru_ref.Batch(np.ones((2, 3, 1)), np.zeros(3)), 2, rng), {}
        )
        assert [batches().xs.shape for _ in range(3)] == [(2, 2, 1), (2, 1, 1), (2, 2, 1)]
    finally:
        asking.channel().close()
        thread.join()


def test_an_interrupt_waits_until_a_message_is_whole(pair):
    """SIGINT at any moment: KeyboardInterrupt comes, and the next message is none the worse."""
    here = pair(serving(echo=lambda fields: fields))

    def interrupt(signum, frame):
        while frame and frame.f_code is not Channel.request.__code__:
            frame = frame.f_back
        if frame:  # not in the lines of this test itself, which would end it
            timing.interrupt(signum, frame)

    before = signal.signal(signal.SIGINT, interrupt)
    data, stop, interrupted = np.arange(200_000.0), threading.Event(), 0

    def shoot():
        while not stop.wait(0.003):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=shoot)
    try:
        thread.start()
        for _ in range(50):
            try:
                here.request("echo", data=data)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        stop.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert interrupted
    np.testing.assert_array_equal(here.request("echo", data=data)["data"], data)
