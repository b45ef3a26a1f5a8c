"""Lesson 15: a decoder's inputs and loss, how it chooses an answer, how far that is from the right one, and attention."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import decode_by_table, search_by_table
from grader.base.compare import alike
from grader.exercises.exercise import Exercise, thin

LESSON = "15_translation"
MISTAKES = Path(__file__).with_name(LESSON)
PAD, START, END = 0, 1, 2


# ------------------------------------------------------------------------------------------------------ shift_right


def draw_targets(rng, sizes=None):
    """Arguments (targets, start): T and B differ, sentences of different lengths, each with its end mark."""
    T, B = sizes or rng.permutation([3, 4, 5, 6])[:2]
    lengths = rng.integers(1, T + 1, B)
    lengths[rng.integers(B)] = T
    targets = rng.integers(3, 12, (T, B))
    targets[lengths - 1, np.arange(B)] = END
    return np.where(np.arange(T)[:, None] < lengths, targets, PAD), int(rng.choice([START, 13]))


shift_right = Exercise(
    reference=gru_ref.shift_right,
    known=MISTAKES / "shift_right.md",
    inputs=draw_targets,
    axes="T B",
    edges=(
        (np.array([[5, 7], [3, 2], [2, 0]]), 1),
        (np.array([[5, 7, 4], [3, 2, 2]]), 9),
        *thin(draw_targets, ((1, 4), (4, 1), (1, 1))),
    ),
    hints=(
        "At step t the decoder reads what should have been written at step t − 1. What does it read at step 0?",
        "All rows move down by one: the last row of targets falls out, and a row of start marks comes on top.",
        "`np.full_like(targets[:1], start)` is that row, with shape (1, B). `np.concatenate` puts it above `targets[:-1]`.",
    ),
)


@shift_right.property
def each_step_reads_the_target_before_it(f, rng):
    """each step reads the target of the step before

    Compare `inputs[1:]` with `targets[:-1]`.
    """
    targets, start = draw_targets(rng)
    return np.array_equal(f(targets, start)[1:], targets[:-1])


@shift_right.property
def a_target_never_reaches_its_own_step(f, rng):
    """changing the targets of the last step changes no input

    What a step should write, it must not read.
    """
    targets, start = draw_targets(rng)
    changed = targets.copy()
    changed[-1] += 1
    return np.array_equal(f(targets, start), f(changed, start))


@shift_right.also_right
def by_filling(targets, start):
    inputs = np.empty_like(targets)
    inputs[0] = start
    inputs[1:] = targets[:-1]
    return inputs


@shift_right.also_right
def by_rolling(targets, start):
    inputs = np.roll(targets, 1, axis=0)
    inputs[0] = start
    return inputs


@shift_right.also_right
def column_by_column(targets, start):
    columns = [[start, *column[:-1]] for column in targets.T.tolist()]
    return np.array(columns).T


# ---------------------------------------------------------------------------------------------------- sequence_loss


def draw_scored(rng, sizes=None):
    """Arguments (logits, targets, lengths): T, B and C all different; the padding is wild, and token 0 also occurs inside."""
    T, B, C = sizes or rng.permutation([3, 4, 5, 6])[:3]
    lengths = rng.integers(1, T + 1, B)
    if B > 1:
        lengths[:2] = rng.permutation([T, max(1, T - 2)])
    logits, targets = rng.normal(0, 2, (T, B, C)), rng.integers(0, C, (T, B))
    padded = np.arange(T)[:, None] >= lengths
    logits[padded] = rng.normal(0, 9, (padded.sum(), C))
    targets[0] = 0
    return logits, targets, lengths


FAR = np.array([[[1000.0, 0.0, -3.0], [0.0, 2.0, 900.0]], [[-800.0, -801.0, -802.0], [1.0, 2.0, 3.0]]])

sequence_loss = Exercise(
    reference=gru_ref.sequence_loss,
    known=MISTAKES / "sequence_loss.md",
    inputs=draw_scored,
    edges=(
        draw_scored(np.random.default_rng(5), (6, 3, 4)),
        (FAR, np.array([[0, 1], [0, 2]]), np.array([2, 1])),
        *thin(draw_scored, ((1, 3, 4), (4, 1, 3))),
    ),
    hints=(
        "Three parts: the cross-entropy of every position, which positions are real, and one mean over all of these.",
        "`np.arange(T)[:, None] < lengths` is True at the real positions, shape (T, B). Divide the sum over these by how many there are.",
        "`gru_ref.softmax_cross_entropy(logits, targets, mask)` of lesson 10 returns that mean as the first of two results.",
    ),
)


def _right_loss(logits, targets, lengths):
    """Once more: while an answer is checked, the reference may be out of reach."""
    real = np.arange(len(targets))[:, None] < lengths
    scores, right = logits[real], targets[real]
    return float((np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(right)), right]).mean())


@sequence_loss.recognises
def loss_overflow(args, loss):
    """Extreme logits give no number, and all others the right one."""
    if np.abs(args[0]).max() > 100:
        return not np.isfinite(loss)
    return alike(loss, _right_loss(*args), 1e-7, 1e-9)


@sequence_loss.recognises
def loss_bounded(args, loss):
    """Extreme logits give a number that is too small, and all others the right one, but for a small term."""
    right = _right_loss(*args)
    if np.abs(args[0]).max() > 100:
        return bool(np.isfinite(loss) and loss < right / 2)
    return alike(loss, right, 1e-5, 1e-5)


@sequence_loss.property
def padding_does_not_matter(f, rng):
    """whatever stands in the padding changes nothing

    Only positions before a sentence's length count.
    """
    logits, targets, lengths = draw_scored(rng)
    padded = np.arange(len(logits))[:, None] >= lengths
    other, others = logits.copy(), targets.copy()
    other[padded] += rng.normal(0, 3, (padded.sum(), logits.shape[2]))
    others[padded] = 0
    return np.isclose(f(logits, targets, lengths), f(other, others, lengths))


@sequence_loss.property
def knowing_nothing_costs_log_of_c(f, rng):
    """a model that finds all C tokens equally likely loses ln C

    In nats, at each real position, and therefore in the mean.
    """
    logits, targets, lengths = draw_scored(rng)
    return np.isclose(f(np.full(logits.shape, 3.0), targets, lengths), np.log(logits.shape[2]))


@sequence_loss.property
def a_longer_sentence_counts_more(f, rng):
    """every token counts the same, so a long sentence counts more than a short one

    The loss of a batch of two is the mean of their two losses, weighted by their lengths.
    """
    logits, targets, _ = draw_scored(rng, (5, 2, 4))
    lengths = np.array([5, 2])
    one, other = (f(logits[:, [b]], targets[:, [b]], lengths[[b]]) for b in range(2))
    return np.isclose(f(logits, targets, lengths), (5 * one + 2 * other) / 7)


@sequence_loss.also_right
def by_the_loss_of_lesson_10(logits, targets, lengths):
    mask = np.arange(len(logits))[:, None] < lengths
    return gru_ref.softmax_cross_entropy(logits, targets, mask)[0]


@sequence_loss.also_right
def sentence_by_sentence(logits, targets, lengths):
    total = 0.0
    for b, length in enumerate(lengths):
        for t in range(length):
            scores = logits[t, b] - max(logits[t, b])
            total += np.log(np.exp(scores).sum()) - scores[targets[t, b]]
    return total / sum(lengths)


@sequence_loss.also_right
def by_picking_the_real_ones(logits, targets, lengths):
    real = np.arange(targets.shape[0])[:, None] < lengths
    scores, right = logits[real], targets[real]
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return float(-log_p[np.arange(len(right)), right].mean())


# ---------------------------------------------------------------------------------------------------- greedy_decode


def draw_table(rng, rows=7, V=5):
    """Logits (M, V) of a decoder whose rows have different sums: they are no log probabilities."""
    return rng.normal(0, 1.2, (rows, V)) + rng.normal(0, 2, (rows, 1))


def draw_greedy(rng, ending=None):
    """Arguments (table, start, end, max_length); the answer ends in time or does not, as asked for, after two tokens or more."""
    ending = bool(rng.random() < 0.6) if ending is None else ending
    while True:
        table, end, max_length = draw_table(rng), int(rng.integers(5)), int(rng.integers(5, 9))
        start = int((end + rng.integers(1, 5)) % 5)
        said = gru_ref.greedy_decode(_step(table), 0, start, end, 40)
        if ending and 2 < len(said) < max_length and len(set(said)) > 2:
            return table, start, end, max_length
        if not ending and len(said) > max_length + 1 and len(set(said[:max_length])) > 2:
            return table, start, end, max_length


def _step(table):
    """The decoder of a table, as `grader.answer.uses` makes it, with an int as state."""

    def step(token, row):
        row = (3 * row + token + 1) % len(table)
        return table[row], row

    return step


def settled_greedy(seed, ending):
    return draw_greedy(np.random.default_rng(seed), ending)


greedy_decode = Exercise(
    reference=gru_ref.greedy_decode,
    known=MISTAKES / "greedy_decode.md",
    use=decode_by_table,
    inputs=draw_greedy,
    edges=(
        *(settled_greedy(seed, ending) for seed, ending in ((1, True), (2, False), (3, True), (4, False))),
        (np.array([[0.0, 3.0, 1.0]]), 2, 1, 4),  # the end mark comes at once
        (np.array([[0.0, 1.0, 3.0], [0.0, 4.0, 1.0]]), 0, 1, 1),
        (np.array([[0.0, 1.0, 2.0, 2.0]]), 0, 1, 3),  # two are equally large
    ),
    hints=(
        "A loop of at most max_length turns. In each: ask `step` for logits and the new state, and choose the token with the largest logit.",
        "If that token is the end mark, stop, and do not put it into the list. If not, put it there, and hand it to `step` at the next turn.",
        "`logits, h = step(token, h)`, then `token = int(np.argmax(logits))`. Before the loop: `token = start` and an empty list. Return the list behind the loop.",
    ),
)


def backwards(step, h, start, end, max_length):
    return gru_ref.greedy_decode(step, h, start, end, max_length)[::-1]


@greedy_decode.property(broken_by=backwards)
def more_time_changes_no_beginning(f, rng):
    """a larger max_length leaves the beginning as it is

    It may make an answer longer, but what was written stays.
    """
    table, start, end, max_length = draw_greedy(rng)
    short, long = f(table, start, end, max_length), f(table, start, end, max_length + 5)
    return list(long[: len(short)]) == list(short)


@greedy_decode.property
def marks_are_not_written(f, rng):
    """the end mark is never in the answer

    It says that the answer is over. It is no part of it.
    """
    table, start, end, max_length = draw_greedy(rng, ending=True)
    return end not in f(table, start, end, max_length)


@greedy_decode.also_right
def with_while(step, h, start, end, max_length):
    tokens = [start]
    while len(tokens) <= max_length:
        logits, h = step(tokens[-1], h)
        best = list(logits).index(max(logits))
        if best == end:
            return tokens[1:]
        tokens.append(best)
    return tokens[1:]


@greedy_decode.also_right
def by_probabilities(step, h, start, end, max_length):
    answer = []
    for k in range(max_length):
        scores, h = step(answer[k - 1] if k else start, h)
        p = np.exp(scores - scores.max())
        token = (p / p.sum()).argmax()
        if token == end:
            break
        answer += [int(token)]
    return answer


# ---------------------------------------------------------------------------------------------------- edit_distance

NUMBER_WORDS = ("two", "four", "five", "six", "nine", "ten", "and", "hundred", "thousand")


def draw_two(rng):
    """Two lists of words, or two strings: one is the other with some edits, so that both share much."""
    letters = rng.random() < 0.5
    tokens = list("aeinrst") if letters else list(NUMBER_WORDS)
    a = [str(token) for token in rng.choice(tokens, int(rng.integers(5, 9)))]
    b = list(a)
    for _ in range(int(rng.integers(2, 5))):
        place, kind = int(rng.integers(len(b))), rng.integers(4)
        if kind == 0:
            b.insert(place, str(rng.choice(tokens)))
        elif kind == 1 and len(b) > 3:
            b.pop(place)
        elif kind == 2:
            b[place] = str(rng.choice(tokens))
        elif place:
            b[place - 1 : place + 1] = b[place - 1 : place + 1][::-1]
    return ("".join(a), "".join(b)) if letters else (a, b)


edit_distance = Exercise(
    reference=gru_ref.edit_distance,
    known=MISTAKES / "edit_distance.md",
    inputs=draw_two,
    edges=(
        ("kitten", "sitting"),
        ("ab", "ba"),
        ("abcdef", "bcdefa"),
        (["two", "hundred", "and", "one"], ["two", "hundred", "one"]),
        (["ten", "two"], ["tent", "wo"]),
        ("", "abc"),
        ("abc", ""),
        ("", ""),
        ("aaab", "ab"),
        ("ab", "bb"),  # one substitution, though both have a b
        ("abb", "ba"),
        ("ab", "xaby"),
        ("xaby", "ab"),
        ("abcabc", "cab"),
        ("same", "same"),
    ),
    hints=(
        "Let D[i][j] be the distance from the first i tokens of a to the first j tokens of b. What are D[i][0] and D[0][j], and how do you get D[i][j] from its three neighbours?",
        "D[i][j] is the smallest of: D[i − 1][j] + 1 (delete a token of a), D[i][j − 1] + 1 (insert one of b), and D[i − 1][j − 1] + (0 if the tokens are equal, else 1).",
        "The table has len(a) + 1 rows and len(b) + 1 columns. Token number i of a, counted from 1, is a[i − 1]. The answer is the last entry of the last row.",
    ),
)


@edit_distance.property
def both_directions_cost_the_same(f, rng):
    """from a to b is as far as from b to a

    An insertion one way is a deletion the other way.
    """
    a, b = draw_two(rng)
    return f(a, b) == f(b, a)


@edit_distance.property
def a_detour_is_never_shorter(f, rng):
    """by way of a third sequence it is never shorter: the triangle inequality

    Who gets from a to c and from c to b has got from a to b. A swap of neighbours is two edits here.
    """
    words = ["".join(rng.permutation(list("abc"))) for _ in range(3)]
    a, b, c = words[0], words[0][1] + words[0][0] + words[0][2], words[0][1] + words[2][:1] + words[0][0] + words[0][2]
    return all(f(x, y) <= f(x, z) + f(z, y) for x, y, z in ((a, b, c), (a, c, b), (b, c, a)))


@edit_distance.property
def a_common_end_costs_nothing(f, rng):
    """the same tokens behind both change nothing

    They stay as they are.
    """
    a, b = draw_two(rng)
    return f(a + a[:2], b + a[:2]) == f(a, b)


@edit_distance.property
def from_nothing_it_is_the_length(f, rng):
    """from an empty sequence it is the length of the other

    Every token has to be inserted.
    """
    a, _ = draw_two(rng)
    return f(a[:0], a) == len(a)


@edit_distance.also_right
def by_two_rows(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1]


@edit_distance.also_right
def by_recursion(a, b):
    known = {}

    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        if (i, j) not in known:
            if a[i - 1] == b[j - 1]:
                known[i, j] = distance(i - 1, j - 1)
            else:
                known[i, j] = 1 + min(distance(i - 1, j), distance(i, j - 1), distance(i - 1, j - 1))
        return known[i, j]

    return distance(len(a), len(b))


@edit_distance.also_right
def by_numpy(a, b):
    D = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            D[i, j] = min(D[i - 1, j] + 1, D[i, j - 1] + 1, D[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
    return int(D[-1, -1])


# ----------------------------------------------------------------------------------------------------------- attend


def draw_attended(rng, sizes=None):
    """Arguments (query, keys, lengths): T, B and H differ; the keys in the padding have another mean."""
    T, B, H = sizes or rng.permutation([3, 4, 5, 6])[:3]
    lengths = rng.integers(1, T + 1, B)
    if B > 1:
        lengths[:2] = rng.permutation([T, max(1, T - 2)])
    keys = rng.normal(0, 1, (T, B, H))
    padded = np.arange(T)[:, None] >= lengths
    keys[padded] = rng.normal(1, 1, (padded.sum(), H))
    return rng.normal(0, 1, (B, H)), keys, lengths


# The scores of the second sentence are about −1000, and so is that of its padding.
FAR_KEYS = np.array([[[900.0, 0.0], [-997.0, 1.0]], [[899.0, 1.0], [-998.0, 2.0]], [[3.0, 1.0], [-996.0, 4.0]]])

# The scores of the first sentence are about −990, that of its padding is 980, and those of the other sentence are large.
FAR_PADDING = np.array([[[-990.0, 1.0], [980.0, 1.0]], [[-991.0, 2.0], [600.0, 3.0]], [[980.0, 2.0], [985.0, -1.0]]])

attend = Exercise(
    reference=gru_ref.attend,
    known=MISTAKES / "attend.md",
    inputs=draw_attended,
    parts={"context": "B H", "weights": "T B"},
    edges=(
        draw_attended(np.random.default_rng(3), (6, 3, 4)),
        (np.array([[1.0, 0.5], [1.0, -1.0]]), FAR_KEYS, np.array([3, 2])),
        (np.array([[1.0, 0.0], [1.0, 2.0]]), FAR_PADDING, np.array([2, 3])),
        (np.ones((2, 3)), np.zeros((4, 2, 3)), np.array([4, 2])),
        *thin(draw_attended, ((1, 3, 4), (4, 1, 3), (5, 3, 1))),
    ),
    hints=(
        "Three lines of formulas: a score for each step, the dot product of query and key; softmax over the real steps; and the sum of the keys, each times its weight.",
        "`(keys * query).sum(axis=2)` has shape (T, B). Put −∞ where a step is padding, before the softmax: its weight is then exactly 0.",
        "Softmax along axis 0: subtract `scores.max(axis=0)`, `np.exp`, divide by the sum along axis 0. The context is `(weights[:, :, None] * keys).sum(axis=0)`.",
    ),
)


@attend.recognises
def attend_overflow(args, result):
    """Extreme scores give no number, and all others the right weights."""
    (query, keys, lengths), weights = args, result[1]
    if np.abs(keys).max() > 100:
        return not np.isfinite(weights).all()
    scores = np.where(np.arange(len(keys))[:, None] < lengths, np.einsum("tbh,bh->tb", keys, query), -np.inf)
    return alike(weights, np.exp(scores - np.logaddexp.reduce(scores, axis=0)), 1e-7, 1e-9)


@attend.property
def weights_add_up_to_1(f, rng):
    """the weights of each sentence add up to 1, and padding has none

    Padding gets the score −∞ before the softmax, or the rest is divided by its sum again.
    """
    query, keys, lengths = draw_attended(rng)
    weights = f(query, keys, lengths)[1]
    return np.allclose(weights.sum(axis=0), 1) and not weights[np.arange(len(keys))[:, None] >= lengths].any()


@attend.property
def a_sentence_alone_gets_the_same(f, rng):
    """a sentence alone gets the same context as in a batch with a longer one

    If it does not, the padding took part.
    """
    query, keys, lengths = draw_attended(rng)
    together = f(query, keys, lengths)[0]
    alone = [f(query[[b]], keys[:n, [b]], lengths[[b]])[0][0] for b, n in enumerate(lengths)]
    return np.allclose(together, alone)


@attend.property
def the_order_of_steps_does_not_matter(f, rng):
    """the order of the keys does not matter

    Attention looks at what stands there, not at where. Only the GRU's states know of the order.
    """
    query, keys, _ = draw_attended(rng)
    lengths = np.full(len(query), len(keys))
    order = rng.permutation(len(keys))
    return np.allclose(f(query, keys, lengths)[0], f(query, keys[order], lengths)[0])


@attend.also_right
def sentence_by_sentence_attended(query, keys, lengths):
    T, B, H = keys.shape
    context, weights = np.zeros((B, H)), np.zeros((T, B))
    for b in range(B):
        n = lengths[b]
        scores = keys[:n, b] @ query[b]
        e = np.exp(scores - scores.max())
        weights[:n, b] = e / e.sum()
        context[b] = weights[:n, b] @ keys[:n, b]
    return context, weights


@attend.also_right
def renormalised_after_masking(query, keys, lengths):
    scores = (keys * query).sum(axis=-1)
    real = np.arange(len(keys))[:, None] < lengths
    scores = scores - np.where(real, scores, -np.inf).max(axis=0)
    weights = np.exp(np.minimum(scores, 0)) * real
    weights = weights / weights.sum(axis=0)
    return (weights[..., None] * keys).sum(axis=0), weights


@attend.also_right
def exponentials_of_the_padding_are_not_chosen(query, keys, lengths):
    scores = (keys * query).sum(axis=2)
    real = np.arange(len(keys))[:, None] < lengths
    largest = np.max(scores, axis=0, where=real, initial=-np.inf)
    e = np.where(real, np.exp(scores - largest), 0)  # it overflows in the padding, which warns, and does no harm
    weights = e / e.sum(axis=0)
    return (weights[:, :, None] * keys).sum(axis=0), weights


@attend.also_right
def by_einsum(query, keys, lengths):
    real = np.arange(keys.shape[0])[:, None] < lengths[None]
    scores = np.where(real, np.einsum("bh,tbh->tb", query, keys), -1e30)
    log_sum = np.logaddexp.reduce(scores, axis=0)
    weights = np.where(real, np.exp(scores - log_sum), 0)
    return np.einsum("tb,tbh->bh", weights, keys), weights


# ------------------------------------------------------------------------------------------------------ beam_search


def draw_search(rng):
    """Arguments (table, start, end, width, max_length) where the search finds something else than the greedy answer."""
    while True:
        table, end = draw_table(rng), int(rng.integers(5))
        start, width, max_length = int((end + rng.integers(1, 5)) % 5), int(rng.integers(2, 4)), int(rng.integers(4, 7))
        found = gru_ref.beam_search(_step(table), 0, start, end, width, max_length)
        if len(found) > 1 and found != gru_ref.greedy_decode(_step(table), 0, start, end, max_length):
            return table, start, end, width, max_length


def settled_search(seed):
    return draw_search(np.random.default_rng(seed))


beam_search = Exercise(
    reference=gru_ref.beam_search,
    known=MISTAKES / "beam_search.md",
    use=search_by_table,
    inputs=draw_search,
    edges=(
        *map(settled_search, (71, 42, 23, 7, 518)),
        settled_search(2331),  # right is a finished one that more than `width` others surpass by their sums
        (np.array([[0.0, 3.0, 1.0]]), 2, 1, 2, 3),
        (settled_search(7)[0] + 1000, *settled_search(7)[1:]),
    ),
    hints=(
        "Keep a list of unfinished hypotheses, each with its tokens, its log probability and its state; at the beginning one, with no tokens, 0.0 and h. And a list of finished ones, empty.",
        "In a round, ask `step` once for each unfinished hypothesis, and write down every continuation: all hypotheses times all V tokens. Sort them, and keep the `width` best. Of these, those that end with the end mark go to the finished list, the others are the unfinished of the next round.",
        "Log probabilities are `logits - np.logaddexp.reduce(logits)`. A continuation takes the state that `step` returned for *its own* hypothesis. At the end: `max(finished + unfinished, key=…)` by log probability divided by the number of tokens, the end mark counted; then leave the end mark out.",
    ),
    seconds=15,
)


@beam_search.property
def a_width_of_1_is_greedy(f, rng):
    """with a width of 1 it is greedy search

    Only the best continuation is kept. If that is the end mark, the search is over.
    """
    table, start, end, _, max_length = draw_search(rng)
    return list(f(table, start, end, 1, max_length)) == gru_ref.greedy_decode(_step(table), 0, start, end, max_length)


def _best_of_all(table, start, end, max_length):
    """The answer of at most max_length tokens with the largest log probability for each token, among all that there are."""
    step, best = _step(table), (-np.inf, [])
    stack = [((), 0.0, 0)]
    while stack:
        tokens, log_prob, row = stack.pop()
        logits, row = step(tokens[-1] if tokens else start, row)
        log_p = log_prob + logits - np.logaddexp.reduce(logits)
        for token in range(len(logits)):
            longer = (*tokens, token)
            if token == end or len(longer) == max_length:
                best = max(best, (log_p[token] / len(longer), [t for t in longer if t != end]))
            else:
                stack.append((longer, log_p[token], row))
    return best[1]


@beam_search.property
def full_width_finds_the_best(f, rng):
    """wide enough, it finds the best of all answers

    With V = 3 tokens and 4 steps there are 81 answers at most. A width of 81 keeps everything, so nothing may be lost, and
    no early stop is allowed: a longer answer can still be better for each token.
    """
    for _ in range(6):
        table, end = draw_table(rng, V=3), int(rng.integers(3))
        start = (end + 1) % 3
        if list(f(table, start, end, 81, 4)) != _best_of_all(table, start, end, 4):
            return False
    return True


@beam_search.also_right
def with_lists_and_sorting(step, h, start, end, width, max_length):
    beams, done = [([], 0.0, h)], []
    for _ in range(max_length):
        candidates = []
        for tokens, total, state in beams:
            logits, new = step(tokens[-1] if tokens else start, state)
            log_p = logits - logits.max()
            log_p = log_p - np.log(np.exp(log_p).sum())
            for token, value in enumerate(log_p):
                candidates.append(([*tokens, token], total + value, new))
        candidates.sort(key=lambda c: -c[1])
        beams = []
        for candidate in candidates[:width]:
            (done if candidate[0][-1] == end else beams).append(candidate)
        if not beams:
            break
    tokens = max(done + beams, key=lambda c: c[1] / len(c[0]))[0]
    return tokens[:-1] if tokens[-1] == end else tokens


@beam_search.also_right
def with_a_heap(step, h, start, end, width, max_length):
    import heapq

    live, best, best_score = [(0.0, [start], h)], None, -np.inf
    for length in range(1, max_length + 1):
        grown = []
        for total, path, state in live:
            logits, state = step(path[-1], state)
            log_p = logits - np.logaddexp.reduce(logits)
            grown += [(total + log_p[v], [*path, v], state) for v in range(len(logits))]
        live = []
        for total, path, state in heapq.nlargest(width, grown, key=lambda g: g[0]):
            over = path[-1] == end or length == max_length
            if over and total / length > best_score:
                best, best_score = path, total / length
            if not over:
                live.append((total, path, state))
    return [token for token in best[1:] if token != end]
