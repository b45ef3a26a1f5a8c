"""Release the solutions of a lesson after a date: to a folder that students can read, or to a file that they are sent.

A release is the lesson's source. Nothing of it exists where students can read until it is published, so no date needs to be
trusted except the clock of the machine that publishes. What is to be released when, is kept in the class's
``solutions.json``; grading carries it out, and so does ``gru-course solutions publish``, which a timer may run.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from grader.authoring.lessons import find_sources
from grader.authoring.withheld import NoSolutions
from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.base.paths import is_without_solutions
from grader.classroom.extensions import read_extensions
from grader.classroom.gradebook import Book

SCHEDULE, RELEASED = "solutions.json", "released"
READABLE = 0o644
_MOST_NAMED = 3


@dataclass(frozen=True)
class Planned:
    """What happens to a lesson's solutions: `after` (with a time zone) they are released, to `path`.

    `state` is "released", "waits", or "held back", because `open_until` says who may still submit: times by student, in which
    "everybody" has the class's own deadline. `anyway` says that this does not matter. `is_new` says whether it was published
    just now.
    """

    lesson: str
    after: datetime
    path: Path
    state: str
    anyway: bool = False
    open_until: dict[str, datetime] = field(default_factory=dict)
    is_new: bool = False

    @property
    def told(self):
        """The same, in a sentence."""
        when = f"{self.after.astimezone():%Y-%m-%d %H:%M}"
        latest = sorted(self.open_until.items(), key=lambda pair: pair[1], reverse=True)
        who = [f"{name} (until {until.astimezone():%Y-%m-%d %H:%M})" for name, until in latest[:_MOST_NAMED]]
        more = f" and {len(latest) - _MOST_NAMED} more" if len(latest) > _MOST_NAMED else ""
        may = f"it may still be submitted by {', '.join(who)}{more}"
        if self.state == "released":
            return f"{self.lesson}: released, in {self.path}" + (f", although {may}" if who else "")
        if self.state == "held back":
            return (
                f"{self.lesson}: held back, since {may}. To release it all the same, repeat the release with --anyway"
            )
        if who and not self.anyway:
            return f"{self.lesson}: to be released after {when}, and not before all deadlines: {may}"
        return f"{self.lesson}: to be released after {when}"


def release(folder, root, lessons, after, to=None, anyway=False, now=None):
    """Plan the release of lessons, and publish what is due.

    Parameters
    ----------
    folder : ClassFolder
    root : the course's folder, with its solutions
    lessons : list of str, names of lessons
    after : datetime with a time zone
    to : the folder to release to, from now on; the class's last one by default, and ``released/`` in its folder at first
    anyway : also release while students of the class may still submit
    now : datetime with a time zone; the present by default

    Returns
    -------
    planned : list of Planned, for all lessons that have a date

    Raises
    ------
    NoSolutions
        If this install of the course has none.
    ClassError
        If students cannot read that folder, or could write to it; nothing was changed.
    """
    _demand_solutions(root)
    schedule = _read(folder)
    if to is not None:
        schedule["to"] = str(Path(to).absolute())
    _make_readable(_target(folder, schedule))
    for lesson in lessons:
        schedule["lessons"][lesson] = {"after": after.astimezone(UTC).isoformat(timespec="seconds"), "anyway": anyway}
    _write(folder, schedule)
    return publish(folder, root, now)


def publish(folder, root, now=None):
    """Publish what is due; see `release`. What is published already is published again if it has changed."""
    schedule, now = _read(folder), now or datetime.now(UTC)
    target, planned = _target(folder, schedule), []
    for lesson, entry in sorted(schedule["lessons"].items()):
        after, path = datetime.fromisoformat(entry["after"]), target / f"{lesson}.py"
        waiting = still_open(folder, lesson, max(after, now))
        state = "waits" if now < after else "held back" if waiting and not entry["anyway"] else "released"
        is_new = state == "released" and _publish(folder, root, lesson, path)
        planned.append(Planned(lesson, after, path, state, entry["anyway"], waiting, is_new))
    return planned


def news(folder, root):
    """Publish what is due, after a grading; returns a sentence for each lesson that was published now, or is held back."""
    try:
        return [plan.told for plan in publish(folder, root) if plan.is_new or plan.state == "held back"]
    except NoSolutions as e:
        return [f"Solutions are due to be released, but {e}"]


def withdraw(folder, lessons):
    """Forget the dates of lessons, and remove what was published of them; returns the paths that were removed."""
    schedule, removed = _read(folder), []
    for lesson in lessons:
        schedule["lessons"].pop(lesson, None)
        path = _target(folder, schedule) / f"{lesson}.py"
        if path.exists():
            path.unlink()
            removed.append(path)
            folder.journal.append("withdrawn", lesson=lesson, path=str(path))
    _write(folder, schedule)
    return removed


def still_open(folder, lesson, time):
    """Who may submit a lesson after a time: deadlines (with a time zone) by student, and for "everybody" the class's own."""
    with Book(folder) as book:
        due, longer = book.deadlines(lesson)
    for one in read_extensions(folder.extensions):  # also of those who have submitted nothing yet
        if due and one.lesson in ("", lesson):
            longer[one.student] = max(one.deadline(due), longer.get(one.student, due))
    deadlines = {"everybody": due, **longer} if due else longer
    deadlines = {who: until.replace(tzinfo=UTC) for who, until in deadlines.items()}
    return {who: until for who, until in deadlines.items() if until > time}


def _publish(folder, root, lesson, path):
    """Publish a lesson's solutions; returns whether they were not there yet."""
    _demand_solutions(root)
    (source,) = find_sources(root, [lesson])
    content = source.read_bytes()
    if path.exists() and path.read_bytes() == content:
        return False
    _make_readable(path.parent)
    write_atomically(path, content, READABLE)
    path.chmod(READABLE)  # whatever the umask is: students have to read it
    folder.journal.append("released", lesson=lesson, path=str(path))
    return True


def _demand_solutions(root):
    if is_without_solutions(root):
        raise NoSolutions(
            "this install of the course has no solutions to release: use the course in full, from the folder that holds solutions/"
        )


def _make_readable(target):
    """Make sure that all can read the folder of releases, and that only its owner or a group can write to it."""
    try:
        if not target.exists():
            target.mkdir(parents=True)
            target.chmod(0o755)
        mode = target.stat().st_mode
    except OSError as e:
        raise ClassError(f"the solutions cannot be released to {target}: {e.strerror}") from e
    if not stat.S_ISDIR(mode) or not os.access(target, os.W_OK):
        raise ClassError(f"the solutions cannot be released to {target}: it should be a folder that you can write to")
    if os.name == "posix" and mode & 0o005 != 0o005:
        raise ClassError(
            f"students cannot read {target}: open it with chmod a+rx {target}, or name another folder with --to"
        )
    if os.name == "posix" and mode & 0o002:
        raise ClassError(
            f"everybody can write to {target}, so anybody could put other solutions there: run chmod o-w {target}, or name "
            "another folder with --to"
        )


def _target(folder, schedule):
    return Path(schedule["to"] or folder.root / RELEASED)


def _read(folder):
    path = folder.root / SCHEDULE
    if not path.exists():
        return {"to": None, "lessons": {}}
    try:
        schedule = json.loads(path.read_text(encoding="utf-8"))
        for entry in schedule["lessons"].values():
            if datetime.fromisoformat(entry["after"]).tzinfo is None or type(entry["anyway"]) is not bool:
                raise ValueError("a date without a time zone")
        return {"to": schedule["to"], "lessons": schedule["lessons"]}
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise ClassError(f"{path} cannot be read ({e!r}): delete it, and give the dates again") from e


def _write(folder, schedule):
    write_atomically(folder.root / SCHEDULE, json.dumps(schedule, indent=1) + "\n")


def parse_after(text):
    """The time that ``--after`` says, with a time zone: this machine's, unless it has one. A date alone means that day's end.

    Raises
    ------
    ClassError
        If it is neither.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ClassError(
            f"--after {text!r} is not a time: write it like 2026-12-08T12:00, or 2026-12-08 for that day's end"
        ) from None
    if len(text) == len("2026-12-08"):
        time += timedelta(days=1)
    return time.astimezone()
