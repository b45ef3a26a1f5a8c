"""Figures of lesson 18: a forecast that is late, series and their tests, folds, errors by step, and intervals."""

import numpy as np

from gru_ref.plotting.sentiment import MARKERS, half_width


def plot_late_forecast(axes, times, values, forecasts, unit, last):
    """Draw a series and its forecasts, and once more the last few of them, large.

    Parameters
    ----------
    axes : two matplotlib Axes
    times, values, forecasts : (n,) arrays
    unit : str, of the values
    last : int, how many of them the second one shows

    Introduced in lesson 18.
    """
    for ax, shown, mark in zip(axes, (slice(None), slice(-last, None)), ("", "."), strict=True):
        ax.plot(times[shown], values[shown], mark + "-", color="0.45", linewidth=2, label="what happened")
        ax.plot(times[shown], forecasts[shown], mark + "--", color="C1", linewidth=1.2, label="forecast")
        ax.set(xlabel="time (years)", ylabel=f"value ({unit})")
    axes[0].legend(loc="upper left")


def plot_test_parts(axes, series, firsts):
    """Draw series, one below the other, with the part that is for the test shaded.

    Parameters
    ----------
    axes : as many matplotlib Axes as series
    series : list of Series
    firsts : list of int, how many values of each are for training

    Introduced in lesson 18.
    """
    for k, (ax, one, first) in enumerate(zip(axes, series, firsts, strict=True)):
        ax.plot(one.times, one.values, color=f"C{k}", linewidth=1)
        ax.axvspan(one.times[first], one.times[-1], color="0.85", zorder=0)
        ax.set(ylabel=f"{one.name} ({one.unit})", xlim=(one.times[0], one.times[-1]))
    axes[-1].set_xlabel("time (years); shaded: the test")


def plot_folds(ax, folds, n):
    """Draw the folds of a test by rolling origin, one a row: what is known, what is forecast, what is still to come.

    Parameters
    ----------
    ax : matplotlib Axes
    folds : list of pairs (training, test) of arrays of places
    n : int, values in the series

    Introduced in lesson 18.
    """
    for k, (training, test) in enumerate(folds):
        ax.plot(np.arange(n), np.full(n, k), ".", color="0.8", markersize=4)
        ax.plot(training, np.full(len(training), k), "s", color="C0", label="training" if k == 0 else None)
        ax.plot(test, np.full(len(test), k), "o", color="C1", label="test" if k == 0 else None)
    ax.set(xlabel="place in the series (time step)", ylabel="fold (number)", yticks=range(len(folds)))
    ax.invert_yaxis()
    ax.grid(False)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_forecasts(ax, times, values, forecasts, unit):
    """Draw a series, and forecasts of parts of it.

    Parameters
    ----------
    ax : matplotlib Axes
    times, values : (n,) arrays
    forecasts : dict from a name to (times, values)
    unit : str, of the values

    Introduced in lesson 18.
    """
    ax.plot(times, values, color="0.5", linewidth=2, label="what happened")
    for k, (name, (when, made)) in enumerate(forecasts.items()):
        ax.plot(when, made, MARKERS[k % len(MARKERS)] + "-", color=f"C{k}", markersize=3.5, linewidth=1.2, label=name)
    ax.set(xlabel="time (years)", ylabel=f"value ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_errors_by_step(ax, steps, results, unit):
    """Draw how large forecasts' errors are, by how far ahead they look.

    Parameters
    ----------
    ax : matplotlib Axes
    steps : (K,) integers, steps ahead
    results : dict from a model's name to root mean squared errors: (K,), or (N, K) for N seeds, drawn with 95% intervals
    unit : str, of the errors

    Introduced in lesson 18.
    """
    places = np.arange(len(steps))
    for k, (name, errors) in enumerate(results.items()):
        mark = MARKERS[k % len(MARKERS)]
        if errors.ndim == 1:
            ax.plot(places, errors, f"{mark}--", label=name)
        else:
            ax.errorbar(places, errors.mean(axis=0), half_width(errors), fmt=f"{mark}-", capsize=3, label=name)
    ax.set_xticks(places, [str(step) for step in steps])
    ax.set(xlabel="how far ahead (steps)", ylabel=f"RMSE ({unit})")
    ax.set_ylim(bottom=0)


def plot_fan(ax, times, values, ahead, quantiles, unit):
    """Draw a forecast with its intervals: the middle as a line, 50% and 90% of the probability as shades around it.

    Parameters
    ----------
    ax : matplotlib Axes
    times, values : (n,) arrays, what was known
    ahead : (horizon,) array, the times that are forecast
    quantiles : (horizon, 5) array, of 0.05, 0.25, 0.5, 0.75 and 0.95
    unit : str, of the values

    Introduced in lesson 18.
    """
    ax.plot(times, values, color="0.45", linewidth=1.5, label="known")
    for low, label, strength in ((0, "90%", 0.25), (1, "50%", 0.45)):
        ax.fill_between(ahead, quantiles[:, low], quantiles[:, 4 - low], color="C0", alpha=strength, lw=0, label=label)
    ax.plot(ahead, quantiles[:, 2], color="C0", linewidth=1.5, label="middle")
    ax.set(xlabel="time (years)", ylabel=f"value ({unit})")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
