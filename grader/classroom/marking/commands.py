"""The commands for marking without names and with two markers: ``gru-course class who``, ``agree`` and ``decide``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.authoring.lessons import find_sources
from grader.base.paths import course_root
from grader.base.wording import counted, visible

SHOWN = 40  # answers of one kind in the terminal
TITLES = {
    "differ": "A person has to decide: the marks differ by more than {tolerance:g} points",
    "by hand, before": "Points given without --marker are for an earlier submission: look again in the formgrader",
    "one": "These wait for another mark",
}
HOW = {
    "equal": "with equal marks", "mean": "by the mean of two", "middle": "by the middle one of several",
    "decided": "by a person's decision", "by hand": "by points given without --marker, which stay",
}  # fmt: skip

app = typer.Typer()
console = Console()


@app.command()
def who(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    codes: Annotated[list[str] | None, typer.Argument(help="Codes such as K7WX-3QHM; all by default.")] = None,
    lesson: Annotated[list[str] | None, typer.Option(help="Of this lesson only, such as 03; may be repeated.")] = None,
):
    """Say whose submissions codes stand for, once they are marked."""
    from grader.classroom.marking.naming import whose

    table = Table("code", "lesson", "student")
    for code, name, student in whose(folder, codes or (), _names(lesson)):
        table.add_row(code, name, Text(visible(student)))
    console.print(table)


@app.command()
def agree(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    lesson: Annotated[list[str] | None, typer.Option(help="This lesson only, such as 03; may be repeated.")] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Points by which marks may differ; as the last time, at first 0.5.")
    ] = None,
    step: Annotated[
        float | None, typer.Option(help="Means are multiples of this many points; as the last time, at first 0.5.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show it; write nothing.")] = False,
):
    """Compare what markers gave, write what they agree on to the gradebook, and list what a person has to decide."""
    from grader.classroom.marking import agreeing

    outcome = agreeing.agree(folder, tolerance, step, _names(lesson), write=not dry_run)
    for row in outcome.agreements:
        _tell_agreement(row)
    _tell_settled(outcome, dry_run)
    for state, title in TITLES.items():
        found = outcome.of(state)
        if found:
            console.print(_waiting(title.format(tolerance=outcome.rules.tolerance), found))
    if outcome.of("differ"):
        console.print(
            f"Decide with gru-course formgrader {folder} --differences, or with gru-course class decide {folder} CODE --points …",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if outcome.unmarked:
        console.print(f"Nobody has marked {_counted(outcome.unmarked)} yet.", highlight=False)
    for name, count in outcome.foreign.items():
        console.print(
            f"[yellow]{count} of the submissions that {name} has marked are not in this class[/yellow]: they were forgotten, "
            "or belong to a class with another course.key. They are left out.",
            highlight=False,
        )
    if any(result.fresh for result in outcome.results) and not dry_run:
        console.print(f"Feedback and report follow with: gru-course grade {folder}", soft_wrap=True, highlight=False)


@app.command()
def decide(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    code: Annotated[str, typer.Argument(help="The submission's code, such as K7WX-3QHM.")],
    points: Annotated[float, typer.Option(help="The points that count.")],
    question: Annotated[str | None, typer.Option(help="The question, if the lesson has several.")] = None,
    comment: Annotated[
        str | None, typer.Option(help="What the student reads; by default the markers' comments.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who decided; kept with the decision.")] = "",
):
    """Settle an answer on which markers differ, by a person's decision."""
    from grader.classroom.marking import agreeing

    result, before = agreeing.decide(folder, code, points, question, comment, by)
    given = ", ".join(f"{visible(name)} {mark:g}" for name, mark in result.marks.items()) or "nobody has marked it"
    instead = f", in place of {before:g}" if before not in (None, points) else ""
    console.print(
        f"{result.code}, {result.question}: {points:g} of {counted(result.max_points, 'point')}{instead} ({given}).",
        highlight=False, markup=False,
    )  # fmt: skip


def _tell_agreement(row):
    share = f"equal {row.equal} ({row.equal / row.count:.0%})"
    difference = f"mean difference {row.difference:.2f} of {counted(row.max_points, 'point')}"
    kappa = "kappa" if row.kappa is None else f"kappa {row.kappa:.2f}"
    both = visible(" and ".join(row.markers))
    told = f"{row.lesson}, {row.question}: {both} have both marked {_counted(row.count)}."
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    console.print(f"  {share}, {difference}, {kappa}: {row.words}", markup=False, highlight=False, soft_wrap=True)


def _tell_settled(outcome, dry_run):
    parts = [f"{len(found)} {words}" for state, words in HOW.items() if (found := outcome.of(state))]
    fresh = sum(result.fresh and result.points is not None for result in outcome.results)
    reopened = sum(result.fresh and result.points is None for result in outcome.results)
    console.print(f"Settled: {', '.join(parts) or 'nothing yet'}.", highlight=False, soft_wrap=True)
    would = "would be" if dry_run else "were"
    console.print(f"{_counted(fresh).capitalize()} {would} written to the gradebook now.", highlight=False)
    if reopened:
        console.print(
            f"{_counted(reopened).capitalize()} {would} opened again: marks have changed since they were settled.",
            highlight=False,
        )


def _waiting(title, found):
    shown = sorted(found, key=lambda r: (r.lesson, r.question, r.code))
    more = "" if len(shown) <= SHOWN else f" ({SHOWN} of {len(shown)})"
    table = Table("submission", "lesson", "question", "marks", title=title + more, title_justify="left")
    for result in shown[:SHOWN]:
        marks = [f"{visible(name)} {points:g}" for name, points in result.marks.items()]
        marks += [f"{visible(name)}: of an earlier submission" for name in result.earlier]
        table.add_row(result.code, result.lesson, result.question, Text(", ".join(marks)))
    return table


def _counted(count):
    return "1 answer" if count == 1 else f"{count or 'no'} answers"


def _names(numbers):
    return [path.stem for path in find_sources(course_root(), numbers)] if numbers else []
