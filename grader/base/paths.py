"""Where the course and its lessons lie on this machine, and where it keeps what belongs to its user."""

import contextlib
import os
from pathlib import Path

import platformdirs

from grader.base.errors import CourseError


class NoCourse(CourseError):
    """The course's files were not found."""


def course_root():
    """The folder that holds ``solutions/`` and ``notebooks/``.

    Looked for from the working folder upwards, then where this package was installed from.

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
        f"no course in {here} or above it. Change into the folder that you cloned: it holds solutions/ and notebooks/"
    )


def own_folder(root=None):
    """The folder for what the course keeps of its user: the progress, and which tabs were open.

    ``.gru-course`` in the course's folder, where that belongs to the user and can be written; else, as on a hub whose
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
    """Whether a folder is the user's own and can be written. One that all can write to would mix their progress."""
    user = os.getuid() if hasattr(os, "getuid") else None  # Windows has none: there the permissions alone decide
    own = user in (None, 0, folder.stat().st_uid)
    return own and folder.is_dir() and os.access(folder, os.W_OK)
