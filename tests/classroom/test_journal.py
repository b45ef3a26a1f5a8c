"""The journal is appended to, and a line cut short is the only one lost."""

import pytest

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


PLACE = {"student": "Ada", "lesson": "03_gates"}
OF_WHAT = {**PLACE, "digest": "d", "build": "b", "run": 1}
VERDICTS = {"gate": {"state": "passed", "mistake": None, "stage": "all stages", "headline": "right"}}
BEGUN = {**OF_WHAT, "done": False, "by_hand": {}}
FINISHED = {**OF_WHAT, "done": True, "state": "graded", "reason": "", "verdicts": VERDICTS}


@pytest.mark.parametrize("whole", [BEGUN, FINISHED], ids=["begun", "finished"])
def test_a_foreign_line_is_no_grading(tmp_path, whole):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append("marked", **whole, n=1)
    for name in whole:
        journal.append("marked", **{**whole, name: ["foreign"]})
        if name in ("student", "lesson", "done", "state", "reason"):
            journal.append("marked", **{k: v for k, v in whole.items() if k != name})
    journal.append("marked", **FINISHED, receipt="foreign")
    journal.append("marked", **FINISHED, score="foreign")
    journal.append("marked", **{**FINISHED, "state": "foreign", "verdicts": {}})
    journal.append("marked", **{**FINISHED, "verdicts": {"gate": {}}})
    journal.path.write_bytes(journal.path.read_bytes() + b'{"event": "marked", "student": ' + b"[" * 9999)
    marked, finished = gradings(journal)
    assert [entry["n"] for entry in marked.values()] == [1]
    assert set(marked) == {("Ada", "03_gates")}
    assert len(finished) == whole["done"]


@pytest.mark.parametrize(
    ("event", "whole"),
    [
        ("received", {**PLACE, "submitted": None, "time_from": "x"}),
        ("received", {**PLACE, "submitted": None, "time_from": "x", "lms": "moodle", "name": "A", "number": "7", "lasting": True}),
        ("seen", {**PLACE, "fingerprint": "f"}),
        ("settled", PLACE),
        ("failed", {**PLACE, "reason": "r"}),
        ("unidentified", {"download": "d", "entry": "e", "lesson": "l", "is_open": True, "reason": "r"}),
        ("key", {"fingerprint": "f"}),
    ],
)  # fmt: skip
def test_a_line_without_what_its_readers_need_is_left_out(tmp_path, event, whole):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(event, **whole)
    for name in whole:
        journal.append(event, **{**whole, name: 3.5})
        if name != "lms":  # older lines have none
            journal.append(event, **{k: v for k, v in whole.items() if k != name})
    found = journal.latest(event, *(name for name in ("download", "entry", "student", "lesson") if name in whole))
    assert [{name: entry[name] for name in whole} for entry in found.values()] == [whole]
