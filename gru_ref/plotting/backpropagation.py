"""Figures of lesson 08: numerical gradients, the links of a step, backpropagation through time, truncation."""

import matplotlib.pyplot as plt
import numpy as np

ARROW = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}


def plot_step_size(ax, steps, errors):
    """Draw the error of a numerical gradient against its step size, and mark the best step of each.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : (K,) array, the steps, above 0
    errors : dict from label to (K,) array of relative errors; zeros are left out

    Introduced in lesson 08.
    """
    for unit, (style, (label, error)) in enumerate(zip(["--", "-", "-."], errors.items(), strict=False)):
        seen = error > 0
        best = np.argmin(np.where(seen, error, np.inf))
        ax.loglog(steps[seen], error[seen], style, color=f"C{unit}", label=label)
        ax.loglog(steps[best], error[best], "o", color=f"C{unit}", markersize=7)
    ax.set(xlabel="step of the nudge (unit of a, log axis)", ylabel="relative error (no unit, log axis)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


# The place of each quantity of a step in `plot_links`, and its links with their slopes.
_PLACES = {"h": (0, 0), "a_r": (1.9, 2.2), "r": (4.1, 2.2), "q": (1.9, 1.1), "a_n": (6.1, 1.1)}
_PLACES |= {"n": (8.3, 1.1), "a_z": (1.9, -1.1), "z": (6.1, -1.1), "h_new": (10.4, 0)}
_LINKS = {
    ("h", "a_r"): "W_hr", ("a_r", "r"): "r (1 − r)", ("r", "a_n"): "q", ("h", "q"): "W_hn", ("q", "a_n"): "r",
    ("a_n", "n"): "1 − n²", ("n", "h_new"): "1 − z", ("h", "a_z"): "W_hz", ("a_z", "z"): "z (1 − z)",
    ("z", "h_new"): "h − n", ("h", "h_new"): "z",
}  # fmt: skip


def plot_links(ax):
    """Draw how the quantities of a GRU step depend on one another: each link with its slope.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 08.
    """
    for (start, end), slope in _LINKS.items():
        (x0, y0), (x1, y1) = _PLACES[start], _PLACES[end]
        kept = (start, end) == ("h", "h_new")
        color = "C1" if kept else "0.45"
        length = np.hypot(x1 - x0, y1 - y0)
        inset = 0.5 / length
        tail, tip = (x0 + inset * (x1 - x0), y0 + inset * (y1 - y0)), (x1 - inset * (x1 - x0), y1 - inset * (y1 - y0))
        ax.annotate("", tip, tail, arrowprops=ARROW | {"color": color})
        ax.text(
            (x0 + x1) / 2, (y0 + y1) / 2, slope, ha="center", va="center", fontsize=9.5, color="C1" if kept else "0.2",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        )  # fmt: skip
    for name, (x, y) in _PLACES.items():
        ax.text(
            x, y, name, ha="center", va="center", color="C0", fontweight="bold",
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "#dceaf5", "edgecolor": "C0", "linewidth": 1.4},
        )  # fmt: skip
    for name, up in (("a_r", 1), ("a_n", 1), ("a_z", -1)):
        x, y = _PLACES[name]
        ax.annotate("", (x, y + 0.32 * up), (x, y + 0.75 * up), arrowprops=ARROW | {"color": "0.7", "linewidth": 1.2})
        ax.text(x, y + 0.92 * up, "x", ha="center", va="center", color="0.5", fontsize=9.5)
    ax.set(xlim=(-0.5, 11.1), ylim=(-2.2, 3.3))
    ax.axis("off")


def plot_way_back(ax, steps):
    """Draw an unrolled GRU with its errors travelling back: direct ones from above, the carry from right to left.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : int

    Introduced in lesson 08.
    """
    for t in range(steps):
        x = 1.5 * t
        ax.add_patch(plt.Rectangle((x - 0.4, -0.25), 0.8, 0.5, facecolor="#dceaf5", edgecolor="C0", linewidth=1.6))
        ax.text(x, 0, f"step {t}\nback", ha="center", va="center", color="C0", fontweight="bold", fontsize=9.5)
        ax.annotate("", (x + 0.82, 0.1), (x + 0.82, 0.8), arrowprops=ARROW | {"color": "C3"})
        ax.text(x + 0.82, 0.95, f"dhs[{t}]", ha="center", va="center", color="C3")
        ax.text(x + 0.82, 0, "+", ha="center", va="center", color="C1", fontweight="bold", fontsize=13)
        ax.annotate("", (x + 0.4, 0), (x + 0.72, 0), arrowprops=ARROW | {"color": "C1"})
        ax.annotate("", (x - 0.58, 0), (x - 0.4, 0), arrowprops=ARROW | {"color": "C1", "arrowstyle": "-"})
        ax.annotate("", (x - 0.6, 0), (x - 0.4, 0), arrowprops=ARROW | {"color": "C1"})
        ax.annotate("", (x - 0.18, -0.85), (x - 0.18, -0.25), arrowprops=ARROW | {"color": "0.45"})
        ax.text(x - 0.18, -1.0, f"dxs[{t}]", ha="center", va="center", color="0.35")
        ax.annotate("", (x + 0.22, -1.3), (x + 0.22, -0.25), arrowprops=ARROW | {"color": "C2"})
    right = 1.5 * (steps - 1) + 0.4
    ax.add_patch(plt.Rectangle((-0.4, -1.72), right + 0.4, 0.42, facecolor="#e3f1e3", edgecolor="C2", linewidth=1.4))
    ax.text((right - 0.4) / 2, -1.51, "grads: the sum over all steps", ha="center", va="center", color="C2")
    ax.text(-0.66, 0, "dh0", ha="right", va="center", color="C1")
    ax.annotate("", (right + 0.52, 0), (right + 0.8, 0), arrowprops=ARROW | {"color": "C1"})
    ax.text(right + 0.84, 0, "0", ha="left", va="center", color="C1")
    ax.set(xlim=(-1.2, right + 1.1), ylim=(-1.8, 1.12))
    ax.axis("off")


def plot_ways_back(ax, shares):
    """Draw how much of an error in the new state reaches the old one on each of its four paths.

    Parameters
    ----------
    ax : matplotlib Axes
    shares : dict from label of a network to dict from label of a path to its size, relative to the error

    Introduced in lesson 08.
    """
    ways = list(next(iter(shares.values())))
    height = 0.8 / len(shares)
    for k, (label, sizes) in enumerate(shares.items()):
        y = np.arange(len(ways)) + (k - (len(shares) - 1) / 2) * height
        widths = [sizes[way] for way in ways]
        ax.barh(y, widths, 0.9 * height, color=f"C{k}", hatch=["", "//", ".."][k % 3], edgecolor="white", label=label)
        for place, width in zip(y, widths, strict=True):
            ax.text(width + 0.012, place, f"{width:.3f}", va="center", fontsize=9)
    ax.set(yticks=range(len(ways)), yticklabels=ways, xlim=(0, 1.13))
    ax.set(xlabel="size of what arrives ÷ size of the error (no unit)", ylabel="way back (named by its link)")
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_axisbelow(True)
    ax.legend(loc="lower right")


def plot_truncation(ax, lengths, errors):
    """Draw the error of a gradient that goes back only a limited number of steps.

    Parameters
    ----------
    ax : matplotlib Axes
    lengths : (K,) array, steps that the gradient goes back
    errors : dict from label to (K,) array, error relative to the whole gradient

    Introduced in lesson 08.
    """
    for style, (label, error) in zip(["o-", "s--", "^-."], errors.items(), strict=False):
        ax.semilogx(lengths, 100 * np.asarray(error), style, markersize=5, label=label)
    ax.set(xlabel="steps that the error travels back (steps, log axis)", ylabel="error of the gradient (%)")
    ax.set(xticks=lengths, xticklabels=lengths, ylim=(-3, 103))
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
