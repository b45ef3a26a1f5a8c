"""Lesson 10: a stable and masked loss, clipping by the global norm, Adam, and the step that joins them."""

import numpy as np

import gru_ref
from grader.compare import alike
from grader.exercise import Exercise, thin
from gru_ref import Model, RNNParams
from gru_ref.trees import leaves, tree_map

LESSON = "10_training"

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
    """Arguments (grads, max_norm) of clipping; the norm is 1.5 to 4 times the limit, each single array's below it."""
    grads = draw_tree(rng, lambda shape: rng.normal(0, 1, shape), sizes)
    norm = np.sqrt(sum(np.sum(g**2) for g in leaves(grads)))
    return grads, float(norm / (ratio or rng.uniform(1.5, 4)))


def draw_adam(rng, sizes=None, smallest=-4):
    """Arguments (p, grads, state, lr) of a step of Adam in the midst of a training, with gradients of all sizes."""
    p = draw_tree(rng, lambda shape: rng.normal(0, 1, shape), sizes)
    sizes = tree_map(lambda a: 10 ** rng.uniform(smallest, smallest + 4, a.shape), p)
    m = tree_map(lambda s: s * rng.normal(0, 1, s.shape), sizes)
    v = tree_map(lambda s: (s * rng.uniform(0.5, 1.5, s.shape)) ** 2, sizes)
    grads = tree_map(lambda s: s * rng.normal(0, 1, s.shape), sizes)
    return p, grads, (int(rng.integers(1, 6)), m, v), float(rng.uniform(0.02, 0.3))


def draw_train_step(rng, sizes=None):
    """Arguments of a training step of a small GRU with a readout; its gradient is to be clipped."""
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
    """Ordinary logits, and a thousand more: a softmax does not notice, and an exponential does."""
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


@softmax_cross_entropy.mistake
def averaged_over_the_padding(logits, targets, mask=None):
    """The sum is right, but it is divided by all steps

    Padding is left out of the sum and counted in the mean: the more padding, the smaller your loss. Divide by the
    number of steps that count, both the loss and the gradient.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask).mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.size


@softmax_cross_entropy.mistake
def mask_ignored(logits, targets, mask=None):
    """The mask is not used

    This is the mean over all steps, padding included. What the model says after a sequence's end must not matter.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    return -(hot * log_p).sum(axis=-1).mean(), (np.exp(log_p) - hot) / targets.size


@softmax_cross_entropy.mistake
def gradient_in_the_padding(logits, targets, mask=None):
    """The loss leaves the padding out, but the gradient does not

    A step that does not count in the loss cannot change it: its gradient is 0.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) / mask.sum()


@softmax_cross_entropy.mistake
def sum_for_mean(logits, targets, mask=None):
    """This is the sum over the steps, not their mean

    With a sum, twice as long sequences make twice as large gradients, and no learning rate fits all. Divide both the
    loss and the gradient by the number of steps that count.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask).sum(), (np.exp(log_p) - hot) * mask[..., None]


@softmax_cross_entropy.mistake
def gradient_not_divided(logits, targets, mask=None):
    """The loss is a mean, but the gradient is that of the sum

    The mean's 1 / n goes through the derivative: the gradient is divided by the number of steps that count, too.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None]


@softmax_cross_entropy.mistake
def gradient_divided_by_all_steps(logits, targets, mask=None):
    """The gradient is divided by all steps, the loss by those that count

    Both are divided by the same number: the steps where the mask is True.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.size


@softmax_cross_entropy.mistake
def mean_of_the_sequences_means(logits, targets, mask=None):
    """Each sequence is averaged first, and then the sequences

    So a step of a short sequence weighs more than one of a long sequence. Here every step that counts weighs the same:
    one sum over all, one division.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    n = mask.sum(axis=0) * (mask.shape[1] if mask.ndim == 2 else mask.size)
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask / n).sum(), (np.exp(log_p) - hot) * (mask / n)[..., None]


@softmax_cross_entropy.mistake
def divided_by_the_sequences(logits, targets, mask=None):
    """The sum is divided by the number of sequences

    That is a loss per sequence, and longer ones weigh more. Here it is a loss per step: divide by all steps that count.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask).sum() / mask.shape[-1], (np.exp(log_p) - hot) * mask[..., None] / mask.shape[-1]


@softmax_cross_entropy.mistake
def mean_over_the_classes_too(logits, targets, mask=None):
    """The mean is taken over the classes as well

    One step has one loss, whatever the number of classes C. Yours is C times too small: sum over the classes, or pick
    the true one, and take the mean over the steps alone.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    n = mask.sum() * logits.shape[-1]
    return -(hot * log_p)[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / n


@softmax_cross_entropy.mistake
def masked_logits(logits, targets, mask=None):
    """The mask multiplies the logits, not the losses

    A step with all logits at 0 still has a loss, ln C, and it is in your sum. Compute the loss of each step, and then
    leave out those that do not count.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    a = logits * mask[..., None]
    shifted = a - a.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    return -(hot * log_p).sum() / mask.sum(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def softmax_twice(logits, targets, mask=None):
    """Softmax is applied twice

    Your probabilities are taken for logits, and squashed again. Then even a model that is certain keeps a loss of
    almost ln C. Exponentials stand in one place only.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    a = e / e.sum(axis=-1, keepdims=True)
    log_p = a - np.log(np.exp(a).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def softmax_over_the_first_axis(logits, targets, mask=None):
    """Softmax runs over the first axis, not over the classes

    The classes are the last axis: `axis=-1` in the maximum and in the sum.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=0, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def softmax_over_everything(logits, targets, mask=None):
    """Softmax runs over the whole array

    `.sum()` without an axis adds up all steps of all sequences. Each step has its own probabilities, which add up to 1:
    `axis=-1, keepdims=True`.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum())
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def loss_negative(logits, targets, mask=None):
    """The loss has the wrong sign

    A log probability is negative, or 0 at best. The loss is its opposite: 0 for a model that is certain and right.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return -nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_of_the_opposite_sign(logits, targets, mask=None):
    """The gradient has the wrong sign: one-hot minus softmax

    To raise the true class's logit lowers the loss, so the gradient there is negative: softmax minus one-hot. A step
    *against* the gradient then raises it.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (hot - np.exp(log_p)) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_without_one_hot(logits, targets, mask=None):
    """The gradient is softmax alone: nothing is subtracted at the true class

    So every logit would be pushed down, the right one, too. The term − logit[target] of the loss has a derivative: −1,
    at the target.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), np.exp(log_p) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_at_the_true_class_alone(logits, targets, mask=None):
    """The gradient is softmax − 1 at the true class, and 0 at all others

    The other classes are in the sum of exponentials, so their logits matter, too: there the gradient is softmax itself.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - 1) * hot * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_of_the_log_probabilities(logits, targets, mask=None):
    """The gradient is softmax − one-hot of *logarithms*

    You subtract from log probabilities. Take the exponential first: softmax is a probability.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (log_p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_with_the_loss_in_it(logits, targets, mask=None):
    """The gradient is multiplied by the loss

    The loss's own derivative is 1. The gradient is softmax minus one-hot, divided by the number of steps that count.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    loss = -(hot * log_p).sum(axis=-1)[mask].mean()
    return loss, loss * (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def in_bits(logits, targets, mask=None):
    """The loss is in bits, not in nats

    You use the logarithm to base 2. Nats are natural logarithms, `np.log`, and softmax minus one-hot is *their*
    gradient.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean() / np.log(2), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def probability_of_the_true_class(logits, targets, mask=None):
    """This is the mean probability of the true class, without its logarithm

    A probability is best at 1, a loss at 0. Cross-entropy is minus the logarithm of this probability, step by step,
    before the mean.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
    hot = np.eye(logits.shape[-1])[targets]
    return (hot * p).sum(axis=-1)[mask].mean(), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def logarithm_of_the_mean(logits, targets, mask=None):
    """The logarithm is taken after the mean

    This is minus the logarithm of the mean probability. Each step has its own logarithm; then the mean.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
    hot = np.eye(logits.shape[-1])[targets]
    return -np.log((hot * p).sum(axis=-1)[mask].mean()), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def subtracted_in_the_sum_alone(logits, targets, mask=None):
    """The largest logit is subtracted inside the sum, but not from the true class's logit

    ln Σ exp and the true logit must be moved by the same amount, or the loss is off by it. Use the shifted logits in both
    places.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * (logits - log_total)).sum(axis=-1)
    return nats[mask].mean(), (np.exp(shifted - log_total) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def all_classes_count(logits, targets, mask=None):
    """The mean goes over the log probabilities of all classes

    Only the true class's counts: that is what `targets` is for. Pick one entry of each step, or multiply by one-hot and
    sum.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    return -log_p[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_of_the_probabilities(logits, targets, mask=None):
    """This is the gradient with respect to the probabilities, not the logits

    −1 / p at the true class is the derivative of −ln p. The logits come before softmax, so its derivative is to follow;
    both together give softmax minus one-hot.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), -hot / np.exp(log_p) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_without_the_padding(logits, targets, mask=None):
    """The gradient has lost its padding

    `logits[mask]` puts the steps that count into one long list. The gradient must have the shape of the logits: make
    `np.zeros_like(logits)`, and fill in `dlogits[mask] = …`.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot)[mask] / mask.sum()


@softmax_cross_entropy.mistake
def one_loss_a_step(logits, targets, mask=None):
    """The losses are divided, but not added up

    One number for each step comes back. The loss is one number: sum them.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats * mask / mask.sum(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def last_axis_missing(logits, targets, mask=None):
    """One number a step meets C numbers a step, without a last axis

    `logits.max(axis=-1)` has lost the axis of the classes, and so has the mask. Keep it, with `keepdims=True`, or make a
    new one, `mask[..., None]`: NumPy then repeats it along the classes.
    """
    return logits - logits.max(axis=-1)


@softmax_cross_entropy.mistake
def class_number_for_one_hot(logits, targets, mask=None):
    """The gradient is softmax minus the class's *number*

    `targets` holds whole numbers such as 2. One-hot is a row of C entries, 1 at the true class and 0 elsewhere:
    `np.eye(C)[targets]`.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - targets[..., None]) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_of_the_exponentials(logits, targets, mask=None):
    """The gradient takes the exponentials for probabilities

    They do not add up to 1 yet: softmax divides each by the sum over its step's classes.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(shifted) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def gradient_of_the_logits(logits, targets, mask=None):
    """The gradient is the logits minus one-hot, without softmax

    The derivative of ln Σ exp is the *probability* of each class: turn the logits into softmax first.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (logits - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def logarithm_missing(logits, targets, mask=None):
    """The logarithm of the sum is missing

    The loss of a step is ln Σ exp(a) − a of the true class. Yours is the sum itself minus that logit.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = np.exp(shifted).sum(axis=-1) - (hot * shifted).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def divided_by_the_length(logits, targets, mask=None):
    """The sum is divided by the first axis's length

    `len(targets)` is the number of time steps T. A batch has B sequences, and some have ended: divide by the number of
    steps that count, all sequences taken together.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask).sum() / len(targets), (np.exp(log_p) - hot) * mask[..., None] / len(targets)


@softmax_cross_entropy.mistake
def mask_upside_down(logits, targets, mask=None):
    """The mask is used upside down: the padding counts

    `True` marks a step that *counts*. Yours is the loss of the padding.
    """
    mask = np.zeros(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[~mask].mean(), (np.exp(log_p) - hot) * ~mask[..., None] / (~mask).sum()


@softmax_cross_entropy.mistake
def three_axes_only(logits, targets, mask=None):
    """Only (T, B, C) logits are taken, not (B, C)

    `T, B, C = logits.shape` needs three axes. The classes are always the last one: `axis=-1` and `logits.shape[-1]` serve
    both shapes, and `targets.shape` is the shape of the steps.
    """
    T, B, C = logits.shape
    mask = np.ones((T, B), bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(C)[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def last_axis_kept(logits, targets, mask=None):
    """An array with a last axis of length 1 meets one without

    `keepdims=True` and `np.take_along_axis` leave an axis of length 1. Where one number a step is wanted, drop it: leave
    out `keepdims`, or take `[..., 0]`.
    """
    return (logits.max(axis=-1, keepdims=True) - targets).mean(), logits


@softmax_cross_entropy.mistake
def picked_as_if_flat(logits, targets, mask=None):
    """The true classes are picked as if there were no time axis

    `a[np.arange(len(targets)), targets]` is for one row a target. With (T, B) targets use
    `np.take_along_axis(a, targets[..., None], axis=-1)`, or multiply by one-hot, `np.eye(C)[targets]`, and sum.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -log_p[np.arange(len(targets)), targets]
    dlogits = np.exp(log_p)
    dlogits[np.arange(len(targets)), targets] -= 1
    return nats[mask].mean(), dlogits * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def no_mask_summed(logits, targets, mask=None):
    """mask may be None, and None has no entries

    Where no mask is given, every step counts. Begin with: if it is None, make one that is True everywhere.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    n = mask.sum()
    return -((hot * log_p).sum(axis=-1) * mask).sum() / n, (np.exp(log_p) - hot) * mask[..., None] / n


@softmax_cross_entropy.mistake
def no_mask_asked(logits, targets, mask=None):
    """mask may be None, and None cannot be asked

    Where no mask is given, every step counts. Before anything else: if it is None, make one that is True everywhere.
    """
    if not mask.any():
        raise ValueError("mask counts no step, but a mean needs at least one")
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    n = mask.sum()
    return -((hot * log_p).sum(axis=-1) * mask).sum() / n, (np.exp(log_p) - hot) * mask[..., None] / n


@softmax_cross_entropy.mistake
def maximum_of_each_class(logits, targets, mask=None):
    """The largest logit of each class is subtracted, not of each step

    That changes the differences *within* a step, and so the probabilities: a softmax does not notice a number that is taken
    off all classes of a step. The classes are the last axis: `axis=-1, keepdims=True`.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    e = np.exp(logits - logits.max(axis=tuple(range(logits.ndim - 1))))
    p = e / e.sum(axis=-1, keepdims=True)
    nats = -np.log(np.take_along_axis(p, targets[..., None], axis=-1)[..., 0])
    return nats[mask].mean(), (p - np.eye(logits.shape[-1])[targets]) * mask[..., None] / mask.sum()


def _right(logits, targets, mask=None):
    """The loss and its gradient, once more: while an answer is checked, the reference may be out of reach."""
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    return -(hot * log_p).sum(axis=-1)[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


def _far_apart(logits):
    return np.ptp(logits, axis=-1).max() > 100


def _spoilt_alone(spoilt, where=_far_apart):
    """Whether ordinary logits have the right result, and those far apart, or far up, one that is spoilt in this way."""

    def recognised(args, result):
        loss, dlogits = result
        if where(args[0]):
            return bool(spoilt(loss, dlogits, *_right(*args)))
        return alike(result, _right(*args), 1e-7, 1e-10)

    return recognised


def _other_steps_underflow(args, result):
    """Whether all is right but steps that lie far below another one: these are no numbers."""
    highest = args[0].max(axis=-1)
    far = highest < highest.max() - 746
    if not far.any():
        return alike(result, _right(*args), 1e-7, 1e-10)
    return not np.isfinite(result[1][far]).all(axis=-1).any() and np.isfinite(result[1][~far]).all()


@softmax_cross_entropy.mistake(when=_other_steps_underflow)
def maximum_of_the_whole_array(logits, targets, mask=None):
    """The largest logit of the whole array is subtracted, not each step's own

    A step whose logits all lie far below the largest of another step underflows: its sum of exponentials is 0, and the
    logarithm of 0 is minus infinity. Each step needs its own maximum: `axis=-1, keepdims=True`.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def zero_times_the_logarithm_of_0(logits, targets, mask=None):
    """0 times the logarithm of 0 is no number

    Softmax of a far smaller logit rounds to 0, its logarithm is minus infinity, and one-hot's 0 times that is NaN. Do not
    take the logarithm of a probability: subtract in logarithms, logit − ln Σ exp.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * np.log(p)).sum(axis=-1)
    return nats[mask].mean(), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake(when=_spoilt_alone(lambda loss, d, right, _: np.isfinite(loss) and loss < right - 1))
def a_small_number_against_the_log_of_0(logits, targets, mask=None):
    """A small number under the logarithm hides how wrong the model is

    It sets a limit: with log(p + 1e-12) no loss exceeds 27.6 nats, and a model that is certain and wrong by 1000 loses 1000.
    You need no such number: subtract in logarithms, logit − ln Σ exp, and never form p for the loss.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    hot = np.eye(logits.shape[-1])[targets]
    nats = -np.log((hot * p).sum(axis=-1) + 1e-12)
    return nats[mask].mean(), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake(when=_spoilt_alone(lambda loss, *_: np.isposinf(loss)))
def logarithm_of_0(logits, targets, mask=None):
    """The logarithm of 0: a loss is infinite

    Softmax of a far smaller logit rounds to 0, and −ln 0 is infinite. The right loss there is only large. Do not take
    the logarithm of a probability: subtract in logarithms, logit − ln Σ exp.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    nats = -np.log(np.take_along_axis(p, targets[..., None], axis=-1)[..., 0])
    hot = np.eye(logits.shape[-1])[targets]
    return nats[mask].mean(), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake(
    when=_spoilt_alone(
        lambda loss, d, *_: np.isnan(loss) or np.isnan(d).any(), where=lambda logits: np.abs(logits).max() > 100
    )
)
def overflow(logits, targets, mask=None):
    """The exponential of a large logit leaves the range of floats

    Your formula is right, and gives NaN for logits of ±1000: infinity over infinity, or the logarithm of 0. Only
    differences of logits matter, so subtract each step's largest one first: then no exponential exceeds 1, and one is 1.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * np.log(p)).sum(axis=-1)
    return nats[mask].mean(), (p - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def changed_in_place(logits, targets, mask=None):
    """The caller's logits are changed

    `logits -= …` works in the array that was handed over. Write `shifted = logits - …`, which makes a new one.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    logits -= logits.max(axis=-1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return nats[mask].mean(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def no_step_gives_nan(logits, targets, mask=None):
    """Without a single step that counts, this returns NaN in place of refusing

    0 / 0 is no loss, and NaN would spread into every parameter. Test `mask.any()` first, and raise a ValueError.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    return (nats * mask).sum() / mask.sum(), (np.exp(log_p) - hot) * mask[..., None] / mask.sum()


@softmax_cross_entropy.mistake
def no_step_gives_0(logits, targets, mask=None):
    """Without a single step that counts, this returns 0 in place of refusing

    0 would be the loss of a perfect model. A batch that is all padding is an error somewhere else: raise a ValueError.
    """
    mask = np.ones(targets.shape, bool) if mask is None else mask
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    nats = -(hot * log_p).sum(axis=-1)
    n = max(mask.sum(), 1)
    return (nats * mask).sum() / n, (np.exp(log_p) - hot) * mask[..., None] / n


ABOUT_THE_MEAN = ("averaged_over_the_padding", "mask_ignored", "sum_for_mean", "mean_of_the_sequences_means")
ABOUT_THE_GRADIENT = ("gradient_of_the_opposite_sign", "gradient_without_one_hot")
ABOUT_THE_LOGARITHM = ("softmax_twice", "loss_negative", "in_bits")
SLIPS_IN_A_LOSS = (*ABOUT_THE_MEAN, *ABOUT_THE_GRADIENT, *ABOUT_THE_LOGARITHM)


@softmax_cross_entropy.slips(ABOUT_THE_MEAN, ABOUT_THE_GRADIENT, ABOUT_THE_LOGARITHM)
def several_slips_in_a_loss(slip, logits, targets, mask=None):
    mask = np.ones(targets.shape, bool) if mask is None else mask
    if not mask.any() and not any(map(slip, SLIPS_IN_A_LOSS)):
        raise ValueError("mask counts no step, but a mean needs at least one")
    weights = mask / mask.sum()
    if slip("averaged_over_the_padding"):
        weights = mask / mask.size
    if slip("mask_ignored"):
        weights = np.ones(mask.shape) / mask.size
    if slip("sum_for_mean"):
        weights = mask * 1.0
    if slip("mean_of_the_sequences_means"):
        weights = mask / mask.sum(axis=0) / (mask.shape[1] if mask.ndim == 2 else mask.size)
    a = logits - logits.max(axis=-1, keepdims=True)
    if slip("softmax_twice"):
        a = np.exp(a) / np.exp(a).sum(axis=-1, keepdims=True)
    log_p = a - np.log(np.exp(a).sum(axis=-1, keepdims=True))
    hot = np.eye(logits.shape[-1])[targets]
    loss = -(weights[..., None] * hot * log_p).sum()
    loss = -loss if slip("loss_negative") else loss / np.log(2) if slip("in_bits") else loss
    dlogits = np.exp(log_p) - (0 if slip("gradient_without_one_hot") else hot)
    return loss, (-1 if slip("gradient_of_the_opposite_sign") else 1) * dlogits * weights[..., None]


@softmax_cross_entropy.law
def only_differences_matter(f, rng):
    """adding the same number to all logits of a step changes nothing

    Softmax sees differences alone. That is also why the largest logit may be subtracted.
    """
    logits, targets, mask = draw_logits(rng)
    moved = logits + rng.normal(0, 300, (*targets.shape, 1))
    (loss, dlogits), (loss_moved, dmoved) = f(logits, targets, mask), f(moved, targets, mask)
    return np.allclose(loss, loss_moved) and np.allclose(dlogits, dmoved)


@softmax_cross_entropy.law
def padding_changes_nothing(f, rng):
    """more padding changes neither the loss nor the gradients

    Steps that do not count are neither in the sum nor in the number it is divided by.
    """
    logits, targets, mask = draw_logits(rng)
    longer = np.concatenate([logits, rng.normal(0, 1, logits.shape)])
    more, none = np.concatenate([targets, targets]), np.concatenate([mask, mask & False])
    (loss, dlogits), (loss_longer, dlonger) = f(logits, targets, mask), f(longer, more, none)
    T = len(logits)
    return np.allclose(loss, loss_longer) and np.allclose(dlonger[:T], dlogits) and np.allclose(dlonger[T:], 0)


@softmax_cross_entropy.law
def knowing_nothing_costs_ln_C(f, rng):
    """a model that finds all C classes equally likely loses ln C nats

    That is where an untrained model starts.
    """
    logits, targets, mask = draw_logits(rng)
    return np.isclose(f(np.zeros_like(logits), targets, mask)[0], np.log(logits.shape[-1]))


@softmax_cross_entropy.law
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
    inputs=draw_gradients,
    parts={"clipped": TREE, "norm": ""},
    edges=(
        draw_gradients(np.random.default_rng(10), ratio=0.7),
        ([np.zeros(3), np.zeros((2, 3))], 1.0),
        *thin(draw_gradients, THIN_TREES),
    ),
    branch=lambda grads, max_norm: any(g.any() for g in leaves(grads)),
    rtol=1e-5,  # PyTorch adds 1e-6 to the norm: whoever does so, too, is right
    hints=(
        "First one number, the norm: the squares of all entries of all arrays, summed up, then one square root.",
        "`leaves(grads)` is a plain list of all arrays: sum over it. `tree_map(lambda g: …, grads)` makes a new tree of "
        "the same form: scale with it.",
        "All arrays are multiplied by the same factor: `max_norm / norm` if the norm exceeds the limit, and 1 if not.",
    ),
)


@clip_by_global_norm.mistake
def each_array_by_itself(grads, max_norm):
    """Each array is clipped by its own norm

    The arrays are scaled by different factors, or not at all, so the step's direction changes, and together they may
    still exceed the limit. One norm over all arrays, one factor for all.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * min(1, max_norm / max(np.linalg.norm(g), 1e-12)), grads), norm


@clip_by_global_norm.mistake
def each_value_by_itself(grads, max_norm):
    """Each entry is cut off at ±max_norm

    This is clipping by value, `np.clip`. It bends the direction, and many entries below the limit still make a large
    norm. Scale all by one factor.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: np.clip(g, -max_norm, max_norm), grads), norm


@clip_by_global_norm.mistake
def always_scaled(grads, max_norm):
    """Gradients below the limit are scaled up to it

    The factor max_norm / norm is used even where the norm is small, so every step would be equally long. Below the
    limit nothing changes: the factor is never more than 1.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > 0 else 1), grads), norm


@clip_by_global_norm.mistake
def norm_without_the_root(grads, max_norm):
    """The square root is missing: this is the norm's square

    The sum of squares is compared with max_norm and divided by. A norm is the root of that sum.
    """
    norm = sum(np.sum(g**2) for g in gru_ref.leaves(grads))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def the_norm_after(grads, max_norm):
    """The norm that is returned is the one after clipping

    That one is never above max_norm, so it tells nothing. The norm *before* shows how wild the gradients are.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    clipped = gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads)
    return clipped, np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(clipped)))


@clip_by_global_norm.mistake
def never_clipped(grads, max_norm):
    """The norm is right, but nothing is clipped

    The gradients come back as they were. Where the norm exceeds max_norm, scale them by max_norm / norm, and return
    the scaled ones.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * 1, grads), norm


@clip_by_global_norm.mistake
def factor_upside_down(grads, max_norm):
    """The factor is upside down: norm / max_norm

    Large gradients become larger still. The factor that brings the norm down to max_norm is max_norm / norm.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (norm / max_norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def scaled_to_length_one(grads, max_norm):
    """The gradients are scaled to norm 1, not to max_norm

    You divide by the norm. Then multiply by the limit, too.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (1 / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def clipped_below_the_limit(grads, max_norm):
    """The comparison is the wrong way round

    Gradients above the limit stay, and those below it are scaled up. Scale where norm > max_norm; or, as a factor that
    is never above 1, `min(1, max_norm / norm)`, not `max`.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if 0 < norm < max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def norms_added(grads, max_norm):
    """The norms of the arrays are added up

    The norm of all entries together is less than the sum of the norms: add the *squares*, and take one root at the end.
    """
    norm = sum(np.sqrt(np.sum(g**2)) for g in gru_ref.leaves(grads))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def largest_arrays_norm(grads, max_norm):
    """This is the largest norm of a single array

    The global norm goes over all arrays as if they were one long vector.
    """
    norm = max(np.sqrt(np.sum(g**2)) for g in gru_ref.leaves(grads))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def absolute_values(grads, max_norm):
    """The norm is the sum of absolute values

    That is another norm, L1. Here it is the Euclidean one, L2: the root of the sum of squares.
    """
    norm = sum(np.sum(np.abs(g)) for g in gru_ref.leaves(grads))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def largest_entry(grads, max_norm):
    """The norm is the largest entry

    That is another norm, L∞. Here it is the Euclidean one, L2: the root of the sum of squares.
    """
    norm = max(np.max(np.abs(g)) for g in gru_ref.leaves(grads))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def mean_of_squares(grads, max_norm):
    """The squares are averaged, not added up

    The root of the mean is the size of a typical entry. The norm is the root of the *sum*, whatever the number of
    entries.
    """
    flat = np.concatenate([g.ravel() for g in gru_ref.leaves(grads)])
    norm = np.sqrt(np.mean(flat**2))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def factor_under_the_root(grads, max_norm):
    """The factor is √(max_norm / norm)

    A norm grows in step with the gradients, so the factor needs no root: max_norm / norm brings it exactly to the limit.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (np.sqrt(max_norm / norm) if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def dropped(grads, max_norm):
    """Gradients above the limit are set to 0

    Then nothing is learned where the gradient is large. Clipping keeps the direction, and shortens the step.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (0 if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def square_returned(grads, max_norm):
    """The clipping is right, but the norm's square is returned

    The root is taken for the factor alone. Return the norm itself.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm**2


@clip_by_global_norm.mistake
def fields_taken_for_arrays(grads, max_norm):
    """A tree's branches are taken for its arrays

    `for g in grads` meets lists and tuples as well: a tree is nested. `gru_ref.leaves(grads)` finds all the arrays.
    """
    return grads, np.sqrt(sum(np.sum(g**2) for g in grads))


@clip_by_global_norm.mistake
def divided_by_a_norm_of_0(grads, max_norm):
    """Gradients that are all 0 have the norm 0, and you divide by it

    Then there is nothing to clip. Divide only where the norm exceeds the limit.
    """
    norm = float(np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads))))
    factor = min(1.0, max_norm / norm)
    return gru_ref.tree_map(lambda g: g * factor, grads), norm


@clip_by_global_norm.mistake
def arrays_added(grads, max_norm):
    """Whole arrays are added up, of different shapes

    `g**2` is an array as large as g. Make one number of it first, with `np.sum(g**2)`; numbers can be added up.
    """
    norm = np.sqrt(sum(g**2 for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def norm_of_a_tree(grads, max_norm):
    """`np.linalg.norm` gets the whole tree

    It takes one array. `gru_ref.leaves(grads)` is a list of all arrays: add up their squares.
    """
    norm = np.linalg.norm(grads)
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def sum_squared(grads, max_norm):
    """The entries are added up before they are squared

    So positive and negative ones cancel. First each square, then the sum: `np.sum(g**2)`.
    """
    norm = np.sqrt(sum(np.sum(g) ** 2 for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm / norm if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def factor_of_the_squares(grads, max_norm):
    """The factor is made of the squares: max_norm² / norm²

    A norm grows in step with the gradients, so the factor is max_norm / norm. Take the root before you divide.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return gru_ref.tree_map(lambda g: g * (max_norm**2 / norm**2 if norm > max_norm else 1), grads), norm


@clip_by_global_norm.mistake
def scaled_in_place(grads, max_norm):
    """The caller's gradients are changed

    `g *= …` works in the arrays that were handed over. `tree_map(lambda g: g * …, grads)` makes new ones.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    if norm > max_norm:
        for g in gru_ref.leaves(grads):
            g *= max_norm / norm
    return grads, norm


@clip_by_global_norm.mistake
def a_list_of_arrays(grads, max_norm):
    """The clipped gradients are a plain list: the tree's form is lost

    `leaves` flattens a tree. The optimiser needs gradients in the form of the parameters: `tree_map(lambda g: …, grads)`
    keeps it.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    return [g * (max_norm / norm if norm > max_norm else 1) for g in gru_ref.leaves(grads)], norm


@clip_by_global_norm.slips(
    ("norm_without_the_root", "norms_added", "absolute_values", "largest_arrays_norm"),
    ("factor_upside_down", "scaled_to_length_one", "factor_under_the_root"),
)
def several_slips_in_clipping(slip, grads, max_norm):
    arrays = gru_ref.leaves(grads)
    norm = np.sqrt(sum(np.sum(g**2) for g in arrays))
    if slip("norm_without_the_root"):
        norm = norm**2
    if slip("norms_added"):
        norm = sum(np.sqrt(np.sum(g**2)) for g in arrays)
    if slip("absolute_values"):
        norm = sum(np.sum(np.abs(g)) for g in arrays)
    if slip("largest_arrays_norm"):
        norm = max(np.sqrt(np.sum(g**2)) for g in arrays)
    factor = max_norm / norm if norm > max_norm else 1
    if norm > max_norm and slip("factor_upside_down"):
        factor = norm / max_norm
    if norm > max_norm and slip("scaled_to_length_one"):
        factor = 1 / norm
    if slip("factor_under_the_root"):
        factor = np.sqrt(factor)
    return gru_ref.tree_map(lambda g: g * factor, grads), norm


@clip_by_global_norm.law
def never_above_the_limit(f, rng):
    """the norm after clipping is never above the limit

    That is what clipping is for.
    """
    grads, max_norm = draw_gradients(rng)
    clipped = f(grads, max_norm)[0]
    return np.sqrt(sum(np.sum(g**2) for g in leaves(clipped))) <= max_norm * (1 + 1e-6)


@clip_by_global_norm.law
def the_direction_stays(f, rng):
    """all entries are scaled by the same factor

    The gradient's direction stays: only its length changes.
    """
    grads, max_norm = draw_gradients(rng)
    before, after = (np.concatenate([g.ravel() for g in leaves(tree)]) for tree in (grads, f(grads, max_norm)[0]))
    return np.allclose(after / before, after[0] / before[0]) and after[0] / before[0] > 0


@clip_by_global_norm.law
def small_gradients_pass(f, rng):
    """gradients below the limit stay as they are

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
    inputs=draw_adam,
    parts={"p": TREE, "state": STATE},
    edges=(draw_adam(np.random.default_rng(11), smallest=-9), *thin(draw_adam, THIN_TREES)),
    hints=(
        "Take the state apart, `t, m, v = state`, and translate the five lines one by one. The new t comes first: all "
        "that follows uses it.",
        "Each line is one `tree_map` over all trees that it needs: `tree_map(lambda m, g: …, m, grads)`.",
        "The corrections are numbers: `1 - 0.9**t` and `1 - 0.999**t`. They are used in the last line, and not stored in "
        "m and v. ε is added after the root.",
    ),
)


@adam_step.mistake
def no_bias_correction(p, grads, state, lr):
    """The bias correction is missing

    m and v start at 0, so at first they are far too small, v more than m: the first steps would be about three times
    too long. Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m, v), (t, m, v)


@adam_step.mistake
def only_m_corrected(p, grads, state, lr):
    """v is not corrected

    m is divided by 1 − β₁ᵗ, v is not. v needs it more: β₂ is 0.999, and its average fills up a hundred times as slowly.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (1 - 0.9**t) / (np.sqrt(v) + 1e-8), p, m, v), (t, m, v)


@adam_step.mistake
def only_v_corrected(p, grads, state, lr):
    """m is not corrected

    v is divided by 1 − β₂ᵗ, m is not. Both start at 0, and both are too small at first.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), p, m, v), (t, m, v)


@adam_step.mistake
def t_not_advanced(p, grads, state, lr):
    """t stays as it was

    The correction uses the old t, and the state keeps it. In the first step that is 0, and 1 − β⁰ = 0 is divided by.
    t counts this step, too: t + 1 first, before anything uses it.
    """
    t, m, v = state
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def t_advanced_too_late(p, grads, state, lr):
    """t is advanced after the correction has used it

    In the first step the correction uses t = 0, and divides by 1 − β⁰ = 0. Advance t first.
    """
    t, m, v = state
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t + 1, m, v)


@adam_step.mistake
def old_t_handed_back(p, grads, state, lr):
    """The step is right, but the state that comes back has the old t

    So every step would be corrected as if it were the first one. Return the t that you advanced.
    """
    t, m, v = state
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9 ** (t + 1)), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999 ** (t + 1)), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def always_the_first_step(p, grads, state, lr):
    """The correction is that of the first step, 1 − β

    You divide by 1 − β₁ and 1 − β₂, without the power t. The correction fades as the averages fill up: 1 − βᵗ.
    """
    t, m, v = state
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t + 1, m, v)


@adam_step.mistake
def corrected_averages_stored(p, grads, state, lr):
    """The corrected averages are stored in the state

    Then the next step corrects them once more. The state keeps m and v as they are; m̂ and v̂ live in this step alone.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: (0.9 * m + 0.1 * g) / (1 - 0.9**t), m, grads)
    v = gru_ref.tree_map(lambda v, g: (0.999 * v + 0.001 * g**2) / (1 - 0.999**t), v, grads)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m, v), (t, m, v)


@adam_step.mistake
def multiplied_by_the_correction(p, grads, state, lr):
    """The averages are multiplied by the correction, not divided

    They are too small at first, and this makes them smaller still.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m * (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v * (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def epsilon_under_the_root(p, grads, state, lr):
    """ε stands under the root

    √(v̂ + ε) keeps parameters with gradients below 10⁻⁴ almost still. ε is added after the root: √v̂ + ε.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / np.sqrt(v + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def epsilon_missing(p, grads, state, lr):
    """ε is missing

    A parameter whose gradients have all been 0 would be divided 0 by 0. ε = 1e-8 is added after the root.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / np.sqrt(v), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def epsilon_of_keras(p, grads, state, lr):
    """ε is 1e-7 here, as in Keras

    The paper and PyTorch take 1e-8, and so does this lesson. It matters where gradients are tiny.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-7), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def epsilon_before_the_correction(p, grads, state, lr):
    """ε is added before v is corrected

    Here the two corrections are drawn into the learning rate, lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ), and ε meets the uncorrected
    root. The paper mentions it as a faster form; it is not the same. Add ε to √v̂.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    rate = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return gru_ref.tree_map(lambda p, m, v: p - rate * m / (np.sqrt(v) + 1e-8), p, m, v), (t, m, v)


@adam_step.mistake
def root_missing(p, grads, state, lr):
    """The root is missing: m̂ is divided by v̂

    v̂ is a mean of *squares*. Its root has the gradient's unit, so that the quotient has none.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (v + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def gradient_not_squared(p, grads, state, lr):
    """v averages the gradients, not their squares

    So v can be negative, and has no root. v ← β₂ v + (1 − β₂) g²: mind the square.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def m_squared(p, grads, state, lr):
    """v averages the squares of m, not of the gradient

    Both averages read the gradient itself: v ← β₂ v + (1 − β₂) g².
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, m: 0.999 * v + 0.001 * m**2, v, m)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def betas_exchanged(p, grads, state, lr):
    """β₁ and β₂ are exchanged

    m is the shorter memory, β₁ = 0.9, and v the longer one, β₂ = 0.999. In the corrections, too.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.999 * m + 0.001 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.9 * v + 0.1 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.999**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.9**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def corrections_exchanged(p, grads, state, lr):
    """The two corrections are exchanged

    m is divided by 1 − β₂ᵗ and v by 1 − β₁ᵗ. Each average goes with the β that made it.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.999**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.9**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def old_and_new_exchanged(p, grads, state, lr):
    """β and 1 − β are exchanged

    0.9 goes with the old average and 0.1 with the gradient, as z and 1 − z in a GRU. Yours forgets almost everything at
    each step.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.1 * m + 0.9 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.001 * v + 0.999 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def gradient_not_weighted(p, grads, state, lr):
    """The gradient enters with weight 1, not 1 − β

    β m + g is momentum, a sum that grows tenfold. An average needs weights that add up to 1.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def m_and_v_exchanged_in_the_step(p, grads, state, lr):
    """m̂ and v̂ are exchanged in the step

    You divide v̂ by the root of m̂, which may be negative. m̂ is the direction, above the line; √v̂ is its size, below.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * v / (np.sqrt(m) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def the_gradient_itself(p, grads, state, lr):
    """The step follows the gradient itself, not its average m̂

    That is RMSProp. m̂, the average of the last ten or so gradients, takes the gradient's place.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, g, v: p - lr * g / (np.sqrt(v) + 1e-8), p, grads, v_hat), (t, m, v)


@adam_step.mistake
def plain_descent(p, grads, state, lr):
    """This is plain gradient descent: m and v are not used

    The averages are computed, and the step is lr · g. It should be lr · m̂ / (√v̂ + ε).
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    return gru_ref.tree_map(lambda p, g: p - lr * g, p, grads), (t, m, v)


@adam_step.mistake
def uphill(p, grads, state, lr):
    """The step goes uphill

    The gradient points to where the loss *grows*. Subtract.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p + lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def learning_rate_missing(p, grads, state, lr):
    """The learning rate is not used

    m̂ / √v̂ is about ±1 for every parameter. Only lr makes a step of it that has the right size.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def averages_of_the_step_before(p, grads, state, lr):
    """The step uses the old averages, those without this gradient

    First m and v take in the gradient; then the step uses the new ones.
    """
    t, m, v = state
    t = t + 1
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    return p, (t, m, v)


@adam_step.mistake
def state_not_renewed(p, grads, state, lr):
    """The step is right, but the old state comes back

    The next step would start from the same averages again. Return the new t, m and v.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), state


@adam_step.mistake
def arithmetic_on_trees(p, grads, state, lr):
    """A whole tree is multiplied by a number

    `0.9 * m` works for an array, not for a tree of arrays. `gru_ref.tree_map(lambda m, g: …, m, grads)` does it for every
    array.
    """
    t, m, v = state
    m = 0.9 * m + 0.1 * grads
    return p, (t + 1, m, v)


@adam_step.mistake
def t_last(p, grads, state, lr):
    """The state is returned in another order: (m, v, t)

    It is taken apart as (t, m, v), so it has to be put together so.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (m, v, t)


@adam_step.mistake
def m_and_v_exchanged_in_the_state(p, grads, state, lr):
    """m and v are exchanged in the state that comes back

    The step is right, but the next one would take the squares for the mean. Return (t, m, v).
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, v, m)


@adam_step.mistake
def beta_2_too_small(p, grads, state, lr):
    """β₂ is 0.99 here, where 0.999 is wanted

    Three nines: the mean of the squares looks back on about a thousand steps. In the correction, too.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.99 * v + 0.01 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.99**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def epsilon_outside_the_fraction(p, grads, state, lr):
    """ε is added to the step, not to the root

    Brackets are missing: `a / b + 1e-8` divides first. ε belongs under the line, `a / (b + 1e-8)`.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / np.sqrt(v) + 1e-8, p, m_hat, v_hat)
    return p, (t, m, v)


def _no_root_though_the_state_is_right(args, result):
    """Whether p holds NaN beside averages that are right: a root of something negative."""
    _, grads, (t, m, v), _ = args
    averages = (
        tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads),
        tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads),
    )
    p, (steps, *got) = result
    right = all(np.allclose(a, b) for a, b in zip(leaves(averages), leaves(tuple(got)), strict=True))
    return right and steps == t + 1 and any(np.isnan(a).any() for a in leaves(p))


@adam_step.mistake(when=_no_root_though_the_state_is_right)
def correction_turned_negative(p, grads, state, lr):
    """The corrected v̂ is negative, and has no root

    1 − β₂ᵗ lies between 0 and 1, so v / (1 − β₂ᵗ) cannot be negative. Look for brackets: `v / 1 - 0.999**t` divides before
    it subtracts. And a power is `**`: `0.999 * t` is a product.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / 1 - 0.9**t, m)
    v_hat = gru_ref.tree_map(lambda v: v / 1 - 0.999**t, v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def doubled_for_squared(p, grads, state, lr):
    """v averages twice the gradient, not its square

    `g*2` doubles. A power is `g**2`.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g * 2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def t_counted_twice(p, grads, state, lr):
    """The corrections count this step twice

    You advance t, and then take t + 1 for the power as well. After t ← t + 1 the power is t.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9 ** (t + 1)), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999 ** (t + 1)), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def beta_1_for_both(p, grads, state, lr):
    """β₁ = 0.9 is used for v, too

    v looks back further: β₂ = 0.999, in its average and in its correction.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.9 * v + 0.1 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.9**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def square_weighted_ten_times(p, grads, state, lr):
    """The square enters v with weight 0.01

    1 − β₂ is 1 − 0.999 = 0.001.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.01 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def the_step_for_the_parameters(p, grads, state, lr):
    """The step is returned in the parameters' place

    −lr · m̂ / (√v̂ + ε) is how far to go. Add it to where the parameters stand: p minus that.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: -lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def power_of_the_difference(p, grads, state, lr):
    """The power is taken of 1 − β, not of β

    `(1 - 0.9)**t` shrinks to 0. The correction is 1 − βᵗ, `1 - 0.9**t`: it grows to 1.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9) ** t, m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999) ** t, v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def state_taken_apart(p, grads, state, lr):
    """t, m and v are returned one by one

    The result is a pair: the parameters, and the state as one tuple, `return p, (t, m, v)`.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, t, m, v


@adam_step.mistake
def root_before_the_correction(p, grads, state, lr):
    """The root is taken before v is corrected

    √v / (1 − β₂ᵗ) divides a root by what belongs to a square. First v̂, then its root.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    root = gru_ref.tree_map(lambda v: np.sqrt(v) / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, r: p - lr * m / (r + 1e-8), p, m_hat, root)
    return p, (t, m, v)


@adam_step.mistake
def square_not_weighted(p, grads, state, lr):
    """The square enters v with weight 1, not 1 − β₂

    m is right. v ← β₂ v + (1 − β₂) g²: without the weight it grows a thousandfold, and the steps shrink.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def only_the_mean_not_weighted(p, grads, state, lr):
    """The gradient enters m with weight 1, not 1 − β₁

    v is right. β₁ m + g is a sum that grows tenfold; an average needs weights that add up to 1.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def absolute_value_for_the_square(p, grads, state, lr):
    """v averages the gradient's absolute value, not its square

    A square is wanted, since a root follows: v ← β₂ v + (1 − β₂) g².
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * np.abs(g), v, grads)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def spread_for_the_square(p, grads, state, lr):
    """v averages (g − m)², the spread about the mean

    That is another optimiser, AdaBelief. Adam's v averages g² itself.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g, m: 0.999 * v + 0.001 * (g - m) ** 2, v, grads, m)
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    p = gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat)
    return p, (t, m, v)


@adam_step.mistake
def updated_in_place(p, grads, state, lr):
    """The averages are changed in place

    `m *= …` and `m += …` work in the arrays of the caller's state: whoever repeats the step gets another result. Let
    `tree_map` make new ones.
    """
    t, m, v = state
    t = t + 1
    for a, b, g in zip(gru_ref.leaves(m), gru_ref.leaves(v), gru_ref.leaves(grads), strict=True):
        a *= 0.9
        a += 0.1 * g
        b *= 0.999
        b += 0.001 * g**2
    m_hat = gru_ref.tree_map(lambda m: m / (1 - 0.9**t), m)
    v_hat = gru_ref.tree_map(lambda v: v / (1 - 0.999**t), v)
    return gru_ref.tree_map(lambda p, m, v: p - lr * m / (np.sqrt(v) + 1e-8), p, m_hat, v_hat), (t, m, v)


@adam_step.mistake
def parameters_in_place(p, grads, state, lr):
    """The parameters are changed in place

    `p -= …` works in the caller's arrays. Training wants to keep the best parameters it has seen; then they must not
    change behind its back. Let `tree_map` make new ones.
    """
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
    for a, b, c in zip(gru_ref.leaves(p), gru_ref.leaves(m), gru_ref.leaves(v), strict=True):
        a -= lr * b / (1 - 0.9**t) / (np.sqrt(c / (1 - 0.999**t)) + 1e-8)
    return p, (t, m, v)


@adam_step.slips(
    ("no_bias_correction", "only_m_corrected", "only_v_corrected", "multiplied_by_the_correction"),
    ("betas_exchanged", "gradient_not_squared", "gradient_not_weighted"),
    ("epsilon_under_the_root", "uphill", "root_missing"),
)
def several_slips_in_adam(slip, p, grads, state, lr):
    t, m, v = state
    t = t + 1
    b1, b2 = (0.999, 0.9) if slip("betas_exchanged") else (0.9, 0.999)
    w1, w2 = (1, 1) if slip("gradient_not_weighted") else (1 - b1, 1 - b2)
    power = 1 if slip("gradient_not_squared") else 2
    m = gru_ref.tree_map(lambda m, g: b1 * m + w1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: b2 * v + w2 * g**power, v, grads)
    c1, c2 = 1 - b1**t, 1 - b2**t
    c1 = 1 if slip("no_bias_correction") or slip("only_v_corrected") else c1
    c2 = 1 if slip("no_bias_correction") or slip("only_m_corrected") else c2
    if slip("multiplied_by_the_correction"):
        c1, c2 = 1 / c1, 1 / c2

    def step(p, m, v):
        if slip("epsilon_under_the_root"):
            return p - lr * (m / c1) / np.sqrt(v / c2 + 1e-8)
        change = lr * (m / c1) / ((v / c2 if slip("root_missing") else np.sqrt(v / c2)) + 1e-8)
        return p + change if slip("uphill") else p - change

    return gru_ref.tree_map(step, p, m, v), (t, m, v)


@adam_step.law
def the_first_step_has_the_size_of_the_learning_rate(f, rng):
    """in the first step, every parameter moves by lr, whatever the gradient's size

    m̂ is the gradient then, and √v̂ its absolute value. What is left is the sign.
    """
    p, _, _, lr = draw_adam(rng)
    grads = tree_map(lambda a: rng.choice([-1, 1], a.shape) * 10 ** rng.uniform(-3, 3, a.shape), p)
    moved, _ = f(p, grads, gru_ref.adam_init(p), lr)
    sizes = tree_map(lambda a, b, g: np.allclose(b - a, -lr * np.sign(g), rtol=1e-4), p, moved, grads)
    return all(leaves(sizes))


@adam_step.law
def without_gradients_ever_nothing_moves(f, rng):
    """a parameter whose gradients have all been 0 stays where it is

    0 / (0 + ε) is 0.
    """
    p, _, _, lr = draw_adam(rng)
    moved, (t, m, v) = f(p, tree_map(np.zeros_like, p), gru_ref.adam_init(p), lr)
    same = all(np.allclose(a, b) for a, b in zip(leaves(p), leaves(moved), strict=True))
    return same and t == 1 and not any(a.any() for a in leaves(m) + leaves(v))


@adam_step.law
def parameters_do_not_meet(f, rng):
    """each parameter moves by its own gradients alone

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
    """A loss that anybody can follow: ½‖p − batch‖², whose gradient is p − batch."""
    return 0.5 * float(np.sum((p[0] - batch) ** 2)), [p[0] - batch]


train_step = Exercise(
    reference=gru_ref.train_step,
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
        "Each of the three returns a pair. Take both apart: `loss, grads = …`, and `grads, _ = …` after clipping.",
        "`gru_ref.clip_by_global_norm(grads, max_norm)` and `gru_ref.adam_step(p, grads, state, lr)`. The loss that you "
        "return is the one that came with the gradients.",
    ),
)


@train_step.mistake
def not_clipped(loss_and_grads, p, state, batch, lr, max_norm):
    """The step is made with gradients that were not clipped

    Clipping has no effect unless Adam gets what it returns. Clip *before* the step, and pass the clipped gradients on.
    """
    loss, grads = loss_and_grads(p, batch)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def loss_after_the_step(loss_and_grads, p, state, batch, lr, max_norm):
    """The loss is that of after the step

    You compute it again with the new parameters. That doubles the work, and judges the step on the very batch it was
    made for. Return the loss that came with the gradients.
    """
    _, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss_and_grads(p, batch)[0]


@train_step.mistake
def ascending(loss_and_grads, p, state, batch, lr, max_norm):
    """The gradients' sign is turned: the loss is made larger

    `adam_step` goes downhill by itself. Give it the gradients as they are.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, gru_ref.tree_map(lambda g: -g, grads), state, lr)
    return p, state, loss


@train_step.mistake
def plain_gradient_descent(loss_and_grads, p, state, batch, lr, max_norm):
    """The step is plain gradient descent

    p − lr · grads uses no averages, and the state comes back as it was. The step is Adam's: `gru_ref.adam_step`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    return gru_ref.tree_map(lambda a, g: a - lr * g, p, grads), state, loss


@train_step.mistake
def state_dropped(loss_and_grads, p, state, batch, lr, max_norm):
    """The old state is returned

    Adam's new averages are lost, so every step starts from the same ones. Pass the new state on.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    return gru_ref.adam_step(p, grads, state, lr)[0], state, loss


@train_step.mistake
def parameters_dropped(loss_and_grads, p, state, batch, lr, max_norm):
    """The old parameters are returned: nothing is learned

    `adam_step` changes nothing in place. It returns the new parameters: those are wanted.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    return p, gru_ref.adam_step(p, grads, state, lr)[1], loss


@train_step.mistake
def a_fresh_state_each_time(loss_and_grads, p, state, batch, lr, max_norm):
    """Adam starts anew at each step

    `adam_init` belongs before the first step. Here the state is handed over: use it, or nothing is ever averaged.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, gru_ref.adam_init(p), lr)
    return p, state, loss


@train_step.mistake
def norm_for_the_loss(loss_and_grads, p, state, batch, lr, max_norm):
    """The gradient's norm is returned in the loss's place

    The second result of clipping is the norm. The loss comes from `loss_and_grads`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, loss = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def parameters_clipped(loss_and_grads, p, state, batch, lr, max_norm):
    """The parameters are clipped after the step, not the gradients before it

    That shrinks the model itself. Clipping limits the *gradients*, before Adam sees them.
    """
    loss, grads = loss_and_grads(p, batch)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    p, _ = gru_ref.clip_by_global_norm(p, max_norm)
    return p, state, loss


@train_step.mistake
def rate_and_limit_exchanged(loss_and_grads, p, state, batch, lr, max_norm):
    """lr and max_norm are exchanged

    You clip to a norm of lr, and step with a learning rate of max_norm.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, lr)
    p, state = gru_ref.adam_step(p, grads, state, max_norm)
    return p, state, loss


@train_step.mistake
def clipped_to_one(loss_and_grads, p, state, batch, lr, max_norm):
    """The limit is 1, whatever max_norm says

    The limit is an argument: hand it on to the clipping.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, 1.0)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def values_clipped(loss_and_grads, p, state, batch, lr, max_norm):
    """Each entry of the gradient is cut off by itself

    That bends the direction. Use `gru_ref.clip_by_global_norm`, which scales all by one factor.
    """
    loss, grads = loss_and_grads(p, batch)
    grads = gru_ref.tree_map(lambda g: np.clip(g, -max_norm, max_norm), grads)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def each_array_clipped(loss_and_grads, p, state, batch, lr, max_norm):
    """Each array of the gradient is clipped by its own norm

    Hand the whole tree to `gru_ref.clip_by_global_norm`, once: one norm, one factor for all.
    """
    loss, grads = loss_and_grads(p, batch)
    grads = gru_ref.tree_map(lambda g: gru_ref.clip_by_global_norm(g, max_norm)[0], grads)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def two_steps(loss_and_grads, p, state, batch, lr, max_norm):
    """Two steps are made

    `adam_step` is called twice, as in `adam_step(…)[0]` and `adam_step(…)[1]` with something already replaced between
    them. Call it once, and take both results: `p, state = …`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def state_advanced_twice(loss_and_grads, p, state, batch, lr, max_norm):
    """Adam is called twice, and the state advances by two steps

    First for p, then with the result for the state. Call it once, and take both: `p, state = …`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    state = gru_ref.adam_step(p, grads, state, lr)[1]
    p, state = gru_ref.adam_step(p, grads, state, lr)[0], gru_ref.adam_step(p, grads, state, lr)[1]
    return p, state, loss


@train_step.mistake
def pair_taken_for_the_gradients(loss_and_grads, p, state, batch, lr, max_norm):
    """The pair that clipping returns is passed on whole

    `clip_by_global_norm` returns the clipped gradients *and* the norm. Take them apart: `grads, norm = …`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def clipped_and_norm_exchanged(loss_and_grads, p, state, batch, lr, max_norm):
    """The two results of clipping are taken in the wrong order

    First the clipped gradients, then the norm: `grads, norm = …`.
    """
    loss, grads = loss_and_grads(p, batch)
    _, grads = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def loss_and_gradients_exchanged(loss_and_grads, p, state, batch, lr, max_norm):
    """Loss and gradients are taken in the wrong order

    `loss_and_grads` returns what its name says, in this order: `loss, grads = …`.
    """
    grads, loss = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def batch_first(loss_and_grads, p, state, batch, lr, max_norm):
    """loss_and_grads gets its arguments in the wrong order

    First the parameters, then the batch: `loss_and_grads(p, batch)`.
    """
    loss, grads = loss_and_grads(batch, p)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def state_for_the_gradients(loss_and_grads, p, state, batch, lr, max_norm):
    """adam_step gets its arguments in the wrong order

    Parameters, gradients, state, rate: `adam_step(p, grads, state, lr)`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, state, grads, lr)
    return p, state, loss


@train_step.mistake
def the_models_loss_for_the_given(loss_and_grads, p, state, batch, lr, max_norm):
    """`gru_ref.model_loss_and_grads` is called, whatever was handed over

    The step is to train any model: call the argument, `loss_and_grads(p, batch)`.
    """
    loss, grads = gru_ref.model_loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def batch_taken_apart(loss_and_grads, p, state, batch, lr, max_norm):
    """The batch is taken apart

    What is in a batch is the business of `loss_and_grads`: hand it on whole, `loss_and_grads(p, batch)`.
    """
    loss, grads = loss_and_grads(p, *batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss


@train_step.mistake
def pair_taken_for_the_loss_and_gradients(loss_and_grads, p, state, batch, lr, max_norm):
    """The pair that loss_and_grads returns is taken for the gradients

    It returns the loss *and* the gradients. Take them apart: `loss, grads = …`.
    """
    grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, grads


@train_step.mistake
def parameters_and_gradients_exchanged(loss_and_grads, p, state, batch, lr, max_norm):
    """Parameters and gradients are handed to adam_step in the wrong order

    So the gradients are moved, by the parameters. First the parameters: `adam_step(p, grads, state, lr)`.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(grads, p, state, lr)
    return p, state, loss


@train_step.mistake
def rate_used_twice(loss_and_grads, p, state, batch, lr, max_norm):
    """The gradients are multiplied by the learning rate before Adam gets them

    Adam has the rate already, and divides by the gradients' size: hand it the clipped gradients as they are.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, gru_ref.tree_map(lambda g: lr * g, grads), state, lr)
    return p, state, loss


@train_step.mistake
def plain_descent_on_trees(loss_and_grads, p, state, batch, lr, max_norm):
    """A whole tree is multiplied by a number

    `lr * grads` works for an array, not for a tree of arrays. The step is Adam's business: `gru_ref.adam_step` knows how
    to go through a tree.
    """
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    return p - lr * grads, state, loss


@train_step.slips(
    ("not_clipped", "clipped_to_one", "values_clipped", "each_array_clipped"),
    ("loss_after_the_step",),
    ("ascending", "a_fresh_state_each_time"),
)
def several_slips_in_a_step(slip, loss_and_grads, p, state, batch, lr, max_norm):
    loss, grads = loss_and_grads(p, batch)
    if slip("values_clipped"):
        grads = gru_ref.tree_map(lambda g: np.clip(g, -max_norm, max_norm), grads)
    elif slip("each_array_clipped"):
        grads = gru_ref.tree_map(lambda g: gru_ref.clip_by_global_norm(g, max_norm)[0], grads)
    elif not slip("not_clipped"):
        grads, _ = gru_ref.clip_by_global_norm(grads, 1.0 if slip("clipped_to_one") else max_norm)
    if slip("ascending"):
        grads = gru_ref.tree_map(lambda g: -g, grads)
    state = gru_ref.adam_init(p) if slip("a_fresh_state_each_time") else state
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss_and_grads(p, batch)[0] if slip("loss_after_the_step") else loss


@train_step.law
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


@train_step.law
def is_given_any_function(f, rng):
    """it trains whatever function it is given

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
