"""The install without solutions: it holds no answer that can be read, and does all that a student and a marker need."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
import zlib
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import pytest

from grader.authoring import building
from grader.authoring.lessons import find_sources
from grader.authoring.withheld import NoSolutions
from grader.base.paths import PACKAGED, course_root
from grader.classroom import student_wheel
from grader.classroom.demo import make_class
from grader.classroom.grading import gradings
from grader.classroom.journal import Journal
from grader.classroom.receipts import versions
from grader.classroom.student_wheel import NotBuilt, build_wheel
from grader.exercises import bank, files_of
from grader.judge import sandbox
from grader.judge.taught import full_name
from gru_ref import sealing
from tests.support.browsing import served
from tests.support.recogniser import found_in, found_in_bytes

ROOT = course_root()
LESSON = "03_gates"
LESSONS = [path.stem for path in find_sources(ROOT)]


def names(secrets):
    return {path.relative_to(ROOT).as_posix() for path in secrets}


# ---------------------------------------------------------------------------------------------------- what is sealed


def test_the_module_of_every_reference_is_sealed_and_all_of_the_bank():
    secrets = names(student_wheel.secrets())
    for exercises in bank().values():
        for exercise in exercises.values():
            assert full_name(exercise.reference).rpartition(".")[0].replace(".", "/") + ".py" in secrets
    assert names(path for lesson in LESSONS for path in files_of(lesson)) <= secrets
    assert {f"grader/exercises/{LESSON}/gate.md", "grader/exercises/gates.py", "gru_ref/gates.py"} <= secrets


def test_what_only_holds_data_stays_readable_and_so_does_what_opens_the_rest():
    assert not {"gru_ref/__init__.py", "gru_ref/sealing.py", "gru_ref/params.py", "gru_ref/espeak_process.py"} & names(
        student_wheel.secrets()
    )


def test_the_exams_questions_are_left_out(tmp_path):
    student_wheel.stage(ROOT, tmp_path)
    exam = {path.name for path in (tmp_path / "grader" / "exam").iterdir()}
    assert "questions.py" in exam and not exam & {"concepts.md", "computed.py"}


def test_all_that_it_installs_is_hidden_from_submissions():
    """In a folder of packages that submissions can read."""
    for installed in ("grader", "gru_ref", PACKAGED, "gru_course-0.1.0+student.1.dist-info"):
        assert any(fnmatch(installed, pattern) for pattern in sandbox.INSTALLED)


def test_the_project_keeps_its_name_and_needs_in_a_version_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    (tmp_path / "gru_ref" / "conventions").mkdir(parents=True)
    for name in ("gru_ref/__init__.py", "gru_ref/conventions/__init__.py"):
        (tmp_path / name).touch()
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = student_wheel._project(text, tmp_path)
    assert 'name = "gru-course"' in project and 'version = "0.1.0+student.202605282026"' in project
    assert '"torch==2.13.0"' in project and "ruff.lint" not in project
    assert 'packages = ["gru_ref", "gru_ref.conventions", "gru_course"]' in project
    with pytest.raises(NotBuilt, match="no line version"):
        student_wheel._project(text.replace("version =", "versions ="), tmp_path)


def test_without_solutions_none_can_be_built(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "edition.json").write_text("{}")
    with pytest.raises(NoSolutions, match="from the course in full"):
        build_wheel(tmp_path, tmp_path / "out")


def test_a_relative_folder_of_releases_is_refused(tmp_path):
    with pytest.raises(NotBuilt, match="--released out should be the full path of a folder"):
        build_wheel(ROOT, tmp_path, "out")


def test_pips_refusal_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(student_wheel, "stage", lambda root, tree, released: tree.mkdir())
    with pytest.raises(NotBuilt, match=r"pip could not build the wheel\. Its last words: \w"):
        build_wheel(ROOT, tmp_path)


# ------------------------------------------------------------------------------------------------------- it is installed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(ROOT, tmp_path_factory.mktemp("out"), "/srv/gru-course/released")


@pytest.fixture(scope="module")
def home(wheel, tmp_path_factory):
    """A home, beside which the wheel is installed."""
    place = tmp_path_factory.mktemp("student")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--target", place / "site-packages", wheel], check=True)
    (place / "home").mkdir()
    return place / "home"


@pytest.fixture
def environment(home, monkeypatch):
    """The environment of a student's programs."""
    for name in ("XDG_DATA_HOME", "GRU_COURSE_SOLUTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(home.parent / "site-packages"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.fixture
def run(environment, home):
    """``run("check", "03")`` is the exit code of gru-course, and what it prints; ``run(code="…")`` of Python."""

    def start(*words, code="from grader.cli import main; main()", folder=home):
        done = subprocess.run([sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return start


def in_line(text):
    return " ".join(text.split())


@pytest.mark.system
def test_no_right_answer_is_anywhere_in_it(wheel):
    assert not list(found_in_bytes(wheel.read_bytes(), "wheel"))


@pytest.mark.system
@pytest.mark.parametrize("way", ["as it is", "compressed", "within an archive", "compiled", "as a notebook's solution"])
def test_a_planted_answer_is_found(wheel, tmp_path, way):
    source = (ROOT / "gru_ref" / "gates.py").read_text(encoding="utf-8")
    leak = tmp_path / "leak.whl"
    shutil.copy(wheel, leak)
    with zipfile.ZipFile(leak, "a") as archive:
        if way == "as it is":
            archive.writestr("gru_ref/copy.py", source)
        elif way == "compressed":
            archive.writestr("gru_ref/copy.sealed", sealing.HEAD + zlib.compress(source.encode()))
        elif way == "within an archive":
            with zipfile.ZipFile(tmp_path / "inner.npz", "w") as inner:
                inner.writestr("copy.txt", source)
            archive.write(tmp_path / "inner.npz", "gru_ref/inner.npz")
        elif way == "compiled":
            words = "def f():\n    return " + repr(next(iter(bank()[LESSON]["gate"].answers.values())))
            (tmp_path / "copy.py").write_text(words)
            import py_compile

            archive.write(py_compile.compile(tmp_path / "copy.py"), "gru_ref/copy.pyc")
        else:
            solved = next(path for path in find_sources(ROOT) if path.stem == LESSON)
            cells = [nbformat.v4.new_code_cell(solved.read_text(encoding="utf-8"))]
            archive.writestr("a.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    with zipfile.ZipFile(leak) as archive:
        added = archive.infolist()[-1].filename
        assert list(found_in_bytes(archive.read(added), added))


@pytest.mark.system
def test_its_notebooks_are_the_courses_and_its_code_too(home, run):
    course = home.parent / "site-packages" / PACKAGED
    for source in find_sources(ROOT):
        assert (course / "notebooks" / source.stem / f"{source.stem}.ipynb").read_bytes() == building.pristine(source)
    code, said = run(code="import json; from grader.classroom.receipts import versions; print(json.dumps(versions()))")
    assert code == 0 and json.loads(said) == versions(), "a mark's receipt is the same"


LOOKED_AT = """
import importlib, inspect, pkgutil, sys, traceback
import numpy as np
import grader.exercises, gru_ref
from IPython.core.interactiveshell import InteractiveShell

ip, modules = InteractiveShell.instance(), []
for package in (gru_ref, grader.exercises):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name not in ("gru_ref.espeak_process", "gru_ref.peers"):
            modules.append(importlib.import_module(found.name))
for module in modules:
    for name, thing in vars(module).items():
        if callable(thing) and getattr(thing, "__module__", None) == module.__name__:
            print(thing.__doc__)
            try:
                print(inspect.getsource(thing))
            except (OSError, TypeError):
                pass
print("SEEN", len(modules))
ip.run_cell("import gru_ref, grader.exercises.gates")
for name in ("gru_ref.gate", "gru_ref.gates", "gru_ref.gru_step", "grader.exercises.gates.by_einsum", "gru_ref.GRUCell"):
    ip.run_line_magic("pinfo2", name)
    ip.run_line_magic("psource", name)
ip.run_cell("import numpy as np\\nfrom gru_ref import init_gru\\np = init_gru(2, 4, np.random.default_rng(0))")
for mode in ("Context", "Verbose", "Plain"):
    ip.run_line_magic("xmode", mode)
    ip.run_cell("gru_ref.gru_step(np.ones((2, 3)), np.ones((2, 4)), p)")
    ip.run_cell("gru_ref.gates._sigmoid('a')")
try:
    gru_ref.gates._sigmoid("a")
except Exception:
    traceback.print_exc()
print("TO THE END")
"""


def without_colours(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.mark.system
def test_what_a_learners_process_shows_as_text_is_no_answer(run):
    code, said = run(code=LOOKED_AT)
    said = without_colours(said)
    assert code == 0 and int(said.partition("SEEN ")[2].split()[0]) > 100, said[-2000:]
    for shown in ("Docstring:", "No source found for gru_ref.gate", "in gru_step", "in _sigmoid", "TO THE END"):
        assert shown in said, shown
    assert not list(found_in(said, "shown"))


@pytest.mark.system
def test_the_course_in_full_does_show_them(run, monkeypatch):
    """So the test above would notice."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code, said = run(code=LOOKED_AT)
    assert code == 0
    told, _, looked_at = without_colours(said).partition("SEEN ")
    assert len(list(found_in(told, "getsource"))) > 100
    assert [line for line in found_in(looked_at, "in a notebook") if "gru_ref.sigmoid" in line or "W.T" in line]


ANSWERED = """
import gru_ref, numpy as np
from grader import check, hint, progress, solution
from grader.base.errors import CheckFailed

def tried(answer):
    try:
        check(answer)
    except CheckFailed as e:
        print("WRONG", e)

def gate(x, h, W, U, b_i, b_h):
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h)

def update_gate(x, h, p):
    return 1 - gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)

def reset_gate(x, h, p):
    raise NotImplementedError("reset_gate is yours to write")

for answer in (gate, update_gate, reset_gate):
    tried(answer)
for _ in range(3):
    hint(reset_gate)
solution(gate)
progress()
"""


@pytest.mark.system
def test_it_checks_right_wrong_and_unwritten_answers(run):
    code, said = run(code=ANSWERED)
    assert code == 0
    assert "gate is right" in said and "WRONG update_gate: This is 1 − z" in said
    assert "WRONG reset_gate is still to be written" in said and "Hint 3 of 3" in said
    assert "solutions of lesson 03 have not been released" in said
    assert 'solution("reset_gate")' not in said
    assert "1 of 79 exercises solved" in said


@pytest.mark.system
def test_the_commands_work_in_a_folder_of_the_learners_own(run, home, environment):
    code, said = run("--version")
    assert code == 0 and "+student." in said
    code, said = run("reset", "03")
    assert code == 0 and f"Your notebooks are in {home / 'gru-course'}" in in_line(said)
    notebook = home / "gru-course" / "notebooks" / LESSON / f"{LESSON}.ipynb"
    text = notebook.read_text(encoding="utf-8")
    stub = '    # YOUR CODE HERE. Stuck? Run hint(gate)\\n",\n    "    raise NotImplementedError(\\"gate is yours to write\\")'
    assert text.count(stub) == 1
    notebook.write_text(
        text.replace(stub, "    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h)"), encoding="utf-8"
    )
    code, said = run("check", "03")
    assert code == 1 and "2 of 8 points" in said
    code, said = run("build", "04", folder=home / "gru-course")
    assert code == 0 and "built 04" in said
    assert run("update")[1].startswith("The course is up to date")
    code, said = run("doctor")
    assert code == 0 and "holds your work" in said, said
    assert "has not been released" not in run("solution", "nonsense")[1]
    code, said = run("class", "student-wheel")
    assert code == 1 and "from the course in full" in in_line(said)
    code, said = run("book", "--outputs", "none", folder=home / "gru-course")
    assert code == 1 and "this install of the course has none" in in_line(said)
    code, said = run("exam", "list")
    assert code == 1 and "this install has no exam questions" in in_line(said)


@pytest.mark.system
def test_a_lesson_opens_in_jupyterlab(home, environment):
    with served(home, home, "lab", "--lesson", "03", "--", "--no-browser", "--ServerApp.token=") as (url, log):
        with urllib.request.urlopen(f"{url}/api/contents/notebooks/{LESSON}/{LESSON}.ipynb?content=0") as answer:
            assert json.load(answer)["name"] == f"{LESSON}.ipynb"
        assert (home / "gru-course").is_dir(), log.read_text()


@pytest.mark.system
def test_a_release_is_seen_where_the_instructor_said(run, home, tmp_path):
    released = home.parent / "released"
    edition = home.parent / "site-packages" / PACKAGED / "edition.json"
    assert json.loads(edition.read_text())["released"] == "/srv/gru-course/released"
    released.mkdir()
    (released / f"{LESSON}.py").write_bytes((ROOT / "solutions" / f"{LESSON}.py").read_bytes())
    show = f"import os; os.environ['GRU_COURSE_SOLUTIONS'] = {str(released)!r}; from grader.cli import main; main()"
    code, said = run("solution", "gate", code=show)
    assert code == 0 and "gru_ref.sigmoid(x @ W.T" in said
    assert run("solution", "ema", code=show)[0] == 1


@pytest.mark.system
def test_a_class_gets_the_marks_that_it_gets_from_the_course_in_full(run, tmp_path):
    """From a class that was prepared in full, and from one that was prepared without solutions."""
    full, without, alone = (tmp_path / name for name in ("full", "without", "alone"))
    make_class(ROOT, full, students=3, lessons=["03"])
    shutil.copytree(full, without)
    done = subprocess.run(
        [sys.executable, "-c", "from grader.cli import main; main()", "grade", full],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shutil.copytree(full / "submitted", alone / "submitted")
    for place in (without, alone):
        shutil.copy(full / "course.key", place)  # so that inputs are the same
        code, said = run("grade", str(place))
        assert code == 0, said
    assert marks(full) == marks(without) == marks(alone)
    assert len(marks(full)) == 3
    assert receipts(full) == receipts(without)
    source = Path("source", LESSON, f"{LESSON}.ipynb")
    assert (without / source).read_bytes() == (full / source).read_bytes(), "an instructor's solutions stay"
    for made in (alone / source, alone / "release" / LESSON / f"{LESSON}.ipynb"):
        assert not list(found_in(made.read_text(encoding="utf-8"), made.name))
    code, said = run("repeat", str(full), "--student", next(iter(marks(full))), "--lesson", "03")
    assert code == 0 and "The same result as then" in said, said


def marks(folder):
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as f:
        return {
            row["student"].lstrip("'"): (row["state"].replace("late", "graded"), row["score"])
            for row in csv.DictReader(f)
        }


def receipts(folder):
    _, finished = gradings(Journal(folder / "journal.jsonl"))
    return {place: [entry[key] for key in ("verdicts", "build", "receipt")] for place, entry in finished.items()}
