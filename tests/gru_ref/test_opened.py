"""The course's networks, opened: the GRU that is taken out is the one that the network runs."""

import numpy as np
import pytest
import torch

import gru_ref
from gru_ref import opened, text_models


def loss(network):
    return network.losses(*(cell.p for cell in network.cells))


def test_the_language_models_loss_is_that_of_lesson_13():
    network = opened.opened("language")
    model, characters, _ = gru_ref.trained_language_model()
    ids = characters.ids(opened.test_text())
    windows = gru_ref.text_windows(ids, opened.WINDOWS, opened.LENGTH + 1, np.random.default_rng(0))
    logits, _ = gru_ref.language_forward(model, windows[:-1])
    assert loss(network).mean() == pytest.approx(gru_ref.bits_per_character(logits, windows[1:]), rel=1e-5)


@pytest.mark.parametrize("name", ["writer", "language", "pronouncer"])
def test_an_untrained_network_has_the_same_size_and_knows_nothing(name):
    trained, fresh = opened.opened(name), opened.opened(name, 3)
    for one, other in zip(trained.cells, fresh.cells, strict=True):
        assert [a.shape for a in one.p] == [a.shape for a in other.p]
        assert one.xs.shape == other.xs.shape
    assert loss(trained).mean() + 2 < loss(fresh).mean()
    again = opened.opened(name, 3)
    np.testing.assert_array_equal(loss(fresh), loss(again))


def test_the_pronouncers_loss_is_that_of_the_whole_network():
    from gru_ref.tokens import PAD, START

    model, _, _, _ = gru_ref.trained_pronouncer()
    sources, source_lengths, targets, lengths = opened._words_to_say()
    targets = torch.from_numpy(targets)
    inputs = torch.cat([torch.full_like(targets[:1], START), targets[:-1]])
    with torch.inference_mode():
        logits = model(torch.from_numpy(sources), torch.from_numpy(source_lengths), inputs)
        nats = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum"
        )
    bits = (loss(opened.opened("pronouncer")) * lengths).sum()
    assert bits * np.log(2) == pytest.approx(float(nats), rel=1e-4)


def test_a_classifiers_loss_is_that_of_its_probabilities():
    torch.manual_seed(0)
    _, test, ids = opened._sentences()
    model = text_models.TextClassifier(len(ids) + 2, 16, 32, 2, "last").eval()
    p = text_models.probabilities(model, *gru_ref.encode_batch(test.texts, ids))[
        np.arange(len(test.labels)), test.labels
    ]
    np.testing.assert_allclose(loss(opened.open_sentiment(model)), -np.log2(p), rtol=1e-4)


def test_traces_hold_the_real_steps_alone():
    torch.manual_seed(0)
    network = opened.open_sentiment(
        text_models.TextClassifier(len(opened._sentences()[2]) + 2, 16, 32, 2, "last").eval()
    )
    traces = opened.traces_of(network)
    assert traces.zs.shape == (network.cells[0].lengths.sum(), 32)
    assert (traces.zs < 1).all()


def test_the_chorales_loss_is_that_of_lesson_17():
    rolls, mask = opened._rolls()
    model, _ = opened.trained_chorale_model()
    with torch.inference_mode():
        nll = gru_ref.frame_nll(
            model(torch.from_numpy(rolls)).double().numpy(), rolls.astype(float), mask.astype(float)
        )
    lengths = mask.sum(axis=0)
    bits = (loss(opened.opened("chorales")) * lengths).sum() / lengths.sum()
    assert bits * np.log(2) == pytest.approx(nll, rel=1e-4)


def test_a_name_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="name is 'video', but should be one of 'writer', 'language'"):
        opened.opened("video")


@pytest.mark.parametrize(
    ("name", "seed", "says"),
    [
        ("novel", None, "name is 'novel', but should be one of 'writer'"),
        (["writer"], None, r"name is \['writer'\], but"),
        ("writer", -1, "seed is -1, but should be an integer of at least 0"),
        ("speech", 1.5, "seed is 1.5"),
    ],
)
def test_a_network_or_seed_that_cannot_be_is_refused(name, seed, says):
    with pytest.raises(ValueError, match=says):
        opened.opened(name, seed)


def test_what_is_no_opened_network_or_language_model_is_refused():
    with pytest.raises(ValueError, match="network is a NoneType, but should be an Opened"):
        opened.traces_of(None)
    with pytest.raises(ValueError, match="p is a str, but should be a LanguageModel of one layer"):
        opened.open_language_model("p", np.arange(200))
