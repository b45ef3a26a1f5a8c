"""Type a text, and watch and change the gates of a trained network. Introduced in lesson 19."""

from grader.learner.gate_explorers import START, Explorer, explore, fixing, where_fixed


def text_explorer(**start):
    """Show what the gates of lesson 13's language model do on a text; type another, choose units, fix a gate.

    Parameters
    ----------
    **start : what it begins with: text, units (such as "42, 7"), gate ("none", "r" or "z"), value (from 0 to 1), and which ("all units"
        or "these units")

    Raises
    ------
    TypeError, ValueError
        If there is no such setting, or it cannot have this value. What is wrong with a text or with units is said in words.

    Where no widgets can run, the picture alone is shown, and in plain Python its words.
    """
    explore(TEXTS, start)


def _field(widgets, settings, common):
    return "text", widgets.Text(settings["text"], description="text", **common)


def _answer(text, units, gate, value, which):
    from gru_ref.exploring import read_typed, read_units

    intact = read_typed(text)
    shown = read_units(units, intact.traces.hs.shape[1])
    fixed = fixing(gate, value, which, shown)
    changed = fixed and read_typed(text, *fixed)
    said = [f"The network needs {intact.bits.mean():.2f} bits per character.", _likely("Next it expects", intact)]
    bits = {"as it is": intact.bits}
    if changed:
        said.append(f"{where_fixed(gate, value, which, shown)} it needs {changed.bits.mean():.2f} bits.")
        said.append(_likely("Then it expects", changed))
        bits[f"with {gate} at {value:.2f}"] = changed.bits
    if intact.unknown:
        named = " ".join(c if c.isprintable() else repr(c) for c in intact.unknown)
        said.append(f"It never saw {named} in training, and reads □ there.")
    drawn = "".join("□" if c in intact.unknown else c for c in text)  # the figure's font may not have it either
    return " ".join(said), _picture(drawn, shown, (changed or intact).traces, bits)


def _likely(beginning, reading):
    return f"{beginning} {', '.join(f'{c!r} ({p:.2f})' for c, p in reading.likely[:3])}."


def _picture(text, shown, traces, bits):
    from matplotlib.figure import Figure

    from gru_ref.plotting import plot_gates_over_text

    rows = max(len(shown), 3) + 2
    figure = Figure(figsize=(9.5, 3 + 0.3 * rows), layout="constrained")
    axes = figure.subplots(3, height_ratios=[rows, rows, 7])
    plot_gates_over_text(axes, text, shown, traces, bits)
    return figure


TEXTS = Explorer(
    "gru-course-text-explorer",
    {"text": 'The "else" clause is executed if the loop ends.', **START},
    _field,
    _answer,
    "Gates of the network over the text.",
)
