"""The commands for the files that an instructor writes: ``gru-course class extend``, ``extensions``, ``teams`` and ``course``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.authoring.lessons import find_sources
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.base.wording import visible

policy_app = typer.Typer()
console = Console()
_Folder = Annotated[Path, typer.Argument(help="A class's course folder.")]


@policy_app.command()
def extend(
    folder: _Folder,
    student: Annotated[str, typer.Argument(help="The student, as the folder in submitted/ is called; or a team.")],
    lesson: Annotated[str, typer.Option(help="The lesson, such as 03; all lessons by default.")] = "",
    until: Annotated[
        str, typer.Option(help="The new deadline, such as 2026-12-08T23:59, in this machine's local time.")
    ] = "",
    days: Annotated[str, typer.Option(help="How many days more, in place of --until.")] = "",
    why: Annotated[str, typer.Option(help="A note for yourself; students do not see it.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the extension back.")] = False,
):
    """Give a student more time: a line of extensions.csv. The next run of grade obeys it, and nothing is run again."""
    from grader.classroom import extensions

    place = _existing(folder)
    name = _lesson(lesson)
    if withdraw:
        if until or days or why:
            raise ClassError("--withdraw takes back what there is: leave out --until, --days and --why")
        before = extensions.withdraw(place, student, name)
        _say(f"Withdrawn: {student}, {before.told} for {name or 'all lessons'}.")
    else:
        if bool(until) == bool(days):
            got = "both" if until else "neither"
            raise ClassError(f"give either --until or --days, such as --days 7: this has {got}")
        given, before = extensions.extend(place, student, name, until, days, why)
        instead = f", in place of {before.told}" if before else ""
        _say(f"{student} has {given.told} for {name or 'all lessons'}{instead}.")
        for lesson_name, due, own in _deadlines(place, student, [name] if name else ()):
            _say(
                f"  {lesson_name}: due {own}, not {due}"
                if own != due
                else f"  {lesson_name}: still due {due}, which is later"
            )
        _remark_on(place, student)
    _say(f"Marks follow with: gru-course grade {folder}")


@policy_app.command("extensions")
def list_extensions(folder: _Folder):
    """List the extensions of a class, with the deadlines that they give."""
    from grader.classroom.extensions import read_extensions

    place = _existing(folder)
    found = read_extensions(place.extensions)
    if not found:
        _say(f"No extensions. Give one with: gru-course class extend {folder} STUDENT --lesson 03 --days 7")
        return
    table = Table("line", "student", "lesson", "extension", "due then", "why")
    for one in found:
        dues = [
            f"{own} ({name})" for name, _, own in _deadlines(place, one.student, [one.lesson] if one.lesson else ())
        ]
        then = "\n".join(dues) or "no deadline yet"
        table.add_row(
            *map(_plain, (str(one.line), one.student, one.lesson or "all", one.told, then, one.typed.get("why", "")))
        )
    console.print(table)


@policy_app.command("teams")
def list_teams(folder: _Folder):
    """List the teams of a class, as teams.csv has them, and who has submitted for each."""
    from grader.classroom.remarks import remarks
    from grader.classroom.sharing import find_shared, papers
    from grader.classroom.submissions import Submissions
    from grader.classroom.teams import Teams

    place = _existing(folder)
    teams = Teams.read(place.teams)
    if not teams:
        _say(f"No teams. Write {place.teams}, with the columns team,student,lesson")
        return
    table = Table("team", "lesson", "members")
    for team, lesson in dict.fromkeys((line["team"], line["lesson"]) for line in teams.lines):
        members = [line["student"] for line in teams.lines if (line["team"], line["lesson"]) == (team, lesson)]
        table.add_row(*map(_plain, (team, lesson or "all", ", ".join(members))))
    console.print(table)
    submissions = Submissions(place)
    for _, lesson, team in papers(submissions, teams, submissions.lessons):
        if team:
            shared = find_shared(submissions, team, lesson)
            _say(f"{lesson}: {'; '.join(filter(None, (shared.told, shared.doubt)))}")
    for remark in remarks(place, submissions, teams):
        _say(remark)


@policy_app.command()
def course(folder: _Folder):
    """Show the lessons of a class and the points of their exercises, with what course.toml changes."""
    from grader.authoring.source import read_lesson
    from grader.classroom.course_file import CourseFile

    place = _existing(folder)
    found = CourseFile.read(place.course_file, course_root())
    sources = {path.stem: path for path in find_sources(course_root())}
    table = Table("lesson", "points", "exercises and questions")
    for name in found.kept(sources):
        before = read_lesson(sources[name]).notebook()
        after, _ = found.of(name).apply(before)
        was, now = _points(before), _points(after)
        told = [f"{one} {now[one]:g}" + (f" (not {was[one]:g})" if now[one] != was[one] else "") for one in now]
        table.add_row(*map(_plain, (name, f"{sum(now.values()):g}", ", ".join(told))))
    console.print(table)
    if found.dropped:
        _say(f"Left out: {', '.join(found.dropped)}")
    if not place.course_file.exists():
        _say(f"This is the course as it comes. To change it, write {place.course_file}")


def _points(notebook):
    from grader.classroom.course_file import exercise_of

    graded = (cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    return {exercise_of(cell): cell.metadata.nbgrader.points for cell in graded}


def _existing(folder):
    from grader.classroom.folder import class_folder

    return class_folder(folder)


def _lesson(number):
    if not number:
        return ""
    names = [path.stem for path in find_sources(course_root(), [number])]
    if len(names) > 1:
        raise ClassError(f"--lesson {number} fits {len(names)} lessons, {', '.join(names)}: name one of them")
    return names[0]


def _deadlines(place, student, lessons):
    """Yields the lessons that have a deadline, with the class's and the student's own, as this machine's clock shows them."""
    from grader.classroom import gradebook
    from grader.classroom.extensions import deadlines_of, shown

    if not gradebook.exists(place.db_url):
        return
    with gradebook.Book(place) as book:
        due = book.due()
    deadlines = deadlines_of(place)
    for name, time in sorted(due.items()):
        if not lessons or name in lessons:
            longer = deadlines.extension(student, name, time)
            yield name, shown(time), shown(time + longer) if longer else shown(time)


def _remark_on(place, student):
    from grader.classroom.by_hand import same_name
    from grader.classroom.remarks import remarks
    from grader.classroom.submissions import Submissions
    from grader.classroom.teams import Teams

    submissions, teams = Submissions(place), Teams.read(place.teams)
    known = {same_name(name) for _, name in submissions.places} | {line["student"] for line in teams.lines}
    if same_name(student) in known or teams.is_team(student):
        return
    said = [remark for remark in remarks(place, submissions, teams) if f" {student} " in remark]
    _say(
        said[0]
        if said
        else f"Nobody called {student} has submitted anything yet: the name must be that of the folder in submitted/"
    )


def _plain(text):
    return Text(visible(text))


def _say(text):
    console.print(visible(text), markup=False, highlight=False, soft_wrap=True)
