"""Executed lessons: run once, again after a change, and a lesson that fails says where."""

import shutil

import pytest

from grader.publishing import executed as module
from grader.publishing.executed import LessonFailed, executed

LESSON = """# %% [markdown]
# # 90 · Try
# %%
print({})

# %% [markdown] written="why" points=10
# **Why?**
#
# ### BEGIN SOLUTION
# Because.
#
# **Rubric**
#
# - 10: it says why
# ### END SOLUTION
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "gru_ref").mkdir()
    (tmp_path / "gru_ref" / "a.py").write_text("x = 1")
    return tmp_path


@pytest.fixture
def runs(monkeypatch):
    counted = []
    true = module._run
    monkeypatch.setattr(module, "_run", lambda *args: counted.append(args) or true(*args))
    return counted


def write(course, text):
    path = course / "solutions" / "90_try.py"
    path.write_text(LESSON.format(text))
    return path


def output(notebook):
    return "".join(o.text for c in notebook.cells if c.cell_type == "code" for o in c.outputs)


def test_a_lesson_is_run_once_and_again_when_it_or_the_code_has_changed(course, runs):
    path = write(course, "6 * 7")
    assert output(executed(course, path)) == output(executed(course, path)) == "42\n" and len(runs) == 1
    write(course, "6 * 8")
    assert output(executed(course, path)) == "48\n" and len(runs) == 2
    (course / "gru_ref" / "a.py").write_text("x = 2")
    executed(course, path)
    assert len(runs) == 3 and len(list((course / "build" / "executed").glob("*.ipynb"))) == 1
    shutil.rmtree(course / "build")
    executed(course, path)
    assert len(runs) == 4


def test_a_lesson_that_fails_names_its_line_and_is_not_kept(course):
    path = write(course, "1 / 0")
    with pytest.raises(LessonFailed, match=r"90_try\.py:3: ZeroDivisionError: division by zero"):
        executed(course, path)
    assert not list((course / "build" / "executed").glob("*.ipynb"))
