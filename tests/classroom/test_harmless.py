"""What nbgrader's pages still show of a sanitized submission: with our settings, and piece by piece."""

import itertools
import re
import time
from functools import cache, partialmethod
from html.parser import HTMLParser

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from grader.base import theme
from grader.base.cards import verdict_html
from grader.base.paths import course_root
from grader.checking.verdict import Verdict
from grader.classroom import harmless, rendering
from grader.classroom.folder import ClassFolder
from grader.classroom.harmless import Harmless
from grader.notebook.reading import pictures
from tests.support import hostile

STUDENT = {
    "student": hostile.NAMES[0], "first_name": hostile.HTML, "last_name": hostile.NAMES[1],
    "notebook_path": f"autograded/{hostile.NAMES[0]}", "index": 0, "total": 1, "base_url": "", "notebook_id": "x",
    "assignment_id": "x", "submission_id": "x",
}  # fmt: skip


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, source):
        super().__init__()
        self.tags = []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag

    def values(self, name):
        return {attributes[name] for _, attributes in self.tags if name in attributes}


@pytest.fixture(scope="module")
def exporter(tmp_path_factory):
    """``exporter(template)``: nbgrader's own, with the settings of a class's folder. Its server keeps one, too."""
    folder = tmp_path_factory.mktemp("class")

    @cache
    def made(template):
        config = Config(ClassFolder(folder).config)
        config.HTMLExporter.template_name = template
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        exporter = HTMLExporter(config=config)
        if template == "feedback":
            for preprocessor in GenerateFeedback.preprocessors.default_args[0][1:]:
                exporter.register_preprocessor(preprocessor, enabled=False)
        return exporter

    return made


@pytest.fixture
def render(exporter):
    """What nbgrader makes of a notebook: gives (HTML, tags)."""

    def rendered(notebook, template="formgrade", resources=None):
        resources = {**STUDENT, **(resources or {})}
        page, _ = exporter(template).from_notebook_node(nbformat.from_dict(notebook), resources=resources)
        return page, Tags(page)

    return rendered


@pytest.fixture(scope="module")
def lesson():
    return nbformat.read(course_root() / "notebooks" / "03_gates" / "03_gates.ipynb", as_version=4)


def one(cell):
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.mark.filterwarnings("ignore:No lexer found")
def test_a_hostile_submission_has_no_tag_and_no_attribute_more_than_a_harmless_one(render, lesson):
    _, plain = render(lesson, resources={"student": "Ada", "first_name": "A", "last_name": "B", "notebook_path": "x"})
    page, tags = render(hostile.notebook(lesson, "My answer"))
    active = ("script", "iframe", "svg", "object", "embed", "form", "style", "link", "meta", "base", "template", "math")
    for tag in active:
        assert [t for t, _ in tags.tags].count(tag) == [t for t, _ in plain.tags].count(tag), tag
    for name in {name for _, attributes in tags.tags for name in attributes if name.startswith("on")}:
        assert tags.values(name) <= plain.values(name)
    assert not [v for name in ("href", "src") for v in tags.values(name) if v.startswith(("javascript", "data:text"))]
    assert not [v for v in tags.values("src") - plain.values("src") if not v.startswith("data:image/")]
    assert len([a for _, a in tags.tags if a.get("id") == "why_two_gates"]) == 1
    assert "My answer" in page
    assert "A card of the judge." in page


def test_a_card_keeps_its_looks_and_its_picture(render):
    card = verdict_html(
        Verdict("gate", "failed", "values", "Not **quite** `right`", ("Look.",), (("yours", "1"),), "x = 1", "Go on.",
                picture=hostile.CARD.picture)
    )  # fmt: skip
    cell = nbformat.v4.new_code_cell("check(gate)")
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": card})]
    page, tags = render(one(cell))
    styles = " ".join(tags.values("style"))
    for looks in (
        f"border-left: 6px solid {theme.COLOURS['failed'].light}",
        "display: grid",
        theme.colour("back"),
        "max-width: 760px",
    ):
        assert looks in styles.replace(":", ": ").replace(":  ", ": ")
    assert "A map" in tags.values("alt")
    assert "<b>quite</b>" in page
    assert theme.card_style() in card
    assert theme.CARD not in re.sub(r"var\([^)]*\)", "", page)  # neither its rules nor their text


@pytest.mark.parametrize(
    "style",
    [
        "background: url(https://evil.example/x)", "background: url('https://evil.example/x')",
        "background: image-set('https://evil.example/x' 1x)", "position: fixed", "background: \\75rl(https://evil.example)",
        "width: expression(alert(1))", "color: red; background: element(#x)", "behavior: url(#x)", "margin: attr(x)",
    ],
)  # fmt: skip
def test_no_style_loads_or_covers(render, style):
    cell = nbformat.v4.new_code_cell("1")
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": f'<div style="{style}">x</div>'})]
    _, tags = render(one(cell))
    mine = " ".join(tags.values("style"))
    assert "evil" not in mine
    assert "(" not in mine
    assert "position" not in mine


def test_no_style_at_all_in_markdown(render):
    _, tags = render(one(nbformat.v4.new_markdown_cell('<div style="color:red;position:fixed">x</div>')))
    assert not {v for v in tags.values("style") if "red" in v or "fixed" in v}


def test_honest_markdown_looks_as_before(render):
    source = (
        "# Title\n\n**bold** and `code`, $a < b$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n\n> quote\n\n"
        "<details><summary>More</summary>text</details>\n\n[link](https://arxiv.org) ![plot](plot.png)\n\n"
        "```python\ndef f(): pass\n```"
    )
    page, tags = render(one(nbformat.v4.new_markdown_cell(source)))
    assert {"h1", "strong", "code", "table", "td", "li", "blockquote", "details", "summary"} <= {
        t for t, _ in tags.tags
    }
    assert "https://arxiv.org" in tags.values("href")
    assert "plot.png" in tags.values("src")
    assert "$a &lt; b$" in page
    assert '<span class="k">def</span>' in page


@pytest.mark.parametrize(
    "source", ["/logout", "../../x.png", "%2e%2e/x.png", "//evil.example/x.png", "https://evil.example/x.png", "x.svg",
               "data:text/html;base64,AAAA", "a/../../x.png", "\\\\evil.example\\x.png", "x.png?y", "javascript:1//.png"]
)  # fmt: skip
def test_no_picture_is_fetched_from_elsewhere(render, source):
    _, plain = render(one(nbformat.v4.new_markdown_cell("x")))
    _, tags = render(one(nbformat.v4.new_markdown_cell(f'<img src="{source}" alt="x"> ![x]({source})')))
    assert tags.values("src") == plain.values("src")


def test_pictures_pasted_into_an_answer_are_kept_and_only_those():
    kept = pictures(hostile.ATTACHMENTS)
    assert kept == {"mine.png": {"image/png": hostile.PNG}}
    for odd in (None, [], "x", {"a": None}, {"a": []}, {"a": {"image/png": 1}}, {"a": {"image/png": ["x"]}}):
        assert pictures(odd) == {}


def test_a_missing_attachment_and_deep_nesting_still_give_a_page(render):
    page, _ = render(one(nbformat.v4.new_markdown_cell("Answer ![a](attachment:gone.png)")))
    assert "Answer" in page
    page, _ = render(one(nbformat.v4.new_markdown_cell("Answer " + "[" * 3000 + "*a " * 2000)))
    assert "Answer" in page


# ------------------------------------------------------------------------------------------- in bounded time and size


def filled(text, length):
    return (text * (length // len(text) + 1))[:length]


# Each takes one of the parsers behind a page time by the square of its length, or more.
SLOW = {
    "brackets": "[", "formulas": "\\\\[", "emphasis": "*a **a ", "quotes": "> ", "dollars": "$a ", "table": "|a|b|\n|-|-|\n",
    "bars": "|\n", "fences": "```\n", "python": "```python\nf'{\n```\n", "tags": "<ul><li>", "bold": "<b><p>", "links": "[a](b) ",
    "spaces": "a" + " " * 3000 + "b", "environment": "\\begin{a}", "comments": "<!--", "headings": "# a\n",
}  # fmt: skip


@pytest.fixture
def work(monkeypatch):
    """Counts the characters that go through the slow parts: Markdown, cleaning, highlighting."""
    rendering.highlighted.cache_clear()  # which keeps what other tests had highlighted
    done = []
    for owner, name in (
        (MarkdownIt, "render"),
        (harmless._markdown, "clean"),
        (harmless._card, "clean"),
        (rendering, "highlight"),
    ):
        original = getattr(owner, name)

        def counted(*args, original=original):
            done.extend(len(text) for text in args if isinstance(text, str))
            return original(*args)

        monkeypatch.setattr(owner, name, counted)
    return done


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_a_long_text_is_shown_as_it_was_typed(render, work, text):
    typed = filled(text, 39_000)
    page, _ = render(one(nbformat.v4.new_markdown_cell(typed)))
    assert BeautifulSoup(page, "html.parser").find("pre").text.strip() == typed.strip()
    assert work == []


@pytest.mark.system
@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_a_text_at_the_bound_is_rendered_in_about_the_time_of_an_honest_page(render, lesson, text):
    def seconds(notebook):
        begun = time.thread_time()
        render(notebook)
        return time.thread_time() - begun

    honest = seconds(lesson)
    assert seconds(one(nbformat.v4.new_markdown_cell(filled(text, rendering.LONGEST_TEXT)))) < 20 * honest


def test_when_a_pages_time_is_spent_the_rest_is_shown_as_it_was_typed(render, monkeypatch):
    ticks = itertools.count(step=rendering.SECONDS / 2.5)
    monkeypatch.setattr(
        rendering.Allowance, "__init__", partialmethod(rendering.Allowance.__init__, clock=lambda: next(ticks))
    )
    cells = [nbformat.v4.new_markdown_cell(f"*cell {n}*") for n in range(10)]
    page, _ = render(nbformat.v4.new_notebook(cells=cells))
    assert re.findall(r"<em>cell (\d)</em>", page) == ["0", "1", "2"]
    assert re.findall(r"<pre>\*cell (\d)\*</pre>", page) == [str(n) for n in range(3, 10)]


@pytest.mark.parametrize("kind", ["markdown", "code", "raw"])
def test_a_notebook_of_very_many_long_cells_makes_a_page_that_says_what_is_left_out(render, work, kind):
    cells = [getattr(nbformat.v4, f"new_{kind}_cell")(filled("*a* ", 20_000)) for _ in range(600)]
    cells[-1].metadata.nbgrader = {"grade_id": "why", "grade": True, "solution": True, "points": 1, "locked": False}
    page, tags = render(nbformat.v4.new_notebook(cells=cells))
    assert len(page) < 3 * rendering.ROOM["text"]
    assert f"{600 - harmless.MOST_CELLS} more cells are not shown here" in page
    assert rendering.CUT in page
    assert sum(work) < 1_000
    assert "why" in tags.values("id"), "a cell with a mark is always there"


def test_long_outputs_lose_their_colours_and_their_end(render):
    cells = [nbformat.v4.new_code_cell("1") for _ in range(100)]
    for cell in cells:
        printed = nbformat.v4.new_output("stream", text=filled("\x1b[31mred ", 20_000))
        error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[filled("\x1b[31mred ", 20_000)])
        cell.outputs = [printed, error]
    page, _ = render(nbformat.v4.new_notebook(cells=cells))
    assert "ansi-red" not in page.partition("<body>")[2]
    assert "\x1b" not in page
    assert "red red red" in page and rendering.CUT in page
    cells[0].outputs = [nbformat.v4.new_output("stream", text="\x1b[31mred\x1b[0m")]
    page, _ = render(one(cells[0]))
    assert '<span class="ansi-red-fg">red</span>' in page


def test_a_card_that_would_take_long_is_left_to_its_text(render, work):
    cell = nbformat.v4.new_code_cell("1")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": filled("<ul><li>", 50_000), "text/plain": "plain"})
    ]
    page, _ = render(one(cell))
    assert "plain" in page and "<ul><li>" not in page
    assert work == [1]


def test_one_picture_pasted_many_times_makes_no_endless_page(render):
    cell = nbformat.v4.new_markdown_cell("![x](attachment:mine.png) " * 200)
    cell.attachments = {"mine.png": {"image/png": "A" * 4_000_000}}
    page, _ = render(one(cell))
    assert len(page) < rendering.ROOM["pictures"] + 1_000_000
    assert page.count("A" * 4_000_000) == rendering.ROOM["pictures"] // 4_000_000


def test_cleaning_twice_changes_nothing_more():
    resources = {"student": 'Robert "Bobby" <Tables>'}
    notebook = one(nbformat.v4.new_raw_cell("<b>"))
    once, said = Harmless().preprocess(notebook, resources)
    assert said["student"] == "Robert &#34;Bobby&#34; &lt;Tables&gt;"
    first = nbformat.writes(once)
    twice, said = Harmless().preprocess(once, said)
    assert nbformat.writes(twice) == first
    assert said["student"] == "Robert &#34;Bobby&#34; &lt;Tables&gt;"
