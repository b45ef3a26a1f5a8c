"""The step-by-step gradients agree with torch.autograd and with central differences, parameter by parameter."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import GRUParams, gru_step, init_gru
from gru_ref.backward import (
    GRUCache,
    gru_backward,
    gru_forward_with_caches,
    gru_step_backward,
    gru_step_with_cache,
    numerical_gradient,
)
from gru_ref.layers import layer_backward, layer_forward
from gru_ref.trees import astype, leaves

size = st.integers(1, 6)
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


def draw(seed, T, B, I, H, scale=0.8):
    """(xs, h0, p, dhs) with nothing at zero."""
    rng = np.random.default_rng(seed)
    p = GRUParams(*(rng.normal(0, scale, a.shape) for a in init_gru(I, H, rng)))
    return rng.normal(size=(T, B, I)), rng.uniform(-1, 1, (B, H)), p, rng.normal(size=(T, B, H))


def by_torch(xs, h0, p, dhs):
    """(dxs, dh0, grads) of Σ dhs ⊙ hs, by torch.nn.GRU and its automatic differentiation."""
    H, I = p.W_ir.shape
    module = torch.nn.GRU(I, H, dtype=torch.float64)
    with torch.no_grad():
        for k, name in enumerate(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")):
            getattr(module, name).copy_(torch.from_numpy(np.concatenate(p[3 * k : 3 * k + 3])))
    xs, h0 = torch.tensor(xs, requires_grad=True), torch.tensor(h0, requires_grad=True)
    hs, _ = module(xs, h0[None])
    (hs * torch.from_numpy(dhs)).sum().backward()
    grads = [block.numpy() for whole in module.parameters() for block in whole.grad.split(H)]
    return xs.grad.numpy(), h0.grad.numpy(), GRUParams(*grads)


def assert_alike(got, wanted, **tolerance):
    """Two results (dx, dh, grads) agree in every part."""
    assert type(got[2]) is GRUParams
    for a, b in zip(leaves(tuple(got)), leaves(tuple(wanted)), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **tolerance)


@many
@given(seed, size, size, size, size)
def test_gradients_through_a_sequence_are_those_of_torch(seed, T, B, I, H):
    xs, h0, p, dhs = draw(seed, T, B, I, H)
    hs, caches = gru_forward_with_caches(xs, h0, p)
    assert hs.shape == (T, B, H) and len(caches) == T
    assert_alike(gru_backward(dhs, caches, p), by_torch(xs, h0, p, dhs), rtol=1e-10, atol=1e-10)


@many
@given(seed, size, size, size)
def test_gradients_through_a_step_are_those_of_torch(seed, B, I, H):
    xs, h, p, dhs = draw(seed, 1, B, I, H)
    _, cache = gru_step_with_cache(xs[0], h, p)
    dx, dh_prev, grads = gru_step_backward(dhs[0], cache, p)
    assert_alike((dx[None], dh_prev, grads), by_torch(xs, h, p, dhs), rtol=1e-10, atol=1e-10)


@many
@given(seed, size, size, size, size)
def test_gradients_through_a_sequence_are_those_of_the_fast_layer(seed, T, B, I, H):
    xs, h0, p, dhs = draw(seed, T, B, I, H)
    hs, caches = gru_forward_with_caches(xs, h0, p)
    wanted_hs, _, tape = layer_forward("gru", xs, p, h0)
    np.testing.assert_allclose(hs, wanted_hs, rtol=0, atol=1e-12)
    dxs, dh0, grads = layer_backward(dhs, tape)
    assert_alike(gru_backward(dhs, caches, p), (dxs, dh0, grads), rtol=1e-10, atol=1e-10)


@settings(max_examples=15, deadline=None)
@given(seed, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_every_gradient_is_that_of_central_differences(seed, T, B, I, H):
    xs, h0, p, dhs = draw(seed, T, B, I, H)
    _, caches = gru_forward_with_caches(xs, h0, p)
    dxs, dh0, grads = gru_backward(dhs, caches, p)

    def loss(xs=xs, h0=h0, p=p):
        return (gru_forward_with_caches(xs, h0, p)[0] * dhs).sum()

    np.testing.assert_allclose(dxs, numerical_gradient(lambda a: loss(xs=a), xs), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dh0, numerical_gradient(lambda a: loss(h0=a), h0), rtol=1e-6, atol=1e-7)
    for name in GRUParams._fields:
        by_differences = numerical_gradient(lambda a, name=name: loss(p=p._replace(**{name: a})), getattr(p, name))
        np.testing.assert_allclose(getattr(grads, name), by_differences, rtol=1e-6, atol=1e-7, err_msg=name)


def test_gradients_are_those_of_torch_at_a_working_size():
    xs, h0, p, dhs = draw(0, 100, 16, 24, 32, scale=0.15)
    _, caches = gru_forward_with_caches(xs, h0, p)
    assert_alike(gru_backward(dhs, caches, p), by_torch(xs, h0, p, dhs), rtol=1e-10, atol=1e-10)


@many
@given(seed, size, size, size)
def test_a_step_with_cache_is_a_step(seed, B, I, H):
    (x,), h, p, _ = draw(seed, 1, B, I, H)
    h_new, cache = gru_step_with_cache(x, h, p)
    np.testing.assert_allclose(h_new, gru_step(x, h, p), rtol=0, atol=1e-15)
    np.testing.assert_allclose((1 - cache.z) * cache.n + cache.z * cache.h, h_new, rtol=0, atol=1e-15)
    np.testing.assert_allclose(cache.n, np.tanh(x @ p.W_in.T + p.b_in + cache.r * cache.q), rtol=0, atol=1e-15)


@many
@given(seed, st.integers(2, 6), size, size, size, st.data())
def test_a_sequence_goes_back_in_two_parts_as_in_one(seed, T, B, I, H, data):
    """What the later part hands back is added to the direct gradient in the last state of the earlier."""
    xs, h0, p, dhs = draw(seed, T, B, I, H)
    _, caches = gru_forward_with_caches(xs, h0, p)
    cut = data.draw(st.integers(1, T - 1))
    dxs_late, carry, late = gru_backward(dhs[cut:], caches[cut:], p)
    early_dhs = dhs[:cut].copy()
    early_dhs[-1] += carry
    dxs_early, dh0, early = gru_backward(early_dhs, caches[:cut], p)
    parts = np.concatenate([dxs_early, dxs_late]), dh0, GRUParams(*(a + b for a, b in zip(early, late, strict=True)))
    assert_alike(gru_backward(dhs, caches, p), parts, rtol=1e-10, atol=1e-12)


def test_float32_stays_float32():
    xs, h0, p, dhs = astype(draw(0, 5, 2, 3, 4), np.float32)
    hs, caches = gru_forward_with_caches(xs, h0, p)
    results = [
        hs,
        *leaves(caches),
        *leaves(gru_backward(dhs, caches, p)),
        *leaves(gru_step_backward(dhs[0], caches[0], p)),
    ]
    assert {a.dtype for a in results} == {np.dtype(np.float32)}


def test_the_arguments_are_left_alone_and_the_gradients_share_no_memory():
    xs, h0, p, dhs = draw(0, 4, 2, 3, 5)
    _, caches = gru_forward_with_caches(xs, h0, p)
    given = [xs, h0, dhs, *p, *leaves(caches)]
    before = [a.copy() for a in given]
    gru_step_backward(dhs[0], caches[0], p)
    results = leaves(gru_backward(dhs, caches, p))
    for old, new in zip(before, given, strict=True):
        np.testing.assert_array_equal(old, new)
    for i, a in enumerate(results):
        assert not any(np.shares_memory(a, b) for b in results[i + 1 :] + given)


@given(seed, st.lists(size, max_size=3))
def test_a_numerical_gradient_has_the_form_of_its_array_and_many_right_digits(seed, shape):
    rng = np.random.default_rng(seed)
    a, w = rng.normal(size=shape), rng.normal(size=shape)
    gradient = numerical_gradient(lambda a: (w * np.sin(a)).sum() + np.prod(a), a)
    others = np.array([np.prod(np.delete(a.ravel(), i)) for i in range(a.size)]).reshape(shape)
    assert gradient.shape == a.shape and gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, w * np.cos(a) + others, rtol=1e-7, atol=1e-8 * (1 + a.size))


@pytest.mark.parametrize("at", [1e-6, 1.0, 1e6])
def test_the_step_grows_with_the_number_it_is_added_to(at):
    assert numerical_gradient(lambda a: a[0] ** 2, np.array([at]))[0] == pytest.approx(2 * at, rel=1e-8, abs=1e-9)


def test_a_numerical_gradient_leaves_its_array_alone_even_if_the_function_does_not():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])

    def careless(a):
        a *= 2
        return float((a**2).sum())

    np.testing.assert_allclose(numerical_gradient(careless, a), 8 * np.array([[1, 2], [3, 4]]), rtol=1e-8)
    np.testing.assert_array_equal(a, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("f", "a", "message"),
    [
        (np.sum, [1.0], "a is a list, but should be a NumPy array"),
        (np.sum, np.ones(3, dtype=int), "a holds int64, but should hold float64"),
        (np.sum, np.ones(3, dtype=np.float32), "a holds float32, but should hold float64"),
        (np.sum, np.array([1.0, np.nan]), "a holds NaN or infinity, but should hold finite numbers"),
        (lambda a: a, np.ones(3), r"f returned an array \(3,\), but should return one number"),
        (lambda a: a[:1], np.ones(3), r"f returned an array \(1,\), but should return one number"),
        (lambda a: None, np.ones(3), "f returned a NoneType, but should return one number"),
        (lambda a: True, np.ones(3), "f returned a bool, but should return one number"),
        (lambda a: np.inf, np.ones(3), "f returned inf, but should return a finite number"),
    ],
)
def test_a_numerical_gradient_refuses_what_has_none(f, a, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        numerical_gradient(f, a)


XS, H0, P, DHS = draw(0, 4, 2, 3, 5)
CACHES = gru_forward_with_caches(XS, H0, P)[1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"x": XS}, r"x has shape \(4, 2, 3\), but should have 2 axes, \(B, I\)"),
        ({"h": H0[:1]}, r"h has shape \(1, 5\), but its B should be 2, as in x"),
        ({"p": tuple(P)}, "p is a tuple, but should be GRUParams"),
    ],
)
def test_a_step_with_cache_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        gru_step_with_cache(**{"x": XS[0], "h": H0, "p": P} | bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"xs": XS[:0]}, r"xs has shape \(0, 2, 3\): axis T is empty, but should hold at least one"),
        ({"h0": H0.astype(int)}, "h0 holds int64, but should hold floats"),
        ({"p": None}, "p is a NoneType, but should be GRUParams"),
    ],
)
def test_forward_with_caches_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        gru_forward_with_caches(**{"xs": XS, "h0": H0, "p": P} | bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"dh": DHS}, r"dh has shape \(4, 2, 5\), but should have 2 axes, \(B, H\)"),
        ({"dh": DHS[0] * np.nan}, "dh holds NaN or infinity, but should hold finite numbers"),
        ({"dh": DHS[0, :1]}, r"cache\.x has shape \(2, 3\), but its B should be 1, as in dh"),
        ({"cache": tuple(CACHES[0])}, r"cache is a tuple, but should be GRUCache\(x, h, r, z, n, q\)"),
        ({"cache": CACHES[0]._replace(q=H0[:, :2])}, r"cache\.q has shape \(2, 2\), but its H should be 5, as in dh"),
        ({"p": list(P)}, "p is a list, but should be GRUParams"),
    ],
)
def test_a_step_backward_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        gru_step_backward(**{"dh": DHS[0], "cache": CACHES[0], "p": P} | bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"dhs": DHS[0]}, r"dhs has shape \(2, 5\), but should have 3 axes, \(T, B, H\)"),
        ({"dhs": DHS[:0], "caches": []}, r"dhs has shape \(0, 2, 5\): axis T is empty"),
        ({"dhs": DHS[:3]}, "caches holds 4 steps, but should hold 3, as dhs does"),
        ({"caches": []}, "caches holds 0 steps, but should hold 4, as dhs does"),
        ({"caches": CACHES[0]}, "caches is a GRUCache, but should be a list of GRUCaches, one for each step"),
        ({"caches": [*CACHES[:3], None]}, r"caches\[3\] is a NoneType, but should be GRUCache"),
        (
            {"caches": [*CACHES[:3], CACHES[3]._replace(x=XS[0, :, :2])]},
            r"caches\[3\]\.x has shape \(2, 2\), but its I",
        ),
        ({"p": P._replace(W_hn=P.W_hn[:, :2])}, r"p\.W_hn has shape \(5, 2\), but its H should be 5, as in dhs"),
    ],
)
def test_a_backward_pass_refuses_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        gru_backward(**{"dhs": DHS, "caches": CACHES, "p": P} | bad)


def test_a_cache_names_its_parts():
    assert GRUCache._fields == ("x", "h", "r", "z", "n", "q")
