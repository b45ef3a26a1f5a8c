"""Edit distance between an answer and the right one: insertions, deletions and substitutions. Lesson 15."""

import numpy as np

TAUGHT_IN = {
    "*": 15,  # edit distance
    "error_rate": 16,  # digit error rate
}


def edit_distance(a, b):
    """The fewest insertions, deletions and substitutions of one token that turn a into b (Levenshtein).

    Put a mark in front of each token, the same in a and b. If k tokens stay and s are substituted, the two sequences have
    2k + s in common, in this order: token and mark where one stays, the mark where one is substituted. The distance is
    len(a) + len(b) − 2k − s. So the fewest edits leave the longest common subsequence L of the marked sequences, and

    distance = len(a) + len(b) − L

    L is found for all tokens of one sequence at once: bit i of an integer is 0 where the longest common subsequence with
    the first i + 1 entries is longer than with the first i. This takes len(b) steps on integers of 2 len(a) bits.

    Parameters
    ----------
    a, b : two strings, whose tokens are characters; or two lists, tuples or (N,) arrays of tokens of any hashable type.
        Either may be empty

    Returns
    -------
    distance : int, edits; symmetric in a and b

    Raises
    ------
    ValueError
        If one is not such a sequence, or only one of them is a string.

    Source: Levenshtein (1966) for the distance; Tiskin (2007), arXiv:0707.3619, for the marks; Crochemore et al. (2001) and
    Hyyrö (2004), "Bit-parallel LCS-length computation revisited", for the common subsequence.
    """
    return _distance(*_tokens(a=a, b=b))


def error_rate(references, hypotheses):
    """Edits per token of the references, pooled: all edits of the test set, divided by all tokens of its references.

    The mean of the sentences' own rates is another number, in which a short sentence counts as much as a long one.

    Parameters
    ----------
    references : list of N sequences, the right answers, each as for `edit_distance`: strings for a character error rate,
        lists of words for a word error rate. One of them may be empty; everything in its answer then counts as insertions
    hypotheses : list of N sequences, the answers

    Returns
    -------
    rate : float, edits per token, 0 if everything is right; insertions can make it larger than 1

    Raises
    ------
    ValueError
        If these are not two lists of N sequences each, N at least 1, or the references hold no token at all.
    """
    for name, sequences in (("references", references), ("hypotheses", hypotheses)):
        if not isinstance(sequences, (list, tuple)):
            raise ValueError(f"{name} is a {type(sequences).__name__}, but should be a list of sequences")
    if len(references) != len(hypotheses) or not references:
        raise ValueError(
            f"references holds {len(references)} sequences and hypotheses {len(hypotheses)}, but there should be as many of "
            "one as of the other, and at least 1"
        )
    edits = tokens = 0
    for k, (reference, hypothesis) in enumerate(zip(references, hypotheses, strict=True)):
        a, b = _tokens(**{f"references[{k}]": reference, f"hypotheses[{k}]": hypothesis})
        edits, tokens = edits + _distance(a, b), tokens + len(a)
    if tokens == 0:
        raise ValueError("references holds no token at all, but should hold at least one to count errors by")
    return edits / tokens


def _distance(a, b):
    bits = 2 * len(a)
    places, bit = {}, 2
    for token in a:
        places[token] = places.get(token, 0) | bit
        bit <<= 2
    marks = ((1 << bits) - 1) // 3  # every other bit, from the lowest on
    same = (1 << bits) - 1  # nothing in common yet
    for token in b:
        for matches in (marks, places.get(token, 0)):
            new = same & matches
            same = (same + new) | (same - new)
    # Bits that were carried beyond the last one mean nothing.
    return len(b) - len(a) + (same & ((1 << bits) - 1)).bit_count()


def _tokens(**named):
    """Two sequences as strings or lists of tokens, checked."""
    (name, a), (other, b) = named.items()
    if isinstance(a, str) != isinstance(b, str):
        kinds = [type(sequence).__name__ for sequence in (a, b)]
        raise ValueError(
            f"{name} is a {kinds[0]} and {other} a {kinds[1]}, but both should be strings, or both lists of tokens: "
            "split a string first"
        )
    return [_listed(*item) for item in named.items()]


def _listed(name, sequence):
    if isinstance(sequence, str):
        return sequence
    if isinstance(sequence, np.ndarray) and sequence.ndim != 1:
        raise ValueError(f"{name} has shape {sequence.shape}, but should have 1 axis, a token for each entry")
    if not isinstance(sequence, (list, tuple, np.ndarray)):
        raise ValueError(f"{name} is a {type(sequence).__name__}, but should be a string or a list of tokens")
    tokens = sequence.tolist() if isinstance(sequence, np.ndarray) else sequence
    try:
        set(tokens)
    except TypeError as error:
        raise ValueError(f"{name} should hold hashable tokens, such as words or numbers: {error}") from None
    return tokens
