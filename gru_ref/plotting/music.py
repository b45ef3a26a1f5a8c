"""Figures of lesson 17: piano rolls, and nats per frame."""

import numpy as np

from gru_ref.notes import LOWEST
from gru_ref.plotting.sentiment import half_width

_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


def plot_roll(ax, roll, opening=0):
    """Draw a piano roll: time to the right, and high keys above.

    Parameters
    ----------
    ax : matplotlib Axes
    roll : (T, 88) array of 0.0 and 1.0, a frame per quarter note
    opening : int, frames before a vertical line; 0 draws none

    Introduced in lesson 17.
    """
    keys = np.flatnonzero(roll.any(axis=0))
    last = roll.shape[1] - 1
    low, high = (max(keys.min() - 2, 0), min(keys.max() + 2, last)) if keys.size else (0, last)
    extent = (0, len(roll), low - 0.5, high + 0.5)
    ax.imshow(roll.T[low : high + 1], origin="lower", aspect="auto", extent=extent, cmap="Blues", vmin=0, vmax=1.2)
    octaves = [key for key in range(low, high + 1) if (key + LOWEST) % 12 in (0, 7)]
    ax.set_yticks(octaves, [f"{_NAMES[(key + LOWEST) % 12]}{(key + LOWEST) // 12 - 1}" for key in octaves])
    if opening:
        ax.axvline(opening, color="C1", linewidth=2)
    ax.set(xlabel="time (quarter notes)", ylabel="key (name)")
    ax.grid(alpha=0.3)


def plot_nats(ax, results):
    """Draw nats per frame of several models: each seed a dot, and the mean with its 95% interval.

    Parameters
    ----------
    ax : matplotlib Axes
    results : dict from a model's name to (N,) values, one for each seed

    Introduced in lesson 17.
    """
    for place, (_name, values) in enumerate(reversed(results.items())):
        ax.plot(values, np.full(len(values), place + 0.16), "o", color="C0", markersize=3, alpha=0.6)
        ax.errorbar(
            values.mean(), place, xerr=half_width(values[:, None])[0], fmt="D", color="C1", capsize=4, markersize=5
        )
    ax.set_yticks(range(len(results)), list(results)[::-1])
    ax.set(xlabel="negative log likelihood (nats per frame)", ylabel="model (name)", ylim=(-0.6, len(results) - 0.4))
