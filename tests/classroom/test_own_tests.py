"""An instructor's additions to a lesson in ``source/`` are handed out, graded as in plain nbgrader, and reported."""

import csv
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.authoring.building import write_notebook
from grader.authoring.source import Lesson
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom.class_report import write_report
from grader.classroom.folder import ClassFolder
from grader.classroom.grades import write_grades
from grader.classroom.grading import grade_class
from grader.classroom.own_source import fingerprint
from grader.classroom.preparation import enter_lesson, prepare_class
from grader.notebook.reading import grade_id
from tests.support.books import without_examples
from tests.support.crews import Here, judge_of, nobody
from tests.support.plain import nbgrader

LESSON = "03_gates"
SECRET = "3.14159"  # in a hidden test

ANSWER = """### BEGIN SOLUTION
def half(x):
    return x / 2
### END SOLUTION"""
PLAIN_TEST = "assert half(2) == 1"
HIDDEN_TEST = f"""assert half(4) == 2
### BEGIN HIDDEN TESTS
assert half({SECRET} * 2) == {SECRET}
### END HIDDEN TESTS"""
PARTIAL_TEST = """points = 0
### BEGIN HIDDEN TESTS
points += half(0) == 0
points += 0.5 * (half(-8) == -4)
### END HIDDEN TESTS
points"""
ESSAY = """Where have you met a gate before?

### BEGIN SOLUTION
At a lock on a canal.

**Rubric**

- 3 points for any gate.
### END SOLUTION"""

HALVES = {
    "Ann Right": "def half(x):\n    return x / 2",
    "Ben Visible": "def half(x):\n    return {2: 1, 4: 2}.get(x)",
    "Cas Partly": "def half(x):\n    return {2: 1, 4: 2, 0: 0}.get(x)",
    "Dee Wrong": "def half(x):\n    return x * 2",
    "Eli Blank": None,
}
POINTS = {  # plain_half 1, hidden_half 2, partial_half 1.5
    "Ann Right": (1, 2, 1.5),
    "Ben Visible": (1, 0, 0),
    "Cas Partly": (1, 0, 1),
    "Dee Wrong": (0, 0, 1),
    "Eli Blank": (0, 0, 0),
}


def marked(make, text, name, **mark):
    """A cell as nbgrader's tool in JupyterLab marks it: with an id that the editor made up."""
    full = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": False, "task": False}
    return make(text, metadata={"nbgrader": full | mark})


def code(text, name, **mark):
    return marked(nbformat.v4.new_code_cell, text, name, **mark)


def own_cells():
    test = {"grade": True, "locked": True}
    return [
        code(ANSWER, "half", solution=True),
        code(PLAIN_TEST, "plain_half", points=1, **test),
        code(HIDDEN_TEST, "hidden_half", points=2, **test),
        code(PARTIAL_TEST, "partial_half", points=1.5, **test),
        marked(nbformat.v4.new_markdown_cell, ESSAY, "met", grade=True, solution=True, points=3),
    ]


def source_of_class(folder):
    return folder / "source" / LESSON / f"{LESSON}.ipynb"


def edit(folder, change):
    """Change the class's source, and save it as JupyterLab does: with outputs and its own metadata."""
    notebook = nbformat.read(source_of_class(folder), 4)
    change(notebook)
    notebook.metadata.language_info = {"name": "python", "version": "3.12.1"}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [nbformat.v4.new_output("stream", text="hello")]
    nbformat.write(notebook, source_of_class(folder))


def cell(notebook, name):
    return next(c for c in notebook.cells if grade_id(c) == name)


def add_own_cells(notebook):
    notebook.cells += own_cells()
    cell(notebook, "check_sigmoid").metadata.nbgrader.points = 5


def submission(folder, student, half, sigmoid=True):
    notebook = without_examples(nbformat.read(folder / "release" / LESSON / f"{LESSON}.ipynb", 4))
    if half:
        cell(notebook, "half").source = half
    if sigmoid:
        cell(notebook, "sigmoid").source = cell(nbformat.read(source_of_class(folder), 4), "sigmoid").source
    write_notebook(notebook, folder / "submitted" / student / LESSON / f"{LESSON}.ipynb")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """A class that was only prepared, for copies to be made of."""
    folder = tmp_path_factory.mktemp("untouched") / "class"
    prepare_class(course_root(), folder, ["03"])
    return folder


@pytest.fixture(scope="module")
def prepared(untouched, tmp_path_factory):
    """A class whose instructor has added cells, handed out and handed in: its folder, and the lesson."""
    folder = shutil.copytree(untouched, tmp_path_factory.mktemp("own") / "class")
    edit(folder, add_own_cells)
    _, (lesson,) = prepare_class(course_root(), folder, ["03"])
    for student, half in HALVES.items():
        submission(folder, student, half, sigmoid=bool(half))
    return folder, lesson


@pytest.fixture(scope="module")
def graded(prepared, workers, tmp_path_factory):
    """The same, graded: its folder, and its rows by student."""
    folder = tmp_path_factory.mktemp("graded") / "class"
    shutil.copytree(prepared[0], folder)
    told = []
    rows = grade_class(course_root(), folder, workers=workers, on_own=told.append)
    assert [lesson.name for lesson in told] == [LESSON]
    write_grades(folder / "grades.csv", rows)
    return folder, {row.student: row for row in rows}


@pytest.fixture
def fresh(untouched, tmp_path):
    """A class that was only prepared."""
    return shutil.copytree(untouched, tmp_path / "class")


def grades(folder):
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gb:
        return {
            (n.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score)
            for n in gb.notebook_submissions(LESSON, LESSON)
            for g in n.grades
        }


# ----------------------------------------------------------------------------------------------------- taken up and said


def test_what_was_changed_is_said(prepared):
    _, lesson = prepared
    trust = "at nbgrader's own level of trust"
    assert lesson.own == (
        "half is an answer cell of your own",
        f"plain_half is a test of your own, 1 point, {trust}",
        f"hidden_half is a test of your own, 2 points, with hidden tests, {trust}",
        f"partial_half is a test of your own, 1.5 points, with hidden tests, {trust}",
        "met is to be marked by hand, 3 points",
        "check_sigmoid gives 5 points, not 2",
    )


def test_what_is_handed_out_has_no_hidden_test_and_no_solution(prepared):
    folder, _ = prepared
    text = (folder / "release" / LESSON / f"{LESSON}.ipynb").read_text()
    assert "plain_half" in text
    assert not any(word in text for word in (SECRET, "HIDDEN", "half(-8)", "x / 2", "canal", "any gate"))
    stub = cell(nbformat.reads(text, 4), "half").source
    assert "half is yours to write" in stub
    assert "hint(half)" not in stub  # the course has none for it


@pytest.mark.system
def test_plain_nbgrader_hands_out_the_same(prepared, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(prepared[0], folder, ignore=shutil.ignore_patterns("submitted", "gradebook.db", "release"))
    nbgrader((folder, "generate_assignment", LESSON, "--create"))
    ours, plain = (nbformat.read(f / "release" / LESSON / f"{LESSON}.ipynb", 4) for f in (prepared[0], folder))
    assert [(c.source, c.metadata) for c in ours.cells] == [(c.source, c.metadata) for c in plain.cells]


def test_a_saved_but_unchanged_notebook_is_the_courses(fresh):
    before = fingerprint(nbformat.read(source_of_class(fresh), 4))
    edit(fresh, lambda notebook: None)
    assert fingerprint(nbformat.read(source_of_class(fresh), 4)) == before
    _, (lesson,) = prepare_class(course_root(), fresh, ["03"])
    assert (lesson.own, lesson.tests) == ((), {})


def change_the_course(monkeypatch):
    old = Lesson.notebook

    def changed(self):
        notebook = old(self)
        notebook.cells[0].source += "\n\nA new sentence."
        return notebook

    monkeypatch.setattr(Lesson, "notebook", changed)


def test_an_edit_is_never_overwritten_even_if_the_course_changes(fresh, monkeypatch):
    edit(fresh, add_own_cells)
    kept = source_of_class(fresh).read_bytes()
    folder = ClassFolder(fresh)
    first = enter_lesson(folder, course_root(), LESSON)
    change_the_course(monkeypatch)
    lesson = enter_lesson(folder, course_root(), LESSON)
    assert source_of_class(fresh).read_bytes() == kept
    assert lesson.build == first.build
    assert "the course's own text has changed since" in lesson.own[-1]


def test_the_courses_own_text_follows_the_course(fresh, monkeypatch):
    change_the_course(monkeypatch)
    _, (lesson,) = prepare_class(course_root(), fresh, ["03"])
    assert lesson.own == ()
    assert "A new sentence." in source_of_class(fresh).read_text()
    assert "A new sentence." in lesson.pristine.cells[0].source


def test_a_test_in_a_check_of_the_course_is_refused(fresh):
    def change(notebook):
        cell(notebook, "check_sigmoid").source += "\nassert sigmoid(0) == 0.5"

    edit(fresh, change)
    with pytest.raises(ClassError, match=r"check_sigmoid is a check of the course.*a new cell after it"):
        prepare_class(course_root(), fresh, ["03"])


def test_a_source_that_is_no_notebook_is_one_sentence(fresh):
    source_of_class(fresh).write_text("{")
    with pytest.raises(ClassError, match="is not a notebook"):
        prepare_class(course_root(), fresh, ["03"])


def test_a_cell_that_nbgrader_refuses_is_named(fresh):
    edit(fresh, lambda notebook: notebook.cells.append(code("assert 1", "plain", grade=True, locked=True)))
    with pytest.raises(ClassError, match="points"):
        prepare_class(course_root(), fresh, ["03"])


# -------------------------------------------------------------------------------------------------------------- graded


@pytest.mark.system
def test_marks_are_those_of_plain_nbgrader(prepared, graded, tmp_path):
    folder = tmp_path / "plain"
    shutil.copytree(prepared[0], folder)
    nbgrader((folder, "autograde", LESSON))
    assert grades(graded[0]) == grades(folder)


def test_own_tests_get_their_points(graded):
    folder, rows = graded
    found = grades(folder)
    for student, points in POINTS.items():
        names = ("plain_half", "hidden_half", "partial_half")
        assert tuple(found[student, name][0] for name in names) == points
        assert found[student, "check_sigmoid"][0] == (5 if HALVES[student] else 0)
        assert rows[student].mark.score == sum(points) + found[student, "check_sigmoid"][0]
        assert rows[student].mark.max_score == 10 + 3 + 1 + 2 + 1.5 + 3
        assert rows[student].state == ("graded" if HALVES[student] else "blank")
    assert found["Ann Right", "met"][2:] == (False, 3)  # nothing was written there


def test_csv_and_report_mark_them(graded):
    folder, _ = graded
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as f:
        assert {line["own_tests"] for line in csv.DictReader(f)} == {"plain_half hidden_half partial_half"}
    page = write_report(folder).read_text()
    assert "nbgrader's own level of trust" in page
    assert "<code>hidden_half</code>" in page


def test_feedback_shows_neither_their_text_nor_their_traceback(graded):
    folder, _ = graded
    for student in HALVES:
        page = (folder / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
        assert "hidden_half" in page
        assert not any(word in page for word in (SECRET, "HIDDEN", "AssertionError", "half(4)", "half(-8)"))


def test_whoever_marks_sees_the_whole_test_and_the_rubric(graded):
    folder, _ = graded
    notebook = nbformat.read(folder / "autograded" / "Dee Wrong" / LESSON / f"{LESSON}.ipynb", 4)
    assert SECRET in cell(notebook, "hidden_half").source
    assert "any gate" in cell(notebook, "rubric_met").source


def test_an_own_answer_waits_to_be_marked(graded, workers, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(graded[0], folder)
    for place in (folder / "submitted").iterdir():
        if place.name != "Ann Right":
            shutil.rmtree(place)
    path = folder / "submitted" / "Ann Right" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, 4)
    cell(notebook, "met").source = "At a level crossing."
    nbformat.write(notebook, path)
    (row,) = grade_class(course_root(), folder, workers=workers)
    assert row.mark.needs_manual_grade
    page = (folder / "feedback" / "Ann Right" / LESSON / f"{LESSON}.html").read_text()
    assert "At a level crossing." in page
    assert "Where have you met" not in page.split("At a level crossing.")[1]


# ------------------------------------------------------------------------------------------------------------- changed


def test_a_changed_test_is_graded_again_and_the_same_is_not(prepared, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(prepared[0], folder)
    assert len(grade_class(course_root(), folder, workers=Here(judge_of("passed")))) == len(HALVES)
    assert not any(row.fresh for row in grade_class(course_root(), folder, workers=Here(nobody)))

    def change(notebook):
        cell(notebook, "hidden_half").source = HIDDEN_TEST.replace(SECRET, "7")
        cell(notebook, "plain_half").metadata.nbgrader.points = 4

    edit(folder, change)
    crew = Here(judge_of("passed"))
    rows = grade_class(course_root(), folder, workers=crew)
    assert all(row.fresh and row.mark.max_score == 23.5 for row in rows)
    assert all("half(7 * 2)" in job.lesson.tests["hidden_half"] for job in crew.jobs)
    assert all("another build of the lesson" in row.changed for row in rows if row.changed)


def test_a_cell_added_after_marks_were_given_is_refused_and_nothing_is_lost(prepared, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(prepared[0], folder)
    grade_class(course_root(), folder, workers=Here(judge_of("passed")))
    before, text = grades(folder), source_of_class(folder).read_bytes()
    edit(folder, lambda notebook: notebook.cells.append(code("assert 1", "more", grade=True, locked=True, points=1)))
    with pytest.raises(ClassError, match=r"holds marks.*more added.*new folder"):
        grade_class(course_root(), folder, workers=Here(nobody))
    assert grades(folder) == before
    source_of_class(folder).write_bytes(text)
    assert not any(row.fresh for row in grade_class(course_root(), folder, workers=Here(nobody)))


# ----------------------------------------------------------------------------------------------------- nbgrader's exchange


@pytest.mark.system
def test_feedback_goes_back_through_the_exchange_also_if_the_time_is_unknown(fresh, tmp_path):
    """tests/hub/ has the exchange's default, UTC. In this zone nbgrader writes the name JST, which is ambiguous."""
    settings = f"""
c.CourseDirectory.course_id = "gru101"
c.Exchange.root = "{tmp_path / "exchange"}"
c.Exchange.timezone = "Asia/Tokyo"
"""
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "learner").mkdir()
    with (tmp_path / "class" / "nbgrader_config.py").open("a") as f:
        f.write(settings)
    (tmp_path / "learner" / "nbgrader_config.py").write_text("c = get_config()\n" + settings)

    nbgrader(
        (tmp_path / "class", "release_assignment", LESSON),
        (tmp_path / "learner", "fetch_assignment", LESSON),
        (tmp_path / "learner", "submit", LESSON),
        (tmp_path / "class", "collect", LESSON),
    )
    (row,) = grade_class(course_root(), tmp_path / "class", workers=Here(judge_of("passed")))
    assert row.time_from.startswith("unknown")
    nbgrader((tmp_path / "class", "release_feedback", LESSON), (tmp_path / "learner", "fetch_feedback", LESSON))
    (page,) = (tmp_path / "learner").rglob("*.html")
    assert page.read_text() == (tmp_path / "class" / "feedback" / row.student / LESSON / f"{LESSON}.html").read_text()
