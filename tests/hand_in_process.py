"""The process of a hand-in without walls, for tests: it executes what it is sent, over the socket of the given number."""

import socket
import sys

import numpy as np

import gru_ref
from grader.judge.channel import Closed
from grader.judge.inside import asking, client


def main():
    channel = asking.connect(socket.socket(fileno=int(sys.argv[1])))
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
        channel.send("executed", index=message.fields["index"], error=error)


if __name__ == "__main__":
    main()
