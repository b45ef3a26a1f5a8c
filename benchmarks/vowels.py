"""The recorded experiment of lesson 16 on real speech: who of nine speakers said two Japanese vowels?

``pip install -e ".[vowels]"`` and ``make experiments ARGS="vowels"`` record it. The seed draws which 30 utterances of each
speaker are used for training, of all 640, a network's start and the order of its batches. "as published" is the split that
the data comes with; there the seed only matters for the networks.
"""

import time
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gru_ref.torch_models import SequenceClassifier, accuracy, collate, fit
from gru_ref.vowels import SPEAKERS, Vowels, japanese_vowels
from gru_ref.warping import nearest_by_warping

EACH = 30  # utterances of each speaker in training


class VowelSetting(NamedTuple):
    """One model: its name, kind and hidden size, and the split, "drawn" or "as published"."""

    name: str
    kind: str
    split: str
    H: int = 0


class VowelTask(NamedTuple):
    """The experiment: epochs of training, batch size, learning rate, seeds, and who takes part."""

    epochs: int
    B: int
    lr: float
    seeds: int
    settings: tuple
    packages: tuple = ("torch", "scikit-learn", "sktime")

    @property
    def steps(self):
        """Its length, as records state it: in epochs."""
        return self.epochs

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": "Japanese vowels: who speaks",
            "training utterances of each speaker": EACH,
            "epochs": self.epochs,
            "B": self.B,
            "lr": self.lr,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "type": "float32",
            "value": "accuracy",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v not in (None, 0)}
                for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed; return one row: the share of test utterances that it gets right."""
        torch.set_num_threads(1)
        training, test = split(setting.split, np.random.default_rng([seed, 0]))
        start, parameters = time.process_time(), 0
        if setting.kind == "gru":
            share, parameters = self._gru(setting.H, training, test, seed)
        elif setting.kind == "nearest by warping":
            share = np.mean(nearest_by_warping(test.xs, training.xs, training.speakers) == test.speakers)
        else:
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
            share = model.fit(summaries(training.xs), training.speakers).score(summaries(test.xs), test.speakers)
            parameters = model[-1].coef_.size
        seconds = time.process_time() - start
        return [
            (
                setting.name,
                setting.kind,
                setting.H,
                parameters,
                seed,
                self.epochs,
                round(float(share), 6),
                round(seconds, 2),
            )
        ]

    def _gru(self, H, training, test, seed):
        torch.manual_seed(seed)
        mean, std = (f(np.concatenate(training.xs), axis=0) for f in (np.mean, np.std))
        known, asked = (
            [(torch.tensor((x - mean) / std, dtype=torch.float32), int(k)) for x, k in zip(*part, strict=True)]
            for part in (training, test)
        )
        model = SequenceClassifier(known[0][0].shape[1], H, SPEAKERS)
        shuffled = torch.Generator().manual_seed(seed)
        loader = torch.utils.data.DataLoader(known, self.B, shuffle=True, generator=shuffled, collate_fn=collate)
        fit(model, loader, self.epochs, self.lr)
        asked = torch.utils.data.DataLoader(asked, 400, collate_fn=collate)
        return accuracy(model, asked), sum(p.numel() for p in model.parameters())


def split(how, rng):
    """Training and test Vowels."""
    parts = japanese_vowels()
    if how == "as published":
        return parts
    xs, speakers = [x for part in parts for x in part.xs], np.concatenate([part.speakers for part in parts])
    order = rng.permutation(len(xs))
    known = np.concatenate([order[speakers[order] == k][:EACH] for k in range(SPEAKERS)])
    asked = np.setdiff1d(order, known)
    return tuple(Vowels([xs[i] for i in some], speakers[some]) for some in (known, asked))


def summaries(xs):
    """Mean and standard deviation of each coefficient over time, (N, 24): no order is left."""
    return np.array([np.concatenate([x.mean(axis=0), x.std(axis=0)]) for x in xs])


def models(how):
    """The three models on one split."""
    return (
        VowelSetting(f"gru, {how}", "gru", how, 64),
        VowelSetting(f"nearest by warping, {how}", "nearest by warping", how),
        VowelSetting(f"mean and spread, {how}", "logistic regression", how),
    )


TASKS = {"vowels": VowelTask(40, 16, 5e-3, 10, (*models("drawn"), *models("as published")))}
