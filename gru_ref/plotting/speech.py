"""Figures of lesson 16: a wave and its log-mel energies, mel filters, what a network hears, and error rates."""

import numpy as np

from gru_ref.plotting.sentiment import MARKERS, half_width


def plot_wave_and_energies(axes, wave, rate, energies, hop):
    """Draw a wave, and below it its log-mel energies on the same time axis.

    Parameters
    ----------
    axes : two matplotlib Axes, one above the other
    wave : (N,) array of samples
    rate : int, samples per second
    energies : (T, n) array, natural logarithms of power
    hop : int, samples from one frame to the next

    Introduced in lesson 16.
    """
    above, below = axes
    above.plot(np.arange(len(wave)) / rate, wave, linewidth=0.5)
    above.set(ylabel="sample (no unit)", xlim=(0, len(wave) / rate), ylim=(-1, 1))
    image = below.imshow(
        energies.T, origin="lower", aspect="auto", extent=(0, len(energies) * hop / rate, -0.5, energies.shape[1] - 0.5)
    )
    below.set(xlabel="time (s)", ylabel="mel band (number)", xlim=(0, len(wave) / rate))
    below.grid(False)
    below.figure.colorbar(image, ax=below, label="ln of power (no unit)", pad=0.01)


def plot_mel_filters(ax, filters, rate):
    """Draw mel filters over frequency.

    Parameters
    ----------
    ax : matplotlib Axes
    filters : (n, size // 2 + 1) array
    rate : int, samples per second

    Introduced in lesson 16.
    """
    hertz = np.linspace(0, rate / 2, filters.shape[1])
    for k, weights in enumerate(filters):
        ax.plot(hertz, weights, color=f"C{k % 2}", linewidth=1.2)
    ax.set(xlabel="frequency (Hz)", ylabel="weight (no unit)", xlim=(0, rate / 2), ylim=(0, 1.05))


def plot_classes(ax, log_probs, seconds, blank):
    """Draw the probability of each digit and of the blank at each step of a clip.

    Parameters
    ----------
    ax : matplotlib Axes
    log_probs : (T, C) array of log probabilities
    seconds : float, from one step to the next
    blank : int, the blank's class, the last one

    Introduced in lesson 16.
    """
    T, C = log_probs.shape
    image = ax.imshow(
        np.exp(log_probs.T), aspect="auto", vmin=0, vmax=1, cmap="Blues", extent=(0, T * seconds, C - 0.5, -0.5)
    )
    ax.set_yticks(range(C), ["blank" if k == blank else str(k) for k in range(C)])
    ax.set(xlabel="time (s)", ylabel="class (digit, or the blank)")
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, label="probability (no unit)", pad=0.01)


def plot_digit_errors(ax, places, results, xlabel, log=False):
    """Draw digit error rates: means over seeds, with 95% intervals.

    Parameters
    ----------
    ax : matplotlib Axes
    places : list of K numbers or texts, what was varied
    results : dict from a model's name to (N, K) rates, one row for each of N seeds
    xlabel : str, with its unit
    log : whether places are on a logarithmic scale

    Introduced in lesson 16.
    """
    named = isinstance(places[0], str)
    where = np.arange(len(places)) if named else np.array(places, float)
    for k, (name, rates) in enumerate(results.items()):
        middle, half = rates.mean(axis=0), half_width(rates)
        style = "--" if "known" in name or "clean" in name else "-"
        aside = k - (len(results) - 1) / 2  # so that intervals do not cover one another
        ax.errorbar(
            where * 1.05**aside if log else where + 0.05 * aside,
            middle,
            np.stack([np.minimum(half, middle), half]),
            fmt=MARKERS[k % len(MARKERS)] + style,
            capsize=3,
            label=name,
        )
    if log:
        ax.set_xscale("log")
        ax.minorticks_off()
    ax.set_xticks(where, [str(place) for place in places])
    ax.set(xlabel=xlabel, ylabel="digit error rate (edits per digit)")
    ax.set_ylim(bottom=0)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
