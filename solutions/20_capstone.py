# %% [markdown] slide="new"
# # 20 · Capstone
#
# **Does it hold up? A claim of your own, tested.**
#
# - **Goals**: choose a claim about GRUs; say beforehand what would show it; run it beside a baseline that is hard to beat, over
#   at least five seeds; report an interval and the verdict that follows from it; review somebody else's report.
# - **Time**: 65 minutes to read this and to try the two examples. Then 6 to 10 hours for an experiment of your own.
# - **Before you start**: training (lesson 10), `compare` and equal budgets (lesson 12), honest splits (lesson 14).
#
# **The result first.** The example of this lesson asks whether a GRU reads handwritten digits better than a simple model. With
# one seed and a weak baseline the answer is yes. With five seeds and a better baseline it is a **tie**, and the rival has
# not been trained at all.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import gru_ref
from grader import check, hint, outcome, predict, progress, show, steps
from gru_ref import plotting

# %% [markdown] slide="new" brief="| step | what you write | how it goes wrong |\n| --- | --- | --- |\n| 1 · claim | a sentence that may turn out to be wrong | nothing could refute it |\n| 2 · what would show it | which numbers, *and which not* | decided after the runs |\n| 3 · baselines | the simplest strong model | a rival that nobody would use |\n| 4 · seeds | at least five, the same for both | the best one is reported |\n| 5 · interval | 95%, of the *differences*, paired | mean ± standard deviation |\n| 6 · verdict | what the interval says | a winner although 0 lies inside |" ask="Why must steps 1 to 3 be written down before you run anything?"
# ## Six steps
#
# The claim boxes of this course follow these steps, as far as each claim needs them. Your claim goes through all six.
#
# | step | what you write | how it goes wrong |
# | --- | --- | --- |
# | 1 · claim | one sentence that may turn out to be wrong | "GRUs are powerful": nothing could refute it |
# | 2 · what would show it | which numbers would make you believe it, *and which would not* | decided after the runs |
# | 3 · baselines | the simplest strong model, with the same care | a rival that nobody would use |
# | 4 · seeds | at least five, the same for both sides | the best one is reported |
# | 5 · interval | 95%, of the *differences*, paired by seed | mean ± standard deviation |
# | 6 · verdict | what the interval says, and how far it reaches | a winner although 0 lies inside |
#
# The order matters. Write steps 1 to 3 down before you run anything. Otherwise you will remember, afterwards, that you had
# expected what came out.

# %% [markdown] slide="new" brief="> **Claim.** A GRU reads handwritten digits better than a simple model: it takes a picture row by row, as a sequence, and remembers what it has seen.\n\n1797 pictures of 8 × 8 pixels; a picture is a sequence of 8 steps with 8 numbers each. 360 pictures are held out." ask="One seed, and logistic regression as the rival. Which result would convince you?"
# ## A weak example
#
# > **Claim.** A GRU reads handwritten digits better than a simple model: it takes a picture row by row, as a sequence, and
# > remembers what it has seen.
# >
# > *Source:* our own example. Pictures read as sequences are a common test, for instance in Bai and others (2018),
# > [arXiv:1803.01271](https://arxiv.org/abs/1803.01271).
#
# The data: 1797 pictures of 8 × 8 pixels that come with scikit-learn, from the
# [UCI repository](https://archive.ics.uci.edu/ml/datasets/Optical+Recognition+of+Handwritten+Digits). A picture is a sequence of 8
# steps with 8 numbers each. 360 pictures are held out, and a **seed** decides on everything that is random: the split, the
# weights, the batches.

# %%
pictures, digits = load_digits(return_X_y=True)
pictures = pictures / 16  # from 0 to 1


def split(seed, held_out=360):
    order = np.random.default_rng(seed).permutation(len(digits))
    return order[held_out:], order[:held_out]


def as_rows(pictures):
    xs = pictures.reshape(-1, 8, 8).transpose(1, 0, 2)  # (T, B, I)
    return np.ascontiguousarray(xs, np.float32)


def without_order(seed, model):
    """The share of held-out pictures that a model of all 64 pixels recognises."""
    training, test = split(seed)
    fitted = model.fit(pictures[training], digits[training])
    return float(fitted.score(pictures[test], digits[test]))


# %%
def network(seed, kind="gru", H=64, lr=0.01, count=400):
    """The same for a network that reads row by row."""
    training, test = split(seed)
    rng = np.random.default_rng([seed, 1])
    p = gru_ref.init_model(kind, I=8, H=H, O=10, rng=rng, dtype=np.float32)
    known = as_rows(pictures[training]), digits[training]
    loss = partial(
        gru_ref.model_loss_and_grads, kind=kind, loss=gru_ref.softmax_cross_entropy
    )
    next_batch = gru_ref.minibatches(known, 64, rng)
    p, _ = gru_ref.train(loss, p, next_batch, steps(count, 5), lr, progress=False)
    said = gru_ref.model_forward(p, as_rows(pictures[test]), kind).argmax(axis=1)
    return float((said == digits[test]).mean())


# %% [markdown]
# One seed, and logistic regression as the rival. **Look at** the difference, and at how many pictures that is.

# %% slide="more text"
for seed in gru_ref.with_progress([0], "one seed"):
    score = network(seed, H=32, count=300)
rival = without_order(0, LogisticRegression(max_iter=2000))
print(f"GRU {score:.3f}, logistic regression {rival:.3f}")
print(f"that is a difference of {360 * (score - rival):.0f} of 360 pictures")

# %% [markdown] slide="new" brief="## A weak report\n\n> *We trained a GRU on handwritten digits. It reached 97.2%, and logistic regression 96.7%. So recurrent networks read pictures better than models that do not know about order.*" ask="Count the mistakes. We found six."
# Somebody might write this report about the run:
#
# > *We trained a GRU on handwritten digits. It reached 97.2%, and logistic regression 96.7%. So recurrent networks read
# > pictures better than models that do not know about order.*
#
# Stop here, and count the mistakes before you open our list. We found six.
#
# <details><summary>The six mistakes</summary>
#
# 1. **One seed.** Two pictures of 360 decide. Another split may decide otherwise.
# 2. **A baseline of convenience.** Is logistic regression the best simple model for pictures? Nobody asked.
# 3. **No interval**, so there is no way to say "we cannot tell".
# 4. **Nothing was said beforehand.** Would 96.9% have been a success, too?
# 5. **The cause is made up.** Nothing in these numbers is about order. To see that, somebody would have to shuffle the rows.
# 6. **From one to all.** "Recurrent networks" and "pictures" are 32 units and one data set.
#
# </details>

# %% [markdown] slide="new" brief="- **What would show it:** over five seeds, the 95% interval of the paired differences lies above 0, against the *best* simple model.\n- **Baselines:** the nearest neighbour, and logistic regression.\n- **The same care:** three learning rates for the GRU, tried on seeds that are not used again.\n- **Seeds:** 0 to 4, and five fresh ones for the end." ask="**Predict** who is ahead: the GRU, the baseline, or is it a tie?"
# ## A strong example
#
# The same question. First, in writing:
#
# - **What would show it:** over five seeds, the 95% interval of the paired differences lies above 0, against the *best* simple
#   model that we can think of. What would not: an interval that contains 0.
# - **Baselines:** the nearest neighbour, which gives a picture the digit of the most similar training picture; and
#   logistic regression, since it is there already.
# - **The same care:** the nearest neighbour has nothing to tune. For the GRU we tried three learning rates, 0.01, 0.003 and
#   0.001, on the seeds 10 and 11, which are not used again. 0.01 was the best. The GRU gets 64 units and 400 steps.
# - **Seeds:** 0 to 4. *This is not quite clean, so we say it:* when we settled on 64 units and 400 steps, we had seen what the
#   GRU does with the seeds 0 to 2. That can only favour the GRU. So there are five fresh seeds, 20 to 24, for the end.
#
# **Predict** what follows: who is ahead, `"gru"`, `"baseline"`, or is it a `"tie"`?

# %%
predict("ahead", ...)

# %% slide="new text"
seeds = range(5)
neighbour = KNeighborsClassifier(n_neighbors=1)
runs = {
    "nearest neighbour": {s: without_order(s, neighbour) for s in seeds},
    "GRU": {s: network(s) for s in gru_ref.with_progress(seeds, "five GRUs")},
    "logistic regression": {
        s: without_order(s, LogisticRegression(max_iter=2000)) for s in seeds
    },
}
results = {name: np.array(list(by_seed.values())) for name, by_seed in runs.items()}
for name, values in results.items():
    print(f"{name:20} {values.round(4)}, in the mean {values.mean():.4f}")

# %% slide="more text"
ahead = {"a": "gru", "b": "baseline", "tie": "tie"}  # here, higher is better
for rival in ("logistic regression", "nearest neighbour"):
    difference, (low, high), verdict = gru_ref.compare(results["GRU"], results[rival])
    print(
        f"GRU − {rival}: {difference:+.4f}, 95% interval {low:+.4f} to {high:+.4f}: "
        f"{ahead[verdict]}"
    )
outcome("ahead", ahead[verdict])

# %% slide="new figure"
fig, ax = plt.subplots(figsize=(6.4, 3.2))
plotting.plot_paired_runs(ax, results, "pictures recognised", "share of 360")
show(fig, "digits_by_seed")

# %% [markdown] slide="new" brief="> **Verdict.** Not shown: it is a tie with the nearest neighbour. The GRU's mean is lower by 0.0011, and the interval, −0.0083 to 0.0060, contains 0.\n\n- The GRU *is* ahead of logistic regression: the weak example asked the wrong rival.\n- How far this reaches: 1437 training pictures, 64 units, one learning rate. 13 people wrote all of them, so each writer is on both sides." ask="How would you split if you wanted to know about a new writer?"
# > **Verdict.** Not shown: it is a tie with the nearest neighbour. The GRU's mean is lower by 0.0011, and the interval, −0.0083
# > to 0.0060, contains 0. A lead of more than 0.006, two pictures of 360, is unlikely. On the fresh seeds it is a tie
# > again: lower by 0.0061, from −0.0136 to 0.0014. The GRU *is* ahead of logistic regression. So the weak example is right by its
# > own numbers, and its claim is not shown all the same: it asked the wrong rival.
# >
# > How far this reaches: 1437 training pictures, 64 units, 400 steps, one learning rate for all seeds. The split is by picture,
# > and 13 people wrote all of them, so each writer is on both sides; somebody new may be harder for both models. Nothing is
# > said about *why*. Five more seeds would make the interval about 40% narrower, if the runs keep their spread.

# %% [markdown]
# As a report in the form that the check reads, this example looks as follows. All numbers are written out, run by run: a
# report has to hold when the notebook that made it is gone.
#
# ```python
# def report():
#     return {
#         "claim": "A GRU reads digits better than the nearest neighbour.",
#         "measure": "share of 360 held-out pictures that are recognised",
#         "better": "higher",
#         "baseline": {0: 0.9917, 1: 0.9778, 2: 0.9833, 3: 0.9889, 4: 0.9972},
#         "gru": {0: 0.9861, 1: 0.9806, 2: 0.9833, 3: 0.9944, 4: 0.9889},
#         "interval": (-0.0083, 0.0060),
#         "verdict": "tie",
#     }
# ```

# %% [markdown] slide="new" brief="| claim | baseline | what to measure |\n| --- | --- | --- |\n| **1** · A GRU learns faster than an LSTM | LSTM | steps, and seconds, until copying is solved |\n| **2** · Where the reset gate stands makes no difference | `\"gru_reset_before\"` | error at adding, $T = 50$ |\n| **3** · Orthogonal recurrent weights help a GRU | PyTorch's start | error after few and after many steps |\n| **4** · A chrono start helps with long sequences and costs nothing with short ones | the usual start | adding at $T = 20$ and $T = 200$ |" ask="For claim 2, a tie comes out. Does it prove that there is no difference?"
# ## Ten claims to choose from
#
# Articles, manuals and papers say things like these, and you can settle each on a laptop with what you have built. Or
# take a claim of your own: from your field, from an article, from lesson 13 to lesson 19. In each line "the GRU" is whatever the
# claim praises; the baseline is what it must beat. The course's [map of claims](../../docs/claims.md) says what is settled already.
#
# | claim | baseline, at equal budget unless said | what to measure, on what | mind |
# | --- | --- | --- | --- |
# | **1** · A GRU learns faster than an LSTM | LSTM | steps, and seconds, until the copying task of lesson 12 is solved | a learning rate for each; a run that never gets there is a run |
# | **2** · Where the reset gate stands makes no difference to learning | `"gru_reset_before"` in place of `"gru"` | error at adding, $T = 50$ | a tie is not a proof of "no difference": say how large one may be |
# | **3** · Orthogonal recurrent weights help a GRU | PyTorch's start; the other is `gru_ref.orthogonal_init` | error after few and after many steps, adding | which of the two you will report |
# | **4** · A chrono start helps with long sequences and costs nothing with short ones | the usual start; `gru_ref.chrono_init` | adding at $T = 20$ and $T = 200$ | two claims in one: both have to hold |
# | **5** · Reading in both directions is better | one direction, with more units | digits, or the sentences of lesson 14 | is there anything to be read from the right? |
# | **6** · Two layers are better than one | one layer, with more units | digits with rows, adding | deeper networks may need another learning rate |
# | **7** · GRUs do better than LSTMs on small data sets | LSTM, *and* the nearest neighbour | digits, with 50, 100, 200 and 400 training pictures | four comparisons, one of which may win by luck |
# | **8** · The order in which a GRU reads hardly matters | the rows in their order; for the other side, one fixed shuffle of them | digits | the same shuffle for training and test, another one for each seed |
# | **9** · Without clipping, training a GRU fails | `max_norm` of 1 against 10⁹ | error at adding, and how many runs end in NaN | what to report for a run that ended in NaN |
# | **10** · What a GRU has learned holds for longer sequences | trained on $T = 60$; the other on $T = 20$, and both tested on 60 | error at adding | equal steps, or equal time? |
#
# Where these are said: **1** in [LSTMs and GRUs](https://analyticsvidhya.com/blog/2025/03/lstms-and-grus) ("GRUs typically
# train 20-30% faster"); **2** the two variants of [Keras's GRU](https://keras.io/api/layers/recurrent_layers/gru/), which its
# documentation lists side by side; **3** Keras draws its GRU's recurrent weights orthogonal, without being asked; **4** Tallec and
# Ollivier (2018), [arXiv:1804.11188](https://arxiv.org/abs/1804.11188); **7**
# [Wikipedia](https://en.wikipedia.org/wiki/Gated_recurrent_unit), in the version that [others copied](http://w.owiki.org/wiki/Gated_recurrent_unit). We
# have not looked for sources of the others.
#
# A run with the digits takes about a second, so five seeds of two models take ten. **Start small.** Two seeds tell you
# whether your code works; run all five when you have stopped changing it.

# %% [markdown]
# ## Your plan

# %% [markdown] written="my_plan" points=2 slide="new"
# **For 2 points, before you run anything.** Write down your claim, in one sentence that may turn out to be wrong, and where it
# comes from. Then: which numbers would show it, and which would not? Which result would surprise you?
#
# ### BEGIN SOLUTION
# *Claim:* a GRU reads handwritten digits better than a plain RNN of the same budget. (It is often said that plain RNNs forget what
# they read first; but a picture of 8 rows is short.)
#
# *What would show it:* over the seeds 0 to 4, the 95% interval of the paired differences in the share of held-out pictures that
# are recognised lies above 0. If it contains 0, the claim is not shown; if it lies below 0, it is wrong. Before, both get the
# best of three learning rates, chosen on two other seeds.
#
# A clear lead would surprise me: with 8 steps there is hardly anything to forget.
#
# **Rubric**
#
# - 1 point: a claim that a result could refute, with its source, or why it is worth asking
# - 1 point: which numbers would show it and which would not, so exact that somebody else could decide
# ### END SOLUTION

# %% [markdown]
# ## Your experiment
#
# Write a function `run(side, seed)` that trains and tests one model, and returns one number. Everything random comes from
# `seed`: make the generator from it, and no other. Cells of your own are welcome; put them below this one. Take the number
# of training steps from `steps(…, quick=…)`, as above: whoever grades your notebook runs it with few steps, and a cell that runs for
# minutes would be stopped.
#
# The cell below shows how the runs of both sides come together. It is the course's own experiment. Make it yours, or leave it
# and write another.


# %% slide="new both"
def run(side, seed):
    if side == "gru":
        return network(seed)
    return network(seed, "rnn", H=114, lr=0.003)  # of the GRU's budget


tried = range(2)  # with your own experiment: range(5), or more
both = {side: {s: run(side, s) for s in tried} for side in ("baseline", "gru")}
print(both)
gru, baseline = (np.array(list(both[side].values())) for side in ("gru", "baseline"))
print(gru_ref.compare(gru, baseline))

# %% [markdown]
# With two seeds the interval is hopelessly wide. That is no mistake: it is what two seeds are worth.

# %% [markdown] written="my_experiment" points=2 slide="new"
# **For 2 points.** Describe your experiment so that somebody else could repeat it: data and split, both models and their
# budgets, how learning rates and lengths of training were chosen, which seeds. Why is your baseline a strong one? What did you
# hold equal, and what could you not?
#
# ### BEGIN SOLUTION
# The 1797 digits of scikit-learn, 360 of them held out, the split drawn from the seed. A GRU with 64 units (14,208 recurrent
# parameters) and a tanh RNN with 114 (14,136), by `match_budget`; Adam, batches of 64, 400 steps. Learning rates of 0.01, 0.003
# and 0.001 for both, on the seeds 10 and 11: 0.01 for the GRU (0.975 and 0.969), 0.003 for the RNN (0.958 and 0.956). Then the
# seeds 0 to 4, for both the same split and batches of the same size.
#
# The RNN is the baseline, since the claim is about gates. It is not the strongest model for these pictures: the nearest
# neighbour is ahead of the RNN, and level with the GRU. Equal: budget, steps, data, the effort for tuning. Not equal: time, since
# a step of the GRU takes longer; and 64 units and 400 steps had been chosen while the GRU was watched on the seeds 0 to 2. On five
# fresh seeds, 20 to 24, the difference is 0.027, from 0.007 to 0.046.
#
# **Rubric**
#
# - 1 point: everything that is needed to repeat it, seeds and choice of the learning rates included
# - 1 point: a baseline that is hard to beat and got the same care; what was held equal, and what was not
# ### END SOLUTION

# %% [markdown] slide="new" brief="`report()` takes nothing, and returns a dict with seven parts:\n\n| key | value |\n| --- | --- |\n| `\"claim\"`, `\"measure\"` | a sentence; the quantity, its unit, on which data |\n| `\"better\"` | `\"higher\"` or `\"lower\"` |\n| `\"baseline\"`, `\"gru\"` | dicts from the seed to the number in that run |\n| `\"interval\"` | `(low, high)` of `gru` − `baseline`, paired by seed |\n| `\"verdict\"` | `\"gru\"`, `\"baseline\"` or `\"tie\"` |\n\nThe check looks at the **form alone**. It does not know whether your baseline is strong."
# ## Your turn: `report` · hard
#
# Write `report()`. It takes nothing, and returns a dict with seven parts:
#
# | key | value |
# | --- | --- |
# | `"claim"` | your claim, one sentence |
# | `"measure"` | what the numbers are: the quantity, its unit, on which data |
# | `"better"` | `"higher"` or `"lower"`: which numbers are good |
# | `"baseline"` | a dict from the seed, an integer, to the baseline's number in that run |
# | `"gru"` | the same for the side that the claim praises, with the same seeds, five or more |
# | `"interval"` | `(low, high)`, the 95% interval of the mean of `gru` − `baseline`, paired by seed, as `gru_ref.compare` has it |
# | `"verdict"` | `"gru"` or `"baseline"`, whoever is *better* by this interval; `"tie"` if it contains 0 |
#
# - Write the numbers themselves, not names from the cells above: whoever grades your notebook runs those with few steps. Four
#   digits are enough. The report must not train anything.
# - Compute the interval from the runs as you write them here. Round its ends so that its *width* keeps two digits or more.
# - A baseline without anything random has the same number for each seed if the data are the same; then repeat it.
# - `compare` assumes that higher is better. If lower is better, its `"a"` is the side that is worse.
# - Did you measure several things? Report the one that your plan names. The others belong in your text.
#
# The check looks at the **form alone**: is there a baseline, are there five seeds and an interval, does the verdict follow?
# It tells you what is missing. It does not know whether your claim is worth asking or your baseline strong. Stuck?
# `hint(report)`.


# %% solution="report"
def report():
    """My claim, tested: a dict with the seven parts of a report."""
    ### BEGIN SOLUTION
    return {
        "claim": "A GRU reads digits better than a plain RNN of its budget.",
        "measure": "share of 360 held-out pictures that are recognised",
        "better": "higher",
        "baseline": {0: 0.9556, 1: 0.9556, 2: 0.9333, 3: 0.9694, 4: 0.9583},
        "gru": {0: 0.9861, 1: 0.9806, 2: 0.9833, 3: 0.9944, 4: 0.9889},
        "interval": (0.0194, 0.0450),
        "verdict": "gru",
    }
    ### END SOLUTION


# %% check="report" points=2
check(report)

# %% [markdown]
# ## Your verdict

# %% [markdown] written="my_verdict" points=3 slide="new"
# **For 3 points.** What follows for your claim: is it true, wrong, imprecise, or can you not tell? How large a difference does
# your interval still allow? How far does it reach: which tasks, sizes, budgets, data? What did *not* come out as you
# expected, and what else did you try, with how many comparisons? What would you do next?
#
# ### BEGIN SOLUTION
# True, for these pictures and this budget: the GRU recognises 0.032 more of them, and the interval, 0.019 to 0.045, does not
# contain 0. That is 7 to 16 pictures of 360. I had expected a tie, so "plain RNNs forget over long times" cannot be all of it: 8 steps
# are not long.
#
# It reaches as far as 64 and 114 units, 400 steps of Adam and three learning rates. With more steps the RNN may catch up; I
# have not tried. 13 people wrote all the digits, so nothing is known about new hands. And the nearest neighbour, which is not
# trained at all, ties with the GRU: better than an RNN does not mean good.
#
# I compared once. Three learning rates on two other seeds came before. Next: 1600 steps, and a split by writer, which these data do
# not allow.
#
# **Rubric**
#
# - 1 point: the verdict follows from the interval, and a tie is "cannot tell", not "equal"
# - 1 point: how far it reaches: sizes, budgets, data, and what the experiment cannot show, such as a cause
# - 1 point: what went against expectation, or was tried besides, and is told; a next step that follows from it
# ### END SOLUTION

# %% [markdown] slide="new" brief="| ask | look at |\n| --- | --- |\n| Could a result have refuted the claim? | the plan |\n| Was it decided before the runs what would show it? | plan against verdict |\n| Name a simpler or stronger baseline. | the experiment |\n| Did both sides get the same tuning, budget, data? | the experiment |\n| Run one seed again. Same number? | the cells, and `report` |\n| Does the verdict follow, and not claim more? | interval, “better”, verdict |" ask="What is the best thing about the experiment in front of you?"
# ## A review by a colleague
#
# Swap notebooks with somebody, before you submit. Read theirs with this sheet, and give it back with your answers: a
# sentence each. The reviewed person says what was changed.
#
# | ask | look at |
# | --- | --- |
# | Could a result have refuted the claim? | the plan |
# | Was it decided before the runs what would show it? | plan against verdict: is it the same measure? |
# | Name a simpler or stronger baseline. Would it change the verdict? | the experiment |
# | Did both sides get the same tuning, budget, data? | the experiment |
# | Run one seed again. Does the same number come out? | the cells, and `report` |
# | Does the verdict follow, and not claim more than the runs? | interval, "better", verdict |
# | What is the best thing about this experiment? | all of it |

# %% [markdown] written="my_review" points=1 slide="new"
# **For 1 point.** Whose notebook did you review, or who reviewed yours? Write down the most important thing that the review
# found, and what was changed because of it. If nobody is near, review the weak example above with the sheet, in your own words.
#
# ### BEGIN SOLUTION
# I reviewed the weak example. The most important thing: the nearest neighbour is a simpler baseline, and a stronger one; it gets 0.992
# on the same split, where the GRU has 0.972. That turns the verdict of that run round. And running seed 1 instead of seed 0 is a
# matter of a second, so there is no excuse for one seed.
#
# **Rubric**
#
# - 1 point: a finding that concerns the evidence (baseline, seeds, split, verdict), not the wording, and what follows from it
# ### END SOLUTION

# %% [markdown] slide="new" ask="You planned a claim, and a tie comes out. What does that cost you?"
# ## How it is graded
#
# | points | for | by |
# | ---: | --- | --- |
# | 2 | the form of `report` | the check |
# | 2 | plan: a claim that may fail, and what would show it | a person |
# | 2 | experiment: repeatable, a strong baseline, the same care | a person |
# | 3 | verdict: follows, knows its limits, tells what went wrong | a person |
# | 1 | review | a person |
#
# **No point depends on who wins.** A claim that turned out to be wrong, or a tie, is as good as any other, if the evidence is.

# %% [markdown] slide="new"
# ## Recap
#
# - Claim → what would show it → baselines → seeds → interval → verdict, **in this order**.
# - The baseline decides. Look for the simplest model that is hard to beat, and give it the same care.
# - Five seeds or more, paired; the interval of the **differences**; a tie is "cannot tell".
# - A form can be checked. Whether an experiment is worth anything takes a reader: so be one for somebody else.

# %% [markdown]
# ## Go further · open
#
# A claim that has been settled by its own author has been settled once.
#
# - **Find out** whether a verdict of this course holds up in your hands: take one from the [map of
#   claims](../../docs/claims.md), and change one thing that it says nothing about: the size, the learning rate, the data, the
#   library.
# - **Try first** one whose runs take seconds: "Padding with zeros is harmless" in lesson 07, or "GRUs need careful tuning"
#   in lesson 10.
# - **You know** when your interval and the course's exclude each other, or when both lie on the same side of 0. If they exclude each
#   other, something that nobody named makes the difference. Find it, and tell us: that is a better capstone than the ten above.

# %% [markdown]
# ## Test yourself
#
# **1.** Somebody ran ten seeds and reports the best five of each side. The interval is narrow and lies above 0. What is it
# worth?
#
# <details><summary>Answer</summary>
#
# Nothing. The runs were chosen by their results, so the interval is about the best of ten, and they are no longer
# paired. All ten belong in the report.
#
# </details>
#
# **2.** A GRU's error is lower than the baseline's by 0.5 ± 0.2. In the report, interval = (0.3, 0.7) and better =
# "lower". What does the check say?
#
# <details><summary>Answer</summary>
#
# That this is the interval of baseline − GRU. GRU − baseline lies from −0.7 to −0.3, below 0; lower is better, so the verdict
# is "gru".
#
# </details>
#
# **3.** Your interval is −0.001 to 0.019. May you write "the GRU tends to be better"?
#
# <details><summary>Answer</summary>
#
# No: it is a tie. You may write that a difference beyond these ends is unlikely, and that more seeds could tell. Decide on
# their number before you run them, and run them for both sides: whoever adds seeds until 0 is outside gets there sooner or
# later, by luck.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Shaojie Bai, Zico Kolter and Vladlen Koltun (2018), [arXiv:1803.01271](https://arxiv.org/abs/1803.01271): simple
#   baselines for sequence models.
# - Klaus Greff and others (2017), [arXiv:1503.04069](https://arxiv.org/abs/1503.04069): 5400 runs to compare variants of the
#   LSTM.
# - All verdicts of this course in one table: [the map of claims](../../docs/claims.md).

# %%
progress()
