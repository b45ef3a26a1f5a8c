# %% [markdown] slide="new"
# # 13 · Language model
#
# **How does a network write?**
#
# - **Goals**: measure what a model knows of a text, in bits for a character; build the strongest simple model by
#   counting, and let a GRU compete with it; read a long text in chunks without forgetting; sample new text, and see what
#   a temperature does.
# - **Time**: 90 minutes.
# - **Before you start**: cross-entropy and the training loop (lesson 10), several seeds and an interval (lesson 12).
#
# **The result first.** On topics that nobody trained on, the GRU needs 1.89 bits for a character, and counting needs 1.99:
# the GRU wins. On *new paragraphs of topics that it knows*, the GRU needs 1.92, and counting 1.88: there the GRU
# loses. Both come from the same text. Who wins depends on what is held out, and this lesson shows why.

# %%
import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import corpus as texts
from gru_ref import plotting

float32 = np.float32

# %% [markdown] slide="new" brief="A **language model** says how likely each character is to come next. Our text: the documentation that `help(\"if\")` shows.\n\n- **Paragraphs that repeat were removed**, before anything was split.\n- **Whole topics were held out**: a topic goes to training, validation or test with all its paragraphs." ask="What would the test measure if a paragraph stood in the training part *and* in the test part?"
# ## A text, and its parts
#
# A **language model** says how likely each character is to come next. To learn that, it reads. Our text came with Python
# itself: the documentation that `help("if")` shows. (© Python Software Foundation, PSF licence.) It differs a little
# from version to version of Python, so the next cell says which one you have. (For a text of your own see
# *Go further* at the end: the numbers of this lesson belong to Python's text.)


# %%
def in_lines(text):
    """The text in lines of at most 88 characters, so that none is cut within a word."""
    lines = (textwrap.fill(line, 88) for line in text.splitlines())
    return "\n".join(lines)


corpus, source = gru_ref.load_corpus()
characters = gru_ref.characters_of(corpus.training)
training, validation, test = (characters.ids(part) for part in corpus)
V = len(characters)
print(in_lines(source))
for part, text in zip(corpus._fields, corpus, strict=True):
    print(f"{part:10} {len(text):7,} characters. It begins: {text[:48]!r}")
print(f"V = {V} characters: {characters.symbols[:60]!r} …")
print("'The' as numbers:", characters.ids("The"))

# %% [markdown]
# Two things were done to it, and both matter more than any network:
#
# - **Paragraphs that repeat were removed**, before anything was split. A fifth of this text only says again what came before;
#   a paragraph that stands in the training part *and* in the test part tests nothing.
# - **Whole topics were held out**: a topic goes to training, validation or test with all its paragraphs. So the test asks
#   how well a model reads something new, not how well it fills gaps in what it knows.
#
# Character 0, □, stands for every character that the training part does not have.

# %% [markdown] slide="new" brief="Score a prediction by the probability $p$ that the model gave to the character that *came*. Its **bits** are\n\n$$-\\log_2 p$$\n\nThe mean over a text is its **bits per character**. A bit is $\\ln 2 \\approx 0.693$ **nats**." ask="**Predict**: how many bits does a model need if it finds all 104 characters equally likely?"
# ## What a bit is
#
# How do you score a prediction? By the probability $p$ that the model gave to the character that *came*. Its
# **bits** are
#
# $$-\log_2 p$$
#
# One bit is one question with two equally likely answers: $p = \tfrac12$ costs 1 bit, $p = \tfrac14$ costs 2, $p = 1$
# nothing. The mean over a text is its **bits per character**. It is the cross-entropy of lesson 10 in another unit: that
# was in **nats**, with the natural logarithm, and a bit is $\ln 2 \approx 0.693$ nats.
#
# **Predict**: how many bits does a model need if it finds all $V$ characters equally likely? (Between which two powers of
# 2 does $V$ lie?)

# %%
predict("bits_knowing_nothing", ...)

# %% slide="more text"
print(f"-log2(1/{V}) = {np.log2(V):.2f} bits")
outcome("bits_knowing_nothing", round(float(np.log2(V)), 2))

# %% [markdown] slide="new"
# ## Your turn: `bits_per_character` · easy
#
# Write `bits_per_character(logits, targets)`, a float. `logits` are scores before any softmax, with shape `(N, V)` or
# `(T, B, V)`; `targets`, `(N,)` or `(T, B)`, are the numbers of the characters that came. Logits of 1000 must not
# overflow. What you built in lesson 10 is `gru_ref.softmax_cross_entropy`, and you may use it. Stuck?
# `hint(bits_per_character)`.


# %% solution="bits_per_character" slide="more"
def bits_per_character(logits, targets):
    """Mean bits for a character: logits (N, V) or (T, B, V), targets (N,) or (T, B)."""
    ### BEGIN SOLUTION
    nats, _ = gru_ref.softmax_cross_entropy(logits, targets)
    return nats / np.log(2)
    ### END SOLUTION


# %% check="bits_per_character" points=1
check(bits_per_character)

# %% [markdown]
# A first model: it knows how often each character occurs, and nothing else. **Predict**: how far below the 6.70 bits of
# knowing nothing will it be?

# %%
share = (np.bincount(training, minlength=V) + 1) / (len(training) + V)
some = test[::40]  # every 40th character is enough
same_for_all = np.tile(np.log(share), (len(some), 1))
print(f"{own(bits_per_character)(same_for_all, some):.2f} bits per character")
for k in np.argsort(-share)[:6]:
    print(f"{characters.symbols[k]!r}: {share[k]:.3f}", end="   ")

# %% [markdown] slide="new" brief="Count, for each **context** of the last few characters, what followed it." ask="What follows `q`? And what follows `th`, in most cases?"
# ## The baseline: counting what follows what
#
# After `th` often comes `e`. Count, for each **context** of the last few characters, what followed it in the training
# text:

# %% slide="more text"
counts = gru_ref.count_contexts(corpus.training, 4, characters)
print(f"{len(counts):,} contexts of 0 to 4 characters")
for context in ["", "q", "th", "retu"]:
    seen = counts[context]
    most = [f"{characters.symbols[k]!r} {seen[k]}" for k in np.argsort(-seen)[:4]]
    print(f"{context!r:7} came {seen.sum():7,} times, then", ", ".join(most))

# %% [markdown] slide="new" brief="**Witten and Bell** (1991): a context seen $c$ times, followed by $N$ *different* characters, leans on the shorter one:\n\n$$P(k \\mid \\text{context}) = \\frac{c_k + N \\, P(k \\mid \\text{shorter context})}{c + N}$$\n\nThree characters: `\"\"` came 6 times, counts 4, 2, 0; `\"a\"` came 3 times, counts 0, 3, 0." ask="**Predict**: how likely is the third character after `\"a\"`, which never came at all?"
# A long context is precise, but was seen rarely, and a character that never followed it would have probability 0, which
# costs infinitely many bits. **Witten and Bell** (1991) blend: if the context was seen $c$ times in all, and $N$
# *different* characters followed it,
#
# $$P(k \mid \text{context}) = \frac{c_k + N \, P(k \mid \text{shorter context})}{c + N}$$
#
# where $c_k$ counts character $k$ after this context, and the **shorter context** leaves out its *first* character. A
# context that many different characters followed, $N$ large, is unreliable, and leans on the shorter one. Below the empty
# context `""` all characters are equally likely, $1/V$. A context that never came has the probabilities of the shorter
# one.
#
# *By hand*, with three characters: `""` came 6 times, counts 4, 2, 0, so $N = 2$; `"a"` came 3 times, counts 0, 3, 0, so
# $N = 1$. **Predict**: how likely is the third character after `"a"`, which never came at all?

# %%
predict("the_unseen_after_a", ...)  # 0, about 0.02, or about 0.1?

# %% slide="more text"
empty = (np.array([4, 2, 0]) + 2 * 1 / 3) / (6 + 2)
after_a = (np.array([0, 3, 0]) + 1 * empty) / (3 + 1)
print('after "": ', empty.round(3), '   after "a":', after_a.round(3))
outcome("the_unseen_after_a", round(float(after_a[2]), 3))

# %% [markdown] slide="new"
# ## Your turn: `witten_bell` · medium
#
# Write `witten_bell(counts, context)`: an array `(V,)`, the probability of each character after `context`. `counts` is a
# dict from contexts to arrays `(V,)`, as above; it always has the context `""`. `context` may be longer than any that was
# counted. Leave the counts as they are. Stuck? `hint(witten_bell)`.


# %% solution="witten_bell" slide="more"
def witten_bell(counts, context):
    """Probabilities (V,) of the next character: Witten–Bell, from 1/V up."""
    ### BEGIN SOLUTION
    V = len(counts[""])
    p = np.full(V, 1 / V)
    for start in range(len(context), -1, -1):
        if context[start:] in counts:
            seen = counts[context[start:]]
            N = np.count_nonzero(seen)
            p = (seen + N * p) / (seen.sum() + N)
    return p
    ### END SOLUTION


# %% check="witten_bell" points=3
check(witten_bell)


# %%
def shorter_contexts(context):
    """The counts of a context and of all shorter ones, as far as they came."""
    ends = [context[k:] for k in range(len(context) + 1)]
    return {end: counts[end] for end in ends if end in counts}


after = own(witten_bell)
for context in ["retu", "clas", "xq"]:
    p = after(shorter_contexts(context), context)
    likely = [f"{characters.symbols[k]!r} {p[k]:.3f}" for k in np.argsort(-p)[:4]]
    print(f"after {context!r}:", ", ".join(likely), f"  (sum {p.sum():.6f})")

# %% [markdown] slide="new" brief="The same model on three splits of the text:\n\n- *new topics*: whole topics are held out\n- *new paragraphs*: paragraphs are shuffled, so a topic stands in all three parts\n- *repeats kept*: paragraphs are shuffled, and nothing is removed" ask="**Predict**: contexts of up to 0, 1, 2, … 8 characters. Does it get better and better?"
# ## How long should a context be?
#
# **Predict**: contexts of up to 0, 1, 2, … 8 characters. Does it get better and better? Then look at the two other curves.
# They belong to *the same model*; only the split differs:
#
# - *new topics*: as above;
# - *new paragraphs*: repeats are removed, but paragraphs are shuffled, so a topic stands in all three parts;
# - *repeats kept*: paragraphs are shuffled, and nothing is removed.

# %%
predict("best_context_length", ...)  # of 0 to 8 characters, on new topics

# %%
documents = gru_ref.documentation()
unique = texts.without_repeats(documents)
splits = {
    "new topics": corpus,
    "new paragraphs": texts.split_by_paragraph(unique, np.random.default_rng(0)),
    "repeats kept": texts.split_by_paragraph(documents, np.random.default_rng(0)),
}
by_context = {}
for name, parts in splits.items():
    symbols = gru_ref.characters_of(parts.training)
    ids = symbols.ids(parts.training), symbols.ids(parts.test)
    by_context[name] = gru_ref.witten_bell_bits(*ids, len(symbols), 8).mean(axis=1)
    print(f"{name:15}", by_context[name].round(2))
outcome("best_context_length", int(by_context["new topics"].argmin()))

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_bits_by_context(ax, by_context)
show(fig, "bits_by_context")

# %% [markdown] slide="new"
# > **Claim.** The longer the context, the better the prediction.
# >
# > *Source:* our own question.
#
# *What would show it:* curves that only fall.
#
# > **Verdict.** Wrong for counting, on text that is new. On new topics contexts of 4 characters are best, with 1.99 bits;
# > beyond that they become too rare, and at 8 the model is worse than at 4 by 0.29 bits. On new paragraphs 5 are best, with
# > 1.88. Only with repeats kept does it go on falling, to 1.50 with 6 or 7 characters: a long context then finds the very
# > paragraph again. That last number looks best, and is worth nothing: **it measures copying**. So remove repeats *before*
# > you split, and say what you held out.
#
# From here on the model to beat is Witten–Bell with contexts of up to 4 characters, chosen on the *validation* part:

# %%
validation_bits = gru_ref.witten_bell_bits(training, validation, V, 8).mean(axis=1)
longest = int(validation_bits.argmin())
counting = gru_ref.witten_bell_bits(training, test, V, longest)[longest]
lowest = validation_bits.min()
print(f"best on the validation part: up to {longest} characters, {lowest:.3f} bits")
print(f"test: {counting.mean():.3f} bits per character")

# %% [markdown] slide="new" brief="Cut the text into $B$ streams, and each stream into **chunks** of $T$ characters. Row $b$ of a chunk goes on where row $b$ of the last one ended: **the state is carried over**, and only the gradient stops." ask="Which characters are read at the same time? Which one comes after the last one of chunk 0 in stream 1?"
# ## Streams: how to read a long text
#
# A GRU has no fixed context: its state may carry anything from the beginning of the text. But a text of 270 000 steps is
# too long for one backward pass, and one long sequence has no batch. So a text is read as **streams**:
#
# - cut it into $B$ streams of $L = \lfloor (N - 1) / B \rfloor$ characters each: stream $b$ begins at character $b L$;
# - cut each stream into **chunks** of $T$ characters, $K = \lfloor L / T \rfloor$ of them, and drop what is left over;
# - read chunk after chunk. Row $b$ of chunk $k + 1$ goes on exactly where row $b$ of chunk $k$ ended, so **the state is
#   carried over**. Only the gradient stops at the edge: truncated backpropagation through time, lesson 10.
#
# The target of each character is the one after it. Look at the colours: which characters are read at the same time, and
# which one comes after the last one of chunk 0 in stream 1? (A dot in the middle of the line is a blank.)

# %% slide="more figure"
sentence = "Explicit is better than implicit. Simple is better than complex."
fig, ax = plt.subplots(figsize=(8, 2.4))
plotting.plot_streams(ax, sentence, T=6, B=3)
show(fig, "streams_of_a_sentence")

# %% [markdown] slide="new"
# ## Your turn: `streams` · medium
#
# Write `streams(ids, T, B)`: two arrays of integers, `inputs` and `targets`, both `(K, T, B)`: chunk, time, stream. `ids`
# is an array `(N,)`. If there is not even one chunk, raise a `ValueError`. Stuck? `hint(streams)`.


# %% solution="streams" slide="more"
def streams(ids, T, B):
    """Chunks of B streams of a text: inputs and targets, both (K, T, B)."""
    ### BEGIN SOLUTION
    L = (len(ids) - 1) // B
    K = L // T
    if K == 0:
        raise ValueError(f"{len(ids)} characters, but {T * B + 1} are needed")
    rows = [part[: B * L].reshape(B, L)[:, : K * T] for part in (ids, ids[1:])]
    inputs, targets = (row.reshape(B, K, T).transpose(1, 2, 0) for row in rows)
    return inputs, targets
    ### END SOLUTION


# %% check="streams" points=2
check(streams)

# %%
cut = own(streams)(characters.ids(sentence), 6, 3)
for k in range(len(cut[0])):
    for b in range(3):
        x, y = (characters.text(part[k, :, b]) for part in cut)
        print(f"chunk {k}, stream {b}:  reads {x!r:10} and is asked for {y!r}")

# %% [markdown] slide="new" brief="| part | what it does | shape |\n| --- | --- | --- |\n| embedding | a row of $E$ learned numbers for each character | `(V, E)` |\n| GRU | reads the rows of a chunk, from the state before it | `(T, B, E)` → `(T, B, H)` |\n| readout | a score for each character that may come next | `(T, B, H)` → `(T, B, V)` |" ask="Counting needs 1.99 bits. **Predict**: will some 500 steps, about 15 seconds, be enough to beat that?"
# ## The network
#
# | part | what it does | shape |
# | --- | --- | --- |
# | embedding | a row of $E$ numbers for each character, learned like any other parameter | `(V, E)` |
# | GRU | reads the rows of a chunk, from the state after the chunk before it | `(T, B, E)` → `(T, B, H)` |
# | readout | a score for each character that may come next | `(T, B, H)` → `(T, B, V)` |
#
# An **embedding** is a table. Looking row $k$ up is the same as multiplying a one-hot vector by the table, only faster; and
# its gradient goes to those rows alone that were read. All of this is NumPy, as in lesson 10: `gru_ref.init_language_model`
# draws the parameters, and `gru_ref.language_loss_and_grads(p, chunk, states)` returns loss, gradients, *and the states*
# for the next chunk.
#
# In NumPy the gradient stops at a chunk's edge by itself, since each call begins a new backward pass. In PyTorch the
# carried state still hangs on the computation graph of all earlier chunks: without `h = h.detach()` the second `backward`
# fails, or every step takes longer than the one before (lesson 11).
#
# We train for some 500 steps: about 15 seconds. **Predict**: will that be enough to beat 1.99 bits?

# %%
predict("validation_bits_after_500_steps", ...)

# %% slide="more text" lines="2-7"
T, B, E, H = 64, 32, 32, 128
inputs, targets = own(streams)(training, T, B)


def chunks():
    while True:
        for k in range(len(inputs)):
            yield gru_ref.Chunk(inputs[k], targets[k], first=k == 0)


count = steps(500, quick=4)
p = gru_ref.init_language_model(
    "gru", V, E, H, np.random.default_rng([0, 1]), dtype=float32
)
p, history = gru_ref.train(
    gru_ref.language_loss_and_grads,
    p,
    chunks().__next__,
    count,
    lr=lambda step: 0.016 * min(1, (step + 1) / 50) * (1 - step / count),
    evaluate=partial(gru_ref.language_bits, ids=validation),
    every=100,
    carry=True,
)
for made, bits in zip(history.evaluated, history.evaluations, strict=True):
    print(f"after {made:3} steps: {bits:.2f} bits per character on the validation part")
outcome("validation_bits_after_500_steps", round(history.best_evaluation, 2))

# %% [markdown]
# Three things in this call are new. The **learning rate** is a function of the step: it rises for 50 steps, and then falls
# to 0. (With `lr=0.016` throughout, the same run ends at 2.28 bits instead of 2.07.) `carry=True` hands the states from
# chunk to chunk, and forgets them where the text begins again. And the parameters that come back are those with the fewest
# bits on the *validation* part; the test part is not touched.
#
# After 500 steps it is not there yet. The course comes with a model that was trained in the same way for 1500 steps.
# From here on we use that one:

# %%
model, its_characters, note = gru_ref.trained_language_model()
test_ids = its_characters.ids(corpus.test)
bits = gru_ref.language_bits(model, test_ids)
print(f"trained for {note['steps']} steps with Python {note['python']}'s text")
print(f"test: {bits:.3f} bits per character, counting {counting.mean():.3f}")

# %% [markdown] slide="new" ask="Chunks of 16, 64 and 256 characters. **Predict**: what happens if the state is carried, and what if each chunk begins with a state of 0?"
# ## Does the length of a chunk change the score?
#
# It is only a way of reading, so it should not. **Predict** for chunks of 16, 64 and 256 characters: what happens if the
# state is carried, and what if each chunk begins with a state of 0?

# %%
predict("bits_at_16_carried_and_not", [..., ...])

# %% slide="more text"
scores = {}
for length in [16, 64, 256]:
    scores[length] = [
        gru_ref.language_bits(model, test_ids, T=length, carry=carry)
        for carry in (True, False)
    ]
    print(f"chunks of {length:3}: carried {scores[length][0]:.4f}, ", end="")
    print(f"from 0 each time {scores[length][1]:.4f} bits")
outcome("bits_at_16_carried_and_not", [round(float(b), 2) for b in scores[16]])

# %% [markdown] slide="more" brief="Carried, the length changes nothing. That is a test for your own code: if it does, the state is lost at the edges."
# Carried, the length changes nothing. (That is a test for your own code: if it does, the state is lost at the edges.)
# Without it, the first characters of each chunk are guessed blindly, and the shorter the chunks, the more of them there
# are.

# %% [markdown] slide="new" brief="Five seeds, equal budgets (62,208 recurrent parameters), and about **equal time**: 35 to 40 seconds of one core. Each network has the learning rate that was best for it on the validation part." ask="**Predict**: which of the differences between RNN, GRU, LSTM and counting are more than luck?"
# ## RNN, GRU, LSTM and counting
#
# Now the comparison, as lesson 12 taught it: five seeds, equal budgets (62 208 recurrent parameters), and about **equal
# time**, 35 to 40 seconds of one core. So the RNN has 232 units and 1680 steps, the GRU 128 and 1500, the LSTM 108 and
# 1560. Each has the learning rate that was best for it among six, on the validation part, in runs of a third of the
# length. All of it is recorded; `make experiments` repeats it.

# %%
rates = gru_ref.recorded("language_rates")
print("validation bits by learning rate")
for kind in ("gru", "lstm", "rnn"):
    runs = {
        float(name.split(", ")[1]): r.values.min()
        for name, r in rates.items()
        if r.kind == kind
    }
    print(f"{kind:5}", "  ".join(f"{lr:g}: {runs[lr]:.2f}" for lr in sorted(runs)))

# %% [markdown]
# In the next figure look at how the curves are ordered at the beginning and at the end, and at the width of each bundle of
# seeds. The dotted line is counting.

# %% slide="new figure"
curves = gru_ref.recorded("language")
fig, ax = plt.subplots(figsize=(7.6, 3.4))
plotting.plot_seed_curves(
    ax,
    {name: (r.steps[1:], r.values[:, 1:]) for name, r in curves.items()},
    baseline=lowest,
    quantity="validation",
    unit="bits per character",
)
ax.set_yscale("linear")
show(fig, "language_curves")

# %% [markdown]
# **Predict** which of these differences are more than luck.

# %% slide="more text" lines="1-4"
tested = gru_ref.recorded("language_test")
final = {name: r.values[:, -1] for name, r in tested.items()}


def against(label, a, b):
    """By how much a needs fewer bits than b, with its 95% interval."""
    mean, (low, high), verdict = gru_ref.compare(-a, -b)
    said = {"a": "ahead", "b": "behind", "tie": "tie"}[verdict]
    print(f"{label:26} {mean:6.3f} bits fewer, from {low:6.3f} to {high:6.3f}: {said}")
    return mean, (low, high), verdict


for name in ("gru", "lstm", "rnn", "counting"):
    seconds = tested[name].seconds[:, -1].mean()
    each = final[name].round(3)
    print(f"{name:9} {each}  mean {final[name].mean():.3f}, {seconds:.0f} s")
print()
compared = {
    f"{a} against {b}": against(f"{a} against {b}", final[a], final[b])
    for a, b in [
        *(("gru", "counting"), ("lstm", "counting"), ("rnn", "counting")),
        *(("gru", "lstm"), ("gru", "rnn"), ("lstm", "rnn")),
    ]
}

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.2, 2.8))
plotting.plot_intervals(ax, compared, "bits per character saved")
show(fig, "bits_saved")

# %% [markdown] slide="more" brief="The GRU is ahead of counting with all five seeds. LSTM and RNN against counting: **ties**."
# The GRU needs 1.89 bits, and counting 1.99: fewer with all five seeds, by 0.099 on average, and the interval, 0.076 to 0.122,
# is far from 0. The LSTM (1.95) and the RNN (1.96) are ahead of counting on average, but their intervals contain 0: ties. The
# GRU is ahead of the LSTM, by 0.066; against the RNN it is a tie. One RNN of the five went badly (2.04), so the interval is
# wide. You may not leave that seed out; and without it the interval would still just contain 0, since four runs are few.
#
# But mind what the interval covers: other *seeds*, on the same test topics. Would other topics agree? There are only a
# few in the test part, so we ask each of them:

# %%
wins, at = 0, 0
held_out = {
    title: "\n".join(lines) + "\n"
    for title, lines in unique.paragraphs.items()
    if texts.part_of(title) == "test" and lines
}
for title, text in held_out.items():
    by_gru = gru_ref.language_bits(model, its_characters.ids(text), B=1)
    by_counting = counting[at : at + len(text)].mean()
    wins, at = wins + (by_gru < by_counting), at + len(text)
    print(
        f"{title:18} {len(text):6,} characters: GRU {by_gru:.2f}, "
        f"counting {by_counting:.2f}"
    )
p_value = stats.binomtest(int(wins), len(held_out)).pvalue
print(f"The GRU is ahead on {wins} of {len(held_out)} topics, p = {p_value:.3f}")

# %% [markdown]
# The GRU is ahead on 8 of the 11, and the three on which it is behind or level are among the shortest. Of eleven fair coins,
# eight or more fall on the same side in 23 of 100 cases. So: *on these topics* the GRU is ahead with every seed; whether it
# would be on eleven other topics, these eleven cannot tell.
#
# And if paragraphs were shuffled, so that the test part has nothing but new paragraphs of *known* topics?

# %% slide="new text"
against(
    "gru against counting",
    final["gru, split by paragraph"],
    final["counting, split by paragraph"],
)
for name in ("gru", "counting"):
    print(
        f"{name:9} new topics {final[name].mean():.3f}, "
        f"new paragraphs {final[f'{name}, split by paragraph'].mean():.3f} bits"
    )

# %% [markdown] slide="more" brief="On new paragraphs of *known* topics the GRU **loses** to counting. Neither answer is wrong. They answer two questions, and the split decides which one you ask."
# Here the GRU **loses**: it needs 0.039 bits more than counting, and the interval, 0.004 to 0.074, does not contain 0. (The
# two test parts are different texts, so compare the two models, and not the two splits.) Counting remembers phrases word for
# word, which helps where the topic is known, and not where it is new. Neither answer is wrong. They answer two questions, and
# the split decides which one you ask.

# %% [markdown]
# ## What is the carried state worth?
#
# Above we took the state away from a model that was used to it. That is unfair: a model that never had one may learn to do
# without. So we also *trained* five with a state of 0 at the beginning of each chunk of 64. **Predict** the order of the
# four, and which one is far behind.

# %%
carried = {
    "carried, carried": "gru",
    "reset in training, carried": "gru, reset in training",
    "reset in both": "gru, reset in both",
    "carried, reset in reading": "gru, reset in reading",
}
for label, name in carried.items():
    print(f"{label:28} {final[name].round(3)}  mean {final[name].mean():.3f}")
print()
print("carried, carried against …")
for label, name in list(carried.items())[1:]:
    against(label, final["gru"], final[name])

# %% [markdown]
# Carrying the state in both is best, with every seed. Taken away from a model that is used to it, the state costs 0.170 bits.
# A model that was trained without it loses less, 0.092: it has learned to recover quickly, but still guesses blindly at each
# beginning. And here is a surprise: a model that was trained *without* a carried state gains when it is read *with* one, and
# comes within 0.062 bits. It never saw a state that is more than 64 characters old, and makes good use of one all the same.

# %% [markdown] slide="new" brief="> **Claim.** GRUs capture long-range dependencies in text.\n\nTake the 160 characters before a place, and **shuffle all but the last k of them**." ask="**Predict**: from which $k$ on does the GRU lose less than 0.05 bits? How many characters does it really use?"
# ## How far back does it look?
#
# > **Claim.** GRUs capture long-range dependencies in text.
# >
# > *Source:* for one, [this
# > answer](https://askai.glarity.app/search/What-are-the-key-features-and-advantages-of-Gated-Recurrent-Unit--GRU--networks-in-machine-learning):
# > "GRU can efficiently capture long-range dependencies in sequential data like text".
#
# How long is long? We can measure it in characters. *What would show it:* take the 160 characters before a place, and
# **shuffle all but the last k of them**. The model still sees which letters there were, but no words. If the bits for
# the next character stay the same, it did not need the order of what we shuffled.
#
# **Predict**: from which k on does the GRU lose less than 0.05 bits? That is, how many characters does it really use?

# %%
predict("characters_used", ...)  # a number of characters, from 1 to 128

# %%
reach = {"gru": {}, "lstm": {}, "rnn": {}}
for name, r in gru_ref.recorded("language_reach").items():
    kind, k = name.split(", ")
    reach[kind][int(k)] = r.values[:, -1]
known = list(reach["gru"])
by_known = {
    kind: np.stack(list(values.values()), axis=1) for kind, values in reach.items()
}
print("k    ", *(f"{k:5}" for k in known))
for kind, bits in by_known.items():
    print(f"{kind:5}", *(f"{mean:5.2f}" for mean in bits.mean(axis=0)))
enough = reach["gru"][128].mean() + 0.05
used = next(k for k in known if reach["gru"][k].mean() < enough)
outcome("characters_used", used)

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
plotting.plot_bits_by_known(ax, known, by_known, by_context["new topics"][1:])
ax.set(xlim=(3.5, 140), ylim=(1.75, 2.8))
show(fig, "bits_by_known")

# %% [markdown]
# The same with the model that you have here, and fewer places, takes a second. Each number is a mean of 300 places, so
# neighbours differ by chance, too:

# %%
places = 300 if steps(300, quick=20) == 300 else 20
live = gru_ref.bits_by_known(model, test_ids, [4, 16, 64, 128], N=places)
for k, bits in zip([4, 16, 64, 128], live, strict=True):
    error = bits.std(ddof=1) / np.sqrt(places)
    print(f"k = {k:3}: {bits.mean():.2f} bits, standard error {error:.2f}")

# %% [markdown] slide="more"
# > **Verdict.** True of the GRU, if long means a few words, and not a page. With 24 characters in their order it is within
# > 0.05 bits of all 128. What stands further back helps a little: 24 against 128 is 0.042 bits, and the interval, 0.028 to
# > 0.055, does not contain 0; beyond 64 characters 0.006 bits are left. The LSTM and the RNN, of the same budget and trained
# > for the same time, look back no further than about 12 characters: beyond that their intervals contain 0. Why not further?
# > Most of what a character depends on is the word that it stands in, and no gradient ever crossed the edge of a chunk of 64.
#
# Look at the left end, too (in the table: the figure begins at 4). With 1 to 4 characters in order the networks are *worse*
# than counting with a context of that length, at first by far. Shuffled letters are not the same as none: the networks
# believe them. So the method says where order stops mattering, and not how much a short context alone would give.

# %% [markdown] slide="new" brief="Ask for the probabilities, **draw** a character, give it to the model as its next input, and go on. How boldly to draw is set by the **temperature** $\\tau$:\n\n$$p = \\operatorname{softmax}(\\text{logits} / \\tau)$$" ask="**Predict**: does a high temperature make the likely characters more likely, or less? Three characters have the logits 2, 1 and 0."
# ## Writing: draw, and read what you drew
#
# To write, run the model on its own output: ask for the probabilities, **draw** a character, give it to the model as its
# next input, and go on. How boldly to draw is set by the **temperature** $\tau$:
#
# $$p = \operatorname{softmax}(\text{logits} / \tau)$$
#
# **Predict** which way it goes: does a high temperature make the likely characters more likely, or less? Three
# characters have the logits 2, 1 and 0.

# %%
predict("share_of_the_first_at_temperature_2", ...)  # 0.51, 0.67 or 0.87?

# %% slide="more text"
logits = np.array([2.0, 1.0, 0.0])
heated = {}
for tau in [0.5, 1.0, 2.0]:
    weights = np.exp((logits - logits.max()) / tau)
    heated[tau] = weights / weights.sum()
    print(f"temperature {tau}: {heated[tau].round(2)}")
outcome("share_of_the_first_at_temperature_2", round(float(heated[2.0][0]), 2))

# %% [markdown]
# A high temperature brings the probabilities closer together; a low one favours the likeliest character; towards 0 it alone
# is left. At 1 the model's own probabilities are used. Here they are after `in the `, for the six likeliest characters:

# %%
states = None
step = gru_ref.language_step(model)
for k in its_characters.ids(" in the "):
    scores_after, states = step(k, states)
order = np.argsort(-scores_after)[:6]
at = {}
for tau in [0.5, 1.0, 2.0]:
    weights = np.exp((scores_after - scores_after.max()) / tau)
    at[tau] = (weights / weights.sum())[order]
fig, ax = plt.subplots(figsize=(7.2, 2.8))
plotting.plot_temperatures(ax, [repr(its_characters.symbols[k]) for k in order], at)
show(fig, "temperatures")

# %% [markdown] slide="new"
# ## Your turn: `sample` · medium
#
# Write `sample(step, h, first, n, temperature, rng)`. It returns a **list of n integers**, the characters that were drawn,
# without `first`.
#
# - `step(character, h)` returns `(logits, h)`: scores `(V,)` for the next character, and the state after this one.
# - `first` is the first character that `step` reads, and `h` the state before it.
# - At temperature 0 take the most likely character. At all others draw from `rng`. Large logits must not overflow.
#
# Stuck? `hint(sample)`.


# %% solution="sample" slide="more"
def sample(step, h, first, n, temperature, rng):
    """Let a model write n characters after `first`: a list of n integers."""
    ### BEGIN SOLUTION
    drawn, character = [], first
    for _ in range(n):
        logits, h = step(character, h)
        if temperature == 0:
            character = int(np.argmax(logits))
        else:
            weights = np.exp((logits - logits.max()) / temperature)
            character = int(rng.choice(len(weights), p=weights / weights.sum()))
        drawn.append(character)
    return drawn
    ### END SOLUTION


# %% check="sample" points=2
check(sample)

# %% [markdown]
# How can a check judge something that is drawn at random? Its `step` looks the logits up in a table. Where one logit is
# far above all others, chance has no say, and the result is compared. Elsewhere it draws 1200 characters, and counts: a
# right answer fails that less than once in $10^{8}$ checks.
#
# Now write. To go on from a beginning, the model reads the beginning first:


# %% slide="new text" lines="2-12"
draw = own(sample)


def write(beginning, temperature, n=200, seed=0):
    """Let the trained model go on with a text."""
    states = None
    *read, last = its_characters.ids(beginning)
    for k in read:
        _, states = step(k, states)
    rng = np.random.default_rng(seed)
    drawn = draw(step, states, int(last), n, temperature, rng)
    return beginning + its_characters.text(drawn)


for temperature in [0.0, 0.5, 1.0, 1.5]:
    written = in_lines(write("If the object ", temperature))
    print(f"--- temperature {temperature}\n{written}\n")

# %% [markdown]
# At 0 it soon goes round in circles: the likeliest sentence is followed by itself. At 0.5 it writes words, and phrases that
# sound like documentation. At 1 it draws from its own probabilities: most words exist, and some do not. At 1.5 it invents words,
# and then no words at all.
#
# The same function lets any model write, for instance counting: its state is the context.


# %%
def counting_step(character, context):
    context = (context + characters.symbols[character])[-4:]
    return np.log(after(shorter_contexts(context), context)), context


first, rng = int(characters.ids("I")[0]), np.random.default_rng(0)
drawn = draw(counting_step, "", first, 200, 0.7, rng)
print(in_lines("counting, temperature 0.7:\nI" + characters.text(drawn)))

# %% [markdown]
# Now type a beginning of your own, another temperature, another seed. (A character that the training text does not have
# is read as □.)

# %%
print(in_lines(write("My favourite number is ", temperature=0.6, n=200, seed=1)))

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="is_it_better" points=2 slide="new"
# **For 2 points.** A friend trains a GRU on two years of a newspaper, shuffles all paragraphs, tests on a tenth of them,
# and reports 1.2 bits per character. "Yours needs 1.9, so my model is better."
#
# Name two reasons why the two numbers cannot be compared like this. Then say how you would find out which *model* is
# better.
#
# ### BEGIN SOLUTION
# Bits depend on the text: another text may simply be more predictable (agency reports repeat one another, a smaller
# alphabet, a standing layout). And they depend on the split: paragraphs of one article, or the same report printed twice,
# stand in training *and* test, so the test measures copying in part. (Also good: a larger training text; characters
# counted differently; the test part used to choose a model; nats reported as bits; one seed.)
#
# To compare models, everything else has to be equal: the same training and test text, without repeats, whole articles (or
# later months) held out, the same characters; each model tuned with the same effort on a validation part; several seeds,
# and the mean difference with its interval. And put a simple baseline beside both on each text: by how much each beats
# counting says more than its bits alone.
#
# **Rubric**
#
# - 1 point: two reasons, such as another text with other predictability, and paragraphs of the same articles on both sides
# - 1 point: the same text and split for both, with whole documents held out, and a baseline or several seeds with an interval
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - **Bits per character**: the mean of $-\log_2 p$ of what came. One bit is a factor of two.
# - **Witten–Bell**: counts of contexts, blended with those of shorter ones. Simple, fast, and hard to beat.
# - **Streams**: row $b$ of a chunk goes on where row $b$ of the last one ended; the state is carried, the gradient is not;
#   targets are one ahead. With the state carried, the length of chunks does not change the score.
# - **What is held out decides who wins.** Remove repeats before you split, and hold out whole documents.
# - **Sampling**: softmax of logits / temperature, draw, and read what was drawn. High means bold.

# %% [markdown]
# ## Go further · open
#
# Everything here reads 270 000 characters. Your own text may be ten times as large: old mails, a book out of copyright, your
# lecture notes, the source code of a project.
#
# - **Find out** whether the GRU or counting needs fewer bits on it, and whether that changes with the size of the text.
# - **Try first** `gru_ref.load_corpus("my_folder")`, counting at all lengths of context, and the training cell above with
#   500 steps. Then use a tenth and a hundredth of the training part for both.
# - **You know** when you have a table of three sizes by two models, each with three seeds or more, and the same test part
#   for all. Write down beforehand what you expect at the smallest size.

# %% [markdown]
# ## Test yourself
#
# **1.** A model reports a loss of 0.1 nats for a character after a few minutes of training, far below anything above. What
# do you look for first?
#
# <details><summary>Answer</summary>
#
# The targets. If they are the inputs themselves, the model is asked for what it has just read: the loss falls to 0, and
# when it writes, it repeats one character for ever. Then the test text: does it stand in the training text?
#
# </details>
#
# **2.** With the state carried, your bits on the test part are 2.10 with chunks of 32 characters, and 2.02 with chunks of
# 128. What is wrong?
#
# <details><summary>Answer</summary>
#
# The length of a chunk should not matter. So something is lost at each edge, four times as often with chunks of 32: the
# state is not carried, or row b of a chunk does not go on where row b of the last one ended, or one character falls out at
# each edge. For an LSTM: is c carried as well as h?
#
# </details>
#
# **3.** At temperature 0.01 your model writes almost the same as at 0, but at 100 it writes noise. Somebody says that the
# temperature should be multiplied, not divided, "since higher means more certain". Which example settles it?
#
# <details><summary>Answer</summary>
#
# Logits 2, 1, 0. Divided by 2 they are 1, 0.5, 0: closer together, and the first has a share of 0.51 instead of 0.67. So a
# high temperature is bold when you divide. Multiplied by 2 they are 4, 2, 0, and its share is 0.87.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Claude Shannon (1951), *Prediction and Entropy of Printed English*,
#   [Bell System Technical Journal 30](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x): people guess letters.
# - Ian Witten and Timothy Bell (1991), *The Zero-Frequency Problem*,
#   [IEEE Transactions on Information Theory 37](https://doi.org/10.1109/18.87000): what to do about the unseen.
# - Stanley Chen and Joshua Goodman (1999), *An Empirical Study of Smoothing Techniques for Language Modeling*,
#   [Computer Speech & Language 13](https://doi.org/10.1006/csla.1999.0128): counting, and what is better than Witten–Bell.
# - Andrej Karpathy (2015), [*The Unreasonable Effectiveness of Recurrent Neural Networks*](
#   https://karpathy.github.io/2015/05/21/rnn-effectiveness/): networks that write.
# - Next: **14 · Sentiment**. Does the order of words matter?

# %%
progress()
