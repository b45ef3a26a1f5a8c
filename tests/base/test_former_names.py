"""A script that was written before the modules moved still runs."""

import importlib
import subprocess
import sys

import pytest

from grader.base.former_names import FORMER


def test_a_former_name_gives_the_module_of_today(monkeypatch):
    for name, today in FORMER.items():
        monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.warns(DeprecationWarning, match=f"{today} now"):
            module = importlib.import_module(name)
        assert module is sys.modules[today], name
        assert (module.__name__, module.__spec__.name) == (today, today)


def test_a_script_that_uses_them_runs():
    script = "from grader.diagnosis import examine\nfrom grader.classroom.notebooks import read_notebook\nprint('ran')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "ran\n"


def test_what_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("grader.diagnoses")
