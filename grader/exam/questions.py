"""What a question of the bank is, and what it becomes when it is drawn for a student."""

from dataclasses import dataclass, field
from functools import cache

from grader.base.errors import CourseError

POINTS = 1  # of each question


class UnknownQuestion(CourseError):
    """A question is named that the bank does not have."""


class NoQuestions(CourseError):
    """This install of the course has no questions."""


@dataclass(frozen=True)
class Wrong:
    """An answer that a known mistake gives: a number or the text of a choice, and what the mistake is."""

    value: float | str
    message: str


@dataclass(frozen=True)
class Drawn:
    """A question with its numbers, or with its choices in order.

    `text` and `explanation` are Markdown with equations between dollars. The answer is a number, right if it lies within
    `tolerance` of it, or the text of one of `choices`.
    """

    text: str
    answer: float | str
    wrong: tuple[Wrong, ...]
    explanation: str
    tolerance: float = 0.0
    choices: tuple[str, ...] = ()

    @property
    def letter(self):
        """The letter of the right choice, "a" for the first."""
        return letter(self.choices.index(self.answer))

    def is_right(self, given):
        """Whether a number, or the letter of a choice, answers the question."""
        if self.choices:
            return given == self.letter
        return abs(given - self.answer) <= self.tolerance

    def mistake(self, given):
        """What is known about a wrong answer, or the empty text."""
        if self.choices:
            value = {letter(k): choice for k, choice in enumerate(self.choices)}.get(given)
            return next((w.message for w in self.wrong if w.value == value), "")
        return next((w.message for w in self.wrong if abs(given - w.value) <= self.tolerance), "")


@dataclass(frozen=True)
class Question:
    """One question of the bank. `draw` takes a numpy.random.Generator and returns a Drawn."""

    name: str
    title: str
    lesson: str
    computed: bool
    draw: object = field(repr=False)


def letter(number):
    """The letter of a choice: 0 is "a"."""
    return chr(ord("a") + number)


@cache
def bank():
    """All questions, by name, in the order of the lessons: a dict from name to Question.

    Raises
    ------
    NoQuestions
        If this is an install for students, which has none.
    """
    try:
        from grader.exam.computed import COMPUTED
    except ModuleNotFoundError as e:
        if e.name != "grader.exam.computed":
            raise
        raise NoQuestions(
            "this install has no exam questions, because it is made for students: use the course in full"
        ) from None
    from grader.exam.concepts import read_concepts

    found = sorted([*read_concepts(), *COMPUTED], key=lambda q: q.lesson)
    return {question.name: question for question in found}


def chosen(names=(), lessons=()):
    """Questions by their names or by the numbers of their lessons; all by default.

    Raises
    ------
    UnknownQuestion
        If the bank does not have one of the names, or nothing on one of the lessons.
    """
    for name in names:
        if name not in bank():
            raise UnknownQuestion(f"there is no question {name!r}; the questions are {', '.join(bank())}")
    for lesson in lessons:
        if not any(q.lesson == lesson for q in bank().values()):
            known = ", ".join(sorted({q.lesson for q in bank().values()}))
            raise UnknownQuestion(f"there is no question on lesson {lesson!r}; there are some on {known}")
    return [q for q in bank().values() if (not names and not lessons) or q.name in names or q.lesson in lessons]
