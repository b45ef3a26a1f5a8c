"""Grade a class: each hand-in by itself, each in a named state, each written down as soon as it is done."""

import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from grader.classroom import gradebook, notebooks, running
from grader.classroom.feedback import FeedbackPages
from grader.classroom.files import copy_files, write_atomically
from grader.classroom.folder import ClassError, ClassFolder
from grader.classroom.handins import TIMESTAMP, find_hand_ins, stamp
from grader.classroom.lessons import enter_lesson, known_lessons, lesson_of
from grader.classroom.repair import repair
from grader.limits import Limits

STATES = {
    "graded": "everything in order",
    "late": "handed in after the due time",
    "repaired": "missing, doubled or changed cells of the lesson were put right first",
    "blank": "no answer was given",
    "wrong lesson": "the notebook belongs to another lesson",
    "unreadable": "the file is no notebook",
    "missing notebook": "there is no notebook in the hand-in",
    "crashed": "the code ended the Python process; what ran before it counts",
    "timed out": "a cell ran too long and was stopped; everything else counts",
    "failed": "an error of the grader, see failures.log; run again to try again",
}
NOT_RUN = ("wrong lesson", "unreadable", "missing notebook")


@dataclass(frozen=True)
class Row:
    """The outcome of one hand-in. `mark` is None where the gradebook cannot hold it; `fresh` if graded in this run."""

    student: str
    lesson: str
    state: str
    reason: str
    mark: gradebook.Mark | None
    submitted: datetime
    time_from: str
    verdicts: dict
    fresh: bool


def grade_class(
    root,
    path,
    due=None,
    lessons=(),
    again=False,
    limits=None,
    run=running.run_hand_in,
    on_start=lambda count: None,
    on_row=lambda row: None,
):
    """Grade all hand-ins of a class that were not graded yet.

    Parameters
    ----------
    root : the course's folder
    path : the class's folder
    due : datetime, UTC without a time zone; entered in the gradebook for these lessons
    lessons : names of the lessons to grade, all by default
    again : grade everything again
    limits : grader.execution.Limits of each hand-in
    run : ``run(notebook, files, limits) -> Run``, executes one hand-in
    on_start : called with the number of hand-ins
    on_row : called with each Row as soon as it is known

    Returns
    -------
    rows : list of Row, one a hand-in

    Raises
    ------
    ClassError
        If there are no hand-ins, or a lesson cannot be entered in the gradebook.
    """
    folder = ClassFolder(path)
    with folder.locked():
        hand_ins = find_hand_ins(folder, lessons)
        if not hand_ins:
            what = f"of {', '.join(lessons)} " if lessons else ""
            raise ClassError(
                f"no hand-ins {what}in {folder.submitted()}: they should lie in submitted/<student>/<lesson>/<lesson>.ipynb"
            )
        known = known_lessons(root)
        wanted = sorted({h.lesson for h in hand_ins} & set(known))
        entered = {name: enter_lesson(folder, root, name) for name in wanted}
        for name in wanted if due else ():
            gradebook.set_due(folder.db_url, name, due)
        for left in folder.root.glob(".building-*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        judge = _Judge(folder, known, entered, limits or Limits(), run, again)
        on_start(len(hand_ins))
        rows = []
        for hand_in in hand_ins:
            rows.append(judge.grade(hand_in))
            on_row(rows[-1])
        return rows


class _Judge:
    def __init__(self, folder, known, lessons, limits, run, again):
        self.folder, self.known, self.lessons, self.limits, self.run, self.again = (
            folder, known, lessons, limits, run, again,
        )  # fmt: skip
        self.pages = FeedbackPages(folder)
        self.marked = folder.journal.latest("marked", "student", "lesson")
        self.settled = folder.journal.latest("settled", "student", "lesson")

    def grade(self, hand_in):
        """Grade one hand-in; whatever happens, a Row comes back."""
        try:
            return self._grade(hand_in)
        except Exception:
            report = traceback.format_exc()
            with self.folder.log.open("a", encoding="utf-8") as f:
                f.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {hand_in.student} {hand_in.lesson}\n{report}\n")
            reason = f"the grader failed: {report.strip().splitlines()[-1][:200]}. See {self.folder.log.name}"
            self.folder.journal.append("failed", student=hand_in.student, lesson=hand_in.lesson, reason=reason)
            return self._row(hand_in, {"state": "failed", "reason": reason, "verdicts": {}}, None, True)

    def _grade(self, hand_in):
        lesson = self.lessons.get(hand_in.lesson)
        if lesson is None:
            reason = f"the course has no lesson {hand_in.lesson}: there are {', '.join(self.known)}"
            return self._row(hand_in, {"state": "wrong lesson", "reason": reason, "verdicts": {}}, None, True)
        before = self.marked.get((hand_in.student, hand_in.lesson), {})
        key = {"digest": hand_in.digest(), "build": lesson.build}
        fresh = self.again or not before.get("done") or any(before[k] != v for k, v in key.items())
        if fresh:
            before = self._mark(hand_in, lesson, key, before)
        mark = self._settle(hand_in, fresh, key)
        return self._row(hand_in, before, mark, fresh)

    def _mark(self, hand_in, lesson, key, before):
        """Execute, and enter in the gradebook; the journal's entry about it."""
        started = time.monotonic()
        state, reasons, notebook, files = self._executed(hand_in, lesson)
        reason = "; ".join(filter(None, (*reasons, hand_in.note)))
        verdicts = running.verdicts(notebook) if state not in NOT_RUN else {}
        if reason:
            note = nbformat.v4.new_markdown_cell(f"**About this hand-in: {state}.** {reason}.", id="about-this-hand-in")
            notebook.cells.insert(0, note)
        notebook = lesson.with_rubrics(notebook)
        student, name = hand_in.student, hand_in.lesson
        by_hand = {}
        if before.get("digest") == key["digest"]:
            # A run killed while it entered marks has left what it found in the journal.
            known = None if before["done"] else before["by_hand"]
            by_hand = known if known is not None else gradebook.grades_by_hand(self.folder.db_url, student, name)
        self.folder.journal.append("marked", student=student, lesson=name, done=False, by_hand=by_hand, **key)
        self._write_autograded(hand_in, notebook, files)
        gradebook.record(self.folder, student, name, hand_in.submitted, notebook, by_hand)
        seconds = round(time.monotonic() - started, 2)
        found = {"state": state, "reason": reason, "verdicts": verdicts, "seconds": seconds}
        self.folder.journal.append("marked", student=student, lesson=name, done=True, **found, **key)
        return found

    def _executed(self, hand_in, lesson):
        def not_graded(state, reason):
            return state, [reason], running.not_executed(lesson.pristine, reason), {}

        if hand_in.notebook is None:
            names = ", ".join(str(r) for r in hand_in.files) or "nothing at all"
            return not_graded("missing notebook", f"there is no notebook in the hand-in, but {names}")
        try:
            notebook = notebooks.read_notebook(hand_in.notebook)
        except notebooks.Unreadable as e:
            return not_graded("unreadable", str(e))
        belongs = lesson_of(notebooks.grade_ids(notebook), self.known)
        if belongs not in (None, lesson.name):
            return not_graded(
                "wrong lesson", f"it was handed in as {lesson.name}, but its cells are those of {belongs}"
            )
        repaired = repair(notebook, lesson.pristine)
        if belongs is None and repaired.blank:
            return not_graded("wrong lesson", f"nothing in the notebook belongs to {lesson.name}")
        files = {**hand_in.files, **self._master_files(lesson.name)}
        run = self.run(repaired.notebook, files, self.limits)
        reasons = [run.reason, *repaired.changes]
        if run.state != "finished":
            return run.state, reasons, run.notebook, files
        if repaired.blank:
            return "blank", ["no answer was given", *reasons], run.notebook, files
        return "repaired" if repaired.changes else "graded", reasons, run.notebook, files

    def _master_files(self, lesson):
        """The lesson's own files go over the learner's copies of them, as nbgrader does it."""
        place = self.folder.source / lesson
        return {
            p.relative_to(place): p
            for p in sorted(place.rglob("*"))
            if p.is_file() and p.suffix != ".ipynb" and ".ipynb_checkpoints" not in p.parts
        }

    def _write_autograded(self, hand_in, notebook, files):
        """Put the executed notebook and its files in place, the whole folder in one step."""
        target = self.folder.autograded(hand_in.student, hand_in.lesson)
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=self.folder.root, prefix=".building-"))
        try:
            copy_files(files, building)
            (building / f"{hand_in.lesson}.ipynb").write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
            (building / TIMESTAMP).write_text(stamp(hand_in.submitted), encoding="utf-8")
            building.chmod(0o755)
            if target.exists():
                shutil.rmtree(target)
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _settle(self, hand_in, fresh, key):
        """Bring penalty and feedback up to date: marks may have been given by hand, or the due time moved, since."""
        student, lesson = hand_in.student, hand_in.lesson
        mark = gradebook.settle(self.folder, student, lesson, hand_in.submitted)
        page = self.folder.feedback(student, lesson) / f"{lesson}.html"
        current = {**key, "marks": mark.state}
        before = self.settled.get((student, lesson), {})
        if fresh or not page.exists() or any(before.get(k) != v for k, v in current.items()):
            path = self.folder.autograded(student, lesson) / f"{lesson}.ipynb"
            html = self.pages.page(nbformat.read(path, as_version=4), student, lesson)
            write_atomically(page, html)
            self.folder.journal.append("settled", student=student, lesson=lesson, **current)
        return mark

    def _row(self, hand_in, entry, mark, fresh):
        state, reason = entry["state"], entry["reason"]
        if mark and mark.seconds_late:
            state = "late" if state == "graded" else state
            reason = "; ".join(filter(None, (f"handed in {duration(mark.seconds_late)} after the due time", reason)))
        return Row(
            hand_in.student, hand_in.lesson, state, reason, mark,
            hand_in.submitted, hand_in.time_from, entry["verdicts"], fresh,
        )  # fmt: skip


def duration(seconds):
    """A duration in words: ``"2 d 3 h"``, ``"45 min"``, ``"20 s"``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        f"{days} d" if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes and not days else "",
    ]
    return " ".join(filter(None, parts))
