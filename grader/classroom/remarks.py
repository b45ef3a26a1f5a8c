"""What looks odd in the files that an instructor writes: names that nobody in the class has, though somebody is called nearly so."""

from grader.classroom.by_hand import near, same_name
from grader.classroom.extensions import read_extensions


def remarks(folder, submissions, teams):
    """Sentences about lines of ``extensions.csv`` and ``teams.csv`` whose name is probably misspelt.

    A name that is like nobody's may be that of somebody who has not submitted yet.

    Parameters
    ----------
    folder : ClassFolder
    submissions : Submissions
    teams : Teams
    """
    known = {same_name(student) for _, student in submissions.places}
    known |= {line["student"] for line in teams.lines} | {line["team"] for line in teams.lines}
    for one in read_extensions(folder.extensions):
        yield from _remark(folder.extensions.name, one.line, one.student, known)
    submitted = {same_name(student) for _, student in submissions.places}
    for line in teams.lines:
        yield from _remark(folder.teams.name, line.number, line["student"], submitted)


def _remark(file, line, name, known):
    if same_name(name) not in known and (alike := near(name, known)):
        yield f"{file}, line {line}: nobody called {name} has submitted anything; similar names: {', '.join(alike)}"
