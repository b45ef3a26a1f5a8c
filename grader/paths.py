"""Where the course and its lessons lie on this machine."""

from pathlib import Path

from grader.errors import CourseError


class NoCourse(CourseError):
    """The course's files were not found."""


class UnknownLesson(CourseError):
    """No lesson has the name given."""


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


def find_sources(root, names=()):
    """Paths of the lessons' sources, all or those whose name begins with one of `names` (``"03"``).

    Raises
    ------
    UnknownLesson
        If a name fits none.
    """
    paths = sorted((Path(root) / "solutions").glob("[0-9][0-9]_*.py"))
    for name in names:
        if not any(p.stem.startswith(name) for p in paths):
            raise UnknownLesson(f"no lesson begins with {name!r}; there are {', '.join(p.stem for p in paths)}")
    return [p for p in paths if not names or any(p.stem.startswith(n) for n in names)]
