"""A program of the course does not compile what it has no use for."""

import subprocess
import sys


def loaded_after(code):
    shown = [sys.executable, "-c", f"import sys\n{code}\nprint(*sorted(sys.modules))"]
    return set(subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split())


def test_reading_notebooks_compiles_no_grammars_of_addresses():
    loaded = loaded_after("import grader.notebook.reading")
    assert {"nbformat", "jsonschema"} <= loaded and "lark" not in loaded


def test_in_a_notebook_what_the_learner_may_import_is_left_alone():
    loaded = loaded_after("import IPython, grader\nassert 'rfc3987_syntax' not in sys.modules")
    assert "grader" in loaded


def test_no_test_waits_for_pytorch_until_one_uses_it(begun_while_collecting):
    assert begun_while_collecting == [], "tests/support/later.py says how a test module uses what these hold"
