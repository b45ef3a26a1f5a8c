"""Read the questions with choices from ``concepts.md``, whose first paragraph explains its form."""

import re
from pathlib import Path

from grader.base.errors import CourseError
from grader.exam.questions import Drawn, Question, Wrong

FILE = Path(__file__).with_name("concepts.md")
_HEADING = re.compile(r"^## (?P<title>.+?) · lesson (?P<lesson>\d\d) \{#(?P<name>\w+)\}$")
_CHOICE = re.compile(r"^- \[(?P<mark>[ x])\] (?P<text>.+?)(?: — (?P<why>.+))?$")


class ConceptsNotRead(CourseError):
    """The file is not in its form; the message begins with the file and the line."""


def read_concepts(path=FILE):
    """The questions of the file, in its order: a list of Question.

    Raises
    ------
    ConceptsNotRead
        If a heading, a choice or an explanation is missing or has another form; names the file, the line and what is expected.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [k for k, line in enumerate(lines) if line.startswith("## ")]
    questions = [
        _question(path, start, lines[start:end]) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    names = [q.name for q in questions]
    for start, name in zip(starts, names, strict=True):
        if names.count(name) > 1:
            raise ConceptsNotRead(f"{path}:{start + 1}: another question has the name {name!r} too")
    return questions


def _question(path, start, lines):
    def fail(number, what):
        raise ConceptsNotRead(f"{path}:{start + number + 1}: {what}")

    heading = _HEADING.match(lines[0])
    if not heading:
        fail(0, f"{lines[0]!r} should be `## Title · lesson 03 {{#name}}`")
    listed = [k for k, line in enumerate(lines) if line.startswith("- [")]
    if len(listed) < 2:
        fail(
            0,
            f"the question has {len(listed)} choices, but should have at least two, `- [x] right` and `- [ ] wrong — why`",
        )
    if listed != list(range(listed[0], listed[-1] + 1)):
        fail(listed[0], "the choices should follow each other without a gap, each on one line")
    choices = []
    for k in listed:
        choice = _CHOICE.match(lines[k])
        if not choice:
            fail(k, f"{lines[k]!r} should be `- [x] right` or `- [ ] wrong — why it is wrong`")
        if (choice["mark"] == "x") == bool(choice["why"]):
            fail(
                k, "a wrong choice says why after a dash ` — `, and the right one does not: the explanation below does"
            )
        choices.append(choice)
    right = [c["text"] for c in choices if c["mark"] == "x"]
    if len(right) != 1:
        fail(listed[0], f"{len(right)} choices are marked `[x]`, but exactly one should be")
    if len({c["text"] for c in choices}) < len(choices):
        fail(listed[0], "two choices are the same")
    text = "\n".join(lines[1 : listed[0]]).strip()
    explanation = "\n".join(lines[listed[-1] + 1 :]).strip()
    if not text or not explanation:
        fail(0, "a question has a text above its choices, and below them an explanation")
    wrong = tuple(Wrong(c["text"], c["why"]) for c in choices if c["mark"] == " ")
    texts = [c["text"] for c in choices]

    def draw(rng):
        return Drawn(text, right[0], wrong, explanation, choices=tuple(texts[k] for k in rng.permutation(len(texts))))

    return Question(heading["name"], heading["title"], heading["lesson"], computed=False, draw=draw)
