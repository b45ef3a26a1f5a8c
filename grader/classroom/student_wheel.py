"""Build the install without solutions: a wheel for students' machines and hubs that grades, checks and builds."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version

from grader.authoring import building
from grader.authoring.edition import digest_of
from grader.authoring.lessons import find_sources
from grader.authoring.withheld import NoSolutions, withhold
from grader.base.errors import CourseError
from grader.base.paths import EDITION, LESSONS, PACKAGED, SOLUTIONS, is_without_solutions
from grader.exercises import bank, files_of
from grader.judge.course_package import FIGURES, FOLDER, PACKAGE, definitions, is_package
from grader.judge.taught import NEVER, hidden_up_to
from gru_ref import sealing

PACKAGES = ("grader", PACKAGE)
ABOUT = ("README.md", "LICENSE", "LICENSE-TEXT")
COURSE = ("nbgrader_config.py", "docs/claims.md")  # what the lessons lead to, besides each other
# `page`: the sources of docs/gates.html, with a GRU in JavaScript; then the exam's questions, which hold their answers.
LEFT_OUT = ("__pycache__", "*.pyc", "page", "concepts.md", "computed.py")
OLDEST_SETUPTOOLS = Version("77")


class NotBuilt(CourseError):
    """The wheel could not be built."""


def build_wheel(root, out, released=None):
    """Build the wheel.

    Parameters
    ----------
    root : the course's folder, with its solutions
    out : folder for the wheel; it is created if it does not exist
    released : a folder that students will be able to read, in which released solutions are looked for; none by default

    Returns
    -------
    wheel : Path

    Raises
    ------
    NoSolutions
        If this is an install without solutions itself.
    NotBuilt
        If `released` is not an absolute path, or setuptools or pip refuse; the message has pip's last line.
    """
    root, out = Path(root), Path(out)
    if is_without_solutions(root):
        raise NoSolutions("a wheel is built from the course in full, in the folder that holds solutions/")
    if released is not None and not Path(released).is_absolute():
        raise NotBuilt(f"--released {released} should be the full path of a folder, such as /srv/gru-course/released")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gru-course-wheel-") as folder:
        stage(root, Path(folder, "tree"), released)
        _pip_wheel(Path(folder, "tree"), Path(folder, "dist"))
        (built,) = Path(folder, "dist").glob("*.whl")
        return Path(shutil.copy(built, out))


def stage(root, tree, released=None):
    """Write what the wheel is built from: the packages with their answers sealed, and the course without its solutions."""
    for package in PACKAGES:
        source = Path(importlib.util.find_spec(package).origin).parent
        shutil.copytree(source, tree / package, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in secrets():
        _seal(tree / path.relative_to(FOLDER.parent))
    _write_course(root, tree / PACKAGED, released)
    for name in ABOUT:
        shutil.copyfile(root / name, tree / name)
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    (tree / "pyproject.toml").write_text(_project(text, tree), encoding="utf-8")


def secrets():
    """Paths of the files that answer exercises: modules of the reference package, and all of the bank of exercises.

    A module stays as it is only if it declares that it teaches nothing: what declares nothing is sealed, and so are the
    figures, whose code computes some of what it draws.
    """
    names = {name.rpartition(".")[0] for name in definitions() if hidden_up_to(name) != NEVER}
    if packages := sorted(filter(is_package, names)):
        raise NotBuilt(f"{', '.join(packages)} is a package that holds an answer itself: move that into a module")
    references = [FOLDER.parent.joinpath(*name.split(".")).with_suffix(".py") for name in sorted(names)]
    figures = FOLDER.parent.joinpath(*FIGURES.split(".")).glob("*.py")
    return [*references, *sorted(figures), *(path for lesson in bank() for path in files_of(lesson))]


def _seal(path):
    text = path.read_text(encoding="utf-8")
    sealing.sealed_path(path).write_bytes(sealing.seal(text, path.name))
    if path.suffix == ".py":
        path.write_text(sealing.STUB, encoding="utf-8")
    else:
        path.unlink()


def _write_course(root, course, released):
    (course / LESSONS).mkdir(parents=True)
    for source in find_sources(root):
        bare = course / LESSONS / source.name
        bare.write_text(withhold(source.read_text(encoding="utf-8")), encoding="utf-8")
        notebook = course / "notebooks" / source.stem / f"{source.stem}.ipynb"
        notebook.parent.mkdir(parents=True)
        notebook.write_bytes(building.pristine(bare))
    for name in COURSE:
        (course / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(root / name, course / name)
    about = {"solutions": digest_of(root / SOLUTIONS), "released": None if released is None else str(released)}
    (course / EDITION).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _project(text, tree):
    """pyproject.toml for the tree: the same project, in a version of its own, with all files that are there."""
    project, _, _ = text.partition("\n[tool.")
    stamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", datetime.now(UTC).timestamp())), UTC)
    # A local version: of the same project, so that only one of the two is installed, and never uploaded to an index.
    project, count = re.subn(
        r'^version = "([^"]+)"$', rf'version = "\1+student.{stamp:%Y%m%d%H%M}"', project, count=1, flags=re.M
    )
    if not count:
        raise NotBuilt('pyproject.toml has no line version = "…" in its part [project]')
    packages = sorted(
        {".".join(path.parent.relative_to(tree).parts) for p in PACKAGES for path in (tree / p).rglob("*.py")}
    )
    return (
        f"{project}\n[tool.setuptools]\npackages = {json.dumps([*packages, PACKAGED])}\n\n"
        '[tool.setuptools.package-data]\n"*" = ["**/*"]\n'
    )


def _pip_wheel(tree, out):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    if _has_setuptools():  # otherwise pip fetches it, as for every install
        command.append("--no-build-isolation")
    done = subprocess.run([*command, "--wheel-dir", str(out), str(tree)], capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
        raise NotBuilt(f"pip could not build the wheel. Its last words: {said[-1]}")


def _has_setuptools():
    try:
        return Version(importlib.metadata.version("setuptools")) >= OLDEST_SETUPTOOLS
    except importlib.metadata.PackageNotFoundError:
        return False
