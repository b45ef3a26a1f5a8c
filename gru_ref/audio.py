"""From a wave to the features that a network reads: frames, and the energy in each frequency band. Lesson 16.

Libraries define the log-mel spectrogram differently. Ours has frames without padding at the ends; a periodic Hann window;
the power |FFT|²; triangles equally spaced on the HTK mel scale from 0 to half the sampling rate, each with a peak of 1; the
natural logarithm, with a floor of 1e-10 that does not depend on the rest of the clip.
"""

import io
import math
import warnings
from pathlib import Path
from shlex import quote

import numpy as np

from gru_ref.checks import check_arrays, check_size

TAUGHT_IN = {
    "*": 16,  # what a network hears
    "read_wav": None,  # data
    "resample": None,
    "_full_scale": None,
    "_with_its_sizes": None,
    "_number": None,
}

OPEN = 0x7FF00000  # bytes: a header that says at least this much, or 0, was written before the recording had an end
FLOOR = 1e-10  # of a band's power: silence is ln 1e-10 ≈ −23


def frames(wave, size, hop):
    """Cut a wave into overlapping frames.

    Parameters
    ----------
    wave : (N,) array of samples
    size : int, samples of each frame
    hop : int, samples from the beginning of a frame to that of the next

    Returns
    -------
    frames : (T, size) array, T = 1 + (N − size) // hop; row t begins at sample t · hop. Nothing is padded: samples after the
        last complete frame are left out

    Raises
    ------
    ValueError
        If wave is not an (N,) array of finite floats, size or hop is not an integer of at least 1, or the wave is shorter
        than one frame.
    """
    N = check_arrays(wave=(wave, "N"))["N"]
    check_size("size", size)
    check_size("hop", hop)
    if size > N:
        raise ValueError(f"wave holds {N} samples, but should hold at least one frame, of size {size}")
    return np.lib.stride_tricks.sliding_window_view(wave, size)[::hop].copy()


def mel_filters(n, size, rate):
    """Weights that gather the frequencies of a frame in n bands, narrow where low and wide where high, as an ear does.

    mel(f) = 2595 log₁₀(1 + f / 700). Band k is a triangle in f that rises from 0 at edge k to 1 at edge k + 1, and falls to
    0 at edge k + 2. The n + 2 edges are equally spaced in mel, from 0 to that of rate / 2.

    Parameters
    ----------
    n : int, bands
    size : int, samples of a frame
    rate : int, samples per second, in Hz

    Returns
    -------
    filters : (n, size // 2 + 1) array, unitless, from 0 to 1; column j belongs to the frequency j · rate / size

    Raises
    ------
    ValueError
        If an argument is not an integer of at least 1, or some band lies between two frequencies and would always be empty.

    Source: the HTK book; equal to ``librosa.filters.mel(sr=rate, n_fft=size, n_mels=n, htk=True, norm=None)`` and to the
    defaults of ``torchaudio``. librosa's own defaults are another scale, and triangles of equal area.
    """
    for name, value in (("n", n), ("size", size), ("rate", rate)):
        check_size(name, value)
    mels = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), n + 2)
    low, peak, high = (edges[:, None] for edges in np.stack([_hertz(mels[k : n + k]) for k in range(3)]))
    frequencies = np.arange(size // 2 + 1) * (rate / size)
    rising, falling = (frequencies - low) / (peak - low), (high - frequencies) / (high - peak)
    filters = np.maximum(0, np.minimum(rising, falling))
    empty = np.flatnonzero(filters.max(axis=1) == 0)
    if empty.size:
        raise ValueError(
            f"n is {n}, but frames of {size} samples have no frequency in band {empty[0]}, from {low[empty[0], 0]:.0f} to "
            f"{high[empty[0], 0]:.0f} Hz: n should be smaller, or size larger"
        )
    return filters


def log_mel(cut, filters):
    """Log-mel energies of frames: the logarithm of the power in each band, frame by frame.

    Each frame is multiplied by the periodic Hann window, ½ − ½ cos(2π j / size); its |FFT|² is gathered by the filters;
    the result is ln max(power, 1e-10).

    Parameters
    ----------
    cut : (T, size) array of samples, as `frames` cuts them: 25 ms long, and one every 10 ms, is usual
    filters : (n, size // 2 + 1) array, as `mel_filters` makes them

    Returns
    -------
    features : (T, n) array of float64, natural logarithms of power. A wave that is twice as loud has 2 ln 2 more everywhere
        above the floor

    Raises
    ------
    ValueError
        If these are not such arrays of finite floats, or the filters belong to frames of another size.

    Source: Davis & Mermelstein (1980), without their cosine transform; equal to ``librosa.feature.melspectrogram`` with
    ``center=False, htk=True, norm=None``.
    """
    size = check_arrays(cut=(cut, "T size"))["size"]
    check_arrays(filters=(filters, "n frequencies"))
    if filters.shape[1] != size // 2 + 1:
        raise ValueError(
            f"filters has shape {filters.shape}, but should have {size // 2 + 1} columns, a frequency each, for frames of "
            f"{size} samples"
        )
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    power = np.abs(np.fft.rfft(cut * window)) ** 2
    return np.log(np.maximum(power @ filters.T, FLOOR))


def resample(wave, rate, to):
    """The same sound at another sampling rate.

    Parameters
    ----------
    wave : (N,) array of samples
    rate, to : int, samples per second, before and after, in Hz

    Returns
    -------
    resampled : (⌈N · to / rate⌉,) array; frequencies above half the lower rate are filtered out

    Raises
    ------
    ValueError
        If wave is not an (N,) array of finite floats, or a rate is not an integer of at least 1.

    Source: ``scipy.signal.resample_poly``.
    """
    check_arrays(wave=(wave, "N"))
    check_size("rate", rate)
    check_size("to", to)
    if rate == to:
        return wave.copy()
    from scipy.signal import resample_poly  # late: it is slow to import

    common = math.gcd(rate, to)
    return resample_poly(wave, to // common, rate // common)


def read_wav(path, rate):
    """Read a WAV file as one channel at a given sampling rate.

    Parameters
    ----------
    path : str or Path; 8 to 64 bits PCM or float, any number of channels, any sampling rate
    rate : int, samples per second of the result, in Hz

    Returns
    -------
    wave : (N,) array of float64, the mean of the channels, ±1 at full scale. Of a recording that was cut off, what is there is
        read, with a warning; of one that a program wrote while it came in, whose header does not say how long it is, all

    Raises
    ------
    FileNotFoundError
        If there is no such file, or it is a folder; the message says where it was looked for.
    ValueError
        If the file is not such a WAV, holds no sample or one that is not finite, or rate is not an integer of at least 1.

    Source: ``scipy.io.wavfile``, which reads what Python's own ``wave`` refuses: floats, and the 24 bits of many recorders.
    """
    check_size("rate", rate)
    from scipy.io import wavfile  # late: only needed with a recording

    path = Path(path)
    if not path.is_file():
        found = "a folder" if path.is_dir() else "not there"
        raise FileNotFoundError(
            f"path is {str(path)!r}, which is {found}, but should be a WAV file: give its full path, or its path from the "
            f"current folder, {Path.cwd()}"
        )
    try:
        with warnings.catch_warnings():
            # Chunks without sound, such as titles and cue points. A file that ends too early still warns.
            warnings.filterwarnings("ignore", ".*(skipping|ignoring) it", wavfile.WavFileWarning)
            own_rate, samples = wavfile.read(_with_its_sizes(path))
    except OSError:
        raise
    except Exception as error:  # a damaged file makes the reader fail in many ways
        raise ValueError(
            f"{path} is no WAV file that can be read here, but should be one of PCM or float samples ({error}). To make one "
            f"of any other recording: ffmpeg -i {quote(path.name)} -ac 1 -ar {rate} {quote(f'{path.stem}-{rate}.wav')}"
        ) from error
    if samples.size == 0:
        raise ValueError(f"{path} holds no samples, but should hold at least one")
    wave = _full_scale(samples)
    if not np.isfinite(wave).all():
        raise ValueError(f"{path} holds NaN or infinity, but its samples should be finite: save it as 16-bit PCM")
    return resample(wave.reshape(len(wave), -1).mean(axis=1), own_rate, rate)


def _hertz(mels):
    return 700 * (10 ** (mels / 2595) - 1)


def _with_its_sizes(path):
    """A WAV to read: its path, or, if its header left open how long it is, a file in memory with the lengths that it has."""
    content = path.read_bytes()
    at = {}  # where its parts begin
    k = 12
    while k + 8 <= len(content) and b"data" not in at:
        at[content[k : k + 4]] = k
        k += 8 + _number(content, k + 4) + _number(content, k + 4) % 2
    if content[:4] != b"RIFF" or _number(content, 4) == len(content) - 8 or not {b"fmt ", b"data"} <= set(at):
        return path
    start = at[b"data"] + 8
    if 0 < _number(content, start - 4) < OPEN:
        return path
    frame = max(_number(content, at[b"fmt "] + 20, 2), 1)  # bytes of a sample of all channels
    end = len(content) - (len(content) - start) % frame
    sizes = ((end - 8).to_bytes(4, "little"), (end - start).to_bytes(4, "little"))
    return io.BytesIO(content[:4] + sizes[0] + content[8 : start - 4] + sizes[1] + content[start:end])


def _number(content, place, size=4):
    return int.from_bytes(content[place : place + size], "little")


def _full_scale(samples):
    """Samples of any WAV as float64, ±1 at full scale. 8 bits are unsigned; 24 come as the upper part of 32."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float64)
    half = 2.0 ** (8 * samples.itemsize - 1)
    return samples.astype(np.float64) / half - (samples.dtype.kind == "u")
