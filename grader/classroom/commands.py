"""The commands for a class: ``gru-course grade``, ``gru-course formgrader`` and ``gru-course class demo``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.errors import CourseError
from grader.paths import course_root

app = typer.Typer()
class_app = typer.Typer(help="A pretend class, to try the grader on.", no_args_is_help=True)
app.add_typer(class_app, name="class", rich_help_panel="To teach a class")
console = Console()


@app.command(rich_help_panel="To teach a class")
def grade(
    folder: Annotated[
        Path, typer.Argument(help="A course folder with submitted/, or an LMS's export: a folder or a zip.")
    ],
    out: Annotated[Path | None, typer.Option(help="Course folder for an export; beside it by default.")] = None,
    due: Annotated[
        str | None,
        typer.Option(help="Due time, 2026-12-01T23:59: this machine's local time, or with an offset, +01:00."),
    ] = None,
    lesson: Annotated[
        list[str] | None, typer.Option(help="Grade this lesson only, such as 03; may be repeated.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Grade everything again, changed or not.")] = False,
    cell_seconds: Annotated[float, typer.Option(help="Longest time of one cell.", min=1)] = 60,
    notebook_seconds: Annotated[float, typer.Option(help="Longest time of one notebook.", min=1)] = 300,
):
    """Grade a class: marks into gradebook.db and grades.csv, feedback into feedback/. Run again, it goes on where it stopped."""
    from grader.authoring import find_sources
    from grader.classroom import report
    from grader.classroom.grading import grade_class
    from grader.classroom.intake import course_folder
    from grader.limits import Limits

    due = _utc(due)
    lessons = [p.stem for p in find_sources(course_root(), lesson)] if lesson else []
    place, notes = course_folder(course_root(), folder, out)
    for note in notes:
        console.print(note, markup=False)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("preparing", total=None)

        def on_row(row):
            bar.update(task, description=f"{row.student[:24]:<24} {row.state}", advance=1)

        rows = grade_class(
            course_root(), place, due, lessons, again, Limits(cell_seconds, notebook_seconds),
            on_start=lambda count: bar.update(task, total=count), on_row=on_row,
        )  # fmt: skip
    path = place / "grades.csv"
    report.write_grades(path, rows)
    for table in report.summary(rows):
        console.print(table)
    fresh = sum(row.fresh for row in rows)
    console.print(f"{fresh} graded now, {len(rows) - fresh} were graded before. Grades: {path}", soft_wrap=True)


@app.command(rich_help_panel="To teach a class")
def formgrader(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    port: Annotated[int, typer.Option(help="Port; a free one by default.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
):
    """Mark written answers in nbgrader's formgrader."""
    from grader.classroom.formgrader import serve

    raise typer.Exit(serve(folder, port, browser, lambda url: console.print(f"formgrader: {url}", soft_wrap=True)))


@class_app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 10,
    lessons: Annotated[list[str], typer.Option(help="A lesson's number; may be repeated.")] = ("03",),
    seed: Annotated[int, typer.Option(help="The same seed makes the same class.")] = 0,
    trouble: Annotated[bool, typer.Option("--trouble", help="Also one hand-in of each broken kind.")] = False,
):
    """Make a pretend class, from the exercises' own right and wrong answers."""
    from grader.classroom.demo import make_class

    truth = make_class(course_root(), folder, students, lessons, seed, trouble)
    console.print(f"{len(truth['students'])} students in {folder}. Next: gru-course grade {folder}", soft_wrap=True)


def _utc(text):
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        raise CourseError(f"--due {text!r} is no time: write it like 2026-12-01T23:59") from None
