"""A card says the same in HTML and in plain text, escapes everything, and takes its colours from the theme."""

import re

from grader.base import theme
from grader.base.cards import inline, verdict_html, verdict_text
from grader.checking.verdict import Verdict

VERDICT = Verdict(
    exercise="gate",
    state="failed",
    stage="values",
    headline="`gate` is <wrong>",
    body=("First `a < b`.", "Second."),
    facts=(("yours", "1 & 2"), ("wanted", "3")),
    code="line 3: x < y",
    next_step="Try `hint(gate)`",
    notes=("printed <b>",),
    picture="<svg/>",
)


def plain(html):
    return re.sub(r"<[^>]+>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_both_forms_say_the_same():
    text = verdict_text(VERDICT)
    for words in ("gate is <wrong>", "First a < b.", "Second.", "1 & 2", "line 3: x < y", "hint(gate)", "printed <b>"):
        assert words in text
        assert words in plain(verdict_html(VERDICT))


def test_nothing_from_outside_becomes_html():
    html = verdict_html(VERDICT)
    assert "<wrong>" not in html
    assert "printed <b>" not in html


def test_text_and_ground_follow_the_theme():
    html = verdict_html(VERDICT)
    for variable in ("--jp-content-font-color1", "--jp-layout-color1", "--jp-layout-color2"):
        assert f"var({variable}, " in html
    assert html.count(theme.card_style()) == 1


def test_a_card_has_its_edge_where_no_variable_is_allowed():
    style = re.search(r'style="([^"]*)"', verdict_html(VERDICT))[1].split(";")
    assert f"border-left:6px solid {theme.COLOURS['failed'].light}" in style
    assert style.index(f"border-color:{theme.colour('failed')}") > max(
        number for number, part in enumerate(style) if part.startswith(("border:", "border-left:"))
    )


def test_the_state_is_told_by_a_mark_and_not_by_colour_alone():
    for state in ("passed", "failed", "todo"):
        mark = theme.STATES[state].mark
        assert verdict_text(Verdict("gate", state, "", "x")) == f"{mark} x"
        assert f">{mark}</span>" in verdict_html(Verdict("gate", state, "", "x"))
    assert len({theme.STATES[state].mark for state in ("passed", "failed", "todo")}) == 3


def test_inline_marks_code_and_bold():
    assert "<b>so</b>" in inline("**so**")
    assert re.search(r"<code[^>]*>a &lt; b</code>", inline("`a < b`"))


def test_inline_marks_emphasis_and_leaves_stars_in_code_and_products():
    assert inline("the part that is *kept*") == "the part that is <em>kept</em>"
    assert "<em>" not in inline("avoid `h *= 2` and `x * W`, and 2 * 3 * 4")
