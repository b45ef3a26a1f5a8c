"""Where the course lies on this machine."""

from pathlib import Path

from grader.errors import CourseError


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
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return folder
    raise NoCourse(
        f"no course in {here} or above it. Change into the folder that you cloned: it holds solutions/ and notebooks/"
    )
