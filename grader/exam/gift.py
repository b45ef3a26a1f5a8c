r"""The bank in Moodle's GIFT format: a category for each question, with several draws of it.

A quiz that takes a *random question* from each category gives students different numbers. Known wrong answers earn nothing and
have a message of their own. Texts are HTML with equations in ``\( … \)``, which Moodle's MathJax filter draws.

Source: Moodle's documentation, "GIFT format".
"""

import html
import re

import numpy as np
from markdown_it import MarkdownIt

_SPECIAL = re.compile(r"([~=#{}:])")
_MATH = re.compile(r"\$([^$\n]+)\$")


def gift(questions, draws=10, seed=0):
    """The questions as one GIFT file.

    Parameters
    ----------
    questions : list of Question
    draws : int, how many versions of a question whose numbers are drawn
    seed : int; the same seed gives the same file

    Returns
    -------
    text : str
    """
    parts = []
    for question in questions:
        title = _escaped(f"lesson {question.lesson}/{question.title}")
        parts.append(f"$CATEGORY: $course$/GRU/{title.replace(chr(10), ' ')}\n")
        for number in range(draws if question.computed else 1):
            drawn = question.draw(np.random.default_rng([seed, number, *question.name.encode()]))
            parts.append(_item(f"{question.name} {number + 1}", drawn))
    return "\n".join(parts)


def _item(name, drawn):
    answers = _choices(drawn) if drawn.choices else _numbers(drawn)
    return f"::{_escaped(name)}::[html]{_html(drawn.text)}{{{answers}\n####{_html(drawn.explanation)}\n}}\n"


def _choices(drawn):
    why = {w.value: w.message for w in drawn.wrong}
    lines = [
        f"={_html(choice)}" if choice == drawn.answer else f"~{_html(choice)}#{_html(why[choice])}"
        for choice in drawn.choices
    ]
    return "\n" + "\n".join(lines)


def _numbers(drawn):
    """The right number first, and then each known wrong one, worth 0%, with its message."""
    lines = [f"={_number(drawn.answer)}:{_number(drawn.tolerance)}"]
    lines += [f"=%0%{_number(w.value)}:{_number(drawn.tolerance)}#{_html(w.message)}" for w in drawn.wrong]
    return "#\n" + "\n".join(lines)


def _number(value):
    """Without an exponent, which the format does not have."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _html(markdown):
    """Markdown with equations as HTML on one line, escaped."""
    equations = []

    def keep(found):
        equations.append(rf"\({html.escape(found[1])}\)")
        return f"\x02{len(equations) - 1}\x03"

    text = MarkdownIt("commonmark").renderInline(_MATH.sub(keep, " ".join(markdown.split())))
    return _escaped(re.sub("\x02(\\d+)\x03", lambda found: equations[int(found[1])], text))


def _escaped(text):
    """Backslashes first, and then what has a meaning in GIFT."""
    return _SPECIAL.sub(r"\\\1", text.replace("\\", "\\\\"))
