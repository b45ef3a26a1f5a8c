"""The command ``gru-course``."""

from typing import Annotated

import typer
from rich.console import Console

from grader.classroom import commands
from grader.errors import CourseError
from grader.paths import course_root

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(commands.app)
console = Console()
errors = Console(stderr=True)


def main():
    """Run the command line; an expected failure ends with one sentence, not a traceback."""
    try:
        app()
    except CourseError as e:
        errors.print(f"[red]gru-course:[/red] {e}")
        raise SystemExit(1) from None


@app.command()
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 03; all by default.")] = None,
    force: Annotated[bool, typer.Option(help="Replace notebooks even where they hold work.")] = False,
    reading: Annotated[bool, typer.Option(help="Also run the solved lessons into build/reading/*.html.")] = False,
):
    """Build the notebooks from solutions/."""
    from grader import authoring

    kept = authoring.build(course_root(), lessons or (), force, on_lesson=lambda name: console.print(f"built {name}"))
    for path in kept:
        console.print(f"[yellow]left alone[/yellow] {path}: it holds your work (--force replaces it)")
    if reading:
        from grader.reading import write_reading_copies

        write_reading_copies(course_root(), lessons or (), on_lesson=lambda page: console.print(f"wrote {page}"))
