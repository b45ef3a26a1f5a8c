# %% [markdown] slide="new"
# # 03 · Gates
#
# **How can a network decide what to keep?**
#
# - **Goals**: see why a memory needs a switch that changes; build that switch, soft enough to learn; write the reset
#   gate and the update gate of a GRU.
# - **Time**: 60 minutes.
# - **Before you start**: the memory $h \leftarrow z \cdot h + (1 - z) \cdot x$ (lesson 00), matrix products and batches
#   (lesson 01).

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, gate_explorer, hint, outcome, predict, progress, show
from gru_ref import plotting

# %% [markdown] slide="new" brief="A sensor reports a voltage at each step. Now and then a **lamp** lights up, and *only then* does the reading matter.\n\n- lamp lit: take the reading\n- lamp dark: hold what you have\n\n$$h \\leftarrow z \\cdot h + (1 - z) \\cdot x$$" ask="Which $z$ does the memory need while the lamp is dark, and which while it is lit? Can one fixed $z$ do both?"
# ## A memory that should choose
#
# A sensor reports a voltage at each step. Now and then a lamp lights up, and *only then* does the reading matter. The
# memory should hold it until the lamp lights up again.
#
# The moving average of lesson 00 cannot do this. Its $z$ is the same at every step: it keeps too little between the
# lamps, or writes too little when the lamp is lit. We need a $z$ that is 1 at most steps and 0 at a few.
#
# And nobody should have to set it by hand. It should be **computed from what comes in**, by a formula whose numbers can
# be learned. That is a *gate*.

# %% [markdown] slide="new" brief="A gate is a number $g$ from 0 to 1. What goes through it comes out as $g \\odot v$, entry by entry."
# ## A gate is a fraction
#
# A gate is a number $g$ from 0 to 1. A value $v$ that goes through it comes out as $g \cdot v$. A layer has one gate
# for each of its units, so gates and values are multiplied entry by entry, written $g \odot v$ and, in NumPy, `g * v`.
#
# With $v = (0.9, -0.4, 0.7)$ and $g = (1, 0.5, 0)$: **predict** the three numbers that come out.

# %%
predict("gated", [..., ..., ...])

# %% slide="more text"
v = np.array([0.9, -0.4, 0.7])
g = np.array([1.0, 0.5, 0.0])
print(g * v)
outcome("gated", g * v)

# %% [markdown]
# Open, half open, shut: all of 0.9, half of −0.4, and nothing of 0.7.

# %% [markdown] slide="new" brief="A network learns by small steps: *if I move this number a little, does the result get better?*\n\nA hard switch answers “no difference” almost everywhere. So we soften it, with the **logistic function**:\n\n$$\\sigma(a) = \\frac{1}{1 + e^{-a}}$$" ask="At which $a$ could this soft switch learn fast, and where hardly at all?"
# ## Why soft?
#
# A switch that has only the positions 0 and 1 is simpler. But a network learns by small steps: it asks for each number,
# *if I move it a little, does the result get better?* A hard switch answers "no difference" almost everywhere, because
# its slope is 0. So we soften it. The usual choice is the **logistic function**, also called the sigmoid:
#
# $$\sigma(a) = \frac{1}{1 + e^{-a}}$$
#
# It takes any number $a$ and returns one between 0 and 1. In the picture, look at the dashed line, the slope: where
# could this switch learn fast, and where hardly at all?

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_logistic(ax)
show(fig, "logistic_and_switch")

# %% [markdown]
# The same in numbers. The slope of σ is $\sigma(a)\,(1 - \sigma(a))$. Compare the rows for $a$ and $-a$.

# %% slide="new text"
for a in [-6.0, -2.0, 0.0, 2.0, 6.0]:
    s = gru_ref.sigmoid(np.array(a))
    print(f"a = {a:4.0f}    σ(a) = {s:.4f}    slope = {s * (1 - s):.4f}")

# %% [markdown] slide="more"
# Two things are worth remembering:
#
# - **It is symmetric**: $\sigma(-a) = 1 - \sigma(a)$. A gate is as far open as its mirror image is shut.
# - **It learns best when it is undecided**: the slope is ¼ at $a = 0$, and a hundred times smaller at $a = \pm 6$. A
#   gate that is fully open or fully shut has almost stopped learning.

# %% [markdown] slide="new" brief="A 64-bit float has an end, and $e^a$ soon gets there."
# ## Large numbers
#
# The formula is short, but a computer's numbers have a limit. A 64-bit float ends near $1.8 \cdot 10^{308}$, and $e^a$
# soon gets there:

# %% slide="more text"
largest = np.finfo(float).max
print(f"largest float {largest:.2e}, reached by e^a at a = {np.log(largest):.1f}")

# %% [markdown] slide="more" brief="There are two ways to write σ:\n\n$$\\frac{1}{1 + e^{-a}} = \\frac{e^{a}}{e^{a} + 1}$$"
# There are two ways to write the same function. For the second, multiply numerator and denominator by $e^a$:
#
# $$\frac{1}{1 + e^{-a}} = \frac{e^{a}}{e^{a} + 1}$$
#
# **Predict**: at $a = -1000$ and $a = 1000$, what does each form give?

# %%
predict("left_form", [..., ...])  # at −1000, at 1000: a number, "inf" or "nan"
predict("right_form", [..., ...])

# %% slide="more text"
a = np.array([-1000.0, 1000.0])
with np.errstate(all="ignore"):  # no warnings just now: we want to see the values
    outcome("left_form", 1 / (1 + np.exp(-a)))
    outcome("right_form", np.exp(a) / (np.exp(a) + 1))

# %% [markdown]
# The first form comes out right: at −1000 it divides 1 by infinity, and that is 0. But NumPy warns on the way, and a
# warning that is always there hides the one that matters. The second form divides infinity by infinity, which is not a
# number (`nan`).
#
# Each form is safe on one side. Which one on which?

# %% [markdown] slide="new"
# ## Your turn: `sigmoid` · medium
#
# Write `sigmoid(a)`: the logistic function of every entry. It must be right, and cause no warnings from NumPy, even at
# $a = \pm 1000$. (Switching the warnings off is not an answer. `check` cannot see the difference; you can.)
#
# | name | what | shape |
# | --- | --- | --- |
# | `a` | any numbers | an array of any shape |
# | returned | $\sigma(a)$, between 0 and 1 | the same shape |
#
# Stuck? `hint(sigmoid)`.


# %% solution="sigmoid" slide="more"
def sigmoid(a):
    """Logistic function of each entry: a, of any shape → the same shape, 0 to 1."""
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(a))  # at most 1: it cannot overflow
    return np.where(a >= 0, 1, e) / (1 + e)
    ### END SOLUTION


# %% check="sigmoid" points=2
check(sigmoid)

# %% [markdown] slide="new" brief="Let an input $x$ move the switch: $g = \\sigma(w \\cdot x + b)$." ask="What does the weight $w$ do to the curve, and what does the bias $b$ do? Where is the gate half open?"
# ## A gate that looks at its input
#
# Now we let an input $x$ move the switch. With one input, $g = \sigma(w \cdot x + b)$.
#
# **Predict**: what does the weight $w$ do to the curve, and what does the bias $b$ do? Where is the gate half open?
# Then run the cell, and move the sliders (or click one and use the arrow keys).

# %%
gate_explorer()

# %% [markdown] slide="more" brief="- The **weight** says how sharply the gate reacts, and to which side: a negative one opens it for *small* inputs.\n- The **bias** says how far it is open when the input is 0.\n- It is half open where $w \\cdot x + b = 0$, at $x = -b / w$."
# (Do you see *model not found* in place of the sliders? They belong to an earlier session: run the cell again.)
#
# The **weight** says how sharply the gate reacts, and to which side: with a negative weight it opens for *small* inputs.
# The **bias** says how far it is open when the input is 0. It is half open where $w \cdot x + b = 0$, at $x = -b / w$.

# %% [markdown] slide="new"
# ## A gate that looks at the memory, too
#
# What is worth keeping depends on what comes in **and** on what is there already. So a gate reads the input $x$ and the
# state $h$, each through its own weights. For $H$ units at once:
#
# $$g = \sigma(W x + b_i + U h + b_h)$$
#
# | symbol | what | shape |
# | --- | --- | --- |
# | $x$ | input, a batch of $B$ rows | `(B, I)` |
# | $h$ | state | `(B, H)` |
# | $W$ | weights of the input; row $i$ belongs to unit $i$ | `(H, I)` |
# | $U$ | weights of the state; row $i$ belongs to unit $i$ | `(H, H)` |
# | $b_i$, $b_h$ | biases | `(H,)` |
# | $g$ | one gate for each unit of each example | `(B, H)` |
#
# The formula is written for one column $x$. In the code the examples of a batch are *rows*, so $W x$ becomes `x @ W.T`,
# just as in lesson 01. Two biases are one more than needed: only their sum counts. PyTorch keeps both, and so do we,
# because we want to match it to the last digit.

# %% [markdown] slide="new" brief="By hand, with one example, two inputs and one unit:\n\n$$x = (1,\\ 2) \\quad h = 0.5 \\quad W = (1,\\ -0.5) \\quad U = 2 \\quad b_i = 0.5 \\quad b_h = -0.5$$" ask="**Predict** the sum $W x + b_i + U h + b_h$. Is this gate more open or more shut?"
# Work this out by hand, with one example, two inputs and one unit. **Predict** the sum on paper first: is this gate more
# open or more shut?

# %%
predict("sum_by_hand", ...)

# %% slide="more text"
x, h = np.array([[1.0, 2.0]]), np.array([[0.5]])
W, U = np.array([[1.0, -0.5]]), np.array([[2.0]])
b_i, b_h = np.array([0.5]), np.array([-0.5])
a = x @ W.T + b_i + h @ U.T + b_h
print("sum", a, " gate", gru_ref.sigmoid(a).round(3))
outcome("sum_by_hand", a.item())

# %% [markdown]
# The input gives $1 \cdot 1 - 0.5 \cdot 2 = 0$, the state gives $2 \cdot 0.5 = 1$, and the biases cancel. The sum is 1,
# so the gate is more open than shut.

# %% [markdown] slide="new"
# ## Your turn: `gate` · easy
#
# Write `gate(x, h, W, U, b_i, b_h)` for a whole batch; shapes as in the table above. You may use `gru_ref.sigmoid`, the
# course's own, so that nothing here depends on your first answer. Stuck? `hint(gate)`.


# %% solution="gate" slide="more"
def gate(x, h, W, U, b_i, b_h):
    """One gate for each unit.

    x (B, I), h (B, H), W (H, I), U (H, H), b_i and b_h (H,) → (B, H)
    """
    ### BEGIN SOLUTION
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h)
    ### END SOLUTION


# %% check="gate" points=2
check(gate)

# %% [markdown] slide="new" brief="Two numbers come in at each step: the reading, and 1 or 0 for the lamp. The gate $z$ should **keep** the memory while the lamp is dark, and let it be overwritten while it is lit. We set the weights by hand."
# ## The lamp, solved
#
# Back to the sensor. The input has two numbers at each step: the reading, and 1 or 0 for the lamp. One gate $z$ should
# **keep** the memory when the lamp is dark, and let it be overwritten when the lamp is lit.

# %%
rng = np.random.default_rng(0)
readings = rng.normal(0, 1, 60)  # volts
lamp = np.isin(np.arange(60), [4, 20, 33, 49])
inputs = np.stack([readings, lamp], axis=1)  # (T, I), with I = 2

# %% [markdown] slide="more" brief=""
# We set the weights by hand here; in later lessons they are learned. **Predict**: how far open is
# $z = \sigma(6 - 12 \cdot \text{lamp})$ with the lamp dark, and with the lamp lit?

# %%
predict("how_far_open", [..., ...])  # dark, lit

# %% slide="more text"
W, U = np.array([[0.0, -12.0]]), np.array([[0.0]])
b_i, b_h = np.array([6.0]), np.array([0.0])
h, zs, hs = np.zeros((1, 1)), [], []
for x in inputs[:, None]:  # x is (B, I) = (1, 2)
    z = gru_ref.gate(x, h, W, U, b_i, b_h)
    h = z * h + (1 - z) * x[:, :1]
    zs.append(z.item())
    hs.append(h.item())
dark, lit = zs[0], zs[4]
print(f"lamp dark: z = {dark:.4f}    lamp lit: z = {lit:.4f}")
outcome("how_far_open", [round(dark, 3), round(lit, 3)])

# %% [markdown]
# Look at the lower panel first: the gaps are the steps at which $z$ lets something in. Then look at the solid line
# above: it should jump to each marked reading, and hold it.

# %% slide="new figure"
fig, axes = plt.subplots(2, 1, figsize=(7.6, 4.2), sharex=True, height_ratios=[3, 1])
constant = gru_ref.ema(readings, 0.9)
memories = {"memory, gate computed": hs, "memory, z = 0.9 always": constant}
plotting.plot_gated_memory(axes, readings, lamp, np.array(zs), memories, unit="V")
show(fig, "gated_memory")

# %% [markdown] slide="new" ask="Among all constants, **predict** the distance of the best one from the memory that we want, in volts. (The readings spread by about 1 V.)"
# > **Claim.** No gate is needed: one well-chosen constant does the same work.
# >
# > *Source:* our own question.
#
# *What would show it:* among all constants $z$, one that comes about as close to the memory that we want as the gate
# does. The distance is the root of the mean squared error, in volts. **Predict** the distance of the best constant. (The
# readings themselves spread by about 1 V.)

# %%
predict("best_constant", ...)  # its distance, in volts

# %% slide="more text"
wanted = np.zeros(60)
for start in np.flatnonzero(lamp):
    wanted[start:] = readings[start]


def distance(memory):
    return np.sqrt(np.mean((memory - wanted) ** 2))


constants = np.linspace(0, 1, 101)
best = min(constants, key=lambda z: distance(gru_ref.ema(readings, z)))
print(f"best constant z = {best:.2f}: {distance(gru_ref.ema(readings, best)):.2f} V")
print(f"an empty memory:         {distance(0):.2f} V")
print(f"the computed gate:       {distance(np.array(hs)):.2f} V")
outcome("best_constant", round(distance(gru_ref.ema(readings, best)), 2), " V")

# %% [markdown] slide="more"
# > **Verdict.** Wrong. The best constant, 0.88, stays 0.52 V away from the memory that we want; remembering nothing at
# > all is 0.69 V away. The computed gate comes within 0.01 V. A constant treats all steps alike, and what matters
# > differs from step to step.
#
# The last 0.01 V comes from the softness: at every dark step the gate lets 1 − 0.9975 of the reading in. Larger weights
# would shut it further, and leave it less slope to learn from.

# %% [markdown] slide="new" ask="A unit should keep its old value exactly. Which of the two gates decides that, and at which value?"
# ## Two gates, one form
#
# A GRU has two gates. They have the same form, but each has its own parameters; the last letter says whose they are.
#
# $$r = \sigma(W_{ir}\, x + b_{ir} + W_{hr}\, h + b_{hr}) \qquad \text{reset gate}$$
#
# $$z = \sigma(W_{iz}\, x + b_{iz} + W_{hz}\, h + b_{hz}) \qquad \text{update gate}$$
#
# Here is what they are for, in one line each; lesson 04 puts both to use:
#
# - The **reset gate** $r$ decides how much of the past is *looked at* while something new is composed.
# - The **update gate** $z$ decides how much of the old state is *kept*; the fraction $1 - z$ is replaced by the new.
#
# The new thing is called the candidate, $n$. The names of its parameters end in n. All twelve arrays travel together as
# one `GRUParams`:

# %% slide="new text"
p = gru_ref.init_gru(I=2, H=3, rng=rng)
for name, array in zip(p._fields, p, strict=True):
    print(f"p.{name}  {array.shape}")

# %% [markdown] slide="more"
# Read the names like a sentence: `W_hz` is the **w**eight matrix from the state **h** to the update gate **z**.

# %% [markdown] slide="new"
# ## Your turn: `reset_gate` and `update_gate` · easy
#
# Both take `x (B, I)`, `h (B, H)` and `p`, a `GRUParams`, and return one gate for each unit, `(B, H)`. You have the
# formula already: `gru_ref.gate` is the course's own `gate`. Stuck? `hint(reset_gate)`.


# %% solution="reset_gate" slide="more"
def reset_gate(x, h, p):
    """How much of the past the candidate sees: x (B, I), h (B, H), p → r (B, H)."""
    ### BEGIN SOLUTION
    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)
    ### END SOLUTION


# %% check="reset_gate" points=2
check(reset_gate)


# %% solution="update_gate" slide="more"
def update_gate(x, h, p):
    """How much of the old state is kept: x (B, I), h (B, H), p → z (B, H)."""
    ### BEGIN SOLUTION
    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)
    ### END SOLUTION


# %% check="update_gate" points=2
check(update_gate)

# %% [markdown]
# Some articles let $z$ be the fraction that is *written*; their $z$ is our $1 - z$. Both conventions are right, and
# lesson 06 translates between them. Here, as in PyTorch, **z keeps**.

# %% [markdown] slide="new" ask="Draw parameters as PyTorch does for a new network, and once more 20 times as large. **Predict**: what share of the gates lies between ¼ and ¾ in each case?"
# ## How far open are gates, really?
#
# > **Claim.** A gate is either open or shut.
# >
# > *Source:* nobody in particular; it is what the word *gate* suggests.
#
# *What would show it:* the gates of a GRU crowd near 0 and near 1, and few lie in between. We draw parameters as PyTorch
# does for a new network, and once more with the gate's own parameters 20 times as large, as training may make them.
# **Predict**: what share of the gates lies between ¼ and ¾ in each case?

# %%
predict("between", [..., ...])  # percent: new network, parameters × 20

# %% slide="more text"
p = gru_ref.init_gru(I=8, H=64, rng=rng)
x, h = rng.normal(0, 1, (1000, 8)), rng.uniform(-0.9, 0.9, (1000, 64))
large = {name: 20 * getattr(p, name) for name in ["W_iz", "W_hz", "b_iz", "b_hz"]}
networks = {"new network": p, "parameters × 20": p._replace(**large)}
gates = {label: gru_ref.update_gate(x, h, q) for label, q in networks.items()}
between = {k: round(100 * np.mean((z > 0.25) & (z < 0.75))) for k, z in gates.items()}
for label, z in gates.items():
    print(f"{label:16} mean {z.mean():.2f}    between ¼ and ¾: {between[label]}%")
outcome("between", list(between.values()), " percent")
print(f"left of a memory after ten steps at z = 0.5: {0.5**10:.3f}")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_gate_histogram(ax, gates)
show(fig, "gate_shares")

# %% [markdown] slide="more"
# > **Verdict.** Imprecise. In a new network practically every gate lies between ¼ and ¾, so its memory is about halved
# > at each step: after ten steps a thousandth is left. With parameters 20 times as large most gates are nearly open or
# > nearly shut, but 12% still lie in between. A gate *can become* a switch. It starts as anything but, and lesson 09
# > shows what that costs.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="why_two_gates" points=2 slide="new"
# **For 2 points.** Why does a GRU need both gates? In one step a unit may have to do one of three things:
#
# 1. **keep** its old value;
# 2. **replace** it by something made of the input *alone*;
# 3. **replace** it by something made of the input *and* the past.
#
# Which values of $r$ and $z$, near 0 or near 1, does each need? Does one of them sometimes not matter? And if a single
# gate $g$ took both places, $r = z = g$: which of the three would be lost, and why?
#
# ### BEGIN SOLUTION
# 1. Keep: $z \approx 1$. Nothing new is written, so $r$ does not matter.
# 2. Replace by something of the input alone: $z \approx 0$, so that the old value goes, and $r \approx 0$, so that the
#    past is not looked at.
# 3. Replace by something of both: $z \approx 0$ again, but $r \approx 1$.
#
# With $r = z = g$, $g \approx 1$ keeps, and $g \approx 0$ replaces without looking at the past. The third is lost: it
# needs $z \approx 0$ and $r \approx 1$ in the same step, and one number cannot be both. What is *kept* and what is
# *looked at* are two decisions, and so there are two gates.
#
# **Rubric**
#
# - 1 point: the right values for all three, and that r does not matter where z ≈ 1
# - 1 point: the third is lost, because it needs z and r at opposite ends (or: keeping and looking are two decisions)
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A **gate** is a fraction from 0 to 1 for each unit, and what it guards is multiplied by it, entry by entry.
# - It is soft, because a hard switch has slope 0 and cannot learn. Its curve is $\sigma$, written so that nothing
#   overflows.
# - It reads the input and the state: $g = \sigma(W x + b_i + U h + b_h)$, with $W$ `(H, I)` and $U$ `(H, H)`.
# - A GRU has two. The **reset gate** $r$ decides what of the past is looked at, the **update gate** $z$ what is kept.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check.*
#
# **Find out**: can a single gate keep *the largest reading so far*? The memory is $h \leftarrow z\,h + (1 - z)\,x$ as above,
# and $z = $ `gru_ref.gate(x, h, W, U, b_i, b_h)` with numbers of your choice. This time there is no lamp: the gate has to
# compare the reading with the memory.
#
# **Try first**: on paper, for which $h$ and $x$ should it be shut, and for which open? Which sum of $x$ and $h$ changes
# its sign exactly there? Then choose how sharp it is.
#
# **How you would know**: plot your memory beside `np.maximum.accumulate(readings)`, and measure with `distance` as
# above. What goes wrong where two readings are nearly equal? And is there a gate that keeps the largest reading of the
# *last ten* steps? If you think not, say why.

# %% [markdown]
# ## Test yourself
#
# **1.** A gate with one input has weight 2 and bias −4. For which inputs is it more than half open?
#
# <details><summary>Answer</summary>
#
# Half open is where $2x - 4 = 0$, at $x = 2$. The weight is positive, so it is more than half open for $x > 2$.
#
# </details>
#
# **2.** Somebody proposes a straight line, clipped to [0, 1], instead of σ: it is faster, and really reaches 0 and 1.
# What is the price?
#
# <details><summary>Answer</summary>
#
# Where the line is clipped its slope is exactly 0: a gate that gets there never receives a signal to come back. With σ
# the slope becomes small, but never 0. (Some libraries did use such a *hard sigmoid*, for its speed.)
#
# </details>
#
# **3.** A layer has $I = 3$ inputs and $H = 5$ units. How many numbers does one gate have to learn, as written here?
#
# <details><summary>Answer</summary>
#
# $W$ has 5 · 3 = 15, $U$ has 5 · 5 = 25, and the two biases 5 each: 50. Of these, 5 are not needed, because only the
# sum of the two biases counts.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Kyunghyun Cho and others (2014), *Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
#   Translation*, [arXiv:1406.1078](https://arxiv.org/abs/1406.1078): where the reset and the update gate come from.
# - [The documentation of `torch.nn.GRUCell`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html): the
#   names and shapes that this course uses.
# - Next: **04 · Candidate and blend**. What the two gates guard.

# %%
progress()
