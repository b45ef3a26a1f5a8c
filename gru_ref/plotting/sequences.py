"""Figures of lesson 07: padded batches, the effect of padding on a state, both directions."""

import matplotlib.pyplot as plt
import numpy as np


def plot_padded_batch(ax, values, lengths, title=""):
    """Draw one unit's states of a padded batch as a map, one row per sequence, with a line where each one ends.

    Parameters
    ----------
    ax : matplotlib Axes
    values : (T, B) array, inside [−1, 1]
    lengths : (B,) array of integers between 1 and T, in steps
    title : str

    Introduced in lesson 07.
    """
    T, B = values.shape
    most = np.abs(values).max()
    image = ax.imshow(
        values.T,
        cmap="RdBu_r",
        vmin=-most,
        vmax=most,
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, T - 0.5, B - 0.5, -0.5),
    )
    rows = np.repeat(np.arange(B + 1) - 0.5, 2)[1:-1]
    ax.plot(np.repeat(lengths - 0.5, 2), rows, color="black", linewidth=2.4, clip_on=False)
    ax.set(xlabel="time t (steps)", ylabel="sequence (index)", yticks=range(B), title=title)
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, label="state of unit 0")


def plot_drift(axes, away, apart):
    """Draw how far states drift while padding is read, and how much sequences still differ.

    Parameters
    ----------
    axes : two matplotlib Axes
    away, apart : dicts from label to (K,) array, after 1 to K steps of padding: distance from the state at the end,
        as a fraction of that state's norm; and the sequences' distance from one another, as a fraction of that at the
        end

    Introduced in lesson 07.
    """
    for ax, curves in zip(axes, (away, apart), strict=True):
        for style, (label, values) in zip(["-", "--", "-.", ":"], curves.items(), strict=False):
            ax.plot(np.arange(1, len(values) + 1), values, style, label=label)
        ax.set_xlabel("padding read (steps)")
    axes[0].set(ylabel="distance from the end\n(in norms of the state)", ylim=(0, None), title="how far it drifts")
    axes[1].set(ylabel="difference left\n(fraction, log axis)", yscale="log", title="what tells sequences apart")
    axes[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_both_directions(ax, steps):
    """Draw a network that reads in both directions: two rows of boxes, one state of each at every step.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : int

    Introduced in lesson 07.
    """
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    rows = (("p_forward", 0.0, -0.2, "C0", "#dceaf5", 1), ("p_backward", 1.0, 0.2, "C1", "#fbe6d6", -1))
    for t in range(steps):
        for name, y, shift, color, fill, way in rows:
            x = t + shift
            ax.add_patch(
                plt.Rectangle((x - 0.27, y - 0.22), 0.54, 0.44, facecolor=fill, edgecolor=color, linewidth=1.6)
            )
            ax.text(x, y, name, ha="center", va="center", color=color, fontsize=7.5)
            ax.annotate("", (x - way * 0.27, y), (x - way * 0.73, y), arrowprops=arrow | {"color": color})
            ax.annotate("", (x, y - 0.22), (x, -0.72), arrowprops=arrow | {"color": "0.35"})
            ax.annotate("", (x, 1.72), (x, y + 0.22), arrowprops=arrow | {"color": color})
        ax.text(t, -0.9, f"xs[{t}]", ha="center", va="center")
        ax.text(t, 1.9, f"hs[{t}]", ha="center", va="center")
    ax.text(-1.0, 0, "zeros", ha="right", va="center")
    ax.text(steps, 1, "zeros", ha="left", va="center")
    ax.set(xlim=(-1.4, steps + 0.4), ylim=(-1.05, 2.05))
    ax.axis("off")


def plot_reach(ax, offsets, recalls, chance):
    """Draw how well inputs before and after a step can be read off the states of that step.

    Parameters
    ----------
    ax : matplotlib Axes
    offsets : (n,) array of integers, in steps: negative before the state's own step, positive after it
    recalls : dict from label to (n,) array of fractions read off right
    chance : float, the fraction that guessing gets right

    Introduced in lesson 07.
    """
    ax.axhline(100 * chance, color="0.6", linewidth=1)
    ax.axvline(0, color="0.6", linewidth=1, linestyle=":")
    ax.annotate("guessing", (offsets[0], 100 * chance), xytext=(0, 4), textcoords="offset points", color="0.4")
    for style, (label, fractions) in zip(["o-", "s--", "^-."], recalls.items(), strict=False):
        ax.plot(offsets, 100 * np.asarray(fractions), style, markersize=4.5, label=label)
    ax.set(xlabel="where the input stands, from the state's own step (steps)", ylabel="read off right (%)")
    ax.set(ylim=(45, 104), xticks=offsets[::2])
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
