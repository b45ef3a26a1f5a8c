# %% [markdown]
# # 02 · Vanishing
#
# **Why does a plain RNN forget?**
#
# - **Goals**: write down how a new state answers to a small change of the old one (the Jacobian of a step); multiply such
#   Jacobians over time, and measure how a dependence fades or grows; tell what is *sufficient* for vanishing from what is
#   *necessary* for exploding; draw orthogonal weights, whose stretch you choose.
# - **Time**: 50 minutes.
# - **Before you start**: the tanh RNN (lesson 01), the chain rule, matrix products.

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, progress, show
from gru_ref import RNNParams, plotting

# %% [markdown]
# ## A nudge, and what becomes of it
#
# A network learns that step 3 matters for step 103 only if a change at step 3 *changes something* at step 103. So let us
# change something. We run one RNN twice. The second time its start differs by a nudge of length one millionth. Then we
# compare the two runs, step by step.
#
# The network has $H = 32$ units and PyTorch's usual starting weights.

# %%
rng = np.random.default_rng(0)
T, I, H = 101, 4, 32
xs = rng.standard_normal((T, 1, I))
p = gru_ref.init_rnn(I, H, rng)
nudge = rng.standard_normal((1, H))
nudge *= 1e-6 / np.linalg.norm(nudge)

# %% [markdown]
# **Predict**: Both runs read the same inputs. How large is the difference after 20 steps: half of the nudge, a
# thousandth, less? Write a number down, then run the cell. It prints the difference as a fraction of the nudge.

# %%
h0 = np.zeros((1, H))
difference = gru_ref.rnn_forward(xs, h0 + nudge, p) - gru_ref.rnn_forward(xs, h0, p)
for t in [0, 1, 4, 9, 19]:
    print(f"after {t + 1:2d} steps: {np.linalg.norm(difference[t]) / 1e-6:.1e} of the nudge is left")

# %% [markdown]
# Almost nothing is left. The state after 20 steps is, to this network, all but the same whether or not the nudge happened.
#
# Why does that matter for learning? A network is trained by lowering a **loss**, one number that says how wrong it is. The
# **gradient** says how the loss answers to each weight. The part of it that comes from a distant step is multiplied by just
# such a fraction. If the fraction shrinks towards 0 with distance, one says that the gradient **vanishes**; if it grows
# without limit, it **explodes**.
#
# This lesson explains that number, and then asks how far the explanation goes.

# %% [markdown]
# ## One step: the Jacobian
#
# One step, for one row of the batch, in two parts (the subscript $i$ is a unit, $0 \le i < H$):
#
# $$a_i = \sum_k W_{ih}[i,k]\,x_k + b_{ih}[i] + \sum_j W_{hh}[i,j]\,h_j + b_{hh}[i], \qquad h^{new}_i = \tanh(a_i)$$
#
# Nudge $h_j$ alone. The sum $a_i$ answers with slope $W_{hh}[i,j]$: everything else in it stands still. Then tanh answers
# with its own slope, $\tanh'(a) = 1 - \tanh^2(a)$, and $\tanh(a_i)$ is $h^{new}_i$ itself. The chain rule multiplies:
#
# $$J[i,j] = \frac{\partial h^{new}_i}{\partial h_j} = \bigl(1 - (h^{new}_i)^2\bigr)\; W_{hh}[i,j]$$
#
# All of them together, for each row $b$ of the batch, are the **Jacobian** of the step, $J$ of shape $(B, H, H)$.
# Its row $i$ is row $i$ of $W_{hh}$, made smaller by the slope of unit $i$.
#
# Two things are worth noticing. The sum $a$ is not needed: the new state tells the slope. And input and biases
# enter only through $h^{new}$.
#
# Look in the picture for the places where the dashed slope is nearly 0.

# %%
fig, ax = plt.subplots()
plotting.plot_tanh_slope(ax)
show(fig, "tanh_slope")

# %% [markdown]
# The slope is 1 at best, at $a = 0$. A unit near $\pm 1$ is **saturated**: it hardly answers to anything.
#
# **Worked example.** $H = 2$, one row. Unit 0 stands at 0, unit 1 at 0.9, and $W_{hh}$ is
# $\begin{pmatrix}1 & 2\\ 3 & 4\end{pmatrix}$. The slopes are $1 - 0^2 = 1$ and $1 - 0.9^2 = 0.19$, so
#
# $$J = \begin{pmatrix} 1\cdot 1 & 1\cdot 2\\ 0.19\cdot 3 & 0.19\cdot 4\end{pmatrix} = \begin{pmatrix} 1 & 2\\ 0.57 & 0.76\end{pmatrix}$$
#
# **Predict**: What would $J$ be if both units stood at 0? And if both stood at 0.9999?

# %%
small = RNNParams(W_ih=np.ones((2, 1)), W_hh=np.array([[1.0, 2.0], [3.0, 4.0]]), b_ih=np.zeros(2), b_hh=np.zeros(2))
for state in ([0.0, 0.9], [0.0, 0.0], [0.9999, 0.9999]):
    print(state, "→", gru_ref.rnn_jacobian(np.array([state]), small)[0].round(4).tolist())

# %% [markdown]
# At rest, the Jacobian is $W_{hh}$. Saturated, it is nearly 0: the past is shut out, whatever $W_{hh}$ is.
#
# ## Your turn: `rnn_jacobian`
#
# Write the Jacobian for a whole batch. `h_new` is `(B, H)`, the state *after* the step; the result is `(B, H, H)` with
# `J[b, i, j]` = ∂h_new[b, i] / ∂h[b, j]. The weights are in `p.W_hh`, `(H, H)`. One line is enough; a loop over the batch
# is fine too. Stuck? `hint(rnn_jacobian)`.


# %% solution="rnn_jacobian"
def rnn_jacobian(h_new, p):
    """∂h_new / ∂h of an RNN step: h_new (B, H), p RNNParams → J (B, H, H)."""
    ### BEGIN SOLUTION
    slopes = 1 - h_new**2
    return slopes[:, :, None] * p.W_hh
    ### END SOLUTION


# %% check="rnn_jacobian" points=3
check(rnn_jacobian)

# %% [markdown]
# ## Many steps: the product
#
# First a word on counting. Let $h_k$ be the state after $k$ inputs: $h_0$ is the start, and $h_T$ the last state. Python
# counts the rows of `hs` from 0, so `hs[0]` is $h_1$, and `hs[-1]` is $h_T$.
#
# $h_T$ depends on $h_{T-1}$, which depends on $h_{T-2}$, and so on back to $h_t$. The chain rule multiplies once more, a
# Jacobian for each step in between, **the newest on the left**:
#
# $$\frac{\partial h_T}{\partial h_t} = J_T\; J_{T-1} \cdots J_{t+1} \qquad (B, H, H)$$
#
# $J_k$ is the Jacobian of the step that *ends* in $h_k$, so it is built from $h_k$. There are $T - t$ factors, the **lag**.
# For $t = T$ there is none, and the product is the identity: $h_T$ depends on itself with slope 1.
#
# The order matters, because matrices do not commute. Let us see which order agrees with the nudge above. One number
# should be tiny.

# %%
hs = gru_ref.rnn_forward(xs, h0, p)
J1, J2, J3 = (gru_ref.rnn_jacobian(hs[k], p)[0] for k in range(3))
measured = difference[2, 0]
for order, product in {"left": J3 @ J2 @ J1, "right": J1 @ J2 @ J3}.items():
    error = np.linalg.norm(product @ nudge[0] - measured) / np.linalg.norm(measured)
    print(f"newest on the {order}: relative error {error:.0e}")

# %% [markdown]
# ## One number for a matrix: the spectral norm
#
# A matrix stretches some directions and shrinks others. Its **spectral norm** $\lVert M \rVert_2$ is the largest stretch
# that any arrow of length 1 gets. It equals the largest **singular value**, $\sigma_{max}(M)$. So
# $\lVert \partial h_T / \partial h_t \rVert_2$ is what remains of the *best placed* nudge.
#
# It is not the largest eigenvalue. An eigenvalue says how an arrow is stretched that keeps its direction, and the arrow
# that is stretched the most may turn. The **spectral radius** $\rho(M)$ is the largest $|\text{eigenvalue}|$; always
# $\rho(M) \le \lVert M \rVert_2$.
#
# **Predict**: Both matrices below have every eigenvalue at size 0.9. Are their norms 0.9 too?

# %%
turn = 0.9 * np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
shear = np.array([[0.9, 1.5], [0.0, 0.9]])
for M in (turn, shear):
    print(f"|eigenvalues| {np.abs(np.linalg.eigvals(M)).round(3)}   spectral norm {np.linalg.norm(M, ord=2):.3f}")

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 4.3))
plotting.plot_stretch(left, turn, "turn")
plotting.plot_stretch(right, shear, "shear")
fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2)
show(fig, "turn_and_shear")

# %% [markdown]
# The turn shrinks every arrow alike. The shear has the same eigenvalues, and yet it makes some arrows longer.
#
# ## Your turn: `gradient_norms`
#
# Given the states `hs` `(T, B, H)` of a run, return `norms` `(T, B)`: `norms[t, b]` says how strongly the last state,
# `hs[-1]`, depends on `hs[t]`, for row `b` of the batch. It is the spectral norm of the product of the Jacobians that lead
# from the one to the other. For `hs[-1]` itself there is none, so the last row is 1. You have `gru_ref.rnn_jacobian(h_new, p)` for the
# factors, and `np.linalg.norm(M, ord=2, axis=(1, 2))` for the norms of a stack of matrices `(B, H, H)`. Walk from the end
# of the sequence to its start, and each step costs one product. Stuck? `hint(gradient_norms)`.


# %% solution="gradient_norms"
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

# %% [markdown]
# ## What is sufficient, what is necessary
#
# A product stretches no more than its factors do, one after the other, and no slope exceeds 1. With
# $\sigma_{max} = \lVert W_{hh} \rVert_2$:
#
# $$\Bigl\lVert \frac{\partial h_T}{\partial h_t} \Bigr\rVert_2 \;\le\; \prod_{k=t+1}^{T} \lVert J_k \rVert_2 \;\le\; \sigma_{max}^{\,T-t}$$
#
# Read it twice.
#
# - $\sigma_{max} < 1$ is **sufficient for vanishing**: the right side goes to 0, and drags the left with it.
# - $\sigma_{max} > 1$ is **necessary for exploding**: without it, the bound forbids growth. It is *not* sufficient. A bound
#   that grows says nothing about what lies below it.
#
# Between the two lies a wide land where only measuring helps. Here is the network from the start of the lesson.
#
# **Predict**: Its $\sigma_{max}$ is above 1. Does its norm grow with lag?

# %%
norms = gru_ref.gradient_norms(hs, p)
sigma = np.linalg.norm(p.W_hh, ord=2)
print(f"largest singular value {sigma:.2f}, spectral radius {np.abs(np.linalg.eigvals(p.W_hh)).max():.2f}")
for lag in (1, 10, 100):
    print(f"lag {lag:3d}: norm {norms[-1 - lag, 0]:.1e}, bound {sigma**lag:.1e}")

# %% [markdown]
# The bound grows, and the norm vanishes. Two things make the bound loose. The slopes are below 1. And the direction that
# one factor stretches the most is rarely the one that the next factor stretches the most.
#
# ## Orthogonal weights
#
# As far as it comes from $W_{hh}$, the second looseness can be removed. A matrix $Q$ is **orthogonal** if $Q^\top Q = I$: it turns and mirrors arrows, and
# changes no length. All its singular values are 1, and those of $g\,Q$ are all $g$, the **gain**. Then every direction is
# stretched alike, and only the slopes are left to shrink anything:
#
# $$W^\top W = g^2 I \quad\Rightarrow\quad g^{\,T-t} \prod_k \min_i s_{k,i} \;\le\; \Bigl\lVert \frac{\partial h_T}{\partial h_t} \Bigr\rVert_2 \;\le\; g^{\,T-t} \prod_k \max_i s_{k,i}, \qquad s_{k,i} = 1 - h_{k,i}^2$$
#
# How does one draw such a matrix, fairly? Draw a matrix of standard normal numbers, and let `np.linalg.qr` split it into
# $Q R$ with $Q$ orthogonal and $R$ upper triangular. There is one trap. The split is not unique: flip a column of $Q$ and
# the same row of $R$, and the product stays. So the routine has to choose the signs somehow.
#
# **Predict**: How often is the entry $Q[0, 0]$ positive, of 1000 draws? A fair draw would give about half.

# %%
draws = [np.linalg.qr(rng.standard_normal((3, 3))) for _ in range(1000)]
print("Q[0, 0] is positive in", sum(Q[0, 0] > 0 for Q, R in draws), "of 1000 draws,")
print("R[0, 0] in", sum(R[0, 0] > 0 for Q, R in draws))

# %% [markdown]
# The routine has a habit: $Q[0,0]$ is never positive, and $R[0,0]$ carries the sign instead. So its $Q$ is not fair. To break the habit, make the split
# unique: demand that the diagonal of $R$ be positive. Wherever it is negative, flip that column of $Q$. What is left is
# uniform over all orthogonal matrices (Mezzadri 2007).
#
# ## Your turn: `orthogonal`
#
# Return an `(H, H)` matrix, drawn uniformly over all orthogonal matrices and multiplied by `gain` > 0. Take every random
# number from the generator `rng`, so that the same generator gives the same matrix again. Your answer is judged by its
# properties: any fair way of drawing is right. Stuck? `hint(orthogonal)`.


# %% solution="orthogonal"
def orthogonal(H, gain, rng):
    """Draw W (H, H) with WᵀW = gain² I, uniformly; rng is a NumPy generator."""
    ### BEGIN SOLUTION
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.sign(np.diag(R))
    ### END SOLUTION


# %% check="orthogonal" points=2
check(orthogonal)

# %% [markdown]
# ## The picture: four gains
#
# Now the gain is a dial. One orthogonal matrix, four gains, the same inputs, eight sequences.
#
# **Predict**: Which of the gains 0.7, 1, 1.3 and 1.6 vanish, which explode? What does the gain of exactly 1 do?

# %%
xs = rng.standard_normal((T, 8, I))
h0 = np.zeros((8, H))
Q = gru_ref.orthogonal(H, 1.0, rng)
curves = {}
for gain in (1.6, 1.3, 1.0, 0.7):
    q = p._replace(W_hh=gain * Q)
    norms = gru_ref.gradient_norms(gru_ref.rnn_forward(xs, h0, q), q)
    curves[f"gain {gain}"] = norms[::-1]  # by lag, lag 0 first
    print(f"gain {gain}: median norm at lag 100 is {np.median(norms[0]):.1e}")

# %%
fig, ax = plt.subplots()
plotting.plot_norm_against_lag(ax, curves)
show(fig, "norm_by_gain")

# %% [markdown]
# On a logarithmic axis the curves are nearly straight: the norm changes by about the same *factor* at every step. Gain 1
# vanishes, slowly, because the slopes are below 1. A larger gain makes up for them, until it overdoes it. Of these four, only
# 1.3 stays within sight of 1 for a hundred steps, and where that narrow path runs depends on the inputs, as a later cell
# shows.
#
# How much does it matter in a larger network? Here $H = 128$ and the lag is 100. We compare PyTorch's start with
# orthogonal ones, and, to be fair, each of the two at the other's scale: PyTorch's weights enlarged to spectral radius 1, and
# an orthogonal start as small as PyTorch's.
#
# **Predict**: Which matters more, being orthogonal or being of the right size?

# %%
I, H = 8, 128
xs, h0, p = rng.standard_normal((T, 1, I)), np.zeros((1, H)), gru_ref.init_rnn(I, H, rng)
radius = np.abs(np.linalg.eigvals(p.W_hh)).max()
starts = {f"PyTorch's, radius {radius:.2f}": p.W_hh, "PyTorch's, enlarged to radius 1": p.W_hh / radius}
starts |= {f"orthogonal, gain {g:.2f}": gru_ref.orthogonal(H, g, rng) for g in (radius, 0.9, 1.0, 1.3)}
for name, W_hh in starts.items():
    q = p._replace(W_hh=W_hh)
    print(f"{name:>32}: norm at lag 100 {gru_ref.gradient_norms(gru_ref.rnn_forward(xs, h0, q), q)[0, 0]:.1e}")

# %% [markdown]
# Size matters more. An orthogonal start as small as PyTorch's vanishes as fast, and PyTorch's weights at radius 1 do no
# worse than orthogonal ones of gain 1. What orthogonality adds is control: every direction has the same factor, so that the
# gain alone sets it, from the first step on.
#
# Keep these numbers in mind. In lesson 09 an *untrained* GRU
# meets the same measurement, and the result is not what one expects.

# %% [markdown]
# > **Claim.** If $W_{hh}$ has an eigenvalue above 1, gradients explode; if all are below 1, they vanish at once.
#
# **What would show it.** A network with eigenvalues above 1 whose norms grow; one with all below 1 whose norms fall from
# the first step on. We try to break both halves.
#
# - *loud*: orthogonal with gain 1.6, so that every eigenvalue has size 1.6. Its $W_{hh}$ is that of the exploding network in
#   the picture. Its inputs are ten times as large. As a control, the same network with inputs of the usual size: *quiet*.
# - *shear chain*: three units at rest, without biases and without input. With $h = 0$ all slopes are 1, and every $J$ is $W_{hh}$: 0.9 on the diagonal and 0.5
#   just above it. It is triangular, so all its eigenvalues are 0.9.
#
# **Predict**: Which is larger at lag 15, the norm of *loud* or that of the *shear chain*?

# %%
loud = gru_ref.init_rnn(4, 32, rng)._replace(W_hh=1.6 * Q)
xs = rng.standard_normal((T, 8, 4))
chain = RNNParams(np.ones((3, 1)), 0.9 * np.eye(3) + 0.5 * np.eye(3, k=1), np.zeros(3), np.zeros(3))
runs = {
    "loud,\n|eigenvalues| 1.6": (10 * xs, np.zeros((8, 32)), loud),
    "quiet,\n|eigenvalues| 1.6": (xs, np.zeros((8, 32)), loud),
    "shear chain,\neigenvalues 0.9": (np.zeros((T, 1, 1)), np.zeros((1, 3)), chain),
}
curves = {name: gru_ref.gradient_norms(gru_ref.rnn_forward(*run), run[-1])[::-1] for name, run in runs.items()}
for lag in (1, 15, 50, 100):
    print(
        f"lag {lag:3d}:",
        ", ".join(f"{name.split(',')[0]} {np.median(norms[lag]):.1e}" for name, norms in curves.items()),
    )

# %%
fig, ax = plt.subplots()
plotting.plot_norm_against_lag(ax, curves)
show(fig, "norm_by_network")

# %% [markdown]
# > **Verdict.** Wrong, both ways. In *loud*, all eigenvalues have size 1.6, and at lag 100 the norm is below $10^{-15}$: loud
# > inputs saturate the units, and small slopes outdo large weights. *Quiet*, the same network, does explode, to about 500. In the *shear chain*, all eigenvalues are 0.9, and the norm grows
# > first: it is 7.1 at lag 15 and still 2.0 at lag 50, before it falls to 0.04 at lag 100.
#
# What *is* true: for a network at rest, $\lVert W_{hh}^k \rVert_2 \ge \rho^k$, because an eigenvector is stretched by exactly
# its eigenvalue each time. (The eigenvector may be complex.) So there, an eigenvalue of size above 1 does explode. A tanh network in use
# is not at rest.

# %% [markdown]
# > **Claim.** The difficulty with long dependencies *is* the vanishing gradient.
#
# **What would show it.** If it is all there is, then a network whose gradient does not vanish remembers, and one whose
# gradient vanishes forgets. So we build one of each, by hand. Both read a bit, $\pm 1$, at step 0 and then noise of
# standard deviation 0.5. Can the bit still be read off the state, after ever more steps?
#
# - The **turntable**: orthogonal, gain 1, 16 units, its inputs so faint that every slope stays near 1. Its norm is 1 at every lag.
# - The **latch**: a single unit, $h_{new} = \tanh(3h + x)$. It falls to one of two sides and stays there, saturated.
#
# **Predict**: Which of the two still knows the bit after 100 steps of noise?

# %%
bits = rng.choice([-1.0, 1.0], 4000)
xs = 0.5 * rng.standard_normal((121, 4000, 1))
xs[0, :, 0] = bits
turntable = RNNParams(1e-3 * rng.standard_normal((16, 1)), gru_ref.orthogonal(16, 1.0, rng), np.zeros(16), np.zeros(16))
latch = RNNParams(np.ones((1, 1)), 3 * np.ones((1, 1)), np.zeros(1), np.zeros(1))

# %% [markdown]
# For the turntable, signal and Gaussian noise only add up, so the best possible way to read the bit off is a weighted sum of the units. We
# fit the weights on one half of the sequences by least squares, and count on the other half.


# %%
def recall(hs, lag):
    """Fraction of bits read off rightly, `lag` steps after they were seen."""
    fit, test = hs[lag, :2000], hs[lag, 2000:]
    weights = np.linalg.lstsq(fit, bits[:2000])[0]
    return np.mean(np.sign(test @ weights) == bits[2000:])


lags = np.arange(0, 121, 8)
recalls, curves = {}, {}
for name, p in {"turntable": turntable, "latch": latch}.items():
    hs = gru_ref.rnn_forward(xs, np.zeros((4000, len(p.W_hh))), p)
    recalls[name] = [recall(hs, lag) for lag in lags]
    curves[name] = gru_ref.gradient_norms(hs[:, :20], p)[::-1]
    for lag in (16, 120):
        print(f"{name}: lag {lag}, norm {np.median(curves[name][lag]):.1e}, recall {recall(hs, lag):.1%}")

# %%
fig, (upper, lower) = plt.subplots(2, 1, figsize=(6.8, 5.2), sharex=True)
plotting.plot_norm_against_lag(upper, curves)
plotting.plot_recall(lower, lags, recalls, chance=0.5)
upper.set_xlabel("")
show(fig, "turntable_and_latch")

# %% [markdown]
# > **Verdict.** Imprecise. The turntable's gradient does not vanish, and still it loses the bit: its recall falls from 100% at
# > lag 16 to 79% at lag 120. Its 16 units can tell the bit from about as many steps of noise; after that all is mixed. The
# > latch's norm is about $10^{-180}$ at lag 120, and it recalls every bit. Vanishing makes a dependency hard to *learn* by
# > gradients. It does not say whether a network can *hold* it.
#
# The two pull against each other. The latch is deaf to noise because its slope is small, and for the same reason its gradient
# vanishes: an error that shows late sends no word back to the step that mattered (Bengio et al. 1994). What this experiment
# does not show is learning: both networks were built by hand.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="bound_and_sum" points=2
# **For 2 points.** A classmate trains a tanh RNN. "The largest singular value of $W_{hh}$ is 1.3," she says, "so my gradients explode. And
# the gradient of the loss with respect to $W_{hh}$ is not small at all, so nothing vanishes either." Say in a few sentences
# what is wrong with each of her two conclusions.
#
# ### BEGIN SOLUTION
# A largest singular value above 1 is necessary for exploding, not sufficient: it only makes the upper bound grow. The slopes
# $1 - h^2$ are at most 1, and much smaller for saturated units, and the factors stretch different directions, so the
# product can still shrink.
#
# The gradient with respect to $W_{hh}$ is a sum over all steps. The contributions of recent steps do not shrink, so the sum
# can be large while those from far back are nearly 0. To see vanishing one must look at each lag by itself.
#
# **Rubric**
#
# - 1 point: says that σ_max > 1 is necessary and not sufficient (a growing bound proves nothing), with a reason why the product may shrink: slopes below 1, or directions that do not line up.
# - 1 point: says that the weight's gradient is a sum over steps which recent ones dominate, so that its size says nothing about distant ones.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - $J[b,i,j] = (1 - h_{new}[b,i]^2)\, W_{hh}[i,j]$: weights, times the slope of the unit that answers.
# - Over time the Jacobians multiply, newest on the left. In the runs of the four gains the norm changed by about the
#   same factor at every step.
# - $\sigma_{max} < 1$ is sufficient for vanishing; $\sigma_{max} > 1$ is necessary, not sufficient, for exploding.
# - Singular values bound the norm from above; eigenvalues do not.
# - Orthogonal weights of gain 1 lose nothing. The slopes still lose.
# - A gradient that survives is needed to *learn* a long dependency. To *hold* it against noise is another matter, and there
#   a plain RNN faces a choice: latch and vanish, or stay open and drown. Gates are a way out: lesson 03.

# %% [markdown]
# ## Test yourself
#
# **1.** A logistic function σ stands where tanh stood. Its slope is at most ¼. Which $\sigma_{max}$ now suffices for vanishing?
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
# Its last row is 1, all others are 0: the network reads each input afresh and remembers nothing.
# </details>
#
# **3.** Clipping makes a gradient shorter when it is too long. Which of the two problems does it help with, and why not with the other?
#
# <details><summary>Answer</summary>
#
# With exploding: it bounds the step that one bad gradient can cause. It cannot help with vanishing: scaling the whole sum
# up again would scale recent contributions just as much, and the distant ones would stay as small beside them.
# </details>

# %% [markdown]
# ## Further reading
#
# - Bengio, Simard and Frasconi (1994), *Learning long-term dependencies with gradient descent is difficult*: the latch, and
#   why latching and vanishing go together.
# - Pascanu, Mikolov and Bengio (2013), *On the difficulty of training recurrent neural networks*, arXiv:1211.5063: the bounds.
# - Saxe, McClelland and Ganguli (2014), arXiv:1312.6120: orthogonal starts.
# - Mezzadri (2007), *How to generate random matrices from the classical compact groups*, arXiv:math-ph/0609050: the signs.
# - Next: **03 · Gates**. How can a network decide what to keep?

# %%
progress()
