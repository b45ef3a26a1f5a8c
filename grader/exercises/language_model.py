"""Lesson 13: streams of a text, bits per character, sampling, and the probabilities of Witten and Bell."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import cut_into_streams, write_by_table
from grader.base.compare import alike
from grader.base.wording import InWords
from grader.exercises.exercise import Broken, Exercise, thin

LESSON = "13_language_model"
MISTAKES = Path(__file__).with_name(LESSON)


# ------------------------------------------------------------------------------------------------ bits per character


def draw_scores(rng, sizes=None):
    """Arguments (logits, targets), with a time axis or without; T, B and V all different."""
    T, B, V = sizes or rng.permutation([3, 5, 7])
    shape = (T, B) if sizes or rng.random() < 0.7 else (T,)
    return rng.normal(0, 2, (*shape, V)), rng.integers(0, V, shape)


FAR_APART = np.array([[1000.0, 0.0, -3.0], [0.0, 2.0, 900.0], [-800.0, -801.0, -802.0], [1.0, 2.0, 3.0]])


def is_extreme(logits):
    return np.abs(logits).max() > 100


bits_per_character = Exercise(
    reference=gru_ref.bits_per_character,
    known=MISTAKES / "bits_per_character.md",
    inputs=draw_scores,
    edges=(
        (np.random.default_rng(3).normal(0, 2, (4, 3, 5)), np.random.default_rng(4).integers(0, 5, (4, 3))),
        (np.random.default_rng(5).normal(0, 2, (6, 4)), np.random.default_rng(6).integers(0, 4, 6)),
        (FAR_APART, np.array([0, 1, 2, 0])),
        *thin(draw_scores, ((1, 3, 4), (4, 1, 3), (1, 1, 3))),
    ),
    branch=lambda logits, targets: (logits.ndim, is_extreme(logits)),
    hints=(
        "You know it from lesson 10: the mean of −ln p of the true class. What is left is the unit, and one nat has 1/ln 2 bits.",
        "Stay in logarithms: subtract each step's largest logit, then ln of the sum of exponentials. `np.take_along_axis(log_p, targets[..., None], axis=-1)` picks the characters that came.",
        "`gru_ref.softmax_cross_entropy(logits, targets)` returns the mean in nats as the first of two things. Divide it by `np.log(2)`.",
    ),
)


def _right_bits(logits, targets):
    """Once more: while an answer is checked, the reference may be out of reach."""
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return float(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean() / np.log(2))


def _right_unless_extreme(args, bits, spoilt):
    """Whether ordinary logits have the right result, and extreme ones one that is spoilt in this way."""
    right = _right_bits(*args)
    return bool(spoilt(bits, right)) if is_extreme(args[0]) else alike(bits, right, 1e-7, 1e-9)


@bits_per_character.recognises
def overflow(args, bits):
    return _right_unless_extreme(args, bits, lambda bits, _: np.isnan(bits))


@bits_per_character.recognises
def logarithm_of_0(args, bits):
    return _right_unless_extreme(args, bits, lambda bits, _: np.isposinf(bits))


@bits_per_character.recognises
def small_number(args, bits):
    return _right_unless_extreme(args, bits, lambda bits, right: np.isfinite(bits) and bits < right - 1)


@bits_per_character.recognises
def rounded(args, bits):
    """To some number of decimals, which is the same in all cases unless a last digit is 0."""
    return any(abs(bits - round(_right_bits(*args), decimals)) < 1e-12 for decimals in range(1, 7))


@bits_per_character.property
def knowing_nothing_costs_log2_V(f, rng):
    """a model that finds all V characters equally likely needs log₂ V bits

    With 8 characters, 3 bits: three questions with two answers each.
    """
    logits, targets = draw_scores(rng)
    return np.isclose(f(np.full(logits.shape, 3.0), targets), np.log2(logits.shape[-1]))


@bits_per_character.property
def half_as_likely_costs_one_bit_more(f, rng):
    """a character that is half as likely costs one bit more

    That is what a bit is.
    """
    p = float(rng.uniform(0.1, 0.9))
    bits = [f(np.log(np.array([[q, 1 - q]])), np.array([0])) for q in (p, p / 2)]
    return np.isclose(bits[1] - bits[0], 1)


@bits_per_character.property
def only_differences_matter(f, rng):
    """adding the same number to all logits of a step changes nothing

    Softmax sees differences alone.
    """
    logits, targets = draw_scores(rng)
    return np.isclose(f(logits + rng.normal(0, 200, (*targets.shape, 1)), targets), f(logits, targets))


@bits_per_character.also_right
def by_the_loss_of_lesson_10(logits, targets):
    return gru_ref.softmax_cross_entropy(logits, targets)[0] / np.log(2)


@bits_per_character.also_right
def by_logaddexp2(logits, targets):
    logits = logits.reshape(-1, logits.shape[-1]) / np.log(2)
    chosen = logits[np.arange(len(logits)), targets.ravel()]
    return np.mean(np.logaddexp2.reduce(logits, axis=1) - chosen)


@bits_per_character.also_right
def one_by_one(logits, targets):
    total, count = 0.0, 0
    for place in np.ndindex(targets.shape):
        a = logits[place]
        top = max(a)
        total += np.log2(np.exp(a - top).sum()) - (a[targets[place]] - top) / np.log(2)
        count += 1
    return float(total / count)


# ------------------------------------------------------------------------------------------------------- Witten–Bell

LETTERS = "abcde"


def count_in(text, longest):
    """Counts of what follows each context of a text of LETTERS, the last of which may not occur in it."""
    counts = {}
    for i, letter in enumerate(text):
        for length in range(min(longest, i) + 1):
            counts.setdefault(text[i - length : i], np.zeros(len(LETTERS), int))[LETTERS.index(letter)] += 1
    return counts


def draw_counts(rng, longest=3, size=60, context=None):
    """Arguments (counts, context) of a text in which a letter is mostly followed by another; e never occurs."""
    text, letter = "", 0
    for _ in range(size):
        letter = int(rng.choice(4, p=[0.1, 0.5, 0.3, 0.1])) if rng.random() < 0.6 else (letter + 1) % 4
        text += LETTERS[letter]
    counts = count_in(text, longest)
    if context is None:  # one that occurs, and that another character may follow
        contexts = [c for c in counts if len(c) == longest and (longest == 1 or c != c[::-1])]
        context = contexts[int(rng.integers(len(contexts)))]
    return counts, context


BY_HAND = {"": np.array([4, 2, 0]), "a": np.array([0, 3, 0])}  # the lesson's example


def settled_counts(seed, **options):
    return draw_counts(np.random.default_rng(seed), **options)


witten_bell = Exercise(
    reference=gru_ref.witten_bell,
    known=MISTAKES / "witten_bell.md",
    inputs=draw_counts,
    axes="V",
    edges=(
        (BY_HAND, "a"),
        ({"": BY_HAND[""]}, ""),
        (BY_HAND, "ca"),
        ({**BY_HAND, "ba": np.array([1, 2, 1])}, "ba"),
        ({**BY_HAND, "ba": np.array([1, 2, 1]), "cba": np.array([2, 0, 1])}, "cba"),
        settled_counts(1, longest=1, size=12),
        settled_counts(2, longest=0, context=""),
        settled_counts(3, context="eab"),
        settled_counts(4, context="eee"),
        settled_counts(5, context=""),
        settled_counts(6, longest=2, context="cabcab"),
        settled_counts(7, longest=4, size=300),
        settled_counts(8, longest=6, size=300),
    ),
    hints=(
        "Build it from below: start with `p = np.full(V, 1 / V)`, and blend in one context after the other, from the empty one to the whole.",
        "One blend: `seen` are the counts of a context, `N = np.count_nonzero(seen)`; the new p is (seen + N · p) / (seen.sum() + N).",
        "The contexts are `context[start:]` for start = len(context), …, 1, 0, and `context[len(context):]` is the empty one. Skip those that are not in `counts`.",
    ),
)


@witten_bell.remark
def does_not_sum_to_1(args, p, right):
    if abs(np.sum(p) - 1) > 1e-6:
        return "Your probabilities do not add up to 1."


@witten_bell.property
def sums_to_1(f, rng):
    """the probabilities sum to 1, and none is 0

    Whatever the context: known, unknown, empty, or longer than any that was counted.
    """
    counts, context = draw_counts(rng)
    tried = [f(counts, c) for c in (context, "e" + context, "ee", "", context[1:])]
    return all(np.isclose(p.sum(), 1) and p.min() > 0 for p in tried)


@witten_bell.property
def an_unknown_context_is_the_shorter_one(f, rng):
    """a context that never came has the probabilities of the shorter one

    Nothing is known of "eab"; of "ab" something is.
    """
    counts, context = draw_counts(rng)
    return np.allclose(f(counts, "e" + context), f(counts, context))


@witten_bell.property
def many_counts_are_trusted(f, rng):
    """counts that are a thousand times as large are nearly the shares themselves

    The more often a context was seen, the less the shorter one counts.
    """
    counts, context = draw_counts(rng)
    many = {c: 1000 * seen for c, seen in counts.items()}
    return np.allclose(f(many, context), counts[context] / counts[context].sum(), atol=0.01)


@witten_bell.also_right
def by_recursion(counts, context):
    def after(context):
        below = after(context[1:]) if context else 1 / len(counts[""])
        if context not in counts:
            return below
        different = np.sum(counts[context] > 0)
        return (counts[context] + different * below) / (np.sum(counts[context]) + different)

    return after(context)


@witten_bell.also_right
def by_weights(counts, context):
    p = np.ones(len(counts[""])) / len(counts[""])
    for length in range(len(context) + 1):
        seen = counts.get(context[len(context) - length :])
        if seen is None:
            break
        total, different = seen.sum(), len(np.flatnonzero(seen))
        trust = total / (total + different)
        p = trust * seen / total + (1 - trust) * p
    return p


@witten_bell.also_right
def letter_by_letter(counts, context):
    V = counts[""].size
    p = [1 / V] * V
    contexts = [context[i:] for i in range(len(context) + 1)]
    for c in reversed(contexts):
        if c in counts:
            n, kinds = sum(counts[c]), sum(1 for k in counts[c] if k)
            p = [(counts[c][k] + kinds * p[k]) / (n + kinds) for k in range(V)]
    return np.array(p)


# ----------------------------------------------------------------------------------------------------------- streams


def draw_text(rng, sizes=None):
    """Arguments (ids, T, B): all characters differ, and every stream has a few left over at its end.

    Streams have the same length whether it is made of N or of N − 1 characters, and as many chunks either way.
    """
    K, T, B = sizes or (int(rng.integers(3, 6)), *(int(size) for size in rng.permutation([4, 5, 6])[:2]))
    length = K * T + int(rng.integers(1, T))
    N = B * length + int(rng.integers(1, max(B, 2)))
    return rng.permutation(np.arange(N)) + 10, T, B


def settled_text(seed, sizes):
    return draw_text(np.random.default_rng(seed), sizes)


streams = Exercise(
    reference=gru_ref.streams,
    known=MISTAKES / "streams.md",
    use=cut_into_streams,
    inputs=draw_text,
    parts={"inputs": "K T B", "targets": "K T B"},
    edges=(settled_text(1, (2, 3, 2)), *thin(draw_text, ((1, 4, 3), (3, 4, 1)))),
    refusals=(
        (np.arange(8), 3, 3),
        (np.arange(3), 4, 1),
        (np.arange(6), 3, 2),  # the last input would have no target
        lambda rng: (rng.permutation(20), 7, 3),
    ),
    hints=(
        "Two cuts, one after the other: first the text into B streams of L = (N − 1) // B characters, then each stream into K = L // T chunks.",
        "`ids[: B * L].reshape(B, L)` puts a stream into each row. The targets are cut in the same way, from the text that begins one character later.",
        "Drop what is left over, `[:, : K * T]`; split the time axis, `.reshape(B, K, T)`; and put the axes into the order K, T, B: `.transpose(1, 2, 0)`.",
    ),
)


@streams.property
def goes_on_where_it_ended(f, rng):
    """chunk after chunk, each stream reads on where it ended

    Lay the chunks of one stream end to end: it has to be a stretch of the text without a gap.
    """
    ids, T, B = draw_text(rng)
    inputs = f(ids, T, B)[0]
    place = np.argsort(ids)[inputs.reshape(-1, B) - 10]
    return (np.diff(place, axis=0) == 1).all()


@streams.property
def asks_for_the_next_character(f, rng):
    """the target of each step is the input of the next one, also across the edge of a chunk

    Compare `targets[:, b]` of a stream with its `inputs` one step later.
    """
    ids, T, B = draw_text(rng)
    inputs, targets = (part.reshape(-1, B) for part in f(ids, T, B))
    return np.array_equal(targets[:-1], inputs[1:])


@streams.property
def reads_no_character_twice(f, rng):
    """no character of the text is read twice

    Each stream reads a stretch of its own.
    """
    inputs = f(*draw_text(rng))[0]
    return len(np.unique(inputs)) == inputs.size


@streams.also_right
def row_by_row(ids, T, B):
    length = (ids.shape[0] - 1) // B
    chunks = length // T
    if chunks == 0:
        raise ValueError("not even one chunk")
    inputs = np.empty((chunks, T, B), ids.dtype)
    targets = np.empty_like(inputs)
    for b in range(B):
        stream = ids[b * length : (b + 1) * length + 1]
        for k in range(chunks):
            inputs[k, :, b] = stream[k * T : (k + 1) * T]
            targets[k, :, b] = stream[k * T + 1 : (k + 1) * T + 1]
    return inputs, targets


@streams.also_right
def in_int32(ids, T, B):
    length = (len(ids) - 1) // B
    if length < T:
        raise ValueError("too few characters")
    K = length // T
    inputs, targets = np.zeros((K, T, B), np.int32), np.zeros((K, T, B), np.int32)
    for k, t, b in np.ndindex(K, T, B):
        inputs[k, t, b], targets[k, t, b] = ids[b * length + k * T + t : b * length + k * T + t + 2]
    return inputs, targets


@streams.also_right
def with_targets_within_each_row(ids, T, B):
    rows = ids[: len(ids) // B * B].reshape(B, -1)
    K = (rows.shape[1] - 1) // T
    if K < 1:
        raise ValueError(f"{len(ids)} characters are too few")
    inputs, targets = (part[:, : K * T].reshape(B, K, T) for part in (rows[:, :-1], rows[:, 1:]))
    return np.moveaxis(inputs, 0, 2), np.moveaxis(targets, 0, 2)


@streams.also_right
def by_places(ids, T, B):
    L = (len(ids) - 1) // B
    K = L // T
    if not K:
        raise ValueError("too short")
    place = np.arange(K)[:, None, None] * T + np.arange(T)[:, None] + np.arange(B) * L
    return ids[place], ids[place + 1]


# ------------------------------------------------------------------------------------------------------------ sample

DRAWS, SURPRISE = (
    1200,
    60,
)  # the rarest comes 6.5 times on average: counted exactly, χ² is above 60 in less than 1 of 10⁸ samples


def draw_certain(rng, sizes=None, temperature=None):
    """Arguments (table, first, n, temperature, rng) that leave nothing to chance: at 0, or with one logit far above."""
    M, V, n = sizes or (int(rng.integers(2, 4)), int(rng.integers(5, 8)), int(rng.integers(7, 11)))
    temperature = float(rng.choice([0.0, 0.5, 1.0])) if temperature is None else temperature
    table = rng.normal(0, 1, (M, V, V))
    if temperature > 0:
        best = rng.integers(0, V, (M, V))
        np.put_along_axis(table, best[..., None], 70.0, axis=-1)  # all others together: less than 1 of 10²⁵ draws
    return table, int(rng.integers(V)), n, temperature, np.random.default_rng(rng.integers(2**32))


def draw_chances(rng, temperature, n=DRAWS):
    """Arguments with the same four logits whatever came before: the n characters are independent draws."""
    logits = np.array([1.0, 0.2, -0.7, -1.5])[rng.permutation(4)]
    return np.tile(logits, (2, 4, 1)), 0, n, temperature, np.random.default_rng(rng.integers(2**32))


def draw_walk(rng, n=200):
    """Arguments in which each character has two successors that are equally likely, c + 1 and c + 2, and none of the others."""
    table = np.zeros((2, 5, 5))
    for c in range(5):
        table[:, c, [(c + 1) % 5, (c + 2) % 5]] = 70.0
    return table, int(rng.integers(5)), n, 1.0, np.random.default_rng(rng.integers(2**32))


def is_walk(table):
    return np.array_equal(np.unique(table), [0.0, 70.0])


def goes_on_from_what_was_drawn(first, drawn):
    """Whether each character of a walk is a successor of the one before it."""
    return bool(np.isin(np.diff([first, *drawn]) % 5, (1, 2)).all())


def is_left_to_chance(table, first, n, temperature, rng):
    """Whether different right answers may draw different characters."""
    return temperature > 0 and float(np.ptp(np.partition(table, -2, axis=-1)[..., -2:], axis=-1).min()) < 30


def settled(seed, *more):
    return np.random.default_rng(seed), *more


def as_the_answer_sees_it(table, first, n, temperature, rng):
    """The arguments of the answer's own call, for messages."""
    if np.ptp(table, axis=(0, 1)).max() == 0:
        step = {"step": InWords(f"a function that always returns the logits {table[0, 0].tolist()}")}
    else:
        which = f"h % {len(table)}" if len(table) > 1 else "0"
        step = {"step": InWords(f"a function that returns (table[{which}, character], h + 1)"), "table": table, "h": 0}
    return {**step, "first": first, "n": n, "temperature": temperature}


# The characters 1, 1, 0, 2, 2 follow: small enough to go through by hand.
SMALL_TABLE = np.array([[[0, 2, 1], [3, 0, 1], [1, 2, 5]], [[1, 0, 3], [0, 4, 1], [2, 1, 0]]], float)


sample = Exercise(
    reference=gru_ref.sample,
    known=MISTAKES / "sample.md",
    use=write_by_table,
    seen=as_the_answer_sees_it,
    inputs=draw_certain,
    chance=is_left_to_chance,
    edges=(
        (SMALL_TABLE, 0, 5, 0.0, np.random.default_rng(0)),
        draw_certain(*settled(1), temperature=0.0),
        draw_certain(*settled(2), temperature=0.5),
        tuple(a + 1000 if k == 0 else a for k, a in enumerate(draw_certain(*settled(3), temperature=1.0))),
        draw_certain(*settled(4), sizes=(1, 4, 1), temperature=1.0),
        draw_chances(*settled(5), temperature=0.5),
        draw_chances(*settled(6), temperature=2.5),
        draw_walk(*settled(7)),
    ),
    hints=(
        "A loop of n turns. In each: ask `step` for logits and the new state, choose a character, and remember it as the one to hand to `step` next.",
        "Softmax of logits / temperature: subtract the largest logit, divide, `np.exp`, and divide by the sum. `rng.choice(V, p=p)` draws one character with these probabilities.",
        "Ask for `temperature == 0` first: then take `int(np.argmax(logits))`. Collect the characters in a list that begins empty, and return it.",
    ),
    seconds=15,
)


def _softmax(a):
    e = np.exp(a - a.max())
    return e / e.sum()


def _surprise(drawn, p):
    """χ²: how far the numbers of the characters drawn are from those that the probabilities p lead to expect."""
    expected = len(drawn) * p
    return float(np.sum((np.bincount(drawn, minlength=len(p)) - expected) ** 2 / np.maximum(expected, 1e-300)))


def _follow(args, drawn, p):
    """Whether the draws of a case of chance follow p(logits, temperature); elsewhere there is nothing to be seen."""
    table, _, n, temperature, _ = args
    if not is_left_to_chance(*args) or is_walk(table):
        return True
    return len(drawn) == n and _surprise(drawn, p(table[0, 0], temperature)) < SURPRISE


def _right_where_certain(args, drawn):
    """Whether a case that leaves nothing to chance came out right; another one does not count."""
    if is_left_to_chance(*args):
        return True
    table, character, n, _, _ = args
    wanted = []
    for k in range(n):
        character = int(table[k % len(table), character].argmax())
        wanted.append(character)
    return list(drawn) == wanted


@sample.recognises
def always_the_most_likely(args, drawn):
    greedy = _follow(args, drawn, lambda logits, _: np.eye(len(logits))[logits.argmax()] + 1e-12)
    return _right_where_certain(args, drawn) and greedy


@sample.recognises
def greedy_below_1(args, drawn):
    """Only with draws at both sides of 1: elsewhere a right answer does the same."""
    if not is_left_to_chance(*args) or is_walk(args[0]):
        return _right_where_certain(args, drawn)
    greedy = always_the_most_likely(args, drawn)
    return greedy if args[3] < 1 else _follow(args, drawn, lambda logits, t: _softmax(logits / t))


@sample.recognises
def multiplied(args, drawn):
    return _right_where_certain(args, drawn) and _follow(args, drawn, lambda logits, t: _softmax(logits * t))


@sample.recognises
def temperature_ignored(args, drawn):
    return _right_where_certain(args, drawn) and _follow(args, drawn, lambda logits, _: _softmax(logits))


@sample.recognises
def all_alike(args, drawn):
    return _follow(args, drawn, lambda logits, _: np.full(len(logits), 1 / len(logits)))


@sample.recognises
def softmax_twice(args, drawn):
    return _follow(args, drawn, lambda logits, t: _softmax(_softmax(logits / t)))


@sample.recognises
def own_generator(args, drawn):
    always_alike = is_walk(args[0]) or len(set(drawn)) == 1  # of a walk one place is always drawn, not one character
    return _right_where_certain(args, drawn) and (not is_left_to_chance(*args) or always_alike)


@sample.recognises
def reads_the_most_likely(args, drawn):
    if not is_walk(args[0]):
        return _right_where_certain(args, drawn) and _follow(args, drawn, lambda logits, t: _softmax(logits / t))
    table, read, *_ = args
    for k, character in enumerate(drawn):
        logits = table[k % len(table), read]
        if not logits[character]:
            return False
        read = int(logits.argmax())
    return not goes_on_from_what_was_drawn(args[1], drawn)


@sample.property
def reads_what_was_drawn(f, rng):
    """each character is drawn from the logits that `step` gives for the one before it

    Here only two characters may follow each one. If any other follows, `step` read something else than what was drawn.
    """
    for _ in range(3):
        table, first, n, temperature, generator = draw_walk(rng)
        drawn = f(table, first, n, temperature, generator)
        for before, after in zip([first, *drawn], drawn, strict=False):
            if (after - before) % 5 not in (1, 2):
                allowed = f"{(before + 1) % 5} or {(before + 2) % 5}"
                return Broken(("yours", f"{after} follows {before}"), ("expected", f"{allowed} follows {before}"))
    return True


@sample.property
def follows_the_probabilities(f, rng):
    """each character comes as often as softmax(logits / temperature) says

    Draw 1200 characters from four logits that never change, and count. Chance alone makes a right answer fail less than
    once in 10⁸ checks.
    """
    for temperature in (0.5, 1.0, 2.5):
        args = draw_chances(rng, temperature)
        drawn, logits = f(*args), args[0][0, 0]
        if not _follow(args, drawn, lambda logits, t: _softmax(logits / t)):
            expected = DRAWS * _softmax(logits / temperature)
            return Broken(
                ("yours", _times(np.bincount(drawn, minlength=len(logits)))), ("expected, about", _times(expected))
            )
    return True


def _times(counts):
    """How often each character came, in words."""
    return f"character {', '.join(f'{k}: {count:.0f}' for k, count in enumerate(counts))} times"


@sample.property
def each_draw_is_a_new_one(f, rng):
    """what is drawn at one step says nothing about the next

    Draw from the `rng` that was passed in at each step: a generator that you make again with a seed repeats itself.
    """
    table, first, n, temperature, generator = draw_chances(rng, 1.0)
    table = np.zeros_like(table)
    drawn = np.array(f(table, first, n, temperature, generator))
    pairs = np.bincount(4 * drawn[:-1] + drawn[1:], minlength=16)
    expected = (n - 1) / 16
    return np.sum((pairs - expected) ** 2) / expected < 130  # pairs overlap: about 1 of 10¹² samples


def draws_of_a_cycle(step, h, first, n, temperature, rng):
    drawn, character = [], first
    turn = (np.arange(n) * 0.618033988749895) % 1
    for k in range(n):
        logits, h = step(character, h)
        if temperature == 0:
            character = int(np.argmax(logits))
        else:
            p = np.exp((logits - logits.max()) / temperature)
            character = int(np.searchsorted(np.cumsum(p / p.sum()), turn[k]))
        drawn.append(min(character, len(logits) - 1))
    return drawn


@sample.property(broken_by=draws_of_a_cycle)
def follows_the_seed(f, rng):
    """generators with different seeds write different texts, and with the same seed the same

    Draw from `rng` alone: not from `np.random`, and not from a generator of your own.
    """
    table, first, n, _, _ = draw_chances(rng, 1.0, n=60)
    one, two, other = (list(f(table, first, n, 1.0, np.random.default_rng(seed))) for seed in (1, 1, 2))
    if one == two != other:
        return True
    beginnings = (("with seed 1", one), ("with seed 1 again", two), ("with seed 2", other))
    return Broken(*((f"yours, {which}", f"{drawn[:8]} …") for which, drawn in beginnings))


@sample.also_right
def by_cumulative_sums(step, h, first, n, temperature, rng):
    drawn = []
    for _ in range(n):
        logits, h = step(drawn[-1] if drawn else first, h)
        if not temperature:
            drawn.append(int(logits.argmax()))
            continue
        p = np.exp((logits - np.max(logits)) / temperature)
        drawn.append(int((np.cumsum(p) < rng.random() * p.sum()).sum()))
    return drawn


@sample.also_right
def by_gumbel_noise(step, h, first, n, temperature, rng):
    characters = [first]
    while len(characters) <= n:
        logits, h = step(characters[-1], h)
        noise = temperature * rng.gumbel(size=len(logits))
        characters.append(int(np.argmax(logits + noise)))
    return characters[1:]


@sample.also_right
def by_powers_of_probabilities(step, h, first, n, temperature, rng):
    c, out = first, []
    for _ in range(n):
        a, h = step(c, h)
        log_p = a - np.logaddexp.reduce(a)
        if temperature == 0:
            c = list(a).index(max(a))
        else:
            p = np.exp(log_p / temperature - np.max(log_p / temperature))
            c = int(np.argmax(rng.multinomial(1, p / np.sum(p))))
        out.append(c)
    return out
