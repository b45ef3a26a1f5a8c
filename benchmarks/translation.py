"""The recorded experiments of lesson 15 on number words: who translates held-out numbers, and longer ones than in training.

Each run is one model with one seed, measured on one set of test numbers. The seed draws the numbers, the network's start and
the order of its batches: all models of one seed see the same ones. A network is trained once and measured on all sets.
"""

import functools
import time
from typing import NamedTuple

import numpy as np
import torch

from gru_ref.edits import edit_distance
from gru_ref.encoder_decoder import EncoderDecoder, PairBatches, answer_all, fit_pairs
from gru_ref.joint_ngrams import JointNgrams
from gru_ref.number_words import Pairs, number_task
from gru_ref.tokens import Tokens

E, H, B, EPOCHS, LR = 24, 96, 64, 12, 5e-3
TRAINING, TESTED = 3000, 3000
STEPS = EPOCHS * -(-TRAINING // B)
ORDER, LONGEST = 3, 3  # of the joint n-grams: of 3, 5 and 7 the best order on other numbers
MOST_TOKENS = 20  # of an answer, more than any number needs
WORDS = tuple(range(4, 12))


class TranslationSetting(NamedTuple):
    """One model and what it is measured on: its name, kind and hidden size, whether it has attention or reads from the end.

    test: "held out", "longer", or a number of French words.
    """

    name: str
    kind: str
    test: object
    H: int = 0
    attention: bool = False
    reversed: bool = False


@functools.lru_cache(maxsize=1)
def task_of(seed):
    """The pairs of a seed, and the tokens of both languages."""
    task = number_task(np.random.default_rng([seed, 0]), TRAINING, TESTED, TESTED)
    everything = [[*task.training[side], *task.longer[side]] for side in range(2)]
    return task, *map(Tokens, everything)


def encoded(pairs, french, english, backwards):
    """The four arrays of some pairs, for PairBatches."""
    sources = [source[::-1] for source in pairs.sources] if backwards else pairs.sources
    return *french.encode(sources), *english.encode(pairs.targets)


@functools.lru_cache(maxsize=8)
def trained(kind, attention, backwards, seed):
    """(a function that answers Pairs, parameters, seconds of training)."""
    torch.set_num_threads(1)
    task, french, english = task_of(seed)
    start = time.process_time()
    if kind == "joint n-grams":
        model = JointNgrams(*task.training, ORDER, LONGEST)
        parameters = sum(len(row) for table in model.counts for row in table.values())
        return lambda pairs: [model.answer(source) for source in pairs.sources], parameters, time.process_time() - start
    if kind == "nearest":
        return functools.partial(nearest, task.training), 0, 0.0
    torch.manual_seed(seed)
    model = EncoderDecoder(len(french), len(english), E, H, attention)
    arrays = encoded(task.training, french, english, backwards)
    fit_pairs(model, PairBatches(*arrays, B, np.random.default_rng([seed, 1])), EPOCHS, LR)
    seconds = time.process_time() - start

    def answers(pairs):
        sources, lengths, _, _ = encoded(pairs, french, english, backwards)
        return [english.decode(answer) for answer in answer_all(model, sources, lengths, MOST_TOKENS)]

    return answers, sum(p.numel() for p in model.parameters()), seconds


def nearest(training, pairs):
    """The translation of the most similar French number of the training pairs, by edit distance."""
    known = dict(zip(map(tuple, training.sources), training.targets, strict=True))
    return [known[min(known, key=lambda source: edit_distance(source, asked))] for asked in pairs.sources]


def tested(task, test, kind):
    """The pairs that a setting is measured on. (The nearest of 3000 takes its time: it is asked for the first 100.)"""
    pairs = {"held out": task.held_out, "longer": task.longer}.get(test)
    if pairs is None:
        both = Pairs(*(a + b for a, b in zip(task.held_out, task.longer, strict=True)))
        where = [i for i, source in enumerate(both.sources) if len(source) == test]
        pairs = Pairs(*([side[i] for i in where] for side in both))
    return Pairs(*(side[:100] for side in pairs)) if kind == "nearest" else pairs


class TranslationTask(NamedTuple):
    """One experiment: how many seeds, and who takes part."""

    steps: int
    seeds: int
    settings: tuple
    packages: tuple = ("torch", "num2words")

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": number_task.__name__,
            "training": TRAINING,
            "held_out": TESTED,
            "longer": TESTED,
            "E": E,
            "B": B,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "steps": self.steps,
            "lr": LR,
            "schedule": "50 steps up, then down to 0",
            "order and longest piece of the joint n-grams": [ORDER, LONGEST],
            "type": "float32",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v not in (0, False)}
                for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed, unless it was just trained; return one row: the share of right translations."""
        answers, parameters, seconds = trained(setting.kind, setting.attention, setting.reversed, seed)
        pairs = tested(task_of(seed)[0], setting.test, setting.kind)
        right = [said == target for said, target in zip(answers(pairs), pairs.targets, strict=True)]
        share = round(float(np.mean(right)), 6)
        return [(setting.name, setting.kind, setting.H, parameters, seed, self.steps, share, round(seconds, 2))]


def models(test):
    """All models, measured on one set."""
    return (
        TranslationSetting(f"gru, {test}", "gru", test, H),
        TranslationSetting(f"gru reversed, {test}", "gru", test, H, reversed=True),
        TranslationSetting(f"gru with attention, {test}", "gru", test, H, attention=True),
        TranslationSetting(f"joint n-grams, {test}", "joint n-grams", test),
        TranslationSetting(f"nearest, {test}", "nearest", test),
    )


TASKS = {
    "translation": TranslationTask(STEPS, 5, (*models("held out"), *models("longer"))),
    "translation_by_length": TranslationTask(
        STEPS, 5, tuple(s for words in WORDS for s in models(words) if s.kind != "nearest" and not s.reversed)
    ),
}
