"""Bring the marks of several markers together: compare, write what is settled to the gradebook, list what is not.

``marking/settled.jsonl`` keeps what was compared and settled. So points that somebody gave without ``--marker`` are told
apart from ours, and never overwritten; and agreement is computed from the marks as they were when first compared, since
markers who have seen each other's marks are no longer independent.
"""

import itertools
from dataclasses import dataclass, field

from grader.base.errors import ClassError
from grader.base.wording import counted
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.marking.answers import Answers
from grader.classroom.marking.codes import Codes, read_code
from grader.classroom.marking.marks import LONGEST_COMMENT, Markers
from grader.classroom.marking.rules import Rules
from grader.classroom.marking.settled import Settled

SETTLED = ("equal", "mean", "middle", "decided")
OPENED = "opened"  # what was settled no longer holds, as marks have changed
BETWEEN = "\n\n---\n\n"  # the comments of two markers


@dataclass(frozen=True)
class Result:
    """What became of one answer.

    `state` is one of "equal", "mean", "middle", "decided" (settled; `points` count), "by hand" (points were given without
    --marker, and count), "by hand, before" (they are for an earlier submission), "differ", "one" (it waits for a second
    mark). `marks` are those for the last submission, and `earlier` the markers who have only marked an earlier one. `fresh`
    says whether the gradebook has changed.
    """

    code: str
    lesson: str
    question: str
    max_points: float
    state: str
    marks: dict
    earlier: tuple[str, ...] = ()
    points: float | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Outcome:
    """What `agree` found: a Result for each answer that somebody marked, and the Agreements of each question.

    `unmarked` counts the answers that nobody has marked; `foreign` the submissions, by marker, that this class does not have.
    """

    rules: Rules
    results: tuple[Result, ...] = ()
    agreements: tuple = ()
    unmarked: int = 0
    foreign: dict = field(default_factory=dict)

    def of(self, *states):
        return [result for result in self.results if result.state in states]


def agree(path, tolerance=None, step=None, lessons=(), write=True):
    """Compare the marks of a class's markers, and settle what they agree on.

    Parameters
    ----------
    path : the class's folder
    tolerance, step : as in `Rules`; by default those used last
    lessons : names of lessons, all by default
    write : False only shows what would be settled

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ClassError
        If nobody has marked with --marker, nothing was graded, or another run is grading.
    """
    folder = ClassFolder(existing_folder(path))
    with folder.locked(), Answers(folder) as answers:
        desk = _Desk(folder, answers, lessons)
        last = desk.settled.rules()
        rules = Rules(last.tolerance if tolerance is None else tolerance, last.step if step is None else step)
        outcome, changes = desk.outcome(rules)
        if write:
            desk.settle(changes, rules)
        return outcome


def decide(path, code, points, question=None, comment=None, by=""):
    """Settle one answer by a person's decision, whatever its marks are.

    Parameters
    ----------
    path : the class's folder
    code : the submission's
    points : float
    question : its name; may be left out if the lesson has only one
    comment : for the student, in place of the markers' comments
    by : who decided

    Returns
    -------
    result : Result
    before : float, the points that the gradebook had, or None

    Raises
    ------
    ClassError
        If there is no such submission or question, or the points are out of range.
    """
    folder, code = ClassFolder(existing_folder(path)), read_code(code)
    with folder.locked(), Answers(folder) as answers:
        desk = _Desk(folder, answers)
        answer = desk.find(code, question)
        if not 0 <= points <= answer.max_points:
            raise ClassError(
                f"{answer.question} is worth {counted(answer.max_points, 'point')}, so {points:g} cannot be given: give 0 to {answer.max_points:g}"
            )
        marks, _ = desk.marks(answer)
        told = _comments(marks) if comment is None else comment[:LONGEST_COMMENT]
        given = {name: mark.points for name, mark in marks.items()}
        change = _Change(answer, points, told, "decided", given, by, comment is not None)
        desk.settle([change])
        result = Result(
            code, answer.lesson, answer.question, answer.max_points, "decided", given, points=points, fresh=True
        )
        return result, answer.points


def standing(folder):
    """The Outcome as it would be now, by the rules used last; nothing is written. None if nobody marks with --marker."""
    if not Markers(folder).names():
        return None
    with Answers(folder) as answers:
        desk = _Desk(folder, answers)
        outcome, _ = desk.outcome(desk.settled.rules())
        return outcome


@dataclass(frozen=True)
class _Change:
    """What is to be written about an answer. Points None: what had been settled no longer holds, and a person has to look."""

    answer: object
    points: float | None
    comment: str = ""
    how: str = "differ"
    marks: dict = field(default_factory=dict)
    by: str = ""
    in_any_case: bool = False  # the comment replaces one that a person wrote in the gradebook


class _Desk:
    """The answers of a class with everything that was given for them."""

    def __init__(self, folder, answers, lessons=()):
        self._answers, self.settled, self._codes = answers, Settled(folder), Codes(folder)
        markers = Markers(folder)
        self._given = {name: markers.of(name) for name in markers.names()}
        self.all, self._lessons = answers.of(lessons), lessons
        self._sure = self.settled.last()

    def find(self, code, question):
        answers = [a for a in self.all if self._codes.code(a.student, a.lesson) == code]
        if not answers:
            raise ClassError(f"this class has no submission with the code {code}: gru-course class agree lists them")
        names = [a.question for a in answers]
        if question is None and len(names) > 1:
            raise ClassError(f"{code} answers several questions: name one with --question, {', '.join(names)}")
        if question is not None and question not in names:
            raise ClassError(f"{code} has no question {question!r}: its questions are {', '.join(names)}")
        return answers[0] if question is None else answers[names.index(question)]

    def marks(self, answer):
        """The Marks for the submission as it is, by marker, and who has marked only an earlier one."""
        place = self._place(answer)
        given = {name: marks[place] for name, marks in self._given.items() if place in marks}
        given = {name: mark for name, mark in given.items() if mark.points is not None}
        now = {name: mark for name, mark in given.items() if mark.counts_for(answer)}
        return now, tuple(sorted(given.keys() - now.keys()))

    def outcome(self, rules):
        """What becomes of each answer by these rules: an Outcome, and the list of _Change that would make it so."""
        if not self._given:
            raise ClassError(
                "nobody has marked in this class with --marker yet: each marker runs, for example, "
                "gru-course formgrader class --marker alice"
            )
        results, changes, unmarked = [], [], 0
        for answer in self.all:
            marks, earlier = self.marks(answer)
            if marks or earlier or self._record(answer):
                result, change = self._result(answer, marks, earlier, rules)
                results.append(result)
                changes += [change] if change else []
            else:
                unmarked += answer.waiting
        table = self.settled.agreements([*self.settled.compared(), *self._to_compare()])
        shown = {(answer.lesson, answer.question) for answer in self.all}
        table = tuple(row for row in table if (row.lesson, row.question) in shown)
        return Outcome(rules, tuple(results), table, unmarked, self._foreign()), changes

    def _foreign(self):
        """How many submissions each marker has marked that the class does not have: another class's, or made with another key."""
        if self._lessons:
            return {}
        here = {submission for submission, _ in map(self._place, self.all)}
        counts = {name: len({submission for submission, _ in marks} - here) for name, marks in self._given.items()}
        return {name: count for name, count in counts.items() if count}

    def _result(self, answer, marks, earlier, rules):
        record = self._record(answer)
        given = {name: mark.points for name, mark in sorted(marks.items())}
        points, how = rules.settled(list(given.values()), answer.max_points)
        decided = record and record["how"] == "decided" and record["seen"] == answer.digest
        ours = record and answer.points in (record["points"], record["before"])
        if ours and not answer.waiting and (record["how"] == OPENED or record["seen"] != answer.digest):
            ours = False  # it asked for another look, and somebody without --marker has taken it
        change = None
        if answer.points is not None and not ours:
            how, points = "by hand, before" if answer.waiting else "by hand", answer.points
        elif decided:
            how, points = "decided", record["points"]
            if answer.points != points or answer.waiting:
                change = _Change(answer, points, record["comment"], how, given, record["by"])
        elif points is not None:
            comment = _comments(marks)
            if answer.points != points or answer.waiting or (record or {}).get("comment", "") != comment:
                change = _Change(answer, points, comment, how, given)
        elif answer.points is not None and not answer.waiting:
            change = _Change(answer, None)  # it was settled, and its marks have changed since
        code = self._codes.code(answer.student, answer.lesson)
        settled = points if how in (*SETTLED, "by hand") else None
        return Result(
            code, answer.lesson, answer.question, answer.max_points, how, given, earlier, settled, change is not None
        ), change

    def settle(self, changes, rules=None):
        """Write the changes: what is about to be written, the gradebook, what was written. A kill between them loses nothing."""
        lines = [self._line(change) for change in changes if change.points is not None]
        opened = [self._line(change) for change in changes if change.points is None]
        if rules:
            self.settled.write("agreed", [{"tolerance": rules.tolerance, "step": rules.step}])
            self.settled.write("compared", self._to_compare())
        self.settled.write("entry", lines)
        self._answers.write([(change.answer, self._fields(change)) for change in changes])
        self.settled.write("entry", [{**line, "before": line["points"]} for line in lines + opened])

    def _fields(self, change):
        if change.points is None:
            return {"waiting": True}
        fields = {"points": change.points, "waiting": False}
        ours = change.answer.comment in ("", (self._record(change.answer) or {}).get("comment"))
        return {**fields, "comment": change.comment or None} if ours or change.in_any_case else fields

    def _line(self, change):
        answer, (submission, question) = change.answer, self._place(change.answer)
        record = self._record(answer) or {}
        is_open = change.points is None
        return {
            "submission": submission, "lesson": answer.lesson, "question": question, "seen": answer.digest,
            "how": OPENED if is_open else change.how, "marks": change.marks, "by": change.by,
            "points": answer.points if is_open else change.points,
            "comment": record.get("comment", "") if is_open else change.comment,
            "before": answer.points if answer.points in (record.get("points"), record.get("before")) else None,
        }  # fmt: skip

    def _to_compare(self):
        """Pairs of marks that were not compared before, as lines."""
        known = {(e["submission"], e["question"], e["seen"], *e["markers"]) for e in self.settled.compared()}
        for answer in self.all:
            marks, _ = self.marks(answer)
            for pair in itertools.combinations(sorted(marks), 2):
                submission, question = self._place(answer)
                if (submission, question, answer.digest, *pair) not in known:
                    yield {
                        "submission": submission, "lesson": answer.lesson, "question": question, "seen": answer.digest,
                        "markers": list(pair), "points": [marks[name].points for name in pair], "top": answer.max_points,
                    }  # fmt: skip

    def _place(self, answer):
        return self._codes.submission(answer.student, answer.lesson), answer.question

    def _record(self, answer):
        return self._sure.get(self._place(answer))


def _comments(marks):
    """The markers' comments for the student: each one once, without the markers' names."""
    texts = dict.fromkeys(mark.comment.strip() for _, mark in sorted(marks.items()))
    return BETWEEN.join(filter(None, texts))
