"""A class's marks, from its download to the file that an LMS imports."""

import zipfile

import nbformat
import pytest
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import exports
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.intake import course_folder
from grader.judge.marking import is_test
from grader.notebook.reading import grade_id
from tests.support.exports import LESSON


@pytest.mark.parametrize(
    ("lms", "name", "number"),
    [
        ("moodle", "{student}_{number}_assignsubmission_file_/03_gates.ipynb", "77{n}"),
        ("canvas", "{student}_{number}_900_03_gates.ipynb", "88{n}"),
    ],
)
def test_a_class_from_its_export_of_submissions_to_the_file_of_marks(tmp_path, lms, name, number):
    make_class(course_root(), tmp_path / "lessons", 1, ["03"])
    source = nbformat.writes(nbformat.read(tmp_path / "lessons" / "release" / LESSON / f"{LESSON}.ipynb", 4))
    with zipfile.ZipFile(tmp_path / "handed-in.zip", "w") as archive:
        for n, student in enumerate(("lovelaceada", "müllerzoë")):
            archive.writestr(name.format(student=student, number=number.format(n=n)), source)
    place, _ = course_folder(course_root(), tmp_path / "handed-in.zip")
    folder = ClassFolder(place)
    with pytest.raises(ClassError, match="nothing was graded"):
        exports.export(folder, lms, tmp_path / "out.csv")
    with pytest.raises(ClassError, match="would be overwritten"):
        exports.export(folder, lms, tmp_path / "out.csv", roster=tmp_path / "." / "out.csv")
    (tmp_path / "lessons" / "gradebook.db").rename(place / "gradebook.db")
    with Book(folder) as book:
        for student in (place / "submitted").iterdir():
            notebook = nbformat.reads(source, 4)
            book.record(student.name, LESSON, None, notebook, scores={"check_sigmoid": 1.5})
    command = ["export", str(place), "--to", lms, "--lesson", "03", "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(cli.app, [*command, "--ungraded"])
    assert done.exit_code == 0, done.output
    assert "2 students with marks are in" in done.output
    text = (tmp_path / "out.csv").read_text()
    assert all(number.format(n=n) in text for n in range(2))
    folder.journal.append("marked", student=student.name, lesson=LESSON, done=True, state="unreadable", reason="")
    with Book(folder) as book:
        notebook = nbformat.reads(source, 4)
        book.record(
            student.name, LESSON, None, notebook, dict.fromkeys(map(grade_id, filter(is_test, notebook.cells)), 0)
        )
    done = exports.export(folder, lms, tmp_path / "out.csv", ungraded=True)
    assert done.failed == [student.name] and len(done.written) == 1
    done = exports.export(folder, lms, tmp_path / "out.csv", ungraded=True, failed_as_zero=True)
    assert done.failed == [] and len(done.written) == 2
