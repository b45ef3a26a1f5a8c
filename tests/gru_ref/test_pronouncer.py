"""The stored network pronounces, its answers are those that are stored, and files that do not belong are refused."""

import re

import numpy as np
import pytest
from jiwer import process_words

from gru_ref import (
    beam_search,
    edit_distance,
    encoder_decoder,
    pronouncer,
    pronunciation_answers,
    recorded,
    trained_pronouncer,
)
from gru_ref.tokens import END, START


@pytest.fixture(scope="module")
def speaker():
    return trained_pronouncer()


@pytest.fixture(scope="module")
def answered():
    return pronunciation_answers()


def test_it_pronounces_test_words_as_is_stored_but_for_the_rounding_of_its_weights(speaker, answered):
    some = slice(0, 300)
    words = [list(word) for word in answered.words[some]]
    greedy = encoder_decoder.answer_all(speaker.model, *speaker.letters.encode(words), 30)
    said = [" ".join(speaker.phones.decode(answer)) for answer in greedy]
    assert np.mean([a == b for a, b in zip(said, answered.answers["gru, greedy"][some], strict=True)]) > 0.97
    step, h = encoder_decoder.decoder_of(speaker.model, speaker.encode(answered.words[0]))
    beam = speaker.phones.decode(beam_search(step, h, START, END, 5, 30))
    assert " ".join(beam) == answered.answers["gru, beam"][0]


@pytest.mark.parametrize("word", ["", "Walk", "abc1", "two words", "don't", "é", None, 3])
def test_what_is_no_word_in_small_letters_is_refused(speaker, word):
    with pytest.raises(ValueError, match=re.escape(f"word is {word!r}, but should be one word in small letters")):
        speaker.encode(word)


def test_the_edits_are_those_to_the_nearest_pronunciation(answered):
    assert len(answered.words) == len(set(answered.words)) == len(answered.said) == 5875
    for name, given in answered.answers.items():
        for k in range(0, 5875, 97):
            nearest = min(
                (edit_distance(said.split(), given[k].split()), len(said.split())) for said in answered.said[k]
            )
            assert nearest == (answered.edits[name][k], answered.lengths[name][k])


def test_the_rates_are_the_recorded_ones_and_jiwers(answered):
    words, phones = recorded("pronunciation_words"), recorded("pronunciation_phones")
    for name, edits in answered.edits.items():
        assert (edits > 0).mean() == pytest.approx(words[name].values[0, -1], abs=1e-6)
        assert edits.sum() / answered.lengths[name].sum() == pytest.approx(phones[name].values[0, -1], abs=1e-6)
    one = [k for k, said in enumerate(answered.said) if len(said) == 1][:200]
    theirs = process_words([answered.said[k][0] for k in one], [answered.answers["nearest"][k] for k in one])
    assert theirs.substitutions + theirs.insertions + theirs.deletions == answered.edits["nearest"][one].sum()


@pytest.mark.parametrize(("read", "path"), [(trained_pronouncer, "STORED"), (pronunciation_answers, "ANSWERS")])
def test_a_file_that_is_missing_or_damaged_is_refused(read, path, tmp_path, monkeypatch):
    stored = getattr(pronouncer, path)
    other = tmp_path / stored.name
    monkeypatch.setattr(pronouncer, path, other)
    monkeypatch.setitem(pronouncer._SHA256, other, pronouncer._SHA256[stored])
    with pytest.raises(FileNotFoundError, match=r"is missing.*install the course again"):
        read()
    other.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"has the SHA-256 .*Install the course again"):
        read()
