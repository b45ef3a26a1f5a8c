"""The recorded experiments of lesson 17: who predicts the next frame of a chorale best, with and without transposition.

``make experiments ARGS="music_rates music music_epochs music_keys"`` records them: learning rates, compared on the validation
part of seed 0; the models, each with its best rate, and scikit-learn's logistic regression with a penalty; after how many epochs
each network was best; training in all keys, and a split by file. Then ``make music`` stores the GRU of seed 0 that was trained in
all keys in ``gru_ref/weights/chorale_model.npz``, in 16-bit floats, and prints the SHA-256 that belongs into
`gru_ref.music_models`. Trained models are kept in ``build/music``.

The seed draws which tunes are held out, the networks' starts, and the order and the keys of their batches. All models of one
seed and one kind of split are trained, stopped and tested on the same chorales.
"""

import functools
import hashlib
import json
import time
import warnings
from typing import NamedTuple

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from grader.base.paths import course_root
from gru_ref.chorales import MUSIC21, bach_chorales
from gru_ref.comparison import match_budget
from gru_ref.gru import count_gru_parameters
from gru_ref.music import frame_nll
from gru_ref.music_models import (
    STORED,
    ChoraleRNN,
    ChoraleWindow,
    chorale_nll,
    pad_rolls,
    split_chorales,
    train_chorales,
)
from gru_ref.note_markov import count_notes
from gru_ref.notes import KEYS

KEPT = course_root() / "build" / "music"
H = dict(zip(("rnn", "gru", "lstm"), match_budget(KEYS, count_gru_parameters(KEYS, 100, 2)), strict=True))
RATES, LOGISTIC_RATE = {"rnn": 0.003, "gru": 0.01, "lstm": 0.01}, 0.01  # Adam's: see "music_rates"
FRAMES = 4  # that logistic regression sees
BEST_EPOCH = "best epoch"
PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0)  # scikit-learn's C, of which the best on the validation part counts


class MusicSetting(NamedTuple):
    """One model: kind, its hidden size or the number of frames that it sees, Adam's learning rate, whether it is trained in
    all keys, and its split.
    """

    name: str
    kind: str
    H: int = 0
    lr: float | None = None
    transposing: bool = False
    by_tune: bool = True


class MusicTask(NamedTuple):
    """One experiment: seeds, who takes part, what is measured (nats per frame on the part "test" or "validation", or the
    "best epoch"), at most so many epochs, patience, and chorales in a batch.
    """

    seeds: int
    settings: tuple
    measured: str = "test"
    epochs: int = 100
    patience: int = 10
    B: int = 16
    packages: tuple = ("torch", "scikit-learn", "music21")

    @property
    def steps(self):
        """At most so many epochs: what stands for steps in the record."""
        return self.epochs

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": "chorales",
            "frame": "a quarter note",
            "test": "a fifth of the tunes",
            "validation": "a fifth of the other tunes",
            "keys in transposed training": 12,
            "B": self.B,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "epochs": f"at most {self.epochs}, until {self.patience} have not improved the validation; the best counts",
            "C of scikit-learn, the best on the validation": list(PENALTIES),
            "type": "float32",
            "value": self.measured if self.measured == BEST_EPOCH else f"nats per frame, {self.measured}",
            "models": {s.name: {k: v for k, v in s._asdict().items() if k != "name"} for s in self.settings},
        }

    def run(self, setting, seed):
        """Train one model with one seed, or take it from `KEPT`; return one row: what is measured."""
        torch.set_num_threads(1)
        split, start = split_of(setting.by_tune, seed), time.process_time()
        if setting.kind in KINDS:
            model, best, seconds = trained(setting, seed, self)
            value = best if self.measured == BEST_EPOCH else chorale_nll(model, getattr(split, self.measured))
            parameters = sum(p.numel() for p in model.parameters())
        else:
            value, parameters = counted(setting, split)
            seconds = time.process_time() - start
        return [
            (setting.name, setting.kind, setting.H, parameters, seed, self.steps, round(value, 5), round(seconds, 2))
        ]


KINDS = {
    "logistic": ChoraleWindow,
    **{kind: functools.partial(ChoraleRNN, kind) for kind in H},
}


@functools.cache
def chorales():
    """All chorales, read once."""
    return bach_chorales()


@functools.lru_cache(maxsize=2)
def split_of(by_tune, seed):
    """Split: which chorales are in which part."""
    return split_chorales(chorales(), np.random.default_rng([seed, 0]), by_tune)


def trained(setting, seed, task):
    """(model, its best epoch, seconds of processor time that its training took), from `KEPT` if it is there."""
    how = f"{'all keys' if setting.transposing else 'own key'} {'by tune' if setting.by_tune else 'by file'}"
    path = (
        KEPT
        / f"{setting.kind} {setting.H} {setting.lr:g} {how} {task.epochs} {task.patience} {task.B} {seed}.pt".replace(
            " ", "_"
        )
    )
    torch.manual_seed(seed)
    model = KINDS[setting.kind](setting.H)
    if path.exists():
        stored = torch.load(path, weights_only=True)
        model.load_state_dict(stored["model"])
        return model, stored["best"], stored["seconds"]
    rng, start = np.random.default_rng([seed, 1]), time.process_time()
    history = train_chorales(
        model,
        split_of(setting.by_tune, seed),
        task.epochs,
        setting.lr,
        rng,
        task.B,
        setting.transposing,
        task.patience,
        f"{setting.name}, seed {seed}",
    )
    seconds = time.process_time() - start
    KEPT.mkdir(parents=True, exist_ok=True)
    half_done = path.with_suffix(".part")
    best = int(np.argmin(history)) + 1
    torch.save({"model": model.state_dict(), "best": best, "seconds": seconds}, half_done)
    half_done.replace(path)
    return model, best, seconds


def counted(setting, split):
    """(nats per frame in the test, number of parameters) of a model that is no network."""
    if setting.kind == "scikit-learn":
        return by_scikit_learn(split, setting.H)
    batch = pad_rolls(split.test)
    xs, mask = batch.xs.astype(float), batch.mask.astype(float)
    model = count_notes(split.training, remember=setting.kind == "markov")
    return frame_nll(model.logits(xs), xs, mask), KEYS * (3 if setting.kind == "markov" else 1)


def by_scikit_learn(split, frames):
    """As `counted`, of scikit-learn's logistic regressions, one for each key, on the last frames."""
    (x, y), validation, test = (past_of(part, frames) for part in (split.training, split.validation, split.test))
    best = np.full(KEYS, np.inf)
    in_test = np.empty(KEYS)
    shares = (y.sum(axis=0) + 1) / (len(y) + 2)
    for key in range(KEYS):
        if y[:, key].min() == y[:, key].max():  # never struck, nothing to learn
            in_test[key] = nats(np.full(len(test[1]), shares[key]), test[1][:, key])
            continue
        for C in PENALTIES:
            model = LogisticRegression(C=C, max_iter=300, tol=1e-3)
            with warnings.catch_warnings():
                warnings.simplefilter("error", ConvergenceWarning)
                model.fit(x, y[:, key])
            held_out, tested = (nats(model.predict_proba(a)[:, 1], b[:, key]) for a, b in (validation, test))
            if held_out < best[key]:
                best[key], in_test[key] = held_out, tested
    return in_test.sum() / len(test[1]), KEYS * (frames * KEYS + 1)


def past_of(rolls, frames):
    """(frames before, frames): sparse (N, frames · 88), and (N, 88)."""
    from scipy.sparse import csr_array

    padded = [np.pad(roll, ((frames, 0), (0, 0))) for roll in rolls]
    past = [np.hstack([roll[frames - k : len(roll) - k] for k in range(1, frames + 1)]) for roll in padded]
    return csr_array(np.concatenate(past)), np.concatenate(rolls)


def nats(p, down):
    """Sum over frames of −ln of the probability of what came."""
    return -np.log(np.where(down > 0.5, p, 1 - p)).sum()


def recurrent(name, rates=RATES, **more):
    """A setting for each kind of recurrent network, at equal budget."""
    return tuple(MusicSetting(f"{kind}{name}", kind, H[kind], rates[kind], **more) for kind in ("gru", "lstm", "rnn"))


def logistic(name, **more):
    """A setting for logistic regression on the last frames."""
    return MusicSetting(f"logistic{name}", "logistic", FRAMES, LOGISTIC_RATE, **more)


TASKS = {
    "music_rates": MusicTask(
        1,
        tuple(s for lr in (0.003, 0.01) for s in recurrent(f", {lr:g}", dict.fromkeys(H, lr))),
        "validation",
    ),
    "music": MusicTask(
        5,
        (
            *recurrent(""),
            logistic(""),
            MusicSetting("logistic, with a penalty", "scikit-learn", FRAMES),
            MusicSetting("note by note", "markov", 1),
            MusicSetting("shares alone", "shares"),
        ),
    ),
    "music_epochs": MusicTask(5, recurrent(""), BEST_EPOCH),
    "music_keys": MusicTask(
        5,
        (
            MusicSetting("gru, transposed", "gru", H["gru"], RATES["gru"], transposing=True),
            logistic(", transposed", transposing=True),
            MusicSetting("gru, split by file", "gru", H["gru"], RATES["gru"], by_tune=False),
            logistic(", split by file", by_tune=False),
        ),
    ),
}


def main():
    """Store the GRU of seed 0 that was trained in all keys."""
    task = TASKS["music_keys"]
    (setting,) = (s for s in task.settings if s.name == "gru, transposed")
    model, best, _ = trained(setting, 0, task)
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in model.state_dict().items()}
    model.load_state_dict({name: torch.tensor(array.astype(np.float32)) for name, array in arrays.items()})
    split = split_of(True, 0)
    note = {
        "chorales": f"{len(chorales())} by Bach, from music21 {MUSIC21.tested}",
        "best epoch": best,
        "test_names": split.test_names,
        "nll": round(chorale_nll(model, split.test), 4),
    }
    np.savez_compressed(STORED, note=json.dumps(note), **arrays)
    print("sha256", hashlib.sha256(STORED.read_bytes()).hexdigest(), f"{STORED.stat().st_size:,} bytes", note)


if __name__ == "__main__":
    main()
