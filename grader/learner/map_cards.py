"""How the map of the course looks: a card for JupyterLab, the same in plain text for a terminal."""

from grader.base import cards
from grader.base.theme import STATES, colour


def rendered(lessons):
    """A sequence of LessonMaps as HTML and as plain text."""
    states = {item.state for lesson in lessons for item in lesson.items}
    legend = "   ".join(f"{look.mark} {look.on_map}" for state, look in STATES.items() if state in states)
    following = next(((m, i) for m in lessons for i in m.items if not i.is_question and i.state != "passed"), None)
    ending = f"Next: `{following[1].name}` in lesson {following[0].name}." if following else "All solved. Well done!"
    headline = _counted(lessons)
    body = _rows(lessons) + cards.paragraph(legend, faint=True)
    body += _next(*following) if following else cards.paragraph(ending)
    lines = [headline, *map(_line, lessons), legend, ending.replace("`", "")]
    return cards.card_html("info", headline, body), "\n".join(lines)


def _counted(lessons):
    items = [item for lesson in lessons for item in lesson.items]
    exercises, questions = ([i for i in items if i.is_question == wanted] for wanted in (False, True))
    counts = [f"{sum(i.state == 'passed' for i in exercises)} of {len(exercises)} exercises solved"]
    earned, points = (sum(m.points(*states) for m in lessons) for states in (("passed",), ()))
    if points:
        counts.append(f"{earned} of {points} points for exercises")
    if questions:
        counts.append(f"{sum(i.state == 'written' for i in questions)} of {len(questions)} questions answered")
    return " · ".join(counts)


def _points(lesson):
    return f"{lesson.points('passed')} of {lesson.points()}" if lesson.points() else ""


def _rows(lessons):
    style = "white-space:nowrap;margin-top:4px"
    rows = "".join(
        f'<div style="{style}">{_link(lesson, f"<u>{cards.inline(lesson.name)}</u>")}</div>'
        f'<div style="{style};text-align:right">{_points(lesson)}</div>'
        f"<div>{' '.join(_pill(lesson, item) for item in lesson.items)}</div>"
        for lesson in lessons
    )
    columns = "grid-template-columns:max-content max-content 1fr"
    return f'<div style="display:grid;{columns};gap:6px 16px;margin:8px 0">{rows}</div>'


def _line(lesson):
    items = (f"{STATES[i.state].mark} {i.name}" + (f" ({_help(i)})" if _help(i) else "") for i in lesson.items)
    return f"{lesson.name:<26}{_points(lesson):<10}{'  '.join(items)}"


def _next(lesson, item):
    words = _link(lesson, cards.inline(f"`{item.name}`"), item.name)
    return f'<div style="margin:6px 0 0">Next: <u>{words}</u> in lesson {cards.inline(lesson.name)}.</div>'


def _pill(lesson, item):
    look = STATES[item.state]
    words = _link(lesson, f"{look.mark} {item.name}", item.name)
    taken = f' <span style="opacity:.75;font-size:12px">{_help(item)}</span>' if _help(item) else ""
    return (
        f'<span style="display:inline-block;border:1px solid {colour(look.colour)};border-radius:10px;padding:0 8px;margin:2px 0">'
        f"{words}{taken}</span>"
    )


def _help(item):
    """What was shown of an exercise's hints and solution, in words."""
    hints = [f"{item.hints} hint{'s' * (item.hints > 1)}"] if item.hints else []
    return ", ".join(hints + ["solution seen"] * item.solution)


def _link(lesson, words, cell=None):
    """Words that lead to a lesson's notebook, and to a cell of it; the words alone where it is not there."""
    if lesson.link is None:
        return words
    address = cards.escape(lesson.link + (f"#cell-id={cell}" if cell else ""))
    return f'<a href="{address}" style="color:inherit">{words}</a>'
