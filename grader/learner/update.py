"""Get the newest version of the course, or a fresh copy of a lesson, without losing a learner's work.

A learner works in ``notebooks/``, which git tracks: so every tool finds one place, and `git pull` refuses if it would
lose work. This module does the rest: it keeps a copy in ``saved/``, gets the new version, and carries the work into it.
Before anything changes, everything needed to finish an interrupted update is stored in git's own folder.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.authoring import building
from grader.authoring.lessons import find_sources
from grader.base.errors import CourseError
from grader.base.files import write_atomically
from grader.base.paths import is_without_solutions
from grader.learner import packaged
from grader.learner.carry import NoNotebook, best_base, bytes_of, carry, notebook_from
from grader.learner.lab import notebook_path

SAVED = "saved"
_PLAN, _UNFINISHED = "plan.json", "gru-course-update"
_MOST_VERSIONS = 20  # of a notebook, in the search for the one that a learner started from
_MOST_NAMED = 6  # files named in a message
# Files that an unfinished git command leaves in git's folder.
_BEGUN = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert", "rebase-merge": "rebase", "rebase-apply": "rebase"}  # fmt: skip


class CannotUpdate(CourseError):
    """The course cannot be updated now; none of the learner's files were changed."""


@dataclass(frozen=True)
class Taken:
    """The result for one notebook that held work.

    `saved` is a copy of the earlier notebook; None if it was deleted. `answers` and `own` say what was carried into the
    new version; `remarks` say what was not, or what needs a look.
    """

    lesson: str
    saved: Path | None
    answers: tuple[str, ...] = ()
    own: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Update:
    """The result of an update: the commits before and after, how many lie between, and each notebook with work in it.

    `packages` says whether the course now needs different packages. `ended` lists the notebooks of an earlier, interrupted
    update, which was finished first.
    """

    before: str
    after: str
    commits: int
    notebooks: tuple[Taken, ...] = ()
    packages: bool = False
    ended: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------- a fresh lesson


def reset(root, lesson):
    """Restore a lesson's original notebook, and keep a copy of what was there.

    Parameters
    ----------
    root : the course's folder
    lesson : str, the beginning of its name: ``"03"``

    Returns
    -------
    name, saved : the lesson's name, and the path of the copy; None if there was nothing to put back, or to keep

    Raises
    ------
    UnknownLesson
        If no lesson's name begins like this.
    CourseError
        If the lesson cannot be built, the folder cannot be written, or the notebook was saved meanwhile; then the
        notebook is unchanged.
    """
    source = find_sources(root, [lesson])[0]
    name, path = source.stem, notebook_path(root, source.stem)
    fresh = building.pristine(source)
    with _writing(root):
        old = path.read_bytes() if path.exists() else None
        if old == fresh:
            return name, None
        saved = _save(root, name, old) if old is not None else None
        if not _holds(path, old):
            raise CourseError(f"{path.name} was saved meanwhile; run gru-course reset again. Nothing was changed")
        write_atomically(path, fresh)
    return name, saved


def _save(root, name, content):
    """Write a copy of a notebook, under a free name made of its lesson and the time."""
    stamp = datetime.now().strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        path = Path(root, SAVED, f"{name}_{stamp}{f'_{number}' * (number > 1)}.ipynb")
        path.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError), path.open("xb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
            return path
        number += 1


def _holds(path, content):
    """Whether a file still holds these bytes; for None, whether it still does not exist."""
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return content is None


@contextlib.contextmanager
def _writing(root):
    try:
        yield
    except OSError as e:
        raise CourseError(f"{e.filename or root} could not be read or written: {e.strerror or e}") from e


# ----------------------------------------------------------------------------------------------------- a new version


def end_interrupted(root):
    """Finish an update of the course that a kill or a power failure has interrupted.

    Returns
    -------
    lessons : tuple of the lessons whose notebooks have their work again
    """
    git = _Git(root)
    try:
        git.look()
    except CannotUpdate:  # not a checkout, so no update was started
        return ()
    if not (git.unfinished / _PLAN).exists():
        return ()
    with _writing(root), git.lock():
        return _lessons(_end_interrupted(git))


def update(root):
    """Get the course's newest version from where it was cloned, and carry the learner's work into its notebooks.

    Without solutions nothing was cloned: the newest version is the one that is installed.

    Parameters
    ----------
    root : the course's folder

    Returns
    -------
    update : Update

    Raises
    ------
    CannotUpdate
        If the course is not a git checkout, its origin cannot be reached, or changes of the user's are in the way. The
        message says what to do; nothing was changed.
    """
    if is_without_solutions(root):
        with _writing(root):
            return _take_packaged(Path(root))
    git = _Git(root)
    git.look()
    with _writing(root), git.lock():
        ended = _lessons(_end_interrupted(git))
        before, after = git.fetch()
        changed = git.changed(before, after)
        git.make_way(before, after, changed)
        works, taken = _prepare(git, before, after, changed)
        if works or changed:
            _write_plan(git, before, after, works)
            written = _go_forward(git, after, works)
            taken = [
                found if work["merged"] is None or path in written else _not_written(found)
                for (path, work), found in zip(works.items(), taken, strict=True)
            ]
    packages = "pyproject.toml" in changed
    return Update(before, after, git.count(before, after), tuple(taken), packages, ended)


def _take_packaged(root):
    """Carry the learner's work into the notebooks of the version that is installed: a lesson at a time, its source last.

    If this is interrupted, the next run goes on: a lesson whose source is the old one is looked at again.
    """
    before, taken = packaged.digest(root), []
    changed = packaged.changed_lessons(root)
    for name, (old, new) in changed.items():
        path, fresh = notebook_path(root, name), building.pristine(new)
        mine = path.read_bytes() if path.exists() else None
        versions = [*([building.pristine(old)] if old.exists() else []), fresh]
        if mine is None:
            write_atomically(path, fresh)
        elif mine not in versions:
            base = versions[best_base(mine, versions)]
            if base != fresh:
                found, merged = _carried(_save(root, name, mine), name, mine, base, fresh)
                if not _holds(path, mine):
                    raise CannotUpdate(f"{path} was saved meanwhile; run gru-course update again")
                write_atomically(path, merged or fresh)
                taken.append(found)
        elif mine != fresh:
            write_atomically(path, fresh)
        write_atomically(old, new.read_bytes())
    packaged.take_rest(root)
    return Update(before, packaged.digest(root), len(changed), tuple(taken))


def _carried(saved, name, mine, base, fresh):
    """A Taken, and the notebook with the learner's work in its new version as bytes; None if it could not be carried over."""
    try:
        carried = carry(*map(notebook_from, (mine, base, fresh)))
    except NoNotebook as e:
        return Taken(name, saved, remarks=(f"yours was not carried over: {e}",)), None
    return Taken(name, saved, carried.answers, carried.own, carried.remarks), bytes_of(carried.notebook)


def _prepare(git, before, after, changed):
    """Save and carry every notebook that holds work and has a newer version than the one that it started from."""
    works, taken = {}, []
    for path in sorted(filter(_is_notebook, git.modified())):
        lesson, file = Path(path).stem, Path(git.root, path)
        if not file.exists():
            if path in changed:
                works[path] = {"mine": None, "merged": None}
                taken.append(Taken(lesson, None, remarks=("it had been deleted, so the new one is there now",)))
            continue
        mine, new = file.read_bytes(), git.content(after, path)
        # It started from the version checked out, or from an older one that somebody copied here.
        versions = [git.content(commit, path) for commit in git.versions(before, path)]
        base = versions[best_base(mine, versions)]
        if base == new:
            continue
        saved, merged = _save(git.root, lesson, mine), None
        if new is None:
            found = Taken(lesson, saved, remarks=("the course no longer has this lesson",))
        else:
            found, merged = _carried(saved, lesson, mine, base, new)
        works[path] = {"mine": mine.decode("utf-8", "surrogateescape"), "merged": merged and merged.decode()}
        taken.append(found)
    return works, taken


def _go_forward(git, after, works):
    """Put the notebooks away, go forward, and write them; they get their new content even if something fails meanwhile.

    Returns
    -------
    written : tuple of the paths of the notebooks that were written; those that somebody saved meanwhile were not

    Raises
    ------
    CannotUpdate
        If a notebook has changed since it was read: then it is left alone, and the update is not started.
    """
    saved = [path for path, work in works.items() if not _holds(Path(git.root, path), _bytes(work["mine"]))]
    if saved:
        shutil.rmtree(git.unfinished)
        raise CannotUpdate(f"{saved[0]} was saved meanwhile; run gru-course update again. Nothing was changed")
    try:
        git.put_away(works)
        git.forward(after)
    finally:
        written = _end_interrupted(git)
    return written


def _not_written(found):
    remark = "you saved yours meanwhile, so it is as you saved it: run gru-course update again to carry it over"
    return replace(found, answers=(), own=0, remarks=(remark,))


def _write_plan(git, before, after, works):
    git.unfinished.mkdir(exist_ok=True)
    write_atomically(git.unfinished / _PLAN, json.dumps({"before": before, "after": after, "works": works}))


def _end_interrupted(git):
    """Finish an update: each notebook gets its new content, or what it held, unless somebody has worked in it since.

    Returns
    -------
    ended : tuple of the paths of the notebooks that were written
    """
    try:
        plan = json.loads((git.unfinished / _PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    forward = git.head() == plan["after"]
    ended = []
    for path, work in plan["works"].items():
        wanted = work["merged"] if forward else work["mine"]
        handed_out = {git.hash_in(commit, path) for commit in (plan["before"], plan["after"])}
        there = git.hash_of(path)  # as late as possible: what is saved from here on is overwritten
        if wanted is not None and (there is None or there in handed_out):
            write_atomically(Path(git.root, path), _bytes(wanted))
            ended.append(path)
    shutil.rmtree(git.unfinished)
    return tuple(ended)


def _lessons(paths):
    return tuple(Path(path).stem for path in paths)


def _bytes(text):
    return None if text is None else text.encode("utf-8", "surrogateescape")


def _is_notebook(path):
    return path.startswith("notebooks/") and path.endswith(".ipynb")


class _Git:
    """git in the course's folder; an error becomes a CannotUpdate that says what to do."""

    def __init__(self, root):
        self.root = Path(root).resolve()

    def look(self):
        """Find out whether this is a checkout that can be updated now."""
        if shutil.which("git") is None:
            raise CannotUpdate(
                "updating needs the program git: install it from git-scm.com, or with your system's packages"
            )
        top = self._run("rev-parse", "--show-toplevel", check=False)
        if top.returncode or not os.path.samefile(top.stdout.strip(), self.root):
            trouble = (top.stderr or f"it is inside another checkout, {top.stdout}").strip().splitlines()[0]
            why = "" if "not a git repository" in trouble else f" ({trouble.removeprefix('fatal: ')})"
            raise CannotUpdate(
                f"{self.root} was not cloned with git{why}, so it cannot be updated. Clone the course "
                "next to it, copy your notebooks/ and .gru-course/ there, and run gru-course update there: it carries your work over"
            )
        self.folder = Path(self.root, self._text("rev-parse", "--git-dir"))
        self.unfinished = self.folder / _UNFINISHED
        for name, what in _BEGUN.items():
            if (self.folder / name).exists():
                raise CannotUpdate(
                    f"git is in the middle of a {what} here: finish it first, or cancel it with git {what} --abort"
                )

    @contextlib.contextmanager
    def lock(self):
        """Within the body, no other process updates. The lock ends with its process, however that ends."""
        with (self.folder / f"{_UNFINISHED}.lock").open("w") as f:
            try:
                _lock(f)
            except OSError:
                raise CannotUpdate("another gru-course update is running here: wait until it is done") from None
            yield

    def fetch(self):
        """Fetch, and return the commits that this branch and the one it follows are at."""
        branch = self._text("symbolic-ref", "--quiet", "--short", "HEAD", default="")
        if not branch:
            raise CannotUpdate(
                "the checkout is on no branch (a detached HEAD), so there is nothing to update to: run git switch main, then try again"
            )
        follows = self._text("rev-parse", "--abbrev-ref", "@{upstream}", default="")
        if not follows:
            raise CannotUpdate(
                f"the branch {branch} follows no other, so there is nothing to update from: run "
                f"git branch --set-upstream-to=origin/{branch}, then try again"
            )
        done = self._run("fetch", "--quiet", check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0].removeprefix("fatal: ")
            raise CannotUpdate(f"the newest version could not be fetched (are you online?); git says: {reason}")
        before, after = self.head(), self._text("rev-parse", "@{upstream}")
        own = self.count(after, before)
        if own and self.count(before, after):
            base = self._text("merge-base", before, after, default="")
            way = f"git branch my-work && git reset {base[:12]}" if base else "git branch my-work"
            raise CannotUpdate(
                f"the branch {branch} has {own} commit{'s' * (own > 1)} of your own, next to the new ones of {follows}. To keep "
                f"them as the branch my-work, with your files as they are, run this, then try again: {way}"
            )
        return before, after if not own else before

    def head(self):
        return self._text("rev-parse", "HEAD")

    def count(self, before, after):
        """How many commits lie between the two."""
        return int(self._text("rev-list", "--count", f"{before}..{after}"))

    def changed(self, before, after):
        """Paths of the files that differ between two commits."""
        return self._paths("diff", "--name-only", "--no-renames", "-z", before, after)

    def modified(self):
        """Paths of the tracked files that differ from their commit."""
        return self._paths("diff", "--name-only", "--no-renames", "-z", "HEAD")

    def content(self, commit, path):
        """A file's bytes in a commit; None if it is not there."""
        done = self._run("show", f"{commit}:{path}", check=False, text=False)
        return None if done.returncode else done.stdout

    def versions(self, commit, path):
        """The latest commits that changed a file, newest first, as many as are worth a look."""
        return self._text("log", f"--max-count={_MOST_VERSIONS}", "--format=%H", commit, "--", path).split()

    def hash_in(self, commit, path):
        return self._text("rev-parse", "--quiet", "--verify", f"{commit}:{path}", default=None)

    def hash_of(self, path):
        """The hash that git would give the file as it is now; None if there is no file."""
        return self._text("hash-object", f"--path={path}", "--", str(Path(self.root, path)), default=None)

    def make_way(self, before, after, changed):
        """Make sure that only notebooks are in the way, or remains of the new version from an interrupted update."""
        tracked = self._paths("ls-tree", "-r", "-z", "--name-only", before)
        new = {path for path in changed - tracked if Path(self.root, path).exists()}
        in_way = [
            path for path in sorted(self.modified() & changed | new) if not (_is_notebook(path) and path in tracked)
        ]
        left = [path for path in in_way if self.hash_of(path) == self.hash_in(after, path) is not None]
        mine = [path for path in in_way if path not in left]
        if mine:
            named = ", ".join(mine[:_MOST_NAMED]) + f" and {len(mine) - _MOST_NAMED} more" * (len(mine) > _MOST_NAMED)
            raise CannotUpdate(
                f"you have changed files that the new version also changes: {named}. Put them aside with git stash "
                "--include-untracked (git stash pop brings them back), then try again. Nothing was changed"
            )
        for path in left:
            if path in tracked:
                self._run("checkout", "HEAD", "--", path)
            else:
                Path(self.root, path).unlink()

    def put_away(self, paths):
        """Restore files to their commit: their content is kept elsewhere."""
        if paths:
            self._run("checkout", "HEAD", "--", *paths)

    def forward(self, after):
        """Go forward to a later commit."""
        self._run("merge", "--quiet", "--ff-only", "--no-overwrite-ignore", after)

    def _paths(self, *command):
        return set(filter(None, self._run(*command).stdout.split("\0")))

    def _text(self, *command, **default):
        done = self._run(*command, check=not default)
        return default["default"] if done.returncode else done.stdout.strip()

    def _run(self, *command, check=True, text=True):
        how = {"encoding": "utf-8", "errors": "surrogateescape"} if text else {}
        environment = {**os.environ, "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}
        if not sys.stdin.isatty():
            environment["GIT_TERMINAL_PROMPT"] = "0"  # nobody is there to type a password
        done = subprocess.run(
            ["git", "-C", str(self.root), *command],
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            **how,
        )
        if check and done.returncode:
            reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
            raise CannotUpdate(f"git {command[0]} refused: {reason}")
        return done


def _lock(file):
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
