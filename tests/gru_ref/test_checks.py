"""Messages about bad arguments say the name, what it is and what it should be."""

import re

import numpy as np
import pytest

from gru_ref.checks import check_arrays, check_between, check_floats, check_lengths, check_size


def refusal(call, *args, **kwargs):
    with pytest.raises(ValueError) as raised:
        call(*args, **kwargs)
    return str(raised.value)


def test_arrays_that_fit_give_their_sizes():
    sizes = check_arrays(xs=(np.ones((5, 2, 3)), "T B I"), h0=(np.ones((2, 4)), "B H"), W=(np.ones((4, 3)), "H I"))
    assert sizes == {"T": 5, "B": 2, "I": 3, "H": 4}


def test_float32_is_a_float_too():
    assert check_arrays(x=(np.ones((1, 2), np.float32), "B I")) == {"B": 1, "I": 2}


def test_a_wrong_number_of_axes_is_named():
    assert refusal(check_arrays, x=(np.ones(3), "B I")) == "x has shape (3,), but should have 2 axes, (B, I)"
    assert refusal(check_arrays, b=(np.ones((2, 3)), "H")) == "b has shape (2, 3), but should have 1 axis, (H)"


def test_a_size_that_disagrees_names_both_arrays():
    message = refusal(check_arrays, x=(np.ones((2, 3)), "B I"), h=(np.ones((4, 5)), "B H"))
    assert message == "h has shape (4, 5), but its B should be 2, as in x"


def test_a_matrix_that_is_not_square_but_should_be_is_named():
    message = refusal(check_arrays, W_hh=(np.ones((4, 3)), "H H"))
    assert message == "W_hh has shape (4, 3), but should be square, (H, H)"


def test_an_empty_axis_is_named():
    message = refusal(check_arrays, xs=(np.ones((0, 2, 3)), "T B I"))
    assert message == "xs has shape (0, 2, 3): axis T is empty, but should hold at least one"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0], "a is a list, but should be a NumPy array"),
        (1.0, "a is a float, but should be a NumPy array"),
        (None, "a is a NoneType, but should be a NumPy array"),
        (np.array([1]), "a holds int64, but should hold floats: try a.astype(float)"),
        (np.array([True]), "a holds bool, but should hold floats: try a.astype(float)"),
        (np.array([1j]), "a holds complex128, but should hold floats"),
        (np.array([np.nan]), "a holds NaN or infinity, but should hold finite numbers"),
        (np.array([-np.inf]), "a holds NaN or infinity, but should hold finite numbers"),
    ],
)
def test_what_is_no_array_of_finite_floats_is_refused(value, message):
    assert refusal(check_floats, "a", value) == message


@pytest.mark.parametrize("value", [0, 1, -3, 2.0, np.nan, np.array([0.5, 0.0])])
def test_what_does_not_lie_strictly_between_is_refused(value):
    assert refusal(check_between, "z", value, 0, 1) == f"z is {value}, but should lie between 0 and 1, both excluded"


def test_what_lies_strictly_between_is_accepted():
    check_between("z", 0.5, 0, 1)
    check_between("z", np.array([1e-300, 1 - 1e-16]), 0, 1)


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None, True, np.array([2])])
def test_what_is_no_size_is_refused(value):
    assert refusal(check_size, "H", value) == f"H is {value!r}, but should be an integer of at least 1"


@pytest.mark.parametrize("value", [1, 10**6, np.int64(3), np.uint8(3)])
def test_whole_numbers_from_one_are_sizes(value):
    check_size("H", value)


WRONG = {
    "a list": ([1.0], "{} is a list"),
    "integers": (np.ones((2, 3), int), "{} holds int64"),
    "a NaN": (np.array([[0, np.nan, 0]] * 2), "{} holds NaN or infinity"),
    "many, one of them infinite": (np.array([[np.inf] + [0.0] * 9_999] * 2), "{} holds NaN or infinity"),
    "one axis": (np.ones(3), "{} has shape (3,)"),
    "nothing": (np.ones((2, 0)), "{} has shape (2, 0): axis"),
}


@pytest.mark.parametrize("first", WRONG)
@pytest.mark.parametrize("second", WRONG)
def test_of_two_arrays_with_something_wrong_the_first_is_named(first, second):
    (x, start), (h, _) = WRONG[first], WRONG[second]
    assert refusal(check_arrays, w=(np.ones(4), "I2"), x=(x, "B I"), h=(h, "B H")).startswith(start.format("x"))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("size", [3, 30_000])
def test_the_largest_numbers_are_finite(dtype, size):
    assert check_arrays(x=(np.full(size, np.finfo(dtype).max), "I"), h=(np.ones(2), "H")) == {"I": size, "H": 2}


def test_the_sizes_belong_to_the_caller():
    for _ in range(2):
        sizes = check_arrays(x=(np.ones((2, 3)), "B I"))
        assert sizes == {"B": 2, "I": 3}
        sizes["B"] = 0


def test_every_message_begins_with_the_arguments_name():
    assert re.match(r"p\.W_ih ", refusal(check_arrays, **{"p.W_ih": (np.ones(3), "H I")}))


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_lengths_between_1_and_all_the_steps_fit(dtype):
    check_lengths(np.array([1, 5, 3], dtype), 5, 3)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 2], "lengths is a list, but should be a NumPy array"),
        (np.array([1.0, 2.0]), "lengths holds float64, but should hold integers: try lengths.astype(int)"),
        (np.array([True, True]), "lengths holds bool, but should hold integers: try lengths.astype(int)"),
        (np.array([1, 2, 3]), "lengths has shape (3,), but should be (2,), one length for each sequence"),
        (np.array([[1, 2]]), "lengths has shape (1, 2), but should be (2,), one length for each sequence"),
        (np.array(2), "lengths has shape (), but should be (2,), one length for each sequence"),
        (np.array([2, 0]), "lengths holds 0, but should lie between 1 and 4, the number of steps"),
        (np.array([5, 2]), "lengths holds 5, but should lie between 1 and 4, the number of steps"),
        (np.array([2, -1]), "lengths holds -1, but should lie between 1 and 4, the number of steps"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, message):
    assert refusal(check_lengths, lengths, 4, 2) == message
