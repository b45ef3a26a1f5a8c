"""Write a deck as one HTML file that needs nothing else: reveal.js, fonts, figures and equations are inside."""

import re
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from grader.base.theme import COLOURS
from grader.publishing.slides import fit, fonts

SOURCES = Path(__file__).with_name("page")
_EQUATION = re.compile(r"<math.*?</math>", re.S)


class _Shown(NamedTuple):
    """A slide for the template; `stepped` has a number with each block: 0 if it is there at once, else the key press."""

    title: Markup
    is_first: bool
    stepped: list
    notes: list


def page(lesson, slides):
    """The deck as a string of HTML.

    Parameters
    ----------
    lesson : grader.authoring.source.Lesson
    slides : list of grader.publishing.slides.deck.Slide
    """
    everything = "".join([s.title + "".join(b.html for b in s.blocks) + "".join(s.notes) for s in slides])
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SOURCES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    colours = " ".join(f"--{name}: {colour.light};" for name, colour in COLOURS.items())
    reveal = fonts.revealjs()
    css = environment.get_template("slides.css.jinja").render(
        text_font=fonts.TEXT, code_font=fonts.CODE, symbols_font=fonts.SYMBOLS, **fit.SCALES
    )
    letters = re.sub(r'src="data:[^"]*"', "", everything) + "".join(map(chr, range(32, 127)))
    style = [
        (reveal / "dist" / "reveal.css").read_text(encoding="utf-8"),
        fonts.font_faces(letters, _EQUATION.findall(everything)),
        f":root {{ color-scheme: light; {colours} }}",
        css,
    ]
    return environment.get_template("slides.html.jinja").render(
        title=lesson.title,
        slides=[_shown(slide) for slide in slides],
        style=Markup("\n".join(style)),
        reveal=_script(reveal / "dist" / "reveal.js"),
        notes_plugin=_script(reveal / "plugin" / "notes" / "notes.js"),
        **fit.SCALES,
    )


def _shown(slide):
    stepped, step = [], 0
    for block in slide.blocks:
        stepped.append((block._replace(html=Markup(block.html)), step))
        step += block.kind == "question"
    return _Shown(Markup(slide.title), slide.is_first, stepped, [Markup(note) for note in slide.notes])


def _script(path):
    """A script as it may stand in a page: no text in it ends or nests the element, and it names no map of its sources."""
    text = path.read_text(encoding="utf-8").replace("</script", r"<\/script").replace("<!--", r"<\!--")
    return Markup(re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.M))
