"""The commands that make pages: ``gru-course book`` and ``gru-course slides``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.base.paths import course_root
from grader.publishing.installed import require

console = Console()


def add_to(app, browser_path):
    """Add the commands to the command line `app`; `browser_path` is a function that finds Chromium, or gives None."""

    @app.command(rich_help_panel="To teach a class")
    def book(
        solutions: Annotated[
            bool, typer.Option("--solutions", help="The instructor's edition, in build/book-with-solutions/.")
        ] = False,
        pdf: Annotated[bool, typer.Option("--pdf", help="Also print it as a PDF. Needs Chromium.")] = False,
        outputs: Annotated[
            list[str] | None,
            typer.Option(help="Show the outputs of these lessons only, such as 03; or none. By default, of all."),
        ] = None,
    ):
        """Build the book of all lessons: web pages in build/book/ that open without a network.

        The first time, this runs all lessons. Later it runs only those that have changed.
        """
        require()
        from grader.publishing.book import building

        edition = building.INSTRUCTORS if solutions else building.PUBLIC
        with console.status("running lessons that have changed …") as status:
            chosen = () if outputs == ["none"] else outputs or None
            front = building.build_book(
                course_root(), edition, outputs=chosen, on_step=lambda step: status.update(f"{step} …")
            )
            console.print(f"wrote {front}: open it in a browser", soft_wrap=True, highlight=False)
            if pdf:
                from grader.publishing.book.printing import print_book

                target = front.parent.with_suffix(".pdf")
                print_book(
                    front.parent, target, browser_path(), on_print=lambda n: status.update(f"printing, round {n} …")
                )
                console.print(f"wrote {target}", soft_wrap=True, highlight=False)

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
        require()
        from grader.publishing.slides.making import make_slides

        with console.status("") as status:
            make_slides(
                course_root(), lessons or (), out,
                before=lambda name: status.update(f"{name} …"),
                after=lambda path, count: console.print(f"wrote {path}: {count} slides", soft_wrap=True, highlight=False),
            )  # fmt: skip
