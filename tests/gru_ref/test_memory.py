"""The exponential moving average against its closed form, and half-lives against their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gru_ref import ema, half_life, time_constant

fractions = st.floats(0, 1)
inner_fractions = st.floats(1e-6, 1 - 1e-6)
sequences = arrays(float, st.integers(1, 30), elements=st.floats(-1e3, 1e3))


@given(sequences, fractions)
def test_each_memory_is_the_sum_of_faded_readings(xs, z):
    for t, h in enumerate(ema(xs, z)):
        faded = [(1 - z) * z**age * xs[t - age] for age in range(t + 1)]
        assert h == pytest.approx(sum(faded), rel=1e-9, abs=1e-9)


@given(sequences, fractions)
def test_a_memory_stays_between_zero_and_the_readings(xs, z):
    hs = ema(xs, z)
    assert (hs >= min(xs.min(), 0) - 1e-9).all() and (hs <= max(xs.max(), 0) + 1e-9).all()


@given(sequences)
def test_a_gate_of_one_keeps_the_empty_memory_and_a_gate_of_zero_copies(xs):
    assert not ema(xs, 1.0).any()
    np.testing.assert_array_equal(ema(xs, 0.0), xs)


def test_the_first_reading_enters_an_empty_memory():
    np.testing.assert_allclose(ema(np.array([8.0, 0.0, 0.0]), 0.75), [2.0, 1.5, 1.125])


def test_the_readings_are_left_alone_and_their_precision_kept():
    xs = np.array([1, 2, 3], dtype=np.float32)
    assert ema(xs, 0.5).dtype == np.float32
    np.testing.assert_array_equal(xs, [1, 2, 3])


@given(inner_fractions)
def test_after_a_half_life_one_half_is_left_and_after_a_time_constant_one_part_in_e(z):
    assert z ** half_life(z) == pytest.approx(0.5)
    assert z ** time_constant(z) == pytest.approx(1 / np.e)


def test_an_impulse_has_halved_after_a_half_life():
    z = 0.5 ** (1 / 20)
    hs = ema(np.eye(1, 41)[0], z)
    assert half_life(z) == pytest.approx(20)
    assert hs[20] / hs[0] == pytest.approx(0.5)


@pytest.mark.parametrize("duration", [half_life, time_constant])
def test_a_slower_gate_lasts_longer_entry_by_entry(duration):
    zs = np.linspace(0.01, 0.99, 50)
    np.testing.assert_allclose(duration(zs), [duration(z) for z in zs])
    assert (np.diff(duration(zs)) > 0).all()


def test_near_one_the_time_constant_is_one_over_one_minus_z():
    assert time_constant(0.999) == pytest.approx(1000, rel=1e-3)


@pytest.mark.parametrize("duration", [half_life, time_constant])
@pytest.mark.parametrize("z", [0, 1, -0.5, 1.5, np.nan, np.inf, np.array([0.5, 1.0])])
def test_a_duration_outside_zero_and_one_is_refused(duration, z):
    with pytest.raises(ValueError, match=r"^z is .*, but should lie between 0 and 1, both excluded"):
        duration(z)


@pytest.mark.parametrize(
    ("xs", "z", "message"),
    [
        (np.ones(3), 1.5, r"z is 1\.5, but should lie in \[0, 1\]"),
        (np.ones(3), -0.1, r"z is -0\.1, but should lie in \[0, 1\]"),
        (np.ones(3), np.nan, r"z is nan, but should lie in \[0, 1\]"),
        ([1.0, 2.0], 0.5, "xs is a list, but should be a NumPy array"),
        (np.array([1, 2]), 0.5, r"xs holds int64, but should hold floats: try xs\.astype\(float\)"),
        (np.ones((3, 2)), 0.5, r"xs has shape \(3, 2\), but should have 1 axis, \(T\)"),
        (np.ones(0), 0.5, r"xs has shape \(0,\): axis T is empty"),
        (np.array([1.0, np.nan]), 0.5, "xs holds NaN or infinity, but should hold finite numbers"),
    ],
)
def test_ema_refuses_what_is_no_sequence_or_no_fraction(xs, z, message):
    with pytest.raises(ValueError, match=message):
        ema(xs, z)
