"""Lesson 19: a gate is fixed, half-lives are measured, states are probed, and saturated gates are counted."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import gates_of_ablated
from grader.exercises.drawing import draw_params, draw_step
from grader.exercises.exercise import THIN_STEPS, Exercise, thin

LESSON = "19_inside_the_gates"
MISTAKES = Path(__file__).with_name(LESSON)


def draw_gates(rng, *shape):
    """Gates of trained networks: many nearly closed, many nearly open, none at 0 or 1."""
    gates = 1 / (1 + np.exp(-rng.normal(0, 2.5, shape)))
    return np.clip(gates, 0.002, 0.998)


# ------------------------------------------------------------------------------------------------------- saturation


def draw_saturation(rng):
    """Arguments (gates, low, high): the limits do not add up to 1, and gates lie beside one another on both sides."""
    N, H = int(rng.integers(20, 30)), int(rng.integers(3, 6))
    gates = draw_gates(rng, N, H)
    gates[: N // 4, 0] = rng.uniform(0.005, 0.04, N // 4)
    gates[-(N // 3) :, 1] = rng.uniform(0.91, 0.99, N // 3)
    return gates, float(rng.choice([0.1, 0.15, 0.2])), float(rng.choice([0.7, 0.75]))


saturation = Exercise(
    reference=gru_ref.saturation,
    known=MISTAKES / "saturation.md",
    inputs=draw_saturation,
    parts={"below": "H", "above": "H"},
    edges=(
        (np.array([[0.05, 0.5], [0.2, 0.95], [0.02, 0.99], [0.5, 0.92]]), 0.1, 0.9),  # to work by hand
        (np.array([[0.25, 0.75], [0.5, 0.5], [0.125, 0.875], [0.25, 1.0]]), 0.25, 0.75),  # gates at the limits
        (np.array([[0.0, 1.0]]), 0.1, 0.9),
        (np.full((3, 1), 0.5), 0.1, 0.9),
        (np.linspace(0, 1, 21).reshape(7, 3), 0.0, 1.0),
    ),
    refusals=(
        (np.full((3, 2), 0.5), 0.9, 0.1),
        (np.full((3, 2), 0.5), 0.5, 0.5),
        (np.full((3, 2), 0.5), -0.1, 0.9),
        (np.full((3, 2), 0.5), 0.1, 1.5),
    ),
    hints=(
        "`gates < low` is an array of booleans, (N, H). The mean of booleans is the share of True.",
        "You want one share for each unit, so take the mean over the steps: axis 0 has N entries.",
        "Return two arrays, the shares below `low` first. Before that, refuse limits that are not 0 ≤ low < high ≤ 1.",
    ),
)


@saturation.property
def steps_in_any_order(f, rng):
    """the order of the steps does not matter

    A share counts steps, wherever they stand.
    """
    gates, low, high = draw_saturation(rng)
    one, other = f(gates, low, high), f(rng.permutation(gates), low, high)
    return all(np.allclose(a, b) for a, b in zip(one, other, strict=True))


@saturation.property
def turned_round(f, rng):
    """for 1 − gates, the shares below and above change places

    What was below `low` is above 1 − `low` then.
    """
    gates, low, high = draw_saturation(rng)
    below, above = f(gates, low, high)
    turned = f(1 - gates, 1 - high, 1 - low)
    return np.allclose(turned[0], above) and np.allclose(turned[1], below)


@saturation.also_right
def by_counting(gates, low, high):
    if not 0 <= low < high <= 1:
        raise ValueError("limits")
    N, H = gates.shape
    below, above = np.zeros(H), np.zeros(H)
    for row in gates:
        for j in range(H):
            below[j] += row[j] < low
            above[j] += row[j] > high
    return below / N, above / N


@saturation.also_right
def by_nonzero(gates, low, high):
    if low < 0 or high > 1 or low >= high:
        raise ValueError("limits")
    return tuple(np.count_nonzero(part, axis=0) / gates.shape[0] for part in (gates < low, gates > high))


# ----------------------------------------------------------------------------------------------------------- ablate


def draw_ablation(rng, gate=None, value=None, sizes=None):
    """Arguments (p, gate, value, x, h): no bias is 0, and the value is not 1/2."""
    x, h, p = draw_step(rng, sizes)
    if gate is None:
        gate = str(rng.choice(["r", "z"]))
    if value is None:
        value = float(rng.choice([0.15, 0.3, 0.8]))
    elif isinstance(value, str):
        value = rng.uniform(0.1, 0.9, h.shape[1])
    return p, gate, value, x, h


def settled_ablation(seed, gate, value):
    return draw_ablation(np.random.default_rng(seed), gate, value)


def bad_ablation(gate, value):
    """A function that draws arguments with a gate or value for which there is no answer."""

    def draw(rng):
        p, _, _, x, h = draw_ablation(rng)
        return p, gate, value, x, h

    return draw


ablate = Exercise(
    reference=gru_ref.ablate,
    known=MISTAKES / "ablate.md",
    inputs=draw_ablation,
    use=gates_of_ablated,
    parts={"r": "B H", "z": "B H", "n": "B H"},
    atol=1e-6,  # a bias of ±20 closes and opens a gate well enough
    quiet=True,
    edges=(
        settled_ablation(0, "z", 1.0),
        settled_ablation(1, "r", 0.0),
        settled_ablation(2, "r", 1),
        settled_ablation(3, "z", 0),
        settled_ablation(4, "z", "one for each unit"),
        settled_ablation(5, "r", "one for each unit"),
        settled_ablation(6, "z", 0.8),
        settled_ablation(7, "r", 0.3),
        *thin(lambda rng, sizes: draw_ablation(rng, sizes=sizes), THIN_STEPS),
    ),
    refusals=(
        bad_ablation("n", 0.5),
        bad_ablation("update", 0.5),
        bad_ablation("z", 1.5),
        bad_ablation("r", -0.25),
        bad_ablation("z", float("nan")),
    ),
    branch=lambda p, gate, value, x, h: gate,
    hints=(
        "A gate is σ of a sum. Which of its four arrays have to be 0, so that neither x nor h changes it? What is left is σ of a bias.",
        "σ(b) = value is solved by b = ln(value / (1 − value)). At 0 and 1 this is ∓∞: take −1000 and 1000 there, with "
        "`np.clip`, say, or with `np.where` on a value that is kept a little away from both.",
        "`p._replace(W_iz=…, W_hz=…, b_iz=…, b_hz=…)` gives new parameters and leaves p alone. For a gate by name: "
        '`p._replace(**{f"W_i{gate}": …})`.',
    ),
)


@ablate.recognises
def stops_short_of_0_and_1(args, gates):
    """Whether all is right but a gate that should be fixed at 0 or 1, which stands a little short of it."""
    _, gate, value, *_ = args
    right = gates_of_ablated(gru_ref.ablate, *args)
    ends = np.ndim(value) == 0 and value in (0, 1)
    short = np.abs(gates[gate] - right[gate])
    return all(np.allclose(gates[name], right[name], atol=1e-6) for name in right if name != gate) and (
        0 < short.min() <= short.max() < 0.05 if ends else short.max() < 1e-6
    )


@ablate.remark
def where_it_stands(args, gates, right):
    _, gate, value, *_ = args
    name = {"r": "reset gate", "z": "update gate"}[gate]
    if np.shape(gates[gate]) != np.shape(right[gate]) or np.allclose(gates[gate], right[gate], atol=1e-6):
        return None
    if np.ptp(gates[gate], axis=0).max() > 1e-9:
        return f"The {name} still moves: it differs from one batch row to another, so it reads x or h."
    at, asked = gates[gate][0], np.broadcast_to(value, len(gates[gate][0]))
    digits = 3 if np.abs(at - asked).max() > 5e-3 else 7  # 0.99999 is not "1"
    at, asked = (", ".join(f"{g:.{digits}g}" for g in part) for part in (at, asked))
    return f"The {name} is fixed, but in the wrong place: your units are at {at}, and should be at {asked}."


@ablate.property
def fixed_twice(f, rng):
    """fixing a gate twice is the same as fixing it the second time alone

    The new value replaces what was there before.
    """
    p, gate, value, x, h = draw_ablation(rng)
    other = draw_params(rng, x.shape[1], h.shape[1])
    changed = other._replace(**{name: getattr(p, name) for name in p._fields if not name.endswith(gate)})
    one, two = f(p, gate, value, x, h), f(changed, gate, value, x, h)
    return all(np.allclose(one[name], two[name], atol=1e-6) for name in one)


@ablate.property
def whatever_is_read(f, rng):
    """the fixed gate is the same for any input and state

    Weights that are left would let x or h move it.
    """
    p, gate, value, x, h = draw_ablation(rng)
    one, two = f(p, gate, value, x, h), f(p, gate, value, 3 * x[::-1] + 1, -h)
    return np.allclose(one[gate], two[gate], atol=1e-6)


@ablate.also_right
def by_names(p, gate, value):
    if gate not in ("r", "z"):
        raise ValueError("no such gate")
    v = np.asarray(value, float)
    if not np.all((v >= 0) & (v <= 1)):
        raise ValueError("not between 0 and 1")
    v = np.clip(v, 1e-12, 1 - 1e-12)
    H = len(p.b_ir)
    bias = np.zeros(H) + np.log(v / (1 - v))
    if gate == "r":
        return p._replace(W_ir=0 * p.W_ir, W_hr=0 * p.W_hr, b_ir=bias, b_hr=np.zeros(H))
    return p._replace(W_iz=0 * p.W_iz, W_hz=0 * p.W_hz, b_iz=np.zeros(H), b_hz=bias)


@ablate.also_right
def by_dict(p, gate, value):
    from scipy.special import logit

    if gate == "r" or gate == "z":
        values = np.broadcast_to(np.asarray(value, float), p.b_iz.shape)
        if np.isnan(values).any() or values.min() < 0 or values.max() > 1:
            raise ValueError("value")
        parts = {name: array.copy() for name, array in p._asdict().items()}
        for name in parts:
            if name.endswith(gate):
                parts[name][...] = 0
        parts["b_h" + gate] += np.clip(logit(values), -20, 20)
        return type(p)(**parts)
    raise ValueError("gate")


# -------------------------------------------------------------------------------------------------------- gate_lags


def draw_lags(rng):
    """Arguments (zs, lengths): sequences differ in length, no unit is always the same, and what is in the padding is like a gate."""
    T, B, H = 7, 3, 4
    lengths = rng.permutation([2, T - 1, 4])
    zs = draw_gates(rng, T, B, H)
    zs[:, :, 0] = rng.uniform(0.7, 0.98, (T, B))  # a unit that remembers for more than one step
    return zs, lengths


def gates_alike():
    """Each unit with a single z, the same at all steps: its half-life is the one of lesson 00."""
    return np.broadcast_to(np.array([0.25, 0.5, 0.9]), (4, 2, 3)).copy(), np.array([4, 3])


gate_lags = Exercise(
    reference=gru_ref.gate_lags,
    known=MISTAKES / "gate_lags.md",
    inputs=draw_lags,
    axes="H",
    edges=(
        gates_alike(),
        (np.array([[[0.25]], [[1.0]]]), np.array([2])),  # to work by hand: √0.25 = 1/2 at each step, so 1 step
        (np.array([[[0.5, 0.2]], [[0.125, 0.8]], [[1.0, 1.0]]]), np.array([2])),
        (np.array([[[0.0, 0.5]], [[1.0, 0.5]]]), np.array([2])),  # a unit that lost everything once
        (np.array([[[1.0, 0.5]], [[1.0, 0.25]]]), np.array([2])),  # a unit that never forgets
    ),
    refusals=(
        (np.full((3, 2, 2), 0.5), np.array([3, 4])),
        (np.full((3, 2, 2), 0.5), np.array([0, 3])),
        (np.array([[[0.5]], [[1.5]]]), np.array([2])),
        (np.array([[[0.5]], [[-0.5]]]), np.array([2])),
    ),
    hints=(
        "First leave out the padding: `gru_ref.length_mask(T, lengths)` is (T, B), and `zs[real]` is (N, H), all real steps.",
        "What is left after N steps is the product of all z. With one z for all steps it would be zᴺ, so ln z is the mean of "
        "the logarithms.",
        'The half-life is ln ½ divided by that mean. `with np.errstate(divide="ignore"):` keeps ln 0 quiet. A z that is '
        "always 1 has a mean of 0: its half-life is +∞, so mind the sign, with `np.abs`, say.",
    ),
)


@gate_lags.property
def padding_never_counts(f, rng):
    """what stands behind a sequence's end never counts

    Change the padding, and no half-life may move.
    """
    zs, lengths = draw_lags(rng)
    other = np.where((np.arange(len(zs))[:, None] < lengths)[:, :, None], zs, 0.5 * zs)
    return np.allclose(f(zs, lengths), f(other, lengths))


@gate_lags.property
def the_product_is_halved(f, rng):
    """after the half-life of steps like these, the product of z is one half

    N steps leave the product of all z. So 2 to the power −N / half-life is that product.
    """
    zs, _ = draw_lags(rng)
    T, B, H = zs.shape
    lags = f(zs, np.full(B, T))
    return np.allclose(0.5 ** (T * B / lags), zs.reshape(-1, H).prod(axis=0))


@gate_lags.property
def twice_as_long_with_roots(f, rng):
    """with √z at each step it takes twice as long

    Two steps with √z keep as much as one step with z.
    """
    zs, lengths = draw_lags(rng)
    return np.allclose(f(np.sqrt(zs), lengths), 2 * f(zs, lengths))


@gate_lags.recognises
def zeros_are_hidden(args, lags):
    """Whether all is right but units that were at 0, which forget a little later than at once, and those always at 1."""
    zs, lengths = args
    right, real = gru_ref.gate_lags(zs, lengths), zs[gru_ref.length_mask(len(zs), lengths)]
    lost, kept = (real == 0).any(axis=0), (real == 1).all(axis=0)
    others = ~(lost | kept)
    return (
        np.allclose(lags[others], right[others], rtol=1e-4)
        and bool(((lags[lost] > 0) & (lags[lost] < 1)).all())
        and bool((np.abs(lags[kept]) > 1e4).all())
    )


@gate_lags.remark
def longer_or_shorter(args, lags, right):
    if np.shape(lags) != np.shape(right) or np.isclose(lags, right, rtol=1e-6).any():
        return None
    if (lags > right).all():
        return "All your half-lives are too long."
    if (lags < right).all():
        return "All your half-lives are too short."
    return None


@gate_lags.also_right
def step_by_step(zs, lengths):
    T, B, H = zs.shape
    if len(lengths) != B or min(lengths) < 1 or max(lengths) > T or zs.min() < 0 or zs.max() > 1:
        raise ValueError("lengths or gates")
    total = np.zeros(H)
    with np.errstate(divide="ignore"):
        for b in range(B):
            for t in range(lengths[b]):
                total += np.log2(zs[t, b])
        return np.where(total == 0, np.inf, sum(lengths) / -total)


@gate_lags.also_right
def by_weights(zs, lengths):
    if zs.max() > 1 or zs.min() < 0:
        raise ValueError("no gates")
    real = gru_ref.length_mask(zs.shape[0], np.asarray(lengths))
    H = zs.shape[2]
    result = np.empty(H)
    for j in range(H):
        unit = zs[:, :, j][real]
        if (unit == 1).all():
            result[j] = np.inf
        elif (unit == 0).any():
            result[j] = 0.0
        else:
            result[j] = np.log(0.5) / np.log(unit).mean()
    return result


# ----------------------------------------------------------------------------------------------------- linear_probe


def draw_states(rng, N=None, H=4, K=3):
    """Arguments (hs, labels): states far from 0, which drift, and labels that they tell imperfectly; no class is missing."""
    if N is None:
        N = 2 * int(rng.integers(70, 90)) + 1
    labels = rng.choice(K, N, p=np.array([0.3, 0.5, 0.2]) if K == 3 else None)
    labels[:K] = np.arange(K)
    labels[N // 2 : N // 2 + K] = np.arange(K)
    centres = rng.normal(0, 1, (K, H))
    drift = np.linspace(0, 0.5, N)[:, None] * rng.normal(0, 1, H)
    return centres[labels] + drift + rng.normal(0, 1.1, (N, H)) + 2.0, labels


def drawn_states(seed, *sizes):
    return draw_states(np.random.default_rng(seed), *sizes)


def a_class_that_comes_late():
    """A class that the first half never shows: no probe can say it."""
    hs, labels = drawn_states(21, 60, 3)
    labels[:30] = np.minimum(labels[:30], 1)
    return hs, labels


def a_class_that_comes_in_between():
    """Class 1 is missing in the first half: the outputs of the others keep their numbers."""
    hs, labels = drawn_states(22, 61, 3)
    labels[:30][labels[:30] == 1] = 2
    return hs, labels


def a_rare_class_in_the_middle():
    """Class 1 is rare, and yet it is the mean label and the median one."""
    hs, labels = drawn_states(24, 83, 3)
    labels[:] = np.array([0, 2, 0, 2, 1, 0, 2, 2, 0])[np.arange(83) % 9]
    return hs + labels[:, None], labels


def another_class_becomes_frequent():
    """The most frequent class of the first half is neither that of the second half, nor that of all rows."""
    hs, labels = drawn_states(23, 90, 3, 2)
    labels[:45] = np.arange(45) % 9 > 4
    labels[45:] = np.arange(45) % 9 > 1
    return hs, labels


linear_probe = Exercise(
    reference=gru_ref.linear_probe,
    known=MISTAKES / "linear_probe.md",
    inputs=draw_states,
    parts={"accuracy": "", "baseline": ""},
    edges=(
        (np.array([[0.0], [1.0], [2.0], [0.25], [1.75], [1.5]]), np.array([0, 0, 1, 0, 1, 0])),
        *(drawn_states(seed, N) for seed, N in ((1, 201), (2, 301), (3, 402), (4, 251))),
        a_class_that_comes_late(),
        a_class_that_comes_in_between(),
        another_class_becomes_frequent(),
        a_rare_class_in_the_middle(),
        drawn_states(6, 80, 2, 2),
        drawn_states(7, 150, 1, 2),
    ),
    refusals=(
        (np.ones((1, 3)), np.array([0])),
        (np.arange(12.0).reshape(4, 3), np.array([0, 1, 0])),
    ),
    hints=(
        "Put a column of ones beside the states: its weight is the intercept. `np.eye(K)[labels]` is one-hot, with "
        "K = labels.max() + 1.",
        "`np.linalg.lstsq(rows[:half], wanted[:half])[0]` are the weights, (H + 1, K). What is said of a row is where its "
        "output is largest: `argmax` over axis 1.",
        "The baseline is one number, the most frequent label of the *first* half: `np.bincount(labels[:half]).argmax()`. Both "
        "accuracies are shares of the second half.",
    ),
)


@linear_probe.remark
def higher_or_lower(args, shares, right):
    if abs(shares[0] - right[0]) < 1e-9:
        return None
    if shares[0] > 1 or shares[0] < 0:
        return "An accuracy is a share, from 0 to 1."
    if shares[0] > right[0]:
        return "Your accuracy is higher than that of least squares on the first half: does anything of the second half get in?"
    return (
        "Your accuracy is lower than that of least squares on the first half, with an intercept, tested on the second."
    )


@linear_probe.property
def any_basis_will_do(f, rng):
    """states that are mixed by an invertible matrix, and moved, tell as much

    A linear map with an intercept can undo both.
    """
    hs, labels = draw_states(rng)
    mixed = hs @ (np.eye(hs.shape[1]) + 0.2 * rng.normal(0, 1, (hs.shape[1], hs.shape[1]))) - 3.0
    return np.allclose(f(hs, labels), f(mixed, labels))


@linear_probe.property
def tests_on_what_was_not_trained(f, rng):
    """labels of the second half that mean nothing cannot be told

    If they are drawn at random, the accuracy stays far from 1: 38 of 40 come out right by chance less than once in a billion.
    """
    hs, labels = draw_states(rng, 80, 36)
    labels[40:] = rng.integers(0, 2, 40)
    return f(hs, labels)[0] < 0.95


@linear_probe.also_right
def by_pinv(hs, labels):
    N = len(hs)
    if N < 2 or labels.shape != (N,):
        raise ValueError("sizes")
    half, K = N // 2, labels.max() + 1
    Y = np.zeros((half, K))
    for i in range(half):
        Y[i, labels[i]] = 1.0
    centre = hs[:half].mean(axis=0)
    weights = np.linalg.pinv(hs[:half] - centre) @ (Y - Y.mean(axis=0))
    outputs = (hs[half:] - centre) @ weights + Y.mean(axis=0)
    counts = [np.sum(labels[:half] == k) for k in range(K)]
    tested = labels[half:]
    return (outputs.argmax(axis=1) == tested).mean(), (tested == int(np.argmax(counts))).sum() / len(tested)


@linear_probe.also_right
def by_lstsq_in_turn(hs, labels):
    if len(labels) != len(hs) or len(hs) < 2:
        raise ValueError("rows")
    half = len(hs) // 2
    A = np.hstack([np.ones((len(hs), 1)), hs])
    train, test = A[:half], A[half:]
    scores = []
    for k in range(max(labels) + 1):
        w, *_ = np.linalg.lstsq(train, (labels[:half] == k).astype(float), rcond=None)
        scores.append(test @ w)
    said = np.array(scores).argmax(0)
    usual = np.bincount(labels[:half]).argmax()
    return float(np.mean(said == labels[half:])), float(np.mean(labels[half:] == usual))
