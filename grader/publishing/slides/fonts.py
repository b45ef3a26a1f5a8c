"""The fonts of a deck, with only the characters that it uses: so slides look the same everywhere, and need no network.

Source Sans Pro (SIL Open Font License) comes with reveal.js, DejaVu (its own free licence) with Matplotlib.
"""

import base64
import importlib.util
import io
from functools import cache
from pathlib import Path

from grader.publishing.equations import FONT_NAME, math_font

TEXT, CODE = "Slides Sans", "Slides Mono"
SYMBOLS = "Slides Symbols"  # for what the other two lack, such as ✓ and →
_TEXT_FACES = {  # weight, style: file
    (400, "normal"): "source-sans-pro-regular.woff",
    (400, "italic"): "source-sans-pro-italic.woff",
    (600, "normal"): "source-sans-pro-semibold.woff",
    (600, "italic"): "source-sans-pro-semibolditalic.woff",
}
_CODE_FACES = {(400, "normal"): "DejaVuSansMono.ttf", (600, "normal"): "DejaVuSansMono-Bold.ttf"}


def folder_of(package, *inside):
    """A folder in an installed package, which need not be imported for it; a Path."""
    (place,) = importlib.util.find_spec(package).submodule_search_locations
    return Path(place, *inside)


def revealjs():
    """The folder with the files of reveal.js (MIT License) that the package sphinx-revealjs brings along."""
    return folder_of("sphinx_revealjs", "_static", "revealjs")


def font_faces(text, equations):
    """CSS that holds the fonts for a deck.

    Parameters
    ----------
    text : str, all characters of the deck
    equations : list of str, its ``<math>`` elements
    """
    used = frozenset(map(ord, text))
    sans = revealjs() / "dist" / "theme" / "fonts" / "source-sans-pro"
    dejavu = folder_of("matplotlib", "mpl-data", "fonts", "ttf")
    rules = [_face(TEXT, _subset(sans / file, used), *look) for look, file in _TEXT_FACES.items()]
    rules += [_face(CODE, _subset(dejavu / file, used), *look) for look, file in _CODE_FACES.items()]
    rules.append(_face(SYMBOLS, _subset(dejavu / "DejaVuSans.ttf", used), 400, "normal"))
    if equations:
        rules.append(_face(FONT_NAME, math_font(equations), 400, "normal"))
    return "\n".join(rules)


@cache
def widths():
    """How wide a character of the text is, in ems: a dict by code point."""
    from fontTools.ttLib import TTFont

    font = TTFont(revealjs() / "dist" / "theme" / "fonts" / "source-sans-pro" / _TEXT_FACES[400, "normal"])
    advances, unit = font["hmtx"], font["head"].unitsPerEm
    return {code: advances[name][0] / unit for code, name in font.getBestCmap().items()}


def _face(family, woff2, weight, style):
    data = base64.b64encode(woff2).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
        f"src: url(data:font/woff2;base64,{data}); }}"
    )


def _subset(path, characters):
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(flavor="woff2", layout_features=["kern", "liga", "mark", "mkmk"], notdef_outline=True)
    options.drop_tables += ["FFTM", "webf"]  # notes of font editors
    with TTFont(path) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()
