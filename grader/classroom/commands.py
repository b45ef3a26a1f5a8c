"""The commands for a class: ``gru-course grade``, ``report``, ``repeat``, ``export``, ``formgrader`` and ``class …``."""

import functools
import importlib
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.authoring.lessons import find_sources
from grader.base.errors import CourseError
from grader.base.limits import MB, Limits
from grader.base.paths import course_root
from grader.base.wording import counted, visible
from grader.classroom.lms import RECOGNISED, TAKING_MARKS
from grader.classroom.marking import commands as marking
from grader.classroom.policy_commands import policy_app

NO_SANDBOX = "[bold red]NO SANDBOX:[/bold red] submissions can read and change everything that you can on this machine."

app = typer.Typer()
class_app = typer.Typer(
    help="Prepare a class's lessons; extensions, teams, a course file; marking; forget a student; make a demo class.",
    no_args_is_help=True,
)
class_app.add_typer(policy_app)
class_app.add_typer(marking.app)
app.add_typer(class_app, name="class", rich_help_panel="To teach a class")
console = Console()


@app.command(rich_help_panel="To teach a class")
def grade(
    folder: Annotated[
        Path, typer.Argument(help="A course folder with submitted/, or an LMS's download: a folder or a zip.")
    ],
    out: Annotated[Path | None, typer.Option(help="Course folder for a download; next to it by default.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help=f"The download's layout, if it is not recognised: {', '.join(RECOGNISED)}, "
            "folders (one per student), files (one per student), sections (folders of sections, then students)."
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(help="A CSV file with the columns file and student: who owns each file or folder of a download."),
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(
            help="Submission times for a download: Moodle's grading worksheet, or a CSV with the columns student and time."
        ),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option(
            help="Deadline, such as 2026-12-01T23:59, in this machine's local time, or with an offset such as +01:00."
        ),
    ] = None,
    lesson: Annotated[
        list[str] | None, typer.Option(help="Grade this lesson only, such as 03; may be repeated.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Grade everything again, with new random inputs.")] = False,
    partial_credit: Annotated[
        bool | None,
        typer.Option(
            "--partial-credit/--no-partial-credit",
            help="Give partial credit for how far a wrong answer got; the default is the last setting.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Submissions graded in parallel; by default one per core.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Grade on the workers of this Dask scheduler, tcp://host:8786.")
    ] = None,
    db: Annotated[
        str | None, typer.Option(help="Keep the gradebook in this database from now on: postgresql://user@host/name.")
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox/--no-sandbox", help="Isolate each submission from this machine. Keep it on.")
    ] = True,
    cell_seconds: Annotated[float, typer.Option(help="Time limit for one cell.", min=1)] = Limits.cell,
    notebook_seconds: Annotated[float, typer.Option(help="Time limit for one notebook.", min=1)] = Limits.notebook,
    memory: Annotated[int, typer.Option(help="MB that a submission may use.", min=100)] = Limits.memory // MB,
):
    """Grade a class: marks go to gradebook.db and grades.csv, feedback to feedback/. Run it again to continue a stopped run."""
    from grader.classroom.anything_new import anything_new
    from grader.classroom.pool import Pool

    due = _utc(due)
    lessons = _lessons(lesson)
    limits = Limits(cell=cell_seconds, notebook=notebook_seconds, memory=memory * MB)
    if not sandbox:
        console.print(NO_SANDBOX)
    is_new = again or anything_new(folder)
    crew = _cluster(cluster) if cluster else Pool(workers, early=is_new)
    # Entered first: workers start while this process imports the rest.
    with crew, _progress() as bar:
        from grader.classroom.grading import Options, grade_class
        from grader.classroom.intake import course_folder

        place, notes = course_folder(course_root(), folder, out, layout, people, times)
        for note in notes:
            console.print(visible(note), markup=False)
        task = bar.add_task("preparing", total=None, rate="")

        def on_start(count):
            bar.update(task, total=count)
            # Import what the end needs while others work.
            needed = ["grader.classroom.class_report", *(["grader.classroom.class_plots"] if is_new else [])]
            threading.Thread(target=lambda: [importlib.import_module(module) for module in needed]).start()

        def on_row(row):
            done, elapsed = bar.tasks[0].completed + 1, bar.tasks[0].elapsed
            rate = f"{done / elapsed:.1f} a second" if elapsed else ""
            bar.update(task, description=f"{visible(row.student)[:24]:<24} {row.state}", advance=1, rate=rate)

        try:
            rows = grade_class(
                course_root(), place, due, db, lessons, again, Options(limits, sandbox, partial_credit), crew,
                on_start=on_start, on_row=on_row, on_own=_tell_own, on_note=_tell_note,
            )  # fmt: skip
        except KeyboardInterrupt:
            bar.stop()
            console.print("Stopped. The finished gradings are kept: run the same command to continue.")
            raise typer.Exit(130) from None
    _tell_outcome(place, rows, lessons)


def _tell_outcome(place, rows, lessons):
    """Write grades.csv and report.html and show the summary, each independently; the exit code says whether all succeeded."""
    from grader.classroom import grades
    from grader.classroom.class_report import graded_rows, write_report
    from grader.classroom.course_file import CourseFile
    from grader.classroom.failures import LastSteps
    from grader.classroom.folder import ClassFolder
    from grader.classroom.releasing import news as publish_solutions

    folder = ClassFolder(place)
    last = LastSteps(folder.log, lambda line: console.print(visible(line), markup=False, soft_wrap=True, style="red"))
    written = {}

    @functools.cache
    def all_rows():
        return [*rows, *(row for row in graded_rows(place) if row.lesson not in lessons)] if lessons else rows

    with last.step("Writing grades.csv"):
        grades.write_grades(folder.grades, all_rows(), CourseFile.read(folder.course_file, course_root()).order)
        written["Grades"] = folder.grades
    with last.step("Showing the summary"):
        for table in grades.summary(rows):
            console.print(table)
    if not all(row.sandbox for row in rows):
        console.print(NO_SANDBOX)
    fresh = sum(row.fresh for row in rows)
    console.print(f"{fresh} graded now, {len(rows) - fresh} graded before.")
    written["Feedback"] = place / "feedback"
    with last.step("Writing report.html"):
        written["Report"] = write_report(place, all_rows())
    for what, where in written.items():
        console.print(f"{what}: {where}", soft_wrap=True, markup=False)
    with last.step("Releasing solutions"):
        for line in publish_solutions(folder, course_root()):
            console.print(visible(line), markup=False, soft_wrap=True)
    pageless = [row for row in rows if row.no_page]
    if pageless:
        names = ", ".join(f"{row.student} ({row.lesson})" for row in pageless[: grades.SHOWN])
        more = f" and {len(pageless) - grades.SHOWN} more" if len(pageless) > grades.SHOWN else ""
        last.tell(f"No page of feedback could be written for {names}{more}: {pageless[0].no_page}")
    if last.failed:
        raise typer.Exit(1)


@app.command("report", rich_help_panel="To teach a class")
def class_report(folder: Annotated[Path, typer.Argument(help="A class's course folder.")]):
    """Write the class report, report.html, again, with the marks given by hand since. Nothing is graded."""
    from grader.classroom.class_report import write_report
    from grader.classroom.folder import existing_folder

    console.print(f"Report: {write_report(existing_folder(folder), now=datetime.now(UTC))}", soft_wrap=True)


@app.command(rich_help_panel="To teach a class")
def repeat(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    student: Annotated[str, typer.Option(help="The student, as the folder in submitted/ is called.")],
    lesson: Annotated[str, typer.Option(help="The lesson, such as 03.")],
):
    """Grade a submission once more, with exactly the inputs of its mark. Nothing is written.

    The exit code is 0 if the result is the same.
    """
    from grader.classroom.repeating import repeat as repeat_grading

    name, *_ = _lessons([lesson])
    found = repeat_grading(course_root(), folder, student, name)
    console.print(
        f"{found.state}, {counted(found.score, 'point')}, with the inputs of grading {found.run}", highlight=False
    )
    for exercise, verdict in found.verdicts.items():
        console.print(f"  {exercise}: {visible(verdict['headline'])}", markup=False, highlight=False)
    if found.outputs:
        console.print(
            f"Cells whose output differs, which does not affect the mark: {', '.join(map(str, found.outputs))}"
        )
    console.print(
        f"[red]Different from then:[/red] {escape(visible(found.changed))}"
        if found.changed
        else "[green]The same result as then."
    )
    raise typer.Exit(1 if found.changed else 0)


@app.command(
    rich_help_panel="To teach a class",
    help=f"Write the marks to a file that {' or '.join(system.NAME for system in TAKING_MARKS.values())} imports, "
    "with late penalties subtracted.",
)
def export(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    lms: Annotated[Literal[*TAKING_MARKS], typer.Option("--to", help="The LMS that imports the file.")],
    roster: Annotated[
        Path | None,
        typer.Option(
            "--from", help=f"The LMS's export: {', '.join(system.ROSTER for system in TAKING_MARKS.values())}."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; in the class's folder by default.")] = None,
    lesson: Annotated[
        list[str] | None, typer.Option(help="Marks of this lesson only, such as 03; may be repeated.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="The LMS's name for a lesson, such as 03=Homework 2, if that does not contain the lesson's name."
        ),
    ] = None,
    ungraded: Annotated[
        bool, typer.Option("--ungraded", help="Also export students with an answer that is still to be marked.")
    ] = False,
    failed_as_zero: Annotated[
        bool,
        typer.Option("--failed-as-zero", help="Write 0 for a submission that could not be graded, instead of nothing."),
    ] = False,
):
    """Write the marks to a file that an LMS imports."""
    from grader.classroom import exports
    from grader.classroom.folder import ClassFolder, existing_folder

    columns = {}
    for pair in column or ():
        number, equals, title = pair.partition("=")
        if not equals:
            raise CourseError(f"--column {pair!r} does not name a column: write it like 03=Homework 2")
        columns |= dict.fromkeys(_lessons([number]), title)
    place = existing_folder(folder)
    done = exports.export(
        ClassFolder(place), lms, out or place / f"marks-for-{lms}.csv", _lessons(lesson),
        failed_as_zero=failed_as_zero, roster=roster, columns=columns, ungraded=ungraded,
    )  # fmt: skip
    for line in done.sentences():
        console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


@app.command(rich_help_panel="To teach a class")
def formgrader(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    port: Annotated[int, typer.Option(help="Port; a free one by default.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Do not show whose a submission is: a code stands for it.")
    ] = False,
    marker: Annotated[
        str | None, typer.Option(help="Mark anonymously under this name, without seeing what other markers give.")
    ] = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="Decide, anonymously, where markers differ.")
    ] = False,
):
    """Mark written answers in nbgrader's formgrader."""
    from grader.classroom.formgrader import serve

    def tell(url):
        console.print(f"formgrader: {url}", soft_wrap=True)

    raise typer.Exit(serve(folder, port, browser, tell, anonymous, marker, differences))


@class_app.command()
def prepare(
    folder: Annotated[Path, typer.Argument(help="The class's course folder; it is created if it does not exist.")],
    lesson: Annotated[list[str] | None, typer.Option(help="This lesson only, such as 03; may be repeated.")] = None,
):
    """Make the notebooks to hand out, release/, from source/, where you may add cells of your own. Run again after changes."""
    from grader.classroom.preparation import prepare_class

    place, prepared = prepare_class(course_root(), folder, lesson or ())
    for built in prepared:
        console.print(f"{built.name}: hand out {place.release / built.name}", soft_wrap=True, highlight=False)
        _tell_own(built)


@class_app.command()
def forget(
    folder: Annotated[Path, typer.Argument(help="A class's course folder.")],
    student: Annotated[str, typer.Argument(help="The student, as the folder in submitted/ is called.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
):
    """Remove everything about a student from a class: submissions, marks, feedback, receipts. This cannot be undone."""
    from grader.classroom.forgetting import find_traces
    from grader.classroom.forgetting import forget as forget_student

    traces = find_traces(folder, student)
    console.print(f"The class holds about {visible(traces.student)}:", markup=False, highlight=False)
    for line in traces.told():
        console.print(f"  {visible(line)}", markup=False, highlight=False, soft_wrap=True)
    for line in traces.ties.told_to_stay():
        console.print(f"{visible(line)}.", markup=False, highlight=False, soft_wrap=True)
    if not yes and not typer.confirm("Remove all of it permanently?"):
        console.print("Nothing was removed.")
        raise typer.Exit(1)
    _, left = forget_student(folder, traces.student)
    console.print("Removed. The journal records that a student was forgotten, but not who.")
    if left:
        told = f"[yellow]The name, or a longer one that contains it, is still in[/yellow] {escape(', '.join(left))}"
        console.print(f"{told}: check these files yourself.", soft_wrap=True)


@class_app.command()
def panels(
    role: Annotated[Literal["student", "instructor"], typer.Argument(help="Whose JupyterLab it is.")],
    level: Annotated[
        str,
        typer.Option(help="Scope: user (you), sys-prefix (this Python environment), system (this machine)."),
    ] = "sys-prefix",
):
    """Show the nbgrader panels that a role needs in JupyterLab: students get no authors' panels, instructors our formgrader.

    The exit code is 1 if settings elsewhere take precedence.
    """
    from grader.classroom.panels import show_panels

    folder, found = show_panels(role, level)
    console.print(f"Settings for a JupyterLab of {role}s: {folder}", soft_wrap=True, highlight=False)
    overruled = [panel for panel in found if panel.on != panel.wanted]
    for panel in found:
        state = "on" if panel.on else "off"
        told = f"[red]{state}, because {escape(panel.place)} takes precedence" if panel in overruled else state
        console.print(f"  {panel.name}: {told}", soft_wrap=True, highlight=False)
    console.print("Running servers show the change after a restart.")
    raise typer.Exit(1 if overruled else 0)


@class_app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="The folder to create.")],
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 10,
    lessons: Annotated[list[str], typer.Option(help="A lesson's number; may be repeated.")] = ("03",),
    seed: Annotated[int, typer.Option(help="The same seed makes the same class.")] = 0,
    trouble: Annotated[bool, typer.Option("--trouble", help="Also make one broken submission of each kind.")] = False,
):
    """Make a demo class, from the exercises' own right and wrong answers."""
    from grader.classroom.demo import make_class

    truth = make_class(course_root(), folder, students, lessons, seed, trouble)
    console.print(
        f"{counted(len(truth['students']), 'student')} in {folder}. Next: gru-course grade {folder}", soft_wrap=True
    )


def _tell_own(lesson):
    if lesson.own:
        _tell_note(f"{lesson.name}: uses your own source/{lesson.name}. {'; '.join(lesson.own)}.")
    if lesson.by_file:
        _tell_note(f"{lesson.name}: as course.toml says, {'; '.join(lesson.by_file)}.")


def _tell_note(text):
    console.print(visible(text), markup=False, highlight=False, soft_wrap=True)


def _cluster(address):
    from grader.classroom.cluster import Cluster

    return Cluster(address)


def _lessons(numbers):
    """Names of the lessons that begin with these numbers; none if no number is given."""
    return [path.stem for path in find_sources(course_root(), numbers)] if numbers else []


def _progress():
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("left"),
    )
    return Progress(*columns, console=console, transient=True)


def _utc(text):
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        raise CourseError(f"--due {text!r} is not a time: write it like 2026-12-01T23:59") from None
