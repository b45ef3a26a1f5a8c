"""The gated cells' Jacobians and their products, against central differences, torch and their properties."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gru_ref
from gru_ref import GRUParams, RNNParams
from tests.support.peers import CELLS

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
kinds = st.sampled_from(["rnn", "gru", "lstm"])
INITS = {"rnn": gru_ref.init_rnn, "gru": gru_ref.init_gru, "lstm": gru_ref.init_lstm}


def draw(kind, T, B, I, H, seed):
    """xs (T, B, I), two states (B, H), and parameters large enough to open and shut gates."""
    rng = np.random.default_rng(seed)
    init = INITS[kind](I, H, rng)
    p = type(init)(*(rng.normal(0, 0.8, a.shape) for a in init))
    return rng.normal(0, 1, (T, B, I)), rng.uniform(-0.9, 0.9, (B, H)), rng.normal(0, 1, (B, H)), p


def torch_cell(kind, p):
    """PyTorch's cell with these parameters, as a function of (x (B, I), state (B, H), or (B, 2H) for the LSTM)."""
    H, I = p[0].shape
    cell = getattr(torch.nn, CELLS[kind])(I, H, dtype=torch.float64)
    gates = len(p) // 4
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    packed = (np.concatenate(p[k * gates : (k + 1) * gates]) for k in range(4))
    cell.load_state_dict({name: torch.from_numpy(a) for name, a in zip(names, packed, strict=True)})
    if kind != "lstm":
        return cell
    return lambda x, hc: torch.cat(cell(x, (hc[:, :H], hc[:, H:])), dim=1)


def by_torch(kind, xs, state, p):
    """∂(last state) / ∂(first state) of each row of the batch, by torch's own cell and its differentiation."""
    cell = torch_cell(kind, p)

    def last_state(state):
        for x in torch.from_numpy(xs):
            state = cell(x, state)
        return state.sum(dim=0)  # rows don't influence one another, so their derivatives stay apart

    return torch.autograd.functional.jacobian(last_state, torch.from_numpy(state)).permute(1, 0, 2).numpy()


def by_differences(step, state):
    """∂step(state) / ∂state by central differences."""
    eps = 1e-5
    columns = [(step(state + eps * e) - step(state - eps * e)) / (2 * eps) for e in np.eye(state.shape[1])]
    return np.stack(columns, axis=-1)


# --------------------------------------------------------------------------------------------------------- one step


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None)
def test_a_grus_jacobian_is_that_of_central_differences_wherever_the_reset_stands(B, I, H, seed):
    xs, h, _, p = draw("gru", 1, B, I, H, seed)
    for step, jacobian in (
        (gru_ref.gru_step, gru_ref.gru_jacobian),
        (gru_ref.gru_step_reset_before, gru_ref.gru_jacobian_reset_before),
    ):
        wanted = by_differences(lambda h, step=step: step(xs[0], h, p), h)
        np.testing.assert_allclose(jacobian(xs[0], h, p), wanted, rtol=0, atol=1e-8)


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None)
def test_an_lstms_jacobian_is_that_of_central_differences(B, I, H, seed):
    xs, h, c, p = draw("lstm", 1, B, I, H, seed)

    def step(hc):
        return np.concatenate(gru_ref.lstm_step(xs[0], hc[:, :H], hc[:, H:], p), axis=1)

    J = gru_ref.lstm_jacobian(xs[0], h, c, p)
    assert J.shape == (B, 2 * H, 2 * H)
    np.testing.assert_allclose(J, by_differences(step, np.concatenate([h, c], axis=1)), rtol=0, atol=1e-8)


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None, max_examples=30)
def test_the_jacobians_are_those_of_torch(B, I, H, seed):
    xs, h, _, p = draw("gru", 1, B, I, H, seed)
    J = gru_ref.gru_jacobian(xs[0], h, p)
    assert J.shape == (B, H, H)
    np.testing.assert_allclose(J, by_torch("gru", xs, h, p), rtol=0, atol=1e-12)
    xs, h, c, p = draw("lstm", 1, B, I, H, seed)
    wanted = by_torch("lstm", xs, np.concatenate([h, c], axis=1), p)
    np.testing.assert_allclose(gru_ref.lstm_jacobian(xs[0], h, c, p), wanted, rtol=0, atol=1e-12)


@given(sizes, sizes, sizes, seeds)
@settings(deadline=None, max_examples=30)
def test_the_jacobian_with_the_reset_before_is_that_of_torchs_differentiation(B, I, H, seed):
    xs, h, _, p = draw("gru", 1, B, I, H, seed)
    x, t = torch.from_numpy(xs[0]), GRUParams(*map(torch.from_numpy, p))

    def step(h):
        r = torch.sigmoid(x @ t.W_ir.T + t.b_ir + h @ t.W_hr.T + t.b_hr)
        z = torch.sigmoid(x @ t.W_iz.T + t.b_iz + h @ t.W_hz.T + t.b_hz)
        n = torch.tanh(x @ t.W_in.T + t.b_in + (r * h) @ t.W_hn.T + t.b_hn)
        return ((1 - z) * n + z * h).sum(dim=0)

    wanted = torch.autograd.functional.jacobian(step, torch.from_numpy(h)).permute(1, 0, 2).numpy()
    np.testing.assert_allclose(gru_ref.gru_jacobian_reset_before(xs[0], h, p), wanted, rtol=0, atol=1e-12)


@given(sizes, sizes, sizes, seeds)
def test_a_gate_that_keeps_all_makes_the_jacobian_the_identity(B, I, H, seed):
    xs, h, _, p = draw("gru", 1, B, I, H, seed)
    kept = p._replace(b_iz=p.b_iz + 1000)
    for jacobian in (gru_ref.gru_jacobian, gru_ref.gru_jacobian_reset_before):
        np.testing.assert_allclose(jacobian(xs[0], h, kept), np.broadcast_to(np.eye(H), (B, H, H)), atol=1e-12)


@given(sizes, sizes, sizes, seeds)
def test_a_gate_that_writes_all_with_the_reset_open_makes_it_a_tanh_rnns(B, I, H, seed):
    xs, h, _, p = draw("gru", 1, B, I, H, seed)
    p = p._replace(b_iz=p.b_iz - 1000, b_ir=p.b_ir + 1000)
    rnn = RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    wanted = gru_ref.rnn_jacobian(gru_ref.rnn_step(xs[0], h, rnn), rnn)
    for jacobian in (gru_ref.gru_jacobian, gru_ref.gru_jacobian_reset_before):
        np.testing.assert_allclose(jacobian(xs[0], h, p), wanted, atol=1e-12)


# --------------------------------------------------------------------------------------------------------- many steps


@given(kinds, sizes, sizes, sizes, sizes, seeds)
@settings(deadline=None, max_examples=40)
def test_the_profile_is_that_of_torch_at_every_lag(kind, T, B, I, H, seed):
    xs, h, c, p = draw(kind, T, B, I, H, seed)
    profile = gru_ref.gradient_profile(xs, (h, c) if kind == "lstm" else h, p)
    assert profile.shape == (T + 1, B)
    np.testing.assert_array_equal(profile[0], 1)
    states = [np.concatenate([h, c], axis=1) if kind == "lstm" else h]
    cell = torch_cell(kind, p)
    for x in xs:
        states.append(cell(torch.from_numpy(x), torch.from_numpy(states[-1])).detach().numpy())
    for lag in range(1, T + 1):
        wanted = np.linalg.norm(by_torch(kind, xs[T - lag :], states[T - lag], p), ord=2, axis=(1, 2))
        np.testing.assert_allclose(profile[lag], wanted, rtol=1e-9, atol=1e-13)


@given(sizes, sizes, sizes, sizes, seeds)
def test_an_rnns_profile_continues_its_gradient_norms_by_one_lag(T, B, I, H, seed):
    xs, h, _, p = draw("rnn", T, B, I, H, seed)
    profile = gru_ref.gradient_profile(xs, h, p)
    norms = gru_ref.gradient_norms(gru_ref.rnn_forward(xs, h, p), p)
    np.testing.assert_allclose(profile[:-1], norms[::-1], rtol=1e-12)


@given(kinds, sizes, st.integers(2, 5), sizes, sizes, seeds)
def test_rows_of_the_batch_do_not_influence_one_another(kind, T, B, I, H, seed):
    xs, h, c, p = draw(kind, T, B, I, H, seed)
    whole = gru_ref.gradient_profile(xs, (h, c) if kind == "lstm" else h, p)
    part = gru_ref.gradient_profile(xs[:, 1:], (h[1:], c[1:]) if kind == "lstm" else h[1:], p)
    np.testing.assert_allclose(whole[:, 1:], part, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", INITS)
def test_the_floating_point_type_is_kept(kind, dtype):
    xs, h, c, p = (gru_ref.trees.astype(a, dtype) for a in draw(kind, 5, 2, 3, 4, 0))
    assert gru_ref.gradient_profile(xs, (h, c) if kind == "lstm" else h, p).dtype == dtype
    if kind == "gru":
        assert gru_ref.gru_jacobian(xs[0], h, p).dtype == dtype
        assert gru_ref.gru_jacobian_reset_before(xs[0], h, p).dtype == dtype
    if kind == "lstm":
        assert gru_ref.lstm_jacobian(xs[0], h, c, p).dtype == dtype


@pytest.mark.parametrize("kind", INITS)
def test_the_arguments_are_left_alone(kind):
    xs, h, c, p = draw(kind, 5, 2, 3, 4, 0)
    before = [a.copy() for a in (xs, h, c, *p)]
    gru_ref.gradient_profile(xs, (h, c) if kind == "lstm" else h, p)
    for old, new in zip(before, (xs, h, c, *p), strict=True):
        np.testing.assert_array_equal(old, new)


def test_an_explosion_beyond_floats_is_an_error_that_says_at_which_lag():
    zeros = gru_ref.trees.tree_map(np.zeros_like, gru_ref.init_gru(1, 2, np.random.default_rng(0)))
    p = zeros._replace(W_hn=398 * np.eye(2))  # at rest r = z = ½, and J = (½ + ¼ · 398) I = 100 I
    xs, h0 = np.zeros((200, 1, 1)), np.zeros((1, 2))
    assert gru_ref.gradient_profile(xs[:153], h0, p)[-1, 0] == pytest.approx(1e306)
    with pytest.raises(OverflowError, match=r"∂h_T / ∂h_\(T−lag\) exceeds the range of floats at a lag of 155 steps"):
        gru_ref.gradient_profile(xs, h0, p)


# ---------------------------------------------------------------------------------------------------------- bad input

XS, STATE, MEMORY, PARAMS = draw("gru", 3, 2, 3, 4, 0)
LSTM = draw("lstm", 3, 2, 3, 4, 0)[-1]


@pytest.mark.parametrize("jacobian", [gru_ref.gru_jacobian, gru_ref.gru_jacobian_reset_before])
@pytest.mark.parametrize(
    ("x", "h", "p", "message"),
    [
        (XS[0].tolist(), STATE, PARAMS, "x is a list, but should be a NumPy array"),
        (XS, STATE, PARAMS, r"x has shape \(3, 2, 3\), but should have 2 axes, \(B, I\)"),
        (XS[0], STATE[:1], PARAMS, r"h has shape \(1, 4\), but its B should be 2, as in x"),
        (XS[0, :0], STATE[:0], PARAMS, r"x has shape \(0, 3\): axis B is empty"),
        (XS[0], STATE > 0, PARAMS, "h holds bool, but should hold floats"),
        (XS[0], np.full_like(STATE, np.nan), PARAMS, "h holds NaN or infinity, but should hold finite numbers"),
        (XS[0], STATE[:, :3], PARAMS, r"p\.W_ir has shape \(4, 3\), but its H should be 3, as in h"),
        (XS[0], STATE, LSTM, "p is a LSTMParams, but should be GRUParams"),
    ],
)
def test_a_grus_jacobian_says_which_argument_it_cannot_take(jacobian, x, h, p, message):
    with pytest.raises(ValueError, match=message):
        jacobian(x, h, p)


@pytest.mark.parametrize(
    ("h", "c", "p", "message"),
    [
        (STATE, MEMORY[:1], LSTM, r"c has shape \(1, 4\), but its B should be 2, as in x"),
        (STATE, MEMORY.astype(int), LSTM, r"c holds int64, but should hold floats: try c\.astype\(float\)"),
        (STATE[:, :2], MEMORY[:, :2], LSTM, r"p\.W_ii has shape \(4, 3\), but its H should be 2, as in h"),
        (STATE, MEMORY, PARAMS, "p is a GRUParams, but should be LSTMParams"),
    ],
)
def test_an_lstms_jacobian_says_which_argument_it_cannot_take(h, c, p, message):
    with pytest.raises(ValueError, match=message):
        gru_ref.lstm_jacobian(XS[0], h, c, p)


@pytest.mark.parametrize(
    ("xs", "h0", "p", "message"),
    [
        (XS[0], STATE, PARAMS, r"xs has shape \(2, 3\), but should have 3 axes, \(T, B, I\)"),
        (XS[:0], STATE, PARAMS, r"xs has shape \(0, 2, 3\): axis T is empty, but should hold at least one"),
        (XS, np.full_like(STATE, np.inf), PARAMS, "h0 holds NaN or infinity"),
        (XS, (STATE, MEMORY), PARAMS, "h0 is a tuple, but should be a NumPy array"),
        (XS, STATE, LSTM, r"h0 is a ndarray, but should be the pair \(h, c\) of an LSTM"),
        (XS, (STATE, MEMORY[:1]), LSTM, r"h0\[1\] has shape \(1, 4\), but its B should be 2, as in xs"),
        (XS, STATE, PARAMS.W_hn, "p is a ndarray, but should be GRUParams, RNNParams or LSTMParams"),
    ],
)
def test_a_profile_says_which_argument_it_cannot_take(xs, h0, p, message):
    with pytest.raises(ValueError, match=message):
        gru_ref.gradient_profile(xs, h0, p)


# ----------------------------------------------------------------------------------------------------- starting weights


@given(kinds, sizes, sizes, st.floats(0.1, 3), seeds)
def test_every_block_that_reads_the_state_becomes_orthogonal_and_all_else_stays(kind, I, H, gain, seed):
    p = draw(kind, 1, 1, I, H, seed)[-1]
    q = gru_ref.orthogonal_init(p, gain, np.random.default_rng(seed))
    assert type(q) is type(p)
    for name, old, new in zip(p._fields, p, q, strict=True):
        if name.startswith("W_h"):
            np.testing.assert_allclose(new.T @ new, gain**2 * np.eye(H), atol=1e-9)
        else:
            assert new is old


@given(st.sampled_from(["gru", "lstm"]), sizes, sizes, st.floats(2, 1000), seeds)
def test_chrono_memories_at_rest_last_from_2_steps_to_T_max_and_all_else_stays(kind, I, H, T_max, seed):
    p = draw(kind, 1, 1, I, H, seed)[-1]
    q = gru_ref.chrono_init(p, T_max, np.random.default_rng(seed))
    kept, written = (q.b_iz + q.b_hz, None) if kind == "gru" else (q.b_if + q.b_hf, q.b_ii + q.b_hi)
    steps = 1 / (1 - gru_ref.sigmoid(kept))
    assert np.all((steps >= 2 - 1e-9) & (steps <= T_max * (1 + 1e-9)))
    if kind == "lstm":
        np.testing.assert_array_equal(written, -kept)
    changed = {"gru": {"b_iz", "b_hz"}, "lstm": {"b_ii", "b_if", "b_hi", "b_hf"}}[kind]
    assert all((new is old) == (name not in changed) for name, old, new in zip(p._fields, p, q, strict=True))


def test_chrono_memories_are_spread_evenly_over_their_range():
    p = gru_ref.init_gru(1, 1000, np.random.default_rng(0))
    u = np.exp(gru_ref.chrono_init(p, 101, np.random.default_rng(1)).b_iz)
    assert np.abs(np.sort(u) - np.linspace(1, 100, 1000)).max() / 99 < 0.07  # Kolmogorov and Smirnov


def test_the_generator_alone_decides_and_the_type_is_kept():
    p = gru_ref.trees.astype(PARAMS, np.float32)
    for draw_again in (
        lambda: gru_ref.chrono_init(p, 50, np.random.default_rng(7)),
        lambda: gru_ref.orthogonal_init(p, 1.0, np.random.default_rng(7)),
    ):
        for first, again in zip(draw_again(), draw_again(), strict=True):
            assert first.dtype == np.float32
            np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("p", "T_max", "message"),
    [
        (PARAMS, 1, "T_max is 1, but should be a finite number of at least 2"),
        (PARAMS, np.inf, "T_max is inf, but should be a finite number of at least 2"),
        (PARAMS, "100", "T_max is '100', but should be a finite number of at least 2"),
        (tuple(PARAMS), 100, "p is a tuple, but should be GRUParams or LSTMParams"),
        (
            gru_ref.init_rnn(1, 2, np.random.default_rng(0)),
            100,
            "p is a RNNParams, but should be GRUParams or LSTMParams",
        ),
        (PARAMS._replace(W_hz=np.ones((4, 3))), 100, r"p\.W_hz has shape \(4, 3\), but "),
    ],
)
def test_chrono_says_which_argument_it_cannot_take(p, T_max, message):
    with pytest.raises(ValueError, match=message):
        gru_ref.chrono_init(p, T_max, np.random.default_rng(0))


def test_an_orthogonal_start_says_which_argument_it_cannot_take():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="p is a list, but should be RNNParams or GRUParams or LSTMParams"):
        gru_ref.orthogonal_init(list(PARAMS), 1.0, rng)
    with pytest.raises(ValueError, match=r"gain is 0\.0, but should be a finite number above 0"):
        gru_ref.orthogonal_init(PARAMS, 0.0, rng)
