"""Reports of one class show the same plots and compare the same texts again and again, which takes as long as all else there."""

import functools
import pickle
import sys
from types import SimpleNamespace

import pytest

from grader.classroom import similarity
from grader.classroom.pool import Pool

PLOTS = ("histogram", "progress")
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
def drawings():
    return {}


@pytest.fixture(scope="module", autouse=True)
def each_plot_is_drawn_once(request, drawings):
    report = sys.modules.get("grader.classroom.class_report")  # which takes long to import where no test needs it
    of_these = pickle.dumps if request.path.stem in ABOUT_REPORTS else len
    with pytest.MonkeyPatch.context() as patch:
        if report:
            plots = report._plots
            patch.setattr(report, "_plots", lambda: SimpleNamespace(**drawn_once(plots(), drawings, of_these)))
        yield


def drawn_once(plots, drawings, key_of):
    """The same functions by name, which draw for arguments of which they have not had the like before."""

    def once(name, *args):
        key = name, key_of(args)
        if key not in drawings:
            drawings[key] = getattr(plots, name)(*args)
        return drawings[key]

    return {name: functools.partial(once, name) for name in PLOTS}
