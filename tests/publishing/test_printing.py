"""A small book as a PDF: its contents give the pages on which things are, links lead there, and what was folded is at the end."""

import re

import pytest

from grader.doctor import browser_path
from grader.publishing.book.printing import NotPrinted, print_book
from tests.support.browsing import needs_browser

FRONT = """<html><head><title>A small book</title></head><body><div class="sidebar-tree">
<a class="reference internal" href="lessons/01_a.html">1</a><a class="reference internal" href="lessons/02_b.html">2</a>
<a class="reference internal" href="genindex.html">Index</a><a class="reference internal" href="search.html">Search</a></div></body></html>"""
LESSON = """<html><body><article><section id="top"><h1>{title}</h1><p>See <a href="{other}.html#second">the other</a>, and
<a href="../gates.html">the explorer</a>.</p><details><summary>Hint 1 of 1</summary><p>Think of {title}.</p></details>
<section id="second"><h2>Second part of {title}</h2><div style="height: 300mm"></div></section></section></article></body></html>"""
INDEX = '<html><body><article><h1>Index</h1><a href="lessons/02_b.html#second">blend</a></article></body></html>'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "_static").mkdir()
    (tmp_path / "index.html").write_text(FRONT, encoding="utf-8")
    (tmp_path / "lessons" / "01_a.html").write_text(LESSON.format(title="Apple", other="02_b"), encoding="utf-8")
    (tmp_path / "lessons" / "02_b.html").write_text(LESSON.format(title="Banana", other="01_a"), encoding="utf-8")
    (tmp_path / "genindex.html").write_text(INDEX, encoding="utf-8")
    return tmp_path


@pytest.mark.system
@needs_browser
def test_contents_and_index_give_the_pages_on_which_things_are(folder):
    from pypdf import PdfReader

    print_book(folder, folder / "book.pdf", browser_path())
    reader = PdfReader(folder / "book.pdf")
    texts = [page.extract_text() for page in reader.pages]
    starts = {
        title: next(n for n, text in enumerate(texts, 1) if n > 2 and f"Second part of {title}" in text)
        for title in ("Apple", "Banana")
    }
    assert starts["Apple"] < starts["Banana"]
    for title, page in starts.items():
        assert re.search(rf"Second part of {title}\s+{page}\b", texts[1])
    assert re.search(rf"blend\W*{starts['Banana']}\b", texts[-1])
    assert [text.count("Think of Apple") for text in texts].index(1) + 1 > starts["Apple"], (
        "a hint comes at the chapter's end"
    )
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert {"Apple", "Banana", "Index"} <= set(titles)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert not (folder / "print.html").exists()
    linked = {
        a.get_object()["/Dest"] for page in reader.pages for a in page.get("/Annots", []) if "/Dest" in a.get_object()
    }
    assert linked and {name.removeprefix("/") for name in map(str, linked)} <= {
        name.removeprefix("/") for name in reader.named_destinations
    }


def test_without_a_browser_it_says_what_to_install(folder):
    with pytest.raises(NotPrinted, match=r"install it .* or set GRU_COURSE_CHROMIUM"):
        print_book(folder, folder / "book.pdf", None)


@pytest.mark.system
def test_a_browser_that_fails_is_quoted(folder):
    with pytest.raises(NotPrinted, match="made no PDF"):
        print_book(folder, folder / "book.pdf", "false")
