"""Connectionist temporal classification: train on a transcript without knowing when each label was said. Lesson 16."""

import numpy as np

from gru_ref.checks import check_arrays, check_index, check_integers, check_lengths
from gru_ref.padding import length_mask

TAUGHT_IN = {"*": 16}  # CTC

NEVER = -1e300  # log probability of the impossible: unlike −∞ it can be subtracted from itself
TOLERANCE = 1e-3  # how far from 1 the probabilities of a step may add up: finite differences move them


def ctc_collapse(path, blank):
    """The labels that a path writes: merge repetitions, then drop the blanks.

    Parameters
    ----------
    path : (T,) array of integers of at least 0, a class for each step
    blank : int, the blank's class

    Returns
    -------
    labels : list of int. A label that occurs twice in a row needs a blank in between: 1 1 is [1], 1 0 1 is [1, 1]

    Raises
    ------
    ValueError
        If path is not a (T,) array of integers of at least 0 with at least one step, or blank is not such an integer.

    Source: Graves et al. (2006), "Connectionist temporal classification", the map B of section 3.1.
    """
    check_integers("path", path, "T")
    if path.size == 0:
        raise ValueError(f"path has shape {path.shape}, but should hold at least one step")
    check_index("blank", blank)
    first = np.append(True, path[1:] != path[:-1])
    return path[first & (path != blank)].tolist()


def ctc_log_likelihood(log_probs, target, blank):
    """Log of the probability of all paths that `ctc_collapse` turns into the target.

    Let s be the target with a blank before, between and after its labels, and α_t[k] the probability of all beginnings
    of t + 1 steps that end in s[k]:

    α_t[k] = (α_{t−1}[k] + α_{t−1}[k − 1] + α_{t−1}[k − 2] if s[k] is neither blank nor s[k − 2]) · p_t(s[k])

    All of it is computed with logarithms, so that nothing underflows. The likelihood is the sum of the last two α at the end.

    Parameters
    ----------
    log_probs : (T, C) array, log probabilities of the classes at each step, in nats, as log-softmax returns them
    target : (S,) array of integers from 0 to C − 1 without the blank; it may be empty
    blank : int, the blank's class

    Returns
    -------
    log_likelihood : float, nats; −∞ if no path of T steps collapses to the target, which needs S steps, and one more for
        each label that is equal to its neighbour

    Raises
    ------
    ValueError
        If log_probs is not a (T, C) array of finite floats, the probabilities of a step do not add up to 1 (within 0.001), or
        target or blank are not such classes.

    Source: Graves et al. (2006), section 4.1; minus the value of ``torch.nn.CTCLoss(reduction="none")``.
    """
    check_arrays(log_probs=(log_probs, "T C"))
    check_integers("target", target, "S")
    one = log_probs[:, None], target[:, None], np.array([len(log_probs)]), np.array([len(target)])
    _check_classes("target", *one, blank)
    return float(_log_likelihoods(*one, blank)[0])


def ctc_log_likelihoods(log_probs, targets, lengths, target_lengths, blank):
    """`ctc_log_likelihood` for each sequence of a padded batch.

    Parameters
    ----------
    log_probs : (T, B, C) array, log probabilities of the classes at each step, in nats, as log-softmax returns them
    targets : (S, B) array of integers from 0 to C − 1 without the blank, time first; the padding does not matter
    lengths : (B,) array of integers from 1 to T, the steps of each sequence
    target_lengths : (B,) array of integers from 0 to S, the labels of each target
    blank : int, the blank's class

    Returns
    -------
    log_likelihoods : (B,) array of float64, nats; −∞ where a target is too long for its steps

    Raises
    ------
    ValueError
        If shapes do not fit, log_probs does not hold finite floats, the probabilities of a step do not add up to 1 (within
        0.001), a length is out of its range, or targets or blank are not such classes.

    Source: minus the value of ``torch.nn.CTCLoss(reduction="none")``, which takes its targets batch first.
    """
    T, B, _ = check_arrays(log_probs=(log_probs, "T B C")).values()
    check_integers("targets", targets, "S B", low=None)
    if targets.shape[1] != B:
        raise ValueError(f"targets has shape {targets.shape}, but its B should be {B}, as in log_probs")
    check_lengths(lengths, T, B)
    check_integers("target_lengths", target_lengths, "B", 0, len(targets))
    if len(target_lengths) != B:
        raise ValueError(f"target_lengths has shape {target_lengths.shape}, but its B should be {B}, as in log_probs")
    _check_classes("targets", log_probs, targets, lengths, target_lengths, blank)
    return _log_likelihoods(log_probs, targets, lengths, target_lengths, blank)


def _check_classes(name, log_probs, targets, lengths, target_lengths, blank):
    """Raise ValueError unless real steps hold log probabilities, and targets labels; `name` is what the caller calls them."""
    C = log_probs.shape[2]
    check_index("blank", blank, C - 1)
    with np.errstate(over="ignore", under="ignore"):
        totals = (np.exp(log_probs) @ np.ones(C))[length_mask(len(log_probs), lengths)]
    wrong = np.abs(totals - 1) > TOLERANCE
    if wrong.any():
        raise ValueError(
            f"log_probs gives the classes of a step probabilities that add up to {totals[wrong][0]:.3g}, but they should add up to 1: "
            "take the log-softmax of logits first"
        )
    labels = targets[np.arange(len(targets))[:, None] < target_lengths]
    wrong = (labels < 0) | (labels >= C) | (labels == blank)
    if wrong.any():
        raise ValueError(
            f"{name} holds {labels[wrong][0]}, but its labels should be from 0 to {C - 1}, without the blank, {blank}"
        )


def _log_likelihoods(log_probs, targets, lengths, target_lengths, blank):
    """Log likelihoods (B,) of checked arguments.

    Paths are followed from both ends at once, in half as many steps: beginnings of paths of the sequence, and of the sequence
    read backwards, are columns of one batch. In the middle each beginning meets its possible continuations.
    """
    T, B, _ = log_probs.shape
    target_lengths = target_lengths.astype(np.intp)
    columns, half = np.arange(B), (T + 1) // 2
    forwards = _emissions(log_probs[:half], targets, blank)
    backwards = _emissions(_backwards(log_probs, lengths)[:half], _backwards(targets, target_lengths), blank)
    emitted, skip = (np.concatenate(both, axis=-1) for both in zip(forwards, backwards, strict=True))
    # Two rows precede the first one: one contributes nothing, the other is where everything starts.
    alphas = np.full((half + 1, 2 * len(targets) + 3, 2 * B), NEVER)
    alphas[0, 1] = 0
    with np.errstate(under="ignore"):
        for before, new, emission in zip(alphas, alphas[1:, 2:], emitted, strict=False):
            np.add(_reached(before, skip), emission, out=new)
        front = _reached(alphas[lengths // 2, :, columns].T, skip[:, :B])
        mirrored = 2 * target_lengths - np.arange(len(front))[:, None]  # below 0: after the sequence's last blank
        back = alphas[lengths - lengths // 2, np.where(mirrored < 0, 0, mirrored + 2), B + columns]
        paths = front + back
        top = paths.max(axis=0)
        totals = np.log(np.exp(paths - top).sum(axis=0)) + top
    return np.where(totals > NEVER / 2, totals, -np.inf)


def _reached(before, skip):
    """Log probability of coming to each state (K, B) at the next step, from the states before, (K + 2, B)."""
    stay, move, jump = before[2:], before[1:-1], before[:-2] + skip
    top = np.maximum(np.maximum(stay, move), jump)
    return np.log(np.exp(stay - top) + np.exp(move - top) + np.exp(jump - top)) + top


def _emissions(log_probs, targets, blank):
    """For targets with blanks around their labels: log probabilities (T, 2S + 1, B), and 0 where a blank may be skipped."""
    S, B = targets.shape
    extended = np.full((2 * S + 1, B), blank)
    extended[1::2] = np.clip(targets, 0, log_probs.shape[2] - 1)  # so that the padding holds valid indices
    skip = np.full(extended.shape, NEVER)
    skip[1:2] = 0
    skip[2:][(extended[2:] != blank) & (extended[2:] != extended[:-2])] = 0
    return log_probs[:, np.arange(B), extended].astype(np.float64), skip


def _backwards(array, lengths):
    """Each column of a padded batch read from its own end."""
    steps = np.arange(len(array))[:, None]
    return array[np.where(steps < lengths, lengths.astype(np.intp) - 1 - steps, steps), np.arange(array.shape[1])]
