"""All sources of the book: the lessons' pages, and the pages around them."""

import re
from pathlib import Path
from urllib.parse import unquote

from grader.authoring.claims import MAP
from grader.authoring.links import for_the_book, heading_address
from grader.learner.course_map import PARTS
from grader.publishing.book import outputs, pages, reference

EXPLORER, GLOSSARY = Path("docs", "gates.html"), Path("docs", "glossary.md")
TEACHING = ("docs/syllabus.md", "docs/teaching/*.md")  # in the instructor's edition, as far as they are there
STYLE = Path(__file__).with_name("style")
_TERM = re.compile(r"^\| \*\*(?P<term>[^|]+)\*\* \| (?P<meaning>[^|]+) \| (?P<place>[^|]+) \|$", re.M)


def terms_in(root):
    """The terms of the glossary: (term, meaning, where it is introduced), as they stand in its table."""
    return _TERM.findall((Path(root) / GLOSSARY).read_text(encoding="utf-8"))


def sources(root, edition, lessons, learners, runs):
    """The files that Sphinx makes the book from, by name: text, or bytes.

    Parameters
    ----------
    root : Path of the course
    edition : Edition
    lessons : list of Lesson
    learners, runs : dicts of notebooks by the lesson's name; a run is None if its outputs are not shown
    """
    teaching = [path for pattern in TEACHING for path in sorted(root.glob(pattern))] if edition.solved else []
    addresses = {f"notebooks/{lesson.name}/{lesson.name}.ipynb": f"/lessons/{lesson.name}.md" for lesson in lessons}
    addresses |= {MAP.as_posix(): "/claims.md", GLOSSARY.as_posix(): "/glossary.md"}
    addresses |= {path.relative_to(root).as_posix(): f"/teaching/{path.name}" for path in teaching}

    def relinked(text, place, explorer=f"beside:../{EXPLORER.name}"):
        return for_the_book(text, place, addresses | {EXPLORER.as_posix(): explorer})

    terms = terms_in(root)
    entries = _entries(terms)
    files = {}
    for lesson in lessons:
        page = pages.lesson_page(
            lesson, learners[lesson.name], runs[lesson.name], edition.solved,
            relink=lambda text, name=lesson.name: relinked(text, f"notebooks/{name}"), entries=entries.get(lesson.name, {}),
        )  # fmt: skip
        files[f"lessons/{lesson.name}.md"] = page.text
        files |= {f"extra/media/{lesson.name}/{name}": data for name, data in page.files.items()}
    documented = reference.modules()
    files |= {f"reference/{d.name}.rst": reference.page(d) for d in documented}
    for path in teaching:
        text = path.read_text(encoding="utf-8")
        files[f"teaching/{path.name}"] = relinked(text, path.parent.relative_to(root).as_posix())
    return files | {
        "index.md": _front(edition, lessons, [path.stem for path in teaching]),
        "claims.md": relinked((root / MAP).read_text(encoding="utf-8"), "docs"),
        "glossary.md": relinked(_glossary(terms), "docs"),
        "reference.md": reference.front(documented),
        f"extra/{EXPLORER.name}": (root / EXPLORER).read_bytes(),
        "_static/book.css": f"{(STYLE / 'book.css').read_text(encoding='utf-8')}\n{outputs.style()}\n",
        "_static/book.js": (STYLE / "book.js").read_bytes(),
    }


def _entries(terms):
    """What the index lists below the lessons' headings: ``{"03_gates": {"why-soft": ["single: logistic function"]}}``."""
    found = {}
    for term, _, place in terms:
        lesson, heading = re.search(r"/(\d\d_\w+)\.ipynb(?:#([^)]+))?", place).groups()
        found.setdefault(lesson, {}).setdefault(heading_address(unquote(heading or "")), []).append(f"single: {term}")
    return found


def _glossary(terms):
    defined = "\n\n".join(
        f"{term}\n  {meaning} Introduced in {place}{'' if place.endswith('?') else '.'}"
        for term, meaning, place in terms
    )
    return f"# Glossary\n\nThe field's words, as this course uses them, and the lesson that introduces each.\n\n````{{glossary}}\n:sorted:\n\n{defined}\n````\n"


def _front(edition, lessons, teaching):
    rows, trees, begin = [], [], 0
    for part, last in PARTS.items():
        inside = [lesson for lesson in lessons if begin <= int(lesson.name[:2]) <= last]
        begin = last + 1
        rows += [f"\n## {part}\n"]
        for lesson in inside:
            question, minutes = pages.facts(lesson)
            rows.append(f"- [{lesson.title}](/lessons/{lesson.name}.md): {question} ({minutes} minutes)")
        trees.append(_tree(part, [f"lessons/{lesson.name}" for lesson in inside]))
    if teaching:
        trees.append(_tree("Notes for teaching", [f"teaching/{name}" for name in teaching]))
    trees.append(_tree("To look things up", ["glossary", "claims", "reference", "genindex", "search"]))
    return "\n".join([_FRONT[edition.solved], *rows, _LOOK_UP, *trees])


def _tree(caption, names):
    return "\n".join(["", "```{toctree}", ":hidden:", ":titlesonly:", f":caption: {caption}", "", *names, "```", ""])


_FRONT = {
    False: """\
# A course on the Gated Recurrent Unit

Build the GRU from single gates up to trained networks. This book has every lesson with its figures and numbers, and opens
without a network. The exercises are yours to solve: a page shows where your code goes, and hints are folded away. To run
the code and to have your answers checked, open the same lesson in JupyterLab.
""",
    True: """\
# A course on the Gated Recurrent Unit: instructor's edition

**This edition shows every solution, every model answer and every rubric. Do not hand it out, and do not put it where
students can read it.** The edition for students is built by `make book`, without options.
""",
}
_LOOK_UP = """
## To look things up

- [Glossary](/glossary.md): the field's words, each in a sentence
- [Claims](/claims.md): what people say about GRUs, and what came out when we tested it
- [Reference](/reference.md): every function that the lessons call
- [](genindex) · [](search)
- <a href="gates.html">The gate explorer</a>: hold a network's gates and see what it writes, in any browser
"""
