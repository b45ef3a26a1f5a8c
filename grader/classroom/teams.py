"""Teams: whose submission counts for whom. They are kept in the class's ``teams.csv``::

    team,student,lesson
    Red,Ada Lovelace,
    Red,Zoë Kim,
    Blue,Priya Kim,20

A line without a lesson counts for all, except those for which another line puts the student into another team. The file is
read from the class's folder alone, where no submission is ever put.
"""

import collections
from dataclasses import dataclass

from grader.authoring.lessons import lesson_names
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom.by_hand import read_table, same_name, the_lesson
from grader.classroom.names import is_plain

COLUMNS = ("team", "student", "lesson")


@dataclass(frozen=True)
class Team:
    """A team for one lesson: its name and its members, sorted."""

    name: str
    members: tuple[str, ...]


class Teams:
    """The teams of a class; `lines` are those of its file, as by_hand.Line with the lesson's full name."""

    def __init__(self, lines=()):
        self.lines = tuple(lines)
        self._of = collections.defaultdict(dict)  # {lesson or "": {student: team}}
        for line in self.lines:
            self._of[line["lesson"]][line["student"]] = line["team"]
        self._names = {line["team"] for line in self.lines}
        self._found = {}

    def __bool__(self):
        return bool(self.lines)

    @classmethod
    def read(cls, path):
        """The teams of a file; none if there is no such file.

        Raises
        ------
        ClassError
            If a line is wrong, a student is in two teams, or a team is called like a student; the message names the file and
            the line.
        """
        lines, seen = [], {}
        for line in read_table(path, COLUMNS, ("team", "student")).lines:
            place = f"{path}, line {line.number}"
            lesson = the_lesson(line["lesson"], lesson_names(course_root()), place) if line["lesson"] else ""
            cells = {"team": same_name(line["team"]), "student": same_name(line["student"]), "lesson": lesson}
            for title in ("team", "student"):
                if "/" in cells[title] or cells[title].startswith(".") or not is_plain(cells[title]):
                    raise ClassError(
                        f"{place}: the {title} {cells[title]!r} cannot be the name of a folder: write it as the folder in "
                        f"submitted/ is called"
                    )
            key = cells["student"], lesson
            if key in seen:
                other, number = seen[key]
                raise ClassError(
                    f"{path}, lines {number} and {line.number}: {cells['student']} is in the teams {other} and {cells['team']} for "
                    f"{lesson or 'all lessons'}: keep one of the lines"
                    if other != cells["team"]
                    else f"{path}, lines {number} and {line.number}: they say the same: keep one of them"
                )
            seen[key] = cells["team"], line.number
            lines.append(type(line)(line.number, cells))
        students = {line["student"]: line.number for line in lines}
        for line in lines:
            if line["team"] in students:
                raise ClassError(
                    f"{path}, lines {line.number} and {students[line['team']]}: {line['team']!r} is a team and a student: give "
                    f"the team another name"
                )
        return cls(lines)

    def of(self, student, lesson):
        """The Team of a student for a lesson, or None."""
        name = self._team_of(same_name(student), lesson)
        return self.named(name, lesson) if name else None

    def named(self, name, lesson):
        """The Team of that name for a lesson; None if it has no members there."""
        name = same_name(name)
        if name not in self._names:
            return None
        if (name, lesson) not in self._found:
            students = {*self._of.get("", ()), *self._of.get(lesson, ())}
            members = tuple(sorted(student for student in students if self._team_of(student, lesson) == name))
            self._found[name, lesson] = Team(name, members) if members else None
        return self._found[name, lesson]

    def at(self, name, lesson):
        """The Team whose work belongs in a folder of that name: its own, or a member's."""
        return self.of(name, lesson) or self.named(name, lesson)

    def is_team(self, name):
        """Whether a name is a team's, for whatever lesson."""
        return same_name(name) in self._names

    def _team_of(self, student, lesson):
        return self._of.get(lesson, {}).get(student) or self._of.get("", {}).get(student)


def forget_member(path, student):
    """Remove a student's lines from a file of teams; it need not exist."""
    table = read_table(path, COLUMNS, ("team", "student"))
    kept = [line for line in table.lines if same_name(line["student"]) != same_name(student)]
    if len(kept) < len(table.lines):
        table.write(path, [line.cells for line in kept])
