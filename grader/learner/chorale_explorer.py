"""Choose a chorale, and watch and change the gates of the network that reads it. Introduced in lesson 19."""

from grader.learner.gate_explorers import START, Explorer, explore, fixing, where_fixed


def chorale_explorer(**start):
    """Show what lesson 17's network expects in a chorale that it never met, and what its gates do; choose another, fix a gate.

    Parameters
    ----------
    **start : what it begins with: number (of the chorale, an integer from 0), and units, gate, value and which as in `text_explorer`

    Raises
    ------
    TypeError, ValueError
        If there is no such setting, or it cannot have this value. What is wrong with a number or with units is said in words.

    Where no widgets can run, the picture alone is shown, and in plain Python its words.
    """
    explore(CHORALES, start)


def _field(widgets, settings, common):
    return "number", widgets.IntText(settings["number"], description="chorale", **common)


def _answer(number, units, gate, value, which):
    from gru_ref.exploring import read_chorale, read_units

    intact = read_chorale(number)
    T, H = intact.traces.hs.shape
    shown = read_units(units, H)
    fixed = fixing(gate, value, which, shown)
    changed = fixed and read_chorale(number, *fixed)
    said = [
        f"This is {intact.name}, its first {T} quarter notes. The network needs {intact.bits.mean():.1f} bits per quarter note.",
        f"Quarter note {int(intact.bits.argmax())} is the most surprising one, with {intact.bits.max():.1f} bits.",
    ]
    bits = {"as it is": intact.bits}
    if changed:
        said.append(
            f"{where_fixed(gate, value, which, shown)} it needs {changed.bits.mean():.1f} bits per quarter note."
        )
        bits[f"with {gate} at {value:.2f}"] = changed.bits
    return " ".join(said), _picture(changed or intact, shown, bits)


def _picture(reading, shown, bits):
    from matplotlib.figure import Figure

    from gru_ref.plotting import plot_gates_over_chorale

    rows = max(len(shown), 3) + 2
    figure = Figure(figsize=(9.5, 5.8 + 0.3 * rows), layout="constrained")
    axes = figure.subplots(4, height_ratios=[14, rows, rows, 7])
    plot_gates_over_chorale(axes, reading.roll, reading.expected, shown, reading.traces, bits)
    return figure


CHORALES = Explorer(
    "gru-course-chorale-explorer",
    {"number": 0, **START, "units": "87, 45, 24, 33"},  # whose gates move much, and one that keeps nearly everything
    _field,
    _answer,
    "Keys that the network expects in each frame, those that come, and its gates over the chorale.",
)
