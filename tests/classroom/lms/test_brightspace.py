"""Brightspace's downloads: number and name in a file's name tell whose it is."""

import pytest

from tests.support.downloads import notebook, received, submissions, take_in


def test_brightspaces_attempts_are_one_students_and_namesakes_are_two(tmp_path):
    files = {
        "1-678 - Kim Lee - Nov 20, 2026 1030 AM - 03_gates.ipynb": notebook("first"),
        "1-678 - Kim Lee - Nov 21, 2026 1230 PM - 03_gates.ipynb": notebook("last"),
        "2-678 - Kim Lee - Nov 20, 2026 1030 AM - 03_gates.ipynb": notebook("other"),
    }
    folder, _ = take_in(tmp_path, files)
    assert submissions(folder) == {"Kim Lee (1)": "last", "Kim Lee (2)": "other"}


@pytest.mark.parametrize(
    "name",
    [
        "1-678 - Ada - Nov 1, 2026 1030 AM - Eve - Nov 21, 2026 1230 PM - 03_gates.ipynb",
        "1-678 - Ada - Nov 21, 2026 1230 PM - Nov 1, 2026 1030 AM - 03_gates.ipynb",
    ],
)
def test_a_date_that_a_student_brings_into_brightspaces_names_makes_nobody_earlier(tmp_path, name):
    folder, _ = take_in(tmp_path, {name: notebook(), "2-678 - Bob - Nov 21, 2026 1230 PM - a.ipynb": notebook()})
    assert len({entry["submitted"] for entry in received(folder).values()}) == 1


def test_a_date_in_another_language_gives_no_time_whatever_a_student_adds(tmp_path):
    name = "1-678 - Ada - 21 listopada, 2026 12:30 - Nov 1, 2026 1030 AM - 03_gates.ipynb"
    folder, _ = take_in(tmp_path, {name: notebook()})
    assert [entry["submitted"] for entry in received(folder).values()] == [None]
