"""Finding submissions: links are not followed, and no file is read further than necessary."""

import os
from pathlib import Path

from grader.classroom import choosing, submissions
from grader.classroom.folder import ClassFolder
from grader.classroom.submissions import Submissions
from grader.classroom.timestamps import TIMESTAMP
from grader.notebook.reading import LARGEST, parse_notebook
from tests.support.downloads import notebook

LESSON = "03_gates"


def test_a_linked_folder_is_named_not_followed_and_nothing_is_written_there(tmp_path):
    (tmp_path / "class").mkdir()
    folder, outside = ClassFolder(tmp_path / "class"), tmp_path / "outside"
    (outside / LESSON).mkdir(parents=True)
    (outside / LESSON / f"{LESSON}.ipynb").write_text("{}")
    (folder.submitted() / "Ada").mkdir(parents=True)
    (folder.submitted() / "Ada" / LESSON).symlink_to(outside / LESSON)
    (folder.submitted() / "Zoe").symlink_to(outside)
    folder.submitted("Mia", LESSON).mkdir(parents=True)
    submissions = Submissions(folder)
    found = {place[0]: submissions.at(*place) for place in submissions}
    assert list(found) == ["Ada", "Mia", "Zoe"] and found["Mia"].note == ""
    for student in ("Ada", "Zoe"):
        content = found[student].read()
        assert content.notebook is None and content.files == {}
        assert "a symbolic link, which is not followed" in content.note
    assert not list(outside.rglob("*.txt"))


def test_of_files_without_end_only_the_beginning_is_read(tmp_path):
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    place.mkdir(parents=True)
    for name in ("other.ipynb", "data.bin", TIMESTAMP):
        (place / name).touch()
        os.truncate(place / name, 10**12)
    submission = Submissions(folder).at("Ada", LESSON)
    content = submission.read()
    assert len(content.notebook) == LARGEST + 1 and content.files == {}
    assert "left out" in content.note and f"{TIMESTAMP} was not a time" in content.note


def test_a_huge_notebook_or_many_are_read_once_and_little_of_them_is_parsed(tmp_path, monkeypatch):
    parsed = []
    monkeypatch.setattr(choosing, "parse_notebook", lambda data: parsed.append(len(data)) or parse_notebook(data))
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    place.mkdir(parents=True)
    for n in range(30):
        (place / f"other {n}.ipynb").write_bytes(b"{}")
        os.truncate(place / f"other {n}.ipynb", 9_000_000)
    content = Submissions(folder).at("Ada", LESSON).read()
    assert sum(parsed) <= choosing.MOST_BYTES and len(parsed) <= choosing.MOST_LOOKED_INTO
    assert "of 30 notebooks" in content.note and "left out" in content.note


def test_what_did_not_change_is_told_without_reading(tmp_path, monkeypatch):
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    place.mkdir(parents=True)
    (place / f"{LESSON}.ipynb").write_text("{}")
    (place / "data.csv").write_text("1")
    first = Submissions(folder).at("Ada", LESSON).fingerprint
    monkeypatch.setattr(Path, "read_bytes", None)
    assert Submissions(folder).at("Ada", LESSON).fingerprint == first
    (place / "data.csv").write_text("2")
    assert Submissions(folder).at("Ada", LESSON).fingerprint != first


def test_of_a_folder_full_of_files_only_some_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MOST_LISTED", 50)
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    for sub in ("a", "b", "c"):
        (place / sub).mkdir(parents=True)
        for n in range(40):
            (place / sub / f"{n}.txt").touch()
    (place / f"{LESSON}.ipynb").write_text("{}")
    submission = Submissions(folder).at("Ada", LESSON)
    assert len(submission.files) == 50
    assert submission.read().notebook == b"{}" and "the others were not read" in submission.note


def test_a_finished_exact_notebook_gives_way_to_one_with_answers_and_it_is_said(tmp_path):
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    place.mkdir(parents=True)
    (place / f"{LESSON}.ipynb").write_bytes(notebook("blank"))
    (place / f"{LESSON}-Copy1.ipynb").write_bytes(notebook("full", 4))
    content = Submissions(folder).at("Ada", LESSON).read()
    assert content.notebook == notebook("full", 4) and content.name == f"{LESSON}-Copy1.ipynb"
    assert f"{LESSON}-Copy1.ipynb was graded and not {LESSON}.ipynb" in content.note


def test_a_notebook_in_no_lessons_folder_is_unidentified_and_its_place_said(tmp_path):
    (tmp_path / "class").mkdir()
    folder = ClassFolder(tmp_path / "class")
    for name in (
        "Ada/03_gates/03_gates.ipynb",
        "Bob/03_gates.ipynb",
        "Cyd/all.zip",
        "dan.ipynb",
        "Eve/notes.txt",
        "Fay/.ipynb_checkpoints/03_gates-checkpoint.ipynb",
        "Ada/.ipynb_checkpoints/03_gates-checkpoint.ipynb",
        ".ipynb_checkpoints/x.ipynb",
        "x.csv",
    ):
        folder.submitted().joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.submitted().joinpath(name).write_bytes(notebook())
    submissions = Submissions(folder)
    assert list(submissions) == [("Ada", LESSON)]
    assert {one.name: one.lesson for one in submissions.unidentified} == {
        "Bob/03_gates.ipynb": LESSON,
        "Cyd/all.zip": "unknown",
        "dan.ipynb": "unknown",
        "Fay": "unknown",
    }
    assert all("submitted/<student>/<lesson>/" in one.reason for one in submissions.unidentified)
    assert [one.name for one in Submissions(folder, [LESSON]).unidentified] == ["Bob/03_gates.ipynb"]


def test_in_a_linked_class_a_notebook_in_no_lessons_folder_is_unidentified_too(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Ada.ipynb").write_text("{}")
    folder = ClassFolder(tmp_path / "class")
    folder.submitted().symlink_to(tmp_path / "elsewhere")
    assert [one.name for one in Submissions(folder).unidentified] == ["Ada.ipynb"]


def test_a_folder_that_is_closed_to_us_is_named_and_the_others_are_found(tmp_path, monkeypatch):
    folder, scandir = ClassFolder(tmp_path), os.scandir
    for student in ("Ada", "Zoe"):
        folder.submitted(student, LESSON).mkdir(parents=True)

    def refused(place):
        if Path(place).name == "Ada":
            raise PermissionError
        return scandir(place)

    monkeypatch.setattr(submissions.os, "scandir", refused)
    found = Submissions(folder)
    assert found.places == [(LESSON, "Zoe")]
    (closed,) = found.unidentified
    assert closed.name == "Ada" and "closed to you" in closed.reason and "chmod" in closed.reason
