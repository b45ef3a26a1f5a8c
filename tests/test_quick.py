"""Training cells are shortened by one environment variable alone."""

import pytest

from grader import steps


@pytest.mark.parametrize(("value", "count"), [(None, 600), ("", 600), ("0", 600), ("1", 20)])
def test_steps_are_shortened_only_where_asked(monkeypatch, value, count):
    monkeypatch.delenv("GRU_COURSE_QUICK", raising=False)
    if value is not None:
        monkeypatch.setenv("GRU_COURSE_QUICK", value)
    assert steps(600, quick=20) == count
