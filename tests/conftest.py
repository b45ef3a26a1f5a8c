"""Nothing that a test does may touch the progress of whoever runs it; and how tests are shared among processes."""

import pytest

from grader import store


@pytest.fixture(autouse=True)
def progress_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "progress_file", lambda: tmp_path / ".gru-course" / "progress.jsonl")


def pytest_collection_modifyitems(items):
    """In a parallel run, tests that share what is slow to make run in one process: those of a lesson, or of a module."""
    for item in items:
        if item.path.stem == "test_lessons":
            item.add_marker(pytest.mark.xdist_group(item.callspec.id if hasattr(item, "callspec") else "lessons"))
        elif item.path.stem != "test_bank":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
