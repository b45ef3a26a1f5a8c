"""How high the pieces of a slide will be, so that one that does not fit is an error of the build and never small print.

These are estimates, a little on the high side. A test measures all slides in Chromium.
"""

import html
import math
import re

from grader.publishing.slides.deck import SlidesNotMade
from grader.publishing.slides.fonts import widths

# In CSS pixels, at the size of a slide. The style sheet takes them from here.
WIDTH, HEIGHT = 1280, 720
SIDE, TOP, BOTTOM = 44, 26, 42
SMALLEST = 24
TITLE, TEXT, TABLE, CODE, EQUATION = 44, 32, 28, SMALLEST, 38
TITLE_LINE, TEXT_LINE, TABLE_LINE, CODE_LINE = 52, 41, 35, 30
GAP, BOX, CELL = 16, 12, 6  # between blocks, inside a box, inside a cell of a table
LOWEST_FIGURE = 300
CODE_COLUMNS = 87
SCALES = {name: value for name, value in globals().items() if name.isupper()}

_TALL = ("<mfrac", "<munder", "<msqrt", "<mtable")


def check_that_they_fit(lesson, slides):
    """Estimate the height of each slide.

    Raises
    ------
    SlidesNotMade
        If one is too tall; names it, and says what helps.
    """
    room = HEIGHT - TOP - BOTTOM
    for number, slide in enumerate(slides, 1):
        needed = height_of(slide)
        wide = max((_widest_equation(block.html) for block in slide.blocks), default=0)
        if wide > WIDTH - 2 * SIDE:
            raise SlidesNotMade(
                f"slide {number} of {lesson.name} ({lesson.path}:{slide.line}) is too wide: an equation needs about {wide:.0f} "
                f'of {WIDTH - 2 * SIDE} pixels. Give its cell a brief="…" with the equation in two lines'
            )
        if needed > room:
            raise SlidesNotMade(
                f"slide {number} of {lesson.name} ({lesson.path}:{slide.line}) is too tall: about {needed:.0f} of {room} "
                'pixels. Shorten it by brief="…" or lines="…", or let one of its cells begin a slide of its own'
            )


def height_of(slide):
    """The height in pixels that a slide's title and blocks need, estimated; a figure counts with the least that it may get."""
    inner = WIDTH - 2 * SIDE
    title = _lines(slide.title, inner, TITLE * 1.04) * TITLE_LINE
    return title + sum(GAP + _height(block, inner) for block in slide.blocks)


def _height(block, inner):
    if block.kind == "figure":
        return LOWEST_FIGURE
    if block.kind in ("code", "output"):
        lines = (block.text or _plain(block.html)).rstrip("\n").split("\n")
        return sum(max(1, math.ceil(len(line) / CODE_COLUMNS)) for line in lines) * CODE_LINE + 2 * BOX
    if block.kind == "table":
        return _table(block.html, inner)
    if block.kind == "math":
        return _equation(block.html)
    boxed = block.kind in ("claim", "verdict", "question", "outcome")
    items = re.findall(r"<(?:li|p)[ >](.*?)(?=<li[ >]|<p[ >]|\Z)", block.html, re.S) or [block.html]
    room = inner - 2 * BOX - 8 if boxed else inner - 44 * (block.kind == "list")
    height = sum(_lines(item, room, TEXT) * TEXT_LINE for item in items if _plain(item).strip())
    height += _extra(block.html) + (len(items) - 1) * 6
    return height + (2 * BOX if boxed else 0)


def _table(text, inner):
    rows = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", text, re.S)]
    if not rows:
        return 0
    natural = [max(_width(row[k], TABLE) for row in rows) + 4 * CELL for k in range(len(rows[0]))]
    room = [width * min(1, inner / sum(natural)) - 4 * CELL for width in natural]
    lines = [
        max(math.ceil(_width(cell, TABLE) / max(w, 1) - 0.01) for cell, w in zip(row, room, strict=True))
        for row in rows
    ]
    return sum(max(1, n) * TABLE_LINE + 2 * CELL + 1 for n in lines)


def _equation(text):
    return sum(54 + 38 * any(tall in equation for tall in _TALL) for equation in text.split('class="equation"')[1:])


def _widest_equation(text):
    """The width of the widest displayed equation. A fraction's two lines count as one after the other, less the half of it."""
    widest = 0
    for equation in text.split('class="equation"')[1:]:
        shown = re.sub(r"<m(sub|sup|subsup)>|<math[^>]*>", "", equation.split("</math>")[0])
        widest = max(widest, EQUATION * 0.5 * len(_plain(shown)) * (0.6 if "<mfrac" in shown else 1))
    return widest


def _extra(text):
    """What fractions and equations within prose add to the heights of its lines."""
    return 14 * len(re.findall("<mfrac", text)) + _equation(text)


def _lines(text, room, size):
    return max(1, math.ceil(1.03 * _width(text, size) / room))


def _width(text, size):
    known = widths()
    code = sum(0.602 * TABLE * len(_plain(span)) for span in re.findall(r"<code>(.*?)</code>", text))
    rest = _plain(re.sub(r"<code>.*?</code>", "", text)).replace("\n", " ")
    return code + size * sum(known.get(ord(c), 0.6) for c in rest)


def _plain(text):
    return html.unescape(re.sub(r"<[^>]*>", "", text))
