# %% [markdown] slide="new"
# # 11 · PyTorch
#
# **How do practitioners do it?**
#
# - **Goals**: write the GRU cell as a module; move parameters between NumPy and PyTorch without losing a digit; batch
#   sequences of different lengths; train a classifier with the loop that everybody writes, and know the places where
#   that loop silently goes wrong; save, load, seed, detach; take a model out of the notebook, and check that it is
#   still the same one.
# - **Time**: 120 minutes, and 10 more for the parts marked *deeper, may be skipped*.
# - **Before you start**: the GRU cell (lesson 05), padding (lesson 07), loss, clipping and Adam (lesson 10). You have
#   done by hand what PyTorch does here, so none of it is magic.

# %%
import os

# One core for NumPy and for PyTorch: their times can then be compared. It has to be
# said before both are loaded.
os.environ["OMP_NUM_THREADS"] = "1"

# %%
import tempfile
import time
from pathlib import Path
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader

import gru_ref
from grader import check, hint, outcome, predict, progress, show, steps
from gru_ref import layers, plotting, torch_models
from gru_ref.progress import Watched

# %% [markdown] slide="new" brief="A **tensor** is an array that can remember where it came from. A **module** is a formula together with its parameters:\n\n- `__init__` makes them, each *registered* under a name: `self.name = nn.Parameter(tensor)`\n- `forward` computes; `module(x)` calls it\n\nThe memory of lesson 00 as a module has `self.a = nn.Parameter(…)` and `self.plain = torch.ones(H)`." ask="`state_dict()` lists what is registered. **Predict**: is `a` in that list? Is `plain`?"
# ## What a module is
#
# A PyTorch **tensor** is an array that can remember where it came from. PyTorch records each operation on it in the
# *computation graph*, and from this graph `loss.backward()` computes every gradient: the chain rule of lesson 08, done
# for you. The gradient of a tensor `a` is then in `a.grad`.
#
# A **module** is a formula together with its parameters. You write two methods:
#
# - `__init__` makes the parameters. It calls `super().__init__()` first, and gives each one a name:
#   `self.name = nn.Parameter(tensor)`. This *registers* the parameter: optimisers, files and devices find it.
# - `forward` computes. You never call it yourself: `module(x)` does.
#
# Here is the memory of lesson 00, $h \leftarrow z \cdot h + (1 - z) \cdot x$, as a module. Its $z$ is learned, so a
# $\sigma$ keeps it between 0 and 1. `state_dict()` lists what is registered, each under its name. **Predict**: is `a`
# in that list? Is `plain`?


# %% slide="more text"
class Memory(nn.Module):
    def __init__(self, H):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(H))  # z = σ(a), so z starts at one half
        self.plain = torch.zeros(H)  # a tensor, but no parameter

    def forward(self, x, h):
        z = torch.sigmoid(self.a)
        return z * h + (1 - z) * x


memory = Memory(2)
print("state_dict", dict(memory.state_dict()))
h_new = memory(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 4.0]]))
h_new.sum().backward()
print("h_new", h_new.detach().numpy(), "   gradient of a", memory.a.grad.numpy())

# %% [markdown]
# Only `a` is. `plain` is an ordinary attribute: no optimiser will ever change it, no file will contain it. And the
# gradient is what lesson 08 says: $\partial h_\text{new} / \partial a = (h - x) \cdot z (1 - z)$, which is
# $(0 - 1) \cdot \tfrac14$ and $(4 - 0) \cdot \tfrac14$.

# %% [markdown] slide="new" brief="Each parameter holds the blocks of all three gates, one below the other, in the order **r, z, n**:\n\n| name | shape | rows 0 … H − 1 | H … 2H − 1 | 2H … 3H − 1 |\n| --- | --- | --- | --- | --- |\n| `weight_ih` | `(3H, I)` | `W_ir` | `W_iz` | `W_in` |\n| `weight_hh` | `(3H, H)` | `W_hr` | `W_hz` | `W_hn` |\n| `bias_ih` | `(3H,)` | `b_ir` | `b_iz` | `b_in` |\n| `bias_hh` | `(3H,)` | `b_hr` | `b_hz` | `b_hn` |" ask="Why can one product with `weight_hh` not give the candidate's sum at once, together with the input's?"
# ## PyTorch's names
#
# `torch.nn.GRUCell(I, H)` has four parameters. Each holds the blocks of all three gates, one below the other, in the
# order **r, z, n**:
#
# | name | shape | rows 0 … H − 1 | rows H … 2H − 1 | rows 2H … 3H − 1 |
# | --- | --- | --- | --- | --- |
# | `weight_ih` | `(3H, I)` | `W_ir` | `W_iz` | `W_in` |
# | `weight_hh` | `(3H, H)` | `W_hr` | `W_hz` | `W_hn` |
# | `bias_ih` | `(3H,)` | `b_ir` | `b_iz` | `b_in` |
# | `bias_hh` | `(3H,)` | `b_hr` | `b_hz` | `b_hn` |
#
# One product with `weight_ih` gives the input's share in all three gates, and `.chunk(3, dim=1)` splits it again. The
# equations are those of lesson 05:
#
# $$r = \sigma(W_{ir} x + b_{ir} + W_{hr} h + b_{hr}) \qquad z = \sigma(W_{iz} x + b_{iz} + W_{hz} h + b_{hz})$$
#
# $$n = \tanh(W_{in} x + b_{in} + r \odot (W_{hn} h + b_{hn})) \qquad h_\text{new} = (1 - z) \odot n + z \odot h$$

# %%
product = torch.arange(12.0).reshape(2, 6)  # B = 2 rows, and 3H = 6 columns
for part in product.chunk(3, dim=1):
    print(part.tolist())

# %% [markdown] slide="new" brief="Write the class `GRUCell(I, H)`, a module:\n\n- `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`: parameters, named and ordered as PyTorch's\n- their first values: uniform between $-1/\\sqrt{H}$ and $1/\\sqrt{H}$\n- `forward(self, x, h)`: `x (B, I)`, `h (B, H)` → the new state `(B, H)`"
# ## Your turn: `GRUCell` · medium
#
# Write the class `GRUCell(I, H)`, a module:
#
# | name | what | shape |
# | --- | --- | --- |
# | `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh` | parameters, named and ordered as above | as above |
# | their first values | drawn uniformly between $-1/\sqrt{H}$ and $1/\sqrt{H}$, as PyTorch does | |
# | `forward(self, x, h)` | `x (B, I)`, `h (B, H)` → the new state | `(B, H)` |
#
# `torch.empty(shape).uniform_(low, high)` draws a tensor (the underscore says that it is filled in place). Since the names
# are PyTorch's, you can copy parameters both ways between your cell and `torch.nn.GRUCell`. The check loads its own
# parameters, in float64, and it also tests the gradients. Stuck? `hint(GRUCell)`.


# %% solution="GRUCell" slide="more"
class GRUCell(nn.Module):
    """One step of a GRU: x (B, I), h (B, H) → the new state (B, H)."""

    def __init__(self, I, H):
        ### BEGIN SOLUTION
        super().__init__()
        bound = H**-0.5
        self.weight_ih = nn.Parameter(torch.empty(3 * H, I).uniform_(-bound, bound))
        self.weight_hh = nn.Parameter(torch.empty(3 * H, H).uniform_(-bound, bound))
        self.bias_ih = nn.Parameter(torch.empty(3 * H).uniform_(-bound, bound))
        self.bias_hh = nn.Parameter(torch.empty(3 * H).uniform_(-bound, bound))
        ### END SOLUTION

    def forward(self, x, h):
        ### BEGIN SOLUTION
        i_r, i_z, i_n = (x @ self.weight_ih.T + self.bias_ih).chunk(3, dim=1)
        h_r, h_z, h_n = (h @ self.weight_hh.T + self.bias_hh).chunk(3, dim=1)
        r = torch.sigmoid(i_r + h_r)
        z = torch.sigmoid(i_z + h_z)
        n = torch.tanh(i_n + r * h_n)
        return (1 - z) * n + z * h
        ### END SOLUTION


# %% check="GRUCell" points=2
check(GRUCell)

# %% [markdown] slide="new" brief="The course has twelve NumPy arrays, PyTorch four tensors. The conversion only stacks and splits: **not one bit may change**." ask="**Predict**: how far apart are the states of our layer and of PyTorch's, in float64, after 50 steps?"
# ## To PyTorch and back
#
# The course's parameters are twelve NumPy arrays, PyTorch's are four tensors. Lesson 05 showed the conversion between
# them: it computes nothing, it only stacks and splits. So **not one bit may change** on the way there and back. What is
# computed *with* them may differ in the last digit, because sums are taken in a different order.
#
# **Predict**: how far apart are the states of our whole layer and of PyTorch's, in float64, after 50 steps?

# %%
predict("ours_and_pytorchs", ...)  # 0, below 1e-14, or about 1e-7?

# %% slide="more text"
rng = np.random.default_rng(0)
T, B, I, H = 50, 4, 3, 8
p = gru_ref.init_gru(I, H, rng)
layer = nn.GRU(I, H).double()
arrays = gru_ref.to_torch(p)._asdict()  # weight_ih, weight_hh, bias_ih, bias_hh
layer.load_state_dict(
    {f"{name}_l0": torch.from_numpy(array) for name, array in arrays.items()}
)
back = gru_ref.from_torch("gru", *(q.detach().numpy() for q in layer.parameters()))
print(
    "the same bits, there and back:",
    all(np.array_equal(a, b) for a, b in zip(p, back, strict=True)),
)

xs, h0 = rng.normal(0, 1, (T, B, I)), rng.uniform(-1, 1, (B, H))
hs = gru_ref.gru_forward(xs, h0, p)
with torch.no_grad():
    outputs, h_n = layer(torch.from_numpy(xs), torch.from_numpy(h0)[None])
apart = np.abs(hs - outputs.numpy()).max()
print("states differ by less than 1e-14:", bool(apart < 1e-14))
outcome("ours_and_pytorchs", f"{apart:.0e}")

# %% [markdown]
# Here are two right programs, written by different people, and their states agree to 14 decimals or more. That is why
# we keep PyTorch's convention.
#
# (`.double()` converts the parameters to float64; PyTorch's default is float32, with seven digits. The `_l0` in the
# names means *layer 0*. `torch.no_grad()` tells PyTorch not to build a computation graph.)

# %% [markdown] slide="new" brief="`nn.GRU(I, H)` takes `xs (T, B, I)`, time first, and returns two things:\n\n- `outputs (T, B, H)`, the last layer's state after *each* step\n- `h_n (L, B, H)`, *each* layer's state after the *last* step" ask="**Predict** both shapes for two layers. Which entries of the two are equal?"
# ## A whole layer: `nn.GRU`
#
# `nn.GRU(I, H)` is the loop over time, compiled. It takes `xs (T, B, I)`, time first as in this course, and returns
# two things:
#
# - `outputs (T, B, H)`, the last layer's state after *each* step; lesson 07 calls it `hs`;
# - `h_n (L, B, H)`, *each* layer's state after the *last* step, with $L$ the number of layers times directions.
#
# **Predict** both shapes for two layers, and which entries of the two are equal.

# %% slide="more text"
torch.manual_seed(0)
two_layers = nn.GRU(I, H, num_layers=2)
outputs, h_n = two_layers(torch.randn(T, B, I))
print("outputs", tuple(outputs.shape), "   h_n", tuple(h_n.shape))
print("h_n[-1] is outputs[-1]:", torch.equal(h_n[-1], outputs[-1]))

# %% [markdown]
# With two layers and two directions $L$ is 4, and `h_n` holds layer 0 forward, layer 0 backward, layer 1 forward,
# layer 1 backward. The backward network reads from the end, so its *last* step is step 0. To give a linear layer what both directions have
# read, use `torch.cat([h_n[-2], h_n[-1]], dim=1)`. **Predict**: is it the same as `outputs[-1]`, which has the same
# shape?

# %%
predict("last_outputs_are_the_last_states", ...)  # True or False?

# %%
both_ways = nn.GRU(I, H, num_layers=2, bidirectional=True)
outputs, h_n = both_ways(torch.randn(T, B, I))
both_read = torch.cat([h_n[-2], h_n[-1]], dim=1)
print("shapes", tuple(outputs.shape), tuple(h_n.shape), tuple(both_read.shape))
print(
    "h_n[-2] is the forward half of outputs[-1]: ",
    torch.equal(h_n[-2], outputs[-1, :, :H]),
)
print(
    "h_n[-1] is the backward half of outputs[0]: ",
    torch.equal(h_n[-1], outputs[0, :, H:]),
)
outcome("last_outputs_are_the_last_states", torch.equal(both_read, outputs[-1]))

# %% [markdown]
# The backward half of `outputs[-1]` has read one step of fifty. Nothing will complain: the shapes are the same.

# %% [markdown] slide="new" ask="What happens if the same batch is read twice, with another one in between? And if a state is handed in?"
# > **Claim.** The hidden state of `nn.GRU` must be reset by hand between two batches, or one leaks into the next.
# >
# > *Source:* for one, an [issue of RecBole](https://github.com/RUCAIBox/RecBole/issues/697): "we should be resetting the
# > hidden state every batch".
#
# *What would show it:* the same batch, read twice, gives two different results.

# %% slide="more text"
batch, other = torch.randn(T, B, I), torch.randn(T, B, I)
first, state = two_layers(batch)
two_layers(other)  # something else in between
again, _ = two_layers(batch)
continued, _ = two_layers(batch, state)
print("read again:                    equal", torch.equal(first, again))
print("read again, handing in a state: equal", torch.equal(first, continued))

# %% [markdown] slide="more"
# > **Verdict.** Wrong. The module keeps no state: each call starts from zeros, unless *you* pass a state in. (The claim
# > is true of Keras's layers with `stateful=True`.) What you pass in yourself is another matter, and we come to it
# > below.

# %% [markdown] slide="new" brief="Each line runs, and does something other than what was meant. $T, B, I, H$ are 50, 4, 3, 8.\n\n- `(B, T, I)` into `nn.GRU(I, H)`\n- `(B, I)` into `nn.GRU(I, H)`\n- `h_n.squeeze()` at $B = 1$\n- `_, h_n = nn.LSTM(I, H)(xs)`, then `h_n[-1]`" ask="**Predict** the shape of each."
# ## Shapes that go through without a word
#
# An error would help. Each line below runs, and does something other than what was meant. Read the comments, and
# **predict** each shape before you run the cell. $T, B, I, H$ are 50, 4, 3, 8.

# %% slide="more text"
reader = nn.GRU(I, H)
rows_first = torch.randn(B, T, I)  # but time should come first
print("batch first:      ", tuple(reader(rows_first)[0].shape))
one_step = torch.randn(B, I)  # four sequences of one step?
print("two axes:         ", tuple(reader(one_step)[0].shape))
alone = torch.randn(T, 1, I)  # as the last batch may be
print("h_n.squeeze():    ", tuple(reader(alone)[1].squeeze().shape))
_, pair = nn.LSTM(I, H)(torch.randn(T, B, I))  # where a GRU stood before
print("an LSTM's h_n[-1]:", tuple(pair[-1].shape))

# %% [markdown]
# | what was written | what it does | what is right |
# | --- | --- | --- |
# | `(B, T, I)` into `nn.GRU(I, H)` | reads 50 sequences of 4 steps: each sequence's states depend on its neighbours | `batch_first=True`, or `xs.transpose(0, 1)` |
# | `(B, I)` into `nn.GRU` | two axes are *one* sequence without a batch: one sequence of 4 steps | `x[None]`, for one step of 4 sequences |
# | `h_n.squeeze()` | at $B = 1$ the batch axis disappears as well | `h_n[-1]` |
# | `_, h_n = nn.LSTM(…)(xs)` | an LSTM returns a pair, `(h_n, c_n)`; its `[-1]` is `c_n`, with $L$ in front | `_, (h_n, c_n) = …` |
# | `nn.GRU(I, H, dropout=0.5)` | drops only *between* layers: with one layer it does nothing, and a warning says so | `nn.Dropout` after it |
#
# One test finds the first of these mistakes, and many others. Change one sequence of the batch: the others' states must
# not change.

# %%
changed = rows_first.clone()
changed[0] += 1
with torch.no_grad():
    moved = (reader(changed)[0] - reader(rows_first)[0]).abs().amax(dim=(1, 2))
print("sequence 0 was changed. States moved, by sequence:", moved.numpy().round(2))

# %% [markdown]
# ## Lesson 09's best start, in PyTorch
#
# Chrono initialisation gave each unit a memory of its own length: the update gate's bias is $\ln u$, with $u$ uniform
# between 1 and $T_\text{max} - 1$. `bias_ih_l0` stacks all three gates. **Predict** which rows it goes into, and look
# at what is left of a small change of the first state after 50 steps.

# %%
predict(
    "rows_of_the_chrono_start", ...
)  # "rows 0 to 7", "rows 8 to 15" or "rows 16 to 23"?


# %%
def left_of_a_nudge(layer):
    inputs, start = torch.randn(T, B, I), torch.zeros(1, B, H)
    with torch.no_grad():
        moved = layer(inputs, start + 0.1)[1] - layer(inputs, start)[1]
    return (moved.abs().mean() / 0.1).item()


left = {}
for first in (0, H, 2 * H):
    torch.manual_seed(0)
    slow, rows = nn.GRU(I, H), slice(first, first + H)
    with torch.no_grad():
        slow.bias_ih_l0[rows] = torch.empty(H).uniform_(1, 100 - 1).log()
        slow.bias_hh_l0[rows] = 0.0
    named = f"rows {first} to {first + H - 1}"
    left[named] = left_of_a_nudge(slow)
    print(f"{named:14} {100 * left[named]:4.1f}% left")
outcome("rows_of_the_chrono_start", max(left, key=left.get))

# %% [markdown]
# Rows $H$ to $2H - 1$, the update gate's. In the others the same numbers do nothing for the memory, and the loss would
# not tell you why. The sign matters, too: here $z$ *keeps*, so its bias is positive. (In an `nn.LSTM`, whose order is
# i, f, g, o, the same rows are the forget gate's.)

# %% [markdown]
# ## Data: a knock and a ring
#
# A door has two sensors: one feels knocks, one hears the bell. A visitor knocks and then rings (class 0), rings and
# then knocks (class 1), or does both at once (class 2). The recordings are noisy, and each has a different length.


# %%
def visitors(count, rng):
    """Pairs (sequence, class): a sequence is (T, 2), in volts, T from 10 to 40."""
    pairs = []
    for kind in rng.integers(0, 3, count):
        T = rng.integers(10, 41)
        readings = rng.normal(0, 0.3, (T, 2))
        first, second = np.sort(rng.choice(T, 2, replace=False))
        knock, ring = [(first, second), (second, first), (first, first)][kind]
        readings[knock, 0] += 2
        readings[ring, 1] += 2
        pairs.append((torch.tensor(readings, dtype=torch.float32), int(kind)))
    return pairs


rng = np.random.default_rng(1)
train, test = visitors(1500, rng), visitors(steps(500, quick=60), rng)
print("lengths of the first five:", [len(sequence) for sequence, _ in train[:5]])

# %% [markdown]
# One recording of each class. Look for the two peaks: their *order* is all that tells the classes apart. The grey line
# marks where a recording ends.

# %%
fig, axes = plt.subplots(3, 1, figsize=(7.6, 5.0), sharex=True, sharey=True)
examples = [next(s for s, kind in train if kind == wanted) for wanted in range(3)]
titles = [
    "class 0: knock, then ring",
    "class 1: ring, then knock",
    "class 2: both at once",
]
plotting.plot_sensors(
    axes, [e.numpy() for e in examples], titles, ["knock", "ring"], unit="V"
)
show(fig, "sensors")

# %% [markdown] slide="new" brief="A `DataLoader` shuffles the data, cuts it into batches and puts each together." ask="**Predict**: what does it do with sequences of different lengths?"
# ## Batches of unequal sequences
#
# A `DataLoader` shuffles the data, cuts it into batches and puts each together. You have to tell it how to put one
# together. **Predict** what it does if you don't:

# %% slide="more text"
try:
    next(iter(DataLoader(train, batch_size=2)))
except RuntimeError as error:
    print(error)

# %% [markdown] slide="new" brief="## Your turn: `collate` · easy\n\nWrite `collate(batch)`, for `DataLoader(…, collate_fn=collate)`. A batch is a list of pairs `(sequence, target)`.\n\n| returned | what | shape, dtype |\n| --- | --- | --- |\n| `xs` | the sequences, time first, padded with zeros | `(T, B, I)` |\n| `lengths` | how long each one is | `(B,)`, int64 |\n| `targets` | the classes | `(B,)`, int64 |"
# Sequences of different lengths don't stack. They are **padded** with zeros at the end, to the length of the longest
# *in the batch*. So the true lengths have to travel with them, or nobody can tell a zero that was measured from one
# that was added.
#
# ## Your turn: `collate` · easy
#
# Write `collate(batch)`, to be passed as `DataLoader(…, collate_fn=collate)`. A batch is a list of pairs
# `(sequence, target)`: a `(T_i, I)` tensor, and an integer.
#
# | returned | what | shape, dtype |
# | --- | --- | --- |
# | `xs` | the sequences, time first, zeros after each one's end | `(T, B, I)`, the sequences' own |
# | `lengths` | how long each one is | `(B,)`, int64 |
# | `targets` | the classes | `(B,)`, int64 |
#
# Keep the order of the batch. `nn.utils.rnn.pad_sequence` may help. Stuck? `hint(collate)`.


# %% solution="collate" slide="more"
def collate(batch):
    """(sequence, target) pairs → xs (T, B, I), padded; lengths and targets (B,)."""
    ### BEGIN SOLUTION
    sequences = [sequence for sequence, _ in batch]
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    targets = torch.tensor([target for _, target in batch])
    return nn.utils.rnn.pad_sequence(sequences), lengths, targets
    ### END SOLUTION


# %% check="collate" points=2
check(collate)

# %% [markdown] slide="new" brief="The shortest of four recordings, padded to the longest one's length." ask="Does the state stay where it was at its last real step?"
# ## Padding is not nothing
#
# A zero is an input like any other: the network goes on computing while it reads padding. Here an untrained GRU reads
# the shortest of four recordings, padded to the longest one's length. Look at the dotted part: does the state stay
# where it was at the mark, its last real step?

# %% slide="more figure"
torch.manual_seed(0)
gru = nn.GRU(2, 6)
readings, lengths, _ = torch_models.collate(train[:4])
shortest = int(lengths.argmin())
with torch.no_grad():
    read_on, _ = gru(readings)
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_through_padding(ax, read_on[:, shortest].numpy(), int(lengths[shortest]))
show(fig, "state_in_padding")

# %% [markdown] slide="new" brief="## Packing\n\n`pack_padded_sequence` keeps the real steps only, and `nn.GRU` then stops each sequence at its own end. Then `h_n` is the last *real* state, and the unpacked `hs` is **zero** in the padding." ask="After packing, what does `hs[-1]` hold for all but the longest sequence?"
# It drifts. How far depends on how much padding there is, and that depends on *who else is in the batch*. The answer to
# one recording would depend on its neighbours.
#
# **Packing** is PyTorch's remedy. `pack_padded_sequence` keeps the real steps only, and `nn.GRU` then stops each sequence
# at its own end:

# %%
packed = pack_padded_sequence(readings, lengths, enforce_sorted=False)
print("numbers padded", readings.numel(), "   numbers packed", packed.data.numel())
print("sequences left at each step:")
print(packed.batch_sizes.tolist())
with torch.no_grad():
    outputs, h_n = gru(packed)
    hs, _ = pad_packed_sequence(outputs)
last_real = hs[lengths - 1, torch.arange(4)]
print("h_n is the last *real* state:", torch.equal(h_n[-1], last_real))
print("the shortest one's hs in the padding:", hs[-1, shortest].unique().tolist())

# %% [markdown]
# Details that cost people an afternoon each:
#
# - `lengths` has to be on the CPU, whatever device the data is on: `lengths.cpu()`.
# - `enforce_sorted=False` lets the batch be in any order. Otherwise PyTorch expects the longest first, and says so.
# - After packing, `h_n` is the state you want. The unpacked `hs` is **zero** in the padding, so `hs[-1]` is zero for
#   all but the longest.
# - With `batch_first=True`, `nn.GRU` takes and returns `(B, T, ·)`, but `h_n` is `(L, B, H)` all the same.
# - An empty sequence, of length 0, raises an error. Remove it in `collate`, or decide what its answer is: nothing was
#   read.
# - Lengths that are not integers are silently truncated: 2.9 becomes 2. A length above $T$ gives an error about
#   something else, `shape … is invalid`.

# %% [markdown]
# ## Padding in words and in targets · deeper, may be skipped
#
# Sequences of *words* are padded with a number as well, and where each step has a target of its own, the targets are
# padded, too. Three settings look as if they did the same thing, but each does only its own part:
#
# | setting | what it does | what it does not do |
# | --- | --- | --- |
# | `nn.Embedding(…, padding_idx=0)` | word 0 is the zero vector, and is not learned | the GRU still reads the padding: pack anyway |
# | `cross_entropy(…, ignore_index=0)` | steps whose target is 0 don't count in the mean | by default it ignores −100, and the model learns to predict padding |
# | packing | the state stops at the sequence's end | the unpacked states in the padding still get scores |
#
# **Predict** which of the two losses is larger, for a model that predicts real words better than padding.

# %%
targets = torch.tensor([[1, 3, 2], [2, 0, 0]])  # two sequences; 0 is padding
scores = torch.zeros(2, 3, 4).scatter(2, targets[:, :, None], 2.0)  # right everywhere
scores[1, 1:] = torch.tensor([0.0, 2.0, 0.0, 0.0])  # but behind an end it says word 1
flat = scores.reshape(-1, 4), targets.reshape(-1)
print(f"all steps counted: {functional.cross_entropy(*flat):.3f} nats")
print(f"ignore_index=0:    {functional.cross_entropy(*flat, ignore_index=0):.3f} nats")
embedding = nn.Embedding(4, 2, padding_idx=0)
embedding(targets).sum().backward()
print(
    "gradients reach the words",
    embedding.weight.grad.any(dim=1).nonzero().flatten().tolist(),
)

# %% [markdown]
# If the padding counts, it makes the loss larger, and training would spend its effort on it. When most of a batch is
# padding, the opposite happens: predicting 0 is easy, and the loss looks better than the model is.

# %% [markdown] slide="new" brief="A module with two parts:\n\n| name | what |\n| --- | --- |\n| `self.gru` | an `nn.GRU(I, H)`, time first |\n| `self.out` | an `nn.Linear(H, classes)` |\n| `forward(self, xs, lengths)` | `xs (T, B, I)`, `lengths (B,)` → logits `(B, classes)`, from each last *real* state |"
# ## Your turn: `SequenceClassifier` · medium
#
# Write the class `SequenceClassifier(I, H, classes)`, a module with two parts:
#
# | name | what |
# | --- | --- |
# | `self.gru` | an `nn.GRU(I, H)`, time first |
# | `self.out` | an `nn.Linear(H, classes)` |
# | `forward(self, xs, lengths)` | `xs (T, B, I)`, `lengths (B,)` → logits `(B, classes)`, from each last *real* state |
#
# Logits are scores, of any size and sign. The softmax is the loss's business: `cross_entropy` contains it.
# Stuck? `hint(SequenceClassifier)`.


# %% solution="SequenceClassifier" slide="more code" lines="1-2"
class SequenceClassifier(nn.Module):
    """Scores the last real states: xs (T, B, I), lengths (B,) → logits (B, classes)."""

    def __init__(self, I, H, classes):
        ### BEGIN SOLUTION
        super().__init__()
        self.gru = nn.GRU(I, H)
        self.out = nn.Linear(H, classes)
        ### END SOLUTION

    def forward(self, xs, lengths):
        ### BEGIN SOLUTION
        packed = pack_padded_sequence(xs, lengths.cpu(), enforce_sorted=False)
        _, h_n = self.gru(packed)
        return self.out(h_n[-1])
        ### END SOLUTION


# %% check="SequenceClassifier" points=2
check(SequenceClassifier)

# %% [markdown]
# ## Where to compute
#
# A module and its data have to be on the same **device**. `torch_models.device()` picks CUDA if it is available, else
# Apple's mps, else the CPU; `model.to(device)` moves every registered parameter, and `xs.to(device)` returns a tensor
# there. If you forget to move the data, you get an error. You can see it without a second device: `meta` is one that
# has shapes but no numbers.

# %%
where = torch_models.device()
print("here:", where.type)
try:
    nn.GRU(2, 6).to("meta")(torch.randn(5, 1, 2))
except RuntimeError as error:
    print(error)

# %% [markdown]
# (Whether a graphics processor is faster depends on the sizes. In this lesson everything stays on the CPU.)

# %% [markdown] slide="new" brief="For each batch: scores, loss, **clear the old gradients**, new gradients, clip, step.\n\n```python\noptimiser.zero_grad()\nloss.backward()\nnn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimiser.step()\n```" ask="$a = 3$, and `(a**2).backward()` three times, without `zero_grad`. **Predict** what `a.grad` is each time."
# ## The loop that everybody writes
#
# For each batch: scores, loss, **clear the old gradients**, new gradients, clip, step.
#
# ```python
# optimiser = torch.optim.Adam(model.parameters(), lr=lr)
# …
# optimiser.zero_grad()
# loss.backward()
# nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# optimiser.step()
# ```
#
# `zero_grad` is there because `backward` *adds* to the gradients that it finds. **Predict** what this prints.

# %% slide="more text"
a = torch.tensor(3.0, requires_grad=True)
for _ in range(3):
    (a**2).backward()
    print(a.grad.item())

# %% [markdown]
# The derivative of $a^2$ at 3 is 6, every time. The cell prints 6, 12, 18.
#
# Two more things belong to the loop:
#
# - **Modes.** *Dropout* sets random entries to zero while a model is trained, so that it relies on none of them alone.
#   `model.train()` switches it on, `model.eval()` off. Call `train()` before you train and `eval()` before you measure,
#   or you get a different result each time. A model without dropout doesn't care. The next one will.
# - **Means.** 1500 recordings in batches of 64 leave a last batch of 28. The mean loss *per example* weighs each
#   batch's mean by its size. And `loss.item()` is the plain number: adding up `loss` itself would keep every batch's
#   computation graph in memory.

# %% [markdown]
# Here are both modes, on a GRU of two layers with dropout between them. **Predict** both answers.

# %%
dropping = nn.GRU(2, 6, num_layers=2, dropout=0.5)
with torch.no_grad():
    for switch in (dropping.train, dropping.eval):
        switch()
        same = torch.equal(dropping(readings)[0], dropping(readings)[0])
        print(
            "train()" if dropping.training else "eval() ",
            " the same batch twice, the same states:",
            same,
        )

# %% [markdown] slide="new" brief="Write `fit(model, loader, epochs, lr)`. The loader yields `(xs, lengths, targets)`; `model(xs, lengths)` gives logits.\n\n- Train with Adam, cross-entropy, gradients clipped to a norm of 1.\n- Go through all batches, `epochs` times, in training mode.\n- Return for each epoch the mean loss **per example**."
# ## Your turn: `fit` · hard
#
# Write `fit(model, loader, epochs, lr)`. The loader yields `(xs, lengths, targets)`; `model(xs, lengths)` gives logits.
#
# | what | how |
# | --- | --- |
# | trains with | Adam with learning rate `lr`, cross-entropy, gradients clipped to a norm of 1 |
# | goes through | all batches, `epochs` times, in training mode |
# | returns | a list of floats: for each epoch the mean loss per example, of the losses computed while it trains |
#
# `functional.cross_entropy(logits, targets)` is the mean loss of a batch. Move each batch to where the model is:
# `next(model.parameters()).device`. Stuck? `hint(fit)`.


# %% solution="fit" slide="more"
def fit(model, loader, epochs, lr):
    """Train with Adam, clipped to norm 1 → a list, each epoch's loss per example."""
    ### BEGIN SOLUTION
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    where = next(model.parameters()).device
    model.train()
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for xs, lengths, targets in loader:
            logits = model(xs.to(where), lengths)
            loss = functional.cross_entropy(logits, targets.to(where))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total += loss.item() * len(targets)
            count += len(targets)
        losses.append(total / count)
    return losses
    ### END SOLUTION


# %% check="fit" points=2
check(fit)

# %% [markdown] slide="new" brief="The GRU has an opponent that is blind to order: what it finds at each step is *averaged*." ask="Knock then ring, ring then knock, both at once. **Predict**: what accuracy can the order-blind network reach at best?"
# ## Who came first?
#
# Now train. The GRU has an opponent that is blind to order: a small network looks at each step, and what it finds is
# *averaged* over the recording. It can learn what happens within a step, but not which of two steps came first.
#
# **Predict**: three classes, two of which differ only in the order. What accuracy can the order-blind network reach at
# best?

# %%
predict("blind_to_order", ...)  # percent right


# %%
class OrderBlind(nn.Module):
    def __init__(self, I, H, classes):
        super().__init__()
        self.look = nn.Sequential(
            nn.Linear(I, H), nn.ReLU(), nn.Linear(H, H), nn.ReLU()
        )
        self.out = nn.Linear(H, classes)

    def forward(self, xs, lengths):
        real = torch.arange(len(xs))[:, None] < lengths  # (T, B)
        return self.out((self.look(xs) * real[:, :, None]).sum(0) / lengths[:, None])


# %%
EPOCHS = steps(8, quick=1)


def batches(pairs, size, **options):
    return DataLoader(pairs, size, collate_fn=torch_models.collate, **options)


def trained(kind, seed, fit=torch_models.fit, epochs=EPOCHS):
    # This seeds the weights, and gives the loader a generator of its own.
    loader = batches(train, 64, shuffle=True, generator=torch_models.seeded(seed))
    model = kind(2, 24, 3)
    losses = fit(model, Watched(loader, epochs, kind.__name__), epochs, 0.01)
    together, singly = (
        torch_models.accuracy(model, batches(test, size)) for size in (100, 1)
    )
    return model, losses, together, singly


# %% slide="more text"
right = trained(torch_models.SequenceClassifier, seed=0)
blind = trained(OrderBlind, seed=0)
for label, (_, losses, accuracy, _) in {"GRU": right, "order-blind": blind}.items():
    print(f"{label:12} last loss {losses[-1]:.3f} nats, right {accuracy:.1%}")
print(f"a guess among three: {np.log(3):.3f} nats")
print(f"a guess among two, where there are two: {2 / 3 * np.log(2):.3f} nats")
outcome("blind_to_order", round(100 * blind[2]), " percent")

# %% [markdown]
# The GRU gets 99% right or more. The order-blind network comes close to two thirds, the most it can hope for: it sees
# *both at once* for what it is, and must guess between the other two. Its loss says the same: it ends a little above the
# $\tfrac23 \ln 2 = 0.462$ nats of a perfect guesser.
#
# (`torch_models.accuracy` is the course's own: it sets `eval()`, builds no computation graph, and counts.)

# %% [markdown] slide="new" brief="> **Claim.** The loss falls and the accuracy is good: so the code is right.\n\n1. `zero_grad` is forgotten\n2. the model ends in a softmax, and `cross_entropy` applies another one\n3. the padding is read" ask="**Predict**: how many of the three learn nothing?"
# ## Three broken programs
#
# > **Claim.** The loss falls and the accuracy is good: so the code is right.
# >
# > *Source:* our own question.
#
# *What would show the contrary:* a wrong program whose loss falls and whose accuracy is good. Three mistakes, each of
# which you may have made just now:
#
# 1. `zero_grad` is forgotten: the gradients of all earlier batches are added to each batch's own;
# 2. the model ends in a softmax, and `cross_entropy` applies another one;
# 3. the padding is read: the scores come from the last step of the batch, not from the last real one.
#
# The last column is the accuracy with each recording in a batch of its own. **Predict** how many of the three learn nothing.

# %%
predict("programs_that_learn_nothing", ...)  # 0, 1, 2 or 3?


# %%
class TwoSoftmaxes(torch_models.SequenceClassifier):
    def forward(self, xs, lengths):
        return super().forward(xs, lengths).softmax(dim=1)


class ReadsPadding(torch_models.SequenceClassifier):
    def forward(self, xs, lengths):
        return self.out(self.gru(xs)[0][-1])


def fit_without_zero_grad(*args):
    nothing = mock.patch.object(torch.optim.Adam, "zero_grad", lambda self: None)
    with nothing:
        return torch_models.fit(*args)


# %% slide="more text"
never_zeroed = trained(
    torch_models.SequenceClassifier, seed=0, fit=fit_without_zero_grad
)
runs = {
    "right": right,
    "no zero_grad": never_zeroed,
    "two softmaxes": trained(TwoSoftmaxes, seed=0),
    "reads padding": trained(ReadsPadding, seed=0),
}
for label, (_, course, together, singly) in runs.items():
    print(f"{label:14} loss {course[0]:.3f} → {course[-1]:.3f}", end="   ")
    print(f"accuracy {together:.1%}, one by one {singly:.1%}")
stuck = [course for _, course, _, _ in runs.values() if course[-1] > 0.9 * course[0]]
outcome("programs_that_learn_nothing", len(stuck))

# %% [markdown]
# In the picture look at where each curve *ends*. The grey line is a bound for the one with two softmaxes; we explain it
# below.

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
bound = np.log(1 + 2 / np.e)
plotting.plot_loss_by_epoch(
    ax,
    {label: course for label, (_, course, _, _) in runs.items()},
    (f"bound: {bound:.3f}", bound),
)
show(fig, "loss_by_epoch")

# %% [markdown] slide="more" brief="> **Verdict.** Wrong. All three learn something: all three losses fall, and all three models get most new recordings right."
# > **Verdict.** Wrong. All three learn something: all three losses fall, and all three models get most new recordings
# > right. Neither its loss nor its accuracy in batches gives away the one that reads padding. When each recording comes
# > alone, as a visitor does, it may lose a lot or nothing: that is chance.
#
# The digits on your screen depend on the seed and on the processor, which adds numbers in its own order. These are the
# lowest and the highest of 15 recorded runs, five seeds with each of three sets of processor instructions (PyTorch
# 2.13.0, CPU, November 2026; `make slow` runs some of them again):
#
# | program | last loss (nats) | right, in batches | right, one by one |
# | --- | --- | --- | --- |
# | right | 0.015 to 0.046 | 99.0 to 99.8% | the same |
# | no `zero_grad` | 0.050 to 0.142 | 95.8 to 99.4% | the same |
# | two softmaxes | 0.563 to 0.575 | 97.0 to 99.4% | the same |
# | reads padding | 0.018 to 0.077 | 97.6 to 99.8% | 92.4 to 99.8% |
#
# Only the loss of the two softmaxes looks odd, and only to somebody who knows what it could be.

# %% [markdown] slide="new" brief="## Small tests prove more\n\n- **Before training** the loss should be about $\\ln(\\text{classes})$; here $\\ln 3 = 1.099$.\n- **At the end** ask what the loss *could* be.\n- **Alone or in a batch**: a recording's scores must be the same. The same goes for more padding.\n- **Twice the same batch**: with `zero_grad` in between, its gradients come out equal, not doubled."
# So a falling curve proves little. Small tests prove more, and each takes one line:
#
# - **Before training** the loss should be about $\ln(\text{classes})$; here $\ln 3 = 1.099$.
# - **At the end** ask what the loss *could* be. A softmax's outputs lie between 0 and 1, and as logits such small
#   numbers can never be sure: at best they are 1, 0, 0, and the loss is $\ln(1 + 2/e) = 0.551$, the grey line.
# - **Alone or in a batch**: a recording's scores must be the same. The same goes for more padding.
# - **Twice the same batch**: with `zero_grad` in between, its gradients come out equal, not doubled.

# %% slide="more text"
eight, eight_lengths, _ = torch_models.collate(test[:8])
longer = torch.cat([eight, torch.zeros(20, 8, 2)])
for label, (model, *_) in runs.items():
    model.eval()
    with torch.no_grad():
        scores_moved = model(eight, eight_lengths) - model(longer, eight_lengths)
    largest = scores_moved.abs().max()
    print(f"{label:14} 20 more steps of padding move the scores by {largest:.3f}")

# %% [markdown]
# ## Once more, exactly
#
# A **seed** makes a run repeatable, if every random number comes from it: the weights, from PyTorch's global generator,
# and the shuffling. `torch_models.seeded` sets the first and gives the `DataLoader` a generator of its own. To **save**
# a model is to save its `state_dict`, numbers with names; the class itself stays in your program.

# %%
model, losses, *_ = right
_, same_losses, *_ = trained(
    torch_models.SequenceClassifier, seed=0, epochs=steps(2, quick=1)
)
print("the same seed, the same losses:", same_losses == losses[: len(same_losses)])
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "visitors.pt")
    torch.save(model.state_dict(), path)
    loaded = torch_models.SequenceClassifier(2, 24, 3)
    loaded.load_state_dict(torch.load(path, weights_only=True))
    size, count = path.stat().st_size, sum(q.numel() for q in model.parameters())
    print(f"{path.name}: {size / 1000:.0f} kB for {count} parameters")
both_scores = [each(eight, eight_lengths) for each in (loaded, model)]
print("the same scores:", torch.equal(*both_scores))

# %% [markdown]
# - `weights_only=True`: a saved file is a *pickle*, and a pickle can run any code when it is read. With this option it
#   may hold only tensors and plain values. Always set it.
# - `map_location="cpu"` (or `torch_models.device()`): a file remembers the device of its tensors, and one that was saved on
#   a graphics processor cannot be read on a machine without one, unless you say where to put them.
# - To *go on training* later, save the optimiser's `state_dict` as well: Adam's averages are part of where you are.
# - On another kind of processor, or with another number of threads, sums are taken in a different order. Equal seeds
#   then give runs that are nearly equal at first, and drift apart in training.

# %% [markdown] slide="new" brief="A recording of a million steps is read in chunks, and the state is handed from one chunk to the next." ask="**Predict**: at which chunk does the obvious loop stop, and why?"
# ## A state that you carry yourself
#
# A recording of a million steps is read in chunks, and the state is handed from one chunk to the next. Lesson 08 calls
# it truncated backpropagation. Here is the obvious way. **Predict** at which chunk it stops, and why.

# %%
predict("chunk_at_which_it_stops", ...)  # a number from 1 to 30, or never

# %% slide="more text"
torch.manual_seed(0)
cell = nn.GRUCell(2, 16)
stream = torch.randn(30, 10, 1, 2)  # 30 chunks of 10 steps, B = 1
h = torch.zeros(1, 16)
try:
    for k, chunk in enumerate(stream, 1):
        for x in chunk:
            h = cell(x, h)
        h.square().sum().backward()
        print("chunk", k, "is done")
except RuntimeError as error:
    print("chunk", k, "stops:", str(error).split("(")[0])
outcome("chunk_at_which_it_stops", k)

# %% [markdown] slide="more" brief="The right answer is `h = h.detach()`: the same numbers, without their past." ask=""
# The second chunk's state came out of the first chunk, and still remembers it. So `backward` goes on into the first
# chunk, whose computation graph it threw away after using it.
#
# The message goes on to suggest `retain_graph=True`. That makes the error go away, and keeps the whole graph since the
# start. The right answer is `h = h.detach()`: the same numbers, without their past. **Predict** how the time of a
# backward pass grows with the number of the chunk, in each of the two ways.


# %%
def backward_times(detached):
    h, milliseconds = torch.zeros(1, 16), []
    for chunk in stream[: steps(30, quick=6)]:
        if detached:
            h = h.detach()
        for x in chunk:
            h = cell(x, h)
        loss = h.square().sum()
        start = time.perf_counter()
        loss.backward(retain_graph=not detached)
        milliseconds.append(1000 * (time.perf_counter() - start))
    return milliseconds


backward_times(detached=True)  # once to warm up
times = {
    "retain_graph=True": backward_times(detached=False),
    "h.detach()": backward_times(detached=True),
}
for label, milliseconds in times.items():
    early, late = np.median(milliseconds[:5]), np.median(milliseconds[-5:])
    print(
        f"{label:18} the last chunks take {late / early:.1f} times the first ones' time"
    )

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_chunk_times(ax, times)
show(fig, "chunk_times")

# %% [markdown]
# With `retain_graph` each backward pass goes through all chunks since the start, so its time grows in proportion to their
# number; and all their graphs stay in memory. (After an `optimiser.step()` it would stop with another error, because
# the old graphs belong to old parameters.) Detached, each chunk costs the same.
#
# (Note that the *numbers* of the state carry on. If you write `h = torch.zeros(1, 16)` there, you get no error either,
# but a network that forgets everything at the end of each chunk.)

# %% [markdown]
# ## What does it cost? · deeper, may be skipped
#
# > **Claim.** PyTorch is always faster than NumPy.
# >
# > *Source:* our own question.
#
# *What would show it:* a forward and backward pass takes longer in NumPy at every size. NumPy's side is
# `layer_forward` and `layer_backward` of `gru_ref.layers`, the course's own engine, with all gradients. Both use one
# core and float32; the two take turns, and we compare the best time of each, since whatever else the machine does only
# adds to it. **Predict** at which of five sizes, from a single step to a hundred steps of 64 sequences, NumPy does
# best.


# %%
def passes(T, B, H, dtype=np.float32):
    """One layer forward and backward, by NumPy and by PyTorch, from one p."""
    rng = np.random.default_rng(0)
    p = gru_ref.trees.astype(gru_ref.init_gru(H, H, rng), dtype)
    xs, dhs = (rng.normal(0, 1, (T, B, H)).astype(dtype) for _ in range(2))
    layer = nn.GRU(H, H)
    layer.load_state_dict(
        {f"{n}_l0": q for n, q in torch_models.to_module(p).state_dict().items()}
    )
    xs_torch, dhs_torch = torch.from_numpy(xs).requires_grad_(), torch.from_numpy(dhs)

    def by_numpy():
        _, _, tape = layers.layer_forward("gru", xs, p)
        return layers.layer_backward(dhs, tape)[0]

    def by_torch():
        layer.zero_grad()
        xs_torch.grad = None
        layer(xs_torch)[0].backward(dhs_torch)
        return xs_torch.grad.numpy()

    return by_numpy, by_torch


# %%
def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


sizes = [(1, 1, 16), (20, 1, 16), (50, 16, 32), (100, 32, 128), (100, 64, 256)]
sizes = sizes[: steps(5, quick=3)]
ratios = []
for size in sizes:
    both = passes(*size)
    first, second = (run() for run in both)  # both are warm now
    assert np.allclose(first, second, atol=1e-4)  # and give the same gradients
    repeats = steps(15 if np.prod(size) < 100_000 else 3, quick=2)
    measured = [[seconds(run) for run in both] for _ in range(repeats)]
    numpy_time, torch_time = np.min(measured, axis=0)
    ratios.append(numpy_time / torch_time)
    print(f"T, B, H = {size!s:14}  NumPy {1000 * numpy_time:7.2f} ms", end="   ")
    print(f"PyTorch {1000 * torch_time:7.2f} ms")

# %% [markdown]
# In the picture a point *below* the line means that NumPy is faster.

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.0))
plotting.plot_time_ratios(
    ax, [str(size) for size in sizes], {"forward and backward": ratios}
)
show(fig, "time_ratios")

# %% [markdown]
# > **Verdict.** Wrong. Look at the second and the third point: with a few short sequences NumPy took a fraction of PyTorch's
# > time in every run that we made. A step of `nn.GRU` is a handful of small operations,
# > and each has to be started, and recorded for `backward`, whatever its size. At a single step our own engine's
# > overhead is more than half as large, and at the right end both spend most of their time in the same matrix products:
# > there the two came out about equal. What you get for PyTorch's price: it differentiates *any* formula, not only the GRU,
# > whose gradient lesson 08 wrote out by hand; and the same program runs on graphics processors.
#
# (Times vary from run to run, and with everything else that the machine does; so we look at the best of several, measured
# in turns. `make bench` measures the larger sizes with care.)

# %% [markdown] slide="new" brief="> **Claim.** A conversion that gives no error, and whose result loads and runs, is right.\n\nSuppose a converter to ONNX copies every weight correctly and forgets `linear_before_reset`." ask="**Predict**: how far are the states apart, with fresh weights, and with weights three times as large?"
# ## Out of the notebook
#
# A trained model seldom stays in a notebook. It goes into a phone, or into a server written in another language. On the
# way another program rewrites it: `torch.export` records its operations in a graph, *ONNX* is a file that many programs
# can run, *quantisation* rounds the weights to eight bits, `torch.compile` joins operations to save time.
#
# > **Claim.** A conversion that gives no error, and whose result loads and runs, is right.
# >
# > *Source:* our own question.
#
# *What would show the contrary:* a converted model that runs, and computes other numbers.
#
# Here lesson 06's trap bites. ONNX's GRU has a switch, `linear_before_reset`. At 0, its default, the reset gate acts
# *before* the matrix product; at 1 it acts after it, as PyTorch's does. Suppose a converter copies every weight
# correctly and forgets the switch. The cell computes what a program then gets from the file. **Predict**: with fresh
# weights, how far are the states apart? And with weights three times as large, as training may leave them?

# %%
predict("fresh_and_larger_weights", [..., ...])  # 0.01, 0.1, 0.5 or more?


# %% slide="more text"
def misread(inputs, p):
    """What is computed from the right weights with linear_before_reset = 0."""
    h, states = np.zeros((inputs.shape[1], len(p.b_ir))), []
    for x in inputs:
        h = gru_ref.gru_step_reset_before(x, h, p)
        states.append(h)
    return np.stack(states)


rng = np.random.default_rng(2)
fresh, given = gru_ref.init_gru(I, H, rng), rng.normal(0, 1, (T, B, I))
differences = []
for factor in (1, 3):
    larger = gru_ref.GRUParams(*(factor * a for a in fresh))
    wanted = gru_ref.gru_forward(given, np.zeros((B, H)), larger)
    got = misread(given, larger)
    differences.append(round(float(np.abs(wanted - got).max()), 2))
    print(f"weights × {factor}: both {got.shape}, apart by {differences[-1]}")
outcome("fresh_and_larger_weights", differences)

# %% [markdown] slide="more" brief="> **Verdict.** Wrong, and not only in theory: an exporter wrote exactly this file, without a warning. *Compare numbers after every conversion.*"
# > **Verdict.** Wrong, and not only in theory. PyTorch 2.13.0's default exporter to ONNX with onnxscript 0.7.0 wrote
# > exactly this file, without a warning; 0.7.1 fixed it. The smaller the weights, the closer the two cells: a test with
# > fresh weights of a large layer and with a generous tolerance might have passed it.
#
# The same check, *compare numbers after every conversion*, finds the other mistakes as well. Here is what we saw
# (PyTorch 2.13.0, onnxscript 0.7.0 to 0.7.2, ONNX Runtime 1.32.0, November 2026; `tests/peers/test_deployment.py` runs it):
#
# | conversion of an `nn.GRU` | what we got |
# | --- | --- |
# | `torch.onnx.export(gru, (xs,))`, onnxscript 0.7.0 | runs; states off by 0.4 to 0.7, with weights three times as large as fresh ones |
# | the same, onnxscript 0.7.1 and 0.7.2 | right, but only for the example's $T$, even if $T$ is declared dynamic |
# | `torch.onnx.export(…, dynamo=False, dynamic_axes=…)` | right, for any $T$ and $B$ |
# | `torch.export.export(gru, …)` | right for any $B$ that is declared dynamic; a dynamic $T$ is refused |
# | `quantize_dynamic(gru, {nn.GRU})` | no error, and nothing quantised: it looks at the *parts* of what it is given |
# | `torch.compile(gru)` | right numbers, no graph, no gain: `nn.GRU` runs as before |
# | `with torch.autocast("cpu", torch.bfloat16):` | the states' dtype is that of `h0`, or without `h0` that of the input: pass `h0` in float32, and the state stays in float32 |

# %% [markdown]
# None of them can export packed sequences. But you can get the states that packing gives without it: a GRU that reads
# forward has not seen the padding yet when it is at a sequence's last real step. So here are the same weights, in a
# model that *picks* those states:


# %%
class Unpacked(torch_models.SequenceClassifier):
    def forward(self, xs, lengths):
        hs, _ = self.gru(xs)
        return self.out(hs[lengths - 1, torch.arange(lengths.shape[0])])


unpacked = Unpacked(2, 24, 3)
unpacked.load_state_dict(right[0].state_dict())
any_B = torch.export.Dim("B")
example = torch_models.collate(train[:4])[:2]
graph = torch.export.export(
    unpacked, example, dynamic_shapes=({1: any_B}, {0: any_B}), strict=True
)
exported = graph.module()

# %% [markdown]
# Now the check. It tries numbers that are *not* the example's, another number of sequences, and another number of
# steps. **Predict** which of the three lines fails.


# %%
def furthest_apart(original, converted, *inputs):
    with torch.no_grad():
        return (original(*inputs) - converted(*inputs)).abs().max().item()


steps_of_it = len(example[0])
others = torch.randn(steps_of_it, 4, 2), torch.tensor([steps_of_it, 3, 9, 1])
more = torch.randn(steps_of_it, 9, 2), torch.full((9,), steps_of_it)
print(f"other numbers:    apart by {furthest_apart(right[0], exported, *others):.0e}")
print(f"nine sequences:   apart by {furthest_apart(right[0], exported, *more):.0e}")
try:
    furthest_apart(right[0], exported, torch.randn(60, 4, 2), others[1])
except AssertionError as error:
    print("60 steps:        ", error)

# %% [markdown]
# The number of steps is frozen: all of them are written out in the graph. At least any other number is refused, and not
# computed wrongly. To read any $T$, loop over an exported *cell* in the other program, or export to ONNX with
# `dynamo=False`.

# %% [markdown]
# ## A puzzle: five blind tests · deeper, may be skipped
#
# ONNX comes with six tests of its GRU: an input, weights, and the states that must come out. Anyone who writes a
# program that runs ONNX files tests it with them. In five of the six (onnx 1.23.2) all entries of a matrix are the same
# number, and the state starts at zero. Here is such a test, and three wrong GRUs. **Predict** how many of the three it
# catches.

# %%
predict("wrong_ones_caught", ...)  # 0, 1, 2 or 3?


# %%
def filled(value):
    like = gru_ref.init_gru(2, 5, np.random.default_rng(0))
    return gru_ref.GRUParams(*(np.full(a.shape, value * (a.ndim == 2)) for a in like))


def exchanged(p):
    r, z, n = p[0::3], p[1::3], p[2::3]
    return gru_ref.GRUParams(*(a for three in zip(z, r, n, strict=True) for a in three))


def apart_by(x, h, p):
    """How far three wrong GRUs are from ONNX's, which resets before the product."""
    step = gru_ref.gru_step_reset_before
    wrong = {
        "r and z exchanged": step(x, h, exchanged(p)),
        "reset after the product": gru_ref.gru_step(x, h, p),
        "z and 1 − z exchanged": step(x, h, gru_ref.flip_update_gate(p)),
    }
    return {
        name: float(np.abs(got - step(x, h, p)).max()) for name, got in wrong.items()
    }


# %%
x_test, h_test, p_test = np.array([[1.0, 2.0]]), np.zeros((1, 5)), filled(0.1)
apart_in_test = apart_by(x_test, h_test, p_test)
for name, difference in apart_in_test.items():
    print(f"{name:24} apart by {difference:.3f}")
outcome("wrong_ones_caught", sum(d > 1e-6 for d in apart_in_test.values()))

# %% [markdown]
# Now change the test's first line, as little as you can, so that it catches all three. Is a different state enough? Are
# different weights?
#
# <details><summary>Answer</summary>
#
# With the biases at 0 it takes both. While the state is zero, too, the reset gate multiplies zeros: whatever r is, the
# result is the same. And with equal entries r and z are the same number, and r ⊙ (W h) is W (r ⊙ h), since r is the
# same for all units. So:
#
# `rng = np.random.default_rng(0)`, then `h_test = rng.uniform(-1, 1, (1, 5))` and
# `p_test = gru_ref.init_gru(2, 5, rng)`. (`init_gru` draws biases, too. With them, these parameters catch all three even
# from a state of zero, because r then multiplies $b_{hn}$. Set the biases to 0, and you need the other state as well.)
# Two steps instead of one would do for the state, too: the second starts from a
# state that is not zero. Two of ONNX's five have three steps, but equal weights keep them blind. Its sixth test has two
# steps and weights drawn at random, and catches all three.
#
# </details>
#
# So this is the rule for a check of numbers: weights that are all different and not small, a state that is not zero,
# more than one step, more than one sequence, sizes that are all different. (The checks of this course follow it, too.)

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="the_neighbours" points=2 slide="new"
# **For 2 points.** A colleague's classifier, trained on padded batches, reaches 98% on the test set. Then she evaluates
# the same weights on the same recordings with another batch size, and gets 93%. She did call `model.eval()`, and there
# is no dropout.
#
# What is most probably wrong with her model, and why did a falling loss and 98% not reveal it? Describe a test of two
# or three lines that would.
#
# ### BEGIN SOLUTION
# The scores depend on how much padding there is: she reads the state at the batch's last step, not at each recording's
# last real one (or she averages over padded steps). Another batch size means other neighbours, so other amounts of
# padding. The network has learned to live with the padding that it met in training, so the loss fell, and a test with
# the same batch size meets the same kind of padding.
#
# The test: give the model a batch `xs`, then the same batch with some steps of zeros appended and the same `lengths`.
# The scores must be equal. Or: one recording alone, and the same one beside a longer one.
#
# **Rubric**
#
# - 1 point: the scores depend on the padding (last step for last real step, or padding averaged in), and training and test met the same kind of padding
# - 1 point: a test that would reveal it: more padding, or alone against in a batch, must give equal scores
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A **module** registers its parameters; a plain tensor among its attributes is neither trained nor saved nor moved.
# - PyTorch stacks the gates in the order **r, z, n**. Parameters move between NumPy and PyTorch without one bit
#   changing.
# - **Pad** at the end, keep the **lengths**, **pack**, and take `h_n[-1]`: then neighbours and padding change nothing.
# - The loop: scores, loss, `zero_grad`, `backward`, clip, `step`. A loss that falls does not prove it right; small tests do.
# - **Detach** what you carry from batch to batch yourself.
# - Which library is faster depends on the size: measure your own case.
# - After every **conversion** compare numbers: with weights that reveal mistakes, a state that is not zero, and other
#   sizes.

# %% [markdown]
# ## Go further · open
#
# **How small can it get?** The classifier of this lesson has about 2,000 parameters in float32. How few bits does each of
# them need before the accuracy on new recordings falls by one percentage point?
#
# Begin by rounding the trained weights in `right[0].state_dict()` to $2^k$ equally spaced values for each tensor, for
# $k = 8, 6, 4, 3, 2$, and with `torch_models.accuracy`. Then ask: which tensor tolerates it least, `weight_ih_l0`,
# `weight_hh_l0`, or the last layer's? Does it change if each *gate* gets its own rounding step, instead of one for all
# three? You know it if your curve is the same for three seeds of training, and if you can say why the recurrent weights
# are, or are not, the most sensitive ones. (There are no points for it, and no answer in the back.)

# %% [markdown]
# ## Test yourself
#
# **1.** `self.weights = [nn.Parameter(…), nn.Parameter(…)]` in `__init__`. The forward pass works, and nothing is ever
# learned. Why?
#
# <details><summary>Answer</summary>
#
# A parameter is registered when it is assigned to an attribute *itself*. Inside a plain list it is not found, so
# `model.parameters()` does not include it, and the optimiser never sees it. `nn.ParameterList` is the list that
# registers.
#
# </details>
#
# **2.** Two layers, `h_n` has shape `(2, B, H)`. Somebody takes `h_n[0]` as the network's answer. What did they take,
# and will the loss tell them?
#
# <details><summary>Answer</summary>
#
# The *first* layer's final state: the second layer is computed and thrown away, and its parameters get no gradient at
# all. It trains and works like a network of one layer, so the loss will not tell them. (With one layer `h_n[0]` and
# `h_n[-1]` are the same.)
#
# </details>
#
# **3.** In a run, the loss starts at 2.3 with three classes. What do you make of it?
#
# <details><summary>Answer</summary>
#
# A new network knows nothing, so its loss should be about ln 3 = 1.1. 2.3 is ln 10: does its last layer have ten
# classes instead of three? Or its first scores are large and wrong, from weights that are too large.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - PyTorch's documentation of [`nn.GRU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html),
#   [`pack_padded_sequence`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html)
#   and [reproducibility](https://docs.pytorch.org/docs/stable/notes/randomness.html).
# - Andrej Karpathy (2019), [*A Recipe for Training Neural Networks*](https://karpathy.github.io/2019/04/25/recipe/): on
#   networks that train well although they are wrong.
# - Next: **12 · GRU and LSTM**. Which one should I use?

# %%
progress()
