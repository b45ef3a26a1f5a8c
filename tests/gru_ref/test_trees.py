"""Trees of parameters keep their form, and an error says where two of them differ."""

import numpy as np
import pytest

from gru_ref import RNNParams
from gru_ref.trees import astype, count, leaves, tree_map

RNN = RNNParams(np.ones((2, 3)), np.ones((2, 2)), np.ones(2), np.ones(2))
TREE = ((RNN, RNN), [np.ones(4)])


def test_a_map_keeps_the_form():
    doubled = tree_map(np.add, TREE, TREE)
    assert isinstance(doubled, tuple) and isinstance(doubled[0][1], RNNParams) and isinstance(doubled[1], list)
    assert all((leaf == 2).all() for leaf in leaves(doubled))


def test_leaves_come_in_order_and_are_counted():
    assert [leaf.shape for leaf in leaves(TREE)] == 2 * [(2, 3), (2, 2), (2,), (2,)] + [(4,)]
    assert count(TREE) == 2 * 14 + 4


def test_another_type_is_a_copy():
    single = astype(TREE, np.float32)
    assert all(leaf.dtype == np.float32 for leaf in leaves(single))
    assert all(leaf.dtype == np.float64 for leaf in leaves(TREE))


@pytest.mark.parametrize("other", [(RNN, RNN), ((RNN, RNN), [np.ones(4), np.ones(4)]), ((RNN,), [np.ones(4)])])
def test_trees_of_another_form_are_refused(other):
    with pytest.raises(ValueError, match=r"two trees differ in form: \w+ of \d and \w+ of \d"):
        tree_map(np.add, TREE, other)
