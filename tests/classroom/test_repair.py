"""Repairing submissions: honest ones do not change, and anything broken comes back."""

import contextlib
import copy
import re
import textwrap

import nbformat
import pytest
from nbgrader.utils import compute_checksum, determine_grade

from grader.base.wording import PLACEHOLDER
from grader.classroom import repair as repairing
from grader.classroom.assignment import Assignment
from grader.classroom.repair import repair
from grader.notebook.bindings import defines, only_words
from grader.notebook.reading import grade_id, grade_ids


def mark(grade, solution, name, points=None):
    found = {"grade": grade, "solution": solution, "locked": not solution, "grade_id": name, "schema_version": 3}
    return {"nbgrader": {**found, "task": False, **({"points": points} if points else {})}}


def code(text, id="mine-code", metadata=None):
    return nbformat.v4.new_code_cell(text, id=id, metadata=metadata or {})


@pytest.fixture
def pristine():
    stub = "def {0}(x):\n    raise NotImplementedError"
    cells = [
        nbformat.v4.new_markdown_cell("# Lesson", id="cell-00"),
        code("from grader import check", "cell-01"),
        code(stub.format("double"), "double", mark(False, True, "double")),
        code("check(double)", "check_double", mark(True, False, "check_double", 2)),
        code(stub.format("triple"), "triple", mark(False, True, "triple")),
        code("check(triple)", "check_triple", mark(True, False, "check_triple", 3)),
        nbformat.v4.new_markdown_cell("Why? *Answer*", id="why", metadata=mark(True, True, "why", 1)),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def honest(pristine):
    """Answered, with an edited example and a cell of the learner's own."""
    notebook = copy.deepcopy(pristine)
    notebook.cells[1].source += "\nimport math"
    cell(notebook, "double").source = "def double(x):\n    return 2 * x"
    cell(notebook, "triple").source = "def triple(x):\n    return 3 * x"
    cell(notebook, "why").source = "Why? Because."
    notebook.cells.insert(3, code("double(4)", "mine"))
    return notebook


def cell(notebook, name):
    return next(c for c in notebook.cells if grade_id(c) == name)


def order(notebook):
    return [grade_id(c) or c.source for c in notebook.cells]


def sources(notebook):
    return [c.source for c in notebook.cells]


def test_an_honest_notebook_is_left_as_it_is(honest, pristine):
    repaired = repair(honest, pristine)
    assert repaired.changes == ()
    assert not repaired.blank
    assert repaired.notebook.cells == honest.cells


def test_the_untouched_notebook_is_blank(pristine):
    repaired = repair(pristine, pristine)
    assert repaired.blank
    assert repaired.changes == ()


def whole(pristine):
    """Notebooks with nothing to repair, by what a learner did with them."""
    made = {
        name: copy.deepcopy(pristine)
        for name in ("nothing", "code", "other code", "words", "prediction", "fences", "all")
    }
    cell(made["code"], "double").source = "def double(x):\n    return 2 * x"
    cell(made["other code"], "double").source = "def triple(x):\n    return 2 * x"
    cell(made["words"], "why").source = "Why? Because."
    made["prediction"].cells[2].source = "predict('it', 4)"
    cell(made["fences"], "triple").source = "```python\ndef triple(x):\n    return 3 * x\n```"
    for name in ("code", "words", "prediction"):
        made["all"].cells = [
            b if b != a else c for a, b, c in zip(pristine.cells, made[name].cells, made["all"].cells, strict=True)
        ]
    cell(made["all"], "triple").source = ""
    return made


@pytest.mark.parametrize("did", ["nothing", "code", "other code", "words", "prediction", "fences", "all"])
def test_what_is_whole_is_found_so_at_once_and_becomes_what_a_search_would_make_of_it(pristine, did):
    pristine.cells.insert(2, code("predict('it', ...)", "cell-02"))
    notebook = whole(pristine)[did]
    assert repairing._is_whole(notebook, pristine)
    searched = repairing._Repair(notebook, pristine).run()
    assert repair(notebook, pristine) == searched
    assert searched.changes == () and searched.doubts == {}


@pytest.mark.parametrize(
    "damage",
    {
        "a cell is gone": lambda cells: cells.pop(1),
        "a cell is new": lambda cells: cells.append(code("x = 1", "new")),
        "two changed places": lambda cells: cells.reverse(),
        "an id is another": lambda cells: cells[0].update(id="other"),
        "a mark is gone": lambda cells: cells[2].metadata.clear(),
        "a locked cell was changed": lambda cells: cells[3].update(source="pass"),
        "an example was changed": lambda cells: cells[1].update(source="import math"),
        "a text was changed": lambda cells: cells[0].update(source="# My lesson"),
        "a question was only spaced": lambda cells: cells[6].update(source="Why?   *Answer*"),
        "there is a picture": lambda cells: cells[6].update(attachments={"a.png": {"image/png": ""}}),
    }.values(),
)
def test_anything_else_is_searched(pristine, damage):
    notebook = copy.deepcopy(pristine)
    damage(notebook.cells)
    assert not repairing._is_whole(notebook, pristine)


def test_with_one_of_two_questions_answered_the_other_answer_is_searched_for(pristine):
    pristine.cells.append(nbformat.v4.new_markdown_cell("How? *Answer*", id="how", metadata=mark(True, True, "how", 1)))
    notebook = copy.deepcopy(pristine)
    cell(notebook, "why").source = "Why? Because."
    assert not repairing._is_whole(notebook, pristine)
    cell(notebook, "how").source = "How? Like this."
    assert repairing._is_whole(notebook, pristine)


@pytest.mark.parametrize("name", ["check_double", "check_triple"])
def test_a_deleted_check_comes_back_behind_its_answer(honest, pristine, name):
    honest.cells.remove(cell(honest, name))
    repaired = repair(honest, pristine)
    names = order(repaired.notebook)
    assert names.index(name) == names.index(name.removeprefix("check_")) + 1
    assert cell(repaired.notebook, name) == cell(pristine, name)
    assert repaired.changes == (f"the locked cell {name} was missing",)


def test_a_doubled_check_stands_once(honest, pristine):
    honest.cells.insert(5, copy.deepcopy(cell(honest, "check_double")))
    repaired = repair(honest, pristine)
    assert order(repaired.notebook).count("check_double") == 1
    assert "2 times" in repaired.changes[0]


def test_the_copy_of_an_answer_that_its_check_judged_counts(honest, pristine):
    later = copy.deepcopy(cell(honest, "double"))
    later.source = "def double(x):\n    return x + x"
    untouched = copy.deepcopy(cell(pristine, "double"))
    honest.cells += [later, untouched]
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "double").source == "def double(x):\n    return 2 * x"
    assert untouched.source not in sources(repaired.notebook)  # it would undo the answer
    names = order(repaired.notebook)
    assert names.index("double") < names.index("check_double") < names.index(later.source)  # which stays, as it is


def test_a_helper_in_another_answer_is_no_answer_to_an_untouched_exercise(honest, pristine):
    cell(honest, "double").source = cell(pristine, "double").source
    cell(honest, "triple").source = "def double(x):\n    return 2 * x\n\n\ndef triple(x):\n    return double(x) + x"
    repaired = repair(honest, pristine)
    assert repaired.changes == ()
    assert repaired.notebook.cells == honest.cells


def test_an_answer_written_elsewhere_takes_the_deleted_cells_place(honest, pristine):
    answer = cell(honest, "triple")
    honest.cells.remove(answer)
    honest.cells.append(code(answer.source, "elsewhere"))
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple").source == answer.source
    assert order(repaired.notebook)[-2:] == ["triple", "check_triple"]


def test_one_cell_with_every_answer(honest, pristine):
    both = "\n\n\n".join(cell(honest, name).source for name in ("double", "triple"))
    honest.cells = [c for c in honest.cells if grade_id(c) not in ("double", "triple", "check_double", "check_triple")]
    honest.cells.append(code(both, "all"))
    repaired = repair(honest, pristine)
    after = sources(repaired.notebook)
    assert after.count(both) == 1
    assert {"check(double)", "check(triple)"} <= set(after[after.index(both) + 1 :])
    assert not any("NotImplementedError" in source for source in after)


def test_an_answer_that_is_nowhere_comes_back_as_its_stub(honest, pristine):
    honest.cells.remove(cell(honest, "triple"))
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple") == cell(pristine, "triple")
    names = order(repaired.notebook)
    assert names.index("triple") < names.index("check_triple")


def test_locked_cells_are_restored(honest, pristine):
    check = cell(honest, "check_double")
    check.source = "pass"
    check.metadata.nbgrader.points = 100
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "check_double") == cell(pristine, "check_double")
    assert repaired.changes == ("the locked cell check_double was edited",)


def test_a_changed_cell_type_is_restored_with_its_text(honest, pristine):
    number = honest.cells.index(cell(honest, "why"))
    honest.cells[number] = code("Because.", "why", cell(honest, "why").metadata)
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "why").cell_type == "markdown"
    assert cell(repaired.notebook, "why").source == "Because."


def test_stripped_metadata_are_recovered(honest, pristine):
    for c in honest.cells:
        c.metadata.pop("nbgrader", None)
    repaired = repair(honest, pristine)
    assert [grade_id(c) for c in repaired.notebook.cells] == [
        None, None, "double", None, "check_double", "triple", "check_triple", "why",
    ]  # fmt: skip
    assert cell(repaired.notebook, "triple").source == "def triple(x):\n    return 3 * x"


def test_stripped_metadata_and_ids_are_recovered(honest, pristine):
    for number, c in enumerate(honest.cells):
        c.metadata.pop("nbgrader", None)
        c.id = f"new-{number}"
    repaired = repair(honest, pristine)
    assert cell(repaired.notebook, "triple").source == "def triple(x):\n    return 3 * x"
    assert cell(repaired.notebook, "check_triple")
    assert order(repaired.notebook).index("check_triple") > order(repaired.notebook).index("triple")


def test_deleted_imports_come_back(honest, pristine):
    del honest.cells[1]
    repaired = repair(honest, pristine)
    assert sources(repaired.notebook)[1] == "from grader import check"


def test_foreign_marks_are_dropped_and_ids_are_unique(honest, pristine):
    honest.cells.append(code("1", "mine", mark(True, False, "of_another_lesson", 50)))
    repaired = repair(honest, pristine)
    assert {grade_id(c) for c in repaired.notebook.cells} == {grade_id(c) for c in pristine.cells}
    ids = [c.id for c in repaired.notebook.cells]
    assert len(set(ids)) == len(ids)
    nbformat.validate(repaired.notebook)


@pytest.mark.parametrize(
    ("source", "yes"),
    [
        ("# Ten times, I think", True),
        ('"""Ten times."""', True),
        ('answer = "Ten times"', True),
        ('print(f"Ten {1} times")', True),
        ("from IPython.display import Markdown, display\n\ndisplay(Markdown('**Ten** times'))", True),
        ("%%markdown\nTen times", True),
        ("Ten times, because 2**10 is more", True),
        ("x = 1  # once", False),
        ("print('x is', x)", False),
        ("import math", False),
        ("%timeit f(1)", False),
        ("np.exp?", False),
    ],
)
def test_what_code_says_in_words(source, yes):
    assert only_words(source) is yes


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("def f(x):\n    return x", True),
        ("f = lambda x: x", True),
        ("a, f = 1, 2", True),
        ("class f:\n    pass", True),
        ("%timeit 1\ndef f(x): return x", True),
        ("def g(x):\n    f = 1", False),
        ("print(f(1))", False),
        ("f(1) == 2", False),
    ],
)
def test_what_defines_a_function(text, yes):
    assert defines(code(text, "x"), "f") is yes


# ------------------------------------------------------------------------------------------------------------ damages
# A lesson of two exercises and two questions, what may become of its notebook, and what comes of that: which exercises
# pass, which questions wait for a person, and of which exercises a person is told, should they not pass.

STUB = "def {0}(x):\n    raise NotImplementedError"
RIGHT = {"double": "def double(x):\n    return 2 * x", "triple": "def triple(x):\n    return double(x) + x"}
WRONG = {"double": "def double(x):\n    return 20 * x", "triple": "def triple(x):\n    return 30 * x"}
WORDS = {"grow": "It grows by as much as it was.", "often": "Ten times: two to the tenth is more than a thousand."}
QUESTIONS = {
    "grow": "**For 1 point.** By how much does a number grow when it is doubled, and what does that mean for a debt?\n\n",
    "often": "**For 2 points.** How often is 1 to be doubled until it is above 1000? Say how you know without trying.\n\n",
}
BOTH, ALL = {"double", "triple"}, {"grow", "often"}


def text(source, id="mine-text", metadata=None):
    return nbformat.v4.new_markdown_cell(source, id=id, metadata=metadata or {})


@pytest.fixture(scope="module")
def lesson():
    def question(name):
        return text(QUESTIONS[name] + PLACEHOLDER, name, mark(True, True, name, 1))

    cells = [
        text("# Doubling\n\nA number that is doubled again and again soon leaves every bound behind.", "cell-00"),
        code("import math\n\nfrom grader import check", "cell-01"),
        text("## Your turn: `double`\n\nWrite `double(x)`, which returns twice its argument.", "cell-02"),
        code(STUB.format("double"), "double", mark(False, True, "double")),
        code("check(double)", "check_double", mark(True, False, "check_double", 2)),
        text("Now for the next one, which may use what you have just written yourself.", "cell-05"),
        code(STUB.format("triple"), "triple", mark(False, True, "triple")),
        code("check(triple)", "check_triple", mark(True, False, "check_triple", 3)),
        text("## Questions to answer in words", "cell-08"),
        question("grow"),
        text("The next question needs a little more thought than the one before it did.", "cell-10"),
        question("often"),
        text("## Recap\n\n- To double is to add a number to itself.", "cell-12"),
        text("## Further reading\n\nThe chessboard and the grains of rice.", "cell-13"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for c in cells:
        if grade_id(c) in QUESTIONS:
            c.metadata.nbgrader.checksum = compute_checksum(c)
    return Assignment("01_doubling", notebook, {}, "build")


@pytest.fixture
def solved(lesson):
    notebook = copy.deepcopy(lesson.pristine)
    for name, answer in RIGHT.items():
        cell(notebook, name).source = answer
    for name, words in WORDS.items():
        cell(notebook, name).source = QUESTIONS[name] + words
    return notebook


def outcome(notebook, lesson):
    """What becomes of a notebook, run from top to bottom: the exercises that pass, the questions that wait, the doubts."""
    repaired = repair(notebook, lesson.pristine)
    nbformat.validate(repaired.notebook)
    graded = {grade_id(c) for c in lesson.pristine.cells if grade_id(c) and c.metadata.nbgrader.grade}
    assert graded <= grade_ids(repaired.notebook)
    passed, space = set(), {}
    for c in repaired.notebook.cells:
        judged = (grade_id(c) or "").removeprefix("check_")
        space["check"] = lambda f, judged=judged: (
            passed.add(judged) if f(1) == {"double": 2, "triple": 3}[judged] else None
        )
        if c.cell_type == "code":
            with contextlib.suppress(Exception):
                exec(c.source.replace("from grader import check", ""), space)
    waiting = {n for n in QUESTIONS if determine_grade(cell(repaired.notebook, n))[0] is None}
    return repaired, passed, waiting


def insert(notebook, name, new, below=True):
    cells = notebook.cells
    cells.insert(cells.index(cell(notebook, name)) + below, new)


def untouched(notebook, *names):
    for name in names:
        cell(notebook, name).source = QUESTIONS[name] + PLACEHOLDER if name in QUESTIONS else STUB.format(name)


def strip(notebook, *names, ids=True):
    """What an editor does: marks are gone, and ids are other ones."""
    for number, c in enumerate(notebook.cells):
        if not names or grade_id(c) in names:
            c.metadata = nbformat.from_dict({})
            c.id = f"other-{number}" if ids else c.id


def pasted(notebook, name, source, marks=True):
    new = copy.deepcopy(cell(notebook, name))
    new.id, new.source = f"pasted-{len(notebook.cells)}", source
    if not marks:
        new.metadata = nbformat.from_dict({})
    return new


def replaced(notebook, name, *new):
    number = notebook.cells.index(cell(notebook, name))
    notebook.cells[number : number + 1] = new


# -------------------------------------------------------------------------------------------------- answers in words

FOUND = "**Found {}:**"


def below_untouched(nb, kind=text, words=WORDS["often"]):
    untouched(nb, "often")
    insert(nb, "often", kind(words))


def words_in_comments(nb):
    below_untouched(nb, code, "# Ten times, since\n# 2 ** 10 is 1024")


def words_in_a_string(nb):
    below_untouched(nb, code, '"""Ten times."""')


def words_printed(nb):
    below_untouched(nb, code, 'print("Ten times.")')


def words_in_a_code_cell_that_is_no_python(nb):
    below_untouched(nb, code, "Ten times, 2**10 is more.")


def words_in_a_raw_cell(nb):
    below_untouched(nb, lambda words: nbformat.v4.new_raw_cell(words, id="raw"))


def only_a_picture(nb):
    below_untouched(nb, words="![image.png](attachment:image.png)")
    nb.cells[nb.cells.index(cell(nb, "often")) + 1].attachments = {"image.png": {"image/png": "iVBORw0KGgo="}}


def only_a_picture_that_is_not_shown(nb):
    below_untouched(nb, words="")
    nb.cells[nb.cells.index(cell(nb, "often")) + 1].attachments = {"my photo.png": {"image/png": "iVBORw0KGgo="}}


def above_the_question(nb):
    untouched(nb, "often")
    insert(nb, "often", text(WORDS["often"]), below=False)


def both_above(nb):
    untouched(nb, *ALL)
    for name in QUESTIONS:
        insert(nb, name, text(WORDS[name], f"mine-{name}"), below=False)


def both_below(nb):
    untouched(nb, *ALL)
    for name in QUESTIONS:
        insert(nb, name, text(WORDS[name], f"mine-{name}"))


def in_two_cells(nb):
    untouched(nb, "often")
    insert(nb, "often", text("and that is all.", "mine-2"))
    insert(nb, "often", text("Ten times,", "mine-1"))


def behind_the_next_heading(nb):
    untouched(nb, "often")
    nb.cells.insert(-1, text(WORDS["often"]))


def at_the_very_end(nb):
    untouched(nb, "often")
    nb.cells.append(text(WORDS["often"]))


def in_the_heading_above(nb):
    untouched(nb, "grow")
    next(c for c in nb.cells if c.id == "cell-08").source += "\n\n" + WORDS["grow"]


def in_a_second_copy_of_the_question(nb):
    untouched(nb, "often")
    insert(nb, "double", text(QUESTIONS["often"] + WORDS["often"]))


def question_deleted_answer_in_its_place(nb):
    replaced(nb, "often", text(WORDS["often"]))


def question_deleted_answer_far_away(nb):
    replaced(nb, "often")
    nb.cells.insert(2, text(WORDS["often"]))


def marks_lost(nb):
    strip(nb, *ALL)


def marks_lost_and_question_edited(nb):
    strip(nb, *ALL)
    for c in nb.cells:
        c.source = c.source.replace("is 1 to be doubled until", "must one be DOUBLED, until").replace("**", "__")


def marks_lost_and_all_text_rewrapped(nb):
    strip(nb)
    for c in nb.cells:
        if c.cell_type == "markdown":
            c.source = "\n".join(textwrap.wrap(c.source, 40))


def merged_with_its_neighbours(nb):
    number = nb.cells.index(cell(nb, "often"))
    merged = text("\n\n".join(c.source for c in nb.cells[number - 1 : number + 2]))
    nb.cells[number - 1 : number + 2] = [merged]


def both_questions_merged(nb):
    start, end = (nb.cells.index(cell(nb, name)) for name in QUESTIONS)
    first = cell(nb, "grow")
    first.source = "\n\n".join(c.source for c in nb.cells[start : end + 1])
    del nb.cells[start + 1 : end + 1]


def split_before_the_answer(nb):
    cell(nb, "often").source = QUESTIONS["often"]
    insert(nb, "often", text(WORDS["often"]))


def split_into_sentences_with_the_answer_behind(nb):
    untouched(nb, "often")
    parts = cell(nb, "often").source.replace("\n\n", " ").split(". ")
    replaced(nb, "often", *(text(part, f"part-{n}") for n, part in enumerate([*parts, "Ten times."])))


def split_and_both_marked(nb):
    cell(nb, "often").source = QUESTIONS["often"]
    insert(nb, "often", pasted(nb, "often", WORDS["often"]))


def answered_twice(nb):
    insert(nb, "often", pasted(nb, "often", QUESTIONS["often"] + "Nine times, or ten."))


def an_old_builds_marks(nb):
    for name in QUESTIONS:
        c = cell(nb, name)
        c.id = c.metadata.nbgrader.grade_id = f"{name}_of_last_year"


IN_WORDS = {
    "below": (below_untouched, "below the question", "Ten times"),
    "comments": (words_in_comments, "below the question", "Ten times"),
    "a string": (words_in_a_string, "below the question", "Ten times"),
    "printed": (words_printed, "below the question", "Ten times"),
    "no Python": (words_in_a_code_cell_that_is_no_python, "below the question", "Ten times"),
    "a raw cell": (words_in_a_raw_cell, "below the question", "Ten times"),
    "a picture": (only_a_picture, "below the question", "attachment:"),
    "a hidden picture": (only_a_picture_that_is_not_shown, "below the question", "attachment:"),
    "above": (above_the_question, "above the question", "Ten times"),
    "both above": (both_above, "above the question", "Ten times"),
    "both below": (both_below, "below the question", "Ten times"),
    "two cells": (in_two_cells, "below the question", "and that is all"),
    "behind the next heading": (behind_the_next_heading, "below the question", "Ten times"),
    "the very end": (at_the_very_end, "elsewhere in the notebook", "Ten times"),
    "another copy of the question": (in_a_second_copy_of_the_question, "elsewhere in the notebook", "Ten times"),
    "question deleted": (question_deleted_answer_in_its_place, "below the question", "Ten times"),
    "question deleted, answer far away": (question_deleted_answer_far_away, "elsewhere in the notebook", "Ten times"),
    "marks lost": (marks_lost, None, "Ten times"),
    "marks lost, question edited": (marks_lost_and_question_edited, None, "Ten times"),
    "all rewrapped": (marks_lost_and_all_text_rewrapped, None, "Ten"),
    "merged with its neighbours": (merged_with_its_neighbours, None, "Ten times"),
    "both questions merged": (both_questions_merged, "elsewhere in the notebook", "Ten times"),
    "split": (split_before_the_answer, "below the question", "Ten times"),
    "split into sentences": (split_into_sentences_with_the_answer_behind, "below the question", "Ten times"),
    "split, both marked": (split_and_both_marked, None, "Ten times"),
    "answered twice": (answered_twice, "in another copy of this cell", "Ten times"),
    "an old build's marks": (an_old_builds_marks, None, "Ten times"),
}


@pytest.mark.parametrize("name", IN_WORDS)
def test_words_that_may_be_an_answer_wait_for_a_person_who_sees_them(solved, lesson, name):
    damage, where, shown = IN_WORDS[name]
    own = [c.source for c in solved.cells]
    damage(solved)
    before = [c.source for c in solved.cells if c.source not in own]
    repaired, passed, waiting = outcome(solved, lesson)
    assert passed == BOTH
    assert waiting == ALL
    answer = cell(repaired.notebook, "often")
    assert shown in answer.source
    assert (FOUND.format(where) in answer.source) == bool(where)
    assert all(words in answer.source or words not in shown for words in WORDS["grow"])
    assert WORDS["grow"] not in answer.source or name == "both questions merged"
    for words in before:  # what is the student's own stays where it is, too
        assert any(words.strip() in c.source for c in repaired.notebook.cells)
    for reference in re.findall(r"attachment:([^)]+)", answer.source):
        assert reference in answer.attachments


def test_words_in_the_heading_above_a_question_wait(solved, lesson):
    in_the_heading_above(solved)
    repaired, _, waiting = outcome(solved, lesson)
    assert waiting == ALL
    assert WORDS["grow"] in cell(repaired.notebook, "grow").source


def blanks_only(nb):
    cell(nb, "often").source = "\n" + (QUESTIONS["often"] + PLACEHOLDER).replace(". ", ".  ") + " \n\n"


def code_below(nb):
    untouched(nb, "often")
    insert(nb, "often", code("x = 1\nwhile x < 1000:\n    x *= 2  # again", "mine"))


def lines_that_tools_leave(nb):
    untouched(nb, "often")
    insert(nb, "often", text("<!-- #region -->", "mine-1"))
    insert(nb, "often", text("---\n\n", "mine-2"))


def notes_elsewhere(nb):
    untouched(nb, "often")
    insert(nb, "double", text("I should read this again."))


def untouched_and_marks_lost(nb):
    untouched(nb, "often")
    strip(nb, "often")


def untouched_twice(nb):
    untouched(nb, "often")
    insert(nb, "often", pasted(nb, "often", cell(nb, "often").source))


def test_words_between_an_answered_and_an_unanswered_question_are_for_the_latter(solved, lesson):
    untouched(solved, "often")
    insert(solved, "grow", text("More of my first answer, or my second."))
    repaired, _, waiting = outcome(solved, lesson)
    assert waiting == ALL
    assert FOUND.format("above the question") in cell(repaired.notebook, "often").source
    assert cell(repaired.notebook, "grow").source == QUESTIONS["grow"] + WORDS["grow"]


@pytest.mark.parametrize(
    "damage",
    [blanks_only, code_below, lines_that_tools_leave, notes_elsewhere, untouched_and_marks_lost, untouched_twice],
)
def test_where_nothing_was_said_nobody_is_asked(solved, lesson, damage):
    damage(solved)
    repaired, passed, waiting = outcome(solved, lesson)
    assert passed == BOTH
    assert waiting == {"grow"}
    assert cell(repaired.notebook, "often").source == cell(lesson.pristine, "often").source


def test_an_answer_with_the_placeholder_left_and_one_without_its_question_stay_as_they_are(solved, lesson):
    cell(solved, "grow").source = QUESTIONS["grow"] + PLACEHOLDER + "\n\nMine."
    cell(solved, "often").source = "<!-- ten -->"
    repaired, _, waiting = outcome(solved, lesson)
    assert waiting == ALL
    assert repaired.changes == ()


# ---------------------------------------------------------------------------------------------------- answers in code


def solved_then_stub(nb, marks=True):
    insert(nb, "check_double", pasted(nb, "double", STUB.format("double"), marks))


def solved_then_stub_without_marks(nb):
    solved_then_stub(nb, marks=False)


def stub_then_solved(nb, marks=True):
    insert(nb, "check_double", pasted(nb, "double", RIGHT["double"], marks))
    untouched(nb, "double")


def stub_then_solved_without_marks(nb):
    stub_then_solved(nb, marks=False)


def solved_before_the_stub(nb, marks=True):
    insert(nb, "double", pasted(nb, "double", RIGHT["double"], marks), below=False)
    nb.cells[nb.cells.index(cell(nb, "check_double")) - 1].source = STUB.format("double")


def solved_before_the_stub_without_marks(nb):
    solved_before_the_stub(nb, marks=False)


def tried_on_at_the_end(nb):
    nb.cells.append(pasted(nb, "double", WRONG["double"]))


def tried_before_the_right_one(nb):
    insert(nb, "double", pasted(nb, "double", WRONG["double"]), below=False)


def right_one_again_after_a_trial(nb):
    insert(nb, "check_double", pasted(nb, "double", RIGHT["double"]))
    insert(nb, "check_double", pasted(nb, "double", WRONG["double"]))


def check_before_its_answer(nb):
    check = cell(nb, "check_double")
    nb.cells.remove(check)
    insert(nb, "double", check, below=False)


def checks_at_the_top(nb):
    checks = [cell(nb, f"check_{name}") for name in RIGHT]
    nb.cells = [*checks, *(c for c in nb.cells if c not in checks)]


def all_code_in_one_cell(nb):
    merged = "\n\n".join(c.source for c in nb.cells if c.cell_type == "code")
    nb.cells = [*(c for c in nb.cells if c.cell_type != "code"), code(merged, "all")]


def answer_in_its_check(nb):
    cell(nb, "check_double").source = f"{RIGHT['double']}\n\n\ncheck(double)"
    untouched(nb, "double")


def answer_in_a_text_cell(nb):
    replaced(nb, "double", text(f"```python\n{RIGHT['double']}\n```"))


def answer_in_a_raw_cell(nb):
    replaced(nb, "double", nbformat.v4.new_raw_cell(RIGHT["double"], id="raw", metadata=cell(nb, "double").metadata))


def split_off_a_helper(nb):
    helper = pasted(nb, "double", "def twice(x):\n    return x + x")
    cell(nb, "double").source = "def double(x):\n    return twice(x)"
    insert(nb, "double", helper, below=False)


def a_helper_written_into_a_check(nb):
    cell(nb, "double").source = "def double(x):\n    return twice(x)"
    cell(nb, "check_double").source = "def twice(x):\n    return x + x\n\n\ncheck(double)"


def check_twice(nb):
    insert(nb, "check_double", pasted(nb, "check_double", "check(double)"))


def checks_with_the_mark_of_another(nb):
    cell(nb, "check_triple").metadata.nbgrader.grade_id = "check_double"


def everything_stripped(nb):
    strip(nb)


def everything_stripped_and_imports_deleted(nb):
    cell(nb, "double").source = "def double(x):\n    return math.prod([2, x])"
    strip(nb)
    del nb.cells[1]


def a_tools_comment_in_the_stub(nb):
    stub_then_solved(nb)
    cell(nb, "double").source = f"#| export\n{STUB.format('double')}  # still to do"


def everything_twice_solved_first(nb):
    again = copy.deepcopy(nb)
    untouched(again, *ALL, *BOTH)
    nb.cells += [*again.cells]


def everything_twice_solved_last(nb):
    again = copy.deepcopy(nb)
    untouched(again, *ALL, *BOTH)
    nb.cells = [*again.cells, *nb.cells]


def everything_twice_without_marks(nb):
    everything_twice_solved_last(nb)
    strip(nb)


def answers_alone(nb):
    nb.cells = [code("\n\n".join(RIGHT.values()), "all")]


@pytest.mark.parametrize(
    "damage",
    [
        solved_then_stub, solved_then_stub_without_marks, stub_then_solved, stub_then_solved_without_marks,
        solved_before_the_stub, solved_before_the_stub_without_marks, tried_on_at_the_end, tried_before_the_right_one,
        right_one_again_after_a_trial, check_before_its_answer, checks_at_the_top, all_code_in_one_cell,
        answer_in_its_check, answer_in_a_text_cell, answer_in_a_raw_cell, split_off_a_helper,
        a_helper_written_into_a_check, check_twice, checks_with_the_mark_of_another, everything_stripped,
        everything_stripped_and_imports_deleted, a_tools_comment_in_the_stub, everything_twice_solved_first,
        everything_twice_solved_last, everything_twice_without_marks, answers_alone,
    ],
)  # fmt: skip
def test_a_right_answer_keeps_its_points(solved, lesson, damage):
    damage(solved)
    repaired, passed, _ = outcome(solved, lesson)
    assert passed == BOTH
    assert repaired.changes
    assert lesson.fit(solved, {}).belongs


def the_right_one_came_later(nb):
    cell(nb, "double").source = WRONG["double"]
    nb.cells.append(pasted(nb, "double", RIGHT["double"]))


def the_wrong_one_has_a_check_of_its_own(nb):
    insert(nb, "check_double", pasted(nb, "check_double", "check(double)"))
    insert(nb, "check_double", pasted(nb, "double", WRONG["double"]))


def another_answer_between_two_checks(nb):
    cell(nb, "double").source = WRONG["double"]
    insert(nb, "check_double", pasted(nb, "check_double", "check(double)"))
    insert(nb, "check_double", code(RIGHT["double"], "mine"))


def the_name_is_used_for_something_else(nb):
    insert(nb, "double", code("for double in range(3):\n    print(double)", "mine"))


@pytest.mark.parametrize(
    "damage",
    [
        the_right_one_came_later, the_wrong_one_has_a_check_of_its_own, another_answer_between_two_checks,
        the_name_is_used_for_something_else,
    ],
)  # fmt: skip
def test_where_points_may_be_lost_a_person_is_told_also_of_what_uses_the_answer(solved, lesson, damage):
    damage(solved)
    repaired, passed, _ = outcome(solved, lesson)
    assert "double" not in passed
    assert set(repaired.doubts) == BOTH
    assert "double" in repaired.doubts["triple"]


def test_an_instructors_own_tests_judge_the_answer_above_them(solved, lesson):
    own = [
        code(STUB.format("half"), "half", mark(False, True, "half")),
        code("assert half(2) == 1", "half_of_two", mark(True, False, "half_of_two", 1)),
        code("assert half(4) == 2", "half_of_four", mark(True, False, "half_of_four", 1)),
    ]
    pristine = nbformat.v4.new_notebook(cells=[*lesson.pristine.cells, *copy.deepcopy(own)])
    solved.cells += own
    cell(solved, "half").source = "def half(x):\n    return x / 2"
    solved.cells.append(pasted(solved, "half", "def half(x):\n    return x // 3"))
    repaired = repair(solved, pristine)
    assert cell(repaired.notebook, "half").source == "def half(x):\n    return x / 2"
    assert order(repaired.notebook)[-4:-1] == ["half", "half_of_two", "half_of_four"]
    assert set(repaired.doubts) == {"half"}


def test_what_stands_between_an_answer_and_its_check_runs_as_in_plain_nbgrader(solved, lesson):
    untouched(solved, "double")
    insert(solved, "double", code(RIGHT["double"], "mine"))
    insert(solved, "check_double", code(WRONG["double"], "mine-2"))
    repaired, passed, _ = outcome(solved, lesson)
    assert passed == {"double"}
    assert repaired.changes == ()


# -------------------------------------------------------------------------------------------------- whose notebook it is

KNOWN = {"01_doubling": {"double", "check_double", "triple", "check_triple", *ALL}, "02_next": {"halve", "check_halve"}}


def next_lessons(count=2):
    names = ("halve", "check_halve")[:count]
    return [code(f"# {name}", name, mark(name != "halve", name == "halve", name)) for name in names]


def test_cells_of_two_lessons_count_for_the_one_that_was_handed_in(solved, lesson):
    solved.cells += next_lessons()
    fit = lesson.fit(solved, KNOWN)
    assert fit.belongs
    assert fit.foreign == {"02_next": 2}


def test_a_cell_of_this_lesson_makes_another_lessons_notebook_not_this_ones(solved, lesson):
    notebook = nbformat.v4.new_notebook(cells=[*next_lessons(), copy.deepcopy(cell(solved, "double"))])
    assert not lesson.fit(notebook, KNOWN).belongs


@pytest.mark.parametrize("cells", [[], [code(RIGHT["double"], "a"), text("# My own work", "b")], next_lessons()])
def test_another_notebook_is_not_repaired(lesson, cells):
    assert not lesson.fit(nbformat.v4.new_notebook(cells=cells), KNOWN).belongs


def test_answers_alone_are_told_apart_from_a_notebook(solved, lesson):
    assert not lesson.fit(solved, KNOWN).answers_alone
    answers_alone(solved)
    assert lesson.fit(solved, KNOWN).answers_alone


def test_text_alone_makes_a_blank_notebook_without_marks_the_lessons(lesson):
    notebook = copy.deepcopy(lesson.pristine)
    strip(notebook)
    fit = lesson.fit(notebook, KNOWN)
    assert fit.belongs
    assert fit.text == 1
    assert repair(notebook, lesson.pristine).blank
