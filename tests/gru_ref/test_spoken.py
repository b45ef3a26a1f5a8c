"""Spoken digits are drawn by seed, and heard as features that see no future."""

import numpy as np
import pytest

from grader.exercises.causality import sees_no_future
from gru_ref import draw_spoken, features_of, with_noise
from gru_ref.espeak import RATE
from gru_ref.spoken import HOP, SIZE, batch_of


@pytest.fixture(scope="module")
def few():
    return draw_spoken(4, ["en+f3", "en+m1"], np.random.default_rng(3))


def test_the_seed_decides_what_is_said_and_how(few):
    again = draw_spoken(4, ["en+f3", "en+m1"], np.random.default_rng(3))
    assert few.digits == again.digits and few.voices == again.voices
    assert all(np.array_equal(a, b) for a, b in zip(few.waves, again.waves, strict=True))
    assert all(2 <= len(digits) <= 5 and set(digits) <= set(range(10)) for digits in few.digits)
    assert set(few.voices) <= {"en+f3", "en+m1"}
    assert len({float(wave.std()) for wave in few.waves}) == 4


def test_no_clip_and_no_voice_are_refused():
    for n, names, message in ((0, ["en"], "n is 0, but should be"), (2, [], "voices is empty, but should hold")):
        with pytest.raises(ValueError, match=message):
            draw_spoken(n, names, np.random.default_rng(0))


@pytest.mark.parametrize("decibels", [20, 0, -6.0])
def test_noise_is_as_loud_as_it_should_be(decibels):
    wave = np.sin(np.arange(50_000) / 7)
    noise = with_noise(wave, decibels, np.random.default_rng(0)) - wave
    assert 10 * np.log10(np.mean(wave**2) / np.mean(noise**2)) == pytest.approx(decibels, abs=0.1)


@pytest.mark.parametrize("decibels", [np.nan, np.inf, True, "20", None])
def test_noise_of_no_loudness_is_refused(decibels):
    with pytest.raises(ValueError, match=r"decibels is .*but should be a finite number"):
        with_noise(np.ones(3), decibels, np.random.default_rng(0))


def test_features_come_every_40_ms_and_see_no_future(few):
    xs = features_of(few.waves[0])
    assert xs.shape == ((1 + (len(few.waves[0]) - SIZE) // HOP) // 2, 48) and xs.dtype == np.float32
    assert -3 < xs.min() < xs.max() < 4
    assert sees_no_future(features_of, few.waves[0], np.random.default_rng(0), lambda t: (2 * t + 1) * HOP + SIZE)


def test_a_clip_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match=rf"wave holds 549 samples, but should hold at least 550, 0.05 s at {RATE}"):
        features_of(np.ones(549))
    assert features_of(np.ones(550)).shape == (1, 48)


@pytest.mark.parametrize(("waves", "digits"), [([], []), ([np.ones(550)], []), ([np.ones(550)], [[1], [2]])])
def test_a_batch_needs_as_many_lists_of_digits_as_clips(waves, digits):
    with pytest.raises(
        ValueError, match=rf"waves holds {len(waves)} clips and digits {len(digits)} lists, but there should be as many"
    ):
        batch_of(waves, digits)


def test_a_batch_is_padded_after_each_end(few):
    batch = batch_of(few.waves, few.digits)
    for b, (wave, digits) in enumerate(zip(few.waves, few.digits, strict=True)):
        np.testing.assert_array_equal(batch.xs[: batch.lengths[b], b], features_of(wave))
        assert not batch.xs[batch.lengths[b] :, b].any()
        assert batch.targets[: batch.target_lengths[b], b].tolist() == digits
