"""A strong model without a network: sequences of joint tokens, each one source token and what is said for it. Lesson 15."""

import math
from collections import Counter, defaultdict

import numpy as np

from gru_ref.checks import check_listed, check_size

TAUGHT_IN = {"*": 12}  # lesson 15 uses it as a baseline, and asks nothing of it

_END = ("</s>", ())
_SMALLEST = 1e-12


class JointNgrams:
    """Answers a sequence with a sequence, in the same order: each source token stands for 0 to `longest` target tokens.

    It learns which ones by expectation maximisation (`aligned`). A sentence is then a sequence of joint tokens, such as
    ``("x", ("K", "S"))`` for a letter and its phones, and an n-gram model counts these: interpolated Kneser–Ney with one
    discount for each length. `answer` searches for the most probable sequence for a source.

    Parameters
    ----------
    sources, targets : lists of N sequences of hashable tokens, such as lists of str
    order : int, joint tokens that are counted together
    longest : int, the most target tokens for one source token; pairs that do not fit are left out

    Raises
    ------
    ValueError
        If sources or targets is not a list of at least one sequence, there are not as many of one as of the other, no pair
        fits, or order or longest is not an integer of at least 1.

    Source: Bisani & Ney (2008), "Joint-sequence models for grapheme-to-phoneme conversion", Speech Communication 50; Chen &
    Goodman (1999), "An empirical study of smoothing techniques for language modeling".
    """

    def __init__(self, sources, targets, order=6, longest=2):
        check_size("order", order)
        check_size("longest", longest)
        self.order = order
        self.counts = [defaultdict(Counter) for _ in range(order)]  # by length of the history
        for tokens in aligned(sources, targets, longest):
            self._count([*tokens, _END])
        self._lower_orders()
        self.chunks = defaultdict(list)
        for token in self.counts[0][()]:
            self.chunks[token[0]].append(token)
        self.discounts = [self._discount(table) for table in self.counts]
        self.known = {}

    def _count(self, tokens):
        history = ()
        for token in tokens:
            self.counts[min(len(history), self.order - 1)][history][token] += 1
            history = (*history, token)[-(self.order - 1) :] if self.order > 1 else ()

    def _lower_orders(self):
        """Below the longest histories, count in how many different contexts a token came, as Kneser and Ney say."""
        for length in range(self.order - 1, 0, -1):
            for history, followers in self.counts[length].items():
                for token in followers:
                    self.counts[length - 1][history[1:]][token] += 1

    @staticmethod
    def _discount(table):
        once, twice = (sum(count == k for row in table.values() for count in row.values()) for k in (1, 2))
        return once / (once + 2 * twice) if once else 0.5

    def _following(self, history, source):
        """The probabilities of all joint tokens of a source token, in the order of `chunks`, after a history."""
        key = history, source
        if key not in self.known:
            chunks = self.chunks[source]
            if history:
                lower = self._following(history[1:], source)
            else:
                lower = np.full(len(chunks), 1 / len(self.counts[0][()]))
            row = self.counts[len(history)].get(history)
            if row:
                discount = self.discounts[len(history)]
                total = sum(row.values())
                seen = np.array([max(row[token] - discount, 0) if token in row else 0 for token in chunks])
                lower = (seen + discount * len(row) * lower) / total
            self.known[key] = lower
        return self.known[key]

    def answer(self, source, width=20):
        """The target tokens of the most probable sequence that a beam search of this width finds, as a list.

        Raises a ValueError if the source has a token that no training pair had, or width is not an integer of at least 1.
        """
        check_size("width", width)
        beam = [(0.0, (), ())]
        for token in (*source, _END[0]):
            if token not in self.chunks:
                raise ValueError(f"{token!r} was in no training pair")
            grown = []
            for log_prob, history, said in beam:
                for chunk, p in zip(self.chunks[token], self._following(history, token), strict=True):
                    after = (*history, chunk)[-(self.order - 1) :] if self.order > 1 else ()
                    grown.append((log_prob + math.log(p), after, said + chunk[1]))
            beam = sorted(grown, key=lambda hypothesis: -hypothesis[0])[:width]
        return list(beam[0][2])


def aligned(sources, targets, longest=2, rounds=6):
    """Cut each target into one piece for each source token, so that a token has much the same pieces in all sentences.

    Expectation maximisation finds p(piece | token), from uniform probabilities. Each target is then cut in the most
    probable way.

    Parameters
    ----------
    sources, targets, longest : as for `JointNgrams`
    rounds : int, of expectation and maximisation

    Returns
    -------
    sentences : list of lists of joint tokens (source token, tuple of target tokens), of the pairs that fit

    Raises
    ------
    ValueError
        If sources or targets is not a list of at least one sequence, there are not as many of one as of the other, or no
        pair fits.
    """
    for name, sequences in (("sources", sources), ("targets", targets)):
        check_listed(name, sequences, "sequence")
    if len(sources) != len(targets):
        raise ValueError(f"there are {len(sources)} sources and {len(targets)} targets, but they should be pairs")
    groups = defaultdict(list)
    for source, target in zip(sources, targets, strict=True):
        if source and len(target) <= longest * len(source):
            groups[len(source), len(target)].append((tuple(source), tuple(target)))
    if not groups:
        raise ValueError(f"no target has at most {longest} tokens for each of its source's, but some should")
    numbers = {}  # of the pairs (token, piece)
    groups = [(S, T, pairs, _pieces(pairs, S, T, longest, numbers)) for (S, T), pairs in groups.items()]
    tokens = {}
    token_of = np.array([tokens.setdefault(token, len(tokens)) for token, _ in numbers])
    p = 1 / np.bincount(token_of)[token_of]
    for _ in range(rounds):
        expected = np.full(len(numbers), _SMALLEST)
        for S, T, _, ids in groups:
            expected += _expected(p, ids, S, T, longest)
        p = expected / np.bincount(token_of, expected)[token_of]
    pieces = list(numbers)
    return [[pieces[k] for k in path] for S, T, _, ids in groups for path in _best_paths(np.log(p), ids, S, T, longest)]


def _pieces(pairs, S, T, longest, numbers):
    """(N, S, T + 1, longest + 1) array: the number of (source[i], target[j : j + k]); −1 beyond the end."""
    ids = np.full((len(pairs), S, T + 1, longest + 1), -1, np.int32)
    for n, (source, target) in enumerate(pairs):
        for i, token in enumerate(source):
            # Only what leaves enough pieces for the tokens before and after it.
            for j in range(max(0, T - longest * (S - i)), min(T, longest * i) + 1):
                for k in range(min(longest, T - j) + 1):
                    ids[n, i, j, k] = numbers.setdefault((token, target[j : j + k]), len(numbers))
    return ids


def _forward(p, ids, S, T, longest, combine):
    """For i tokens and j target tokens (S + 1, N, T + 1): the probability of all paths, or of the best one."""
    table = np.zeros((S + 1, len(ids), T + 1))
    table[0, :, 0] = 1
    for i in range(S):
        for k in range(longest + 1):
            if k <= T:
                here = table[i, :, : T + 1 - k] * np.where(
                    ids[:, i, : T + 1 - k, k] < 0, 0, p[ids[:, i, : T + 1 - k, k]]
                )
                table[i + 1, :, k:] = combine(table[i + 1, :, k:], here)
    return table


def _expected(p, ids, S, T, longest):
    """How often each pair (token, piece) is expected in a group of sentences."""
    before, counts = _forward(p, ids, S, T, longest, np.add), np.zeros(len(p))
    after = np.zeros((len(ids), T + 1))
    after[:, T] = 1
    whole = before[S, :, T][:, None]
    for i in range(S - 1, -1, -1):
        new = np.zeros_like(after)
        for k in range(min(longest, T) + 1):
            which = ids[:, i, : T + 1 - k, k]
            step = np.where(which < 0, 0, p[which]) * after[:, k:]
            new[:, : T + 1 - k] += step
            share = before[i, :, : T + 1 - k] * step / whole
            counts += np.bincount(np.where(which < 0, 0, which).ravel(), share.ravel(), len(p))
        after = new
    return counts


def _best_paths(log_p, ids, S, T, longest):
    """The pairs (token, piece) of each sentence's most probable path, as lists of numbers."""
    best = _forward(np.exp(log_p), ids, S, T, longest, np.maximum)
    rows, j, path = np.arange(len(ids)), np.full(len(ids), T), []
    for i in range(S - 1, -1, -1):
        score = np.full((len(ids), longest + 1), -1.0)
        for k in range(longest + 1):
            start = np.maximum(j - k, 0)
            which = ids[rows, i, start, k]
            score[:, k] = np.where((j >= k) & (which >= 0), best[i, rows, start] * np.exp(log_p)[which], -1)
        k = score.argmax(axis=1)
        j = j - k
        path.append(ids[rows, i, j, k])
    return np.stack(path[::-1], axis=1).tolist()
