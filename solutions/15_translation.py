# %% [markdown] slide="new"
# # 15 · Translation
#
# **How does a network answer with a sequence?**
#
# - **Goals**: train a decoder with the right answers in front of it, and let it write without them; search for a better
#   answer than the greedy one; measure how far an answer is from the right one; let a decoder look back at what was read;
#   translate a number, and pronounce a word, of your own.
# - **Time**: 110 minutes.
# - **Before you start**: padding and masks (lesson 07), cross-entropy (lesson 10), PyTorch's loop (lesson 11), intervals
#   (lesson 12).
#
# **The result first.** A strong model without any network, joint n-grams, translates 97% of held-out numbers exactly. The
# plain encoder–decoder of 2014 gets 69%: **it loses**. With attention the GRU draws level, 98%, a tie. On numbers that are
# *longer* than any in training the n-grams get 99.5%, the plain GRU 12% and the GRU with attention 88%: **it loses again**.
# And on real words, from spelling to pronunciation, the n-grams get 34% of them wrong and the GRU with attention, after
# six minutes of training, 35%: **it loses** there as well, by a little.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import plotting
from gru_ref.encoder_decoder import EncoderDecoder, PairBatches, decoder_of, fit_pairs
from gru_ref.progress import Watched
from gru_ref.tokens import END, START

# %% [markdown] slide="new" brief="Our sentences are numbers in words, from 0 to 999,999, in French and in English.\n\n| set | how many | French words |\n| --- | --- | --- |\n| training | 3000 | up to 8 |\n| held out | 600 | up to 8 |\n| longer | 600 | more than 8: **longer than any in training** |" ask="French counts 99 as four times twenty, ten and nine. What makes this language harder than it looks?"
# ## Two languages
#
# Our sentences are numbers in words, from 0 to 999,999, written by the package num2words 0.5.14: in French, and in English.
# A small language, but not a simple one: French counts 99 as four times twenty, ten and nine, and 71 as sixty and eleven;
# it says *mille* where English says *one thousand*.
#
# The numbers come in three sets without a number in common:
#
# | set | how many | French words |
# | --- | --- | --- |
# | training | 3000 | up to 8 |
# | held out | 600 | up to 8 |
# | longer | 600 | more than 8: **longer than any in training** |

# %% slide="more text" lines="1-2"
asked_for = steps(600, quick=10)
task = gru_ref.number_task(np.random.default_rng(0), 3000, asked_for, asked_for)
for name, pairs in zip(task._fields, task, strict=True):
    print(f"{name.replace('_', ' '):10} {' '.join(pairs.sources[0])}")
    print(f"{'':10} {' '.join(pairs.targets[0])}")
french, english = (
    gru_ref.Tokens(task.training.sources),
    gru_ref.Tokens(task.training.targets),
)
batch, lengths = french.encode([["quatre", "vingt", "dix"], ["mille"]])
print(len(french), "numbers for French tokens,", len(english), "for English ones")
print(batch, "  lengths", lengths)

# %% [markdown] slide="new" brief="The **encoder–decoder** is what the GRU was introduced for, in 2014. One GRU reads, and its last state is handed to a second one, which writes token by token.\n\n$$h_0 = \\text{encoder's last state}, \\qquad h_{t+1} = \\text{GRU}(\\text{token}_t, h_t)$$\n\n$$\\text{logits}_{t+1} = W h_{t+1} + b$$\n\n$\\text{token}_0$ is the start mark." ask="All that the decoder ever knows of the sentence is $h_0$: here 96 numbers. When will that not be enough?"
# Three numbers belong to no word: **0** is padding, **1** the *start mark*, **2** the *end mark*. Every sentence ends with
# its end mark, and its length counts it: that is how the network learns when to stop.
#
# ## One GRU reads, another one writes
#
# The **encoder–decoder** is what the GRU was introduced for, in 2014. One GRU reads the sentence, and its last state is
# handed to a second one as the state to begin with. That one writes, token by token. (In Cho's paper it also reads
# that state again at every step. Ours does not.)
#
# $$h_0 = \text{encoder's last state}, \qquad h_{t+1} = \text{GRU}(\text{token}_t, h_t), \qquad
# \text{logits}_{t+1} = W h_{t+1} + b$$
#
# $\text{token}_0$ is the start mark. After that the decoder reads the token that it wrote last. All that it ever knows of
# the sentence is $h_0$: here 96 numbers, for 1 word as for 13.

# %% [markdown] slide="new"
# ## Your turn: `shift_right` · easy
#
# While it is trained, the decoder does not read what it wrote, but what it *should* have written: **teacher forcing**. All
# steps of the right answer can then be computed at once, and one wrong word does not spoil the rest.
#
# Write `shift_right(targets, start)`. `targets` is a batch of numbers, `(T, B)`, time first. The result is what the decoder
# reads, with the same shape: the start mark at step 0, and at step t the target of step t − 1.
#
# After a sentence's end, the result may hold its end mark and padding: these steps do not count. Stuck?
# `hint(shift_right)`.


# %% solution="shift_right" slide="more"
def shift_right(targets, start):
    """What the decoder reads: targets (T, B) integers, start an int → (T, B)."""
    ### BEGIN SOLUTION
    first = np.full_like(targets[:1], start)
    return np.concatenate([first, targets[:-1]])
    ### END SOLUTION


# %% check="shift_right" points=1
check(shift_right)

# %% [markdown] slide="new"
# ## Your turn: `sequence_loss` · medium
#
# Write `sequence_loss(logits, targets, lengths)` for logits `(T, B, C)`, targets `(T, B)` and lengths `(B,)`: the mean of
# $-\ln p(\text{target})$, in nats.
#
# - The mean is taken over **all real positions of the batch together**, end marks included. So a long sentence counts more
#   than a short one. (Some programs take the mean of each sentence first; that is another number.)
# - What stands in the padding does not count, whatever it is. Token 0 may also occur *inside* a sentence here, so go by the
#   lengths.
#
# `gru_ref` has what you built in lesson 10. Stuck? `hint(sequence_loss)`.


# %% solution="sequence_loss" slide="more"
def sequence_loss(logits, targets, lengths):
    """Nats per token: logits (T, B, C), targets (T, B), lengths (B,) → float."""
    ### BEGIN SOLUTION
    real = np.arange(len(targets))[:, None] < lengths
    return gru_ref.softmax_cross_entropy(logits, targets, real)[0]
    ### END SOLUTION


# %% check="sequence_loss" points=1
check(sequence_loss)

# %% [markdown] slide="new" brief="About 10 seconds of training. **Teacher forcing**: at each step the network reads the right word of the step before." ask="After training it says the right token in 95 of 100 cases. How many sentences are translated exactly?"
# ## Training
#
# `EncoderDecoder` is two embeddings, two `nn.GRU` and a linear layer. `fit_pairs` trains it with the loss above. It takes
# about 10 seconds.

# %% slide="more text"
torch.manual_seed(0)
plain = EncoderDecoder(len(french), len(english), E=24, H=96)


def encode(pairs):
    """Pairs as arrays: sources (T, N), lengths (N,), targets (U, N), lengths (N,)."""
    return *french.encode(pairs.sources), *english.encode(pairs.targets)


def batches_of(pairs):
    """Batches of 64 pairs, in a new order in each epoch."""
    return PairBatches(*encode(pairs), 64, np.random.default_rng(1))


epochs = steps(12, quick=1)
losses = fit_pairs(
    plain, Watched(batches_of(task.training), epochs, "plain:"), epochs, 5e-3
)
print(
    f"{losses[0]:.2f} nats per token in the first epoch, {losses[-1]:.2f} in the last"
)

# %% [markdown]
# Now the held-out numbers, still with teacher forcing: at each step the network reads the right word of the step before.
# Look at the share of tokens for which the right one is the most probable.

# %% slide="more text" lines="3-3"
shifted, loss_of = own(shift_right), own(sequence_loss)


def teacher_forced(model, pairs):
    """Loss, and which tokens come out right (U, N), and which positions are real."""
    sources, source_lengths, targets, lengths = encode(pairs)
    with torch.inference_mode():
        logits = model(
            torch.from_numpy(sources),
            torch.from_numpy(source_lengths),
            torch.from_numpy(shifted(targets, START)),
        )
    logits = logits.numpy().astype(float)
    real = gru_ref.length_mask(len(targets), lengths)
    return loss_of(logits, targets, lengths), logits.argmax(axis=2) == targets, real


loss, right, real = teacher_forced(plain, task.held_out)
print(
    f"held out: {loss:.2f} nats per token, {right[real].mean():.3f} of the tokens right"
)

# %% [markdown] slide="new" brief="## Your turn: `greedy_decode` · medium\n\nWrite `greedy_decode(step, h, start, end, max_length)`. `step(token, h)` reads one token and returns `(logits, h)`.\n\n- First the decoder reads `start`; then the token that was chosen last. Choose the token with the largest logit.\n- The end mark ends the answer, and is no part of it.\n- Call `step` at most `max_length` times. Return a list of int."
# > **Claim.** Nearly all tokens are right, so nearly all translations are.
# >
# > *Source:* our own question.
#
# *What would show it:* let it write by itself, and count the sentences without a mistake.
#
# For that you need a decoder that reads its own words.
#
# ## Your turn: `greedy_decode` · medium
#
# Write `greedy_decode(step, h, start, end, max_length)`. `step(token, h)` reads one token and returns `(logits, h)`: scores
# of what comes next, `(V,)`, and the new state.
#
# - First the decoder reads `start`; then, at each turn, the token that was chosen last. Choose the token with the largest
#   logit. If several are equally large, choose the first.
# - The end mark ends the answer, and is no part of it.
# - Call `step` at most `max_length` times. If the end mark has not come by then, return what is there.
#
# Return a list of int. Stuck? `hint(greedy_decode)`.


# %% solution="greedy_decode" slide="more"
def greedy_decode(step, h, start, end, max_length):
    """The most probable token, again and again, until it is the end mark: a list."""
    ### BEGIN SOLUTION
    token, tokens = start, []
    for _ in range(max_length):
        logits, h = step(token, h)
        token = int(np.argmax(logits))
        if token == end:
            break
        tokens.append(token)
    return tokens
    ### END SOLUTION


# %% check="greedy_decode" points=1
check(greedy_decode)

# %% [markdown] slide="new" brief="> **Claim.** Nearly all tokens are right, so nearly all translations are." ask="**Predict** two shares: sentences in which *every* token is right with teacher forcing, and sentences translated exactly by a decoder that reads its own words."
# `decoder_of(model, source)` gives the `step` and the `h` of one sentence, so your function can translate. With teacher
# forcing you have just seen the share of *tokens* that are right. **Predict** two shares for the held-out numbers:
#
# - sentences in which *every* token is right, with teacher forcing;
# - sentences translated exactly by your `greedy_decode`, which reads its own words.

# %%
predict("sentences_forced_and_free", [..., ...])  # shares

# %% slide="more text" lines="2-3"
decode = own(greedy_decode)
MOST = 20  # tokens of an answer


def translated(model, sources):
    """The greedy translations of some sentences, as lists of words."""
    ids, lengths = french.encode(sources)
    answers = []
    for b, length in enumerate(lengths):
        step, h = decoder_of(model, ids[:length, b])
        answers.append(english.decode(decode(step, h, START, END, MOST)))
    return answers


def exact(answers, pairs):
    """The share of answers without a mistake."""
    return float(np.mean([a == b for a, b in zip(answers, pairs.targets, strict=True)]))


free = translated(plain, task.held_out.sources)
forced_share = float((right | ~real).all(axis=0).mean())
free_share = exact(free, task.held_out)
print(f"all tokens right with teacher forcing: {forced_share:.3f} of the sentences")
print(f"translated exactly:                    {free_share:.3f}")
outcome("sentences_forced_and_free", [forced_share, free_share])

# %% [markdown]
# The two are equal, and not by chance. As long as every word was right, the network has read the same in both cases, so it
# says the same. They part at the first mistake only. **Exact match is the same number, forced or free.**
#
# What differs is what comes *after* a mistake. Teacher forcing puts the right word back and counts one wrong token. In free
# running the network reads its own mistake, and may go astray. To count that, answers of different lengths have to be compared.

# %% slide="new text" lines="1-9"
wrong = [
    (source, answer, target)
    for source, answer, target in zip(
        task.held_out.sources, free, task.held_out.targets, strict=True
    )
    if answer != target
]
for source, answer, target in wrong[:4]:
    print(" ".join(source))
    print("    answer", " ".join(answer))
    print("    right ", " ".join(target))

# %% [markdown] slide="more" brief="Perfect English, and another number: **fluent, and wrong**. Its own words tell a decoder what sounds right, and 96 numbers have to tell it what was meant."
# All of these are perfect English, and mean another number: fluent, and wrong. That is typical of a decoder. Its own words
# tell it what sounds right, and 96 numbers have to tell it what was meant.

# %% [markdown] slide="new" brief="The fewest insertions, deletions and substitutions that turn one sequence into the other:\n\n$$D_{ij} = \\min(D_{i-1,j} + 1,\\; D_{i,j-1} + 1,\\; D_{i-1,j-1} + [a_i \\neq b_j])$$\n\nwith $D_{i0} = i$ and $D_{0j} = j$. Write `edit_distance(a, b)` for two strings, or two lists of words. Either may be empty."
# ## Your turn: `edit_distance` · medium
#
# The **edit distance** is the fewest insertions, deletions and substitutions of one token that turn one sequence into the
# other (Levenshtein, 1966). Each costs 1. There is no swap: from *ab* to *ba* it takes two edits.
#
# Let $D_{ij}$ be the distance between the first $i$ tokens of a and the first $j$ tokens of b. Then $D_{i0} = i$,
# $D_{0j} = j$, and
#
# $$D_{ij} = \min(D_{i-1,j} + 1,\; D_{i,j-1} + 1,\; D_{i-1,j-1} + [a_i \neq b_j]).$$
#
# Write `edit_distance(a, b)` for two strings, whose tokens are letters, or two lists of words. Either may be empty. Return
# an int. Stuck? `hint(edit_distance)`.


# %% solution="edit_distance" slide="more"
def edit_distance(a, b):
    """The fewest edits of one token from a to b, two strings or two lists: an int."""
    ### BEGIN SOLUTION
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]
    ### END SOLUTION


# %% check="edit_distance" points=2
check(edit_distance)

# %% [markdown]
# An **error rate** is all edits of a test set divided by all tokens of its right answers. In free running, **predict** how
# many times as many tokens are wrong as with teacher forcing.

# %%
predict("free_over_forced", ...)  # 1, 1.5 or 10?

# %%
distance = own(edit_distance)
edits = sum(distance(a, b) for a, b in zip(free, task.held_out.targets, strict=True))
free_errors = edits / real.sum()  # end marks counted, as in teacher forcing
forced_errors = 1 - right[real].mean()
print(
    f"wrong tokens: {forced_errors:.3f} with teacher forcing, {free_errors:.3f} without"
)
outcome("free_over_forced", float(free_errors / forced_errors))

# %% [markdown]
# > **Verdict.** Wrong. With about 95% of the tokens right, only about seven in ten sentences are, because *all* of their
# > tokens have to be. And in free running more tokens are wrong than teacher forcing says, in our run 1.4 times as many: a
# > mistake leads to others. That is called *exposure bias*. It could be worse: what comes later depends on $h_0$, too, and
# > not on the wrong word alone.

# %% [markdown] slide="new" brief="- **nearest**: the translation of the most similar French number in training\n- **joint n-grams** (Bisani and Ney, 2008): every French word stands for 0 to 3 English words, in the same order; the model counts which of these pieces follow each other" ask="**Predict** the share of exact translations of each, on held-out numbers. (The GRU has about 0.7.)"
# ## What a simple model can do
#
# Two models without a network, trained on the same 3000 pairs:
#
# - **nearest**: the translation of the most similar French number in training, by your `edit_distance`;
# - **joint n-grams** (Bisani and Ney, 2008): every French word stands for 0 to 3 English words, in the same order. The
#   model learns which ones by expectation maximisation. Then it counts which of these pieces follow each other, three at a time.
#   `gru_ref.JointNgrams` does both in less than a second.
#
# **Predict** the share of exact translations of each, on held-out numbers.

# %%
predict("nearest_and_n_grams", [..., ...])  # shares

# %% slide="more text" lines="5-5"
known = list(zip(*task.training, strict=True))[: steps(3000, quick=100)]
asked = task.held_out.sources[: steps(20, quick=2)]
near = [min(known, key=lambda pair: distance(pair[0], source)) for source in asked]
for source, (similar, said) in list(zip(asked, near, strict=True))[:2]:
    print(" ".join(source))
    print("    nearest", " ".join(similar), "→", " ".join(said))
near_share = float(
    np.mean([a[1] == b for a, b in zip(near, task.held_out.targets, strict=False)])
)
n_grams = gru_ref.JointNgrams(*task.training, order=3, longest=3)
shares = {
    name: exact([n_grams.answer(source) for source in pairs.sources], pairs)
    for name, pairs in (("held out", task.held_out), ("longer", task.longer))
}
print(f"held out: nearest {near_share:.3f}, joint n-grams {shares['held out']:.3f}")
outcome("nearest_and_n_grams", [near_share, shares["held out"]])

# %% [markdown]
# The nearest neighbour cannot win: a number that is not in training has a translation that is not in training either. The
# joint n-grams are another matter. They know only three words at a time, but this language asks for hardly more.

# %% [markdown] slide="new" brief="Now the numbers with more than eight French words. Every word in them is known." ask="**Predict** the exact share of the encoder–decoder, and of the joint n-grams."
# ## Longer than anything in training
#
# Now the numbers with more than eight French words. Every word in them is known. **Predict** the exact share of the
# encoder–decoder, and of the joint n-grams.

# %%
predict("longer_gru_and_n_grams", [..., ...])  # shares

# %% slide="more text"
long_share = exact(translated(plain, task.longer.sources), task.longer)
print(f"longer: encoder–decoder {long_share:.3f}, joint n-grams {shares['longer']:.3f}")
outcome("longer_gru_and_n_grams", [long_share, shares["longer"]])

# %% [markdown] slide="new" brief="> **Claim.** Reading the source *backwards* makes translation better.\n\nFive recorded seeds." ask="Plain, reversed, or a tie?"
# One vector of 96 numbers has to hold the whole sentence, and it was never trained to hold more than eight words. The
# n-grams have no such bottleneck.
#
# > **Claim.** Reading the source *backwards* makes translation better.
# >
# > *Source:* Sutskever and others (2014), [arXiv:1409.3215](https://arxiv.org/abs/1409.3215), who found it from English to
# > French: the first words to write are then close to where they were read.
#
# *What would show it:* the same network on reversed sources, over several seeds. This was recorded: five seeds, each with
# numbers and a start of its own, 3000 held-out and 3000 longer numbers (for *nearest*, 100 of each). **Predict** who is
# ahead on the longer ones.

# %%
predict("plain_or_reversed", ...)  # "plain", "reversed" or "tie"?

# %% slide="more text" lines="1-5"
recorded = gru_ref.recorded("translation")
MODELS = ("gru", "gru reversed", "gru with attention", "joint n-grams", "nearest")
ends = {
    test: {name: recorded[f"{name}, {test}"].values[:, -1] for name in MODELS}
    for test in ("held out", "longer")
}
for test, results in ends.items():
    print(f"{test}: mean over 5 seeds, and that model minus the joint n-grams")
    for name, values in results.items():
        mean, (low, high), verdict = gru_ref.compare(values, results["joint n-grams"])
        ahead = {"a": name, "b": "joint n-grams", "tie": "tie"}[verdict]
        said = f"{mean:6.3f}, from {low:6.3f} to {high:6.3f}: {ahead}"
        said = said if name != "joint n-grams" else ""
        print(f"    {name:19} {values.mean():.3f}   {said}")
for test, results in ends.items():
    mean, (low, high), verdict = gru_ref.compare(
        results["gru reversed"], results["gru"]
    )
    print(f"{test}, reversed − plain: {mean:.3f}, from {low:.3f} to {high:.3f}")
outcome("plain_or_reversed", {"a": "reversed", "b": "plain", "tie": "tie"}[verdict])

# %% [markdown] slide="more" brief="> **Verdict.** True for the plain network: 0.846 instead of 0.688 on held-out numbers. But a trick that helps because the memory is too short does not make it longer."
# > **Verdict.** True for the plain network: 0.846 instead of 0.688 on held-out numbers, 0.244 instead of 0.120 on longer
# > ones. What is read first has to survive until it is needed. Read backwards, the beginning of the sentence is freshest
# > when the decoder begins, and a good beginning is half the work. But a trick that helps because the memory is too short
# > does not make it longer: the n-grams stay far ahead.

# %% [markdown] slide="new" brief="## Look back: attention\n\nAfter each token the decoder's state $q$, the *query*, is compared with every state of the encoder, the *keys* $k_t$:\n\n$$s_t = q \\cdot k_t, \\qquad \\alpha = \\text{softmax}(s) \\text{ over the real steps}, \\qquad c = \\sum_t \\alpha_t k_t$$\n\nThe *context* $c$ and $q$ together then score the next token (Luong, 2015)." ask="The plain GRU translates 0.7 of the held-out numbers, and 0.13 of the longer ones. **Predict** both with attention."
# ## Look back
#
# Why should the decoder remember everything, if the sentence is still there? **Attention** lets it look back. After each
# token the decoder's state $q$, the *query*, is compared with every state of the encoder, the *keys* $k_t$:
#
# $$s_t = q \cdot k_t, \qquad \alpha = \text{softmax}(s) \text{ over the real steps}, \qquad c = \sum_t \alpha_t k_t.$$
#
# The *context* $c$ and $q$ together then score the next token. This is Luong's form (2015); Bahdanau's (2014) came first and
# compares by a small network. Transformers divide $s$ by $\sqrt H$; here it is not divided.
#
# ## Your turn: `attend` · medium
#
# Write `attend(query, keys, lengths)` for a query `(B, H)`, keys `(T, B, H)` and lengths `(B,)`. Return two arrays: the
# context `(B, H)` and the weights `(T, B)`, which are exactly 0 in the padding. Dot products may be as large as 1000 or
# −1000. Stuck? `hint(attend)`.


# %% solution="attend"
def attend(query, keys, lengths):
    """query (B, H), keys (T, B, H), lengths (B,) → context (B, H), weights (T, B)."""
    ### BEGIN SOLUTION
    real = np.arange(len(keys))[:, None] < lengths
    scores = np.where(real, (keys * query).sum(axis=2), -np.inf)
    e = np.exp(scores - scores.max(axis=0))
    weights = e / e.sum(axis=0)
    return (weights[:, :, None] * keys).sum(axis=0), weights
    ### END SOLUTION


# %% check="attend" points=1
check(attend)

# %% [markdown]
# The same network with attention, trained on the same pairs (about 10 seconds). **Predict** its exact shares.

# %%
predict("attention_held_out_and_longer", [..., ...])  # shares

# %% slide="more text"
torch.manual_seed(0)
attentive = EncoderDecoder(len(french), len(english), E=24, H=96, attention=True)
fit_pairs(
    attentive, Watched(batches_of(task.training), epochs, "attention:"), epochs, 5e-3
)
with_attention = [
    exact(translated(attentive, pairs.sources), pairs) for pairs in task[1:]
]
print("held out {:.3f}, longer {:.3f}".format(*with_attention))
outcome("attention_held_out_and_longer", with_attention)

# %% [markdown] slide="new" brief="One row for each word that is written." ask="Where do you expect the dark squares? Where will they leave that line?"
# Here is what it looks at. Your `attend` computes the weights from the states of the trained network: one row for each
# word that is written. Look for the diagonal, and for where the weights leave it.

# %% slide="more figure"
shown = ["deux", "cent", "trois", "mille", "quatre", "vingt", "dix", "sept"]
ids, lengths = french.encode([shown])
step, h = decoder_of(attentive, ids[:, 0])
tokens = decode(step, h, START, END, MOST)
with torch.inference_mode():
    (keys, _), h = attentive.encode(torch.from_numpy(ids), torch.from_numpy(lengths))
    inputs = torch.tensor([START, *tokens])[:, None]
    queries = attentive.decoder(attentive.embed_target(inputs), h)[0].numpy()
look = own(attend)
weights = np.stack([look(query, keys.numpy(), lengths)[1][:, 0] for query in queries])

fig, ax = plt.subplots(figsize=(7.2, 4.2))
plotting.plot_attention(
    ax, [*shown, "<end>"], [*english.decode(tokens), "<end>"], weights
)
show(fig, "attention")

# %% [markdown] slide="new" brief="> **Claim.** With attention, the length of a sentence does not matter any more." ask="What do you expect beyond 8 words, the longest in training?"
# It is nearly a diagonal, and nobody told the network that the order is the same. But in our run *two* looked at *cent*,
# not at *deux*: the state after *cent* also knows what was read before it. And *ninety* looked at *quatre* and *vingt*. At
# these steps the encoder has not read *dix* yet, so the decoder must know from $h_0$ that it is not *eighty*. A weight says
# where the decoder looked, not which word it translated. To find that out, change a word and see what happens.
#
# > **Claim.** With attention, the length of a sentence does not matter any more.
# >
# > *Source:* our own question.
#
# *What would show it:* the same share of exact translations at every length, beyond the training lengths as well. The five
# recorded seeds, by length:

# %% slide="more figure"
by_length = gru_ref.recorded("translation_by_length")
words = np.arange(4, 12)
shares_by_length = {
    name: np.stack([by_length[f"{name}, {n}"].values[:, -1] for n in words], axis=1)
    for name in ("gru", "gru with attention", "joint n-grams")
}
print("French words      ", *(f"{n:6}" for n in words))
for name, values in shares_by_length.items():
    print(f"{name:18}", *(f"{mean:6.3f}" for mean in values.mean(axis=0)))
at_8, at_11 = shares_by_length["gru with attention"][:, np.isin(words, (8, 11))].T
fall, (low, high), _ = gru_ref.compare(at_8, at_11)
print(f"with attention, 8 words − 11 words: {fall:.3f}, from {low:.3f} to {high:.3f}")

fig, ax = plt.subplots(figsize=(7.4, 3.6))
plotting.plot_by_length(ax, words, shares_by_length, longest=8)
show(fig, "by_length")

# %% [markdown] slide="new"
# > **Verdict.** Wrong. Attention takes the bottleneck away, and with it most of the mistakes: 0.98 of the numbers with 7
# > words come out right, where the plain network has 0.65. But from 8 words to 11 it falls from 0.97 to 0.74. The interval
# > of that fall is wide, from 0.06 to 0.39, since one seed differs much from another. The states that look, and those that
# > are looked at, were trained on short sentences. The joint n-grams lose nothing: they look at three pieces at a time,
# > wherever in the sentence these stand.

# %% [markdown] slide="new" brief="**Beam search** keeps several beginnings, the **hypotheses**. In each round it continues all of them, and keeps the `width` most probable continuations." ask="The plain network on 150 held-out numbers. **Predict** the exact shares with widths of 1 and 5."
# ## Search
#
# Greedy decoding decides word by word, and cannot take anything back. But the most probable *sentence* need not begin with
# the most probable word. **Beam search** keeps several beginnings, the **hypotheses**.
#
# ## Your turn: `beam_search` · hard
#
# Write `beam_search(step, h, start, end, width, max_length)`. Begin with one unfinished hypothesis, without tokens. In each
# round:
#
# 1. Continue every unfinished hypothesis with each of the V tokens. A continuation's log probability is that of its
#    hypothesis plus the token's: the log-softmax of the logits.
# 2. Keep the `width` most probable of **all** these continuations.
# 3. Those that end with the end mark are *finished*, and put aside; the others go into the next round. (So a finished one
#    takes its place in its own round only.)
#
# Stop after `max_length` rounds, or when none is unfinished, and no sooner. The answer is the hypothesis, finished or not,
# with the largest **log probability divided by its number of tokens**, the end mark counted. Return its tokens without the
# end mark. `step` gives each hypothesis a state of its own. Stuck? `hint(beam_search)`.


# %% solution="beam_search"
def beam_search(step, h, start, end, width, max_length):
    """The best answer that is found by keeping `width` hypotheses: a list of tokens."""
    ### BEGIN SOLUTION
    beams, finished = [([], 0.0, h)], []
    for _ in range(max_length):
        grown = []
        for tokens, total, state in beams:
            logits, new = step(tokens[-1] if tokens else start, state)
            log_p = logits - np.logaddexp.reduce(logits)
            grown += [([*tokens, k], total + p, new) for k, p in enumerate(log_p)]
        kept = sorted(grown, key=lambda hyp: -hyp[1])[:width]
        finished += [hyp for hyp in kept if hyp[0][-1] == end]
        beams = [hyp for hyp in kept if hyp[0][-1] != end]
        if not beams:
            break
    best = max(finished + beams, key=lambda hyp: hyp[1] / len(hyp[0]))
    return [token for token in best[0] if token != end]
    ### END SOLUTION


# %% check="beam_search" points=2
check(beam_search)

# %% [markdown]
# Now the plain network, which makes enough mistakes, on 150 held-out numbers. **Predict** the exact shares with widths of 1
# and 5.

# %%
predict("width_1_and_5", [..., ...])  # shares

# %% slide="more text" lines="2-4"
search = own(beam_search)
some = gru_ref.Pairs(*(side[:150] for side in task.held_out))
ids, lengths = french.encode(some.sources)


def score(step, h, tokens, most):
    """Log probability for each token; the end mark counts, if it came within `most`."""
    said, total = [*tokens, END][:most], 0.0
    for token, following in zip([START, *said[:-1]], said, strict=True):
        logits, h = step(token, h)
        total += logits[following] - np.logaddexp.reduce(logits)
    return float(total / len(said))


searched = {}
for width in (1, 2, 5):
    answers, scores = [], []
    for b, length in enumerate(lengths):
        step, h = decoder_of(plain, ids[:length, b])
        tokens = search(step, h, START, END, width, MOST)
        answers.append(english.decode(tokens))
        scores.append(score(step, h, tokens, MOST))
    searched[width] = exact(answers, some)
    mean_score = np.mean(scores)
    print(
        f"width {width}: {searched[width]:.3f} exact, {mean_score:.4f} nats per token"
    )
outcome("width_1_and_5", [searched[1], searched[5]])

# %% [markdown]
# > **Claim.** The wider the beam, the better the answer, at least by the model's own score.
# >
# > *Source:* our own question.
#
# *What would show it:* no case in which a wider beam ends with a lower score. We look for such a case among 300 small
# decoders with random logits.


# %%
def table_decoder(table):
    """A decoder whose logits stand in a table; its state is the number of a row."""

    def step(token, row):
        row = (3 * row + token + 1) % len(table)
        return table[row], row

    return step


counterexamples = 0
decoders = steps(300, quick=4)
for seed in range(decoders):
    step = table_decoder(np.random.default_rng(seed).normal(0, 2.5, (7, 4)))
    answers = [search(step, 0, START, END, width, 8) for width in (2, 3)]
    narrow, wide = (score(step, 0, tokens, 8) for tokens in answers)
    if narrow > wide + 1e-9:
        counterexamples += 1
        if counterexamples == 1:
            print(f"width 2: {answers[0]}, {narrow:.3f} nats per token")
            print(f"width 3: {answers[1]}, {wide:.3f} nats per token")
print(f"the wider beam ends with the lower score in {counterexamples} of {decoders}")

# %% [markdown] slide="more" brief="A higher score is not yet a better translation: the mistakes are in what the network remembers, and no search can repair that."
# > **Verdict.** Wrong in general. The descendants of a third hypothesis can push out those of the second, one of which would
# > have ended best. It is rare, though: on average a wider beam finds a higher score. Only when nothing is dropped at all
# > must the result be the best. And a higher score is not yet a better translation. In our run a beam of 2 gains a little on
# > the held-out numbers, and a beam of 5 no more: the mistakes are in what the network remembers, and no search can repair that.

# %% [markdown] slide="new" brief="Letters to phones: 117,493 words of the CMU Pronouncing Dictionary.\n\n- **Split by base word**: *walk*, *walked* and *walking* go to one side.\n- **Any listed pronunciation counts.** *either* has two.\n- **Two rates**: words with one wrong phone or more, and edits for each phone." ask="**Predict** the share of words that the GRU with attention (six minutes of training), and joint n-grams (16 seconds), pronounce wrongly."
# ## Real words: from spelling to pronunciation
#
# Number words are regular. English spelling is not. The CMU Pronouncing Dictionary gives the pronunciation of 117,493 words
# of letters alone, in 39 phones. Reading a word aloud is translation, too: letters to phones. Speech systems need it for
# words that their dictionary lacks.
#
# Three decisions come before any network:
#
# - **Split by base word.** If you know *walk*, you can say *walked* and *walking*. Words with the same base, after -s, -ed and
#   -ing are cut off, go to one side.
# - **Any listed pronunciation counts.** *either* has two.
# - **Two rates**: a word is wrong if one phone is wrong; the phone error rate counts edits, to the nearest pronunciation.

# %%
found = gru_ref.cmu_words()
pronunciations = dict(zip(found.words, found.phones, strict=True))
print(found.source, f"{len(pronunciations):,} words")
for word in ("either", "though", "through", "tough", "walked"):
    print(f"{word:8}", "  or  ".join(map(" ".join, pronunciations[word])))
print(gru_ref.base_words(["walk", "walks", "walked", "walking", "walker"]))

# %% [markdown]
# This was recorded: an encoder that reads in both directions, attention, 128 hidden units in each GRU, 260,106 parameters.
# It saw 7000 batches of 128 pairs, so the 116,920 pairs of the training part about 7.7 times, in six minutes on one core.
# There are five seeds. We compare it with joint n-grams of 8 letters, which need 16 seconds, and with the pronunciation of
# the word that is spelled most similarly. Both draw nothing at random, so they have one result for all seeds. All of them
# pronounce the same 5875 test words. **Predict** the share of words that the GRU, with a beam of 5, and the n-grams
# pronounce wrongly.

# %%
predict("words_wrong", [..., ...])  # shares: of the GRU, of the n-grams

# %% slide="more text"
words_wrong, phones_wrong = (
    {name: runs.values[:, -1] for name, runs in gru_ref.recorded(record).items()}
    for record in ("pronunciation_words", "pronunciation_phones")
)
for name in ("gru, greedy", "gru, beam", "joint n-grams", "nearest"):
    print(
        f"{name:14} words {words_wrong[name].mean():.3f}"
        f"   phones {phones_wrong[name].mean():.3f}"
    )
for kind, wrong in (("words", words_wrong), ("phones", phones_wrong)):
    mean, (low, high), verdict = gru_ref.compare(
        wrong["gru, beam"], wrong["joint n-grams"]
    )
    ahead = {"a": "n-grams", "b": "GRU", "tie": "tie"}[verdict]  # fewer are wrong
    print(f"{kind}: GRU − n-grams {mean:.4f}, from {low:.4f} to {high:.4f}: {ahead}")
outcome(
    "words_wrong",
    [float(words_wrong[m].mean()) for m in ("gru, beam", "joint n-grams")],
)

# %% [markdown]
# These intervals say how much another *seed* would change. How much would other *words* change? For that we resample the
# test words (bootstrap), with the answers of seed 0.

# %%
answered = gru_ref.pronunciation_answers()
generator = np.random.default_rng(0)
rates = {}
for name, edits in answered.edits.items():
    wrong_words = (edits > 0).astype(float)
    nothing, size = np.zeros(len(edits)), answered.lengths[name].astype(float)
    of_phones, (low_p, high_p), _ = gru_ref.compare_examples(
        edits.astype(float), nothing, generator, size, 1000
    )
    of_words, (low, high), _ = gru_ref.compare_examples(
        wrong_words, nothing, generator, None, 1000
    )
    rates[name] = of_words, low, high
    print(
        f"{name:14} words {of_words:.3f}, from {low:.3f} to {high:.3f};"
        f"   phones {of_phones:.3f}, from {low_p:.3f} to {high_p:.3f}"
    )

# %%
beam, grams = (
    (answered.edits[name] > 0).astype(float) for name in ("gru, beam", "joint n-grams")
)
mean, (low, high), _ = gru_ref.compare_examples(beam, grams, generator, None, 1000)
print(f"words: GRU − n-grams {mean:.3f}, from {low:.3f} to {high:.3f}")
only_gru, only_grams, _ = gru_ref.mcnemar(beam == 0, grams == 0)
print(f"only the GRU is right: {only_gru} words; only the n-grams: {only_grams} words")
by_word = words_wrong["joint n-grams, split by word"][0]
print(f"n-grams, split by word: {by_word:.3f} of the words wrong")

compared = {name: rate for name, rate in rates.items() if name != "nearest"}
fig, ax = plt.subplots(figsize=(7.0, 2.3))
plotting.plot_word_errors(ax, compared)
show(fig, "error_rates")

# %% [markdown]
# > **Claim.** A published error rate of 25.8% is better than ours of 35%.
# >
# > *Source:* our own question, with a number of Rao and others (2015).
#
# *What would show it:* the same words in training and test, the same dictionary, and the same way of counting.
#
# > **Verdict.** Not comparable. Rao and others (2015) report 25.8% of wrong words for a deep bidirectional LSTM with CTC on
# > CMU's dictionary, and 21.3% together with a joint n-gram model. Their network is another one, and so is their split.
# > How much a split matters, the last line shows: split *by word*, with relatives on both sides, the same n-grams get 29%
# > wrong, and not 34%. Five points come from relatives such as *walked* and *walking*.
#
# What can be said stays within our own table. Over five seeds the n-grams are ahead of the GRU by 1.2 points of words, from
# 0.8 to 1.5. With seed 0 alone it is 1.6, and other test words could make it anything from 0.3 to 2.8. In phones the two tie,
# and the n-grams take less than a twentieth of the time. (The GRU was still getting better when training ended. We have not
# measured what a longer one would bring.) But they are right about *different* words, and that is why a combination may
# well be better than either. The nearest spelling is of little use: a word that looks similar sounds similar, but hardly
# ever the same.

# %% [markdown]
# ## A number, and a word, of your own
#
# Enter any number from 0 to 999,999, and run the cell. Try one with many words, such as 497,497. Then try 0: short
# sentences are rare in training, since only ten numbers have one digit.

# %%
own_number = 473_281

(source,), (target,) = gru_ref.number_pairs(np.array([own_number]))
print(f"{own_number:<15,} {' '.join(source)}")
print(f"{'right':15} {' '.join(target)}")
said = {
    "plain": translated(plain, [source])[0],
    "with attention": translated(attentive, [source])[0],
    "joint n-grams": n_grams.answer(source),
}
for name, answer in said.items():
    print(f"{name:15} {' '.join(answer)}{'' if answer == target else '   (wrong)'}")

# %% [markdown]
# Now enter any word in small letters, real or invented: the recorded network pronounces it with your `beam_search`.

# %%
own_word = "jabberwocky"

speaker = gru_ref.trained_pronouncer()
step, h = decoder_of(speaker.model, speaker.encode(own_word))
print(own_word, " ".join(speaker.phones.decode(search(step, h, START, END, 5, 30))))
listed = pronunciations.get(own_word, ())
print("in the dictionary:", "  or  ".join(map(" ".join, listed)) or "no such word")

# %% [markdown]
# ## Sentences of your own
#
# `gru_ref.read_labelled` from lesson 14 also reads a file of pairs: one sentence in each line, a **tab**, its translation.
# The cell writes such a file, and makes pairs of it. With some thousand lines, everything above works on it: `Tokens`,
# `PairBatches`, `fit_pairs`, `JointNgrams`.

# %%
own_file = Path(tempfile.mkdtemp()) / "pairs.txt"
own_file.write_text("le chat noir\tthe black cat\nun chat\ta cat\n", encoding="utf-8")
lines = gru_ref.read_labelled(own_file)
own_pairs = gru_ref.Pairs(
    [text.split() for text in lines.texts],
    [lines.classes[label].split() for label in lines.labels],
)
print(own_pairs.sources, own_pairs.targets)

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="fluent_and_wrong" points=2 slide="new"
# **For 2 points.** A team translates product descriptions with an encoder–decoder without attention. On its validation
# set, with teacher forcing, 97% of the tokens are right. Customers complain: texts read well, but sizes and colours are
# often those of another product, above all in long descriptions.
#
# Say why 97% and the complaints fit together. Then name two changes to the model or to its evaluation, and say what each
# would show or improve.
#
# ### BEGIN SOLUTION
# 97% is measured token by token, with the right words in front of the decoder. A description of 60 tokens has to be right
# in all of them: 0.97⁶⁰ is about 0.16 if mistakes were independent. And many tokens are easy, because the words before them
# tell what sounds right: the few that carry the facts can be wrong much more often. The decoder knows the source only
# through one vector. What does not fit into it is replaced by something fluent, and long descriptions have more to hold.
#
# Two of these: attention, so that the decoder looks back at sizes and colours; it should help long texts most. Evaluation in
# free running: exact match of the facts (sizes, colours), or edits. Error against the length of the source: a fall with
# length shows the bottleneck. A strong baseline, such as copying facts by rule or a phrase table. A wider beam alone would
# not help: the mistake is in the model.
#
# **Rubric**
#
# - 1 point: token accuracy with teacher forcing says little about whole texts; the facts have to pass through one vector
# - 1 point: two fitting changes, such as attention and an evaluation of facts in free running or by length, each with what it
#   would show or improve
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - An **encoder–decoder** reads a sentence into one state, and writes the answer from it. In training the decoder reads the
#   right answer, shifted by one (**teacher forcing**); the loss is a mean over all real positions.
# - Exact match is the same with teacher forcing and without. Token accuracy flatters: about 95% of the tokens were right,
#   but only seven in ten sentences. **Edit distance** compares answers of different lengths.
# - One state is a **bottleneck**: exact translations fall from 0.84 at 4 words to 0.02 at 11. A reversed source
#   helps, and **attention** helps much more. On sentences longer than any in training, the GRU with attention still loses to
#   joint n-grams.
# - **Beam search** finds a better score, mostly, and hardly a better translation.
# - Joint n-grams are hard to beat where the order stays. A split by base word makes the same model wrong in 34% of the
#   words, and not in 29%: compare error rates on one split only.

# %% [markdown]
# ## Go further · open
#
# The plain encoder–decoder was trained for 12 epochs on 3000 pairs. What does it lack most: data, time, or hidden units?
#
# - **Find out** which of three changes helps most on *longer* numbers: twice the pairs, twice the epochs, twice the hidden
#   size.
# - **Try first** `gru_ref.number_task(np.random.default_rng(0), training=6000)`, with everything else as it was.
# - **You know** when one change is ahead of both others over five seeds, with an interval that does not contain 0. Write
#   down your guess first. And say what each change costs in seconds.

# %% [markdown]
# ## Test yourself
#
# **1.** Somebody forgets to shift: the decoder reads at step t the token that it should write at step t. What do you see in
# training, and what when it translates?
#
# <details><summary>Answer</summary>
#
# The loss falls to almost 0 within a few steps, far below any honest model: the decoder only has to copy its input. When it
# translates, it copies the start mark, or says nonsense: nobody puts the right word in front of it.
#
# </details>
#
# **2.** A beam search without division by the length returns very short answers. Why, and why does greedy decoding not?
#
# <details><summary>Answer</summary>
#
# Every further token multiplies the probability by a number below 1, so among finished answers the short ones have the
# largest product. Greedy decoding never compares answers of different lengths: it only asks what comes next.
#
# </details>
#
# **3.** A batch holds a sentence of 3 tokens and one of 9. The first one's attention weights over its 3 real steps add up to
# 0.2. What went wrong, and how do you find such a mistake without looking at the code?
#
# <details><summary>Answer</summary>
#
# The softmax ran over the padding as well, and the mask came later or not at all. Give the network the short sentence
# alone, and in a batch with a longer one: weights and answer must be the same.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Kyunghyun Cho and others (2014), [arXiv:1406.1078](https://arxiv.org/abs/1406.1078): the encoder–decoder, and the gated
#   unit that became the GRU.
# - Ilya Sutskever, Oriol Vinyals and Quoc Le (2014), [arXiv:1409.3215](https://arxiv.org/abs/1409.3215): with LSTMs, reversed
#   sources and a beam.
# - Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio (2014), [arXiv:1409.0473](https://arxiv.org/abs/1409.0473): attention.
# - Minh-Thang Luong, Hieu Pham and Christopher Manning (2015), [arXiv:1508.04025](https://arxiv.org/abs/1508.04025): the form
#   of attention that you wrote.
# - Maximilian Bisani and Hermann Ney (2008), *Joint-sequence models for grapheme-to-phoneme conversion*, Speech
#   Communication 50: the strong baseline.
# - Kanishka Rao and others (2015), *Grapheme-to-phoneme conversion using Long Short-Term Memory recurrent neural networks*,
#   [ICASSP](https://doi.org/10.1109/ICASSP.2015.7178767): the published error rates above.
# - Next: **16 · Speech**. From the wave to the word. (Greedy decoding is the sampling of lesson 13 at temperature 0.)

# %%
progress()
