"""What a team keeps when one of its members is forgotten: its submission, its deadline and everybody else's marks."""

import shutil
from dataclasses import dataclass

from grader.base.wording import counted
from grader.classroom.by_hand import same_name
from grader.classroom.extensions import forget_extensions, read_extensions
from grader.classroom.sharing import all_shared
from grader.classroom.submissions import Submissions
from grader.classroom.teams import Teams, forget_member


@dataclass(frozen=True)
class Ties:
    """What the files that an instructor writes say about a student, and the teams that they leave.

    `lines` counts the lines about them, by the file's name. `handed_on` are pairs of a team and a lesson whose submission lies
    in the student's folder and stays with the others; `kept` all pairs whose deadline stays. `ended` are folders of teams that
    have no other member.
    """

    lines: dict
    handed_on: tuple = ()
    kept: tuple = ()
    ended: tuple = ()

    def told(self):
        """All of it in words, a list of str."""
        return [
            *(f"{counted(count, 'line')} of {name}" for name, count in self.lines.items() if count),
            *(f"{place}/, as the team has no other member" for place in self.ended),
        ]

    def told_to_stay(self):
        """What is not removed, and where it goes, in sentences."""
        return [
            f"The submission of team {team} for {lesson} counts for others, too: it stays, in the team's folder"
            for team, lesson in self.handed_on
        ]


def named_in_files(folder):
    """The names of students in the files that an instructor writes: a set."""
    extensions = {one.student for one in read_extensions(folder.extensions)}
    teams = Teams.read(folder.teams)
    members = {line["student"] for line in teams.lines}
    return {name for name in extensions if not teams.is_team(name)} | members


def ties_of(folder, student):
    """The Ties of a student.

    Raises
    ------
    ClassError
        If one of the files is wrong.
    """
    teams, name = Teams.read(folder.teams), same_name(student)
    extensions = [one for one in read_extensions(folder.extensions) if same_name(one.student) == name]
    own = [line for line in teams.lines if line["student"] == name]
    lines = {folder.extensions.name: len(extensions), folder.teams.name: len(own)}
    if not own:
        return Ties(lines)
    submissions = Submissions(folder)
    shared = {
        (one.team, lesson): one
        for (member, lesson), one in all_shared(submissions, teams, submissions.lessons).items()
        if same_name(member) == name
    }
    submitted = folder.course.submitted_directory
    others = {line["team"] for line in teams.lines if line["student"] != name}
    return Ties(
        lines,
        tuple(p for p, one in shared.items() if len(one.members) > 1 and same_name(one.place) == name),
        tuple(p for p, one in shared.items() if len(one.members) > 1),
        tuple(
            f"{submitted}/{team}"
            for team in sorted({line["team"] for line in own} - others)
            if folder.submitted(team).is_dir()
        ),
    )


def hand_on(folder, student, ties):
    """Move the submissions that a team keeps from the student's folder to the team's, with their times."""
    received = folder.journal.latest("received", "student", "lesson")
    for team, lesson in ties.handed_on:
        known = received.get((student, lesson), {})
        kept = {name: known[name] for name in ("submitted", "time_from", "note", "problem") if name in known}
        if kept:
            folder.journal.append("received", student=team, lesson=lesson, **kept)
        target = folder.submitted(team, lesson)
        if target.exists():  # an earlier one, which did not count
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.submitted(student, lesson).rename(target)


def leave(folder, student, ties):
    """Remove a student from the files that an instructor writes, and the folders of teams that have no other member."""
    forget_extensions(folder.extensions, student, ties.kept)
    for place in ties.ended:
        shutil.rmtree(folder.root / place, ignore_errors=True)
    forget_member(folder.teams, student)
