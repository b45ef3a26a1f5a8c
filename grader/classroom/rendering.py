"""The texts of a submission as HTML, for feedback and formgrader, in bounded time and size.

The time for Markdown and highlighting can grow far faster than the text, and the formgrader's server does nothing else
meanwhile. So each page has an allowance: long texts, and those after the time is used up, are shown as they were typed.
"""

import functools
import time

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grader.base.wording import visible

LONGEST_TEXT, LONGEST_CODE = 6_000, 5_000  # characters that are rendered; the course's own cells have up to 1,400
LARGEST = 100_000  # characters of HTML that one text may become
MOST_CELLS = 10_000  # in a table
SECONDS = 0.3  # processor time for rendering one page; the course's own lessons take a third of it at most
ROOM = {"text": 300_000, "colours": 50_000, "pictures": 20_000_000}  # characters on one page of what is not rendered
CUT = "… cut short …"
PYTHON = ("python", "python3", "py", "ipython", "ipython3")
_FORMATTER = HtmlFormatter(nowrap=True)


class Allowance:
    """The limits for rendering one page.

    Parameters
    ----------
    seconds : processor time after which no further text is rendered; a text that has begun is finished
    clock : returns the processor time used, in seconds
    """

    def __init__(self, seconds=SECONDS, clock=time.thread_time):
        self.seconds, self.room, self.clock = seconds, dict(ROOM), clock

    def markdown(self, text, render):
        """Markdown as HTML by `render`, or otherwise as it was typed, within <pre>."""
        text = visible(text)
        return self.rendered(text, LONGEST_TEXT, render) or Markup("<pre>{}</pre>").format(self.typed(text))

    def code(self, text):
        """Highlighted Python, to be put within <pre>."""
        text = visible(text)
        return self.rendered(text, LONGEST_CODE, highlighted) or self.typed(text)

    def rendered(self, text, longest, render):
        """``render(text)``, or None if the text is too long, no time is left, or rendering fails."""
        if len(text) > longest or self.seconds <= 0:
            return None
        begun = self.clock()
        try:
            return Markup(render(text))
        except Exception:  # nested too deeply, say: the reader of the page still needs to see it
            return None
        finally:
            self.seconds -= self.clock() - begun

    def typed(self, text):
        """A text as it was typed, escaped, and cut short if the page holds too much."""
        return escape(self.cut(text))

    def cut(self, text):
        """As much of a text as there is room for."""
        shown = text[: self.room["text"]]
        self.room["text"] -= len(shown)
        return shown if len(shown) == len(text) else shown + CUT

    def has_room(self, kind, size):
        """Whether there is room for this much more of a kind; if so, reserve it."""
        fits = size <= self.room[kind]
        self.room[kind] -= size if fits else 0
        return fits


def harmless_text(value):
    """For a template's `finalize`, where every text passes before it is escaped: makes hidden characters visible."""
    return visible(value) if type(value) is str else value


@functools.lru_cache(maxsize=1000)
def highlighted(code):
    """Python as highlighted HTML. In a class many answers are the same, and this takes longer than the rest of a page."""
    return highlight(code, PythonLexer(), _FORMATTER)


def parser(html):
    """A Markdown parser for learners' texts, with tables and formulas, which stay as they were typed, for MathJax.

    Parameters
    ----------
    html : whether HTML stays as it is; then the result must be sanitized
    """
    made = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"])
    made.use(dollarmath_plugin, allow_labels=False, double_inline=True)
    for rule, mark in (("math_inline", "$"), ("math_inline_double", "$$"), ("math_block", "$$")):
        made.add_render_rule(rule, _formula(mark))
    return made


def as_html(parser, text, **environment):
    """Render Markdown.

    Raises
    ------
    ValueError
        If the result is too large for a page.
    """
    lines = text.split("\n")
    if max(line.count("|") for line in lines) * len(lines) > MOST_CELLS:
        raise ValueError("a table, or a text like one, with too many empty cells")
    html = parser.render(text, environment)
    if len(html) > LARGEST:
        raise ValueError(f"{len(html)} characters of HTML, from {len(text)} of Markdown")
    return html


def _formula(mark):
    def render(self, tokens, index, options, env):
        return f'<span class="formula">{mark}{escape(tokens[index].content)}{mark}</span>'

    return render
