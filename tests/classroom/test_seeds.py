"""The class's key: made once, readable by its owner only, never replaced; and the seeds drawn from it."""

import stat

import pytest

from grader.base.errors import ClassError
from grader.classroom.folder import ClassFolder
from grader.classroom.seeds import CourseKey, course_key


@pytest.fixture
def folder(tmp_path):
    return ClassFolder(tmp_path)


def test_a_key_is_made_once_for_its_owner_alone(folder):
    key = course_key(folder)
    assert stat.S_IMODE(folder.key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(folder.key.read_text())) == 32
    assert course_key(folder).fingerprint == key.fingerprint
    assert folder.key.read_text().strip() not in folder.journal.path.read_text()


def test_two_classes_have_two_keys(tmp_path):
    keys = []
    for name in "ab":
        (tmp_path / name).mkdir()
        keys.append(course_key(ClassFolder(tmp_path / name)).fingerprint)
    assert keys[0] != keys[1]


def test_a_key_that_was_made_but_not_noted_is_kept(folder):
    key = course_key(folder)
    folder.journal.path.unlink()  # killed between the two
    assert course_key(folder).fingerprint == key.fingerprint


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "is missing"), (b"abc", "is not a key"), (b"\xff", "cannot be read"), (b"0" * 64, "a different key")],
)
def test_a_lost_key_is_not_replaced(folder, content, words):
    course_key(folder)
    folder.key.unlink()
    if content is not None:
        folder.key.write_bytes(content)
    with pytest.raises(ClassError, match=words):
        course_key(folder)
    assert folder.key.exists() == (content is not None)


def test_every_part_makes_another_run_key():
    parts = [
        ("Ada", "03", "d", 1),
        ("Eve", "03", "d", 1),
        ("Ada", "04", "d", 1),
        ("Ada", "03", "e", 1),
        ("Ada", "03", "d", 2),
    ]
    parts += [("Ada0", "3", "d", 1), ("Ada", "03d", "", 1), ("A\udcffda", "03", "d", 1)]
    keys = {CourseKey(b"a" * 32).run_key(*p) for p in parts} | {CourseKey(b"b" * 32).run_key(*parts[0])}
    assert len(keys) == len(parts) + 1
    assert CourseKey(b"a" * 32).run_key(*parts[0]) == CourseKey(b"a" * 32).run_key(*parts[0])
