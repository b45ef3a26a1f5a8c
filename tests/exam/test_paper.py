"""An exam from the list of students to marks: papers, what is read in an answer, and what is not run."""

import csv
import json

import nbformat
import pytest
from typer.testing import CliRunner

from grader.cli import app
from grader.exam.marking import NOT_A_LETTER, NOT_A_NUMBER, feedback, mark_exam, write_marks
from grader.exam.paper import ExamError, make_exam, open_exam, read_students
from grader.exam.questions import bank

STUDENTS = ["Ada Lovelace", "Bob/Honest", "Eve"]


@pytest.fixture
def exam(tmp_path):
    return make_exam(tmp_path / "exam", STUDENTS, lessons=["03", "05"])


def answered(exam, student, answers):
    """The student's paper, with these sources in the answer cells."""
    notebook = exam.notebook(student)
    for cell in notebook.cells:
        number = cell.id.removeprefix("answer-")
        if cell.cell_type == "code" and number.isdigit() and int(number) in answers:
            cell.source = answers[int(number)]
    return notebook


def submit(exam, student, notebook, name="exam.ipynb"):
    folder = exam.folder / "submitted" / student.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / name)


def right(exam, student):
    drawn = {n: exam.drawn(student, name) for n, name in enumerate(exam.questions, 1)}
    return {n: f"answer_{n} = {d.letter!r}" if d.choices else f"answer_{n} = {d.answer!r}" for n, d in drawn.items()}


def marked(exam, student):
    papers, _ = mark_exam(exam)
    return next(p for p in papers if p.student == student)


def test_each_student_has_a_paper_with_numbers_of_their_own_that_can_be_made_again(exam):
    papers = {s: (exam.folder / "release" / s.replace("/", "_") / "exam.ipynb").read_text() for s in STUDENTS}
    assert len(set(papers.values())) == 3
    again = open_exam(exam.folder)
    assert all(nbformat.writes(again.notebook(s)).strip() == papers[s].strip() for s in STUDENTS)
    assert oct((exam.folder / "exam.key").stat().st_mode & 0o777) == "0o600"


def test_a_paper_holds_no_answer_and_runs_without_the_course(exam):
    notebook = exam.notebook("Eve")
    text = nbformat.writes(notebook)
    for name in exam.questions:
        drawn = exam.drawn("Eve", name)
        assert drawn.explanation not in text and not any(w.message in text for w in drawn.wrong)
        assert drawn.choices or repr(drawn.answer) not in text
    namespace, said = {}, []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(
                cell.source.replace("answer_1 = ...", "answer_1 = 0.5"),
                {"print": lambda *a: said.append(a)} | namespace,
                namespace,
            )
    assert len(said) == len(exam.questions)
    assert {told for _, told, *_ in said} == {"is missing:", "should be one of the letters a, b, c, d, and is"}


def test_right_answers_get_all_points_and_a_known_mistake_its_message(exam):
    answers = right(exam, "Ada Lovelace")
    number = exam.questions.index("an_update_gate") + 1
    wrong = exam.drawn("Ada Lovelace", "an_update_gate").wrong[1]
    submit(exam, "Ada Lovelace", answered(exam, "Ada Lovelace", answers))
    submit(exam, "Bob/Honest", answered(exam, "Bob/Honest", right(exam, "Ada Lovelace")))
    assert marked(exam, "Ada Lovelace").points == len(exam.questions)
    assert marked(exam, "Bob/Honest").points < len(exam.questions) - 2
    answers[number] = f"answer_{number} = {wrong.value!r}"
    submit(exam, "Ada Lovelace", answered(exam, "Ada Lovelace", answers))
    paper = marked(exam, "Ada Lovelace")
    assert paper.points == len(exam.questions) - 1 and paper.answers[number - 1].remark == wrong.message
    page = feedback(exam, paper)
    assert wrong.message in page and f"{len(exam.questions) - 1} of {len(exam.questions)} points" in page


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("answer_{n} = {v}", "given"),
        ("# my answer\nanswer_{n} = {v}  # rounded", "given"),
        ("answer_{n} = 0\nanswer_{n} = {v}", "given"),
        ("answer_{n} = 2 * ({v}) / 2 + 0", "given"),
        ("answer_{n} = +{v}", "given"),
        ("answer_{n} = ...", "missing"),
        ("", "missing"),
        ("answer_{n} == {v}", "missing"),
        ("x = {v}\nanswer_{n} = x", "not read"),
        ("answer_{n} = float('{v}')", "not read"),
        ("answer_{n} = '{v}'", "not read"),
        ("answer_{n} = True", "not read"),
        ("answer_{n} = 1e999", "not read"),
        ("answer_{n} = 1 / 0", "not read"),
        ("answer_{n} = 9 ** 9 ** 9", "not read"),
        ("answer_{n} = [{v}]", "not read"),
        ("answer_{n} = __import__('pathlib').Path('ran').write_text('x')", "not read"),
        ("answer_{n} = (", "not read"),
    ],
)  # fmt: skip
def test_what_stands_in_a_cell_is_read_and_never_run(exam, monkeypatch, source, value):
    monkeypatch.chdir(exam.folder)
    n = exam.questions.index("an_update_gate") + 1
    v = exam.drawn("Eve", "an_update_gate").answer
    submit(exam, "Eve", answered(exam, "Eve", {n: source.format(n=n, v=v)}))
    answer = marked(exam, "Eve").answers[n - 1]
    assert answer.points == (value == "given")
    assert answer.remark == {"given": "", "missing": "no answer", "not read": NOT_A_NUMBER}[value]
    assert not (exam.folder / "ran").exists()


def test_a_letter_may_be_a_capital_and_a_number_is_no_letter(exam):
    n = exam.questions.index("soft") + 1
    letter = exam.drawn("Eve", "soft").letter
    submit(exam, "Eve", answered(exam, "Eve", {n: f'answer_{n} = " {letter.upper()} "'}))
    assert marked(exam, "Eve").answers[n - 1].points == 1
    submit(exam, "Eve", answered(exam, "Eve", {n: f"answer_{n} = 1"}))
    assert marked(exam, "Eve").answers[n - 1].remark == NOT_A_LETTER
    submit(exam, "Eve", answered(exam, "Eve", {n: f'answer_{n} = "q"'}))
    assert marked(exam, "Eve").answers[n - 1].remark == "there is no choice q"


def test_a_paper_of_somebody_else_a_damaged_one_and_a_stranger_are_told(exam):
    submit(exam, "Eve", exam.notebook("Ada Lovelace"))
    submit(exam, "Eve", exam.notebook("Eve"), "z-second.ipynb")
    (exam.folder / "submitted" / "Bob_Honest").mkdir()
    (exam.folder / "submitted" / "Bob_Honest" / "exam.ipynb").write_text("{")
    submit(exam, "Mallory", exam.notebook("Eve"))
    papers, strangers = mark_exam(exam)
    ada, bob, eve = papers
    assert strangers == ["Mallory"] and ada.problem == "nothing was submitted"
    assert "cannot be read" in bob.problem
    assert "2 notebooks" in eve.notes[0] and "the paper is another's" in eve.notes[1]
    write_marks(exam.folder / "marks.csv", exam, papers)
    rows = list(csv.DictReader((exam.folder / "marks.csv").open()))
    assert [r["student"] for r in rows if r["question"] == "all"] == STUDENTS
    assert len(rows) == len(exam.questions) + 3


def test_a_formula_in_an_answer_is_text_in_the_spreadsheet(exam):
    n = exam.questions.index("soft") + 1
    submit(exam, "Eve", answered(exam, "Eve", {n: f"answer_{n} = '=1+1'\n"}))
    papers, _ = mark_exam(exam)
    write_marks(exam.folder / "marks.csv", exam, papers)
    assert all(not cell.startswith("=") for row in csv.reader((exam.folder / "marks.csv").open()) for cell in row)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "exam.json").unlink(), "there is no exam in"),
        (lambda f: (f / "exam.json").write_text("{"), "put it back from a copy"),
        (lambda f: (f / "exam.json").write_text(json.dumps({"title": "x", "questions": ["gone"], "students": ["a"]})), "asks the question 'gone'"),
    ],
)  # fmt: skip
def test_an_exam_that_cannot_be_opened_says_why(exam, spoil, said):
    spoil(exam.folder)
    with pytest.raises(ExamError, match=said):
        open_exam(exam.folder)


@pytest.mark.parametrize("text", ["", "abc", "g" * 64])
def test_another_key_is_refused(exam, text):
    (exam.folder / "exam.key").write_text(text)
    with pytest.raises(ExamError, match="is not a key"):
        open_exam(exam.folder).drawn("Eve", "soft")


def test_lists_of_students_are_read_in_each_form(tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("\ufeffAda Lovelace\n\n Eve \n", encoding="utf-8")
    assert read_students(names) == ["Ada Lovelace", "Eve"]
    names.write_text("id,Student\n1,Ada\n2,Bob\n")
    assert read_students(names) == ["Ada", "Bob"]
    names.write_text("student;group\nAda;1\n")
    assert read_students(names) == ["Ada"]
    (tmp_path / "class" / "submitted" / "Zoe").mkdir(parents=True)
    assert read_students(tmp_path / "class") == ["Zoe"]
    for wrong, said in ((tmp_path / "none.txt", "cannot be read"), (tmp_path, "has no students")):
        with pytest.raises(ExamError, match=said):
            read_students(wrong)


def test_students_with_one_folder_and_a_folder_that_holds_something_are_refused(tmp_path, exam):
    with pytest.raises(ExamError, match="'Bob/x' and 'bob_X' are the same"):
        make_exam(tmp_path / "other", ["Bob/x", "bob_X"])
    with pytest.raises(ExamError, match="Ada is listed twice"):
        make_exam(tmp_path / "other", ["Ada", "Ada"])
    with pytest.raises(ExamError, match="the list of students is empty"):
        make_exam(tmp_path / "other", [])
    assert not (tmp_path / "other").exists()
    with pytest.raises(ExamError, match="holds something already"):
        make_exam(exam.folder, STUDENTS)
    assert (exam.folder / "exam.key").is_file()


def test_the_commands_work_as_the_guide_has_them(tmp_path):
    def run(*arguments):
        done = CliRunner().invoke(app, ["exam", *map(str, arguments)])
        assert done.exit_code == 0, done.output
        return done.output

    (tmp_path / "names.txt").write_text("Ada\nBob\n")
    assert "40 questions" in run("list") and "not 0." in run("list", "--answers", "--lesson", "03")
    run("make", tmp_path / "exam", "--students", tmp_path / "names.txt", "--question", "soft", "--question", "average")
    assert open_exam(tmp_path / "exam").questions == ("soft", "average")
    (tmp_path / "exam" / "release").rename(tmp_path / "exam" / "submitted")
    said = run("mark", tmp_path / "exam")
    assert (
        "2 of 2 papers marked, 0.0 points on average" in said and (tmp_path / "exam" / "feedback" / "Ada.md").is_file()
    )
    assert set(bank()) >= set(open_exam(tmp_path / "exam").questions)
