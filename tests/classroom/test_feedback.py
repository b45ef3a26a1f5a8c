"""The page of feedback says what it should, in the course's words, and reveals nothing that it should not."""

import ast
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from markupsafe import escape

import grader.checking
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base import theme
from grader.base.cards import inline
from grader.base.paths import course_root
from grader.classroom import rendering, shown_answers
from grader.classroom.assignment import Assignment
from grader.classroom.feedback import STAGES, STATES, FeedbackPages, number
from grader.classroom.gradebook import NO_RESPONSE, Given, Mark
from grader.classroom.grading import STATES as ALL_STATES
from grader.classroom.shown_answers import LONGEST
from grader.classroom.writing import NOT_RUN
from grader.exercises import bank, general
from grader.exercises.general import known_mistakes
from grader.notebook.reading import grade_id

LESSON = "03_gates"
WRITTEN = "why_two_gates"
EXERCISES = tuple(bank()[LESSON])
PASSED = {"state": "passed", "mistake": None, "stage": "all stages", "headline": "`x` is right"}
MARK = Mark(8.0, 10.0, False, 0.0, 0.0, "state")
VOID = {"meta", "br", "hr"}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><iframe srcdoc='<script>alert(1)</script>'></iframe>"
    "</code></pre></title></style><svg onload=alert(1)><a href='javascript:alert(1)'>x</a> \"'><b onclick=alert(1)>"
    " ![x](https://evil.example/x.png) [x](javascript:alert(1)) <https://evil.example> $</span><script>1</script>$"
    " {{ 7 * 7 }} {% raw %} \x1b]0;title\x07 \u202eabc \ud800"
)


@pytest.fixture(scope="module")
def pages():
    return FeedbackPages()


@pytest.fixture(scope="module")
def lesson():
    source = read_lesson(next(p for p in find_sources(course_root()) if p.stem == LESSON))
    rubrics = {c.markers["written"]: c.rubric for c in source.cells if "written" in c.markers}
    pristine = nbformat.read(course_root() / "notebooks" / LESSON / f"{LESSON}.ipynb", as_version=4)
    return Assignment(LESSON, pristine, rubrics, "build")


@pytest.fixture
def make(pages, lesson):
    """Makes a page: everything passed, but for what is given."""

    def made(student="Ada", sources=None, verdicts=None, given=None, mark=MARK, state="graded", reason="", outputs=()):
        notebook = nbformat.from_dict(lesson.pristine)
        for cell in notebook.cells:
            cell.source = (sources or {}).get(grade_id(cell), cell.source)
            if cell.cell_type == "code":
                cell.outputs = list(outputs)
        points = {f"check_{name}": Given(2.0, 2.0) for name in EXERCISES} | {WRITTEN: Given(0.0, 2.0)}
        entry = {"state": state, "reason": reason, "verdicts": dict.fromkeys(EXERCISES, PASSED) | (verdicts or {})}
        return Page(pages.page(notebook, lesson, student, entry, mark, points | (given or {})))

    return made


class Page(HTMLParser):
    """A page taken apart: its tags with their attributes, and its text without its style."""

    def __init__(self, source):
        super().__init__()
        self.source, self.tags, self.open, self.text = source, [], [], ""
        self.feed(source)
        self.close()
        assert not self.open, "some tags are not closed"
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def failed(stage, mistake=None, headline="secret headline"):
    return {"state": "failed", "mistake": mistake, "stage": stage, "headline": headline}


def words(text):
    """A text of the bank as it can be read on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", inline(text))).split())


# ------------------------------------------------------------------------------------------------------ what it says


@pytest.mark.parametrize(("name", "key"), [(n, k) for n in EXERCISES for k in known_mistakes(bank()[LESSON][n])])
def test_a_mistake_is_named_with_its_advice(make, name, key):
    page = make(verdicts={name: failed("values", key)})
    mistake = known_mistakes(bank()[LESSON][name])[key]
    text = page.text
    assert words(mistake.name) in text
    assert words(mistake.advice) in text


def test_every_mistake_that_a_stage_names_is_known_by_name():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(grader.checking.__file__).parent.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    given = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "mistake"]
    assert given and not [value for value in given if isinstance(value, ast.Constant) and value.value]
    used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and node.attr == "key"}
    assert {f"{name}.key" for name, value in vars(general).items() if isinstance(value, general.GeneralMistake)} <= used
    assert list(general.GENERAL.values()) == [
        v for v in vars(general).values() if isinstance(v, general.GeneralMistake)
    ]


def test_two_mistakes_at_once_are_both_named(make):
    first, second = list(bank()[LESSON]["gate"].mistakes.values())[:2]
    text = make(verdicts={"gate": failed("values", f"{first.key}+{second.key}")}).text
    assert "Two things at once" in text
    assert words(first.name) in text
    assert words(second.name) in text


@pytest.mark.parametrize("stage", STAGES)
def test_without_a_mistake_the_stage_is_told_in_words_and_the_hints_are_there(make, stage):
    page = make(verdicts={"gate": failed(stage, headline="secret 1.2345")})
    assert words(STAGES[stage]) in page.text
    for hint in bank()[LESSON]["gate"].hints:
        assert words(hint) in page.text
    assert "secret" not in page.source
    assert "1.2345" not in page.source


def test_every_stage_of_a_check_has_its_words():
    used = set()
    for name in ("diagnosis", "results"):
        source = Path(grader.checking.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "_fail",
                "Fault",
            ):
                first = node.args[0]
                used.add(first.value if isinstance(first, ast.Constant) else first.id)
    from grader.checking.diagnosis import PROPERTIES, REFUSAL

    used = {{"PROPERTIES": PROPERTIES, "REFUSAL": REFUSAL}.get(stage, stage) for stage in used} - {"stage"}
    assert len(used) > 7
    assert used <= set(STAGES)


def test_every_state_has_its_words():
    assert set(STATES) == set(ALL_STATES) - {"late", "unidentified"}


def test_a_broken_property_is_named(make):
    exercise = next(e for e in bank()[LESSON].values() if e.properties)
    prop = next(iter(exercise.properties.values()))
    page = make(verdicts={exercise.name: failed("laws", headline=f"`x` violates a property: {prop.name}")})
    assert words(prop.name) in page.text


def test_an_error_is_named_only_if_it_is_one_of_pythons(make):
    assert (
        "The error was a NameError."
        in make(verdicts={"gate": failed("error", headline="NameError: /secret/path")}).text
    )
    for headline in ("Secret0123: x", "print: x", "", "SystemExitX: y"):
        assert "The error was" not in make(verdicts={"gate": failed("error", headline=headline)}).text


def test_an_unknown_mistake_or_stage_says_no_more_than_that_it_did_not_pass(make):
    page = make(verdicts={"gate": failed("<b>mine</b>", mistake="secret+gate")})
    assert "It did not pass." in page.text
    assert "mine" not in page.source
    assert "secret" not in page.source


def test_marks_are_shown_with_the_late_penalty_and_its_reason(make):
    text = make(mark=Mark(6.5, 10.0, False, 7500.0, 1.5, "")).text
    assert "6.5 of 10 points" in text
    assert "Handed in 2 h 5 min after the due time: that took 1.5 off the 8 points." in text
    assert "which costs nothing" in make(mark=Mark(8.0, 10.0, False, 60.0, 0.0, "")).text
    assert "after the due time" not in make().text


def test_a_written_answer_says_whether_it_is_marked(make):
    answered = {WRITTEN: "Since *two* decisions, $z * r_{t} * z$."}
    waiting = make(sources=answered, given={WRITTEN: Given(0.0, 2.0, True)})
    assert "8 of 10 points so far" in waiting.text
    assert "One answer is not marked yet" in waiting.text
    assert "– of 2" in waiting.text
    assert "$z * r_{t} * z$" in waiting.text
    assert "<em>two</em>" in waiting.source
    marked = make(sources=answered, given={WRITTEN: Given(1.5, 2.0, False, "Good, but **why**?")})
    assert "so far" not in marked.text
    assert "1.5 of 2" in marked.text
    assert "<strong>why</strong>" in marked.source
    assert "not answered" in make().text


def test_the_rubric_is_shown_once_an_answer_is_marked_and_to_nobody_else(make, lesson):
    answered, headline = {WRITTEN: "Since there are two decisions."}, "What the points of this answer are given for"
    points = [line.removeprefix("- ") for line in lesson.rubrics[WRITTEN].splitlines() if line.startswith("- ")]

    def shows(**how):
        text = make(**how).text
        shown = [words(line).split(":")[1][:30] in text for line in points]
        assert all(shown) == any(shown) == (headline in text)
        return headline in text

    assert len(points) > 1
    assert shows(sources=answered, given={WRITTEN: Given(1.5, 2.0)})
    assert shows(sources=answered, given={WRITTEN: Given(0.0, 2.0)})
    assert shows(given={WRITTEN: Given(1.0, 2.0)}), "points for an answer that was given elsewhere"
    assert not shows()
    assert not shows(sources=answered, given={WRITTEN: Given(0.0, 2.0, True)}), "it can still be answered better"
    assert not shows(given={WRITTEN: Given(0.0, 2.0, True)})
    for state in NOT_RUN:
        assert not shows(state=state, verdicts=dict.fromkeys(EXERCISES))


def test_a_comment_is_shown_whether_or_not_there_was_an_answer(make):
    assert "Come and see me" in make(given={WRITTEN: Given(0.0, 2.0, False, "Come and see me")}).text
    assert "No response" not in make(given={WRITTEN: Given(0.0, 2.0, False, NO_RESPONSE)}).text


def test_the_learners_own_code_is_shown_but_not_the_stub(make, lesson):
    page = make(sources={"gate": "def gate(x):\n    return x < 3 and '<b>'"})
    assert "def gate(x): return x < 3 and '<b>'" in page.text
    assert "raise NotImplementedError" not in make().text


def test_what_was_put_right_is_told(make):
    page = make(
        state="repaired", reason="the locked cell check_gate was missing; the answer cell gate was there 2 times"
    )
    assert STATES["repaired"] in page.text
    assert "<li>the locked cell check_gate was missing</li>" in page.source


def test_a_submission_that_could_not_be_graded_says_so(make):
    page = make(state="unreadable", reason="the file is empty", verdicts=dict.fromkeys(EXERCISES))
    assert STATES["unreadable"] in page.text
    assert page.text.count("not graded") >= len(EXERCISES)


def test_an_instructors_own_test_has_its_points(make, lesson):
    cell = nbformat.v4.new_code_cell("assert secret")
    cell.metadata.nbgrader = {"grade_id": "test_mine", "grade": True, "solution": False, "points": 3}
    lesson.pristine.cells.append(cell)
    try:
        page = make(given={"test_mine": Given(1.0, 3.0)})
    finally:
        lesson.pristine.cells.pop()
    assert "Test test_mine✗ not yet right · 1 of 3" in page.text
    assert "secret" not in page.source


# ------------------------------------------------------------------------------------------------ what it must not say


def test_no_output_of_the_submission_is_shown(make):
    outputs = [
        nbformat.v4.new_output("stream", text="SECRET"),
        nbformat.v4.new_output("display_data", {"text/html": "SECRET", "text/plain": "SECRET"}),
        nbformat.v4.new_output("error", ename="SECRET", evalue="SECRET", traceback=["SECRET"]),
    ]
    assert "SECRET" not in make(outputs=outputs).source


def test_hostile_texts_are_only_text(make):
    everywhere = {name: HOSTILE for name in (*EXERCISES, WRITTEN)}
    comments = {WRITTEN: Given(1.0, 2.0, True, HOSTILE), **{name: Given(comment=HOSTILE) for name in EXERCISES}}
    verdicts = {name: failed("values", headline=HOSTILE) for name in EXERCISES}
    plain, page = (
        make(student="Ada", sources=dict.fromkeys(everywhere, "pass"), verdicts=verdicts),
        make(HOSTILE, everywhere, verdicts, comments, reason=HOSTILE, state="repaired"),
    )
    assert {tag for tag, _ in page.tags} - {tag for tag, _ in plain.tags} <= {"ul", "li", "span", "h4", "div", "p"}
    names = {name for _, attributes in page.tags for name in attributes}
    assert names <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "scope", "style", "tabindex",
        "aria-labelledby",
    }  # fmt: skip
    assert all(a["href"].startswith("#") for a in page.named("a"))
    assert "49" not in page.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page.source)
    page.source.encode()


@pytest.mark.parametrize("text", ["*a " * 20_000, "> " * 20_000, "'\\" * 20_000, "f'{" * 20_000, "(" * 50_000])
def test_a_long_text_is_cut_short(make, text):
    page = make(sources={"gate": text, WRITTEN: text}, given={WRITTEN: Given(1.0, 2.0, True, text)})
    assert page.text.count("… cut short …") == 3
    assert len(page.source) < 50 * LONGEST


TABLE = "|a" * 3000 + "\n" + "|-" * 3000


@pytest.mark.parametrize("text", [TABLE, "[" * 6001, "**a* " * 2000, '"""' + "\\N{" * 3000])
def test_a_text_too_long_to_be_rendered_at_once_is_shown_whole_as_it_was_typed(make, monkeypatch, text):
    monkeypatch.setattr(shown_answers, "_as_html", lambda text: "rendered")
    monkeypatch.setattr(rendering, "highlight", lambda *parts: "coloured")
    page = make(sources={"gate": text, WRITTEN: text}, given={WRITTEN: Given(1.0, 2.0, True, text)})
    assert page.source.count(f"<pre>{escape(text)}</pre>") == 2
    assert page.source.count(str(escape(text))) == 3
    assert "cut short" not in page.text


# -------------------------------------------------------------------------------------------------------- how it is made


def test_the_page_is_whole_by_itself_and_forbids_scripts(make):
    page = make()
    (policy,) = [m["content"] for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert "url(" not in page.source
    assert "@import" not in page.source


def test_the_page_can_be_found_ones_way_through(make):
    page = make(sources={WRITTEN: "# Mine\n\ntext"}, verdicts={"gate": failed("values")})
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("main")) == len(page.named("h1")) - page.source.count("<h1>Mine</h1>") == 1
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= set(ids)
    assert {a["href"][1:] for a in page.named("a")} <= set(ids)
    assert "<title>03 · Gates · feedback for Ada</title>" in page.source


def test_its_look_is_the_themes(make):
    page = make(verdicts={"gate": failed("values")}, given={WRITTEN: Given(None, 2.0, waiting=True)})
    style = re.search(r"<style>(.*?)</style>", page.source, re.S)[1]
    assert theme.page_style() in style
    assert set(re.findall(r"var\(--(\w+)\)", style)) - {"is"} <= set(theme.COLOURS)
    for name in ("passed", "failed", "waiting"):
        assert f"{theme.STATES[name].mark} {theme.STATES[name].in_feedback}" in page.text


@pytest.mark.parametrize(("points", "written"), [(2.0, "2"), (1.5, "1.5"), (1 / 3, "0.33"), (None, "0")])
def test_points_as_one_writes_them(points, written):
    assert number(points) == written


def test_quotes_in_a_name_stay_text(make):
    assert "Robert &#34;Bobby&#34; &lt;Tables&gt;" in make('Robert "Bobby" <Tables>').source
