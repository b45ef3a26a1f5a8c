"""A text in chunks is one long text, gradients are slopes and PyTorch's, and only the order of what is known is kept."""

import itertools

import numpy as np
import pytest
import torch

from gru_ref.backward import numerical_gradient
from gru_ref.language import sample
from gru_ref.language_model import (
    Chunk,
    LanguageModel,
    bits_by_known,
    init_language_model,
    language_bits,
    language_chunks,
    language_forward,
    language_loss_and_grads,
    language_step,
)
from gru_ref.training import train
from gru_ref.trees import leaves
from tests.support.peers import torch_layers

each_kind = pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
V, E, H, B = 7, 3, 5, 2


def drawn(kind, layers=1, seed=0):
    rng = np.random.default_rng(seed)
    return init_language_model(kind, V, E, H, rng, layers), rng.integers(0, V, (12, B)), rng.integers(0, V, (12, B))


@each_kind
@pytest.mark.parametrize("layers", [1, 2])
def test_carrying_the_states_over_chunks_equals_one_long_run(kind, layers):
    p, ids, _ = drawn(kind, layers)
    whole, end = language_forward(p, ids, None, kind)
    states, parts = None, []
    for chunk in (ids[:5], ids[5:6], ids[6:]):
        logits, states = language_forward(p, chunk, states, kind)
        parts.append(logits)
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-13)
    for a, b in zip(leaves(states), leaves(end), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-13)


@each_kind
def test_every_gradient_is_the_slope_with_the_first_states_held(kind):
    p, inputs, targets = drawn(kind)
    inputs[:3] = 4  # a character that is read several times
    _, states = language_forward(p, inputs, None, kind)
    chunk = Chunk(inputs[:4], targets[:4], False)
    _, grads, _ = language_loss_and_grads(p, chunk, states, kind)
    for array, grad in zip(leaves(p), leaves(grads), strict=True):

        def loss(changed, array=array):
            kept = array.copy()
            array[...] = changed
            value = language_loss_and_grads(p, chunk, states, kind)[0]
            array[...] = kept
            return value

        np.testing.assert_allclose(grad, numerical_gradient(loss, array.copy()), atol=1e-7)
    never_read = [k for k in range(V) if k not in inputs[:4]]
    assert not grads.embedding[never_read].any()


@each_kind
def test_loss_and_gradients_equal_pytorchs(kind):
    p, inputs, targets = drawn(kind)
    embedding = torch.nn.Embedding.from_pretrained(torch.tensor(p.embedding), freeze=False)
    layers, W, b = torch_layers(kind, p.network), torch.tensor(p.W, requires_grad=True), torch.tensor(p.b)
    hs, _ = layers(embedding(torch.tensor(inputs)))
    loss = torch.nn.functional.cross_entropy((hs @ W.T + b).reshape(-1, V), torch.tensor(targets).ravel())
    loss.backward()
    value, grads, _ = language_loss_and_grads(p, Chunk(inputs, targets, True), None, kind)
    assert value == pytest.approx(loss.item(), abs=1e-12)
    np.testing.assert_allclose(grads.embedding, embedding.weight.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(grads.W, W.grad.numpy(), atol=1e-12)


@each_kind
def test_the_length_of_chunks_does_not_change_the_bits_where_states_are_carried(kind):
    p, _, _ = drawn(kind)
    ids = np.random.default_rng(3).integers(0, V, 203)
    bits = [language_bits(p, ids, kind, T, B=4) for T in (1, 7, 50, 1000)]
    np.testing.assert_allclose(bits, bits[0], atol=1e-12)
    assert abs(language_bits(p, ids, kind, 7, B=4, carry=False) - bits[0]) > 1e-4


def test_bits_are_those_of_reading_character_by_character():
    p, _, _ = drawn("gru")
    ids = np.random.default_rng(4).integers(0, V, 31)
    step, states, bits = language_step(p), None, []
    for now, following in itertools.pairwise(ids):
        logits, states = step(now, states)
        bits.append((np.logaddexp.reduce(logits) - logits[following]) / np.log(2))
    assert language_bits(p, ids, B=1) == pytest.approx(np.mean(bits), abs=1e-12)


def test_chunks_begin_again_and_say_so():
    next_chunk = language_chunks(np.arange(14) % V, 3, 2)
    chunks = [next_chunk() for _ in range(5)]
    assert [chunk.first for chunk in chunks] == [True, False, True, False, True]
    np.testing.assert_array_equal(chunks[0].inputs, chunks[2].inputs)


def test_training_carries_the_states_and_forgets_them_where_the_text_begins():
    seen = []

    def spy(p, chunk, states):
        seen.append((chunk.first, states))
        loss, grads, states = language_loss_and_grads(p, chunk, states)
        return loss, grads, states

    p, _, _ = drawn("gru")
    train(spy, p, language_chunks(np.arange(14) % V, 3, 2), 4, 1e-3, carry=True, progress=False)
    assert [(first, states is None) for first, states in seen] == [(True, True), (False, False)] * 2


def test_a_rate_may_depend_on_the_step():
    p, _, _ = drawn("gru")
    asked = []

    def rate(step):
        asked.append(step)
        return 1e-2 / (step + 1)

    def run(lr):
        return train(
            language_loss_and_grads, p, language_chunks(np.arange(40) % V, 3, 2), 3, lr, carry=True, progress=False
        )[0]

    falling, constant = run(rate), run(1e-2)
    assert asked == [0, 1, 2]
    assert any(np.abs(a - b).max() > 1e-4 for a, b in zip(leaves(falling), leaves(constant), strict=True))


def test_it_learns_a_text_that_repeats():
    ids = np.tile([1, 2, 3, 1, 4, 5], 60)
    p = init_language_model("gru", V, E, 12, np.random.default_rng(0))
    before = language_bits(p, ids)
    p, _ = train(language_loss_and_grads, p, language_chunks(ids, 10, 4), 80, 2e-2, carry=True, progress=False)
    assert before > 2 and language_bits(p, ids) < 0.3  # each of 16 streams begins without a past
    assert sample(language_step(p), None, 1, 6, 0, np.random.default_rng(0)) in ([2, 3, 1, 4, 5, 1], [4, 5, 1, 2, 3, 1])


def test_of_the_characters_before_only_the_known_ones_stand_in_their_order():
    p, _, _ = drawn("gru")
    ids = np.random.default_rng(5).integers(0, V, 100)
    whole = bits_by_known(p, ids, [12, 0, 11], history=12, N=9, seed=1)
    assert whole.shape == (3, 9)
    places = np.random.default_rng(1).integers(12, 100, 9)
    for bits, place in zip(whole[0], places, strict=True):
        logits, _ = language_forward(p, ids[place - 12 : place, None])
        assert bits == pytest.approx((np.logaddexp.reduce(logits[-1, 0]) - logits[-1, 0, ids[place]]) / np.log(2))
    np.testing.assert_allclose(whole[2], whole[0])  # one character alone has but one order
    assert np.abs(whole[1] - whole[0]).max() > 1e-3


def test_bad_arguments_are_named():
    p, ids, targets = drawn("gru")
    with pytest.raises(ValueError, match=r"p is a list, but should be a LanguageModel\(embedding, network, W, b\)"):
        language_forward([p], ids)
    with pytest.raises(ValueError, match="ids holds 7, but its entries should be from 0 to 6"):
        language_forward(p, ids * 0 + V)
    with pytest.raises(ValueError, match="targets holds 9"):
        language_loss_and_grads(p, Chunk(ids, targets * 0 + 9, True))
    with pytest.raises(ValueError, match=r"states0 should be a list with, for each layer, a tuple of one state"):
        language_forward(p, ids, [()])
    with pytest.raises(
        ValueError, match=r"states, array 0, has shape \(3, 5\), but should be \(2, H\), one row for each"
    ):
        language_forward(p, ids, [(np.zeros((3, H)),)])
    with pytest.raises(ValueError, match="ids holds 3 characters, but should hold more than B, which is 16"):
        language_bits(p, np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="ids holds 5 characters, but should hold more than history, which is 160"):
        bits_by_known(p, np.arange(5), [1])
    with pytest.raises(ValueError, match=r"known is \[9\], but each should be from 0 to 8, the history"):
        bits_by_known(p, np.arange(50) % V, [9], history=8)
    with pytest.raises(ValueError, match=r"p\.W holds float32, but p\.embedding holds float64"):
        language_forward(p._replace(W=p.W.astype(np.float32)), ids)
    with pytest.raises(ValueError, match="E is 0, but should be an integer"):
        init_language_model("gru", V, 0, H, np.random.default_rng(0))
    assert isinstance(p, LanguageModel)
