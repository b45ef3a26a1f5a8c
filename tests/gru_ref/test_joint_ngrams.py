"""Joint n-grams: the alignment is found, probabilities sum to 1, and what was seen is answered."""

import numpy as np
import pytest

from gru_ref.joint_ngrams import JointNgrams, aligned

SOURCES = [list("ab"), list("ba"), list("abc"), list("cab"), list("cc"), list("bca")]
SAYS = {"a": ["1"], "b": ["2", "3"], "c": []}
TARGETS = [[token for letter in source for token in SAYS[letter]] for source in SOURCES]


def test_the_pieces_are_found_from_pairs_alone():
    assert sorted(aligned(SOURCES, TARGETS)) == sorted(
        [(letter, tuple(SAYS[letter])) for letter in source] for source in SOURCES
    )


def test_a_sentence_that_was_never_seen_is_answered():
    model = JointNgrams(SOURCES, TARGETS, order=2)
    assert model.answer(list("abbac")) == ["1", "2", "3", "2", "3", "1"]
    assert model.answer([]) == []


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_probabilities_of_what_follows_sum_to_1(order):
    rng = np.random.default_rng(0)
    sources = [list(rng.choice(list("abcd"), 6)) for _ in range(40)]
    targets = [[str(rng.choice([x, x.upper()])) for x in source if rng.random() < 0.8] for source in sources]
    model = JointNgrams(sources, targets, order)
    histories = [history for table in model.counts for history in list(table)[:20]]
    for history in [*histories, *((h[0], h[0]) for h in histories if order > 2 and h)]:
        total = sum(model._following(history, token).sum() for token in model.chunks)
        assert total == pytest.approx(1)


def test_pairs_that_do_not_fit_are_left_out_and_refused_if_there_are_no_others():
    assert len(aligned([["a"], ["b"]], [["1", "2", "3"], ["2"]])) == 1
    with pytest.raises(ValueError, match="no target has at most 2 tokens"):
        aligned([["a"]], [["1", "2", "3"]])
    with pytest.raises(ValueError, match="there are 1 sources and 2 targets"):
        JointNgrams([["a"]], [["1"], ["2"]])
    with pytest.raises(ValueError, match="order is 0"):
        JointNgrams(SOURCES, TARGETS, 0)
    with pytest.raises(ValueError, match="'z' was in no training pair"):
        JointNgrams(SOURCES, TARGETS).answer(["z"])
    with pytest.raises(ValueError, match="width is 0"):
        JointNgrams(SOURCES, TARGETS).answer(["a"], width=0)
    with pytest.raises(ValueError, match="sources is a NoneType"):
        JointNgrams(None, TARGETS)
    with pytest.raises(ValueError, match="targets is empty"):
        JointNgrams(SOURCES, [])
