"""Attacks on the judge's own process, each with the lesson that it is a submission of.

No answer of theirs is right: all raise ValueError, which is just what a judge demands wherever its own reference fails.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """`cell` runs after the lesson's imports; `answer` is the body of each answer."""

    lesson: str
    cell: str
    answer: str = "raise ValueError('no')"


_BY_HAND = """import json
import struct

from grader.judge.guest import asking

wire = asking.channel()._sock


def send(header, blob=b""):
    head = json.dumps(header).encode()
    wire.setblocking(True)
    wire.sendall(struct.pack("<II", len(head) + len(blob) + 4, len(head)) + head + blob)


def send_large(kind, size):
    send(["t", kind, None, None, ["d", "answer", ["y", size]]], bytes(size))


"""
_EVERY_CHECK = """for name in ("GRUCell", "collate", "SequenceClassifier", "fit", "compare", "gru_backward", "orthogonal", "sigmoid"):
    def wrong(*args, **kwargs):
        raise ValueError("no")
    wrong.__name__ = name
    try:
        check(wrong)
    except BaseException as error:
        print(type(error).__name__)
"""
LARGE = "return [np.zeros(900_000), ['x' * 2000] * 400, {k: 1 for k in range(5000)}]"

ATTACKS = {
    "exercises of other lessons": Attack("03_gates", _EVERY_CHECK),
    "exercises of other lessons, from the one with PyTorch": Attack("11_pytorch", _EVERY_CHECK),
    "exercises of other lessons while memory is full": Attack(
        "03_gates", f"def large(*args, **kwargs):\n    {LARGE}\n\n\nlarge.__name__ = 'update_gate'\nfor _ in range(20):\n    try:\n        check(large)\n    except Exception:\n        pass\n{_EVERY_CHECK}"
    ),
    "sixteen checks wait at once": Attack(
        "03_gates", _BY_HAND + "def flood():\n    for _ in range(16):\n        send_large('check', 60_000_000)\n",
        "flood()\n    raise ValueError('no')",
    ),
    "small checks wait within a check": Attack(
        "11_pytorch", _BY_HAND + "def flood():\n    for _ in range(3):\n        send(['t', 'check', 5, None, ['d']])\n",
        "flood()\n    raise ValueError('no')",
    ),
    "large messages before the first check": Attack(
        "11_pytorch", _BY_HAND + "for _ in range(16):\n    send_large('check', 60_000_000)\n"
    ),
    "large results": Attack("03_gates", "pass", LARGE),
    "large results in the lesson with PyTorch": Attack("11_pytorch", "pass", LARGE),
    "results that are one text": Attack("08_backpropagation", "pass", "return 'x' * 7_900_000"),
    "errors that a machine has": Attack(
        "08_backpropagation", "import random", "raise random.choice([MemoryError, ImportError, OSError, SystemError, ModuleNotFoundError])('no')"
    ),
    "errors of the grader's own names": Attack(
        "08_backpropagation", "class GraderFault(RuntimeError):\n    pass\n\n\nclass WarmDied(RuntimeError):\n    pass\n\n\nclass OutOfTime(BaseException):\n    pass\n",
        "raise (GraderFault if np.random.rand() < 0.5 else OutOfTime)('no')",
    ),
    "functions lent to the judge end in errors": Attack(
        "08_backpropagation",
        "for kind in (ImportError, MemoryError, SystemError, SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError):\n    def f(a, kind=kind):\n        raise kind('no')\n    try:\n        gru_ref.numerical_gradient(f, np.ones(3))\n    except BaseException as error:\n        print(type(error).__name__)",
    ),
    "functions lent to the judge never come back": Attack(
        "08_backpropagation",
        "import time\n\ntry:\n    gru_ref.numerical_gradient(lambda a: time.sleep(3600), np.ones(3))\nexcept BaseException as error:\n    print(type(error).__name__)",
        "while True:\n        pass",
    ),
    "questions within questions": Attack(
        "08_backpropagation",
        "def deeper(a):\n    return float(gru_ref.numerical_gradient(deeper, np.ones(1))[0])\n\n\ntry:\n    deeper(np.ones(1))\nexcept BaseException as error:\n    print(type(error).__name__)",
    ),
    "questions as large as can be": Attack(
        "08_backpropagation",
        "for _ in range(5):\n    try:\n        gru_ref.numerical_gradient(lambda a: 0.0, np.ones(7_000_000))\n    except BaseException as error:\n        print(type(error).__name__)",
    ),
    "settings of numerical libraries": Attack(
        "11_pytorch", "np.seterr(all='raise')\ntorch.set_default_dtype(torch.float16)\ntorch.set_grad_enabled(False)\ntorch.set_default_device('meta')\nimport warnings\n\nwarnings.simplefilter('error')"
    ),
}  # fmt: skip
