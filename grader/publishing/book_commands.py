"""The command that builds the book."""

from typing import Annotated

import typer
from rich.console import Console

from grader.base.paths import course_root
from grader.publishing.installed import require

console = Console()


def add_to(app, browser_path):
    """Add the command ``book`` to the command line `app`; `browser_path` is a function that finds Chromium, or gives None."""

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
