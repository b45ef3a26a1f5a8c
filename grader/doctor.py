"""Check the installation: what is needed, what was found, how to fix it."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from grader.base.paths import is_without_solutions, own_folder

REINSTALL = "In the course's folder: python -m pip install -e ."
REINSTALL_WHEEL = "Install the course again, from the file gru_course-….whl that you were given: python -m pip install --force-reinstall FILE"


@dataclass(frozen=True)
class Finding:
    """The result for one item. `fix` is empty if all is well; an item that is not `needed` may be absent."""

    what: str
    found: str
    fix: str = ""
    needed: bool = True

    @property
    def well(self):
        return not self.fix


def examine(root) -> Iterator[Finding]:
    """Check everything, one Finding at a time; `root` is the course's folder."""
    wanted, requirements, reinstall = _needed(root)
    yield python(wanted)
    yield from dependencies(requirements, reinstall)
    yield imports("torch")
    yield alembic()
    yield kernel()
    yield nbgraders_extension()
    yield from notebooks(root)
    yield progress_folder(root)
    yield class_sandbox()
    yield chromium()


def _needed(root):
    """The Python and the distributions that the course needs, and how to install them again.

    A checkout says so in pyproject.toml, which may be newer than what was installed; an install without solutions in the
    metadata of its wheel.
    """
    if is_without_solutions(root):
        about = importlib.metadata.metadata("gru-course")
        always = [r for r in map(Requirement, importlib.metadata.requires("gru-course")) if not _is_optional(r)]
        return about["Requires-Python"], always, REINSTALL_WHEEL
    project = tomllib.loads(Path(root, "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["requires-python"], project["dependencies"], REINSTALL


def _is_optional(requirement):
    return requirement.marker is not None and "extra" in str(requirement.marker)


def python(wanted, found=None):
    """Whether this Python is new enough."""
    found = found or ".".join(map(str, sys.version_info[:3]))
    fix = "" if found in SpecifierSet(wanted) else f"Install Python {wanted}, then set the course up again."
    return Finding(f"Python {wanted}", found, fix)


def dependencies(requirements, reinstall=REINSTALL):
    """Whether each required distribution is installed in a version that fits."""
    for requirement in map(Requirement, map(str, requirements)):
        try:
            found = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(str(requirement), "not installed", reinstall)
            continue
        fits = requirement.specifier.contains(found, prereleases=True)
        yield Finding(str(requirement), found, "" if fits else reinstall)


def imports(module):
    """Whether a module can be imported, in a process of its own: a broken library may take Python down with it."""
    done = _run([sys.executable, "-c", f"import {module}"], seconds=120)
    if done.returncode == 0:
        return Finding(f"import {module}", "works")
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return Finding(
        f"import {module}", last, f"python -m pip install --force-reinstall --no-deps {module}, or: {REINSTALL}"
    )


def alembic():
    """Whether nbgrader will find ``alembic``, which it calls by name."""
    path = shutil.which("alembic", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    return Finding("alembic, for nbgrader", path or "not found", "" if path else REINSTALL)


def kernel():
    """Whether a notebook's kernel starts and computes."""
    import nbformat

    from grader.base.limits import Limits
    from grader.notebook.execution import run_notebook

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", id="sum")])
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = run_notebook(notebook, folder, Limits(cell=60))
        shown = [o.get("data", {}).get("text/plain") for o in run.notebook.cells[0].outputs]
        found = "1 + 1 = 2" if shown == ["2"] else run.reason or f"1 + 1 gave {shown}"
    except Exception as e:  # any error that stops a kernel is a finding
        found = f"{type(e).__name__}: {e}"
    well = found == "1 + 1 = 2"
    return Finding(
        "notebook kernel", found, "" if well else f"python -m ipykernel install --sys-prefix, or: {REINSTALL}"
    )


def nbgraders_extension(paths=None):
    """Whether JupyterLab will find nbgrader's extension, the Validate button."""
    from jupyter_core.paths import jupyter_path

    for folder in paths or jupyter_path("labextensions"):
        if Path(folder, "@jupyter", "nbgrader", "package.json").is_file():
            return Finding("nbgrader in JupyterLab", "found")
    return Finding("nbgrader in JupyterLab", "not found", "python -m pip install --force-reinstall --no-deps nbgrader")


def notebooks(root):
    """Whether every lesson's notebook exists and agrees with its source, apart from a learner's own work."""
    from grader.authoring.building import holds_work, pristine
    from grader.authoring.lessons import NoSources, find_sources
    from grader.base.errors import CourseError
    from grader.learner.lab import notebook_path

    try:
        sources = find_sources(root)
    except NoSources:  # an instructor may have closed them
        yield Finding("notebooks", "not compared with their sources, which you may not read")
        return
    for source in sources:
        name, path = source.stem, notebook_path(root, source.stem)
        try:
            fresh = pristine(source)
        except CourseError as e:
            yield Finding(name, "its source is wrong", str(e))
            continue
        if not path.exists():
            yield Finding(name, "not built", f"gru-course build {name[:2]}")
        elif path.read_bytes() == fresh:
            yield Finding(name, "as it was handed out")
        elif holds_work(path):
            yield Finding(name, "holds your work")
        else:
            yield Finding(name, "older than its source", f"gru-course build {name[:2]}")


def progress_folder(root):
    """Whether the learner's progress can be written, and where."""
    folder = own_folder(root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding("progress can be saved", str(folder))
    except OSError as e:
        return Finding("progress can be saved", f"{folder}: {e.strerror}", f"Make {folder} writable for you.")


def class_sandbox():
    """Whether submissions can be isolated while a class is graded. A learner does not need this."""
    from grader.judge import sandbox

    problem = sandbox.problem()
    found = "works" if problem is None else "not available"
    return Finding("sandbox, to grade a class", found, problem or "", needed=False)


def chromium():
    """Whether the browser tests have a browser. A learner does not need this."""
    path = browser_path()
    fix = "" if path else "Only for the browser tests: install chromium, or set GRU_COURSE_CHROMIUM to its path."
    return Finding("Chromium, for tests", path or "not found", fix, needed=False)


def browser_path():
    """The Chromium that the browser tests drive, or None."""
    named = os.environ.get("GRU_COURSE_CHROMIUM")
    return shutil.which(named) if named else shutil.which("chromium")


def _run(command, seconds):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {seconds} s")
