"""Answers that are classes, or work on tensors, are checked by the result of a use; no other exercise waits for torch."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import gru_ref
from grader.base.cards import verdict_text
from grader.checking.diagnosis import examine
from grader.exercises.exercise import Exercise, Late
from grader.learner.tools import check
from tests.support import cells

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def step(GRUCell, I, H, weights, x, h):
    """One step of a cell with given weights, and the gradient of its input."""
    cell = GRUCell(I, H)
    cell.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
    x = torch.tensor(x, requires_grad=True)
    h_new = cell(x, torch.tensor(h))
    (dx,) = torch.autograd.grad(h_new.sum(), x)
    return h_new, dx


def draw(rng):
    B, I, H = (int(n) for n in rng.permutation([2, 3, 4]))
    shapes = ((3 * H, I), (3 * H, H), (3 * H,), (3 * H,))
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in zip(NAMES, shapes, strict=True)}
    return I, H, weights, rng.normal(size=(B, I)).astype(np.float32), rng.normal(size=(B, H)).astype(np.float32)


WITHOUT_A_BIAS = """
### One bias is forgotten {#without_a_bias}

Look at the recurrent side.

```python
def GRUCell(I, H):
    import torch

    class Cell(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight_ih = torch.nn.Parameter(torch.zeros(3 * H, I))
            self.weight_hh = torch.nn.Parameter(torch.zeros(3 * H, H))
            self.bias_ih = torch.nn.Parameter(torch.zeros(3 * H))
            self.bias_hh = torch.nn.Parameter(torch.zeros(3 * H))

        def forward(self, x, h):
            r, z, n = (x @ self.weight_ih.T + self.bias_ih).chunk(3, 1)
            hr, hz, hn = (h @ self.weight_hh.T).chunk(3, 1)
            r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
            return (1 - z) * torch.tanh(n + r * hn) + z * h

    return Cell()
```
"""

CELL = Exercise(
    reference=Late("GRUCell"),
    use=step,
    inputs=draw,
    parts={"h_new": "B H", "dx": "B I"},
    hints=("", "", ""),
    rtol=1e-4,
    atol=1e-5,
    hidden=(Late("GRUCell", "torch.nn"),),
    known=WITHOUT_A_BIAS,
)


@CELL.property
def rows_are_independent(f, rng):
    """rows do not influence one another

    x
    """
    I, H, weights, x, h = draw(rng)
    return np.allclose(f(I, H, weights, x, h)[0][:1], f(I, H, weights, x[:1], h[:1])[0], atol=1e-5)


def test_a_right_class_passes():
    for answer in (cells.Right, lambda I, H: cells.Right(I, H), CELL.reference):
        assert examine(CELL, answer).passed


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("Forgetful", ["One bias is forgotten"]),
        ("Untransposed", ["return x @ self.weight_ih + h", "x (", "self.weight_ih (", "inner sizes"]),
        ("Detached", ["does not require grad", ".detach()"]),
        ("AsATuple", ["tuple"]),
        ("Unsuper", ["super().__init__()", "self.weight_ih = "]),
        ("Misnamed", ["Missing key(s) in state_dict", "bias_hh", "names"]),
        ("ForwardMissing", ['missing the required "forward"', "def forward("]),
        ("TakesOne", ["yours     (I)", "expected  (I, H)", "def __init__(self, I, H):"]),
        ("InheritsTheCourses", ["the one that the exercise asks you to write"]),
        ("HoldsTheCourses", ["the one that the exercise asks you to write", "cell = gru_ref.GRUCell("]),
        ("HoldsPyTorchs", ["the one that the exercise asks you to write", "nn.GRUCell("]),
        ("GivesNothing", ["NoneType"]),
    ],
)
def test_a_wrong_class_is_told_what_is_wrong_with_it(answer, says):
    verdict = examine(CELL, getattr(cells, answer), alone=True)
    assert verdict.state == "failed"
    text = verdict_text(verdict)
    for words in says:
        assert words in text, text


@pytest.mark.parametrize("answer", ["Stub", "HalfAStub"])
def test_a_class_that_is_not_written_yet_is_to_do(answer):
    assert examine(CELL, getattr(cells, answer)).state == "todo"


def test_the_courses_class_works_again_afterwards():
    assert examine(CELL, cells.InheritsTheCourses, alone=True).state == "failed"
    assert gru_ref.GRUCell(2, 3)(torch.zeros(1, 2), torch.zeros(1, 3)).shape == (1, 3)
    assert torch.nn.GRUCell(2, 3)(torch.zeros(1, 2), torch.zeros(1, 3)).shape == (1, 3)


def test_a_mistake_is_written_out_as_a_function_that_returns_an_object():
    assert examine(CELL, CELL.mistakes["without_a_bias"].fn).mistake == "without_a_bias"


def test_the_arguments_named_are_those_of_the_use():
    assert CELL.name == "GRUCell"
    assert CELL.parameters == ("I", "H", "weights", "x", "h")


def test_an_object_is_no_class(capsys):
    from grader.exercises import bank

    if "GRUCell" not in {name for lesson in bank().values() for name in lesson}:
        pytest.skip("the lesson with GRUCell is not there")
    cell = type("GRUCell", (cells.Right,), {})(2, 3)
    with pytest.raises(AssertionError, match="takes the class GRUCell itself"):
        check(cell)


def test_nobody_waits_for_torch_before_lesson_11_or_for_what_reads_sources(tmp_path):
    code = (
        "import pathlib, sys, gru_ref, grader.learner.progress_log\n"
        f"grader.learner.progress_log.progress_file = lambda: pathlib.Path({str(tmp_path)!r}, 'progress.jsonl')\n"
        "from grader import check, hint, progress\n"
        "def update_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)\n"
        "check(update_gate); hint(update_gate); progress()\n"
        "try:\n    check(lambda x: x)\nexcept AssertionError:\n    pass\n"
        "print({'torch', 'jupytext', 'nbformat'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "set()"
