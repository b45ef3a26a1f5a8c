"""The page of feedback that a learner gets: marks, the mistakes by name, what a person wrote about the answers.

It is made from data alone and shows the course's own words, the learner's own answers, and nothing else: no output of a
submission, and of a verdict only its state, the key of the mistake and the stage. So no hidden case, seed, expected value or
path can be on it. It needs no network and runs no script.

Plain ``nbgrader generate_feedback`` still works on ``autograded/``, but shows every cell with its outputs.
"""

import builtins
import functools
import re
from dataclasses import dataclass, replace

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from nbgrader.utils import is_grade, is_solution
from pygments.formatters import HtmlFormatter

from grader.base import theme
from grader.base.cards import inline
from grader.base.wording import duration
from grader.classroom.gradebook import NO_RESPONSE
from grader.classroom.rendering import harmless_text
from grader.classroom.shown_answers import Texts, shown_answers
from grader.exercises import bank
from grader.exercises.general import known_mistakes
from grader.notebook.reading import grade_id

STATES = {
    "graded": "",
    "repaired": "Something about the notebook had to be put right first; then it was graded like any other.",
    "unclear": "Something about your notebook can be understood in more than one way. Your teacher will look at it.",
    "blank": "No answer was found in your notebook.",
    "wrong lesson": "Your notebook belongs to another lesson, so it could not be graded. Hand in this lesson's notebook.",
    "unreadable": "Your file could not be read as a notebook, so it could not be graded. Save it in JupyterLab, and hand it in again.",
    "missing notebook": "There was no notebook in your submission, so there was nothing to grade.",
    "crashed": "One of your cells ended the Python process. Everything else counts.",
    "timed out": "One of your cells ran too long and was stopped. Everything else counts.",
    "out of memory": "One of your cells needed too much memory and was stopped. Everything else counts.",
    "failed": "The grader itself failed on your notebook. That is no fault of yours: it will be graded again.",
}
STAGES = {
    "not written yet": "It is still to be written.",
    "arguments": "It takes other arguments than it should: compare its first line with the task.",
    "runs": "It stopped with an error, or did not finish in time.",
    "refuses what is not defined": "It accepts arguments for which there is no right answer: there it should raise a `ValueError`.",
    "leaves its inputs alone": "It changes an array that belongs to its caller.",
    "kind and shape": "It runs, but what it returns has another kind or shape than it should.",
    "finite": "It runs, and returns the right kind and shape, but there are NaN or infinite entries.",
    "values": "It runs, and returns the right kind and shape, but not the right values.",
    "without a warning": "Its values are right, but NumPy warned on the way.",
    "laws": "The values that were compared are right, but it violates a property that must always hold.",
    "error": "The cell that checks it ended in an error, before there was a verdict.",
}
_ERRORS = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)}


@dataclass(frozen=True)
class Item:
    """One exercise, written answer or test of the instructor's own, as the page shows it.

    `outcome` is "passed", "failed", "todo" (not written, or not marked yet), "marked" (by a person), "unanswered" or
    "ungraded"; `told` are paragraphs, each a headline or None, and a text; HTML is Markup.
    """

    name: str
    kind: str
    points: float
    max_points: float
    outcome: str
    told: tuple = ()
    hints: tuple = ()
    question: str = ""
    answer: str = ""
    rubric: str = ""
    comment: str = ""


class FeedbackPages:
    """Makes the pages of a class."""

    def __init__(self):
        self._template = _template()
        self._styles = {name: _style(name) for name in ("default", "github-dark")}

    def page(self, notebook, lesson, student, entry, mark, given, shown=None):
        """The page as HTML.

        Parameters
        ----------
        notebook : NotebookNode, as it was executed; its cells' sources are shown, its outputs are not
        lesson : Assignment
        student : str
        entry : the journal's entry about the grading: its ``state``, ``reason`` and ``verdicts``
        mark : gradebook.Mark
        given : ``{grade_id: gradebook.Given}``, points and comments cell by cell
        shown : the result of `shown_answers`, if it is known already

        Returns
        -------
        html : str
        """
        answers = shown_answers(notebook, lesson.pristine) if shown is None else shown
        answers = {name: Markup(html) for name, html in answers.items()}
        items = list(_items(lesson, answers, entry, given, Texts()))
        return self._template.render(
            title=_title(lesson), student=student, items=items, mark=mark, styles=self._styles,
            late=duration(mark.seconds_late) if mark.seconds_late else "",
            waiting=[item for item in items if item.outcome == "todo" and item.kind != "exercise"],
            page_style=theme.page_style(), look_of=theme.STATES,
            state=STATES.get(entry["state"], ""), notes=[n for n in entry["reason"].split("; ") if n],
        )  # fmt: skip


@functools.cache
def _template():
    environment = Environment(
        loader=PackageLoader("grader.classroom", ""), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        finalize=harmless_text,
    )  # fmt: skip
    environment.filters |= {"number": number, "inline": _inline}
    return environment.get_template("feedback.html.jinja")


def _items(lesson, answers, entry, given, texts):
    """Each cell with points, in the lesson's order."""
    exercises = bank().get(lesson.name, {})
    for name, cell in {grade_id(cell): cell for cell in lesson.pristine.cells if grade_id(cell)}.items():
        if is_grade(cell) and is_solution(cell):
            rubric = "" if name in lesson.dropped else lesson.rubrics.get(name, "")
            item = _written(name, cell, answers.get(name), rubric, given[name], texts)
            yield replace(item, outcome="ungraded") if name in lesson.dropped else item
        elif name in given and given[name].max_points is not None:
            exercise = exercises.get(name.removeprefix("check_"))
            if exercise and name != exercise.name:
                comment = given[exercise.name].comment if exercise.name in given else ""
                verdict, answer = entry["verdicts"].get(exercise.name), answers.get(exercise.name, "")
                yield _exercise(exercise, answer, verdict, given[name], _comment(comment, texts))
            else:
                yield _other(name, given[name], texts)


def _exercise(exercise, answer, verdict, given, comment):
    state = verdict["state"] if verdict else "ungraded"
    outcome = state if state in ("passed", "todo", "ungraded") else "failed"
    return Item(
        exercise.name, "exercise", given.points, given.max_points, outcome,
        told=() if state == "passed" else tuple(_told(exercise, verdict)),
        hints=() if state == "passed" else exercise.hints,
        answer=answer, comment=comment,
    )  # fmt: skip


def _written(name, cell, answer, rubric, given, texts):
    answered = answer is not None
    marked = not given.waiting and (answered or given.points)  # points may be given for what was said elsewhere
    outcome = "todo" if given.waiting else "marked" if marked else "unanswered"
    return Item(
        name, "written", given.points, given.max_points, outcome,
        question=texts.written(cell)(cell.source), answer=answer or "",
        # It all but answers the question, so nobody has it who can still answer.
        rubric=texts.markdown(rubric) if marked else "", comment=_comment(given.comment, texts),
    )  # fmt: skip


def _other(name, given, texts):
    full = given.points is not None and given.points >= given.max_points
    outcome = "todo" if given.waiting else "passed" if full else "failed"
    return Item(name, "test", given.points, given.max_points, outcome, comment=_comment(given.comment, texts))


def _comment(text, texts):
    return "" if text == NO_RESPONSE else texts.markdown(text)


def number(value):
    """Points as one writes them: ``2``, ``1.5``."""
    return f"{round(value or 0, 2):g}"


def _told(exercise, verdict):
    """What there is to say about an answer that did not pass, in the course's own words: (headline or None, text)."""
    if verdict is None:
        return
    known = known_mistakes(exercise)
    mistakes = [known.get(key) for key in (verdict.get("mistake") or "").split("+")]
    if all(mistakes):
        if len(mistakes) > 1:
            yield None, "Two things at once:"
        yield from ((m.name, m.advice) for m in mistakes)
        return
    headline = verdict.get("headline") or ""
    yield None, STAGES.get(verdict.get("stage"), "It did not pass.")
    if verdict.get("stage") == "laws":
        yield from ((prop.name, prop.advice) for prop in exercise.properties.values() if headline.endswith(prop.name))
    name = re.match(r"\w*", headline)[0]
    if verdict.get("stage") == "error" and name in _ERRORS:
        yield None, f"The error was a `{name}`."


def _title(lesson):
    for cell in lesson.pristine.cells:
        found = re.match(r"#\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
        if found:
            return found[1]
    return lesson.name


@functools.lru_cache(maxsize=1000)
def _inline(text):
    """The same hints and mistakes are told again and again."""
    return Markup(inline(text))


@functools.cache
def _style(name):
    """The rules of one of Pygments' styles, colours of words alone."""
    return "\n".join(HtmlFormatter(style=name).get_token_style_defs(".code"))
