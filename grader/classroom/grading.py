"""Grade a class: decide what to do, have it judged, and have the results written. One process writes for a class."""

import contextlib
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter

from grader.authoring.lessons import known_lessons
from grader.base.errors import ClassError
from grader.base.limits import Limits
from grader.base.wording import counted, duration
from grader.classroom.course_file import CourseFile
from grader.classroom.database import DatabaseError
from grader.classroom.extensions import deadlines_of, shown
from grader.classroom.failures import log_failure, one_line
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import BATCH, Book, Mark
from grader.classroom.jobs import Failed, Job, WarmUp, failure
from grader.classroom.page_writer import PageWriter
from grader.classroom.pool import Pool
from grader.classroom.preparation import enter_lesson, lesson_files
from grader.classroom.receipts import receipt
from grader.classroom.remarks import remarks
from grader.classroom.scheduler import judge_in_batches
from grader.classroom.seeds import course_key
from grader.classroom.sharing import find_shared, papers, seeded_as
from grader.classroom.submissions import Submissions
from grader.classroom.teams import Teams
from grader.classroom.writing import Errand, Graded, Writer

STATES = {
    "graded": "everything is in order",
    "late": "submitted after the deadline",
    "repaired": "missing, doubled or changed cells of the lesson were repaired first",
    "unclear": "an exercise has no verdict, or had several answers: a person should look (the reason says where)",
    "blank": "no answer was given",
    "wrong lesson": "the notebook belongs to another lesson",
    "unreadable": "the file is not a notebook",
    "missing notebook": "there is no notebook in the submission",
    "unidentified": "it is not clear whose submission it is, so it has no marks",
    "crashed": "a cell ended the Python process; everything else counts",
    "timed out": "a cell ran too long and was stopped; everything else counts",
    "out of memory": "a cell used too much memory and was stopped; everything else counts",
    "failed": "an error of the grader, see failures.log; run again to try again",
}
NEED_A_PERSON = (
    "unidentified", "failed", "crashed", "timed out", "out of memory", "unclear", "unreadable", "missing notebook",
    "wrong lesson",
)  # fmt: skip
MOST, SECONDS = 50, 0.3  # results that are written at once, and how long they wait for each other


@dataclass(frozen=True)
class Row:
    """The result of one submission. `mark` is None if the gradebook cannot hold it; `fresh` says if it was graded in this run.

    `changed` says how it differs from the previous grading, and why. `own_tests` are the instructor's own test cells.
    `no_page` says why its page of feedback could not be written. `team` is the team whose submission it is, if it is one's.
    """

    student: str
    lesson: str
    state: str
    reason: str
    mark: Mark | None
    submitted: datetime
    time_from: str
    verdicts: dict
    fresh: bool
    changed: str = ""
    own_tests: tuple[str, ...] = ()
    sandbox: bool = True
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    no_page: str = ""
    team: str = ""


@dataclass(frozen=True)
class Options:
    """How to grade: the limits of each submission, with or without a sandbox and partial credit (None: as the last time)."""

    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True
    partial_credit: bool | None = None


def grade_class(
    root,
    path,
    due=None,
    db=None,
    lessons=(),
    again=False,
    options=None,
    workers=None,
    on_start=lambda count: None,
    on_row=lambda row: None,
    on_own=lambda lesson: None,
    on_note=lambda text: None,
):
    """Grade all submissions of a class that have not been graded yet.

    Parameters
    ----------
    root : the course's folder
    path : the class's folder
    due : datetime, UTC without a time zone; entered in the gradebook for these lessons
    db : the gradebook's URL from now on, see ClassFolder
    lessons : names of the lessons to grade, all by default
    again : grade everything again, with new inputs
    options : Options
    workers : a Pool or Cluster that was entered; a Pool for all cores by default
    on_start : called with the number of submissions
    on_row : called with each Row as soon as it is known, in any order
    on_own : called with each Assignment that the instructor has changed
    on_note : called with each remark about the class's own files, a sentence

    Returns
    -------
    rows : list of Row, one a submission, by lesson and student; a team's submission has one for each member

    Raises
    ------
    ClassError
        If there are no submissions, a lesson cannot be entered in the gradebook, no sandbox is possible, or the file of
        extensions, of teams or of the course is wrong.
    DatabaseError
        If the gradebook can no longer be written; finished gradings are kept.
    """
    folder = ClassFolder(path, db)
    with folder.locked():
        deadlines, teams = deadlines_of(folder), Teams.read(folder.teams)
        course_file = CourseFile.read(folder.course_file, root)
        course_file.demand(lessons)
        submissions = Submissions(folder, lessons, course_file.dropped)
        for lesson, count in sorted(submissions.left_out.items()):
            left_out = f"its {counted(count, 'submission')} {'is' if count == 1 else 'are'} left out"
            on_note(f"{lesson}: {folder.course_file.name} drops this lesson, so {left_out}")
        for remark in remarks(folder, submissions, teams):
            on_note(remark)
        if not submissions:
            what = f"of {', '.join(lessons)} " if lessons else ""
            raise ClassError(
                f"there are no submissions {what}in {folder.submitted()}: they belong in submitted/<student>/<lesson>/<lesson>.ipynb"
            )
        with contextlib.nullcontext(workers) if workers else Pool() as crew:
            options, known = options or Options(), known_lessons(root)
            for name in [name for name in submissions.lessons if name in known][:1]:
                crew.warm_up(WarmUp(name, options.limits, options.sandbox))
            key = course_key(folder)
            entered = {
                name: enter_lesson(folder, root, name, course_file) for name in submissions.lessons if name in known
            }
            for lesson in entered.values():
                if lesson.own or lesson.by_file:
                    on_own(lesson)
            for left in folder.root.glob(".building-*"):  # left by a killed run
                shutil.rmtree(left, ignore_errors=True)
            if options.sandbox and (problem := crew.sandbox_problem()):
                raise ClassError(problem)
            with Book(folder, deadlines) as book:
                for name in entered if due else ():
                    book.set_due(name, due)
                run = _Run(folder, book, key, known, entered, options, again, on_row, teams)
                on_start(len(submissions))
                for batch in judge_in_batches(crew, run.jobs(submissions), MOST, SECONDS):
                    run.take(batch)
        return sorted(run.rows, key=lambda row: (row.lesson, row.student))


class _Run:
    """One run over a class. The journal records what was written, so that a run killed at any time can continue."""

    def __init__(self, folder, book, key, known, lessons, options, again, on_row, teams):
        self.folder, self.book, self.key, self.known, self.lessons, self.again, self.on_row, self.teams = (
            folder, book, key, known, lessons, again, on_row, teams,
        )  # fmt: skip
        self.receipt = receipt(key, options.limits, options.sandbox)
        self.marked, self.finished = gradings(folder.journal)
        self.options = options
        if options.partial_credit is None:
            *_, last = [{}, *sorted(self.finished.values(), key=itemgetter("time"))]
            self.options = replace(options, partial_credit=last.get("partial_credit", False))
        self.writer = Writer(folder, book, lessons, self.receipt, self.finished, bool(teams))
        self.pages = PageWriter(folder, lessons)
        seen = folder.journal.latest("seen", "student", "lesson")
        self.fingerprints = {place: entry["fingerprint"] for place, entry in seen.items()}
        self.rows = []

    def jobs(self, submissions):
        """The submissions that are to be judged: (Errand, Job). Those graded before are brought up to date meanwhile."""
        for unidentified in submissions.unidentified:
            entry = {"state": "unidentified", "reason": unidentified.reason}
            self._add_row(unidentified.name, unidentified.lesson, None, entry, None, True)
        before = []
        for student, lesson, team in papers(submissions, self.teams, self.lessons):
            submission = shared = None
            try:
                if team:
                    student = team.members[0]
                    shared = find_shared(submissions, team, lesson)
                    student = shared.first
                submission = shared.submission if shared else submissions.at(student, lesson)
                if lesson not in self.lessons:
                    reason = f"the course has no lesson {lesson}; its lessons are {', '.join(self.known)}"
                    self._add_row(student, lesson, submission, {"state": "wrong lesson", "reason": reason}, None, True)
                    continue
                errand = self._errand(submission, shared)
            except Exception as e:
                self._fail(student, lesson, submission, failure(e), shared)
                continue
            if errand:
                yield errand, errand.job
                continue
            before.append((submission, shared))
            if len(before) == BATCH:
                yield from self._settle(before)
                before = []
        if before:
            yield from self._settle(before)

    def _settle(self, before):
        """Bring what was graded before up to date: a list of (Submission, Shared or None). Yields what is no longer in the gradebook."""
        times = {(submission.student, submission.lesson): submission.submitted for submission, _ in before}
        try:
            settled = self.book.settle_all(times)
        except DatabaseError:
            raise
        except Exception as e:
            if len(before) == 1:
                ((submission, shared),) = before
                self._fail(submission.student, submission.lesson, submission, failure(e), shared)
                return
            for one in before:  # it is the fault of one of them, such as of what an instructor's plugin says about it
                yield from self._settle([one])
            return
        graded = []
        for (submission, shared), place in zip(before, times, strict=True):
            if place in settled:
                graded.append(Graded(submission, submission, shared, self.finished[place], *settled[place]))
                continue
            try:
                errand = self._errand(submission, shared, again=True)
            except Exception as e:
                self._fail(*place, submission, failure(e), shared)
            else:
                yield errand, errand.job
        self._tell(graded, False)

    def take(self, batch):
        """Record results, a list of (Errand, Judged or Failed): a Row comes of each in every case."""
        judged = []
        for errand, found in batch:
            if isinstance(found, Failed):
                self._fail_errand(errand, found)
            else:
                judged.append((errand, found))
        try:
            graded = self.writer.enter(judged) if judged else []
        except DatabaseError:
            raise
        except Exception as e:
            if len(judged) == 1:
                self._fail_errand(judged[0][0], failure(e))
            else:  # it is the fault of one of them
                for one in judged:
                    self.take([one])
            return
        self._tell(graded, True)

    def _tell(self, graded, fresh):
        """Bring pages and rows of graded submissions up to date, for each member of a team."""
        students = []
        for one in graded:
            try:
                students += self.writer.share(one)
            except DatabaseError:
                raise
            except Exception as e:
                self._fail(one.submission.student, one.submission.lesson, one.submission, failure(e), one.shared)
        for one, problem in zip(students, self.pages.write(students), strict=True):
            student, lesson = one.submission.student, one.submission.lesson
            if problem:
                with self._writing():
                    log_failure(self.folder.log, f"{student} {lesson}: its page of feedback", failure(problem).report)
            no_page = one_line(problem) if problem else ""
            self._add_row(student, lesson, one.submission, one.entry, one.mark, fresh, no_page, one.shared)

    def _errand(self, submission, shared, again=False):
        """The submission as an Errand, or None if it is graded already and not to be graded `again`."""
        place, lesson = (submission.student, submission.lesson), self.lessons[submission.lesson]
        before, finished = self.marked.get(place, {}), self.finished.get(place, {})
        team = shared.team if shared else ""
        made_of = {"build": lesson.build, "partial_credit": self.options.partial_credit}
        made_of |= {"team": team} if team else {}
        is_done = (
            not (self.again or again)
            and before.get("done")
            and before.get("team", "") == team
            and all(before.get(k) == v for k, v in made_of.items())
        )
        if is_done and submission.fingerprint == self.fingerprints.get(place, before.get("fingerprint")):
            return None  # the same files: they need not be read
        content = submission.read()
        made_of["digest"] = content.digest
        if is_done and before["digest"] == content.digest:
            self.folder.journal.append("seen", student=place[0], lesson=place[1], fingerprint=submission.fingerprint)
            return None
        # A killed grading does not count: it is repeated with the same inputs.
        run = finished.get("run", 0) + 1
        run_key = self.key.run_key(seeded_as(place[0], team), place[1], content.digest, run)
        content = for_team(content, team)
        job = make_job(self.folder, submission, content, lesson, self.known, run_key, self.options)
        return Errand(submission, job, made_of, run, before, finished, shared)

    def _fail_errand(self, errand, failed):
        self._fail(*errand.place, errand.submission, failed, errand.shared)

    def _fail(self, student, lesson, submission, failed, shared=None):
        reason = f"{failed.reason}. See {self.folder.log.name}" if failed.report else failed.reason
        with self._writing():
            if failed.report:
                log_failure(self.folder.log, f"{student} {lesson}", failed.report)
            for member in shared.members if shared else (student,):
                self.folder.journal.append("failed", student=member, lesson=lesson, reason=reason)
        for member in shared.members if shared else (student,):
            self._add_row(member, lesson, submission, {"state": "failed", "reason": reason}, None, True, shared=shared)

    @contextlib.contextmanager
    def _writing(self):
        """Within the body: writes without which the run cannot continue."""
        try:
            yield
        except OSError as e:
            raise ClassError(
                f"{self.folder.root} can no longer be written to: {e}. Fix this and run the same command again"
            ) from e

    def _add_row(self, student, lesson, submission, entry, mark, fresh, no_page="", shared=None):
        submitted, time_from = (submission.submitted, submission.time_from) if submission else (None, "")
        row = outcome(student, lesson, {"receipt": self.receipt, **entry}, mark, submitted, time_from, fresh, shared)
        row = replace(row, no_page=no_page)
        self.rows.append(row)
        self.on_row(row)


def gradings(journal):
    """The last entry about each submission's grading, and the last about a finished one: two dicts by (student, lesson).

    Lines that no grading writes are left out.
    """
    marked, finished = {}, {}
    for line in journal.entries("marked"):
        entry = {**_OLDER, **line}
        if _is_whole(entry):
            place = entry["student"], entry["lesson"]
            marked[place] = entry
            if entry["done"]:
                finished[place] = entry
    return marked, finished


# Defaults for fields that an older line does not have: its submission is graded again.
_OLDER = {"digest": "", "build": "", "run": 0, "by_hand": {}, "verdicts": {}, "receipt": {}}


def _is_whole(entry):
    kinds = {**dict.fromkeys(("student", "lesson", "time", "digest", "build"), str), "run": int, "done": bool}
    kinds |= dict.fromkeys(("by_hand", "verdicts", "receipt"), dict)
    if entry.get("done"):
        kinds |= {"state": str, "reason": str}
    return (
        all(isinstance(entry.get(name), kind) for name, kind in kinds.items())
        and isinstance(entry.get("score", 0), (int, float))
        and (not entry["done"] or entry["state"] in STATES)
        and all(isinstance(v, dict) and {"state", "mistake", "stage"} <= v.keys() for v in entry["verdicts"].values())
    )


def outcome(student, lesson, entry, mark, submitted, time_from="", fresh=False, shared=None):
    """The Row of a submission, from the journal's entry about it, its Mark and, for a team's, its Shared."""
    state, reasons = entry["state"], [entry["reason"]]
    if shared:
        said = [part for part in entry["reason"].split("; ") if part != team_note(shared.team)]
        reasons = [shared.told, *said]
        if shared.doubt and state in ("graded", "repaired"):
            state, reasons = "unclear", [shared.doubt, *reasons]
    if mark and mark.seconds_late:
        state = "late" if state == "graded" else state
        deadline = f"extended deadline, {shown(mark.due)}" if mark.due else "deadline"
        reasons[:0] = [f"submitted {duration(mark.seconds_late)} after the {deadline}"]
    elif mark and mark.due and submitted and submitted > mark.due - mark.extension:
        reasons[:0] = [f"on time, because of an extension until {shown(mark.due)}"]
    reason = "; ".join(filter(None, reasons))
    return Row(
        student, lesson, state, reason, mark, submitted, time_from, entry.get("verdicts", {}), fresh,
        entry.get("changed", ""), tuple(entry.get("own_tests", ())), entry.get("receipt", {}).get("sandbox", False),
        entry.get("seconds", 0.0), entry.get("cpu_seconds", 0.0), team=shared.team if shared else "",
    )  # fmt: skip


def for_team(content, team):
    """A Content that says for whoever marks it that it is a team's, if it is; no member is named."""
    return replace(content, note="; ".join(filter(None, (team_note(team), content.note)))) if team else content


def team_note(team):
    """What a grading's reason says about a team's submission; no member is named."""
    return f"for team {team}"


def make_job(folder, submission, content, lesson, known, run_key, options):
    """The Job for a submission that was read. A lesson's own files replace the learner's copies of them, as in nbgrader."""
    return Job(
        submission.student, lesson, known, content.notebook, content.name,
        {**content.files, **lesson_files(folder, lesson.name)}, run_key, options.limits, options.sandbox,
        options.partial_credit, content.note, content.problem,
    )  # fmt: skip
