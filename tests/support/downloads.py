"""Made-up downloads of learning management systems, and the results of importing them."""

import json
import zipfile

from grader.base.paths import course_root
from grader.classroom import intake
from grader.classroom.folder import ClassFolder
from grader.classroom.submissions import Submissions

MOODLE = "{}_{}_assignsubmission_file_/03_gates.ipynb"
BRIGHTSPACE = "{}-678 - {} - Nov 20, 2026 1030 AM"
BLACKBOARD = "Home_work_{}_attempt_{}"
ANSWERS = ("sigmoid", "gate", "reset_gate", "update_gate")


def notebook(text="x = 1", answers=0):
    """A tiny notebook of lesson 03, in bytes: `answers` of its cells are written, the others stand as handed out."""
    cells = [
        {"cell_type": "code", "source": f"{text}  # {name}" if n < answers else "", "metadata": {"nbgrader": {"grade_id": name}}, "outputs": []}
        for n, name in enumerate(ANSWERS)
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, "text": text}).encode()


def zipped(path, files):
    """A zip of ``{name or ZipInfo: text or bytes}``, or of pairs where a name comes twice."""
    with zipfile.ZipFile(path, "w") as z:
        for name, content in files.items() if isinstance(files, dict) else files:
            z.writestr(name, content)
    return path


def take_in(tmp_path, files, name="download.zip", **more):
    """Take in a zip of `files` into ``class``; the class's folder and the notes."""
    place, notes = intake.course_folder(course_root(), zipped(tmp_path / name, files), tmp_path / "class", **more)
    return ClassFolder(place), notes


def submissions(folder):
    """``{student: what its notebook's `text` is, None without a notebook}``, as a grading would read it."""
    submissions, found = Submissions(folder), {}
    for student, lesson in submissions:
        content = submissions.at(student, lesson).read()
        found[student] = json.loads(content.notebook)["text"] if content.notebook else None
    return found


def received(folder):
    """The journal's last entry about each student."""
    return {student: entry for (student,), entry in folder.journal.latest("received", "student").items()}


def unidentified(folder):
    """The names of what is nobody's for sure."""
    return sorted(one.name for one in Submissions(folder).unidentified)
