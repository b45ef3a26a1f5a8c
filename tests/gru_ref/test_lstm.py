"""The LSTM's step and sequence equal PyTorch's."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_ref import init_lstm, lstm_forward, lstm_step
from gru_ref.trees import astype
from tests.support.peers import torch_cell, torch_layers

sizes = st.integers(1, 6)


@settings(max_examples=40, deadline=None)
@given(B=sizes, I=sizes, H=sizes, seed=sizes, double=st.booleans())
def test_a_step_equals_pytorchs_cell(B, I, H, seed, double):
    rng, dtype = np.random.default_rng(seed), np.float64 if double else np.float32
    p, x = astype(init_lstm(I, H, rng), dtype), rng.normal(0, 1, (B, I)).astype(dtype)
    h, c = rng.uniform(-1, 1, (2, B, H)).astype(dtype)
    theirs = torch_cell("lstm", p)(torch.tensor(x), (torch.tensor(h), torch.tensor(c)))
    for mine, other in zip(lstm_step(x, h, c, p), theirs, strict=True):
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, other.detach().numpy(), rtol=0, atol=1e-12 if double else 1e-6)


def test_a_forward_pass_gives_both_states_of_every_step():
    rng = np.random.default_rng(0)
    p, xs = init_lstm(3, 5, rng), rng.normal(0, 1, (6, 2, 3))
    h0, c0 = rng.uniform(-1, 1, (2, 2, 5))
    hs, cs = lstm_forward(xs, h0, c0, p)
    theirs, (_, c) = torch_layers("lstm", [(p,)])(torch.tensor(xs), (torch.tensor(h0)[None], torch.tensor(c0)[None]))
    np.testing.assert_allclose(hs, theirs.detach().numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(cs[-1], c[0].detach().numpy(), rtol=0, atol=1e-12)
    padded, still = lstm_forward(xs, h0, c0, p, np.array([6, 2]))
    assert (padded[2:, 1] == hs[1, 1]).all() and (still[2:, 1] == cs[1, 1]).all()
