"""A small class to try what an instructor decides: made at once, and judged without running anything."""

import csv

import nbformat

from grader.base.paths import course_root
from grader.classroom.demo import make_class
from grader.classroom.grades import write_grades
from grader.classroom.grading import Options, grade_class
from grader.notebook.reading import grade_id
from tests.support.crews import Here, judge_of, nobody

LESSON, QUESTION = "03_gates", "why_two_gates"
ADA, BOB, CY, DEE = "Ada Lovelace", "Bob Honest", "Cy Young", "Dee Dee"
ON_TIME, LATE, LATER = "2026-12-01 20:59:00", "2026-12-02 10:00:00", "2026-12-03 10:00:00"


def small_class(path, students=((ADA, ON_TIME), (BOB, LATE), (CY, ON_TIME), (DEE, LATER))):
    """A class with one submission of each student, each with an answer in words; not graded yet."""
    make_class(course_root(), path, 1, ["03"])
    for place in (path / "submitted").iterdir():
        for file in sorted(place.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        place.rmdir()
    for student, time in students:
        submit(path, student, time)
    return path


def submit(path, student, time, words=None):
    """Submit the lesson with an answer in words, at a time in UTC; None leaves it unknown to whoever looks only there."""
    notebook = nbformat.read(path / "release" / LESSON / f"{LESSON}.ipynb", 4)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == QUESTION)
    cell.source += f"\n\n{words or f'This is what {student} says.'}"
    place = path / "submitted" / student / LESSON
    place.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, place / f"{LESSON}.ipynb")
    (place / "timestamp.txt").write_text(f"{time} UTC\n")


def judged_with_words(state="passed", **others):
    """A judge who finds the same in every submission, and keeps its answer in words."""
    judge = judge_of(state, **others)

    def with_words(job):
        found = judge(job)
        notebook = nbformat.reads(found.notebook.decode(), 4)
        theirs = nbformat.reads(job.notebook.decode(), 4)
        words = next(cell.source for cell in theirs.cells if grade_id(cell) == QUESTION)
        next(cell for cell in notebook.cells if grade_id(cell) == QUESTION).source = words
        return type(found)(found.state, found.reason, nbformat.writes(notebook).encode(), found.verdicts, found.scores)

    return with_words


def grade(path, judge=None, **more):
    """Grade a class, and write grades.csv; by default nothing may be judged. Returns the rows by student, and the jobs."""
    crew = Here(judge or nobody)
    rows = grade_class(course_root(), path, options=Options(sandbox=False), workers=crew, **more)
    write_grades(path / "grades.csv", rows)
    return {row.student: row for row in rows}, crew.jobs


def grades_of(path):
    """The lines of grades.csv by student."""
    with (path / "grades.csv").open(newline="", encoding="utf-8") as f:
        return {line["student"]: line for line in csv.DictReader(f)}
