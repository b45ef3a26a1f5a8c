"""What a learner calls in a notebook: check, hint, outcome, predict, progress, show, solution."""

import io
import sys

from grader import figures
from grader.answer.description import described
from grader.base import cards, predictions
from grader.base.errors import CheckFailed, GraderFault
from grader.checking.answers import misuse
from grader.checking.diagnosis import examine
from grader.checking.verdict import VERDICT_MIME
from grader.exercises import find
from grader.learner import map_cards, progress_log
from grader.learner.course_map import course_map
from grader.learner.model_answers import NoModelAnswer, at_hand, model_answer


def check(answer, exercise=None):
    """Check your answer to an exercise: ``check(update_gate)``.

    Shows the result, and names the mistake if it is a known one.

    Parameters
    ----------
    answer : your function or class; its name says which exercise it answers
    exercise : str, the exercise, for a function with another name; such a trial is not noted in your progress

    Raises
    ------
    CheckFailed
        If the answer is not right (an AssertionError, so that nbgrader counts it).
    GraderFault
        If the course itself failed, so that nothing is known about the answer.
    """
    description = described(answer)
    name = exercise or description.called
    verdict = misuse(description, name)
    if verdict is None:
        wanted = find(name)
        try:
            verdict = examine(wanted, answer, alone=True)
        except GraderFault as fault:
            _card("todo", f"`{name}` could not be checked", [f"This says nothing about your answer: {fault}.", _AGAIN])
            _without_traceback_in_plain_python()
            raise
        if not exercise:
            progress_log.record_check(verdict)
    _display(cards.verdict_html(verdict), cards.verdict_text(verdict), {VERDICT_MIME: verdict.as_dict()})
    _tell_trouble()
    if not verdict.passed:
        _without_traceback_in_plain_python()
        raise CheckFailed(verdict.headline.replace("`", "")) from None


def hint(answer):
    """Show the next hint for an exercise: ``hint(update_gate)`` or ``hint("update_gate")``. It shows one more hint each time."""
    name = _name_of(answer)
    try:
        exercise = find(name)
    except LookupError as e:
        _card("failed", "There is no hint for that", [f"Sorry, {e}"])
        return
    shown = progress_log.records().get(name, progress_log.Record()).hints
    count = len(exercise.hints)
    if shown < count:
        progress_log.record_hint(name)
    upto = min(shown + 1, count)
    texts = [f"{i}. {text}" for i, text in enumerate(exercise.hints[:upto], 1)]
    more = count - upto
    ending = f"Run this again for the next hint ({more} left)." if more else _AFTER_THE_LAST
    if not more and at_hand(name):
        ending += f' Still stuck? `from grader import solution` and `solution("{name}")` show how the course solves it.'
    _card("info", f"Hint {upto} of {count} for `{name}`", [*texts, ending])
    _tell_trouble()


def solution(answer):
    """Show how the course solves an exercise: ``solution(update_gate)`` or ``solution("update_gate")``.

    For a question in words, ``solution("one_gate_is_not_enough")``, it shows the model answer and its rubric.
    Your progress records that you have seen it. A grading run shows no solutions.
    """
    try:
        show_solution(_name_of(answer))
    except NoModelAnswer as e:
        _card("failed", "No solution to show", [f"Sorry, {e}."])


def show_solution(name):
    """Show the solution with this name; raises NoModelAnswer if there is none."""
    if progress_log.being_graded():
        print("Solutions are for learning: grading shows none.")
        return
    found = model_answer(name)
    progress_log.record_solution(name)
    headline = f"{'A good answer to' if found.written else 'How the course solves'} `{name}`, lesson {found.lesson}"
    shown = cards.paragraph(found.text) if found.written else cards.code(found.text)
    ending = _AFTER_READING[found.written]
    _display(
        cards.card_html("info", headline, shown + cards.paragraph(ending)),
        "\n".join([headline.replace("`", ""), "", found.text, "", ending]),
    )
    _tell_trouble()


def progress():
    """Show the map of the course: what you have solved, what you have tried, what comes next.

    Exercises count by their checks, written questions by the notebooks as they were last saved.
    """
    _display(*map_cards.rendered(course_map()))


def show(fig, name=None, *, alt=None):
    """Display a matplotlib figure with a text for readers who cannot see it, and close it.

    Parameters
    ----------
    fig : matplotlib Figure
    name : str, a lesson's figure, whose text is in ``grader/figures/``
    alt : str, instead of a name: what a figure of your own shows, in a sentence or two

    Raises
    ------
    ValueError
        If no lesson has a figure of that name, or `alt` is empty.
    """
    text = figures.text_for(name, alt)
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png")
    plt.close(fig)
    _display(cards.image(buffer.getvalue(), text), text)


def predict(name, guess):
    """Note what you expect, before you look: ``predict("half_life", 7)``. It is not marked.

    Parameters
    ----------
    name : str, the question
    guess : number, text, boolean, or a list of these; while it contains dots ``...``, there is no prediction yet
    """
    noted = predictions.note(name, guess)
    question = predictions.title(name)
    if noted is None:
        _card("todo", f"{question}: no prediction yet. Replace the dots by yours, and run this cell again", [])
    else:
        _card("info", f"{question}: your prediction is {noted}", [])


def outcome(name, came, unit=""):
    """Show the result, and what you predicted under this name.

    Parameters
    ----------
    name : str, as in `predict`
    came : the result: number, text, boolean, or a list of these
    unit : str, put after the result, such as ``" steps"``
    """
    _card("info", predictions.compare(name, came, unit), [])


_AGAIN = "Restart the kernel, and run the notebook from the top. If it happens again, please report it: this is a fault of the course."
_AFTER_THE_LAST = "That was the last one. The lesson's worked example is near."
_AFTER_READING = {
    False: "Yours may look different and be right. Read this until you can explain each line; then write your own without looking, and check it.",
    True: "Yours may say it differently. Which of the points does it make?",
}


def _name_of(answer):
    return answer if isinstance(answer, str) else getattr(answer, "__name__", repr(answer))


def _card(state, headline, paragraphs):
    body = "".join(map(cards.paragraph, paragraphs))
    _display(cards.card_html(state, headline, body), "\n".join([headline, *paragraphs]).replace("`", ""))


def _tell_trouble():
    """Say once that progress is not being saved."""
    trouble = progress_log.trouble()
    if trouble:
        says = f"It could not be written: {trouble}. It is kept only until you restart this kernel. Run `gru-course doctor` to find out more."
        _card("todo", "Your progress is not being saved", [says])


def _display(as_html, as_text, more=None):
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        sys.modules["IPython"].display.display({"text/html": as_html, "text/plain": as_text, **(more or {})}, raw=True)
    else:
        print(as_text)


def _without_traceback_in_plain_python():
    previous = sys.excepthook
    if getattr(previous, "of_the_course", False):
        return

    def hook(kind, value, tb):
        if issubclass(kind, CheckFailed | GraderFault):
            print(value, file=sys.stderr)
        else:
            previous(kind, value, tb)

    hook.of_the_course = True
    sys.excepthook = hook
