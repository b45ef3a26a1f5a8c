"""Tolerances for spectra accept other orders of operations and float32, and no other window, scale or normalisation."""

from dataclasses import replace

import numpy as np
import pytest

import gru_ref
from grader.checking.diagnosis import examine
from grader.exercises import find
from grader.exercises.tolerances import LOG_SPECTRA

RATE, SIZE, HOP = 16_000, 400, 160
FILTERS = gru_ref.mel_filters(40, SIZE, RATE)
HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)


def speech():
    """Frames whose bands lie within 60 dB of the loudest, as `LOG_SPECTRA` asks."""
    rng = np.random.default_rng(0)
    wave = np.cumsum(rng.normal(0, 0.05, 8000)) * 0.02 + rng.normal(0, 0.003, 8000)
    return gru_ref.frames(wave, SIZE, HOP)


def energies(cut, window=HANN, filters=FILTERS, dtype=np.float64):
    power = np.abs(np.fft.rfft(cut.astype(dtype) * window.astype(dtype))) ** 2
    return np.log(np.maximum(power.astype(dtype) @ filters.T.astype(dtype), dtype(1e-10)))


def by_a_sum(cut):
    """The transform as a product with a table of waves, in another order, in float32."""
    table = np.exp(-2j * np.pi * np.outer(np.arange(SIZE), np.arange(SIZE // 2 + 1)) / SIZE).astype(np.complex64)
    spectrum = (cut * HANN).astype(np.float32)[:, ::-1] @ table[::-1]
    return np.log((np.abs(spectrum) ** 2) @ FILTERS.T.astype(np.float32))


def farthest(a, b):
    return float(np.abs(a - b).max())


def test_float32_and_another_order_are_within_half_of_the_tolerance():
    cut = speech()
    right = gru_ref.log_mel(cut, FILTERS)
    decibels = 10 / np.log(10) * (right.max(axis=1) - right.min(axis=1))
    assert 30 < decibels.max() < 60
    for other in (energies(cut, dtype=np.float32), by_a_sum(cut)):
        assert other.dtype == np.float32 and farthest(other, right) < LOG_SPECTRA["atol"] / 2


@pytest.mark.parametrize(
    "other",
    [
        lambda cut: energies(cut, window=np.hanning(SIZE)),
        lambda cut: energies(cut, window=np.hamming(SIZE)),
        lambda cut: energies(cut, window=np.ones(SIZE)),
        lambda cut: energies(cut, filters=FILTERS * 1.01),
        lambda cut: energies(cut, filters=FILTERS / FILTERS.sum(axis=1, keepdims=True)),
        lambda cut: energies(cut, filters=gru_ref.mel_filters(40, SIZE, RATE - 100)),
        lambda cut: energies(cut) / np.log(10),
    ],
)
def test_another_window_scale_or_normalisation_is_outside(other):
    cut = speech()
    assert farthest(other(cut), gru_ref.log_mel(cut, FILTERS)) > 2 * LOG_SPECTRA["atol"]


def test_float32_counts_as_float64_only_where_it_is_declared():
    log_mel = find("log_mel")
    in_float32 = next(fn for fn in log_mel.others if fn.__name__ == "in_float32")
    assert examine(log_mel, in_float32).passed
    strict = examine(replace(log_mel, any_float=False), in_float32)
    assert strict.stage == "kind and shape" and "float32" in strict.headline


def test_a_mistake_in_float32_is_named_as_well():
    log_mel = find("log_mel")
    wrong = log_mel.mistakes["hamming"].fn
    assert examine(log_mel, lambda cut, filters: wrong(cut, filters).astype(np.float32)).mistake == "hamming"
