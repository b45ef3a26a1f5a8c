"""Downloads of every system we know: whose each file is, and that nobody can become another person by a name."""

import zipfile

import pytest

from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import intake
from grader.classroom.lms import LAYOUTS
from grader.classroom.submissions import Submissions
from tests.support.downloads import (
    BLACKBOARD,
    BRIGHTSPACE,
    MOODLE,
    notebook,
    received,
    submissions,
    take_in,
    unidentified,
)


@pytest.mark.parametrize(
    ("names", "students"),
    [
        # Moodle: folders, flat names, teams, online text, with and without the last underscore, below folders.
        ([MOODLE.format("Ada A", 11), MOODLE.format("Bob B", 12)], {"Ada A", "Bob B"}),
        (["Ada A_11_assignsubmission_file/03_gates.ipynb"], {"Ada A"}),
        (["Ada A_11_assignsubmission_file_03_gates.ipynb", "Bob_12_assignsubmission_file_x_y.ipynb"], {"Ada A", "Bob"}),
        (["Default team_assignsubmission_file_/03_gates.ipynb", MOODLE.format("Team 2", 5)], {"Default team", "Team 2"}),
        (["HW/x/" + MOODLE.format("Ada", 1), "HW/x/" + MOODLE.format("Bob", 2), "HW/readme.txt"], {"Ada", "Bob"}),
        ([MOODLE.format("李 明", 1), MOODLE.format("Ανδρέας", 2), MOODLE.format("👩‍🔬 Zoë", 3)], {"李 明", "Ανδρέας", "👩‍🔬 Zoë"}),
        # Canvas.
        (["lovelaceada_12345_67890_03_gates-1.ipynb"], {"lovelaceada_12345"}),
        (["ada_lovelace_LATE_12345_67890_homework.ipynb", "bob_12_9_03_gates.ipynb"], {"ada_lovelace_12345", "bob_12"}),
        (["lovelaceada_12345_67890_12_gru_vs_lstm.ipynb"], {"lovelaceada_12345"}),
        (["anon_Qr3xZ_67893_03_gates.ipynb", "LATE_anon_Ab9_68_x.ipynb"], {"anon_Qr3xZ", "anon_Ab9"}),
        (["anon_12345_67893_03_gates.ipynb", "anon_Qr3xZ_5_03_gates.ipynb"], {"anon_12345", "anon_Qr3xZ"}),
        (["bob_12_9_03_gates.ipynb", "ada_77_text.html", "eve_LATE_78_link.html"], {"bob_12", "ada_77", "eve_78"}),
        # Brightspace, flat and in folders, in other orders of the date.
        ([f"{BRIGHTSPACE.format(1, 'Ada A')} - 03_gates.ipynb", "index.html"], {"Ada A"}),
        ([f"{BRIGHTSPACE.format(1, 'Ada A')}/03_gates.ipynb", f"{BRIGHTSPACE.format(2, 'Bob')}/x.pdf"], {"Ada A", "Bob"}),
        (["1-2 - Ada - 20 November 2026 310 PM - a.ipynb", "2-2 - Bob - 20 nov., 2026 10:30 - a.ipynb"], {"Ada", "Bob"}),
        # Blackboard: the text beside the files tells where the title ends.
        ([f"{BLACKBOARD.format('adal', '2026-11-20-10-30-00')}_03_gates.ipynb",
          f"{BLACKBOARD.format('bob', '2026-11-20-10-31-00')}.txt"], {"adal", "bob"}),
        # No system: folders, files, sections, lessons' folders, folders in folders.
        (["HW3/ada/03_gates.ipynb", "HW3/bob/x.ipynb", "HW3/roster.csv"], {"ada", "bob"}),
        (["HW3/ada.ipynb", "HW3/bob.ipynb", "HW3/cyd.ipynb"], {"ada", "bob", "cyd"}),
        (["ada_03_gates.ipynb", "03_gates-bob.ipynb", "notes.txt"], {"ada", "bob"}),
        (["A/ada/03_gates.ipynb", "A/cyd/03_gates.ipynb", "B/bob/03_gates.ipynb"], {"ada", "bob", "cyd"}),
        (["X/Y/A/ada/x.ipynb", "X/Y/A/cyd/x.ipynb", "X/Y/B/bob/x.ipynb", "X/Y/B/dan/x.ipynb"], {"ada", "bob", "cyd", "dan"}),
        (["ada/03_gates/03_gates.ipynb", "bob/03_gates/03_gates.ipynb", "bob/03_gates/a.csv"], {"ada", "bob"}),
        (["ada/week/x.ipynb", "bob/week/x.ipynb", "cyd/week/x.ipynb"], {"ada", "bob", "cyd"}),
        (["03_gates/ada/x.ipynb", "03_gates/bob/x.ipynb"], {"ada", "bob"}),
        (["ada/x.ipynb", "bob/x.ipynb", "cyd/essay.pdf"], {"ada", "bob", "cyd"}),
        # What is deep in one student's folder makes nobody else of anybody.
        (["ada/x.ipynb", "bob/x.ipynb", "eve/a/03_gates.ipynb", "eve/b/03_gates.ipynb"], {"ada", "bob", "eve"}),
        (["ada/x.ipynb", "bob/x.ipynb", f"eve/{MOODLE.format('ada', 1)}", "eve/submitted/ada/x.ipynb"], {"ada", "bob", "eve"}),
        ([MOODLE.format("Ada", 1), f"Eve_2_assignsubmission_file_/{MOODLE.format('Ada', 1)}"], {"Ada", "Eve"}),
        ([MOODLE.format("Ada", 1), MOODLE.format("Ada_1_assignsubmission_file_", 66)], {"Ada", "Ada_1_assignsubmission_file_"}),
    ],
)  # fmt: skip
def test_every_notebook_has_its_owner(tmp_path, names, students):
    folder, _ = take_in(tmp_path, {name: notebook(name) if name.endswith("ipynb") else b"x" for name in names})
    assert set(submissions(folder)) == students
    assert unidentified(folder) == []


@pytest.mark.parametrize(
    ("names", "nobodys", "students"),
    [
        # A name with Canvas's numbers in it, or a file's name, could make one person another.
        (["ada_12345_66_67890_03_gates.ipynb", "bob_7_8_03_gates.ipynb"], {"ada_12345_66_67890_03_gates.ipynb"}, {"bob_7"}),
        (["ada_12345_66_67890_text.html", "bob_7_8_03_gates.ipynb"], set(), {"bob_7"}),
        (["ada_1_assignsubmission_file_x_66_assignsubmission_file_y.ipynb", "bob_2_assignsubmission_file_y.ipynb"],
         {"ada_1_assignsubmission_file_x_66_assignsubmission_file_y.ipynb"}, {"bob"}),
        ([MOODLE.format("Ada", 1), MOODLE.format("Bob", 2), "03_gates.ipynb"], {"03_gates.ipynb"}, {"Ada", "Bob"}),
        (["ada/x.ipynb", "bob/x.ipynb", "cyd.ipynb"], {"cyd.ipynb"}, {"ada", "bob"}),
        (["kim.ipynb", "kim (1).ipynb", "bob.ipynb"], {"kim.ipynb", "kim (1).ipynb"}, {"bob"}),
        (["ada.ipynb", "bob.ipynb", "cyd.ipynb", "03_gates.ipynb"], {"03_gates.ipynb"}, {"ada", "bob", "cyd"}),
        (["../ada/x.ipynb", "bob/x.ipynb", "cyd/x.ipynb"], {"../ada/x.ipynb"}, {"bob", "cyd"}),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_a_row_of_its_own_and_the_others_are_taken_in(tmp_path, names, nobodys, students):
    folder, notes = take_in(tmp_path, {name: notebook(name) for name in names})
    assert set(unidentified(folder)) >= nobodys
    assert set(submissions(folder)) == students
    assert all(any(name in note for note in notes) for name in nobodys)


@pytest.mark.parametrize(
    "names",
    [
        ["HW/03_gates.ipynb", "HW/ada.ipynb", "HW/bob.ipynb"],
        ["03_gates.ipynb", "03_gates (1).ipynb", "03_gates (2).ipynb"],
        ["A/ada.ipynb", "A/cyd.ipynb", "B/bob.ipynb"],
        ["A/ada/x.ipynb", "B/bob/x.ipynb"],
        ["HW/03_gates/ada/x.ipynb", "HW/03_gates/bob/x.ipynb", "HW/05_gru_cell/bob/x.ipynb"],
        ["A/ada/x.ipynb", "A/cyd/x.ipynb", "B/bob/x.ipynb", "B/ada/x.ipynb"],
        ["ada/x.ipynb", "bob/x.ipynb", "cyd.ipynb", "dan.ipynb"],
        [MOODLE.format("Ada", 1), MOODLE.format("Bob", 2), "cyd/x.ipynb", "dan/x.ipynb"],
    ],
)
def test_a_download_that_cannot_be_told_lists_its_files_and_both_ways_out(tmp_path, names):
    with pytest.raises(ClassError, match=r"(?s)(cannot be told|mix).*\.ipynb.*--layout.*--people") as e:
        take_in(tmp_path, {name: notebook() for name in names})
    assert any(name in str(e.value) for name in names)


@pytest.mark.parametrize("form", ["{0}/{1}/{0:.1}.ipynb", "{}/{}.ipynb", "{0}/{1}/{0:.2}.ipynb"])
def test_folders_of_lessons_hold_the_same_students(tmp_path, form):
    names = [form.format("03_gates", "ada"), form.format("05_gru_cell", "ada"), form.format("05_gru_cell", "bob")]
    folder, _ = take_in(tmp_path, {name: notebook(name) for name in names})
    assert set(Submissions(folder)) == {("ada", "03_gates"), ("ada", "05_gru_cell"), ("bob", "05_gru_cell")}


@pytest.mark.parametrize(
    ("layout", "students"),
    [("sections", {"ada", "cyd", "bob"}), ("folders", {"A", "B"})],
)
def test_the_instructor_says_which_layout_it_is(tmp_path, layout, students):
    files = {name: notebook(name) for name in ("A/ada.ipynb", "A/cyd.ipynb", "B/bob.ipynb")}
    folder, _ = take_in(tmp_path, files, layout=layout)
    assert set(submissions(folder)) == students
    with pytest.raises(ClassError, match=", ".join(LAYOUTS)):
        take_in(tmp_path, files, layout="piles")


def test_who_the_instructor_says_wins_over_everything(tmp_path):
    files = {
        "HW/a/x.ipynb": notebook("a"),
        "HW/b/x.ipynb": notebook("b"),
        "HW/x1.ipynb": notebook("c"),
        "HW/n.txt": b"",
    }
    (tmp_path / "people.csv").write_text(
        "Folder;Student;Time\nHW/a;Ada Lovelace;2026-11-20T10:00+01:00\nb;Bob;\nx1.ipynb;Cyd;\nnone;Nobody;\n"
    )
    folder, notes = take_in(tmp_path, files, people=tmp_path / "people.csv")
    assert submissions(folder) == {"Ada Lovelace": "a", "Bob": "b", "Cyd": "c"}
    assert received(folder)["Ada Lovelace"]["submitted"] == "2026-11-20T09:00:00"
    assert any("none" in note for note in notes) and any("n.txt" in note for note in notes)


@pytest.mark.parametrize("above", ["", "HW/"])
@pytest.mark.parametrize("eve", ["eve,Eve\n", ""])
def test_a_folder_within_a_students_own_is_not_what_the_instructor_speaks_of(tmp_path, above, eve):
    files = {
        "bob/x.ipynb": notebook("bob"),
        "eve/x.ipynb": notebook("eve", 2),
        "eve/bob/x.ipynb": notebook("eve as bob", 1),
    }
    (tmp_path / "people.csv").write_text(f"file,student\nbob,Bob\n{eve}")
    files = {"readme.txt": "", **{above + name: text for name, text in files.items()}}
    folder, _ = take_in(tmp_path, files, people=tmp_path / "people.csv")
    assert submissions(folder)["Bob"] == "bob"
    assert "eve" in submissions(folder).values()


def test_what_was_unclear_is_settled_once_the_instructor_has_said_it(tmp_path):
    files = {"ada_12345_66_67890_03_gates.ipynb": notebook("a"), "bob_7_8_03_gates.ipynb": notebook("b")}
    folder, _ = take_in(tmp_path, files)
    assert unidentified(folder) == ["ada_12345_66_67890_03_gates.ipynb"]
    (tmp_path / "people.csv").write_text("file,student\nada_12345_66_67890_03_gates.ipynb,Ada\n")
    folder, _ = take_in(tmp_path, files, people=tmp_path / "people.csv")
    assert unidentified(folder) == []
    assert submissions(folder) == {"Ada": "a", "bob_7": "b"}


def test_another_download_of_the_lesson_settles_nothing_and_a_newer_one_of_that_name_does(tmp_path):
    odd, good = "ada_12345_66_67890_03_gates.ipynb", "bob_7_8_03_gates.ipynb"
    take_in(tmp_path, {odd: notebook("a"), good: notebook("b")}, "section A.zip")
    folder, _ = take_in(tmp_path, {"cyd_9_9_03_gates.ipynb": notebook("c")}, "section B.zip")
    assert unidentified(folder) == [odd]
    folder, _ = take_in(tmp_path, {good: notebook("b")}, "section A.zip")
    assert unidentified(folder) == []


def test_a_name_that_can_be_read_in_many_ways_is_told_in_few_words(tmp_path):
    odd = f"eve_66_901_{'_'.join('1' * 5000)}_.ipynb"
    folder, _ = take_in(tmp_path, {odd: notebook("a"), "bob_7_8_03_gates.ipynb": notebook("b")})
    assert submissions(folder) == {"bob_7": "b"}
    assert len(Submissions(folder).unidentified[0].reason) < 2 * len(odd)


def test_neither_next_weeks_download_of_that_name_nor_a_file_of_that_name_settles_what_is_unclear(tmp_path):
    odd, known = {"03_gates.ipynb": notebook("odd")}, {MOODLE.format("Ada", 1): notebook("a")}
    take_in(tmp_path, {**odd, **known, MOODLE.format("Bob", 2): notebook("b")}, "submissions.zip")
    next_week = [f"{name}_9_assignsubmission_file_/04_candidate_and_blend.ipynb" for name in ("Ada", "Bob")]
    stale = {"Ada_9_assignsubmission_file_/03_gates.ipynb": notebook("c")}
    take_in(tmp_path, {**dict.fromkeys(next_week, notebook()), **stale}, "submissions.zip")
    take_in(tmp_path, {MOODLE.format("Ada", 1): notebook("odd too")}, "another.zip")
    folder, _ = take_in(tmp_path, {"03_gates.ipynb": notebook("other"), **known, MOODLE.format("Bob", 2): b""}, "B.zip")
    assert unidentified(folder) == ["03_gates.ipynb", "03_gates.ipynb"]
    (tmp_path / "people.csv").write_text("file,student\nstray/03_gates.ipynb,Cyd\n")
    more = {f"x/{name}": text for name, text in known.items()} | {"x/stray/03_gates.ipynb": notebook("odd")}
    more |= {f"x/{MOODLE.format('Bob', 2)}": notebook("b")}
    folder, _ = take_in(tmp_path, more, "again.zip", people=tmp_path / "people.csv")
    assert unidentified(folder) == ["03_gates.ipynb"]
    assert submissions(folder)["Cyd"] == "odd"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,student\n", "is empty"),
        ("who,what\na,b\n", "columns file .or folder. and student"),
        ("file,student\na,Ada\na,Bob\n", "gives a to Ada and to Bob"),
        ("file,student,time\na,Ada,soon\n", "'soon' is no time"),
        (b"\xff\xff\xff", "not in UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path, text, message):
    if text is not None:
        (tmp_path / "people.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ClassError, match=message):
        take_in(tmp_path, {"a/x.ipynb": notebook()}, people=tmp_path / "people.csv")


def test_a_name_without_the_zips_utf_8_flag_is_read(tmp_path):
    path = MOODLE.format("José Müller", 12)
    zipped = zipfile.ZipFile(tmp_path / "z.zip", "w")
    with zipped as z:
        z.writestr(path, notebook())
    data = bytearray((tmp_path / "z.zip").read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags + 1] &= ~0x08
    (tmp_path / "z.zip").write_bytes(data)
    place, _ = intake.course_folder(course_root(), tmp_path / "z.zip", tmp_path / "class")
    assert [p.name for p in (place / "submitted").iterdir()] == ["José Müller"]
