# %% [markdown] slide="new"
# # 05 · The GRU cell
#
# **What is a complete GRU?**
#
# - **Goals**: write a complete GRU step, compare it with PyTorch's, and let it write a text; draw its
#   starting parameters; count them, and say when a GRU has fewer, and fewer than what.
# - **Time**: 65 minutes.
# - **Before you start**: reset gate and update gate (lesson 03), candidate and blend
#   (lesson 04), `RNNParams` and counting
#   (lesson 01).

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import GRUParams, plotting

rng = np.random.default_rng(0)

# %% [markdown] slide="new" brief="$$r = \\sigma(W_{ir}\\, x + b_{ir} + W_{hr}\\, h + b_{hr}) \\qquad \\text{reset gate}$$\n\n$$z = \\sigma(W_{iz}\\, x + b_{iz} + W_{hz}\\, h + b_{hz}) \\qquad \\text{update gate}$$\n\n$$n = \\tanh\\bigl(W_{in}\\, x + b_{in} + r \\odot (W_{hn}\\, h + b_{hn})\\bigr) \\qquad \\text{candidate}$$\n\n$$h_\\text{new} = (1 - z) \\odot n + z \\odot h \\qquad \\text{new state}$$\n\nTwelve arrays, `p.W_ir` and so on, in one `GRUParams`." ask="Which of the twelve arrays are square?"
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
# | symbol | meaning | shape |
# | --- | --- | --- |
# | $x$ | input, a batch of $B$ rows | `(B, I)` |
# | $h$, $h_\text{new}$ | state before and after the step | `(B, H)` |
# | $r$, $z$, $n$ | one for each unit of each example | `(B, H)` |
# | $W_{ir}$, $W_{iz}$, $W_{in}$ | matrices that read the input | `(H, I)` |
# | $W_{hr}$, $W_{hz}$, $W_{hn}$ | matrices that read the state | `(H, H)` |
# | $b_{i\ldots}$, $b_{h\ldots}$ | six biases | `(H,)` |
#
# Twelve arrays, called `p.W_ir` and so on, in one `GRUParams`.

# %% [markdown] slide="new" brief="" ask="How many roads lead from the old state $h$ to the new one? On which of them is $h$ only scaled, with no matrix and no squashing?"
# ## The same as a picture
#
# Follow the old state $h$, top left. **How many roads** lead from it to the new state? And on which of them is $h$ only
# scaled, unit by unit, with no matrix and no squashing on the way?

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(8.2, 3.7))
plotting.plot_gru_cell(ax)
show(fig, "gru_cell")

# %% [markdown]
# Four roads: through $r$, through $W_{hn}$, through $z$ as a gate, and the straight one on top, where $h$ is only
# multiplied by $z$. That straight road is the memory. Everything below it decides what is added, and how much.

# %% [markdown] slide="new" brief="Let **all parameters be 0**. Then both gates are $\\sigma(0) = ½$, whatever comes in." ask="**Predict**: the state is 0.8. What is it after one, two and three steps? Does the input matter?"
# ## A GRU that decides nothing
#
# Before you write it, think one case through. Let **all parameters be 0**. Then both gates are $\sigma(0) = ½$,
# whatever comes in.
#
# **Predict**: the state is 0.8. What is it after one, two and three steps? Does the input matter?

# %%
predict("without_parameters", ...)  # the state after three steps

# %% slide="more text"
nothing = GRUParams(*(np.zeros_like(a) for a in gru_ref.init_gru(I=1, H=1, rng=rng)))
state = np.array([[0.8]])
for number in [1.0, -1.0, 1.0]:
    state = gru_ref.gru_step(np.array([[number]]), state, nothing)
    print(f"input {number:2.0f}   state {state.item():.3f}")
outcome("without_parameters", state.item())

# %% [markdown] slide="more" brief="The candidate is $\\tanh 0 = 0$, and half of it is written: the state halves at each step." ask=""
# The candidate is $\tanh 0 = 0$, and half of it is written: the state halves at each step, and no input matters.
#
# Now only the *gates* stay at ½; the candidate gets $W_{in} = 1$ and $W_{hn} = 1$. **Predict** what the four lines
# reduce to. The inputs are 1, 0, 0, and the state begins at 0.

# %%
half = nothing._replace(W_in=np.array([[1.0]]), W_hn=np.array([[1.0]]))
state = np.zeros((1, 1))
for number in [1.0, 0.0, 0.0]:
    old, state = state.item(), gru_ref.gru_step(np.array([[number]]), state, half)
    on_paper = 0.5 * np.tanh(number + 0.5 * old) + 0.5 * old
    print(f"input {number:.0f}   state {state.item():.4f}", end="   ")
    print(f"½ tanh(x + ½ h) + ½ h = {on_paper:.4f}")

# %% [markdown]
# So that is a GRU without decisions: a tanh RNN that looks at half of its past, and moves halfway. What makes it a GRU
# is that $r$ and $z$ *differ*, from unit to unit and from step to step.

# %% [markdown] slide="new"
# ## Your turn: `gru_step` · medium
#
# Write the four lines for a whole batch: `gru_step(x, h, p)` returns the new state `(B, H)`. Write them out, with
# `gru_ref.sigmoid` for σ, or combine `gru_ref.reset_gate`, `update_gate`, `candidate` and `blend`: both are right, and
# the first is what you will recognise in other people's code.
#
# Leave `x` and `h` unchanged. Stuck? `hint(gru_step)`.


# %% solution="gru_step" slide="more"
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

# %% [markdown] slide="new"
# ## Is this the real thing?
#
# We hand our parameters to `torch.nn.GRUCell`, and let both take a step with the same batch. PyTorch stacks the three
# matrices that read the input into one array, in the order $r$, $z$, $n$. It does the same with the others. So each of
# its four arrays holds three of ours.
#
# **Predict** the largest difference in any state: 0, about $10^{-16}$, or about $10^{-7}$?

# %% slide="more text"
import torch

B, I, H = 100, 5, 8
p = gru_ref.init_gru(I, H, rng)
x, h = rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H))
theirs = torch.nn.GRUCell(I, H, dtype=torch.float64)
with torch.no_grad():
    for k, (name, parameter) in enumerate(theirs.named_parameters()):
        three = slice(3 * k, 3 * k + 3)
        parameter.copy_(torch.from_numpy(np.concatenate(p[three])))
        ours = ", ".join(p._fields[three])
        print(f"{name:10} {tuple(parameter.shape)!s:8} is {ours}")
    h_torch = theirs(torch.from_numpy(x), torch.from_numpy(h)).numpy()
difference = np.abs(gru_ref.gru_step(x, h, p) - h_torch).max()
print("equal to 1e-12:", difference < 1e-12, f"  (largest difference {difference:.0e})")

# %% [markdown] slide="more" brief="The same, up to rounding. Four lines *are* the GRU that people use."
# They are the same, up to the rounding of 64-bit floats. (Use your own `gru_step` instead of `gru_ref.gru_step`, if you
# like.) Four lines *are* the GRU that people use.

# %% [markdown] slide="new" brief="A GRU with trained parameters has read Python's own documentation, character by character, and learned one thing: **guess the next character**.\n\n$$\\text{scores} = h_\\text{new} W^\\top + b, \\qquad \\text{probabilities} = \\frac{e^{\\text{scores}}}{\\text{their sum}}$$\n\nTo *write*: draw a character, feed it back as the next input, and go on." ask="**Predict**: does it spell words? Does it end its sentences? Do they make sense?"
# ## Your cell writes
#
# Is that really enough to do anything useful? With good parameters, yes. Lesson 10 shows how parameters are learned;
# here are some that were trained beforehand. This GRU has read the prose in Python's own documentation, character by
# character, and learned one thing: **guess the next character**.
#
# A guess works like this. The character goes in as a *one-hot* vector: all 0, with a 1 at the character's place. After the
# step a matrix turns the state into a **score** for each character that may come next. The larger the score, the more
# probable the character:
#
# $$\text{scores} = h_\text{new} W^\top + b, \qquad \text{probabilities} = \frac{e^{\text{scores}}}{\text{their sum}}$$
#
# To *write*, draw the next character with these probabilities, feed it back as the next input, and go on.

# %%
writer = gru_ref.trained_writer()
V, size = len(writer.characters), sum(a.size for a in writer.p)
print(f"{V} characters, {len(writer.p.b_hr)} units, {size:,} parameters,")
print(f"trained on {writer.note['characters_read']:,} characters. It knows these:")
print(writer.characters.strip())

# %% [markdown]
# The function below does just that, with whatever step it is given. (It divides the scores by 0.5: that makes probable
# characters still more probable. Lesson 10 returns to probabilities.)


# %%
def continued(step, text, length, rng):
    """A text, continued by `length` characters with `step` as the network's step."""
    h = np.zeros((1, len(writer.p.b_hr)))
    for t in range(len(text) + length - 1):
        h = step(writer.one_hot(text[t]), h, writer.p)
        if t >= len(text) - 1:  # the beginning is read; from here on it writes
            weights = np.exp((h @ writer.W.T + writer.b)[0] / 0.5)
            text += writer.characters[rng.choice(V, p=weights / weights.sum())]
    return text


# %% [markdown]
# All that the network knows of what it has written is its state. **Predict**: does it spell words? Does it end its
# sentences? Do they make sense?
#
# `own(gru_step)` is **your** `gru_step`, once its check is green. Until then it is the course's.

# %% slide="new text" lines="2-6"
step, dice = own(gru_step), np.random.default_rng(5)
for beginning in ["The module ", "A function that ", "If the file "]:
    print(continued(step, beginning, steps(200, quick=3), dice), end="\n\n")

# %% [markdown]
# Most words are spelled right, sentences begin with a capital letter and end with a full stop, and the tone is that of
# a manual. The *meaning* is not there: this network cannot hold what a whole sentence is about. Still, each of these
# characters went through the four lines. Try a beginning of your own, and another random seed.
#
# How much of this is memory? **Predict**: what will it write if we empty its state before every step, so that it only ever
# sees the last character?


# %% slide="new text"
def forgetful(x, h, p):
    return step(x, np.zeros_like(h), p)


same_dice = np.random.default_rng(5)
print(continued(forgetful, "The module ", steps(200, quick=3), same_dice))

# %% [markdown] slide="more" brief="**With its state emptied before every step**, it knows which letters like to follow each other, and no more. All the rest was memory, kept and renewed by $z$ and $r$."
# Without the state it knows which letters like to follow each other, and no more. (A network trained without a state
# would do a little better, but it, too, could only know pairs of characters.) All the rest was memory, kept and renewed
# by $z$ and $r$. A larger network that has read more writes much better, by the very same loop.

# %% [markdown] slide="new" brief="Every line treats each row on its own. So a batch of 100 is 100 steps at once."
# ## A batch is many examples, and no more
#
# Every line treats each row on its own. So a batch of 100 is 100 steps at once, and no example can tell who its
# neighbours are. **Predict**: we replace row 0 by something extreme. How many of the 100 new states change?

# %%
predict("neighbours", ...)  # rows of 100 that change

# %% slide="more text"
other = x.copy()
other[0] = 100.0
before, after = gru_ref.gru_step(x, h, p), gru_ref.gru_step(other, h, p)
changed = np.flatnonzero(np.abs(before - after).max(axis=1) > 1e-12)
print("rows that change:", changed)
outcome("neighbours", len(changed), " of 100 rows")
rows = [gru_ref.gru_step(x[b : b + 1], h[b : b + 1], p) for b in range(B)]
alone = np.concatenate(rows)
print("one by one, the same:", np.allclose(before, alone, rtol=0, atol=1e-12))

# %% [markdown] slide="new" brief="One unit, set by hand. Its input: a value, and two marks. *write* shuts $z$, and *afresh* shuts $r$. The candidate is $\\tanh(\\text{value} + r \\cdot h)$. At steps 1 and 7 both marks are set, at 4 and 10 only *write*." ask="**Predict** what the unit holds after steps 1, 4, 7 and 10. And what becomes of the 0.9 at step 9?"
# ## Gates at work
#
# Now watch one unit whose gates *do* decide. We set its parameters by hand. Its input has three numbers: a value, and
# two marks, *write* and *afresh*. The mark *write* shuts $z$, and *afresh* shuts $r$. The candidate is $\tanh(\text{value}
# + r \cdot h)$.

# %%
blank = GRUParams(*(np.zeros_like(a) for a in gru_ref.init_gru(I=3, H=1, rng=rng)))
by_hand = blank._replace(
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
marked = np.stack([value, write, afresh], axis=1)

# %% [markdown]
# **Predict** on paper what the unit holds after steps 1, 4, 7 and 10. At steps 1 and 7 both marks are set, at 4 and 10
# only *write*. And what becomes of the 0.9 at step 9?


# %% slide="more text"
def look_inside(xs, h, p):
    """Gates, candidate and new state of each step, for one sequence: (T, 4, H)."""
    seen = []
    for x in xs[:, None]:  # x is (B, I), with B = 1
        r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
        n = gru_ref.candidate(x, h, r, p)
        h = gru_ref.blend(z, n, h)
        seen.append(np.concatenate([r, z, n, h]))
    return np.array(seen)


watched = look_inside(marked, np.zeros((1, 1)), by_hand)[:, :, 0]
for t in [1, 4, 7, 9, 10]:
    r, z, n, h_new = watched[t]
    print(f"step {t:2}   r {r:.2f}   z {z:.2f}   n {n:5.2f}   h_new {h_new:5.2f}")

# %% [markdown]
# In the lowest panel look at the diamonds first: at every step there is a candidate. Where does the line follow it, and
# where does it ignore it?

# %% slide="new figure"
heights = {"height_ratios": [2, 1.2, 3]}
fig, axes = plt.subplots(3, 1, figsize=(7.6, 5.0), sharex=True, **heights)
plotting.plot_gru_sequence(axes, value, *watched.T)
show(fig, "gru_in_action")

# %% [markdown] slide="new" brief="- Step 1: both gates are shut. The unit forgets, and writes $\\tanh 0.5 = 0.46$.\n- Step 4: only $z$ is shut. The unit *adds*: $\\tanh(0.4 + 0.46)$ is 0.70.\n- In between the candidates come and go, and none is written.\n\n**A candidate is a proposal. The state is the memory.**"
# At step 1 both gates are shut: the unit forgets, and writes $\tanh 0.5 = 0.46$. At step 4 only $z$ is shut: the unit
# *adds*, and $\tanh(0.4 + 0.46)$ is 0.70. Step 7 begins afresh with $\tanh(-0.8) = -0.66$, and step 10 adds again. In
# between the candidates come and go, the 0.9 of step 9 among them, and none is written. **A candidate is a proposal.
# The state is the memory.**

# %% [markdown] slide="new" brief="> **Claim.** The candidate is computed using the two gates.\n\nNudge the parameters of one line, and see which of $r$, $z$, $n$, $h_\\text{new}$ move." ask="**Predict** the table: where does it say 0?"
# ## What moves what?
#
# > **Claim.** The candidate is computed using the two gates.
# >
# > *Source:* a popular article, whose sentence has been copied into many notes.
#
# *What would show it:* nudge the parameters of one line, and see which of $r$, $z$, $n$, $h_\text{new}$ move. If both
# gates are used for the candidate, $n$ moves with the parameters of both.
#
# **Predict** the table: three rows (whose parameters are nudged) and four columns. Where does it say 0?


# %% slide="more text"
def parts(p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    return r, z, gru_ref.candidate(x, h, r, p), gru_ref.gru_step(x, h, p)


print("nudged        r moves   z moves   n moves   h_new moves")
for line, letter in [("reset gate", "r"), ("update gate", "z"), ("candidate", "n")]:
    moved = {name: getattr(p, name) + 0.1 for name in p._fields if name[-1] == letter}
    both = zip(parts(p), parts(p._replace(**moved)), strict=True)
    moves = [np.abs(a - b).max() for a, b in both]
    print(f"{line:12} " + "".join(f"{m:8.3f}  " for m in moves))

# %% [markdown] slide="more"
# > **Verdict.** Wrong. Of the two gates, the candidate uses only the reset gate: nudging the update gate moves $n$ by
# > exactly 0. The update gate comes in afterwards, in the blend. *The new state* is computed using the two gates.

# %% [markdown] slide="new" brief="> **Claim.** In a GRU the memory cell is replaced by the candidate vector.\n\nStop in the middle of a sequence, throw away everything but one vector, and go on from that." ask="**Predict**: which of these end where the uninterrupted run ends? The GRU from its $h$; the GRU from its $n$; an LSTM from $h$ alone; from its cell $c$ alone; from both."
# ## Where is the memory?
#
# Two statements that you can read about the GRU mention a *memory cell*. That is the second vector that an LSTM carries
# besides its state.
#
# > **Claim.** In a GRU the memory cell is replaced by the candidate vector. Its gates let information in and out of a
# > memory cell.
# >
# > *Source:* two popular articles, a sentence from each.
#
# *What would show it:* stop in the middle of a sequence, throw away everything but one vector, and go on from that. If
# the run still ends as if nothing had happened, this vector is the memory. To make the memory long, we add 3 to the
# update gate's bias: it then keeps about 95% at each step.
#
# **Predict**: which of these end where the uninterrupted run ends? The GRU from its $h$; the GRU from its $n$; an LSTM,
# with state $h$ and cell $c$, from its $h$ alone; from $c$ alone; from both.

# %% slide="more text"
long = p._replace(b_iz=p.b_iz + 3)
thirty, start = rng.normal(0, 1, (30, I)), np.zeros((1, H))
whole = look_inside(thirty, start, long)
end, n_mid, h_mid = whole[-1, 3], whole[14, 2:3], whole[14, 3:4]
for name, kept in [("h", h_mid), ("n", n_mid)]:
    resumed = look_inside(thirty[15:], kept, long)[-1, 3]
    print(f"GRU from {name}:          off by {np.abs(resumed - end).max():.3f}")

lstm = gru_ref.init_lstm(I, H, rng)
lstm = lstm._replace(b_if=lstm.b_if + 3)  # its forget gate keeps as long
hs, cs = gru_ref.lstm_forward(thirty[:, None], start, start, lstm)
h_15, c_15 = hs[14], cs[14]
choices = {"h alone": (h_15, start), "c alone": (start, c_15), "h and c": (h_15, c_15)}
for name, kept in choices.items():
    again, _ = gru_ref.lstm_forward(thirty[15:, None], *kept, lstm)
    print(f"LSTM from {name}:   off by {np.abs(again[-1] - hs[-1]).max():.3f}")

# %% [markdown]
# > **Verdict.** Wrong. The GRU's memory is its state $h$: from $h$ the run ends as if nothing had happened, from the
# > candidate it is off by 0.21, in a state that lies between −1 and 1. Nothing of the candidate survives except what
# > was blended into $h$. (Its counterpart in the LSTM is also a candidate, called $g$ there.)
# >
# > "In and out of a cell" is imprecise. That describes the LSTM: it stores most in $c$, shows $h$, and needs both to
# > end exactly where the uninterrupted run ends. A GRU has no cell besides its state, and no output gate: what it
# > stores is what it shows.

# %% [markdown] slide="new" brief="Why not begin with the same number everywhere?" ask="We give every parameter of a GRU with 64 units the value 0.1, and run it over 20 random inputs. **Predict**: how many *different* values do its 64 units hold?"
# ## Where do parameters come from?
#
# Learning improves parameters, so there must be something to improve. **Predict**: why not simply begin with the same
# number everywhere? We give every parameter of a GRU with 64 units the value 0.1, run it over 20 random inputs, and
# count how many *different* values its 64 units hold at the end.

# %%
predict("all_alike", ...)  # different values in 64 units

# %% slide="more text"
drawn = gru_ref.init_gru(I=5, H=64, rng=rng)
alike = GRUParams(*(np.full_like(a, 0.1) for a in drawn))
twenty = rng.normal(0, 1, (20, 1, 5))
for name, parameters in [("all 0.1", alike), ("drawn at random", drawn)]:
    last = gru_ref.gru_forward(twenty, np.zeros((1, 64)), parameters)[-1, 0]
    different = len(np.unique(last.round(9)))
    print(f"{name:16} {different} different values in 64 units")
    if parameters is alike:
        outcome("all_alike", different, " different values")

# %% [markdown]
# One. Units with the same parameters compute the same thing. If whatever reads them treats them alike, too, they get
# the same correction when they learn, and stay the same: 64 units do the work of one. **Random numbers make them
# different.**
#
# How large? A unit adds up $H$ terms from the state. The more terms, the larger the sum, and a gate whose sum is large is
# fully open or shut and hardly learns (lesson 03). Compare numbers within ±1 with numbers within $\pm 1/\sqrt H$. Look at
# how the sums grow with $H$.

# %%
print("   H    bound   typical sum   gates beyond 0.05 … 0.95")
for units in [16, 64, 256, 1024]:
    states = rng.uniform(-0.9, 0.9, (500, units))
    for name, bound in [("1", 1.0), ("1/√H", 1 / np.sqrt(units))]:
        sums = states @ rng.uniform(-bound, bound, (units, units)).T
        stuck = np.mean(np.abs(gru_ref.sigmoid(sums) - 0.5) > 0.45)
        print(f"{units:5}   {name:5}   {sums.std():9.2f}     {stuck:8.0%}")

# %% [markdown] slide="more" brief="**Random numbers make units different.** PyTorch's choice keeps the sums small, however large $H$ is: every entry uniform between $-1/\\sqrt H$ and $1/\\sqrt H$."
# With the bound 1 the sums grow like $\sqrt H$, and in a large network most gates are stuck from the start. With
# $1/\sqrt H$ they are as large for 1024 units as for 16. This is PyTorch's choice, for all twelve arrays:
#
# $$\text{every entry uniform between } -\frac{1}{\sqrt H} \text{ and } \frac{1}{\sqrt H}$$

# %% [markdown] slide="new"
# ## Your turn: `init_gru` · medium
#
# Write `init_gru(I, H, rng)`: a `GRUParams` whose twelve arrays are drawn this way, each entry independently, with the
# generator `rng`. Because each draw is different, `check` cannot compare numbers. It looks at the shapes, the bound,
# the spread of the numbers, and whether they come from `rng`. Stuck? `hint(init_gru)`.
#
# | name | shape |
# | --- | --- |
# | `W_ir`, `W_iz`, `W_in` | `(H, I)` |
# | `W_hr`, `W_hz`, `W_hn` | `(H, H)` |
# | `b_ir`, `b_iz`, `b_in`, `b_hr`, `b_hz`, `b_hn` | `(H,)` |


# %% solution="init_gru" slide="more"
def init_gru(I, H, rng):
    """Starting parameters, entries uniform in ±1/√H; rng is a generator → GRUParams."""
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
    ends = f"from {scaled.min():.3f} to {scaled.max():.3f}"
    print(f"{name:10} {ends}, standard deviation {scaled.std():.3f}")

# %% [markdown]
# ## How many numbers does it learn?
#
# Look at the four lines again. Reset, update and candidate each have a matrix for the input, a matrix for the state, and
# biases. PyTorch has two bias vectors in each, other libraries one, and many articles none.
#
# ## Your turn: `count_gru_parameters` · easy
#
# Write `count_gru_parameters(I, H, biases)`: the number of learned parameters, where `biases` (0, 1 or 2) is the number
# of bias vectors in each of reset, update and candidate. Stuck? `hint(count_gru_parameters)`.


# %% solution="count_gru_parameters"
def count_gru_parameters(I, H, biases):
    """Learned numbers of a GRU; biases is 0, 1 or 2 in each of r, z, n → integer."""
    ### BEGIN SOLUTION
    return 3 * (H * I + H * H + biases * H)
    ### END SOLUTION


# %% check="count_gru_parameters" points=2
check(count_gru_parameters)

# %% [markdown] slide="new" brief="> **Claim.** A GRU has fewer parameters." ask="Fewer than what? **Predict** the two ratios, at equal sizes: GRU to RNN, and GRU to LSTM."
# ## Fewer parameters than what?
#
# > **Claim.** A GRU has fewer parameters.
# >
# > *Source:* for one, this [glossary](https://news.lavx.hu/glossary/gated-recurrent-unit): GRUs "have fewer parameters to
# > learn".
#
# Some articles don't say what they compare the GRU with; the only other network that one of them mentions is the plain
# RNN. *What would show it:* the counts, at equal sizes. We let PyTorch count its own.
#
# **Predict** the two ratios: GRU to RNN, and GRU to LSTM.

# %%
predict("ratios", [..., ...])  # GRU to RNN, GRU to LSTM


# %% slide="more text"
def torch_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


print("  I     H       RNN       GRU      LSTM   GRU/RNN   GRU/LSTM")
kinds = (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM)
for sizes in [(1, 1), (10, 100), (128, 128), (300, 512)]:
    rnn, gru, lstm = (torch_count(kind(*sizes)) for kind in kinds)
    assert gru == gru_ref.count_gru_parameters(*sizes, biases=2)
    counts = f"{sizes[0]:3}   {sizes[1]:3} {rnn:9,} {gru:9,} {lstm:9,}"
    print(f"{counts}   {gru / rnn:7.4f}   {gru / lstm:8.4f}")
outcome("ratios", [gru / rnn, gru / lstm])

# %% [markdown]
# Three times an RNN, three quarters of an LSTM, exactly and at every size: one set of arrays, three sets, four. An LSTM
# has three gates and a candidate.
#
# But *exactly* holds only where both have the same number of biases. By default, Keras gives its GRU two bias vectors
# per gate and its LSTM one. And equal sizes are not the only fair comparison: one may also give both the same *budget*,
# the same number of parameters. **Predict** which of the two then has more units.


# %%
def lstm_count(I, H, biases):
    return 4 * (H * I + H * H + biases * H)


def units_for(budget, count):
    """The largest H whose parameters, with 128 inputs, stay within the budget."""
    return max(H for H in range(1, 400) if count(128, H) <= budget)


gru = gru_ref.count_gru_parameters(128, 128, biases=2)
lstm = lstm_count(128, 128, biases=1)
print(f"as in Keras:   GRU {gru:,}, LSTM {lstm:,}, ratio {gru / lstm:.4f}")

counted = {
    "RNN": gru_ref.count_rnn_parameters,
    "GRU": lambda I, H: gru_ref.count_gru_parameters(I, H, biases=2),
    "LSTM": lambda I, H: lstm_count(I, H, biases=2),
}
for kind, count in counted.items():
    print(f"100,000 parameters make {units_for(100_000, count)} units of {kind}")

# %% [markdown] slide="more"
# > **Verdict.** Imprecise: *fewer than what?* Compared with a plain RNN it has **three times as many**. Compared with
# > an LSTM of the same sizes it has a quarter fewer, if both have the same number of biases (in Keras a little less
# > than a quarter: here the ratio is 0.7529). At an equal budget it has no fewer at all, and puts the difference into
# > more units: 128 against 105 here. Whether that helps is another question, and lesson 12 measures it.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="what_a_test_must_show" points=2 slide="new"
# **For 2 points.** A friend tests a `gru_step` against PyTorch with $h = 0$ and all biases 0, on a batch of inputs, and
# finds no difference. "So it is right", your friend says. Name **two different mistakes** that this test cannot see, and
# say for each why not.
#
# ### BEGIN SOLUTION
# With h = 0 every product W_h h is 0, and so is z ⊙ h; without biases the past's bracket is 0 altogether.
#
# So, among others, these mistakes stay unseen: a matrix W_h… that is not transposed, or that is confused with another,
# since all of them are multiplied by 0; the reset applied before or after the product, as 1 − r, or not at all, since
# what it gates is 0; the term z ⊙ h missing from the blend; any bias dropped, doubled or on the wrong side of the
# reset, since all are 0. A test should use h ≠ 0, biases ≠ 0, and sizes that differ.
#
# **Rubric**
#
# - 1 point: a mistake that the test cannot see, with the reason: what it concerns is multiplied by h = 0, or a bias of 0.
# - 1 point: a second one of another kind (not the same mistake in another line), with its reason.
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A GRU is four lines: two gates, a candidate, a blend. Written this way, it equals `torch.nn.GRUCell` up to
#   rounding.
# - The state $h$ is the memory, and there is no other. The candidate is a proposal; of the gates it uses $r$ alone, and $z$
#   decides what becomes of it.
# - Starting parameters are random, so that units differ, and within $\pm 1/\sqrt H$, so that gates begin undecided.
# - $3\,(HI + H^2 + \text{biases} \cdot H)$ parameters: three times an RNN, three quarters of an LSTM with the same
#   number of biases.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check.*
#
# **Find out**: can a GRU with a *single* unit count modulo 2? Its input is a mark, 0 or 1, at each step. The state should be
# near $+a$ after an even number of marks and near $-a$ after an odd number, and it should stay so for hundreds of steps,
# however the marks are spread. And modulo 3, with more units?
#
# **Try first**: start from `blank` above, and set by hand the entries that *Gates at work* sets. What must $z$ do where
# there is no mark? What must the candidate be, as a function of $h$, where there is one? $W_{hn}$ may be negative.
# Begin from $h = 0.9$.
#
# **How you would know**: draw 100 sequences of 500 steps with random marks, compare the sign of the last state with the
# parity of the marks, and add a little noise to the input. Then ask whether a plain tanh RNN with one unit can do it.

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
# About four times: the $H^2$ of the three matrices that read the state makes up nearly everything.
#
# </details>
#
# **3.** Somebody computes $h ← z \odot h$ first, then $n$, then adds $(1 - z) \odot n$. What is wrong?
#
# <details><summary>Answer</summary>
#
# The candidate then reads a state that has already shrunk. $r$, $z$ and $n$ all read the old state: change it last.
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
