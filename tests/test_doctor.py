"""The doctor finds each planted illness, says how to fix it, and finds nothing if all is well."""

import shutil
import sys
from pathlib import Path

import pytest

from grader import doctor
from grader.authoring.building import build
from grader.base.paths import course_root
from grader.learner.lab import notebook_path


@pytest.fixture
def course(tmp_path):
    """A built course of one lesson."""
    (tmp_path / "solutions").mkdir()
    shutil.copy(course_root() / "solutions" / "03_gates.py", tmp_path / "solutions")
    build(tmp_path)
    return tmp_path


def only(findings):
    (finding,) = findings
    return finding


def test_this_installation_is_well():
    ill = [f for f in doctor.examine(course_root()) if f.needed and not f.well]
    assert ill == []


def test_an_old_python_is_found():
    assert doctor.python(">=3.11", "3.11.0").well
    finding = doctor.python(">=3.11", "3.9.18")
    assert not finding.well and "Install Python >=3.11" in finding.fix


@pytest.mark.parametrize(
    ("requirement", "found"),
    [("numpy>=99", None), ("no-such-distribution>=1", "not installed")],
)
def test_a_dependency_too_old_or_missing_is_found(requirement, found):
    finding = only(doctor.dependencies([requirement]))
    assert not finding.well and "pip install -e ." in finding.fix
    assert found is None or finding.found == found


def test_a_local_build_of_a_pinned_version_fits(monkeypatch):
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "2.13.0+cpu")
    assert only(doctor.dependencies(["torch==2.13.0"])).well
    assert not only(doctor.dependencies(["torch==2.12.0"])).well


def test_a_module_that_does_not_import_is_found():
    finding = doctor.imports("no_such_module_at_all")
    assert not finding.well and "No module named" in finding.found


def test_a_missing_alembic_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert not doctor.alembic().well


def test_a_missing_extension_is_found(tmp_path):
    assert doctor.nbgraders_extension().well
    assert not doctor.nbgraders_extension([tmp_path]).well


def test_a_kernel_that_does_not_start_is_found(monkeypatch):
    def fail(*_):
        raise RuntimeError("no kernel here")

    monkeypatch.setattr("grader.notebook.execution.run_notebook", fail)
    finding = doctor.kernel()
    assert not finding.well and "no kernel here" in finding.found


def test_without_sources_notebooks_are_not_compared(course):
    shutil.rmtree(course / "solutions")
    finding = only(doctor.notebooks(course))
    assert finding.well and "not compared" in finding.found


def test_notebooks_missing_old_and_worked_in_are_told_apart(course):
    path = notebook_path(course, "03_gates")
    built = path.read_text(encoding="utf-8")
    assert only(doctor.notebooks(course)).found == "as it was handed out"
    path.write_text(built.replace("03 · ", "03 · The "), encoding="utf-8")
    old = only(doctor.notebooks(course))
    assert old.found == "older than its source" and old.fix == "gru-course build 03"
    path.write_text(built.replace("raise NotImplementedError", "return 1 #"), encoding="utf-8")
    assert only(doctor.notebooks(course)).found == "holds your work" and only(doctor.notebooks(course)).well
    path.unlink()
    assert only(doctor.notebooks(course)).fix == "gru-course build 03"


def test_a_wrong_source_is_found(course):
    source = course / "solutions" / "03_gates.py"
    source.write_text(source.read_text(encoding="utf-8").replace("points=2", "points=3"), encoding="utf-8")
    finding = only(doctor.notebooks(course))
    assert "points add up to" in finding.fix and str(Path("solutions", "03_gates.py")) in finding.fix


def test_progress_has_a_place_and_none_that_can_be_written_is_found(tmp_path, monkeypatch):
    assert doctor.progress_folder(tmp_path).found == str(tmp_path / ".gru-course")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(doctor, "own_folder", lambda root: tmp_path / "file" / "gru-course")
    assert not doctor.progress_folder(tmp_path).well


def test_a_browser_is_wished_for_but_not_needed(monkeypatch):
    monkeypatch.setenv("GRU_COURSE_CHROMIUM", "no-such-browser")
    finding = doctor.chromium()
    assert not finding.well and not finding.needed


def test_a_missing_sandbox_is_found_but_needed_by_teachers_only(monkeypatch):
    monkeypatch.setattr("grader.judge.sandbox.problem", lambda: "bubblewrap is not installed. Install it.")
    finding = doctor.class_sandbox()
    assert not finding.well and not finding.needed
    assert "bubblewrap" in finding.fix
    monkeypatch.setattr("grader.judge.sandbox.problem", lambda: None)
    assert doctor.class_sandbox().well
