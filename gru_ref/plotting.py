"""Figures of the course. Importing this module applies the course's style to matplotlib.

Every function draws into given axes, labels them with units, and returns nothing.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from gru_ref.gates import sigmoid

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
