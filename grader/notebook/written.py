"""Answers in words that are not where they should be: find a question by its text, and its answer near it."""

import difflib
import functools
import re
import textwrap
from dataclasses import dataclass, field
from urllib.parse import quote

from grader.base.wording import PLACEHOLDER
from grader.notebook.bindings import only_words
from grader.notebook.reading import grade_id

ALIKE = 0.6  # share of a question's words from which a cell counts as that question, perhaps edited
WHOLE = 0.95  # the same if the cell is known to belong to another question
FEWEST_WORDS = 5  # of a line that an editor has wrapped differently: shorter ones may agree by chance
LONGEST = 20_000  # words of one cell that are searched for a question
REACH = 2  # cells of the lesson: one may stand between a question and its answer, a second one may not
BELOW, ABOVE, ELSEWHERE = "below the question", "above the question", "elsewhere in the notebook"
# What Jupytext and VS Code leave. A comment without an end is none, and the search does not restart at each beginning.
_EDITORS_OWN = re.compile(r"<!--[ \t]*#?(?:end)?region\b(?:(?!<!--|-->).)*-->", re.S)
_PICTURE = "]("  # a picture or a link in Markdown, under any name
_COMMENT = re.compile(r"<!--(?:(?!<!--|-->).)*-->", re.S)


@dataclass(frozen=True)
class Found:
    """A text of the learner's own: the cell, its position, its Markdown, and the pictures attached to it."""

    cell: object
    where: str
    text: str
    attachments: dict = field(default_factory=dict)


class WrittenAnswers:
    """Distinguishes the learner's words from the lesson's.

    Parameters
    ----------
    pristine : NotebookNode, the lesson as it was handed out
    """

    def __init__(self, pristine):
        self._sources = {cell.source.strip(): cell.source.splitlines() for cell in pristine.cells}
        self._questions = {
            grade_id(cell): _words(cell.source.replace(PLACEHOLDER, "")).split()
            for cell in pristine.cells
            if grade_id(cell) and cell.cell_type == "markdown" and cell.metadata.nbgrader.solution
        }
        self._plain = {cell.source.strip() for cell in pristine.cells if not grade_id(cell)}

    @functools.cached_property  # not needed for most notebooks
    def _lines(self):
        return {_words(line) for lines in self._sources.values() for line in lines}

    @functools.cached_property
    def _text(self):
        return f" {_words(' '.join(line for lines in self._sources.values() for line in lines))} "

    def own(self, text):
        """A text without the lesson's lines; empty if the rest says nothing."""
        if text.strip() in self._sources:
            return ""
        kept = [line for line in _EDITORS_OWN.sub("", text).splitlines() if not self._is_lessons(line)]
        rest = "\n".join(kept).strip("\n")
        return rest if _words(rest) or _PICTURE in rest else ""

    def recover(self, cells, names):
        """The cells that hold these questions, found by their text: ``{name: cell}``, each cell for at most one question.

        Parameters
        ----------
        cells : the cells that may hold a question
        names : the questions to look for
        """
        cells = [cell for cell in cells if cell.source.strip() not in self._plain]
        alike = [
            (self._likeness(name, cell), bool(self.own(cell.source)), -n, name)
            for name in names
            for n, cell in enumerate(cells)
        ]
        found, taken = {}, set()
        for likeness, _, n, name in sorted(alike, reverse=True):
            if likeness >= ALIKE and name not in found and n not in taken:
                found[name] = cells[-n]
                taken.add(n)
        return found

    def find(self, cells, tags, unanswered, missing):
        """Texts that may be the answers to questions without one: ``{name: [Found, …]}``.

        A text between two such questions goes to the upper one, unless another distribution of the texts leaves fewer
        questions without one.

        Parameters
        ----------
        cells : all of the notebook's, with a cell for every question
        tags : ``{id(cell): name}`` of the marked ones
        unanswered : names of the questions
        missing : those of them whose cell was put back, so that their answer may be anywhere
        """
        texts = {n: cell for n, cell in enumerate(cells) if id(cell) not in tags and self._shown(cell)}
        near = {
            (name, where): self._near(cells, tags, name, step)
            for name in unanswered
            for where, step in ((BELOW, 1), (ABOVE, -1))
        }
        shared = max((self._share(near, unanswered, first) for first in (BELOW, ABOVE)), key=len)
        used = {n for places in shared.values() for n, _ in places}
        last = max((n for n, cell in enumerate(cells) if n not in texts and self._of_lesson(cell, tags)), default=-1)
        found = {}
        for name in unanswered:
            places = shared.get(name, []) + [(n, ELSEWHERE) for n in self._holders(cells, tags, name) if n not in used]
            if not places:
                places = [(n, ELSEWHERE) for n in texts if n not in used and (n > last or name in missing)]
            if places:
                found[name] = [self._found(cells[n], where, n) for n, where in sorted(dict(places).items())]
        return found

    def with_pictures(self, cell):
        """A cell's text with a line for each picture that is attached to it and not shown in it."""
        names = [name for name in cell.get("attachments", {}) if not _shows(cell.source, name)]
        return "\n\n".join(filter(None, [cell.source, *(f"![{name}](attachment:{quote(name)})" for name in names)]))

    def _is_lessons(self, line):
        words = _words(line)
        if not words:
            return _PICTURE not in line
        return words in self._lines or (words.count(" ") >= FEWEST_WORDS - 1 and f" {words} " in self._text)

    def _likeness(self, name, cell):
        """The share of a question's words that a cell holds, in the same order."""
        wanted, there = self._questions[name], _words(cell.source).split()[:LONGEST]
        few = set(wanted)
        if len(few & set(there)) < ALIKE * len(few):
            return 0.0
        blocks = difflib.SequenceMatcher(None, wanted, there, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks if block.size > 1 or len(wanted) < 4) / max(len(wanted), 1)

    def _near(self, cells, tags, name, step):
        """The places of texts from a question on, downwards or upwards, as far away as its answer may be."""
        found, passed = [], 0
        n = next(n for n, cell in enumerate(cells) if tags.get(id(cell)) == name) + step
        while 0 <= n < len(cells) and id(cells[n]) not in tags and passed < REACH:
            if self._shown(cells[n]):
                found.append(n)
            else:
                passed += self._of_lesson(cells[n], tags) and not self._is_part(name, cells[n])
            n += step
        return found

    def _share(self, near, unanswered, first):
        """Which text answers which question, if the `first` texts after a question belong to it: ``{name: [(place, where), …]}``."""
        owners = {}
        for where in sorted((BELOW, ABOVE), key=lambda where: where != first):
            for name in unanswered:
                for n in near[name, where]:
                    owners.setdefault(n, (name, where))
        shared = {}
        for n, (name, where) in owners.items():
            shared.setdefault(name, []).append((n, where))
        return shared

    def _holders(self, cells, tags, name):
        """Places of other cells that hold the question, and an answer."""
        for n, cell in enumerate(cells):
            tag = tags.get(id(cell))
            enough = ALIKE if tag is None else WHOLE
            may = tag != name and (tag is None or tag in self._questions) and self.own(cell.source)
            if may and self._likeness(name, cell) >= enough:
                yield n

    def _is_part(self, name, cell):
        """Whether a cell holds a piece of a question that an editor has split."""
        question = " ".join([*self._questions[name], _words(PLACEHOLDER)])
        return f" {_words(cell.source)} " in f" {question} "

    def _of_lesson(self, cell, tags):
        return id(cell) in tags or (bool(cell.source.strip()) and not self.own(cell.source))

    def _shown(self, cell):
        """A cell's content as Markdown for the marker; empty if it says nothing."""
        if cell.cell_type == "code":
            return _as_it_was_typed(cell.source) if self.own(cell.source) and only_words(cell.source) else ""
        text = self.own(self.with_pictures(cell))
        hidden = cell.cell_type == "raw" or not _COMMENT.sub("", text).strip()
        return _as_it_was_typed(text) if text and hidden else text

    def _found(self, cell, where, number):
        text, attachments = self._shown(cell) or _as_it_was_typed(cell.source), {}
        for name, bundle in cell.get("attachments", {}).items():
            new = f"{number}-{re.sub(r'[^A-Za-z0-9.]+', '-', name)}"
            for old in (name, quote(name)):
                text = text.replace(f"attachment:{old}", f"attachment:{new}")
            attachments[new] = bundle
        return Found(cell, where, text, attachments)


@functools.lru_cache(10_000)  # the lesson's lines are the same in every submission
def _words(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def _shows(text, name):
    return f"attachment:{name}" in text or f"attachment:{quote(name)}" in text


def _as_it_was_typed(text):
    return textwrap.indent(text, "    ", lambda line: True)
