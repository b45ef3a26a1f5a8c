"""A learner's work goes into the next version of a notebook: answers, cells of their own, changed examples."""

import nbformat
import pytest

from grader.base.wording import PLACEHOLDER
from grader.learner.carry import NoNotebook, best_base, bytes_of, carry, notebook_from
from grader.notebook.reading import grade_id

STUB = 'def {0}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError("{0} is yours to write.")'
QUESTION = "**For 2 points.** Why does a network need two gates, and not one alone? Say it in three sentences."


def text(source, **more):
    return nbformat.v4.new_markdown_cell(source, **more)


def code(source, **more):
    return nbformat.v4.new_code_cell(source, **more)


def marked(cell, name, locked=False):
    cell.id = name
    cell.metadata = nbformat.from_dict(
        {
            "nbgrader": {"grade_id": name, "solution": not locked, "locked": locked, "grade": locked},
            "deletable": False,
            **({"editable": False} if locked else {}),
        }
    )
    return cell


def answer(name, source=None):
    return marked(code(source or STUB.format(name)), name)


def check(name):
    return marked(code(f"check({name})"), f"check_{name}", locked=True)


def question(name="why", source=QUESTION):
    return marked(text(f"{source}\n\n{PLACEHOLDER}"), name)


def lesson(*cells):
    for number, cell in enumerate(cells):
        if not grade_id(cell):
            cell.id = f"cell-{number:02d}"
    return nbformat.v4.new_notebook(cells=list(cells))


def handed_out():
    return lesson(
        text("# 03 · Gates"), code("import numpy as np\nfrom grader import check, hint"),
        text("A gate lets a part of a number through."), code("for z in [0.1, 0.5]:\n    print(z * 8.0)"),
        text("## Your turn: `gate`"), answer("gate"), check("gate"),
        text("## Your turn: `sigmoid`"), answer("sigmoid"), check("sigmoid"), question(),
    )  # fmt: skip


def newer():
    """The same lesson with a paragraph more, one example changed and one exercise more."""
    return lesson(
        text("# 03 · Gates"), text("**Time**: 45 minutes."), code("import numpy as np\nfrom grader import check, hint"),
        text("A gate lets a part of a number through."), code("for z in [0.1, 0.5]:\n    print(z * 8.0)"),
        text("## Your turn: `gate`, easy"), answer("gate"), check("gate"), text("## Your turn: `reset`"),
        answer("reset"), check("reset"), text("## Your turn: `sigmoid`"), answer("sigmoid"), check("sigmoid"), question(),
    )  # fmt: skip


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def sources(notebook):
    return [cell.source for cell in notebook.cells]


MINE = "def gate(x):\n    return x * 0.5  # mine"


def test_what_nobody_touched_becomes_the_new_version():
    found = carry(handed_out(), handed_out(), newer())
    assert sources(found.notebook) == sources(newer())
    assert (found.answers, found.own, found.remarks) == ((), 0, ())


def test_answers_go_into_the_new_versions_cells():
    mine = handed_out()
    by_id(mine)["gate"].source = MINE
    by_id(mine)["why"].source = f"{QUESTION}\n\nBecause one keeps and the other forgets."
    found = carry(mine, handed_out(), newer())
    cells = by_id(found.notebook)
    assert cells["gate"].source == MINE
    assert cells["gate"].metadata == by_id(newer())["gate"].metadata
    assert cells["why"].source.endswith("\n\nBecause one keeps and the other forgets.")
    assert cells["sigmoid"].source == STUB.format("sigmoid") and "reset" in cells
    assert (found.answers, found.own, found.remarks) == (("gate", "why"), 0, ())


def test_cells_of_ones_own_stay_behind_the_cell_that_they_stood_behind():
    mine = handed_out()
    for below, cell in [
        ("cell-00", text("My name")), ("cell-03", code("2 + 2", id="abc")), ("gate", code("gate(3)")),
        ("why", text("The end")),
    ]:  # fmt: skip
        mine.cells.insert(next(n for n, c in enumerate(mine.cells) if c.id == below) + 1, cell)
    mine.cells.insert(0, text("At the very top"))
    mine.cells.append(code(""))
    found = carry(mine, handed_out(), newer())
    told = sources(found.notebook)
    assert found.own == 5 and found.remarks == ()
    assert told[0] == "At the very top" and told[-1] == "The end"
    for before, own in [
        ("# 03 · Gates", "My name"), ("for z in [0.1, 0.5]:\n    print(z * 8.0)", "2 + 2"), (STUB.format("gate"), "gate(3)"),
    ]:  # fmt: skip
        assert told.index(own) == told.index(before) + 1
    assert [s for s in told if s not in ("At the very top", "My name", "2 + 2", "gate(3)", "The end")] == sources(
        newer()
    )
    assert "abc" in by_id(found.notebook)
    nbformat.validate(found.notebook)


def test_a_changed_example_stays_changed_where_the_lesson_left_it():
    mine = handed_out()
    by_id(mine)["cell-03"].source = "for z in [0.1, 0.5, 0.99]:\n    print(z * 8.0)"
    found = carry(mine, handed_out(), newer())
    assert "for z in [0.1, 0.5, 0.99]:\n    print(z * 8.0)" in sources(found.notebook)
    assert "for z in [0.1, 0.5]:\n    print(z * 8.0)" not in sources(found.notebook)
    assert found.remarks == ()


def test_where_both_changed_an_example_the_lessons_stands_there_and_it_is_said():
    mine, new = handed_out(), newer()
    by_id(mine)["cell-03"].source = "for z in [0.1, 0.5, 0.99]:\n    print(z * 8.0)"
    by_id(new)["cell-04"].source = "for z in [0.1, 0.5]:\n    print(f'{z * 8.0:.2f}')"
    found = carry(mine, handed_out(), new)
    assert sources(found.notebook) == sources(new)
    (remark,) = found.remarks
    assert "you and the lesson have both changed" in remark and "for z in [0.1, 0.5]:" in remark


def test_an_answer_that_the_lesson_asks_for_no_more_becomes_a_cell_of_ones_own():
    mine, new = handed_out(), newer()
    by_id(mine)["sigmoid"].source = "def sigmoid(x):\n    return x"
    new.cells = [cell for cell in new.cells if cell.id not in ("sigmoid", "check_sigmoid")]
    found = carry(mine, handed_out(), new)
    own = next(cell for cell in found.notebook.cells if cell.source == "def sigmoid(x):\n    return x")
    assert "nbgrader" not in own.metadata and "deletable" not in own.metadata
    assert found.own == 1 and "no longer has `sigmoid`" in found.remarks[0]


def test_a_question_in_other_words_keeps_the_answer_below():
    mine, new = handed_out(), newer()
    by_id(mine)["why"].source = f"{QUESTION}\n\nBecause one keeps and the other forgets."
    by_id(new)["why"].source = f"**For 3 points.** What are two gates good for?\n\n{PLACEHOLDER}"
    found = carry(mine, handed_out(), new)
    assert by_id(found.notebook)["why"].source == (
        "**For 3 points.** What are two gates good for?\n\nBecause one keeps and the other forgets."
    )
    assert "`why` is now worded differently" in found.remarks[0]


def test_an_answer_whose_frame_has_changed_is_carried_and_it_is_said():
    mine, new = handed_out(), newer()
    by_id(mine)["gate"].source = MINE
    by_id(new)["gate"].source = STUB.format("gate").replace("(x)", "(x, h)")
    found = carry(mine, handed_out(), new)
    assert by_id(found.notebook)["gate"].source == MINE
    assert found.remarks == ("`gate` now takes different arguments: see the lesson's text, and its check",)


def test_a_stub_that_says_it_otherwise_is_no_change():
    mine, new = handed_out(), newer()
    by_id(mine)["gate"].source = MINE
    by_id(new)[
        "gate"
    ].source = 'def gate(x):\n    """Shorter."""\n    # YOUR CODE HERE. Stuck? Run hint(gate)\n    raise NotImplementedError("yours")'
    assert carry(mine, handed_out(), new).remarks == ()


def test_results_stay_where_the_code_did():
    mine, new = handed_out(), newer()
    for cell in mine.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text=cell.source)]
            cell.execution_count = 7
    by_id(mine)["gate"].source = MINE
    by_id(new)["cell-04"].source = "for z in [0.1]:\n    print(z * 8.0)"
    cells = by_id(carry(mine, handed_out(), new).notebook)
    assert cells["gate"].outputs and cells["check_gate"].outputs and cells["cell-02"].outputs
    assert cells["check_gate"].execution_count == 7
    assert cells["cell-04"].outputs == [] and cells["reset"].outputs == []


@pytest.mark.parametrize("lost", ["marks", "ids", "both"])
def test_what_an_editor_stripped_is_known_by_the_rest(lost):
    mine = handed_out()
    by_id(mine)["gate"].source = MINE
    by_id(mine)["why"].source = f"{QUESTION}\n\nBecause one keeps and the other forgets."
    mine.cells.insert(4, text("My note"))
    for number, cell in enumerate(mine.cells):
        if lost != "ids":
            cell.metadata = nbformat.from_dict({})
        if lost != "marks":
            cell.id = f"other-{number}"
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["gate"].source == MINE
    assert by_id(found.notebook)["why"].source.endswith("the other forgets.")
    assert sorted(found.answers) == ["gate", "why"] and found.own == 1
    assert len(found.notebook.cells) == len(newer().cells) + 1


def test_of_a_split_answer_both_parts_stay():
    """JupyterLab gives both parts the mark, and the second one the id."""
    mine = handed_out()
    part = answer("gate", "def half(x):\n    return x / 2")
    part.id = "d41d8cd9"
    by_id(mine)["gate"].source = "def gate(x):\n    return half(x)"
    mine.cells.insert(5, part)
    found = carry(mine, handed_out(), newer())
    told = sources(found.notebook)
    assert by_id(found.notebook)["gate"].source == "def gate(x):\n    return half(x)"
    assert told.index("def half(x):\n    return x / 2") < told.index("def gate(x):\n    return half(x)")
    assert [grade_id(cell) for cell in found.notebook.cells].count("gate") == 1


def test_a_pasted_copy_of_the_stub_does_not_undo_the_answer():
    mine = handed_out()
    by_id(mine)["gate"].source = MINE
    pasted = answer("gate")
    pasted.id = "d41d8cd9"
    mine.cells.insert(6, pasted)
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["gate"].source == MINE
    assert STUB.format("gate") not in sources(found.notebook)


def test_an_answer_in_a_cell_of_its_own_takes_the_deleted_ones_place():
    mine = handed_out()
    mine.cells = [cell for cell in mine.cells if cell.id != "gate"]
    mine.cells.insert(5, code(MINE, id="mine"))
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["gate"].source == MINE
    assert STUB.format("gate") not in sources(found.notebook)


LONG = """

First, *one* gate keeps:

$$
z = \\sigma(a)
$$

| gate | what it does |
|------|--------------|
| z    | keeps        |

---

```python
for z in [0.1, 0.5]:
    print(z * 8.0)
```

    indented, with two spaces at its end:\x20\x20
A gate lets a part of a number through.
"""


@pytest.mark.parametrize("below", ["", "\n\n*Not more than five lines.*"], ids=["last", "something below"])
def test_an_answer_to_a_question_in_other_words_stays_byte_for_byte(below):
    mine, base, new = handed_out(), handed_out(), newer()
    by_id(base)["why"].source += below
    by_id(mine)["why"].source = f"{QUESTION}\n\n{LONG}{below}"
    by_id(new)["why"].source = f"What are two gates good for?\n\n{PLACEHOLDER}{below}"
    found = carry(mine, base, new)
    assert by_id(found.notebook)["why"].source == f"What are two gates good for?\n\n{LONG}{below}"
    assert found.answers == ("why",)


@pytest.mark.parametrize(
    "before", [QUESTION, f"{QUESTION}\n", f"{QUESTION}\n{PLACEHOLDER}  \n", f"  {QUESTION}\n\n"],
    ids=["no line between", "one line break", "placeholder left", "indented"],
)  # fmt: skip
def test_of_a_question_laid_out_otherwise_only_its_own_first_lines_go(before):
    mine, new = handed_out(), newer()
    by_id(mine)["why"].source = f"{before}\n{LONG.strip()}\n\n{QUESTION}"
    by_id(new)["why"].source = f"What are two gates good for?\n\n{PLACEHOLDER}"
    told = by_id(carry(mine, handed_out(), new).notebook)["why"].source
    assert told == f"What are two gates good for?\n\n{LONG.strip()}\n\n{QUESTION}"


def test_a_new_question_without_a_place_gets_the_answer_below():
    mine, new = handed_out(), newer()
    by_id(mine)["why"].source = f"{QUESTION}\n\n{LONG}"
    by_id(new)["why"].source = "What are two gates good for?"
    assert by_id(carry(mine, handed_out(), new).notebook)["why"].source == f"What are two gates good for?\n\n{LONG}"


@pytest.mark.parametrize("question_changed", [False, True])
@pytest.mark.parametrize("said", ["A gate lets a part of a number through.", "$$\n+\n$$"])
def test_an_answer_of_the_lessons_own_lines_is_an_answer(said, question_changed):
    mine, new = handed_out(), newer()
    by_id(mine)["why"].source = f"{QUESTION}\n\n{said}"
    if question_changed:
        by_id(new)["why"].source = f"What are two gates good for?\n\n{PLACEHOLDER}"
    found = carry(mine, handed_out(), new)
    assert by_id(found.notebook)["why"].source.endswith(f"?\n\n{said}" if question_changed else f"\n\n{said}")
    assert found.answers == ("why",)


@pytest.mark.parametrize("source", [f"{QUESTION}  \n\n\n{PLACEHOLDER}\n", QUESTION, ""])
def test_a_question_without_an_answer_gets_its_new_words_and_none(source):
    mine, new = handed_out(), newer()
    by_id(mine)["why"].source = source
    by_id(new)["why"].source = f"What are two gates good for?\n\n{PLACEHOLDER}"
    found = carry(mine, handed_out(), new)
    assert sources(found.notebook) == sources(new)
    assert (found.answers, found.remarks) == ((), ())


def test_a_picture_alone_is_an_answer():
    mine, new = handed_out(), newer()
    by_id(mine)["why"].attachments = {"a.png": {"image/png": "aaaa"}}
    by_id(new)["why"].source = f"What are two gates good for?\n\n{PLACEHOLDER}"
    found = carry(mine, handed_out(), new)
    assert by_id(found.notebook)["why"].attachments == {"a.png": {"image/png": "aaaa"}}
    assert found.answers == ("why",)


@pytest.mark.parametrize("split", [QUESTION, f"{QUESTION}\n\n"])
def test_of_a_split_question_the_answers_part_counts(split):
    mine = handed_out()
    part = question()
    part.id, part.source = "d41d8cd9", split
    by_id(mine)["why"].source = "One keeps, one forgets."
    mine.cells.insert(-1, part)
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["why"].source == "One keeps, one forgets."
    assert (found.own, found.remarks) == (0, ())


NOTED = STUB.format("gate").replace("    raise", "    # First 0.5, then times x.\n    raise")


def test_comments_in_a_cell_that_is_not_finished_stay():
    mine = handed_out()
    by_id(mine)["gate"].source = NOTED
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["gate"].source == NOTED and found.answers == ("gate",)


def test_a_stub_that_is_the_new_ones_already_is_no_answer():
    mine, new = handed_out(), newer()
    by_id(mine)["gate"].source = by_id(new)["gate"].source = NOTED
    assert carry(mine, handed_out(), new).answers == ()


def test_comments_in_a_copy_of_the_stub_do_not_undo_the_answer_and_it_is_said():
    mine = handed_out()
    by_id(mine)["gate"].source = MINE
    pasted = answer("gate", NOTED)
    pasted.id = "d41d8cd9"
    mine.cells.insert(6, pasted)
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["gate"].source == MINE
    assert NOTED not in sources(found.notebook)
    assert found.remarks == ("a second cell of `gate` held no answer: your changes in it were not carried over",)


def test_a_locked_cell_is_the_lessons_and_it_is_said():
    mine = handed_out()
    by_id(mine)["check_gate"].source = "check(gate)  # passes"
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["check_gate"].source == "check(gate)"
    assert found.remarks == ("you have changed the cell “check(gate)”, which is locked: it is now the lesson's again",)
    new = newer()
    by_id(new)["check_gate"].source = "check(gate)  # passes"
    assert carry(mine, handed_out(), new).remarks == ()


def test_a_changed_locked_cell_that_the_lesson_has_no_more_becomes_ones_own():
    mine, new = handed_out(), newer()
    by_id(mine)["check_gate"].source = "check(gate)\nprint('fine')"
    new.cells = [cell for cell in new.cells if cell.id != "check_gate"]
    found = carry(mine, handed_out(), new)
    assert "check(gate)\nprint('fine')" in sources(found.notebook) and "no longer" in found.remarks[0]


def test_pictures_pasted_into_an_answer_come_along():
    mine = handed_out()
    by_id(mine)["why"].source = f"{QUESTION}\n\n![](attachment:a.png)"
    by_id(mine)["why"].attachments = {"a.png": {"image/png": "aaaa"}}
    found = carry(mine, handed_out(), newer())
    assert by_id(found.notebook)["why"].attachments == {"a.png": {"image/png": "aaaa"}}


def test_a_notebook_goes_through_its_bytes():
    mine = handed_out()
    assert notebook_from(bytes_of(mine)) == mine
    assert notebook_from("\ufeff".encode() + bytes_of(mine)) == mine


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff", b'{"cells": [1], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', b'{"nbformat": 4}',
     b'{"cells": [{"cell_type": "raw", "id": "a", "metadata": {}, "source": "\\ud800"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'],
)  # fmt: skip
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(NoNotebook, match="cannot be read as a notebook"):
        notebook_from(data)


def test_the_version_that_somebody_began_with_is_found_by_its_text():
    mine = handed_out()
    by_id(mine)["gate"].source = MINE
    mine.cells.append(code("my own"))
    versions = [bytes_of(newer()), b"no notebook", bytes_of(lesson(text("quite another"))), bytes_of(handed_out())]
    assert best_base(bytes_of(mine), versions) == 3
    assert best_base(bytes_of(newer()), versions) == 0
    almost = newer()
    by_id(almost)["cell-05"].source = "## Your turn: `gate`"  # one cell as it once was may be the learner's doing
    assert best_base(bytes_of(almost), versions) == 0
    assert best_base(b"", versions) == 0
