"""A lesson as a class was given it, and how what is handed in is known to be of it."""

import copy
import re
from dataclasses import dataclass, field

import nbformat

from grader.classroom.notebooks import grade_id
from grader.paths import find_sources


@dataclass(frozen=True)
class Lesson:
    """A lesson as a class was given it.

    `pristine` is the learner's notebook, `rubrics` maps a written answer's grade_id to what its points are given for,
    `build` identifies the lesson's text and exercises: what was graded with another build is graded again. `tests` are
    the locked cells whose hidden tests the learner's notebook lacks, whole, by grade_id. `own` says in words what the
    instructor changed.
    """

    name: str
    pristine: nbformat.NotebookNode
    rubrics: dict
    build: str
    tests: dict = field(default_factory=dict)
    own: tuple[str, ...] = ()

    def with_hidden_tests(self, notebook):
        """The notebook with the hidden tests put back, as nbgrader's autograde does: a copy of it if there are any."""
        if not self.tests:
            return notebook
        whole = copy.deepcopy(notebook)
        for cell in whole.cells:
            if grade_id(cell) in self.tests:
                cell.source = self.tests[grade_id(cell)]
        return whole

    def with_rubrics(self, notebook):
        """A copy of `notebook` with a locked cell after each written answer, which tells the marker what to look for."""
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            if grade_id(cell) in self.rubrics:
                cells.append(_rubric_cell(grade_id(cell), self.rubrics[grade_id(cell)]))
        return nbformat.NotebookNode({**notebook, "cells": cells})


def known_lessons(root):
    """The grade_ids of every lesson of the course: ``{"03_gates": {"sigmoid", "check_sigmoid", …}, …}``."""
    known = {}
    for path in find_sources(root):
        lines = re.findall(r"^# %%.*$", path.read_text(encoding="utf-8"), re.M)
        marks = [m for line in lines for m in re.findall(r'\b(solution|check|written)="(\w+)"', line)]
        known[path.stem] = {f"check_{name}" if kind == "check" else name for kind, name in marks}
    return known


def lesson_of(ids, known):
    """The lesson that a notebook with these grade_ids belongs to, or None."""
    scores = {name: len(ids & marks) for name, marks in known.items()}
    best = max(scores, key=scores.get, default=None)
    return best if best and scores[best] else None


def lesson_named(text, known):
    """The lesson that a file's or folder's name speaks of, or None: ``"Ada_03_gates (1).ipynb"``."""
    simple = re.sub(r"[\W_]+", "_", text.lower())
    return next((n for n in known if re.search(rf"(?:^|\D){re.escape(n.lower())}(?:_|\d|$)", simple)), None)


def _rubric_cell(name, rubric):
    mark = {
        "cell_type": "markdown",
        "grade": False,
        "grade_id": f"rubric_{name}",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return nbformat.v4.new_markdown_cell(
        f"**What the points of this answer are given for**\n\n{rubric}",
        metadata={"nbgrader": mark, "deletable": False, "editable": False},
        id=f"rubric_{name}"[:64],
    )
