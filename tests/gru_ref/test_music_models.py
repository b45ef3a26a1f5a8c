"""Models of chorales: no frame sees itself or the future, padding does not matter, splits hold tunes together."""

import numpy as np
import pytest
import torch

from gru_ref import Chorale, frame_nll, music_models, piano_roll, sample_chord

MODELS = {
    **{kind: lambda kind=kind: music_models.ChoraleRNN(kind, 5) for kind in ("rnn", "gru", "lstm")},
    "window": lambda: music_models.ChoraleWindow(3),
}


def drawn(*lengths):
    rng = np.random.default_rng(0)
    rolls = [np.zeros((T, 88)) for T in lengths]
    for roll in rolls:
        roll[:, 30:50] = rng.random((len(roll), 20)) < 0.2
    return rolls


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]()


def logits_of(model, xs):
    with torch.no_grad():
        return model(torch.from_numpy(xs)).numpy()


def test_a_frame_is_predicted_from_those_before_it(model):
    (roll,) = drawn(7)
    xs = music_models.pad_rolls([roll]).xs
    before = logits_of(model, xs)
    assert before.shape == (7, 1, 88)
    for t in range(7):
        changed = xs.copy()
        changed[t:] = 1 - changed[t:]
        after = logits_of(model, changed)
        np.testing.assert_array_equal(after[: t + 1], before[: t + 1])
        assert t == 6 or not np.allclose(after[t + 1], before[t + 1])


def test_a_chorale_alone_and_in_a_batch_is_the_same(model):
    rolls = drawn(3, 7, 1, 5)
    one_by_one = sum(len(roll) * music_models.chorale_nll(model, [roll]) for roll in rolls) / 16
    assert music_models.chorale_nll(model, rolls) == pytest.approx(one_by_one, rel=1e-5)


def test_the_loss_is_the_lessons(model):
    batch = music_models.pad_rolls(drawn(3, 6))
    ours = frame_nll(logits_of(model, batch.xs).astype(float), batch.xs.astype(float), batch.mask.astype(float))
    assert music_models.chorale_loss(model, batch).item() == pytest.approx(ours, rel=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_step_by_step_is_the_same_as_at_once(kind):
    torch.manual_seed(0)
    model, (roll,), state = music_models.ChoraleRNN(kind, 4), drawn(5), None
    xs = music_models.pad_rolls([roll]).xs
    for t in range(4):
        with torch.no_grad():
            logits, state = model.step(torch.from_numpy(xs[t]), state)
        np.testing.assert_allclose(logits.numpy(), logits_of(model, xs)[t + 1], atol=1e-5)


def setting(name, tune, key=0):
    notes = [(4 * k, 4, 60 + key + int(p)) for k, p in enumerate(np.random.default_rng(tune).integers(0, 12, 30))]
    return Chorale(name, [notes] * 4)


def test_a_split_holds_settings_of_one_tune_together():
    chorales = [setting(f"{tune}{key}", tune, key) for tune in range(8) for key in (0, 3)]
    split = music_models.split_chorales(chorales, np.random.default_rng(0))
    assert {n[0] for n in split.test_names} == {n[0] for n in split.test_names if n[0] + "3" in split.test_names}
    assert len(split.training) + len(split.validation) + len(split.test) == 16
    by_file = music_models.split_chorales(chorales, np.random.default_rng(0), by_tune=False)
    assert len(by_file.test) == 3


def test_training_keeps_the_best_and_stops():
    rolls = drawn(6, 4, 5, 7)
    split = music_models.Split(rolls[:3], rolls[3:], [], [])
    torch.manual_seed(0)
    model = music_models.ChoraleRNN("gru", 4)
    history = music_models.train_chorales(
        model, split, 3, 0.05, np.random.default_rng(0), B=2, transposing=True, patience=2
    )
    assert min(history) < history[0] and music_models.chorale_nll(model, split.validation) == pytest.approx(
        min(history), rel=1e-5
    )
    stuck = music_models.train_chorales(model, split, 40, 1e-9, np.random.default_rng(0), patience=2)
    assert len(stuck) < 40


def test_a_continuation_begins_with_the_opening_and_keeps_the_melody():
    torch.manual_seed(0)
    (opening,), rng = drawn(4), np.random.default_rng(0)
    opening[:, 45:] = 0
    roll = music_models.continue_chorale(
        music_models.ChoraleRNN("lstm", 4), opening, 3, lambda a: sample_chord(a, 4, 1.0, rng), [72, None, np.int64(65)]
    )
    np.testing.assert_array_equal(roll[:4], opening)
    highest = [frame.nonzero()[0].max() + 21 for frame in roll[4:]]
    assert roll.shape == (7, 88) and highest[0] == 72 and highest[2] == 65


def test_the_melody_of_a_voice_has_its_rests():
    assert music_models.melody_of([(0, 6, 60), (8, 4, 64)], 4, 4) == [60, 60, 64, None]
    with pytest.raises(ValueError, match="frames is 2, but should be at least 3"):
        music_models.melody_of([(0, 6, 60), (8, 4, 64)], 4, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: music_models.ChoraleRNN("gruu", 3), "kind is 'gruu', but should be one of 'rnn', 'gru', 'lstm'"),
        (lambda: music_models.ChoraleRNN("gru", 0), "H is 0"),
        (lambda: music_models.ChoraleWindow(0), "frames is 0"),
        (lambda: music_models.pad_rolls([]), "rolls is empty"),
        (lambda: music_models.pad_rolls([np.zeros((3, 5))]), r"rolls\[0\] has shape \(3, 5\), but should be"),
        (lambda: music_models.pad_rolls([[1]]), r"rolls\[0\] is a list, but should be"),
        (
            lambda: music_models.split_chorales([setting("a", 1), setting("b", 1)], np.random.default_rng(0)),
            "holds 1 tunes, but should",
        ),
        (lambda: music_models.train_chorales(None, None, 0, 0.1, None), "epochs is 0"),
        (lambda: music_models.train_chorales(None, None, 1, -0.1, None), "lr is -0.1, but should"),
        (lambda: music_models.continue_chorale(music_models.ChoraleRNN("gru", 3), drawn(2)[0], 0, None), "frames is 0"),
        (
            lambda: music_models.continue_chorale(music_models.ChoraleRNN("gru", 3), drawn(2)[0], 2, None, [60]),
            "melody holds 1 frames, but should hold 2",
        ),
        (
            lambda: music_models.continue_chorale(music_models.ChoraleRNN("gru", 3), drawn(2)[0], 1, None, [5]),
            "melody holds 5, but should hold MIDI",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_network_that_the_course_brings_along_knows_bach():
    model, note = music_models.trained_chorale_model()
    parts = [
        [(4 * k, 4, p) for k, p in enumerate(voice)]
        for voice in ((67, 69, 71, 72), (64, 65, 67, 67), (60, 60, 62, 64), (48, 53, 43, 48))
    ]
    assert len(note["test_names"]) == 74 and 8 < note["nll"] < 9.5
    assert music_models.chorale_nll(model, [piano_roll(parts, 4)]) < 15


def test_weights_that_do_not_belong_to_the_course_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(music_models, "STORED", tmp_path / "chorale_model.npz")
    with pytest.raises(FileNotFoundError, match="is missing, but should hold a trained network"):
        music_models.trained_chorale_model()
    np.savez(tmp_path / "chorale_model.npz", a=np.ones(2))
    with pytest.raises(ValueError, match=r"SHA-256 .*it is damaged, or from another version"):
        music_models.trained_chorale_model()


def test_a_continuation_says_what_a_draw_should_return():
    (opening,) = drawn(4)
    with pytest.raises(ValueError, match=r"draw returned shape \(5,\), but should return a frame of shape \(88,\)"):
        music_models.continue_chorale(music_models.ChoraleRNN("gru", 3), opening, 2, lambda a: a[:5])
