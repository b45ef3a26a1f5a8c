"""An exercise's known mistakes, read from Markdown: each is a right answer, edited.

    ## Right answer                 a ```python block; `## Right answer: loop` is another, in a style called `loop`

    ### Its title {#key}            a mistake. After the key may stand `of=loop`, the answer that is edited, and
                                    `when=name`: a function of the exercise's module that recognises it
    What happened, and where to look.

    - `W.T` → `W`                   an edit: the text on the left stands once in the answer; `→ nothing` deletes it

    ## Two at once                  of any two of the following lines, one mistake of each may be made at once
    - `key`, `another`
    - not `key` + `third`           but not these two: together they are another mistake

Edits of whole lines may be in a ```diff block, its hunks divided by ``@@``. In place of edits there may be a ```python
block with a whole wrong answer.
Nothing is compiled until it is called.
"""

import functools
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import gru_ref
from grader.base.errors import CourseError
from gru_ref import sealing

_HEADING = re.compile(r"^(##|###) (.+?)(?: \{#(\w+)(?: of=(\w+))?(?: when=(\w+))?\})?$")
_FENCE = re.compile(r"^```(\w*)$")
_EDIT = re.compile(r"^- `([^`]+)` → (?:`([^`]+)`|nothing)$")
_GROUP = re.compile(r"^- `\w+`(?:, `\w+`)*$")
_EXCEPTION = re.compile(r"^- not `(\w+)` \+ `(\w+)`$")
_TOKEN = re.compile(r"\w+|\s+|.", re.S)
RIGHT, TWO = "Right answer", "Two at once"


class MistakesError(CourseError):
    """The text about an exercise's mistakes cannot be read; the message says where."""


@dataclass(frozen=True)
class Edit:
    """The characters from `start` to `end` of a right answer become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really write.

    `name` is its short title, `advice` says what happened and where to look, and `source` is the wrong answer, a function or
    class called `exercise`. `when(args, result)` recognises the mistake if outputs cannot be compared, because the answer
    draws at random. `edits` are the edits of the right answer `of` that make it, if any.
    """

    key: str
    name: str
    advice: str
    exercise: str
    source: str
    when: Callable | None = None
    of: str | None = None
    edits: tuple[Edit, ...] = ()

    @functools.cached_property
    def fn(self):
        """The wrong answer."""
        return compiled(self.source, self.exercise)

    @property
    def made_of(self):
        """What tells it from all other wrong answers to the exercise."""
        return self.source


@dataclass(frozen=True)
class Known:
    """The known wrong answers to one exercise.

    `answers` are the right answers' sources by style, the first of which has no name: "". `groups` are tuples of keys of
    mistakes that exclude one another, and `exceptions` sets of two keys that are not made together.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    groups: tuple[tuple[str, ...], ...] = ()
    exceptions: tuple[frozenset[str], ...] = ()

    @functools.cached_property
    def pairs(self):
        """Two mistakes made at once: a tuple of (first, second, both as a Mistake)."""
        found = []
        for one, other in itertools.combinations(self.groups, 2):
            for keys in itertools.product(one, other):
                if frozenset(keys) not in self.exceptions:
                    first, second = (self.mistakes[key] for key in keys)
                    found.append((first, second, self._both(first, second)))
        return tuple(found)

    def _both(self, first, second):
        """A Mistake with the edits of both."""
        edits = sorted({*first.edits, *second.edits}, key=_place)  # an edit that both make is made once
        if first.of is None or first.of != second.of or not _apart(edits):
            raise MistakesError(
                f"{first.exercise}: {first.key} and {second.key} cannot be combined: both should be edits of the same "
                "right answer, and of different parts of it"
            )
        source = _edited(self.answers[first.of], edits)
        return Mistake(f"{first.key}+{second.key}", "", "", first.exercise, source, None, first.of, tuple(edits))

    def handed_on(self, exercise, parameters, called, arguments):
        """The same mistakes of an exercise that only calls this one: ``called(arguments)`` with `parameters` of its own.

        Parameters
        ----------
        exercise : str
        parameters : list of str, the exercise's
        called : Exercise, whose mistakes these are
        arguments : str, such as ``"x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz"``; the advice then speaks of these
        """
        renamed = dict(zip(called.parameters, arguments.split(", "), strict=True))

        def adapted(text):
            return re.sub(r"\b[A-Za-z]\w*\b", lambda m: renamed.get(m.group(), m.group()), text)

        def lifted(mistake):
            call = f"\n\n\ndef {exercise}({', '.join(parameters)}):\n    return {called.name}({arguments})\n"
            return Mistake(
                mistake.key,
                adapted(mistake.name),
                adapted(mistake.advice),
                exercise,
                mistake.source + call,
                mistake.when,
            )

        handed_on = Known({}, {key: lifted(m) for key, m in self.mistakes.items()})
        pairs = tuple((handed_on.mistakes[a.key], handed_on.mistakes[b.key], lifted(both)) for a, b, both in self.pairs)
        vars(handed_on)["pairs"] = pairs
        return handed_on


def compiled(source, name):
    """The function or class that a source defines under a name. It may use ``np`` and ``gru_ref``."""
    namespace = {"np": np, "gru_ref": gru_ref}
    exec(source, namespace)
    return namespace[name]


def read_mistakes(known, exercise, recognisers):
    """Read the known wrong answers to an exercise.

    Parameters
    ----------
    known : Path of a Markdown file, or its text
    exercise : str, its name
    recognisers : dict of functions ``when(args, result)`` by name

    Returns
    -------
    known : Known

    Raises
    ------
    MistakesError
        If something in it cannot be read; the message names the file, the heading and the text.
    """
    place = known.name if isinstance(known, Path) else exercise
    text = sealing.read_text(known) if isinstance(known, Path) else known
    answers, mistakes, groups, exceptions = {}, {}, [], []
    for section in _sections(text, place):
        if section.level == "##" and section.title.partition(":")[0] == RIGHT:
            answers[section.title.partition(":")[2].strip()] = section.block("python")
        elif section.level == "##" and section.title == TWO:
            _read_groups(section, groups, exceptions)
        elif section.level == "###" and section.key:
            if section.key in mistakes:
                raise section.error(f"the key {section.key} is used twice")
            mistakes[section.key] = _mistake(section, exercise, answers, recognisers)
        else:
            raise section.error(
                f"a heading is `## {RIGHT}`, `## {RIGHT}: style`, `## {TWO}`, or a mistake's `### Title {{#key}}`"
            )
    unknown = {key for group in (*groups, *exceptions) for key in group} - mistakes.keys()
    if unknown:
        raise MistakesError(f"{place}: under `## {TWO}`: no mistake has the key {', '.join(sorted(unknown))}")
    place_of = {key: place for place, group in enumerate(groups) for key in group}
    for pair in exceptions:
        if len({place_of.get(key) for key in pair} - {None}) < 2:
            raise MistakesError(f"{place}: under `## {TWO}`: {' and '.join(sorted(pair))} would never be combined")
    return Known(answers, mistakes, tuple(groups), tuple(exceptions))


@dataclass
class _Section:
    """A heading, and what is below it: lines, and fenced blocks as (language, text)."""

    place: str
    level: str
    title: str
    key: str | None
    of: str | None
    when: str | None
    lines: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)

    def error(self, what):
        return MistakesError(f"{self.place}: under `{self.title}`: {what}")

    def block(self, language):
        """The text of the only fenced block."""
        if [found for found, _ in self.blocks] != [language]:
            raise self.error(f"there should be one ```{language} block, and nothing else")
        return self.blocks[0][1]


def _sections(text, place):
    section, block = None, None  # the block that is open: its language and its lines
    for line in text.splitlines():
        fence, heading = _FENCE.match(line), _HEADING.match(line)
        if block and line == "```":
            section.blocks.append((block[0], "".join(block[1])))
            block = None
        elif block:
            block[1].append(f"{line}\n")
        elif heading:
            if section:
                yield section
            section = _Section(place, *heading.groups())
        elif section and fence:
            block = fence[1], []
        elif section:
            section.lines.append(line)
        elif line and not line.startswith("# "):
            raise MistakesError(f"{place}: {line!r} is above the first heading `##`")
    if block:
        raise section.error("the block that begins with ``` has no end")
    if section:
        yield section


def _mistake(section, exercise, answers, recognisers):
    edits = [match for line in section.lines if (match := _EDIT.match(line))]
    if strange := [line for line in section.lines if line.startswith("- ") and not _EDIT.match(line)]:
        raise section.error(f"{strange[0]!r} is not an edit: write - `right` → `wrong`, or - `right` → nothing")
    advice = " ".join(" ".join(line for line in section.lines if not line.startswith("- ")).split())
    if (section.of or "") not in answers and (edits or section.of):
        raise section.error(f"there is no `## {RIGHT}{f': {section.of}' if section.of else ''}` above")
    if section.when and section.when not in recognisers:
        raise section.error(f"no function called {section.when} recognises mistakes of {exercise}")
    if not edits and [language for language, _ in section.blocks] == ["python"]:
        of, made, source = None, (), section.block("python")
    else:
        of = section.of or ""
        changes = [(old, new or "") for old, new in (match.groups() for match in edits)]
        if section.blocks or not changes:
            changes += _hunks(section.block("diff"))
        made = sorted((_located(answers[of], old, new, section) for old, new in changes), key=_place)
        if not _apart(made):
            raise section.error("two of its edits change the same text")
        source = _edited(answers[of], made)
    return Mistake(section.key, section.title, advice, exercise, source, recognisers.get(section.when), of, tuple(made))


def _hunks(diff):
    for hunk in re.split(r"^@@\n", diff, flags=re.M):
        lines = hunk.splitlines(keepends=True)
        yield tuple("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))


def _located(answer, old, new, section):
    """The edit, without the common text at both ends, so that two edits of a line can be made at once."""
    count = answer.count(old)
    if count != 1:
        raise section.error(f"{old!r} occurs {count} times in the right answer, but should occur once")
    start, olds, news = answer.index(old), _TOKEN.findall(old), _TOKEN.findall(new)
    same = _shared(olds, news)
    olds, news, start = olds[same:], news[same:], start + sum(map(len, olds[:same]))
    same = _shared(olds[::-1], news[::-1])
    olds, news = olds[: len(olds) - same], news[: len(news) - same]
    return Edit(start, start + sum(map(len, olds)), "".join(news))


def _shared(some, others):
    """How many tokens at the beginning are the same."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(some, others)))  # noqa: B905


def _place(edit):
    return edit.start, edit.end


def _apart(edits):
    return all(one.end <= other.start for one, other in itertools.pairwise(edits))


def _edited(answer, edits):
    """The answer with the edits, which are in order and do not overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [answer[at : edit.start], edit.text]
        at = edit.end
    return "".join(parts) + answer[at:]


def _read_groups(section, groups, exceptions):
    for line in filter(None, section.lines):
        if match := _EXCEPTION.match(line):
            exceptions.append(frozenset(match.groups()))
        elif _GROUP.match(line):
            groups.append(tuple(re.findall(r"`(\w+)`", line)))
        elif line.startswith("- "):
            raise section.error(f"{line!r} is not a group: write - `key`, `key`, or - not `key` + `key`")
