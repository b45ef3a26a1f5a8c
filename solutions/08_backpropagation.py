# %% [markdown] slide="new"
# # 08 · Backpropagation
#
# **How does the error travel back through time?**
#
# - **Goals**: measure a gradient without any theory; derive the backward pass through a GRU step, link by link, and
#   write it; carry the error through a whole sequence; test your gradients against PyTorch's; know what truncation
#   loses.
# - **Time**: 95 minutes.
# - **Before you start**: the GRU step (lesson 05) and sequences of states (lesson 07); the chain rule from school. If
#   that was long ago: $\frac{d}{dx} f(g(x)) = f'(g(x)) \cdot g'(x)$.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
import torch

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import GRUParams, plotting

# %% [markdown] slide="new" brief="A network learns by asking each of its parameters: *if you were a hair larger, how much larger would the loss be?* All answers together are the **gradient**. `dW_hn` has one slope for each entry of `W_hn`." ask="A step with $B = 3$, $I = 2$, $H = 4$, and half the squared distance from a target as its loss. **Predict**: one entry of `W_hn` is nudged by 0.001. Does the loss move by more than that, or less?"
# ## What learning asks for
#
# A network learns by asking each of its parameters one question: *if you were a hair larger, how much larger would the
# loss be?* The answer is a slope. All answers together are the **gradient**.
#
# We write `d` for "gradient of the loss with respect to": `dW_hn` has one slope for each entry of `W_hn`, and so it has
# the same shape.
#
# Here is a step of a GRU, with $B = 3$ rows, $I = 2$ inputs and $H = 4$ units, and a loss: half the squared distance
# of the new state from a target. **Predict**: one entry of `W_hn` is nudged by 0.001. Does the loss move by more than
# that, or less?

# %%
predict("the_loss_moves_by", ...)  # "more" than 0.001, or "less"?

# %% slide="more text"
rng = np.random.default_rng(0)
p = gru_ref.init_gru(I=2, H=4, rng=rng)
x, h, target = (
    rng.normal(0, 1, (3, 2)),
    rng.uniform(-0.9, 0.9, (3, 4)),
    rng.uniform(-0.9, 0.9, (3, 4)),
)


def loss_of(h_new):
    return 0.5 * np.sum((h_new - target) ** 2)


def loss_with(W_hn):
    return loss_of(gru_ref.gru_step(x, h, p._replace(W_hn=W_hn)))


nudged = p.W_hn.copy()
nudged[0, 1] += 0.001
print(f"loss {loss_with(p.W_hn):.6f}, nudged {loss_with(nudged):.6f}")
moved = loss_with(nudged) - loss_with(p.W_hn)
print(f"slope about {moved / 0.001:.4f}")
outcome("the_loss_moves_by", "more" if abs(moved) > 0.001 else "less")

# %% [markdown]
# Less: about a tenth of the nudge arrives at the loss. That number, about 0.0992, is one of the 16 in `dW_hn`.

# %% [markdown] slide="new" brief="A gradient can be *measured*: nudge up and down by a step $s$, look, divide. That is a **central difference**:\n\n$$\\frac{\\partial f}{\\partial a_i} \\approx \\frac{f(a + s\\,e_i) - f(a - s\\,e_i)}{2s}$$\n\nFor $a^2$ at 3, with $s = 1$: $(4^2 - 2^2) / 2 = 6$, which is exact." ask="**Predict**: is it exact for $a^3$, too, whose slope at 3 is 27?"
# ## First, measure
#
# So a gradient can be *measured*: nudge, look, divide. It is better to nudge in both directions, up and down by a step
# $s$. That is a **central difference**:
#
# $$\frac{\partial f}{\partial a_i} \approx \frac{f(a + s\,e_i) - f(a - s\,e_i)}{2s}$$
#
# Here $e_i$ is 1 at entry $i$ and 0 elsewhere: only one entry is nudged. By hand, for $f(a) = a^2$ at $a = 3$, with a
# large step: $(4^2 - 2^2) / 2 = 6$, which is exact. In one direction it is $4^2 - 3^2 = 7$. **Predict**: is the central
# difference exact for $a^3$, too, whose slope at 3 is 27?

# %%
predict("exact_for_a³", ...)  # True or False?

# %% slide="more text"
for name, f in {"a²": lambda a: a**2, "a³": lambda a: a**3}.items():
    for s in [1, 0.1]:
        forward, both = (f(3 + s) - f(3)) / s, (f(3 + s) - f(3 - s)) / (2 * s)
        print(f"{name}, step {s}: one-sided {forward:.2f}, central {both:.2f}")
outcome("exact_for_a³", abs(both - 27) < 1e-12)

# %% [markdown]
# A parabola's bend is the same on both sides, and cancels. What is left for $a^3$ shrinks with the *square* of the
# step: a tenth of the step, a hundredth of the error.

# %% [markdown] slide="new"
# ## Your turn: `numerical_gradient` · medium
#
# Write `numerical_gradient(f, a)` by central differences, with the step $10^{-5}$. `f` takes an array like `a`, **of
# any shape**, and returns one number. The result has the shape of `a`. Leave `a` unchanged. Stuck?
# `hint(numerical_gradient)`.


# %% solution="numerical_gradient" slide="more"
def numerical_gradient(f, a):
    """Gradient of f at a by central differences.

    a array of any shape, f(a) one number → array like a.
    """
    ### BEGIN SOLUTION
    step = 1e-5
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (f(up) - f(down)) / (2 * step)
    return gradient
    ### END SOLUTION


# %% check="numerical_gradient" points=2
check(numerical_gradient)

# %% [markdown] slide="new" ask="Every step from 1 down to $10^{-15}$. **Predict** the picture: does the error fall all the way to the left?"
# ## How small a step?
#
# Why $10^{-5}$, and not something much smaller? We take a function whose slope we know, and every step from 1 down to
# $10^{-15}$. **Predict** the picture: does the error fall all the way to the left?

# %%
predict("best_step_of_central", ...)  # such as 1e-15, 1e-10, 1e-5?

# %%
steps = np.logspace(-15, 0, 61)
slope = np.cos(1) * np.exp(np.sin(1))  # of f at a = 1


def f(a):
    return np.exp(np.sin(a))


one_sided = np.abs((f(1 + steps) - f(1)) / steps / slope - 1)
central = np.abs((f(1 + steps) - f(1 - steps)) / (2 * steps) / slope - 1)
for name, off_by in {"one-sided": one_sided, "central": central}.items():
    print(
        f"{name}: best step {steps[off_by.argmin()]:.0e}, "
        f"relative error there {off_by.min():.0e}"
    )
outcome("best_step_of_central", f"{steps[central.argmin()]:.0e}")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.4, 3.4))
plotting.plot_step_size(ax, steps, {"one-sided": one_sided, "central": central})
show(fig, "step_sizes")

# %% [markdown] slide="new" brief="## Two errors meet\n\n- On the right we see the function's curvature; this error shrinks with the step, or with its square.\n- On the left we see *rounding*: both values of $f$ carry 16 digits, and most of them cancel.\n- The central difference is best near $\\sqrt[3]{\\varepsilon} \\approx 6 \\cdot 10^{-6}$.\n\nSo why not train with it? Each parameter takes **two runs of the network**."
# Two errors meet. On the right we see the function's curvature; this error shrinks with the step, or with its square.
# On the left we see *rounding*: both values of $f$ carry 16 digits, and if they agree in the first 12, only 4 are left
# in the difference. The central difference is best near $\sqrt[3]{\varepsilon} \approx 6 \cdot 10^{-6}$, where
# $\varepsilon = 2 \cdot 10^{-16}$ is the precision of floats; here, where the curve is ragged, at $3 \cdot 10^{-6}$.
# Ten or eleven digits are right there, and eight for the one-sided difference at its best: enough to check a formula.
#
# So why not train with it? Count: each parameter of the network takes two runs.

# %% slide="more text"
count = gru_ref.count_gru_parameters(I=128, H=128, biases=2)
print(
    f"a GRU with I = H = 128 has {count:,} numbers: "
    f"{2 * count:,} runs of the network for one gradient"
)

# %% [markdown] slide="more" brief="The backward pass goes through the network *once*, however many parameters there are. We keep the slow gradient as a judge."
# The backward pass that you will now write goes through the network *once*, which costs about as much as two or three
# runs, however many parameters there are. That is the whole point of backpropagation. We keep the slow gradient as a
# judge.

# %% [markdown] slide="new" brief="$$a_r = W_{ir} x + b_{ir} + W_{hr} h + b_{hr} \\qquad r = \\sigma(a_r)$$\n\n$$a_z = W_{iz} x + b_{iz} + W_{hz} h + b_{hz} \\qquad z = \\sigma(a_z)$$\n\n$$q = W_{hn} h + b_{hn} \\qquad a_n = W_{in} x + b_{in} + r \\odot q \\qquad n = \\tanh(a_n)$$\n\n$$h_\\text{new} = (1 - z) \\odot n + z \\odot h$$\n\nEach line is easy to differentiate by itself." ask="How many ways lead from $h$ to $h_\\text{new}$?"
# ## Link by link
#
# Write the step as a chain of small lines. $a_r$, $a_z$ and $a_n$ are the sums *inside* the squashing functions, and
# $q$ is the bracket that the reset gate multiplies:
#
# $$a_r = W_{ir} x + b_{ir} + W_{hr} h + b_{hr} \qquad r = \sigma(a_r)$$
# $$a_z = W_{iz} x + b_{iz} + W_{hz} h + b_{hz} \qquad z = \sigma(a_z)$$
# $$q = W_{hn} h + b_{hn} \qquad a_n = W_{in} x + b_{in} + r \odot q \qquad n = \tanh(a_n)$$
# $$h_\text{new} = (1 - z) \odot n + z \odot h$$
#
# Each line is easy to differentiate by itself. In the picture every arrow is one such *link*, and on it stands its
# slope: how much its end moves when its start is nudged. **Look for** the ways from $h$ to $h_\text{new}$. How many
# are there?

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(8.2, 3.8))
plotting.plot_links(ax)
show(fig, "ways_to_h_new")

# %% [markdown] slide="more" brief="**Along a way, slopes multiply; where ways meet, they add.**"
# The chain rule is two rules in this picture: **along a way, slopes multiply; where ways meet, they add.** There are
# four ways. With one unit all slopes are plain numbers, so we can follow each way and add up. The step that keeps what
# the slopes need, in a *cache* `(x, h, r, z, n, q)`, is `gru_ref.gru_step_with_cache`.

# %%
one = GRUParams(
    *(rng.normal(0, 1, a.shape) for a in gru_ref.init_gru(I=1, H=1, rng=rng))
)
x1, h1 = np.array([[0.7]]), np.array([[0.5]])
_, cache = gru_ref.gru_step_with_cache(x1, h1, one)
r1, z1, n1, q1 = (a.item() for a in cache[2:])
W_hr, W_hz, W_hn = one.W_hr.item(), one.W_hz.item(), one.W_hn.item()
ways = {
    "kept": z1,
    "by the candidate": W_hn * r1 * (1 - n1**2) * (1 - z1),
    "by the reset gate": W_hr * r1 * (1 - r1) * q1 * (1 - n1**2) * (1 - z1),
    "by the update gate": W_hz * z1 * (1 - z1) * (h1.item() - n1),
}
for name, slope in ways.items():
    print(f"{name:18} {slope:8.5f}")
measured = gru_ref.numerical_gradient(lambda h: gru_ref.gru_step(x1, h, one).item(), h1)
print(f"added up           {sum(ways.values()):8.5f}   measured {measured.item():8.5f}")

# %% [markdown]
# That is all of backpropagation. What remains is bookkeeping: many units, many rows of a batch, and parameters that
# need their share. We go through the picture from right to left, and carry the gradient of the loss along. **Each line
# of the backward pass is one line of the step, read from right to left.**

# %% [markdown] slide="new" brief="$h_\\text{new} = (1 - z) \\odot n + z \\odot h$: each of the three gets `dh` times what it is multiplied by.\n\n$$dn = dh \\odot (1 - z) \\qquad dz = dh \\odot (h - n) \\qquad \\text{to } h \\text{, directly: } dh \\odot z$$\n\nIn words: *more z means more of h and less of n.*" ask="**Predict**: to how many digits do these agree with central differences?"
# ## Back through the blend
#
# We start from `dh`, the gradient of the loss with respect to the *new* state, `(B, H)`. For our loss that is
# $h_\text{new} - \text{target}$. The blend is $h_\text{new} = (1 - z) \odot n + z \odot h$, unit by unit. Each of its
# three ingredients gets `dh` times what it is multiplied by:
#
# $$dn = dh \odot (1 - z) \qquad dz = dh \odot (h - n) \qquad \text{to } h \text{, directly: } dh \odot z$$
#
# $z$ appears twice, once with a minus: that gives $h - n$. In words: *more z means more of h and less of n.* Each line
# is compared with its judge, who nudges that ingredient alone. **Predict**: to how many digits do they agree?

# %% slide="more text"
h_new, cache = gru_ref.gru_step_with_cache(x, h, p)
_, _, r, z, n, q = cache
dh = h_new - target


def compare(what, derived, f, a):
    measured = gru_ref.numerical_gradient(f, a)
    print(
        f"{what:5} {derived.shape}   "
        f"largest difference {np.abs(derived - measured).max():.0e}"
    )


dn = dh * (1 - z)
dz = dh * (h - n)
compare("dn", dn, lambda n: loss_of(gru_ref.blend(z, n, h)), n)
compare("dz", dz, lambda z: loss_of(gru_ref.blend(z, n, h)), z)
compare("to h", dh * z, lambda h: loss_of(gru_ref.blend(z, n, h)), h)

# %% [markdown]
# They agree to about ten digits, as well as a central difference can.

# %% [markdown] slide="new" brief="$n = \\tanh(a_n)$, and the slope of tanh is $1 - \\tanh^2$. We *have* $\\tanh(a_n)$: it is $n$.\n\n$$da_n = dn \\odot (1 - n^2)$$" ask="$\\sigma(a) = 1 / (1 + e^{-a})$ has the slope $e^{-a} / (1 + e^{-a})^2$. Write this in terms of σ alone."
# ## Back through the squashing
#
# $n = \tanh(a_n)$, and the slope of tanh is $1 - \tanh^2$. We *have* $\tanh(a_n)$: it is $n$. So the sum $a_n$ itself need
# not be kept:
#
# $$da_n = dn \odot (1 - n^2) \qquad\qquad (B, H)$$
#
# The same idea works for σ. **Derive it**: $\sigma(a) = 1 / (1 + e^{-a})$ has the slope $e^{-a} / (1 + e^{-a})^2$.
# Write this in terms of σ alone. The cell below tests the answer at some points.

# %% slide="more text"
a = np.array([-2.0, 0.0, 3.0])
s = gru_ref.sigmoid(a)
print("e⁻ᵃ / (1 + e⁻ᵃ)²", np.exp(-a) / (1 + np.exp(-a)) ** 2)
print("σ (1 − σ)       ", s * (1 - s))

# %% [markdown] slide="more" brief="So a gate's sum gets $da_z = dz \\odot z \\odot (1 - z)$, and $da_r$ is built the same way."
# The slope is $\sigma(1 - \sigma)$: it is a product of $1 / (1 + e^{-a})$, which is $\sigma$, and
# $e^{-a} / (1 + e^{-a})$, which is $1 - \sigma$. So a gate's sum gets $da_z = dz \odot z \odot (1 - z)$, and $da_r$ is
# built the same way. Now let the judge look at $da_n$:

# %%
da_n = dn * (1 - n**2)
a_n = np.arctanh(n)  # to have something to nudge
compare("da_n", da_n, lambda a: loss_of(gru_ref.blend(z, np.tanh(a), h)), a_n)

# %% [markdown]
# There are two traps here. One is to take the slope *at* $n$, as in $1 - \tanh^2(n)$: but $n$ has been through tanh
# already. The other is to forget the slope, or to take it twice.

# %% [markdown] slide="new" brief="$a_n = W_{in} x + b_{in} + r \\odot q$: each factor gets the gradient times *the other*.\n\n$$dr = da_n \\odot q \\qquad dq = da_n \\odot r$$" ask="Where does the reset gate hear nothing of the error? And where does the bracket $q$ hear nothing?"
# ## Back through the bracket
#
# $a_n = W_{in} x + b_{in} + r \odot q$. The last term is a product of two: each gets the gradient times *the other*.
#
# $$dr = da_n \odot q \qquad dq = da_n \odot r \qquad\qquad (B, H)$$
#
# Read the second: what is inside the bracket hears the error only as far as the reset gate is open. Read the first: the
# reset gate hears nothing where the bracket is 0. There it makes no difference.

# %% slide="more text"
new = a_n - r * q  # W_in x + b_in
compare("dr", da_n * q, lambda r: loss_of(gru_ref.blend(z, np.tanh(new + r * q), h)), r)
compare("dq", da_n * r, lambda q: loss_of(gru_ref.blend(z, np.tanh(new + r * q), h)), q)

# %% [markdown] slide="new" brief="$$dW_{ik} = \\sum_m da_{mi}\\, x_{mk} \\qquad db_i = \\sum_m da_{mi} \\qquad dx_{mk} = \\sum_i da_{mi}\\, W_{ik}$$\n\n| gradient | as a product | shapes |\n| --- | --- | --- |\n| `dW` | `da.T @ x` | `(H, B) @ (B, I)` → `(H, I)` |\n| `db` | `da.sum(axis=0)` | `(B, H)` → `(H,)` |\n| `dx` | `da @ W` | `(B, H) @ (H, I)` → `(B, I)` |" ask="The shapes leave you no choice, except in one case. In which?"
# ## Back through a matrix product
#
# Now a sum passes its gradient on to its terms. $a = x W^\top + b$: entry by entry,
# $a_{mi} = \sum_k W_{ik} x_{mk} + b_i$, for row $m$ of the batch and unit $i$. A nudge of $W_{ik}$ moves $a_{mi}$ by
# $x_{mk}$ times as much, and a nudge of $b_i$ moves it by just as much, in *every* row. So all rows contribute, and
# their contributions are added. A nudge of $x_{mk}$ stays in its row, but moves the sums of *all units*, $a_{mi}$ by
# $W_{ik}$ times as much. So the units' contributions are added:
#
# $$dW_{ik} = \sum_m da_{mi}\, x_{mk} \qquad db_i = \sum_m da_{mi} \qquad dx_{mk} = \sum_i da_{mi}\, W_{ik}$$
#
# | gradient | as a product | shapes |
# | --- | --- | --- |
# | `dW` | `da.T @ x` | `(H, B) @ (B, I)` → `(H, I)` |
# | `db` | `da.sum(axis=0)` | `(B, H)` → `(H,)` |
# | `dx` | `da @ W` | `(B, H) @ (H, I)` → `(B, I)` |
#
# The shapes leave you no choice, except where a matrix is square: $W_{hr}$, $W_{hz}$ and $W_{hn}$ are. There a wrong
# transpose gives no error, only wrong numbers.

# %%
compare(
    "W_in",
    da_n.T @ x,
    lambda W: loss_of(gru_ref.gru_step(x, h, p._replace(W_in=W))),
    p.W_in,
)
compare(
    "b_in",
    da_n.sum(axis=0),
    lambda b: loss_of(gru_ref.gru_step(x, h, p._replace(b_in=b))),
    p.b_in,
)

# %% [markdown]
# The same three rules hold for the other sums and matrices. One question is left for you: which gradient belongs to
# $W_{hn}$ and $b_{hn}$? Look at the picture of the links: which sum are they part of?

# %% [markdown] slide="new" brief="Write `gru_step_backward(dh, cache, p)`. It returns `(dx, dh_prev, grads)`:\n\n| symbol | meaning | shape |\n| --- | --- | --- |\n| `dh` | gradient with respect to the *new* state | `(B, H)` |\n| `cache` | `x, h, r, z, n, q`, with $q = W_{hn} h + b_{hn}$ | |\n| `dx` | with respect to the input: three ways meet | `(B, I)` |\n| `dh_prev` | with respect to the *old* state: four ways meet | `(B, H)` |\n| `grads` | a `GRUParams` of gradients | as `p` |\n\nGo in this order: blend, squashing, bracket, matrices."
# ## Your turn: `gru_step_backward` · hard
#
# Write `gru_step_backward(dh, cache, p)`. It returns `(dx, dh_prev, grads)`:
#
# | symbol | meaning | shape |
# | --- | --- | --- |
# | `dh` | gradient with respect to the *new* state | `(B, H)` |
# | `cache` | `x, h, r, z, n, q`, with $q = W_{hn} h + b_{hn}$, in this order, or by name: `cache.q` | |
# | `dx` | gradient with respect to the input: three ways meet | `(B, I)` |
# | `dh_prev` | gradient with respect to the *old* state: four ways meet | `(B, H)` |
# | `grads` | a `GRUParams` of gradients: `GRUParams(W_ir=…, W_iz=…, …)` | as `p` |
#
# Go in the order of the sections above: blend, squashing, bracket, matrices. The check looks at each part by itself,
# and says which are right. Stuck? `hint(gru_step_backward)`.


# %% solution="gru_step_backward"
def gru_step_backward(dh, cache, p):
    """Back through a step.

    dh (B, H), cache (x, h, r, z, n, q), p GRUParams → dx (B, I), dh_prev (B, H), grads.
    """
    ### BEGIN SOLUTION
    x, h, r, z, n, q = cache
    dn, dz = dh * (1 - z), dh * (h - n)
    da_n = dn * (1 - n**2)
    dr, dq = da_n * q, da_n * r
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)
    dx = da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in
    dh_prev = dh * z + da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn
    grads = GRUParams(
        W_ir=da_r.T @ x, W_iz=da_z.T @ x, W_in=da_n.T @ x,
        W_hr=da_r.T @ h, W_hz=da_z.T @ h, W_hn=dq.T @ h,
        b_ir=da_r.sum(axis=0), b_iz=da_z.sum(axis=0), b_in=da_n.sum(axis=0),
        b_hr=da_r.sum(axis=0), b_hz=da_z.sum(axis=0), b_hn=dq.sum(axis=0),
    )  # fmt: skip
    return dx, dh_prev, grads
    ### END SOLUTION


# %% check="gru_step_backward" points=4
check(gru_step_backward)

# %% [markdown] slide="new" brief="> **Claim.** In a GRU the new state is a *sum*, so gradients flow back unchanged.\n\nSend an error back through one step of a new network with $H = 64$, and measure what arrives by each way." ask="**Predict** four fractions: kept, by the candidate, by the update gate, by the reset gate. The gates stand near ½."
# ## Four ways back
#
# Four ways meet in `dh_prev`. How much comes by each? It matters: over a long sequence the error takes one of them at
# every step. Here is a claim that is often made about it:
#
# > **Claim.** In a GRU the new state is a *sum*, so gradients flow back unchanged.
# >
# > *Source:* a popular article; of the LSTM also [Gated Recurrent
# > Units](https://www.naukri.com/code360/library/gated-recurrent-units-grus): gates let gradients "flow unchanged".
#
# *What would show it:* send an error back through one step, and measure the size of what arrives by each way.
# "Unchanged" would be 1, for the way called *kept*. We take a new network with $H = 64$, and one whose biases $b_{iz}$
# are raised by 3, which opens its update gates. `gru_ref.gru_forward_with_caches` runs 30 steps and keeps the cache of
# each; we take the last. **Predict** the four numbers of the new network, whose gates stand near ½.

# %%
predict("kept_candidate_update_reset", [..., ..., ..., ...])  # fractions

# %%
rng = np.random.default_rng(2)
big = gru_ref.init_gru(I=8, H=64, rng=rng)
nets = {"new network": big, "update gates opened": big._replace(b_iz=big.b_iz + 3)}
xs_64, h0_64, error = (
    rng.normal(0, 1, (30, 64, 8)),
    np.zeros((64, 64)),
    rng.normal(0, 1, (64, 64)),
)


def sizes_of_ways(net):
    _, caches = gru_ref.gru_forward_with_caches(xs_64, h0_64, net)
    _, h, r, z, n, q = caches[-1]
    da_n = error * (1 - z) * (1 - n**2)
    da_z, da_r = error * (h - n) * z * (1 - z), da_n * q * r * (1 - r)
    ways = {
        "kept: z": error * z,
        "candidate: W_hn": (da_n * r) @ net.W_hn,
        "update gate: W_hz": da_z @ net.W_hz,
        "reset gate: W_hr": da_r @ net.W_hr,
    }
    size = np.linalg.norm(error)
    print(
        f"mean z {z.mean():.2f}, "
        f"all four added {np.linalg.norm(sum(ways.values())) / size:.2f}"
    )
    return {name: np.linalg.norm(way) / size for name, way in ways.items()}


# %% slide="more"
shares = {label: sizes_of_ways(net) for label, net in nets.items()}
outcome("kept_candidate_update_reset", list(shares["new network"].values()))

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.6))
plotting.plot_ways_back(ax, shares)
show(fig, "ways_back")

# %% [markdown] slide="more" brief="> **Verdict.** Imprecise. Each term of the sum is a *product*: the old state gets the error times $z$. What helps is not the plus, but a gate that can learn to stay open."
# > **Verdict.** Imprecise, and it points at the wrong symbol. A sum does hand the same error to both its terms. But
# > each term is a *product*, $z \odot h$ and $(1 - z) \odot n$: so the old state gets the error times $z$. In a new
# > network that is one half at every step, and all four ways together bring 0.52. The error comes back nearly unchanged
# > where $z$ is nearly 1. What helps is not the plus, but a gate that can learn to stay open.
#
# The other three ways are small in a new network, and they shrink as $z$ opens: $1 - z$ stands in two of them,
# $z(1 - z)$ in the third. What these numbers mean over a hundred steps is the subject of lesson 09.

# %% [markdown] slide="new" ask="A toy: $h_3 = w \\cdot w \\cdot w \\cdot h_0$. Pretend that each step has a $w$ of its own, and ask for the slope of each. **Predict** how these slopes combine."
# ## One number, used many times
#
# In a sequence every step uses the same parameters. What is the slope for a number that is used several times? A toy
# example: $h_3 = w \cdot w \cdot w \cdot h_0$. Pretend that each step has a $w$ of its own, and ask for the slope of
# each of the three. **Predict** how these slopes combine, then compare with the slope of $w^3 h_0$, which is
# $3 w^2 h_0$.

# %% slide="more text"
w, h0_toy = 0.8, 2.0
# The slope in one copy: the product of the two others and h0.
wants = [w * w * h0_toy for _ in range(3)]
print("each copy:", np.round(wants, 2))
print(f"added up: {sum(wants):.2f}   3 w² h0: {3 * w**2 * h0_toy:.2f}")

# %% [markdown] slide="more" brief="They add. The gradient with respect to the parameters is the **sum over all steps** of what each step contributes."
# They add. Where one number acts in several ways, its slopes add up: it is the rule of meeting ways again. So the
# gradient with respect to the parameters is the **sum over all steps** of what each step contributes. If you write `=`
# there instead of `+=`, you keep one step's contribution and throw away all others.

# %% [markdown] slide="new" brief="$$\\text{error}_t = \\underbrace{\\text{dhs}[t]}_{\\text{direct}} + \\underbrace{\\text{dh\\_prev of step } t + 1}_{\\text{carry}}$$" ask="Where does `dh0` come out, and what enters at the right end?"
# ## Back through the sequence
#
# The state after step $t$, `hs[t]`, acts on the loss in two ways: *directly*, if the loss looks at it, `dhs[t]`; and
# *by way of the next step*, which hands back its `dh_prev`. Both are added. That sum goes into the step's backward
# pass, and what comes out as `dh_prev` is handed on:
#
# $$\text{error}_t = \underbrace{\text{dhs}[t]}_{\text{direct}} + \underbrace{\text{dh\_prev of step } t + 1}_{\text{carry}}$$
#
# In the picture time runs to the right, and the errors run to the left. Where does `dh0` come out, and what enters at
# the right end?

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(8.2, 3.4))
plotting.plot_way_back(ax, 4)
show(fig, "back_through_time")

# %% [markdown] slide="new"
# ## Your turn: `gru_backward` · medium
#
# Write `gru_backward(dhs, caches, p)`, which returns `(dxs, dh0, grads)`. `dhs` is `(T, B, H)`, `caches` holds the T
# caches in time order, `dxs` is `(T, B, I)`, `dh0` is `(B, H)`, the gradient with respect to the state *before* the
# first step, and `grads` is a `GRUParams`, summed over all steps. For the step use your own `gru_step_backward` once
# its check is green, or `gru_ref.gru_step_backward`. Stuck? `hint(gru_backward)`.


# %% solution="gru_backward" slide="more code"
def gru_backward(dhs, caches, p):
    """Back through time.

    dhs (T, B, H), caches of T steps, p GRUParams → dxs (T, B, I), dh0 (B, H), grads.
    """
    ### BEGIN SOLUTION
    carry = np.zeros_like(dhs[0])
    grads = GRUParams(*(np.zeros_like(a) for a in p))
    dxs = []
    for t in reversed(range(len(dhs))):
        dx, carry, of_step = gru_ref.gru_step_backward(dhs[t] + carry, caches[t], p)
        dxs.append(dx)
        grads = GRUParams(*(total + g for total, g in zip(grads, of_step, strict=True)))
    return np.stack(dxs[::-1]), carry, grads
    ### END SOLUTION


# %% check="gru_backward" points=2
check(gru_backward)

# %% [markdown] slide="new" brief="The first judge is PyTorch's `autograd`: 20 steps, 5 rows, a loss that looks at every state." ask="**Predict** the largest difference: $10^{-3}$, $10^{-8}$, $10^{-15}$?"
# ## Three judges
#
# Are the formulas right? The first judge is PyTorch's `autograd`, which records every operation and walks back by
# itself. It gets the same task: 20 steps, 5 rows, a loss that looks at every state. **Predict** the largest difference:
# $10^{-3}$, $10^{-8}$, $10^{-15}$?

# %%
predict("apart_from_autograd", ...)  # 1e-3, 1e-8 or 1e-15?

# %%
T, B, I, H = 20, 5, 3, 6
params = gru_ref.init_gru(I, H, rng)
xs, h0, dhs = (
    rng.normal(0, 1, (T, B, I)),
    rng.uniform(-0.9, 0.9, (B, H)),
    rng.normal(0, 1, (T, B, H)),
)
hs, caches = gru_ref.gru_forward_with_caches(xs, h0, params)
dxs, dh0, grads = gru_ref.gru_backward(dhs, caches, params)

model = torch.nn.GRU(I, H, dtype=torch.float64)
with torch.no_grad():
    # W_i*, W_h*, b_i*, b_h*: each r, z and n stacked
    for k, weights in enumerate(model.parameters()):
        weights.copy_(torch.tensor(np.concatenate(params[3 * k : 3 * k + 3])))
xs_torch, h0_torch = (
    torch.tensor(xs, requires_grad=True),
    torch.tensor(h0[None], requires_grad=True),
)
hs_torch, _ = model(xs_torch, h0_torch)
(hs_torch * torch.tensor(dhs)).sum().backward()

# %% slide="more text"
print(f"dxs   {np.abs(dxs - xs_torch.grad.numpy()).max():.0e}")
print(f"dh0   {np.abs(dh0 - h0_torch.grad[0].numpy()).max():.0e}")
outcome("apart_from_autograd", f"{np.abs(dh0 - h0_torch.grad[0].numpy()).max():.0e}")
for k, weights in enumerate(model.parameters()):
    ours = np.concatenate(grads[3 * k : 3 * k + 3])
    print(
        f"{['W_i*', 'W_h*', 'b_i*', 'b_h*'][k]}  "
        f"{np.abs(ours - weights.grad.numpy()).max():.0e}"
    )

# %% [markdown]
# A few $10^{-15}$: rounding, in the last digits. What you derived by hand is what PyTorch computes.
#
# The second judge is central differences, parameter by parameter. This time the judge is the less exact one.

# %%
for name in GRUParams._fields:

    def loss(a, name=name):
        return float(
            np.sum(gru_ref.gru_forward(xs, h0, params._replace(**{name: a})) * dhs)
        )

    measured = gru_ref.numerical_gradient(loss, getattr(params, name))
    largest = np.abs(getattr(grads, name) - measured).max()
    print(f"{name}  {largest:.0e}", end="\n" if name[-1] == "n" else "     ")

# %% [markdown]
# The third judge was there all along: each link by itself, from `dn` to `W_in`. When a gradient is wrong, start there.
# A wrong link shows at once, while the whole sequence only says *that* something is wrong.
#
# And what did the backward pass save? We time the forward and the backward pass, and work out how long central
# differences would take.

# %%
square, batch = gru_ref.init_gru(64, 64, rng), rng.normal(0, 1, (50, 16, 64))


def seconds(run):
    def once():
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return min(once() for _ in range(5))


forward = seconds(lambda: gru_ref.gru_forward_with_caches(batch, batch[0], square))
hs_64, caches_64 = gru_ref.gru_forward_with_caches(batch, batch[0], square)
back = seconds(lambda: gru_ref.gru_backward(hs_64, caches_64, square))
numbers = gru_ref.count_gru_parameters(64, 64, biases=2)
print(f"forward {1000 * forward:.0f} ms, back {1000 * back:.0f} ms")
print(f"by nudging {numbers:,} numbers: {2 * numbers * forward / 60:.0f} minutes")

# %% [markdown] slide="new" brief="> **Claim.** Recurrent networks need an algorithm of their own, *backpropagation through time*." ask="20 layers, each with its own copy of the parameters; autograd knows nothing of time. **Predict**: by how much does the sum over the copies differ from our gradients?"
# ## Is it another algorithm?
#
# > **Claim.** Recurrent networks need an algorithm of their own, *backpropagation through time*, other than the
# > backpropagation of feed-forward networks.
# >
# > *Source:* for one, [this
# > article](https://www.techleer.com/articles/185-backpropagation-through-time-recurrent-neural-network-training-technique/),
# > which keeps the two apart.
#
# *What would show it:* build a feed-forward network of 20 layers that computes the same: layer $t$ is a GRU step with
# **its own copy of the parameters**, 20 copies in all. Let PyTorch's `autograd`, which is told nothing about time or
# recurrence, take ordinary gradients with respect to each of the copies, and add them up. If backpropagation through
# time is something else, the sum differs from ours.

# %% slide="more text"
copies = [
    GRUParams(*(torch.tensor(a, requires_grad=True) for a in params)) for _ in range(T)
]
h_layer = torch.tensor(h0)
total = 0
for x_t, dh_t, c in zip(torch.tensor(xs), torch.tensor(dhs), copies, strict=True):
    r_t = torch.sigmoid(x_t @ c.W_ir.T + c.b_ir + h_layer @ c.W_hr.T + c.b_hr)
    z_t = torch.sigmoid(x_t @ c.W_iz.T + c.b_iz + h_layer @ c.W_hz.T + c.b_hz)
    n_t = torch.tanh(x_t @ c.W_in.T + c.b_in + r_t * (h_layer @ c.W_hn.T + c.b_hn))
    h_layer = (1 - z_t) * n_t + z_t * h_layer
    total = total + (h_layer * dh_t).sum()
total.backward()
for name in ["W_hn", "W_ir", "b_hz"]:
    of_copies = [getattr(c, name).grad.numpy() for c in copies]
    print(
        f"{name}: sum of {T} copies − ours: "
        f"{np.abs(sum(of_copies) - getattr(grads, name)).max():.0e}"
    )

# %% [markdown] slide="more"
# > **Verdict.** Wrong. It is ordinary backpropagation through the unrolled network. "Through time" adds one thing: the
# > layers share their parameters, so their gradients are added up. (And one practical thing: the caches of all steps
# > have to be kept.)

# %% [markdown] slide="new" brief="Run $k$ steps forward, go back through these $k$ steps alone, and start the next $k$ from the state that was reached. *The error is not carried back* across the cut: **truncated backpropagation through time**.\n\n> **Claim.** Truncation is a trick that only makes training faster." ask="200 steps, in pieces of 200, of 50 and of 10. **Predict** how the number of backward steps, the memory and the time change."
# ## Truncation
#
# All caches must be kept until the backward pass. For a text of a million characters that is too much. So we cut: run
# $k$ steps forward, go back through these $k$ steps alone, and start the next $k$ from the state that was reached. The
# state is carried on; *the error is not carried back* across the cut. This is **truncated backpropagation through
# time**.
#
# > **Claim.** Truncation is a trick that only makes training faster.
# >
# > *Source:* for one, this [glossary](https://glosarix.com/en/glossary/bptt-truncation-en): "faster and more efficient
# > training", "without sacrificing learning quality".
#
# *What would show it:* two things. Is a pass over the same sequence faster in pieces? And is the gradient the same?
# First the speed: 200 steps, in pieces of 200, of 50 and of 10. **Predict** how the number of backward steps, the
# memory and the time change.

# %% slide="more text"
net, long = gru_ref.init_gru(16, 64, rng), rng.normal(0, 1, (200, 16, 16))
direct = rng.normal(0, 1, (200, 16, 64))


def pass_in_pieces(k):
    h, backward_steps, kept = np.zeros((16, 64)), 0, 0
    for start in range(0, 200, k):
        hs_piece, piece = gru_ref.gru_forward_with_caches(
            long[start : start + k], h, net
        )
        gru_ref.gru_backward(direct[start : start + k], piece, net)
        h, backward_steps = hs_piece[-1], backward_steps + len(piece)
        kept = max(kept, sum(a.nbytes for cache in piece for a in cache))
    return backward_steps, kept


for k in [200, 50, 10]:
    backward_steps, kept = pass_in_pieces(k)
    took = seconds(lambda k=k: pass_in_pieces(k))
    print(
        f"k = {k:3}: {backward_steps} steps back, "
        f"{kept / 1e6:5.2f} MB of caches at once, {1000 * took:.0f} ms"
    )

# %% [markdown]
# There are just as many backward steps, in about the same time. What shrinks is the *memory*. (In training there is a
# second gain: you can update the parameters after each piece, so more often.)
#
# And the gradient? The loss looks at the last of 100 states, and we let the error travel back only $k$ steps, in three
# networks whose update gates stand near 0.5, 0.95 and 0.99. The error is the length of what is missing, as a percentage
# of the whole gradient's length. Beside it stands the *angle* between the truncated gradient and the whole one.
# **Predict** the row $k = 10$: how do the three networks compare?

# %%
predict("missed_with_k_of_10", [..., ..., ...])  # percent: z near 0.5, 0.95, 0.99

# %%
rng = np.random.default_rng(1)
base = gru_ref.init_gru(8, 32, rng)
xs_100 = rng.normal(0, 1, (100, 16, 8))  # T = 100 steps
goal = rng.uniform(-0.9, 0.9, (16, 32))
lengths = [1, 2, 5, 10, 20, 50, 100]
errors, angles = {}, {}
for raised in [0, 3, 4.6]:
    net_100 = base._replace(b_iz=base.b_iz + raised)
    hs_100, caches_100 = gru_ref.gru_forward_with_caches(xs_100, 0 * goal, net_100)
    dhs_100 = np.zeros_like(hs_100)
    dhs_100[-1] = hs_100[-1] - goal
    gradients = []
    for k in lengths:
        parts = gru_ref.gru_backward(dhs_100[-k:], caches_100[-k:], net_100)[2]
        gradients.append(np.concatenate([g.ravel() for g in parts]))
    whole, label = gradients[-1], f"mean z {np.mean([c.z for c in caches_100]):.2f}"
    errors[label] = [
        np.linalg.norm(g - whole) / np.linalg.norm(whole) for g in gradients
    ]
    cosines = [g @ whole / np.linalg.norm(g) / np.linalg.norm(whole) for g in gradients]
    angles[label] = np.degrees(np.arccos(np.minimum(cosines, 1)))

# %%
print("        " + "".join(f"{label:>20}" for label in errors))
for i, k in enumerate(lengths):
    print(
        f"k = {k:3} ",
        *(f"{100 * errors[net][i]:9.3g}%  {angles[net][i]:4.0f}°  " for net in errors),
    )
outcome("missed_with_k_of_10", [100 * e[3] for e in errors.values()], " percent")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.4, 3.4))
plotting.plot_truncation(ax, lengths, errors)
show(fig, "truncation")

# %% [markdown] slide="more"
# > **Verdict.** Wrong, twice. A pass over the sequence is not faster; it needs less memory. And the gradient is a
# > different one. A network that forgets within a few steps loses next to nothing: with gates near 0.5, ten steps back
# > miss 0.5%. But the longer it remembers, the more is cut off. With gates near 0.95 ten steps miss 59% of the
# > gradient, and what is left is 20° off; with gates near 0.99 even fifty steps miss 37%. And what a step *before* the
# > cut did gets no blame and no credit, however many examples follow.

# %% [markdown]
# The last sentence, in numbers, for the network that remembers longest: what gradient do the first 90 inputs get, with
# $k = 100$ and with $k = 10$?

# %%
dxs_100, _, _ = gru_ref.gru_backward(dhs_100, caches_100, net_100)
dxs_cut, _, _ = gru_ref.gru_backward(dhs_100[-10:], caches_100[-10:], net_100)
early = np.linalg.norm(dxs_100[:90]) / np.linalg.norm(dxs_100)
print(
    f"k = 100: dxs is {dxs_100.shape}; its part for the first 90 inputs "
    f"is {100 * early:.0f}% as long as the whole"
)
print(f"k =  10: dxs is {dxs_cut.shape}: the error never gets to the first 90")

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="reset_in_the_gradient" points=2 slide="new"
# **For 2 points.** The gradient of $W_{hn}$ contains a factor $r$, and that of $W_{in}$ does not.
#
# (a) Say why, from the line of the step that defines $n$.
#
# (b) For one unit the reset gate is *exactly* 0, in every row and at every step. Which of this unit's parameters get
# a gradient of 0, and which can still learn? Can their gradients open this reset gate again?
#
# ### BEGIN SOLUTION
# (a) $a_n = W_{in} x + b_{in} + r \odot (W_{hn} h + b_{hn})$. $W_{hn}$ stands inside the bracket that $r$ multiplies,
# so a nudge of it moves $a_n$ by $r$ times as much: the error is multiplied by $r$ on its way. $W_{in} x$ stands
# outside.
#
# (b) With $r = 0$ the bracket is not heard: this unit's rows of $W_{hn}$ and $b_{hn}$ get 0. The slope of σ there,
# $r(1 - r)$, is 0, too, so the reset gate's own $W_{ir}$, $W_{hr}$, $b_{ir}$, $b_{hr}$ get 0: no gradient of theirs
# can open it again. The candidate's input side, $W_{in}$ and $b_{in}$, and the whole update gate still learn.
#
# **Rubric**
#
# - 1 point: (a) r multiplies the bracket that holds W_hn, not W_in x: by the chain rule it is a factor on one way only
# - 1 point: (b) W_hn, b_hn and the reset gate's own parameters get 0, the latter because r(1 − r) = 0: it stays shut;
#   W_in, b_in and the update gate still learn
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - Along a way slopes **multiply**; where ways meet they **add**. That is all of backpropagation.
# - Each line of the backward pass is a line of the step read from right to left: blend, squashing, bracket, matrix
#   product.
# - $W_{hn}$, $b_{hn}$ and the way through $W_{hn}$ get $dq = da_n \odot r$; the input's side of the candidate gets $da_n$.
# - Four ways lead back to the old state. The direct one has the factor $z$.
# - Through time: direct error plus carry, from last to first; the parameters' gradients are summed.
# - Check a gradient with central differences, link by link, in float64, with a step near $10^{-5}$.
# - Truncation saves memory, not steps, and cuts off what is further back than the cut.

# %% [markdown]
# ## Go further · open
#
# The caches of all steps have to be kept until the backward pass. There is a way to keep far fewer without cutting
# anything: keep only every $k$-th *state*, and in the backward pass run each piece of $k$ steps forward again.
#
# - **Find out** which $k$ needs the least memory for a sequence of $T$ steps, and what it costs in time.
# - **Try first** $T = 100$ and $k = 10$, with `gru_ref.gru_forward_with_caches` on one piece after the other, the last
#   piece first.
# - **You know that it is right** if all gradients equal those of `gru_backward` to 1e-12: nothing is approximated here.
#   **You know the answer** when you can draw the bytes kept at once against $k$, and the time beside it.

# %% [markdown]
# ## Test yourself
#
# **1.** At some step every $z$ is exactly 1. What does the backward pass through this step do to the error, and what do
# the parameters get?
#
# <details><summary>Answer</summary>
#
# The error passes unchanged: `dh_prev` is `dh`. Every gradient with respect to the parameters and x is 0: $1 - z$ is a
# factor of $dn$, and so of the reset gate's gradients, and the slope $z (1 - z)$ of the update gate is 0, too.
#
# </details>
#
# **2.** The loss looks at the last state only. What is `dhs`? Does the first step still contribute to the parameters'
# gradients?
#
# <details><summary>Answer</summary>
#
# Zero everywhere except at `dhs[-1]`. Yes: the carry brings the error back to every step, by `dh_prev`, and the first
# step adds its part to the sum. How much is left of the error when it gets there is another question.
#
# </details>
#
# **3.** A friend checks his gradients in float32, where $\varepsilon \approx 10^{-7}$, with a step of $10^{-5}$, and
# finds that they agree to two digits at best. What is wrong?
#
# <details><summary>Answer</summary>
#
# The check, perhaps not the gradient. The best step is near $\sqrt[3]{\varepsilon} \approx 5 \cdot 10^{-3}$, and even
# then only four or five digits can agree. With $10^{-5}$ rounding, of size $\varepsilon / 10^{-5} = 10^{-2}$, drowns
# the difference. Check in float64, train in float32.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating errors*, Nature 323: the idea,
#   on four pages.
# - Werbos (1990), *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78.
# - Williams and Peng (1990), *An efficient gradient-based algorithm for on-line training of recurrent network
#   trajectories*, Neural Computation 2: truncation.
# - Tallec and Ollivier (2017), [arXiv:1705.08209](https://arxiv.org/abs/1705.08209): how truncation biases the
#   gradient, and a way to cut without bias.
# - Baydin and others (2018), [arXiv:1502.05767](https://arxiv.org/abs/1502.05767): what PyTorch's `autograd` does, and
#   its relatives.
# - Next: **09 · Memory**. Do gates really stop gradients from vanishing?

# %%
progress()
