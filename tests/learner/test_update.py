"""A new version of the course, a fresh lesson: in real git repositories, killed at every step, and nothing is ever lost."""

import os
import shutil
import signal
import subprocess

import nbformat
import pytest
from typer.testing import CliRunner

from grader import cli
from grader.authoring import building
from grader.authoring.lessons import UnknownLesson
from grader.base.errors import CourseError
from grader.base.paths import course_root
from grader.learner import update
from grader.learner.lab import notebook_path
from grader.learner.update import CannotUpdate
from tests.learner.test_carry import MINE, QUESTION, by_id, code, handed_out, newer, text

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git")
GATES, OTHER = "03_gates", "04_blend"
WHO = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b"}


def git(folder, *command):
    own = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", "-C", folder, *command], capture_output=True, text=True, env=own)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def put(root, path, content):
    path = root / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def put_notebook(root, name, notebook):
    path = notebook_path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def read(root, name):
    return nbformat.read(notebook_path(root, name), as_version=4)


def commit(root, message):
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """The published course, one commit ahead, and a clone from before that."""
    place = tmp_path_factory.mktemp("repositories")
    origin, clone = place / "origin", place / "clone"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for name in (GATES, OTHER):
        put_notebook(origin, name, handed_out())
    put(origin, "nbgrader_config.py", "")
    put(origin, "solutions/03_gates.py", "# old")
    put(origin, "README.md", "old\n")
    put(origin, ".gitignore", "saved/\nbuild/\n")
    commit(origin, "begin")
    git(place, "clone", "-q", str(origin), str(clone))
    put_notebook(origin, GATES, newer())
    put_notebook(origin, "05_more", newer())
    put(origin, "solutions/03_gates.py", "# new")
    put(origin, "grader/more.py", "new = 1\n")
    commit(origin, "a paragraph more")
    return place


@pytest.fixture
def course(repositories, tmp_path):
    """The clone, in which nobody has worked yet."""
    shutil.copytree(repositories, tmp_path / "there")
    git(tmp_path / "there" / "clone", "remote", "set-url", "origin", str(tmp_path / "there" / "origin"))
    return (tmp_path / "there" / "clone").resolve()


def work(course, name=GATES):
    """What a learner may have done: an answer, a sentence, a cell of their own."""
    notebook = read(course, name)
    by_id(notebook)["gate"].source = MINE
    by_id(notebook)["why"].source = f"{QUESTION}\n\nOne keeps, one forgets."
    notebook.cells.append(code("gate(3)  # my try", id="mine"))
    put_notebook(course, name, notebook)
    return notebook_path(course, name).read_bytes()


def holds_all(course, name=GATES):
    notebook = read(course, name)
    cells = by_id(notebook)
    return (
        cells["gate"].source == MINE
        and cells["why"].source.endswith("One keeps, one forgets.")
        and notebook.cells[-1].source == "gate(3)  # my try"
    )


def is_new(course):
    return "reset" in by_id(read(course, GATES)) and (course / "grader" / "more.py").exists()


def saved(course):
    return [path.read_bytes() for path in sorted((course / "saved").glob("*.ipynb"))]


def test_work_is_carried_into_the_new_version_and_kept_as_it_was(course):
    before, other = work(course), work(course, OTHER)
    done = update.update(course)
    assert holds_all(course) and is_new(course)
    assert saved(course) == [before]
    assert notebook_path(course, OTHER).read_bytes() == other, "the new version leaves it alone"
    (taken,) = done.notebooks
    assert (taken.lesson, taken.answers, taken.own, taken.remarks) == (GATES, ("gate", "why"), 1, ())
    assert taken.saved.read_bytes() == before
    assert done.commits == 1 and not done.packages
    assert git(course, "rev-parse", "HEAD") == git(course, "rev-parse", "origin/main") == done.after
    assert git(course, "diff", "--name-only", "HEAD").split() == [f"notebooks/{n}/{n}.ipynb" for n in (GATES, OTHER)]
    assert not update.update(course).commits
    assert holds_all(course) and saved(course) == [before]


def meanwhile(monkeypatch, owner, name, act, after=False):
    """Do something once, just before a step of an update or just after it."""
    do, left = getattr(owner, name), [act]

    def wrapped(*args, **kwargs):
        if after:
            done = do(*args, **kwargs)
        if left:
            left.pop()()
        return done if after else do(*args, **kwargs)

    monkeypatch.setattr(owner, name, wrapped)


def add_cell(course):
    notebook = read(course, GATES)
    notebook.cells.append(text("saved meanwhile"))
    put_notebook(course, GATES, notebook)


@pytest.mark.parametrize(
    "act", [add_cell, lambda course: notebook_path(course, GATES).unlink()], ids=["saved", "deleted"]
)
def test_what_is_saved_before_the_notebook_is_put_away_stops_the_update(course, monkeypatch, act):
    work(course)
    head, told = git(course, "rev-parse", "HEAD"), []

    def change():
        act(course)
        told.append(notebook_path(course, GATES).exists() and notebook_path(course, GATES).read_bytes())

    meanwhile(monkeypatch, update, "_write_plan", change, after=True)
    with pytest.raises(CannotUpdate, match=f"{GATES}.ipynb was saved meanwhile"):
        update.update(course)
    assert told == [notebook_path(course, GATES).exists() and notebook_path(course, GATES).read_bytes()]
    assert git(course, "rev-parse", "HEAD") == head
    assert not (course / ".git" / "gru-course-update").exists()
    update.update(course)
    assert is_new(course)


def test_a_deleted_notebook_that_is_back_meanwhile_stops_the_update(course, monkeypatch):
    before, path = work(course), notebook_path(course, GATES)
    path.unlink()
    meanwhile(monkeypatch, update, "_write_plan", lambda: path.write_bytes(before), after=True)
    with pytest.raises(CannotUpdate, match="saved meanwhile"):
        update.update(course)
    assert holds_all(course)
    update.update(course)
    assert holds_all(course) and is_new(course)


def test_what_is_saved_before_the_new_notebook_is_written_stays_and_it_is_said(course, monkeypatch):
    before = work(course)
    notebook = read(course, GATES)
    notebook.cells.insert(-1, text("saved meanwhile"))
    meanwhile(monkeypatch, update._Git, "forward", lambda: put_notebook(course, GATES, notebook), after=True)
    (taken,) = update.update(course).notebooks
    assert read(course, GATES) == notebook
    assert (taken.answers, taken.own, taken.saved.read_bytes()) == ((), 0, before)
    assert "saved yours meanwhile" in taken.remarks[0]
    (taken,) = update.update(course).notebooks
    assert (taken.answers, taken.own) == (("gate", "why"), 2) and holds_all(course) and is_new(course)


def test_staged_work_is_carried_too(course):
    work(course)
    git(course, "add", "-A")
    update.update(course)
    assert holds_all(course) and is_new(course)


def test_where_nobody_worked_nothing_is_saved(course):
    done = update.update(course)
    assert is_new(course) and done.notebooks == () and not (course / "saved").exists()
    assert git(course, "status", "--porcelain") == ""


def test_up_to_date_is_said_and_nothing_touched(course):
    update.update(course)
    before = work(course)
    assert update.update(course).commits == 0
    assert notebook_path(course, GATES).read_bytes() == before and not (course / "saved").exists()


def test_other_packages_are_told(course):
    origin = course.parent / "origin"
    put(origin, "pyproject.toml", "[project]\n")
    commit(origin, "packages")
    assert update.update(course).packages


def test_other_files_of_ones_own_that_are_not_in_the_way_stay(course):
    put(course, "README.md", "mine\n")
    put(course, "notebooks/03_gates/Untitled.ipynb", "mine")
    put(course, "notes.txt", "mine")
    work(course)
    update.update(course)
    assert holds_all(course) and is_new(course)
    for path in ("README.md", "notebooks/03_gates/Untitled.ipynb", "notes.txt"):
        assert (course / path).read_text().strip() == "mine"


@pytest.mark.parametrize("path", ["solutions/03_gates.py", "grader/more.py", "notebooks/05_more/05_more.ipynb"])
def test_a_file_in_the_way_is_named_and_nothing_changes(course, path):
    before = work(course)
    put(course, path, "mine")
    head = git(course, "rev-parse", "HEAD")
    with pytest.raises(CannotUpdate, match=path) as raised:
        update.update(course)
    assert "git stash" in str(raised.value)
    assert (course / path).read_text() == "mine" and notebook_path(course, GATES).read_bytes() == before
    assert git(course, "rev-parse", "HEAD") == head and not (course / "saved").exists()


def test_an_ignored_file_in_the_way_is_not_overwritten(course):
    origin = course.parent / "origin"
    put(origin, "build/x", "new")
    git(origin, "add", "-f", "build/x")
    commit(origin, "build")
    put(course, "build/x", "mine")
    before = work(course)
    with pytest.raises(CannotUpdate, match="build/x"):
        update.update(course)
    assert (course / "build" / "x").read_text() == "mine" and notebook_path(course, GATES).read_bytes() == before


def test_many_files_in_the_way_are_counted(course):
    origin = course.parent / "origin"
    for n in range(9):
        put(origin, f"file{n}", "new")
        put(course, f"file{n}", "mine")
    commit(origin, "files")
    with pytest.raises(CannotUpdate, match="file5 and 3 more"):
        update.update(course)


def test_what_git_refuses_leaves_all_as_it_was(course):
    before = work(course)
    (course / ".git" / "index.lock").touch()
    with pytest.raises(CannotUpdate, match=r"index\.lock"):
        update.update(course)
    assert notebook_path(course, GATES).read_bytes() == before
    (course / ".git" / "index.lock").unlink()
    update.update(course)
    assert holds_all(course) and is_new(course)


@pytest.mark.parametrize("content", [b"", b"{half a noteb", b"\xff\xfe\x00"])
def test_a_notebook_that_cannot_be_read_is_kept_beside_the_new_one(course, content):
    notebook_path(course, GATES).write_bytes(content)
    done = update.update(course)
    assert saved(course) == [content] and is_new(course)
    assert "yours was not carried over" in done.notebooks[0].remarks[0]


def test_a_deleted_notebook_comes_back_new(course):
    notebook_path(course, GATES).unlink()
    done = update.update(course)
    assert is_new(course) and "deleted" in done.notebooks[0].remarks[0]


def test_the_work_in_a_lesson_that_is_no_more_is_kept(course):
    origin = course.parent / "origin"
    git(origin, "rm", "-qr", f"notebooks/{OTHER}")
    commit(origin, "a lesson less")
    before = work(course, OTHER)
    done = update.update(course)
    assert saved(course) == [before] and not notebook_path(course, OTHER).exists()
    assert "no longer" in done.notebooks[0].remarks[0]


def test_an_older_notebook_that_was_copied_into_a_new_clone_is_carried_as_well(course, tmp_path):
    """The way from a course that was downloaded without git."""
    before = work(course)
    git(tmp_path, "clone", "-q", str(course.parent / "origin"), "fresh")
    fresh = (tmp_path / "fresh").resolve()
    shutil.copytree(course / "notebooks", fresh / "notebooks", dirs_exist_ok=True)
    done = update.update(fresh)
    assert holds_all(fresh) and is_new(fresh) and saved(fresh) == [before]
    assert done.commits == 0 and [taken.lesson for taken in done.notebooks] == [GATES]
    assert not update.update(fresh).notebooks and holds_all(fresh)


def test_work_that_was_committed_is_told_how_to_go_on(course):
    work(course)
    commit(course, "my work")
    with pytest.raises(CannotUpdate, match="1 commit of your own") as raised:
        update.update(course)
    assert holds_all(course)
    (way,) = [part for part in str(raised.value).split(": ") if part.startswith("git branch")]
    for command in way.partition(" and then")[0].split(" && "):
        git(course, *command.split()[1:])
    update.update(course)
    assert holds_all(course) and is_new(course)
    assert "my work" in git(course, "log", "--format=%s", "my-work")


def test_commits_of_ones_own_alone_are_up_to_date(course):
    update.update(course)
    work(course)
    commit(course, "my work")
    assert update.update(course).commits == 0 and holds_all(course)


def test_without_git_it_is_said(course, monkeypatch):
    monkeypatch.setattr(update.shutil, "which", lambda name: None)
    with pytest.raises(CannotUpdate, match=r"git-scm\.com"):
        update.update(course)


def test_a_folder_that_was_not_cloned_is_told_so(course, tmp_path):
    shutil.rmtree(course / ".git")
    before = work(course)
    with pytest.raises(CannotUpdate, match="was not cloned with git, so"):
        update.update(course)
    git(course.parent, "init", "-q")
    with pytest.raises(CannotUpdate, match="is inside another checkout"):
        update.update(course)
    assert notebook_path(course, GATES).read_bytes() == before
    assert update.end_interrupted(course) == ()


def test_offline_it_is_said(course):
    before = work(course)
    git(course, "remote", "set-url", "origin", str(course.parent / "gone"))
    with pytest.raises(CannotUpdate, match=r"could not be fetched \(are you online\?\).*gone"):
        update.update(course)
    assert notebook_path(course, GATES).read_bytes() == before


def test_without_a_branch_to_follow_it_is_said(course):
    git(course, "branch", "--unset-upstream")
    with pytest.raises(CannotUpdate, match="set-upstream-to=origin/main"):
        update.update(course)
    git(course, "checkout", "-q", "--detach")
    with pytest.raises(CannotUpdate, match="git switch main"):
        update.update(course)


def test_in_the_middle_of_a_merge_it_is_refused(course):
    (course / ".git" / "MERGE_HEAD").touch()
    with pytest.raises(CannotUpdate, match="middle of a merge"):
        update.update(course)


def test_two_at_once_are_refused(course):
    holder = update._Git(course)
    holder.look()
    with holder.lock(), pytest.raises(CannotUpdate, match="another gru-course update"):
        update.update(course)


# ------------------------------------------------------------------------------------------------------- interrupted


def killed_at(course, step):
    """Update in a process that is killed when it is about to do its step-th thing; whether it was."""
    child = os.fork()
    if child == 0:
        left = [step]

        def dying(do):
            def wrapped(*args, **kwargs):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return do(*args, **kwargs)

            return wrapped

        for owner, name in (
            (update._Git, "_run"),
            (update, "write_atomically"),
            (update.shutil, "rmtree"),
            (update, "_save"),
        ):
            setattr(owner, name, dying(getattr(owner, name)))
        try:
            update.update(course)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.system
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_killed_at_any_step_the_next_update_ends_it(course, tmp_path):
    before, step = work(course), 0
    while True:
        tried = shutil.copytree(course.parent, tmp_path / f"try{step}") / "clone"
        git(tried, "remote", "set-url", "origin", str(tried.parent / "origin"))
        was_killed = killed_at(tried, step)
        assert notebook_path(tried, GATES).read_bytes() == before or before in saved(tried), step
        update.update(tried)
        assert holds_all(tried) and is_new(tried), step
        assert not (tried / ".git" / "gru-course-update").exists()
        shutil.rmtree(tried.parent)
        if not was_killed:
            break
        step += 1
    assert step > 15


def interrupted(course, monkeypatch, at):
    """Kill an update at one of git's commands, as a power failure would."""
    before = work(course)
    run = update._Git._run

    def dying(self, *command, **more):
        if command[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(self, *command, **more)

    child = os.fork()
    if child == 0:
        update._Git._run = dying
        try:
            update.update(course)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert notebook_path(course, GATES).read_bytes() != before
    return before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_what_was_interrupted_is_ended_without_going_on(course, monkeypatch):
    before = interrupted(course, monkeypatch, "merge")
    assert update.end_interrupted(course) == (GATES,)
    assert notebook_path(course, GATES).read_bytes() == before
    assert update.end_interrupted(course) == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_work_done_since_an_interruption_is_left(course, monkeypatch):
    before = interrupted(course, monkeypatch, "merge")
    notebook = read(course, GATES)
    notebook.cells.append(text("new work"))
    put_notebook(course, GATES, notebook)
    update.update(course)
    assert read(course, GATES).cells[-1].source == "new work" and is_new(course)
    assert before in saved(course)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_merge_of_gits_that_was_cut_short_is_no_change_of_the_users(course, monkeypatch):
    """git had written some of the new version's files when it was killed, and its lock was removed by hand."""
    interrupted(course, monkeypatch, "merge")
    put(course, "solutions/03_gates.py", "# new")
    put(course, "grader/more.py", "new = 1\n")
    put_notebook(course, GATES, newer())
    update.update(course)
    assert holds_all(course) and is_new(course)
    assert git(course, "status", "--porcelain").split() == ["M", f"notebooks/{GATES}/{GATES}.ipynb"]


def test_control_c_ends_it_as_it_stands(course, monkeypatch):
    before = work(course)

    def interrupt(self, after):
        raise KeyboardInterrupt

    monkeypatch.setattr(update._Git, "forward", interrupt)
    with pytest.raises(KeyboardInterrupt):
        update.update(course)
    assert notebook_path(course, GATES).read_bytes() == before
    assert not (course / ".git" / "gru-course-update").exists()


# ------------------------------------------------------------------------------------------------- the command line


def test_the_command_says_what_it_did(course, monkeypatch):
    monkeypatch.chdir(course)
    before = work(course)
    result = CliRunner().invoke(cli.app, ["update"])
    assert result.exit_code == 0, result.output
    assert "Updated, by 1 change" in result.output
    assert "03_gates: a new version, with your gate, why, 1 cell of your own" in result.output
    assert "Reload Notebook from Disk" in result.output
    assert before in saved(course)
    assert "up to date" in CliRunner().invoke(cli.app, ["update"]).output


# --------------------------------------------------------------------------------------------------- a fresh lesson


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A course of one lesson with work in it, no git checkout."""
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "solutions").mkdir()
    shutil.copy(course_root() / "solutions" / f"{GATES}.py", tmp_path / "solutions")
    path = notebook_path(tmp_path, GATES)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"my work")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_lesson_begins_anew_and_a_copy_is_kept(lesson):
    path = notebook_path(lesson, GATES)
    name, copy = update.reset(lesson, "03")
    assert name == GATES and copy.read_bytes() == b"my work" and copy.parent == lesson / "saved"
    assert path.read_bytes() == building.pristine(lesson / "solutions" / f"{GATES}.py")
    assert path.read_bytes() == notebook_path(course_root(), GATES).read_bytes()
    assert update.reset(lesson, "03") == (GATES, None)
    path.write_bytes(b"more work")
    update.reset(lesson, "03")
    assert sorted(saved(lesson)) == [b"more work", b"my work"]


def test_what_is_saved_while_a_lesson_begins_anew_is_not_overwritten(lesson, monkeypatch):
    path = notebook_path(lesson, GATES)
    meanwhile(monkeypatch, update, "_save", lambda: path.write_bytes(b"more work"), after=True)
    with pytest.raises(CourseError, match="saved meanwhile"):
        update.reset(lesson, "03")
    assert path.read_bytes() == b"more work"


def test_a_missing_notebook_is_made(lesson):
    notebook_path(lesson, GATES).unlink()
    assert update.reset(lesson, "03") == (GATES, None)
    assert notebook_path(lesson, GATES).exists() and not (lesson / "saved").exists()


def test_copies_of_one_second_do_not_replace_each_other(lesson):
    for content in (b"1", b"2", b"3"):
        update._save(lesson, GATES, content)
    assert sorted(saved(lesson)) == [b"1", b"2", b"3"]


def test_an_unknown_lesson_or_a_wrong_source_or_a_full_disk_costs_nothing(lesson, monkeypatch):
    path = notebook_path(lesson, GATES)
    with pytest.raises(UnknownLesson, match="03_gates"):
        update.reset(lesson, "99")
    (lesson / "saved").write_text("a file stands in the place of the folder")
    with pytest.raises(CourseError, match="saved"):
        update.reset(lesson, "03")
    source = lesson / "solutions" / f"{GATES}.py"
    source.write_text(source.read_text(encoding="utf-8").replace("points=2", "points=3"), encoding="utf-8")
    with pytest.raises(CourseError, match="points add up"):
        update.reset(lesson, "03")
    assert path.read_bytes() == b"my work"


def test_the_command_resets_all_or_refuses_before_any(lesson):
    result = CliRunner().invoke(cli.app, ["reset", "03", "99"])
    assert isinstance(result.exception, UnknownLesson) and notebook_path(lesson, GATES).read_bytes() == b"my work"
    result = CliRunner().invoke(cli.app, ["reset", "03"])
    assert result.exit_code == 0 and "03_gates is back to its original" in result.output and "saved" in result.output
    assert "it is the original" in CliRunner().invoke(cli.app, ["reset", "03"]).output
