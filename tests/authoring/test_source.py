"""A lesson's source is checked; every error names the file and the line."""

import pytest

from grader.authoring.source import SourceError, read_lesson

RIGHT = """\
# %% [markdown]
# # 03 · Gates

# %%
import gru_ref
from grader import check


# %% solution="sigmoid"
def sigmoid(a):
    ### BEGIN SOLUTION
    return gru_ref.sigmoid(a)
    ### END SOLUTION


# %% check="sigmoid" points=2
check(sigmoid)

# %% [markdown] written="why" points=8
# Why?
#
# ### BEGIN SOLUTION
# Because.
#
# **Rubric**
#
# - 8 points: a reason
# ### END SOLUTION

# %% raises=true
1 / 0
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    from grader.authoring import source
    from grader.exercises import find

    monkeypatch.setattr(source, "bank", lambda: {"03_gates": {"sigmoid": find("sigmoid")}})

    def read(text):
        path = tmp_path / "03_gates.py"
        path.write_text(text, encoding="utf-8")
        return read_lesson(path)

    return read


def test_a_right_source_becomes_a_notebook_with_ids_and_points(read):
    lesson = read(RIGHT)
    assert lesson.title == "03 · Gates"
    notebook = lesson.notebook()
    assert [cell.id for cell in notebook.cells] == ["cell-00", "cell-01", "sigmoid", "check_sigmoid", "why", "cell-05"]
    solution, check, written = (cell.metadata.nbgrader for cell in notebook.cells[2:5])
    assert (solution.solution, solution.grade, solution.locked) == (True, False, False)
    assert (check.solution, check.grade, check.locked, check.points) == (False, True, True, 2)
    assert (written.solution, written.grade, written.locked, written.points) == (True, True, False, 8)
    tagged = [cell.id for cell in notebook.cells if cell.metadata.get("tags") == ["raises-exception"]]
    assert tagged == ["check_sigmoid", "cell-05"], "Run All stops at no other error than one that is nobody's plan"


def test_the_rubric_is_read_from_a_written_answer(read):
    assert [cell.rubric for cell in read(RIGHT).cells if cell.rubric] == ["- 8 points: a reason"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('solution="sigmoid"', 'solution="sigmoid" colour="red"', 9, "unknown marker 'colour'"),
        ('solution="sigmoid"', 'solution="sigmoyd"', 9, "no exercise 'sigmoyd'"),
        ('check="sigmoid" points=2', 'check="sigmoid"', 16, "only check and written cells have points"),
        ('check="sigmoid" points=2', 'check="sigmoid" points=0', 16, "points=0"),
        ('check="sigmoid" points=2', 'check="sigmoid" points=3', 1, "the points add up to 11"),
        ('check="sigmoid" points=2', 'check="sigmoid" points=2 written="x"', 16, "not both"),
        ("    ### END SOLUTION\n", "", 9, "one `### BEGIN SOLUTION` and one `### END SOLUTION`"),
        ("# **Rubric**", "# Rubric", 19, "needs its rubric"),
        ("check(sigmoid)", "check(sigmoid", 17, "not Python"),
        ("check(sigmoid)", "### BEGIN SOLUTION", 16, "no SOLUTION region"),
        ('[markdown] written="why"', 'written="why"', 19, "markdown"),
        ('# %% check="sigmoid" points=2\ncheck(sigmoid)\n', "", 1, "exercise 'sigmoid' has no cell with check="),
        ("# %% raises=true", '# %% solution="sigmoid"', 30, "one `### BEGIN SOLUTION`"),
        ("# %% [markdown]\n# # 03", "# # 03", 1, "the first line should start a cell"),
    ],
)
def test_a_wrong_source_is_refused_with_file_and_line(read, tmp_path, old, new, line, says):
    assert old in RIGHT
    with pytest.raises(SourceError) as raised:
        read(RIGHT.replace(old, new, 1))
    assert str(raised.value).startswith(f"{tmp_path / '03_gates.py'}:{line}: "), raised.value
    assert says in str(raised.value)


def test_a_class_may_have_a_solution_in_each_method(read):
    region = RIGHT[RIGHT.index("    ### BEGIN SOLUTION\n") : RIGHT.index("    ### END SOLUTION\n")]
    read(RIGHT.replace(region, f"{region}    ### END SOLUTION\n\n{region}", 1))
    with pytest.raises(SourceError, match="one `### BEGIN SOLUTION`"):
        read(RIGHT.replace(region, region + region, 1))


def test_a_name_may_stand_only_once(read):
    again = RIGHT + '\n# %% check="sigmoid" points=2\ncheck(sigmoid)\n'
    with pytest.raises(SourceError, match="is already on line 16"):
        read(again)


def test_a_check_comes_after_its_exercise(read):
    start, end = RIGHT.index('# %% solution="sigmoid"'), RIGHT.index('# %% check="sigmoid"')
    swapped = RIGHT[:start] + '# %% check="sigmoid" points=2\ncheck(sigmoid)\n\n' + RIGHT[start:end] + RIGHT[end:]
    with pytest.raises(SourceError, match="comes before solution="):
        read(swapped)
