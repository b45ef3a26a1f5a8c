"""Spelling to pronunciation in lesson 15: what `experiments.py` records, and the network that the course brings along.

``make experiments ARGS="pronunciation pronunciation_test pronunciation_phones"`` records. Training is kept in
``build/pronunciation`` every few hundred steps: whoever stops it goes on from there.
"""

import functools
import time

import numpy as np
import torch

from grader.base.paths import course_root
from gru_ref.decoding import beam_search
from gru_ref.edits import edit_distance
from gru_ref.encoder_decoder import EncoderDecoder, PairBatches, answer_all, decoder_of, pair_loss
from gru_ref.progress import Progress
from gru_ref.pronunciations import base_words, cmu_words
from gru_ref.splits import split_by_group
from gru_ref.tokens import END, START, Tokens

KEPT = course_root() / "build" / "pronunciation"
E, H, B, DROPOUT, LR, WARM_UP, STEPS, EVERY, KEEP = 32, 128, 128, 0.1, 3e-3, 200, 7000, 700, 100
LONGEST = 30  # phones of an answer, more than any word has
WIDTH = 5  # of the beam


@functools.cache
def parts():
    """(training, validation, test): dicts from words to their pronunciations; no base word is in two of them."""
    found = cmu_words()
    bases = base_words(found.words)
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


def new_model(attention):
    letters, phones = tokens()
    return EncoderDecoder(len(letters), len(phones), E, H, attention, bidirectional=True, dropout=DROPOUT)


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


def trained(attention, seed):
    """(model, rows of validation: (step, word error rate, seconds of processor time)); goes on where it stopped."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{'attention' if attention else 'plain'}_{seed}.pt"
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = new_model(attention)
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
        batches = PairBatches(*arrays, B, np.random.default_rng([seed, done // len_of(arrays)]))
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


def len_of(arrays):
    """How many batches there are in one pass."""
    return len(PairBatches(*arrays, B, None))


if __name__ == "__main__":
    import sys

    for seed in range(int(sys.argv[1])):
        trained(True, seed)
