"""Reports of one class show the same plots again and again, and drawing them takes as long as all else in a report."""

import functools
import pickle
import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def each_plot_is_drawn_once():
    report = sys.modules.get("grader.classroom.class_report")  # which takes long to import where no test needs it
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_marks_plot", "_arrival_plot", "_spent_plot") if report else ():
            patch.setattr(report, name, drawn_once(getattr(report, name)))
        yield


def drawn_once(plot):
    """The same function, which draws for arguments that it has not had before."""
    drawn = {}

    @functools.wraps(plot)
    def kept(*args):
        key = pickle.dumps(args)
        if key not in drawn:
            drawn[key] = plot(*args)
        return drawn[key]

    return kept
