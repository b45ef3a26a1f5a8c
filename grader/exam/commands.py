"""The commands ``gru-course exam …``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.base.wording import counted, visible

app = typer.Typer(
    help="Short questions: a paper for each student, marks, and an export for Moodle.", no_args_is_help=True
)
console = Console()

Lessons = Annotated[
    list[str] | None, typer.Option("--lesson", help="Questions on this lesson, such as 03; may be repeated.")
]
Names = Annotated[list[str] | None, typer.Option("--question", help="A question by its name; may be repeated.")]


@app.command("list")
def list_questions(
    lesson: Lessons = None,
    question: Names = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Show each question as one student could have it, with its answer.")
    ] = False,
):
    """List the questions of the bank."""
    import numpy as np

    from grader.exam.questions import chosen, letter

    questions = chosen(question or (), lesson or ())
    if not answers:
        table = Table("lesson", "name", "title", "kind", box=None)
        for q in questions:
            table.add_row(q.lesson, q.name, q.title, "numbers are drawn" if q.computed else "choices")
        console.print(table)
        console.print(counted(len(questions), "question"), highlight=False)
        return
    for q in questions:
        drawn = q.draw(np.random.default_rng())
        lines = [f"## {q.title} (lesson {q.lesson}, {q.name})", drawn.text]
        lines += [f"  {letter(k)}  {choice}" for k, choice in enumerate(drawn.choices)]
        lines += [f"Answer: {drawn.letter if drawn.choices else format(drawn.answer, '.6g')}. {drawn.explanation}"]
        lines += [f"  not {w.value if drawn.choices else format(w.value, '.6g')}: {w.message}" for w in drawn.wrong]
        console.print("\n".join(lines) + "\n", markup=False, highlight=False, soft_wrap=True)


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="The exam's folder, which must not exist yet.")],
    students: Annotated[
        Path, typer.Option(help="A file with a name a line, a CSV with the column student, or a class's folder.")
    ],
    title: Annotated[str, typer.Option(help="The title above each paper.")] = "Exam on the GRU",
    lesson: Lessons = None,
    question: Names = None,
):
    """Make a paper for each student, with numbers of their own: FOLDER/release/<student>/exam.ipynb."""
    from grader.exam.paper import make_exam, read_students

    exam = make_exam(folder, read_students(students), title, question or (), lesson or ())
    console.print(
        f"{counted(len(exam.students), 'paper')} with {counted(len(exam.questions), 'question')} each: {folder / 'release'}\n"
        f"Keep {folder / 'exam.key'} to yourself: the numbers and answers of all follow from it.",
        markup=False, soft_wrap=True, highlight=False,
    )  # fmt: skip


@app.command()
def mark(
    folder: Annotated[Path, typer.Argument(help="The exam's folder.")],
    submitted: Annotated[
        Path | None,
        typer.Option(help="The papers, in a folder for each student; FOLDER/submitted by default.", show_default=False),
    ] = None,
):
    """Mark the papers. Their cells are read, and never run. Writes FOLDER/marks.csv and a page for each student."""
    from grader.base.files import write_atomically
    from grader.classroom.names import safe_name
    from grader.exam.marking import ABSENT, NOT_READ, feedback, mark_exam, write_marks
    from grader.exam.paper import open_exam

    exam = open_exam(folder)
    papers, strangers = mark_exam(exam, submitted)
    write_marks(folder / "marks.csv", exam, papers)
    for paper in papers:
        if not paper.problem:
            write_atomically(folder / "feedback" / f"{safe_name(paper.student)}.md", feedback(exam, paper))
    for paper in papers:
        if paper.problem == ABSENT:
            continue
        look = [a.question for a in paper.answers if a.remark in NOT_READ]
        notes = [paper.problem, *paper.notes, f"Look at: {', '.join(look)}." if look else ""]
        if any(notes):
            console.print(visible(f"{paper.student}: {' '.join(filter(None, notes))}"), markup=False, soft_wrap=True)
    for name in strangers:
        console.print(visible(f"{name} is no student of this exam, and was not marked."), markup=False, soft_wrap=True)
    absent = [paper.student for paper in papers if paper.problem == ABSENT]
    if absent:
        console.print(visible(f"{len(absent)} submitted nothing: {'; '.join(absent)}"), markup=False, soft_wrap=True)
    marked = [paper for paper in papers if not paper.problem]
    mean = sum(paper.points for paper in marked) / len(marked) if marked else 0
    console.print(
        f"{len(marked)} of {counted(len(papers), 'paper')} marked, {mean:.1f} points on average.", highlight=False
    )
    console.print(f"Marks: {folder / 'marks.csv'}\nFeedback: {folder / 'feedback'}", markup=False, soft_wrap=True)


@app.command()
def moodle(
    out: Annotated[Path, typer.Argument(help="The file to write, such as gru.gift.")],
    draws: Annotated[int, typer.Option(min=1, help="Versions of each question whose numbers are drawn.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other numbers.")] = 0,
    lesson: Lessons = None,
    question: Names = None,
):
    """Write the questions in GIFT format, for Moodle's question bank."""
    from grader.base.files import write_atomically
    from grader.exam.gift import gift
    from grader.exam.questions import chosen

    questions = chosen(question or (), lesson or ())
    write_atomically(out, gift(questions, draws, seed))
    console.print(f"{counted(len(questions), 'question')}: {out}", markup=False, soft_wrap=True, highlight=False)
