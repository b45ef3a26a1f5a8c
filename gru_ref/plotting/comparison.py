"""Figures of lesson 12: the LSTM cell, counters, budgets, and results over several seeds."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from gru_ref.plotting.cell import GATE, NEW, ROAD, _arrow, _box

SHOWN = "C3"


def plot_lstm_cell(ax):
    """Draw the step of an LSTM: the cell's straight path at the top, three gates and a candidate, and the resulting state.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 12.
    """
    top, middle, low = 4.2, 2.9, 1.2
    _arrow(ax, (0.5, top), (1.32, top), ROAD, width=3)
    _arrow(ax, (1.88, top), (4.22, top), ROAD, width=3)
    _arrow(ax, (4.78, top), (10.2, top), ROAD, width=3)
    ax.text(0.4, top, "c", ha="right", va="center", color=ROAD, fontsize=13, fontweight="bold")
    ax.text(10.3, top, "c_new", ha="left", va="center", color=ROAD, fontsize=13, fontweight="bold")

    for place, text, color in (
        (1.6, "forget gate\nσ", GATE),
        (3.2, "input gate\nσ", GATE),
        (5.4, "candidate\ntanh", NEW),
        (7.4, "output gate\nσ", GATE),
    ):
        _box(ax, (place, low), text, color, "x, h", "", top)
    _arrow(ax, (1.6, low + 0.42), (1.6, top - 0.28), GATE)
    ax.text(1.72, 2.9, "f", color=GATE, fontsize=12, va="center")
    ax.plot([3.2, 3.2], [low + 0.42, middle], color=GATE, linewidth=1.8)
    _arrow(ax, (3.2, middle), (4.22, middle), GATE, "i")
    ax.plot([5.4, 5.4], [low + 0.42, middle], color=NEW, linewidth=1.8)
    _arrow(ax, (5.4, middle), (4.78, middle), NEW, "g")
    _arrow(ax, (4.5, middle + 0.28), (4.5, top - 0.28), NEW)
    ax.plot([7.4, 7.4], [low + 0.42, middle], color=GATE, linewidth=1.8)
    _arrow(ax, (7.4, middle), (8.62, middle), GATE, "o")
    _arrow(ax, (8.9, top), (8.9, middle + 0.28), ROAD)
    ax.text(9.0, 3.65, "tanh", color=ROAD, fontsize=10, va="center")
    _arrow(ax, (9.18, middle), (10.2, middle), SHOWN, width=2.4)
    ax.text(10.3, middle, "h_new", ha="left", va="center", color=SHOWN, fontsize=13, fontweight="bold")

    for place, sign in {(1.6, top): "⊙", (4.5, middle): "⊙", (4.5, top): "+", (8.9, middle): "⊙"}.items():
        ax.add_patch(plt.Circle(place, 0.28, facecolor="white", edgecolor="0.25", linewidth=1.4, zorder=3))
        ax.text(*place, sign, ha="center", va="center_baseline", fontsize=13, zorder=4)
    ax.set(xlim=(-0.1, 11.3), ylim=(-0.15, 4.75), aspect="equal")
    ax.axis("off")


def plot_counters(axes, memories, n):
    """Draw the contents of memories while they read n times a and n times b, one panel each.

    Parameters
    ----------
    axes : matplotlib Axes, as many as there are memories, one above the other
    memories : dict from label to (2n,) array
    n : int

    Introduced in lesson 12.
    """
    for k, (ax, (label, values)) in enumerate(zip(axes, memories.items(), strict=True)):
        ax.axhline(0, color="0.6", linewidth=1)
        ax.axvline(n, color="0.6", linestyle=":")
        ax.plot(np.arange(len(values) + 1), np.concatenate([[0.0], values]), color=f"C{k}")
        ax.set(ylabel="stored (no unit)")
        ax.set_title(label)
    axes[-1].set(xlabel=f"symbols read (steps): {n} a, then {n} b")


def plot_sizes(ax, budgets, sizes):
    """Draw the hidden sizes that a budget allows.

    Parameters
    ----------
    ax : matplotlib Axes
    budgets : (N,) numbers of parameters
    sizes : dict from a model's name to (N,) hidden sizes

    Introduced in lesson 12.
    """
    for style, (name, units) in zip(cycle(["-", "--", "-.", ":"]), sizes.items(), strict=False):
        ax.plot(budgets, units, style, label=name)
    ax.set(xscale="log", yscale="log", xlabel="budget (recurrent parameters)", ylabel="hidden size H (units)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_paired_runs(ax, results, quantity, unit):
    """Draw several models' results, one dot for each seed; a thin line joins the runs of one seed, a bar marks the mean.

    Parameters
    ----------
    ax : matplotlib Axes
    results : dict from a model's name to (N,) array, run k of each with the same seed
    quantity, unit : str, for the axis

    Introduced in lesson 12.
    """
    table = np.array(list(results.values()))
    places = np.arange(len(table))
    ax.plot(places, table, color="0.75", linewidth=1, zorder=1)
    for place, row in zip(places, table, strict=True):
        ax.plot(np.full(len(row), place), row, "o", color=f"C{place % 7}", markersize=6)
        ax.hlines(row.mean(), place - 0.22, place + 0.22, color="black", linewidth=2.2, zorder=3)
    ax.set_xticks(places, list(results))
    ax.set(xlim=(-0.5, len(table) - 0.5), xlabel="model (one dot for each seed)", ylabel=f"{quantity} ({unit})")
    ax.grid(False, axis="x")


def plot_intervals(ax, comparisons, unit):
    """Draw mean differences with their intervals, one row for each comparison; ties are drawn hollow and grey.

    Parameters
    ----------
    ax : matplotlib Axes
    comparisons : dict from label to (difference, (low, high), verdict), as `gru_ref.compare` returns them
    unit : str, what the differences are measured in

    Introduced in lesson 12.
    """
    ax.axvline(0, color="0.4", linewidth=1.2)
    places = np.arange(len(comparisons))[::-1]
    for place, (mean, (low, high), verdict) in zip(places, comparisons.values(), strict=True):
        color = {"a": "C0", "b": "C1", "tie": "0.5"}[verdict]
        ax.plot([low, high], [place, place], "|-", color=color, markersize=10)
        ax.plot(mean, place, "o", color=color, markersize=7, fillstyle="none" if verdict == "tie" else "full")
        told = "tie" if verdict == "tie" else f"{verdict} ahead"
        ax.annotate(told, (1.0, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                    va="center", color=color)  # fmt: skip
    ax.set_yticks(places, list(comparisons))
    ax.set(ylim=(-0.6, len(places) - 0.4), xlabel=f"difference a − b ({unit})", ylabel="a against b (comparison)")
    ax.grid(False, axis="y")


def plot_seed_curves(ax, curves, baseline=None, quantity="mean squared error", unit="no unit"):
    """Draw learning curves of several seeds: each seed a thin line, their median a thick one.

    Parameters
    ----------
    ax : matplotlib Axes
    curves : dict from a model's name to a pair (steps (K,), errors (N, K))
    baseline : float, an error to mark by a dotted line, or None
    quantity, unit : str, for the axis

    Introduced in lesson 12.
    """
    for k, (style, (name, (steps, errors))) in enumerate(
        zip(cycle(["-", "--", "-.", ":"]), curves.items(), strict=False)
    ):
        ax.plot(steps, errors.T, style, color=f"C{k}", linewidth=0.7, alpha=0.5)
        ax.plot(steps, np.median(errors, axis=0), style, color=f"C{k}", linewidth=2.2, label=name)
    if baseline is not None:
        ax.axhline(baseline, color="0.45", linestyle=":", label="baseline")
    ax.set(yscale="log", xlabel="training (steps)", ylabel=f"{quantity} ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
