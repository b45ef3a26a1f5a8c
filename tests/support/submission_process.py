"""The process of a submission without walls, for tests: it executes what it receives over a socket."""

import multiprocessing
import socket

import numpy as np

import gru_ref
from grader.judge.channel import Channel, Closed
from grader.judge.guest import asking, client

CONTEXT = multiprocessing.get_context("forkserver")  # one process imports what all of them need
CONTEXT.set_forkserver_preload([__name__])


class SubmissionProcess:
    """A submission's process, and the judge's end of the channel to it."""

    def __init__(self):
        ours, theirs = socket.socketpair()
        self.process = CONTEXT.Process(target=main, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.channel = Channel(ours)

    def execute(self, source):
        """Run a cell; returns the first message that comes of it, "executed" at the latest."""
        self.channel.send("execute", source=source)
        return self.channel.receive(60)

    def close(self):
        """Let it end by itself."""
        self.channel.close()
        self.process.join(20)

    def kill(self):
        """End it."""
        self.process.kill()
        self.close()


def main(sock):
    """Execute what comes over the socket."""
    channel = asking.connect(sock)
    while True:
        try:
            message = channel.receive()
        except Closed:
            return
        error = None
        try:
            exec(message.fields["source"], {"np": np, "gru_ref": gru_ref, "check": client.check, "ask": asking.ask})
        except BaseException as e:
            error = e
        channel.send("executed", error=error)
