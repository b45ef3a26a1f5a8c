"""What a call leaves behind: changed arguments are noticed at any depth, and anything may be an argument."""

import os
import subprocess
import sys

import numpy as np
import pytest

import gru_ref
from grader.answer.calling import Deadline, call
from grader.base.paths import course_root


def changed_by(fn, *args):
    outcome = call(fn, args, ("a", "b"), Deadline(5))
    assert outcome.error is None
    return outcome.changed


def fill(a):
    a[...] = 7


class Unequal:
    """What has its own idea of what is equal."""

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


P, OTHER = (gru_ref.init_rnn(2, 3, np.random.default_rng(seed)) for seed in (0, 1))


@pytest.mark.parametrize(
    ("fn", "args", "changed"),
    [
        (lambda a: fill(a), [np.zeros(2)], ("a",)),
        (lambda a: fill(a.b_hh), [P], ("a.b_hh",)),
        (lambda a: [fill(w) for w in a], [P], ("a",)),
        (lambda a: [fill(w) for w in a[1]], [(P, OTHER)], ("a[1]",)),
        (lambda a: fill(a[1].W_ih), [[P, P._replace(W_ih=P.W_ih + 1)]], ("a[1].W_ih",)),
        (lambda a: fill(a["m"][0]), [{"m": (np.zeros(2), None)}], ("a['m'][0]",)),
        (lambda a: a.append(1), [[]], ("a",)),
        (lambda a: a.pop("m"), [{"m": 1}], ("a",)),
        (lambda a: a.clear(), [[np.zeros(2)]], ("a",)),
        (lambda a: a.sort(), [["b", "a"]], ("a",)),
        (lambda a: a[1].reverse(), [(0, [1.0, 2.0])], ("a[1]",)),
        (lambda a: sorted(a), [[2, float("nan"), 1]], ()),
        (lambda a: a.__setitem__(0, np.zeros(3)), [["b", "a"]], ("a",)),
        (lambda a: a.__setitem__(1, Unequal()), [[1, 2]], ("a",)),
        (lambda a: a.__setitem__(0, 3), [[[np.zeros(2)], [1.0]]], ("a[0]",)),
        (lambda a: a.update(m=3), [{"m": {"k": 1}, "n": 2}], ("a['m']",)),
        (lambda a: a.update(n=3), [{"m": 1, "n": 2}], ("a['n']",)),
        (lambda a: a.update(n=a["n"]), [{"m": 1, "n": float("nan")}], ()),
        (lambda a: fill(a), [np.array([True, False])], ("a",)),
        (lambda a: a.sort(), [np.array(["b", "a"])], ("a",)),
        (lambda a, b: fill(b), [None, np.zeros(2)], ("b",)),
        (lambda a: a + 1, [np.array([np.nan])], ()),
        (lambda a: a.random(), [np.random.default_rng(0)], ()),
        (lambda a, b: a(b), [lambda x: x + 1, 3], ()),
        (lambda a, b: (a, b), [None, {1, 2}], ()),
    ],
)
def test_a_changed_argument_is_named(fn, args, changed):
    assert changed_by(fn, *args) == changed


def test_what_is_one_array_stays_one_array():
    a = np.zeros(2)
    assert call(lambda pair: pair[0] is pair[1][0], ((a, [a]),), ("pair",), Deadline(5)).value
    assert changed_by(lambda pair: fill(pair[0]), (a, [a])) == ("a[0]", "a[1][0]")
    assert call(lambda x: x.flags.f_contiguous, (np.asfortranarray(np.zeros((2, 3))),), ("x",), Deadline(5)).value


def test_the_callers_own_arguments_stay_as_they_are():
    ours = [P, np.zeros(3)]
    assert changed_by(lambda a: fill(a[1]), ours) == ("a[1]",)
    assert not ours[1].any()


NESTED = """
import sys

import numpy as np

from grader import own
from grader.checking.diagnosis import examine
from grader.exercises import find


def gru_step(x, h, p):
    raise NotImplementedError("write gru_step here")


def gru_forward(xs, h0, p, lengths=None):
    step, T = own(gru_step), len(xs)
    lengths = np.full(xs.shape[1], T) if lengths is None else lengths
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)


def leaves(xs, h0, p, lengths=None):
    own(gru_step)
    get_ipython().ask_exit()


leaves.__name__ = "gru_forward"
shell = get_ipython()
print(examine(find("gru_forward"), gru_forward, alone=True).state)
print("ask_exit" in vars(shell))
print(examine(find("gru_forward"), leaves, alone=True).state, shell.keep_running)
shell.ask_exit = asked = lambda: None
examine(find("gru_forward"), gru_forward, alone=True)
print(shell.ask_exit is asked)
"""


def test_in_a_notebook_an_answer_may_check_another_one(tmp_path):
    (tmp_path / "nested.ipy").write_text(NESTED)
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "nested.ipy"]
    home = {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(course_root())}
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | home, capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines() == ["passed", "False", "failed True", "True"], done.stderr


def test_fewer_arguments_than_names_are_fine():
    assert call(lambda a, b=2: a + b, (1,), ("a", "b"), Deadline(5)).value == 3
