"""Where a lesson mentions another, it links to it: the source says "lesson 03", and the notebook has the link."""

import posixpath
import re
from urllib.parse import unquote

from grader.exercises import bank

# In words, "lesson 03", or by its title after "Next:", **03 · Gates**. A name in brackets is a link already.
_MENTION = re.compile(r"(?<![\[\w])([Ll]esson (?P<number>\d\d)\b)(?!\])|(?<=\*\*)((?P<next>\d\d) · [^*\n]+)(?=\*\*)")
# Nothing may be inserted into code, formulas, headings (their text is their address) and HTML (no Markdown there).
_AS_IT_IS = re.compile(
    r"^```.*?^```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|^#+ .*?$|^<details>.*?</details>|\[[^\]\n]*\]\([^)\n]*\)",
    re.M | re.S,
)
_TO_A_PLACE = re.compile(r"\[([^\]]+)\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
_TO_THE_DOCS = re.compile(r"\[([^\]]+)\]\(\.\./\.\./(docs/[\w./-]+)\)")


def linked(text, lesson):
    """A markdown cell's text with a link at the first mention of each other lesson.

    Parameters
    ----------
    text : str
    lesson : the name of the lesson that it belongs to, such as ``"03_gates"``; no lesson links to itself

    Returns
    -------
    text : str; code, formulas, headings and ``<details>`` are unchanged
    """
    lessons = {name[:2]: name for name in bank() if name != lesson}
    done = set()

    def link(found):
        number = found["number"] or found["next"]
        if number not in lessons or number in done:
            return found[0]
        done.add(number)
        return f"[{found[0]}](../{lessons[number]}/{lessons[number]}.ipynb)"

    pieces, end = [], 0
    for fixed in _AS_IT_IS.finditer(text):
        pieces += [_MENTION.sub(link, text[end : fixed.start()]), fixed[0]]
        end = fixed.end()
    return "".join([*pieces, _MENTION.sub(link, text[end:])])


def for_the_book(text, place, pages):
    """The links to other files of the course, as links between the sources of the book's pages.

    A file that is not in the book is named in words.

    Parameters
    ----------
    text : str, Markdown
    place : the folder that the text is from, such as ``"notebooks/03_gates"``
    pages : dict of the pages' addresses by the files that they show, ``{"docs/claims.md": "/claims.md"}``
    """

    def link(found):
        label, target, heading = found.groups("")
        heading = heading and f"#{heading_address(unquote(heading))}"
        path = posixpath.normpath(posixpath.join(place, target))
        if target and path not in pages:
            return f"{label} (`{path}` in the course's folder)"
        return f"[{label}]({pages[path] if target else ''}{heading})"

    return _TO_A_PLACE.sub(link, text)


def heading_address(title):
    """The address of a heading on the book's pages, from its text, or from its address in a notebook."""
    return re.sub(r"\W+", "-", re.sub(r"[`*]", "", title)).strip("-").lower()


def for_a_class(text):
    """Links to the course's own pages, as words: a notebook that is handed out lies in another folder, without these."""
    return _TO_THE_DOCS.sub(r"\1 (`\2` in the course's folder)", text)
