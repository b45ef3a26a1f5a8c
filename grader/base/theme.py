"""How a verdict looks: its colours, its marks and its words, for cards, pictures, the map, feedback and the class report.

Whatever shows a verdict takes its look from here; a colour written anywhere else in ``grader/`` fails a test. Contrast is
that of WCAG 2, at least 4.5 for all that is read; the tests compute it.
https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

from typing import NamedTuple


class Colour(NamedTuple):
    """A colour for a light and for a dark page, each written ``#rrggbb``."""

    light: str
    dark: str


class State(NamedTuple):
    """How a state looks: its mark, its colour's name in `COLOURS`, and its words where it is shown, else empty."""

    mark: str
    colour: str
    on_map: str = ""
    in_feedback: str = ""
    in_report: str = ""


COLOURS = {
    # The page, and what is written on it.
    "back": Colour("#ffffff", "#14181f"),
    "inset": Colour("#f8f8f8", "#1e242d"),
    "warn": Colour("#fff1e0", "#3a2a14"),
    "line": Colour("#d5d9e0", "#38414e"),
    "text": Colour("#1d2229", "#e4e8ee"),
    "faint": Colour("#59616d", "#a3adbb"),
    "link": Colour("#0b5cad", "#7db9f2"),
    # Verdicts.
    "passed": Colour("#17733d", "#5fd08b"),
    "failed": Colour("#b3261e", "#ff8f86"),
    "todo": Colour("#825600", "#f0b84a"),
    "info": Colour("#1f5fae", "#86b7ff"),
    # Plots: bars and curves, and what is marked in them.
    "bar": Colour("#0072b2", "#56a8dc"),
    "mark": Colour("#b34700", "#f0a35e"),
}
# Heat maps, from the colour of the page over a gate's colour to its deep one, or from negative to positive.
MAP_COLOURS = {
    "reset": Colour("#8a4fb5", "#a56fd0"),
    "reset-deep": Colour("#3d1461", "#ecd9ff"),
    "update": Colour("#0072b2", "#3f97d3"),
    "update-deep": Colour("#06294d", "#d6edff"),
    "left": Colour("#12855f", "#2fa97f"),
    "left-deep": Colour("#053d2a", "#d3ffe9"),
    "negative": Colour("#c65a10", "#d9762b"),
    "positive": Colour("#0f7f8c", "#2ba6b5"),
    "loss": Colour("#818a99", "#7b8798"),
}
STATES = {
    "passed": State("✓", "passed", on_map="solved", in_feedback="right", in_report="passed"),
    "failed": State("✗", "failed", in_feedback="not yet right", in_report="tried and failed"),
    "todo": State("…", "todo", in_feedback="not written yet", in_report="not written"),
    "info": State("→", "info"),
    # Of exercises and questions on the map of the course.
    "slipped": State("↺", "todo", on_map="solved before; the last try failed"),
    "tried": State("◐", "todo", on_map="tried"),
    "open": State("○", "line", on_map="not yet"),
    "written": State("✎", "passed", on_map="answered in words"),
    "unwritten": State("…", "line", on_map="still to be answered in words"),
    # Of answers that a person marks, or that nothing was said about.
    "waiting": State("…", "todo", in_feedback="not marked yet"),
    "marked": State("", "info", in_feedback="marked"),
    "unanswered": State("", "faint", in_feedback="not answered"),
    "ungraded": State("", "faint", in_feedback="not graded"),
}
CARD = "gru-course-card"  # the class of what `card_style` is for

# JupyterLab's own names for some of them: so a card stands on the ground of whichever theme was chosen there.
_JUPYTER = {
    "text": "--jp-content-font-color1",
    "faint": "--jp-content-font-color2",
    "back": "--jp-layout-color1",
    "inset": "--jp-layout-color2",
    "line": "--jp-border-color1",
}


def colour(name):
    """A colour as CSS for a card: JupyterLab's where it has it; where nothing else is defined, the one for a light page."""
    return f"var({_JUPYTER.get(name, f'--{CARD}-{name}')}, {COLOURS[name].light})"


def card_style():
    """A style element that gives cards their colours for the dark where JupyterLab says that its theme is dark.

    Style attributes cannot do this: they know nothing of the page, and JupyterLab sets no ``color-scheme``.
    """
    dark = ";".join(f"--{CARD}-{name}:{shade.dark}" for name, shade in COLOURS.items() if name not in _JUPYTER)
    return f'<style>[data-jp-theme-light="false"] .{CARD}{{{dark}}}</style>'


def page_style(colours=COLOURS, switch=False):
    """CSS for a page of its own: each colour as a property such as ``--failed``, light or dark as its reader's system is.

    JupyterLab's names are defined, too, for what is shown on cards and on pages. Print is always light.

    Parameters
    ----------
    colours : dict of Colour
    switch : bool, whether ``data-theme="light"`` or ``"dark"`` of the root element overrules the system
    """

    def properties(scheme):
        return " ".join(f"--{name}: {getattr(shade, scheme)};" for name, shade in colours.items())

    jupyter = " ".join(f"{theirs}: var(--{name});" for name, theirs in _JUPYTER.items())
    unless = ':not([data-theme="light"])' if switch else ""
    rules = [
        f":root {{ color-scheme: light dark; {properties('light')} {jupyter} }}",
        f"@media screen and (prefers-color-scheme: dark) {{ :root{unless} {{ {properties('dark')} }} }}",
    ]
    if switch:
        rules += [
            ':root[data-theme="light"] { color-scheme: light; }',
            f'@media screen {{ :root[data-theme="dark"] {{ color-scheme: dark; {properties("dark")} }} }}',
        ]
    return "\n".join([*rules, "@media print { :root { color-scheme: light; } }"])
