"""Reports of one class show the same plots and compare the same texts again and again, which takes as long as all else there."""

import functools
import pickle
import sys

import pytest

from grader.classroom import similarity
from grader.classroom.pool import Pool

PLOTS = ("_marks_plot", "_arrival_plot", "_spent_plot")
ABOUT_REPORTS = ("test_report", "test_panels")  # elsewhere the first drawing of a plot stands for all others


@pytest.fixture(scope="module")
def workers():
    """Workers for a module's gradings: they get ready for its lesson once."""
    with Pool() as pool:
        yield pool


@pytest.fixture(scope="session", autouse=True)
def each_text_is_read_once():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("read_code", "read_words"):
            patch.setattr(similarity, name, functools.cache(getattr(similarity, name)))
        yield


@pytest.fixture(scope="session")
def plots():
    return {}


@pytest.fixture(scope="module", autouse=True)
def each_plot_is_drawn_once(request, plots):
    report = sys.modules.get("grader.classroom.class_report")  # which takes long to import where no test needs it
    of_these = pickle.dumps if request.path.stem in ABOUT_REPORTS else len
    with pytest.MonkeyPatch.context() as patch:
        for name in PLOTS if report else ():
            patch.setattr(report, name, drawn_once(getattr(report, name), plots, of_these))
        yield


def drawn_once(plot, drawn, key_of):
    """The same function, which draws for arguments of which it has not had the like before."""

    @functools.wraps(plot)
    def kept(*args):
        key = plot.__name__, key_of(args)
        if key not in drawn:
            drawn[key] = plot(*args)
        return drawn[key]

    return kept
