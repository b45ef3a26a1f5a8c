"""The theme can be read in the light and in the dark, and no colour stands anywhere else."""

import re
from pathlib import Path

import pytest

import grader
from grader.base import theme
from grader.base.cards import card_html
from tests.support.browsing import needs_browser

SCHEMES = ("light", "dark")
READ = ("text", "faint", "link", "passed", "failed", "todo", "info", "mark")
VERDICTS = ("passed", "failed", "todo", "info")
# JupyterLab's --jp-layout-color1 and --jp-layout-color2, on which cards stand there.
JUPYTERLAB = {"light": ("#ffffff", "#eeeeee"), "dark": ("#212121", "#424242")}
# Not: the key in a heading, {#bad}, and a character reference, &#123.
COLOUR = re.compile(r"(?<![{&\w])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])|\b(?:rgb|hsl)a?\(", re.I)


def contrast(one, other):
    """The contrast of two colours by WCAG, from 1 to 21."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_by_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that just fails


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everything_can_be_read(scheme):
    shade = {name: getattr(colour, scheme) for name, colour in theme.COLOURS.items()}
    for name in READ:
        for ground in ("back", "inset"):
            assert contrast(shade[name], shade[ground]) >= 4.5, (name, ground)
    for name in ("text", "faint"):
        assert contrast(shade[name], shade["warn"]) >= 4.5, name
    for ground in ("back", "inset"):
        assert contrast(shade["bar"], shade[ground]) >= 3, ground  # a shape, not text
    for name, colour in theme.MAP_COLOURS.items():
        assert contrast(getattr(colour, scheme), shade["back"]) >= 3, name  # curves and bars, and the ends of maps


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts_can_be_read_on_cards_in_jupyterlab(name, scheme):
    for ground in JUPYTERLAB[scheme]:
        assert contrast(getattr(theme.COLOURS[name], scheme), ground) >= 4.5, ground


def test_no_colour_stands_outside_the_theme():
    folder = Path(grader.__file__).parent
    found = {
        f"{path.relative_to(folder)}:{number}: {colour[0]}"
        for path in folder.rglob("*.*")
        if path.suffix in (".py", ".jinja", ".j2", ".md", ".json")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for colour in COLOUR.finditer(line)
    }
    outside = sorted(place for place in found if not place.startswith("base/theme.py:"))
    assert len(found) - len(outside) >= 2 * len(theme.COLOURS)
    assert not outside, f"write these colours into grader/base/theme.py, and take them from there: {outside}"


@pytest.mark.parametrize("line", ['"#d9534f"', "color:#fff;", "var(--x, #ccd)", "rgba(0, 0, 0, .5)", "#11223344"])
def test_a_colour_is_found(line):
    assert COLOUR.search(line)


@pytest.mark.parametrize("line", ["### It is bad {#bad}", "&#123;", "#fragment", "href='#add-a-lesson'", "# a comment"])
def test_what_is_no_colour_is_left_alone(line):
    assert not COLOUR.search(line)


def test_every_state_has_a_colour_and_a_mark_or_words():
    for name, state in theme.STATES.items():
        assert state.colour in theme.COLOURS, name
        assert state.mark or state.in_feedback, name


@pytest.mark.parametrize("place", ["on_map", "in_feedback", "in_report"])
def test_states_shown_together_differ_by_more_than_colour(place):
    shown = [(state.mark, getattr(state, place)) for state in theme.STATES.values() if getattr(state, place)]
    assert len(shown) > 2
    assert len(set(shown)) == len(shown)
    assert len({words for _, words in shown}) == len(shown)


@needs_browser
@pytest.mark.system
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("state", VERDICTS)
def test_a_card_follows_jupyterlabs_theme(page, state, scheme):
    page.set_content(f'<body data-jp-theme-light="{str(scheme == "light").lower()}">{card_html(state, "x", "")}')
    card = page.locator(f".{theme.CARD}")
    wanted = getattr(theme.COLOURS[state], scheme)
    assert as_hex(card.evaluate("card => getComputedStyle(card).borderLeftColor")) == wanted
    mark = card.get_by_text(theme.STATES[state].mark, exact=True)
    assert as_hex(mark.evaluate("mark => getComputedStyle(mark).color")) == wanted


@needs_browser
@pytest.mark.system
@pytest.mark.parametrize(("scheme", "medium"), [("light", "screen"), ("dark", "screen"), ("dark", "print")])
def test_a_page_follows_its_readers_system_and_print_is_light(page, scheme, medium):
    page.emulate_media(color_scheme=scheme, media=medium)
    page.set_content(f"<style>{theme.page_style()} body {{ color: var(--failed) }}</style>")
    shown = as_hex(page.evaluate("getComputedStyle(document.body).color"))
    assert shown == getattr(theme.COLOURS["failed"], "light" if medium == "print" else scheme)


@needs_browser
@pytest.mark.system
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("chosen", SCHEMES)
def test_a_switch_overrules_the_system(page, scheme, chosen):
    page.emulate_media(color_scheme=scheme)
    page.set_content(f"<style>{theme.page_style(switch=True)} body {{ color: var(--failed) }}</style>")
    for theme_of_root, expected in (("", scheme), (chosen, chosen)):
        page.evaluate("theme => { if (theme) document.documentElement.dataset.theme = theme }", theme_of_root)
        shown = as_hex(page.evaluate("getComputedStyle(document.body).color"))
        assert shown == getattr(theme.COLOURS["failed"], expected)
    page.emulate_media(media="print")
    assert as_hex(page.evaluate("getComputedStyle(document.body).color")) == theme.COLOURS["failed"].light


def as_hex(rgb):
    """A computed colour, ``rgb(1, 2, 3)``, as the theme writes it."""
    return "#{:02x}{:02x}{:02x}".format(*map(int, re.findall(r"\d+", rgb)))
