"""Marks reach the right line and column of Canvas's and Moodle's own files, and nobody else's."""

import csv
import io
import re
import zipfile

import nbformat
import pytest
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import exports
from grader.classroom.demo import AWKWARD, make_class
from grader.classroom.exports import write_canvas, write_moodle
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book, Mark, Person
from grader.classroom.intake import course_folder
from grader.judge.marking import is_test
from grader.notebook.reading import grade_id

LESSON = "03_gates"

CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Notebook 03 Gates (4711),Essay (4712),Current Score,Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,10.00,100.00,(read only),(read only)
"Lovelace, Ada",12345,S1,ada@example.org,"Monday; early",,80.00,80.00,40.00
"Żak, Łukasz",12346,S2,lukasz,Monday,3.00,,,
"=""=1+2""",12347,S3,formula,Monday,,,,
"O'Brien, José",12348,S4,jose,Tuesday,EX,,,
"Müller, Zoë",12349,S5,zoe,Tuesday,5.00,70.00,,
"Student, Test",99999,,f00,Monday,,,,
'''
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 501,Ada Lovelace,ada@example.org,Submitted for grading,,100.00,Yes,"Monday, 30 November 2026",-,\n'
    'Participant 502,Łukasz Żak,lukasz@example.org,Submitted for grading,30.00,100.00,Yes,-,"Tuesday, 1 December 2026",'
    '"- good\nbut late"\n'
    "Participant 503,Ada Lovelace,other@example.org,No submission,,100.00,Yes,-,-,\n"
    "Participant 504,=cmd|'/C calc'!A0,evil@example.org,Submitted for grading,,100.00,Yes,-,-,\n"
)


def mark(score, waiting=False, top=10.0):
    return Mark(score, top, waiting, 0.0, 0.0, "")


def marks(**scores):
    return {(name.replace("_", " "), LESSON): mark(score) for name, score in scores.items()}


def table(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


@pytest.fixture
def canvas(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(CANVAS, encoding="utf-8")
    return path


@pytest.fixture
def worksheet(tmp_path):
    path = tmp_path / "worksheet.csv"
    path.write_text(WORKSHEET, encoding="utf-8")
    return path


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


# ------------------------------------------------------------------------------------------------------------- Canvas


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
    assert rows[1:3] == [["", "", "", "", "", "Manual Posting"], [exports.CANVAS_POINTS, "", "", "", "", "10.00"]]
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


def test_a_name_that_ends_in_a_number_is_the_whole_name(tmp_path):
    roster = tmp_path / "worksheet.csv"
    roster.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum grade\n"
        "Participant 77,Bob Honest? (12),e@example.org,,,10\nParticipant 55,Bob Honest,b@example.org,,,10\n"
    )
    student = "Bob Honest (12)"
    given, numbers = {(student, LESSON): mark(7)}, {(student, LESSON): "77"}
    write_moodle(tmp_path / "out.csv", given, numbers=numbers, roster=roster, called={student: student})
    assert {row[0]: row[4] for row in table(tmp_path / "out.csv")[1:]} == {"Participant 77": "7.00"}


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
    write_canvas(tmp_path / "out.csv", marks(x1=1, x2=2, x3=3), people, roster=canvas)
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
    assert any("an answer waits to be marked: zoe" in line for line in done.told())
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
    assert rows[1] == [exports.CANVAS_POINTS, "", "", "", "", "10.00", "10.00"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    lines = {row[0]: row for row in rows[2:]}
    assert lines["lovelaceada"][1] == "12345"
    assert lines["zoe"][3] == "zoe"
    assert lines['Semi;colon "quoted"'][5] == f"{len(names) - 1:.2f}"
    assert len(done.written) == len(names)
    assert (done.unknown, done.absent) == ([], [])


# ------------------------------------------------------------------------------------------------------------- Moodle


def moodle_takes(rows):
    """``{number: (grade, feedback)}`` as Moodle's worksheet importer reads it: assignfeedback_offline_grade_importer."""
    places = [rows[0].index(title) for title in ("Identifier", "Grade", "Last modified (grade)", "Feedback comments")]
    found = {}
    for row in rows[1:]:
        number, grade, _, feedback = (row[place] for place in places)
        assert number.startswith("Participant ")
        assert 0 <= float(grade) <= float(row[rows[0].index("Maximum grade")])
        found[int(number.removeprefix("Participant "))] = (grade, feedback)
    return found


def test_moodles_worksheet_comes_back_with_grades_and_comments(worksheet, tmp_path):
    given = {
        ("Ada Lovelace (503)", LESSON): mark(7.5),
        ("Ada Lovelace (501)", LESSON): mark(10.5),
        ("Łukasz Żak", LESSON): mark(4),
        ("=cmd|'_C calc'!A0", LESSON): mark(1),
        ("Nobody", LESSON): mark(1),
    }
    comments = {("Łukasz Żak", LESSON): "late", ("Ada Lovelace (503)", LESSON): "<script>alert(1)</script>"}
    done = write_moodle(tmp_path / "out.csv", given, roster=worksheet, comments=comments)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    rows = table(tmp_path / "out.csv")
    assert moodle_takes(rows) == {
        501: ("100.00", ""),
        502: ("40.00", "- good\nbut late"),
        503: ("75.00", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        504: ("10.00", ""),
    }
    assert rows[2][8] == "Tuesday, 1 December 2026"
    assert done.unknown == ["Nobody"]
    assert any("were cut to them: Ada Lovelace (501)" in note for note in done.notes)
    assert any("scaled from 10 to the LMS's 100 points" in note for note in done.notes)


def test_a_formula_for_a_name_is_text_in_the_worksheet(worksheet, tmp_path):
    write_moodle(tmp_path / "out.csv", marks(**{"evil@example.org": 2}), roster=worksheet)
    (row,) = table(tmp_path / "out.csv")[1:]
    assert row[1] == "'=cmd|'/C calc'!A0"
    assert row[4] == "20.00"


def test_a_worksheet_in_another_language_needs_its_column_named(worksheet, tmp_path):
    german = WORKSHEET.replace("Identifier", "ID").replace("Participant ", "Teilnehmer/in").replace("Full name", "Name")
    german = german.replace(",Grade,Maximum grade", ",Bewertung,Bestwertung").replace("100.00", '"100,00"')
    worksheet.write_text(german, encoding="utf-8")
    with pytest.raises(ClassError, match=r"no column .* 'Grade': there are ID, .*Bewertung, Bestwertung"):
        write_moodle(tmp_path / "out.csv", marks(Łukasz_Żak=4), roster=worksheet)
    write_moodle(tmp_path / "out.csv", marks(Łukasz_Żak=4.5), roster=worksheet, columns={LESSON: "Bewertung"})
    assert table(tmp_path / "out.csv")[1][:6] == [
        "Teilnehmer/in502", "Łukasz Żak", "lukasz@example.org", "Submitted for grading", "45,00", "100,00",
    ]  # fmt: skip


def test_a_german_worksheet_is_filled_by_its_columns_exact_name(worksheet, tmp_path):
    """Its "Bewertung" stands beside "Zuletzt geändert (Bewertung)" and "Maximale Bewertung"."""
    german = WORKSHEET.replace("Last modified (grade)", "Zuletzt geändert (Bewertung)")
    german = german.replace(",Grade,Maximum grade", ",Bewertung,Maximale Bewertung")
    worksheet.write_text(german, encoding="utf-8")
    write_moodle(tmp_path / "out.csv", marks(Łukasz_Żak=4), roster=worksheet, columns={LESSON: "Bewertung"})
    assert table(tmp_path / "out.csv")[1][4] == "40.00"


def test_a_teams_number_is_no_participants(worksheet, tmp_path):
    given = {("Team Rot", LESSON): mark(9), ("Łukasz Żak", LESSON): mark(4)}
    numbers = {("Team Rot", LESSON): "501", ("Łukasz Żak", LESSON): "502"}
    done = write_moodle(tmp_path / "out.csv", given, numbers=numbers, roster=worksheet)
    assert (done.written, done.unknown) == (["Łukasz Żak"], ["Team Rot"])


def test_in_anonymous_marking_the_number_tells(worksheet, tmp_path):
    text = "Identifier,Status,Grade,Maximum grade,Feedback comments\n"
    text += "Participant 501,Submitted,,100.00,\nParticipant 502,Submitted,,100.00,\n"
    worksheet.write_text(text, encoding="utf-8")
    given = {("Participant (501)", LESSON): mark(9), ("Participant", LESSON): mark(4)}
    numbers = {("Participant (501)", LESSON): "501", ("Participant", LESSON): "502"}
    write_moodle(tmp_path / "out.csv", given, numbers=numbers, roster=worksheet)
    assert [row[2] for row in table(tmp_path / "out.csv")[1:]] == ["90.00", "40.00"]


@pytest.mark.parametrize("write", [write_canvas, write_moodle])
def test_what_could_not_be_graded_is_no_zero_without_a_choice(canvas, worksheet, tmp_path, write):
    roster = canvas if write is write_canvas else worksheet
    given = marks(Łukasz_Żak=0, Ada_Lovelace=5)
    place = {("Łukasz Żak", LESSON)}
    done = write(tmp_path / "out.csv", given, roster=roster, failed=place)
    assert (done.failed, done.absent.count("Łukasz Żak")) == (["Łukasz Żak"], 0)
    assert not any("Łukasz" in cell for row in table(tmp_path / "out.csv")[1:] for cell in row)
    assert any("could not be graded (--failed-as-zero writes 0): Łukasz Żak" in line for line in done.told())
    done = write(tmp_path / "out.csv", given, roster=roster)
    assert "Łukasz Żak" in done.written and done.failed == []


def test_every_field_is_quoted(canvas, tmp_path):
    write_canvas(tmp_path / "out.csv", {("zoe", LESSON): mark(4)}, roster=canvas)
    for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r'"[^"]*"(,"[^"]*")*', line), line


def test_a_worksheet_is_for_one_lesson(worksheet, tmp_path):
    given = {("Łukasz Żak", LESSON): mark(4), ("Łukasz Żak", "12_long_memory"): mark(4)}
    with pytest.raises(ClassError, match="is for one lesson"):
        write_moodle(tmp_path / "out.csv", given, roster=worksheet)


def test_moodles_exported_grades_come_back_with_marks(tmp_path):
    text = (
        "First name,Last name,ID number,Email address,Assignment: 03 Gates (Real),Course total (Real)\n"
        "Ada,Lovelace,77,ada@example.org,-,-\n"
        "Zoë,Müller,78,zoe@example.org,5.00,-\n"
        "-Dash,,79,dash@example.org,-,-\n"
    )
    (tmp_path / "grades.csv").write_text(text, encoding="utf-8")
    given = marks(**{"Ada_Lovelace": 4, "zoe@example.org": 6.25, "-Dash": 1})
    done = write_moodle(tmp_path / "out.csv", given, roster=tmp_path / "grades.csv")
    assert [row[:5] for row in table(tmp_path / "out.csv")[1:]] == [
        ["Ada", "Lovelace", "77", "ada@example.org", "4.00"],
        ["Zoë", "Müller", "78", "zoe@example.org", "6.25"],
        ["'-Dash", "", "79", "dash@example.org", "1.00"],
    ]
    assert any("ours are 10 points" in note for note in done.notes)


def test_without_a_file_of_moodles_its_numbers_come_from_the_submissions(tmp_path):
    numbers = {("Ada Lovelace", LESSON): "501"}
    given = marks(Ada_Lovelace=4, **{"Zoë_Müller_(502)": 5, "Nobody": 1})
    done = write_moodle(tmp_path / "out.csv", given, numbers=numbers)
    assert moodle_takes(table(tmp_path / "out.csv")) == {501: ("4.00", ""), 502: ("5.00", "")}
    assert done.unknown == ["Nobody"]
    with pytest.raises(ClassError, match="Moodle tells students apart by its own numbers"):
        write_moodle(tmp_path / "out.csv", marks(Nobody=1))


# ---------------------------------------------------------------------------------------------------------- files, a class


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


def test_a_spreadsheets_own_utf_16_is_read(canvas, tmp_path):
    canvas.write_text(CANVAS.replace(",", "\t").replace('"', ""), encoding="utf-16")
    rows = CANVAS.splitlines()
    assert len(exports._Sheet.read(canvas).rows) == len(rows) - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.675, "2.68"), (0.005, "0.01"), (10, "10.00"), (1 / 3, "0.33"), (0.0, "0.00"), (1e-17, "0.00")],
)
def test_marks_have_two_decimals_and_halves_go_up(value, text):
    assert exports._points(value) == text


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
