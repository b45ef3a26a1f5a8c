"""Pictures on cards are valid SVG, describe themselves in words, and show the right values."""

import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

from grader.base import theme
from grader.checking.pictures import comparison

SVG = "{http://www.w3.org/2000/svg}"


def picture(got, wanted, axes="B H"):
    return ET.fromstring(comparison(got, wanted, ~np.isclose(got, wanted), axes))


def test_where_some_entries_are_right_each_wrong_one_is_crossed_out():
    wanted = np.arange(6.0).reshape(2, 3)
    got = wanted.copy()
    got[1] += 1
    root = picture(got, wanted)
    assert root.get("aria-label") == "Map of the result: 3 of 6 entries are wrong"
    cells = Counter(cell.get("fill") for cell in root.findall(f"{SVG}rect"))
    assert cells == {theme.colour("passed"): 3, theme.colour("failed"): 3}
    assert len(root.findall(f"{SVG}path")) == 3


def test_where_all_entries_are_wrong_each_is_a_point_against_the_wanted_one():
    wanted = np.arange(6.0).reshape(2, 3)
    root = picture(wanted + 1, wanted)
    assert "none lies on the line" in root.get("aria-label")
    assert len(root.findall(f"{SVG}circle")) == 6


def test_a_sequence_is_drawn_beside_the_wanted_one():
    root = picture(np.ones(5), np.arange(5.0), "T")
    assert root.get("aria-label") == "Your sequence, dashed, beside the wanted one"
    assert len(root.findall(f"{SVG}path")) == 2


@pytest.mark.parametrize("axes", ["T", "H"])
def test_infinity_has_no_place_in_a_drawing(axes):
    root = picture(np.zeros(5), np.full(5, -np.inf), axes)
    assert root.get("aria-label") == "Map of the result: 5 of 5 entries are wrong"


def test_a_bias_is_no_sequence():
    wanted = np.arange(5.0)
    assert "none lies on the line" in picture(wanted + 1, wanted, "H").get("aria-label")
    got = wanted.copy()
    got[1] = 7
    root = picture(got, wanted, "H")
    assert root.get("aria-label") == "Map of the result: 1 of 5 entries are wrong"
    assert [text.text for text in root.findall(f"{SVG}text")] == ["H →"]


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 1)])
def test_where_a_picture_would_say_nothing_there_is_none(shape):
    got, wanted = np.zeros(shape), np.ones(shape)
    drawn = comparison(got, wanted, got != wanted, "B H"[: len(shape)])
    assert drawn == ""


def test_a_large_result_makes_a_small_picture():
    wanted = np.zeros((50, 40, 30))
    got = wanted.copy()
    got[1:] = 1
    assert len(comparison(got, wanted, got != wanted, "T B H")) < 150_000
