"""Lesson 11's three broken programs behave as it says on every kind of processor. `make slow`."""

import json
import os
import subprocess
import sys

import pytest

from grader.authoring.source import read_lesson
from grader.base.paths import course_root

PARTS = ("import tempfile", "def visitors(", "class OrderBlind(", "EPOCHS = ", "class TwoSoftmaxes(")
RUNS = """
import json
programs = {
    "right": (torch_models.SequenceClassifier, {}),
    "blind": (OrderBlind, {}),
    "no zero_grad": (torch_models.SequenceClassifier, {"fit": fit_without_zero_grad}),
    "two softmaxes": (TwoSoftmaxes, {}),
    "reads padding": (ReadsPadding, {}),
}
seen = {label: trained(kind, seed=0, **how)[1:] for label, (kind, how) in programs.items()}
print(json.dumps(seen))
"""


@pytest.mark.slow
@pytest.mark.parametrize("instructions", ["default", "avx2", "avx512"])
def test_what_the_lesson_says_of_them_does_not_hang_on_the_processor(instructions):
    lesson = read_lesson(course_root() / "solutions" / "11_pytorch.py")
    cells = [cell.text for cell in lesson.cells if cell.kind == "code" and any(part in cell.text for part in PARTS)]
    assert len(cells) == len(PARTS)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*cells, RUNS])],
        env={**os.environ, "ATEN_CPU_CAPABILITY": instructions, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    print(instructions, {label: (losses[0], losses[-1], *shares) for label, (losses, *shares) in seen.items()})
    for label, (losses, together, alone) in seen.items():
        assert losses[-1] < 0.6 * losses[0], label
        if label != "reads padding":
            assert together == pytest.approx(alone, abs=0.005), label
        if label != "blind":
            assert together > 0.94, label
    assert seen["right"][1] >= 0.985
    assert 0.60 < seen["blind"][1] < 0.70 and 0.462 < seen["blind"][0][-1] < 0.50
    assert 0.551 < seen["two softmaxes"][0][-1] < 0.60
    assert max(seen["right"][0][-1], seen["reads padding"][0][-1]) < 0.12
