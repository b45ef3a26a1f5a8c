"""A submission never becomes or replaces another person's, in one download or from week to week."""

import json
import unicodedata

import pytest

from grader.classroom.names import MOST_BYTES
from grader.classroom.submissions import Submissions
from tests.support.downloads import MOODLE, notebook, received, submissions, take_in

CANVAS = "{}_{}_{}_{}.ipynb"


def moodle(*people, lesson="03_gates"):
    return {f"{name}_{number}_assignsubmission_file_/{lesson}.ipynb": notebook(text) for name, number, text in people}


def folders(folder, lesson):
    return {student for student, name in Submissions(folder) if name == lesson}


def test_a_namesake_in_another_section_is_another_person_also_in_another_download(tmp_path):
    others = {"A/Kim/03_gates.ipynb": notebook("Kim"), "B/Lee/03_gates.ipynb": notebook("Lee")}
    take_in(tmp_path, {**others, "A/Bob/03_gates.ipynb": notebook("first")}, layout="sections")
    take_in(tmp_path, {**others, "B/Bob/03_gates.ipynb": notebook("second")}, "2.zip", layout="sections")
    folder, _ = take_in(tmp_path, {"A/Bob/03_gates.ipynb": notebook("third"), **others}, "3.zip", layout="sections")
    assert submissions(folder) == {"Kim": "Kim", "Lee": "Lee", "Bob": "third", "Bob (B)": "second"}


def test_next_weeks_sections_may_have_other_names(tmp_path):
    for week, lesson in (("1", "03_gates"), ("2", "04_candidate_and_blend")):
        files = {
            f"{week}-{s}/{who}/{lesson}.ipynb": notebook(week) for s, who in (("A", "Ada"), ("A", "Bo"), ("B", "Cy"))
        }
        folder, _ = take_in(tmp_path, files, f"{week}.zip", layout="sections")
    assert {place.name for place in folder.submitted().iterdir()} == {"Ada", "Bo", "Cy"}


def test_a_namesake_next_week_gets_a_folder_of_their_own(tmp_path):
    take_in(tmp_path, moodle(("Bob Honest", 11, "first")))
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 66, "second")))
    assert submissions(folder) == {"Bob Honest": "first", "Bob Honest (66)": "second"}
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 66, "second again"), ("Bob Honest", 11, "first again")))
    assert submissions(folder) == {"Bob Honest": "first again", "Bob Honest (66)": "second again"}


def test_moodles_number_is_another_one_in_the_next_assignment_and_the_name_tells(tmp_path):
    take_in(tmp_path, moodle(("Bob Honest", 11, "a"), ("Ada", 12, "b")))
    # Ada's number is what Bob's was: it tells nothing.
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 91, "c"), ("Ada", 11, "d"), lesson="04_candidate_and_blend"))
    assert folders(folder, "04_candidate_and_blend") == {"Ada", "Bob Honest"}


def test_of_two_people_of_one_name_nobody_is_told_by_it(tmp_path):
    take_in(tmp_path, moodle(("Kim Lee", 11, "a"), ("Kim Lee", 22, "b")))
    folder, _ = take_in(tmp_path, moodle(("Kim Lee", 91, "c"), lesson="04_candidate_and_blend"))
    assert folders(folder, "03_gates") == {"Kim Lee (11)", "Kim Lee (22)"}
    assert folders(folder, "04_candidate_and_blend") == {"Kim Lee"}
    folder, _ = take_in(tmp_path, moodle(("Ada", 1, "x")))
    folder, _ = take_in(tmp_path, moodle(("Ada", 8, "y"), ("Ada", 9, "z"), lesson="05_gru_cell"))
    assert folders(folder, "05_gru_cell") == {"Ada (8)", "Ada (9)"}


@pytest.mark.parametrize(
    "names",
    [
        ("Bob?Honest", "Bob:Honest"),
        ("BOB", "bob"),
        ("Zoë", unicodedata.normalize("NFD", "Zoë")),
        ("名" * 90, "名" * 91),
        ("Straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("Bob.", "Bob"),
        ("???", "***"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_names_that_are_equal_once_cleaned_stay_two(tmp_path, names, at_once):
    first, second = (moodle((name, n, str(n))) for n, name in enumerate(names))
    if at_once:
        folder, _ = take_in(tmp_path, {**first, **second})
    else:
        take_in(tmp_path, first)
        folder, _ = take_in(tmp_path, second)
    assert sorted(submissions(folder).values()) == ["0", "1"]
    folded = [unicodedata.normalize("NFKD", student).casefold() for student in submissions(folder)]
    assert len(set(folded)) == len(folded)


def test_canvas_knows_a_user_by_the_number_even_renamed(tmp_path):
    take_in(tmp_path, {CANVAS.format("adalovelace", 12, 900, "03_gates"): notebook("a")})
    folder, _ = take_in(tmp_path, {CANVAS.format("adaking", 12, 950, "03_gates-1"): notebook("b")})
    assert submissions(folder) == {"adalovelace_12": "b"}
    folder, _ = take_in(tmp_path, {CANVAS.format("adalovelace", 13, 960, "03_gates"): notebook("c")})
    assert submissions(folder) == {"adalovelace_12": "b", "adalovelace_13": "c"}


def test_an_older_download_of_canvas_does_not_undo_a_later_one(tmp_path):
    for number, text in ((950, "new"), (900, "old")):
        folder, notes = take_in(tmp_path, {CANVAS.format("ada", 12, number, "03_gates"): notebook(text)})
    assert submissions(folder) == {"ada_12": "new"}
    assert any("ada_12: 03_gates stays as it is" in note for note in notes)


def test_an_older_journal_is_understood(tmp_path):
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 11, "a")))
    canvas, lesson = folder.submitted("ada_12", "03_gates"), "03_gates"
    canvas.mkdir(parents=True)
    (canvas / "03_gates.ipynb").write_bytes(notebook("b"))
    old = [("Bob Honest", "11"), ("ada_12", "12"), ("Eve (5)", "5")]
    folder.journal.path.write_text("")
    for student, number in old:
        folder.journal.append("received", student=student, lesson=lesson, submitted="2026-11-20T10:00:00",
                              time_from="the zip's entry", number=number)  # fmt: skip
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 66, "c"), ("Bob Honest", 11, "d"), ("Eve", 5, "e")))
    assert submissions(folder) == {"Bob Honest": "d", "Bob Honest (66)": "c", "ada_12": "b", "Eve (5)": "e"}
    folder, _ = take_in(tmp_path, {CANVAS.format("ada", 12, 7, "03_gates"): notebook("f")})
    assert submissions(folder)["ada_12"] == "f"


def test_a_folder_made_by_hand_is_not_overwritten_by_a_namesake_of_the_lms(tmp_path):
    place = tmp_path / "class" / "submitted" / "Bob Honest" / "03_gates"
    place.mkdir(parents=True)
    (place / "03_gates.ipynb").write_bytes(notebook("by hand"))
    folder, _ = take_in(tmp_path, moodle(("Bob Honest", 66, "lms")))
    assert submissions(folder) == {"Bob Honest": "by hand", "Bob Honest (66)": "lms"}


def test_a_plain_folder_does_not_overwrite_what_an_lms_brought(tmp_path):
    take_in(tmp_path, moodle(("Bob Honest", 66, "lms")))
    folder, _ = take_in(tmp_path, {"Bob Honest/x.ipynb": notebook("plain"), "ada/x.ipynb": notebook("ada")})
    assert submissions(folder) == {"Bob Honest": "lms", "Bob Honest (2)": "plain", "ada": "ada"}


def test_taking_in_a_download_twice_changes_nothing(tmp_path):
    files = {
        **moodle(("Bob", 1, "a"), ("Bob", 2, "b"), ("Ada", 3, "c")),
        MOODLE.format("Ada", 3) + ".txt": notebook("d"),
    }
    folder, _ = take_in(tmp_path, files)
    before = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    take_in(tmp_path, files)
    assert {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()} == before


def test_a_number_is_kept_as_the_lms_writes_it_for_the_export(tmp_path):
    folder, _ = take_in(tmp_path, moodle(("Ada", "0012", "a")))
    assert received(folder)["Ada"]["number"] == "0012"
    assert json.dumps(received(folder)["Ada"])


def test_a_name_in_two_unicode_forms_is_one_name_by_which_nobody_is_told(tmp_path):
    composed, decomposed = "Zoë", unicodedata.normalize("NFD", "Zoë")
    take_in(tmp_path, moodle((composed, 11, "zoë")))
    folder, _ = take_in(
        tmp_path, moodle((decomposed, 91, "eve"), (composed, 92, "zoë"), lesson="04_candidate_and_blend")
    )
    assert folders(folder, "04_candidate_and_blend") == {"Zoë (91)", "Zoë (92)"}


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_plain_folders_name_in_another_unicode_form_is_the_same_student_next_week(tmp_path, forms):
    for week, form in enumerate(forms):
        name = unicodedata.normalize(form, "Zoë")
        folder, _ = take_in(tmp_path, {f"{name}/x.ipynb": notebook(f"{week}"), "ada/x.ipynb": notebook("ada")})
    assert submissions(folder) == {"Zoë": "1", "ada": "ada"}
    both = {f"{unicodedata.normalize(form, 'Zoë')}/x.ipynb": notebook(form) for form in ("NFC", "NFD")}
    folder, _ = take_in(tmp_path, {**both, "ada/x.ipynb": notebook("ada")})
    assert sorted(submissions(folder).values()) == ["NFC", "NFD", "ada"]


@pytest.mark.parametrize("names", [["Bob?", "Bob_"], ["Bob", "bob", "bob (2)"], ["x" * 150, "x" * 151, "x" * 120]])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_plain_folder_called_as_we_call_another_students_is_a_student_of_its_own(tmp_path, names, at_once):
    files = [{f"{name}/03_gates.ipynb": notebook(name)} for name in names]
    other = {"ada/03_gates.ipynb": notebook("ada")}
    for part in [{n: text for file in files for n, text in file.items()}] if at_once else files:
        folder, _ = take_in(tmp_path, part | other)
    assert sorted(submissions(folder).values()) == sorted(["ada", *names])
    assert all(len(student.encode()) <= MOST_BYTES for student in submissions(folder))


def test_what_the_instructor_gives_to_a_student_stands_beside_what_they_submitted_themselves(tmp_path):
    (tmp_path / "people.csv").write_text("file,student\nstray.ipynb,Bob\n")
    for own in (
        moodle(("Bob", 1, "own"), ("Ada", 2, "ada")),
        {"Bob/x.ipynb": notebook("own"), "Ada/x.ipynb": notebook("ada")},
    ):
        where = tmp_path / str(len(list(tmp_path.iterdir())))
        where.mkdir()
        folder, _ = take_in(where, {"stray.ipynb": notebook("stray", 3), **own}, people=tmp_path / "people.csv")
        assert submissions(folder) == {"Bob": "stray", "Ada": "ada"}
        assert "of 2 notebooks, stray.ipynb was graded" in received(folder)["Bob"]["note"]


@pytest.mark.parametrize("number", ["x/../../../evil", "9" * 300, "a\nb"])
def test_a_number_of_an_lms_is_no_path(tmp_path, number):
    people = [{":name": "Kim", ":sid": "5"}, {":name": "Kim", ":sid": number}]
    metadata = {f"submission_{n}": {":submitters": [person]} for n, person in enumerate(people)}
    files = {f"submission_{n}/03_gates.ipynb": notebook(str(n)) for n in range(2)}
    folder, _ = take_in(tmp_path, {"submission_metadata.yml": json.dumps(metadata), **files})
    assert sorted(submissions(folder).values()) == ["0", "1"]
    assert sorted(place.name for place in tmp_path.iterdir()) == ["class", "download.zip"]
