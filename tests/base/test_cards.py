"""A card says the same in HTML and in plain text, escapes everything, and takes its colours from the theme."""

import re

from grader.base.cards import inline, verdict_html, verdict_text
from grader.check.verdict import Verdict

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


def test_the_state_is_told_by_a_mark_and_not_by_colour_alone():
    marks = {s: verdict_text(Verdict("gate", s, "", "x"))[0] for s in ("passed", "failed", "todo")}
    assert len(set(marks.values())) == 3


def test_inline_marks_code_and_bold():
    assert "<b>so</b>" in inline("**so**")
    assert re.search(r"<code[^>]*>a &lt; b</code>", inline("`a < b`"))


def test_inline_marks_emphasis_and_leaves_stars_in_code_and_products():
    assert inline("the part that is *kept*") == "the part that is <em>kept</em>"
    assert "<em>" not in inline("avoid `h *= 2` and `x * W`, and 2 * 3 * 4")
