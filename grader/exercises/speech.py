"""Lesson 16: a wave becomes log-mel frames, a path of classes becomes digits, and errors are counted."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.causality import sees_no_future
from grader.exercises.exercise import Exercise
from grader.exercises.tolerances import LOG_SPECTRA

LESSON = "16_speech"
MISTAKES = Path(__file__).with_name(LESSON)


# ----------------------------------------------------------------------------------------------------------- frames


def draw_wave(rng):
    """Arguments (wave, size, hop): frames overlap, something is left over, and no two sizes are the same."""
    size = int(rng.integers(7, 11))
    hop = int(rng.choice([h for h in (3, 4, 5) if h != size - h]))
    N = size + hop * int(rng.integers(4, 7)) + int(rng.integers(1, hop))
    return rng.normal(0.5, 1, N), size, hop


def settled_wave(seed, N, size, hop):
    return np.random.default_rng(seed).normal(0.5, 1, N), size, hop


frames = Exercise(
    reference=gru_ref.frames,
    known=MISTAKES / "frames.md",
    inputs=draw_wave,
    axes="T size",
    edges=(
        (np.arange(1.0, 8.0), 4, 2),  # to work by hand
        settled_wave(1, 20, 8, 4),  # the last frame ends with the wave
        settled_wave(2, 6, 6, 4),  # one frame
        settled_wave(3, 31, 5, 9),  # samples between the frames
        settled_wave(4, 12, 4, 4),  # no overlap
        settled_wave(5, 9, 1, 2),
    ),
    refusals=(
        (np.arange(1.0, 5.0), 5, 2),
        lambda rng: (rng.normal(0, 1, 6), 9, 4),
    ),
    hints=(
        "Frame t begins at sample t · hop and has `size` samples: `wave[t * hop : t * hop + size]`.",
        "How many fit? The last frame begins at N − size or before, so count the multiples of hop from 0 to there. Work it out "
        "for N = size, and for N = size + hop.",
        "`np.stack` of a list of frames makes one array, a row for each. Before all that, refuse a wave that is shorter than a "
        "frame.",
    ),
)


@frames.property
def no_sample_from_the_future(f, rng):
    """no frame uses a sample from after its end

    Change everything after a frame, and the frame must stay as it is: a network that listens while somebody speaks cannot
    know what comes.
    """
    wave, size, hop = draw_wave(rng)
    return sees_no_future(lambda w: f(w, size, hop), wave, rng, seen=lambda t: t * hop + size)


@frames.property
def neighbours_share_what_overlaps(f, rng):
    """the end of a frame is the beginning of the next, from `hop` samples on

    Row t without its first `hop` samples is row t + 1 without its last ones.
    """
    wave, size, hop = draw_wave(rng)
    cut = f(wave, size, hop)
    return np.array_equal(cut[:-1, hop:], cut[1:, : size - hop])


@frames.property
def a_hop_of_the_size_cuts_without_a_gap(f, rng):
    """with hop = size the frames, laid end to end, are the wave

    Then nothing overlaps, and nothing is left out but the last samples.
    """
    wave, size, _ = draw_wave(rng)
    cut = f(wave, size, size)
    return np.array_equal(cut.ravel(), wave[: len(wave) // size * size])


@frames.also_right
def by_places(wave, size, hop):
    T = (len(wave) - size) // hop + 1
    if T < 1:
        raise ValueError("shorter than a frame")
    return wave[hop * np.arange(T)[:, None] + np.arange(size)]


@frames.also_right
def by_sliding_windows(wave, size, hop):
    if len(wave) < size:
        raise ValueError(f"{len(wave)} samples, but a frame has {size}")
    return np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]


@frames.also_right
def frame_by_frame(wave, size, hop):
    rows, start = [], 0
    while start + size <= len(wave):
        rows.append(wave[start : start + size])
        start += hop
    if not rows:
        raise ValueError("not even one frame")
    return np.array(rows)


# ---------------------------------------------------------------------------------------------------------- log_mel

# One formula and one set of cases serve log-mel of small frames: drawn filters overlap as mel filters do, and none is alike.


def draw_frames(rng, sizes=None):
    """Arguments (cut, filters): frames of different loudness, whose bands are all well above the floor."""
    T, size, n = sizes or (int(rng.integers(3, 6)), int(rng.choice([20, 22, 24])), int(rng.integers(7, 9)))
    cut = rng.normal(0.2, 1, (T, size)) * 10 ** rng.uniform(-2, 0.3, (T, 1))
    return cut, draw_filters(rng, n, size // 2 + 1)


def draw_filters(rng, n, frequencies):
    """Triangles with a peak of 1 each, some wide and some narrow."""
    peaks = np.linspace(1, frequencies - 2, n)[:, None]
    width = 1.5 + 2 * np.linspace(0, 1, n)[:, None] + rng.uniform(0, 0.3, (n, 1))
    return np.maximum(0, 1 - np.abs(np.arange(frequencies) - peaks) / width)


def frames_with_silence():
    cut, filters = draw_frames(np.random.default_rng(1), (4, 22, 7))
    cut[1:3] = 0
    return cut, filters


def speech_frames():
    """Frames of 25 ms with a loudness that rises and falls, and the real mel filters."""
    rng = np.random.default_rng(2)
    noise = np.cumsum(rng.normal(0, 0.1, 1000)) * 0.1 + rng.normal(0, 0.2, 1000)
    wave = noise * (0.1 + np.sin(np.linspace(0, np.pi, 1000)))
    return gru_ref.frames(wave, 200, 80), gru_ref.mel_filters(20, 200, 8000)


log_mel = Exercise(
    reference=gru_ref.log_mel,
    known=MISTAKES / "log_mel.md",
    inputs=draw_frames,
    axes="T n",
    **LOG_SPECTRA,
    edges=(
        speech_frames(),
        frames_with_silence(),
        draw_frames(np.random.default_rng(3), (1, 20, 7)),
        draw_frames(np.random.default_rng(5), (3, 20, 1)),
        draw_frames(np.random.default_rng(4), (4, 21, 7)),  # an odd size has no highest frequency of its own
    ),
    quiet=True,
    hints=(
        "The window first: `np.arange(size) / size` goes once round, and ½ − ½ cos(2π · that) is 0, rises to 1 and falls again. "
        "It multiplies every row of `cut`.",
        "`np.fft.rfft` transforms each row, to size // 2 + 1 complex numbers. Take the square of their absolute values.",
        "`power @ filters.T` is (T, n). Put the floor below it with `np.maximum`, and take `np.log` last.",
    ),
)


@log_mel.property
def no_frame_from_the_future(f, rng):
    """no row depends on a frame that comes later

    Neither the mean nor the loudest sound of the whole clip is known while somebody still speaks.
    """
    cut, filters = draw_frames(rng, (6, 20, 7))
    return sees_no_future(lambda c: f(c, filters), cut, rng, seen=lambda t: t + 1)


@log_mel.property
def ten_times_as_loud_is_two_log_ten_more(f, rng):
    """a sound that is ten times as loud has 2 ln 10 more in every band

    Ten times the amplitude is a hundred times the power.
    """
    cut, filters = draw_frames(rng)
    return np.allclose(f(10 * cut, filters) - f(cut, filters), 2 * np.log(10), rtol=0, atol=0.01)


@log_mel.property
def twice_the_filters_is_log_two_more(f, rng):
    """filters that are twice as high have ln 2 more in every band

    The filters gather power, before the logarithm is taken.
    """
    cut, filters = draw_frames(rng)
    return np.allclose(f(cut, 2 * filters) - f(cut, filters), np.log(2), rtol=0, atol=0.01)


@log_mel.also_right
def by_a_table_of_waves(cut, filters):
    size = cut.shape[1]
    j = np.arange(size)
    waves = np.exp(-2j * np.pi * np.outer(j, np.arange(size // 2 + 1)) / size)
    spectrum = (cut * np.sin(np.pi * j / size) ** 2) @ waves
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(np.clip(np.einsum("tf,nf->tn", power, filters), 1e-10, None))


@log_mel.also_right
def in_float32(cut, filters):
    size = cut.shape[1]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    spectrum = np.fft.rfft(cut.astype(np.float32) * window)
    power = (np.abs(spectrum) ** 2).astype(np.float32)
    return np.log(np.maximum(power @ filters.T.astype(np.float32), np.float32(1e-10)))


@log_mel.also_right
def with_the_floor_added(cut, filters):
    size = cut.shape[1]
    window = np.hanning(size + 1)[:-1]
    rows = []
    for frame in cut:
        spectrum = np.fft.fft(window * frame)[: size // 2 + 1]
        rows.append(np.log(filters @ np.abs(spectrum) ** 2 + 1e-10))
    return np.array(rows)


# ----------------------------------------------------------------------------------------------------- ctc_collapse


def draw_path(rng):
    """Arguments (path, blank): repetitions of 1 to 4 steps, a label twice in a row with a blank between, one that comes again.

    The blank is neither 0 nor the largest class, and the path begins and ends with labels.
    """
    a, b, c, blank, low, high = (int(k) for k in [*rng.permutation([1, 2, 4, 5])[:3], 3, 0, 6])
    written = [a, blank, a, b, low, blank, c, a, high, blank, blank, c] if rng.random() < 0.5 else [
        b, a, blank, a, high, c, blank, c, low, b, blank, a
    ]  # fmt: skip
    lengths = rng.permutation([1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 2, 3])
    return np.repeat(written, lengths), blank


ctc_collapse = Exercise(
    reference=gru_ref.ctc_collapse,
    known=MISTAKES / "ctc_collapse.md",
    inputs=draw_path,
    edges=(
        (np.array([0, 5, 5, 0, 5, 7]), 0),  # to work by hand
        (np.array([9, 9, 10, 9, 10, 10]), 10),
        (np.array([2, 2, 2, 2]), 1),
        (np.array([4]), 4),
        (np.array([3]), 0),
        (np.array([1, 1, 1]), 1),
        (np.array([0, 0, 2, 0]), 2),  # class 0 is a label, and comes first
    ),
    hints=(
        "Two steps, in this order: merge neighbours that are equal, then drop the blanks.",
        "Go through the path, and remember the class of the step before. A step writes its label if it is another class than "
        "the one before it, and no blank.",
        "Remember the step before it in any case, also where it was a blank: that is what lets 1 0 1 write two ones. "
        "`path.tolist()` gives plain integers.",
    ),
)


@ctc_collapse.property
def longer_is_the_same(f, rng):
    """a path in which every step comes twice writes the same labels

    How long a label lasts does not matter.
    """
    path, blank = draw_path(rng)
    return f(np.repeat(path, 2), blank) == f(path, blank)


@ctc_collapse.property
def blanks_around_change_nothing(f, rng):
    """blanks before and after the path change nothing

    Silence writes nothing.
    """
    path, blank = draw_path(rng)
    return f(np.concatenate([[blank, blank], path, [blank]]), blank) == f(path, blank)


@ctc_collapse.property
def two_paths_with_a_blank_between(f, rng):
    """two paths with a blank between them write first what one writes, and then what the other writes

    The blank keeps them apart, even if one ends with the label that the other begins with.
    """
    (path, blank), (other, _) = draw_path(rng), draw_path(rng)
    return f(np.concatenate([path, [blank], other]), blank) == f(path, blank) + f(other, blank)


@ctc_collapse.also_right
def by_groups(path, blank):
    from itertools import groupby

    return [int(label) for label, _ in groupby(path) if label != blank]


@ctc_collapse.also_right
def by_differences(path, blank):
    changes = np.flatnonzero(np.diff(path, prepend=path[0] - 1))
    return [k for k in path[changes].tolist() if k != blank]


# ----------------------------------------------------------------------------------------------- ctc_log_likelihood


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


def draw_speech(rng, T=None, target=None, C=5):
    """Arguments (log_probs, target, blank): a repetition in the target, and a blank that is neither the first nor the last."""
    blank = int(rng.integers(1, C - 1))
    labels = rng.permutation([k for k in range(C) if k != blank])
    target = labels[[0, 1, 1, 2]] if target is None else labels[target]
    T = int(rng.integers(7, 10)) if T is None else T
    return log_softmax(rng.normal(0, 1.5, (T, C))), target, blank


def settled_speech(seed, *more):
    return draw_speech(np.random.default_rng(seed), *more)


ctc_log_likelihood = Exercise(
    reference=gru_ref.ctc_log_likelihood,
    known=MISTAKES / "ctc_log_likelihood.md",
    inputs=draw_speech,
    edges=(
        (np.log(np.array([[0.5, 0.5], [0.25, 0.75]])), np.array([1]), 0),  # to work by hand: 1 − 0.5 · 0.25
        settled_speech(1, 3, [0, 1]),
        settled_speech(2, 2, [0, 1]),  # only one path
        settled_speech(3, 4, []),
        settled_speech(4, 1, [0]),
        settled_speech(5, 2, [0, 0]),  # no room for the blank between: impossible
        settled_speech(6, 3, [0, 0]),
        settled_speech(7, 3, [2, 0, 1, 0]),  # more labels than steps: impossible
        settled_speech(8, 900, [0, 1, 2, 0, 1, 1]),  # too long for plain probabilities
        settled_speech(9, 1, []),
    ),
    quiet=False,
    hints=(
        "Put a blank before, between and after the labels: 2S + 1 places. `alpha[k]`, the log probability of being in place k, "
        "starts as −∞ but for the first two places, which start with their log probabilities of step 0.",
        "For each further step, a place is reached from itself, from the one before it, and, if it is a label and not the same "
        "as the label before, from two places before. Combine these with `np.logaddexp`, then add the step's log probability "
        "of the place's class. Write into a *new* array.",
        "At the end the path is in the last blank or in the last label: `np.logaddexp.reduce` of the last two. Without a label "
        "there is one place only. Work the two-step example of the lesson out by hand, and print alpha at each step.",
    ),
    seconds=15,
)


@ctc_log_likelihood.recognises
def finite_for_the_impossible(args, result):
    right = gru_ref.ctc_log_likelihood(*args)
    return bool(np.isclose(result, right, atol=1e-6) if np.isfinite(right) else -np.inf < result < -1000)


@ctc_log_likelihood.property
def all_targets_together_are_certain(f, rng):
    """the probabilities of all targets sum to 1

    Every path writes exactly one target. With 3 steps and 2 labels there are 15 targets of at most 3 labels.
    """
    from itertools import product

    log_probs = log_softmax(rng.normal(0, 1, (3, 3)))
    targets = [np.array(t, int) + 1 for S in range(4) for t in product(range(2), repeat=S)]
    return np.isclose(np.exp([f(log_probs, target, 0) for target in targets]).sum(), 1)


@ctc_log_likelihood.property
def another_order_of_classes_is_the_same(f, rng):
    """the numbers of the classes do not matter

    Put the columns into another order, and rename the target and the blank in the same way.
    """
    log_probs, target, blank = draw_speech(rng)
    order = rng.permutation(log_probs.shape[1])
    place = np.argsort(order)
    return np.isclose(f(log_probs[:, order], place[target], int(place[blank])), f(log_probs, target, blank))


@ctc_log_likelihood.property
def backwards_is_the_same(f, rng):
    """the target read backwards, in steps read backwards, is as likely

    Every path that writes the one, read backwards, writes the other.
    """
    log_probs, target, blank = draw_speech(rng)
    return np.isclose(f(log_probs[::-1].copy(), target[::-1].copy(), blank), f(log_probs, target, blank))


@ctc_log_likelihood.also_right
def whole_steps_at_once(log_probs, target, blank):
    s = np.full(2 * len(target) + 1, blank)
    s[1::2] = target
    never = np.array([-np.inf])
    may_skip = np.zeros(len(s), bool)
    may_skip[2:] = (s[2:] != blank) & (s[2:] != s[:-2])
    alpha = np.where(np.arange(len(s)) < 2, log_probs[0, s], -np.inf)
    for row in log_probs[1:]:
        one = np.concatenate([never, alpha])[: len(s)]
        two = np.where(may_skip, np.concatenate([never, never, alpha])[: len(s)], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + row[s]
    return np.logaddexp.reduce(alpha[max(len(s) - 2, 0) :])


@ctc_log_likelihood.also_right
def with_scaling(log_probs, target, blank):
    s = [blank] + [k for label in target for k in (int(label), blank)]
    alpha, log_total = np.zeros(len(s)), 0.0
    for t, row in enumerate(np.exp(log_probs)):
        if t == 0:
            alpha[:2] = 1
        else:
            reached = alpha.copy()
            for k in range(1, len(s)):
                reached[k] += alpha[k - 1]
                if k % 2 and k >= 3 and s[k] != s[k - 2]:
                    reached[k] += alpha[k - 2]
            alpha = reached
        alpha = alpha * row[s]
        total = alpha.sum()
        if total == 0:
            return -np.inf
        alpha, log_total = alpha / total, log_total + np.log(total)
    at_end = alpha[-2:].sum()
    return float(np.log(at_end) + log_total) if at_end > 0 else float("-inf")


@ctc_log_likelihood.also_right
def by_recursion(log_probs, target, blank):
    from functools import cache

    s = [blank]
    for label in target:
        s.extend([int(label), blank])

    @cache
    def alpha(t, k):
        if k < 0:
            return -np.inf
        if t == 0:
            return log_probs[0, s[k]] if k < 2 else -np.inf
        total = np.logaddexp(alpha(t - 1, k), alpha(t - 1, k - 1))
        if s[k] != blank and k > 1 and s[k - 2] != s[k]:
            total = np.logaddexp(total, alpha(t - 1, k - 2))
        return total + log_probs[t, s[k]]

    for t in range(len(log_probs)):  # so that the recursion never goes deep
        for k in range(len(s)):
            alpha(t, k)
    last = len(log_probs) - 1
    if len(s) == 1:
        return float(alpha(last, 0))
    return float(np.logaddexp(alpha(last, len(s) - 1), alpha(last, len(s) - 2)))


# ------------------------------------------------------------------------------------------------------- error_rate


def draw_transcripts(rng):
    """Arguments (references, hypotheses): clips of different lengths, one empty, with edits of all three kinds.

    The fewest edits need an alignment; an edit at the end of a clip could be made up for at the beginning of the next one; two
    clips have their digits in another order. What each mistake gains or loses is another number of edits.
    """
    a, b, c, d, e, f = (int(k) for k in rng.permutation(10)[:6])
    clips = [
        ([a, b, c, d, e, a], [b, c, d, e, a]),  # the first one is missing
        ([d, e], [d, e, a]),  # one too many, with which the next clip begins
        ([a, c, b, c], [c, b, c]),
        ([], [f]),
        ([b, a, d, c], [a, b, c, d]),
        ([c, e], [e, c]),
        ([d, b, f], [f, b, d]),
        ([c], [f]),
    ]
    for _ in range(int(rng.integers(1, 4))):
        right = [int(k) for k in rng.integers(0, 10, rng.integers(3, 7))]
        clips.append((right, list(right)))
    return [reference for reference, _ in clips], [hypothesis for _, hypothesis in clips]


error_rate = Exercise(
    reference=gru_ref.error_rate,
    known=MISTAKES / "error_rate.md",
    inputs=draw_transcripts,
    edges=(
        ([[1, 2, 3, 4]], [[1, 3, 4]]),  # to work by hand
        ([[1], [2, 3]], [[4, 5, 6], [2, 3, 7]]),  # a rate above 1
        ([[5, 5], []], [[5, 5], []]),
        ([[0, 1, 2]], [[]]),
        ([["one", "two"], ["three"]], [["one"], ["three", "four"]]),
    ),
    refusals=(
        ([[], []], [[1], []]),
        ([[1], [2, 3]], [[1]]),
        lambda rng: ([[int(k) for k in rng.integers(0, 10, 3)]] * 2, [[1, 2]] * 3),
    ),
    hints=(
        "Two sums over all clips, and one division at the end: the edits, and the digits of the references.",
        "`gru_ref.edit_distance(reference, hypothesis)` counts the edits of one clip. An empty reference needs no special case: "
        "its edits are all insertions, and it adds no digit.",
        "Refuse two lists of different lengths, and references without a single digit, before you divide.",
    ),
)


@error_rate.property
def order_of_clips_does_not_matter(f, rng):
    """the order of the clips does not matter

    They are compared one by one, and their edits are added up.
    """
    references, hypotheses = draw_transcripts(rng)
    return np.isclose(f(references[::-1], hypotheses[::-1]), f(references, hypotheses))


@error_rate.property
def twice_the_test_is_the_same(f, rng):
    """a test set in which every clip comes twice has the same rate

    Twice as many edits, in twice as many digits.
    """
    references, hypotheses = draw_transcripts(rng)
    return np.isclose(f(references * 2, hypotheses * 2), f(references, hypotheses))


@error_rate.property
def all_right_is_0_and_silence_is_1(f, rng):
    """answers without an error have the rate 0, and empty ones the rate 1

    An empty answer lacks every digit: as many deletions as there are digits.
    """
    references, _ = draw_transcripts(rng)
    return f(references, references) == 0 and np.isclose(f(references, [[] for _ in references]), 1)


@error_rate.also_right
def by_a_loop(references, hypotheses):
    if len(references) != len(hypotheses):
        raise ValueError("one answer for each clip, please")
    wrong = count = 0
    for k in range(len(references)):
        wrong += gru_ref.edit_distance(references[k], hypotheses[k])
        count += len(references[k])
    if not count:
        raise ValueError("no reference holds a digit")
    return wrong / count


@error_rate.also_right
def with_an_own_distance(references, hypotheses):
    edits = 0
    for a, b in zip(references, hypotheses, strict=True):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            new = [i]
            for j, y in enumerate(b, 1):
                new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
            row = new
        edits += row[-1]
    tokens = sum(map(len, references))
    if tokens == 0:
        raise ValueError("nothing was said in any clip")
    return np.float64(edits) / tokens
