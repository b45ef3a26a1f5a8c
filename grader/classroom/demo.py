"""A demo class, made from the exercises' own right and wrong answers, with the marks that it should get."""

import copy
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import nbformat

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.authoring.withheld import solved
from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book
from grader.classroom.preparation import enter_lesson
from grader.classroom.timestamps import TIMESTAMP, stamp
from grader.exercises import bank
from grader.exercises.exercise import source_of
from grader.notebook.reading import grade_id

DUE = datetime(2026, 12, 1, 23, 59)
FIRST = (
    "Ada", "José", "Zoë", "Łukasz", "Siân", "Nguyễn", "Bjørn", "Aoife", "李", "Priya", "Olga", "Mehmet", "Chloé", "Kwame",
    "Noor", "Søren", "Ines", "Tomáš", "Yuki", "Fatima",
)  # fmt: skip
LAST = (
    "Lovelace",
    "O'Brien",
    "Müller",
    "Żak",
    "Smith-Jones",
    "da Silva",
    "García Márquez",
    "Öztürk",
    "van 't Hoff",
    "Kim",
)
# Names that break a carelessly made table.
AWKWARD = ("=1+2", "Ng, Mei", 'Robert "Bobby" Tables', "-Dash", "@home", "Anne; Marie")


@dataclass
class Paper:
    """One submission while it is being made, and the result that it should get."""

    pristine: nbformat.NotebookNode
    points: dict
    expected: dict = field(default_factory=dict)

    def __post_init__(self):
        self.notebook = copy.deepcopy(self.pristine)

    def cell(self, name):
        return next(c for c in self.notebook.cells if grade_id(c) == name)

    def answer(self, exercise, text, right, mistake=None):
        """Write an answer and note its points."""
        if text is not None:
            self.cell(exercise).source = text
        score = self.points[f"check_{exercise}"] if right else 0
        self.expected[exercise] = {"score": score, "mistake": mistake}

    @property
    def score(self):
        return sum(e["score"] for e in self.expected.values())


def make_class(root, path, students, lessons, seed=0, trouble=False):
    """Make a demo class in nbgrader's layout, with its gradebook and deadline.

    Parameters
    ----------
    root : the course's folder
    path : the folder to create; it must not exist, or must be empty
    students : how many, without those in trouble
    lessons : lessons, by the beginning of their names
    seed : the same seed makes the same class
    trouble : also one broken submission of each kind for each lesson

    Returns
    -------
    truth : dict, also written to ``truth.json``: the result that each submission should get

    Raises
    ------
    ClassError
        If the folder holds something already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ClassError(f"{path} already exists: name a new folder for the demo class")
    sources = [solved(read_lesson(p)) for p in find_sources(root, lessons)]
    path.mkdir(parents=True, exist_ok=True)
    folder, rng, truth = ClassFolder(path), random.Random(seed), {}
    for source in sources:
        lesson = enter_lesson(folder, root, source.name)
        with Book(folder) as book:
            book.set_due(source.name, DUE)
        solutions = {c.markers["solution"]: _solved(c.text) for c in source.cells if "solution" in c.markers}
        points = {f"check_{c.markers['check']}": c.markers["points"] for c in source.cells if "check" in c.markers}
        for student in _names(students):
            paper = Paper(lesson.pristine, points)
            written = _fill(paper, source.name, solutions, lesson.rubrics, rng)
            late = rng.choice([0] * 5 + [600, 200_000])
            _submission(folder, student, source.name, nbformat.writes(paper.notebook).encode(), late)
            truth.setdefault(student, {})[source.name] = {
                "state": "late" if late else "graded", "score": paper.score, "needs_manual_grade": written,
                "late_seconds": late, "exercises": paper.expected,
            }  # fmt: skip
        for kind, make in TROUBLE.items() if trouble else ():
            paper = Paper(lesson.pristine, points)
            for exercise, text in solutions.items():
                paper.answer(exercise, text, True)
            state, score, content, name = make(paper, source.name)
            _submission(folder, f"{kind} trouble", source.name, content, 0, name)
            truth.setdefault(f"{kind} trouble", {})[source.name] = {
                "state": state, "score": score, "needs_manual_grade": False, "late_seconds": 0, "trouble": kind,
            }  # fmt: skip
    content = {"due": DUE.isoformat(), "students": truth}
    write_atomically(path / "truth.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return content


def _names(count):
    combined = [f"{first} {last}" for last in LAST for first in FIRST]
    spread = combined[::7] + [n for i, n in enumerate(combined) if i % 7]
    names = [*AWKWARD, *spread]
    names += [f"{first} {last} {n}" for n in range(2, count // len(combined) + 2) for last in LAST for first in FIRST]
    return names[:count]


def _solved(text):
    return "\n".join(
        line for line in text.splitlines() if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    )


def _fill(paper, lesson, solutions, rubrics, rng):
    """Answer every exercise in one of four ways; returns whether something is still to be marked."""
    for name, exercise in bank()[lesson].items():
        way = rng.choices(["right", "other", "mistake", "stub"], [5, 2, 3, 1])[0]
        if way == "mistake" and exercise.mistakes:
            mistake = rng.choice(list(exercise.mistakes.values()))
            paper.answer(name, mistake.source, False, mistake.key)
        elif way == "other" and exercise.others:
            paper.answer(name, source_of(rng.choice(exercise.others), name), True)
        elif way == "stub":
            paper.answer(name, None, False)
        else:
            paper.answer(name, solutions[name], True)
    written = False
    for name in rubrics:
        if rng.random() < 0.8:
            paper.cell(name).source = rng.choice(ESSAYS)
            written = True
    return written


ESSAYS = (
    "Because one gate decides what is read and the other what is kept; they are needed at different times.",
    "The reset gate looks back into the old state, the update gate mixes old and new. With $z = 1$ nothing changes.",
    "No idea, but the picture was nice.",
)


def _submission(folder, student, lesson, content, late, name=None):
    place = folder.submitted(student, lesson)
    write_atomically(place / (name or f"{lesson}.ipynb"), content)
    write_atomically(place / TIMESTAMP, stamp(DUE - timedelta(hours=3) if not late else DUE + timedelta(seconds=late)))


# ---------------------------------------------------------------------------------------------------------- trouble
# Each takes a Paper with every exercise solved, and returns the state and score that it should get, the submitted bytes
# and the file's name (None: the right one).


def _whole(paper, state, name=None, score=None):
    return state, paper.score if score is None else score, nbformat.writes(paper.notebook).encode(), name


def _truncated(paper, lesson):
    return "unreadable", 0, nbformat.writes(paper.notebook).encode()[:-300], None


def _latin_1(paper, lesson):
    paper.notebook.cells[0].source += "\n\nGrüße aus Köln"
    text = json.dumps(paper.notebook, ensure_ascii=False)
    return "unreadable", 0, text.encode("latin-1", errors="replace"), None


def _web_page(paper, lesson):
    return "unreadable", 0, b"<!DOCTYPE html><html><body>Please log in</body></html>", None


def _renamed(paper, lesson):
    return _whole(paper, "graded", f"{lesson} (1).ipynb")


def _no_notebook(paper, lesson):
    return "missing notebook", 0, b"Sorry, my dog ate it.", "excuse.txt"


def _wrong_lesson(paper, lesson):
    other = next((name for name in bank() if name != lesson), "another lesson")
    names = list(bank().get(other, {"unknown": None}))
    for number, cell in enumerate(c for c in paper.notebook.cells if grade_id(c)):
        cell.metadata.nbgrader.grade_id = cell.id = names[number] if number < len(names) else f"other-{number}"
        cell.source = "# nothing"
    return _whole(paper, "wrong lesson", score=0)


def _check_deleted(paper, lesson):
    first = next(c for c in paper.notebook.cells if grade_id(c) in paper.points)
    paper.notebook.cells.remove(first)
    return _whole(paper, "repaired")


def _check_doubled(paper, lesson):
    cells = paper.notebook.cells
    first = next(c for c in cells if grade_id(c) in paper.points)
    pasted = copy.deepcopy(first)
    pasted.id = "pasted"
    cells.insert(cells.index(first) + 1, pasted)
    return _whole(paper, "repaired")


def _answer_moved(paper, lesson):
    """The answer's own cell was deleted, and the answer written again in an ordinary cell at the end."""
    exercise = next(iter(paper.expected))
    cell = paper.cell(exercise)
    paper.notebook.cells.remove(cell)
    paper.notebook.cells.append(nbformat.v4.new_code_cell(cell.source, id="mine"))
    return _whole(paper, "repaired")


def _two_answers(paper, lesson):
    """A wrong answer before its check, and the right one at the end: a copy, with its mark."""
    exercise = list(paper.expected)[-1]
    right = copy.deepcopy(paper.cell(exercise))
    right.id = "copied"
    paper.cell(exercise).source = f"def {exercise}(*arguments, **more):\n    return 0"
    paper.notebook.cells.append(right)
    return _whole(paper, "unclear", score=paper.score - paper.points[f"check_{exercise}"])


def _endless_loop(paper, lesson):
    paper.notebook.cells.append(nbformat.v4.new_code_cell("while True:\n    pass", id="mine"))
    return _whole(paper, "timed out")


def _exits(paper, lesson):
    paper.notebook.cells.append(nbformat.v4.new_code_cell("import os\n\nos._exit(0)", id="mine"))
    return _whole(paper, "crashed")


def _warns(paper, lesson):
    exercise = next(iter(paper.expected))
    head, _, body = paper.cell(exercise).source.partition("\n")
    warning = '    import sys\n\n    print("a warning", file=sys.stderr)\n'
    paper.cell(exercise).source = f"{head}\n{warning}{body}"
    return _whole(paper, "graded")


def _blank(paper, lesson):
    return "blank", 0, nbformat.writes(paper.pristine).encode(), None


TROUBLE = {
    "truncated": _truncated,
    "latin-1": _latin_1,
    "web page": _web_page,
    "renamed": _renamed,
    "no notebook": _no_notebook,
    "wrong lesson": _wrong_lesson,
    "check deleted": _check_deleted,
    "check doubled": _check_doubled,
    "answer moved": _answer_moved,
    "two answers": _two_answers,
    "endless loop": _endless_loop,
    "exits": _exits,
    "warns": _warns,
    "blank": _blank,
}
