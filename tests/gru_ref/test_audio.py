"""Frames, mel filters and log-mel energies agree with librosa's for the same settings; recordings are read unchanged."""

import struct
import subprocess
import sys

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.io
import scipy.signal
from hypothesis import given, settings

from gru_ref.audio import FLOOR, frames, log_mel, mel_filters, read_wav, resample
from tests.support import libraries

many = settings(max_examples=100, deadline=None)
RATE, SIZE, HOP = 16_000, 400, 160


def energies(wave, size=SIZE, hop=HOP, n=40, rate=RATE):
    return log_mel(frames(wave, size, hop), mel_filters(n, size, rate))


def tone(hertz, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@many
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 20))
def test_frames_are_slices(N, size, hop):
    wave = np.random.default_rng(N).normal(size=N)
    if size > N:
        with pytest.raises(
            ValueError, match=f"wave holds {N} samples, but should hold at least one frame, of size {size}"
        ):
            frames(wave, size, hop)
        return
    cut = frames(wave, size, hop)
    starts = range(0, N - size + 1, hop)
    np.testing.assert_array_equal(cut, [wave[start : start + size] for start in starts])
    cut[:] = 0
    assert np.count_nonzero(wave) == N, "the caller's wave changed with the frames"


@pytest.mark.parametrize(
    ("n", "size", "rate"), [(40, 400, 16_000), (26, 512, 22_050), (64, 1024, 44_100), (10, 333, 8000)]
)
def test_filters_are_librosas(n, size, rate):
    librosa = libraries.librosa()
    theirs = librosa.filters.mel(sr=rate, n_fft=size, n_mels=n, htk=True, norm=None, dtype=np.float64)
    np.testing.assert_allclose(mel_filters(n, size, rate), theirs, rtol=0, atol=1e-12)


def test_log_mel_energies_are_librosas():
    librosa = libraries.librosa()
    wave = np.random.default_rng(0).normal(0, 0.1, 5000) + np.linspace(0, 0.3, 5000)
    theirs = librosa.feature.melspectrogram(
        y=wave, sr=RATE, n_fft=SIZE, hop_length=HOP, n_mels=40, center=False, htk=True, norm=None, dtype=np.float64
    )
    np.testing.assert_allclose(energies(wave), np.log(theirs.T), rtol=0, atol=1e-6)  # theirs: float32


@many
@given(st.integers(1, 30), st.integers(200, 1024), st.integers(8000, 48_000))
def test_neighbouring_bands_add_up_to_one_and_none_is_negative(n, size, rate):
    try:
        filters = mel_filters(n, size, rate)
    except ValueError as error:
        assert "have no frequency in band" in str(error)
        return
    frequencies = np.arange(size // 2 + 1) * rate / size
    edges = 700 * (10 ** (np.linspace(0, np.log10(1 + rate / 1400), n + 2)) - 1)
    between = (frequencies >= edges[1]) & (frequencies <= edges[-2])
    np.testing.assert_allclose(filters[:, between].sum(axis=0), 1, atol=1e-9)
    assert filters.min() >= 0 and filters.max() <= 1


def test_a_tone_is_loudest_in_the_band_that_holds_it():
    filters = mel_filters(40, SIZE, RATE)
    for hertz in (200, 440, 1000, 3000, 7000):
        loudest = energies(tone(hertz)).mean(axis=0).argmax()
        assert loudest == filters[:, round(hertz * SIZE / RATE)].argmax()


def test_one_frame_by_hand():
    """The discrete Fourier transform as a sum, and scipy's Hann window."""
    wave = np.random.default_rng(1).normal(0, 1, 50)
    steps = np.arange(50)
    spectrum = np.exp(-2j * np.pi * np.outer(np.arange(26), steps) / 50) @ (wave * scipy.signal.get_window("hann", 50))
    expected = np.log(mel_filters(5, 50, 8000) @ np.abs(spectrum) ** 2)
    np.testing.assert_allclose(energies(wave, 50, 1, 5, 8000), [expected], atol=1e-10)


def test_silence_is_at_the_floor_and_the_floor_does_not_depend_on_the_rest_of_the_clip():
    quiet = tone(440) * 1e-3
    alone = energies(quiet)
    beside = energies(np.concatenate([quiet, tone(300) * 2]))
    np.testing.assert_array_equal(beside[: len(alone)], alone)
    assert (energies(np.zeros(SIZE)) == np.log(FLOOR)).all()


def test_twice_as_loud_is_two_log_two_more():
    wave = np.random.default_rng(2).normal(0, 0.1, 2000)
    more = energies(2 * wave) - energies(wave)
    np.testing.assert_allclose(more, 2 * np.log(2), atol=1e-10)


def test_filters_of_another_frame_size_are_refused():
    with pytest.raises(
        ValueError, match=r"filters has shape \(40, 201\), but should have 151 columns.* frames of 300 samples"
    ):
        log_mel(np.ones((2, 300)), mel_filters(40, SIZE, RATE))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ((128, 400, 16_000), "n is 128, but frames of 400 samples have no frequency in band 0"),
        ((0, 400, 16_000), "n is 0, but should be"),
        ((40, 400, 16_000.0), "rate is 16000.0, but should be"),
        ((2, 1, 16_000), "n should be smaller, or size larger"),
    ],
)
def test_filters_that_cannot_be_are_refused(call, message):
    with pytest.raises(ValueError) as raised:
        mel_filters(*call)
    assert message in str(raised.value)


@pytest.mark.parametrize(("rate", "to"), [(22_050, 16_000), (8000, 16_000), (44_100, 16_000), (16_000, 16_000)])
def test_a_tone_stays_the_tone_at_another_rate(rate, to):
    resampled = resample(tone(440, rate=rate), rate, to)
    expected = tone(440, rate=to)
    assert len(resampled) == len(expected)
    np.testing.assert_allclose(resampled[1000:-1000], expected[1000:-1000], atol=5e-3)


def test_what_is_too_high_for_the_new_rate_is_gone():
    assert np.abs(resample(tone(7000), RATE, 8000)[500:-500]).max() < 5e-3


@pytest.mark.parametrize(
    ("dtype", "scale", "precision"),
    [
        (np.uint8, 128, 1e-2),
        (np.int16, 2**15, 1e-4),
        (np.int32, 2**31, 1e-8),
        (np.float32, 1, 1e-7),
        (np.float64, 1, 0),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_recording_comes_out_as_it_was(tmp_path, dtype, scale, precision, channels):
    wave = tone(440)
    shift = 128 if dtype == np.uint8 else 0
    loud = np.stack([wave * (1 + 0.1 * (c - (channels - 1) / 2)) for c in range(channels)], axis=1)
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, (loud * scale + shift).astype(dtype))
    found = read_wav(tmp_path / "a.wav", RATE)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wave, rtol=0, atol=precision + 1e-15)


@pytest.mark.parametrize("extensible", [False, True])
def test_24_bits_and_another_rate_are_converted(tmp_path, extensible):
    """Recorders and ffmpeg mark 24 bits as an "extensible" format, which Python's own `wave` refuses before 3.12."""
    rate, wave = 44_100, tone(440, rate=44_100)
    data = b"".join(int(v * 2**23).to_bytes(3, "little", signed=True) for v in wave)
    header = struct.pack("<HHIIHH", 0xFFFE if extensible else 1, 1, rate, 3 * rate, 3, 24)
    if extensible:
        header += struct.pack("<HHIHH", 22, 24, 4, 1, 0) + bytes.fromhex("000010008000 00AA00389B71".replace(" ", ""))
    chunks = b"".join(
        name + len(content).to_bytes(4, "little") + content for name, content in ((b"fmt ", header), (b"data", data))
    )
    path = wav(tmp_path, b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WAVE" + chunks)
    np.testing.assert_allclose(read_wav(str(path), RATE)[500:-500], tone(440)[500:-500], atol=5e-3)


@pytest.mark.parametrize("bytes_there", [1200, 1201])
def test_of_a_recording_that_was_cut_off_what_is_there_is_read_with_a_warning(tmp_path, bytes_there):
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, np.full(1000, 2**14, np.int16))
    path = wav(tmp_path, (tmp_path / "a.wav").read_bytes()[: 44 + bytes_there])
    with pytest.warns(scipy.io.wavfile.WavFileWarning, match="EOF prematurely"):
        wave = read_wav(path, RATE)
    np.testing.assert_array_equal(wave, np.full(600, 0.5))


@pytest.mark.parametrize("stated", [(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFF024, 0x7FFFF000), (0xFFFFFFFF, 0)])
@pytest.mark.parametrize("rest", [0, 3])
def test_a_recording_that_was_written_while_it_came_in_is_read_to_its_end_in_silence(tmp_path, stated, rest, recwarn):
    """As ffmpeg and sox write it into a pipe: the header cannot say how long it will be."""
    samples = np.arange(1200, dtype=np.int16).reshape(600, 2)
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, samples)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[4:8], content[40:44] = (size.to_bytes(4, "little") for size in stated)
    wave = read_wav(wav(tmp_path, bytes(content) + b"\1" * rest), RATE)
    np.testing.assert_array_equal(wave, samples.mean(axis=1) / 2**15)
    assert not recwarn.list


def wav(tmp_path, content):
    path = tmp_path / "take 1.wav"
    path.write_bytes(content)
    return path


def test_what_is_no_wav_is_refused_with_a_way_out(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, np.zeros(100, np.int16))
    whole = (tmp_path / "a.wav").read_bytes()
    law = whole[:20] + (7).to_bytes(2, "little") + whole[22:]  # μ-law, as telephones have it
    for content in (b"", b"ID3\x04 an MP3 file", whole[:20], whole[:36], law):
        with pytest.raises(
            ValueError, match=r"is no WAV file that can be read here, but should be one of PCM"
        ) as raised:
            read_wav(wav(tmp_path, content), RATE)
        assert "ffmpeg -i 'take 1.wav' -ac 1 -ar 16000 'take 1-16000.wav'" in str(raised.value)


def test_a_recording_without_sound_or_without_numbers_is_refused(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, np.zeros(0, np.int16))
    with pytest.raises(ValueError, match=r"holds no samples, but should hold at least one"):
        read_wav(tmp_path / "a.wav", RATE)
    scipy.io.wavfile.write(tmp_path / "b.wav", RATE, np.array([0.0, np.nan], np.float32))
    with pytest.raises(ValueError, match=r"holds NaN or infinity, but its samples should be finite"):
        read_wav(tmp_path / "b.wav", RATE)
    with pytest.raises(
        FileNotFoundError, match=r"none.wav', which is not there, but should be a WAV file: give its full path"
    ):
        read_wav(tmp_path / "none.wav", RATE)
    with pytest.raises(FileNotFoundError, match=r"which is a folder, but should be a WAV file"):
        read_wav(tmp_path, RATE)
    with pytest.raises(ValueError, match=r"rate is 0, but should be"):
        read_wav(tmp_path / "b.wav", 0)


def test_titles_in_a_file_are_passed_over_in_silence(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, np.ones(10, np.int16))
    content = (tmp_path / "a.wav").read_bytes() + b"note" + (4).to_bytes(4, "little") + b"mine"
    path = wav(tmp_path, content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:])
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        f"from gru_ref import read_wav; print(len(read_wav({str(path)!r}, {RATE})))",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "10\n"
