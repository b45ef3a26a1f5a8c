"""Figures of lesson 19: gates as histograms, what it costs to fix them, lags of units, and gates over a text."""

import numpy as np

from gru_ref.notes import LOWEST

STYLES = (("r", "C0", "//"), ("z", "C1", ".."))
NAMES = {"r": "reset gate r", "z": "update gate z"}


def plot_gate_values(axes, trained, untrained):
    """Draw how often each value of r and z occurs in a trained and in an untrained network.

    Parameters
    ----------
    axes : two matplotlib Axes, for r and for z
    trained, untrained : Traces of (N, H) arrays

    Introduced in lesson 19.
    """
    bins = np.linspace(0, 1, 41)
    for ax, gate in zip(axes, "rz", strict=True):
        for label, traces, color, hatch in (("trained", trained, "C0", ""), ("untrained", untrained, "C1", "///")):
            values = getattr(traces, f"{gate}s").ravel()
            weights = np.full(len(values), 1 / len(values))
            ax.hist(values, bins, weights=weights, color=color, alpha=0.6, hatch=hatch, edgecolor="white", label=label)
        ax.set(xlabel=f"{NAMES[gate]} (no unit)", xlim=(0, 1), ylabel="share of values (no unit)")
    axes[1].legend()


def plot_costs(ax, names, costs):
    """Draw what it costs to fix each gate of several networks, with 95% intervals, on an axis that is linear around 0.

    Parameters
    ----------
    ax : matplotlib Axes
    names : list of N str
    costs : dict from "r" and "z" to (N, 3) arrays: mean, low, high, in bits

    Introduced in lesson 19.
    """
    for k, (gate, color, hatch) in enumerate(STYLES):
        mean, low, high = np.transpose(costs[gate])
        places = np.arange(len(names)) + (k - 0.5) * 0.38
        error = [mean - low, high - mean]
        ax.bar(
            places, mean, 0.36, yerr=error, color=color, hatch=hatch, edgecolor="white", capsize=3, label=NAMES[gate]
        )
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(np.arange(len(names)), names)
    ax.set_yscale("symlog", linthresh=0.1)
    ticks = (0, 0.02, 0.05, 0.1, 0.5, 1, 5, 10)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(ylabel="added loss (bits)", xlabel="network (name)")
    ax.grid(False, axis="x")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_lags(axes, networks):
    """Draw the measured lag of each unit against its mean z and its mean r; the lag has a logarithmic axis.

    Parameters
    ----------
    axes : two matplotlib Axes, for z and for r
    networks : dict from label to (lags (H,), mean z (H,), mean r (H,))

    Introduced in lesson 19.
    """
    for (label, (lags, z, r)), marker, color in zip(networks.items(), ("o", "x"), ("C0", "C1"), strict=False):
        for ax, means in zip(axes, (z, r), strict=True):
            ax.plot(means, lags, marker, color=color, markersize=4.5, alpha=0.8, label=label)
    for ax, gate in zip(axes, "zr", strict=True):
        ax.set_yscale("log")
        ax.set(xlabel=f"mean {NAMES[gate]} (no unit)", xlim=(0, 1), ylabel="measured lag (characters)")
    axes[1].legend()


def plot_unit_over_text(ax, text, h, inside):
    """Draw the state of one unit over a text; where `inside` is 1, the background is grey.

    Parameters
    ----------
    ax : matplotlib Axes
    text : str of N characters
    h : (N,) array, from −1 to 1
    inside : (N,) array of 0 and 1

    Introduced in lesson 19.
    """
    places = np.arange(len(text))
    ax.fill_between(places, -1, 1, where=inside > 0, step="mid", color="0.85", label="inside quotes")
    ax.plot(places, h, drawstyle="steps-mid", color="C0", label="state of the unit")
    ax.set_xticks(places, _visible(text), family="monospace", fontsize=8)
    ax.tick_params(axis="x", length=0)
    ax.set(
        ylim=(-1.05, 1.05), xlim=(-0.5, len(text) - 0.5), ylabel="h (no unit)", xlabel="characters read (characters)"
    )
    ax.grid(False, axis="x")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.22), ncols=2)


def plot_gates_over_text(axes, text, units, traces, bits):
    """Draw r and z of some units over a text as heat maps, and below them the bits that each character cost.

    Parameters
    ----------
    axes : three matplotlib Axes, one below the other
    text : str of T characters
    units : list of K integers
    traces : Traces of (T, H) arrays
    bits : dict from label to (T − 1,) array, of each character but the first

    Introduced in lesson 19.
    """
    _draw_gates(axes[:2], units, traces)
    below = axes[2]
    _draw_bits(below, np.arange(1, len(text)), bits)
    each = max(1, len(text) // 90)
    places = np.arange(0, len(text), each)
    below.set_xticks(places, [_visible(text)[k] for k in places], family="monospace", fontsize=8)
    below.tick_params(axis="x", length=0)
    below.set(xlim=(-0.5, len(text) - 0.5), xlabel="character (a dot is a blank)")
    below.grid(False, axis="x")


def plot_gates_over_chorale(axes, roll, expected, units, traces, bits):
    """Draw which keys a network expects in each frame and which come, below them r and z of some units, and the cost of each frame.

    Parameters
    ----------
    axes : four matplotlib Axes, one below the other
    roll : (T, 88) array of 0.0 and 1.0, the keys that come
    expected : (T, 88) array, probabilities of keys
    units : list of K integers
    traces : Traces of (T, H) arrays
    bits : dict from label to (T,) array

    Introduced in lesson 19.
    """
    keys, T = np.flatnonzero(roll.any(axis=0)), len(roll)
    low, high = keys.min() - 3, keys.max() + 3
    image = axes[0].imshow(
        expected[:, low : high + 1].T,
        vmin=0,
        vmax=1,
        cmap="Blues",
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, T - 0.5, low - 0.5, high + 0.5),
    )
    frames, sounding = np.nonzero(roll)
    axes[0].plot(frames, sounding, "o", color="C1", markersize=3, label="keys that come")
    octaves = [key for key in range(low, high + 1) if (key + LOWEST) % 12 == 0]
    axes[0].set_yticks(octaves, [f"C{(key + LOWEST) // 12 - 1}" for key in octaves])
    axes[0].set(ylabel="key (name)", title="keys that the network expects", xticks=[])
    axes[0].grid(False)
    axes[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=8)
    axes[0].figure.colorbar(image, ax=axes[0], pad=0.01, label="probability (no unit)")
    _draw_gates(axes[1:3], units, traces)
    _draw_bits(axes[3], np.arange(T), bits)
    axes[3].set(xlim=(-0.5, T - 0.5), xlabel="time (quarter notes)")


def _draw_gates(axes, units, traces):
    """Heat maps of r and z, a row for each unit."""
    for ax, gate in zip(axes, "rz", strict=True):
        image = ax.imshow(
            getattr(traces, f"{gate}s")[:, units].T,
            vmin=0,
            vmax=1,
            cmap="cividis",
            aspect="auto",
            interpolation="nearest",
        )
        ax.set_yticks(np.arange(len(units)), [str(unit) for unit in units], fontsize=8)
        ax.set(ylabel="unit (number)", title=NAMES[gate], xticks=[])
        ax.grid(False)
        ax.figure.colorbar(image, ax=ax, pad=0.01, label="(no unit)")


def _draw_bits(ax, places, bits):
    """What each character or frame cost, a line for each label."""
    for (label, values), style in zip(bits.items(), ("-", "--"), strict=False):
        ax.plot(places, values, style, marker=".", linewidth=1.2, label=label)
    ax.set_ylabel("cost (bits)")
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=8)


def _visible(text):
    """The characters of a text, blanks as dots and ends of lines as a sign."""
    return [{" ": "·", "\n": "⏎"}.get(c, c) for c in text]
