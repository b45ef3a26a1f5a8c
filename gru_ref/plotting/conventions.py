"""Figures of lesson 06: the same numbers read in several ways, a matrix in two parts, and libraries compared with both cells."""

import numpy as np


def plot_readings(ax, readings):
    """Draw the state of one unit over time, as several readers of the same numbers compute it.

    Parameters
    ----------
    ax : matplotlib Axes
    readings : dict from label to (T,) array

    Introduced in lesson 06.
    """
    for style, (label, values) in zip(["-", "--", "-.", ":"], readings.items(), strict=False):
        ax.plot(np.arange(1, len(values) + 1), values, style, label=label)
    ax.set(xlabel="inputs read (steps)", ylabel="state of unit 0\n(between −1 and 1)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_concatenated(ax, W, H, order):
    """Draw a concatenated matrix as a map with its numbers, and a line between its part for h and its part for x.

    Parameters
    ----------
    ax : matplotlib Axes
    W : (H, H + I) array
    H : int, size of the state
    order : "hx" or "xh", which columns come first

    Introduced in lesson 06.
    """
    columns = W.shape[1]
    cut = H if order == "hx" else columns - H
    most = np.abs(W).max()
    ax.imshow(W, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    ax.axvline(cut - 0.5, color="black", linewidth=2.4)
    parts = ("W_h reads h", "W_x reads x") if order == "hx" else ("W_x reads x", "W_h reads h")
    for label, middle in zip(parts, (cut / 2, (cut + columns) / 2), strict=True):
        ax.text(middle - 0.5, -0.75, label, ha="center", va="bottom")
    ax.set(xlabel="what is read (column)", ylabel="unit (row)", xticks=range(columns), yticks=range(H))
    ax.grid(False)
    for (i, j), weight in np.ndenumerate(W):
        ax.text(j, i, f"{weight:.1f}", ha="center", va="center", color="white" if abs(weight) > 0.6 * most else "black")


def plot_disagreement(ax, share, differences):
    """Draw how far the two resets disagree, against how much of W_hn lies off its diagonal.

    Parameters
    ----------
    ax : matplotlib Axes
    share : (K,) array, the factor of all weights off the diagonal
    differences : dict from label to (K,) array, largest difference of two candidates

    Introduced in lesson 06.
    """
    for style, (label, values) in zip(["-", "--", "-.", ":"], differences.items(), strict=False):
        ax.plot(share, values, style, label=label)
    ax.set(
        xlabel="share of the weights off the diagonal (fraction)", ylabel="largest difference\nof candidates (no unit)"
    )
    ax.set_ylim(bottom=0)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_peers(ax, names, to_after, to_before):
    """Draw how far each library's states are from those of the two cells, on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib Axes
    names : list of K texts
    to_after, to_before : (K,) arrays, largest difference of a state from reset after, and from reset before

    Introduced in lesson 06.
    """
    rows = np.arange(len(names))
    floor = 1e-17  # where there is no difference at all
    ax.plot(np.maximum(to_after, floor), rows, "o", label="from reset after")
    ax.plot(np.maximum(to_before, floor), rows, "D", label="from reset before", markerfacecolor="white")
    ax.set(xscale="log", xlim=(floor / 3, 3), yticks=rows, yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    ax.set(xlabel="largest difference of a state (no unit, log axis)", ylabel="library (name)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
