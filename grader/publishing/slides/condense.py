"""What of a cell's prose goes on a slide: headings, equations, lists, tables, claims, verdicts and questions; the rest is for the notes."""

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grader.publishing.equations import mathml

TASKS = ("Your turn", "A question to answer")  # headings of cells whose prose is shown in full
VERDICT = 90, 200  # characters: a verdict has sentences up to the first, and more of them up to the second
VERDICT_ALONE = 240, 460  # where it has a slide of its own
_KEPT = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$|`[^`\n]+`", re.S)  # nothing in these ends a sentence
_SENTENCE = re.compile(r"(?<=[.?!])([*\")]*)\s+(?=[A-Z*$`\"(\x00])")
_PREDICT = re.compile(r"\*\*predict", re.I)
_DETAILS = re.compile(r"<details>.*?</details>", re.S)
_ANSWER = re.compile(r"^### BEGIN SOLUTION$.*?^### END SOLUTION$", re.M | re.S)
_RELATIVE = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
_A_LINK = re.compile(r"\[([^\]]+)\]\(https?:[^)]*\)")
_HINT = re.compile(r"[^.?!]*\bhint\(\w+\)`?( helps)?(?:\.|$)")


class Part(NamedTuple):
    """A piece of a slide: its kind (text, list, table, math, code, claim, verdict, question), and its Markdown."""

    kind: str
    markdown: str


class Prose(NamedTuple):
    """A markdown cell: its heading and the heading's level (0 if there is none), parts for the slide, Markdown for the notes."""

    heading: str
    level: int
    parts: list[Part]
    notes: str


def without_answers(text):
    """A cell's text without the model answer of a written question."""
    return _ANSWER.sub("", text).strip()


def condensed(text, brief=None, ask=None, alone=False):
    """What of a markdown cell goes where.

    Parameters
    ----------
    text : str, the cell's source
    brief : str, Markdown shown in place of the prose; questions of the prose stay
    ask : str, a question for the class, in place of the prose's; the empty text asks nothing
    alone : whether the cell begins a slide, so that a verdict has more room

    Returns
    -------
    prose : Prose
    """
    text = without_answers(text)
    shown = [*_parts(_DETAILS.sub("", text), VERDICT_ALONE if alone else VERDICT)]
    heading, level = next(((p.markdown, int(p.kind[1])) for p in shown if p.kind in ("h1", "h2", "h3")), ("", 0))
    shown = [p for p in shown if p.kind[0] != "h"]
    if brief is None:
        parts = [*_kept(shown, whole=heading.startswith(TASKS) or "**For " in text)]
        if level == 1:
            parts = [*[p for p in parts if p.kind == "text"][:1], *[_goals(p) for p in parts if p.kind == "list"][:1]]
    else:
        own = [*_parts(brief, (len(brief), len(brief)))]
        heading = next((p.markdown for p in own if p.kind[0] == "h"), heading)
        parts = [p for p in own if p.kind[0] != "h"]
        parts += [p for p in _kept(shown, whole=False) if p.kind == "question"]
    if ask is not None:
        parts = [p for p in parts if p.kind != "question"] + ([Part("question", ask)] if ask else [])
    return Prose(heading, level, parts, re.sub(r"^#+ .+\n*", "", text, count=1).strip())


def html(markdown, inline=False):
    """Markdown as HTML, with equations as MathML; links within the course become plain words."""
    parser = _parser()
    text = _RELATIVE.sub(r"\1", markdown)
    return parser.renderInline(text) if inline else parser.render(text)


def _parser():
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.use(dollarmath_plugin, double_inline=True)
    parser.add_render_rule("math_inline", lambda self, t, i, *a: mathml(t[i].content))
    for name in ("math_block", "math_inline_double"):
        parser.add_render_rule(name, lambda self, t, i, *a: f'<div class="equation">{mathml(t[i].content, True)}</div>')
    return parser


_KINDS = {
    "paragraph_open": "text",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "math_block": "math",
    "fence": "code",
    "blockquote_open": "quote",
}


def _parts(text, verdict):
    """Each block of the text, in its order; `verdict` is how long one may be."""
    lines = text.splitlines()
    for token in _parser().parse(text):
        if token.level or token.nesting < 0 or not token.map:
            continue
        source = "\n".join(lines[slice(*token.map)]).strip()
        if token.type == "heading_open":
            yield Part(token.tag, source.lstrip("# "))
        elif token.type == "blockquote_open":
            yield from _quoted(re.sub(r"^> ?", "", source, flags=re.M), *verdict)
        elif token.type in _KINDS:
            yield Part(_KINDS[token.type], source)


def _quoted(text, enough, most):
    """A claim without its source, as much of a verdict as is read at a glance, or another quote."""
    if text.startswith("**Claim.**"):
        yield Part("claim", re.split(r"\n\n(?=\*Source:)", text)[0])
        return
    said, sentences = "", _sentences(text.split("\n\n")[0])
    for sentence in sentences:
        if len(said) >= enough and len(said) + len(sentence) > most:
            break
        said = f"{said} {sentence}".strip()
    yield Part("verdict", said)


def _kept(parts, whole):
    """The parts to be shown; of a paragraph, its question and the sentences with a word in bold."""
    for here, part in enumerate(parts):
        if part.kind != "text":
            yield part
            continue
        sentences = _sentences(part.markdown)
        asks = next((i for i, s in enumerate(sentences) if _PREDICT.search(s)), len(sentences))
        before = sentences[:asks]
        leads_on = here + 1 < len(parts) and parts[here + 1].kind in ("list", "table", "math")
        if whole:
            kept = [s for s in before if not _HINT.search(s) and not s.startswith("Stuck?")]
        else:
            kept = [s for s in before if "**" in s or (leads_on and s is before[-1] and s.endswith(":"))]
        if kept:
            yield Part("text", " ".join(kept))
        if asks < len(sentences):
            yield Part("question", " ".join(sentences[asks:]))


def _goals(part):
    """Of the list in a lesson's first cell, the goals, each as an item of its own."""
    goals = re.search(r"^- \*\*Goals\*\*: (.+?)(?=^- |\Z)", part.markdown, re.M | re.S)
    return Part("list", "\n".join(f"- {goal}" for goal in re.split(r";\s+", goals[1].strip(" .\n")))) if goals else part


def _sentences(text):
    """The sentences of a paragraph, a list; equations and code do not end one."""
    fixed = []

    def hide(found):
        fixed.append(found[0])
        return f"\0{len(fixed) - 1}\0"

    hidden = _KEPT.sub(hide, " ".join(text.split()))
    pieces = _SENTENCE.sub(lambda m: m[1] + "\n", hidden).split("\n")
    return [re.sub(r"\0(\d+)\0", lambda m: fixed[int(m[1])], piece) for piece in pieces]
