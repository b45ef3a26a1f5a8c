"""What the lessons' figures show, in words: one Markdown file for each lesson, with one heading for each figure.

The words are here and not in the lesson's cell: there they would answer its question before the figure is drawn.
"""

import difflib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def text_for(name=None, alt=None):
    """What a figure shows, in words: from one of the lessons' files, by the figure's name, or in the caller's own words.

    Parameters
    ----------
    name : str, such as ``"tanh_slope"``
    alt : str, instead of a name, for a figure that is in no lesson

    Returns
    -------
    text : str, one line

    Raises
    ------
    ValueError
        If there is no such figure, if the text is empty, or if not exactly one of the two is given.
    """
    if (name is None) == (alt is None):
        raise ValueError(f'show takes a name or alt="…", but got {"neither" if name is None else "both"}. {_OWN}')
    if alt is not None:
        if not (isinstance(alt, str) and alt.strip()):
            raise ValueError(f"alt is {alt!r}, but should say in a sentence or two what the figure shows")
        return alt
    known = texts()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
        names = f" Similar names: {', '.join(near)}." if near else ""
        raise ValueError(f"no lesson has a figure called {name!r}.{names} {_OWN}")
    return known[name]


@cache
def texts():
    """The texts of all lessons, by the figure's name; a name occurs in one file only."""
    return {name: text for path in sorted(FOLDER.glob("*.md")) for name, text in read(path).items()}


def read(path):
    """The texts in one lesson's file, by the figure's name.

    Raises
    ------
    ValueError
        If it describes a figure twice.
    """
    _, *parts = re.split(r"^## *(\w+) *\n", Path(path).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if name in found:
            raise ValueError(f"{path} describes {name!r} twice")
        found[name] = " ".join(text.split())
    return found


_OWN = 'For a figure of your own: show(fig, alt="what it shows, in a sentence")'
