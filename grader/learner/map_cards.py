"""How the map of the course looks: a card for JupyterLab, the same in plain text for a terminal.

Each part of the course is a line of its lessons. Below stand the exercises of those lessons that were begun, and of the one
that comes next; in JupyterLab, those of the others are folded away.
"""

from itertools import groupby

from grader.base import cards
from grader.base.theme import STATES, colour


def rendered(lessons):
    """A sequence of LessonMaps as HTML and as plain text."""
    following = next(((m, i) for m in lessons for i in m.items if not i.is_question and i.state != "passed"), None)
    ending = f"Next: `{following[1].name}` in lesson {following[0].name}." if following else "All solved. Well done!"
    near = [m for m in lessons if m.state == "tried" or (following and m is following[0])]
    others = [m for m in lessons if m not in near]
    headline = _counted(lessons)
    parts = [(title, list(of_part)) for title, of_part in groupby(lessons, lambda m: m.part)]

    body = "".join(_part(title, of_part) for title, of_part in parts) + _rows(near)
    if others:
        body += f"<details><summary>The exercises of the other lessons</summary>{_rows(others)}</details>"
    body += cards.paragraph(_legend(lessons, lessons), faint=True)
    body += _next(*following) if following else cards.paragraph(ending)
    lines = [f"{title}\n  {'   '.join(map(_short, of_part))}" for title, of_part in parts]
    lines = [headline, *lines, *map(_line, near), _legend(lessons, near), ending.replace("`", "")]
    return cards.card_html("info", headline, body), "\n".join(lines)


def _legend(lessons, in_full):
    """The marks that are to be seen, and what they mean."""
    seen = {m.state for m in lessons} | {item.state for m in in_full for item in m.items}
    return "   ".join(f"{look.mark} {look.on_map}" for state, look in STATES.items() if state in seen)


def _mark_and_number(lesson):
    return f"{STATES[lesson.state].mark} {lesson.name[:2]}"


def _short(lesson):
    return f"{_mark_and_number(lesson)} {_share(lesson)}".rstrip()


def _part(title, lessons):
    pills = " ".join(
        _bordered(
            STATES[m.state], _link(m, f"{_mark_and_number(m)} {cards.inline(m.name[3:].replace('_', ' '))}"), _share(m)
        )
        for m in lessons
    )
    return f'<div style="margin:6px 0 0"><b>{cards.inline(title)}</b><br>{pills}</div>'


def _share(lesson):
    return f"{lesson.points('passed')}/{lesson.points()}" if lesson.points() else ""


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
    return _bordered(look, _link(lesson, f"{look.mark} {item.name}", item.name), _help(item))


def _bordered(look, words, aside):
    small = f' <span style="opacity:.75;font-size:12px">{aside}</span>' if aside else ""
    return (
        f'<span style="display:inline-block;border:1px solid {colour(look.colour)};border-radius:10px;padding:0 8px;margin:2px 0">'
        f"{words}{small}</span>"
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
