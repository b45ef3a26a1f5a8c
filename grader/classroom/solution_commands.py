"""The commands about solutions: ``gru-course solutions release``, ``publish``, ``withdraw``, and ``class student-wheel``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader.authoring.lessons import lesson_names
from grader.base.paths import course_root
from grader.base.wording import visible
from grader.classroom.commands import class_app

app = typer.Typer(help="Release the solutions of lessons to students who have none.", no_args_is_help=True)
console = Console()

Class = Annotated[Path, typer.Argument(help="A class's course folder; the working folder by default.")]
Lesson = Annotated[list[str], typer.Option(help="The lesson, such as 03; may be repeated.")]


@app.command()
def release(
    lesson: Lesson,
    folder: Class = Path(),
    after: Annotated[
        str | None,
        typer.Option(
            help="When, such as 2026-12-08T12:00, in local time or with an offset; a date alone means its end; by default now."
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="A folder that students can read, from now on; released/ in the class's folder by default."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even while a student of the class may still submit.")
    ] = False,
):
    """Release the solutions and model answers of a lesson after a date.

    What is due is published at once. The rest is published by gru-course grade, or gru-course solutions publish, after its date.
    """
    from grader.classroom.releasing import parse_after
    from grader.classroom.releasing import release as plan

    names = lesson_names(course_root(), lesson)
    time = datetime.now().astimezone() if after is None else parse_after(after)
    _tell(plan(_class_at(folder), course_root(), names, time, to, anyway))


@app.command()
def publish(folder: Class = Path()):
    """Publish the solutions whose date has come. A timer may run this, every hour say; it does nothing twice."""
    from grader.classroom.releasing import publish as publish_due

    planned = publish_due(_class_at(folder), course_root())
    _tell(planned)
    if not planned:
        console.print("No lesson has a date: gru-course solutions release --lesson 03 --after 2026-12-08 gives it one.")


@app.command()
def withdraw(lesson: Lesson, folder: Class = Path()):
    """Take the solutions of a lesson back. What a student has read or copied meanwhile stays read."""
    from grader.classroom.releasing import withdraw as take_back

    names = lesson_names(course_root(), lesson)
    removed = take_back(_class_at(folder), names)
    for path in removed:
        console.print(Text(f"removed {path}"), soft_wrap=True)
    if not removed:
        console.print(
            f"Nothing was published of {', '.join(names)}; no date is left for {'it' if len(names) == 1 else 'them'}."
        )


@class_app.command("student-wheel")
def student_wheel(
    out: Annotated[Path, typer.Option(help="Folder for the wheel.")] = Path("build/student"),
    released: Annotated[
        Path | None,
        typer.Option(
            help="A folder, such as /srv/gru-course/released, where students' installs look for released solutions."
        ),
    ] = None,
):
    """Build the install without solutions, for students' machines and hubs: a wheel that checks, grades and builds."""
    from grader.classroom.student_wheel import build_wheel

    with console.status("building …"):
        wheel = build_wheel(course_root(), out, released)
    console.print(Text(f"Built {wheel}. Install it with: python -m pip install {wheel}"), soft_wrap=True)


def _tell(planned):
    for plan in planned:
        console.print(Text(visible(plan.told)), soft_wrap=True)


def _class_at(folder):
    from grader.classroom.folder import class_folder

    return class_folder(folder)
