"""An exam: a notebook for each student, with numbers of their own that the exam's key decides."""

import csv
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import numpy as np

from grader.base.errors import CourseError
from grader.base.files import write_atomically
from grader.classroom.names import folded, safe_name
from grader.exam.questions import POINTS, bank, chosen, letter

KEY_BYTES = 32
NOTEBOOK = "exam.ipynb"
WELCOME = """# {title}

{count} questions, {points} points. Replace each `...` by your answer and save the notebook. Calculate wherever you like, also in
cells of your own; only what stands in the answer cells counts.

- A number: `answer_1 = 0.731`. Write the number itself. The cells are read, and not run, so `answer_1 = x` is no answer.
- A choice: `answer_2 = "b"`.

The numbers are yours alone. The last cell tells you which answers can be read.
"""
LOOK = """# Run this cell: it shows which of your answers can be read. It does not know which are right.
for name, choices in {asked}.items():
    answer = globals().get(name, ...)
    kind = "one of the letters " + ", ".join(choices) if choices else "a number"
    if choices:
        readable = isinstance(answer, str) and answer.strip().lower() in choices
    else:
        readable = type(answer) in (int, float) and abs(answer) < float("inf")
    if answer is ...:
        print(name, "is missing:", "it should be", kind)
    else:
        print(name, "can be read:" if readable else f"should be {{kind}}, and is", repr(answer))
"""


class ExamError(CourseError):
    """An exam's folder, its list of students or a command about it is wrong; the message says what to do."""


@dataclass(frozen=True)
class Exam:
    """An exam in a folder: its title, its questions' names in order, and its students.

    The numbers of each student follow from the key, the student and the question: whoever has the folder can make each
    paper again, and nobody else can.
    """

    folder: Path
    title: str
    questions: tuple[str, ...]
    students: tuple[str, ...]

    @cached_property
    def _key(self):
        return _read_key(self.folder)

    def drawn(self, student, name):
        """A question as this student has it: a Drawn."""
        text = b"".join(len(part).to_bytes(4, "big") + part for part in (student.encode(), name.encode()))
        seed = int.from_bytes(hmac.digest(self._key, text, "sha256"), "big")
        return bank()[name].draw(np.random.default_rng(seed))

    def notebook(self, student):
        """The student's paper: NotebookNode."""
        v4 = nbformat.v4
        welcome = WELCOME.format(title=self.title, count=len(self.questions), points=POINTS * len(self.questions))
        cells = [v4.new_markdown_cell(welcome, id="welcome", metadata=_LOCKED)]
        for number, name in enumerate(self.questions, 1):
            drawn = self.drawn(student, name)
            text = f"## {number} · {bank()[name].title}\n\n{drawn.text}"
            if drawn.choices:
                text += "\n\n" + "\n".join(f"- **{letter(k)}** · {choice}" for k, choice in enumerate(drawn.choices))
            cells.append(v4.new_markdown_cell(text, id=f"question-{number}", metadata=_LOCKED))
            cells.append(
                v4.new_code_cell(f"answer_{number} = ...", id=f"answer-{number}", metadata={"deletable": False})
            )
        asked = {
            f"answer_{number}": [letter(k) for k in range(len(self.drawn(student, name).choices))]
            for number, name in enumerate(self.questions, 1)
        }
        cells.append(v4.new_code_cell(LOOK.format(asked=asked), id="look", metadata=_LOCKED))
        kernel = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
        return v4.new_notebook(cells=cells, metadata=kernel)


_LOCKED = {"editable": False, "deletable": False}


def make_exam(folder, students, title="Exam", names=(), lessons=()):
    """Make an exam's folder with a paper for each student, ``release/<student>/exam.ipynb``.

    Parameters
    ----------
    folder : must not exist, or be empty
    students : list of str
    title : str
    names, lessons : the questions, as in `chosen`; names keep their order

    Returns
    -------
    exam : Exam

    Raises
    ------
    ExamError
        If the folder holds something, or there are no students, or two whose names are the same as folders.
    UnknownQuestion
        If a question or a lesson is not in the bank.
    """
    folder = Path(folder)
    if (folder.is_dir() and any(folder.iterdir())) or folder.is_file():
        raise ExamError(f"{folder} holds something already: choose another folder, so that no exam is overwritten")
    questions = {q.name: q for q in chosen(names, lessons)}
    order = [n for n in names if n in questions] + [n for n in questions if n not in names]
    _check_students(students)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "exam.key", secrets.token_hex(KEY_BYTES) + "\n", mode=0o600)
    exam = Exam(folder, title, tuple(order), tuple(students))
    about = {k: v for k, v in asdict(exam).items() if k != "folder"}
    write_atomically(folder / "exam.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    for student in students:
        place = folder / "release" / safe_name(student) / NOTEBOOK
        place.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(exam.notebook(student), place)
    return exam


def open_exam(folder):
    """The exam in a folder that `make_exam` has made. Raises ExamError if there is none, or it cannot be read."""
    folder = Path(folder)
    try:
        about = json.loads((folder / "exam.json").read_text(encoding="utf-8"))
        exam = Exam(folder, about["title"], tuple(about["questions"]), tuple(about["students"]))
    except FileNotFoundError:
        raise ExamError(
            f"there is no exam in {folder}: `gru-course exam make {folder} --students names.txt` makes one"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise ExamError(
            f"{folder / 'exam.json'} cannot be read ({type(e).__name__}: {e}): put it back from a copy"
        ) from None
    gone = [name for name in exam.questions if name not in bank()]
    if gone:
        raise ExamError(
            f"{folder / 'exam.json'} asks the question {gone[0]!r}, which this version of the course does not have: "
            "use the version that the exam was made with"
        )
    return exam


def read_students(path):
    """The students of a list: a name a line, or a CSV file with the column student, or the folder of a class.

    Raises
    ------
    ExamError
        If it cannot be read, or names nobody.
    """
    path = Path(path)
    if path.is_dir():
        submitted = path / "submitted"
        names = sorted(p.name for p in submitted.iterdir() if p.is_dir()) if submitted.is_dir() else []
        if not names:
            raise ExamError(f"{path} has no students in {submitted}: give a file with a name a line instead")
        return names
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise ExamError(
            f"{path} cannot be read ({getattr(e, 'strerror', '') or e}): it should be a text with a student's name a line, in UTF-8"
        ) from None
    lines = text.splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    rows = list(csv.reader(lines, delimiter=separator))
    heads = [h.strip().lower() for h in rows[0]] if rows else []
    if "student" in heads:
        place = heads.index("student")
        names = [row[place].strip() for row in rows[1:] if len(row) > place]
    else:
        names = [line.strip() for line in lines]
    return [name for name in names if name]


def _check_students(students):
    if not students:
        raise ExamError("the list of students is empty: it should hold a name a line")
    taken = {}
    for student in students:
        place = folded(safe_name(student))
        if taken.get(place) == student:
            raise ExamError(f"{student} is listed twice: leave one of the two out, or add a number to one of them")
        if place in taken:
            raise ExamError(
                f"{taken[place]!r} and {student!r} are the same as the name of a folder: add a number to one of them"
            )
        taken[place] = student


def _read_key(folder):
    path = folder / "exam.key"
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise ExamError(
            f"{path} cannot be read ({e}). Without it nobody's numbers are known: put it back from a copy"
        ) from None
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise ExamError(
            f"{path} is not a key: it should hold {2 * KEY_BYTES} hexadecimal digits. Put it back from a copy"
        )
    return bytes.fromhex(text)
