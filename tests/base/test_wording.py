"""Counts in words."""

import pytest

from grader.base.wording import counted


@pytest.mark.parametrize(
    "number, told",
    [
        (0, "0 points"),
        (1, "1 point"),
        (1.0, "1 point"),
        (0.5, "0.5 points"),
        (2.5, "2.5 points"),
        (1234567, "1234567 points"),
    ],
)
def test_one_is_not_several(number, told):
    assert counted(number, "point") == told
