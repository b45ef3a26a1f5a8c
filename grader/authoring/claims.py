"""The map of claims: what the claim boxes of all lessons say, in one table, built from the boxes themselves.

A box is a quote in a lesson's source, and its verdict is another one, further down:

    > **Claim.** A GRU has fewer parameters.
    >
    > *Source:* [where it is said](https://…), or that nobody in particular says it.

    > **Verdict.** Imprecise: *fewer than what?* Compared with a plain RNN it has …
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_cells

MAP = Path("docs", "claims.md")
_QUOTE = re.compile(r"(?:^>.*(?:\n|\Z))+", re.M)
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_OF_A_CLAIM, _OF_A_VERDICT, _OF_A_SOURCE = "**Claim.**", "**Verdict.**", "*Source:*"
_A_FEW_WORDS = 6
_SENTENCE = re.compile(r"(.+?[.?!])(?= (?![a-z0-9])|$)")  # not after "e.g." or within a number


@dataclass
class Claim:
    """A claim box: its lesson and line, what is claimed, who says so, the verdict, and the heading under which it is reached.

    `title` is the lesson's. What the box lacks is empty.
    """

    lesson: str
    title: str
    line: int
    text: str
    source: str = ""
    verdict: str = ""
    place: str = ""

    @property
    def missing(self):
        """What the map needs and the box lacks: a list of "source", "verdict" and "place"."""
        return [name for name in ("source", "verdict", "place") if not getattr(self, name)]

    @property
    def in_short(self):
        """The verdict's first sentence, and its second if the first is a word or a few, such as "Wrong."."""
        sentences = [found[1].strip() for found in _SENTENCE.finditer(self.verdict)] or [self.verdict]
        return " ".join(sentences[: 1 + (len(sentences[0].split()) <= _A_FEW_WORDS)])


class StrayVerdict(ValueError):
    """A verdict stands where no claim is open."""


def read_claims(root):
    """The claims of all lessons, in their order.

    Parameters
    ----------
    root : the course's folder

    Returns
    -------
    claims : list of Claim

    Raises
    ------
    StrayVerdict
        If a verdict has no claim before it; names the file and the line.
    """
    return [claim for path in find_sources(root) for claim in claims_in(path)]


def claims_in(path):
    """The claims of the lesson whose source is at `path`, a list; otherwise like `read_claims`."""
    claims, title, heading, is_open = [], "", "", False
    for cell in read_cells(path):
        if cell.kind != "markdown":
            continue
        for found in sorted([*_HEADING.finditer(cell.text), *_QUOTE.finditer(cell.text)], key=lambda m: m.start()):
            if not found[0].startswith(">"):
                title, heading = title or found[1], found[1] if title else ""
                continue
            line = cell.line + 1 + cell.text.count("\n", 0, found.start())
            said = re.sub(r"^> ?", "", found[0], flags=re.M).strip()
            if said.startswith(_OF_A_CLAIM):
                text, _, source = said.removeprefix(_OF_A_CLAIM).partition(_OF_A_SOURCE)
                claims.append(Claim(Path(path).stem, title, line, _joined(text), _joined(source)))
                is_open = True
            elif said.startswith(_OF_A_VERDICT):
                if not is_open:
                    raise StrayVerdict(f"{path}:{line}: a verdict, but no claim without one stands before it")
                claims[-1].verdict, claims[-1].place = _joined(said.removeprefix(_OF_A_VERDICT)), heading
                is_open = False
    return claims


def write_map(root):
    """Write the map of claims of the course in the folder `root`; returns its path. Raises as `read_claims` does."""
    path = Path(root, MAP)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_page(read_claims(root)), encoding="utf-8")
    return path


_PAGE = """\
# Which claim is settled where

<!-- `gru-course build` makes this page from the claim boxes in solutions/. Change those, not this. -->

People say many things about GRUs. This page lists the {count} claims that the lessons test, and how each verdict begins:
{tally}. The lesson
has the experiment, and says how far the verdict reaches. *A popular article* is one of four that the course set out from; it
tests the idea, in our words, and leaves out the name.

| claim | said in | verdict | settled in |
| --- | --- | --- | --- |
{rows}
"""
# How a verdict begins, and what the page counts it as.
KINDS = {"Wrong": "wrong", "Imprecise": "imprecise", "True": "true", "Both are true": "true"}


def as_page(claims):
    """The map of these claims, as Markdown."""
    kinds = [next((kind for start, kind in KINDS.items() if c.verdict.startswith(start)), "") for c in claims]
    counted = [f"{kinds.count(kind)} are {kind}" for kind in dict.fromkeys(KINDS.values())]
    tally = ", ".join([*counted, f"and {kinds.count('')} have another verdict"])
    return _PAGE.format(count=len(claims), tally=tally, rows="\n".join(map(_row, claims)))


def _row(claim):
    number, _, name = claim.title.partition(" · ")
    address = f"../notebooks/{claim.lesson}/{claim.lesson}.ipynb"
    place = re.sub(r"^Your turn: | · (?:easy|medium|hard|\*?deeper.*)$", "", claim.place)
    anchor = quote(re.sub(r"[`*]", "", claim.place).replace(" ", "-"))
    where = f"[{number} {name}]({address}#{anchor}), {place}"
    cells = (claim.text, claim.source, claim.in_short, where)
    return f"| {' | '.join(_cell(text) for text in cells)} |"


def _cell(text):
    return text.replace("|", r"\|") or "not named"


def _joined(text):
    return " ".join(text.split())
