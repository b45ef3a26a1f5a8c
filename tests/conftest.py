"""No test may touch the progress of whoever runs it; a real browser; how processes share the tests."""

import itertools
import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from grader.doctor import browser_path
from grader.learner import progress_log
from tests.support import later

sys.meta_path.insert(0, later.Finder())
BEGUN = pytest.StashKey[list]()


@pytest.fixture(autouse=True, scope="module")
def whatever_was_put_off(request):
    """The slow modules that a test module names are imported before its first test, whose time may be limited."""
    for value in list(vars(request.module).values()):
        if isinstance(value, later.Later):
            later.begin(value)


@pytest.fixture(scope="session")
def progress_folders(tmp_path_factory):
    """Names of folders that do not exist yet: few tests write any progress, and a folder for each of all takes time."""
    return map(tmp_path_factory.mktemp("progress").joinpath, map(str, itertools.count()))


@pytest.fixture(scope="session", autouse=True)
def progress_stays_as_it_is():
    """Also where a test starts a program or a kernel, which has the file of whoever runs the tests."""
    file = progress_log.progress_file()
    before = file.read_bytes() if file.exists() else b""
    yield
    assert (file.read_bytes() if file.exists() else b"") == before, f"a test has written into {file}"


@pytest.fixture(autouse=True)
def as_if_no_test_came_before(progress_folders):
    """A test has progress of its own, and finds what NumPy warns of or raises as it was. One fixture, since all tests need it."""
    file = next(progress_folders) / "progress.jsonl"
    with np.errstate(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(progress_log, "progress_file", lambda: file)
        yield


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory):
    """Where pictures go: ``GRU_COURSE_SCREENSHOTS=folder`` keeps them."""
    folder = Path(os.environ.get("GRU_COURSE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def new_page(browser):
    """``with new_page() as page``: a page as somebody new sees it."""

    @contextmanager
    def opened():
        context = browser.new_context(viewport={"width": 1300, "height": 900})
        context.set_default_timeout(30_000)
        yield context.new_page()
        context.close()

    return opened


@pytest.fixture
def page(new_page):
    with new_page() as page:
        yield page


# Begun first, the longest before the others: so no process is left alone with one of them at the end.
LONGEST = (
    "classroom/test_attacks", "classroom/test_attacks_on_judge", "classroom/test_student_wheel", "lessons/test_browser",
    "classroom/test_own_tests", "classroom/test_grading", "judge/test_image", "judge/test_sandbox", "publishing/test_book",
    "classroom/test_browser_marking", "classroom/test_browser_classroom", "peers/test_deployment",
    "classroom/test_postgres", "publishing/test_slides_in_browser", "classroom/test_kills",
    "explorer/test_explorer_in_browser", "judge/test_remote_answer", "classroom/test_gradebook",
    "classroom/test_cluster", "peers/test_padding", "classroom/test_equality", "classroom/test_attempts",
    "classroom/test_policies", "peers/test_conversions", "classroom/test_report", "classroom/test_forgetting",
    "classroom/test_harmless", "judge/test_checks", "judge/test_session", "exercises/test_bank_own_words",
)  # fmt: skip
# What of a module is shared by tests with the same first parameter alone: an exercise, a lesson.
BY_PARAMETER = ("exercises/test_bank", "lessons/test_lessons", "lessons/test_lesson_orders")
# Done before other processes would have begun.
SMALL_ROOMS = ("answer", "authoring", "base", "checking", "notebook")


def _module(place):
    """A test module by its folder and name, from its path or from the id of a test in it."""
    return "/".join(Path(place.partition("::")[0]).with_suffix("").parts[-2:])


def pytest_collection_finish(session):
    session.config.stash[BEGUN] = list(later.begun)


@pytest.fixture
def begun_while_collecting(request):
    """Names of the slow modules that were imported before the first test."""
    return request.config.stash[BEGUN]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(_module(str(item.path)), len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One process more than there are cores, since many tests wait for others. For a module or a small room, this one."""
    first, *others = {argument.partition("::")[0] for argument in config.args}
    if not others and (
        (Path(first).is_file() and _module(first) not in BY_PARAMETER) or Path(first).name in SMALL_ROOMS
    ):
        return 0
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """In a parallel run, tests that share what is slow to make run in one process: those of a module, or of a parameter."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            module, _, test = nodeid.partition("::")
            if _module(module) in BY_PARAMETER:
                return f"{module}[{re.split('[]-]', test.partition('[')[2])[0]}"
            return module

    config.option.loadscopereorder = False  # which would begin with the modules of most tests
    return Scheduling(config, log)
