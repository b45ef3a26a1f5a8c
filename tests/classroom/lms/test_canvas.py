"""Marks reach the right line and column of Canvas's own file, and nobody else's."""

import csv
import io
import re

import pytest

from grader.base.errors import ClassError
from grader.classroom.demo import AWKWARD
from grader.classroom.gradebook import Person
from grader.classroom.lms.canvas import POINTS
from tests.support.exports import CANVAS, LESSON, mark, marks, table, write_canvas


def canvas_takes(rows):
    """The header as Canvas's importer reads it: `header?` and `update_column_count` of its lib/gradebook_importer.rb."""
    header = rows[0]
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    columns = 3
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        columns = 4
    elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        columns = 5
    assert "Section" in header[columns - 1]
    assert {len(row) for row in rows} == {len(header)}
    return header[columns:]


def test_canvas_gets_its_own_lines_back_with_the_marks_in_the_lessons_column(canvas, tmp_path):
    given = {
        ("ada@example.org", LESSON): mark(7.125),
        ("zakukasz_12346", LESSON): mark(9.999),  # a letter went missing, as it does in Canvas's file names
        ("=1+2", LESSON): mark(4),
        ("Zoë Müller", LESSON): mark(0),
        ("Somebody Else", LESSON): mark(1),
    }
    done = write_canvas(tmp_path / "out.csv", given, roster=canvas)
    rows = table(tmp_path / "out.csv")
    assert canvas_takes(rows) == ["Notebook 03 Gates (4711)"]
    assert rows[1:3] == [["", "", "", "", "", "Manual Posting"], [POINTS, "", "", "", "", "10.00"]]
    assert {row[1]: row[-1] for row in rows[3:]} == {
        "12345": "7.13",
        "12346": "10.00",
        "12347": "4.00",
        "12349": "0.00",
    }
    assert rows[3][:5] == ["Lovelace, Ada", "12345", "S1", "ada@example.org", "Monday; early"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert done.unknown == ["Somebody Else"]
    assert done.absent == ["O'Brien, José", "Student, Test"]
    assert done.written == ["ada@example.org", "zakukasz_12346", "=1+2", "Zoë Müller"]


def test_a_number_of_canvas_is_not_a_universitys_own_that_another_student_has(tmp_path):
    roster = tmp_path / "canvas.csv"
    roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,03 Gates\nPoints Possible,,,,,10\n"
        '"Honest, Bob",99,12345,bob,s,\n"Third, Cyd",13,777,cyd,s,\n'
    )
    given = {("lovelaceada_12345", LESSON): mark(7), ("thirdcyd_13", LESSON): mark(8)}
    numbers = {("lovelaceada_12345", LESSON): "12345", ("thirdcyd_13", LESSON): "13"}
    done = write_canvas(tmp_path / "out.csv", given, numbers=numbers, roster=roster)
    assert {row[1]: row[-1] for row in table(tmp_path / "out.csv")[2:]} == {"13": "8.00"}
    assert done.unknown == ["lovelaceada_12345"]


def test_who_is_excused_in_canvas_stays_so(canvas, tmp_path):
    done = write_canvas(tmp_path / "out.csv", marks(jose=3, zoe=4), roster=canvas)
    assert [row[1] for row in table(tmp_path / "out.csv")[3:]] == ["12349"]
    assert any("excused" in note and "jose" in note for note in done.notes)


def test_the_gradebook_knows_numbers_emails_and_names(canvas, tmp_path):
    people = {
        "x1": Person("", "", "", "12349"),
        "x2": Person("", "", "ADA@example.org", ""),
        "x3": Person("José", "O’Brien", "", ""),
    }
    text = CANVAS.replace("EX", "")
    canvas.write_text(text, encoding="utf-8")
    write_canvas(tmp_path / "out.csv", marks(x1=1, x2=2, x3=3), people=people, roster=canvas)
    assert {row[1]: row[-1] for row in table(tmp_path / "out.csv")[3:]} == {
        "12349": "1.00",
        "12345": "2.00",
        "12348": "3.00",
    }


def test_two_lessons_are_two_columns_and_what_has_no_mark_stays_as_it_was(canvas, tmp_path):
    canvas.write_text(CANVAS.replace("Essay (4712)", "12 Long memory (4712)"), encoding="utf-8")
    given = {
        ("ada@example.org", LESSON): mark(5),
        ("lukasz", "12_long_memory"): mark(6),
        ("lukasz", LESSON): mark(2, True),
    }
    done = write_canvas(tmp_path / "out.csv", given, roster=canvas)
    rows = table(tmp_path / "out.csv")
    assert canvas_takes(rows) == ["Notebook 03 Gates (4711)", "12 Long memory (4712)"]
    assert [row[-2:] for row in rows[3:]] == [["5.00", "80.00"], ["3.00", "60.00"]]
    assert done.waiting == ["lukasz"]
    assert any("12_long_memory were scaled from 10 to the LMS's 100 points" in note for note in done.notes)


def test_answers_that_wait_for_a_marker_are_left_out_unless_asked_for(canvas, tmp_path):
    given = {("jose", LESSON): mark(3), ("zoe", LESSON): mark(4, waiting=True)}
    canvas.write_text(CANVAS.replace("EX", ""), encoding="utf-8")
    done = write_canvas(tmp_path / "out.csv", given, roster=canvas)
    assert [row[1] for row in table(tmp_path / "out.csv")[3:]] == ["12348"]
    assert done.waiting == ["zoe"]
    assert "zoe" not in done.absent
    assert any("an answer waits to be marked: zoe" in line for line in done.sentences())
    done = write_canvas(tmp_path / "out.csv", given, roster=canvas, ungraded=True)
    assert [row[1] for row in table(tmp_path / "out.csv")[3:]] == ["12348", "12349"]
    assert done.waiting == []


@pytest.mark.parametrize(
    ("wanted", "place"), [("Essay", 6), ("4712", 6), ("Essay (4712)", 6), ("notebook 03 gates", 5)]
)
def test_a_column_can_be_named(canvas, tmp_path, wanted, place):
    write_canvas(tmp_path / "out.csv", marks(zoe=4), roster=canvas, columns={LESSON: wanted})
    assert canvas_takes(table(tmp_path / "out.csv")) == [CANVAS.splitlines()[0].split(",")[place]]


@pytest.mark.parametrize(
    ("change", "columns", "message"),
    [
        (
            ("03 Gates", "Homework"),
            {},
            "no column of the LMS's file names the lesson 03_gates: there are Notebook Homework",
        ),
        (("Essay", "03 gates again"), {}, "2 columns of the LMS's file names the lesson"),
        ((), {LESSON: "Quiz"}, "no column of the LMS's file is called 'Quiz'"),
        (("Section", "Group"), {}, "is no gradebook of Canvas's: it should begin with Student, ID"),
    ],
)
def test_a_column_that_is_not_there_is_said_in_words(canvas, tmp_path, change, columns, message):
    canvas.write_text(CANVAS.replace(*change) if change else CANVAS, encoding="utf-8")
    with pytest.raises(ClassError, match=message):
        write_canvas(tmp_path / "out.csv", marks(zoe=4), roster=canvas, columns=columns)
    assert not (tmp_path / "out.csv").exists()


def test_two_of_one_name_are_told_apart_or_left_alone(canvas, tmp_path):
    text = CANVAS + '"Lovelace, Ada",12350,S6,ada2,Monday,,,,\n'
    canvas.write_text(text, encoding="utf-8")
    done = write_canvas(tmp_path / "out.csv", marks(Ada_Lovelace=4), roster=canvas)
    assert done.unknown == ["Ada Lovelace"]
    given = {("lovelaceada_12350", LESSON): mark(5), ("Ada Lovelace", LESSON): mark(6)}
    done = write_canvas(tmp_path / "out.csv", given, roster=canvas)
    assert {row[1]: row[-1] for row in table(tmp_path / "out.csv")[3:]} == {"12350": "5.00", "12345": "6.00"}
    done = write_canvas(tmp_path / "out.csv", marks(**{"Ada_Lovelace": 1, "Lovelace,_Ada": 2}), roster=canvas)
    assert sorted(done.unknown) == ["Ada Lovelace", "Lovelace, Ada"]


def test_a_semicolon_file_with_decimal_commas_stays_one(canvas, tmp_path):
    rows = list(csv.reader(io.StringIO(CANVAS)))
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([[re.sub(r"^(\d+)\.(\d\d)$", r"\1,\2", c) for c in row] for row in rows])
    canvas.write_text("\ufeff" + text.getvalue(), encoding="utf-8")
    write_canvas(tmp_path / "out.csv", {("zoe", LESSON): mark(7.5)}, roster=canvas)
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert '"Müller, Zoë";"12349";"S5";"zoe";"Tuesday";"7,50"\r\n' in written.decode("utf-8-sig")


def test_last_and_first_names_in_columns_of_their_own(canvas, tmp_path):
    text = "LastName,FirstName,ID,SIS Login ID,Section,03 gates (1)\nMüller,Zoë,7,z,A,\nKim,Mei,8,k,A,\n"
    canvas.write_text(text, encoding="utf-8")
    done = write_canvas(tmp_path / "out.csv", marks(Zoë_Müller=1), roster=canvas)
    assert table(tmp_path / "out.csv")[1:] == [["Müller", "Zoë", "7", "z", "A", "1.00"]]
    assert done.absent == ["Mei Kim"]


def test_without_a_file_of_canvas_one_of_its_shape_is_written(tmp_path):
    names = [*AWKWARD, "lovelaceada_12345", "zoe", 'Semi;colon "quoted"']
    given = {(name, LESSON): mark(number) for number, name in enumerate(names)}
    given["zoe", "12_long_memory"] = mark(9)
    done = write_canvas(tmp_path / "out.csv", given)
    rows = table(tmp_path / "out.csv")
    assert canvas_takes(rows) == [LESSON, "12_long_memory"]
    assert rows[1] == [POINTS, "", "", "", "", "10.00", "10.00"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    lines = {row[0]: row for row in rows[2:]}
    assert lines["lovelaceada"][1] == "12345"
    assert lines["zoe"][3] == "zoe"
    assert lines['Semi;colon "quoted"'][5] == f"{len(names) - 1:.2f}"
    assert len(done.written) == len(names)
    assert (done.unknown, done.absent) == ([], [])


def test_every_field_is_quoted(canvas, tmp_path):
    write_canvas(tmp_path / "out.csv", {("zoe", LESSON): mark(4)}, roster=canvas)
    for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r'"[^"]*"(,"[^"]*")*', line), line
