"""Figures of lesson 14: a verdict word by word, accuracies with their intervals, and two splits side by side."""

import numpy as np

MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_verdict_by_word(ax, words, probabilities):
    """Draw what a classifier makes of a text after each of its words.

    Parameters
    ----------
    ax : matplotlib Axes
    words : list of T str
    probabilities : (T,) array, of the class "positive" after each word

    Introduced in lesson 14.
    """
    places = np.arange(len(words))
    ax.axhline(0.5, color="0.6", linewidth=1)
    ax.plot(places, probabilities, "o-", color="C0")
    ax.set_xticks(places, words, rotation=40, ha="right")
    ax.set(ylim=(-0.05, 1.05), xlabel="read so far, up to this (word)", ylabel="P(positive) (no unit)")
    ax.grid(False, axis="x")


def plot_accuracy_by_size(ax, sizes, results):
    """Draw accuracies against the number of training examples: means over seeds, with 95% intervals.

    Parameters
    ----------
    ax : matplotlib Axes
    sizes : (K,) numbers of training examples
    results : dict from a model's name to (N, K) accuracies, one row for each of N seeds

    Introduced in lesson 14.
    """
    for k, (name, values) in enumerate(results.items()):
        ax.errorbar(
            sizes, values.mean(axis=0), half_width(values), fmt=f"{MARKERS[k % len(MARKERS)]}-", capsize=3, label=name
        )
    ax.set_xscale("log")
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="training sentences (log scale)", ylabel="accuracy (share)", ylim=(0.45, 1.03))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_two_splits(ax, leaking, honest, ceiling):
    """Draw each model's accuracies on two splits: a small mark for each seed, a large one with the 95% interval of the mean.

    Parameters
    ----------
    ax : matplotlib Axes
    leaking, honest : dicts from a model's name to (N,) accuracies, one for each seed
    ceiling : float, an accuracy to mark by a dotted line

    Introduced in lesson 14.
    """
    places = np.arange(len(leaking))[::-1]
    for side, (label, results, shift) in enumerate((("leaking split", leaking, 0.16), ("honest split", honest, -0.16))):
        for place, values in zip(places, results.values(), strict=True):
            ax.plot(values, np.full(len(values), place + shift), ".", color=f"C{side}", alpha=0.4)
            ax.errorbar(
                values.mean(),
                place + shift,
                xerr=half_width(values[:, None]),
                fmt=MARKERS[side],
                color=f"C{side}",
                capsize=3,
                label=label if place == 0 else None,
            )
    ax.axvline(ceiling, color="0.4", linestyle=":")
    ax.annotate("raters", (ceiling, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", color="0.3")
    ax.set_yticks(places, list(leaking))
    ax.set(
        ylim=(-0.6, len(places) - 0.4),
        xlabel="accuracy on words that were not in training (share)",
        ylabel="model (one row each)",
    )
    ax.grid(False, axis="y")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_coverage(ax, truths, coverages, n):
    """Draw how often intervals hold the true accuracy, against that accuracy.

    Parameters
    ----------
    ax : matplotlib Axes
    truths : (K,) true accuracies
    coverages : dict from an interval's name to (K,) shares of experiments in which it holds the truth
    n : int, test examples in each experiment

    Introduced in lesson 14.
    """
    ax.axhline(0.95, color="0.4", linestyle=":")
    for (name, shares), style in zip(coverages.items(), ("-", "--"), strict=True):
        ax.plot(truths, shares, style, label=name)
    ax.set(ylim=(0.3, 1.02), xlabel=f"true accuracy (share), n = {n} examples", ylabel="intervals that hold it (share)")
    ax.legend(loc="lower left")


def half_width(values):
    """Half of the 95% interval of the mean over N seeds, by Student's t: (N, K) → (K,)."""
    from scipy.special import stdtrit  # late: it takes longer to import than all the rest of the package

    N = len(values)
    return stdtrit(N - 1, 0.975) * values.std(axis=0, ddof=1) / np.sqrt(N)
