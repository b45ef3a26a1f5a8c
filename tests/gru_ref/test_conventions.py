"""The same GRU in other libraries' arrays: there and back, the same steps, and an error if there is no conversion."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import gru_ref
from gru_ref import GRUParams, LSTMParams, RNNParams
from gru_ref.conventions import PARAMETERS

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
orders = st.sampled_from(["hx", "xh"])
kinds = st.sampled_from(["rnn", "gru", "lstm"])
CELLS = {"after": gru_ref.gru_step, "before": gru_ref.gru_step_reset_before}


def draw(seed, I, H, kind="gru", dtype=np.float64):
    """Parameters of a cell, all of them different from 0."""
    rng = np.random.default_rng(seed)
    shapes = {"W_i": (H, I), "W_h": (H, H), "b_i": (H,), "b_h": (H,)}
    return PARAMETERS[kind](*(rng.uniform(0.1, 1, shapes[name[:3]]).astype(dtype) for name in PARAMETERS[kind]._fields))


def draw_step(seed, B, I, H):
    rng = np.random.default_rng(seed)
    p = GRUParams(*(a * rng.choice([-1, 1], a.shape) for a in draw(seed, I, H)))
    return rng.normal(0, 1, (B, I)), rng.uniform(-1, 1, (B, H)), p


def assert_same(p, q):
    assert type(p) is type(q)
    for name, a, b in zip(p._fields, p, q, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
        assert a.dtype == b.dtype


def assert_same_sums(p, q):
    """Biases of r and z may move from one vector to the other; nothing else may."""
    np.testing.assert_allclose(p.b_ir + p.b_hr, q.b_ir + q.b_hr, rtol=1e-15)
    np.testing.assert_allclose(p.b_iz + p.b_hz, q.b_iz + q.b_hz, rtol=1e-15)
    b = {"b_ir": p.b_ir, "b_hr": p.b_hr, "b_iz": p.b_iz, "b_hz": p.b_hz}
    assert_same(p, q._replace(**b))


def assert_same_steps(a, p, b, q, x, h):
    np.testing.assert_allclose(CELLS[a](x, h, p), CELLS[b](x, h, q), rtol=0, atol=1e-13)


# ---------------------------------------------------------------------------------------------------- PyTorch's arrays


@given(seeds, sizes, sizes, kinds)
def test_to_torch_and_back_is_the_identity(seed, I, H, kind):
    p = draw(seed, I, H, kind)
    assert_same(gru_ref.from_torch(kind, *gru_ref.to_torch(p)), p)
    assert_same(gru_ref.from_torch(type(p), *gru_ref.to_torch(p)), p)


@given(seeds, sizes, sizes, sizes)
def test_pytorchs_cells_take_our_parameters(seed, B, I, H):
    rng = np.random.default_rng(seed)
    x, h, c = rng.normal(0, 1, (B, I)), rng.uniform(-1, 1, (B, H)), rng.normal(0, 1, (B, H))
    for kind, module in (("rnn", torch.nn.RNNCell), ("gru", torch.nn.GRUCell), ("lstm", torch.nn.LSTMCell)):
        p = draw(seed, I, H, kind)
        cell = module(I, H, dtype=torch.float64)
        cell.load_state_dict({n: torch.from_numpy(a) for n, a in gru_ref.to_torch(p)._asdict().items()})
        ours = {"rnn": gru_ref.rnn_step, "gru": gru_ref.gru_step, "lstm": gru_ref.lstm_step}[kind]
        state = (h, c) if kind == "lstm" else (h,)
        given_state = tuple(map(torch.from_numpy, state))
        theirs = cell(torch.from_numpy(x), given_state if kind == "lstm" else given_state[0])
        got = ours(x, *state, p)
        for mine, his in zip(*((v if kind == "lstm" else (v,)) for v in (got, theirs)), strict=True):
            np.testing.assert_allclose(mine, his.detach().numpy(), rtol=0, atol=1e-12)


def test_without_biases_they_are_zero_in_the_weights_type():
    p = draw(0, 3, 4, dtype=np.float32)
    q = gru_ref.from_torch("gru", *gru_ref.to_torch(p)[:2])
    zero = np.zeros(4, np.float32)
    assert_same(q, p._replace(**{n: zero for n in p._fields if n[0] == "b"}))


# ------------------------------------------------------------------------------------------- Keras, ONNX, Flax's arrays


@given(seeds, sizes, sizes)
def test_to_keras_and_back(seed, I, H):
    p = draw(seed, I, H)
    assert_same(gru_ref.from_keras(*gru_ref.to_keras(p)), p)
    assert gru_ref.to_keras(p).bias.shape == (2, 3 * H)
    arrays = gru_ref.to_keras(p, reset_after=False)
    assert arrays.bias.shape == (3 * H,)
    assert_same(gru_ref.from_keras(*arrays, reset_after=False), gru_ref.merge_biases(p, reset="before"))


@given(seeds, sizes, sizes)
def test_torch_to_keras_puts_z_first_and_units_into_columns(seed, I, H):
    p = draw(seed, I, H)
    kernel, recurrent_kernel, bias = gru_ref.torch_to_keras(*gru_ref.to_torch(p))
    np.testing.assert_array_equal(kernel, np.concatenate([p.W_iz.T, p.W_ir.T, p.W_in.T], axis=1))
    np.testing.assert_array_equal(recurrent_kernel, np.concatenate([p.W_hz.T, p.W_hr.T, p.W_hn.T], axis=1))
    np.testing.assert_array_equal(bias, [[*p.b_iz, *p.b_ir, *p.b_in], [*p.b_hz, *p.b_hr, *p.b_hn]])


@given(seeds, sizes, sizes)
def test_to_onnx_and_back(seed, I, H):
    p, q = draw(seed, I, H), draw(seed + 1, I, H)
    for directions in ((p,), (p, q)):
        arrays = gru_ref.to_onnx(*directions)
        assert arrays.W.shape == (len(directions), 3 * H, I) and arrays.B.shape == (len(directions), 6 * H)
        back = gru_ref.from_onnx(*arrays)
        assert len(back) == len(directions)
        for one, other in zip(directions, back, strict=True):
            assert_same(one, other)


def test_a_grus_gates_are_in_onnxs_order_z_r_n():
    p = draw(0, 3, 4)
    W, R, B = (array[0] for array in gru_ref.to_onnx(p))
    np.testing.assert_array_equal(W, np.concatenate([p.W_iz, p.W_ir, p.W_in]))
    np.testing.assert_array_equal(R, np.concatenate([p.W_hz, p.W_hr, p.W_hn]))
    np.testing.assert_array_equal(B, np.concatenate([p.b_iz, p.b_ir, p.b_in, p.b_hz, p.b_hr, p.b_hn]))


@given(seeds, sizes, sizes, st.sampled_from(["rnn", "lstm"]))
def test_an_lstm_and_an_rnn_to_each_library_and_back(seed, I, H, kind):
    """Where there is one bias for each gate, it is the sum of ours; nothing else changes."""
    p = draw(seed, I, H, kind)
    K = len(p) // 4
    assert_same(gru_ref.from_onnx(*gru_ref.to_onnx(p), kind=kind)[0], p)
    for back in (
        gru_ref.from_keras(*gru_ref.to_keras(p), kind=kind),
        gru_ref.from_flax(gru_ref.to_flax(p), kind),
        gru_ref.from_nnx(gru_ref.to_nnx(p), kind),
    ):
        assert type(back) is type(p)
        for k in range(K):
            np.testing.assert_array_equal(back[k], p[k])
            np.testing.assert_array_equal(back[K + k], p[K + k])
            np.testing.assert_array_equal(back[2 * K + k] + back[3 * K + k], p[2 * K + k] + p[3 * K + k])


@given(seeds, sizes, sizes)
def test_an_lstms_gates_are_reordered_in_onnx_alone(seed, I, H):
    p = draw(seed, I, H, "lstm")
    np.testing.assert_array_equal(gru_ref.to_keras(p).kernel, np.concatenate([p.W_ii, p.W_if, p.W_ig, p.W_io]).T)
    np.testing.assert_array_equal(gru_ref.to_onnx(p).R[0], np.concatenate([p.W_hi, p.W_ho, p.W_hf, p.W_hg]))


@given(seeds, sizes, sizes)
def test_to_stacked_and_back(seed, I, H):
    p = draw(seed, I, H)
    arrays = gru_ref.to_stacked(p)
    assert [a.shape for a in arrays] == [(3 * H, I), (3 * H, H), (3 * H,), (H,)]
    assert_same_sums(p, gru_ref.from_stacked(*arrays))
    bare = gru_ref.from_stacked(*arrays[:2])
    assert_same(bare, p._replace(**{n: np.zeros(H) for n in p._fields if n[0] == "b"}))


@given(seeds, sizes, sizes)
def test_to_nnx_and_back_where_there_is_no_b_hn(seed, I, H):
    p = draw(seed, I, H)
    with pytest.raises(ValueError, match=r"b_hn\[0\] .* flax\.nnx\.GRUCell, which has no b_hn"):
        gru_ref.to_nnx(p)
    p = p._replace(b_hn=np.zeros(H))
    assert_same_sums(p, gru_ref.from_nnx(gru_ref.to_nnx(p)))


@given(seeds, st.integers(1, 6), st.integers(1, 4))
def test_masked_steps_are_skipped_and_shown_again(seed, T, B):
    rng = np.random.default_rng(seed)
    xs, mask, first = rng.normal(0, 1, (T, B, 2)), rng.random((T, B)) < 0.6, rng.normal(0, 1, (B, 2))
    mask[rng.integers(T, size=B), np.arange(B)] = True
    packed, lengths = gru_ref.pack_masked(xs, mask)
    spread = gru_ref.unpack_masked(packed, mask, first)
    for b in range(B):
        np.testing.assert_array_equal(packed[: lengths[b], b], xs[mask[:, b], b])
        assert not packed[lengths[b] :, b].any()
        shown = first[b]
        for t in range(T):
            shown = xs[t, b] if mask[t, b] else shown
            np.testing.assert_array_equal(spread[t, b], shown)


@given(seeds, sizes, sizes)
def test_to_flax_and_back(seed, I, H):
    p = draw(seed, I, H)
    back = gru_ref.from_flax(gru_ref.to_flax(p))
    assert_same_sums(p, back)
    assert not back.b_hr.any() and not back.b_hz.any()
    assert (
        sum(np.size(a) for layer in gru_ref.to_flax(p).values() for a in layer.values()) == 3 * (I * H + H * H) + 4 * H
    )


def test_without_biases_keras_and_onnx_have_zeros():
    p = draw(0, 3, 4)
    bare = p._replace(**{n: np.zeros(4) for n in p._fields if n[0] == "b"})
    for reset_after in (True, False):
        assert_same(gru_ref.from_keras(*gru_ref.to_keras(p)[:2], reset_after=reset_after), bare)
    assert_same(gru_ref.from_onnx(*gru_ref.to_onnx(p)[:2])[0], bare)


# ------------------------------------------------------------------------------------------------- concatenated form


@given(seeds, sizes, sizes, sizes, orders)
def test_a_concatenated_matrix_is_the_sum_of_its_parts(seed, B, I, H, order):
    rng = np.random.default_rng(seed)
    W, x, h = rng.normal(0, 1, (H, H + I)), rng.normal(0, 1, (B, I)), rng.normal(0, 1, (B, H))
    W_x, W_h = gru_ref.split_concatenated(W, H, order)
    assert W_x.shape == (H, I) and W_h.shape == (H, H)
    both = np.concatenate([h, x] if order == "hx" else [x, h], axis=1)
    np.testing.assert_allclose(x @ W_x.T + h @ W_h.T, both @ W.T, atol=1e-12)


@given(seeds, sizes, sizes, sizes, orders)
def test_the_concatenated_form_is_the_cell_that_resets_before(seed, B, I, H, order):
    x, h, p = draw_step(seed, B, I, H)
    c = gru_ref.to_concatenated(p, order)

    def read(W, state, b):
        return np.concatenate([state, x] if order == "hx" else [x, state], axis=1) @ W.T + b

    r, z = gru_ref.sigmoid(read(c.W_r, h, c.b_r)), gru_ref.sigmoid(read(c.W_z, h, c.b_z))
    n = np.tanh(read(c.W_n, r * h, c.b_n))
    np.testing.assert_allclose((1 - z) * n + z * h, CELLS["before"](x, h, p), rtol=0, atol=1e-13)
    back = gru_ref.from_concatenated(c, order)
    assert_same(back, gru_ref.merge_biases(p, reset="before"))


# ------------------------------------------------------------------------------------------- one equation for another


@given(seeds, sizes, sizes, sizes)
def test_a_flipped_update_gate_is_the_complement_and_flipping_is_an_involution(seed, B, I, H):
    x, h, p = draw_step(seed, B, I, H)
    q = gru_ref.flip_update_gate(p)
    np.testing.assert_allclose(gru_ref.update_gate(x, h, q), 1 - gru_ref.update_gate(x, h, p), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(gru_ref.reset_gate(x, h, q), gru_ref.reset_gate(x, h, p))
    assert_same(gru_ref.flip_update_gate(q), p)


@given(seeds, sizes, sizes, sizes)
def test_an_article_whose_z_writes_takes_the_same_steps_with_the_flipped_gate(seed, B, I, H):
    x, h, p = draw_step(seed, B, I, H)
    q = gru_ref.flip_update_gate(p)
    r, z = gru_ref.reset_gate(x, h, q), gru_ref.update_gate(x, h, q)
    written = z * gru_ref.candidate(x, h, r, q) + (1 - z) * h
    np.testing.assert_allclose(written, gru_ref.gru_step(x, h, p), rtol=0, atol=1e-14)


@given(seeds, st.integers(1, 5), st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=1, max_size=5))
def test_are_equivalent_is_what_happens_for_every_state(seed, I, r):
    r, rng = np.array(r), np.random.default_rng(seed)
    H = len(r)
    p = draw(seed, I, H)
    p = p._replace(W_hn=p.W_hn * (rng.random((H, H)) < 0.5), b_hn=p.b_hn * (rng.random(H) < 0.3))
    # Two affine maps of h agree everywhere if they agree at 0 and at the unit vectors.
    states = np.concatenate([np.zeros((1, H)), np.eye(H)])
    after = r * (states @ p.W_hn.T + p.b_hn)
    before = (r * states) @ p.W_hn.T + p.b_hn
    assert gru_ref.are_equivalent(p, r) is bool(np.allclose(after, before, rtol=0, atol=1e-12))


@given(seeds, sizes, sizes, sizes)
def test_a_diagonal_product_without_bias_moves_the_reset_as_it_is(seed, B, I, H):
    x, h, p = draw_step(seed, B, I, H)
    p = p._replace(W_hn=np.diag(np.diag(p.W_hn)), b_hn=np.zeros(H))
    for to, cell in (("before", "after"), ("after", "before")):
        assert_same(gru_ref.move_reset(p, to), p)
        assert_same_steps(to, p, cell, p, x, h)


@given(seeds, sizes, sizes, st.lists(st.sampled_from("abcC"), min_size=1, max_size=6))
def test_the_reset_moves_where_linked_units_share_it_or_it_is_constant(seed, B, I, kinds):
    """Units of one kind share their reset gate; a C has one of its own that is constant."""
    H = len(kinds)
    x, h, p = draw_step(seed, B, I, H)
    first = np.array([kinds.index(k) for k in kinds])
    free = np.array([k != "C" for k in kinds])
    p = p._replace(
        W_ir=(p.W_ir[first].T * free).T,
        W_hr=(p.W_hr[first].T * free).T,
        b_ir=np.where(free, p.b_ir[first], p.b_ir),
        b_hr=np.where(free, p.b_hr[first], p.b_hr),
        W_hn=p.W_hn * (first[:, None] == first),
    )
    moved = gru_ref.move_reset(p, "after")
    assert_same_steps("after", moved, "before", p, x, h)
    p = p._replace(b_hn=np.where(free, 0, p.b_hn))
    moved = gru_ref.move_reset(p, "before")
    assert_same_steps("before", moved, "after", p, x, h)
    assert_same_steps("after", gru_ref.move_reset(moved, "after"), "before", moved, x, h)


@given(seeds, sizes, sizes, sizes)
def test_biases_merge_where_nothing_stands_between_them(seed, B, I, H):
    x, h, p = draw_step(seed, B, I, H)
    merged = gru_ref.merge_biases(p, reset="before")
    assert not any(b.any() for b in (merged.b_hr, merged.b_hz, merged.b_hn))
    assert_same_steps("before", merged, "before", p, x, h)
    p = p._replace(b_hn=np.zeros(H))
    assert_same_steps("after", gru_ref.merge_biases(p), "after", p, x, h)


# ------------------------------------------------------------------------------------------------------------- refusals

P = draw(0, I=3, H=4)
TORCH = gru_ref.to_torch(P)
KERAS = gru_ref.to_keras(P)
ONNX = gru_ref.to_onnx(P)
FLAX = gru_ref.to_flax(P)
JOINED = gru_ref.to_concatenated(P)
LSTM = draw(0, I=3, H=4, kind="lstm")
RNN = draw(0, I=3, H=4, kind="rnn")
STATE = gru_ref.to_state_dict([(P, P), (draw(1, 8, 4), draw(2, 8, 4))])
W = JOINED.W_r
NAN = np.full((4, 3), np.nan)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gru_ref.to_torch((1, 2)), "p is a tuple, but should be one of RNNParams, GRUParams, LSTMParams"),
        (lambda: gru_ref.to_torch(P._replace(W_ir=NAN)), "p.W_ir holds NaN or infinity, but should hold finite"),
        (lambda: gru_ref.to_torch(P._replace(b_hn=np.ones(5))), "p.b_hn has shape (5,), but its H should be 4"),
        (lambda: gru_ref.from_torch("grus", *TORCH), "kind is 'grus', but should be one of 'rnn', 'gru', 'lstm'"),
        (lambda: gru_ref.from_torch(LSTMParams, *TORCH), "weight_hh has shape (12, 4), but its 4H should be 16"),
        (lambda: gru_ref.from_torch(RNNParams, *TORCH), "weight_hh has shape (12, 4), but its H should be 12, as in w"),
        (lambda: gru_ref.from_torch("gru", *TORCH[:3]), "bias_hh is missing: give it together with bias_ih, or"),
        (
            lambda: gru_ref.from_torch("gru", STATE),
            "weight_ih is a dict, but should be an array: use from_state_dict",
        ),
        (lambda: gru_ref.from_torch("gru", TORCH[0]), "weight_hh is a NoneType, but should be a NumPy array"),
        (lambda: gru_ref.from_torch("gru", TORCH[0].tolist(), *TORCH[1:]), "weight_ih is a list, but should be a Num"),
        (lambda: gru_ref.from_torch("gru", TORCH[0][:0], *TORCH[1:]), "weight_ih has shape (0, 3): axis 3H is empty"),
        (lambda: gru_ref.torch_to_keras(TORCH[0].astype(int), *TORCH[1:]), "weight_ih holds int64, but should hold fl"),
        (lambda: gru_ref.torch_to_keras(*TORCH[:3], TORCH[3][:9]), "bias_hh has shape (9,), but its 3H should be 12"),
        (lambda: gru_ref.torch_to_keras(*KERAS[:2], *TORCH[2:]), "weight_hh has shape (4, 12), but its 3H should be 3"),
        (lambda: gru_ref.to_keras(P, reset_after="no"), "reset_after is 'no', but should be True or False"),
        (
            lambda: gru_ref.from_keras(KERAS[0].T, *KERAS[1:]),
            "recurrent_kernel has shape (4, 12), but its 3H should be 3",
        ),
        (lambda: gru_ref.from_keras(*KERAS[:2], KERAS[2][0]), "bias has shape (12,), but should have 2 axes, (2, 3H)"),
        (
            lambda: gru_ref.from_keras(*KERAS[:2], KERAS[2][:1]),
            "bias has shape (1, 12), but should be (2, 3H): one row",
        ),
        (lambda: gru_ref.from_keras(*KERAS, reset_after=False), "bias has shape (2, 12), but should have 1 axis, (3H)"),
        (lambda: gru_ref.to_onnx(), "got 0 directions, but should get 1 or 2"),
        (lambda: gru_ref.to_onnx(P, draw(0, 3, 5)), "the second direction has sizes {'H': 5, 'I': 3}, but should have"),
        (lambda: gru_ref.from_onnx(ONNX.W[0], *ONNX[1:]), "W has shape (12, 3), but should have 3 axes, (D, 3H, I)"),
        (
            lambda: gru_ref.from_onnx(*ONNX[:2], ONNX.B[:, :12]),
            "B has shape (1, 12), but its 6H should be 24, for H = 4",
        ),
        (
            lambda: gru_ref.from_onnx(*(np.concatenate([a] * 3) for a in ONNX)),
            "W has shape (3, 12, 3), but its D should",
        ),
        (
            lambda: gru_ref.from_flax({**FLAX, "hn": {"kernel": P.W_hn}}),
            'layers has no ["hn"]["bias"], but should have',
        ),
        (
            lambda: gru_ref.from_flax({**FLAX, "hz": FLAX["iz"]}),
            'layers["hz"]["kernel"] has shape (3, 4), but its H should',
        ),
        (lambda: gru_ref.from_flax(P), 'layers has no ["ir"]["kernel"], but should have ir (kernel and bias)'),
        (lambda: gru_ref.to_keras(STATE), "p is a dict, but should be one of RNNParams, GRUParams, LSTMParams"),
        (
            lambda: gru_ref.to_keras(LSTM, False),
            "reset_after is False, but should be left out: LSTMParams have no reset",
        ),
        (lambda: gru_ref.from_keras(*KERAS, kind="lstm"), "bias has shape (2, 12), but should have 1 axis, (4H)"),
        (
            lambda: gru_ref.from_keras(*KERAS[:2], kind="lstm"),
            "recurrent_kernel has shape (4, 12), but its 4H should be 16",
        ),
        (lambda: gru_ref.from_keras(*KERAS, kind="gro"), "kind is 'gro', but should be one of 'rnn', 'gru', 'lstm'"),
        (lambda: gru_ref.to_onnx(LSTM, P), "p is a GRUParams, but should be LSTMParams(W_ii"),
        (lambda: gru_ref.from_onnx(*ONNX, kind="lstm"), "R has shape (1, 12, 4), but its 4H should be 16, for a state"),
        (
            lambda: gru_ref.from_onnx(*gru_ref.to_onnx(RNN), kind="gru"),
            "R has shape (1, 4, 4), but its 3H should be 12",
        ),
        (lambda: gru_ref.from_flax(FLAX, "lstm"), 'layers has no ["ii"]["kernel"], but should have ii (kernel), if'),
        (lambda: gru_ref.from_flax(gru_ref.to_flax(RNN)), 'layers has no ["ir"]["kernel"], but should have ir (kernel'),
        (lambda: gru_ref.from_nnx(FLAX), 'layers has no ["dense_i"]["kernel"], but should have dense_i (kernel and'),
        (
            lambda: gru_ref.from_nnx(gru_ref.to_nnx(RNN)),
            'layers["dense_h"]["kernel"] has shape (4, 4), but its 3H should be 12',
        ),
        (lambda: gru_ref.to_nnx(P), "b_hn[0] is"),
        (lambda: gru_ref.to_stacked(LSTM), "p is a LSTMParams, but should be GRUParams(W_ir"),
        (lambda: gru_ref.from_stacked(*TORCH), "bias_n has shape (12,), but its H should be 4, as in weight_hh"),
        (lambda: gru_ref.from_stacked(*TORCH[:3]), "bias_n is missing: give it together with bias, or give neither"),
        (lambda: gru_ref.to_state_dict(P), "network[0] is a ndarray, but should be a tuple of one or two directions'"),
        (lambda: gru_ref.to_state_dict([P]), "network[0] is a GRUParams, but should be a tuple of one or two direc"),
        (lambda: gru_ref.to_state_dict([]), "network is [], but should be a list with a tuple for each layer"),
        (lambda: gru_ref.to_state_dict([(P,), (P,)]), "network[1][0] reads 3 numbers per step, but should read 4"),
        (lambda: gru_ref.to_state_dict([(P, LSTM)]), "network[0][1] is a LSTMParams, but should be a GRUParams, as"),
        (
            lambda: gru_ref.to_state_dict([(P,), (P, P)]),
            "network[1] has 2 directions, but should have 1, as network[0]",
        ),
        (lambda: gru_ref.to_state_dict([(P, draw(0, 3, 5))]), "network[0][1] has H = 5, but should have 4, as the fir"),
        (
            lambda: gru_ref.to_state_dict([(P,)], bias=False),
            "network[0]'s bias_ih is not 0, but should be, since bias=F",
        ),
        (lambda: gru_ref.to_state_dict([(P,)], bias=1), "bias is 1, but should be True or False"),
        (
            lambda: gru_ref.from_state_dict("gru", [P]),
            "state is a list, but should be a dict: what module.state_dict()",
        ),
        (
            lambda: gru_ref.from_state_dict("gru", {}),
            "state has no name that begins with '', but should hold only names",
        ),
        (lambda: gru_ref.from_state_dict("gru", STATE, "gru."), "state has no name that begins with 'gru.', but sho"),
        (
            lambda: gru_ref.from_state_dict("gru", {**STATE, "out.weight": W}),
            "state holds 'out.weight', but should hold only names such as 'weight_ih_l0'",
        ),
        (
            lambda: gru_ref.from_state_dict("lstm", {**STATE, "weight_hr_l0": W}),
            "state holds 'weight_hr_l0', but should hold only names",
        ),
        (
            lambda: gru_ref.from_state_dict("gru", {n: a for n, a in STATE.items() if n != "bias_hh_l0_reverse"}),
            "state has no 'bias_hh_l0_reverse', but should, for 2 layers of 2 directions",
        ),
        (
            lambda: gru_ref.from_state_dict("gru", {n: a for n, a in STATE.items() if "_l0" not in n}),
            "state has no 'weight_ih_l0', but should, for 2 layers of 2 directions",
        ),
        (
            lambda: gru_ref.from_state_dict("lstm", STATE),
            "in state, for the arrays '…_l0': weight_hh has shape (12, 4), but its 4H should be 16",
        ),
        (
            lambda: gru_ref.from_state_dict("gru", {**STATE, "weight_ih_l1": STATE["weight_ih_l0"]}),
            "state's weight_ih_l1 reads 3 numbers per step, but should read 8",
        ),
        (
            lambda: gru_ref.from_state_dict("gru", torch.nn.GRU(3, 4, dtype=torch.bfloat16).state_dict()),
            "state's 'weight_ih_l0' holds torch.bfloat16, but should hold float32 or float64: try .float()",
        ),
        (
            lambda: gru_ref.pack_masked(np.ones((5, 2, 3)), np.ones((5, 2))),
            "mask is an array of float64, but should be",
        ),
        (lambda: gru_ref.pack_masked(np.ones((5, 2, 3)), [[True]]), "mask is a list, but should be a NumPy array of b"),
        (
            lambda: gru_ref.pack_masked(np.ones((5, 2, 3)), np.ones((2, 5), bool)),
            "mask has shape (2, 5), but should be (5, 2): one entry for each step of each sequence, time first",
        ),
        (
            lambda: gru_ref.unpack_masked(np.ones((5, 2, 3)), np.zeros((5, 2), bool), np.ones((2, 3))),
            "mask has no real step in sequence 0, but should have at least one: leave that sequence out",
        ),
        (lambda: gru_ref.split_concatenated(W, 4, "hxx"), "order is 'hxx', but should be 'hx' or 'xh'"),
        (lambda: gru_ref.split_concatenated(W, 3, "hx"), "W has shape (4, 7), but should be (H, H + I), with H = 3"),
        (lambda: gru_ref.split_concatenated(W[:, :4], 4, "hx"), "W has shape (4, 4), but should be (H, H + I), with"),
        (lambda: gru_ref.split_concatenated(W, 0, "hx"), "H is 0, but should be an integer of at least 1"),
        (lambda: gru_ref.to_concatenated(P, "rz"), "order is 'rz', but should be 'hx' or 'xh'"),
        (lambda: gru_ref.from_concatenated(P), "arrays is a GRUParams, but should be Concatenated(W_r, W_z, W_n, b_r"),
        (lambda: gru_ref.from_concatenated(JOINED._replace(b_r=np.ones(5))), "arrays.b_r has shape (5,), but its H sh"),
        (lambda: gru_ref.flip_update_gate(TORCH), "p is a TorchArrays, but should be GRUParams(W_ir, W_iz, W_in"),
        (lambda: gru_ref.are_equivalent(P, np.ones((2, 4))), "r has shape (2, 4), but should have 1 axis, (H)"),
        (lambda: gru_ref.move_reset(P, "back"), 'to is \'back\', but should be "before" or "after"'),
        (lambda: gru_ref.merge_biases(P, "back"), 'reset is \'back\', but should be "before" or "after"'),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_where_there_is_no_exact_conversion_it_says_why_and_when_there_would_be_one():
    for to in ("before", "after"):
        with pytest.raises(
            ValueError, match=r"no exact conversion: W_hn\[0, 1\] links units 0 and 1, whose reset gates"
        ):
            gru_ref.move_reset(P, to)
    diagonal = P._replace(W_hn=np.diag(np.diag(P.W_hn)))
    with pytest.raises(ValueError, match=r"no exact conversion: b_hn\[0\] is 0\.\d+, .* would have to be 0"):
        gru_ref.move_reset(diagonal, "before")
    shut = P._replace(W_ir=0 * P.W_ir, W_hr=0 * P.W_hr, b_ir=np.array([-800.0, 0, 0, 0]))  # σ(−800) is 0
    for to, link in (("before", "1, 0"), ("after", "0, 1")):
        with pytest.raises(ValueError, match=rf"no exact conversion: W_hn\[{link}\] .* No finite weight makes up"):
            gru_ref.move_reset(shut, to)
    with pytest.raises(ValueError, match=r"no exact conversion: b_hn\[0\] is 0\.\d+, but should be 0"):
        gru_ref.merge_biases(P)


# ------------------------------------------------------------------------------------------------------- every function

CALLS = {
    "to_torch": lambda p: (gru_ref.to_torch, p),
    "from_torch": lambda p: (gru_ref.from_torch, "gru", *gru_ref.to_torch(p)),
    "torch_to_keras": lambda p: (gru_ref.torch_to_keras, *gru_ref.to_torch(p)),
    "to_keras": lambda p: (gru_ref.to_keras, p),
    "to_keras before": lambda p: (gru_ref.to_keras, p, False),
    "from_keras": lambda p: (gru_ref.from_keras, *gru_ref.to_keras(p)),
    "from_keras before": lambda p: (gru_ref.from_keras, *gru_ref.to_keras(p, False), False),
    "to_onnx": lambda p: (gru_ref.to_onnx, p, p),
    "from_onnx": lambda p: (gru_ref.from_onnx, *gru_ref.to_onnx(p)),
    "to_flax": lambda p: (gru_ref.to_flax, p),
    "from_flax": lambda p: (gru_ref.from_flax, gru_ref.to_flax(p)),
    "to_nnx": lambda p: (gru_ref.to_nnx, p._replace(b_hn=np.zeros_like(p.b_hn))),
    "from_nnx": lambda p: (gru_ref.from_nnx, gru_ref.to_nnx(p._replace(b_hn=np.zeros_like(p.b_hn)))),
    "to_stacked": lambda p: (gru_ref.to_stacked, p),
    "from_stacked": lambda p: (gru_ref.from_stacked, *gru_ref.to_stacked(p)),
    "to_state_dict": lambda p: (gru_ref.to_state_dict, [(p, p)]),
    "from_state_dict": lambda p: (gru_ref.from_state_dict, "gru", gru_ref.to_state_dict([(p, p)])),
    "split_concatenated": lambda p: (gru_ref.split_concatenated, gru_ref.to_concatenated(p).W_r, 4, "hx"),
    "to_concatenated": lambda p: (gru_ref.to_concatenated, p),
    "from_concatenated": lambda p: (gru_ref.from_concatenated, gru_ref.to_concatenated(p)),
    "flip_update_gate": lambda p: (gru_ref.flip_update_gate, p),
    "merge_biases": lambda p: (gru_ref.merge_biases, p, "before"),
    "move_reset": lambda p: (gru_ref.move_reset, p._replace(W_hn=np.diag(np.diag(p.W_hn))), "after"),
}


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    if isinstance(tree, (tuple, list)):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [tree] if isinstance(tree, np.ndarray) else []


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_keeps_the_type_shares_no_memory_and_changes_nothing(name, dtype):
    call, *args = CALLS[name](draw(1, 3, 4, dtype=dtype))
    before = [a.copy() for a in leaves(tuple(args))]
    results = leaves(call(*args))
    assert results
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    for result in results:
        result += 1
    assert not any(np.shares_memory(a, b) for a in results for b in leaves(tuple(args)))
    for a, b in zip(before, leaves(tuple(args)), strict=True):
        np.testing.assert_array_equal(a, b)
