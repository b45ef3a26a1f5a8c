"""The text is what it says it is, no paragraph stands in two parts, and characters survive the way there and back."""

import hashlib
import sys
from pydoc_data.topics import topics

import numpy as np
import pytest

from gru_ref import corpus
from gru_ref.corpus import (
    UNKNOWN,
    characters_of,
    documentation,
    load_corpus,
    own_documents,
    paragraphs_of,
    part_of,
    split_by_document,
    split_by_paragraph,
    without_repeats,
)


def lines(text):
    return text.splitlines()


def test_the_tested_text_is_that_of_the_tested_python():
    documents = documentation()
    if sys.version.split()[0] == corpus.TESTED["python"] and not documents.as_tested:
        pytest.skip("another packager's text of the same version of Python")
    joined = "\n\n".join(topics[title] for title in sorted(topics))
    assert documents.as_tested == (hashlib.sha256(joined.encode()).hexdigest() == corpus.TESTED["sha256"])
    assert f"{len(joined):,} characters" in documents.source and sys.version.split()[0] in documents.source
    if documents.as_tested:
        assert (len(topics), len(joined)) == (corpus.TESTED["topics"], corpus.TESTED["characters"])
        assert documents.source.endswith("the text that the lesson's numbers were measured on.")


def test_another_text_is_read_and_said_to_be_another(monkeypatch):
    monkeypatch.setitem(topics, "assert", "Something else.\n\nAnd more.")
    documents = documentation()
    assert documents.paragraphs["assert"] == ["Something else.", "And more."]
    assert not documents.as_tested and "expect similar numbers, not equal ones" in documents.source


def test_a_python_without_its_documentation_has_a_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(ValueError, match=r"came without pydoc_data\.topics.*gru_ref\.own_documents\(path\)"):
        documentation()


def test_paragraphs_are_single_lines():
    assert paragraphs_of("  One\n  two.\n\n\n \t\nThree.\n") == ["One two.", "Three."]
    assert paragraphs_of(" \n\n ") == []


def test_no_paragraph_stands_in_two_parts_or_twice():
    parts = load_corpus()[0]
    found = [line for part in parts for line in lines(part)]
    assert len(found) == len(set(found))
    assert {line for paragraphs in documentation().paragraphs.values() for line in paragraphs} == set(found)
    sizes = np.array([len(part) for part in parts]) / sum(map(len, parts))
    assert sizes[0] > 0.7 and sizes[1:].min() > 0.05


def test_paragraphs_of_a_document_stay_together_and_in_order():
    documents = without_repeats(documentation())
    parts = split_by_document(documents)
    for title, paragraphs in documents.paragraphs.items():
        assert "\n".join(paragraphs) in getattr(parts, part_of(title))


def test_shuffled_paragraphs_leak_where_they_repeat():
    documents = documentation()
    leaking = split_by_paragraph(documents, np.random.default_rng(0))
    assert set(lines(leaking.test)) & set(lines(leaking.training))
    fair = split_by_paragraph(without_repeats(documents), np.random.default_rng(0))
    assert not set(lines(fair.test)) & set(lines(fair.training))


def test_where_a_title_belongs_does_not_depend_on_the_others():
    parts = [part_of(str(k)) for k in range(2000)]
    assert 140 < parts.count("test") < 260 and 140 < parts.count("validation") < 260


def test_characters_are_numbered_and_others_are_unknown():
    characters = characters_of("banana\n")
    assert characters.symbols == UNKNOWN + "\nabn" and len(characters) == 5
    assert characters.ids("nab?").tolist() == [4, 2, 3, 0]
    assert characters.text(characters.ids("ban\n")) == "ban\n"
    assert characters.text(characters.ids("ox")) == 2 * UNKNOWN
    assert characters.ids("").shape == (0,) and characters.text([]) == ""


@pytest.mark.parametrize("bad", [[5], [-1], np.array([0, 9])])
def test_numbers_of_no_character_are_refused(bad):
    with pytest.raises(ValueError, match=r"should be from 0 to 4"):
        characters_of("banana\n").text(bad)


def test_what_is_no_text_is_refused():
    for bad in ("", b"bytes", None):
        with pytest.raises(ValueError, match="should be a str of at least one character"):
            characters_of(bad)
    with pytest.raises(ValueError, match="text is a list, but should be a str"):
        characters_of("ab").ids(["a"])


def test_own_text_from_a_file_and_from_a_folder(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("\n\n".join(f"Paragraph {k}\nof mine." for k in range(400)), encoding="utf-8")
    documents = own_documents(book)
    assert len(documents.paragraphs) == 20 and not documents.as_tested
    assert documents.paragraphs["book 20"][0] == "Paragraph 20 of mine."
    parts, source = load_corpus(book)
    assert sum(map(len, parts)) == sum(len(f"Paragraph {k} of mine.\n") for k in range(400)) and "book.txt" in source
    for k in range(4):
        (tmp_path / f"part{k}.txt").write_text(f"Text {k}.", encoding="utf-8")
    assert set(own_documents(tmp_path).paragraphs) == {"book", "part0", "part1", "part2", "part3"}


def test_own_text_that_cannot_be_used_says_why(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.txt should be a text file, or a folder"):
        own_documents(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match=r"but there is none"):
        own_documents(tmp_path)
    short = tmp_path / "short.txt"
    short.write_text("One paragraph.", encoding="utf-8")
    with pytest.raises(ValueError, match=r"makes 1 documents, but it takes at least 3.*blank lines between them"):
        own_documents(short)
    latin = tmp_path / "latin.txt"
    latin.write_bytes("naïve".encode("latin-1"))
    with pytest.raises(ValueError, match=r"is not UTF-8: byte 2 is 0xef\. Save it as UTF-8"):
        own_documents(latin)
    few = tmp_path / "few.txt"
    few.write_text("\n\n".join(f"Paragraph {k}." for k in range(45)), encoding="utf-8")
    with pytest.raises(ValueError, match=r"the \w+ part is empty\. About 1 of 10 documents"):
        load_corpus(few)
