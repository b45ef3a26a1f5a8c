"""Equations as MathML: all those of the lessons, and what is refused."""

import io
import re

import pytest
from fontTools.ttLib import TTFont

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.publishing.equations import EquationNotRead, math_font, mathml


def equations(text):
    text = re.sub(r"`[^`\n]*`", "", text)
    return [(a or b, bool(a)) for a, b in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", text, re.S)]


def test_every_equation_of_the_lessons_is_converted_completely():
    found = [
        e
        for path in find_sources(course_root())
        for c in read_lesson(path).cells
        if c.kind == "markdown"
        for e in equations(c.text)
    ]
    assert len(found) > 1000
    for latex, display in found:
        shown = mathml(latex, display)
        assert "\\" not in re.sub(r'alttext="[^"]*"', "", shown), latex


def test_a_norm_and_an_underscore_come_out_as_they_are_meant():
    assert "‖" in mathml(r"\Bigl\lVert a \Bigr\rVert") and "∥" not in mathml(r"\Bigl\lVert a \Bigr\rVert")
    assert "<mtext>dh_prev of</mtext>" in mathml(r"\text{dh\_prev of}").replace("\xa0", " ")


@pytest.mark.parametrize("latex", [r"\noSuchCommand x", r"\begin{cases} x", r"x^a^b"])
def test_what_is_not_understood_is_quoted(latex):
    with pytest.raises(EquationNotRead) as refused:
        mathml(latex)
    assert repr(latex) in str(refused.value)


def test_a_functions_name_stands_apart_from_its_operand():
    for latex, spaces in [(r"\ln u", 1), (r"-\log_2 p", 1), (r"\tanh(a)", 0), (r"\ln \tanh 0.5", 2), ("a b", 0)]:
        assert mathml(latex).count("<mspace") == spaces, latex


def test_the_font_has_what_the_equations_use_and_is_small():
    font = math_font([mathml(r"\sigma(W x) \odot h \;\Longrightarrow\; \frac{\partial h_T}{\partial h_t}")])
    known = TTFont(io.BytesIO(font))
    assert {ord(c) for c in "σ⊙∂⟹√" + "𝑊𝑥ℎ"} <= set(known.getBestCmap()) and "MATH" in known
    assert len(font) < 250_000
