# %% [markdown] slide="new"
# # 01 · Recurrence
#
# **How does a network read a sequence of any length?**
#
# - **Goals**: write one step of a recurrent network; run it over a batch of sequences; know every shape on the way; match
#   PyTorch to the last digits.
# - **Time**: 60 minutes.
# - **Before you start**: lesson 00, and matrix products in NumPy (`a @ b`, `a.T`).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import RNNParams, plotting

rng = np.random.default_rng(0)

# %% [markdown] slide="new" brief="A sentence, a tune, a week of weather: each is a list of vectors, one for each step.\n\n| size | meaning | here |\n| --- | --- | --- |\n| `T` | time steps | 5 |\n| `B` | sequences in the batch | 2 |\n| `I` | numbers in an input | 3 |\n| `H` | numbers in the state: **units** | 4 |\n\nA batch is `xs (T, B, I)`: **time first**." ask="What is the shape of `xs` here? And of one step, `xs[0]`?"
# ## A sequence, in shapes
#
# A sentence, a tune, a week of weather: each is a list of vectors, one for each step. Several sequences at once make a
# *batch*. The course always writes the sizes as capital letters:
#
# | size | meaning | here |
# | --- | --- | --- |
# | `T` | time steps | 5 |
# | `B` | sequences in the batch | 2 |
# | `I` | numbers in an input | 3 |
# | `H` | numbers in the state, the memory | 4 |
#
# Each of the $H$ numbers of the state is called a **unit**. A **weight** multiplies, a **bias** is added; both are
# *learned*, that is, adjusted on examples until the results fit.
#
# A batch of sequences is `xs (T, B, I)`: **time first**. So `for x in xs` gives you one step of the whole batch.

# %% slide="more text" lines="1-2"
T, B, I, H = 5, 2, 3, 4
xs = rng.normal(size=(T, B, I))
print("xs", xs.shape)
for t, x in enumerate(xs):
    print(f"step {t}: x", x.shape)

# %% [markdown] slide="new" brief="$$h_\\text{new} = \\tanh\\left(W_{ih}\\,x + b_{ih} + W_{hh}\\,h + b_{hh}\\right)$$\n\n| symbol | what it is | shape |\n| --- | --- | --- |\n| $x$ | input at this step | `(B, I)` |\n| $h$, $h_\\text{new}$ | state before and after the step | `(B, H)` |\n| $W_{ih}$, $b_{ih}$ | from input to state | `(H, I)`, `(H,)` |\n| $W_{hh}$, $b_{hh}$ | from state to state | `(H, H)`, `(H,)` |" ask="The formula says $W x$. In code the examples are rows: `x @ W_ih`, or `x @ W_ih.T`?"
# ## From one number to a network
#
# The memory of lesson 00 was one number with a fixed rule, $h \leftarrow z\,h + (1 - z)\,x$. Now let it be a *vector* of
# $H$ numbers, the **state**, and let the two weights be *matrices that are learned*. A tanh keeps the result between
# $-1$ and $1$:
#
# $$h_\text{new} = \tanh\left(W_{ih}\,x + b_{ih} + W_{hh}\,h + b_{hh}\right)$$
#
# | symbol | what it is | shape |
# | --- | --- | --- |
# | $x$ | input at this step | `(B, I)` |
# | $h$ | state before the step | `(B, H)` |
# | $W_{ih}$, $b_{ih}$ | from input to state | `(H, I)`, `(H,)` |
# | $W_{hh}$, $b_{hh}$ | from state to state | `(H, H)`, `(H,)` |
# | $h_\text{new}$ | state after the step | `(B, H)` |
#
# This is the **tanh RNN**, as `torch.nn.RNN` computes it. (Two biases do the work of one; PyTorch keeps both, and so do we.)

# %% [markdown] slide="new" brief="## Rows, so weights enter as `W.T`\n\nOn paper, $W x$ multiplies a *column*. In code each example is a *row*. Watch the inner sizes match: `(B, I) @ (I, H)` gives `(B, H)`."
# On paper, $W x$ multiplies a *column*. In code each example is a *row* of `x (B, I)`, so the product is the other way
# round: `x @ W.T`. Watch the inner sizes match: `(B, I) @ (I, H)` gives `(B, H)`.

# %% slide="more text"
p = gru_ref.init_rnn(I, H, rng)
x = np.ones((B, I))
print("x", x.shape, "  W_ih", p.W_ih.shape, "  W_ih.T", p.W_ih.T.shape)
print("x @ W_ih.T", (x @ p.W_ih.T).shape)

# %% [markdown] slide="new" brief="One input, one unit: $W_{ih} = 1$, $W_{hh} = 0.5$, no biases. The input is a single pulse of 1, then silence."
# ## The smallest RNN, by hand
#
# One input, one unit: every matrix is a single number. Say $W_{ih} = 1$, $W_{hh} = 0.5$, no biases, and the input is a
# single pulse of 1, followed by silence.
#
# **Predict**: without tanh, the state would be 1, 0.5, 0.25, … Does tanh make it fade faster or slower?

# %%
predict("fading", ...)  # "faster" or "slower"?

# %% slide="more text"
h = 0.0
for x in [1.0, 0.0, 0.0, 0.0]:
    h = np.tanh(1.0 * x + 0.5 * h)
    print(f"input {x:.0f}, state {h:.3f}")
outcome("fading", "faster" if h < 0.5**3 else "slower")

# %% [markdown] slide="more" brief="Faster: $|\\tanh a| < |a|$, so each step takes off a little more than the factor 0.5."
# Faster: $|\tanh a| < |a|$, so each step takes off a little more than the factor 0.5 does. In lesson 02 this will cost us
# dearly.

# %% [markdown] slide="new"
# ## Your turn: `rnn_step` · medium
#
# Write one step for a whole batch: `rnn_step(x, h, p)` returns the new state `(B, H)`. The parameters are in `p`:
# `p.W_ih`, `p.W_hh`, `p.b_ih`, `p.b_hh`. Leave `x` and `h` as they are. `hint(rnn_step)` helps.


# %% solution="rnn_step" slide="more"
def rnn_step(x, h, p):
    """One step of a tanh RNN: x (B, I), h (B, H), p RNNParams → new state (B, H)."""
    ### BEGIN SOLUTION
    return np.tanh(x @ p.W_ih.T + p.b_ih + h @ p.W_hh.T + p.b_hh)
    ### END SOLUTION


# %% check="rnn_step" points=3
check(rnn_step)

# %% [markdown] slide="new" brief="Every box holds **the same parameters `p`**: they are *shared* over time." ask="How many steps can this network read?"
# ## Unrolled
#
# To read a sequence, take a step, and pass the state on to the next. Drawn side by side, the steps look like a deep
# network. But every box holds **the same parameters `p`**: they are *shared* over time. This is why a sequence can have
# any number of steps.

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.2, 2.3))
plotting.plot_unrolled(ax, 4)
show(fig, "unrolled_rnn")

# %% [markdown] slide="new"
# ## Your turn: `rnn_forward` · medium
#
# Write `rnn_forward(xs, h0, p)`: the state after **every** step, `hs (T, B, H)`, so that `hs[t]` is the state after
# reading `xs[t]`. The state before the first step is `h0 (B, H)`; it belongs to the caller, so leave it unchanged.
#
# For one step use `gru_ref.rnn_step(x, h, p)`, the course's own, so that this exercise does not depend on the last one.
# `hint(rnn_forward)` helps.


# %% solution="rnn_forward" slide="more"
def rnn_forward(xs, h0, p):
    """All states of a tanh RNN: xs (T, B, I), h0 (B, H), p → hs (T, B, H)."""
    ### BEGIN SOLUTION
    h = h0
    hs = []
    for x in xs:
        h = gru_ref.rnn_step(x, h, p)
        hs.append(h)
    return np.stack(hs)
    ### END SOLUTION


# %% check="rnn_forward" points=3
check(rnn_forward)

# %% [markdown] slide="new"
# ## Is this the real thing?
#
# `torch.nn.RNN` is what practitioners use. We copy our parameters into it, feed both the same batch, and look at the
# largest difference between their states and ours. **Predict**: 0, about $10^{-16}$, or about $10^{-7}$? (A 64-bit float
# holds about 16 digits, a 32-bit one about 7.)

# %%
predict("difference", ...)  # 0, 1e-16 or 1e-7?

# %% slide="more"
batch = rng.normal(size=(50, B, I))
h0 = rng.uniform(-0.9, 0.9, size=(B, H))
theirs = torch.nn.RNN(I, H, dtype=torch.float64)
with torch.no_grad():
    for parameter, ours in zip(theirs.parameters(), p, strict=True):
        parameter.copy_(torch.from_numpy(ours))
    hs_torch, _ = theirs(torch.from_numpy(batch), torch.from_numpy(h0)[None])
difference = np.abs(gru_ref.rnn_forward(batch, h0, p) - hs_torch.numpy()).max()
print("equal to 1e-12:", difference < 1e-12)
outcome("difference", f"{difference:.0e}")

# %% [markdown] slide="more" brief="The same numbers, up to rounding. One formula and one loop *are* the tanh RNN."
# The same numbers, up to the rounding of 64-bit floats. One formula and one loop *are* the tanh RNN.

# %% [markdown] slide="new" brief="“Dog bites man” and “man bites dog” are made of the same words. A sum of the inputs cannot tell them apart." ask="Can the last state? We read one sequence forwards, and again in reversed order."
# ## Order matters
#
# "Dog bites man" and "man bites dog" are made of the same words. A sum of the inputs cannot tell them apart. Can the
# last state? We read one sequence forwards, and again in reversed order.

# %% slide="more both"
reverse = batch[::-1]
sums = np.abs(batch.sum(axis=0) - reverse.sum(axis=0)).max()
forwards, backwards = (gru_ref.rnn_forward(xs, h0, p)[-1] for xs in [batch, reverse])
print(f"sums of the inputs differ by {sums:.0e}")
print(f"last states differ by        {np.abs(forwards - backwards).max():.2f}")

# %% [markdown] slide="new" brief="Each row is one unit, each column one step. First a pulse, then silence." ask="How long can the pulse be seen?"
# ## Look inside
#
# Each row below is one unit of the state, each column one step. First the network hears a pulse in its first input, then
# silence. Look at how long the pulse can be seen, and look for units that swing from red (above 0) to blue (below 0).

# %% slide="more figure"
pulse = np.zeros((12, 1, I))
pulse[0, 0, 0] = 3.0
no_bias = p._replace(b_ih=np.zeros(H), b_hh=np.zeros(H))
hs = gru_ref.rnn_forward(pulse, np.zeros((1, H)), no_bias)
fig, ax = plt.subplots(figsize=(6.8, 2.4))
plotting.plot_states(ax, hs[:, 0])
show(fig, "states_after_pulse")
for t in [0, 7]:
    print(f"largest state at step {t}: {np.abs(hs[t]).max():.4f}")

# %% [markdown]
# The memory is there, but it is short: with random parameters, this network forgets within about seven steps. Weights
# can be chosen to do much better, as you will see now.

# %% [markdown] slide="new" brief="In a sequence of silence there are two marks: *up*, $(1, 0)$, and *down*, $(0, 1)$. **Which came first?**" ask="Which one came first here? And what must a network do to answer?"
# ## Who came first? A test for memory
#
# Now comes a task that needs both order and memory. In a sequence of silence there are two marks: *up*, which is
# $(1, 0)$, and *down*, which is $(0, 1)$. **Which came first?** This function draws such sequences; `label` is 1 where
# *up* came first and −1 where *down* did.


# %% slide="more text"
def draw_marks(examples, T, first, last):
    """Sequences (T, examples, 2) with marks up and down, and labels (examples,)."""
    places = np.arange(first, last)
    steps = np.array([rng.choice(places, 2, replace=False) for _ in range(examples)])
    xs = np.zeros((T, examples, 2))
    for mark in (0, 1):
        xs[steps[:, mark], np.arange(examples), mark] = 1.0
    return xs, np.where(steps[:, 0] < steps[:, 1], 1.0, -1.0)


xs, label = draw_marks(1, 8, 0, 8)
for k, mark in enumerate(["up", "down"]):
    print(f"{mark:>4}:", xs[:, 0, k].astype(int))
print("label", int(label[0]))

# %% [markdown] slide="new" brief="> **Claim.** A feed-forward network cannot deal with sequences: not with their order, and not with different lengths.\n\nOne layer gets all the steps side by side." ask="**Predict** how many it gets right: on new sequences of the same kind, on shorter ones, and with marks at new places."
# > **Claim.** A feed-forward network cannot deal with sequences: not with their order, and not with different lengths.
# >
# > *Source:* for one, [Why sequences need
# > memory](https://clawdemy.org/lessons/intro-to-deep-learning/why-sequences-need-memory/lesson/): "It has no sense of order,
# > and no memory."
#
# (*Feed-forward* means: no memory. All inputs go in at once, and the results come out.)
#
# What would show it? Take the smallest feed-forward network there is, one layer. Give it all the steps side by side as
# one long input, $(B, T \cdot I)$, and let it learn our task by least squares. Then test it on
#
# 1. new sequences of the same kind,
# 2. shorter ones, padded with silence,
# 3. sequences whose marks are where there were none in training,
# 4. longer ones.
#
# **Predict** how many of the first three kinds it gets right, in percent (guessing gives about 50), and what happens to
# the fourth.

# %%
predict("side_by_side", [..., ..., ...])  # percent right, in 1, 2 and 3


# %% slide="more text"
def side_by_side(xs):
    return xs.transpose(1, 0, 2).reshape(xs.shape[1], -1)


def percent_right(score, label):
    return round(100 * np.mean(np.sign(score.round(6)) == label))


xs, label = draw_marks(400, 20, 0, 10)
weights = np.linalg.lstsq(side_by_side(xs), label)[0]
right = {}
kinds = {"same kind": (0, 10), "shorter": (0, 5), "new places": (10, 20)}
for name, (first, last) in kinds.items():
    xs, label = draw_marks(1000, 20, first, last)
    right[name] = percent_right(side_by_side(xs) @ weights, label)
    print(f"{name:10} {right[name]:3}%")
outcome("side_by_side", list(right.values()), " percent")

# %% [markdown]
# And longer ones?

# %% raises=true slide="new"
xs, label = draw_marks(1000, 30, 0, 30)
side_by_side(xs) @ weights

# %% [markdown] slide="more"
# This error is intended: the network has $20 \cdot 2 = 40$ weights, and the longer sequence brings 60 numbers.
#
# > **Verdict.** Imprecise. Within a fixed window a feed-forward network handles order and shorter sequences without a
# > mistake (100 %). Beyond that it fails. Where the examples showed no marks, least squares leaves its weights at 0, so
# > it gives no answer at all (0 % right), and longer sequences do not fit in. What it lacks is not order but
# > **sharing**: each step has weights of its own. (A convolution is feed-forward too and does share its weights; it sees
# > only as far as its window.)

# %% [markdown] slide="new" brief="> **Claim.** Gates are what enables a recurrent network to handle sequences of varying length.\n\nA *single* unit, set by hand: *up* pushes the state up, *down* pushes it down, and the weight 3 from state to state holds it."
# ## The same task with five numbers
#
# Here is an RNN with a *single* unit for that task, with its parameters set by hand. The mark *up* pushes the state up,
# *down* pushes it down, and the weight 3 from state to state holds it where it is: whichever comes first wins.
#
# > **Claim.** Gates are what enables a recurrent network to handle sequences of varying length.
# >
# > *Source:* a popular article; [another
# > page](https://qeeebo.com/questions/how/40/cd2/how-do-grus-handle-long-term-dependencies-in-sequence-data) calls GRUs
# > "designed to handle variable-length sequences".
#
# What would show it? A network *without* gates that fails when lengths vary. **Predict** how our five numbers do on
# sequences of 10, 100, 1,000 and 10,000 steps.

# %%
predict("five_numbers", ...)  # percent right at 10,000 steps

# %% slide="more text" lines="1-4"
W_ih, W_hh = np.array([[1.5, -1.5]]), np.array([[3.0]])
first_come = RNNParams(W_ih, W_hh, b_ih=np.zeros(1), b_hh=np.zeros(1))
for T in [10, 100, 1_000, 10_000]:
    xs, label = draw_marks(200, T, 0, T)
    hs = gru_ref.rnn_forward(xs, np.zeros((200, 1)), first_come)
    right = percent_right(hs[-1, :, 0], label)
    print(f"{T:6,} steps: {right}% right")
print("parameters:", sum(a.size for a in first_come))
outcome("five_numbers", right, " percent")

# %% [markdown] slide="new" brief="> **Verdict.** Wrong. The same five numbers read 10 steps and 10,000, get every one right, and there is no gate in sight. Varying lengths come from the **recurrence**: one step, shared over time." ask="Why does it hold? What happens when the second mark arrives?"
# > **Verdict.** Wrong. The same five numbers read 10 steps and 10,000, get every one right, and there is no gate in
# > sight. Varying lengths come from the **recurrence**: one step, shared over time.
#
# Why does it hold? Run one sequence and look: after its first mark the state is close to 1 or −1, and the other mark can
# no longer flip it.

# %% slide="more text"
xs = np.zeros((12, 1, 2))
xs[3, 0, 0] = xs[7, 0, 1] = 1.0  # up at step 3, down at step 7
print(gru_ref.rnn_forward(xs, np.zeros((1, 1)), first_come)[:, 0, 0].round(2))

# %% [markdown] slide="new" brief="## An honest test\n\nNow let there be a little noise between the marks, instead of silence." ask="**Predict**: what happens to the 100%?"
# And now the honest test of our five numbers: instead of silence, let there be a little noise between the marks.
# **Predict** what happens to the 100 %.

# %%
predict("with_noise", ...)  # percent right

# %% slide="more"
xs, label = draw_marks(2000, 100, 0, 100)
noise = rng.normal(0, 0.05, xs.shape)
hs = gru_ref.rnn_forward(xs + noise, np.zeros((2000, 1)), first_come)
outcome("with_noise", percent_right(hs[-1, :, 0], label), " percent right")

# %% [markdown] slide="more" brief="Little better than a guess: the first bit of noise is held as if it were the first mark. *Reading* any length is one thing, *choosing what to keep* is another: lesson 03."
# That is little better than a guess: the first bit of noise is held as if it were the first mark. *Reading* any length
# is one thing, *choosing what to keep* is another. For the second we will need a gate (lesson 03).

# %% [markdown] slide="new" brief="## Your turn: `count_rnn_parameters` · easy\n\nWrite `count_rnn_parameters(I, H)`: how many learned numbers a tanh RNN with both biases has, as an integer."
# ## How many numbers does it learn?
#
# The parameters are the two matrices and the two biases. Their number depends on $I$ and $H$, and **not on $T$**.
#
# ## Your turn: `count_rnn_parameters` · easy
#
# Write `count_rnn_parameters(I, H)`: how many learned numbers a tanh RNN with both biases has, as an integer.
# `hint(count_rnn_parameters)` helps.


# %% solution="count_rnn_parameters" slide="more"
def count_rnn_parameters(I, H):
    """Learned numbers of a tanh RNN with two biases; I and H are integers."""
    ### BEGIN SOLUTION
    return H * I + H * H + 2 * H
    ### END SOLUTION


# %% check="count_rnn_parameters" points=2
check(count_rnn_parameters)

# %% [markdown] slide="new" brief="## How many numbers does it learn?"
# Compare this with a layer that takes all steps side by side and has as many outputs. **Predict** at which length the
# RNN becomes the smaller one, for $I = 8$ and $H = 32$.

# %%
predict("smaller_from", ...)  # from which T on?

# %% slide="more text"
recurrent = gru_ref.count_rnn_parameters(8, 32)
for T in [1, 5, 6, 10, 100, 1_000]:
    print(f"T = {T:5,}   RNN {recurrent:7,}   side by side {32 * 8 * T + 32:7,}")
smaller = [T for T in range(1, 1_000) if recurrent < 32 * 8 * T + 32]
outcome("smaller_from", f"T = {smaller[0]}")

# %% [markdown]
# From $T = 6$ on the RNN is the smaller one, and its number of parameters does not grow with $T$.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="why_share" points=2 slide="new"
# **For 2 points.** Somebody proposes to give each step its own matrices, $W_{ih}^{(t)}$ and $W_{hh}^{(t)}$: "more
# parameters, more power". Name two things that the RNN would lose, and say why. (The measurements above help.)
#
# ### BEGIN SOLUTION
# First, the free length: there would be matrices only for the steps seen in training, so a longer sequence could not be
# read, and the number of parameters would grow with T. Second, what is learned at one place would not hold at another: a
# mark that was always seen at steps 0 to 9 would mean nothing at step 15, because the weights there never met one. With
# shared parameters every step of every sequence teaches the same weights, so fewer examples are needed as well.
#
# **Rubric**
#
# - 1 point: the length is no longer free, or the number of parameters grows with the length.
# - 1 point: what is learned at one step is not known at the others (or: far more examples are needed for that reason).
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A recurrent network has one step, $h_\text{new} = \tanh(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})$, and repeats it.
# - Shapes: `xs (T, B, I)`, `h0 (B, H)`, `hs (T, B, H)`. Rows are examples, so weights enter as `W.T`.
# - The parameters are shared over time: $HI + H^2 + 2H$ numbers, whatever the length.
# - Order counts, because each step builds on the state that the last one left.
# - Any length can be *read*. Whether something is still *remembered* at the end is another question: lesson 02.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check.*
#
# **Find out**: can a plain tanh RNN say who came first *in noise*? The five numbers above lost it, because their state
# reacts to the first bit of noise. Set the parameters of a larger network by hand, so that it gets more than 95% right
# with noise of 0.05 between the marks, at 100 steps.
#
# **Try first**: two units, one for each mark. A unit with a strong weight to itself and a negative bias rests near −1, and a
# push that is large enough brings it to +1 for good. What should a unit that is up do to the other one?
#
# **How you would know**: `percent_right` of the difference between the two units, on 2,000 fresh sequences. Then raise
# the noise until your network fails, and say which of your numbers decides when that happens. Does it still work for
# 10,000 steps?

# %% [markdown]
# ## Test yourself
#
# 1. `xs` has shape `(7, 3, 2)` and the network has 5 units. What are the shapes of `hs`, `hs[-1]`, `W_ih` and `W_hh`?
#
# <details><summary>Answer</summary>
# (7, 3, 5), (3, 5), (5, 2) and (5, 5).
# </details>
#
# 2. You write `h @ W_hh` instead of `h @ W_hh.T`, and nothing complains. Why not, and what gives it away?
#
# <details><summary>Answer</summary>
# W_hh is square, so the shapes fit either way. Only the values are wrong; a comparison with another implementation, such
# as torch.nn.RNN, shows it.
# </details>
#
# 3. You have read 1,000 steps, and now 10 more arrive. Do you have to read all 1,010?
#
# <details><summary>Answer</summary>
# No. The last state is all that the network knows of the past: pass it in as h0 and read the 10.
# </details>

# %% [markdown]
# ## Further reading
#
# - J. L. Elman, *Finding structure in time*, Cognitive Science 14 (1990): the paper behind this network.
# - The documentation of `torch.nn.RNN` and `torch.nn.RNNCell`: the same equation, and further options.
# - Next: **02 · Vanishing**. Why does a plain RNN forget?

# %%
progress()
