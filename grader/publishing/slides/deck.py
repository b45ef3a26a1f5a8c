"""The slides of a lesson: which cells are on which, what is shown of them, and the notes."""

import html as entities
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from grader.base.errors import CourseError
from grader.publishing.slides.condense import TASKS, condensed, html

NO_PREDICTION = " You made no prediction."
_CARD = re.compile(r"^.*: no prediction yet\. .*$")
_IMAGE = re.compile(r'<img alt="(?P<alt>[^"]*)" src="(?P<src>data:image/png;base64,[^"]+)"')
_REGION = re.compile(r"^( *)### BEGIN SOLUTION$.*?^ *### END SOLUTION$", re.M | re.S)


class SlidesNotMade(CourseError):
    """A lesson's marked cells do not make slides; the message names the lesson, the slide and the source's line."""


class Block(NamedTuple):
    """A piece of a slide: its kind (as in `condense.Part`, or output, outcome, figure), its HTML, and its plain text if it is code."""

    kind: str
    html: str
    text: str = ""


@dataclass
class Slide:
    """A slide: its title (HTML), the section's heading, the line of its first cell, its blocks, and its notes (HTML)."""

    title: str
    section: str
    line: int
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_first: bool = False

    @property
    def asks(self):
        """Whether there is a question for the class."""
        return any(block.kind == "question" for block in self.blocks)


def slides(lesson, notebook):
    """The slides that the lesson's markers choose.

    Parameters
    ----------
    lesson : grader.authoring.source.Lesson
    notebook : NotebookNode with the same cells, executed or not

    Returns
    -------
    slides : list of Slide

    Raises
    ------
    SlidesNotMade
        If no cell is marked, the first marked cell does not begin a slide, or a slide is empty.
    """
    made, section, task = [], "", ""  # what follows a task's heading belongs to the section before, but for the task
    for number, (cell, run) in enumerate(zip(lesson.cells, notebook.cells, strict=True)):
        marked = cell.markers.get("slide", "").split()
        prose = None
        if cell.kind == "markdown":
            prose = condensed(cell.text, cell.markers.get("brief"), cell.markers.get("ask"), marked[:1] == ["new"])
            for heading in re.findall(r"^## (.+)$", cell.text, re.M):
                task, section = (heading, section) if heading.startswith(TASKS) else ("", heading)
        if marked == [] and made and prose:
            made[-1].notes.append(html(prose.notes))
        if not marked:
            continue
        if marked[0] == "new":
            title = (prose and prose.heading) or ("written" in cell.markers and task) or section
            part_of = title if title.startswith(TASKS) else section
            made.append(Slide(html(title, inline=True), part_of, cell.line, is_first=bool(prose) and prose.level == 1))
        elif not made:
            raise SlidesNotMade(f'{lesson.path}:{cell.line}: the first marked cell should be slide="new"')
        slide = made[-1]
        if prose:
            following = None if "ask" in cell.markers else next(iter(lesson.cells[number + 1 :]), None)
            slide.blocks += [_of_prose(part, following) for part in prose.parts]
            slide.notes.append(html(prose.notes))
        else:
            slide.blocks += _of_code(cell, run, (marked[1:] or ["output"])[0])
            if cell.markers.get("ask"):
                slide.blocks.append(Block("question", html(cell.markers["ask"])))
    if not made:
        raise SlidesNotMade(f"{lesson.path}: no cell has a marker slide=…, so there is no slide (see CONTRIBUTING.md)")
    for before, slide in pairwise(made):
        slide.notes = slide.notes or before.notes[-1:]  # what led up to a figure, say
    has_run = any(cell.get("outputs") for cell in notebook.cells)
    for number, slide in enumerate(made, 1):
        if not slide.blocks and has_run:
            raise SlidesNotMade(
                f'slide {number} of {lesson.name} ({lesson.path}:{slide.line}) is empty: give its cell a brief="…", '
                'or add the next cell by slide="more"'
            )
    return made


def _of_prose(part, following):
    if part.kind != "question":
        return Block(part.kind, html(part.markdown))
    # The choices stand in the comment of the cell in which a reader predicts: predict("half_life", ...)  # 2, 5 or 10?
    choices = re.findall(r"^predict\(.*\)  # (.+)$", following.text, re.M) if following else []
    shown = html(part.markdown)
    if choices:
        shown += f"<p class='choices'>{entities.escape('; '.join(choices), quote=False)}</p>"
    return Block("question", shown)


def _of_code(cell, run, what):
    """The blocks of a code cell. Of a learner's cell only the head is shown, and never the solution."""
    first, _, last = cell.markers.get("lines", "").partition("-")
    chosen = slice(int(first) - 1, int(last or first)) if first else slice(None)
    if "solution" in cell.markers:
        cell, what = replace(cell, text=_REGION.sub(r"\1...", cell.text)), "code"
    if what in ("code", "both"):
        code = "\n".join(cell.text.splitlines()[chosen])
        yield Block("code", _coloured(code), code)
    if what == "code":
        return
    printed, figures, outcomes = _outputs(run)
    lines = printed.splitlines()[chosen if what != "both" else slice(None)]
    if lines and what != "figure":
        text = "\n".join(line.rstrip() for line in lines)
        yield Block("output", f"<pre>{entities.escape(text, quote=False)}</pre>", text)
    for text in [o for o in outcomes if what != "figure" and not _says(printed, o)]:
        yield Block("outcome", f"<p>{entities.escape(text, quote=False)}</p>")
    if what != "text":
        yield from figures


def _says(printed, outcome):
    """Whether what was printed holds each number and word of an outcome, such as ``"Half life: 7 steps."``"""
    return all(word in printed for word in re.findall(r"[-\w.]*\w", outcome.partition(": ")[2]))


def _outputs(run):
    printed, figures, outcomes = "", [], []
    for output in run.get("outputs", []):
        if output.output_type == "stream":
            printed += output.text if output.name == "stdout" else ""
        elif output.output_type == "error":
            printed += f"{output.ename}: {output.evalue}\n"
        else:
            image = _IMAGE.match(output.get("data", {}).get("text/html", ""))
            plain = output.get("data", {}).get("text/plain", "")
            if image:
                figures.append(Block("figure", f'<img alt="{image["alt"]}" src="{image["src"]}">', image["alt"]))
            elif plain.endswith(NO_PREDICTION):
                outcomes.append(plain.removesuffix(NO_PREDICTION))
            # The progress of a training has no HTML, and a sound has no words.
            elif "text/html" in output.data and not _CARD.match(plain) and not plain.startswith("<"):
                printed += plain + "\n"
    return printed, figures, outcomes


def _coloured(code):
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(code, PythonLexer(), HtmlFormatter(nowrap=False, cssclass="highlight"))
