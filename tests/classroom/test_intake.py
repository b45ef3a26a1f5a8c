"""Importing an LMS's download: owner, lesson and time of each file; and nothing escapes from a zip."""

import json
import stat
import zipfile

import pytest

from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import intake
from grader.classroom.folder import ClassFolder
from grader.classroom.intake import archive
from grader.classroom.submissions import Submissions

KNOWN = {"03_gates": {"sigmoid", "check_sigmoid"}, "04_cell": {"gru_cell", "check_gru_cell"}}


@pytest.fixture(autouse=True)
def lessons(monkeypatch):
    monkeypatch.setattr(intake, "known_lessons", lambda root: KNOWN)


def notebook(*grade_ids, text="1"):
    cells = [
        {"cell_type": "code", "source": text, "metadata": {"nbgrader": {"grade_id": i}}, "outputs": []}
        for i in grade_ids
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def export(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as z:
        for name, content in files.items():
            z.writestr(name, content)
    return path


def take_in(path, **more):
    folder, notes = intake.course_folder(course_root(), path, **more)
    found = {}
    for p in sorted((folder / "submitted").rglob("*")):
        if p.is_file() and p.name != "timestamp.txt":
            found[p.relative_to(folder / "submitted").as_posix()] = p.read_text()
    return found, notes


def received(folder):
    """The journal's last entry about each student."""
    return {student: entry for (student,), entry in ClassFolder(folder).journal.latest("received", "student").items()}


MOODLE = "Ada Lovelace_12345_assignsubmission_file_"


@pytest.mark.parametrize("pack", [export, lambda path, files: zipped(path / "export.zip", files)])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{MOODLE}/03_gates.ipynb", "Ada Lovelace/03_gates"),
        (f"{MOODLE}03_gates.ipynb", "Ada Lovelace/03_gates"),
        ("lovelaceada_LATE_12345_67890_03_gates-1.ipynb", "lovelaceada_12345/03_gates"),
        ("lovelaceada_12345_67890_homework.ipynb", "lovelaceada_12345/03_gates"),
        ("ada/03_gates (1).ipynb", "ada/03_gates"),
        ("export/ada/anything.ipynb", "ada/03_gates"),
        ("ada_03_gates.ipynb", "ada/03_gates"),
        ("03 Gates - Zoë.ipynb", "03 Gates - Zoë/03_gates"),
        ("ada/03_gates/03_gates.ipynb", "ada/03_gates"),
    ],
)
def test_whose_it_is_and_which_lesson(tmp_path, pack, name, expected):
    (tmp_path / "in").mkdir()
    path = pack(tmp_path / "in", {name: notebook("sigmoid")})
    found, _ = take_in(path, out=tmp_path / "out")
    assert list(found) == [f"{expected}/03_gates.ipynb"]


@pytest.mark.parametrize(
    ("name", "layout", "expected"),
    [
        ("top/{}_12_assignsubmission_file_/03_gates.ipynb", "moodle", "{}"),
        ("top/submitted/{}/03_gates/03_gates.ipynb", None, "{}"),
    ],
)
def test_what_lies_below_a_folder_is_a_students_unless_it_is_one_alone(tmp_path, name, layout, expected):
    """One student's folder, handed on by itself, must not tell who they are by what they put into it."""
    both = {name.format(student): notebook("sigmoid") for student in ("Ada", "Bob")}
    found, _ = take_in(export(tmp_path / "both", both), out=tmp_path / "of both")
    assert list(found) == [f"{expected.format(student)}/03_gates/03_gates.ipynb" for student in ("Ada", "Bob")]
    alone = export(tmp_path / "alone", {name.format("Bob"): notebook("sigmoid")})
    with pytest.raises(ClassError, match="could be a student's"):
        take_in(alone, out=tmp_path / "of one")
    if layout:
        found, _ = take_in(alone, out=tmp_path / "as told", layout=layout)
        assert list(found) == [f"{expected.format('Bob')}/03_gates/03_gates.ipynb"]


def test_the_name_decides_the_lesson_before_the_cells_do(tmp_path):
    """So that a submission of the wrong lesson is found out, and not taken for the right one."""
    found, _ = take_in(export(tmp_path / "in", {"ada_03_gates.ipynb": notebook("gru_cell", "check_gru_cell")}))
    assert list(found) == ["ada/03_gates/03_gates.ipynb"]


def test_the_latest_resubmission_counts(tmp_path):
    files = {
        f"ada_1_{n}_03_gates{suffix}.ipynb": notebook("sigmoid", text=suffix)
        for n, suffix in enumerate(["-2", "", "-1"])
    }
    found, _ = take_in(export(tmp_path / "in", files))
    assert [json.loads(text)["cells"][0]["source"] for text in found.values()] == ["-2"]


def test_namesakes_stay_two_people(tmp_path):
    files = {f"Kim Lee_{n}_assignsubmission_file_/03_gates.ipynb": notebook("sigmoid", text=str(n)) for n in (11, 22)}
    found, _ = take_in(export(tmp_path / "in", files))
    assert list(found) == ["Kim Lee (11)/03_gates/03_gates.ipynb", "Kim Lee (22)/03_gates/03_gates.ipynb"]


def test_side_files_come_along_and_a_submission_without_notebook_is_kept(tmp_path):
    files = {
        f"{MOODLE}/03_gates.ipynb": notebook("sigmoid"),
        f"{MOODLE}/data/mine.csv": "1,2",
        "Bo Ek_7_assignsubmission_file_/essay.pdf": "%PDF",
        "__MACOSX/x.ipynb": "no",
    }
    found, _ = take_in(export(tmp_path / "in", files))
    assert set(found) == {
        "Ada Lovelace/03_gates/03_gates.ipynb", "Ada Lovelace/03_gates/data/mine.csv", "Bo Ek/03_gates/essay.pdf",
    }  # fmt: skip


def test_an_earlier_export_does_not_undo_a_later_one(tmp_path):
    late, early = (
        zipfile.ZipInfo("ada_03_gates.ipynb", (2026, 5, 2, 0, 0, 0)),
        zipfile.ZipInfo("ada_03_gates.ipynb", (2026, 5, 1, 0, 0, 0)),
    )
    for number, info in enumerate((late, early)):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as z:
            z.writestr(info, notebook("sigmoid", text=str(number)))
        found, _ = take_in(tmp_path / f"{number}.zip", out=tmp_path / "out")
    assert json.loads(next(iter(found.values())))["cells"][0]["source"] == "0"


def test_an_entrys_time_is_none_where_an_lms_packed_the_zip_and_late_is_said(tmp_path):
    """Canvas and Moodle write no times of their own: an entry's time is that of the download."""
    for name in ("ada_LATE_1_2_03_gates.ipynb", f"{MOODLE}/03_gates.ipynb"):
        with zipfile.ZipFile(tmp_path / "e.zip", "w") as z:
            z.writestr(zipfile.ZipInfo(name, (2026, 5, 2, 10, 30, 0)), notebook("sigmoid"))
        folder, _ = intake.course_folder(course_root(), tmp_path / "e.zip", out=tmp_path / name[:3])
        assert not list(folder.rglob("timestamp.txt"))
        assert ("marked LATE by the LMS" in (folder / "journal.jsonl").read_text()) == ("LATE" in name)


def test_nothing_leaves_the_folder(tmp_path):
    link = zipfile.ZipInfo(f"{MOODLE}/link.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files = {
        f"{MOODLE}/03_gates.ipynb": notebook("sigmoid"),
        "../../evil.ipynb": "x",
        "/etc/evil.ipynb": "x",
        "C:\\evil.ipynb": "x",
        "ada\\..\\..\\evil.ipynb": "x",
        link: "/etc/passwd",
        "../x_1_assignsubmission_file_/03_gates.ipynb": "x",
        ".._1_assignsubmission_file_/03_gates.ipynb": notebook("sigmoid"),
    }
    found, notes = take_in(zipped(tmp_path / "e.zip", files), out=tmp_path / "out")
    assert set(found) == {"Ada Lovelace/03_gates/03_gates.ipynb", "_/03_gates/03_gates.ipynb"}
    assert sum("points outside" in note for note in notes) == 5
    assert "left out link.ipynb: it is a link" in (tmp_path / "out" / "journal.jsonl").read_text()
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    export(tmp_path / "in", {"ada/03_gates.ipynb": notebook("sigmoid")})
    (tmp_path / "secret").write_text("s")
    (tmp_path / "in" / "ada" / "data.csv").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "all").symlink_to(tmp_path)
    assert list(take_in(tmp_path / "in")[0]) == ["ada/03_gates/03_gates.ipynb"]


def test_a_bomb_is_not_unpacked_and_costs_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_FILE", 1000)
    files = {"ada_03_gates.ipynb": notebook("sigmoid"), "bob_03_gates.ipynb": "0" * 2000}
    found, _ = take_in(zipped(tmp_path / "e.zip", files), out=tmp_path / "out")
    assert list(found) == ["ada/03_gates/03_gates.ipynb"]
    assert received(tmp_path / "out")["bob"]["problem"].endswith("it is larger than 0 MB")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "nowhere", "does not exist"),
        (lambda p: export(p, {"in.txt": "x"}) / "in.txt", "neither a folder nor a zip"),
        (lambda p: (p / "empty").mkdir() or p / "empty", "is empty"),
        (lambda p: export(p / "in", {"a.txt": "x"}), "no notebook"),
        (lambda p: zipped(p / "e.zip", {}), "no notebook"),
        (lambda p: export(p / "in", {"a.ipynb": notebook("of_another_course")}), "belongs to a lesson"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, make, message):
    with pytest.raises(ClassError, match=message) as e:
        take_in(make(tmp_path))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "pack", [export, lambda path, files: zipped(path.with_suffix(".zip"), files)], ids=["folder", "zip"]
)
def test_who_submitted_nothing_but_what_programs_leave_gets_a_row(tmp_path, pack):
    (tmp_path / "all").mkdir()
    files = {
        "ada/03_gates.ipynb": notebook("sigmoid"),
        "ada/.ipynb_checkpoints/03_gates-checkpoint.ipynb": notebook("sigmoid", text="old"),
        "bob/.ipynb_checkpoints/03_gates-checkpoint.ipynb": notebook("sigmoid", text="old"),
        "cyn/03_gates/.ipynb_checkpoints/03_gates-checkpoint.ipynb": notebook("sigmoid", text="old"),
        "dan/.DS_Store": "x",
        ".ipynb_checkpoints/x.ipynb": notebook("sigmoid"),
        "__MACOSX/eve/._03_gates.ipynb": "x",
    }
    out = tmp_path / "class"
    found, _ = take_in(pack(tmp_path / "all", files), out=out)
    assert list(found) == ["ada/03_gates/03_gates.ipynb"]
    submissions = Submissions(ClassFolder(out))
    assert sorted(submissions) == [(student, "03_gates") for student in ("ada", "bob", "cyn", "dan")]
    assert submissions.at("ada", "03_gates").note == ""
    for student in ("bob", "cyn", "dan"):
        there = submissions.at(student, "03_gates")
        assert there.read().notebook is None and "a program made it" in there.note
        assert there.submitted.year >= 2026


def test_the_timestamps_of_nbgraders_own_folder_are_kept_in_a_zip(tmp_path):
    stamps = {"ada": "2026-11-20 22:30:00.000000 UTC", "bob": "2026-11-20 22:30:00 JST", "cyn": "yesterday"}
    files = {f"submitted/{student}/03_gates/timestamp.txt": text for student, text in stamps.items()}
    files |= {f"submitted/{student}/03_gates/03_gates.ipynb": notebook("sigmoid") for student in stamps}
    out = tmp_path / "class"
    for _ in range(2):  # the same zip again changes nothing
        take_in(zipped(tmp_path / "all.zip", files), out=out)
        submissions = Submissions(ClassFolder(out))
        ada, bob, cyn = (submissions.at(student, "03_gates") for student in stamps)
        assert (ada.submitted.isoformat(), ada.time_from, ada.note) == ("2026-11-20T22:30:00", "timestamp.txt", "")
        assert bob.submitted is None and "'JST'" in bob.time_from and "'JST'" in bob.note
        assert cyn.time_from == "the zip's entry" and "was not a time" in cyn.note


def test_in_a_download_of_an_lms_a_timestamp_is_the_students_own(tmp_path):
    files = {f"{MOODLE}/03_gates.ipynb": notebook("sigmoid"), f"{MOODLE}/timestamp.txt": "2026-11-20 22:30:00 UTC"}
    take_in(zipped(tmp_path / "all.zip", files), out=tmp_path / "class")
    assert Submissions(ClassFolder(tmp_path / "class")).at("Ada Lovelace", "03_gates").submitted is None


BOBS = MOODLE.replace("Ada Lovelace_12345", "Bob Honest_12346")


def downloads(folder, *names):
    """Downloads of Moodle's, of two students each, unpacked."""
    for name in names:
        export(folder, {f"{name}/{who}/03_gates.ipynb": notebook("sigmoid") for who in (MOODLE, BOBS)})
    return folder


def test_several_downloads_side_by_side_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(
        ClassError, match=r"several downloads of Moodle's side by side: hw3, hw4\. .*grade hw3 --out class"
    ):
        take_in(downloads(tmp_path / "a", "hw3", "hw4"), out=tmp_path / "class")
    with pytest.raises(ClassError, match=r"several downloads of Moodle's"):
        take_in(downloads(tmp_path / "b", "all/hw3", "all/hw4"), out=tmp_path / "class")
    assert len(take_in(downloads(tmp_path / "c", "hw3"), out=tmp_path / "c-class")[0]) == 2
    found, _ = take_in(downloads(tmp_path / "a"), out=tmp_path / "d-class", layout="folders")
    assert {name.split("/")[0] for name in found} == {"hw3", "hw4"}


def test_folders_of_students_whose_files_an_lms_named_are_no_downloads(tmp_path):
    files = {f"{who}/{who}_12{n}_9_03_gates.ipynb": notebook("sigmoid") for n, who in enumerate(("ada", "bob", "cyn"))}
    found, _ = take_in(export(tmp_path / "all", files), out=tmp_path / "class")
    assert sorted(found) == [f"{who}/03_gates/03_gates.ipynb" for who in ("ada", "bob", "cyn")]


def test_zips_side_by_side_are_refused_with_the_way_out(tmp_path):
    (tmp_path / "all").mkdir()
    for name in ("hw3.zip", "hw4.zip"):
        zipped(tmp_path / "all" / name, {f"{MOODLE}/03_gates.ipynb": notebook("sigmoid")})
    with pytest.raises(ClassError, match=r"hw3\.zip, hw4\.zip\. If each is a download, .*grade hw3\.zip --out class"):
        take_in(tmp_path / "all", out=tmp_path / "class")


def test_a_zip_beside_students_files_or_folders_is_not_overlooked(tmp_path):
    for n, beside in enumerate(("ada/03_gates.ipynb", "ada_03_gates.ipynb")):
        files = {beside: notebook("sigmoid"), beside.replace("ada", "bob"): notebook("sigmoid")}
        zipped(export(tmp_path / f"all{n}", files) / "late.zip", {"03_gates.ipynb": notebook("sigmoid")})
        take_in(tmp_path / f"all{n}", out=tmp_path / f"class{n}")
        (row,) = Submissions(ClassFolder(tmp_path / f"class{n}")).unidentified
        assert row.name == "late.zip" and "grade it by itself" in row.reason
