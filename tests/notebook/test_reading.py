"""Reading submissions: every broken file gives a reason in plain words."""

import json

import nbformat
import pytest

from grader.notebook.reading import Unreadable, parse_notebook

WHOLE = nbformat.writes(
    nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell("ü")])
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (WHOLE.encode()[:-40], "cut short"),
        (WHOLE.encode()[:60], "cut short"),
        (WHOLE.replace("\\u00fc", "ü").encode("latin-1"), "not UTF-8"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"Dear teacher,", "not a notebook's JSON"),
        (b"[1, 2]", "no cells"),
        (b'{"cells": 3}', "damaged"),
        (b'{"cells": [{"cell_type": "poem", "source": ""}]}', "damaged"),
        (b"[" * 100_000, "nested"),
        (b'{"cells": ' + b"9" * 10_000 + b"}", "digits"),
        (json.dumps({"cells": [{"cell_type": "code", "source": ""}] * 2001}).encode(), "2001 cells"),
        (json.dumps({"cells": [{"cell_type": "code", "source": "0," * 1_500_000}]}).encode(), "3.0 million characters"),
    ],
)
def test_the_reason_is_named(data, reason):
    with pytest.raises(Unreadable, match=reason):
        parse_notebook(data)


def test_only_sources_survive():
    content = json.loads(WHOLE)
    content["cells"][0] |= {"source": ["a = 1\n", "a"], "outputs": [{"nonsense": 1}], "foreign": 2, "id": "not an id!"}
    notebook = parse_notebook(json.dumps(content).encode())
    nbformat.validate(notebook)
    assert notebook.cells[0].source == "a = 1\na"
    assert notebook.cells[0].outputs == []


def test_of_a_mark_only_its_name_survives():
    content, deep = json.loads(WHOLE), []
    for _ in range(300):
        deep = [deep]
    content["cells"][0]["metadata"] = {"nbgrader": {"grade_id": "gate", "points": 1000, "deep": deep}}
    content["cells"][1]["metadata"] = {"nbgrader": {"grade_id": ["gate"]}}
    kept = [cell.metadata for cell in parse_notebook(json.dumps(content).encode()).cells]
    assert kept == [{"nbgrader": {"grade_id": "gate"}}, {}]


def test_of_attachments_only_pictures_survive():
    content = json.loads(WHOLE)
    picture = {"image/png": "iVBO\nRw0K"}
    attachments = {
        "a.png": picture | {"image/svg+xml": "PHN2Zz4="},
        "b": {"text/html": "x"},
        "c": "x",
        "d": {"image/png": '"'},
    }
    content["cells"].append({"cell_type": "markdown", "source": "x", "attachments": attachments})
    assert parse_notebook(json.dumps(content).encode()).cells[-1].attachments == {"a.png": {"image/png": "iVBORw0K"}}


def test_a_byte_order_mark_does_no_harm():
    assert len(parse_notebook(b"\xef\xbb\xbf" + WHOLE.encode()).cells) == 2


def test_an_old_format_is_read():
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "1 + 1", "outputs": [], "language": "python", "collapsed": False}]}]}  # fmt: skip
    assert parse_notebook(json.dumps(old).encode()).cells[0].source == "1 + 1"


@pytest.mark.parametrize("cut", [0, 1])
def test_a_merge_conflict_is_named_as_one(cut):
    lines = WHOLE.split("\n")
    conflict = [*lines[:cut], "<<<<<<< HEAD", *lines[cut:2], "=======", *lines[cut:2], ">>>>>>> 1a2b3c4", *lines[2:]]
    with pytest.raises(Unreadable, match="unresolved merge conflict"):
        parse_notebook("\n".join(conflict).encode())


def test_many_beginnings_of_conflicts_cost_little():
    data = b"{\n" + b"<<<<<<< HEAD\n" * 500_000
    with pytest.raises(Unreadable, match="JSON"):
        parse_notebook(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_what_a_windows_editor_saves_is_read_or_named(encoding):
    data = WHOLE.replace("\\u00fc", "ü").encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):  # without a mark that says so
        with pytest.raises(Unreadable, match=r"UTF-16|JSON"):
            parse_notebook(data)
    else:
        assert parse_notebook(data).cells[1].source == "ü"
    with pytest.raises(Unreadable, match=r"UTF-16|cut short"):
        parse_notebook("\ufeff".encode("utf-16-le") + b"{\x00\x00\xd8")


def test_headings_and_lists_of_lines_of_format_3_are_read():
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"metadata": {}, "cells": [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["A title\n", "of two lines"]},
        {"cell_type": "markdown", "metadata": {}, "source": ["text\n", "more"]},
        {"cell_type": "code", "input": ["a = 1\n", "a"], "outputs": [], "language": "python", "collapsed": False, "metadata": {}}]}]}  # fmt: skip
    sources = [cell.source for cell in parse_notebook(json.dumps(old).encode()).cells]
    assert sources[1:] == ["text\nmore", "a = 1\na"]
    assert sources[0].startswith("## A title") and "of two lines" in sources[0]
