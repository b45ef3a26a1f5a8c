"""Messages between a judge and the process of a submission, over one socket. `grader.judge.codec` checks their content.

Either side may send at any time, and ask while it is being asked: a side that waits for a reply serves the other side's
requests in the meantime. A time limit or Ctrl-C may end a wait halfway; sending and receiving stay in step.
"""

import collections
import contextlib
import itertools
import os
import select
import struct
import threading
import time
from dataclasses import dataclass, field

from grader.base.errors import GraderFault
from grader.base.timing import undisturbed
from grader.judge.codec import MOST_BYTES, Malformed, TooLarge, decode, encode

MOST_WAITING = 16  # messages that may arrive before an expected reply; in total at most
MOST_BYTES_WAITING = 1_000_000  # bytes
MOST_LENT = 1000
DEEPEST = 20


class Closed(ConnectionError):
    """The other side has gone."""


class BrokenOff(RuntimeError):
    """The other side did not finish a request, because it was interrupted."""


@dataclass(frozen=True)
class Message:
    """A received message. `number` is that of a request, which needs a reply, else None; `size` is in bytes, as sent."""

    kind: str
    fields: dict = field(default_factory=dict)
    number: int | None = None
    size: int = 0


class Channel:
    """One end of a conversation.

    Parameters
    ----------
    sock : socket.socket, a connected stream; it belongs to the channel from now on

    Attributes
    ----------
    serve : dict, from a kind of message to a function of its fields. While this side waits, such messages go there. To
        a request the function returns a dict, the fields of the reply; an exception is passed on instead.
    within : a context manager without arguments, in which functions lent to the other side are called

    Functions in a message are lent: the other side gets one that calls back. Only the thread that made the channel may
    wait; all may send. A forked process may not use it.
    """

    def __init__(self, sock):
        sock.setblocking(False)
        self.serve = {"callback": self._called_back}
        self.within = contextlib.nullcontext
        self._sock, self._process, self._thread = sock, os.getpid(), threading.get_ident()
        self._lock = threading.Lock()
        self._incoming, self._outgoing = bytearray(), collections.deque()
        self._numbers, self._replies, self._waiting = itertools.count(), {}, collections.deque()
        self._lent, self._lendings = {}, itertools.count()
        self._end, self._depth = float("inf"), 0

    def send(self, kind, timeout=None, **fields):
        """Send a message that needs no reply.

        Parameters
        ----------
        kind : str
        timeout : seconds for the other side to receive it, or None for no limit except that of the wait in progress
        **fields : what `encode` can write

        Raises
        ------
        Closed
            If the other side is gone.
        TooLarge
            If it has more than 64 MB or 100,000 parts; then nothing is sent.
        TimeoutError
            If the other side does not take it in time.
        """
        with contextlib.nullcontext() if timeout is None else self._until(timeout):
            self._send(kind, None, None, fields)

    def request(self, kind, timeout=None, **fields):
        """Send a message, and wait for the reply.

        Parameters
        ----------
        kind : str
        timeout : seconds, or None to wait as long as it takes, or as long as the wait that this one is part of
        **fields : what `encode` can write

        Returns
        -------
        fields : dict, those of the reply

        Raises
        ------
        BrokenOff
            If the other side was interrupted.
        Closed, Malformed, TimeoutError, TooLarge
            As for `send` and `receive`.
        Exception
            What the other side's function raised.
        """
        number = next(self._numbers)
        self._replies[number] = None
        try:
            with self._until(timeout):
                self._send(kind, number, None, fields)
                while self._replies[number] is None:
                    message = self._next()
                    if message and message.kind in self.serve:
                        self._serve(message)
                    elif message:
                        self._keep(message)
            reply = self._replies[number]
        finally:
            del self._replies[number]
        if reply.kind == "error":
            raise _raisable(reply.fields.get("error")) from None
        return reply.fields

    def receive(self, timeout=None):
        """Wait for a message that `serve` has no function for.

        Parameters
        ----------
        timeout : seconds, or None to wait as long as it takes

        Returns
        -------
        message : Message

        Raises
        ------
        Closed
            If the other side has gone.
        Malformed
            If it sent something that is not a message, or too much before a reply: 16 messages, or 1 MB of them.
        TimeoutError
            If none came in time.
        """
        with self._until(timeout):
            while True:
                message = self._waiting.popleft() if self._waiting else self._next()
                if message and message.kind in self.serve:
                    self._serve(message)
                elif message:
                    return message

    def reply(self, message, timeout=None, **fields):
        """Reply to a request; `timeout` and errors are as for `send`."""
        with contextlib.nullcontext() if timeout is None else self._until(timeout):
            self._send("value", None, message.number, fields)

    def refuse(self, message, error):
        """Reply to a request by an exception, which is raised there."""
        self._send("error", None, message.number, {"error": error})

    def remaining(self):
        """Seconds until the wait in progress ends; infinity if it has no end."""
        return self._end - time.monotonic()

    @contextlib.contextmanager
    def lending(self):
        """Functions that are lent within the body can no longer be called after it."""
        before = set(self._lent)
        try:
            yield
        finally:
            self._lent = {number: fn for number, fn in self._lent.items() if number in before}

    def lend(self, function):
        """The number by which the other side may call a function: what `encode` takes.

        Raises
        ------
        TooLarge
            If 1,000 are lent already.
        """
        for number, known in self._lent.items():
            if known is function:
                return number
        if len(self._lent) >= MOST_LENT:
            raise TooLarge(f"more than {MOST_LENT} functions")
        number = next(self._lendings)
        self._lent[number] = function
        return number

    def borrow(self, number):
        """A function that calls the one that the other side lent by this number: what `decode` takes."""

        def lent(*args, **kwargs):
            return self.request("callback", function=number, args=args, kwargs=kwargs)["value"]

        return lent

    def close(self):
        """Close the socket."""
        self._sock.close()

    # ------------------------------------------------------------------------------------------------ conversation

    @contextlib.contextmanager
    def _until(self, timeout):
        if threading.get_ident() != self._thread:
            raise RuntimeError("only the thread that opened this channel may wait for the other side")
        before = self._end
        if timeout is not None:
            self._end = min(before, time.monotonic() + timeout)
        try:
            yield
        finally:
            self._end = before

    def _next(self):
        """The next message; None if it is a reply, which is put where it is waited for."""
        message, answers = self._read()
        if answers is None:
            return message
        if answers in self._replies:  # otherwise the request was interrupted, and nobody waits
            self._replies[answers] = message
        return None

    def _serve(self, message):
        if message.number is None:
            self.serve[message.kind](message.fields)
            return
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise RecursionError("requests within requests, too deep")
            self.reply(message, **self.serve[message.kind](message.fields))
        except (Closed, Malformed, GraderFault):
            raise
        except Exception as error:
            self.refuse(message, error)
        except BaseException as error:  # an interruption, of this side too
            self.refuse(message, error)
            raise
        finally:
            self._depth -= 1

    def _keep(self, message):
        waiting = message.size + sum(m.size for m in self._waiting)
        if len(self._waiting) >= MOST_WAITING or waiting > MOST_BYTES_WAITING:
            raise Malformed(f"{message.kind!r} where a reply is due")
        self._waiting.append(message)

    def _called_back(self, fields):
        function = self._lent.get(fields.get("function"))
        args, kwargs = fields.get("args"), fields.get("kwargs")
        if type(args) is not tuple or type(kwargs) is not dict:
            raise Malformed("a call without arguments")
        if function is None:
            raise LookupError("this function was lent for as long as a call took, which has ended")
        with self.within():
            return {"value": function(*args, **kwargs)}

    # ------------------------------------------------------------------------------------------------------- frames

    def _send(self, kind, number, answers, fields):
        if os.getpid() != self._process:
            raise Closed("the channel belongs to the process that opened it")
        data = encode((kind, number, answers, fields), self.lend)
        frame = memoryview(_LENGTH.pack(len(data)) + data)
        with undisturbed, self._lock:
            self._outgoing.append(frame)
            self._write()
        while self._outgoing:
            self._exchange(reading=threading.get_ident() == self._thread)

    def _read(self):
        while True:
            data = self._frame()
            if data is not None:
                return _message(decode(data, self.borrow), len(data))
            self._exchange()

    def _frame(self):
        """The first received frame, or None if it is incomplete."""
        if len(self._incoming) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._incoming)
        if length > MOST_BYTES + _LENGTH.size:
            raise Malformed(f"a message of {length / 1e6:.0f} MB")
        with undisturbed:
            if len(self._incoming) < _LENGTH.size + length:
                return None
            data = bytes(self._incoming[_LENGTH.size : _LENGTH.size + length])
            del self._incoming[: _LENGTH.size + length]
        return data

    def _exchange(self, reading=True):
        """Wait until bytes can be sent or received, and do so; both, since the other side may be writing, too."""
        if os.getpid() != self._process:
            raise Closed("the channel belongs to the process that opened it")
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the other side did not answer in time")
        poll = select.poll()
        poll.register(self._sock, select.POLLIN * reading | select.POLLOUT * bool(self._outgoing))
        poll.poll(None if remaining == float("inf") else max(1, remaining * 1000))
        with undisturbed, self._lock:
            self._write()
            if reading:
                self._take()

    def _write(self):
        with _or_closed():
            while self._outgoing:
                sent = self._sock.send(self._outgoing[0])
                self._outgoing[0] = self._outgoing[0][sent:]
                if not self._outgoing[0]:
                    self._outgoing.popleft()

    def _take(self):
        with _or_closed():
            data = self._sock.recv(_CHUNK)
            if not data:
                raise ConnectionResetError
            self._incoming += data
        if len(self._incoming) > _MOST_UNREAD:
            raise Malformed("too many messages at once")


_LENGTH = struct.Struct("<I")
_CHUNK = 1 << 18
_MOST_UNREAD = 2 * MOST_BYTES


def _message(value, size):
    """(Message, number of the request that it answers or None), or Malformed."""
    if type(value) is not tuple or len(value) != 4:
        raise Malformed("no message")
    kind, number, answers, fields = value
    if type(kind) is not str or type(fields) is not dict or not all(type(name) is str for name in fields):
        raise Malformed("no message")
    if not all(n is None or (type(n) is int and n >= 0) for n in (number, answers)):
        raise Malformed("no message")
    if answers is not None and kind not in ("value", "error"):
        raise Malformed(f"{kind!r} as a reply")
    return Message(kind, fields, number, size), answers


def _raisable(error):
    """The exception to raise here for one of the other side: an interruption there must not end anything here."""
    if isinstance(error, Exception):
        return error
    return BrokenOff(f"the other side was interrupted: {type(error).__name__}")


@contextlib.contextmanager
def _or_closed():
    """Within the body: an operation that would block is postponed; any other error means that the other side is gone."""
    try:
        yield
    except BlockingIOError:
        pass
    except OSError as error:
        raise Closed("the other side has gone") from error
