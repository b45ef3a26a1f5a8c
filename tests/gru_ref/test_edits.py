"""Edit distances agree with rapidfuzz and a plain recursion, error rates with jiwer; bad input raises an error."""

import hypothesis.strategies as st
import jiwer
import numpy as np
import pytest
from hypothesis import assume, given, settings
from rapidfuzz.distance import Levenshtein

from gru_ref.edits import edit_distance, error_rate

few = st.text("abc", max_size=12)
many = settings(max_examples=300, deadline=None)


def recursion(a, b):
    """The definition, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (x != y), row[j] + 1, row[j + 1] + 1)
    return row[-1]


@many
@given(few, few)
def test_short_strings_are_as_far_apart_as_the_recursion_says(a, b):
    assert edit_distance(a, b) == recursion(a, b)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=400), st.lists(st.integers(0, 400), max_size=60), st.integers(0, 2**32 - 1))
def test_a_long_string_and_a_damaged_copy_are_as_far_apart_as_rapidfuzz_says(a, places, seed):
    rng, damaged = np.random.default_rng(seed), list(a)
    for place in places:
        damaged[place : place + rng.integers(3)] = chr(rng.integers(97, 123)) * rng.integers(3)
    assert edit_distance(a, "".join(damaged)) == Levenshtein.distance(a, "".join(damaged))


def test_random_strings_of_a_thousand_characters_are_as_far_apart_as_rapidfuzz_says():
    rng = np.random.default_rng(0)
    for letters in ("ab", "abcdefghijklmnopqrstuvwxyz"):
        a, b = ("".join(rng.choice(list(letters), 1000)) for _ in range(2))
        assert edit_distance(a, b) == Levenshtein.distance(a, b)


@many
@given(few, few, few)
def test_it_is_a_distance(a, b, c):
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("kitten", "sitting", 3),
        ("ab", "ba", 2),  # a swap is two edits
        ("abcdef", "bcdefa", 2),  # comparing place by place would say 6
        ("", "abc", 3),
        ("", "", 0),
        (["the", "cat"], ["the", "hat"], 1),
        ((1, 2, 3), [1, 3], 1),
        (np.array([4, 5]), [4, 6, 5], 1),
        ([("n", "ɔ"), ("k", "s")], [("n", "ɔ")], 1),
    ],
)
def test_known_distances(a, b, distance):
    assert edit_distance(a, b) == distance


words = st.lists(st.sampled_from(["one", "two", "three", "four", "five"]), max_size=7)


@many
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_error_rates_are_jiwers(pairs):
    references, hypotheses = map(list, zip(*pairs, strict=True))
    assume(any(references))
    texts = [" ".join(reference) for reference in references], [" ".join(answer) for answer in hypotheses]
    assert error_rate(references, hypotheses) == pytest.approx(jiwer.wer(*texts), abs=1e-15)
    assert error_rate(*texts) == pytest.approx(jiwer.cer(*texts), abs=1e-15)


def test_an_error_rate_is_pooled():
    """One of one word wrong, and none of nine: 1 in 10, where the mean of both rates would be a half."""
    assert error_rate([["a"], ["b"] * 9], [["c"], ["b"] * 9]) == 0.1


def test_insertions_count_also_where_the_reference_is_empty_and_may_exceed_one():
    assert error_rate([[], [1]], [[5, 5], [1]]) == 2.0


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("ab", ["a", "b"], "a is a str and b a list, but both should be strings, or both lists of tokens"),
        (12, 21, "a is a int, but should be a string or a list of tokens"),
        ([1], {1}, "b is a set, but should be a string or a list of tokens"),
        (np.ones((2, 3)), [1], "a has shape (2, 3), but should have 1 axis, a token for each entry"),
        ([[1], [2]], [[1]], "a should hold hashable tokens, such as words or numbers: unhashable type: 'list'"),
        (None, "a", "a is a NoneType and b a str, but both should be strings"),
    ],
)
def test_what_has_no_distance_is_refused(a, b, message):
    with pytest.raises(ValueError) as raised:
        edit_distance(a, b)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("references", "hypotheses", "message"),
    [
        ("one two", ["one two"], "references is a str, but should be a list of sequences"),
        (["one"], "one", "hypotheses is a str, but should be a list of sequences"),
        (["one"], ["one", "two"], "references holds 1 sequences and hypotheses 2, but there should be as many"),
        ([], [], "references holds 0 sequences and hypotheses 0, but there should be as many"),
        (["", ""], ["a", ""], "references holds no token at all, but should hold at least one"),
        ([[1], "a"], [[1], ["a"]], "references[1] is a str and hypotheses[1] a list, but both should be strings"),
        ([1, 2], [1, 2], "references[0] is a int, but should be a string or a list of tokens"),
    ],
)
def test_what_has_no_error_rate_is_refused(references, hypotheses, message):
    with pytest.raises(ValueError) as raised:
        error_rate(references, hypotheses)
    assert message in str(raised.value)
