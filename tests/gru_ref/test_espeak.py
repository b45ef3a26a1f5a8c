"""espeak-ng speaks the same clips for the same requests; what is missing, changed or out of range is named with a way out."""

import importlib.util
import time

import numpy as np
import pytest

from gru_ref import Request, espeak, speak, voices
from gru_ref.audio import resample


def test_the_voices_are_those_that_were_tested():
    names = voices()
    assert len(names) == 105 and names[0] == "en" and names[1:] == sorted(names[1:])
    assert {"en+f3", "en+klatt2", "en+Mr serious", "en+whisper"} <= set(names)


def test_the_same_requests_give_the_same_clips_at_another_second():
    """espeak-ng draws random numbers that begin with the time of day in seconds, unless it is given a seed."""
    requests = [Request("six three", "en+f3"), Request("nine", "en+m1", 200, 40), Request("six three", "en+f3")]
    first = speak(requests)
    time.sleep(1.1)
    again = speak(requests)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[2]), "espeak-ng keeps no state any more: one process would do"
    assert [0.2 < np.abs(wave).max() <= 1 for wave in first] == [True] * 3
    assert all(wave.dtype == np.float64 for wave in first)


def test_speed_pitch_and_rate_are_obeyed():
    slow, fast, high = speak([Request("seven", speed=100), Request("seven", speed=300), Request("seven", pitch=90)])
    assert len(slow) > 1.5 * len(fast)
    assert not np.array_equal(high[: len(fast)], fast[: len(high)])
    own = speak([Request("seven", speed=100)], rate=22_050)[0]
    np.testing.assert_array_equal(resample(own, 22_050, espeak.RATE), slow)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("nine", r"requests\[0\] is 'nine', but should be a Request"),
        (Request(""), r"requests\[0\].text is '', but should be a text"),
        (Request(9), r"requests\[0\].text is 9, but should be a text"),
        (Request("nine", "en+F3"), r"voice is 'en\+F3', but should be one of voices\(\).*capitals count"),
        (Request("nine", "f3"), r"voice is 'f3', but should be"),
        (Request("nine", speed=450), r"speed is 450, but should be an integer from 80 to 449"),
        (Request("nine", speed=175.0), r"speed is 175.0, but should be"),
        (Request("nine", pitch=100), r"pitch is 100, but should be an integer from 0 to 99"),
    ],
)
def test_what_cannot_be_said_is_refused(request_, message):
    with pytest.raises(ValueError, match=message):
        speak([request_])


def test_no_request_and_a_wrong_rate_are_refused():
    with pytest.raises(ValueError, match="requests is empty, but should hold"):
        speak([])
    with pytest.raises(ValueError, match="to is 0, but should be"):
        speak([Request("one")], rate=0)


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for call in (voices, lambda: speak([Request("one")])):
        with pytest.raises(
            ModuleNotFoundError, match=r"espeakng-loader.* is not installed: pip install espeakng-loader==0\.2\.4"
        ):
            call()


def test_other_voices_are_refused_and_taken_on_request(monkeypatch):
    monkeypatch.setattr(espeak, "SHA_256", "0" * 64)
    with pytest.raises(
        ValueError, match=r"holds 104 files .*but was tested with 104 and 000.*voices\(tested_only=False\)"
    ):
        voices()
    assert len(voices(tested_only=False)) == 105


def test_missing_voices_and_a_missing_library_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(type(espeak.LOADER), "folder", lambda self: tmp_path)
    with pytest.raises(
        ValueError, match=r"holds no files \*, but should hold espeak-ng and its voices, 104 files: pip install"
    ):
        voices()
    folder = tmp_path / "espeak-ng-data" / "voices" / "!v"
    folder.mkdir(parents=True)
    (folder / "f1").write_text("name f1\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"espeakng-loader 0\.2\.4, failed: OSError"):
        speak([Request("one", "en+f1")])
