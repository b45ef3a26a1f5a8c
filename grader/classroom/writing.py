"""Enter what became of submissions: in gradebook, journal and autograded/, many at once.

A kill at any instant is harmless, because the journal says what has begun before any of it, and what is done after all of it.
Each step is taken for a whole batch before the next one, and waits for the disk once:

1. the journal's "marked", not done, with the marks given by hand so far
2. the folders in autograded/, each put in place in one step
3. the gradebook, in one transaction
4. the journal's "marked", done
"""

import contextlib
import secrets
import shutil
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from grader.classroom.gradebook import Executed, Mark
from grader.classroom.jobs import Job
from grader.classroom.receipts import changes
from grader.classroom.sharing import Shared
from grader.classroom.submissions import Submission
from grader.classroom.timestamps import TIMESTAMP, stamp
from grader.notebook.reading import marked_cells

NOT_RUN = ("wrong lesson", "unreadable", "missing notebook")

# What tells whether two entries are about the same grading.
_MADE_BY = ("digest", "build", "partial_credit", "run", "team", "receipt")
_OF_JOURNAL = ("event", "time")  # fields that the journal itself writes


@dataclass(frozen=True)
class Errand:
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

    @property
    def place(self):
        return self.submission.student, self.submission.lesson


@dataclass(frozen=True)
class Graded:
    """A student's submission whose marks are entered: the journal's entry, Mark, and what is given cell by cell.

    `notebook`, its `marked_cells`, and `shown`, its answers as HTML, are there if it was judged just now, otherwise None. `sent`
    is what the student submitted themselves; None for a member of a team who submitted nothing.
    """

    submission: Submission
    sent: Submission | None
    shared: Shared | None
    entry: dict
    mark: Mark
    given: dict
    notebook: NotebookNode | None = None
    shown: dict | None = None


class Writer:
    """Enters what became of a class's submissions, in one run.

    Parameters
    ----------
    folder : ClassFolder, locked
    book : Book
    lessons : ``{name: Assignment}``
    receipt : dict, of `receipts.receipt`
    finished : ``{(student, lesson): entry}``, the journal's about finished gradings
    has_teams : whether there are teams
    """

    def __init__(self, folder, book, lessons, receipt, finished, has_teams):
        self.folder, self.book, self.lessons, self.receipt, self.finished = folder, book, lessons, receipt, finished
        self.aside = folder.journal.latest("set aside", "student", "lesson")
        self.shares = folder.journal.latest("shared", "student", "lesson", "team") if has_teams else {}

    def enter(self, judged):
        """Enter judgements, all at once; after an error, none counts as done.

        Parameters
        ----------
        judged : list of (Errand, Judged), of different students or lessons

        Returns
        -------
        graded : list of Graded
        """
        notebooks = [marked_cells(found.notebook) for _, found in judged]
        by_hand = self._by_hand([errand for errand, _ in judged])
        begun = [
            {**_named(errand), "done": False, "by_hand": by_hand[errand.place], "run": errand.run, **errand.made_of}
            for errand, _ in judged
        ]
        self.folder.journal.append_all("marked", begun)
        executed = []
        for (errand, found), notebook in zip(judged, notebooks, strict=True):
            dropped = self.lessons[errand.submission.lesson].dropped
            files = errand.job.files if found.state not in NOT_RUN else {}
            self._write_autograded(errand.submission, found.notebook, files)
            self._set_aside(*errand.place)
            scores = {**found.scores, **dict.fromkeys(dropped, 0.0)}
            looks = {**by_hand[errand.place], **dict.fromkeys(dropped, False)}
            executed.append(Executed(*errand.place, errand.submission.submitted, notebook, scores, looks))
        settled = self.book.record_all(executed)
        back = [errand.place for errand, _ in judged if self._bring_back(*errand.place)]
        settled |= {place: self.book.settle(*place) for place in back}
        entries = [self._entry(errand, found) for errand, found in judged]
        done = [{**_named(errand), "done": True, **entry} for (errand, _), entry in zip(judged, entries, strict=True)]
        self.folder.journal.append_all("marked", done)
        return [
            Graded(
                errand.submission,
                errand.submission,
                errand.shared,
                entry,
                *settled[errand.place],
                notebook,
                found.shown,
            )
            for (errand, found), entry, notebook in zip(judged, entries, notebooks, strict=True)
        ]

    def _by_hand(self, errands):
        """The marks given by hand to the very same submissions before: ``{(student, lesson): {cell: look}}``."""
        same = [errand for errand in errands if errand.before.get("digest") == errand.made_of["digest"]]
        # A run that was killed while it entered marks has left its results in the journal.
        left = {errand.place: errand.before["by_hand"] for errand in same if not errand.before["done"]}
        found = self.book.grades_by_hand([errand.place for errand in same if errand.before["done"]])
        return {errand.place: {} for errand in errands} | found | left

    def _entry(self, errand, judged):
        entry = {
            "state": judged.state,
            "reason": judged.reason,
            "verdicts": judged.verdicts,
            "score": sum(judged.scores.values()),
            "own_tests": judged.own_tests,
            "run": errand.run,
            "receipt": self.receipt,
            "fingerprint": errand.submission.fingerprint,
            "seconds": judged.seconds,
            "cpu_seconds": judged.cpu_seconds,
            **errand.made_of,
        }
        return {**entry, "changed": changes(errand.finished, entry)}

    def _set_aside(self, student, lesson):
        """Move marks given by hand to what the course file has dropped since, into the journal: they no longer count."""

        def keep(marks):
            kept = {**self.aside.get((student, lesson), {}).get("marks", {}), **marks}
            self.folder.journal.append("set aside", student=student, lesson=lesson, marks=kept)

        if dropped := self.lessons[lesson].dropped:
            self.book.set_aside(student, lesson, dropped, keep)

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
        own = {f"{submission.lesson}.ipynb": notebook}
        own |= {TIMESTAMP: stamp(submission.submitted).encode()} if submission.submitted else {}
        others = {name: data for name, data in files.items() if name.partition("/")[0] not in own}
        with self._building(submission.student, submission.lesson) as building:
            building.mkdir()
            for name, data in {**own, **others}.items():
                path = building / name
                # Some of the other files may have names that are impossible here, or that agree with another one's.
                with contextlib.nullcontext() if name in own else contextlib.suppress(OSError, ValueError):
                    if "/" in name:
                        path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)

    @contextlib.contextmanager
    def _building(self, student, lesson):
        """A path for the body to make a folder at, which is then put in place in autograded/, in one step."""
        target = self.folder.autograded(student, lesson)
        target.parent.mkdir(parents=True, exist_ok=True)
        building = self.folder.root / f".building-{secrets.token_hex(8)}"
        try:
            yield building
            if target.exists():
                shutil.rmtree(target)
            building.rename(target)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise

    def share(self, graded):
        """What every student has whose submission it is: a list of Graded, of one, or of a team's members.

        The members of a team get what the first of them has.
        """
        if graded.shared is None:
            return [graded]
        found = []
        for student, (entry, mark, given) in self._share(graded.shared, graded.entry).items():
            own, sent = replace(graded.submission, student=student), graded.shared.own.get(student)
            found.append(replace(graded, submission=own, sent=sent, entry=entry, mark=mark, given=given))
        return found

    def _share(self, shared, entry):
        """``{student: (the journal's entry, Mark, given)}`` of a team's members."""
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
                with self._building(student, lesson) as building:
                    shutil.copytree(self.folder.autograded(first, lesson), building)
                changed = {"changed": changes(held, entry)}
                held = {name: value for name, value in {**entry, **place, **changed}.items() if name not in _OF_JOURNAL}
                self.folder.journal.append("marked", **{"done": True, **held})
            now = {"digest": entry["digest"], "base": base, "is_model": student == model}
            if any(before.get(student, {}).get(name) != value for name, value in now.items()):
                self.folder.journal.append("shared", **place, **team, **now)
            found[student] = held, *settled[student]
        return found


def _named(errand):
    return dict(zip(("student", "lesson"), errand.place, strict=True))
