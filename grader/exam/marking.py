"""Mark an exam's papers by reading the answer cells. Nothing of a paper is run."""

import ast
import csv
import io
import math
import operator
import re
from dataclasses import dataclass

from grader.base.files import write_atomically
from grader.classroom.grades import spreadsheet_safe
from grader.classroom.names import folded, safe_name
from grader.exam.paper import ExamError
from grader.exam.questions import POINTS, bank, letter
from grader.notebook.reading import LARGEST, Unreadable, parse_notebook

_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
LONGEST = 300  # characters of an answer cell that are read as an answer
ABSENT = "nothing was submitted"
MISSING = "no answer"
NOT_A_NUMBER = "the question asks for a number that stands in the cell: a person has to look"
NOT_A_LETTER = "the question asks for the letter of a choice, in quotes: a person has to look"
NOT_READ = (NOT_A_NUMBER, NOT_A_LETTER)


@dataclass(frozen=True)
class Marked:
    """One answer: the question's name, what was given, the right answer as text, points, and a remark for the student."""

    question: str
    given: str
    right: str
    points: int
    remark: str


@dataclass(frozen=True)
class Paper:
    """A student's marked paper; `problem` says why there is none, `notes` what a person should know."""

    student: str
    answers: tuple[Marked, ...]
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def points(self):
        """The points of all answers."""
        return sum(a.points for a in self.answers)


def mark_exam(exam, submitted=None):
    """Mark the papers in ``<exam>/submitted/<student>/``, or in another folder of the same form.

    Parameters
    ----------
    exam : Exam
    submitted : folder with a folder for each student, or with files ``<student>.ipynb``

    Returns
    -------
    papers : list of Paper, one for each student of the exam
    strangers : list of names in the folder that belong to no student of the exam

    Raises
    ------
    ExamError
        If the folder does not exist.
    """
    submitted = submitted or exam.folder / "submitted"
    if not submitted.is_dir():
        raise ExamError(f"there is no folder {submitted}: put each paper into {submitted}/<student>/")
    found = {}
    for entry in sorted(submitted.iterdir()):
        if entry.name.startswith("."):
            continue
        files = sorted(f for f in entry.glob("*.ipynb")) if entry.is_dir() else [entry] * (entry.suffix == ".ipynb")
        found[folded(entry.name if entry.is_dir() else entry.stem)] = (entry.name, files)
    papers = []
    for student in exam.students:
        _, files = found.pop(folded(safe_name(student)), ("", []))
        papers.append(_mark(exam, student, files))
    return papers, [name for name, _ in found.values()]


def write_marks(path, exam, papers):
    """Write a CSV file, safe to open in a spreadsheet: a line for each student and question, and one with the sum."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(("student", "question", "points", "max_points", "given", "right", "remark"))
    for paper in papers:
        for a in paper.answers:
            row = (a.given, a.right, a.remark)
            writer.writerow(
                [spreadsheet_safe(paper.student), a.question, a.points, POINTS, *map(spreadsheet_safe, row)]
            )
        remark = " ".join(filter(None, (paper.problem, *paper.notes)))
        total = POINTS * len(exam.questions)
        writer.writerow([spreadsheet_safe(paper.student), "all", paper.points, total, "", "", spreadsheet_safe(remark)])
    write_atomically(path, text.getvalue())


def feedback(exam, paper):
    """A student's page, in Markdown: each question with what was given, what is right, and why."""
    lines = [f"# {exam.title}: {paper.points} of {POINTS * len(exam.questions)} points", ""]
    for number, answer in enumerate(paper.answers, 1):
        drawn = exam.drawn(paper.student, answer.question)
        lines += [f"## {number} · {bank()[answer.question].title}: {answer.points} of {POINTS}", "", drawn.text, ""]
        lines += (
            [f"Your answer: `{answer.given}`. Right: `{answer.right}`.", ""]
            if answer.given
            else [f"Right: `{answer.right}`.", ""]
        )
        lines += [part for text in (answer.remark, drawn.explanation) if text for part in (text, "")]
    return "\n".join(lines)


def _mark(exam, student, files):
    if not files:
        return Paper(student, (), problem=ABSENT)
    notes = []
    if len(files) > 1:
        notes.append(f"{len(files)} notebooks were submitted, and {files[0].name} was read.")
    try:
        with files[0].open("rb") as f:
            notebook = parse_notebook(f.read(LARGEST + 1))
    except (Unreadable, OSError) as e:
        return Paper(student, (), tuple(notes), problem=f"the notebook cannot be read: {e}")
    texts = [_spaceless(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    foreign = [
        str(number)
        for number, name in enumerate(exam.questions, 1)
        if not any(_spaceless(exam.drawn(student, name).text) in text for text in texts)
    ]
    if foreign:
        notes.append(
            f"The text of question {', '.join(foreign)} is not this student's: it was edited, or the paper is another's."
        )
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code" and len(cell.source) <= LONGEST]
    return Paper(
        student,
        tuple(_answer(exam.drawn(student, name), name, _given(cells, number)) for number, name in enumerate(exam.questions, 1)),
        tuple(notes),
    )  # fmt: skip


def _answer(drawn, name, given):
    right = drawn.letter if drawn.choices else f"{drawn.answer:.6g}"
    value, text = given
    if value is ...:
        return Marked(name, "", right, 0, MISSING)
    if not isinstance(value, str if drawn.choices else float):
        return Marked(name, text, right, 0, NOT_A_LETTER if drawn.choices else NOT_A_NUMBER)
    if drawn.is_right(value):
        return Marked(name, _shown(value), right, POINTS, "")
    if drawn.choices and value not in map(letter, range(len(drawn.choices))):
        return Marked(name, value, right, 0, f"there is no choice {value}")
    return Marked(name, _shown(value), right, 0, drawn.mistake(value))


def _shown(given):
    return given if isinstance(given, str) else f"{given:.10g}"


def _given(cells, number):
    """What the last cell that assigns the answer says: a float, a letter, ``...`` for nothing or None for something else; its text."""
    name = f"answer_{number}"
    source = next((cell for cell in reversed(cells) if re.search(rf"^\s*{name}\s*=(?!=)", cell, re.M)), None)
    if source is None:
        return ..., ""
    try:
        assigned = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
        value = _value([node.value for node in assigned if [ast.unparse(t) for t in node.targets] == [name]][-1])
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError, ArithmeticError):
        value = None
    return value, source


def _value(node):
    """A number or sum, product, … of numbers as a float; a letter as it is; ``...``; None for everything else."""
    if isinstance(node, ast.Constant):
        if node.value is ... or (isinstance(node.value, str) and len(node.value.strip()) == 1):
            return node.value if node.value is ... else node.value.strip().lower()
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            number = float(node.value)
            return number if math.isfinite(number) else None
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _value(node.operand)
        return (-inner if isinstance(node.op, ast.USub) else inner) if isinstance(inner, float) else None
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = _value(node.left), _value(node.right)
        if isinstance(left, float) and isinstance(right, float):
            result = _ARITHMETIC[type(node.op)](left, right)
            return result if math.isfinite(result) else None
    return None


def _spaceless(text):
    return re.sub(r"\s+", "", text)
