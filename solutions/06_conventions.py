# %% [markdown]
# # 06 · Conventions
#
# **Why do two right GRUs disagree?**
#
# - **Goals**: tell four places where GRUs differ from one another; convert what can be converted, to the last digit;
#   prove what cannot.
# - **Time**: 50 minutes.
# - **Before you start**: the whole cell (lesson 05), and σ(−a) = 1 − σ(a) (lesson 03).

# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, progress, show
from gru_ref import GRUParams, peers, plotting

# %% [markdown]
# ## The same numbers, four networks
#
# You trained a GRU in one library, and want to run it in another. You copy its twelve arrays over; all shapes fit; it runs.
#
# Here are four readers of the same arrays. The first is PyTorch's cell. The second believes that $z$ multiplies the
# candidate. The third resets the state *before* the matrix product. The fourth takes the first block of rows for $z$ and
# the second for $r$. **Predict**: how many of the four stop with an error? And how soon do their states part?


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
    W_ir=p.W_iz, W_iz=p.W_ir, W_hr=p.W_hz, W_hz=p.W_hr, b_ir=p.b_iz, b_iz=p.b_ir, b_hr=p.b_hz, b_hz=p.b_hr
)


# %%
def z_writes(x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return z * gru_ref.candidate(x, h, r, p) + (1 - z) * h


readings = {
    "as PyTorch": run(gru_ref.gru_step, xs, h0, p),
    "z writes": run(z_writes, xs, h0, p),
    "reset before": run(gru_ref.gru_step_reset_before, xs, h0, p),
    "r and z exchanged": run(gru_ref.gru_step, xs, h0, blocks_exchanged),
}
for name, hs in readings.items():
    print(f"{name:18} largest difference {np.abs(hs - readings['as PyTorch']).max():.3f}")

# %% [markdown]
# Look at the first step already, and at how long lines stay together where they meet.

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_readings(ax, {name: hs[:, 0, 0] for name, hs in readings.items()})
show(fig, "four_readings")

# %% [markdown]
# No error, and four plausible curves: nothing tells you which one is the network that was trained. So this lesson goes
# through the four places where conventions differ, one after the other:
#
# 1. what $z$ multiplies;
# 2. one matrix for each gate, or one for input and one for state;
# 3. the reset before the matrix product, or after it;
# 4. the order of the gates, the side on which units stand, the number of biases.
#
# 1, 2 and 4 are matters of writing: they convert exactly, but for one case of biases at the very end. 3 is not.
#
# Some names ahead: PyTorch, Keras, TensorFlow, Flax and Haiku are libraries in which networks are trained; cuDNN is
# NVIDIA's code that runs them on its graphics cards; ONNX is a format in which one library hands a network to another.

# %% [markdown]
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
a = np.array([1.5])
keep, write = gru_ref.sigmoid(a), gru_ref.sigmoid(-a)
print("keep", keep.round(4), " 1 − keep", (1 - keep).round(4), " write", write.round(4))

# %% [markdown]
# ## Your turn: `flip_update_gate`
#
# Write `flip_update_gate(p)`: a new `GRUParams` whose update gate is $1 - z$ where that of `p` is $z$, and in which nothing
# else differs. Leave each number in its place: flipping twice has to give `p` back. `p._replace(W_iz=…)` makes a copy with
# one field changed. Stuck? `hint(flip_update_gate)`.


# %% solution="flip_update_gate"
def flip_update_gate(p):
    """Parameters with update gate 1 − z: p GRUParams → GRUParams."""
    ### BEGIN SOLUTION
    return p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=-p.b_iz, b_hz=-p.b_hz)
    ### END SOLUTION


# %% check="flip_update_gate" points=1
check(flip_update_gate)

# %% [markdown]
# Now the claim that you can read in some places, and its opposite in others.
#
# > **Claim.** The update gate says how much of the *candidate* goes into the new state. (Elsewhere: how much of the *old
# > state* is kept.)
#
# *What would show it:* if only one of the two is a GRU, no weights make the other compute the same. Run both, with the same
# weights and with flipped ones. **Predict** both differences.

# %%
hs = run(gru_ref.gru_step, xs, h0, p)
same_weights = run(z_writes, xs, h0, p)
flipped = run(z_writes, xs, h0, gru_ref.flip_update_gate(p))
print("same weights:   ", f"{np.abs(same_weights - hs).max():.2f}")
print("flipped weights:", f"{np.abs(flipped - hs).max():.0e}")

# %% [markdown]
# > **Verdict.** Both true, each with its own equation: the two are one family of networks, and each member of it can be
# > written either way, up to rounding. Wrong is only to mix them: one article's sentence, another's equation, a third's
# > weights. So a sentence such as "z near 1 keeps the memory" says nothing until the equation stands beside it.
#
# It matters when numbers are set by hand, too. A bias of +3 in the update gate makes a new network *remember* in PyTorch,
# and *forget* in Haiku. And where one gate does two jobs, as in the minimal gated unit whose update gate also resets,
# flipping it would turn round the other job as well: there, no such conversion exists.

# %% [markdown]
# ## 2 · One matrix or two
#
# Many articles put state and input into one long vector, and give each gate one matrix:
#
# $$z = \sigma\bigl(W_z\, [h, x] + b_z\bigr)$$
#
# | order | shape |
# | --- | --- |
# | $[h, x]$ | `(H + I,)` for one example |
# | $W_z$ | `(H, H + I)` |
#
# A product goes along a row, column by column. So $W [h, x] = W_h\, h + W_x\, x$: the first H columns are $W_h$, the others
# $W_x$. TensorFlow's `GRUBlockCell` has the *input* first, $[x, h]$. With I = 2 and H = 3, **predict**: at which column is
# the cut in each?

# %%
W = rng.normal(0, 1, (3, 5)).round(1)
x, h = np.array([1.0, -1.0]), np.array([0.5, 0.0, -0.5])
print("W [h, x]      ", (W @ np.concatenate([h, x])).round(3))
print("W_h h + W_x x ", (W[:, :3] @ h + W[:, 3:] @ x).round(3))
print("W [x, h]      ", (W @ np.concatenate([x, h])).round(3))

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.6, 2.9))
for ax, order in zip(axes, ["hx", "xh"], strict=True):
    plotting.plot_concatenated(ax, W, 3, order)
show(fig, "concatenated_orders")

# %% [markdown]
# ## Your turn: `split_concatenated`
#
# Write `split_concatenated(W, H, order)`: take one gate's matrix, `(H, H + I)`, apart and return `W_x, W_h`, in this order.
# `order` is `"hx"` where the state's columns come first, and `"xh"` where the input's do. Any other `order` is refused with
# a `ValueError`. Stuck? `hint(split_concatenated)`.


# %% solution="split_concatenated"
def split_concatenated(W, H, order):
    """One gate's matrix in two parts: W (H, H + I), order "hx" or "xh" → W_x (H, I), W_h (H, H)."""
    ### BEGIN SOLUTION
    if order == "hx":
        return W[:, H:], W[:, :H]
    if order == "xh":
        return W[:, :-H], W[:, -H:]
    raise ValueError(f"order is {order!r}, but should be 'hx' or 'xh'")
    ### END SOLUTION


# %% check="split_concatenated" points=1
check(split_concatenated)

# %% [markdown]
# ## 3 · Reset before, reset after
#
# The candidate of the concatenated form is $n = \tanh(W_n\, [r \odot h, x] + b_n)$: what the matrix reads has been reset
# already. PyTorch resets what the matrix gives:
#
# | reset | candidate |
# | --- | --- |
# | **after** (PyTorch, cuDNN, Flax, Keras by default) | $\tanh(W_{in}\, x + b_{in} + r \odot (W_{hn}\, h + b_{hn}))$ |
# | **before** (Chung et al., ONNX by default, the concatenated form) | $\tanh(W_{in}\, x + b_{in} + W_{hn}\, (r \odot h) + b_{hn})$ |
#
# The paper that introduced the GRU has both: *after* in its first version on arXiv, *before* in its third. Two units by
# hand, with $r = (0, 1)$. **Predict** which of the four numbers are 0.

# %%
W_hn, h, r = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([-0.5, 0.5]), np.array([0.0, 1.0])
print("after: ", r * (W_hn @ h))
print("before:", W_hn @ (r * h))

# %% [markdown]
# *After*: unit 0 does not look at the past at all. *Before*: unit 0 does look, but no candidate sees the old value of
# unit 0. The gate shuts a listener's ears, or a speaker's mouth.
#
# Why does anybody want *after*? For speed. All three products with $h$ can then be done at once, as one product; *before*
# has to wait for $r$ until it can begin with the third.

# %% [markdown]
# ## Your turn: `gru_step_reset_before`
#
# Write `gru_step_reset_before(x, h, p)`: a whole step, for a batch. Both biases stand outside the reset, as in the table;
# $z$ keeps. You may use `gru_ref.reset_gate`, `gru_ref.update_gate` and `gru_ref.blend`. Stuck?
# `hint(gru_step_reset_before)`.


# %% solution="gru_step_reset_before"
def gru_step_reset_before(x, h, p):
    """A step whose reset acts before the product: x (B, I), h (B, H), p GRUParams → h_new (B, H)."""
    ### BEGIN SOLUTION
    r = gru_ref.reset_gate(x, h, p)
    z = gru_ref.update_gate(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    return gru_ref.blend(z, n, h)
    ### END SOLUTION


# %% check="gru_step_reset_before" points=2
check(gru_step_reset_before)

# %% [markdown]
# > **Claim.** Whether the reset comes before or after the product is a detail of the implementation.
#
# *What would show it:* some states, some gates, the same weights: do both candidates agree? (The input's part is the same
# in both, and left out.) We also shrink all weights of $W_{hn}$ off the diagonal step by step, until only the diagonal is
# left, each unit reading itself alone; once with $b_{hn} = 0$, and once without. **Predict**: where does each of the two
# lines begin, at the left?


# %%
def largest_difference(W_hn, b_hn, h, r):
    after, before = r * (h @ W_hn.T + b_hn), (r * h) @ W_hn.T + b_hn
    return np.abs(np.tanh(after) - np.tanh(before)).max()


h, r = rng.uniform(-0.9, 0.9, (1000, 4)), rng.uniform(0, 1, (1000, 4))
diagonal = np.diag(np.diag(p.W_hn))
share = np.linspace(0, 1, 21)
differences = {
    name: np.array([largest_difference(diagonal + s * (p.W_hn - diagonal), b_hn, h, r) for s in share])
    for name, b_hn in {"with b_hn": p.b_hn, "with b_hn = 0": np.zeros(4)}.items()
}
for name, values in differences.items():
    print(f"{name:14} diagonal {values[0]:.1e}   half {values[10]:.2f}   whole {values[-1]:.2f}")

# %%
fig, ax = plt.subplots(figsize=(7.2, 3.0))
plotting.plot_disagreement(ax, share, differences)
show(fig, "before_and_after")

# %% [markdown]
# > **Verdict.** Wrong. The two are different functions of the state. Up to rounding they agree where $W_{hn}$ is
# > diagonal *and* $b_{hn}$ is 0; either alone is not enough. There are a few other cases: you will find them all now.
#
# `gru_ref.move_reset` writes one cell as the other where that is possible, and says why where it is not:

# %%
try:
    gru_ref.move_reset(p, to="before")
except ValueError as error:
    print(error)

# %% [markdown]
# ## Your turn: `are_equivalent`
#
# Fix one reset gate $r$, `(H,)`. Do *before* and *after* give the same candidate for **every** state $h$? Write
# `are_equivalent(p, r)`, which says True or False. Only `p.W_hn` and `p.b_hn` matter. Begin on paper: write down what each of
# the two adds for unit $i$, and subtract. Stuck? `hint(are_equivalent)`.


# %% solution="are_equivalent"
def are_equivalent(p, r):
    """Whether reset before and after agree for every state: p GRUParams, r (H,) → True or False."""
    ### BEGIN SOLUTION
    same_bias = p.b_hn * (1 - r) == 0
    same_product = p.W_hn * (r[:, None] - r) == 0
    return bool(np.all(same_bias) and np.all(same_product))
    ### END SOLUTION


# %% check="are_equivalent" points=2
check(are_equivalent)

# %% [markdown]
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
# for each block: 1, 2, 3 are the blocks r, z, n of `weight_ih`. **Predict** kernel and bias.

# %%
weight_ih, weight_hh = np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [5.0], [6.0]])
bias_ih, bias_hh = np.array([7.0, 8.0, 9.0]), np.array([10.0, 11.0, 12.0])
kernel, recurrent_kernel, bias = gru_ref.torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh)
print("kernel", kernel.tolist(), " bias", bias.tolist())

# %% [markdown]
# ## Your turn: `torch_to_keras`
#
# Write `torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh)`, which returns `kernel, recurrent_kernel, bias` for Keras's
# GRU with `reset_after=True`. I and H differ, so that the kernel's shape tells you when units are on the wrong side; no
# shape tells you when an order is wrong. Stuck? `hint(torch_to_keras)`.


# %% solution="torch_to_keras"
def torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    """PyTorch's four arrays → kernel (I, 3H), recurrent_kernel (H, 3H), bias (2, 3H)."""

    ### BEGIN SOLUTION
    def reordered(array):
        r, z, n = np.split(array, 3)
        return np.concatenate([z, r, n])

    bias = np.stack([reordered(bias_ih), reordered(bias_hh)])
    return reordered(weight_ih).T, reordered(weight_hh).T, bias
    ### END SOLUTION


# %% check="torch_to_keras" points=2
check(torch_to_keras)

# %% [markdown]
# ## The table, and the libraries themselves
#
# | library | z | reset | biases for each gate | arrays | order |
# | --- | --- | --- | --- | --- | --- |
# | PyTorch | keeps | after | two | `(3H, I)`, `(3H, H)` | r, z, n |
# | Keras, `reset_after=True` | keeps | after | two | `(I, 3H)`, `(H, 3H)` | z, r, h |
# | Keras, `reset_after=False` | keeps | before | one | the same | z, r, h |
# | ONNX, `linear_before_reset=0` | keeps | before | two | `(D, 3H, I)`, `(D, 3H, H)` | z, r, h |
# | ONNX, `linear_before_reset=1` | keeps | after | two | the same | z, r, h |
# | Flax `GRUCell` | keeps | after | r, z: one; n: two | `(I, H)`, `(H, H)`, by name | – |
# | TensorFlow `GRUBlockCell` | keeps | before | one | `(I + H, 2H)` and `(I + H, H)`, input first | r, u; c |
# | Haiku `GRU` | **writes** | before | one | `(I, 3H)`, `(H, 3H)` | z, r, a |
# | concatenated, many articles | **writes** | before | none or one | `(H, H + I)` for each gate | – |
#
# (D is the number of directions. Mind ONNX's name: *linear before reset* means *reset after*.)
#
# A table can err. The first six rows are run now, as far as the libraries are installed: our `xs`, `h0` and `p`,
# converted, in the library itself, and its states beside those of our two cells. The last three are from documentation
# and source alone. **Predict** for each row: which of the two columns is 0, up to rounding?

# %%
LIBRARIES = {
    "PyTorch": peers.run_torch,
    "Keras reset_after=True": lambda *args: peers.run_keras(*args, reset_after=True),
    "Keras reset_after=False": lambda *args: peers.run_keras(*args, reset_after=False),
    "ONNX linear_before_reset=0": lambda *args: peers.run_onnx(*args, linear_before_reset=0),
    "ONNX linear_before_reset=1": lambda *args: peers.run_onnx(*args, linear_before_reset=1),
    "Flax GRUCell": peers.run_flax,
}
after, before = run(gru_ref.gru_step, xs, h0, p), run(gru_ref.gru_step_reset_before, xs, h0, p)
rows = {}
print(f"{'largest difference from':30} reset after   reset before")
for name, library in LIBRARIES.items():
    try:
        hs = library(xs, h0, p)
    except ImportError:
        print(f"{name:30} is not installed here; `make peers` installs it")
        continue
    rows[name] = np.abs(hs - after).max(), np.abs(hs - before).max()
    print(f"{name:30} {rows[name][0]:11.0e}   {rows[name][1]:12.0e}")

# %% [markdown]
# In the picture each library has two marks. One of them should stand far to the left, where only rounding is left: about
# 10⁻¹⁶ where it computes in double precision, 10⁻⁷ in single. (ONNX Runtime is asked in single precision; Keras 3.15 on
# PyTorch computes products in single precision, unless it hands the layer over to PyTorch whole.)

# %%
fig, ax = plt.subplots(figsize=(8.2, 1.6 + 0.3 * len(rows)))
plotting.plot_peers(ax, list(rows), *map(np.array, zip(*rows.values(), strict=True)))
show(fig, "libraries")

# %% [markdown]
# Nothing in between. With all of them installed, the smaller number of each row was at most 2·10⁻⁷ and the larger 0.8: each
# of these libraries is one of the two cells. Which one, its own words don't always say.
#
# > **Claim.** "There are two variants of the GRU implementation. The default one … has reset gate applied to hidden state
# > before matrix multiplication." (The documentation of `keras.layers.GRU`, Keras 3.15.1.)
#
# *What would show it:* the signature says what the default is, and the table above what it does.

# %%
try:
    import keras
except ImportError:
    print("Keras is not installed here; `make peers` installs it. The verdict below was found with Keras 3.15.1.")
else:
    default = inspect.signature(keras.layers.GRU).parameters["reset_after"].default
    print(f"Keras {keras.__version__}: reset_after={default} by default")
    words = " ".join(inspect.getdoc(keras.layers.GRU).split())
    print("says that the default resets before:", "state before matrix multiplication. The other one" in words)

# %% [markdown]
# > **Verdict.** Wrong. The default is `reset_after=True`, and the table shows that it resets after the product. The same
# > page says so further down, where it lists the arguments. Where documentation contradicts itself, run it.
#
# Biases are the last trap. For r and z only the *sum* of two biases counts, so one bias can stand for both. For the candidate
# it can as well, if the reset comes before. With the reset after, it cannot:

# %%
merged = gru_ref.from_flax(gru_ref.to_flax(p))
print(
    "b_hr is",
    merged.b_hr,
    "now; states differ by",
    f"{np.abs(run(gru_ref.gru_step, xs, h0, merged) - after).max():.0e}",
)
try:
    gru_ref.merge_biases(p, reset="after")
except ValueError as error:
    print(error)

# %% [markdown]
# Apple's Core ML had only one bias there for years, and [converted networks from PyTorch came out
# wrong](https://github.com/apple/coremltools/issues/1124). The fourth reader from the start of this lesson stands in [an
# issue of Keras](https://github.com/keras-team/keras/issues/15915): arrays of PyTorch, transposed, and handed over in the
# order r, z, n.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="when_resets_agree" points=2
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

# %% [markdown]
# ## Recap
#
# - **z keeps or z writes**: negate the four arrays of the update gate, there and back.
# - **One matrix or two**: cut between the columns that read $h$ and those that read $x$; ask which come first.
# - **Reset before or after**: two different networks. They agree for every state only where $b_{hn} \odot (1 - r) = 0$ and
#   $W_{hn}$ links only units with equal resets. No rearranging makes one of the other.
# - **Orders, sides, biases**: permute and transpose; add two biases up only where no reset stands between them. A wrong
#   order raises no error, so compare the states with those of the original, over several steps, from a first state and
#   with inputs that are not zero.

# %% [markdown]
# ## Test yourself
#
# **1.** You convert a GRU and test it with one input, from $h = 0$, all biases being 0. The results agree. What could still
# be wrong?
#
# <details><summary>Answer</summary>
#
# The reset: at $h = 0$, without biases, the past adds nothing to the candidate, before or after. And all that reads the
# state alone: $W_{hr}$, $W_{hz}$ and $W_{hn}$ may stand in a wrong order, or not transposed, and are multiplied by 0. A
# wrong $z$ would show, or a wrong order of the input's blocks: it changes how much is written. Test with several steps.
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
# - `gru_ref.conventions`: each conversion of this lesson, both ways.
#
# Next: **07 · Sequences**. How does a cell become a layer?

# %%
progress()
