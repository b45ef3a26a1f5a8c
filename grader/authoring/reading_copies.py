"""The reading copy: a solved lesson with all its outputs, as one HTML page. Not for learners who still want to solve the lesson."""

import re
from pathlib import Path

from nbconvert.exporters import HTMLExporter

from grader.authoring.lessons import find_sources
from grader.authoring.links import for_pages
from grader.authoring.source import read_lesson
from grader.authoring.withheld import demand_solutions
from grader.base.errors import CourseError
from grader.notebook.execution import run_notebook


class LessonFailed(CourseError):
    """A solved lesson did not run to its end without an error."""


def write_reading_copies(root, names=(), on_lesson=lambda path: None):
    """Execute solved lessons and write each as ``build/reading/<lesson>.html``.

    Parameters
    ----------
    root : the course's folder
    names : lessons, by the beginning of their names; all by default
    on_lesson : called with each page's path when it is written

    Raises
    ------
    LessonFailed
        If a cell ends in an error; names the lesson, the source's line and the error.
    NoSolutions
        If this install of the course has none.
    """
    root = Path(root)
    folder = root / "build" / "reading"
    folder.mkdir(parents=True, exist_ok=True)
    for path in find_sources(root, names):
        lesson = read_lesson(path)
        demand_solutions(lesson, "a reading copy")
        run = run_notebook(lesson.notebook(), folder, env={"GRU_COURSE_GRADING": "1"})
        for cell, source in zip(run.notebook.cells, lesson.cells, strict=True):
            error = next((o for o in cell.get("outputs", []) if o.output_type == "error"), None)
            if error and not source.markers.get("raises"):
                raise LessonFailed(f"{path}:{source.line}: {error.ename}: {error.evalue}")
            cell.source = for_pages(cell.source)
            cell.source = re.sub(r"^\s*### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)
        html, _ = HTMLExporter(template_name="lab", embed_images=True).from_notebook_node(run.notebook)
        page = folder / f"{path.stem}.html"
        page.write_text(html, encoding="utf-8")
        on_lesson(page)
