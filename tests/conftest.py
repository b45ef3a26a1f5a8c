"""Nothing that a test does may touch the progress of whoever runs it."""

import pytest

from grader import store


@pytest.fixture(autouse=True)
def progress_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "progress_file", lambda: tmp_path / ".gru-course" / "progress.jsonl")
