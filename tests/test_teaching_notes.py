"""The teaching notes fit the lessons and the bank: headings, predictions, mistakes with their exact titles, rubrics, points."""

import re

import pytest

from grader.authoring.lessons import find_sources
from grader.base.paths import course_root
from tests.support.teaching import FOLDER, WARNING, faults, taught

NOTES = sorted(path.stem for path in FOLDER.glob("[0-9][0-9].md"))
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")


def notes(number):
    return (FOLDER / f"{number}.md").read_text(encoding="utf-8")


def test_every_lesson_has_notes():
    assert [path.stem[:2] for path in find_sources(course_root())] == NOTES


@pytest.mark.parametrize("number", NOTES)
def test_notes_fit_their_lesson(number):
    found = faults(notes(number), taught(number))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("number", NOTES)
def test_notes_link_only_to_what_is_there(number):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", notes(number))
    assert [link for link in links if not (FOLDER / link).exists()] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# 03 · Gates", "# 03 · Doors", "the first line should be"),
        (WARNING, "", "above the first section"),
        ("## Discussion questions", "## Discussion", "the sections should be"),
        ("§ *Why soft?*", "§ *Why hard?*", "03_gates has no heading 'Why hard?'"),
        ("| 0–10 |", "| ten |", "each row should begin with minutes such as 0–10"),
        ("| 0–", "| 1–", "from minute 0 to 90 without a gap"),
        ("**For home.**", "**At home.**", "should have a paragraph **For home.**"),
        ("- `left_form`", "- `wrong_form`", "03_gates has no prediction 'wrong_form'"),
        ("### `update_gate`", "### `sigmoid`", "there should be a heading ### for each of"),
        ("**U is not transposed**", "**W is not transposed**", "is 'U is not transposed', not 'W is not transposed'"),
        ("`state_weights_not_transposed`", "`transposed`", "gate has no mistake 'transposed'"),
        ("*Ask:*", "Ask", "should end with a question to the student"),
        ('\n- **"', '\n**"', "'Common questions from the floor' should have 3 to 5 items"),
        ("### `why_two_gates` · 2 points", "### `why_two_gates` · 3 points", "there should be the headings"),
        ("- 1 point: the right values", "- 1 point: right values", "should quote the lesson's rubric as it stands"),
        ("**Model answer.**", "", "should have a model answer"),
        ("**Full credit** · 1 + 1 of 2", "**Full credit** · 1 + 0 of 2", "Full credit is no 1 of 2"),
        ("**Full credit** · 1 + 1 of 2", "**Full credit** · 2 + 0 of 2", "the rubric has lines of [1, 1]"),
        ("**No credit** · 0 + 0 of 2", "**No credit** · 0 + 1 of 2", "No credit is no 1 of 2"),
        ("**Half credit**", "**Some credit**", "there should be marked answers"),
        ("*Why:*", "Why:", "should be followed by the answer in lines > and by *Why:*"),
    ],
)
def test_what_does_not_fit_is_told(old, new, said):
    text = notes("03")
    assert old in text
    assert any(said in fault for fault in faults(text.replace(old, new), taught("03")))


def test_the_notes_guide_quotes_the_warning():
    assert WARNING in " ".join(GUIDE.split())


def test_the_instructors_guide_leads_here():
    guide = (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
    assert "](teaching/README.md)" in guide
