# %% [markdown] slide="new"
# # 00 · Start here
#
# **How does this course work, and what is memory?**
#
# Welcome! In this course you build a Gated Recurrent Unit (GRU), a small network that remembers, from one line of
# arithmetic up to trained networks. In lesson 05 the cell that you wrote continues a text. You write the heart of it
# yourself, and the course tells you *which* mistake you made when something is wrong.
#
# - **Goals**: run cells; let the course check an answer and read what it says; build the smallest memory there is.
# - **Time**: 40 minutes, most of them for two first exercises and a question.
# - **Before you start**: a little Python (a loop, a function) and what a NumPy array is. Nothing about networks.

# %% [markdown] slide="new" brief="- A **notebook** is made of cells: text, and code.\n- Click into a code cell, hold **Shift** and press **Enter**.\n- Run the cells **from top to bottom**: a later one may need an earlier one." ask="A code cell shows `[*]` on its left. What does that mean, and what will it show next?"
# ## Run your first cell
#
# This page is a *notebook*. It is made of *cells*: some hold text, like this one, and some hold code.
#
# Click into the line of code below. Then hold **Shift** and press **Enter**.

# %% slide="more both"
print("It works: you have run your first cell.")

# %% [markdown]
# The sentence appeared below the cell, and the next cell was selected. Beside a code cell you see
#
# - `[ ]` not run yet,
# - `[*]` running now,
# - `[1]` done; it was the first that you ran.
#
# Run the cells **from top to bottom**: a later one may need an earlier one. Shift+Enter on a text cell just moves on.
# If you double-click a text by accident, it turns into its raw form; Shift+Enter turns it back.

# %% [markdown] slide="new" brief="Three programs are needed. Look for three ticks." ask="Does everybody see three ticks? If not: run `gru-course doctor` in a terminal."
# ## Is everything here?
#
# The next cell checks for the three programs that the course is built on. Look for three ticks, ✓. The first time, it
# may take a few seconds.

# %% slide="more text"
import platform

import numpy as np
import torch

found = {
    "Python": platform.python_version(),
    "NumPy": np.__version__,
    "PyTorch": torch.__version__,
}
needed = {"Python": (3, 11), "NumPy": (2, 0), "PyTorch": (2, 13)}
for name, version in found.items():
    recent = tuple(map(int, version.split(".")[:2])) >= needed[name]
    print(f"{name:8} {version:14} {'✓' if recent else '✗ too old'}")

# %% [markdown]
# Do you see a cross, or an error? Open a terminal (menu **File → New → Terminal**) and type `gru-course doctor`: it
# looks more closely and tells you what to do.
#
# Now import the course's own tools. `gru_ref` holds the mathematics; you will meet the other names one by one.

# %%
import matplotlib.pyplot as plt

import gru_ref
from grader import check, hint, outcome, predict, progress, show, solution
from gru_ref import plotting

works = gru_ref.ema(np.ones(2), 0.5)[-1] == 0.75
print("All is well." if works else "Please run gru-course doctor in a terminal.")

# %% [markdown] slide="new" brief="A sensor reports a voltage, once a second. Its readings jitter. You may keep **one number**, and no list of what came before." ask="How do you remember?"
# ## The smallest memory
#
# A sensor reports a voltage, once a second. Its readings jitter. You may keep **one number**, and no list of what came
# before. How do you remember?
#
# Let $h$ be your number, the *memory*. At each step, keep a part of it, and make up the rest with the new reading $x$:
#
# $$h \leftarrow z \cdot h + (1 - z) \cdot x$$
#
# $z$ is a number from 0 to 1: the fraction of the memory that is **kept**. At first the memory is empty, $h = 0$.
#
# Statisticians call this an *exponential moving average*. For us it is a **gate that never changes**: $z$ decides how
# much of the old passes through. A GRU uses this very line, with a $z$ that the network chooses at every step.

# %% [markdown] slide="new" brief="## One line of arithmetic\n\n$$h \\leftarrow z \\cdot h + (1 - z) \\cdot x$$\n\n- $h$: the memory, at first 0\n- $x$: the new reading\n- $z$, from 0 to 1: the fraction of the memory that is **kept**" ask="Readings 8, 0, 0, with $z = 0.5$. **Predict** the three memories."
# Work this out by hand, with $z = 0.5$ and the readings 8, 0, 0. **Predict** the three memories: put your numbers in
# place of the three groups of dots, and run the cell. A prediction is not marked, and a wrong one teaches you the most:
# you will know what to look for.

# %%
predict("three_memories", [..., ..., ...])

# %% [markdown]
# Now let the computer do it. Your prediction appears beside the result.

# %% slide="new both"
h, memories = 0.0, []
for x in [8.0, 0.0, 0.0]:
    h = 0.5 * h + (1 - 0.5) * x
    memories.append(h)
    print(f"reading {x:.0f}, memory {h:.0f}")
outcome("three_memories", memories)

# %% [markdown] slide="more" brief="The 8 enters at half its size. From then on the memory halves at each step."
# The 8 enters at half its size. From then on the memory halves at each step: the 8 fades, but is never quite gone.

# %% [markdown] slide="new" brief="For 40 seconds the voltage is 0, then somebody flips a switch and it is 1. Each reading is off by about 0.3 V."
# ## Three memories of one signal
#
# Here is the sensor. For 40 seconds the voltage is 0, then somebody flips a switch and it is 1. Each reading (grey) is
# off by about 0.3 V.
#
# **Predict**: of the memories with $z = 0.5$, $0.9$ and $0.98$, which is the calmest? Which notices the switch first?
# Can one be both?

# %%
predict("calmest", ...)  # which z: 0.5, 0.9 or 0.98?
predict("quickest", ...)  # which z?

# %% slide="new figure"
rng = np.random.default_rng(0)
truth = np.where(np.arange(120) < 40, 0.0, 1.0)
readings = truth + rng.normal(0, 0.3, 120)
fig, ax = plt.subplots(figsize=(7.6, 3.2))
plotting.plot_memories(ax, readings, [0.5, 0.9, 0.98], unit="V")
ax.set(xlabel="time t (steps of 1 s)")
show(fig, "three_memories")

# %% [markdown]
# Let us measure it. For each $z$: how much of the jitter is left, and how many steps does the memory take to get halfway
# after a jump from 0 to 1?

# %% slide="new text"
jitter = rng.normal(0, 0.3, 20_000)
left, halfway = {}, {}
for z in [0.5, 0.9, 0.98]:
    left[z] = gru_ref.ema(jitter, z)[1000:].std()
    halfway[z] = np.argmax(gru_ref.ema(np.ones(1000), z) >= 0.5) + 1
    print(f"z = {z:<5} jitter {left[z]:.2f} V    halfway after {halfway[z]:2} steps")
outcome("calmest", min(left, key=left.get))
outcome("quickest", min(halfway, key=halfway.get))

# %% [markdown] slide="more" brief="**No fixed $z$ wins.** The calm one is late, and the quick one jitters. This is why gates exist."
# No fixed $z$ wins. The calm one is late, and the quick one jitters. Keep this in mind: it is why gates exist.

# %% [markdown] slide="new" brief="Somebody's first try:" ask="Keep the fraction $z$ of the memory: is this line right?"
# ## A mistake, on purpose
#
# In a moment you will write this memory yourself. First, see what happens when an answer is **wrong**. The next cell
# holds somebody's first try. Run it; then run the one below it, which asks the course to check the try.
#
# You will see a **red card**. That is what we are after.


# %% slide="more code"
def first_try(xs, z):
    h = 0.0
    hs = []
    for x in xs:
        h = (1 - z) * h + z * x
        hs.append(h)
    return np.array(hs)


# %% raises=true slide="new text" lines="1-2"
check(first_try, exercise="ema")

# %% [markdown] slide="more" brief="- The first line **names the mistake**.\n- Below it stands what happened, and where to look.\n- Nothing is broken: a red card is just an answer."
# Read the card from the top. Its first line **names the mistake**; below, it says what happened and where to look, and
# then compares one entry of yours with the right one. Under the card, a short red line repeats that the check has
# failed.
#
# Nothing is broken, and nothing is lost: a red card is just an answer. (This attempt does not count as yours: it has
# another name, `first_try`.)

# %% [markdown] slide="new" brief="Write `ema(xs, z)`: the memory after **each** step.\n\n| name | what | shape |\n| --- | --- | --- |\n| `xs` | the readings, in order of time | `(T,)` |\n| `z` | fraction of the memory that is kept | one number |\n| returned | the memory after each reading | `(T,)` |"
# ## Your turn: `ema` · easy
#
# Write `ema(xs, z)`: the memory after **each** step.
#
# | name | what | shape |
# | --- | --- | --- |
# | `xs` | the readings, in order of time | `(T,)` array |
# | `z` | fraction of the memory that is kept | one number, 0 to 1 |
# | returned | the memory after each reading; before the first it is 0 | `(T,)` array |
#
# The line `raise NotImplementedError(…)` below is a placeholder: **replace it with your own lines**. Then run the cell.
# If all is well, nothing is shown: the function now exists. Then run the `check` below it.
#
# Stuck? `hint(ema)` gives a nudge; run it again for the next one. There are three for each exercise, and they cost
# nothing. The third one also tells you how to see a solution.


# %% solution="ema" slide="more"
def ema(xs, z):
    """Memory after each step: xs (T,), z a number from 0 to 1 → hs (T,)."""
    ### BEGIN SOLUTION
    h = 0.0
    hs = []
    for x in xs:
        h = z * h + (1 - z) * x
        hs.append(h)
    return np.array(hs)
    ### END SOLUTION


# %% check="ema" points=4
check(ema)

# %% [markdown]
# A hint, if you want one: delete the `#` in the next cell and run it.

# %%
# hint(ema)

# %% [markdown] slide="new" brief="## How the check works\n\n- It calls your function with numbers drawn at random, and compares the result with its own.\n- If they differ, it compares yours with the results of **known mistakes**.\n- Change your function, **run its cell again**, then run the check again.\n- Only the last state counts, not the number of tries. `hint(ema)` helps, and costs nothing."
# **Green?** Wonderful: you have built a memory.
#
# **Red or amber?** Change your function, **run its cell again**, then run the check again. Do this as often as you like:
# only the last state counts, not the number of tries. Forgetting to run the changed cell catches everybody once.
#
# How does the check work? It calls your function with numbers drawn at random and compares the result with its own. If
# they differ, it compares yours with the results of known mistakes.

# %% [markdown] slide="new" brief="Store a 1, then feed in only zeros: after $k$ steps $z^k$ is left. The **half-life** is the $k$ at which one half is left.\n\n$$z^k = \\tfrac{1}{2}$$"
# ## How long does a memory last?
#
# Store a 1, then feed in only zeros: after $k$ steps $z^k$ is left. The **half-life** is the $k$ at which one half is
# left:
#
# $$z^k = \tfrac{1}{2}$$
#
# For $z = 0.5$ that is 1 step. **Predict**: for $z = 0.9$, is it about 2, 5, 7 or 10? Then look where 0.5 is crossed.

# %%
predict("steps_until_half", ...)  # 2, 5, 7 or 10?

# %% slide="more text" lines="4-8"
for k in range(1, 11):
    print(f"after {k:2} steps: {0.9**k:.3f}")
outcome("steps_until_half", next(k for k in range(1, 11) if 0.9**k <= 0.5), " steps")

# %% [markdown] slide="new" brief="Write `half_life(z)`: the number of steps after which one half is left, a **real number**. **Refuse** every $z$ that is not strictly between 0 and 1:\n\n```python\nif something_is_wrong:\n    raise ValueError(\"a sentence that says what is wrong\")\n```"
# ## Your turn: `half_life` · easy
#
# Write `half_life(z)`: the number of steps after which one half is left. It is a **real number**: between 6 and 7 for
# $z = 0.9$, as you have seen. Don't round it.
#
# For $z = 0$ nothing is kept, for $z = 1$ nothing is ever lost, and outside this range $z$ is not a fraction. So the
# function should **refuse** every $z$ that is not *strictly* between 0 and 1. In Python, refusing looks like this:
#
# ```python
# if something_is_wrong:
#     raise ValueError("a sentence that says what is wrong")
# ```
#
# As before, `hint(half_life)` helps.


# %% solution="half_life" slide="more"
def half_life(z):
    """Steps until one half is left, for a number 0 < z < 1; else a ValueError."""
    ### BEGIN SOLUTION
    if not 0 < z < 1:
        raise ValueError(f"z is {z}, but should lie strictly between 0 and 1")
    return np.log(0.5) / np.log(z)
    ### END SOLUTION


# %% check="half_life" points=4
check(half_life)

# %% [markdown] slide="new" brief="## What a half-life tells\n\nOne formula tells you how long a gate remembers." ask="How long does $z = 0.98$ remember? And $z = 0.999$?"
# Compare this with what we measured above: the memory was halfway after 1, 7 and 35 steps. Those are the half-lives,
# rounded up to a whole step. One formula tells you how long a gate remembers.

# %% slide="more text"
for z in [0.5, 0.9, 0.98, 0.99, 0.999]:
    print(f"z = {z:<5}  half-life {gru_ref.half_life(z):6.1f} steps")

# %% [markdown]
# ## A question to answer in words
#
# Some questions ask for a sentence or two instead of code. No program marks them: in a class, your teacher reads your
# answers and gives points by a rubric. If you learn on your own, you compare yours with a model answer, *after you have
# written it*.
#
# Double-click the cell below, write your answer in place of its last line, and press Shift+Enter.

# %% [markdown] written="one_gate_is_not_enough" points=2 slide="new"
# **For 2 points.** A heart monitor averages its signal with one fixed $z$. With $z = 0.98$ it is calm, but sounds the
# alarm late; with $z = 0.5$ it is quick, but gives false alarms. Why does no fixed $z$ cure both? What would $z$ have to
# be able to do? Three sentences are plenty.
#
# ### BEGIN SOLUTION
# A large $z$ averages over many readings: the jitter cancels, but a real change enters only by the small part $1 - z$ at
# each step, and so it shows late. A small $z$ lets changes in at once, and the jitter with them. One number sets both,
# so what helps with one problem makes the other worse. $z$ would have to change from step to step, and depend on what
# arrives and on what is remembered: large while nothing happens, small when something does.
#
# **Rubric**
#
# - 1 point: says that one number sets both calm and speed, so that one is paid for with the other.
# - 1 point: says that z must change over time, depending on the signal (or on the memory).
# ### END SOLUTION

# %% [markdown]
# Have you written yours? Then delete the `#` in the next cell and run it: it shows a good answer, and what each point is
# for. This works for every question, and for every exercise: `solution("ema")`.

# %%
# solution("one_gate_is_not_enough")

# %% [markdown]
# ## Cells of your own
#
# This page is yours: whenever you wonder *what if*, add a cell and try it. Nothing in it is checked or marked.
#
# 1. Click on the white space to the left of a cell. The cell is now selected, and the cursor is gone.
# 2. Press **B** (below): there is a new, empty cell. Click into it, write, run it with Shift+Enter.
#
# The **+** in the toolbar above does the same. With a cell selected, **M** makes it a text cell and **Y** a code cell
# again; **D**, pressed twice, deletes it, and **Z** takes that back. Only the `check` cells are locked.
#
# Try it: add a cell below this one, and find the half-life of $z = 0.95$ with your own function.

# %% [markdown] slide="new" brief="A notebook can look right and be wrong: you defined a helper, used it, and later deleted its cell. Here it still works, because Python remembers it. For everybody else it does not.\n\n**Validate** runs the whole page from the top in a fresh Python, and lists what fails." ask="Why can a notebook work for you, and fail for me?"
# ## Before you hand in: Validate
#
# A notebook can look right and be wrong. You defined a helper, used it, and later deleted its cell: here it still works,
# because Python remembers the helper, but for everybody else it does not.
#
# The **Validate** button above this page finds that out. It saves the notebook, runs all of it from the top in a fresh
# Python, and then lists the checks that fail and the questions without an answer, or says that there are none. It takes
# as long as the whole lesson does, and changes nothing on this page. In a class, press it before you hand in.

# %% [markdown]
# ## When something goes wrong
#
# | what you see | what to do |
# | --- | --- |
# | `[*]` stays, nothing happens | Press **■** (interrupt) in the toolbar above. Your text and results stay. |
# | `NameError: name 'np' is not defined` | A cell further up was not run: see *Coming back* below. |
# | *Run All Cells* leaves amber and red cards | Those are the exercises that are not solved yet. The run goes on past them. (Outside JupyterLab it may stop there: go on below.) |
# | *Run All Cells* stops halfway | A cell that you wrote has an error: the red text below it says which. |
# | You ran an earlier cell again | That is fine, in any order: no cell takes away what another one needs. |
# | Everything behaves oddly | Menu **Kernel → Restart Kernel…**, then as in *Coming back*. Python starts afresh; what you wrote stays. |
# | A loop of yours never ends | `check` stops it by itself after some seconds, and says so. |
# | You want to start the page again | In a terminal, `gru-course reset 00`. Your page is kept, in the folder `saved`. |
#
# **Coming back** another day, or after a restart: your text is there, but Python has forgotten everything. Select the
# cell where you want to go on, and choose **Run → Run All Above Selected Cell** from the menu. That runs your answers,
# too; where an exercise is not solved yet, its card appears again, and the run goes on.
#
# The *kernel* is the Python that runs behind this page. Save with **Ctrl+S** (⌘S on a Mac); JupyterLab also saves by
# itself every two minutes. A *terminal* opens with the menu **File → New → Terminal**.

# %% [markdown] slide="new" brief="- Each lesson gives **10 points**. A green check gives its points; a person marks the written answer.\n- **Hints and tries cost nothing**, and neither does a solution that you look at.\n- `progress()` draws the map of the course.\n- Your progress stays on your computer, and nothing is sent anywhere." ask="You are stuck. What do you try first: `hint`, `solution`, or your neighbour?"
# ## Points and progress
#
# - Each lesson gives **10 points**. A `check` gives all its points when it is green and none otherwise; a written answer
#   is marked by a person. Points are for you, and for classes: nothing is locked, and you can take the lessons in any
#   order.
# - **Hints and tries cost nothing**, and neither does a solution that you look at. Only you can see that you did.
# - *Easy*, *medium* or *hard* after an exercise's name says how much thinking it takes: 6, 10 or 15 minutes for most
#   people. *Go further · open*, near the end of each lesson, is a task without points for the curious.
# - `progress()` draws the map of the course: what you have solved and tried, your points, and what comes next. Click on
#   a name to go there.
# - Your progress stays on this computer, and nothing is sent anywhere. It is kept in the folder `.gru-course` of this
#   course; on a university's server, where the course belongs to somebody else, it is in your own data folder.
#   `gru-course doctor` tells you which. Delete it to start over: your notebooks stay.
# - Is there a new version of the course? In a terminal, `gru-course update` installs it and keeps all that you have
#   written. Your old pages are kept, in the folder `saved`.
#
# The map is waiting at the end of this page.

# %% [markdown] slide="new"
# ## Recap
#
# - A memory can be one number: $h \leftarrow z \cdot h + (1 - z) \cdot x$, where $z$ is the fraction **kept**.
# - It fades as $z^k$, and halves every $\ln \tfrac{1}{2} / \ln z$ steps.
# - A large $z$ is calm and late, a small one quick and nervous. A *fixed* gate cannot be both: this is why a GRU
#   computes its gate at every step.
# - `check` judges and names mistakes, `hint` nudges, `solution` shows one, `progress` draws the map.
# - **B** adds a cell of your own, *Run All Above* brings you back, *Validate* runs the whole page from the top.

# %% [markdown]
# ## Go further · open
#
# *No points, and no check: nobody has written down the answer. Skip it if you like, and come back later.*
#
# **Find out**: how much better can a memory be if its $z$ changes? Take the switch signal from above, `readings`, and
# the truth behind it, `truth`. Write a loop of your own in which $z$ depends on what arrives: large while the readings
# stay near the memory, small when they are far from it.
#
# **Try first**: find the best *fixed* $z$ by trying 50 of them with `gru_ref.ema`. That is the mark to beat. Then let $z$
# be 0.98, except where $|x - h|$ exceeds some limit.
#
# **How you would know**: compare them by one number, `np.sqrt(np.mean((memory - truth) ** 2))`. Then draw new noise with
# another seed, without changing your limit. Is it still ahead?

# %% [markdown]
# ## Test yourself
#
# 1. A memory keeps $z = 0.8$. Readings: 10, then zeros. What does it hold after two steps?
#
# <details><summary>Answer</summary>
# First 0.2 · 10 = 2, then 0.8 · 2 = 1.6.
# </details>
#
# 2. The reading is 5 at every step, for ever. Where does the memory end up, and does that depend on z?
#
# <details><summary>Answer</summary>
# At 5, for every z below 1: each step closes the fraction 1 − z of the gap that is left. z sets only how fast. With z = 1
# it stays at 0.
# </details>
#
# 3. Somebody writes h ← (1 − z)·h + z·x in an article. Is that wrong?
#
# <details><summary>Answer</summary>
# No: there z is the fraction <em>written</em> instead of the fraction kept. Both conventions are in use, also for GRUs,
# and lesson 06 is about that. In this course z keeps, as in PyTorch, so here the check says that they are exchanged.
# </details>

# %% [markdown]
# ## Further reading
#
# - In pandas, `Series.ewm` computes this average, with `adjust=False` and a memory that starts from the first reading.
# - Next lesson: **01 · Recurrence**, where the memory becomes a vector and its weights are learned. Open it from the file
#   list on the left: folder `notebooks`, then `01_recurrence`.

# %%
progress()
