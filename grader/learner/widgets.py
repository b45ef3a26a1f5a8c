"""Things to move by hand in a notebook.

ipywidgets and matplotlib are imported when first used: `check` needs neither.
"""

import io
import json
import sys

from grader.base import cards
from grader.learner import progress_log

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
_START = {"x": 1.0, "weight": 1.0, "bias": 0.0}
_LABELS = {"x": "input x", "weight": "weight w", "bias": "bias b"}
_CLASS = "gru-course-gate-explorer"


def gate_explorer():
    """Show a gate σ(weight · x + bias) and three sliders that move it; where sliders cannot run, the picture alone.

    A grading run gets the picture alone. The picture is an output of its own, so that a saved notebook still shows it,
    as it was left, when there is no kernel behind the sliders any more. Introduced in lesson 03.
    """
    if not ("IPython" in sys.modules and sys.modules["IPython"].get_ipython()):
        print(_gate_in_words(**_START))
        return
    display = sys.modules["IPython"].display.display
    if progress_log.being_graded():
        display(_bundle(**_START), raw=True)
        return
    sliders = _sliders()
    view = {"version_major": 2, "version_minor": 0, "model_id": sliders.model_id}
    display({WIDGET_MIME: view, "text/plain": "In JupyterLab, three sliders move this gate."}, raw=True)
    _follow(sliders, display(_bundle(**_START), raw=True, display_id=True))


def _sliders():
    """A widget of three sliders, one for each number of the gate, and what tells screen readers their names."""
    import ipywidgets

    style, layout = {"description_width": "7em"}, {"width": "30em"}
    sliders = [
        ipywidgets.FloatSlider(
            value=_START[name], min=-6, max=6, step=0.1, description=label, style=style, layout=layout
        )
        for name, label in _LABELS.items()
    ]
    return named_sliders(_CLASS, sliders, list(_LABELS.values()))


def named_sliders(css_class, children, labels):
    """A box of widgets, whose sliders get these labels as names for screen readers."""
    import ipywidgets

    script = {"application/javascript": _naming(css_class, labels)}
    naming = {"output_type": "display_data", "data": script, "metadata": {}}
    box = ipywidgets.VBox([*children, ipywidgets.Output(outputs=(naming,))])
    box.add_class(css_class)
    return box


def _naming(css_class, labels):
    """JavaScript that gives each slider its label as a name, once they are there: ipywidgets 8.1 leaves its handle nameless."""
    return f"""
    (function name(tries) {{
      const handles = document.querySelectorAll(".{css_class} [role=slider]");
      const labels = {json.dumps(labels)};
      handles.forEach((handle, k) => handle.setAttribute("aria-label", labels[k % labels.length]));
      if ((!handles.length || handles.length % labels.length) && tries) setTimeout(name, 100, tries - 1);
    }})(100);
    """


def _follow(sliders, picture):
    """Draw `picture`, a display handle, anew whenever a slider moves."""

    movable = sliders.children[: len(_LABELS)]

    def redraw(change):
        numbers = {name: slider.value for name, slider in zip(_LABELS, movable, strict=True)}
        picture.update(_bundle(**numbers), raw=True)

    for slider in movable:
        slider.observe(redraw, names="value")


def _bundle(weight, bias, x):
    return {"text/html": _gate_picture(weight, bias, x), "text/plain": _gate_in_words(weight, bias, x)}


def _gate_picture(weight, bias, x):
    """The gate as an HTML image with its alternative text."""
    from matplotlib.figure import Figure

    from gru_ref.plotting import plot_gate

    # Not through pyplot: nothing is left open, whichever backend the notebook uses.
    # Fixed margins: the picture holds still while a slider moves, and a third of the time is saved.
    figure = Figure(figsize=(5.2, 2.8), layout="none")
    figure.subplots_adjust(left=0.11, right=0.98, bottom=0.17, top=0.9)
    plot_gate(figure.subplots(), weight, bias, x)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    return cards.image(buffer.getvalue(), _gate_in_words(weight, bias, x))


def _gate_in_words(weight, bias, x):
    import numpy as np

    from gru_ref import sigmoid

    opening = sigmoid(np.array([weight * x + bias]))[0]
    shape = "stays where it is" if weight == 0 else f"{'rises' if weight > 0 else 'falls'} with the input"
    middle = f", half open at input {-bias / weight + 0.0:.1f}" if weight else ""
    gate = f"A gate with weight {weight:.1f} and bias {bias:.1f}: it {shape}{middle}."
    return f"{gate} At input {x:.1f} it is {opening:.2f} open."
