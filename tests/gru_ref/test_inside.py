"""Lesson 19's functions: a fixed gate, half-lives, a probe, saturation, and what they refuse."""

import warnings

import numpy as np
import pytest
from sklearn import linear_model

import gru_ref
from gru_ref.traces import gate_traces

rng = np.random.default_rng(0)
P = gru_ref.init_gru(2, 3, rng)
XS, H0 = rng.normal(0, 1, (6, 4, 2)), rng.normal(0, 0.5, (4, 3))
Z_ALL = np.full((3, 2, 2), 0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gate", "rz")
@pytest.mark.parametrize("value", [0, 0.0, 1e-9, 0.3, 1, np.array([0.0, 0.5, 1.0])])
def test_a_fixed_gate_has_its_value_at_every_step(gate, value, dtype):
    p = gru_ref.trees.tree_map(lambda a: a.astype(dtype), P)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fixed = gru_ref.ablate(p, gate, value)
    traces = gate_traces(XS.astype(dtype), fixed, H0.astype(dtype))
    np.testing.assert_allclose(getattr(traces, f"{gate}s"), np.broadcast_to(value, (6, 4, 3)), atol=1e-7, rtol=1e-5)
    assert {array.dtype for array in fixed} == {np.dtype(dtype)}
    assert all(getattr(fixed, f) is getattr(p, f) for f in p._fields if not f.endswith(gate))


def test_some_units_alone_are_fixed():
    fixed = gru_ref.ablate(P, "z", 1.0, units=[2])
    one, other = gate_traces(XS[:1], fixed, H0), gate_traces(XS[:1], P, H0)
    assert (one.zs[..., 2] == 1).all()
    np.testing.assert_array_equal(one.zs[..., :2], other.zs[..., :2])
    np.testing.assert_array_equal(gru_ref.ablate(P, "z", 0.5, units=[]).W_iz, P.W_iz)


@pytest.mark.parametrize(
    ("gate", "value", "units", "says"),
    [
        ("n", 0.5, None, "gate is 'n', but should be 'r'"),
        ("z", 1.5, None, "value is 1.5, but should be a number from 0 to 1"),
        ("z", float("nan"), None, "value is nan"),
        ("z", True, None, "value is True"),
        ("z", "open", None, "value is 'open'"),
        ("z", [0.5, [0.5]], None, r"value is \[0.5, \[0.5\]\], but should be a number"),
        ("z", np.full(4, 0.5), None, r"an array of shape \(4,\)"),
        ("z", 0.5, [3], "units holds 3"),
        ("z", 0.5, [0.5], "units is"),
        ("z", 0.5, 1, "units is"),
    ],
)
def test_what_cannot_be_fixed_is_refused(gate, value, units, says):
    with pytest.raises(ValueError, match=says):
        gru_ref.ablate(P, gate, value, units=units)


def test_half_lives_of_one_z_are_those_of_lesson_00():
    zs = np.broadcast_to(np.array([0.1, 0.5, 0.99]), (5, 2, 3))
    np.testing.assert_allclose(gru_ref.gate_lags(zs.copy(), np.array([5, 3])), gru_ref.half_life(zs[0, 0]))


def test_a_half_life_halves_what_a_run_without_candidate_keeps():
    p = P._replace(W_in=0 * P.W_in, b_in=0 * P.b_in, W_hn=0 * P.W_hn, b_hn=0 * P.b_hn)
    traces = gate_traces(XS, p, H0)
    left = traces.hs[-1] / H0
    lags = np.stack([gru_ref.gate_lags(traces.zs[:, [b]], np.array([6])) for b in range(4)])
    np.testing.assert_allclose(0.5 ** (6 / lags), left)


def test_a_lost_and_a_perfect_memory():
    zs = np.array([[[0.0, 1.0]], [[1.0, 1.0]]])
    np.testing.assert_array_equal(gru_ref.gate_lags(zs, np.array([2])), [0, np.inf])


@pytest.mark.parametrize(
    ("zs", "lengths", "says"),
    [
        (Z_ALL + 0.6, np.array([3, 3]), "zs holds 1.1, but gates lie between 0 and 1"),
        (Z_ALL - 0.6, np.array([3, 3]), "zs holds -0.1"),
        (Z_ALL, np.array([3]), r"lengths has shape \(1,\), but should be \(2,\)"),
        (Z_ALL, np.array([4, 3]), "lengths holds 4"),
    ],
)
def test_no_gates_and_no_lengths_are_refused(zs, lengths, says):
    with pytest.raises(ValueError, match=says):
        gru_ref.gate_lags(zs, lengths)


def test_a_probe_agrees_with_scikit_learn():
    hs, labels = rng.normal(1, 1, (301, 5)), rng.integers(0, 3, 301)
    hs[:, 0] += labels
    model = linear_model.LinearRegression().fit(hs[:150], np.eye(3)[labels[:150]])
    said = model.predict(hs[150:]).argmax(axis=1)
    accuracy, baseline = gru_ref.linear_probe(hs, labels)
    assert accuracy == (said == labels[150:]).mean()
    assert baseline == (labels[150:] == np.bincount(labels[:150]).argmax()).mean()


@pytest.mark.parametrize(
    ("hs", "labels", "says"),
    [
        (np.ones((1, 2)), np.array([0]), "at least 2"),
        (np.ones((4, 2)), np.array([0, 1]), r"labels has shape \(2,\)"),
        (np.ones((2, 2)), np.array([0, -1]), "labels holds -1"),
        (np.ones((2, 2)), np.array([0, 10**9]), "labels holds 1000000000, but should number the classes from 0 on"),
    ],
)
def test_what_cannot_be_probed_is_refused(hs, labels, says):
    with pytest.raises(ValueError, match=says):
        gru_ref.linear_probe(hs, labels)


@pytest.mark.parametrize(
    ("low", "high"), [(0.9, 0.1), (0.5, 0.5), (-0.1, 0.9), (0.1, 1.1), (float("nan"), 1), ("0", 1)]
)
def test_limits_out_of_order_are_refused(low, high):
    with pytest.raises(ValueError, match="0 ≤ low < high ≤ 1"):
        gru_ref.saturation(np.full((3, 2), 0.5), low, high)


def test_gates_before_the_sigmoid_are_refused():
    with pytest.raises(ValueError, match="before the σ"):
        gru_ref.saturation(np.full((3, 2), 5.0), 0.1, 0.9)
