"""A class whose written answers wait to be marked: nothing was run, so it is quick to make."""

import copy
import hashlib
import shutil
from datetime import datetime

import nbformat

from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.marking.agreeing import agree
from grader.classroom.marking.sheets import Sheets
from grader.classroom.preparation import enter_lesson
from grader.classroom.seeds import course_key
from grader.exercises import bank
from grader.notebook.reading import grade_id

LESSON, QUESTION, TOP = "03_gates", "why_two_gates", 2.0
STUDENTS = ("Ada Lovelace", "Bob Honest", "Chloé Kim", "Dario Ng", "Eve Żak", "Fatima O'Brien")
SUBMITTED = datetime(2026, 11, 30)
ANSWER = "One gate keeps, the other looks back."


def make_class(path, students=STUDENTS, blank=()):
    """A ClassFolder with a submission of each student, as grading would have entered it; `blank` left the question out."""
    path.mkdir(parents=True, exist_ok=True)
    folder = ClassFolder(path)
    lesson = enter_lesson(folder, course_root(), LESSON)
    course_key(folder)
    with Book(folder) as book:
        for student in students:
            submit(folder, book, lesson, student, "" if student in blank else f"{ANSWER} {len(student)}")
    return folder


def submit(folder, book, lesson, student, text):
    """Enter a submission, perhaps another one of the same student, with this text as the written answer."""
    notebook = copy.deepcopy(lesson.with_rubrics(lesson.pristine))
    if text:
        next(cell for cell in notebook.cells if grade_id(cell) == QUESTION).source = text
    book.record(student, LESSON, SUBMITTED, notebook, {f"check_{name}": 0 for name in bank()[LESSON]})
    for place in (folder.autograded(student, LESSON), folder.submitted(student, LESSON)):
        write_atomically(place / f"{LESSON}.ipynb", nbformat.writes(notebook))
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    entry = {"state": "graded", "reason": "", "verdicts": {}, "digest": digest, "build": lesson.build, "run": 1}
    folder.journal.append("marked", student=student, lesson=LESSON, done=True, receipt={}, **entry)


def submit_again(folder, student, text):
    """The same student, with another answer."""
    lesson = enter_lesson(folder, course_root(), LESSON)
    with Book(folder) as book:
        submit(folder, book, lesson, student, text)


def copied(folder, path):
    """The class in another place."""
    shutil.copytree(folder.root, path)
    return ClassFolder(path)


def mark(folder, marker, points):
    """Give ``{student: points, or (points, comment)}`` as a marker; with None, in the gradebook."""
    sheets = Sheets(folder, marker)
    try:
        for sheet in sheets.of():
            if sheet.student in points:
                given, comment = points[sheet.student], None
                if isinstance(given, tuple):
                    given, comment = given
                (shown,) = sheet.answers
                sheets.give_points(shown.answer.grade, given, shown.answer.digest)
                if comment is not None:
                    sheets.give_comment(shown.answer.grade, comment)
    finally:
        sheets.answers.close()


def states(folder, **options):
    """What `agree` makes of each answer, ``{student: Result}``, and its Outcome."""
    outcome = agree(folder.root, **options)
    sheets = Sheets(folder)
    names = {sheet.code: sheet.student for sheet in sheets.of()}
    sheets.answers.close()
    return {names[result.code]: result for result in outcome.results}, outcome


def in_gradebook(folder):
    """What the gradebook has of the written answers: ``{student: (points, waiting, comment)}``."""
    sheets = Sheets(folder)
    answers = sheets.answers.of()
    sheets.answers.close()
    return {answer.student: (answer.points, answer.waiting, answer.comment) for answer in answers}
