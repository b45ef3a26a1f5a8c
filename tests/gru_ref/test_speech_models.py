"""Networks that hear digits: padding does not matter, one direction sees no future, the loss is CTC's, bad clips are named."""

import numpy as np
import pytest
import torch

from grader.exercises.causality import sees_no_future
from gru_ref import Request, ctc_log_likelihood, speak, speech_models, with_noise
from gru_ref.espeak import RATE
from gru_ref.spoken import BLANK, INPUTS, Features

MODELS = {
    "both ways": lambda: speech_models.SpeechGRU(5, 2),
    "one way": lambda: speech_models.SpeechGRU(5, 1),
    "window": lambda: speech_models.SpeechWindow(6, 2),
}


def drawn(N=4, T=9):
    rng = np.random.default_rng(0)
    lengths = np.array([T, 4, 6, 5])[:N]
    xs = rng.normal(0, 1, (T, N, INPUTS)).astype(np.float32)
    xs[np.arange(T)[:, None] >= lengths] = 0
    return Features(xs, lengths, rng.integers(0, 10, (2, N)), np.array([2, 1, 2, 1])[:N])


def heard(model, batch):
    with torch.no_grad():
        return model(torch.from_numpy(batch.xs), torch.from_numpy(batch.lengths))


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]()


def test_each_step_gets_log_probabilities_and_a_clip_alone_the_same(model):
    batch = drawn()
    said = heard(model, batch)
    assert said.shape == (9, 4, 11)
    for b, T in enumerate(batch.lengths):
        torch.testing.assert_close(said[:T, b].exp().sum(dim=-1), torch.ones(int(T)))
        alone = batch._replace(xs=batch.xs[:T, b : b + 1], lengths=batch.lengths[b : b + 1])
        torch.testing.assert_close(heard(model, alone)[:, 0], said[:T, b], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "holds"), [("one way", True), ("both ways", False), ("window", False)])
def test_only_one_direction_sees_no_future(name, holds):
    torch.manual_seed(0)
    model = MODELS[name]()

    def call(x):
        return heard(model, Features(x[:, None], np.array([len(x)]), None, None))[:, 0].numpy()

    assert sees_no_future(call, drawn().xs[:, 0], np.random.default_rng(1), lambda t: t + 1) == holds


def test_the_loss_is_minus_the_log_likelihood():
    torch.manual_seed(0)
    batch = drawn()
    said = heard(speech_models.SpeechGRU(5), batch).double()
    likelihoods = [
        ctc_log_likelihood(torch.log_softmax(said[:T, b], dim=-1).numpy(), batch.targets[:S, b], BLANK)
        for b, (T, S) in enumerate(zip(batch.lengths, batch.target_lengths, strict=True))
    ]
    assert speech_models.ctc_loss(said, batch).item() == pytest.approx(-np.mean(likelihoods), rel=1e-6)


def test_a_clip_that_is_too_short_for_its_digits_is_named():
    batch = drawn()._replace(targets=np.full((4, 4), 7), target_lengths=np.array([2, 3, 2, 1]))
    with pytest.raises(ValueError, match=r"clip 1 of the batch has 4 steps, too few for its 3 digits"):
        speech_models.ctc_loss(heard(speech_models.SpeechGRU(5), batch), batch)


def test_batches_go_through_all_clips_before_any_comes_again():
    batch = drawn()
    batches = speech_models.endless(batch, 2, np.random.default_rng(0))
    lengths = np.concatenate([next(batches).lengths for _ in range(2)])
    assert sorted(lengths) == sorted(batch.lengths)
    for B, message in ((5, "B is 5, but should be at most 4"), (0, "B is 0, but should be")):
        with pytest.raises(ValueError, match=message):
            next(speech_models.endless(batch, B, np.random.default_rng(0)))


def test_training_changes_the_model_and_bad_arguments_are_refused():
    torch.manual_seed(0)
    model, batch = speech_models.SpeechGRU(5), drawn()
    before = model.out.bias.detach().clone()
    losses = speech_models.train_speech(model, [batch, batch], 2, 1e-2)
    assert len(losses) == 2 and losses[1] < losses[0] and not torch.equal(before, model.out.bias)
    for steps, lr, message in (
        (0, 1e-2, "steps is 0, but should be"),
        (1, -1.0, "lr is -1.0, but should be"),
        (3, 1e-2, "batches end after 2, but should hold 3"),
    ):
        with pytest.raises(ValueError, match=message):
            speech_models.train_speech(model, [batch, batch], steps, lr)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: speech_models.SpeechGRU(0), "H is 0"),
        (lambda: speech_models.SpeechGRU(4, 3), "directions is 3, but should be 1 or 2"),
        (lambda: speech_models.SpeechWindow(4, 0), "reach is 0"),
        (lambda: speech_models.log_probabilities(speech_models.SpeechGRU(3), []), "waves is empty, but should hold"),
        (
            lambda: speech_models.transcribe(speech_models.SpeechGRU(3), [np.ones(10)]),
            "wave holds 10 samples, but should hold at least 550",
        ),
    ],
)
def test_what_cannot_be_made_or_heard_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_network_that_the_course_brings_along_understands_a_voice_it_never_heard():
    model, note = speech_models.trained_speech_model()
    assert note["test_voices"] and note["digit_error_rate"] < 0.2
    clip = np.pad(speak([Request("two zero four four", note["test_voices"][0], 160)])[0], RATE // 5)
    rng = np.random.default_rng(0)
    assert speech_models.transcribe(model, [with_noise(clip, 15, rng), rng.normal(0, 0.01, RATE)]) == [[2, 0, 4, 4], []]


def test_weights_that_do_not_belong_to_the_course_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(speech_models, "STORED", tmp_path / "speech_model.npz")
    with pytest.raises(FileNotFoundError, match="is missing, but should hold a trained network"):
        speech_models.trained_speech_model()
    np.savez(tmp_path / "speech_model.npz", a=np.ones(2))
    with pytest.raises(ValueError, match=r"SHA-256 .*it is damaged, or from another version"):
        speech_models.trained_speech_model()
