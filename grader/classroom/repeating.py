"""Grade a submission once more with the inputs of its mark, and compare."""

import contextlib
from dataclasses import dataclass

import nbformat

from grader.authoring.lessons import known_lessons
from grader.base.errors import ClassError
from grader.base.limits import Limits
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.grading import Options, for_team, gradings, make_job
from grader.classroom.jobs import Failed
from grader.classroom.pool import Pool
from grader.classroom.preparation import entered_lesson
from grader.classroom.receipts import changes, receipt
from grader.classroom.scheduler import judge_all
from grader.classroom.seeds import course_key
from grader.classroom.sharing import find_shared, seeded_as
from grader.classroom.submissions import Submissions
from grader.classroom.teams import Teams


@dataclass(frozen=True)
class Repeated:
    """The result with the inputs of run number `run`.

    `changed` says in words what differs, empty if nothing does; `outputs` holds the numbers of the cells, from 1, whose
    output differs, as in cells that draw random numbers of their own.
    """

    state: str
    score: float
    verdicts: dict
    run: int
    changed: str
    outputs: tuple[int, ...]


def repeat(root, path, student, lesson, workers=None):
    """Grade a submission as its receipt in the journal says. Nothing is written.

    Parameters
    ----------
    root : the course's folder
    path : the class's folder
    student, lesson : str
    workers : a Pool or Cluster, a Pool of one by default

    Returns
    -------
    repeated : Repeated

    Raises
    ------
    ClassError
        If it was not graded, or something that the mark was made with has changed.
    """
    folder = ClassFolder(existing_folder(path))
    _, finished = gradings(folder.journal)
    entry = finished.get((student, lesson))
    if entry is None:
        raise ClassError(f"{student!r} has no mark for {lesson} in {path}: run gru-course grade first")
    built, submissions = entered_lesson(folder, root, lesson), Submissions(folder, [lesson])
    team, now_in = entry.get("team", ""), Teams.read(folder.teams).of(student, lesson)
    if team != (now_in.name if now_in else ""):
        raise ClassError(
            f"{student!r} is {f'in team {now_in.name}' if now_in else 'in no team'}, but the mark is "
            f"{f'that of team {team}' if team else 'their own'}: gru-course grade {path} brings it up to date"
        )
    submission = find_shared(submissions, now_in, lesson).submission if now_in else submissions.at(student, lesson)
    content = for_team(submission.read(), team)
    for what, then, now in (("submission", entry["digest"], content.digest), ("lesson", entry["build"], built.build)):
        if then != now:
            raise ClassError(f"the {what} is not the one that was graded: gru-course grade {path} grades it again")
    made_with = entry["receipt"]
    options = Options(Limits(**made_with["limits"]), made_with["sandbox"], entry["partial_credit"])
    key = course_key(folder)
    run_key = key.run_key(seeded_as(student, team), lesson, content.digest, entry["run"])
    job = make_job(folder, submission, content, built, known_lessons(root), run_key, options)
    with contextlib.nullcontext(workers) if workers else Pool(1) as crew:
        if options.sandbox and (problem := crew.sandbox_problem()):
            raise ClassError(problem)
        ((_, found),) = judge_all(crew, [(None, job)])
    if isinstance(found, Failed):
        raise ClassError(f"{found.reason}\n{found.report}")
    score = sum(found.scores.values())
    now = {
        **entry,
        "state": found.state,
        "verdicts": found.verdicts,
        "score": score,
        "receipt": receipt(key, options.limits, options.sandbox),
    }
    changed = changes(entry, now, otherwise="the submission behaves randomly")
    written = folder.autograded(student, lesson) / f"{lesson}.ipynb"
    then, again = (
        nbformat.v4.reads(text).cells for text in (written.read_text(encoding="utf-8"), found.notebook.decode())
    )
    outputs = tuple(
        n for n, (a, b) in enumerate(zip(then, again, strict=False), 1) if a.get("outputs") != b.get("outputs")
    )
    return Repeated(found.state, score, found.verdicts, entry["run"], changed, outputs)
