"""A list of tokens or a text that is wrong is told where it leaves the right one, and how it relates to it as a whole."""

import numpy as np
import pytest

from grader.checking.diagnosis import examine
from grader.checking.tokens import is_tokens, judge_tokens
from grader.exercises.exercise import Exercise

RIGHT = list(range(10, 30))


def spell(n):
    return RIGHT[:n]


SPELL = Exercise(reference=spell, inputs=lambda rng: (20,), hints=("", "", ""))


def said(got, wanted=RIGHT):
    fault = judge_tokens(SPELL, (20,), got, wanted, "")
    return fault and " ".join(fault.body)


@pytest.mark.parametrize(
    ("got", "says"),
    [
        ([9, *RIGHT], "behind 1 entry too many at the beginning. Yours has 21 entries, and should have 20."),
        ([*RIGHT, 1, 2], "and 2 entries too many at the end"),
        (RIGHT[:-3], "the end is missing: 3 entries"),
        (RIGHT[1:], "the beginning is missing: 1 entry"),
        ([10] * 20, "All 20 entries are the same"),
        ([9, *RIGHT[:-1]], "one place too late"),
        ([*RIGHT[1:], 9], "one place too early"),
        (RIGHT[::-1], "in reversed order"),
        ([11, 10, *RIGHT[2:]], "in another order"),
        ([*RIGHT[:4], 0, 0, *RIGHT[6:]], "The first 4 entries are right, then it goes wrong"),
        ([10, 0, *RIGHT[2:]], "The first entry is right"),
        ([0, 0, *RIGHT[2:]], "It differs from the first one on."),
    ],
)
def test_how_a_list_is_wrong_is_said(got, says):
    assert says in said(got)


def test_what_is_right_or_no_list_of_tokens_is_left_to_others():
    assert said(RIGHT) is None and said([]) is None and said(tuple(RIGHT)) is None
    assert said([0.5, 1.0], [0.5, 2.0]) is None and said([True], [False]) is None
    assert not is_tokens("tie") and is_tokens("a text that is longer than one word")
    assert is_tokens(["deux", "cents"]) and is_tokens([np.int64(3)])


def test_texts_are_told_by_characters():
    right = "the quick brown fox jumps over the dog"
    assert "The first 10 characters are right" in said("the quick grown fox jumps over the dog", right)
    assert "and 1 character too many at the end" in said(right + "s", right)


def test_the_message_shows_the_place_and_names_no_entry_of_a_list():
    verdict = examine(SPELL, lambda n: [*RIGHT[:12], 99, *RIGHT[13:]])
    assert verdict.headline == "`spell` returns the wrong list"
    facts = dict(verdict.facts)
    assert "99" in facts["yours"] and facts["yours"].startswith("[…, 16") and facts["should be"].endswith("28, …]")
    assert "number 12, counted from 0" in verdict.next_step
