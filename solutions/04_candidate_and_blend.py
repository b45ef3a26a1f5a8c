# %% [markdown] slide="new"
# # 04 · Candidate and blend
#
# **What does the network write, and how much of it?**
#
# - **Goals**: compose a candidate from the input and the past; see exactly what the reset gate shuts; blend old and new;
#   say in steps how long a gate remembers.
# - **Time**: 50 minutes.
# - **Before you start**: the step of a tanh RNN (lesson 01), the reset gate $r$ and the update gate $z$ (lesson 03).

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import plotting

# %% [markdown] slide="new" brief="1. **What would I write?** That is the *candidate* $n$. The reset gate $r$ decides how much of the past goes into it.\n2. **How much of it do I write?** That is the *blend* of candidate and old state. The update gate $z$ decides." ask="A painter in front of a half-finished picture asks two things. Which of the two gates belongs to “What would I paint now?”, and which to “How much do I paint over?”"
# ## Two questions at every step
#
# A painter in front of a half-finished picture asks two things. *What would I paint now?* And then: *how much of the
# old picture do I paint over?*
#
# A GRU asks the same two at every step, for each of its units:
#
# 1. **What would I write?** That is the *candidate* $n$, for *new*. The reset gate $r$ decides how much of the past goes
#    into it.
# 2. **How much of it do I write?** That is the *blend* of candidate and old state. The update gate $z$ decides.
#
# The order matters: the candidate is only a proposal. It changes nothing until the blend.

# %% [markdown] slide="new" brief="$$n = \\tanh\\bigl(W_{in}\\, x + b_{in} + r \\odot (W_{hn}\\, h + b_{hn})\\bigr)$$\n\n| symbol | what | shape |\n| --- | --- | --- |\n| $x$, $h$ | input, old state | `(B, I)`, `(B, H)` |\n| $r$ | reset gate, between 0 and 1 | `(B, H)` |\n| $W_{in}$, $b_{in}$ | what the input adds | `(H, I)`, `(H,)` |\n| $W_{hn}$, $b_{hn}$ | what the past adds | `(H, H)`, `(H,)` |\n\nThe whole bracket is gated, **its bias included**. A candidate is *content*: it may be negative."
# ## The candidate
#
# $$n = \tanh\bigl(W_{in}\, x + b_{in} + r \odot (W_{hn}\, h + b_{hn})\bigr)$$
#
# | symbol | what | shape |
# | --- | --- | --- |
# | $x$ | input | `(B, I)` |
# | $h$ | old state | `(B, H)` |
# | $r$ | reset gate, between 0 and 1 | `(B, H)` |
# | $W_{in}$, $b_{in}$ | what the input adds | `(H, I)`, `(H,)` |
# | $W_{hn}$, $b_{hn}$ | what the past adds | `(H, H)`, `(H,)` |
# | $n$ | candidate | `(B, H)` |
#
# It is a step of the tanh RNN, with one change: a gate stands in front of the part that comes from the past. The whole
# bracket is gated, **its bias included**.
#
# And it is $\tanh$ here, not $\sigma$. A gate is a fraction. A candidate is *content*: it may be negative.

# %% [markdown] slide="new" brief="Two units: the first reset gate is open, the second is shut. $x = 1$, $h = (0.5, -0.5)$, $r = (1, 0)$,\n\n$$W_{in} = \\begin{pmatrix} 0.5 \\\\ -1 \\end{pmatrix},\\quad b_{in} = \\begin{pmatrix} 0 \\\\ 0.5 \\end{pmatrix},\\quad W_{hn} = \\begin{pmatrix} 2 & 0 \\\\ -2 & 1 \\end{pmatrix},\\quad b_{hn} = \\begin{pmatrix} 0 \\\\ 0.5 \\end{pmatrix}$$" ask="**Predict** the two sums inside tanh on paper."
# Work this out by hand, with one example, one input and two units. The first reset gate is open, the second is shut.
# **Predict** the two sums inside tanh on paper. The numbers: $x = 1$, $h = (0.5, -0.5)$, $r = (1, 0)$,
#
# $$W_{in} = \begin{pmatrix} 0.5 \\ -1 \end{pmatrix},\quad b_{in} = \begin{pmatrix} 0 \\ 0.5 \end{pmatrix},\quad
# W_{hn} = \begin{pmatrix} 2 & 0 \\ -2 & 1 \end{pmatrix},\quad b_{hn} = \begin{pmatrix} 0 \\ 0.5 \end{pmatrix}.$$

# %%
predict("two_sums", [..., ...])

# %% slide="more text"
x, h, r = np.array([[1.0]]), np.array([[0.5, -0.5]]), np.array([[1.0, 0.0]])
W_in, b_in = np.array([[0.5], [-1.0]]), np.array([0.0, 0.5])
W_hn, b_hn = np.array([[2.0, 0.0], [-2.0, 1.0]]), np.array([0.0, 0.5])
new = x @ W_in.T + b_in
past = h @ W_hn.T + b_hn
print("from the input", new, " from the past", past)
sums = new + r * past
print("sums", sums, " candidates", np.tanh(sums).round(3))
outcome("two_sums", sums[0])

# %% [markdown] slide="more" brief="The first unit adds both parts. The second ignores its −1 from the past."
# The first unit adds both parts, 0.5 + 1. The second ignores its −1 from the past, and is left with the input's −0.5.

# %% [markdown] slide="new" brief="" ask="Now let the gate slide from 0 to 1. What is the candidate at $r = 0$, and which network do you get at $r = 1$? Can one line rise while another falls?"
# ## From one end of the gate to the other
#
# Now let the gate slide. **Predict** before you look: what is the candidate at $r = 0$, and which network that you know
# do you get at $r = 1$? Can one line rise while another falls?

# %%
predict("rise_and_fall", ...)  # can one line rise and another fall: True or False?

# %% slide="more figure"
rng = np.random.default_rng(0)
p = gru_ref.init_gru(I=3, H=4, rng=rng)
x, h = rng.normal(0, 1, (1, 3)), rng.uniform(-0.9, 0.9, (1, 4))
rs = np.linspace(0, 1, 41)
candidates = [gru_ref.candidate(x, h, np.full((1, 4), r), p)[0] for r in rs]
fig, ax = plt.subplots(figsize=(7.2, 3.2))
plotting.plot_reset(ax, rs, np.stack(candidates))
show(fig, "candidate_by_reset")
rises = candidates[-1] > candidates[0]
outcome("rise_and_fall", rises.any() and not rises.all())

# %% [markdown]
# Now check the two ends: is the left one made of the input alone, and is the right one a step of the tanh RNN of lesson
# 01?

# %% slide="new text"
one = gru_ref.init_gru(I=3, H=4, rng=np.random.default_rng(1))
x, h = np.array([[1.0, -1.0, 0.5]]), np.array([[0.8, -0.3, 0.1, -0.6]])
alone = np.tanh(x @ one.W_in.T + one.b_in)
rnn = gru_ref.RNNParams(one.W_in, one.W_hn, one.b_in, one.b_hn)
for r, expected in [(0.0, alone), (1.0, gru_ref.rnn_step(x, h, rnn))]:
    n = gru_ref.candidate(x, h, np.full((1, 4), r), one)
    print(f"r = {r:.0f}: the same numbers?", np.allclose(n, expected))

# %% [markdown] slide="more" brief="At the left end the candidate ignores the past; the right end is the RNN of lesson 01. The network chooses a point in between, for each unit and each step."
# At the left end the candidate ignores the past; the right end is the RNN of lesson 01. The network chooses a point in
# between, for each unit and each step.

# %% [markdown] slide="new"
# ## Your turn: `candidate` · medium
#
# Write `candidate(x, h, r, p)` for a whole batch, with shapes as above. `p` is a `GRUParams`: `p.W_in`, `p.b_in`,
# `p.W_hn`, `p.b_hn`. You are given the gate `r`; don't compute it again. Stuck? `hint(candidate)`.


# %% solution="candidate" slide="more"
def candidate(x, h, r, p):
    """What the step would write: x (B, I), h and r (B, H), p GRUParams → n (B, H)."""
    ### BEGIN SOLUTION
    past = h @ p.W_hn.T + p.b_hn
    return np.tanh(x @ p.W_in.T + p.b_in + r * past)
    ### END SOLUTION


# %% check="candidate" points=3
check(candidate)

# %% [markdown] slide="new" brief="$$h_\\text{new} = (1 - z) \\odot n + z \\odot h$$\n\nAll four are `(B, H)`. The new state lies **between** the candidate and the old state." ask="One unit, with old state 0.8 and candidate −0.4. **Predict**: where is the new state at $z = ¼$? Which of the two is it nearer to?"
# ## The blend
#
# $$h_\text{new} = (1 - z) \odot n + z \odot h$$
#
# All four are `(B, H)`. This is the line of lesson 00, with two changes: $z$ is computed at each step, and each unit has
# its own. Since $1 - z$ and $z$ add up to 1, the new state lies **between** the candidate and the old state. Such a sum
# is called a *convex combination*.
#
# One unit, with old state 0.8 and candidate −0.4. **Predict**: where is the new state at $z = ¼$? Which of the two is it
# nearer to?

# %%
predict("state_at_a_quarter", ...)

# %% slide="more"
zs = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
n, h = np.full((1, 5), -0.4), np.full((1, 5), 0.8)
blends = gru_ref.blend(zs[None], n, h)[0]
print(blends)
outcome("state_at_a_quarter", blends[1])

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.2, 2.8))
plotting.plot_blend(ax, zs, -0.4, 0.8, blends)
show(fig, "blend")

# %% [markdown] slide="more" brief="$n$ lies in (−1, 1). If $h$ starts there, every blend stays there: **the state of a GRU cannot explode**."
# The gate is a slider between the new and the old. At $z = 0$ it writes everything, at $z = 1$ it keeps everything.
#
# This has a consequence: $n$ lies in (−1, 1), because of tanh. If $h$ starts there, every blend stays there. **The state
# of a GRU cannot explode**, whatever its weights are. (Its gradients are another matter: lesson 09.)

# %% [markdown] slide="new"
# ## Your turn: `blend` · easy
#
# Write `blend(z, n, h)`: three `(B, H)` arrays in, one out. Remember that here **z keeps**. Stuck? `hint(blend)`.


# %% solution="blend" slide="more"
def blend(z, n, h):
    """New state between candidate and old state: z, n and h (B, H) → h_new (B, H)."""
    ### BEGIN SOLUTION
    return (1 - z) * n + z * h
    ### END SOLUTION


# %% check="blend" points=3
check(blend)

# %% [markdown] slide="new" brief="> **Claim.** The reset gate decides how much of the past is forgotten.\n\nTake two states, feed both the same inputs, and measure how much of their difference is left after 20 steps, at fixed gates." ask="**Predict**: do the numbers change with $r$, with $z$, or both? What fraction is left at $z = 0.99$, with $r = 0$ and with $r = 1$?"
# ## Which gate forgets?
#
# The names are misleading. "Reset" sounds like erasing, and "candidate" like somebody who will get the job. Here are two
# claims that you can read in many places; both can be settled in a few lines of code.
#
# > **Claim.** The reset gate decides how much of the past is forgotten.
# >
# > *Source:* for one, [What is GRU?](https://www.projectpro.io/recipes/what-is-gru-r): the reset gate decides "the amount of
# > past information to forget".
#
# *What would show it:* take two states, feed both the same inputs, and measure how much of their difference is left
# after 20 steps. What is left is what is still remembered. We hold the gates fixed, at every combination of $r$ and
# $z$.
#
# **Predict**: if the claim is right, do the numbers change along a row (with $r$), down a column (with $z$), or
# both? And what fraction is left at $z = 0.99$, with $r = 0$ and with $r = 1$?

# %%
predict("left_at_0.99", [..., ...])  # r = 0, r = 1

# %% slide="more text"
network = gru_ref.init_gru(I=8, H=64, rng=rng)
start, xs = rng.uniform(-0.9, 0.9, (2, 64)), rng.normal(0, 1, (20, 8))


def left_after_20_steps(r, z):
    h = start
    for x in xs:
        n = gru_ref.candidate(np.stack([x, x]), h, np.full_like(h, r), network)
        h = gru_ref.blend(np.full_like(h, z), n, h)
    return np.linalg.norm(h[0] - h[1]) / np.linalg.norm(start[0] - start[1])


for z in [1.0, 0.99, 0.5, 0.0]:
    row = [f"r = {r}: {left_after_20_steps(r, z):<8.2g}" for r in [0.0, 0.5, 1.0]]
    print(f"z = {z:<4}   ", *row)
outcome("left_at_0.99", [left_after_20_steps(r, 0.99) for r in [0.0, 1.0]])

# %% [markdown] slide="new"
# > **Verdict.** Imprecise, and misleading. Where $z$ is 1 nothing is forgotten, whatever $r$ is; at $z = 0.99$ about 0.8
# > is left after 20 steps with *any* $r$. The update gate forgets. The reset gate matters only for what $z$ has already
# > given up (the two lower rows): with $r = 0$ that is lost, with $r = 1$ some of it comes back through the candidate,
# > as in a plain RNN, and fades there, too.

# %% [markdown] slide="new" brief="> **Claim.** The candidate decides how much of the past is carried forward.\n\nThe slope of $h_\\text{new}$ against its own $h$: 1 if all of it is carried, 0 if nothing. 128,000 units, in four groups." ask="**Predict** the four slopes, sorted by $z$ from low to high, and sorted by $n$."
# > **Claim.** The candidate decides how much of the past is carried forward.
# >
# > *Source:* a popular article.
#
# *What would show it:* we take 128 000 units at random, with all kinds of $z$, and compute their candidates with
# $r = 1$, so that the past has every chance to get in. How much of its own old value a unit carries directly is the
# slope of $h_\text{new}$ against its own $h$: 1 if all of it, 0 if nothing. We sort the units into four groups by $z$,
# and again by $n$, and look at which sorting makes the slope differ. **Predict** both rows.

# %%
predict("sorted_by_z", [..., ..., ..., ...])  # slopes, from low z to high z
predict("sorted_by_n", [..., ..., ..., ...])  # slopes, from low n to high n

# %% slide="more"
x, h = rng.normal(0, 1, (2000, 8)), rng.uniform(-0.9, 0.9, (2000, 64))
z = rng.uniform(0, 1, h.shape)
n = gru_ref.candidate(x, h, np.ones_like(h), network)
h_new = gru_ref.blend(z, n, h)


def carried_by_quarters_of(value):
    edges = np.quantile(value, [0.25, 0.5, 0.75])
    quarters = [np.digitize(value, edges) == k for k in range(4)]
    return [np.polyfit(h[chosen], h_new[chosen], 1)[0] for chosen in quarters]


outcome("sorted_by_z", np.round(carried_by_quarters_of(z), 2))
outcome("sorted_by_n", np.round(carried_by_quarters_of(n), 2))

# %% [markdown] slide="new"
# > **Verdict.** Imprecise. What a unit keeps *of its own old value* follows $z$: 0.11, 0.37, 0.62 and 0.87, close to the
# > average $z$ of each quarter. Sorted by the candidate it is 0.5 everywhere. But the past of *all* units also enters
# > the candidate through $W_{hn}$, and this slope does not see that. How much of it is written is again up to $z$, by
# > the factor $1 - z$, and how much is let in is up to $r$: the lower rows of the table above show that path.

# %% [markdown] slide="new" brief="After $k$ steps $z^k$ is left. The **time constant** is the number of steps until $1/e$ is left, about 37%.\n\n$$z^k = \\frac{1}{e} \\quad\\Longrightarrow\\quad k = -\\frac{1}{\\ln z}$$" ask="**Predict**: for $z = 0.9$, is it nearer to 5 steps or to 10?"
# ## How long is a memory?
#
# If a gate keeps the fraction $z$ at each step, then after $k$ steps $z^k$ is left. Lesson 00 asked when that is one
# half. The other common measure is the **time constant**: the number of steps until $1/e$ is left, about 37%.
#
# $$z^k = \frac{1}{e} \quad\Longrightarrow\quad k = -\frac{1}{\ln z}$$
#
# The dots in the picture mark it. **Predict**: for $z = 0.9$, is it nearer to 5 steps or to 10?

# %%
predict("steps_until_1_over_e", ...)  # 5 or 10?

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.2, 3.2))
plotting.plot_decay(ax, [0.5, 0.9, 0.97, 0.99], steps=100)
show(fig, "decay")
first_below = next(k for k in range(1, 100) if 0.9**k < 1 / np.e)
outcome("steps_until_1_over_e", first_below, " steps")

# %% [markdown] slide="new"
# ## Your turn: `time_constant` · easy
#
# Write `time_constant(z)`, for one number $z$: a real number of steps, not rounded. A $z$ that is not *strictly* between
# 0 and 1 has no time constant: refuse it with a `ValueError`, as in lesson 00. Stuck? `hint(time_constant)`.


# %% solution="time_constant" slide="more"
def time_constant(z):
    """Steps until 1/e is left, for a number 0 < z < 1; else a ValueError."""
    ### BEGIN SOLUTION
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie strictly between 0 and 1")
    return -1 / np.log(z)
    ### END SOLUTION


# %% check="time_constant" points=2
check(time_constant)

# %% [markdown] slide="new" brief="Near $z = 1$ the time constant is close to $1 / (1 - z)$: keep 99%, and remember for about 100 steps." ask="Where does the rule break down?"
# ## A rule of thumb, and where it ends
#
# Near $z = 1$ the logarithm is almost a straight line, $\ln z \approx z - 1$. So the time constant is close to
# $1 / (1 - z)$, which needs no calculator: keep 99%, and remember for about 100 steps. Where does the rule break down?
# Look at the right end.

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_time_constants(ax)
show(fig, "time_constants")

# %% [markdown]
# The same in numbers. The last column turns the question round: what must the sum inside the gate's σ be, for the gate
# to keep that much? Look at how little it grows.

# %% slide="new text"
print("   z      time constant   1 / (1 − z)   sum inside σ")
for z in [0.1, 0.5, 0.9, 0.99, 0.999]:
    numbers = [gru_ref.time_constant(z), 1 / (1 - z), np.log(z / (1 - z))]
    print(f"{z:5}", *(f"{number:13.2f}" for number in numbers))

# %% [markdown] slide="more" brief="A new GRU has gates near ½: it forgets within a step or two. To remember ten times as long, the sum inside σ has to grow by only 2.3 or 2.4. **Memory is cheap for a gate**, once it knows that it needs it."
# A new GRU has gates near ½: it forgets within a step or two. To remember ten times as long, the sum inside σ has to
# grow by only 2.3 or 2.4. Memory is cheap for a gate, once it knows that it needs it. Lesson 09 builds on this.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="where_the_reset_acts" points=2 slide="new"
# **For 2 points.** Our candidate multiplies first and then resets: $r \odot (W_{hn}\, h + b_{hn})$. Many articles reset
# first and then multiply: $W_{hn}\,(r \odot h) + b_{hn}$.
#
# Take two units, 0 and 1, with $r = (0, 1)$, and a $W_{hn}$ without zeros. For **each** of the two ways: which entries
# of $h$ does the candidate of unit 0 see, and which does that of unit 1 see? So what does $r_0 = 0$ mean in each case?
#
# ### BEGIN SOLUTION
# *Multiply first* (ours): unit 0 sees nothing of $h$; unit 1 sees both entries. $r_0 = 0$ says: **unit 0 does not
# look** at the past.
#
# *Reset first*: $r \odot h = (0, h_1)$, and both units read that. So both see $h_1$, and neither sees $h_0$. $r_0 = 0$
# says: **nobody sees the old value of unit 0**; unit 0 itself still looks at the other.
#
# **Rubric**
#
# - 1 point: multiply first: unit 0 sees nothing, unit 1 both entries; r gates who looks
# - 1 point: reset first: both units see h₁ alone; r gates what is seen
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - The **candidate** is a step of a tanh RNN with a gate in front of the past, which also holds back $b_{hn}$:
#
#   $$n = \tanh(W_{in} x + b_{in} + r \odot (W_{hn} h + b_{hn}))$$
#
# - The **blend** $(1 - z) \odot n + z \odot h$ lies between candidate and old state. The update gate is what keeps and
#   forgets; the reset gate chooses what the candidate is made from.
# - A gate that stays at $z$ remembers for $-1 / \ln z$ steps, close to $1 / (1 - z)$ for $z$ near 1.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check.*
#
# **Find out**: how long can a memory live *without* the update gate? Take one unit with $z = 0$ and $r = 1$, no input
# and no biases, so that $h_\text{new} = \tanh(w\,h)$. All that it remembers goes through the candidate. For which $w$
# does a start of 0.5 outlive a gate with $z = 0.99$?
#
# **Try first**: `gru_ref.candidate` in a loop of 1,000 steps, for $w$ = 0.9, 1, 1.1 and 2, and plot $h$ against the step
# on logarithmic axes. One of the four does not fade like a power of anything you have seen here.
#
# **How you would know**: a memory should keep *which* value was stored, not only its sign. Start from 0.2, 0.5 and 0.8: can
# you still tell them apart at the end? Now add noise of 0.05 to every step, and ask again. Which of the two memories would
# you trust?

# %% [markdown]
# ## Test yourself
#
# **1.** A unit has $z = 1$. What must $r$ be for the unit to keep its value?
#
# <details><summary>Answer</summary>
#
# Anything. At $z = 1$ the candidate is not written, so it does not matter what it is made from.
#
# </details>
#
# **2.** A gate keeps 0.9 at each of 10 steps, and 0.5 at one step. What part of the memory is left at the end?
#
# <details><summary>Answer</summary>
#
# The product of all: 0.9¹⁰ · 0.5, about 0.17. The order does not matter. One step that writes much undoes the care of
# many.
#
# </details>
#
# **3.** Why would σ in place of tanh make a poor candidate?
#
# <details><summary>Answer</summary>
#
# All candidates would be positive, and after some steps all states as well, since each blend lies between the old state
# and a positive candidate. No unit could ever be pushed below 0.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - [The documentation of `torch.nn.GRU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): its note
#   says where PyTorch's candidate differs from the paper's, and why.
# - Kyunghyun Cho and others (2014), [arXiv:1406.1078](https://arxiv.org/abs/1406.1078): the candidate and the blend; in
#   its third version the reset comes before the product.
# - Next: **05 · The GRU cell**. The four lines together, and PyTorch's own cell beside yours.

# %%
progress()
