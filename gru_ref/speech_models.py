"""Networks that hear digits: a GRU in one direction or two, and one without recurrence, all trained with CTC. Lesson 16."""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gru_ref.checks import check_size
from gru_ref.ctc import ctc_collapse
from gru_ref.progress import Progress
from gru_ref.spoken import BLANK, INPUTS, batch_of
from gru_ref.text import read_checked

TAUGHT_IN = {"*": 12}  # lesson 16 uses them, and asks nothing of them

STORED = Path(__file__).with_name("weights") / "speech_model.npz"
_SHA256 = "c1179d33f3578152c8cb15b119074fc23da124b4c6a46eb10451eec391515e0f"


class SpeechGRU(nn.Module):
    """A GRU over features, and a linear layer that scores ten digits and the blank at each step.

    Parameters
    ----------
    H : int, hidden units of each direction
    directions : 1, so that it can answer while it listens, or 2

    Raises
    ------
    ValueError
        If H is not an integer of at least 1, or directions is not 1 or 2.
    """

    def __init__(self, H, directions=2):
        super().__init__()
        check_size("H", H)
        if directions not in (1, 2):
            raise ValueError(f"directions is {directions!r}, but should be 1 or 2")
        self.gru = nn.GRU(INPUTS, H, bidirectional=directions == 2)
        self.out = nn.Linear(directions * H, BLANK + 1)

    def forward(self, xs, lengths):
        """Log probabilities (T, B, 11) of a padded batch xs (T, B, 48), lengths (B,); anything in the padding."""
        packed = pack_padded_sequence(xs, lengths, enforce_sorted=False)
        hs, _ = pad_packed_sequence(self.gru(packed)[0], total_length=len(xs))
        return functional.log_softmax(self.out(hs), dim=-1)


class SpeechWindow(nn.Module):
    """No recurrence: a network of two layers that sees a window of steps, around each of them.

    Parameters
    ----------
    H : int, hidden units
    reach : int, steps of 40 ms that it sees on either side

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.
    """

    def __init__(self, H, reach):
        super().__init__()
        check_size("H", H)
        check_size("reach", reach)
        self.window = nn.Conv1d(INPUTS, H, 2 * reach + 1, padding=reach)
        self.hidden = nn.Linear(H, H)
        self.out = nn.Linear(H, BLANK + 1)

    def forward(self, xs, lengths):
        """As for `SpeechGRU`."""
        h = torch.relu(self.window(xs.permute(1, 2, 0)).permute(2, 0, 1))
        return functional.log_softmax(self.out(torch.relu(self.hidden(h))), dim=-1)


def ctc_loss(log_probs, batch):
    """Mean over the clips of minus the log likelihood of their digits, in nats: a scalar tensor.

    Parameters
    ----------
    log_probs : (T, B, 11) tensor of log probabilities
    batch : Features

    Raises
    ------
    ValueError
        If a clip has too few steps for its digits, whose loss would be infinite, and that of the whole batch with it.
    """
    losses = functional.ctc_loss(
        log_probs,
        torch.from_numpy(batch.targets.T),
        torch.from_numpy(batch.lengths),
        torch.from_numpy(batch.target_lengths),
        blank=BLANK,
        reduction="none",
    )
    impossible = torch.isinf(losses).nonzero().flatten().tolist()
    if impossible:
        b = impossible[0]
        raise ValueError(
            f"clip {b} of the batch has {batch.lengths[b]} steps, too few for its {batch.target_lengths[b]} digits: it should "
            "have a step for each, and one more between two equal ones. Speak more slowly, or take a smaller hop"
        )
    return losses.mean()


def train_speech(model, batches, steps, lr, label=""):
    """Train with CTC, Adam and gradients clipped to a norm of 1; the rate falls to 0 along half a cosine.

    Parameters
    ----------
    model : module called as ``model(xs, lengths)`` → log probabilities
    batches : iterator of Features, at least `steps` of them
    steps : int
    lr : float above 0, Adam's first rate
    label : str, at the beginning of a progress line; without one there is no line

    Returns
    -------
    losses : list of floats, one for each step, in nats per clip

    Raises
    ------
    ValueError
        If steps is not an integer of at least 1, lr is not a finite number above 0, batches end too early, or a clip is too
        short for its digits.
    """
    check_size("steps", steps)
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr is {lr!r}, but should be a finite number above 0")
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    model.train()
    losses, bar = [], Progress(steps, label, show=bool(label))
    for _, batch in zip(range(steps), batches, strict=False):
        loss = ctc_loss(model(torch.from_numpy(batch.xs), torch.from_numpy(batch.lengths)), batch)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        bar.update(len(losses), losses[-1])
    bar.close(len(losses), losses[-1] if losses else None)
    if len(losses) < steps:
        raise ValueError(f"batches end after {len(losses)}, but should hold {steps}, one for each step")
    return losses


def log_probabilities(model, waves, at_once=200):
    """What a network makes of clips: a list of (T, 11) arrays of float64, one for each wave.

    Parameters
    ----------
    model : SpeechGRU or SpeechWindow
    waves : list of (N,) arrays, at `gru_ref.espeak.RATE` samples per second
    at_once : int, clips in a batch

    Raises
    ------
    ValueError
        If there is no wave, or one has fewer than 550 samples, two frames.
    """
    if not waves:
        raise ValueError("waves is empty, but should hold at least one")
    training, heard = model.training, []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(waves), at_once):
            some = waves[start : start + at_once]
            batch = batch_of(some, [[]] * len(some))
            said = model(torch.from_numpy(batch.xs), torch.from_numpy(batch.lengths)).double().numpy()
            heard += [said[:length, b] for b, length in enumerate(batch.lengths)]
    model.train(training)
    return heard


def transcribe(model, waves):
    """The digits of each wave, a list of lists of int: the most likely class of each step, collapsed.

    Parameters and errors are those of `log_probabilities`.
    """
    return [ctc_collapse(np.argmax(said, axis=1), BLANK) for said in log_probabilities(model, waves)]


def endless(features, B, rng):
    """Batches of B clips without end, each clip once before any comes again.

    Parameters
    ----------
    features : Features of N clips
    B : int, clips in a batch, at most N
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        If B is not an integer from 1 to N.
    """
    N = len(features.lengths)
    check_size("B", B)
    if B > N:
        raise ValueError(f"B is {B}, but should be at most {N}, the number of clips")
    while True:
        order = rng.permutation(N)
        for start in range(0, N - B + 1, B):
            k = order[start : start + B]
            T, S = features.lengths[k].max(), max(features.target_lengths[k].max(), 1)
            yield features._replace(
                xs=features.xs[:T, k],
                lengths=features.lengths[k],
                targets=features.targets[:S, k],
                target_lengths=features.target_lengths[k],
            )


def trained_speech_model():
    """Read the network that was trained beforehand: the GRU of seed 0 of the recorded experiment "speech_noise", with noise.

    It has heard 64 of espeak-ng's voices; ``make speech`` trains it again.

    Returns
    -------
    model : SpeechGRU in two directions
    note : dict on how it was made; "test_voices" are the voices of the families that it has never heard

    Raises
    ------
    FileNotFoundError
        If the file with its weights is missing.
    ValueError
        If the file is not the one that belongs to this version of the course.
    """
    with np.load(read_checked(STORED, _SHA256)) as stored:
        note = json.loads(str(stored["note"]))
        model = SpeechGRU(stored["gru.weight_hh_l0"].shape[1])
        model.load_state_dict({name: torch.tensor(stored[name].astype(np.float32)) for name in model.state_dict()})
    return model.eval(), note
