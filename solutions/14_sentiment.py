# %% [markdown] slide="new"
# # 14 · Sentiment
#
# **Does word order matter?**
#
# - **Goals**: turn texts into batches of numbers; make one vector of many states; say how far an accuracy can be trusted;
#   split data so that the test asks something new; score a sentence and a word of your own.
# - **Time**: 100 minutes.
# - **Before you start**: padding and masks (lesson 07), PyTorch's loop (lesson 11), intervals over seeds (lesson 12).
#
# Two data sets, and two results. In a made-up language where only the order of words counts, the GRU is right in all
# cases, and whoever ignores the order is right in exactly half. On real words, read letter by letter, **the GRU loses**
# to logistic regression; and on an honest split neither is clearly better than always giving the same answer. The second
# result is the more useful one.

# %%
import difflib
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import binom
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import gru_ref
from grader import check, hint, outcome, own, predict, progress, show, steps
from gru_ref import plotting
from gru_ref.progress import Watched
from gru_ref.text_models import TextBatches, TextClassifier, probabilities
from gru_ref.torch_models import accuracy, fit

# %% [markdown] slide="new" brief="A *clause* is “the NOUN was [not] [really] ADJECTIVE”. A *sentence* is two clauses, joined by *but* or *although*: what follows *but* is the verdict; with *although* it is what comes before. **These sentences are synthetic.**" ask="One adjective is good, the other bad. Swap them: what happens to the verdict, and what to the bag of words?"
# ## A language made for the question
#
# **These sentences are synthetic.** A short grammar writes all of them:
#
# - a *clause* is "the NOUN was [not] [really] ADJECTIVE", and *not* reverses the adjective;
# - a *sentence* is two clauses, joined by *but* or *although*. What follows *but* is the verdict; with *although* it is
#   what comes before;
# - one of the two adjectives is good, the other bad.
#
# So if you swap the two adjectives, the verdict is reversed. Here are two such pairs, with their labels.

# %% slide="more text"
drawn = gru_ref.draw_sentences(1250, np.random.default_rng(0))
for k in range(4):
    print(f"{drawn.classes[drawn.labels[k]]:8}  {drawn.texts[k]}")
first, second = (Counter(drawn.texts[k].split()) for k in (0, 1))
print("the first two have the same words, equally often:", first == second)

# %% [markdown] slide="new" brief="> **Claim.** Sentiment is in the words. Their order adds little.\n\nA **bag of words**: how often each word occurs. 250 pairs for training, 1000 other pairs for the test." ask="**Predict** the accuracy of logistic regression on the bag, and on all sequences of up to four words."
# A **bag of words** is what is left of a text if you forget the order: how often each word occurs. Many practical
# systems begin with it, and some end there.
#
# > **Claim.** Sentiment is in the words. Their order adds little.
# >
# > *Source:* our own question.
#
# *What would show it:* a model that sees only the bag does about as well as one that reads.
#
# Take 250 pairs for training, and 1000 other pairs for the test. **Predict** the accuracy of logistic regression on the
# bag, and on all sequences of up to four words (**4-grams**), which see a little of the order.

# %%
predict("bag_and_4_grams", [..., ...])  # shares, such as 0.85


# %% slide="more text"
def part(data, where):
    """Some of the texts of a data set."""
    return data._replace(
        texts=[data.texts[i] for i in where], labels=data.labels[where]
    )


def n_grams(longest):
    """Logistic regression on all sequences of up to `longest` tokens, ends marked."""
    grams = CountVectorizer(
        ngram_range=(1, longest),
        token_pattern=r"\S+",
        binary=True,
        preprocessor="^ {} $".format,
    )
    return make_pipeline(grams, LogisticRegression(max_iter=2000))


training, test = part(drawn, np.arange(500)), part(drawn, np.arange(500, 2500))
shares = {}
for longest in (1, 2, 4):
    model = n_grams(longest).fit(training.texts, training.labels)
    shares[longest] = model.score(test.texts, test.labels)
    print(f"sequences of up to {longest} words: {shares[longest]:.3f} of 2000 right")
outcome("bag_and_4_grams", [shares[1], shares[4]])

# %% [markdown] slide="more" brief="Exactly one half: the two sentences of a pair have the same bag. This holds for *any* model of bags, and needs no training run."
# Exactly one half, and that is no accident. The two sentences of a pair have the same bag, so a model of bags must give
# both the same answer. Their labels differ, so it is right about exactly one of them. This proof holds for *any* model
# of bags, however large. It needs no training run.

# %% [markdown] slide="new" brief="## Your turn: `vocabulary` · easy\n\nWrite `vocabulary(texts, min_count)`: a dict from word to number. **0** is the padding, **1** stands for every unknown word.\n\n- A word is what `text.split()` gives.\n- Only words that occur at least `min_count` times get a number.\n- The most frequent word gets 2, the next one 3, and so on.\n- A text without a single word is refused: raise a `ValueError`."
# ## Words become numbers
#
# A network reads numbers, so each word of the training texts gets one. Two numbers belong to no word: **0** is the
# *padding* behind a short text, and **1** stands for every *unknown* word, one that training never saw or saw too seldom.
# The words follow from 2 on, the most frequent first.
#
# ## Your turn: `vocabulary` · easy
#
# Write `vocabulary(texts, min_count)`: a dict from word to number.
#
# - A word is what `text.split()` gives. (Capitals and punctuation are dealt with before.)
# - Only words that occur at least `min_count` times get a number; the same word twice in one text counts twice.
# - The most frequent word gets 2, the next one 3, and so on. Among words that occur equally often, any order will do.
# - A text without a single word is refused: raise a `ValueError`.
#
# Stuck? `hint(vocabulary)`.


# %% solution="vocabulary" slide="more"
def vocabulary(texts, min_count):
    """Number the words of texts, a list of str, from 2 on: a dict from word to int."""
    ### BEGIN SOLUTION
    if not all(text.split() for text in texts):
        raise ValueError("a text holds no word, but should hold at least one")
    counts = Counter(word for text in texts for word in text.split())
    kept = [word for word, count in counts.most_common() if count >= min_count]
    return {word: number for number, word in enumerate(kept, 2)}
    ### END SOLUTION


# %% check="vocabulary" points=1
check(vocabulary)

# %% [markdown] slide="new"
# ## Your turn: `encode_batch` · medium
#
# Write `encode_batch(texts, ids)`. It returns two arrays of integers:
#
# | returned | what | shape |
# | --- | --- | --- |
# | `batch` | the number of each word, text b in column b; 0 behind its end | `(T, B)`, time first |
# | `lengths` | how many words each text has | `(B,)` |
#
# T is the number of words of the longest text. A word that `ids` does not have gets 1: it is still a word, and it counts.
# Leave `ids` as it is, and refuse a text without a word. Stuck? `hint(encode_batch)`.


# %% solution="encode_batch" slide="more"
def encode_batch(texts, ids):
    """Texts, a list of B str, as numbers: batch (T, B) and lengths (B,), integers."""
    ### BEGIN SOLUTION
    rows = [[ids.get(word, 1) for word in text.split()] for text in texts]
    lengths = np.array([len(row) for row in rows])
    if lengths.min() == 0:
        raise ValueError("a text holds no word, but should hold at least one")
    batch = np.zeros((lengths.max(), len(rows)), int)
    for b, row in enumerate(rows):
        batch[: len(row), b] = row
    return batch, lengths
    ### END SOLUTION


# %% check="encode_batch" points=2
check(encode_batch)

# %% [markdown]
# `own(encode_batch)` is **your** function, once its check is green; until then it is the course's. From here on they are
# called `number_words` and `encode`. Look at what became of the word that training never saw, and at the zeros.

# %%
number_words, encode = own(vocabulary), own(encode_batch)
ids = number_words(training.texts, 1)
batch, lengths = encode(["the plot was mediocre", "the music was not really bad"], ids)
print(list(ids.items())[:5], "…", len(ids), "words")
print(batch, "  lengths", lengths)

# %% [markdown] slide="new" brief="| how | what | looks at |\n| --- | --- | --- |\n| `\"last\"` | the state after the last real word | what the network chose to keep |\n| `\"mean\"` | the mean over all real steps | everything, equally |\n| `\"max\"` | the largest value over all real steps | whatever stood out once |\n\nOne unit of a text of 2 words, in a batch of 3 steps: −0.5, −0.1, and 9 in the padding." ask="**Predict** all three."
# ## Many states, one vector
#
# A GRU makes one state for each word. A classifier needs *one* vector for the whole text. There are three usual ways,
# and each unit is pooled by itself:
#
# | how | what | looks at |
# | --- | --- | --- |
# | `"last"` | the state after the last real word | what the network chose to keep |
# | `"mean"` | the mean over all real steps | everything, equally |
# | `"max"` | the largest value over all real steps | whatever stood out once |
#
# The word *real* is where programs go wrong. `hs[-1]` is the last step of the *batch*, not of the text. Zeros in the
# padding pull a mean towards 0, and win a maximum wherever a unit is negative throughout. (With a network that reads
# backwards as well, the backward half is complete at step **0**, not at the last step: lesson 11.)
#
# Here is one unit of a text of 2 words, in a batch of 3 steps. What stands in the padding, 9, is nonsense on purpose.
# **Predict** all three ways.

# %%
predict("last_mean_max", [..., ..., ...])

# %% slide="more text"
unit = np.array([-0.5, -0.1, 9.0])  # two real states, and the padding
real_ones = unit[:2]
pooled = [real_ones[-1], real_ones.mean(), real_ones.max()]
print("right:            ", [float(v.round(3)) for v in pooled])
print(
    "with the padding: ",
    [float(v.round(3)) for v in (unit[-1], unit.mean(), unit.max())],
)
print("padding set to 0: ", [0.0, float((real_ones.sum() / 3).round(3)), 0.0])
outcome("last_mean_max", [float(v) for v in pooled])

# %% [markdown]
# Zeros in the padding are wrong, too, in all three ways.

# %% [markdown] slide="new"
# ## Your turn: `pool` · hard
#
# Write `pool(hs, lengths, how)` for states `hs (T, B, H)` and `lengths (B,)`: one vector for each text, `(B, H)`.
# `how` is `"last"`, `"mean"` or `"max"`; refuse anything else. Whatever stands in the padding must not count. T may be
# larger than every length. Stuck? `hint(pool)`.


# %% solution="pool" slide="more"
def pool(hs, lengths, how):
    """One vector for each text: hs (T, B, H), lengths (B,), how a word → (B, H)."""
    ### BEGIN SOLUTION
    real = (np.arange(len(hs))[:, None] < lengths)[:, :, None]
    if how == "last":
        return hs[lengths - 1, np.arange(len(lengths))]
    if how == "mean":
        return np.where(real, hs, 0).sum(axis=0) / lengths[:, None]
    if how == "max":
        return np.where(real, hs, -np.inf).max(axis=0)
    raise ValueError(f"how is {how!r}, but should be 'last', 'mean' or 'max'")
    ### END SOLUTION


# %% check="pool" points=2
check(pool)

# %% [markdown] slide="new" brief="An **embedding** `(V, E)` gives each word number a vector; `nn.GRU` reads the vectors; the states are pooled; a linear layer makes two scores." ask="**Predict** its accuracy on the same 2000 test sentences."
# ## A network that reads
#
# `TextClassifier` puts together what you know: an **embedding** `(V, E)` gives each of the V word numbers a vector of its
# own, learned like all other parameters; `nn.GRU` reads the vectors; the states are pooled; a linear layer makes two
# scores. It trains with `fit` from lesson 11. **Predict** its accuracy on the same 2000 test sentences.

# %%
predict("accuracy_of_the_gru", ...)  # a share

# %% slide="more text"
torch.manual_seed(0)
reader = TextClassifier(len(ids) + 2, E=16, H=32, classes=2, how="last")
batches = TextBatches(
    *encode(training.texts, ids),
    training.labels,
    32,
    np.random.default_rng(1),
)
epochs = steps(38, quick=2)
losses = fit(reader, Watched(batches, epochs, "250 pairs:"), epochs, 5e-3)
held_out = TextBatches(*encode(test.texts, ids), test.labels, 500)
share_right = accuracy(reader, held_out)
print(f"loss {losses[0]:.2f} in the first epoch, {losses[-1]:.4f} in the last")
print(f"accuracy {share_right:.3f}")
outcome("accuracy_of_the_gru", share_right)

# %% [markdown] slide="new" brief="The probability of “positive” after each word." ask="After which words should it move?"
# What does it do while it reads? Here is the probability of "positive" after each word. Before you look, **predict**
# after which words it should move.

# %% slide="more figure"
sentence = "the plot was not really good but the music was clever"


def verdict_by_word(text):
    """P(positive) after each word of a text, as an array."""
    words = text.split()
    beginnings = [" ".join(words[: k + 1]) for k in range(len(words))]
    return probabilities(reader, *encode(beginnings, ids))[:, 1]


fig, ax = plt.subplots(figsize=(7.2, 3.2))
plotting.plot_verdict_by_word(ax, sentence.split(), verdict_by_word(sentence))
show(fig, "verdict_by_word")

# %% [markdown]
# It was trained on whole sentences alone, so what it says on the way was never corrected. Only the last point is its
# verdict. Still, you can see it move at *not*, at *but* and at the adjectives.
#
# Now **a sentence of your own**. Change it and run the cell again: leave out *not*, turn *but* into *although*, use a word
# that the network has never seen. (If your sentence belongs to the language, the cell also says what the rules say.)

# %%
own_sentence = "the ending was not really awful although the music was lovely"

p = verdict_by_word(own_sentence)[-1]
print(f"P(positive) = {p:.3f}")
try:
    print("by the rules:", training.classes[gru_ref.label_of(own_sentence)])
except ValueError as error:
    print("no sentence of this language:", error)

# %% [markdown] slide="new" brief="Recorded: five seeds, four sizes of training data, three ways of pooling." ask="**Predict**: which way of pooling learns most slowly?"
# ## How many sentences does it take?
#
# One run proves little (lesson 12), so this was recorded: five seeds, each with other sentences and another start, four
# sizes of training data, three ways of pooling. Every network takes 600 steps. **Predict** which way of pooling learns
# most slowly.

# %%
predict("slowest_pooling", ...)  # "last", "mean" or "max"?

# %%
order = gru_ref.recorded("order_of_words")
pairs = (50, 100, 250, 500)
by_model = {
    name: np.stack([order[f"{name}, {n}"].values[:, -1] for n in pairs], axis=1)
    for name in ("gru last", "gru max", "gru mean", "4-grams", "2-grams", "1-grams")
}
print("training pairs   ", *(f"{n:6}" for n in pairs))
for name, values in by_model.items():
    print(f"{name:17}", *(f"{mean:6.3f}" for mean in values.mean(axis=0)))
ways = ("last", "mean", "max")
slowest = min(ways, key=lambda how: by_model[f"gru {how}"][:, :2].mean())
outcome("slowest_pooling", slowest)

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.4, 3.4))
plotting.plot_accuracy_by_size(ax, 2 * np.array(pairs), by_model)
show(fig, "accuracy_by_size")

# %% [markdown] slide="new"
# > **Verdict.** Wrong, in this language: the bag stays at ½ whatever it is given, and the order is worth everything.
# > That is by construction, so it says nothing about how often order matters in *real* texts. Nor is a GRU the only way
# > to use it: with 500 pairs, 4-grams get 0.986. But with 100 pairs the GRU has 0.998, and 4-grams 0.82, because a 4-gram
# > has to be seen to be known. The GRU learns the *rule*, and the rule has few parts.

# %% [markdown]
# > **Claim.** The last state is enough: it has read everything.
# >
# > *Source:* our own question.
#
# *What would show it:* pooling by mean or maximum is no better. The runs are paired by seed, so `compare` from lesson 12
# says who is ahead, with its 95% interval.

# %%
for n, column in ((50, 0), (100, 1), (250, 2)):
    for how in ("mean", "max"):
        mean, (low, high), verdict = gru_ref.compare(
            by_model["gru last"][:, column], by_model[f"gru {how}"][:, column]
        )
        print(
            f"{n} pairs, last − {how:4} {mean:6.3f}, from {low:6.3f} to {high:6.3f}:",
            {"a": "last", "b": how, "tie": "tie"}[verdict],
        )

# %% [markdown]
# > **Verdict.** True here. Last and maximum are a tie at every size. The mean is behind both with 50 and with 100 pairs:
# > it mixes what the network knew early with what it knows at the end. From 250 pairs on all three are perfect. These
# > sentences have 9 to 13 words; over hundreds of words a last state has more to lose.

# %% [markdown] slide="new" brief="10 of 10 right: the simple interval $p \\pm 1.96 \\sqrt{p (1 - p) / n}$ has a width of 0. **Wilson's interval** asks for which *true* shares $p$ would be at most $z = 1.96$ standard errors away:\n\n$$\\frac{p + \\dfrac{z^2}{2n} \\pm z \\sqrt{\\dfrac{p (1 - p)}{n} + \\dfrac{z^2}{4 n^2}}}{1 + \\dfrac{z^2}{n}}$$" ask="10 of 10 are right. From which accuracy on is that no surprise: 0.95, 0.9 or 0.72?"
# ## How far can you trust an accuracy?
#
# Somebody tests on 10 sentences, and all 10 are right. Is the accuracy 1? The simple interval $p \pm 1.96 \sqrt{p (1 -
# p) / n}$ says so, and without any doubt: its width is 0. It takes the error from the *measured* share $p$, and that is
# what fails.
#
# **Wilson's interval** (1927) asks the other way round: for which *true* shares would $p$ be no more than $z = 1.96$
# standard errors away? That is a quadratic equation, and its two solutions are
#
# $$\frac{p + \dfrac{z^2}{2n} \pm z \sqrt{\dfrac{p (1 - p)}{n} + \dfrac{z^2}{4 n^2}}}{1 + \dfrac{z^2}{n}}$$
#
# For 10 of 10 this is (10 + 1.92 ± 1.92) / 13.84, so from 0.722 to 1.
#
# ## Your turn: `accuracy_interval` · easy
#
# Write `accuracy_interval(correct, n)`: two floats, `low, high`. For z you may take 1.96, or more digits. There is no
# share if n is below 1, or `correct` is not between 0 and n: raise a `ValueError`. Stuck? `hint(accuracy_interval)`.


# %% solution="accuracy_interval"
def accuracy_interval(correct, n):
    """Wilson's 95% interval of the share correct / n, two integers → (low, high)."""
    ### BEGIN SOLUTION
    if n < 1 or not 0 <= correct <= n:
        raise ValueError(f"{correct} of {n} is no share")
    z, p = 1.96, correct / n
    middle = p + z**2 / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)
    ### END SOLUTION


# %% check="accuracy_interval" points=1
check(accuracy_interval)

# %% [markdown]
# How good is it? For each true accuracy we know how likely every count of 40 is, so we can *compute* how often an
# interval holds the truth. It should be 95 times of 100. Look at the right edge, where good models are.

# %% slide="new figure"
interval_of = own(accuracy_interval)
n, truths = 40, np.linspace(0.5, 0.995, 200)
counts = np.arange(n + 1)
p = counts / n
half = 1.96 * np.sqrt(p * (1 - p) / n)
intervals = {
    "Wilson": np.array([interval_of(int(k), n) for k in counts]).T,
    "simple": np.array([p - half, p + half]),
}
coverages = {
    name: [((low <= q) & (q <= high)) @ binom.pmf(counts, n, q) for q in truths]
    for name, (low, high) in intervals.items()
}
fig, ax = plt.subplots(figsize=(7.2, 3.2))
plotting.plot_coverage(ax, truths, coverages, n)
show(fig, "coverage")

# %% [markdown]
# Both curves jump, as counts are integers. But Wilson's stays near 0.95, and the simple one falls far below it.

# %% [markdown] slide="new" brief="7,209 English words, each rated by **ten people** from −4 to 4. The task: read a word *letter by letter*, and say whether the mean of its ratings is above 0." ask="Split the ten raters into two halves. **Predict**: in how many words do both halves fall on the same side of 0?"
# ## Real words
#
# The package `vaderSentiment` carries a list of English words, each rated by **ten people** from −4 to 4 (Hutto and
# Gilbert, 2014). The task: read a word *letter by letter*, and say whether the mean of its ratings is above 0. There is
# no grammar here that we have written. What can the spelling of a word tell?

# %% slide="more text" lines="2-4"
rated = gru_ref.vader_words()
means = rated.ratings.mean(axis=1)
labels = (means > 0).astype(int)
print(rated.source, "·", len(rated.words), "words,", f"{labels.mean():.3f} positive")
for word in ("happiest", "unhappy", "hopeless", "dull", "warm"):
    k = rated.words.index(word)
    print(f"{word:9} mean {means[k]:5.1f}   ratings {rated.ratings[k]}")

# %% [markdown]
# People disagree, so no model can be always right. How far do they agree? Split the ten raters into two halves, and ask
# in how many words both halves fall on the same side of 0. (A mean of exactly 0 counts as half.) That is our
# **ceiling**, though a rough one: a model that knew five raters would do no better on the other five. (Our labels come
# from all ten, so they are a little less noisy than that.) **Predict** it.

# %%
predict("raters_agree", ...)  # a share

# %% slide="more text"
rng = np.random.default_rng(0)
agreement, correlation = [], []
for _ in range(20):
    columns = rng.permutation(10)
    a, b = (rated.ratings[:, c].mean(axis=1) for c in (columns[:5], columns[5:]))
    agreement.append(np.mean((1 + np.sign(a) * np.sign(b)) / 2))
    correlation.append(np.corrcoef(a, b)[0, 1])
ceiling = np.mean(agreement)
print(f"the halves agree on {ceiling:.3f} of the words; correlation of their means ")
print(f"{np.mean(correlation):.3f} (over 20 ways to split the raters)")
outcome("raters_agree", ceiling)

# %% [markdown]
# ## A result that is too good
#
# As usual, draw a fifth of the words for the test. A letter is now what a word was before: `spelled("joy")` is `"j o y"`,
# and the same functions read it. Logistic regression sees all sequences of up to five letters.

# %% slide="more text"
data = gru_ref.Labelled(
    [gru_ref.spelled(word) for word in rated.words], labels, ("negative", "positive")
)


def letters_known(in_test):
    """5-grams of letters, trained on the words that are not in the test."""
    known = part(data, np.flatnonzero(~in_test))
    return n_grams(5).fit(known.texts, known.labels)


def right_of(model, in_test):
    """How many test words a model gets right, and how many there are."""
    asked = part(data, np.flatnonzero(in_test))
    return int((model.predict(asked.texts) == asked.labels).sum()), len(asked.texts)


any_fifth = np.random.default_rng(1).permutation(len(data.texts)) % 5 == 0
correct, n = right_of(letters_known(any_fifth), any_fifth)
low, high = interval_of(correct, n)
print(f"{correct} of {n} right: {correct / n:.3f}, from {low:.3f} to {high:.3f}")
print(f"always the more frequent answer: {1 - labels[any_fifth].mean():.3f}")

# %% [markdown] slide="new"
# > **Claim.** From the letters alone a model reads the sentiment of nine in ten words that it has never seen.
# >
# > *Source:* our own question.
#
# *What would show it:* it is right about words whose *relatives* it has not seen either. Look at some test words, each
# with the most similar word in training.

# %%
training_words = [w for w, out in zip(rated.words, any_fifth, strict=True) if not out]
test_words = [w for w, out in zip(rated.words, any_fifth, strict=True) if out]
for word in test_words[40:1400:170]:
    similar = difflib.get_close_matches(word, training_words, 1)
    print(f"{word:16} in training: {similar[0] if similar else 'nothing similar'}")
kin = np.array(gru_ref.families(rated.words))
related = np.isin(kin[any_fifth], kin[~any_fifth]).mean()
print(f"{related:.2f} of the test words have a relative in training")

# %% [markdown] slide="new" brief="## A leak\n\nWhoever has learned *happy* by heart knows *happiest*: the same thing is on both sides, in two guises. **Split by group**: all words of a family go to one side." ask="Nine in ten right on a random split. **Predict** the accuracy on an honest one."
# Whoever has learned *happy* by heart knows *happiest*. The test asks for spelling, but memory will do. This is a
# **leak**: the same thing is on both sides, in two guises. It is easily overlooked: two photos of one patient, two minutes
# of one speaker, two reviews of one film.
#
# The way out is to split by **group**: all words of a family go to one side. Here a *family* is what begins with the same
# four letters, or with the same three if these are a word themselves, after prefixes such as *un-* are taken off
# (`gru_ref.families`). So *joy*, *joyful* and *enjoy* are one family. This also puts *harm* and *harmony* together, which
# makes the test no easier.
#
# ## Your turn: `split_by_group` · medium
#
# Write `split_by_group(groups, share, rng)`. `groups` is a list with the group of each example. The result is an array of
# N booleans: True for the examples of the test.
#
# - All examples of a group are on the same side.
# - `share` of the **groups** go to the test, rounded up or down: with 10 groups and a share of 0.25, two or three. But at
#   least one, and at least one stays for training.
# - Every group is equally likely to be drawn, however large it is. All random numbers come from `rng`, and the same seed
#   gives the same split, tomorrow as well. (The order of a `set` of strings changes each time that Python starts.)
# - Fewer than two groups, or a share that is not between 0 and 1, cannot be split: raise a `ValueError`.
#
# Stuck? `hint(split_by_group)`.


# %% solution="split_by_group"
def split_by_group(groups, share, rng):
    """Which examples are tested: groups, a list of N, share of them → (N,) booleans."""
    ### BEGIN SOLUTION
    different = sorted(set(groups))
    if len(different) < 2 or not 0 < share < 1:
        raise ValueError(
            f"{len(different)} groups and a share of {share}: "
            "two groups are needed, and a share between 0 and 1"
        )
    count = min(max(1, round(share * len(different))), len(different) - 1)
    chosen = set(rng.permutation(different)[:count])
    return np.array([group in chosen for group in groups])
    ### END SOLUTION


# %% check="split_by_group" points=2
check(split_by_group)

# %% [markdown]
# Now the same model on an honest split. **Predict** its accuracy.

# %%
predict("accuracy_on_an_honest_split", ...)  # a share

# %% slide="more text"
by_family = own(split_by_group)(kin.tolist(), 0.2, np.random.default_rng(0))
honest_letters = letters_known(by_family)
correct, n = right_of(honest_letters, by_family)
low, high = interval_of(correct, n)
print(f"{correct} of {n} right: {correct / n:.3f}, from {low:.3f} to {high:.3f}")
more_frequent = labels[~by_family].mean() > 0.5
print(f"always the same answer: {np.mean(labels[by_family] == more_frequent):.3f}")
outcome("accuracy_on_an_honest_split", correct / n)

# %% [markdown]
# Most of it is gone. (Wilson's interval assumes that the examples are independent. Words of one family are not, so here
# it is too narrow. Several splits tell more, and they come next.)

# %% [markdown] slide="new" brief="Recorded: five seeds, each with a leaking and an honest split of its own." ask="**Predict** who is ahead on each split: the GRU, 5-grams, or the nearest word in spelling?"
# ## And the GRU?
#
# Recorded: five seeds, each with a leaking and an honest split of its own, and 12 passes or so over the training words.
# Beside the GRU with its three poolings stand the 5-grams; the **nearest** word in spelling, whose label is simply taken
# over; and the **majority**, always the same answer. **Predict** who is ahead on each split.

# %%
predict("ahead_leaking_and_honest", [..., ...])  # "gru", "5-grams" or "nearest"

# %%
spelling = gru_ref.recorded("spelling")
models = ("5-grams", "gru last", "gru mean", "gru max", "nearest", "majority")
leaking, honest = (
    {name: spelling[f"{name}, {split}"].values[:, -1] for name in models}
    for split in ("leaking", "honest")
)
for split, results in (("leaking", leaking), ("honest", honest)):
    print(f"{split} split, mean over 5 seeds, and 5-grams minus that model")
    for name in models:
        _, (low, high), verdict = gru_ref.compare(results["5-grams"], results[name])
        said = {"a": "5-grams", "b": name, "tie": "tie"}[verdict]
        ahead = f"from {low:6.3f} to {high:6.3f}: {said}" if name != "5-grams" else ""
        print(f"    {name:9} {results[name].mean():.3f}   {ahead}")
best = [max(results, key=lambda m: results[m].mean()) for results in (leaking, honest)]
outcome("ahead_leaking_and_honest", [name.split()[0] for name in best])

# %% slide="more figure"
fig, ax = plt.subplots(figsize=(7.4, 3.6))
plotting.plot_two_splits(ax, leaking, honest, ceiling)
show(fig, "two_splits")

# %%
for name in models[:-1]:
    mean, (low, high), verdict = gru_ref.compare(honest[name], honest["majority"])
    print(
        f"honest, {name:9} − majority {mean:6.3f}, from {low:6.3f} to {high:6.3f}:",
        {"a": name, "b": "majority", "tie": "tie"}[verdict],
    )

# %% [markdown] slide="new" brief="> **Verdict.** Wrong. On the leaking split 5-grams get 0.911, and **the GRU loses** to them with every pooling: its best mean is 0.884. Even the nearest word in spelling gets 0.868. On honest splits 5-grams get 0.605, the GRU 0.581 to 0.593, and the majority 0.577.\n\nMost of what looked like reading was memory of relatives."
# > **Verdict.** Wrong. On the leaking split 5-grams get 0.911, and **the GRU loses** to them with every pooling: its best
# > mean is 0.884. Even the nearest word in spelling gets 0.868. So most of what looked like reading was memory of
# > relatives. On honest splits 5-grams get 0.605, and the GRU 0.581 to 0.593, where the majority gets 0.577. Of five
# > comparisons with always giving the same answer, four are *ties*. The fifth, the GRU with the mean, leaves out 0 by less
# > than 0.001, and one of five may be luck. The raters' 0.946 is out of reach, and should be: a word means what a language
# > has agreed on, and its letters do not say so.
# >
# > Look at the majority, too: on honest splits it has anything from 0.52 to 0.65. Whole families go to the test, so the share
# > of negative words differs from split to split, and the intervals are wide.
# >
# > Pooling hardly matters here: words are short.

# %% [markdown]
# ## A word of your own
#
# Here is the GRU once more, trained on one honest split (about 15 seconds), with its accuracy on words whose families it
# has not seen.

# %%
known = part(data, np.flatnonzero(~by_family))
asked = part(data, np.flatnonzero(by_family))
letter_ids = number_words(known.texts, 1)
torch.manual_seed(0)
speller = TextClassifier(len(letter_ids) + 2, E=16, H=64, classes=2, how="max")
spelled_batches = TextBatches(
    *encode(known.texts, letter_ids),
    known.labels,
    64,
    np.random.default_rng(2),
)
passes = steps(12, quick=1)
fit(speller, Watched(spelled_batches, passes, "letters:"), passes, 3e-3)
new_words = TextBatches(*encode(asked.texts, letter_ids), asked.labels, 500)
right = round(accuracy(speller, new_words) * len(asked.texts))
low, high = interval_of(right, len(asked.texts))
print(f"accuracy {right / len(asked.texts):.3f}, from {low:.3f} to {high:.3f}")

# %% [markdown]
# Put in any word in small letters. The cell says what both models make of it, and which of its relatives were in
# training: without one, do not believe them.

# %%
own_word = "sorrowless"

one = gru_ref.spelled(own_word)
by_letters = probabilities(speller, *encode([one], letter_ids))[0, 1]
by_grams = honest_letters.predict_proba([one])[0, 1]
family = gru_ref.families([*rated.words, own_word])[-1]
seen = [
    word
    for word, group, out in zip(rated.words, kin, by_family, strict=True)
    if group == family and not out
]
print(f"P(positive): GRU {by_letters:.2f}, 5-grams {by_grams:.2f}")
print("relatives in training:", ", ".join(seen[:6]) or "none")

# %% [markdown]
# ## Texts of your own
#
# `gru_ref.read_labelled(path)` reads your own data: one text in each line, then a **tab**, then its label. It tells you
# the number of each line that it cannot read. Here is a small file with a mistake in it: the cell reads it, corrects it,
# and reads it again.

# %%
lines = ["what a lovely film\tgood", "i fell asleep\tbad", "not bad at all good"]
own_file = Path(tempfile.mkdtemp()) / "texts.txt"
own_file.write_text("\n".join(lines), encoding="utf-8")
try:
    gru_ref.read_labelled(own_file)
except ValueError as error:
    print(str(error).replace(str(own_file), own_file.name))
own_file.write_text("\n".join([*lines[:2], "not bad at all\tgood"]), encoding="utf-8")
own_texts = gru_ref.read_labelled(own_file)
print(own_texts.texts, own_texts.labels, own_texts.classes)

# %% [markdown]
# With a file of some hundred lines, all of this lesson works on it: `part` and `n_grams` for a baseline, `vocabulary`,
# `encode_batch` and `TextClassifier` for a GRU, `split_by_group` where several texts have the same author.

# %% [markdown]
# ## A question to answer in words

# %% [markdown] written="an_honest_test" points=2 slide="new"
# **For 2 points.** A company reports: "Our model recognises angry customers. On 5000 calls that were not used in training,
# drawn at random from all calls of the last year, it is right in 93% (95% interval from 92.3% to 93.7%)." Many customers
# call more than once, and 90% of all calls are not angry.
#
# Say what the interval does tell, and what it does not. Then name two things that you would change or add before you
# believe that the model recognises anger, and say what each would show.
#
# ### BEGIN SOLUTION
# The interval tells how far the 93% may be off because only 5000 calls were tested, if they are independent and drawn
# like those that the model will meet. It tells nothing about whether the test asks the right question: no interval sees a
# leak.
#
# Two of these: split by *customer*, so that the model cannot know a voice or a case by heart; if the accuracy falls, it
# was memory. Put a baseline beside it: "never angry" has 90% already, so 93% is 3 points above nothing; report how many of
# the angry calls are found. Split by time: train on the first months, test on the last. Several splits or seeds with an
# interval over them, since calls of one customer are not independent and the interval given is too narrow. The agreement
# of people who label the calls, as a ceiling.
#
# **Rubric**
#
# - 1 point: the interval covers the chance of the draw of test calls only; it does not show a leak or a weak question
# - 1 point: two useful changes, such as a split by customer and the baseline of 90%, each with what it would show
# ### END SOLUTION

# %% [markdown] slide="new"
# ## Recap
#
# - Texts become `(T, B)` batches of word numbers: 0 is padding, 1 is unknown, and the lengths go with them.
# - **Pooling**: last, mean or maximum, over real steps alone. In sentences where the verdict comes late, the mean is
#   slower.
# - Where only order counts, a bag of words is at ½, by proof; a GRU learns the rule from 100 pairs.
# - **Wilson's interval** for an accuracy on n examples holds near 1 as well, where the simple one fails.
# - **Split by group**. With relatives on both sides of the split, 5-grams of letters have 0.911 and the GRU 0.884;
#   without, 0.605 and 0.593, against 0.577 for a constant. A strong baseline and an honest split say more than a network.

# %% [markdown]
# ## Go further · open
#
# Do five-letter sequences know anything about families that they have never met? *-less* and *-ful* are good guesses, but
# guess first and then look.
#
# - **Find out** which beginnings and endings tell the sentiment of a new family, if any do.
# - **Try first** `honest_letters[-1].coef_[0]` with `honest_letters[0].get_feature_names_out()`: sort the weights, and
#   look for sequences with a mark `^` or `$` in them. Then measure the accuracy on those test words alone that end so.
# - **You know** when the accuracy on these words is above that on all others in at least five splits, with an interval
#   that does not contain 0. Write down beforehand how many endings you will try: with twenty of them, one wins by luck.

# %% [markdown]
# ## Test yourself
#
# **1.** A text of 3 words stands in a batch of 10 steps. What does `hs[-1]` of a plain `nn.GRU`, without packing, hold
# for it?
#
# <details><summary>Answer</summary>
#
# The state after 3 words and 7 more steps of padding. The padding's vector is 0 or not, but the biases and the state
# itself go on working, so it is not the state after the third word. Packing, or an index by lengths, gives that one.
#
# </details>
#
# **2.** A model is right on 45 of 50 test sentences. Wilson's interval goes from 0.79 to 0.96. How many sentences would
# you need for an interval about half as wide?
#
# <details><summary>Answer</summary>
#
# About four times as many, 200: the width goes with 1/√n.
#
# </details>
#
# **3.** You split by family, choose the best of 20 settings by the accuracy on the test words, and report that accuracy.
# What is wrong, although no family is on both sides?
#
# <details><summary>Answer</summary>
#
# The test has helped to choose, so its accuracy is too high: of 20 settings that are equally good, the luckiest is
# reported. Choose on a third part, split off from *training*, by family too, and ask the test once.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - C.J. Hutto and Eric Gilbert (2014), *VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
#   Text*, ICWSM: the rated words, and how they were collected.
# - Edwin B. Wilson (1927), *Probable inference, the law of succession, and statistical inference*,
#   [JASA 22](https://doi.org/10.1080/01621459.1927.10502953): the interval, in four pages.
# - Lawrence Brown, Tony Cai and Anirban DasGupta (2001), *Interval estimation for a binomial proportion*,
#   [Statistical Science 16](https://doi.org/10.1214/ss/1009213286): why the simple one should not be used.
# - Bo Pang, Lillian Lee and Shivakumar Vaithyanathan (2002), [arXiv:cs/0205070](https://arxiv.org/abs/cs/0205070): single
#   words against pairs of words, on film reviews.
# - Next: **15 · Translation**. From one label to a whole sentence. (Lesson 13 lets a network *write* text.)

# %%
progress()
