"""Write the page: its text, style and scripts from the folder ``page/``, the network and its numbers from `gru_ref`."""

import json
from pathlib import Path

import jinja2
import yaml
from markupsafe import Markup

from grader.base.theme import COLOURS, MAP_COLOURS, page_style
from grader.explorer.modules import joined
from gru_ref import trained_explorer

PLACE = "docs/gates.html"
SOURCES = Path(__file__).with_name("page")
# The maps, in the order in which a step computes them: what they are called, what they show, lowest value, caption's id.
MAPS = (
    ("r", "reset gate", "how much of the old state the candidate sees", 0),
    ("z", "update gate", "how much of the old state is kept", 0),
    ("n", "candidate", "what the step would write", -1),
    ("h", "state", "what the unit holds after the step", -1),
    ("left", "what is left", "at the cursor, of what was written at each character", 0),
)


def exported(writer):
    """A network as the page carries it, for JSON: its characters, the names and shapes of its arrays, and their numbers.

    The numbers are 16-bit floats, four hexadecimal digits each, highest first.

    Parameters
    ----------
    writer : gru_ref.Writer

    Returns
    -------
    network : dict

    Raises
    ------
    ValueError
        If a number of the network is not a 16-bit float.
    """
    named = {**writer.p._asdict(), "W": writer.W, "b": writer.b}
    halves = {name: array.astype(">f2") for name, array in named.items()}
    for name, array in named.items():
        if not (halves[name] == array).all():
            raise ValueError(f"{name} holds numbers that are no 16-bit floats: store the network as writer.py does")
    return {
        "characters": writer.characters,
        "arrays": [(name, array.shape) for name, array in halves.items()],
        "data": b"".join(array.tobytes() for array in halves.values()).hex(),
    }


def explorer_page():
    """The whole page as one string of HTML, which needs nothing else."""
    writer = trained_explorer()
    H = len(writer.p.b_ir)
    experiments = yaml.safe_load((SOURCES / "experiments.yaml").read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SOURCES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    style = page_style({**COLOURS, **MAP_COLOURS}, switch=True) + f"\n:root {{ --units: {H}; }}\n"
    return environment.get_template("page.html.jinja").render(
        style=Markup(style + (SOURCES / "page.css").read_text(encoding="utf-8")),
        script=Markup(joined(SOURCES, "app.js")),
        network=_json(exported(writer)),
        settings=_json([experiment["setting"] for experiment in experiments]),
        experiments=experiments,
        maps=MAPS,
        units=H,
        parameters=f"{sum(array.size for array in (*writer.p, writer.W, writer.b)):,}",
        note=writer.note,
    )


def _json(value):
    """JSON that can stand in a script element: no text in it can end the element."""
    return Markup(json.dumps(value, ensure_ascii=True).replace("<", "\\u003c"))
