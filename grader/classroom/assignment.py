"""A lesson as a class was given it, and how to tell that a submission belongs to it."""

import copy
import functools
import re
from dataclasses import dataclass, field

import nbformat

from grader.base.wording import PLACEHOLDER
from grader.notebook.bindings import defines
from grader.notebook.reading import grade_id, grade_ids

# Shares of a lesson from which a notebook belongs to it.
ENOUGH_MARKS, ENOUGH_TEXT, ENOUGH_ANSWERS = 1 / 3, 1 / 5, 1 / 2
FEWEST_WORDS = 5  # in a line that distinguishes a lesson from others


@dataclass(frozen=True)
class Fit:
    """How much of a lesson is in a notebook: the shares, 0 to 1, of its marked cells, its text and its answers.

    Text and answers count as 1, without a search, if the marked cells are enough. `foreign` counts the marked cells that
    belong to another lesson, by that lesson's name.
    """

    marks: float
    text: float
    answers: float
    foreign: dict[str, int]

    @property
    def belongs(self):
        """Whether this is the lesson's notebook, perhaps damaged. One function with the right name is not enough."""
        if self.marks >= ENOUGH_MARKS or self.answers > ENOUGH_ANSWERS:
            return True
        return self.text >= ENOUGH_TEXT and (self.marks > 0 or not self.foreign)

    @property
    def answers_alone(self):
        """Whether nothing but the answers is left of the lesson."""
        return self.belongs and not self.marks and self.text < ENOUGH_TEXT


@dataclass(frozen=True)
class Assignment:
    """A lesson as a class was given it.

    `pristine` is the learner's notebook, `rubrics` maps a written answer's grade_id to its rubric, `build` identifies the
    lesson's text and exercises: what was graded with another build is graded again. `tests` holds the complete locked
    cells, by grade_id, whose hidden tests the learner's notebook lacks. `own` says in words what the instructor changed, and
    `by_file` what the class's course file did; `dropped` are cells that it leaves without points.
    """

    name: str
    pristine: nbformat.NotebookNode
    rubrics: dict
    build: str
    tests: dict = field(default_factory=dict)
    own: tuple[str, ...] = ()
    by_file: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()

    def fit(self, notebook, known):
        """How much of the lesson a notebook holds.

        Parameters
        ----------
        notebook : NotebookNode, as `read_notebook` returns it
        known : what `known_lessons` returned

        Returns
        -------
        fit : Fit
        """
        marks, there = grade_ids(self.pristine), grade_ids(notebook)
        foreign = {name: len((there - marks) & ids) for name, ids in known.items() if name != self.name}
        foreign = {name: count for name, count in foreign.items() if count}
        share = len(marks & there) / max(len(marks), 1)
        if share >= ENOUGH_MARKS:
            return Fit(share, 1.0, 1.0, foreign)
        lines = {line for cell in self.pristine.cells for line in map(_words, cell.source.splitlines())}
        lines = {line for line in lines if line.count(" ") >= FEWEST_WORDS - 1}
        text = f" {_words(' '.join(cell.source for cell in notebook.cells))} "
        answers = [
            grade_id(cell)
            for cell in self.pristine.cells
            if grade_id(cell) and cell.cell_type == "code" and cell.metadata.nbgrader.solution
        ]
        return Fit(
            share,
            sum(f" {line} " in text for line in lines) / max(len(lines), 1),
            sum(any(defines(cell, name) for cell in notebook.cells) for name in answers) / max(len(answers), 1),
            foreign,
        )

    def with_hidden_tests(self, notebook):
        """The notebook with the hidden tests put back, as nbgrader's autograde does; a copy if there are any."""
        if not self.tests:
            return notebook
        whole = copy.deepcopy(notebook)
        for cell in whole.cells:
            if grade_id(cell) in self.tests:
                cell.source = self.tests[grade_id(cell)]
        return whole

    def with_rubrics(self, notebook):
        """A copy of `notebook` with a locked cell after each written answer, which tells the marker what to look for.

        If the learner has removed or changed the question, that cell begins with it.
        """
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            name = grade_id(cell)
            if name in self.rubrics:
                parts = self._questions.get(name, [])
                question = "" if all(part in cell.source for part in parts) else "\n\n".join(parts)
                cells.append(_rubric_cell(name, self.rubrics[name], question))
        return nbformat.NotebookNode({**notebook, "cells": cells})

    @functools.cached_property
    def _questions(self):
        """The text of each question that is answered in words, by grade_id: the parts before and after the answer."""
        found = {grade_id(cell): cell.source for cell in self.pristine.cells if grade_id(cell) in self.rubrics}
        return {name: list(filter(None, map(str.strip, text.split(PLACEHOLDER)))) for name, text in found.items()}


def _words(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def _rubric_cell(name, rubric, question):
    mark = {
        "cell_type": "markdown",
        "grade": False,
        "grade_id": f"rubric_{name}",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    asked = f"**The question was**\n\n{question}\n\n" if question else ""
    return nbformat.v4.new_markdown_cell(
        f"{asked}**What the points of this answer are given for**\n\n{rubric}",
        metadata={"nbgrader": mark, "deletable": False, "editable": False},
        id=f"rubric_{name}"[:64],
    )
