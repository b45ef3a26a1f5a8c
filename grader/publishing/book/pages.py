"""The sources of the book's pages, as Markdown for MyST: lessons, claims, glossary, teaching notes, reference, front page."""

import re
from dataclasses import dataclass, field

from grader.authoring.links import heading_address
from grader.base import cards
from grader.base.wording import PLACEHOLDER
from grader.exercises import find
from grader.publishing.book.outputs import Media, as_html

_MARK = re.compile(r"^\s*### (?:BEGIN|END) SOLUTION\n?", re.M)
_EXPLORER = re.compile(r"^\w+_explorer\(", re.M)
_HEADING = re.compile(r"^(#+) (.+)$", re.M)
_STILL = (
    "*In JupyterLab, the controls above this picture change it; on this page it stands still. To move a network's gates "
    "here and now, open [the gate explorer](beside:../gates.html): it is one file, and needs no Python.*"
)
_NOT_RUN = "```{note}\nThis copy of the lesson was built without its outputs.\n```"


@dataclass
class Page:
    """A page's source, and the files that lie beside it, by name."""

    text: str
    files: dict = field(default_factory=dict)


def lesson_page(lesson, learners, run, solved, relink, entries):
    """A lesson's page.

    Parameters
    ----------
    lesson : Lesson
    learners : the learner's notebook
    run : the executed notebook; None for a page without outputs
    solved : bool, whether it shows solutions, model answers, rubrics and verdicts
    relink : function of a Markdown text that makes its links lead to the book's pages
    entries : dict of what the index lists below a heading, by the heading's address

    Returns
    -------
    page : Page
    """
    media = Media(f"../media/{lesson.name}")
    ran = run.cells if run else [None] * len(lesson.cells)
    blocks = []
    for cell, seen, done in zip(lesson.cells, learners.cells, ran, strict=True):
        if cell.text.strip() == "progress()":
            continue  # the map of a learner's own progress
        if cell.kind == "markdown":
            blocks.append(relink(_words(cell, seen.source, solved)))
        else:
            blocks += _code(cell, seen.source, solved)
            outputs = as_html(done.outputs, media) if done and (solved or "check" not in cell.markers) else ""
            if outputs:
                blocks.append(f"```{{raw}} html\n{outputs}\n```")
            if _EXPLORER.search(cell.text):
                blocks.append(_STILL)
    if not run:
        blocks.insert(1, _NOT_RUN)
    blocks[1:] = [
        re.sub(r"^# ", "## ", block) if block.startswith("# ") else block for block in blocks[1:]
    ]  # one title a page
    text = _with_index("\n\n+++\n\n".join(blocks) + "\n", entries)
    return Page(text, media.files)


def _words(cell, learners, solved):
    if "written" not in cell.markers:
        return learners
    question = learners.replace(PLACEHOLDER, "").rstrip()
    if not solved:
        return question
    answer = cell.text.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0].strip()
    return f"{question}\n\n::::{{admonition}} A good answer, and what its points are given for\n:class: solution\n\n{answer}\n::::"


def _code(cell, learners, solved):
    name = cell.markers.get("solution")
    source = _MARK.sub("", cell.text) if solved else learners
    yield f"```{{code-block}} python\n{':class: solution' + chr(10) if name and solved else ''}\n{source.strip()}\n```"
    if name:
        hints = find(name).hints
        folded = "".join(
            f"<details><summary>Hint {number} of {len(hints)}</summary><p>{cards.inline(hint)}</p></details>"
            for number, hint in enumerate(hints, 1)
        )
        yield f'```{{raw}} html\n<div class="hints">{folded}</div>\n```'


def _with_index(text, entries):
    """The text with what the index lists, each below its heading; exercises are listed by their names."""

    def add(found):
        listed = list(entries.get(heading_address(found[2]), ()))
        if found[2].startswith("Your turn: "):
            listed += [f"pair: exercise; {name}" for name in re.findall(r"`(\w+)`", found[2])]
        return "\n".join([found[0], *(f"\n```{{index}} {entry}\n```" for entry in listed)])

    pieces = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)  # a line of code may begin with #
    return "".join(piece if piece.startswith("```") else _HEADING.sub(add, piece) for piece in pieces)


def facts(lesson):
    """A lesson's question and minutes, from its first cell."""
    first = lesson.cells[0].text
    return re.search(r"^\*\*(.+?)\*\*$", first, re.M)[1], int(re.search(r"\*\*Time\*\*: (\d+) minutes", first)[1])
