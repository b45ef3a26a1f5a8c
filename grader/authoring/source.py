"""Read a lesson's source: one percent script, with short markers on its cells.

The markers, each on a cell's ``# %%`` line:

``solution="name"``            the learner's cell; a BEGIN/END SOLUTION region, or each of several, becomes the stub
``check="name" points=2``      the locked cell that calls check and gives the points
``written="name" points=2``    a markdown cell answered in words; its BEGIN/END SOLUTION region holds a model answer and,
                               below a line **Rubric**, what each point is given for
``raises=true``                a cell that should end in an error, such as a deliberate mistake
``slide="new"``                the cell begins a slide of the lecture; ``"more"`` adds it to the slide before it. For a code
                               cell a second word says what of it is shown: ``output`` (if nothing is said), ``text`` or
                               ``figure`` of the output alone, ``code``, or ``both`` code and output

A cell with ``slide`` may have ``brief="…"``, the Markdown to show in place of its prose (``## …`` in it is the slide's
title); ``ask="…"``, a question for the class; and ``lines="2-5"``, the lines of code or of printed text to show. Slides are
made by ``grader/publishing/slides/``; nothing of these markers reaches a notebook.
"""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from grader.authoring.links import linked
from grader.authoring.withheld import is_withheld
from grader.base.errors import CourseError
from grader.exercises import bank

POINTS_OF_A_LESSON = 10
PLAIN_ID = r"cell-\d+"  # for a cell without a marker
OF_SLIDES = ("slide", "brief", "ask", "lines")
MARKERS = {"solution", "check", "written", "points", "raises", *OF_SLIDES}
ON_A_SLIDE = {"new", "more"}, {"output", "text", "figure", "code", "both"}  # the first word of `slide`, and the second


class SourceError(CourseError):
    """A lesson's source is wrong; the message begins with its file and line."""


@dataclass(frozen=True)
class Cell:
    """One cell: its markers, text and first line in the file."""

    kind: str
    text: str
    markers: dict
    line: int

    @property
    def rubric(self):
        """The rubric, which says what the points of a written answer are given for; empty for other cells."""
        return rubric_in(self.text)


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author wrote it."""

    name: str
    path: Path
    cells: tuple[Cell, ...]

    @property
    def title(self):
        """The text of the first heading."""
        headings = (re.search(r"^# (.+)$", c.text, re.M) for c in self.cells if c.kind == "markdown")
        return next(m.group(1) for m in headings if m)

    def notebook(self):
        """The solved notebook, with nbgrader's metadata and with ids that stay the same from build to build."""
        cells = [_notebook_cell(cell, number, self.name) for number, cell in enumerate(self.cells)]
        metadata = {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def rubric_in(text):
    """The rubric in the text of a solved written cell; empty if there is none."""
    found = re.search(r"^\*\*Rubric\*\*\s*$(.*?)### END SOLUTION", text, re.M | re.S)
    return found.group(1).strip() if found else ""


def read_lesson(path):
    """Read and check the lesson at `path`.

    Raises
    ------
    SourceError
        If a marker, a solution region, the points or the Python is wrong; names the file and the line.
    """
    path = Path(path)
    return _checked(path, path.read_text(encoding="utf-8"))


def read_cells(path):
    """The cells of the lesson at `path`, a tuple of Cell, unchecked. Raises SourceError if the first line does not start one."""
    path = Path(path)
    return _cells(path, path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=32)
def _checked(path, text):
    """The Lesson in a text. One process may need it often: a class's lessons are looked at whenever it is graded."""
    lesson = Lesson(path.stem, path, _cells(path, text))
    _check(lesson)
    return lesson


@functools.lru_cache(maxsize=32)
def _cells(path, text):
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"# %%", line)]
    if not lines or text.splitlines()[0][:4] != "# %%":
        raise SourceError(f"{path}:1: the first line should start a cell, `# %%`")
    notebook = jupytext.reads(text, fmt="py:percent")
    return tuple(
        Cell(cell.cell_type, cell.source, {k: v for k, v in cell.metadata.items() if k != "lines_to_next_cell"}, line)
        for cell, line in zip(notebook.cells, lines, strict=True)
    )


def _check(lesson):
    exercises = bank().get(lesson.name, {})
    seen, total = {}, 0

    def fail(cell, what):
        raise SourceError(f"{lesson.path}:{cell.line}: {what}")

    for cell in lesson.cells:
        unknown = set(cell.markers) - MARKERS
        if unknown:
            fail(cell, f"unknown marker {min(unknown)!r}; the markers are {', '.join(sorted(MARKERS))}")
        kinds = [k for k in ("solution", "check", "written") if k in cell.markers]
        if len(kinds) > 1:
            fail(cell, f"a cell is {' or '.join(kinds)}, not both")
        if ("points" in cell.markers) != (kinds in (["check"], ["written"])):
            fail(cell, "only check and written cells have points")
        if kinds and (cell.kind == "markdown") != (kinds == ["written"]):
            fail(cell, "a written cell is markdown, `# %% [markdown] written=…`; solution and check cells are code")
        _check_slide(cell, fail)
        _check_regions(cell, kinds, fail)
        if cell.kind == "code":
            _check_python(cell, fail)
        for kind in kinds:
            name = cell.markers[kind]
            if (kind, name) in seen:
                fail(cell, f"{kind}={name!r} is already on line {seen[kind, name]}")
            seen[kind, name] = cell.line
            if kind != "written" and name not in exercises:
                fail(cell, f"no exercise {name!r} for {lesson.name} in grader/exercises; there are {list(exercises)}")
            if kind == "check" and ("solution", name) not in seen:
                fail(cell, f'check="{name}" comes before solution="{name}"')
        points = cell.markers.get("points", 0)
        if not isinstance(points, int) or (kinds and kinds != ["solution"] and points < 1):
            fail(cell, f"points={points!r} should be an integer of at least 1")
        total += points
    for name in exercises:
        for kind in ("solution", "check"):
            if (kind, name) not in seen:
                raise SourceError(f'{lesson.path}:1: exercise {name!r} has no cell with {kind}="{name}"')
    if total != POINTS_OF_A_LESSON:
        raise SourceError(f"{lesson.path}:1: the points add up to {total}, but should add up to {POINTS_OF_A_LESSON}")


def _check_slide(cell, fail):
    texts = {name: cell.markers[name] for name in OF_SLIDES if name in cell.markers}
    for name, text in texts.items():
        if not isinstance(text, str):
            fail(cell, f"{name}={text!r} should be a text in double quotes")
    if texts and "slide" not in texts:
        fail(cell, f"{min(texts)} belongs to a cell with slide=…")
    if not texts:
        return
    words = texts["slide"].split()
    known = all(word in choices for word, choices in zip(words, ON_A_SLIDE, strict=False))
    if not known or not 1 <= len(words) <= (2 if cell.kind == "code" else 1):
        first, second = (", ".join(sorted(choices)) for choices in ON_A_SLIDE)
        fail(cell, f"slide={texts['slide']!r}: one word of {first}; in a code cell a second of {second} may follow")
    if "lines" in texts and not (cell.kind == "code" and re.fullmatch(r"[1-9]\d*(-[1-9]\d*)?", texts["lines"])):
        fail(cell, f"lines={texts['lines']!r} should be lines of a code cell, such as 2-5")
    if cell.kind == "code" and "brief" in texts:
        fail(cell, "brief stands in place of prose, so it belongs to a markdown cell")
    if "check" in cell.markers:
        fail(cell, "a check cell is not for slides: it shows how an exercise ends")


def _check_regions(cell, kinds, fail):
    marks = re.findall(r"^\s*### (BEGIN|END) SOLUTION$", cell.text, re.M)
    owned = kinds in (["solution"], ["written"])
    regions = max(1, len(marks) // 2) if kinds == ["solution"] else 1  # a class may have one in each method
    if marks != (["BEGIN", "END"] * regions if owned else []):
        wanted = "one `### BEGIN SOLUTION` and one `### END SOLUTION`" if owned else "no SOLUTION region"
        fail(cell, f"this cell should hold {wanted}, but holds {marks or 'none'}")
    if kinds == ["written"] and not (cell.rubric or is_withheld(cell.text)):
        fail(cell, "a written cell needs its rubric: a line `**Rubric**` and a list, inside the SOLUTION region")


def _check_python(cell, fail):
    try:
        ast.parse(cell.text)
    except SyntaxError as e:
        if not cell.text.lstrip().startswith("%"):
            cell = Cell(cell.kind, cell.text, cell.markers, cell.line + (e.lineno or 0))
            fail(cell, f"not Python: {e.msg}")


def _notebook_cell(cell, number, lesson):
    plain = cell.kind == "code" or "written" in cell.markers  # an answer is found by its question's text
    text = cell.text if plain else linked(cell.text, lesson)
    metadata = {}
    if cell.markers.get("raises") or "check" in cell.markers:
        metadata["tags"] = ["raises-exception"]  # so that Run All goes on, even past an unsolved exercise
    identity = f"cell-{number:02d}"
    for kind in ("solution", "check", "written"):
        if kind in cell.markers:
            name = cell.markers[kind]
            identity = f"check_{name}" if kind == "check" else name
            metadata["nbgrader"] = {
                "cell_type": cell.kind,
                "grade": kind != "solution",
                "grade_id": identity,
                "locked": kind == "check",
                "schema_version": 3,
                "solution": kind != "check",
                "task": False,
            }
            if kind != "solution":
                metadata["nbgrader"]["points"] = cell.markers["points"]
    # A cell's id allows letters, digits, - and _, and 64 characters. The notebook is validated as a whole.
    content = {"id": identity[:64], "cell_type": cell.kind, "metadata": metadata, "source": text}
    return nbformat.from_dict(content | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {}))
