"""The command ``gru-course slides``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.base.paths import course_root

app = typer.Typer()
console = Console()


@app.command(rich_help_panel="To teach a class")
def slides(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 03; all by default.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write, or a folder that exists; build/slides/ by default.")
    ] = None,
):
    """Make the slides of a lecture from a lesson: one HTML file for any browser, with speaker notes (press S).

    The lesson is executed the first time, which takes up to a minute. The slides show no solution of an exercise.
    """
    from grader.publishing.slides.making import make_slides

    with console.status("") as status:
        make_slides(
            course_root(), lessons or (), out,
            before=lambda name: status.update(f"{name} …"),
            after=lambda path, count: console.print(f"wrote {path}: {count} slides", soft_wrap=True, highlight=False),
        )  # fmt: skip
