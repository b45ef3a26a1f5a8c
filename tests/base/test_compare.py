"""Comparison never broadcasts, and says how a wrong array relates to the right one."""

import numpy as np
import pytest

import gru_ref
from grader.base.compare import alike, kind_of, numbers_pattern, pattern, wrong_entries
from grader.base.wording import two_numbers

RNN = gru_ref.init_rnn(2, 3, np.random.default_rng(0))
WANTED = np.random.default_rng(0).normal(size=(4, 3, 3))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3)), True),
        (np.zeros((2, 3)), np.zeros((1, 3)), False),
        (np.zeros(3), np.zeros((3, 1)), False),
        (np.zeros(3), 0.0, False),
        (np.zeros(3), np.zeros(3, np.float32), False),
        (np.array([np.nan, 1]), np.array([np.nan, 1]), True),
        (1.0, np.float64(1), True),
        (1, 1.0, True),
        ([1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.0], [1.0], False),
        (None, None, True),
        ("a", "a", True),
        ("a", "b", False),
        (True, np.True_, True),
        (True, 1, False),
        (np.array(True), False, False),
        (np.array(2.0), 2, True),
        ((1.0, np.zeros(2)), (1.0, np.zeros(2)), True),
        ((1.0, np.zeros(2)), [1.0, np.zeros(2)], False),
        ((1.0, np.zeros(2)), (np.zeros(2), 1.0), False),
        (RNN, RNN._replace(b_ih=RNN.b_ih + 0), True),
        (RNN, RNN._replace(b_ih=RNN.b_ih + 1), False),
        (RNN, tuple(RNN), False),
        ({"a": 1.0, "b": None}, {"b": None, "a": 1.0}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        (np.array([True, False]), np.array([True, True]), False),
        (np.array(["a"]), np.array(["a"]), True),
        (object(), object(), False),
    ],
)
def test_alike_is_strict(a, b, same):
    assert alike(a, b, 1e-7, 1e-10) is same


def test_the_kind_is_read_off_the_reference():
    values = (np.zeros(2), 3, np.int64(3), 0.5, True, np.False_, "tie", None)
    kinds = ["array", "integer", "integer", "number", "boolean", "boolean", "text", "None"]
    assert [kind_of(v) for v in values] == kinds


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (0 * WANTED, "Every entry is 0."),
        (0 * WANTED + 0.5, "Every entry is 0.5."),
        ((WANTED > 0) * 1.0, "Every entry is 0 or 1"),
        (np.round(WANTED, 1), "rounded to 1 decimal"),
        (np.round(WANTED), "rounded to an integer"),
        (np.broadcast_to(WANTED.mean(axis=1, keepdims=True), WANTED.shape), "All rows of the batch are equal"),
        (np.broadcast_to(WANTED[:1], WANTED.shape), "All steps are equal"),
        (np.clip(WANTED, -1, 1), "cut off at ±1:"),
        (np.minimum(WANTED, 0.75), "cut off at 0.75:"),
        (np.clip(WANTED, -1, 0.5), "cut off at -1 and 0.5:"),
        (-WANTED, "opposite sign"),
        (np.abs(WANTED), "some have the wrong sign"),
        (WANTED + np.eye(3) * WANTED**2, "All entries off the diagonal are right"),
        (WANTED + (1 - np.eye(3)) * WANTED**2, "All entries on the diagonal are right"),
        (WANTED * (1 + 1e-5 * np.cos(WANTED)), "nearly right, to 1e-05"),
        (WANTED * (1 + 1e-6), "nearly right, to 1e-06"),
        (1 - WANTED, "1 minus the right one"),
        (np.swapaxes(WANTED, 1, 2), "transpose"),
        (WANTED[::-1], "reversed order"),
        (np.concatenate([WANTED[:1] * 0, WANTED[:-1]]), "one place too late"),
        (np.concatenate([WANTED[1:], WANTED[:1] * 0]), "one place too early"),
        (WANTED[[1, 0, 3, 2]], "the steps are in a different order"),
        (WANTED[:, [2, 0, 1]], "the rows of the batch are in a different order"),
        (WANTED[..., [1, 0, 2]], "the units are in a different order"),
        (WANTED * 3, "3 times the right one"),
        (WANTED + 0.25, "plus 0.25"),
        (WANTED - 0.25, "minus 0.25"),
        (WANTED + (np.arange(4) > 0)[:, None, None] * WANTED**2, "The first step is right"),
        (WANTED + (np.arange(4) < 3)[:, None, None] * WANTED**2, "Only the last step is right"),
        (WANTED + (np.arange(4) > 1)[:, None, None] * WANTED**2, "The first 2 steps are right"),
        (WANTED + (np.arange(4) < 2)[:, None, None] * WANTED**2, "Only the last 2 steps are right"),
        (WANTED + (np.arange(4) == 0)[:, None, None] * WANTED**2, "Only the first step is wrong"),
        (WANTED + (np.arange(4) == 3)[:, None, None] * WANTED**2, "Only the last step is wrong"),
        (WANTED + (np.arange(4) == 2)[:, None, None] * WANTED**2, "Only step 2, counted from 0, is wrong"),
        (WANTED + (np.arange(3) == 1)[:, None] * WANTED**2, "Only row of the batch 1, counted from 0, is wrong"),
        (WANTED + (np.arange(3) > 0) * WANTED**2, "The first unit is right"),
    ],
)
def test_a_pattern_is_put_into_words(wrong, says):
    assert says in pattern(wrong, WANTED, "T B H", 1e-7, 1e-10)


def test_no_pattern_is_invented():
    assert pattern(WANTED**2, WANTED, "T B H", 1e-7, 1e-10) is None


def test_whole_numbers_that_no_array_holds_are_compared():
    assert alike(2**80, 2.0**80, 1e-7, 0) and not alike(2**80, 3, 1e-7, 0)
    assert wrong_entries(2**5000, 3, 1e-7, 0) and wrong_entries(-(2**5000), 3, 1e-7, 0)
    assert numbers_pattern([2**5000] * 3, [1, 2, 3]) is None
    assert two_numbers(2**5000, 3.5) == ("inf", "3.5") and two_numbers(2**80, 3) == ("1.20893e+24", "3")


def test_a_number_is_not_rounded_to_the_float16_that_it_is_compared_with():
    assert not alike(np.float16(0.5), 1e15, 1e-7, 0)
    assert alike(np.float16(0.5), 0.5, 0, 0)


def test_of_infinity_no_pattern_is_told_that_it_does_not_obey():
    wanted = WANTED[0].copy()
    wanted[1, 2] = -np.inf
    other = np.where(np.isinf(wanted), wanted, 1 - wanted)
    opposite = np.where(np.isinf(wanted), wanted, -wanted)
    assert pattern(other, wanted, "B H", 1e-7, 1e-10) is None
    assert "some have the wrong sign" in pattern(opposite, wanted, "B H", 1e-7, 1e-10)
    assert "in reversed order" in pattern(wanted[::-1], wanted, "B H", 1e-7, 1e-10)


NUMBERS = np.array([3.0, 0.5, 7.25, 12.0])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (0.434 * NUMBERS, "0.434 times the right one in every case"),
        (NUMBERS + 1, "1 more than the right one"),
        (NUMBERS - 2, "2 less than the right one"),
        (-NUMBERS, "opposite sign"),
        (1 - NUMBERS, "1 minus the right one"),
        (1 / NUMBERS, "1 divided by the right one"),
        (0 * NUMBERS + 4, "It is 4 for all arguments"),
        (np.floor(NUMBERS), "rounded to an integer"),
        (NUMBERS * (1 + 2e-7), "nearly right in every case"),
    ],
)
def test_numbers_of_several_cases_make_a_pattern(wrong, says):
    assert says in numbers_pattern(wrong, NUMBERS)


def test_numbers_without_a_pattern_and_too_few_of_them_are_told_nothing_about():
    assert numbers_pattern(NUMBERS**2, NUMBERS) is None
    assert numbers_pattern(2 * NUMBERS[:2], NUMBERS[:2]) is None
    assert numbers_pattern(NUMBERS * np.nan, NUMBERS) is None
    assert numbers_pattern([1, 3, 2, 5], [1, 2, 2, 4]) is None  # an integer is not rounded to another one
    assert numbers_pattern([0, 0, 6.0, 4.0], [0, 0, 3.0, 2.0]) == "It is 2 times the right one in every case."


def test_a_sigmoid_that_leaves_its_range_is_told_so():
    wanted = 1 / (1 + np.exp(-WANTED[0]))
    assert "9 of 9 entries lie outside the range from 0 to 1" in pattern(
        WANTED[0] ** 2 + 1.5, wanted, "B H", 1e-7, 1e-10
    )
