"""An install without solutions keeps a learner's notebooks in their home, and carries their work into a newer version."""

import shutil

import nbformat
import pytest

from grader.authoring import building
from grader.authoring.withheld import withhold
from grader.base import paths
from grader.base.errors import CourseError
from grader.learner import packaged
from grader.learner.lab import notebook_path
from grader.learner.update import reset, update

LESSON = "03_gates"
SOURCE = (paths.course_root() / "solutions" / f"{LESSON}.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The notebook as it was handed out."""
    path = tmp_path_factory.mktemp("fresh") / f"{LESSON}.py"
    path.write_text(withhold(SOURCE), encoding="utf-8")
    return building.pristine(path)


@pytest.fixture
def installed(tmp_path, monkeypatch, fresh):
    """An installed course of one lesson; the home is empty."""
    course = tmp_path / "site-packages" / paths.PACKAGED
    (course / "lessons").mkdir(parents=True)
    (course / "nbgrader_config.py").touch()
    (course / "edition.json").write_text('{"solutions": "abc", "released": null}')
    (course / "lessons" / f"{LESSON}.py").write_text(withhold(SOURCE), encoding="utf-8")
    notebook_path(course, LESSON).parent.mkdir(parents=True)
    notebook_path(course, LESSON).write_bytes(fresh)
    for path in course.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)  # as an administrator's
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "site-packages" / "grader" / "base" / "paths.py"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    yield course
    for path in course.rglob("*"):
        path.chmod(0o755)


def newer(installed, old, new):
    path = installed / "lessons" / f"{LESSON}.py"
    path.chmod(0o644)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_first_time_a_folder_is_made_and_then_it_is_found(installed, tmp_path):
    assert paths.course_root() == installed
    root, is_new = packaged.learners_course()
    assert (root, is_new) == (tmp_path / "home" / "gru-course", True)
    assert packaged.learners_course() == (root, False)
    assert paths.course_root() == root
    notebook_path(root, LESSON).write_text("mine")  # which the installed file's permissions would forbid
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["gru-course"], "nothing half made is left"


def test_progress_lies_with_the_users_data_wherever_the_notebooks_are(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before = paths.own_folder()
    packaged.learners_course()
    assert paths.own_folder() == before == paths.platformdirs.user_data_path("gru-course", appauthor=False)


def test_a_course_that_was_cloned_comes_first(installed, tmp_path, monkeypatch):
    (tmp_path / "clone" / "solutions").mkdir(parents=True)
    (tmp_path / "clone" / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path / "clone")
    assert packaged.learners_course() == (tmp_path / "clone", False)


def answered(root, fresh):
    notebook = nbformat.reads(fresh.decode(), as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "gate")
    cell.source = cell.source.replace('raise NotImplementedError("gate is yours to write")', "return my_own(x)")
    nbformat.write(notebook, notebook_path(root, LESSON))


def test_work_is_carried_into_the_version_that_is_installed(installed, fresh):
    root, _ = packaged.learners_course()
    answered(root, fresh)
    assert update(root).commits == 0
    newer(installed, "How can a network decide what to keep?", "What should a network keep?")
    assert list(packaged.changed_lessons(root)) == [LESSON]
    done = update(root)
    assert (done.commits, [taken.answers for taken in done.notebooks]) == (1, [("gate",)])
    text = notebook_path(root, LESSON).read_text(encoding="utf-8")
    assert "return my_own(x)" in text and "What should a network keep?" in text
    assert "return my_own(x)" in done.notebooks[0].saved.read_text(encoding="utf-8")
    assert not packaged.changed_lessons(root) and update(root).commits == 0


def test_an_update_that_was_interrupted_goes_on(installed, fresh, monkeypatch):
    root, _ = packaged.learners_course()
    answered(root, fresh)
    newer(installed, "How can a network decide what to keep?", "What should a network keep?")
    monkeypatch.setattr(packaged, "take_rest", lambda root: 1 / 0)
    old = (root / "lessons" / f"{LESSON}.py").read_bytes()
    with pytest.raises(ZeroDivisionError):
        update(root)
    (root / "lessons" / f"{LESSON}.py").write_bytes(old)  # the notebook is written, its source not yet
    monkeypatch.undo()
    monkeypatch.setattr(paths, "__file__", str(installed.parent / "grader" / "base" / "paths.py"))
    update(root)
    text = notebook_path(root, LESSON).read_text(encoding="utf-8")
    assert "return my_own(x)" in text and "What should a network keep?" in text


def test_reset_gives_the_original_back(installed, fresh):
    root, _ = packaged.learners_course()
    answered(root, fresh)
    name, saved = reset(root, "03")
    assert name == LESSON and b"my_own" in saved.read_bytes()
    assert notebook_path(root, LESSON).read_bytes() == fresh


def test_something_else_in_its_place_stays_as_it_is(installed, tmp_path):
    (tmp_path / "home" / "gru-course").mkdir()
    (tmp_path / "home" / "gru-course" / "mine.txt").touch()
    with pytest.raises(CourseError, match="that is something else, not the course's folder: rename it"):
        packaged.learners_course()
    assert [path.name for path in (tmp_path / "home" / "gru-course").iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_says_so(installed, tmp_path, monkeypatch):
    shutil.rmtree(tmp_path / "home")
    (tmp_path / "home").write_text("a file")
    with pytest.raises(CourseError, match="could not be made"):
        packaged.learners_course()
