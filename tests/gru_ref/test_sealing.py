"""What is sealed is opened whole, and shows no line to whoever comes across it."""

import importlib
import inspect
import sys
import traceback

import pytest

from grader.answer import calling
from gru_ref import sealing
from tests.support.recogniser import unpacked

SOURCE = '"""Two times."""\n\nFACTOR = 2\n\n\ndef twice(x):\n    """Of a number."""\n    if x is None:\n        raise ValueError("a secret")\n    return FACTOR * x  # σ\n'


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A sealed module, imported, and its folder."""
    (tmp_path / "sealed_twice.py").write_text(sealing.STUB)
    (tmp_path / "sealed_twice.py.sealed").write_bytes(sealing.seal(SOURCE, "sealed_twice.py"))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("sealed_twice")
    sys.modules.pop("sealed_twice")


def test_a_text_comes_back_as_it_was():
    for text in (SOURCE, "", "x", "\n" * 10_000):
        assert sealing.unseal(sealing.seal(text, "a.md"), "a.md") == text


def test_no_usual_program_opens_it_and_the_first_line_says_what_it_is():
    sealed = sealing.seal(SOURCE * 20, "gates.py")
    assert sealed.splitlines()[0].startswith(b"Sealed, because")
    assert not [text for _, text in unpacked(sealed) if b"twice" in text]
    assert b"twice" not in sealed
    assert sealed != sealing.seal(SOURCE * 20, "gru.py")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"def gate", "does not begin with the line of a sealed file"),
        (sealing.seal(SOURCE, "a.py")[:-9], "is damaged"),
        (sealing.seal(SOURCE, "b.py"), "is damaged"),
    ],
    ids=["not sealed", "cut off", "renamed"],
)
def test_what_cannot_be_opened_says_so(data, says):
    with pytest.raises(ValueError, match=rf"a\.py\.sealed {says}.*install the course again"):
        sealing.unseal(data, "a.py")


def test_a_sealed_module_works_like_another(module):
    assert module.twice(4) == 8
    assert module.__doc__ == "Two times." and module.twice.__doc__ == "Of a number."
    assert module.twice.__module__ == "sealed_twice" and str(inspect.signature(module.twice)) == "(x)"


def test_neither_its_source_nor_a_traceback_through_it_has_a_line_of_it(module):
    with pytest.raises(OSError, match=r"source|lineno"):
        inspect.getsource(module.twice)
    assert inspect.getsource(module) == sealing.STUB
    with pytest.raises(ValueError, match="a secret") as caught:
        module.twice(None)
    shown = "".join(traceback.format_exception(caught.value))
    assert "in twice" in shown and "raise ValueError(" not in shown and "if x is None" not in shown


def test_its_text_is_read_by_its_own_name(module, tmp_path):
    (tmp_path / "open.md").write_text("σ")
    (tmp_path / "closed.md.sealed").write_bytes(sealing.seal("# closed", "closed.md"))
    assert sealing.read_text(module.__file__) == SOURCE
    assert sealing.read_text(tmp_path / "open.md") == "σ"
    assert sealing.read_text(tmp_path / "closed.md") == "# closed"
    assert [path.name for path in sealing.files(tmp_path, "*.md")] == ["closed.md", "open.md"]
    with pytest.raises(FileNotFoundError):
        sealing.read_text(tmp_path / "none.md")


def test_its_functions_are_told_from_a_learners(module):
    """A message names the learner's own lines; where the code is from is known by the name of its file."""
    assert module.twice.__code__.co_filename == module.__file__
    assert str(calling._HERE.parent / "gru_ref" / "gates.py").startswith(calling._LIBRARIES)
