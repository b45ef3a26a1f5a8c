"""Marks reach the right line and column of Moodle's own files, and nobody else's."""

import pytest

from grader.base.errors import ClassError
from tests.support.exports import CANVAS, LESSON, WORKSHEET, mark, marks, table, write_moodle


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


def test_another_systems_file_is_refused_if_nobody_is_found_in_it_and_nothing_is_written(tmp_path):
    out, roster = tmp_path / "out.csv", tmp_path / "gradebook.csv"
    roster.write_text(CANVAS, encoding="utf-8")
    out.write_text("an earlier export")
    scores = {"Ada_Lovelace": 7, "Łukasz_Żak": 5, "Zoë_Müller": 2}
    with pytest.raises(
        ClassError, match="none of the 3 students with marks is in the LMS's file, so nothing was written"
    ):
        write_moodle(out, marks(**scores), roster, {LESSON: "Essay (4712)"})
    assert out.read_text() == "an earlier export"
