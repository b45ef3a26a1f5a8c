"""What a submission says, as HTML for feedback and formgrader: in bounded time and size, whatever was written.

Markdown and highlighting can take far longer than their text is long, and the formgrader's server does nothing else
meanwhile. So each page has an allowance: long texts, and those that come when the time is spent, are shown as they were typed.
"""

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
MOST_CELLS = 10_000  # of a table
SECONDS = 0.3  # processor time for rendering one page; the course's own lessons take a third of it at most
ROOM = {"text": 300_000, "colours": 50_000, "pictures": 20_000_000}  # characters on one page of what is not rendered
CUT = "… cut short …"
PYTHON = ("python", "python3", "py", "ipython", "ipython3")
_FORMATTER = HtmlFormatter(nowrap=True)


class Allowance:
    """What rendering one page may take.

    Parameters
    ----------
    seconds : processor time after which nothing more is rendered; what has begun is finished
    clock : gives the processor time spent, in seconds
    """

    def __init__(self, seconds=SECONDS, clock=time.thread_time):
        self.seconds, self.room, self.clock = seconds, dict(ROOM), clock

    def markdown(self, text, render):
        """Markdown as HTML by `render`, or else as it was typed, within <pre>."""
        text = visible(text)
        return self.rendered(text, LONGEST_TEXT, render) or Markup("<pre>{}</pre>").format(self.typed(text))

    def code(self, text):
        """Python with its words in colours, to stand within <pre>."""
        text = visible(text)
        return self.rendered(text, LONGEST_CODE, highlighted) or self.typed(text)

    def rendered(self, text, longest, render):
        """``render(text)``, or None if that is not to be had: the text is too long, no time is left, or it fails."""
        if len(text) > longest or self.seconds <= 0:
            return None
        begun = self.clock()
        try:
            return Markup(render(text))
        except Exception:  # nested too deeply, say: whoever reads the page needs to see it all the same
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
        """Whether there is room for so much more of a kind; then it is taken."""
        fits = size <= self.room[kind]
        self.room[kind] -= size if fits else 0
        return fits


def harmless_text(value):
    """For a template's `finalize`, where every text passes before it is escaped: what of it is hidden becomes visible."""
    return visible(value) if type(value) is str else value


def highlighted(code):
    """Python as HTML with its words in colours."""
    return highlight(code, PythonLexer(), _FORMATTER)


def parser(html):
    """A Markdown parser for what learners write, with tables and formulas, which stay as they were typed for MathJax.

    Parameters
    ----------
    html : whether HTML stays what it is; then its result must be cleaned
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
        If it becomes so large that a page is better without it.
    """
    lines = text.split("\n")
    if max(line.count("|") for line in lines) * len(lines) > MOST_CELLS:
        raise ValueError("a table, or what could be one, that is filled up with very many empty cells")
    html = parser.render(text, environment)
    if len(html) > LARGEST:
        raise ValueError(f"{len(html)} characters of HTML, of {len(text)} of Markdown")
    return html


def _formula(mark):
    def render(self, tokens, index, options, env):
        return f'<span class="formula">{mark}{escape(tokens[index].content)}{mark}</span>'

    return render
