# %% [markdown] slide="new"
# # 10 · Training
#
# **How does it learn?**
#
# - **Goals**: build a training step: a loss that neither overflows nor counts padding, clipping, Adam, and the step
#   that joins them; use it to solve a task that needs a memory of a hundred steps; read learning curves.
# - **Time**: 90 minutes.
# - **Before you start**: padding and masks (lesson 07), gradients of a whole sequence (lesson 08).

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show, steps
from gru_ref import plotting

# %% [markdown] slide="new" brief="1. a **loss** says how wrong the model is, and how that changes with its outputs;\n2. backpropagation turns this into a gradient for every parameter;\n3. **clipping** shortens gradients that are far too long;\n4. an **optimiser** turns the gradient into a step.\n\nThen you do it again, a few hundred times." ask="Which of the four needs to know what the right answers are?"
# ## Four parts
#
# Lesson 08 took the error back through time, down to every weight. A gradient is not yet learning. One step of training
# has four parts; you will write all but the second:
#
# 1. a **loss** says in one number how wrong the model is, and how that changes with its outputs;
# 2. backpropagation (lesson 08) turns this into a gradient for every parameter;
# 3. **clipping** shortens gradients that are far too long;
# 4. an **optimiser** turns the gradient into a step.
#
# Then you do it again, a few hundred times.

# %% [markdown] slide="new" brief="$$p_c = \\frac{e^{a_c}}{\\sum_k e^{a_k}} \\qquad \\text{loss} = -\\ln p_\\text{true} = \\ln \\sum_k e^{a_k} - a_\\text{true}$$\n\nA model that knows nothing loses $\\ln C$. One that is certain and right loses 0." ask="The logits are 1000, 995 and 0. **Predict**: what does the second form give as written, and what with the largest logit subtracted first?"
# ## The loss of a class
#
# The model gives one number for each of $C$ classes, its *logits* $a$. Softmax (lesson 07) turns them into
# probabilities, and the loss is minus the logarithm of the true class's probability, in *nats*, the unit of natural
# logarithms:
#
# $$p_c = \frac{e^{a_c}}{\sum_k e^{a_k}} \qquad \text{loss} = -\ln p_\text{true} = \ln \sum_k e^{a_k} - a_\text{true}$$
#
# A model that knows nothing, with all logits equal, loses $\ln C$. One that is certain and right loses 0.
#
# The second form hides a trap that you already met in lesson 03. **Predict**: what do the two lines print?

# %% slide="more text"
a = np.array([1000.0, 995.0, 0.0])
with np.errstate(all="ignore"):  # no warnings just now: we want to see the values
    print("as written:      ", np.log(np.exp(a).sum()) - a)
shifted = a - a.max()
print("largest at zero: ", np.log(np.exp(shifted).sum()) - shifted)

# %% [markdown] slide="new" brief="## Its gradient\n\nThe gradient is **softmax minus one-hot**: each wrong class is pushed down by the probability it was given, the right one is pushed up by what it is missing." ask="Logits 2, 1 and −1; class 1 is the true one. Which entry of the gradient is negative?"
# $e^{1000}$ overflows, so the first line is useless. But softmax depends only on *differences*: subtract the largest
# logit from all of them, and no exponential exceeds 1. One of them *is* 1, so the logarithm is safe, too. A class that
# is 1000 behind costs 1000 nats. Note what we never did: compute a probability and take its logarithm.
#
# ## Its gradient
#
# In $\ln \sum_k e^{a_k} - a_\text{true}$, the first term's derivative with respect to $a_c$ is $p_c$ itself, and the
# second term's is −1 at the true class. So the gradient is **softmax minus one-hot**, where *one-hot* is 1 at the true
# class and 0 at the others: each wrong class is pushed down by the probability it was given, the right one is pushed up
# by what it is missing.

# %% slide="more text"
a, true = np.array([2.0, 1.0, -1.0]), 1
p = np.exp(a - a.max()) / np.exp(a - a.max()).sum()
one_hot = np.eye(3)[true]
print("softmax ", p.round(3), " one-hot", one_hot, " gradient", (p - one_hot).round(3))

# %% [markdown] slide="new" brief="A **mask** says which of the $T \\cdot B$ steps count. The loss is the mean over these $n$ steps:\n\n$$\\text{loss} = \\frac{1}{n} \\sum_{\\text{steps that count}} \\text{loss}_{t,b} \\qquad \\text{dlogits} = \\frac{1}{n}\\,(\\text{softmax} - \\text{one-hot})$$" ask="Three sequences of 6, 3 and 1 steps in a batch of 6, with a loss of 1 nat at each real step. **Predict** the mean over all, and over those that count."
# ## Many steps, some of them padding
#
# A batch of sequences has $T \cdot B$ such losses. Sequences end at different steps (lesson 07), and what comes after
# is padding. A **mask** says which steps count. The loss is the mean over these $n$ steps:
#
# $$\text{loss} = \frac{1}{n} \sum_{\text{steps that count}} \text{loss}_{t,b} \qquad
# \text{dlogits} = \frac{1}{n}\,(\text{softmax} - \text{one-hot}), \text{ and } 0 \text{ in the padding}$$
#
# A wrong $n$ does not crash. It only makes the loss look better than it is. Here are three sequences in a batch of 6
# steps, with a loss of 1 nat at each real step. **Predict** both means.

# %% slide="more text"
mask = np.arange(6)[:, None] < np.array([6, 3, 1])
nats = np.where(mask, 1.0, 0.0)
print(
    "over all 18:",
    nats.mean().round(3),
    "   over those that count:",
    nats.sum() / mask.sum(),
)

# %% [markdown] slide="new"
# ## Your turn: `softmax_cross_entropy` · medium
#
# Write `softmax_cross_entropy(logits, targets, mask)`. It returns a pair.
#
# | name | what | shape |
# | --- | --- | --- |
# | `logits` | any numbers, even ±1000 | `(T, B, C)`, or `(B, C)` |
# | `targets` | the true classes, integers from 0 | `(T, B)`, or `(B,)` |
# | `mask` | `True` where a step counts; `None` if all count | like `targets` |
# | returned `loss` | the mean over the steps that count, in nats | one number |
# | returned `dlogits` | its gradient | like `logits` |
#
# The classes are always the last axis, so `axis=-1` serves both shapes. A mask without a single `True` has no mean:
# raise a `ValueError`. Stuck? `hint(softmax_cross_entropy)`.


# %% solution="softmax_cross_entropy"
def softmax_cross_entropy(logits, targets, mask=None):
    """Mean loss in nats, and its gradient.

    logits (…, C), targets and mask (…) → (loss, dlogits (…, C)).
    """
    ### BEGIN SOLUTION
    if mask is None:
        mask = np.ones(targets.shape, bool)
    if not mask.any():
        raise ValueError("mask counts no step, but a mean needs at least one")
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    one_hot = np.eye(logits.shape[-1])[targets]
    n = mask.sum()
    loss = -(one_hot * log_p).sum(axis=-1)[mask].sum() / n
    return loss, (np.exp(log_p) - one_hot) * mask[..., None] / n
    ### END SOLUTION


# %% check="softmax_cross_entropy" points=2
check(softmax_cross_entropy)

# %% [markdown]
# When the targets are numbers instead of classes, we use the mean squared error, $\frac{1}{n} \sum (\text{prediction} -
# \text{target})^2$, with the gradient $\frac{2}{n} (\text{prediction} - \text{target})$:
# `gru_ref.mean_squared_error` computes it. We will use both losses.

# %% [markdown] slide="new" brief="One unit runs for 50 steps, $x \\leftarrow w \\cdot \\sigma(x) - 2.5$, and should end with $\\sigma(x) = 0.7$." ask="How far would a step of ten per cent of the steepest slope carry you?"
# ## A cliff
#
# Lesson 02 showed gradients that explode. What does that do to training? Take a network of one unit that runs for 50
# steps, $x \leftarrow w \cdot \sigma(x) - 2.5$, and should end with $\sigma(x) = 0.7$. Its loss depends on one weight,
# $w$. In the picture look at the dashed line: it has the slope of the loss at the dot. How far would a step of ten per
# cent of that slope carry you?

# %%
ws = np.linspace(4, 6, 4001)
x = np.full_like(ws, 0.5)
for _ in range(50):
    x = ws * gru_ref.sigmoid(x) - 2.5
losses = (gru_ref.sigmoid(x) - 0.7) ** 2
slopes = np.gradient(losses, ws)
steepest = np.abs(slopes).argmax()
print(f"typical slope {np.median(np.abs(slopes)):.2f}")
print(f"steepest slope {slopes[steepest]:.0f}, at w = {ws[steepest]:.3f}")

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(6.8, 3.0))
plotting.plot_cliff(ax, ws, losses, ws[steepest], slopes[steepest])
show(fig, "cliff")

# %% [markdown] slide="new" brief="**Clipping** keeps the direction and limits the length:\n\n$$\\|g\\| = \\sqrt{\\sum_\\text{all arrays} \\sum_\\text{all entries} g^2} \\qquad g \\leftarrow g \\cdot \\min\\!\\left(1, \\frac{\\text{max\\_norm}}{\\|g\\|}\\right)$$" ask="Gradients $(3, 0)$ and $(0, 0.4)$ of two arrays, and a limit of 1. **Predict** both ways: each array by itself, and both together. Which keeps the direction?"
# Nearly everywhere the slope is below ½. On the cliff it is −295, measured between neighbouring points: with a learning
# rate of 0.1 one step from there would move $w$ by almost 30, far outside the picture. The *direction* is right; the
# length is an accident of where we happened to be.
#
# **Clipping** keeps the direction and limits the length. It treats all gradients together as one long vector:
#
# $$\|g\| = \sqrt{\sum_\text{all arrays} \sum_\text{all entries} g^2} \qquad
# g \leftarrow g \cdot \min\!\left(1, \frac{\text{max\_norm}}{\|g\|}\right)$$
#
# One norm, one factor. **Predict**: here are gradients of two arrays, with a limit of 1. What do you get if you clip
# each array by itself, and what if you clip both together? Which keeps the direction?

# %% slide="more text"
g1, g2 = np.array([3.0, 0.0]), np.array([0.0, 0.4])
norm = np.sqrt((g1**2).sum() + (g2**2).sum())
print(f"norm of all {norm:.3f}")
print(
    "each by itself: ",
    g1 * min(1, 1 / np.linalg.norm(g1)),
    g2 * min(1, 1 / np.linalg.norm(g2)),
)
print("both together:  ", (g1 / norm).round(3), (g2 / norm).round(3))

# %% [markdown]
# Clipped separately, the first array is cut to a third and the second is left alone: the step turns towards the second.
# Clipped together, both shrink by the same factor.

# %% [markdown]
# ## Trees
#
# A model's parameters are many arrays: NamedTuples in tuples in lists. Such a nested structure is called a **tree**,
# and its gradients are a tree of the same form. Two helpers do all we need:
#
# - `gru_ref.leaves(tree)`: all its arrays, in a plain list;
# - `gru_ref.tree_map(fn, tree, *others)`: a new tree of the same form, with `fn` applied to each array (and to its
#   counterparts in the others).

# %%
p = gru_ref.init_model("gru", I=2, H=3, O=1, rng=np.random.default_rng(0))
arrays = gru_ref.leaves(p)
print(
    type(p).__name__,
    p._fields,
    "with",
    len(arrays),
    "arrays,",
    sum(a.size for a in arrays),
    "numbers",
)
halved = gru_ref.tree_map(lambda a: a / 2, p)
total = gru_ref.tree_map(lambda a, b: a + b, p, halved)
print(type(total).__name__, " b:", p.b, halved.b, total.b)

# %% [markdown] slide="new"
# ## Your turn: `clip_by_global_norm` · easy
#
# Write `clip_by_global_norm(grads, max_norm)`, for any tree of arrays, including one that is all zeros. It returns the
# clipped tree, of new arrays, and the norm **before** clipping: that is the number to watch. Stuck?
# `hint(clip_by_global_norm)`.


# %% solution="clip_by_global_norm" slide="more code"
def clip_by_global_norm(grads, max_norm):
    """Scale a tree of gradients to a common norm of at most max_norm.

    tree of arrays, number → (clipped tree, norm before).
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(g**2) for g in gru_ref.leaves(grads)))
    scale = max_norm / norm if norm > max_norm else 1.0
    return gru_ref.tree_map(lambda g: g * scale, grads), norm
    ### END SOLUTION


# %% check="clip_by_global_norm" points=2
check(clip_by_global_norm)

# %% [markdown] slide="new" brief="**Adam** gives each parameter a step of its own. It keeps two moving averages, the memory of lesson 00:\n\n$$m \\leftarrow \\beta_1\\, m + (1 - \\beta_1)\\, g \\qquad v \\leftarrow \\beta_2\\, v + (1 - \\beta_2)\\, g^2$$\n\n$$\\hat m = m / (1 - \\beta_1^t) \\qquad \\hat v = v / (1 - \\beta_2^t)$$\n\n$$p \\leftarrow p - \\text{lr} \\cdot \\hat m / (\\sqrt{\\hat v} + \\varepsilon)$$" ask="After one step with $g = 5$, $\\beta_1 = 0.9$, $\\beta_2 = 0.999$: what are $m$, $v$, $\\hat m$ and $\\hat v$?"
# ## From a gradient to a step
#
# The simplest optimiser goes downhill: $p \leftarrow p - \text{lr} \cdot g$, with a *learning rate* lr. All parameters
# share it, and that is the trouble. Think of a long, narrow valley: a rate that suits the steep walls is far too small
# for the gentle floor.
#
# **Adam** gives each parameter a step of its own. It keeps two moving averages, the memory of lesson 00: $m$ of the
# gradient, and $v$ of its square. It then steps by $m / \sqrt{v}$, in units of lr: gradients that agree from step to
# step make a step of about lr, whatever their size; those that keep changing sign cancel in $m$.
#
# $$
# \begin{aligned}
# t &\leftarrow t + 1 \\
# m &\leftarrow \beta_1\, m + (1 - \beta_1)\, g & \beta_1 &= 0.9 \\
# v &\leftarrow \beta_2\, v + (1 - \beta_2)\, g^2 & \beta_2 &= 0.999 \\
# \hat m &= m / (1 - \beta_1^t) \qquad \hat v = v / (1 - \beta_2^t) \\
# p &\leftarrow p - \text{lr} \cdot \hat m / (\sqrt{\hat v} + \varepsilon) & \varepsilon &= 10^{-8}
# \end{aligned}
# $$
#
# Why the hats? Both averages start from 0, as in lesson 00, and are too small at first. **Predict**: after one step
# with $g = 5$, what are $m$ and $v$, and what are $\hat m$ and $\hat v$?

# %% slide="more text"
g = 5.0
m, v = 0.1 * g, 0.001 * g**2
print(
    f"m {m:.3f}, v {v:.3f}    corrected: m {m / (1 - 0.9):.3f}, v {v / (1 - 0.999):.3f}"
)
uncorrected, corrected = m / np.sqrt(v), (m / 0.1) / np.sqrt(v / 0.001)
print(
    f"first step, in units of lr: {uncorrected:.2f} uncorrected, "
    f"{corrected:.2f} corrected"
)

# %% [markdown]
# Corrected, they are exactly $g$ and $g^2$, and the first step has the length lr. Without the correction it would be
# three times as long.

# %% [markdown] slide="new"
# ## Your turn: `adam_step` · medium
#
# Write `adam_step(p, grads, state, lr)`. `p` and `grads` are trees of the same form; `state` is the tuple `(t, m, v)`,
# where `t` counts the steps made *so far*, and `m` and `v` are trees like `p`. It returns `(p, state)`, both new; the
# caller's arrays stay as they are. Stuck? `hint(adam_step)`.


# %% solution="adam_step" slide="more code"
def adam_step(p, grads, state, lr):
    """One step of Adam on trees.

    parameters, gradients, state (t, m, v) → (p, (t, m, v)).
    """
    ### BEGIN SOLUTION
    t, m, v = state
    t = t + 1
    m = gru_ref.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = gru_ref.tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)

    def move(a, m, v):
        return a - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return gru_ref.tree_map(move, p, m, v), (t, m, v)
    ### END SOLUTION


# %% check="adam_step" points=2
check(adam_step)

# %% [markdown] slide="new" brief="The valley $\\frac12 (p_1^2 + 50\\, p_2^2)$. Plain descent has the rate 0.035, Adam 0.3." ask="What do the two paths look like after 30 steps?"
# ## The narrow valley
#
# The valley is $\frac12 (p_1^2 + 50\, p_2^2)$, and both start at $(-4, 1)$. Plain descent gets the rate 0.035, near the
# largest that it tolerates (with 0.04 it would jump from wall to wall forever). Adam gets 0.3. Look at the shape of the
# two paths after 30 steps.

# %%
curvatures, start = np.array([1.0, 50.0]), np.array([-4.0, 1.0])
descent, adam = [start], [start]
state = gru_ref.adam_init(start)
for _ in range(30):
    descent.append(gru_ref.sgd_step(descent[-1], curvatures * descent[-1], 0.035))
    p, state = gru_ref.adam_step(adam[-1], curvatures * adam[-1], state, 0.3)
    adam.append(p)
paths = {"plain descent, 0.035": np.array(descent), "Adam, 0.3": np.array(adam)}
for label, path in paths.items():
    along, across = np.abs(path[-1])
    print(
        f"{label:21} ends {along:.2f} from the lowest point along the valley, "
        f"{across:.2f} across"
    )

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_descent(ax, curvatures, paths)
show(fig, "two_descents")

# %% [markdown]
# Plain descent zigzags between the walls and creeps along the floor: it still has 1.37 to go. At first, Adam moves by
# 0.3 in *both* directions, although the slopes differ twelvefold. It does not brake in time (its average $m$ still
# remembers the slope), passes the lowest point, and turns back.

# %% [markdown] slide="new"
# ## Your turn: `train_step` · easy
#
# Now put the parts together. Write `train_step(loss_and_grads, p, state, batch, lr, max_norm)`:
#
# - `loss_and_grads(p, batch)` returns `(loss, grads)`, whatever the model is;
# - the gradients are clipped to `max_norm`; then Adam takes its step with the rate `lr`;
# - it returns the new parameters, Adam's new state, and the loss **on this batch, before the step**.
#
# The parts are `gru_ref.clip_by_global_norm` and `gru_ref.adam_step`. Stuck? `hint(train_step)`.


# %% solution="train_step"
def train_step(loss_and_grads, p, state, batch, lr, max_norm):
    """One step of training → (p, state, loss before the step)."""
    ### BEGIN SOLUTION
    loss, grads = loss_and_grads(p, batch)
    grads, _ = gru_ref.clip_by_global_norm(grads, max_norm)
    p, state = gru_ref.adam_step(p, grads, state, lr)
    return p, state, loss
    ### END SOLUTION


# %% check="train_step" points=2
check(train_step)

# %% [markdown] slide="new" brief="A sequence has $T$ numbers between 0 and 1. Two of them are marked, one in each half. After the last step the model must output the **sum of the two marked numbers**."
# ## The adding problem
#
# A task that needs a memory, and nothing else. A sequence has $T$ numbers between 0 and 1. Two of them are marked, one
# in each half. After the last step the model must output the **sum of the two marked numbers**. Everything else is
# noise that must not disturb what is remembered.

# %% slide="more text"
xs, targets = gru_ref.adding(T=8, B=1, rng=np.random.default_rng(3))
print("numbers", xs[:, 0, 0].round(2))
print("marks  ", xs[:, 0, 1].astype(int))
print("target ", targets[0].round(2))

# %% [markdown] slide="new" brief="> **Claim.** The baseline of the adding problem is 0.1767." ask="What is the mean squared error of always saying 1? **Predict**: 0.1667 or 0.1767?"
# How well can a model do that does not look at the sequence? Its best answer is always the same: 1, the mean of the
# sum. Its mean squared error is then the variance of the sum.
#
# > **Claim.** The baseline of the adding problem is 0.1767.
# >
# > *Source:* for one, the [page of the adding problem](https://github.com/locuslab/TCN/tree/master/TCN/adding_problem) beside
# > the TCN paper of Bai, Kolter and Koltun, arXiv:1803.01271: "Simply predicting the sum to be 1 should give an MSE of about
# > 0.1767."
#
# *What would show it:* a proof, and an experiment. The proof: a number uniform between 0 and 1 has the variance
# $\int_0^1 (u - \frac12)^2 \, du = \frac{1}{12}$, and the variances of independent numbers add up: $\frac{1}{12} +
# \frac{1}{12} = \frac16$. Now the experiment, with four million sums; the ± is twice the standard error. **Predict**
# which it will be.

# %%
predict("baseline", ...)  # 0.1667 or 0.1767?

# %% slide="more text"
_, sums = gru_ref.adding(T=2, B=4_000_000, rng=np.random.default_rng(0))
errors = (sums - 1) ** 2
print(
    f"measured {errors.mean():.4f} ± {2 * errors.std() / np.sqrt(errors.size):.4f}  "
    f"  1/6 = {1 / 6:.4f}"
)
outcome("baseline", round(float(errors.mean()), 4))

# %% [markdown] slide="more"
# > **Verdict.** Wrong. It is exactly 1/6, 0.1667; 0.1767 is a hundred standard errors away. Probably it was a typo that
# > others copied. It matters: a model that scores 0.17 has learned nothing, but next to 0.1767 it looks as if it had.

# %% [markdown]
# ## How many at once?
#
# A step could look at one sequence, or at a thousand. The gradient of a **batch** is the mean of its sequences'
# gradients: a noisy estimate of what all sequences together would say. **Predict**: with four times as many sequences,
# by what factor does the noise fall? We draw 30 batches of each size for an untrained GRU; the noise is the typical
# distance from the mean gradient, in units of that gradient's own length.

# %%
rng = np.random.default_rng(0)
p = gru_ref.init_model("gru", I=2, H=32, O=1, rng=rng)
for B in (4, 16, 64, 256):
    grads = [
        gru_ref.model_loss_and_grads(p, gru_ref.adding(20, B, rng))[1]
        for _ in range(steps(30, quick=3))
    ]
    flat = np.array(
        [np.concatenate([g.ravel() for g in gru_ref.leaves(tree)]) for tree in grads]
    )
    mean = flat.mean(axis=0)
    print(
        f"B = {B:3}: noise "
        f"{np.linalg.norm(flat - mean, axis=1).mean() / np.linalg.norm(mean):.3f}"
    )

# %% [markdown]
# It falls to about half: the noise is proportional to $1 / \sqrt{B}$. Four times the work for half the noise is a poor
# bargain, so we use a few dozen sequences, and take more steps. (Later in training the mean gradient is smaller, so the
# noise is larger in comparison.)

# %% [markdown] slide="new" brief="Two models with 32 units each: Adam with 0.01, clipping at 1, a fresh batch of 32 sequences at each step." ask="**Predict**: which of the two gets below 0.01? Will the error fall steadily, or in some other way?"
# ## GRU and RNN at T = 100
#
# Two models with 32 units each, trained the same way: Adam with 0.01, clipping at 1, a fresh batch of 32 sequences at
# each step, single precision. `gru_ref.train` repeats such a `train_step`, shows its progress, and after every 50 steps
# measures the error on 500 sequences that are never trained on.

# %%
float32 = np.float32


def learn_adding(kind, count, T=100, seed=0):
    rng = np.random.default_rng(seed)
    p = gru_ref.init_model(kind, I=2, H=32, O=1, rng=rng, dtype=float32)
    test = gru_ref.adding(T, 500, np.random.default_rng(1000), float32)
    return gru_ref.train(
        partial(gru_ref.model_loss_and_grads, kind=kind),
        p,
        next_batch=lambda: gru_ref.adding(T, 32, rng, float32),
        steps=count,
        lr=0.01,
        max_norm=1.0,
        evaluate=lambda p: gru_ref.model_loss(p, test, kind),
        every=50,
        label=f"{kind} at T = {T}:",
    )


# %% [markdown]
# **Predict** first: which of the two gets below 0.01? Will the error fall steadily, or in some other way? (Five to
# twenty seconds; a line shows each run's progress.)

# %%
predict("below_0.01", ...)  # "gru", "rnn", "both" or "none"?

# %% slide="more text"
histories = {
    kind: learn_adding(kind, steps(400, quick=4))[1] for kind in ("gru", "rnn")
}
for kind, history in histories.items():
    print(
        f"{kind}: "
        f"error {history.evaluations[-1]:.4f} after {history.evaluated[-1]} steps"
    )
test = gru_ref.adding(100, 500, np.random.default_rng(1000), float32)
print(f"always 1: {np.mean((test[1] - 1) ** 2):.4f} on these 500 sequences")
outcome(
    "below_0.01",
    [kind for kind, h in histories.items() if h.evaluations[-1] < 0.01] or "none",
)

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
curves = {kind.upper(): (h.evaluated, h.evaluations) for kind, h in histories.items()}
plotting.plot_learning_curves(ax, curves, baseline=1 / 6)
show(fig, "rnn_and_gru")

# %% [markdown]
# Both fall at once to the baseline: they have learned to say 1. The RNN stays there. The GRU stays, too, for a few
# hundred steps in which nothing seems to happen; then it finds out what the marks mean, and soon the error is below
# 0.01. A flat curve is not always the end.
#
# How often was the gradient clipped? The history keeps the norms.

# %%
for kind, history in histories.items():
    norms = np.array(history.norms)
    clipped = np.mean(norms > 1)
    print(
        f"{kind}: median norm {np.median(norms):.2f}, largest {norms.max():.1f}, "
        f"clipped in {clipped:.0%} of steps"
    )

# %% [markdown]
# Rarely: clipping is insurance. On the cliff above it would have mattered.

# %% [markdown] slide="new" brief="Recorded runs: five seeds each, a GRU with 32 units, and an RNN with about as many parameters." ask="**Predict**: for how many steps does a GRU stay at the baseline now?"
# ## T = 600
#
# Bai and others (2018) report for $T = 600$: GRU 0.00005, LSTM 0.164 and RNN 0.177, each with about 70 000 parameters.
# At that length a run takes minutes, so we recorded five seeds of each beforehand: a GRU with 32 units, 1000 steps of
# 64 sequences at a rate of 0.005, and an RNN with about as many parameters, which gives 56 units. **Predict**: for how
# many steps does a GRU stay at the baseline now?

# %%
recorded = gru_ref.recorded("adding_600")
about = gru_ref.about_recorded("adding_600")
print("recorded on", about["made"][0]["date"], "with", about["settings"]["optimiser"])
for kind in ("gru", "rnn"):
    run = recorded[kind]
    print(f"{kind}: errors after {run.steps[-1]} steps {run.values[:, -1].round(4)}")
below = recorded["gru"].values < 0.01
print(
    "the GRUs were first below 0.01 after steps",
    recorded["gru"].steps[below.argmax(axis=1)],
)

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
curves = {k.upper(): (recorded[k].steps, recorded[k].values) for k in ("gru", "rnn")}
plotting.plot_seed_curves(ax, curves, baseline=1 / 6)
show(fig, "adding_600_two_kinds")

# %% [markdown]
# Every GRU stayed at the baseline for hundreds of steps before its error fell, and all five are below 0.01 at the end.
# No RNN got anywhere. (To make runs of your own, in a folder of your own:
# `make experiments ARGS="adding_600 --out mine --seeds 1"`.)

# %% [markdown] slide="new" brief="A GRU at $T = 30$, trained on a fixed set of 16 sequences, and on one of 512." ask="**Predict** for the 16: where do the errors on them, and on fresh sequences, end? Below the baseline, at it, or above?"
# ## Too little to learn from
#
# So far every batch was new. Real data are limited, so a model sees them again and again. We train the GRU on a fixed
# set of 16 sequences, and on one of 512, at $T = 30$, and watch two errors: on the fixed set, and on 1000 fresh
# sequences.
#
# **Predict**: for the 16, where do the two errors end? Below the baseline, at it, or above? (In the figure, errors below
# 0.00001 are drawn at 0.00001.)


# %%
def learn_from(N, count, patience=None):
    rng = np.random.default_rng(0)
    fixed, fresh = (
        gru_ref.adding(30, N, rng, float32),
        gru_ref.adding(30, 1000, rng, float32),
    )
    p = gru_ref.init_model("gru", I=2, H=32, O=1, rng=rng, dtype=float32)
    on_fixed = []

    def evaluate(p):
        on_fixed.append(gru_ref.model_loss(p, fixed))
        return gru_ref.model_loss(p, fresh)

    next_batch = gru_ref.minibatches(fixed, 16, rng)
    _, history = gru_ref.train(
        gru_ref.model_loss_and_grads, p, next_batch, count, 1e-2,
        evaluate=evaluate, every=20, patience=patience, label=f"{N} sequences:",
    )  # fmt: skip
    return on_fixed, history


learned = {N: learn_from(N, steps(300, quick=4)) for N in (16, 512)}
for N, (on_fixed, history) in learned.items():
    print(
        f"{N:3} sequences: error {on_fixed[-1]:.4f} on them, "
        f"{history.evaluations[-1]:.4f} on fresh ones"
    )

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
curves = {}
for N, (on_fixed, history) in learned.items():
    curves[f"{N}, on these"] = history.evaluated, np.maximum(on_fixed, 1e-5)
    curves[f"{N}, on fresh ones"] = history.evaluated, history.evaluations
plotting.plot_learning_curves(ax, curves, baseline=1 / 6)
show(fig, "few_and_many_sequences")

# %% [markdown]
# With 16 sequences the model learns *them*, to the last digit, and its answers to fresh ones are worse than always
# saying 1, with an error well above the baseline of 0.167: **overfitting**. With 512, learning the rule is easier than
# learning the examples, and the two errors fall together. Watch the gap between the two curves. The training loss alone
# would have favoured the first model.
#
# **Early stopping** ends a run when the error on data that are *not* trained on has reached no new minimum for a while,
# and returns the parameters of the best evaluation. With a patience of 4 evaluations:

# %%
_, early = learn_from(16, steps(300, quick=4), patience=4)
print(f"ended after {len(early.losses)} steps, because of: {early.stopped}")
print(f"best after {early.best_step} steps: {early.best_evaluation:.4f}")

# %% [markdown]
# It saves most of the steps, and avoids a good part of the error. It cannot make 16 sequences into 512. And note: the
# data that choose when to stop have had a say in the result. An honest final number needs a third set.

# %% [markdown] slide="new" brief="**Truncated backpropagation** cuts the stream into chunks: the *state* is carried on, the *gradient* stops at each chunk's beginning. The task: name the bit from 5 steps ago. Knowing nothing costs $\\ln 2 = 0.693$ nats." ask="**Predict**: how long must a chunk be to teach a model to look 5 steps back?"
# ## A stream without an end
#
# Some sequences are too long to be backpropagated in one piece, or never end. **Truncated backpropagation** cuts the
# stream into chunks: the *state* is carried from chunk to chunk, the *gradient* stops at each chunk's beginning.
#
# The task: an echo. Bits come in, and at each step the model must name the bit from 5 steps ago (two classes; the first
# 5 steps of a stream are masked). Knowing nothing costs $\ln 2 = 0.693$ nats per step.
#
# `gru_ref.train` does not handle chunks, so we write out the loop, with the course's forward and backward pass for one
# layer. One line makes the cut, the one that sets `h` to `last`: it hands on the state's *numbers*, and `layer_backward`
# starts from scratch in each chunk.


# %%
def echo(T, B, lag, rng):
    bits = rng.integers(0, 2, (T, B))
    targets, mask = np.roll(bits, lag, axis=0), np.arange(T)[:, None] >= np.full(B, lag)
    return (2 * bits[:, :, None] - 1).astype(float32), targets, mask


# %%
def learn_echo(chunk, streams, carry=True, lag=5, T=120, B=32):
    rng = np.random.default_rng(0)
    p = gru_ref.init_model("gru", I=1, H=32, O=2, rng=rng, dtype=float32)
    state = gru_ref.adam_init(p)
    for _ in range(streams):
        xs, targets, mask = echo(T, B, lag, rng)
        h = np.zeros((B, 32), float32)
        for k in range(0, T, chunk):
            part = slice(k, k + chunk)
            hs, last, tape = gru_ref.layers.layer_forward(
                "gru", xs[part], p.network[0][0], h
            )
            h = last if carry else np.zeros_like(last)
            if mask[part].any():
                _, dlogits = gru_ref.softmax_cross_entropy(
                    hs @ p.W.T + p.b, targets[part], mask[part]
                )
                _, _, grads = gru_ref.layers.layer_backward(dlogits @ p.W, tape)
                dW = np.einsum("tbo,tbh->oh", dlogits, hs)
                grads, _ = gru_ref.clip_by_global_norm(
                    gru_ref.Model([(grads,)], dW, dlogits.sum(axis=(0, 1))), 1.0
                )
                p, state = gru_ref.adam_step(p, grads, state, 5e-3)
    xs, targets, mask = echo(T, 200, lag, np.random.default_rng(1))
    return gru_ref.model_loss(
        p, (xs, targets, None, mask), loss=gru_ref.softmax_cross_entropy
    )


# %% [markdown]
# Each run reads the same 30 batches of 32 streams, of 120 steps each, in chunks of a different length; at the end the
# loss is measured on whole fresh streams. **Predict**: how long must a chunk be to teach a model to look 5 steps back?

# %%
predict("shortest_chunk_that_teaches", ...)  # 3, 5, 6 or 10 steps?

# %% slide="more text"
chunks = [3, 5, 6, 10, 120]
streams = steps(30, quick=1)
left = [
    learn_echo(chunk, streams)
    for chunk in gru_ref.with_progress(chunks, "lengths of chunks:")
]
for chunk, loss in zip(chunks, left, strict=True):
    print(f"chunks of {chunk:3} steps, {120 // chunk:2} a stream: {loss:.3f} nats")
forgetful = learn_echo(10, streams, carry=False)
print(f"chunks of  10 steps, state not carried:    {forgetful:.3f} nats")
learned_by = [chunk for chunk, loss in zip(chunks, left, strict=True) if loss < 0.1]
outcome("shortest_chunk_that_teaches", min(learned_by, default="none"), " steps")

# %%
fig, ax = plt.subplots(figsize=(6.8, 3.2))
plotting.plot_chunks(ax, chunks, left, lag=5, baseline=np.log(2))
show(fig, "chunk_lengths")

# %% [markdown]
# The border is sharp. With chunks of 5 steps or fewer, no gradient ever reaches the bit that the model must name, and
# it learns next to nothing. With chunks of **6**, just one step of each chunk, the last, has its bit inside. That is
# enough: what the model learns there holds everywhere, since all steps share their parameters.
#
# Whole streams are not the best here: cut into pieces, the same data give more updates. And the state has to be carried
# over. Without that, the loss on whole streams is even worse than that of knowing nothing: this model has never seen a
# state older than ten steps, and is confident in its wrong answers.

# %% [markdown] slide="new"
# ## How careful must one be?
#
# > **Claim.** GRUs need careful tuning.
# >
# > *Source:* a popular article; also [this page](https://bestbest.reviews/review/gru-%28gated-recurrent-units%29): "Requires
# > careful parameter tuning".
#
# *What would show it:* a GRU succeeds with only a few learning rates, and with fewer than a plain RNN. We train on the
# adding problem at $T = 10$, 300 steps of 32 sequences, with six learning rates. An error below 0.01 counts as solved.
# First one row of the table: a GRU with 32 units, here and now. **Predict**: how many of the six rates will solve it?


# %%
predict("rates_that_solve_it", ...)  # how many of six?


# %% slide="more text"
def error_after(kind, H, lr, count, seed=0):
    rng, start = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    p = gru_ref.init_model(kind, I=2, H=H, O=1, rng=start, dtype=float32)
    test = gru_ref.adding(10, 512, np.random.default_rng(10_000), float32)
    model = partial(gru_ref.model_loss_and_grads, kind=kind)

    def next_batch():
        return gru_ref.adding(10, 32, rng, float32)

    try:
        p, _ = gru_ref.train(model, p, next_batch, count, lr, progress=False)
    except FloatingPointError:  # the loss was no number any more
        return np.inf
    return gru_ref.model_loss(p, test, kind)


rates, count = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3], steps(300, quick=1)
row = [
    error_after("gru", 32, lr, count)
    for lr in gru_ref.with_progress(rates, "learning rates:")
]
print("  ".join(f"{lr:g}: {error:.4f}" for lr, error in zip(rates, row, strict=True)))
outcome("rates_that_solve_it", sum(error < 0.01 for error in row), " of 6")

# %% [markdown]
# The whole table takes 120 such runs: GRU and RNN, 8 and 32 units, five seeds. We recorded them beforehand; the picture
# shows the median of the five errors. **Predict**: how many of the six rates will work for each of the four models?

# %%
sweep = gru_ref.recorded("sweep")
rows = ["gru 8", "gru 32", "rnn 8", "rnn 32"]
ends = np.array(
    [[sweep[f"{name}, {lr:g}"].values[:, -1] for lr in rates] for name in rows]
)
for name, of_rates in zip(rows, ends, strict=True):
    solved = (of_rates < 0.01).sum(axis=0)
    print(
        f"{name:6}: number of rates that solve it, seed by seed {solved}, "
        f"best error {of_rates.min():.4f}"
    )
medians = np.median(ends, axis=2)

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 2.9))
labels = ["GRU, 8 units", "GRU, 32 units", "RNN, 8 units", "RNN, 32 units"]
plotting.plot_sweep(ax, medians, rates, labels, solved=0.01)
show(fig, "sweep")

# %% [markdown] slide="more"
# > **Verdict.** Wrong, for this task. Each GRU solves it with three or four of the six learning rates, in every draw: with
# > 0.01, 0.03 and 0.1 always, a range of ten to one, and sometimes with a neighbour of these. No RNN solves it with any
# > of them in 300 steps. Below that range a GRU is too slow to get there in time; above it, the larger one loses its
# > way. So there is *something* to choose, as for every network, and less to get wrong than for an RNN.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="what_the_curve_says" points=2 slide="new"
# **For 2 points.** A friend trains a GRU on sentences of very different lengths, padded to the longest, and reports: "My
# loss is only 0.3 nats per step. When I pad to twice the length, it is even better, 0.15!"
#
# What is wrong with the loss, and how can you tell from the report? And why may the trained model still be good?
#
# ### BEGIN SOLUTION
# The sum leaves the padding out (or the padding is trivially right), but it is divided by **all** steps, padding
# included. Padding to twice the length doubles the divisor and halves the loss, although the model has not changed: a
# right loss does not depend on padding. The true loss is larger: divide the reported one by the share of real steps.
#
# The gradient has the same wrong factor, one number for all parameters. Its **direction** is right: it is as if the
# learning rate were smaller, and Adam even cancels such a factor, as long as it stays the same. (Not quite: the share
# of padding changes from batch to batch, so batches with much padding count less.)
#
# **Rubric**
#
# - 1 point: divided by all steps in place of those that count; seen because padding must not change the loss
# - 1 point: only a factor of the gradient is wrong, not its direction: as if the learning rate were smaller (or: Adam
#   cancels it)
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - The **loss** of a step is $\ln \sum_k e^{a_k} - a_\text{true}$, with the largest logit subtracted first; its gradient
#   is softmax minus one-hot. The mean is over the steps that count, and over nothing else.
# - **Clipping** scales all gradients by one factor. It keeps the direction, and guards against cliffs.
# - **Adam** steps by $\hat m / \sqrt{\hat v}$, in units of the learning rate, separately for each parameter.
# - The **adding problem** has the baseline 1/6. A GRU of 32 units solves it at $T = 100$ in 400 steps of NumPy; the RNN
#   beside it stays at the baseline. The GRU's curve stays flat for a long time, and then falls.
# - Watch the error on data that are **not trained on**. Chunks of truncated backpropagation have to be longer than the
#   lag that the model must remember.

# %% [markdown]
# ## Go further · open
#
# For hundreds of steps the GRU stays at the baseline at $T = 100$; at $T = 30$ it does not stay there for long. Perhaps
# it should begin with short sequences, and get longer ones as it learns.
#
# - **Find out** whether a network that trains with growing $T$ solves $T = 100$ sooner than one that sees $T = 100$ all
#   the time.
# - **Try first** 10, 30 and 100, changing over when the error falls below 0.01. `gru_ref.train` takes the parameters
#   to start from, so one run can follow another; Adam's averages start again from 0.
# - **You know** when you have counted for both, with several seeds, the *steps of the recurrence* (steps of training ×
#   $T$) until the error at $T = 100$ is below 0.01. Counting steps of training alone would flatter the short sequences.

# %% [markdown]
# ## Test yourself
#
# **1.** The gradients' norm is 20 and max_norm is 5. One entry was 2. What is it after clipping? And an entry of 0.1?
#
# <details><summary>Answer</summary>
#
# 0.5 and 0.025: all are multiplied by 5/20. Being small does not spare an entry.
#
# </details>
#
# **2.** All gradients become a thousand times as large, from the first step on. How do the steps of plain descent
# change, and how do Adam's?
#
# <details><summary>Answer</summary>
#
# Those of plain descent become a thousand times as long. Adam's stay as they are (but for ε): both $m$ and $\sqrt v$
# grow by the same factor.
#
# </details>
#
# **3.** A model of 10 classes starts with a loss of 2.3 nats, and soon reaches 1.46, where it stays forever. Its logits
# are the outputs of a softmax. What happened?
#
# <details><summary>Answer</summary>
#
# Softmax is applied twice. The first one keeps the "logits" between 0 and 1. At best the true class has 1 and all
# others 0: the loss is $\ln(e + 9) - 1 = 1.46$, and cannot fall below.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Diederik Kingma, Jimmy Ba (2015), [arXiv:1412.6980](https://arxiv.org/abs/1412.6980): Adam, on one page as algorithm 1.
# - Razvan Pascanu and others (2013), [arXiv:1211.5063](https://arxiv.org/abs/1211.5063): the cliff, and clipping by the
#   norm.
# - Shaojie Bai and others (2018), [arXiv:1803.01271](https://arxiv.org/abs/1803.01271): the adding problem at T = 600,
#   among many comparisons.
# - Next: **11 · PyTorch**. The same model, trained by the tools that everybody uses.

# %%
progress()
