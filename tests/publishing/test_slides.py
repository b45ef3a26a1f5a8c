"""Slides: which cells become what, what is never shown, and what is refused. They are measured in test_slides_in_browser.py."""

import re
import shutil
from functools import cache

import pytest

from grader.authoring.lessons import UnknownLesson, find_sources
from grader.authoring.source import SourceError, read_cells, read_lesson
from grader.base.paths import course_root
from grader.publishing.slides import making
from grader.publishing.slides.condense import TASKS, condensed, html
from grader.publishing.slides.deck import SlidesNotMade, slides
from grader.publishing.slides.fit import check_that_they_fit
from grader.publishing.slides.making import NotWritten, make_slides

SOURCES = {path.stem: path for path in find_sources(course_root())}
LESSON = """# %% [markdown] slide="new"
# # 90 · Try
#
# **Does it?**
#
# - **Goals**: see it; try it.
# %% [markdown] slide="new"{}
# ## A section
#
# Not shown. This is **kept**. With $a = 1$ and $b = 2$: **predict** the sum.
# %%
predict("sum", ...)  # 2 or 3?
# %% slide="more both"
print("the sum is")
outcome("sum", 3)
# %% [markdown]
# An explanation for the notes.

# %% [markdown] slide="new" written="why" points=10
# **For 10 points.** Why?
#
# ### BEGIN SOLUTION
# Because of the secret.
#
# **Rubric**
#
# - 10: it says why
# ### END SOLUTION
"""


@pytest.fixture
def lesson(tmp_path):
    def make(marker=""):
        path = tmp_path / "90_try.py"
        path.write_text(LESSON.format(marker))
        return read_lesson(path)

    return make


@cache
def deck(name):
    """The slides of a lesson that has not been executed."""
    lesson = read_lesson(SOURCES[name])
    return lesson, slides(lesson, lesson.notebook())


def shown(slide):
    """All that a slide says, notes included, without tags."""
    return re.sub(r"<[^>]*>", "", "\n".join([slide.title, *(b.html for b in slide.blocks), *slide.notes]))


def simple(text):
    return re.sub(r"[\s`$*\\]+", " ", text).strip()


def test_a_cell_gives_a_title_key_sentences_and_its_question_and_the_rest_is_for_the_notes(lesson):
    first, second, third = slides(lesson(), lesson().notebook())
    assert first.is_first and [b.kind for b in first.blocks] == ["text", "list"]
    assert first.blocks[1].html.count("<li>") == 2
    assert second.title == "A section" and [b.kind for b in second.blocks] == ["text", "question", "code"]
    assert "kept" in second.blocks[0].html and "Not shown" not in second.blocks[0].html
    assert "predict" in second.blocks[1].html and "2 or 3?" in second.blocks[1].html
    assert second.blocks[1].html.startswith("<p>With <math")  # an equation and a colon end no sentence
    assert "Not shown" in "".join(second.notes) and "explanation for the notes" in "".join(second.notes)
    assert "Why?" in shown(third) and "secret" not in shown(third) and "it says why" not in shown(third)


def test_a_marker_may_give_other_text_and_another_question(lesson):
    made = slides(lesson(' brief="## Short\\n\\nIn $a$ word." ask="Really?"'), lesson().notebook())
    assert made[1].title == "Short" and "word" in made[1].blocks[0].html
    assert [b.html for b in made[1].blocks if b.kind == "question"] == ["<p>Really?</p>\n"]
    assert "Not shown" in "".join(made[1].notes)


def test_outputs_are_text_outcomes_and_figures_and_progress_is_not_shown(lesson):
    made = lesson()
    run = made.notebook()
    figure = '<img alt="A line." src="data:image/png;base64,AAAA">'
    run.cells[3]["outputs"] = [
        {"output_type": "display_data", "data": {"text/plain": "run: 3 steps · 1 s"}},
        {"output_type": "display_data", "data": {"text/plain": "Sum: 3. You made no prediction.", "text/html": "<p>"}},
        {"output_type": "display_data", "data": {"text/plain": "A line.", "text/html": figure}},
    ]
    kinds = [b.kind for b in slides(made, _as_notebook(run))[1].blocks]
    assert kinds == ["text", "question", "code", "outcome", "figure"]


def _as_notebook(run):
    import nbformat

    return nbformat.from_dict(run)


def test_a_verdict_is_cut_at_a_sentence_and_a_claim_stands_without_its_source():
    claim = "> **Claim.** It is so.\n>\n> *Source:* somewhere."
    verdict = "> **Verdict.** Wrong. " + " ".join(f"This is sentence number {n} of it." for n in range(30))
    kinds = {p.kind: p.markdown for p in condensed(f"{claim}\n\nText.\n\n{verdict}").parts}
    assert kinds["claim"] == "**Claim.** It is so." and "text" not in kinds
    assert 90 < len(kinds["verdict"]) <= 200 and kinds["verdict"].endswith("of it.")


def test_links_within_the_course_are_words_and_equations_are_mathml():
    assert html("[map](../../docs/claims.md), [paper](https://example.org)") == (
        '<p>map, <a href="https://example.org">paper</a></p>\n'
    )
    assert html("$a$\n\n$$b$$\n$$c$$").count("<math") == 3


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        (' slide="old"', "one word of more, new"),
        (' slide="new code"', "one word of more, new"),
        (" slide=1", "text in double quotes"),
        (' brief="x"', "belongs to a cell with slide"),
        (' slide="new" lines="1-2"', "lines of a code cell"),
    ],
)
def test_a_wrong_marker_is_named_with_its_line(tmp_path, marker, complaint):
    path = tmp_path / "90_try.py"
    path.write_text(LESSON.format("").replace("# %% [markdown]\n# An", f"# %% [markdown]{marker}\n# An"))
    with pytest.raises(SourceError, match=rf"90_try\.py:\d+: .*{complaint}"):
        read_lesson(path)


@pytest.mark.parametrize("name", SOURCES)
def test_every_lesson_makes_a_lecture_with_a_question_in_each_section(name):
    lesson, made = deck(name)
    check_that_they_fit(lesson, made)
    assert 15 <= len(made) <= 25
    assert made[0].is_first and not any(s.is_first for s in made[1:])
    assert all(slide.notes for slide in made[1:])
    asked = {slide.section for slide in made if slide.asks}
    without = {s.section for s in made[1:] if not s.section.startswith((*TASKS, "Recap", "Your "))} - asked
    assert not without, f"sections without a question for the class: {without}"


@pytest.mark.parametrize("name", SOURCES)
def test_no_solution_and_no_model_answer_is_shown(name):
    """Neither on slides nor in notes, except what the learner's own notebook says as well."""
    lesson, made = deck(name)
    said = simple("\n".join(map(shown, made)))
    region = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.S)
    public = simple("\n".join(region.sub("", cell.text) for cell in lesson.cells))
    secret = [line for cell in lesson.cells for block in region.findall(cell.text) for line in block.splitlines()]
    told = [line for line in map(simple, secret) if len(line) > 20 and line in said and line not in public]
    assert secret and not told


def test_a_solution_that_a_marker_shows_is_cut_out():
    _, made = deck("03_gates")
    code = "\n".join(block.text for slide in made for block in slide.blocks if block.kind == "code")
    assert "def sigmoid(a):" in code and "..." in code and "np.exp(-np.abs" not in code


def test_what_is_too_tall_is_refused_with_its_place(lesson):
    made = lesson(' brief="' + "\\n".join(f"- line {n}" for n in range(30)) + '"')
    with pytest.raises(SlidesNotMade, match=r"slide 2 of 90_try \(.*90_try\.py:7\) is too tall: about 1\d\d\d of 652"):
        check_that_they_fit(made, slides(made, made.notebook()))


def test_an_equation_that_is_too_wide_is_refused(lesson):
    made = lesson(' brief="$$' + " + ".join("abcdefgh" for _ in range(12)) + '$$"')
    with pytest.raises(SlidesNotMade, match=r"slide 2 of 90_try .* is too wide"):
        check_that_they_fit(made, slides(made, made.notebook()))


def test_a_lesson_needs_markers_and_the_first_begins_a_slide(tmp_path):
    path = tmp_path / "90_try.py"
    path.write_text(re.sub(r' slide="[^"]*"', "", LESSON.format("")))
    bare = read_lesson(path)
    with pytest.raises(SlidesNotMade, match="no cell has a marker slide"):
        slides(bare, bare.notebook())
    path.write_text(LESSON.format("").replace('slide="new"', 'slide="more"', 1))
    early = read_lesson(path)
    with pytest.raises(SlidesNotMade, match=r'90_try\.py:1: the first marked cell should be slide="new"'):
        slides(early, early.notebook())


def test_an_unknown_lesson_and_an_impossible_place_are_named(tmp_path):
    with pytest.raises(UnknownLesson, match="no lesson begins with '99'"):
        make_slides(course_root(), ["99"])
    with pytest.raises(NotWritten, match="2 lessons make 2 files"):
        make_slides(course_root(), ["03", "04"], tmp_path / "a.html")
    with pytest.raises(
        NotWritten, match=r"neither a folder that exists nor the name of a page, such as .*slides\.html"
    ):
        make_slides(course_root(), ["03"], tmp_path / "slides")


def test_a_place_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("grader.publishing.executed.executed", lambda root, path: None)
    monkeypatch.setattr(making, "deck_of", lambda lesson, notebook: ("<html>", 20))
    (tmp_path / "file").write_text("")
    with pytest.raises(
        NotWritten, match=r"cannot write .*a\.html: (Not a directory|File exists)\. Choose another place"
    ):
        make_slides(course_root(), ["03"], tmp_path / "file" / "a.html")
    written = []
    make_slides(course_root(), ["03"], tmp_path, after=lambda path, count: written.append((path.name, count)))
    assert written == [("03_gates.html", 20)] and (tmp_path / "03_gates.html").read_text() == "<html>"
    shutil.rmtree(tmp_path)


def test_markers_name_cells_that_are_there():
    """A marker never moves a lesson's cells: all cells have the ids that they have without it."""
    cells = read_cells(SOURCES["03_gates"])
    assert sum("slide" in cell.markers for cell in cells) > 20
    text = repr(read_lesson(SOURCES["03_gates"]).notebook())
    assert not re.search(r"slide=|'slide'|'brief'|'ask'", text)
