"""Slides in a browser: nothing is small, nothing overflows, nothing is requested; keys, notes and print work from disk."""

import io
from contextlib import contextmanager

import pytest
from pypdf import PdfReader

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from tests.support.browsing import needs_browser, violations
from tests.support.measuring import HEIGHT, WIDTH, measured

pytestmark = [pytest.mark.system, needs_browser]
WITH_OUTPUTS = ("03_gates", "04_candidate_and_blend")  # seconds to execute each


@pytest.fixture(scope="module", autouse=True)
def decks(tmp_path_factory):
    """Files of the slides of some lessons, with their outputs: made before Playwright's event loop, in which no kernel begins."""
    from grader.publishing.executed import executed
    from grader.publishing.slides.making import deck_of

    folder = tmp_path_factory.mktemp("slides")
    for name in WITH_OUTPUTS:
        path = course_root() / "solutions" / f"{name}.py"
        text, _ = deck_of(read_lesson(path), executed(course_root(), path))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def without_outputs(tmp_path_factory):
    """Files of all lessons' slides, without outputs. They share their fonts, which take longest to make."""
    from grader.publishing.slides import fonts
    from grader.publishing.slides.condense import without_answers
    from grader.publishing.slides.making import deck_of

    folder = tmp_path_factory.mktemp("slides")
    lessons = [read_lesson(path) for path in find_sources(course_root())]
    text = "".join(without_answers(cell.text) + repr(cell.markers) for lesson in lessons for cell in lesson.cells)
    with pytest.MonkeyPatch.context() as patch:
        faces = fonts.font_faces(text, ["<math>⊙√∂∑∏≤≥≠∥‖→⟹⇒⟸±·…−∈⌊⌋"])
        patch.setattr(fonts, "font_faces", lambda text, equations: faces)
        for lesson in lessons:
            deck, _ = deck_of(lesson, lesson.notebook())
            (folder / f"{lesson.name}.html").write_text(deck, encoding="utf-8")
    return folder


@contextmanager
def opened(browser, address):
    """A page, and a list to which its errors and its requests are added."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    seen, page = [], context.new_page()
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else seen.append(request.url))
    page.goto(address)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    yield page, seen
    context.close()


@pytest.mark.parametrize("kind", ["decks", "without_outputs"])
def test_nothing_is_small_nothing_overflows_and_nothing_is_requested(request, browser, kind):
    files = sorted(request.getfixturevalue(kind).glob("*.html"))
    assert len(files) >= 2
    for file in files:
        with opened(browser, file.as_uri()) as (page, seen):
            found = measured(page)
            assert found["total"] >= 15 and not found["complaints"] and not seen, file.name


def test_the_measurement_finds_what_is_wrong(browser, decks):
    wrong = {
        ".body p": "font-size: 23px",
        ".page": "padding-top: 500px",
        "msub > :nth-child(2)": "font-size: 20px",
    }
    for selector, style in wrong.items():
        with opened(browser, (decks / "03_gates.html").as_uri()) as (page, _):
            page.add_style_tag(content=f"{selector} {{ {style} !important }}")
            assert measured(page)["complaints"], selector


def test_arrow_keys_show_the_question_first_and_then_the_answer(browser, decks):
    with opened(browser, (decks / "03_gates.html").as_uri()) as (page, _):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        answer = page.locator(".present .output")
        assert page.locator(".present .question").is_visible() and not answer.is_visible()
        page.keyboard.press("ArrowRight")
        assert answer.is_visible() and "0.9 -0.2" in answer.inner_text()
        page.keyboard.press("ArrowRight")
        assert page.locator(".present h2").inner_text() == "Why soft?"


def test_the_speaker_view_has_the_notes_from_disk(browser, decks):
    with opened(browser, (decks / "03_gates.html").as_uri()) as (page, _):
        with page.context.expect_page() as popup:
            page.keyboard.press("s")
        speaker = popup.value
        page.keyboard.press("ArrowRight")
        speaker.locator("text=should hold it until the lamp lights up again").wait_for()
        assert speaker.locator("iframe").count() == 2


def test_it_prints_a_page_for_each_slide_and_the_notes_if_asked(browser, decks):
    address = (decks / "03_gates.html").as_uri()
    with opened(browser, address) as (page, _):
        total = page.evaluate("Reveal.getTotalSlides()")
    pages = []
    for ending in ("?print-pdf", "?print-pdf&showNotes=separate-page"):
        with opened(browser, address + ending) as (page, _):
            page.wait_for_selector(".pdf-page")
            printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
            pages.append(len(printed.pages))
    assert pages[0] == total and pages[1] >= 2 * total
    assert "should hold it until the lamp lights up again" in " ".join(
        " ".join(p.extract_text().split()) for p in printed.pages
    )


def test_everybody_can_use_them(browser, decks):
    with opened(browser, (decks / "03_gates.html").as_uri()) as (page, _):
        for number in (0, 2, 9, 13, 14, 21):
            page.evaluate(
                "n => { Reveal.slide(n); while (Reveal.availableFragments().next) Reveal.nextFragment(); }", number
            )
            assert violations(page) == [], f"slide {number + 1}"
