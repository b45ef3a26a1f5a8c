"""The synthetic language: every bag of words occurs with both labels, equally often."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from gru_ref import all_sentences, draw_sentences, label_of, opposite_of


@pytest.fixture(scope="module")
def language():
    return all_sentences()


def bag(text):
    return frozenset(Counter(text.split()).items())


def test_in_the_whole_language_every_bag_of_words_has_both_labels_equally_often(language):
    by_bag = defaultdict(list)
    for text, label in zip(language.texts, language.labels, strict=True):
        by_bag[bag(text)].append(label)
    assert len(set(language.texts)) == len(language.texts) == 20_480 and len(by_bag) > 1000
    assert all(2 * sum(labels) == len(labels) for labels in by_bag.values())


def test_exchanging_the_adjectives_keeps_the_bag_turns_the_label_and_undoes_itself(language):
    for text, label in list(zip(language.texts, language.labels, strict=True))[::7]:
        other = opposite_of(text)
        assert bag(other) == bag(text) and label_of(other) == 1 - label and opposite_of(other) == text


def test_labels_are_what_the_rules_say(language):
    said = {
        "the plot was good but the music was dull": 0,
        "the plot was good although the music was dull": 1,
        "the plot was good but the music was not dull": 1,
        "the plot was not really good although the music was dull": 0,
        "the plot was really bad but the music was really great": 1,
    }
    assert {text: label_of(text) for text in said} == said
    assert [label_of(text) for text in language.texts[::99]] == language.labels[::99].tolist()


def test_whoever_sees_the_bag_alone_is_right_in_exactly_half_of_any_whole_pairs():
    data = draw_sentences(300, np.random.default_rng(0))
    assert all(bag(a) == bag(b) for a, b in zip(data.texts[::2], data.texts[1::2], strict=True))
    for judge in (len, hash, lambda b: sum(count for word, count in b if word in ("good", "not"))):
        answers = np.array([judge(bag(text)) % 2 for text in data.texts])
        assert (answers == data.labels).mean() == 0.5


def test_no_sentence_is_drawn_twice_and_pairs_come_in_both_orders():
    data = draw_sentences(2000, np.random.default_rng(1))
    assert len(set(data.texts)) == 4000
    assert 900 < data.labels[::2].sum() < 1100
    everything = draw_sentences(10_240, np.random.default_rng(2))
    assert sorted(everything.texts) == sorted(all_sentences().texts)


def test_the_same_generator_draws_the_same_sentences():
    draws = [draw_sentences(20, np.random.default_rng(seed)).texts for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(("pairs", "message"), [
    (0, "pairs is 0, but should be"), (1.5, "pairs is 1.5, but should be"), (10_241, "pairs is 10241, but the language has 10240"),
])  # fmt: skip
def test_a_number_of_pairs_that_there_is_not_is_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        draw_sentences(pairs, np.random.default_rng(0))


@pytest.mark.parametrize("text", [
    "", "the plot was good", "the plot was good but the plot was bad", "the plot was good but the music was great",
    "the plot was good and the music was bad", "The plot was good but the music was bad", "the plot was good but the music was bad ",
])  # fmt: skip
def test_what_is_no_sentence_of_the_language_is_refused(text):
    for function in (label_of, opposite_of):
        with pytest.raises(ValueError, match="a sentence of this language looks like"):
            function(text)
