"""Lesson 14: words become numbers, states are pooled, and an accuracy gets its interval and an honest split."""

import copy
from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import encode_texts
from grader.exercises.exercise import THIN_RUNS, Broken, Exercise, thin

LESSON = "14_sentiment"
MISTAKES = Path(__file__).with_name(LESSON)

WORDS = ("good", "dull", "plot", "was", "never", "really", "ending", "great", "music", "but")


def draw_words(rng, count):
    """Some different words, in random order, as a list of plain str."""
    return [str(word) for word in rng.permutation(WORDS)[:count]]


# ------------------------------------------------------------------------------------------------------- vocabulary


def draw_texts(rng):
    """Arguments (texts, min_count): no two words are equally frequent, and one is exactly as frequent as asked for.

    The most frequent word comes neither first nor in most texts, and the order of the counts is neither the alphabet's nor
    that of first occurrence.
    """
    least = int(rng.integers(2, 4))
    words = draw_words(rng, 5)
    counts = [least - 1, least, least + 1, least + 2, least + 6]
    texts = [[] for _ in range(least + 3)]
    for word, count in [(words[k], counts[k]) for k in (2, 0, 3, 1)]:
        for k in range(count):
            texts[k].append(word)
    texts[1] += [words[4]] * (counts[4] - 2)
    texts[2] += [words[4]] * 2
    return [" ".join(text) for text in texts if text], least


vocabulary = Exercise(
    reference=gru_ref.vocabulary,
    known=MISTAKES / "vocabulary.md",
    inputs=draw_texts,
    edges=(
        (["was  was  good"], 1),  # two blanks
        (["not good", "good"], 1),
        (["good"], 1),
        (["good plot"], 2),  # no word is left
        (["plot plot was plot", "good plot was"], 3),  # a word that is too rare by one, and one that is rarer still
        (["ending end ending", "end ending"], 1),  # a word that another one holds
        (["Good good, good Good", "good, Good"], 1),  # words are taken as they stand
    ),
    refusals=((["good plot", ""], 1), (["   ", "good"], 1)),
    hints=(
        "Count first: a dict from word to count, over the words of all texts. `collections.Counter` can do it, and so can "
        "`counts[word] = counts.get(word, 0) + 1`.",
        "Then sort the words by their counts, the largest first, and keep those that occur min_count times or more.",
        "Number what is left with `enumerate(kept, 2)`: 0 is the padding's, and 1 is that of words that are not in the dict. "
        "A text whose `text.split()` is empty is refused.",
    ),
)


@vocabulary.property
def numbers_from_two_on(f, rng):
    """the numbers are 2, 3, 4 … without a gap, each given once

    0 and 1 are taken. How many numbers there are is also the size of the embedding, so a gap would be a row that is never
    used.
    """
    texts, least = draw_texts(rng)
    equally_frequent = ["good plot", "plot good", "music"], 1
    return all(sorted(ids.values()) == list(range(2, 2 + len(ids))) for ids in (f(texts, least), f(*equally_frequent)))


@vocabulary.property
def the_order_of_texts_does_not_matter(f, rng):
    """the order of the texts does not matter

    A word's count is the same whichever text comes first.
    """
    texts, least = draw_texts(rng)
    return f(texts, least) == f(texts[::-1], least)


@vocabulary.property
def more_is_asked_fewer_are_left(f, rng):
    """a higher min_count leaves the beginning of the list as it is

    What is more frequent comes first, so only the end of the list is cut off.
    """
    texts, least = draw_texts(rng)
    many, few = f(texts, least), f(texts, least + 1)
    return len(few) < len(many) and all(many[word] == number for word, number in few.items())


@vocabulary.also_right
def by_counter(texts, min_count):
    from collections import Counter

    counts = Counter()
    for text in texts:
        if not text.strip():
            raise ValueError("an empty text")
        counts.update(text.split())
    ids = {}
    for word, count in counts.most_common():
        if count >= min_count:
            ids[word] = len(ids) + 2
    return ids


@vocabulary.also_right
def by_numpy(texts, min_count):
    if any(len(text.split()) == 0 for text in texts):
        raise ValueError("a text has no word")
    words, counts = np.unique(" ".join(texts).split(), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [str(words[i]) for i in order if counts[i] >= min_count]
    return dict(zip(kept, range(2, 2 + len(kept)), strict=True))


# ----------------------------------------------------------------------------------------------------- encode_batch


def draw_batch_of_texts(rng):
    """Arguments (texts, ids): the longest text is neither first nor last, and has fewer letters than another."""
    words = draw_words(rng, 8)
    ids = {word: number for number, word in enumerate(words[:5], 2)}
    lengths = [3, 5, 1, 2] if rng.random() < 0.5 else [2, 1, 5, 3]
    texts = [[str(word) for word in rng.choice(words[:5], length)] for length in lengths]
    longest = lengths.index(5)
    texts[longest] = [str(word) for word in rng.permutation(words[:5])]
    texts[longest][int(rng.integers(1, 4))] = words[5]  # a word that has no number
    texts[lengths.index(3)] = [words[6] * 12, words[1], words[7]]  # more letters than the longest has
    return [" ".join(text) for text in texts], ids


encode_batch = Exercise(
    reference=gru_ref.encode_batch,
    known=MISTAKES / "encode_batch.md",
    use=encode_texts,
    inputs=draw_batch_of_texts,
    parts={"batch": "T B", "lengths": "B"},
    edges=(
        (["not  good"], {"good": 2}),
        (["good", "not good"], {"good": 2, "not": 3}),
        (["good"], {"good": 2}),
        (["dull", "bad"], {"good": 2}),
        (["Good good"], {"good": 2, "Good": 3}),  # words are looked up as they stand
    ),
    refusals=((["good", ""], {"good": 2}), ([" "], {"good": 2})),
    hints=(
        "First turn each text into a list of numbers, its row. `ids.get(word, 1)` is the word's number, or 1 if it has none.",
        "The lengths are those of the rows, and T is the largest of them. Begin with `np.zeros((T, B), int)`: time comes first.",
        "Text b goes into column b, from the top: as many entries as it has words. Return `batch, lengths`, and refuse a text "
        "without a word before all that.",
    ),
)


@encode_batch.property
def a_text_alone_is_the_same(f, rng):
    """a text alone gets the same numbers as in a batch

    Only the padding behind it is different.
    """
    texts, ids = draw_batch_of_texts(rng)
    together, lengths = f(texts, ids)
    return all(np.array_equal(f([t], ids)[0][:, 0], together[: lengths[b], b]) for b, t in enumerate(texts))


@encode_batch.property
def only_the_padding_is_zero(f, rng):
    """there are zeros behind each text's end, and nowhere else

    The count of zeros in a column is T minus the text's length.
    """
    texts, ids = draw_batch_of_texts(rng)
    batch, lengths = f(texts, ids)
    return np.array_equal((batch == 0).sum(axis=0), len(batch) - lengths)


@encode_batch.property(broken_by=lambda texts, ids: gru_ref.encode_batch(texts, {**ids, WORDS[0]: 9}))
def without_a_vocabulary_all_is_unknown(f, rng):
    """with an empty vocabulary every word is unknown

    Then the batch holds 1 for each word, and 0 for the padding.
    """
    texts, _ = draw_batch_of_texts(rng)
    batch, lengths = f(texts, {})
    return batch.sum() == lengths.sum() and batch.max() == 1


@encode_batch.also_right
def in_int32(texts, ids):
    words = [text.split() for text in texts]
    if [] in words:
        raise ValueError("a text without a word")
    lengths = np.array([len(row) for row in words], np.int32)
    batch = np.zeros((lengths.max(), len(words)), np.int32)
    for b, row in enumerate(words):
        for t, word in enumerate(row):
            batch[t, b] = ids.get(word, 1)
    return batch, lengths


@encode_batch.also_right
def by_padding_lists(texts, ids):
    rows = []
    for text in texts:
        words = text.split()
        if not words:
            raise ValueError("no word")
        row = [1] * len(words)
        for place, word in enumerate(words):
            if word in ids:
                row[place] = ids[word]
        rows.append(row)
    lengths = [len(row) for row in rows]
    T = max(lengths)
    return np.array([row + [0] * (T - len(row)) for row in rows]).T, np.array(lengths)


@encode_batch.also_right
def by_zip_longest(texts, ids):
    from itertools import zip_longest

    split = [text.split() for text in texts]
    if not all(split):
        raise ValueError("an empty text")
    known = {**ids, None: 0}
    steps = [[known.get(word, 1) for word in step] for step in zip_longest(*split)]
    return np.array(steps, np.int64), np.fromiter(map(len, split), np.int64)


# -------------------------------------------------------------------------------------------------------------- pool


def draw_states(rng, sizes=None, how=None):
    """Arguments (hs, lengths, how): what stands in the padding is large, and many real states are negative.

    The batch is longer than its longest text, as when it is a part of a larger one.
    """
    T, B, _, H = sizes or (7, 3, 0, 4)
    lengths = rng.permutation([2, T - 1, 4]) if sizes is None else rng.integers(1, T + 1, B)
    hs = rng.uniform(0.05, 0.9, (T, B, H)) * rng.choice([-1, -1, 1], (T, B, H))
    padding = np.arange(T)[:, None] >= lengths
    hs[padding] = rng.uniform(2, 3, (int(padding.sum()), H)) * rng.choice([-1, 1], (int(padding.sum()), H))
    hs[:, :, 0] = -np.abs(hs[:, :, 0]) * np.where(padding, -1, 1)  # a unit that is negative wherever it is real
    return hs, lengths, str(rng.choice(["last", "mean", "max"])) if how is None else how


def pool_edges():
    """All three ways, drawn and with sizes of 1; and a short case for working by hand."""
    hs = np.array([[[-0.5], [0.25]], [[-0.25], [0.75]], [[0.5], [-0.5]]])
    by_hand = [(hs, np.array([2, 3]), how) for how in ("last", "mean", "max")]
    by_hand.append((np.array([[[-3.0]], [[-2.0]], [[5.0]]]), np.array([2]), "max"))  # all below −1, before the padding
    drawn = [draw_states(np.random.default_rng(k), None, how) for k, how in enumerate(("last", "mean", "max"))]
    thin_ones = [
        case
        for how in ("last", "mean", "max")
        for case in thin(lambda rng, sizes, how=how: draw_states(rng, sizes, how), THIN_RUNS)
    ]
    return (*drawn, *by_hand, *thin_ones)


pool = Exercise(
    reference=gru_ref.pool,
    known=MISTAKES / "pool.md",
    inputs=draw_states,
    axes="B H",
    edges=pool_edges(),
    refusals=(lambda rng: (*draw_states(rng)[:2], "sum"), lambda rng: (*draw_states(rng)[:2], "first")),
    branch=lambda hs, lengths, how: how,
    hints=(
        "Make a mask first: `real = np.arange(T)[:, None] < lengths` is (T, B), True inside each text. `real[:, :, None]` "
        "fits the states.",
        "For the last state, give NumPy two arrays of indices: the step of each text, and the number of each text. For the "
        "mean, put 0 into the padding, sum over time, and divide by the lengths.",
        "For the maximum put something into the padding that can never win: `np.where(real[:, :, None], hs, -np.inf)`. "
        "Anything else but the three words is refused.",
    ),
)


@pool.property
def padding_never_counts(f, rng):
    """what stands in the padding never counts

    Whatever is written behind a text's end, the result stays the same.
    """
    for how in ("last", "mean", "max"):
        hs, lengths, _ = draw_states(rng)
        other = np.where((np.arange(len(hs))[:, None] < lengths)[:, :, None], hs, 77.0)
        if not np.allclose(f(hs, lengths, how), f(other, lengths, how)):
            return False
    return True


@pool.property
def a_text_alone_is_pooled_alike(f, rng):
    """a text alone is pooled as in a batch

    Neither its neighbours nor their lengths matter.
    """
    for how in ("last", "mean", "max"):
        hs, lengths, _ = draw_states(rng)
        together = f(hs, lengths, how)
        for b, T in enumerate(lengths):
            if not np.allclose(f(hs[:T, b : b + 1], lengths[b : b + 1], how), together[b : b + 1]):
                return False
    return True


@pool.property
def the_maximum_is_the_largest_of_all(f, rng):
    """no unit's mean or last state lies above its maximum

    The maximum is taken for each unit by itself, over the real steps.
    """
    hs, lengths, _ = draw_states(rng)
    last, mean, largest = (f(hs, lengths, how) for how in ("last", "mean", "max"))
    return (largest >= last).all() and (largest >= mean - 1e-12).all()


@pool.also_right
def text_by_text(hs, lengths, how):
    ways = {"last": lambda s: s[-1], "mean": lambda s: s.mean(axis=0), "max": lambda s: s.max(axis=0)}
    if how not in ways:
        raise ValueError(f"no such way: {how}")
    return np.stack([ways[how](hs[:n, b]) for b, n in enumerate(lengths)])


@pool.also_right
def by_products(hs, lengths, how):
    T = len(hs)
    real = (np.arange(T).reshape(-1, 1) < lengths).astype(float)
    if how == "mean":
        return np.einsum("tbh,tb->bh", hs, real / lengths)
    if how == "last":
        is_last = np.arange(T).reshape(-1, 1) == lengths - 1
        return np.einsum("tbh,tb->bh", hs, is_last.astype(float))
    if how == "max":
        masked = np.ma.masked_array(hs, np.broadcast_to(real[:, :, None] == 0, hs.shape))
        return np.asarray(masked.max(axis=0).filled(0.0))
    raise ValueError("last, mean or max")


# ------------------------------------------------------------------------------------------------ accuracy_interval


def draw_counts(rng):
    """Arguments (correct, n): few examples, so that approximations can be told apart."""
    n = int(rng.integers(12, 60))
    return int(rng.integers(round(0.6 * n), round(0.95 * n))), n


accuracy_interval = Exercise(
    reference=gru_ref.accuracy_interval,
    known=MISTAKES / "accuracy_interval.md",
    inputs=draw_counts,
    parts={"low": "", "high": ""},
    edges=((8, 10), (0, 10), (10, 10), (1, 1), (50, 100), (5, 20), (870, 1000)),
    refusals=((11, 10), (-1, 10), (0, 0)),
    rtol=0.0,
    atol=3e-5,  # 1.96 and the exact quantile are both right
    hints=(
        "Compute p = correct / n first, and the numbers that occur several times: z² / n, say.",
        "The middle is p + z² / (2n), and what goes to both sides is z √(p (1 − p) / n + z² / (4n²)). Both are then divided "
        "by 1 + z² / n.",
        "Return two floats, `low, high`. Refuse `n < 1`, and `correct` below 0 or above n.",
    ),
)


@accuracy_interval.remark
def middle_and_width(args, interval, right):
    (low, high), (right_low, right_high) = interval, right
    middle, width = (low + high) / 2, high - low
    right_middle, right_width = (right_low + right_high) / 2, right_high - right_low
    ratio = width / right_width
    right_in_width = abs(ratio - 1) < 0.005
    if abs(middle - right_middle) < 1e-4:
        same = f"The middle of your interval is right, but its width is {ratio:.3g} times the right one."
        return None if right_in_width else same
    told = f"The middle of your interval is {middle:.4f}, and should be {right_middle:.4f}"
    if right_in_width:
        return f"{told}. Its width is right, or nearly."
    return f"{told}. Its width is {ratio:.3g} times the right one."


@accuracy_interval.property
def stays_within_0_and_1(f, rng):
    """the interval lies between 0 and 1, and the measured share lies in it

    Also where all of the examples are right, or none.
    """
    n = int(rng.integers(2, 50))
    tiny = 1e-9  # of rounding
    return all(
        -tiny <= low <= k / n + tiny and k / n - tiny <= high <= 1 + tiny
        for k in (0, 1, n // 2, n)
        for low, high in [f(k, n)]
    )


@accuracy_interval.property
def right_and_wrong_mirror_each_other(f, rng):
    """counting the wrong ones mirrors the interval

    If 8 of 10 are right, 2 of 10 are wrong: one interval is 1 minus the other.
    """
    correct, n = draw_counts(rng)
    (low, high), (other_low, other_high) = f(correct, n), f(n - correct, n)
    return np.allclose([low, high], [1 - other_high, 1 - other_low], rtol=0, atol=1e-9)


@accuracy_interval.property
def four_times_as_many_halve_it(f, rng):
    """four times as many examples make it about half as wide

    The width goes with 1 / √n.
    """
    correct, n = draw_counts(rng)
    (a, b), (c, d) = f(100 * correct, 100 * n), f(400 * correct, 400 * n)
    return 0.48 < (d - c) / (b - a) < 0.52


@accuracy_interval.property
def holds_the_truth_in_95_of_100(f, rng):
    """of many experiments, about 95% give an interval that holds the true accuracy

    This is computed without chance: for a true accuracy between 0.05 and 0.98, and 40 examples, the probabilities of all
    counts whose interval holds it add up to 0.95 on average.
    """
    from math import comb

    n, truths = 40, np.linspace(0.05, 0.98, 32)
    intervals = [f(k, n) for k in range(n + 1)]
    held = [
        sum(
            comb(n, k) * p**k * (1 - p) ** (n - k)
            for k, (low, high) in enumerate(intervals)
            if low - 1e-5 <= p <= high + 1e-5
        )
        for p in truths
    ]
    return 0.935 < np.mean(held) < 0.968 and min(held) > 0.85


@accuracy_interval.also_right
def by_the_equation(correct, n):
    from scipy.special import ndtri

    if n < 1 or correct < 0 or correct > n:
        raise ValueError("no share")
    z, p = ndtri(0.975), correct / n
    # (p − q)² = z² q (1 − q) / n, for q
    a, b, c = 1 + z**2 / n, -(2 * p + z**2 / n), p**2
    root = np.sqrt(max(b**2 - 4 * a * c, 0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@accuracy_interval.also_right
def by_scipys_own(correct, n):
    from scipy.stats import binomtest

    if n == 0 or not 0 <= correct <= n:
        raise ValueError("correct should be from 0 to n, and n at least 1")
    interval = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    return interval.low, interval.high


# --------------------------------------------------------------------------------------------------- split_by_group

FAMILIES = ("art", "care", "cheer", "harm", "heart", "hope", "scare", "smart", "start")  # "art" is in three others


def draw_groups(rng):
    """Arguments (groups, share, rng): groups of very different sizes, mixed, and named by words."""
    names = [str(name) for name in rng.permutation(FAMILIES)[: int(rng.integers(7, 10))]]
    sizes = rng.permutation([1, 1, 2, 2, 3, 4, 6, 9, 14][: len(names)])
    groups = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
    return [groups[i] for i in rng.permutation(len(groups))], float(rng.choice([0.3, 0.4])), fresh(rng)


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


split_by_group = Exercise(
    reference=gru_ref.split_by_group,
    known=MISTAKES / "split_by_group.md",
    inputs=draw_groups,
    axes="N",
    by_value=False,
    edges=(
        (["a", "b"], 0.5, np.random.default_rng(1)),
        (["a", "b", "a", "c", "c"], 0.34, np.random.default_rng(2)),
        ([3, 3, 7, 7, 7, 9, 1], 0.5, np.random.default_rng(3)),
        (["a", "b", "c"], 0.01, np.random.default_rng(4)),
        (["a", "b", "c"], 0.99, np.random.default_rng(5)),
        # One large group, which comes last: who counts examples, or takes the largest first, cannot be right by chance.
        ([*"aabacaaad"], 0.5, np.random.default_rng(5)),
    ),
    refusals=(
        (["a", "a", "a"], 0.5, np.random.default_rng(0)),
        (["a", "b"], 0.0, np.random.default_rng(0)),
        (["a", "b"], 1.0, np.random.default_rng(0)),
        (["a", "b"], 20, np.random.default_rng(0)),
    ),
    hints=(
        "Draw among the different groups, not among the examples: `different = sorted(set(groups))` has each of them once.",
        "share × len(different), rounded, is how many go to the test: at least one, and at least one stays. "
        "`rng.permutation(different)[:count]` or `rng.choice(…, replace=False)` draws them.",
        "Then go through the examples once more: example i is in the test if its group was drawn. Return an array of "
        "booleans, `np.array([...])`.",
    ),
)


def in_both(groups, in_test):
    """The groups that are on both sides."""
    test = {group for group, chosen in zip(groups, in_test, strict=True) if chosen}
    return test & {group for group, chosen in zip(groups, in_test, strict=True) if not chosen}


def tested(groups, in_test):
    """The different groups in the test, sorted."""
    return sorted({group for group, chosen in zip(groups, in_test, strict=True) if chosen})


def wanted_counts(groups, share):
    """How many groups a right answer may put into the test: share times their number, rounded up or down."""
    count = len(set(groups))
    return {min(max(1, int(rounded(share * count))), count - 1) for rounded in (np.floor, np.ceil)}


def keeps_groups(args, in_test):
    return not in_both(args[0], in_test)


def has_the_right_count(args, in_test):
    """Whether whole groups are in the test, and as many as the share says."""
    return keeps_groups(args, in_test) and len(tested(args[0], in_test)) in wanted_counts(args[0], args[1])


def is_short(args):
    """Whether there are so few examples that a mistake may do no harm."""
    return len(args[0]) < 8


@split_by_group.recognises
def training_and_test_exchanged(args, in_test):
    return is_short(args) or has_the_right_count(args, ~in_test)


@split_by_group.recognises
def first_examples(args, in_test):
    return isinstance(in_test, np.ndarray) and in_test.any() and not in_test[in_test.sum() :].any()


@split_by_group.recognises
def count_of_the_examples(args, in_test):
    groups, share, _ = args
    count = len(set(groups))
    wanted = min(max(1, round(share * len(groups))), count - 1)
    return keeps_groups(args, in_test) and len(tested(groups, in_test)) == wanted


@split_by_group.recognises
def single_group_tested(args, in_test):
    return keeps_groups(args, in_test) and len(tested(args[0], in_test)) == 1


@split_by_group.recognises
def examples_drawn_instead_of_groups(args, in_test):
    return isinstance(in_test, np.ndarray) and (is_short(args) or bool(in_both(args[0], in_test)))


@split_by_group.recognises
def first_groups_of_the_alphabet(args, in_test):
    groups, *_ = args
    chosen = tested(groups, in_test)
    return keeps_groups(args, in_test) and bool(chosen) and chosen == sorted(set(groups))[: len(chosen)]


@split_by_group.recognises
def last_groups_of_the_alphabet(args, in_test):
    groups, *_ = args
    chosen = tested(groups, in_test)
    return keeps_groups(args, in_test) and bool(chosen) and chosen == sorted(set(groups))[-len(chosen) :]


@split_by_group.recognises
def largest_groups_first(args, in_test):
    groups, *_ = args
    chosen = tested(groups, in_test)
    rest = set(groups) - set(chosen)
    smallest = min(map(groups.count, chosen), default=0)
    return keeps_groups(args, in_test) and bool(chosen) and all(groups.count(g) <= smallest for g in rest)


@split_by_group.recognises
def never_in_the_test(args, in_test):
    return not in_test.any() or not isinstance(args[0][0], str)  # a number of a group may be its name by chance


@split_by_group.recognises
def drawn_from_the_examples(args, in_test):
    """Whether the groups of drawn examples go to the test: large groups come first, and two may be the same one."""
    groups, share, rng = args
    count = _rounded(groups, share)
    draws = (
        copy.deepcopy(rng).choice(groups, count),
        copy.deepcopy(rng).choice(groups, count, replace=False),
        copy.deepcopy(rng).permutation(groups)[:count],
    )
    return any(_same(groups, in_test, drawn) for drawn in draws)


@split_by_group.recognises
def drawn_with_replacement(args, in_test):
    groups, share, rng = args
    different = sorted(set(groups))
    drawn = [copy.deepcopy(rng).choice(different, count) for count in wanted_counts(groups, share)]
    return any(_same(groups, in_test, chosen) for chosen in drawn)


@split_by_group.recognises
def a_coin_for_each_group(args, in_test):
    groups, share, rng = args
    drawn = copy.deepcopy(rng).random(len(set(groups))) < share
    return _same(groups, in_test, [g for g, chosen in zip(sorted(set(groups)), drawn, strict=True) if chosen])


def _rounded(groups, share):
    """How many groups belong into the test, rounded to the nearest."""
    count = len(set(groups))
    return min(max(1, round(share * count)), count - 1)


def _same(groups, in_test, chosen):
    """Whether exactly the examples of these groups are in the test."""
    chosen = {str(group) for group in chosen}
    return [str(group) in chosen for group in groups] == in_test.tolist()


@split_by_group.recognises
def until_enough_examples(args, in_test):
    """Whether whole groups, in some order, are taken until the share of the *examples* is reached."""
    groups, share, rng = args
    order, total, chosen = copy.deepcopy(rng).permutation(sorted(set(groups))), 0, []
    for group in order:
        if total >= share * len(groups):
            break
        chosen.append(group)
        total += groups.count(group.item() if hasattr(group, "item") else group)
    return _same(groups, in_test, chosen)


@split_by_group.recognises
def nothing_is_tested(args, in_test):
    groups, share, _ = args
    few = share * len(set(groups)) < 0.5
    return not in_test.any() if few else has_the_right_count(args, in_test)


@split_by_group.recognises
def nothing_is_left_to_train(args, in_test):
    groups, share, _ = args
    most = share * len(set(groups)) > len(set(groups)) - 0.5
    return in_test.all() if most else has_the_right_count(args, in_test)


@split_by_group.property
def no_group_is_on_both_sides(f, rng):
    """no group is on both sides

    All examples of a group go to the test, or none of them.
    """
    few = [str(group) for group in rng.permutation(list("aabbccccdd"))], 0.3, fresh(rng)
    for args in (few, *(draw_groups(rng) for _ in range(10))):
        if both := in_both(args[0], f(*args)):
            return Broken(
                ("yours", f"in training and in the test: {', '.join(sorted(both))}"), ("expected", "no group in both")
            )
    return True


@split_by_group.property
def share_is_that_of_the_groups(f, rng):
    """the share is that of the groups, not of the examples

    With 10 groups and a share of 0.3, three groups are in the test, however large they are.
    """
    few = [str(group) for group in rng.permutation(list("aabccccddd"))]
    for groups in (few, *(draw_groups(rng)[0] for _ in range(10))):
        for share in (0.5, 0.2, 0.8):
            chosen, counts = tested(groups, f(groups, share, fresh(rng))), wanted_counts(groups, share)
            if len(chosen) not in counts:
                count = len(set(groups))
                return Broken(
                    ("yours", f"{len(chosen)} of {count} groups in the test: {', '.join(chosen)}"),
                    ("expected", f"{' or '.join(map(str, sorted(counts)))} of {count} groups"),
                )
    return True


@split_by_group.property
def neither_side_is_empty(f, rng):
    """neither side is ever empty

    At least one group is tested, and at least one is left for training, even if the share is very small or large.
    """
    drawn = [f(["a", "b", "b", "c"], share, fresh(rng)) for share in (0.001, 0.999)]
    return all(in_test.any() and not in_test.all() for in_test in drawn)


@split_by_group.property(
    broken_by=lambda groups, share, rng: gru_ref.split_by_group(groups, share, np.random.default_rng(0))
)
def draws_anew(f, rng):
    """generators with different seeds give different splits

    Every random number should come from `rng`: with a generator of your own and a fixed seed, all splits are the same.
    """
    groups = [f"group {k}" for k in range(12)]  # by chance ten splits in halves are alike once in 10²⁶ checks
    splits = {tuple(tested(groups, f(groups, 0.5, fresh(rng)))) for _ in range(10)}
    return len(splits) > 1 or Broken(("yours, with each of 10 seeds", f"in the test: {', '.join(min(splits))}"))


@split_by_group.property(
    broken_by=lambda groups, share, rng: gru_ref.split_by_group(groups, share, np.random.default_rng())
)
def obeys_the_generator(f, rng):
    """the same generator gives the same split

    Every random number should come from `rng`, none from `np.random`, `random`, or a generator of your own. And the order
    of a `set` of texts changes from one run of Python to the next: sort it.
    """
    seed = rng.integers(2**32)
    # A generator of one's own draws the same 7 groups once in 3432 times, so it passes by chance once in 10¹⁰ checks.
    groups = [f"group {k:02}" for k in rng.permutation(np.repeat(np.arange(14), 2))]
    first, *others = (tested(groups, f(groups, 0.5, np.random.default_rng(seed))) for _ in range(4))
    for other in others:
        if other != first:
            return Broken(
                ("yours", f"in the test: {', '.join(first)}"),
                ("yours, with the same seed again", f"in the test: {', '.join(other)}"),
            )
    return True


def by_an_unsorted_set(groups, share, rng):
    different = list(set(groups))
    chosen = rng.permutation(different)[: min(max(1, round(share * len(different))), len(different) - 1)]
    return np.isin(groups, chosen)


@split_by_group.property(broken_by=by_an_unsorted_set)
def a_seed_repeats_the_split(f, rng):
    """the seed decides, and what the groups are called does not

    If all names change and keep their order, the same seed gives the same split. A *set* of names has an order of its own, another
    one each time that Python starts, so nobody could repeat the split: `sorted(set(groups))`.
    """
    seed, count = rng.integers(2**32), 14
    numbers = rng.permutation(np.repeat(np.arange(count), 2))
    # An order by chance picks the same 7 groups once in 3432 times, so three renamings let it pass once in 10¹⁰ checks.
    renamed = [[f"{name} {k:02}" for k in numbers] for name in ("group", "family", "stem", "voice")]
    splits = [np.asarray(f(groups, 0.5, np.random.default_rng(seed))).tolist() for groups in renamed]
    for groups, in_test in zip(renamed[1:], splits[1:], strict=True):
        if in_test != splits[0]:
            calls = [
                (names[0].split()[0], ", ".join(tested(names, chosen)))
                for names, chosen in ((renamed[0], splits[0]), (groups, in_test))
            ]
            return Broken(*((f"yours, names with {name!r}", f"in the test: {chosen}") for name, chosen in calls))
    return True


@split_by_group.property
def every_group_is_equally_likely(f, rng):
    """every group is equally likely to be tested

    Of 300 splits of 6 groups with a share of ⅓, each group is in the test about 100 times, whether it has one example or
    ten, and wherever it stands.
    """
    groups = list("abbccccddddddddeeeeeeeeeeeeeeef")
    count = dict.fromkeys(groups, 0)
    for _ in range(300):
        for group in tested(groups, f(groups, 1 / 3, fresh(rng))):
            count[group] += 1
    # Hypergeometric, then binomial (300, 1/3): by chance one of six is outside in fewer than one of 10⁹ checks.
    if all(46 <= times <= 157 for times in count.values()):
        return True
    times = ", ".join(f"{group}: {times}" for group, times in count.items())
    return Broken(("yours, in 300 splits", f"how often each group was tested: {times}"), ("expected", "about 100 each"))


def neighbours_of_the_alphabet(groups, share, rng):
    different = sorted(set(groups))
    count = _rounded(groups, share)
    start = rng.integers(len(different) - count + 1)
    return np.isin(groups, different[start : start + count])


@split_by_group.property(broken_by=neighbours_of_the_alphabet)
def any_groups_are_tested_together(f, rng):
    """any two groups may be tested together

    Each group is drawn by itself: what stands beside it in the list or in the alphabet does not matter.
    """
    groups = list("abbcdddef")
    together = {tuple(tested(groups, f(groups, 1 / 3, fresh(rng)))) for _ in range(100)}
    if len(together) > 11:  # of 15: by chance four are missing in fewer than one of 10¹⁰ checks
        return True
    some = "; ".join(", ".join(pair) for pair in sorted(together))
    return Broken(("yours, in 100 splits", f"tested together: {some}"), ("expected", "15 different pairs"))


@split_by_group.property
def numbers_are_groups_too(f, rng):
    """groups that are numbers are split like names

    A group may be a number, such as that of a customer.
    """
    groups = [30, 7, 7, 12, 12, 12, 9]
    return len(tested(groups, f(groups, 0.5, fresh(rng)))) == 2


@split_by_group.recognises
def numbers_turned_into_text(args, in_test):
    """Names are found, numbers are not."""
    numbers = any(isinstance(group, int) for group in args[0])
    return not in_test.any() if numbers else has_the_right_count(args, in_test)


@split_by_group.also_right
def by_unique(groups, share, rng):
    different, which = np.unique(groups, return_inverse=True)
    if len(different) < 2 or share <= 0 or share >= 1:
        raise ValueError("no split")
    count = int(np.clip(np.ceil(share * len(different)), 1, len(different) - 1))
    order = rng.permutation(len(different))
    return np.isin(which, order[:count])


@split_by_group.also_right
def by_shuffling(groups, share, rng):
    if not 0 < share < 1 or len(set(groups)) == 1:
        raise ValueError("not possible")
    order = list(dict.fromkeys(groups))
    rng.shuffle(order)
    count = min(len(order) - 1, max(1, int(share * len(order))))
    chosen = set(order[:count])
    return np.array([group in chosen for group in groups], dtype=bool)
