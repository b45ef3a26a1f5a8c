"""A reader's own file: read as it stands, or refused with the numbers of its bad lines."""

import re

import pytest

from gru_ref import read_labelled


def written(tmp_path, data):
    path = tmp_path / "own.txt"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_texts_and_labels_are_read_whatever_ends_the_lines(tmp_path):
    for end in ("\n", "\r\n"):
        data = read_labelled(
            written(tmp_path, end.join(["so good\tyes", "  naïve film \t no ", "", "a\u2028b\tyes", ""]))
        )
        assert data.texts == ["so good", "naïve film", "a\u2028b"] and data.classes == ("no", "yes")
        assert data.labels.tolist() == [1, 0, 1]


def test_a_mark_at_the_beginning_is_no_letter(tmp_path):
    assert read_labelled(written(tmp_path, b"\xef\xbb\xbfgood\t1\nbad\t0\n")).texts == ["good", "bad"]


@pytest.mark.parametrize(("data", "message"), [
    ("good\t1\nbad 0\n", "line 2 holds no tab: 'bad 0'. A line should be: text, one tab, label"),
    ("good\t1\n\nbad\t0\t0\n", "line 3 holds 2 tabs"),
    ("\t1\nbad\t0\n", "line 1 has no text before its tab"),
    ("good\t \nbad\t0\n", "line 1 has no label behind its tab"),
    ("a\nb\nc\nd\ne\n", "line 1 holds no tab: 'a'; line 2 holds no tab: 'b'; line 3 holds no tab: 'c', and 2 more"),
    (b"good\t1\nb\xe9d\t0\n", "line 2 is not UTF-8 (byte 0xe9): save the file as UTF-8"),
    ("good\t1\nfine\t1\n", "holds only the label '1', but there should be at least two different labels"),
    ("\n\n", "holds no line at all, but there should be"),
    ("", "holds no line at all, but there should be"),
])  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read_labelled(written(tmp_path, data))


def test_a_file_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path / "nothing.txt", str(tmp_path)):
        with pytest.raises(FileNotFoundError, match=r"there is no file .*the path counts from"):
            read_labelled(path)
