"""What all systems have in common: what their modules define, and how marks are written."""

import pytest

from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom.lms import RECOGNISED, SYSTEMS, TAKING_MARKS
from tests.support.exports import LESSON, marks, table, write_canvas, write_moodle


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_module_says_what_its_system_can_do(name):
    system = SYSTEMS[name]
    assert system.__name__ == f"grader.classroom.lms.{name}"
    assert system.NAME
    assert hasattr(system, "fits") == hasattr(system, "sort") == (name in RECOGNISED)
    assert hasattr(system, "write_marks") == hasattr(system, "ROSTER") == (name in TAKING_MARKS)
    assert name in RECOGNISED or name in TAKING_MARKS


def test_the_guide_lists_the_systems_whose_downloads_are_recognised():
    guide = (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
    assert [name for name, system in RECOGNISED.items() if f"\n| {system.NAME} | " not in guide] == []
    assert f"`--layout` is one of {', '.join(f'`{name}`' for name in RECOGNISED)}, `folders`" in guide


@pytest.mark.parametrize("write", [write_canvas, write_moodle])
def test_what_could_not_be_graded_is_no_zero_without_a_choice(canvas, worksheet, tmp_path, write):
    roster = canvas if write is write_canvas else worksheet
    given = marks(Łukasz_Żak=0, Ada_Lovelace=5)
    place = {("Łukasz Żak", LESSON)}
    done = write(tmp_path / "out.csv", given, roster=roster, failed=place)
    assert (done.failed, done.absent.count("Łukasz Żak")) == (["Łukasz Żak"], 0)
    assert not any("Łukasz" in cell for row in table(tmp_path / "out.csv")[1:] for cell in row)
    assert any("could not be graded (--failed-as-zero writes 0): Łukasz Żak" in line for line in done.sentences())
    done = write(tmp_path / "out.csv", given, roster=roster)
    assert "Łukasz Żak" in done.written and done.failed == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("Müller;x".encode("latin-1"), "is not in UTF-8"),
        (b"", "is no table of students"),
        (b"Student,ID,Section\n", "is no table of students"),
        (b"PK\x03\x04\xff", "is not in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_said_in_words(tmp_path, content, message):
    if content is not None:
        (tmp_path / "roster.csv").write_bytes(content)
    for write in (write_canvas, write_moodle):
        with pytest.raises(ClassError, match=message):
            write(tmp_path / "out.csv", marks(zoe=1), roster=tmp_path / "roster.csv")
