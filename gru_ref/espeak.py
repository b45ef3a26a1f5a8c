"""Speech to experiment with: the synthesizer espeak-ng, its voices, and clips that are the same in every run.

espeak-ng is no part of this course. The package espeakng-loader brings it along, as a library for Linux, macOS and Windows
with its data; no system package is needed.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gru_ref.audio import resample
from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # data

RATE = 11_025  # samples per second of the clips, in Hz: half of espeak-ng's own
LOADER = Packaged("espeakng-loader", "0.2.4", "espeak-ng and its voices", "voices", "espeakng_loader")
# The variants of voices: the same on all platforms, unlike the library.
VARIANTS, SHA_256 = 104, "0eb6a1168865c9ba44c06cbdd9cf4dd5bd8ad4c021f60a84106686d2324150b9"
SLOWEST, FASTEST = 80, 449  # words per minute; from 450 on espeak-ng uses another scale
SECONDS = 120  # to speak; more than a thousand clips take 5


class Request(NamedTuple):
    """What to say: a text, a voice of `voices`, words per minute from 80 to 449, and a pitch from 0 to 99."""

    text: str
    voice: str = "en"
    speed: int = 175
    pitch: int = 50


def voices(tested_only=True):
    """The English voices of espeak-ng.

    Parameters
    ----------
    tested_only : bool, whether other voices than those that this course was tested with are refused

    Returns
    -------
    voices : list of str: "en", and a name such as "en+f3" for each variant of it, in alphabetical order

    Raises
    ------
    ModuleNotFoundError
        If the package espeakng-loader is missing.
    ValueError
        If its voices are missing, or others than those of version 0.2.4; the message says what to do.

    Source: the folder ``voices/!v`` of espeak-ng 1.52.0's data, in the package espeakng-loader.
    """
    return ["en", *variants(tested_only)]


def variants(tested_only=True):
    """The files of the voices that `voices` names, but for "en": a dict from "en+f3", for instance, to a file's text.

    Parameters and errors are those of `voices`.
    """
    folder = LOADER.folder() / "espeak-ng-data" / "voices" / "!v"
    files = LOADER.read_all(folder, "*", VARIANTS, SHA_256, tested_only)
    return {f"en+{name}": data.decode("utf-8") for name, data in files.items()}


def speak(requests, rate=RATE):
    """Speak texts, each as a clip of its own.

    The same requests give the same clips; a request on its own gives another clip than among others, since espeak-ng keeps a
    state from one to the next.

    Parameters
    ----------
    requests : list of Request. Write digits as words, parted by blanks: "2024" is said as one number
    rate : int, samples per second of the clips, in Hz; espeak-ng's own 22,050 are halved

    Returns
    -------
    waves : list of (N,) arrays of float64, ±1 at full scale, without silence at their beginnings and ends

    Raises
    ------
    ModuleNotFoundError
        If the package espeakng-loader is missing.
    ValueError
        If a request is none, its text is empty, its voice is not one of `voices` (capitals count), or its speed or pitch is
        out of range.
    RuntimeError
        If espeak-ng does not run on this machine, or fails.

    Source: espeak-ng 1.52.0, ``speak_lib.h``.
    """
    package = LOADER.folder()
    known = set(voices(tested_only=False))
    requests = [_checked(k, request, known) for k, request in enumerate(requests)]
    if not requests:
        raise ValueError("requests is empty, but should hold at least one Request")
    library = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}.get(sys.platform, "libespeak-ng.so")
    asked = {"library": str(package / library), "data": str(package / "espeak-ng-data"), "requests": requests}
    try:
        ended = subprocess.run(
            [sys.executable, "-I", Path(__file__).with_name("espeak_process.py")],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"espeak-ng has not said {len(requests)} texts within {SECONDS} seconds") from None
    if ended.returncode != 0:
        told = ended.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ended.returncode}"]
        raise RuntimeError(f"espeak-ng, of {LOADER.source}, failed: {told[-1]}")
    return [resample(wave, own_rate, rate) for own_rate, wave in _clips(ended.stdout)]


def _checked(k, request, known):
    if not (isinstance(request, tuple) and len(request) == 4):
        raise ValueError(f"requests[{k}] is {request!r}, but should be a Request: a text, a voice, a speed and a pitch")
    text, voice, speed, pitch = request
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"requests[{k}].text is {text!r}, but should be a text to say")
    if voice not in known:
        raise ValueError(
            f"requests[{k}].voice is {voice!r}, but should be one of voices(), such as 'en+f3': capitals count"
        )
    for name, value, low, high in (("speed", speed, SLOWEST, FASTEST), ("pitch", pitch, 0, 99)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
            raise ValueError(f"requests[{k}].{name} is {value!r}, but should be an integer from {low} to {high}")
    return text, voice, int(speed), int(pitch)


def _clips(data):
    """What the process has written: (rate, wave) of each clip."""
    (rate,) = np.frombuffer(data, np.int32, 1).tolist()
    place = 4
    while place < len(data):
        (count,) = np.frombuffer(data, np.int32, 1, place).tolist()
        yield rate, np.frombuffer(data, np.int16, count, place + 4) / 32768
        place += 4 + 2 * count
