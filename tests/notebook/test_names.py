"""From the text of a cell follows which names it may read and write, or that this cannot be told."""

import pytest

from grader.notebook.names import NUMPY, PYTHON, TORCH, names_of, predictions_of, questions_of

CLEAR = {
    "x = 1": ((), "x"),
    "y = x + 1": ("x", "y"),
    "x += 1": ("x", "x"),
    "def f(x):\n    x += 1": ((), "f"),
    "def f():\n    global x\n    x += 1": ("x", "f x"),
    "del x": ((), "x"),
    "xs[0] = 1": ("xs", ()),
    "xs.sort()": ("xs", ()),
    "for k in ks: pass": ("ks", "k"),
    "[k for k in ks]": ("ks", ()),
    "(k := f(2))": ("f", "k"),
    "with open_it() as file: pass": ("open_it", "file"),
    "try:\n    f()\nexcept ValueError as e:\n    pass": ("f ValueError", "e"),
    "import numpy as np": ((), "np"),
    "from gru_ref import plotting, GRUParams as P": ((), "plotting P"),
    "def f(x):\n    y = x + z\n    return y": ("z", "f"),
    "def f(x=w):\n    return x": ("w", "f"),
    "@wrap\ndef f():\n    pass": ("wrap", "f"),
    "def f():\n    def g():\n        return w\n    return g": ("w", "f"),
    "def f():\n    w = 1\n    def g():\n        return w\n    return g": ((), "f"),
    "def f():\n    global w\n    w = 1": ((), "f w"),
    "f = lambda x: x + w": ("w", "f"),
    "class A:\n    b = b": ("b", "A"),
    "class A(B):\n    def f(self):\n        self.x = w": ("B w", "A"),
    "match x:\n    case [first, *rest]: pass": ("x", "first rest"),
    "predict('half_life', 3)": ("predict", "?half_life"),
    "outcome('half_life', h, ' steps')": ("outcome h ?half_life", ()),
    "gate = own(sigmoid)": ("own", "gate"),
    "for _ in range(3): pass": ("range", "_"),
    "rng = np.random.default_rng(0)": ("np", "rng"),
    "a = np.random.normal()": (("np", NUMPY), ("a", NUMPY)),
    "import random": ((PYTHON,), ("random", PYTHON)),
    "class A(nn.Module): pass": (("nn", TORCH), ("A", TORCH)),
}
UNCLEAR = [
    "x = ",
    "%timeit f()",
    "!ls",
    "f?",
    "globals()['x'] = 1",
    "locals()",
    "vars()",
    "exec('x = 1')",
    "eval('x')",
    "import sys",
    "import __main__",
    "import inspect",
    "import helper",
    "from numpy import *",
    "from . import x",
    "np.exp = None",
    "del np.exp",
    "gru_ref.gate = gate",
    "f.__globals__",
    "getattr(f, '__globals__')",
    "setattr(np, 'exp', None)",
    "get_ipython()",
    "_",
    "_12",
    "Out[3]",
    "np.seterr(all='raise')",
    "np.set_printoptions(precision=2)",
    "np.random.seed(1)",
    "torch.manual_seed(1)",
    "plt.rcParams['lines.linewidth'] = 3",
    "plt.style.use('ggplot')",
    "await f()",
    "predict(name, 3)",
    "__builtins__",
    "def f():\n    return globals()",
    "x" * 60_000,
    "predict(" + "-" * 5_000 + "x)",
    "(" * 300 + ")" * 300,
]


def whole(names):
    return frozenset(names.split() if isinstance(names, str) else names)


@pytest.mark.parametrize("source", CLEAR)
def test_what_a_cell_reads_and_writes(source):
    reads, writes = map(whole, CLEAR[source])
    names = names_of(source)
    assert (names.reads, names.writes) == (reads, writes)
    assert not names.looks and not names.unclear


@pytest.mark.parametrize("source", UNCLEAR)
def test_where_it_cannot_be_told(source):
    assert names_of(source).unclear


def test_an_attribute_of_self_is_the_objects_own():
    assert not names_of("class A:\n    def __init__(self):\n        self.x = 1").unclear


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("predict('a', 2)  # of 3", {"a": 2}),
        ("predict('a', [..., 'x'])\npredict('b', -1)", {"a": [..., "x"], "b": -1}),
        ("predict('a', 1 + 1)", None),
        ("predict('a', x)", None),
        ("predict(a, 1)", None),
        ("predict('a', 1, 2)", None),
        ("x = predict('a', 1)", None),
        ("predict('a', 1)\nprint(1)", None),
        ("# nothing", None),
        ("predict('a', ", None),
    ],
)
def test_what_a_cell_predicts_and_nothing_else(source, wanted):
    assert predictions_of(source) == wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = 1", {}),
        ("outcome('a', x)", {"a": ""}),
        ("if x:\n    outcome('a', x, ' steps')\noutcome('b', y)", {"a": " steps", "b": ""}),
        ("outcome('a', x)\noutcome('a', y)", None),
        ("outcome('a', x, unit)", None),
        ("outcome(name, x)", None),
        ("outcome('a', x, unit=' m')", None),
    ],
)
def test_which_predictions_a_cell_compares(source, wanted):
    assert questions_of(source) == wanted


def test_own_needs_no_answer():
    assert names_of("use = own(gate)\nprint(use(1))").own == {"gate"}
    assert names_of("use = own(gate)\nprint(gate(1))").own == frozenset()
