"""One environment variable shortens training cells, and they report their progress."""

import ast

import pytest

from grader import steps
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root

SOURCES = {path.stem: path for path in find_sources(course_root())}


@pytest.mark.parametrize(("value", "count"), [(None, 600), ("", 600), ("0", 600), ("1", 20)])
def test_steps_are_shortened_only_where_asked(monkeypatch, value, count):
    monkeypatch.delenv("GRU_COURSE_QUICK", raising=False)
    if value is not None:
        monkeypatch.setenv("GRU_COURSE_QUICK", value)
    assert steps(600, quick=20) == count


def silent(tree):
    """Whether code trains without a word: ``train(…, progress=False)``."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(k.arg == "progress" and ast.unparse(k.value) == "False" for call in calls for k in call.keywords)


def names(tree):
    """All names and attributes in code."""
    return {getattr(n, "id", None) or getattr(n, "attr", None) for n in ast.walk(tree)} - {None}


@pytest.mark.parametrize("name", SOURCES)
def test_a_cell_that_trains_says_how_far_it_is(name):
    """Either each training does, or the loop over many short ones: `with_progress`."""
    trees = [ast.parse(cell.text) for cell in read_lesson(SOURCES[name]).cells if cell.kind == "code"]
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    quiet = {function.name for function in functions if silent(function)}
    for tree in trees:
        run = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], [])
        if silent(run) or names(run) & quiet:
            assert "with_progress" in names(run), ast.unparse(run)[:200]


@pytest.mark.parametrize(
    ("source", "is_silent"),
    [
        ("train(p, progress=False)", True),
        ("gru_ref.train(p, label='a')", False),
        ("def f():\n    g(progress=False)", True),
    ],
)
def test_silent_training_is_found(source, is_silent):
    assert silent(ast.parse(source)) is is_silent
