"""A model's outputs and gradients are those of PyTorch's layer with a linear readout, for every kind of target."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref import (
    Batch,
    Model,
    init_model,
    mean_squared_error,
    model_forward,
    model_loss,
    model_loss_and_grads,
    numerical_gradient,
    softmax_cross_entropy,
)
from gru_ref.trees import astype, count, leaves, tree_map
from tests.support.peers import LAYERS

size = st.integers(1, 5)
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=40, deadline=None)
LOSSES = {mean_squared_error: "mse_loss", softmax_cross_entropy: "cross_entropy"}  # in torch.nn.functional
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def draw(seed, kind, T, B, I, H, O, layers=1, bidirectional=False, every_step=False, loss=mean_squared_error):
    """A model with a batch of padded sequences."""
    rng = np.random.default_rng(seed)
    p = tree_map(lambda a: rng.normal(0, 0.5, a.shape), init_model(kind, I, H, O, rng, layers, bidirectional))
    lengths = rng.integers(1, T + 1, B)
    lead = (T, B) if every_step else (B,)
    targets = rng.normal(size=(*lead, O)) if loss is mean_squared_error else rng.integers(0, O, lead)
    return p, Batch(rng.normal(size=(T, B, I)), targets, lengths)


def packed(p):
    """A model's arrays in the order of PyTorch's parameters: for each layer and direction four, then the readout's two."""
    arrays = []
    for cell in (cell for directions in p.network for cell in directions):
        gates = len(cell) // 4
        arrays += [np.concatenate(cell[k * gates : (k + 1) * gates]) for k in range(4)]
    return [*arrays, p.W, p.b]


def by_torch(kind, p, batch, every_step, loss):
    """PyTorch's loss, and its gradients packed."""
    T, _, I = batch.xs.shape
    H = p.network[0][0][-1].shape[0]
    bidirectional = len(p.network[0]) == 2
    layer = getattr(torch.nn, LAYERS[kind])(I, H, len(p.network), bidirectional=bidirectional, dtype=torch.float64)
    linear = torch.nn.Linear(*p.W.shape[::-1], dtype=torch.float64)
    parameters = [*layer.parameters(), *linear.parameters()]
    with torch.no_grad():
        for parameter, array in zip(parameters, packed(p), strict=True):
            parameter.copy_(torch.from_numpy(array))
    lengths = torch.from_numpy(batch.lengths)
    sequence = torch.nn.utils.rnn.pack_padded_sequence(torch.from_numpy(batch.xs), lengths, enforce_sorted=False)
    outputs, final = layer(sequence)
    if every_step:
        hs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, total_length=T)
        inside = torch.arange(T)[:, None] < lengths
        value = getattr(torch.nn.functional, LOSSES[loss])(linear(hs)[inside], torch.from_numpy(batch.targets)[inside])
    else:
        final = final[0] if kind == "lstm" else final
        features = torch.cat([final[-2], final[-1]], dim=1) if bidirectional else final[-1]
        value = getattr(torch.nn.functional, LOSSES[loss])(linear(features), torch.from_numpy(batch.targets))
    value.backward()
    return value.item(), [parameter.grad.numpy() for parameter in parameters]


@many
@given(
    seed, st.sampled_from(list(LAYERS)), size, size, size, size, st.integers(2, 4), st.integers(1, 2), st.booleans(),
    st.booleans(), st.sampled_from(list(LOSSES)),
)  # fmt: skip
def test_loss_and_gradients_are_torchs(seed, kind, T, B, I, H, O, layers, bidirectional, every_step, loss):
    p, batch = draw(seed, kind, T, B, I, H, O, layers, bidirectional, every_step, loss)
    value, grads = model_loss_and_grads(p, batch, kind, loss)
    wanted, gradients = by_torch(kind, p, batch, every_step, loss)
    assert value == pytest.approx(wanted, abs=1e-12)
    assert model_loss(p, batch, kind, loss) == value
    for got, want in zip(packed(grads), gradients, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-10)


@pytest.mark.parametrize("every_step", [False, True])
def test_the_variant_that_torch_lacks_matches_central_differences(every_step):
    kind = "gru_reset_before"
    p, batch = draw(0, kind, 4, 3, 2, 5, 2, layers=2, bidirectional=True, every_step=every_step)
    _, grads = model_loss_and_grads(p, batch, kind)
    for got, array in zip(leaves(grads), leaves(p), strict=True):

        def loss_with(replacement, array=array):
            return model_loss(tree_map(lambda a: replacement if a is array else a, p), batch, kind)

        np.testing.assert_allclose(got, numerical_gradient(loss_with, array), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["rnn", "gru", "gru_reset_before", "lstm"])
def test_without_lengths_every_step_counts(kind):
    p, batch = draw(1, kind, 4, 3, 2, 5, 2, every_step=True)
    full = batch._replace(lengths=np.full(3, 4))
    unmasked = model_loss_and_grads(p, (batch.xs, batch.targets), kind)
    masked = model_loss_and_grads(p, full, kind)
    assert unmasked[0] == pytest.approx(masked[0], rel=1e-14)
    for a, b in zip(leaves(unmasked[1]), leaves(masked[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-14)


def test_padding_changes_nothing():
    p, batch = draw(2, "gru", 6, 3, 2, 5, 2, layers=2, bidirectional=True, every_step=True)
    loss, grads = model_loss_and_grads(p, batch)
    noisy = batch.xs.copy()
    noisy[np.arange(6)[:, None] >= batch.lengths] = 9.0
    longer = np.concatenate([noisy, np.ones((2, 3, 2))]), np.concatenate([batch.targets, np.ones((2, 3, 2))])
    again, grads_again = model_loss_and_grads(p, (*longer, batch.lengths))
    assert again == pytest.approx(loss, rel=1e-12)
    for a, b in zip(leaves(grads), leaves(grads_again), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_a_mask_says_which_steps_count():
    p, batch = draw(3, "gru", 6, 3, 2, 5, 4, every_step=True, loss=softmax_cross_entropy)
    mask = np.zeros((6, 3), bool)
    mask[2, 1] = True
    loss = model_loss(p, (batch.xs, batch.targets, None, mask), loss=softmax_cross_entropy)
    logits = model_forward(p, batch.xs, every_step=True)[2, 1]
    assert loss == pytest.approx(np.log(np.exp(logits).sum()) - logits[batch.targets[2, 1]])


def test_float32_stays_float32_and_nothing_is_changed():
    p, batch = draw(4, "gru", 5, 3, 2, 4, 1)
    p, xs, targets = astype(p, np.float32), batch.xs.astype(np.float32), batch.targets.astype(np.float32)
    before = [leaf.copy() for leaf in leaves(p)]
    _, grads = model_loss_and_grads(p, (xs, targets))
    assert {g.dtype for g in leaves(grads)} == {np.dtype(np.float32)}
    assert model_forward(p, xs).dtype == np.float32
    for leaf, copy in zip(leaves(p), before, strict=True):
        np.testing.assert_array_equal(leaf, copy)


def test_a_model_is_drawn_as_torch_draws_it():
    p = init_model("gru", 3, 64, 50, np.random.default_rng(0), layers=2, bidirectional=True, dtype=np.float32)
    assert isinstance(p, Model) and p.W.shape == (50, 128) and p.b.shape == (50,)
    assert {leaf.dtype for leaf in leaves(p)} == {np.dtype(np.float32)}
    assert np.abs(p.W).max() <= 1 / np.sqrt(128) and p.W.std() == pytest.approx(1 / np.sqrt(3 * 128), rel=0.02)
    layer = torch.nn.GRU(3, 64, 2, bidirectional=True)
    linear = torch.nn.Linear(128, 50)
    assert count(p) == sum(a.numel() for a in [*layer.parameters(), *linear.parameters()])


P, BATCH = draw(5, "gru", 5, 3, 2, 4, 1)
XS, TARGETS, LENGTHS, _ = BATCH
BAD = [
    (lambda: init_model("gru", 2, 4, 0, np.random.default_rng(0)), "O is 0, but should be"),
    (lambda: init_model("gruu", 2, 4, 1, np.random.default_rng(0)), "kind is 'gruu', but should be one of"),
    (lambda: model_forward(P.network, XS), "p is a list, but should be a Model"),
    (lambda: model_forward(P._replace(W=P.W[:, :3]), XS), r"p\.W has shape \(1, 3\), but its D should be 4, as in hs"),
    (lambda: model_forward(P._replace(b=np.ones(2)), XS), r"p\.b has shape \(2,\), but its O should be 1"),
    (lambda: model_forward(P._replace(b=np.ones(1, np.float32)), XS), r"p\.b holds float32, but xs holds float64"),
    (lambda: model_forward(P, XS[:, :, 0]), r"xs has shape \(5, 3\), but should have 3 axes"),
    (lambda: model_forward(P, XS.astype(int)), "xs holds int64, but should hold floats"),
    (lambda: model_forward(P, XS * np.nan), "xs holds NaN or infinity"),
    (lambda: model_forward(P, XS[:, :0]), r"xs has shape \(5, 0, 2\): axis B is empty"),
    (lambda: model_forward(P, XS, lengths=np.array([0, 1, 2])), "lengths"),
    (lambda: model_forward(P, XS, lengths=np.array([6, 1, 2])), "lengths"),
    (lambda: model_loss_and_grads(P, (XS,)), "batch should be a Batch, or a tuple"),
    (lambda: model_loss_and_grads(P, (XS, 1.0)), "targets is a float, but should be a NumPy array"),
    (lambda: model_loss_and_grads(P, (XS, TARGETS[:2])), r"targets has shape \(2, 1\)"),
    (lambda: model_loss_and_grads(P, (XS, TARGETS, None, np.ones((5, 3), bool))), "a mask says which steps count"),
    (lambda: model_loss_and_grads(P, BATCH, "rnn"), "p"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_it_refuses(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_outputs_beyond_the_range_of_floats_are_an_error_of_their_own():
    for W, message in ((1e160, "the loss is inf"), (1e308, "its parameters have grown too large")):
        huge = P._replace(W=np.full_like(P.W, W))
        network = [(P.network[0][0]._replace(b_in=np.full(4, 50.0)),)]
        with pytest.raises(FloatingPointError, match=message), np.errstate(over="ignore"):
            model_loss_and_grads(huge._replace(network=network), (XS, TARGETS))
