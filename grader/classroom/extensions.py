"""Extensions: who has longer for which lesson. They are kept in the class's ``extensions.csv``, which is edited by hand or by
``gru-course class extend``::

    student,lesson,until,days,why
    Ada Lovelace,03,2026-12-08T23:59,,ill
    Zoë Kim,,,7,

A line without a lesson counts for all. ``until`` is this machine's time, unless it has an offset; a date alone lasts until the
day's end. ``days`` are counted from each lesson's own deadline. The file is read from the class's folder alone, where no
submission is ever put.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grader.authoring.lessons import lesson_names
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.base.wording import counted
from grader.classroom.by_hand import read_table, same_name, the_lesson
from grader.classroom.teams import Teams

COLUMNS = ("student", "lesson", "until", "days", "why")
MOST_DAYS = 366
EVENT = "extensions"  # the journal's note that the file is in use


@dataclass(frozen=True)
class Extension:
    """More time for a student, or for a team's name: until a time (UTC without a time zone), or for some days.

    `lesson` is empty if it counts for all. `line` is its number in the file, and `typed` holds its cells.
    """

    student: str
    lesson: str
    until: datetime | None
    days: int | None
    line: int = 0
    typed: dict | None = None

    def deadline(self, due):
        """The deadline that this gives: a datetime in UTC without a time zone, perhaps before `due`."""
        if self.until is not None:
            return self.until
        # Days are those of the calendar: a deadline at 23:59 stays at 23:59 when the clocks change.
        local = due.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
        return in_utc(local + timedelta(days=self.days))

    @property
    def told(self):
        """Its length, in words."""
        if self.days is not None:
            return f"{counted(self.days, 'day')} more"
        return f"until {shown(self.until)}"


class Deadlines:
    """When each student's submission is due.

    A submission of a team has the latest deadline of its members: it cannot be on time for one of them and late for another.

    Parameters
    ----------
    extensions : list of Extension
    teams : Teams
    """

    def __init__(self, extensions, teams):
        self._teams, self._by_name = teams, {}
        for one in extensions:
            self._by_name.setdefault(same_name(one.student), []).append(one)

    def extension(self, student, lesson, due):
        """How much longer a student has than the others: a timedelta, or None.

        Parameters
        ----------
        student, lesson : str
        due : datetime or None, the deadline of all: UTC without a time zone
        """
        deadlines = [one.deadline(due) for one in self.those_of(student, lesson)] if due else []
        longer = max(deadlines, default=due)
        return longer - due if deadlines and longer > due else None

    def those_of(self, student, lesson):
        """The extensions that count for a student's lesson: their own and, in a team, also the others'."""
        team = self._teams.of(student, lesson)
        names = (student, *team.members, team.name) if team else (student,)
        found = (one for name in dict.fromkeys(map(same_name, names)) for one in self._by_name.get(name, ()))
        return [one for one in found if one.lesson in ("", lesson)]


def deadlines_of(folder):
    """The Deadlines of a class; None for one that has never had a file of extensions, whose gradebook says it all.

    Raises
    ------
    ClassError
        If the file of extensions or of teams is wrong.
    """
    if not folder.extensions.exists() and not folder.journal.latest(EVENT):
        return None
    if not folder.journal.latest(EVENT):
        folder.journal.append(EVENT)
    return Deadlines(read_extensions(folder.extensions), Teams.read(folder.teams))


def read_extensions(path):
    """The extensions in a file, in its order: a list of Extension, empty if there is no file.

    Raises
    ------
    ClassError
        If a line is wrong, or two are about the same student and lesson; the message names the file and the line.
    """
    found = [_extension(path, line) for line in read_table(path, COLUMNS, ("student",)).lines]
    lines = {}
    for one in found:
        place = same_name(one.student), one.lesson
        if place in lines:
            of = one.lesson or "all lessons"
            raise ClassError(
                f"{path}, lines {lines[place]} and {one.line}: both give {one.student} an extension for {of}: keep one of them"
            )
        lines[place] = one.line
    return found


def _extension(path, line):
    place = f"{path}, line {line.number}"
    until, days = line["until"], line["days"]
    if bool(until) == bool(days):
        got = "both" if until else "neither"
        raise ClassError(f"{place}: it should have a time in until or a number in days, and has {got}")
    lesson = the_lesson(line["lesson"], lesson_names(course_root()), place) if line["lesson"] else ""
    return Extension(
        line["student"], lesson, parse_until(until, f"{place}: until") if until else None,
        parse_days(days, f"{place}: days") if days else None, line.number, line.cells,
    )  # fmt: skip


def parse_until(text, what):
    """The time that a text says, in UTC without a time zone; a date alone means the end of that day.

    Raises
    ------
    ClassError
        If it is no time. `what` is the beginning of the message.
    """
    try:
        time = datetime.fromisoformat(text)
        if len(text) <= len("2026-12-08"):
            time += timedelta(days=1, seconds=-1)
        return in_utc(time)
    except (ValueError, OverflowError):
        raise ClassError(
            f"{what} is {text!r}, but should be a time such as 2026-12-08T23:59 or 2026-12-08T23:59+01:00"
        ) from None


def parse_days(text, what):
    """The number of days that a text says.

    Raises
    ------
    ClassError
        If it is no integer from 1 to 366. `what` is the beginning of the message.
    """
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_DAYS):
        raise ClassError(f"{what} is {text!r}, but should be a number of days, an integer from 1 to {MOST_DAYS}")
    return int(text)


def extend(folder, student, lesson="", until="", days="", why=""):
    """Give a student an extension, in place of one that they may have for the same lesson.

    Parameters
    ----------
    folder : ClassFolder
    student : the name of the folder in submitted/, or of a team
    lesson : a lesson's name; "" for all
    until, days, why : as the file has them; one of `until` and `days` is empty

    Returns
    -------
    given : Extension
    before : Extension that it replaces, or None

    Raises
    ------
    ClassError
        If it would be no time, or the file is wrong.
    """
    given = Extension(
        student, lesson, parse_until(until, "--until") if until else None,
        parse_days(days, "--days") if days else None,
        typed={"student": student, "lesson": lesson, "until": until, "days": days, "why": why},
    )  # fmt: skip
    with folder.locked():
        others, before = _without(folder.extensions, student, lesson)
        _write(folder.extensions, [*others, given])
    return given, before


def withdraw(folder, student, lesson=""):
    """Withdraw an extension; returns it.

    Raises
    ------
    ClassError
        If the student has none for that lesson.
    """
    with folder.locked():
        others, before = _without(folder.extensions, student, lesson)
        if before is None:
            has = [one.lesson or "all lessons" for one in others if same_name(one.student) == same_name(student)]
            told = f"only one for {' and '.join(has)}" if has else "none at all"
            raise ClassError(
                f"{folder.extensions} gives {student!r} no extension for {lesson or 'all lessons'}, {told}: "
                f"gru-course class extensions {folder.root} lists what there is"
            )
        _write(folder.extensions, others)
    return before


def _without(path, student, lesson):
    """The extensions of a file but for one, and that one or None."""
    found = read_extensions(path)
    place = same_name(student), lesson
    before = next((one for one in found if (same_name(one.student), one.lesson) == place), None)
    return [one for one in found if one is not before], before


def _write(path, extensions):
    table = read_table(path, COLUMNS, ("student",))
    titles = (*table.titles, *(title for title in COLUMNS if title not in table.titles))
    type(table)(titles, (), table.delimiter, table.marked).write(path, [one.typed for one in extensions])


def forget_extensions(path, student, inherited=()):
    """Remove a student's extensions from a file.

    Parameters
    ----------
    path : the file; it need not exist
    student : str
    inherited : pairs of a team's name and a lesson for which the others keep what this student was given
    """
    found = read_extensions(path)
    gone = [one for one in found if same_name(one.student) == same_name(student)]
    if not gone:
        return
    kept = [one for one in found if one not in gone]
    held = {(same_name(one.student), one.lesson) for one in kept}
    for team, lesson in inherited:
        for one in gone:
            if one.lesson in ("", lesson) and (same_name(team), lesson) not in held:
                typed = {**one.typed, "student": team, "lesson": lesson, "why": ""}
                kept.append(Extension(team, lesson, one.until, one.days, typed=typed))
                held.add((same_name(team), lesson))
    _write(path, kept)


def in_utc(time):
    """A time in UTC without a time zone; one without a zone is taken for this machine's."""
    return time.astimezone(UTC).replace(tzinfo=None)


def shown(time):
    """A time in UTC without a time zone, as this machine's clock shows it."""
    return f"{time.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
