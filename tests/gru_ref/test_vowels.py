"""The Japanese vowels are read as they were counted; what is missing or has changed is named with a way out."""

import importlib.util

import numpy as np
import pytest

from gru_ref import japanese_vowels, vowels

LINE = ":".join(["0.5,-0.25,1"] * 12) + ":9"


def written(tmp_path, *lines):
    path = tmp_path / "JapaneseVowels_TRAIN.ts"
    path.write_text("\n".join(["#A comment", "@classLabel true 1 2", "@data", *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.skipif(
    importlib.util.find_spec("sktime") is None, reason="sktime is not installed: pip install -e '.[vowels]'"
)
def test_the_utterances_are_those_that_were_counted():
    training, test = japanese_vowels()
    assert len(training.xs) == 270 and len(test.xs) == 370
    assert np.bincount(training.speakers).tolist() == [30] * 9
    counts = np.bincount(test.speakers)
    assert (counts.min(), counts.max()) == (24, 88)
    lengths = [len(x) for x in (*training.xs, *test.xs)]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert training.xs[0][:2, :2].tolist() == [[1.860936, -0.207383], [1.891651, -0.193249]]


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install sktime==1\.2\.0"):
        japanese_vowels()


def test_a_file_of_this_form_is_read_on_request(tmp_path):
    path = written(tmp_path, LINE)
    with pytest.raises(ValueError, match=r"but was tested with 487,971 and 68a430eabd91…: .*tested_only=False"):
        vowels.read_vowels(path, *vowels.TRAINING[1:])
    found = vowels.read_vowels(path, *vowels.TRAINING[1:], tested_only=False)
    assert found.xs[0].shape == (3, 12) and found.speakers.tolist() == [8]
    with pytest.raises(ValueError, match=r"none\.ts is missing, but should hold the Japanese vowels"):
        vowels.read_vowels(tmp_path / "none.ts", *vowels.TRAINING[1:])


@pytest.mark.parametrize(
    "line",
    [
        "1,2:3",
        LINE.replace("0.5", "x", 1),
        LINE.replace("0.5,", "", 1),
        LINE[:-1] + "10",
        LINE.replace("0.5", "nan", 1),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    with pytest.raises(ValueError, match=r"line 5 is .*but should be 12 series of equal length.*a speaker from 1 to 9"):
        vowels.read_vowels(written(tmp_path, LINE, line), *vowels.TRAINING[1:], tested_only=False)


def test_a_file_without_an_utterance_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no utterance"):
        vowels.read_vowels(written(tmp_path), *vowels.TRAINING[1:], tested_only=False)
