"""The classifier of texts: its pooling is NumPy's, padding and neighbours change nothing, and it learns."""

import numpy as np
import pytest
import torch

from gru_ref import draw_sentences, encode_batch, pool, text_models, torch_models, vocabulary

DATA = draw_sentences(20, np.random.default_rng(0))
IDS = vocabulary(DATA.texts, 1)
BATCH, LENGTHS = encode_batch(DATA.texts, IDS)


def model(how="last", seed=0):
    torch.manual_seed(seed)
    return text_models.TextClassifier(len(IDS) + 2, 5, 7, 2, how)


@pytest.mark.parametrize("how", ["last", "mean", "max"])
def test_it_pools_as_numpy_does(how):
    classifier = model(how).double()
    with torch.no_grad():
        hs = classifier.gru(classifier.embed(torch.from_numpy(BATCH)))[0].numpy()
        logits = classifier(torch.from_numpy(BATCH), torch.from_numpy(LENGTHS)).numpy()
        W, b = (p.numpy() for p in classifier.out.parameters())
    assert np.allclose(logits, pool(hs, LENGTHS, how) @ W.T + b, rtol=0, atol=1e-12)


@pytest.mark.parametrize("how", ["last", "mean", "max"])
def test_a_text_alone_gets_the_same_probabilities_as_in_a_batch(how):
    classifier = model(how).double()
    together = text_models.probabilities(classifier, BATCH, LENGTHS)
    assert np.allclose(together.sum(axis=1), 1) and classifier.training
    for b, T in enumerate(LENGTHS[:6]):
        alone = text_models.probabilities(classifier, BATCH[:T, b : b + 1], LENGTHS[b : b + 1])
        assert np.allclose(alone, together[b], rtol=0, atol=1e-12)


def test_it_learns_what_a_bag_of_words_cannot_tell():
    classifier = model()
    batches = text_models.TextBatches(BATCH, LENGTHS, DATA.labels, 8, np.random.default_rng(1))
    losses = torch_models.fit(classifier, batches, 50, 1e-2)
    assert losses[-1] < 0.05 and torch_models.accuracy(classifier, batches) == 1


def test_batches_hold_every_text_once_in_a_new_order_each_time():
    batches = text_models.TextBatches(BATCH, LENGTHS, np.arange(40), 16, np.random.default_rng(0))
    orders = [torch.cat([labels for *_, labels in batches]).tolist() for _ in range(2)]
    assert len(batches) == 3 and orders[0] != orders[1] and all(sorted(order) == list(range(40)) for order in orders)
    for ids, lengths, labels in batches:
        assert ids.shape == (lengths.max(), len(labels)) and np.array_equal(lengths, LENGTHS[labels])
    in_order = text_models.TextBatches(BATCH, LENGTHS, np.arange(40), 16)
    assert torch.cat([labels for *_, labels in in_order]).tolist() == list(range(40))


def test_sizes_and_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="H is 0, but should be"):
        text_models.TextClassifier(5, 4, 0, 2)
    with pytest.raises(ValueError, match="how is 'sum', but should be one of"):
        text_models.TextClassifier(5, 4, 3, 2, "sum")
    with pytest.raises(ValueError, match="size is 0, but should be"):
        text_models.TextBatches(BATCH, LENGTHS, DATA.labels, 0)
    with pytest.raises(ValueError, match=r"labels \(3,\), but they should be \(T, N\) and \(N,\)"):
        text_models.TextBatches(BATCH, LENGTHS, DATA.labels[:3], 8)
    with pytest.raises(ValueError, match="lengths holds 99"):
        text_models.TextBatches(BATCH, np.where(LENGTHS[0] == LENGTHS, 99, LENGTHS), DATA.labels, 8)
