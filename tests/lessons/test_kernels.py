"""What `make kernels` finds: numbers of the prose that some processors print and others do not."""

import argparse
import sys
from types import SimpleNamespace

import pytest

from grader.base.paths import course_root

sys.path.insert(0, str(course_root() / "benchmarks"))
import kernels


def found(text):
    return [n["text"] for n in kernels.numbers(text)]


def test_numbers_are_found_in_prose_and_in_what_is_printed():
    assert found("from 0.1 to $10^{-6}$, 2,780 words; −0.45, 57% in 2018") == [
        *("0.1", "10^{-6}", "2,780", "−0.45", "57%", "2018"),
    ]
    assert found("median 3e-19, from 1e-19 to 5e-18") == ["3e-19", "1e-19", "5e-18"]
    assert found("`W_1` and H2 and $x_{3}$") == []


@pytest.mark.parametrize(
    ("said", "printed", "agrees"),
    [
        ("0.244", "0.2443", True),
        ("0.244", "0.2461", False),
        ("57%", "0.57", True),
        ("57%", "57.3%", True),
        ("57%", "0.59", False),
        ("$10^{-19}$", "3e-19", True),
        ("$10^{-6}$", "1e-09", False),
        ("−0.45", "-0.4512", True),
        ("167", "167", True),
        ("167", "168", False),
    ],
)
def test_a_number_agrees_as_exactly_as_the_prose_says_it(said, printed, agrees):
    assert kernels.agree(kernels.numbers(said)[0], kernels.numbers(printed)[0]) is agrees


PROSE = """# 99 · Test

| published | 0.77 |

The norm falls to $10^{-9}$, the error to 0.25; a year is 1997."""
LESSON = SimpleNamespace(
    cells=[SimpleNamespace(kind="markdown", line=1, text=PROSE), SimpleNamespace(kind="code", line=9, text="print(1)")],
    notebook=lambda: None,
)


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Examine a small lesson that prints one text a processor; gives what is contradicted."""
    monkeypatch.setattr(kernels, "read_lesson", lambda path: LESSON)

    def examine(*printed):
        texts = iter(printed)
        monkeypatch.setattr(kernels, "run", lambda *_: [(next(texts), 1.5)])
        options = argparse.Namespace(on=None, times=True, keep=tmp_path / "kept")
        return [(where, n["text"]) for where, n, _ in kernels.examine(tmp_path / "99_test.py", options)]

    return examine


def test_what_only_some_processors_print_is_a_contradiction(report, tmp_path, capsys):
    assert report("2e-9, 0.250", "1e-6, 0.25", "1e-9 0.2512") == [("line 1", "10^{-9}")]
    said = " ".join(capsys.readouterr().out.split())
    assert "10^{-9} is printed only on old, new" in said
    assert "no cell prints: 99, 1997" in said and "0.77" not in said
    assert (tmp_path / "kept" / "99_test usual.txt").read_text() == "[0]\n1e-6, 0.25"


def test_what_all_print_and_what_nobody_prints_is_none(report):
    assert report("2e-9 0.25", "1e-9 0.25", "1e-9 0.25") == []
    assert report("0.25", "0.25", "0.25") == []


def test_a_processor_is_another_for_every_library():
    old, usual, new = kernels.PROCESSORS.values()
    for name in ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS"):
        assert len({old[name], usual[name], new[name]}) == 3
    assert set(usual["NPY_DISABLE_CPU_FEATURES"].split()) < set(old["NPY_DISABLE_CPU_FEATURES"].split())
