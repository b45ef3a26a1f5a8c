"""Where a lesson mentions another, it links to it: the source says "lesson 03", and the notebook has the link."""

import re

from grader.exercises import bank

# In words, "lesson 03", or by its title after "Next:", **03 · Gates**. A name in brackets is a link already.
_MENTION = re.compile(r"(?<![\[\w])([Ll]esson (?P<number>\d\d)\b)(?!\])|(?<=\*\*)((?P<next>\d\d) · [^*\n]+)(?=\*\*)")
# Nothing may be inserted into code, formulas, headings (their text is their address) and HTML (no Markdown there).
_AS_IT_IS = re.compile(
    r"^```.*?^```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|^#+ .*?$|^<details>.*?</details>|\[[^\]\n]*\]\([^)\n]*\)",
    re.M | re.S,
)
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


def for_pages(text):
    """The links between notebooks, as links between the reading copies, which are in one folder."""
    return re.sub(r"\]\(\.\./(\w+)/\1\.ipynb\)", r"](\1.html)", text)


def for_a_class(text):
    """Links to the course's own pages, as words: a notebook that is handed out lies in another folder, without these."""
    return _TO_THE_DOCS.sub(r"\1 (`\2` in the course's folder)", text)
