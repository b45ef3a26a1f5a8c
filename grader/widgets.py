"""Things to move by hand in a notebook. ipywidgets and matplotlib are imported when first used: `check` needs neither."""

import base64
import io
import sys

from grader import cards, store

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
_START = {"weight": 1.0, "bias": 0.0, "x": 1.0}


def gate_explorer():
    """Show a gate σ(weight · x + bias) with three sliders; where sliders cannot run, show it as a picture.

    A grading run gets the picture alone. A page that cannot show sliders, such as a saved notebook on the web, falls
    back to the picture as well. Introduced in lesson 03.
    """
    picture = _gate_picture(**_START)
    fallback = {"text/html": picture, "text/plain": _gate_in_words(**_START)}
    if not ("IPython" in sys.modules and sys.modules["IPython"].get_ipython()):
        print(fallback["text/plain"])
        return
    if not store.being_graded():
        model = _sliders(picture).model_id
        fallback[WIDGET_MIME] = {"version_major": 2, "version_minor": 0, "model_id": model}
    sys.modules["IPython"].display.display(fallback, raw=True)


def _sliders(picture):
    """A widget of three sliders above `picture`, which is drawn anew with each move."""
    import ipywidgets

    style, layout = {"description_width": "7em"}, {"width": "30em"}
    sliders = {
        name: ipywidgets.FloatSlider(
            value=_START[name], min=-6, max=6, step=0.1, description=label, style=style, layout=layout
        )
        for name, label in [("x", "input x"), ("weight", "weight w"), ("bias", "bias b")]
    }
    view = ipywidgets.HTML(picture)

    def redraw(change):
        view.value = _gate_picture(**{name: slider.value for name, slider in sliders.items()})

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    return ipywidgets.VBox([*sliders.values(), view])


def _gate_picture(weight, bias, x):
    """The gate as an HTML image with its alternative text. (ipywidgets' own Image has no such text.)"""
    from matplotlib.figure import Figure

    from gru_ref.plotting import plot_gate

    # Not through pyplot: nothing is left open, whichever backend the notebook uses.
    # Fixed margins: the picture holds still while a slider moves, and a third of the time is saved.
    figure = Figure(figsize=(5.2, 2.8), layout="none")
    figure.subplots_adjust(left=0.11, right=0.98, bottom=0.17, top=0.9)
    plot_gate(figure.subplots(), weight, bias, x)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    image = base64.b64encode(buffer.getvalue()).decode()
    alt = cards.escape(_gate_in_words(weight, bias, x))
    return f'<img alt="{alt}" src="data:image/png;base64,{image}" style="max-width:100%">'


def _gate_in_words(weight, bias, x):
    import numpy as np

    from gru_ref import sigmoid

    opening = sigmoid(np.array([weight * x + bias]))[0]
    shape = "stays where it is" if weight == 0 else f"{'rises' if weight > 0 else 'falls'} with the input"
    middle = f", half open at input {-bias / weight + 0.0:.1f}" if weight else ""
    return f"A gate with weight {weight:.1f} and bias {bias:.1f}: it {shape}{middle}. At input {x:.1f} it is {opening:.2f} open."
