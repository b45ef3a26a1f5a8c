# %% [markdown] slide="new"
# # 17 · Music
#
# **Can it compose?**
#
# - **Goals**: turn a score into frames of keys; measure a model that predicts several notes at once; say which average a
#   published number is; let a network compose, and hear, see and save what it wrote.
# - **Time**: 75 minutes.
# - **Before you start**: sampling and temperature (lesson 13), a split by group (lesson 14), padding (lesson 07).
#
# **The result first.** An **LSTM beats the GRU**, by a little: it predicts the next chord of a chorale with 9.01 nats a frame, the
# GRU with 9.10. Logistic regression on the last four frames has 9.37. And a good likelihood makes no composer: in 100 frames the
# network writes 81 clashes of neighbouring keys, where Bach has 6. One and the same model is worth 8.99, 4.59 or 0.10 nats, by the
# way of averaging.
#
# This lesson makes sounds. You can do all of it without loudspeakers: you see the music as a picture.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Audio, display
from scipy.io import wavfile

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import music_models, plotting

# %% [markdown] slide="new" brief="music21 contains 364 of Bach's **chorales**, for soprano, alto, tenor and bass. Each voice is a list of notes `(start, length, pitch)`, counted in **sixteenths**; pitch 60 is middle C." ask="How long is the first note of the soprano, and is it above or below middle C?"
# ## 364 chorales
#
# Johann Sebastian Bach set hymn tunes for four voices: soprano, alto, tenor and bass. The package music21 contains 364 such
# **chorales** as scores in MusicXML, most of them encoded by Margaret Greentree. (music21 is free software under the BSD
# licence; its licence for the scores says that some of them may not be used commercially.) `gru_ref.bach_chorales()` reads
# the files without importing music21: that is several times as fast.
#
# Each voice is a list of notes `(start, length, pitch)`. Start and length are counted in **sixteenths**, so a quarter note has
# length 4. The pitch is a MIDI number: 60 is middle C, and one more is one semitone up. Here is the beginning of one, and all of
# it to hear. (The sound is a sum of six sines for each note, ten lines of NumPy in `gru_ref.synthesize`.)

# %% slide="more text"
chorales = gru_ref.bach_chorales()
by_name = {chorale.name: chorale for chorale in chorales}
print(len(chorales), "chorales")
example = by_name["bwv66.6"]
for voice, notes in zip(
    ("soprano", "alto", "tenor", "bass"), example.parts, strict=True
):
    print(f"{voice:8}", *notes[:5], "…")
SIXTEENTH, RATE = 0.16, 22_050  # seconds, and samples per second
display(Audio(gru_ref.synthesize(example.parts, SIXTEENTH, RATE), rate=RATE))

# %% [markdown] slide="new" brief="A **piano roll** (T, 88) says which keys are down at equally spaced times, the **frames**:\n\n`roll[t, k]` is 1 if a note with pitch 21 + k has\n\n$$\\text{start} \\le t \\cdot \\text{step} < \\text{start} + \\text{length}$$" ask="**Predict** for step = 4: notes (0, 6, 60), (6, 1, 62) and (7, 5, 64). How many rows are there, and in how many of them is 62 down?"
# ## A piano roll
#
# A network reads numbers. We look at the music at equally spaced times, the **frames**, and note which keys of a piano are
# down. A piano has 88 keys, with the MIDI numbers 21 to 108. A frame is 88 numbers, 0 or 1, and all frames together are a
# **piano roll** of shape (T, 88). With `step` sixteenths from one frame to the next, row t shows sixteenth t · step:
#
# $$\text{roll}[t, k] = 1 \iff \text{some note with pitch } 21 + k \text{ has } \text{start} \le t \cdot \text{step} <
# \text{start} + \text{length}$$
#
# There are as many rows as such times before the last note ends: T = ⌈end / step⌉.
#
# **Predict** for step = 4: a note (0, 6, 60), a note (6, 1, 62) and a note (7, 5, 64). How many rows are there, and in how
# many of them is the second note, 62, down?

# %%
predict("rows_and_rows_of_62", [..., ...])

# %% slide="more text"
notes = [(0, 6, 60), (6, 1, 62), (7, 5, 64)]
rows = [
    [pitch for start, length, pitch in notes if start <= t < start + length]
    for t in range(0, 12, 4)
]
print(rows)
outcome("rows_and_rows_of_62", [len(rows), sum(62 in row for row in rows)])

# %% [markdown] slide="new" brief="## Your turn: `piano_roll` · medium\n\nWrite `piano_roll(parts, step)` for a list of voices. The result is `(T, 88)`, of 0.0 and 1.0.\n\n- Where two voices are on one key, a **unison**, the key is down once: 1.\n- Starts and lengths may be halves: `(1.5, 0.5, 62)`.\n- A pitch below 21 or above 108 is refused: raise a `ValueError`."
# The second note begins and ends between two frames. The roll cannot show it: that is the price of a coarse grid.
#
# ## Your turn: `piano_roll` · medium
#
# Write `piano_roll(parts, step)` for a list of voices, each a list of notes. The result is `(T, 88)`, of 0.0 and 1.0.
#
# - Where two voices are on one key, a **unison**, the key is down once: 1.
# - Starts and lengths are integers in all but three chorales. These have thirty-seconds, which are halves: `(1.5, 0.5, 62)`.
# - A pitch below 21 or above 108 is refused: raise a `ValueError`. (NumPy would take column −1 for the last one.)
# - There is at least one note, but a voice may be empty.
#
# Stuck? `hint(piano_roll)`.


# %% solution="piano_roll" slide="more"
def piano_roll(parts, step):
    """Which keys are down at sixteenth t · step: list of voices → (T, 88)."""
    ### BEGIN SOLUTION
    notes = [note for part in parts for note in part]
    end = max(start + length for start, length, _ in notes)
    roll = np.zeros((int(np.ceil(end / step)), 88))
    for start, length, pitch in notes:
        if not 21 <= pitch <= 108:
            raise ValueError(f"a piano has no key {pitch}")
        first, last = np.ceil([start / step, (start + length) / step]).astype(int)
        roll[first:last, pitch - 21] = 1.0
    return roll
    ### END SOLUTION


# %% check="piano_roll" points=2
check(piano_roll)

# %% [markdown]
# `own(piano_roll)` is **your** function once its check is green, and the course's until then. Here is the chorale that you
# heard, with a frame for each quarter note. Before you look: where will the soprano be, and what does a chord look like?

# %% slide="new figure"
roll_of = own(piano_roll)
fig, ax = plt.subplots(figsize=(7.4, 3.2))
plotting.plot_roll(ax, roll_of(example.parts, 4))
show(fig, "example_roll")

# %% [markdown] slide="new" brief="A roll **loses** something: which voice sings a note, a unison, and whether a key was held or struck again."
# A roll is easy to compute with, and it **loses** something. Which voice sings a note is gone. So is a unison: one key, once.
# And two frames with the same key down may be one long note or two short ones. **Predict**: in how many of 100 frames do two
# voices share a key?

# %%
predict("unisons_in_100_frames", ...)

# %% slide="more text"
some = chorales[:: steps(4, quick=40)]
lost = frames = 0
for chorale in some:
    roll = roll_of(chorale.parts, 4)
    voices = [roll_of([part], 4) for part in chorale.parts]
    lost += sum(voice.sum() for voice in voices) - roll.sum()
    frames += len(roll)
print(f"{lost:.0f} notes are lost in {frames} frames")
outcome("unisons_in_100_frames", round(100 * float(lost) / frames, 1))

# %% [markdown] slide="new" brief="## Your turn: `transpose` · easy\n\nEach chorale in every key is more music to train with: **augmentation**. Write `transpose(roll, semitones)` for a roll `(T, 88)`: a **new** array in which each note is `semitones` keys further to the right, or to the left. A note that would leave the keyboard is refused."
# ## Another key
#
# A choir may sing a chorale a few semitones higher or lower, and it is the same music. In a roll this is simple: all ones move
# by the same number of columns. It gives us more music to train with, for nothing: each chorale in every key. This is called
# **augmentation**.
#
# ## Your turn: `transpose` · easy
#
# Write `transpose(roll, semitones)` for a roll `(T, 88)`: a **new** array in which each note is `semitones` keys further to the
# right, or to the left if the number is negative. A note that would leave the keyboard is refused: raise a `ValueError`. Keys
# without a note may leave. Stuck? `hint(transpose)`.


# %% solution="transpose" slide="more"
def transpose(roll, semitones):
    """Move music (T, 88) by semitones: → (T, 88), a new array."""
    ### BEGIN SOLUTION
    moved = np.zeros_like(roll)
    rows, keys = np.nonzero(roll)
    keys = keys + semitones
    if np.any(keys < 0) or np.any(keys > 87):
        raise ValueError("a note would leave the keyboard")
    moved[rows, keys] = 1.0
    return moved
    ### END SOLUTION


# %% check="transpose" points=1
check(transpose)

# %% [markdown] slide="new" brief="Bach set some tunes several times. If one setting is in training and another in the test, a network that remembers tunes looks like one that understands them. So we split by **tune**."
# ## Which chorales may be in the test?
#
# Bach set some tunes several times, in several keys. If one setting is in training and another in the test, a network that
# remembers tunes looks like one that understands them. So we split by **tune**: `gru_ref.tunes(chorales)` compares the
# sopranos, step by step from quarter note to quarter note, and calls it the same tune if 70% of the steps agree.
#
# **Predict**: how many of the 364 chorales share their tune with another one?

# %%
predict("chorales_that_share_a_tune", ...)

# %% slide="more text"
groups = gru_ref.tunes(chorales)
names, sizes = np.unique(groups, return_counts=True)
print(len(names), "tunes; the most frequent one has", sizes.max(), "settings:")
print(
    *(
        c.name
        for c, g in zip(chorales, groups, strict=True)
        if g == names[sizes.argmax()]
    )
)
outcome("chorales_that_share_a_tune", int(sizes[sizes > 1].sum()))

# %% [markdown] slide="new" brief="**Each key has a probability of its own**, $p_k = \\sigma(a_k)$. The negative log likelihood of a frame is a *sum over the keys*:\n\n$$\\text{nll}(x) = -\\sum_{k} \\bigl( x_k \\ln \\sigma(a_k) + (1 - x_k) \\ln (1 - \\sigma(a_k)) \\bigr)$$"
# ## The likelihood of a chord
#
# In lesson 13 exactly one character came next, so a softmax was right. Here several keys are down at once. The usual model
# gives **each key a probability of its own**, $p_k = \sigma(a_k)$ of a logit $a_k$, as if the keys did not know of each other. A
# frame $x$ of zeros and ones then has the probability $\prod_k p_k^{x_k} (1 - p_k)^{1 - x_k}$, and its **negative log
# likelihood** is a *sum over the keys*:
#
# $$\text{nll}(x) = -\sum_{k} \bigl( x_k \ln \sigma(a_k) + (1 - x_k) \ln (1 - \sigma(a_k)) \bigr)$$
#
# For a batch of pieces we add up all **real** frames and divide by their number. What stands in the padding does not count.
#
# **Predict** by hand: a model knows nothing, all logits are 0. There are 3 keys. What is the negative log likelihood of a
# frame: ln 2, 3 ln 2, or does it depend on which keys are down?

# %%
predict("nll_of_a_coin", ...)  # "ln 2", "3 ln 2" or "it depends"

# %% slide="more text"
by_hand = [sum(-np.log(0.5) for _ in frame) for frame in ((1, 0, 0), (0, 1, 1))]
print(*(f"{nats:.3f} = {nats / np.log(2):.0f} ln 2" for nats in by_hand))
outcome("nll_of_a_coin", f"{by_hand[0] / np.log(2):.0f} ln 2")

# %% [markdown] slide="new" brief="Write `frame_nll(logits, roll, mask)`: one float, in nats per **real** frame.\n\n| argument | what | shape |\n| --- | --- | --- |\n| `logits` | one for each key in each frame | `(T, B, K)` |\n| `roll` | which keys were down | `(T, B, K)` |\n| `mask` | 1.0 where there is a frame | `(T, B)` |\n\nIt must work for logits of ±1000, without a warning."
# ## Your turn: `frame_nll` · medium
#
# Write `frame_nll(logits, roll, mask)`: one float, in nats per frame.
#
# | argument | what | shape |
# | --- | --- | --- |
# | `logits` | one for each key in each frame of each piece | `(T, B, K)` |
# | `roll` | which keys were down, 0.0 and 1.0 | `(T, B, K)` |
# | `mask` | 1.0 where there is a frame, 0.0 in the padding | `(T, B)` |
#
# `logits[t]` belongs to `roll[t]`: whoever computed it has only looked at frames before t. It must work for logits of ±1000,
# without a warning: $-\ln \sigma(a) = \ln (1 + e^{-a})$, and `np.logaddexp(0, -a)` computes this for every a. A batch without a
# real frame is refused with a `ValueError`. Stuck? `hint(frame_nll)`.


# %% solution="frame_nll" slide="more"
def frame_nll(logits, roll, mask):
    """Nats per real frame, summed over keys: (T, B, K), (T, B, K), (T, B) → float."""
    ### BEGIN SOLUTION
    if mask.sum() == 0:
        raise ValueError("there is no real frame")
    nats = np.logaddexp(0, logits) - roll * logits
    return float(np.sum(nats.sum(axis=2) * mask) / mask.sum())
    ### END SOLUTION


# %% check="frame_nll" points=3
check(frame_nll)

# %% [markdown] slide="new" brief="- **shares alone**: how often each key is down, whatever came before\n- **note by note**: how often a key is down after a frame in which it was down, and after one in which it was not" ask="A coin for each of 88 keys would have 61 nats per frame. **Predict** what counting the shares alone gives."
# ## Models without a network
#
# We hold out a fifth of the tunes for the test, and a fifth of the others to decide when to stop training. Two models only
# count:
#
# - **shares alone**: how often each key is down, whatever came before;
# - **note by note**: how often a key is down after a frame in which it was down, and after one in which it was not.
#
# A coin for each of 88 keys would have 88 ln 2 = 61 nats per frame. **Predict** what counting the shares alone gives.

# %%
predict("nll_of_shares", ...)

# %% slide="more text" lines="4-5"
part = chorales[:: steps(1, quick=12)]
split = music_models.split_chorales(part, np.random.default_rng([0, 0]))
print(len(split.training), "chorales to train,", len(split.validation), "to stop by,")
print(len(split.test), "to test")
batch = music_models.pad_rolls(split.test)
xs, mask = batch.xs.astype(float), batch.mask.astype(float)
nll_of = own(frame_nll)
counted = {}
for name, remember in (("shares alone", False), ("note by note", True)):
    model = gru_ref.count_notes(split.training, remember)
    counted[name] = nll_of(model.logits(xs), xs, mask)
    print(f"{name}: {counted[name]:.2f} nats per frame")
outcome("nll_of_shares", round(counted["shares alone"], 1))

# %% [markdown] slide="new" brief="A GRU reads the frames one after the other, and a linear layer gives the 88 logits of the next frame." ask="“Note by note” has 10.67 nats. How many seconds of training does the GRU need to get below that?"
# ## A network that listens
#
# Now a GRU reads the frames one after the other, and a linear layer gives the 88 logits of the next frame
# (`music_models.ChoraleRNN`). The first frame is predicted from silence. Here is a short training. It is not the end of what a
# GRU can do: watch how fast it gets below "note by note".

# %% slide="more text"
torch.manual_seed(0)
beginner = music_models.ChoraleRNN("gru", 100)
history = music_models.train_chorales(
    beginner,
    split,
    steps(12, quick=2),
    1e-2,
    np.random.default_rng(1),
    label="listening:",
)
with torch.inference_mode():
    logits = beginner(torch.from_numpy(batch.xs)).double().numpy()
print(f"validation {history[0]:.2f} after one epoch, {history[-1]:.2f} at the end")
print(f"test {nll_of(logits, xs, mask):.2f} nats per frame")

# %% [markdown] slide="new" brief="> **Claim.** Music has a long memory. So a network with gates predicts far better than a model that only sees the last few chords." ask="**Predict** the nats per frame of the GRU, and of logistic regression on four past frames."
# ## Who predicts best?
#
# > **Claim.** Music has a long memory. So a network with gates predicts the next chord far better than a model that only sees
# > the last few.
# >
# > *Source:* our own question.
#
# *What would show it:* the GRU is clearly ahead of **logistic regression on four past frames**: one bar, a weighted sum for
# each key, no memory, no hidden layer. We train it twice: once as the networks are trained, and once by scikit-learn, with a
# penalty on large weights. The validation part chooses the strength of the penalty for each key.
#
# Recorded: five seeds, each with other tunes held out; RNN, GRU and LSTM have the same budget of recurrent parameters
# (lesson 12), each the better of two learning rates on the validation part of seed 0, and stop when the validation no longer
# improves. **Predict** the nats per frame of the GRU, and of logistic regression with a penalty.

# %%
predict("gru_and_logistic", [..., ...])

# %% slide="more text" lines="1-7"
runs = gru_ref.recorded("music")
shown = {
    "GRU": "gru",
    "LSTM": "lstm",
    "tanh RNN": "rnn",
    "logistic regression, penalty": "logistic, with a penalty",
    "the same, trained as networks": "logistic",
    "note by note": "note by note",
    "shares alone": "shares alone",
}
results = {label: runs[name].values[:, -1] for label, name in shown.items()}
print(f"{'nats per frame':30}        the GRU's, minus its")
for label, values in results.items():
    line = f"{label:30} {values.mean():6.3f}"
    if label != "GRU":
        mean, (low, high), verdict = gru_ref.compare(results["GRU"], values)
        ahead = {"a": "GRU behind", "b": "GRU ahead", "tie": "tie"}[verdict]
        line += f" {mean:7.3f}, from {low:6.3f} to {high:6.3f}: {ahead}"
    print(line)
outcome(
    "gru_and_logistic",
    [
        round(float(results[k].mean()), 2)
        for k in (*list(results)[:1], list(results)[3])
    ],
)

# %%
best_epochs = gru_ref.recorded("music_epochs")
for kind, run in best_epochs.items():
    print(f"{kind:4} was best after", *sorted(run.values[:, -1].astype(int)), "epochs")

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.4, 3.2))
plotting.plot_nats(ax, dict(list(results.items())[:5]))
show(fig, "nats_by_model")

# %% [markdown] slide="new" brief="> **Verdict.** Half right. The GRU is ahead of logistic regression in all five seeds, by 0.26 nats. But from “note by note” to that baseline it is 1.39 nats: most of what these models learn is in the last four frames.\n\nAnd **the LSTM is ahead of the GRU**, by 0.09 nats, from 0.003 to 0.177."
# > **Verdict.** Half right. The GRU is ahead of logistic regression in all five seeds: 9.10 against 9.37 with a penalty, 0.26
# > nats, from 0.21 to 0.31. But the step from "note by note" (10.75) to that baseline is 1.39 nats, five times as much: most of
# > what these models learn is in the last four frames. Nor does the lead prove a *long* memory. A hidden layer, which logistic
# > regression lacks, may be as important. Notice the penalty: without it the baseline is 0.16 worse, and the GRU's lead would look much larger.
# >
# > And **the LSTM is ahead of the GRU**, by 0.09 nats, from 0.003 to 0.177. With five seeds that is close to a tie. The tanh RNN is
# > 0.19 behind the GRU. It was at its best after 77 to 99 of at most 100 epochs, so more of them might help it; the
# > GRU and the LSTM were best long before.

# %% [markdown] slide="new" brief="**Augmentation**: every training chorale is moved to one of twelve keys, drawn anew. **The leak**: a split by *file*, where settings of one tune may be on both sides." ask="**Predict**: does each of the two make the GRU's number smaller, larger, or neither?"
# ## Every key, and every tune
#
# Two more things were recorded. First, **augmentation**: in each epoch every training chorale is moved to one of twelve keys,
# drawn anew. Second, the **leak**: the same models with a split by *file*, where settings of one tune may be on both sides.
# **Predict** for the GRU whether each of the two makes the test's number smaller (better), larger, or neither.

# %%
predict("keys_and_leak", [..., ...])  # "smaller", "larger" or "neither"

# %% slide="more text"
changed, felt = gru_ref.recorded("music_keys"), []
for what in ("transposed", "split by file"):
    for kind in ("gru", "logistic"):
        plain, other = (
            runs[kind].values[:, -1],
            changed[f"{kind}, {what}"].values[:, -1],
        )
        mean, (low, high), verdict = gru_ref.compare(other, plain)
        word = {"a": "larger", "b": "smaller", "tie": "neither"}[verdict]
        print(f"{kind:8} {what:13} {other.mean():.3f}, against {plain.mean():.3f}:")
        print(f"    difference {mean:6.3f}, from {low:6.3f} to {high:6.3f}: {word}")
        felt += [word] if kind == "gru" else []
outcome("keys_and_leak", felt)

# %% [markdown]
# Neither, four times. **Augmentation** brings nothing here: the GRU has 9.12 with it and 9.10 without, a tie. Twelve times the
# music is also a harder task for the same 100 hidden units: they have to know every key. (In seed 0 it helped, with 8.99, and that is
# the network we keep, since it can play in any key. One seed is no result.)
#
# The **leak** does not show: 9.02 by file against 9.10 by tune, a tie. The two splits also test on different chorales, so seeds are
# not pairs here, and the intervals are wide. That a leak cannot be seen with five seeds does not make a split by file right. It costs
# nothing to hold out tunes.

# %% [markdown] slide="new" brief="> **Claim.** Chung et al. (2014) report 8.54 for a GRU on Bach's chorales, and Bai et al. (2018) 8.43. So ours is worse." ask="**One model, one test.** What number comes out if the padding counts as music?"
# ## What is a published number?
#
# > **Claim.** Chung et al. (2014) report 8.54 for a GRU on Bach's chorales, and Bai et al. (2018) 8.43. So ours is worse.
# >
# > *Source:* our own question, with numbers from [arXiv:1412.3555](https://arxiv.org/abs/1412.3555) and
# > [arXiv:1803.01271](https://arxiv.org/abs/1803.01271).
#
# *What would show it:* the same music, the same split, the same frames, and the same *average*. Let us begin with the average.
# The course contains a GRU that was trained in all keys. Here are seven ways to state how well **this one model** does on **one
# test**. Each can be found in somebody's program. **Predict** the number where the padding counts as music. (In the padding the
# roll is silent, and the model still predicts.)

# %%
predict("nll_with_padding", ...)

# %% slide="more text"
composer, note = music_models.trained_chorale_model()
unheard = [by_name[name] for name in note["test_names"]][:: steps(1, quick=10)]
test = music_models.pad_rolls([roll_of(chorale.parts, 4) for chorale in unheard])
played, real = test.xs.astype(float), test.mask.astype(float)
with torch.inference_mode():
    a = composer(torch.from_numpy(test.xs)).double().numpy()
nats = (np.logaddexp(0, a) - played * a).sum(axis=2)  # (T, B)
total, ours = (nats * real).sum(), nll_of(a, played, real)
averages = {
    "summed over keys, averaged over all real frames": ours,
    "the same, without each chorale's first frame": (nats * real)[1:].sum()
    / real[1:].sum(),
    "the mean of the chorales' own means": (
        (nats * real).sum(axis=0) / real.sum(axis=0)
    ).mean(),
    "the same as the first, in bits": ours / np.log(2),
    "averaged over padded frames as well": nats.mean(),
    "padding left out above, but not below the line": total / real.size,
    "averaged over the 88 keys": ours / 88,
}
for way, value in averages.items():
    print(f"{value:7.3f}  {way}")
print(f"{1 - real.mean():.0%} of the batch is padding")
outcome("nll_with_padding", round(float(nats.mean()), 2))

# %% [markdown] slide="new" brief="> **Verdict.** These numbers cannot be compared: by the average alone, one model is 8.99, 8.94, 9.04, 4.59 or 0.10."
# > **Verdict.** These numbers cannot be compared. One model on one test is 8.99, 8.94, 9.04, 4.59 or 0.10 nats, by the average
# > alone. Padding is silent, and silence is easy. Count it, and half of the number is gone; which pieces share a batch decides how
# > much. (Bai et al.'s program, `poly_music/music_test.py`, sums over keys, divides by all real frames, and begins with
# > the second one: our 8.94 is made in the same way.) But their data set is a different one: 382 chorales with a fixed split, 229
# > to train, 76 and 77, and networks of other sizes. So read *within* a table. In Bai et al.'s, at about 300,000 parameters, the GRU has 8.43,
# > the LSTM 8.45, the tanh RNN 8.91, and a convolutional network without recurrence 8.10. Which model is ahead may be compared
# > with ours, the decimals may not.

# %% [markdown] slide="new" brief="## Your turn: `sample_frame` · easy\n\nDraw a frame, let the network read it, and draw the next one. Each key is down with the probability $\\sigma(a_k / \\text{temperature})$; at temperature 0 if $a_k > 0$.\n\nWrite `sample_frame(logits, temperature, rng)` for `logits (K,)`: an array `(K,)` of 0.0 and 1.0."
# ## Let it compose
#
# To compose, draw a frame, let the network read it, and draw the next one. Each key is drawn on its own: down with the
# probability $\sigma(a_k / \text{temperature})$. At temperature 0 nothing is drawn: a key is down if it is likelier down than
# up, $a_k > 0$.
#
# ## Your turn: `sample_frame` · easy
#
# Write `sample_frame(logits, temperature, rng)` for `logits (K,)`: an array `(K,)` of 0.0 and 1.0. All chance comes from `rng`, a
# NumPy generator. Stuck? `hint(sample_frame)`.


# %% solution="sample_frame" slide="more"
def sample_frame(logits, temperature, rng):
    """Draw which keys are down: logits (K,) → (K,) of 0.0 and 1.0."""
    ### BEGIN SOLUTION
    if temperature == 0:
        return (logits > 0).astype(float)
    p = 1 / (1 + np.exp(-logits / temperature))
    return (rng.random(len(logits)) < p).astype(float)
    ### END SOLUTION


# %% check="sample_frame" points=2
check(sample_frame)

# %% [markdown] slide="new" brief="In Bach, nearly nine frames in ten have exactly four keys down."
# In Bach, nearly nine frames in ten have exactly four keys down. What about the network's? It continues ten chorales that it
# never heard, after their first eight frames. **Predict** how many keys are down in an average frame at temperature 0.5: more than
# at temperature 1, fewer, or as many?

# %%
predict("keys_at_half", ...)  # "more", "fewer" or "as many" at 0.5, compared with 1

# %% slide="more text" lines="2-5"
draw = own(sample_frame)
openings = [roll_of(chorale.parts, 4)[:8] for chorale in unheard[: steps(10, quick=2)]]


def keys_down(temperature):
    """Mean number of keys down, and the share of frames with four, in continuations."""
    rng = np.random.default_rng(0)
    written = [
        music_models.continue_chorale(
            composer, opening, 40, lambda a: draw(a, temperature, rng)
        )[8:]
        for opening in openings
    ]
    count = np.concatenate(written).sum(axis=1)
    return count.mean(), (count == 4).mean()


bach = played.sum(axis=2)[real > 0].astype(int)
print(f"Bach: {bach.mean():.2f} keys, four in {(bach == 4).mean():.0%} of frames")
means = {}
for degree in (1.0, 0.5, 0.0):
    means[degree], four = keys_down(degree)
    print(f"temperature {degree}: {means[degree]:.2f} keys, four in {four:.0%}")
less, more = (means[0.5] < 0.9 * means[1.0]), (means[0.5] > 1.1 * means[1.0])
outcome("keys_at_half", "fewer" if less else "more" if more else "as many")

# %% [markdown] slide="more" brief="A lower temperature does not make the music better. It makes it **thin**."
# Here the model's weakness shows. At temperature 1 the *mean* is nearly right, but only a quarter of the frames have four keys:
# keys that are drawn independently do not know how many others there are. And a lower temperature does not make the music better.
# It makes it **thin**: a key whose probability is below one half becomes rarer still, and at 0.5 half of the keys are gone.
# The likelihood never punished this much. It asks for good probabilities key by key.
#
# We can fix the number of keys without training again. `gru_ref.sample_chord(logits, 4, temperature, rng)` draws from the same
# probabilities, **given** that exactly four keys are down. Then a temperature does what you expect.

# %% slide="new figure"
rng = np.random.default_rng(5)
opening = roll_of(by_name[note["test_names"][0]].parts, 4)[:8]
new = music_models.continue_chorale(
    composer, opening, 40, lambda a: gru_ref.sample_chord(a, 4, 1.0, rng)
)
fig, ax = plt.subplots(figsize=(7.4, 3.2))
plotting.plot_roll(ax, new, opening=8)
show(fig, "new_chorale")
display(Audio(gru_ref.synthesize(gru_ref.notes_of(new, 4), SIXTEENTH, RATE), rate=RATE))

# %% [markdown] slide="new" brief="Left of the line is Bach, right of it the network, with exactly four keys down. **Clashes** are keys that are down together, one or two semitones apart."
# Left of the line is Bach, right of it the network. Listen: it knows which keys belong together, and moves on as hymns do. But
# something grates. Let us count it: **clashes** are keys that are down together with one or two semitones between them, and
# **held** are keys that were down in the frame before. **Predict** the clashes in 100 frames of Bach, and in 100 of the network.

# %%
predict("clashes_in_100_frames", [..., ...])


# %% slide="more text"
def clashes_and_held(rolls):
    """Clashes and held keys, in 100 frames: of all frames but each roll's first."""
    frames = sum(len(roll) - 1 for roll in rolls)
    clashes = sum((np.diff(np.flatnonzero(f)) <= 2).sum() for r in rolls for f in r[1:])
    held = sum((roll[1:] * roll[:-1]).sum() for roll in rolls)
    return [round(100 * float(count) / frames) for count in (clashes, held)]


def written_at(temperature):
    """Continuations of all openings with four keys in each frame, as rolls."""
    rng = np.random.default_rng(0)

    def four(a):
        return gru_ref.sample_chord(a, 4, temperature, rng)

    continued = music_models.continue_chorale
    return [continued(composer, opening, 40, four)[8:] for opening in openings]


sung = [roll_of(chorale.parts, 4) for chorale in unheard[: len(openings)]]
found = {"Bach": clashes_and_held(sung)}
for degree in (1.3, 1.0, 0.7):
    found[f"network at {degree}"] = clashes_and_held(written_at(degree))
for who, (clashes, held) in found.items():
    print(f"{who:15} {clashes:4} clashes, {held:4} keys held")
outcome("clashes_in_100_frames", [found["Bach"][0], found["network at 1.0"][0]])

# %% [markdown] slide="more" brief="That is what independence costs: D and E each get a fair probability. That they hardly ever come *together* it cannot say."
# That is what independence costs. The network gives D and E a fair probability each, since either may come. That they hardly
# ever come *together* it cannot say: its 88 numbers have no place for it. (Boulanger-Lewandowski, Bengio and Vincent built models
# that have one, in 2012.) A lower temperature does not help: at 0.7 there are even more clashes, 96, and 234 of the 400 keys are
# held. Bach holds 137.

# %% [markdown]
# ## A chorale of your own
#
# Choose a chorale, how much of it to begin with, a temperature, and whether the **soprano stays Bach's**: then the network only
# harmonises the tune. You get a WAV file to play anywhere, and a MIDI file, which notation programs open. Change the first
# lines, and run the cell again. (A score of your own works, too: `gru_ref.read_score("my.mxl")` reads the voices of a
# compressed MusicXML file.)

# %%
own_name = note["test_names"][5]  # or a name such as "bwv66.6"
own_frames = 4  # quarter notes of Bach to begin with
own_temperature = 0.8
keep_soprano = True

parts, generator = by_name[own_name].parts, np.random.default_rng(0)
whole = roll_of(parts, 4)
soprano = music_models.melody_of(parts[0], 4, len(whole))[own_frames:]
mine = music_models.continue_chorale(
    composer,
    whole[:own_frames],
    len(soprano),
    lambda a: gru_ref.sample_chord(a, 4, own_temperature, generator),
    soprano if keep_soprano else None,
)

# %%
folder = Path(tempfile.mkdtemp())
wave = gru_ref.synthesize(gru_ref.notes_of(mine, 4), SIXTEENTH, RATE)
wavfile.write(folder / "mine.wav", RATE, (wave * 32767).astype(np.int16))
gru_ref.save_midi(folder / "mine.mid", gru_ref.notes_of(mine, 4), SIXTEENTH)
gru_ref.save_midi(folder / "bach.mid", parts, SIXTEENTH)
for path in sorted(folder.iterdir()):
    print(f"{path} ({path.stat().st_size:,} bytes)")
display(Audio(wave, rate=RATE))

# %%
fig, axes = plt.subplots(2, 1, figsize=(7.4, 5.6))
for ax, roll in zip(axes, (whole, mine), strict=True):
    plotting.plot_roll(ax, roll, opening=own_frames)
axes[0].set_xlabel("")
show(fig, "bach_and_network")

# %% [markdown]
# The two MIDI files differ in one point. Bach's has a **track and a channel for each voice**: on one channel, the first of
# two notes on a key would end both. The network's has **one** track, since a roll does not say who sings. And a key that is down
# in several frames is one long note there, because a roll cannot tell.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="a_better_number" points=2 slide="new"
# **For 2 points.** A student reports: "Our GRU reaches 6.4 on Bach's chorales, far better than the published 8.43." You look into
# the program. It pads all pieces to the longest one, in batches of 16; the loss is `binary_cross_entropy(...).sum(-1).mean()`; and
# it draws a random fifth of the *files* as its test.
#
# Say in which direction each of these two decisions, the loss and the split, changes the number, and why. Then name one thing
# besides that would have to be the same before the two numbers may be compared.
#
# ### BEGIN SOLUTION
# The loss: `.mean()` also averages over padded frames. They are silent and easy to predict, so their nats are near 0 and the
# number falls, more so the more the lengths differ. It even depends on which pieces share a batch. (Divide by the number of
# real frames.)
#
# The split: settings of one tune are in training and in the test, so a network that remembers tunes looks better. This can
# lower the number. (Hold out tunes.) Saying that this need not be visible for every model, and has to be measured, is also right.
#
# Also the same: the chorales and their split (the published ones use 382, 229 of them for training, 76 and 77), the length of
# a frame, whether the first frame is predicted, nats or bits, the sum over keys, the number of parameters.
#
# **Rubric**
#
# - 1 point: the padded mean lowers the number because padding is easy
# - 1 point: what a split by file can do, and one further condition
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - A **piano roll** says which keys are down at equally spaced times. It loses the voices, the unisons, short notes, and whether a
#   key was held or struck again.
# - The likelihood of a frame is a product over its keys: **sum** their nats, and average over **real** frames, all pieces
#   together. Whoever averages over padding or over keys gets another number, and it looks better.
# - Split by **tune**: 159 of the 364 chorales share theirs with another one.
# - The LSTM is a little ahead of the GRU, both are ahead of logistic regression on four frames, and that is far ahead of counting. A
#   baseline without its penalty would have flattered the networks.
# - Keys that are drawn independently get the right number of notes only on average. A lower temperature thins the music out, and
#   given four keys, clashes remain. The likelihood measures the model, not the music.

# %% [markdown]
# ## Go further · open
#
# Give the network back what the roll takes away.
#
# - **Find out** how far the nats per frame fall if the input also says which keys were *struck* in this frame, not held.
# - **Try first** a second plane of 88 inputs, from `piano_roll` with every note cut to its first sixteenth, and frames of an
#   eighth note, `step=2`.
# - **You know** when GRU and logistic regression are compared on the *same* inputs, over five splits by tune, with an interval that
#   does not contain 0. (The number itself is not comparable with this lesson's: the frames are others.)

# %% [markdown]
# ## Test yourself
#
# **1.** A model has the logit 0 for each of 88 keys. What is its negative log likelihood for a frame, and does it depend on the
# frame?
#
# <details><summary>Answer</summary>
#
# 88 ln 2 = 61.0 nats, for every frame: each key has the probability ½, down or up.
#
# </details>
#
# **2.** You sample at temperature 0.5, and the music thins out. Why does that not happen to text in lesson 13?
#
# <details><summary>Answer</summary>
#
# There a softmax chooses exactly one character, whatever the temperature. Here each key has a probability of its own. Those
# below one half fall with the temperature, and nothing makes up for them.
#
# </details>
#
# **3.** Why is a unison two notes in the MIDI file of Bach's chorale, and how does the file keep them apart?
#
# <details><summary>Answer</summary>
#
# Each voice has a track and a channel of its own. On a single channel the end of the first note would end the second one as
# well.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Nicolas Boulanger-Lewandowski, Yoshua Bengio and Pascal Vincent (2012), *Modeling temporal dependencies in high-dimensional
#   sequences: application to polyphonic music generation and transcription*, ICML: the data set that everybody compares on, and
#   models in which the keys of a frame do know of each other.
# - Junyoung Chung, Caglar Gulcehre, KyungHyun Cho and Yoshua Bengio (2014), *Empirical evaluation of gated recurrent neural
#   networks on sequence modeling*, arXiv:1412.3555.
# - Shaojie Bai, J. Zico Kolter and Vladlen Koltun (2018), *An empirical evaluation of generic convolutional and recurrent networks
#   for sequence modeling*, arXiv:1803.01271; their program is at https://github.com/locuslab/TCN.
# - Moray Allan and Christopher Williams (2005), *Harmonising chorales by probabilistic inference*, NIPS 17.

# %%
progress()
