"""From gradients to better parameters: clipping, gradient descent and Adam, on trees of arrays. Lesson 10."""

import numbers

import numpy as np

from gru_ref.checks import check_floats
from gru_ref.trees import leaves, tree_map

TAUGHT_IN = {
    "*": None,  # no exercise's answer
    "global_norm": 10,  # part of clipping
}


def clip_by_global_norm(grads, max_norm):
    """Scale all gradients by one factor, so that their common norm is at most `max_norm`.

    norm = √(sum of the squares of all entries of all arrays), and clipped = grads · min(1, max_norm / norm)

    Parameters
    ----------
    grads : tree of arrays: a NamedTuple such as GRUParams, or tuples and lists of such
    max_norm : float above 0; infinity only measures

    Returns
    -------
    clipped : tree of new arrays
    norm : float, the norm *before* clipping

    Raises
    ------
    ValueError
        If an array does not hold finite floats, or max_norm is not above 0.

    Source: Pascanu et al. (2013), section 3.2. ``torch.nn.utils.clip_grad_norm_`` is the same, but adds 1e-6 to the norm.
    """
    _check_positive("max_norm", max_norm)
    check_tree("grads", grads)
    norm = global_norm(grads)
    scale = min(1.0, float(max_norm) / norm) if norm > 0 else 1.0
    return tree_map(lambda g: g * scale, grads), norm


def global_norm(tree):
    """Square root of the sum of the squares of all numbers in a tree, computed in float64."""
    return float(np.sqrt(sum(np.vdot(a, a) for a in (leaf.astype(np.float64).ravel() for leaf in leaves(tree)))))


def sgd_step(p, grads, lr):
    """One step of gradient descent: p − lr · grads.

    Parameters
    ----------
    p : tree of arrays, the parameters
    grads : tree of the same form
    lr : float above 0, the learning rate

    Returns
    -------
    p : tree of new arrays

    Raises
    ------
    ValueError
        If the trees differ in form, shapes or types, do not hold finite floats, or lr is not above 0.
    """
    _check_positive("lr", lr)
    _check_alike(p=p, grads=grads)
    lr = float(lr)
    return tree_map(lambda a, g: a - lr * g, p, grads)


def adam_init(p):
    """Adam's state before the first step: (t, m, v) = (0, zeros, zeros).

    Parameters
    ----------
    p : tree of arrays, the parameters

    Returns
    -------
    state : tuple of the number of steps made, the mean of the gradients, and the mean of their squares; two trees like p
    """
    check_tree("p", p)
    return 0, tree_map(np.zeros_like, p), tree_map(np.zeros_like, p)


def adam_step(p, grads, state, lr, *, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam.

    t ← t + 1
    m ← β₁ m + (1 − β₁) g                m̂ = m / (1 − β₁ᵗ)
    v ← β₂ v + (1 − β₂) g²               v̂ = v / (1 − β₂ᵗ)
    p ← p − lr · m̂ / (√v̂ + ε)

    Parameters
    ----------
    p : tree of arrays, the parameters
    grads : tree of the same form
    state : tuple (t, m, v): steps made so far, and two trees of the same form; `adam_init` makes the first
    lr : float above 0, the learning rate, about the size of a parameter's step
    beta1, beta2 : floats from 0 to 1, excluding 1
    eps : float above 0

    Returns
    -------
    p : tree of new arrays
    state : tuple (t, m, v), new

    Raises
    ------
    ValueError
        If the trees differ in form, shapes or types, do not hold finite floats, or a number is out of range.

    Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1; step of ``torch.optim.Adam``.
    """
    _check_positive("lr", lr)
    _check_positive("eps", eps)
    for name, beta in (("beta1", beta1), ("beta2", beta2)):
        if not isinstance(beta, numbers.Real) or not 0 <= beta < 1:
            raise ValueError(f"{name} is {beta!r}, but should be a number from 0 to 1, 1 excluded")
    t, m, v = _check_state(state)
    _check_alike(p=p, grads=grads, m=m, v=v)
    t = t + 1
    m = tree_map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grads)
    v = tree_map(lambda v, g: beta2 * v + (1 - beta2) * (g * g), v, grads)
    rate, second = float(lr) / (1 - beta1**t), float(1 - beta2**t)
    p = tree_map(lambda a, m, v: a - rate * m / (np.sqrt(v / second) + eps), p, m, v)
    return p, (t, m, v)


def check_tree(name, tree):
    """Raise ValueError unless every leaf of a tree is an array of finite floats; the message names the leaf."""
    for place, leaf in named_leaves(name, tree):
        check_floats(place, leaf)


def named_leaves(name, tree):
    """All leaves of a tree with the names of their places: ``grads.W_hn``, ``grads[0].W_hn``."""
    if not isinstance(tree, (tuple, list)):
        return [(name, tree)]
    fields = [f".{f}" for f in tree._fields] if hasattr(tree, "_fields") else [f"[{k}]" for k in range(len(tree))]
    return [pair for field, branch in zip(fields, tree, strict=True) for pair in named_leaves(name + field, branch)]


def _check_alike(**trees):
    """Raise ValueError unless all trees have the form, the shapes and the types of the first."""
    (first, model), *others = trees.items()
    check_tree(first, model)
    wanted = named_leaves("", model)
    for name, tree in others:
        tree_map(lambda *_: None, model, tree)  # the same form, or ValueError
        for (place, a), (_, b) in zip(wanted, named_leaves("", tree), strict=True):
            check_floats(name + place, b)
            if b.shape != a.shape:
                raise ValueError(f"{name}{place} has shape {b.shape}, but should have {a.shape}, as in {first}")
            if b.dtype != a.dtype:
                raise ValueError(f"{name}{place} holds {b.dtype}, but should hold {a.dtype}, as in {first}")


def _check_positive(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not value > 0:
        got = repr(value) if isinstance(value, (numbers.Real, str)) else f"a {type(value).__name__}"
        raise ValueError(f"{name} is {got}, but should be a number above 0")


def _check_state(state):
    if not isinstance(state, tuple) or len(state) != 3:
        raise ValueError("state should be a tuple (t, m, v), as adam_init makes it")
    t = state[0]
    if isinstance(t, bool) or not isinstance(t, numbers.Integral) or t < 0:
        got = repr(t) if isinstance(t, numbers.Real) else f"a {type(t).__name__}"
        raise ValueError(f"t, the steps made so far, is {got}, but should be an integer of at least 0")
    return state
