"""Figures of lesson 10: descent, learning curves, sweeps and truncation."""

from itertools import cycle

import numpy as np


def plot_cliff(ax, ws, losses, start, slope):
    """Draw a loss with a cliff in it, and the straight line that its steepest slope promises.

    Parameters
    ----------
    ax : matplotlib Axes
    ws, losses : (N,) arrays, weights and the loss at each
    start, slope : floats, where the line touches and how steep it is

    Introduced in lesson 10.
    """
    at = np.interp(start, ws, losses)
    ax.plot(ws, losses, color="C0")
    ax.axline((start, at), slope=slope, color="C1", linestyle="--", linewidth=1.2)
    ax.plot(start, at, "o", color="C1")
    ax.annotate(
        f"slope {slope:.0f}".replace("-", "−"),
        (start, at),
        xytext=(10, 0),
        textcoords="offset points",
        color="C1",
        va="center",
    )
    room = 0.1 * np.ptp(losses)
    ax.set(xlabel="weight w (no unit)", ylabel="loss after 50 steps (no unit)")
    ax.set_ylim(losses.min() - room, losses.max() + room)


def plot_descent(ax, curvatures, paths):
    """Draw the paths of optimisers over the contours of the bowl ½ Σ curvature · p².

    Parameters
    ----------
    ax : matplotlib Axes
    curvatures : two floats
    paths : dict from label to (K, 2) array of positions, in order

    Introduced in lesson 10.
    """
    points = np.concatenate([*paths.values(), [[0.0, 0.0]]])
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.15 * (high - low)
    p, q = (np.linspace(*ends, 121) for ends in zip(low - room, high + room, strict=True))
    bowl = 0.5 * (curvatures[0] * p[None, :] ** 2 + curvatures[1] * q[:, None] ** 2)
    ax.contour(
        p, q, bowl, levels=bowl.max() * np.array([0.001, 0.01, 0.05, 0.15, 0.35, 0.7]), colors="0.8", linewidths=1
    )
    for style, (label, path) in zip(cycle(["o-", "s--", "^-."]), paths.items(), strict=False):
        ax.plot(*path.T, style, label=label, markersize=3.5, linewidth=1.2)
    ax.plot(0, 0, "k+", markersize=11, markeredgewidth=2)
    ax.grid(False)
    ax.set(xlabel="parameter 1 (no unit)", ylabel="parameter 2 (no unit)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_learning_curves(ax, curves, baseline=None, quantity="mean squared error", unit="no unit"):
    """Draw errors against steps of training, on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib Axes
    curves : dict from label to a pair (steps, errors) of equally long sequences
    baseline : float, an error to mark by a dotted line, or None
    quantity, unit : str, what the errors are, for the axis

    Introduced in lesson 10.
    """
    for style, (label, (steps, errors)) in zip(cycle(["-", "--", "-.", ":"]), curves.items(), strict=False):
        ax.plot(steps, errors, style, label=label)
    if baseline is not None:
        ax.axhline(baseline, color="0.45", linestyle=":", label="baseline")
    ax.set_yscale("log")
    ax.set(xlabel="training (steps)", ylabel=f"{quantity} ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_chunks(ax, chunks, losses, lag, baseline):
    """Draw the remaining loss if backpropagation is truncated after each chunk, against the chunk's length.

    Parameters
    ----------
    ax : matplotlib Axes
    chunks : (N,) lengths in steps
    losses : (N,) losses in nats
    lag : int, steps that the model must remember
    baseline : float, loss without any knowledge

    Introduced in lesson 10.
    """
    places = np.arange(len(chunks))
    ax.bar(places, losses, color=["C1" if chunk <= lag else "C0" for chunk in chunks], width=0.6)
    for place, loss in zip(places, losses, strict=True):
        inside = loss > baseline / 5  # a number above its bar would meet the dotted line
        where = {"xytext": (0, -4), "va": "top", "color": "white"} if inside else {"xytext": (0, 3)}
        ax.annotate(f"{loss:.3f}", (place, loss), textcoords="offset points", ha="center", **where)
    ax.axhline(baseline, color="0.45", linestyle=":")
    ax.annotate("knowing nothing", (places[-1] + 0.3, baseline), xytext=(0, 3), textcoords="offset points", ha="right")
    ax.set_xticks(places, [str(chunk) for chunk in chunks])
    ax.set(xlabel=f"length of a chunk (steps; the bit to name is {lag} steps back)", ylabel="loss (nats per step)")
    ax.set_ylim(0, 1.2 * max(baseline, max(losses)))
    ax.grid(False, axis="x")
    ax.set_axisbelow(True)


def plot_sweep(ax, errors, rates, labels, solved):
    """Draw the errors of a sweep as a table of coloured fields, with the solved ones framed.

    Parameters
    ----------
    ax : matplotlib Axes
    errors : (rows, rates) array; infinity where training broke down
    rates : the learning rates, one for each column
    labels : names of the rows
    solved : float, an error below it counts as solved

    Introduced in lesson 10.
    """
    shades = np.log10(np.clip(errors, 1e-4, 1.0))
    ax.imshow(shades, cmap="viridis_r", vmin=-4, vmax=0, aspect="auto")
    for (row, column), error in np.ndenumerate(errors):
        text = f"{error:.3f}" if np.isfinite(error) else "broke down"
        dark = shades[row, column] > -1.8
        weight = "bold" if error < solved else "normal"
        ax.text(
            column, row, text, ha="center", va="center", color="white" if dark else "black", weight=weight, fontsize=9
        )
    ax.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    ax.set_yticks(range(len(labels)), labels)
    ax.set(xlabel="learning rate (no unit)", ylabel="model and size (units)")
    ax.set_title(f"mean squared error; bold: solved, below {solved:g}")
    ax.grid(False)
