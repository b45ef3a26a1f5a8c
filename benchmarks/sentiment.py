"""The recorded experiments of lesson 14: what the order of words is worth, and what the spelling of a word tells.

Each run is one model with one seed. The seed draws the data, its split, the network's start and the order of its batches:
all models of one seed see the same training and the same test texts.
"""

import functools
import time
from typing import NamedTuple

import numpy as np
import torch
from measuring import text_digest
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from gru_ref.grammar import draw_sentences
from gru_ref.labelled import Labelled
from gru_ref.lexicon import vader_words
from gru_ref.splits import families, split_by_group
from gru_ref.text_models import TextBatches, TextClassifier
from gru_ref.torch_models import accuracy, fit
from gru_ref.words import encode_batch, spelled, vocabulary

MOST_ITERATIONS = 2000  # of logistic regression, more than it needs


class Setting(NamedTuple):
    """One model: its name, kind and hidden size, how a GRU's states are pooled or the longest n-gram, and its data.

    data: pairs of training sentences, or the split, "leaking" or "honest".
    """

    name: str
    kind: str
    data: object
    H: int = 0
    how: str | None = None
    longest: int | None = None


class TextTask(NamedTuple):
    """One experiment: what to read, how long a network is trained (steps), how often it is evaluated, and who takes part.

    draw(data, rng) returns the training and the test texts, two Labelled.
    """

    draw: object
    unit: str
    E: int
    B: int
    lr: float
    steps: int
    evaluations: int
    seeds: int
    settings: tuple
    packages: tuple = ("torch", "scikit-learn")

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": self.draw.__name__.removeprefix("draw_"),
            "a token is a": self.unit,
            "texts of seed 0, SHA-256": {str(s.data): digest_of(self.draw, s.data) for s in self.settings},
            "E": self.E,
            "B": self.B,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "steps": self.steps,
            "lr": self.lr,
            "type": "float32",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v not in (None, 0)}
                for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed; return a row for each evaluation: the share of test texts that it gets right."""
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        training, test = self.draw(setting.data, np.random.default_rng([seed, 0]))
        start = time.perf_counter()
        if setting.kind == "gru":
            parameters, evaluated = self._trained(setting, training, test, np.random.default_rng([seed, 1]))
        else:
            model = baseline(setting)
            model.fit(training.texts, training.labels)
            evaluated = [(self.steps, model.score(test.texts, test.labels), time.perf_counter() - start)]
            parameters = getattr(model[-1], "coef_", np.empty(0)).size
        return [
            (setting.name, setting.kind, setting.H, parameters, seed, step, round(float(share), 6), round(seconds, 2))
            for step, share, seconds in evaluated
        ]

    def _trained(self, setting, training, test, rng):
        ids = vocabulary(training.texts, 1)
        batches, held_out = (
            TextBatches(*encode_batch(part.texts, ids), part.labels, size, part_rng)
            for part, size, part_rng in ((training, self.B, rng), (test, 500, None))
        )
        model = TextClassifier(len(ids) + 2, self.E, setting.H, 2, setting.how)
        epochs = max(1, round(self.steps / len(batches)))
        noted = Evaluated(batches, functools.partial(accuracy, model, held_out), max(1, epochs // self.evaluations))
        fit(model, noted, epochs, self.lr)
        noted.note(self.steps)
        return sum(p.numel() for p in model.parameters()), noted.rows


class Evaluated:
    """Batches that evaluate the model before the first, and whenever all have been gone through `every` times."""

    def __init__(self, batches, evaluate, every):
        self.batches, self.evaluate, self.every = batches, evaluate, every
        self.epoch, self.rows, self.start = 0, [], time.perf_counter()
        self.note(0)

    def __iter__(self):
        yield from self.batches
        self.epoch += 1
        if self.epoch % self.every == 0:
            self.note(self.epoch * len(self.batches))

    def note(self, step):
        """Add a row (step, share that is right, seconds); of two for one moment, the later one's step counts."""
        row = step, self.evaluate(), time.perf_counter() - self.start
        if self.rows and self.rows[-1][1] == row[1] and abs(self.rows[-1][0] - step) < len(self.batches):
            self.rows.pop()
        self.rows.append(row)


def baseline(setting):
    """A model of scikit-learn's that reads texts: of the class most frequent in training, of n-grams, or of the most similar text."""
    grams = CountVectorizer(
        ngram_range=(1, setting.longest or 1), token_pattern=r"\S+", binary=True, preprocessor=marked
    )
    model = {
        "majority": DummyClassifier(strategy="most_frequent"),
        "n-grams": LogisticRegression(max_iter=MOST_ITERATIONS),
        "nearest": KNeighborsClassifier(1, metric="cosine"),
    }[setting.kind]
    return make_pipeline(grams, model)


def marked(text):
    """The text with marks at both ends, so that n-grams know what begins or ends it."""
    return f"^ {text} $"


def draw_grammar(pairs, rng, test_pairs=1000):
    """Pairs of sentences to train on, and other pairs to test on."""
    drawn = draw_sentences(pairs + test_pairs, rng)
    return part(drawn, range(2 * pairs)), part(drawn, range(2 * pairs, len(drawn.texts)))


def draw_rated_words(split, rng):
    """Four fifths of VADER's words, spelled, and the fifth: of the words if the split is leaking, else of their families."""
    rated = vader_words()
    groups = {"leaking": rated.words, "honest": families(rated.words)}[split]
    data = Labelled(
        [spelled(word) for word in rated.words],
        (rated.ratings.mean(axis=1) > 0).astype(int),
        ("negative", "positive"),
    )
    in_test = split_by_group(groups, 0.2, rng)
    return part(data, np.flatnonzero(~in_test)), part(data, np.flatnonzero(in_test))


@functools.cache
def digest_of(draw, data):
    """The SHA-256 of the training and the test texts that seed 0 draws, and of their labels."""
    parts = draw(data, np.random.default_rng([0, 0]))
    return text_digest(*([f"{label}\t{text}" for text, label in zip(p.texts, p.labels, strict=True)] for p in parts))


def part(data, where):
    """Some of the texts of a Labelled."""
    return data._replace(texts=[data.texts[i] for i in where], labels=data.labels[list(where)])


def reading_order(pairs):
    """The models that read sentences, with a number of training pairs."""
    return (
        *(Setting(f"gru {how}, {pairs}", "gru", pairs, 32, how) for how in ("last", "mean", "max")),
        *(Setting(f"{n}-grams, {pairs}", "n-grams", pairs, longest=n) for n in (1, 2, 4)),
    )


def spelling(split):
    """The models that read words letter by letter, on one of the two splits."""
    return (
        *(Setting(f"gru {how}, {split}", "gru", split, 64, how) for how in ("last", "mean", "max")),
        Setting(f"5-grams, {split}", "n-grams", split, longest=5),
        Setting(f"nearest, {split}", "nearest", split, longest=3),
        Setting(f"majority, {split}", "majority", split),
    )


TASKS = {
    "order_of_words": TextTask(
        draw_grammar,
        "word",
        16,
        32,
        5e-3,
        600,
        6,
        5,
        tuple(setting for pairs in (50, 100, 250, 500) for setting in reading_order(pairs)),
    ),
    "spelling": TextTask(
        draw_rated_words, "letter", 16, 64, 3e-3, 1080, 12, 5, (*spelling("leaking"), *spelling("honest"))
    ),
}
