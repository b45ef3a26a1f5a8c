"""Models that predict the next frame of a chorale: a GRU and its rivals, their training, and a GRU trained beforehand. Lesson 17."""

import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gru_ref.checks import check_listed, check_size
from gru_ref.chorales import tunes
from gru_ref.music import piano_roll, transpose
from gru_ref.notes import KEYS, LOWEST
from gru_ref.progress import Progress
from gru_ref.splits import split_by_group
from gru_ref.text import read_checked

TAUGHT_IN = {"*": 16}  # lesson 17 uses them, and asks nothing of them

STORED = Path(__file__).with_name("weights") / "chorale_model.npz"
_SHA256 = "11e635f5d56ea5059426c70523af48561ab1e22c675d446e907bcc354d075910"
LAYERS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}  # in torch.nn
QUARTER = 4  # sixteenths in a frame
DOWN, UP = -5, 6  # semitones of augmentation: every key once
CERTAIN = 1000.0  # the logit of a key that a melody asks for


class ChoraleRNN(nn.Module):
    """A recurrent layer reads frames, and a linear layer scores which keys are down in the next one.

    Parameters
    ----------
    kind : "rnn", "gru" or "lstm"
    H : int, hidden units

    Raises
    ------
    ValueError
        If the kind is unknown, or H is not an integer of at least 1.
    """

    def __init__(self, kind, H):
        super().__init__()
        if kind not in LAYERS:
            raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(map(repr, LAYERS))}")
        check_size("H", H)
        self.layer = getattr(nn, LAYERS[kind])(KEYS, H)
        self.out = nn.Linear(H, KEYS)

    def forward(self, rolls):
        """Logits (T, B, 88) of each frame of rolls (T, B, 88), given those before it; the first is given silence."""
        return self.out(self.layer(_before(rolls, 1))[0])

    def step(self, frame, state=None):
        """Logits (B, 88) of the frame after this one, (B, 88), and the state to pass in with the next.

        Without a state it is a piece's first frame: as in training, silence has been read before it.
        """
        if state is None:
            _, state = self.layer(torch.zeros_like(frame)[None])
        hs, state = self.layer(frame[None], state)
        return self.out(hs[0]), state


class ChoraleWindow(nn.Module):
    """Logistic regression: each key's score is a weighted sum of the last few frames.

    Parameters
    ----------
    frames : int, how many

    Raises
    ------
    ValueError
        If frames is not an integer of at least 1.
    """

    def __init__(self, frames):
        super().__init__()
        check_size("frames", frames)
        self.frames = frames
        self.out = nn.Linear(frames * KEYS, KEYS)

    def forward(self, rolls):
        """As for `ChoraleRNN`."""
        return self.out(torch.cat([_before(rolls, k + 1) for k in range(self.frames)], dim=2))


class Rolls(NamedTuple):
    """Chorales in one batch: xs (T, B, 88) float32 of 0 and 1, mask (T, B) float32, 0 in the padding."""

    xs: np.ndarray
    mask: np.ndarray


def pad_rolls(rolls):
    """Put piano rolls of different lengths into one batch.

    Parameters
    ----------
    rolls : list of (T_i, 88) arrays

    Returns
    -------
    batch : Rolls, T the longest length

    Raises
    ------
    ValueError
        If rolls is not a list of at least one such array.
    """
    check_listed("rolls", rolls, "piano roll")
    for k, roll in enumerate(rolls):
        if not isinstance(roll, np.ndarray) or roll.ndim != 2 or roll.shape[1] != KEYS or not len(roll):
            got = f"has shape {roll.shape}" if isinstance(roll, np.ndarray) else f"is a {type(roll).__name__}"
            raise ValueError(f"rolls[{k}] {got}, but should be an array of shape (T, {KEYS}), T at least 1")
    T = max(map(len, rolls))
    xs, mask = np.zeros((T, len(rolls), KEYS), np.float32), np.zeros((T, len(rolls)), np.float32)
    for b, roll in enumerate(rolls):
        xs[: len(roll), b], mask[: len(roll), b] = roll, 1
    return Rolls(xs, mask)


class Split(NamedTuple):
    """Piano rolls for training, to stop the training by, and for the test: lists of (T, 88) arrays; and the test's names."""

    training: list
    validation: list
    test: list
    test_names: list


def split_chorales(chorales, rng, by_tune=True):
    """Draw a fifth of the tunes for the test, and a fifth of the others to stop the training by; a frame per quarter note.

    Parameters
    ----------
    chorales : list of Chorale
    rng : numpy.random.Generator
    by_tune : bool; if False, settings of one tune may come to lie on both sides

    Returns
    -------
    split : Split

    Raises
    ------
    ValueError
        If chorales is not a list of Chorale with at least three tunes.
    """
    groups = np.array(tunes(chorales) if by_tune else [chorale.name for chorale in chorales])
    if len(set(groups)) < 3:
        raise ValueError(f"chorales holds {len(set(groups))} tunes, but should hold at least three, one for each part")
    in_test = split_by_group(groups.tolist(), 0.2, rng)
    rest = np.flatnonzero(~in_test)
    in_validation = split_by_group(groups[rest].tolist(), 0.2, rng)
    rolls = [piano_roll(chorale.parts, QUARTER) for chorale in chorales]
    test = np.flatnonzero(in_test)
    return Split(
        [rolls[k] for k in rest[~in_validation]],
        [rolls[k] for k in rest[in_validation]],
        [rolls[k] for k in test],
        [chorales[k].name for k in test],
    )


def chorale_loss(model, batch):
    """Nats per frame, a scalar tensor: as `gru_ref.frame_nll`, of what a model makes of a batch, a Rolls."""
    xs, mask = torch.from_numpy(batch.xs), torch.from_numpy(batch.mask)
    nats = functional.binary_cross_entropy_with_logits(model(xs), xs, reduction="none").sum(dim=2)
    return (nats * mask).sum() / mask.sum()


def chorale_nll(model, rolls):
    """Nats per frame of a model on piano rolls: summed over keys, averaged over all frames of all chorales.

    Parameters
    ----------
    model : module called as ``model(rolls)`` → logits, such as `ChoraleRNN`
    rolls : list of (T, 88) arrays

    Returns
    -------
    nll : float

    Raises
    ------
    ValueError
        As `pad_rolls`.
    """
    with torch.inference_mode():
        return chorale_loss(model, pad_rolls(rolls)).item()


def train_chorales(model, split, epochs, lr, rng, B=16, transposing=False, patience=10, label=""):
    """Train with Adam, and keep the parameters that were best on the validation part.

    Gradients are clipped to a norm of 1.

    Parameters
    ----------
    model : module called as ``model(rolls)`` → logits
    split : Split, whose test is not looked at
    epochs : int, at most so many
    lr : float above 0, Adam's
    rng : numpy.random.Generator, for the order of the chorales and their keys
    B : int, chorales in a batch
    transposing : bool; if so, each chorale is in another of twelve keys, drawn anew in each epoch
    patience : int, it stops after so many epochs without a better validation
    label : str, at the beginning of a progress line; without one there is no line

    Returns
    -------
    history : list of floats, nats per frame on the validation part after each epoch

    Raises
    ------
    ValueError
        If a number is out of range, or as `pad_rolls`.
    """
    for name, size in (("epochs", epochs), ("B", B), ("patience", patience)):
        check_size(name, size)
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr is {lr!r}, but should be a finite number above 0")
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    held_out, history, best = pad_rolls(split.validation), [], None
    by_length = sorted(range(len(split.training)), key=lambda k: len(split.training[k]))  # little padding in a batch
    bar = Progress(epochs, label, show=bool(label))
    for _ in range(epochs):
        starts = rng.permutation(np.arange(rng.integers(B) - B + 1, len(by_length), B))
        for start in starts:
            chosen = [split.training[k] for k in by_length[max(start, 0) : start + B]]
            if transposing:
                chosen = [transpose(roll, int(rng.integers(DOWN, UP + 1))) for roll in chosen]
            loss = chorale_loss(model, pad_rolls(chosen))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        with torch.inference_mode():
            history.append(chorale_loss(model, held_out).item())
        if history[-1] == min(history):
            best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        bar.update(len(history), history[-1])
        if len(history) - 1 - int(np.argmin(history)) >= patience:
            break
    bar.close(len(history), history[-1])
    model.load_state_dict(best)
    return history


def continue_chorale(model, opening, frames, draw, melody=None):
    """Let a recurrent model go on where an opening ends.

    Parameters
    ----------
    model : ChoraleRNN
    opening : (T, 88) array of 0.0 and 1.0, T at least 1
    frames : int, how many to add
    draw : function that makes a frame (88,) of 0.0 and 1.0 of logits (88,), such as `gru_ref.sample_frame`
    melody : list of `frames` MIDI numbers from 21 to 108, the soprano, or None for a rest: its key gets a logit of 1000, and
        all keys above it −1000, so that it is down and they are not. By default there is none, and the model writes all voices

    Returns
    -------
    roll : (T + frames, 88) array, the opening first

    Raises
    ------
    ValueError
        If an argument does not fit.
    """
    check_size("frames", frames)
    xs = pad_rolls([opening]).xs
    if melody is not None and len(melody) != frames:
        raise ValueError(f"melody holds {len(melody)} frames, but should hold {frames}, as many as are to be added")
    keys = [_key(pitch) for pitch in melody] if melody is not None else [None] * frames
    state, added = None, []
    with torch.inference_mode():
        for frame in xs:
            logits, state = model.step(torch.from_numpy(frame), state)
        for key in keys:
            scores = logits[0].double().numpy()
            if key is not None:
                scores[key], scores[key + 1 :] = CERTAIN, -CERTAIN
            drawn = np.array(draw(scores), float)
            if drawn.shape != scores.shape:
                raise ValueError(
                    f"draw returned shape {drawn.shape}, but should return a frame of shape {scores.shape}"
                )
            added.append(drawn)
            logits, state = model.step(torch.tensor(drawn[None], dtype=torch.float32), state)
    return np.concatenate([opening, added])


def melody_of(part, step, frames):
    """The melody of one voice, frame by frame, as `continue_chorale` takes it.

    Parameters
    ----------
    part : list of notes (start, length, pitch), one at a time
    step : int, sixteenths of a frame
    frames : int, length of the result: a voice that ends earlier rests

    Returns
    -------
    melody : list of MIDI numbers, None where the voice rests

    Raises
    ------
    ValueError
        If there is no note, or a number is out of range; or if the voice goes on after these frames.
    """
    check_size("frames", frames)
    roll = piano_roll([part], step)
    if len(roll) > frames:
        raise ValueError(f"frames is {frames}, but should be at least {len(roll)}, as the voice lasts so long")
    sung = [LOWEST + int(frame.argmax()) if frame.any() else None for frame in roll]
    return sung + [None] * (frames - len(sung))


def trained_chorale_model():
    """Read the GRU that was trained beforehand: seed 0 of "gru, transposed" in the recorded experiment "music".

    Its inputs are 88 keys, from A0 (MIDI number 21) on, one frame per quarter note. ``make music`` trains it again.
    ``gru_ref.torch_models.to_params(model.layer)`` are its parameters as GRUParams, I = 88; the logits of the next frame are
    ``h @ W.T + b`` with W, b = ``model.out.weight, model.out.bias``; ``model.step(frame, state)`` goes on by one frame. A piece
    begins with a frame of silence: ``model(rolls)`` and ``model.step`` see to it, and whoever runs the GRU alone puts a row of
    zeros first.

    Returns
    -------
    model : ChoraleRNN, kind "gru"
    note : dict on how it was made; "test_names" are the chorales whose tunes it has never met, "nll" its nats per frame there

    Raises
    ------
    FileNotFoundError
        If the file with its weights is missing.
    ValueError
        If the file is not the one that belongs to this version of the course.
    """
    with np.load(read_checked(STORED, _SHA256)) as stored:
        note = json.loads(str(stored["note"]))
        model = ChoraleRNN("gru", stored["layer.weight_hh_l0"].shape[1])
        model.load_state_dict({name: torch.tensor(stored[name].astype(np.float32)) for name in model.state_dict()})
    return model.eval(), note


def _key(pitch):
    if pitch is None:
        return None
    if isinstance(pitch, bool) or not isinstance(pitch, (int, np.integer)) or not LOWEST <= pitch < LOWEST + KEYS:
        raise ValueError(
            f"melody holds {pitch!r}, but should hold MIDI numbers from {LOWEST} to {LOWEST + KEYS - 1}, or None for a rest"
        )
    return int(pitch) - LOWEST


def _before(rolls, k):
    """The frames k earlier, silent where there was none."""
    return torch.cat([torch.zeros_like(rolls[:k]), rolls[: max(len(rolls) - k, 0)]])[: len(rolls)]
