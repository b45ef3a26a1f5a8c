"""Submissions that test a worker: right answers must get all marks from it, and wrong ones none."""

import copy
import functools
import itertools
import json
import re

import nbformat

from grader.authoring.lessons import known_lessons
from grader.authoring.source import read_lesson
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.classroom.assignment import Assignment
from grader.classroom.jobs import Job
from grader.classroom.worker_process import Worker
from grader.exercises import bank
from grader.notebook.reading import grade_id


@functools.cache
def lesson_as_handed_out(name):
    """The Assignment, without a class."""
    pristine = nbformat.read(course_root() / "notebooks" / name / f"{name}.ipynb", as_version=4)
    return Assignment(name, pristine, {}, "as handed out")


@functools.cache
def submission(name, solved):
    """A lesson's notebook as bytes, solved or not, with no cells but imports, answers and checks: it is judged fast."""
    source = read_lesson(course_root() / "solutions" / f"{name}.py")
    solutions = {c.markers["solution"]: c.text for c in source.cells if "solution" in c.markers}
    notebook = copy.deepcopy(lesson_as_handed_out(name).pristine)
    kept = [
        c
        for c in notebook.cells
        if c.cell_type == "code" and (grade_id(c) or re.search(r"^(import|from) ", c.source, re.M))
    ]
    for cell in kept:
        if solved and grade_id(cell) in solutions:
            cell.source = solutions[grade_id(cell)]
    notebook.cells = kept
    return json.dumps(notebook).encode()


def job(name, solved, limits=None, sandbox=True):
    """The Job of judging it."""
    lesson = lesson_as_handed_out(name)
    return Job(
        "witness", lesson, known_lessons(course_root()), submission(name, solved), f"{name}.ipynb", {}, b"witness",
        limits or Limits(), sandbox,
    )  # fmt: skip


def faults(judge, name, **how):
    """What is wrong with how `judge`, a function of a Job, judges the two submissions of a lesson; empty if nothing is."""
    right, empty = judge(job(name, True, **how)), judge(job(name, False, **how))
    passed = {exercise: "passed" for exercise in bank()[name]}
    found = []
    if {n: v["state"] for n, v in getattr(right, "verdicts", {}).items()} != passed:
        found.append(f"{name}: right answers came to {right}"[:1000])
    states = {v["state"] for v in getattr(empty, "verdicts", {}).values()}
    if "passed" in states or not states or any(empty.scores.values()):
        found.append(f"{name}: no answers came to {empty}"[:1000])
    return found


class WitnessedWorker(Worker):
    """A Worker that, after each job of a class, judges right answers and none of that lesson.

    `seen` says for each student what went wrong after that job, and in which lessons it was looked for.
    """

    seen = {}  # noqa: RUF012 - shared on purpose

    def __init__(self):
        super().__init__()
        self.jobs = itertools.count()

    def lessons(self, job):
        """The lessons that are looked at after a job."""
        return {job.lesson.name}

    def judge(self, job):
        found = super().judge(job)
        lessons, how = sorted(self.lessons(job)), {"limits": job.limits, "sandbox": job.sandbox}
        told = [fault for name in lessons for fault in faults(super(WitnessedWorker, self).judge, name, **how)]
        self.seen[job.student] = told, lessons
        return found


class WellTravelledWorker(WitnessedWorker):
    """One that looks at another lesson, too, after each `TURN` jobs, and so comes to all lessons."""

    TURN = 4
    seen = {}  # noqa: RUF012 - shared on purpose

    def lessons(self, job):
        others = list(bank())
        turn, left = divmod(next(self.jobs), self.TURN)
        return super().lessons(job) | (set() if left else {others[turn % len(others)]})
