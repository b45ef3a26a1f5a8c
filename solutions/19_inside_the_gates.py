# %% [markdown] slide="new"
# # 19 · Inside the gates
#
# **What did the gates learn?**
#
# - **Goals**: open the networks of lessons 05 and 13 to 17; count how often their gates are shut; fix a gate, and see
#   what it was worth; measure how long each unit remembers; read from a state what nobody ever told the network; and
#   say for each of these what an *untrained* network would have shown.
# - **Time**: 90 minutes.
# - **Before you start**: the equations of the GRU (lesson 05), padding (lesson 07), a language model (lesson 13),
#   intervals (lessons 12 and 14).
#
# **The result first.** The more careful you are, the less is left of what such analyses promise. A probe can tell from
# the states whether a character stands inside quotes, with an accuracy of 0.98 on average over five networks. But from
# the states of *untrained* networks it tells it with 0.95, and always saying "outside" gives 0.92. In the network that pronounces words, you can
# replace the reset gate by a **constant**, and lose only 0.01 bits a phone. What does hold up: one of 128 units tracks
# quotes, and the network uses it. And the old claim about short-term and long-term gates is half right.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

import gru_ref
from grader import (
    check,
    chorale_explorer,
    hint,
    outcome,
    own,
    predict,
    progress,
    show,
    steps,
    text_explorer,
)
from gru_ref import opened, plotting

# %% [markdown] slide="new" brief="An **untrained** network of the same size is our **control**: what it shows as well, training did not teach.\n\n| name | lesson | its GRU | loss |\n| --- | --- | --- | --- |\n| writer | 05 | 176 units | bits per character |\n| language | 13 | 128 units | bits per character |\n| sentiment | 14 | 32 units | bits per sentence |\n| pronouncer | 15 | the decoder's 128 units | bits per phone |\n| speech | 16 | 64 units in each direction | bits per digit |\n| chorales | 17 | 100 units | bits per frame |" ask="Why open an untrained network at all?"
# ## Six networks, opened
#
# You know them all. `opened.opened(name)` gives a network's GRU, something for it to read, and a function that says how
# well it does. With a seed it gives an **untrained** network of the same size, drawn as PyTorch draws it. That is our
# **control**: what an untrained network shows as well, training did not teach.
#
# | name | lesson | its GRU | what it reads here | loss |
# | --- | --- | --- | --- | --- |
# | writer | 05 | 176 units | 48 pieces of Python's documentation, *which it was trained on* | bits per character |
# | language | 13 | 128 units | 48 pieces of topics that were held out | bits per character |
# | sentiment | 14 | 32 units, trained in the next cell | 400 new sentences of the grammar | bits per sentence |
# | pronouncer | 15 | the decoder's 128 units | 200 words that were held out | bits per phone |
# | speech | 16 | 64 units in each direction | 48 clips by voices that it never heard | bits per digit |
# | chorales | 17 | 100 units | 40 of Bach's chorales, whose tunes it never met | bits per frame |
#
# All losses are in bits: minus the base-2 logarithm of the probability of what was right.

# %%
SEEDS = range(steps(5, quick=1))
epochs = steps(opened.EPOCHS, quick=2)
reader = opened.open_sentiment(opened.train_sentiment(0, epochs))
networks = {
    name: reader if name == "sentiment" else opened.opened(name)
    for name in opened.NAMES
}
controls = {
    name: [opened.opened(name, seed) for seed in SEEDS] for name in opened.NAMES
}


def loss_of(network):
    """Mean loss of a network as it is, in bits."""
    return network.losses(*(cell.p for cell in network.cells)).mean()


for name, network in networks.items():
    untrained = np.mean([loss_of(control) for control in controls[name]])
    units = " + ".join(str(len(cell.p.b_iz)) for cell in network.cells)
    print(
        f"{name:11} {units:>7} units   {loss_of(network):6.3f} {network.unit:20}",
        end="",
    )
    print(f"untrained {untrained:6.3f}")

# %% [markdown] slide="new" brief="In this course **z keeps**: $z = 1$ keeps the old state, and $z = 0$ writes the candidate.\n\n$$h_t = (1 - z_t) \\odot n_t + z_t \\odot h_{t-1}$$"
# ## Which way does z point?
#
# Before we look at gates, we must settle one thing, because authors disagree about it. In this course, as in PyTorch and
# in Cho et al. (2014), **z keeps**:
#
# $$h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}$$
#
# $z = 1$ keeps the old state, and $z = 0$ writes the candidate. In Chung et al. (2014), and in many tutorials, z *writes*. A
# network does not care: flip the sign of all parameters of the update gate and swap the two roles of z, and you have
# the same network (lesson 06).
#
# **Predict**: the mean z of the language model is 0.37. What is it for somebody whose z writes?

# %%
predict("mean_z_if_z_writes", ...)  # a number

# %% slide="more text"
traces = {name: opened.traces_of(network) for name, network in networks.items()}
cell = networks["language"].cells[0]
flipped = gru_ref.flip_update_gate(cell.p)
x, h = cell.xs[5], traces["language"].hs[:48]
keeps, writes = (gru_ref.update_gate(x, h, p) for p in (cell.p, flipped))
print("z and the flipped z add up to", np.unique((keeps + writes).round(5)))
outcome("mean_z_if_z_writes", round(float(1 - traces["language"].zs.mean()), 2))

# %% [markdown] slide="more" brief="“The update gate is open”: ask which z the author means."
# So whenever you read that "the update gate is open" or "active", ask which z the author means. Read with the other z,
# the sentence says the opposite. From here on, z keeps, and r = 0 hides the old state from the candidate.

# %% [markdown] slide="new" brief="## Your turn: `saturation` · easy\n\nA gate close to 0 or 1 is called **saturated**. Write `saturation(gates, low, high)`. `gates` is `(N, H)`: one gate of H units at N steps.\n\n- Return two arrays `(H,)`: for each unit the share of steps below `low`, and above `high`.\n- A gate exactly at a limit is in neither.\n- Refuse limits other than 0 ≤ low < high ≤ 1."
# ## Are gates switches?
#
# A gate is a *soft* switch: it can be anything between 0 and 1. Do trained networks use the middle? A gate close to 0 or
# 1 is called **saturated**. How close is close is a choice; ours is below 0.1 or above 0.9.
#
# ## Your turn: `saturation` · easy
#
# Write `saturation(gates, low, high)`. `gates` is an array `(N, H)`: one gate of H units at N steps. Return two arrays
# `(H,)`: for each unit the share of steps with a gate below `low`, and the share with a gate above `high`. A gate
# exactly at a limit is in neither. Refuse limits other than 0 ≤ low < high ≤ 1 with a `ValueError`. Stuck?
# `hint(saturation)`.


# %% solution="saturation" slide="more"
def saturation(gates, low, high):
    """Shares of steps with a gate below low and above high: gates (N, H) → two (H,)."""
    ### BEGIN SOLUTION
    if not 0 <= low < high <= 1:
        raise ValueError(f"low is {low} and high {high}, but 0 ≤ low < high ≤ 1")
    return (gates < low).mean(axis=0), (gates > high).mean(axis=0)
    ### END SOLUTION


# %% check="saturation" points=1
check(saturation)

# %% [markdown] slide="new" brief="## Are gates switches?"
# **Predict**: of all values of z in the language model, how many are saturated, below 0.1 or above 0.9? And how many in
# an untrained network?

# %%
predict("saturated_z_in_the_language_model", ...)  # a share

# %% slide="more text" lines="2-6"
count = own(saturation)
saturated = {}
print("network      gate  mean  below 0.1  above 0.9   both, untrained (5 seeds)")
for name in networks:
    for gate in "rz":
        values = getattr(traces[name], f"{gate}s")
        below, above = (part.mean() for part in count(values, 0.1, 0.9))
        saturated[name, gate] = below + above
        fresh = [getattr(opened.traces_of(c), f"{gate}s") for c in controls[name]]
        both = [sum(s.mean() for s in count(f, 0.1, 0.9)) for f in fresh]
        print(
            f"{name:11}   {gate}    {values.mean():.2f}    {below:.2f}       ", end=""
        )
        print(f"{above:.2f}        {min(both):.3f} to {max(both):.3f}")
outcome("saturated_z_in_the_language_model", round(saturated["language", "z"], 2))

# %% slide="new figure"
fig, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
fresh = opened.traces_of(controls["language"][0])
plotting.plot_gate_values(axes, traces["language"], fresh)
show(fig, "gate_values")

# %% [markdown] slide="more" brief="**Training turns soft switches into hard ones**: 85% of all z in the language model."
# Training turns soft switches into hard ones. In the untrained networks no gate is saturated, with any of the five
# seeds: they all stay around ½. In the trained language model 85% of all z are saturated, and 79% of all r; in the
# network that reads chorales more than 90% of both. The small sentiment network keeps most of its gates in the middle:
# 32% of z are saturated, and 24% of r.

# %% [markdown] slide="new" brief="## Your turn: `ablate` · medium\n\nTo find out what a gate is *for*, take it away and see what gets worse: an **ablation**. Something must stand in its place, so we **fix** it.\n\nWrite `ablate(p, gate, value)`: a new `GRUParams` whose gate, `\"r\"` or `\"z\"`, has this value whatever x and h are.\n\n- `value` is a number from 0 to 1, or an array `(H,)`.\n- 0 and 1 are allowed. No σ reaches them, but a bias of ±1000 comes close enough."
# ## What is a gate worth?
#
# Looking at a gate tells you what it does, and not what it is *for*. To find that out, take it away and see what gets
# worse. This is called an **ablation**. We cannot simply remove a gate, because something must stand in its place. So we
# **fix** it at a value, the same at every step and for every input.
#
# How? The gate is $\sigma(W_{i} x + b_i + W_{h} h + b_h)$. Its parameters are ours to change, and everything else about
# the network can stay as it is.
#
# ## Your turn: `ablate` · medium
#
# Write `ablate(p, gate, value)`. `p` is a `GRUParams`, `gate` is `"r"` or `"z"`, and `value` is a number from 0 to 1,
# or an array `(H,)` with one number for each unit. Return a new `GRUParams` whose gate has this value whatever x and h
# are. The other gate, the candidate and the caller's `p` stay as they are.
#
# - The check looks at the gate, not at your parameters: any that give the value will do.
# - 0 and 1 are allowed. No σ reaches them, but a bias of ±1000 comes close enough, and infinity is refused.
# - Anything else is a `ValueError`: another gate (`"n"` is no gate), a value outside of 0 to 1, NaN.
#
# Stuck? `hint(ablate)`.


# %% solution="ablate" slide="more"
def ablate(p, gate, value):
    """A GRUParams whose gate "r" or "z" always has this value."""
    ### BEGIN SOLUTION
    v = np.asarray(value, float)
    if gate not in ("r", "z") or not np.all((v >= 0) & (v <= 1)):
        raise ValueError(
            f"gate is {gate!r} and value {value}, but 'r' or 'z' and 0 to 1"
        )
    with np.errstate(divide="ignore"):
        bias = np.clip(np.log(v) - np.log1p(-v), -1000, 1000)
    names = (f"W_i{gate}", f"W_h{gate}", f"b_i{gate}", f"b_h{gate}")
    fixed = {name: np.zeros_like(getattr(p, name)) for name in names}
    fixed[f"b_i{gate}"] += bias.astype(p.b_ir.dtype)
    return p._replace(**fixed)
    ### END SOLUTION


# %% check="ablate" points=2
check(ablate)

# %% [markdown] slide="new" brief="## What is a gate's movement worth?\n\nThe fairest value is **each unit's own mean**: only its *movement* is gone." ask="**Predict**: which gate's movement is worth more, r's or z's? In how many of the six networks is it z's?"
# At which value should we fix a gate? At 0 or 1 the other parts meet states that they have never met, and may fail for
# that reason alone. The fairest value is **each unit's own mean**: the gate then does what it does on average, and only
# its *movement* is gone. The added loss then tells you what it is worth that the gate depends on x and h.
#
# **Predict**: which gate's movement is worth more, r's or z's? In how many of the six networks is it z's?

# %%
predict("networks_in_which_z_is_worth_more", ...)  # 0 to 6


# %%
fix = own(ablate)


def cost_of(network, gate, values):
    """(mean added loss, low, high) if a gate is fixed: values (units,), in bits."""
    cells = [cell.p for cell in network.cells]
    ends = np.cumsum([len(p.b_iz) for p in cells])[:-1]
    parts = np.split(np.broadcast_to(values, sum(len(p.b_iz) for p in cells)), ends)
    fixed = [fix(p, gate, part) for p, part in zip(cells, parts, strict=True)]
    mean, (low, high), _ = gru_ref.compare(
        network.losses(*fixed), network.losses(*cells)
    )
    return mean, low, high


def mean_gate(network, gate):
    """Each unit's mean gate, (units,)."""
    return getattr(opened.traces_of(network), f"{gate}s").mean(axis=0)


# %%
costs = {"r": [], "z": []}
print("added loss in bits, 95% interval over examples    untrained, 5 seeds")
for name, network in networks.items():
    for gate in "rz":
        mean, low, high = cost_of(network, gate, mean_gate(network, gate))
        costs[gate].append((mean, low, high))
        fresh = [cost_of(c, gate, mean_gate(c, gate))[0] for c in controls[name]]
        print(f"{name:11} {gate}   {mean:6.3f}   {low:6.3f} to {high:6.3f}", end="")
        print(f"            {min(fresh):6.3f} to {max(fresh):6.3f}")
more = sum(z[0] > r[0] for r, z in zip(costs["r"], costs["z"], strict=True))
outcome("networks_in_which_z_is_worth_more", more)

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
plotting.plot_costs(ax, list(networks), costs)
show(fig, "costs_of_fixing")

# %% [markdown] slide="new" brief="- In **pronouncer** a constant r would do almost as well. It is the same in **sentiment**.\n- In **writer** it is the other way round: 6.1 bits for r, and 1.1 for z.\n- In **untrained** networks you can take nothing away.\n\n“Which gate is the important one?” has no answer for *the* GRU. It has one for a trained network on a task." ask="Writer and language do nearly the same job. What might explain that r is worth so much more in one of them?"
# In four of six networks the movement of z is worth more. But look at the two exceptions, and at the sizes:
#
# - In **pronouncer** the movement of r is worth 0.012 bits a phone, with an interval from 0.003 to 0.021. A constant
#   would do almost as well. It is the same in **sentiment**, with 0.035 bits.
# - In **writer** it is the other way round: 6.1 bits for r, and 1.1 for z. Yet writer and language do nearly the same
#   job. In **chorales** r is slightly ahead, but the intervals overlap.
# - In **untrained** networks, fixing a gate moves the loss in either direction, and by far less. They know nothing, so
#   you can take nothing from them. The costs above were therefore learned: they do not follow from the equations alone.
#
# "Which gate is the important one?" has no answer for *the* GRU. It has one for a trained network on a task.
#
# What if you do not fix them at their means, but shut or open them altogether?

# %%
for name, network in networks.items():
    ends = [cost_of(network, gate, v)[0] for gate in "rz" for v in (0.0, 1.0)]
    print(
        f"{name:11} r = 0: {ends[0]:6.2f}   r = 1: {ends[1]:6.2f}   "
        f"z = 0: {ends[2]:6.2f}   z = 1: {ends[3]:6.2f}   bits more"
    )

# %% [markdown]
# Most of these cost more than the mean does, and they measure something else: a shock. At z = 1 nothing is ever
# written, so the state holds nothing of what the network reads. For sentiment, with its two classes, that costs 1.01
# bits: the network is then as good as a coin. With z fixed at the mean it costs *more*, 1.87 bits, because the network
# is now confident and wrong. And the writer loses less with r = 0 than with r at its mean: a value that is right on
# average may be right at no step. So read an ablation as "the loss without this movement", and not as "what this part
# contributes".

# %% [markdown] slide="new" brief="After N steps the product $z_1 z_2 \\cdots z_N$ is left. So we need the **geometric mean**:\n\n$$\\bar z = \\Bigl(\\prod_t z_t\\Bigr)^{1/N} \\qquad \\text{half-life} = \\frac{\\ln \\frac12}{\\frac1N \\sum_t \\ln z_t}$$" ask="**Predict** the half-life of z = 0.9, 0.9, 0.9, 0.1, again and again."
# ## How long does a unit remember?
#
# On its direct path a unit keeps the part $z_t$ of its state at each step. After N steps the product $z_1 z_2 \cdots
# z_N$ is left. With the *same* z at all steps, that would be $z^N$ and a half-life of $\ln \tfrac12 / \ln z$ (lesson
# 00). So we need the one z that leaves the same product, the **geometric mean**:
#
# $$\bar z = \Bigl(\prod_t z_t\Bigr)^{1/N} \qquad \text{half-life} = \frac{\ln \frac12}{\frac1N \sum_t \ln z_t}$$
#
# Why not the ordinary mean of z? *By hand*: z is 1, 0, 1, 0, … Its mean is ½, which would give a half-life of one step.
# But everything is lost at the first 0. **Predict** the half-life of z = 0.9, 0.9, 0.9, 0.1, again and again.

# %%
predict("half_life_of_mostly_0_9", ...)  # in steps

# %% slide="more text"
mixed = np.array([0.9, 0.9, 0.9, 0.1])
of_the_mean = gru_ref.half_life(mixed.mean())
of_the_product = np.log(0.5) / np.log(mixed).mean()
print(f"of the mean z, {mixed.mean():.2f}: {of_the_mean:.2f} steps")
print(f"of the product:   {of_the_product:.2f} steps")
outcome("half_life_of_mostly_0_9", round(float(of_the_product), 2))

# %% [markdown] slide="new"
# ## Your turn: `gate_lags` · medium
#
# Write `gate_lags(zs, lengths)`: the half-life of each unit in steps, an array `(H,)`. `zs` is `(T, B, H)`, update
# gates that keep; `lengths` is `(B,)`, and steps behind a sequence's end do not count. All real steps count the same,
# whichever sequence they are in. A unit whose z is 0 at some step has a half-life of 0, and one whose z is always 1 has
# `np.inf`. Lengths outside of 1 to T, and gates outside of 0 to 1, are a `ValueError`. Stuck? `hint(gate_lags)`.


# %% solution="gate_lags" slide="more"
def gate_lags(zs, lengths):
    """Half-lives (H,) of units on the path through z: zs (T, B, H), lengths (B,)."""
    ### BEGIN SOLUTION
    real = gru_ref.length_mask(len(zs), lengths)
    if real.shape != zs.shape[:2] or zs.min() < 0 or zs.max() > 1:
        raise ValueError("one length for each sequence, and gates from 0 to 1")
    with np.errstate(divide="ignore"):
        return np.log(2) / np.abs(np.log(zs[real]).mean(axis=0))
    ### END SOLUTION


# %% check="gate_lags" points=3
check(gate_lags)


# %%
lives_of = own(gate_lags)


def half_lives(network):
    """Half-lives of all units of a network, both directions."""
    parts = []
    for cell in network.cells:
        zs = gru_ref.gate_traces(cell.xs, cell.p, cell.h0, cell.lengths).zs
        parts.append(lives_of(zs, cell.lengths))
    return np.concatenate(parts)


print("half-lives in steps: smallest, median, largest      untrained: median, largest")
for name, network in networks.items():
    lives, fresh = half_lives(network), half_lives(controls[name][0])
    print(
        f"{name:11} {lives.min():8.2f} {np.median(lives):8.2f} {lives.max():8.2f}",
        end="",
    )
    print(f"{np.median(fresh):26.2f} {fresh.max():8.2f}")

# %% [markdown]
# In untrained networks all half-lives are close to one step, because z is close to ½. Training spreads them: half of the
# units of the language model have a half-life of 0.15 steps or less, and a few of them have one of many steps, up to
# 14.6. But that cannot be the whole story: on this path alone, most units would forget a character before they read the
# next one. Two things are missing. A unit whose z is nearly always 1 and once nearly 0 may be *meant* to drop everything
# at that step, say at the end of a word. And this is the direct path alone: the candidate reads the whole old state
# through $W_{hn}$, and can write it again.

# %% [markdown] slide="new" brief="Let the network read **two different pasts** of 100 characters, and then **the same text**. How many characters does it take until half of a unit's difference is left? That is its **measured lag**." ask="**Predict** for the language model: the median lag of its 128 units, and the longest."
# ## Measure the memory itself
#
# What a unit keeps need not be in its own $h$ alone: other units may hold it, and write it back. So we measure from
# outside. Let the network read **two different pasts** of 100 characters, and then **the same text**. At first its
# states differ. Step by step the common text makes them alike. For each unit, how many characters does it take until
# half of the (mean square) difference is left? That is its **measured lag**. It needs no formula about gates, so it
# works for any recurrent network. (With a fixed z and on the direct path alone it would be half of the half-life,
# because squares fall twice as fast.)
#
# **Predict** for the language model: the median lag of its 128 units, and the longest.

# %%
predict("median_and_longest_lag", [..., ...])  # in characters

# %% slide="more text"
test_ids = gru_ref.trained_language_model().characters.ids(opened.test_text())
model = gru_ref.trained_language_model().p
p = model.network[0][0]
N_texts = steps(200, quick=20)
lags = gru_ref.text_lags(model.embedding, p, test_ids, N_texts)
random_model = gru_ref.init_language_model(
    "gru",
    *model.embedding.shape,
    len(p.b_iz),
    np.random.default_rng(0),
    dtype=np.float32,
)
random_lags = gru_ref.text_lags(
    random_model.embedding, random_model.network[0][0], test_ids, N_texts
)
for label, some in (("trained", lags), ("untrained", random_lags)):
    print(
        f"{label:9} quartiles {np.quantile(some, [0.25, 0.5, 0.75]).round(2)}", end=""
    )
    print(f"   longest {some.max():.1f} characters, of unit {some.argmax()}")
outcome(
    "median_and_longest_lag",
    [round(float(np.median(lags)), 1), round(float(lags.max()), 1)],
)

# %% [markdown] slide="new" brief="> **Claim.** Reset gates catch short-term dependencies, and update gates long-term ones.\n\nAn active *update* gate keeps: z near 1. An active *reset* gate resets: **r near 0**." ask="**Predict** the rank correlation of the measured lag with the mean z, and with the mean r."
# ## Short-term and long-term units
#
# > **Claim.** Reset gates catch short-term dependencies, and update gates long-term ones.
# >
# > *Source:* it goes back to the paper that introduced the GRU, [Cho et al. (2014)](https://arxiv.org/abs/1406.1078),
# > section 2.3, which says it of *units*: those that learn short-term dependencies "will tend to have reset gates that
# > are frequently active", and those for longer ones "will have update gates that are mostly active".
#
# That section does not measure it. And "active" has to be read with care. An active *update* gate keeps: z near 1. An
# active *reset* gate resets: **r near 0**, because the paper says that with r close to 0 the unit is forced to ignore
# the previous state. (If you read "active" as "near 1", you get the opposite claim for r.)
#
# *What would show it:* over units, the measured lag goes up with the mean z, and up with the mean r; and in untrained
# networks it does not. We use the **rank correlation** (Spearman's): 1 if both have the same order, 0 if the orders
# have nothing to do with each other. **Predict** both for the language model.

# %%
predict("rank_correlation_of_lag_with_z_and_r", [..., ...])  # from −1 to 1

# %% slide="new figure"
means = [mean_gate(networks["language"], gate) for gate in "zr"]
found = [spearmanr(lags, some)[0] for some in means]
random_means = [
    mean_gate(opened.open_language_model(random_model, test_ids), gate) for gate in "zr"
]
print("language model:  lag and z {:.2f}, lag and r {:.2f}".format(*found))
outcome("rank_correlation_of_lag_with_z_and_r", [round(float(f), 2) for f in found])
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
plotting.plot_lags(
    axes, {"trained": (lags, *means), "untrained": (random_lags, *random_means)}
)
show(fig, "lags_and_gates")

# %% [markdown] slide="more" brief="Over five seeds: lag and z 0.77, untrained 0.52; lag and r 0.47, untrained 0.06. **The second one was learned.**"
# One network is one network. The same was recorded for **five**, trained with five seeds as lesson 13 trains them, and
# for an untrained one from each seed (`make experiments ARGS=inside` repeats it). Intervals are over the five seeds.

# %%
record = gru_ref.recorded("inside")


def over_seeds(measure, state="trained"):
    """The five recorded values of a measure."""
    return record[f"{state}: {measure}"].values[:, -1]


def with_interval(values):
    """Mean and 95% interval of values from several seeds, as text."""
    mean, (low, high), _ = gru_ref.compare(values, np.zeros(len(values)))
    return f"{mean:6.2f} ({low:6.2f} to {high:6.2f})"


print(
    "measure          trained                    untrained                  difference"
)
for measure in ("lag and z", "lag and r", "r and z", "median lag", "longest lag"):
    both = [over_seeds(measure, state) for state in ("trained", "untrained")]
    texts = [with_interval(v) for v in (*both, both[0] - both[1])]
    print(f"{measure:12}", *texts, sep="   ")

# %% [markdown]
# Both correlations are there. What the control says about them differs:
#
# - **z**: 0.77 in trained networks, and already 0.52 in untrained ones. A unit that keeps more remembers longer: that
#   follows from the equation, and needs no training. What training adds is the range: the longest lag of a network is 62
#   characters on average, and that of an untrained one 0.88.
# - **r**: 0.47 in trained networks, and 0.06, an interval around 0, in untrained ones. *This* was learned: units whose
#   reset gate is mostly closed remember for a short time.

# %% [markdown] slide="new" brief="## Correlation is not causation, so intervene\n\n**Fix one gate**, and ask what characters that are further away are still worth: the *gain* of knowing the order of the last 64 characters, and not only that of the last 4." ask="**Predict** how much of the gain is left with r fixed, and with z fixed."
# Correlation is not causation. So intervene: **fix one gate, and ask what characters that are further away are still
# worth.** As in lesson 13, all but the last k characters are shuffled. The *gain of far characters* is how many bits
# the model saves when it knows the order of the last 64 characters, and not only that of the last 4.
#
# If only update gates were for the long term, fixing r would leave this gain as it is. **Predict** how much of it is
# left with r fixed, and with z fixed.

# %%
predict("share_of_the_gain_left_with_r_and_z_fixed", [..., ...])

# %% slide="more text" lines="4-4"
for changed in ("intact", "r fixed", "z fixed"):
    print(f"{changed:8} bits {with_interval(over_seeds(f'bits, {changed}'))}", end="")
    gain = over_seeds(f"gain of far characters, {changed}")
    print(f"    gain of far characters {with_interval(gain)}")
kept = [
    over_seeds(f"gain of far characters, {gate} fixed")
    / over_seeds("gain of far characters, intact")
    for gate in "rz"
]
print(
    "left of the gain: r fixed",
    with_interval(kept[0]),
    " z fixed",
    with_interval(kept[1]),
)
outcome(
    "share_of_the_gain_left_with_r_and_z_fixed",
    [round(float(k.mean()), 2) for k in kept],
)

# %% [markdown] slide="more"
# > **Verdict.** Half right. Of *units* it holds, if "active" is read as the paper means it: units with short memories
# > have reset gates that are mostly closed, and units with long memories have update gates that mostly keep. The second
# > half is built into the equation, the first one is learned. But it is no division of labour between *gates*: with r
# > fixed, only 0.57 of the gain of far characters is left (0.32 to 0.82), so reset gates serve the long term, too. With
# > z fixed 0.08 of it is left. Either change also costs more than 1.5 bits overall, so it shows that far characters need
# > the gate, not that they alone do. We measured five language models of characters: other tasks may differ.

# %% [markdown] slide="new" brief="## Your turn: `linear_probe` · medium\n\nA **linear probe**: states in, labels out, and only a linear map in between. Write `linear_probe(hs, labels)` for `hs (N, H)`, in the order of time, and `labels (N,)`. The first half trains, the other tests.\n\n- Least squares, **with an intercept**, to one-hot labels.\n- Return `(accuracy, baseline)` of the second half.\n- The rows are not shuffled: neighbouring states are nearly alike."
# ## What does a state tell?
#
# > **Claim.** Neural networks such as the GRU are not interpretable.
# >
# > *Source:* a popular article; [another
# > one](https://eyeofunity.com/the-merits-and-flaws-of-recurrent-neural-networks-a-critical-analysis) lists a "lack of
# > interpretability" among the flaws of recurrent networks.
#
# *What would show the opposite:* something that a person understands, which can be read from the states, which an
# untrained network's states do not tell, **and** which the network uses.
#
# To read something from states, train a **linear probe**: states in, labels out, and only a linear map in between. We
# fit it by least squares to one-hot labels. A linear map can compute little by itself, so what it finds must already lie
# there, almost ready for use.
#
# ## Your turn: `linear_probe` · medium
#
# Write `linear_probe(hs, labels)`. `hs` is `(N, H)`, states in the order of time; `labels` is `(N,)`, integers from 0
# on. The first `N // 2` rows train, the others test.
#
# - Least squares, **with an intercept**, to one-hot labels; the largest output is what the probe says.
# - Return `(accuracy, baseline)`, two shares of the second half: how often the probe is right, and how often the most
#   frequent label of the *first* half is right.
# - The rows are not shuffled: neighbouring states are nearly alike, and a random split would test on what it trained.
# - Fewer than 2 rows, or another number of labels, is a `ValueError`.
#
# Stuck? `hint(linear_probe)`.


# %% solution="linear_probe" slide="more"
def linear_probe(hs, labels):
    """Linear probe: hs (N, H), labels (N,) → accuracy, baseline, floats."""
    ### BEGIN SOLUTION
    N = len(hs)
    if N < 2 or len(labels) != N:
        raise ValueError(f"{N} rows and {len(labels)} labels")
    half = N // 2
    rows = np.hstack([hs, np.ones((N, 1))])
    wanted = np.eye(labels.max() + 1)[labels[:half]]
    weights = np.linalg.lstsq(rows[:half], wanted)[0]
    said = np.argmax(rows[half:] @ weights, axis=1)
    usual = np.argmax(np.bincount(labels[:half]))
    return float(np.mean(said == labels[half:])), float(np.mean(labels[half:] == usual))
    ### END SOLUTION


# %% check="linear_probe" points=2
check(linear_probe)

# %% [markdown] slide="new" brief="## What does a state tell?\n\n> **Claim.** Neural networks such as the GRU are not interpretable.\n\nFive labels for each character. The network never saw any of them." ask="**Predict** the accuracy for “inside quotes”, of a trained and of an untrained network. And of always saying “outside”?"
# We give each character of the held-out text five labels. The network never saw any of them: it only learned to guess
# the next character. **Predict** the accuracy for "inside quotes", of a trained and of an untrained network. What
# would it be if the probe always said "outside"?

# %%
predict("accuracy_inside_quotes_trained_untrained", [..., ...])

# %% slide="more text" lines="2-7"
N = steps(20_000, quick=4_000)
text = opened.test_text()[:N]
marks = gru_ref.marks_of(text)


def states_of(model):
    """The states (N, H) of a language model that reads the text."""
    xs = model.embedding[test_ids[:N]][:, None]
    return gru_ref.gate_traces(xs, model.network[0][0]).hs[:, 0].astype(float)


probe = own(linear_probe)
hs, random_hs = states_of(model), states_of(random_model)
probed = {}
print("label              baseline   untrained   trained")
for name, labels in marks.items():
    accuracy, baseline = probe(hs, labels)
    probed[name] = accuracy, probe(random_hs, labels)[0]
    print(f"{name:18} {baseline:8.3f} {probed[name][1]:11.3f} {accuracy:9.3f}")
outcome(
    "accuracy_inside_quotes_trained_untrained",
    [round(share, 3) for share in probed["inside quotes"]],
)

# %% [markdown]
# And over five seeds, recorded:

# %%
for name in marks:
    both = [over_seeds(f"probe, {name}", s) for s in ("trained", "untrained")]
    mean, (low, high), verdict = gru_ref.compare(*both)
    print(
        f"{name:18} trained {both[0].mean():.3f}   untrained {both[1].mean():.3f}",
        end="",
    )
    print(f"   difference {mean:6.3f} ({low:6.3f} to {high:6.3f})")

# %% [markdown]
# Without the baseline and the control these would look like five discoveries. With them:
#
# - **inside quotes**, **letters so far**, **first letter**: the trained networks tell more than untrained ones, with
#   every interval above 0. But the probe reads most of it from untrained states as well: a random GRU is a memory of the
#   last few characters, and a probe finds in it what it needs.
# - **inside brackets**: on average better, but with five seeds the interval includes 0. It is a tie.
# - **a blank 5 ago**: no better than the baseline, trained or not. The network does not keep what it does not need.
#
# ### One unit
#
# Is "inside quotes" spread over all 128 units, or is there one unit that knows? Probe each unit alone, choose the best
# on the first half of the text only, and test it on the second.

# %% slide="new figure"
half = N // 2
inside = marks["inside quotes"]


def best_unit(states):
    """The unit that alone tells best what is in quotes, on the first half."""
    H = states.shape[1]
    alone = [probe(states[:half, [j]], inside[:half])[0] for j in range(H)]
    return int(np.argmax(alone))


for label, states in (("trained", hs), ("untrained", random_hs)):
    j = best_unit(states)
    tested = states[half:, [j]], inside[half:]
    accuracy, baseline = probe(*tested)
    print(f"{label:9} unit {j:3}: {accuracy:.3f} (baseline {baseline:.3f})")
unit = best_unit(hs)
start = text.find('"', half) - 12
fig, ax = plt.subplots(figsize=(9, 2.6))
window = slice(start, start + 74)
plotting.plot_unit_over_text(ax, text[window], hs[window, unit], inside[window])
show(fig, "unit_over_text")

# %% [markdown] slide="more" brief="One unit stays at one end outside of quotes and at the other inside them. **A probe shows what is there, not what is used.**"
# The unit stays at one end outside of quotes and at the other end inside them. Still, **a probe shows what is there,
# not what is used.** So fix the update gate of this one unit at its mean, and see *where* it gets worse.

# %%
ids = test_ids[:N]


def bits_of(p):
    """Bits (N − 1,) that each next character costs the language model with this GRU."""
    states = gru_ref.gate_traces(model.embedding[ids][:, None], p).hs[:, 0]
    scores = states.astype(float) @ model.W.T + model.b
    scores -= np.logaddexp.reduce(scores, axis=1)[:, None]
    return -scores[np.arange(N - 1), ids[1:]] / np.log(2)


zs = gru_ref.gate_traces(model.embedding[ids][:, None], p).zs[:, 0]
intact = bits_of(p)
added = {}
for j in [unit, *np.random.default_rng(0).choice(128, 12, replace=False).tolist()]:
    mean = float(zs[:, j].mean())
    added[j] = bits_of(gru_ref.ablate(p, "z", mean, units=[j])) - intact

# %% slide="new text"
quote = np.array([c == '"' for c in text[1:]])
where = {
    "all characters": np.full(N - 1, True),
    "outside of quotes": (inside[:-1] == 0) & ~quote,
    "inside quotes": (inside[:-1] == 1) & ~quote,
    "closing quotes": (inside[:-1] == 1) & quote,
}
others = [j for j in added if j != unit]
for place, here in where.items():
    rest = [added[j][here].mean() for j in others]
    mean, (low, high), _ = gru_ref.compare(added[unit][here], np.zeros(here.sum()))
    print(f"{place:18} unit {unit}: {mean:6.3f} ({low:6.3f} to {high:6.3f})", end="")
    print(f"   other units: {np.mean(rest):6.3f}, at most {max(rest):.3f} bits")

# %% [markdown] slide="more"
# > **Verdict.** Wrong as a rule, and right as a warning. One unit can be understood: it is at one end outside of quotes
# > and at the other inside them; no unit of the untrained network does that; and fixing its update gate costs 1.17 bits
# > at closing quotes (0.98 to 1.36), 0.21 inside quotes, and only 0.015 outside of them. For most of the other units nobody has such a story, and what
# > probes read is mostly there without any training.
#
# Look at the 12 other units, chosen at random: one of them costs 0.7 bits at closing quotes as well. So "the quote unit"
# is not the only one that helps to close them. And these intervals treat the characters as independent, which neighbours
# are not: the true intervals are somewhat wider.

# %% [markdown]
# ## Watch it yourself
#
# Type a text, name the units that you want to see, and fix a gate, in all units or only in those that you named. The
# picture shows r and z over the text, and below them what each character cost, in bits. (Press Enter or leave the
# field. Where the fields cannot run, you see the picture alone: then change the arguments in the cell, such as
# `text_explorer(text="…", gate="z", value=1.0)`.)
#
# The course's [gate explorer](../../docs/gates.html) shows the gates of another network, and needs no notebook: open it
# in any browser.
#
# Things to try: a text with quotes, and unit 42; z at 0 in all units, and then in one; a text in another language; r at
# 1.

# %%
text_explorer()

# %% [markdown]
# ### And in music
#
# The network of lesson 17 reads chorales whose tunes it never met. Choose one by its number, from 0 to 73. Blue is what
# the network expects in each quarter note, the darker the more likely; the dots are the keys that come. Below them you
# see its gates, and what each quarter note cost.
#
# **What to look for**: which of the four units keeps nearly everything? Where is the network most surprised? With z at
# 0 in all units, nothing is kept but what the candidate writes again. Which keys does it still expect?

# %%
chorale_explorer()

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="what_a_probe_shows" points=2 slide="new"
# **For 2 points.** A company sells a GRU that predicts how long machines will last, from their vibrations. "It has
# learned the physics of bearings", says the report: "a linear probe reads the temperature of the bearing from its states
# with an accuracy of 93%, in 5 classes. The temperature was never among its inputs." The probe's training rows and test
# rows were drawn at random from the recordings.
#
# Name two things that are missing before the 93% means anything. Then say which experiment would show that the network
# *uses* the temperature, and what would have to come out.
#
# ### BEGIN SOLUTION
# Missing (two of these): the baseline, which is the share of the most frequent class: if a bearing is nearly always
# warm, 93% means nothing. An untrained network of the same size, with several seeds: if it gives 92%, the temperature
# can be read from the vibrations themselves, and training taught nothing. An honest split: neighbouring states of one
# recording are nearly alike, so whole recordings, or machines, must be held out. An interval, and several trained
# networks.
#
# Used or not: change what holds the temperature, and look at the prediction. For instance fix or remove the direction
# that the probe found (or the unit), leave all else as it is, and compare with the same change to other directions or
# units of the same size. If the predicted life gets worse, and more so where the temperature matters, the network uses
# it. If nothing changes, it is only there.
#
# **Rubric**
#
# - 1 point: two of baseline, untrained network, split by recording or machine, interval over several networks
# - 1 point: an intervention on the states or gates with a comparison to other units or directions, and the outcome that
#   would show use
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - **z keeps here.** Ask which z an author means before you read a sentence about it.
# - **Saturation** says how often gates are switches; **ablation** what their movement is worth. Fix a gate at each
#   unit's mean: other values measure the shock as well.
# - **Half-lives** come from the product of z, and only speak of the direct path. **Measured lags** come from two pasts
#   and one future.
# - **A probe** says what can be read off, and needs three things beside it: a baseline, an untrained network, a split
#   that keeps neighbours together. That it is *used* shows only when you change it.
# - Correlation over units suggests; fixing a gate and looking at far characters tests.

# %% [markdown]
# ## Go further · open
#
# Karpathy, Johnson and Li found units for line lengths, brackets and quotes in LSTMs that had read source code. How
# many of the 128 units of the language model can *you* name?
#
# - **Find out** how many units tell some label better alone than any unit of five untrained networks does. Make labels
#   of your own: inside a number, in a heading, after a verb, the distance to the last full stop.
# - **Try first** the cell with `best_unit`, over all labels of `gru_ref.marks_of` and your own; then the last
#   experiment, for each unit that you found: does fixing it hurt where its label says, and nowhere else?
# - **You know** when you have a list: unit, label, accuracy beside that of the best untrained unit, added bits where it
#   should matter and elsewhere, each with an interval. With 128 units and ten labels some will look good by chance:
#   choose on one part of the text, and report the other (lesson 12's Holm correction helps).

# %% [markdown]
# ## Test yourself
#
# **1.** You fix the update gate of a network at 0, and its loss goes up by 3 bits. "The update gate is worth 3 bits."
# What is wrong with this conclusion, and which experiment is better?
#
# <details><summary>Answer</summary>
#
# At z = 0 each unit forgets its own state at once, which the network has never met: part of the 3 bits is the shock.
# Fix z at each unit's mean. Then it keeps as much as before on average, and only the movement is gone. Even so, a
# network that had been *trained* without that movement might have found another way.
#
# </details>
#
# **2.** A unit's z has a mean of 0.9. Why may its half-life be 2 steps, and its measured lag 20?
#
# <details><summary>Answer</summary>
#
# The half-life comes from the product: a z that is 0.99 most of the time and 0.01 now and then has a high mean and a
# short half-life. The lag may be longer than that, since other units hold what this one lost: they reach it through the
# candidate, and through the gates.
#
# </details>
#
# **3.** The rank correlation of z with the measured lag is 0.5 in *untrained* networks. How can that be, if they have
# learned nothing?
#
# <details><summary>Answer</summary>
#
# z multiplies the old state: whatever the parameters are, a unit with a larger z keeps more of it. That follows from
# the equation. So this correlation alone does not show that anything was learned. What training changed is how far the
# lags reach, and the correlation with r.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Kyunghyun Cho and others (2014), *Learning Phrase Representations using RNN Encoder–Decoder*,
#   [arXiv:1406.1078](https://arxiv.org/abs/1406.1078): section 2.3 introduces the unit, and says what its gates might
#   do.
# - Andrej Karpathy, Justin Johnson, Fei-Fei Li (2015), *Visualizing and Understanding Recurrent Networks*,
#   [arXiv:1506.02078](https://arxiv.org/abs/1506.02078): cells of LSTMs that track quotes and line lengths.
# - John Hewitt and Percy Liang (2019), *Designing and Interpreting Probes with Control Tasks*,
#   [arXiv:1909.03368](https://arxiv.org/abs/1909.03368): another control, labels that only a probe that memorises can
#   learn.
# - Next: **20 · Capstone**. Your own claim, tested.

# %%
progress()
