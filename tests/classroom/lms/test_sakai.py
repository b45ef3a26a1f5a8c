"""Sakai's downloads, and its grades.csv."""

import csv
import io

import pytest

from grader.base.errors import ClassError
from grader.classroom.lms import sakai
from grader.classroom.lms.exporting import ClassMarks
from tests.support.downloads import notebook, received, submissions, take_in, unidentified
from tests.support.exports import LESSON, mark

FOLDER = "Homework 3/{}/Submission attachment(s)/03_gates.ipynb"
GRADES = (
    '\ufeff"Homework 3","SCORE_GRADE_TYPE"\n""\n'
    '"Display ID","ID","Last Name","First Name","grade","Submission date","Late submission"\n'
    '"adal","adal","Lovelace","Ada","","2026-11-20T10:00:00Z","On time"\n'
    '"kim1","kim1","Lee","Kim","3.00","2026-11-20T10:00:00Z","On time"\n'
    '"kim2","kim2","Lee","Kim","","2026-11-21T10:00:00Z","Late"\n'
    '"evil","evil","=1+2","Eve","","",""\n'
)


@pytest.fixture
def grades(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text(GRADES, encoding="utf-8")
    return path


def test_the_user_name_identifies_a_student_and_timestamp_txt_gives_the_time(tmp_path):
    files = {
        "Homework 3/grades.csv": GRADES,
        FOLDER.format("Lovelace, Ada(adal)"): notebook("ada"),
        "Homework 3/Lovelace, Ada(adal)/timestamp.txt": "2026-11-20T10:00:00Z",
        "Homework 3/Lovelace, Ada(adal)/comments.txt": "",
        FOLDER.format("Prince,(prince)"): notebook("prince"),
        "Homework 3/Prince,(prince)/timestamp.txt": "yesterday",
    }
    folder, _ = take_in(tmp_path, files)
    assert submissions(folder) == {"adal": "ada", "prince": "prince"}
    assert received(folder)["adal"]["submitted"] == "2026-11-20T10:00:00"
    assert received(folder)["prince"]["submitted"] is None


def test_feedback_of_the_instructors_is_not_graded_as_a_students(tmp_path):
    files = {FOLDER.format("Lovelace, Ada(adal)"): notebook("ada"), FOLDER.format("Honest, Bob(bob)"): notebook("bob")}
    files["Homework 3/Lovelace, Ada(adal)/Feedback Attachment(s)/03_gates.ipynb"] = notebook("corrected", 4)
    folder, _ = take_in(tmp_path, files)
    assert submissions(folder) == {"adal": "ada", "bob": "bob"}


def test_two_of_one_name_stay_two_and_a_name_makes_nobody_another(tmp_path):
    names = ["Lee, Kim(kim1)", "Lee, Kim(kim2)", "Honest, Bob(bob)", "X, Eve(bob)(eve)"]
    folder, _ = take_in(tmp_path, {FOLDER.format(name): notebook(name) for name in names})
    assert submissions(folder) == dict(zip(("kim1", "kim2", "bob", "eve"), names, strict=True))


def test_a_folder_of_several_people_belongs_to_nobody(tmp_path):
    names = ["Honest, Bob(bob); X, Eve(eve)", "Lovelace, Ada(adal)"]
    folder, _ = take_in(tmp_path, {FOLDER.format(name): notebook(name) for name in names})
    assert set(submissions(folder)) == {"adal"}
    assert unidentified(folder) == [FOLDER.format(names[0])]


def test_a_folder_with_a_number_behind_a_blank_is_not_sakais():
    assert not sakai.fits("Lovelace, Ada (12345)", True)


def test_grades_csv_comes_back_with_marks_as_sakai_reads_it(grades, tmp_path):
    given = {
        ("adal", LESSON): mark(7.125),
        ("kim2", LESSON): mark(4),
        ("evil", LESSON): mark(1),
        ("bob", LESSON): mark(2),
    }
    done = sakai.write_marks(tmp_path / "out.csv", ClassMarks(given), grades)
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"), newline="")))
    assert rows[1] == [""] and rows[2][:2] == ["Display ID", "ID"]
    # `uploadAll_parseZipFile`: from the fourth line on, the second cell is the user name, the fifth the grade.
    assert {row[1]: row[4] for row in rows[3:]} == {"adal": "7.13", "kim2": "4.00", "evil": "1.00"}
    assert rows[5][2] == "'=1+2"
    assert (done.unknown, done.absent) == (["bob"], ["Lee, Kim"])
    assert any("ours are 10 points" in note for note in done.notes)


@pytest.mark.parametrize(
    ("given", "text", "message"),
    [
        ({("adal", LESSON): mark(1), ("adal", "12_long_memory"): mark(1)}, GRADES, "is for one lesson"),
        ({("adal", LESSON): mark(1)}, "a,b,c\n1,2,3\n4,5,6\n7,8,9\n", "is not Sakai's grades.csv"),
        ({("adal", LESSON): mark(1)}, None, "needs its own grades.csv"),
    ],
)
def test_a_file_that_is_not_sakais_gets_a_clear_error(grades, tmp_path, given, text, message):
    grades.write_text(text or "", encoding="utf-8")
    with pytest.raises(ClassError, match=message):
        sakai.write_marks(tmp_path / "out.csv", ClassMarks(given), grades if text else None)
