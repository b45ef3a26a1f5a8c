# %% [markdown] slide="new"
# # 07 · Sequences
#
# **How does a cell become a layer?**
#
# - **Goals**: run a GRU over a batch whose sequences differ in length, without the padding leaking into the result;
#   read in both directions; stack layers; read answers off the states; match `torch.nn.GRU` to twelve digits.
# - **Time**: 85 minutes.
# - **Before you start**: the GRU's step (lesson 05), time first and batches (lesson 01).

# %%
import matplotlib.pyplot as plt
import numpy as np

import gru_ref
from grader import check, hint, outcome, predict, progress, show
from gru_ref import GRUParams, plotting

# %% [markdown] slide="new" brief="A **cell** knows one step. A **layer** is the same cell at every step, with the same parameters:\n\n$$h_k = \\text{step}(x_k,\\ h_{k-1}), \\qquad k = 1, \\dots, T$$\n\n| name | meaning | shape |\n| --- | --- | --- |\n| `xs` | inputs, time first | `(T, B, I)` |\n| `h0` | the state before the first step | `(B, H)` |\n| `hs` | all states; `hs[k - 1]` is $h_k$ | `(T, B, H)` |" ask="$T = 3$, $B = 2$, $H = 5$. What is the shape of all states together?"
# ## One cell, many steps
#
# A **cell** knows one step: from an input and a state it computes the next state. A **layer** reads a whole sequence.
# It is the same cell at every step, with the same parameters; each state goes into the next step:
#
# $$h_k = \text{step}(x_k,\ h_{k-1}), \qquad k = 1, \dots, T$$
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `xs` | inputs, time first; `xs[k - 1]` is $x_k$ | `(T, B, I)` |
# | `h0` | $h_0$, the state before the first step | `(B, H)` |
# | `hs` | all states; `hs[k - 1]` is $h_k$, after $k$ inputs | `(T, B, H)` |
#
# Here is that line three times, without a loop. **Predict** the shape that is printed last.

# %%
rng = np.random.default_rng(0)
p = gru_ref.init_gru(I=4, H=5, rng=rng)
xs, h0 = rng.normal(size=(3, 2, 4)), np.zeros((2, 5))  # T = 3 steps of B = 2 rows
h1 = gru_ref.gru_step(xs[0], h0, p)
h2 = gru_ref.gru_step(xs[1], h1, p)
h3 = gru_ref.gru_step(xs[2], h2, p)
print("one state", h3.shape, "  all of them", np.stack([h1, h2, h3]).shape)

# %% [markdown] slide="new" brief="A sequence may come in pieces. Then the last state of one piece is the first of the next, and nobody can tell that there was a cut." ask="30 steps in two pieces, cut at step 20. **Predict**: if the second piece starts from zeros, is the damage done for good?"
# ## Where does it begin?
#
# $h_0$ is usually zero: nothing is known yet. But a sequence may come in pieces, a day at a time, say. Then the last
# state of one piece is the first of the next, and nobody can tell that there was a cut. If you forget to hand it on,
# the network starts each day with an empty mind.
#
# We read 30 steps in one go, and in two pieces cut at step 20. **Predict**: if the second piece starts from zeros, is
# the damage done for good?

# %% slide="more text"
I, H = 4, 32
network = gru_ref.init_gru(I, H, rng)
xs, h0 = rng.normal(size=(30, 100, I)), np.zeros((100, H))
whole = gru_ref.gru_forward(xs, h0, network)
handed_on = gru_ref.gru_forward(xs[20:], whole[19], network)
forgotten = gru_ref.gru_forward(xs[20:], h0, network)
print("state handed on, equal to 1e-12:", np.abs(handed_on - whole[20:]).max() < 1e-12)
for k in [1, 3, 5, 10]:
    difference = np.abs(forgotten - whole[20:])[k - 1].max()
    print(
        f"state forgotten, {k:2} steps after the cut: "
        f"largest difference {difference:.3f}"
    )

# %% [markdown]
# If the state is handed on, there is no difference. If it is forgotten, the difference is large at first and then
# fades: ten steps after the cut this network would hardly remember what came before it anyway. (It is untrained, and
# forgets quickly. The better a network remembers, the longer it misses what it was not told.)

# %% [markdown] slide="new" brief="The rows of a batch never meet: 64 sequences in one batch give the same states as one at a time." ask="**Predict**: how many times as long does it take one at a time?"
# ## A batch is a convenience
#
# The rows of a batch never meet. Sixty-four sequences in one batch give the same states as one at a time; they only go
# through the same matrix products together, and that is faster. **Predict** by how much.

# %%
predict("one_at_a_time", ...)  # how many times as long?

# %% slide="more text"
from time import perf_counter

xs, h0 = rng.normal(size=(100, 64, I)), np.zeros((64, H))
times = [perf_counter()]
together = gru_ref.gru_forward(xs, h0, network)
times.append(perf_counter())
alone = [gru_ref.gru_forward(xs[:, b : b + 1], h0[:1], network) for b in range(64)]
times.append(perf_counter())
print(
    "same states:",
    np.allclose(together, np.concatenate(alone, axis=1), rtol=0, atol=1e-12),
)
ratio = np.diff(times)[1] / np.diff(times)[0]
print(f"one at a time takes {ratio:.0f} times as long")
outcome("one_at_a_time", round(ratio), " times as long")

# %% [markdown]
# It takes several times as long; how many depends on your machine. That is why we use batches. But sentences, tunes and
# recordings differ in length, and an array is a box with straight sides.

# %% [markdown] slide="new" brief="We take the longest length as `T`, and fill up the shorter sequences. What we fill in is called **padding**. A second array says where each sequence ends: `lengths (B,)`." ask="Sequences of lengths 5, 2 and 3. What is the shape of `xs`, and how much of it is padding?"
# ## Padding
#
# We take the longest length as `T`, and fill up the shorter sequences after their ends. What we fill in is called
# **padding**. A second array says where each sequence ends: `lengths (B,)`.

# %% slide="more text"
sequences = [np.array([1.0, 2, 3, 4, 5]), np.array([6.0, 7]), np.array([8.0, 9, 10])]
lengths = np.array([len(s) for s in sequences])
xs = np.zeros((lengths.max(), len(sequences), 1))  # (T, B, I)
for b, s in enumerate(sequences):
    xs[: len(s), b, 0] = s
print("lengths", lengths)
print(xs[:, :, 0].T)  # a row for each sequence, for reading

# %% [markdown] slide="new" brief="> **Claim.** Padding with zeros is harmless: a zero adds nothing.\n\n200 sequences end, and go on with zeros: in a new network, whose update gates stand near ½, and in one that keeps about 98% at each step." ask="**Predict**: what part of the differences between the sequences is left after ten zeros, in each?"
# > **Claim.** Padding with zeros is harmless: a zero adds nothing.
# >
# > *Source:* nobody in particular; every program that pads without a mask acts on it.
#
# *What would show it:* states that stay where they are while zeros are read. We let 200 sequences of ten steps end, go
# on with zeros for 50 more, and measure two things:
#
# - how far a state has moved from where its sequence ended, as a fraction of its norm there (the length of the vector);
# - how much the 200 sequences still differ from one another, as a fraction of how much they did.
#
# We do it with a new network, whose update gates stand near ½, and with one whose bias $b_{iz}$ was raised by 4, so
# that it keeps about 98% at each step. **Predict**: what part of the differences is left after ten zeros, in each?

# %%
predict("differences_left", [..., ...])  # percent left: new network, z near 1

# %% slide="more text"
rng = np.random.default_rng(1)
p = gru_ref.init_gru(I, H, rng)
networks = {"new network": p, "z near 1": p._replace(b_iz=p.b_iz + 4)}
inputs, away, apart = rng.normal(size=(10, 200, I)), {}, {}
for name, q in networks.items():
    end = gru_ref.gru_forward(inputs, np.zeros((200, H)), q)[-1]
    hs = gru_ref.gru_forward(np.zeros((50, 200, I)), end, q)  # fifty zeros
    moved = np.linalg.norm(hs - end, axis=2) / np.linalg.norm(end, axis=1)
    away[name], apart[name] = (
        moved.mean(axis=1),
        hs.std(axis=1).mean(axis=1) / end.std(axis=0).mean(),
    )
    print(
        f"{name:12} after 10 zeros: moved by {moved[9].mean():.2f}, "
        f"differences left {apart[name][9]:.4f}"
    )
outcome("differences_left", [round(100 * a[9]) for a in apart.values()], " percent")

# %% [markdown]
# On the left, see how far the states drift; on the right, what is left of the differences.

# %% slide="new figure"
fig, axes = plt.subplots(1, 2, figsize=(9.2, 3.0))
plotting.plot_drift(axes, away, apart)
show(fig, "drift_in_padding")

# %% [markdown] slide="more"
# > **Verdict.** Wrong. A zero adds nothing to $W x$, but the biases and the state itself go on working. In the new
# > network ten zeros move a state by two thirds of its norm, and less than a hundredth of the differences between the
# > sequences is left: all of them are about to look alike. The network that keeps does better there, with 84% left, but
# > its states drift away all the same, by three quarters of their norm, and keep going.

# %% [markdown]
# So let us put the padding in *front*, as some tools do unless told otherwise (Keras's `pad_sequences`, for one). Then
# the last step is a real one for every sequence. **Predict**: for which of the two networks is that good enough?

# %%
for name, q in networks.items():
    for count in [1, 5, 20]:
        padded = np.concatenate([np.zeros((count, 200, I)), inputs])
        end = gru_ref.gru_forward(inputs, np.zeros((200, H)), q)[-1]
        late = gru_ref.gru_forward(padded, np.zeros((200, H)), q)[-1]
        moved = np.linalg.norm(late - end, axis=1) / np.linalg.norm(end, axis=1)
        print(
            f"{name:12} {count:2} zeros in front: "
            f"final state moved by {moved.mean():.3f}"
        )

# %% [markdown]
# For the network that forgets, it is good enough: it forgets the zeros as well, and its final state is off by less than
# 1%. The one that keeps also keeps what the zeros have done to it: twenty of them move its final state by more than its
# own norm. So padding in front hurts most where a network remembers best.

# %% [markdown] slide="new" brief="Let $m_k$ be 1 while a sequence runs and 0 in its padding, `(T, B)`. After each step, blend:\n\n$$h \\leftarrow m \\odot h_\\text{new} + (1 - m) \\odot h$$\n\nThe state of a sequence that has ended **stands still**." ask="**Predict** the three rows of the mask for lengths 5, 2 and 3."
# ## The mask is one more gate
#
# The remedy is an old friend: a gate. Let $m_k$ be 1 while a sequence runs and 0 in its padding, one number for each
# sequence and step, `(T, B)`. After each step, blend:
#
# $$h \leftarrow m \odot h_\text{new} + (1 - m) \odot h$$
#
# It is the blend of lesson 04 with the roles of $z$ and $1 - z$ exchanged: where $m$ is 0 the old state is kept as it
# is. No parameter is learned; the lengths decide. The state of a sequence that has ended **stands still**, and so
# `hs[-1]` holds every sequence's *final state*, wherever it ended.
#
# The mask itself is one comparison, `(T, 1)` with `(B,)`; the course has it as `gru_ref.length_mask(T, lengths)`.
# **Predict** the three rows that are printed for our lengths 5, 2 and 3.

# %% slide="more text"
lengths = np.array([5, 2, 3])
mask = np.arange(5)[:, None] < lengths  # (T, B)
print(mask.astype(int).T)

# %% [markdown]
# By hand, with two sequences of two units; the second has ended. The mask needs a second axis, so that it applies to
# both units: `(B, 1)` against `(B, H)`.

# %%
h, h_new = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5, 0.6], [0.7, 0.8]])
m = np.array([[True], [False]])
print(np.where(m, h_new, h))  # the same as m * h_new + (1 - m) * h

# %% [markdown] slide="new" brief="Could the GRU's own update gate do it? Give it one more input, 1 in the padding and 0 elsewhere, and let the gate's weight for that input be $w$." ask="**Predict** what becomes of the drift after 20 steps of padding, as $w$ grows."
# Could the GRU's own update gate do it? Give it one more input, 1 in the padding and 0 elsewhere, and let the gate's
# weight for that input be $w$: the larger $w$, the closer $z$ is to 1 in the padding. **Predict** what becomes of the
# drift after 20 steps of padding.

# %% slide="more text"
unpadded = rng.normal(size=(10, 200, I + 1))
unpadded[..., -1] = 0  # the flag: not padding
padding = np.zeros((20, 200, I + 1))
padding[..., -1] = 1
flagged = gru_ref.init_gru(I + 1, H, rng)
for w in [0.0, 5.0, 10.0, 20.0, 40.0]:
    W_iz = flagged.W_iz.copy()
    W_iz[:, -1] = w
    q = flagged._replace(W_iz=W_iz)
    end = gru_ref.gru_forward(unpadded, np.zeros((200, H)), q)[-1]
    drifted = gru_ref.gru_forward(padding, end, q)[-1]
    print(f"w = {w:4.0f}    largest drift {np.abs(drifted - end).max():.1e}")

# %% [markdown] slide="more" brief="The mask is the limit of this: an update gate that is told about the padding."
# At $w = 40$ all that is left is the rounding of 64-bit floats. The mask is the limit of this: an update gate that is
# told about the padding, and whose weight for it goes to infinity.

# %% [markdown] slide="new"
# ## Your turn: `gru_forward` · medium
#
# Write `gru_forward(xs, h0, p, lengths=None)`: the states after every step, `hs (T, B, H)`.
#
# - One step is `gru_ref.gru_step(x, h, p)`, the course's own.
# - `lengths (B,)` holds integers from 1 to `T`. After its end a sequence's state stands still.
# - `lengths=None` means: every sequence has `T` steps.
# - A batch may be padded beyond its longest sequence, and the padding may hold any numbers.
# - `xs` and `h0` belong to the caller: leave them as they are.
#
# Stuck? `hint(gru_forward)`.


# %% solution="gru_forward" slide="more code" lines="1-1"
def gru_forward(xs, h0, p, lengths=None):
    """All states of a run over padded sequences.

    xs (T, B, I), h0 (B, H), p GRUParams, lengths (B,) or None → hs (T, B, H).
    """
    ### BEGIN SOLUTION
    T, B, _ = xs.shape
    if lengths is None:
        lengths = np.full(B, T)
    h, hs = h0, []
    for t in range(T):
        h = np.where((t < lengths)[:, None], gru_ref.gru_step(xs[t], h, p), h)
        hs.append(h)
    return np.stack(hs)
    ### END SOLUTION


# %% check="gru_forward" points=3
check(gru_forward)

# %% [markdown] slide="new" brief="Six sequences, a row each, and the state of one unit in colour. The black line shows where each sequence ends." ask="What happens right of the line, without the mask and with it?"
# ## Look at it
#
# Six sequences, a row each, and the state of one unit in colour. The black line shows where each sequence ends. On the
# left the padding is read like input, on the right the mask is at work. Look at what happens right of the line.

# %% slide="more figure"
rng = np.random.default_rng(2)
lengths = np.array([24, 5, 14, 9, 19, 3])
xs, h0, p = rng.normal(size=(24, 6, I)), np.zeros((6, H)), gru_ref.init_gru(I, H, rng)
xs[~gru_ref.length_mask(24, lengths)] = 0.0
fig, axes = plt.subplots(1, 2, figsize=(9.6, 2.8))
plotting.plot_padded_batch(
    axes[0], gru_ref.gru_forward(xs, h0, p)[:, :, 0], lengths, "padding read"
)
plotting.plot_padded_batch(
    axes[1], gru_ref.gru_forward(xs, h0, p, lengths)[:, :, 0], lengths, "masked"
)
show(fig, "padded_batch")

# %% [markdown] slide="new" brief="## Appending padding changes nothing\n\nThe property behind it: a sequence's states do not depend on how long the others in its batch happen to be."
# On the left, all padded rows end in the same colour: whatever they had read is gone. On the right, each keeps its own.
#
# The property behind it: **appending padding changes nothing**. A sequence's states do not depend on how long the
# others in its batch happen to be.

# %% [markdown] slide="more" ask="Both networks, over 200 sequences of 3 to 12 steps, with the mask and without. **Predict** the four differences from each sequence read alone: which are 0?"
# > **Claim.** It is the gates that enable a GRU to work with sequences of different lengths.
# >
# > *Source:* a popular article, as in lesson 01.
#
# *What would show it:* that the GRU copes with padding, and a network without gates does not. We run both over 200
# sequences of 3 to 12 steps, with the mask and without, and compare the final states with those of each sequence read
# alone. The loop is the same for both; only the step differs. **Predict** the four numbers: which are 0?


# %% slide="more text"
def final_states(step, p, xs, mask):
    h = np.zeros((xs.shape[1], H))
    for x, m in zip(xs, mask, strict=True):
        h = np.where(m[:, None], step(x, h, p), h)
    return h


rng = np.random.default_rng(3)
lengths, xs = rng.integers(3, 13, 200), rng.normal(size=(12, 200, I))
mask = gru_ref.length_mask(12, lengths)
xs[~mask] = 0.0
cells = {
    "tanh RNN": (gru_ref.rnn_step, gru_ref.init_rnn(I, H, rng)),
    "GRU": (gru_ref.gru_step, gru_ref.init_gru(I, H, rng)),
}
for name, (step, q) in cells.items():
    rows = [xs[:n, b : b + 1] for b, n in enumerate(lengths)]
    alone = np.concatenate(
        [final_states(step, q, row, np.ones((len(row), 1), bool)) for row in rows]
    )
    for label, m in {"with mask": mask, "without": np.ones_like(mask)}.items():
        print(
            f"{name:8} {label:9}  largest difference "
            f"{np.abs(final_states(step, q, xs, m) - alone).max():.2f}"
        )

# %% [markdown] slide="more"
# > **Verdict.** Wrong. With the mask both end as if each sequence had been read alone; without it neither does, and the
# > largest differences are 0.86 and 0.44. Different lengths are handled by one step that is shared over time (lesson 01)
# > and by the mask, and both work with any cell. Gates choose what is *kept*. If they were told about the padding, they
# > could learn to be the mask; but nobody tells them.

# %% [markdown] slide="new" brief="A second network reads the sequence from its end: such a layer is **bidirectional**, `(T, B, 2H)`." ask="Follow the arrows back from `hs[1]`: which inputs has each of its halves read?"
# ## Both directions
#
# "The bank of the …" What a word means may depend on what comes *after* it. A state has read nothing of that. So let a
# second network, with parameters of its own, read the sequence from its end, and put both states of a step side by
# side: `(T, B, 2H)`. Such a layer is called **bidirectional**. In the picture, follow the arrows back from `hs[1]`:
# which inputs has each of its halves read?

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_both_directions(ax, 4)
show(fig, "both_directions")

# %% [markdown] slide="new" brief="With padding there is a snag." ask="**Predict** what `xs[::-1]` does to our three sequences, of lengths 5, 2 and 3."
# To read backwards we reverse the sequence, read it forwards, and reverse the states again, so that both halves of
# `hs[t]` belong to the same step. With padding there is a snag. **Predict** what `xs[::-1]` does to our three
# sequences.

# %% slide="more text"
lengths = np.array([5, 2, 3])
xs = np.array([[1.0, 6, 8], [2, 7, 9], [3, 0, 10], [4, 0, 0], [5, 0, 0]])[:, :, None]
print(xs[::-1, :, 0].T)

# %% [markdown] slide="more"
# The padding comes first now, and the backward network would begin by reading it. We want each sequence reversed
# **within its own length**, and the padding left where it is:
#
# $$\text{reversed}[t, b] = \text{xs}[\text{lengths}[b] - 1 - t,\ b] \quad\text{where}\ t < \text{lengths}[b]$$

# %% [markdown] slide="new"
# ## Your turn: `reverse_padded` · easy
#
# Write `reverse_padded(xs, lengths)`: it returns a new array like `xs (T, B, I)`. A loop over the batch is fine. Stuck?
# `hint(reverse_padded)`.


# %% solution="reverse_padded" slide="more code"
def reverse_padded(xs, lengths):
    """Each sequence turned within its length, padding in its place.

    xs (T, B, I), lengths (B,) → (T, B, I).
    """
    ### BEGIN SOLUTION
    turned = xs.copy()
    for b, n in enumerate(lengths):
        turned[:n, b] = xs[:n, b][::-1]
    return turned
    ### END SOLUTION


# %% check="reverse_padded" points=1
check(reverse_padded)

# %% [markdown] slide="new"
# ## Your turn: `bidirectional` · medium
#
# Write `bidirectional(xs, p_forward, p_backward, lengths)`: `hs (T, B, 2H)`, the forward states in the first `H`
# places, the backward ones in the last `H`.
#
# - Both start from zeros. You may use `gru_ref.gru_forward`, `gru_ref.reverse_padded` and `gru_ref.length_mask`.
# - **In the padding the result is zero**, as PyTorch's is: the forward and the backward state that stand still there
#   belong to different steps, and side by side they would mean nothing.
#
# Stuck? `hint(bidirectional)`.


# %% solution="bidirectional"
def bidirectional(xs, p_forward, p_backward, lengths):
    """States of both directions.

    xs (T, B, I), two GRUParams, lengths (B,) → (T, B, 2H), zero in the padding.
    """
    ### BEGIN SOLUTION
    T, B, _ = xs.shape
    h0 = np.zeros((B, len(p_forward.W_hr)))
    forward = gru_ref.gru_forward(xs, h0, p_forward, lengths)
    backward = gru_ref.gru_forward(
        gru_ref.reverse_padded(xs, lengths), h0, p_backward, lengths
    )
    both = np.concatenate([forward, gru_ref.reverse_padded(backward, lengths)], axis=2)
    return both * gru_ref.length_mask(T, lengths)[:, :, None]
    ### END SOLUTION


# %% check="bidirectional" points=2
check(bidirectional)

# %% [markdown] slide="new" brief="At each step the input is 1 or −1, at random. From the states of step $t$ we try to read off the coin of step $t + k$. 32 units that read forwards, or 16 + 16 in both directions." ask="**Predict** the share of right answers for $k = +1$, in each."
# ## What can a state tell?
#
# A test with coins: at each step the input is 1 or −1, at random. From the states of step $t$ we try to read off the
# coin of step $t + k$, with the best linear map that least squares finds on 300 sequences; we count the hits on 300 new
# ones.
#
# We compare 32 units that read forwards with 16 + 16 that read in both directions: the same number of values in a
# state. **Predict** both curves: where is each at 100%, where at 50%, which is guessing?

# %%
rng = np.random.default_rng(4)
coins, full = rng.choice([-1.0, 1.0], size=(40, 600, 1)), np.full(600, 40)
p, q, s = (gru_ref.init_gru(1, n, rng) for n in (32, 16, 16))
states = {
    "32 units, forwards": gru_ref.gru_forward(coins, np.zeros((600, 32)), p),
    "16 + 16 units, both ways": gru_ref.bidirectional(coins, q, s, full),
}


def read_off(hs, wanted):
    """Fraction of signs (T, B) that a linear map reads off the states (T, B, H).

    It is learned on half of the batch, and tried on the other half.
    """
    hs = np.concatenate([hs, np.ones((*hs.shape[:2], 1))], axis=2)
    half = hs.shape[1] // 2
    weights = np.linalg.lstsq(
        hs[:, :half].reshape(-1, hs.shape[2]), wanted[:, :half].ravel()
    )[0]
    return np.mean(np.sign(hs[:, half:] @ weights) == wanted[:, half:])


# %%
predict("next_coin", [..., ...])  # percent of k = +1: forwards, both ways

# %% slide="more text"
offsets, middle = np.arange(-6, 7), np.arange(8, 32)
recalls = {
    name: [read_off(hs[8:32], coins[middle + k, :, 0]) for k in offsets]
    for name, hs in states.items()
}
for name, values in recalls.items():
    print(
        f"{name:25}",
        *(f"{k:+d}: {v:.0%}" for k, v in zip(offsets[4:9], values[4:9], strict=True)),
        sep="   ",
    )
outcome("next_coin", [round(100 * v[7]) for v in recalls.values()], " percent")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(8.2, 3.0))
plotting.plot_reach(ax, offsets, recalls, chance=0.5)
show(fig, "reach_of_states")

# %% [markdown] slide="more" brief="The backward half can only start once the sequence has *ended*: it cannot predict what comes next."
# The forward states know the past and, of course, nothing of the future. The bidirectional ones see both ways; with 16
# units for each direction they see a little less far back. The price: the backward half can only start once the
# sequence has *ended*. It cannot be used to predict what comes next, nor to answer while somebody is still speaking.

# %% [markdown]
# ## Layers on layers
#
# The states of a layer are a sequence like any other, `(T, B, H)`. So a second layer can read them as its `xs`. It sees
# at each step what the first has made of everything so far. Its inputs have the size of the states below: `H`, or `2H`
# where that layer reads both ways.
#
# Now everything at once, and PyTorch beside it: **two layers, both directions, sequences of different lengths**.
# PyTorch keeps the arrays of r, z and n one below the other, in this order (lesson 06), and expects a padded batch to
# be *packed*: that is how it is told the lengths. **Predict** how far apart the results are.

# %%
predict("apart_from_torch", ...)  # 1e-3, 1e-8 or 1e-15?

# %%
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

rng, _ = np.random.default_rng(5), torch.manual_seed(0)
T, B = 50, 8
batch, ends = rng.normal(size=(T, B, 3)), rng.integers(1, T + 1, B)  # I = 3
theirs = torch.nn.GRU(3, 6, num_layers=2, bidirectional=True, dtype=torch.float64)
arrays = [gate for a in theirs.parameters() for gate in np.split(a.detach().numpy(), 3)]
# Two layers, two directions each:
runs = [GRUParams(*arrays[k : k + 12]) for k in (0, 12, 24, 36)]

hs = gru_ref.bidirectional(batch, runs[0], runs[1], ends)
print("between the layers", hs.shape)
hs = gru_ref.bidirectional(hs, runs[2], runs[3], ends)
packed = pack_padded_sequence(torch.from_numpy(batch), ends, enforce_sorted=False)
with torch.no_grad():
    result, _ = theirs(packed)
padded, _ = pad_packed_sequence(result, total_length=T)
difference = np.abs(hs - padded.numpy()).max()
print("equal to 1e-12:", difference < 1e-12, f"  (largest difference {difference:.0e})")
outcome("apart_from_torch", f"{difference:.0e}")

# %% [markdown]
# The same numbers, up to the rounding of 64-bit floats. And now forwards only, from an initial state that is not zero,
# with our states multiplied by the mask:

# %%
theirs = torch.nn.GRU(3, 6, dtype=torch.float64)
arrays = [gate for a in theirs.parameters() for gate in np.split(a.detach().numpy(), 3)]
p = GRUParams(*arrays)
h0 = rng.uniform(-0.9, 0.9, (B, 6))
hs = gru_ref.gru_forward(batch, h0, p, ends)
with torch.no_grad():
    result, last = theirs(packed, torch.from_numpy(h0)[None])
padded, _ = pad_packed_sequence(result, total_length=T)
masked = hs * gru_ref.length_mask(T, ends)[:, :, None]
print("all states equal to 1e-12:  ", np.abs(masked - padded.numpy()).max() < 1e-12)
print("final states equal to 1e-12:", np.abs(hs[-1] - last[0].numpy()).max() < 1e-12)

# %% [markdown] slide="new" brief="A **readout** is a linear map, $W h + b$ with $W$ `(O, H)`:\n\n| kind | the question | answer | shape |\n| --- | --- | --- | --- |\n| `\"value\"` | a number about the whole sequence | $W h + b$ of its final state | `(B, O)` |\n| `\"class\"` | which of $O$ classes | softmax of that | `(B, O)` |\n| `\"steps\"` | something at every step | $W h + b$ of every state | `(T, B, O)` |\n\n$$\\text{softmax}(a)_j = \\frac{e^{a_j}}{\\sum_i e^{a_i}}$$" ask="What does adding 1000 to all $a_i$ change, on paper and in the computer?"
# ## Reading an answer off the states
#
# States are not answers yet. A **readout** (or *head*) is a linear map, $W h + b$ with $W$ `(O, H)` and $b$ `(O,)`. We
# need three kinds:
#
# | kind | the question | answer | shape |
# | --- | --- | --- | --- |
# | `"value"` | one number or more about the whole sequence | $W h + b$ of its final state | `(B, O)` |
# | `"class"` | which of $O$ classes it belongs to | softmax of that: probabilities | `(B, O)` |
# | `"steps"` | something at every step | $W h + b$ of every state; zero in the padding | `(T, B, O)` |
#
# The **softmax** turns any numbers $a_1, \dots, a_O$ into probabilities, positive and adding up to 1:
#
# $$\text{softmax}(a)_j = \frac{e^{a_j}}{\sum_i e^{a_i}}$$
#
# Like the sigmoid it overflows when written down naively, and again there is a way out: **adding the same number to all
# $a_i$ changes nothing**. **Predict** the three rows.

# %%
small = np.array([1.0, 2.0, 3.0])
for a in [small, small + 1000, small + 1000 - 1003]:
    with np.errstate(all="ignore"):  # no warnings just now: we want to see the values
        print(a, "→", (np.exp(a) / np.exp(a).sum()).round(3))

# %% [markdown]
# Each row of a batch has its own largest number; subtract it, and every exponential is at most 1.
#
# Where is the *final state*? With states that stand still, `hs[-1]` has it. But `hs` may also be zero in the padding, as
# PyTorch's is. Looking at **step `lengths[b] - 1` of sequence `b`** is right for both. (In one direction. With two there is a
# catch, and the question at the end is about it.) Two arrays as indices pick one entry for each pair:

# %%
hs = np.arange(12.0).reshape(4, 3, 1)  # (T, B, H), with H = 1
lengths = np.array([4, 2, 3])
print("all:\n", hs[:, :, 0])
print("picked:", hs[lengths - 1, np.arange(3)][:, 0])

# %% [markdown] slide="new"
# ## Your turn: `readout` · medium
#
# Write `readout(hs, lengths, W, b, kind)` for the three kinds of the table. The padding of `hs` may hold anything:
# it must not matter. Stuck? `hint(readout)`.


# %% solution="readout" slide="more code"
def readout(hs, lengths, W, b, kind):
    """Answers that a linear map reads off the states.

    hs (T, B, H), lengths (B,), W (O, H), b (O,), kind "value", "class" or "steps".
    """
    ### BEGIN SOLUTION
    if kind == "steps":
        return (hs @ W.T + b) * gru_ref.length_mask(len(hs), lengths)[:, :, None]
    a = hs[lengths - 1, np.arange(len(lengths))] @ W.T + b
    if kind == "value":
        return a
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% check="readout" points=2
check(readout)

# %% [markdown]
# > **Claim.** The output layer takes the final hidden state.
# >
# > *Source:* a popular article.
#
# *What would show it:* that the final state has all that an answer may need. We take the coins again and ask, for each
# step $t$: *which coin fell one step ago?* Once the answer is read off the state of step $t$ itself, and once off
# the final state, each question with a linear map of its own. **Predict** both columns.

# %%
hs = states["32 units, forwards"]
print("step   from its own state   from the final state")
for t in [10, 20, 30, 34, 36, 38, 39]:
    wanted = coins[t - 1 : t, :, 0]
    own, final = read_off(hs[t : t + 1], wanted), read_off(hs[-1:], wanted)
    print(f"{t:3}    {own:14.0%}    {final:20.0%}")

# %% [markdown]
# > **Verdict.** Imprecise. It may, and for one answer about a whole sequence it often does. But every state is there to
# > be read. From its own state each question is answered without a mistake. From the final state the answers are good
# > for the last steps, and for step 10 not much better than a guess (53%). Where the readout looks depends on what is
# > asked: once at the end, or at every step.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="where_the_backward_half_ends" points=2 slide="new"
# **For 2 points.** A colleague wants to identify the language of a sentence. She pads a batch, runs `bidirectional`,
# and gives `hs[-1]` to a readout. It does badly for most sentences. When she learns about the padding, she takes
# `hs[lengths - 1, np.arange(B)]` instead. Better; but the backward half, she finds, "is hardly worth having".
#
# What did `hs[-1]` hold for most sentences? And what has the backward half read at the step that she takes now? Where
# in `hs` are the two states that have each read the *whole* sentence?
#
# ### BEGIN SOLUTION
# Most sentences are shorter than the longest of the batch. For them `hs[-1]` lies in the padding, where the result of
# `bidirectional` is zero: the readout saw nothing but its own bias.
#
# At step `lengths - 1` the forward half has read the whole sentence. The backward half starts there: it has read the
# last word only, and knows nothing of the others. Its final state, after the whole sentence, is the one of step 0. So
# she should join `hs[lengths - 1, np.arange(B), :H]` and `hs[0, :, H:]`. (PyTorch returns exactly these two as its
# second result, the final states.)
#
# **Rubric**
#
# - 1 point: for sentences shorter than the longest, hs[-1] lies in the padding and is zero (or: says nothing of them)
# - 1 point: at the last step the backward half has read one input only; she should take the forward half at
#   lengths − 1, and the backward half at 0
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A layer is a cell in a loop over time: `xs (T, B, I)` and `h0 (B, H)` in, `hs (T, B, H)` out. The rows of a batch
#   never meet.
# - Padding is read like any input unless it is masked. The **mask is one more gate**,
#   $h \leftarrow m \odot h_\text{new} + (1 - m) \odot h$: a sequence that has ended stands still, and appending padding
#   changes nothing.
# - Reading **backwards** means reading each sequence reversed within its own length, and reversing the states again.
# - The states of one layer are the inputs of the next.
# - A **readout** is a linear map: of the final state for one answer, of every state for an answer at each step.

# %% [markdown]
# ## Go further · open
#
# Our `gru_forward` computes a step for *every* row of the batch, even for rows that have ended, and throws the result
# away. With lengths from 3 to 100 that is about half of the work.
#
# - **Find out** for which lengths it pays to leave ended rows out. (PyTorch's packed sequences do.)
# - **Try first** to sort the batch by length, longest first: then the rows that still run are always the first $k$.
# - **You know that it is right** if all states equal those of `gru_ref.gru_forward` to 1e-12, in the order of the
#   caller's batch. **You know what it is worth** when you have a picture of the time against the share of padding, for
#   lengths that are all alike, evenly spread, and all short but one.

# %% [markdown]
# ## Test yourself
#
# **1.** A batch has lengths 7, 2 and 4, and `hs` comes from `gru_forward` with these lengths. For which `t` is `hs[t,
# 1]` equal to `hs[-1, 1]`?
#
# <details><summary>Answer</summary>
#
# For all $t \ge 1$. The second sequence has the steps 0 and 1, and stands still after that. `hs[1, 1]` is its state
# after both inputs.
#
# </details>
#
# **2.** Two layers, both directions, $I = 3$ and $H = 6$. What shapes do `W_ir` and `W_hr` have in the first layer, and
# in the second?
#
# <details><summary>Answer</summary>
#
# First layer: (6, 3) and (6, 6). Second: (6, 12) and (6, 6). Its inputs are both directions' states side by side, 2H
# = 12 numbers; its own state has 6 in each direction.
#
# </details>
#
# **3.** A classifier gives nearly the same probabilities to every *short* sequence of a batch, whatever it is about.
# Name two mistakes from this lesson that cause this.
#
# <details><summary>Answer</summary>
#
# The padding is read as if it were input: after many zeros all states are about the same. Or the readout looks at
# `hs[-1]` where `hs` is zero in the padding: all that it finds there is its own bias.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - [The documentation of `torch.nn.GRU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): its shapes
#   for several layers and both directions.
# - Mike Schuster and Kuldip Paliwal, *Bidirectional recurrent neural networks*, IEEE Transactions on Signal Processing
#   45 (1997): where both directions come from.
# - Next: **08 · Backpropagation**. How does the error travel back through time?

# %%
progress()
