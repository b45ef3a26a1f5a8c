"""The course's own report, and that the lesson's code makes its numbers."""

import numpy as np
import pytest

import gru_ref
from grader.authoring.source import read_lesson
from grader.base.paths import course_root


def test_its_interval_and_verdict_follow_from_its_runs():
    report = gru_ref.report()
    gru, baseline = (np.array([report[side][seed] for seed in range(5)]) for side in ("gru", "baseline"))
    _, interval, verdict = gru_ref.compare(gru, baseline)
    assert np.allclose(interval, report["interval"], atol=1e-4)
    assert (verdict, report["better"], report["verdict"]) == ("a", "higher", "gru")


def test_both_sides_have_the_same_budget():
    assert gru_ref.match_budget(8, 14_208)[:2] == (114, 64)


@pytest.fixture(scope="module")
def lesson():
    """What the lesson's own cells define, up to the first that trains."""
    cells = [c for c in read_lesson(course_root() / "solutions" / "20_capstone.py").cells if c.kind == "code"]
    names = {}
    for cell in cells[:3]:
        exec(cell.text, names)
    return names


def test_the_nearest_neighbour_has_the_numbers_of_the_strong_example(lesson):
    model = lesson["KNeighborsClassifier"](n_neighbors=1)
    runs = [lesson["without_order"](seed, model) for seed in range(5)]
    assert np.allclose(runs, [0.9917, 0.9778, 0.9833, 0.9889, 0.9972], atol=5e-5)


@pytest.mark.slow
def test_runs_of_the_report_can_be_repeated(lesson):
    """Two seeds of each side. Sums depend on the processor in their last digits, so a few pictures may come out differently."""
    report = gru_ref.report()
    for seed in (0, 3):
        assert lesson["network"](seed) == pytest.approx(report["gru"][seed], abs=0.012)
        rnn = lesson["network"](seed, "rnn", H=114, lr=0.003)
        assert rnn == pytest.approx(report["baseline"][seed], abs=0.02)
