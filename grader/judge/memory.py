"""What the judge was asked before: a lesson's own cells ask every hand-in's judge the same."""

import collections
import hashlib
import time

from grader.judge.codec import TooLarge, encode

MOST_BYTES = 100_000_000  # of answers, in all
WORTH_IT = 0.01  # seconds that an answer took, to be remembered


class Memory:
    """Answers of functions without side effects, by their arguments; the latest ones, up to 100 MB.

    Only what was computed here is remembered, so that no hand-in can tell another a wrong answer. Nothing is, before a
    function has once been slow: to look at the arguments of all would take longer than most functions do.
    """

    def __init__(self):
        self._answers = collections.OrderedDict()
        self._bytes = 0
        self._slow = set()  # functions' names

    def recall(self, name, arguments, compute):
        """The answer of ``compute()`` to a question, computed unless it is remembered.

        Parameters
        ----------
        name : a function's
        arguments : what `encode` can write: the function's, as they are before the call
        compute : function without arguments
        """
        key = _digest((name, arguments)) if name in self._slow else None
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key][0]
        start = time.perf_counter()
        answer = compute()
        if time.perf_counter() - start > WORTH_IT:
            self._slow.add(name)
            if key:
                self._keep(key, answer)
        return answer

    def _keep(self, key, answer):
        try:
            size = len(encode(answer))
        except TooLarge:
            return
        self._answers[key] = answer, size
        self._bytes += size
        while self._bytes > MOST_BYTES:
            self._bytes -= self._answers.popitem(last=False)[1][1]


def _digest(question):
    """A hash of it; None if it holds a function, whose answers nobody knows."""
    try:
        return hashlib.blake2b(encode(question, _no_function), digest_size=32).digest()
    except TooLarge:
        return None


def _no_function(function):
    raise TooLarge("a function")
