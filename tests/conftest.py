"""Nothing that a test does may touch the progress of whoever runs it; a real browser; how tests are shared among processes."""

import os
from pathlib import Path

import pytest

from grader import store
from grader.doctor import browser_path


@pytest.fixture(autouse=True)
def progress_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "progress_file", lambda: tmp_path / ".gru-course" / "progress.jsonl")


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


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """In a parallel run, tests that share what is slow to make run in one process: those of a lesson, or of a module."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            module, _, test = nodeid.partition("::")
            if module.endswith("test_bank.py"):
                return nodeid
            return f"{module}[{test.partition('[')[2]}" if module.endswith("test_lessons.py") else module

    return Scheduling(config, log)
