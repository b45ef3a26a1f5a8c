"""Piano rolls, frames and chords: what scikit-learn and enumeration say, and bad input."""

import itertools

import numpy as np
import pytest
import torch
from sklearn import linear_model, metrics

import gru_ref
from gru_ref import music_models

PARTS = [[(0, 4, 60)], [(4, 4, 64)]]


def test_the_likelihood_is_scikit_learns():
    rng = np.random.default_rng(0)
    logits, roll = rng.normal(0, 2, (5, 3, 4)), (rng.random((5, 3, 4)) < 0.4).astype(float)
    mask = (np.arange(5)[:, None] < [5, 2, 4]).astype(float)
    p, y = (a[mask > 0] for a in (1 / (1 + np.exp(-logits)), roll))
    theirs = sum(metrics.log_loss(y[:, k], p[:, k], labels=[0, 1]) for k in range(4))
    assert gru_ref.frame_nll(logits, roll, mask) == pytest.approx(theirs, rel=1e-10)


def test_a_window_with_scikit_learns_weights_gives_its_likelihood():
    rng = np.random.default_rng(1)
    roll = np.zeros((60, 88))
    roll[:, 40:43] = rng.random((60, 3)) < 0.5
    padded = np.pad(roll, ((2, 0), (0, 0)))
    past = np.hstack([padded[1:-1], padded[:-2]])
    model, nats = music_models.ChoraleWindow(2), 0.0
    with torch.no_grad():
        model.out.weight.zero_(), model.out.bias.fill_(-40.0)
        for key in range(40, 43):
            fitted = linear_model.LogisticRegression(C=0.5).fit(past, roll[:, key])
            model.out.weight[key] = torch.tensor(fitted.coef_[0])
            model.out.bias[key] = fitted.intercept_[0]
            nats += metrics.log_loss(roll[:, key], fitted.predict_proba(past)[:, 1])
    assert music_models.chorale_nll(model, [roll]) == pytest.approx(nats, rel=1e-5)


def test_chords_follow_the_conditional_distribution():
    logits, rng = np.array([1.0, -0.5, 0.3, -2.0, 0.0]), np.random.default_rng(0)
    sets = [np.array([k in some for k in range(5)], float) for some in itertools.combinations(range(5), 2)]
    p = np.exp([frame @ logits / 0.7 for frame in sets])
    drawn = np.array([gru_ref.sample_chord(logits, 2, 0.7, rng) for _ in range(4000)])
    counts = np.array([(drawn == frame).all(axis=1).sum() for frame in sets])
    expected = 4000 * p / p.sum()
    assert counts.sum() == 4000 and ((counts - expected) ** 2 / expected).sum() < 40


@pytest.mark.parametrize("notes", [0, 1, 5])
def test_a_chord_has_as_many_keys_as_asked_for(notes):
    for logits in (np.array([900.0, -900, 0, 5, -5]), np.full(5, -800.0)):
        assert gru_ref.sample_chord(logits, notes, 0.1, np.random.default_rng(0)).sum() == notes


def test_counts_of_notes_by_hand():
    model = gru_ref.count_notes([np.array([[1.0], [1], [0], [0]])])
    odds = [np.exp(a.item()) for a in model]  # first: 1 of 1; after up: 0 of 1; after down: 1 of 2
    assert odds == pytest.approx([2 / 1, 1 / 2, 2 / 2])
    logits = model.logits(np.array([[[1.0]], [[0.0]], [[0.0]]]))
    assert np.exp(logits.ravel()) == pytest.approx([2, 1, 1 / 2])
    shares = gru_ref.count_notes([np.array([[1.0], [1], [0], [0]])], remember=False)
    assert np.exp(shares.logits(np.zeros((2, 1, 1))).ravel()) == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gru_ref.piano_roll(PARTS, 0), "step is 0, but should"),
        (lambda: gru_ref.piano_roll([], 4), "parts holds no note, but should"),
        (lambda: gru_ref.piano_roll([[], []], 4), "parts holds no note, but should"),
        (lambda: gru_ref.piano_roll("notes", 4), "parts is 'notes', but should be a list of voices"),
        (lambda: gru_ref.piano_roll([[(0, 4)]], 4), r"a note should be \(start, length, pitch\)"),
        (lambda: gru_ref.piano_roll([[(0, 4, "C")]], 4), "should be numbers"),
        (lambda: gru_ref.piano_roll([[(-1, 4, 60)]], 4), "should start at 0 or later"),
        (lambda: gru_ref.piano_roll([[(0, 0, 60)]], 4), "last longer than 0"),
        (lambda: gru_ref.piano_roll([[(0, np.nan, 60)]], 4), "last longer than 0"),
        (lambda: gru_ref.piano_roll([[(0, 4, 20)]], 4), "pitch should be an integer from 21 to 108"),
        (lambda: gru_ref.piano_roll([[(0, 4, 60.5)]], 4), "pitch should be an integer from 21 to 108"),
        (lambda: gru_ref.transpose(np.eye(3), 1), "it should be from 0 to 0"),
        (lambda: gru_ref.transpose(np.eye(3), 0.5), "semitones is 0.5, but should be an integer"),
        (lambda: gru_ref.transpose(np.eye(3).tolist(), 1), "roll is a list"),
        (lambda: gru_ref.frame_nll(*np.zeros((2, 1, 1, 2)), np.zeros((1, 1))), "mask holds no 1, but should"),
        (lambda: gru_ref.sample_frame(np.zeros(3), -1, np.random.default_rng(0)), "temperature is -1, but should"),
        (
            lambda: gru_ref.sample_frame(np.zeros(3), "hot", np.random.default_rng(0)),
            "temperature is 'hot', but should",
        ),
        (lambda: gru_ref.sample_frame(np.zeros(3), 1.0, 7), "rng is a int, but should be a numpy.random.Generator"),
        (
            lambda: gru_ref.sample_chord(np.zeros(3), 2, 1.0, None),
            "rng is a NoneType, but should be a numpy.random.Gen",
        ),
        (
            lambda: gru_ref.frame_nll(np.zeros((1, 1, 2)), np.full((1, 1, 2), 0.5), np.ones((1, 1))),
            "roll holds 0.5, but should hold 0.0 and 1.0",
        ),
        (
            lambda: gru_ref.frame_nll(np.zeros((2, 1, 2)), np.zeros((2, 1, 2)), np.array([[1.0], [-1.0]])),
            "mask holds -1, but should hold 0.0 and 1.0",
        ),
        (lambda: gru_ref.sample_chord(np.zeros(3), 4, 1.0, np.random.default_rng(0)), "notes is 4, but should be"),
        (lambda: gru_ref.sample_chord(np.zeros(3), 2, 0.0, np.random.default_rng(0)), "temperature is 0.0, but should"),
        (lambda: gru_ref.count_notes([]), "rolls is empty, but should"),
        (lambda: gru_ref.count_notes([np.zeros(3)]), r"rolls\[0\] has shape \(3,\), but should"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
