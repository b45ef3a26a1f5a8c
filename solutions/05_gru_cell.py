# %% [markdown]
# # 05 · The GRU cell
#
# **What is a GRU, whole?**
#
# - **Goals**: write the whole step of a GRU, equal to PyTorch's to the last digit; draw its starting parameters; count
#   them, and say when they are fewer, and than what.
# - **Time**: 60 minutes.
# - **Before you start**: reset gate and update gate (lesson 03), candidate and blend (lesson 04), `RNNParams` and
#   counting (lesson 01).

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, progress, show
from gru_ref import GRUParams, plotting

rng = np.random.default_rng(0)

# %% [markdown]
# ## Four lines
#
# You have built all the parts. Here they are together: this is the **gated recurrent unit**, as `torch.nn.GRU` computes
# it.
#
# $$r = \sigma(W_{ir}\, x + b_{ir} + W_{hr}\, h + b_{hr}) \qquad \text{reset gate}$$
#
# $$z = \sigma(W_{iz}\, x + b_{iz} + W_{hz}\, h + b_{hz}) \qquad \text{update gate}$$
#
# $$n = \tanh\bigl(W_{in}\, x + b_{in} + r \odot (W_{hn}\, h + b_{hn})\bigr) \qquad \text{candidate}$$
#
# $$h_\text{new} = (1 - z) \odot n + z \odot h \qquad \text{new state}$$
#
# | symbol | what | shape |
# | --- | --- | --- |
# | $x$ | input, a batch of $B$ rows | `(B, I)` |
# | $h$, $h_\text{new}$ | state before and after the step | `(B, H)` |
# | $r$, $z$, $n$ | one for each unit of each example | `(B, H)` |
# | $W_{ir}$, $W_{iz}$, $W_{in}$ | what reads the input | `(H, I)` |
# | $W_{hr}$, $W_{hz}$, $W_{hn}$ | what reads the state | `(H, H)` |
# | $b_{i\ldots}$, $b_{h\ldots}$ | six biases | `(H,)` |
#
# Twelve arrays, called `p.W_ir` and so on, in one `GRUParams`.

# %% [markdown]
# ## The same as a picture
#
# Follow the old state $h$, top left. **How many roads** leave it for the new state? And on which of them is $h$ only
# scaled, unit by unit, with no matrix and no squashing on the way?

# %%
fig, ax = plt.subplots(figsize=(8.2, 3.7))
plotting.plot_gru_cell(ax)
show(fig, "gru_cell")

# %% [markdown]
# Four roads: through $r$, through $W_{hn}$, through $z$ as a gate, and the straight one on top, which meets nothing but
# the factor $z$. That straight road is the memory. All below it decides what is added, and how much.

# %% [markdown]
# ## A GRU that decides nothing
#
# Before you write it, think one through. Let **all parameters be 0**. Then both gates are $\sigma(0) = ½$, whatever
# comes in.
#
# **Predict**: the state is 0.8. What is it after one, two and three steps? Does the input matter?

# %%
zeros = GRUParams(*(np.zeros_like(a) for a in gru_ref.init_gru(I=1, H=1, rng=rng)))
h = np.array([[0.8]])
for x in [1.0, -1.0, 1.0]:
    h = gru_ref.gru_step(np.array([[x]]), h, zeros)
    print(f"input {x:2.0f}   state {h.item():.3f}")

# %% [markdown]
# The candidate is $\tanh 0 = 0$, and half of it is written: the state halves at each step, and no input matters.
#
# Now only the *gates* stay at ½; the candidate gets $W_{in} = 1$ and $W_{hn} = 1$. **Predict** what the four lines come
# down to. The inputs are 1, 0, 0, and the state begins at 0.

# %%
half = zeros._replace(W_in=np.array([[1.0]]), W_hn=np.array([[1.0]]))
h = np.zeros((1, 1))
for x in [1.0, 0.0, 0.0]:
    old, h = h.item(), gru_ref.gru_step(np.array([[x]]), h, half)
    by_hand = 0.5 * np.tanh(x + 0.5 * old) + 0.5 * old
    print(f"input {x:.0f}   state {h.item():.4f}   ½ tanh(x + ½ h) + ½ h = {by_hand:.4f}")

# %% [markdown]
# So that is a GRU without decisions: a tanh RNN that looks at half of its past, and moves half of the way. What makes a
# GRU is that $r$ and $z$ *differ*, from unit to unit and from step to step.

# %% [markdown]
# ## Your turn: `gru_step`
#
# Write the four lines for a whole batch: `gru_step(x, h, p)` returns the new state `(B, H)`. Write them out, with
# `gru_ref.sigmoid` for σ, or put together `gru_ref.reset_gate`, `update_gate`, `candidate` and `blend`: both are right,
# and the first is what you will recognise in other people's code.
#
# Leave `x` and `h` as they are. Stuck? `hint(gru_step)`.


# %% solution="gru_step"
def gru_step(x, h, p):
    """One step of a GRU: x (B, I), h (B, H), p GRUParams → new state (B, H)."""
    ### BEGIN SOLUTION
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h
    ### END SOLUTION


# %% check="gru_step" points=4
check(gru_step)

# %% [markdown]
# ## Is this the real thing?
#
# We hand our parameters to `torch.nn.GRUCell`, and let both take a step with the same batch. PyTorch keeps the three
# matrices that read the input in one, stacked as $r$, $z$, $n$; likewise the others. So each of its four arrays is three
# of ours.
#
# **Predict** the largest difference of any state: 0, about $10^{-16}$, or about $10^{-7}$?

# %%
import torch

B, I, H = 100, 5, 8
p = gru_ref.init_gru(I, H, rng)
x, h = rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H))
theirs = torch.nn.GRUCell(I, H, dtype=torch.float64)
with torch.no_grad():
    for k, (name, parameter) in enumerate(theirs.named_parameters()):
        stacked = np.concatenate(p[3 * k : 3 * k + 3])
        parameter.copy_(torch.from_numpy(stacked))
        print(f"{name:10} {tuple(parameter.shape)!s:8} is {', '.join(p._fields[3 * k : 3 * k + 3])}")
    h_torch = theirs(torch.from_numpy(x), torch.from_numpy(h)).numpy()
difference = np.abs(gru_ref.gru_step(x, h, p) - h_torch).max()
print("equal to 1e-12:", difference < 1e-12, f"  (largest difference {difference:.0e})")

# %% [markdown]
# The same, up to the rounding of 64-bit floats. (Put your own `gru_step` in place of `gru_ref.gru_step`, if you like.)
# Four lines *are* the GRU that people use.

# %% [markdown]
# ## A batch is many examples, and no more
#
# Every line treats each row for itself. So a batch of 100 is 100 steps at once, and no example can feel who its
# neighbours are. **Predict**: we replace row 0 by something extreme. How many of the 100 new states change?

# %%
other = x.copy()
other[0] = 100.0
before, after = gru_ref.gru_step(x, h, p), gru_ref.gru_step(other, h, p)
print("rows that change:", np.flatnonzero(np.abs(before - after).max(axis=1) > 1e-12))
alone = np.concatenate([gru_ref.gru_step(x[b : b + 1], h[b : b + 1], p) for b in range(B)])
print("one by one, the same:", np.allclose(before, alone, rtol=0, atol=1e-12))

# %% [markdown]
# ## Gates at work
#
# Now watch one unit whose gates *do* decide. We set its parameters by hand. Its input has three numbers: a value, and
# two marks, *write* and *afresh*. The mark *write* shuts $z$, and *afresh* shuts $r$. The candidate is $\tanh(\text{value}
# + r \cdot h)$.

# %%
zeros = GRUParams(*(np.zeros_like(a) for a in gru_ref.init_gru(I=3, H=1, rng=rng)))
by_hand = zeros._replace(
    W_ir=np.array([[0.0, 0.0, -20.0]]),
    W_iz=np.array([[0.0, -20.0, 0.0]]),
    W_in=np.array([[1.0, 0.0, 0.0]]),
    W_hn=np.array([[1.0]]),
    b_ir=np.array([10.0]),
    b_iz=np.array([10.0]),
)
value = np.array([0.9, 0.5, -0.7, 0.3, 0.4, -0.6, -0.2, -0.8, 0.5, 0.9, 0.3, -0.4])
write = np.isin(np.arange(12), [1, 4, 7, 10])
afresh = np.isin(np.arange(12), [1, 7])
xs = np.stack([value, write, afresh], axis=1)

# %% [markdown]
# **Predict** on paper what the unit holds after steps 1, 4, 7 and 10. At steps 1 and 7 both marks are set, at 4 and 10
# *write* alone. And what becomes of the 0.9 at step 9?


# %%
def look_inside(xs, h, p):
    """Gates, candidate and new state of each step, for one sequence: (T, 4, H)."""
    steps = []
    for x in xs[:, None]:  # x is (B, I), with B = 1
        r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
        n = gru_ref.candidate(x, h, r, p)
        h = gru_ref.blend(z, n, h)
        steps.append(np.concatenate([r, z, n, h]))
    return np.array(steps)


inside = look_inside(xs, np.zeros((1, 1)), by_hand)[:, :, 0]
for t in [1, 4, 7, 9, 10]:
    r, z, n, h_new = inside[t]
    print(f"step {t:2}   r {r:.2f}   z {z:.2f}   n {n:5.2f}   h_new {h_new:5.2f}")

# %% [markdown]
# In the lowest panel look at the diamonds first: at every step there is a candidate. Where does the line follow it, and
# where does it take no notice?

# %%
fig, axes = plt.subplots(3, 1, figsize=(7.6, 5.0), sharex=True, height_ratios=[2, 1.2, 3])
plotting.plot_gru_sequence(axes, value, *inside.T)
show(fig, "gru_in_action")

# %% [markdown]
# At step 1 both gates are shut: the unit forgets, and writes $\tanh 0.5 = 0.46$. At step 4 only $z$ is: it *adds*, and
# $\tanh(0.4 + 0.46)$ is 0.70. Step 7 begins afresh with $\tanh(-0.8) = -0.66$, and step 10 adds again. In between the
# candidates come and go, the 0.9 of step 9 among them, and none is written. **A candidate is a proposal. The state is the
# memory.**

# %% [markdown]
# ## What moves what?
#
# > **Claim.** The candidate is computed using the two gates.
#
# *What would show it:* nudge the parameters of one line, and see which of $r$, $z$, $n$, $h_\text{new}$ move. If both
# gates are used for the candidate, $n$ moves with the parameters of both.
#
# **Predict** the table: three rows (whose parameters are nudged) and four columns. Where does it say 0?


# %%
def parts(p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return r, z, gru_ref.candidate(x, h, r, p), gru_ref.gru_step(x, h, p)


print("nudged        r moves   z moves   n moves   h_new moves")
for line, letter in [("reset gate", "r"), ("update gate", "z"), ("candidate", "n")]:
    nudged = p._replace(**{name: getattr(p, name) + 0.1 for name in p._fields if name.endswith(letter)})
    moves = [np.abs(a - b).max() for a, b in zip(parts(p), parts(nudged), strict=True)]
    print(f"{line:12} " + "".join(f"{m:8.3f}  " for m in moves))

# %% [markdown]
# > **Verdict.** Wrong. Of the two gates, the candidate uses the reset gate alone: nudging the update gate moves $n$ by
# > exactly 0. The update gate comes in afterwards, in the blend. *The new state* is computed using the two gates.

# %% [markdown]
# ## Where is the memory?
#
# Two things that you can read about the GRU speak of a *memory cell*. That is the second vector that an LSTM carries
# beside its state.
#
# > **Claim.** In a GRU the memory cell is replaced by the candidate vector. Its gates let information in and out of a
# > memory cell.
#
# *What would show it:* stop in the middle of a sequence, throw all away but one vector, and go on from that. What is
# enough to end as if nothing had happened, is the memory. To have a long one at stake, we add 3 to the update gate's
# bias: it then keeps about 95% at each step.
#
# **Predict**: which of these end where the uninterrupted run ends? The GRU from its $h$; the GRU from its $n$; an LSTM,
# with state $h$ and cell $c$, from its $h$ alone; from $c$ alone; from both.

# %%
long = p._replace(b_iz=p.b_iz + 3)
xs, start = rng.normal(0, 1, (30, I)), np.zeros((1, H))
inside = look_inside(xs, start, long)
end, n_mid, h_mid = inside[-1, 3], inside[14, 2:3], inside[14, 3:4]
for name, kept in [("h", h_mid), ("n", n_mid)]:
    print(f"GRU from {name}:          off by {np.abs(look_inside(xs[15:], kept, long)[-1, 3] - end).max():.3f}")

lstm = gru_ref.init_lstm(I, H, rng)
lstm = lstm._replace(b_if=lstm.b_if + 3)  # its forget gate keeps as long
hs, cs = gru_ref.lstm_forward(xs[:, None], start, start, lstm)
for name, kept in [("h alone", (hs[14], start)), ("c alone", (start, cs[14])), ("h and c", (hs[14], cs[14]))]:
    again, _ = gru_ref.lstm_forward(xs[15:, None], *kept, lstm)
    print(f"LSTM from {name}:   off by {np.abs(again[-1] - hs[-1]).max():.3f}")

# %% [markdown]
# > **Verdict.** Wrong. The GRU's memory is its state $h$: from $h$ the run ends as if nothing had happened, from the
# > candidate it is off by 0.21, in a state that lies between −1 and 1. Nothing of the candidate lives on but what was
# > blended into $h$. (Its counterpart in the LSTM is a candidate, too, there called $g$.)
# >
# > "In and out of a cell" is imprecise. That is the LSTM: it stores most in $c$, shows $h$, and needs both to end exactly
# > where it would have. A GRU has no cell beside its state, and no gate on the way out: what it stores is what it shows.

# %% [markdown]
# ## Where do parameters come from?
#
# Learning improves parameters; something must be there to improve. **Predict**: why not simply begin with the same
# number everywhere? We give every parameter of a GRU with 64 units the value 0.1, run it over 20 random inputs, and count
# how many *different* values its 64 units hold at the end.

# %%
drawn = gru_ref.init_gru(I=5, H=64, rng=rng)
alike = GRUParams(*(np.full_like(a, 0.1) for a in drawn))
xs = rng.normal(0, 1, (20, 1, 5))
for name, parameters in [("all 0.1", alike), ("drawn at random", drawn)]:
    last = gru_ref.gru_forward(xs, np.zeros((1, 64)), parameters)[-1, 0]
    print(f"{name:16} {len(np.unique(last.round(9)))} different values in 64 units")

# %% [markdown]
# One. Units with the same parameters compute the same. If what comes after treats them alike, too, they get the same
# correction when they learn, and stay the same: 64 units do the work of one. **Random numbers make them different.**
#
# How large? A unit adds up $H$ terms from the state. The more terms, the larger the sum, and a gate whose sum is large is
# fully open or shut and hardly learns (lesson 03). Compare numbers within ±1 with numbers within $\pm 1/\sqrt H$. Look at
# how the sums grow with $H$.

# %%
print("   H    bound   typical sum   gates beyond 0.05 … 0.95")
for H in [16, 64, 256, 1024]:
    h = rng.uniform(-0.9, 0.9, (500, H))
    for name, bound in [("1", 1.0), ("1/√H", 1 / np.sqrt(H))]:
        sums = h @ rng.uniform(-bound, bound, (H, H)).T
        stuck = np.mean(np.abs(gru_ref.sigmoid(sums) - 0.5) > 0.45)
        print(f"{H:5}   {name:5}   {sums.std():9.2f}     {stuck:8.0%}")

# %% [markdown]
# With the bound 1 the sums grow like $\sqrt H$, and in a large network most gates are stuck from the start. With
# $1/\sqrt H$ they are as large for 1024 units as for 16. This is PyTorch's choice, for all twelve arrays:
#
# $$\text{every entry uniform between } -\frac{1}{\sqrt H} \text{ and } \frac{1}{\sqrt H}$$

# %% [markdown]
# ## Your turn: `init_gru`
#
# Write `init_gru(I, H, rng)`: a `GRUParams` whose twelve arrays are drawn so, each entry for itself, with the generator
# `rng`. Because each draw is different, `check` cannot compare numbers. It looks at shapes, at the bound, at how the
# numbers spread, and whether they come from `rng`. Stuck? `hint(init_gru)`.
#
# | name | shape |
# | --- | --- |
# | `W_ir`, `W_iz`, `W_in` | `(H, I)` |
# | `W_hr`, `W_hz`, `W_hn` | `(H, H)` |
# | `b_ir`, `b_iz`, `b_in`, `b_hr`, `b_hz`, `b_hn` | `(H,)` |


# %% solution="init_gru"
def init_gru(I, H, rng):
    """Starting parameters, every entry uniform in ±1/√H: sizes I and H, generator rng → GRUParams."""
    ### BEGIN SOLUTION
    bound = 1 / np.sqrt(H)
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return GRUParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))
    ### END SOLUTION


# %% check="init_gru" points=2
check(init_gru)

# %% [markdown]
# And PyTorch's own? A uniform distribution within ±1 has the standard deviation $1/\sqrt 3 = 0.577$. Here are its four
# arrays, multiplied by $\sqrt H$. (The biases hold only 300 numbers each, and scatter more.)

# %%
torch.manual_seed(0)
for name, parameter in torch.nn.GRUCell(30, 100).named_parameters():
    scaled = parameter.detach().numpy() * np.sqrt(100)
    print(f"{name:10} from {scaled.min():.3f} to {scaled.max():.3f}, standard deviation {scaled.std():.3f}")

# %% [markdown]
# ## How many numbers does it learn?
#
# Look at the four lines again. Reset, update and candidate each have a matrix for the input, a matrix for the state, and
# biases. PyTorch has two bias vectors in each, other libraries one, and many articles none.
#
# ## Your turn: `count_gru_parameters`
#
# Write `count_gru_parameters(I, H, biases)`: the number of learned numbers, where `biases` (0, 1 or 2) is how many bias
# vectors each of reset, update and candidate has. Stuck? `hint(count_gru_parameters)`.


# %% solution="count_gru_parameters"
def count_gru_parameters(I, H, biases):
    """Learned numbers of a GRU; I and H are sizes, biases is 0, 1 or 2 vectors in each of r, z and n → whole number."""
    ### BEGIN SOLUTION
    return 3 * (H * I + H * H + biases * H)
    ### END SOLUTION


# %% check="count_gru_parameters" points=2
check(count_gru_parameters)

# %% [markdown]
# ## Fewer parameters than what?
#
# > **Claim.** A GRU has fewer parameters.
#
# Some articles say it with no word on what it is compared to; the only other network that one of them mentions is the
# plain RNN. *What would show it:* the counts, at equal sizes. We let PyTorch count its own.
#
# **Predict** the two ratios: GRU to RNN, and GRU to LSTM.


# %%
def torch_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


print("  I     H       RNN       GRU      LSTM   GRU/RNN   GRU/LSTM")
for I, H in [(1, 1), (10, 100), (128, 128), (300, 512)]:
    rnn, gru, lstm = (torch_count(kind(I, H)) for kind in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM))
    assert gru == gru_ref.count_gru_parameters(I, H, biases=2)
    print(f"{I:3}   {H:3} {rnn:9,} {gru:9,} {lstm:9,}   {gru / rnn:7.4f}   {gru / lstm:8.4f}")

# %% [markdown]
# Three times an RNN, three quarters of an LSTM, exactly and at every size: one set of arrays, three sets, four. An LSTM
# has three gates and a candidate.
#
# But *exactly* holds only where both have as many biases. Keras, by default, gives its GRU two bias vectors a gate and
# its LSTM one. And equal sizes are not the only fair comparison: one may also give both the same *budget*, the same
# number of parameters. **Predict** which of the two then has more units.


# %%
def lstm_count(I, H, biases):
    return 4 * (H * I + H * H + biases * H)


I = H = 128
gru, lstm = gru_ref.count_gru_parameters(I, H, biases=2), lstm_count(I, H, biases=1)
print(f"as in Keras:   GRU {gru:,}, LSTM {lstm:,}, ratio {gru / lstm:.4f}")

budget = 100_000
units_gru = max(H for H in range(1, 400) if gru_ref.count_gru_parameters(I, H, biases=2) <= budget)
units_lstm = max(H for H in range(1, 400) if lstm_count(I, H, biases=2) <= budget)
units_rnn = max(H for H in range(1, 400) if gru_ref.count_rnn_parameters(I, H) <= budget)
print(f"units for {budget:,} parameters:   RNN {units_rnn}, GRU {units_gru}, LSTM {units_lstm}")

# %% [markdown]
# > **Verdict.** Imprecise: it depends on *than what*. Than a plain RNN it has **three times as many**. Than an LSTM of
# > the same sizes it has a quarter fewer, where both have as many biases (in Keras a little less than a quarter: here the
# > ratio is 0.7529). At an equal budget it has no fewer at all, and puts the difference into more units: 128 to 105 here.
# > Whether that helps is another question, and lesson 12 measures it.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="what_a_test_must_show" points=2
# **For 2 points.** A friend tests a `gru_step` against PyTorch with $h = 0$ and all biases 0, on a batch of inputs, and
# finds no difference. "So it is right", your friend says. Name **two different mistakes** that this test cannot see, and
# say for each why not.
#
# ### BEGIN SOLUTION
# With h = 0 every product W_h h is 0, and so is z ⊙ h; without biases the past's bracket is 0 altogether.
#
# So among what stays unseen are: a matrix W_h… that is not transposed, or one that is taken for another, since all of them
# are multiplied by 0; the reset before or after the product, on 1 − r, or not there at all, since what it gates is 0; the
# term z ⊙ h missing from the blend; any bias dropped, doubled or on the wrong side of the reset, since all are 0. A test
# should use h ≠ 0, biases ≠ 0, and sizes that differ.
#
# **Rubric**
#
# - 1 point: a mistake that the test cannot see, with the reason: what it concerns is multiplied by h = 0, or a bias of 0.
# - 1 point: a second one of another kind (not the same mistake in another line), with its reason.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A GRU is four lines: two gates, a candidate, a blend. Written so, it equals `torch.nn.GRUCell` to the last digits.
# - The state $h$ is the memory, and there is no other. The candidate is a proposal; of the gates it uses $r$ alone, and $z$
#   decides what becomes of it.
# - Starting parameters are random, so that units differ, and within $\pm 1/\sqrt H$, so that gates begin undecided.
# - $3\,(HI + H^2 + \text{biases} \cdot H)$ parameters: three times an RNN, three quarters of an LSTM with as many biases.

# %% [markdown]
# ## Test yourself
#
# **1.** At some step $z = 1$ for a unit. Has the input of that step had no influence on it?
#
# <details><summary>Answer</summary>
#
# It has: the gate itself reads the input. The input's *content* is not written, but the decision to keep was made by
# looking at it.
#
# </details>
#
# **2.** You double $H$, with $I$ much smaller than $H$. About how many times as many parameters are there?
#
# <details><summary>Answer</summary>
#
# About four times: the $H^2$ of the three matrices that read the state makes up nearly all.
#
# </details>
#
# **3.** Somebody computes $h ← z \odot h$ first, then $n$, then adds $(1 - z) \odot n$. What is wrong?
#
# <details><summary>Answer</summary>
#
# The candidate then reads a state that has shrunk already. All of $r$, $z$ and $n$ read the old state: change it last.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - [The documentation of `torch.nn.GRUCell`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html): the
#   four lines, and the bound $1/\sqrt H$.
# - Kyunghyun Cho and others (2014), [arXiv:1406.1078](https://arxiv.org/abs/1406.1078): where this unit was introduced.
# - Junyoung Chung and others (2014), [arXiv:1412.3555](https://arxiv.org/abs/1412.3555): an early comparison with the
#   LSTM, at equal budgets.
# - Next: **06 · Conventions**. Why two right GRUs disagree.

# %%
progress()
