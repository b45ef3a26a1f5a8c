"""The language models of lesson 13: what `experiments.py` records of them, and the one that the course brings along.

``make experiments ARGS="language_rates language language_test language_reach"`` records; ``make language`` then stores the
GRU of seed 0 in ``gru_ref/weights/language_model.npz``, in 16-bit floats, and prints the SHA-256 that belongs into
`gru_ref.trained`. Trained models are kept in ``build/language``, so that several experiments can measure the same ones.
"""

import functools
import hashlib
import json
import platform
import sys
import time
from typing import NamedTuple

import numpy as np
from measuring import text_digest

from grader.base.paths import course_root
from gru_ref.corpus import characters_of, documentation, load_corpus, split_by_paragraph, without_repeats
from gru_ref.language_model import (
    bits_by_known,
    init_language_model,
    language_bits,
    language_chunks,
    language_loss_and_grads,
)
from gru_ref.losses import softmax_cross_entropy
from gru_ref.ngrams import count_contexts, witten_bell_bits
from gru_ref.trained import STORED, pack_language_model, unpack_language_model
from gru_ref.training import train
from gru_ref.trees import count

KEPT = course_root() / "build" / "language"
E, T, B, WARM_UP = 32, 64, 32, 50
KNOWN = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128)


@functools.cache
def text_of(split):
    """The three parts of the text as integers, and its characters."""
    corpus = load_corpus()[0]
    if split == "by paragraph":
        corpus = split_by_paragraph(without_repeats(documentation()), np.random.default_rng(0))
    characters = characters_of(corpus.training)
    return [characters.ids(part) for part in corpus], characters


@functools.cache
def digest_of(split):
    """The SHA-256 of the three parts of the text."""
    parts, characters = text_of(split)
    return text_digest(*map(characters.text, parts))


class LanguageSetting(NamedTuple):
    """One model: name, kind, hidden size, steps of training, learning rate.

    Of kind "witten-bell" H is the longest context, the best one on the validation part, and nothing is trained.

    reset: "training", "reading" or "both", where each chunk begins with a state of zero, or None; split: "by paragraph"
    or None; known: how many characters stand in their order when it is measured, or None.
    """

    name: str
    kind: str
    H: int
    steps: int
    lr: float
    reset: str | None = None
    split: str | None = None
    known: int | None = None


# Equal budgets; steps that take the same time. (On one core, 60 steps of each in turn: 1680 : 1500 : 1560.)
KINDS = {"gru": (128, 1500), "lstm": (108, 1560), "rnn": (232, 1680)}
RATE = {"gru": 0.016, "lstm": 0.064, "rnn": 0.016}  # the best of RATES
RATES = tuple(
    LanguageSetting(f"{kind}, {lr:g}", kind, H, 500, lr)
    for kind, (H, _) in KINDS.items()
    for lr in (0.004, 0.008, 0.016, 0.032, 0.064, 0.128)
)
EQUAL_TIME = tuple(LanguageSetting(kind, kind, H, steps, RATE[kind]) for kind, (H, steps) in KINDS.items())
GRU = EQUAL_TIME[0]
TESTED = (
    *EQUAL_TIME,
    GRU._replace(name="gru, reset in reading", reset="reading"),
    GRU._replace(name="gru, reset in training", reset="training"),
    GRU._replace(name="gru, reset in both", reset="both"),
    GRU._replace(name="gru, split by paragraph", split="by paragraph"),
    LanguageSetting("counting", "witten-bell", 4, 0, 0.0),
    LanguageSetting("counting, split by paragraph", "witten-bell", 5, 0, 0.0, split="by paragraph"),
)
REACH = tuple(s._replace(name=f"{s.name}, {k}", known=k) for s in EQUAL_TIME for k in KNOWN)


def trained(setting, seed, every=150):
    """(model, rows of validation: (step, bits, seconds of processor time)), from `KEPT` if it is there."""
    reset = setting.reset in ("training", "both")
    name = f"{setting.kind} {setting.H} {setting.steps} {setting.lr:g} {reset} {setting.split} {seed}".replace(" ", "_")
    path = KEPT / f"{name}.npz"
    (training, validation, _), characters = text_of(setting.split)
    if path.exists():
        with np.load(path) as stored:
            return unpack_language_model(stored, setting.kind), json.loads(str(stored["rows"]))
    rng = np.random.default_rng([seed, 1])
    p = init_language_model(setting.kind, len(characters), E, setting.H, rng, dtype=np.float32)
    rows, start = [], time.process_time()

    def evaluate(p):
        bits = language_bits(p, validation, setting.kind, T, carry=not reset)
        rows.append((min(len(rows) * every, setting.steps), bits, time.process_time() - start))
        return bits

    def rate(step):
        return setting.lr * min(1, (step + 1) / WARM_UP) * (1 - step / setting.steps)

    next_chunk = language_chunks(training, T, B)
    if reset:
        next_chunk = functools.partial(_beginning, next_chunk)
    loss_and_grads = functools.partial(language_loss_and_grads, kind=setting.kind)
    p, _ = train(
        loss_and_grads, p, next_chunk, setting.steps, rate, evaluate=evaluate, every=every, carry=True,
        label=f"{setting.name}, seed {seed}:", progress=sys.stdout.isatty(),
    )  # fmt: skip
    KEPT.mkdir(parents=True, exist_ok=True)
    half_done = path.with_suffix(".part.npz")
    np.savez(half_done, rows=json.dumps(rows), **pack_language_model(p))
    half_done.replace(path)
    return p, rows


def _beginning(next_chunk):
    """The next chunk, as if a text began with it."""
    return next_chunk()._replace(first=True)


def _rows(setting, seed, p, measured):
    """Rows of a record, from (step, value, seconds) each."""
    said = (setting.name, setting.kind, setting.H, count(p.network), seed)
    return [(*said, step, float(f"{value:.6g}"), round(seconds, 2)) for step, value, seconds in measured]


def run_validation(task, setting, seed):
    """Bits per character on the validation part, while it is trained; the time is the processor's."""
    p, rows = trained(setting, seed, task.every)
    return _rows(setting, seed, p, rows)


def run_test(task, setting, seed):
    """Bits per character on the test part, of the model that was best on the validation part."""
    if setting.kind == "witten-bell":
        (training, _, test), characters = text_of(setting.split)
        start = time.process_time()
        bits = witten_bell_bits(training, test, len(characters), setting.H)[setting.H].mean()
        seconds = round(time.process_time() - start, 2)
        contexts = len(count_contexts(characters.text(training), setting.H, characters))
        return [(*setting[:3], contexts, seed, 0, float(f"{bits:.6g}"), seconds)]
    p, rows = trained(setting, seed)
    carry = setting.reset not in ("reading", "both")
    bits = language_bits(p, text_of(setting.split)[0][2], setting.kind, T, carry=carry)
    return _rows(setting, seed, p, [(setting.steps, bits, rows[-1][-1])])


def run_reach(task, setting, seed):
    """Bits for a character of the test part where only some of those before it stand in their order."""
    p, rows = trained(setting, seed)
    bits = bits_by_known(p, text_of(None)[0][2], [setting.known], setting.kind).mean()
    return _rows(setting, seed, p, [(setting.steps, bits, rows[-1][-1])])


class LanguageTask(NamedTuple):
    """One experiment: how a model is measured, steps of training where all models have the same, evaluations, who takes part.

    measure(task, setting, seed) returns a row for each evaluation. The test part is read in 16 streams.
    """

    measure: object
    steps: int | None
    every: int | None
    seeds: int
    settings: tuple
    I: int = E
    packages: tuple = ()

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": text_of.__name__,
            "text, SHA-256": {split or "by topic": digest_of(split) for split in {s.split: 0 for s in self.settings}},
            "E": E,
            "T": T,
            "B": B,
            "schedule": f"{WARM_UP} steps up, then down to 0",
            "loss": softmax_cross_entropy.__name__,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "steps": self.steps,
            "lr": None,
            "type": "float32",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v is not None} for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed, or take it from `KEPT`; return a row for each evaluation."""
        return self.measure(self, setting, seed)


TASKS = {
    "language_rates": LanguageTask(run_validation, 500, 50, 1, RATES),
    "language": LanguageTask(run_validation, None, 150, 5, EQUAL_TIME),
    "language_test": LanguageTask(run_test, None, None, 5, TESTED),
    "language_reach": LanguageTask(run_reach, None, None, 5, REACH),
}


def main():
    """Store the GRU of seed 0."""
    p, _ = trained(GRU, 0)
    (_, _, test), characters = text_of(None)
    arrays = {name: array.astype(np.float16) for name, array in pack_language_model(p).items()}
    rounded = unpack_language_model(arrays, "gru", np.float32)
    note = {
        "text": "CPython's help topics, © Python Software Foundation, PSF licence",
        "source": documentation().source,
        "python": platform.python_version(),
        "steps": GRU.steps,
        "bits_per_character": round(language_bits(rounded, test), 3),
    }
    np.savez_compressed(STORED, characters=characters.symbols, note=json.dumps(note), **arrays)
    print("sha256", hashlib.sha256(STORED.read_bytes()).hexdigest(), f"{STORED.stat().st_size:,} bytes", note)


if __name__ == "__main__":
    main()
