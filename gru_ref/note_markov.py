"""A model of a chorale without any network: each key on its own, given whether it was down a frame ago. Lesson 17."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_listed

TAUGHT_IN = {"*": None}  # a baseline, of which no exercise asks anything


class NoteMarkov(NamedTuple):
    """Logits of each of K keys: in a piece's first frame, after a frame in which it was up, and after one with it down."""

    first: ndarray
    after_up: ndarray
    after_down: ndarray

    def logits(self, xs):
        """Logits (T, B, K) of each frame of xs (T, B, K), given the one before it; ValueError if the shape does not fit."""
        check_arrays(xs=(xs, "T B K"), first=(self.first, "K"))
        scores = np.where(xs > 0.5, self.after_down, self.after_up)
        return np.concatenate([np.broadcast_to(self.first, (1, *scores.shape[1:])), scores[:-1]])


def count_notes(rolls, remember=True):
    """Count how often each key is down, and how often it stays down or is struck.

    Parameters
    ----------
    rolls : list of (T_i, K) arrays of 0.0 and 1.0
    remember : bool; if False, the frame before plays no part, and only each key's share of all frames counts

    Returns
    -------
    model : NoteMarkov. One frame with and one without each key is added to each count, so that no probability is 0 or 1

    Raises
    ------
    ValueError
        If rolls is not a list of at least one such array.
    """
    check_listed("rolls", rolls, "piano roll")
    for k, roll in enumerate(rolls):
        check_arrays(**{f"rolls[{k}]": (roll, "T K")})
    if not remember:
        share = _logit(np.concatenate(rolls))
        return NoteMarkov(share, share, share)
    before, after = np.concatenate([roll[:-1] for roll in rolls]), np.concatenate([roll[1:] for roll in rolls])
    return NoteMarkov(
        _logit(np.stack([roll[0] for roll in rolls])),
        _logit(after, before < 0.5),
        _logit(after, before > 0.5),
    )


def _logit(frames, where=1.0):
    """Log odds of each key among the frames (N, K) that count for it."""
    where = np.broadcast_to(where, frames.shape)
    down = (frames * where).sum(axis=0)
    return np.log(down + 1) - np.log(where.sum(axis=0) - down + 1)
