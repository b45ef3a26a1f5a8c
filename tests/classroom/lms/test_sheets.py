"""Tables of any LMS are read and written as it does; numbers have two decimals."""

import pytest

from grader.classroom.lms.sheets import Sheet, points
from tests.support.exports import CANVAS


def test_a_spreadsheets_own_utf_16_is_read(canvas, tmp_path):
    canvas.write_text(CANVAS.replace(",", "\t").replace('"', ""), encoding="utf-16")
    rows = CANVAS.splitlines()
    assert len(Sheet.read(canvas).rows) == len(rows) - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.675, "2.68"), (0.005, "0.01"), (10, "10.00"), (1 / 3, "0.33"), (0.0, "0.00"), (1e-17, "0.00")],
)
def test_marks_have_two_decimals_and_halves_go_up(value, text):
    assert points(value) == text


def test_lines_above_the_titles_are_kept(tmp_path):
    text = '"Homework; 3";"points"\r\n""\r\n"a";"b";"c"\r\n"1";"2";"3"\r\n'
    (tmp_path / "in.csv").write_bytes(text.encode())
    sheet = Sheet.read(tmp_path / "in.csv", above=2)
    assert (sheet.header, sheet.rows) == (["a", "b", "c"], [["1", "2", "3"]])
    sheet.write(tmp_path / "out.csv", texts=())
    assert (tmp_path / "out.csv").read_bytes().decode() == text
