# %% [markdown] slide="new"
# # 02 · Vanishing
#
# **Why does a plain RNN forget?**
#
# - **Goals**: follow a small change of the state through time, first in one unit, then in a whole network; write the
#   Jacobian of a step, and multiply Jacobians over many steps; tell what makes a gradient vanish from what merely allows
#   it to explode.
# - **Time**: 65 minutes, and 20 more for the part at the end that is marked *deeper*. You may skip that part.
# - **Before you start**: the tanh RNN (lesson 01), the chain rule, matrix products.

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import RNNParams, plotting

# %% [markdown] slide="new" brief="A network learns that step 3 matters for step 103 only if a change at step 3 *changes something* at step 103.\n\n- one RNN with $H = 32$ units and PyTorch's usual initial weights\n- two runs over the same inputs\n- in the second, the initial state differs by a nudge of length one millionth" ask="**Predict**: how large is the difference after 20 steps? Half of the nudge, a thousandth, less?"
# ## A nudge, and what becomes of it
#
# A network learns that step 3 matters for step 103 only if a change at step 3 *changes something* at step 103. So let us
# change something. We run one RNN twice. The second time, its initial state differs by a nudge of length one millionth.
# Then we compare the two runs, step by step.
#
# The network has $H = 32$ units and PyTorch's usual initial weights.

# %%
rng = np.random.default_rng(0)
T, I, H = 101, 4, 32
xs, h0 = rng.standard_normal((T, 1, I)), np.zeros((1, H))
p = gru_ref.init_rnn(I, H, rng)
nudge = rng.standard_normal((1, H))
nudge *= 1e-6 / np.linalg.norm(nudge)

# %% [markdown]
# **Predict**: Both runs read the same inputs. How large is the difference after 20 steps: half of the nudge, a
# thousandth, less? Put your number in place of the dots, and run both cells. The second prints the difference as a
# fraction of the nudge.

# %%
predict("nudge_left", ...)  # the fraction of the nudge after 20 steps

# %% slide="more text" lines="3-5"
difference = gru_ref.rnn_forward(xs, h0 + nudge, p) - gru_ref.rnn_forward(xs, h0, p)
for t in [0, 1, 4, 9, 19]:
    left = np.linalg.norm(difference[t]) / 1e-6
    print(f"after {t + 1:2d} steps: {left:.1e} of the nudge is left")
outcome("nudge_left", left)

# %% [markdown] slide="new" brief="## Why does that matter for learning?\n\n- The **gradient** says how the loss responds to a change in each weight. It is a sum, with a term from every step.\n- The term from a distant step is multiplied by just such a fraction.\n- If the fraction shrinks towards 0 with distance, the gradient **vanishes**; if it grows without limit, it **explodes**."
# Almost nothing is left. After 20 steps the network can hardly tell whether the nudge happened or not.
#
# Why does that matter for learning? A network is trained by lowering a **loss**, one number that says how wrong it is.
# The **gradient** says how the loss responds to a change in each weight. It is a sum, with a term from every step at
# which the weight was used, and the term from a distant step is multiplied by just such a fraction. If the fraction
# shrinks towards 0 with distance, we say that the gradient **vanishes**; if it grows without limit, it **explodes**.
#
# This lesson explains that fraction. We begin with a single unit, where it is a product of plain numbers.

# %% [markdown] slide="new" brief="$$a = w\\,h + x, \\qquad h_\\text{new} = \\tanh(a)$$\n\n$$\\frac{\\partial h_\\text{new}}{\\partial h} = \\bigl(1 - h_\\text{new}^2\\bigr)\\; w$$\n\nA **slope** times a **weight**." ask="The weight is 0.9, and the new state is 0.5. We nudge the old state by 0.001. **Predict**: by how much does the new state change?"
# ## One unit, one step
#
# The smallest RNN has one unit and no biases. Let $x$ be all that the input adds:
#
# $$a = w\,h + x, \qquad h_\text{new} = \tanh(a)$$
#
# Nudge $h$ a little. First the sum $a$ responds: it changes $w$ times as much. Then tanh responds to the sum, with its
# own slope, $\tanh'(a) = 1 - \tanh^2(a)$. And $\tanh(a)$ is $h_\text{new}$ itself. The chain rule multiplies the two:
#
# $$\frac{\partial h_\text{new}}{\partial h} = \bigl(1 - h_\text{new}^2\bigr)\; w$$
#
# A **slope** times a **weight**. Remember these two; the whole lesson is about them.
#
# Look in the picture for the places where the dashed slope is nearly 0.

# %% slide="new figure"
fig, ax = plt.subplots()
plotting.plot_tanh_slope(ax)
show(fig, "tanh_slope")

# %% [markdown] slide="more" brief="A unit near $\\pm 1$ is **saturated**: its slope is almost 0, and it hardly responds to anything." ask=""
# The slope is 1 at most, at $a = 0$. A unit near $\pm 1$ is **saturated**: its slope is almost 0, and it hardly responds
# to anything.
#
# **Predict**: The weight is 0.9, and the new state is 0.5. We nudge the old state by 0.001. By how much does the new state
# change?

# %%
predict("unit_answers", ...)  # how much does the new state change?

# %% slide="more text"
w, before = 0.9, 0.2
x = np.arctanh(0.5) - w * before  # chosen so that the new state is 0.5
change = np.tanh(w * (before + 0.001) + x) - np.tanh(w * before + x)
print(f"new state {np.tanh(w * before + x):.3f}, it changes by {change:.6f}")
outcome("unit_answers", change)

# %% [markdown]
# The slope is $1 - 0.5^2 = 0.75$, the weight 0.9. So the change is $0.75 \cdot 0.9 = 0.675$ of the nudge.

# %% [markdown] slide="new" brief="What is left after many steps is a **product, one factor for each step**. The weight is the same in all of them; the slopes differ.\n\n- *silence*: no input comes, and every slope is 1\n- *noise*: random inputs, with standard deviation 0.5" ask="**Predict**: what is left after 100 steps of silence for $w = 0.9$, and for $w = 1.1$? Which of the weights 0.5, 0.9, 1.1 and 3 survive the noise?"
# ## One unit, many steps
#
# The next step multiplies by its own slope and weight, and the step after that by *its* own. What is left after many steps
# is a **product, one factor for each step**. The weight is the same in all of them, because it is shared; the slopes differ.
#
# We look at such products twice. In *silence* no input comes and the unit stays at 0, so every slope is 1. In *noise*
# each input is drawn at random, with standard deviation 0.5.
#
# **Predict**: In silence the factor is $w$ at every step. What is left after 100 steps for $w = 0.9$, and for $w = 1.1$?
# And which of the weights 0.5, 0.9, 1.1 and 3 survive the noise?

# %%
predict("in_silence", [..., ...])  # left after 100 steps: w = 0.9, w = 1.1


# %% slide="new text"
def left_after(steps, w, inputs):
    """The product of slope times weight over the first steps of one unit."""
    h, left = 0.0, 1.0
    for x in inputs[:steps]:
        h = np.tanh(w * h + x)
        left *= (1 - h**2) * w
    return left


silence, noise = np.zeros(100), np.random.default_rng(0).normal(0, 0.5, 100)
for w in [0.5, 0.9, 1.1, 3.0]:
    for name, inputs in {"silence": silence, "noise": noise}.items():
        after_10, after_100 = left_after(10, w, inputs), left_after(100, w, inputs)
        print(f"w = {w}, {name:>7}: {after_10:.0e} after 10, {after_100:.0e} after 100")
outcome("in_silence", [left_after(100, w, silence) for w in (0.9, 1.1)])

# %% [markdown] slide="more" brief="- **In silence** the product is $w^{100}$: only $w = 1$ exactly would stay.\n- **In noise everything vanishes**: a large weight pushes the unit to where its slope is small."
# The table says two things.
#
# - **In silence** the product is $w^{100}$. A number a little below 1 gives almost nothing, a number a little above 1 gives
#   thousands. Only $w = 1$ exactly would stay.
# - **In noise everything vanishes**, with the large weights too. The inputs push the unit away from 0, to where its
#   slope is less than 1. And a large weight pushes it further: with $w = 3$ the unit sits near $\pm 1$, saturated.
#
# So a gradient can vanish for two reasons: small **weights**, or small **slopes**. No weight that we tried has saved a
# single unit from the noise. Can many units together do better?

# %% [markdown] slide="new" brief="A nudge of two units is an arrow in the plane. Here are all arrows of length 1 at once, as a circle, and what the network makes of them after 1, 4 and 8 steps." ask="Does the circle stay a circle? Does every arrow shrink?"
# ## Two units: a picture
#
# With two units the state is a pair of numbers, and so is a nudge. A nudge now has a *direction*: you may nudge unit 0, or
# unit 1, or some of each. Think of it as an arrow in the plane.
#
# Let us nudge each unit by itself, and note how both units answer. That makes a table of four numbers: row $i$ is the unit
# that answers, column $j$ the unit that was nudged.

# %%
W_hh = np.array([[1.1, 0.9], [-0.3, 0.9]])
two = RNNParams(W_ih=np.ones((2, 1)), W_hh=W_hh, b_ih=np.zeros(2), b_hh=np.zeros(2))
heard = np.random.default_rng(0).normal(0, 0.5, (8, 1, 1))


def answers(step):
    """How the state after that step answers to a nudge of either unit: (2, 2)."""
    starts = [np.zeros((1, 2)), np.array([[1e-6, 0]]), np.array([[0, 1e-6]])]
    runs = [gru_ref.rnn_forward(heard, start, two) for start in starts]
    as_it_was, *nudged = (run[step - 1, 0] for run in runs)
    return np.stack([(run - as_it_was) / 1e-6 for run in nudged], axis=1)


for step in (1, 4, 8):
    print(f"step {step}:", answers(step).round(2).tolist())

# %% [markdown]
# A small nudge in any other direction is a mix of these two, and its answer is the same mix of their answers. In symbols:
# table times arrow. So the table knows the answer to *every* nudge. Here are all arrows of length 1 at once, as a circle,
# and what the network makes of them.
#
# **Predict**: Does the circle stay a circle? Does every arrow shrink?

# %% slide="more figure"
fig, axes = plt.subplots(1, 3, figsize=(9.2, 3.9))
for ax, step in zip(axes, (1, 4, 8), strict=True):
    plotting.plot_stretch(ax, answers(step), f"step {step}")
for ax in axes[1:]:
    ax.set(ylabel="", yticklabels=[])
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
show(fig, "nudges_of_two_units")

# %% [markdown] slide="new" brief="- The circle becomes an **ellipse**: what is left of a nudge depends on its direction.\n- The length of the *longest* arrow is the **norm** $\\lVert M \\rVert_2$, the largest singular value. If even this arrow is short, no nudge got through."
# The circle becomes an **ellipse**: what is left of a nudge depends on its direction. At first some arrows even grow, by
# about half, while others shrink. After 8 steps all are shorter than they were.
#
# One number says how much can be left: the length of the *longest* arrow, in orange. (The grey arrow is the nudge that
# it came from.) This length is the **norm** of the table $M$, written $\lVert M \rVert_2$; in NumPy,
# `np.linalg.norm(M, ord=2)`. If even the longest arrow is short, then no nudge got through, whatever its direction. (In
# books it is the *spectral norm*, or the *largest singular value* $\sigma_{max}$. The names differ, but the number is
# the same.)

# %% [markdown] slide="new" brief="$$J[i,j] = \\frac{\\partial h^{new}_i}{\\partial h_j} = \\bigl(1 - (h^{new}_i)^2\\bigr)\\; W_{hh}[i,j]$$\n\nThis table is the **Jacobian** of the step, $(B, H, H)$: each row of $W_{hh}$, made smaller by the slope of its unit. For $W_{hh} = \\begin{pmatrix}1 & 2\\\\ 3 & 4\\end{pmatrix}$ and units at 0 and 0.9:\n\n$$J = \\begin{pmatrix} 1 & 2\\\\ 0.57 & 0.76\\end{pmatrix}$$" ask="**Predict**: what would $J$ be if both units were at 0? And at 0.9999?"
# ## The Jacobian of a step
#
# Nudging every unit is slow and never quite exact. For one step the chain rule gives the table directly. For one row of
# the batch and unit $i$:
#
# $$a_i = \sum_k W_{ih}[i,k]\,x_k + b_{ih}[i] + \sum_j W_{hh}[i,j]\,h_j + b_{hh}[i], \qquad h^{new}_i = \tanh(a_i)$$
#
# Nudge $h_j$ alone. In the sum $a_i$ everything else stays fixed, so $a_i$ changes $W_{hh}[i,j]$ times as much. Then
# tanh responds with the slope of unit $i$. It is the formula of one unit again, once for every pair of units:
#
# $$J[i,j] = \frac{\partial h^{new}_i}{\partial h_j} = \bigl(1 - (h^{new}_i)^2\bigr)\; W_{hh}[i,j]$$
#
# This table is the **Jacobian** of the step. Its row $i$ is row $i$ of $W_{hh}$, made smaller by the slope of unit $i$.
# Each row of the batch has its own, so that $J$ has shape $(B, H, H)$. The input and the biases do not appear: all that
# matters about them is in $h^{new}$.
#
# **Worked example.** $H = 2$, one row. Unit 0 is at 0, unit 1 is at 0.9, and $W_{hh}$ is
# $\begin{pmatrix}1 & 2\\ 3 & 4\end{pmatrix}$. The slopes are $1 - 0^2 = 1$ and $1 - 0.9^2 = 0.19$, so
#
# $$J = \begin{pmatrix} 1\cdot 1 & 1\cdot 2\\ 0.19\cdot 3 & 0.19\cdot 4\end{pmatrix} = \begin{pmatrix} 1 & 2\\ 0.57 & 0.76\end{pmatrix}$$
#
# **Predict**: What would $J$ be if both units were at 0? And if both were at 0.9999?

# %% slide="more text" lines="2-3"
small = two._replace(W_hh=np.array([[1.0, 2.0], [3.0, 4.0]]))
for state in ([0.0, 0.9], [0.0, 0.0], [0.9999, 0.9999]):
    J = gru_ref.rnn_jacobian(np.array([state]), small)[0]
    print(state, "→", J.round(4).tolist())

# %% [markdown]
# At rest the Jacobian is $W_{hh}$. When the units are saturated, it is nearly 0: the past is shut out, whatever $W_{hh}$
# is.

# %% [markdown] slide="new"
# ## Your turn: `rnn_jacobian` · medium
#
# Write the Jacobian for a whole batch. `h_new` is `(B, H)`, the state *after* the step; the result is `(B, H, H)` with
# `J[b, i, j]` = ∂h_new[b, i] / ∂h[b, j]. The weights are in `p.W_hh`, `(H, H)`. One line is enough; a loop over the batch
# is fine too. Stuck? `hint(rnn_jacobian)`.


# %% solution="rnn_jacobian" slide="more"
def rnn_jacobian(h_new, p):
    """∂h_new / ∂h of an RNN step: h_new (B, H), p RNNParams → J (B, H, H)."""
    ### BEGIN SOLUTION
    slopes = 1 - h_new**2
    return slopes[:, :, None] * p.W_hh
    ### END SOLUTION


# %% check="rnn_jacobian" points=4
check(rnn_jacobian)

# %% [markdown] slide="new" brief="With many units we multiply a matrix for each step, **the newest on the left**:\n\n$$\\frac{\\partial h_T}{\\partial h_t} = J_T\\; J_{T-1} \\cdots J_{t+1} \\qquad (B, H, H)$$\n\nThere are $T - t$ factors; this number is the **lag**." ask="Matrices may not be multiplied in any order. **Predict**: with the newest on the left, or on the right, do we get what the nudge showed?"
# ## Many steps: the product
#
# First a word on counting. Let $h_k$ be the state after $k$ inputs: $h_0$ is the start, and $h_T$ the last state. Python
# counts the rows of `hs` from 0, so `hs[0]` is $h_1$, and `hs[-1]` is $h_T$.
#
# $h_T$ depends on $h_{T-1}$, which depends on $h_{T-2}$, and so on back to $h_t$. With one unit we multiplied a number
# for each step. With many units we multiply a matrix for each step, **the newest on the left**:
#
# $$\frac{\partial h_T}{\partial h_t} = J_T\; J_{T-1} \cdots J_{t+1} \qquad (B, H, H)$$
#
# $J_k$ is the Jacobian of the step that *ends* in $h_k$, so it is built from $h_k$. There are $T - t$ factors; this number is the **lag**.
# For $t = T$ there is none, and the product is the identity matrix: $h_T$ depends on itself with slope 1.
#
# Numbers may be multiplied in any order, matrices may not. Let us see which order agrees with the nudge at the start of the
# lesson. **Predict** which of the two errors is tiny.

# %% slide="more text"
hs = gru_ref.rnn_forward(xs, h0, p)
J1, J2, J3 = (gru_ref.rnn_jacobian(hs[k], p)[0] for k in range(3))
measured = difference[2, 0]
for order, product in {"left": J3 @ J2 @ J1, "right": J1 @ J2 @ J3}.items():
    error = np.linalg.norm(product @ nudge[0] - measured) / np.linalg.norm(measured)
    print(f"newest on the {order}: relative error {error:.0e}")

# %% [markdown]
# The nudge goes through the oldest step first. In a product that is applied to an arrow, the first factor to act is on
# the right.

# %% [markdown] slide="new" brief="Given the states `hs` `(T, B, H)`, return `norms` `(T, B)`: how strongly the last state, `hs[-1]`, depends on `hs[t]`. It is the norm of the product of the Jacobians that lead from one to the other. The last row is 1.\n\nYou have `gru_ref.rnn_jacobian(h_new, p)` for the factors, and `np.linalg.norm(M, ord=2, axis=(1, 2))` for the norms."
# ## Your turn: `gradient_norms` · hard
#
# Given the states `hs` `(T, B, H)` of a run, return `norms` `(T, B)`: `norms[t, b]` says how strongly the last state,
# `hs[-1]`, depends on `hs[t]`, for row `b` of the batch. It is the norm of the product of the Jacobians that lead from
# one to the other. For `hs[-1]` itself there is no factor, so the last row is 1.
#
# You have `gru_ref.rnn_jacobian(h_new, p)` for the factors, and `np.linalg.norm(M, ord=2, axis=(1, 2))` for the norms of
# a stack of matrices `(B, H, H)`. If you walk from the end of the sequence to its start, each step costs one product.
# Stuck? `hint(gradient_norms)`.


# %% solution="gradient_norms" slide="more"
def gradient_norms(hs, p):
    """‖∂h_T / ∂h_t‖₂ for every t: hs (T, B, H), p RNNParams → norms (T, B)."""
    ### BEGIN SOLUTION
    T, B, H = hs.shape
    norms = np.ones((T, B))
    product = np.eye(H)
    for t in range(T - 2, -1, -1):
        product = product @ gru_ref.rnn_jacobian(hs[t + 1], p)
        norms[t] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms
    ### END SOLUTION


# %% check="gradient_norms" points=3
check(gradient_norms)

# %% [markdown] slide="new" brief="$$\\Bigl\\lVert \\frac{\\partial h_T}{\\partial h_t} \\Bigr\\rVert_2 \\;\\le\\; \\sigma_{max}^{\\,T-t}$$\n\n- $\\sigma_{max} < 1$ is **sufficient for vanishing**.\n- $\\sigma_{max} > 1$ is **necessary for exploding**, and *not* sufficient." ask="The $\\sigma_{max}$ of our first network is above 1. **Predict**: does its norm grow with the lag?"
# ## What is sufficient, what is necessary
#
# How long can the longest arrow be after many steps? No slope exceeds 1, so one step stretches no arrow by more than
# $W_{hh}$ can, which is $\sigma_{max} = \lVert W_{hh} \rVert_2$. And many steps, one after the other, stretch it by no
# more than the product of what each can do:
#
# $$\Bigl\lVert \frac{\partial h_T}{\partial h_t} \Bigr\rVert_2 \;\le\; \sigma_{max}^{\,T-t}$$
#
# Read it twice.
#
# - $\sigma_{max} < 1$ is **sufficient for vanishing**: the right side goes to 0, and drags the left with it.
# - $\sigma_{max} > 1$ is **necessary for exploding**: without it, the bound forbids growth. It is *not* sufficient. A bound
#   that grows says nothing about what lies below it.
#
# Between the two, only measuring helps. Here is the network from the start of the lesson.
#
# **Predict**: Its $\sigma_{max}$ is above 1. Does its norm grow with the lag?

# %%
predict("first_network", ...)  # True if the norm at lag 100 is above 1, else False

# %% slide="more text"
norms = gru_ref.gradient_norms(hs, p)
sigma = np.linalg.norm(p.W_hh, ord=2)
print(f"largest singular value {sigma:.2f}")
for lag in (1, 10, 100):
    print(f"lag {lag:3d}: norm {norms[-1 - lag, 0]:.1e}, bound {sigma**lag:.1e}")
outcome("first_network", norms[-101, 0] > 1)

# %% [markdown]
# The bound grows, and the norm vanishes. Two things make the bound loose. The slopes are below 1. And the direction that
# one step stretches the most is rarely the direction that the next step stretches the most.

# %% [markdown] slide="new" brief="An **orthogonal** matrix only turns or mirrors arrows. Multiply it by a number, the **gain**: now $W_{hh}$ stretches *every* direction by the gain, and only the slopes are left to shrink anything." ask="**Predict**: which of the gains 0.7, 1, 1.3 and 1.6 vanish, and which explode? What does a gain of exactly 1 do?"
# ## The picture: four gains
#
# Can we remove one of the two? Take a matrix $Q$ that only turns or mirrors arrows and never changes their length. Such
# a matrix is called **orthogonal**; a rotation of the plane is one. Multiply it by a number, the **gain**: now $W_{hh}$
# stretches *every* direction by the gain, and only the slopes are left to shrink anything. The gain is a dial.
#
# We set it to four values: same $Q$, same inputs, eight sequences.
#
# **Predict**: Which of the gains 0.7, 1, 1.3 and 1.6 vanish, which explode? What does a gain of exactly 1 do?

# %%
predict("gain_of_one", ...)  # the norm at lag 100 where the gain is 1

# %% slide="more text"
dial_rng = np.random.default_rng(1)
eight, start = dial_rng.standard_normal((T, 8, I)), np.zeros((8, H))
Q = gru_ref.orthogonal(H, 1.0, dial_rng)
by_gain = {}
for gain in (1.6, 1.3, 1.0, 0.7):
    dialled = p._replace(W_hh=gain * Q)
    states = gru_ref.rnn_forward(eight, start, dialled)
    of_gain = gru_ref.gradient_norms(states, dialled)
    by_gain[f"gain {gain}"] = of_gain[::-1]  # by lag, lag 0 first
    print(f"gain {gain}: median norm at lag 100 is {np.median(of_gain[0]):.1e}")
outcome("gain_of_one", np.median(by_gain["gain 1.0"][100]))

# %% [markdown]
# In the picture, each line is the median of the eight sequences, and the band around it reaches from the smallest of the
# eight to the largest. Look at the shape of the lines: the axis on the left is logarithmic.

# %% slide="new figure"
fig, ax = plt.subplots()
plotting.plot_norm_against_lag(ax, by_gain)
show(fig, "norm_by_gain")

# %% [markdown]
# The lines are nearly straight: as in one unit, the norm changes by about the same *factor* at every step. Gain 1
# vanishes, slowly, because the slopes are below 1. A larger gain makes up for them, until it goes too far. Of these four
# only 1.3 stays within sight of 1 for a hundred steps. And louder or softer inputs would change the slopes, and with
# them the gain that is needed. There is no setting that is right for all inputs.
#
# Keep the picture in mind. In lesson 09 we make the same measurement on an *untrained* GRU, and the result is not what
# you might expect.

# %% [markdown] slide="new" brief="> **Claim.** The difficulty with long dependencies *is* the vanishing gradient.\n\nTwo networks read a bit, $\\pm 1$, and then noise:\n\n- the **turntable** only turns: 16 units, and its norm is 1 at every lag\n- the **latch**: one unit, $h_\\text{new} = \\tanh(3h + x)$, saturated nearly all the time" ask="**Predict**: which of the two still knows the bit after 120 steps of noise?"
# ## Is vanishing the whole story?
#
# > **Claim.** The difficulty with long dependencies *is* the vanishing gradient.
# >
# > *Source:* a popular article; also [Gated Recurrent
# > Units](https://www.naukri.com/code360/library/gated-recurrent-units-grus), which puts it down to inputs that "can vanish".
#
# **What would show it.** If that is all there is, then a network whose gradient does not vanish remembers, and one whose
# gradient vanishes forgets. So we build one of each, by hand. Both read a bit, $\pm 1$, at step 0 and then noise of
# standard deviation 0.5. Can the bit still be read off the state, after more and more steps?
#
# - The **turntable** only turns: $W_{hh}$ is orthogonal, 16 units, and its inputs are so faint that every slope stays
#   near 1. Its norm is 1 at every lag.
# - The **latch** is a single unit, $h_\text{new} = \tanh(3h + x)$. Its large weight keeps it saturated nearly all the time.
#   You have seen its weight above: nothing of a nudge is left.
#
# **Predict**: Which of the two still knows the bit after 120 steps of noise?

# %%
predict("who_remembers", [..., ...])  # share of right bits at lag 120: turntable, latch

# %%
bit_rng = np.random.default_rng(2)
bits = bit_rng.choice([-1.0, 1.0], 4000)
bit_then_noise = 0.5 * bit_rng.standard_normal((121, 4000, 1))
bit_then_noise[0, :, 0] = bits
faint = 1e-3 * bit_rng.standard_normal((16, 1))
turning = gru_ref.orthogonal(16, 1.0, bit_rng)
turntable = RNNParams(faint, turning, np.zeros(16), np.zeros(16))
latch = RNNParams(np.ones((1, 1)), 3 * np.ones((1, 1)), np.zeros(1), np.zeros(1))

# %% [markdown]
# To read the bit off, we take a weighted sum of the units and look at its sign. The weights are fitted by least squares,
# as in lesson 01, on one half of the 4,000 sequences; we count the right bits on the other half.


# %% slide="more text"
def recall(states, lag):
    """Fraction of bits read off rightly, `lag` steps after they were seen."""
    fit, test = states[lag, :2000], states[lag, 2000:]
    weights = np.linalg.lstsq(fit, bits[:2000])[0]
    return np.mean(np.sign(test @ weights) == bits[2000:])


lags = np.arange(0, 121, 8)
recalls, of_bit = {}, {}
for name, built in {"turntable": turntable, "latch": latch}.items():
    empty = np.zeros((4000, len(built.W_hh)))
    states = gru_ref.rnn_forward(bit_then_noise, empty, built)
    recalls[name] = [recall(states, lag) for lag in lags]
    of_bit[name] = gru_ref.gradient_norms(states[:, :20], built)[::-1]
    for lag in (16, 120):
        norm = np.median(of_bit[name][lag])
        print(f"{name}: lag {lag}, norm {norm:.1e}, recall {recall(states, lag):.1%}")
outcome("who_remembers", [share[-1] for share in recalls.values()])

# %% slide="new figure"
fig, (upper, lower) = plt.subplots(2, 1, figsize=(6.8, 5.2), sharex=True)
plotting.plot_norm_against_lag(upper, of_bit)
plotting.plot_recall(lower, lags, recalls, chance=0.5)
upper.set_xlabel("")
show(fig, "turntable_and_latch")

# %% [markdown] slide="new"
# > **Verdict.** Imprecise. The turntable's gradient does not vanish, and still it loses the bit: its recall falls from
# > 100% at lag 16 to 79% at lag 120. Its 16 units can tell the bit from about as many steps of noise; after that
# > everything is mixed up. The latch's norm is below $10^{-150}$ at lag 120, and it recalls every bit. Vanishing makes a
# > dependency hard to *learn* by gradients. It does not say whether a network can *hold* it.
#
# Learning and holding pull against each other. The latch falls to one of two sides and stays there. It is deaf to noise
# because its slope is small, and for the same reason its gradient vanishes: an error that shows up late sends no word back to the step that mattered (Bengio et al.
# 1994). What this experiment does not show is learning: both networks were built by hand.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="bound_and_sum" points=2 slide="new"
# **For 2 points.** A classmate trains a tanh RNN. "The largest singular value of $W_{hh}$ is 1.3," she says, "so my
# gradients explode. And the gradient of the loss with respect to $W_{hh}$ is not small at all, so nothing vanishes
# either." Say in a few sentences what is wrong with each of her two conclusions.
#
# ### BEGIN SOLUTION
# A largest singular value above 1 is necessary for exploding, not sufficient: it only makes the upper bound grow. The slopes
# $1 - h^2$ are at most 1, and much smaller for saturated units, and the factors stretch different directions, so the
# product can still shrink.
#
# The gradient with respect to $W_{hh}$ is a sum over all steps. The contributions of recent steps do not shrink, so the
# sum can be large while those from far back are nearly 0. To see vanishing, you have to look at each lag on its own.
#
# **Rubric**
#
# - 1 point: says that σ_max > 1 is necessary and not sufficient (a growing bound proves nothing), with a reason why the product may shrink: slopes below 1, or directions that do not line up.
# - 1 point: says that the weight's gradient is a sum over steps which recent ones dominate, so that its size says nothing about distant ones.
# ### END SOLUTION

# %% [markdown] slide="new" brief="- One unit: a nudge is multiplied by slope times weight at every step. A product of many such numbers almost always vanishes or explodes.\n- Many units: the Jacobians multiply, the newest on the left. The norm is the longest arrow that is left.\n- $\\sigma_{max} < 1$ is sufficient for vanishing; $\\sigma_{max} > 1$ is necessary, not sufficient, for exploding.\n- A gradient that survives is needed to *learn* a long dependency. To *hold* it against noise is another matter: a plain RNN latches and vanishes, or stays open and drowns. Gates are a way out: lesson 03."
# ## Recap
#
# - One unit: a nudge is multiplied by slope times weight, $(1 - h_\text{new}^2)\, w$, at every step. A product of many such
#   numbers almost always vanishes or explodes.
# - Many units: the same, with a matrix. $J[b,i,j] = (1 - h_{new}[b,i]^2)\, W_{hh}[i,j]$, and over time the Jacobians multiply,
#   the newest on the left. The norm is the longest arrow that is left.
# - $\sigma_{max} < 1$ is sufficient for vanishing; $\sigma_{max} > 1$ is necessary, not sufficient, for exploding.
# - A gradient that survives is needed to *learn* a long dependency. To *hold* it against noise is another matter, and there
#   a plain RNN faces a choice: latch and vanish, or stay open and drown. Gates are a way out: lesson 03.
#
# This is the end of the main path: do [Test yourself](#Test-yourself), then go on to lesson 03. The part in between goes
# deeper, and has one more exercise, for one point. It needs more linear algebra (eigenvalues, the QR decomposition), and
# later lessons do without it.

# %% [markdown]
# # Deeper, may be skipped
#
# ## Why not eigenvalues?
#
# Many texts speak of eigenvalues instead of the norm. An eigenvalue says how much an arrow that *keeps its direction* is
# stretched. But the arrow that is stretched the most may turn. The **spectral radius** $\rho(M)$ is the largest
# $|\text{eigenvalue}|$, and always $\rho(M) \le \lVert M \rVert_2$.
#
# **Predict**: All eigenvalues of both matrices below have size 0.9. Are their norms 0.9 too?

# %%
turn = 0.9 * np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
shear = np.array([[0.9, 1.5], [0.0, 0.9]])
for M in (turn, shear):
    sizes = np.abs(np.linalg.eigvals(M)).round(3)
    print(f"|eigenvalues| {sizes}   spectral norm {np.linalg.norm(M, ord=2):.3f}")

# %%
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(6.8, 4.3))
plotting.plot_stretch(left_ax, turn, "turn")
plotting.plot_stretch(right_ax, shear, "shear")
fig.legend(*right_ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
show(fig, "turn_and_shear")

# %% [markdown]
# The turn shrinks every arrow equally. The shear has eigenvalues of the same size, and yet it makes some arrows longer.

# %% [markdown]
# > **Claim.** If $W_{hh}$ has an eigenvalue above 1, gradients explode; if all are below 1, they vanish at once.
# >
# > *Source:* for one, these [notes on recurrent
# > networks](https://cs-cheatsheet.readthedocs.io/en/latest/subjects/deep_learning/rnn.html), for the case without an
# > activation function.
#
# **What would show it.** A network with eigenvalues above 1 whose norms grow; one with all below 1 whose norms fall from
# the first step on. We try to break both halves.
#
# - *loud*: orthogonal with gain 1.6, so that every eigenvalue has size 1.6. Its $W_{hh}$ is that of the exploding
#   network in the picture of the four gains. Its inputs are ten times as large. As a control, *quiet* is the same
#   network with inputs of the usual size.
# - *shear chain*: three units at rest, without biases and without input. With $h = 0$ all slopes are 1, and every $J$ is
#   $W_{hh}$: 0.9 on the diagonal and 0.5 just above it. It is triangular, so all its eigenvalues are 0.9.
#
# **Predict**: Which is larger at lag 15, the norm of *loud* or that of the *shear chain*?

# %%
loud = p._replace(W_hh=1.6 * Q)
chain_W = 0.9 * np.eye(3) + 0.5 * np.eye(3, k=1)
chain = RNNParams(np.ones((3, 1)), chain_W, np.zeros(3), np.zeros(3))
tried = {
    "loud,\n|eigenvalues| 1.6": (10 * eight, start, loud),
    "quiet,\n|eigenvalues| 1.6": (eight, start, loud),
    "shear chain,\neigenvalues 0.9": (np.zeros((T, 1, 1)), np.zeros((1, 3)), chain),
}
of_tried = {}
for name, run in tried.items():
    of_tried[name] = gru_ref.gradient_norms(gru_ref.rnn_forward(*run), run[-1])[::-1]
for lag in (1, 15, 50, 100):
    medians = {name.split(",")[0]: np.median(of_tried[name][lag]) for name in of_tried}
    print(f"lag {lag:3d}:", ", ".join(f"{k} {v:.1e}" for k, v in medians.items()))

# %% [markdown]
# Lines and bands are as before: the median, and the range from the smallest to the largest of the batch. (The shear
# chain is one sequence, so it has no band.)

# %%
fig, ax = plt.subplots()
plotting.plot_norm_against_lag(ax, of_tried)
show(fig, "norm_by_network")

# %% [markdown]
# > **Verdict.** Wrong, both ways. In *loud*, all eigenvalues have size 1.6, and at lag 100 the norm is below $10^{-10}$:
# > loud inputs saturate the units, and small slopes outweigh large weights. *Quiet*, the same network, does explode, to
# > several hundred. In the *shear chain*, all eigenvalues are 0.9, and the norm grows first: it is 7.1 at lag 15 and
# > still 2.0 at lag 50, before it falls to 0.04 at lag 100.
#
# What *is* true: for a network at rest, $\lVert W_{hh}^k \rVert_2 \ge \rho^k$, because an eigenvector is stretched by
# exactly its eigenvalue each time. (The eigenvector may be complex.) So there, an eigenvalue of size above 1 does
# explode. A tanh network in use is not at rest.

# %% [markdown]
# ## Drawing orthogonal weights
#
# In symbols, $Q$ is orthogonal if $Q^\top Q$ is the identity matrix. All singular values of $Q$ are 1, and those of
# $g\,Q$ are all $g$, the gain. With every direction stretched equally, the bound becomes tight except for the slopes
# $s_{k,i} = 1 - h_{k,i}^2$:
#
# $$g^{\,T-t} \prod_k \min_i s_{k,i} \;\le\; \Bigl\lVert \frac{\partial h_T}{\partial h_t} \Bigr\rVert_2 \;\le\; g^{\,T-t} \prod_k \max_i s_{k,i}$$
#
# How do we draw such a matrix fairly? Draw a matrix of standard normal numbers, and let `np.linalg.qr` split it into
# $Q R$ with $Q$ orthogonal and $R$ upper triangular. There is one trap. The split is not unique: flip the signs of a
# column of $Q$ and of the same row of $R$, and the product stays the same. So the routine has to choose the signs
# somehow.
#
# **Predict**: In how many of 1000 draws is the entry $Q[0, 0]$ positive? A fair draw would give about half.

# %%
split_rng = np.random.default_rng(3)
draws = [np.linalg.qr(split_rng.standard_normal((3, 3))) for _ in range(1000)]
print("Q[0, 0] is positive in", sum(q[0, 0] > 0 for q, r in draws), "of 1000 draws,")
print("R[0, 0] in", sum(r[0, 0] > 0 for q, r in draws))

# %% [markdown]
# The routine has a habit: $Q[0,0]$ is never positive, and $R[0,0]$ carries the sign instead. So its $Q$ is not fair. To
# break the habit, make the split unique: demand that the diagonal of $R$ be positive. Wherever it is negative, flip that
# column of $Q$. What is left is uniform over all orthogonal matrices (Mezzadri 2007).

# %% [markdown]
# ## Your turn: `orthogonal` · medium
#
# Return an `(H, H)` matrix, drawn uniformly over all orthogonal matrices and multiplied by `gain` > 0. Take every random
# number from the generator `rng`, so that the same generator gives the same matrix again. The check tests the properties
# of your answer: any fair way of drawing is right. Stuck? `hint(orthogonal)`.


# %% solution="orthogonal"
def orthogonal(H, gain, rng):
    """Draw W (H, H), an orthogonal matrix times gain, uniform; rng is a generator."""
    ### BEGIN SOLUTION
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.sign(np.diag(R))
    ### END SOLUTION


# %% check="orthogonal" points=1
check(orthogonal)

# %% [markdown]
# ## Orthogonal, or just the right size?
#
# How much does it matter in a larger network? Here $H = 128$ and the lag is 100. We compare PyTorch's initial weights
# with orthogonal ones, and, to be fair, each of the two at the other's scale: PyTorch's weights enlarged to spectral
# radius 1, and orthogonal weights as small as PyTorch's.
#
# **Predict**: Which matters more, being orthogonal or being of the right size?

# %%
wide_rng = np.random.default_rng(4)
wide_xs, wide = wide_rng.standard_normal((T, 1, 8)), gru_ref.init_rnn(8, 128, wide_rng)
radius = np.abs(np.linalg.eigvals(wide.W_hh)).max()
starts = {
    f"PyTorch's, radius {radius:.2f}": wide.W_hh,
    "PyTorch's, enlarged to radius 1": wide.W_hh / radius,
}
for g in (radius, 0.9, 1.0, 1.3):
    starts[f"orthogonal, gain {g:.2f}"] = gru_ref.orthogonal(128, g, wide_rng)
for name, W_hh in starts.items():
    begun = wide._replace(W_hh=W_hh)
    states = gru_ref.rnn_forward(wide_xs, np.zeros((1, 128)), begun)
    at_100 = gru_ref.gradient_norms(states, begun)[0, 0]
    print(f"{name:>32}: norm at lag 100 {at_100:.1e}")

# %% [markdown]
# Size matters more. With orthogonal weights as small as PyTorch's, the norm vanishes as fast, and PyTorch's weights at
# radius 1 do no worse than orthogonal ones of gain 1. What orthogonality adds is control: every direction has the same
# factor, so that the gain alone sets it, from the first step on.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check: this is research on a small scale.*
#
# **Find out**: is there a tanh network of 32 units that keeps its norm between 0.1 and 10 for 200 steps, in each of
# eight sequences? And does it still do so when its inputs become twice as loud?
#
# **Try first**: the cell of the four gains, with $T = 201$ and gains between 1.2 and 1.4. Then multiply `eight` by 2, and by
# ½. Biases are another dial, and so is the size of `W_ih`.
#
# **How you would know**: print the smallest and the largest of the eight norms at lag 200, not the median alone; then
# draw new inputs with another seed. A setting that holds for only one seed is luck, not a finding.

# %% [markdown]
# ## Test yourself
#
# **1.** Put a logistic function σ in place of tanh. Its slope is at most ¼. Which $\sigma_{max}$ now suffices for
# vanishing?
#
# <details><summary>Answer</summary>
#
# The bound becomes $(\sigma_{max}/4)^{T-t}$, so every $\sigma_{max} < 4$ suffices. This is one reason for tanh.
# </details>
#
# **2.** $W_{hh}$ is the zero matrix. What is `gradient_norms(hs, p)`?
#
# <details><summary>Answer</summary>
#
# Its last row is 1, all others are 0: the network reads each input on its own and remembers nothing.
# </details>
#
# **3.** Clipping makes a gradient shorter when it is too long. Which of the two problems does it help with, and why not
# with the other?
#
# <details><summary>Answer</summary>
#
# With exploding: it bounds the step that one bad gradient can cause. It cannot help with vanishing: scaling the whole
# sum up again would scale recent contributions just as much, and the distant ones would stay as small in comparison.
# </details>

# %% [markdown]
# ## Further reading
#
# - Bengio, Simard and Frasconi (1994), *Learning long-term dependencies with gradient descent is difficult*: the latch, and
#   why latching and vanishing go together.
# - Pascanu, Mikolov and Bengio (2013), *On the difficulty of training recurrent neural networks*, arXiv:1211.5063: the
#   bounds.
# - Saxe, McClelland and Ganguli (2014), arXiv:1312.6120: orthogonal initial weights.
# - Mezzadri (2007), *How to generate random matrices from the classical compact groups*, arXiv:math-ph/0609050: the signs.
# - Next: **03 · Gates**. How can a network decide what to keep?

# %%
progress()
