"""A submission's texts as HTML, as its page of feedback shows them.

Answers are made into HTML where they are judged, in the process that ends with the submission: the one process that writes a
class's results has no time for it.
"""

import functools

from markupsafe import Markup

from grader.classroom.rendering import CUT, Allowance, as_html, parser
from grader.notebook.reading import grade_id

LONGEST = 20_000  # characters of one answer


class Texts:
    """Texts as HTML, within the allowance of one page."""

    def __init__(self):
        self._allowance = Allowance()

    def code(self, code):
        """Highlighted Python, to be put within <pre>; empty if there is none."""
        return self._allowance.code(code[:LONGEST]) + _cut(code) if code.strip() else Markup()

    def code_block(self, code):
        """Highlighted Python with its <pre>."""
        return Markup('<pre class="code" tabindex="0"><code>{}</code></pre>').format(self.code(code))

    def markdown(self, text):
        """Markdown; empty if there is none."""
        return self._allowance.markdown(text[:LONGEST], _as_html) + _cut(text) if text else Markup()

    def written(self, cell):
        """The way to show what is written in a cell that is marked by a person: `markdown` or `code_block`."""
        return self.markdown if cell.cell_type == "markdown" else self.code_block


def shown_answers(notebook, pristine):
    """The answers of a submission that differ from what was given, as HTML.

    Parameters
    ----------
    notebook : NotebookNode, the submission's, with the lesson's cells
    pristine : NotebookNode, the lesson's, as the learner got it

    Returns
    -------
    shown : ``{grade_id: html}``, in the lesson's order; code is to be put within <pre>, unless a person marks it
    """
    texts, shown = Texts(), {}
    # As its file has them, which holds no lone surrogate.
    sources = {grade_id(cell): cell.source.encode("utf-8", "replace").decode() for cell in notebook.cells}
    for cell in pristine.cells:
        name, mark = grade_id(cell), cell.metadata.get("nbgrader", {})
        source = sources.get(name, cell.source)
        if not mark.get("solution"):
            continue
        if mark.get("grade"):
            shown |= {name: str(texts.written(cell)(source))} if source.strip() != cell.source.strip() else {}
        elif cell.cell_type == "code" and source != cell.source:
            shown[name] = str(texts.code(source))
    return shown


@functools.lru_cache(maxsize=1000)
def _as_html(text):
    """In a class many texts are the same: all questions and rubrics, and some answers."""
    return as_html(_parser(), text)


@functools.cache
def _parser():
    # Images and links are left as they were typed: a page of feedback leads nowhere.
    return parser(html=False).disable(["image", "link", "autolink"])


def _cut(text):
    return Markup("<em>{}</em>").format(CUT) if len(text) > LONGEST else Markup()
