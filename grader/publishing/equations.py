r"""Equations as MathML, which a browser draws without a script, and the font for them.

latex2mathml 3.81 converts all that the lessons use, but for ``\Bigl\lVert`` and an underscore inside ``\text``.
"""

import html
import importlib.util
import io
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

from grader.base.errors import CourseError

FONT_NAME = "STIX Two Math"
ROOT = 0x221A  # drawn for <msqrt> and <mroot>, in whose text it does not stand
REWRITTEN = (
    (re.compile(r"\\([bB]igg?)([lr])\s*\\[lr]Vert(?![a-zA-Z])"), r"\\\1\2‖"),
    (re.compile(r"\\text\{[^{}]*\}"), lambda found: found.group(0).replace(r"\_", "_")),
)


class EquationNotRead(CourseError):
    """An equation holds a command that cannot be converted; the message quotes the equation."""


@cache
def mathml(latex, display=False):
    r"""An equation as a ``<math>`` element; its source is kept in ``alttext``.

    Parameters
    ----------
    latex : str, the equation without its dollars, such as ``h_t = \tanh(a)``
    display : bool, whether it stands on a line of its own

    Raises
    ------
    EquationNotRead
        If a part of it is not understood.
    """
    from latex2mathml.converter import convert_to_element

    text = latex.strip()
    for pattern, replacement in REWRITTEN:
        text = pattern.sub(replacement, text)
    try:
        element = convert_to_element(text, display="block" if display else "inline")
    except Exception as e:  # each of the package's errors stands alone, below Exception
        raise EquationNotRead(f"the equation {latex!r} cannot be converted: {type(e).__name__} {e}".rstrip()) from e
    for node in element.iter():
        node.text = node.text and html.unescape(node.text)  # characters come as references
    left = [node.text for node in element.iter() if node.text and "\\" in node.text and node.text != "\\"]
    if left:
        raise EquationNotRead(f"the equation {latex!r} holds {left[0]!r}, which cannot be converted to MathML")
    for row in list(element.iter("mrow")):
        _space_functions(row)
    element.set("alttext", latex.strip())
    return tostring(element, encoding="unicode")


def _space_functions(row):
    """Part a function's name from what it is applied to, if that has no bracket: ``ln u``, and not ``lnu``."""
    for place, (child, operand) in reversed(list(enumerate(pairwise(row)))):
        name = child[0] if child.tag in ("msub", "msup", "msubsup") else child
        if name.tag == "mi" and len(name.text or "") > 1 and operand.tag not in ("mo", "mspace"):
            row.insert(place + 1, Element("mspace", width="0.1667em"))


def math_font(equations):
    """The font of equations, with the characters that these use: WOFF2, as bytes. STIX Two Math, under the SIL Open Font License.

    Parameters
    ----------
    equations : iterable of str, ``<math>`` elements
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    # Browsers draw the variable x as the mathematical italic of x, so all of these belong to the set.
    letters = [*range(0x20, 0x7F), 0x210E, *range(0x1D400, 0x1D800), ROOT]
    used = {ord(character) for equation in equations for character in equation}
    options = Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    (package,) = importlib.util.find_spec("ziamath").submodule_search_locations  # its import would draw something
    with Path(package, "fonts", "STIXTwoMath-Regular.ttf").open("rb") as f:
        font = TTFont(f)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=used.union(letters))
        subsetter.subset(font)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()
