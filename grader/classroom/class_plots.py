"""The plots of a class report, as SVG that stands in the page and takes its colours, in the light and in the dark."""

import io
import re
import zlib
from importlib.resources import files

import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Stand-ins for the page's colours, put in place of them when the SVG is made: matplotlib knows no properties of a page.
_COLOURS = {f"#{0x010203 + n:06x}": f"var(--{name})" for n, name in enumerate(("text", "bar", "mark", "line"))}
_TEXT, _BAR, _MARK, _LINE = _COLOURS
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gru-course",
    "font.family": "sans-serif",
    "text.color": _TEXT,
    "axes.labelcolor": _TEXT,
    "axes.edgecolor": _LINE,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
    "grid.color": _LINE,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def histogram(values, edges, x_label, alt, line=None, line_label=""):
    """How many submissions have a value.

    Parameters
    ----------
    values : list of float; what lies outside goes into the first or last bar
    edges : the bars' edges, one more than there are bars
    x_label : with its unit in brackets
    alt : the text for those who cannot see it
    line, line_label : where to draw an upright line, such as the median, and what it says

    Returns
    -------
    svg : Markup
    """
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)

    def draw(ax):
        ax.set_axisbelow(True)
        ax.bar(edges[:-1], counts, 0.94 * np.diff(edges), align="edge", color=_BAR)
        if line is not None:
            ax.axvline(line, color=_MARK, linewidth=1.8, linestyle="--")
            ax.set_title(line_label, color=_MARK, fontsize=9, loc="left")
        ax.set_xlim(edges[0], edges[-1])
        ax.set_xlabel(x_label)
        ax.set_ylabel("submissions")
        ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.grid(False, axis="x")

    return _svg(draw, (3.4, 2.3), alt)


def progress(names, quartiles, alt):
    """Marks over the lessons: the median, and between which values the middle half lies.

    Parameters
    ----------
    names : the lessons' names
    quartiles : (lessons, 3) array, in % of the points
    """
    low, middle, high = np.asarray(quartiles).T
    places = range(len(names))

    def draw(ax):
        ax.fill_between(places, low, high, color=_BAR, alpha=0.25, linewidth=0)
        ax.plot(places, middle, color=_BAR, marker="o")
        ax.set_xticks(places, names)
        ax.set_ylim(0, 103)
        ax.set_xlabel("lesson")
        ax.set_ylabel("marks [% of the points]")

    return _svg(draw, (6.8, 2.6), alt)


def _svg(draw, inches, alt):
    style = files("gru_ref") / "plotting" / "course.mplstyle"
    with matplotlib.rc_context(fname=str(style)), matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=inches)
        draw(FigureCanvasSVG(figure).figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=_NO_METADATA, transparent=True)
    svg = text.getvalue()
    own = f"plot-{zlib.crc32((alt + svg).encode()):x}-"  # an id may stand in a page once
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}", svg[svg.index("<svg") :])
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, colour)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    width = f"max-width:{inches[0]:g}in"
    return Markup(svg.replace("<svg ", f'<svg role="img" style="{width}" aria-label="{escape(alt)}" ', 1))
