"""Figures of lesson 15: what attention looks at, translations by length, and error rates with their intervals."""

import numpy as np

from gru_ref.plotting.sentiment import MARKERS, half_width


def plot_attention(ax, sources, targets, weights):
    """Draw what a decoder looked at before each token that it wrote.

    Parameters
    ----------
    ax : matplotlib Axes
    sources, targets : lists of T and U str, the tokens read and the tokens written
    weights : (U, T) array, the weight of each token read, for each token written

    Introduced in lesson 15.
    """
    image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.figure.colorbar(image, ax=ax, label="weight (share)")
    ax.set_xticks(np.arange(len(sources)), sources, rotation=45, ha="right")
    ax.set_yticks(np.arange(len(targets)), targets)
    ax.set(xlabel="read (token)", ylabel="written (token)")
    ax.grid(False)


def plot_by_length(ax, lengths, results, longest):
    """Draw shares of right translations against the length of the source: means over seeds, with 95% intervals.

    Parameters
    ----------
    ax : matplotlib Axes
    lengths : (K,) integers, in words
    results : dict from a model's name to (N, K) shares, one row for each of N seeds
    longest : int, the longest source in training

    Introduced in lesson 15.
    """
    ax.axvspan(longest + 0.5, lengths[-1] + 0.4, color="0.92", zorder=0)
    for k, (name, values) in enumerate(results.items()):
        ax.errorbar(
            lengths, values.mean(axis=0), half_width(values), fmt=f"{MARKERS[k % len(MARKERS)]}-", capsize=3, label=name
        )
    ax.annotate("longer than\nin training", (longest + 0.65, 0.45), color="0.35")
    ax.set_xticks(lengths)
    ax.set(xlabel="length of the French number (words)", ylabel="translated exactly (share)", ylim=(-0.02, 1.05))
    ax.set_xlim(lengths[0] - 0.4, lengths[-1] + 0.4)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_word_errors(ax, rates):
    """Draw error rates with their intervals, one row for each model.

    Parameters
    ----------
    ax : matplotlib Axes
    rates : dict from a model's name to (rate, low, high)

    Introduced in lesson 15.
    """
    places = np.arange(len(rates))[::-1]
    for k, (place, (rate, low, high)) in enumerate(zip(places, rates.values(), strict=True)):
        ax.errorbar(rate, place, xerr=[[rate - low], [high - rate]], fmt=MARKERS[k % len(MARKERS)], capsize=3)
    ax.set_yticks(places, list(rates))
    ax.set(ylim=(-0.6, len(places) - 0.4), xlabel="words pronounced wrongly (share)", ylabel="model (one row each)")
    ax.grid(False, axis="y")
