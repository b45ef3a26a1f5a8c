"""Figures of lesson 05: the GRU cell as a diagram, and its gates, step by step."""

import matplotlib.pyplot as plt
import numpy as np

ROAD, GATE, NEW = "C0", "C1", "C2"  # the state's own path, the gates, everything new


def plot_gru_cell(ax):
    """Draw the step of a GRU: the state's straight path at the top, and below it the two gates and the candidate.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 05.
    """
    top, low = 4.2, 1.2
    _arrow(ax, (0.5, top), (7.72, top), ROAD, width=3)
    _arrow(ax, (8.28, top), (8.92, top), ROAD, width=3)
    _arrow(ax, (9.48, top), (10.2, top), ROAD, width=3)
    ax.text(0.4, top, "h", ha="right", va="center", color=ROAD, fontsize=13, fontweight="bold")
    ax.text(10.3, top, "h_new", ha="left", va="center", color=ROAD, fontsize=13, fontweight="bold")

    _box(ax, (1.4, low), "reset gate\nσ", GATE, "x", "h", top)
    _box(ax, (3.4, 2.8), "W_hn h\n+ b_hn", "0.35", "", "h", top)
    _box(ax, (5.4, low), "candidate\ntanh", NEW, "x", "", top)
    _box(ax, (6.6, 2.8), "update gate\nσ", GATE, "x", "h", top)

    _arrow(ax, (2.05, low), (3.12, low), GATE, "r")
    _arrow(ax, (3.4, 2.38), (3.4, low + 0.28), "0.35")
    _arrow(ax, (3.68, low), (4.75, low), "0.35")
    _arrow(ax, (6.05, low), (7.72, low), NEW, "n")
    ax.plot([7.25, 8], [2.8, 2.8], color=GATE, linewidth=1.8)
    _arrow(ax, (8, 2.8), (8, top - 0.28), GATE)
    _arrow(ax, (8, 2.8), (8, low + 0.28), GATE)
    ax.text(8.1, 3.4, "z", color=GATE, fontsize=12, va="center")
    ax.text(8.1, 2.1, "1 − z", color=GATE, fontsize=12, va="center")
    ax.plot([8.28, 9.2], [low, low], color=NEW, linewidth=1.8)
    _arrow(ax, (9.2, low), (9.2, top - 0.28), NEW)

    for place, sign in {(3.4, low): "⊙", (8, top): "⊙", (8, low): "⊙", (9.2, top): "+"}.items():
        ax.add_patch(plt.Circle(place, 0.28, facecolor="white", edgecolor="0.25", linewidth=1.4, zorder=3))
        ax.text(*place, sign, ha="center", va="center_baseline", fontsize=13, zorder=4)
    ax.set(xlim=(-0.1, 11.2), ylim=(-0.15, 4.75), aspect="equal")
    ax.axis("off")


def plot_gru_sequence(axes, values, rs, zs, ns, hs):
    """Draw one unit over a sequence: its inputs, its two gates, and what it proposes and keeps.

    Parameters
    ----------
    axes : three matplotlib Axes, one above the other, that share their time axis
    values : (T,) array, the input to be written
    rs, zs : (T,) arrays, reset gate and update gate at each step
    ns, hs : (T,) arrays, candidate and new state at each step

    Introduced in lesson 05.
    """
    upper, middle, lower = axes
    steps = np.arange(len(values))
    upper.axhline(0, color="0.6", linewidth=1)
    upper.bar(steps, values, width=0.5, color="0.6", zorder=2)
    upper.set(ylabel="input\n(no unit)")
    gates = np.stack([rs, zs])
    edges = (-0.5, len(values) - 0.5, 1.5, -0.5)
    middle.imshow(gates, cmap="cividis", vmin=0, vmax=1, aspect="auto", interpolation="nearest", extent=edges)
    for (row, t), opening in np.ndenumerate(gates):
        middle.text(t, row, f"{opening:.1f}", ha="center", va="center", color="white" if opening < 0.5 else "black")
    middle.hlines(0.5, *edges[:2], color="white", linewidth=3)
    middle.set(yticks=[0, 1], yticklabels=["r", "z"], ylabel="gate\n(0 to 1)")
    middle.grid(False)
    lower.axhline(0, color="0.6", linewidth=1)
    lower.plot(steps, ns, "D", color=NEW, markersize=6, fillstyle="none", label="candidate n")
    lower.plot(steps, hs, "o-", color=ROAD, markersize=5, drawstyle="steps-mid", label="new state")
    lower.set(xlabel="time t (steps)", ylabel="value (no unit)", ylim=(-1.08, 1.08), xticks=steps)
    lower.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _arrow(ax, start, end, color, label="", width=1.8):
    style = {"arrowstyle": "-|>", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)
    if label:
        ax.text((start[0] + end[0]) / 2, start[1] + 0.12, label, color=color, ha="center", fontsize=12)


def _box(ax, place, text, color, below, above, top):
    """A box with its text; inputs from below as stubs, and from above as lines from the state's path."""
    (x, y), half = place, (0.65, 0.42)
    corner = (x - half[0], y - half[1])
    patch = plt.Rectangle(corner, 2 * half[0], 2 * half[1], facecolor="white", edgecolor=color, linewidth=1.8, zorder=2)
    ax.add_patch(patch)
    ax.text(x, y, text, ha="center", va="center", color=color, fontsize=9.5, zorder=3)
    if below:
        ax.text(x, y - 1.08, below, ha="center", va="center", fontsize=12)
        _arrow(ax, (x, y - 0.9), (x, y - half[1]), "0.35")
    if above:
        _arrow(ax, (x, top), (x, y + half[1]), ROAD)
