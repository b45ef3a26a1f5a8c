"""What somebody types into the explorer: read, or said in words what to do."""

import numpy as np
import pytest

from gru_ref.exploring import read_chorale, read_typed, read_units


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no text yet: type at least two characters"),
        (None, "There is no text yet"),
        ("a", "has one character"),
        ("a" * 201, "has 201 characters, and at most 200"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(text, says):
    with pytest.raises(ValueError, match=says):
        read_typed(text)


def test_a_text_is_read():
    reading = read_typed("The value of the")
    assert reading.traces.rs.shape == (16, 128)
    assert reading.bits.shape == (15,)
    assert reading.likely[0][0] == " "
    assert reading.unknown == ""


def test_characters_that_the_network_never_saw_are_named_once():
    assert read_typed("日a日ü").unknown == "日ü"


def test_a_fixed_gate_is_fixed_in_the_named_units_alone():
    intact, changed = read_typed("if x:"), read_typed("if x:", "z", 1.0, [4])
    assert (changed.traces.zs[:, 4] == 1).all()
    assert not np.allclose(intact.bits, changed.bits)
    np.testing.assert_array_equal(intact.traces.zs[0, :4], changed.traces.zs[0, :4])


@pytest.mark.parametrize(
    ("typed", "units"), [("42", [42]), ("3, 1", [3, 1]), (" 10-12 11,5 ", [10, 11, 12, 5]), ("0,127", [0, 127])]
)
def test_units_are_read(typed, units):
    assert read_units(typed, 128) == units


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "no list of units"),
        (42, "42 is no list of units"),
        ("all", "'all' is no list of units: type numbers such as 42, 7"),
        ("-3", "no list"),
        ("128", "128 names no units: they are numbered from 0 to 127"),
        ("9-3", "9-3 names no units"),
        ("0-16", "17 units are too many"),
    ],
)
def test_what_names_no_units_is_said_in_words(typed, says):
    with pytest.raises(ValueError, match=says):
        read_units(typed, 128)


def test_a_chorale_costs_what_lesson_17s_network_says_of_it():
    from gru_ref.music_models import chorale_nll, trained_chorale_model

    reading, model = read_chorale(5), trained_chorale_model()[0]
    assert reading.roll.shape == reading.expected.shape == (len(reading.bits), 88)
    assert reading.bits.mean() * np.log(2) == pytest.approx(chorale_nll(model, [reading.roll]), rel=1e-5)


def test_a_chorale_is_read_with_a_fixed_gate():
    intact, changed = read_chorale(5), read_chorale(5, "r", 0.0, [7])
    assert (changed.traces.rs[:, 7] == 0).all()
    np.testing.assert_array_equal(intact.roll, changed.roll)
    assert not np.allclose(intact.bits, changed.bits)


@pytest.mark.parametrize("number", [-1, 74, 2.0, "7", True, None])
def test_a_chorale_that_does_not_exist_is_refused(number):
    with pytest.raises(ValueError, match=r"There is no chorale .*: choose a number from 0 to 73"):
        read_chorale(number)
