"""VADER's rated words: what was tested is read, and what is missing or has changed is named with a way out."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from gru_ref import lexicon, vader_words


def test_the_words_and_their_ratings_are_those_that_were_counted():
    rated = vader_words()
    assert len(rated.words) == len(set(rated.words)) == 7209 and rated.ratings.shape == (7209, 10)
    assert all(re.fullmatch("[a-z]+", word) for word in rated.words)
    assert rated.ratings.min() == -4 and rated.ratings.max() == 4 and rated.ratings.dtype.kind == "i"
    means = rated.ratings.mean(axis=1)
    assert (means != 0).all() and round((means > 0).mean(), 3) == 0.442
    assert rated.source == "vaderSentiment 3.3.2, vader_lexicon.txt"
    assert rated.ratings[rated.words.index("sob")].mean() == -1.0  # it stands there twice: −2.8, then −1.0


def test_two_halves_of_the_raters_agree_as_lesson_14_says():
    ratings, rng = vader_words().ratings, np.random.default_rng(7)
    agreement, correlation = [], []
    for _ in range(20):
        columns = rng.permutation(10)
        a, b = (ratings[:, c].mean(axis=1) for c in (columns[:5], columns[5:]))
        agreement.append(((1 + np.sign(a) * np.sign(b)) / 2).mean())
        correlation.append(np.corrcoef(a, b)[0, 1])
    assert np.mean(agreement) == pytest.approx(0.946, abs=2e-3)
    assert np.mean(correlation) == pytest.approx(0.930, abs=2e-3)


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install vaderSentiment==3\.3\.2"):
        vader_words()


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"vader_lexicon.txt is missing.*pip install vaderSentiment==3\.3\.2"):
        lexicon.read_rated(tmp_path / "vader_lexicon.txt")


ONE = "good\t1.9\t0.9\t[2, 1, 1, 3, 2, 4, 2, 2, 1, 1]"


def test_another_version_of_the_file_is_refused_and_read_on_request(tmp_path):
    path = tmp_path / "vader_lexicon.txt"
    path.write_text(f"{ONE}\n:)\t2.0\t1.0\t[2, 2, 2, 2, 2, 2, 2, 2, 2, 2]\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"has 86 bytes and the SHA-256 .*but was tested with 434,304 .*tested_only=False"
    ):
        lexicon.read_rated(path)
    rated = lexicon.read_rated(path, tested_only=False)
    assert rated.words == ["good"] and rated.ratings.tolist() == [[2, 1, 1, 3, 2, 4, 2, 2, 1, 1]]


@pytest.mark.parametrize("line", [
    "bad -1", "bad\t-1\t0\t[1, 2]", "bad\t-1\t0\t[1, 2, 3, 4, 5, 6, 7, 8, 9, 'x']", "bad\t-1\t0\t__import__('os')", "bad\t-1\t0\t3",
])  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    path = tmp_path / "vader_lexicon.txt"
    path.write_text(f"{ONE}\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2 is .*but should be a word, two numbers and a list of 10 integers"):
        lexicon.read_rated(path, tested_only=False)


def test_a_file_without_a_word_is_refused(tmp_path):
    path = tmp_path / "vader_lexicon.txt"
    path.write_text(ONE.replace("good", ":-)"), encoding="utf-8")
    with pytest.raises(ValueError, match="holds no word of letters alone"):
        lexicon.read_rated(path, tested_only=False)


def test_the_package_itself_is_not_imported():
    assert "vaderSentiment.vaderSentiment" not in __import__("sys").modules
    assert Path(importlib.util.find_spec("vaderSentiment").origin).name == "__init__.py"
