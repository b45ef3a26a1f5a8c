"""Words become numbers, held against scikit-learn's counts."""

import re

import numpy as np
import pytest
from sklearn import feature_extraction

from gru_ref import draw_sentences, encode_batch, spelled, vocabulary

TEXTS = draw_sentences(50, np.random.default_rng(0)).texts


def test_words_are_numbered_by_frequency_from_two_on():
    assert vocabulary(["a b b", "c b a"], 1) == {"b": 2, "a": 3, "c": 4}
    assert vocabulary(["a b b", "c b a"], 2) == {"b": 2, "a": 3}
    assert vocabulary(["a"], 2) == {}


@pytest.mark.parametrize("least", [1, 30, 100])
def test_the_words_and_their_order_are_those_of_scikit_learns_counts(least):
    counter = feature_extraction.text.CountVectorizer(token_pattern=r"\S+")
    totals = np.asarray(counter.fit_transform(TEXTS).sum(axis=0))[0]
    counts = dict(zip(counter.get_feature_names_out(), totals, strict=True))
    ids = vocabulary(TEXTS, least)
    assert set(ids) == {word for word, count in counts.items() if count >= least}
    in_order = [counts[word] for word in sorted(ids, key=ids.get)]
    assert in_order == sorted(in_order, reverse=True) and sorted(ids.values()) == list(range(2, 2 + len(ids)))


def test_a_batch_can_be_read_back():
    ids = vocabulary(TEXTS, 1)
    words = {number: word for word, number in ids.items()}
    batch, lengths = encode_batch(TEXTS, ids)
    assert batch.dtype == lengths.dtype == np.int64 and batch.shape == (lengths.max(), len(TEXTS))
    assert [" ".join(words[n] for n in batch[:T, b]) for b, T in enumerate(lengths)] == TEXTS
    assert all((batch[T:, b] == 0).all() for b, T in enumerate(lengths))


def test_an_unknown_word_is_one_and_counts():
    batch, lengths = encode_batch(["what a plot", "plot"], {"plot": 2})
    assert batch.tolist() == [[1, 2], [1, 0], [2, 0]] and lengths.tolist() == [3, 1]


def test_letters_are_numbered_like_words():
    assert spelled("joy") == "j o y"
    assert encode_batch([spelled("abba")], vocabulary([spelled("abb")], 1))[0].T.tolist() == [[3, 2, 2, 3]]


@pytest.mark.parametrize(("texts", "message"), [
    ([], "texts is empty"), ("good", "texts is a str, but should be a list"), ([1], "texts[0] is a int, but should be a str"),
    (["a", " "], "texts[1] is ' ', but should hold at least one word"),
])  # fmt: skip
def test_texts_that_are_none_are_refused(texts, message):
    for function, more in ((vocabulary, 1), (encode_batch, {})):
        with pytest.raises(ValueError, match=re.escape(message)):
            function(texts, more)


def test_other_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="min_count is 0, but should be"):
        vocabulary(["a"], 0)
    with pytest.raises(ValueError, match="ids is a list, but should be a dict"):
        encode_batch(["a"], ["a"])
