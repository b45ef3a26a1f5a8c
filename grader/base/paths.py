"""Where the course and its lessons are on this machine, and where it keeps what belongs to its user."""

import contextlib
import os
from pathlib import Path

import platformdirs

from grader.base.errors import CourseError


class NoCourse(CourseError):
    """The course's files were not found."""


def course_root():
    """The folder that holds ``solutions/`` and ``notebooks/``.

    The search goes from the working folder upwards, then to where this package was installed from.

    Raises
    ------
    NoCourse
        If there is none.
    """
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return folder
    raise NoCourse(
        f"there is no course in {here} or above it. Change to the folder that you cloned: it holds solutions/ and notebooks/"
    )


def own_folder(root=None):
    """The folder for what the course keeps about its user: the progress, and which tabs were open.

    ``.gru-course`` in the course's folder if that belongs to the user and is writable; otherwise, as on a hub whose
    course belongs to its administrator, ``gru-course`` in the user's data folder: ``$XDG_DATA_HOME`` or
    ``~/.local/share`` on Linux, ``~/Library/Application Support`` on macOS, ``%LOCALAPPDATA%`` on Windows. The folder
    need not exist yet.

    Parameters
    ----------
    root : the course's folder; the one found by `course_root` by default
    """
    with contextlib.suppress(NoCourse):
        place = Path(root or course_root(), ".gru-course")
        if belongs_to_user(place if place.exists() else place.parent):
            return place
    return platformdirs.user_data_path("gru-course", appauthor=False)


def belongs_to_user(folder):
    """Whether a folder is the user's own and is writable. One that all can write to would mix their progress."""
    user = os.getuid() if hasattr(os, "getuid") else None  # Windows has none, so only the permissions decide
    own = user in (None, 0, folder.stat().st_uid)
    return own and folder.is_dir() and os.access(folder, os.W_OK)
