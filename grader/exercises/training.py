"""Lesson 10: a stable and masked loss, clipping by the global norm, Adam, and the step that combines them."""

from pathlib import Path

import numpy as np

import gru_ref
from grader.base.compare import alike
from grader.exercises.exercise import Exercise, thin
from gru_ref import Model, RNNParams
from gru_ref.trees import leaves, tree_map

LESSON = "10_training"
MISTAKES = Path(__file__).with_name(LESSON)

THIN_TREES = ((1, 3, 4), (3, 1, 2), (1, 1, 1))  # sizes (I, H, O)
TREE = {"network": {"forward": ""}, "W": "O H", "b": "O"}  # the parts of a Model of one layer in one direction
STATE = {"t": "", "m": TREE, "v": TREE}


def draw_logits(rng, sizes=None):
    """Arguments (logits, targets, mask) of a loss: T, B, C all different, and sequences of unequal lengths."""
    T, B, C = sizes or (rng.choice([5, 7]), *rng.permutation([3, 4]))
    lengths = np.maximum(T - np.arange(B), 1) if sizes else rng.permutation(np.arange(2, T + 1))[:B]
    mask = np.arange(T)[:, None] < lengths
    return rng.normal(0, 1.5, (T, B, C)), rng.integers(0, C, (T, B)), mask


def draw_tree(rng, draw, sizes=None):
    """A small tree like that of a model: parameters of a layer in a tuple in a list, and a readout's two arrays."""
    I, H, O = sizes or rng.permutation([2, 3, 4])
    layer = RNNParams(draw((H, I)), draw((H, H)), draw(H), draw(H))
    return Model([(layer,)], draw((O, H)), draw(O))


def draw_gradients(rng, sizes=None, ratio=None):
    """Arguments (grads, max_norm) of clipping; the norm is 1.5 to 4 times the limit, that of each single array below it."""
    grads = draw_tree(rng, lambda shape: rng.normal(0, 1, shape), sizes)
    norm = np.sqrt(sum(np.sum(g**2) for g in leaves(grads)))
    return grads, float(norm / (ratio or rng.uniform(1.5, 4)))


def draw_adam(rng, sizes=None, smallest=-4):
    """Arguments (p, grads, state, lr) of a step of Adam in the middle of a training, with gradients of all sizes."""
    p = draw_tree(rng, lambda shape: rng.normal(0, 1, shape), sizes)
    sizes = tree_map(lambda a: 10 ** rng.uniform(smallest, smallest + 4, a.shape), p)
    m = tree_map(lambda s: s * rng.normal(0, 1, s.shape), sizes)
    v = tree_map(lambda s: (s * rng.uniform(0.5, 1.5, s.shape)) ** 2, sizes)
    grads = tree_map(lambda s: s * rng.normal(0, 1, s.shape), sizes)
    return p, grads, (int(rng.integers(1, 6)), m, v), float(rng.uniform(0.02, 0.3))


def draw_train_step(rng, sizes=None):
    """Arguments of a training step of a small GRU with a readout; its gradient must be clipped."""
    T, B, I, H = sizes or rng.permutation([2, 3, 4, 5])
    p = tree_map(lambda a: rng.normal(0, 0.7, a.shape), gru_ref.init_model("gru", I, H, 1, rng))
    batch = rng.normal(0, 1, (T, B, I)), rng.normal(0, 1, (B, 1))
    _, grads = gru_ref.model_loss_and_grads(p, batch)
    m = tree_map(lambda g: rng.normal(0, 0.1, g.shape), grads)
    v = tree_map(lambda g: rng.uniform(0.01, 0.1, g.shape), grads)
    norm = np.sqrt(sum(np.sum(g**2) for g in leaves(grads)))
    state = (int(rng.integers(1, 6)), m, v)
    max_norm = float(norm * rng.uniform(0.3, 0.6))
    return gru_ref.model_loss_and_grads, p, state, batch, float(rng.uniform(0.02, 0.2)), max_norm


# ------------------------------------------------------------------------------------------------ softmax_cross_entropy


def far_up(rng):
    """Ordinary logits, and the same plus a thousand: a softmax stays the same, an exponential overflows."""
    logits, targets, mask = draw_logits(rng)
    return logits + 1000, targets, mask


FAR_APART = np.array(
    [
        [[1000.0, 995.0, 0.0], [-1000.0, -1001.0, -999.0], [0.0, 800.0, -800.0]],
        [[3.0, 1.0, 2.0], [750.0, 750.0, -750.0], [-1.0, 0.0, -900.0]],
    ]
)


softmax_cross_entropy = Exercise(
    reference=gru_ref.softmax_cross_entropy,
    known=MISTAKES / "softmax_cross_entropy.md",
    inputs=draw_logits,
    parts={"loss": "", "dlogits": "T B C"},
    edges=(
        (FAR_APART, np.array([[1, 0, 2], [1, 0, 1]]), np.arange(2)[:, None] < np.array([2, 2, 1])),
        (np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 0.3, -0.4, 2.0]]), np.array([3, 0]), None),
        far_up(np.random.default_rng(12)),
        *thin(draw_logits, ((4, 1, 3), (1, 3, 4), (1, 1, 3), (3, 2, 1))),
        (np.array([[0.5, -1.0, 2.0]]), np.array([1]), None),
    ),
    refusals=((np.zeros((2, 3, 4)), np.zeros((2, 3), int), np.zeros((2, 3), bool)),),
    branch=lambda logits, targets, mask: (logits.ndim, np.abs(logits).max() < 100),
    hints=(
        "Four steps, one line each: subtract each step's largest logit; take the logarithm of the sum of exponentials; "
        "pick the true class's entry; take the mean over the steps that count.",
        "`np.take_along_axis(a, targets[..., None], axis=-1)` picks one entry of each step, and leaves a last axis of "
        "length 1, as `keepdims=True` does.",
        "The gradient is softmax minus one-hot, 0 where the mask is False, all divided by the number of steps that "
        "count. `np.eye(C)[targets]` is the one-hot array.",
    ),
)


def _right(logits, targets, mask=None):
    """The loss and its gradient again: while an answer is checked, the reference may be out of reach."""
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    return -(hot * log_p).sum(axis=-1)[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


def _far_apart(logits):
    return np.ptp(logits, axis=-1).max() > 100


def _spoilt_alone(spoilt, where=_far_apart):
    """Whether ordinary logits give the right result, and logits far apart, or very large, one that is wrong in this way."""

    def recognised(args, result):
        loss, dlogits = result
        if where(args[0]):
            return bool(spoilt(loss, dlogits, *_right(*args)))
        return alike(result, _right(*args), 1e-7, 1e-10)

    return recognised


@softmax_cross_entropy.recognises
def _other_steps_underflow(args, result):
    """Whether everything is right except steps that lie far below another one: these are not finite numbers."""
    highest = args[0].max(axis=-1)
    far = highest < highest.max() - 746
    if not far.any():
        return alike(result, _right(*args), 1e-7, 1e-10)
    return not np.isfinite(result[1][far]).all(axis=-1).any() and np.isfinite(result[1][~far]).all()


@softmax_cross_entropy.recognises
def a_small_number_against_the_log_of_0(args, result):
    return _spoilt_alone(lambda loss, d, right, _: np.isfinite(loss) and loss < right - 1)(args, result)


@softmax_cross_entropy.recognises
def logarithm_of_0(args, result):
    return _spoilt_alone(lambda loss, *_: np.isposinf(loss))(args, result)


@softmax_cross_entropy.recognises
def overflow(args, result):
    return _spoilt_alone(
        lambda loss, d, *_: np.isnan(loss) or np.isnan(d).any(), where=lambda logits: np.abs(logits).max() > 100
    )(args, result)


@softmax_cross_entropy.property
def only_differences_matter(f, rng):
    """adding the same number to all logits of a step changes nothing

    Softmax depends only on differences. That is also why the largest logit may be subtracted.
    """
    logits, targets, mask = draw_logits(rng)
    moved = logits + rng.normal(0, 300, (*targets.shape, 1))
    (loss, dlogits), (loss_moved, dmoved) = f(logits, targets, mask), f(moved, targets, mask)
    return np.allclose(loss, loss_moved) and np.allclose(dlogits, dmoved)


@softmax_cross_entropy.property
def padding_changes_nothing(f, rng):
    """more padding changes neither the loss nor the gradients

    Steps that do not count are neither in the sum nor in its divisor.
    """
    logits, targets, mask = draw_logits(rng)
    longer = np.concatenate([logits, rng.normal(0, 1, logits.shape)])
    more, none = np.concatenate([targets, targets]), np.concatenate([mask, mask & False])
    (loss, dlogits), (loss_longer, dlonger) = f(logits, targets, mask), f(longer, more, none)
    T = len(logits)
    return np.allclose(loss, loss_longer) and np.allclose(dlonger[:T], dlogits) and np.allclose(dlonger[T:], 0)


@softmax_cross_entropy.property
def knowing_nothing_costs_ln_C(f, rng):
    """a model that finds all C classes equally likely loses ln C nats

    That is where an untrained model starts.
    """
    logits, targets, mask = draw_logits(rng)
    return np.isclose(f(np.zeros_like(logits), targets, mask)[0], np.log(logits.shape[-1]))


@softmax_cross_entropy.property
def the_gradient_is_the_slope(f, rng):
    """the gradient is the slope of the loss

    Nudge one logit, and the loss changes by the nudge times the gradient there.
    """
    logits, targets, mask = draw_logits(rng)
    dlogits = f(logits, targets, mask)[1]
    for t, b, c in zip(*(rng.integers(0, n, 6) for n in logits.shape), strict=True):
        nudge = np.zeros_like(logits)
        nudge[t, b, c] = 1e-5
        slope = (f(logits + nudge, targets, mask)[0] - f(logits - nudge, targets, mask)[0]) / 2e-5
        if not np.isclose(slope, dlogits[t, b, c], rtol=1e-4, atol=1e-7):
            return False
    return True


@softmax_cross_entropy.also_right
def by_logaddexp(logits, targets, mask=None):
    if mask is None:
        mask = np.full(targets.shape, True)
    if not mask.any():
        raise ValueError("mask counts no step, but a mean needs at least one")
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    dlogits = np.exp(log_p)
    np.put_along_axis(dlogits, targets[..., None], np.take_along_axis(dlogits, targets[..., None], -1) - 1, -1)
    n = np.count_nonzero(mask)
    return float(-chosen[mask].mean()), np.where(mask[..., None], dlogits, 0) / n


@softmax_cross_entropy.also_right
def step_by_step(logits, targets, mask=None):
    counted = np.ones(targets.shape, bool) if mask is None else mask
    steps = list(zip(*np.nonzero(counted), strict=True))
    if not steps:
        raise ValueError("nothing counts")
    loss, dlogits = 0.0, np.zeros_like(logits)
    for step in steps:
        a = logits[step] - max(logits[step])
        total = np.exp(a).sum()
        loss += np.log(total) - a[targets[step]]
        dlogits[step] = np.exp(a) / total
        dlogits[step][targets[step]] -= 1
    return loss / len(steps), dlogits / len(steps)


# -------------------------------------------------------------------------------------------------- clip_by_global_norm

clip_by_global_norm = Exercise(
    reference=gru_ref.clip_by_global_norm,
    known=MISTAKES / "clip_by_global_norm.md",
    inputs=draw_gradients,
    parts={"clipped": TREE, "norm": ""},
    edges=(
        draw_gradients(np.random.default_rng(10), ratio=0.7),
        ([np.zeros(3), np.zeros((2, 3))], 1.0),
        *thin(draw_gradients, THIN_TREES),
    ),
    branch=lambda grads, max_norm: any(g.any() for g in leaves(grads)),
    rtol=1e-5,  # PyTorch adds 1e-6 to the norm: an answer that does the same is right
    hints=(
        "First one number, the norm: the squares of all entries of all arrays, summed up, then one square root.",
        "`leaves(grads)` is a plain list of all arrays: sum over it. `tree_map(lambda g: …, grads)` makes a new tree of "
        "the same form: scale with it.",
        "All arrays are multiplied by the same factor: `max_norm / norm` if the norm exceeds the limit, and 1 if not.",
    ),
)


@clip_by_global_norm.property
def never_above_the_limit(f, rng):
    """the norm after clipping is never above the limit

    That is what clipping is for.
    """
    grads, max_norm = draw_gradients(rng)
    clipped = f(grads, max_norm)[0]
    return np.sqrt(sum(np.sum(g**2) for g in leaves(clipped))) <= max_norm * (1 + 1e-6)


@clip_by_global_norm.property
def the_direction_stays(f, rng):
    """all entries are scaled by the same factor

    The gradient's direction stays: only its length changes.
    """
    grads, max_norm = draw_gradients(rng)
    before, after = (np.concatenate([g.ravel() for g in leaves(tree)]) for tree in (grads, f(grads, max_norm)[0]))
    return np.allclose(after / before, after[0] / before[0]) and after[0] / before[0] > 0


@clip_by_global_norm.property
def small_gradients_pass(f, rng):
    """gradients below the limit stay the same

    Clipping is for the rare large ones.
    """
    grads, max_norm = draw_gradients(rng)
    small = tree_map(lambda g: g / 10, grads)
    return all(np.allclose(a, b) for a, b in zip(leaves(f(small, max_norm)[0]), leaves(small), strict=True))


@clip_by_global_norm.also_right
def as_pytorch_does(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.reshape(-1) for g in gru_ref.leaves(grads)]))
    factor = np.minimum(max_norm / (norm + 1e-6), 1.0)
    return gru_ref.tree_map(lambda g: factor * g, grads), norm


@clip_by_global_norm.also_right
def with_an_if(grads, max_norm):
    total = 0.0
    for g in gru_ref.leaves(grads):
        total += float((g * g).sum())
    norm = total**0.5
    if norm > max_norm:
        grads = gru_ref.tree_map(lambda g: g * max_norm / norm, grads)
    return grads, norm


# ------------------------------------------------------------------------------------------------------------ adam_step

adam_step = Exercise(
    reference=gru_ref.adam_step,
    known=MISTAKES / "adam_step.md",
    inputs=draw_adam,
    parts={"p": TREE, "state": STATE},
    edges=(draw_adam(np.random.default_rng(11), smallest=-9), *thin(draw_adam, THIN_TREES)),
    hints=(
        "Unpack the state, `t, m, v = state`, and translate the five lines one by one. The new t comes first: "
        "everything after it uses it.",
        "Each line is one `tree_map` over all the trees that it needs: `tree_map(lambda m, g: …, m, grads)`.",
        "The corrections are numbers: `1 - 0.9**t` and `1 - 0.999**t`. They are used in the last line, and not stored in "
        "m and v. ε is added after the root.",
    ),
)


@adam_step.recognises
def _no_root_though_the_state_is_right(args, result):
    """Whether p holds NaN although the averages are right: a root of something negative."""
    _, grads, (t, m, v), _ = args
    averages = (
        tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads),
        tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads),
    )
    p, (steps, *got) = result
    right = all(np.allclose(a, b) for a, b in zip(leaves(averages), leaves(tuple(got)), strict=True))
    return right and steps == t + 1 and any(np.isnan(a).any() for a in leaves(p))


@adam_step.property
def the_first_step_has_the_size_of_the_learning_rate(f, rng):
    """in the first step, every parameter moves by lr, for gradients of any size

    Then m̂ is the gradient, and √v̂ its absolute value. Only the sign is left.
    """
    p, _, _, lr = draw_adam(rng)
    grads = tree_map(lambda a: rng.choice([-1, 1], a.shape) * 10 ** rng.uniform(-3, 3, a.shape), p)
    moved, _ = f(p, grads, gru_ref.adam_init(p), lr)
    sizes = tree_map(lambda a, b, g: np.allclose(b - a, -lr * np.sign(g), rtol=1e-4), p, moved, grads)
    return all(leaves(sizes))


@adam_step.property
def without_gradients_ever_nothing_moves(f, rng):
    """a parameter whose gradients have all been 0 stays where it is

    0 / (0 + ε) is 0.
    """
    p, _, _, lr = draw_adam(rng)
    moved, (t, m, v) = f(p, tree_map(np.zeros_like, p), gru_ref.adam_init(p), lr)
    same = all(np.allclose(a, b) for a, b in zip(leaves(p), leaves(moved), strict=True))
    return same and t == 1 and not any(a.any() for a in leaves(m) + leaves(v))


@adam_step.property
def parameters_do_not_meet(f, rng):
    """each parameter moves only by its own gradients

    Adam works entry by entry: another array's gradient does not matter.
    """
    p, grads, state, lr = draw_adam(rng)
    other = grads._replace(b=grads.b + 1)
    before, after = f(p, grads, state, lr)[0], f(p, other, state, lr)[0]
    return np.allclose(before.W, after.W) and not np.allclose(before.b, after.b)


@adam_step.also_right
def as_in_pytorch(p, grads, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = state[0] + 1, state[1], state[2]
    m = gru_ref.tree_map(lambda m, g: m + (g - m) * (1 - beta1), m, grads)
    v = gru_ref.tree_map(lambda v, g: v * beta2 + (1 - beta2) * g * g, v, grads)
    size = lr / (1 - beta1**t)
    root = np.sqrt(1 - beta2**t)
    p = gru_ref.tree_map(lambda p, m, v: p - size * m / (np.sqrt(v) / root + eps), p, m, v)
    return p, (t, m, v)


@adam_step.also_right
def array_by_array(p, grads, state, lr):
    t, m, v = state
    t = t + 1

    def average(old, g, beta):
        return beta * old + (1 - beta) * g

    m = gru_ref.tree_map(lambda old, g: average(old, g, 0.9), m, grads)
    v = gru_ref.tree_map(lambda old, g: average(old, np.square(g), 0.999), v, grads)

    def move(a, m, v):
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        return a - lr * m_hat / (v_hat**0.5 + 1e-8)

    return gru_ref.tree_map(move, p, m, v), (t, m, v)


@adam_step.also_right
def in_place_on_copies(p, grads, state, lr):
    p, m, v = (gru_ref.tree_map(np.copy, tree) for tree in (p, state[1], state[2]))
    t = state[0] + 1
    for a, g, first, second in zip(*map(gru_ref.leaves, (p, grads, m, v)), strict=True):
        first += 0.1 * (g - first)
        second += 0.001 * (g * g - second)
        a -= lr * first / (1 - 0.9**t) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
    return p, (t, m, v)


# ----------------------------------------------------------------------------------------------------------- train_step


def half_the_square(p, batch):
    """A simple loss: ½‖p − batch‖², whose gradient is p − batch."""
    return 0.5 * float(np.sum((p[0] - batch) ** 2)), [p[0] - batch]


train_step = Exercise(
    reference=gru_ref.train_step,
    known=MISTAKES / "train_step.md",
    inputs=draw_train_step,
    parts={"p": TREE, "state": STATE, "loss": ""},
    edges=(
        *thin(draw_train_step, ((1, 3, 2, 4), (4, 1, 3, 2), (3, 4, 1, 2), (4, 2, 3, 1), (1, 1, 1, 1))),
        (
            half_the_square,
            [np.array([3.0, -2.0])],
            (2, [np.array([0.5, -0.3])], [np.array([0.4, 0.2])]),
            np.array([1.0, 1.5]),
            0.1,
            1.0,
        ),
    ),
    branch=lambda loss_and_grads, *_: loss_and_grads is half_the_square,
    hints=(
        "Three calls, in the order of the lesson: the loss with its gradients, the clipping, the step of Adam.",
        "Each of the three returns a pair. Unpack each pair: `loss, grads = …`, and `grads, _ = …` after clipping.",
        "`gru_ref.clip_by_global_norm(grads, max_norm)` and `gru_ref.adam_step(p, grads, state, lr)`. The loss that you "
        "return is the one that came with the gradients.",
    ),
)


@train_step.property
def the_loss_falls(f, rng):
    """repeated on the same batch, it brings the loss down

    That is what training is. Here the loss is ½‖p − batch‖².
    """
    goal = rng.normal(0, 2, 3)
    p = [goal + rng.choice([-1, 1], 3) * rng.uniform(1, 3, 3)]
    state, losses = (0, [np.zeros(3)], [np.zeros(3)]), []
    for _ in range(30):
        p, state, loss = f(half_the_square, p, state, goal, 0.01, 1.0)
        losses.append(loss)
    return losses == sorted(losses, reverse=True) and losses[-1] < losses[0]


@train_step.property
def is_given_any_function(f, rng):
    """it trains any function that it is given

    The step knows nothing of networks: here it lowers ½‖p − batch‖², whose gradient is p − batch.
    """
    p, goal, state = [np.array([3.0, -2.0])], np.array([1.0, 1.0]), (0, [np.zeros(2)], [np.zeros(2)])
    moved, (t, _, _), loss = f(half_the_square, p, state, goal, 0.1, 1.0)
    return np.allclose(moved[0], [2.9, -1.9]) and t == 1 and np.isclose(loss, 6.5)


@train_step.also_right
def with_names_of_its_own(loss_and_grads, p, state, batch, lr, max_norm):
    value, gradients = loss_and_grads(p, batch)
    clipped, _norm = gru_ref.clip_by_global_norm(gradients, max_norm)
    new_p, new_state = gru_ref.adam_step(p, clipped, state, lr)
    return new_p, new_state, value


@train_step.also_right
def all_by_hand(loss_and_grads, p, state, batch, lr, max_norm):
    loss, grads = loss_and_grads(p, batch)
    norm = sum(float(np.sum(g**2)) for g in gru_ref.leaves(grads)) ** 0.5
    scale = min(1.0, max_norm / norm)
    t, m, v = state[0] + 1, state[1], state[2]
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * scale * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * (scale * g) ** 2, v, grads)
    change = gru_ref.tree_map(lambda m, v: m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v)
    return gru_ref.tree_map(lambda a, c: a - lr * c, p, change), (t, m, v), loss
