"""The repository keeps its promises: style, generated notebooks, one list of dependencies, commands that exist."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from grader.authoring.building import build
from grader.authoring.lessons import find_sources
from grader.base.paths import course_root
from grader.cli import app
from grader.exercises import bank
from grader.learner.lab import notebook_path

ROOT = course_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LESSONS = [path.stem for path in find_sources(ROOT)]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAPERS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(command):
    done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """All notebooks, built again somewhere else."""
    root = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    build(root)
    return root


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The notebooks as committed, without what a learner did to them since; in no git checkout, those on the disk."""
    folder = tmp_path_factory.mktemp("committed")
    if not (ROOT / ".git").exists():
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        return folder
    archive = subprocess.run(["git", "archive", "HEAD", "notebooks"], cwd=ROOT, capture_output=True, check=True)
    (folder / "notebooks.tar").write_bytes(archive.stdout)
    shutil.unpack_archive(folder / "notebooks.tar", folder)
    return folder


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_rebuild_leaves_git_clean(rebuilt, committed, lesson):
    path = notebook_path(committed, lesson)
    assert path.exists(), f"notebooks/{lesson} is not committed"
    assert path.read_bytes() == notebook_path(rebuilt, lesson).read_bytes(), (
        f"run gru-course build {lesson[:2]}, and commit the notebook"
    )


def test_every_notebook_has_a_source(committed):
    assert sorted(path.name for path in (committed / "notebooks").iterdir()) == LESSONS


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_learners_notebook_holds_no_output_and_no_solution(committed, lesson):
    cells = nbformat.read(notebook_path(committed, lesson), as_version=4).cells
    assert not [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    text = "\n".join(cell.source for cell in cells)
    assert not re.search(r"(BEGIN|END) SOLUTION|\*\*Rubric\*\*", text)


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_of_an_answer_stands_behind_its_placeholder(rebuilt, lesson):
    """Else the solution's region ends too early, and the rest of it reaches the learner."""
    cells = nbformat.read(notebook_path(rebuilt, lesson), as_version=4).cells
    stubs = [cell.source for cell in cells if "raise NotImplementedError" in cell.source and cell.cell_type == "code"]
    assert stubs
    bodies = [node.body for stub in stubs for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.FunctionDef)]
    assert [ast.unparse(line) for body in bodies for line in body[:-1] if isinstance(line, ast.Raise)] == []


def test_conda_gets_a_python_that_fits_and_leaves_the_rest_to_pip():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    items = [line.strip(" -:") for line in text.split("dependencies:")[1].splitlines() if line.strip()]
    python, pip, _, package = items
    assert re.fullmatch(r"python=3\.\d+", python)
    assert python.removeprefix("python=") in SpecifierSet(PROJECT["requires-python"])
    assert (pip, package) == ("pip", "e .")
    assert f"name: {PROJECT['name']}\n" in text


def test_what_must_be_exact_is_pinned():
    exact = {r.name for r in map(Requirement, PROJECT["dependencies"]) if str(r.specifier).startswith("==")}
    assert "torch" in exact, "numbers in the lessons come from one version"


def test_the_licences_are_there_and_say_what_pyproject_says():
    for name in PROJECT["license-files"]:
        assert "2026 the GRU" in (ROOT / name).read_text(encoding="utf-8")
    assert PROJECT["license"] == "MIT AND CC-BY-4.0"


@pytest.mark.parametrize("name", PAPERS)
def test_every_file_linked_or_named_exists(name):
    linked = re.findall(r"\]\(([^)#:]+)\)", PAPERS[name])
    named = re.findall(r"`((?:grader|gru_ref|solutions|notebooks|tests|docs)/[\w./]*)`", PAPERS[name])
    paths = [path for path in linked + named if "NN_" not in path]  # NN_name stands for any lesson
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAPERS)
def test_every_command_named_exists(name):
    commands = set(re.findall(r"gru-course ((?:(?:class|exam|solutions) )?[a-z-]+)(?: |`|$)", PAPERS[name], re.M))
    assert commands
    for command in commands:
        result = CliRunner().invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0, f"gru-course {command}: {result.output}"
        options = re.findall(rf"gru-course {command}(?![\w-])[^`#\n]*?(--[a-z]+)", PAPERS[name])
        assert [option for option in options if option not in result.output] == []
    rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"^(?:.*`)?make ([a-z-]+)", PAPERS[name], re.M)) <= set(rules)


def test_the_readme_lists_every_lesson_with_its_question():
    for lesson in LESSONS:
        text = (ROOT / "solutions" / f"{lesson}.py").read_text(encoding="utf-8")
        row = next((line for line in README.splitlines() if f"({notebook_path('', lesson).as_posix()})" in line), "")
        assert row, f"{lesson} is missing in README.md's table"
        minutes, question = [part.strip() for part in row.split("|")[2:4]]
        assert f"{minutes} minutes" in text
        assert question.rstrip("?") in text


def test_the_picture_is_small():
    assert 1_000 < (ROOT / "docs" / "diagnosis.png").stat().st_size < 150_000


def test_the_front_pages_numbers_are_those_of_the_course():
    exercises = [exercise for lesson in bank().values() for exercise in lesson.values()]
    claims = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    said = re.findall(r"\*\*(\d+) lessons|\*\*(\d+) exercises that know ([\d,]+) wrong|\*\*(\d+) things", README)
    numbers = [int(n.replace(",", "")) for groups in said for n in groups if n]
    mistakes = sum(len(exercise.mistakes) for exercise in exercises)
    assert numbers == [len(LESSONS), len(exercises), mistakes, int(re.search(r"lists the (\d+) claims", claims)[1])]
