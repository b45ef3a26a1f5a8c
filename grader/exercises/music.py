"""Lesson 17: notes become a piano roll, a roll is moved to another key, frames are judged and drawn."""

from pathlib import Path
from statistics import NormalDist

import numpy as np

import gru_ref
from grader.answer.uses import move_into_a_new_array
from grader.exercises.exercise import Broken, Exercise
from gru_ref.notes import KEYS

LESSON = "17_music"
MISTAKES = Path(__file__).with_name(LESSON)


# ------------------------------------------------------------------------------------------------------- piano_roll


def draw_parts(rng, step=None):
    """Arguments (parts, step): three voices with rests and notes that begin and end within frames, and a unison.

    The last voice ends last, some notes are too short to be seen, and one is held through several frames.
    """
    step = int(rng.choice([3, 4, 5])) if step is None else step
    parts = []
    for voice in range(3):
        now, notes = int(rng.integers(0, 3)), []
        for length in rng.permutation([1, 2, step, 2 * step, 3 * step + 1, step - 1]):
            notes.append((now, int(length), int(rng.integers(40, 90)) - 9 * voice))
            now += int(length) + int(rng.integers(0, 3))
        parts.append(notes)
    start, length, pitch = parts[0][3]
    parts[1] = [note for note in parts[1] if note[0] + note[1] <= start or note[0] >= start + length]
    parts[1] = sorted([*parts[1], (start, length, pitch)])  # the unison
    end = max(a + b for part in parts for a, b, _ in part)
    parts[2].append((end + 1, 2 * step + 2, int(rng.integers(40, 60))))
    return parts, step


piano_roll = Exercise(
    reference=gru_ref.piano_roll,
    known=MISTAKES / "piano_roll.md",
    inputs=draw_parts,
    axes="T keys",
    edges=(
        ([[(0, 4, 72), (4, 2, 74), (6, 2, 76)], [(0, 8, 60)]], 4),  # to work by hand
        ([[(0, 6, 64), (6, 6, 64)], [(3, 3, 64), (8, 4, 50)]], 3),  # a unison, and a key struck again
        ([[(0, 2, 21)], [(2, 4, 108)]], 2),  # the lowest key and the highest
        (
            [[(0, 1.5, 60), (1.5, 0.5, 62), (2, 2, 64)], [], [(0, 3.5, 48)]],
            1,
        ),  # thirty-seconds, and a voice that is silent
        (
            [[(0, 0.5, 60), (0.5, 2, 62), (2.5, 1.5, 64)], [(0, 8, 48)]],
            2,
        ),  # thirty-seconds between frames, and the note that ends last begins first
        ([[(5, 6, 70)]], 4),  # the music does not fill the last frame
        ([[(0, 4, 67)]], 4),  # one frame
        ([[(4, 4, 60), (0, 3, 62)], [(0, 2, 48)]], 2),  # a voice whose notes are not sorted
    ),
    refusals=(
        ([[(0, 4, 60)], [(4, 4, 20)]], 4),
        ([[(0, 4, 109)]], 4),
        ([[(0, 2, 64)], [(0, 2, -3)]], 2),
    ),
    hints=(
        "Row t shows sixteenth t · step. How many rows? The last note ends at the largest start + length of *all* notes: "
        "divide it by step, and round up.",
        "A note is down in the rows with start ≤ t · step < start + length. So its first row is start / step rounded *up*, and "
        "its rows end before (start + length) / step, rounded up as well. `math.ceil` rounds up and gives an integer.",
        "Column `pitch - 21`, and nothing is added: `roll[first:end, pitch - 21] = 1.0`. Before that, refuse a pitch below 21 "
        "or above 108 with `raise ValueError(…)`; NumPy would take −1 for the last column.",
    ),
)


@piano_roll.property
def the_order_of_voices_and_notes_does_not_matter(f, rng):
    """the order of the voices, and of the notes in a voice, does not matter

    A roll only says which keys are down.
    """
    parts, step = draw_parts(rng)
    shuffled = [
        [part[k] for k in rng.permutation(len(part))] for part in (parts[v] for v in rng.permutation(len(parts)))
    ]
    return np.array_equal(f(shuffled, step), f(parts, step))


@piano_roll.property
def a_frame_later_is_a_row_further_down(f, rng):
    """music that begins `step` sixteenths later is the same roll, with a silent frame before it

    Add `step` to every start: every row moves down by one.
    """
    parts, step = draw_parts(rng)
    later = [[(start + step, length, pitch) for start, length, pitch in part] for part in parts]
    roll = f(parts, step)
    return np.array_equal(f(later, step), np.concatenate([np.zeros((1, roll.shape[1])), roll]))


@piano_roll.property
def larger_steps_leave_rows_out(f, rng):
    """with steps of 2 the roll has every second row of the roll with steps of 1

    A larger step looks less often. It does not look at anything else.
    """
    parts, _ = draw_parts(rng)
    return np.array_equal(f(parts, 2), f(parts, 1)[::2])


@piano_roll.also_right
def key_by_key(parts, step):
    notes = [note for part in parts for note in part]
    if any(pitch < 21 or pitch > 108 for _, _, pitch in notes):
        raise ValueError("outside the keyboard")
    T = int(np.ceil(max(start + length for start, length, _ in notes) / step))
    times = step * np.arange(T)
    roll = np.zeros((T, 88), bool)
    for start, length, pitch in notes:
        roll[:, pitch - 21] |= (start <= times) & (times < start + length)
    return roll.astype(float)


@piano_roll.also_right
def frame_by_frame(parts, step):
    rows, t = [], 0
    last = max(start + length for part in parts for start, length, _ in part)
    while t < last:
        row = np.zeros(88)
        for part in parts:
            for start, length, pitch in part:
                if not 0 <= pitch - 21 < 88:
                    raise ValueError(f"pitch {pitch}")
                if start <= t < start + length:
                    row[pitch - 21] = 1
        rows.append(row)
        t += step
    return np.array(rows)


# -------------------------------------------------------------------------------------------------------- transpose


def draw_roll(rng, T=None):
    """Arguments (roll, semitones): more frames than the distance, chords that are not symmetric, and not too near the edges."""
    T = int(rng.integers(5, 8)) if T is None else T
    roll = np.zeros((T, KEYS))
    for row in roll:
        row[rng.choice(np.arange(20, 66), 4, replace=False)] = 1
    return roll, int(rng.choice([-7, -5, -3, 2, 4, 6]))


def chord(*keys):
    roll = np.zeros((2, KEYS))
    roll[0, list(keys)] = 1
    roll[1, keys[0]] = 1
    return roll


transpose = Exercise(
    reference=gru_ref.transpose,
    known=MISTAKES / "transpose.md",
    use=move_into_a_new_array,
    inputs=draw_roll,
    axes="T keys",
    edges=(
        (chord(39, 43, 46), 2),  # C, E, G become D, F♯, A
        (chord(39, 43, 46), 0),
        (chord(5, 80), 7),  # up to the highest key
        (chord(5, 80), -5),  # down to the lowest
        (chord(0, 1), 86),
        (chord(30, 40, 44)[:1], -3),  # one frame
        (np.zeros((3, KEYS)), 90),  # silence may go anywhere
        (np.zeros((2, KEYS)), -12),
    ),
    refusals=(
        (chord(5, 80), 8),
        (chord(5, 80), -6),
        (chord(5, 80)[::-1], 8),  # in the second frame alone
        (chord(80, 5)[::-1], -6),
        (chord(40), 48),
        (chord(87), 1),
        (chord(0), -1),
        (chord(40), 200),
    ),
    hints=(
        "A new array of zeros, as large as the roll. What was in column k goes into column k + semitones, in the same row.",
        "`rows, keys = np.nonzero(roll)` lists where the ones are. Then `moved[rows, keys + semitones] = 1.0`.",
        "Before you write them, look at `keys + semitones`: if one is below 0 or above 87, raise a ValueError. With no note at "
        "all there is no smallest one: `np.any` of a comparison works for that, too. `np.roll` is a trap: it lets notes reappear "
        "at the other end.",
    ),
)


@transpose.property
def up_and_down_again_is_the_same(f, rng):
    """up and down again by as many semitones is the same music

    Nothing is lost on the way.
    """
    roll, semitones = draw_roll(rng)
    return np.array_equal(f(f(roll, semitones), -semitones), roll)


@transpose.property
def no_note_is_lost_or_added(f, rng):
    """each frame has as many notes as before

    Whoever moves a choir up does not send anybody home.
    """
    roll, semitones = draw_roll(rng)
    return np.array_equal(f(roll, semitones).sum(axis=1), roll.sum(axis=1))


@transpose.also_right
def by_slices(roll, semitones):
    K = roll.shape[1]
    moved = np.zeros_like(roll)
    if not roll.any():
        return moved
    low, high = np.flatnonzero(roll.any(axis=0))[[0, -1]]
    if low + semitones < 0 or high + semitones >= K:
        raise ValueError("a note would leave the keyboard")
    moved[:, low + semitones : high + semitones + 1] = roll[:, low : high + 1]
    return moved


@transpose.also_right
def by_a_roll_that_is_checked(roll, semitones):
    keys = np.where(roll)[1] + semitones
    if (keys < 0).any() or (keys > 87).any():
        raise ValueError(f"{semitones} semitones are too many")
    return np.roll(roll, semitones, axis=1)


# -------------------------------------------------------------------------------------------------------- frame_nll


def draw_batch(rng, sizes=None):
    """Arguments (logits, roll, mask): pieces of different lengths, and in the padding logits and notes that must not count."""
    T, B, K = (int(rng.integers(5, 7)), 3, 8) if sizes is None else sizes
    lengths = np.array([T, max(T - 3, 1), max(T - 1, 1), 1, 1])[:B][rng.permutation(B)] if B > 1 else np.array([T])
    mask = (np.arange(T)[:, None] < lengths).astype(float)
    return rng.normal(-0.7, 2, (T, B, K)), (rng.random((T, B, K)) < 0.4).astype(float), mask


def settled_batch(seed, *sizes):
    return draw_batch(np.random.default_rng(seed), sizes)


def with_large_logits():
    _, roll, mask = settled_batch(3, 4, 2, 5)
    return np.where(roll > 0, 1, -1) * 1000.0 * np.where(np.arange(5) == 2, -1, 1), roll, mask


def without_frames(rng):
    logits, roll, mask = draw_batch(rng)
    return logits, roll, 0 * mask


frame_nll = Exercise(
    reference=gru_ref.frame_nll,
    known=MISTAKES / "frame_nll.md",
    inputs=draw_batch,
    edges=(
        (np.zeros((2, 1, 3)), np.array([[[1.0, 0, 0]], [[0, 1, 1]]]), np.ones((2, 1))),  # by hand: 3 ln 2
        (
            np.zeros((2, 2, 2)),
            np.array([[[1.0, 0], [0, 1]], [[1, 1], [0, 0]]]),
            np.array([[1.0, 1], [1, 0]]),
        ),  # 2 ln 2, whatever the padding
        settled_batch(1, 1, 1, 1),
        settled_batch(2, 5, 1, 4),
        settled_batch(4, 1, 4, 3),
        with_large_logits(),
    ),
    refusals=(without_frames,),
    quiet=True,
    hints=(
        "Key by key, the negative log likelihood is −ln σ(a) where the key is down and −ln(1 − σ(a)) where it is not. Sum over "
        "the last axis: that is (T, B), one number for each frame.",
        "1 − σ(a) = σ(−a), and −ln σ(a) = ln(1 + e^−a) = `np.logaddexp(0, -a)`, for every a without overflow. So both cases are "
        "`np.logaddexp(0, logits) - roll * logits`.",
        "Multiply the (T, B) sums by the mask, add everything up, and divide by the number of real frames, `mask.sum()`. If "
        "that is 0, raise a ValueError.",
    ),
)


@frame_nll.property
def padding_does_not_count(f, rng):
    """more padding changes nothing

    Add two padded frames to every piece, with any logits and notes in them, and a piece that is nothing but padding.
    """
    logits, roll, mask = draw_batch(rng)
    more = (0, 2), (0, 1)  # frames, and pieces
    longer = [np.pad(array, (*more, (0, 0)), constant_values=filled) for array, filled in ((logits, -4.0), (roll, 1.0))]
    return np.isclose(f(*longer, np.pad(mask, more)), f(logits, roll, mask))


@frame_nll.property
def two_batches_weigh_by_their_frames(f, rng):
    """of two batches together it is the mean, weighed by their numbers of frames

    Total over all frames, divided by all frames. How the pieces are put into batches must not matter.
    """
    a, b = draw_batch(rng), draw_batch(rng)
    T = min(len(a[0]), len(b[0]))
    a, b = [x[:T] for x in a], [x[:T] for x in b]
    n, m = a[2].sum(), b[2].sum()
    together = f(*(np.concatenate(pair, axis=1) for pair in zip(a, b, strict=True)))
    return np.isclose(together, (n * f(*a) + m * f(*b)) / (n + m))


@frame_nll.property
def all_frames_together_are_certain(f, rng):
    """the probabilities of all frames that could come sum to 1

    With 3 keys there are 8 frames. exp(−nll) is the probability of one of them.
    """
    logits = rng.normal(0, 1.5, (1, 1, 3))
    frames = [np.array([[[a, b, c]]], float) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    return np.isclose(sum(np.exp(-f(logits, frame, np.ones((1, 1)))) for frame in frames), 1)


@frame_nll.also_right
def by_signs(logits, roll, mask):
    if mask.sum() == 0:
        raise ValueError("no real frame")
    signs = 1 - 2 * roll
    return np.logaddexp(0, signs * logits).sum(axis=-1)[mask > 0].mean()


@frame_nll.also_right
def piece_by_piece(logits, roll, mask):
    nats, frames = 0.0, 0
    for b in range(mask.shape[1]):
        for t in range(mask.shape[0]):
            if mask[t, b]:
                a, x = logits[t, b], roll[t, b]
                nats += np.sum(np.maximum(a, 0) - a * x + np.log1p(np.exp(-np.abs(a))))
                frames += 1
    if frames == 0:
        raise ValueError("no frames at all")
    return nats / frames


# ----------------------------------------------------------------------------------------------------- sample_frame

# Cases of chance have four logits, a quarter of the keys each, so that one call shows how often a key is down.
GROUPS, EACH = np.array([1.1, 0.4, -0.6, -1.6]), 500
MANY = 40  # so many keys, drawn where nothing should be, show it
SURPRISE = 50.0  # of χ² with 4 degrees of freedom: by chance less than once in 10⁹


def draw_certain(rng, temperature=None):
    """Arguments (logits, temperature, rng) that leave nothing to chance: each logit is far from 0, compared with the temperature."""
    K = MANY if temperature == 0 else int(rng.integers(6, 10))
    temperature = float(rng.choice([0.5, 1.0, 2.0])) if temperature is None else temperature
    signs = np.where(np.arange(K) % 3 == rng.integers(0, 3), 1, -1)
    size = rng.uniform(60, 90, K) * temperature if temperature else rng.uniform(0.1, 3, K)
    return signs * size, temperature, np.random.default_rng(rng.integers(2**32))


def draw_chances(rng, temperature):
    return np.repeat(GROUPS, EACH), temperature, np.random.default_rng(rng.integers(2**32))


def is_left_to_chance(logits, temperature, rng):
    return temperature > 0 and bool(np.abs(logits).min() / temperature < 40)


def settled(draw, seed, temperature):
    return draw(np.random.default_rng(seed), temperature)


sample_frame = Exercise(
    reference=gru_ref.sample_frame,
    known=MISTAKES / "sample_frame.md",
    inputs=draw_certain,
    axes="keys",
    chance=is_left_to_chance,
    quiet=True,
    edges=(
        (np.array([2.0, -1.0, 0.3, 0.0, -0.2]), 0.0, np.random.default_rng(0)),
        settled(draw_certain, 1, 0.0),
        settled(draw_certain, 2, 0.01),
        settled(draw_chances, 3, 0.5),
        settled(draw_chances, 4, 2.5),
        (np.array([-3.0]), 0.0, np.random.default_rng(5)),
    ),
    hints=(
        "Each key has a probability of its own, σ(logit / temperature). They do not sum to 1: about four of 88 keys are down.",
        "`rng.random(len(logits))` draws a number from 0 to 1 for each key. It is below p with the probability p.",
        "Ask for `temperature == 0` first: then a key is down if its logit is above 0. `(… < …).astype(float)` makes 0.0 and 1.0 "
        "of a comparison.",
    ),
    seconds=10,
)


def _sigmoid(a):
    return 1 / (1 + np.exp(-np.clip(a, -500, 500)))


def _follow(args, frame, p):
    """Whether a frame may have been drawn with p(logits, temperature): its counts where that is left to chance, else each key
    that is certain. At a temperature of 0 p says nothing.
    """
    logits, temperature, _ = args
    frame = np.asarray(frame, float)
    if frame.shape != logits.shape or not np.isin(frame, (0, 1)).all():
        return False
    if temperature == 0:
        return np.array_equal(frame, logits > 0)
    if not is_left_to_chance(*args):
        expected = np.broadcast_to(p(logits, temperature), logits.shape)
        return bool((np.abs(frame - expected)[np.abs(expected - 0.5) > 0.4999] < 0.01).all())
    expected = np.clip(np.broadcast_to(p(GROUPS, temperature), 4), 1e-9, 1 - 1e-9)
    down = frame.reshape(4, EACH).sum(axis=1)
    return bool(np.sum((down - EACH * expected) ** 2 / (EACH * expected * (1 - expected))) < SURPRISE)


@sample_frame.recognises
def always_the_likelier(args, frame):
    return _follow(args, frame, lambda a, _: (a > 0).astype(float))


@sample_frame.recognises
def multiplied(args, frame):
    return _follow(args, frame, lambda a, t: _sigmoid(a * t))


@sample_frame.recognises
def temperature_ignored(args, frame):
    return _follow(args, frame, lambda a, _: _sigmoid(a))


@sample_frame.recognises
def probability_divided(args, frame):
    return _follow(args, frame, lambda a, t: np.minimum(_sigmoid(a) / t, 1))


@sample_frame.recognises
def coin(args, frame):
    return _follow(args, frame, lambda a, _: np.full(len(a), 0.5))


@sample_frame.recognises
def no_sigmoid(args, frame):
    return _follow(args, frame, lambda a, t: np.clip(a / t, 0, 1))


@sample_frame.recognises
def normal_draws(args, frame):
    return _follow(args, frame, lambda a, t: np.vectorize(NormalDist().cdf)(_sigmoid(a / t)))


@sample_frame.recognises
def one_draw_for_all(args, frame):
    """One number for all keys: of the keys with the same logit all are down, or none."""
    if not is_left_to_chance(*args):
        return _follow(args, frame, lambda a, t: _sigmoid(a / t))
    frame = np.asarray(frame, float)
    return frame.shape == args[0].shape and bool((np.ptp(frame.reshape(4, EACH), axis=1) == 0).all())


@sample_frame.recognises
def probabilities(args, frame):
    logits, temperature, _ = args
    expected = _sigmoid(logits / temperature) if temperature else (logits > 0).astype(float)
    return np.shape(frame) == logits.shape and np.allclose(frame, expected)


@sample_frame.recognises
def drawn_at_0(args, frame):
    logits, temperature, _ = args
    if temperature:
        return _follow(args, frame, lambda a, t: _sigmoid(a / t))
    if np.shape(frame) != logits.shape or not np.isin(frame, (0, 1)).all():
        return False
    return len(logits) < MANY or not np.array_equal(frame, logits > 0)  # few keys may be right by chance


@sample_frame.recognises
def greedy_below_1(args, frame):
    return _follow(args, frame, lambda a, t: (a > 0).astype(float) if t < 1 else _sigmoid(a / t))


@sample_frame.recognises
def own_generator(args, frame):
    logits, temperature, _ = args
    if not is_left_to_chance(*args):
        return _follow(args, frame, lambda a, t: _sigmoid(a / t))
    same = np.random.default_rng(0).random(len(logits)) < _sigmoid(logits / temperature)
    return np.array_equal(frame, same)


@sample_frame.recognises
def softmax_drawn(args, frame):
    return _follow(args, frame, _shared)


def _shared(logits, temperature):
    """Softmax over all keys, EACH of which has a logit of GROUPS where it is left to chance."""
    p = np.exp((logits - logits.max()) / temperature)
    return p / p.sum() / (EACH if logits is GROUPS else 1)


@sample_frame.recognises
def one_key(args, frame):
    logits, temperature, _ = args
    if np.shape(frame) != logits.shape or not np.isin(frame, (0, 1)).all():
        return False
    return np.array_equal(frame, logits > 0) if temperature == 0 else np.sum(frame) == 1


@sample_frame.recognises
def shifted(args, frame):
    return _follow(args, frame, lambda a, t: _sigmoid((a - a.max()) / t))


@sample_frame.recognises
def power(args, frame):
    return _follow(args, frame, lambda a, t: _sigmoid(a) ** (1 / t))


@sample_frame.property
def each_key_comes_as_often_as_its_probability_says(f, rng):
    """each key is down as often as σ(logit / temperature) says

    2000 keys with four different logits are drawn, and counted. Chance alone makes a right answer fail less than once in
    10⁸ checks.
    """
    for temperature in (0.5, 1.0, 2.5):
        args = draw_chances(rng, temperature)
        frame = np.asarray(f(*args), float)
        if not _follow(args, frame, lambda a, t: _sigmoid(a / t)):
            expected = EACH * _sigmoid(GROUPS / temperature)
            return Broken(
                ("yours", _times(frame.reshape(4, EACH).sum(axis=1), temperature)),
                ("expected, about", _times(expected, temperature)),
            )
    return True


def _times(counts, temperature):
    said = ", ".join(f"{logit}: {count:.0f}" for logit, count in zip(GROUPS, counts, strict=True))
    return f"at temperature {temperature}, of {EACH} keys with the logit {said} are down"


@sample_frame.property
def keys_are_drawn_independently(f, rng):
    """whether a key is down says nothing about its neighbour

    Draw a number of its own for each key.
    """
    frame = np.asarray(f(np.zeros(2000), 1.0, np.random.default_rng(rng.integers(2**32))), float)
    together = np.bincount((2 * frame[:-1] + frame[1:]).astype(int), minlength=4)
    return np.sum((together - 1999 / 4) ** 2) / (1999 / 4) < 80


@sample_frame.property
def only_the_quotient_matters(f, rng):
    """logits and temperature that are both 8 times as large, or 64 times as small, change nothing

    A key's probability is σ(logit / temperature), however low the temperature is. Only at exactly 0 is nothing drawn.
    """
    for scale in (8.0, 1 / 64):
        logits, temperature, generator = draw_chances(rng, scale)
        down = np.asarray(f(scale * logits, temperature, generator), float).reshape(4, EACH).sum(axis=1)
        p = _sigmoid(GROUPS)
        if np.sum((down - EACH * p) ** 2 / (EACH * p * (1 - p))) > SURPRISE:
            return False
    return True


@sample_frame.property
def what_is_rare_is_rare(f, rng):
    """a key with a logit of −8 is hardly ever down, and one with a logit of 8 is hardly ever up

    σ(−8) is 0.0003. Among 20,000 such keys about 7 are a surprise; more than 40 come less than once in 10¹⁵ checks.
    """
    logits = np.repeat([-8.0, 8.0], 10_000)
    frame = np.asarray(f(logits, 1.0, np.random.default_rng(rng.integers(2**32))))
    return np.count_nonzero(frame != (logits > 0)) <= 40


def threshold_in_the_middle(logits, temperature, rng):
    if temperature == 0:
        return (logits > 0).astype(float)
    turn = (np.arange(len(logits)) * 0.618033988749895) % 1
    return (turn < 1 / (1 + np.exp(-np.clip(logits / temperature, -500, 500)))).astype(float)


@sample_frame.property(broken_by=threshold_in_the_middle)
def follows_the_generator(f, rng):
    """generators with different seeds draw different frames, and with the same seed the same

    All chance comes from the `rng` that was passed in.
    """
    logits, seed = np.repeat(GROUPS, 50), int(rng.integers(2**31))
    first, again, other = (np.asarray(f(logits, 1.0, np.random.default_rng(s))) for s in (seed, seed, seed + 1))
    return np.array_equal(first, again) and not np.array_equal(first, other)


@sample_frame.also_right
def by_binomial(logits, temperature, rng):
    if temperature == 0:
        return np.where(logits > 0, 1.0, 0.0)
    p = 1 / (1 + np.exp(-np.clip(logits / temperature, -700, 700)))
    return rng.binomial(1, p).astype(float)


@sample_frame.also_right
def key_after_key(logits, temperature, rng):
    frame = np.zeros(len(logits))
    for k, a in enumerate(logits):
        if temperature == 0:
            frame[k] = a > 0
        else:
            p = np.exp(-np.logaddexp(0, -a / temperature))
            frame[k] = rng.uniform() < p
    return frame
