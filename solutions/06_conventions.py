# %% [markdown] slide="new"
# # 06 · Conventions
#
# **Why do two right GRUs disagree?**
#
# - **Goals**: name four places where GRUs differ from one another; convert what can be converted, to the last digit;
#   prove what cannot be.
# - **Time**: 80 minutes, and 5 more for the part marked deeper.
# - **Before you start**: the whole cell (lesson 05), and σ(−a) = 1 − σ(a) (lesson 03).

# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import GRUParams, peers, plotting

# %% [markdown] slide="new" brief="Four readers of the same twelve arrays:\n\n1. PyTorch's cell\n2. one that believes that $z$ multiplies the candidate\n3. one that resets the state *before* the matrix product\n4. one that takes the first block of rows for $z$, and the second for $r$" ask="**Predict**: how many of the four stop with an error? After how many steps do all four states of a unit differ by more than 0.01?"
# ## The same numbers, four networks
#
# You trained a GRU in one library, and want to run it in another. You copy its twelve arrays over; all shapes fit; it runs.
#
# Here are four readers of the same arrays. The first is PyTorch's cell. The second believes that $z$ multiplies the
# candidate. The third resets the state *before* the matrix product. The fourth takes the first block of rows for $z$
# and the second for $r$. **Predict**: how many of the four stop with an error? And after how many steps do all four
# states of a unit differ by more than 0.01?

# %%
predict("readers_with_an_error", ...)
predict("steps_until_all_parted", ...)


# %%
def run(step, xs, h, p):
    """States (T, B, H) of a step function, from state h on."""
    hs = []
    for x in xs:
        h = step(x, h, p)
        hs.append(h)
    return np.stack(hs)


rng = np.random.default_rng(31)
p = GRUParams(*(2 * a for a in gru_ref.init_gru(I=3, H=4, rng=rng)))
xs, h0 = rng.normal(0, 1, (30, 2, 3)), rng.uniform(-0.9, 0.9, (2, 4))
blocks_exchanged = p._replace(
    W_ir=p.W_iz,
    W_iz=p.W_ir,
    W_hr=p.W_hz,
    W_hz=p.W_hr,
    b_ir=p.b_iz,
    b_iz=p.b_ir,
    b_hr=p.b_hz,
    b_hz=p.b_hr,
)


# %% slide="new text"
def z_writes(x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return z * gru_ref.candidate(x, h, r, p) + (1 - z) * h


readers = {
    "as PyTorch": (gru_ref.gru_step, p),
    "z writes": (z_writes, p),
    "reset before": (gru_ref.gru_step_reset_before, p),
    "r and z exchanged": (gru_ref.gru_step, blocks_exchanged),
}
readings, errors = {}, []
for reader, (step, arrays) in readers.items():
    try:
        readings[reader] = run(step, xs, h0, arrays)
    except ValueError as error:
        errors.append(error)
for reader, states in readings.items():
    most = np.abs(states - readings["as PyTorch"]).max()
    print(f"{reader:18} largest difference {most:.3f}")
# Sorted, neighbours are the closest.
of_one_unit = np.sort([states[:, 0, 0] for states in readings.values()], axis=0)
parted = (np.diff(of_one_unit, axis=0) > 0.01).all(axis=0)
outcome("readers_with_an_error", len(errors))
outcome("steps_until_all_parted", int(np.argmax(parted)) + 1)

# %% [markdown]
# Look at the very first step, and at how long lines stay together where they meet.

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_readings(ax, {name: hs[:, 0, 0] for name, hs in readings.items()})
show(fig, "four_readings")

# %% [markdown] slide="new" brief="No error, and four plausible curves. The four places where conventions differ:\n\n1. what $z$ multiplies\n2. one matrix for each gate, or one for input and one for state\n3. the reset before the matrix product, or after it\n4. the order of the gates, the side of the units, the number of biases\n\n1, 2 and 4 are matters of notation: **they convert exactly**. 3 is not."
# No error, and four plausible curves: nothing tells you which one is the network that was trained. So this lesson goes
# through the four places where conventions differ, one after the other:
#
# 1. what $z$ multiplies;
# 2. one matrix for each gate, or one for input and one for state;
# 3. the reset before the matrix product, or after it;
# 4. the order of the gates, the side of the units (rows or columns), the number of biases.
#
# 1, 2 and 4 are matters of notation: they convert exactly, except for one case of biases at the very end. 3 is not.
#
# Some names first: PyTorch, Keras, TensorFlow, Flax and Haiku are libraries in which networks are trained; cuDNN is
# NVIDIA's code that runs them on its graphics cards; ONNX is a format in which one library hands a network to another.

# %% [markdown] slide="new" brief="| convention | new state |\n| --- | --- |\n| z **keeps** (PyTorch, Keras, ONNX; Cho et al. 2014) | $(1 - z) \\odot n + z \\odot h$ |\n| z **writes** (Chung et al. 2014; Haiku) | $z \\odot n + (1 - z) \\odot h$ |\n\n$$1 - \\sigma(a) = \\sigma(-a), \\qquad a = W_{iz}\\, x + b_{iz} + W_{hz}\\, h + b_{hz}$$" ask="One unit: $a = 1.5$, and $\\sigma(a) = 0.8176$. **Predict** $1 - \\sigma(1.5)$ and $\\sigma(-1.5)$."
# ## 1 · What z multiplies
#
# | convention | new state |
# | --- | --- |
# | z **keeps** (PyTorch, Keras, ONNX, Flax; Cho et al. 2014) | $(1 - z) \odot n + z \odot h$ |
# | z **writes** (Chung et al. 2014; DeepMind's Haiku; many articles) | $z \odot n + (1 - z) \odot h$ |
#
# Both papers come from one group, in one year. Asked which is right, Kyunghyun Cho
# [answered](https://github.com/pytorch/pytorch/issues/20129): "either is fine, because it's all about semantics of z".
#
# To go from one to the other, the gate has to become its complement. It is a σ, and
#
# $$1 - \sigma(a) = \sigma(-a), \qquad a = W_{iz}\, x + b_{iz} + W_{hz}\, h + b_{hz}$$
#
# One unit by hand, with a = 1.5, where σ(a) = 0.8176. **Predict** the other two numbers.

# %%
predict("complement_and_flipped", [..., ...])  # 1 − σ(1.5), and σ(−1.5)

# %% slide="more"
a = np.array([1.5])
keep, write = gru_ref.sigmoid(a), gru_ref.sigmoid(-a)
print("σ(a)", keep.round(4))
outcome("complement_and_flipped", [*(1 - keep).round(4), *write.round(4)])

# %% [markdown] slide="new"
# ## Your turn: `flip_update_gate` · easy
#
# Write `flip_update_gate(p)`: a new `GRUParams` whose update gate is $1 - z$ where that of `p` is $z$, and in which nothing
# else differs. Leave each number in its place: flipping twice has to give `p` back. `p._replace(W_iz=…)` makes a copy with
# one field changed. Stuck? `hint(flip_update_gate)`.


# %% solution="flip_update_gate" slide="more"
def flip_update_gate(p):
    """Parameters with update gate 1 − z: p GRUParams → GRUParams."""
    ### BEGIN SOLUTION
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=-p.b_iz, b_hz=-p.b_hz)
    ### END SOLUTION


# %% check="flip_update_gate" points=1
check(flip_update_gate)

# %% [markdown] slide="new" brief="> **Claim.** The update gate says how much of the *candidate* goes into the new state. (Elsewhere: how much of the *old state* is kept.)" ask="Run both, with the same parameters and with flipped ones. **Predict** both differences."
# Now for a claim that you can read in some places, and its opposite in others.
#
# > **Claim.** The update gate says how much of the *candidate* goes into the new state. (Elsewhere: how much of the *old
# > state* is kept.)
# >
# > *Source:* of the candidate: these [notes](https://notes.atzy.dev/gated-recurrent-units); of the old state: [Dive into Deep
# > Learning](https://d2l.ai/chapter_recurrent-modern/gru.html).
#
# *What would show it:* if only one of the two is a GRU, no parameters make the other compute the same. Run both, with
# the same parameters and with flipped ones. **Predict** both differences.

# %%
predict("same_and_flipped", [..., ...])  # 0, or about how much?

# %% slide="more"
z_keeps = run(gru_ref.gru_step, xs, h0, p)
same_weights = np.abs(run(z_writes, xs, h0, p) - z_keeps).max()
flipped = np.abs(run(z_writes, xs, h0, gru_ref.flip_update_gate(p)) - z_keeps).max()
print(f"flipped weights, with all digits: {flipped:.0e}")
outcome("same_and_flipped", [round(same_weights, 2), round(flipped, 2)])

# %% [markdown] slide="more"
# > **Verdict.** Both are true, each with its own equation: the two are one family of networks, and each member of it
# > can be written either way, up to rounding. The only mistake is to mix them: one article's sentence, another's
# > equation, a third's parameters. So a sentence such as "z near 1 keeps the memory" says nothing without its equation.
#
# It also matters when numbers are set by hand. A bias of +3 in the update gate makes a new network *remember* in
# PyTorch, and *forget* in Haiku. And where one gate does two jobs, as in the minimal gated unit whose update gate also
# resets, flipping it would reverse the other job as well: no such conversion exists there.

# %% [markdown] slide="new" brief="Many articles put state and input into one long vector, and give each gate one matrix, $W_z$ of shape `(H, H + I)`:\n\n$$z = \\sigma\\bigl(W_z\\, [h, x] + b_z\\bigr) \\qquad W [h, x] = W_h\\, h + W_x\\, x$$" ask="TensorFlow's `GRUBlockCell` has the *input* first, $[x, h]$. With $I = 2$ and $H = 3$, **predict**: how many columns are left of the cut in each?"
# ## 2 · One matrix or two
#
# Many articles put state and input into one long vector, and give each gate one matrix:
#
# $$z = \sigma\bigl(W_z\, [h, x] + b_z\bigr)$$
#
# | what | shape |
# | --- | --- |
# | $[h, x]$ | `(H + I,)` for one example |
# | $W_z$ | `(H, H + I)` |
#
# A product goes along a row, column by column. So $W [h, x] = W_h\, h + W_x\, x$: the first H columns are $W_h$, the
# others $W_x$. TensorFlow's `GRUBlockCell` has the *input* first, $[x, h]$. With I = 2 and H = 3, **predict**: how many
# columns are left of the cut in each?

# %%
predict("columns_left_of_the_cut", [..., ...])  # of [h, x], of [x, h]

# %% slide="more text"
W = rng.normal(0, 1, (3, 5)).round(1)
x, h = np.array([1.0, -1.0]), np.array([0.5, 0.0, -0.5])
print("W [h, x]      ", (W @ np.concatenate([h, x])).round(3))
print("W_h h + W_x x ", (W[:, :3] @ h + W[:, 3:] @ x).round(3))
print("W [x, h]      ", (W @ np.concatenate([x, h])).round(3))
outcome("columns_left_of_the_cut", [len(h), len(x)])

# %% slide="new figure"
fig, axes = plt.subplots(1, 2, figsize=(8.6, 2.9))
for ax, order in zip(axes, ["hx", "xh"], strict=True):
    plotting.plot_concatenated(ax, W, 3, order)
show(fig, "concatenated_orders")

# %% [markdown] slide="new"
# ## Your turn: `split_concatenated` · easy
#
# Write `split_concatenated(W, H, order)`: split one gate's matrix, `(H, H + I)`, and return `W_x, W_h`, in this order.
# `order` is `"hx"` where the state's columns come first, and `"xh"` where the input's do. Any other `order` raises a
# `ValueError`. Stuck? `hint(split_concatenated)`.


# %% solution="split_concatenated" slide="more"
def split_concatenated(W, H, order):
    """One gate's matrix in two: W (H, H + I), "hx" or "xh" → W_x (H, I), W_h (H, H)."""
    ### BEGIN SOLUTION
    if order == "hx":
        return W[:, H:], W[:, :H]
    if order == "xh":
        return W[:, :-H], W[:, -H:]
    raise ValueError(f"order is {order!r}, but should be 'hx' or 'xh'")
    ### END SOLUTION


# %% check="split_concatenated" points=1
check(split_concatenated)

# %% [markdown] slide="new" brief="| reset | candidate |\n| --- | --- |\n| **after** (PyTorch, cuDNN, Keras by default) | $\\tanh(W_{in}\\, x + b_{in} + r \\odot (W_{hn}\\, h + b_{hn}))$ |\n| **before** (Chung et al., ONNX by default) | $\\tanh(W_{in}\\, x + b_{in} + W_{hn}\\, (r \\odot h) + b_{hn})$ |\n\nTwo units: $W_{hn} = \\begin{pmatrix}1 & 2\\\\ 3 & 4\\end{pmatrix}$, $h = (-0.5, 0.5)$, $r = (0, 1)$." ask="**Predict** all four numbers."
# ## 3 · Reset before, reset after
#
# The candidate of the concatenated form is $n = \tanh(W_n\, [r \odot h, x] + b_n)$: what the matrix reads has already
# been reset. PyTorch resets the result of the product:
#
# | reset | candidate |
# | --- | --- |
# | **after** (PyTorch, cuDNN, Flax, Keras by default) | $\tanh(W_{in}\, x + b_{in} + r \odot (W_{hn}\, h + b_{hn}))$ |
# | **before** (Chung et al., ONNX by default, the concatenated form) | $\tanh(W_{in}\, x + b_{in} + W_{hn}\, (r \odot h) + b_{hn})$ |
#
# The paper that introduced the GRU has both: *after* in its first version on arXiv, *before* in its third. Two units by
# hand: $W_{hn}$ has the rows $(1, 2)$ and $(3, 4)$, $h = (-0.5, 0.5)$, $r = (0, 1)$. **Predict** all four numbers.

# %%
predict("after_by_hand", [..., ...])  # r ⊙ (W_hn h)
predict("before_by_hand", [..., ...])  # W_hn (r ⊙ h)

# %% slide="more"
two, h_two, r_two = np.array([[1, 2], [3, 4]]), np.array([-0.5, 0.5]), np.array([0, 1])
outcome("after_by_hand", r_two * (two @ h_two))
outcome("before_by_hand", two @ (r_two * h_two))

# %% [markdown] slide="new" brief="- *After*: unit 0 does not look at the past at all.\n- *Before*: unit 0 does look, but no candidate sees the old value of unit 0.\n\n**The gate shuts a listener's ears, or a speaker's mouth.** *After* is faster: all three products with $h$ can be done at once."
# *After*: unit 0 does not look at the past at all. *Before*: unit 0 does look, but no candidate sees the old value of
# unit 0. The gate shuts a listener's ears, or a speaker's mouth.
#
# Why would anybody want *after*? For speed. All three products with $h$ can then be done at once, as one product; with
# *before*, the third has to wait for $r$.

# %% [markdown] slide="new"
# ## Your turn: `gru_step_reset_before` · medium
#
# Write `gru_step_reset_before(x, h, p)`: a complete step, for a batch. Both biases stand outside the reset, as in the
# table; $z$ keeps. You may use `gru_ref.reset_gate`, `gru_ref.update_gate` and `gru_ref.blend`. Stuck?
# `hint(gru_step_reset_before)`.


# %% solution="gru_step_reset_before" slide="more"
def gru_step_reset_before(x, h, p):
    """A step that resets before the product: x (B, I), h (B, H), p → h_new (B, H)."""
    ### BEGIN SOLUTION
    r = gru_ref.reset_gate(x, h, p)
    z = gru_ref.update_gate(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    return gru_ref.blend(z, n, h)
    ### END SOLUTION


# %% check="gru_step_reset_before" points=2
check(gru_step_reset_before)

# %% [markdown] slide="new" brief="> **Claim.** Whether the reset comes before or after the product is a detail of the implementation.\n\nWe shrink the off-diagonal weights of $W_{hn}$ until only the diagonal is left and each unit reads only itself." ask="**Predict**: is the difference 0 where $W_{hn}$ is diagonal, with $b_{hn}$, and with $b_{hn} = 0$?"
# > **Claim.** Whether the reset comes before or after the product is a detail of the implementation.
# >
# > *Source:* our own question.
#
# *What would show it:* take some states, some gates and the same parameters: do both candidates agree? (The input's
# part is the same in both, so we leave it out.) We also shrink the off-diagonal weights of $W_{hn}$ step by step, until
# only the diagonal is left and each unit reads only itself. We do it once with $b_{hn} = 0$, and once with our
# $b_{hn}$. **Predict**: does each of the two lines begin at 0, at the left?

# %%
predict("begins_at_0", [..., ...])  # True or False: with b_hn, with b_hn = 0


# %% slide="more text"
def largest_difference(W_hn, b_hn, h, r):
    after, before = r * (h @ W_hn.T + b_hn), (r * h) @ W_hn.T + b_hn
    return np.abs(np.tanh(after) - np.tanh(before)).max()


states, resets = rng.uniform(-0.9, 0.9, (1000, 4)), rng.uniform(0, 1, (1000, 4))
diagonal = np.diag(np.diag(p.W_hn))
share = np.linspace(0, 1, 21)
matrices = [diagonal + s * (p.W_hn - diagonal) for s in share]
differences = {}
for case, b_hn in {"with b_hn": p.b_hn, "with b_hn = 0": np.zeros(4)}.items():
    seen = [largest_difference(W_hn, b_hn, states, resets) for W_hn in matrices]
    differences[case] = np.array(seen)
    print(
        f"{case:14} diagonal {seen[0]:.1e}   half {seen[10]:.2f}   whole {seen[-1]:.2f}"
    )
outcome("begins_at_0", [values[0] < 1e-12 for values in differences.values()])

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.2, 3.0))
plotting.plot_disagreement(ax, share, differences)
show(fig, "before_and_after")

# %% [markdown] slide="more"
# > **Verdict.** Wrong. The two are different functions of the state. Up to rounding they agree where $W_{hn}$ is
# > diagonal *and* $b_{hn}$ is 0; either alone is not enough. There are a few other cases: you will find them all now.

# %% [markdown] slide="new"
# ## Your turn: `are_equivalent` · hard
#
# Fix one reset gate $r$, `(H,)`. Do *before* and *after* give the same candidate for **every** state $h$? Write
# `are_equivalent(p, r)`, which returns True or False. Only `p.W_hn` and `p.b_hn` matter. Begin on paper: write down
# what each of the two adds for unit $i$, and subtract. Stuck? `hint(are_equivalent)`.


# %% solution="are_equivalent" slide="more"
def are_equivalent(p, r):
    """Whether both resets agree for every state: p GRUParams, r (H,) → bool."""
    ### BEGIN SOLUTION
    same_bias = p.b_hn * (1 - r) == 0
    same_product = p.W_hn * (r[:, None] - r) == 0
    return bool(np.all(same_bias) and np.all(same_product))
    ### END SOLUTION


# %% check="are_equivalent" points=2
check(are_equivalent)

# %% [markdown]
# `gru_ref.move_reset` rewrites one cell as the other where that is possible, and says why where it is not:

# %%
try:
    gru_ref.move_reset(p, to="before")
except ValueError as error:
    print(error)

# %% [markdown] slide="new" brief="| part | PyTorch | Keras, `reset_after=True` |\n| --- | --- | --- |\n| reads the input | `weight_ih` `(3H, I)` | `kernel` `(I, 3H)` |\n| biases | `bias_ih`, `bias_hh`, `(3H,)` each | `bias` `(2, 3H)` |\n| order of the gates | r, z, n | **z, r, h** |" ask="$I = H = 1$: 1, 2, 3 are the blocks of `weight_ih`; 7, 8, 9 those of `bias_ih`; 10, 11, 12 those of `bias_hh`. **Predict** kernel and bias."
# ## 4 · Orders, sides, biases
#
# What is left is how the arrays are packed. PyTorch stacks the three gates one below the other, in the order r, z, n. Keras
# puts them side by side, in the order z, r, h (its h is our n):
#
# | part | PyTorch | Keras, `reset_after=True` |
# | --- | --- | --- |
# | reads the input | `weight_ih` `(3H, I)` | `kernel` `(I, 3H)` |
# | reads the state | `weight_hh` `(3H, H)` | `recurrent_kernel` `(H, 3H)` |
# | biases | `bias_ih`, `bias_hh`, `(3H,)` each | `bias` `(2, 3H)`: input's, then state's |
# | order of the gates | r, z, n | **z, r, h** |
#
# A product with a batch is `x @ weight_ih.T` in PyTorch, and `x @ kernel` in Keras. With I = 1 and H = 1, one number stands
# for each block: 1, 2, 3 are the blocks r, z, n of `weight_ih`; 7, 8, 9 those of `bias_ih`, and 10, 11, 12 those of
# `bias_hh`. **Predict** kernel and bias.

# %%
predict("kernel", [..., ..., ...])
predict("first_row_of_the_bias", [..., ..., ...])
predict("second_row_of_the_bias", [..., ..., ...])

# %% slide="more"
numbers = np.arange(1.0, 13).reshape(4, 3)
small = numbers[0][:, None], numbers[1][:, None], numbers[2], numbers[3]
kernel, recurrent_kernel, bias = gru_ref.torch_to_keras(*small)
print("shapes:", kernel.shape, recurrent_kernel.shape, bias.shape)
outcome("kernel", kernel[0])
outcome("first_row_of_the_bias", bias[0])
outcome("second_row_of_the_bias", bias[1])

# %% [markdown] slide="new"
# ## Your turn: `torch_to_keras` · medium
#
# Write `torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh)`, which returns `kernel, recurrent_kernel, bias` for Keras's
# GRU with `reset_after=True`. I and H differ, so that the kernel's shape tells you when units are on the wrong side; no
# shape tells you when an order is wrong. Stuck? `hint(torch_to_keras)`.


# %% solution="torch_to_keras" slide="more"
def torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    """PyTorch's arrays → kernel (I, 3H), recurrent_kernel (H, 3H), bias (2, 3H)."""

    ### BEGIN SOLUTION
    def reordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    bias = np.stack([reordered(bias_ih), reordered(bias_hh)])
    return reordered(weight_ih).T, reordered(weight_hh).T, bias
    ### END SOLUTION


# %% check="torch_to_keras" points=2
check(torch_to_keras)

# %% [markdown] slide="new" brief="| library | z | reset | order |\n| --- | --- | --- | --- |\n| PyTorch | keeps | after | r, z, n |\n| Keras, `reset_after=True` / `False` | keeps | after / before | z, r, h |\n| ONNX, `linear_before_reset=0` / `1` | keeps | before / after | z, r, h |\n| Flax `nnx.GRUCell` | keeps | after | r, z, n |\n| Haiku `GRU` | **writes** | before | z, r, a |\n| many articles | **writes** | before | – |" ask="ONNX says *linear before reset*. Does 1 mean that the reset comes before, or after?"
# ## The table, and the libraries themselves
#
# | library | z | reset | biases for each gate | order | first weights: input's, state's, biases |
# | --- | --- | --- | --- | --- | --- |
# | PyTorch | keeps | after | two | r, z, n | all uniform within $\pm 1/\sqrt H$ |
# | Keras, `reset_after=True` | keeps | after | two | z, r, h | Glorot uniform, orthogonal, 0 |
# | Keras, `reset_after=False` | keeps | before | one | z, r, h | the same |
# | ONNX, `linear_before_reset=0` | keeps | before | two | z, r, h | – (a file has its weights) |
# | ONNX, `linear_before_reset=1` | keeps | after | two | z, r, h | – |
# | Flax `linen.GRUCell` | keeps | after | r, z: one; n: two | by name | LeCun normal, orthogonal, 0 |
# | Flax `nnx.GRUCell` | keeps | after | **one** | r, z, n | LeCun normal, orthogonal, 0 |
# | Haiku `GRU` | **writes** | before | one | z, r, a | LeCun normal, LeCun normal, 0 |
# | concatenated, many articles | **writes** | before | none or one | – | – |
#
# (Beware of ONNX's name: *linear before reset* means *reset after*. The last column does not change how states are
# computed, only where training begins: lesson 09 shows how much depends on that.)
#
# <details><summary><b>Deeper, may be skipped</b>: eight more libraries, and what the padding holds</summary>
#
# | library | z | reset | biases | arrays, order | first weights |
# | --- | --- | --- | --- | --- | --- |
# | PaddlePaddle 3.3 | keeps | after | two | as PyTorch | as PyTorch |
# | Equinox 0.13.8, MLX 0.32 | keeps | after | r, z: one; n: two | `(3H, I)`, `(3H, H)`; r, z, n | as PyTorch |
# | ncnn | keeps | after | r, z: one; n: two | the same; biases `(4, H)` | – |
# | OpenVINO 2026.4 | keeps | as ONNX | one; n: two if after | as ONNX; biases `(D, 3H)`, `(D, 4H)` | – |
# | TensorFlow `GRUBlockCell` | keeps | before | one | `(I + H, 2H)`, `(I + H, H)`, input first; r, u; c | – |
# | TensorFlow.js 4.22 | keeps | before only | one | as Keras | Glorot normal, orthogonal, 0 |
# | brain.js 1.6 | keeps | before | one | by name | both uniform within ±0.08, 0 |
#
# TensorFlow.js also replaces σ by a piecewise linear function, `hardSigmoid`, unless told otherwise. Haiku's
# documentation exchanges the names: it calls z the reset gate. In linen each gate's own matrix is *orthogonal*; in
# Keras, nnx and TensorFlow.js all three side by side are: there no gate's matrix is orthogonal by itself.
#
# Sequences of different lengths end in padding. What do the states show there?
#
# | after the last real step | who |
# | --- | --- |
# | zeros | PyTorch (packed), ONNX Runtime, OpenVINO, PaddlePaddle |
# | the last real state, again and again | this course, Keras with a mask |
# | new states, computed from the padding | Flax's `RNN`, of linen and of nnx |
# | the lengths are ignored | ONNX's own `ReferenceEvaluator` (1.23.2) |
#
# Keras also accepts padding on the left. Before the first real step it shows zeros on PyTorch and TensorFlow, but the
# initial state on NumPy and JAX. So compare real steps and last states, never the padding.
#
# </details>
#
# A table can be wrong. The course's tests run all rows of the first table but the last against its cells. You now run
# six of them, as far as the libraries are installed: our `xs`, `h0` and `p`, converted, in the library itself.
# **Predict** for each: does it agree with the cell that resets after, or before?

# %%
predict("where_each_resets", [..., ..., ..., ..., ..., ...])  # "after" or "before"

# %% slide="new text"
LIBRARIES = {
    "PyTorch": peers.run_torch,
    "Keras reset_after=True": lambda *a: peers.run_keras(*a, reset_after=True),
    "Keras reset_after=False": lambda *a: peers.run_keras(*a, reset_after=False),
    "ONNX linear_before_reset=0": lambda *a: peers.run_onnx(*a, linear_before_reset=0),
    "ONNX linear_before_reset=1": lambda *a: peers.run_onnx(*a, linear_before_reset=1),
    "Flax linen.GRUCell": peers.run_flax,
}
after = run(gru_ref.gru_step, xs, h0, p)
before = run(gru_ref.gru_step_reset_before, xs, h0, p)
rows, where = {}, []
print(f"{'largest difference from':30} reset after   reset before")
for library, run_library in LIBRARIES.items():
    try:
        theirs = run_library(xs, h0, p)
    except ImportError:
        where.append("not here")
        print(f"{library:30} is not installed here; `make peers` installs it")
        continue
    from_after, from_before = (
        np.abs(theirs - after).max(),
        np.abs(theirs - before).max(),
    )
    rows[library] = from_after, from_before
    where.append("after" if from_after < from_before else "before")
    print(f"{library:30} {from_after:11.0e}   {from_before:12.0e}")
outcome("where_each_resets", where)

# %% [markdown] slide="more" brief="In each row one number is rounding, and the other is as large as a state: each library is one of the two cells."
# In the picture each library has two marks. One of them should stand far to the left, where only rounding is left:
# about 10⁻¹⁶ where it computes in double precision, 10⁻⁷ in single. (We run ONNX Runtime in single precision. Keras
# 3.15.1 on PyTorch multiplies matrices in single precision, whatever dtype you ask for, with one exception: a layer
# that resets after, and has no mask, goes through a loop of PyTorch's own products.)

# %%
fig, ax = plt.subplots(figsize=(8.2, 1.6 + 0.3 * len(rows)))
plotting.plot_peers(ax, list(rows), *map(np.array, zip(*rows.values(), strict=True)))
show(fig, "libraries")

# %% [markdown] slide="new" ask=""
# There is nothing in between: in each row one number is rounding, and the other is as large as a state. Each of these
# libraries is one of the two cells. Its documentation doesn't always say which.
#
# > **Claim.** "There are two variants of the GRU implementation. The default one … has reset gate applied to hidden
# > state before matrix multiplication."
# >
# > *Source:* the documentation of `keras.layers.GRU`, Keras 3.15.1.
#
# *What would show it:* the signature says what the default is, and the table above what it does.

# %% slide="more text"
try:
    import keras
except ImportError:
    print(
        "Keras is not installed here; `make peers` installs it. "
        "The verdict below was found with Keras 3.15.1."
    )
else:
    default = inspect.signature(keras.layers.GRU).parameters["reset_after"].default
    print(f"Keras {keras.__version__}: reset_after={default} by default")
    words = " ".join(inspect.getdoc(keras.layers.GRU).split())
    print(
        "says that the default resets before:",
        "state before matrix multiplication. The other one" in words,
    )

# %% [markdown] slide="more"
# > **Verdict.** Wrong. The default is `reset_after=True`, and the table shows that it resets after the product. The
# > same page says so further down, where it lists the arguments. Where documentation contradicts itself, run the code.
#
# Biases are the last trap. For r and z only the *sum* of two biases counts, so one bias can stand for both. For the
# candidate it can as well, if the reset comes before. With the reset after, it cannot. Flax's first cell, of `linen`,
# gives the candidate two biases; its second, of `nnx`, only one, although the equations in its documentation show both
# (0.12.8). Look at what each conversion does with $b_{hn}$:

# %%
merged = gru_ref.from_flax(gru_ref.to_flax(p))
apart = np.abs(run(gru_ref.gru_step, xs, h0, merged) - after).max()
print("linen: b_hr is", merged.b_hr, "now; states differ by", f"{apart:.0e}")
try:
    gru_ref.to_nnx(p)
except ValueError as error:
    print("nnx:", error)

# %% [markdown]
# A PyTorch network has no exact form in nnx, unless its $b_{hn}$ is 0. Apple's Core ML had one bias there, too, for
# years, and [converted networks came out wrong](https://github.com/apple/coremltools/issues/1124). The fourth reader
# from the start of this lesson appears in [an issue of Keras](https://github.com/keras-team/keras/issues/15915):
# PyTorch's arrays, transposed, and handed over in the order r, z, n.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="when_resets_agree" points=2 slide="new"
# **For 2 points.** Prove what `are_equivalent` computes. Take a fixed reset gate $r$, and the same $W_{hn}$ and $b_{hn}$ in
# both cells. Show: the two candidates agree for **every** state $h$ exactly when
#
# $$b_{hn} \odot (1 - r) = 0 \qquad\text{and}\qquad W_{hn}[i, j]\,(r_i - r_j) = 0 \text{ for all } i, j.$$
#
# "Exactly when" asks for two directions.
#
# ### BEGIN SOLUTION
# The input's part is the same in both, and tanh never takes the same value twice. So the candidates of unit $i$ agree exactly
# when the parts from the past do. *After* minus *before* is
#
# $$d_i(h) = r_i \Bigl(\sum_j W_{hn}[i, j]\, h_j + b_i\Bigr) - \Bigl(\sum_j W_{hn}[i, j]\, r_j h_j + b_i\Bigr)
# = \sum_j W_{hn}[i, j]\,(r_i - r_j)\, h_j - (1 - r_i)\, b_i.$$
#
# *If the conditions hold*, every term is 0, whatever $h$ is.
#
# *If $d_i(h) = 0$ for every $h$*: take $h = 0$. The sum vanishes, and $(1 - r_i)\, b_i = 0$ is left. Then take the state in
# which $h_j = ½$ for one $j$, and 0 for all others: what is left is $½\, W_{hn}[i, j]\,(r_i - r_j) = 0$. This works for each
# $i$ and $j$.
#
# **Rubric**
#
# - 1 point: the difference of the two, as a sum over j and a bias term; if the conditions hold it is 0
# - 1 point: the other direction, by h = 0 and by states with a single unit that is not 0 (or: an affine function that is 0
#   everywhere has only zeros as coefficients)
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - **z keeps or z writes**: negate the four arrays of the update gate, in both directions.
# - **One matrix or two**: cut between the columns that read $h$ and those that read $x$; ask which come first.
# - **Reset before or after**: two different networks. They agree for every state only where $b_{hn} \odot (1 - r) = 0$
#   and $W_{hn}$ links only units with equal resets. No rearranging turns one into the other.
# - **Orders, sides, biases**: permute and transpose; add two biases only where no reset stands between them. A wrong
#   order raises no error, so compare the states with those of the original, over several steps, with an initial state
#   and inputs that are not zero.

# %% [markdown]
# ## Go further · open
#
# You meet a library that is in no table. You can set all arrays of its GRU, choose inputs and initial states, and run
# it; you cannot read its code. **Find out with as few runs as you can**: what z multiplies, where the reset acts, in
# which order the blocks come, and whether the candidate has a bias that is reset.
#
# *Try first* a single unit, with all weights 0 and one bias large: what does each answer predict? Then ask what one
# unit can never tell. *How would you know that you are done?* Write each library that fits your answers as a function,
# using `flip_update_gate`, `gru_step_reset_before` and exchanged blocks. Your runs are enough when no two of these
# functions give the same numbers in all of them. A harder form: only one run, of one step.

# %% [markdown]
# ## Test yourself
#
# **1.** You convert a GRU and test it with one input, from $h = 0$, with all biases 0. The results agree. What could
# still be wrong?
#
# <details><summary>Answer</summary>
#
# The reset: at $h = 0$, without biases, the past adds nothing to the candidate, before or after. The same goes for
# everything that reads only the state: $W_{hr}$, $W_{hz}$ and $W_{hn}$ may be in a wrong order, or not transposed, and
# are multiplied by 0. A wrong $z$ would show, and so would a wrong order of the input's blocks: each changes what is
# written. Test with several steps.
#
# </details>
#
# **2.** A network of H = 1 with $b_{hn} = 0$: before or after?
#
# <details><summary>Answer</summary>
#
# No difference: a single unit has one reset, and a 1 × 1 matrix is diagonal. A test with H = 1 cannot tell the two apart.
#
# </details>
#
# **3.** An ONNX file holds a GRU without the attribute `linear_before_reset`. Can PyTorch run it?
#
# <details><summary>Answer</summary>
#
# Not as it is. The attribute is 0 by default, so the reset comes before the product, and `torch.nn.GRU` resets after it. A
# cell of your own can: the one that you wrote here.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - [The issue in which PyTorch's formula was called wrong](https://github.com/pytorch/pytorch/issues/20129), with the answer
#   of the GRU's first author.
# - [The change that brought `reset_after` to Keras](https://github.com/keras-team/keras/pull/9112): why there are two, and
#   which came from cuDNN.
# - [ONNX's operator GRU](https://onnx.ai/onnx/operators/onnx__GRU.html): both equations, one below the other.
# - `gru_ref.conventions`: each conversion of this lesson, both ways; for LSTMs, too. `gru_ref.from_state_dict` reads all
#   layers and directions of a `torch.nn.GRU` at once.
#
# Next: **07 · Sequences**. How does a cell become a layer?

# %%
progress()
