"""Every exercise and every written question has a model answer to show, if the sources are available."""

import json

import nbformat
import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.withheld import withhold
from grader.base.paths import course_root
from grader.exercises import bank
from grader.learner import model_answers
from grader.learner.lab import notebook_path
from grader.learner.model_answers import NoModelAnswer, model_answer
from grader.notebook.reading import grade_id

ROOT = course_root()
EXERCISES = [(lesson, name) for lesson, exercises in bank().items() for name in exercises]


def questions(lesson):
    cells = nbformat.read(notebook_path(ROOT, lesson), as_version=4).cells
    return [grade_id(c) for c in cells if grade_id(c) and c.cell_type == "markdown"]


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_every_exercise_has_one(lesson, name):
    found = model_answer(name)
    assert (found.lesson, found.written) == (lesson, False)
    compile(found.text, name, "exec")
    assert name in found.text and "SOLUTION" not in found.text


@pytest.mark.parametrize("lesson", bank())
def test_every_question_in_words_has_one_with_its_rubric(lesson):
    names = questions(lesson)
    assert names
    for name in names:
        found = model_answer(name)
        assert (found.lesson, found.written) == (lesson, True)
        words, _, rubric = found.text.partition("**Rubric**")
        assert len(words.split()) > 20 and "point" in rubric and "SOLUTION" not in found.text


def test_a_paragraph_is_one_line_and_so_is_each_point():
    words, _, rubric = model_answer("one_gate_is_not_enough").text.partition("\n\n**Rubric**\n\n")
    assert "\n" not in words
    assert all(line.startswith("- 1 point") for line in rubric.splitlines()) and rubric.count("\n") == 1


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course whose solutions may be left out."""
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_lesson_left_out_is_told_so_and_others_are_shown(course):
    source = ROOT / "solutions" / "03_gates.py"
    (course / "solutions" / source.name).write_bytes(source.read_bytes())
    assert model_answers.at_hand("update_gate") and not model_answers.at_hand("ema")
    assert model_answer("update_gate").lesson == "03_gates"
    with pytest.raises(NoModelAnswer, match="ask your instructor"):
        model_answer("ema")


@pytest.mark.parametrize("there", [True, False])
def test_none_at_hand(course, monkeypatch, there):
    if not there:
        (course / "solutions").rmdir()
        monkeypatch.setattr(model_answers, "course_root", lambda: course)
    assert not model_answers.at_hand("update_gate")
    with pytest.raises(NoModelAnswer, match="not on this computer"):
        model_answer("update_gate")


@pytest.fixture
def without(course):
    """A course whose lessons have lost their solutions."""
    (course / "solutions").rmdir()
    (course / "lessons").mkdir()
    (course / "edition.json").write_text("{}")
    for source in find_sources(ROOT):
        bare = withhold(source.read_text(encoding="utf-8"))
        (course / "lessons" / source.name).write_text(bare, encoding="utf-8")
    return course


def test_before_a_release_a_sentence_says_so(without):
    assert not model_answers.at_hand("update_gate")
    for name in ("update_gate", "why_two_gates"):
        with pytest.raises(NoModelAnswer, match=r"lesson 03 have not been released\. .* put it into .*released"):
            model_answer(name)
    with pytest.raises(
        NoModelAnswer, match="no exercise or question called 'why_two_gate': did you mean 'why_two_gates'"
    ):
        model_answer("why_two_gate")


@pytest.mark.parametrize("where", ["the course's folder", "the environment", "the wheel's folder"])
def test_a_released_lesson_is_shown_wherever_it_lies_and_no_other(without, tmp_path, monkeypatch, where):
    folder = without / "released" if where == "the course's folder" else tmp_path / "hub"
    if where == "the environment":
        monkeypatch.setenv("GRU_COURSE_SOLUTIONS", str(folder))
    elif where == "the wheel's folder":
        (without / "edition.json").write_text(json.dumps({"solutions": "abc", "released": str(folder)}))
    folder.mkdir()
    (folder / "03_gates.py").write_bytes((ROOT / "solutions" / "03_gates.py").read_bytes())
    assert model_answers.at_hand("update_gate") and "p.W_iz" in model_answer("update_gate").text
    assert "**Rubric**" in model_answer("why_two_gates").text
    with pytest.raises(NoModelAnswer, match="lesson 00 have not been released"):
        model_answer("ema")


@pytest.mark.parametrize("text", ["nothing of a lesson", "\xff"])
def test_a_release_that_is_no_lesson_says_so(without, text):
    (without / "released").mkdir()
    (without / "released" / "03_gates.py").write_bytes(text.encode("latin-1"))
    with pytest.raises(NoModelAnswer, match=r"is not the source of a lesson|have not been released"):
        model_answer("update_gate")


def test_a_lesson_without_its_solutions_is_no_release(without):
    (without / "released").mkdir()
    (without / "released" / "03_gates.py").write_bytes((without / "lessons" / "03_gates.py").read_bytes())
    with pytest.raises(NoModelAnswer, match="have not been released"):
        model_answer("update_gate")


def test_solutions_that_may_not_be_read_are_none(course, monkeypatch):
    source = course / "solutions" / "03_gates.py"
    source.write_text("# %%")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(source), "read_text", refuse)
    assert not model_answers.at_hand("update_gate")
    with pytest.raises(NoModelAnswer, match="you may not read them"):
        model_answer("update_gate")
