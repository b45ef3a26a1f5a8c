"""Finding what was handed in: links lead nowhere, and no file is read further than it has to be."""

import os

from grader.classroom.folder import ClassFolder
from grader.classroom.handins import HandIns
from grader.classroom.notebooks import LARGEST
from grader.classroom.timestamps import TIMESTAMP

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
    hand_ins = HandIns(folder)
    found = {place[0]: hand_ins.at(*place) for place in hand_ins}
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
    hand_in = HandIns(folder).at("Ada", LESSON)
    content = hand_in.read()
    assert len(content.notebook) == LARGEST + 1 and content.files == {}
    assert "left out" in content.note and f"{TIMESTAMP} was no time" in content.note
