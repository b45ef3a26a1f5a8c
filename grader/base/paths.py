"""Where the course and its lessons are on this machine, and where it keeps what belongs to its user."""

import contextlib
import os
from pathlib import Path

import platformdirs

from grader.base.errors import CourseError

# Folders of the lessons' sources: with their solutions, and, where an install has none, without.
SOLUTIONS, LESSONS = "solutions", "lessons"
EDITION = "edition.json"  # beside the latter: what the install says about itself
# In an install without solutions, the course's files lie beside its packages, and a learner's in a folder of their own.
PACKAGED, OF_A_LEARNER = "gru_course", "gru-course"


class NoCourse(CourseError):
    """The course's files were not found."""


def course_root():
    """The folder that holds ``solutions/`` and ``notebooks/``, or without solutions ``lessons/`` and ``notebooks/``.

    The search goes from the working folder upwards, then to where this package was installed from. If that is an install
    without solutions, the learner's own folder ``~/gru-course`` comes before it.

    Raises
    ------
    NoCourse
        If there is none.
    """
    here = Path.cwd().resolve()
    installed = Path(__file__).resolve().parents[2]
    packaged = packaged_course()
    own = [learners_folder(), packaged] if packaged else []
    for folder in (here, *here.parents, *own, installed):
        is_course = (folder / SOLUTIONS).is_dir() or is_without_solutions(folder)
        if is_course and (folder / "nbgrader_config.py").is_file():
            return folder
    raise NoCourse(
        f"there is no course in {here} or above it. Change to the folder that you cloned: it holds solutions/ and notebooks/"
    )


def packaged_course():
    """The course's files in an install without solutions; None in any other. They are not to be written to."""
    folder = Path(__file__).resolve().parents[2] / PACKAGED
    return folder if is_without_solutions(folder) else None


def learners_folder():
    """Where an install without solutions keeps a learner's notebooks. It need not exist yet."""
    return Path.home() / OF_A_LEARNER


def is_without_solutions(root):
    """Whether the course in the folder `root` has its lessons without their solutions."""
    return (Path(root) / LESSONS).is_dir() and (Path(root) / EDITION).is_file()


def own_folder(root=None):
    """The folder for what the course keeps about its user: the progress, and which tabs were open.

    ``.gru-course`` in the course's folder if that belongs to the user and is writable; otherwise, as on a hub whose
    course belongs to its administrator, ``gru-course`` in the user's data folder: ``$XDG_DATA_HOME`` or
    ``~/.local/share`` on Linux, ``~/Library/Application Support`` on macOS, ``%LOCALAPPDATA%`` on Windows. The folder
    need not exist yet. An install without solutions always keeps it there, since a student's notebooks may be anywhere.

    Parameters
    ----------
    root : the course's folder; the one found by `course_root` by default
    """
    with contextlib.suppress(NoCourse):
        root = root or course_root()
        place = Path(root, ".gru-course")
        if not is_without_solutions(root) and belongs_to_user(place if place.exists() else place.parent):
            return place
    return platformdirs.user_data_path("gru-course", appauthor=False)


def belongs_to_user(folder):
    """Whether a folder is the user's own and is writable. One that all can write to would mix their progress."""
    user = os.getuid() if hasattr(os, "getuid") else None  # Windows has none, so only the permissions decide
    own = user in (None, 0, folder.stat().st_uid)
    return own and folder.is_dir() and os.access(folder, os.W_OK)
