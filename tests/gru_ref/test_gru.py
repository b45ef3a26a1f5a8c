"""The GRU's step, sequence and count equal PyTorch's; its properties hold."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import (
    GRUParams,
    blend,
    candidate,
    count_gru_parameters,
    gru_forward,
    gru_step,
    gru_step_reset_before,
    init_gru,
    reset_gate,
    update_gate,
)
from tests.support.peers import torch_cell

sizes = st.integers(1, 6)


def draw(seed, B=3, I=4, H=5, dtype=np.float64):
    rng = np.random.default_rng(seed)
    p = GRUParams(*(a.astype(dtype) for a in init_gru(I, H, rng)))
    return rng.normal(0, 1, (B, I)).astype(dtype), rng.uniform(-1, 1, (B, H)).astype(dtype), p


@settings(max_examples=40, deadline=None)
@given(B=sizes, I=sizes, H=sizes, seed=sizes, double=st.booleans())
def test_a_step_equals_pytorchs_cell(B, I, H, seed, double):
    x, h, p = draw(seed, B, I, H, np.float64 if double else np.float32)
    theirs = torch_cell("gru", p)(torch.tensor(x), torch.tensor(h)).detach().numpy()
    mine = gru_step(x, h, p)
    assert mine.dtype == theirs.dtype
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 if double else 1e-6)


def test_a_step_is_made_of_its_parts():
    x, h, p = draw(1)
    n = candidate(x, h, reset_gate(x, h, p), p)
    np.testing.assert_allclose(gru_step(x, h, p), blend(update_gate(x, h, p), n, h), rtol=0, atol=1e-15)


def test_both_places_of_the_reset_agree_where_it_is_open_and_nowhere_else():
    x, h, p = draw(2)
    open_reset = p._replace(b_ir=np.full_like(p.b_ir, 800.0))
    np.testing.assert_allclose(gru_step(x, h, open_reset), gru_step_reset_before(x, h, open_reset), rtol=0, atol=1e-15)
    assert np.abs(gru_step(x, h, p) - gru_step_reset_before(x, h, p)).max() > 1e-3


def test_a_state_inside_minus_one_and_one_stays_there():
    x, h, p = draw(3)
    for step in (gru_step, gru_step_reset_before):
        assert (np.abs(step(100 * x, h, p)) <= 1).all()


def test_a_forward_pass_with_lengths_is_each_sequence_alone():
    rng = np.random.default_rng(4)
    _, h0, p = draw(4)
    xs, lengths = rng.normal(0, 1, (7, 3, 4)), np.array([7, 1, 4])
    hs = gru_forward(xs, h0, p, lengths)
    for b, length in enumerate(lengths):
        alone = gru_forward(xs[:length, b : b + 1], h0[b : b + 1], p)
        np.testing.assert_allclose(hs[:length, b], alone[:, 0], rtol=0, atol=1e-14)
        assert (hs[length:, b] == hs[length - 1, b]).all()


@pytest.mark.parametrize("biases", [0, 1, 2])
def test_the_count_is_that_of_the_arrays(biases):
    p = init_gru(4, 5, np.random.default_rng(0))
    assert count_gru_parameters(4, 5, biases) == sum(a.size for a in p) - (2 - biases) * 15
    assert count_gru_parameters(4, 5, 2) == sum(w.numel() for w in torch.nn.GRUCell(4, 5).parameters())
    assert count_gru_parameters(4, 5, 0) == sum(w.numel() for w in torch.nn.GRUCell(4, 5, bias=False).parameters())


@pytest.mark.parametrize("biases", [3, -1, True, None, "2", 1.5])
def test_a_strange_number_of_biases_is_refused(biases):
    with pytest.raises(ValueError, match=r"biases is .*, but should be 0, 1 or 2"):
        count_gru_parameters(4, 5, biases)
