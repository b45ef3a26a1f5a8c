"""However broken one entry of a download is, the others are imported, and it ends in a named state with its reason."""

import io
import json
import os
import re
import stat
import zipfile

import pytest

from grader.base.paths import course_root
from grader.classroom import choosing, intake
from grader.classroom.class_report import write_report
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.grades import write_grades
from grader.classroom.grading import grade_class
from grader.classroom.intake import placing
from grader.classroom.judging import judge
from grader.classroom.names import MOST_BYTES, safe_name
from grader.classroom.submissions import Submissions
from tests.support.crews import Here, judge_of
from tests.support.downloads import MOODLE, notebook, received, submissions, take_in, unidentified, zipped

GOOD = {MOODLE.format("Ada", 1): notebook("ada"), MOODLE.format("Zoë", 2): notebook("zoë")}
EVE = MOODLE.format("Eve", 66)


def entry(name, **more):
    info = zipfile.ZipInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info


def spoilt(path, name, spoil):
    """A zip in which the entry `name` is spoilt by a function of the zip's bytes, and of where its two headers begin."""
    data = bytearray(path.read_bytes())
    name = name.encode()
    local = data.index(name) - 30
    central = data.rindex(name) - 46
    spoil(data, local, central)
    path.write_bytes(data)
    return path


def wrong_checksum(data, local, central):
    data[local + 30 + len(EVE) + 5] ^= 1


def odd_compression(data, local, central):
    data[local + 8] = data[central + 10] = 99


def password(data, local, central):
    data[local + 6] |= 1
    data[central + 8] |= 1


def lost(data, local, central):
    data[central + 42 : central + 46] = (2**31).to_bytes(4, "little")


def cut_short(data, local, central):
    data[central + 20 : central + 24] = data[central + 24 : central + 28] = (10**7).to_bytes(4, "little")


@pytest.mark.parametrize("spoil", [wrong_checksum, odd_compression, password, lost, cut_short])
def test_a_damaged_entry_is_its_owners_alone(tmp_path, spoil):
    path = spoilt(zipped(tmp_path / "d.zip", {**GOOD, EVE: notebook("eve")}), EVE, spoil)
    place, _ = intake.course_folder(course_root(), path, tmp_path / "class")
    found = received(take_in(tmp_path, {MOODLE.format("Dan", 9): notebook("dan")})[0])
    assert found["Eve"]["problem"].startswith("it could not be read: 03_gates.ipynb")
    assert found["Ada"]["problem"] == ""
    assert (place / "submitted" / "Zoë" / "03_gates" / "03_gates.ipynb").exists()


@pytest.mark.parametrize(
    ("info", "problem"),
    [
        (entry(EVE, external_attr=(stat.S_IFLNK | 0o777) << 16), "it is a link"),
        (entry(EVE, external_attr=(stat.S_IFIFO | 0o777) << 16), "not an ordinary file"),
    ],
)
def test_what_is_no_file_is_said(tmp_path, info, problem):
    folder, _ = take_in(tmp_path, {**GOOD, info: "/etc/passwd"})
    assert submissions(folder) == {"Ada": "ada", "Eve": None, "Zoë": "zoë"}
    assert problem in received(folder)["Eve"]["problem"]


def test_of_two_entries_of_one_name_one_is_taken_and_the_other_said(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        folder, _ = take_in(tmp_path, [*GOOD.items(), (EVE, notebook("1")), (EVE, notebook("2"))])
    assert submissions(folder)["Eve"] in ("1", "2")
    assert "of 2 notebooks" in received(folder)["Eve"]["note"]


ODD_NAMES = {
    "名" * 90: "名" * (MOST_BYTES // 3),
    "a" * 300: "a" * MOST_BYTES,
    "é" * 200: "é" * (MOST_BYTES // 2),
    "CON": "_CON",
    "nul.txt": "_nul.txt",
    "COM1": "_COM1",
    "Bob.": "Bob",
    " Bob . ": "Bob",
    "..": "_",
    "???": "___",
    "a\x00b": "a_b",
    "a\x1b[31mb": "a_[31mb",
    "a\u202egnp": "a_gnp",
    "\ud800x": "_x",
    "...": "_",
    "Zoe\u0308": "Zoë",
    "میرزا\u200cخانی": "میرزا\u200cخانی",
    'Robert "Bobby"': "Robert _Bobby_",
    ".hidden": "hidden",
    "a\nb\tc": "a_b_c",
    "x" * 200 + ".ipynb": "x" * (MOST_BYTES - 6) + ".ipynb",
}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_is_made_fit_and_stays_readable(name):
    assert safe_name(name) == ODD_NAMES[name]
    assert len(safe_name(name).encode()) <= MOST_BYTES + 1
    assert safe_name(safe_name(name)) == safe_name(name)


def test_every_odd_name_is_a_student_of_its_own(tmp_path):
    # A zip cannot hold half a character, or a name with a zero in it; slashes separate folders.
    names = [name for name in ODD_NAMES if "\ud800" not in name and "\0" not in name]
    files = {MOODLE.format(name, n): notebook(str(n)) for n, name in enumerate(names)}
    folder, _ = take_in(tmp_path, {**files, **GOOD})
    assert sorted(filter(str.isdigit, submissions(folder).values())) == sorted(map(str, range(len(names))))


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a/b"),
        ("A.txt", "a.txt"),
        ("a/b", "a"),
        ("A/x", "a/y"),
        ("x" * 300 + "1.txt", "x" * 300 + "2.txt"),
        ("/".join("d" * 30) + "/f.txt", "ok.txt"),
        ("/".join(["d" * 100] * 15) + "/f.txt", "ok.txt"),
        ("timestamp.txt", "ok.txt"),
        ("TIMESTAMP.TXT", "03_GATES.ipynb.d/x"),
        ("submission_secret.txt", "journal.jsonl"),
        ("nul", "con.txt"),
        ("timestamp.txt/x", "Timestamp.txt./y"),
        ("03_gates.ipynb/x", "submission_secret.txt/y"),
    ],
)
def test_files_beside_a_notebook_stand_beside_each_other_or_are_said(tmp_path, names):
    files = {f"Eve_66_assignsubmission_file_/{name}": f"file {n}" for n, name in enumerate(names)}
    folder, _ = take_in(tmp_path, {**GOOD, **files, EVE: notebook("eve")})
    place, note = folder.submitted("Eve", "03_gates"), received(folder)["Eve"]["note"]
    texts = sorted(p.read_text() for p in place.rglob("*") if p.is_file() and p.suffix != ".ipynb")
    left = note.count("left out")
    assert len(texts) + left == len(names)
    assert submissions(folder) == {"Ada": "ada", "Eve": "eve", "Zoë": "zoë"}


def test_a_students_own_timestamp_makes_nobody_earlier(tmp_path):
    files = {**GOOD, EVE: notebook("eve"), "Eve_66_assignsubmission_file_/timestamp.txt": "2020-01-01 00:00:00 UTC"}
    folder, _ = take_in(tmp_path, files)
    assert Submissions(folder).at("Eve", "03_gates").submitted is None
    assert "timestamp.txt: the grader needs this name" in received(folder)["Eve"]["note"]


@pytest.mark.parametrize("name", ["timestamp.txt", "03_gates.ipynb"])
def test_a_folder_called_as_a_file_of_ours_stops_nobody_whenever_it_comes(tmp_path, name):
    odd = {f"Eve_66_assignsubmission_file_/{name}/x": "x", "Eve_66_assignsubmission_file_/essay.pdf": "x"}
    take_in(tmp_path, {**GOOD, **odd})
    folder, _ = take_in(tmp_path, {EVE: notebook("eve"), **GOOD})
    assert submissions(folder) == {"Ada": "ada", "Eve": "eve", "Zoë": "zoë"}


@pytest.mark.parametrize(
    "name", ["Eve", "Eve/03_gates", "Eve/03_gates/03_gates.ipynb/x", "Eve/03_gates/timestamp.txt/x"]
)
def test_what_is_in_the_way_by_hand_costs_its_owner_alone_and_is_said(tmp_path, name):
    files = {f"{student}/03_gates.ipynb": notebook(student) for student in ("Eve", "Yan", "Zoë")}
    place = tmp_path / "class" / "submitted" / name
    place.parent.mkdir(parents=True)
    place.write_text("")
    folder, notes = take_in(tmp_path, files)
    assert {folder.submitted(s, "03_gates").joinpath("03_gates.ipynb").read_bytes() for s in ("Yan", "Zoë")} == {
        notebook("Yan"),
        notebook("Zoë"),
    }
    assert name == "Eve" or any("Eve: the submission of 03_gates could not be written" in note for note in notes)


def test_a_linked_folder_leads_no_file_out_of_a_submission(tmp_path):
    place, home = tmp_path / "class" / "submitted" / "Eve" / "03_gates", tmp_path / "home"
    home.mkdir()
    place.mkdir(parents=True)
    (place / "d").symlink_to(home)
    files = {
        "Eve/03_gates.ipynb": notebook("eve"),
        "Eve/d/evil.txt": "x",
        "Eve/d/e/evil.txt": "x",
        "Zoë/x.ipynb": notebook(),
    }
    folder, notes = take_in(tmp_path, files)
    assert not list(home.iterdir())
    assert submissions(folder)["Eve"] == "eve"
    assert any("d/evil.txt" in note and "a link" in note for note in notes)


def test_many_or_large_files_are_left_out_of_their_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "MOST_FILES", 20)
    files = {f"Eve_66_assignsubmission_file_/d/{n}.txt": "x" for n in range(30)}
    folder, _ = take_in(tmp_path, {**GOOD, EVE: notebook("eve"), **files})
    assert submissions(folder) == {"Ada": "ada", "Eve": "eve", "Zoë": "zoë"}
    assert "30 files besides the notebook" in received(folder)["Eve"]["note"]


# ---------------------------------------------------------------------------------------------------------- other forms


def inner(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("03_gates.ipynb.json", notebook("eve"), "the file was called 03_gates.ipynb.json"),
        ("03_gates.ipynb.txt", notebook("eve"), "the file was called 03_gates.ipynb.txt"),
        ("03_GATES.IPYNB", notebook("eve"), "the file was called 03_GATES.IPYNB"),
        ("03_gates.ipynb (1).json", notebook("eve"), "the file was called 03_gates.ipynb (1).json"),
        (
            "a.zip",
            inner({"homework/03_gates.ipynb": notebook("eve")}),
            "the file was called a.zip/homework/03_gates.ipynb",
        ),
        (
            "A.ZIP",
            inner({"x.ipynb": notebook("eve"), "../../evil.txt": "x", "d.csv": "1"}),
            "the file was called A.ZIP/x.ipynb",
        ),
    ],
)
@pytest.mark.parametrize("by_hand", [False, True])
def test_a_notebook_in_another_form_is_found_and_the_form_said(tmp_path, name, content, note, by_hand):
    folder, _ = take_in(tmp_path, {**GOOD, **({} if by_hand else {f"Eve_66_assignsubmission_file_/{name}": content})})
    if by_hand:
        folder.submitted("Eve", "03_gates").mkdir(parents=True)
        (folder.submitted("Eve", "03_gates") / name).write_bytes(content)
    read = Submissions(folder).at("Eve", "03_gates").read()
    assert json.loads(read.notebook)["text"] == "eve"
    assert note in read.note
    assert not list(tmp_path.rglob("evil.txt")) or (folder.submitted("Eve", "03_gates") / "evil.txt").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"PK\x03\x04 no zip", "a.zip is damaged"),
        (inner({f"{n}.txt": "" for n in range(30)}), "holds 30 files"),
        (inner({"03_gates.ipynb": b"0" * 3_000_000}), None),
        (inner({"b.zip": inner({"03_gates.ipynb": notebook()})}), None),
        (inner({"essay.pdf": "x"}), None),
    ],
)
def test_a_zip_that_holds_no_notebook_or_a_bomb_costs_little(tmp_path, monkeypatch, content, problem):
    monkeypatch.setattr(choosing, "MOST_IN_A_ZIP", 20)
    folder, _ = take_in(tmp_path, {**GOOD, "Eve_66_assignsubmission_file_/a.zip": content})
    assert received(folder)["Ada"]["problem"] == ""
    if problem:
        assert problem in received(folder)["Eve"]["problem"]
        assert problem in Submissions(folder).at("Eve", "03_gates").read().problem


def test_of_many_damaged_notebooks_few_are_tried(tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(choosing, "_fit", lambda candidate, lesson: (looked.append(candidate.path), (-1, -1))[1])
    packed = bytearray(inner({f"{n}.ipynb": notebook() for n in range(100)}))
    for header in re.finditer(rb"PK\x01\x02", bytes(packed)):
        packed[header.start() + 16] ^= 1  # the checksum
    folder, _ = take_in(tmp_path, {**GOOD, "Eve_66_assignsubmission_file_/a.zip": bytes(packed)})
    assert "is damaged" in received(folder)["Eve"]["problem"]
    assert len(looked) <= choosing.MOST_TRIED * choosing.MOST_LOOKED_INTO


def test_one_students_many_notebooks_do_not_move_the_others_to_another_lesson(tmp_path):
    many = {f"Eve_66_assignsubmission_file_/{n}/04_candidate_and_blend.ipynb": notebook(str(n)) for n in range(5)}
    folder, _ = take_in(tmp_path, {**GOOD, **many, "Dan_7_assignsubmission_file_/essay.pdf": "x"})
    assert received(folder)["Dan"]["lesson"] == "03_gates"


def test_of_two_notebooks_the_one_with_more_answers_is_taken_then_the_last_version(tmp_path):
    eve = "Eve_66_assignsubmission_file_/{}.ipynb"
    files = {eve.format("03_gates"): notebook("blank"), eve.format("final"): notebook("full", 3), eve.format("x"): b"{"}
    folder, _ = take_in(tmp_path, {**GOOD, **files})
    assert submissions(folder)["Eve"] == "full"
    assert "of 3 notebooks, final.ipynb was graded and not" in received(folder)["Eve"]["note"]
    dan = "Dan_67_assignsubmission_file_/{}.ipynb"
    files = {dan.format(f"03_gates{n}"): notebook(f"v{n}", 2) for n in ("", " (1)", " (2)")}
    folder, _ = take_in(tmp_path, {**GOOD, **files})
    assert submissions(folder)["Dan"] == "v (2)"


def test_notebooks_in_are_submissions_and_what_is_said(tmp_path):
    """Nothing is dropped silently."""
    names = [
        "ada/03_gates.ipynb",
        "ada/old/03_gates.ipynb",
        "bob/04_candidate_and_blend.ipynb",
        "bob/x.ipynb",
        "eve.ipynb",
        "cyd/x.ipynb",
    ]
    folder, notes = take_in(tmp_path, {name: notebook(name) for name in names})
    kept = {place for place in Submissions(folder)}
    said = " ".join([*notes, *(entry["note"] for entry in folder.journal.entries("received"))])
    assert (
        len(kept)
        + sum(name.partition("/")[2] in said for name in ("ada/old/03_gates.ipynb",))
        + len(unidentified(folder))
        == 6
    )
    assert "eve.ipynb" in said


# --------------------------------------------------------------------------------------------------- folders made by hand


def test_a_linked_notebook_in_a_folder_is_not_followed_and_said(tmp_path):
    (tmp_path / "in" / "eve").mkdir(parents=True)
    (tmp_path / "in" / "ada").mkdir()
    (tmp_path / "in" / "ada" / "03_gates.ipynb").write_bytes(notebook("ada"))
    (tmp_path / "secret.ipynb").write_bytes(notebook("secret"))
    (tmp_path / "in" / "eve" / "03_gates.ipynb").symlink_to(tmp_path / "secret.ipynb")
    os.mkfifo(tmp_path / "in" / "ada" / "pipe")
    place, _ = intake.course_folder(course_root(), tmp_path / "in", tmp_path / "class")
    folder = take_in(tmp_path, GOOD)[0]
    assert submissions(folder)["eve"] is None
    assert "it is a link" in received(folder)["eve"]["problem"]
    assert "it is not an ordinary file" in received(folder)["ada"]["note"]
    assert place == folder.root


def test_names_of_folders_that_are_no_unicode_stay_as_many(tmp_path):
    for name in (b"M\xfcller", b"M\xf6ller", b"ada"):
        place = os.path.join(os.fsencode(tmp_path), b"in", name)
        os.makedirs(place)
        with open(os.path.join(place, b"03_gates.ipynb"), "wb") as f:
            f.write(notebook(repr(name)))
    place, _ = intake.course_folder(course_root(), tmp_path / "in", tmp_path / "class")
    assert sorted(submissions(ClassFolder(place)).values()) == ["b'M\\xf6ller'", "b'M\\xfcller'", "b'ada'"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The rows of a class with folders of odd names, and with a download of which some entries are odd."""
    where = tmp_path_factory.mktemp("odd")
    make_class(course_root(), where / "class", 1, ["03"])
    submitted = where / "class" / "submitted"
    for name in (b"Zo\xeb", b"a\x1b[31mb", b"a\nb", b"x" * 250):
        place = os.path.join(os.fsencode(submitted), name, b"03_gates")
        os.makedirs(place)
        with open(os.path.join(place, b"03_gates.ipynb"), "wb") as f:
            f.write(notebook())
    for place in submitted.glob("x*/03_gates"):
        with open(os.path.join(os.fsencode(place), b"\xff.csv"), "wb") as f:
            f.write(b"1")
    files = {**GOOD, "03_gates.ipynb": notebook(), EVE: notebook(), "Dan_7_assignsubmission_file_/essay.pdf": "x"}
    path = spoilt(zipped(where / "d.zip", files), EVE, password)
    intake.course_folder(course_root(), path, where / "class")
    not_run = dict.fromkeys(("Dan", "Eve"), lambda job: judge(job, None))
    rows = grade_class(
        course_root(), where / "class", workers=Here(lambda job: not_run.get(job.student, judge_of())(job))
    )
    return where / "class", rows


def test_every_odd_folder_below_submitted_ends_in_a_row_and_all_can_be_written(graded, tmp_path):
    folder, rows = graded
    assert next(row.state for row in rows if row.student == "x" * 250) == "graded"
    assert sorted(row.student for row in rows if row.state == "unidentified") == [
        "03_gates.ipynb",
        "Zo�",
        "a�b",
        "a�b",
    ]
    assert all(row.mark is None for row in rows if row.state == "unidentified")
    write_grades(tmp_path / "grades.csv", rows)
    write_report(folder, rows)


def test_problems_become_states_with_their_reasons(graded):
    found = {row.student: row for row in graded[1]}
    assert found["Dan"].state == "missing notebook" and "essay.pdf" in found["Dan"].reason
    assert found["Eve"].state == "unreadable" and "it has a password" in found["Eve"].reason
    assert found["Ada"].state == found["Zoë"].state == "graded"
    assert "not clear whose" in found["03_gates.ipynb"].reason and "--people" in found["03_gates.ipynb"].reason
    assert found["Ada"].submitted is None and found["Ada"].mark.seconds_late == 0
