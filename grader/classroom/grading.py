"""Grade a class: decide what to do, and write the results. The only writer of gradebook, journal and files."""

import contextlib
import secrets
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from pathlib import Path

import nbformat

from grader.authoring.lessons import known_lessons
from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.base.limits import Limits
from grader.base.wording import duration
from grader.classroom.course_file import CourseFile
from grader.classroom.database import DatabaseError
from grader.classroom.extensions import deadlines_of, shown
from grader.classroom.failures import log_failure, one_line
from grader.classroom.feedback import FeedbackPages
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book, Mark
from grader.classroom.jobs import Failed, Job, WarmUp, failure
from grader.classroom.pool import Pool
from grader.classroom.preparation import enter_lesson, lesson_files
from grader.classroom.receipts import changes, receipt
from grader.classroom.remarks import remarks
from grader.classroom.scheduler import judge_all
from grader.classroom.seeds import course_key
from grader.classroom.sharing import Shared, find_shared, papers, seeded_as
from grader.classroom.submissions import Submission, Submissions
from grader.classroom.teams import Teams
from grader.classroom.timestamps import TIMESTAMP, stamp

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
SECRET = "submission_secret.txt"  # of nbgrader's exchange
NOT_RUN = ("wrong lesson", "unreadable", "missing notebook")


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
            on_note(f"{lesson}: {folder.course_file.name} drops this lesson, so its {count} submissions are left out")
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
                for errand, found in judge_all(crew, run.jobs(submissions)):
                    run.take(errand, found)
        return sorted(run.rows, key=lambda row: (row.lesson, row.student))


@dataclass(frozen=True)
class _Errand:
    """A submission that is to be judged.

    `made_of` is what the grading depends on: if it changes, a new grading is necessary. `run` counts this student's
    gradings of the lesson; `before` and `finished` are the journal's last entry, and its last finished one. `shared` is the
    Shared of a team's submission.
    """

    submission: Submission
    job: Job
    made_of: dict
    run: int
    before: dict
    finished: dict
    shared: Shared | None = None


class _Run:
    """One run over a class. The journal records what was written, so that a run killed at any time can continue."""

    def __init__(self, folder, book, key, known, lessons, options, again, on_row, teams):
        self.folder, self.book, self.key, self.known, self.lessons, self.again, self.on_row, self.teams = (
            folder, book, key, known, lessons, again, on_row, teams,
        )  # fmt: skip
        self.receipt = receipt(key, options.limits, options.sandbox)
        self.pages = FeedbackPages()
        self.marked, self.finished = gradings(folder.journal)
        self.options = options
        if options.partial_credit is None:
            *_, last = [{}, *sorted(self.finished.values(), key=itemgetter("time"))]
            self.options = replace(options, partial_credit=last.get("partial_credit", False))
        self.settled = folder.journal.latest("settled", "student", "lesson")
        self.aside = folder.journal.latest("set aside", "student", "lesson")
        self.shares = folder.journal.latest("shared", "student", "lesson", "team") if teams else {}
        seen = folder.journal.latest("seen", "student", "lesson")
        self.fingerprints = {place: entry["fingerprint"] for place, entry in seen.items()}
        self.rows = []

    def jobs(self, submissions):
        """The submissions that are to be judged: (_Errand, Job). Those graded before are brought up to date immediately."""
        for unidentified in submissions.unidentified:
            entry = {"state": "unidentified", "reason": unidentified.reason}
            self._add_row(unidentified.name, unidentified.lesson, None, entry, None, True)
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
                if errand is None:
                    entry = self.finished[student, lesson]
                    mark, given = self.book.settle(student, lesson, submission.submitted)
                    if mark:
                        self._tell(submission, shared, entry, mark, given, False)
                        continue
                    errand = self._errand(submission, shared, again=True)  # somebody has removed it from the gradebook
            except DatabaseError:
                raise
            except Exception as e:
                self._fail(student, lesson, submission, failure(e), shared)
                continue
            yield errand, errand.job

    def take(self, errand, found):
        """Record the result of a submission; returns a Row in every case."""
        submission = errand.submission
        student, lesson = submission.student, submission.lesson
        if not isinstance(found, Failed):
            try:
                notebook = nbformat.v4.reads(found.notebook.decode())  # our own: it need not be validated
                entry, mark, given = self._enter(errand, found, notebook)
                self._tell(submission, errand.shared, entry, mark, given, True, notebook)
                return
            except DatabaseError:
                raise
            except Exception as e:
                found = failure(e)
        self._fail(student, lesson, submission, found, errand.shared)

    def _tell(self, submission, shared, entry, mark, given, fresh, notebook=None):
        """Bring page and row of a graded submission up to date, for each member if it is a team's."""
        if shared is None:
            no_page = self._publish(submission, entry, mark, given, notebook, submission)
            self._add_row(submission.student, submission.lesson, submission, entry, mark, fresh, no_page)
            return
        for student, (own_entry, mark, given) in self._share(shared, entry).items():
            own = replace(submission, student=student)
            no_page = self._publish(own, own_entry, mark, given, notebook, shared.own.get(student))
            self._add_row(student, own.lesson, own, own_entry, mark, fresh, no_page, shared)

    def _share(self, shared, entry):
        """Give every member of a team what the first one has: ``{student: (the journal's entry, Mark, given)}``."""
        first, *others = shared.members
        lesson, team = shared.submission.lesson, {"team": shared.team}
        before = {
            student: self.shares[student, lesson, shared.team]
            for student in shared.members
            if (student, lesson, shared.team) in self.shares
        }
        is_another = any(one["digest"] != entry["digest"] for one in before.values())
        for student in others:
            self._set_aside(student, lesson)
        settled, base, model = self.book.share(first, others, lesson, shared.submission.submitted, before, is_another)
        found = {}
        for student in shared.members:
            place = {"student": student, "lesson": lesson}
            held = entry if student == first else self.finished.get((student, lesson), {})
            if any(held.get(name) != entry.get(name) for name in _MADE_BY):
                self._copy_autograded(first, student, lesson)
                changed = {"changed": changes(held, entry)}
                held = {name: value for name, value in {**entry, **place, **changed}.items() if name not in _OF_JOURNAL}
                self.folder.journal.append("marked", **{"done": True, **held})
            now = {"digest": entry["digest"], "base": base, "is_model": student == model}
            if any(before.get(student, {}).get(name) != value for name, value in now.items()):
                self.folder.journal.append("shared", **place, **team, **now)
            found[student] = held, *settled[student]
        return found

    def _copy_autograded(self, first, student, lesson):
        building = self.folder.root / f".building-{secrets.token_hex(8)}"
        target = self.folder.autograded(student, lesson)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copytree(self.folder.autograded(first, lesson), building)
            if target.exists():
                shutil.rmtree(target)
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _errand(self, submission, shared, again=False):
        """The submission as an _Errand, or None if it is graded already and not to be graded `again`."""
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
        return _Errand(submission, job, made_of, run, before, finished, shared)

    def _enter(self, errand, judged, notebook):
        """Enter a judgement in the gradebook; returns the journal's entry, the Mark, and the points and comment of each cell."""
        submission, made_of = errand.submission, errand.made_of
        place = {"student": submission.student, "lesson": submission.lesson}
        by_hand, before, dropped = {}, errand.before, self.lessons[submission.lesson].dropped
        if before.get("digest") == made_of["digest"]:
            # A run that was killed while it entered marks has left its results in the journal.
            by_hand = self.book.grades_by_hand(**place) if before["done"] else before["by_hand"]
        write = self.folder.journal.append
        write("marked", **place, done=False, by_hand=by_hand, run=errand.run, **made_of)
        self._write_autograded(submission, judged.notebook, errand.job.files if judged.state not in NOT_RUN else {})
        self._set_aside(**place)
        mark, given = self.book.record(
            **place,
            submitted=submission.submitted,
            notebook=notebook,
            scores={**judged.scores, **dict.fromkeys(dropped, 0.0)},
            by_hand={**by_hand, **dict.fromkeys(dropped, False)},
        )
        if self._bring_back(**place):
            mark, given = self.book.settle(**place)
        entry = {
            "state": judged.state,
            "reason": judged.reason,
            "verdicts": judged.verdicts,
            "score": sum(judged.scores.values()),
            "own_tests": judged.own_tests,
            "run": errand.run,
            "receipt": self.receipt,
            "fingerprint": submission.fingerprint,
            "seconds": judged.seconds,
            "cpu_seconds": judged.cpu_seconds,
            **made_of,
        }
        entry["changed"] = changes(errand.finished, entry)
        write("marked", **place, done=True, **entry)
        return entry, mark, given

    def _set_aside(self, student, lesson):
        """Move marks given by hand to what the course file has dropped since, into the journal: they no longer count."""
        dropped = self.lessons[lesson].dropped
        marks = self.book.set_aside(student, lesson, dropped) if dropped else {}
        if marks:
            kept = {**self.aside.get((student, lesson), {}).get("marks", {}), **marks}
            self.folder.journal.append("set aside", student=student, lesson=lesson, marks=kept)

    def _bring_back(self, student, lesson):
        """Undo `_set_aside` for what counts again; returns whether there was anything."""
        kept = self.aside.get((student, lesson), {}).get("marks", {})
        back = {cell: mark for cell, mark in kept.items() if cell not in self.lessons[lesson].dropped}
        if back:
            self.book.bring_back(student, lesson, back)
            rest = {cell: mark for cell, mark in kept.items() if cell not in back}
            self.folder.journal.append("set aside", student=student, lesson=lesson, marks=rest)
        return bool(back)

    def _write_autograded(self, submission, notebook, files):
        """Put the executed notebook and its files in place, the whole folder in one step."""
        target = self.folder.autograded(submission.student, submission.lesson)
        target.parent.mkdir(parents=True, exist_ok=True)
        building = self.folder.root / f".building-{secrets.token_hex(8)}"
        building.mkdir()
        own = {f"{submission.lesson}.ipynb": notebook}
        own |= {TIMESTAMP: stamp(submission.submitted).encode()} if submission.submitted else {}
        others = {name: data for name, data in files.items() if name.partition("/")[0] not in own}
        try:
            for name, data in {**own, **others}.items():
                path = building / name
                # Some of the other files may have names that are impossible here, or that agree with another one's.
                with contextlib.nullcontext() if name in own else contextlib.suppress(OSError, ValueError):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            if target.exists():
                shutil.rmtree(target)
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _publish(self, submission, entry, mark, given, notebook, sent):
        """Bring the feedback up to date: marks may have been given by hand, or the due time moved, since it was written.

        `notebook` is the executed one if the submission was judged just now, or None; `sent` is what the student submitted
        themselves, None for a member of a team who submitted nothing. Marks stay entered even if
        the page fails: returns why there is no page, or "" if there is one; the next run tries again.
        """
        student, lesson = submission.student, submission.lesson
        page = self.folder.feedback(student, lesson) / f"{lesson}.html"
        current = {"digest": entry["digest"], "run": entry["run"], "marks": mark.state}
        before = self.settled.get((student, lesson), {})
        try:
            if notebook or not page.exists() or any(before.get(k) != v for k, v in current.items()):
                executed = self.folder.autograded(student, lesson) / f"{lesson}.ipynb"
                notebook = notebook or nbformat.v4.reads(executed.read_text(encoding="utf-8"))
                write_atomically(page, self.pages.page(notebook, self.lessons[lesson], student, entry, mark, given))
                self._let_release(submission if sent is None else sent, page, is_sender=sent is not None)
                self.folder.journal.append("settled", student=student, lesson=lesson, **current)
        except Exception as e:
            with self._writing():
                log_failure(self.folder.log, f"{student} {lesson}: its page of feedback", failure(e).report)
            return one_line(e)
        return ""

    def _let_release(self, submission, page, is_sender):
        """Put next to a page of feedback the files by which nbgrader's exchange knows its owner, if it was submitted that way.

        nbgrader copies the page with its permissions to where its owner fetches it, so the page itself is readable by all;
        the umask closes its folder. A member of a team who has sent nothing gets a secret that nobody knows: without one,
        nbgrader would release nobody's pages, and with the sender's it would overwrite theirs.
        """
        secret = submission.files.get(Path(SECRET))
        if secret:
            text = secret.read_bytes() if is_sender else secrets.token_hex(16).encode()
            write_atomically(page.with_name(SECRET), text)
            # nbgrader only logs the time, but releases nobody's page where one has none.
            time = stamp(submission.submitted) if submission.submitted else "unknown"
            write_atomically(page.with_name(TIMESTAMP), time)
            page.chmod(page.stat().st_mode | 0o044)

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


# What tells whether two entries are about the same grading.
_MADE_BY = ("digest", "build", "partial_credit", "run", "team", "receipt")
_OF_JOURNAL = ("event", "time")  # fields that the journal itself writes

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
