"""The command ``gru-course``."""

import importlib.metadata
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from grader.authoring.lessons import find_sources
from grader.base.errors import CourseError
from grader.base.paths import course_root
from grader.classroom import commands, solution_commands
from grader.doctor import browser_path
from grader.exam import commands as exam
from grader.publishing import commands as publishing

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(commands.app)
app.add_typer(solution_commands.app, name="solutions", rich_help_panel="To teach a class")
app.add_typer(exam.app, name="exam", rich_help_panel="To teach a class")
publishing.add_to(app, browser_path)
console = Console()
errors = Console(stderr=True)


_SIGNS = {
    "passed": "[green]✓",
    "failed": "[red]✗",
    "todo": "[yellow]…",
    "missing": "[red]?",
    "written": "✎",
    "unwritten": "…",
}


def main():
    """Run the command line; an expected failure ends with one sentence instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a pipe on Windows may not know ✓
    try:
        app()
    except CourseError as e:
        errors.print("[red]gru-course:[/red]", Text(str(e)), soft_wrap=True)
        raise SystemExit(1) from None


def _print_version(wanted: bool):
    if wanted:
        console.print(f"gru-course {importlib.metadata.version('gru-course')}", highlight=False)
        raise typer.Exit


@app.callback()
def gru_course(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
):
    """A course on the Gated Recurrent Unit, in JupyterLab. Begin with: gru-course lab"""


@app.command(rich_help_panel="To learn")
def lab(
    jupyter: Annotated[
        list[str] | None,
        typer.Argument(help="After --, any option of `jupyter lab`: -- --no-browser --port 9000"),
    ] = None,
    lesson: Annotated[str, typer.Option(help="The lesson to open, such as 03.")] = "00",
):
    """Open the course in JupyterLab, at lesson 00. Control-C stops it."""
    from grader.learner.lab import launch
    from grader.learner.packaged import changed_lessons
    from grader.learner.update import end_interrupted

    root = _own_course()
    _tell_ended(end_interrupted(root))
    if newer := changed_lessons(root):
        count = f"{len(newer)} lesson{'s' * (len(newer) > 1)}"
        console.print(f"A new version of {count} is installed: gru-course update carries your work into it.")
    launch(root, lesson, jupyter or (), on_build=lambda name: console.print(f"built {name}"))


@app.command(rich_help_panel="To learn")
def check(
    lesson: Annotated[str, typer.Argument(help="A lesson, such as 03, or the path of a notebook.")],
    cell_seconds: Annotated[float, typer.Option(help="Longest time of one cell.", min=1)] = 60,
    notebook_seconds: Annotated[float, typer.Option(help="Longest time of the notebook.", min=1)] = 300,
):
    """Run your notebook of a lesson and list the state of each exercise.

    The run of a lesson counts for your progress, like a check in the notebook; that of another notebook does not. The exit
    code is 0 if all exercises are right.
    """
    from grader.base.limits import Limits
    from grader.learner.lesson_check import check_lesson

    with _bar() as bar:
        task = bar.add_task("running", total=None)
        report = check_lesson(
            course_root(), lesson, Limits(cell_seconds, notebook_seconds),
            on_cell=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    table = Table("", "exercise", "points", "what to do", title=report.lesson, title_justify="left", box=None)
    for row in report.rows:
        remark = {"written": "answered: a person will read it", "unwritten": "not answered yet"}.get(
            row.state, row.remark
        )
        table.add_row(_SIGNS[row.state], Text(row.name), str(row.points), Text(remark.replace("`", "")))
    console.print(table)
    console.print(f"{report.points('passed')} of {report.points()} points for exercises", highlight=False)
    if report.trouble:
        errors.print(f"[red]gru-course:[/red] the run did not reach the end: {report.trouble}", soft_wrap=True)
    raise typer.Exit(0 if report.passed else 1)


@app.command(rich_help_panel="To learn")
def solution(
    name: Annotated[str, typer.Argument(help="An exercise or a written question, such as update_gate.")],
):
    """Show how the course solves an exercise, or a good answer to a written question. Your progress notes it."""
    from grader.learner.tools import show_solution

    show_solution(name)


@app.command(rich_help_panel="To learn")
def progress():
    """Show the map of the course: what you have solved, and what comes next."""
    from grader.learner.tools import progress as show_progress

    show_progress()


@app.command(rich_help_panel="To learn")
def update():
    """Get the newest version of the course, and carry your answers and your own cells into its notebooks.

    Save what is open in JupyterLab first. A copy of every notebook of yours that changes is kept in the folder saved/.
    """
    from grader.learner.update import update as take_update

    with console.status("looking for a new version …"):
        done = take_update(_own_course())
    _tell_ended(done.ended)
    if done.commits:
        count = f"{done.commits} change{'s' * (done.commits > 1)}"
        console.print(f"Updated, by {count}: {done.before[:9]} → {done.after[:9]}", highlight=False)
    else:
        console.print("The course is up to date.")
    if not (done.commits or done.notebooks):
        return
    for taken in done.notebooks:
        carried = [*taken.answers, *([f"{taken.own} cell{'s' * (taken.own > 1)} of your own"] if taken.own else [])]
        says = f"a new version, with your {', '.join(carried)}" if carried else "a new version"
        console.print(Text(f"{taken.lesson}: {says}"), soft_wrap=True)
        for remark in taken.remarks:
            console.print(Text(f"  but {remark}"), soft_wrap=True)
    kept = [taken.saved for taken in done.notebooks if taken.saved]
    if kept:
        console.print(Text(f"Copies of your earlier notebooks: {kept[0].parent}"), soft_wrap=True)
    if done.packages:
        says = "The new version may need other packages: run make lab, or python -m pip install -e ., in the course's folder."
        console.print(says, soft_wrap=True)
    console.print(_RELOAD, soft_wrap=True)


@app.command(rich_help_panel="To learn")
def reset(
    lessons: Annotated[list[str], typer.Argument(help="Lessons, such as 03.")],
):
    """Start a lesson again, with its original notebook. A copy of yours is kept in the folder saved/."""
    from grader.learner.update import reset as reset_lesson

    root = _own_course()
    find_sources(root, lessons)  # an unknown one fails before anything is done
    for lesson in lessons:
        name, saved = reset_lesson(root, lesson)
        if saved:
            console.print(Text(f"{name} is back to its original. A copy of yours: {saved}"), soft_wrap=True)
        else:
            console.print(Text(f"{name} is unchanged: it is the original."), soft_wrap=True)
    console.print(_RELOAD)


@app.command(rich_help_panel="To learn")
def doctor():
    """Check the installation, and say how to fix what is wrong. The exit code is 0 if nothing is."""
    from grader.doctor import examine

    table = Table("", "what", "found", "how to fix it", box=None)
    findings = []
    with console.status("examining …"):
        for f in examine(course_root()):
            findings.append(f)
            sign = "[green]✓" if f.well else "[red]✗" if f.needed else "[yellow]–"
            table.add_row(sign, Text(f.what), Text(f.found), Text(f.fix))
    console.print(table)
    wrong = sum(f.needed and not f.well for f in findings)
    console.print(f"[red]{wrong} to fix" if wrong else "[green]All is well.")
    raise typer.Exit(1 if wrong else 0)


def _own_course():
    """The course's folder, to write to: where the installed one has to stay as it is, one in the learner's home."""
    from grader.learner.packaged import learners_course

    root, is_new = learners_course()
    if is_new:
        console.print(Text(f"Your notebooks are in {root}, which was made now."), soft_wrap=True)
    return root


def _tell_ended(lessons):
    for lesson in lessons:
        console.print(f"An earlier update was interrupted: {lesson} has your work again.")


_RELOAD = "Is a lesson open in JupyterLab? Choose File → Reload Notebook from Disk, then Kernel → Restart Kernel."


def _bar():
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    )


@app.command(rich_help_panel="To write lessons")
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 03; all by default.")] = None,
    force: Annotated[bool, typer.Option(help="Replace notebooks even if they hold work.")] = False,
):
    """Build the notebooks from solutions/."""
    from grader.authoring import building

    kept = building.build(_own_course(), lessons or (), force, on_lesson=lambda name: console.print(f"built {name}"))
    for path in kept:
        console.print(f"[yellow]left alone[/yellow] {path}: it holds your work (--force replaces it)")
