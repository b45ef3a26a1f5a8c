"""Figures of lesson 09: how far gradients and gates reach back."""

from itertools import cycle

import numpy as np


def plot_memory_lengths(ax, lengths):
    """Draw how long each unit of a network remembers, its units in order of length.

    Parameters
    ----------
    ax : matplotlib Axes
    lengths : dict from label to (H,) array of time constants, in steps

    Introduced in lesson 09.
    """
    for style, (label, steps) in zip(cycle(["o", "s", "^", "D"]), lengths.items(), strict=False):
        share = 100 * (np.arange(len(steps)) + 0.5) / len(steps)
        ax.semilogy(share, np.sort(steps), style + "-", markersize=3.5, linewidth=1, label=label)
    ax.set(xlabel="units in order, shortest memory first (%)", ylabel="time constant (steps, log axis)", xlim=(0, 100))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_norm_while_training(ax, steps, norms):
    """Draw how the reach of the gradient changes during training.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : (n,) array, training steps after which it was measured
    norms : dict from label to (n,) array of norms, such as one for each lag

    Introduced in lesson 09.
    """
    ax.axhline(1, color="0.6", linewidth=1)
    for style, (label, values) in zip(cycle(["-", "--", "-.", ":"]), norms.items(), strict=False):
        ax.semilogy(steps, values, style, label=label)
    ax.set(xlabel="training (steps)", ylabel="‖∂h_T / ∂h_(T−lag)‖₂ (no unit)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_gates_against_lag(axes, lags, gates):
    """Draw the mean opening of each unit's gates against how far back the unit looks, a panel for each gate.

    Parameters
    ----------
    axes : matplotlib Axes, one for each gate, side by side
    lags : (H,) array, the mean lag of the inputs that a unit depends on, in steps
    gates : dict from label to (H,) array of mean openings

    Introduced in lesson 09.
    """
    for color, (ax, (label, openings)) in enumerate(zip(axes, gates.items(), strict=True)):
        ax.plot(lags, openings, "o", color=f"C{color}", markersize=4.5, alpha=0.7)
        ax.set(xlabel="how far the unit looks back (steps)", ylabel=f"mean {label} (0 to 1)", ylim=(0, 1))
