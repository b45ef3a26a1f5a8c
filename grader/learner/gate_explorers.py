"""What the explorers of lesson 19 share: controls that change a picture, words beside it, and bad input said in words.

ipywidgets and matplotlib are imported when first used.
"""

import io
import numbers
import sys
from collections.abc import Callable
from typing import NamedTuple

from grader.base import cards
from grader.learner import progress_log
from grader.learner.widgets import WIDGET_MIME, named_sliders

# What every explorer can change: which units are shown, and which gate is fixed where, and at what.
START = {"units": "42, 7, 18, 64", "gate": "none", "value": 0.0, "which": "all units"}
_GATES = {"none is fixed": "none", "reset gate r": "r", "update gate z": "z"}
_WHICH = ("all units", "these units")
_VALUE = "its value"


class Explorer(NamedTuple):
    """One explorer.

    css_class: str, of its controls; start: dict of all settings and what they begin with; field: function of ipywidgets, the settings and
    the arguments that all widgets share, which returns (name of the setting that says what is read, its widget); answer:
    function of the settings that returns (words, matplotlib Figure) and raises a ValueError that tells somebody who typed it
    what to do; alt: str, what the picture shows, before the words.
    """

    css_class: str
    start: dict
    field: Callable
    answer: Callable
    alt: str


def explore(explorer, changes):
    """Show an explorer that begins with these settings; where no widgets can run, the picture alone, and in plain Python its words."""
    settings = _checked(explorer, changes)
    if not ("IPython" in sys.modules and sys.modules["IPython"].get_ipython()):
        print(bundle(explorer, settings)["text/plain"])
        return
    display = sys.modules["IPython"].display.display
    if progress_log.being_graded():
        display(bundle(explorer, settings), raw=True)
        return
    box, widgets = controls(explorer, settings)
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    display({WIDGET_MIME: view, "text/plain": "In JupyterLab, fields and switches change this picture."}, raw=True)
    follow(explorer, widgets, display(bundle(explorer, settings), raw=True, display_id=True))


def controls(explorer, settings):
    """A box of widgets, and the widgets by the name of what they set."""
    import ipywidgets as w

    style, wide = {"description_width": "7em"}, {"width": "46em"}
    common = {"style": style, "continuous_update": False}
    name, field = explorer.field(w, settings, {"layout": wide, **common})
    widgets = {
        name: field,
        "units": w.Text(settings["units"], description="units shown", layout=wide, **common),
        "gate": w.Dropdown(options=list(_GATES.items()), value=settings["gate"], description="gate", style=style),
        "which": w.Dropdown(options=_WHICH, value=settings["which"], description="in", style=style),
        "value": w.FloatSlider(settings["value"], min=0, max=1, step=0.05, description=_VALUE, layout=wide, **common),
    }
    return named_sliders(explorer.css_class, list(widgets.values()), [_VALUE]), widgets


def follow(explorer, widgets, picture):
    """Draw `picture`, a display handle, again whenever something is changed."""

    def redraw(change):
        picture.update(bundle(explorer, {name: widget.value for name, widget in widgets.items()}), raw=True)

    for widget in widgets.values():
        widget.observe(redraw, names="value")


def bundle(explorer, settings):
    """The picture and its words as MIME types; the words alone for what cannot be read."""
    try:
        words, figure = explorer.answer(**settings)
    except ValueError as error:
        words, picture = f"{error}.", ""
    else:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=96)
        picture = cards.image(buffer.getvalue(), f"{explorer.alt} {words}")
    return {"text/html": f"{picture}<p>{cards.escape(words)}</p>", "text/plain": words}


def fixing(gate, value, which, units):
    """The settings as arguments of a reader, gate, value and units; None if no gate is fixed."""
    return None if gate == "none" else (gate, value, None if which == _WHICH[0] else units)


def where_fixed(gate, value, which, units):
    """What is fixed, in words."""
    where = which if which == _WHICH[0] else f"unit{'s' * (len(units) > 1)} {', '.join(map(str, units))}"
    return f"With {gate} at {value:.2f} in {where}"


def _checked(explorer, changes):
    """All settings, if those that are changed exist and have values that the controls can take."""
    if unknown := changes.keys() - explorer.start.keys():
        raise TypeError(f"there is no setting called {min(unknown)!r}: the settings are {', '.join(explorer.start)}")
    settings = {**explorer.start, **changes}
    for name, allowed in (("gate", tuple(_GATES.values())), ("which", _WHICH)):
        if settings[name] not in allowed:
            raise ValueError(f"{name} is {settings[name]!r}, but should be {' or '.join(map(repr, allowed))}")
    value = settings["value"]
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value <= 1:
        raise ValueError(f"value is {value!r}, but should be a number from 0 to 1")
    for name, begins in explorer.start.items():
        if name != "value" and type(settings[name]) is not type(begins):
            raise ValueError(f"{name} is {settings[name]!r}, but should be {begins!r} or the like")
    return settings
