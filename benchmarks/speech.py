"""The recorded experiments of lesson 16: which voices a network must hear, noise, and directions.

``make experiments ARGS="speech speech_noise"`` records them; ``make speech`` then stores the GRU of seed 0 that was trained
with noise in ``gru_ref/weights/speech_model.npz``, in 16-bit floats, and prints the SHA-256 that belongs into
`gru_ref.speech_models`.
Trained models are kept in ``build/speech``, so that both experiments can measure the same ones.

The seed draws which families of voices are held out for the test, which voices speak in training, what they say, the noise,
the networks' starts and the order of their batches. All models of one seed are tested on the same clips.
"""

import functools
import hashlib
import json
import time
from typing import NamedTuple

import numpy as np
import torch

from grader.base.paths import course_root
from gru_ref.edits import error_rate
from gru_ref.espeak import LOADER, voices
from gru_ref.speech_models import STORED, SpeechGRU, SpeechWindow, endless, train_speech, transcribe
from gru_ref.splits import split_by_group
from gru_ref.spoken import Spoken, batch_of, draw_spoken, with_noise
from gru_ref.voice_families import SAME_LINES, SAME_SOUND, families_of_voices

KEPT = course_root() / "build" / "speech"
CLIPS, TESTED_KNOWN, TESTED_NEW, TEST_SHARE = 1200, 200, 400, 0.25
NOISES = (0.0, 30.0)  # decibels in training with noise, drawn from this range
MODELS = {
    "gru, both ways": lambda: SpeechGRU(64, 2),
    "gru, one way": lambda: SpeechGRU(98, 1),
    "window": lambda: SpeechWindow(60, 7),
}


class SpeechSetting(NamedTuple):
    """One model, how it was trained, and how it is tested.

    kind: a key of MODELS; voices: how many speak in training; noisy: whether training has noise; test: "known" voices or
    "new" ones; decibels: of the noise in the test, or None.
    """

    name: str
    kind: str
    voices: int
    test: str
    noisy: bool = False
    decibels: float | None = None

    @property
    def H(self):
        """How many numbers its last layer reads."""
        return MODELS[self.kind]().out.in_features


class SpeechTask(NamedTuple):
    """One experiment: steps of training, clips in a batch, learning rate, seeds, and who takes part."""

    steps: int
    B: int
    lr: float
    seeds: int
    settings: tuple
    packages: tuple = ("torch", "espeakng-loader")

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": "spoken digits",
            "training clips": CLIPS,
            "test clips": {"known": TESTED_KNOWN, "new": TESTED_NEW},
            "families of voices": f"{SAME_LINES:.0%} of the settings in common, or a distance below {SAME_SOUND:g}",
            "share of the families of voices in the test": TEST_SHARE,
            "noise in noisy training": f"{NOISES[0]:g} to {NOISES[1]:g} dB",
            "B": self.B,
            "loss": "CTC",
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "schedule": "down to 0 along half a cosine",
            "steps": self.steps,
            "lr": self.lr,
            "type": "float32",
            "value": "digit error rate",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v is not None} for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed, or take it from `KEPT`; return one row: its digit error rate in the test."""
        torch.set_num_threads(1)
        model, seconds = trained(setting.kind, setting.voices, setting.noisy, seed, self)
        clips = tested(setting, seed)
        rate = error_rate(clips.digits, transcribe(model, clips.waves))
        parameters = sum(p.numel() for p in model.parameters())
        return [
            (setting.name, setting.kind, setting.H, parameters, seed, self.steps, round(rate, 6), round(seconds, 2))
        ]


@functools.cache
def split_voices(seed):
    """(voices for training, in the order in which they join; voices for the test): lists of str."""
    rng = np.random.default_rng([seed, 0])
    names = voices()
    in_test = split_by_group(families_of_voices(names), TEST_SHARE, rng)
    order = rng.permutation(len(names))
    return [names[k] for k in order if not in_test[k]], [names[k] for k in order if in_test[k]]


@functools.lru_cache(maxsize=2)
def training_clips(count, seed):
    """Spoken: what is heard in training, by so many voices."""
    return draw_spoken(CLIPS, split_voices(seed)[0][:count], np.random.default_rng([seed, 1, count]))


@functools.lru_cache(maxsize=4)
def training_features(count, noisy, seed):
    """Features of the training clips, with noise of a random loudness in each or without."""
    clips, rng = training_clips(count, seed), np.random.default_rng([seed, 2, count])
    waves = [with_noise(wave, rng.uniform(*NOISES), rng) if noisy else wave for wave in clips.waves]
    return batch_of(waves, clips.digits)


@functools.lru_cache(maxsize=4)
def test_clips(count, seed):
    """Spoken: other clips, by the first `count` voices of training, or by those of the test if count is None."""
    training, test = split_voices(seed)
    said_by, n = (test, TESTED_NEW) if count is None else (training[:count], TESTED_KNOWN)
    return draw_spoken(n, said_by, np.random.default_rng([seed, 3, count or 0]))


def tested(setting, seed):
    """Spoken: the test of a setting."""
    clips = test_clips(None if setting.test == "new" else setting.voices, seed)
    if setting.decibels is None:
        return clips
    rng = np.random.default_rng([seed, 4])
    return Spoken([with_noise(wave, setting.decibels, rng) for wave in clips.waves], clips.digits, clips.voices)


def trained(kind, count, noisy, seed, task):
    """(model, seconds of processor time that its training took), from `KEPT` if it is there."""
    path = KEPT / f"{kind} {count} {'noisy' if noisy else 'clean'} {task.steps} {task.lr:g} {seed}.pt".replace(" ", "_")
    torch.manual_seed(seed)
    model = MODELS[kind]()
    if path.exists():
        stored = torch.load(path, weights_only=True)
        model.load_state_dict(stored["model"])
        return model, stored["seconds"]
    batches = endless(training_features(count, noisy, seed), task.B, np.random.default_rng([seed, 5]))
    start = time.process_time()
    train_speech(model, batches, task.steps, task.lr)
    seconds = time.process_time() - start
    KEPT.mkdir(parents=True, exist_ok=True)
    half_done = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "seconds": seconds}, half_done)
    half_done.replace(path)
    return model, seconds


def by_voices(kind, counts):
    """A model with so many voices in training, tested on those voices and on new ones."""
    return tuple(
        SpeechSetting(f"{kind}, {count}, {test}", kind, count, test) for count in counts for test in ("known", "new")
    )


def by_noise(kind, noisy, levels=(None, 20.0, 10.0, 0.0)):
    """A model with 64 voices in training, tested on new ones, with noise of several loudnesses."""
    trained_with = "noisy" if noisy else "clean"
    return tuple(
        SpeechSetting(
            f"{kind}, {trained_with}, {'clean' if level is None else f'{level:g} dB'}", kind, 64, "new", noisy, level
        )
        for level in levels
    )


TASKS = {
    "speech": SpeechTask(
        400,
        32,
        6e-3,
        5,
        (
            *by_voices("gru, both ways", (64, 16, 4)),
            *by_voices("window", (64, 16, 4)),
            *by_voices("gru, one way", (64,)),
        ),
    ),
    "speech_noise": SpeechTask(
        400,
        32,
        6e-3,
        5,
        tuple(s for kind in ("gru, both ways", "window") for noisy in (False, True) for s in by_noise(kind, noisy)),
    ),
}


def main():
    """Store the GRU of seed 0 that was trained with noise."""
    task = TASKS["speech_noise"]
    model, _ = trained("gru, both ways", 64, True, 0, task)
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in model.state_dict().items()}
    model.load_state_dict({name: torch.tensor(array.astype(np.float32)) for name, array in arrays.items()})
    clips = test_clips(None, 0)
    note = {
        "clips": f"espeak-ng, of {LOADER.source}",
        "steps": task.steps,
        "test_voices": sorted(split_voices(0)[1]),
        "digit_error_rate": round(error_rate(clips.digits, transcribe(model, clips.waves)), 4),
    }
    np.savez_compressed(STORED, note=json.dumps(note), **arrays)
    print("sha256", hashlib.sha256(STORED.read_bytes()).hexdigest(), f"{STORED.stat().st_size:,} bytes", note)


if __name__ == "__main__":
    main()
