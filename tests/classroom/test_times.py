"""The time of a submission: never the download's, never a less reliable one for a better one, and no guesses."""

from datetime import datetime

import pytest

from grader.base.errors import ClassError
from grader.classroom.folder import ClassFolder
from grader.classroom.submissions import Submissions
from grader.classroom.timestamps import TIMESTAMP, UnknownZone, parse_stamp, stamp
from tests.support.downloads import MOODLE, notebook, received, submissions, take_in

LESSON = "03_gates"
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Last modified (submission),Last modified (grade)\n"
    'Participant 11,Ada L’ovelace,a@example.org,Submitted,,"Friday, 20 November 2026, 10:30 AM",-\n'
    'Participant 12,Bob Honest,b@example.org,Submitted,,"Freitag, 20. Nebelung 2026, 10:31",-\n'
    "Participant 13,Cyd Third,c@example.org,No submission,,-,-\n"
    'Participant 14,Eve,e@example.org,Submitted,,"Saturday, 21 November 2026, 10:30 AM",-\n'
)
LOCAL = "2026-11-20T10:30"


def utc(text):
    time = datetime.fromisoformat(text).astimezone()
    return (time - time.utcoffset()).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-20 22:30:00.000000 UTC", "22:30:00"),
        ("2026-11-20 22:30:00.123456789 GMT\n", "22:30:00.123456"),
        ("2026-11-20 22:30:00 Z", "22:30:00"),
        ("2026-11-20 22:30", "22:30:00"),
        ("2026-11-20T22:30:00+00:00", "22:30:00"),
        ("2026-11-20 19:30:00.000000 -03", "22:30:00"),
        ("2026-11-20 19:00:00 -0330", "22:30:00"),
        ("2026-11-20 23:30:00.000000 +0100", "22:30:00"),
        ("2026-11-21 04:15:00 +05:45", "22:30:00"),
    ],
)
def test_a_timestamp_is_read_in_its_zone(text, time):
    assert parse_stamp(text) == datetime.fromisoformat(f"2026-11-20T{time}")


@pytest.mark.parametrize("zone", ["JST", "EST", "CET", "America/Nowhere", "<script>"])
def test_a_zone_that_is_a_name_is_not_guessed(zone):
    with pytest.raises(UnknownZone, match=zone):
        parse_stamp(f"2026-11-20 22:30:00 {zone}")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-40 10:00", "0001-01-01 00:00:00 +2359", "2026-11-20 +99:99", "9" * 200]
)
def test_what_is_no_time_is_none(text):
    with pytest.raises(ValueError) as e:
        parse_stamp(text)
    assert not isinstance(e.value, UnknownZone)


def test_a_stamp_comes_back():
    time = datetime(2026, 11, 20, 22, 30, 0, 5)
    assert parse_stamp(stamp(time)) == time


def test_a_named_zone_makes_nobody_late_and_is_said_and_the_file_stays(tmp_path):
    folder = ClassFolder(tmp_path)
    place = folder.submitted("Ada", LESSON)
    place.mkdir(parents=True)
    (place / f"{LESSON}.ipynb").write_bytes(notebook())
    (place / TIMESTAMP).write_text("2026-11-21 07:30:00.000000 JST\n")
    for _ in range(2):
        submission = Submissions(folder).at("Ada", LESSON)
        assert (
            submission.submitted is None
            and "JST" in submission.time_from
            and "time zone called 'JST'" in submission.note
        )
    assert "JST" in (place / TIMESTAMP).read_text()


# ------------------------------------------------------------------------------------------------------------ downloads


def files(*people, text="a"):
    return {MOODLE.format(name, number): notebook(text) for name, number in people}


def test_moodles_worksheet_tells_the_times_by_number_and_name(tmp_path):
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    people = [("Ada Lovelace", 11), ("Bob Honest", 12), ("Team", 14), ("Dan", 15)]
    folder, notes = take_in(tmp_path, files(*people), times=tmp_path / "worksheet.csv")
    found = received(folder)
    assert datetime.fromisoformat(found["Ada Lovelace"]["submitted"]) == utc(LOCAL)
    assert "Moodle's worksheet, without a time zone" in found["Ada Lovelace"]["time_from"]
    # Team 14 is not the participant 14; a time in another language is said, and unknown.
    assert [found[name]["submitted"] for name in ("Bob Honest", "Team", "Dan")] == [None] * 3
    assert any("Nebelung" in note for note in notes) and any("eve 14" in note for note in notes)


def test_a_table_of_times_is_by_student_or_number(tmp_path):
    (tmp_path / "times.csv").write_text(f"Student,Time\nAda,{LOCAL}+00:00\n12,{LOCAL}\n")
    folder, _ = take_in(tmp_path, files(("Ada", 11), ("Bob", 12)), times=tmp_path / "times.csv")
    assert received(folder)["Ada"]["submitted"] == f"{LOCAL}:00"
    assert datetime.fromisoformat(received(folder)["Bob"]["submitted"]) == utc(LOCAL)
    (tmp_path / "times.csv").write_text("Name,When\nAda,now\n")
    with pytest.raises(ClassError, match=r"grading worksheet with 'Last modified .submission.'.*student and time"):
        take_in(tmp_path, files(("Ada", 11)), times=tmp_path / "times.csv")


def test_a_time_once_known_stays(tmp_path):
    (tmp_path / "times.csv").write_text(f"student,time\nAda,{LOCAL}\n")
    take_in(tmp_path, files(("Ada", 11)))
    folder, _ = take_in(tmp_path, files(("Ada", 11)), times=tmp_path / "times.csv")
    known = Submissions(folder).at("Ada", LESSON)
    assert (known.submitted, known.time_from) == (utc(LOCAL), "given with --times")
    folder, _ = take_in(tmp_path, files(("Ada", 11)))
    again = Submissions(folder).at("Ada", LESSON)
    assert (again.submitted, again.time_from) == (utc(LOCAL), "given with --times")
    folder, _ = take_in(tmp_path, files(("Ada", 11), text="another"))
    newer = Submissions(folder).at("Ada", LESSON)
    assert submissions(folder) == {"Ada": "another"} and newer.submitted == utc(LOCAL)
    assert newer.time_from == "given with --times of an earlier submission, since this one's is unknown"


def test_a_zips_time_of_an_older_version_of_this_course_is_forgotten(tmp_path):
    folder, _ = take_in(tmp_path, files(("Ada", 11)))
    folder.journal.append("received", student="Ada", lesson=LESSON, submitted="2026-12-24T10:00:00",
                          time_from="the zip's entry", number="11")  # fmt: skip
    (folder.submitted("Ada", LESSON) / TIMESTAMP).write_text("2026-12-24 10:00:00.000000 UTC\n")
    folder, _ = take_in(tmp_path, files(("Ada", 11)))
    assert Submissions(folder).at("Ada", LESSON).submitted is None


def test_late_is_said_and_counts_as_on_time_as_long_as_the_time_is_unknown(tmp_path):
    folder, _ = take_in(
        tmp_path, {"ada_LATE_12_900_03_gates.ipynb": notebook(), "bob_13_901_03_gates.ipynb": notebook()}
    )
    ada, bob = (Submissions(folder).at(student, LESSON) for student in ("ada_12", "bob_13"))
    assert (ada.submitted, bob.submitted) == (None, None)
    assert ada.time_from == "unknown, so it counts as on time, marked LATE by the LMS"
    assert "--times" in ada.note and bob.note == ""


def test_a_download_given_as_a_course_folder_takes_no_options(tmp_path):
    folder, _ = take_in(tmp_path, files(("Ada", 11)))
    from grader.base.paths import course_root
    from grader.classroom import intake

    for option in ("out", "layout", "people", "times"):
        with pytest.raises(ClassError, match=f"leave out --{option}"):
            intake.course_folder(course_root(), folder.root, **{option: "x"})


def test_a_time_of_one_of_two_namesakes_is_not_the_others(tmp_path):
    people = files(("Kim Lee", 1), ("Kim Lee", 2), ("Ada", 3))
    (tmp_path / "times.csv").write_text("student,time\nKim Lee,2026-12-05T10:00Z\nAda,2026-11-20T10:00Z\n")
    folder, notes = take_in(tmp_path, people, times=tmp_path / "times.csv")
    assert {student: entry["submitted"] for student, entry in received(folder).items()} == {
        "Ada": "2026-11-20T10:00:00",
        "Kim Lee (1)": None,
        "Kim Lee (2)": None,
    }
    assert any("several people are called 'Kim Lee'" in note for note in notes)
    (tmp_path / "times.csv").write_text("student,time\nKim Lee (2),2026-12-05T10:00Z\n")
    folder, _ = take_in(tmp_path, people, times=tmp_path / "times.csv")
    assert received(folder)["Kim Lee (1)"]["submitted"] is None
    assert received(folder)["Kim Lee (2)"]["submitted"] == "2026-12-05T10:00:00"


def test_a_lost_timestamp_of_a_known_time_makes_nobody_late_or_another(tmp_path):
    (tmp_path / "times.csv").write_text("student,time\nAda,2026-11-20T10:00Z\n")
    folder, _ = take_in(tmp_path, files(("Ada", 1)), times=tmp_path / "times.csv")
    before = received(folder)["Ada"]
    for spoil in (lambda path: path.unlink(), lambda path: path.write_text("soon")):
        spoil(folder.submitted("Ada", "03_gates") / "timestamp.txt")
        submission = Submissions(folder).at("Ada", "03_gates")
        assert (submission.submitted.isoformat(), submission.time_from) == ("2026-11-20T10:00:00", "given with --times")
        assert Submissions(folder).at("Ada", "03_gates").note == ""
    assert received(folder)["Ada"] == before
