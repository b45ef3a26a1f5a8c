"""Counting what follows what: the strongest simple model of a text, and the baseline of lesson 13."""

from collections import Counter

import numpy as np

from gru_ref.checks import check_ids, check_size

TAUGHT_IN = {
    "*": 13,  # the baseline of lesson 13
    "count_contexts": None,  # counts, and gives no probability
    "witten_bell_bits": None,  # scores a text, and gives no probabilities
    "_contexts": None,  # contexts as numbers
}


def count_contexts(text, longest, characters):
    """Count which characters follow each context.

    Parameters
    ----------
    text : str
    longest : int, of at least 0: contexts have 0, 1, … up to so many characters
    characters : Characters

    Returns
    -------
    counts : dict from a context, a str, to a (V,) array of integers: entry k is how often character k came after it. The
        context "" counts all characters.

    Raises
    ------
    ValueError
        If longest is not an integer of at least 0, or text is no str.
    """
    if isinstance(longest, bool) or not isinstance(longest, (int, np.integer)) or longest < 0:
        raise ValueError(f"longest is {longest!r}, but should be an integer of at least 0")
    if not isinstance(text, str):
        raise ValueError(f"text is a {type(text).__name__}, but should be a str")
    number = {symbol: k for k, symbol in enumerate(characters.symbols)}
    counts = {}
    for length in range(longest + 1):
        grams = Counter(text[i - length : i + 1] for i in range(length, len(text)))
        for gram, times in grams.items():
            context, character = gram[:-1], gram[-1]
            if context not in counts:
                counts[context] = np.zeros(len(characters), np.int32)
            counts[context][number.get(character, 0)] += times
    return counts


def witten_bell(counts, context):
    """Probability of each character after a context, by Witten–Bell interpolation.

    P(c | context) = (count(context, c) + N P(c | context without its first character)) / (count(context) + N)

    with N the number of *different* characters that followed the context. A context that never came has the
    probabilities of the shorter one; below the empty context all characters are equally likely, 1/V.

    Parameters
    ----------
    counts : dict from contexts to (V,) arrays of counts, as `count_contexts` makes it
    context : str; what no context in counts is long enough for changes nothing

    Returns
    -------
    p : (V,) array, which sums to 1

    Raises
    ------
    ValueError
        If counts has no empty context, an array of counts has another length or is negative, or context is no str.

    Source: Witten and Bell (1991), method C; Chen and Goodman (1999), "An empirical study of smoothing techniques for
    language modeling", section 2.6, as interpolation.
    """
    if not isinstance(context, str):
        raise ValueError(f"context is a {type(context).__name__}, but should be a str")
    if not isinstance(counts, dict) or "" not in counts:
        raise ValueError('counts should be a dict with the context "", which counts all characters')
    V = np.size(counts[""])
    p = np.full(V, 1 / max(V, 1))
    for start in range(len(context), -1, -1):
        seen = counts.get(context[start:])
        if seen is None:
            continue
        if not isinstance(seen, np.ndarray) or seen.shape != (V,) or not V or seen.min() < 0:
            raise ValueError(f"counts[{context[start:]!r}] should be an array of {max(V, 1)} counts of at least 0")
        N = np.count_nonzero(seen)
        if N:
            p = (seen + N * p) / (seen.sum() + N)
    return p


def witten_bell_bits(training, test, V, longest):
    """Bits that Witten–Bell needs for each character of a test text, for each longest context. All of it at once.

    Parameters
    ----------
    training, test : (N,) and (M,) arrays of integers from 0 to V − 1
    V : int, number of characters
    longest : int, from 1 to 9

    Returns
    -------
    bits : (longest + 1, M) array; row n is −log₂ P of each character, where contexts have up to n characters

    Raises
    ------
    ValueError
        If an array is not a vector of such integers, or longest is out of range.

    The same numbers as `witten_bell` on `count_contexts`, by sorting contexts that are written as one integer each.
    """
    check_size("V", V)
    for name, ids in (("training", training), ("test", test)):
        check_ids(name, ids, "N", V)
    if isinstance(longest, bool) or not isinstance(longest, (int, np.integer)) or not 0 < longest < 10:
        raise ValueError(f"longest is {longest!r}, but should be an integer from 1 to 9")
    p, bits = np.full(len(test), 1 / V), []
    for n in range(min(longest, len(training) - 1, len(test) - 1) + 1):
        contexts, which, total = np.unique(_contexts(training, n, V), return_inverse=True, return_counts=True)
        pairs, count = np.unique(which * V + training[n:], return_counts=True)
        different = np.bincount(pairs // V, minlength=len(contexts))
        asked = _contexts(test, n, V)
        at = np.minimum(np.searchsorted(contexts, asked), len(contexts) - 1)
        known = contexts[at] == asked
        pair = at * V + test[n:]
        there = np.minimum(np.searchsorted(pairs, pair), len(pairs) - 1)
        came = np.where(pairs[there] == pair, count[there], 0)
        longer = (came + different[at] * p[n:]) / (total[at] + different[at])
        p = np.concatenate([p[:n], np.where(known, longer, p[n:])])
        bits.append(-np.log2(p))
    return np.array(bits)


def _contexts(ids, n, V):
    """The n characters before each place from n on, as one integer each."""
    contexts = np.zeros(len(ids) - n, np.int64)
    for k in range(n):
        contexts = contexts * V + ids[k : len(ids) - n + k]
    return contexts
