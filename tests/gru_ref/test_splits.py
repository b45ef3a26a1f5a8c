"""Splits by group, held against scikit-learn's, and families of words."""

import numpy as np
import pytest
from sklearn import model_selection

from gru_ref import families, split_by_group, vader_words

GROUPS = [*"abbcccddddeeeeefffffff"]


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.8, 0.99])
def test_no_group_is_on_both_sides_and_the_share_is_that_of_the_groups(share):
    for seed in range(20):
        in_test = split_by_group(GROUPS, share, np.random.default_rng(seed))
        test = {g for g, chosen in zip(GROUPS, in_test, strict=True) if chosen}
        assert in_test.dtype == bool and not test & {g for g, c in zip(GROUPS, in_test, strict=True) if not c}
        assert len(test) == min(max(1, round(6 * share)), 5)


def test_scikit_learn_takes_as_many_groups():
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    for share in (0.25, 0.5):
        _, theirs = next(
            model_selection.GroupShuffleSplit(1, test_size=share, random_state=0).split(groups, groups=groups)
        )
        ours = split_by_group(groups, share, np.random.default_rng(0))
        assert len(set(groups[theirs])) == len(set(groups[ours]))


def test_every_group_is_equally_likely_and_the_generator_decides():
    counts = sum(split_by_group(GROUPS, 1 / 3, np.random.default_rng(seed)).astype(int) for seed in range(600))
    assert counts.min() > 130 and counts.max() < 270  # 200 ± 12: more than five standard deviations
    one, again = (split_by_group(GROUPS, 0.5, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, again)


@pytest.mark.parametrize(("groups", "share", "message"), [
    (["a", "a"], 0.5, "different groups: 1, but two sides need at least 2"), ([], 0.5, "different groups: 0"),
    (["a", "b"], 0.0, "share is 0.0, but should lie between 0 and 1"), (["a", "b"], 20, "share is 20"),
    (np.zeros((2, 2)), 0.5, r"groups has shape \(2, 2\), but should have 1 axis"),
])  # fmt: skip
def test_what_cannot_be_split_is_refused(groups, share, message):
    with pytest.raises(ValueError, match=message):
        split_by_group(groups, share, np.random.default_rng(0))


def test_relatives_are_of_one_family():
    words = ["happy", "happiest", "happiness", "unhappy", "unhappily", "undo", "harm", "harmony", "sad", "overjoyed"]
    assert families(words) == ["happ", "happ", "happ", "happ", "happ", "undo", "harm", "harm", "sad", "over"]
    assert families(["overjoyed", "joyed"])[0] == "joye"
    assert families(["joy", "joyful", "enjoy", "overjoyed", "unfit", "fit"]) == ["joy"] * 4 + ["fit"] * 2
    assert families(["in", "inn", "undo", "be", "do"]) == ["in", "inn", "undo", "be", "do"]


def test_families_of_the_rated_words_are_many_and_small_and_hold_what_begins_with_a_short_word():
    words = vader_words().words
    family = dict(zip(words, families(words), strict=True))
    sizes = np.unique(list(family.values()), return_counts=True)[1]
    assert len(sizes) == 1281 and sizes.max() < 100
    apart = {word for word in words if family.get(word[:3], family[word]) != family[word]}
    assert apart == {"illegal"}  # of the family of legal, not of ill
