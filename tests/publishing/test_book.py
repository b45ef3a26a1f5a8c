"""The book: what its pages show and hide. Built once from all lessons, with made-up outputs of one, so that nothing is run."""

import base64
import re
from functools import cache
from urllib.parse import unquote

import nbformat
import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base import cards
from grader.base.paths import course_root
from grader.publishing import installed
from grader.publishing.book import building, fronts, outputs, pages, secrecy
from tests.support.browsing import needs_browser, violations

ROOT = course_root()
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FIGURE = nbformat.v4.new_output("display_data", {"text/html": cards.image(PNG, "A dot."), "text/plain": "A dot."})


@pytest.fixture(scope="module", autouse=True)
def a_lesson_is_handed_out_once():
    """nbgrader makes the learners' notebooks for the pages, the same ones for each test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "pristine", cache(building.pristine))
        yield


def lesson(name):
    (path,) = find_sources(ROOT, [name])
    return read_lesson(path)


def run_of(one):
    """The lesson as if it had been run: each cell of code printed something, and showed a figure."""
    notebook = one.notebook()
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.outputs = [nbformat.v4.new_output("stream", text=f"printed by {number}\n"), FIGURE]
    return notebook


def page(one, solved=False, run=True):
    learners = nbformat.reads(building.pristine(one.path).decode(), as_version=4)
    return pages.lesson_page(one, learners, run_of(one) if run else None, solved, relink=str, entries={})


@pytest.fixture(scope="module")
def gates():
    return lesson("03")


def test_a_public_page_shows_the_stub_and_hints_and_no_solution(gates):
    text = page(gates).text
    assert 'raise NotImplementedError("sigmoid is yours to write")' in text
    assert "<summary>Hint 1 of 3</summary>" in text
    assert "why_two_gates" not in text and "Why does a GRU need both gates?" in text
    assert not re.search(r"Rubric|SOLUTION|it cannot overflow|Double-click", text)


def test_the_instructors_page_shows_solutions_model_answers_and_rubrics(gates):
    text = page(gates, solved=True).text
    assert "return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)" in text
    assert "1 point: the right values for all three" in text
    assert not re.search(r"NotImplementedError|SOLUTION|Double-click", text)


def test_outputs_are_shown_but_not_those_of_checks_in_public(gates):
    public, solved = page(gates), page(gates, solved=True)
    shown = [set(re.findall(r"printed by (\d+)", p.text)) for p in (public, solved)]
    checks = sum("check" in cell.markers for cell in gates.cells)
    assert len(shown[1] - shown[0]) == checks == 4
    assert list(public.files.values()) == [PNG]
    assert re.search(r'<img alt="A dot\." src="\.\./media/03_gates/\w+\.png" width="1" height="1"', public.text)


def test_a_page_without_outputs_says_so(gates):
    text = page(gates, run=False).text
    assert "without its outputs" in text and "printed by" not in text


def test_what_belongs_to_a_session_is_left_out():
    media = outputs.Media("media")
    note = cards.card_html("todo", "Half life: no prediction yet. Replace the dots", "")
    told = cards.card_html("info", "Half life: 7. You made no prediction.", "")
    shown = [nbformat.v4.new_output("display_data", {"text/html": markup}) for markup in (note, told)]
    text = outputs.as_html([*shown, nbformat.v4.new_output("display_data", {"text/plain": "run 3 of 3"})], media)
    assert "Half life: 7.</div>" in text
    assert "prediction" not in text and "run 3" not in text and "<style>" not in text


@pytest.mark.parametrize("term", fronts.terms_in(ROOT), ids=lambda term: term[0])
def test_a_term_of_the_glossary_leads_to_a_heading_of_a_lesson(term):
    _, meaning, place = term
    assert meaning.endswith(".") and not re.search(r"[.!?] [A-Z]", meaning), "one sentence"
    name, address = re.search(r"/(\w+)\.ipynb#([^)]+)\)", place).groups()
    headings = re.findall(r"^# #+ (.+)$", (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8"), re.M)
    assert unquote(address) in {re.sub(r"[`*]", "", heading).replace(" ", "-") for heading in headings}


def test_the_glossary_has_its_terms_in_order_and_once():
    words = [word for word, _, _ in fronts.terms_in(ROOT)]
    assert len(words) > 60
    assert words == sorted(set(words), key=str.lower)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(installed.importlib.util, "find_spec", lambda name: None if name == "bs4" else 1)
    with pytest.raises(installed.NotInstalled, match=r'beautifulsoup4\. .*pip install -e "\.\[book\]"'):
        installed.require()


def secrets_of(one, *more):
    learners = nbformat.reads(building.pristine(one.path).decode(), as_version=4)
    return secrecy.secrets([one], "\n".join([building.given({one.name: learners}), *more]))


@pytest.mark.parametrize(
    "leak",
    [
        "<pre>    <span>return</span> np.where(a <span>&gt;=</span> 0, 1, e) / (1 + e)</pre>",
        "<p>What is <em>kept</em> and what is\n<em>looked at</em> are two decisions, and so there are two gates.</p>",
        '<img alt="return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)" src="x">',
        "<li>1 point: the right values for all three, and that r does not matter where z ≈ 1</li>",
    ],
    ids=["code", "prose", "attribute", "rubric"],
)
def test_a_planted_leak_is_found(gates, tmp_path, leak):
    (tmp_path / "page.html").write_text(f"<html><body>{page(gates).text}</body></html>", encoding="utf-8")
    secrecy.check(tmp_path, secrets_of(gates))
    (tmp_path / "page.html").write_text(f"<html><body>{leak}</body></html>", encoding="utf-8")
    with pytest.raises(secrecy.Leak, match=r"page\.html holds a part of 03_gates"):
        secrecy.check(tmp_path, secrets_of(gates))


def test_what_learners_are_given_is_no_secret(gates):
    assert "returnnp.where(a>=0,1,e)/(1+e)" in secrets_of(gates)
    assert "returnnp.where(a>=0,1,e)/(1+e)" not in secrets_of(gates, "    return np.where(a >= 0, 1, e) / (1 + e)")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The public book of all lessons, with made-up outputs of lesson 03."""
    folder = tmp_path_factory.mktemp("book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "executed", lambda root, path: run_of(read_lesson(path)))
        return building.build_book(ROOT, build=folder, outputs=["03"]).parent


@pytest.mark.system
def test_a_leak_stops_the_build_and_leaves_no_book(tmp_path, monkeypatch):
    def make_pages(source, target, doctrees):
        (target / "_static").mkdir(parents=True)
        (target / "page.html").write_text("<pre>return np.where(a &gt;= 0, 1, e) / (1 + e)</pre>", encoding="utf-8")
        return {"page"}

    monkeypatch.setattr(building, "_sphinx", make_pages)
    with pytest.raises(secrecy.Leak, match=r"page\.html holds a part of 03_gates: sigmoid"):
        building.build_book(ROOT, build=tmp_path, outputs=())
    assert not (tmp_path / "book").exists()
    assert building.build_book(ROOT, building.INSTRUCTORS, build=tmp_path, outputs=()).parent.is_dir()


@pytest.mark.system
def test_every_link_leads_somewhere_and_to_nothing_outside_but_web_pages(book):
    places = {}
    for path in book.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        places[path] = (
            set(re.findall(r'\bid="([^"]+)"', text)),
            re.findall(r'<(?:a|link|img|script)\b[^>]*?\b(?:href|src)="([^"]*)"', text),
        )
    wrong = []
    for path, (_, links) in places.items():
        for link in links:
            if re.match(r"(https?|mailto|data):", link):
                continue
            target, _, place = link.partition("#")
            there = (path.parent / unquote(target.partition("?")[0])).resolve() if target else path
            if not there.is_file() or (place and there in places and unquote(place) not in places[there][0]):
                wrong.append(f"{path.relative_to(book)}: {link}")
    assert len(places) > 90
    assert wrong == []


@pytest.mark.system
def test_the_book_has_what_it_promises(book):
    index = (book / "genindex.html").read_text(encoding="utf-8")
    for entry in ("vanishing gradient", "update_gate", "gru_ref.attend", "teacher forcing"):
        assert entry in index
    gates = (book / "lessons" / "03_gates.html").read_text(encoding="utf-8")
    assert "<math" in gates and "printed by" in gates and "gates.html" in gates
    assert (book / "gates.html").read_bytes() == (ROOT / "docs" / "gates.html").read_bytes()
    assert not re.search(r'(?:src|href)="https?:[^"]*\.(?:js|css|woff2?)', gates), "nothing is loaded from elsewhere"


@pytest.mark.system
@needs_browser
def test_search_works_from_the_disk(book, page):
    page.goto(f"{(book / 'search.html').as_uri()}?q=vanishing")
    page.wait_for_selector("#search-results li a")
    assert "02 · Vanishing" in page.inner_text("#search-results")


THIN = """() => {
  const seen = new Set();
  const again = (...look) => seen.has(look.join()) || !seen.add(look.join());
  for (const span of document.querySelectorAll(".highlight span[class]:not([id]):not(:has(*))"))
    if (again(span.className, span.parentElement.className, span.closest(".highlight").parentElement.className))
      span.replaceWith(span.textContent);
  for (const math of document.querySelectorAll("math"))
    if (again(math.parentElement.tagName, math.closest("[class]").className)) math.replaceWith(math.textContent);
}"""


def barring(page, *parts):
    """The violations of a page where code and equations of one look are looked at once; they are most of its elements."""
    page.evaluate(THIN)
    return violations(page, *parts)


@pytest.mark.system
@needs_browser
def test_a_colour_that_few_can_see_is_found_however_often_it_stands_there(page):
    """In code, and in equations; and what has a place of its own to link to stays."""
    block = '<div class="highlight-python"><div class="highlight"><pre><span class="n">first</span> <span class="n">second</span></pre></div></div>'
    pale = "<style>.{} {{color: #bbb}}</style><main><h1>A</h1>{}</main>"
    text = '<p class="x">{}<math><mtext>word</mtext></math></p>'
    for name, body in (("n", block), ("x", text.format("") * 2), ("good", block + text.format("Or "))):
        page.set_content(f'<html lang="en"><title>A</title>{pale.format(name, body)}</html>')
        found = [line for line in barring(page) if line.startswith("color-contrast")]
        assert bool(found) == (name != "good"), (name, found)


@pytest.mark.system
@needs_browser
def test_pages_are_accessible(book, page):
    """All of them but for the modules of the reference, which are made alike: of those, every eighth.

    The list of pages, which all have, is looked at on some; on the others what is theirs.
    """
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    modules = sorted((book / "reference").glob("*.html"))
    chosen = sorted({*book.rglob("*.html")} - {book / "gates.html", *modules}) + modules[::8]
    found = {}
    for number, path in enumerate(chosen):
        page.goto(path.as_uri())
        for violation in barring(page, *(() if number % 10 == 0 else ("article",))):
            found.setdefault(violation, path.name)
    assert len(chosen) > 30 and found == {} and errors == []


@pytest.mark.system
@needs_browser
@pytest.mark.parametrize("name", ["lessons/03_gates", "claims", "reference/gru_ref.gates"])
def test_pages_are_accessible_on_a_phone_in_the_dark(book, page, name):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto((book / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    assert barring(page) == []
