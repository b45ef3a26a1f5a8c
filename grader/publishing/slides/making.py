"""From lessons to files of slides."""

from pathlib import Path

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.errors import CourseError


class NotWritten(CourseError):
    """A file of slides cannot be written; the message names it and says why."""


def make_slides(root, names=(), out=None, before=lambda name: None, after=lambda path, count: None):
    """Write the slides of lessons, each into a file of its own, with the outputs of the executed lesson.

    Parameters
    ----------
    root : the course's folder
    names : lessons, by the beginning of their names; all by default
    out : the file to write, or a folder that exists; ``build/slides/`` by default
    before : called with a lesson's name before it is executed, which takes a while the first time
    after : called with the file that was written and the number of its slides

    Raises
    ------
    NotWritten, SlidesNotMade
    """
    from grader.publishing.executed import executed

    paths = find_sources(root, names)
    for path in paths:
        target = _target(root, path.stem, out, len(paths))
        before(path.stem)
        lesson = read_lesson(path)
        text, count = deck_of(lesson, executed(root, path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as e:
            raise NotWritten(f"cannot write {target}: {e.strerror}. Choose another place with --out") from e
        after(target, count)


def deck_of(lesson, notebook):
    """A lesson's slides as HTML, and their number. Raises SlidesNotMade if the markers do not make slides that fit."""
    from grader.publishing.slides.deck import slides
    from grader.publishing.slides.fit import check_that_they_fit
    from grader.publishing.slides.page import page

    made = slides(lesson, notebook)
    check_that_they_fit(lesson, made)
    return page(lesson, made), len(made)


def _target(root, name, out, count):
    if out is None:
        return Path(root) / "build" / "slides" / f"{name}.html"
    out = Path(out)
    if out.is_dir():
        return out / f"{name}.html"
    if count > 1:
        raise NotWritten(
            f"{out} is not a folder, and {count} lessons make {count} files: give --out a folder that exists"
        )
    if out.suffix.lower() not in (".html", ".htm"):
        raise NotWritten(
            f"{out} is neither a folder that exists nor the name of a page, such as {out.with_suffix('.html')}"
        )
    return out
