# %% [markdown] slide="new"
# # 09 · Memory
#
# **Do gates really stop gradients from vanishing?**
#
# - **Goals**: write down the Jacobian of a GRU step, path by path; measure how its product fades or grows over a
#   hundred steps, before and after training; explain what the sum in the GRU's last line gives you, and what it does
#   not; start a network with memories as long as you choose.
# - **Time**: 65 minutes, and 20 more for the parts marked *deeper*.
# - **Before you start**: the Jacobian of a tanh RNN, its product, the spectral norm (lesson 02), the time constant
#   (lesson 04), the step of a GRU (lesson 05).

# %%
import functools

import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show, steps
from gru_ref import plotting

# %% [markdown] slide="new" brief="Gates are the cure for vanishing gradients, or so you read everywhere. Four untrained networks, each with 128 units: a tanh RNN, a tanh RNN with orthogonal weights, a GRU, and an LSTM." ask="**Predict**: how strongly does the last state depend on the state 100 steps earlier? Order the four, strongest first."
# ## A promise to be measured
#
# In lesson 02 a plain RNN forgot: its gradient vanished with the lag. Gates are the cure, or so you read everywhere. We
# test this on four networks, none of them trained yet, each with 128 units: a tanh RNN, a tanh RNN with orthogonal
# weights, a GRU, and an LSTM (lesson 12 builds it; here it only takes part).
#
# **Predict**: how strongly does the last state depend on the state 100 steps earlier? Write down the order of the four,
# strongest first. We measure it as soon as we have the tools.

# %%
predict("strongest_first", [..., ..., ..., ...])  # "orthogonal", "tanh", "GRU", "LSTM"

# %% [markdown] slide="new" brief="With $q = W_{hn}\\, h + b_{hn}$, the old state enters the new one by **four paths**:\n\n| path | what moves | factor, `(B, H)` | times |\n| --- | --- | --- | --- |\n| **kept** | the $h$ in $z \\odot h$ | $z$ | the identity |\n| **update** | $z$, and the blend by $h - n$ | $(h - n)\\, z\\, (1 - z)$ | $W_{hz}$ |\n| **candidate** | $q$ inside tanh | $(1 - z)\\,(1 - n^2)\\, r$ | $W_{hn}$ |\n| **reset** | $r$ inside tanh, by $q$ | $(1 - z)\\,(1 - n^2)\\, q\\, r\\, (1 - r)$ | $W_{hr}$ |\n\nTheir sum is the Jacobian, `(B, H, H)`." ask="Which of the four paths is left where $z = 1$?"
# ## One step, four paths
#
# The four lines of a GRU, with a name for what the reset gate acts on, $q = W_{hn}\, h + b_{hn}$:
#
# $$r = \sigma(\dots + W_{hr}\, h) \qquad z = \sigma(\dots + W_{hz}\, h) \qquad n = \tanh(W_{in}\, x + b_{in} + r \odot q)$$
#
# $$h_\text{new} = (1 - z) \odot n + z \odot h$$
#
# The old state $h$ enters the new one by **four paths**. Nudge $h_j$, and follow the nudge to $h_{\text{new},i}$
# along each path while the other three stand still:
#
# | path | what moves | factor, `(B, H)` | times |
# | --- | --- | --- | --- |
# | **kept** | the $h$ in $z \odot h$ | $z$ | the identity |
# | **update** | $z$, and with it the blend, by $h - n$ | $(h - n)\, z\, (1 - z)$ | $W_{hz}$ |
# | **candidate** | $q$ inside tanh | $(1 - z)\,(1 - n^2)\, r$ | $W_{hn}$ |
# | **reset** | $r$ inside tanh, by $q$ | $(1 - z)\,(1 - n^2)\, q\, r\, (1 - r)$ | $W_{hr}$ |
#
# The slope of σ is $z (1 - z)$, that of tanh $1 - n^2$; only the part $1 - z$ of the candidate is written. Row $i$ of
# each matrix is multiplied by the factor of unit $i$, the unit that responds. The sum of the four is the Jacobian,
# `(B, H, H)`:
#
# $$J = [z] + [(h - n)\, z\, (1 - z)]\, W_{hz} + [(1 - z)(1 - n^2)] \bigl( [r]\, W_{hn} + [q\, r\, (1 - r)]\, W_{hr} \bigr)$$
#
# Square brackets put a vector on the diagonal of a matrix.

# %% [markdown] slide="new" brief="One unit: $h = 0.5$, $W_{hr} = -2$, $W_{hz} = 2$, $W_{hn} = 1$. Both gates are at ½, and $q = 0.5$." ask="**Predict** the sign of each path. Which is the largest?"
# **Worked example.** One unit with $h = 0.5$, and no input. The state's weights are $W_{hr} = -2$, $W_{hz} = 2$,
# $W_{hn} = 1$; the biases are $b_{ir} = 1$ and $b_{iz} = -1$, all others 0. So both gates are at ½, and $q = 0.5$.
#
# **Predict** the sign of each path, and which is the largest. The cell also nudges $h$ and compares.

# %% slide="more text"
one, none, flat = np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)
p = gru_ref.GRUParams(
    none, none, none, -2 * one, 2 * one, one, flat + 1, flat - 1, flat, flat, flat, flat
)
x, h, r, z, q = 0 * one, 0.5 * one, 0.5, 0.5, 0.5
n = np.tanh(r * q)
paths = {
    "kept": z,
    "update": (h - n) * z * (1 - z) * 2,
    "candidate": (1 - z) * (1 - n**2) * r,
}
paths["reset"] = (1 - z) * (1 - n**2) * q * r * (1 - r) * -2
print(", ".join(f"{name} {np.squeeze(value):.4f}" for name, value in paths.items()))
nudged = (gru_ref.gru_step(x, h + 1e-6, p) - gru_ref.gru_step(x, h - 1e-6, p)) / 2e-6
print(f"sum {np.squeeze(sum(paths.values())):.6f}, by a nudge {nudged.item():.6f}")

# %% [markdown] slide="new" brief="Write `gru_jacobian(x, h, p)`. Here `h` is the state **before** the step: the gates need it. The result is `(B, H, H)`, with `J[b, i, j]` = ∂h_new[b, i] / ∂h[b, j].\n\nYou have `gru_ref.reset_gate(x, h, p)`, `gru_ref.update_gate(x, h, p)` and `gru_ref.candidate(x, h, r, p)`."
# The *kept* path is the largest, and the two gates pull in opposite directions.
#
# ## Your turn: `gru_jacobian` · hard
#
# Write `gru_jacobian(x, h, p)`. Here `h` is the state **before** the step: the gates need it. (In lesson 02 the state
# after the step was enough, because a tanh RNN has no gates.) The result is `(B, H, H)`, with `J[b, i, j]` =
# ∂h_new[b, i] / ∂h[b, j]. You have `gru_ref.reset_gate(x, h, p)`, `gru_ref.update_gate(x, h, p)` and
# `gru_ref.candidate(x, h, r, p)`. Stuck? `hint(gru_jacobian)`.


# %% solution="gru_jacobian" slide="more code"
def gru_jacobian(x, h, p):
    """∂h_new / ∂h of a GRU step.

    x (B, I), h (B, H) before the step, p GRUParams → J (B, H, H).
    """
    ### BEGIN SOLUTION
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    n, q = gru_ref.candidate(x, h, r, p), h @ p.W_hn.T + p.b_hn
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset
    ### END SOLUTION


# %% check="gru_jacobian" points=3
check(gru_jacobian)

# %% [markdown] slide="new" brief="$$\\frac{\\partial h_T}{\\partial h_{T-k}} = J_T\\; J_{T-1} \\cdots J_{T-k+1} \\qquad k \\text{ factors}, \\quad (B, H, H)$$\n\nWe count by **lag**: at lag 0 there is no factor, and the norm is 1." ask="A run has $T$ steps. How many lags does it have?"
# ## Many steps, by lag
#
# As in lesson 02, the Jacobians of successive steps multiply, the newest on the left. This time we count by **lag**,
# the number of steps between the two states:
#
# $$\frac{\partial h_T}{\partial h_{T-k}} = J_T\; J_{T-1} \cdots J_{T-k+1} \qquad k \text{ factors}, \quad (B, H, H)$$
#
# $J_t$ belongs to the step that reads the $t$-th input, `xs[t - 1]`, and starts from $h_{t-1}$. At lag 0 there is no
# factor, and the norm is 1. At lag $T$ the product reaches $h_0$, the state before the first input. So a run of $T$
# steps has $T + 1$ lags.

# %% [markdown] slide="new"
# ## Your turn: `gradient_profile` · medium
#
# Write `gradient_profile(xs, h0, p)`: a GRU reads `xs` `(T, B, I)` from the state `h0` `(B, H)`. Return the spectral
# norms `(T + 1, B)` of these products, row $k$ for lag $k$. You need every state that a step *starts* from, including
# `h0`. `gru_ref.gru_step` and `gru_ref.gru_jacobian` are the course's own. Stuck? `hint(gradient_profile)`.


# %% solution="gradient_profile" slide="more code"
def gradient_profile(xs, h0, p):
    """‖∂h_T / ∂h_(T−lag)‖₂ for each lag.

    xs (T, B, I), h0 (B, H), p GRUParams → norms (T + 1, B).
    """
    ### BEGIN SOLUTION
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms
    ### END SOLUTION


# %% check="gradient_profile" points=3
check(gradient_profile)

# %% [markdown] slide="new" brief="Four networks at PyTorch's usual start, $\\pm 1/\\sqrt{H}$; the orthogonal RNN has an orthogonal $W_{hh}$ of gain 1. Three draws each." ask="Last chance to change your order: tanh RNN, orthogonal tanh RNN, GRU, LSTM."
# ## Before training
#
# Now the four networks. `gru_ref.gradient_profile` also takes an RNN's parameters and an LSTM's. (An LSTM's state is
# a pair of vectors, and its Jacobian covers both.) PyTorch's usual start draws every number from $\pm 1/\sqrt{H}$;
# the orthogonal RNN gets an orthogonal $W_{hh}$ of gain 1. Each is drawn three times, with new inputs each time. In the
# figure each line is the median of the three, and its band reaches from the smallest to the largest. Look at how straight
# the lines fall, and where they end. (Five to fifteen seconds.)

# %%
T, I, H, DRAWS = 100, 8, 128, steps(3, quick=2)


def profiles(label, start, draws=DRAWS, kind="gru"):
    """Norm by lag of several networks that ``start(rng)`` draws: (T + 1, draws).

    Each reads a sequence of its own.
    """
    columns = []
    for seed in gru_ref.with_progress(range(draws), label):
        rng = np.random.default_rng(seed)
        p, xs, zeros = start(rng), rng.standard_normal((T, 1, I)), np.zeros((1, H))
        columns.append(
            gru_ref.gradient_profile(xs, (zeros, zeros) if kind == "lstm" else zeros, p)
        )
    return np.concatenate(columns, axis=1)


def report(name, profile):
    last = profile[-1]
    print(
        f"{name:>24}: lag {len(profile) - 1}, median {np.median(last):.0e}, "
        f"from {last.min():.0e} to {last.max():.0e}"
    )


# %% slide="more text"
before = {
    "orthogonal tanh RNN": profiles(
        "orthogonal tanh RNN:",
        lambda rng: gru_ref.orthogonal_init(gru_ref.init_rnn(I, H, rng), 1.0, rng),
    ),
    "GRU": profiles("GRU:", lambda rng: gru_ref.init_gru(I, H, rng)),
    "LSTM": profiles("LSTM:", lambda rng: gru_ref.init_lstm(I, H, rng), kind="lstm"),
    "tanh RNN": profiles("tanh RNN:", lambda rng: gru_ref.init_rnn(I, H, rng)),
}
for name, profile in before.items():
    report(name, profile)
order = sorted(before, key=lambda name: -np.median(before[name][-1]))
outcome("strongest_first", [name.split()[0] for name in order])

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
plotting.plot_norm_against_lag(ax, before)
show(fig, "norm_of_four_networks")

# %% [markdown] slide="more" brief="**Gates alone are no cure.** The orthogonal RNN is fifteen orders of magnitude ahead of the GRU."
# Did you expect the **orthogonal RNN** first, fifteen orders of magnitude ahead of the GRU? Gates alone are no cure.
# From the same kind of start, $\pm 1/\sqrt{H}$, the GRU does beat the plain RNN, by some four orders of magnitude; but
# $10^{-19}$ is negligible next to what recent steps contribute, which is near 1. The LSTM shares the GRU's fate, and
# their lines almost coincide.

# %% [markdown] slide="new" brief="> **Claim.** GRUs solve the vanishing gradient because they *add*: where a plain RNN multiplies, the GRU's last line is a sum.\n\nThe sum gives us the *kept* path. Follow it alone through all steps, and you get $\\prod z$: a product after all." ask="**Predict** $\\prod z$ over 100 steps at $z = 0.5$, at 0.9, and at 0.99."
# > **Claim.** GRUs solve the vanishing gradient because they *add*: where a plain RNN multiplies, the GRU's last line
# > is a sum.
# >
# > *Source:* a popular article; [Understanding GRU](https://zhengtq.github.io/page/3) compares the sum with a residual
# > network's.
#
# *What would show it:* the sum is there from the first step on, whatever the weights are. If adding is the cure, it
# must work in an untrained GRU, too. It does not, as we just saw. So what does the sum give us? It gives us the *kept*
# path. Follow that path alone through all steps, and you get $\prod z$, a product after all.
#
# We take the whole product apart, for four GRUs that differ in one thing: $b_{iz}$, the bias of the update gate.
# **Predict** $\prod z$ over 100 steps at $z = 0.5$, at 0.9, and at 0.99. (The cell shows it for the unit that keeps the
# most. *The other three alone* is the product of $J - [z]$; it becomes 0 where it is too small for a float.)

# %%
predict("product_of_z", [..., ..., ...])  # at z = 0.5, 0.9 and 0.99

# %% slide="more text"
rng = np.random.default_rng(0)
p, xs = gru_ref.init_gru(I, H, rng), rng.standard_normal((T, 1, I))
alone = []
for keeps in [0.5, 0.9, 0.99, 0.999]:
    keeper = p._replace(b_iz=np.full(H, np.log(keeps / (1 - keeps))))
    states = np.concatenate(
        [np.zeros((1, 1, H)), gru_ref.gru_forward(xs, np.zeros((1, H)), keeper)]
    )
    whole, rest, kept = np.eye(H), np.eye(H), np.ones(H)
    for x, h in zip(xs[::-1], states[-2::-1], strict=True):
        J, z = (
            gru_ref.gru_jacobian(x, h, keeper)[0],
            gru_ref.update_gate(x, h, keeper)[0],
        )
        whole, rest, kept = whole @ J, rest @ (J - np.diag(z)), kept * z
    alone.append(kept.max())
    norm, other = np.linalg.norm(whole, ord=2), np.linalg.norm(rest, ord=2)
    print(
        f"z near {keeps:<5}: whole {norm:.0e}, kept alone {kept.max():.0e}, "
        f"the other three alone {other:.0e}"
    )
outcome("product_of_z", [f"{a:.0e}" for a in alone[:3]])

# %% [markdown] slide="new"
# > **Verdict.** Wrong as a reason, though there is something to it. The *gradient* is multiplied step by step in a GRU
# > as in any recurrent network; the only difference is that each factor is a sum of four terms. With $z$ near ½ the
# > kept path alone gives less than $10^{-27}$, and all four together, with the routes that switch between them,
# > $10^{-19}$: the gradient vanishes. At 0.99 the kept path alone gives 0.4 of a total of 0.5. What helps is **z near
# > 1**, and the sum is what makes $z$ near 1 *possible*.
#
# (Rehmer and Kroll, 2020, also argue that gated networks are easier to train for reasons other than a gradient that no
# longer vanishes.)

# %% [markdown] slide="new" brief="Nothing stops us from *starting* with $z$ near 1. Set a unit's bias to $\\ln u$:\n\n$$z = \\sigma(\\ln u) = \\frac{u}{1 + u} \\qquad\\Longrightarrow\\qquad \\frac{1}{1 - z} = 1 + u$$\n\nDraw $u$ for each unit from $[1, T_\\text{max} - 1]$: this is **chrono initialisation** (Tallec and Ollivier 2018)." ask="**Predict** the gate $z$ for $u = 1$, and for $u = 99$."
# ## Memories of a chosen length
#
# Nothing stops us from *starting* with $z$ near 1. How near? If we know nothing else, we want units with short memories
# and units with long ones, up to the longest dependency that we expect, $T_\text{max}$ steps.
#
# Set a unit's bias to $\ln u$, and look at the unit at rest, where nothing else enters the gate:
#
# $$z = \sigma(\ln u) = \frac{u}{1 + u} \qquad\Longrightarrow\qquad \frac{1}{1 - z} = 1 + u$$
#
# So the memory is about $1 + u$ steps long (lesson 04's rule of thumb). Draw $u$ for each unit, uniformly from $[1,
# T_\text{max} - 1]$, and the memories are spread evenly from 2 steps to $T_\text{max}$. This is **chrono
# initialisation** (Tallec and Ollivier 2018).
#
# **Predict** the gate $z$ for $u = 1$, and for $u = 99$.

# %% slide="more text"
for u in [1.0, 9.0, 99.0]:
    z = gru_ref.sigmoid(np.array(np.log(u)))
    print(
        f"u = {u:2.0f}: z = {z:.2f}, 1 / (1 − z) = {1 / (1 - z):.0f} steps, "
        f"time constant {gru_ref.time_constant(z):.1f}"
    )

# %% [markdown] slide="new"
# ## Your turn: `chrono_init` · easy
#
# Write `chrono_init(p, T_max, rng)`: new parameters, in which `b_iz` is $\ln u$ and `b_hz` is 0, with $u$ drawn
# independently for each unit from the generator `rng`. All other arrays stay as they are in `p`, and `p` itself is not
# changed. (`p` is a NamedTuple: `p._replace(b_iz=…)` makes a new one.) The check tests the properties of your answer:
# any correct way of drawing passes. Stuck? `hint(chrono_init)`.


# %% solution="chrono_init" slide="more code"
def chrono_init(p, T_max, rng):
    """New GRUParams with memories up to T_max steps.

    b_iz = ln u with u uniform in [1, T_max − 1], b_hz = 0; all else as in p.
    """
    ### BEGIN SOLUTION
    u = rng.uniform(1, T_max - 1, len(p.b_iz))
    return p._replace(b_iz=np.log(u), b_hz=np.zeros_like(p.b_hz))
    ### END SOLUTION


# %% check="chrono_init" points=2
check(chrono_init)

# %% [markdown] slide="new" ask="Where will the line of a chrono GRU with $T_\\text{max} = 100$ end? And that of a GRU with orthogonal blocks?"
# ## The same measurement once more
#
# **Predict**: where will the line of a chrono GRU with $T_\text{max} = 100$ end? We also run a control: a GRU whose
# three blocks $W_{hr}, W_{hz}, W_{hn}$ are orthogonal. An orthogonal matrix made the RNN the winner.

# %%
predict("chrono_at_lag_100", ...)  # the norm

# %% slide="more text"
started = {
    "GRU, chrono": profiles(
        "GRU, chrono:",
        lambda rng: gru_ref.chrono_init(gru_ref.init_gru(I, H, rng), T, rng),
    ),
    "orthogonal tanh RNN": before["orthogonal tanh RNN"],
    "GRU, orthogonal": profiles(
        "GRU, orthogonal:",
        lambda rng: gru_ref.orthogonal_init(gru_ref.init_gru(I, H, rng), 1.0, rng),
    ),
    "GRU": before["GRU"],
}
for name, profile in started.items():
    report(name, profile)
outcome("chrono_at_lag_100", f"{np.median(started['GRU, chrono'][-1]):.0e}")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
plotting.plot_norm_against_lag(ax, started)
show(fig, "norm_by_start")

# %% [markdown] slide="more" brief="The bias alone lifts the norm at lag 100 from $10^{-19}$ to 0.4."
# The bias alone lifts the norm at lag 100 from $10^{-19}$ to 0.4, and all draws agree. Orthogonal blocks help a
# GRU much less than they help an RNN: with $z$ and $r$ near ½, the gates scale down what the blocks pass on.

# %% [markdown] slide="new" brief="A sequence of 50 numbers, of which the **first** is marked. After the last step the network must output the marked number. A network without memory has an error of $\\frac{1}{12} = 0.083$." ask="A GRU with the usual start, a GRU with a chrono start, and the orthogonal tanh RNN. **Predict**: which of them will learn it?"
# ## Does it matter for learning?
#
# So far nothing has been learned. Now we train, on a task made for the purpose: a sequence of $T = 50$ numbers between
# 0 and 1, of which the **first** is marked. After the last step the network must output the marked number. There is one
# dependency, and its lag is always the same: 49 steps. (We measure the norm at lag 50, back to the state before the
# marked number.)
#
# Always answering ½ gives a mean squared error of $\frac{1}{12} = 0.083$, the variance of such numbers. That is the
# error of a network without memory.

# %%
LENGTH, UNITS = 50, 32


def marked(rng, B, anywhere=False):
    """Sequences xs (T, B, 2) of a number and a mark, and the marked number (B, 1)."""
    where, rows = (
        rng.integers(0, LENGTH, B) if anywhere else np.zeros(B, int),
        np.arange(B),
    )
    xs = np.zeros((LENGTH, B, 2), np.float32)
    xs[:, :, 0] = rng.random((LENGTH, B))
    xs[where, rows, 1] = 1
    return xs, xs[where, rows, :1].copy()


# %% [markdown]
# How training works is the next lesson's subject. Here it is a black box: 400 times it draws 64 sequences and changes
# all parameters a little, so that the error falls. Three networks take part here, with 32 units each: a GRU with the
# usual start, a GRU with a chrono start, and the orthogonal tanh RNN.
#
# **Predict**: which of them will learn it? In the figure, compare each line's end before and after. (The three runs
# take five to twenty seconds; a line shows the progress of each.)


# %%
def start_of(kind, rng, orthogonal=False, chrono=False):
    model = gru_ref.init_model(kind, I=2, H=UNITS, O=1, rng=rng)
    ((cell,),) = model.network
    cell = gru_ref.orthogonal_init(cell, 1.0, rng) if orthogonal else cell
    cell = gru_ref.chrono_init(cell, LENGTH, rng) if chrono else cell
    return gru_ref.trees.astype(model._replace(network=[(cell,)]), np.float32)


def reach(model, kind="gru", B=2):
    """By lag, on fresh sequences: (T + 1, B)."""
    zeros = np.zeros((B, UNITS), np.float32)
    xs, _ = marked(np.random.default_rng(1), B)
    with np.errstate(under="ignore"):
        return gru_ref.gradient_profile(
            xs, (zeros, zeros) if kind == "lstm" else zeros, model.network[0][0]
        )


def trained(model, kind, rng, anywhere=False, **more):
    loss = functools.partial(gru_ref.model_loss_and_grads, kind=kind)
    batch = functools.partial(marked, rng, 64, anywhere)
    return gru_ref.train(loss, model, batch, steps(400, quick=6), lr=5e-3, **more)


# %% slide="more text"
networks = {
    "GRU, chrono": ("gru", {"chrono": True}),
    "orthogonal tanh RNN": ("rnn", {"orthogonal": True}),
    "GRU": ("gru", {}),
}
at_start, at_end = {}, {}
for name, (kind, how) in networks.items():
    rng = np.random.default_rng(0)
    model = start_of(kind, rng, **how)
    at_start[name] = reach(model, kind)
    model, history = trained(model, kind, rng, label=f"{name}:")
    at_end[name] = reach(model, kind)
    error = np.mean(history.losses[-20:])
    was, now = np.median(at_start[name][-1]), np.median(at_end[name][-1])
    print(f"{name:>20}: norm at lag 50 {was:.0e} → {now:.0e}, error {error:.4f}")

# %% slide="new figure"
fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), sharey=True)
plotting.plot_norm_against_lag(left, at_start)
plotting.plot_norm_against_lag(right, at_end)
left.get_legend().remove()
left.set_title("at the start")
right.set_title("after training")
right.set_ylabel("")
show(fig, "norm_before_and_after")

# %% [markdown]
# The chrono GRU has learned it; the usual GRU does about as badly as if it always answered ½. One draw proves little,
# though. We recorded five draws of each beforehand, and of an LSTM and a tanh RNN with the usual start;
# `make experiments` runs them again. The cell counts an error below 0.01 as *learned*:


# %% slide="new text"
def of_five(name):
    """Print the errors of recorded draws, and how many of them learned the task."""
    for model, run in gru_ref.recorded(name).items():
        errors = run.values[:, -1]
        print(
            f"{model:>16}: errors {errors.round(4)}, "
            f"learned by {np.sum(errors < 0.01)} of 5"
        )


of_five("marked_first")

# %% [markdown] slide="more" brief="In this task a gradient that survives at the start does matter. Errors of five recorded draws each."
# From a chrono start the network learns it in every draw; the usual GRU, the LSTM and the tanh RNN never do. The
# orthogonal RNN does in four draws out of five. In this task, then, a gradient that survives at the start does matter:
# the two starts that have one are the two that learn, one always, the other usually.
#
# After training, the chrono GRU's norm is *above* 1: its last state responds strongly to the states at the beginning,
# and that is how the marked number gets to the end. The orthogonal RNN can lose in training what it had at the start.
# Whether it does, and by how much, depends on the draw and even on your processor: this training is as unstable as a
# pencil on its tip, and the last digit of a sum decides which way it falls.

# %% [markdown] slide="new" brief="> **Claim.** Where the gradient has vanished at the start, a long dependency cannot be learned.\n\nThe same start and number of steps, but now the mark can be **anywhere**." ask="**Predict** the error at the longest lag in the end. Which lag's norm gets near 1 first?"
# > **Claim.** Where the gradient has vanished at the start, a long dependency cannot be learned.
# >
# > *Source:* our own question.
#
# *What would show it:* the usual GRU, whose norm at lag 50 is $10^{-10}$, fails on every task with long lags. It just
# failed on one. We change one thing about that task: the mark can be **anywhere** in the sequence, not always first.
# The longest lag is the same, but some lags are short.
#
# The same start again, and the same number of steps. Every 20 steps we measure the norm at three lags, and the error on
# sequences whose **first** number is marked. **Predict** the error at the end, and which lag's norm gets near 1 first.

# %% slide="new text"
rng, tests = np.random.default_rng(0), marked(np.random.default_rng(2), 200)
model, lags, norms = start_of("gru", rng), (5, 20, 50), []


def watch(model):
    profile = np.median(reach(model), axis=1)
    norms.append([profile[lag] for lag in lags])
    return gru_ref.model_loss(model, tests)


learned, watched = trained(
    model, "gru", rng, anywhere=True, evaluate=watch, every=20, label="marked anywhere:"
)
for k in range(0, len(norms), 4):
    row = ", ".join(
        f"lag {lag} {norm:.0e}" for lag, norm in zip(lags, norms[k], strict=True)
    )
    print(
        f"step {watched.evaluated[k]:3d}: {row}, "
        f"error at the longest lag {watched.evaluations[k]:.4f}"
    )

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
curves = {
    f"lag {lag}": column for lag, column in zip(lags, np.transpose(norms), strict=True)
}
plotting.plot_norm_while_training(ax, watched.evaluated, curves)
show(fig, "norm_while_training")

# %% [markdown] slide="more"
# > **Verdict.** Wrong. From the same start, with the same $10^{-10}$, the same network learns it, and gets the
# > longest lag right as well. The picture suggests how: the short lags, whose gradient has not vanished, teach the
# > gates to keep; gates that keep let the gradient through at longer lags. In the printed rows the norm at lag 5 gets
# > near 1 first, lag 20 follows, and lag 50 last; and only then does the error at the longest lag fall. What counted
# > here was not the gradient at the start, but whether the data offer a way from short lags to long ones.
#
# Does the same happen in other draws? Here are the recorded runs, trained with the mark anywhere and tested with the
# mark first:

# %%
of_five("marked_anywhere")

# %% [markdown]
# All five learn it; with the mark always first, none did. And a gradient that survives is no guarantee: the orthogonal
# RNN above started with a norm a billion times larger, and failed in one draw of five.

# %% [markdown] slide="new" brief="The time constant of each unit's gate while nothing is marked, $-1 / \\ln z$." ask="**Predict**: do *all* units get long memories?"
# ## What trained gates remember
#
# Did the gates really learn to keep? We let the network read, and compute for each unit the time constant of its gate
# while nothing is marked: $-1 / \ln z$, with $\ln z$ averaged over the steps without a mark.
#
# **Predict**: do *all* units get long memories? In the picture the grey line marks 50 steps, the length of the
# sequences.


# %%
def memory_lengths(p):
    """Time constant of each unit while nothing is marked, in steps: (H,)."""
    p = gru_ref.trees.astype(p, float)
    xs = marked(np.random.default_rng(3), 32)[0].astype(float)
    hs = np.concatenate(
        [np.zeros((1, 32, UNITS)), gru_ref.gru_forward(xs, np.zeros((32, UNITS)), p)]
    )
    log_z = [
        np.log(gru_ref.update_gate(x, h, p))
        for x, h in zip(xs[1:], hs[1:-1], strict=True)
    ]
    return -1 / np.mean(log_z, axis=(0, 1))


usual = start_of("gru", np.random.default_rng(0))
cells = {
    "usual start": usual,
    "usual start, trained": learned,
    "chrono start": start_of("gru", rng, chrono=True),
}
lengths = {name: memory_lengths(model.network[0][0]) for name, model in cells.items()}
for name, steps_kept in lengths.items():
    low, middle, high = np.quantile(steps_kept, [0, 0.5, 1])
    print(
        f"{name:>20}: shortest {low:.1f}, median {middle:.1f}, longest {high:.0f} steps"
    )

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_memory_lengths(ax, lengths)
ax.axhline(LENGTH, color="0.6", linewidth=1)
show(fig, "memory_lengths")

# %% [markdown]
# Training did by itself what the chrono start does at once: the memories spread out, and some units remember for longer
# than the sequence lasts. Many don't: it does not take all of them to carry one number.

# %% [markdown]
# ## Can it explode? · *deeper, may be skipped*
#
# > **Claim.** The gradient of a gated network cannot explode.
# >
# > *Source:* our own question; one often reads that GRUs solve both, "vanishing and exploding gradients".
#
# *What would show it:* no weights, however we choose them, make the norm grow with the lag. (The *state* indeed
# cannot explode, lesson 04.) So we look for a counterexample, first by hand. Take one unit at rest: no input, $h = 0$,
# all parameters 0 except $W_{hn} = w$. Then $r = z = ½$ and $n = q = 0$, and two of the four paths are left:
#
# $$J = \tfrac12 + \tfrac14\, w$$
#
# **Predict** the norm at lag 100 for $w = 1$, 2 and 6.

# %%
predict("explodes", [..., ..., ...])  # norm at lag 100 for w = 1, 2, 6

# %%
zeros = gru_ref.GRUParams(*[none] * 6, *[flat] * 6)
ends = []
for w in [1.0, 2.0, 6.0]:
    profile = gru_ref.gradient_profile(
        np.zeros((100, 1, 1)), none, zeros._replace(W_hn=w * one)
    )
    ends.append(float(f"{profile[-1, 0]:.0e}"))
    print(f"w = {w:.0f}: J = {0.5 + w / 4:.2f}, norm at lag 100 {profile[-1, 0]:.1e}")
outcome("explodes", ends)

# %% [markdown]
# Rest is a special state: with $w = 6$ the slightest nudge drives the unit away from it. So we also look at networks in use, with
# noise as input: 32 units, PyTorch's start, but $W_{hn}$ is orthogonal with a gain. They read sixteen sequences of 150
# steps, and we look back over the last 100, which leaves out the start from zeros, another state of rest. Look for
# lines that rise, and at the band: it shows how far the sequences of one network differ.

# %%
rng, loud = np.random.default_rng(0), {}
xs, p, h0 = (
    rng.standard_normal((T + 50, 16, 4)),
    gru_ref.init_gru(4, 32, rng),
    np.zeros((16, 32)),
)
for gain in [16.0, 8.0, 4.0, 1.0]:
    wild = p._replace(W_hn=gru_ref.orthogonal(32, gain, rng))
    loud[f"gain {gain:.0f}"] = gru_ref.gradient_profile(xs, h0, wild)[: T + 1]
    largest = np.abs(gru_ref.gru_forward(xs, h0, wild)).max()
    print(
        f"gain {gain:2.0f}: norm at lag 100 "
        f"{np.median(loud[f'gain {gain:.0f}'][-1]):.0e}, largest |h| {largest:.2f}"
    )

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_norm_against_lag(ax, loud)
show(fig, "norm_by_candidate_gain")

# %% [markdown]
# > **Verdict.** Wrong. With $w = 6$ the norm doubles at every step, to $10^{30}$. And with a gain of 8 the median of a
# > network in use is 300 at lag 100, with 16 nearly a million, while no state leaves $[-1, 1]$; individual sequences go
# > much farther, up and down. Kanai and others (2017) describe how training itself can lead there. That is why we clip
# > a GRU's gradient, too, in training (lesson 10).

# %% [markdown]
# ## Do the gates tell? · *deeper, may be skipped*
#
# > **Claim.** Units with a short memory show it in their reset gate, units with a long memory in their update gate.
# >
# > *Source:* Cho and others (2014), [arXiv:1406.1078](https://arxiv.org/abs/1406.1078); in short also [Dive into Deep
# > Learning](https://d2l.ai/chapter_recurrent-modern/gru.html).
#
# Cho and others (2014, section 2.3) expect this: units that learn short dependencies should have reset gates that are
# often active, units that learn long ones update gates that are mostly active. (They don't say whether an active reset
# gate is near 1 or near 0. A rule either way would show.) *What would show it:* in a trained network, how far a unit
# looks back goes with how open its reset gate is, and also with how open its update gate is.
#
# The task needs both. At each step there is a number, sometimes with a mark (one in ten). At each step the network must
# output the number *before* and the number *last marked*.

# %%
READ = 50


def echo(rng, B):
    """Sequences xs (T, B, 2) of a number and a mark, and targets (T, B, 2).

    At each step the targets are the number before, and the number last marked.
    """
    numbers, marks = rng.uniform(-1, 1, (READ, B)), rng.random((READ, B)) < 0.1
    marks[0] = True
    last = np.maximum.accumulate(np.where(marks, np.arange(READ)[:, None], 0), axis=0)
    before = np.concatenate([np.zeros((1, B)), numbers[:-1]])
    targets = np.stack([before, np.take_along_axis(numbers, last, axis=0)], axis=-1)
    return np.stack([numbers, marks], axis=-1).astype(np.float32), targets.astype(
        np.float32
    )


# %% [markdown]
# How far does a unit look back? We ask how strongly its last value responds to the number at each lag,
# $|\partial h_{T,i} / \partial x_{T-k}|$, and take the mean lag, weighted by these responses. The course's own backward
# pass gives them (lesson 08): one sequence for each unit, with a 1 at that unit's last value.
#
# Then we compare orders: sort the units by how far they look back, and sort them by a gate's mean opening. The **rank
# correlation** is +1 if the two orders are the same, −1 if one is the other reversed, and near 0 if they have nothing to
# do with each other. **Predict** its sign for $z$, and for $r$. In the figure every dot is a unit of the last draw: does
# the cloud rise, or fall? (Three trainings: five to fifteen seconds.)


# %%
def lags_and_gates(p, B=8):
    """For each unit the mean lag that it depends on, in steps, and its mean r and z."""
    H, xs = len(p.b_iz), echo(np.random.default_rng(5), B)[0]
    hs, _, tape = gru_ref.layers.layer_forward("gru", np.repeat(xs, H, axis=1), p)
    dhs = np.zeros_like(hs)
    dhs[-1] = np.tile(np.eye(H), (B, 1))
    answers = (
        np.abs(gru_ref.layers.layer_backward(dhs, tape)[0][::-1, :, 0])
        .reshape(READ, B, H)
        .mean(axis=1)
    )
    lag = np.arange(READ) @ answers / answers.sum(axis=0)
    before, xs = hs[:-1, ::H].reshape(-1, H), xs[1:].reshape(-1, 2)
    return (
        lag,
        gru_ref.reset_gate(xs, before, p).mean(axis=0),
        gru_ref.update_gate(xs, before, p).mean(axis=0),
    )


def rank_correlation(a, b):
    return np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]


# %%
for draw in range(3):
    rng = np.random.default_rng(draw)
    model = gru_ref.init_model("gru", I=2, H=UNITS, O=2, rng=rng, dtype=np.float32)
    batch = functools.partial(echo, rng, 32)
    model, history = gru_ref.train(
        gru_ref.model_loss_and_grads,
        model,
        batch,
        steps(300, quick=6),
        lr=5e-3,
        label=f"draw {draw}:",
    )
    lag, mean_r, mean_z = lags_and_gates(model.network[0][0])
    print(
        f"draw {draw}: error {np.mean(history.losses[-20:]):.3f},",
        f"units look back {lag.min():.1f} to {lag.max():.1f} steps,",
        f"rank correlation with r {rank_correlation(lag, mean_r):+.2f},",
        f"with z {rank_correlation(lag, mean_z):+.2f}",
    )

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.6, 3.2))
plotting.plot_gates_against_lag(
    axes, lag, {"reset gate r": mean_r, "update gate z": mean_z}
)
show(fig, "gates_and_reach")

# %% [markdown]
# > **Verdict.** Imprecise; only half of it shows here. In every draw units with larger $z$ look farther back: the rank
# > correlation is clearly positive, near one half. The reset gate shows no rule that holds in every draw: its
# > correlation ranges from near 0 to clearly negative. This is one task, one size, and averages over time; a gate that
# > opens only at the right step need not show up in them. Read the claim as a picture to think with, not as a law.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="three_starts" points=2 slide="new" brief="Write `gru_jacobian(x, h, p)`. Here `h` is the state **before** the step: the gates need it. The result is `(B, H, H)`, with `J[b, i, j]` = ∂h_new[b, i] / ∂h[b, j].\n\nYou have `gru_ref.reset_gate(x, h, p)`, `gru_ref.update_gate(x, h, p)` and `gru_ref.candidate(x, h, r, p)`."
# **For 2 points.** A GRU must carry one number over 500 steps. Here are three ways to start it; everything else is
# PyTorch's start:
#
# 1. all of $W_{hr}, W_{hz}, W_{hn}$ orthogonal, with gain 1;
# 2. $b_{iz} = \ln 499$ for **every** unit, $b_{hz} = 0$;
# 3. chrono initialisation with $T_\text{max} = 500$.
#
# For the first two, estimate what the *kept* path leaves after 500 steps. Then say what the first start lacks, and what
# a network started the third way can do that one started the second way can hardly do at first.
#
# ### BEGIN SOLUTION
# *1.* At the start the gates are near ½ here, too: $0.5^{500} \approx 3 \cdot 10^{-151}$. And the path through the
# candidate carries $(1 - z)\, r$, near ¼. Orthogonal blocks keep lengths only if nothing stands in front of them; here
# gates do.
#
# *2.* $z = 499/500$, and $0.998^{500} \approx e^{-1} \approx 0.37$. The number survives. But *all* units are slow:
# each writes only 1/500 of its candidate at a step, so the network hardly sees what has just come in. *3.* gives the
# long memories too, but spread out: $u$ is uniform, so some units forget within a few steps and can follow the input,
# while others keep.
#
# **Rubric**
#
# - 1 point: 0.5⁵⁰⁰ or "practically 0" for the first, about 1/e for the second; the first lacks gates near 1:
#   orthogonal matrices do not move them
# - 1 point: with one bias for all, every unit is slow and writes little; the spread leaves fast units for short
#   dependencies
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - The old state enters a GRU's new state by **four paths**: kept, update, candidate, reset. Their sum is the
#   Jacobian, and the Jacobians of successive steps are *multiplied*, as in any recurrent network.
# - An untrained GRU's gradient vanishes: $10^{-19}$ at lag 100, fifteen orders of magnitude behind an orthogonal tanh
#   RNN. The kept path gives $\prod z$, and $z$ starts near ½.
# - What helps is $z$ near 1. **Chrono initialisation**, $b_{iz} = \ln u$, starts there: 0.4 at lag 100, and it learned
#   a task that the usual start did not.
# - Training brought $z$ near 1 by itself where the data led from short lags to long ones.
# - Gates do not keep a gradient from exploding.

# %% [markdown]
# ## Go further · open
#
# Chrono initialisation asks you for $T_\text{max}$, the longest dependency that you expect. Who knows that?
#
# - **Find out** what a wrong guess costs: memories that are much too short, and memories that are much too long.
# - **Try first** the task with the first number marked, with `LENGTH = 50` and $T_\text{max}$ = 5, 50, 500 and 5000. Then
#   a longer sequence, and a task that also needs the recent past, such as `echo`.
# - **You know** when you can compare the errors of several draws for each guess: is the border at the lag, at half of
#   it, at ten times? One draw does not settle it, as you saw.

# %% [markdown]
# ## Test yourself
#
# **1.** Where $z = 1$ for every unit, what is $J$? And where $z = 0$ and $r = 1$?
#
# <details><summary>Answer</summary>
#
# The identity: nothing is written, and the slope of the gate, $z (1 - z)$, is 0. With $z = 0$ and $r = 1$ everything is
# written, both gates' slopes are 0, and $J = [1 - n^2]\, W_{hn}$: a tanh RNN's.
#
# </details>
#
# **2.** Somebody uses $z$ for the part that is *written*. What is chrono initialisation then?
#
# <details><summary>Answer</summary>
#
# Their $z$ is our $1 - z = 1 - \sigma(a) = \sigma(-a)$. So the bias changes its sign: $b_{iz} = -\ln u$. You will find
# both signs in public code, and each is right with its own convention.
#
# </details>
#
# **3.** An LSTM has no $z$, but $c_\text{new} = f \odot c + i \odot g$. Which bias would you set, for long memories,
# and to what?
#
# <details><summary>Answer</summary>
#
# That of the forget gate: $b_f = \ln u$, since $f$ is what keeps. Tallec and Ollivier also set $b_i = -\ln u$, so
# that such a unit writes as little as it forgets. A common shorter rule is $b_f = 1$ for all units.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Corentin Tallec and Yann Ollivier (2018), *Can recurrent neural networks warp time?*,
#   [arXiv:1804.11188](https://arxiv.org/abs/1804.11188): why gates, and where chrono initialisation comes from.
# - Sekitoshi Kanai, Yasuhiro Fujiwara and Sotetsu Iwamura (2017), *Preventing Gradient Explosions in Gated Recurrent
#   Units*, NIPS 2017: how a small change of the weights makes a GRU's gradient explode.
# - Alexander Rehmer and Andreas Kroll (2020), *On the vanishing and exploding gradient problem in Gated Recurrent
#   Units*, IFAC World Congress.
# - Kyunghyun Cho and others (2014), [arXiv:1406.1078](https://arxiv.org/abs/1406.1078), section 2.3: short and long
#   memories, and their gates.
# - Next: **10 · Training**. The black box of this lesson, opened.

# %%
progress()
