"""Figures of lesson 11: sequences of different lengths, padding, learning curves, and computing times."""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator


def plot_sensors(axes, sequences, titles, names, unit):
    """Draw sequences of different lengths, one above the other, each with one line for each of its sensors.

    Parameters
    ----------
    axes : matplotlib Axes, one for each sequence, that share their time axis
    sequences : list of (T_i, I) arrays
    titles : list of str, one for each sequence
    names : list of str, one for each sensor
    unit : str, of the readings

    Introduced in lesson 11.
    """
    for ax, sequence, title in zip(axes, sequences, titles, strict=True):
        for reading, name, style in zip(sequence.T, names, ["o-", "s--", "^:"], strict=False):
            ax.plot(np.arange(1, len(sequence) + 1), reading, style, markersize=3, linewidth=1.2, label=name)
        ax.axvline(len(sequence) + 0.5, color="0.7")
        ax.set_title(title, fontsize=10)
        ax.set(ylabel=f"reading ({unit})", xlim=(0, max(map(len, sequences)) + 1))
    axes[-1].set_xlabel("time (steps)")
    axes[0].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_through_padding(ax, hs, length):
    """Draw how one sequence's state changes if the padding after its end is read as if it were input.

    Parameters
    ----------
    ax : matplotlib Axes
    hs : (T, H) array, the states
    length : int, how many of the T steps are real

    Introduced in lesson 11.
    """
    steps = np.arange(1, len(hs) + 1)
    ax.axvspan(length + 0.5, len(hs) + 0.5, color="0.93")
    for unit in hs.T:
        ax.plot(steps[:length], unit[:length], "-", color="C0", linewidth=1.2)
        ax.plot(steps[length - 1 :], unit[length - 1 :], ":", color="C1", linewidth=1.2)
        ax.plot(length, unit[length - 1], "o", color="C0", markersize=4)
    ax.margins(y=0.15)
    ax.text(length + 1, 0.98, "padding", color="0.4", va="top", transform=ax.get_xaxis_transform())
    ax.set(xlabel="time t (steps)", ylabel="state h of each unit (no unit)", xlim=(0.5, len(hs) + 0.5))


def plot_loss_by_epoch(ax, losses, floor=None):
    """Draw the mean loss of each epoch, one line for each model.

    Parameters
    ----------
    ax : matplotlib Axes
    losses : dict from label to a list of losses, in nats per example
    floor : a (label, value) pair, a line below which a loss cannot fall; or None

    Introduced in lesson 11.
    """
    for (label, values), style in zip(losses.items(), ["o-", "s--", "^-.", "v:"], strict=False):
        ax.plot(np.arange(1, len(values) + 1), values, style, markersize=4, label=label)
    if floor:
        ax.axhline(floor[1], color="0.5", linewidth=1, label=floor[0])
    ax.set(xlabel="epoch (passes over the data)", ylabel="mean loss (nats per example)", yscale="log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_chunk_times(ax, times):
    """Draw how long each chunk of one long sequence took, one line for each way to carry the state.

    Parameters
    ----------
    ax : matplotlib Axes
    times : dict from label to a list of times, in milliseconds

    Introduced in lesson 11.
    """
    for (label, values), style in zip(times.items(), ["o-", "s--", "^-."], strict=False):
        ax.plot(np.arange(1, len(values) + 1), values, style, markersize=3, linewidth=1.2, label=label)
    ax.set(xlabel="chunk (each of the same number of steps)", ylabel="backward pass (ms)", ylim=(0, None))
    ax.legend(loc="upper left")


def plot_time_ratios(ax, sizes, ratios):
    """Draw the ratio of two libraries' times, for several sizes, on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib Axes
    sizes : list of str, one for each size
    ratios : dict from label to a list of ratios, one for each size

    Introduced in lesson 11.
    """
    places = np.arange(len(sizes))
    for (label, values), marker in zip(ratios.items(), "os^", strict=False):
        ax.plot(places, values, marker, markersize=8, label=label)
    ax.axhline(1, color="0.5", linewidth=1)
    ax.set_xticks(places, sizes)
    ax.set(xlabel="size (T, B, H) of the batch (steps, sequences, units)", ylabel="NumPy's time / PyTorch's (no unit)")
    low, high = np.min(list(ratios.values())), np.max(list(ratios.values()))
    ax.set(yscale="log", xlim=(-0.5, len(sizes) - 0.5), ylim=(min(0.7 * low, 0.4), max(1.4 * high, 2.5)))
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("")
    if len(ratios) > 1:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
