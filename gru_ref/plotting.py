"""Figures of the course. Importing this module applies the course's style to matplotlib.

Every function draws into given axes, labels them with units, and returns nothing.
"""

from itertools import cycle
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from gru_ref.gates import sigmoid
from gru_ref.memory import ema

plt.style.use(Path(__file__).with_name("course.mplstyle"))


def plot_gate(ax, weight, bias, x):
    """Draw how far a gate σ(w·x + b) opens against its input, and mark one input.

    Parameters
    ----------
    ax : matplotlib Axes
    weight, bias : float
    x : float, the input to mark

    Introduced in lesson 03.
    """
    xs = np.linspace(-6, 6, 241)
    opening = sigmoid(np.atleast_1d(weight * x + bias).astype(float))[0]
    ax.plot(xs, sigmoid(weight * xs + bias), color="C0")
    ax.plot([x, x], [0, opening], color="C1", linestyle=":")
    ax.plot(x, opening, "o", color="C1", markersize=8)
    ax.annotate(f"{opening:.2f}", (x, opening), xytext=(8, -4), textcoords="offset points", color="C1")
    ax.set(xlabel="input x", ylabel="opening of the gate (0 to 1)", ylim=(-0.05, 1.05), xlim=(-6, 6))
    ax.set_title(f"σ({weight:.1f}·x {'+' if bias >= 0 else '−'} {abs(bias):.1f})")


def plot_memories(ax, xs, zs, unit):
    """Draw a sequence as points, and its exponential moving average for each gate value as a line.

    Parameters
    ----------
    ax : matplotlib Axes
    xs : (T,) array
    zs : iterable of floats in [0, 1]
    unit : str, of xs, for the axis

    Introduced in lesson 00.
    """
    ax.plot(xs, ".", color="0.65", markersize=5, label="signal x")
    for style, z in zip(cycle(["-", "--", "-."]), zs, strict=False):
        ax.plot(ema(xs, z), style, label=f"memory, z = {z:g}")
    ax.set(xlabel="time t (steps)", ylabel=f"value ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_logistic(ax):
    """Draw the logistic function, its slope, and the hard switch that it softens.

    Parameters
    ----------
    ax : matplotlib Axes

    Introduced in lesson 03.
    """
    a = np.linspace(-8, 8, 321)
    s = sigmoid(a)
    ax.plot(a, np.where(a < 0, 0.0, 1.0), ":", color="0.5", drawstyle="steps-mid", label="hard switch")
    ax.plot(a, s, "-", color="C0", label="soft switch σ(a)")
    ax.plot(a, s * (1 - s), "--", color="C1", label="slope of σ")
    ax.set(xlabel="input a of the switch (no unit)", ylabel="value (no unit)", xlim=(-8, 8))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_gated_memory(axes, xs, marked, zs, memories, unit):
    """Draw readings and the memories made of them, and below them the gate that made the first memory.

    Parameters
    ----------
    axes : two matplotlib Axes, one above the other, that share their time axis
    xs : (T,) array, the readings
    marked : (T,) array of booleans, the readings to point out
    zs : (T,) array, the update gate of each step
    memories : dict from label to (T,) array
    unit : str, of xs, for the axis

    Introduced in lesson 03.
    """
    upper, lower = axes
    steps = np.arange(len(xs))
    upper.plot(steps[~marked], xs[~marked], ".", color="0.65", label="reading")
    upper.plot(steps[marked], xs[marked], "D", color="C1", label="marked reading")
    for style, (label, hs) in zip(["-", "--", "-."], memories.items(), strict=False):
        upper.plot(steps, hs, style, color={"-": "C0", "--": "C2", "-.": "C3"}[style], label=label)
    upper.set(ylabel=f"value ({unit})")
    upper.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    lower.bar(steps, zs, width=0.9, color="C0")
    lower.set(xlabel="time t (steps)", ylabel="gate z (0 to 1)", ylim=(0, 1.05))


def plot_gate_histogram(ax, gates):
    """Draw how often gates stand where between shut and open.

    Parameters
    ----------
    ax : matplotlib Axes
    gates : dict from label to array of gate values between 0 and 1

    Introduced in lesson 03.
    """
    bins = np.linspace(0, 1, 21)
    for style, (label, values) in zip(["-", "--", "-."], gates.items(), strict=False):
        share = np.full(np.size(values), 100 / np.size(values))
        ax.hist(np.ravel(values), bins, weights=share, histtype="step", linestyle=style, linewidth=1.8, label=label)
    ax.set(xlabel="opening of the gate (0 to 1)", ylabel="share of the gates (%)", xlim=(0, 1))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
