"""Judge one submission: from the submitted files to a state, verdicts and scores."""

import builtins
import json
import re
import time
from dataclasses import dataclass, replace

import nbformat

from grader.classroom.course_file import as_handed_out_now
from grader.classroom.jobs import Judged
from grader.classroom.partial import share
from grader.classroom.repair import repair
from grader.classroom.shown_answers import Texts, shown_answers
from grader.judge.checks import Checks
from grader.judge.given import Given
from grader.judge.marking import NO_VERDICT, is_test
from grader.judge.sandbox import Warm
from grader.judge.session import ERRORS, NOT_RUN, in_bounds, not_executed, run_session
from grader.notebook.reading import Unreadable, grade_id, parse_notebook
from grader.notebook.written import WrittenAnswers


@dataclass(frozen=True)
class Ready:
    """What submissions of a lesson are judged with: its warm process, and what a rehearsal showed of its own cells."""

    warm: Warm
    given: Given


def get_ready(lesson):
    """Read the lesson itself as a submission, which is not run: what that imports and remembers, forked processes share.

    Parameters
    ----------
    lesson : Assignment
    """
    notebook, words = parse_notebook(json.dumps(lesson.pristine).encode()), "An answer in *words*."
    repair(as_handed_out_now(notebook, lesson.pristine), lesson.pristine)
    WrittenAnswers(lesson.pristine).own(words)
    texts = Texts()
    texts.code("pass")
    texts.markdown(words)
    with in_bounds():
        pass


def judge(job, ready):
    """Judge a job in this process.

    Parameters
    ----------
    job : Job
    ready : Ready, of its lesson

    Returns
    -------
    judged : Judged; always the same for the same job, whichever worker does it, except for the times

    Raises
    ------
    GraderFault
        If the course itself fails.
    WarmDied
        If the warm process ended.
    """
    started = time.monotonic()
    checks = Checks(job.lesson.name, job.run_key)  # first of all, before any of the submission is read
    judged = _judge(job, checks, ready)
    return replace(judged, seconds=round(time.monotonic() - started, 2))


def _judge(job, checks, ready):
    if job.problem:
        return not_graded(job, "unreadable", job.problem)
    if job.notebook is None:
        names = ", ".join(job.files) or "no file at all"
        return not_graded(job, "missing notebook", f"the submission holds no notebook, but {names}")
    try:
        notebook = parse_notebook(job.notebook)
    except Unreadable as e:
        return not_graded(job, "unreadable", str(e))
    fit = job.lesson.fit(notebook, job.known)
    if not fit.belongs:
        return not_graded(job, "wrong lesson", _why_not(fit, job.lesson.name))
    repaired = repair(as_handed_out_now(notebook, job.lesson.pristine), job.lesson.pristine)
    whole = job.lesson.with_hidden_tests(repaired.notebook)
    executed = run_session(whole, job.files, checks, ready.warm, job.limits, ready.given)
    changes, doubts = _oddities(fit, job.lesson.name) + repaired.changes, _doubts(executed, repaired)
    state, reasons = executed.state, (executed.reason, *doubts, *changes)
    if state == "finished" and repaired.blank:
        state, reasons = "blank", ("no answer was given", *reasons)
    elif state == "finished":
        state = "unclear" if doubts else "repaired" if changes else "graded"
    return _judged(
        job, state, reasons, executed.notebook, verdicts=executed.verdicts, scores=_scores(job, executed),
        own_tests=tuple(executed.own_tests), cpu_seconds=round(executed.cpu_seconds, 2),
    )  # fmt: skip


def _why_not(fit, name):
    """Why a notebook belongs to another lesson, or to none."""
    if fit.foreign:
        other = max(fit.foreign, key=fit.foreign.get)
        return f"it was submitted as {name}, but its cells are those of {other}"
    if not (fit.marks or fit.text or fit.answers):
        return f"nothing in the notebook belongs to {name}"
    return (
        f"too little of the notebook belongs to {name}: {fit.marks:.0%} of the marked cells, {fit.text:.0%} of the text, "
        f"and {fit.answers:.0%} of the answers are there"
    )


def _oddities(fit, name):
    """Remarks about a notebook that only partly belongs to its lesson."""
    found = tuple(f"{count} marked cells belong to {other}, and do not count" for other, count in fit.foreign.items())
    return (f"only the answers of {name} are left of the lesson", *found) if fit.answers_alone else found


def _doubts(executed, repaired):
    """What a person should look at: exercises without a verdict, and those that may have lost points in the repair."""
    errors = {grade_id(c): o.ename for c in executed.notebook.cells for o in c.get("outputs", ()) if "ename" in o}
    found = []
    for name, verdict in executed.verdicts.items():
        if verdict["stage"] == "error":
            ends = {"answer": errors.get(name), "check": errors.get(f"check_{name}")}
            why = [f"{_shown(error)} in its {cell}" for cell, error in ends.items() if error not in (None, NO_VERDICT)]
            found.append(f"no verdict for {name}: {', '.join(why) or 'its check judged no answer of that name'}")
        elif name in repaired.doubts and verdict["state"] != "passed":
            found.append(repaired.doubts[name])
    points = {grade_id(c): c.metadata.nbgrader.points for c in filter(is_test, executed.notebook.cells)}
    if any(score < points[test] for test, score in executed.own_tests.items()):
        found += [doubt for name, doubt in repaired.doubts.items() if name not in executed.verdicts]
    return tuple(dict.fromkeys(found))


def _shown(error):
    """An error's name, if it is Python's own or the judge's: any other name is text from the learner."""
    known = isinstance(getattr(builtins, error, None), type) or error in (*ERRORS.values(), NOT_RUN)
    return error if known else "an error"


def not_graded(job, state, reason):
    """The Judged of a submission that was not run, or not to its end: no points, and the reason. It is not read."""
    notebook = not_executed(job.lesson.pristine, reason)
    scores = {grade_id(cell): 0.0 for cell in filter(is_test, notebook.cells)}
    return _judged(job, state, (reason,), notebook, scores=scores)


def _judged(job, state, reasons, notebook, **found):
    """The Judged; its notebook begins with remarks about the submission, and has the rubrics for the marker."""
    reason = "; ".join(filter(None, (*reasons, job.note)))
    notebook = job.lesson.with_rubrics(notebook)
    if reason:
        plain = re.sub(
            r"[\\`*_\[\]<>&$~|]", lambda m: f"&#{ord(m[0])};", reason
        )  # it may quote the learner's file names
        about = nbformat.v4.new_markdown_cell(f"**About this submission: {state}.** {plain}.", id="about-this-hand-in")
        notebook.cells.insert(0, about)
    content = json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace")
    return Judged(state, reason, content, **found, shown=shown_answers(notebook, job.lesson.pristine))


def _scores(job, executed):
    scores = dict(executed.own_tests)
    for cell in filter(is_test, executed.notebook.cells):
        verdict = executed.verdicts.get(grade_id(cell).removeprefix("check_"))
        if verdict and grade_id(cell) not in scores:
            part = share(verdict) if job.partial_credit else verdict["state"] == "passed"
            scores[grade_id(cell)] = round(part * cell.metadata.nbgrader.points, 2)
    return scores
