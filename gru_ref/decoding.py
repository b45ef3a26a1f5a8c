"""Answer with a sequence: the decoder's inputs, its loss, and how to choose its answer. Lesson 15."""

from typing import NamedTuple

import numpy as np

from gru_ref.checks import check_arrays, check_index, check_integers, check_lengths, check_size
from gru_ref.losses import softmax_cross_entropy
from gru_ref.padding import length_mask

TAUGHT_IN = {"*": 15}  # decoders


def shift_right(targets, start):
    """The decoder's inputs during training: at each step the token that it should have written one step before.

    Parameters
    ----------
    targets : (T, B) array of integers of at least 0, time first: each sequence ends with its end mark, then comes padding
    start : int, the start mark

    Returns
    -------
    inputs : (T, B) array of the dtype of targets: the start mark, then all targets but the last. Where a sequence is
        over, its end mark and padding follow: `sequence_loss` does not count these steps.

    Raises
    ------
    ValueError
        If targets is not a (T, B) array of integers with at least one entry, or start is not an integer of at least 0
        that the dtype of targets can hold.

    Source: teacher forcing, Williams & Zipser (1989), in the form of Sutskever et al. (2014), arXiv:1409.3215.
    """
    check_integers("targets", targets, "T B")
    if targets.size == 0:
        raise ValueError(f"targets has shape {targets.shape}, but should hold at least one token")
    check_index("start", start, np.iinfo(targets.dtype).max)
    return np.concatenate([np.full_like(targets[:1], start), targets[:-1]])


def sequence_loss(logits, targets, lengths):
    """Mean cross-entropy per token, over all tokens of the batch: long sequences count more than short ones.

    Parameters
    ----------
    logits : (T, B, C) array, unnormalised log probabilities
    targets : (T, B) array of integers from 0 to C − 1; the padding does not matter
    lengths : (B,) array of integers from 1 to T, the tokens of each sequence, its end mark counted

    Returns
    -------
    loss : float, nats per token

    Raises
    ------
    ValueError
        If shapes do not fit, logits are not finite floats, a length is not from 1 to T, or a target is not a class.

    Source: value of ``torch.nn.functional.cross_entropy`` with ``ignore_index`` at the padding.
    """
    sizes = check_arrays(logits=(logits, "T B C"))
    check_lengths(lengths, sizes["T"], sizes["B"])
    return softmax_cross_entropy(logits, targets, length_mask(sizes["T"], lengths))[0]


def greedy_decode(step, h, start, end, max_length):
    """Write the most probable token, again and again, until that is the end mark.

    Parameters
    ----------
    step : function ``step(token, h)`` → (logits, h): reads one token, an int, and returns the scores of what comes next, a
        (V,) array, and the new state
    h : the state from which the decoder starts, of any type that `step` takes
    start, end : int, the marks. `end` is one of the V classes
    max_length : int, the most calls of `step`

    Returns
    -------
    tokens : list of int, without the marks. It holds `max_length` tokens if the end mark did not come in time. Of equally
        probable tokens, the one with the smallest number is taken.

    Raises
    ------
    ValueError
        If a mark is not an integer of at least 0, max_length is not one of at least 1, or `step` returns something other
        than a pair of a (V,) array of finite floats and a state, with V above `end`.
    """
    _check_decoder(step, start, end, max_length)
    token, tokens = start, []
    for _ in range(max_length):
        log_probs, h = _read(step, token, h, end)
        token = int(log_probs.argmax())
        if token == end:
            break
        tokens.append(token)
    return tokens


class Hypothesis(NamedTuple):
    """A beginning of an answer: its tokens, a tuple that holds the end mark, too; their log probability, in nats; the
    state after all of them but the last, which is still to be read.
    """

    tokens: tuple
    log_prob: float
    h: object


def beam_search(step, h, start, end, width, max_length):
    """Keep the `width` most probable beginnings of an answer, and choose among those that have come to an end.

    In each round every unfinished hypothesis is continued with each of the V tokens, and the `width` most probable of
    all these are kept. One that ends with the end mark takes its place in that round alone, and is put aside. After
    `max_length` rounds, or when none is unfinished, the answer is the hypothesis with the largest log probability per token,
    the end mark counted. Those that are still unfinished then compete, too.

    Parameters
    ----------
    step, h, start, end, max_length : as for `greedy_decode`. `step` must not change a state in place: several hypotheses
        continue from the same one
    width : int, how many hypotheses are kept

    Returns
    -------
    tokens : list of int, without the marks. With a width of 1 it is the answer of `greedy_decode`; with V ** max_length it
        is the best of all answers of at most `max_length` tokens. No search stops early: a finished hypothesis may be
        overtaken by a longer one. Of equals, the one that was finished first is taken.

    Raises
    ------
    ValueError
        As for `greedy_decode`, and if width is not an integer of at least 1.

    Source: Sutskever et al. (2014), arXiv:1409.3215, section 3.2; the division by the length is that of Wu et al. (2016),
    arXiv:1609.08144, section 7, with |Y| alone as the penalty.
    """
    _check_decoder(step, start, end, max_length)
    check_size("width", width)
    unfinished, finished = [Hypothesis((), 0.0, h)], []
    for _ in range(max_length):
        read = [_read(step, hyp.tokens[-1] if hyp.tokens else start, hyp.h, end) for hyp in unfinished]
        totals = np.stack([hyp.log_prob + log_probs for hyp, (log_probs, _) in zip(unfinished, read, strict=True)])
        best = np.argsort(-totals, axis=None, kind="stable")[:width]
        grown = [
            Hypothesis((*unfinished[k].tokens, int(token)), float(totals[k, token]), read[k][1])
            for k, token in zip(*np.unravel_index(best, totals.shape), strict=True)
        ]
        finished += [hyp for hyp in grown if hyp.tokens[-1] == end]
        unfinished = [hyp for hyp in grown if hyp.tokens[-1] != end]
        if not unfinished:
            break
    best = max(finished + unfinished, key=lambda hyp: hyp.log_prob / len(hyp.tokens))
    return [token for token in best.tokens if token != end]


def _check_decoder(step, start, end, most):
    if not callable(step):
        raise ValueError(f"step is a {type(step).__name__}, but should be a function of a token and a state")
    check_index("start", start)
    check_index("end", end)
    check_size("max_length", most)


def _read(step, token, h, end):
    """(log probabilities (V,) of what comes next, in nats; the new state) after the decoder has read a token."""
    result = step(token, h)
    if not isinstance(result, tuple) or len(result) != 2:
        raise ValueError(f"step returned a {type(result).__name__}, but should return a pair, (logits, h)")
    logits, h = result
    V = check_arrays(logits=(logits, "V"))["V"]
    check_index("end", end, V - 1)
    shifted = logits.astype(np.float64) - logits.max()
    return shifted - np.log(np.exp(shifted).sum()), h
