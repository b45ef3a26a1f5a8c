"""The reading copy is a page with outputs and without markers; a lesson that fails is named with its line."""

import pytest

from grader.authoring.reading_copies import LessonFailed, write_reading_copies
from grader.exercises import find

SOURCE = """\
# %% [markdown]
# # 03 · Gates

# %%
print(6 * 7)
import numpy as np
from grader import check


# %% solution="sigmoid"
def sigmoid(a):
    ### BEGIN SOLUTION
    return 0.5 * (1 + np.tanh(a / 2))
    ### END SOLUTION


# %% check="sigmoid" points=10
check(sigmoid)

# %% raises=true
1 / 0
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    from grader.authoring import source

    monkeypatch.setattr(source, "bank", lambda: {"03_gates": {"sigmoid": find("sigmoid")}})
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "03_gates.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def test_the_page_has_the_outputs_and_no_markers(root):
    write_reading_copies(root)
    page = (root / "build" / "reading" / "03_gates.html").read_text(encoding="utf-8")
    assert "42" in page
    assert "sigmoid</code> is right" in page
    assert "BEGIN SOLUTION" not in page


def test_a_lesson_that_fails_is_named_with_its_line(root):
    path = root / "solutions" / "03_gates.py"
    path.write_text(SOURCE.replace("# %% raises=true", "# %%"), encoding="utf-8")
    with pytest.raises(LessonFailed, match=r"03_gates.py:20: ZeroDivisionError"):
        write_reading_copies(root)
