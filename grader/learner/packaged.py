"""A learner's folder in an install without solutions: made from the installed files, and brought up to their version."""

import shutil
from pathlib import Path

from grader.authoring.edition import digest_of
from grader.base.errors import CourseError
from grader.base.files import plain_files, write_atomically
from grader.base.paths import LESSONS, course_root, learners_folder, packaged_course

NOTEBOOKS = "notebooks"


def learners_course():
    """The course's folder in which a learner works, ``~/gru-course`` if the installed one has to be left as it is.

    Returns
    -------
    root : Path
    is_new : bool, whether it was made now
    """
    root = course_root()
    if root != packaged_course():
        return root, False
    return make(root, learners_folder()), True


def make(installed, folder):
    """Copy the installed course to a new folder, completely or not at all; returns the folder.

    Raises
    ------
    CourseError
        If it cannot be written, or holds something else.
    """
    folder = Path(folder)
    if folder.exists():
        raise CourseError(
            f"your notebooks belong in {folder}, but that is something else, not the course's folder: rename it, then try again"
        )
    begun = folder.with_name(f".{folder.name}-begun")
    shutil.rmtree(begun, ignore_errors=True)
    try:
        for relative, path in plain_files(installed).items():
            target = begun / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)  # without the permissions: an administrator's may be read-only
        begun.rename(folder)
    except OSError as e:
        raise CourseError(f"{folder}, for your notebooks, could not be made: {e.strerror or e}") from e
    return folder


def digest(root):
    """What tells one version of a folder's lessons from another."""
    return digest_of(root / LESSONS)


def changed_lessons(root):
    """The lessons whose installed source differs from the folder's: (the folder's, the installed one) by name.

    Empty if the course is not installed without solutions, or if `root` is the installed one.
    """
    installed = packaged_course()
    if installed in (None, root):
        return {}
    pairs = {new.stem: (root / LESSONS / new.name, new) for new in sorted((installed / LESSONS).glob("*.py"))}
    return {name: (old, new) for name, (old, new) in pairs.items() if _bytes(old) != new.read_bytes()}


def take_rest(root):
    """Copy the installed files that are neither a lesson nor its notebook, where they differ."""
    installed = packaged_course()
    if installed in (None, root):
        return
    for new in filter(Path.is_file, installed.rglob("*")):
        relative = new.relative_to(installed)
        own = (LESSONS, NOTEBOOKS, "__pycache__")
        if relative.parts[0] not in own and _bytes(root / relative) != new.read_bytes():
            write_atomically(root / relative, new.read_bytes())


def _bytes(path):
    return path.read_bytes() if path.exists() else None
