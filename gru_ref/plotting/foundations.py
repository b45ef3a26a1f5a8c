"""Figures of lessons 00 to 04: memory, the tanh RNN, gates, candidate and blend."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from gru_ref.gates import sigmoid
from gru_ref.memory import ema, time_constant


def plot_gate(ax, weight, bias, x):
    """Draw how far a gate σ(w·x + b) opens against its input, and mark one input.

    Parameters
    ----------
    ax : matplotlib Axes
    weight, bias : float
    x : float, the input to mark

    Introduced in lesson 03.
    """
    xs = np.linspace(-6, 6, 241)
    opening = sigmoid(np.atleast_1d(weight * x + bias).astype(float))[0]
    ax.plot(xs, sigmoid(weight * xs + bias), color="C0")
    ax.plot([x, x], [0, opening], color="C1", linestyle=":")
    ax.plot(x, opening, "o", color="C1", markersize=8)
    side = {"xytext": (8, -4)} if x < 5 else {"xytext": (-8, -4), "ha": "right"}  # never outside the frame
    ax.annotate(f"{opening:.2f}", (x, opening), textcoords="offset points", color="C1", **side)
    ax.set(xlabel="input x (no unit)", ylabel="opening of the gate (0 to 1)", ylim=(-0.05, 1.05), xlim=(-6, 6))
    ax.set_title(f"σ({weight:.1f}·x {'+' if bias >= 0 else '−'} {abs(bias):.1f})")


def plot_memories(ax, xs, zs, unit):
    """Draw a sequence as points, and its exponential moving average for each gate value as a line.

    Parameters
    ----------
    ax : matplotlib Axes
    xs : (T,) array
    zs : iterable of floats in [0, 1]
    unit : str, of xs, for the axis

    Introduced in lesson 00.
    """
    ax.plot(xs, ".", color="0.65", markersize=5, label="signal x")
    for style, z in zip(cycle(["-", "--", "-."]), zs, strict=False):
        ax.plot(ema(xs, z), style, label=f"memory, z = {z:g}")
    ax.set(xlabel="time t (steps)", ylabel=f"value ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_logistic(ax):
    """Draw the logistic function, its slope, and the hard switch that it softens.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 03.
    """
    a = np.linspace(-8, 8, 321)
    s = sigmoid(a)
    ax.plot(a, np.where(a < 0, 0.0, 1.0), ":", color="0.5", drawstyle="steps-mid", label="hard switch")
    ax.plot(a, s, "-", color="C0", label="soft switch σ(a)")
    ax.plot(a, s * (1 - s), "--", color="C1", label="slope of σ")
    ax.set(xlabel="input a of the switch (no unit)", ylabel="value (no unit)", xlim=(-8, 8))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_gated_memory(axes, xs, marked, zs, memories, unit):
    """Draw readings and the memories made from them, and below them the gate that made the first memory.

    Parameters
    ----------
    axes : two matplotlib Axes, one above the other, that share their time axis
    xs : (T,) array, the readings
    marked : (T,) array of booleans, the readings to point out
    zs : (T,) array, the update gate of each step
    memories : dict from label to (T,) array
    unit : str, of xs, for the axis

    Introduced in lesson 03.
    """
    upper, lower = axes
    steps = np.arange(len(xs))
    upper.plot(steps[~marked], xs[~marked], ".", color="0.65", label="reading")
    upper.plot(steps[marked], xs[marked], "D", color="C1", label="marked reading")
    for style, (label, hs) in zip(["-", "--", "-."], memories.items(), strict=False):
        upper.plot(steps, hs, style, color={"-": "C0", "--": "C2", "-.": "C3"}[style], label=label)
    upper.set(ylabel=f"value ({unit})")
    upper.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    lower.bar(steps, zs, width=1.0, color="C0", linewidth=0)
    lower.set(xlabel="time t (steps)", ylabel="gate z (0 to 1)", ylim=(0, 1.05))


def plot_gate_histogram(ax, gates):
    """Draw the distribution of gates between closed and open.

    Parameters
    ----------
    ax : matplotlib Axes
    gates : dict from label to array of gate values between 0 and 1

    Introduced in lesson 03.
    """
    bins = np.linspace(0, 1, 21)
    for style, (label, values) in zip(["-", "--", "-."], gates.items(), strict=False):
        share = np.full(np.size(values), 100 / np.size(values))
        ax.hist(np.ravel(values), bins, weights=share, histtype="step", linestyle=style, linewidth=1.8, label=label)
    ax.set(xlabel="opening of the gate (0 to 1)", ylabel="share of the gates (%)", xlim=(-0.02, 1.02))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_tanh_slope(ax):
    """Draw tanh, and the slope it multiplies a gradient by.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 02.
    """
    a = np.linspace(-4, 4, 241)
    ax.plot(a, np.tanh(a), color="C0", label="h_new = tanh(a)")
    ax.plot(a, 1 - np.tanh(a) ** 2, "--", color="C1", label="its slope, 1 − h_new²")
    ax.set(xlabel="sum a before the squashing (no unit)", ylabel="value (no unit)", xlim=(-4, 4), ylim=(-1.1, 1.1))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_stretch(ax, M, title=""):
    """Draw the images of all arrows of length 1 under a matrix; the length of the longest is the spectral norm.

    Parameters
    ----------
    ax : matplotlib Axes
    M : (2, 2) array
    title : str

    Introduced in lesson 02.
    """
    angles = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    left, stretches, right = np.linalg.svd(M)
    ax.plot(*circle, "--", color="0.6", label="arrows of length 1")
    ax.plot(*(M @ circle), color="C0", label="what becomes of them")
    arrows = {"the longest result": (stretches[0] * left[:, 0], "C1"), "the arrow it was": (right[0], "0.4")}
    for label, (tip, color) in arrows.items():
        ax.annotate(
            "",
            tip,
            (0, 0),
            arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0},
        )
        ax.plot([], [], color=color, label=label)
    ax.set(
        xlabel="component 0 (no unit)",
        ylabel="component 1 (no unit)",
        xlim=(-2.1, 2.1),
        ylim=(-2.1, 2.1),
        aspect="equal",
    )
    ax.set_title(f"{title}: norm {stretches[0]:.2f}")


def plot_norm_against_lag(ax, curves):
    """Draw how strongly the last state depends on earlier ones, on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib Axes
    curves : dict from label to (lags, B) array of norms, lag 0 first; the line is the median over the batch,
        the band reaches from its smallest to its largest

    Introduced in lesson 02.
    """
    ax.axhline(1, color="0.6", linewidth=1)
    for style, (label, norms) in zip(["-", "--", "-.", ":"] * 2, curves.items(), strict=False):
        lags = np.arange(len(norms))
        (line,) = ax.semilogy(lags, np.median(norms, axis=1), style, label=label)
        ax.fill_between(lags, norms.min(axis=1), norms.max(axis=1), color=line.get_color(), alpha=0.2, linewidth=0)
    if any(norms.shape[1] > 1 for norms in curves.values()):
        ax.fill_between([], [], [], color="0.5", alpha=0.3, linewidth=0, label="smallest to largest")
    decades = np.log10(min(norms[norms > 0].min() for norms in curves.values()))
    if decades < -100:  # matplotlib's own ticks get odd over so many
        ax.set_yticks(10.0 ** np.arange(0, decades - 1, -50))
    ax.set(xlabel="lag T − t (steps)", ylabel="‖∂h_T / ∂h_t‖₂ (no unit)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_recall(ax, lags, recalls, chance):
    """Draw how often something seen earlier can still be read off the state.

    Parameters
    ----------
    ax : matplotlib Axes
    lags : (n,) array, steps since it was seen
    recalls : dict from label to (n,) array of fractions read off right
    chance : float, the fraction that guessing gets right

    Introduced in lesson 02.
    """
    ax.axhline(100 * chance, color="0.6", linewidth=1)
    ax.annotate("guessing", (lags[0], 100 * chance), xytext=(0, 4), textcoords="offset points", color="0.4")
    for style, (label, fractions) in zip(["o-", "s--", "^-."], recalls.items(), strict=False):
        ax.plot(lags, 100 * np.asarray(fractions), style, markersize=4, label=label)
    ax.set(xlabel="lag (steps)", ylabel="read off right (%)", ylim=(45, 103))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_unrolled(ax, steps):
    """Draw a recurrent network unrolled over time: one box per step, with the same parameters in each.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : int

    Introduced in lesson 01.
    """
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    for t in range(steps):
        ax.add_patch(plt.Rectangle((t - 0.28, -0.25), 0.56, 0.5, facecolor="#dceaf5", edgecolor="C0", linewidth=1.6))
        ax.text(t, 0, "step\np", ha="center", va="center", color="C0", fontweight="bold")
        ax.annotate("", (t, -0.25), (t, -0.8), arrowprops=arrow | {"color": "0.35"})
        ax.text(t, -0.98, f"xs[{t}]", ha="center", va="center")
        ax.annotate("", (t, 0.8), (t, 0.25), arrowprops=arrow | {"color": "C1"})
        ax.text(t, 0.98, f"hs[{t}]", ha="center", va="center")
        ax.annotate("", (t - 0.28, 0), (t - 0.72, 0), arrowprops=arrow | {"color": "C1"})
    ax.text(-0.76, 0, "h0", ha="right", va="center")
    ax.annotate("", (steps - 0.28, 0), (steps - 0.72, 0), arrowprops=arrow | {"color": "C1"})
    ax.text(steps - 0.24, 0, "…", ha="left", va="center")
    ax.set(xlim=(-1.1, steps), ylim=(-1.15, 1.15))
    ax.axis("off")


def plot_states(ax, hs):
    """Draw the states of one sequence as a map, one row per unit, one column per step.

    Parameters
    ----------
    ax : matplotlib Axes
    hs : (T, H) array, inside [−1, 1]

    Introduced in lesson 01.
    """
    T, H = hs.shape
    edges = (-0.5, T - 0.5, H - 0.5, -0.5)
    image = ax.imshow(hs.T, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest", extent=edges)
    ax.set(xlabel="time t (steps)", ylabel="unit of the state (index)", yticks=range(H))
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, label="state h (−1 to 1)")


def plot_reset(ax, rs, candidates):
    """Draw candidates against the reset gate, a line for each unit, with both ends marked.

    Parameters
    ----------
    ax : matplotlib Axes
    rs : (K,) array, openings of the reset gate, rising
    candidates : (K, H) array, the candidates of H units at each of them

    Introduced in lesson 04.
    """
    for unit, (style, values) in enumerate(zip(["-", "--", "-.", ":"], candidates.T, strict=False)):
        ax.plot(rs, values, style, color=f"C{unit}", label=f"unit {unit}")
        ax.plot(rs[[0, -1]], values[[0, -1]], "o", color=f"C{unit}", markersize=5, clip_on=False)
    ax.set(xlabel="reset gate r (0 to 1)", ylabel="candidate n (no unit)", xlim=(0, 1), ylim=(-1, 1))
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def plot_blend(ax, zs, n, h, blends):
    """Draw where new states lie between a candidate and an old state.

    Parameters
    ----------
    ax : matplotlib Axes
    zs : (K,) array, openings of the update gate
    n, h : float, candidate and old state
    blends : (K,) array, the new state for each opening

    Introduced in lesson 04.
    """
    ax.hlines(zs, min(n, h), max(n, h), color="0.75", linewidth=1)
    ax.plot(np.full(len(zs), n), zs, "|", color="C1", markersize=12, markeredgewidth=2, label="candidate n")
    ax.plot(np.full(len(zs), h), zs, "|", color="C2", markersize=12, markeredgewidth=2, label="old state h")
    ax.plot(blends, zs, "o", color="C0", markersize=8, label="new state")
    ax.set(xlabel="value of the unit (no unit)", ylabel="update gate z (0 to 1)", yticks=zs, ylim=(-0.12, 1.12))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_decay(ax, zs, steps):
    """Draw how a memory fades when a gate keeps the same fraction at each step, and mark the time constants.

    Parameters
    ----------
    ax : matplotlib Axes
    zs : iterable of floats strictly between 0 and 1
    steps : int, how many steps to draw

    Introduced in lesson 04.
    """
    t = np.arange(steps + 1)
    ax.axhline(np.exp(-1), color="0.6", linewidth=1, linestyle=":", label="1/e is left")
    for unit, (style, z) in enumerate(zip(["-", "--", "-.", (0, (1, 1))], zs, strict=False)):
        ax.plot(t, z**t, linestyle=style, color=f"C{unit}", label=f"z = {z:g}")
        if time_constant(z) <= steps:
            ax.plot(time_constant(z), np.exp(-1), "o", color=f"C{unit}", markersize=7)
    ax.set(xlabel="time t (steps)", ylabel="part of the memory left (0 to 1)", xlim=(0, steps), ylim=(0, 1.03))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_time_constants(ax):
    """Draw the time constant −1/ln z, and its approximation 1/(1 − z), against the fraction written at each step.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 04.
    """
    written = np.geomspace(1e-3, 0.97, 200)
    ax.loglog(written, time_constant(1 - written), "-", label="time constant −1 / ln z")
    ax.loglog(written, 1 / written, "--", label="approximation 1 / (1 − z)")
    ax.set(xlabel="part written at each step, 1 − z (0 to 1, log axis)", ylabel="time (steps, log axis)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
