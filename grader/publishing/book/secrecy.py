"""No solution stands in the public book: what is secret is searched for in all of its pages, and stops the build if it is there."""

import html
import re

from grader.base.errors import CourseError

SHORTEST = {"code": 14, "markdown": 36}  # characters, without spaces; what is shorter occurs by chance
_REGION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.S)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r'="([^"]{24,})"')
_PROSE = re.compile(r"\$[^$]*\$|[*`_\[\]()#<>|]|\s-\s|https?://\S+")  # what changes when Markdown becomes a page


class Leak(CourseError):
    """A public page holds a part of a solution."""


def secrets(lessons, given):
    """What no public page may hold: ``{text without spaces: "03_gates: sigmoid"}``.

    These are the lines of all solutions, and the pieces of all model answers and rubrics between formulas and marks. What
    learners are given anyway, in a notebook or in a hint, is no secret: the same line may stand in a later lesson.

    Parameters
    ----------
    lessons : list of Lesson
    given : str, all that learners are given
    """
    known = _bare(given)
    found = {}
    for lesson in lessons:
        for cell in lesson.cells:
            name = cell.markers.get("solution") or cell.markers.get("written")
            for region in _REGION.findall(cell.text) if name else ():
                pieces = _lines(region) if cell.kind == "code" else _PROSE.split(region)
                for bare in map(_bare, pieces):
                    if len(bare) >= SHORTEST[cell.kind] and bare not in known:
                        found[bare] = f"{lesson.name}: {name}"
    return found


def _lines(code):
    """Lines of code without their comments, and all of them together: each line of a short answer may stand elsewhere."""
    lines = [_COMMENT.sub("", line) for line in code.splitlines()]
    return [*lines, "".join(lines)]


def find_leaks(folder, kept):
    """Where the pages in `folder` hold a secret: lines such as ``"lessons/03_gates.html holds a part of 03_gates: sigmoid, …"``.

    Searches the text of HTML pages, their attributes, and all other files that are text.

    Parameters
    ----------
    folder : Path of the built pages
    kept : dict, from `secrets`
    """
    leaks = []
    for path in sorted(
        p for p in folder.rglob("*") if p.suffix in (".html", ".js", ".json", ".txt", ".md", ".rst", ".xml", ".ipynb")
    ):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = html.unescape("\n".join([_TAG.sub("", text), *_ATTRIBUTE.findall(text)]))
        bare = _bare(text)
        leaks += [
            f"{path.relative_to(folder)} holds a part of {owner}, {secret!r}"
            for secret, owner in kept.items()
            if secret in bare
        ]
    return leaks


def check(folder, kept):
    """Raise Leak, naming the first places, if a page in `folder` holds a secret."""
    leaks = find_leaks(folder, kept)
    if leaks:
        more = f", and {len(leaks) - 3} more" if len(leaks) > 3 else ""
        raise Leak(f"the public book would give solutions away, so it was not kept: {'; '.join(leaks[:3])}{more}")


def _bare(text):
    return re.sub(r"\s+", "", text)
