"""Gradescope's downloads: its metadata tell whose a submission is."""

import json

import pytest

from grader.base.errors import ClassError
from grader.classroom.lms import gradescope
from tests.support.downloads import notebook, received, submissions, take_in, unidentified

METADATA = """\
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '77'
  :created_at: 2026-11-20 10:00:00.123 Z
submission_2:
  :submitters:
  - :name: Bob Honest
    :sid: '78'
  - :name: Cyd Third
    :email: cyd@example.org
submission_3:
  :submitters: []
"""


def test_gradescope_tells_by_its_metadata(tmp_path):
    files = {f"export/submission_{n}/03_gates.ipynb": notebook(str(n)) for n in (1, 2, 3)}
    files["export/submission_metadata.yml"] = METADATA
    folder, _ = take_in(tmp_path, files)
    assert submissions(folder) == {"Ada Lovelace": "1", "Bob Honest": "2", "Cyd Third": "2"}
    assert unidentified(folder) == ["export/submission_3/03_gates.ipynb"]
    assert received(folder)["Ada Lovelace"]["submitted"].startswith("2026-11-20T10:00:00")
    assert "group of 2: Bob Honest, Cyd Third" in received(folder)["Bob Honest"]["note"]


def of_gradescope(*submitters):
    """A download of Gradescope's with a submission of each, the first one's notebook called 1."""
    metadata = {f"submission_{n}": {":submitters": [one]} for n, one in enumerate(submitters, 1)}
    files = {f"submission_{n}/03_gates.ipynb": notebook(str(n)) for n in range(1, len(submitters) + 1)}
    return {gradescope.METADATA: json.dumps(metadata), **files}


def test_an_id_that_a_student_typed_at_gradescope_does_not_make_them_another(tmp_path):
    bob = {":name": "Bob Honest", ":sid": "5", ":email": "bob@example.org"}
    eve = {":name": "Eve", ":sid": "5", ":email": "eve@example.org"}
    folder, _ = take_in(tmp_path, of_gradescope(bob, eve))
    assert submissions(folder) == {"Bob Honest": "1", "Eve": "2"}
    folder, _ = take_in(tmp_path, of_gradescope({**eve, ":name": "Bob Honest"}, {**bob, ":email": "Bob@example.org"}))
    assert submissions(folder)["Bob Honest"] == "2" and set(submissions(folder)) == {"Bob Honest", "Eve"}


def test_two_of_one_name_whom_gradescope_tells_by_nothing_else_are_not_put_together(tmp_path):
    folder, _ = take_in(tmp_path, of_gradescope({":name": "Kim Lee"}, {":name": "Kim Lee"}, {":name": "Ada"}))
    assert submissions(folder) == {"Ada": "3"}
    assert unidentified(folder) == ["submission_1/03_gates.ipynb", "submission_2/03_gates.ipynb"]


@pytest.mark.parametrize("metadata", [None, "[", "- a\n", "a: !!python/object:os.system x\n", "x" * 2_000])
def test_gradescope_without_its_metadata_is_refused_with_the_way_out(tmp_path, monkeypatch, metadata):
    monkeypatch.setattr(gradescope, "LARGEST_METADATA", 1000)
    files = {"submission_1/03_gates.ipynb": notebook()}
    files |= {gradescope.METADATA: metadata} if metadata else {}
    with pytest.raises(ClassError, match="--people"):
        take_in(tmp_path, files)
