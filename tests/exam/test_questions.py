"""The bank: forty questions, whose right answers are right, whose wrong ones are wrong, and each with its message."""

import sys

import numpy as np
import pytest

import gru_ref
from grader.authoring.lessons import find_sources
from grader.base.paths import course_root
from grader.exam import questions
from grader.exam.concepts import ConceptsNotRead, read_concepts
from grader.exam.questions import NoQuestions, UnknownQuestion, bank, chosen, letter
from grader.publishing.equations import mathml

QUESTIONS = list(bank().values())
COMPUTED = [q for q in QUESTIONS if q.computed]
DRAWS = 40

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
each_computed = pytest.mark.parametrize("question", COMPUTED, ids=lambda q: q.name)


def draws(question, count=DRAWS):
    return [question.draw(np.random.default_rng(seed)) for seed in range(count)]


def given(drawn, value):
    """How a student gives an answer: a number, or the letter of a choice."""
    return letter(drawn.choices.index(value)) if drawn.choices else value


def test_there_are_forty_half_of_them_computed_on_lessons_that_exist():
    assert len(QUESTIONS) == 40 and len(COMPUTED) == 20
    numbers = {path.stem[:2] for path in find_sources(course_root())}
    assert {q.lesson for q in QUESTIONS} <= numbers
    assert len({q.title for q in QUESTIONS}) == 40


@each_question
def test_only_the_right_answer_is_right_and_each_known_mistake_is_named(question):
    for drawn in draws(question):
        assert drawn.is_right(given(drawn, drawn.answer)) and drawn.wrong and drawn.explanation
        for wrong in drawn.wrong:
            assert not drawn.is_right(given(drawn, wrong.value))
            assert drawn.mistake(given(drawn, wrong.value)) == wrong.message
        assert len({w.message for w in drawn.wrong}) == len(drawn.wrong)


@each_computed
def test_the_numbers_differ_from_student_to_student_and_three_digits_are_enough(question):
    drawn = draws(question)
    assert len({d.text for d in drawn}) > DRAWS / 2
    for d in drawn:
        assert d.is_right(float(f"{d.answer:.3g}")) or isinstance(d.answer, int)
        assert not d.is_right(1.02 * d.answer + 1e-9)


@each_question
def test_its_equations_can_be_drawn(question):
    for drawn in draws(question, 5):
        for text in (drawn.text, drawn.explanation, *drawn.choices, *(w.message for w in drawn.wrong)):
            assert text.count("$") % 2 == 0, text
            for equation in text.split("$")[1::2]:
                mathml(equation)


def test_the_choices_have_an_order_of_each_students_own():
    drawn = draws(bank()["soft"])
    assert len({d.choices for d in drawn}) > 10 and len({frozenset(d.choices) for d in drawn}) == 1
    assert {d.letter for d in drawn} == set("abcd")


def test_answers_agree_with_pytorch():
    import torch

    for drawn in draws(bank()["parameters_of_a_stack"], 3) + draws(bank()["parameters_of_a_gru"], 3):
        call = drawn.text.split("`")[1]
        module = eval(call, {"torch": torch})
        assert drawn.answer == sum(p.numel() for p in module.parameters())


def test_a_bias_out_of_two_gives_the_gate_that_writes():
    for drawn in draws(bank()["one_bias"]):
        b_i, b_h = (float(part.split("= ")[1]) for part in drawn.text.split("$")[1:4:2])
        assert np.isclose(gru_ref.sigmoid(np.array(drawn.answer)), 1 - gru_ref.sigmoid(np.array(b_i + b_h)))


def test_an_install_for_students_says_that_it_has_no_questions(monkeypatch):
    monkeypatch.setitem(sys.modules, "grader.exam.computed", None)
    monkeypatch.setattr(questions, "bank", questions.bank.__wrapped__)
    with pytest.raises(NoQuestions, match="this install has no exam questions"):
        chosen()


def test_questions_are_chosen_by_name_or_lesson():
    assert [q.name for q in chosen(["soft"])] == ["soft"]
    assert {q.lesson for q in chosen(lessons=["03", "10"])} == {"03", "10"}
    assert len(chosen()) == 40
    with pytest.raises(UnknownQuestion, match="no question 'sofd'; the questions are average"):
        chosen(["sofd"])
    with pytest.raises(UnknownQuestion, match="no question on lesson '14'; there are some on 00, 01"):
        chosen(lessons=["14"])


GOOD = "## Title · lesson 03 {#name}\n\nWhat?\n\n- [x] this\n- [ ] that — Why not.\n\nSo it is.\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (" · lesson 03", "", 1, "should be `## Title · lesson 03"),
        ("- [ ] that — Why not.\n", "", 1, "has 1 choices"),
        (" — Why not.", "", 6, "a wrong choice says why"),
        ("[x] this", "[x] this — Good.", 5, "the right one does not"),
        ("[ ] that", "[x] that", 6, "the right one does not"),
        ("- [x] this\n", "- [ ] this — No.\n", 5, "0 choices are marked"),
        ("- [ ] that", "- [ ] this", 5, "two choices are the same"),
        ("- [ ] that", "\n- [ ] that", 5, "without a gap"),
        ("What?", "", 1, "a text above its choices"),
        ("So it is.", "", 1, "below them an explanation"),
        ("So it is.\n", "So it is.\n\n" + GOOD, 1, "another question has the name 'name'"),
    ],
)
def test_a_file_in_another_form_is_refused_with_file_and_line(tmp_path, old, new, line, said):
    path = tmp_path / "concepts.md"
    path.write_text(GOOD)
    assert [q.name for q in read_concepts(path)] == ["name"]
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ConceptsNotRead) as refused:
        read_concepts(path)
    assert str(refused.value).startswith(f"{path}:{line}: ") and said in str(refused.value)


def test_a_question_that_a_mistake_always_answers_is_found_out():
    from grader.exam.computed import _drawn

    with pytest.raises(RuntimeError, match="always gives the right answer"):
        _drawn(lambda rng: ("How many?", 3, {"Three, too.": 3}, "Three."), np.random.default_rng(0))
    assert questions.letter(0) == "a"
