"""Parameters of a model as a tree: arrays in NamedTuples, tuples and lists, nested to any depth."""

import numpy as np

TAUGHT_IN = {"*": None}  # trees of arrays


def tree_map(fn, tree, *others):
    """Apply a function to every array of a tree, and keep the tree's form.

    Parameters
    ----------
    fn : called with one array of each tree, from the same place
    tree : an array, or a NamedTuple, tuple or list of trees
    *others : trees of the same form

    Returns
    -------
    result : tree of what `fn` returned

    Raises
    ------
    ValueError
        If the trees differ in form.
    """
    if not isinstance(tree, (tuple, list)):
        return fn(tree, *others)
    for other in others:
        if type(other) is not type(tree) or len(other) != len(tree):
            raise ValueError(f"two trees differ in form: {_form(tree)} and {_form(other)}")
    mapped = [tree_map(fn, *branches) for branches in zip(tree, *others, strict=True)]
    return type(tree)(*mapped) if hasattr(tree, "_fields") else type(tree)(mapped)


def leaves(tree):
    """All arrays of a tree, in order, as a list."""
    if not isinstance(tree, (tuple, list)):
        return [tree]
    return [leaf for branch in tree for leaf in leaves(branch)]


def astype(tree, dtype):
    """A copy of a tree whose arrays have another dtype, such as ``np.float32``."""
    return tree_map(lambda a: a.astype(dtype), tree)


def count(tree):
    """Number of parameters in a tree."""
    return sum(np.size(leaf) for leaf in leaves(tree))


def _form(tree):
    return f"{type(tree).__name__} of {len(tree)}" if isinstance(tree, (tuple, list)) else type(tree).__name__
