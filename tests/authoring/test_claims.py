"""The map of claims: it says what the boxes say, and no box lacks what it needs."""

import pytest

from grader.authoring.claims import MAP, Claim, StrayVerdict, as_page, claims_in, read_claims, write_map
from grader.base.paths import course_root


def lesson(folder, *quotes):
    """A source with these quotes, each in a cell of its own below the heading of its number; returns its path."""
    cells = [f"# %% [markdown]\n# ## Part {k}\n#\n{text}\n" for k, text in enumerate(quotes, 1)]
    path = folder / "solutions" / "03_gates.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["# %% [markdown]\n# # 03 · Gates\n", *cells]), encoding="utf-8")
    return path


CLAIM = "# > **Claim.** A gate is\n# > open | shut.\n# >\n# > *Source:* [a page](https://example.org)."
VERDICT = "# > **Verdict.** Imprecise, by 0.5 or so. It may be half\n# > open.\n# >\n# > And more."


def test_each_claim_of_the_course_has_a_source_a_verdict_and_a_place():
    lacking = [f"{c.lesson}, line {c.line}: {', '.join(c.missing)}" for c in read_claims(course_root()) if c.missing]
    assert lacking == [], "write a paragraph `> *Source:* …` into the box, and its `> **Verdict.** …` below a heading"


def test_the_map_is_the_one_that_the_boxes_make():
    made = as_page(read_claims(course_root()))
    assert (course_root() / MAP).read_text(encoding="utf-8") == made, "run `gru-course build`"


def test_a_box_is_read_with_its_source_verdict_and_place(tmp_path):
    (claim,) = claims_in(lesson(tmp_path, CLAIM, "# Between.", VERDICT))
    assert (claim.lesson, claim.title, claim.line) == ("03_gates", "03 · Gates", 7)
    assert claim.text == "A gate is open | shut."
    assert claim.source == "[a page](https://example.org)."
    assert claim.verdict == "Imprecise, by 0.5 or so. It may be half open. And more."
    assert claim.in_short == "Imprecise, by 0.5 or so. It may be half open."
    assert claim.place == "Part 3"
    assert claim.missing == []


@pytest.mark.parametrize(
    ("verdict", "in_short"),
    [
        ("Wrong. It is 0.5, e.g. here. And more.", "Wrong. It is 0.5, e.g. here."),
        ("Wrong.", "Wrong."),
        ("Imprecise; only half of it shows here. And more.", "Imprecise; only half of it shows here."),
        ("nothing that ends", "nothing that ends"),
    ],
)
def test_a_verdict_of_a_word_takes_its_reason_along(verdict, in_short):
    assert Claim("03_gates", "03 · Gates", 7, "A claim.", verdict=verdict).in_short == in_short


def test_what_a_box_lacks_is_named(tmp_path):
    bare, half = claims_in(lesson(tmp_path, "# > **Claim.** One.", VERDICT, CLAIM))
    assert bare.missing == ["source"]
    assert half.missing == ["verdict", "place"]
    assert "not named" in as_page([bare])


@pytest.mark.parametrize("quotes", [(VERDICT,), (CLAIM, VERDICT, VERDICT)])
def test_a_verdict_without_a_claim_is_refused(tmp_path, quotes):
    with pytest.raises(StrayVerdict, match=r"03_gates\.py:\d+: a verdict, but no claim"):
        claims_in(lesson(tmp_path, *quotes))


def test_other_quotes_and_code_are_no_boxes(tmp_path):
    path = lesson(tmp_path, "# > Somebody said so.")
    path.write_text(path.read_text(encoding="utf-8") + '\n# %%\n"""\n> **Claim.** No.\n"""\n', encoding="utf-8")
    assert claims_in(path) == []


def test_a_row_of_the_map_leads_to_the_place_where_it_is_settled(tmp_path):
    lesson(tmp_path, CLAIM, VERDICT)
    page = write_map(tmp_path).read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if "A gate" in line)
    assert row == (
        r"| A gate is open \| shut. | [a page](https://example.org). | Imprecise, by 0.5 or so. It may be half open. | "
        "[03 Gates](../notebooks/03_gates/03_gates.ipynb#Part-2), Part 2 |"
    )


def test_writing_the_map_again_changes_nothing(tmp_path):
    lesson(tmp_path, CLAIM, VERDICT)
    first = write_map(tmp_path).read_bytes()
    assert write_map(tmp_path).read_bytes() == first
