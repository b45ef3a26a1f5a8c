"""Compare the likelihood of a transcript and edit distance, for lessons 15 and 16, with other libraries."""

import statistics

import numpy as np
from measuring import console, seconds
from rich.table import Table

from gru_ref import ctc_log_likelihoods, edit_distance

RUNS = 101


def in_turns(*works):
    """Median milliseconds of each of several functions that are called in turns."""
    times = [[seconds(work) for work in works] for _ in range(RUNS + 1)][1:]
    return [statistics.median(column) * 1000 for column in zip(*times, strict=True)]


def ctc():
    """Log likelihoods of a batch in NumPy and by ``torch.nn.CTCLoss``, forward alone, in turns."""
    import torch  # late, as its threads would disturb what is measured without it

    T, B, C = 100, 16, 12
    threads = torch.get_num_threads()
    table = Table("labels", "NumPy, ms", "CTCLoss, ms", "ratio", "one thread, ms", "ratio")
    table.title = (
        f"CTC, (T, B, C) = {T, B, C}, float64: median of {RUNS}, in turns; CTCLoss with {threads} threads and one"
    )
    loss = torch.nn.CTCLoss(reduction="none")
    rng = np.random.default_rng(0)
    for S in (5, 10, 20, 40):
        log_probs = torch.log_softmax(torch.from_numpy(rng.normal(0, 3, (T, B, C))), -1)
        targets, lengths, target_lengths = rng.integers(1, C, (S, B)), np.full(B, T), np.full(B, S)
        tensors = log_probs, *map(torch.from_numpy, (targets.T.copy(), lengths, target_lengths))
        arrays = log_probs.numpy(), targets, lengths, target_lengths, 0
        works = (lambda arrays=arrays: ctc_log_likelihoods(*arrays), lambda tensors=tensors: loss(*tensors))
        ours, theirs = in_turns(*works)
        torch.set_num_threads(1)
        mine, single = in_turns(*works)
        torch.set_num_threads(threads)
        table.add_row(
            str(S), f"{ours:.2f}", f"{theirs:.2f}", f"{ours / theirs:.2f}", f"{single:.2f}", f"{mine / single:.2f}"
        )
    console.print(table)


def edits():
    """Edit distance of two strings in Python, by rapidfuzz in C++, and by jiwer, which also aligns them, in turns."""
    import jiwer
    from rapidfuzz.distance import Levenshtein

    N, letters = 1000, list("abcdefghijklmnopqrstuvwxyz")
    table = Table("strings", "edits", "ours, ms", "jiwer, ms", "ratio", "rapidfuzz, ms", "ratio")
    table.title = f"edit distance of two strings of {N:,}: median of {RUNS}, in turns"
    rng = np.random.default_rng(0)
    a, other = rng.choice(letters, (2, N))
    damaged = np.where(rng.random(N) < 0.1, other, a)
    for name, b in (("random", other), ("a tenth changed", damaged)):
        x, y = "".join(a), "".join(b)
        ours, theirs, compiled = in_turns(
            lambda x=x, y=y: edit_distance(x, y),
            lambda x=x, y=y: jiwer.cer(x, y),
            lambda x=x, y=y: Levenshtein.distance(x, y),
        )
        table.add_row(
            name, str(edit_distance(x, y)), f"{ours:.2f}", f"{theirs:.2f}", f"{ours / theirs:.2f}",
            f"{compiled:.3f}", f"{ours / compiled:.1f}",
        )  # fmt: skip
    console.print(table)


PARTS = {"ctc": ctc, "edits": edits}
