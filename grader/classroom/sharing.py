"""Which of a team's submissions counts, and for whom.

A member may have submitted it, or it is in a folder of the team's name. If there are several, the last one counts.
"""

import collections
from dataclasses import dataclass, field, replace

from grader.classroom.by_hand import same_name
from grader.classroom.extensions import shown
from grader.classroom.submissions import Submission


@dataclass(frozen=True)
class Shared:
    """A submission that counts for a whole team.

    `members` are its students; the first is the one under whose name it is judged, and the others get what it gets.
    `submission` is under that name, wherever its files are: in the folder `place` of submitted/. `told` says whose it is,
    and which others do not count; `doubt` says why that may be wrong, empty if it is not. `own` are the members' own
    submissions, by student, whether they count or not.
    """

    team: str
    members: tuple[str, ...]
    submission: Submission
    place: str
    told: str
    doubt: str = ""
    own: dict = field(default_factory=dict)

    @property
    def first(self):
        return self.members[0]


def seeded_as(student, team):
    """Whose name the inputs of a grading are drawn from: a team's, however its members change, or the student's."""
    return f"team/{team}" if team else student  # no student's name holds a slash


def papers(submissions, teams, lessons):
    """What there is to grade: yields a student, a lesson and the Team, or None for a student without one.

    Parameters
    ----------
    submissions : Submissions
    teams : Teams
    lessons : names of lessons that the course has; in any other, everybody is alone
    """
    seen = set()
    for student, lesson in submissions:
        team = teams.at(student, lesson) if lesson in lessons else None
        if team is None:
            yield student, lesson, None
        elif (team.name, lesson) not in seen:
            seen.add((team.name, lesson))
            yield student, lesson, team


def find_shared(submissions, team, lesson):
    """The submission of a team that counts.

    Parameters
    ----------
    submissions : Submissions, which hold at least one of the team's
    team : Team
    lesson : str

    Returns
    -------
    shared : Shared
    """
    folders = {same_name(name): name for place, name in submissions.places if place == lesson}
    members = [folders.get(name, name) for name in team.members]
    there = [folders[name] for name in (*team.members, team.name) if name in folders]
    found = {name: submissions.at(name, lesson) for name in there}
    place, told, doubt = _last(found, team)
    first = place if place in members else members[0]
    others = tuple(name for name in members if name != first)
    submission = replace(found[place], student=first)
    own = {name: found[name] for name in members if name in found}
    return Shared(team.name, (first, *others), submission, place, told, doubt, own)


def all_shared(submissions, teams, lessons):
    """The Shared of every team's member: ``{(student, lesson): Shared}``, without those whose files cannot be read."""
    found = {}
    for _, lesson, team in papers(submissions, teams, lessons):
        if team is None:
            continue
        try:
            shared = find_shared(submissions, team, lesson)
        except Exception:  # grading says so
            continue
        found |= dict.fromkeys(((member, lesson) for member in shared.members), shared)
    return found


def no_longer_counts(student, lesson, entry, teams, has_submitted):
    """Whether a mark in the gradebook is nobody's any more: a team's folder's, or that of a member who has left it.

    Parameters
    ----------
    student, lesson : str
    entry : the journal's entry about the last finished grading
    teams : Teams
    has_submitted : whether there is a folder of that name in submitted/
    """
    if teams.is_team(student):
        return True
    team = teams.of(student, lesson)
    return bool(entry.get("team")) and not has_submitted and (team.name if team else None) != entry["team"]


def once(rows):
    """The rows without those that repeat a team's: every submission once."""
    seen, kept = set(), []
    for row in rows:
        if row.team and (row.team, row.lesson) in seen:
            continue
        seen.add((row.team, row.lesson))
        kept.append(row)
    return kept


def _last(found, team):
    """The name of the folder whose submission counts, why, and whether that is doubtful, in words."""
    if len(found) == 1:
        (name,) = found
        return name, f"team {team.name}, {_by(name, team)}", ""
    by_content = collections.defaultdict(list)
    for name, submission in found.items():
        by_content[submission.read().digest].append(name)
    # Copies of one notebook count once, as submitted when the first of them was.
    firsts = {min(names, key=lambda name: _time(found[name])): names for names in by_content.values()}
    if len(firsts) == 1:
        (name,) = firsts
        return name, f"team {team.name}, {_by(name, team)}; others submitted the same", ""
    chosen = max(sorted(firsts, reverse=True), key=lambda name: _time(found[name]))
    rest = [name for name in found if name not in firsts[chosen]]
    when = f" ({shown(found[chosen].submitted)})" if found[chosen].submitted else ""
    told = (
        f"team {team.name}, {_by(chosen, team)}{when}: of {len(firsts)} different submissions the last one counts, and not "
        f"{' and '.join(_whose(name, team) for name in rest)}"
    )
    times = [found[name].submitted for name in firsts]
    if None in times or times.count(found[chosen].submitted) > 1:
        return chosen, told, "it is not known which of the team's submissions is the last one"
    return chosen, told, ""


def _time(submission):
    return (submission.submitted is not None, submission.submitted or 0)


def _by(name, team):
    return "submitted in the team's folder" if same_name(name) == team.name else f"submitted by {name}"


def _whose(name, team):
    return "that in the team's folder" if same_name(name) == team.name else f"{name}'s"
