"""The whole book as one PDF, printed by Chromium from the built pages: contents and index with page numbers, bookmarks, tags.

A browser cannot write the page number of a link's target. So the book is printed once, the numbers are read from the PDF's
named destinations, and it is printed again with them, until they are what the PDF says.
"""

import os
import posixpath
import re
import subprocess
import tempfile
from pathlib import Path

from grader.base.errors import CourseError

STYLE = Path(__file__).with_name("style") / "print.css"
PRINTS, SECONDS = 4, 900
_UNKNOWN = "000"  # as wide as a number, so that the first print breaks its pages where the next one does


class NotPrinted(CourseError):
    """There is no browser, or it made no PDF."""


def print_book(folder, target, browser, on_print=lambda number: None):
    """Print the book in `folder` into the PDF `target`.

    Parameters
    ----------
    folder : Path of the built pages
    target : Path
    browser : path of Chromium; None if there is none
    on_print : called before each print with its number

    Raises
    ------
    NotPrinted
        If there is no browser, it fails, or the page numbers do not settle.
    """
    if browser is None:
        raise NotPrinted(
            "the PDF is printed by Chromium, which was not found: install it (on Debian and Ubuntu: sudo apt install chromium), "
            "or set GRU_COURSE_CHROMIUM to its path"
        )
    page, numbers = folder / "print.html", {}
    soup = _whole(folder)
    try:
        for count in range(1, PRINTS + 1):
            on_print(count)
            page.write_text(_numbered(soup, numbers), encoding="utf-8")
            _print(browser, page, target)
            before, numbers = numbers, _page_numbers(target)
            if numbers == before:
                return
    finally:
        page.unlink(missing_ok=True)
    raise NotPrinted(f"after {PRINTS} prints, the page numbers still change")


def _print(browser, page, target):
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser, "--headless", "--disable-gpu", f"--user-data-dir={profile}", "--no-pdf-header-footer",
            "--generate-pdf-document-outline", "--export-tagged-pdf", f"--print-to-pdf={target}", page.as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(
                1, "--no-sandbox"
            )  # Chromium refuses to start for root with it; the page is the course's own
        target.unlink(missing_ok=True)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise NotPrinted(f"Chromium made no PDF within {SECONDS} seconds") from None
    if not target.is_file():
        raise NotPrinted(f"Chromium made no PDF. It said: {done.stderr.strip()[-300:] or 'nothing'}")


def _page_numbers(pdf):
    """The page of each place that something links to, counted from 1."""
    from pypdf import PdfReader

    reader = PdfReader(pdf)
    found = reader.named_destinations
    return {name.removeprefix("/"): reader.get_destination_page_number(place) + 1 for name, place in found.items()}


def _numbered(soup, numbers):
    for mark in soup.select("[data-page-of]"):
        mark.string = str(numbers.get(mark["data-page-of"], _UNKNOWN))
    return str(soup)


def _whole(folder):
    """All pages of the book as one, with the contents before them."""
    from bs4 import BeautifulSoup

    front = _soup(folder / "index.html")
    names = [link["href"].removesuffix(".html") for link in front.select(".sidebar-tree a.reference.internal")]
    names = [name for name in names if name not in ("search", "#")]
    whole = BeautifulSoup(
        _FRAME.format(title=front.title.string, style=STYLE.read_text(encoding="utf-8")), "html.parser"
    )
    contents, body = whole.select_one("nav"), whole.body
    for name in names:
        chapter = _chapter(whole, folder, name, set(names))
        body.append(chapter)
        heading = chapter.find("h1")
        contents.append(_line(whole, heading, _address(name, ""), "chapter-line"))
        if name.startswith("lessons/"):
            for part in chapter.select("section[id] > h2"):
                contents.append(_line(whole, part, part.parent["id"], "part-line"))
    return whole


def _chapter(whole, folder, name, names):
    article = _soup(folder / f"{name}.html").select_one("article")
    chapter = whole.new_tag("section", attrs={"class": "chapter", "id": _address(name, "")})
    for useless in article.select(".headerlink, script, .related-pages"):
        useless.decompose()
    for audio in article.select("audio"):
        audio.replace_with(_text(whole, "p", "(A recording: listen to it on the lesson's page, or in its notebook.)"))
    for marked in article.select("[id]"):
        marked["id"] = _address(name, marked["id"])
    for link in article.select("a[href]"):
        _lead(link, name, names)
    for picture in article.select("img"):
        del picture["loading"]
        if not picture["src"].startswith("data:"):
            picture["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(name), picture["src"]))
    if name == "genindex":
        for link in article.select("a[href^='#']"):
            link.append(_number(whole, link["href"][1:]))
    _unfold(whole, article, name)
    chapter.extend(list(article.contents))
    return chapter


def _lead(link, name, names):
    """Let a link between pages lead to the place in the PDF; what is not in the PDF becomes text."""
    target = link["href"]
    if re.match(r"\w+:", target):
        return
    path, _, place = target.partition("#")
    page = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).removesuffix(".html") if path else name
    if page in names:
        link["href"] = f"#{_address(page, place)}"
    else:
        del link["href"]


def _unfold(whole, article, name):
    """Move what is folded on the page, hints and answers, to the chapter's end, and say there and here where it is."""
    folded = article.select("details")
    if not folded:
        return
    ending = whole.new_tag("section")
    ending.append(_text(whole, "h2", "Hints and answers"))
    for number, part in enumerate(folded, 1):
        there, here = _address(name, f"folded-{number}"), _address(name, f"folding-{number}")
        label = part.summary.get_text()
        part.summary.decompose()
        moved = whole.new_tag("div", attrs={"id": there, "class": "folded"})
        back = _text(whole, "a", label, href=f"#{here}")
        title = whole.new_tag("p")
        title.extend([back, " to page ", _number(whole, here)])
        moved.append(title)
        pointer = whole.new_tag("p", attrs={"id": here, "class": "pointer"})
        pointer.extend([_text(whole, "a", label, href=f"#{there}"), " on page ", _number(whole, there)])
        part.replace_with(pointer)
        moved.extend(list(part.contents))
        ending.append(moved)
    article.append(ending)


def _line(whole, heading, address, kind):
    line = whole.new_tag("a", attrs={"href": f"#{address}", "class": kind})
    line.append(_text(whole, "span", heading.get_text()))
    line.append(_number(whole, address))
    return line


def _number(whole, address):
    return whole.new_tag("span", attrs={"class": "page-number", "data-page-of": address})


def _text(whole, tag, text, **attributes):
    made = whole.new_tag(tag, attrs=attributes)
    made.string = text
    return made


def _address(page, place):
    """An address that no two places of the book share."""
    return re.sub(r"[^\w-]", "-", f"{page}--{place}" if place else page)


def _soup(path):
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="_static/pygments.css"><link rel="stylesheet" href="_static/book.css"><style>{style}</style></head>
<body data-theme="light"><header><h1>{title}</h1></header><nav aria-label="Contents"><h1>Contents</h1></nav></body></html>"""
