"""Split data so that the test asks something new: whole groups on one side. Lesson 14."""

import numpy as np

from gru_ref.checks import check_between

TAUGHT_IN = {
    "*": 14,  # splits by group
    "families": None,  # data: which words are relatives
    "_family": None,  # data
    "_stem": None,  # data
}

FIRST_LETTERS, SHORTEST = 4, 3  # how many letters relatives have in common, and how many if these are a word themselves
PREFIXES = (
    *("anti", "be", "counter", "de", "dis", "em", "en", "il", "im", "in", "ir", "mis", "non", "out", "over", "pre"),
    *("re", "self", "un", "under"),
)


def split_by_group(groups, share, rng):
    """Choose test examples so that no group is on both sides: in training and in the test.

    Parameters
    ----------
    groups : list of N, or (N,) array, of str or integers: the group that each example belongs to
    share : float between 0 and 1, how many of the *groups* go to the test
    rng : numpy.random.Generator

    Returns
    -------
    in_test : (N,) array of booleans. Share times the number of groups, rounded, are in the test, but at least one, and
        not all.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or share does not lie between 0 and 1.
    """
    groups = np.asarray(groups)
    if groups.ndim != 1:
        raise ValueError(f"groups has shape {groups.shape}, but should have 1 axis, one group for each example")
    different, which = np.unique(groups, return_inverse=True)
    if len(different) < 2:
        raise ValueError(f"different groups: {len(different)}, but two sides need at least 2")
    check_between("share", share, 0, 1)
    count = min(max(1, round(share * len(different))), len(different) - 1)
    return np.isin(which, rng.choice(len(different), count, replace=False))


def families(words):
    """The family of each word: the letters with which its relatives begin, too.

    The first three letters if these are one of the words (joy, joyful and joyous are "joy"), or else the first four. Before
    that a prefix such as un- is taken off, if what is left begins like another of the words. So happy, happiest and unhappy
    are "happ", and unfit belongs to fit, but undo keeps its un-. This puts some words together that only look alike (harmony
    and harm), which does no harm.

    Parameters
    ----------
    words : list of str

    Returns
    -------
    families : list of str
    """
    beginnings = {word[:FIRST_LETTERS] for word in words if len(word) >= SHORTEST}
    return [_family(word, beginnings) for word in words]


def _family(word, beginnings):
    for prefix in sorted(PREFIXES, key=len, reverse=True):
        rest = word.removeprefix(prefix)
        if rest != word and (_stem(rest, beginnings) in beginnings):
            return _stem(rest, beginnings)
    return _stem(word, beginnings)


def _stem(word, beginnings):
    return word[:SHORTEST] if word[:SHORTEST] in beginnings else word[:FIRST_LETTERS]
