"""Witten–Bell gives probabilities, equals a small example worked by hand, and is the same for one context and for a text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_ref.corpus import characters_of
from gru_ref.ngrams import count_contexts, witten_bell, witten_bell_bits

TEXT = "abracadabra, a bar and a cab.\n" * 2 + "a cad\n"
CHARACTERS = characters_of(TEXT)
V = len(CHARACTERS)


def test_counts_are_those_of_the_text():
    counts = count_contexts("abab", 2, characters_of("ab"))
    assert {context: array.tolist() for context, array in counts.items()} == {
        "": [0, 2, 2],
        "a": [0, 0, 2],
        "b": [0, 1, 0],
        "ab": [0, 1, 0],
        "ba": [0, 0, 1],
    }


def test_an_example_worked_by_hand():
    counts = {"": np.array([2, 2, 0, 0]), "a": np.array([0, 3, 0, 0])}
    below = (np.array([2, 2, 0, 0]) + 2 * 0.25) / 6
    np.testing.assert_allclose(witten_bell(counts, ""), below)
    np.testing.assert_allclose(witten_bell(counts, "a"), (np.array([0, 3, 0, 0]) + 1 * below) / 4)
    np.testing.assert_allclose(witten_bell(counts, "b"), below)
    np.testing.assert_allclose(witten_bell(counts, "ba"), witten_bell(counts, "a"))


@given(st.text("abcdr ,.\nxyz", max_size=8), st.integers(0, 4))
def test_probabilities_sum_to_1_and_none_is_0(context, longest):
    p = witten_bell(count_contexts(TEXT, longest, CHARACTERS), context)
    assert p.shape == (V,) and p.sum() == pytest.approx(1, abs=1e-12) and p.min() > 0


def test_a_whole_text_at_once_gives_the_same_bits():
    training, test = CHARACTERS.ids(TEXT), CHARACTERS.ids("a rabbit had a cab.\n?")
    bits = witten_bell_bits(training, test, V, 4)
    assert bits.shape == (5, len(test))
    for longest in range(5):
        counts = count_contexts(TEXT, longest, CHARACTERS)
        text = CHARACTERS.text(test)
        one_by_one = [-np.log2(witten_bell(counts, text[max(0, i - longest) : i])[k]) for i, k in enumerate(test)]
        np.testing.assert_allclose(bits[longest], one_by_one, atol=1e-12)


def test_longest_contexts_beyond_the_texts_are_no_error():
    ids = CHARACTERS.ids("abra")
    assert witten_bell_bits(ids, ids, V, 9).shape == (4, 4)


@pytest.mark.parametrize(
    ("counts", "context", "says"),
    [
        ({"a": np.ones(3)}, "a", 'counts should be a dict with the context ""'),
        (None, "a", 'counts should be a dict with the context ""'),
        ({"": np.ones(3), "a": np.ones(4)}, "a", r"counts\['a'\] should be an array of 3 counts"),
        ({"": np.array([1, -1])}, "a", r"counts\[''\] should be an array of 2 counts"),
        ({"": np.ones(3)}, 1, "context is a int, but should be a str"),
    ],
)
def test_what_is_no_table_of_counts_is_refused(counts, context, says):
    with pytest.raises(ValueError, match=says):
        witten_bell(counts, context)


def test_other_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="longest is -1, but should be an integer of at least 0"):
        count_contexts("ab", -1, CHARACTERS)
    with pytest.raises(ValueError, match="text is a list, but should be a str"):
        count_contexts(["a", "b"], 1, CHARACTERS)
    ids = CHARACTERS.ids("abra")
    with pytest.raises(ValueError, match="longest is 10, but should be an integer from 1 to 9"):
        witten_bell_bits(ids, ids, V, 10)
    with pytest.raises(ValueError, match=f"test holds {V}, but its entries should be from 0 to {V - 1}"):
        witten_bell_bits(ids, ids + V - ids, V, 2)
    with pytest.raises(ValueError, match="training is a list"):
        witten_bell_bits([1, 2], ids, V, 2)
