"""The four places where a verdict is seen (card, picture, feedback, report) in a browser: the theme's colours, and no barrier.

``GRU_COURSE_SCREENSHOTS=folder`` keeps a picture of each, in the light and in the dark.
"""

import nbformat
import numpy as np
import pytest

from grader.base import cards, theme
from grader.base.paths import course_root
from grader.checking.pictures import comparison
from grader.checking.verdict import Verdict
from grader.classroom.assignment import Assignment
from grader.classroom.class_report import render
from grader.classroom.feedback import FeedbackPages
from grader.classroom.gradebook import Given, Mark
from grader.classroom.grading import Row
from grader.exercises import bank
from tests.support.browsing import needs_browser, violations

pytestmark = [pytest.mark.system, needs_browser]
LESSON, WRITTEN = "03_gates", "why_two_gates"
MARK = Mark(3.0, 10.0, False, 0.0, 0.0, "")


def verdicts(*states):
    """Verdicts of the lesson's first exercises, as the journal has them."""
    return {
        name: {"state": state, "mistake": None, "stage": "values", "headline": name}
        for name, state in zip(bank()[LESSON], states, strict=False)
    }


def card(scheme):
    """A card of each state, and a map and curves of a wrong result, with what JupyterLab's theme says."""
    wanted, curve = np.arange(6.0).reshape(2, 3), np.arange(5.0)
    got = wanted + np.array([[0.0], [1.0]])
    drawn = comparison(got, wanted, got != wanted, "B H") + comparison(curve + 1, curve, np.full(5, True), "T")
    shown = "".join(
        cards.verdict_html(Verdict("x", state, "values", f"`x`: {state}", ("Look.",), picture=picture))
        for state, picture in (("passed", ""), ("failed", drawn), ("todo", ""))
    )
    back, text = (getattr(theme.COLOURS[name], scheme) for name in ("back", "text"))
    style = (
        f"--jp-layout-color1: {back}; --jp-layout-color2: {back}; --jp-content-font-color1: {text}; background: {back}"
    )
    return (
        '<!doctype html><html lang="en"><title>Cards</title>'
        f'<body data-jp-theme-light="{str(scheme == "light").lower()}" style="{style}">'
        f'<main><h1 style="color: {text}">Cards</h1>{shown}</main>'
    )


def feedback(scheme):
    pristine = nbformat.read(course_root() / "notebooks" / LESSON / f"{LESSON}.ipynb", as_version=4)
    points = {f"check_{name}": Given(0.0, 2.0) for name in bank()[LESSON]}
    points[WRITTEN] = Given(1.0, 2.0, comment="Well argued.")
    entry = {"state": "graded", "reason": "", "verdicts": verdicts("passed", "failed", "todo")}
    return FeedbackPages().page(pristine, Assignment(LESSON, pristine, {}, "build"), "Ada", entry, MARK, points)


def report(scheme):
    rows = [
        Row(student, LESSON, "graded", "", MARK, None, "", made, True)
        for student, made in (
            ("Ada", verdicts("passed", "failed", "todo")),
            ("Zoë", verdicts("failed", "passed", "passed")),
        )
    ]
    return render("class", rows)


PLACES = {
    "card": (card, f".{theme.CARD} >> nth=1", "borderLeftColor"),
    "picture": (card, "svg path[stroke-dasharray]", "stroke"),
    "feedback": (feedback, "article.failed >> nth=0", "borderLeftColor"),
    "report": (report, ".whole .failed >> nth=0", "backgroundColor"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_failed_has_the_themes_colour_and_all_can_be_read(page, screenshots, place, scheme):
    made, element, part = PLACES[place]
    page.emulate_media(color_scheme=scheme)
    page.set_content(made(scheme))
    page.screenshot(path=screenshots / f"look-{place}-{scheme}.png", full_page=True)
    colour = getattr(theme.COLOURS["failed"], scheme)
    wanted = f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"
    assert page.locator(element).evaluate(f"element => getComputedStyle(element).{part}") == wanted
    assert violations(page) == []
