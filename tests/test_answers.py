"""An answer in another process is judged as it would be here: the same verdict, to the letter."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gru_ref
from grader.answers import RemoteAnswer
from grader.diagnosis import examine
from grader.exercise import source_of
from grader.exercises import bank
from grader.judge.channel import Channel
from grader.judge.inside.checking import description_from

EXERCISES = [exercise for lesson in bank().values() for exercise in lesson.values()]
SOME = 4  # mistakes of each exercise; test_bank tries them all, here


class HandIn:
    """A hand-in's process, and the judge's end of the channel to it."""

    def __init__(self):
        ours, theirs = socket.socketpair()
        script = Path(__file__).with_name("hand_in_process.py")
        self.process = subprocess.Popen([sys.executable, script, str(theirs.fileno())], pass_fds=[theirs.fileno()])
        theirs.close()
        self.channel = Channel(ours)

    def execute(self, source):
        """Run a cell; returns the first message that comes of it."""
        self.channel.send("execute", index=1, source=source)
        return self.channel.receive(60)

    def examine(self, exercise, source, seed):
        message = self.execute(f"{source}\ncheck({exercise.name})")
        assert message.kind == "check", message
        answer = RemoteAnswer(self.channel, description_from(message.fields["answer"]), exercise)
        verdict = examine(exercise, answer, seed)
        self.channel.reply(message, passed=verdict.passed, headline=verdict.headline)
        ended = self.channel.receive(60)
        assert ended.kind == "executed" and (ended.fields["error"] is None) == verdict.passed, ended
        return verdict

    def close(self):
        self.channel.close()
        self.process.wait(10)


@pytest.fixture(scope="module")
def hand_in():
    hand_in = HandIn()
    yield hand_in
    hand_in.close()


def here(exercise, source, seed):
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(source, namespace)
    return examine(exercise, namespace[exercise.name], seed)


def some_answers(exercise):
    """Sources: those right in another style, the stub, and some of the mistakes, spread over the list."""
    stub = f"def {exercise.name}{{}}:\n    raise NotImplementedError('{exercise.name} is yours to write.')"
    header = str(exercise.signature)
    wrong = [m.fn for m in exercise.mistakes.values()][:: max(1, len(exercise.mistakes) // SOME)]
    return [stub.format(header), *(source_of(fn, exercise.name) for fn in (*exercise.others, *wrong))]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_an_answer_elsewhere_gets_the_same_verdict(exercise, hand_in):
    for seed, source in enumerate(some_answers(exercise)):
        assert hand_in.examine(exercise, source, seed) == here(exercise, source, seed), source
