"""Build the book: write the pages' sources where they changed, let Sphinx make pages of them, and look through the result."""

import contextlib
import hashlib
import io
import logging
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grader.authoring.building import pristine
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.authoring.withheld import demand_solutions
from grader.base import theme
from grader.base.errors import CourseError
from grader.exercises import bank
from grader.publishing.book import fronts, secrecy
from grader.publishing.equations import math_font
from grader.publishing.executed import executed

_EQUATION = re.compile(r"<math.*?</math>", re.S)
LANDMARKS = {"sidebar-drawer": "All pages", "toc-drawer": "On this page", "announcement-content": "Warning"}  # by class
MOST_FAULTS = 10  # that a message lists


class BookNotBuilt(CourseError):
    """Sphinx could not make the pages, or warned of something."""


@dataclass(frozen=True)
class Edition:
    """One of the two books: the folder that it is built in, whether it shows solutions, and its title."""

    folder: str
    solved: bool
    title: str


PUBLIC = Edition("book", False, "A course on the Gated Recurrent Unit")
INSTRUCTORS = Edition(
    "book-with-solutions", True, "A course on the Gated Recurrent Unit: instructor's edition, with all solutions"
)


def build_book(root, edition=PUBLIC, build=None, outputs=None, on_step=lambda step: None):
    """Build the book of all lessons.

    Parameters
    ----------
    root : the course's folder
    edition : PUBLIC or INSTRUCTORS
    build : the folder to build in; ``build/`` of the course by default
    outputs : lessons to show with outputs, by the beginning of their names; all by default, and none if empty
    on_step : called with what is done next, in words

    Returns
    -------
    front : Path of the book's first page

    Raises
    ------
    UnknownLesson, SourceError, LessonFailed, NoSolutions
        If a lesson does not exist, is written wrongly, does not run to its end, or has no solutions in this install.
    BookNotBuilt
        If a link leads nowhere, or Sphinx finds another fault.
    Leak
        If a page of the public edition holds a part of a solution; the pages are then deleted.
    """
    root = Path(root)
    build = Path(build) if build else root / "build"
    source, target = build / "book-source" / edition.folder, build / edition.folder
    with_outputs = set(() if outputs == () else find_sources(root, outputs or ()))
    lessons = [read_lesson(path) for path in find_sources(root)]
    for lesson in lessons:
        demand_solutions(lesson, "the book")  # for what stays secret, also in the students' edition
    learners = {lesson.name: nbformat.reads(pristine(lesson.path).decode(), as_version=4) for lesson in lessons}
    runs = {}
    for lesson in lessons:
        if lesson.path in with_outputs:
            on_step(f"lesson {lesson.name[:2]}")
        runs[lesson.name] = executed(root, lesson.path) if lesson.path in with_outputs else None
    on_step("making pages")
    files = fronts.sources(root, edition, lessons, learners, runs)
    files["conf.py"] = "".join(f"{name} = {value!r}\n" for name, value in _settings(edition).items())
    _write(source, files)
    made = _sphinx(source, target, build / "book-source" / f"{edition.folder}.doctrees")
    _delete_former(target, made, files)
    _finish(target)
    if not edition.solved:
        try:
            secrecy.check(target, secrecy.secrets(lessons, given(learners)))
        except secrecy.Leak:
            shutil.rmtree(target)
            raise
    return target / "index.html"


def given(learners):
    """All that learners are given: their notebooks, and the hints."""
    texts = [cell.source for notebook in learners.values() for cell in notebook.cells]
    texts += [hint for exercises in bank().values() for name in exercises for hint in exercises[name].hints]
    return "\n".join(texts)


def _write(folder, files):
    """Write files, by their names, into `folder`, and delete all others there; what is the same stays untouched, with its time."""
    for path in [p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in files]:
        path.unlink()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _sphinx(source, target, doctrees):
    """Make the pages; Sphinx reads again only what has changed."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    told = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source, source, target, doctrees, "html", status=None, warning=told, warningiserror=True, parallel=os.cpu_count() or 1,
        )  # fmt: skip
        app.build(force_all=not (target / "searchindex.js").is_file())  # after a build that was interrupted
        pages_of = {*app.env.found_docs, *app.builder.domain_indices, "genindex", "search"}
    warnings = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in told.getvalue().splitlines() if line.strip()]
    if app.statuscode:
        raise BookNotBuilt("\n".join([f"the book has {len(warnings)} faults:", *warnings[:MOST_FAULTS]]))
    return pages_of


def _settings(edition):
    return {
        "project": edition.title,
        "author": "the GRU course",
        "language": "en",
        "extensions": ["myst_parser", "sphinx.ext.autodoc", "grader.publishing.book.extension"],
        "exclude_patterns": ["extra", "_static", "conf.py"],
        "nitpicky": True,
        "default_role": "code",
        "smartquotes": False,
        "suppress_warnings": ["misc.highlighting_failure"],  # a sketch in code, with "…" in it
        "myst_enable_extensions": ["dollarmath", "colon_fence"],
        "myst_heading_anchors": 4,
        "myst_heading_slug_func": "grader.authoring.links.heading_address",
        "myst_url_schemes": {"http": None, "https": None, "beside": "{{path}}"},
        "myst_dmath_double_inline": True,
        "autodoc_member_order": "bysource",
        "autodoc_typehints": "none",
        "toc_object_entries_show_parents": "hide",
        "html_theme": "furo",
        "html_title": edition.title,
        "html_short_title": edition.title,
        "html_theme_options": {
            **({"announcement": WARNING} if edition.solved else {}),
            "light_css_variables": _variables("light"),
            "dark_css_variables": _variables("dark"),
        },
        "html_static_path": ["_static"],
        "html_extra_path": ["extra"],
        "html_css_files": ["book.css"],
        "html_js_files": [("book.js", {"defer": "defer"})],
        "html_math_renderer": "mathml",
        "html_context": {"made_by": _own_state()},  # so that pages are made again when the code that makes them changes
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_copyright": False,
        "html_show_sphinx": False,
        "html_show_search_summary": False,  # a page on the disk may not fetch another
        "html_domain_indices": False,
        "pygments_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
    }


WARNING = "Instructor's edition: this page shows solutions. Do not hand it out."


def _own_state():
    """The code that makes the pages, as a short hash."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.parent.rglob("*.py")))
    return hashlib.sha256(code).hexdigest()[:16]


def _variables(scheme):
    """Colours of the theme furo, as the course has them elsewhere."""
    named = {"color-brand-primary": "link", "color-brand-content": "link", "color-brand-visited": "link"}
    return {name: getattr(theme.COLOURS[ours], scheme) for name, ours in named.items()}


def _finish(target):
    """Name the landmarks that the theme leaves without names, and put the font of equations beside the style."""
    used = set()
    for page in target.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        named = text
        for landmark, name in LANDMARKS.items():
            named = re.sub(rf'<aside class="({landmark}[^"]*)">', rf'<aside class="\1" aria-label="{name}">', named)
        if named != text:
            page.write_text(named, encoding="utf-8")
        used.update(*_EQUATION.findall(text))
    _add_font(target, "".join(sorted(used)))


def _add_font(target, used):
    """Put the font of equations there, unless it is there with these characters."""
    font, characters = target / "_static" / "math.woff2", target / "_static" / "math.txt"
    if not (font.is_file() and characters.is_file() and characters.read_text(encoding="utf-8") == used):
        logging.getLogger("fontTools").setLevel(logging.WARNING)  # Sphinx would print its remarks
        font.write_bytes(math_font([used]))
        characters.write_text(used, encoding="utf-8")


def _delete_former(target, names, files):
    """Delete pages and media that an earlier build made, and this one did not, and a folder that Sphinx leaves empty."""
    media = {name.removeprefix("extra/") for name in files}
    for path in target.rglob("*"):
        place = path.relative_to(target).as_posix()
        if (path.suffix == ".html" and place.removesuffix(".html") not in names and place not in media) or (
            place.startswith("media/") and path.is_file() and place not in media
        ):
            path.unlink()
    with contextlib.suppress(OSError):
        (target / "_sources").rmdir()
