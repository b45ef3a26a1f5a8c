"""Type a text, and watch and change the gates of a trained network. Introduced in lesson 19.

ipywidgets and matplotlib are imported when first used.
"""

import io
import sys

from grader.base import cards
from grader.learner import progress_log
from grader.learner.widgets import WIDGET_MIME, named_sliders

START = {
    "text": 'The "else" clause is executed if the loop ends.',
    "units": "42, 7, 18, 64",
    "gate": "none",
    "value": 0.0,
    "which": "all units",
}
_CLASS = "gru-course-text-explorer"
_GATES = {"none is fixed": "none", "reset gate r": "r", "update gate z": "z"}
_VALUE = "its value"


def text_explorer(**start):
    """Show what the gates of lesson 13's language model do on a text; type another, choose units, fix a gate.

    Parameters
    ----------
    **start : what it begins with: text, units (such as "42, 7"), gate ("none", "r" or "z"), value (from 0 to 1), and which ("all units"
        or "these units")

    Where no widgets can run, the picture alone is shown, and in plain Python its words. What is typed wrongly is said in words.
    """
    settings = {**START, **start}
    if unknown := settings.keys() - START.keys():
        raise TypeError(f"there is no setting called {min(unknown)!r}: the settings are {', '.join(START)}")
    if not ("IPython" in sys.modules and sys.modules["IPython"].get_ipython()):
        print(_bundle(**settings)["text/plain"])
        return
    display = sys.modules["IPython"].display.display
    if progress_log.being_graded():
        display(_bundle(**settings), raw=True)
        return
    box, controls = _controls(settings)
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    display(
        {WIDGET_MIME: view, "text/plain": "In JupyterLab, a text field and switches change this picture."}, raw=True
    )
    _follow(controls, display(_bundle(**settings), raw=True, display_id=True))


def _controls(settings):
    """A box of widgets, and the widgets by the name of what they set."""
    import ipywidgets as w

    style, wide = {"description_width": "7em"}, {"width": "46em"}
    common = {"style": style, "continuous_update": False}
    controls = {
        "text": w.Text(settings["text"], description="text", layout=wide, **common),
        "units": w.Text(settings["units"], description="units shown", layout=wide, **common),
        "gate": w.Dropdown(options=list(_GATES.items()), value=settings["gate"], description="gate", style=style),
        "which": w.Dropdown(
            options=["all units", "these units"], value=settings["which"], description="in", style=style
        ),
        "value": w.FloatSlider(settings["value"], min=0, max=1, step=0.05, description=_VALUE, layout=wide, **common),
    }
    return named_sliders(_CLASS, list(controls.values()), [_VALUE]), controls


def _follow(controls, picture):
    """Draw `picture`, a display handle, anew whenever something is changed."""

    def redraw(change):
        picture.update(_bundle(**{name: control.value for name, control in controls.items()}), raw=True)

    for control in controls.values():
        control.observe(redraw, names="value")


def _bundle(**settings):
    try:
        read = _read(**settings)
    except ValueError as error:
        words, picture = f"{error}.", ""
    else:
        words = _in_words(settings, *read)
        picture = cards.image(_picture(settings, *read), f"Gates of the network over the text. {words}")
    return {"text/html": f"{picture}<p>{cards.escape(words)}</p>", "text/plain": words}


def _read(text, units, gate, value, which):
    """(units, Reading of the network as it is, that of the changed one or None); ValueError for what cannot be read."""
    from gru_ref.exploring import read_typed, read_units

    intact = read_typed(text)
    shown = read_units(units, intact.traces.hs.shape[1])
    if gate == "none":
        return shown, intact, None
    return shown, intact, read_typed(text, gate, value, None if which == "all units" else shown)


def _in_words(settings, shown, intact, changed):
    said = [f"The network needs {intact.bits.mean():.2f} bits per character.", _likely("Next it expects", intact)]
    if changed is not None:
        where = "all units" if settings["which"] == "all units" else f"the units {', '.join(map(str, shown))}"
        said.append(
            f"With {settings['gate']} at {settings['value']:.2f} in {where} it needs {changed.bits.mean():.2f} bits."
        )
        said.append(_likely("Then it expects", changed))
    if intact.unknown:
        said.append(f"It never saw {' '.join(intact.unknown)} in training, and reads □ there.")
    return " ".join(said)


def _likely(beginning, reading):
    return f"{beginning} {', '.join(f'{c!r} ({p:.2f})' for c, p in reading.likely[:3])}."


def _picture(settings, shown, intact, changed):
    from matplotlib.figure import Figure

    from gru_ref.plotting import plot_gates_over_text

    figure = Figure(figsize=(9.5, 3.6 + 0.3 * len(shown)), layout="constrained")
    axes = figure.subplots(3, height_ratios=[len(shown) + 2, len(shown) + 2, 7])
    bits = {"as it is": intact.bits}
    if changed is not None:
        bits[f"with {settings['gate']} at {settings['value']:.2f}"] = changed.bits
    text = "".join("□" if c in intact.unknown else c for c in settings["text"])  # its font may not have it either
    plot_gates_over_text(axes, text, shown, (changed or intact).traces, bits)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    return buffer.getvalue()
