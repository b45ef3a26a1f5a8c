"""The journal: appended, and a line cut short costs only itself."""

from grader.classroom.grading import gradings
from grader.classroom.journal import Journal


def test_the_latest_entry_counts(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    assert journal.latest("marked", "student") == {}
    journal.append("marked", student="a", n=1)
    journal.append("other", student="a", n=2)
    journal.append("marked", student="a", n=3)
    assert journal.latest("marked", "student")["a",]["n"] == 3


def test_of_some_entries_alone_the_latest_counts(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    for n, done in enumerate((True, True, False)):
        journal.append("marked", student="a", n=n, done=done)
    assert journal.latest("marked", "student", where=lambda entry: entry["done"])["a",]["n"] == 1
    assert [entry["n"] for entry in journal.entries("marked")] == [0, 1, 2]


def test_a_line_cut_short_costs_only_itself(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    journal.append("marked", student="a")
    journal.append("marked", student="b")
    journal.path.write_bytes(journal.path.read_bytes()[:-10])
    journal.append("marked", student="c")
    assert set(journal.latest("marked", "student")) == {("a",), ("c",)}


def test_a_foreign_line_is_no_grading(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append("marked", student="Ada", lesson="03_gates", done=True, run=1)
    for foreign in (
        {"student": "Ada"},
        {"student": 3, "lesson": "03_gates", "done": True},
        {"student": "Bo", "lesson": "x"},
    ):
        journal.append("marked", **foreign)
    marked, finished = gradings(journal)
    assert set(marked) == set(finished) == {("Ada", "03_gates")}
