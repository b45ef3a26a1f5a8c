"""Ask the judge to compute what a lesson teaches, since that code is not in the sandbox while the lesson is graded."""

import numpy as np

from grader.judge.channel import Channel
from grader.judge.codec import decode, encode

_channel = None


def connect(sock):
    """Open and return the channel to the judge, for all requests from now on."""
    global _channel
    _channel = Channel(sock)
    _channel.serve["call"] = _channel.serve["calls"] = nothing_to_call
    return _channel


def channel():
    """The channel to the judge.

    Raises
    ------
    RuntimeError
        If there is no judge.
    """
    if _channel is None:
        raise RuntimeError("there is no judge to ask")
    return _channel


def ask(name, args, kwargs):
    """Let the judge call one of gru_ref's functions.

    Parameters
    ----------
    name : str, the full one, such as "gru_ref.gru.gru_step"
    args : tuple; random generators among them go on from where the function left them
    kwargs : dict

    Returns
    -------
    value : what the function returned

    Raises
    ------
    PermissionError
        If this function may not be called here.
    Exception
        Any exception that the function raised.
    """
    with channel().lending():
        question = encode((name, args, kwargs), channel().lend)
        answer = decode(channel().request("ask", question=question)["answer"], channel().borrow)
    for generator, state in zip(generators((args, kwargs)), answer["generators"], strict=True):
        generator.bit_generator.state = state
    if answer["printed"]:
        print(answer["printed"], end="")
    return answer["value"]


def nothing_to_call(fields):
    """Serves the judge's calls while nothing is being checked: raises RuntimeError."""
    raise RuntimeError("nothing is being checked: the check was interrupted")


def generators(value):
    """All random generators in arguments, in order."""
    if isinstance(value, np.random.Generator):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (tuple, list)):
        return []
    return [found for part in value for found in generators(part)]
