"""Lessons link to one another, and each link leads to an existing notebook."""

import re

import nbformat
import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.links import for_a_class, for_the_book, heading_address, linked
from grader.base.paths import course_root

NOTEBOOKS = {
    path.stem: course_root() / "notebooks" / path.stem / f"{path.stem}.ipynb" for path in find_sources(course_root())
}
GATES = "(../03_gates/03_gates.ipynb)"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("As in lesson 03, and lesson 03 again.", f"As in [lesson 03]{GATES}, and lesson 03 again."),
        ("Lesson 03 built them.", f"[Lesson 03]{GATES} built them."),
        ("- Next: **03 · Gates**. How?", f"- Next: **[03 · Gates]{GATES}**. How?"),
        ("This is lesson 02.", "This is lesson 02."),
        ("There is no lesson 77.", "There is no lesson 77."),
        ("# 02 · Vanishing\n\n## Back to lesson 03", "# 02 · Vanishing\n\n## Back to lesson 03"),
        ("`lesson 03` and $lesson 03$", "`lesson 03` and $lesson 03$"),
        ("```\nlesson 03\n```\nlesson 03", f"```\nlesson 03\n```\n[lesson 03]{GATES}"),
        (
            "<details><summary>A</summary>\n\nlesson 03\n</details>",
            "<details><summary>A</summary>\n\nlesson 03\n</details>",
        ),
        ("see [lesson 03](elsewhere), lesson 03", f"see [lesson 03](elsewhere), [lesson 03]{GATES}"),
        ("see [what lesson 03 says](elsewhere)", "see [what lesson 03 says](elsewhere)"),
    ],
)
def test_a_mention_becomes_a_link(text, becomes):
    assert linked(text, "02_vanishing") == becomes


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (f"[lesson 03]{GATES}, [a paper](https://arxiv.org/abs/1)", "[lesson 03](/lessons/03_gates.md), [a paper](https://arxiv.org/abs/1)"),
        ("[soft](../03_gates/03_gates.ipynb#Why-soft%3F)", "[soft](/lessons/03_gates.md#why-soft)"),
        ("[claims](../../docs/claims.md)", "[claims](/claims.md)"),
        ("[below](#Test-yourself)", "[below](#test-yourself)"),
        ("[the guide](../../docs/instructors.md)", "the guide (`docs/instructors.md` in the course's folder)"),
    ],
)  # fmt: skip
def test_in_the_book_links_lead_to_its_pages(text, becomes):
    pages = {"notebooks/03_gates/03_gates.ipynb": "/lessons/03_gates.md", "docs/claims.md": "/claims.md"}
    assert for_the_book(text, "notebooks/02_vanishing", pages) == becomes


def test_a_heading_has_one_address_as_text_and_in_a_notebook():
    assert (
        heading_address("Your turn: `update_gate` · *easy*")
        == heading_address("Your-turn:-update_gate-·-easy")
        == "your-turn-update_gate-easy"
    )


def test_in_a_class_links_to_the_courses_own_pages_become_words():
    assert for_a_class(f"the [map of\nclaims](../../docs/claims.md), [lesson 03]{GATES}") == (
        f"the map of\nclaims (`docs/claims.md` in the course's folder), [lesson 03]{GATES}"
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_link_leads_to_a_notebook_or_a_heading(name):
    cells = nbformat.read(NOTEBOOKS[name], as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    nearby = [target for target in targets if not re.match(r"https?://|#", target)]
    assert nearby, "the lesson before or after"
    assert [target for target in nearby if not (NOTEBOOKS[name].parent / target).exists()] == []
    headings = {title.replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)}
    assert [target for target in targets if target[0] == "#" and target[1:] not in headings] == []
