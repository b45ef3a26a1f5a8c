"""Figures of lesson 13: streams and chunks, contexts, temperatures, and how far back a model looks."""

from itertools import cycle

import numpy as np


def plot_streams(ax, text, T, B):
    """Draw a text as B streams below each other, cut into chunks of T characters; blanks are dots, what is left over grey.

    Parameters
    ----------
    ax : matplotlib Axes
    text : str
    T, B : int, as for `gru_ref.streams`

    Introduced in lesson 13.
    """
    L = (len(text) - 1) // B
    K = L // T
    for b in range(B):
        for t, character in enumerate(text[b * L : (b + 1) * L]):
            color = f"C{t // T % 2}" if t < K * T else "0.7"
            ax.text(
                t + 0.5,
                B - b - 0.5,
                character.replace(" ", "·"),
                ha="center",
                va="center",
                family="monospace",
                color=color,
                fontsize=11,
            )
    for k in range(K + 1):
        ax.plot([k * T, k * T], [0, B], color="0.4", linewidth=1.2)
    for k in range(K):
        ax.text((k + 0.5) * T, B + 0.25, f"chunk {k}", ha="center", va="bottom", color=f"C{k % 2}")
    ax.set_xticks([*np.arange(0, K * T + 1, T), L])
    ax.set_yticks(np.arange(B) + 0.5, [f"stream {b}" for b in reversed(range(B))])
    ax.set(xlim=(0, L), ylim=(0, B + 0.9), xlabel="time (characters)", ylabel="batch (streams)")
    ax.grid(False)


def plot_bits_by_context(ax, curves):
    """Draw bits per character against the longest context; the lowest point of each curve is marked.

    Parameters
    ----------
    ax : matplotlib Axes
    curves : dict from label to (n + 1,) bits, for contexts of up to 0, 1, …, n characters

    Introduced in lesson 13.
    """
    for style, (label, bits) in zip(cycle(["-", "--", "-.", ":"]), curves.items(), strict=False):
        (line,) = ax.plot(np.arange(len(bits)), bits, style, label=label)
        best = int(np.argmin(bits))
        ax.plot(best, bits[best], "o", color=line.get_color())
    ax.set(xlabel="longest context (characters)", ylabel="bits per character (bits)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_bits_by_known(ax, known, models, contexts=None):
    """Draw bits for a character where only the last k before it stand in their order.

    Parameters
    ----------
    ax : matplotlib Axes
    known : (K,) numbers k of at least 1
    models : dict from label to (N, K) bits, one row for each seed: each a thin line, the mean a thick one
    contexts : (n,) bits of a model that sees up to 1, 2, …, n characters, or None

    Introduced in lesson 13.
    """
    for c, (style, (label, bits)) in enumerate(zip(cycle(["-", "--", "-."]), models.items(), strict=False)):
        ax.plot(known, np.transpose(bits), style, color=f"C{c}", linewidth=0.6, alpha=0.5)
        ax.plot(known, np.mean(bits, axis=0), style, color=f"C{c}", linewidth=2.2, label=label)
    if contexts is not None:
        ax.plot(np.arange(1, len(contexts) + 1), contexts, ":o", color="0.35", markersize=4, label="Witten–Bell")
    ax.set_xscale("log", base=2)
    ax.set_xticks(known, [str(k) for k in known])
    ax.set(xlabel="characters in their order, k (characters)", ylabel="bits per character (bits)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_temperatures(ax, labels, probabilities):
    """Draw the probabilities of a few characters at several temperatures, side by side.

    Parameters
    ----------
    ax : matplotlib Axes
    labels : list of N str, the characters
    probabilities : dict from temperature to (N,) array

    Introduced in lesson 13.
    """
    width, hatches = 0.8 / len(probabilities), cycle(["", "//", "..", "xx"])
    for k, (temperature, p) in enumerate(probabilities.items()):
        places = np.arange(len(labels)) + (k - (len(probabilities) - 1) / 2) * width
        ax.bar(places, p, width, label=f"temperature {temperature:g}", hatch=next(hatches), edgecolor="white")
    ax.set_xticks(np.arange(len(labels)), labels)
    ax.set(xlabel="next character (a character)", ylabel="probability (no unit)")
    ax.grid(False, axis="x")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
