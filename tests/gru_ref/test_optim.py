"""Clipping and Adam agree with PyTorch's to twelve digits, on any tree of arrays, and change nothing in place."""

import copy
from typing import NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import adam_init, adam_step, clip_by_global_norm, init_gru, init_model, sgd_step
from gru_ref.optim import global_norm
from gru_ref.trees import astype, leaves, tree_map

seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


class Pair(NamedTuple):
    a: object
    b: object


def draw(seed, scale=1.0):
    """A tree with everything that a tree may hold, and a tree of gradients beside it."""
    rng = np.random.default_rng(seed)
    p = Pair([init_gru(2, 3, rng)], (rng.normal(size=(2, 4)), rng.normal(size=3)))
    return p, tree_map(lambda a: rng.normal(0, scale, a.shape), p)


def as_torch(tree):
    return [torch.from_numpy(leaf.copy()).requires_grad_() for leaf in leaves(tree)]


def assert_same(tree, tensors, tolerance=1e-12):
    for array, tensor in zip(leaves(tree), tensors, strict=True):
        np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=tolerance)


@many
@given(seed, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_clipping_is_torchs(seed, scale, max_norm):
    """PyTorch divides by the norm plus 1e-6; apart from that factor, both are the same."""
    p, grads = draw(seed, scale)
    tensors = as_torch(p)
    for tensor, g in zip(tensors, leaves(grads), strict=True):
        tensor.grad = torch.from_numpy(g.copy())
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == pytest.approx(torch.nn.utils.clip_grad_norm_(tensors, max_norm).item(), rel=1e-12)
    theirs = min(1.0, max_norm / (norm + 1e-6))
    ours = min(1.0, max_norm / norm)
    for array, tensor in zip(leaves(clipped), tensors, strict=True):
        np.testing.assert_allclose(array * (theirs / ours), tensor.grad.numpy(), rtol=1e-12, atol=0)


@many
@given(seed, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_a_clipped_gradient_keeps_its_direction_and_its_norm_is_the_smaller_one(seed, scale, max_norm):
    _, grads = draw(seed, scale)
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert global_norm(clipped) == pytest.approx(min(norm, max_norm), rel=1e-12)
    again, norm_again = clip_by_global_norm(clipped, max_norm)
    assert norm_again == pytest.approx(min(norm, max_norm), rel=1e-12)
    flat, before = (np.concatenate([leaf.ravel() for leaf in leaves(tree)]) for tree in (clipped, grads))
    np.testing.assert_allclose(flat * norm, before * min(norm, max_norm), rtol=1e-10)
    assert type(again) is type(grads)


def test_zero_gradients_stay_zero():
    clipped, norm = clip_by_global_norm([np.zeros(3)], 1.0)
    assert norm == 0 and not clipped[0].any()


def test_an_infinite_max_norm_only_measures():
    _, grads = draw(0, 100)
    clipped, norm = clip_by_global_norm(grads, np.inf)
    assert norm > 100
    for a, b in zip(leaves(clipped), leaves(grads), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_norm_of_float32_is_measured_in_float64():
    grads = [np.full(4, 1e25, np.float32)]
    clipped, norm = clip_by_global_norm(grads, 1.0)
    assert norm == pytest.approx(2e25, rel=1e-6)
    np.testing.assert_allclose(clipped[0], 0.5, rtol=1e-6)


@many
@given(seed, st.floats(1e-4, 1.0), st.integers(1, 8))
def test_adam_is_torchs(seed, lr, steps):
    p, _ = draw(seed)
    tensors = as_torch(p)
    optimiser = torch.optim.Adam(tensors, lr=lr)
    state = adam_init(p)
    for k in range(steps):
        _, grads = draw(seed + k + 1, 10.0 ** (k % 3 - 1))
        for tensor, g in zip(tensors, leaves(grads), strict=True):
            tensor.grad = torch.from_numpy(g.copy())
        optimiser.step()
        p, state = adam_step(p, grads, state, lr)
    assert state[0] == steps
    assert_same(p, tensors)


def test_adam_takes_other_constants():
    p, grads = draw(0)
    tensors = as_torch(p)
    optimiser = torch.optim.Adam(tensors, lr=0.1, betas=(0.5, 0.9), eps=1e-3)
    state = adam_init(p)
    for _ in range(3):
        for tensor, g in zip(tensors, leaves(grads), strict=True):
            tensor.grad = torch.from_numpy(g.copy())
        optimiser.step()
        p, state = adam_step(p, grads, state, 0.1, beta1=0.5, beta2=0.9, eps=1e-3)
    assert_same(p, tensors)


@many
@given(seed, st.floats(1e-4, 10.0))
def test_descent_is_torchs(seed, lr):
    p, grads = draw(seed)
    tensors = as_torch(p)
    optimiser = torch.optim.SGD(tensors, lr=lr)
    for tensor, g in zip(tensors, leaves(grads), strict=True):
        tensor.grad = torch.from_numpy(g.copy())
    optimiser.step()
    assert_same(sgd_step(p, grads, lr), tensors, 1e-12)


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate():
    """Whatever the gradient's size: m̂ / √v̂ is its sign."""
    for scale in (1e-4, 1.0, 1e6):
        p, _ = adam_step([np.zeros(3)], [np.array([1.0, -1.0, 2.0]) * scale], adam_init([np.zeros(3)]), 0.01)
        np.testing.assert_allclose(p[0], [-0.01, 0.01, -0.01], rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_are_kept_and_nothing_is_changed_in_place(dtype):
    p, grads = (astype(tree, dtype) for tree in draw(0, 5.0))
    state = adam_step(p, grads, adam_init(p), 0.1)[1]
    before = copy.deepcopy((p, grads, state))
    new_p, new_state = adam_step(p, grads, state, 0.1)
    results = [new_p, *new_state[1:], sgd_step(p, grads, 0.1), clip_by_global_norm(grads, 1.0)[0], *adam_init(p)[1:]]
    assert {leaf.dtype for tree in results for leaf in leaves(tree)} == {np.dtype(dtype)}
    after = (p, grads, state)
    assert state[0] == before[2][0]
    for a, b in zip(leaves(after), leaves(before), strict=True):
        np.testing.assert_array_equal(a, b)
    arguments = {id(leaf) for leaf in leaves(after)}
    assert all(id(leaf) not in arguments for tree in results for leaf in leaves(tree))


P, GRADS = draw(0)
WRONG_SHAPE = GRADS._replace(b=(np.ones((3, 4)), np.ones(3)))
NOT_FINITE = GRADS._replace(a=[GRADS.a[0]._replace(W_hn=np.full((3, 3), np.nan))])
STATE = adam_init(P)
BAD = [
    (clip_by_global_norm, (GRADS, 0), "max_norm is 0, but should be a number above 0"),
    (clip_by_global_norm, (GRADS, -1.0), "max_norm is -1.0, but should be"),
    (clip_by_global_norm, (GRADS, np.nan), "max_norm is nan, but should be"),
    (clip_by_global_norm, (NOT_FINITE, 1.0), r"grads\.a\[0\]\.W_hn holds NaN or infinity"),
    (clip_by_global_norm, ([np.ones(3, int)], 1.0), r"grads\[0\] holds int64, but should hold floats"),
    (clip_by_global_norm, ([1.0], 1.0), r"grads\[0\] is a float, but should be a NumPy array"),
    (sgd_step, (P, GRADS, 0.0), "lr is 0.0, but should be a number above 0"),
    (sgd_step, (P, GRADS.a, 0.1), "two trees differ in form: Pair of 2 and list of 1"),
    (sgd_step, (P, WRONG_SHAPE, 0.1), r"grads\.b\[0\] has shape \(3, 4\), but should have \(2, 4\), as in p"),
    (
        sgd_step,
        (P, astype(GRADS, np.float32), 0.1),
        r"grads\.a\[0\]\.W_ir holds float32, but should hold float64, as in p",
    ),
    (adam_step, (P, NOT_FINITE, STATE, 0.1), r"grads\.a\[0\]\.W_hn holds NaN or infinity"),
    (adam_step, (P, GRADS, STATE[1:], 0.1), r"state should be a tuple \(t, m, v\), as adam_init makes it"),
    (adam_step, (P, GRADS, (-1, *STATE[1:]), 0.1), "t, the steps made so far, is -1, but should be"),
    (adam_step, (P, GRADS, (0.0, *STATE[1:]), 0.1), "t, the steps made so far, is 0.0, but should be"),
    (adam_step, (P, GRADS, (0, WRONG_SHAPE, STATE[2]), 0.1), r"m\.b\[0\] has shape \(3, 4\)"),
    (adam_step, (P, GRADS, STATE, "fast"), "lr is 'fast', but should be a number above 0"),
    (adam_init, ([np.ones(3, int)],), r"p\[0\] holds int64, but should hold floats"),
]


@pytest.mark.parametrize(("fn", "args", "message"), BAD)
def test_it_refuses(fn, args, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        fn(*args)


@pytest.mark.parametrize("constants", [{"beta1": 1.0}, {"beta2": -0.1}, {"eps": 0}])
def test_adam_refuses_constants_out_of_range(constants):
    with pytest.raises(ValueError, match=f"^{next(iter(constants))} is"):
        adam_step(P, GRADS, STATE, 0.1, **constants)


def test_a_model_is_a_tree_too():
    p = init_model("lstm", 2, 3, 1, np.random.default_rng(0), layers=2, bidirectional=True)
    grads = tree_map(np.ones_like, p)
    stepped, _ = adam_step(p, grads, adam_init(p), 0.1)
    assert type(stepped) is type(p) and type(stepped.network[1][1]) is type(p.network[1][1])
